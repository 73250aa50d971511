"""What a number format adds to a number: a percent sign with its factor of 100, or a unit written after it.

And what it leaves away of a date: 2020年6月 is kept as its first day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from etl.reading.cells import moment, number, percent

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|\[[^\]]*\]?|[_*].|(?P<digit>General|[0#?])|(?P<sign>.)', re.DOTALL
)
_CONDITION = re.compile(r"\[[<>=]")
SUFFIX = "[\u4e00-\u9fff%％‰]{1,8}"
"""Units people let a format write after a number."""


@dataclass(frozen=True, slots=True)
class Section:
    """How one part of a format shows a number."""

    is_percent: bool = False
    suffix: str = ""
    tens: int = 0
    """How many tens it divides by: three for a comma behind the digits, one for each digit behind a written point."""

    def text(self, value: float) -> str:
        """The number as shown, but unrounded."""
        return percent(value) if self.is_percent else number(value, self.tens) + self.suffix


PLAIN = Section()


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A format by the sign of the number."""

    positive: Section = PLAIN
    negative: Section = PLAIN
    zero: Section = PLAIN
    smallest: str = ""
    """Of a date the smallest part it shows: year, month or day; "" where it is no date, or one with a time."""

    @property
    def is_plain(self) -> bool:
        """Whether numbers and dates read as they are stored."""
        return self == NumberFormat()

    def moment(self, value: datetime) -> str:
        """A date as a person reads it: ``2020年6月`` where the day is not shown."""
        if self.smallest in ("", "day"):
            return moment(value)
        return f"{value.year}年" if self.smallest == "year" else f"{value.year}年{value.month}月"

    def text(self, value: float) -> str:
        """A number as a person reads it: ``85.25%``, ``85万元``."""
        section = self.positive if value > 0 else self.negative if value < 0 else self.zero
        return section.text(value)


_PERCENT = Section(is_percent=True)
PERCENT = NumberFormat(_PERCENT, _PERCENT, _PERCENT)
BUILTIN = {9: PERCENT, 10: PERCENT, 17: NumberFormat(smallest="month")}
BUILTIN |= dict.fromkeys((27, 36, 50, 52, 57), NumberFormat(smallest="month"))  # yyyy"年"m"月", in China
BUILTIN |= dict.fromkeys((28, 29, 30, 31, 51, 53, 54, 58), NumberFormat(smallest="day"))
"""Number formats every workbook has without saying so, as far as they matter here."""


def read_format(code: str) -> NumberFormat:
    """A format code such as ``0.00%;-0.00%``; a ``%`` in quotes is a mere unit: ``0"%"`` shows 85 as 85%."""
    code = code[:1000]
    codes = [""]
    for token in _TOKEN.finditer(code):
        if token["sign"] == ";":
            codes.append("")
        else:
            codes[-1] += token.group()
    sections = [_read_section(part) for part in codes[:3]]
    smallest = _smallest(codes[0])
    if len(sections) == 1 or _CONDITION.search(code):
        return NumberFormat(sections[0], sections[0], sections[0], smallest)
    return NumberFormat(sections[0], sections[1], sections[2] if len(sections) > 2 else sections[0], smallest)


def _smallest(code: str) -> str:
    """Year or month, of a date that shows nothing smaller."""
    tokens = list(_TOKEN.finditer(code))
    letters = {token["sign"].lower() for token in tokens if token["sign"]}
    if any(token["digit"] for token in tokens) or letters & set("dhs") or not letters & set("ye"):
        return ""
    return "month" if "m" in letters else "year"


def _read_section(code: str) -> Section:
    is_percent = has_digit = is_parted = has_point = False
    suffix, tens = "", 0
    for token in _TOKEN.finditer(code):
        sign = token["sign"]
        if token["digit"]:
            has_point |= has_digit and suffix == "."  # 0!.0, shows ten thousands
            tens += has_point
            is_parted |= has_digit and suffix not in ("", ".")
            has_digit, suffix = True, ""
        elif sign == "%":
            is_percent = True
        elif sign == "," and has_digit:
            tens += 0 if re.match(r",+[#0?]", code[token.start() :]) else 3
        else:
            suffix += token["quoted"] or token["escaped"] or (sign if sign and sign not in ".," else "") or ""
    suffix = suffix.strip()
    if is_percent or not has_digit or is_parted:
        tens = 0
    if is_percent or not has_digit or is_parted or not re.fullmatch(SUFFIX, suffix):
        suffix = ""
    return Section(is_percent, suffix, tens)
