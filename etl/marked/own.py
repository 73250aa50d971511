"""Marks in the person's own workbook, through openpyxl: formatting, widths, merged and hidden parts stay.

Left out are macros, links to other files, and images and shapes that openpyxl does not know.
"""

from __future__ import annotations

import io
import itertools
import lzma
import re
import warnings
import zipfile
import zlib

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from etl.cell_text import clean, column_index, leads_a_formula, plain_number, sheet_name
from etl.marked.marks import AMBER, AUTHOR, MOST_LINKS, RED, SIGN, Mark, Marks, comment_box, is_result_sheet
from etl.sheets import Book, Sheet, column_letter

_MOST_CELLS, _MOST_FINDINGS = 150_000, 10_000
_MOST_UNPACKED, _MOST_ELEMENTS = 64 * 2**20, 300_000
"""Bytes of XML in all, and elements outside sheets and shared strings (styles, drawings)."""

_CELL = re.compile(rb"<(?:[^\s<>/:]+:)?(?:c|row)[\s/>]")
_AREA = re.compile(rb"""<(?:[^\s<>/:]+:)?(?:mergeCell|hyperlink|table)\s[^<>]*?\bref\s*=\s*["']([^"']*)["']""")
_AREA_TAG = re.compile(rb"<(?:[^\s<>/:]+:)?(?:mergeCell|hyperlink|table)\s")
_REF = re.compile(r"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")
_REACHES_OUT = re.compile(
    r"\[[^\[\]]*\][^!\[\]]*!|\||\b(?:WEBSERVICE|HYPERLINK|RTD|CALL|REGISTER(?:\.ID)?|DDE|IMAGE)\s*\(", re.IGNORECASE
)
"""Formulas that look into other files, start programs or call the network: their value stands instead."""


def is_light(book: Book, findings: int) -> bool:
    """Whether openpyxl can hold a workbook, with its findings, in bounded memory: it lays out every cell of an area."""
    if findings > _MOST_FINDINGS or not book.content.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
            parts = archive.infolist()
            if (
                sum(part.file_size for part in parts) > _MOST_UNPACKED
                or "[Content_Types].xml" not in archive.namelist()
            ):
                return False
            cells = elements = 0
            for part in parts:
                if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    continue
                xml = archive.read(part)
                if b"\0" in xml or b"<!DOCTYPE" in xml:
                    return False
                if "/worksheets/" in part.filename or "/tables/" in part.filename:
                    cells += _count(_CELL, xml) + _laid_out(xml)
                elif "sharedStrings" not in part.filename:
                    elements += xml.count(b"<")
                if cells > _MOST_CELLS or elements > _MOST_ELEMENTS:
                    return False
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError, ValueError):
        return False
    return True


def _laid_out(xml: bytes) -> int:
    """Cells of merged, linked and table areas; more than any limit where one cannot be told."""
    number = _count(_AREA_TAG, xml)
    if number > _MOST_CELLS or _count(_AREA, xml) < number:
        return _MOST_CELLS + 1
    cells = 0
    for found in _AREA.finditer(xml):
        ref = _REF.fullmatch(found[1].decode("latin-1").strip())
        if ref is None:
            return _MOST_CELLS + 1
        left, top, right, bottom = ref.groups()
        if right is not None:
            cells += (abs(column_index(right) - column_index(left)) + 1) * (abs(int(bottom) - int(top)) + 1)
    return cells


def _count(pattern: re.Pattern[bytes], xml: bytes) -> int:
    """How often a pattern is found; counting ends beyond the most cells."""
    return sum(1 for _ in itertools.islice(pattern.finditer(xml), _MOST_CELLS + 1))


def mark_own(book: Book, marks: Marks) -> bytes | None:
    """The workbook with marks, comments and the list in front; None where openpyxl cannot read or write it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = load_workbook(io.BytesIO(book.content), keep_vba=False, keep_links=False, rich_text=True)
            _mark(workbook, book, marks)
            sent = io.BytesIO()
            workbook.save(sent)
    except Exception:  # noqa: BLE001  # openpyxl raises all there is on odd files: the file is written anew
        return None
    return sent.getvalue()


def _mark(workbook: Workbook, book: Book, marks: Marks) -> None:
    found = {sheet.name: sheet for sheet in book.sheets}
    for sheet in [s for s in workbook.worksheets if s.title in found]:
        if is_result_sheet(found[sheet.title]) and sheet.title not in marks.by_sheet:
            workbook.remove(sheet)
    for sheet in workbook.worksheets:
        sheet.sheet_view.tabSelected = False
        _tidy(sheet, found.get(sheet.title))
        for (row, column), mark in marks.by_sheet.get(sheet.title, {}).items():
            _mark_cell(sheet, row + 1, column + 1, mark)
    for chart in workbook.chartsheets:
        for view in chart.sheetViews.sheetView:
            view.tabSelected = False
    for name in [name for name, meant in workbook.defined_names.items() if _REACHES_OUT.search(str(meant.value))]:
        del workbook.defined_names[name]
    taken = {name.casefold() for name in workbook.sheetnames}
    _list(workbook.create_sheet(sheet_name(marks.sheet_name, taken), 0), workbook, marks)
    workbook.active = 0
    for view in workbook.views:
        view.firstSheet = 0


def _tidy(sheet: Worksheet, found: Sheet | None) -> None:
    """Take away the marks of an earlier round, and formulas that reach out of the workbook."""
    for (row, column), cell in sheet._cells.items():  # only those that are there: an area could be without end
        if isinstance(cell, MergedCell):
            continue
        if cell.comment is not None and SIGN in cell.comment.text:
            before = cell.comment.text.partition(SIGN)[0].rstrip()
            cell.comment = Comment(before, cell.comment.author, *reversed(comment_box(before))) if before else None
        if cell.has_style and str(cell.fill.start_color.rgb)[-6:] in (RED, AMBER):
            cell.fill = PatternFill()
        formula = getattr(cell.value, "text", cell.value) if cell.data_type == "f" else None
        if isinstance(formula, str) and _REACHES_OUT.search(formula):
            shown = found.cell(row - 1, column - 1) if found else ""
            number = plain_number(shown)
            _write(cell, "" if shown.startswith("=") else shown)
            cell.value = cell.value if number is None else number


def _mark_cell(sheet: Worksheet, row: int, column: int, mark: Mark) -> None:
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):  # an area the reading did not name
        area = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
        cell = sheet.cell(area.min_row, area.min_col)
    cell.fill = PatternFill("solid", start_color=RED if mark.is_refusal else AMBER)
    if mark.comment is None:
        return
    own = f"{clean(cell.comment.text, 8_000)}\n\n" if cell.comment is not None else ""
    wide, high = comment_box(own + mark.comment)
    cell.comment = Comment(own + mark.comment, AUTHOR, height=high, width=wide)


def _list(sheet: Worksheet, workbook: Workbook, marks: Marks) -> None:
    top = 3 + len(marks.notes)
    for row, text in enumerate((marks.title, marks.summary, *marks.notes), start=1):
        _write(sheet.cell(row, 1), text)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    for column, (heading, wide) in enumerate(marks.headings, start=1):
        cell = sheet.cell(top, column, heading)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", start_color="E7ECF2")
        sheet.column_dimensions[column_letter(column - 1)].width = wide
    titles = set(workbook.sheetnames)
    middle, wrapped = Alignment(vertical="top", horizontal="center"), Alignment(vertical="top", wrap_text=True)
    fills = {True: PatternFill("solid", start_color=RED), False: PatternFill("solid", start_color=AMBER)}
    for row, (line, values) in enumerate(zip(marks.lines, marks.rows(), strict=True), start=top + 1):
        for column, value in enumerate(values, start=1):
            _write(sheet.cell(row, column), value)
            sheet.cell(row, column).alignment = middle if column in (1, 5) else wrapped
        sheet.cell(row, 2).fill = fills[line.finding.is_refusal]
        sheet.row_dimensions[row].height = marks.height(values)
        title = line.finding.sheet or ""
        if line.cell and title in titles and row <= MOST_LINKS:
            place = sheet.cell(row, 4)
            target = f"'{title.replace(chr(39), chr(39) * 2)}'!{place.value}"
            place.hyperlink = Hyperlink(ref=place.coordinate, location=target)
            place.font = Font(color="0563C1", underline="single")
    last = top + max(1, len(marks.lines))
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    sheet.auto_filter.ref = f"A{top}:{column_letter(len(marks.headings) - 1)}{last}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_title_rows = f"{top}:{top}"
    sheet.oddFooter.center.text = "&P / &N"


def _write(cell: Cell, value: str | int) -> None:
    """A number, or text that stays text whatever it begins with."""
    cell.value = clean(value) if isinstance(value, str) else value
    if isinstance(value, str) and value:
        cell.data_type = "s"
        cell.quotePrefix = leads_a_formula(value)
