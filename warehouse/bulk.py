"""Writing many rows at once, the same way on every database.

SQLAlchemy's own insert spends most of its time outside the database: parameters are put together
row by row, and every empty cell is bound, which Python's SQLite does slower than any value. Here
values are converted by columns, a statement holds as many rows as fit, and a column that is empty
in all rows is left out.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, repeat
from operator import is_, itemgetter
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Index, Table
from sqlalchemy.engine import Dialect

Row = TypeVar("Row", bound=Mapping[str, Any])
_VALUES = 8000
"""So many in one statement; SQLite takes 32,766 and PostgreSQL 65,535."""


@contextmanager
def paused_collector() -> Iterator[None]:
    """No search for cycles of garbage meanwhile, which looks at many new rows again and again, and finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def insert_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], order: Sequence[str] = (), **same: Any
) -> None:
    """Insert rows that all name the same columns; ``same`` are columns with one value for all of them.

    Columns not named become null. ``order``: columns of integers to sort by, as an index has them, which is
    then written and read faster; without it the rows stay in theirs.
    """
    if not rows:
        return
    names, dialect = [*order, *sorted(rows[0].keys() - same.keys() - set(order))], connection.dialect
    columns = zip(names, _columns(rows, names), strict=True)
    filled = {name: cells for name, cells in columns if cells[0] is not None or set(cells) != {None}}
    cells_of = {name: _stored(table.c[name], cells, dialect) for name, cells in filled.items()}
    for name, value in same.items():
        cells_of[name] = [*_stored(table.c[name], [value], dialect)] * len(rows)
    stored = list(zip(*cells_of.values(), strict=True))
    for column in reversed(range(len(order))):  # one after another is faster than all in one key
        stored.sort(key=itemgetter(column))
    at_once = _VALUES // len(cells_of)
    whole = len(stored) - len(stored) % at_once
    if whole:
        parts = [tuple(chain.from_iterable(stored[start : start + at_once])) for start in range(0, whole, at_once)]
        connection.exec_driver_sql(_statement(table, list(cells_of), at_once, dialect), parts)
    if rest := stored[whole:]:
        values = tuple(chain.from_iterable(rest))
        connection.exec_driver_sql(_statement(table, list(cells_of), len(rest), dialect), values)


def _columns(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    """The cells of some columns, two at least, each row being looked at but once."""
    return zip(*map(itemgetter(*names), rows), strict=True)


def alike(rows: Iterable[Row]) -> Iterable[list[Row]]:
    """Rows that all name the same columns, those together in which the same ones are empty.

    For ``insert_rows`` where the order does not matter: binding None costs SQLite more than a value.
    """
    groups: dict[tuple[bool, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(map(is_, row.values(), repeat(None))), []).append(row)
    return groups.values()


def drop_indexes(connection: Connection, table: Table, keep: str) -> list[Index]:
    """Drop all indexes of a table but one, to be created again in the same transaction once it is filled.

    That takes a third of the time of keeping them in step row by row. Only SQLite's are dropped: elsewhere readers
    would have to wait, while here they go on with the indexes they know.
    """
    if connection.dialect.name != "sqlite":
        return []
    dropped = sorted((index for index in table.indexes if index.name != keep), key=lambda index: str(index.name))
    for index in dropped:
        index.drop(connection)
    return dropped


def _stored(column: Column[Any], cells: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """The cells of a column as the driver takes them."""
    convert = column.type.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return cells
    known = {id(value): value for value in cells}  # many are one and the same; equal ones may differ, as 1.0 and 1.00
    stored = {key: convert(value) for key, value in known.items()}
    return [stored[id(value)] for value in cells]


def _statement(table: Table, names: Sequence[str], rows: int, dialect: Dialect) -> str:
    quote = dialect.identifier_preparer
    into = ", ".join(quote.format_column(table.c[name]) for name in names)
    row = ", ".join(["?" if dialect.paramstyle == "qmark" else "%s"] * len(names))
    return f"INSERT INTO {quote.format_table(table)} ({into}) VALUES {', '.join([f'({row})'] * rows)}"
