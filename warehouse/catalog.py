"""The dimensions in memory: small, read often, changed only by a load."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Table, select

from warehouse import tables as t
from warehouse.measures.quantity import Unit, convert
from warehouse.measures.status import DEFAULT_AMBER
from warehouse.measures.target import Direction, MeasureType


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a code and a name in each language."""

    code: str
    name_zh: str
    name_en: str

    def name(self, language: str) -> str:
        """The name in ``zh`` or ``en``."""
        return self.name_en if language == "en" else self.name_zh


@dataclass(frozen=True, slots=True)
class District(Named):
    """地区"""

    key: int
    level: str
    parent_code: str | None
    sort_order: int


@dataclass(frozen=True, slots=True)
class Domain(Named):
    """业务领域"""

    sort_order: int


@dataclass(frozen=True, slots=True)
class Breakdown(Named):
    """分组"""

    key: int
    sort_order: int


@dataclass(frozen=True, slots=True)
class UnitName(Named):
    """单位, with what measures need of it."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class Indicator(Named):
    """指标: one definition of it."""

    key: int
    domain_code: str
    unit_code: str
    measure_type: MeasureType
    direction: Direction
    additivity: str
    definition_zh: str
    definition_en: str
    counted_zh: str | None
    counted_en: str | None
    value_min: Decimal | None
    value_max: Decimal | None
    valid_from: date | None
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Whether this definition holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def definition(self, language: str) -> str:
        """The definition in ``zh`` or ``en``."""
        return self.definition_en if language == "en" else self.definition_zh

    def counted(self, language: str) -> str | None:
        """What a ratio's numerator counts."""
        return self.counted_en if language == "en" else self.counted_zh


@dataclass(frozen=True, slots=True)
class Source:
    """来源"""

    key: int
    code: str
    kind: str
    title: str
    publisher: str | None
    published_on: date | None
    document_no: str | None
    sha256: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule sets; None where it leaves a value to the less specific rule."""

    amber_share: Decimal | None = None
    """略滞后门槛: pace ratio from which a late target is slipping, not behind."""
    s1_share: Decimal | None = None
    """上半年占比 of a flow, where neither its target nor its own history says."""
    weight: Decimal | None = None
    """权重 in the score, instead of the target's own."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds, first-half shares and weights of one rule version."""

    version: str
    lines: Mapping[tuple[str | None, str | None], Rule]
    """(domain, indicator) → what is set for it; None stands for all."""

    def amber(self, indicator: Indicator) -> Decimal:
        """略滞后门槛 of an indicator: its own, else its domain's, else the one for all, else 0.80."""
        amber = self._set_for(indicator, lambda rule: rule.amber_share)
        return DEFAULT_AMBER if amber is None else amber

    def s1_share(self, indicator: Indicator) -> Decimal | None:
        """上半年占比 set for an indicator, looked up alike; None where nothing is set."""
        return self._set_for(indicator, lambda rule: rule.s1_share)

    def weight(self, indicator: Indicator) -> Decimal | None:
        """权重 set for an indicator, looked up alike; None where each target keeps its own."""
        return self._set_for(indicator, lambda rule: rule.weight)

    def _set_for(self, indicator: Indicator, value_of: Callable[[Rule], Decimal | None]) -> Decimal | None:
        domain, code = indicator.domain_code, indicator.code
        for key in ((domain, code), (None, code), (domain, None), (None, None)):
            value = value_of(self.lines[key]) if key in self.lines else None
            if value is not None:
                return value
        return None


@dataclass(frozen=True)
class Catalog:
    """All dimensions by surrogate key, with look-ups by code."""

    districts: dict[int, District]
    indicators: dict[int, Indicator]
    breakdowns: dict[int, Breakdown]
    sources: dict[int, Source]
    domains: dict[str, Domain]
    units: dict[str, UnitName]
    rules: Rules
    """Those in force."""
    rule_versions: Mapping[str, Rules] = field(default_factory=dict)
    """Every version, in force or not, by its name."""

    @cached_property
    def district_by_code(self) -> dict[str, District]:
        """District by GB/T 2260 code."""
        return {d.code: d for d in self.districts.values()}

    @cached_property
    def indicators_by_code(self) -> dict[str, list[Indicator]]:
        """Every definition of an indicator, oldest first."""
        found: dict[str, list[Indicator]] = {}
        for indicator in sorted(self.indicators.values(), key=lambda i: i.valid_from or date.min):
            found.setdefault(indicator.code, []).append(indicator)
        return found

    @cached_property
    def breakdown_by_code(self) -> dict[str, Breakdown]:
        """Breakdown by code."""
        return {b.code: b for b in self.breakdowns.values()}

    @cached_property
    def source_by_code(self) -> dict[str, Source]:
        """Source by code."""
        return {s.code: s for s in self.sources.values()}

    @property
    def is_demo(self) -> bool:
        """Whether any of the data are made up; every page then says so."""
        return any(source.kind == "demo" for source in self.sources.values())

    def rules_of(self, version: str) -> Rules:
        """The rules a row of the mart or its history names; those in force where they are not known."""
        return self.rule_versions.get(version, self.rules)

    def unit_of(self, indicator: Indicator) -> Unit:
        """The unit an indicator is compared and shown in."""
        return self.units[indicator.unit_code].unit

    def in_its_unit(self, indicator: Indicator, value: Decimal, unit_code: str) -> Decimal:
        """A value of an indicator in the indicator's own unit, exactly. Errors: ValueError across quantities."""
        if unit_code == indicator.unit_code:
            return value
        return convert(value, self.units[unit_code].unit, self.unit_of(indicator))

    def ancestors(self, district: District) -> Iterator[District]:
        """The districts above, nearest first."""
        above = self.district_by_code.get(district.parent_code or "")
        while above is not None:
            yield above
            above = self.district_by_code.get(above.parent_code or "")

    def children(self, district: District) -> list[District]:
        """The districts directly below, in order."""
        below = [d for d in self.districts.values() if d.parent_code == district.code]
        return sorted(below, key=lambda d: d.sort_order)


def release(version: str) -> tuple[int, ...]:
    """A rule version as numbers, to be compared: 2026.10 comes after 2026.9."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def fetch_catalog(connection: Connection) -> Catalog:
    """Read every dimension."""

    def rows(table: Table) -> Sequence[Any]:
        return connection.execute(select(table)).all()

    districts = [
        District(r.district_code, r.name_zh, r.name_en, r.district_key, r.level, r.parent_code, r.sort_order)
        for r in rows(t.dim_district)
    ]
    indicators = [
        Indicator(
            r.indicator_code, r.name_zh, r.name_en, r.indicator_key, r.domain_code, r.unit_code,
            MeasureType(r.measure_type), Direction(r.direction), r.additivity, r.definition_zh, r.definition_en,
            r.counted_zh, r.counted_en, r.value_min, r.value_max, r.valid_from, r.valid_to,
        )
        for r in rows(t.dim_indicator)
    ]  # fmt: skip
    breakdowns = [
        Breakdown(r.breakdown_code, r.name_zh, r.name_en, r.breakdown_key, r.sort_order) for r in rows(t.dim_breakdown)
    ]
    sources = [
        Source(
            r.source_key, r.source_code, r.kind, r.title, r.publisher, r.published_on, r.document_no, r.sha256, r.note
        )
        for r in rows(t.dim_source)
    ]
    domains = [Domain(r.domain_code, r.name_zh, r.name_en, r.sort_order) for r in rows(t.dim_domain)]
    units = [
        UnitName(r.unit_code, r.name_zh, r.name_en, Unit(r.unit_code, r.quantity, r.factor, r.is_whole))
        for r in rows(t.dim_unit)
    ]
    versions: dict[str, dict[tuple[str | None, str | None], Rule]] = {}
    for r in rows(t.dim_rule):
        lines = versions.setdefault(r.rule_version, {})
        lines[r.domain_code, r.indicator_code] = Rule(r.amber_share, r.s1_share, r.weight)
    in_force = max(versions, key=release, default="none")
    return Catalog(
        districts={d.key: d for d in sorted(districts, key=lambda d: d.sort_order)},
        indicators={i.key: i for i in indicators},
        breakdowns={b.key: b for b in sorted(breakdowns, key=lambda b: b.sort_order)},
        sources={s.key: s for s in sources},
        domains={d.code: d for d in sorted(domains, key=lambda d: d.sort_order)},
        units={u.code: u for u in units},
        rules=Rules(in_force, versions.get(in_force, {})),
        rule_versions={version: Rules(version, lines) for version, lines in versions.items()},
    )
