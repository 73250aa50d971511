"""我的账号: one's password and sessions."""

from __future__ import annotations

from typing import Any

import flask

from dashboard.access.accounts import WRONG_PASSWORD, change_password
from dashboard.access.guard import current_identity
from dashboard.access.limits import CHANGES
from dashboard.access.passwords import KINDS_NEEDED, SHORTEST
from dashboard.access.sessions import MOST_KEY, end_session, fetch_sessions
from dashboard.access.signin import confirm, locked_error
from dashboard.documents.office import Office
from warehouse.audit import Action, append
from warehouse.errors import DabiaoError


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /account."""

    def page(status: int = 200, error: DabiaoError | None = None) -> flask.Response:
        identity, settings = current_identity(), office.settings
        with office.reading() as connection:
            sessions = fetch_sessions(connection, settings.now(), settings.limits, identity.account_key)
        kinds = KINDS_NEEDED if settings.djbh else 0
        return office.page(
            "account.html", status=status, error=error, sessions=sessions, shortest=SHORTEST, kinds=kinds
        )

    @server.get("/account")
    def account() -> Any:
        return page()

    @server.post("/account/password", endpoint="change_password")
    @office.limit(CHANGES)
    def change() -> Any:
        identity, form = current_identity(), flask.request.form
        try:
            if form.get("new", "") != form.get("again", ""):
                raise DabiaoError("两次输入的新口令不一样。", "The two new passwords differ.")
            refused = confirm(
                office.reader.engine, identity.username, form.get("old", ""), office.by().address, office.by().at
            )
            if refused is not None:
                raise locked_error(refused.wait) if refused.wait else WRONG_PASSWORD
            with office.writing() as connection:
                change_password(
                    connection, office.by(), identity.username, form.get("old", ""), form.get("new", ""),
                    keep_session=identity.session_key, djbh=office.settings.djbh,
                )  # fmt: skip
        except DabiaoError as error:
            return page(400, error)
        return office.done(office.display._("口令已更改，其他会话已结束。"), "account")

    @server.post(f"/account/sessions/<int(max={MOST_KEY}):key>/end", endpoint="end_own_session")
    def end(key: int) -> Any:
        identity, by = current_identity(), office.by()
        with office.writing() as connection:
            whose = end_session(connection, key, by.at, identity.account_key)
            if whose is None:
                flask.abort(404)
            append(connection, by.event(Action.SESSION_ENDED, whose, session=key), by.at)
        return office.done(office.display._("会话已结束。"), "account")
