"""The audit log (审计日志): append-only, each entry sealed by the hash of the one before.

Whoever changes, removes or inserts an entry breaks the chain from there on, and ``verify`` says where.
Only the cutting off of the newest entries leaves a whole chain: a head noted elsewhere tells that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select
from sqlalchemy.exc import DBAPIError

from warehouse.access_tables import audit_entry
from warehouse.types import storable

BEFORE_FIRST = "0" * 64
_LOCK = 0x6461_6269_6175  # "dabiau", on PostgreSQL: one entry after the other, whatever else goes on
_LONGEST = 500
_SHEET = 2000
_UNREADABLE = (ValueError, TypeError, DBAPIError)


class Action(StrEnum):
    """What is written down."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- the name of an event
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    PASSWORD_RESET = "password_reset"  # noqa: S105
    TOKEN_ADDED = "token_added"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    EXPORT = "export"
    LOAD = "load"
    UNDO = "undo"
    UPLOAD = "upload"
    STAGE = "stage"
    APPROVE = "approve"
    DISCARD = "discard"
    RULES_CHANGED = "rules_changed"
    AUDIT_READ = "audit_read"
    MEETING_ADDED = "meeting_added"
    ITEM_ADDED = "item_added"
    ITEM_CHANGED = "item_changed"
    SCREEN_ADDED = "screen_added"
    SCREEN_CHANGED = "screen_changed"
    SCREEN_DELETED = "screen_deleted"


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be written down: who (``user:li``), where from, what, to what, and more."""

    actor: str
    action: Action
    subject: str = ""
    address: str = ""
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands."""

    no: int
    at: datetime
    actor: str
    address: str
    action: str
    subject: str
    detail: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Entries read, the hash of the last, and the number of the first that is not as it was written."""

    entries: int
    head: str
    broken_at: int | None


def append(connection: Connection, event: Event, at: datetime) -> None:
    """Write an entry; ``connection`` is in a write transaction, and the entry stands or falls with it."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    c = audit_entry.c
    last = connection.execute(select(c.entry_no, c.entry_hash).order_by(c.entry_no.desc()).limit(1)).one_or_none()
    values = {
        "entry_no": last.entry_no + 1 if last else 1,
        "happened_at": at.astimezone(UTC),
        "actor": _clean(event.actor),
        "address": _clean(event.address)[:64],
        "action": str(event.action),
        "subject": _clean(event.subject),
        "detail": _clean(json.dumps(event.detail or {}, ensure_ascii=False, sort_keys=True, default=str), 4000),
        "previous_hash": last.entry_hash if last else BEFORE_FIRST,
    }
    connection.execute(insert(audit_entry).values(values | {"entry_hash": _seal(values)}))


def verify(connection: Connection) -> Verdict:
    """Read the whole chain."""
    head, count = BEFORE_FIRST, 0
    with closing(_rows(connection)) as rows:
        for count, row in enumerate(rows, start=1):
            if row is None or not _is_whole(row, count, head):
                return Verdict(count, head, count)
            head = row["entry_hash"]
    return Verdict(count, head, None)


def _rows(connection: Connection) -> Generator[Mapping[Any, Any] | None, None, None]:
    """Every entry in order; None for one that cannot even be read, for SQLite holds anything in any column."""
    number, after = audit_entry.c.entry_no, None
    query = select(audit_entry).order_by(number)
    try:
        with connection.execute(query, execution_options={"yield_per": _SHEET}) as found:
            for sheet in found.mappings().partitions():
                yield from sheet
                after = sheet[-1]["entry_no"]
    except _UNREADABLE:
        rest = (
            select(number).order_by(number) if after is None else select(number).where(number > after).order_by(number)
        )
        for no in connection.execute(rest).scalars().all():
            try:
                yield connection.execute(query.where(number == no)).mappings().one()
            except _UNREADABLE:
                yield None


def _is_whole(row: Mapping[Any, Any], place: int, head: str) -> bool:
    values = {name: value for name, value in row.items() if name != "entry_hash"}
    try:
        seal = _seal(values)
    except (TypeError, ValueError, AttributeError):  # a blob where a text was
        return False
    return bool(row["entry_no"] == place and row["previous_hash"] == head and row["entry_hash"] == seal)


def fetch_hash(connection: Connection, number: int) -> str | None:
    """The hash of an entry by number, to compare with one noted elsewhere."""
    c = audit_entry.c
    return connection.execute(select(c.entry_hash).where(c.entry_no == number)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: each part None or empty for all; ``since`` and ``until`` as instants, half-open."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def apply(self, query: Select[Any]) -> Select[Any]:
        """The query, narrowed."""
        c = audit_entry.c
        if self.actor:
            query = query.where(c.actor.icontains(storable(self.actor), autoescape=True))
        if self.action:
            query = query.where(c.action == self.action)
        if self.subject:
            query = query.where(c.subject.icontains(storable(self.subject), autoescape=True))
        if self.since is not None:
            query = query.where(c.happened_at >= self.since)
        if self.until is not None:
            query = query.where(c.happened_at < self.until)
        return query


def fetch_entries(
    connection: Connection, wanted: Filter, before: int | None = None, limit: int | None = None
) -> Iterator[Entry]:
    """Newest first; ``before`` an entry's number, for the next sheet."""
    query = wanted.apply(select(audit_entry)).order_by(audit_entry.c.entry_no.desc()).limit(limit)
    if before is not None:
        query = query.where(audit_entry.c.entry_no < before)
    for row in connection.execute(query):
        yield Entry(*row)


def count_entries(connection: Connection, wanted: Filter) -> int:
    """How many there are."""
    return int(connection.execute(wanted.apply(select(func.count()).select_from(audit_entry))).scalar_one())


def _seal(values: Mapping[Any, Any]) -> str:
    """SHA-256 over the columns in their order, as a JSON list; the instant in UTC."""
    fields = [
        values["entry_no"], values["happened_at"].astimezone(UTC).isoformat(timespec="microseconds"), values["actor"],
        values["address"], values["action"], values["subject"], values["detail"], values["previous_hash"],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _clean(text: str, longest: int = _LONGEST) -> str:
    """A text every database can hold: no half characters, no NUL, no other control character, not endless."""
    return "".join(c if c.isprintable() else "\ufffd" for c in storable(text))[:longest]
