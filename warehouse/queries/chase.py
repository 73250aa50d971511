"""The list to chase (催报清单) as tidy rows, for exports and programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from warehouse.catalog import Catalog
from warehouse.measures.arrival import RETURN_DAYS, Arrival, deadline, last_ended
from warehouse.measures.period import Period, from_key
from warehouse.queries.expected import Expected

CHASE_COLUMNS = (
    "district_code", "district_zh", "indicator_code", "indicator_zh", "breakdown_code", "breakdown_zh", "period_code",
    "unit_code", "comparator", "target", "target_high", "due_period_code", "last_value", "last_period_code", "deadline",
    "days_overdue", "state", "blank_reason", "by_target", "by_history", "came_on", "first_batch", "revisions",
)  # fmt: skip

NOT_COME = frozenset({Arrival.MISSING, Arrival.EXPLAINED})


def chased_period(periods: Iterable[Period], today: date) -> Period:
    """The half-year to chase: the last one that has ended and for which something is expected."""
    ended = last_ended(today)
    return max((period for period in periods if period <= ended), default=ended)


def chase_rows(
    catalog: Catalog,
    expected: Iterable[Expected],
    today: date,
    days: int = RETURN_DAYS,
    states: frozenset[Arrival] = NOT_COME,
) -> Iterator[dict[str, Any]]:
    """Columns ``CHASE_COLUMNS``, values in the indicator's unit; what came is left out unless its state is named.

    ``days_overdue`` is negative while there are days left, and empty for what came.
    """
    for e in expected:
        state = e.arrival(days)
        if state not in states:
            continue
        indicator, district = catalog.indicators[e.indicator_key], catalog.districts[e.district_key]
        breakdown, due_on = catalog.breakdowns[e.breakdown_key], deadline(e.period, days)
        yield {
            "district_code": district.code, "district_zh": district.name_zh,
            "indicator_code": indicator.code, "indicator_zh": indicator.name_zh,
            "breakdown_code": breakdown.code, "breakdown_zh": breakdown.name_zh,
            "period_code": e.period.code, "unit_code": indicator.unit_code,
            "comparator": e.comparator, "target": e.target, "target_high": e.target_high,
            "due_period_code": _code(e.due_period_key),
            "last_value": e.last, "last_period_code": _code(e.last_period_key),
            "deadline": due_on, "days_overdue": (today - due_on).days if state in NOT_COME else None,
            "state": str(state), "blank_reason": e.blank_reason, "by_target": e.by_target, "by_history": e.by_history,
            "came_on": e.came_on, "first_batch": e.first_batch_key, "revisions": e.revisions,
        }  # fmt: skip


def _code(key: int | None) -> str | None:
    return None if key is None else from_key(key).code
