"""Tables of text, one figure a record, as sheets are unfolded into: each record knows the cells it stands in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from etl.findings import Finding
from etl.layout import ColumnUse, SheetLayout
from etl.sections import Said
from etl.sheets import Sheet, cell_name, column_letter

_FRACTION = re.compile(r"0?\.\d*[1-9]\d*")
_PROVENANCE = ("source_code", "span_start", "span_end", "confidence", "note")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no figure: why (subtotal, footnote, section, separator, repeated_heading), and how it begins."""

    sheet: str | None
    row_no: int
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class SumCell:
    """A figure of a 合计 row or column: what it says, and the records it may be the sum of (any one of these lists).

    First come those right above it, where there are any.
    """

    row_no: int
    column: int
    text: str
    parts: tuple[tuple[int, ...], ...]


@dataclass(slots=True, eq=False)
class Table:
    """Records of one kind from one sheet. ``texts``: by column of ``etl.columns``, a text for each record."""

    sheet: Sheet
    layout: SheetLayout
    kind: str
    texts: dict[str, list[str]]
    rows: list[int]
    """Row of each record, from 0."""
    values_at: list[int]
    """Column of each record's value, from 0; -1 where the table has no value column."""
    places: Mapping[str, int]
    """Column of what stands in the record's own row, by name."""
    sums: list[SumCell] = field(default_factory=list)
    merged_values: set[int] = field(default_factory=set)
    """Records whose value stands in a cell merged over several figures."""
    sections: Sequence[Mapping[str, Said]] = ()
    """What the section above each record says, by name; empty where the table has none."""

    fractions: set[tuple[int, str]] | None = field(init=False, default=None)
    """Columns and indicators with bare figures between 0 and 1, once they were asked for."""
    locators: dict[int, str] = field(init=False)
    """By column of the value, what a locator begins with: ``Sheet1!C``, ``C``, or ``row `` without a column."""

    def __post_init__(self) -> None:
        sheet = f"{self.sheet.name}!" if self.sheet.name else ""
        self.locators = {c: sheet + ("row " if c < 0 else column_letter(c)) for c in set(self.values_at)}

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def tells_provenance(self) -> bool:
        """Whether columns say where each figure stands, or how sure it is."""
        return not self.texts.keys().isdisjoint(_PROVENANCE)

    @property
    def allows_blanks(self) -> bool:
        """Whether a blank value means that nothing is reported; in tidy tables it is a mistake, but in returns."""
        return not self.layout.is_tidy or "blank_reason" in self.texts

    def heading(self, name: str, record: int) -> str | None:
        """The heading a person sees over a column; its documented name where there is none."""
        column = self._column(name, record)
        found = next((c for c in self.layout.columns if c.column == column), None)
        return name if found is None or not found.heading else found.heading

    def cell(self, name: str, record: int) -> str | None:
        """The cell a text stands in: the record's own, or the heading that says it; None where it is stated for all."""
        column = self._column(name, record)
        if column is not None and (name in self.places or name == "value"):
            return cell_name(self.rows[record], column)
        said = self.sections[record].get(name) if self.sections else None
        if said is not None:
            return cell_name(said.row, next(i for i, text in enumerate(self.sheet.rows[said.row]) if text))
        return None if column is None else cell_name(self.layout.header[1], column)

    def text(self, name: str, record: int) -> str:
        """A text as found, "" where there is none."""
        return self.texts[name][record] if name in self.texts else ""

    def has_fractions_beside(self, record: int) -> bool:
        """Whether bare figures between 0 and 1 stand in the same column, of the same indicator."""
        names = self.texts.get("indicator_name") or self.texts.get("indicator_code") or [""] * len(self)
        if self.fractions is None:
            places = zip(self.texts["value"], self.values_at, names, strict=True)
            self.fractions = {(column, name) for text, column, name in places if _FRACTION.fullmatch(text)}
        return (self.values_at[record], names[record]) in self.fractions

    def raw(self, record: int) -> str:
        """The whole row as JSON, heading → text."""
        return raw_row(self.sheet, self.layout, self.rows[record])

    def _column(self, name: str, record: int) -> int | None:
        if name in self.places:
            return self.places[name]
        if name == "value" and self.values_at[record] >= 0:
            return self.values_at[record]
        given = next((c for c in self.layout.columns if c.column == self.values_at[record]), None)
        return given.column if given is not None and _gives(given, name) else None


@dataclass(slots=True)
class Unfolded:
    """A sheet's tables, what was left out of them, and rows that could not be read at all."""

    tables: list[Table]
    skipped: list[Skipped] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def raw_row(sheet: Sheet, layout: SheetLayout, row: int) -> str:
    """A row as JSON, heading → text as found."""
    headings = {c.column: c.heading for c in layout.columns}
    cells = enumerate(sheet.rows[row])
    texts: dict[str, str] = {}
    for i, text in cells:
        name = headings.get(i) or ""
        if name or text:
            texts[name if name and name not in texts else cell_name(row, i)] = text
    for i, name in headings.items():
        if i >= len(sheet.rows[row]):
            texts.setdefault(name, "")
    return json.dumps(texts, ensure_ascii=False)


def _gives(column: ColumnUse, name: str) -> bool:
    return name in column.given or (name == "period_code" and bool({"year", "half"} & column.given.keys()))
