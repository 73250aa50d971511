"""One pass over a worksheet of XLSX: how far it reaches, and what calamine does not tell of its cells."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass

from etl.reading.cells import MAX_LENGTH, clipped, tidy
from etl.reading.limits import Limits
from etl.reading.markup import Attributes
from etl.reading.number_formats import NumberFormat
from etl.reading.refusals import damaged, reaches_too_far, text_too_long, unpacks_too_far
from etl.sheets import Area, cell_name

MAX_ROW, MAX_COLUMN = 2**20, 2**14
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})")


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


class Worksheet:
    """Listens to a worksheet's markup; rows and columns count from 0."""

    def __init__(self, name: str, sheet: str, budget: Budget) -> None:
        self.budget = budget
        self.pieces: list[str] = []
        self.height = self.width = 0
        """Rows and columns from A1 to the last cell that holds something."""
        self.replaced: dict[tuple[int, int], str] = {}
        """Cells that read otherwise than calamine says: errors, and formulas without a result."""
        self.shown_rows, self.shown_columns, self.shown_styles = array("I"), array("I"), array("I")
        """Numbers whose format adds something."""
        self.hidden_rows: set[int] = set()
        self._hidden_columns: list[tuple[int, int]] = []
        self._merged: list[Area] = []
        self._name, self._sheet = name, sheet
        self._columns: dict[str, int] = {}
        self._formulas: dict[str, str] = {}
        self._marked = {style for style, shown in enumerate(budget.formats) if shown}
        self._row = self._column = -1
        self._last = (-1, -1)
        self._kind, self._style = "n", 0
        self._in_cell = self._has_value = self._has_formula = False
        self._formula = self._shared = ""

    def start(self, tag: str, attributes: Attributes) -> None:
        """A tag opens."""
        if tag == "c":
            self._on_cell(attributes)
        elif tag == "v" or tag == "t":
            if tag == "v":
                self.pieces.clear()
            self._has_value = True
        elif tag == "f":
            self.pieces.clear()
            self._has_formula = True
            self._shared = attributes.get("si", "") if attributes.get("t") == "shared" else ""
        elif tag == "row":
            self._on_row(attributes)
        elif tag == "mergeCell":
            self._on_merged(attributes.get("ref", ""))
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = (_whole(self._name, attributes.get(key, "")) for key in ("min", "max"))
            self._hidden_columns.append((first - 1, min(last, MAX_COLUMN)))

    def end(self, tag: str) -> None:
        """A tag closes."""
        if tag == "c":
            if self._has_value or self._has_formula:
                self._on_content("".join(self.pieces))
            self._in_cell = False
            self.pieces.clear()
        elif tag == "f":
            self._formula = "".join(self.pieces)
            self.pieces.clear()
            if self._shared:
                self._formula = self._formulas.setdefault(self._shared, self._formula) or self._formulas[self._shared]
        elif not self._in_cell:
            self.pieces.clear()

    def _on_row(self, attributes: Attributes) -> None:
        number = attributes.get("r")
        self._row = _whole(self._name, number) - 1 if number else self._row + 1
        self._column = -1
        if attributes.get("hidden") in ("1", "true"):
            self.hidden_rows.add(self._row)

    def _on_cell(self, attributes: Attributes) -> None:
        place = attributes.get("r")
        if place is None:
            self._column += 1
        else:
            letters = place.rstrip("0123456789")
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = self._column_number(letters)
            self._column = column
            self._row = _whole(self._name, place[len(letters) :]) - 1
        self._kind = attributes.get("t", "n")
        style = attributes.get("s")
        self._style = int(style) if style and style.isdecimal() and len(style) < 7 else 0
        self._in_cell = True
        self._has_value = self._has_formula = False
        self._formula = ""
        self.pieces.clear()

    def _on_content(self, text: str) -> None:
        """A cell that holds something is complete; ``text``: of its value."""
        row, column, kind = self._row, self._column, self._kind
        if self._last >= (row, column):
            raise damaged(
                self._name, f"{cell_name(row, column)} 重复或顺序颠倒", f"{cell_name(row, column)} is out of order"
            )
        self._last = (row, column)
        self._count(row, column)
        if kind == "s":
            if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) < len(self.budget.lengths)):
                raise damaged(self._name)
            self.budget.characters += self.budget.lengths[int(text)]
            if self.budget.characters > self.budget.limits.unpacked:
                raise unpacks_too_far(self._name)
        elif kind == "e":
            self.replaced[row, column] = tidy(text) or "#VALUE!"
        elif kind == "n" and self._style in self._marked:
            self.shown_rows.append(row)
            self.shown_columns.append(column)
            self.shown_styles.append(self._style)
        elif len(text) > MAX_LENGTH:
            raise text_too_long(self._name, self._sheet, cell_name(row, column))
        if self._has_formula and kind in ("n", "e") and (not text or (self.budget.is_uncomputed and _is_zero(text))):
            self.replaced[row, column] = "=" + tidy(self._formula)

    def _count(self, row: int, column: int) -> None:
        limits = self.budget.limits
        if row < self.height and column < self.width:
            return
        before = self.height * self.width
        self.height, self.width = max(self.height, row + 1), max(self.width, column + 1)
        self.budget.cells += self.height * self.width - before
        if self.budget.cells > limits.cells or self.height > limits.rows or self.width > limits.columns:
            raise reaches_too_far(self._name, self._sheet, cell_name(row, column))

    def _on_merged(self, text: str) -> None:
        found = _RANGE.fullmatch(text.upper())
        if found and len(self._merged) < self.budget.limits.cells // 10:
            left, top, right, bottom = found.groups()
            area = int(top) - 1, self._column_number(left), int(bottom) - 1, self._column_number(right)
            self._merged.append(area)

    def _column_number(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - 64
        if not (letters.isascii() and letters.isalpha() and 0 < number <= MAX_COLUMN):
            raise damaged(self._name)
        return number - 1

    def merged(self) -> tuple[Area, ...]:
        """Merged areas, as far as the cells reach."""
        return clipped(self._merged, self.height, self.width)

    def hidden_columns(self) -> frozenset[int]:
        """Hidden columns, as far as the cells reach."""
        return frozenset(column for first, end in self._hidden_columns for column in range(first, min(end, self.width)))


def _whole(name: str, digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < 8 and 0 < int(digits) <= MAX_ROW):
        raise damaged(name)
    return int(digits)


def _is_zero(text: str) -> bool:
    try:
        return float(text) == 0
    except ValueError:
        return False
