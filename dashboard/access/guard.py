"""The one guard: in front of every route it asks who is there and whether they may. Default: no.

``OPEN`` is everything that answers without being asked who one is; ``RIGHTS_NEEDED`` names what each
other route needs. A route in neither does not exist. What one may not do answers like what is not there.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import flask
import structlog
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.exceptions import BadRequest, NotFound, Unauthorized

from dashboard.access import sso, tokens
from dashboard.access.accounts import By, fetch_accounts
from dashboard.access.roles import Right, Role
from dashboard.access.sessions import (
    NOBODY,
    Identity,
    end_session,
    fetch_identity,
    is_due,
    touch_session,
)
from dashboard.reading import Reader
from dashboard.screens import devices
from dashboard.settings import Settings
from warehouse.engine import ACCESS, write_if_free, writing
from warehouse.scope import Scope

SESSION_SECRET = "secret"  # noqa: S105 -- a key of the cookie
CSRF_COOKIE = "_csrf_token"
_AROUND_A_FILE = 1 << 16
"""Bytes of a form besides its file."""
_PAGES, _CALLBACKS = "/<path:path>", "/_dash-update-component"

OPEN = frozenset({
    "/healthz",
    "login", "sign_in", "sign_in_device", "oidc_begin", "oidc_return",
    "_dash_assets.static", "/_favicon.ico", "screen_worker",
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
})  # fmt: skip
"""Endpoints that answer everybody: health, login, static files. There is nothing else."""

RIGHTS_NEEDED: dict[str, Right] = {
    "/": Right.SEE,
    _PAGES: Right.SEE,
    "/_dash-layout": Right.SEE,
    "/_dash-dependencies": Right.SEE,
    _CALLBACKS: Right.SEE,
    "download_csv": Right.EXPORT,
    "download_chase": Right.EXPORT,
    "download_scorecard": Right.EXPORT,
    "download_map": Right.EXPORT,
    "district_digest": Right.SEE,
    "download_page": Right.EXPORT,
    "export_bulletin": Right.EXPORT,
    "exports": Right.EXPORT,
    "export": Right.EXPORT,
    "export_state": Right.EXPORT,
    "cancel_export": Right.EXPORT,
    "export_again": Right.EXPORT,
    "export_file": Right.EXPORT,
    "bulletin": Right.EXPORT,
    "account": Right.OWN_ACCOUNT,
    "change_password": Right.OWN_ACCOUNT,
    "end_own_session": Right.OWN_ACCOUNT,
    "users": Right.MANAGE,
    "user": Right.MANAGE,
    "add_user": Right.MANAGE,
    "change_user": Right.MANAGE,
    "disable_user": Right.MANAGE,
    "enable_user": Right.MANAGE,
    "reset_user": Right.MANAGE,
    "end_session": Right.MANAGE,
    "tokens": Right.MANAGE,
    "add_token": Right.MANAGE,
    "revoke_token": Right.MANAGE,
    "audit": Right.AUDIT,
    "download_audit": Right.AUDIT,
    "rules": Right.RULES,
    "preview_rules": Right.RULES,
    "change_rules": Right.RULES,
    "uploads": Right.REVIEW,
    "upload": Right.REVIEW,
    "download_marked": Right.REVIEW,
    "download_upload": Right.REVIEW,
    "send_up": Right.UPLOAD,
    "answer_upload": Right.UPLOAD,
    "stage_upload": Right.UPLOAD,
    "discard_upload": Right.UPLOAD,
    "download_template": Right.UPLOAD,
    "batch": Right.REVIEW,
    "approve_batch": Right.APPROVE,
    "discard_batch": Right.UPLOAD,
    "undo_preview": Right.APPROVE,
    "undo_batch": Right.APPROVE,
    "actions": Right.SEE,
    "action": Right.SEE,
    "new_action": Right.DECIDE,
    "add_action": Right.DECIDE,
    "decide_action": Right.DECIDE,
    "answer_action": Right.ANSWER,
    "reminders": Right.DECIDE,
    "download_reminders": Right.DECIDE,
    "meetings": Right.SEE,
    "add_meeting": Right.DECIDE,
    "meeting": Right.SEE,
    "meeting_qr": Right.SEE,
    "short_link": Right.SEE,
    "presenter": Right.DECIDE,
    "write_note": Right.DECIDE,
    "screen": Right.WATCH,
    "screen_state": Right.WATCH,
    "screen_view": Right.WATCH,
    "screens": Right.MANAGE,
    "add_screen": Right.MANAGE,
    "edit_screen": Right.MANAGE,
    "change_screen": Right.MANAGE,
    "copy_screen": Right.MANAGE,
    "delete_screen": Right.MANAGE,
    "preview_screen": Right.MANAGE,
    "add_device": Right.MANAGE,
}
"""What each other endpoint needs."""

WITH_FILE = frozenset({"send_up"})
"""Endpoints whose forms carry a file, and may be larger than any other."""

WATCHING = frozenset({"screen", "screen_state", "screen_view"})
"""Endpoints of walls: they know devices by a cookie of their own, and are never led to a login form."""

ASKED_BY_ITSELF = frozenset({"screen_state", "screen_view"})
"""Endpoints a page asks with nobody there: they keep no person's session from growing idle."""

SIGNED_IN = frozenset({"logout"})
"""Endpoints for whoever has signed in, whatever the role."""

log = structlog.get_logger("dashboard.access")


class Guard:
    """Knows who asks, and what they may."""

    def __init__(self, reader: Reader, settings: Settings) -> None:
        self.reader, self.settings = reader, settings
        self.csrf = CSRFProtect()
        self._visitor = NOBODY if settings.public is None else Identity("public", "", settings.public)

    def install(self, server: flask.Flask) -> None:
        """Stand in front of every route of ``server``; to be called before anything else is."""
        server.config.update(
            SECRET_KEY=self.settings.secret_key,
            WTF_CSRF_CHECK_DEFAULT=False,  # checked here, after it is known who asks
            WTF_CSRF_TIME_LIMIT=None,  # as long as the session it belongs to
        )
        self.csrf.init_app(server)
        server.before_request(self.check)
        server.after_request(self._hand_out_token)

    def check(self) -> Any:
        """Let the request pass (None), or answer it."""
        if not self._is_our_host():
            raise BadRequest
        endpoint = flask.request.endpoint
        if endpoint in OPEN and flask.request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        if endpoint == "screen" and "token" in flask.request.args:  # whoever it is, the token says who comes
            return None
        flask.g.identity = NOBODY if endpoint in OPEN else self.identify()
        if endpoint not in OPEN and not self._is_allowed(endpoint):
            return self._refuse()
        if endpoint in WITH_FILE:
            flask.request.max_content_length = (self.settings.file_megabytes << 20) + _AROUND_A_FILE
        # whose token it is, no other site knows
        if endpoint is not None and (endpoint in OPEN or "Authorization" not in flask.request.headers):
            if flask.request.method == "POST" and None in flask.request.form:  # a part without a name
                raise BadRequest
            self.csrf.protect()
        return None

    def scope(self) -> Scope:
        """What the reader of this request may see."""
        grant = current_identity().grant
        return Scope.everything() if grant.is_everything else grant.scope(self.reader.catalog())

    def senders(self) -> frozenset[str] | None:
        """Whose files sent in the reader of this request may see; None: everybody's.

        His own, and those of everybody who sees nothing he does not: what a file says is in no table
        before it is published, and a refused row may speak of any district.
        """
        identity, scope = current_identity(), self.scope()
        if not identity.may(Right.REVIEW):
            return frozenset()
        if scope == Scope.everything():
            return None
        with self.reader.engine.connect() as connection:
            accounts = fetch_accounts(connection)
        catalog = self.reader.catalog()
        within = {f"user:{a.username}" for a in accounts if scope.covers(a.grant.scope(catalog))}
        return frozenset(within | {identity.actor})

    def sign_in(self, secret: str, *, is_device: bool = False) -> None:
        """Put a new session into the cookie; nothing of the one before stays."""
        flask.session.clear()
        flask.session[SESSION_SECRET] = secret
        flask.session.permanent = is_device

    def _is_our_host(self) -> bool:
        """Flask's TRUSTED_HOSTS does not know IPv6 addresses."""
        hosts = self.settings.hosts
        try:
            return hosts is None or urlsplit(f"//{flask.request.host}").hostname in {host.strip("[]") for host in hosts}
        except ValueError:
            return False

    def _is_allowed(self, endpoint: str | None) -> bool:
        identity = current_identity()
        if endpoint is None:  # no such route: say so to readers, ask everybody else to sign in
            return identity.may(Right.SEE)
        if endpoint in SIGNED_IN:
            return identity.is_signed_in
        return endpoint in RIGHTS_NEEDED and identity.may(RIGHTS_NEEDED[endpoint])

    def _refuse(self) -> Any:
        identity = current_identity()
        is_lost = identity.grant.role is Role.SCREEN and _wants_document()
        if flask.request.endpoint in WATCHING or is_lost:
            return devices.refuse(is_stopped=identity is devices.STOPPED)
        if identity.may(Right.SEE):
            raise NotFound
        if not _wants_document():
            raise Unauthorized
        if identity.must_change:
            return flask.redirect("/account", 303)
        if identity.is_signed_in:
            raise NotFound
        return flask.redirect(f"/login?next={quote(_asked(), safe='/')}", 303)

    def identify(self) -> Identity:
        """By token, else by session, else by what a named proxy says, else a screen's device, else nobody we know."""
        at = self.settings.now()
        if "Authorization" in flask.request.headers:
            return self._by_bearer(at)
        secret = flask.session.get(SESSION_SECRET)
        found = self._by_session(at)
        if self.settings.sso_header is not None and (found is None or found.method == "header"):
            found = self._by_header(found, self.settings.sso_header, at)
        if found is None and flask.request.endpoint in WATCHING:
            found = self._by_device(at) or self._stopped(secret, at)
        return found or self._visitor

    def _stopped(self, secret: object, at: Any) -> Identity | None:
        """A screen that signed in by the form, and whose token is no longer good: it goes on being told to stop."""
        if not isinstance(secret, str):
            return None
        with self.reader.engine.connect() as connection:
            if not devices.is_stopped(connection, secret, at):
                return None
        self.sign_in(secret, is_device=True)
        return devices.STOPPED

    def _by_device(self, at: Any) -> Identity | None:
        """By the cookie of screens; what was used is noted, and a session that had to begin again handed out."""
        name = devices.COOKIE_TLS if self.settings.is_https else devices.COOKIE
        cookie = flask.request.cookies.get(name)
        if cookie is None:
            return None
        address, agent = flask.request.remote_addr or "", flask.request.headers.get("User-Agent", "")
        by = By("public", address, at)
        found, flask.g.screen_cookie = devices.identify(self.reader.engine, cookie, by, agent, self.settings.limits)
        if found is not None and found.session_key is not None and is_due(found.last_seen_at or at, at):
            key, who = found.session_key, found.name

            def note(connection: Any) -> None:
                touch_session(connection, key, at)
                tokens.note_use(connection, who, address, at)

            write_if_free(self.reader.engine, note)
        return found

    def _by_bearer(self, at: Any) -> Identity:
        """A token in the Authorization header; a wrong one is nobody, whatever else there is."""
        kind, _, secret = flask.request.headers["Authorization"].partition(" ")
        if kind.casefold() != "bearer":
            return NOBODY
        with self.reader.engine.connect() as connection:
            found = tokens.fetch_bearer(connection, secret.strip(), at)
        if found is None:
            return NOBODY
        identity, is_due_now = found
        address = flask.request.remote_addr or ""
        if is_due_now:
            write_if_free(self.reader.engine, lambda c: tokens.note_use(c, identity.name, address, at))
        return identity

    def _by_session(self, at: Any) -> Identity | None:
        secret = flask.session.get(SESSION_SECRET)
        if not isinstance(secret, str):
            return None
        with self.reader.engine.connect() as connection:
            found = fetch_identity(connection, secret, at, self.settings.limits)
        if found is None:
            flask.session.clear()
        elif found.session_key is not None and found.last_seen_at is not None and is_due(found.last_seen_at, at):
            if found.account_key is not None and flask.request.endpoint in ASKED_BY_ITSELF:
                return found
            key = found.session_key
            write_if_free(self.reader.engine, lambda c: touch_session(c, key, at))
        return found

    def _by_header(self, found: Identity | None, header: str, at: Any) -> Identity | None:
        """Single sign-on: the proxy names who asks at every request; a session goes with it, to be seen and ended."""
        said = sso.portal_name(header)
        if found is not None and found.username == sso.sso_username(said):
            return found
        if found is None and not said:
            return None
        with self.reader.engine.connect() as connection:
            if found is None and sso.was_refused(connection, said, at):
                return None
        with writing(self.reader.engine, ACCESS) as connection:
            if found is not None and found.session_key is not None:
                end_session(connection, found.session_key, at)
            secret = sso.open_by_sso(connection, said, "header", at) if said else None
        if found is not None:
            flask.session.clear()
        if secret is None:
            return None
        self.sign_in(secret)
        return self._by_session(at)

    def _hand_out_token(self, response: flask.Response) -> flask.Response:
        """The value Dash's renderer sends back with every callback, for the pages that ask them."""
        request = flask.request
        if fresh := flask.g.get("screen_cookie"):
            devices.hand_out(response, fresh, is_https=self.settings.is_https)
        is_page = request.endpoint in ("/", _PAGES) or (
            (response.status_code == 404 and current_identity().may(Right.SEE))
            or (response.status_code == 401 and current_identity().grant.role is Role.SCREEN)
        )
        if is_page and response.mimetype == "text/html" and "Authorization" not in request.headers:
            value = generate_csrf()
            response.set_cookie(CSRF_COOKIE, value, samesite="Strict", secure=self.settings.is_https, httponly=False)
        return response


def current_identity() -> Identity:
    """Who asks; nobody, before the guard has looked."""
    found: Identity = flask.g.get("identity", NOBODY)
    return found


def require(right: Right) -> None:
    """Raise Unauthorized unless who asks has the right; callbacks call it themselves."""
    if not current_identity().may(right):
        raise Unauthorized


def safe_path(text: str | None) -> str:
    """Where to go after signing in: a path of this server, else the first page."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or not text.isprintable():
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or "\\" in text else text


def _asked() -> str:
    path = flask.request.full_path.rstrip("?")
    return path if flask.request.method == "GET" else flask.request.path


def _wants_document() -> bool:
    """Whether a person waits for a page, rather than a program for an answer."""
    request = flask.request
    return (
        request.method in ("GET", "HEAD")
        and not request.path.startswith("/_")
        and "Authorization" not in request.headers
        and request.accept_mimetypes.accept_html
    )
