"""Deadlines and arrivals at their edges: the last minute in Beijing, and a year after."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.measures.arrival import Arrival, arrival, came_on, deadline, last_ended
from warehouse.measures.period import Period, from_index

S1, S2 = Period(2020, 1), Period(2020, 2)


@pytest.mark.parametrize(
    ("period", "days", "day"),
    [(S1, 15, date(2020, 7, 15)), (S2, 15, date(2021, 1, 15)), (S1, 0, date(2020, 6, 30)), (S2, 60, date(2021, 3, 1))],
)
def test_a_return_is_due_so_many_days_after_its_half_year(period: Period, days: int, day: date) -> None:
    assert deadline(period, days) == day


@pytest.mark.parametrize(
    ("recorded", "published", "day"),
    [
        ("2020-07-15T15:59:59", None, date(2020, 7, 15)),
        ("2020-07-15T16:00:00", None, date(2020, 7, 16)),  # midnight in Beijing
        ("2026-01-01T00:00:00", date(2020, 7, 10), date(2020, 7, 10)),
        ("2020-07-10T00:00:00", date(2020, 8, 1), date(2020, 7, 10)),
    ],
)
def test_a_figure_comes_when_it_is_recorded_or_published_before(
    recorded: str, published: date | None, day: date
) -> None:
    assert came_on(datetime.fromisoformat(recorded).replace(tzinfo=UTC), published) == day


@pytest.mark.parametrize(
    ("came", "explained", "what"),
    [
        (None, False, Arrival.MISSING),
        (None, True, Arrival.EXPLAINED),
        (date(2020, 3, 1), False, Arrival.ON_TIME),  # a milestone done before
        (date(2020, 7, 15), True, Arrival.ON_TIME),
        (date(2020, 7, 16), False, Arrival.LATE),
        (date(2021, 6, 30), False, Arrival.LATE),
        (date(2021, 7, 1), False, Arrival.BACKFILLED),
    ],
)
def test_what_became_of_a_figure(came: date | None, explained: bool, what: Arrival) -> None:
    assert arrival(S1, came, explained) is what


def test_the_bureau_sets_its_own_deadline() -> None:
    assert arrival(S1, date(2020, 7, 16), days=16) is Arrival.ON_TIME
    assert arrival(S1, date(2020, 7, 1), days=0) is Arrival.LATE


@given(st.integers(1900 * 2, 2900 * 2).map(from_index), st.integers(0, 366), st.integers(0, 900))
def test_who_comes_later_is_never_judged_better(period: Period, days: int, after: int) -> None:
    order = [Arrival.ON_TIME, Arrival.LATE, Arrival.BACKFILLED]
    here = period.end_on + timedelta(days=after)
    one, next_day = (arrival(period, day, days=days) for day in (here, here + timedelta(days=1)))
    assert order.index(one) <= order.index(next_day)
    assert (one is Arrival.ON_TIME) is (here <= deadline(period, days))


@pytest.mark.parametrize(
    ("today", "period"),
    [
        (date(2020, 6, 30), Period(2019, 2)),
        (date(2020, 7, 1), S1),
        (date(2020, 12, 31), S1),
        (date(2021, 1, 1), S2),
        (date(1, 1, 1), Period(1900, 1)),
    ],
)
def test_the_last_half_year_that_has_ended(today: date, period: Period) -> None:
    assert last_ended(today) == period
