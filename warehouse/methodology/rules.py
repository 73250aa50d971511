"""The rules in words. What is said here is what ``warehouse.measures`` computes; change both or neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warehouse.methodology import evaluate as e


@dataclass(frozen=True, slots=True)
class Rule:
    """规则: one rule in plain sentences, with the file of its cases and the code that decides them."""

    code: str
    title_zh: str
    title_en: str
    formula_zh: str
    formula_en: str
    cases_file: str
    evaluate: Callable[[dict[str, str]], dict[str, str]]

    def title(self, language: str) -> str:
        """The title in ``zh`` or ``en``."""
        return self.title_en if language == "en" else self.title_zh

    def formula(self, language: str) -> str:
        """The sentences in ``zh`` or ``en``."""
        return self.formula_en if language == "en" else self.formula_zh


RULES: tuple[Rule, ...] = (
    Rule(
        "attainment",
        "完成率、进展与差距",
        "Attainment, progress and gap",
        "越高越好的指标，完成率＝完成值÷目标值，目标值不大于 0 时无法计算；越低越好的，不超过目标值即为 100%，"
        "超过时＝目标值÷完成值，目标值为 0 时完成率为 0，目标值为负时无法计算。"
        "区间目标取低端为目标值（越低越好时取高端），到达另一端另记为超额；不分高低好坏的区间或定值，符合即为 100%，"
        "不符合则没有完成率，只看差距。"
        "里程碑完成为 100%，未完成为 0，没有差距。"
        "差距是完成值离目标值的距离，用指标自己的单位，好于目标为正，差于目标为负。"
        "有基期值的，另列自基期的进展＝（完成值－基期值）÷（目标值－基期值），倒退时为负，目标值等于基期值时无法计算；"
        "它与完成率是两个数，从不混用。"
        "无法计算的显示破折号和原因，既不当作 0，也不当作 100%；超过 100% 的照实显示。",
        "Where more is better, attainment is actual ÷ target, and a target of 0 or below has none; where less is "
        "better, it is 100% up to the target and target ÷ actual above it, which makes 0 for a target of 0, and none "
        "for a negative one. "
        "A range counts from its low end (its high end where less is better), and reaching the other end is noted as "
        "stretch; a band or an exact value without a better side is 100% when kept, and otherwise has only a gap. "
        "A milestone is 100% or 0, and has no gap. "
        "The gap is the distance from the target in the indicator's own unit, positive on the better side. "
        "With a baseline, progress is shown beside it, under its own name: (actual − baseline) ÷ (target − baseline), "
        "negative when moving away, and none where target and baseline are equal. "
        "What cannot be computed is a dash with its reason, never 0 and never 100%; what exceeds 100% is shown "
        "as it is.",
        "attainment.csv",
        e.evaluate_attainment,
    ),
    Rule(
        "pace",
        "序时进度",
        "Pace",
        "序时进度是到本期末应当完成的份额，到截止半年度为 100%。"
        "当年到期的累计数，上半年的份额依次取：计划自己写明的年中目标÷全年目标；本地以往至少三个完整年度的上半年占比的平均；"
        "规则为该指标或领域设定的占比；都没有时取 50%。"
        "跨年的累计数，自起始半年度到截止半年度逐个半年均摊。"
        "有基期值的时点数和比率，自基期到截止半年度按直线推进；基期值已经达到目标的，没有序时进度。"
        "受上限控制的累计数，不分好坏的区间和定值，没有基期值的时点数和比率，标准和里程碑，都没有序时进度，也不编造一个。"
        "序时完成比＝完成率÷应完成份额；有基期值的时点数和比率＝自基期的进展÷应有的进展。",
        "Pace is the share that should be reached by the end of the period; at the due half-year it is 100%. "
        "For a cumulative count due within the year, the share of the first half is, in this order: the plan's own "
        "mid-year figure ÷ the target; the district's own mean share of the first half over at least three complete "
        "earlier years; the share that the rules set for the indicator or its domain; else 50%. "
        "Over several years it grows in equal steps, a step a half-year, from the first to the due half-year. "
        "A level or ratio with a baseline moves in a straight line from the baseline to the due half-year; where the "
        "baseline already meets the target there is no pace. "
        "Cumulative counts under a ceiling, bands and exact values, levels and ratios without a baseline, standards "
        "and milestones have no pace, and none is made up. "
        "The pace ratio is attainment ÷ expected share, or, with a baseline, progress ÷ expected progress.",
        "pace.csv",
        e.evaluate_pace,
    ),
    Rule(
        "status",
        "亮灯",
        "Status",
        "按下列顺序判断，先符合的为准，一律用未经舍入的数值。"
        "没有目标的为监测；有目标而本期没有完成值的为未填报，从不当作 0，过了期限仍未填报的注明逾期。"
        "累计数已经超过上限的为已突破，以后的半年度也无法挽回；没有超过而尚未到期的为正常，还不算达标。"
        "符合目标的为已达标，恰好相等也算；到期或过期而不符合的为未达标。"
        "尚未到期的看序时完成比：不低于 1 为正常，不低于黄灯线（规则设定，默认 0.80）为略滞后，再低为滞后；"
        "没有序时完成比的为推进中。"
        "里程碑一旦完成，到期以前各期都算完成；累计数以外的指标，到期以后填报的数仍按最后到期的目标判断。",
        "The tests are made in this order, on values that were never rounded, and the first that holds decides. "
        "Without a target it is monitored; with a target but no actual for the period it is unreported, never taken "
        "for 0, and overdue once the date has passed. "
        "A cumulative count above its ceiling is breached, since no later half-year can mend it; one within it before "
        "the due half-year is on track, not yet met. "
        "What satisfies the target is met, equality included; what does not, at or after the due half-year, is missed. "
        "Before that the pace ratio decides: from 1 on track, from the amber line (0.80 unless the rules say "
        "otherwise) slipping, below it behind; without a pace ratio it is in progress. "
        "A milestone once done counts as done until it is due, and anything but a cumulative count that is reported "
        "after its last due half-year is still judged by that target.",
        "status.csv",
        e.evaluate_status,
    ),
    Rule(
        "forecast",
        "预测",
        "Forecast",
        "累计数的预测＝完成值÷序时进度所用的份额，份额是默认的 50% 时注明“按序时推算”，"
        "是规则设定的占比时也照样注明。"
        "当年的累计数，本地有至少三个完整年度，或至少五个其他地区有同一指标的上半年占比时，才附 80% 区间，"
        "由占比的平均数 ± t × 标准差 × √（1＋1/n）换算；占比的低端不大于 0 时不给区间。"
        "时点数和比率至少有四期数值时，取 Theil–Sen 趋势线（各对期间斜率的中位数）在截止半年度的值；不足四期不预测。"
        "标准和里程碑不预测，已经到期的也不再预测。"
        "每个预测都写明依据，没有依据就不预测。",
        "A cumulative count is forecast as actual ÷ the share that pace uses, and marked as a half-year "
        "extrapolation where that share is the 50% default, or as resting on a set share where the rules set one. "
        "Within a year, an 80% interval is given only with at least three complete years of the district's own, or "
        "else at least five other districts' shares of the first half for the same indicator: mean share ± t × "
        "standard deviation × √(1 + 1/n), turned into values; none where the low share is not above 0. "
        "A level or ratio with at least four periods is forecast by its Theil–Sen line (the median of the slopes "
        "between all pairs of periods) at the due half-year; with fewer there is none. "
        "Standards and milestones are not forecast, nor is anything already due. "
        "Every forecast says what it rests on, and where nothing supports one there is none.",
        "forecast.csv",
        e.evaluate_forecast,
    ),
    Rule(
        "rollup",
        "汇总",
        "Adding up",
        "各地区相加：累计数和时点数求和；比率用分子之和÷分母之和，已填报的地区都有分子和分母才计算；"
        "标准不相加，只列最低、中位和最高；里程碑只数个数。"
        "百分比从不取平均。"
        "任何汇总都写明几个地区中有几个填报；没有填报的地区不当作 0。"
        "各期之间：累计数取当年最后一个年初至期末数，从不把上半年与下半年相加，跨年的目标逐年相加，缺一年就无法计算；"
        "其他指标取最后一期的值。"
        "下半年的增量＝全年数－上半年数，上半年不详时没有。",
        "Over districts, cumulative counts and levels are summed; a ratio is the sum of numerators ÷ the sum of "
        "denominators, if every district that reports gives both; standards are not added, and show lowest, median "
        "and highest; milestones are only counted. "
        "Percentages are never averaged. "
        "Every total says how many of how many districts it covers, and one that reports nothing is not taken for 0. "
        "Over periods, a cumulative count is the last year-to-date value of the year, never S1 + S2; a target over "
        "several years adds up the years, and one missing year leaves it without a value; anything else is its last "
        "value. "
        "What the second half added is the year less the first half, and unknown where the first half is.",
        "rollup.csv",
        e.evaluate_rollup,
    ),
    Rule(
        "score",
        "考核得分",
        "Score",
        "得分＝Σ 权重×完成率÷Σ 权重，完成率高于 100% 的按 100% 计，低于 0 的按 0 计，范围是本期到期或在执行的目标。"
        "权重是规则为该指标或领域设定的，没有设定的取目标自己的；权重为 0 的目标不影响得分。"
        "未填报的计 0 分，并另外写明几项目标中已填报几项。"
        "没有完成率的，已达标计满分，否则计 0 分。"
        "没有目标，或权重全为 0 的，没有得分。",
        "The score is Σ weight × attainment ÷ Σ weight over the targets due or running in the period, an attainment "
        "above 100% counting as 100% and one below 0 as 0. "
        "The weight is the one the rules set for the indicator or its domain, else the target's own; a target of "
        "weight 0 moves nothing. "
        "Unreported counts 0, and how many of how many targets are reported is shown beside it. "
        "Where attainment is undefined, met counts in full and anything else 0. "
        "Without a target, or with no weight but 0, there is no score.",
        "score.csv",
        e.evaluate_score,
    ),
    Rule(
        "rank",
        "名次",
        "Rank",
        "只在同一指标、分组、单位和半年度之内排位，最好的为第 1。"
        "数值相等的名次相同，后面的名次顺延（1、1、3）。"
        "没有填报的地区不参加排位，也不影响别人；只有一个地区时没有名次。",
        "Ranks are given only within the same indicator, breakdown, unit and half-year; 1 is best. "
        "Equal values share a rank and the next one is left out (1, 1, 3). "
        "A district that reports nothing has no rank and moves nobody; a single district has none.",
        "rank.csv",
        e.evaluate_rank,
    ),
    Rule(
        "shortfall",
        "还差多少",
        "What is missing",
        "已达标的还差 0。"
        "知道分子和分母的比率，分母不变，求最少还要增加（有上限的是减少）多少个，比率才达到目标，取整数。"
        "只能取整数的单位（人、户、个等），取不小于差距的最小整数；其他单位就是差距本身。"
        "没有分子和分母的比率，分子和分母与填报的比率矛盾的，以及里程碑，算不出个数。",
        "A target that is met is short of 0. "
        "For a ratio with known numerator and denominator it is the smallest whole number that must be added (under a "
        "ceiling, taken away) to reach the target while the denominator stays as it is. "
        "In units that come only in wholes, such as persons or households, it is the gap rounded up; in others it is "
        "the gap itself. "
        "Ratios without their parts, or with parts that contradict the reported ratio, and milestones have no count.",
        "shortfall.csv",
        e.evaluate_shortfall,
    ),
    Rule(
        "display",
        "数字怎样显示",
        "How numbers are shown",
        "填报的数逐位照录，只加千分位。"
        "算出的数四舍五入到规定的小数位，末尾的 0 不写。"
        "舍入从不越过目标值，也不碰上它：会越过时多显示几位小数，直到与目标值的高低关系和精确值一致；恰好等于目标值的照常显示。"
        "显示几位小数，不影响亮灯。",
        "Reported figures are shown digit for digit, with thousands separators added. "
        "Computed ones are rounded half up to the set number of decimals, and trailing zeros are left out. "
        "Rounding never moves a figure across its target or onto it: where it would, decimals are added until the "
        "figure lies on the same side as the exact value. "
        "How many decimals are shown never changes a light.",
        "display.csv",
        e.evaluate_display,
    ),
    Rule(
        "period",
        "半年度的写法",
        "Half-years",
        "一年分两个半年度：2020-S1 是上半年，2020-S2 是下半年；按全年填报的数放在下半年。"
        "常见的写法都能读，空格、全角与半角的连接号不影响；单独一个年份读作下半年。"
        "季度、单月和看不出半年的写法一律退回，不作猜测。",
        "A year has two half-years, 2020-S1 and 2020-S2; figures for a whole year stand at the second. "
        "The usual spellings are understood, whatever the spaces and dashes; a bare year is read as its second half. "
        "Quarters, single months and anything that names no half-year are refused, not guessed.",
        "period.csv",
        e.evaluate_period,
    ),
)
"""Every rule, in the order in which the methodology page explains them."""
