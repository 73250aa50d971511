"""Infer: how a sheet is probably to be read. The result is shown, and a person may put it right.

Headings are recognised by their words, by the districts, indicators and half-years they name, and where a word
means several things by what stands below. What is not recognised is said, never guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from etl.amount import NotAnAmount, parse_amount
from etl.codebook import Codebook, plain, unnumbered
from etl.column_reader import GIVEN_KINDS, GROUP, LABELS, OF_LEFT, PARTED, ColumnReader, Test, share
from etl.columns import KIND_WORDS
from etl.headings import find_header, is_figure
from etl.layout import ACTUAL, IGNORED, PART, SUBTOTAL, TARGET, ColumnUse, SheetLayout
from etl.marked.marks import is_result_sheet
from etl.sheets import Sheet, fill_merged
from etl.target_text import NotATarget, parse_target
from etl.tidy import tidy_layout
from etl.times import time_off
from etl.titles import read_titles
from etl.vocabulary import FIGURES
from warehouse.measures.period import parse_year

_ONCE = ("weight", "is_binding", "baseline_value", "baseline_period_code", "numerator", "denominator", "confidence")
"""What a row says once; of several such columns nobody can tell which figures they go with."""
_PLAN = re.compile("规划|纲要|十[一二三四五六]五|五年")


def infer_layout(sheet: Sheet, file_name: str, book: Codebook, stated: Mapping[str, str]) -> SheetLayout:
    """The layout of a sheet. ``stated``: what a person says of the whole file, before its title, behind its columns."""
    if sheet.hidden:
        return SheetLayout(sheet.name, left_out="hidden")
    if not any(any(row) for row in sheet.rows):
        return SheetLayout(sheet.name, left_out="empty")
    if is_result_sheet(sheet):
        return SheetLayout(sheet.name, left_out="result")
    tidy = tidy_layout(sheet, file_name, stated)
    if tidy is not None:
        return tidy
    rows = fill_merged(sheet)
    header = find_header(sheet, rows, book)
    if header is None:
        return SheetLayout(sheet.name, left_out="no_table")
    return _Inference(sheet, rows, header, book, stated, file_name).layout()


@dataclass(slots=True)
class _Inference:
    """The columns of one sheet, judged together."""

    sheet: Sheet
    rows: Sequence[Sequence[str]]
    header: tuple[int, int]
    book: Codebook
    stated: Mapping[str, str]
    file_name: str
    read: ColumnReader = field(init=False)
    title: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.read = ColumnReader(self.sheet, self.rows, self.header, self.book)
        above = [text for row in self.rows[: self.header[0]] for text in dict.fromkeys(row) if text]
        self.title = read_titles(above, self.sheet.name or "", PurePath(self.file_name).stem, self.book)

    def layout(self) -> SheetLayout:
        levels = self.rows[self.header[0] : self.header[1] + 1]
        looked_at = self.rows if self.sheet.name is not None else levels  # of a CSV no cell lies behind its headings
        width = max((len(row) for row in looked_at), default=0)
        columns = [column for index in range(width) if (column := self.read.column(index)) is not None]
        if self._are_side_by_side(columns):
            return SheetLayout(self.sheet.name, self.header, left_out="side_by_side")
        columns = self._settle_labels(columns)
        columns = self._settle_values(columns)
        if not any(c.use in (TARGET, ACTUAL) for c in columns):
            return SheetLayout(self.sheet.name, self.header, left_out="no_table")
        stated = self._said_for_all(columns)
        columns = self._after_base(self._of_same_half(self._due_at_year_end(columns, stated), stated))
        return SheetLayout(self.sheet.name, self.header, tuple(columns), stated)

    def _are_side_by_side(self, columns: Sequence[ColumnUse]) -> bool:
        """Whether 地区 or 指标 stands twice over different words: whose the figures are cannot be told."""
        seen: dict[str, ColumnUse] = {}
        for c in columns:
            if c.use not in ("district_code", "indicator_code"):
                continue
            first = seen.setdefault(c.use, c)
            if first is c:
                continue
            is_alike = plain(first.heading) == plain(c.heading)
            if is_alike or any(
                first.column < v.column < c.column for v in columns if v.use in (TARGET, ACTUAL, FIGURES, "?")
            ):
                pairs = {
                    (row[first.column], row[c.column]) for row in self.rows[self.header[1] + 1 :] if len(row) > c.column
                }
                if any(left and right and self._differ(c.use, left, right, is_alike) for left, right in pairs):
                    return True
        return False

    def _differ(self, use: str, left: str, right: str, is_alike: bool) -> bool:
        """Whether two words under headings that are alike, or else two names we know, mean two things."""
        if is_alike or left == right:
            return left != right
        kind = use.removesuffix("_code")
        meant = [self.book.find(kind, word) or self.book.find(kind, unnumbered(word)) for word in (left, right)]
        return None not in meant and meant[0] != meant[1]

    # columns among each other

    def _with_indicators(self, columns: list[ColumnUse]) -> list[ColumnUse]:
        """二级指标 holds the indicators where nothing else does."""
        if any(c.use == "indicator_code" or "indicator_code" in c.given for c in columns):
            return columns
        lowest = [
            c
            for c in columns
            if c.use == IGNORED
            and c.heading.endswith("指标")
            and share(self.read.below(c.column), self.book.is_indicator) >= 0.5
        ][-1:]
        return [replace(c, use="indicator_code") if c in lowest else c for c in columns]

    def _settle_labels(self, columns: list[ColumnUse]) -> list[ColumnUse]:
        """One column for each label; a second one is a code beside its name, or not used."""
        columns = self._with_indicators(columns)
        last_name = max((c.column for c in columns if c.use == "indicator_code"), default=-1)
        # 类别 before the indicators groups these; behind them, or without any, it parts the figures
        settled = [
            c if c.use != GROUP else replace(c, use=IGNORED if c.column < last_name else "breakdown_code")
            for c in columns
        ]
        for use in (*LABELS, "note", "blank_reason", "kind", PART):
            mine = [c for c in settled if c.use == use]
            if len(mine) < 2:
                settled = [replace(c, given={}) if c.use == use else c for c in settled]
                continue
            codes = [c for c in mine if "is_code" in c.given]
            names = [c for c in mine if "is_code" not in c.given]
            test: Test = self.read.belongs(use) if use in LABELS else bool
            keep = max(names or codes, key=lambda c: (share(self.read.below(c.column), test), c.column))
            code = next((c for c in codes if c is not keep), None)
            for c in mine:
                if code is not None and c is keep:
                    new = replace(c, use=use.replace("_code", "_name"), given={})
                else:
                    is_above = use == "district_code" and c in names and share(self.read.below(c.column), test) >= 0.5
                    spare = "district_above" if is_above else PART if _is_township(c) else IGNORED
                    new = replace(c, use=use if c in (keep, code) else spare, given={})
                settled[settled.index(c)] = new
        uses = Counter(c.use for c in settled)
        return [replace(c, use=IGNORED, given={}) if uses[c.use] > 1 and c.use in _ONCE else c for c in settled]

    def _settle_values(self, columns: list[ColumnUse]) -> list[ColumnUse]:
        """Columns that only name a district, half-year or the like hold values; the sheet says of which kind."""
        kinds = Counter(
            key
            for c in columns
            if c.use in ("?", TARGET, ACTUAL, FIGURES)
            for key in c.given
            if key in (*GIVEN_KINDS, "half", "year")
        )
        sibling = next((key for key in GIVEN_KINDS if kinds[key]), "period_code" if kinds else None)
        whole: dict[str, str] = {}
        has_breakdowns = kinds["breakdown_code"] > 0
        has_baseline_period = any(c.use == "baseline_period_code" for c in columns)
        settled: list[ColumnUse] = []
        for c in columns:
            given = dict(c.given)
            if given.pop(OF_LEFT, None):  # 其中 is said of the last column that is not a part itself
                given = {**whole, **given}
            elif c.use in ("?", TARGET, ACTUAL, FIGURES):
                whole = {name: text for name, text in given.items() if name not in ("?", PARTED)}
            unknown, part = given.pop("?", None), given.pop(PARTED, None)
            use = c.use
            is_placed = sibling in given or (sibling == "period_code" and not given.keys().isdisjoint(("half", "year")))
            if part is not None and (sibling is None or is_placed):
                unknown, given["breakdown_code"] = None, f"{given.get('breakdown_code', '')}{part}"
            if use == SUBTOTAL and has_breakdowns and not kinds["district_code"]:
                use, given = "?", {**given, "breakdown_code": "total"}
            if unknown is not None and sibling is not None:
                given |= {} if is_placed else {sibling: unknown}
            elif unknown is not None and use == "?":
                use = FIGURES if self._ends_title(unknown) else IGNORED
            if use == "baseline_value" and not has_baseline_period and not {"year", "period_code"} & given.keys():
                use = IGNORED  # an improvement begins at some time
            if use == FIGURES:
                use = self._kind_of_figures(c, columns)
            if use == "?":
                use = self._kind_of_values(c.column) if given else IGNORED
            settled.append(replace(c, use=use, given=given))
        return self._without_prose(settled)

    def _ends_title(self, word: str) -> bool:
        """Whether a heading (人数) says again what the title counts (低保人数)."""
        return len(word) > 1 and plain(self.title.get("indicator_code", "")).endswith(plain(word))

    def _kind_of_figures(self, column: ColumnUse, columns: Sequence[ColumnUse]) -> str:
        """数量 beside targets is an actual; 指标值 beside actuals a target, and alone what the title says."""
        beside = {c.use for c in columns} & {TARGET, ACTUAL}
        may_be_target = "指标值" in column.heading
        if beside:
            return ACTUAL if TARGET in beside or not may_be_target else TARGET
        if may_be_target and not (self.stated.get("kind") or self.title.get("kind")):
            return IGNORED
        return self._kind_of_values(column.column)

    def _kind_of_values(self, index: int) -> str:
        said = KIND_WORDS.get(self.stated.get("kind", "")) or self.title.get("kind")
        if said is not None:
            return TARGET if said == "target" else ACTUAL
        return TARGET if any(_is_comparison(text) for text in self.read.below(index)) else ACTUAL

    def _without_prose(self, columns: list[ColumnUse]) -> list[ColumnUse]:
        """Of two columns for the same values, the one that tells a story is not used."""
        settled = list(columns)
        for use in (TARGET, ACTUAL):
            groups: dict[tuple[tuple[str, str], ...], list[ColumnUse]] = {}
            for c in columns:
                if c.use == use:
                    groups.setdefault(tuple(sorted(c.given.items())), []).append(c)
            for group in groups.values():
                if any("累计" in c.heading for c in group):  # 本期 beside it may be less than from January on
                    for c in (c for c in group if "本期" in c.heading and "累计" not in c.heading):
                        settled[settled.index(c)] = replace(c, use=IGNORED, given={})
                shares = {c.column: share(self.read.below(c.column), is_figure) for c in group}
                for c in group:
                    if len(group) > 1 and shares[c.column] <= 0.5 < max(shares.values()):
                        settled[settled.index(c)] = replace(c, use=IGNORED, given={})
        return settled

    # what is said for all

    def _said_for_all(self, columns: Iterable[ColumnUse]) -> dict[str, str]:
        """What the title says of what no column and no heading says; a person's word goes before it."""
        columns = list(columns)
        values = [c for c in columns if c.use in (TARGET, ACTUAL)]
        stated: dict[str, str] = {}
        person = {key: text for key, text in self.stated.items() if text}
        for key, text in {**self.title, **person}.items():
            own = key if key not in ("year", "half") else "period_code"
            if own == "period_code" and "period_code" in person and key != "period_code":
                continue
            in_rows = any(c.use in (own, own.replace("_code", "_name")) for c in columns)
            in_rows &= not (key in ("period_code", "year") and self._leave_open(columns, key))
            needed = own == "period_code" or not all(own in c.given for c in values)
            if key in ("share_scale",) or (key != "kind" and needed and not in_rows):
                stated[key] = text
        return stated

    def _after_base(self, columns: Sequence[ColumnUse]) -> list[ColumnUse]:
        """Of bare years in a plan of several the first may be the year it starts from, whose figure is no target."""
        above = "".join(text for row in self.rows[: self.header[0]] for text in row)
        bare = {
            c.column: c.given["year"] for c in columns if c.use == TARGET and parse_year(c.heading.split(" / ")[-1])
        }
        first = min(bare.values(), default="")
        if len(set(bare.values())) < 2 or not _PLAN.search(plain(above)):
            return list(columns)
        return [
            replace(c, given={**c.given, "period_code": f"{first}（基期？）"}) if bare.get(c.column) == first else c
            for c in columns
        ]

    def _leave_open(self, columns: Sequence[ColumnUse], key: str) -> bool:
        """Whether rows only name their year, of which the title says the half; or halves, of which it says the year."""
        below = next((self.read.below(c.column) for c in columns if c.use == "period_code"), [])
        if key == "year":
            return any(time_off(plain(text))[1].keys() == {"half"} for text in below)
        return bool(below) and all(parse_year(text) is not None for text in below)

    def _of_same_half(self, columns: Sequence[ColumnUse], stated: Mapping[str, str]) -> list[ColumnUse]:
        """2020年 beside 2021年 in a report on the first half of 2021 may be that half of 2020, or the whole of it."""
        period = stated.get("period_code", "")
        years = {c.given.get("year") for c in columns if c.use == ACTUAL}
        if not period.endswith("-S1") or period[:4] not in years:
            return list(columns)
        return [
            replace(c, given={**c.given, "period_code": f"{c.given['year']} ≠ {period}"})
            if c.use == ACTUAL and c.given.get("year", period[:4]) != period[:4]
            else c
            for c in columns
        ]

    def _due_at_year_end(self, columns: Sequence[ColumnUse], stated: Mapping[str, str]) -> list[ColumnUse]:
        """A bare 目标值 in a report on a half-year is the year's target, unless the rows or a person say otherwise."""
        if any(c.use == "period_code" for c in columns) or "period_code" in self.stated:
            return list(columns)
        return [
            replace(c, given={**c.given, "half": "2"})
            if c.use == TARGET and not {"half", "period_code"} & c.given.keys() and "period_code" in stated
            else c
            for c in columns
        ]


def _is_township(column: ColumnUse) -> bool:
    return any(word in column.heading for word in ("街", "镇", "乡"))


def _is_comparison(text: str) -> bool:
    try:
        parse_amount(text)
        return False
    except NotAnAmount:
        pass
    try:
        return parse_target(text, 2020).comparator not in (None, "=")
    except NotATarget:
        return False
