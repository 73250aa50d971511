"""Foresight: which lights a file would change, by publishing it and taking it back before anybody sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from etl.commit import commit
from etl.examine import Examined
from etl.results import Lights
from etl.rules import in_order, light_change
from etl.series_facts import Row
from warehouse import tables as t
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import writing
from warehouse.measures.status import Status
from warehouse.queries.batches import fetch_data_version
from warehouse.scope import Scope

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""A moment nothing was ever published at, so that what is published now can be told from everything else."""
_COLUMNS = (
    "indicator_key", "district_key", "breakdown_key", "period_key", "due_period_key", "status", "is_primary",
    "is_current",
)  # fmt: skip


def foresee(
    engine: Engine, examined: Examined, data_version: str, again: Callable[[Connection], Examined], scope: Scope
) -> tuple[Examined, Lights]:
    """The lights within a scope that would change, and what was examined.

    ``data_version``: of the data it was examined on; ``again`` examines it once more where others
    have come meanwhile. Everything is rolled back. Errors: DatabaseUnreachable, where another has
    been writing for too long, too.
    """
    if not examined.is_news:
        return examined, Lights()
    with writing(engine) as connection:
        if fetch_data_version(connection) != data_version:
            examined = again(connection)
        commit(connection, examined, _NEVER, name=examined.name, who="")
        catalog = fetch_catalog(connection)
        stale = _rows(connection, catalog, t.fact_progress_history, "superseded_at", scope)
        fresh = _rows(connection, catalog, t.fact_progress, "recorded_at", scope)
        connection.rollback()
    changes = [
        light_change(catalog, stale[key], row["status"])
        for key, row in fresh.items()
        if key in stale and stale[key]["status"] != row["status"]
    ]
    return examined, Lights(
        changes=tuple(sorted(changes, key=in_order)),
        appearing=_by_light(row for key, row in fresh.items() if key not in stale),
        vanishing=_by_light(row for key, row in stale.items() if key not in fresh),
    )


def _rows(
    connection: Connection, catalog: Catalog, table: Table, moment: str, scope: Scope
) -> dict[tuple[Any, ...], Row]:
    """What was written at this moment, by what a reader tells rows apart by."""
    query = select(*(table.c[name] for name in _COLUMNS)).where(table.c[moment] == _NEVER, scope.where(catalog, table))
    return {tuple(row[:5]): dict(row._mapping) for row in connection.execute(query)}


def _by_light(rows: Any) -> Counter[Status]:
    return Counter(Status(row["status"]) for row in rows)
