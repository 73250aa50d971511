"""Half-years (半年度): ``2020-S1`` is 上半年, ``2020-S2`` is 下半年 (SDMX codes)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

# What imports understand, in the order tried. A bare year stands at its second half.
_SPELLINGS = (
    re.compile(r"(?P<year>\d{4})-?[SH](?P<semester>[12])", re.IGNORECASE),
    re.compile(r"(?P<year>\d{4})年?(?P<word>上|下)(?:半年)?"),
    re.compile(r"(?P<year>\d{4})年(?P<months>1-6|7-12|1-12)月"),
    re.compile(r"(?P<year>\d{4})(?:年(?:度|全年)?)?"),
)
_WORDS = {"上": 1, "下": 2, "1-6": 1, "7-12": 2, "1-12": 2}
_DASHES = str.maketrans({"—": "-", "–": "-", "－": "-", "~": "-", "～": "-", "至": "-"})


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-year. Ordered in time; ``Period(2020, 1)`` is the first half of 2020."""

    year: int
    semester: int

    def __post_init__(self) -> None:
        if self.semester not in (1, 2) or not 1900 <= self.year <= 2999:
            raise ValueError(f"not a half-year: {self.year}, {self.semester}")

    @property
    def key(self) -> int:
        """Surrogate key, 20201 for 2020-S1."""
        return self.year * 10 + self.semester

    @property
    def code(self) -> str:
        """SDMX code, ``2020-S1``."""
        return f"{self.year}-S{self.semester}"

    @property
    def index(self) -> int:
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
    return Period(key // 10, key % 10)


def from_date(day: date) -> Period:
    """The half-year a day falls in."""
    return Period(day.year, 1 if day.month <= 6 else 2)


def span(first: Period, last: Period) -> Iterator[Period]:
    """Every half-year from first to last, both included."""
    for index in range(first.index, last.index + 1):
        yield from_index(index)


def parse_period(text: str) -> Period:
    """Read 2020-S1, 2020H1, 2020S1, 2020上, 2020年上半年, 2020年1-6月 or 2020年 (its second half).

    Errors: ValueError naming the text.
    """
    compact = re.sub(r"\s", "", text).translate(_DASHES)
    for spelling in _SPELLINGS:
        if match := spelling.fullmatch(compact):
            parts = match.groupdict()
            word = parts.get("word") or parts.get("months")
            semester = _WORDS[word] if word else int(parts.get("semester") or 2)
            return Period(int(parts["year"]), semester)
    raise ValueError(f"not a half-year: {text!r}")
