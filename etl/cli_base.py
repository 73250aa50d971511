"""What all commands share: options, the database they work on, and figures as plain documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Engine

from warehouse.engine import check_schema, open_engine, reading
from warehouse.errors import DabiaoError
from warehouse.measures.period import Period, parse_period

Json = Annotated[bool, typer.Option("--json", help="输出一个 JSON 文档 / print one JSON document")]
Csv = Annotated[bool, typer.Option("--csv", help="输出 CSV / print CSV")]


@contextmanager
def database() -> Iterator[Engine]:
    """The configured database, closed at the end."""
    engine = open_engine()
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def connected() -> Iterator[Connection]:
    """A connection to read from, its schema checked."""
    with database() as engine:
        check_schema(engine)
        with reading(engine) as connection:
            yield connection


def plain(item: Any) -> dict[str, Any]:
    """A dataclass with slots as a dictionary."""
    return {name: getattr(item, name) for name in item.__slots__}


def half_year(text: str) -> Period:
    """A half-year as typed. Errors: DabiaoError for what is none."""
    try:
        return parse_period(text)
    except ValueError:
        raise DabiaoError(
            f"看不懂的半年度：{text}。请写成 2020-S1。", f"Not a half-year: {text}. Write 2020-S1."
        ) from None
