"""A sheet in a test, with what has to become of every figure in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from etl.sheets import Area


@dataclass(frozen=True)
class Case:
    """A sheet, what is stated of it, and the facts, refusals, blanks and left-out rows it must give.

    ``facts``: ``kind district indicator breakdown period`` → ``comparator value–high unit``.
    ``refused``: cell → reason codes.
    """

    rows: str
    facts: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    blanks: tuple[str, ...] = ()
    skipped: dict[int, str] = field(default_factory=dict)
    stated: dict[str, str] = field(default_factory=dict)
    merged: tuple[Area, ...] = ()
    sheet: str | None = "Sheet1"
    file: str = "报表.xlsx"
    cautions: dict[str, str] = field(default_factory=dict)

    @property
    def grid(self) -> list[list[str]]:
        """The cells."""
        return [[cell.strip() for cell in line.split("|")] for line in self.rows.strip("\n").split("\n")]
