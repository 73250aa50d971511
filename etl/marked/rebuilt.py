"""A marked workbook written anew, by XlsxWriter, for what openpyxl does not open or could not hold."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cached_property
from pathlib import PurePath
from typing import Any

import xlsxwriter

from etl.cell_text import MOST_COLUMNS, MOST_ROWS, clean, leads_a_formula, plain_number, sheet_name, width
from etl.marked.marks import (
    AMBER,
    AUTHOR,
    MOST_LINKS,
    RED,
    Cell,
    Mark,
    Marks,
    comment_box,
    is_result_sheet,
    merged_areas,
)
from etl.sheets import Book, Sheet

_LARGE = 100_000
"""Cells from which rows are written to disk one by one."""
_SAMPLE, _WIDEST = 300, 44


def rebuild(book: Book, marks: Marks) -> bytes:
    """The list, and every sheet of the file with its cells as text and numbers, marked and commented."""
    cells = sum(len(row) for sheet in book.sheets for row in sheet.rows)
    sent = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        sent, {"constant_memory": cells > _LARGE, "strings_to_formulas": False, "strings_to_urls": False}
    )
    workbook.set_properties({"author": AUTHOR})
    taken: set[str] = set()
    front = sheet_name(marks.sheet_name, taken)
    kept = [s for s in book.sheets if s.name in marks.by_sheet or not (is_result_sheet(s) or _is_unread(s))]
    names = {s.name: sheet_name(s.name or clean(PurePath(book.name).stem), taken) for s in kept}
    formats = _Formats(workbook)
    _list(workbook.add_worksheet(front), formats, marks, names, _notes(book, marks))
    for sheet in kept:
        page = workbook.add_worksheet(names[sheet.name])
        if sheet.hidden:
            page.hide()
        _copy(page, sheet, formats, marks.by_sheet.get(sheet.name, {}), merge=cells <= _LARGE)
    workbook.close()
    return sent.getvalue()


def _notes(book: Book, marks: Marks) -> tuple[str, ...]:
    notes = marks.notes
    if any(sheet.name is not None for sheet in book.sheets):
        notes += (
            marks.say(
                "原文件的格式没有保留（旧格式，或内容太多），各表的内容在后面。",
                "The file's formatting is not kept (an older format, or too much in it); its cells are on the next "
                "sheets.",
            ),
        )
    if any(map(_is_unread, book.sheets)):
        notes += (marks.say("隐藏的工作表没有读取，不在这里。", "Hidden sheets were not read; they are not in here."),)
    if any(len(s.rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in s.rows) for s in book.sheets):
        notes += (
            marks.say(
                f"一张工作表只有 {MOST_ROWS:,} 行、{MOST_COLUMNS:,} 列，以外的内容没有列出。",
                f"A sheet has {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns; what lies beyond is not shown.",
            ),
        )
    return notes


def _is_unread(sheet: Sheet) -> bool:
    """Whether a sheet is hidden, so that its rows were not read."""
    return sheet.hidden and not sheet.rows


class _Formats:
    """The few formats in use, each made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[str | None, bool, bool], Any] = {}

    def of(self, fill: str | None, text: str, wrap: bool = False) -> Any:
        """For a cell: its fill, and a quote in front where the text could be taken for a formula."""
        quoted = leads_a_formula(text)
        if (fill, quoted, wrap) not in self._made:
            look: dict[str, Any] = {"quote_prefix": quoted, "text_wrap": wrap}
            if fill:
                look["bg_color"] = f"#{fill}"
            if wrap:
                look["valign"] = "top"
            self._made[fill, quoted, wrap] = self._workbook.add_format(look) if fill or quoted or wrap else None
        return self._made[fill, quoted, wrap]

    @cached_property
    def title(self) -> Any:
        return self._workbook.add_format({"bold": True, "font_size": 14})

    @cached_property
    def heading(self) -> Any:
        return self._workbook.add_format({"bold": True, "bg_color": "#E7ECF2"})

    @cached_property
    def number(self) -> Any:
        return self._workbook.add_format({"align": "center", "valign": "top"})

    @cached_property
    def link(self) -> Any:
        return self._workbook.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"})


def _copy(page: Any, sheet: Sheet, formats: _Formats, marks: Mapping[Cell, Mark], merge: bool) -> None:
    for column, wide in _widths(sheet).items():
        page.set_column(column, column, wide)
    rows = max([len(sheet.rows), *(row + 1 for row, _ in marks)])
    marked: dict[int, list[int]] = {}
    for row, column in marks:
        marked.setdefault(row, []).append(column)
    for row in range(min(rows, MOST_ROWS)):
        cells = sheet.rows[row][:MOST_COLUMNS] if row < len(sheet.rows) else []
        columns = marked.get(row, ())
        for column, text in enumerate(cells):
            if text or column in columns:
                _write(page, row, column, text, formats, marks.get((row, column)) if columns else None)
        for column in sorted(column for column in columns if column >= len(cells)):
            _write(page, row, column, "", formats, marks[row, column])
    for area in merged_areas(sheet)[0] if merge else ():
        page.merge_range(*area, "")
        _write(page, area[0], area[1], sheet.cell(area[0], area[1]), formats, marks.get((area[0], area[1])))


def _widths(sheet: Sheet) -> dict[int, int]:
    """Column widths in characters, from the first rows; titles merged over columns do not count."""
    spread = {(top, left) for top, left, _, right in sheet.merged if right > left}
    widths: dict[int, int] = {}
    for row, cells in enumerate(sheet.rows[:_SAMPLE]):
        for column, text in enumerate(cells[:MOST_COLUMNS]):
            wide = 0 if (row, column) in spread else width(text[:_WIDEST]) + 2
            widths[column] = max(widths.get(column, 8), min(_WIDEST, wide))
    return widths


def _write(page: Any, row: int, column: int, text: str, formats: _Formats, mark: Mark | None) -> None:
    fill = None if mark is None else RED if mark.is_refusal else AMBER
    number = plain_number(text)
    if number is not None:
        page.write_number(row, column, number, formats.of(fill, ""))
    elif text:
        page.write_string(row, column, clean(text), formats.of(fill, text))
    else:
        page.write_blank(row, column, None, formats.of(fill, ""))
    if mark is not None and mark.comment is not None:
        wide, high = comment_box(mark.comment)
        page.write_comment(
            row, column, mark.comment, {"author": AUTHOR, "width": wide, "height": high, "font_size": 10}
        )


def _list(page: Any, formats: _Formats, marks: Marks, names: Mapping[str | None, str], notes: tuple[str, ...]) -> None:
    texts = (marks.title, marks.summary, *notes)
    top = len(texts)
    for row, text in enumerate(texts):
        page.write_string(row, 0, text, formats.title if row == 0 else None)
    for column, (heading, wide) in enumerate(marks.headings):
        page.set_column(column, column, wide)
        page.write_string(top, column, heading, formats.heading)
    for row, (line, values) in enumerate(zip(marks.lines, marks.rows(), strict=True), start=top + 1):
        fill = RED if line.finding.is_refusal else AMBER
        page.set_row(row, marks.height(values))
        for column, value in enumerate(values):
            if isinstance(value, int):
                page.write_number(row, column, value, formats.number)
            elif column == 3 and line.cell and row <= MOST_LINKS:
                sheet = names[line.finding.sheet].replace("'", "''")
                page.write_url(row, column, f"internal:'{sheet}'!{value}", formats.link, value)
            else:
                page.write_string(row, column, value, formats.of(fill if column == 1 else None, value, wrap=True))
    page.freeze_panes(top + 1, 0)
    page.autofilter(top, 0, top + max(1, len(marks.lines)), len(marks.headings) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)
    page.set_footer("&C&P / &N")
    page.activate()
