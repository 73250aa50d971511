"""Attainment (完成率), progress from baseline, and the signed gap."""

from __future__ import annotations

from decimal import Decimal

from warehouse.measures.computed import EXACT, Computed, NotComputable, Reason, divide
from warehouse.measures.target import BAND, CEILING, FLOOR, MILESTONE, Target, is_met

ZERO, ONE = Decimal(0), Decimal(1)
_NO_BASELINE = NotComputable(Reason.NO_BASELINE)


def attainment(actual: Decimal, target: Target) -> Computed:
    """完成率: how much of the target is reached, 1 for all of it; never capped.

    Floor a / T; ceiling 1 within it, else T / a; band and exact value 1 or not computable;
    milestone 1 or 0. Not computable where T <= 0 is to be reached, or a ceiling lies below 0.
    """
    sense, limit = target.sense, target.threshold
    if sense is FLOOR:
        return divide(actual, limit) if limit > 0 else NotComputable(Reason.TARGET_NOT_POSITIVE)
    if is_met(actual, target):
        return ONE
    if sense is CEILING:
        return divide(limit, actual) if limit >= 0 else NotComputable(Reason.TARGET_NOT_POSITIVE)
    if sense is MILESTONE:
        return ZERO
    return NotComputable(Reason.OUTSIDE_BAND if sense is BAND else Reason.NOT_EQUAL)


def gap(actual: Decimal, target: Target) -> Computed:
    """Distance to the target in the indicator's unit, positive when better, 0 inside a band.

    An exact value has only worse sides. A milestone has no distance.
    """
    sense, limit = target.sense, target.threshold
    if sense is FLOOR:
        return EXACT.subtract(actual, limit)
    if sense is CEILING:
        return EXACT.subtract(limit, actual)
    if sense is BAND:
        low, high = target.boundaries[0], target.boundaries[-1]
        return min(EXACT.subtract(actual, low), EXACT.subtract(high, actual), ZERO)
    if sense is MILESTONE:
        return NotComputable(Reason.MILESTONE_HAS_NO_GAP)
    return EXACT.minus(EXACT.abs(EXACT.subtract(actual, limit)))


def progress_from_baseline(actual: Decimal, target: Target) -> Computed:
    """(a − b) / (T − b): the part of the way from the baseline that is done; negative when moving away."""
    if target.baseline is None or target.value is None:
        return _NO_BASELINE
    distance = EXACT.subtract(target.threshold, target.baseline.value)
    if distance == 0:
        return NotComputable(Reason.TARGET_EQUALS_BASELINE)
    return divide(EXACT.subtract(actual, target.baseline.value), distance)
