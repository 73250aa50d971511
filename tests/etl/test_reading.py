"""Files as people make them: each value reads as a person sees it, whatever program wrote it."""

from __future__ import annotations

import hashlib
import io
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from etl.reading import Limits, read_book, read_book_file, xls
from etl.reading.cells import number, percent, tidy
from etl.reading.limits import SETTINGS
from etl.reading.number_formats import read_format
from tests.etl.workbooks import ods, ods_cell, ods_row, ods_table, read, rows_of, written, xlsx, xlsx_parts, zipped
from warehouse.errors import DabiaoError

BOOKS = Path(__file__).parent / "books"

NUMBERS = {
    0.1 + 0.2: "0.3",
    85.0: "85",
    -0.0: "0",
    0.07 * 100: "7",
    1234567.89: "1234567.89",
    1e15: "1000000000000000",
    123456789012345680.0: "123456789012346000",
    1e-7: "0.0000001",
    1e308: "1E+308",
    5e-324: "4.94065645841247E-324",
    float("inf"): "#NUM!",
    float("nan"): "#NUM!",
}
PERCENTAGES = {
    0.8525: "85.25%",
    0.57: "57%",
    0.0: "0%",
    1.0: "100%",
    0.29: "29%",
    1.005: "100.5%",
    -0.123456: "-12.3456%",
}

TEXTS = {
    " 　\u00a0a b　c\u200b\ufeff ": "a b　c",
    "一\r\n二\r三\n四": "一\n二\n三\n四",
    "a\x01\x1fb\x7f\uffff": "ab",
    "\u200b": "",
    "85％": "85％",
    "007": "007",
    "=1+1": "=1+1",
    "<b>x</b>": "<b>x</b>",
}

FORMATS = {
    "0.00%": ("85.25%", "-85.25%", "0%"),
    '0.0%;"-"0.0%;0': ("85.25%", "-85.25%", "0"),
    "[Red]0%": ("85.25%", "-85.25%", "0%"),
    "[>=1]0%;0.00%": ("85.25%", "-85.25%", "0%"),
    '0"%"': ("0.8525%", "-0.8525%", "0%"),
    r"0\%": ("0.8525%", "-0.8525%", "0%"),
    '#,##0"万元"': ("0.8525万元", "-0.8525万元", "0万元"),
    'General"人"': ("0.8525人", "-0.8525人", "0人"),
    '0!.0,"万"': ("0.00008525万", "-0.00008525万", "0万"),
    "0!.0000": ("0.00008525", "-0.00008525", "0"),
    '0.0,"千"': ("0.0008525千", "-0.0008525千", "0千"),
    "#,##0.00,,": ("0.0000008525", "-0.0000008525", "0"),
    "#,##0,.0": ("0.0008525", "-0.0008525", "0"),
    '0"-"0': ("0.8525", "-0.8525", "0"),
    '0" kg"': ("0.8525", "-0.8525", "0"),
    '"%"0': ("0.8525", "-0.8525", "0"),
    "#,##0.00_);(#,##0.00)": ("0.8525", "-0.8525", "0"),
    "General": ("0.8525", "-0.8525", "0"),
    'yyyy"年"m"月"': ("0.8525", "-0.8525", "0"),
    '"': ("0.8525", "-0.8525", "0"),
    "": ("0.8525", "-0.8525", "0"),
}


@pytest.mark.parametrize("value", NUMBERS)
def test_numbers_keep_the_digits_a_spreadsheet_keeps(value: float) -> None:
    assert number(value) == NUMBERS[value]


@pytest.mark.parametrize("value", PERCENTAGES)
def test_percentages_are_exact(value: float) -> None:
    assert percent(value) == PERCENTAGES[value]


@pytest.mark.parametrize("text", TEXTS)
def test_text_stays_as_it_is_but_for_its_edges(text: str) -> None:
    assert tidy(text) == TEXTS[text]


@pytest.mark.parametrize("code", FORMATS)
def test_formats_add_what_a_person_sees(code: str) -> None:
    shown = read_format(code)
    assert tuple(shown.text(value) for value in (0.8525, -0.8525, 0.0)) == FORMATS[code]


DATE_FORMATS = {
    'yyyy"年"m"月"': "2020年6月", 'yyyy"年"m"月";@': "2020年6月", "[$-804]yyyy年mm月": "2020年6月",
    "yyyy-mm": "2020年6月", "mmm-yy": "2020年6月", 'yyyy"年"': "2020年", "yyyy": "2020年", "yyyy/m/d": "2020-06-01",
    'm"月"d"日"': "2020-06-01", "yyyy-mm-dd hh:mm": "2020-06-01", 17: "2020年6月", 57: "2020年6月", 27: "2020年6月",
    31: "2020-06-01", 58: "2020-06-01", 14: "2020-06-01",
}  # fmt: skip
"""What a program shows of the first of June, by the format's code or its number, as those of China have no code."""


@pytest.mark.parametrize("since_1904", [False, True])
def test_a_date_reads_as_it_is_shown(since_1904: bool) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "date_1904": since_1904}) as book:
        sheet = book.add_worksheet()
        for row, code in enumerate(DATE_FORMATS):
            sheet.write_datetime(row, 0, datetime(2020, 6, 1), book.add_format({"num_format": code}))
        month = book.add_format({"num_format": 57})
        sheet.write_row(len(DATE_FORMATS), 0, [True], month)
        sheet.write_row(len(DATE_FORMATS), 1, [43983], book.add_format({"num_format": '0"年"'}))
    *dates, other = read(file.getvalue()).sheets[0].rows
    assert [row[0] for row in dates] == list(DATE_FORMATS.values())
    assert other == ["yes", "43983年"]


@pytest.mark.parametrize(
    ("shown", "text"),
    {"2020年6月": "2020年6月", "2020-06": "2020年6月", "2020年": "2020年", "2020-06-01": "2020-06-01", "": "2020-06-01",
     "2019年6月": "2020-06-01", "六月": "2020-06-01"}.items(),
)  # fmt: skip
def test_a_date_of_opendocument_reads_as_it_is_shown(shown: str, text: str) -> None:
    cell = ods_cell(shown, 'office:value-type="date" office:date-value="2020-06-01"')
    assert rows_of(ods(ods_table(ods_row(cell)))) == [[text]]


@pytest.mark.parametrize(("code", "text"), [(c, t) for c, t in DATE_FORMATS.items() if isinstance(c, str)])
def test_a_date_of_an_old_workbook_reads_as_it_is_shown(code: str, text: str) -> None:
    assert xls._date(43983.0, 0, read_format(code)) == text
    assert xls._date(0.4375, 0, read_format(code)) == "10:30:00"


def _by_xlsxwriter() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("目标")
    sheet.merge_range(0, 0, 0, 5, "　2020年度目标分解表 ")
    sheet.write_row(1, 0, ["指标", "目标值", "完成值", "日期", "是否", "备注"])
    shown = {
        code: book.add_format({"num_format": code}) for code in ("0.00%", '0"人"', '0"%"', "yyyy-mm-dd hh:mm", "h:mm")
    }
    sheet.write_row(2, 0, ["养老床位护理型占比", None, 0.1 + 0.2])
    sheet.write_number(2, 1, 0.8525, shown["0.00%"])
    sheet.write_datetime(2, 3, datetime(2020, 6, 30))
    sheet.write_boolean(2, 4, True)
    sheet.write_rich_string(2, 5, shown["0.00%"], "一\n", "二")
    sheet.write(3, 0, "低保人数")
    sheet.write_number(3, 1, 1200, shown['0"人"'])
    sheet.write_number(3, 2, 85, shown['0"%"'])
    sheet.write_datetime(3, 3, datetime(2020, 6, 30, 18, 30), shown["yyyy-mm-dd hh:mm"])
    sheet.write_boolean(3, 4, False)
    sheet.write(4, 0, "远期")
    sheet.write_datetime(4, 3, time(10, 30), shown["h:mm"])
    sheet.write_number(4, 2, 1234567.5)
    sheet.write_formula(4, 5, "=1/0", None, "#DIV/0!")
    sheet.set_row(3, None, None, {"hidden": True})
    sheet.set_column(4, 4, None, None, {"hidden": True})
    hidden = book.add_worksheet("隐藏")
    hidden.write(0, 0, "secret")
    hidden.very_hidden()
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=目标!$B$3:$B$4"})
    book.add_chartsheet("图").set_chart(chart)
    book.close()
    return file.getvalue()


AS_SEEN = [
    ["2020年度目标分解表"],
    ["指标", "目标值", "完成值", "日期", "是否", "备注"],
    ["养老床位护理型占比", "85.25%", "0.3", "2020-06-30", "yes", "一\n二"],
    ["低保人数", "1200人", "85%", "2020-06-30 18:30:00", "no"],
    ["远期", "", "1234567.5", "10:30:00", "", "#DIV/0!"],
]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_the_same_table_reads_the_same_from_every_kind_of_workbook(kind: str) -> None:
    content = {
        "xlsx": _by_xlsxwriter,
        "xls": (BOOKS / "excel97.xls").read_bytes,
        "ods": (BOOKS / "libreoffice.ods").read_bytes,
    }[kind]()
    book = read(content, "附件.bin")
    sheet, hidden = book.sheets
    rows = [list(row) for row in sheet.rows]
    for row in rows:
        while not row[-1]:
            row.pop()
    if kind == "ods":  # LibreOffice makes numbers of the truth values of an old workbook
        rows[2][4], rows[3][4] = {"1": "yes"}[rows[2][4]], {"0": "no"}[rows[3][4]]
    assert rows == AS_SEEN
    assert (sheet.name, sheet.merged, sheet.hidden) == ("目标", ((0, 0, 0, 5),), False)
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({3}, {4})
    assert (hidden.name, hidden.rows, hidden.hidden) == ("隐藏", [], True)
    assert (book.name, book.content, book.sha256) == ("附件.bin", content, hashlib.sha256(content).hexdigest())


def test_formulas_nobody_has_computed_read_as_themselves() -> None:
    file = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["完成", "任务", "率"], [80, 100, "=A2/B2"], [date(2020, 6, 30), None, "=SUM(A2:B2)"]):
        sheet.append(row)
    book.save(file)
    assert rows_of(file.getvalue()) == [
        ["完成", "任务", "率"],
        ["80", "100", "=A2/B2"],
        ["2020-06-30", "", "=SUM(A2:B2)"],
    ]
    assert rows_of(written([["=A2/B2"]])) == [["=A2/B2"]]  # XlsxWriter stores a 0 that nobody has computed


def test_formulas_read_as_their_stored_results() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for column, value in enumerate([85.5, "text", True, "#N/A", "#REF!"]):
        sheet.write_formula(0, column, "=Z1", None, value)
    book.close()
    assert rows_of(file.getvalue()) == [["85.5", "text", "yes", "#N/A", "#REF!"]]
    computed = xlsx(
        '<row r="1"><c r="A1"><f>B1*2</f><v>0</v></c><c r="B1" t="str"><f>""</f><v></v></c><c r="C1"><v>1</v></c></row>'
    )
    assert rows_of(computed) == [["0", "", "1"]]


def test_a_shared_formula_without_results_reads_as_the_first_one() -> None:
    cells = (
        '<row r="1"><c r="A1"><f t="shared" ref="A1:B1" si="0">C1*2</f></c><c r="B1"><f t="shared" si="0"/></c></row>'
    )
    assert rows_of(xlsx(cells)) == [["=C1*2", "=C1*2"]]


def test_cells_without_places_prefixes_phonetics_escapes_and_1904() -> None:
    strings = (
        '<si><r><t>低</t></r><r><t xml:space="preserve">保 </t></r><rPh sb="0" eb="1"><t>di</t></rPh></si>'
        "<si><t>a_x000D__x000A_b_x0007_</t></si>"
    )
    styles = '<numFmts><numFmt numFmtId="200" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts>'
    styles += "<cellXfs>" + "".join(f'<xf numFmtId="{number}"/>' for number in (0, 200, 31, 57, 10)) + "</cellXfs>"
    cells = (
        '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c s="1"><v>44012</v></c><c s="2"><v>44012</v></c>'
        '<c s="3"><v>44012</v></c><c s="4"><v>0.29</v></c>'
        '<c t="inlineStr"><is><t> 内 </t></is></c><c t="d"><v>2020-06-30</v></c></row>'
    )
    content = xlsx(cells, strings=strings, styles=styles)
    expected = ["低保", "a\nb", "2020年6月", "2020-06-30", "2020年6月", "29%", "内", "2020-06-30"]
    assert rows_of(content) == [expected]
    parts = xlsx_parts(cells, strings=strings, styles=styles)
    workbook = str(parts["xl/workbook.xml"]).replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    assert rows_of(zipped(parts | {"xl/workbook.xml": workbook}))[0][2:6] == [
        "2024年7月",
        "2024-07-01",
        "2024年7月",
        "29%",
    ]
    sheet = str(parts["xl/worksheets/sheet1.xml"]).replace("xmlns=", "xmlns:x=").replace("</", "</x:")
    sheet = sheet.replace("<", "<x:").replace("<x:/x:", "</x:")
    assert rows_of(zipped(parts | {"xl/worksheets/sheet1.xml": sheet})) == [expected]


def test_formatted_but_empty_cells_do_not_count() -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>'
    cells += '<row r="1048576" s="1"><c r="XFD1048576" s="1"/></row>'
    around = ('<dimension ref="A1:XFD1048576"/><cols><col min="2" max="16384" hidden="1"/></cols>', "")
    merged = '<mergeCells><mergeCell ref="A1:XFD1048576"/><mergeCell ref="C5:D6"/></mergeCells>'
    [sheet] = read(xlsx(cells, around=(around[0], merged))).sheets
    assert (sheet.rows, sheet.merged, sheet.hidden_columns) == ([["1"]], (), frozenset())


def test_macros_links_and_pictures_are_left_alone() -> None:
    cells = '<row r="1"><c r="A1"><f>[1]Sheet1!A1</f><v>5</v></c></row>'
    parts = xlsx_parts(cells) | {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 macro",
        "xl/externalLinks/externalLink1.xml": "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>",
        "xl/media/image1.png": b"\x89PNG" * 1000,
        "xl/drawings/vmlDrawing1.vml": "<xml><br></xml>",
        "../../evil\x00.xml": b"x",
        "C:\\evil.xml": b"x",
    }
    assert rows_of(zipped(parts)) == [["5"]]


def test_ods_as_it_is_written() -> None:
    rows = ods_row(
        ods_cell(
            "a<text:s text:c='2'/>b<text:line-break/>c</text:p><text:p><text:span>d</text:span>",
            'office:value-type="string"',
        ),
        ods_cell("85%", 'office:value-type="percentage" office:value="0.8525" table:number-columns-repeated="2"'),
        ods_cell(),
        ods_cell("1,200 人", 'office:value-type="float" office:value="1200"'),
        ods_cell("12万", 'office:value-type="float" office:value="123456"'),
        ods_cell("TRUE", 'office:value-type="boolean" office:boolean-value="true"'),
        ods_cell("10:30", 'office:value-type="time" office:time-value="PT10H30M00S"'),
        ods_cell("x", 'office:value-type="date" office:date-value="2020-06-30T18:00:00"'),
        ods_cell("99-99", 'office:value-type="date" office:date-value="-000-32768-01-01"'),
    )
    rows += ods_row(ods_cell(more='table:number-columns-repeated="16384"'), more='table:number-rows-repeated="2"')
    rows += ods_row(
        ods_cell(
            "m<office:annotation><text:p>note</text:p></office:annotation>",
            'table:number-columns-spanned="3" table:number-rows-spanned="9"',
        ),
        '<table:covered-table-cell table:number-columns-repeated="2"/>',
        ods_cell(
            "#DIV/0!",
            'table:formula="of:=[.A1]/0" office:value-type="string" office:string-value="" calcext:value-type="error"',
        ),
        ods_cell(more='table:formula="of:=SUM([.A1:.B2];[$S2.C3])"'),
        more='table:visibility="filter"',
    )
    rows += ods_row(ods_cell(more='table:number-columns-repeated="16384"'), more='table:number-rows-repeated="1048571"')
    style = '<style:table-properties table:display="false"/>'
    style = f'<style:style style:name="off" style:family="table">{style}</style:style>'
    hidden = ods_table(ods_row(ods_cell("secret")), "H", 'table:style-name="off"')
    columns = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
    sheet, other = read(ods(ods_table(columns + rows) + hidden, style)).sheets
    assert sheet.rows[0] == [
        "a  b\nc\nd", "85.25%", "85.25%", "", "1200人", "123456", "yes", "10:30:00", "2020-06-30 18:00:00", "99-99",
    ]  # fmt: skip
    assert sheet.rows[1:] == [[], [], ["m", "", "", "#DIV/0!", "=SUM(A1:B2;$S2.C3)"]]
    assert (sheet.merged, sheet.hidden_rows, sheet.hidden_columns) == (((3, 0, 3, 2),), {3}, {2})
    assert (other.name, other.hidden, other.rows) == ("H", True, [])


COMMA = "指标,目标值\n低保人数,1200\n"
READ_AS = [["指标", "目标值"], ["低保人数", "1200"]]
DELIMITED: dict[str, tuple[bytes, list[list[str]]]] = {
    "utf-8": (COMMA.encode(), READ_AS),
    "utf-8 with bom": (COMMA.encode("utf-8-sig"), READ_AS),
    "utf-16": (COMMA.encode("utf-16"), READ_AS),
    "utf-16 big endian": (b"\xfe\xff" + COMMA.encode("utf-16-be"), READ_AS),
    "gbk": (COMMA.encode("gbk"), READ_AS),
    "gb18030": ("指标,说明\n低保人数,𠮷庆坊\n".encode("gb18030"), [["指标", "说明"], ["低保人数", "𠮷庆坊"]]),
    "gbk, punctuation only": ("a,b\n—,1\n".encode("gbk"), [["a", "b"], ["—", "1"]]),
    "cr": (COMMA.replace("\n", "\r").encode(), READ_AS),
    "crlf": (COMMA.replace("\n", "\r\n").encode(), READ_AS),
    "no last line end": (COMMA.strip().encode(), READ_AS),
    "tab": (COMMA.replace(",", "\t").encode(), READ_AS),
    "semicolon": (COMMA.replace(",", ";").encode(), READ_AS),
    "full-width bar": (COMMA.replace(",", "｜").encode(), READ_AS),
    "unicode text of excel": (COMMA.replace(",", "\t").encode("utf-16"), READ_AS),
    "spaces": (" 指标\u3000, 目标值\u00a0\n低保人数\u200b,\t1200\t\n".encode(), READ_AS),
    "sep": (b"sep=;\r\na;b,c\r\n1;2\r\n", [["a", "b,c"], ["1", "2"]]),
    "sep comma": (b'"sep=,"\na,b\n', [["a", "b"]]),
    "quotes": (b'a,"b ""c"", d"\n"1\r\n2",3"4\n', [["a", 'b "c", d'], ["1\n2", '3"4']]),
    "ragged and trailing": (b"t\n\na,b,\n1,2,,,\n3\n", [["t"], [], ["a", "b", ""], ["1", "2", "", "", ""], ["3"]]),
    "commas win over semicolons in cells": (b"a,b\nx;y,1\nz;w,2\n", [["a", "b"], ["x;y", "1"], ["z;w", "2"]]),
    "commas win over tabs at ends of cells": (b"a\t,b\t\n1\t,2\t\n", [["a", "b"], ["1", "2"]]),
    "ragged commas win over even semicolons": (b"a;b,c\nd;e,f,g\nh;i\n", [["a;b", "c"], ["d;e", "f", "g"], ["h;i"]]),
    "tabs win over thousands": (b"a\tb\n1,234\t5\n6,789\t1\n", [["a", "b"], ["1,234", "5"], ["6,789", "1"]]),
    "tabs win over a comma in a heading": (b"a,x\tb\n1\t2\n3\t4\n", [["a,x", "b"], ["1", "2"], ["3", "4"]]),
    "tabs below a title": (b"t,2020\na\tb\n1\t2\n3\t4\n", [["t,2020"], ["a", "b"], ["1", "2"], ["3", "4"]]),
    "one column": (b"a\nb;c\nd\n", [["a"], ["b;c"], ["d"]]),
    "formulas and html": (b"=1+1,+1,-1,@x,<b>\n", [["=1+1", "+1", "-1", "@x", "<b>"]]),
    "control characters": (b"a\x01,b\x1f\n", [["a", "b"]]),
    "other line separators": ("a\u2028b\x0bc,d\x85\n".encode(), [["a\u2028bc", "d"]]),
}  # fmt: skip


@pytest.mark.parametrize("case", DELIMITED)
@pytest.mark.parametrize("name", ["a.csv", "表.xls", "x"])
def test_delimited_text_is_read_whatever_its_name(case: str, name: str) -> None:
    content, expected = DELIMITED[case]
    [sheet] = read(content, name).sheets
    assert (sheet.name, sheet.rows) == (None, expected)


def test_a_long_csv_keeps_every_row_in_its_place() -> None:
    lines = [f"{n}, {n * 2} ,x" if n % 5 else "" for n in range(20_000)]
    [sheet] = read("\n".join(lines).encode(), "a.csv").sheets
    assert sheet.rows == [[str(n), str(n * 2), "x"] if n % 5 else [] for n in range(20_000)]


@pytest.mark.parametrize("name", ["../../a.csv", "C:\\x\\a.csv", "\u202ea.c\x00sv", " a.csv\ud800 "])
def test_names_are_those_of_files_without_folders(name: str) -> None:
    assert read(b"x", name).name == "a.csv"
    assert read(b"x", "///").name == "?"


def test_a_file_of_the_disk_is_the_same_as_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "目标.xlsx"
    path.write_bytes(written([["a", 1]]))
    assert read_book_file(path, Limits()) == read_book(path.name, path.read_bytes(), Limits())


def test_limits_are_settings() -> None:
    assert Limits.from_environment({}) == Limits()
    for name, (field, unit) in SETTINGS.items():
        assert getattr(Limits.from_environment({name: " 3 "}), field) == 3 * unit
        for bad in ("", "0", "-1", "many", "1.5", "９", "9" * 20):
            with pytest.raises(DabiaoError) as caught:
                Limits.from_environment({name: bad})
            assert name in caught.value.zh and name in caught.value.en
