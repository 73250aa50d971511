"""Screens in the database: their definitions, and the devices that show them. Every change is written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, select, update

from dashboard.access.accounts import By
from dashboard.access.roles import Grant, Role
from dashboard.access.tokens import add_token, revoke_token
from dashboard.screens.definition import Definition, ScreenError, check_codes, check_name, parse_definition
from warehouse.access_tables import access_token, web_session
from warehouse.audit import Action, append
from warehouse.catalog import Catalog
from warehouse.room_tables import screen as table

_MOST_TITLE = 60
KEPT = timedelta(days=30)
"""How long a browser that shows a screen no more is remembered."""


@dataclass(frozen=True, slots=True)
class Screen:
    """大屏"""

    name: str
    title: str
    definition: Definition
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """A token that shows screens, and the browser it was last seen in; the times are empty before it came."""

    token: str
    screens: tuple[str, ...]
    expires_at: datetime
    revoked_at: datetime | None
    last_seen_at: datetime | None
    address: str | None
    user_agent: str | None


def fetch_screens(connection: Connection) -> list[Screen]:
    """All, by name."""
    return [_screen(row) for row in connection.execute(select(table).order_by(table.c.name))]


def fetch_screen(connection: Connection, name: str) -> Screen | None:
    """One; None where there is none of the name."""
    row = connection.execute(select(table).where(table.c.name == name)).one_or_none()
    return None if row is None else _screen(row)


def add_screen(connection: Connection, by: By, name: str, title: str, definition: Definition) -> None:
    """A new screen. Errors: ScreenError."""
    if fetch_screen(connection, check_name(name)) is not None:
        raise ScreenError("name", f"已有大屏 {name}。", f"There is a screen {name} already.")
    values = {"name": name, "title": _title(title), "definition": definition.to_json()}
    connection.execute(insert(table).values(**values, changed_by=by.actor, changed_at=by.at))
    append(connection, by.event(Action.SCREEN_ADDED, name, title=title), by.at)


def change_screen(
    connection: Connection, by: By, catalog: Catalog, name: str, title: str, definition: Definition
) -> None:
    """Put a definition in the place of another; devices stay. Errors: ScreenError."""
    check_codes(definition, catalog)
    known = fetch_screen(connection, name)
    if known is None:
        raise ScreenError("name", f"没有大屏 {name}。", f"There is no screen {name}.")
    kept = replace(definition, devices=known.definition.devices)
    _write(connection, by, name, _title(title), kept)
    append(connection, by.event(Action.SCREEN_CHANGED, name, title=title), by.at)


def delete_screen(connection: Connection, by: By, name: str) -> None:
    """Remove a screen, and revoke the tokens that show no other. Errors: ScreenError."""
    known = fetch_screen(connection, name)
    if known is None:
        raise ScreenError("name", f"没有大屏 {name}。", f"There is no screen {name}.")
    connection.execute(delete(table).where(table.c.name == name))
    elsewhere = {device for other in fetch_screens(connection) for device in other.definition.devices}
    for device in known.definition.devices:
        if device not in elsewhere:
            revoke_token(connection, by, device)
    append(connection, by.event(Action.SCREEN_DELETED, name, title=known.title), by.at)


def add_device(connection: Connection, by: By, catalog: Catalog, name: str, token: str, grant: Grant, days: int) -> str:
    """A token that shows this screen and nothing else; returned once. Errors: DabiaoError."""
    known = fetch_screen(connection, name)
    if known is None:
        raise ScreenError("name", f"没有大屏 {name}。", f"There is no screen {name}.")
    secret = add_token(connection, by, catalog, token, replace(grant, role=Role.SCREEN), days)
    devices = (*known.definition.devices, " ".join(token.split()))
    _write(connection, by, name, known.title, replace(known.definition, devices=devices))
    return secret


def fetch_devices(connection: Connection, at: datetime) -> list[Device]:
    """Every device with the screens it shows; a browser each where a token was used in several of late."""
    k, s = access_token.c, web_session.c
    query = (
        select(k.name, k.expires_at, k.revoked_at, s.last_seen_at, s.address, s.user_agent)
        .outerjoin(web_session, (s.token_key == k.token_key) & (s.last_seen_at > at - KEPT))
        .where(k.role == Role.SCREEN)
        .order_by(k.revoked_at.is_not(None), k.name, s.last_seen_at.desc())
    )
    shown: dict[str, list[str]] = {}
    for found in fetch_screens(connection):
        for device in found.definition.devices:
            shown.setdefault(device, []).append(found.name)
    return [
        Device(
            r.name, tuple(shown.get(r.name, ())), r.expires_at, r.revoked_at, r.last_seen_at, r.address, r.user_agent
        )
        for r in connection.execute(query)
    ]


def _write(connection: Connection, by: By, name: str, title: str, definition: Definition) -> None:
    values = {"title": title, "definition": definition.to_json(), "changed_by": by.actor, "changed_at": by.at}
    connection.execute(update(table).where(table.c.name == name).values(values))


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 1 <= len(title) <= _MOST_TITLE or not title.isprintable():
        raise ScreenError("title", f"标题应有 1–{_MOST_TITLE} 个字。", f"A title has 1 to {_MOST_TITLE} characters.")
    return title


def _screen(row: Row[tuple[object, ...]]) -> Screen:
    return Screen(row.name, row.title, parse_definition(row.definition), row.changed_by, row.changed_at)
