"""The facts behind many rows of the mart at once: what each rests on, as its source has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, select

from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.queries.lineage import Fact, fact_of
from warehouse.queries.mart import ProgressRow
from warehouse.scope import Scope

_TABLES = {"target": t.fact_target, "actual": t.fact_actual}
_AT_ONCE = 400


def fetch_facts_behind(
    scope: Scope, connection: Connection, catalog: Catalog, rows: Iterable[ProgressRow]
) -> dict[tuple[str, int], Fact]:
    """By kind (``target``, ``actual``) and key: every fact some rows of the mart rest on."""
    kept, found = list(rows), {}
    b = t.load_batch.c
    for kind, table in _TABLES.items():
        name = f"{kind}_key"
        for keys in _chunks(sorted({key for row in kept if (key := getattr(row, name)) is not None})):
            query = (
                select(table, b.file_name, b.loaded_by)
                .join(t.load_batch, b.batch_key == table.c.batch_key)
                .where(scope.where(catalog, table), table.c[name].in_(keys))
            )
            for row in connection.execute(query).mappings():
                found[kind, row[name]] = fact_of(catalog, row, name)
    return found


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
