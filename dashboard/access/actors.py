"""Who somebody is by now, whom a job was made for: an account may be closed, a grant be narrower than it was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from dashboard.access.roles import Grant
from dashboard.access.sessions import NOBODY, Identity
from warehouse.access_tables import access_token, account


def fetch_actor(connection: Connection, actor: str, public: Grant | None, at: datetime) -> Identity:
    """Who an actor, as the audit log names it, is now; nobody where there is no such account or token any more."""
    kind, _, name = actor.partition(":")
    if kind == "public":
        return NOBODY if public is None else Identity(actor, "", public)
    if kind == "user":
        row = connection.execute(select(account).where(account.c.username == name)).one_or_none()
        if row is not None and row.disabled_at is None:
            grant = Grant.of(row.role, row.districts, row.domains)
            return Identity(
                actor, row.display_name, grant, username=name, account_key=row.account_key, must_change=row.must_change
            )
    if kind == "token":
        row = connection.execute(select(access_token).where(access_token.c.name == name)).one_or_none()
        if row is not None and row.revoked_at is None and row.expires_at > at:
            return Identity(actor, name, Grant.of(row.role, row.districts, row.domains), "token")
    return NOBODY
