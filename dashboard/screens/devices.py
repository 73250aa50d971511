"""Devices: a token in the address is exchanged for a cookie that opens screens, and nothing else.

The cookie holds a session's secret and the token: a session that was ended begins again by itself, a token
that was revoked is the end. Neither is read on any other path, nor by any script.
"""

from __future__ import annotations

from datetime import datetime

import flask
from sqlalchemy import Connection, Engine, delete, select

from dashboard.access.accounts import By
from dashboard.access.roles import Grant, Role
from dashboard.access.sessions import Identity, Limits, fetch_identity, hash_secret
from dashboard.access.tokens import begin_device_session, fetch_token_of
from dashboard.components.render import template
from dashboard.display import N_
from dashboard.i18n import translator
from dashboard.screens.store import KEPT, fetch_screen
from warehouse.access_tables import access_token, web_session
from warehouse.audit import Action, append
from warehouse.engine import ACCESS, writing

COOKIE, COOKIE_TLS, PATH = "dabiao-screen", "__Secure-dabiao-screen", "/screen"
AGE = 400 * 24 * 3600
"""The longest browsers keep a cookie; each load of the document begins anew."""
STOPPED = Identity("public", "", Grant(Role.NOBODY, frozenset(), frozenset()), method="stopped")
"""A device whose token was revoked or is out of date: its picture must go."""


def identify(engine: Engine, cookie: str, by: By, user_agent: str, limits: Limits) -> tuple[Identity | None, str]:
    """Whose cookie it is, and the cookie to hand out instead where its session had to begin again."""
    secret, _, token = cookie.partition(".")
    with engine.connect() as connection:
        found = fetch_identity(connection, secret, by.at, limits)
        known = fetch_token_of(connection, token) if found is None else None
    if found is not None or known is None or known.grant.role is not Role.SCREEN:
        return found, ""
    if not known.is_good(by.at):
        return STOPPED, ""
    with writing(engine, ACCESS) as connection:
        fresh = _begin(connection, known.key, token, user_agent, by)
    with engine.connect() as connection:
        return fetch_identity(connection, fresh or "", by.at, limits), f"{fresh}.{token}"


def is_stopped(connection: Connection, secret: str, at: datetime) -> bool:
    """Whether a session, over or not, is that of a token which was revoked or is out of date."""
    query = select(access_token.c.revoked_at, access_token.c.expires_at)
    query = query.join(web_session, web_session.c.token_key == access_token.c.token_key)
    row = connection.execute(query.where(web_session.c.secret_sha256 == hash_secret(secret))).one_or_none()
    return row is not None and (row.revoked_at is not None or row.expires_at <= at)


def exchange(
    connection: Connection, name: str, token: str, cookie: str, user_agent: str, by: By
) -> str | Identity | None:
    """The cookie for a token that shows this screen; STOPPED for one that is good no longer, None for any other."""
    known, screen = fetch_token_of(connection, token), fetch_screen(connection, name)
    if known is not None and not known.is_good(by.at):
        return STOPPED
    if known is None or screen is None or known.name not in screen.definition.devices:
        append(connection, by.event(Action.LOGIN_FAILED, "?", method="token"), by.at)
        return None
    if cookie.partition(".")[2] == token:
        return cookie  # the same browser again; its session is asked for at the next request
    return f"{_begin(connection, known.key, token, user_agent, by)}.{token}"


def hand_out(response: flask.Response, value: str, *, is_https: bool) -> None:
    """Put the cookie into an answer."""
    response.set_cookie(
        COOKIE_TLS if is_https else COOKIE,
        value,
        max_age=AGE,
        path=PATH,
        httponly=True,
        secure=is_https,
        samesite="Lax",
    )


def refuse(*, is_stopped: bool) -> flask.Response:
    """For a screen that may not: a page without data, or what its script understands."""
    status = 410 if is_stopped else 401
    if flask.request.endpoint in ("screen_state", "screen_view"):
        return flask.make_response(flask.jsonify({"stopped" if is_stopped else "unauthorised": True}), status)
    text, more = (
        (N_("此屏已停用"), N_("请联系管理员。"))
        if is_stopped
        else (N_("设备未授权"), N_("请管理员在“大屏”页为这台设备生成地址。"))
    )
    zh, en = translator("zh"), translator("en")
    page = template("screen_refused.html").render(_=zh, en=en, text=text, more=more)
    return flask.make_response(page, status)


def _begin(connection: Connection, key: int, token: str, user_agent: str, by: By) -> str | None:
    """A session; those of the same token not seen for long are forgotten on the way."""
    s = web_session.c
    connection.execute(delete(web_session).where(s.token_key == key, s.last_seen_at < by.at - KEPT))
    return begin_device_session(connection, token, user_agent, by)
