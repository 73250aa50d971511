"""Files made for a test: workbooks from their parts, and what is read from them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import xlsxwriter

from etl.reading import Limits, read_book
from etl.sheets import Book

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"


def read(content: bytes, name: str = "a.xlsx", **limits: int) -> Book:
    return read_book(name, content, Limits(**limits))


def rows_of(content: bytes) -> list[list[str]]:
    """The first sheet, without empty cells at the ends of its rows."""
    rows = [list(row) for row in read(content).sheets[0].rows]
    for row in rows:
        while row and not row[-1]:
            row.pop()
    return rows


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def xlsx_parts(
    cells: str,
    *,
    around: tuple[str, str] = ("", ""),
    styles: str = "",
    strings: str = "",
    calc: str = "",
    more: int = 0,
) -> dict[str, str | bytes]:
    """The parts of a workbook with one sheet (and ``more`` empty ones) whose sheetData is given."""
    count = range(1, more + 2)
    sheets = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in count)
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in count
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>{sheets}</sheets>{calc}</workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        **{f"xl/worksheets/sheet{n}.xml": f"<worksheet {MAIN}><sheetData/></worksheet>" for n in count},
    }
    before, after = around
    parts["xl/worksheets/sheet1.xml"] = f"<worksheet {MAIN}>{before}<sheetData>{cells}</sheetData>{after}</worksheet>"
    if styles:
        parts["xl/styles.xml"] = f"<styleSheet {MAIN}>{styles}</styleSheet>"
    if strings:
        parts["xl/sharedStrings.xml"] = f"<sst {MAIN}>{strings}</sst>"
    return parts


def xlsx(cells: str, **options: Any) -> bytes:
    return zipped(xlsx_parts(cells, **options))


def ods(tables: str, styles: str = "", before: str = "") -> bytes:
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
        for prefix in ("office", "table", "text", "style")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {spaces} xmlns:calcext="urn:c">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"mimetype": SPREADSHEET, "content.xml": content})


def ods_table(rows: str, name: str = "S", more: str = "") -> str:
    return f'<table:table table:name="{name}" {more}>{rows}</table:table>'


def ods_row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def ods_cell(text: str = "", more: str = "") -> str:
    shown = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell {more}>{shown}</table:table-cell>"


def written(rows: list[list[object]]) -> bytes:
    """A workbook by XlsxWriter."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, ["" if cell is None else cell for cell in row])
    book.close()
    return file.getvalue()
