"""A workbook's sheets: a head that stays, a filter, rows one after the other, and a page set up for A4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from dashboard.display import Display
from dashboard.exports.cells import Cell, Number
from dashboard.exports.words import light
from dashboard.figures.theme import ACCENT, COLOURS
from dashboard.settings import BEIJING
from warehouse.measures.status import Status

FONT = "微软雅黑"
_LONGEST = 32_000
"""Letters a cell holds, with room to spare."""
_OPTIONS = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "remove_timezone": True,
}  # fmt: skip
_A4 = 9
_TINTS = {
    Status.MET: "#DDF0E7", Status.ON_TRACK: "#E8F5EE", Status.IN_PROGRESS: "#E3EDF8", Status.SLIPPING: "#FFF0D9",
    Status.BEHIND: "#FCE3E0", Status.MISSED: "#F8DADB", Status.BREACHED: "#F0D3D9", Status.UNREPORTED: "#F1F3F5",
    Status.MONITOR: "#FFFFFF",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, width in characters, whether its texts wrap, and whether it holds numbers."""

    title: str
    width: float = 12
    wraps: bool = False
    is_number: bool = False


def number(title: str, width: float = 12) -> Column:
    """A column of numbers."""
    return Column(title, width, is_number=True)


def words(title: str, width: float) -> Column:
    """A column of texts that wrap."""
    return Column(title, width, wraps=True)


class Book:
    """A workbook being written."""

    def __init__(self, d: Display, title: str, foot: str) -> None:
        self.d, self._title, self._foot = d, title, foot
        self._out = BytesIO()
        self.file = xlsxwriter.Workbook(self._out, _OPTIONS)
        self.file.set_properties({"title": title, "comments": foot})
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **how: Any) -> Any:
        """A format, made once."""
        key = tuple(sorted(how.items()))
        if key not in self._formats:
            base = {"font_name": FONT, "font_size": 10.5, "valign": "top"}
            self._formats[key] = self.file.add_format(base | how)
        return self._formats[key]

    def head(self, *, is_number: bool = False) -> Any:
        """The format of a heading."""
        align = "right" if is_number else "left"
        return self.format(bold=True, bg_color="#EEF1F5", bottom=1, text_wrap=True, valign="vcenter", align=align)

    def sheet(self, name: str) -> Any:
        """A new sheet, lying on its side on A4 and as wide as the paper."""
        sheet = self.file.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.set_margins(0.4, 0.4, 0.6, 0.6)
        sheet.fit_to_pages(1, 0)
        title, foot = (text.replace("&", "&&")[:110] for text in (self._title, self._foot))
        sheet.set_header(f"&L&8{title}&R&8&A")
        sheet.set_footer(f"&L&8{foot}&R&8&P / &N")
        sheet.hide_gridlines(2)
        return sheet

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell | date]], note: str = "") -> Any:
        """A sheet with one table, its head frozen, repeated on paper and with filters; (sheet, first row, last row)."""
        sheet, top = self.sheet(name), 2 if note else 1
        sheet.write_string(0, 0, name, self.format(bold=True, font_size=14, valign="vcenter"))
        sheet.set_row(0, 24)
        if note:
            sheet.write_string(1, 0, note, self.format(font_color="#5B6672"))
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(top, at, column.title, self.head(is_number=column.is_number))
        sheet.set_row(top, 18 * max(lines(column.title, column.width) for column in columns))
        last = top
        for last, row in enumerate(rows, start=top + 1):
            for at, (column, value) in enumerate(zip(columns, row, strict=True)):
                self.write(sheet, last, at, value, wraps=column.wraps)
            texts = [lines(x, c.width) for c, x in zip(columns, row, strict=True) if c.wraps and isinstance(x, str)]
            if max(texts, default=1) > 1:
                sheet.set_row(last, min(15 * max(texts), 400))
        sheet.freeze_panes(top + 1, 0)
        sheet.autofilter(top, 0, max(last, top), len(columns) - 1)
        sheet.repeat_rows(top)
        return sheet, top + 1, last

    def write(self, sheet: Any, row: int, column: int, value: Cell | date, *, wraps: bool = False) -> None:
        """One cell; texts are texts, whatever they begin with."""
        match value:
            case None:
                return
            case Number():
                sheet.write_number(row, column, value.value, self.format(num_format=value.format))
            case int():
                sheet.write_number(row, column, value, self.format(num_format="#,##0"))
            case datetime():
                local = value.astimezone(BEIJING).replace(tzinfo=None)
                sheet.write_datetime(row, column, local, self.format(num_format="yyyy-mm-dd hh:mm", align="left"))
            case date():
                sheet.write_datetime(row, column, value, self.format(num_format="yyyy-mm-dd", align="left"))
            case _:
                how = self.format(text_wrap=True) if wraps else self.format(indent=1) if column else self.format()
                sheet.write_string(row, column, value[:_LONGEST], how)

    def light_up(self, sheet: Any, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        """Colour the cells of a range by the light whose shape and word they begin with."""
        for status, colour in COLOURS.items():
            ink = "#3A444F" if status in (Status.UNREPORTED, Status.MONITOR) else colour
            how = self.file.add_format({"font_color": ink, "bg_color": _TINTS[status]})
            rule = {"type": "text", "criteria": "begins with", "value": light(self.d, status), "format": how}
            sheet.conditional_format(first_row, first_column, last_row, last_column, rule)

    def bar(
        self, sheet: Any, at: tuple[int, int], title: str, rows: tuple[int, int], names: int, values: int,
        colours: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """A native bar chart of a column of numbers, the first on top; what is missing is a gap."""
        chart = self.file.add_chart({"type": "bar"})
        name, (first, last), font = sheet.get_name(), rows, {"name": FONT, "size": 10}
        points = {"points": [{"fill": {"color": colour}} for colour in colours]} if colours else {}
        chart.add_series({
            "name": title, "categories": [name, first, names, last, names],
            "values": [name, first, values, last, values], "data_labels": {"value": True, "font": font},
            "fill": {"color": ACCENT}, "gap": 60, **points,
        })  # fmt: skip
        chart.set_title({"name": title, "name_font": {**font, "size": 12}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "num_font": font, "line": {"none": True}})
        chart.set_x_axis({"num_font": font, "visible": False, "major_gridlines": {"visible": False}, "min": 0})
        chart.show_blanks_as("gap")
        chart.set_size({"width": 620, "height": 80 + 24 * (last - first + 1)})
        sheet.insert_chart(*at, chart, {"description": title, "x_offset": 12, "y_offset": 4})

    def done(self) -> bytes:
        """The file."""
        self.file.close()
        return self._out.getvalue()


def lines(text: str, width: float) -> int:
    """Lines a text takes in a column so many characters wide; a Chinese letter is as wide as two."""
    return max(1, -int(-sum(2 if ord(c) > 0x2E7F else 1 for c in text) * 1.05 // width))
