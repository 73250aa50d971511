"""Conform: values → facts of the star schema, or refusals. Codes become keys; rules across cells hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from etl.extract import ROW_NO
from etl.findings import Finding
from etl.validate import RAW, SHEET, Validated
from warehouse.catalog import Catalog, Indicator
from warehouse.measures.period import Period
from warehouse.measures.quantity import convert
from warehouse.measures.target import Direction, MeasureType
from warehouse.scope import Scope

Aliases = dict[tuple[str, str], str]


class _Refused(Exception):
    """A row does not conform: reason code and column."""

    def __init__(self, reason: str, column: str | None = None) -> None:
        self.reason, self.column = reason, column


class Place(NamedTuple):
    """Where a figure stands; the row as a spreadsheet counts, the cell as C7 where one is known."""

    sheet: str | None
    row_no: int
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Conformed:
    """Rows as they go into ``fact_target`` or ``fact_actual`` (without batch and instants), and refusals."""

    kind: str
    rows: tuple[dict[str, Any], ...]
    refusals: tuple[Finding, ...]
    """The first finding of each row refused."""
    places: tuple[Place, ...] = ()
    """Where each of ``rows`` stands."""
    findings: tuple[Finding, ...] = ()
    """What else was found: further refusals of the same rows, and cautions."""
    blanks: tuple[dict[str, Any], ...] = ()
    """Blanks of which the return says why: indicator_key, district_key, breakdown_key, period_key, reason, locator."""


class Codebook:
    """Looks up codes, names and aliases in the dimensions."""

    def __init__(
        self, catalog: Catalog, aliases: Aliases, file_source_key: int | None, scope: Scope | None = None
    ) -> None:
        self.catalog, self.file_source_key, self.scope = catalog, file_source_key, scope or Scope.everything()
        self._codes: dict[tuple[str, str], str] = {}
        named: tuple[tuple[str, Any], ...] = (
            ("district", catalog.districts.values()), ("indicator", catalog.indicators.values()),
            ("breakdown", catalog.breakdowns.values()), ("unit", catalog.units.values()),
        )  # fmt: skip
        for kind, things in named:
            codes = {thing.code for thing in things}
            names: dict[str, set[str]] = {}
            for thing in things:
                names.setdefault(thing.name_zh, set()).add(thing.code)
            words = {name: next(iter(meant)) for name, meant in names.items() if name and len(meant) == 1}
            words |= {alias: code for (of, alias), code in aliases.items() if of == kind and code in codes}
            words |= {code: code for code in codes}
            self._codes |= {(kind, word): code for word, code in words.items()}

    def code(self, kind: str, word: str) -> str:
        """The code of a code, alias or name; a name that several things share means none of them."""
        try:
            return self._codes[kind, word.strip()]
        except KeyError:
            raise _Refused(f"unknown_{kind}", f"{kind}_code") from None

    def indicator(self, word: str, period: Period) -> Indicator:
        """The definition of an indicator that held at the end of a period."""
        for indicator in self.catalog.indicators_by_code[self.code("indicator", word)]:
            if indicator.holds_on(period.end_on):
                return indicator
        raise _Refused("no_definition_then", "period_code")

    def source_key(self, code: str | None) -> int:
        """The registered source, or the file itself where a table names none."""
        if code is None and self.file_source_key is not None:
            return self.file_source_key
        source = self.catalog.source_by_code.get(code or "")
        if source is None:
            raise _Refused("unknown_source", "source_code")
        return source.key


class _Common(NamedTuple):
    """What targets and actuals share: the indicator meant, and the columns both facts have."""

    indicator: Indicator
    row: dict[str, Any]


def conform(validated: Validated, codebook: Codebook) -> Conformed:
    """Turn validated rows into facts; what does not conform, or repeats a fact, is refused."""
    conform_row = _conform_target if validated.kind == "target" else _conform_actual
    rows: list[dict[str, Any]] = []
    places: list[Place] = []
    refusals = list(validated.refusals)
    seen: set[tuple[Any, ...]] = set()
    for raw in _records(validated):
        try:
            row = conform_row(raw, codebook)
            grain = grain_of(validated.kind, row)
            if grain in seen:
                raise _Refused("duplicate_row")
            seen.add(grain)
            rows.append(row)
            places.append(Place(raw[SHEET], raw[ROW_NO]))
        except _Refused as refused:
            value = raw.get(refused.column or "")
            refusals.append(
                Finding(
                    raw[SHEET], raw[ROW_NO], refused.column,
                    None if value is None else str(getattr(value, "code", value)), refused.reason, raw[RAW],
                )
            )  # fmt: skip
    in_order = tuple(sorted(refusals, key=lambda r: (r.sheet or "", r.row_no)))
    return Conformed(validated.kind, tuple(rows), in_order, tuple(places))


def grain_of(kind: str, row: dict[str, Any]) -> tuple[Any, ...]:
    """The natural key of a fact: indicator, district, breakdown and (due) period."""
    period = "due_period_key" if kind == "target" else "period_key"
    return row["indicator_key"], row["district_key"], row["breakdown_key"], row[period]


def _records(validated: Validated) -> Iterator[dict[str, Any]]:
    names = list(validated.frame.columns)
    for values in validated.frame.itertuples(index=False, name=None):
        yield dict(zip(names, values, strict=True))


def _common(raw: dict[str, Any], book: Codebook) -> _Common:
    district = book.catalog.district_by_code[book.code("district", raw["district_code"])]
    indicator = book.indicator(raw["indicator_code"], raw["period_code"])
    if not (book.scope.sees_district(district.code) and book.scope.sees_domain(indicator.domain_code)):
        raise _Refused("not_in_scope", "district_code")
    breakdown = book.catalog.breakdown_by_code[book.code("breakdown", raw["breakdown_code"])]
    unit_code = book.code("unit", raw["unit_code"])
    if book.catalog.units[unit_code].unit.quantity != book.catalog.unit_of(indicator).quantity:
        raise _Refused("unit_mismatch", "unit_code")
    start, end = raw["span_start"], raw["span_end"]
    if (start is None) != (end is None) or (start is not None and start >= end):
        raise _Refused("bad_span", "span_start")
    return _Common(
        indicator,
        {
            "indicator_key": indicator.key,
            "district_key": district.key,
            "breakdown_key": breakdown.key,
            "unit_code": unit_code,
            "source_key": book.source_key(raw["source_code"]),
            "locator": raw["locator"] or _cell(raw),
            "span_start": start,
            "span_end": end,
            "confidence": raw["confidence"],
            "note": raw["note"],
        },
    )


def _conform_target(raw: dict[str, Any], book: Codebook) -> dict[str, Any]:
    common = _common(raw, book)
    due: Period = raw["period_code"]
    first: Period = raw["first_period_code"] or Period(due.year, 1)
    if first > due:
        raise _Refused("first_after_due", "first_period_code")
    due_on = raw["due_on"]
    if due_on is not None and not due.start_on <= due_on <= due.end_on:
        raise _Refused("due_on_outside_period", "due_on")
    _check_comparison(raw, common.indicator, book)
    _check_limits(common, book, raw, "value", "value_high", "s1_value", "baseline_value")
    baseline_period: Period | None = raw["baseline_period_code"]
    if (raw["baseline_value"] is None) != (baseline_period is None) or (baseline_period and baseline_period >= due):
        raise _Refused("baseline_incomplete", "baseline_value")
    if raw["weight"] <= 0:
        raise _Refused("not_positive_weight", "weight")
    return {
        **common.row,
        "due_period_key": due.key,
        "first_period_key": first.key,
        "due_on": due_on,
        "comparator": raw["comparator"],
        "value": raw["value"],
        "value_high": raw["value_high"],
        "baseline_value": raw["baseline_value"],
        "baseline_period_key": baseline_period.key if baseline_period else None,
        "s1_value": raw["s1_value"],
        "is_binding": raw["is_binding"],
        "weight": raw["weight"],
    }


def _conform_actual(raw: dict[str, Any], book: Codebook) -> dict[str, Any]:
    common = _common(raw, book)
    _check_limits(common, book, raw, "value")
    measure_type = common.indicator.measure_type
    if measure_type is MeasureType.MILESTONE and raw["value"] not in (0, 1):
        raise _Refused("milestone_value", "value")
    numerator, denominator = raw["numerator"], raw["denominator"]
    has_parts = numerator is not None or denominator is not None
    if has_parts and (
        numerator is None or denominator is None or denominator <= 0 or measure_type is not MeasureType.RATIO
    ):
        raise _Refused("bad_parts", "denominator")
    return {
        **common.row,
        "period_key": raw["period_code"].key,
        "value": raw["value"],
        "qualifier": raw["qualifier"],
        "numerator": numerator,
        "denominator": denominator,
    }


def _check_comparison(raw: dict[str, Any], indicator: Indicator, book: Codebook) -> None:
    comparator, value, high = raw["comparator"], raw["value"], raw["value_high"]
    if indicator.measure_type is MeasureType.MILESTONE:
        if value not in (None, 1) or high is not None or comparator in ("range", "<="):
            raise _Refused("milestone_value", "value")
        return
    if comparator is None:
        raise _Refused("missing_value", "comparator")
    if value is None:
        raise _Refused("missing_value", "value")
    if comparator == "range" and (high is None or value > high):
        raise _Refused("range_incomplete", "value_high")
    if comparator != "range" and high is not None:
        raise _Refused("high_without_range", "value_high")
    if comparator == "all" and (
        indicator.unit_code != "percent" or _in_indicator_unit(raw, indicator, book, value) != 100
    ):
        raise _Refused("all_needs_full_share", "value")
    wrong = {"<=": Direction.HIGHER, ">=": Direction.LOWER, "all": Direction.LOWER}.get(comparator)
    if indicator.direction is wrong:
        raise _Refused("comparator_conflict", "comparator")


def _check_limits(common: _Common, book: Codebook, raw: dict[str, Any], *names: str) -> None:
    """Refuse what cannot be true of the indicator, judged in the indicator's unit."""
    low, high = common.indicator.value_min, common.indicator.value_max
    for name in names:
        if raw[name] is None:
            continue
        value = _in_indicator_unit(raw, common.indicator, book, raw[name])
        if (low is not None and value < low) or (high is not None and value > high):
            raise _Refused("out_of_range", name)


def _in_indicator_unit(raw: dict[str, Any], indicator: Indicator, book: Codebook, value: Decimal) -> Decimal:
    unit = book.catalog.units[book.code("unit", raw["unit_code"])].unit
    return convert(value, unit, book.catalog.unit_of(indicator))


def _cell(raw: dict[str, Any]) -> str:
    """Locator of a row that names none: sheet and row of the file itself."""
    return f"{raw[SHEET]}!{raw[ROW_NO]}" if raw[SHEET] else f"row {raw[ROW_NO]}"
