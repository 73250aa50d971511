"""What was found wrong, or odd, about a cell: data, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass

from etl.reasons import REASONS


@dataclass(frozen=True, slots=True)
class Finding:
    """Where, which cell, as found, and why (a key of ``reasons.REASONS``, which has the remedy).

    A refusal keeps its row out; a caution only wants to be looked at.
    """

    sheet: str | None
    row_no: int
    """As a spreadsheet counts, from 1."""
    column: str | None
    """Heading as found, or the canonical name where the column is missing."""
    value: str | None
    reason: str
    raw: str
    """The whole row as JSON."""
    cell: str | None = None
    """C7, where one cell is meant."""
    detail_zh: str = ""
    """What is particular about this one: the nearest name, the other row, the history."""
    detail_en: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether it keeps the row out."""
        return not REASONS[self.reason].is_caution

    def text(self, language: str) -> str:
        """Reason, remedy and detail in ``zh`` or ``en``."""
        reason = REASONS[self.reason]
        words, detail = (reason.en, self.detail_en) if language == "en" else (reason.zh, self.detail_zh)
        return f"{words} {detail}".strip() if language == "en" else f"{words}{detail}"
