"""The documented columns of tidy files; docs/data-format.md is generated from these tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.measures.period import Period, parse_period_end
from warehouse.measures.quantity import parse_decimal

_TRUE, _FALSE = {"yes", "true", "1", "是", "约束性"}, {"no", "false", "0", "否", "预期性"}
_COMPARATORS = {
    ">=": ">=", "≥": ">=", "不低于": ">=", "以上": ">=", "<=": "<=", "≤": "<=", "不超过": "<=", "=": "=", "＝": "=",
    "range": "range", "区间": "range", "all": "all", "全覆盖": "all",
}  # fmt: skip
_QUALIFIERS = {
    "": None,
    "=": None,
    ">": ">",
    ">=": ">=",
    "<": "<",
    "<=": "<=",
    "~": "~",
    "余": ">",
    "约": "~",
    "近": "<",
}
_CONFIDENCES = {"high": "high", "medium": "medium", "low": "low", "高": "high", "中": "medium", "低": "low"}


FIRST_PERIOD, LAST_PERIOD = Period(2000, 1), Period(2060, 2)
"""The half-years of ``dim_period``."""

_DATE = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_MOST_DIGITS = 30
_LAST_CHARACTER = 2**31 - 1


def parse_date(text: str) -> date:
    """An ISO date, or one written 2020/6/30 or 2020年6月30日. Errors: ValueError."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part) for part in found.groups())
    return date(year, month, day)


def _parse_period(text: str) -> Period:
    period = parse_period_end(text)
    if not FIRST_PERIOD <= period <= LAST_PERIOD:
        raise ValueError(text)
    return period


def _parse_number(text: str) -> Decimal:
    """A decimal of so few digits that every product of two is exact in the measures' 60."""
    number = parse_decimal(text)
    if len(number.as_tuple().digits) > _MOST_DIGITS:
        raise ValueError(text)
    return number


def _parse_flag(text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(text)
    return word in _TRUE


def _parse_span(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_CHARACTER:
        raise ValueError(text)
    return int(text)


def _choice(words: dict[str, Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return words[text.strip().lower()]
        except KeyError:
            raise ValueError(text) from None

    return parse


@dataclass(frozen=True, slots=True)
class Column:
    """A column: names a header may use, how a cell is read, and which reason a bad cell gives."""

    name: str
    zh: str
    about_zh: str
    about_en: str
    parse: Callable[[str], Any] = str
    reason: str = "missing_value"
    required: bool = False
    default: Any = None
    aliases: tuple[str, ...] = ()


_decimal: tuple[Callable[[str], Decimal], str] = (_parse_number, "not_a_number")
_period: tuple[Callable[[str], Period], str] = (_parse_period, "not_a_period")

_GRAIN = (
    Column("district_code", "地区", "GB/T 2260 代码，或地区全名", "GB/T 2260 code, or the full name", required=True,
           aliases=("地区代码", "district")),
    Column("indicator_code", "指标", "指标代码，或指标名称", "Indicator code, or its name", required=True,
           aliases=("指标代码", "指标名称", "indicator")),
    Column("breakdown_code", "分组", "total、urban、rural 等；空为总计", "total, urban, rural, …; empty means total",
           default="total", aliases=("分组代码", "breakdown")),
)  # fmt: skip
_PROVENANCE = (
    Column("source_code", "来源", "sources.csv 中的代码；没有此列时，文件本身就是来源",
           "Code in sources.csv; without this column the file itself is the source", aliases=("来源代码", "source")),
    Column("locator", "定位", "在来源中的章节或单元格", "Section or cell in the source", aliases=("位置",)),
    Column("span_start", "起字符", "在来源文本中的起始字符，从 0 数", "First character in the source text, from 0",
           _parse_span, "bad_span"),
    Column("span_end", "止字符", "终止字符之后一位（半开区间）", "Character after the last (half-open)",
           _parse_span, "bad_span"),
    Column("confidence", "置信度", "high、medium 或 low；空为 high", "high, medium or low; empty means high",
           _choice(_CONFIDENCES), "not_a_choice", default="high"),
    Column("note", "备注", "这个数有什么不寻常", "What is odd about the figure", aliases=("说明",)),
)  # fmt: skip

TARGET_COLUMNS = (
    *_GRAIN,
    Column("period_code", "截止半年度", "到期的半年度", "Half-year by whose end it is due", *_period, required=True,
           aliases=("半年度", "期间", "due_period_code", "period")),
    Column("first_period_code", "起始半年度", "从哪个半年度起适用；空为当年上半年",
           "First half-year it applies to; empty means the first half of the due year", *_period),
    Column("due_on", "截止日期", "有明确日期时填写", "Due date, where one is given", parse_date, "not_a_date"),
    Column("comparator", "比较符", ">=、<=、=、range、all；里程碑留空", ">=, <=, =, range, all; empty for milestones",
           _choice(_COMPARATORS), "not_a_comparator"),
    Column("value", "目标值", "区间写下限；里程碑留空", "Low end of a range; empty for milestones", *_decimal),
    Column("value_high", "上限值", "只用于区间", "High end, for a range only", *_decimal),
    Column("unit_code", "单位", "单位代码或名称", "Unit code or name", required=True, aliases=("计量单位", "unit")),
    Column("baseline_value", "基期值", "改进的起点", "Value the improvement starts from", *_decimal),
    Column("baseline_period_code", "基期", "起点所在半年度", "Half-year of the baseline", *_period),
    Column("s1_value", "年中目标", "计划自己规定的年中数", "What the plan itself asks for by mid-year", *_decimal),
    Column("is_binding", "约束性", "yes（约束性）或 no（预期性）；空为 no", "yes (约束性) or no (预期性); empty means no",
           _parse_flag, "not_a_choice", default=False),
    Column("weight", "权重", "考核权重；空为 1", "Weight in the score; empty means 1", *_decimal, default=Decimal(1)),
    *_PROVENANCE,
)  # fmt: skip

ACTUAL_COLUMNS = (
    *_GRAIN,
    Column("period_code", "半年度", "完成值所在半年度；累计数填年初至期末", "Half-year of the value; a flow is year-to-date",
           *_period, required=True, aliases=("期间", "period")),
    Column("value", "完成值", "数值", "The value", *_decimal, required=True, aliases=("数值",)),
    Column("unit_code", "单位", "单位代码或名称", "Unit code or name", required=True, aliases=("计量单位", "unit")),
    Column("qualifier", "约数", "来源写“余、多、近”时填 >、>=、<、~", "> >= < ~ where the source says more than, nearly, about",
           _choice(_QUALIFIERS), "not_a_choice", aliases=("comparator",)),
    Column("numerator", "分子", "比率的分子", "Ratios: how many", *_decimal),
    Column("denominator", "分母", "比率的分母", "Ratios: of how many", *_decimal),
    *_PROVENANCE,
)  # fmt: skip

KINDS = {"target": TARGET_COLUMNS, "actual": ACTUAL_COLUMNS}
KIND_WORDS = {"target": "target", "目标": "target", "actual": "actual", "完成值": "actual", "完成": "actual"}


def canonical_headers(headers: list[str], columns: tuple[Column, ...]) -> dict[str, str]:
    """Header as found → column name, for the headers that are known.

    Where two headers mean one column, its own name goes before its Chinese name, and that before an alias.
    """
    found: dict[str, str] = {}
    for column in columns:
        spelling = next((word for word in (column.name, column.zh, *column.aliases) if word in headers), None)
        if spelling is not None:
            found[spelling] = column.name
    return found
