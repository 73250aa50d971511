"""A dry run (试读) as pages show it: counts, what to mend, what would change, and the file with its marks.

A file may have 60,000 rows: what is kept of a look at it is its counts and the first of each kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from etl.fates import Fate
from etl.findings import Finding
from etl.layout import SheetLayout
from etl.results import Note
from etl.rules import LightChange
from etl.sheets import Book, Sheet
from etl.staging import Look
from warehouse.measures.status import Status

SHOWN_FINDINGS, SHOWN_FATES, SHOWN_LIGHTS = 12, 100, 100
"""Of each reason, of each fate, and of the lights that would change."""
HEAD_ROWS, MARKED_ROWS, HEAD_COLUMNS, HEAD_SHEETS = 20, 20, 40, 12
"""Of a sheet: its first rows, further rows with marks, its first columns; and the first sheets."""
LONGEST_CELL = 60
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Mark = Literal["refused", "caution", "changed"]
Marks = Mapping[str | None, Mapping[int, Mapping[int | None, Mark]]]
"""By sheet, row and column from 0; None for the whole row."""
_WEIGHT: dict[str, int] = {"refused": 3, "caution": 2, "changed": 1}


@dataclass(frozen=True, slots=True)
class Group:
    """What was found for one reason."""

    reason: str
    is_refusal: bool
    count: int
    shown: tuple[Finding, ...]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)


@dataclass(frozen=True, slots=True)
class HeadRow:
    """A row of a sheet as it stands, its number from 1, and its marks by column; None marks the row itself."""

    number: int
    cells: tuple[str, ...]
    marks: Mapping[int | None, Mark]
    is_heading: bool
    follows_gap: bool
    """Rows between the one before and this are not shown."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a sheet, and the rows with marks further down."""

    layout: SheetLayout
    rows: tuple[HeadRow, ...]
    columns: int
    all_columns: int
    all_rows: int
    headings: tuple[str, ...]
    """As read, by column."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What is kept of a look at a file."""

    seal: str
    counts: Mapping[str, int]
    """Figures by fate."""
    refusals: int
    cautions: int
    groups: tuple[Group, ...]
    """Refusals first, the commonest of each first."""
    changed: tuple[Fate, ...]
    added: tuple[Fate, ...]
    blanks: tuple[Fate, ...]
    """Those with a reason first."""
    lights: tuple[LightChange, ...]
    all_lights: int
    appearing: int
    """Lights where there is none yet."""
    lights_known: bool
    """False where the database was too busy to foresee them."""
    light_counts: tuple[tuple[tuple[Status, Status], int], ...]
    heads: tuple[Head, ...]
    all_sheets: int
    notes: tuple[Note, ...]
    new_blanks: int
    """Blanks of which the file says why, and nobody said so before."""
    repeats: int | None
    """The published batch that brought the same content before."""

    @property
    def figures(self) -> int:
        """Every figure of the file; blanks are none."""
        return sum(self.counts[word] for word in ("new", "changed", "unchanged", "refused"))

    @property
    def changes(self) -> int:
        """How many facts, and reasons for blanks, would be new or corrected."""
        return self.counts["new"] + self.counts["changed"] + self.new_blanks

    @property
    def layouts(self) -> tuple[SheetLayout, ...]:
        """How each sheet shown is read."""
        return tuple(head.layout for head in self.heads)


def digest(look: Look, book: Book) -> DryRun:
    """What pages show of a look."""
    result = look.result
    fates = Counter(fate.fate for fate in result.fates)
    groups = tuple(_groups(result.findings))
    blanks = sorted((f for f in result.fates if f.fate == "blank"), key=lambda f: f.blank_reason is None)
    marks = _marks(result.findings, result.fates)
    return DryRun(
        seal=look.seal,
        counts={word: fates[word] for word in ("new", "changed", "unchanged", "refused", "blank")},
        refusals=sum(g.count for g in groups if g.is_refusal),
        cautions=sum(g.count for g in groups if not g.is_refusal),
        groups=groups,
        changed=_first(result.fates, "changed"),
        added=_first(result.fates, "new"),
        blanks=tuple(blanks[:SHOWN_FATES]),
        lights=look.lights[:SHOWN_LIGHTS],
        appearing=sum(result.lights.appearing.values()) if result.lights is not None else 0,
        lights_known=result.lights is not None,
        all_lights=len(look.lights),
        light_counts=tuple(Counter((c.before, c.after) for c in look.lights).most_common()),
        heads=heads_of(book, look.layouts, marks),
        all_sheets=len(book.sheets),
        notes=result.notes,
        new_blanks=result.blanks,
        repeats=result.repeats,
    )


def heads_of(book: Book, layouts: Iterable[SheetLayout], marks: Marks | None = None) -> tuple[Head, ...]:
    """The beginnings of a file's sheets, as they are read."""
    known = {layout.sheet: layout for layout in layouts}
    return tuple(
        _head(sheet, known.get(sheet.name, SheetLayout(sheet.name, left_out="no_table")), marks or {})
        for sheet in book.sheets[:HEAD_SHEETS]
    )


def find_cell(name: str | None) -> tuple[int, int] | None:
    """Row and column of C7, from 0; None for what names no cell."""
    found = _CELL.fullmatch(name or "")
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def headings_of(rows: Iterable[tuple[str, ...]], columns: int) -> tuple[str, ...]:
    """The headings of each column, levels joined; the same word twice is said once."""
    levels = list(rows)
    return tuple(
        " / ".join(dict.fromkeys(row[column] for row in levels if column < len(row) and row[column]))
        for column in range(columns)
    )


def _first(fates: Iterable[Fate], word: str) -> tuple[Fate, ...]:
    found = []
    for fate in fates:
        if fate.fate == word:
            found.append(fate)
            if len(found) == SHOWN_FATES:
                break
    return tuple(found)


def _groups(findings: Iterable[Finding]) -> Iterator[Group]:
    counts: Counter[str] = Counter()
    shown: dict[str, list[Finding]] = {}
    for finding in findings:
        counts[finding.reason] += 1
        kept = shown.setdefault(finding.reason, [])
        if len(kept) < SHOWN_FINDINGS:
            kept.append(finding)
    groups = [Group(reason, x[0].is_refusal, counts[reason], tuple(x)) for reason, x in shown.items()]
    yield from sorted(groups, key=lambda group: (not group.is_refusal, -group.count))


def _marks(findings: Iterable[Finding], fates: Iterable[Fate]) -> Marks:
    """The gravest mark of each cell, or of each row where no cell is meant."""
    marks: dict[str | None, dict[int, dict[int | None, Mark]]] = {}

    def put(sheet: str | None, row_no: int, cell: str | None, mark: Mark) -> None:
        place = find_cell(cell)
        row, column = (row_no - 1, None) if place is None else place
        of_row = marks.setdefault(sheet, {}).setdefault(row, {})
        if _WEIGHT[mark] > _WEIGHT.get(of_row.get(column, ""), 0):
            of_row[column] = mark

    for finding in findings:
        put(finding.sheet, finding.row_no, finding.cell, "refused" if finding.is_refusal else "caution")
    for fate in fates:
        if fate.fate == "changed":
            put(fate.sheet, fate.row_no, fate.cell, "changed")
    return marks


def _head(sheet: Sheet, layout: SheetLayout, marks: Marks) -> Head:
    of_sheet = marks.get(sheet.name, {})
    first, last = layout.header
    beginning = range(min(len(sheet.rows), max(HEAD_ROWS, last + 11)))
    further = sorted(row for row in of_sheet if len(beginning) <= row < len(sheet.rows))[:MARKED_ROWS]
    numbers = [*beginning, *further]
    width = max((len(row) for row in sheet.rows), default=0)
    columns = min(width, HEAD_COLUMNS)
    rows = tuple(
        HeadRow(
            number=row + 1,
            cells=tuple(_short(sheet.cell(row, column)) for column in range(columns)),
            marks=of_sheet.get(row, {}),
            is_heading=layout.left_out is None and first <= row <= last,
            follows_gap=index > 0 and numbers[index - 1] != row - 1,
        )
        for index, row in enumerate(numbers)
    )
    found = {use.column: use.heading for use in layout.columns}
    written = headings_of((tuple(x) for x in sheet.rows[first : last + 1]), columns)
    headings = tuple(found.get(column) or written[column] for column in range(columns))
    return Head(layout, rows, columns, width, len(sheet.rows), headings)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
