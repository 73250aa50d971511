"""All lights of a selection at once, in columns: what overviews, lists and maps count from.

One read of the mart through a covering index, then counting in memory; a page that asked the
database for each of its counts would scan the same rows five times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, and_, case, select

from warehouse.catalog import Catalog
from warehouse.measures.status import Status
from warehouse.queries.mart import Place, Selection, condition, mart
from warehouse.scope import Scope

STATUSES = tuple(Status)
"""A light as a number is its place here."""
EMPTY = -1
"""No light."""
_UNREPORTED, _MONITOR = STATUSES.index(Status.UNREPORTED), STATUSES.index(Status.MONITOR)

Ints = npt.NDArray[np.int64]


class Due(NamedTuple):
    """When a target is due: its half-year, and the day where one is given."""

    period_key: int
    day: date | None


@dataclass(frozen=True)
class Dues:
    """Unreported targets, one entry each in every column."""

    districts: Ints
    indicators: Ints
    periods: Ints
    days: Ints
    """Ordinal of the due date, 0 where none is given."""


@dataclass(frozen=True)
class Lights:
    """Primary rows of the mart, one entry each in every column."""

    districts: Ints
    indicators: Ints
    breakdowns: Ints
    statuses: Ints
    """Place in ``STATUSES``."""
    previous: Ints
    """The same of the half-year before, ``EMPTY`` where the target did not run then."""
    dues: Dues
    """When those that are unreported are due."""

    def __len__(self) -> int:
        return len(self.statuses)

    def only(self, districts: Collection[int] | None, indicators: Collection[int] | None) -> Lights:
        """Those of some districts and indicators; None for all."""
        if districts is None and indicators is None:
            return self
        kept, due = (_are_in(part, districts, indicators) for part in (self, self.dues))
        columns = {field.name: getattr(self, field.name)[kept] for field in fields(self) if field.name != "dues"}
        dues = Dues(*(getattr(self.dues, field.name)[due] for field in fields(Dues)))
        return replace(self, **columns, dues=dues)

    @cached_property
    def by_district(self) -> Counter[tuple[int, Status]]:
        """How many rows of each district have a light."""
        return Counter({(key, STATUSES[code]): rows for (key, code), rows in _count(self.districts, self.statuses)})

    @cached_property
    def by_indicator(self) -> Counter[tuple[int, Status]]:
        """How many rows of each indicator have a light."""
        return Counter({(key, STATUSES[code]): rows for (key, code), rows in _count(self.indicators, self.statuses)})

    @cached_property
    def unreported(self) -> Counter[tuple[int, Due]]:
        """How many targets of each district were not reported, by when they are due."""
        found = _count(self.dues.districts, self.dues.periods, self.dues.days)
        return Counter(
            {
                (district, Due(period, date.fromordinal(day) if day else None)): rows
                for (district, period, day), rows in found
            }
        )

    @cached_property
    def moves(self) -> Counter[tuple[Status, Status]]:
        """(light before, light now) of targets that ran in the half-year before as well, unmoved ones too."""
        ran = self.previous != EMPTY
        found = _count(self.previous[ran], self.statuses[ran])
        return Counter({(STATUSES[before], STATUSES[now]): rows for (before, now), rows in found})

    def moved(self, before: Status, now: Status) -> Iterator[Place]:
        """The series that went from one light to another."""
        found = (self.previous == STATUSES.index(before)) & (self.statuses == STATUSES.index(now))
        for index in np.flatnonzero(found):
            yield Place(int(self.indicators[index]), int(self.districts[index]), int(self.breakdowns[index]))

    def cells(self, breakdown_key: int, rows: Sequence[Sequence[int]], columns: Sequence[int]) -> npt.NDArray[np.int8]:
        """The lights of one breakdown as a matrix, ``EMPTY`` where there is none.

        A row is an indicator, given as the keys of its definitions; where a district has several, the
        first counts; where it has a report and a promise due later, the report. A column is a district's key.
        """
        matrix = np.full((len(rows), len(columns)), EMPTY, dtype=np.int8)
        column_of = _places({key: place for place, key in enumerate(columns)})
        for definition in reversed(range(max(map(len, rows), default=0))):
            row_of = _places({keys[definition]: n for n, keys in enumerate(rows) if definition < len(keys)})
            row, column = _at(row_of, self.indicators), _at(column_of, self.districts)
            kept = (row >= 0) & (column >= 0) & (self.breakdowns == breakdown_key)
            for group in (self.statuses == _MONITOR, self.statuses == _UNREPORTED, self.statuses < _UNREPORTED):
                shown = kept & group
                matrix[row[shown], column[shown]] = self.statuses[shown]
        return matrix


def _are_in(
    part: Lights | Dues, districts: Collection[int] | None, indicators: Collection[int] | None
) -> npt.NDArray[np.bool_]:
    """Which entries are of some districts and indicators."""
    kept = np.ones(len(part.districts), dtype=bool)
    for column, wanted in ((part.districts, districts), (part.indicators, indicators)):
        if wanted is not None:
            kept &= np.isin(column, list(wanted))
    return kept


def _count(*columns: Ints) -> Iterator[tuple[tuple[int, ...], int]]:
    """Each combination of values that occurs, and how often."""
    if not len(columns[0]):
        return
    sizes = [int(column.max()) + 1 for column in columns]
    found, rows = np.unique(np.ravel_multi_index(columns, sizes), return_counts=True)
    values = zip(*(column.tolist() for column in np.unravel_index(found, sizes)), strict=True)
    yield from zip(values, rows.tolist(), strict=True)


def _places(of: Mapping[int, int]) -> Ints:
    """A table from keys to places, -1 for a key that has none."""
    table = np.full(max(of, default=0) + 1, -1, dtype=np.int64)
    table[list(of.keys())] = list(of.values())
    return table


def _at(table: Ints, keys: Ints) -> Ints:
    known = keys < len(table)
    return np.where(known, table[np.where(known, keys, 0)], -1)


def fetch_lights(scope: Scope, connection: Connection, catalog: Catalog, selection: Selection) -> Lights:
    """The lights of primary rows of a selection."""
    m = mart(selection.as_of)
    where = and_(condition(scope, catalog, m, selection), m.c.is_primary)
    rows = select(
        m.c.district_key, m.c.indicator_key, m.c.breakdown_key, _code(m.c.status), _code(m.c.previous_status)
    ).where(where)
    due = select(m.c.district_key, m.c.indicator_key, m.c.due_period_key, m.c.due_on).where(
        where, m.c.status == Status.UNREPORTED.value
    )
    dues = ((*keys, 0 if day is None else day.toordinal()) for *keys, day in connection.execute(due))
    districts, indicators, breakdowns, statuses, previous = _columns(connection.execute(rows), 5)
    return Lights(districts, indicators, breakdowns, statuses, previous, Dues(*_columns(dues, 4)))


def _code(status: ColumnElement[str | None]) -> ColumnElement[int]:
    """A light as its place in ``STATUSES``."""
    return case({light.value: code for code, light in enumerate(STATUSES)}, value=status, else_=EMPTY)


def _columns(rows: Iterable[Iterable[int]], width: int) -> Ints:
    """Rows of numbers as columns."""
    return np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, width).T
