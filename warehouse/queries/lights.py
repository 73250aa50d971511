"""All lights of a selection at once, in columns: what overviews, lists and maps count from.

One read of the mart through a covering index, then counting in memory; a page that asked the
database for each of its counts would scan the same rows five times.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import compress
from typing import NamedTuple

from sqlalchemy import Connection, select

from warehouse.catalog import Catalog
from warehouse.measures.status import Status
from warehouse.queries.mart import Place, Selection, condition, mart
from warehouse.scope import Scope

_STATUSES = tuple(Status)
_CODES = {status.value: code for code, status in enumerate(_STATUSES)}
_NONE = len(_STATUSES)
_NO_DAY = 0


class Due(NamedTuple):
    """When a target is due: its half-year, and the day where one is given; empty for monitored series."""

    period_key: int | None
    day: date | None


@dataclass(frozen=True, slots=True)
class Lights:
    """Primary rows of the mart, one entry each in every column."""

    districts: array[int]
    indicators: array[int]
    breakdowns: array[int]
    statuses: bytes
    """Index into ``Status``."""
    previous: bytes
    """The same of the half-year before, its length where there was none."""
    is_new: bytes
    """1 where the target begins in the half-year itself, so that the one before is no yardstick."""
    due_periods: array[int]
    due_days: array[int]
    """Ordinal of the due date, 0 where none is given."""

    def __len__(self) -> int:
        return len(self.statuses)

    def only(self, districts: Collection[int] | None, indicators: Collection[int] | None) -> Lights:
        """Those of some districts and indicators; None for all."""
        if districts is None and indicators is None:
            return self
        wanted_d = set(self.districts) if districts is None else set(districts)
        wanted_i = set(self.indicators) if indicators is None else set(indicators)
        mask = [d in wanted_d and i in wanted_i for d, i in zip(self.districts, self.indicators, strict=True)]
        return Lights(
            array("I", compress(self.districts, mask)),
            array("I", compress(self.indicators, mask)),
            array("I", compress(self.breakdowns, mask)),
            bytes(compress(self.statuses, mask)),
            bytes(compress(self.previous, mask)),
            bytes(compress(self.is_new, mask)),
            array("I", compress(self.due_periods, mask)),
            array("I", compress(self.due_days, mask)),
        )

    def by_district(self) -> Counter[tuple[int, Status, Due]]:
        """How many rows of each district have a light, by when their target is due."""
        counted = Counter(zip(self.districts, self.statuses, self.due_periods, self.due_days, strict=True))
        return Counter(
            {
                (district, _STATUSES[code], Due(period or None, date.fromordinal(day) if day else None)): rows
                for (district, code, period, day), rows in counted.items()
            }
        )

    def by_indicator(self) -> Counter[tuple[int, Status]]:
        """How many rows of each indicator have a light."""
        counted = Counter(zip(self.indicators, self.statuses, strict=True))
        return Counter({(indicator, _STATUSES[code]): rows for (indicator, code), rows in counted.items()})

    def moves(self) -> Counter[tuple[Status, Status]]:
        """(light before, light now) of targets that ran in the half-year before as well, unmoved ones too."""
        counted = Counter(zip(self.previous, self.statuses, self.is_new, strict=True))
        return Counter(
            {
                (_STATUSES[before], _STATUSES[now]): rows
                for (before, now, is_new), rows in counted.items()
                if before != _NONE and not is_new
            }
        )

    def moved(self, before: Status, now: Status) -> Iterator[Place]:
        """The series that went from one light to another."""
        pair = (_CODES[before], _CODES[now], 0)
        for index, found in enumerate(zip(self.previous, self.statuses, self.is_new, strict=True)):
            if found == pair:
                yield Place(self.indicators[index], self.districts[index], self.breakdowns[index])

    def grid(self, breakdown_key: int) -> dict[int, dict[int, Status]]:
        """District → indicator → light, for one breakdown."""
        grid: dict[int, dict[int, Status]] = {}
        for district, indicator, breakdown, code in zip(
            self.districts, self.indicators, self.breakdowns, self.statuses, strict=True
        ):
            if breakdown == breakdown_key:
                grid.setdefault(district, {})[indicator] = _STATUSES[code]
        return grid


def fetch_lights(scope: Scope, connection: Connection, catalog: Catalog, selection: Selection) -> Lights:
    """The lights of primary rows of a selection."""
    m = mart(selection.as_of)
    columns = (
        m.c.district_key, m.c.indicator_key, m.c.breakdown_key, m.c.status, m.c.previous_status, m.c.period_key,
        m.c.first_period_key, m.c.due_period_key, m.c.due_on,
    )  # fmt: skip
    where = condition(scope, catalog, m, selection)
    rows = connection.execute(select(*columns).where(where, m.c.is_primary)).all()
    districts, indicators, breakdowns, statuses, previous, periods, firsts, dues, days = (
        zip(*rows, strict=True) if rows else ((),) * len(columns)
    )
    return Lights(
        array("I", districts),
        array("I", indicators),
        array("I", breakdowns),
        bytes(map(_CODES.__getitem__, statuses)),
        bytes(_NONE if status is None else _CODES[status] for status in previous),
        bytes(map(int.__eq__, periods, (first or 0 for first in firsts))),
        array("I", (due or 0 for due in dues)),
        array("I", (_NO_DAY if day is None else day.toordinal() for day in days)),
    )
