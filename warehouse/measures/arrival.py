"""Arrival (报送) of a half-year's figures: by when they are due at the bureau, and whether they came in time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from warehouse.measures.period import Period, from_date

BEIJING = ZoneInfo("Asia/Shanghai")
RETURN_DAYS = 15
"""Days after the end of a half-year within which it is reported, unless the bureau sets others."""
MOST_RETURN_DAYS = 366
FIRST = Period(1900, 1)
"""No half-year is before it."""


class Arrival(StrEnum):
    """What became of a figure that is expected."""

    ON_TIME = "on_time"
    """按时"""
    LATE = "late"
    """迟报"""
    BACKFILLED = "backfilled"
    """补录: came more than a year after its half-year, as the history of a bureau does; neither in time nor late."""
    EXPLAINED = "explained"
    """已说明: left blank, with a reason"""
    MISSING = "missing"
    """未报"""


def deadline(period: Period, days: int = RETURN_DAYS) -> date:
    """报送期限: the last day, in Beijing, on which a half-year is reported in time."""
    return period.end_on + timedelta(days=days)


def came_on(recorded_at: datetime, published_on: date | None) -> date:
    """The day, in Beijing, a figure counts as come: when it was recorded, or its source published before that."""
    recorded_on = recorded_at.astimezone(BEIJING).date()
    return recorded_on if published_on is None else min(recorded_on, published_on)


def arrival(period: Period, came: date | None, is_explained: bool = False, days: int = RETURN_DAYS) -> Arrival:
    """What became of a figure of a half-year that came on a day, or did not come (None)."""
    if came is None:
        return Arrival.EXPLAINED if is_explained else Arrival.MISSING
    if came <= deadline(period, days):
        return Arrival.ON_TIME
    a_year_later = period.end_on.replace(year=period.end_on.year + 1)
    return Arrival.LATE if came <= a_year_later else Arrival.BACKFILLED


def last_ended(today: date) -> Period:
    """The last half-year that has ended: its deadline is past, or the next to come."""
    return from_date(max(today, FIRST.end_on + timedelta(days=1))).previous
