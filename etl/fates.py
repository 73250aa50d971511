"""What becomes of each figure of a file (去向): new, changed, unchanged, refused or blank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Word = Literal["new", "changed", "unchanged", "refused", "blank"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one figure."""

    sheet: str | None
    row_no: int
    """As a spreadsheet counts, from 1."""
    cell: str | None
    """C7, where the figure stands."""
    kind: str
    """target or actual"""
    fate: Word
    row: Mapping[str, Any] | None = None
    """The fact as it would stand, in columns of ``fact_target`` or ``fact_actual``; None where refused or blank."""
    before: Mapping[str, Any] | None = None
    """The version it supersedes, or repeats."""
    reasons: tuple[str, ...] = ()
    """Reason codes of what was found about it, cautions too."""
    blank_reason: str | None = None
    """Why a blank was left, where the return says so."""
