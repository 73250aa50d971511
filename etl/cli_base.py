"""What all commands share: options, the database they work on, and figures as plain documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Engine

from warehouse.engine import check_schema, open_engine, reading

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
