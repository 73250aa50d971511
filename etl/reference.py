"""Reference data → dimensions: data/reference/*.csv and data/sources.csv, reviewed by people.

Reference rows are the truth: what changed is changed, what is gone stays (facts may point to it).
Mistakes are file errors that name file and row, because they are ours to mend before anything loads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from etl.extract import read_text_rows
from warehouse import tables as t
from warehouse.errors import FileError
from warehouse.measures.period import Period, span
from warehouse.measures.quantity import parse_decimal

_FIRST_PERIOD, _LAST_PERIOD = Period(2000, 1), Period(2060, 2)

Parse = Callable[[str], Any]


def _optional(parse: Parse) -> Parse:
    return lambda text: parse(text) if text else None


def _flag(text: str) -> bool:
    return {"yes": True, "no": False}[text]


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
    _Dimension("reference/units.csv", t.dim_unit, ("unit_code",), {"factor": parse_decimal, "is_whole": _flag}, True),
    _Dimension(
        "reference/districts.csv", t.dim_district, ("district_code",),
        {"sort_order": int, "parent_code": _text, "valid_from": _date, "valid_to": _date}, False,
    ),
    _Dimension("reference/breakdowns.csv", t.dim_breakdown, ("breakdown_code",), {"sort_order": int}, False),
    _Dimension(
        "reference/indicators.csv", t.dim_indicator, ("indicator_code", "valid_from"),
        {"value_min": _decimal, "value_max": _decimal, "valid_from": _date, "valid_to": _date,
         "counted_zh": _text, "counted_en": _text}, True,
    ),
    _Dimension(
        "reference/rules.csv", t.dim_rule, ("rule_version", "domain_code", "indicator_code"),
        {"amber_share": parse_decimal, "domain_code": _text, "indicator_code": _text}, True,
    ),
    _Dimension(
        "sources.csv", t.dim_source, ("source_code",),
        {"published_on": _date, "publisher": _text, "document_no": _text, "sha256": _text, "note": _text}, False,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """How many dimension rows were added or changed, and whether figures may change by it."""

    rows: int
    changes_figures: bool


def load_reference(connection: Connection, data_folder: Path) -> ReferenceChange:
    """Bring the dimensions in step with the reference files. Errors: FileError with file and row."""
    changed, figures = load_periods(connection), False
    for dimension in _DIMENSIONS:
        count = upsert(
            connection, dimension.table, dimension.natural_key, _read(data_folder / dimension.file, dimension)
        )
        changed += count
        figures = figures or (count > 0 and dimension.changes_figures)
    return ReferenceChange(changed, figures)


def load_periods(connection: Connection) -> int:
    """Every half-year from 2000 to 2060."""
    rows = [
        {
            "period_key": p.key, "period_code": p.code, "year": p.year, "semester": p.semester,
            "start_on": p.start_on, "end_on": p.end_on,
        }
        for p in span(_FIRST_PERIOD, _LAST_PERIOD)
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
    rows = read_text_rows(data_folder / "reference/aliases.csv")
    return {(row["kind"], row["alias"]): row["code"] for row in rows}


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
