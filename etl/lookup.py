"""Look-up: the words of a record → the indicator's definition and the keys of a fact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from etl.amount import is_blank
from etl.codebook import Codebook, IndicatorWord, Refused, plain
from etl.layout import PART
from etl.validate import Problem
from etl.vocabulary import SUMS
from warehouse.catalog import Indicator
from warehouse.measures.period import Period
from warehouse.measures.quantity import Unit
from warehouse.scope import Scope

T = TypeVar("T")

MANY_UNITS = ("money", "money_per_person")
"""Quantities of which nobody can know the unit a bare figure is in: 元 or 万元, a month or a year."""

SAID = (
    "district_code", "district_name", "district_above", "indicator_code", "indicator_name", "breakdown_code",
    "unit_code", PART,
)  # fmt: skip
"""What a record says of itself in words."""


class Common(NamedTuple):
    """What many records share: the definition meant, the keys, and how their figures are to be judged."""

    indicator: Indicator
    keys: dict[str, Any]
    unit_was_said: bool
    unit: Unit
    """That of ``keys``: as said, or the indicator's own."""
    own_unit: Unit
    low: Decimal | None
    high: Decimal | None
    """What can be true of the indicator, in its own unit."""
    is_plain: bool
    """Whether a bare figure is in ``unit`` without a question, and that is the indicator's own."""


@dataclass(slots=True)
class _Words:
    """Words of records, as far as they are the same whatever the half-year."""

    district: str | None
    indicator: str | None
    breakdown: str | None
    unit: str | None
    problems: list[Problem]
    always: Common | list[Problem] | None = None
    """What they mean in every half-year, where the indicator has but one definition."""
    found: dict[Period, Common | list[Problem]] = field(default_factory=dict)


class Lookup:
    """Looks up the words of records, for one who may report on a scope."""

    def __init__(self, book: Codebook, scope: Scope) -> None:
        self.book, self.scope = book, scope
        self._words: dict[tuple[str, ...], _Words] = {}

    def common(self, said: tuple[str, ...], period: Period | None) -> Common | list[Problem]:
        """What words (in the order of SAID) and a half-year mean, or everything wrong with them."""
        words = self._words.get(said)
        if words is None:
            words = self._words[said] = self._look_up(dict(zip(SAID, said, strict=True)))
        if period is None:
            return words.problems
        if words.always is not None:
            return words.always
        found = words.found.get(period)
        if found is None:
            found = words.found[period] = self._define(words, period)
            if words.indicator is None or self._is_timeless(words.indicator):
                words.always = found
        return found

    def always(self, said: tuple[str, ...]) -> Common | list[Problem] | None:
        """What words that were looked up mean whatever the half-year; None where that matters."""
        words = self._words.get(said)
        return None if words is None else words.always

    def _is_timeless(self, code: str) -> bool:
        versions = self.book.catalog.indicators_by_code[code]
        return len(versions) == 1 and versions[0].valid_from is None and versions[0].valid_to is None

    def measures_alike(self, unit_code: str, indicator: Indicator) -> bool:
        """Whether a unit measures what the indicator does."""
        catalog = self.book.catalog
        return catalog.units[unit_code].unit.quantity == catalog.unit_of(indicator).quantity

    def _look_up(self, text: Mapping[str, str]) -> _Words:
        problems: list[Problem] = []
        district = told(problems, lambda: self._district(text))
        if text[PART] and not self._is_whole(text[PART], district):
            problems.append(Problem("part_of_district", PART))
        word = self._indicator(text, problems)
        unit_word, breakdown_word = text["unit_code"], text["breakdown_code"]
        if word is not None:
            said_unit, said_breakdown = (self.book.find(k, text[f"{k}_code"]) for k in ("unit", "breakdown"))
            if word.unit_code is not None and said_unit not in (None, word.unit_code):
                problems.append(Problem("unit_conflict", "unit_code"))
            if word.breakdown_code is not None and said_breakdown not in (None, word.breakdown_code):
                problems.append(Problem("unknown_breakdown", "breakdown_code"))
            unit_word, breakdown_word = unit_word or word.unit_code or "", breakdown_word or word.breakdown_code or ""
        breakdown = told(problems, lambda: self.book.code("breakdown", breakdown_word or "total"))
        unit = told(problems, lambda: self._unit(unit_word, word)) if unit_word else None
        return _Words(district, None if word is None else word.code, breakdown, unit, problems)

    def _is_whole(self, part: str, district: str | None) -> bool:
        """Whether what stands in a column of streets or homes means the district itself: nothing, 合计, or its name."""
        return is_blank(part) or plain(part) in SUMS or self.book.find("district", part) == district

    def _district(self, text: Mapping[str, str]) -> str | None:
        """A district by its code, its name, or both, which must agree."""
        code, name = text["district_code"], text["district_name"]
        if not code and not name:
            raise Refused("missing_value", "district_code")
        by_code = self.book.district(code) if code else None
        by_name = self.book.district(name, "district_name") if name else None
        if by_code is not None and by_name is not None and by_code != by_name:
            raise self.book.disagreement("district", "district_code", code, name)
        found = by_code or by_name
        above = self.book.find("district", text["district_above"]) if text["district_above"] else None
        if found is not None and above is not None and above != found:
            district = self.book.catalog.district_by_code[found]
            if above not in {upper.code for upper in self.book.catalog.ancestors(district)}:
                upper, lower = text["district_above"], district.name_zh
                zh, en = f"“{lower}”不属于“{upper}”。", f"{district.name_en} is no part of {upper}."
                raise Refused("code_name_disagree", "district_above", zh, en)
        return found

    def _indicator(self, text: Mapping[str, str], problems: list[Problem]) -> IndicatorWord | None:
        """An indicator by its code, its name, or both, which must agree."""
        code, name = text["indicator_code"], text["indicator_name"]
        if not code and not name:
            problems.append(Problem("missing_value", "indicator_code"))
            return None
        by_code = told(problems, lambda: self.book.indicator_word(code)) if code else None
        by_name = told(problems, lambda: self.book.indicator_word(name, "indicator_name")) if name else None
        if by_code is not None and by_name is not None and by_code.code != by_name.code:
            error = self.book.disagreement("indicator", "indicator_code", code, name)
            problems.append(problem_of(error))
        return by_name or by_code

    def _unit(self, text: str, word: IndicatorWord | None) -> str | None:
        """The unit of a word; of several (人、万元) the one that measures what the indicator does. Errors: Refused."""
        if "≠" in text:
            raise Refused("unit_conflict", "unit_code")
        units = self.book.units_in(text)
        if len(units) < 2:
            return self.book.code("unit", text)
        versions = self.book.catalog.indicators_by_code[word.code] if word is not None else []
        fitting = [unit for unit in units if all(self.measures_alike(unit, version) for version in versions)]
        return fitting[0] if len(fitting) == 1 else None

    def _define(self, words: _Words, period: Period) -> Common | list[Problem]:
        problems, catalog = list(words.problems), self.book.catalog
        indicator = None
        if words.indicator is not None:
            code = words.indicator
            indicator = told(problems, lambda: self.book.definition(code, period))
        if indicator is not None and words.unit is not None and not self.measures_alike(words.unit, indicator):
            problems.append(Problem("unit_mismatch", "unit_code"))
        if words.district is not None and indicator is not None and not self._is_in_scope(words.district, indicator):
            problems.append(Problem("not_in_scope", "district_code"))
        if problems or indicator is None or words.district is None or words.breakdown is None:
            return problems
        unit = words.unit or indicator.unit_code
        keys = {
            "indicator_key": indicator.key,
            "district_key": catalog.district_by_code[words.district].key,
            "breakdown_key": catalog.breakdown_by_code[words.breakdown].key,
            "unit_code": unit,
        }
        own = catalog.unit_of(indicator)
        is_plain = unit == own.code and unit != "percent" and (words.unit is not None or own.quantity not in MANY_UNITS)
        return Common(
            indicator, keys, words.unit is not None, catalog.units[unit].unit, own,
            indicator.value_min, indicator.value_max, is_plain,
        )  # fmt: skip

    def _is_in_scope(self, district: str, indicator: Indicator) -> bool:
        return self.scope.sees_district(district) and self.scope.sees_domain(indicator.domain_code)


def problem_of(error: Refused) -> Problem:
    """A refusal as a problem of its record."""
    return Problem(error.reason, error.column, error.zh, error.en)


def told(problems: list[Problem], look: Callable[[], T]) -> T | None:
    """The result, or None and one problem more."""
    try:
        return look()
    except Refused as error:
        problems.append(problem_of(error))
        return None
