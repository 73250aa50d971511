"""The person's own file back, with its cells marked."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName
from python_calamine import CalamineWorkbook

from etl.cell_text import MOST_CHARACTERS, clean, plain_number, sheet_name
from etl.fates import Fate
from etl.findings import Finding
from etl.marked import marked_workbook, marks
from etl.marked.marks import AMBER, RED, SIGN, is_result_sheet
from etl.marked.own import is_light, mark_own
from etl.reasons import REASONS, Reason
from etl.sheets import Book, Sheet, cell_name

ROOT = Path(__file__).parents[2]
TABLE = [
    ["2020年上半年目标完成情况", "", "", ""],
    ["地区", "指标", "目标", "完成值"],
    ["普陀区", "低保户数", "≥1200", "1180"],
    ["", "低保标准", "1240", "1240"],
    ["浦东", "床位数", "约<b>", "-abc"],
]
MERGED = ((0, 0, 0, 3), (2, 0, 3, 0))
NAME = "上半年's 表"


@pytest.fixture(autouse=True)
def _a_caution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REASONS, "odd", Reason("odd", "请核对。", "Look at it.", is_caution=True))


def finding(
    cell: str | None, reason: str = "not_a_number", sheet: str | None = NAME, row: int = 0, **more: str
) -> Finding:
    """A finding at a cell, or of a row."""
    number = row or int(re.sub(r"\D", "", cell or "0"))
    return Finding(sheet, number, more.pop("column", "完成值"), more.pop("value", "-abc"), reason, "{}", cell, **more)


def csv_book(rows: list[list[str]], name: str = "表.csv") -> Book:
    return Book(name, "0" * 64, b"any", (Sheet(None, rows),))


def own_book(change: Callable[[openpyxl.Workbook], None] = lambda book: None, extra: Sequence[Sheet] = ()) -> Book:
    """An .xlsx as a person makes it: a merged title, a merged district, a hidden sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = NAME
    for row in TABLE:
        sheet.append([text or None for text in row])
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("A3:A4")
    sheet["A1"].font = Font(bold=True, size=16)
    sheet.column_dimensions["B"].width = 33
    sheet["D3"].number_format = "#,##0"
    hidden = book.create_sheet("底稿")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "x"
    change(book)
    content = io.BytesIO()
    book.save(content)
    sheets = (Sheet(NAME, TABLE, MERGED), Sheet("底稿", [["x"]], hidden=True), *extra)
    return Book("一.xlsx", "0" * 64, content.getvalue(), sheets)


def opened(content: bytes) -> openpyxl.Workbook:
    """As openpyxl reads it; calamine has to read it too."""
    CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return openpyxl.load_workbook(io.BytesIO(content))


def fill(cell: Cell) -> str:
    return str(cell.fill.start_color.rgb)[-6:] if cell.fill.fill_type == "solid" else ""


def boxes(content: bytes) -> list[tuple[float, float]]:
    """Width and height of every comment's box, in points or pixels; openpyxl does not read them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        drawings = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".vml")]
    found = [re.findall(r"[;\"']\s*width:([\d.]+)p[tx];\s*height:([\d.]+)p[tx]", drawing) for drawing in drawings]
    assert sum(map(len, found)) == 4
    return [(float(wide), float(high)) for drawing in found for wide, high in drawing]


def formulas(content: bytes) -> list[bytes]:
    """What stands in formula elements of any sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [archive.read(name) for name in archive.namelist() if "/worksheets/" in name]
    return [text for part in parts for text in re.findall(rb"<f[ >][^<]*", part)]


def test_the_persons_own_workbook_keeps_its_looks() -> None:
    book = opened(marked_workbook(own_book(), [finding("D5")], [], "zh"))
    assert book.sheetnames == ["检查结果", NAME, "底稿"]
    assert [book[name].sheet_state for name in book.sheetnames] == ["visible", "visible", "hidden"]
    sheet = book[NAME]
    assert sheet.column_dimensions["B"].width == 33
    assert sheet["A1"].font.size == 16
    assert sheet["D3"].number_format == "#,##0"
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:D1", "A3:A4"}
    assert [sheet.cell(5, c).value for c in range(1, 5)] == TABLE[4]
    assert book.active.title == "检查结果"
    assert not sheet.sheet_view.tabSelected  # selected together, an entry in one would be made in both


@pytest.mark.parametrize("make", [own_book, lambda: Book("一.xls", "0" * 64, b"\xd0\xcf", own_book().sheets)],
                         ids=["own", "rebuilt"])  # fmt: skip
@pytest.mark.parametrize("language", ["zh", "en"])
def test_cells_are_marked_with_reason_detail_and_remedy(make: Callable[[], Book], language: str) -> None:
    findings = [
        finding("D5", "odd"),
        finding("D5", detail_zh="最接近的是 1。", detail_en="The nearest is 1."),
        finding("C5", "odd", column="目标"),
        finding("A4", "unknown_district", column="地区"),
        finding(None, "duplicate_row", row=2),
    ]
    content = marked_workbook(make(), findings, [], language)
    sheet = opened(content)[NAME]
    assert (fill(sheet["D5"]), fill(sheet["C5"]), fill(sheet["D4"])) == (RED, AMBER, "")
    said = sheet["D5"].comment.text
    assert said.index(findings[1].text(language)) < said.index(findings[0].text(language))  # refusals first
    assert ("Refused (完成值)" if language == "en" else "拒收（完成值）") in said
    assert fill(sheet["A3"]) == RED  # the anchor of A3:A4
    assert findings[3].text(language) in sheet["A3"].comment.text
    assert fill(sheet["A2"]) == RED  # the first cell of its row
    assert all(wide >= 240 and high >= 25 for wide, high in boxes(content))


@pytest.mark.parametrize("make", [own_book, lambda: Book("一.ods", "0" * 64, b"PK", own_book().sheets)],
                         ids=["own", "rebuilt"])  # fmt: skip
def test_the_first_sheet_lists_every_finding_with_a_link(make: Callable[[], Book]) -> None:
    findings = [finding("D5"), finding("A4", "unknown_district"), finding("Z99", sheet="没有这张表")]
    fates = [Fate(NAME, 3, "D3", "actual", "new"), Fate(NAME, 4, "D4", "actual", "changed"),
             Fate(NAME, 5, "D5", "actual", "refused")]  # fmt: skip
    sheet = opened(marked_workbook(make(), findings, fates, "zh")).worksheets[0]
    assert sheet["A1"].value == f"{SIGN}检查结果：{make().name}"
    assert "接受 2 个（新增 1，更正 1，未变 0），拒收 1 个" in sheet["A2"].value
    top = next(row for row in range(1, 9) if sheet.cell(row, 1).value == "序号")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=top + 1)]
    assert [row[0] for row in rows] == [1, 2, 3]
    assert rows[0][1:7] == ["拒收", NAME, "D5", 5, "完成值", "-abc"]
    assert rows[0][7] == REASONS["not_a_number"].zh
    assert rows[1][3] == "A3"
    assert sheet.cell(top + 1, 4).hyperlink.location == "'上半年''s 表'!D5"
    assert sheet.cell(top + 3, 4).hyperlink is None
    assert sheet.freeze_panes == f"A{top + 1}"
    assert sheet.auto_filter.ref == f"A{top}:H{top + 3}"
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_a_sheet_of_that_name_keeps_it() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.create_sheet("检查结果")["A1"] = "我的"

    extra = [Sheet("检查结果", [["我的"]])]
    book = opened(marked_workbook(own_book(change, extra), [finding("D5")], [], "zh"))
    assert book.sheetnames == ["检查结果 (2)", NAME, "底稿", "检查结果"]
    assert book["检查结果"]["A1"].value == "我的"
    rebuilt = Book("一.xls", "0" * 64, b"", own_book(change, extra).sheets)
    assert opened(marked_workbook(rebuilt, [], [], "zh")).sheetnames == ["检查结果", NAME, "底稿", "检查结果 (2)"]


def test_sent_again_the_marks_of_the_first_round_are_gone() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[NAME]["C5"].comment = Comment("自己的批注", "张三")

    first = marked_workbook(own_book(change), [finding("D5"), finding("C5")], [], "zh")
    listed = opened(first).worksheets[0]
    found = Sheet("检查结果", [[str(cell.value or "") for cell in row] for row in listed.iter_rows()])
    assert is_result_sheet(found)
    again = Book("一.xlsx", "0" * 64, first, (found, *own_book().sheets))
    book = opened(marked_workbook(again, [finding("C3")], [], "zh"))
    assert book.sheetnames == ["检查结果", NAME, "底稿"]
    sheet = book[NAME]
    assert (fill(sheet["D5"]), sheet["D5"].comment) == ("", None)
    assert (fill(sheet["C5"]), sheet["C5"].comment.text) == ("", "自己的批注")
    assert fill(sheet["C3"]) == RED


def test_own_formulas_stay_and_those_that_reach_out_become_what_they_show() -> None:
    reaching = {
        "D3": "=[1]Sheet1!A1", "D4": "=cmd|'/c calc'!A0", "C3": '=HYPERLINK("http://x.example/","a")',
        "C4": "='[other.xlsx]表 1'!$B$2",
    }  # fmt: skip

    def change(book: openpyxl.Workbook) -> None:
        book[NAME]["E3"] = "=SUM(D3:D4)/Table1[2020]"
        for place, formula in reaching.items():
            book[NAME][place] = formula
        book.defined_names["away"] = DefinedName("away", attr_text="[1]Sheet1!$A$1")
        book.defined_names["here"] = DefinedName("here", attr_text=f"'{NAME.replace(chr(39), chr(39) * 2)}'!$A$1")

    content = marked_workbook(own_book(change), [finding("D5")], [], "zh")
    assert formulas(content) == [b"<f>SUM(D3:D4)/Table1[2020]"]
    book = opened(content)
    assert [book[NAME][place].value for place in reaching] == [1180, 1240, "≥1200", 1240]
    assert list(book.defined_names) == ["here"]


def test_macros_are_left_out() -> None:
    book = own_book()
    content = io.BytesIO(book.content)
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    marked = marked_workbook(Book("一.xlsm", "0" * 64, content.getvalue(), book.sheets), [finding("D5")], [], "zh")
    assert not [name for name in zipfile.ZipFile(io.BytesIO(marked)).namelist() if "vba" in name]
    assert opened(marked)[NAME].column_dimensions["B"].width == 33


def _part(book: Book, pattern: bytes, replacement: bytes) -> Book:
    """The book with something replaced in its first sheet."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book.content)) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                assert re.search(pattern, part)
                part = re.sub(pattern, replacement, part)
            new.writestr(name, part)
    return Book(book.name, book.sha256, content.getvalue(), book.sheets)


@pytest.mark.parametrize(
    ("pattern", "replacement", "is_openpyxls"),
    [
        (rb'ref="A3:A4"', b'ref="A3:XFD1048576"', False),
        (rb'ref="A3:A4"', b"ref='$A:$B'", False),
        (rb"</mergeCells>", b'</mergeCells><hyperlinks><hyperlink ref="A1:ZZ99999" location="x"/></hyperlinks>', False),
        (rb"<mergeCells", b"<hyperlinks><hyperlink location='x'/></hyperlinks><mergeCells", False),
        (rb"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', False),
        (rb"<sheetData>", b"<sheetData><broken", True),
        (rb'<c r="D5"', b'<c s="999" r="D5"', True),
    ],
    ids=[
        "endless merge",
        "merged columns",
        "endless link",
        "link without a place",
        "doctype",
        "broken",
        "no such style",
    ],
)
def test_what_openpyxl_cannot_hold_is_written_anew(pattern: bytes, replacement: bytes, is_openpyxls: bool) -> None:
    broken = _part(own_book(), pattern, replacement)
    assert is_light(broken, 1) is is_openpyxls
    if is_openpyxls:
        assert mark_own(broken, marks.collect(broken, [finding("D5")], [], "zh")) is None
    book = opened(marked_workbook(broken, [finding("D5")], [], "zh"))
    assert book.sheetnames == ["检查结果", NAME, "底稿"]
    assert book["底稿"].sheet_state == "hidden"
    assert fill(book[NAME]["D5"]) == RED
    assert {str(area) for area in book[NAME].merged_cells.ranges} == {"A1:D1", "A3:A4"}
    assert any("格式没有保留" in str(book.worksheets[0].cell(row, 1).value) for row in range(1, 6))


def test_far_too_many_cells_are_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    book = own_book()
    assert is_light(book, 1)
    assert not is_light(book, 1_000_000)
    monkeypatch.setattr("etl.marked.own._MOST_CELLS", 20)
    assert not is_light(book, 1)


def test_a_csv_is_text_and_numbers_and_never_a_formula() -> None:
    rows = [
        ["district_code", "value", "note"],
        ["310107", "12.50", "=1+1"],
        ["007", "-5", "@SUM(A1)"],
        ["+86", "1e5", "\tx"],
        ["-", "85.25%", "<script>"],
        ["123456789012345678", "0.1", "http://x.example/"],
    ]
    findings = [Finding(None, 2, "note", "=1+1", "missing_value", "{}", "C2"), finding("A3", sheet=None, value="@x")]
    content = marked_workbook(csv_book(rows, "=甲.csv"), findings, [], "zh")
    assert formulas(content) == []
    book = opened(content)
    sheet = book["=甲"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["district_code", "value", "note"],
        [310107, "12.50", "=1+1"],
        ["007", -5, "@SUM(A1)"],
        ["+86", "1e5", "\tx"],
        ["-", "85.25%", "<script>"],
        ["123456789012345678", 0.1, "http://x.example/"],
    ]
    leading = [(2, 3), (3, 3), (4, 1), (4, 3), (5, 1)]
    assert all(
        sheet.cell(row, column).quotePrefix and sheet.cell(row, column).data_type == "s" for row, column in leading
    )
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    values = [book.worksheets[0].cell(row, 7) for row in range(4, 7)]
    assert [(cell.value, cell.data_type) for cell in values[1:]] == [("=1+1", "s"), ("@x", "s")]
    assert all(cell.quotePrefix for cell in values[1:])


def test_a_hidden_sheet_that_was_not_read_is_not_made_up() -> None:
    sheets = (Sheet("甲", [["a"]]), Sheet("乙", [], hidden=True), Sheet("丙", [["b"]], hidden=True))
    book = opened(marked_workbook(Book("一.xls", "0" * 64, b"", sheets), [], [], "zh"))
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("检查结果", "visible"), ("甲", "visible"), ("丙", "hidden"),
    ]  # fmt: skip
    assert "隐藏的工作表没有读取，不在这里。" in [book.worksheets[0].cell(row, 1).value for row in range(1, 7)]


def test_more_than_a_file_can_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "MOST_COMMENTS", 3)
    monkeypatch.setattr(marks, "MOST_LISTED", 5)
    rows = [["value"], *([str(number)] for number in range(8))]
    findings = [finding(f"A{row}", "odd", sheet=None) for row in range(2, 9)] + [finding("A9", sheet=None)] * 12
    book = opened(marked_workbook(csv_book(rows), findings, [], "en"))
    sheet = book["表"]
    assert [row for row in range(2, 10) if sheet.cell(row, 1).comment] == [2, 3, 9]  # refusals first
    assert "4 more on the first sheet" in sheet["A9"].comment.text
    assert [fill(sheet.cell(row, 1)) for row in range(2, 10)] == [AMBER] * 7 + [RED]
    assert book.worksheets[0].cell(book.worksheets[0].max_row, 1).value == 5
    assert any("Only the first 5" in str(book.worksheets[0].cell(row, 1).value) for row in range(1, 8))


def test_marks_beyond_the_cells_that_are_there() -> None:
    findings = [finding("D2", sheet=None), finding(None, sheet=None, row=4), finding("XFE9999999", sheet=None, row=1)]
    sheet = opened(marked_workbook(csv_book([["a"], ["b"]]), findings, [], "zh"))["表"]
    assert [place for place in ("A1", "D2", "A4") if fill(sheet[place]) == RED] == ["A1", "D2", "A4"]
    assert sheet["A2"].value == "b"


HOSTILE = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["=", "+", "-", "@", "\t=1", "\r\n=2", "<b>&amp;]]>", "\x00\x0b", "\ufffe\uffff", "😀" * 20,
                     "=cmd|'/c calc'!A0", "{=1}", "'", "NaN", "inf", "1_000", "٣", "-0", "1e400", "00"]),
)  # fmt: skip


@settings(max_examples=50)
@given(rows=st.lists(st.lists(HOSTILE, max_size=4), max_size=5), name=HOSTILE, sheet=HOSTILE, data=st.data())
def test_hostile_text_stays_text(rows: list[list[str]], name: str, sheet: str, data: st.DataObject) -> None:
    title = data.draw(st.sampled_from([None, sheet]))
    places = st.sampled_from([None, "A1", "B3", "ZZ12", "A0", "=1", "AAAA1"])
    findings = [
        Finding(title, data.draw(st.integers(-1, 7)), text, text, "not_a_number", "{}", data.draw(places), text, text)
        for text in data.draw(st.lists(HOSTILE, max_size=3))
    ]
    sheets = (Sheet(title, rows, data.draw(st.sampled_from([(), ((0, 0, 1, 1), (1, 1, 2, 2))]))),)
    content = marked_workbook(Book(name, "0" * 64, b"x", sheets), findings, [], "en")
    assert formulas(content) == []
    book = opened(content)
    assert len(book.sheetnames) == 2
    found = book.worksheets[1]
    merged = {(row, column) for area in found.merged_cells.ranges for row, column in area.cells} - {(1, 1)}
    for number, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            cell = found.cell(number, column)
            if (number, column) in merged or "_x" in text:  # openpyxl reads _x005F_ as it stands
                continue
            assert cell.data_type != "f"
            if isinstance(cell.value, int | float):
                assert plain_number(text) == cell.value
            else:
                assert (cell.value or "") == clean(text)


@given(st.text(max_size=40), st.integers(1, 30))
def test_cleaned_text_is_short_enough_and_xml(text: str, most: int) -> None:
    cleaned = clean(text, most)
    assert len(cleaned.encode("utf-16-le")) // 2 <= most
    assert not re.search("[\x00-\x08\x0b-\x1f\ufffe\uffff]", cleaned)
    assert len(clean("汉" * 40_000)) == MOST_CHARACTERS


@given(st.lists(st.text(max_size=40), max_size=6))
def test_sheet_names_are_accepted_and_differ(names: list[str]) -> None:
    taken: set[str] = set()
    found = [sheet_name(name, taken) for name in names]
    assert len({name.casefold() for name in found}) == len(names)
    assert not any(len(name) > 31 or re.search(r"[\[\]:*?/\\]|^'|'$|^$", name) for name in found)


@given(
    st.one_of(
        st.decimals(allow_nan=False, allow_infinity=False).map(str), st.from_regex(r"-?[0-9.e]{1,18}", fullmatch=True)
    )
)
def test_a_number_reads_the_same_again(text: str) -> None:
    number = plain_number(text)
    if number is not None:
        assert text == (str(int(number)) if number.is_integer() else repr(number))


def test_names_of_cells_go_both_ways() -> None:
    book = csv_book([[""] * 30] * 30)
    collected = marks.collect(book, [finding(cell_name(row, 27), sheet=None) for row in range(30)], [], "zh")
    assert set(collected.by_sheet[None]) == {(row, 27) for row in range(30)}


MEASURE = """
from pathlib import Path
from etl.fates import Fate
from etl.findings import Finding
from etl.marked import marked_workbook
from etl.sheets import Book, Sheet
rows = [["district_code", "indicator_code", "period_code", "value", "unit_code", "note"]]
rows += [["310107", "dibao_households", "2020-S1", str(n), "household", f"备注 {n}"] for n in range(60_000)]
findings = [Finding(None, n * 12 + 2, "value", str(n), "not_a_number", "{}", f"D{n * 12 + 2}") for n in range(5_000)]
fates = [Fate(None, n + 2, f"D{n + 2}", "actual", "new") for n in range(60_000)]
assert len(marked_workbook(Book("a.csv", "0" * 64, b"x", (Sheet(None, rows),)), findings, fates, "zh")) > 1_000_000
status = Path("/proc/self/status").read_text()  # ru_maxrss would count the tests' own process as well
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


@pytest.mark.slow
def test_sixty_thousand_rows_take_little_memory() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True, cwd=ROOT)
    assert int(done.stdout) < 250, done.stdout  # MiB, of 500 allowed
