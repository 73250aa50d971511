"""Signing in with a password: one answer for a wrong password and for nobody, and a lock-out that backs off."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from dashboard.access.passwords import FIRST_PASSWORD_HOURS, hash_password, needs_rehash, verify_password
from dashboard.access.sessions import begin_session
from warehouse.access_tables import account, login_failure
from warehouse.audit import Action, Event, append
from warehouse.engine import ACCESS, writing
from warehouse.errors import DabiaoError

FREE_TRIES = 5
_FIRST_LOCK, _LONGEST_LOCK = timedelta(minutes=1), timedelta(minutes=30)
_FORGOTTEN = timedelta(days=1)
_FIRST = timedelta(hours=FIRST_PASSWORD_HOURS)


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in; for how long nothing will be tried, where that is so."""

    wait: timedelta | None = None
    is_stale: bool = False
    """The right first password, but too old to be used."""


def sign_in(engine: Engine, username: str, password: str, address: str, user_agent: str, at: datetime) -> str | Refused:
    """The secret of a new session, or a refusal; ``username`` as ``normalise_username`` spells it.

    A try is counted before it is made, so that many at once count as many.
    """
    with writing(engine, ACCESS) as connection:
        wait = _count_failure(connection, username, at)
    if wait is not None:
        return Refused(wait)
    query = select(account).where(account.c.username == username)
    with engine.connect() as connection:
        stored = _open_hash(connection.execute(query).one_or_none())
    is_right = verify_password(password, stored)
    with writing(engine, ACCESS) as connection:
        known: Any = connection.execute(query).one_or_none()  # it may have been closed or reset meanwhile
        is_right = is_right and _open_hash(known) == stored
        is_stale = is_right and bool(known.must_change) and known.password_set_at + _FIRST <= at
        if not is_right or is_stale:
            who = f"user:{username}" if known is not None else "public"  # a password typed here stays out of the log
            append(connection, Event(who, Action.LOGIN_FAILED, username if known is not None else "?", address), at)
            return Refused(is_stale=is_stale)
        forget_failures(connection, username)
        secret = begin_session(connection, at, "password", address, user_agent, account_key=known.account_key)
        if needs_rehash(known.password_hash):
            own = update(account).where(account.c.account_key == known.account_key)
            connection.execute(own.values(password_hash=hash_password(password)))
        append(connection, Event(f"user:{username}", Action.LOGIN, username, address, {"method": "password"}), at)
    return secret


def confirm(engine: Engine, username: str, password: str, address: str, at: datetime) -> Refused | None:
    """Whether somebody signed in knows the password still; tries count and lock as those to sign in do."""
    with writing(engine, ACCESS) as connection:
        wait = _count_failure(connection, username, at)
    if wait is not None:
        return Refused(wait)
    with engine.connect() as connection:
        query = select(account).where(account.c.username == username)
        stored = _open_hash(connection.execute(query).one_or_none())
    is_right = verify_password(password, stored)
    with writing(engine, ACCESS) as connection:
        if is_right:
            forget_failures(connection, username)
            return None
        detail = {"at": "password change"}
        append(connection, Event(f"user:{username}", Action.LOGIN_FAILED, username, address, detail), at)
    return Refused()


def _open_hash(known: Any) -> str | None:
    """What a password is compared with: nothing for nobody, and for a closed account."""
    return known.password_hash if known is not None and known.disabled_at is None else None


def locked_error(wait: timedelta) -> DabiaoError:
    """What is said while a name is locked."""
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return DabiaoError(
        f"口令连续输错，请过 {minutes} 分钟再试，或请管理员重置。",
        f"Too many wrong passwords; try again in {minutes} min, or ask an administrator to reset it.",
    )


def forget_failures(connection: Connection, username: str) -> None:
    """End the lock-out of a name."""
    connection.execute(delete(login_failure).where(login_failure.c.name_sha256 == _hash(username)))


def lock_after(failures: int) -> timedelta | None:
    """How long a name is locked after so many wrong passwords in a row: 1, 2, 4 … minutes, at most 30."""
    if failures < FREE_TRIES:
        return None
    return min(_FIRST_LOCK * (1 << min(failures - FREE_TRIES, 10)), _LONGEST_LOCK)


def _count_failure(connection: Connection, username: str, at: datetime) -> timedelta | None:
    """Count a try; how long to wait where the name is locked, and the try is not made."""
    f = login_failure.c
    connection.execute(delete(login_failure).where(f.failed_at < at - _FORGOTTEN))
    key = _hash(username)
    row = connection.execute(select(login_failure).where(f.name_sha256 == key)).one_or_none()
    if row is not None and row.locked_until is not None and row.locked_until > at:
        wait: timedelta = row.locked_until - at
        return wait
    failures = 1 + (row.failures if row is not None else 0)
    lock = lock_after(failures)
    values = {"failures": failures, "failed_at": at, "locked_until": None if lock is None else at + lock}
    if row is None:
        connection.execute(insert(login_failure).values(name_sha256=key, **values))
    else:
        connection.execute(update(login_failure).where(f.name_sha256 == key).values(values))
    return None


def _hash(username: str) -> str:
    return hashlib.sha256(username.encode("utf-8", "replace")).hexdigest()
