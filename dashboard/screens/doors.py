"""The doors of screens: the document, what changed since, and single views. Devices and readers come in alike."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import flask

from dashboard.access.guard import current_identity
from dashboard.access.limits import LOGIN_BY_ADDRESS
from dashboard.access.roles import Role
from dashboard.components.render import template
from dashboard.documents.office import Office
from dashboard.i18n import HTML_LANGUAGE, translator
from dashboard.index import MARKS
from dashboard.screens import devices
from dashboard.screens.geometry import Rect, panels
from dashboard.screens.playlist import Gallery, Picture, on_now, state_of
from dashboard.screens.store import Screen, fetch_screen
from warehouse.engine import ROOT

_NAME = "<string(maxlength=64):name>"
VIEW_HEADER = "Dabiao-View"
"""The hash of a view that is sent."""


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /screen."""
    gallery = Gallery(office.reader)

    def find(name: str) -> Screen | flask.Response:
        """The screen asked for, or the refusal: a device is shown those that name it."""
        with office.reading() as connection:
            found = fetch_screen(connection, name)
        identity = current_identity()
        is_device = identity.grant.role is Role.SCREEN
        if found is None:
            if is_device or flask.request.endpoint != "screen":
                return devices.refuse(is_stopped=True)
            flask.abort(404)
        if is_device and identity.name not in found.definition.devices:
            return devices.refuse(is_stopped=False)
        return found

    def state(screen: Screen) -> tuple[str, Sequence[Picture]]:
        made_from, pictures = gallery.pictures(screen, office.guard.scope())
        on = on_now(pictures, screen.definition, office.settings.now())
        return state_of(made_from, release_of(office), office.settings.today().isoformat(), on), on

    @server.get(f"/screen/{_NAME}", endpoint="screen")
    @office.limiter.limit(
        LOGIN_BY_ADDRESS,
        exempt_when=lambda: "token" not in flask.request.args,
        deduct_when=lambda response: response.status_code != 303,
    )
    def document(name: str) -> Any:
        if "token" in flask.request.args:
            return _let_in(office, name)
        screen = find(name)
        if not isinstance(screen, Screen):
            return screen
        response = flask.make_response(render(office, screen, state(screen)[1]))
        cookie = flask.request.cookies.get(_cookie(office))
        if cookie and current_identity().grant.role is Role.SCREEN and not flask.g.get("screen_cookie"):
            devices.hand_out(response, cookie, is_https=office.settings.is_https)  # good for as long again
        return response

    @server.get(f"/screen/{_NAME}/state", endpoint="screen_state")
    def news(name: str) -> Any:
        screen = find(name)
        if not isinstance(screen, Screen):
            return screen
        text, _on = state(screen)
        etag = hashlib.sha256(text.encode()).hexdigest()[:16]
        if flask.request.if_none_match.contains(etag):
            response = flask.make_response("", 304)
        else:
            now = office.settings.now().isoformat(timespec="seconds")
            response = flask.make_response(f'{text[:-1]},"now":"{now}"}}')
            response.mimetype = "application/json"
        response.set_etag(etag)
        response.headers["Cache-Control"] = "no-store"
        return response

    @server.get(f"/screen/{_NAME}/view/<string(maxlength=120):view>", endpoint="screen_view")
    def view(name: str, view: str) -> Any:
        screen = find(name)
        if not isinstance(screen, Screen):
            return screen
        _made_from, pictures = gallery.pictures(screen, office.guard.scope())
        found = next((p for p in pictures if p.id == view), None)
        if found is None:
            return flask.make_response(flask.jsonify(gone=True), 404)
        response = flask.make_response(found.html)
        response.headers[VIEW_HEADER] = found.hash  # no-store, like all pages: what is kept must go when it is revoked
        return response

    @server.get("/screen/sw.js", endpoint="screen_worker")
    def worker() -> Any:
        response = flask.send_file(
            ROOT / "assets" / "rooms" / "screen_worker.js", mimetype="text/javascript", max_age=0
        )
        response.headers["Service-Worker-Allowed"] = "/screen/"
        response.headers["Cache-Control"] = "no-cache"
        return response


def render(office: Office, screen: Screen, on: Sequence[Picture], everything: Sequence[Picture] = ()) -> str:
    """The document of a screen; with ``everything`` the editor's preview, through which a person steps."""
    d = screen.definition
    room, b = panels(d)[-1][0], d.text
    height = 3.2 * b
    return template("screen.html").render(
        _=translator(d.language),
        language=HTML_LANGUAGE[d.language],
        screen=screen,
        version=office.version,
        release=release_of(office),
        keeps=current_identity().grant.role is Role.SCREEN and not everything,
        now=office.settings.now().isoformat(timespec="seconds"),
        marks=MARKS,
        views=flask.json.dumps([[p.id, p.hash, p.dwell] for p in on]),
        first=on[0].html,
        all=[p.html for p in everything],
        notice=Rect(room.x, room.y + room.h - height, room.w, height),
        text=b,
    )


def release_of(office: Office) -> str:
    """Names script, style and frame of the document: a screen that has others loads itself again."""
    return _release(office.version)


@cache
def _release(version: str) -> str:
    frame = (ROOT / "dashboard" / "templates" / "screen.html").read_bytes()
    return hashlib.sha256(version.encode() + frame).hexdigest()[:12]


def _let_in(office: Office, name: str) -> flask.Response:
    """The token in the address for a cookie, and on to the address without it."""
    agent, by = flask.request.headers.get("User-Agent", ""), office.by()
    with office.writing() as connection:
        cookie = flask.request.cookies.get(_cookie(office), "")
        found = devices.exchange(connection, name, flask.request.args["token"], cookie, agent, by)
    if not isinstance(found, str):
        response = devices.refuse(is_stopped=found is devices.STOPPED)
    else:
        response = flask.make_response(flask.redirect(flask.url_for("screen", name=name), 303))
        devices.hand_out(response, found, is_https=office.settings.is_https)
    response.headers["Cache-Control"] = "no-store"
    return response


def _cookie(office: Office) -> str:
    return devices.COOKIE_TLS if office.settings.is_https else devices.COOKIE
