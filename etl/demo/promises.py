"""What the made-up bureaus promise: last year's figure and an ambition, written in every way plans are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random

from etl.demo.concepts import FLOW, MILESTONE, RATIO, STANDARD, Concept, Promise
from etl.demo.story import TOTAL, Figure, Story, amount
from warehouse.measures.period import Period, from_index, span

FULL = Decimal(100)
_FIVE_YEARS, _THREE_YEARS, _TWO_YEARS = (5, 1), (3, 2), (2, 1)
"""(length, years by which the last one reaches beyond the data); such plans follow one another."""

Figures = Mapping[Period, Figure]


@dataclass(frozen=True, slots=True)
class Pledge:
    """A target before it has keys."""

    first: Period
    due: Period
    comparator: str | None = ">="
    value: Decimal | None = None
    value_high: Decimal | None = None
    baseline: tuple[Decimal, Period] | None = None
    s1_value: Decimal | None = None
    due_on: date | None = None
    is_binding: bool = False
    weight: Decimal = Decimal(1)


def pledges(concept: Concept, story: Story, rng: Random, years: range) -> dict[str, list[Pledge]]:
    """By breakdown. Only ratios and standards are promised for town and country apart."""
    is_binding, weight = rng.random() < 0.35, Decimal(rng.choice((1, 1, 1, 2, 3)))
    november = rng.random() < 0.12
    promised: dict[str, list[Pledge]] = {}
    for breakdown, figures in story.items():
        if breakdown != TOTAL and concept.measure_type not in (RATIO, STANDARD):
            continue
        promised[breakdown] = [
            replace(
                pledge,
                is_binding=is_binding,
                weight=weight,
                due_on=date(pledge.due.year, 11, 30) if november and pledge.due.semester == 2 else None,
            )
            for pledge in _pledges(concept, figures, rng, years)
        ]
    return promised


def milestone(rng: Random, years: range) -> tuple[list[Pledge], dict[Period, Figure]]:
    """One task a district: promised for two years' time at most, done in time, late or never.

    It is reported as not done until it is, then once more as done.
    """
    latest = Period(years.stop - 1, 2)
    starts = list(years)[::-2][:3]
    first = Period(starts[0] if rng.random() < 0.6 else rng.choice(starts), 1)
    due = from_index(first.index + rng.choice((1, 1, 2, 3)))
    end = from_index(due.index + rng.choice((-2, -1, -1, 0, 0, 0, 0, 1, 2)))
    done = None if rng.random() < 0.08 else max(end, first)
    reports = {}
    for period in span(first, min(latest, due.next if done is None else done)):
        reports[period] = Figure(Decimal(int(period == done)))
    return [Pledge(first, due, comparator=None)], reports


def nice(value: float) -> float:
    """A number as plans like them: two digits, the second a five or nought in numbers beginning with 1 or 2."""
    if value < 30:
        return float(max(round(value), 1))
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    if value / step < 30:
        step /= 2
    return max(round(value / step), 1) * step


def _pledges(concept: Concept, figures: Figures, rng: Random, years: range) -> Iterator[Pledge]:
    promise = concept.promise
    if concept.measure_type is MILESTONE or promise is Promise.MONITOR:
        return
    if promise is Promise.PLAN:
        yield from _plans(concept, figures, rng, years, _THREE_YEARS)
        return
    if promise is Promise.LEVEL:
        for plan in _plans(concept, figures, rng, years, _TWO_YEARS):
            yield replace(plan, baseline=None)
        return
    plans = []
    if promise is Promise.ANNUAL_AND_PLAN:
        plans = list(_plans(concept, figures, rng, years, _FIVE_YEARS))
    yield from plans
    last_years = {plan.due.year for plan in plans}  # in which the plan's figure is the year's own
    yield from (pledge for pledge in _annual(concept, figures, rng, years) if pledge.due.year not in last_years)


def _annual(concept: Concept, figures: Figures, rng: Random, years: range) -> Iterator[Pledge]:
    starts_somewhere = concept.measure_type is RATIO and rng.random() < 0.4
    own_milestone = concept.measure_type is FLOW and concept.promise is Promise.ANNUAL and rng.random() < 0.12
    word = rng.choice(("all", "="))
    quota = max(figure.value for figure in figures.values())
    for year in years:
        pledge, start = Pledge(Period(year, 1), Period(year, 2)), figures[Period(year - 1, 2)].value
        before = float(start)
        match concept.promise:
            case Promise.ZERO:
                yield replace(pledge, comparator="<=", value=Decimal(0))
            case Promise.ALL:
                yield replace(pledge, comparator=word, value=FULL)
            case Promise.QUOTA:
                yield replace(pledge, comparator="=", value=quota)
            case Promise.BAND:
                low = Decimal(round(concept.level) - 8)
                yield replace(pledge, comparator="range", value=low, value_high=low + 25)
            case Promise.CEILING:
                allowed = before * (1 + rng.gauss(0.05, 0.06) if concept.measure_type is FLOW else 0.92)
                yield replace(pledge, comparator="<=", value=amount(concept, nice(allowed)))
            case Promise.ANNUAL_RANGE:
                low = Decimal(max(round(before * (1 + concept.growth) * 0.95), 1))
                yield replace(pledge, comparator="range", value=low, value_high=low + max(round(low * 3 / 10), 1))
            case _:
                value = _ambition(concept, before, 1, rng)
                half = amount(concept, nice(float(value) * 0.44)) if own_milestone else None
                sign = "=" if concept.promise is Promise.ANNUAL_EQUAL else ">="
                baseline = (start, pledge.first.previous) if starts_somewhere else None
                yield replace(pledge, comparator=sign, value=value, s1_value=half, baseline=baseline)


def _plans(concept: Concept, figures: Figures, rng: Random, years: range, rhythm: tuple[int, int]) -> Iterator[Pledge]:
    """Plans over several years, one after the other, cut off where the data begin.

    A level starts from a baseline; a flow promises the sum of the years.
    """
    length, beyond = rhythm
    end = years.stop - 1 + beyond
    while end >= years.start:
        first = Period(max(end - length + 1, years.start), 1)
        run = end - first.year + 1
        start = figures[first.previous]
        if concept.measure_type is FLOW:
            whole = sum(float(start.value) * (1 + concept.growth) ** n for n in range(1, run + 1))
            yield Pledge(first, Period(end, 2), value=amount(concept, nice(whole * (1 + rng.gauss(0.02, 0.04)))))
        else:
            value = _ambition(concept, float(start.value), run, rng)
            yield Pledge(first, Period(end, 2), value=value, baseline=(start.value, first.previous))
        end -= length


def _ambition(concept: Concept, before: float, years: int, rng: Random) -> Decimal:
    """The figure to reach in so many years, at least a little above what was."""
    if concept.measure_type is RATIO:
        room = min(1.0, (100 - before) / 15 + 0.05)
        wanted = before + concept.growth * years * (0.85 + rng.gauss(0, 0.25)) * room
        steps = 10 if before > 95 else 2
        return min(Decimal(math.ceil(wanted * steps)) / steps, FULL)
    if concept.measure_type is STANDARD:
        return Decimal(5 * round(before * (1 + concept.growth + rng.gauss(0, 0.01)) / 5))
    wanted = before * (1 + concept.growth * (1 + rng.gauss(0, 0.15))) ** years * (1 + rng.gauss(0, 0.02))
    return amount(concept, max(nice(wanted), before + 1))
