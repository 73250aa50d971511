"""The day by which a target is due, as bureaus write it: 10月底前, 2020年10月31日前, 年内, 第三季度."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from etl.numerals import parse_numeral

_FIGURES = str.maketrans("零〇一二三四五六七八九", "00123456789")
_NOT_AFTER = r"(?<![0-9一二三四五六七八九十零〇.\-~—至到])"
_DATE = re.compile(
    rf"""
    {_NOT_AFTER} (?:到|至|于|在|截至|截止到|截止至|截止|赶在|最迟)?
    (?: (?P<iso>(?:19|20)[0-9]{{2}}(?P<mark>[-/.])[0-9]{{1,2}}(?P=mark)[0-9]{{1,2}}(?![0-9])(?:[ T]00:00(?::00)?)?)
      | (?:(?P<year>(?:19|20)[0-9]{{2}}|[一二][零〇一二三四五六七八九]{{3}})年|(?P<this>今年|本年|当年))?
        (?: (?P<month>[0-9]{{1,2}}|十[一二]?|[一二三四五六七八九])月
            (?: (?P<day>[0-9]{{1,2}}|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]
              | (?P<third>[上中下])旬 | 份?(?P<month_end>[底末])? )
          | 第?(?P<quarter>[一二三四1-4])季度(?P<quarter_end>[底末内])?
          | (?P<half>上半年|下半年)(?P<half_end>[底末内])?
          | (?P<year_end>(?(year)年?|(?(this)年?|(?<![每逐上去前往来后第])年))(?:底|末|内|终|度内))
          | (?(year)|(?(this)|(?!)))(?P<whole_year>度?) )
    )
    (?P<before>前|之前|以前|止|为止)?
    """,
    re.VERBOSE,
)


class NotADate(ValueError):
    """A date that is none, or says too little, with its reason code."""

    def __init__(self, reason_code: str, fragment: str) -> None:
        super().__init__(f"{reason_code}: {fragment}")
        self.reason_code = reason_code
        self.fragment = fragment


@dataclass(frozen=True, slots=True)
class Due:
    """A due date found in a text."""

    on: date
    is_deadline: bool
    """Whether the words themselves say that something ends then (前, 底, 末, 内), and not only a day or a month."""
    before: str
    after: str


def find_due(text: str, year: int | None) -> Due | None:
    """The one date in a folded text, with what stands around it.

    ``year`` is that of a date without one. Errors: NotADate for a day that does not exist, a date without
    a year where none is known, one whose 前 may or may not include it (10月前), one that may be a rate
    (一季度一次), and a second date.
    """
    found = next((match for match in _DATE.finditer(text) if match[0]), None)
    if found is None:
        return None
    before, after = text[: found.start()], text[found.end() :]
    if any(match[0] for match in _DATE.finditer(after)):
        raise NotADate("several_targets", text)
    has_end = any(found[name] for name in ("month_end", "quarter_end", "half_end", "year_end"))
    has_day = bool(found["iso"] or found["day"])
    if found["before"] and not has_end and not has_day and found["before"] not in ("止", "为止"):
        raise NotADate("ambiguous_target", found[0])
    is_bare = (found["month"] or found["quarter"]) and not (has_end or has_day or found["year"] or found["before"])
    if is_bare and not found[0].startswith("第") and re.match(r"[0-9一二两三四五六七八九十]", after):
        raise NotADate("ambiguous_target", found[0])  # 一季度一次 is once a quarter
    try:
        on = _day(found, year)
    except ValueError:
        raise NotADate("not_a_date", found[0]) from None
    if on is None:
        raise NotADate("date_without_year", found[0])
    return Due(on, bool(has_end or found["before"]), before, after)


def _day(found: re.Match[str], known: int | None) -> date | None:
    """The last day meant; None where the year is not known. Errors: ValueError for a day that does not exist."""
    if found["iso"]:
        parts = (int(part) for part in re.findall("[0-9]+", found["iso"])[:3])
        return date(*parts)
    written = found["year"]
    named = int(written.translate(_FIGURES)) if written else known
    month, day = _month_and_day(found)
    if month not in range(1, 13):
        raise ValueError(found[0])
    if named is None:
        return None
    return date(named, month, day or monthrange(named, month)[1])


def _month_and_day(found: re.Match[str]) -> tuple[int, int | None]:
    if found["month"]:
        third = {"上": 10, "中": 20}.get(found["third"] or "")
        return _number(found["month"]), _number(found["day"]) if found["day"] else third
    if found["quarter"]:
        return 3 * _number(found["quarter"]), None
    return (6 if found["half"] == "上半年" else 12), None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else parse_numeral(text) or 0
