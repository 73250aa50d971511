"""What a half-year's returns should hold, what came of it and when, and what is to be chased (催报).

A figure is expected where a target for it runs, and where the district reported it in the same half of
the year before. A milestone is expected in the half-year it is due, and no other. What was reported for
the whole year only, two years running, is not expected in a first half for a target due later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.arrival import RETURN_DAYS, Arrival, arrival, came_on
from warehouse.measures.period import Period, from_key, span
from warehouse.measures.quantity import convert
from warehouse.measures.target import MeasureType
from warehouse.queries.facts import stands
from warehouse.queries.mart import Place, mart
from warehouse.scope import Scope

_A_YEAR = 10
"""Between the keys of a half-year and the same half of the next year."""


class Expected(NamedTuple):
    """One figure a district should report for a half-year, and what became of it.

    Values in the indicator's unit, periods as keys. The target is the one in force then that is due first.
    """

    indicator_key: int
    district_key: int
    breakdown_key: int
    period_key: int
    by_target: bool
    """Expected because a target runs."""
    by_history: bool
    """Expected because it was reported a year before."""
    target_key: int | None
    due_period_key: int | None
    due_on: date | None
    comparator: str | None
    target: Decimal | None
    target_high: Decimal | None
    actual_key: int | None
    """The version believed; None where none came, or what came was taken back."""
    first_at: datetime | None
    """When the first version was recorded, those of undone batches aside."""
    first_batch_key: int | None
    came_on: date | None
    """The day it counts as come."""
    revisions: int
    """How often it was corrected since."""
    blank_reason: str | None
    """Why it was left blank, where the last return that says so still counts and no figure came."""
    last_period_key: int | None
    """The last half-year before for which there is a figure."""
    last: Decimal | None
    last_qualifier: str | None

    @property
    def period(self) -> Period:
        """The half-year."""
        return from_key(self.period_key)

    @property
    def place(self) -> Place:
        """Its series."""
        return Place(self.indicator_key, self.district_key, self.breakdown_key)

    def arrival(self, days: int = RETURN_DAYS) -> Arrival:
        """Whether it came in time, with a deadline so many days after the half-year."""
        return arrival(self.period, self.came_on, self.blank_reason is not None, days)


def fetch_expected(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    district_key: int | None = None,
    period: Period | None = None,
    as_of: datetime | None = None,
) -> list[Expected]:
    """Every figure expected of a district (None: all) for a half-year (None: all), by district, domain and indicator.

    Now, or as known at a moment.
    """
    if period is None:
        periods = reversed(fetch_expected_periods(scope, connection, catalog, as_of))
        return [e for at in periods for e in fetch_expected(scope, connection, catalog, district_key, at, as_of)]
    asked = _Asked(scope, connection, catalog, period, district_key, as_of)
    dues, blanks, last = list(_dues(asked)), _blanks(asked), _last(asked)
    found = [_expected(asked, due, blanks.get(due.place), last.get(due.place)) for due in dues]
    domains = {code: number for number, code in enumerate(catalog.domains)}
    of_indicator = {i.key: (domains[i.domain_code], i.name_zh, i.key) for i in catalog.indicators.values()}
    of_district = {key: x.sort_order for key, x in catalog.districts.items()}
    of_breakdown = {key: x.sort_order for key, x in catalog.breakdowns.items()}
    found.sort(
        key=lambda e: (of_district[e.district_key], of_indicator[e.indicator_key], of_breakdown[e.breakdown_key])
    )
    return found


def count_arrivals(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    period: Period,
    days: int = RETURN_DAYS,
    district_key: int | None = None,
    as_of: datetime | None = None,
) -> dict[int, Counter[Arrival]]:
    """By district of which anything is expected for a half-year: how many figures came in time, late, or not."""
    asked = _Asked(scope, connection, catalog, period, district_key, as_of)
    blanks, counts = _blanks(asked), dict[int, Counter[Arrival]]()
    for due in _dues(asked):
        what = arrival(period, due.came_on, due.place in blanks, days)
        counts.setdefault(due.place.district_key, Counter())[what] += 1
    return counts


def fetch_expected_periods(
    scope: Scope, connection: Connection, catalog: Catalog, as_of: datetime | None = None
) -> list[Period]:
    """The half-years for which something may be expected, newest first; those to come included."""
    m = mart(as_of)
    seen = and_(scope.where(catalog, m), m.c.is_primary)
    targets = select(m.c.period_key).where(seen, m.c.period_key <= m.c.due_period_key).distinct()
    years = select(m.c.period_key + _A_YEAR).where(seen, m.c.actual_key.is_not(None)).distinct()
    found = {*connection.execute(targets).scalars(), *connection.execute(years).scalars()}
    return sorted((from_key(key) for key in found), reverse=True)


@dataclass(frozen=True, slots=True)
class _Asked:
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


class _Last(NamedTuple):
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
    target_key: int | None
    first_period_key: int | None
    due_period_key: int | None
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


class _Due(NamedTuple):
    """One figure that is expected, with its row of the mart where there is one."""

    place: Place
    by_target: bool
    by_history: bool
    row: _Row | None
    earlier: _Versions | None
    came_on: date | None


def _dues(asked: _Asked) -> Iterator[_Due]:
    """What is expected, and what came."""
    period_key, here = asked.period.key, _rows(asked)
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
            yield _Due(place, by_target, by_history, row, before, days.of(row, before))
    for place in year_ago - here.keys():
        if place.district_key not in gone:
            yield _Due(place, False, True, None, None, None)


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


def _rows(asked: _Asked) -> dict[Place, _Row]:
    """The mart's rows for the half-year."""
    m, f = mart(asked.as_of), t.fact_actual
    query = (
        select(
            m.c.indicator_key, m.c.district_key, m.c.breakdown_key, m.c.target_key, m.c.first_period_key,
            m.c.due_period_key, m.c.due_on, m.c.comparator, m.c.target, m.c.target_high, m.c.actual_key,
            f.c.period_key, f.c.recorded_at, f.c.source_key, f.c.batch_key,
        )
        .outerjoin(f, f.c.actual_key == m.c.actual_key)
        .where(m.c.period_key == asked.period.key, m.c.is_primary)
    )  # fmt: skip
    rows = (_Row(Place(i, d, b), *rest) for i, d, b, *rest in asked.fetch(query, m))
    return {row.place: row for row in rows}


def _year_ago(asked: _Asked) -> frozenset[Place]:
    """Series reported for the same half of the year before, under the definition that holds now."""
    m, catalog = mart(asked.as_of), asked.catalog
    query = select(m.c.indicator_key, m.c.district_key, m.c.breakdown_key).where(
        m.c.period_key == asked.period.key - _A_YEAR, m.c.is_primary, m.c.actual_key.is_not(None)
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


def _reported_yearly(asked: _Asked) -> frozenset[Place]:
    """Series reported at the end of both years before, and in neither for the first half."""
    m, period = mart(asked.as_of), asked.period
    grain = (m.c.indicator_key, m.c.district_key, m.c.breakdown_key)
    years = [at.key for at in span(Period(period.year - 2, 1), period.previous)]
    query = (
        select(*grain)
        .where(m.c.period_key.in_(years), m.c.is_primary, m.c.actual_key.is_not(None))
        .group_by(*grain)
        .having(func.count() == 2, func.min(m.c.period_key % _A_YEAR) == 2)
    )
    return frozenset(Place(*row) for row in asked.fetch(query, m))


def _earlier(asked: _Asked) -> dict[tuple[Place, int], _Versions]:
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


def _blanks(asked: _Asked) -> dict[Place, str]:
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


def _last(asked: _Asked) -> dict[Place, _Last]:
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
    return {Place(i, d, b): _Last(*rest) for i, d, b, *rest in asked.fetch(query, f)}


def _expected(asked: _Asked, due: _Due, blank_reason: str | None, last: _Last | None) -> Expected:
    row, earlier, has_come = due.row, due.earlier, due.came_on is not None
    target: tuple[Any, ...] = (None,) * 6
    if row is not None and row.runs(asked.period.key):
        target = (row.target_key, row.due_period_key, row.due_on, row.comparator, row.target, row.target_high)
    first = (earlier or row) if has_come else None
    return Expected._make((
        *due.place, asked.period.key, due.by_target, due.by_history, *target,
        row.actual_key if row else None, first.recorded_at if first else None, first.batch_key if first else None,
        due.came_on, earlier.number if earlier else 0, None if has_come else blank_reason,
        *(last.in_unit(asked.catalog, due.place) if last else (None, None, None)),
    ))  # fmt: skip


def _gone(asked: _Asked) -> frozenset[int]:
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
