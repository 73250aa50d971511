"""Asking the app over HTTP, in this process, as a browser and Dash's renderer do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dash import Dash
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.state import parse_state
from tests.dashboard.support import MODULES

COOKIE = "_csrf_token"
CALLBACKS = "/_dash-update-component"


@dataclass
class Browser:
    """A client of one app."""

    app: Dash
    client: FlaskClient

    @classmethod
    def of(cls, app: Dash) -> Browser:
        """A browser that knows no cookie yet."""
        return cls(app, app.server.test_client())

    def get(self, link: str, **options: Any) -> TestResponse:
        """GET."""
        return self.client.get(link, **options)

    def ask(self, link: str, language: str = "zh", page: str = "", **headers: str) -> TestResponse:
        """POST what Dash's renderer posts when the store of a page changes; ``page`` 'why' for the drawer."""
        path, _, query = link.partition("?")
        state = parse_state(path, query)
        view: dict[str, Any] = {"path": path, "search": query, "language": language}
        if page == "why":
            view["why"] = query.partition("why=")[2].partition("&")[0]
        return self.post(question(page or state.page, view), **headers)

    def post(self, body: Any, **headers: str) -> TestResponse:
        """POST any JSON to the callbacks."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(CALLBACKS, json=body, headers=self.sealed() | given)

    def sealed(self) -> dict[str, str]:
        """What the renderer sends along: the value of a cookie that came with the document."""
        if self.client.get_cookie(COOKIE) is None:
            self.get("/")
        cookie = self.client.get_cookie(COOKIE)
        return {"X-CSRFToken": cookie.value} if cookie else {}

    def leaves(self, link: str, language: str = "zh", page: str = "") -> dict[tuple[str, str], Any]:
        """The leaves of a page as the answer has them."""
        response = self.ask(link, language, page)
        assert response.status_code == 200
        answer = json.loads(response.get_data())["response"]
        return {(name, prop): value for name, props in answer.items() for prop, value in props.items()}


def question(page: str, view: Any) -> dict[str, Any]:
    """The body of a callback."""
    leaves = MODULES[page].LEAVES
    names = [f"{name}.{prop}" for name, prop in leaves]
    output = f"..{'...'.join(names)}.."
    return {
        "output": output,
        "outputs": [{"id": name, "property": prop} for name, prop in leaves],
        "inputs": [{"id": f"view-{page}", "property": "data", "value": view}],
        "changedPropIds": [f"view-{page}.data"],
    }
