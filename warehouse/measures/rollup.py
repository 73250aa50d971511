"""Adding up districts: what may be added, and how many of how many it covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from statistics import median

from warehouse.measures.computed import EXACT, Computed, NotComputable, Reason, divide, total
from warehouse.measures.period import Period, from_key
from warehouse.measures.target import MeasureType


@dataclass(frozen=True, slots=True)
class Part:
    """What one district reports for a period; None where it reports nothing."""

    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RollUp:
    """A total over districts. Shown with its coverage, always: covered of expected."""

    value: Computed
    covered: int
    expected: int


@dataclass(frozen=True, slots=True)
class Spread:
    """What is shown of a standard instead of a total."""

    low: Decimal
    middle: Decimal
    high: Decimal


def over_districts(measure_type: MeasureType, parts: Sequence[Part], unit_factor: Decimal = Decimal(1)) -> RollUp:
    """Total of the districts for one indicator, breakdown and period.

    Flow and stock: sum of what is reported. Ratio: sum of numerators by sum of denominators, only
    if every reporting district has both; ``unit_factor`` is that of its unit (0.01 for percent).
    Standards and milestones are not added. An average of percentages is never formed.
    """
    reported = [part for part in parts if part.value is not None]
    return RollUp(_total(measure_type, reported, unit_factor), len(reported), len(parts))


def _total(measure_type: MeasureType, reported: Sequence[Part], unit_factor: Decimal) -> Computed:
    if measure_type in (MeasureType.RATE_STANDARD, MeasureType.MILESTONE):
        return NotComputable(Reason.NOT_ADDITIVE)
    if not reported:
        return NotComputable(Reason.NOTHING_REPORTED)
    if measure_type is not MeasureType.RATIO:
        return total(part.value for part in reported if part.value is not None)
    numerators = [part.numerator for part in reported if part.numerator is not None]
    denominators = [part.denominator for part in reported if part.denominator is not None]
    below = total(denominators)
    if len(numerators) < len(reported) or len(denominators) < len(reported) or below <= 0:
        return NotComputable(Reason.PARTS_MISSING)
    return divide(divide(total(numerators), below), unit_factor)


def spread(values: Sequence[Decimal]) -> Spread | NotComputable:
    """Lowest, median and highest of the districts' values."""
    if not values:
        return NotComputable(Reason.NOTHING_REPORTED)
    with localcontext(EXACT):
        return Spread(min(values), median(values), max(values))


def year_to_date(history: Mapping[Period, Decimal], first: Period, at: Period) -> Computed:
    """What a flow has reached from ``first`` to ``at``, over as many calendar years as lie between.

    Each year gives its last year-to-date value, never S1 + S2, and years count from 1 January.
    One missing year makes it not computable.
    """
    if at not in history:
        return NotComputable(Reason.NO_ACTUAL)
    reached = history[at]
    for year in range(first.year, at.year):
        value = history.get(from_key(year * 10 + 2))
        if value is None:
            return NotComputable(Reason.YEAR_MISSING)
        reached = EXACT.add(reached, value)
    return reached


def increments(history: Mapping[Period, Decimal]) -> dict[Period, Decimal]:
    """What a flow added in each half-year: S1 itself, S2 less S1; left out where S1 is not known."""
    added = {}
    for period, value in history.items():
        if period.semester == 1:
            added[period] = value
        elif period.previous in history:
            added[period] = EXACT.subtract(value, history[period.previous])
    return added
