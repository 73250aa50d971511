"""Codes, names and aliases of the dimensions: a word means one thing, or nothing. Nothing is mapped by likeness."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any

from warehouse.catalog import Catalog, Indicator
from warehouse.measures.period import Period

Aliases = dict[tuple[str, str], str]
KINDS = ("district", "indicator", "breakdown", "unit")

_SPACES = re.compile(r"[\s\u200b-\u200f\ufeff]+")
_CODE_AND_NAME = re.compile(r"(\d{6}|\d{9})[-_:]?(\D.*)|(\D.*?)[-_:(]?(\d{6}|\d{9})\)?")
_RINGED = re.compile(r"^[①-⒇㈠-㈩★☆▲△●○◆◇■□※*]+")
_NUMBERED = re.compile(r"^(?:[(\[]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})(?:[)\]][、.]?|[、.](?!\d)))+")
_MARK = re.compile(
    r"(?<=.)(?:[①-⒇¹²³⁰-⁹*﹡※★☆▲△#]|[\[〔【](?:注)?[0-9]{1,2}[\]〕】]|[(（]注[0-9一二三四五六七八九十①-⑳]*[)）])+$"
)
WITH_UNIT = re.compile(r"([^/:,]+)[/:,](.+)")
"""A name and its unit: 低保人数/人."""
_AND = re.compile("[、,;和及]")
_IN_BRACKETS = re.compile(r"(.+?)[(\[]([^()\[\]]+)[)\]]")


def plain(text: str) -> str:
    """A word without what does not tell it from another: width of characters, spaces, capitals."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).lower()


def unmarked(word: str) -> str:
    """A word without the marks of a footnote behind it: 低保人数①, 低保人数（注2）."""
    return _MARK.sub("", word.strip())


def unnumbered(word: str) -> str:
    """A word as ``plain`` has it, without the number of its line (1. （二） ③) and marks of a footnote behind it."""
    return _NUMBERED.sub("", plain(_RINGED.sub("", unmarked(word)))).rstrip(":。")


class Refused(Exception):
    """A row does not conform: reason code, column, and what is particular about it."""

    def __init__(self, reason: str, column: str | None = None, zh: str = "", en: str = "") -> None:
        self.reason, self.column, self.zh, self.en = reason, column, zh, en


@dataclass(frozen=True, slots=True)
class IndicatorWord:
    """What the name of an indicator in a table says: its code, and the unit or breakdown in brackets behind it."""

    code: str
    unit_code: str | None = None
    breakdown_code: str | None = None


class Codebook:
    """Looks up codes, names and aliases in the dimensions."""

    def __init__(self, catalog: Catalog, aliases: Aliases) -> None:
        self.catalog, self.aliases = catalog, aliases
        self._found = cache(lambda kind, word: self.words[kind].get(plain(word)))
        self._indicator_word, self.units_in = cache(self._read_indicator), cache(self._read_units)

    @cached_property
    def words(self) -> Mapping[str, Mapping[str, str]]:
        """By kind, every word that means exactly one thing, as ``plain`` has it → its code."""
        return {kind: self._words_of(kind) for kind in KINDS}

    def find(self, kind: str, word: str) -> str | None:
        """The code of a code, alias or name; None where it is none, or the name of several things."""
        if word in self.words[kind]:
            return self.words[kind][word]
        return self._found(kind, word)

    def _read_units(self, word: str) -> tuple[str, ...]:
        """The units of a word, as above a table that mixes them (人、万元); none where one of them is unknown."""
        found = [self.find("unit", part) for part in _AND.split(plain(word))]
        return tuple(code for code in found if code is not None) if None not in found else ()

    def code(self, kind: str, word: str, column: str | None = None) -> str:
        """The same. Errors: Refused, with the nearest names."""
        found = self.find(kind, word)
        if found is None:
            raise self._unknown(kind, word, column or f"{kind}_code")
        return found

    def district(self, word: str, column: str = "district_code") -> str:
        """The code of a district; ``320404 钟楼区`` is one word too. Errors: Refused."""
        found = self.find("district", word) or self.find("district", unnumbered(word))
        if found is not None:
            return found
        both = _CODE_AND_NAME.fullmatch(plain(word))
        if both is not None:
            code, name = (both[1], both[2]) if both[1] else (both[4], both[3])
            by_code, by_name = self.find("district", code), self.find("district", name)
            if by_code is not None and by_code == by_name:
                return by_code
            if by_code is not None and by_name is not None:
                raise self.disagreement("district", column, code, name)
        raise self._unknown("district", word, column)

    def indicator_word(self, word: str, column: str = "indicator_code") -> IndicatorWord:
        """The indicator of a name, which may carry its unit or a breakdown in brackets. Errors: Refused."""
        found = self._indicator_word(word)
        if found is None:
            raise self._unknown("indicator", word, column)
        return found

    def is_indicator(self, word: str) -> bool:
        """Whether ``indicator_word`` knows it."""
        return self._indicator_word(word) is not None

    def _read_indicator(self, word: str) -> IndicatorWord | None:
        bare = unnumbered(word)
        found = self.find("indicator", word) or self.find("indicator", bare)
        if found is not None:
            return IndicatorWord(found)
        parted = self.parted(bare)
        if parted is not None:
            return IndicatorWord(self.words["indicator"][parted[1]], breakdown_code=self.words["breakdown"][parted[0]])
        bracketed = _IN_BRACKETS.fullmatch(bare) or WITH_UNIT.fullmatch(bare)
        inner = None if bracketed is None else self._indicator_word(bracketed[1])
        if bracketed is None or inner is None:
            return None
        unit, breakdown = self.find("unit", bracketed[2]), self.find("breakdown", bracketed[2])
        if unit is not None and inner.unit_code is None:
            return replace(inner, unit_code=unit)
        is_parted = breakdown is not None and inner.breakdown_code is None
        return replace(inner, breakdown_code=breakdown) if is_parted else None

    def parted(self, word: str) -> tuple[str, str] | None:
        """A breakdown and the indicator it is of, where a name (as ``plain`` has it) puts one before the other."""
        if self.find("indicator", word) is not None:
            return None
        parts = (part for part in self.words["breakdown"] if len(part) > 1 and word.startswith(part))
        return next(((part, word[len(part) :]) for part in parts if self.find("indicator", word[len(part) :])), None)

    def definition(self, code: str, period: Period) -> Indicator:
        """The definition of an indicator that held at the end of a period. Errors: Refused."""
        for indicator in self.catalog.indicators_by_code[code]:
            if indicator.holds_on(period.end_on):
                return indicator
        raise Refused("no_definition_then", "period_code")

    def source_key(self, code: str | None) -> int:
        """A registered source. Errors: Refused."""
        source = self.catalog.source_by_code.get(code or "")
        if source is None:
            raise Refused("unknown_source", "source_code")
        return source.key

    def names_of(self, word: str) -> tuple[str, ...]:
        """What an indicator is called, as in a table and by all its names."""
        code = self.find("indicator", word)
        versions = self.catalog.indicators_by_code.get(code or "", [])
        aliases = (alias for (kind, alias), meant in self.aliases.items() if kind == "indicator" and meant == code)
        return tuple(dict.fromkeys((word, *(indicator.name_zh for indicator in versions), *aliases)))

    def disagreement(self, kind: str, column: str, code: str, name: str) -> Refused:
        """A code and a name that mean two things."""
        meant, named = self._named(kind, code), self._named(kind, name)
        return Refused(
            "code_name_disagree", column,
            f"代码 {code} 是“{meant[0]}”，名称写的是“{named[0]}”。",
            f"The code {code} is {meant[1]!r}, the name says {named[1]!r}.",
        )  # fmt: skip

    def districts_in(self, text: str) -> set[str]:
        """Districts named within a title, as ``钟楼区民政局``; the one above a named one does not count.

        A name that follows that of another place (舟山市普陀区) is not ours.
        """
        compact = plain(text)
        found = {
            code
            for word, code in self.words["district"].items()
            if len(word) > 1 and not word.isdigit() and re.search(f"(?<![省市州盟区县]){re.escape(word)}", compact)
        }
        above = {upper.code for code in found for upper in self.catalog.ancestors(self.catalog.district_by_code[code])}
        return found - above

    def _named(self, kind: str, word: str) -> tuple[str, str]:
        code = self.find(kind, word)
        thing = next((thing for thing in self._things(kind) if thing.code == code), None)
        return (word, word) if thing is None else (thing.name_zh, thing.name_en)

    def _unknown(self, kind: str, word: str, column: str) -> Refused:
        nearest = self._nearest(kind, word)
        if not nearest:
            return Refused(f"unknown_{kind}", column)
        zh = "、".join(f"“{name}”（{code}）" for name, code in nearest)
        en = ", ".join(f"{name} ({code})" for name, code in nearest)
        return Refused(f"unknown_{kind}", column, f"是不是{zh}？", f"Is it {en}?")

    def _nearest(self, kind: str, word: str) -> list[tuple[str, str]]:
        """Up to two names that look or begin alike, as a suggestion."""
        compact, names = plain(word), {plain(thing.name_zh): thing for thing in self._things(kind)}
        if not compact or len(compact) > 60:
            return []
        alike = [name for name in names if len(compact) > 1 and (name.startswith(compact) or compact.startswith(name))]
        alike += get_close_matches(compact, list(names), n=2, cutoff=0.6)
        if compact.isdigit():
            codes = get_close_matches(compact, [thing.code for thing in self._things(kind)], n=2, cutoff=0.8)
            alike += [plain(thing.name_zh) for thing in self._things(kind) if thing.code in codes]
        return [(names[name].name_zh, names[name].code) for name in dict.fromkeys(alike)][:2]

    def _things(self, kind: str) -> Iterator[Any]:
        catalog = self.catalog
        things: dict[str, dict[Any, Any]] = {
            "district": catalog.districts, "indicator": catalog.indicators,
            "breakdown": catalog.breakdowns, "unit": catalog.units,
        }  # fmt: skip
        yield from things[kind].values()

    def _full_names(self) -> Iterator[tuple[str, str]]:
        """Names with those of the districts above (江苏省常州市钟楼区), and of their bureaus (钟楼区民政局)."""
        for district in self.catalog.districts.values():
            above = [plain(upper.name_zh) for upper in self.catalog.ancestors(district)]
            name = plain(district.name_zh)
            full = {"".join(reversed(above[:n])) + name for n in range(len(above) + 1)} | {
                upper + name for upper in above
            }
            yield from ((text + office, district.code) for text in full for office in ("", "民政局"))

    def _words_of(self, kind: str) -> dict[str, str]:
        codes = {thing.code for thing in self._things(kind)}
        names: dict[str, set[str]] = {}
        for thing in self._things(kind):
            names.setdefault(plain(thing.name_zh), set()).add(thing.code)
        if kind == "district":
            for name, code in self._full_names():
                names.setdefault(name, set()).add(code)
        words = {name: next(iter(meant)) for name, meant in names.items() if name and len(meant) == 1}
        words |= {plain(alias): code for (of, alias), code in self.aliases.items() if of == kind and code in codes}
        return words | {plain(code): code for code in codes}
