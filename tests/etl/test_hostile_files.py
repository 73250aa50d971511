"""Files that are broken, lie, or mean harm: a refusal that says what to do, in bounded memory and time."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.reading import Limits, read_book, read_book_file
from etl.sheets import Book
from tests.etl.workbooks import (
    MAIN,
    ods,
    ods_cell,
    ods_row,
    ods_table,
    read,
    written,
    xlsx,
    xlsx_parts,
    zipped,
)
from warehouse.errors import FileError

BOOKS, SEEDS = Path(__file__).parent / "books", Path(__file__).parent / "fuzz"
A1 = '<row r="1"><c r="A1"><v>1</v></c></row>'
TEXT = '<c t="s"><v>0</v></c>'
ONE = 'office:value-type="float" office:value="1"'
DTD = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


def _password_xls() -> bytes:
    """The old workbook with the record of the author's name turned into that of encryption."""
    content = (BOOKS / "excel97.xls").read_bytes()
    place = content.index(b"\x5c\x00\x70\x00")
    return content[:place] + b"\x2f\x00" + content[place + 2 :]


def _password_zip() -> bytes:
    content = bytearray(xlsx(A1))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = 0
        while (place := content.find(mark, place)) >= 0:
            content[place + offset] |= 1
            place += 4
    return bytes(content)


def _lying_size() -> bytes:
    """A part that declares ten bytes and inflates to a million."""
    content = bytearray(xlsx(A1 + "<!--" + "x" * 1_000_000 + "-->"))
    place = content.index(b"PK\x01\x02", content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02")) - 60)
    struct.pack_into("<I", content, place + 24, 10)
    return bytes(content)


def _twice() -> bytes:
    parts = list(xlsx_parts(A1).items())
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in [*parts, (parts[-1][0].upper(), b"<worksheet/>")]:
            archive.writestr(name, content)
    return file.getvalue()


def _part(name: str, content: str | bytes) -> bytes:
    return zipped(xlsx_parts(A1) | {name: content})


def _sheet(content: str | bytes) -> bytes:
    return _part("xl/worksheets/sheet1.xml", content)


# name → content, a word of the message in each language
REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "0 bytes": (lambda: b"", "空文件", "is empty"),
    "a truncated zip": (lambda: xlsx(A1)[:-30], "已损坏", "is damaged"),
    "a truncated old workbook": (lambda: (BOOKS / "excel97.xls").read_bytes()[:3000], "已损坏", "is damaged"),
    "an old header and nothing": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "已损坏", "is damaged"),
    "an encrypted workbook": ((BOOKS / "password.xlsx").read_bytes, "取消密码", "Remove the password"),
    "an encrypted old workbook": (_password_xls, "取消密码", "Remove the password"),
    "an encrypted zip": (_password_zip, "取消密码", "Remove the password"),
    "an encrypted ods": (
        lambda: zipped(
            {
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "META-INF/manifest.xml": "<manifest:encryption-data/>",
                "content.xml": b"\x93\x01\xff",
            }
        ),
        "取消密码",
        "Remove the password",
    ),
    "a zip of workbooks": (lambda: zipped({"附件1.xlsx": xlsx(A1)}), "请先解压", "Unpack it"),
    "an empty zip": (lambda: zipped({}), "请先解压", "Unpack it"),
    "a word document": (lambda: zipped({"word/document.xml": b"<x/>"}), "Word 文档", "a Word document"),
    "a presentation": (lambda: zipped({"ppt/presentation.xml": b"<x/>"}), "演示文稿", "a presentation"),
    "an ods text": (
        lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}),
        "不是表格",
        "not a spreadsheet",
    ),
    "a binary workbook": (lambda: zipped({"xl/workbook.bin": b"x"}), "另存为 .xlsx", "save it as .xlsx"),
    "a pdf": (lambda: b"%PDF-1.7 \xe2\xe3", "PDF 文件", "a PDF"),
    "a picture": (lambda: b"\x89PNG\r\n", "图片", "a picture"),
    "a rar": (lambda: b"Rar!\x1a\x07\x00", "压缩包", "a compressed folder"),
    "a very old workbook": (lambda: b"\x09\x08\x08\x00\x00\x05\x10\x00", "很旧", "very old"),
    "a web page": (lambda: "\ufeff\n<HTML><table><tr><td>85%</td></tr></table>".encode(), "网页", "a web page"),
    "a web page in utf-16": (lambda: "<html></html>".encode("utf-16"), "网页", "a web page"),
    "a web page in gbk": (lambda: "<table><td>指标</td></table>".encode("gbk"), "网页", "a web page"),
    "an mht": (lambda: b"MIME-Version: 1.0\n", ".mht", ".mht"),
    "xml of 2003": (
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "XML 表格 2003",
        "XML spreadsheet of 2003",
    ),
    "a lying size": (_lying_size, "已损坏", "is damaged"),
    "a part twice": (_twice, "同名", "two parts of one name"),
    "a sheet missing": (
        lambda: zipped({k: v for k, v in xlsx_parts(A1).items() if "sheet1" not in k}),
        "缺少",
        "missing",
    ),
    "no sheets": (lambda: _part("xl/workbook.xml", "<workbook><sheets/></workbook>"), "目录有误", "list of sheets"),
    "entities": (lambda: _sheet(f"{DTD}<worksheet>&b;</worksheet>"), "XML 声明", "declares XML entities"),
    "entities in strings": (lambda: _part("xl/sharedStrings.xml", f"{DTD}<sst/>"), "XML 声明", "declares XML"),
    "entities in styles": (lambda: _part("xl/styles.xml", f"{DTD}<x/>"), "XML 声明", "declares XML"),
    "entities in ods": (lambda: ods(ods_table(ods_row(ods_cell("x"))), before=DTD), "XML 声明", "declares XML"),
    "broken xml": (lambda: _sheet(f"<worksheet {MAIN}><sheetData>{A1}"), "已损坏", "is damaged"),
    "utf-16 xml": (lambda: _sheet(f"<worksheet {MAIN}/>".encode("utf-16")), "不是 UTF-8", "not in UTF-8"),
    "latin xml": (lambda: _sheet('<?xml version="1.0" encoding="latin-1"?><worksheet/>'), "不是 UTF-8", "not in UTF-8"),
    "a lone surrogate": (
        lambda: xlsx('<row r="1"><c r="A1" t="str"><v>&#xD800;</v></c></row>'),
        "已损坏",
        "is damaged",
    ),
    "a NUL": (lambda: xlsx('<row r="1"><c r="A1" t="str"><v>&#0;</v></c></row>'), "已损坏", "is damaged"),
    "endless nesting": (lambda: _sheet(f"<worksheet>{'<a>' * 1000}"), "解压后过大", "unpacks to too much"),
    "endless names": (
        lambda: _sheet(f"<worksheet>{''.join(f'<a{n}/>' for n in range(50_000))}</worksheet>"),
        "解压后过大",
        "unpacks to too much",
    ),
    "a cell twice": (
        lambda: xlsx('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'),
        "A1 重复",
        "A1 is out of order",
    ),
    "a row twice": (lambda: xlsx(A1 + A1), "第 1 行重复", "row 1 is out of order"),
    "no such column": (lambda: xlsx('<row r="1"><c r="XFE1"><v>1</v></c></row>'), "没有这样的位置", "no such place"),
    "no such row": (lambda: xlsx('<row r="1048577"><c><v>1</v></c></row>'), "没有这样的位置", "no such place"),
    "no such text": (lambda: xlsx('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'), "已损坏", "is damaged"),
    "a far cell": (
        lambda: xlsx(A1 + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "范围过大（到 XFD1048576）",
        "to XFD1048576",
    ),
    "a far error": (lambda: xlsx('<row r="9"><c r="XFD9" t="e"><v>#N/A</v></c></row>'), "到 XFD9", "to XFD9"),
    "a far formula": (lambda: xlsx('<row r="9"><c r="XFD9"><f>A1</f></c></row>'), "到 XFD9", "to XFD9"),
    "a long cell": (lambda: xlsx(f'<row r="1"><c r="A1" t="str"><v>{"长" * 40_000}</v></c></row>'), "32767", "32767"),
    "a long text": (
        lambda: xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=f"<si><t>{'x' * 40_000}</t></si>"),
        "32767",
        "32767",
    ),
    "too many sheets": (lambda: xlsx(A1, more=200), "201 张工作表", "201 sheets"),
    "too many ods sheets": (lambda: ods(ods_table("") * 201), "200 张工作表", "200 sheets"),
    "repeated columns": (
        lambda: ods(ods_table(ods_row(ods_cell(more=f'{ONE} table:number-columns-repeated="16384"')))),
        "范围过大",
        "reach too far",
    ),
    "repeated rows": (
        lambda: ods(ods_table(ods_row(ods_cell(more=ONE), more='table:number-rows-repeated="1048576"'))),
        "范围过大",
        "reach too far",
    ),
    "repeated beyond all numbers": (
        lambda: ods(ods_table(ods_row(ods_cell(more=f'{ONE} table:number-columns-repeated="{"9" * 18}"')))),
        "范围过大",
        "reach too far",
    ),
    "a far row below repeated blanks": (
        lambda: ods(ods_table(ods_row(more='table:number-rows-repeated="1000000"') + ods_row(ods_cell(more=ONE)))),
        "到 A1000001",
        "to A1000001",
    ),
    "an ods without sheets": (lambda: ods(""), "没有工作表", "has no sheet"),
    "a long ods cell": (lambda: ods(ods_table(ods_row(ods_cell("x" * 40_000)))), "32767", "32767"),
    "binary": (lambda: b"\x00\x01\x02\x03" * 100, "编码无法识别", "encoding"),
    "neither utf-8 nor gbk": (lambda: b"a,b\n\xff\xff,1\n", "编码无法识别", "encoding"),
    "utf-8 with a broken byte": (
        lambda: "地区,指标,完成值\n天宁区,低保人数,1200\n".encode().replace(b"1200", b"\xe51200"),
        "编码无法识别",
        "encoding",
    ),
    "utf-8 cut in a character": (lambda: "地区,指标\n天宁区,低保人数".encode()[:-1], "编码无法识别", "encoding"),
    "big5": (lambda: "地區,指標,完成值\n臺北,領取補助人數,1200\n".encode("big5"), "编码无法识别", "encoding"),
    "shift-jis": (lambda: "地域,指標,実績\n東京,受給者数,1200\n".encode("shift-jis"), "编码无法识别", "encoding"),
    "latin": (lambda: "Région,Où\nÎle,Küste\n".encode("latin-1"), "编码无法识别", "encoding"),
    "half of a utf-16": (lambda: "a,b".encode("utf-16")[:-1], "编码无法识别", "encoding"),
    "utf-16 without a mark": (lambda: "a,b".encode("utf-16-le"), "编码无法识别", "encoding"),
    "an open quote": (lambda: b'a,b\n1,2\n3,"4\n5,6\n', "第 3 行", "from line 3"),
    "an open quote below sep": (lambda: b'sep=,\na,b\n3,"4\n5,6\n', "第 3 行", "from line 3"),
    "a quote in a quoted cell": (lambda: b'a,b\n"5" pipe",1\n', "第 2 行", "from line 2"),
    "an open quote before a long text": (lambda: b'a,b\n"' + b"1,2\n" * 50_000, "第 2 行", "from line 2"),
    "many columns": (lambda: b"," * 3000, "范围过大", "reach too far"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_remedy(case: str) -> None:
    make, zh, en = REFUSED[case]
    with pytest.raises(FileError) as caught:
        read(make(), "表.xls")
    assert zh in caught.value.zh and en in caught.value.en
    assert caught.value.zh.startswith("表.xls ") and "表.xls" in caught.value.en
    assert caught.value.zh.endswith(("。", "？"))


@pytest.mark.parametrize(
    ("limits", "setting"),
    [({"bytes": 100}, "DABIAO_MAX_FILE_MB"), ({"sheets": 1}, "DABIAO_MAX_SHEETS")],
)
def test_limits_name_their_setting(limits: dict[str, int], setting: str) -> None:
    with pytest.raises(FileError) as caught:
        read(xlsx(A1, more=1), **limits)
    assert setting in caught.value.zh and setting in caught.value.en


@pytest.mark.parametrize("limits", [{"cells": 5}, {"rows": 2}, {"columns": 1}, {"unpacked": 300}])
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "csv"])
def test_every_limit_holds_for_every_kind(kind: str, limits: dict[str, int]) -> None:
    if kind in ("xls", "csv") and "unpacked" in limits:
        pytest.skip("not packed")
    content = {
        "xlsx": lambda: written([["a", 1], ["b", 2], ["c", 3]]),
        "xls": (BOOKS / "excel97.xls").read_bytes,
        "ods": lambda: ods(ods_table(ods_row(ods_cell("a"), ods_cell("b")) * 3)),
        "csv": lambda: b"a,1\nb,2\nc,3\n",
    }[kind]()
    assert read(content).sheets[0].rows
    with pytest.raises(FileError):
        read(content, **limits)


def test_files_of_the_disk_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_bytes(b"x" * 101)
    for path, zh in ((tmp_path / "none.csv", "找不到文件"), (tmp_path, "找不到"), (tmp_path / ("x" * 300), "无法读取")):
        with pytest.raises(FileError, match=zh):
            read_book_file(path, Limits())
    with pytest.raises(FileError, match="DABIAO_MAX_FILE_MB"):
        read_book_file(tmp_path / "big.csv", Limits(bytes=100))


def test_a_zip_that_is_not_as_calamine_would_find_it_is_read_as_it_was_counted() -> None:
    """Bytes before the archive, a second archive behind it: both readers would have to agree on what to open."""
    other = xlsx('<row r="1"><c r="A1"><v>666</v></c></row>')
    for content in (xlsx(A1), xlsx(A1) + b"\0" * 100):
        try:
            assert read(content).sheets[0].rows == [["1"]]
        except FileError:
            assert content[-1] == 0
    assert read(other + xlsx(A1)).sheets[0].rows == [["1"]]


def _rows(count: int) -> str:
    return f'table:number-rows-repeated="{count}"'


def _columns(count: int) -> str:
    return f'table:number-columns-repeated="{count}"'


# name → content; each would take gigabytes or minutes if it were believed
BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros": lambda: _sheet(b"0" * (300 * 2**20)),
    "many empty texts": lambda: _part("xl/sharedStrings.xml", f"<sst {MAIN}>{'<si/>' * 9_000_000}</sst>"),
    "one text a million times": lambda: xlsx(
        "".join(f'<row r="{n}">{TEXT * 100}</row>' for n in range(1, 5001)), strings=f"<si><t>{'长' * 32_000}</t></si>"
    ),
    "many tags": lambda: _sheet(f"<worksheet>{'<a/>' * 30_000_000}</worksheet>"),
    "one long tag": lambda: _sheet(f"<worksheet a='{'x' * (40 * 2**20)}'/>"),
    "one long text": lambda: _sheet(f"<worksheet><v>{'x' * (200 * 2**20)}</v></worksheet>"),
    "many rows": lambda: xlsx("<row/>" * 3_000_000),
    "wide blank rows in ods": lambda: ods(ods_table(ods_row(ods_cell(more=_columns(16384)), more=_rows(9)) * 100_000)),
    "many wide rows in ods": lambda: ods(ods_table(ods_row(ods_cell("x", _columns(2000)), more=_rows(900)) * 900)),
    "commas": lambda: (b"," * 1000 + b"\n") * 45_000,
    "blank lines": lambda: b"\n" * (45 * 2**20),
    "one wide line": lambda: b"a," * (20 * 2**20),
    "many parts": lambda: zipped({f"{n}": b"" for n in range(20_000)} | xlsx_parts(A1)),
}  # fmt: skip

READ = """
import resource, sys
from pathlib import Path
from etl.reading import Limits, read_book_file
from warehouse.errors import FileError
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
try:
    read_book_file(Path(sys.argv[1]), Limits())
    print("read")
except FileError as error:
    print("refused")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def _peak(path: Path) -> tuple[str, int]:
    """What becomes of a file in a process of its own, and the most memory it held, in MiB."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ, str(path)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    fate, mib = done.stdout.split()
    return fate, int(mib)


@pytest.mark.slow
@pytest.mark.parametrize("case", BOMBS)
def test_bombs_are_refused_in_bounded_memory_and_time(case: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(BOMBS[case]())
    fate, mib = _peak(path)
    assert fate == "refused" or case == "wide blank rows in ods"
    assert mib < 400


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_sixty_thousand_rows_with_duplicates_are_read(suffix: str, tmp_path: Path) -> None:
    row = ["320404", "低保人数", "城镇", "2020年上半年", "人", "天宁区", "备注", 1]
    path = tmp_path / f"a.{suffix}"
    rows = [[*row[:-1], n // 2] for n in range(60_000)]
    text = "\n".join(",".join(map(str, line)) for line in rows)
    path.write_bytes(text.encode() if suffix == "csv" else written(rows))
    fate, mib = _peak(path)
    assert fate == "read" and mib < 250


def seeds() -> list[Path]:
    return sorted(path for folder in (SEEDS, BOOKS) for path in folder.iterdir())


def _mutated(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Cut, flipped, spliced, doubled or overwritten; sometimes several times."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        start, length = chance.randrange(len(changed) or 1), chance.choice((1, 2, 8, 64, 1000))
        kind = chance.randrange(6)
        if kind == 0:
            del changed[start:]
        elif kind == 1:
            del changed[start : start + length]
        elif kind == 2:
            for place in range(start, min(start + chance.choice((1, 1, 4)), len(changed))):
                changed[place] ^= 1 << chance.randrange(8)
        elif kind == 3:
            changed[start:start] = other[chance.randrange(len(other)) :][:length]
        elif kind == 4:
            changed[start : start + length] = chance.choice((b"\xff", b"\0", b'"', b"<", b"9")) * length
        else:
            changed[start:start] = changed[start : start + length]
    return bytes(changed)


@pytest.mark.parametrize("path", seeds(), ids=lambda path: path.name)
def test_mutated_files_are_read_or_refused(path: Path) -> None:
    chance = random.Random(path.name)
    others = [other.read_bytes() for other in seeds()]
    content = path.read_bytes()
    for _ in range(150):
        _read_or_refuse(_mutated(content, chance.choice(others), chance))


@pytest.mark.parametrize(
    "path", [path for path in seeds() if path.suffix in (".xlsx", ".ods")], ids=lambda path: path.name
)
def test_mutated_parts_in_a_sound_archive_are_read_or_refused(path: Path) -> None:
    """A flipped bit of a zip mostly breaks its checksum; these archives are whole."""
    if not zipfile.is_zipfile(path):
        pytest.skip("not a zip")
    chance = random.Random(path.name)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    names = [name for name in parts if name.endswith((".xml", ".rels"))]
    for _ in range(150):
        name = chance.choice(names)
        _read_or_refuse(
            zipped(parts | {name: _mutated(parts[name], chance.choice(list(parts.values())) or b"0", chance)})
        )


def _read_or_refuse(content: bytes) -> None:
    try:
        book = read_book("a.xlsx", content, Limits(cells=100_000))
    except FileError as error:
        assert error.zh and error.en
    else:
        assert isinstance(book, Book)
        assert all(type(cell) is str for sheet in book.sheets for row in sheet.rows for cell in row)
