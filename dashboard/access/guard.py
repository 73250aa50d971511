"""The one guard: in front of every route it asks who is there and whether they may. Default: no.

``dashboard.access.endpoints`` says what each route needs; a route not named there does not exist. What one may
not do answers like what is not there.
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
from dashboard.access.endpoints import (
    ASKED_BY_ITSELF,
    OPEN,
    PAGES,
    RIGHTS_NEEDED,
    SIGNED_IN,
    WATCHING,
    WITH_FILE,
)
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
        is_page = request.endpoint in ("/", PAGES) or (
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
