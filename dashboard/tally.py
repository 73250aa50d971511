"""Targets counted by light: what overviews and lists say of everything the filters select."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dashboard.reading import Reading
from warehouse.measures.period import from_key
from warehouse.measures.score import Judged, Score, score
from warehouse.measures.status import Status, is_overdue
from warehouse.queries.lights import Lights
from warehouse.queries.mart import ProgressRow

LIGHTS = (
    Status.MET,
    Status.ON_TRACK,
    Status.IN_PROGRESS,
    Status.SLIPPING,
    Status.BEHIND,
    Status.MISSED,
    Status.BREACHED,
    Status.UNREPORTED,
)
"""Every light of a target, in the order of the strip; monitored indicators have none."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Targets by light, monitored series apart."""

    by_light: dict[Status, int]
    overdue: int

    @property
    def targets(self) -> int:
        """All targets."""
        return sum(count for light, count in self.by_light.items() if light is not Status.MONITOR)

    @property
    def monitored(self) -> int:
        """Series with an actual and no target."""
        return self.by_light.get(Status.MONITOR, 0)

    @property
    def reported(self) -> int:
        """Targets with an actual."""
        return self.targets - self.by_light.get(Status.UNREPORTED, 0)

    def count(self, *lights: Status) -> int:
        """How many have one of these lights."""
        return sum(self.by_light.get(light, 0) for light in lights)

    @property
    def parts(self) -> list[tuple[str, int]]:
        """(light, count) in the order of the strip."""
        return [(light.value, self.by_light.get(light, 0)) for light in LIGHTS]


def tallies(reading: Reading, lights: Lights) -> dict[int, Tally]:
    """By district."""
    overdue = _overdue(reading, lights)
    of: dict[int, dict[Status, int]] = {}
    for (district, light), rows in lights.by_district.items():
        of.setdefault(district, {})[light] = rows
    return {district: Tally(by_light, overdue[district]) for district, by_light in of.items()}


def together(tallies: Iterable[Tally]) -> Tally:
    """Several tallies as one."""
    by_light: Counter[Status] = Counter()
    overdue = 0
    for tally in tallies:
        by_light.update(tally.by_light)
        overdue += tally.overdue
    return Tally(dict(by_light), overdue)


def tally_of(rows: Iterable[ProgressRow], today: date) -> Tally:
    """The tally of primary rows of the mart, as they would be counted by their lights."""
    by_light: Counter[Status] = Counter()
    overdue = 0
    for row in rows:
        by_light[row.light] += 1
        overdue += is_row_overdue(row, today)
    return Tally(dict(by_light), overdue)


def is_row_overdue(row: ProgressRow, today: date) -> bool:
    """逾期: whether a row is not reported, and should have been by now."""
    return row.due is not None and is_overdue(row.light, row.due, row.due_on, today)


def score_of(rows: Iterable[ProgressRow]) -> Score:
    """考核得分 of a district over the targets due or running in a half-year, all of which ``rows`` has."""
    return score(
        [
            Judged(Decimal(1) if row.weight is None else row.weight, row.attainment, row.light)
            for row in rows
            if row.target_key is not None and row.light is not Status.MONITOR
        ]
    )


def _overdue(reading: Reading, lights: Lights) -> Counter[int]:
    """How many unreported targets of each district are overdue today."""
    overdue: Counter[int] = Counter()
    for (district, due), rows in lights.unreported.items():
        if is_overdue(Status.UNREPORTED, from_key(due.period_key), due.day, reading.today):
            overdue[district] += rows
    return overdue
