"""Conform: values → facts of the star schema, or findings. Codes become keys; rules across cells hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from etl.amount import Amount, NotAnAmount
from etl.codebook import Codebook, Refused, plain
from etl.findings import Finding
from etl.lookup import SAID, Common, Lookup, problem_of
from etl.plain_actuals import UNTOLD, plain_actuals
from etl.scale import beside, check_possible, scaled, share, unit_of
from etl.table import Table
from etl.validate import Problem, Validated
from warehouse.catalog import Indicator
from warehouse.measures.period import Period, from_date
from warehouse.measures.target import Direction, MeasureType
from warehouse.scope import Scope

_DONE = {
    "完成",
    "已完成",
    "是",
    "已建成",
    "建成",
    "已启动",
    "已出台",
    "已投用",
    "已实现",
    "√",
    "✓",
    "达成",
    "已达成",
    "yes",
}
_LEVELS = (MeasureType.STOCK, MeasureType.RATIO, MeasureType.RATE_STANDARD)
_INCREMENTS = {
    "新增", "新建", "增加", "增设", "增配", "新设", "新设立", "新建成", "新建设", "新成立", "新招", "新招聘",
    "新培育", "扩建", "新改建",
}  # fmt: skip
_NOT_DONE = {"未完成", "否", "未建成", "未启动", "未出台", "进行中", "推进中", "正在推进", "×", "✗", "no"}


class Origin(NamedTuple):
    """Where a row comes from: its table, and which record."""

    table: Table
    record: int


_origin = partial(tuple.__new__, Origin)
"""``Origin._make``, without counting."""


@dataclass(frozen=True, slots=True)
class Blanked:
    """A figure left blank: its keys where they could be told, and why it was left."""

    origin: Origin
    keys: Mapping[str, int] | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that became no row, and everything found wrong with it."""

    origin: Origin
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Conformed:
    """Rows as they go into ``fact_target`` or ``fact_actual`` (without batch and instants), and what was refused."""

    kind: str
    rows: tuple[dict[str, Any], ...]
    origins: tuple[Origin, ...]
    """Of each row."""
    refused: tuple[RefusedRecord, ...] = ()
    blanks: tuple[Blanked, ...] = ()
    cautions: tuple[tuple[Origin, Finding], ...] = ()
    """Of rows that stand."""


class Conforming:
    """Conforms the records of one file."""

    def __init__(self, book: Codebook, scope: Scope) -> None:
        self.book, self.lookup = book, Lookup(book, scope)

    def conform(self, validated: Validated) -> Conformed:
        """Turn records into facts; everything wrong with a record is told, not only the first."""
        table = validated.table
        make = self._target if table.kind == "target" else self._actual
        made = plain_actuals(validated, self.lookup)
        refused: list[RefusedRecord] = []
        blanks: list[Blanked] = []
        for number, said, raw in _records(validated, made):
            origin = Origin(table, number)
            common = self.lookup.common(said, raw["period_code"])
            if number in validated.blanks:
                blanks.append(_blank(origin, common, raw))
                continue
            problems = validated.problems.get(number)
            if isinstance(common, list):
                problems = _both(problems, [*common, *_unreadable(table, number, raw)])
            elif problems is None:
                try:
                    made[number] = make(origin, common, raw)
                    continue
                except Refused as error:
                    problems = [problem_of(error)]
            refused.append(refusal_of(origin, problems))
        numbers = sorted(made)
        rows, origins = tuple(map(made.__getitem__, numbers)), tuple(map(_origin, zip(repeat(table), numbers)))
        return Conformed(table.kind, rows, origins, tuple(refused), tuple(blanks))

    def _actual(self, origin: Origin, common: Common, raw: dict[str, Any]) -> dict[str, Any]:
        period: Period = raw["period_code"]
        found = raw["value"]
        measure_type = common.indicator.measure_type
        if isinstance(found, NotAnAmount):
            word = plain(origin.table.text("value", origin.record))
            if measure_type is not MeasureType.MILESTONE or word not in _DONE | _NOT_DONE:
                raise Refused(found.reason_code, "value")
            found = Amount(Decimal(word in _DONE))
        value, unit = scaled(found, common, *origin, self.lookup)
        check_possible(common, unit, "value", value, self.lookup)
        if measure_type is MeasureType.MILESTONE and value not in (0, 1):
            raise Refused("milestone_value", "value")
        numerator, denominator = raw.get("numerator"), raw.get("denominator")
        if (numerator is not None or denominator is not None) and (
            numerator is None or denominator is None or denominator <= 0 or measure_type is not MeasureType.RATIO
        ):
            raise Refused("bad_parts", "denominator")
        row = self._provenance(origin, common, raw)
        row["unit_code"], row["period_key"], row["value"] = unit, period.key, value
        row["qualifier"] = raw.get("qualifier") or found.qualifier
        row["numerator"], row["denominator"] = numerator, denominator
        return row

    def _target(self, origin: Origin, common: Common, raw: dict[str, Any]) -> dict[str, Any]:
        is_tidy = origin.table.layout.is_tidy
        due: Period = raw["period_code"]
        due_on = raw.get("due_on")
        if not is_tidy and due_on is not None and due_on.year == due.year and due.semester == 2:
            due = from_date(due_on)  # of the year's target, a date says the half
        first: Period = raw.get("first_period_code") or Period(due.year, 1)
        if first > due:
            raise Refused("first_after_due", "first_period_code")
        if due_on is not None and not due.start_on <= due_on <= due.end_on:
            raise Refused("due_on_outside_period", "due_on")
        unit, value, high = common.unit.code, raw.get("value"), raw.get("value_high")
        if not is_tidy and value is not None:
            own = raw.get("cell_unit")
            unit = unit_of(own, None, common, self.lookup)
            value, high = (
                None if x is None else share(x, unit, common, *origin, was_marked=own is not None)
                for x in (value, high)
            )
        if common.indicator.measure_type in _LEVELS and not _INCREMENTS.isdisjoint(raw.get("words") or ()):
            raise Refused("increment_of_level", "value")
        self._check_comparison(raw.get("comparator"), value, high, common.indicator, unit)
        for name, number in (("value", value), ("value_high", high)):
            check_possible(common, unit, name, number, self.lookup)
        beside_it: dict[str, Decimal | None] = {}
        for name in ("s1_value", "baseline_value"):
            number = raw.get(name)
            if isinstance(number, Amount):
                number = beside(number, unit, name, common, *origin, self.lookup)
            check_possible(common, unit, name, number, self.lookup)
            beside_it[name] = number
        baseline_period: Period | None = raw.get("baseline_period_code")
        if (beside_it["baseline_value"] is None) != (baseline_period is None) or (
            baseline_period and baseline_period >= due
        ):
            raise Refused("baseline_incomplete", "baseline_value")
        if raw.get("weight", Decimal(1)) <= 0:
            raise Refused("not_positive_weight", "weight")
        return {
            **self._provenance(origin, common, raw), "unit_code": unit,
            "due_period_key": due.key, "first_period_key": first.key, "due_on": due_on,
            "comparator": raw.get("comparator"), "value": value, "value_high": high,
            **beside_it,
            "baseline_period_key": baseline_period.key if baseline_period else None,
            "is_binding": raw.get("is_binding", False),
            "weight": raw.get("weight", Decimal(1)),
        }  # fmt: skip

    def _check_comparison(
        self, comparator: str | None, value: Decimal | None, high: Decimal | None, indicator: Indicator, unit: str
    ) -> None:
        if indicator.measure_type is MeasureType.MILESTONE:
            if value not in (None, 1) or high is not None or comparator in ("range", "<="):
                raise Refused("milestone_value", "value")
            return
        if comparator is None:
            raise Refused("missing_value", "comparator")
        if value is None:
            raise Refused("missing_value", "value")
        if comparator == "range" and (high is None or value > high):
            raise Refused("range_incomplete", "value_high")
        if comparator != "range" and high is not None:
            raise Refused("high_without_range", "value_high")
        if comparator == "all" and (
            indicator.unit_code != "percent" or self.book.catalog.in_its_unit(indicator, value, unit) != 100
        ):
            raise Refused("all_needs_full_share", "value")
        wrong = {"<=": Direction.HIGHER, ">=": Direction.LOWER, "all": Direction.LOWER}.get(comparator)
        if indicator.direction is wrong:
            raise Refused("comparator_conflict", "comparator")

    def _provenance(self, origin: Origin, common: Common, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The keys of a fact, and where it comes from."""
        row = {**common.keys, **UNTOLD, "locator": raw.get("locator") or locator_of(origin)}
        table = origin.table
        if table.tells_provenance:
            row |= {name: raw[name] for name in UNTOLD if name in raw}
            start, end = row["span_start"], row["span_end"]
            if (start is None) != (end is None) or (start is not None and start >= end):
                raise Refused("bad_span", "span_start")
            if "source_code" in table.texts:
                row["source_key"] = self.book.source_key(raw["source_code"])
        return row


GRAINS: Mapping[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]] = {
    "target": itemgetter("indicator_key", "district_key", "breakdown_key", "due_period_key"),
    "actual": itemgetter("indicator_key", "district_key", "breakdown_key", "period_key"),
}
"""By kind, what takes the natural key of a fact from its row."""
SERIES: Callable[[Mapping[str, Any]], tuple[int, int, int]] = itemgetter(
    "indicator_key", "district_key", "breakdown_key"
)
"""What takes the series from a row."""


def grain_of(kind: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The natural key of a fact: indicator, district, breakdown and (due) period."""
    return GRAINS[kind](row)


def locator_of(origin: Origin) -> str:
    """The cell of a record's value, with its sheet where there are sheets."""
    table, record = origin
    return f"{table.locators[table.values_at[record]]}{table.rows[record] + 1}"


def refusal_of(origin: Origin, problems: Sequence[Problem]) -> RefusedRecord:
    """A record with its problems as findings."""
    return RefusedRecord(origin, tuple(finding_of(*origin, problem) for problem in problems))


def finding_of(table: Table, record: int, problem: Problem, *, with_raw: bool = True) -> Finding:
    """A problem of a record as a finding: named by the heading and the cell people see."""
    name = problem.column
    text = None if name is None else table.text(name, record)
    raw = table.raw(record) if with_raw else ""
    return Finding(
        table.sheet.name, table.rows[record] + 1, None if name is None else table.heading(name, record), text,
        problem.reason, raw, table.cell(name or "value", record) or table.cell("value", record),
        problem.zh, problem.en,
    )  # fmt: skip


def _records(validated: Validated, made: Mapping[int, Any]) -> Iterator[tuple[int, tuple[str, ...], dict[str, Any]]]:
    """Number, words and values of each record that is not made yet."""
    table, names = validated.table, list(validated.values)
    texts = [table.texts.get(name) for name in SAID]
    columns = list(validated.values.values())
    for number in range(len(table)) if len(made) < len(table) else ():
        if number not in made:
            said = tuple("" if column is None else column[number] for column in texts)
            yield number, said, {name: column[number] for name, column in zip(names, columns, strict=True)}


def _blank(origin: Origin, common: Common | list[Problem], raw: Mapping[str, Any]) -> Blanked:
    reason = origin.table.text("blank_reason", origin.record) or None
    if isinstance(common, list):
        return Blanked(origin, None, reason)
    keys = {name: key for name, key in common.keys.items() if name.endswith("_key")}
    return Blanked(origin, keys | {"period_key": raw["period_code"].key}, reason)


def _unreadable(table: Table, record: int, raw: Mapping[str, Any]) -> list[Problem]:
    """The value's own problem, where the indicator is not known that could make a word of it."""
    value = raw.get("value")
    if isinstance(value, NotAnAmount) and plain(table.text("value", record)) not in _DONE | _NOT_DONE:
        return [Problem(value.reason_code, "value")]
    return []


def _both(parsed: Sequence[Problem] | None, looked_up: Sequence[Problem]) -> list[Problem]:
    """All problems; one column is complained of once."""
    first = list(parsed or ())
    columns = {problem.column for problem in first}
    return first + [problem for problem in looked_up if problem.column not in columns]
