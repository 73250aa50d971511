"""What a number format adds to a number: a percent sign with its factor of 100, or a unit written after it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from etl.reading.cells import number, percent

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

    @property
    def is_plain(self) -> bool:
        """Whether numbers read as they are stored."""
        return self.positive == self.negative == self.zero == PLAIN

    def text(self, value: float) -> str:
        """A number as a person reads it: ``85.25%``, ``85万元``."""
        section = self.positive if value > 0 else self.negative if value < 0 else self.zero
        return section.text(value)


PERCENT = NumberFormat(*[Section(is_percent=True)] * 3)
BUILTIN = {9: PERCENT, 10: PERCENT}
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
    if len(sections) == 1 or _CONDITION.search(code):
        return NumberFormat(*[sections[0]] * 3)
    return NumberFormat(sections[0], sections[1], sections[2] if len(sections) > 2 else sections[0])


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
