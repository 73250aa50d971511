"""People, tokens and browsers of a site that asks who one is."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dash import Dash
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, insert, select
from werkzeug.test import TestResponse

from dashboard.access.accounts import By, add_account, change_password, disable_account
from dashboard.access.guard import CSRF_COOKIE
from dashboard.access.roles import Grant, Role
from dashboard.access.sessions import begin_session
from dashboard.access.tokens import add_token, revoke_token
from dashboard.cache import CALLBACKS
from dashboard.reading import Reader
from dashboard.screens.definition import Definition
from dashboard.screens.store import add_screen
from dashboard.state import parse_state
from tests.dashboard.html import Node, parse
from tests.dashboard.http import question
from warehouse.access_tables import account, audit_entry
from warehouse.audit import Entry, Filter, fetch_entries, verify
from warehouse.catalog import fetch_catalog
from warehouse.engine import ACCESS, open_engine, writing

NOW = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
OWN, SIBLING, ABOVE, FOREIGN, UNKNOWN = "990101", "990102", "990100", "990201", "990299"
"""Districts of the synthetic province: one's own, others outside it, and one that does not exist."""
HERE = frozenset({OWN})
SHELL = By("shell:tests", "", NOW - timedelta(days=2))
WHY = f"/?why={OWN}.demo_homes_adapted.total.2025-S2.2025-S2"
ACCEPT = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FIRST, SSO, CLOSED = "first", "sso", "closed"

PEOPLE: dict[str, Grant] = {
    "boss": Grant(Role.ADMINISTRATOR),
    "head": Grant(Role.HEAD),
    "steward": Grant(Role.STEWARD),
    "editor": Grant(Role.EDITOR, HERE),
    "viewer": Grant(Role.VIEWER, HERE),
    "everywhere": Grant(Role.VIEWER),
    "elder": Grant(Role.VIEWER, None, frozenset({"elderly"})),
    FIRST: Grant(Role.VIEWER, HERE),
    SSO: Grant(Role.VIEWER, HERE),
    CLOSED: Grant(Role.VIEWER, HERE),
}
TOKENS = {
    "hall": Grant(Role.SCREEN, HERE),
    "reader": Grant(Role.VIEWER, HERE),
    "late": Grant(Role.SCREEN, HERE),
    "gone": Grant(Role.SCREEN, HERE),
}

SCREEN_FORM: dict[str, Any] = {
    **{name: "" if value is None else str(value) for name, value in Definition().values().items()},
    "title": "大厅", "kind": ["situation"], "dwell": ["15"], "begins": ["00:00"], "ends": ["00:00"],
    "weekdays-0": ["0", "6"], "period": [""], "district": [""], "domain": [""],
}  # fmt: skip
"""A screen as its editor sends it."""


class Now:
    """A clock that stands where it is put."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The moment."""
        return self.at

    def move(self, **by: float) -> None:
        """Later by days, hours, minutes …"""
        self.at += timedelta(**by)


def password_of(name: str) -> str:
    """The password of an account, unlike any other."""
    return f"{hashlib.sha256(name.encode()).hexdigest()[:20]} {name} Ox!"


@dataclass
class World:
    """A database file with everybody in it, and the secrets only they know."""

    file: Path
    passwords: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        """What must never be read anywhere."""
        return [*self.passwords.values(), *self.tokens.values()]


def populate(file: Path) -> World:
    """Add every account and token."""
    world = World(file)
    engine = open_engine(f"sqlite:///{file}")
    with writing(engine, ACCESS) as connection:
        catalog = fetch_catalog(connection)
        for name, grant in PEOPLE.items():
            first = add_account(connection, SHELL, catalog, name, f"{name} 同志", grant, name == SSO)
            if first is None:
                continue
            if name == FIRST:
                world.passwords[name] = first
                continue
            world.passwords[name] = password_of(name)
            change_password(connection, SHELL, name, first, password_of(name), keep_session=None)
        disable_account(connection, SHELL, CLOSED)
        for name, grant in TOKENS.items():
            world.tokens[name] = add_token(connection, SHELL, catalog, name, grant, 1 if name == "late" else 90)
        revoke_token(connection, SHELL, "gone")
        add_screen(connection, SHELL, "hall", "大厅", Definition(devices=tuple(x for x in TOKENS if x != "reader")))
        add_screen(connection, SHELL, "attic", "阁楼", Definition())
    engine.dispose()
    return world


@dataclass
class Place:
    """A running site: its app, its database, its clock."""

    app: Dash
    world: World
    now: Now
    file: Path

    @property
    def engine(self) -> Engine:
        """The app's own engine."""
        found: Reader = self.app.server.extensions["dabiao"]
        return found.engine

    def visitor(self, **headers: str) -> Visitor:
        """A new browser; with ``Authorization`` or another header at every request where given."""
        return Visitor(self, self.app.server.test_client(), {k.replace("_", "-"): v for k, v in headers.items()})

    def bearer(self, name: str) -> Visitor:
        """A program that shows a token."""
        return self.visitor(Authorization=f"Bearer {self.world.tokens[name]}")

    def signed_in(self, name: str) -> Visitor:
        """A browser in which somebody has signed in."""
        visitor = self.visitor()
        response = visitor.sign_in(name)
        assert response.status_code == 303, response.get_data(as_text=True)
        return visitor

    def screen(self, name: str = "hall") -> Visitor:
        """A screen that has shown its token in the form."""
        visitor = self.visitor()
        assert visitor.show_token(self.world.tokens[name]).status_code == 303
        return visitor

    def entries(self) -> list[Entry]:
        """The audit log, oldest first."""
        with self.engine.connect() as connection:
            return list(fetch_entries(connection, Filter()))[::-1]

    def said(self, since: int = 0) -> list[tuple[str, str, str]]:
        """(actor, action, subject) of the entries after the first so many."""
        return [(e.actor, e.action, e.subject) for e in self.entries()[since:]]

    def check_log(self) -> None:
        """The chain is whole."""
        with self.engine.connect() as connection:
            assert verify(connection).broken_at is None

    def write(self, work: Callable[[Connection], Any]) -> Any:
        """One write transaction."""
        with writing(self.engine, ACCESS) as connection:
            return work(connection)

    def begin_session(self, name: str) -> str:
        """A session of an account, made behind the app's back; its secret."""

        def work(connection: Connection) -> str:
            key = connection.execute(select(account.c.account_key).where(account.c.username == name)).scalar_one()
            return begin_session(connection, self.now(), "password", "127.0.0.1", "tests", account_key=key)

        found: str = self.write(work)
        return found

    def begin_anew(self) -> None:
        """The database and the clock as they were in the beginning."""
        self.engine.dispose()
        for end in ("-wal", "-shm"):
            self.file.with_name(self.file.name + end).unlink(missing_ok=True)
        shutil.copyfile(self.world.file, self.file)
        self.now.at = NOW

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@dataclass
class Visitor:
    """A browser, or a program, at a site."""

    place: Place
    client: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)

    def open(self, link: str, method: str = "GET", **options: Any) -> TestResponse:
        """Any request; headers of its own go before those of the visitor."""
        headers = {**ACCEPT, **self.headers, **options.pop("headers", {})}
        return self.client.open(link, method=method, headers=headers, **options)

    def get(self, link: str, **options: Any) -> TestResponse:
        """GET."""
        return self.open(link, **options)

    def form_token(self, link: str = "/login") -> str:
        """What a form of a page carries."""
        return token_in(self.get(link).get_data(as_text=True))

    def submit(self, link: str, fields: dict[str, Any] | None = None, page: str = "", **options: Any) -> TestResponse:
        """POST a form with the token of a page that has forms, as a browser does."""
        data = {**(fields or {}), "csrf_token": self.form_token(page or "/account")}
        return self.open(link, "POST", data=data, **options)

    def sign_in(self, name: str, password: str | None = None, **fields: str) -> TestResponse:
        """The login form."""
        known = self.place.world.passwords.get(name, "") if password is None else password
        return self.submit("/login", {"username": name, "password": known, **fields}, "/login")

    def show_token(self, token: str, **fields: str) -> TestResponse:
        """The login form of screens."""
        return self.submit("/login/device", {"token": token, **fields}, "/login")

    def cookie(self, name: str = "dabiao") -> str | None:
        """The value of a cookie."""
        found = self.client.get_cookie(name)
        return found.value if found else None

    def callback_token(self) -> str:
        """What Dash's renderer sends with callbacks: a cookie that comes with the page."""
        if self.cookie(CSRF_COOKIE) is None:
            self.get("/")
        return self.cookie(CSRF_COOKIE) or ""

    def ask(self, link: str, language: str = "zh", page: str = "", **headers: str) -> TestResponse:
        """The callback of the page a link leads to; ``page`` 'why' for the drawer."""
        path, _, query = link.partition("?")
        view: dict[str, Any] = {"path": path, "search": query, "language": language}
        if page == "why":
            view["why"] = query.partition("why=")[2].partition("&")[0]
        return self.call(question(page or parse_state(path, query).page, view), **headers)

    def call(self, body: Any, **headers: str) -> TestResponse:
        """POST any JSON to the callbacks."""
        sent = {"X-CSRFToken": self.callback_token()} if "Authorization" not in self.headers else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.open(CALLBACKS, "POST", json=body, headers=sent)

    def leaves(self, link: str, language: str = "zh", page: str = "") -> str:
        """Everything the callback of a page answers, as one text."""
        response = self.ask(link, language, page)
        assert response.status_code == 200, (link, response.get_data(as_text=True))
        return json.dumps(json.loads(response.get_data())["response"], ensure_ascii=False)

    @property
    def is_in(self) -> bool:
        """Whether pages are shown, or screens to a screen."""
        return 200 in (self.get("/").status_code, self.get("/screen/hall").status_code)


def token_in(html: str) -> str:
    """The token in the first form of a document."""
    return str(parse(html).all("input", name="csrf_token")[0]["value"])


def words(response: TestResponse) -> Node:
    """A document, parsed."""
    return parse(response.get_data(as_text=True))


def wrong(response: TestResponse) -> str:
    """What a document says went wrong."""
    return str(words(response).one("p", "wrong").text)


def copy(world: World, folder: Path, name: str = "place.db") -> Path:
    """A database of one's own."""
    return Path(shutil.copyfile(world.file, folder / name))


def insert_entry(connection: Connection, **values: Any) -> None:
    """An entry that the log itself did not write."""
    connection.execute(insert(audit_entry).values(values))
