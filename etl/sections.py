"""Sections: headings between the rows of a table (普陀区, 2020年下半年, 单位：元) that speak of the rows below.

What they say takes the place of the title's word, until the next one speaks of the same. One that names a
place nobody knows, or two of them, leaves its rows without a place rather than with the one before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from etl.codebook import Codebook, plain, unnumbered
from etl.times import times_in
from etl.vocabulary import only_groups, read_heading, read_title

_PROSE = re.compile(r"[。；;！!？?]")
_LONGEST = 40
_PLACE = re.compile(r"[\u4e00-\u9fff]{1,10}(?:新区|区|县|市|旗|街道|镇|乡)(?:\(.*\)|民政局|人民政府|办事处)?[:]?")
_NO_PLACE = re.compile(
    r".*(?:社区|城区|园区|小区|片区|辖区|地区|城镇|乡镇|市区|郊区|各区|区县|县区|全区|全县|全市)[:]?"
)
_WHOM = re.compile(
    r"(?!.*(?:填|审核|复核|制表|经办|负责|责任|联系)).{0,12}(?:人|人员|人群|群体|儿童|孩子|妇女|[男女]性?|对象|居民|职工|学生|家庭|[贫困农民脱病低]户)[:]?"
)
"""残疾人, 脱贫户: of whom the rows below may speak."""
_YEAR_FIRST = re.compile(r"\d{4}(?:-S[12])?$")
_TIMES = ("period_code", "year", "half")


@dataclass(frozen=True, slots=True)
class Said:
    """What a section says of one thing, and the row it stands in, from 0."""

    text: str
    row: int


@dataclass(slots=True)
class Sections:
    """What holds for the rows read so far. ``stated``: what the title, or a person, says of the whole sheet."""

    book: Codebook
    stated: Mapping[str, str]
    labels: frozenset[str]
    """Columns of the table's own words, by name."""
    now: dict[str, Said] = field(default_factory=dict)

    def enter(self, row: int, texts: Collection[str]) -> bool:
        """Read a heading between rows; whether it says anything of those below it."""
        said: dict[str, str] = {}
        for text in texts:
            if len(text) <= _LONGEST and not _PROSE.search(text):
                for name, value in self._read(text).items():
                    said[name] = value if said.get(name, value) == value else text
        if not said and texts and self._is_of_some():
            del self.now["breakdown_code"]
            return True
        again = [self.now[name].row for name in said if name in self.now]
        if again:  # what stood beside or under the one before was of that one
            self.now = {name: x for name, x in self.now.items() if x.row < min(again)}
        for name, value in said.items():
            self.now[name] = Said(value, row)
        return bool(said)

    def _read(self, text: str) -> dict[str, str]:
        """What one text says: by name of a column of ``etl.columns``."""
        word = unnumbered(text)
        heading = read_heading(word, self.book)
        named = {} if heading.uses else heading.given
        kind = next((name for name in ("indicator_code", "breakdown_code") if name in named), None)
        # 城市, 农村 over indicators are breakdowns; over districts they only group these
        if kind == "indicator_code" or (kind == "breakdown_code" and "indicator_code" in self.labels):
            return {name: named[name] for name in (kind, "unit_code") if name in named and kind not in self.labels}
        title = read_title([word], self.book)
        said: dict[str, str] = {name: title[name] for name in ("unit_code", "district_code") if name in title}
        if "district_code" not in said and self._is_elsewhere(word):
            said["district_code"] = word
        period = self._period(word)
        if period:
            said["period_code"] = period
        return said or self._indicator(word) or ({"breakdown_code": word} if _WHOM.fullmatch(plain(word)) else {})

    def _is_of_some(self) -> bool:
        """Whether the rows speak of people nobody has a breakdown for."""
        word = self.now["breakdown_code"].text if "breakdown_code" in self.now else ""
        return _WHOM.fullmatch(plain(word)) is not None and self.book.find("breakdown", word) is None

    def of(self, indicators: Iterable[str]) -> dict[str, Said]:
        """What holds for a row with figures of these indicators; 儿童 above 孤儿人数 only says their field."""
        if self._is_of_some() and all(only_groups(self.now["breakdown_code"].text, x, self.book) for x in indicators):
            return {name: said for name, said in self.now.items() if name != "breakdown_code"}
        return dict(self.now)

    def _indicator(self, word: str) -> dict[str, str]:
        """Where sections name the indicators, one nobody knows has rows of its own too."""
        return {"indicator_code": word} if "indicator_code" in self.now else {}

    def _is_elsewhere(self, word: str) -> bool:
        """Whether it names several districts, or reads like the name of a place that is not known."""
        several = len(self.book.districts_in(word)) > 1
        return several or bool(_PLACE.fullmatch(plain(word)) and not _NO_PLACE.fullmatch(plain(word)))

    def _period(self, word: str) -> str:
        """The half-year a section names, or a text that is none where it cannot be told; "" where it names no time."""
        times = [time for time in times_in(word) if not time.is_day]
        named = {time.period.code for time in times if time.period is not None}
        years = {time.year for time in times if time.year is not None}
        halves = {time.half for time in times if time.half is not None}
        before = self.now["period_code"].text if "period_code" in self.now else ""
        before = before if _YEAR_FIRST.match(before) else ""  # a quarter above says nothing of the year
        before = before or self.stated.get("period_code") or self.stated.get("year", "")
        if not times:
            return ""
        if any(time.is_unclear for time in times) or len(named) > 1 or len(years) > 1 or len(halves) > 1:
            return word
        if named:
            return named.pop()
        is_year = len(before) == len("2020")
        if years:
            (year,) = years
            if halves:
                return f"{year}-S{halves.pop()}"
            return "" if before.startswith(year) else year if is_year or not before else f"{before} ≠ {word}"
        said = f"{before[:4]}-S{halves.pop()}" if before else ""
        if said in ("", before):
            return ""
        return said if is_year or "period_code" in self.now else f"{before} ≠ {word}"
