"""A file as a person sees it: sheets of text cells, each with its place. Nothing is interpreted here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

Area = tuple[int, int, int, int]
"""Top, left, bottom and right of merged cells; rows and columns from 0, the last ones included."""


@dataclass(frozen=True, slots=True)
class Sheet:
    r"""One sheet.

    ``rows``: text cells from A1 on, each as a person reads it and without spaces around it; "" where
    empty; rows may be of different length, blank rows stand as they are. A number formatted as a percentage reads
    ``85.25%`` (one whose format writes a unit after it ``85人``), a date ``2020-06-30``, a truth value
    ``yes`` or ``no``, an error ``#DIV/0!``; a formula whose result the file does not hold, or nobody has
    computed, reads as itself: ``=B2/C2``.
    Line ends inside a cell are ``\n``; control characters are left out.
    """

    name: str | None
    """None for CSV."""
    rows: list[list[str]]
    merged: tuple[Area, ...] = ()
    """Merged cells, as far as the cells of the sheet reach."""
    hidden: bool = False
    """Its rows are then not read, and left empty."""
    hidden_rows: frozenset[int] = frozenset()
    """Rows a person does not see (filtered out ones too); they are read like the others."""
    hidden_columns: frozenset[int] = frozenset()

    def cell(self, row: int, column: int) -> str:
        """The text of a cell, counted from 0; "" outside."""
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""


@dataclass(frozen=True, slots=True)
class Book:
    """A file with its sheets, hidden ones too."""

    name: str
    """File name as people know it, without folders."""
    sha256: str
    content: bytes
    sheets: tuple[Sheet, ...]


@cache
def column_letter(column: int) -> str:
    """A, B, …, Z, AA for 0, 1, …, 25, 26."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """C7 for row 6 and column 2."""
    return f"{column_letter(column)}{row + 1}"


def fill_merged(sheet: Sheet) -> list[list[str]]:
    """The rows with every cell of a merged area reading like its first."""
    if not sheet.merged:
        return sheet.rows
    rows = [list(row) for row in sheet.rows]
    for top, left, bottom, right in sheet.merged:
        text = sheet.cell(top, left)
        for row in rows[top : min(bottom, len(rows) - 1) + 1]:
            row.extend([""] * (right + 1 - len(row)))
            row[left : right + 1] = [text] * (right + 1 - left)
    return rows
