"""Half-years (半年度): ``2020-S1`` is 上半年, ``2020-S2`` is 下半年 (SDMX codes)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | dict.fromkeys(map(ord, "—–―~～至到"), "-")
_DROPPED = re.compile("[\\s\u200b\ufeff]")
_CHINESE_DIGITS = str.maketrans("〇零○Oo一二三四五六七八九", "00000123456789")

# What names a half, or a whole year, which stands at its second half; and what may join it to its year.
_HALVES = (
    (1, "[年-]?", "上(半年度?)?|前半年度?|半年[度报]?"),
    (2, "[年-]?", "下(半年度?)?|后半年度?"),
    (1, "年?", "年中"),
    (1, "[年-]?", "[SH]1|1H"),
    (2, "[年-]?", "[SH]2|2H"),
    (1, "[年.]", "0?1月?-0?6月?份?|一月?-六月份?"),
    (2, "[年.]", "0?7月?-12月?份?|七月?-十二月份?"),
    (2, "[年.]", "0?1月?-12月?份?|一月?-十二月份?"),
    (1, "年", "第?[1一](季度)?[-、和]第?[2二]季度|第?一二季度"),
    (2, "年", "第?[3三](季度)?[-、和]第?[4四]季度|第?三四季度"),
    (2, "年", "第?[1一](季度)?-第?[4四]季度"),
    (1, "年", "(0?6|六)月份?[底末]"),
    (2, "年", "(12|十二)月份?[底末]"),
    (2, "年?", "全年度?|年度|年[底末终]"),
    (2, "年", "[底末终度]?"),
    (2, "", ""),
)
_SPELLINGS = tuple(
    (semester, re.compile(f"(?P<year>[0-9]{{4}})(?:年度)?{join}(?:{half})", re.IGNORECASE))
    for semester, join, half in _HALVES
)
_TURNED = re.compile("([SH][12]|[12]H)[-/,]?([0-9]{4})", re.IGNORECASE)
_WORDS = tuple((semester, re.compile(half, re.IGNORECASE)) for semester, _, half in _HALVES[:-2])
_END = re.compile(
    """(?P<year>[0-9]{4})(?:
        (?:年|[-./])(?P<month>[0-9]{1,2}|六|十二)(?:月份?)?(?:[-./]?(?P<day>[0-9]{1,2})日?)?(?:T?00:00(?::00(?:[.]0+)?)?)?
      | (?P<compact>[0-9]{2})(?P<compact_day>[0-9]{2})?
      | (?:年第?|-)?(?:Q(?P<q>[24])|(?P<quarter>[二2四4])季度[底末]?)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_MONTHS = {"六": 6, "十二": 12}


class _Half(NamedTuple):
    year: int
    semester: int


class Period(_Half):
    """A half-year. Ordered in time; ``Period(2020, 1)`` is the first half of 2020."""

    __slots__ = ()

    def __new__(cls, year: int, semester: int) -> Period:
        """Errors: ValueError for what is no half-year."""
        if semester not in (1, 2) or not 1900 <= year <= 2999:
            raise ValueError(f"not a half-year: {year}, {semester}")
        return super().__new__(cls, year, semester)

    @property
    def key(self) -> int:
        """Surrogate key, 20201 for 2020-S1."""
        return self.year * 10 + self.semester

    @property
    def code(self) -> str:
        """SDMX code, ``2020-S1``."""
        return f"{self.year}-S{self.semester}"

    @property
    def index(self) -> int:  # type: ignore[override]
        """Position in time, one step a half-year."""
        return self.year * 2 + self.semester - 1

    @property
    def start_on(self) -> date:
        """First day."""
        return date(self.year, 1 if self.semester == 1 else 7, 1)

    @property
    def end_on(self) -> date:
        """Last day."""
        return date(self.year, 6, 30) if self.semester == 1 else date(self.year, 12, 31)

    @property
    def previous(self) -> Period:
        """The half-year before."""
        return from_index(self.index - 1)

    @property
    def next(self) -> Period:
        """The half-year after."""
        return from_index(self.index + 1)


@cache
def from_index(index: int) -> Period:
    """The period at a position, inverse of ``Period.index``."""
    return Period(index // 2, index % 2 + 1)


@cache
def from_key(key: int) -> Period:
    """The period of a surrogate key. Errors: ValueError for a key that is none."""
    return from_index(Period(key // 10, key % 10).index)


def from_date(day: date) -> Period:
    """The half-year a day falls in."""
    return Period(day.year, 1 if day.month <= 6 else 2)


def span(first: Period, last: Period) -> Iterator[Period]:
    """Every half-year from first to last, both included."""
    for index in range(first.index, last.index + 1):
        yield from_index(index)


def parse_period(text: str) -> Period:
    """Read what names a half-year: 2020-S1, 2020H1, 2020上, 2020年上半年, 2020年1-6月, 2020年 (its second half).

    Errors: ValueError naming the text.
    """
    compact = re.sub("^截[止-]+", "", _fold(text))
    compact = re.sub("^(?P<year>[0-9]{4}[年.])(?P<first>.+-)(?P=year)", r"\g<year>\g<first>", compact)
    if turned := _TURNED.fullmatch(compact):
        compact = turned[2] + turned[1]
    for semester, spelling in _SPELLINGS:
        if match := spelling.fullmatch(compact):
            return _period(int(match["year"]), semester, text)
    raise ValueError(f"not a half-year: {text!r}")


def parse_period_end(text: str) -> Period:
    """Read a half-year by name or by its end, as returns do: 2020-06-30, 2020年6月, 202006, 2020Q2, 二〇二〇年上半年.

    A day, month or quarter that ends no half-year is refused. Errors: ValueError naming the text.
    """
    compact = re.sub("^截[止-]+", "", _with_figures(_fold(text)))
    match = _END.fullmatch(compact)
    try:
        return parse_period(compact)
    except ValueError:
        if match is None:
            raise ValueError(f"not a half-year: {text!r}") from None
    quarter = match["q"] or match["quarter"]
    day = match["day"] or match["compact_day"]
    written = quarter or match["month"] or match["compact"]
    month = {"2": 6, "二": 6, "4": 12, "四": 12}[quarter] if quarter else _MONTHS.get(written) or int(written)
    if (month, day and int(day)) not in ((6, None), (6, 30), (12, None), (12, 31)):
        raise ValueError(f"not a half-year: {text!r}")
    return _period(int(match["year"]), 1 if month == 6 else 2, text)


def parse_half(text: str) -> int | None:
    """1 or 2 for a half-year without its year (上半年, 1-6月, S2), 2 for a whole year (全年), None for the rest."""
    compact = _fold(text)
    if re.fullmatch("[0-9.]+-[0-9.]+", compact):  # 1-6 alone may be any range
        return None
    return next((semester for semester, word in _WORDS if word.fullmatch(compact)), None)


def parse_year(text: str) -> int | None:
    """The year of 2020, 2020年, 2020年度 or 二〇二〇年; None for anything else."""
    match = re.fullmatch("([0-9]{4})(?:年度?)?", _with_figures(_fold(text)))
    return int(match[1]) if match and 1900 <= int(match[1]) <= 2999 else None


def _fold(text: str) -> str:
    """In half-width characters, without spaces, every dash and 至 a hyphen."""
    return _DROPPED.sub("", text.translate(_HALF_WIDTH))


def _with_figures(compact: str) -> str:
    """With a leading year in Chinese digits (二〇二〇年) in figures."""
    year = re.match("[一二][〇零○Oo一二三四五六七八九]{3}(?=年)", compact)
    return compact if year is None else year[0].translate(_CHINESE_DIGITS) + compact[4:]


def _period(year: int, semester: int, text: str) -> Period:
    try:
        return Period(year, semester)
    except ValueError:
        raise ValueError(f"not a half-year: {text!r}") from None
