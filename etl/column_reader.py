"""A column of a sheet: what its headings, and where these mean several things what stands below, say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, pairwise

from etl.codebook import Codebook, plain
from etl.headings import is_figure
from etl.layout import ACTUAL, IGNORED, PART, SUBTOTAL, TARGET, ColumnUse
from etl.sheets import Sheet
from etl.vocabulary import FIGURES, SUMS, Heading, only_groups, read_heading
from warehouse.measures.period import parse_period_end

_LOOKED_AT, _SAMPLED, _MOST_KINDS = 5000, 300, 8
LABELS = ("district_code", "indicator_code", "breakdown_code", "period_code", "unit_code")
_OF_PARTS = re.compile(
    r"(?:街道|乡镇|镇街|街镇|社区|村|村居|机构|敬老院|福利院|养老院|护理院|中心|站点|对象)(?:\(.*\))?(?:名称|名单|名)?$|姓名$"
)
_IN_CHARGE = re.compile("责任|牵头|负责|配合|主管|承办|协办|联系|填报|审核|实施|落实|督办|是否")
Test = Callable[[str], object]
"""Whether a word is of some kind."""
_BINDING = {"约束性", "预期性"}
PARTED, GROUP, OF_LEFT = "part", "group", "of_left"
GIVEN_KINDS = ("district_code", "indicator_code", "breakdown_code", "period_code")


@dataclass(slots=True)
class ColumnReader:
    """Reads the columns of one sheet, each by itself."""

    sheet: Sheet
    rows: Sequence[Sequence[str]]
    header: tuple[int, int]
    book: Codebook
    has_parts: bool = field(init=False)
    """Whether headings name months or quarters that are no half-years."""

    def __post_init__(self) -> None:
        levels = self.rows[self.header[0] : self.header[1] + 1]
        self.has_parts = any(read_heading(text, self.book).is_unclear for row in levels for text in set(row) if text)

    def _levels(self, index: int) -> list[str]:
        texts = [row[index] if index < len(row) else "" for row in self.rows[self.header[0] : self.header[1] + 1]]
        for level, text in enumerate(texts[:-1]):
            if not text:
                texts[level] = self._to_the_left(self.header[0] + level, index)
        return list(dict.fromkeys(text for text in texts if text))

    def _to_the_left(self, row: int, index: int) -> str:
        """An upper heading, unless merged, reaches over blank cells to its right where lower ones stand below."""
        cells = self.rows[row]
        lower = self.rows[row + 1 : self.header[1] + 1]
        if not any(index < len(below) and below[index] for below in lower):
            return ""
        at = next((i for i in range(min(index, len(cells) - 1), -1, -1) if cells[i]), None)
        if at is None or any(top <= row <= end and left <= at <= right for top, left, end, right in self.sheet.merged):
            return ""
        return cells[at]

    def column(self, index: int) -> ColumnUse | None:
        """How a column is probably used, by its headings and by what stands below; None where it is empty."""
        levels = self._levels(index)
        heading = " / ".join(levels)
        is_of_left = any(plain(level).startswith("其中") for level in levels)
        levels = [f"其中:{level}" if is_of_left else level for level in levels if plain(level).strip(":") != "其中"]
        below = self.below(index)
        if not levels and not below:
            return None
        parts = [read_heading(text, self.book) for text in self._joined_names(levels)] or [Heading("")]
        if self.has_parts and any(part.is_part for part in parts):
            return ColumnUse(index, heading, IGNORED)  # beside other months or quarters it is one of them
        if not levels:
            parts = [read_heading("", self.book), Heading("", ("indicator_code", "district_code", "period_code"))]
        given: dict[str, str] = {}
        for part in parts:
            given |= part.given
        given = _joined(given)
        uses = [use for part in reversed(parts) for use in part.uses]
        unknown = [part.text for part in parts if not part.is_known]
        use = self._use(uses, given, unknown, below)
        if any(part.is_code for part in parts) and use in ("district_code", "indicator_code"):
            given = {"is_code": "yes"}
        if unknown and use in (TARGET, ACTUAL, FIGURES, "?"):
            parted = self._part(parts)
            given |= {"?": unknown[-1]} | ({PARTED: parted} if parted else {})
        if is_of_left and "indicator_code" not in given:
            given |= {OF_LEFT: "yes"}
        return ColumnUse(index, heading, use, given)

    def _joined_names(self, levels: Sequence[str]) -> list[str]:
        """Levels of headings, those that only together name an indicator as one: 低保 over 户数 is 低保户数."""
        found = list(levels)
        for upper, lower in pairwise(levels):
            if self.book.is_indicator(upper + lower) and not read_heading(upper, self.book).is_known:
                found[found.index(upper) : found.index(upper) + 2] = [upper + lower]
        return found

    def _part(self, parts: Sequence[Heading]) -> str | None:
        """An unknown heading that speaks of a part of the figures: below known ones, or of whom above an indicator."""
        named = next((i for i, part in enumerate(parts) if "indicator_code" in part.given), len(parts) - 1)
        name = parts[named].given.get("indicator_code", "")
        unknown = [(i, plain(part.text)) for i, part in enumerate(parts) if not part.is_known]
        below = (text for i, text in unknown if i >= named and not name.endswith(text))
        above = (text for i, text in unknown if i < named and not only_groups(text, name, self.book))
        return next(chain(below, above), None) if len(parts) > 1 else None

    def _use(self, uses: list[str], given: Mapping[str, str], unknown: list[str], below: list[str]) -> str:
        """What a column is used for; "?" where its headings only name a district, a half-year or nothing known."""
        candidates = list(dict.fromkeys(uses))
        if candidates[:1] == [FIGURES]:
            return FIGURES
        if candidates and candidates[0] in (TARGET, ACTUAL, IGNORED, SUBTOTAL):
            if candidates[0] == SUBTOTAL and not share(below, is_figure):
                return IGNORED
            # 目标任务 over the names of indicators
            if candidates[0] == TARGET and share(below, self.book.is_indicator) >= 0.5:
                return "indicator_code"
            return candidates[0]
        if (not candidates or candidates[0] in LABELS) and self._are_kinds(below):
            return "kind"
        if candidates[:1] == [PART]:  # 机构名称 over the names of bureaus
            return "district_code" if share(below, self.belongs("district_code")) >= 0.5 else PART
        if any(key in given for key in (*GIVEN_KINDS, "half", "year")) and not candidates:
            return "?"
        if not candidates:
            if unknown and share(below, is_figure) >= 0.5:
                return "?"
            return self._label_by_content(below) or (PART if _names_parts(unknown) else IGNORED)
        if candidates[0] in LABELS:
            return self._label(candidates, below)
        return candidates[0]

    def _are_kinds(self, below: list[str]) -> bool:
        """Whether each row says what its figures are: 目标, 完成."""
        kinds = [next(iter(read_heading(text, self.book).uses), "") for text in below[:_MOST_KINDS]]
        is_said = sum(kind in (TARGET, ACTUAL) for kind in kinds) * 2 > len(kinds)
        return TARGET in kinds and is_said and len(below) < _MOST_KINDS

    def _label(self, candidates: list[str], below: list[str]) -> str:
        """Among labels, the one whose words stand below; else the first that was named."""
        shares = {use: share(below, self.belongs(use)) for use in LABELS}
        named = [use for use in candidates if use in LABELS]
        best = max(named, key=lambda use: (shares[use], -named.index(use)))
        other = max(LABELS, key=lambda use: shares[use])
        if shares[best] == 0 and shares[other] >= 0.5:
            return other
        if shares[best] == 0 and IGNORED in candidates:
            return "is_binding" if below and set(below) <= _BINDING else GROUP
        return best

    def _label_by_content(self, below: list[str]) -> str | None:
        shares = {use: share(below, self.belongs(use)) for use in LABELS[:4]}
        best = max(shares, key=lambda use: shares[use])
        return best if shares[best] >= 0.5 else None

    def belongs(self, use: str) -> Test:
        """What tells whether a word is one of a column of labels."""
        kind = use.removesuffix("_code")
        if kind == "period":
            return _is_period
        if kind == "indicator":
            return self.book.is_indicator
        return lambda text: self.book.find(kind, text) is not None

    def below(self, index: int) -> list[str]:
        """The words below the headings of a column, each once, as many as are looked at."""
        first = self.header[1] + 1
        found = dict.fromkeys([row[index] for row in self.rows[first : first + _LOOKED_AT] if index < len(row)])
        return list(islice(filter(None, found), _SAMPLED))


def share(texts: Sequence[str], test: Test) -> float:
    """How many of these words pass a test, sums left out."""
    looked_at = [text for text in texts if plain(text) not in SUMS]
    return sum(map(bool, map(test, looked_at))) / len(looked_at) if looked_at else 0.0


def _joined(given: dict[str, str]) -> dict[str, str]:
    """A year over a half makes a half-year."""
    if {"year", "half"} <= given.keys() and "period_code" not in given:
        period = f"{given['year']}-S{given['half']}"
        return {k: v for k, v in given.items() if k not in ("year", "half")} | {"period_code": period}
    return given


def _names_parts(headings: Sequence[str]) -> bool:
    """Whether headings nobody knows stand over the names of streets, homes or persons."""
    text = plain("".join(headings))
    return _OF_PARTS.search(text) is not None and _IN_CHARGE.search(text) is None


def _is_period(text: str) -> bool:
    try:
        parse_period_end(text)
    except ValueError:
        return False
    return True
