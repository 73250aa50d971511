"""为什么是这个灯？ The rule with the numbers in it, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dashboard.components.rows import pace_reason
from dashboard.display import Absent, Display, Text, minus
from warehouse.catalog import Indicator
from warehouse.measures.pace import ShareBasis
from warehouse.measures.period import from_key
from warehouse.measures.quantity import format_decimal
from warehouse.measures.status import Status
from warehouse.measures.target import Comparator, Sense, Target
from warehouse.queries.lineage import Lineage
from warehouse.queries.mart import ProgressRow


@dataclass(frozen=True, slots=True)
class Step:
    """A measure with its formula in numbers and its result."""

    name: str
    formula: str
    result: Text


def target_of(row: ProgressRow, indicator: Indicator) -> Target | None:
    """The target of a row as the measures see it, without baseline; None where there is none."""
    if row.target_key is None or row.due_period_key is None or row.first_period_key is None:
        return None
    return Target(
        measure_type=indicator.measure_type,
        direction=indicator.direction,
        comparator=Comparator(row.comparator) if row.comparator else None,
        value=row.target,
        first=from_key(row.first_period_key),
        due=from_key(row.due_period_key),
        value_high=row.target_high,
    )


def verdict(row: ProgressRow, indicator: Indicator, display: Display) -> str:
    """Which test of the rule decided, in one sentence."""
    _, d, light = display._, display, row.light
    target = target_of(row, indicator)
    if target is None:
        return _("没有适用的目标，只监测数值。")
    due = d.period(target.due)
    if light is Status.UNREPORTED:
        return _("有目标适用，但{period}没有完成值。缺报不当作 0。").format(period=d.period(row.period))
    actual, wanted = d.actual(row, indicator), d.target(row, indicator)
    texts = {
        Status.MET: _("完成值{actual}满足目标“{target}”，已达标。"),
        Status.BREACHED: _("累计数{actual}已经超过上限“{target}”，之后的半年度无法补回，已突破。"),
        Status.MISSED: _("到期半年度为{due}，完成值{actual}没有满足目标“{target}”，未达标。"),
        Status.IN_PROGRESS: _("完成值{actual}还没有满足目标“{target}”，{due}到期；没有序时进度可比，推进中。"),
        Status.SLIPPING: _("序时完成比{ratio}小于 1、不小于门槛{amber}，略滞后。"),
        Status.BEHIND: _("序时完成比{ratio}小于门槛{amber}，滞后。"),
        Status.ON_TRACK: (
            _("累计数{actual}没有超过上限“{target}”，{due}到期前只算正常，不算已达标。")
            if target.sense is Sense.CEILING
            else _("还没有到期（{due}），序时完成比{ratio}不小于 1，正常。")
        ),
    }
    amber = d.catalog.rules_of(row.rule_version).amber(indicator)
    return texts[light].format(
        actual=actual, target=wanted, due=due, ratio=d.ratio(row.pace_ratio, (amber,)), amber=d.ratio(amber)
    )


def steps(lineage: Lineage, display: Display) -> list[Step]:
    """Attainment, gap, pace, and forecast, each with the numbers it was computed from."""
    row = lineage.row
    indicator = display.catalog.indicators[row.indicator_key]
    target = target_of(row, indicator)
    if target is None or row.actual is None:
        return []
    found = [_attainment(row, target, display), _gap(row, target, indicator, display)]
    if row.progress_share is not None and lineage.target is not None:
        formula = display._("（完成值 − 基期值）÷（目标值 − 基期值）")
        found.append(Step(display._("基期以来进度"), formula, display.share(row.progress_share)))
    found.append(_pace(row, indicator, display))
    if row.forecast is not None:
        found.append(_forecast(row, indicator, display))
    return found


def _attainment(row: ProgressRow, target: Target, display: Display) -> Step:
    _, number = display._, display.number
    actual, limit = number(row.actual or Decimal(0)), number(target.threshold)
    result = display.share(row.attainment, row.attainment_reason)
    formula = {
        Sense.FLOOR: _("完成值 ÷ 目标值 = {a} ÷ {t}"),
        Sense.CEILING: (_("{a} 不超过上限 {t}，记 100%") if row.attainment == 1 else _("上限 ÷ 完成值 = {t} ÷ {a}")),
        Sense.BAND: _("在区间之内记 100%，之外不计算"),
        Sense.EXACT: _("等于目标值记 100%，否则不计算"),
        Sense.MILESTONE: _("完成记 100%，未完成记 0%"),
    }[target.sense]
    return Step(_("完成率"), formula.format(a=actual, t=limit), result)


def _gap(row: ProgressRow, target: Target, indicator: Indicator, display: Display) -> Step:
    _, number = display._, display.number
    actual, limit = number(row.actual or Decimal(0)), number(target.threshold)
    formula = {
        Sense.FLOOR: _("完成值 − 目标值 = {a} − {t}"),
        Sense.CEILING: _("上限 − 完成值 = {t} − {a}"),
        Sense.BAND: _("到区间最近一端的距离，区间内为 0"),
        Sense.EXACT: _("与目标值的距离，只会为负或 0"),
        Sense.MILESTONE: _("里程碑没有差距"),
    }[target.sense]
    reason = "milestone_has_no_gap" if target.sense is Sense.MILESTONE else "no_actual"
    return Step(_("差距"), formula.format(a=actual, t=limit), display.gap(row.gap, indicator, reason))


def _pace(row: ProgressRow, indicator: Indicator, display: Display) -> Step:
    _ = display._
    if row.expected_share is None or row.pace_ratio is None:
        return Step(_("序时完成比"), _("不计算"), Absent(display.reason(pace_reason(row))))
    reached = row.progress_share if row.share_basis == ShareBasis.BASELINE else row.attainment
    formula = _("已完成 ÷ 应完成 = {reached} ÷ {expected}（{basis}）").format(
        reached=display.share(reached),
        expected=display.share(row.expected_share),
        basis=basis_text(row.share_basis or "", display),
    )
    amber = display.catalog.rules_of(row.rule_version).amber(indicator)
    return Step(_("序时完成比"), formula, display.ratio(row.pace_ratio, (amber,)))


def _forecast(row: ProgressRow, indicator: Indicator, display: Display) -> Step:
    _ = display._
    rounded = display.with_unit(_rough(row.forecast, row), indicator.unit_code)
    if row.forecast_low is not None and row.forecast_high is not None:
        who = {
            "own_years": _("本地区 {n} 个完整年度"),
            "pooled_districts": _("{n} 个地区的历史"),
        }[row.interval_basis or "own_years"].format(n=row.forecast_support)
        rounded += _("（80% 区间 {low} 至 {high}，依据{who}）").format(
            low=_rough(row.forecast_low, row), high=_rough(row.forecast_high, row), who=who
        )
    formula = (
        _("中位斜率趋势线（{n} 个半年度）延伸到到期").format(n=row.forecast_support)
        if row.forecast_basis == "theil_sen"
        else _("完成值 ÷ 应完成份额（{basis}）").format(basis=basis_text(row.forecast_basis or "", display))
    )
    return Step(_("到期预测"), formula, rounded)


def _rough(value: Decimal | None, row: ProgressRow) -> str:
    """A computed forecast: two decimals are more than it knows, but it stays on its side of the target."""
    edges = tuple(edge for edge in (row.target, row.target_high) if edge is not None)
    return minus(format_decimal(value or Decimal(0), 2, edges))


def basis_text(basis: str, display: Display) -> str:
    """What an expected share rests on."""
    _ = display._
    return {
        "target_milestone": _("目标自带的年中数"),
        "own_history": _("本地区历年上半年占比"),
        "set_share": _("规则设定的上半年占比"),
        "default_half": _("按序时推算，上半年 50%"),
        "linear": _("多年目标逐半年均匀推进"),
        "due": _("已到期，应全部完成"),
        "theil_sen": _("中位斜率趋势线"),
        "own_years": _("本地区历年"),
        "pooled_districts": _("各地区历史"),
        "baseline": _("从基期到目标直线推进"),
    }.get(basis, basis)
