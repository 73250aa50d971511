"""Text of a browser's PDF: characters instead of the radicals that look the same; anything else as it was."""

from __future__ import annotations

import io
import re
import zlib

import pytest
from pypdf import PdfReader

from dashboard.exports.pdf_text import with_characters

TABLE = """/CIDInit /ProcSet findresource begin
begincmap
1 begincodespacerange
<00> <FF>
endcodespacerange
{blocks}endcmap
"""


def pdf(blocks: str) -> bytes:
    """One page that shows the codes 01 to 04 in a font with a table of these blocks."""
    table = zlib.compress(TABLE.format(blocks=blocks).encode())
    shown = b"BT /F0 12 Tf 10 10 Td <01020304> Tj ET"
    glyphs = b" ".join(b"/g%d 6 0 R" % n for n in range(1, 5))
    objects = [
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources <</Font <</F0 5 0 R>>>>>>",
        b"<</Length %d>> stream\n%s\nendstream" % (len(shown), shown),
        b"<</Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 1 /LastChar 4 "
        b"/Widths [1 1 1 1] /Encoding <</Type /Encoding /Differences [1 /g1 /g2 /g3 /g4]>> /CharProcs <<%s>> "
        b"/ToUnicode 7 0 R>>" % glyphs,
        b"<</Length 2>> stream\nf \nendstream",
        b"<</Filter /FlateDecode\n/Length %d>> stream\n%s\nendstream" % (len(table), table),
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 8\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size 8\n/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def text(content: bytes) -> str:
    return PdfReader(io.BytesIO(content), strict=True).pages[0].extract_text().strip()


@pytest.mark.parametrize(
    ("blocks", "before", "after"),
    [
        ("4 beginbfchar\n<01> <2EA0>\n<02> <653F>\n<03> <2F00>\n<04> <0041>\nendbfchar\n", "⺠政⼀A", "民政一A"),
        ("1 beginbfrange\n<01> <04> <2F00>\nendbfrange\n", "⼀⼁⼂⼃", "一丨丶丿"),
        ("1 beginbfchar\n<01> <2ED3>\nendbfchar\n1 beginbfrange\n<02> <04> <0031>\nendbfrange\n", "⻓123", "长123"),
    ],
)
def test_radicals_become_characters(blocks: str, before: str, after: str) -> None:
    content = pdf(blocks)
    assert text(content) == before
    mended = with_characters(content)
    assert text(mended) == after
    assert mended.startswith(content), "what the browser made stays as it is"
    assert len(re.findall(rb"startxref", mended)) == 2


def test_what_has_no_radical_stays_as_it_is() -> None:
    content = pdf("1 beginbfrange\n<01> <04> <0031>\nendbfrange\n")
    assert with_characters(content) == content
    assert with_characters(b"%PDF-1") == b"%PDF-1"
