"""The reads behind ``queries.expected``: sets of rows, brought together by series in memory.

One statement that joined them would be left to the planner, and SQLite's compares every row with every other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, null, or_, select

from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.arrival import came_on
from warehouse.measures.period import Period
from warehouse.measures.quantity import convert
from warehouse.measures.target import MeasureType
from warehouse.queries.facts import stands
from warehouse.queries.mart import Place, mart
from warehouse.scope import Scope

A_YEAR = 10
"""Between the keys of a half-year and the same half of the next year."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom, for which half-year, and as known when something is asked."""

    scope: Scope
    connection: Connection
    catalog: Catalog
    period: Period
    district_key: int | None
    as_of: datetime | None

    def fetch(self, query: Select[Any], table: Any) -> Sequence[Any]:
        """Rows of a query over a table, within the scope and of the district where one is named."""
        query = query.where(self.scope.where(self.catalog, table))
        if self.district_key is not None:
            query = query.where(table.c.district_key == self.district_key)
        return self.connection.execute(query).all()


class _Versions(NamedTuple):
    """The versions of a figure before the one believed: when the first came, and how many they are."""

    recorded_at: datetime
    batch_key: int
    published_on: date | None
    number: int


class Last(NamedTuple):
    """The last figure of a series before the half-year, in the unit of its source."""

    period_key: int
    value: Decimal
    unit_code: str
    qualifier: str | None

    def in_unit(self, catalog: Catalog, place: Place) -> tuple[int, Decimal, str | None]:
        """Half-year, value in the indicator's unit, and how exact it is."""
        indicator = catalog.indicators[place.indicator_key]
        if self.unit_code == indicator.unit_code:
            return self.period_key, self.value, self.qualifier
        value = convert(self.value, catalog.units[self.unit_code].unit, catalog.unit_of(indicator))
        return self.period_key, value, self.qualifier


class _Row(NamedTuple):
    """The mart's row of a series for the half-year, the target due nearest; and the fact behind its actual."""

    place: Place
    first_period_key: int | None
    due_period_key: int | None
    target_key: int | None
    due_on: date | None
    comparator: str | None
    target: Decimal | None
    target_high: Decimal | None
    actual_key: int | None
    reported_key: int | None
    recorded_at: datetime | None
    source_key: int | None
    batch_key: int | None

    def runs(self, period_key: int) -> bool:
        """Whether its target runs."""
        first, due = self.first_period_key, self.due_period_key
        return first is not None and due is not None and first <= period_key <= due


class Due(NamedTuple):
    """One figure that is expected, with its row of the mart where there is one."""

    place: Place
    by_target: bool
    by_history: bool
    row: _Row | None
    earlier: _Versions | None
    came_on: date | None


def fetch_dues(asked: Asked, *, with_targets: bool) -> Iterator[Due]:
    """What is expected, and what came; without the targets themselves where one only counts."""
    period_key, here = asked.period.key, _rows(asked, with_targets)
    year_ago, gone, earlier = _year_ago(asked), _gone(asked), _earlier(asked)
    yearly = _reported_yearly(asked) if asked.period.semester == 1 else frozenset()
    milestones, days = _milestones(asked.catalog), _Days(asked.catalog)
    for place, row in here.items():
        by_target = row.runs(period_key)
        if by_target and row.due_period_key != period_key:
            by_target = place not in yearly and place.indicator_key not in milestones
        by_history = place in year_ago
        if (by_target or by_history) and place.district_key not in gone:
            before = None if row.reported_key is None else earlier.get((place, row.reported_key))
            yield Due(place, by_target, by_history, row, before, days.of(row, before))
    for place in year_ago - here.keys():
        if place.district_key not in gone:
            yield Due(place, False, True, None, None, None)


class _Days:
    """The days on which figures count as come; those of one batch and source came on one day."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._known = catalog, dict[tuple[datetime, int], date]()

    def of(self, row: _Row, earlier: _Versions | None) -> date | None:
        """The day of the first version of a figure; None where none came."""
        if row.recorded_at is None or row.source_key is None:
            return None
        key = (row.recorded_at, row.source_key)
        day = self._known.get(key)
        if day is None:
            day = self._known[key] = came_on(row.recorded_at, self._catalog.sources[row.source_key].published_on)
        return day if earlier is None else min(day, came_on(earlier.recorded_at, earlier.published_on))


def _rows(asked: Asked, with_targets: bool) -> dict[Place, _Row]:
    """The mart's rows for the half-year. Without targets an index alone answers it."""
    m, f = mart(asked.as_of), t.fact_actual
    target = (m.c.target_key, m.c.due_on, m.c.comparator, m.c.target, m.c.target_high)
    query = (
        select(
            m.c.indicator_key, m.c.district_key, m.c.breakdown_key, m.c.first_period_key, m.c.due_period_key,
            *(column if with_targets else null() for column in target),
            m.c.actual_key, f.c.period_key, f.c.recorded_at, f.c.source_key, f.c.batch_key,
        )
        .outerjoin(f, f.c.actual_key == m.c.actual_key)
        .where(m.c.period_key == asked.period.key, m.c.is_primary)
    )  # fmt: skip
    rows = (_Row(Place(i, d, b), *rest) for i, d, b, *rest in asked.fetch(query, m))
    return {row.place: row for row in rows}


def _year_ago(asked: Asked) -> frozenset[Place]:
    """Series reported for the same half of the year before, under the definition that holds now."""
    m, catalog = mart(asked.as_of), asked.catalog
    query = select(m.c.indicator_key, m.c.district_key, m.c.breakdown_key).where(
        m.c.period_key == asked.period.key - A_YEAR, m.c.is_primary, m.c.actual_key.is_not(None)
    )
    holding: dict[int, int] = {}
    for versions in catalog.indicators_by_code.values():
        now = next((i for i in versions if i.holds_on(asked.period.end_on)), None)
        if (
            now is not None
            and now.measure_type is not MeasureType.MILESTONE
            and asked.scope.sees_domain(now.domain_code)
        ):
            holding |= {i.key: now.key for i in versions}
    rows = asked.fetch(query, m)
    return frozenset(Place(holding[row[0]], row[1], row[2]) for row in rows if row[0] in holding)


def _reported_yearly(asked: Asked) -> frozenset[Place]:
    """Series reported at the end of both years before, and in neither for the first half."""
    m, period = mart(asked.as_of), asked.period
    grain = (m.c.indicator_key, m.c.district_key, m.c.breakdown_key)
    years = [period.key - 2 * A_YEAR, period.key - 2 * A_YEAR + 1, period.key - A_YEAR, period.key - A_YEAR + 1]
    query = (
        select(*grain)
        .where(m.c.period_key.in_(years), m.c.is_primary, m.c.actual_key.is_not(None))
        .group_by(*grain)
        .having(func.count() == 2, func.min(m.c.period_key % A_YEAR) == 2)
    )
    return frozenset(Place(*row) for row in asked.fetch(query, m))


def _earlier(asked: Asked) -> dict[tuple[Place, int], _Versions]:
    """By series and half-year: the versions that were superseded, but for those of batches that were undone."""
    f = t.fact_actual.c
    gone = f.superseded_at.is_not(None) if asked.as_of is None else f.superseded_at <= asked.as_of
    is_asked = or_(f.period_key == asked.period.key, f.indicator_key.in_(_milestones(asked.catalog)))
    query = (
        select(f.indicator_key, f.district_key, f.breakdown_key, f.period_key, f.recorded_at, f.batch_key, f.source_key)
        .join(t.load_batch, t.load_batch.c.batch_key == f.batch_key)
        .where(gone, is_asked, _counts(asked.as_of))
        .order_by(f.recorded_at, f.actual_key)
    )
    found: dict[tuple[Place, int], _Versions] = {}
    for *grain, period_key, recorded_at, batch_key, source_key in asked.fetch(query, t.fact_actual):
        figure, published = (Place(*grain), period_key), asked.catalog.sources[source_key].published_on
        first = found.get(figure, _Versions(recorded_at, batch_key, published, 0))
        days = [day for day in (first.published_on, published) if day is not None]
        found[figure] = first._replace(published_on=min(days, default=None), number=first.number + 1)
    return found


def fetch_blanks(asked: Asked) -> dict[Place, str]:
    """Why figures were left blank, as published last."""
    b = t.blank_reason.c
    query = (
        select(b.indicator_key, b.district_key, b.breakdown_key, b.reason)
        .join(t.load_batch, t.load_batch.c.batch_key == b.batch_key)
        .where(b.period_key == asked.period.key, _counts(asked.as_of))
        .order_by(b.recorded_at, b.blank_key)
    )
    if asked.as_of is not None:
        query = query.where(b.recorded_at <= asked.as_of)
    return {Place(*grain): reason for *grain, reason in asked.fetch(query, t.blank_reason)}


def fetch_last(asked: Asked) -> dict[Place, Last]:
    """The last figure of each series before the half-year."""
    f, before = t.fact_actual, t.fact_actual.alias("before")
    grain = (before.c.indicator_key, before.c.district_key, before.c.breakdown_key)
    newest = (
        select(*grain, func.max(before.c.period_key).label("period_key"))
        .where(stands(before, asked.as_of), before.c.period_key < asked.period.key)
        .group_by(*grain)
        .subquery("newest")
    )
    figure = (f.c.indicator_key, f.c.district_key, f.c.breakdown_key, f.c.period_key)
    query = (
        select(*figure, f.c.value, f.c.unit_code, f.c.qualifier)
        .join(newest, and_(*(column == newest.c[column.name] for column in figure)))
        .where(stands(f, asked.as_of))
    )
    return {Place(i, d, b): Last(*rest) for i, d, b, *rest in asked.fetch(query, f)}


def _gone(asked: Asked) -> frozenset[int]:
    """Districts that do not exist in the half-year: one that was merged away owes nothing any more."""
    d, period = t.dim_district.c, asked.period
    query = select(d.district_key).where(or_(d.valid_to < period.start_on, d.valid_from > period.end_on))
    return frozenset(asked.connection.execute(query).scalars())


def _milestones(catalog: Catalog) -> frozenset[int]:
    return frozenset(i.key for i in catalog.indicators.values() if i.measure_type is MeasureType.MILESTONE)


def _counts(as_of: datetime | None) -> ColumnElement[bool]:
    """Whether a batch is published and not undone, or was at a moment."""
    b = t.load_batch.c
    published: ColumnElement[bool] = b.state == "published"
    return published if as_of is None else or_(published, and_(b.state == "undone", b.undone_at > as_of))
