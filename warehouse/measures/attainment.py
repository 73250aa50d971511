"""Attainment (完成率), progress from baseline, and the signed gap."""

from __future__ import annotations

from decimal import Decimal

from warehouse.measures.computed import EXACT, Computed, NotComputable, Reason, divide
from warehouse.measures.target import Sense, Target, is_met

ZERO, ONE = Decimal(0), Decimal(1)


def attainment(actual: Decimal, target: Target) -> Computed:
    """完成率: how much of the target is reached, 1 for all of it; never capped.

    Floor a / T; ceiling 1 within it, else T / a; band and exact value 1 or not computable;
    milestone 1 or 0. Not computable where T <= 0 is to be reached, or a ceiling lies below 0.
    """
    limit = target.threshold
    match target.sense:
        case Sense.FLOOR:
            if limit <= 0:
                return NotComputable(Reason.TARGET_NOT_POSITIVE)
            return divide(actual, limit)
        case Sense.CEILING:
            if is_met(actual, target):
                return ONE
            if limit < 0:
                return NotComputable(Reason.TARGET_NOT_POSITIVE)
            return divide(limit, actual)
        case Sense.BAND:
            return ONE if is_met(actual, target) else NotComputable(Reason.OUTSIDE_BAND)
        case Sense.EXACT:
            return ONE if is_met(actual, target) else NotComputable(Reason.NOT_EQUAL)
        case Sense.MILESTONE:  # pragma: no branch
            return ONE if is_met(actual, target) else ZERO


def gap(actual: Decimal, target: Target) -> Computed:
    """Distance to the target in the indicator's unit, positive when better, 0 inside a band.

    An exact value has only worse sides. A milestone has no distance.
    """
    limit = target.threshold
    match target.sense:
        case Sense.FLOOR:
            return EXACT.subtract(actual, limit)
        case Sense.CEILING:
            return EXACT.subtract(limit, actual)
        case Sense.BAND:
            low, high = target.boundaries[0], target.boundaries[-1]
            return min(EXACT.subtract(actual, low), EXACT.subtract(high, actual), ZERO)
        case Sense.EXACT:
            return EXACT.minus(EXACT.abs(EXACT.subtract(actual, limit)))
        case Sense.MILESTONE:  # pragma: no branch
            return NotComputable(Reason.MILESTONE_HAS_NO_GAP)


def progress_from_baseline(actual: Decimal, target: Target) -> Computed:
    """(a − b) / (T − b): the part of the way from the baseline that is done; negative when moving away."""
    if target.baseline is None or target.value is None:
        return NotComputable(Reason.NO_BASELINE)
    distance = EXACT.subtract(target.threshold, target.baseline.value)
    if distance == 0:
        return NotComputable(Reason.TARGET_EQUALS_BASELINE)
    return divide(EXACT.subtract(actual, target.baseline.value), distance)
