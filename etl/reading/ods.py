"""ODS → sheets, in one pass over content.xml, which says of each cell its type, value and formula.

calamine is not asked: it neither tells percentages and errors apart, nor stops at what a file says is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from etl.reading.archive import Archive
from etl.reading.cells import MAX_LENGTH, clipped, duration, moment, number, percent, tidy
from etl.reading.limits import Limits
from etl.reading.markup import TAGS_PER_CELL, Attributes, Markup
from etl.reading.number_formats import SUFFIX
from etl.reading.refusals import damaged, protected, reaches_too_far, text_too_long, too_large
from etl.sheets import Area, Sheet, cell_name

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
_CELLS = ("table-cell", "covered-table-cell")
_ASIDE = ("annotation", "note", "shapes", "forms", "tracked-changes", "dde-links", "ruby-text", "frame", "custom-shape")
"""Elements whose text is not that of the cell, and whose tables are not sheets."""
_UNSEEN = ("collapse", "filter")
_REFERENCE = re.compile(r"\[([^\]]*)\]")
_YEAR_AND_MONTH = re.compile(r"(\d{4})(?:年|[-/.](?=\d))?(?:(\d{1,2})月?)?")
_WITH_UNIT = re.compile(rf"(-?[0-9,]*[0-9](?:\.([0-9]{{1,15}}))?)\s*({SUFFIX})")
_TIME = re.compile(r"(-?)PT(\d{1,9})H(\d{1,9})M(\d{1,9})(?:[.,]\d+)?S")


def read_ods(name: str, archive: Archive, limits: Limits) -> list[Sheet]:
    """All sheets; rows of hidden ones are left empty. Errors: FileError."""
    if MANIFEST in archive and b"encryption-data" in archive.read(MANIFEST):
        raise protected(name)
    reader = _Reader(name, limits)
    markup = Markup(name, reader.start, reader.end, reader.pieces, max_tags=TAGS_PER_CELL * limits.cells)
    markup.read(archive.pieces(CONTENT))
    if not reader.sheets:
        raise damaged(name, "没有工作表", "it has no sheet")
    return reader.sheets


@dataclass(slots=True)
class _Table:
    """The sheet being read."""

    name: str
    is_hidden: bool
    rows: list[list[str]] = field(default_factory=list)
    next_row: int = 0
    width: int = 0
    merged: list[Area] = field(default_factory=list)
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    next_column: int = 0
    """Of the declarations of columns."""


class _Reader:
    """Listens to content.xml."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.sheets: list[Sheet] = []
        self.pieces: list[str] = []
        self._name, self._limits = name, limits
        self._cells = 0
        self._style = ""
        self._hidden_styles: set[str] = set()
        self._table: _Table | None = None
        self._aside = self._kept = 0
        self._row: list[str] = []
        self._column = 0
        self._row_repeats = 1
        self._cell: Attributes | None = None
        self._paragraphs: list[str] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        """A tag opens."""
        if self._aside or tag in _ASIDE:
            self._kept = self._kept if self._aside else len(self.pieces)
            self._aside += 1
        elif tag == "p":
            self.pieces.clear()
        elif tag in _CELLS:
            self._cell = attributes
            self._paragraphs = []
        elif self._cell is not None:
            if tag == "s":
                self.pieces.append(" " * min(_count(attributes.get("text:c", "1")), MAX_LENGTH))
            elif tag in ("tab", "line-break"):
                self.pieces.append("\t" if tag == "tab" else "\n")
        elif tag == "table-row":
            self._on_row(attributes)
        elif tag == "table-column":
            self._on_column(attributes)
        elif tag == "table":
            self._on_table(attributes)
        elif tag == "style":
            self._style = attributes.get("style:name", "")
        elif tag == "table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)

    def end(self, tag: str) -> None:
        """A tag closes."""
        if self._aside:
            self._aside -= 1
            del self.pieces[self._kept :]
        elif tag == "p":
            self._paragraphs.append("".join(self.pieces))
            self.pieces.clear()
        elif tag in _CELLS:
            self._close_cell()
        elif tag == "table-row":
            self._close_row()
        elif tag == "table":
            self._close_table()
        elif self._cell is None:
            self.pieces.clear()

    def _on_table(self, attributes: Attributes) -> None:
        if self._table is not None or len(self.sheets) >= self._limits.sheets:
            count = f"{self._limits.sheets}"
            raise too_large(self._name, f"超过 {count} 张工作表", f"has over {count} sheets", "DABIAO_MAX_SHEETS")
        self._table = _Table(
            tidy(attributes.get("table:name", "")), attributes.get("table:style-name") in self._hidden_styles
        )

    def _on_column(self, attributes: Attributes) -> None:
        if (table := self._table) is not None:
            end = table.next_column + _count(attributes.get("table:number-columns-repeated", "1"))
            if attributes.get("table:visibility") in _UNSEEN:
                table.hidden_columns.append((table.next_column, end))
            table.next_column = end

    def _on_row(self, attributes: Attributes) -> None:
        self._row, self._column = [], 0
        self._row_repeats = _count(attributes.get("table:number-rows-repeated", "1"))
        if self._table is not None and attributes.get("table:visibility") in _UNSEEN:
            self._table.hidden_rows.append((self._table.next_row, self._table.next_row + self._row_repeats))

    def _close_cell(self) -> None:
        attributes, self._cell = self._cell, None
        if attributes is None or (table := self._table) is None or table.is_hidden:
            return
        repeats = _count(attributes.get("table:number-columns-repeated", "1"))
        text = _text(attributes, "\n".join(self._paragraphs))
        if len(text) > MAX_LENGTH:
            raise text_too_long(self._name, table.name, cell_name(table.next_row, self._column))
        if text:
            self._check(table, table.next_row + self._row_repeats, self._column + repeats)
            self._row.extend([""] * (self._column - len(self._row)) + [text] * repeats)
        down, across = (_count(attributes.get(f"table:number-{key}-spanned", "1")) for key in ("rows", "columns"))
        if down * across > 1 and self._row_repeats == repeats == 1:
            table.merged.append((table.next_row, self._column, table.next_row + down - 1, self._column + across - 1))
        self._column += repeats

    def _close_row(self) -> None:
        if (table := self._table) is None:
            return
        if self._row:
            blank = table.next_row - len(table.rows)
            self._cells += blank + self._row_repeats * len(self._row)
            self._check(table, table.next_row + self._row_repeats, len(self._row))
            table.rows.extend([] for _ in range(blank))
            table.rows.extend(self._row.copy() for _ in range(self._row_repeats))
            table.width = max(table.width, len(self._row))
            self._row = []
        table.next_row += self._row_repeats

    def _check(self, table: _Table, rows: int, columns: int) -> None:
        limits = self._limits
        if (
            rows > limits.rows
            or columns > limits.columns
            or self._cells + rows - len(table.rows) + columns > limits.cells
            or self._cells > limits.cells
        ):
            raise reaches_too_far(self._name, table.name, cell_name(rows - 1, columns - 1))

    def _close_table(self) -> None:
        table, self._table = self._table, None
        if table is None:
            return
        height = len(table.rows)
        self.sheets.append(
            Sheet(
                table.name,
                table.rows,
                clipped(table.merged, height, table.width),
                table.is_hidden,
                _within(table.hidden_rows, height),
                _within(table.hidden_columns, table.width),
            )
        )


def _within(ranges: list[tuple[int, int]], end: int) -> frozenset[int]:
    return frozenset(index for first, after in ranges for index in range(first, min(after, end)))


def _count(text: str) -> int:
    """A number of repetitions, at least 1; never more than a thousand million."""
    return min(int(text), 10**9) if text.isascii() and text.isdigit() and len(text) < 19 and int(text) else 1


def _text(attributes: Attributes, shown: str) -> str:
    kind = attributes.get("office:value-type", "")
    formula = attributes.get("table:formula", "")
    if formula and not kind:
        plain = _REFERENCE.sub(lambda match: match[1].replace(":.", ":").removeprefix("."), formula)
        return "=" + tidy(plain.partition("=")[2] or plain)
    convert = _VALUES.get(kind)
    if convert is not None:
        key = "office:value" if kind in ("float", "currency", "percentage") else f"office:{kind}-value"
        try:
            text = convert(attributes[key])
            if kind == "date":
                return _month(text, shown)
            return text + (_unit(float(attributes[key]), shown) if kind == "float" else "")
        except (KeyError, ValueError, OverflowError):
            return tidy(shown)
    return tidy(shown or attributes.get("office:string-value", ""))


def _unit(value: float, shown: str) -> str:
    """The unit a format writes after a number, where that number itself is shown: 人 of 1,200人."""
    found = _WITH_UNIT.fullmatch(shown.strip())
    if found is None or abs(float(found[1].replace(",", "")) - value) > 0.5 / 10 ** len(found[2] or ""):
        return ""
    return found[3]


def _month(day: str, shown: str) -> str:
    """A day, as it is shown where that is its month or year: 2020年6月."""
    found = _YEAR_AND_MONTH.fullmatch(shown.strip())
    if found is None or int(found[1]) != int(day[:4]) or (found[2] and int(found[2]) != int(day[5:7])):
        return day
    return f"{found[1]}年{int(found[2])}月" if found[2] else f"{found[1]}年"


def _time(text: str) -> str:
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    hours, minutes, seconds = (int(part) for part in found.groups()[1:])
    return found[1] + duration(timedelta(hours=hours, minutes=minutes, seconds=seconds))


_VALUES: dict[str, Callable[[str], str]] = {
    "float": lambda text: number(float(text)),
    "currency": lambda text: number(float(text)),
    "percentage": lambda text: percent(float(text)),
    "date": lambda text: moment(datetime.fromisoformat(text)),
    "time": _time,
    "boolean": lambda text: "yes" if text == "true" else "no",
}
