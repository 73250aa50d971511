"""督办事项: the list, an item with its number and history, entering one, and saying what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import flask

from dashboard.access.guard import current_identity, safe_path
from dashboard.access.limits import CHANGES
from dashboard.access.roles import Right
from dashboard.components.items import EVENT_WORDS, STATE_WORDS, ItemView, bureau, item_views, proposed_day
from dashboard.components.rows import Item
from dashboard.display import N_
from dashboard.documents.office import Office, field
from dashboard.index import MARKS
from dashboard.meeting import ledger
from dashboard.pages.changes_parts import chosen_districts
from dashboard.reading import Reading
from dashboard.state import ViewState, format_row_key, parse_row_key, parse_state
from warehouse import actions as states
from warehouse.actions import EventKind, ItemState
from warehouse.errors import DabiaoError
from warehouse.measures.period import Period
from warehouse.queries.actions import ActionItem, fetch_item
from warehouse.queries.lineage import fetch_lineage
from warehouse.queries.mart import ProgressRow
from warehouse.queries.meetings import Meeting, fetch_meeting

KEY = "<int(max=2147483647):key>"
PENDING, EVERY, AWAITS = "pending", "all", "awaits"
FILTERS = {
    PENDING: N_("未办结"), AWAITS: N_("待核"), **{s.value: STATE_WORDS[s] for s in ItemState if s != "withdrawn"},
    EVERY: N_("全部状态"),
}  # fmt: skip
_DECISIONS = frozenset(EventKind) - {EventKind.OPENED, EventKind.REPORTED}


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form to enter an item holds."""

    row: str
    what: str
    office: str
    due_on: str
    meeting: str
    back: str


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /actions."""

    @contextmanager
    def read(state: ViewState) -> Iterator[Reading]:
        """A reading for who is told who did what; for anybody else there is nothing here."""
        with office.read(state) as reading:
            if not reading.names_people:
                flask.abort(404)
            yield reading

    def form(typed: Typed | None = None, error: DabiaoError | None = None) -> flask.Response:
        values = flask.request.values
        key = parse_row_key(values.get("row", ""))
        with read(ViewState()) as reading:
            row = _row(reading, values.get("row", ""))
            meeting = _meeting(reading, values.get("meeting", ""))
            if key is None or row is None:
                flask.abort(404)
            d, district = reading.display, reading.catalog.districts[row.district_key]
            typed = typed or Typed(
                format_row_key(key), "", bureau(district, d.language),
                proposed_day(meeting.held_on if meeting else reading.today).isoformat(),
                str(meeting.key) if meeting else "", safe_path(values.get("back")) if values.get("back") else "",
            )  # fmt: skip
            others = item_views(reading, [x for x in reading.items([row.district_key]) if x.place == row.place])
            return office.page(
                "action_new.html", status=200 if error is None else 400, error=error, typed=typed, meeting=meeting,
                number=Item(d, ViewState(), row), district=district, others=others, today=reading.today, marks=MARKS,
                longest=ledger.LONGEST_TEXT,
            )  # fmt: skip

    @server.get("/actions")
    def actions() -> Any:
        args = flask.request.args
        state = args.get("state", "")
        state = state if state in FILTERS else PENDING
        overdue = args.get("overdue") == "1"
        with read(parse_state("/", flask.request.query_string.decode("ascii", "ignore"))) as reading:
            found = reading.items(chosen_districts(reading))
            shown = [x for x in found if _is(x, state) and (not overdue or x.is_overdue(reading.today))]
            return office.page(
                "actions.html", views=item_views(reading, shown), total=len(found), state=state, overdue=overdue,
                filters=FILTERS, tree=[(depth, x) for depth, x in office.tree() if reading.scope.sees_district(x.code)],
                district=reading.state.district or "", marks=MARKS,
                counts={name: sum(_is(x, name) for x in found) for name in FILTERS},
                late=sum(x.is_overdue(reading.today) for x in found),
            )  # fmt: skip

    @server.get("/actions/new")
    def new_action() -> Any:
        return form()

    @server.post("/actions")
    @office.limit(CHANGES)
    def add_action() -> Any:
        typed = Typed(
            field("row", 300), field("what", ledger.LONGEST_TEXT), field("office", ledger.LONGEST_OFFICE),
            field("due_on", 10), field("meeting", 10), field("back", 600),
        )  # fmt: skip
        key = parse_row_key(typed.row)
        with read(ViewState()) as reading:
            row, meeting = _row(reading, typed.row), _meeting(reading, typed.meeting)
        if key is None or row is None:
            flask.abort(404)
        decision = ledger.Decision(
            row.place, key, typed.what, typed.office, _day(typed.due_on), meeting.key if meeting else None
        )
        try:
            with office.writing() as connection:
                item = ledger.add_item(connection, office.catalog, office.by(), decision, office.settings.today())
        except DabiaoError as error:
            return form(typed, error)
        said = office.display._("已登记督办事项。")
        if typed.back:
            flask.flash(said)
            return flask.redirect(safe_path(typed.back), 303)
        return office.done(said, "action", key=item)

    def page(key: int, error: DabiaoError | None = None) -> flask.Response:
        identity = current_identity()
        with read(ViewState()) as reading:
            view = item_views(reading, [_find(reading, key)])[0]
            can_be = [
                kind
                for kind in states.possible(view.item.state)
                if identity.may(Right.ANSWER if kind is EventKind.REPORTED else Right.DECIDE)
            ]
            status = 200 if error is None else 409 if isinstance(error, ledger.Conflict) else 400
            return office.page(
                "action.html", status=status, error=error, view=view, can_be=can_be, marks=MARKS, words=EVENT_WORDS,
                rows=_rows(view), meeting=_meeting(reading, str(view.item.meeting_key or "")), today=reading.today,
                needs=states.NEEDS_NOTE, longest=ledger.LONGEST_TEXT, again=f"/actions/{key}?" if error else "",
            )  # fmt: skip

    def change(key: int, kind: EventKind, said: str) -> Any:
        with read(ViewState()) as reading:
            _find(reading, key)
        try:
            with office.writing() as connection:
                ledger.add_event(
                    connection, office.catalog, office.by(), key, kind, field("note", ledger.LONGEST_TEXT),
                    _day(field("due_on", 10)), today=office.settings.today(),
                )  # fmt: skip
        except DabiaoError as error:
            return page(key, error)
        return office.done(said, "action", key=key)

    @server.get(f"/actions/{KEY}")
    def action(key: int) -> Any:
        return page(key)

    @server.post(f"/actions/{KEY}/decide")
    @office.limit(CHANGES)
    def decide_action(key: int) -> Any:
        kind = field("kind", 16)
        if kind not in _DECISIONS:
            flask.abort(400)
        _ = office.display._
        said = {
            "done": _("已办结。"), "extended": _("已延期。"), "returned": _("已退回。"), "withdrawn": _("已撤销。"),
        }[kind]  # fmt: skip
        return change(key, EventKind(kind), said)

    @server.post(f"/actions/{KEY}/answer")
    @office.limit(CHANGES)
    def answer_action(key: int) -> Any:
        return change(key, EventKind.REPORTED, office.display._("已反馈，等待核实。"))


def _row(reading: Reading, text: str) -> ProgressRow | None:
    """The row a link names, where there is one the reader may see."""
    key = parse_row_key(text)
    found = None if key is None else fetch_lineage(reading.scope, reading.connection, reading.catalog, key)
    return None if found is None else found.row


def _meeting(reading: Reading, text: str) -> Meeting | None:
    is_key = text.isascii() and text.isdigit() and len(text) < 10
    return fetch_meeting(reading.connection, int(text)) if is_key else None


def _find(reading: Reading, key: int) -> ActionItem:
    """An item the reader may see; any other is not there."""
    item = fetch_item(reading.scope, reading.connection, reading.catalog, key)
    if item is None:
        flask.abort(404)
    return item


def _is(item: ActionItem, state: str) -> bool:
    match state:
        case "pending":
            return item.is_open
        case "awaits":
            return item.awaits_check
        case "all":
            return True
    return item.state == state


def _rows(view: ItemView) -> list[tuple[str, Period | None, Item | None]]:
    """The number when the item was entered, and now."""
    d, numbers = view.display, view.numbers
    titles = (d._("交办时"), numbers.then), (d._("现在"), numbers.now)
    return [(title, row.period if row else None, Item(d, ViewState(), row) if row else None) for title, row in titles]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
