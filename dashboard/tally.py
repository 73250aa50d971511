"""Targets counted by light: what overviews and lists say of everything the filters select."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.reading import Reading
from warehouse.measures.period import from_key
from warehouse.measures.status import Status, is_overdue
from warehouse.queries.lights import Due

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


def tally(counts: Iterable[tuple[Status, Due, int]], reading: Reading) -> Tally:
    """Add up counts, with how many unreported ones are overdue today."""
    by_light: Counter[Status] = Counter()
    overdue = 0
    for light, due, rows in counts:
        by_light[light] += rows
        if light is Status.UNREPORTED and due.period_key is not None:
            overdue += rows if is_overdue(light, from_key(due.period_key), due.day, reading.today) else 0
    return Tally(dict(by_light), overdue)


def tally_all(reading: Reading) -> Tally:
    """The tally of everything the filters select."""
    return tally(((light, due, rows) for (_, light, due), rows in reading.counts.items()), reading)


def tallies(reading: Reading, counts: Counter[tuple[int, Status, Due]]) -> dict[int, Tally]:
    """By district."""
    of: dict[int, list[tuple[Status, Due, int]]] = {}
    for (district, light, due), rows in counts.items():
        of.setdefault(district, []).append((light, due, rows))
    return {district: tally(counts, reading) for district, counts in of.items()}
