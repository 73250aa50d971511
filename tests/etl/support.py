"""Small files to load, and what a database then says."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, inspect, select, union_all

from etl.conform import grain_of
from etl.load import FACTS
from etl.publish import publish
from tests.conftest import Clock
from warehouse import tables as t
from warehouse.catalog import fetch_catalog
from warehouse.engine import writing
from warehouse.queries.batches import fetch_data_version
from warehouse.queries.facts import fetch_facts, fetch_progress
from warehouse.scope import Scope

ACTUAL_HEADER = "district_code,indicator_code,breakdown_code,period_code,value,unit_code"
TARGET_HEADER = "district_code,indicator_code,breakdown_code,period_code,first_period_code,comparator,value,unit_code"

DATA = Path(__file__).parents[2] / "data"
SHIPPED = {
    kind: sum(
        len(list(csv.reader(file.read_text(encoding="utf-8").splitlines()))) - 1 for file in (DATA / kind).glob("*.csv")
    )
    for kind in ("targets", "actuals")
}
"""How many facts of either kind the project's own files hold."""

INDICATORS = [
    "home_adaptations", "nursing_bed_share", "nursing_beds", "dibao_standard", "dibao_persons",
    "care_guidance_centre_open",
]  # fmt: skip
"""The few the ``small`` database knows."""

Row = dict[str, Any]


def write_csv(path: Path, header: str, rows: Iterable[str] = (), encoding: str = "utf-8") -> Path:
    """A CSV of a header and rows, both as text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join((header, *rows, "")).encode(encoding))
    return path


def facts(engine: Engine) -> list[Row]:
    """Every current fact, without the batch it came by, in a fixed order."""
    with engine.connect() as connection:
        rows = list(fetch_facts(Scope.everything(), connection, fetch_catalog(connection)))
    return in_order({name: value for name, value in row.items() if name != "batch"} for row in rows)


def values(engine: Engine, kind: str = "actual") -> dict[tuple[str, ...], str | None]:
    """(district, indicator, breakdown, period) → value as text, of the current facts of a kind."""
    names = ("district_code", "indicator_code", "breakdown_code", "period_code")
    return {
        tuple(row[name] for name in names): None if row["value"] is None else f"{row['value']:f}"
        for row in facts(engine)
        if row["kind"] == kind
    }


def mart(engine: Engine) -> list[Row]:
    """The mart as people read it, in a fixed order."""
    with engine.connect() as connection:
        return in_order(fetch_progress(Scope.everything(), connection, fetch_catalog(connection)))


def versions(engine: Engine) -> dict[tuple[Any, ...], Row]:
    """Every current fact to the last column, by kind, indicator, district, breakdown and (due) period."""
    found: dict[tuple[Any, ...], Row] = {}
    with engine.connect() as connection:
        for kind, (table, _) in FACTS.items():
            for row in connection.execute(select(table).where(table.c.superseded_at.is_(None))).mappings():
                found[kind, *grain_of(kind, dict(row))] = dict(row)
    return found


def lights(engine: Engine) -> dict[tuple[str, ...], str]:
    """Every light of the mart by district, indicator, breakdown, half-year and due half-year."""
    names = ("district_code", "indicator_code", "breakdown_code", "period_code", "due_period_code")
    return {tuple(row[name] or "" for name in names): row["status"] for row in mart(engine)}


def counts(engine: Engine) -> dict[str, int]:
    """Rows by table, superseded ones included."""
    with engine.connect() as connection:
        return {name: _count(connection, name) for name in sorted(t.metadata.tables)}


def version(engine: Engine) -> str:
    """The data version."""
    with engine.connect() as connection:
        return fetch_data_version(connection)


def emptied(engine: Engine) -> Engine:
    """The same database without a fact or batch, for the next example."""
    with writing(engine) as connection:
        for table in reversed(t.metadata.sorted_tables):
            if not table.name.startswith(("dim_", "audit_")):
                connection.execute(delete(table))
    return engine


def assert_mart_is_right(engine: Engine) -> None:
    """Recomputing everything finds nothing to change."""
    with writing(engine) as connection:
        assert publish(connection, fetch_catalog(connection), Clock()()) == (0, 0)


def rows_of_the_mart(engine: Engine, as_of: datetime | None = None) -> set[tuple[Any, ...]]:
    """The mart to the last column, now or as it read at a moment."""
    now, past = t.fact_progress.c, t.fact_progress_history.c
    names = [column.name for column in now if column.name != "progress_key"]
    query: Any = select(*(now[name] for name in names))
    if as_of is not None:
        then = select(*(past[name] for name in names)).where(past.recorded_at <= as_of, past.superseded_at > as_of)
        query = union_all(query.where(now.recorded_at <= as_of), then)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    assert len(set(rows)) == len(rows)
    return set(rows)


def indexes_of_the_mart(engine: Engine) -> set[str | None]:
    """Their names, as they are in the database."""
    return {index["name"] for index in inspect(engine).get_indexes("fact_progress")}


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Rows sorted by their text, so that two databases can be compared."""
    return sorted((dict(row) for row in rows), key=lambda row: str(sorted(row.items(), key=lambda item: item[0])))


def _count(connection: Connection, name: str) -> int:
    return int(connection.execute(select(func.count()).select_from(t.metadata.tables[name])).scalar_one())
