"""What a bulletin says, as values. Nothing here is text or rounded: ``Display`` writes numbers as pages do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dashboard.exports.request import BulletinRequest
from dashboard.tally import Tally
from warehouse.catalog import District, Domain, Indicator
from warehouse.measures.computed import NotComputable
from warehouse.measures.period import Period
from warehouse.measures.rollup import RollUp, Spread
from warehouse.measures.score import Score
from warehouse.queries.actions import ActionItem
from warehouse.queries.changes import Change
from warehouse.queries.mart import ProgressRow

Step = Callable[[int, int], None]
"""Told how many steps of how many are done; raises ``Cancelled`` where nobody waits any more."""


class Cancelled(Exception):
    """Who asked for a file does not want it any more."""


def no_steps(_done: int, _all: int) -> None:
    """For whoever does not want to be told."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what is expected was reported."""

    expected: int
    """Targets."""
    reported: int
    districts: int
    districts_targeted: int
    """Districts with a target due or running in the half-year."""
    districts_reported: int
    """Districts that reported at least one figure, of a target or not."""


@dataclass(frozen=True, slots=True)
class Cutoff:
    """Up to when the numbers know."""

    data_version: str
    loaded_on: datetime | None
    """When the last file that counts came in; None where none did."""
    asof: date | None
    """The day the data are seen as of, where one was chosen."""


@dataclass(frozen=True, slots=True)
class Silent:
    """The targets of a district that it did not report on."""

    district: District
    rows: tuple[ProgressRow, ...]
    overdue: int
    is_wholly: bool
    """Whether it reported nothing at all for the half-year."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A district among the others."""

    district: District
    tally: Tally
    score: Score
    """Over every target, five-year plans among them, as on the district's own page."""
    rank: int | None
    """None for a district that reported nothing or has no target, and for a single one."""
    is_tied: bool

    @property
    def value(self) -> Decimal | None:
        """得分 0–1; None where there is nothing to score."""
        return None if isinstance(self.score.value, NotComputable) else self.score.value


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One indicator and breakdown: a cell for each district of the bulletin, None where it has neither."""

    indicator: Indicator
    breakdown_key: int
    cells: tuple[ProgressRow | None, ...]
    total: RollUp | None
    """Over the districts that should report the series; None where there is but one."""
    spread: Spread | None
    """Of a standard, which is not added up."""

    @property
    def sample(self) -> ProgressRow:
        """Any of its cells, to name it by."""
        return next(cell for cell in self.cells if cell is not None)


@dataclass(frozen=True, slots=True)
class Section:
    """A domain."""

    domain: Domain
    tally: Tally
    lines: tuple[SeriesLine, ...]


@dataclass(frozen=True)
class Bulletin:
    """What is said. Districts in the order of the list; ``rows`` are primary, by district, domain and name."""

    request: BulletinRequest
    period: Period
    districts: tuple[District, ...]
    domains: tuple[Domain, ...]
    """Those chosen; all the reader may see where none was."""
    rows: tuple[ProgressRow, ...]
    tally: Tally
    coverage: Coverage
    cutoff: Cutoff
    achieved: tuple[ProgressRow, ...]
    on_track: tuple[ProgressRow, ...]
    behind: tuple[ProgressRow, ...]
    """Breached, missed, behind, slipping; within a light the lowest pace ratio or attainment first."""
    in_progress: tuple[ProgressRow, ...]
    unreported: tuple[Silent, ...]
    standings: tuple[Standing, ...]
    """By rank, those without one last."""
    sections: tuple[Section, ...]
    changes: tuple[Change, ...] | None
    """Light, figure or target of a primary row of the half-year; None where no day was named."""
    items: tuple[ActionItem, ...]
    """督办事项, the open ones."""
    tells_items: bool
    """Whether they are for this reader; the public and screens are not told of them."""
    today: date
