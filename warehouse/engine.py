"""Opening the database: settings per engine, one kind of write transaction, and the schema check."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, column, create_engine, event, func, inspect, make_url, select, table
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from warehouse.errors import DatabaseMissing, DatabaseUnreachable, SchemaOutdated, SchemaTooNew

ROOT = Path(__file__).resolve().parent.parent
DATA, ACCESS = 0x6461_6269_616F, 0x6461_6269_6163  # "dabiao", "dabiac": see ``writing``
_BUSY_MILLISECONDS = 10_000
_WRITER_PAGES = -64 * 1024
"""Page cache while writing, as SQLite counts: KiB where negative; unused, it takes nothing."""
SCHEMA = "0005"
"""The newest revision of ``warehouse.migrations``, which are numbered in their order."""
DEFAULT_URL = f"sqlite:///{ROOT / 'data' / 'var' / 'dabiao.db'}"


def database_url() -> str:
    """``DATABASE_URL``, or the SQLite file under data/var/."""
    return os.environ.get("DATABASE_URL") or DEFAULT_URL


def open_engine(url: str | None = None) -> Engine:
    """An engine on the database; nothing is created. SQLite gets WAL, foreign keys and a lock wait.

    Errors: DatabaseUnreachable for an address that is none, or whose driver is not installed.
    """
    try:
        address = make_url(url or database_url())
        is_server = address.get_backend_name() != "sqlite"  # whose connections may have died since they were used
        engine = create_engine(address, hide_parameters=True, pool_pre_ping=is_server)  # hashes stay out of logs
    except (ArgumentError, ImportError, ValueError) as error:
        raise DatabaseUnreachable(str(error)) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read from. Errors: DatabaseUnreachable."""
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise DatabaseUnreachable(str(error.orig)) from error


@contextmanager
def writing(engine: Engine, lock: int = DATA) -> Iterator[Connection]:
    """A connection in one write transaction: all of it, or nothing.

    On SQLite it takes the write lock at once, so that a reader never has to become a writer half-way;
    on PostgreSQL a lock of the program's own, so that there, too, one batch is written after the other,
    while sign-ins (``ACCESS``) go on beside it.
    Errors: DatabaseUnreachable where the database is locked, full, read-only or gone.
    """
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(lock)))
                yield connection
            else:
                with _much_memory(connection):
                    yield connection
    except OperationalError as error:
        raise DatabaseUnreachable(str(error.orig)) from error


@contextmanager
def _much_memory(connection: Connection) -> Iterator[None]:
    """Room for the pages a large batch touches and for sorting its indexes, given back afterwards."""
    driver: Any = connection.connection.driver_connection
    (before,) = driver.execute("PRAGMA cache_size").fetchone()
    driver.execute(f"PRAGMA cache_size={_WRITER_PAGES}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA cache_size={before}")


def write_if_free(engine: Engine, work: Callable[[Connection], None]) -> bool:
    """A small write that is not worth waiting for: done now, or not at all where SQLite is being written."""
    with engine.connect().execution_options(writes=True) as connection:
        driver: Any = connection.connection.driver_connection
        is_sqlite = engine.dialect.name == "sqlite"
        try:
            if is_sqlite:
                driver.execute("PRAGMA busy_timeout=0")
            with connection.begin():
                work(connection)
        except OperationalError:
            return False
        finally:
            if is_sqlite:
                driver.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    return True


def check_schema(engine: Engine) -> None:
    """Raise DatabaseMissing, SchemaOutdated, SchemaTooNew or DatabaseUnreachable unless all is well."""
    database = engine.url.database
    if engine.dialect.name == "sqlite" and database != ":memory:" and not Path(database or "").is_file():
        raise DatabaseMissing
    version = table("alembic_version", column("version_num"))
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(version.name):
                raise DatabaseMissing
            found = connection.scalar(select(version.c.version_num))
    except DBAPIError as error:
        raise DatabaseUnreachable(str(error.orig)) from error
    if found is None:
        raise DatabaseMissing
    if found != SCHEMA:
        raise (SchemaOutdated if found < SCHEMA else SchemaTooNew)(found, SCHEMA)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event decides, see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={_BUSY_MILLISECONDS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
