"""用户与权限: accounts, what they may see, and everybody's sessions."""

from __future__ import annotations

from typing import Any

import flask

from dashboard.access import accounts
from dashboard.access.limits import CHANGES
from dashboard.access.roles import ACCOUNT_ROLES
from dashboard.access.sessions import MOST_KEY, end_session, fetch_sessions
from dashboard.documents.office import Office, field, grant_of_form
from warehouse.audit import Action, append
from warehouse.errors import DabiaoError


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /admin/users."""

    def list_page(status: int = 200, error: DabiaoError | None = None) -> flask.Response:
        settings = office.settings
        with office.reading() as connection:
            known = accounts.fetch_accounts(connection)
            sessions = fetch_sessions(connection, settings.now(), settings.limits)
        return office.page(
            "users.html", status=status, error=error, accounts=known, sessions=sessions, tree=office.tree(),
            domains=list(office.catalog.domains.values()), choices=ACCOUNT_ROLES, form=flask.request.form,
        )  # fmt: skip

    def user_page(username: str, status: int = 200, error: DabiaoError | None = None, password: str = "") -> Any:
        settings = office.settings
        with office.reading() as connection:
            known = _account(connection, username)
            sessions = fetch_sessions(connection, settings.now(), settings.limits, known.key)
        return office.page(
            "user.html", status=status, error=error, account=known, sessions=sessions, tree=office.tree(),
            domains=list(office.catalog.domains.values()), choices=ACCOUNT_ROLES, password=password,
        )  # fmt: skip

    @server.get("/admin/users")
    def users() -> Any:
        return list_page()

    @server.get("/admin/users/<username>")
    def user(username: str) -> Any:
        return user_page(username)

    @server.post("/admin/users", endpoint="add_user")
    @office.limit(CHANGES)
    def add() -> Any:
        form, name = flask.request.form, field("username", 64)
        try:
            with office.writing() as connection:
                password = accounts.add_account(
                    connection, office.by(), office.catalog, name, field("display_name", 64),
                    grant_of_form(form), form.get("signs_in_by") == "sso",
                )  # fmt: skip
        except DabiaoError as error:
            return list_page(400, error)
        if password is None:
            return office.done(office.display._("账号已添加。"), "user", username=accounts.normalise_username(name))
        return user_page(name, password=password)

    @server.post("/admin/users/<username>", endpoint="change_user")
    @office.limit(CHANGES)
    def change(username: str) -> Any:
        def work(connection: Any) -> None:
            grant = grant_of_form(flask.request.form)
            name = field("display_name", 64)
            accounts.change_account(connection, office.by(), office.catalog, username, grant, name)

        return act(username, work, office.display._("已保存。"))

    @server.post("/admin/users/<username>/disable", endpoint="disable_user")
    @office.limit(CHANGES)
    def disable(username: str) -> Any:
        said = office.display._("账号已停用，会话已结束。")
        return act(username, lambda c: accounts.disable_account(c, office.by(), username), said)

    @server.post("/admin/users/<username>/enable", endpoint="enable_user")
    @office.limit(CHANGES)
    def enable(username: str) -> Any:
        said = office.display._("账号已启用。")
        return act(username, lambda c: accounts.enable_account(c, office.by(), username), said)

    @server.post("/admin/users/<username>/reset", endpoint="reset_user")
    @office.limit(CHANGES)
    def reset(username: str) -> Any:
        try:
            with office.writing() as connection:
                _account(connection, username)
                password = accounts.reset_password(connection, office.by(), username)
        except DabiaoError as error:
            return user_page(username, 400, error)
        return user_page(username, password=password)

    @server.post(f"/admin/sessions/<int(max={MOST_KEY}):key>/end", endpoint="end_session")
    @office.limit(CHANGES)
    def end(key: int) -> Any:
        by = office.by()
        with office.writing() as connection:
            whose = end_session(connection, key, by.at)
            if whose is None:
                flask.abort(404)
            append(connection, by.event(Action.SESSION_ENDED, whose, session=key), by.at)
        return office.done(office.display._("会话已结束。"), "users")

    def act(username: str, work: Any, said: str) -> Any:
        try:
            with office.writing() as connection:
                _account(connection, username)
                work(connection)
        except DabiaoError as error:
            return user_page(username, 400, error)
        return office.done(said, "user", username=username)


def _account(connection: Any, username: str) -> accounts.Account:
    try:
        return accounts.fetch_account(connection, username)
    except DabiaoError:
        flask.abort(404)
