"""台账: meetings, action items and notes are written here, each with its line in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from dashboard.access.accounts import By
from warehouse import actions
from warehouse.actions import EventKind
from warehouse.audit import Action, append
from warehouse.catalog import Catalog
from warehouse.errors import DabiaoError
from warehouse.queries.actions import fetch_item, fetch_items
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import Place
from warehouse.queries.meetings import fetch_meeting
from warehouse.room_tables import action_event, action_item, meeting, meeting_note
from warehouse.scope import Scope
from warehouse.types import storable

LONGEST_TEXT, LONGEST_OFFICE, LONGEST_NOTE, LONGEST_TOPIC = 500, 100, 4000, 200
_LAST_DAY = date(2999, 12, 31)


class Conflict(DabiaoError):
    """Somebody was faster, or it has been entered before."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of a number."""

    place: Place
    row: RowKey
    what: str
    office: str
    due_on: date | None
    meeting_key: int | None = None


def add_meeting(connection: Connection, by: By, held_on: date | None, title: str) -> int:
    """Enter a meeting; returns its key. Errors: DabiaoError."""
    title = storable(title)
    if held_on is None or not date(2000, 1, 1) <= held_on <= _LAST_DAY:
        raise DabiaoError("请填写会议日期。", "Enter the day of the meeting.")
    if not title:
        raise DabiaoError("请填写会议名称。", "Enter what the meeting is called.")
    values = {"held_on": held_on, "title": title, "created_by": by.actor, "created_at": by.at}
    key = _inserted(connection, meeting, values)
    append(connection, by.event(Action.MEETING_ADDED, title, key=key, held_on=held_on.isoformat()), by.at)
    return key


def add_item(connection: Connection, catalog: Catalog, by: By, decision: Decision, today: date) -> int:
    """Enter an action item; returns its key. Errors: DabiaoError; Conflict where the very same is open already."""
    what, office, due = storable(decision.what), storable(decision.office), decision.due_on
    if not what:
        raise DabiaoError("请填写要做什么。", "Enter what is to be done.")
    if not office:
        raise DabiaoError("请填写责任单位。", "Enter the office responsible.")
    if due is None or not today <= due <= _LAST_DAY:
        raise DabiaoError("请填写办结期限，不早于今天。", "Enter a day it is to be done by, today or later.")
    if decision.meeting_key is not None and fetch_meeting(connection, decision.meeting_key) is None:
        raise DabiaoError("没有这次会议。", "There is no such meeting.")
    place, row = decision.place, decision.row
    for item in fetch_items(Scope.everything(), connection, catalog, districts=[place.district_key]):
        same = (item.place, item.what, item.office, item.due_on) == (place, what, office, due)
        if same and item.is_open:
            raise Conflict("已经有一条同样的督办事项。", "There is such an action item already.")
    values = {
        "meeting_key": decision.meeting_key, "indicator_key": place.indicator_key, "district_key": place.district_key,
        "breakdown_key": place.breakdown_key, "period_key": row.period.key,
        "due_period_key": None if row.due is None else row.due.key, "what": what, "office": office, "due_on": due,
        "created_by": by.actor, "created_at": by.at,
    }  # fmt: skip
    key = _inserted(connection, action_item, values)
    _write_event(connection, by, key, EventKind.OPENED, "", None)
    subject = f"{row.district_code}.{row.indicator_code}"
    append(connection, by.event(Action.ITEM_ADDED, subject, key=key, office=office, due_on=due.isoformat()), by.at)
    return key


def add_event(
    connection: Connection,
    catalog: Catalog,
    by: By,
    key: int,
    kind: EventKind,
    note: str,
    due_on: date | None,
    *,
    today: date,
) -> None:
    """Say what became of an item. Errors: DabiaoError; Conflict where that can no longer become of it."""
    item, note = fetch_item(Scope.everything(), connection, catalog, key), storable(note)
    if item is None or kind not in actions.possible(item.state):
        raise Conflict(
            "这条督办事项的状态已经变了，请看过最新进展再操作。",
            "The state of this action item has changed; look at it again first.",
        )
    if kind in actions.NEEDS_NOTE and not note:
        raise DabiaoError("请填写原因或进展。", "Enter the reason, or what was done.")
    if kind is EventKind.EXTENDED and (due_on is None or not max(item.due_on, today) < due_on <= _LAST_DAY):
        raise DabiaoError(
            "延期的新期限应晚于原期限和今天。", "The new day must be later than the old one, and than today."
        )
    _write_event(connection, by, key, kind, note, due_on if kind is EventKind.EXTENDED else None)
    district = catalog.districts[item.place.district_key].code
    append(
        connection, by.event(Action.ITEM_CHANGED, f"{district} #{key}", kind=str(kind), note=note[:200]), by.at
    )  # fmt: skip


def write_note(connection: Connection, by: By, meeting_key: int, topic: str, body: str) -> None:
    """Keep the speaker's note for a topic, in place of the one before."""
    n = meeting_note.c
    here = (n.meeting_key == meeting_key, n.topic == topic)
    values = {"body": storable(body), "written_by": by.actor, "written_at": by.at}
    if connection.execute(select(n.note_key).where(*here)).first() is None:
        connection.execute(insert(meeting_note).values({"meeting_key": meeting_key, "topic": topic, **values}))
    else:
        connection.execute(update(meeting_note).where(*here).values(values))


def _write_event(connection: Connection, by: By, key: int, kind: EventKind, note: str, due_on: date | None) -> None:
    values = {
        "item_key": key, "kind": str(kind), "note": note, "due_on": due_on, "written_by": by.actor,
        "written_at": by.at,
    }  # fmt: skip
    connection.execute(insert(action_event).values(values))


def _inserted(connection: Connection, table: Any, values: dict[str, Any]) -> int:
    found = connection.execute(insert(table).values(values)).inserted_primary_key
    assert found is not None
    return int(found[0])
