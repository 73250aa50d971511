"""Sessions: one browser signed in. The cookie holds a random secret, the database its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from dashboard.access.roles import RIGHTS, Grant, Right, Role
from warehouse.access_tables import access_token, account, web_session

LONGEST = timedelta(hours=12)
"""However busy, a person signs in again after this; NIST SP 800-63B-4, 2.2.3, allows 24 hours."""
_SEEN_EVERY = timedelta(minutes=1)
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking, as the database knows it at this request."""

    actor: str
    """As the audit log names it: ``user:li``, ``token:hall``, ``public``."""
    name: str
    grant: Grant
    method: str = ""
    """How the session began; empty where there is none."""
    username: str = ""
    account_key: int | None = None
    session_key: int | None = None
    must_change: bool = False
    last_seen_at: datetime | None = None

    @property
    def is_signed_in(self) -> bool:
        """Whether it is somebody."""
        return self.grant.role not in (Role.PUBLIC, Role.NOBODY)

    def may(self, right: Right) -> bool:
        """Whether the role has a right. Who has a first password may only change it."""
        return right in RIGHTS[self.grant.role] and (not self.must_change or right is Right.OWN_ACCOUNT)


NOBODY = Identity("public", "", Grant(Role.NOBODY, frozenset(), frozenset()))


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session as its owner and an administrator see it."""

    key: int
    username: str | None
    token_name: str | None
    method: str
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a person may be idle, and whether passwords grow old."""

    idle: timedelta
    password_age: timedelta | None = None


def hash_secret(secret: str) -> str:
    """Of a random value too long to guess; no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def begin_session(
    connection: Connection,
    at: datetime,
    method: str,
    address: str,
    user_agent: str,
    *,
    account_key: int | None = None,
    token_key: int | None = None,
) -> str:
    """A new session; returns its secret. Sessions long over are forgotten on the way."""
    secret = secrets.token_urlsafe(32)
    over = web_session.c.last_seen_at < at - _KEPT
    connection.execute(delete(web_session).where(over, web_session.c.token_key.is_(None)))
    values = {
        "account_key": account_key, "token_key": token_key, "secret_sha256": hash_secret(secret), "method": method,
        "address": address[:64], "user_agent": _printable(user_agent), "created_at": at, "last_seen_at": at,
    }  # fmt: skip
    connection.execute(insert(web_session).values(values))
    if account_key is not None:
        connection.execute(update(account).where(account.c.account_key == account_key).values(last_login_at=at))
    return secret


def fetch_identity(connection: Connection, secret: str, at: datetime, limits: Limits) -> Identity | None:
    """Whose session it is; None where it is over, or its account closed, or its token no longer good."""
    s, a, k = web_session.c, account.c, access_token.c
    query = (
        select(web_session, account, access_token)
        .select_from(web_session)
        .outerjoin(account, a.account_key == s.account_key)
        .outerjoin(access_token, k.token_key == s.token_key)
        .where(s.secret_sha256 == hash_secret(secret), s.ended_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    found: dict[Any, Any] = dict(row._mapping)
    if found[s.token_key] is not None:
        return _of_token(found, at)
    is_over = found[s.last_seen_at] + limits.idle <= at or found[s.created_at] + LONGEST <= at
    if is_over or found[a.disabled_at] is not None:
        return None
    is_old = limits.password_age is not None and found[a.password_set_at] is not None and (
        found[a.password_set_at] + limits.password_age <= at
    )  # fmt: skip
    return Identity(
        actor=f"user:{found[a.username]}",
        name=found[a.display_name],
        grant=Grant.of(found[a.role], found[a.districts], found[a.domains]),
        method=found[s.method],
        username=found[a.username],
        account_key=found[a.account_key],
        session_key=found[s.session_key],
        must_change=found[a.must_change] or is_old,
        last_seen_at=found[s.last_seen_at],
    )


def is_due(last_seen_at: datetime, at: datetime) -> bool:
    """Whether a use is to be noted; not every one is."""
    return last_seen_at + _SEEN_EVERY <= at


def touch_session(connection: Connection, session_key: int, at: datetime) -> None:
    """Note that a session is in use."""
    s = web_session.c
    connection.execute(update(web_session).where(s.session_key == session_key).values(last_seen_at=at))


def fetch_sessions(connection: Connection, at: datetime, limits: Limits, account_key: int | None = None) -> list[SessionLine]:
    """Sessions that may go on, newest first; of one account or of all."""
    s, a, k = web_session.c, account.c, access_token.c
    query = (
        select(s.session_key, a.username, k.name, s.method, s.address, s.user_agent, s.created_at, s.last_seen_at)
        .select_from(web_session)
        .outerjoin(account, a.account_key == s.account_key)
        .outerjoin(access_token, k.token_key == s.token_key)
        .where(s.ended_at.is_(None), a.disabled_at.is_(None), k.revoked_at.is_(None))
        .where(k.expires_at.is_(None) | (k.expires_at > at))
        .where(s.account_key.is_(None) | ((s.last_seen_at > at - limits.idle) & (s.created_at > at - LONGEST)))
        .order_by(s.last_seen_at.desc())
    )
    if account_key is not None:
        query = query.where(s.account_key == account_key)
    return [SessionLine(*row) for row in connection.execute(query)]


def end_session(connection: Connection, session_key: int, at: datetime, account_key: int | None = None) -> str | None:
    """End one session, of an account where one is given; returns whose, None where there is no such session."""
    s, a, k = web_session.c, account.c, access_token.c
    query = (
        select(s.session_key, a.username, k.name)
        .select_from(web_session)
        .outerjoin(account, a.account_key == s.account_key)
        .outerjoin(access_token, k.token_key == s.token_key)
        .where(s.session_key == session_key, s.ended_at.is_(None))
    )
    if account_key is not None:
        query = query.where(s.account_key == account_key)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    connection.execute(update(web_session).where(s.session_key == session_key).values(ended_at=at))
    return row.username or row.name or ""


def end_sessions(connection: Connection, account_key: int, at: datetime, but: int | None = None) -> None:
    """End all sessions of an account, but for one."""
    s = web_session.c
    query = update(web_session).where(s.account_key == account_key, s.ended_at.is_(None))
    connection.execute(query.where(s.session_key != but).values(ended_at=at) if but else query.values(ended_at=at))


def _of_token(found: dict[Any, Any], at: datetime) -> Identity | None:
    k = access_token.c
    if found[k.revoked_at] is not None or found[k.expires_at] <= at:
        return None
    return Identity(
        actor=f"token:{found[k.name]}",
        name=found[k.name],
        grant=Grant.of(found[k.role], found[k.districts], found[k.domains]),
        method=found[web_session.c.method],
        session_key=found[web_session.c.session_key],
        last_seen_at=found[web_session.c.last_seen_at],
    )


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text.encode("utf-8", "replace").decode())[:200]
