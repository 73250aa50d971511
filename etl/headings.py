"""Headings: in which rows of a sheet they stand, by their words and by what stands below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from etl.amount import Amount, NotAnAmount, is_blank, parse_amount
from etl.codebook import Codebook, plain
from etl.layout import ACTUAL, IGNORED, SUBTOTAL, TARGET
from etl.sheets import Sheet
from etl.target_text import NotATarget, parse_target
from etl.vocabulary import read_heading
from warehouse.measures.period import parse_period_end, parse_year

SEARCHED_ROWS, _MOST_LEVELS = 40, 4
_LABELLED = re.compile("(?<!其中)[:：]|日期|^单位|^计量单位|^[(（].*[)）]$|^(?:附件|附表|表)[0-9一二三四五六七八九十]")
"""填报单位：钟楼区民政局: a line above the headings."""
_LONGEST_GROUP = 8
_OF_TITLE = re.compile(r"\d|表|统计|汇总|通报|报告|一览|局$")
_DAY = re.compile(r"\d[日号]|\d[-/.]\d{1,2}[-/.]\d")
_GIVEN_KINDS = ("district_code", "indicator_code", "breakdown_code", "period_code")


def find_header(sheet: Sheet, rows: Sequence[Sequence[str]], book: Codebook) -> tuple[int, int] | None:
    """First and last row of the headings: the first row that reads like headings, and its lower levels."""
    for top in range(min(len(rows), SEARCHED_ROWS)):
        is_group = _only_groups(sheet, rows, top, book)
        if is_group or _is_heading_row(rows[top], book) or _names_together(rows, top, book):
            bottom = top + is_group
            while bottom + 1 < len(rows) and bottom - top + 1 < _MOST_LEVELS and _goes_on(sheet, rows, bottom, book):
                bottom += 1
            while top and bottom - top + 1 < _MOST_LEVELS and _is_upper_level(rows[top - 1], rows[top], book):
                top -= 1
            return top, bottom
    return None


def _only_groups(sheet: Sheet, rows: Sequence[Sequence[str]], above: int, book: Codebook) -> bool:
    """Whether a row groups the headings below it, which begin further left: 城市, 农村 over 地区, 户数, 人数."""
    upper, lower = rows[above], rows[above + 1] if above + 1 < len(rows) else []
    at, of = ([i for i, text in enumerate(row) if text] for row in (upper, lower))
    if not at or not of or at[0] <= of[0] or not read_heading(lower[of[0]], book).uses:
        return False
    texts = {text for text in upper if text}
    if not _may_group(texts) or not _is_heading_row(lower, book):
        return False
    kinds = {_kind_of_group(text, book) for text in texts} - {"?"}
    if "" in kinds or len(kinds) > 1:  # 钟楼区, 2020年上半年: who, and when
        return False
    if len(texts) > 1:
        return True
    return any(
        top == above and left == at[0] < right and (left > of[1] or right < of[-1])
        for top, left, _bottom, right in sheet.merged
    )


def _kind_of_group(text: str, book: Codebook) -> str:
    """What a heading over others tells apart: time, district, indicator or breakdown; "?" of a word, "" of a title."""
    heading = read_heading(text, book)
    if heading.is_time or _DAY.search(text):
        return "time"
    if heading.given and not heading.uses:
        return next(iter(heading.given))
    return "" if len(text) > _LONGEST_GROUP or _OF_TITLE.search(text) else "?"


def _may_group(texts: Iterable[str]) -> bool:
    """Whether no text is a figure in digits (全部 may be a target, and a heading), or of a line above the headings."""
    return not any(_LABELLED.search(text) or (is_figure(text) and any(map(str.isdigit, text))) for text in texts)


def _is_upper_level(upper: Sequence[str], lower: Sequence[str], book: Codebook) -> bool:
    """Whether a row most words of which nobody knows is a level above: it heads a column, and groups other ones."""
    texts = {text for text in upper if text}
    if len(texts) < 2 or not _may_group(texts):
        return False
    pairs = [(text, lower[i] if i < len(lower) else "") for i, text in enumerate(upper) if text]
    heads = any(below in ("", text) and read_heading(text, book).uses for text, below in pairs)
    return heads and any(below not in ("", text) for text, below in pairs)


def _is_heading_row(row: Sequence[str], book: Codebook) -> bool:
    texts = list(dict.fromkeys(text for text in row if text))
    if len(texts) < 2 or any(is_figure(text) for text in texts):
        return False
    headings = [read_heading(text, book) for text in texts]
    known = [heading for heading in headings if heading.is_known]
    if len(known) < 2 or len(known) * 2 < len(texts):
        return False
    if any(set(h.uses) - {IGNORED, SUBTOTAL} for h in known):
        return True
    return any(sum(key in h.given for h in known) >= 2 for key in _GIVEN_KINDS)


def _names_together(rows: Sequence[Sequence[str]], top: int, book: Codebook) -> bool:
    """Whether two rows only together name indicators: 低保 over 户数 and 人数."""
    lower = rows[top + 1] if top + 1 < len(rows) else []
    if not any(rows[top]) or any(map(is_figure, (*rows[top], *lower))):
        return False
    named = (f"{_reaching(rows[top], i)}{text}" for i, text in enumerate(lower) if text and not book.is_indicator(text))
    return sum(map(book.is_indicator, named)) > 1


def _reaching(upper: Sequence[str], index: int) -> str:
    """The heading that reaches over a column."""
    return next((text for text in reversed(upper[: index + 1]) if text), "")


def _goes_on(sheet: Sheet, rows: Sequence[Sequence[str]], above: int, book: Codebook) -> bool:
    """Whether the next row is a lower level of headings: it parts what is merged, or blank, above."""
    upper, lower = rows[above], rows[above + 1]
    if _names_together(rows, above, book):
        return True
    own = [i for i, text in enumerate(lower) if text and (i >= len(upper) or text != upper[i])]
    if not own or any(is_figure(lower[i]) for i in own):
        return False
    if all(book.find("unit", lower[i]) or plain(lower[i]) in ("单位", "计量单位") for i in own):
        return True
    if len(own) > 1 and all(read_heading(lower[i], book).is_time for i in own):
        return True
    if len({lower[i] for i in range(len(lower)) if lower[i]}) < 2 and len(own) < 2 and len(rows[above]) > 2:
        return False
    spread = {
        c
        for top, left, bottom, right in sheet.merged
        if bottom == above and right > left
        for c in range(left, right + 1)
    }
    spread |= _open_columns(upper)
    is_lower = len(own) > 1 and any(i in spread for i in own)
    if is_lower and all(_parts(upper, i, book) and not is_blank(lower[i]) for i in own):
        return True  # whatever their words: they part the figures below what reaches over them
    known = [i for i in own if read_heading(lower[i], book).is_known]
    if len(known) * 2 < len(own) or not any(i in spread for i in own):
        return False
    # 金坛区 over one column only, beside districts merged over two
    return all(i in spread or (_only_names(upper[i], book) and read_heading(lower[i], book).uses) for i in own)


def _parts(upper: Sequence[str], index: int, book: Codebook) -> bool:
    """Whether the heading that reaches over a column stands over figures, which a lower one may part."""
    heading = read_heading(_reaching(upper, index), book)
    return heading.is_known and set(heading.uses) <= {TARGET, ACTUAL, SUBTOTAL}


def _only_names(text: str, book: Codebook) -> bool:
    """Whether a heading says whose or when, and leaves open what stands below."""
    heading = read_heading(text, book)
    return bool(heading.given) and not heading.uses


def _open_columns(upper: Sequence[str]) -> set[int]:
    """Columns a heading may reach over where nothing is merged: it and those behind it, blank or repeating it."""
    found: set[int] = set()
    for index, text in enumerate(upper):
        if index and (not text or text == upper[index - 1]):
            found |= {index, index - 1}
    return found | set(range(len(upper), len(upper) + 200))


def is_figure(text: str) -> bool:
    """Whether a cell holds a figure or a target, and not just a year."""
    if parse_year(text) is not None or not text:
        return False
    try:
        parse_period_end(text)
        return False
    except ValueError:
        pass
    try:
        return isinstance(parse_amount(text), Amount)
    except NotAnAmount:
        pass
    try:
        return parse_target(text, 2020).value is not None
    except NotATarget:
        return False
