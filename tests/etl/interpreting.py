"""Sheets written down in a test → what is read in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from etl.codebook import Codebook
from etl.crosscheck import History
from etl.findings import Finding
from etl.interpret import Interpreted, interpret
from etl.layout import Answers
from etl.layout_memory import Remembered
from etl.sheets import Area, Book, Sheet
from warehouse.scope import Scope

TODAY = date(2026, 1, 1)
Grid = Sequence[Sequence[str]]


def grid(text: str) -> list[list[str]]:
    """Cells parted by | and lines."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip("\n").split("\n")]


def interpreted(
    codebook: Codebook,
    rows: Grid,
    *,
    merged: tuple[Area, ...] = (),
    stated: Mapping[str, str] | None = None,
    history: History | None = None,
    sheet: str | None = "Sheet1",
) -> Interpreted:
    """One sheet, read as it would be in a file."""
    book = Book("表.xlsx", "0" * 64, b"", (Sheet(sheet, [list(row) for row in rows], merged),))
    return interpret(
        book, Answers(stated or {}), codebook, today=TODAY, scope=Scope.everything(), remembered=Remembered(),
        fetch_history=lambda part: history or {},
    )  # fmt: skip


def accepted(read: Interpreted) -> dict[str | None, Decimal | None]:
    """Cell → value, of the rows that stand."""
    return {
        origin.table.cell("value", origin.record): row["value"]
        for part in read.conformed
        for origin, row in zip(part.origins, part.rows, strict=True)
    }


def refused(read: Interpreted) -> dict[str | None, list[str]]:
    """Cell of the figure → reasons."""
    return {
        record.origin.table.cell("value", record.origin.record): [finding.reason for finding in record.findings]
        for part in read.conformed
        for record in part.refused
    }


def blank(read: Interpreted) -> list[str | None]:
    """Cells of figures left blank."""
    return [b.origin.table.cell("value", b.origin.record) for part in read.conformed for b in part.blanks]


def cautions(read: Interpreted) -> list[Finding]:
    """Of rows that stand."""
    return [finding for part in read.conformed for _, finding in part.cautions]
