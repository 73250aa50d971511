"""What the tables themselves forbid: two current versions of a fact, codes twice, words that are none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, insert, select
from sqlalchemy.exc import IntegrityError

from warehouse import tables as t
from warehouse.engine import writing

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _again(engine: Engine, table: Table, **changes: Any) -> None:
    """Insert a copy of some row of a table, with changes."""
    with writing(engine) as connection:
        row = dict(connection.execute(select(table).limit(1)).mappings().one())
        for column in table.primary_key.columns:
            if str(column.name).endswith("_key") and column.autoincrement is not False:
                row.pop(str(column.name))
        connection.execute(insert(table).values(**row | changes))


@pytest.mark.parametrize("table", [t.fact_target, t.fact_actual], ids=str)
def test_a_fact_has_one_current_version(loaded: Engine, table: Table) -> None:
    with pytest.raises(IntegrityError, match="UNIQUE"):
        _again(loaded, table)
    _again(loaded, table, superseded_at=NOW)
    _again(loaded, table, superseded_at=NOW)


@pytest.mark.parametrize("table", [t.fact_target, t.fact_actual], ids=str)
def test_the_grain_of_current_facts_is_unique_in_the_projects_data(loaded: Engine, table: Table) -> None:
    period = table.c.due_period_key if table is t.fact_target else table.c.period_key
    grain = (table.c.indicator_key, table.c.district_key, table.c.breakdown_key, period)
    twice = select(*grain).where(table.c.superseded_at.is_(None)).group_by(*grain).having(func.count() > 1)
    with loaded.connect() as connection:
        assert connection.execute(twice).all() == []


def test_the_grain_of_the_mart_is_unique_and_each_series_has_one_primary(loaded: Engine) -> None:
    m = t.fact_progress.c
    series = (m.indicator_key, m.district_key, m.breakdown_key, m.period_key)
    with loaded.connect() as connection:
        assert connection.execute(select(*series).group_by(*series, m.target_key).having(func.count() > 1)).all() == []
        primaries = select(*series).group_by(*series).having(func.count().filter(m.is_primary) != 1)
        assert connection.execute(primaries).all() == []


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        (t.dim_district, {}),
        (t.dim_breakdown, {}),
        (t.dim_source, {}),
        (t.dim_domain, {}),
        (t.dim_unit, {}),
        (t.dim_period, {"period_key": 1}),
        (t.dim_district, {"district_code": "1", "level": "village"}),
        (t.dim_indicator, {"indicator_code": "x", "measure_type": "wish"}),
        (t.dim_indicator, {"indicator_code": "x", "direction": "sideways"}),
        (t.dim_indicator, {"indicator_code": "x", "additivity": "perhaps"}),
        (t.dim_source, {"source_code": "x", "kind": "rumour"}),
        (t.load_batch, {"state": "lost"}),
        (t.load_batch, {"rows_in": 99}),
        (t.fact_target, {"superseded_at": NOW, "comparator": "<>"}),
        (t.fact_target, {"superseded_at": NOW, "confidence": "sure"}),
        (t.fact_actual, {"superseded_at": NOW, "confidence": "sure"}),
        (t.fact_actual, {"superseded_at": NOW, "value": None}),
        (t.fact_actual, {"superseded_at": NOW, "indicator_key": 9999}),
        (t.fact_actual, {"superseded_at": NOW, "batch_key": 9999}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_a_table_refuses(loaded: Engine, table: Table, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        _again(loaded, table, **changes)
