"""Unfold: a sheet, read by its layout → tables of text, one figure a record, each with its place.

A row with several value columns becomes several records; a heading's half-year, district or indicator
goes into each record below it. What is not a figure (titles, sums, footnotes, separators) is left out, and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle

from etl.amount import is_blank
from etl.codebook import Codebook, plain
from etl.findings import Finding
from etl.layout import ACTUAL, SUBTOTAL, TARGET, ColumnUse, SheetLayout
from etl.row_periods import join_period, of_half_named, under
from etl.sections import Said, Sections
from etl.sheet_rows import VALUES, SheetRows, Texts
from etl.sheets import Sheet, cell_name
from etl.table import Skipped, SumCell, Table, Unfolded, raw_row
from etl.tidy import unfold_tidy
from etl.times import told_apart
from etl.vocabulary import AVERAGES
from warehouse.measures.period import parse_year


def unfold(sheet: Sheet, layout: SheetLayout, book: Codebook) -> Unfolded:
    """The tables of a sheet by its layout; none where it is left out."""
    if layout.left_out:
        return Unfolded([])
    return unfold_tidy(sheet, layout) if layout.is_tidy else _Unfolding(sheet, layout, book).unfolded()


@dataclass(slots=True)
class _Unfolding:
    """One sheet as people make them."""

    sheet: Sheet
    layout: SheetLayout
    book: Codebook
    rows: SheetRows = field(init=False)
    cells: list[list[str]] = field(init=False)
    values: list[ColumnUse] = field(init=False)
    labels: dict[str, int] = field(init=False)
    texts: Texts = field(init=False)
    said: dict[int, Mapping[str, Said]] = field(default_factory=dict)
    """By row with figures, what the section above it says."""

    def __post_init__(self) -> None:
        self.rows = SheetRows(self.sheet, self.layout, self.book)
        self.cells, self.values, self.labels = self.rows.cells, self.rows.values, self.rows.labels
        self.texts = self.rows.texts

    def unfolded(self) -> Unfolded:
        found = Unfolded([])
        data: list[int] = []
        sums: list[tuple[int, int]] = []
        sections = Sections(self.book, self.layout.stated, frozenset(_coded(self.labels)))
        named = self.labels.get("indicator_name", self.labels.get("indicator_code"))
        in_title = self.layout.stated.get("indicator_code", "")
        held: dict[str, Mapping[str, Said]] = {}  # by indicator, what the sections say
        in_headings = {c.given.get("indicator_code", in_title) for c in self.values}
        for number in range(self.layout.header[1] + 1, len(self.cells)):
            why = self.rows.why_not_data(number)
            if why == "second_table":
                found.findings += self._rest(number)
                break
            if why in (None, "subtotal") and self.rows.is_overfull(number):
                raw = raw_row(self.sheet, self.layout, number)
                found.findings.append(Finding(self.sheet.name, number + 1, None, None, "too_many_cells", raw))
                continue
            if why == "subtotal":
                sums.append((number, len(data)))
            if why == "separator" and sections.enter(number, dict.fromkeys(filter(None, self.cells[number]))):
                why, held = "section", {}
            if why is None:
                data.append(number)
                if sections.now:
                    name = "" if named is None else self.cells[number][named]
                    if name not in held:
                        held[name] = sections.of(in_headings if named is None else [name])
                    self.said[number] = held[name]
            elif why != "blank":
                found.skipped.append(Skipped(self.sheet.name, number + 1, why, self.rows.first(number)[:60]))
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
            if self.texts.uses(text).isdisjoint(VALUES):
                raw = raw_row(self.sheet, self.layout, n)
                yield Finding(self.sheet.name, n + 1, heading, text, "not_a_kind", raw, cell_name(n, column))

    def _rest(self, first: int) -> list[Finding]:
        return [
            Finding(self.sheet.name, n + 1, None, None, "second_table", raw_row(self.sheet, self.layout, n))
            for n in range(first, len(self.cells))
            if any(self.cells[n])
        ]

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
            name: [text for text in column for _ in range(wide)] if wide > 1 else column
            for name, column in labels.items()
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
        said = [base] * (count * len(values)) if own is None else own
        of_half = of_half_named(base, own)

        def meant(column: ColumnUse, text: str) -> str:
            is_meant = column.use == ACTUAL or parse_year(text) is None
            return join_period(column.given, of_half.get(text, text) if is_meant else text, is_own=own is not None)

        memos = [{text: meant(column, text) for text in set(said)} for column in values]
        found = [memo[text] for text, memo in zip(said, cycle(memos), strict=False)]
        for index, section in enumerate(sections):
            if "period_code" in section and (own is None or not own[index]):
                found[index] = under(values[index % len(values)], section["period_code"].text)
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
            if plain(self.rows.first(number)) in AVERAGES:
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


def _coded(labels: Iterable[str]) -> Iterator[str]:
    """Columns of codes or of names, all by the name of the code."""
    return (name.replace("_name", "_code") for name in labels)
