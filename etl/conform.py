"""Conform: values → facts of the star schema, or findings. Codes become keys; rules across cells hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from etl.amount import Amount, NotAnAmount
from etl.codebook import Codebook, Refused, plain
from etl.findings import Finding
from etl.unfold import Table
from etl.validate import Problem, Validated
from warehouse.catalog import Indicator
from warehouse.measures.period import Period, from_date
from warehouse.measures.quantity import convert
from warehouse.measures.target import Direction, MeasureType
from warehouse.scope import Scope

OWN_SOURCE = -1
"""Stands for the file itself as the source of its figures, until it is published and registered."""
_AHEAD = timedelta(days=31)
"""Reports on a half-year are drawn up in its last month already."""
_UNITS_TO_BE_SAID = ("money", "money_per_person")
"""Quantities of which nobody can know the unit a bare figure is in: 元 or 万元, a month or a year."""
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
_NOT_DONE = {"未完成", "否", "未建成", "未启动", "未出台", "进行中", "推进中", "正在推进", "×", "✗", "no"}


class Origin(NamedTuple):
    """Where a row comes from: its table, and which record."""

    table: Table
    record: int


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


class _Common(NamedTuple):
    """What many records share: the definition meant, the keys, and how the unit of their cells is to be taken."""

    indicator: Indicator
    keys: dict[str, Any]
    unit_was_said: bool


class Conforming:
    """Conforms the records of one file: what is said alike is looked up once."""

    def __init__(self, book: Codebook, today: date, scope: Scope) -> None:
        self.book, self.today, self.scope = book, today, scope
        self._common: dict[tuple[Any, ...], _Common | list[Problem]] = {}

    def conform(self, validated: Validated) -> Conformed:
        """Turn records into facts; everything wrong with a record is told, not only the first."""
        table = validated.table
        make = self._target if table.kind == "target" else self._actual
        rows: list[dict[str, Any]] = []
        origins: list[Origin] = []
        refused: list[RefusedRecord] = []
        blanks: list[Blanked] = []
        names = list(validated.values)
        texts = [table.texts.get(name) or [""] * len(table) for name in _SAID]
        records = zip(zip(*texts, strict=True), zip(*validated.values.values(), strict=True), strict=True)
        for number, (said, values) in enumerate(records):
            raw = dict(zip(names, values, strict=True))
            if number in validated.blanks:
                blanks.append(self._blank(Origin(table, number), said, raw))
                continue
            problems = validated.problems.get(number)
            row = None
            common = self._look_up(said, raw)
            if isinstance(common, list):
                problems = _both(problems, [*common, *_unreadable(table, number, raw)])
            elif problems is None:
                try:
                    row = make(Origin(table, number), common, raw)
                except Refused as error:
                    problems = [Problem(error.reason, error.column, error.zh, error.en)]
            if row is None:
                assert problems
                refused.append(refusal_of(Origin(table, number), problems))
            else:
                rows.append(row)
                origins.append(Origin(table, number))
        return Conformed(table.kind, tuple(rows), tuple(origins), tuple(refused), tuple(blanks))

    def _look_up(self, said: tuple[str, ...], raw: Mapping[str, Any]) -> _Common | list[Problem]:
        """District, indicator, breakdown and unit of a record, and everything wrong with them."""
        key = (
            *said,
            raw["period_code"],
            raw.get("due_on") if raw["period_code"] is None else None,
            raw.get("cell_unit"),
        )
        found = self._common.get(key)
        if found is None:
            found = self._common[key] = self._look_up_new(said, raw)
        return found

    def _look_up_new(self, said: tuple[str, ...], raw: Mapping[str, Any]) -> _Common | list[Problem]:
        book, problems = self.book, []
        text = dict(zip(_SAID, said, strict=True))
        district = _told(problems, lambda: self._by_code_and_name("district", text))
        indicator_code, unit_word, breakdown_word = None, text["unit_code"], text["breakdown_code"]
        name = text["indicator_name"] or text["indicator_code"]
        word = (
            _told(
                problems,
                lambda: book.indicator_word(name, "indicator_name" if text["indicator_name"] else "indicator_code"),
            )
            if name
            else None
        )
        if word is not None:
            indicator_code = word.code
            if text["indicator_name"] and text["indicator_code"]:
                code = _told(problems, lambda: book.code("indicator", text["indicator_code"]))
                if code is not None and code != indicator_code:
                    error = book.disagreement("indicator", "indicator_code", text["indicator_code"], name)
                    problems.append(Problem(error.reason, error.column, error.zh, error.en))
            if word.unit_code is not None and unit_word and book.find("unit", unit_word) not in (None, word.unit_code):
                problems.append(Problem("unit_conflict", "unit_code"))
            if (
                word.breakdown_code is not None
                and breakdown_word
                and book.find("breakdown", breakdown_word) != word.breakdown_code
            ):
                problems.append(Problem("unknown_breakdown", "breakdown_code"))
            unit_word, breakdown_word = unit_word or word.unit_code or "", breakdown_word or word.breakdown_code or ""
        elif not name:
            problems.append(Problem("missing_value", "indicator_code"))
        breakdown = _told(problems, lambda: book.code("breakdown", breakdown_word or "total"))
        unit = _told(problems, lambda: book.code("unit", unit_word)) if unit_word else None
        period: Period | None = raw["period_code"]
        indicator = None
        if indicator_code is not None and period is not None:
            indicator = _told(problems, lambda: book.definition(indicator_code, period))
        if indicator is not None and unit is not None and not self._measures_alike(unit, indicator):
            problems.append(Problem("unit_mismatch", "unit_code"))
        if (
            district is not None
            and indicator is not None
            and not (self.scope.sees_district(district) and self.scope.sees_domain(indicator.domain_code))
        ):
            problems.append(Problem("not_in_scope", "district_code"))
        if problems or indicator is None or district is None or breakdown is None:
            return problems
        catalog = book.catalog
        return _Common(
            indicator,
            {
                "indicator_key": indicator.key,
                "district_key": catalog.district_by_code[district].key,
                "breakdown_key": catalog.breakdown_by_code[breakdown].key,
                "unit_code": unit or indicator.unit_code,
            },
            unit is not None,
        )

    def _by_code_and_name(self, kind: str, text: Mapping[str, str]) -> str | None:
        """A district by its code, its name, or both, which must agree."""
        code, name = text["district_code"], text["district_name"]
        if not code and not name:
            raise Refused("missing_value", "district_code")
        by_code = self.book.district(code) if code else None
        by_name = self.book.district(name, "district_name") if name else None
        if by_code is not None and by_name is not None and by_code != by_name:
            raise self.book.disagreement(kind, "district_code", code, name)
        return by_code or by_name

    def _measures_alike(self, unit: str, indicator: Indicator) -> bool:
        units = self.book.catalog.units
        return units[unit].unit.quantity == self.book.catalog.unit_of(indicator).quantity

    def _blank(self, origin: Origin, said: tuple[str, ...], raw: Mapping[str, Any]) -> Blanked:
        common = None if raw["period_code"] is None else self._look_up(said, raw)
        reason = origin.table.text("blank_reason", origin.record) or None
        if not isinstance(common, _Common):
            return Blanked(origin, None, reason)
        keys = {name: key for name, key in common.keys.items() if name.endswith("_key")}
        return Blanked(origin, keys | {"period_key": raw["period_code"].key}, reason)

    # the facts

    def _provenance(self, origin: Origin, raw: Mapping[str, Any]) -> dict[str, Any]:
        start, end = raw.get("span_start"), raw.get("span_end")
        if (start is None) != (end is None) or (start is not None and start >= end):
            raise Refused("bad_span", "span_start")
        return {
            "source_key": self._source_key(origin.table, raw["source_code"]),
            "locator": raw.get("locator") or locator_of(origin),
            "span_start": start,
            "span_end": end,
            "confidence": raw["confidence"],
            "note": raw.get("note"),
        }

    def _source_key(self, table: Table, code: str | None) -> int:
        """The source a row names; the file itself where its table names none."""
        return self.book.source_key(code) if "source_code" in table.texts else OWN_SOURCE

    def _actual(self, origin: Origin, common: _Common, raw: dict[str, Any]) -> dict[str, Any]:
        period: Period = raw["period_code"]
        if period.end_on - _AHEAD > self.today:
            raise Refused("future_actual", "period_code")
        indicator, found = common.indicator, raw["value"]
        if isinstance(found, NotAnAmount):
            word = plain(origin.table.text("value", origin.record))
            if indicator.measure_type is not MeasureType.MILESTONE or word not in _DONE | _NOT_DONE:
                raise Refused(found.reason_code, "value")
            found = Amount(Decimal(word in _DONE))
        assert isinstance(found, Amount)
        value, unit = self._in_words(origin, common, found)
        self._check_limits(common, unit, "value", value)
        self._check_whole(common, unit, value)
        if indicator.measure_type is MeasureType.MILESTONE and value not in (0, 1):
            raise Refused("milestone_value", "value")
        numerator, denominator = raw["numerator"], raw["denominator"]
        has_parts = numerator is not None or denominator is not None
        if has_parts and (
            numerator is None or denominator is None or denominator <= 0
            or indicator.measure_type is not MeasureType.RATIO
        ):  # fmt: skip
            raise Refused("bad_parts", "denominator")
        qualifier = raw["qualifier"] or found.qualifier
        return {
            **common.keys, **self._provenance(origin, raw), "unit_code": unit, "period_key": period.key,
            "value": value, "qualifier": qualifier, "numerator": numerator, "denominator": denominator,
        }  # fmt: skip

    def _in_words(self, origin: Origin, common: _Common, found: Amount) -> tuple[Decimal, str]:
        """A figure with the unit it is in: its own, the column's, or the indicator's where there is but one."""
        if found.unit is not None and self.book.find("unit", found.unit) is None:
            found = found.without_magnitude()  # 万户 is no unit, 户 is
        unit = self._unit(common, found.unit, found.magnitude if found.unit is None else None)
        return self._share(origin, common, unit, found.value, found.unit is not None), unit

    def _unit(self, common: _Common, own: str | None, magnitude: str | None) -> str:
        book, said = self.book, common.keys["unit_code"] if common.unit_was_said else None
        if own is not None:
            code = book.find("unit", own)
            if code is None:
                raise Refused("unknown_unit", "value", f"数后面写的是“{own}”。", f"Behind the figure stands {own!r}.")
            if not self._measures_alike(code, common.indicator):
                raise Refused("unit_mismatch", "value")
            if said is not None and said != code:
                raise Refused("unit_conflict", "value")
            return code
        quantity = book.catalog.unit_of(common.indicator).quantity
        if said is None and quantity in _UNITS_TO_BE_SAID:
            raise Refused("unit_not_said", "unit_code")
        code = said or common.indicator.unit_code
        if magnitude and book.catalog.units[code].unit.factor != 1:
            raise Refused("unit_conflict", "value")
        return code

    def _share(self, origin: Origin, common: _Common, unit: str, value: Decimal, was_marked: bool) -> Decimal:
        """0.85 under %: eighty-five of a hundred, or less than one? The sheet does not say; a person may."""
        layout = origin.table.layout
        if unit != "percent" or was_marked or layout.is_tidy or common.indicator.unit_code != "percent":
            return value
        scale = layout.stated.get("share_scale")
        if scale == "fraction":
            return value * 100
        if scale is None and 0 < abs(value) <= 1:
            raise Refused("ambiguous_share", "value")
        return value

    def _target(self, origin: Origin, common: _Common, raw: dict[str, Any]) -> dict[str, Any]:
        due: Period = raw["period_code"]
        due_on = raw["due_on"]
        if not origin.table.layout.is_tidy and due_on is not None and due_on.year == due.year and due.semester == 2:
            due = from_date(due_on)
        first: Period = raw["first_period_code"] or Period(due.year, 1)
        if first > due:
            raise Refused("first_after_due", "first_period_code")
        if due_on is not None and not due.start_on <= due_on <= due.end_on:
            raise Refused("due_on_outside_period", "due_on")
        unit, marked = common.keys["unit_code"], False
        if raw["value"] is not None and not origin.table.layout.is_tidy:
            marked = raw["cell_unit"] is not None
            unit = self._unit(common, raw["cell_unit"], None)
        value, high = (
            None if raw[name] is None else self._share(origin, common, unit, raw[name], marked)
            for name in ("value", "value_high")
        )
        self._check_comparison(raw["comparator"], value, high, common.indicator, unit)
        for name, number in (
            ("value", value),
            ("value_high", high),
            ("s1_value", raw["s1_value"]),
            ("baseline_value", raw["baseline_value"]),
        ):
            self._check_limits(common, unit, name, number)
        self._check_whole(common, unit, value, high)
        baseline_period: Period | None = raw["baseline_period_code"]
        if (raw["baseline_value"] is None) != (baseline_period is None) or (baseline_period and baseline_period >= due):
            raise Refused("baseline_incomplete", "baseline_value")
        if raw["weight"] <= 0:
            raise Refused("not_positive_weight", "weight")
        return {
            **common.keys, **self._provenance(origin, raw), "unit_code": unit,
            "due_period_key": due.key, "first_period_key": first.key, "due_on": due_on,
            "comparator": raw["comparator"], "value": value, "value_high": high,
            "baseline_value": raw["baseline_value"],
            "baseline_period_key": baseline_period.key if baseline_period else None,
            "s1_value": raw["s1_value"], "is_binding": raw["is_binding"], "weight": raw["weight"],
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
        if comparator == "all" and (indicator.unit_code != "percent" or self._converted(value, unit, indicator) != 100):
            raise Refused("all_needs_full_share", "value")
        wrong = {"<=": Direction.HIGHER, ">=": Direction.LOWER, "all": Direction.LOWER}.get(comparator)
        if indicator.direction is wrong:
            raise Refused("comparator_conflict", "comparator")

    def _check_limits(self, common: _Common, unit: str, name: str, value: Decimal | None) -> None:
        """Refuse what cannot be true of the indicator, judged in the indicator's unit."""
        low, high = common.indicator.value_min, common.indicator.value_max
        if value is None or (low is None and high is None):
            return
        amount = self._converted(value, unit, common.indicator)
        if (low is not None and amount < low) or (high is not None and amount > high):
            zh = "" if low is None or high is None else f"应在 {low:f} 至 {high:f} 之间。"
            raise Refused("out_of_range", name, zh, "" if not zh else f"It should lie between {low:f} and {high:f}.")

    def _check_whole(self, common: _Common, unit: str, *values: Decimal | None) -> None:
        """Of persons, beds and households there are no halves."""
        for value in values:
            if value is None or not self.book.catalog.unit_of(common.indicator).is_whole:
                continue
            amount = self._converted(value, unit, common.indicator)
            if amount != amount.to_integral_value():
                raise Refused("fractional_count", "value")

    def _converted(self, value: Decimal, unit: str, indicator: Indicator) -> Decimal:
        if unit == indicator.unit_code:
            return value
        return convert(value, self.book.catalog.units[unit].unit, self.book.catalog.unit_of(indicator))


_SAID = ("district_code", "district_name", "indicator_code", "indicator_name", "breakdown_code", "unit_code")
"""What a record says of itself in words."""


def grain_of(kind: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The natural key of a fact: indicator, district, breakdown and (due) period."""
    period = "due_period_key" if kind == "target" else "period_key"
    return row["indicator_key"], row["district_key"], row["breakdown_key"], row[period]


def locator_of(origin: Origin) -> str:
    """The cell of a record's value, with its sheet where there are sheets."""
    table, record = origin
    cell = table.cell("value", record) or f"row {table.rows[record] + 1}"
    return f"{table.sheet.name}!{cell}" if table.sheet.name else cell


def refusal_of(origin: Origin, problems: Sequence[Problem]) -> RefusedRecord:
    """A record with its problems as findings."""
    return RefusedRecord(origin, tuple(finding_of(*origin, problem) for problem in problems))


def finding_of(table: Table, record: int, problem: Problem) -> Finding:
    """A problem of a record as a finding: named by the heading and the cell people see."""
    name = problem.column
    text = None if name is None else table.text(name, record)
    return Finding(
        table.sheet.name, table.rows[record] + 1, None if name is None else table.heading(name, record), text,
        problem.reason, table.raw(record), table.cell(name or "value", record) or table.cell("value", record),
        problem.zh, problem.en,
    )  # fmt: skip


def _told(problems: list[Problem], look: Any) -> Any:
    """The result, or None and one problem more."""
    try:
        return look()
    except Refused as error:
        problems.append(Problem(error.reason, error.column, error.zh, error.en))
        return None


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
