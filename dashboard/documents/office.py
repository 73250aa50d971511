"""What every document with a form shares: the frame, who asks, writing, and errors in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import flask
from flask_limiter import Limiter
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from dashboard.access.accounts import By
from dashboard.access.guard import Guard, current_identity
from dashboard.access.limits import remote_address
from dashboard.access.roles import ALL, Grant, Right, Role
from dashboard.components.render import template
from dashboard.components.shell import home_of, links, nav_names
from dashboard.display import N_, Display
from dashboard.exports.queue import Queue
from dashboard.i18n import HTML_LANGUAGE, LANGUAGES
from dashboard.reading import Reader, Reading
from dashboard.settings import Settings
from dashboard.state import ViewState
from warehouse.audit import Action, append
from warehouse.catalog import Catalog, District
from warehouse.engine import ACCESS, writing
from warehouse.errors import DabiaoError

T = TypeVar("T")

ROLES: dict[Role, str] = {
    Role.ADMINISTRATOR: N_("管理员"),
    Role.HEAD: N_("局领导"),
    Role.STEWARD: N_("数据管理员"),
    Role.EDITOR: N_("区县填报员"),
    Role.VIEWER: N_("区县查看员"),
    Role.SCREEN: N_("大屏设备"),
}
METHODS = {
    "password": N_("口令"), "oidc": N_("统一身份认证"), "header": N_("门户单点登录"), "token": N_("设备令牌"),
}  # fmt: skip


@dataclass
class Office:
    """Shared by the documents of one app."""

    reader: Reader
    settings: Settings
    guard: Guard
    limiter: Limiter
    language: Callable[[], str]
    queue: Queue
    """Files to be made in the background."""
    version: str = ""
    """Of the style sheets, in their links."""

    @property
    def display(self) -> Display:
        """Formats values for the reader of this request."""
        return Display(self.reader.catalog(), self.language())

    @property
    def catalog(self) -> Catalog:
        """Districts and domains by name."""
        return self.reader.catalog()

    def by(self) -> By:
        """Who changes something in this request."""
        return By(current_identity().actor, flask.request.remote_addr or "", self.settings.now())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from."""
        with self.reader.engine.connect() as connection:
            yield connection

    @contextmanager
    def read(self, state: ViewState) -> Iterator[Reading]:
        """What the reader of this request may see, with the filters of a link."""
        identity = current_identity()
        with self.reader.read(
            self.guard.scope(), state, self.language(), names_people=identity.may(Right.OWN_ACCOUNT),
            senders=self.guard.senders(), may_decide=identity.may(Right.DECIDE),
        ) as reading:  # fmt: skip
            yield reading

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction on accounts, sessions, tokens and the audit log."""
        with writing(self.reader.engine, ACCESS) as connection:
            yield connection

    def note_export(self, subject: str) -> None:
        """Write down what is taken along as a file, and with which filters. What cannot be written is not given."""
        by, query = self.by(), flask.request.query_string.decode("ascii", "replace")
        with self.writing() as connection:
            append(connection, by.event(Action.EXPORT, subject, **({"query": query[:400]} if query else {})), by.at)

    def page(
        self, name: str, *, status: int = 200, error: DabiaoError | None = None, again: str = "", **values: Any
    ) -> flask.Response:
        """A document from ``templates/<name>``; ``again`` leads to its like where its own address is good but once."""
        display, identity = self.display, current_identity()
        language, home = display.language, home_of(self.catalog, identity)
        text = template(name).render(
            _=display._, d=display, language=HTML_LANGUAGE[language], other=next(x for x in LANGUAGES if x != language),
            query=[(key, value) for key, value in flask.request.args.items(multi=True) if key != "lang" and not again],
            again=again,
            identity=identity, may=identity.may, Right=Right, roles=ROLES, methods=METHODS,
            scope_words=display.grant, home=home, navigation=links(home), names=nav_names(display._),
            path=flask.request.path, endpoint=flask.request.endpoint, csrf_token=generate_csrf, version=self.version,
            messages=flask.get_flashed_messages(), error=error and error.text(language),
            is_demo=self.catalog.is_demo, **values,
        )  # fmt: skip
        response = flask.make_response(text, status)
        response.headers["Cache-Control"] = "no-store"
        return response

    def done(self, message: str, endpoint: str, **values: Any) -> Any:
        """Back to a page, which says what was done."""
        flask.flash(message)
        return flask.redirect(flask.url_for(endpoint, **values), 303)

    def tree(self) -> list[tuple[int, District]]:
        """Every district with how deep it lies, each under the one above it."""
        return [(sum(1 for _ in self.catalog.ancestors(x)), x) for x in self.catalog.districts.values()]

    def limit(self, limit: str) -> Callable[[T], T]:
        """A rate limit by account, or by address without one."""
        found: Callable[[T], T] = self.limiter.limit(limit, key_func=by_account)  # type: ignore[assignment]
        return found


def by_account() -> str:
    """Whom a limit is counted for."""
    identity = current_identity()
    return identity.actor if identity.is_signed_in else remote_address()


def field(name: str, longest: int = 200) -> str:
    """A text field of the form, without spaces around it."""
    return flask.request.form.get(name, "")[:longest].strip()


def grant_of_form(form: MultiDict[str, str]) -> Grant:
    """Role, districts and domains as the forms name them. Errors: DabiaoError."""
    try:
        role = Role(form.get("role", ""))
    except ValueError:
        raise DabiaoError("请选择角色。", "Choose a role.") from None
    districts = None if form.get("all_districts") == ALL else frozenset(form.getlist("districts"))
    domains = None if form.get("all_domains") == ALL else frozenset(form.getlist("domains"))
    return Grant(role, districts, domains)
