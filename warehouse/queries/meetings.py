"""Meetings (会议), and what the speaker noted for their topics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, or_, select

from warehouse.room_tables import meeting, meeting_note


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting."""

    key: int
    held_on: date
    title: str
    created_by: str
    created_at: datetime


_M = meeting.c
_COLUMNS = (_M.meeting_key, _M.held_on, _M.title, _M.created_by, _M.created_at)


def fetch_meetings(connection: Connection, limit: int | None = None) -> list[Meeting]:
    """The newest first."""
    query = select(*_COLUMNS).order_by(_M.held_on.desc(), _M.meeting_key.desc()).limit(limit)
    return [Meeting(*row) for row in connection.execute(query)]


def fetch_meeting(connection: Connection, key: int) -> Meeting | None:
    """One by key."""
    row = connection.execute(select(*_COLUMNS).where(_M.meeting_key == key)).one_or_none()
    return None if row is None else Meeting(*row)


def fetch_meeting_before(connection: Connection, day: date, key: int | None = None) -> Meeting | None:
    """The last one before a day, or on it before the one with a key."""
    before = _M.held_on < day
    if key is not None:
        before = or_(before, and_(_M.held_on == day, _M.meeting_key < key))
    query = select(*_COLUMNS).where(before).order_by(_M.held_on.desc(), _M.meeting_key.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else Meeting(*row)


def fetch_notes(connection: Connection, key: int) -> dict[str, str]:
    """What was noted for a meeting, by topic."""
    n = meeting_note.c
    query = select(n.topic, n.body).where(n.meeting_key == key)
    return {row.topic: row.body for row in connection.execute(query)}
