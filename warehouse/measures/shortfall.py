"""还差多少: what is still missing, in real things."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from warehouse.measures.attainment import gap
from warehouse.measures.computed import EXACT, Computed, NotComputable, Reason
from warehouse.measures.target import MeasureType, Sense, Target, is_met


@dataclass(frozen=True, slots=True)
class Share:
    """The parts of a ratio: how many of how many."""

    numerator: Decimal
    denominator: Decimal


def shortfall(
    actual: Decimal,
    target: Target,
    *,
    is_whole: bool,
    share: Share | None = None,
    unit_factor: Decimal = Decimal(1),
) -> Computed:
    """How much more (or, under a ceiling, less) satisfies the target; 0 when it is met.

    Ratio with known parts: the smallest whole number k such that (numerator ± k) / denominator
    reaches the target, the denominator staying as it is. ``unit_factor`` is that of the ratio's
    unit (0.01 for percent). Whole units: the smallest whole number. Else the distance itself.
    Not computable for ratios without parts (show the gap in points) or with parts that reach the
    target while the reported ratio does not, and for milestones.
    """
    if target.measure_type is MeasureType.RATIO:
        if share is None or target.sense not in (Sense.FLOOR, Sense.CEILING):
            return NotComputable(Reason.NOT_COUNTABLE)
        if is_met(actual, target):
            return Decimal(0)
        needed = EXACT.multiply(EXACT.multiply(target.threshold, unit_factor), share.denominator)
        above, below = (needed, share.numerator) if target.sense is Sense.FLOOR else (share.numerator, needed)
        missing = EXACT.subtract(above, below)
        return _whole(missing) if missing > 0 else NotComputable(Reason.NOT_COUNTABLE)
    distance = gap(actual, target)
    if isinstance(distance, NotComputable):
        return distance
    missing = max(EXACT.minus(distance), Decimal(0))
    return _whole(missing) if is_whole else missing


def _whole(value: Decimal) -> Decimal:
    return value.to_integral_value(rounding=ROUND_CEILING)
