"""What a browser's PDF says its glyphs mean, put right: a character, not the radical that looks the same.

Fonts such as Noto draw 民 and the radical ⺠ with one glyph, and the browser writes down the lower code, so that
nobody finds 民政 in the file, or copies it. Only those tables (ToUnicode) are written again, as an incremental
update at the end of the file (ISO 32000-1, 7.5.6); everything before it stays as it was made.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from unicodedata import normalize

_SHAPES = (
    "⼾户 ⾭青 "
    "⺁厂 ⺄乙 ⺆冂 ⺇几 ⺈刀 ⺉刂 ⺋㔾 ⺎兀 ⺏尢 ⺐尣 ⺒巳 ⺓幺 ⺔彑 ⺖忄 ⺘扌 ⺙攵 ⺛旡 ⺝月 ⺞歺 ⺟母 ⺠民 ⺡氵 "
    "⺢氺 ⺣灬 ⺤爫 ⺥爫 ⺦丬 ⺨犭 ⺩王 ⺫罒 ⺬示 ⺭礻 ⺯糹 ⺰纟 ⺱罓 ⺲罒 ⺹耂 ⺺肀 ⺼月 ⺽臼 ⺾艹 ⻁虎 ⻂衤 ⻃覀 "
    "⻄西 ⻅见 ⻆角 ⻈讠 ⻉贝 ⻊足 ⻋车 ⻌辶 ⻏阝 ⻐钅 ⻑長 ⻒镸 ⻓长 ⻔门 ⻖阝 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 ⻟飠 "
    "⻠饣 ⻡首 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻪黾 ⻫斉 ⻬齐 ⻭歯 ⻮齿 ⻯竜 ⻰龙 ⻱龜 ⻲亀 ⻳龟 "
)
_SUPPLEMENT = {pair[0]: pair[1] for pair in _SHAPES.split()}
"""Radical → the character of the same shape; most Kangxi radicals are known to Unicode itself."""
_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\s*<<([^<>]*?/Length (\d+)[^<>]*?)>>\s*stream\r?\n")
_RANGE = re.compile(r"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)> <([0-9A-Fa-f]{4})>")
_CHAR = re.compile(r"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]{4})>")
_BLOCK = re.compile(r"\d+ beginbf(char|range)\n(.*?)endbf\1\n", re.DOTALL)
_MOST = 100
"""Entries a block may have."""


def with_characters(pdf: bytes) -> bytes:
    """The same file, whose text can be found and copied. One without such radicals stays as it is."""
    found = list(_mended(pdf))
    start = pdf.rfind(b"startxref")
    trailer = re.search(rb"trailer\s*<<(.*?)>>\s*$", pdf[:start], re.DOTALL)
    if not found or trailer is None:
        return pdf
    out, offsets = bytearray(pdf if pdf.endswith(b"\n") else pdf + b"\n"), []
    for number, table in found:
        packed = zlib.compress(table, 9)
        offsets.append((number, len(out)))
        out += b"%d 0 obj\n<</Filter /FlateDecode\n/Length %d>> stream\n" % (number, len(packed))
        out += packed + b"\nendstream\nendobj\n"
    before, here = int(pdf[start + 9 :].split()[0]), len(out)
    out += b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % pair for pair in sorted(offsets))
    out += b"trailer\n<<%s\n/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (trailer[1].strip(), before, here)
    return bytes(out)


def _mended(pdf: bytes) -> Iterator[tuple[int, bytes]]:
    """(object, table) of every table that names a radical, put right."""
    for match in _OBJECT.finditer(pdf):
        content = pdf[match.end() : match.end() + int(match[3])]
        if b"/FlateDecode" not in match[2] or b"/Subtype" in match[2]:
            continue
        try:
            table = zlib.decompress(content)
        except zlib.error:
            continue
        if b"begincmap" in table:
            mended = _BLOCK.sub(_rewritten, table.decode("latin-1")).encode("latin-1")
            if mended != table:
                yield int(match[1]), mended


def _rewritten(block: re.Match[str]) -> str:
    """A block of entries as characters one by one, where it names a radical."""
    if block[1] == "char":
        pairs = [(code, int(value, 16)) for code, value in _CHAR.findall(block[2])]
    else:
        pairs = [
            (f"{int(first, 16) + n:0{len(first)}X}", int(value, 16) + n)
            for first, last, value in _RANGE.findall(block[2])
            for n in range(int(last, 16) - int(first, 16) + 1)
        ]
    if all(_character(value) == value for _code, value in pairs):
        return block[0]
    parts = [pairs[start : start + _MOST] for start in range(0, len(pairs), _MOST)]
    return "".join(
        f"{len(part)} beginbfchar\n" + "".join(f"<{code}> <{_character(value):04X}>\n" for code, value in part)
        + "endbfchar\n"
        for part in parts
    )  # fmt: skip


def _character(value: int) -> int:
    """The character a radical looks like; anything else itself."""
    if not 0x2E80 <= value <= 0x2FDF:
        return value
    return ord(_SUPPLEMENT.get(chr(value)) or normalize("NFKC", chr(value)))
