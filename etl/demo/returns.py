"""From what happened to what stands in the books: gaps, late returns, misprints and their corrections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any

from etl.demo.books import Attendance, Books, correction_source, plan_source, return_source
from etl.demo.concepts import MILESTONE, RATIO, Concept, Promise
from etl.demo.ledger import Ledger
from etl.demo.places import Place
from etl.demo.promises import Pledge
from etl.demo.story import TOTAL, URBAN, Figure, Story, amount, ratio
from warehouse.measures.period import Period, span

MISSING_SHARE, CORRECTED_SHARE = 0.03, 0.01
_COLUMN = {TOTAL: "C", URBAN: "D"}
_MISPRINT_ZH = "与原始台账核对后更正"
_ADJUSTED_ZH = "年中调整"


@dataclass(frozen=True, slots=True)
class Keys:
    """Surrogate keys by code."""

    indicators: Mapping[str, int]
    districts: Mapping[str, int]
    breakdowns: Mapping[str, int]
    sources: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written about one indicator in one district. ``line``: its line in the return."""

    place: Place
    concept: Concept
    line: int


class Clerk:
    """Files targets and actuals in the ledger."""

    def __init__(self, books: Books, attendance: Attendance, keys: Keys, ledger: Ledger, years: range) -> None:
        self._books, self._attendance, self._keys, self._ledger = books, attendance, keys, ledger
        self._first, self._last = Period(years.start, 1), Period(years.stop - 1, 2)

    def file_targets(self, entry: Entry, promised: Mapping[str, list[Pledge]], rng: Random) -> None:
        """Targets come with the plan of their first year; a few are adjusted at mid-year."""
        for breakdown, pledges in promised.items():
            for pledge in pledges:
                year = pledge.first.year
                plan, row = self._books.plans[year], self._target(entry, breakdown, pledge, plan_source(year))
                before = _first_wording(entry.concept, pledge, rng)
                if before is None:
                    self._ledger.enter("target", row, plan)
                    continue
                adjusted = row | {"source_key": self._source(correction_source(pledge.first)), "note": _ADJUSTED_ZH}
                late = self._books.late[pledge.first]
                self._ledger.correct("target", row | {"value": before}, adjusted, plan, late)

    def file_actuals(self, entry: Entry, story: Story, rng: Random) -> None:
        """Actuals come with the return of their half-year, late, or not at all."""
        code, concept = entry.place.code, entry.concept
        for period in span(self._first, self._last):
            is_missing = concept.measure_type is not MILESTONE and rng.random() < MISSING_SHARE
            if is_missing or self._attendance.is_silent(code, period):
                continue
            is_late = self._attendance.is_late(code, period)
            batch = (self._books.late if is_late else self._books.returns)[period]
            for breakdown, figures in story.items():
                if period not in figures:
                    continue
                figure = figures[period]
                row = self._actual(entry, breakdown, period, figure)
                before = None if is_late else _misprint(concept, figure, rng)
                if before is None:
                    self._ledger.enter("actual", row, batch)
                    continue
                corrected = row | {"source_key": self._source(correction_source(period)), "note": _MISPRINT_ZH}
                misprinted = row | {
                    "value": before.value, "numerator": before.numerator, "denominator": before.denominator,
                }  # fmt: skip
                self._ledger.correct("actual", misprinted, corrected, batch, self._books.late[period])

    def _target(self, entry: Entry, breakdown: str, pledge: Pledge, source: str) -> dict[str, Any]:
        baseline, start = pledge.baseline or (None, None)
        return self._common(entry, breakdown, source) | {
            "due_period_key": pledge.due.key, "first_period_key": pledge.first.key, "due_on": pledge.due_on,
            "comparator": pledge.comparator, "value": pledge.value, "value_high": pledge.value_high,
            "baseline_value": baseline, "baseline_period_key": start.key if start else None,
            "s1_value": pledge.s1_value, "is_binding": pledge.is_binding, "weight": pledge.weight,
        }  # fmt: skip

    def _actual(self, entry: Entry, breakdown: str, period: Period, figure: Figure) -> dict[str, Any]:
        return self._common(entry, breakdown, return_source(period)) | {
            "period_key": period.key, "value": figure.value, "numerator": figure.numerator,
            "denominator": figure.denominator,
        }  # fmt: skip

    def _common(self, entry: Entry, breakdown: str, source: str) -> dict[str, Any]:
        return {
            "indicator_key": self._keys.indicators[entry.concept.indicator_code],
            "district_key": self._keys.districts[entry.place.code],
            "breakdown_key": self._keys.breakdowns[breakdown],
            "unit_code": entry.concept.unit_code, "source_key": self._source(source),
            "locator": f"{entry.place.zh}!{_COLUMN.get(breakdown, 'E')}{entry.line}", "confidence": "high",
            "note": None,
        }  # fmt: skip

    def _source(self, code: str) -> int:
        return self._keys.sources[code]


def _first_wording(concept: Concept, pledge: Pledge, rng: Random) -> Decimal | None:
    """The value a plan first named, for the few targets that are adjusted later; None for the others."""
    if rng.random() >= CORRECTED_SHARE or pledge.value is None or pledge.comparator != ">=":
        return None
    before = _off(concept, pledge.value, rng)
    return None if concept.measure_type is RATIO and before > 100 else before


def _misprint(concept: Concept, figure: Figure, rng: Random) -> Figure | None:
    """The wrong figure a return first held, for the few that are corrected later; None for the others."""
    if rng.random() >= CORRECTED_SHARE or concept.measure_type is MILESTONE or concept.promise is Promise.ZERO:
        return None
    if figure.numerator is not None and figure.denominator is not None:
        wrong = int(figure.numerator) - max(1, round(float(figure.numerator) * rng.uniform(0.01, 0.06)))
        return ratio(wrong, int(figure.denominator)) if wrong >= 0 else None
    return replace(figure, value=_off(concept, figure.value, rng))


def _off(concept: Concept, value: Decimal, rng: Random) -> Decimal:
    """A value a few percent beside, never the same and never below 0."""
    beside = amount(concept, float(value) * (1 + rng.choice((-1, 1)) * rng.uniform(0.02, 0.09)))
    return beside if beside != value else value + 1
