"""Tokens of screens and programs: they only read, within their own scope, until a day that was set."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from dashboard.access.accounts import By, check_grant
from dashboard.access.roles import TOKEN_ROLES, Grant
from dashboard.access.sessions import Identity, begin_session, hash_secret, is_due
from warehouse.access_tables import access_token
from warehouse.audit import Action, append
from warehouse.catalog import Catalog
from warehouse.errors import DabiaoError
from warehouse.types import storable

PREFIX = "dabiao_"
"""So that a token is known for what it is wherever it turns up."""
DEFAULT_DAYS, MOST_DAYS = 365, 1826
_NAME = re.compile(r"[^\W_][\w .-]{1,63}")


@dataclass(frozen=True, slots=True)
class Token:
    """令牌, without its secret."""

    key: int
    name: str
    grant: Grant
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_address: str | None
    revoked_at: datetime | None

    def is_good(self, at: datetime) -> bool:
        """Whether it may be used."""
        return self.revoked_at is None and self.expires_at > at


def fetch_tokens(connection: Connection) -> list[Token]:
    """All, by name; revoked ones last."""
    query = select(access_token).order_by(access_token.c.revoked_at.is_not(None), access_token.c.name)
    return [_token(row) for row in connection.execute(query)]


def add_token(connection: Connection, by: By, catalog: Catalog, name: str, grant: Grant, days: int) -> str:
    """A new token; returned once, and known to nobody afterwards. Errors: DabiaoError."""
    name = " ".join(name.split())
    if not _NAME.fullmatch(name):
        raise DabiaoError(
            "名称要有 2–64 个字，只用文字、数字、空格和 . _ -。", "A name has 2–64 letters, digits, spaces or . _ -."
        )
    if not 1 <= days <= MOST_DAYS:
        raise DabiaoError(f"有效期应为 1–{MOST_DAYS} 天。", f"A token is good for 1 to {MOST_DAYS} days.")
    if connection.execute(select(access_token.c.token_key).where(access_token.c.name == name)).first() is not None:
        raise DabiaoError(f"已有令牌“{name}”。", f"There is a token {name!r} already.")
    check_grant(catalog, grant, TOKEN_ROLES)
    secret = PREFIX + secrets.token_urlsafe(32)
    expires_at = by.at + timedelta(days=days)
    values = {
        "name": name, **grant.columns(), "secret_sha256": hash_secret(secret), "created_by": by.actor,
        "created_at": by.at, "expires_at": expires_at,
    }  # fmt: skip
    connection.execute(insert(access_token).values(values))
    append(connection, by.event(Action.TOKEN_ADDED, name, **grant.columns(), expires_at=expires_at.date()), by.at)
    return secret


def revoke_token(connection: Connection, by: By, name: str) -> None:
    """End a token, and the sessions of screens that use it. Errors: DabiaoError where there is none."""
    row = connection.execute(select(access_token).where(access_token.c.name == storable(name))).one_or_none()
    if row is None:
        raise DabiaoError(f"没有令牌“{name}”。", f"There is no token {name!r}.")
    if row.revoked_at is None:
        query = update(access_token).where(access_token.c.token_key == row.token_key)
        connection.execute(query.values(revoked_at=by.at))
        append(connection, by.event(Action.TOKEN_REVOKED, name), by.at)


def fetch_bearer(connection: Connection, secret: str, at: datetime) -> tuple[Identity, bool] | None:
    """Whose token it is and whether its use is to be noted; None where it is good no longer."""
    query = select(access_token).where(access_token.c.secret_sha256 == hash_secret(secret))
    row = connection.execute(query).one_or_none()
    if row is None or row.revoked_at is not None or row.expires_at <= at:
        return None
    identity = Identity(
        actor=f"token:{row.name}",
        name=row.name,
        grant=Grant.of(row.role, row.districts, row.domains),
        method="token",
    )
    return identity, row.last_used_at is None or is_due(row.last_used_at, at)


def fetch_token_of(connection: Connection, secret: str) -> Token | None:
    """The token of a secret, good or not; None where there never was one."""
    query = select(access_token).where(access_token.c.secret_sha256 == hash_secret(secret))
    row = connection.execute(query).one_or_none()
    return None if row is None else _token(row)


def note_use(connection: Connection, name: str, address: str, at: datetime) -> None:
    """Note where and when a token was used last."""
    query = update(access_token).where(access_token.c.name == name)
    connection.execute(query.values(last_used_at=at, last_address=address[:64]))


def begin_device_session(connection: Connection, secret: str, user_agent: str, by: By) -> str | None:
    """A session for a screen that shows its token; None where the token is not good."""
    found = fetch_bearer(connection, secret, by.at)
    if found is None:
        append(connection, by.event(Action.LOGIN_FAILED, "?", method="token"), by.at)
        return None
    name = found[0].name
    key = connection.execute(select(access_token.c.token_key).where(access_token.c.name == name)).scalar_one()
    note_use(connection, name, by.address, by.at)
    append(connection, By(f"token:{name}", by.address, by.at).event(Action.LOGIN, name, method="token"), by.at)
    return begin_session(connection, by.at, "token", by.address, user_agent, token_key=key)


def _token(row: Row[Any]) -> Token:
    return Token(
        key=row.token_key,
        name=row.name,
        grant=Grant.of(row.role, row.districts, row.domains),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        last_address=row.last_address,
        revoked_at=row.revoked_at,
    )
