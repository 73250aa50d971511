"""Why a row is refused, or wants to be looked at. docs/refusals.md is generated from this table; a test has one bad file each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code with what the reader should do, in both languages."""

    code: str
    zh: str
    en: str
    is_caution: bool = False
    """Only to be looked at: the row is accepted all the same."""


_TABLE = (
    ("missing_value", "必填列为空，请填写。", "A required column is empty; fill it in."),
    (
        "not_a_number",
        "不是数字，或超过 30 位。请只写数字，单位写在单位列。",
        "Not a number, or over 30 digits. Write digits only; the unit has its own column.",
    ),
    (
        "not_a_period",
        "看不懂的半年度，或不在 2000 至 2060 年之间。请写成 2020-S1、2020年上半年 或 2020年。",
        "Not a half-year, or not between 2000 and 2060. Write 2020-S1, 2020H1 or 2020.",
    ),
    ("not_a_date", "看不懂的日期。请写成 2020-06-30。", "Not a date. Write 2020-06-30."),
    (
        "not_a_comparator",
        "比较符只能是 >=、<=、=、range、all 之一。",
        "The comparator must be one of >=, <=, =, range, all.",
    ),
    (
        "not_a_choice",
        "不在允许的取值之内，请对照列说明。",
        "Not one of the allowed values; see the description of the column.",
    ),
    ("not_a_kind", "种类只能是 target（目标）或 actual（完成值）。", "The kind must be target or actual."),
    ("bad_span", "字符区间不完整或颠倒，起点应小于终点。", "The character span is incomplete or reversed."),
    (
        "unknown_district",
        "没有这个地区代码或名称；同名的地区请写代码。",
        "No such district code or name; where several share the name, write the code.",
    ),
    (
        "unknown_indicator",
        "没有这个指标代码或名称；同名的指标请写代码。",
        "No such indicator code or name; where several share the name, write the code.",
    ),
    ("unknown_breakdown", "没有这个分组。", "No such breakdown."),
    ("unknown_unit", "没有这个单位。", "No such unit."),
    (
        "unknown_source",
        "没有这个来源代码，请先登记到 sources.csv。",
        "No such source; register it in sources.csv first.",
    ),
    (
        "unit_mismatch",
        "单位与指标不是同一种量，无法换算。",
        "The unit measures something else than the indicator; it cannot be converted.",
    ),
    (
        "out_of_range",
        "数值超出该指标可能的范围，请检查小数点和单位。",
        "The value lies outside what is possible for the indicator; check the decimal point and the unit.",
    ),
    (
        "range_incomplete",
        "区间目标要有下限和上限，且下限不大于上限。",
        "A range needs a low and a high value, low not above high.",
    ),
    ("high_without_range", "只有区间目标（range）才填上限。", "Only a range target has a high value."),
    (
        "all_needs_full_share",
        "全覆盖（all）只用于以 % 计的指标，目标值为 100。",
        "all is for indicators in percent, with the value 100.",
    ),
    (
        "comparator_conflict",
        "比较符与指标方向相反：越低越好的指标不能用 >=，越高越好的不能用 <=。",
        "The comparator contradicts the indicator's direction.",
    ),
    (
        "milestone_value",
        "里程碑的目标值留空或写 1，完成值写 1（已完成）或 0（未完成）。",
        "A milestone's target is empty or 1, its actual 1 (done) or 0 (not done).",
    ),
    ("first_after_due", "起始半年度晚于截止半年度。", "The first half-year lies after the due one."),
    ("due_on_outside_period", "截止日期不在截止半年度之内。", "The due date lies outside the due half-year."),
    (
        "baseline_incomplete",
        "基期值和基期要同时填写，且基期早于截止半年度。",
        "A baseline needs both value and half-year, before the due one.",
    ),
    ("not_positive_weight", "权重应大于 0。", "The weight must be above 0."),
    (
        "bad_parts",
        "分子和分母要同时填写，分母大于 0；只有比率才填。",
        "Numerator and denominator go together, the denominator above 0, and only for ratios.",
    ),
    ("no_definition_then", "该指标在这个时期没有有效的定义。", "The indicator has no valid definition at that time."),
    (
        "not_in_scope",
        "这个地区或业务领域不在您的权限范围之内。请由有权限的人上传。",
        "The district or domain lies outside what you may bring figures of; someone who may has to send it up.",
    ),
    ("duplicate_row", "与本文件中前面的一行是同一个事实。", "The same fact stands in an earlier row of this file."),
)

_CAUTIONS: tuple[tuple[str, str, str], ...] = ()

REASONS = {code: Reason(code, zh, en) for code, zh, en in _TABLE} | {
    code: Reason(code, zh, en, is_caution=True) for code, zh, en in _CAUTIONS
}
