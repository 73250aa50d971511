"""Interpret: a book → facts and findings. Layout, tables, values, facts, cross-checks: the steps in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from etl.codebook import Codebook
from etl.conform import Conformed, Conforming
from etl.crosscheck import History, cross_check
from etl.findings import Finding
from etl.headings import is_figure
from etl.infer import infer_layout
from etl.layout import IGNORED, Answers, SheetLayout, check_layout, with_stated
from etl.layout_memory import Remembered
from etl.sheets import Book, Sheet
from etl.table import Skipped, Table, raw_row
from etl.unfold import unfold
from etl.validate import validate
from warehouse.errors import FileError
from warehouse.scope import Scope

KINDS = ("target", "actual")
FetchHistory = Callable[[Conformed], History]


@dataclass(frozen=True, slots=True)
class Interpreted:
    """What a file says: every record of it is a row, refused or blank."""

    conformed: tuple[Conformed, ...]
    """One for targets and one for actuals, each there even if empty."""
    layouts: tuple[SheetLayout, ...]
    skipped: tuple[Skipped, ...]
    unread: tuple[Finding, ...]
    """Rows that could not be taken apart at all."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headings of columns that are not used."""
        headings = (c.heading for layout in self.layouts for c in layout.columns if c.use == IGNORED and c.heading)
        return tuple(dict.fromkeys(headings))


def interpret(
    file: Book,
    answers: Answers,
    codebook: Codebook,
    *,
    today: date,
    scope: Scope,
    remembered: Remembered,
    fetch_history: FetchHistory,
) -> Interpreted:
    """Read every sheet by the layout a person put right, else the sender's remembered one, else the inferred one.

    Errors: FileError where no sheet has a table.
    """
    layouts = layouts_of(file, answers, codebook, remembered)
    skipped: list[Skipped] = []
    unread: list[Finding] = []
    tables: list[Table] = []
    for sheet, layout in zip(file.sheets, layouts, strict=True):
        if layout.left_out in _UNREAD:
            unread += _without_headings(sheet, layout)
        found = unfold(sheet, layout, codebook)
        tables += found.tables
        skipped += found.skipped
        unread += found.findings
    if not unread and all(layout.left_out for layout in layouts):
        raise FileError(
            f"{file.name} 里没有找到可以读取的表格。表头要有指标、地区、半年度、目标值或完成值这样的列名，"
            "见 docs/data-format.md。",
            f"No table was found in {file.name}. Headings such as 指标, 地区, 半年度, 目标值 or 完成值 are needed; "
            "see docs/data-format.md.",
        )
    conforming = Conforming(codebook, scope)
    parts = [conforming.conform(validate(table, today, codebook.names_of)) for table in tables]
    conformed = []
    for kind in KINDS:
        history = fetch_history(_of_kind(parts, kind)) if kind == "actual" else {}
        conformed.append(cross_check(parts, kind, codebook.catalog, history))
    return Interpreted(tuple(conformed), layouts, tuple(skipped), tuple(unread))


_UNREAD = {"no_table": "no_headings", "side_by_side": "side_by_side"}
"""Why a sheet with figures is left out → the reason each of its rows is refused for."""


def _without_headings(sheet: Sheet, layout: SheetLayout) -> list[Finding]:
    """Rows with figures in a sheet without headings: nobody can tell what they are."""
    reason = _UNREAD[layout.left_out or ""]
    return [
        Finding(sheet.name, number + 1, None, None, reason, raw_row(sheet, layout, number))
        for number, row in enumerate(sheet.rows)
        if _has_figures(row)
    ]


def _has_figures(row: Sequence[str]) -> bool:
    """Whether a row holds figures, and not only its number in front of words."""
    texts = [text for text in row if text]
    return any(map(is_figure, texts[1:])) or (len(texts) == 1 and is_figure(texts[0]))


def layouts_of(file: Book, answers: Answers, codebook: Codebook, remembered: Remembered) -> tuple[SheetLayout, ...]:
    """How each sheet is read, in the order of the file. Errors: FileError for a layout that contradicts itself."""
    layouts = (
        _put_right(answers, sheet)
        or remembered.layout_for(sheet, answers.stated)
        or infer_layout(sheet, file.name, codebook, answers.stated)
        for sheet in file.sheets
    )
    return tuple(check_layout(layout, file.name) for layout in layouts)


def _put_right(answers: Answers, sheet: Sheet) -> SheetLayout | None:
    layout = answers.layout_of(sheet.name)
    return None if layout is None else with_stated(layout, answers.stated)


def _of_kind(parts: Sequence[Conformed], kind: str) -> Conformed:
    rows = tuple(row for part in parts if part.kind == kind for row in part.rows)
    return Conformed(kind, rows, ())
