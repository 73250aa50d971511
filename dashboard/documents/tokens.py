"""令牌: what screens and programs read with."""

from __future__ import annotations

from typing import Any

import flask

from dashboard.access import tokens as kept
from dashboard.access.limits import CHANGES
from dashboard.access.roles import TOKEN_ROLES
from dashboard.documents.office import Office, field, grant_of_form
from warehouse.errors import DabiaoError


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /admin/tokens."""

    def page(status: int = 200, error: DabiaoError | None = None, secret: str = "") -> flask.Response:
        with office.reading() as connection:
            known = kept.fetch_tokens(connection)
        return office.page(
            "tokens.html", status=status, error=error, tokens=known, secret=secret, tree=office.tree(),
            domains=list(office.catalog.domains.values()), choices=TOKEN_ROLES, now=office.settings.now(),
            default_days=kept.DEFAULT_DAYS, most_days=kept.MOST_DAYS, form=flask.request.form,
        )  # fmt: skip

    @server.get("/admin/tokens")
    def tokens() -> Any:
        return page()

    @server.post("/admin/tokens", endpoint="add_token")
    @office.limit(CHANGES)
    def add() -> Any:
        days = field("days", 8)
        try:
            with office.writing() as connection:
                secret = kept.add_token(
                    connection, office.by(), office.catalog, field("name"), grant_of_form(flask.request.form),
                    int(days) if days.isascii() and days.isdigit() else 0,
                )  # fmt: skip
        except DabiaoError as error:
            return page(400, error)
        return page(secret=secret)

    @server.post("/admin/tokens/revoke", endpoint="revoke_token")
    @office.limit(CHANGES)
    def revoke() -> Any:
        try:
            with office.writing() as connection:
                kept.revoke_token(connection, office.by(), field("name"))
        except DabiaoError as error:
            return page(400, error)
        return office.done(office.display._("令牌已撤销。"), "tokens")
