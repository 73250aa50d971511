"""周报: how a district's mail of the week would look, for whoever reads that district."""

from __future__ import annotations

from typing import Any

import flask

from dashboard.digest import mail_html, make_digest
from dashboard.documents.office import Office
from dashboard.state import ViewState, parse_state


def install(server: flask.Flask, office: Office) -> None:
    """Route /districts/<code>/digest."""

    @server.get("/districts/<code>/digest")
    def district_digest(code: str) -> Any:
        query = flask.request.query_string.decode("ascii", "ignore")
        asked = parse_state("/", query)
        state = ViewState(page="district", code=code, asof=asked.asof)
        with office.reader.read(office.guard.scope(), state, office.language(), names_people=False) as reading:
            district = reading.district(code)
            if district is None:
                flask.abort(404)
            since = asked.since if asked.since is not None and asked.since <= reading.today else None
            base = office.settings.url or flask.request.host_url.rstrip("/")
            text = mail_html(reading, make_digest(reading, district, since), base, is_page=True)
        response = flask.make_response(text)
        response.headers["Cache-Control"] = "no-store"
        return response
