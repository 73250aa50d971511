"""XLS (Excel 97 to 2003, and .et of WPS) → sheets, by xlrd, which also tells formats, errors and what is hidden."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import xlrd
from xlrd.biffh import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, XL_CELL_TEXT

from etl.reading.cells import clipped, duration, number, tidy
from etl.reading.limits import Limits
from etl.reading.number_formats import BUILTIN, NumberFormat, read_format
from etl.reading.refusals import damaged, protected, reaches_too_far, too_large
from etl.sheets import Sheet, cell_name
from warehouse.errors import FileError


def read_xls(name: str, content: bytes, limits: Limits) -> list[Sheet]:
    """All worksheets; rows of hidden ones are left empty. Errors: FileError."""
    try:
        with xlrd.open_workbook(
            file_contents=content, formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
        ) as book:
            if book.nsheets > limits.sheets:
                raise too_large(name, f"有 {book.nsheets} 张工作表", f"has {book.nsheets} sheets", "DABIAO_MAX_SHEETS")
            return _read_sheets(name, book, limits)
    except FileError:
        raise
    except xlrd.XLRDError as error:
        raise (protected(name) if "encrypted" in str(error).lower() else damaged(name)) from error
    except Exception as error:  # xlrd raises whatever a broken record leads to
        raise damaged(name) from error


def _read_sheets(name: str, book: Any, limits: Limits) -> list[Sheet]:
    styles = [_format(style.format_key, book.format_map[style.format_key].format_str) for style in book.xf_list]
    sheets = []
    left = limits.cells
    for index in range(book.nsheets):
        sheet = book.sheet_by_index(index)
        if sheet.visibility:
            sheets.append(Sheet(tidy(sheet.name), [], hidden=True))
        else:
            width = max((sheet.row_len(row) for row in range(sheet.nrows)), default=0)
            left -= sum(sheet.row_len(row) for row in range(sheet.nrows))
            if left < 0 or sheet.nrows > limits.rows or width > limits.columns:
                raise reaches_too_far(name, tidy(sheet.name), cell_name(sheet.nrows - 1, width - 1))
            rows = [_read_row(sheet, row, styles, book.datemode) for row in range(sheet.nrows)]
            while rows and not any(rows[-1]):
                rows.pop()  # formatted, but empty
            merged = ((top, left_, end - 1, right - 1) for top, end, left_, right in sheet.merged_cells)
            sheets.append(
                Sheet(
                    tidy(sheet.name),
                    rows,
                    clipped(merged, len(rows), width),
                    hidden_rows=frozenset(row for row, seen in sheet.rowinfo_map.items() if seen.hidden),
                    hidden_columns=frozenset(
                        column for column, seen in sheet.colinfo_map.items() if seen.hidden and column < width
                    ),
                )
            )
        book.unload_sheet(index)
    return sheets


def _format(key: int, code: str) -> NumberFormat:
    found = read_format(code)
    return BUILTIN.get(key, found) if found.is_plain else found


def _read_row(sheet: Any, row: int, styles: list[NumberFormat], datemode: int) -> list[str]:
    return [
        tidy(value)
        if kind == XL_CELL_TEXT
        else styles[sheet.cell_xf_index(row, column)].text(value)
        if kind == XL_CELL_NUMBER
        else _text(kind, value, datemode, styles[sheet.cell_xf_index(row, column)])
        for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True))
    ]


def _text(kind: int, value: Any, datemode: int, style: NumberFormat) -> str:
    if kind == XL_CELL_DATE:
        return _date(value, datemode, style)
    if kind == XL_CELL_BOOLEAN:
        return "yes" if value else "no"
    if kind == XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, "#VALUE!"))
    return ""


def _date(value: float, datemode: int, style: NumberFormat) -> str:
    """A serial number as date, moment or time of day; what is no date reads as the number it is."""
    if 0 <= value < 1:
        return duration(timedelta(days=value))
    try:
        return style.moment(xlrd.xldate.xldate_as_datetime(value, datemode))
    except (xlrd.xldate.XLDateError, OverflowError, ValueError):
        return number(value)
