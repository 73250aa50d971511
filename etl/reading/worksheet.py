"""One pass over a worksheet of XLSX: how far it reaches, and what calamine does not tell of its cells.

A sheet has a million elements, so the listeners are closures and take the likely case first: the cell
to the right of the last one, in a row below the last one.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from etl.reading.cells import MAX_LENGTH, clipped, tidy
from etl.reading.limits import Limits
from etl.reading.markup import Attributes, Markup
from etl.reading.number_formats import NumberFormat
from etl.reading.refusals import damaged, reaches_too_far, text_too_long, unpacks_too_far
from etl.sheets import Area, cell_name, column_letter
from warehouse.errors import FileError

MAX_ROW, MAX_COLUMN = 2**20, 2**14
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.IGNORECASE)
_RANGE = re.compile(rf"{_PLACE.pattern}:{_PLACE.pattern}", re.IGNORECASE)
_NEXT = {column_letter(column): column_letter(column + 1) for column in range(MAX_COLUMN)} | {"": "A"}


@dataclass(slots=True)
class Budget:
    """What the sheets of a workbook share: its limits, texts and styles, and how much was used."""

    limits: Limits
    lengths: list[int]
    """Of the shared texts, in characters."""
    is_uncomputed: bool
    """The workbook asks to be computed when opened: a formula's stored 0 is nobody's result."""
    formats: list[NumberFormat | None]
    cells: int = 0
    characters: int = 0


@dataclass(slots=True)
class Worksheet:
    """What was found; rows and columns count from 0."""

    height: int = 0
    """Rows from A1 to the last cell that holds something."""
    width: int = 0
    replaced: dict[tuple[int, int], str] = field(default_factory=dict)
    """Cells that read otherwise than calamine says: errors, and formulas without a result."""
    shown_rows: array[int] = field(default_factory=lambda: array("I"))
    shown_columns: array[int] = field(default_factory=lambda: array("I"))
    shown_styles: array[int] = field(default_factory=lambda: array("I"))
    """Numbers whose format adds something."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_ranges: list[tuple[int, int]] = field(default_factory=list)
    """Of columns, the ends not included."""
    areas: list[Area] = field(default_factory=list)

    def merged(self) -> tuple[Area, ...]:
        """Merged areas, as far as the cells reach."""
        return clipped(self.areas, self.height, self.width)

    def hidden_columns(self) -> frozenset[int]:
        """Hidden columns, as far as the cells reach."""
        return frozenset(column for first, end in self.hidden_ranges for column in range(first, min(end, self.width)))


def scan_worksheet(name: str, sheet: str, part: Iterable[bytes], budget: Budget) -> Worksheet:
    """Listen to the markup of a worksheet. Errors: FileError, also for cells twice or out of order."""
    found = Worksheet()
    limits, lengths, replaced = budget.limits, budget.lengths, found.replaced
    marked = {str(style) for style, shown in enumerate(budget.formats) if shown}
    pieces: list[str] = []
    formulas: dict[str, str] = {}
    row = column = -1
    letters = digits = kind = style = formula = shared = ""
    in_cell = has_value = has_formula = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal row, column, letters, digits, kind, style, formula, shared, in_cell, has_value, has_formula
        if tag == "c":
            following = _NEXT[letters]
            place = attributes.get("r")
            if place is None or place == following + digits:
                letters, column = following, column + 1
            else:
                moved_row, moved_column = _place(name, place)
                if (moved_row, moved_column) <= (row, column):
                    raise damaged(name, f"{place} 重复或顺序颠倒", f"{place} is out of order")
                row, column = moved_row, moved_column
                letters, digits = column_letter(column), str(row + 1)
            kind = attributes.get("t", "n")
            style = attributes.get("s", "")
            in_cell, has_value, has_formula = True, False, False
            pieces.clear()
        elif tag == "v":
            has_value = True
            pieces.clear()
        elif tag == "f":
            has_formula, formula = True, ""
            shared = attributes.get("si", "") if attributes.get("t") == "shared" else ""
            pieces.clear()
        elif tag == "t":
            has_value = has_value or in_cell
        elif tag == "row":
            number = attributes.get("r")
            below = _whole(name, number) - 1 if number else row + 1
            if below < row or (below == row and column >= 0):
                raise damaged(name, f"第 {below + 1} 行重复或顺序颠倒", f"row {below + 1} is out of order")
            row, column, letters, digits = below, -1, "", str(below + 1)
            if attributes.get("hidden") in ("1", "true"):
                found.hidden_rows.add(row)
        elif tag == "mergeCell":
            if (area := _area(attributes.get("ref", ""))) and len(found.areas) < limits.rows:
                found.areas.append(area)
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = (_whole(name, attributes.get(key, "")) for key in ("min", "max"))
            found.hidden_ranges.append((first - 1, last))

    def end(tag: str) -> None:
        nonlocal formula, in_cell
        if tag == "c":
            in_cell = False
            if has_value or has_formula:
                on_content("".join(pieces))
            pieces.clear()
        elif tag == "f":
            formula = "".join(pieces)
            if shared:
                formula = formulas.setdefault(shared, formula) or formula
            pieces.clear()
        elif not in_cell:
            pieces.clear()

    def on_content(text: str) -> None:
        """A cell that holds something is complete; ``text``: its value."""
        if column >= found.width or row >= found.height:
            reach()
        if kind == "s":
            try:
                budget.characters += lengths[int(text)]
            except (ValueError, IndexError):
                raise damaged(name) from None
            if budget.characters > limits.unpacked:
                raise unpacks_too_far(name)
        elif kind == "e":
            replaced[row, column] = tidy(text) or "#VALUE!"
        elif kind == "n":
            if style in marked:
                found.shown_rows.append(row)
                found.shown_columns.append(column)
                found.shown_styles.append(int(style))
        elif len(text) > MAX_LENGTH:
            raise text_too_long(name, sheet, cell_name(row, column))
        if has_formula and kind in ("n", "e") and (not text or (budget.is_uncomputed and _is_zero(text))):
            replaced[row, column] = "=" + tidy(formula)

    def reach() -> None:
        before = found.height * found.width
        found.height, found.width = max(found.height, row + 1), max(found.width, column + 1)
        budget.cells += found.height * found.width - before
        if budget.cells > limits.cells or found.height > limits.rows or found.width > limits.columns:
            raise reaches_too_far(name, sheet, cell_name(row, column))

    Markup(name, start, end, pieces, max_tags=8 * limits.cells).read(part)
    return found


def _place(name: str, text: str) -> tuple[int, int]:
    place = _PLACE.fullmatch(text)
    column = _column(place[1]) if place else MAX_COLUMN
    if place is None or column >= MAX_COLUMN:
        raise _misplaced(name, text)
    return _whole(name, place[2]) - 1, column


def _area(text: str) -> Area | None:
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    left, top, right, bottom = found.groups()
    return int(top) - 1, _column(left), int(bottom) - 1, _column(right)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _whole(name: str, digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < 8 and 0 < int(digits) <= MAX_ROW):
        raise _misplaced(name, digits)
    return int(digits)


def _misplaced(name: str, place: str) -> FileError:
    return damaged(name, f"没有这样的位置：{place[:20]}", f"no such place: {place[:20]}")


def _is_zero(text: str) -> bool:
    try:
        return float(text) == 0
    except ValueError:
        return False
