"""Single sign-on: whom a portal or a provider names gets a session of an account meant for that, and of no other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import flask
from sqlalchemy import Connection

from dashboard.access.accounts import normalise_username
from dashboard.access.limits import count, fetch_count
from dashboard.access.proxies import PEER
from dashboard.access.sessions import begin_session
from warehouse.access_tables import account
from warehouse.audit import Action, Event, append

_AUDITED_EVERY = timedelta(hours=1)
"""A portal names its reader at every request; who has no account here is written down this often."""
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def portal_name(header: str) -> str:
    """Whom a named proxy says it asks for, empty where it says nothing. Names travel as UTF-8."""
    if not flask.request.environ.get(PEER):
        return ""
    said = flask.request.headers.get(header, "")
    return said.encode("latin-1", "replace").decode("utf-8", "replace").strip()


def sso_username(said: str) -> str | None:
    """The account name that is meant; None where the name only looks like one, or is too long to be one.

    ``ＬＩ`` and ``ﬁ`` fold to ``li`` and ``fi``: somebody else's name there must not open that account here.
    """
    name = said.strip().translate(_LOWER)
    return name if name and name == normalise_username(name) else None


def was_refused(connection: Connection, said: str, at: datetime) -> bool:
    """Whether a portal's name still has no account here, and that was written down lately."""
    return _fetch_key(connection, said) is None and fetch_count(connection, _refusal(said), at) > 0


def open_by_sso(connection: Connection, said: str, method: str, at: datetime) -> str | None:
    """A session for an account that is for single sign-on, and open; None for any other name. Audited.

    ``connection`` is in a write transaction; ``method`` is ``oidc`` or ``header``.
    """
    address, key = flask.request.remote_addr or "", _fetch_key(connection, said)
    if key is None:
        if method != "header" or count(connection, _refusal(said), at, _AUDITED_EVERY) == 1:
            append(connection, Event("public", Action.LOGIN_FAILED, said, address, {"method": method}), at)
        return None
    username = sso_username(said)
    append(connection, Event(f"user:{username}", Action.LOGIN, username or "", address, {"method": method}), at)
    return begin_session(connection, at, method, address, flask.request.headers.get("User-Agent", ""), account_key=key)


def _fetch_key(connection: Connection, said: str) -> int | None:
    a: Any = account.c
    username = sso_username(said)
    open_one = account.select().where(a.username == username, a.signs_in_by == "sso", a.disabled_at.is_(None))
    row = None if username is None else connection.execute(open_one).one_or_none()
    return None if row is None else int(row.account_key)


def _refusal(said: str) -> str:
    return f"refused by header: {said}"
