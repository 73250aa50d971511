"""登录与退出: signing in with a password or a screen's token, and out."""

from __future__ import annotations

from typing import Any

import flask

from dashboard.access.accounts import normalise_username
from dashboard.access.guard import current_identity, safe_path
from dashboard.access.limits import LOGIN_BY_ADDRESS, LOGIN_BY_NAME
from dashboard.access.sessions import end_session
from dashboard.access.signin import Refused, locked_error, sign_in
from dashboard.access.sso import portal_name
from dashboard.access.tokens import begin_device_session, fetch_token_of
from dashboard.documents.office import Office, field
from dashboard.screens.store import fetch_screens
from warehouse.audit import Action, append
from warehouse.errors import DabiaoError

WRONG = DabiaoError(
    "用户名或口令不对。忘记口令请找管理员重置。",
    "User name or password is wrong. An administrator can reset a forgotten password.",
)
STALE = DabiaoError(
    "首次口令已过期，请管理员重置。", "This first password is too old; ask an administrator for another."
)
UNKNOWN_AT_PORTAL = DabiaoError(
    "您在门户的用户名在这里没有可用的账号，请管理员开通。",
    "Your name at the portal has no account here; ask an administrator for one.",
)
WRONG_TOKEN = DabiaoError("令牌不对，或者已经过期、撤销。", "The token is wrong, out of date or revoked.")


def install(server: flask.Flask, office: Office) -> None:
    """Routes /login, /login/device, /logout."""

    def form(
        status: int = 200, error: DabiaoError | None = None, username: str = "", is_device: bool = False
    ) -> flask.Response:
        target = safe_path(flask.request.values.get("next"))
        oidc = office.settings.oidc
        return office.page(
            "login.html", status=status, error=error, target=target, oidc=oidc, username=username, is_device=is_device
        )

    @server.get("/login")
    def login() -> Any:
        if office.guard.identify().is_signed_in:
            return flask.redirect(safe_path(flask.request.args.get("next")), 303)
        header = office.settings.sso_header
        return form(error=UNKNOWN_AT_PORTAL if header is not None and portal_name(header) else None)

    @server.post("/login", endpoint="sign_in")
    @office.limiter.limit(LOGIN_BY_ADDRESS)
    @office.limiter.limit(LOGIN_BY_NAME, key_func=lambda: normalise_username(field("username")) or "?")
    def enter() -> Any:
        username, password = normalise_username(field("username")), flask.request.form.get("password", "")
        agent, address = flask.request.headers.get("User-Agent", ""), flask.request.remote_addr or ""
        found = sign_in(office.reader.engine, username, password, address, agent, office.settings.now())
        if isinstance(found, Refused):
            return form(401, _why(found), field("username", 64))
        office.guard.sign_in(found)
        return flask.redirect(safe_path(flask.request.form.get("next")), 303)

    @server.post("/login/device", endpoint="sign_in_device")
    @office.limiter.limit(LOGIN_BY_ADDRESS)
    def enter_device() -> Any:
        agent, by = flask.request.headers.get("User-Agent", ""), office.by()
        with office.writing() as connection:
            secret = begin_device_session(connection, field("token"), agent, by)
            token = fetch_token_of(connection, field("token"))
            shown = [s.name for s in fetch_screens(connection) if token and token.name in s.definition.devices]
        if secret is None:
            return form(401, WRONG_TOKEN, is_device=True)
        office.guard.sign_in(secret, is_device=True)
        target = safe_path(flask.request.form.get("next"))
        return flask.redirect(f"/screen/{shown[0]}" if shown and target == "/" else target, 303)

    @server.post("/logout")
    def logout() -> Any:
        identity, by = current_identity(), office.by()
        with office.writing() as connection:
            if identity.session_key is not None:
                end_session(connection, identity.session_key, by.at)
                append(connection, by.event(Action.LOGOUT, identity.username or identity.name), by.at)
        flask.session.clear()
        response = flask.redirect("/login", 303)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def _why(refused: Refused) -> DabiaoError:
    if refused.is_stale:
        return STALE
    if refused.wait is None:
        return WRONG
    return locked_error(refused.wait)
