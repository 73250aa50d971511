"""会议: the list of meetings, the slides of one, the speaker's own window, notes, and links to a topic."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import flask
import segno

from dashboard.access.limits import CHANGES
from dashboard.components.items import item_views, proposed_day
from dashboard.documents.office import Office, field
from dashboard.index import MARKS
from dashboard.meeting import ledger
from dashboard.meeting.agenda import make_agenda
from dashboard.meeting.slides import SECTIONS, make_slides
from dashboard.reading import Reading
from dashboard.state import ViewState, parse_state
from dashboard.tally import LIGHTS
from warehouse.errors import DabiaoError
from warehouse.queries.mart import fetch_periods
from warehouse.queries.meetings import Meeting, fetch_meeting, fetch_meetings, fetch_notes

NOW = "now"
SHOWN, NOTES = 60, "60/minute"
_KEPT = ("period", "district", "domain", "asof", "since")
"""Filters a link to a topic carries along."""


def install(server: flask.Flask, office: Office) -> None:
    """Routes /meeting and below, and /m."""

    def asked() -> ViewState:
        return parse_state("/", flask.request.query_string.decode("ascii", "ignore"))

    def find(name: str) -> Meeting | None:
        """The meeting a link names, None for 'now'; one that is not there is not found."""
        if name == NOW:
            return None
        key = int(name) if name.isascii() and name.isdigit() and len(name) < 10 else 0
        with office.reading() as connection:
            found = fetch_meeting(connection, key)
        if found is None:
            flask.abort(404)
        return found

    def listing(error: DabiaoError | None = None) -> flask.Response:
        with office.read(ViewState()) as reading:
            views = item_views(reading, [item for item in reading.items() if item.is_open])
            meetings = fetch_meetings(reading.connection, SHOWN) if reading.names_people else []
            return office.page(
                "meetings.html", status=200 if error is None else 400, error=error, meetings=meetings, views=views,
                today=reading.today, late=sum(view.is_overdue for view in views), names_people=reading.names_people,
                typed={name: flask.request.form.get(name, "") for name in ("title", "held_on")},
            )  # fmt: skip

    def show(name: str, template: str, **values: Any) -> flask.Response:
        meeting, state = find(name), asked()
        with office.read(_on_its_day(state, meeting, office.settings.today())) as reading:
            agenda = make_agenda(reading, meeting)
            slides = make_slides(reading, agenda)
            links = {slide.key: f"{_base(office)}/m/{name}/{quote(slide.key)}{_query(state)}" for slide in slides}
            codes = {
                slide.key: f"/meeting/{name}/qr.svg?{urlencode({'topic': slide.key, **_kept(state)})}"
                for slide in slides
            }
            is_past = reading.state.asof is not None
            return office.page(
                template, slides=slides, sections=SECTIONS, room=name, meeting=meeting, marks=MARKS, lights=LIGHTS,
                title=meeting.title if meeting else office.display._("会议"), state=reading.state, links=links,
                codes=codes, is_past=is_past, today=reading.today, **_choices(reading, office),
                due_on=_due_on(meeting, office.settings.today()), longest=ledger.LONGEST_TEXT, **values,
            )  # fmt: skip

    @server.get("/meeting")
    def meetings() -> Any:
        return listing()

    @server.post("/meeting")
    @office.limit(CHANGES)
    def add_meeting() -> Any:
        try:
            with office.writing() as connection:
                key = ledger.add_meeting(connection, office.by(), _day(field("held_on", 10)), field("title", 100))
        except DabiaoError as error:
            return listing(error)
        return flask.redirect(f"/meeting/{key}", 303)

    @server.get("/meeting/<name>")
    def meeting(name: str) -> Any:
        return show(name, "meeting/room.html")

    @server.get("/meeting/<name>/presenter")
    def presenter(name: str) -> Any:
        found = find(name)
        with office.reading() as connection:
            notes = fetch_notes(connection, found.key) if found else {}
        return show(name, "meeting/presenter.html", notes=notes, longest_note=ledger.LONGEST_NOTE)

    @server.post("/meeting/<name>/notes")
    @office.limit(NOTES)
    def write_note(name: str) -> Any:
        found, topic = find(name), field("topic", ledger.LONGEST_TOPIC + 1)
        body = flask.request.form.get("body", "")
        if found is None or not topic or len(topic) > ledger.LONGEST_TOPIC or len(body) > ledger.LONGEST_NOTE:
            flask.abort(400)
        with office.writing() as connection:
            ledger.write_note(connection, office.by(), found.key, topic, body)
        return flask.Response(status=204)

    @server.get("/meeting/<name>/qr.svg")
    def meeting_qr(name: str) -> Any:
        find(name)
        topic = flask.request.args.get("topic", "")[: ledger.LONGEST_TOPIC]
        out = io.BytesIO()
        link = f"{_base(office)}/m/{name}/{quote(topic)}{_query(asked())}"
        try:
            segno.make(link, error="m", micro=False).save(
                out, kind="svg", scale=8, border=2, dark="#1c2733", light="#fff"
            )
        except segno.DataOverflowError:  # a link longer than a code holds
            flask.abort(404)
        response = flask.Response(out.getvalue(), mimetype="image/svg+xml")
        response.headers["Cache-Control"] = "no-store"
        return response

    @server.get("/m/<name>/<topic>")
    def short_link(name: str, topic: str) -> Any:
        find(name)
        return flask.redirect(
            f"/meeting/{name}{_query(asked())}#{quote(topic[: ledger.LONGEST_TOPIC], safe='.-_')}", 303
        )


def _on_its_day(state: ViewState, meeting: Meeting | None, today: date) -> ViewState:
    """A meeting that is over is shown as things were known on its day."""
    if meeting is None or state.asof is not None or meeting.held_on >= today:
        return state
    return replace(state, asof=meeting.held_on)


def _due_on(meeting: Meeting | None, today: date) -> str:
    """The deadline the form proposes."""
    return proposed_day(max(meeting.held_on, today) if meeting else today).isoformat()


def _base(office: Office) -> str:
    return office.settings.url or flask.request.host_url.rstrip("/")


def _kept(state: ViewState) -> dict[str, str]:
    """The filters as a query has them."""
    values = {name: getattr(state, name) for name in _KEPT}
    return {name: getattr(value, "code", None) or str(value) for name, value in values.items() if value}


def _query(state: ViewState) -> str:
    kept = _kept(state)
    return f"?{urlencode(kept)}" if kept else ""


def _choices(reading: Reading, office: Office) -> dict[str, Any]:
    """What the filters can be set to."""
    return {
        "periods": fetch_periods(reading.scope, reading.connection, reading.catalog),
        "tree": [(depth, x) for depth, x in office.tree() if reading.scope.sees_district(x.code)],
        "domains": [x for x in reading.catalog.domains.values() if reading.scope.sees_domain(x.code)],
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
