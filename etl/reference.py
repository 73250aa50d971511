"""Reference data → dimensions: data/reference/*.csv and data/sources.csv, reviewed by people.

Reference rows are the truth: what changed is changed, what is gone stays (facts may point to it).
Mistakes are file errors that name file and row, because they are ours to mend before anything loads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, insert, select, update

from etl.columns import FIRST_PERIOD, LAST_PERIOD
from etl.reading.records import read_text_rows
from etl.rule_lines import POSSIBLE
from warehouse import tables as t
from warehouse.catalog import release
from warehouse.errors import FileError
from warehouse.measures.period import Period, span
from warehouse.measures.quantity import parse_decimal
from warehouse.measures.target import Direction, MeasureType

_ALIASES = "reference/aliases.csv"

Parse = Callable[[str], Any]


def _optional(parse: Parse) -> Parse:
    return lambda text: parse(text) if text else None


def _flag(text: str) -> bool:
    return {"yes": True, "no": False}[text]


def _one_of(*words: str) -> Parse:
    return {word: word for word in words}.__getitem__


def _factor(text: str) -> Decimal:
    number = parse_decimal(text)
    if number <= 0:
        raise ValueError(text)
    return number


def _settable(name: str) -> Parse:
    """A number that a rule may set for a column."""

    def parse(text: str) -> Decimal:
        number = parse_decimal(text)
        if not POSSIBLE[name](number):
            raise ValueError(text)
        return number

    return _optional(parse)


_date, _decimal, _text = _optional(date.fromisoformat), _optional(parse_decimal), _optional(str)


@dataclass(frozen=True, slots=True)
class _Dimension:
    """One reference file: its table, natural key, and the columns that are not plain text."""

    file: str
    table: Table
    natural_key: tuple[str, ...]
    parsers: Mapping[str, Parse]
    changes_figures: bool


_DIMENSIONS = (
    _Dimension("reference/domains.csv", t.dim_domain, ("domain_code",), {"sort_order": int}, False),
    _Dimension("reference/units.csv", t.dim_unit, ("unit_code",), {"factor": _factor, "is_whole": _flag}, True),
    _Dimension(
        "reference/districts.csv", t.dim_district, ("district_code",),
        {"sort_order": int, "parent_code": _text, "valid_from": _date, "valid_to": _date,
         "level": _one_of("province", "city", "district", "township")}, False,
    ),
    _Dimension("reference/breakdowns.csv", t.dim_breakdown, ("breakdown_code",), {"sort_order": int}, False),
    _Dimension(
        "reference/indicators.csv", t.dim_indicator, ("indicator_code", "valid_from"),
        {"value_min": _decimal, "value_max": _decimal, "valid_from": _date, "valid_to": _date,
         "counted_zh": _text, "counted_en": _text,
         "measure_type": _one_of(*MeasureType), "direction": _one_of(*Direction),
         "additivity": _one_of("additive", "semi_additive", "ratio", "none")}, True,
    ),
    _Dimension(
        "reference/rules.csv", t.dim_rule, ("rule_version", "domain_code", "indicator_code"),
        {**{name: _settable(name) for name in POSSIBLE}, "domain_code": _text, "indicator_code": _text}, True,
    ),
    _Dimension(
        "sources.csv", t.dim_source, ("source_code",),
        {"published_on": _date, "publisher": _text, "document_no": _text, "sha256": _text, "note": _text,
         "kind": _one_of("document", "workbook", "csv", "manual", "demo")}, False,
    ),
)  # fmt: skip

_LINKS = (
    (t.dim_district, "parent_code", t.dim_district.c.district_code),
    (t.dim_indicator, "domain_code", t.dim_domain.c.domain_code),
    (t.dim_indicator, "unit_code", t.dim_unit.c.unit_code),
    (t.dim_rule, "domain_code", t.dim_domain.c.domain_code),
    (t.dim_rule, "indicator_code", t.dim_indicator.c.indicator_code),
)
_ALIASED = {
    "district": t.dim_district.c.district_code,
    "indicator": t.dim_indicator.c.indicator_code,
    "breakdown": t.dim_breakdown.c.breakdown_code,
    "unit": t.dim_unit.c.unit_code,
}


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """How many dimension rows were added or changed, and whether figures may change by it."""

    rows: int
    changes_figures: bool


def load_reference(connection: Connection, data_folder: Path, only: Collection[Table] | None = None) -> ReferenceChange:
    """Bring the dimensions, or ``only`` these, in step with their files. Errors: FileError with file and row."""
    changed, figures = load_periods(connection), False
    for dimension in _DIMENSIONS:
        if only is not None and dimension.table not in only:
            continue
        rows = _read(data_folder / dimension.file, dimension)
        if dimension.table is t.dim_rule:
            _check_versions(connection, dimension.file, rows)
        count = upsert(connection, dimension.table, dimension.natural_key, rows)
        changed += count
        figures = figures or (count > 0 and dimension.changes_figures)
        for column, code in ((name, code) for table, name, code in _LINKS if table is dimension.table):
            _check_codes(connection, dimension.file, column, code, [row[column] for row in rows])
    for kind, code in _ALIASED.items() if only is None else ():
        codes = [row["code"] if row["kind"] == kind else None for row in _alias_rows(data_folder)]
        _check_codes(connection, _ALIASES, "code", code, codes)
    return ReferenceChange(changed, figures)


def load_periods(connection: Connection, first: Period = FIRST_PERIOD) -> int:
    """Every half-year from 2000, or an earlier first one, to 2060."""
    rows = [
        {
            "period_key": p.key, "period_code": p.code, "year": p.year, "semester": p.semester,
            "start_on": p.start_on, "end_on": p.end_on,
        }
        for p in span(min(first, FIRST_PERIOD), LAST_PERIOD)
    ]  # fmt: skip
    return upsert(connection, t.dim_period, ("period_key",), rows)


def upsert(connection: Connection, table: Table, natural_key: tuple[str, ...], rows: list[dict[str, Any]]) -> int:
    """Insert new rows, update changed ones, by natural key; returns how many. Portable on purpose."""
    known = {tuple(row[name] for name in natural_key): row for row in connection.execute(select(table)).mappings()}
    fresh, changed = [], 0
    for row in rows:
        key = tuple(row[name] for name in natural_key)
        if key not in known:
            fresh.append(row)
        elif any(known[key][name] != value for name, value in row.items()):
            conditions = [table.c[name].is_not_distinct_from(row[name]) for name in natural_key]
            connection.execute(update(table).where(*conditions).values(row))
            changed += 1
    if fresh:
        connection.execute(insert(table), fresh)
    return len(fresh) + changed


def read_aliases(data_folder: Path) -> dict[tuple[str, str], str]:
    """(kind, alias) → code, from data/reference/aliases.csv."""
    return {(row["kind"], row["alias"]): row["code"] for row in _alias_rows(data_folder)}


def _alias_rows(data_folder: Path) -> list[dict[str, str]]:
    rows = read_text_rows(data_folder / _ALIASES)
    for number, row in enumerate(rows, start=2):
        if set(row) != {"kind", "alias", "code"} or row["kind"] not in _ALIASED:
            raise FileError(
                f"{_ALIASES} 第 {number} 行应为 kind,alias,code，其中 kind 是 {'、'.join(_ALIASED)} 之一。",
                f"{_ALIASES}, row {number}: columns are kind, alias, code, the kind one of {', '.join(_ALIASED)}.",
            )
    return rows


def _check_versions(connection: Connection, file: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A version made in the program is never overwritten nor added to by a file of the same number."""
    made = {release(version) for version in connection.execute(select(t.rule_change.c.rule_version)).scalars()}
    for number, row in enumerate(rows, start=2):
        version = row["rule_version"]
        if release(version) in made:
            highest = max(connection.execute(select(t.dim_rule.c.rule_version)).scalars(), key=release)
            raise FileError(
                f"{file} 第 {number} 行：规则版本 {version} 已经在程序里制定。请改用高于 {highest} 的版本号。",
                f"{file}, row {number}: rule version {version} was made in the program. Use a number above {highest}.",
            )


def _check_codes(connection: Connection, file: str, name: str, known: Column[Any], codes: Sequence[str | None]) -> None:
    """A code in a file must stand in its own dimension; ``codes`` by row, None where there is none."""
    there = {None, *connection.execute(select(known)).scalars()}
    for number, code in enumerate(codes, start=2):
        if code not in there:
            raise FileError(
                f"{file} 第 {number} 行 {name}：没有“{code}”这个代码。",
                f"{file}, row {number}, {name}: there is no code {code!r}.",
            )


def _read(path: Path, dimension: _Dimension) -> list[dict[str, Any]]:
    rows = []
    seen: set[tuple[Any, ...]] = set()
    expected = {c.name for c in dimension.table.columns if not _is_surrogate(c)}
    for number, texts in enumerate(read_text_rows(path), start=2):
        if set(texts) != expected:
            odd = "、".join(sorted(set(texts) ^ expected))
            raise FileError(f"{path.name} 的列与要求不符：{odd}。", f"{path.name}: columns differ: {odd}.")
        row: dict[str, Any] = {}
        for name, text in texts.items():
            try:
                row[name] = dimension.parsers.get(name, str)(text)
            except (ValueError, KeyError) as error:
                raise FileError(
                    f"{path.name} 第 {number} 行 {name}：“{text}”无法识别。",
                    f"{path.name}, row {number}, {name}: {text!r} cannot be read.",
                ) from error
        key = tuple(row[name] for name in dimension.natural_key)
        if key in seen:
            raise FileError(
                f"{path.name} 第 {number} 行与前面重复：{key}。", f"{path.name}, row {number} repeats {key}."
            )
        seen.add(key)
        rows.append(row)
    return rows


def _is_surrogate(column: Any) -> bool:
    return bool(column.primary_key) and str(column.name).endswith("_key")
