"""Rate limits: how often a name, an account or an address may ask, counted in the database for all processes."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import flask
from flask_limiter import Limiter
from limits.storage import Storage
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from dashboard.settings import Settings
from warehouse.access_tables import rate_count
from warehouse.engine import ACCESS, writing

LOGIN_BY_ADDRESS = "30/minute;300/hour"
"""A bureau's whole floor may come from one address."""
LOGIN_BY_NAME = "10/minute"
CHANGES = "30/minute"
"""Passwords, accounts, tokens and rules, by account."""
EXPORTS = "60/minute"
"""Files taken along, by account, or by address without one."""


class DatabaseStorage(Storage):
    """Counts in the table rate_count; fixed windows are all it knows."""

    STORAGE_SCHEME = ["dabiao"]  # noqa: RUF012 (as its base class has it)

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions)
        self._engine: Engine = options["engine"]
        self._settings: Settings = options["settings"]

    @property
    def base_exceptions(self) -> type[Exception]:
        """What can go wrong."""
        return DBAPIError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and how often it was in this window."""
        with writing(self._engine, ACCESS) as connection:
            return count(connection, key, self._settings.now(), timedelta(seconds=expiry), amount)

    def get(self, key: str) -> int:
        """How often it was in this window."""
        with self._engine.connect() as connection:
            return fetch_count(connection, key, self._settings.now())

    def get_expiry(self, key: str) -> float:
        """When the window ends, as seconds since 1970."""
        with self._engine.connect() as connection:
            row = connection.execute(_current(key, self._settings.now())).one_or_none()
        return (self._settings.now() if row is None else row.expires_at).timestamp()

    def check(self) -> bool:
        """Whether the counts can be read; the guard in front tells of a database that cannot."""
        return True

    def reset(self) -> int | None:
        """Forget every count."""
        with writing(self._engine, ACCESS) as connection:
            return connection.execute(delete(rate_count)).rowcount

    def clear(self, key: str) -> None:
        """Forget one count."""
        with writing(self._engine, ACCESS) as connection:
            connection.execute(delete(rate_count).where(rate_count.c.key_sha256 == _digest(key)))


def make_limiter(server: flask.Flask, engine: Engine, settings: Settings) -> Limiter:
    """Limits only what is asked to be limited; by address unless said otherwise."""

    @server.after_request
    def ask_to_wait(response: flask.Response) -> flask.Response:
        if (
            response.status_code != 429
        ):  # the library says it with every answer; after a redirect it would mean: not yet
            response.headers.pop("Retry-After", None)
        return response

    options: dict[str, Any] = {"engine": engine, "settings": settings}
    limiter = Limiter(
        remote_address, storage_uri="dabiao://", storage_options=options, strategy="fixed-window", headers_enabled=True
    )
    limiter.init_app(server)
    return limiter


def remote_address() -> str:
    """Where a request comes from, as far as can be trusted; one household's IPv6 network is one address."""
    text = flask.request.remote_addr or "?"
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return text if address.version == 4 else str(ipaddress.ip_network((address.packed[:8] + bytes(8), 64)))


def count(connection: Connection, key: str, at: datetime, window: timedelta, amount: int = 1) -> int:
    """Count, and how often it was in this window; ``connection`` is in a write transaction."""
    c, digest = rate_count.c, _digest(key)
    connection.execute(delete(rate_count).where(c.expires_at <= at))
    hits = connection.execute(select(c.hits).where(c.key_sha256 == digest)).scalar_one_or_none()
    if hits is None:
        connection.execute(insert(rate_count).values(key_sha256=digest, hits=amount, expires_at=at + window))
        return amount
    connection.execute(update(rate_count).where(c.key_sha256 == digest).values(hits=hits + amount))
    return int(hits) + amount


def fetch_count(connection: Connection, key: str, at: datetime) -> int:
    """How often it was counted in this window."""
    row = connection.execute(_current(key, at)).one_or_none()
    return 0 if row is None else int(row.hits)


def _current(key: str, at: datetime) -> Any:
    c = rate_count.c
    return select(c.hits, c.expires_at).where(c.key_sha256 == _digest(key), c.expires_at > at)


def _digest(key: str) -> str:
    return sha256(key.encode("utf-8", "replace")).hexdigest()
