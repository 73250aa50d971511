"""Sessions: one browser signed in. The cookie holds a random secret, the database its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from dashboard.access.roles import READING, RIGHTS, Grant, Right, Role
from warehouse.access_tables import access_token, account, web_session

LONGEST = timedelta(hours=12)
"""However busy, a person signs in again after this; NIST SP 800-63B-4, 2.2.3, allows 24 hours."""
MOST_KEY = 2**31 - 1
"""No database here has a key above it; some do not even take the question."""
_SEEN_EVERY = timedelta(minutes=1)
_KEPT = timedelta(days=30)
_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


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
        """Whether the role has a right. A token only reads; who has a first password may only change it."""
        if self.account_key is None and right not in READING:
            return False
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

    @property
    def browser(self) -> str:
        """The browser and its system, as people call them; empty where it does not say."""
        kinds = (_BROWSERS, _SYSTEMS)
        found = (next((name for mark, name in kind if mark in self.user_agent), "") for kind in kinds)
        return " · ".join(filter(None, found)) or self.user_agent[:40]


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
    grant = [func.coalesce(a[name], k[name]).label(name) for name in ("role", "districts", "domains")]
    query = (
        select(
            s.session_key, s.method, s.created_at, s.last_seen_at, s.token_key, *grant,
            a.account_key, a.username, a.display_name, a.must_change, a.password_set_at, a.disabled_at,
            k.name, k.expires_at, k.revoked_at,
        )
        .select_from(web_session)
        .outerjoin(account, a.account_key == s.account_key)
        .outerjoin(access_token, k.token_key == s.token_key)
        .where(s.secret_sha256 == hash_secret(secret), s.ended_at.is_(None))
    )  # fmt: skip
    row = connection.execute(query).one_or_none()
    if row is None or (_is_token_over(row, at) if row.token_key is not None else _is_over(row, at, limits)):
        return None
    is_person = row.account_key is not None
    return Identity(
        actor=f"user:{row.username}" if is_person else f"token:{row.name}",
        name=row.display_name if is_person else row.name,
        grant=Grant.of(row.role, row.districts, row.domains),
        method=row.method,
        username=row.username or "",
        account_key=row.account_key,
        session_key=row.session_key,
        must_change=is_person and (row.must_change or _is_password_old(row, at, limits)),
        last_seen_at=row.last_seen_at,
    )


def is_due(last_seen_at: datetime, at: datetime) -> bool:
    """Whether a use is to be noted; not every one is."""
    return last_seen_at + _SEEN_EVERY <= at


def touch_session(connection: Connection, session_key: int, at: datetime) -> None:
    """Note that a session is in use."""
    s = web_session.c
    connection.execute(update(web_session).where(s.session_key == session_key).values(last_seen_at=at))


def fetch_sessions(
    connection: Connection, at: datetime, limits: Limits, account_key: int | None = None
) -> list[SessionLine]:
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


def _is_over(row: Any, at: datetime, limits: Limits) -> bool:
    """A person's session."""
    is_idle, is_long = row.last_seen_at + limits.idle <= at, row.created_at + LONGEST <= at
    return is_idle or is_long or row.disabled_at is not None


def _is_token_over(row: Any, at: datetime) -> bool:
    """A screen's: as long as its token is good."""
    return row.revoked_at is not None or row.expires_at <= at


def _is_password_old(row: Any, at: datetime, limits: Limits) -> bool:
    return (
        limits.password_age is not None
        and row.password_set_at is not None
        and row.password_set_at + limits.password_age <= at
    )


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text.encode("utf-8", "replace").decode())[:200]
