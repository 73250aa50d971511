"""Forecast for the due period: only where something supports it, and saying what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from enum import StrEnum
from operator import mul
from typing import NamedTuple

from warehouse.measures.computed import EXACT, NotComputable, Reason, divide
from warehouse.measures.pace import COMPLETE_YEARS_NEEDED, History, flow_share, s1_shares
from warehouse.measures.period import Period
from warehouse.measures.target import FLOW, RATIO, STOCK, Target
from warehouse.measures.trend import trend_lines

TREND_PERIODS_NEEDED = 4
DISTRICTS_NEEDED = 5

# 0.90 quantile of Student's t by degrees of freedom (two-sided 80 %), to three decimals as printed
# in statistical tables; 1.282 beyond.
_T90 = tuple(
    map(
        Decimal,
        (
            "3.078 1.886 1.638 1.533 1.476 1.440 1.415 1.397 1.383 1.372 1.363 1.356 1.350 1.345 1.341 "
            "1.337 1.333 1.330 1.328 1.325 1.323 1.321 1.319 1.318 1.316 1.315 1.314 1.313 1.311 1.310"
        ).split(" "),
    )
)
_Z90 = Decimal("1.282")
_DUE_REACHED = NotComputable(Reason.DUE_REACHED)


class IntervalBasis(StrEnum):
    """Which history an 80 % interval rests on."""

    OWN_YEARS = "own_years"
    POOLED_DISTRICTS = "pooled_districts"


class Forecast(NamedTuple):
    """A value expected at the due period. ``basis`` is a ``ShareBasis`` or ``theil_sen``."""

    value: Decimal
    basis: str
    low: Decimal | None = None
    high: Decimal | None = None
    interval_basis: IntervalBasis | None = None
    support: int = 0
    """How many years, districts or periods stand behind the interval or the trend."""


def forecast(
    actual: Decimal,
    target: Target,
    at: Period,
    history: Mapping[Period, Decimal],
    pooled: Sequence[Decimal] = (),
    s1_share: Decimal | None = None,
) -> Forecast | NotComputable:
    """预测 of the value at the due period.

    ``history``: the indicator's own values in this district and breakdown up to ``at``;
    ``pooled``: one share of the first half from each other district, for the interval of a flow;
    ``s1_share`` as for ``flow_share``. Intervals rest on what was observed, never on a set share.
    """
    if at >= target.due:
        return _DUE_REACHED
    if target.measure_type is FLOW:
        return _flow_forecast(actual, target, at, history, pooled, s1_share)
    if target.measure_type in (STOCK, RATIO):
        return _trend_forecast(target, at, history)
    return NotComputable(Reason.NO_FORECAST_FOR_TYPE)


def within(outlook: Forecast | NotComputable, low: Decimal | None, high: Decimal | None) -> Forecast | NotComputable:
    """A forecast kept to what can be true of its indicator: no share is forecast above 100 %."""
    if isinstance(outlook, NotComputable) or (low is None and high is None):
        return outlook

    def keep(value: Decimal) -> Decimal:
        value = value if low is None else max(value, low)
        return value if high is None else min(value, high)

    return outlook._replace(
        value=keep(outlook.value),
        low=None if outlook.low is None else keep(outlook.low),
        high=None if outlook.high is None else keep(outlook.high),
    )


def share_interval(shares: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """80 % prediction interval for one more share, from at least two.

    mean ± t(0.90, n − 1) · s · √(1 + 1/n): the textbook interval for a further observation from
    a normal population (for example Hahn & Meeker, Statistical Intervals, section 4.7).
    """
    n, degrees = Decimal(len(shares)), len(shares) - 1
    t = _T90[degrees - 1] if degrees <= len(_T90) else _Z90
    with localcontext(EXACT):
        mean = sum(shares, Decimal(0)) / n
        apart = [share - mean for share in shares]
        variance = sum(map(mul, apart, apart), Decimal(0)) / degrees
        half_width = t * (variance * (1 + 1 / n)).sqrt()
        return mean - half_width, mean + half_width


def _flow_forecast(
    actual: Decimal,
    target: Target,
    at: Period,
    history: Mapping[Period, Decimal],
    pooled: Sequence[Decimal],
    s1_share: Decimal | None,
) -> Forecast | NotComputable:
    if at < target.first:
        return NotComputable(Reason.BEFORE_FIRST_PERIOD)
    expected = flow_share(target, at, history, s1_share)
    if expected.expected_share <= 0:
        return NotComputable(Reason.SHARE_NOT_POSITIVE)
    value = divide(actual, expected.expected_share)
    if target.is_multi_year:
        return Forecast(value, expected.basis)
    own = s1_shares(history, at.year)
    if len(own) >= COMPLETE_YEARS_NEEDED:
        shares, basis = own, IntervalBasis.OWN_YEARS
    elif len(pooled) >= DISTRICTS_NEEDED:
        shares, basis = tuple(pooled), IntervalBasis.POOLED_DISTRICTS
    else:
        return Forecast(value, expected.basis)
    low_share, high_share = share_interval(shares)
    if low_share <= 0:
        return Forecast(value, expected.basis)
    low, high = sorted((divide(actual, high_share), divide(actual, low_share)))
    return Forecast(value, expected.basis, low, high, basis, len(shares))


def _trend_forecast(target: Target, at: Period, history: Mapping[Period, Decimal]) -> Forecast | NotComputable:
    known = [period for period in history if period <= at]
    if len(known) < TREND_PERIODS_NEEDED:
        return NotComputable(Reason.TOO_FEW_PERIODS)
    trends = history.trends if isinstance(history, History) else trend_lines(history)
    return Forecast(trends[max(known)].at(target.due), "theil_sen", support=len(known))
