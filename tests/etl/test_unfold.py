"""Every figure of a table is one record, wherever it stands: nothing is lost, nothing appears twice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.codebook import Codebook
from etl.interpret import Interpreted
from etl.row_periods import join_period
from etl.sheets import cell_name
from tests.etl.interpreting import accepted, blank, grid, interpreted, refused

DISTRICTS = ["钟楼区", "金坛区", "普陀区", "冷水滩区", "320404", "无名区", "钟楼 区"]
INDICATORS = ["低保人数", "护理型床位占比", "适老化改造户数", "低保金累计发放额（万元）", "没有的指标"]
HALVES = [("2020年", "上半年"), ("2020年", "下半年"), ("2021年", "上半年")]
GOOD = {"0": 0, "7": 7, "1,034": 1034, "85.25%": "85.25", "1.2万": 12000, "３０": 30, "60": 60}
BLANKS = ["", "—", "/", "未报", "-"]
ODD = [
    "若干",
    "85（去年80）",
    "=A1+B1",
    "#DIV/0!",
    "1e5",
    "-3",
    "3.5",
    "约30",
    "增加",
    "12月",
    "约",
    "注：x",
    "0.85",
    "合计",
]
CELLS = st.one_of(st.sampled_from([*GOOD]), st.sampled_from(BLANKS), st.sampled_from(ODD), st.integers(2, 99).map(str))


@dataclass(frozen=True)
class Wide:
    """Districts down, and across indicators, each in some half-years."""

    heads: list[tuple[str, tuple[str, str]]]
    rows: list[tuple[str, list[str]]]
    upper: str
    """How an upper heading reaches over the lower ones: merged, blank or repeated."""
    extras: bool
    """Whether there are a title, numbers of rows and remarks."""

    def shuffled(self, random: Random) -> Wide:
        """The same table, its rows and columns in another order."""
        columns = list(range(len(self.heads)))
        random.shuffle(columns)
        rows = [(name, [cells[c] for c in columns]) for name, cells in self.rows]
        random.shuffle(rows)
        return Wide([self.heads[c] for c in columns], rows, "repeated", self.extras)

    def read(self, codebook: Codebook) -> tuple[Interpreted, dict[str, tuple[str, Any, str]]]:
        """What is read in it, and district, head and text of each figure by its cell."""
        first = 2 if self.extras else 1
        upper, middle, lower = ([indicator for indicator, _ in self.heads], *(
            [half[level] for _, half in self.heads] for level in (0, 1)
        ))  # fmt: skip
        merged = []
        for level, row in enumerate((upper, middle)):
            above = [
                self.heads[c][:1] if level == 0 else (self.heads[c][0], self.heads[c][1][0]) for c in range(len(row))
            ]
            starts = [i for i in range(len(row)) if i == 0 or above[i] != above[i - 1]]
            for start, end in zip(starts, [*starts[1:], len(row)], strict=True):
                if end - start > 1 and self.upper == "merged":
                    merged.append((level + self.extras, first + start, level + self.extras, first + end - 1))
            if self.upper != "repeated":
                row[:] = [text if i in starts else "" for i, text in enumerate(row)]
        head = [["序号", "地区"] if self.extras else ["地区"], *[[""] * first] * 2]
        rows = [[*left, *texts] for left, texts in zip(head, (upper, middle, lower), strict=True)]
        rows = [[*row, "备注" if self.extras and n == 0 else ""] for n, row in enumerate(rows)]
        merged += [(self.extras, column, self.extras + 2, column) for column in (*range(first), first + len(upper))]
        if self.extras:
            rows.insert(0, ["各区县民政工作情况表"])
        figures = {}
        for n, (district, cells) in enumerate(self.rows):
            for c, text in enumerate(cells):
                figures[cell_name(len(rows), first + c)] = (district, self.heads[c], text)
            rows.append([*([str(n + 1)] if self.extras else []), district, *cells, "看" if self.extras else ""])
        return interpreted(codebook, rows, merged=tuple(merged)), figures


@st.composite
def tables(draw: st.DrawFn) -> Wide:
    pairs = [(indicator, half) for indicator in INDICATORS for half in HALVES]
    heads = sorted(draw(st.sets(st.sampled_from(pairs), min_size=2, max_size=6)), key=pairs.index)
    if all(indicator == "没有的指标" for indicator, _ in heads):
        heads[0] = pairs[0]
    names = draw(st.lists(st.sampled_from(DISTRICTS), min_size=1, max_size=5))
    rows = [(name, [draw(CELLS) for _ in heads]) for name in names]
    return Wide(heads, rows, draw(st.sampled_from(["merged", "blank", "repeated"])), draw(st.booleans()))


@settings(max_examples=150)
@given(table=tables())
def test_every_figure_is_accepted_refused_or_blank_once(codebook: Codebook, table: Wide) -> None:
    read, figures = table.read(codebook)
    found = [origin for part in read.conformed for origin in part.origins]
    places = [
        *accepted(read), *refused(read), *blank(read),
    ]  # fmt: skip
    assert (read.unread, read.skipped) == ((), ())
    assert sorted(map(str, places)) == sorted(figures), "each cell once"
    assert len(found) == len(accepted(read))
    assert set(blank(read)) == {cell for cell, (*_, text) in figures.items() if text in BLANKS}
    for cell, value in accepted(read).items():
        text = figures[str(cell)][2]
        assert value == Decimal(GOOD.get(text, "30" if text == "约30" else text)), (cell, text)
    assert not {cell for cell, (district, *_) in figures.items() if district == "无名区"} & set(accepted(read))


@settings(max_examples=60)
@given(table=tables(), random=st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(codebook: Codebook, table: Wide, random: Random) -> None:
    assert outcome(table, codebook) == outcome(table.shuffled(random), codebook)


def outcome(table: Wide, codebook: Codebook) -> Any:
    """District, head, text and reasons of what is refused but for repetitions, and facts but for those."""
    read, figures = table.read(codebook)
    wrong = sorted(
        (*figures[str(cell)], reasons) for cell, reasons in refused(read).items() if reasons != ["duplicate_row"]
    )
    facts = sorted(
        (row["indicator_key"], row["district_key"], row["period_key"], row["value"])
        for part in read.conformed
        for row in part.rows
    )
    return wrong, facts, len(blank(read))


@pytest.mark.parametrize(
    ("given_", "text", "is_own", "period"),
    [
        ({"period_code": "2020-S1"}, "", True, "2020-S1"),
        ({"period_code": "2020-S1"}, "2020年上半年", True, "2020-S1"),
        ({"period_code": "2020-S1"}, "2020年", True, "2020-S1"),
        ({"period_code": "2020-S1"}, "2021年", True, "2020-S1 ≠ 2021年"),
        ({"period_code": "2020-S1"}, "2020-S2", True, "2020-S1 ≠ 2020-S2"),
        ({"period_code": "2020-S1"}, "2021-S2", False, "2020-S1"),
        ({"half": "1"}, "2020", False, "2020-S1"),
        ({"half": "2"}, "2020-S1", False, "2020-S2"),
        ({"half": "2"}, "2020-S1", True, "2020-S2 ≠ 2020-S1"),
        ({"half": "1"}, "", False, ""),
        ({"year": "2021"}, "", False, "2021-S2"),
        ({"year": "2021"}, "2021-S1", True, "2021-S1"),
        ({}, "2020年", True, "2020年"),
    ],
)
def test_a_half_year_is_joined_from_heading_and_row(
    given_: dict[str, str], text: str, is_own: bool, period: str
) -> None:
    assert join_period(given_, text, is_own=is_own) == period


def test_sums_footnotes_and_headings_between_rows_are_left_out_and_said(codebook: Codebook) -> None:
    rows = grid(
        "地区|低保人数\n一、城区|\n钟楼区|10\n金坛区|20\n地区|低保人数\n普陀区|5\n合计|35\n注：截至6月底。|\n制表：张三|李四"
    )
    read = interpreted(codebook, rows, stated={"period_code": "2020-S1"})
    assert accepted(read) == {"B3": 10, "B4": 20, "B6": 5}
    assert [(s.row_no, s.why) for s in read.skipped] == [
        (2, "separator"), (5, "repeated_heading"), (7, "subtotal"), (8, "footnote"), (9, "footnote"),
    ]  # fmt: skip
