"""What happens to one indicator in one district: a level, a growth, a season, and chance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from etl.demo.concepts import FLOW, LOWER, Concept, Promise
from etl.demo.places import Temper
from warehouse.measures.period import Period, span
from warehouse.measures.target import MeasureType

TOTAL, URBAN, RURAL = "total", "urban", "rural"
_MONEY = ("cny_10k",)
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its parts, as a bureau would print it."""

    value: Decimal
    numerator: Decimal | None = None
    denominator: Decimal | None = None


Story = dict[str, dict[Period, Figure]]
"""By breakdown and half-year, from the year before the first reported one."""


def ratio(numerator: int, denominator: int) -> Figure:
    """A percentage with two places, and the whole numbers it comes from."""
    above, below = Decimal(numerator), Decimal(denominator)
    return Figure((above * 100 / below).quantize(_HUNDREDTH, ROUND_HALF_UP), above, below)


def amount(concept: Concept, value: float) -> Decimal:
    """A value as precise as its unit: money in hundredths, everything else whole."""
    return Decimal(round(value * 100)).scaleb(-2) if concept.unit_code in _MONEY else Decimal(round(value))


def tell(concept: Concept, temper: Temper, rng: Random, years: range) -> Story:
    """The true figures of a district, whether it will report them or not. Milestones have none."""
    match concept.measure_type:
        case MeasureType.FLOW:
            return _flow(concept, temper, rng, years)
        case MeasureType.STOCK:
            return _stock(concept, temper, rng, years)
        case MeasureType.RATIO:
            return _ratio(concept, temper, rng, years)
        case MeasureType.RATE_STANDARD:
            return _standard(concept, temper, rng, years)
        case MeasureType.MILESTONE:
            return {}


def sum_up(concept: Concept, parts: Iterable[Mapping[Period, Figure]], rng: Random) -> Story:
    """What a city says its districts make together: now and then a little beside their sum."""
    added: dict[Period, Decimal] = {}
    for part in parts:
        for period, figure in part.items():
            added[period] = added.get(period, Decimal(0)) + figure.value
    beside: dict[int, float] = {}
    for period in sorted(added):
        moment = period.year if concept.measure_type is FLOW else period.index
        beside.setdefault(moment, 1 + rng.gauss(0, 0.012) if rng.random() < 0.25 else 1.0)
    figures = {}
    for period, value in sorted(added.items()):
        factor = beside[period.year if concept.measure_type is FLOW else period.index]
        figures[period] = Figure(value if factor == 1 else amount(concept, float(value) * factor))
    return {TOTAL: figures}


def _flow(concept: Concept, temper: Temper, rng: Random, years: range) -> Story:
    """Year-to-date values. The share of the first half is normal around the district's own mean, so
    that a textbook interval from earlier years covers what it says."""
    level = concept.level * temper.scale * rng.lognormvariate(0, 0.25)
    growth = concept.growth + temper.drive * (-1 if concept.direction is LOWER else 1) + rng.gauss(0, 0.02)
    season, spread = rng.uniform(0.36, 0.49), rng.uniform(0.015, 0.04)
    story: Story = {}
    for year in range(years.start - 1, years.stop):
        if concept.promise is Promise.ZERO:
            first = _poisson(rng, level / 2)
            halves = (float(first), float(first + _poisson(rng, level / 2)))
        else:
            whole = level * math.exp(rng.gauss(0, 0.05))
            if rng.random() < 0.05:
                whole *= rng.uniform(0.5, 0.8)  # a bad year
            halves = (whole * min(max(rng.gauss(season, spread), 0.1), 0.9), whole)
            level *= 1 + growth
        urban = min(max(temper.urban_share + rng.gauss(0, 0.01), 0.05), 0.95)
        for semester, value in enumerate(halves, start=1):
            _put(story, concept, Period(year, semester), value, urban)
    return story


def _stock(concept: Concept, temper: Temper, rng: Random, years: range) -> Story:
    level = max(concept.level * temper.scale * rng.lognormvariate(0, 0.25), 1.0)
    drive = temper.drive / 2 * (-1 if concept.direction is LOWER else 1)
    step = (concept.growth + drive + rng.gauss(0, 0.02)) / 2
    unrest = 0.12 if concept.direction is LOWER else 0.015
    story: Story = {}
    for period in _periods(years):
        if concept.promise is Promise.QUOTA:
            vacant = 0 if rng.random() < 0.75 else rng.randint(1, 4)
            _put(story, concept, period, max(round(level) - vacant, 0), temper.urban_share)
        else:
            _put(story, concept, period, level * math.exp(rng.gauss(0, unrest)), temper.urban_share)
            level *= 1 + step
    return story


def _ratio(concept: Concept, temper: Temper, rng: Random, years: range) -> Story:
    """Whole numerators and denominators, the total being their sum where town and country are told apart."""
    room = min(6.0, (100 - concept.level) / 3)
    reached = min(max(concept.level + rng.gauss(0, room), 3.0), 100.0)
    size = max(concept.size * temper.scale * rng.lognormvariate(0, 0.2), 6.0)
    step = concept.growth * (1 + 12 * temper.drive + rng.gauss(0, 0.3)) / 2
    unrest = 3.0 if concept.promise is Promise.BAND else min(0.6, room / 3)
    lead = rng.uniform(2, 6) if reached < 90 else 0.5
    story: Story = {}
    for period in _periods(years):
        now = reached + rng.gauss(0, unrest)
        if concept.promise is Promise.ALL and now > 98.8:
            now = 100.0  # the last few are not left out
        reached += step * min(1.0, max(100 - reached, 0.0) / 15)
        size *= 1 + rng.gauss(0.002, 0.004)
        if not concept.is_split:
            story.setdefault(TOTAL, {})[period] = _part(now, size)
            continue
        urban = _part(now + lead, size * temper.urban_share)
        rural = _part(now - lead, size * (1 - temper.urban_share))
        story.setdefault(URBAN, {})[period] = urban
        story.setdefault(RURAL, {})[period] = rural
        story.setdefault(TOTAL, {})[period] = _together(urban, rural)
    return story


def _standard(concept: Concept, temper: Temper, rng: Random, years: range) -> Story:
    """Raised once a year, in steps of five yuan; town and country apart unless the district has one standard."""
    level = concept.level * rng.gauss(1, 0.06)
    shares = {TOTAL: 1.0} if temper.has_one_standard or not concept.is_split else {URBAN: 1.0, RURAL: 0.82}
    story: Story = {breakdown: {} for breakdown in shares}
    for period in _periods(years):
        if period.semester == temper.raises_in:
            level *= 1 + concept.growth + temper.drive / 2 + rng.gauss(0, 0.012)
        for breakdown, share in shares.items():
            story[breakdown][period] = Figure(Decimal(5 * round(level * share / 5)))
    return story


def _put(story: Story, concept: Concept, period: Period, value: float, urban_share: float) -> None:
    """The total, and where they are told apart town and country, which add up to it exactly."""
    total = amount(concept, value)
    story.setdefault(TOTAL, {})[period] = Figure(total)
    if concept.is_split:
        urban = amount(concept, float(total) * urban_share)
        story.setdefault(URBAN, {})[period] = Figure(urban)
        story.setdefault(RURAL, {})[period] = Figure(total - urban)


def _part(percentage: float, size: float) -> Figure:
    below = max(round(size), 1)
    return ratio(min(max(round(below * percentage / 100), 0), below), below)


def _together(urban: Figure, rural: Figure) -> Figure:
    assert urban.numerator is not None and rural.numerator is not None
    assert urban.denominator is not None and rural.denominator is not None
    return ratio(int(urban.numerator + rural.numerator), int(urban.denominator + rural.denominator))


def _periods(years: range) -> Iterable[Period]:
    return span(Period(years.start - 1, 1), Period(years.stop - 1, 2))


def _poisson(rng: Random, mean: float) -> int:
    """Knuth's method; means here are small."""
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
