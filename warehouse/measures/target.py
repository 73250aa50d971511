"""Indicators and targets as the measures see them, and the test whether a target is reached."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from warehouse.measures.period import Period


class MeasureType(StrEnum):
    """How a figure behaves over time."""

    FLOW = "flow"
    """累计数: counted over the year, year-to-date; the second half is the whole year."""
    STOCK = "stock"
    """时点数: the level at the end of the period."""
    RATIO = "ratio"
    """比率: a share, with numerator and denominator where known."""
    RATE_STANDARD = "rate_standard"
    """标准: such as 元/人/月."""
    MILESTONE = "milestone"
    """里程碑: done by a date or not."""


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"


class Comparator(StrEnum):
    """The comparison as written in the source."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "="
    RANGE = "range"
    ALL = "all"


class Sense(StrEnum):
    """What comparator and direction mean together."""

    FLOOR = "floor"
    CEILING = "ceiling"
    BAND = "band"
    EXACT = "exact"
    MILESTONE = "milestone"


# Python finds a name of a module several times faster than a member of an enumeration, and these are asked for a lot.
FLOW, STOCK, RATIO = MeasureType.FLOW, MeasureType.STOCK, MeasureType.RATIO
FLOOR, CEILING, BAND, MILESTONE = Sense.FLOOR, Sense.CEILING, Sense.BAND, Sense.MILESTONE


@dataclass(frozen=True, slots=True)
class Baseline:
    """基期值: the value an improvement starts from, with its period."""

    value: Decimal
    period: Period


@dataclass(frozen=True)
class Target:
    """目标值, in the indicator's unit. A milestone has neither comparator nor value."""

    measure_type: MeasureType
    direction: Direction
    comparator: Comparator | None
    value: Decimal | None
    first: Period
    due: Period
    value_high: Decimal | None = None
    baseline: Baseline | None = None
    s1_value: Decimal | None = None
    """What the target's own plan asks for by the end of the first half of the due year."""

    @cached_property
    def sense(self) -> Sense:
        """Floor, ceiling, band, exact value or milestone.

        ``>=`` and ``<=`` speak for themselves; ``=`` and ``range`` follow the direction.
        """
        if self.measure_type is MeasureType.MILESTONE:
            return Sense.MILESTONE
        if self.comparator in (Comparator.AT_LEAST, Comparator.ALL):
            return Sense.FLOOR
        if self.comparator is Comparator.AT_MOST:
            return Sense.CEILING
        if self.direction is Direction.HIGHER:
            return Sense.FLOOR
        if self.direction is Direction.LOWER:
            return Sense.CEILING
        return Sense.BAND if self.comparator is Comparator.RANGE else Sense.EXACT

    @cached_property
    def threshold(self) -> Decimal:
        """The value that must be reached: low end of a range, high end where lower is better; 1 = done."""
        if self.value is None:
            return Decimal(1)
        if self.sense is Sense.CEILING and self.value_high is not None:
            return self.value_high
        return self.value

    @cached_property
    def stretch_threshold(self) -> Decimal | None:
        """超额: the far end of a range, where it has one to reach."""
        if self.comparator is not Comparator.RANGE or self.sense is Sense.BAND:
            return None
        return self.value if self.sense is Sense.CEILING else self.value_high

    @cached_property
    def boundaries(self) -> tuple[Decimal, ...]:
        """The values a displayed figure must not be rounded across."""
        return tuple(edge for edge in (self.value, self.value_high) if edge is not None)

    @property
    def is_multi_year(self) -> bool:
        """Whether the target runs over more than one calendar year."""
        return self.first.year != self.due.year


def is_met(actual: Decimal, target: Target) -> bool:
    """Whether the target's test holds. Exact: never on rounded values; equality is met."""
    sense = target.sense
    if sense is FLOOR or sense is MILESTONE:
        return actual >= target.threshold
    if sense is CEILING:
        return actual <= target.threshold
    if sense is BAND:
        return target.boundaries[0] <= actual <= target.boundaries[-1]
    return actual == target.threshold


def is_stretch(actual: Decimal, target: Target) -> bool:
    """Whether the far end of a range is reached too (超额)."""
    edge = target.stretch_threshold
    if edge is None:
        return False
    return actual <= edge if target.sense is CEILING else actual >= edge
