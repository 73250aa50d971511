"""Pace (序时进度): the share of a target that should be reached by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from warehouse.measures.attainment import attainment, progress_from_baseline
from warehouse.measures.computed import EXACT, Computed, NotComputable, Reason, divide, total
from warehouse.measures.period import Period
from warehouse.measures.target import CEILING, FLOOR, FLOW, RATIO, STOCK, Target, is_met
from warehouse.measures.trend import Line, trend_lines

HALF, ONE = Decimal("0.5"), Decimal(1)
COMPLETE_YEARS_NEEDED = 3
_GUARDED = Context(prec=EXACT.prec - 10)


class ShareBasis(StrEnum):
    """What an expected share rests on."""

    TARGET_MILESTONE = "target_milestone"
    """The target's own figure for the first half."""
    OWN_HISTORY = "own_history"
    """The share of the first half in this district's earlier years."""
    SET_SHARE = "set_share"
    """The share of the first half that the rules set for the indicator."""
    DEFAULT_HALF = "default_half"
    """按序时: half of the year, half of the target."""
    LINEAR = "linear"
    """A multi-year target, in equal steps a half-year."""
    DUE = "due"
    """The due period itself: all of it."""
    BASELINE = "baseline"
    """In a straight line from the baseline to the target."""


_BASELINE = ShareBasis.BASELINE


class Pace(NamedTuple):
    """The expected share (0–1, of the target or of the way from the baseline) and what it rests on."""

    expected_share: Decimal
    basis: ShareBasis


_ALL = Pace(ONE, ShareBasis.DUE)
_NO_BASELINE = NotComputable(Reason.NO_BASELINE)
_NO_PACE_FOR_TYPE = NotComputable(Reason.NO_PACE_FOR_TYPE)
_CEILING_HAS_NO_PACE = NotComputable(Reason.CEILING_HAS_NO_PACE)


class History(dict[Period, Decimal]):
    """Year-to-date values of one indicator, district and breakdown; not changed once it was asked for a share."""

    @cached_property
    def s1_share_by_year(self) -> Mapping[int, Decimal]:
        """Share of the first half in each complete year, oldest first.

        A year is complete when both halves are known and its total is positive.
        """
        halves = ((period.year, value, self.get(period.next)) for period, value in self.items() if period.semester == 1)
        return {year: divide(first, whole) for year, first, whole in sorted(halves) if whole is not None and whole > 0}

    @cached_property
    def own_s1_share_before(self) -> dict[int, Decimal | None]:
        """``own_s1_share`` by year, as far as it was asked for."""
        return {}

    @cached_property
    def trends(self) -> Mapping[Period, Line]:
        """``trend_lines`` of the values."""
        return trend_lines(self)


def s1_shares(history: Mapping[Period, Decimal], before_year: int) -> tuple[Decimal, ...]:
    """Share of the first half in each complete year before ``before_year``, oldest first.

    ``history``: values as in a ``History``, which computes the shares once for all years.
    """
    known = history if isinstance(history, History) else History(history)
    return tuple(share for year, share in known.s1_share_by_year.items() if year < before_year)


def own_s1_share(history: Mapping[Period, Decimal], before_year: int) -> Decimal | None:
    """The district's own share of the first half: the mean over at least three complete earlier years.

    None where fewer are known, or where the mean is not a positive share.
    """
    known = history if isinstance(history, History) else History(history)
    found = known.own_s1_share_before
    if before_year not in found:
        found[before_year] = _mean_share(s1_shares(known, before_year))
    return found[before_year]


def _mean_share(shares: Sequence[Decimal]) -> Decimal | None:
    if len(shares) < COMPLETE_YEARS_NEEDED:
        return None
    mean = divide(total(shares), Decimal(len(shares)))
    return mean if 0 < mean <= 1 else None


def pace(
    target: Target, at: Period, history: Mapping[Period, Decimal], s1_share: Decimal | None = None
) -> Pace | NotComputable:
    """序时进度 of a target at a period; ``history`` as for ``s1_shares``, ``s1_share`` as for ``flow_share``.

    Only floors on a flow, and floors or ceilings on a stock or ratio with a baseline that does not
    meet them yet, have a pace; none is invented.
    """
    if target.measure_type is FLOW:
        return _flow_pace(target, at, history, s1_share)
    if target.measure_type in (STOCK, RATIO):
        return _baseline_pace(target, at)
    return _NO_PACE_FOR_TYPE


def pace_ratio(actual: Decimal, target: Target, expected: Pace | NotComputable) -> Computed:
    """Attainment (of a flow) or progress from baseline, divided by what was expected by now.

    Both quotients may be endless decimals; the last ten of their 60 digits are rounded away, so
    that 8/15 of 2/3 is exactly the amber 0.80, and not a digit below it.
    """
    return ratio_to(expected, attainment(actual, target), progress_from_baseline(actual, target))


def ratio_to(expected: Pace | NotComputable, attained: Computed, progress: Computed) -> Computed:
    """``pace_ratio`` where attainment and progress from baseline are known already."""
    if isinstance(expected, NotComputable):
        return expected
    reached = progress if expected.basis is _BASELINE else attained
    if isinstance(reached, NotComputable):
        return reached
    if expected.expected_share <= 0:
        return NotComputable(Reason.SHARE_NOT_POSITIVE)
    return _GUARDED.divide(reached, expected.expected_share)


def flow_share(target: Target, at: Period, history: Mapping[Period, Decimal], s1_share: Decimal | None = None) -> Pace:
    """The share of a flow that is reached by a period when all goes evenly; the forecast divides by it.

    ``s1_share``: the share of the first half by the rules, used instead of the half where neither
    the target nor the district's own history says.
    """
    if at >= target.due:
        return _ALL
    if target.is_multi_year:
        steps, length = at.index - target.first.index + 1, target.due.index - target.first.index + 1
        return Pace(divide(Decimal(steps), Decimal(length)), ShareBasis.LINEAR)
    if target.s1_value is not None and target.threshold > 0:
        return Pace(divide(target.s1_value, target.threshold), ShareBasis.TARGET_MILESTONE)
    own = own_s1_share(history, at.year)
    if own is not None:
        return Pace(own, ShareBasis.OWN_HISTORY)
    if s1_share is not None:
        return Pace(s1_share, ShareBasis.SET_SHARE)
    return Pace(HALF, ShareBasis.DEFAULT_HALF)


def _flow_pace(
    target: Target, at: Period, history: Mapping[Period, Decimal], s1_share: Decimal | None
) -> Pace | NotComputable:
    if target.sense is CEILING:
        return _CEILING_HAS_NO_PACE
    if target.sense is not FLOOR:
        return NotComputable(Reason.BAND_HAS_NO_PACE)
    if at < target.first:
        return NotComputable(Reason.BEFORE_FIRST_PERIOD)
    return flow_share(target, at, history, s1_share)


def _baseline_pace(target: Target, at: Period) -> Pace | NotComputable:
    if target.baseline is None:
        return _NO_BASELINE
    if target.sense not in (FLOOR, CEILING):
        return NotComputable(Reason.BAND_HAS_NO_PACE)
    if is_met(target.baseline.value, target):
        return NotComputable(Reason.BASELINE_MEETS_TARGET)
    way = target.due.index - target.baseline.period.index
    done = at.index - target.baseline.period.index
    if way <= 0:
        return NotComputable(Reason.DUE_NOT_AFTER_BASELINE)
    if done <= 0:
        return NotComputable(Reason.BEFORE_FIRST_PERIOD)
    share = divide(Decimal(done), Decimal(way))
    return Pace(min(share, ONE), _BASELINE)
