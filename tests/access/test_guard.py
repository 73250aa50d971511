"""Who gets what: every route and every callback, asked by everybody, against a table.

A new route or callback fails here until it has its line in the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from dashboard import questions
from dashboard.access import endpoints
from dashboard.access.accounts import By, change_account, disable_account
from dashboard.access.guard import CSRF_COOKIE
from dashboard.access.roles import Grant, Right, Role
from dashboard.components.render import row_key
from dashboard.display import Display
from dashboard.exports import jobs
from dashboard.meeting import ledger
from etl import staging
from tests.access.conftest import Open
from tests.access.support import (
    ABOVE,
    FIRST,
    FOREIGN,
    HERE,
    OWN,
    SCREEN_FORM,
    SHELL,
    SIBLING,
    UNKNOWN,
    Place,
    Visitor,
)
from tests.dashboard.http import CALLBACKS, question
from tests.dashboard.support import MODULES
from warehouse.access_tables import web_session
from warehouse.catalog import fetch_catalog
from warehouse.queries.mart import Selection, fetch_rows
from warehouse.scope import Scope

PENDING = {"oidc_begin", "oidc_return"}
"""Routed only where a provider is set; tests/sso asks them."""

ASKERS = (
    "nobody", "public", "screen token", "screen", "reader token", "reader screen", "viewer", "editor", "steward",
    "head", "boss",
    "first", "closed", "expired",
)  # fmt: skip
"""Nobody; a visitor of a site with public data; a screen and a program with their token in the header, and in the login
form; the five roles; who has to change his password; who was closed after signing in; who was away too long.
All but steward, head and boss are for one district only. A line of the table has a letter for each, in this order."""

CODES = {
    "O": 200, "G": 204, "R": 303, "L": 303, "A": 303, "B": 400, "U": 401, "F": 403, "N": 404, "M": 405, "C": 409,
    "X": 410,
}  # fmt: skip
"""O: the thing asked for. R: done, see there. L: to signing in. A: to one's account. N: there is no such thing.
X: there is none any more."""

SEE, FILE, OWNER, MANAGE = "LOUUOOOOOOOALL", "LOUUOOOOOOOALL", "LNUUNNOOOOOOLL", "LNUUNNNNNNOALL"
THERE, NOT_THERE = "LNUUNNNNOOOALL", "LNUUNNNNNNNALL"
ALL, DATA, NOTHING = "OOOOOOOOOOOOOO", "UOUUOOOOOOOUUU", "UNUUNNNNNNNUUU"
DO_OWN, DO_MANAGE, GIVE = "UNUUNNRRRRRRUU", "UNUUNNNNNNRUUU", "UNUUNNNNNNOUUU"
METHOD = "UMUUMMMMMMMUUU"
WATCH_FILE, FETCH, ASK = "LNUUOOOOOOOALL", "LNUURRRRRRRALL", "LRUURRRRRRRALL"
DO_EXPORT, DO_WATCHED = "URUURRRRRRRUUU", "UNUURRRRRRRUUU"
REVIEW, UPLOAD, APPROVE = "LNUUNNNOOOOALL", "LNUUNNNOONOALL", "LNUUNNNNONOALL"
COLLEAGUE = "LNUUNNOOOOOALL"
DECIDE, DO_DECIDE = "LNUUNNNNOOOALL", "UNUUNNNNRRRUUU"
DO_UPLOAD, DO_APPROVE = "UNUUNNNRRNRUUU", "UNUUNNNNRNRUUU"
WATCH = "UOOOOOOOOOOUUU"

GRANT = {"display_name": "某", "role": "viewer", "all_districts": "", "districts": [OWN], "all_domains": "*"}
NUMBER = f"{OWN}.demo_homes_adapted.total.2025-S2.2025-S2"
ITEM = {"row": NUMBER, "what": "加快改造", "office": "区民政局", "due_on": "2026-06-01"}
SUITES = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
NAME, VIEW = "<string(maxlength=64):name>", "<string(maxlength=120):view>"
SESSION = KEY = "<int(max=2147483647):key>"

TABLE: list[tuple[str, str, str, str]] = [
    # method, rule, link, what everybody gets
    ("GET", "/healthz", "/healthz", ALL),
    ("GET", "/assets/<path:filename>", "/assets/vendor/plotly-partial.min.js", ALL),
    ("GET", SUITES, "/_dash-component-suites/dash/dash-renderer/build/dash-ws-worker.js", ALL),
    ("GET", "/_favicon.ico", "/_favicon.ico", ALL),
    ("GET", "/_reload-hash", "/_reload-hash", NOTHING),
    ("GET", "/_dash-layout", "/_dash-layout", DATA),
    ("GET", "/_dash-dependencies", "/_dash-dependencies", DATA),
    ("GET", "/", "/", SEE),
    ("GET", "/", f"/?district={FOREIGN}", SEE),
    ("GET", "/<path:path>", "/data", SEE),
    ("GET", "/<path:path>", "/completeness", SEE),
    ("GET", "/<path:path>", "/changes?since=2025-01-01", SEE),
    ("GET", "/<path:path>", f"/districts/{OWN}", SEE),
    ("GET", "/<path:path>", f"/districts/{FOREIGN}", THERE),
    ("GET", "/<path:path>", f"/districts/{ABOVE}", THERE),
    ("GET", "/<path:path>", f"/districts/{UNKNOWN}", NOT_THERE),
    ("GET", "/<path:path>", "/no/such/page", NOT_THERE),
    ("GET", "/<path:path>", "/admin", NOT_THERE),
    ("GET", "/download/<name>.csv", "/download/facts.csv", FILE),
    ("GET", "/download/<name>.csv", f"/download/scorecard.csv?path=/districts/{FOREIGN}", FILE),
    ("GET", "/download/<name>.csv", "/download/changes.csv?path=/changes", FILE),
    ("GET", "/download/<name>.csv", "/download/nothing.csv", NOT_THERE),
    ("GET", "/download/<name>.csv", f"/download/chase.csv?path=/completeness&district={FOREIGN}", FILE),
    ("GET", "/download/chase.xlsx", f"/download/chase.xlsx?path=/completeness&district={FOREIGN}", FILE),
    ("GET", "/download/scorecard.svg", f"/download/scorecard.svg?path=/districts/{OWN}", FILE),
    ("GET", "/download/scorecard.svg", f"/download/scorecard.svg?path=/districts/{FOREIGN}", THERE),
    ("GET", "/download/scorecard.svg", f"/download/scorecard.svg?path=/districts/{UNKNOWN}", NOT_THERE),
    ("GET", "/download/map.svg", "/download/map.svg?path=/", FILE),
    ("GET", "/download/map.svg", "/download/map.svg?path=/indicators/demo_homes_adapted", FILE),
    ("GET", "/download/map.svg", "/download/map.svg?path=/data", NOT_THERE),
    ("GET", "/districts/<code>/digest", f"/districts/{OWN}/digest", SEE),
    ("GET", "/districts/<code>/digest", f"/districts/{FOREIGN}/digest?since=2025-01-01", THERE),
    ("GET", "/districts/<code>/digest", f"/districts/{UNKNOWN}/digest", NOT_THERE),
    ("GET", "/download/page.pdf", f"/download/page.pdf?path=/districts/{OWN}", ASK),
    ("GET", "/download/page.pdf", "/download/page.pdf?path=/no/such/page", NOT_THERE),
    ("GET", "/exports", "/exports", FILE),
    ("GET", f"/exports/{KEY}", "/exports/{job}", WATCH_FILE),
    ("GET", f"/exports/{KEY}", "/exports/{others}", NOT_THERE),
    ("GET", f"/exports/{KEY}", "/exports/4711", NOT_THERE),
    ("GET", f"/exports/{KEY}/state", "/exports/{job}/state", WATCH_FILE),
    ("GET", f"/exports/{KEY}/state", "/exports/{others}/state", NOT_THERE),
    ("GET", f"/exports/{KEY}/file", "/exports/{job}/file", FETCH),
    ("GET", f"/exports/{KEY}/file", "/exports/{others}/file", NOT_THERE),
    ("GET", "/bulletin", f"/bulletin?districts={FOREIGN}&office=x", FILE),
    ("GET", "/login", "/login", "OORRRRRRRRRROO"),
    ("POST", "/login", "/login", "UUFUFUUUUUUUUU"),
    ("POST", "/login/device", "/login/device", "UUFUFUUUUUUUUU"),
    ("GET", "/account", "/account", OWNER),
    ("POST", f"/account/sessions/{SESSION}/end", "/account/sessions/{own}/end", DO_OWN),
    ("POST", f"/account/sessions/{SESSION}/end", "/account/sessions/{foreign}/end", "UNUUNNNNNNNNUU"),
    ("GET", "/admin/users", "/admin/users", MANAGE),
    ("GET", "/admin/users/<username>", "/admin/users/everywhere", MANAGE),
    ("GET", "/admin/users/<username>", "/admin/users/nobody.here", NOT_THERE),
    ("POST", "/admin/users", "/admin/users", GIVE),
    ("POST", "/admin/users/<username>", "/admin/users/everywhere", DO_MANAGE),
    ("POST", "/admin/users/<username>", "/admin/users/nobody.here", NOTHING),
    ("POST", "/admin/users/<username>/disable", "/admin/users/everywhere/disable", DO_MANAGE),
    ("POST", "/admin/users/<username>/enable", "/admin/users/everywhere/enable", DO_MANAGE),
    ("POST", "/admin/users/<username>/reset", "/admin/users/everywhere/reset", GIVE),
    ("POST", f"/admin/sessions/{SESSION}/end", "/admin/sessions/{foreign}/end", DO_MANAGE),
    ("GET", "/admin/tokens", "/admin/tokens", MANAGE),
    ("POST", "/admin/tokens", "/admin/tokens", GIVE),
    ("POST", "/admin/tokens/revoke", "/admin/tokens/revoke", DO_MANAGE),
    ("GET", "/admin/rules", "/admin/rules", MANAGE),
    ("POST", "/admin/rules/preview", "/admin/rules/preview", GIVE),
    ("POST", "/admin/rules", "/admin/rules", "UNUUNNNNNNBUUU"),
    ("GET", "/data/uploads", "/data/uploads", REVIEW),
    ("POST", "/data/uploads", "/data/uploads", "UNUUNNNBBNBUUU"),
    ("GET", f"/data/uploads/{KEY}", "/data/uploads/{upload}", REVIEW),
    ("GET", f"/data/uploads/{KEY}", "/data/uploads/{above}", "LNUUNNNNOOOALL"),
    ("GET", f"/data/uploads/{KEY}", "/data/uploads/4711", NOT_THERE),
    ("GET", f"/data/uploads/{KEY}/marked.xlsx", "/data/uploads/{upload}/marked.xlsx", REVIEW),
    ("GET", f"/data/uploads/{KEY}/marked.xlsx", "/data/uploads/{above}/marked.xlsx", "LNUUNNNNOOOALL"),
    ("GET", f"/data/uploads/{KEY}/file", "/data/uploads/{upload}/file", REVIEW),
    ("GET", f"/data/uploads/{KEY}/file", "/data/uploads/{above}/file", "LNUUNNNNOOOALL"),
    ("POST", f"/data/uploads/{KEY}", "/data/uploads/{upload}", DO_UPLOAD),
    ("POST", f"/data/uploads/{KEY}", "/data/uploads/{above}", DO_APPROVE),
    ("POST", f"/data/uploads/{KEY}/stage", "/data/uploads/{upload}/stage", "UNUUNNNCCNCUUU"),
    ("POST", f"/data/uploads/{KEY}/stage", "/data/uploads/{above}/stage", "UNUUNNNNCNCUUU"),
    ("POST", f"/data/uploads/{KEY}/discard", "/data/uploads/{upload}/discard", DO_UPLOAD),
    ("POST", f"/data/uploads/{KEY}/discard", "/data/uploads/{above}/discard", DO_APPROVE),
    ("GET", "/data/template.xlsx", f"/data/template.xlsx?district={OWN}&period=2025-S2", UPLOAD),
    ("GET", "/data/template.xlsx", f"/data/template.xlsx?district={FOREIGN}&period=2025-S2", "LNUUNNNNONOALL"),
    ("GET", "/data/template.xlsx", f"/data/template.xlsx?district={UNKNOWN}&period=2025-S2", NOT_THERE),
    ("GET", f"/data/batches/{KEY}", "/data/batches/{staged}", REVIEW),
    ("GET", f"/data/batches/{KEY}", "/data/batches/1", "LNUUNNNNOOOALL"),
    ("GET", f"/data/batches/{KEY}", "/data/batches/4711", NOT_THERE),
    ("GET", f"/data/batches/{KEY}/undo", "/data/batches/1/undo", APPROVE),
    ("GET", f"/data/batches/{KEY}/undo", "/data/batches/{staged}/undo", NOT_THERE),
    ("POST", f"/data/batches/{KEY}/approve", "/data/batches/{staged}/approve", DO_APPROVE),
    ("POST", f"/data/batches/{KEY}/approve", "/data/batches/1/approve", "UNUUNNNNCNCUUU"),
    ("POST", f"/data/batches/{KEY}/discard", "/data/batches/{waiting}/discard", DO_UPLOAD),
    ("POST", f"/data/batches/{KEY}/discard", "/data/batches/1/discard", "UNUUNNNNCNCUUU"),
    ("POST", f"/data/batches/{KEY}/undo", "/data/batches/{staged}/undo", DO_APPROVE),
    ("POST", f"/data/batches/{KEY}/undo", "/data/batches/4711/undo", NOTHING),
    ("GET", "/actions", "/actions", COLLEAGUE),
    ("GET", "/actions", f"/actions?district={FOREIGN}&state=all&overdue=1", COLLEAGUE),
    ("GET", "/actions/new", f"/actions/new?row={NUMBER}", DECIDE),
    ("GET", "/actions/new", "/actions/new?row=990101.nothing.total.2025-S2.-", NOT_THERE),
    ("POST", "/actions", "/actions", DO_DECIDE),
    ("GET", f"/actions/{KEY}", "/actions/{item}", COLLEAGUE),
    ("GET", f"/actions/{KEY}", "/actions/{item_above}", "LNUUNNNNOOOALL"),
    ("GET", f"/actions/{KEY}", "/actions/4711", NOT_THERE),
    ("POST", f"/actions/{KEY}/answer", "/actions/{item}/answer", "UNUUNNNRNNRUUU"),
    ("POST", f"/actions/{KEY}/answer", "/actions/{item_above}/answer", "UNUUNNNNNNRUUU"),
    ("POST", f"/actions/{KEY}/decide", "/actions/{item}/decide", DO_DECIDE),
    ("GET", "/actions/reminders", "/actions/reminders", DECIDE),
    ("GET", "/actions/reminders.<any(csv, xlsx):kind>", "/actions/reminders.csv", DECIDE),
    ("GET", "/actions/reminders.<any(csv, xlsx):kind>", "/actions/reminders.xlsx", DECIDE),
    ("GET", "/meeting", "/meeting", SEE),
    ("POST", "/meeting", "/meeting", DO_DECIDE),
    ("GET", "/meeting/<name>", "/meeting/now", SEE),
    ("GET", "/meeting/<name>", f"/meeting/{{meeting}}?district={FOREIGN}", SEE),
    ("GET", "/meeting/<name>", "/meeting/4711", NOT_THERE),
    ("GET", "/meeting/<name>/presenter", "/meeting/{meeting}/presenter", DECIDE),
    ("GET", "/meeting/<name>/presenter", "/meeting/4711/presenter", NOT_THERE),
    ("POST", "/meeting/<name>/notes", "/meeting/{meeting}/notes", "UNUUNNNNGGGUUU"),
    ("POST", "/meeting/<name>/notes", "/meeting/now/notes", "UNUUNNNNBBBUUU"),
    ("GET", "/meeting/<name>/qr.svg", "/meeting/now/qr.svg?topic=opening", SEE),
    ("GET", "/m/<name>/<topic>", "/m/now/opening", "LRUURRRRRRRALL"),
    ("GET", "/m/<name>/<topic>", "/m/4711/opening", NOT_THERE),
    ("GET", "/admin/audit", "/admin/audit?verify=1", MANAGE),
    ("GET", "/admin/audit.csv", "/admin/audit.csv", MANAGE),
    ("POST", f"/exports/{KEY}/again", "/exports/{job}/again", DO_WATCHED),
    ("POST", f"/exports/{KEY}/cancel", "/exports/{job}/cancel", DO_WATCHED),
    ("POST", f"/exports/{KEY}/again", "/exports/{others}/again", NOTHING),
    ("POST", f"/exports/{KEY}/cancel", "/exports/{others}/cancel", NOTHING),
    ("POST", "/bulletin/export", "/bulletin/export", DO_EXPORT),
    ("POST", "/_dash-update-component", "/_dash-update-component", "UBUUBBBBBBBUUU"),
    ("GET", f"/screen/{NAME}", "/screen/hall", WATCH),
    ("GET", f"/screen/{NAME}", "/screen/attic", "UOUUOOOOOOOUUU"),
    ("GET", f"/screen/{NAME}", "/screen/nowhere", "UNXXNNNNNNNUUU"),
    ("GET", f"/screen/{NAME}", "/screen/hall?token=wrong", "UUUUUUUUUUUUUU"),
    ("GET", f"/screen/{NAME}/state", "/screen/hall/state", WATCH),
    ("GET", f"/screen/{NAME}/state", "/screen/attic/state", "UOUUOOOOOOOUUU"),
    ("GET", f"/screen/{NAME}/state", "/screen/nowhere/state", "UXXXXXXXXXXUUU"),
    ("GET", f"/screen/{NAME}/view/{VIEW}", "/screen/hall/view/1-situation", WATCH),
    ("GET", f"/screen/{NAME}/view/{VIEW}", "/screen/hall/view/nothing", "UNNNNNNNNNNUUU"),
    ("GET", "/screen/sw.js", "/screen/sw.js", ALL),
    ("GET", "/admin/screens", "/admin/screens", MANAGE),
    ("POST", "/admin/screens", "/admin/screens", DO_MANAGE),
    ("GET", f"/admin/screens/{NAME}", "/admin/screens/hall", MANAGE),
    ("GET", f"/admin/screens/{NAME}", "/admin/screens/nowhere", NOT_THERE),
    ("POST", f"/admin/screens/{NAME}", "/admin/screens/hall", DO_MANAGE),
    ("POST", f"/admin/screens/{NAME}", "/admin/screens/nowhere", NOTHING),
    ("POST", f"/admin/screens/{NAME}/copy", "/admin/screens/hall/copy", DO_MANAGE),
    ("POST", f"/admin/screens/{NAME}/delete", "/admin/screens/attic/delete", DO_MANAGE),
    ("POST", f"/admin/screens/{NAME}/devices", "/admin/screens/hall/devices", GIVE),
    ("GET", f"/admin/screens/{NAME}/preview", "/admin/screens/hall/preview", MANAGE),
    ("POST", f"/admin/screens/{NAME}/preview", "/admin/screens/hall/preview", GIVE),
    ("POST", "/account/password", "/account/password", DO_OWN),
    ("POST", "/logout", "/logout", "UNRRRRRRRRRRUU"),
]  # fmt: skip

FIELDS: dict[str, dict[str, Any]] = {
    "/bulletin/export": {"kind": "xlsx", "period": "2025-S2"},
    "/login": {"username": "no.such.name", "password": "wrong"},
    "/login/device": {"token": "dabiao_wrong"},
    "/account/password": {"new": "Xk9#mQ2$vL7@pR4! new", "again": "Xk9#mQ2$vL7@pR4! new"},
    "/admin/users": {"username": "new.name", "signs_in_by": "password", **GRANT},
    "/admin/users/everywhere": GRANT,
    "/admin/users/nobody.here": GRANT,
    "/admin/tokens": {"name": "new name", "days": "1", **GRANT},
    "/admin/tokens/revoke": {"name": "reader"},
    "/admin/screens": {"name": "new-one", "title": "新屏", "size": "1920x1080"},
    "/admin/screens/hall": SCREEN_FORM,
    "/admin/screens/hall/preview": SCREEN_FORM,
    "/admin/screens/hall/copy": {"name": "another"},
    "/admin/screens/hall/devices": {"device": "new device", "days": "1", "district": "*"},
    "/admin/rules/preview": {"scope": "/", "amber_share": "0.85", "s1_share": "", "weight": ""},
    "/actions": ITEM,
    "/actions/{item}/answer": {"note": "完成八成"},
    "/actions/{item_above}/answer": {"note": "完成八成"},
    "/actions/{item}/decide": {"kind": "done", "note": ""},
    "/meeting": {"title": "调度会", "held_on": "2026-02-02"},
    "/meeting/{meeting}/notes": {"topic": "opening", "body": "先讲总体"},
    "/meeting/now/notes": {"topic": "opening", "body": "先讲总体"},
    "/admin/rules": {"scope": "/", "amber_share": "0.85", "s1_share": "", "weight": "", "reason": "r", "seal": "wrong"},
}

VIEWS = {
    "overview": "/", "indicators": "/indicators", "indicator": "/indicators/demo_homes_adapted",
    "districts": "/districts", "changes": "/changes",
    "district": f"/districts/{OWN}", "data": "/data", "chase": "/completeness",
    "methodology": "/methodology", "missing": "/no/such/page",
    "why": f"/?why={OWN}.demo_homes_adapted.total.2025-S2.2025-S2",
}  # fmt: skip
CALLBACK_TABLE = {questions.output_id(module): (name, DATA) for name, module in MODULES.items()}
CLIENT_SIDE = {
    "..main.className...view-overview.data...view-changes.data...view-indicators.data...view-indicator.data...view-districts.data...view-district.data..."
    "view-data.data...view-chase.data...view-methodology.data...view-missing.data...view-why.data...drawer.is_open..",
    "filters.title",
    "drawer.title",
}  # fmt: skip
"""Callbacks that run in the browser. The server has none of that name."""

OPTIONS = {
    Right.WATCH: WATCH, Right.SEE: DATA, Right.EXPORT: "UOUUOOOOOOOUUU", Right.OWN_ACCOUNT: "UNUUNNOOOOOOUU",
    Right.MANAGE: GIVE,
    Right.AUDIT: GIVE,
    Right.RULES: GIVE, Right.REVIEW: "UNUUNNNOOOOUUU", Right.UPLOAD: "UNUUNNNOONOUUU",
    Right.APPROVE: "UNUUNNNNONOUUU", Right.DECIDE: "UNUUNNNNOOOUUU", Right.ANSWER: "UNUUNNNONNOUUU", None: NOTHING,
}  # fmt: skip
SIGNED = "UNOOOOOOOOOOUU"


def come(place: Place, asker: str) -> Visitor:
    """A browser, or a program, of one of ``ASKERS``."""
    if asker in ("nobody", "public"):
        return place.visitor()
    kind, _, how = asker.partition(" ")
    if kind in ("screen", "reader"):
        name = "hall" if kind == "screen" else "reader"
        return place.bearer(name) if how == "token" else place.screen(name)
    name = {"first": FIRST, "closed": "editor", "expired": "viewer"}.get(asker, asker)
    return place.signed_in(name)


def send(place: Place, name: str, file: str) -> int:
    """A file of an account, sent up; a figure of one's own district, another in each file."""
    figure = f"{OWN},demo_homes_adapted,2025-S2,4{ord(file[0])},household"
    content = f"district_code,indicator_code,period_code,value,unit_code\n{figure}\n"
    return staging.receive(place.engine, file, content.encode(), who=f"user:{name}", clock=place.now)


def stage(place: Place, name: str, file: str) -> int:
    """The same, waiting for approval."""
    key = send(place, name, file)
    scope = Scope(HERE)
    seal = staging.look(place.engine, key, scope=scope, clock=place.now).seal
    return staging.stage(place.engine, key, seal=seal, scope=scope, who=f"user:{name}", clock=place.now)


def decide(place: Place, district: str) -> int:
    """An action item on a number of a district, entered behind the app's back."""
    with place.engine.connect() as connection:
        catalog = fetch_catalog(connection)
        key = catalog.district_by_code[district].key
        [row, *_rest] = fetch_rows(Scope.everything(), connection, catalog, Selection(districts=frozenset({key})))
    of = row_key(Display(catalog, "zh"), row)
    decision = ledger.Decision(row.place, of, f"督促{district}", "市民政局", date(2026, 6, 1))
    by = By("user:head", "", place.now())
    return int(place.write(lambda c: ledger.add_item(c, catalog, by, decision, date(2026, 2, 1))))


def enqueue(place: Place, actor: str) -> int:
    """A file somebody asked for, that nobody has begun to make."""
    grant, at = Grant(Role.VIEWER), place.now()
    return jobs.enqueue(place.engine, "xlsx", "{}", grant=grant, language="zh", actor=actor, at=at)[0]


class Door:
    """Somebody with a cookie and a form token that are right, asking one thing after the other."""

    def __init__(self, place: Place, asker: str) -> None:
        self.place, self.asker, self.visitor = place, asker, come(place, asker)
        self.name = {"first": FIRST, "closed": "editor", "expired": "viewer"}.get(asker, asker)
        is_person = self.name in place.world.passwords
        if "Authorization" in self.visitor.headers:
            self.token = ""
        elif is_person or asker == "nobody":
            self.token = self.visitor.form_token("/account" if is_person else "/login")
        else:
            self.token = self.visitor.callback_token()
        self.cookie = self.visitor.cookie()
        self.keys = {
            "foreign": self._begin_session("head"),
            "own": self._begin_session(self.name if is_person else "boss"),
            "upload": send(place, "editor", "a.csv"),
            "above": send(place, "steward", "b.csv"),
            "staged": stage(place, "editor", "c.csv"),
            "waiting": stage(place, "editor", "d.csv"),
            "item": decide(place, OWN),
            "item_above": decide(place, ABOVE),
            "meeting": int(place.write(lambda c: ledger.add_meeting(c, SHELL, date(2026, 2, 1), "调度会"))),
            "job": enqueue(place, f"{'token' if asker[:6] in ('screen', 'reader') else 'user'}:{self._who()}"),
            "others": enqueue(place, "user:everywhere"),
        }
        if asker == "head":  # whose "foreign" must be another's
            self.keys["foreign"] = self._begin_session("boss")
        if asker == "closed":
            place.write(lambda c: disable_account(c, SHELL, "editor"))
        if asker == "expired":
            place.now.move(hours=2)

    def _who(self) -> str:
        return {"screen": "hall", "reader": "reader"}.get(self.asker.partition(" ")[0], self.name)

    def _begin_session(self, name: str) -> int:
        self.place.begin_session(name)
        with self.place.engine.connect() as connection:
            return int(connection.execute(select(func.max(web_session.c.session_key))).scalar_one())

    def ask(self, method: str, link: str, **options: Any) -> TestResponse:
        """One request, with the cookie as it was when it was new."""
        if self.cookie is not None:
            self.visitor.client.set_cookie("dabiao", self.cookie)
        headers = {"X-CSRFToken": self.token} if self.token and method not in ("GET", "HEAD", "OPTIONS") else {}
        return self.visitor.open(link.format(**self.keys), method, headers=headers, **options)


def check(response: TestResponse, letter: str, asked: str) -> None:
    """The answer is the one of the table, and gives nothing away where it is a refusal."""
    assert response.status_code == CODES[letter], f"{asked}: {response.status_code}, not {letter}"
    location = response.headers.get("Location", "")
    if letter in "LA":
        assert location.startswith("/login?next=" if letter == "L" else "/account"), f"{asked}: {location}"
    if letter == "R":
        assert not location.startswith("/login?"), asked
    if letter in "LAUFNM":
        said = response.get_data(as_text=True)
        assert not re.search(r"岚麓区|砚阡区|user:|同志|dabiao_|Traceback", said), f"{asked}: {said}"
    response.close()


@pytest.fixture
def site(request: pytest.FixtureRequest, open_place: Open) -> Callable[[str], Place]:
    """The site an asker comes to: for the public one with public data, for all others one without."""

    def find(asker: str) -> Place:
        if asker == "public":
            return open_place(public=Grant(Role.PUBLIC, HERE))
        found: Place = request.getfixturevalue("place")
        return found

    return find


@pytest.mark.parametrize("asker", ASKERS)
def test_everybody_gets_what_the_table_says_from_every_route_and_callback(
    site: Callable[[str], Place], asker: str
) -> None:
    place, column = site(asker), ASKERS.index(asker)
    rules = {rule.rule: rule for rule in reversed([*place.app.server.url_map.iter_rules()])}  # OPTIONS asks the first
    methods: dict[str, set[str]] = {rule: set() for rule in rules}
    for found in place.app.server.url_map.iter_rules():
        methods[found.rule] |= found.methods or set()

    routed = {(m, rule) for rule, found in methods.items() for m in found - {"HEAD", "OPTIONS"}}
    assert routed == {line[:2] for line in TABLE}, "a route without a line in the table, or a line without a route"
    assert set(place.app.callback_map) == set(CALLBACK_TABLE) | CLIENT_SIDE, "a callback that is in no table"
    assert {len(line[3]) for line in TABLE} == {len(ASKERS)}

    door = Door(place, asker)
    ask_callbacks(door, column)
    ask_what_no_route_answers(door, rules, methods, column)
    for method, rule, link, letters in sorted(TABLE, key=lambda line: line[0] == "POST"):
        asked = f"{asker} {method} {link}"
        fields = {"old": place.world.passwords.get(door.name, ""), **FIELDS.get(link, {})}
        body = {"json": {}} if rule == CALLBACKS else {"data": fields} if method == "POST" else {}
        check(door.ask(method, link, **body), letters[column], asked)
        if method == "GET":
            bodiless = door.ask("HEAD", link)
            assert bodiless.get_data() == b"", asked
            check(bodiless, letters[column], f"HEAD {asked}")
    place.check_log()


def ask_callbacks(door: Door, column: int) -> None:
    """Every callback, with a question it understands; and those of the browser."""
    for name, letters in CALLBACK_TABLE.values():
        path, _, search = VIEWS[name].partition("?")
        view = {"path": path, "search": search, "language": "zh", "why": search.partition("why=")[2]}
        check(door.ask("POST", CALLBACKS, json=question(name, view)), letters[column], f"{door.asker} {name}")
    for output in CLIENT_SIDE:
        body = question("overview", {}) | {"output": output}
        check(door.ask("POST", CALLBACKS, json=body), "UFUUFFFFFFFUUU"[column], f"{door.asker} {output}")


def ask_what_no_route_answers(door: Door, rules: dict[str, Any], methods: dict[str, set[str]], column: int) -> None:
    """GET of the address of a form is a page there is not; any other method is none. And OPTIONS everywhere."""
    links = {rule: link for _method, rule, link, _letters in reversed(TABLE)}
    for rule, found in methods.items():
        link, endpoint = links[rule], rules[rule].endpoint
        if link == "/_favicon.ico":  # a copy of it is served before anything here is asked
            continue
        for method in {"GET", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} - (found - {"OPTIONS"}):
            letters = METHOD
            if method == "GET":
                letters = NOTHING if link.startswith("/_") else NOT_THERE
            elif method == "OPTIONS" and endpoint in endpoints.OPEN:
                letters = ALL
            elif method == "OPTIONS":
                letters = SIGNED if rule == "/logout" else OPTIONS[endpoints.RIGHTS_NEEDED.get(endpoint)]
            check(door.ask(method, link), letters[column], f"{door.asker} {method} {link}")


# --- The guard's own tables ------------------------------------------------------------------------


def test_the_guard_names_only_endpoints_there_are_and_each_once(place: Place) -> None:
    known = set(place.app.server.view_functions)
    named = [*endpoints.OPEN, *endpoints.RIGHTS_NEEDED, *endpoints.SIGNED_IN]
    assert len(named) == len(set(named))
    assert set(named) - known == PENDING - known
    assert not PENDING & known, "routed by now: take it out of PENDING, and give it its lines in the table"
    assert known - set(named) == {"/_reload-hash"}, "neither open nor anybody's right: there is no such thing"


@pytest.mark.parametrize("methods", [["GET"], ["POST"], ["GET", "POST", "PUT", "DELETE"]])
def test_a_route_the_guard_does_not_know_does_not_exist(open_place: Open, methods: list[str]) -> None:
    place = open_place()
    place.app.server._got_first_request = False  # Flask wants no routes so late
    called: list[str] = []
    place.app.server.add_url_rule("/new", "new", lambda: called.append("new") or "secret", methods=methods)
    for name in ("boss", "head", "viewer"):
        visitor = place.signed_in(name)
        token = visitor.callback_token()
        for method in methods:
            assert visitor.open("/new", method, headers={"X-CSRFToken": token}).status_code == 404
    assert place.bearer("reader").get("/new").status_code == 404
    assert place.visitor().get("/new").headers["Location"] == "/login?next=/new"
    assert called == []


def test_a_callback_the_pages_do_not_have_is_not_called(open_place: Open) -> None:
    from dash import Input, Output

    place = open_place()
    called: list[str] = []
    place.app.callback(Output("new", "children"), Input("x", "value"))(lambda x: called.append(x) or "secret")
    body = {"output": "new.children", "outputs": {"id": "new", "property": "children"},
            "inputs": [{"id": "x", "property": "value", "value": 1}], "changedPropIds": ["x.value"]}  # fmt: skip
    response = place.signed_in("boss").call(body)
    assert (response.status_code, response.headers["Dabiao-Stale"], called) == (403, "1", [])


# --- What one may not see is what is not there ------------------------------------------------------

LIMITED: dict[str, Callable[[Place], Visitor]] = {
    "viewer": lambda place: place.signed_in("viewer"),
    "editor": lambda place: place.signed_in("editor"),
    "screen": lambda place: place.screen(),
    "screen token": lambda place: place.bearer("hall"),
    "reader token": lambda place: place.bearer("reader"),
}
HIDDEN = {"foreign": FOREIGN, "sibling": SIBLING, "above": ABOVE, "province": "990000"}
SERIES = "demo_homes_adapted.total.2025-S2.2025-S2"


def same(response: TestResponse, code: str) -> Any:
    """An answer without what differs at every request, and with the code asked for under one name."""
    text = re.sub(r'"end_id":"[^"]*"', "", response.get_data(as_text=True))
    headers = sorted((k, v) for k, v in response.headers if k not in ("Set-Cookie", "X-RateLimit-Remaining"))
    cookies = sorted(v.partition("=")[0] for v in response.headers.getlist("Set-Cookie"))
    return response.status_code, text.replace(code, "CODE"), str(headers).replace(code, "CODE"), cookies


def links_to(code: str) -> list[tuple[str, str]]:
    """(how, link) of everything that names a district: a callback, the drawer's, or GET."""
    pages = [
        "/",
        "/indicators",
        "/indicators/demo_homes_adapted",
        "/districts",
        f"/districts/{OWN}",
        "/data",
        "/completeness",
        "/methodology",
        "/nothing",
    ]
    found = [(how, f"{path}?{key}={code}") for path in pages for key in ("district", "peers") for how in ("ask", "get")]
    found += [("ask", f"/?district={code}&period=2025-S1&status=met"), ("ask", f"/?district={code}&asof=2025-08-01")]
    found += [("ask", f"/districts/{code}"), ("get", f"/districts/{code}"), ("ask", f"/districts/{code}?peers={OWN}"),
              ("ask", f"/districts/{OWN}?peers=990208,{code}"), ("ask", f"/indicators/{code}"),
              ("why", f"/?why={code}.{SERIES}"), ("get", f"/districts/{code}/digest"),
              ("why", f"/districts/{code}?why={code}.{SERIES}"), ("get", f"/?why={code}.{SERIES}")]  # fmt: skip
    for name in (
        "progress.csv",
        "series.csv",
        "scorecard.csv",
        "completeness.csv",
        "facts.csv",
        "chase.csv",
        "returns.csv",
        "scorecard.svg",
        "map.svg",
        "map.csv",
        "peers.csv",
    ):
        for path in ("/", f"/districts/{code}", "/indicators/demo_homes_adapted", "/data", "/completeness"):
            found += [("get", f"/download/{name}?path={path}&{key}={code}") for key in ("district", "peers")]
    return found


def follow(visitor: Visitor, how: str, link: str) -> TestResponse:
    """Ask in one of the three ways."""
    return visitor.get(link) if how == "get" else visitor.ask(link, page="why" if how == "why" else "")


@pytest.mark.parametrize("who", ["viewer", "screen", "reader token"])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_district_outside_ones_own_answers_as_one_that_does_not_exist(
    unlimited: Place, who: str, hidden: str
) -> None:
    visitor, code = LIMITED[who](unlimited), HIDDEN[hidden]
    for (how, link), (_, other) in zip(links_to(code), links_to(UNKNOWN), strict=True):
        assert same(follow(visitor, how, link), code) == same(follow(visitor, how, other), UNKNOWN), f"{how} {link}"


def test_ones_own_district_is_there(unlimited: Place) -> None:
    """Or the test above would compare nothing with nothing."""
    visitor = unlimited.signed_in("everywhere")
    for how, link in [("ask", "/districts/{}"), ("get", "/districts/{}"), ("why", "/?why={}." + SERIES),
    ("ask", "/?district={}"),
                      ("ask", "/data?district={}"), ("get", "/download/scorecard.csv?path=/districts/{}"),
                      ("get", "/download/progress.csv?path=/&district={}")]:  # fmt: skip
        for code in (OWN, FOREIGN):
            found, missing = (same(follow(visitor, how, link.format(x)), x) for x in (code, UNKNOWN))
            assert found != missing, link


def test_a_domain_outside_ones_own_answers_as_one_that_does_not_exist(unlimited: Place) -> None:
    still = unlimited
    visitor, boss = still.signed_in("elder"), still.signed_in("boss")
    with still.engine.connect() as connection:
        catalog = fetch_catalog(connection)
    own = {i.code for i in catalog.indicators.values() if i.domain_code == "elderly"}
    foreign = [i.code for i in catalog.indicators.values() if i.domain_code != "elderly"]
    assert own and foreign
    for code, unknown in (("charity", "chariti"), *((code, f"{code[:-1]}_") for code in foreign[::7])):
        for link in ("/?domain={}", "/indicators?domain={}", "/districts/990101?domain={}", "/data?domain={}",
        "/indicators/{}",
                     "/indicators/{}?district=990101", "/?why=990101.{}.total.2025-S2.2025-S2", "/?q={}"):  # fmt: skip
            page = "why" if "why=" in link else ""
            found, missing = (visitor.ask(link.format(x), page=page) for x in (code, unknown))
            assert same(found, code) == same(missing, unknown), link.format(code)
            if link == "/indicators/{}" and code != "charity":
                assert visitor.get(link.format(code)).status_code == 404
                assert boss.get(link.format(code)).status_code == 200
        for name in ("progress", "series", "facts"):
            answers = [visitor.get(f"/download/{name}.csv?path=/indicators/{x}&domain={x}") for x in (code, unknown)]
            assert same(answers[0], code) == same(answers[1], unknown)


@pytest.mark.parametrize("who", ["viewer", "editor", "screen"])
def test_what_one_may_not_do_answers_as_what_is_not_there(still: Place, who: str) -> None:
    """To the last header: a person is shown the same page, which works."""
    visitor = LIMITED[who](still)
    visitor.get("/")
    for link in ("/admin/users", "/admin/users/boss", "/admin/tokens", "/admin/audit", "/admin/audit.csv"):
        assert same(visitor.get(link), link) == same(visitor.get("/no/such/page"), "/no/such/page"), link
        assert same(visitor.open(link, "HEAD"), link) == same(visitor.open("/no/such/page", "HEAD"), "/no/such/page")


def test_somebody_sent_to_a_page_there_is_not_can_go_on_from_it(still: Place) -> None:
    visitor = still.signed_in("viewer")
    assert visitor.get("/admin/users").status_code == 404
    assert visitor.cookie(CSRF_COOKIE)
    assert visitor.ask("/").status_code == 200


def test_programs_are_told_and_people_are_led(still: Place) -> None:
    for headers in ({"Accept": "application/json"}, {"Accept": "text/css"}):
        response = still.visitor().get("/data", headers=headers)
        assert (response.status_code, response.headers.get("Location")) == (401, None)
    wrong = still.visitor(Authorization="Bearer dabiao_wrong").get("/data")
    assert (wrong.status_code, wrong.get_json()) == (401, {"error": "请先登录。"})
    assert still.visitor().get("/data?a=1&b=%26").headers["Location"] == "/login?next=/data%3Fa%3D1%26b%3D%2526"
    assert still.visitor().open("/data?a=1", "HEAD").headers["Location"] == "/login?next=/data"


def test_a_site_with_public_data_shows_them_to_everybody_and_no_more(open_place: Open) -> None:
    place = open_place(public=Grant(Role.PUBLIC, frozenset({FOREIGN})))
    visitor = place.visitor()
    assert (
        visitor.get(f"/districts/{FOREIGN}").status_code == 200 and visitor.get(f"/districts/{OWN}").status_code == 404
    )
    assert OWN not in visitor.leaves("/districts") and FOREIGN in visitor.leaves("/districts")
    own = place.signed_in("viewer")
    assert own.get(f"/districts/{OWN}").status_code == 200 and own.get(f"/districts/{FOREIGN}").status_code == 404
    assert visitor.get("/download/facts.csv").status_code == 200
    assert place.entries()[-1].actor == "public"
    place.now.move(hours=2)
    assert own.get(f"/districts/{OWN}").status_code == 404, "signed out, one is a visitor like any other"
    assert place.visitor(Authorization="Bearer wrong").get("/").status_code == 401


def test_an_answer_kept_for_one_reader_is_not_given_to_another(place: Place) -> None:
    people = {name: place.signed_in(name) for name in ("boss", "viewer", "elder", "everywhere")}
    asked = ("/", "/districts", f"/districts/{OWN}", f"/districts/{FOREIGN}", "/indicators/demo_homes_adapted", "/data")
    first = {(name, link): visitor.leaves(link) for link in asked for name, visitor in people.items()}
    again = {(name, link): visitor.leaves(link) for link in asked for name, visitor in reversed(people.items())}
    assert first == again
    for link in asked:
        if link in ("/", "/districts"):  # elsewhere, who may do more is led on to it
            assert first["boss", link] == first["everywhere", link]
        assert first["viewer", link] == people["viewer"].leaves(link)
    assert first["viewer", "/districts"] != first["boss", "/districts"] != first["elder", "/districts"]
    for (name, link), text in first.items():
        if name == "viewer" and link != f"/districts/{FOREIGN}":
            assert FOREIGN not in text and "砚阡区" not in text, link


def test_a_page_is_told_when_somebody_else_signs_in(place: Place) -> None:
    versions = [
        place.signed_in(name).ask("/data").headers["Dabiao-Version"] for name in ("viewer", "editor", "viewer", "boss")
    ]
    assert versions[0] == versions[2] and len(set(versions)) == 3


def test_everything_is_asked_anew_with_every_request(place: Place) -> None:
    """A right taken away is gone with the next click, in pages, callbacks and files."""
    visitor = place.signed_in("everywhere")
    link = f"/districts/{FOREIGN}"
    assert visitor.get(link).status_code == 200 and "砚阡区" in visitor.leaves(link)
    place.write(lambda c: change_account(c, SHELL, fetch_catalog(c), "everywhere", Grant(Role.VIEWER, HERE)))
    assert visitor.get(link).status_code == 404 and "砚阡区" not in visitor.leaves(link)
    assert FOREIGN not in visitor.get("/download/facts.csv").get_data(as_text=True)
