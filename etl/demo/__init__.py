"""A synthetic data set (演示数据): a made-up province with believable trends, gaps and corrections.

The same parameters and seed give the same facts, on every machine and day: chance comes from
``random.Random``, seeded by district and indicator, and instants come from the periods.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, delete, select

from etl.demo.builder import LAST_YEAR, Size, build
from etl.publish import Progress
from etl.reference import upsert
from warehouse import tables as t
from warehouse.engine import check_schema, writing
from warehouse.errors import DabiaoError

__all__ = ["LAST_YEAR", "load_demo"]

_STATE = "demo"


def load_demo(
    engine: Engine,
    districts: int,
    indicators: int,
    years: int,
    seed: int,
    progress: Callable[[str], Progress] | None = None,
) -> dict[str, int]:
    """Put a synthetic data set into a migrated database; returns how many of what it holds.

    The same set again changes nothing; another demo set is replaced, in one transaction.
    Errors: DabiaoError where the database holds other data; WarehouseError; ValueError for sizes
    beyond 3000 districts, 400 indicators or 30 years.
    """
    if not (1 <= districts <= 3000 and 1 <= indicators <= 400 and 1 <= years <= 30):
        raise ValueError(f"not a size: {districts} districts, {indicators} indicators, {years} years")
    size = Size(districts, indicators, years, seed)
    check_schema(engine)
    with writing(engine) as connection:
        _refuse_other_data(connection)
        known = _known(connection)
        if known is not None and known["size"] == asdict(size):
            return {name: int(count) for name, count in known["counts"].items()}
        _clear(connection)
        counts = build(connection, size, progress)
        document = json.dumps({"size": asdict(size), "counts": counts})
        upsert(connection, t.warehouse_state, ("name",), [{"name": _STATE, "value": document}])
        return counts


def _refuse_other_data(connection: Connection) -> None:
    """Made-up figures never stand beside real ones."""
    if connection.execute(select(t.dim_source.c.source_key).where(t.dim_source.c.kind != "demo").limit(1)).first():
        raise DabiaoError(
            "数据库中已有真实数据，演示数据不能与之混放。请把 DATABASE_URL 指向另一个数据库，"
            "例如 sqlite:///data/var/demo.db，再生成演示数据。",
            "The database holds real data, and demo data must not be mixed with them. Point DATABASE_URL at "
            "another database, for example sqlite:///data/var/demo.db, and make the demo data there.",
        )


def _known(connection: Connection) -> dict[str, Any] | None:
    """Size and counts of the set the database holds."""
    s = t.warehouse_state.c
    text = connection.execute(select(s.value).where(s.name == _STATE)).scalar_one_or_none()
    return None if text is None else json.loads(text)


def _clear(connection: Connection) -> None:
    """Take the former set out. Every source is a demo source, so every fact and batch is too."""
    for table in (
        t.fact_progress, t.fact_progress_history, t.fact_target, t.fact_actual, t.quarantine_row, t.load_batch,
        t.dim_source,
    ):  # fmt: skip
        connection.execute(delete(table))
    connection.execute(delete(t.dim_indicator).where(t.dim_indicator.c.indicator_code.startswith("demo_")))
    connection.execute(delete(t.dim_district).where(t.dim_district.c.district_code.startswith("99")))
    connection.execute(delete(t.warehouse_state).where(t.warehouse_state.c.name == _STATE))
