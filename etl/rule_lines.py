"""Rules proposed by a person: what may be set, and what is wrong with a proposal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from warehouse.catalog import Catalog, Rule, Rules
from warehouse.errors import RuleRefused
from warehouse.queries.rules import RuleLine

MOST_PLACES, LONGEST_TEXT = 6, 500
HEAVIEST = Decimal(1_000_000)

POSSIBLE: Final[Mapping[str, Callable[[Decimal], bool]]] = {
    "amber_share": lambda value: 0 < value <= 1,
    "s1_share": lambda value: 0 < value < 1,
    "weight": lambda value: 0 <= value <= HEAVIEST,
}
"""By column of ``dim_rule``: whether a number may be set."""

_RANGES = {
    "amber_share": ("略滞后门槛应大于 0，不大于 1", "the slipping threshold must be above 0 and at most 1"),
    "s1_share": ("上半年占比应大于 0，小于 1", "the share of H1 must be above 0 and below 1"),
    "weight": ("权重应不小于 0，不大于 1000000", "the weight must be at least 0 and at most 1000000"),
}


def check_lines(catalog: Catalog, lines: Sequence[RuleLine]) -> tuple[RuleLine, ...]:
    """A complete set of rules, its notes tidied. Errors: RuleRefused, which names the first line that cannot stand."""
    seen: set[tuple[str | None, str | None]] = set()
    tidied = []
    for number, line in enumerate(lines, start=1):
        wrong = _wrong(catalog, line)
        if wrong is None and line.scope in seen:
            wrong = None, "与前面的一条重复", "repeats an earlier line"
        if wrong is not None:
            name, zh, en = wrong
            who_zh, who_en = _who(catalog, line, "zh"), _who(catalog, line, "en")
            raise RuleRefused(f"第 {number} 条（{who_zh}）：{zh}。", f"Line {number} ({who_en}): {en}.", number, name)
        seen.add(line.scope)
        tidied.append(replace(line, note_zh=tidy(line.note_zh), note_en=tidy(line.note_en)))
    if not any(line.scope == (None, None) and line.amber_share is not None for line in lines):
        raise RuleRefused(
            "缺少适用于全部领域、全部指标的略滞后门槛。",
            "The slipping threshold for all domains and indicators is missing.",
        )
    if as_rules("", tidied).lines == catalog.rules.lines:
        raise RuleRefused(
            "与现行规则相同，没有可以更改的；只改说明不算更改。",
            "These are the rules in force: there is nothing to change. A note alone is no change.",
        )
    return tuple(tidied)


def as_rules(version: str, lines: Iterable[RuleLine]) -> Rules:
    """Lines as the catalog has them."""
    return Rules(version, {line.scope: Rule(line.amber_share, line.s1_share, line.weight) for line in lines})


def seal_of(data_version: str, in_force: str, lines: Iterable[RuleLine]) -> str:
    """Stands for exactly these lines, on exactly these data and rules; the order of the lines is no matter."""
    document = [
        [
            line.domain_code or "", line.indicator_code or "",
            *(None if v is None else f"{v.normalize():f}" for v in (line.amber_share, line.s1_share, line.weight)),
            line.note_zh, line.note_en,
        ]
        for line in lines
    ]  # fmt: skip
    text = json.dumps([data_version, in_force, sorted(document, key=lambda line: line[:2])])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def tidy(text: str | None) -> str | None:
    """What a person wrote, without what no database can keep; None if nothing is left."""
    return (text or "").replace("\0", "").encode("utf-8", "replace").decode().strip() or None


def _wrong(catalog: Catalog, line: RuleLine) -> tuple[str | None, str, str] | None:
    """The column and the mistake in both languages; None for a line that can stand."""
    domain, code = line.scope
    definitions = catalog.indicators_by_code.get(code or "", [])
    if domain is not None and domain not in catalog.domains:
        return "domain_code", "没有这个领域", "there is no such domain"
    if code is not None and not definitions:
        return "indicator_code", "没有这个指标", "there is no such indicator"
    if domain is not None and code is not None and domain not in {one.domain_code for one in definitions}:
        return "domain_code", "指标不属于这个领域", "the indicator is of another domain"
    for name in POSSIBLE:
        value: Decimal | None = getattr(line, name)
        if value is None:
            continue
        if not value.is_finite() or not POSSIBLE[name](value):
            return name, *_RANGES[name]
        if value != round(value, MOST_PLACES):
            return name, f"最多 {MOST_PLACES} 位小数", f"at most {MOST_PLACES} decimals"
    if line.amber_share is None and line.s1_share is None and line.weight is None:
        return None, "没有设定任何一项", "nothing is set"
    if any(len(note or "") > LONGEST_TEXT for note in (line.note_zh, line.note_en)):
        return "note_zh", f"说明最多 {LONGEST_TEXT} 字", f"a note has at most {LONGEST_TEXT} characters"
    return None


def _who(catalog: Catalog, line: RuleLine, language: str) -> str:
    """For whom a line is, in words; a code that is unknown as it is."""
    domain, code = line.scope
    names = [
        catalog.domains[domain].name(language) if domain in catalog.domains else domain,
        catalog.indicators_by_code[code][-1].name(language) if code in catalog.indicators_by_code else code,
    ]
    for_all = {"zh": ("全部领域", "全部指标"), "en": ("all domains", "all indicators")}[language]
    return " · ".join(every if name is None else name for name, every in zip(names, for_all, strict=True))
