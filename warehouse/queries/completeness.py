"""Completeness: what was expected (from targets) and what was reported, by district and period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from warehouse.catalog import Catalog, District
from warehouse.measures.period import Period, from_key
from warehouse.measures.status import Status
from warehouse.queries.mart import mart
from warehouse.scope import Scope


@dataclass(frozen=True, slots=True)
class Completeness:
    """One district and half-year: series with a running target, those reported, and reports without a target."""

    district: District
    period: Period
    expected: int
    reported: int
    untargeted: int


def fetch_completeness(
    scope: Scope, connection: Connection, catalog: Catalog, as_of: datetime | None = None
) -> list[Completeness]:
    """By district and period, in order, now or as known at a moment. A series with several targets counts once."""
    table = mart(as_of)
    m = table.c
    missing = m.status == Status.UNREPORTED.value
    without = m.status == Status.MONITOR.value
    query = (
        select(
            m.district_key,
            m.period_key,
            func.count().label("rows"),
            func.sum(case((missing, 1), else_=0)).label("missing"),
            func.sum(case((without, 1), else_=0)).label("without"),
        )
        .where(m.is_primary, scope.where(catalog, table))
        .group_by(m.period_key, m.district_key)
    )
    found = [
        Completeness(
            district=catalog.districts[row.district_key],
            period=from_key(row.period_key),
            expected=row.rows - row.without,
            reported=row.rows - row.without - row.missing,
            untargeted=row.without,
        )
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda c: (c.district.sort_order, c.period))
