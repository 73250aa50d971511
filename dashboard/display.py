"""Values as people read them: exact, with their unit, never rounded across their target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dashboard.access.roles import Grant
from dashboard.i18n import Translate, translator
from dashboard.settings import BEIJING
from warehouse.catalog import Catalog, Indicator
from warehouse.measures.period import Period
from warehouse.measures.quantity import format_decimal
from warehouse.measures.status import Status
from warehouse.queries.expected import Expected
from warehouse.queries.mart import ProgressRow


def N_(text: str) -> str:
    """Marks a text for translation where it cannot be translated yet."""
    return text


SHARE_PLACES, MOST_PLACES = 2, 6
_COMPARATORS = {">=": "≥", "<=": "≤", "=": "", "all": "", "range": ""}
_QUALIFIERS = {">": N_("超过"), ">=": N_("不少于"), "<": N_("近"), "<=": N_("不多于"), "~": N_("约")}
THIN_SPACE = "\u2009"


@dataclass(frozen=True, slots=True)
class Absent:
    """A value that is not there: shown as a dash with the reason."""

    reason: str


Text = str | Absent


class Display:
    """Formats values in one language."""

    def __init__(self, catalog: Catalog, language: str) -> None:
        self.catalog, self.language = catalog, language
        self._: Translate = translator(language)

    def join(self, texts: Iterable[str]) -> str:
        """A list within a sentence."""
        return ("、" if self.language == "zh" else ", ").join(texts)

    def sentences(self, *texts: str) -> str:
        """Whole sentences one after the other; empty ones are left out."""
        return ("" if self.language == "zh" else " ").join(text for text in texts if text)

    def colon(self, label: str, text: str) -> str:
        """A label and what it labels."""
        return f"{label}{'：' if self.language == 'zh' else ': '}{text}"

    def brackets(self, text: str) -> str:
        """A text in brackets, to stand right after another."""
        return f"（{text}）" if self.language == "zh" else f" ({text})"

    def noun(self, number: str, counted: str) -> str:
        """What a number counts: in English its names are plurals, which one of them is not."""
        if self.language == "zh" or number.lstrip("+−") != "1" or not counted[:1].isalpha():
            return counted
        return f"{counted[:-3]}y" if counted.endswith("ies") else counted.removesuffix("s")

    def with_unit(self, number: str, unit_code: str) -> str:
        """A number and its unit: no space before % or a Chinese unit, a thin one before Latin."""
        unit = self.noun(number, self.catalog.units[unit_code].name(self.language))
        if unit_code == "done" or not unit:
            return number
        joined = unit == "%" or (not unit.isascii() and self.language == "zh")
        return f"{number}{'' if joined else THIN_SPACE}{unit}"

    def beside(self, text: Text) -> Text:
        """A value whose unit an axis or the actual beside it names: in English, where units are long, without it."""
        return text if isinstance(text, Absent) or self.language == "zh" else text.partition(THIN_SPACE)[0]

    def value(
        self,
        value: Decimal | None,
        indicator: Indicator,
        reason: str = "no_actual",
        boundaries: Iterable[Decimal] = (),
    ) -> Text:
        """A value in the indicator's unit: every digit as reported; a converted one to six decimals."""
        if value is None:
            return Absent(self.reason(reason))
        if indicator.unit_code == "done":
            return self._("已完成") if value >= 1 else self._("未完成")
        return self.with_unit(self.number(value, boundaries), indicator.unit_code)

    def actual(self, row: ProgressRow, indicator: Indicator, reason: str = "no_actual") -> Text:
        """The actual of a row, with what its source says of its exactness: 超过 7,000人次."""
        shown = self.value(
            row.actual, indicator, reason, tuple(e for e in (row.target, row.target_high) if e is not None)
        )
        return shown if isinstance(shown, Absent) else self.qualifier(row.qualifier) + shown

    def number(self, value: Decimal, boundaries: Iterable[Decimal] = ()) -> str:
        """Every digit of a reported number; six decimals of one that unit conversion made endless."""
        is_short = -int(value.as_tuple().exponent) <= MOST_PLACES
        return minus(format_decimal(value) if is_short else format_decimal(value, MOST_PLACES, boundaries))

    def target(self, row: ProgressRow | Expected, indicator: Indicator) -> Text:
        """A target with its comparator: ≥80%, 3–5个, 全覆盖."""
        if row.target_key is None:
            return Absent(self.reason("no_target"))
        if row.target is None:
            return self._("完成")
        if row.comparator == "all":
            return self._("全覆盖")
        number = self.number(row.target)
        if row.target_high is not None:
            number = f"{number}–{self.number(row.target_high)}"
        return _COMPARATORS[row.comparator or "="] + self.with_unit(number, indicator.unit_code)

    def fact(self, kind: str, fact: Mapping[str, Any]) -> str:
        """A fact in the unit of its source: ≥80%, 3–5个, 全覆盖; 超过 7,000人次."""
        value, unit = fact["value"], str(fact["unit_code"])
        if value is None:
            return self._("完成")
        if kind == "actual" and unit == "done":
            return self._("已完成") if value >= 1 else self._("未完成")
        number = self.with_unit(self.number(value), unit)
        if kind == "actual":
            return self.qualifier(fact["qualifier"]) + number
        if fact["comparator"] == "all":
            return self._("全覆盖")
        if fact["value_high"] is not None:
            number = self.with_unit(f"{self.number(value)}–{self.number(fact['value_high'])}", unit)
        return _COMPARATORS[fact["comparator"] or "="] + number

    def gap(self, gap: Decimal | None, indicator: Indicator, reason: str = "no_actual") -> Text:
        """A signed distance in the indicator's unit; for percentages in points."""
        if gap is None:
            return Absent(self.reason(reason))
        number = f"{'+' if gap > 0 else ''}{minus(format_decimal(gap, MOST_PLACES, (Decimal(0),)))}"
        if indicator.unit_code == "percent":
            points = self.noun(number, self._("个百分点"))
            return f"{number}{'' if self.language == 'zh' else THIN_SPACE}{points}"
        return self.with_unit(number, indicator.unit_code)

    def share(self, share: Decimal | None, reason: str | None = None) -> Text:
        """A share as a percentage with two decimals, more where they decide: 106.56%."""
        if share is None:
            return Absent(self.reason(reason or "no_actual"))
        return f"{minus(format_decimal(share.scaleb(2), SHARE_PLACES, (Decimal(0), Decimal(100))))}%"

    def ratio(self, ratio: Decimal | None, edges: Iterable[Decimal] = (), reason: str | None = None) -> Text:
        """A plain ratio with two decimals, more where a threshold is near: 0.80."""
        if ratio is None:
            return Absent(self.reason(reason or "no_actual"))
        return minus(format_decimal(ratio, SHARE_PLACES, (Decimal(1), *edges)))

    def total(self, value: Decimal, indicator: Indicator) -> str:
        """A total over districts: a sum to the digit, a quotient to two decimals."""
        places = SHARE_PLACES if indicator.unit_code == "percent" else MOST_PLACES
        return self.with_unit(minus(format_decimal(value, places)), indicator.unit_code)

    def qualifier(self, mark: str | None) -> str:
        """What stands before a figure its source calls approximate."""
        if mark not in _QUALIFIERS:
            return ""
        return self._(_QUALIFIERS[mark]) + ("" if self.language == "zh" else " ")

    def period(self, period: Period | None) -> Text:
        """2020年上半年, or H1 2020."""
        if period is None:
            return Absent(self._("没有填报过"))
        if self.language == "en":
            return f"H{period.semester} {period.year}"
        return f"{period.year}年{'上' if period.semester == 1 else '下'}半年"

    def day(self, day: date | None) -> str:
        """2020年6月30日, or 30 June 2020."""
        if day is None:
            return ""
        if self.language == "en":
            return f"{day.day} {day:%B} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"

    def moment(self, moment: datetime) -> str:
        """A day and time in Beijing."""
        local = moment.astimezone(BEIJING)
        return f"{self.day(local.date())} {local:%H:%M}"

    def status(self, status: Status | str) -> str:
        """The word for a light."""
        return self._(STATUS_WORDS[Status(status)])

    def measure_type(self, code: str) -> str:
        """The measure type in words."""
        return self._(MEASURE_TYPES[code])

    def direction(self, code: str) -> str:
        """The direction in words."""
        return self._(DIRECTIONS[code])

    def reason(self, code: str) -> str:
        """Why a value is absent, in a sentence."""
        return self._(REASONS.get(code, code))

    def who(self, actor: str) -> str:
        """Who did something, as the audit log names it: ``user:li`` is li."""
        kind, _, name = actor.partition(":")
        words = {"user": "{name}", "token": self._("令牌 {name}"), "shell": self._("命令行 {name}")}
        return words[kind].format(name=name) if kind in words else self._("未登录") if actor == "public" else actor

    def grant(self, grant: Grant) -> str:
        """What of the data a grant covers, in words."""
        if grant.districts is None:
            districts = self._("全部地区")
        else:
            known = self.catalog.district_by_code
            named = [known[code].name(self.language) if code in known else code for code in sorted(grant.districts)]
            districts = self._("{districts}及下级").format(districts=self.join(named))
        if grant.domains is None:
            return districts
        domains = self.catalog.domains
        names = [domains[x].name(self.language) if x in domains else x for x in sorted(grant.domains)]
        return f"{districts} · {self.join(names)}"

    def series_name(self, row: ProgressRow | Expected) -> str:
        """Indicator, with its breakdown unless that is the total."""
        indicator = self.catalog.indicators[row.indicator_key]
        breakdown = self.catalog.breakdowns[row.breakdown_key]
        name = indicator.name(self.language)
        return name if breakdown.code == "total" else f"{name} · {breakdown.name(self.language)}"


def minus(number: str) -> str:
    """A number with a real minus sign."""
    return number.replace("-", "−")


MEASURE_TYPES = {
    "flow": N_("累计数"), "stock": N_("时点数"), "ratio": N_("比率"), "rate_standard": N_("标准"),
    "milestone": N_("里程碑"),
}  # fmt: skip
DIRECTIONS = {"higher": N_("越高越好"), "lower": N_("越低越好"), "none": N_("不分高低")}

STATUS_WORDS = {
    Status.MET: N_("已达标"),
    Status.ON_TRACK: N_("正常"),
    Status.IN_PROGRESS: N_("推进中"),
    Status.SLIPPING: N_("略滞后"),
    Status.BEHIND: N_("滞后"),
    Status.MISSED: N_("未达标"),
    Status.BREACHED: N_("已突破"),
    Status.UNREPORTED: N_("未填报"),
    Status.MONITOR: N_("监测"),
}

REASONS = {
    "no_actual": N_("这个半年度没有填报"),
    "no_target": N_("没有适用的目标"),
    "target_not_positive": N_("目标值不大于 0，比例没有意义"),
    "outside_band": N_("在区间之外，只看差距"),
    "not_equal": N_("与目标值不相等，只看差距"),
    "milestone_has_no_gap": N_("里程碑只有完成与未完成，没有差距"),
    "no_baseline": N_("没有基期值"),
    "baseline_meets_target": N_("基期值已经达到目标，没有序时进度"),
    "target_equals_baseline": N_("目标值等于基期值，进度没有意义"),
    "no_pace_for_type": N_("这类指标没有序时进度"),
    "ceiling_has_no_pace": N_("上限类目标不按序时进度判断"),
    "band_has_no_pace": N_("区间或定值目标没有序时进度"),
    "before_first_period": N_("还没到起始半年度"),
    "due_not_after_baseline": N_("到期不晚于基期"),
    "due_reached": N_("已到期，不再预测"),
    "too_few_periods": N_("不足 4 个半年度，不做趋势预测"),
    "no_forecast_for_type": N_("这类指标不做预测"),
    "share_not_positive": N_("上半年占比不为正，无法推算"),
    "year_missing": N_("中间有年度没有填报，累计数算不出"),
    "not_additive": N_("标准和里程碑不相加"),
    "parts_missing": N_("有地区没有给出分子和分母，比率不能合计"),
    "nothing_reported": N_("没有地区填报"),
    "not_a_period": N_("不是半年度"),
    "no_weight": N_("没有可计分的目标"),
    "single_district": N_("只有一个地区，不排名"),
    "not_countable": N_("分子分母未知，或与填报的比率不符，只能用百分点表示差距"),
}
