"""What a line of the workbook says, and what may be written on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from etl.cell_text import clean
from warehouse.catalog import Breakdown, Catalog, Domain, Indicator, UnitName
from warehouse.measures.period import Period, from_key
from warehouse.measures.quantity import format_decimal
from warehouse.measures.target import MeasureType
from warehouse.queries.expected import Expected

_COMPARATORS = {">=": "≥", "<=": "≤"}
_QUALIFIERS = {
    ">": ("超过", "over "), ">=": ("不少于", "at least "), "<": ("近", "nearly "), "<=": ("不多于", "at most "),
    "~": ("约", "about "),
}  # fmt: skip
_MOST_PLACES, _MOST_MESSAGE = 6, 250


@dataclass(frozen=True, slots=True)
class Line:
    """One figure to be reported."""

    domain: Domain
    indicator: Indicator
    breakdown: Breakdown
    unit: UnitName
    target: str
    """As people write it: ≥80%, 3–5个, 全覆盖; "" without one."""
    last: str
    """The last figure with its half-year; "" without one."""

    @property
    def has_parts(self) -> bool:
        """Whether numerator and denominator can be given."""
        return self.indicator.measure_type is MeasureType.RATIO


def lines_of(figures: Iterable[Expected], catalog: Catalog, language: str) -> list[Line]:
    """A line for each figure, by domain, in the order the figures come."""
    order = {code: number for number, code in enumerate(catalog.domains)}
    lines = []
    for figure in figures:
        indicator = catalog.indicators[figure.indicator_key]
        unit = catalog.units[indicator.unit_code]
        lines.append(
            Line(
                catalog.domains[indicator.domain_code], indicator, catalog.breakdowns[figure.breakdown_key], unit,
                _target(figure, indicator, unit, language), _last(figure, indicator, unit, language),
            )
        )  # fmt: skip
    return sorted(lines, key=lambda line: order[line.domain.code])


def period_name(period: Period, language: str) -> str:
    """2020年上半年, or H1 2020."""
    if language == "en":
        return f"H{period.semester} {period.year}"
    return f"{period.year}年{'上' if period.semester == 1 else '下'}半年"


def validation(line: Line, language: str) -> dict[str, Any]:
    """What the value cell of a line takes, for XlsxWriter: with a message before, and one where it is refused."""
    if line.indicator.measure_type is MeasureType.MILESTONE:
        rule: dict[str, Any] = {"validate": "list", "source": ["1", "0"]}
        what = _say(language, "已完成写 1，未完成写 0。", "Write 1 where it is done, 0 where it is not.")
    else:
        low, high = limits(line)
        rule = {"validate": "whole" if line.unit.unit.is_whole else "decimal", **_bounds(low, high)}
        what = _number_words(line, low, high, language)
    behind = {
        MeasureType.FLOW: _say(language, "填年初至期末的累计数。", "Cumulative from the start of the year."),
        MeasureType.STOCK: _say(language, "填期末数。", "As at the end of the half-year."),
    }.get(line.indicator.measure_type, "")
    blank = _say(
        language, "没有数就留空，并写明未报原因；不要写 0。", "No figure: leave blank and say why; do not write 0."
    )
    return rule | {
        "input_title": clean(line.indicator.name(language), 32),
        "input_message": clean("\n".join(part for part in (what, behind, blank) if part), _MOST_MESSAGE),
        "error_title": _say(language, "这个数填不进去", "Not possible here"),
        "error_message": clean(
            what + _say(language, "原因和说明请写在后两列。", " Words go into the last two columns."), _MOST_MESSAGE
        ),
    }  # fmt: skip


def limits(line: Line) -> tuple[Decimal | None, Decimal | None]:
    """The least and the greatest value, in the indicator's unit: its own, and 0 for what is counted."""
    low, high = line.indicator.value_min, line.indicator.value_max
    if low is None and line.unit.unit.is_whole:
        low = Decimal(0)
    return low, high


def _bounds(low: Decimal | None, high: Decimal | None) -> dict[str, Any]:
    """As a criterion; where nothing is set, any number that a spreadsheet holds exactly."""
    if low is not None and high is not None:
        return {"criteria": "between", "minimum": _number(low), "maximum": _number(high)}
    if high is not None:
        return {"criteria": "<=", "value": _number(high)}
    return {"criteria": ">=", "value": _number(Decimal(-(10**15)) if low is None else low)}


def _number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)


def _number_words(line: Line, low: Decimal | None, high: Decimal | None, language: str) -> str:
    unit = line.unit.name(language)
    if line.unit.unit.is_whole:
        kind = _say(language, "只写整数", "A whole number")
    elif line.unit.code == "percent":
        kind = _say(language, "以百分数计，写 85.25，不写 0.8525", "In percent: 85.25, not 0.8525")
    else:
        kind = _say(language, "只写数字", "A number")
    between = ""
    if low is not None and high is not None:
        between = _say(language, f"，{low:,f} 至 {high:,f}", f", {low:,f} to {high:,f}")
    elif low is not None:
        between = _say(language, f"，不小于 {low:,f}", f", {low:,f} or more")
    elif high is not None:
        between = _say(language, f"，不大于 {high:,f}", f", {high:,f} or less")
    counted = _say(language, f"。单位：{unit}。", f". Unit: {unit}.") if unit else _say(language, "。", ".")
    return kind + between + counted


def _target(figure: Expected, indicator: Indicator, unit: UnitName, language: str) -> str:
    if figure.target_key is None:
        return ""
    if figure.target is None or indicator.measure_type is MeasureType.MILESTONE:
        text = _say(language, "完成", "Done")
    elif figure.comparator == "all":
        text = _say(language, "全覆盖", "All covered")
    else:
        number = format_decimal(figure.target, _MOST_PLACES)
        if figure.target_high is not None:
            number = f"{number}–{format_decimal(figure.target_high, _MOST_PLACES)}"
        text = _COMPARATORS.get(figure.comparator or "", "") + _with_unit(number, unit, language)
    if figure.due_period_key in (None, figure.period_key):
        return text
    due = period_name(from_key(figure.due_period_key or 0), language)
    return text + _say(language, f"（{due}到期）", f" (due {due})")


def _last(figure: Expected, indicator: Indicator, unit: UnitName, language: str) -> str:
    if figure.last is None or figure.last_period_key is None:
        return ""
    if indicator.measure_type is MeasureType.MILESTONE:
        text = _say(language, "已完成", "Done") if figure.last >= 1 else _say(language, "未完成", "Not done")
    else:
        qualifier = _say(language, *_QUALIFIERS.get(figure.last_qualifier or "", ("", "")))
        text = qualifier + _with_unit(format_decimal(figure.last, _MOST_PLACES), unit, language)
    when = period_name(from_key(figure.last_period_key), language)
    return text + _say(language, f"（{when}）", f" ({when})")


def _with_unit(number: str, unit: UnitName, language: str) -> str:
    name = unit.name(language)
    return f"{number}{'' if name == '%' or language == 'zh' or not name else ' '}{name}"


def _say(language: str, zh: str, en: str) -> str:
    return en if language == "en" else zh
