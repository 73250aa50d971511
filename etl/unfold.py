"""Unfold: a sheet, read by its layout → tables of text, one figure a record, each with its place.

A row with several value columns becomes several records; a heading's half-year, district or indicator
goes into each record below it. What is not a figure (titles, sums, footnotes, separators) is left out, and said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

from etl.amount import is_blank
from etl.codebook import Codebook, plain
from etl.columns import KIND_WORDS
from etl.findings import Finding
from etl.headings import is_figure
from etl.layout import ACTUAL, IGNORED, SUBTOTAL, TARGET, ColumnUse, SheetLayout
from etl.sections import Said, Sections
from etl.sheets import Sheet, cell_name, column_letter, fill_merged
from etl.times import time_off, told_apart
from etl.vocabulary import AVERAGES, PART_OF, SUMS, read_heading
from warehouse.measures.period import parse_period_end, parse_year

_FOOTNOTE = re.compile(
    r"[(\[]?(?:(?:注|说明|备注|附注|资料来源|数据来源|来源|统计口径)(?:[:\d一二三、.]|$)"
    r"|(?:填表|制表|审核|复核|填报|联系|负责|单位负责)(?:人|单位|日期|时间|电话|人员)?(?:[:(]|$)|[※*★▲])"
)
_COLUMN_NUMBERS = {"栏次", "列次", "项次", "甲", "A", "a"}
"""How a row begins that numbers the columns below their headings."""
_FRACTION = re.compile(r"0?\.\d*[1-9]\d*")
_VALUES = (TARGET, ACTUAL)
_LABELS = {"district_code", "indicator_code", "breakdown_code", "period_code", "unit_code"}
_NAMES = ("district_code", "district_name", "indicator_code", "indicator_name")
_PROVENANCE = ("source_code", "span_start", "span_end", "confidence", "note")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no figure: why (subtotal, footnote, section, separator, repeated_heading), and how it begins."""

    sheet: str | None
    row_no: int
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class SumCell:
    """A figure of a 合计 row or column: what it says, and the records it may be the sum of (any one of these lists).

    First come those right above it, where there are any.
    """

    row_no: int
    column: int
    text: str
    parts: tuple[tuple[int, ...], ...]


@dataclass(slots=True, eq=False)
class Table:
    """Records of one kind from one sheet. ``texts``: by column of ``etl.columns``, a text for each record."""

    sheet: Sheet
    layout: SheetLayout
    kind: str
    texts: dict[str, list[str]]
    rows: list[int]
    """Row of each record, from 0."""
    values_at: list[int]
    """Column of each record's value, from 0; -1 where the table has no value column."""
    places: Mapping[str, int]
    """Column of what stands in the record's own row, by name."""
    sums: list[SumCell] = field(default_factory=list)
    merged_values: set[int] = field(default_factory=set)
    """Records whose value stands in a cell merged over several figures."""
    sections: Sequence[Mapping[str, Said]] = ()
    """What the section above each record says, by name; empty where the table has none."""

    fractions: set[tuple[int, str]] | None = field(init=False, default=None)
    """Columns and indicators with bare figures between 0 and 1, once they were asked for."""
    locators: dict[int, str] = field(init=False)
    """By column of the value, what a locator begins with: ``Sheet1!C``, ``C``, or ``row `` without a column."""

    def __post_init__(self) -> None:
        sheet = f"{self.sheet.name}!" if self.sheet.name else ""
        self.locators = {c: sheet + ("row " if c < 0 else column_letter(c)) for c in set(self.values_at)}

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def tells_provenance(self) -> bool:
        """Whether columns say where each figure stands, or how sure it is."""
        return not self.texts.keys().isdisjoint(_PROVENANCE)

    @property
    def allows_blanks(self) -> bool:
        """Whether a blank value means that nothing is reported; in tidy tables it is a mistake, but in returns."""
        return not self.layout.is_tidy or "blank_reason" in self.texts

    def heading(self, name: str, record: int) -> str | None:
        """The heading a person sees over a column; its documented name where there is none."""
        column = self._column(name, record)
        found = next((c for c in self.layout.columns if c.column == column), None)
        return name if found is None or not found.heading else found.heading

    def cell(self, name: str, record: int) -> str | None:
        """The cell a text stands in: the record's own, or the heading that says it; None where it is stated for all."""
        column = self._column(name, record)
        if column is not None and (name in self.places or name == "value"):
            return cell_name(self.rows[record], column)
        said = self.sections[record].get(name) if self.sections else None
        if said is not None:
            return cell_name(said.row, next(i for i, text in enumerate(self.sheet.rows[said.row]) if text))
        return None if column is None else cell_name(self.layout.header[1], column)

    def text(self, name: str, record: int) -> str:
        """A text as found, "" where there is none."""
        return self.texts[name][record] if name in self.texts else ""

    def has_fractions_beside(self, record: int) -> bool:
        """Whether bare figures between 0 and 1 stand in the same column, of the same indicator."""
        names = self.texts.get("indicator_name") or self.texts.get("indicator_code") or [""] * len(self)
        if self.fractions is None:
            places = zip(self.texts["value"], self.values_at, names, strict=True)
            self.fractions = {(column, name) for text, column, name in places if _FRACTION.fullmatch(text)}
        return (self.values_at[record], names[record]) in self.fractions

    def raw(self, record: int) -> str:
        """The whole row as JSON, heading → text."""
        return raw_row(self.sheet, self.layout, self.rows[record])

    def _column(self, name: str, record: int) -> int | None:
        if name in self.places:
            return self.places[name]
        if name == "value" and self.values_at[record] >= 0:
            return self.values_at[record]
        given = next((c for c in self.layout.columns if c.column == self.values_at[record]), None)
        return given.column if given is not None and _gives(given, name) else None


@dataclass(slots=True)
class Unfolded:
    """A sheet's tables, what was left out of them, and rows that could not be read at all."""

    tables: list[Table]
    skipped: list[Skipped] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def raw_row(sheet: Sheet, layout: SheetLayout, row: int) -> str:
    """A row as JSON, heading → text as found."""
    headings = {c.column: c.heading for c in layout.columns}
    cells = enumerate(sheet.rows[row])
    texts: dict[str, str] = {}
    for i, text in cells:
        name = headings.get(i) or ""
        if name or text:
            texts[name if name and name not in texts else cell_name(row, i)] = text
    for i, name in headings.items():
        if i >= len(sheet.rows[row]):
            texts.setdefault(name, "")
    return json.dumps(texts, ensure_ascii=False)


def unfold(sheet: Sheet, layout: SheetLayout, book: Codebook) -> Unfolded:
    """The tables of a sheet by its layout; none where it is left out."""
    if layout.left_out:
        return Unfolded([])
    return _unfold_tidy(sheet, layout) if layout.is_tidy else _Unfolding(sheet, layout, book).unfolded()


def _unfold_tidy(sheet: Sheet, layout: SheetLayout) -> Unfolded:
    """One record a row, the columns as they stand; a ``kind`` column tells targets from actuals."""
    first = layout.header[1] + 1
    used = [c for c in layout.columns if c.use != IGNORED]
    width = max((c.column for c in layout.columns), default=-1) + 1
    findings: list[Finding] = []
    rows: list[int] = []
    for number in range(first, len(sheet.rows)):
        row = sheet.rows[number]
        if len(row) > width and any(row[width:]):
            raw = raw_row(sheet, layout, number)
            findings.append(Finding(sheet.name, number + 1, None, None, "too_many_cells", raw))
        elif any(row):
            rows.append(number)
    cells = [sheet.rows[number] for number in rows]
    if any(len(row) < width for row in cells):
        cells = [[*row, *[""] * (width - len(row))] for row in cells]
    texts = {c.use: [row[c.column] for row in cells] for c in used}
    if "period_code" in texts:
        texts["period_code"] = told_apart(texts["period_code"])
    stated = {name: text for name, text in layout.stated.items() if name.endswith("_code")}
    texts = {name: [text] * len(rows) for name, text in {**stated, "value": ""}.items()} | texts
    places = {c.use: c.column for c in used}
    kinds = texts.pop("kind", None)
    if kinds is None:
        kind = KIND_WORDS.get(layout.stated.get("kind", "")) or ("target" if "comparator" in texts else "actual")
        return Unfolded([_tidy_table(sheet, layout, kind, texts, rows, places)], findings=findings)
    words = {word: KIND_WORDS.get(word.lower()) for word in set(kinds)}
    tables = []
    for kind in ("target", "actual"):
        mine = [i for i, word in enumerate(kinds) if words[word] == kind]
        part = {name: [column[i] for i in mine] for name, column in texts.items()}
        at = places
        if kind == "actual" and "comparator" in part:  # of an actual it says how exact it is
            part.setdefault("qualifier", part["comparator"])
            at = {"qualifier": places["comparator"], **places}
        tables.append(_tidy_table(sheet, layout, kind, part, [rows[i] for i in mine], at))
    column = places["kind"]
    heading = next(c.heading for c in used if c.column == column)
    findings += [
        Finding(
            sheet.name, rows[i] + 1, heading, word, "not_a_kind", raw_row(sheet, layout, rows[i]),
            cell_name(rows[i], column),
        )
        for i, word in enumerate(kinds)
        if words[word] is None
    ]  # fmt: skip
    return Unfolded([table for table in tables if len(table)], findings=findings)


def _tidy_table(
    sheet: Sheet,
    layout: SheetLayout,
    kind: str,
    texts: dict[str, list[str]],
    rows: list[int],
    places: Mapping[str, int],
) -> Table:
    return Table(sheet, layout, kind, texts, rows, [places.get("value", -1)] * len(rows), places)


class _Texts:
    """What texts of a sheet are; they recur from row to row, and each is looked at once."""

    def __init__(self, book: Codebook) -> None:
        self.is_figure = cache(is_figure)
        self.is_sum = cache(lambda text: plain(text) in SUMS)
        self.is_footnote = cache(lambda text: _FOOTNOTE.match(plain(text)) is not None)
        self.is_heading = cache(lambda text: read_heading(text, book).is_known)
        self.uses = cache(lambda text: set(read_heading(text, book).uses) - {IGNORED, SUBTOTAL})
        self.part = cache(lambda text: _part_in(text, book))


class _Part(NamedTuple):
    """What stands behind 其中 in a label: a breakdown of the indicator above, or an indicator."""

    word: str
    is_breakdown: bool
    is_indicator: bool


@dataclass(slots=True)
class _Unfolding:
    """One sheet as people make them."""

    sheet: Sheet
    layout: SheetLayout
    book: Codebook
    cells: list[list[str]] = field(init=False)
    values: list[ColumnUse] = field(init=False)
    labels: dict[str, int] = field(init=False)
    at: list[int] = field(init=False)
    """Columns of figures."""
    names: list[int] = field(init=False)
    """Columns of labels that name a district or an indicator."""
    headings: list[list[str]] = field(init=False)
    heads: set[str] = field(init=False)
    """What the first cell of a row of headings, or of numbers below them, reads."""
    last: int = field(init=False)
    """The column furthest right that has a heading or a use."""
    texts: _Texts = field(init=False)
    said: dict[int, Mapping[str, Said]] = field(default_factory=dict)
    """By row with figures, what the section above it says."""

    def __post_init__(self) -> None:
        self.texts = _Texts(self.book)
        width = max((c.column for c in self.layout.columns), default=-1) + 1
        filled = fill_merged(self.sheet)
        self.cells = [row if len(row) >= width else [*row, *[""] * (width - len(row))] for row in filled]
        self.values = [c for c in self.layout.columns if c.use in _VALUES]
        self.labels = {c.use: c.column for c in self.layout.columns if c.use not in (*_VALUES, SUBTOTAL, IGNORED)}
        self.at = [c.column for c in self.values]
        self.names = [column for name, column in self.labels.items() if name in _NAMES]
        self.headings = self.cells[self.layout.header[0] : self.layout.header[1] + 1]
        self.heads = {level[0] for level in self.headings} | _COLUMN_NUMBERS
        self.last = max((c.column for c in self.layout.columns if c.heading or c.use != IGNORED), default=-1)

    def unfolded(self) -> Unfolded:
        found = Unfolded([])
        data: list[int] = []
        sums: list[tuple[int, int]] = []
        sections = Sections(self.book, self.layout.stated, frozenset(_coded(self.labels)))
        now: Mapping[str, Said] = {}
        for number in range(self.layout.header[1] + 1, len(self.cells)):
            why = self._not_data(number)
            if why == "second_table":
                found.findings += self._rest(number)
                break
            if why in (None, "subtotal") and self._is_overfull(number):
                raw = raw_row(self.sheet, self.layout, number)
                found.findings.append(Finding(self.sheet.name, number + 1, None, None, "too_many_cells", raw))
                continue
            if why == "subtotal":
                sums.append((number, len(data)))
            if why == "separator" and sections.enter(number, dict.fromkeys(filter(None, self.cells[number]))):
                why, now = "section", dict(sections.now)
            if why is None:
                data.append(number)
                if now:
                    self.said[number] = now
            elif why != "blank":
                found.skipped.append(Skipped(self.sheet.name, number + 1, why, self._first(number)[:60]))
        kinds = self.labels.pop("kind", None)
        for kind, use in (("target", TARGET), ("actual", ACTUAL)):
            values, rows = [c for c in self.values if c.use == use], data
            if kinds is not None:
                values = [self._as_target(c) if use == TARGET else c for c in self.values]
                rows = [n for n in data if use in self.texts.uses(self.cells[n][kinds])]
            if values and rows:
                mine = sums if kinds is None else []
                found.tables.append(self._table(kind, values, rows, self._label_texts(rows), mine))
        if kinds is not None:
            found.findings += self._of_no_kind(data, kinds)
        return found

    def _as_target(self, column: ColumnUse) -> ColumnUse:
        """A column as its rows of targets have it: below a title's half-year these are the year's."""
        is_open = not {"half", "year", "period_code"} & column.given.keys() and "period_code" not in self.labels
        given = {**column.given, "half": "2"} if is_open and "period_code" in self.layout.stated else column.given
        return replace(column, use=TARGET, given=given)

    def _of_no_kind(self, data: Sequence[int], column: int) -> Iterator[Finding]:
        """Rows that do not say whether they are targets or actuals, where the others do."""
        heading = next(c.heading for c in self.layout.columns if c.column == column)
        for n in data:
            text = self.cells[n][column]
            if self.texts.uses(text).isdisjoint(_VALUES):
                raw = raw_row(self.sheet, self.layout, n)
                yield Finding(self.sheet.name, n + 1, heading, text, "not_a_kind", raw, cell_name(n, column))

    def _not_data(self, number: int) -> str | None:
        """Why a row holds no figures of its own; None where it does."""
        row, is_figure, is_sum = self.cells[number], self.texts.is_figure, self.texts.is_sum
        if self._is_plain(row):
            return None
        texts = list(dict.fromkeys(filter(None, row)))
        if not texts:
            return "blank"
        if self._is_heading_again(row):
            return "repeated_heading"
        figures = [row[c.column] for c in self.values if row[c.column]]
        if number == self.layout.header[1] + 1 and texts[0] in _COLUMN_NUMBERS and all(map(str.isdecimal, figures)):
            return "repeated_heading"
        alone = len(texts) == 1
        if self.texts.is_footnote(texts[0]) and (
            alone or not (any(map(self.texts.is_figure, figures)) or self._names_indicator(row))
        ):
            return "footnote"
        if any(is_sum(row[column]) for column in self.names):
            return "subtotal"
        if is_sum(texts[0]) and row[self.labels.get("breakdown_code", -1)] != texts[0]:
            return "subtotal"
        if alone and (not figures or (figures[0] == texts[0] and not is_figure(texts[0]))):
            return None if self._names_indicator(row) and not figures else "separator"
        if not figures and not self._is_labelled(row):
            return "separator"
        if self._is_other_heading(texts):
            return "second_table"
        return None

    def _is_plain(self, row: Sequence[str]) -> bool:
        """Whether a figure stands in it, and no word that could be a heading's, a sum's or a footnote's; most are."""
        texts, first = self.texts, row[0]
        if not first or first in self.heads or texts.is_footnote(first) or texts.is_sum(first):
            return False
        cell = row.__getitem__
        return any(map(texts.is_figure, map(cell, self.at))) and not any(map(texts.is_sum, map(cell, self.names)))

    def _names_indicator(self, row: Sequence[str]) -> bool:
        """Whether its label is an indicator we know."""
        columns = (self.labels[name] for name in ("indicator_code", "indicator_name") if name in self.labels)
        return any(self.book.is_indicator(row[column]) for column in columns if row[column])

    def _is_overfull(self, number: int) -> bool:
        """Of delimited text: a cell behind the last heading, as where a comma is not in quotation marks."""
        return self.sheet.name is None and any(self.cells[number][self.last + 1 :])

    def _is_labelled(self, row: Sequence[str]) -> bool:
        return any(row[column] for column in self.names)

    def _is_heading_again(self, row: Sequence[str]) -> bool:
        """Headings repeated, as on every printed page."""
        if row[0] and row[0] not in self.heads:
            return False
        return len(row) - row.count("") > 1 and any(
            all(text == heading for text, heading in zip(row, level, strict=False) if text) for level in self.headings
        )

    def _is_other_heading(self, texts: Sequence[str]) -> bool:
        """Headings of another table further down: words for columns, one of them 指标 or the like, and no figure."""
        if any(map(self.texts.is_figure, texts)):
            return False
        uses = [self.texts.uses(text) for text in texts]
        named = sum(map(self.texts.is_heading, texts))
        has_label = any(not use.isdisjoint(_LABELS) for use in uses)  # 完成 and 已完成 alone are what a milestone says
        return has_label and named >= 2 and named * 2 > len(texts)

    def _rest(self, first: int) -> list[Finding]:
        return [
            Finding(self.sheet.name, n + 1, None, None, "second_table", raw_row(self.sheet, self.layout, n))
            for n in range(first, len(self.cells))
            if any(self.cells[n])
        ]

    def _first(self, number: int) -> str:
        return next((text for text in self.cells[number] if text), "")

    def _label_texts(self, data: Sequence[int]) -> dict[str, list[str]]:
        """The texts of label columns; 其中：城市 stands for the indicator above it."""
        texts = {name: [self.cells[n][column] for n in data] for name, column in self.labels.items()}
        for name, column in texts.items():
            blank = {text for text in set(column) if text and is_blank(text)}
            if blank:  # — says no more than nothing
                texts[name] = ["" if text in blank else text for text in column]
        if "period_code" in texts:
            texts["period_code"] = told_apart(texts["period_code"])
        name = "indicator_name" if "indicator_name" in texts else "indicator_code"
        if name in texts and "breakdown_code" not in texts:
            last, breakdowns, names = "", [], []
            for text in texts[name]:
                part = self.texts.part(text)
                if part is None:
                    last = text
                    names.append(text)
                    breakdowns.append("")
                else:
                    is_breakdown = part.is_breakdown and bool(last)
                    names.append(last if is_breakdown else part.word if part.is_indicator else text)
                    breakdowns.append(part.word if is_breakdown else "")
            texts[name] = names
            if any(breakdowns):
                texts["breakdown_code"] = breakdowns
        return texts

    def _table(
        self, kind: str, values: list[ColumnUse], data: list[int], labels: Mapping[str, list[str]],
        sums: list[tuple[int, int]],
    ) -> Table:  # fmt: skip
        """Records row by row, and in a row from left to right."""
        wide, count = len(values), len(data)
        texts: dict[str, list[str]] = {
            name: [text for text in column for _ in range(wide)] for name, column in labels.items()
        }
        texts["value"] = [self.cells[n][c.column] for n in data for c in values]
        baseline = next((c for c in self.layout.columns if c.use == "baseline_value" and c.given), None)
        if baseline is not None and "baseline_period_code" not in texts:  # 2019年基数
            period = join_period(baseline.given, "", is_own=False)
            texts["baseline_period_code"] = [period if text else "" for text in texts["baseline_value"]]
        rows = [n for n in data for _ in range(wide)]
        sections = [self.said.get(n, {}) for n in rows] if self.said else []
        names = {*self.layout.stated, *(name for c in values for name in c.given), *(x for s in sections for x in s)}
        for name in {name for name in names if name.endswith("_code") and name != "period_code"}:
            said = [c.given.get(name, self.layout.stated.get(name, "")) for c in values] * count
            for i, section in enumerate(sections):
                if name in section and name not in values[i % wide].given:
                    said[i] = section[name].text
            own = texts.get(name)
            if own is not None:
                in_heading = [c.given.get(name, "") for c in values] * count
                said = self._agreed(name, own, said, in_heading)
            texts[name] = said
        texts["period_code"] = self._periods(values, texts.get("period_code"), sections, count)
        at = [c.column for c in values] * count
        table = Table(self.sheet, self.layout, kind, texts, rows, at, self.labels, sections=sections)
        table.merged_values = self._merged(rows, at)
        table.sums = list(self._sums(values, data, sums))
        return table

    def _agreed(self, name: str, own: list[str], said: list[str], in_heading: list[str]) -> list[str]:
        """The row's word, else what is said for it; where its heading means another thing, both, which is no word."""
        kind = name.removesuffix("_code")
        memo: dict[tuple[str, str], str] = {}
        for pair in set(zip(own, in_heading, strict=True)) if any(in_heading) else ():
            row, heading = pair
            if row and heading and self.book.find(kind, row) != self.book.find(kind, heading):
                memo[pair] = f"{row} ≠ {heading}"
        found = (
            memo.get((row, heading), row or text) for row, text, heading in zip(own, said, in_heading, strict=True)
        )
        return list(found)

    def _periods(
        self, values: list[ColumnUse], own: list[str] | None, sections: Sequence[Mapping[str, Said]], count: int
    ) -> list[str]:
        """Each record's half-year: the heading's, the row's, the section's or the sheet's, or one from two of these."""
        stated = self.layout.stated
        base = stated.get("period_code") or stated.get("year", "")
        memo: dict[tuple[str, int, bool], str] = {}
        found = []
        of_half = _of_half(base, own)
        for index in range(count * len(values)):
            text, section = base if own is None else own[index], None
            if sections and (own is None or not text):
                section = sections[index].get("period_code")
            key = (text if section is None else section.text, index % len(values), section is not None)
            if key not in memo:
                column, is_own = values[key[1]], own is not None
                if section is not None:
                    memo[key] = _under(column, section.text)
                else:
                    is_meant = column.use == ACTUAL or parse_year(text) is None
                    text = of_half.get(text, text) if is_meant else text
                    memo[key] = join_period(column.given, text, is_own=is_own)
            found.append(memo[key])
        return found

    def _merged(self, rows: Sequence[int], at: Sequence[int]) -> set[int]:
        found: set[int] = set()
        places = {place: i for i, place in enumerate(zip(rows, at, strict=True))} if self.sheet.merged else {}
        for top, left, bottom, right in self.sheet.merged:
            inside = [
                places[r, c]
                for c in {c.column for c in self.values if left <= c.column <= right}
                for r in range(top, bottom + 1)
                if (r, c) in places
            ]
            across = sum(left <= c.column <= right for c in self.values)
            if len(inside) > 1 or (inside and across > 1):
                found |= set(inside)
        return found

    def _sums(self, values: list[ColumnUse], data: list[int], sums: list[tuple[int, int]]) -> Iterator[SumCell]:
        """合计 rows against the records of their column, 合计 columns against those of their row."""
        wide = len(values)
        starts = [0, *(before for _, before in sums)]
        for position, (number, before) in enumerate(sums):
            if plain(self._first(number)) in AVERAGES:
                continue
            after = sums[position + 1][1] if position + 1 < len(sums) else len(data)
            runs = dict.fromkeys((range(starts[position], before), range(before, after), range(len(data))))
            for k, c in enumerate(values):
                text = self.cells[number][c.column]
                if text:
                    parts = tuple(tuple(i * wide + k for i in run) for run in runs if len(run))
                    yield SumCell(number, c.column, text, parts)
        for c in (c for c in self.layout.columns if c.use == SUBTOTAL and plain(c.heading) not in AVERAGES):
            if wide > 1:
                for i, n in enumerate(data):
                    if self.cells[n][c.column]:
                        yield SumCell(n, c.column, self.cells[n][c.column], (tuple(range(i * wide, (i + 1) * wide)),))


def join_period(given: Mapping[str, str], text: str, *, is_own: bool) -> str:
    """A half-year from what a heading says and what the row (``is_own``) or the sheet says.

    Where heading and row disagree, both texts, which nobody can read as one.
    """
    year, period = _year_of(text), _period_of(text)
    if "period_code" in given:
        said = given["period_code"]
        agrees = not is_own or not text or said == period or (period is None and said[:4] == year)
        return said if agrees else f"{said} ≠ {text}"
    if "half" in given:
        said = f"{given.get('year') or year}-S{given['half']}"
        agrees = not is_own or period in (None, said)
        return (said if agrees else f"{said} ≠ {text}") if given.get("year") or year else text
    if "year" in given:
        return text if period is not None and period[:4] == given["year"] else f"{given['year']}-S2"
    return text


def _of_half(base: str, own: Sequence[str] | None) -> dict[str, str]:
    """What rows mean that name a half of the title's year, or only a year.

    In a report on a first half, its year is that half; another year may be its half or the whole.
    """
    if parse_year(base) is not None:
        times = {text: time_off(plain(text)) for text in set(own or ())}
        return {
            text: f"{base}-S{given['half']}"
            for text, (rest, given, *_) in times.items()
            if not rest and given.keys() == {"half"}
        }
    years = {text: str(year) for text in set(own or ()) if (year := parse_year(text)) is not None}
    if not base.endswith("-S1") or base[:4] not in years.values():
        return {}
    return {text: base if year == base[:4] else f"{text} ≠ {base}" for text, year in years.items()}


def _under(column: ColumnUse, text: str) -> str:
    """The same below a section, whose half-year binds as a row's does; a bare 目标值 there is the year's target."""
    if column.use == TARGET and "period_code" not in column.given:
        half = column.given.get("half", "2" if _period_of(text) else "")
        return join_period({**column.given, "half": half} if half else column.given, text, is_own=False)
    return join_period(column.given, text, is_own=True)


def _part_in(text: str, book: Codebook) -> _Part | None:
    found = PART_OF.fullmatch(plain(text))
    return found and _Part(found[1], book.find("breakdown", found[1]) is not None, book.is_indicator(found[1]))


def _coded(labels: Iterable[str]) -> Iterator[str]:
    """Columns of codes or of names, all by the name of the code."""
    return (name.replace("_name", "_code") for name in labels)


def _period_of(text: str) -> str | None:
    """The half-year a text names; None where it names none, or only a year."""
    try:
        return None if parse_year(text) is not None else parse_period_end(text).code
    except ValueError:
        return None


def _year_of(text: str) -> str | None:
    year = parse_year(text)
    period = _period_of(text)
    return str(year) if year is not None else None if period is None else period[:4]


def _gives(column: ColumnUse, name: str) -> bool:
    return name in column.given or (name == "period_code" and bool({"year", "half"} & column.given.keys()))
