"""Times in the words of titles and headings: half-years, years, halves, and what is neither.

A month or a quarter alone is a part of a half-year: its figure may be the part's own. It counts as the half-year it
ends only where nothing says otherwise; every other month or quarter is unclear, and whatever it stands over is not
read as anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from etl.codebook import plain
from warehouse.measures.period import Period, parse_half, parse_period_end, parse_year

_DASHES = dict.fromkeys(map(ord, "—–―~～至到"), "-")
_YEAR = r"(?:(?<!\d)(?:19|20)\d\d(?!\d)|二[〇零○o][〇零○o一二三四五六七八九]{2}(?=年))"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_QUARTER = r"第?[1-4一二三四]"
_PART = rf"""(?:
    [上下前后]半年度?|全年度?|(?:年|(?<![\u4e00-\u9fff]))[底末终]|年中(?![央国心期秋小级层])
  | (?<![上下前后每近个一两首大小])半年[度报]?(?!一次|内|以|左右|体检|期|来|后|前)
  | (?:年?初(?:以来)?|累计)-{_MONTH}月(?:份|[底末])?|前{_MONTH}个月
  | {_QUARTER}(?:季度)?[-、和]{_QUARTER}季度[底末]?|前[1-4一二三四两]个?季度|{_QUARTER}季度[底末]?
  | {_MONTH}月?-(?:{_YEAR}年)?{_MONTH}月(?:份|[底末])?
  | {_MONTH}月份?(?:\d{{1,2}}日?|[底末]|[上中下]旬)?
)"""
_FESTIVAL = "元旦|春节|元宵|清明|五一|端午|中秋|国庆|重阳|[两双]节"
_SEASON = rf"(?:年?初|中期|{_QUARTER}季(?!度)|{_FESTIVAL}|[春夏秋冬]季|冬春|[寒暑]假)"
"""Parts of a year that are no half of it."""
_SEPARATOR = "(?:年|[-./])"
_DAY_OF_MONTH = rf"{_MONTH}(?:月|[-./])\d{{1,2}}日?"
_DAY_OF_YEAR = rf"{_YEAR}{_SEPARATOR}{_DAY_OF_MONTH}"
_TIME = re.compile(
    rf"""(?:截[止-]+)?(?:
      (?<!\d)(?:19|20)\d{{4}}(?:\d\d)?(?!\d)
    | {_DAY_OF_YEAR}-(?:{_YEAR}{_SEPARATOR})?{_DAY_OF_MONTH}
    | {_YEAR}(?:年度|年)?-{_YEAR}(?:年度|年)?(?![\d.])
    | {_YEAR}[./]\d{{1,2}}(?:-(?:{_YEAR}[./])?\d{{1,2}}|[./]\d{{1,2}})?(?!\d)
    | {_YEAR}-\d{{1,2}}(?:-\d{{1,2}})?(?!\d)
    | {_YEAR}-?(?:[sh][12]|q[1-4])(?![0-9a-z])
    | {_YEAR}(?:年度|年)?(?:{_PART}|{_SEASON})
    | {_YEAR}年?上|{_YEAR}年?下|{_YEAR}(?:年度|年)?
    | (?<!\d)[1-3]\d年(?:{_PART})
    | (?<![0-9a-z])[sh][12](?![0-9a-z])
    | (?:(?<=截-)|(?<=截止)|(?<![\d.\-去上前明])){_PART}
    )""",
    re.VERBOSE,
)
_FILLED = re.compile(r"(?:填报|填表|制表|报送|上报|打印|印发|发布|审核)(?:日期|时间)|(?<![\u4e00-\u9fff])日期")
"""A line with the day a form was filled in, which says nothing of the half-year."""
_NUMBER = re.compile(r"[〔\[(【]\d{4}[〕\])】](?=第?\d+号)")
"""The year in the number of a document: 〔2020〕12号."""
_DAY = re.compile(
    rf"(?:(?P<year>{_YEAR})(?:年|[-./])(?P<month>{_MONTH})(?:月份?|[-./])\d{{1,2}}日?|\d{{4}}(?P<compact>\d\d)\d\d)"
)

_OF_HALF = re.compile(rf"{_YEAR}(?:-?q[24]|年{_QUARTER}季度|(?:年|[-./]){_MONTH}(?:月份?)?)|\d{{6}}")

_FROM_JANUARY = re.compile(rf"(?P<year>{_YEAR}){_SEPARATOR}0?1(?:月|[-./])0?1日?-(?:(?P=year){_SEPARATOR})?(?P<end>.+)")
"""Days from the first of the year to another."""
_UP_TO = re.compile(rf"(?:(?:年?初(?:以来)?|累计)-|前(?={_MONTH}个月))(?P<month>{_MONTH})(?:个月|月份?[底末]?)")

_STARTS_WITH_YEAR = re.compile(_YEAR)


@dataclass(frozen=True, slots=True)
class Time:
    """A time named in a text. One of ``period``, ``year`` and ``half`` is set, or none: a day, or unclear."""

    start: int
    end: int
    text: str
    period: Period | None = None
    year: str | None = None
    half: int | None = None
    is_part: bool = False
    """A month or quarter by which its half-year is named."""
    is_day: bool = False
    """A day within a half-year."""

    @property
    def is_unclear(self) -> bool:
        """Whether it names a time that is no half-year, and no day."""
        return self.period is None and self.year is None and self.half is None and not self.is_day


def times_in(text: str) -> list[Time]:
    """The times a text names, in its order; places are those of ``plain(text)``."""
    folded = plain(text).translate(_DASHES)
    return [_classified(match) for match in _TIME.finditer(folded)]


def _classified(match: re.Match[str]) -> Time:
    word, place = match[0], (match.start(), match.end())
    bare = _UP_TO.sub(r"年1-\g<month>月", re.sub("^截[止-]+", "", word)).replace("年年", "年")
    if days := _FROM_JANUARY.fullmatch(bare):
        bare = f"{days['year']}年{days['end']}" if "月" in days["end"] else f"{days['year']}-{days['end']}"
    year = parse_year(bare)
    if year is not None:
        return Time(*place, word, year=str(year))
    try:
        period = parse_period_end(bare)
    except ValueError:
        return _without_year(place, word, bare)
    return Time(*place, word, period=period, is_part=_OF_HALF.fullmatch(bare) is not None)


def _without_year(place: tuple[int, int], word: str, bare: str) -> Time:
    half = parse_half(bare.removeprefix("年"))
    is_end = bare != word or bare.endswith(("日", "底", "末"))  # 6月30日, 截至6月, 二季度末: up to there
    if half is None and is_end and not re.match("[0-9]{4}", bare):
        try:
            half = parse_period_end(f"2000年{bare}").semester
        except ValueError:
            half = None
    if half is not None:
        return Time(*place, word, half=half)
    return Time(*place, word, is_day=_DAY.fullmatch(bare) is not None)


def told_apart(texts: list[str]) -> list[str]:
    """Texts of a column of half-years; beside 2020Q1 or 2020-03, 2020Q2 and 2020-06 are a quarter and a month too.

    These become texts that name no half-year, so that their figures are refused and not taken for the half-year's.
    """
    words = set(texts)
    other = min((word for word in words if any(time.is_unclear for time in times_in(word))), default=None)
    if other is None:
        return texts
    ends = (word for word in words if any(time.is_part for time in times_in(word)))
    parts = {word: f"{word}（同列另有 {other}）" for word in ends}
    return [parts.get(text, text) for text in texts]


def time_off(word: str) -> tuple[str, dict[str, str], bool, bool]:
    """A heading (as ``plain`` has it) without its times, what these give, and whether they are unclear, or a part.

    Given: ``period_code``, or ``year`` or ``half``.
    """
    times = times_in(word)
    rest = word
    for time in reversed(times):
        rest = rest[: time.start] + rest[time.end :]
    given: dict[str, str] = {}
    is_unclear = False
    for time in times:
        said = _given(time)
        is_unclear |= not said or any(given.get(name, text) != text for name, text in said.items())
        given |= said
    if {"year", "half"} <= given.keys():
        given["period_code"] = f"{given.pop('year')}-S{given.pop('half')}"
    return rest, {} if is_unclear else given, is_unclear, any(time.is_part for time in times)


def _given(time: Time) -> dict[str, str]:
    if time.period is not None:
        return {"period_code": time.period.code}
    if time.year is not None:
        return {"year": time.year}
    return {} if time.half is None else {"half": str(time.half)}


def title_time(lines: Iterable[str]) -> dict[str, str]:
    """The time titles speak of: ``period_code`` or ``year``; ``unclear_time`` where it is some other time; {} for none.

    A half-year goes before a year. A year alone is not believed where a month, a quarter or an earlier day of it
    stands beside it, for the figures are then not the year's.
    """
    times: list[Time] = []
    days: list[Time] = []
    for line in lines:
        found = times_in(_NUMBER.sub("", plain(line)))
        is_filled = _FILLED.search(plain(line)) is not None
        days += [time for time in found if time.is_day or is_filled]
        times += [time for time in found if not (time.is_day or is_filled)]
    named = {time.period.code for time in times if time.period is not None and not time.is_part}
    parts = {time.period.code for time in times if time.period is not None}
    years = {time.year for time in times if time.year is not None}
    halves = {time.half for time in times if time.half is not None}
    unclear = [time.text for time in times if time.is_unclear]
    if any(re.search("季|q[13]|月-|-.+月", text) for text in unclear):
        return {"unclear_time": unclear[0]}  # no date of a letter, as a month alone may be
    if named or parts:
        periods = named or parts
        return {"period_code": periods.pop()} if len(periods) == 1 else {}
    if len(years) == 1 and len(halves) == 1:
        return {"period_code": f"{years.pop()}-S{halves.pop()}"}
    if len(years) == 1 and not halves:
        (year,) = years
        unclear = [text for text in unclear if text.startswith(year) or not _STARTS_WITH_YEAR.match(text)]
        unclear += [time.text for time in days if time.text.startswith(year) and not _is_december(time.text)]
        return {"year": year, "unclear_time": unclear[0]} if unclear else {"year": year}
    return {"unclear_time": unclear[0]} if unclear else {}


def contradicts(text: str, said: dict[str, str]) -> bool:
    """Whether a text names another year, half-year or half than ``title_time`` found."""
    year, half = said.get("year") or said.get("period_code", "")[:4], said.get("period_code", "")[-1:]
    for time in times_in(text):
        if time.period is not None and said.get("period_code", time.period.code) != time.period.code:
            return True
        if time.period is not None and str(time.period.year) != year:
            return True
        if (time.year or year) != year or (half and str(time.half or half) != half):
            return True
    return False


def _is_december(day: str) -> bool:
    match = _DAY.fullmatch(day)
    return match is not None and (match["month"] or match["compact"]) in ("12", "十二")
