"""Returns (报送) within the filters of a page: what is expected, what came in time, and what is to be chased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from dashboard.display import Display
from dashboard.reading import Reading
from warehouse.catalog import District
from warehouse.measures.arrival import Arrival, deadline, last_ended
from warehouse.measures.period import Period
from warehouse.queries.chase import chased_period
from warehouse.queries.completeness import Completeness, fetch_completeness
from warehouse.queries.expected import Expected, count_arrivals, fetch_expected, fetch_expected_periods

CAME = (Arrival.ON_TIME, Arrival.LATE, Arrival.BACKFILLED)


@dataclass(frozen=True, slots=True)
class Return:
    """One district and half-year: what its targets expect, and what became of everything expected of it."""

    district: District
    period: Period
    by_target: Completeness
    arrivals: Counter[Arrival] = field(default_factory=Counter)

    @property
    def expected(self) -> int:
        """应报: everything expected."""
        return self.arrivals.total()

    @property
    def came(self) -> int:
        """已报: what came, in time or not."""
        return sum(self.arrivals[state] for state in CAME)


def period_of(reading: Reading) -> Period:
    """The half-year chosen in the filter, else the one to be chased."""
    if reading.state.period is not None:
        return reading.state.period
    periods = fetch_expected_periods(reading.scope, reading.connection, reading.catalog, reading.state.as_of)
    return chased_period(periods, reading.today)


def fetch_chosen(reading: Reading, period: Period) -> list[Expected]:
    """Everything expected for a half-year of the districts and indicators the filters select."""
    as_of = reading.state.as_of
    found = fetch_expected(reading.scope, reading.connection, reading.catalog, None, period, as_of)
    districts, indicators = reading.within, reading.selection.indicators
    return [
        e
        for e in found
        if (districts is None or e.district_key in districts) and (indicators is None or e.indicator_key in indicators)
    ]


def known_periods(reading: Reading) -> list[Period]:
    """The half-years anything may be expected or known for of the districts chosen, oldest first.

    Of those to come the ones with a target; of those that have ended also the year after a report.
    """
    shown, ended = {district.key for district in reading.shown_districts}, last_ended(reading.today)
    here = {period for key, period in _by_target(reading) if key in shown}
    year_after = {after for p in here if p < ended and (after := Period(p.year + 1, p.semester)) <= ended}
    return sorted(period for period in here | year_after if reading.state.period in (None, period))


def fetch_returns(reading: Reading, periods: Sequence[Period]) -> list[Return]:
    """By district, as far as the page's filters go, and half-year."""
    read, as_of = (reading.scope, reading.connection, reading.catalog), reading.state.as_of
    arrivals: dict[Period, dict[int, Counter[Arrival]]] = reading.memo.recall(
        ("arrivals", reading.data_version, reading.scope.key, as_of, tuple(periods)),
        lambda: {period: count_arrivals(*read, period, reading.return_days, as_of=as_of) for period in periods},
    )
    by_target = _by_target(reading)
    return [
        Return(
            district,
            period,
            by_target.get((district.key, period), Completeness(district, period, 0, 0, 0)),
            arrivals[period].get(district.key, Counter()),
        )
        for district in reading.shown_districts
        for period in periods
        if (district.key, period) in by_target or district.key in arrivals[period]
    ]


def _by_target(reading: Reading) -> dict[tuple[int, Period], Completeness]:
    """By district and half-year: what the targets expect."""
    read, as_of = (reading.scope, reading.connection, reading.catalog), reading.state.as_of
    return reading.memo.recall(
        ("completeness", reading.data_version, reading.scope.key, as_of),
        lambda: {(c.district.key, c.period): c for c in fetch_completeness(*read, as_of)},
    )


def count(reading: Reading, period: Period, district: District) -> Counter[Arrival]:
    """What became of everything expected of a district for a half-year."""
    found = count_arrivals(
        reading.scope,
        reading.connection,
        reading.catalog,
        period,
        reading.return_days,
        district.key,
        reading.state.as_of,
    )
    return found.get(district.key, Counter())


def words(d: Display) -> dict[Arrival, str]:
    """What became of a figure, in a word."""
    return {
        Arrival.ON_TIME: d._("按时"), Arrival.LATE: d._("迟报"), Arrival.BACKFILLED: d._("补录"),
        Arrival.EXPLAINED: d._("已说明"), Arrival.MISSING: d._("未报"),
    }  # fmt: skip


def finding(d: Display, period: Period, arrivals: Counter[Arrival]) -> str:
    """What became of everything expected for a half-year, in one sentence."""
    if not arrivals.total():
        return d._("{period}没有应报的数据。").format(period=d.period(period))
    shown = [state for state in Arrival if arrivals[state] or state in (Arrival.ON_TIME, Arrival.MISSING)]
    parts = [d._("{state} {n} 项").format(state=words(d)[state], n=f"{arrivals[state]:,}") for state in shown]
    return d._("{period}应报 {n} 项：{parts}。").format(
        period=d.period(period), n=f"{arrivals.total():,}", parts=d.join(parts)
    )


def when(d: Display, period: Period, days: int, today: date) -> str:
    """报送期限, and how long ago it was or how long it is till then."""
    day = deadline(period, days)
    overdue = (today - day).days
    if overdue > 0:
        return d._("报送期限 {day}，已过 {n} 天。").format(day=d.day(day), n=overdue)
    return d._("报送期限 {day}，还有 {n} 天。").format(day=d.day(day), n=-overdue)


def by_district(expected: Sequence[Expected], days: int) -> dict[int, Counter[Arrival]]:
    """By district: what became of what is expected of it."""
    found: dict[int, Counter[Arrival]] = {}
    for e in expected:
        found.setdefault(e.district_key, Counter())[e.arrival(days)] += 1
    return found


def total(arrivals: Iterable[Counter[Arrival]]) -> Counter[Arrival]:
    """What became of everything."""
    return sum(arrivals, Counter())
