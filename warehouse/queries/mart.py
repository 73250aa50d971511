"""Reading the mart: what is selected, and rows of it. Pages read only this table, through its indexes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, func, select, type_coerce, union_all

from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.forecast import IntervalBasis
from warehouse.measures.period import Period, from_key
from warehouse.measures.status import Status
from warehouse.scope import Scope


@dataclass(frozen=True, slots=True)
class Selection:
    """What part of the mart is asked for.

    ``period`` None: each district at its own latest report, with the promises due after it.
    ``as_of``: as it was known at a moment; None for now.
    """

    period: Period | None = None
    districts: frozenset[int] | None = None
    indicators: frozenset[int] | None = None
    breakdown: int | None = None
    statuses: frozenset[Status] | None = None
    as_of: datetime | None = None

    def only(self, **changes: Any) -> Selection:
        """The same with some parts replaced."""
        return replace(self, **changes)


class Place(NamedTuple):
    """One series: an indicator in a district and breakdown."""

    indicator_key: int
    district_key: int
    breakdown_key: int


class ProgressRow(NamedTuple):
    """One row of the mart; values in the indicator's unit, periods as keys."""

    indicator_key: int
    district_key: int
    breakdown_key: int
    period_key: int
    target_key: int | None
    actual_key: int | None
    is_primary: bool
    first_period_key: int | None
    due_period_key: int | None
    due_on: date | None
    comparator: str | None
    target: Decimal | None
    target_high: Decimal | None
    qualifier: str | None
    actual: Decimal | None
    attainment: Decimal | None
    attainment_reason: str | None
    progress_share: Decimal | None
    expected_share: Decimal | None
    share_basis: str | None
    pace_ratio: Decimal | None
    gap: Decimal | None
    status: str
    previous_status: str | None
    since_period_key: int | None
    is_stretch: bool
    forecast: Decimal | None
    forecast_low: Decimal | None
    forecast_high: Decimal | None
    forecast_basis: str | None
    interval_basis: str | None
    forecast_support: int
    weight: Decimal | None
    confidence: str
    rule_version: str

    @property
    def light(self) -> Status:
        """亮灯"""
        return Status(self.status)

    @property
    def place(self) -> Place:
        """Its series."""
        return Place(self.indicator_key, self.district_key, self.breakdown_key)

    @property
    def period(self) -> Period:
        """The half-year judged."""
        return from_key(self.period_key)

    @property
    def due(self) -> Period | None:
        """The half-year the target is due."""
        return None if self.due_period_key is None else from_key(self.due_period_key)


def mart(as_of: datetime | None) -> FromClause:
    """The mart now, or as it read at a moment."""
    if as_of is None:
        return t.fact_progress
    names = [c.name for c in t.fact_progress.c if c.name != "progress_key"]
    now, past = t.fact_progress, t.fact_progress_history
    return union_all(
        select(*(now.c[n] for n in names)).where(now.c.recorded_at <= as_of),
        select(*(past.c[n] for n in names)).where(past.c.recorded_at <= as_of, past.c.superseded_at > as_of),
    ).subquery("fact_progress_as_of")


def seen(scope: Scope, m: FromClause) -> dict[str, ColumnElement[Any]]:
    """The columns of the mart as a scope may see them.

    An interval drawn from the history of all districts is for readers who see all of them: a few
    others' shares could be worked out of it.
    """
    columns: dict[str, ColumnElement[Any]] = {c.name: c for c in m.c}
    if scope.districts is not None:
        is_pooled = m.c.interval_basis == IntervalBasis.POOLED_DISTRICTS
        for name, hidden in (("forecast_low", None), ("forecast_high", None), ("forecast_support", 0)):
            columns[name] = type_coerce(case((is_pooled, hidden), else_=m.c[name]), m.c[name].type).label(name)
        columns["interval_basis"] = func.nullif(m.c.interval_basis, IntervalBasis.POOLED_DISTRICTS).label(
            "interval_basis"
        )
    return columns


def within(
    scope: Scope,
    catalog: Catalog,
    m: FromClause,
    districts: Iterable[int] | None = None,
    indicators: Iterable[int] | None = None,
) -> ColumnElement[bool]:
    """The WHERE of some districts and indicators (None: all) within a scope, whatever the half-year."""
    parts = [scope.where(catalog, m)]
    if districts is not None:
        parts.append(m.c.district_key.in_(sorted(districts)))
    if indicators is not None:
        parts.append(m.c.indicator_key.in_(sorted(indicators)))
    return and_(*parts)


def condition(scope: Scope, catalog: Catalog, m: FromClause, selection: Selection) -> ColumnElement[bool]:
    """The WHERE of a selection within a scope."""
    parts = [within(scope, catalog, m, selection.districts, selection.indicators)]
    if selection.period is None:
        parts.append(m.c.is_current)
    else:
        parts.append(m.c.period_key == selection.period.key)
    if selection.breakdown is not None:
        parts.append(m.c.breakdown_key == selection.breakdown)
    if selection.statuses is not None:
        parts.append(m.c.status.in_(sorted(selection.statuses)))
        if Status.MONITOR not in selection.statuses:
            parts.append(m.c.target_key.is_not(None))  # only a figure without a target is just watched; the index knows
    return and_(*parts)


def fetch_rows(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    selection: Selection,
    *,
    primary_only: bool = True,
    order: Iterable[str] = (),
    limit: int | None = None,
) -> list[ProgressRow]:
    """Rows of a selection; ``order`` names columns to sort by, missing values last."""
    m = mart(selection.as_of)
    where = condition(scope, catalog, m, selection)
    if primary_only:
        where = and_(where, m.c.is_primary)
    return _rows(scope, connection, m, where, order, limit)


def fetch_series(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    indicators: Iterable[int],
    districts: Iterable[int] | None = None,
    as_of: datetime | None = None,
) -> list[ProgressRow]:
    """All rows of indicators, every period and target, in time; for trends."""
    m = mart(as_of)
    where = within(scope, catalog, m, districts, indicators)
    return _rows(scope, connection, m, where, ("district_key", "breakdown_key", "period_key", "due_period_key"), None)


def fetch_places(
    scope: Scope, connection: Connection, catalog: Catalog, selection: Selection, places: Iterable[Place]
) -> list[ProgressRow]:
    """The primary rows of a few series, in the order of ``places``."""
    order = {place: index for index, place in enumerate(places)}
    around = selection.only(
        districts=frozenset(place.district_key for place in order),
        indicators=frozenset(place.indicator_key for place in order),
    )
    found = fetch_rows(scope, connection, catalog, around)
    return sorted((row for row in found if row.place in order), key=lambda row: order[row.place])


def fetch_periods(scope: Scope, connection: Connection, catalog: Catalog) -> list[Period]:
    """Every half-year the mart speaks of, newest first."""
    m = t.fact_progress
    query = select(m.c.period_key).where(scope.where(catalog, m)).distinct()
    return sorted((from_key(key) for key in connection.execute(query).scalars()), reverse=True)


def fetch_latest_reports(
    scope: Scope, connection: Connection, catalog: Catalog, as_of: datetime | None = None
) -> dict[int, Period | None]:
    """By district with anything in the mart: the last half-year it reported, None where it never did."""
    m = mart(as_of)
    # of current rows with a figure, later ones are milestones done before they began
    reported = func.min(m.c.period_key).filter(m.c.actual_key.is_not(None))
    query = select(m.c.district_key, reported).where(scope.where(catalog, m), m.c.is_current).group_by(m.c.district_key)
    return {key: None if period is None else from_key(period) for key, period in connection.execute(query)}


def _rows(
    scope: Scope,
    connection: Connection,
    m: FromClause,
    where: ColumnElement[bool],
    order: Iterable[str],
    limit: int | None,
) -> list[ProgressRow]:
    columns = seen(scope, m)
    query = select(*(columns[name] for name in ProgressRow._fields)).where(where)
    for name in order:
        if m.c[name].nullable:
            query = query.order_by(m.c[name].is_(None))
        query = query.order_by(m.c[name])
    return [ProgressRow._make(row) for row in connection.execute(query.limit(limit))]
