"""What the rows of a sheet are: figures, or headings repeated, sums, footnotes, separators, another table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from etl.codebook import Codebook, plain
from etl.headings import is_figure
from etl.layout import ACTUAL, IGNORED, SUBTOTAL, TARGET, ColumnUse, SheetLayout
from etl.sheets import Sheet, fill_merged
from etl.vocabulary import PART_OF, SUMS, read_heading

_FOOTNOTE = re.compile(
    r"[(\[]?(?:(?:注|说明|备注|附注|资料来源|数据来源|来源|统计口径)(?:[:\d一二三、.]|$)"
    r"|(?:填表|制表|审核|复核|填报|联系|负责|单位负责)(?:人|单位|日期|时间|电话|人员)?(?:[:(]|$)|[※*★▲])"
)
_COLUMN_NUMBERS = {"栏次", "列次", "项次", "甲", "A", "a"}
"""How a row begins that numbers the columns below their headings."""
VALUES = (TARGET, ACTUAL)
_LABELS = {"district_code", "indicator_code", "breakdown_code", "period_code", "unit_code"}
_NAMES = ("district_code", "district_name", "indicator_code", "indicator_name")


class Texts:
    """What texts of a sheet are; they recur from row to row, and each is looked at once."""

    def __init__(self, book: Codebook) -> None:
        self.is_figure = cache(is_figure)
        self.is_sum = cache(lambda text: plain(text) in SUMS)
        self.is_footnote = cache(lambda text: _FOOTNOTE.match(plain(text)) is not None)
        self.is_heading = cache(lambda text: read_heading(text, book).is_known)
        self.uses = cache(lambda text: set(read_heading(text, book).uses) - {IGNORED, SUBTOTAL})
        self.part = cache(lambda text: _part_in(text, book))


class Part(NamedTuple):
    """What stands behind 其中 in a label: a breakdown of the indicator above, or an indicator."""

    word: str
    is_breakdown: bool
    is_indicator: bool


@dataclass(slots=True)
class SheetRows:
    """The rows of one sheet as people make them."""

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
    texts: Texts = field(init=False)
    begins_plainly: Callable[[str], bool] = field(init=False)
    """Whether the first cell of a row is no word that could be a heading's, a sum's or a footnote's."""

    def __post_init__(self) -> None:
        self.texts = Texts(self.book)
        width = max((c.column for c in self.layout.columns), default=-1) + 1
        filled = fill_merged(self.sheet)
        self.cells = [row if len(row) >= width else [*row, *[""] * (width - len(row))] for row in filled]
        self.values = [c for c in self.layout.columns if c.use in VALUES]
        self.labels = {c.use: c.column for c in self.layout.columns if c.use not in (*VALUES, SUBTOTAL, IGNORED)}
        self.at = [c.column for c in self.values]
        self.names = [column for name, column in self.labels.items() if name in _NAMES]
        self.headings = self.cells[self.layout.header[0] : self.layout.header[1] + 1]
        self.heads = {level[0] for level in self.headings} | _COLUMN_NUMBERS
        self.begins_plainly = cache(self._begins_plainly)
        self.last = max((c.column for c in self.layout.columns if c.heading or c.use != IGNORED), default=-1)

    def why_not_data(self, number: int) -> str | None:
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
        if not self.begins_plainly(row[0]):
            return False
        is_figure, is_sum = self.texts.is_figure, self.texts.is_sum
        for column in self.names:
            if is_sum(row[column]):
                return False
        for column in self.at:  # noqa: SIM110 -- asked for every row, and several times faster than any()
            if is_figure(row[column]):
                return True
        return False

    def _begins_plainly(self, first: str) -> bool:
        is_word = first in self.heads or self.texts.is_footnote(first) or self.texts.is_sum(first)
        return first != "" and not is_word

    def _names_indicator(self, row: Sequence[str]) -> bool:
        """Whether its label is an indicator we know."""
        columns = (self.labels[name] for name in ("indicator_code", "indicator_name") if name in self.labels)
        return any(self.book.is_indicator(row[column]) for column in columns if row[column])

    def is_overfull(self, number: int) -> bool:
        """Of delimited text: a cell behind the last heading, as where a comma is not in quotation marks."""
        row = self.cells[number]
        return self.sheet.name is None and len(row) > self.last + 1 and any(row[self.last + 1 :])

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

    def first(self, number: int) -> str:
        """The first text of a row."""
        return next((text for text in self.cells[number] if text), "")


def _part_in(text: str, book: Codebook) -> Part | None:
    found = PART_OF.fullmatch(plain(text))
    return found and Part(found[1], book.find("breakdown", found[1]) is not None, book.is_indicator(found[1]))
