"""Action items (督办事项): the state of one from what became of it. Pure.

A report (反馈) does not change the state; it waits to be checked (待核) until something is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ItemState(StrEnum):
    """Where an item stands."""

    OPEN = "open"
    EXTENDED = "extended"
    """延期"""
    RETURNED = "returned"
    """退回: what was reported, or done, did not do."""
    DONE = "done"
    """办结"""
    WITHDRAWN = "withdrawn"
    """撤销"""


class EventKind(StrEnum):
    """What can become of an item."""

    OPENED = "opened"
    REPORTED = "reported"
    """反馈"""
    EXTENDED = "extended"
    RETURNED = "returned"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """One thing that became of an item; ``due_on`` only of an extension."""

    kind: str
    note: str
    due_on: date | None
    by: str
    at: datetime


NEEDS_NOTE = frozenset({EventKind.REPORTED, EventKind.EXTENDED, EventKind.RETURNED, EventKind.WITHDRAWN})
"""What cannot be done without saying why, or what."""

_AFTER = {
    EventKind.OPENED: ItemState.OPEN,
    EventKind.EXTENDED: ItemState.EXTENDED,
    EventKind.RETURNED: ItemState.RETURNED,
    EventKind.DONE: ItemState.DONE,
    EventKind.WITHDRAWN: ItemState.WITHDRAWN,
}
_WHILE_OPEN = (
    EventKind.REPORTED, EventKind.DONE, EventKind.EXTENDED, EventKind.RETURNED, EventKind.WITHDRAWN,
)  # fmt: skip
_POSSIBLE: dict[ItemState, tuple[EventKind, ...]] = {
    ItemState.OPEN: _WHILE_OPEN,
    ItemState.EXTENDED: _WHILE_OPEN,
    ItemState.RETURNED: _WHILE_OPEN,
    ItemState.DONE: (EventKind.RETURNED,),
    ItemState.WITHDRAWN: (),
}


def state_of(events: Iterable[ItemEvent]) -> ItemState:
    """The state after some events, oldest first: that of the last which is not a report; open without one."""
    state = ItemState.OPEN
    for event in events:
        state = _AFTER.get(EventKind(event.kind), state)
    return state


def due_on(decided: date, events: Iterable[ItemEvent]) -> date:
    """The day an item is to be done by: the last extension's, else the one decided."""
    day = decided
    for event in events:
        day = event.due_on or day
    return day


def awaits_check(events: Sequence[ItemEvent]) -> bool:
    """Whether the last word is a report nobody has decided on (待核)."""
    return bool(events) and events[-1].kind == EventKind.REPORTED


def possible(state: ItemState) -> tuple[EventKind, ...]:
    """What can become of an item in a state; done may be sent back, withdrawn is the end."""
    return _POSSIBLE[state]


def is_open(state: ItemState) -> bool:
    """Whether there is still something to be done."""
    return state not in (ItemState.DONE, ItemState.WITHDRAWN)
