"""A dashboard as somebody signs in to it, and the log of what happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from dash import Dash
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from dashboard.access.sessions import Limits, SessionLine, fetch_sessions
from dashboard.reading import Reader
from tests.dashboard.html import Node, parse
from warehouse.audit import Entry, Filter, fetch_entries
from warehouse.engine import ROOT

NOBODY_HERE = "sun"
"""A name without an account."""
CLOCKED = Limits(timedelta(minutes=60))


class StillClock:
    """A clock that stands still until it is put forward."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The moment."""
        return self.at

    def forward(self, **by: float) -> None:
        """Put it forward."""
        self.at += timedelta(**by)


@dataclass
class House:
    """A dashboard, its clock and its database."""

    app: Dash
    clock: StillClock

    @property
    def engine(self) -> Engine:
        """The app's own."""
        reader: Reader = self.app.server.extensions["dabiao"]
        return reader.engine

    def client(self) -> FlaskClient:
        """A browser that knows no cookie yet."""
        client = self.app.server.test_client()
        client.environ_base["HTTP_ACCEPT"] = "text/html"
        return client

    def audit(self, action: str = "") -> list[Entry]:
        """What was written down since the house was opened, oldest first."""
        with self.engine.connect() as connection:
            found = list(fetch_entries(connection, Filter(action=action)))
        return [entry for entry in reversed(found) if not entry.actor.startswith("shell:")]

    def sessions(self) -> list[SessionLine]:
        """Sessions that may go on."""
        with self.engine.connect() as connection:
            return fetch_sessions(connection, self.clock(), CLOCKED)


def who(client: FlaskClient, **options: object) -> str | None:
    """The name of whoever is signed in, as the page shows it; None for nobody."""
    response = client.get("/account", **options)  # type: ignore[arg-type]
    if response.status_code == 303:
        assert response.location.startswith("/login?next=")
        return None
    assert response.status_code == 200
    return parse(response.get_data(as_text=True)).one("header", css="site").one("a", href="/account").text


def begin(client: FlaskClient, target: str = "/account") -> str:
    """Press the button; the provider's address."""
    response = client.get("/login/oidc", query_string={"next": target})
    assert response.status_code == 303
    return response.location


def authorize(address: str, subject: str = "", **form: str) -> str:
    """Say yes at the provider; the address it sends the browser to. Without a subject: one that does not ask."""
    if subject or form:
        response = requests.post(address, data={"sub": subject, **form}, allow_redirects=False, timeout=10)
    else:
        response = requests.get(address, allow_redirects=False, timeout=10)
    assert response.status_code == 302, response.text
    return response.headers["Location"]


def come_back(client: FlaskClient, address: str) -> TestResponse:
    """Follow the provider's redirect."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(client: FlaskClient, subject: str = "", target: str = "/account") -> TestResponse:
    """The whole way."""
    return come_back(client, authorize(begin(client, target), subject))


def message(response: TestResponse) -> str:
    """What a page to sign in with says went wrong."""
    page = parse(response.get_data(as_text=True))
    assert page.all("input", name="username"), "no page to sign in with"
    return alert(page)


def alert(page: Node) -> str:
    """The alert of a page, empty where there is none."""
    found = page.all("p", css="wrong", role="alert")
    return found[0].text if found else ""


def cookies(client: FlaskClient) -> int:
    """How many characters the session cookie has."""
    cookie = client.get_cookie("dabiao")
    return 0 if cookie is None else len(cookie.value)


@contextmanager
def run_mock_provider(users: Mapping[str, object], log: Path) -> Iterator[str]:
    """oidc-provider-mock as a process of its own; its address."""
    environment = os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"}
    command = [sys.executable, "-m", "tests.sso.mock_provider", json.dumps(users)]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors)
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            if not line.isdigit():
                pytest.fail(f"oidc-provider-mock: {log.read_text()[-2000:]}", pytrace=False)
            yield f"http://127.0.0.1:{int(line)}"
        finally:
            process.terminate()
            process.wait(30)
