"""Validate: cells of text → values, column by column; all that cannot be read, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple

from etl.amount import Blank, NotAnAmount, parse_amount
from etl.codebook import plain
from etl.columns import KINDS, Column, parse_date
from etl.numerals import fold
from etl.table import Table
from etl.target_dates import NotADate, find_due
from etl.target_text import NotATarget, TargetText, parse_target
from warehouse.measures.period import Period, from_date

_AHEAD = timedelta(days=31)
"""Reports on a half-year are drawn up in its last month already."""


class Problem(NamedTuple):
    """What is wrong with a record: a key of ``reasons.REASONS``, the column, and what is particular about it."""

    reason: str
    column: str | None = None
    zh: str = ""
    en: str = ""


@dataclass(slots=True)
class Validated:
    """A table with parsed values. ``values``: by column that is there, a value for each record, None where empty."""

    table: Table
    values: dict[str, list[Any]]
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    """By record."""
    blanks: set[int] = field(default_factory=set)
    """Records that report nothing."""


def validate(table: Table, today: date, names_of: Callable[[str], tuple[str, ...]]) -> Validated:
    """Parse every column of a table; each distinct text once. No actual is of a half-year that lies ahead.

    ``names_of``: what an indicator is also called, since targets may repeat its name.
    """
    found = Validated(table, {})
    if "period_code" not in table.texts:
        found.values["period_code"] = [None] * len(table)
    for column in KINDS[table.kind]:
        if column.name == "value" and not (table.layout.is_tidy and table.kind == "target"):
            continue
        texts = table.texts.get(column.name)
        if texts is None:
            if column.required and table.layout.is_tidy:
                _add_all(found, Problem("missing_value", column.name))
        else:
            _parse(found, column.name, texts, partial(_read, column, table.layout.is_tidy))
    if table.kind == "actual":
        _refuse_future(found, today)
        _parse(found, "value", table.texts["value"], _read_tidy_amount if table.layout.is_tidy else _read_amount)
        _set_blanks_apart(found)
    elif not table.layout.is_tidy:
        _parse_targets(found, names_of)
        _set_blanks_apart(found)
    for record in table.merged_values - found.blanks:
        _add(found, record, Problem("merged_value", "value"))
    return found


def _refuse_future(found: Validated, today: date) -> None:
    periods: list[Period | None] = found.values["period_code"]
    distinct = {id(period): period for period in periods}  # one for each text
    ahead = {key for key, x in distinct.items() if x is not None and x.end_on > today + _AHEAD}
    for record, period in enumerate(periods if ahead else ()):
        if id(period) in ahead:
            _add(found, record, Problem("future_actual", "period_code"))


def _read(column: Column, is_tidy: bool, text: str) -> Any:
    """A cell by its column. In tables as people make them a unit may be missing: the indicator's, or a question."""
    if column.name in _BESIDE and not is_tidy:
        return _read_beside(column, text)
    if text == "":
        if column.required and (is_tidy or column.name == "period_code"):
            return Problem("missing_value", column.name)
        return column.default
    try:
        return column.parse(text)
    except ValueError:
        return Problem(column.reason, column.name)


_BESIDE = ("baseline_value", "s1_value", "weight", "numerator", "denominator")
"""Figures that stand beside the one reported or promised."""


def _read_beside(column: Column, text: str) -> Any:
    """Such a figure as people write it, but exact: a weight may be 10% or 15分, the others keep their unit."""
    try:
        found = parse_amount(text)
    except NotAnAmount as error:
        return Problem(error.reason_code, column.name)
    if isinstance(found, Blank):
        return column.default
    if found.qualifier is None and column.name in ("baseline_value", "s1_value"):
        return found
    if found.qualifier is None and found.unit is None:
        return found.value
    if found.qualifier is None and column.name == "weight" and found.unit in ("%", "分"):
        return found.value.scaleb(-2) if found.unit == "%" else found.value
    return Problem(column.reason, column.name)


def _read_amount(text: str) -> Any:
    """A figure as people write it. What is none is kept as such: of a milestone it may say that it is done."""
    try:
        return parse_amount(text)
    except NotAnAmount as error:
        return error


def _read_tidy_amount(text: str) -> Any:
    found = _read_amount(text)
    if isinstance(found, NotAnAmount) and not found.reason_code.startswith("formula"):
        return Problem("not_a_number", "value")
    return found


def _set_blanks_apart(found: Validated) -> None:
    """Nothing reported: neither accepted nor refused, unless the table says one fact a row."""
    for record, value in enumerate(found.values["value"]):
        if isinstance(value, Blank):
            if found.table.allows_blanks:
                found.blanks.add(record)
                found.problems.pop(record, None)
            else:
                _add(found, record, Problem("missing_value", "value"))


def _parse_targets(found: Validated, names_of: Callable[[str], tuple[str, ...]]) -> None:
    """Targets as people write them, each with the year of its half-year for dates that name none."""
    table, names = found.table, ("comparator", "value", "value_high", "cell_unit", "due_on", "is_binding", "words")
    memo: dict[tuple[str, int | None, str], Any] = {}
    columns: dict[str, list[Any]] = {name: [] for name in names}
    flags, said, highs = (found.values.get(name) for name in ("is_binding", "comparator", "value_high"))
    due_texts = table.texts.get("due_text") or [""] * len(table)
    for record, text in enumerate(table.texts["value"]):
        period = found.values["period_code"][record]
        year = None if period is None or isinstance(period, Problem) else period.year
        key = (text, year, table.text("indicator_name", record) or table.text("indicator_code", record))
        if key not in memo:
            memo[key] = _read_target(text, year, names_of(key[2]))
        target = memo[key]
        if isinstance(target, Problem):
            if target.reason == "date_without_year":
                _drop(found, record, "period_code")  # one and the same question
            _add(found, record, target)
        if not isinstance(target, TargetText):
            row: tuple[Any, ...] = (None, target if isinstance(target, Blank) else None, None, None, None, False, ())
        else:
            binding = bool(target.is_binding) if flags is None else flags[record]
            row = (
                target.comparator,
                target.value,
                target.value_high,
                target.unit,
                target.due_on,
                binding,
                target.words,
            )
            comparator = None if said is None else said[record]
            if comparator is not None and target.comparator not in ("=", comparator):
                _add(found, record, Problem("ambiguous_target", "value"))
            elif comparator is not None and target.value is not None:
                row = (comparator, target.value, None if highs is None else highs[record], *row[3:])
        for name, value in zip(names, row, strict=True):
            columns[name].append(value)
        if due_texts[record]:
            due = _read_due(due_texts[record], year)
            if isinstance(due, Problem):
                _add(found, record, due)
            elif columns["due_on"][-1] not in (None, due):
                _add(found, record, Problem("ambiguous_target", "due_text"))
            else:
                columns["due_on"][-1] = due
        if not table.texts["period_code"][record] and columns["due_on"][-1] is not None:
            found.values["period_code"][record] = from_date(columns["due_on"][-1])  # a date says its half-year
            _drop(found, record, "period_code")
    found.values |= columns


def _read_target(text: str, year: int | None, names: tuple[str, ...]) -> TargetText | Blank | Problem:
    try:
        blank = parse_amount(text)
        if isinstance(blank, Blank):
            return blank
    except NotAnAmount:
        pass
    try:
        return parse_target(text, year, names)
    except NotATarget as error:
        return Problem(error.reason_code, "value", *_fragment(error.fragment, text))


_ALL_YEAR = ("全年", "全年度", "年度", "全年完成")
"""In a column of due dates: by the year's end."""


def _read_due(text: str, year: int | None) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        pass
    try:
        target = parse_target("年底" if plain(text) in _ALL_YEAR else text, year)
        if target.due_on is not None and target.value is None:
            return target.due_on
    except NotATarget:
        pass
    try:
        due = find_due(fold(text), year)
    except NotADate:
        due = None
    # 10月, below such a heading, is by its last day
    return Problem("not_a_date", "due_text") if due is None or due.before or due.after else due.on


def _fragment(fragment: str, text: str) -> tuple[str, str]:
    if not fragment or fragment == text:
        return "", ""
    return f"看不懂的部分：“{fragment[:40]}”。", f"Not understood: {fragment[:40]!r}."


def _parse(found: Validated, name: str, texts: list[str], read: Callable[[str], Any]) -> None:
    memo = {text: read(text) for text in set(texts)}
    values = list(map(memo.__getitem__, texts))
    bad = {text for text, value in memo.items() if isinstance(value, Problem)}
    if bad:
        for record, text in enumerate(texts):
            if text in bad:
                _add(found, record, memo[text])
                values[record] = None
    found.values[name] = values


def _add(found: Validated, record: int, problem: Problem) -> None:
    found.problems.setdefault(record, []).append(problem)


def _drop(found: Validated, record: int, column: str) -> None:
    left = [problem for problem in found.problems.get(record, ()) if problem.column != column]
    found.problems.pop(record, None)
    if left:
        found.problems[record] = left


def _add_all(found: Validated, problem: Problem) -> None:
    for record in range(len(found.table)):
        _add(found, record, problem)
