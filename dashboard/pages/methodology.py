"""口径: what the numbers mean, generated from the cases the rules are tested with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dash import html

from dashboard.components.fragment import Fragment
from dashboard.components.render import render
from dashboard.display import N_, Absent, Display, Text, minus
from dashboard.explain import basis_text
from dashboard.i18n import Translate
from dashboard.reading import Reading
from warehouse.catalog import Rule as SetRule
from warehouse.measures.pace import HALF
from warehouse.measures.status import DEFAULT_AMBER
from warehouse.methodology import ABSENT, RULES, Rule, read_cases

NAME = "methodology"
Words = Mapping[str, Callable[[str], str]]
LEAVES = (("methodology-body", "html"),)

COLUMNS = {
    "measure_type": N_("类型"), "direction": N_("方向"), "comparator": N_("比较符"), "target": N_("目标值"),
    "target_high": N_("上限值"), "targets": N_("目标数"), "first": N_("起始"), "due": N_("到期"), "due_on": N_("截止日期"),
    "baseline": N_("基期值"), "baseline_period": N_("基期"), "s1_value": N_("年中目标"), "period": N_("半年度"),
    "actual": N_("完成值"), "amber": N_("门槛"), "s1_share": N_("设定占比"), "history": N_("历年值"), "pooled": N_("各地区占比"), "today": N_("今天"),
    "status": N_("亮灯"), "statuses": N_("亮灯"), "met": N_("测试成立"), "stretch": N_("超额"), "overdue": N_("逾期"),
    "attainment": N_("完成率"), "attainments": N_("完成率"), "progress": N_("基期以来进度"), "gap": N_("差距"),
    "expected_share": N_("应完成份额"), "basis": N_("依据"), "interval_basis": N_("区间依据"), "support": N_("依据个数"),
    "pace_ratio": N_("序时完成比"), "forecast": N_("预测"), "low": N_("低"), "middle": N_("中位"), "high": N_("高"),
    "value": N_("数值"), "values": N_("各地区数值"), "numerator": N_("分子"), "denominator": N_("分母"),
    "numerators": N_("分子"), "denominators": N_("分母"), "unit_factor": N_("单位系数"), "total": N_("合计"),
    "coverage": N_("覆盖"), "year_to_date": N_("年初累计"), "increment": N_("半年增量"), "weights": N_("权重"),
    "score": N_("得分"), "reported": N_("已填报"), "better": N_("较好方向"), "ranks": N_("名次"), "whole": N_("整数单位"),
    "shortfall": N_("还差"), "places": N_("小数位"), "rounded": N_("取整后"), "shown": N_("显示"), "text": N_("写法"),
    "boundaries": N_("不可跨越的值"), "start_on": N_("首日"), "end_on": N_("末日"),
}  # fmt: skip
"""Headings of the columns of cases; one without keeps its own name."""

MEANINGS = (
    ("met", N_("目标的要求已经满足。流量上限到期前不算。")),
    ("on_track", N_("还没到期，序时完成比不小于 1；或上限还没有突破。")),
    ("in_progress", N_("还没到期也没达到，没有序时进度可比。")),
    ("slipping", N_("序时完成比小于 1，但不小于门槛。")),
    ("behind", N_("序时完成比小于门槛。")),
    ("missed", N_("已经到期，要求没有满足。")),
    ("breached", N_("越低越好的累计数超过了上限，之后补不回来。")),
    ("unreported", N_("有目标，这个半年度没有填报；不当作 0。到期后为逾期。")),
    ("monitor", N_("没有适用的目标，只看数值。")),
)


def skeleton(_: Translate) -> list[Any]:
    """The static frame."""
    return [html.H1(_("口径")), Fragment("methodology-body")]


def build(reading: Reading) -> tuple[Any, ...]:
    """The values of ``LEAVES``."""
    d, rules = reading.display, reading.rules
    words = _words(d)
    return (
        render(
            "methodology.html",
            d,
            state=reading.state,
            meanings=[(code, d._(text)) for code, text in MEANINGS],
            rules=[_rule(rule, d, words) for rule in RULES],
            version=rules.version,
            in_force=_in_force(reading),
        ),
    )


def _in_force(reading: Reading) -> list[tuple[str, str, Text, Text, Text]]:
    """The rules in force: for which domain and indicator, threshold, share of the first half, weight.

    The one for all first, with what holds where it says nothing; only what the reader may see.
    """
    d, lines = reading.display, reading.rules.lines
    for_all = lines.get((None, None), SetRule())
    found: list[tuple[str, str, Text, Text, Text]] = [
        (
            d._("全部领域"),
            d._("全部指标"),
            d.ratio(DEFAULT_AMBER if for_all.amber_share is None else for_all.amber_share),
            d.share(HALF if for_all.s1_share is None else for_all.s1_share),
            d._("目标自带的权重") if for_all.weight is None else d.number(for_all.weight),
        )
    ]
    less_specific = Absent(d._("同更一般的规则"))
    for (domain, code), rule in sorted(lines.items(), key=lambda line: [part or "" for part in line[0]]):
        versions = reading.versions(code)
        if (
            (domain, code) != (None, None)
            and (domain is None or reading.scope.sees_domain(domain))
            and (code is None or versions)
        ):
            found.append(
                (
                    reading.catalog.domains[domain].name(d.language) if domain else d._("全部领域"),
                    versions[-1].name(d.language) if versions else d._("全部指标"),
                    less_specific if rule.amber_share is None else d.ratio(rule.amber_share),
                    less_specific if rule.s1_share is None else d.share(rule.s1_share),
                    less_specific if rule.weight is None else d.number(rule.weight),
                )
            )
    return found


def _rule(rule: Rule, d: Display, words: Words) -> dict[str, Any]:
    """A rule with its cases as a table: only columns that say something, words instead of codes."""
    cases = read_cases(rule)
    names = [n for n in cases[0] if n not in ("case", "zh", "en") and any(case[n] for case in cases)]
    outputs = set(rule.evaluate(cases[0]))
    return {
        "code": rule.code,
        "title": rule.title(d.language),
        "formula": rule.formula(d.language),
        "columns": [(d._(COLUMNS.get(name, name)), name in outputs) for name in names],
        "cases": [
            (
                case["en" if d.language == "en" else "zh"],
                [(_word(case[name], words.get(name, _signed), d), name in outputs) for name in names],
            )
            for case in cases
        ],
    }


def _words(d: Display) -> Words:
    """By column: codes as words."""
    return {
        "measure_type": d.measure_type,
        "direction": d.direction,
        "better": d.direction,
        "comparator": lambda code: {">=": "≥", "<=": "≤", "range": d._("区间"), "all": d._("全覆盖")}.get(code, code),
        "status": d.status,
        "statuses": lambda codes: d.join(d.status(code) for code in codes.split(";")),
        "basis": lambda code: basis_text(code, d),
        "interval_basis": lambda code: basis_text(code, d),
    }


def _word(text: str, say: Callable[[str], str], d: Display) -> str:
    """A cell of the cases as people read it."""
    if text in ("yes", "no"):
        return d._("是") if text == "yes" else d._("否")
    if text.startswith(ABSENT):
        return ABSENT if text == ABSENT else f"{ABSENT}{d.brackets(d.reason(text.removeprefix(ABSENT)))}"
    return say(text) if text else ""


def _signed(text: str) -> str:
    return minus(text) if text.startswith("-") else text
