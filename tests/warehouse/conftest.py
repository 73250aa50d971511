"""A PostgreSQL server of the tests' own, in a temporary folder on a free loopback port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, make_url, text

from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import open_engine

INSTALL = "PostgreSQL is not installed; the tests need it. Run: apt-get install -y postgresql postgresql-client"


class Server:
    """A running server; makes databases, opens them, and drops them with itself."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.opened: list[Engine] = []
        self._admin = open_engine(self.url("postgres")).execution_options(isolation_level="AUTOCOMMIT")
        self.opened.append(self._admin)

    def url(self, database: str) -> str:
        """The address of a database of this server."""
        return f"postgresql+psycopg://postgres:secret@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template0") -> Engine:
        """A new database, as a copy of another."""
        name = f"test_{len(self.opened)}"
        with self._admin.connect() as connection:
            connection.execute(text(f'create database "{name}" template "{template}"'))
        self.opened.append(open_engine(self.url(name)))
        return self.opened[-1]

    def close(self) -> None:
        """Close every connection."""
        for engine in self.opened:
            engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server, started once. Where PostgreSQL is missing the tests fail; nothing is skipped silently."""
    programs = installed_programs()
    folder = Path(tempfile.mkdtemp(prefix="dabiao-postgresql-"))
    prefix: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *arguments: str) -> None:
        said = subprocess.run(
            [*prefix, str(programs / program), "-D", str(folder / "data"), *arguments],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        if said.returncode:
            log = folder / "log"
            pytest.fail(f"{program}: {said.stdout}\n{log.read_text() if log.exists() else ''}", pytrace=False)

    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c shared_buffers=16MB"
    started = False
    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
        started = True
        server = Server(port)
        yield server
        server.close()
    finally:
        if started:
            run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(folder, ignore_errors=True)


def installed_programs() -> Path:
    """The folder of initdb and pg_ctl, the newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        pytest.fail(INSTALL, pytrace=False)
    return found[0].parent if found else Path(str(on_path)).resolve().parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_of(engine: Engine) -> str:
    """The name of an engine's database."""
    return str(make_url(engine.url).database)


@pytest.fixture
def connection(database: Engine) -> Iterator[Connection]:
    """A connection to the module's own ``database``."""
    with database.connect() as connection:
        yield connection


@pytest.fixture
def catalog(connection: Connection) -> Catalog:
    """Its catalog."""
    return fetch_catalog(connection)
