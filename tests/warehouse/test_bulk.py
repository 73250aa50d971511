"""Rows written by ``insert_rows`` read as those of SQLAlchemy's own insert, on every database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, inspect, select

from tests.warehouse.conftest import Server
from warehouse import tables as t
from warehouse.bulk import alike, drop_indexes, insert_rows
from warehouse.engine import open_engine, writing
from warehouse.migrate import upgrade

AT = datetime(2026, 7, 1, 8, 30, tzinfo=timezone(timedelta(hours=8)))
H = t.fact_progress_history


def row(number: int, **cells: Any) -> dict[str, Any]:
    """A row of the history; what is empty depends on the number."""
    return {
        "indicator_key": number, "district_key": 2, "breakdown_key": 3, "period_key": 20201,
        "target_key": number if number % 2 else None, "actual_key": None, "is_primary": number % 3 == 0,
        "is_current": True, "due_on": date(2020, 6, number % 30 + 1) if number % 2 else None,
        "target": Decimal("1.0") if number % 5 else Decimal("1.00"), "actual": Decimal(f"-0.{number:030d}"),
        "attainment_reason": "no '%s' or ? target", "qualifier": "~", "status": "监测", "is_stretch": False,
        "forecast_support": 0, "confidence": "high", "sort_pace": number / 7, "rule_version": "2026.1",
        "recorded_at": AT + timedelta(hours=number),
        **cells,
    }  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        folder = request.getfixturevalue("tmp_path")
        opened = open_engine(f"sqlite:///{folder / 'bulk.db'}")
    else:
        server: Server = request.getfixturevalue("postgresql")
        opened = server.create()
    upgrade(opened)
    yield opened
    opened.dispose()


def written(engine: Engine, write: Callable[[Any], object]) -> list[tuple[Any, ...]]:
    """What the history holds after a write, digits of decimals and all, and nothing afterwards."""
    with writing(engine) as connection:
        connection.execute(delete(H))
        write(connection)
        rows = connection.execute(select(*(c for c in H.c if c.name != "history_key")).order_by(H.c.history_key))
        return [tuple(map(repr, found)) for found in rows]


@pytest.mark.parametrize("count", [0, 1, 2, 399, 1201])
def test_rows_read_as_those_of_a_plain_insert(engine: Engine, count: int) -> None:
    rows = [row(number) for number in range(count)]
    same = {"superseded_at": AT.astimezone(UTC), "weight": None}

    def plainly(connection: Any) -> None:
        if rows:
            connection.execute(insert(H), [{**cells, **same} for cells in rows])

    assert written(engine, lambda c: insert_rows(c, H, rows, **same)) == written(engine, plainly)


def test_a_value_for_all_rows_takes_the_place_of_their_own(engine: Engine) -> None:
    found = written(engine, lambda c: insert_rows(c, H, [row(1), row(2)], superseded_at=AT, status="met"))
    assert [cells[H.c.keys().index("status") - 1] for cells in found] == ["'met'", "'met'"]


def test_rows_together_are_empty_alike() -> None:
    rows = [row(number, weight=None if number % 7 else Decimal(1)) for number in range(100)]
    groups = list(alike(rows))
    assert sorted(cells["indicator_key"] for group in groups for cells in group) == list(range(100))
    patterns = [{tuple(value is None for value in cells.values()) for cells in group} for group in groups]
    assert all(len(pattern) == 1 for pattern in patterns)
    assert len(set().union(*patterns)) == len(groups) == 4


def test_indexes_are_dropped_where_readers_do_not_wait_for_them(engine: Engine) -> None:
    name = "fact_progress"
    before = {index["name"] for index in inspect(engine).get_indexes(name)}
    with writing(engine) as connection:
        dropped = drop_indexes(connection, t.fact_progress, keep="ix_fact_progress_indicator")
        left = {index["name"] for index in inspect(connection).get_indexes(name)}
        assert left == ({"ix_fact_progress_indicator"} if engine.dialect.name == "sqlite" else before)
        for index in dropped:
            index.create(connection)
    assert {index["name"] for index in inspect(engine).get_indexes(name)} == before
