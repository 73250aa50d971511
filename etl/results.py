"""What became, or would become, of one file: the answer of check, load, look and approve alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from etl.fates import Fate
from etl.findings import Finding
from etl.layout import SheetLayout
from etl.rules import LightChange
from warehouse.errors import DabiaoError
from warehouse.measures.status import Status


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about a file that is no finding about a row: a sheet left out, rows skipped."""

    zh: str
    en: str
    sheet: str | None = None
    row_no: int | None = None
    """As a spreadsheet counts, from 1; None where it is of the whole sheet or file."""

    def text(self, language: str) -> str:
        """The note in ``zh`` or ``en``."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Lights:
    """What a file would do to the lights of the mart."""

    changes: tuple[LightChange, ...] = ()
    """By district, indicator, breakdown, half-year and due half-year."""
    appearing: Mapping[Status, int] = field(default_factory=dict)
    """Rows the mart has none of yet, by their light."""
    vanishing: Mapping[Status, int] = field(default_factory=dict)
    """Rows the mart would no longer have, by their light."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became, or would become, of one file."""

    file_name: str
    state: str
    """published, unchanged, checked, undone_before, undone or failed"""
    batch_key: int | None = None
    rows_in: int = 0
    rows_accepted: int = 0
    added: int = 0
    corrected: int = 0
    withdrawn: int = 0
    refusals: tuple[Finding, ...] = ()
    """The first finding of each row refused, in the order of the file."""
    ignored_columns: tuple[str, ...] = ()
    error: DabiaoError | None = None
    findings: tuple[Finding, ...] = ()
    """Everything found, refusals and cautions, in the order of the file."""
    fates: tuple[Fate, ...] = ()
    """Of a dry run: what would become of each figure, in the order of the file."""
    layouts: tuple[SheetLayout, ...] = ()
    blanks: int = 0
    """Blanks of which the return says why, and did not say before."""
    notes: tuple[Note, ...] = ()
    repeats: int | None = None
    """The published batch that brought the same content before."""
    lights: Lights | None = None
    """Of a dry run that was asked for them: the lights that would change."""

    @property
    def rows_rejected(self) -> int:
        """Rows refused."""
        return self.rows_in - self.rows_accepted

    @property
    def changes(self) -> int:
        """How many facts and reasons for blanks are new, corrected or withdrawn."""
        return self.added + self.corrected + self.withdrawn + self.blanks
