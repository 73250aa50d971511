"""Trend of a level: the line of Theil and Sen through what is known of it."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from decimal import Decimal, localcontext
from statistics import median
from typing import NamedTuple

from warehouse.measures.computed import EXACT
from warehouse.measures.period import Period


class Line(NamedTuple):
    """Median slope a half-year, and median value at the half-year whose index is 0."""

    slope: Decimal
    intercept: Decimal

    def at(self, period: Period) -> Decimal:
        """Value at a period."""
        return EXACT.add(self.intercept, EXACT.multiply(self.slope, Decimal(period.index)))


def theil_sen(values: Mapping[Period, Decimal], at: Period) -> Decimal:
    """Value at a period on the line through the median slope and the median intercept, from at least two values.

    Source: Theil 1950, Sen 1968; robust against a minority of outliers.
    """
    return trend_lines(values)[max(values)].at(at)


def trend_lines(values: Mapping[Period, Decimal]) -> dict[Period, Line]:
    """The line through the values up to each half-year but the first.

    The slopes between all pairs are kept in order, so that each half-year adds only its own.
    """
    lines: dict[Period, Line] = {}
    points: list[tuple[Decimal, Decimal]] = []
    slopes: list[tuple[Decimal, int, int]] = []
    with localcontext(EXACT):
        for number, (period, y2) in enumerate(sorted(values.items())):
            x2 = Decimal(period.index)
            for earlier, (x1, y1) in enumerate(points):
                insort(slopes, ((y2 - y1) / (x2 - x1), earlier, number))
            points.append((x2, y2))
            if slopes:
                middle = slopes[(len(slopes) - 1) // 2 : len(slopes) // 2 + 1]
                slope = median(slope for slope, _, _ in middle)
                lines[period] = Line(slope, median(y - slope * x for x, y in points))
    return lines
