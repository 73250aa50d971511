"""What a half-year's returns should hold, what came of it and when, and what is to be chased (催报).

A figure is expected where a target for it runs, and where the district reported it in the same half of
the year before. A milestone is expected in the half-year it is due, and no other. What was reported for
the whole year only, two years running, is not expected in a first half for a target due later.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select

from warehouse.catalog import Catalog
from warehouse.measures.arrival import RETURN_DAYS, Arrival, arrival
from warehouse.measures.period import Period, from_key
from warehouse.queries.due import A_YEAR, Asked, Due, Last, fetch_blanks, fetch_dues, fetch_last
from warehouse.queries.mart import Place, mart
from warehouse.scope import Scope

_LAST = 2999 * A_YEAR
"""From here on there is no half-year a year later."""


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
    asked = Asked(scope, connection, catalog, period, district_key, as_of)
    dues, blanks, last = list(fetch_dues(asked, with_targets=True)), fetch_blanks(asked), fetch_last(asked)
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
    asked = Asked(scope, connection, catalog, period, district_key, as_of)
    blanks, counts = fetch_blanks(asked), dict[int, Counter[Arrival]]()
    dues = fetch_dues(asked, with_targets=False)
    groups = Counter((due.place.district_key, due.came_on, due.place in blanks) for due in dues)
    for (district, came, is_explained), number in groups.items():
        counts.setdefault(district, Counter())[arrival(period, came, is_explained, days)] += number
    return counts


def fetch_expected_periods(
    scope: Scope, connection: Connection, catalog: Catalog, as_of: datetime | None = None
) -> list[Period]:
    """The half-years for which something may be expected, newest first; those to come included."""
    m = mart(as_of)
    seen = and_(scope.where(catalog, m), m.c.is_primary)
    targets = select(m.c.period_key).where(seen, m.c.period_key <= m.c.due_period_key).distinct()
    years = select(m.c.period_key + A_YEAR).where(seen, m.c.actual_key.is_not(None), m.c.period_key < _LAST).distinct()
    found = {*connection.execute(targets).scalars(), *connection.execute(years).scalars()}
    return sorted((from_key(key) for key in found), reverse=True)


def _expected(asked: Asked, due: Due, blank_reason: str | None, last: Last | None) -> Expected:
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
