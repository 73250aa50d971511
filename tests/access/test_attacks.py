"""What somebody might try: forged requests, stolen and forged cookies, tokens, redirects, rights one has not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import flask
import pytest
from flask.sessions import SecureCookieSessionInterface
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from dashboard.access.guard import CSRF_COOKIE, safe_path
from tests.access.conftest import Open
from tests.access.support import (
    FIRST,
    FOREIGN,
    HERE,
    OWN,
    PEOPLE,
    SCREEN_FORM,
    Place,
    Visitor,
    password_of,
    token_in,
    words,
    wrong,
)
from tests.dashboard.http import CALLBACKS, question
from warehouse.access_tables import access_token, account, web_session

GRANT = {"display_name": "某", "role": "viewer", "all_districts": "", "districts": [OWN], "all_domains": "*"}
POSTS: dict[str, dict[str, Any]] = {
    "/logout": {},
    "/account/password": {"old": password_of("boss"), "new": "Xk9#mQ2$vL7@pR4! new", "again": "Xk9#mQ2$vL7@pR4! new"},
    "/account/sessions/1/end": {},
    "/admin/users": {"username": "new.name", "signs_in_by": "password", **GRANT},
    "/admin/users/viewer": {**GRANT, "role": "administrator", "all_districts": "*"},
    "/admin/users/viewer/disable": {},
    "/admin/users/closed/enable": {},
    "/admin/users/viewer/reset": {},
    "/admin/sessions/1/end": {},
    "/admin/tokens": {"name": "new name", "days": "1", **GRANT},
    "/admin/tokens/revoke": {"name": "reader"},
    "/admin/screens": {"name": "new-one", "title": "新屏", "size": "1920x1080"},
    "/admin/screens/hall": SCREEN_FORM,
    "/admin/screens/hall/preview": SCREEN_FORM,
    "/admin/screens/hall/copy": {"name": "another"},
    "/admin/screens/hall/devices": {"device": "new device", "days": "1", "district": "*"},
    "/admin/screens/attic/delete": {},
    "/admin/rules/preview": {"scope": "/", "amber_share": "0.85", "s1_share": "", "weight": ""},
    "/admin/rules": {"scope": "/", "amber_share": "0.85", "s1_share": "", "weight": "", "reason": "r", "seal": "x"},
    "/data/uploads": {},
    "/data/uploads/1": {},
    "/data/uploads/1/stage": {"seal": "x"},
    "/data/uploads/1/discard": {},
    "/data/batches/1/approve": {},
    "/data/batches/1/discard": {},
    "/data/batches/1/undo": {},
    "/actions": {"row": "990101.demo_homes_adapted.total.2025-S2.2025-S2"},
    "/actions/1/decide": {"kind": "done"},
    "/actions/1/answer": {"note": "x"},
    "/meeting": {"title": "调度会", "held_on": "2026-02-02"},
    "/meeting/1/notes": {"topic": "opening", "body": "x"},
    "/bulletin/export": {"kind": "xlsx"},
    "/exports/1/cancel": {},
    "/exports/1/again": {},
}
ANSWERS = {"/admin/rules": (400,), "/data/uploads": (400,), "/actions": (400,)}
"""Of forms that are taken, and whose content is not: no seal of a preview, no file."""
LAST = "/account/password /logout"
LOGINS: dict[str, dict[str, str]] = {
    "/login": {"username": "boss", "password": password_of("boss")},
    "/login/device": {"token": ""},
}


NOTED = ("last_seen_at", "last_used_at", "last_address")


def everything(place: Place) -> list[Any]:
    """Accounts, tokens, sessions and the length of the log: what a request may have changed."""
    with place.engine.connect() as connection:
        tables = [
            [tuple(row) for row in connection.execute(select(*(c for c in x.c if c.name not in NOTED)))]
            for x in (account, access_token, web_session)
        ]
    return [*tables, len(place.entries())]


# --- Requests that another site makes a browser send ------------------------------------------------


def test_the_lists_here_name_every_form(still: Place) -> None:
    routed = {rule.rule for rule in still.app.server.url_map.iter_rules() if "POST" in (rule.methods or ())} - {
        CALLBACKS
    }
    adapter = still.app.server.url_map.bind("localhost")
    found = {adapter.match(link, "POST", return_rule=True)[0].rule for link in (*POSTS, *LOGINS)}  # type: ignore[union-attr]
    assert found == routed


BAD_TOKENS: dict[str, Callable[[Place, Visitor], str | None]] = {
    "none": lambda place, mine: None,
    "empty": lambda place, mine: "",
    "garbage": lambda place, mine: "x",
    "of another's session": lambda place, mine: place.signed_in("head").form_token("/account"),
    "of the same person's other session": lambda place, mine: place.signed_in("boss").form_token("/account"),
    "of a visitor": lambda place, mine: place.visitor().form_token(),
    "of before signing in": lambda place, mine: mine.before,  # type: ignore[attr-defined]
    "changed at its beginning": lambda place, mine: _changed(mine.form_token("/account"), 3),
    "changed at its end": lambda place, mine: _changed(mine.form_token("/account"), -3),
    "cut": lambda place, mine: mine.form_token("/account")[:-1],
    "unsigned": lambda place, mine: mine.form_token("/account").partition(".")[0],
    "the cookie": lambda place, mine: mine.cookie(),
}


def _changed(text: str, place: int) -> str:
    letters = list(text)
    letters[place] = "A" if letters[place] != "A" else "B"
    return "".join(letters)


@pytest.fixture
def boss(place: Place) -> Visitor:
    """An administrator signed in, with the form token of before."""
    visitor = place.visitor()
    visitor.before = visitor.form_token()  # type: ignore[attr-defined]
    fields = {"username": "boss", "password": password_of("boss"), "csrf_token": visitor.before}  # type: ignore[attr-defined]
    assert visitor.open("/login", "POST", data=fields).status_code == 303
    place.begin_session("head")
    return visitor


@pytest.mark.parametrize("how", BAD_TOKENS)
def test_no_form_is_taken_without_the_token_of_its_own_session(place: Place, boss: Visitor, how: str) -> None:
    token = BAD_TOKENS[how](place, boss)
    before = everything(place)
    for link, fields in POSTS.items():
        for data, headers in (
            ({**fields, "csrf_token": token}, {}),
            (fields, {"X-CSRFToken": token or ""}),
            (fields, {"X-CSRF-Token": token or "", "Referer": "http://localhost/account"}),
        ):
            sent = {name: value for name, value in data.items() if value is not None}
            response = boss.open(link, "POST", data=sent, headers=headers)
            assert response.status_code == 403, (link, how)
            assert response.headers["Dabiao-Stale"] == "1"
            said = response.get_json()["error"] if response.is_json else response.get_data(as_text=True)
            assert "没有任何改动" in said
    body = question("overview", {"path": "/", "search": "", "language": "zh"})
    for headers in ({}, {"X-CSRFToken": token or ""}):
        response = boss.open(CALLBACKS, "POST", json=body, headers=headers)
        assert (response.status_code, response.headers["Dabiao-Stale"]) == (403, "1")
        assert "response" not in response.get_json()
    assert everything(place) == before


def test_with_the_right_token_the_same_forms_are_taken(place: Place, boss: Visitor) -> None:
    """Or the test above would prove nothing."""
    place.begin_session("boss")
    with place.engine.connect() as connection:
        keys = connection.execute(select(web_session.c.session_key).order_by(web_session.c.session_key)).scalars().all()
    for link, fields in sorted(POSTS.items(), key=lambda item: LAST.find(item[0])):
        key = keys[1] if "admin" in link else keys[2]
        is_kept = link.startswith(("/data/", "/actions/", "/meeting/", "/exports/"))
        expected = ANSWERS.get(link, (303, 404, 409) if is_kept else (200, 303))
        assert boss.submit(link.replace("/1/", f"/{key}/"), fields).status_code in expected, link


@pytest.mark.parametrize("link", LOGINS)
def test_signing_in_asks_for_a_token_too(place: Place, link: str) -> None:
    """Or a site could sign somebody in as somebody else, and see what he then types."""
    fields = LOGINS[link] if link == "/login" else {"token": place.world.tokens["hall"]}
    other = place.visitor().form_token()
    for token in (None, "", "x", other):
        for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer x"}):
            visitor = place.visitor()
            data = fields if token is None else {**fields, "csrf_token": token}
            response = visitor.open(link, "POST", data=data, headers=headers)
            assert response.status_code == 403
            assert not visitor.is_in
    assert place.said()[-1][1] != "login"


def test_a_form_token_is_no_good_once_its_session_is_over(place: Place) -> None:
    visitor = place.signed_in("boss")
    token, cookie = visitor.form_token("/account"), visitor.cookie() or ""
    visitor.submit("/logout")
    before = everything(place)
    for link, fields in POSTS.items():
        visitor.client.set_cookie("dabiao", cookie)
        assert visitor.open(link, "POST", data={**fields, "csrf_token": token}).status_code == 401, link
    assert everything(place) == before
    visitor = place.signed_in("boss")
    assert visitor.open("/admin/users/viewer/disable", "POST", data={"csrf_token": token}).status_code == 403


def test_a_callback_after_signing_in_anew_says_that_the_page_is_stale(place: Place) -> None:
    visitor = place.signed_in("viewer")
    stale = visitor.callback_token()
    visitor.submit("/logout")
    visitor.sign_in("editor")
    response = visitor.call(question("overview", {}), X_CSRFToken=stale)
    assert (response.status_code, response.headers["Dabiao-Stale"]) == (403, "1")
    visitor.client.delete_cookie(CSRF_COOKIE)
    assert visitor.ask("/").status_code == 200


def test_the_token_for_callbacks_is_no_cookie_a_form_would_send(place: Place) -> None:
    """The value in the cookie does nothing where only cookies are sent, as from another site."""
    visitor = place.signed_in("boss")
    assert visitor.callback_token()
    assert visitor.open("/admin/users/viewer/disable", "POST").status_code == 403
    assert (
        visitor.open(
            "/admin/users/viewer/disable", "POST", query_string={"csrf_token": visitor.callback_token()}
        ).status_code
        == 403
    )
    assert (
        visitor.open("/admin/users/viewer/disable", "POST", json={"csrf_token": visitor.callback_token()}).status_code
        == 403
    )


def test_over_tls_a_form_must_come_from_a_page_of_the_same_host(open_place: Open) -> None:
    place = open_place(url="https://dabiao.example.cn", hosts=("dabiao.example.cn", "localhost"))
    visitor, base = place.visitor(), "https://dabiao.example.cn"

    def enter(**headers: str) -> int:
        token = token_in(visitor.get("/login", base_url=base).get_data(as_text=True))
        data = {"username": "viewer", "password": password_of("viewer"), "csrf_token": token}
        return visitor.open("/login", "POST", data=data, base_url=base, headers=headers).status_code

    assert (
        enter() == enter(Referer="https://evil.example/login") == enter(Referer="http://dabiao.example.cn/login") == 403
    )
    assert enter(Referer="https://dabiao.example.cn.evil.example/") == 403
    assert enter(Referer="https://dabiao.example.cn/login") == 303
    assert visitor.get("/", base_url=base).status_code == 200


# --- Cookies ---------------------------------------------------------------------------------------


def sign(place: Place, content: Any, key: str | None = None) -> str:
    """A cookie as the app makes it, with its own key or another."""
    server = flask.Flask("x")
    server.secret_key = key or place.app.server.secret_key
    serializer = SecureCookieSessionInterface().get_signing_serializer(server)
    assert serializer is not None
    return str(serializer.dumps(content))


def with_cookie(place: Place, value: str) -> Visitor:
    """A browser with a session cookie of one's making."""
    visitor = place.visitor()
    visitor.client.set_cookie("dabiao", value)
    return visitor


def test_a_cookie_signed_by_another_key_is_none(place: Place) -> None:
    secret = place.begin_session("boss")
    assert with_cookie(place, sign(place, {"secret": secret})).is_in
    for key in ("", "secret", "dev", "0" * 64, str(place.app.server.secret_key)[:-1]):
        assert not with_cookie(place, sign(place, {"secret": secret}, key or "x")).is_in


def test_no_part_of_a_cookie_can_be_changed_or_put_to_another(place: Place) -> None:
    boss, viewer = place.signed_in("boss").cookie() or "", place.signed_in("viewer").cookie() or ""
    mixed = [".".join(parts) for parts in itertools.product(*zip(boss.split("."), viewer.split("."), strict=True))]
    forged = [cookie for cookie in mixed if cookie not in (boss, viewer)]
    forged += [_changed(boss, n) for n in range(0, len(boss) - 1, 7)] + [
        boss[:-2],
        boss + "A",
        boss.replace(".", ""),
        f".{boss}",
        "",
    ]
    body = boss.split(".")[0]
    forged += [body, f"{body}.", f"{body}..", f"{body}.{boss.split('.')[1]}.", "null", "{}", "\\x00", "a" * 3000]
    for cookie in forged:
        if cookie != boss:
            assert not with_cookie(place, cookie).is_in, cookie


@pytest.mark.parametrize("content",
[{}, {"secret": None}, {"secret": 1}, {"secret": []}, {"secret": {"a": 1}}, {"secret": ""},
                                     {"secret": True}, {"secret": "x" * 3000}, {"secret": "\x00"}, {"secret": "\ud800"},
                                     {"account_key": 1, "username": "boss", "role": "administrator"}],
                                     ids=str)  # fmt: skip
def test_what_a_cookie_says_counts_for_nothing_but_the_secret(place: Place, content: Any) -> None:
    place.begin_session("boss")
    visitor = with_cookie(place, sign(place, content))
    assert visitor.get("/").status_code == 303
    assert visitor.get("/admin/users").status_code == 303


def test_the_hash_in_the_database_is_no_key(place: Place) -> None:
    """Somebody who has read the tables has not signed in."""
    place.signed_in("boss")
    with place.engine.connect() as connection:
        stored = connection.execute(select(web_session.c.secret_sha256)).scalars().all()
        tokens = connection.execute(select(access_token.c.secret_sha256)).scalars().all()
    for value in (*stored, *tokens):
        assert not with_cookie(place, sign(place, {"secret": value})).is_in
        assert place.visitor(Authorization=f"Bearer {value}").get("/").status_code == 401


@pytest.mark.parametrize("end", ["logout", "end", "disable", "reset", "idle"])
def test_a_cookie_kept_for_later_is_worth_nothing(place: Place, end: str) -> None:
    visitor, boss = place.signed_in("viewer"), place.signed_in("boss")
    cookies = {name: visitor.cookie(name) or "" for name in ("dabiao", CSRF_COOKIE)} | {
        CSRF_COOKIE: visitor.callback_token()
    }
    if end == "idle":
        place.now.move(hours=1)
    elif end == "logout":
        visitor.submit("/logout")
    else:
        with place.engine.connect() as connection:
            key = connection.execute(select(web_session.c.session_key)).scalars().first()
        boss.submit(f"/admin/sessions/{key}/end" if end == "end" else f"/admin/users/viewer/{end}")
    thief = place.visitor()
    for _ in range(2):
        for name, value in cookies.items():
            thief.client.set_cookie(name, value)
        assert thief.get("/").status_code == 303
        thief.client.set_cookie("dabiao", cookies["dabiao"])
        assert thief.call(question("overview", {}), X_CSRFToken=cookies[CSRF_COOKIE]).status_code == 401


def test_nothing_of_the_cookie_of_before_is_left_after_signing_in(place: Place) -> None:
    """Whoever had put a cookie there does not share the session."""
    attacker, victim = place.visitor(), place.visitor()
    token = attacker.form_token()
    fixed = attacker.cookie() or ""
    victim.client.set_cookie("dabiao", fixed)
    data = {"username": "viewer", "password": password_of("viewer"), "csrf_token": token}
    assert victim.open("/login", "POST", data=data).status_code == 303
    assert victim.is_in and victim.cookie() != fixed and not attacker.is_in
    assert victim.open("/account/password", "POST", data={"csrf_token": token}).status_code == 403
    again = victim.cookie()
    victim.submit("/login", {"username": "editor", "password": password_of("editor")})
    assert victim.cookie() != again
    assert "editor" in victim.get("/account").get_data(as_text=True)


def test_the_cookie_is_not_for_scripts_and_not_for_other_sites(place: Place) -> None:
    visitor = place.visitor()
    first = visitor.get("/login").headers["Set-Cookie"]
    visitor.sign_in("viewer")
    for cookie in (first, place.visitor().sign_in("viewer").headers["Set-Cookie"]):
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
    [handed] = [c for c in visitor.get("/").headers.getlist("Set-Cookie") if c.startswith(CSRF_COOKIE)]
    assert "SameSite=Strict" in handed and "HttpOnly" not in handed


def test_two_cookies_of_one_name_let_nobody_in_who_is_not(place: Place) -> None:
    good = place.signed_in("viewer").cookie()
    for header, is_in in (
        (f"dabiao=x; dabiao={good}", None),
        (f"dabiao={good}; dabiao=x", None),
        ("dabiao=; dabiao=", False),
    ):
        status = (
            place.app.server.test_client(use_cookies=False)
            .get("/", headers={"Cookie": header, "Accept": "text/html"})
            .status_code
        )
        assert status in ((200, 303) if is_in is None else (303,))


# --- Tokens in the header --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "is_good"),
    [
        ("Bearer {hall}", True), ("bearer {hall}", True), ("BEARER {hall}", True), ("Bearer  {hall} ", True),
        ("Bearer {late}", False), ("Bearer {gone}", False), ("Bearer dabiao_wrong", False), ("Bearer", False),
        ("Bearer ", False),
        ("", False), (" ", False), ("{hall}", False), ("Basic {hall}", False), ("Basic aGFsbDpoYWxs", False),
        ("Token {hall}", False),
        ("Bearer{hall}", False), ("Bearer {hall} {hall}", False), ("Bearer {hall},", False), ("Bearer:{hall}", False),
        ("Digest username=hall", False), ("Bearer \xff\xfe", False), ("Bearer null", False),
        ("Bearer ' or 1=1 --", False),
        ("Bearer {hall}\x00", False), ("Negotiate", False), ("Bearer\t{hall}", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("beside", ["nothing", "a session"])
def test_only_a_good_token_is_one_whatever_cookie_is_beside_it(
    unlimited: Place, header: str, is_good: bool, beside: str
) -> None:
    still = unlimited
    visitor = still.signed_in("boss") if beside == "a session" else still.visitor()
    token = visitor.callback_token() if beside == "a session" else ""
    visitor.headers["Authorization"] = header.format(**{**still.world.tokens, "hall": still.world.tokens["reader"]})
    for link in ("/", "/districts/990101", "/_dash-layout"):
        assert visitor.get(link).status_code == (200 if is_good else 401), link
    answer = visitor.open(CALLBACKS, "POST", json=question("overview", {}), headers={"X-CSRFToken": token})
    assert answer.status_code == (200 if is_good else 401)
    for link in ("/admin/users", "/account"):
        assert visitor.get(link).status_code == (404 if is_good else 401), "the session's rights do not count"
    for link in ("/account/password", "/admin/users", "/admin/sessions/1/end"):
        assert visitor.open(link, "POST", data={"csrf_token": token}).status_code == (404 if is_good else 401), link
    del visitor.headers["Authorization"]
    assert visitor.is_in is (beside == "a session")


def test_a_token_is_not_taken_from_anywhere_else(still: Place) -> None:
    token = still.world.tokens["hall"]
    for link in (f"/?token={token}", f"/?access_token={token}", f"/?Authorization=Bearer%20{token}"):
        assert still.visitor().get(link).status_code == 303
    for name in (
        "X-Authorization",
        "Proxy-Authorization",
        "X-Api-Key",
        "Token",
        "Remote-User",
        "X-Remote-User",
        "X-Forwarded-User",
    ):
        assert still.visitor(**{name.replace("-", "_"): f"Bearer {token}"}).get("/").status_code == 303
        assert still.visitor(**{name.replace("-", "_"): "boss"}).get("/").status_code == 303


# --- Where one is sent after signing in -------------------------------------------------------------

NEXT = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "/\\/evil.example",
    "https://evil.example", "https:evil.example", "http:/evil.example", "HTTPS://evil.example/", "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x", " //evil.example", "\t//evil.example", "/\t/evil.example", "/\n/evil.example", "/\r/evil.example",
    "\r\n//evil.example",
    "%2f%2fevil.example", "/%0d%0aSet-Cookie:a=b", "/\r\nSet-Cookie: a=b", "/%09/evil.example", "/%5cevil.example",
    "//evil.example/%2e%2e",
    "/..//evil.example", "/.//evil.example", "/./\\evil.example", "//[::1]", "//[", "/[",
    "//evil.example:80@localhost", "//localhost@evil.example",
    "https://localhost@evil.example", "https://localhost.evil.example", "evil.example", "@evil.example",
    ".evil.example", "?//evil.example",
    "#//evil.example", "//\u202eelpmaxe.live", "／／evil.example", "/／evil.example", "//evil。example",
    "\u00a0//evil.example", "\u3000//evil.example",
    "\ufeff//evil.example", "\x00//evil.example", "/\x00/evil.example", "/\u200b/evil.example", "/\u2028/evil.example",
    "/\x7f/evil.example",
    "//%65vil.example", "/;//evil.example", "file:///etc/passwd", "//", "/\\", "/" * 500, "/" + "a" * 5000, "", "x",
    "\ud800", "/\ud800",
    "//evil.example\\@localhost", "/login?next=//evil.example", "/logout", "/ /evil.example",
]  # fmt: skip


def is_at_home(location: str) -> bool:
    """Whether a browser would stay on this host, as the URL standard reads what it is sent."""
    text = "".join(c for c in location.strip("".join(map(chr, range(33)))) if c not in "\t\r\n").replace("\\", "/")
    found = urljoin("http://localhost/login", text)
    return urlsplit(found).netloc == "localhost" and urlsplit(found).scheme == "http" and not text.startswith("//")


@pytest.mark.parametrize("target", NEXT, ids=ascii)
def test_an_address_elsewhere_is_not_gone_to(target: str) -> None:
    assert is_at_home(safe_path(target))


@pytest.mark.parametrize("target", NEXT[::3], ids=ascii)
def test_nobody_is_sent_to_another_host(unlimited: Place, target: str) -> None:
    still, signed_in = unlimited, unlimited.signed_in("viewer")
    sent = target.encode("utf-8", "replace").decode()
    answers = [
        still.visitor().sign_in("viewer", next=sent),
        still.visitor().show_token(still.world.tokens["hall"], next=sent),
        signed_in.get("/login", query_string={"next": sent}),
    ]
    form = words(still.visitor().get("/login", query_string={"next": sent}))
    answers.append(still.visitor().sign_in("viewer", next=form.all("input", name="next")[0]["value"]))
    for response in answers:
        assert response.status_code == 303
        assert is_at_home(response.headers["Location"]), response.headers["Location"]
        assert "\n" not in response.headers["Location"] and "a=b" not in str(response.headers.getlist("Set-Cookie"))
    for node in form.walk():
        for name in ("href", "action"):
            assert is_at_home(node.attributes.get(name) or "/")


@settings(max_examples=400)
@given(st.lists(st.sampled_from(["/", "\\", "//", "evil.example", "https:", "javascript:", "@", "\t", "\n", "%2f",
"%5c", ".", "..", "?", "#",
                                 ":", " ", "\u3000", "／", "\x00", "localhost", "[", "]", "x"]),
                                 max_size=8).map("".join) | st.text(max_size=20))  # fmt: skip
def test_where_one_goes_next_is_always_here(text: str) -> None:
    assert is_at_home(safe_path(text))
    assert safe_path(text).startswith("/") and safe_path(text).isprintable()


@given(st.from_regex(r"/[a-z0-9/_-]{0,20}(\?[a-z=&.,0-9-]{0,20})?", fullmatch=True))
def test_an_honest_address_is_kept(text: str) -> None:
    assert safe_path(text) == ("/" if text.startswith("//") else text)


@pytest.mark.parametrize(
    "link", ["/data?a=b&c=d", "/districts/990101?peers=990102,990103", "/%E6%95%B0", "/data?x=%2F%2Fevil"]
)
def test_one_comes_back_to_where_one_was(place: Place, link: str) -> None:
    visitor = place.visitor()
    form = words(visitor.get(visitor.get(link).headers["Location"]))
    response = visitor.sign_in("viewer", next=form.all("input", name="next")[0]["value"])
    assert is_at_home(response.headers["Location"])
    assert urlsplit(response.headers["Location"]).query == urlsplit(link).query


# --- Parameters that were tampered with -------------------------------------------------------------


@pytest.mark.parametrize(
    "role", ["screen", "public", "nobody", "root", "", "ADMINISTRATOR", "administrator,viewer", "viewer\x00", "*"]
)
def test_only_roles_of_the_list_are_given(place: Place, boss: Visitor, role: str) -> None:
    before = everything(place)
    for link, name in (("/admin/users", "new.name"), ("/admin/users/viewer", "")):
        response = boss.submit(link, {**GRANT, "username": name, "role": role})
        assert response.status_code == 400 and "角色" in wrong(response)
    assert everything(place) == before


@pytest.mark.parametrize("role", ["administrator", "head", "steward", "editor", "public", "nobody", "root", ""])
def test_a_token_is_never_more_than_a_reader(place: Place, boss: Visitor, role: str) -> None:
    before = everything(place)
    response = boss.submit("/admin/tokens", {**GRANT, "name": "new", "days": "1", "role": role, "all_districts": "*"})
    assert response.status_code == 400 and "角色" in wrong(response)
    assert everything(place) == before


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"role": "administrator"}, "不能限定"),
        ({"role": "administrator", "all_districts": "*", "all_domains": "", "domains": "elderly"}, "不能限定"),
        ({"districts": []}, "至少选"), ({"districts": ["*"]}, "没有这些地区"),
        ({"districts": ["999999"]}, "没有这些地区"),
        ({"districts": [OWN, "<b>"]}, "没有这些地区"), ({"districts": [f"{OWN},{FOREIGN}"]}, "没有这些地区"),
        ({"districts": [""]}, "没有这些地区"),
        ({"all_domains": ""}, "至少选"), ({"all_domains": "", "domains": ["*"]}, "没有这些领域"),
        ({"all_districts": "**", "districts": []}, "至少选"),
        ({"display_name": ""}, None), ({"display_name": "x" * 500}, None), ({"display_name": "a\x00"}, "姓名"),
    ],
    ids=str,
)  # fmt: skip
def test_a_scope_is_what_the_form_offers(place: Place, boss: Visitor, change: dict[str, Any], word: str | None) -> None:
    before = everything(place)
    response = boss.submit("/admin/users/viewer", {**GRANT, **change})
    if word is not None:
        assert response.status_code == 400 and word in wrong(response)
        assert everything(place) == before
    else:
        assert response.status_code in (303, 400)


@pytest.mark.parametrize(
    "name",
    ["nobody.here", "..", ".", "%2e%2e", "..%2f..%2fetc", "viewer%00", "%00", "%ff", "a" * 5000,
    "%3Cscript%3E", "'%20or%201=1",
     "viewer/../boss", "%F0%9F%A6%8A", "%u0062oss", "*", "%25", "_", "viewer;boss", "viewer,boss"],
)  # fmt: skip
def test_odd_names_in_the_address_are_nobody(place: Place, boss: Visitor, name: str) -> None:
    before = everything(place)
    assert boss.get(f"/admin/users/{name}").status_code == 404
    for act in ("", "/disable", "/enable", "/reset"):
        assert boss.submit(f"/admin/users/{name}{act}", GRANT).status_code in (404, 405), act
    assert everything(place) == before


@pytest.mark.parametrize("name", ["VIEWER", "%20viewer", "ｖｉｅｗｅｒ", "Viewer%20"])
def test_a_name_in_the_address_has_one_meaning(place: Place, boss: Visitor, name: str) -> None:
    assert boss.submit(f"/admin/users/{name}/disable").status_code == 303
    assert place.said()[-1] == ("user:boss", "account_disabled", "viewer")


def test_one_changes_ones_own_password_whoever_the_form_names(place: Place) -> None:
    visitor = place.signed_in("viewer")
    new = "Xk9#mQ2$vL7@pR4! new"
    fields = {"username": "boss", "account_key": "1", "old": password_of("viewer"), "new": new, "again": new}
    assert visitor.submit("/account/password", fields).status_code == 303
    assert place.said()[-1] == ("user:viewer", "password_changed", "viewer")
    assert place.visitor().sign_in("boss").status_code == 303


def test_a_new_account_is_only_what_the_form_has(place: Place, boss: Visitor) -> None:
    more = {
        "created_by": "x",
        "must_change": "",
        "is_sso": "1",
        "account_key": "1",
        "password_hash": "x",
        "password": "x" * 20,
    }
    response = boss.submit("/admin/users", {**GRANT, **more, "username": "new.name", "signs_in_by": "oidc"})
    password = words(response).one("code").text
    with place.engine.connect() as connection:
        row = connection.execute(select(account).where(account.c.username == "new.name")).one()
    assert (row.created_by, row.must_change, row.signs_in_by) == ("user:boss", True, "password")
    assert place.visitor().sign_in("new.name", "x" * 20).status_code == 401
    assert place.visitor().sign_in("new.name", password).status_code == 303


# --- Rights one has not ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [*(n for n in PEOPLE if n not in ("boss", "sso", "closed")), "screen", "token", "reader", "nobody"]
)
def test_nobody_but_an_administrator_changes_anything(place: Place, name: str) -> None:
    place.begin_session("boss")
    doors = {
        "screen": place.screen,
        "token": lambda: place.bearer("hall"),
        "reader": lambda: place.bearer("reader"),
        "nobody": place.visitor,
    }
    visitor = doors[name]() if name in doors else place.signed_in(name)
    token = visitor.form_token("/account") if name in PEOPLE else visitor.callback_token() if name == "screen" else ""
    before = everything(place)
    for link, fields in POSTS.items():
        if link.startswith("/admin") or name in ("token", "reader", "screen"):
            if link == "/logout" or (name == "reader" and link == "/bulletin/export"):  # who may take files along
                continue
            for extra in ({}, {"X-HTTP-Method-Override": "GET"}, {"X-Original-URL": "/"}, {"X-Forwarded-User": "boss"}):
                response = visitor.open(link, "POST", data={**fields, "csrf_token": token}, headers=extra)
                assert response.status_code == (401 if name in (FIRST, "nobody", "screen", "token") else 404), link
    for link in ("/admin/users", "/admin/users/boss", "/admin/tokens", "/admin/audit", "/admin/audit.csv"):
        for asked in (
            link,
            f"{link}/",
            f"/{link}",
            link.upper(),
            f"{link}%20",
            link.replace("admin", "%61dmin"),
            f"/./{link}",
            f"{link};a=b",
        ):
            response = visitor.get("/", environ_overrides={"PATH_INFO": unquote(asked)})
            said = response.get_data(as_text=True)
            assert response.status_code in (303, 308, 401, 404), asked
            assert "account_added" not in said and "user:boss" not in said and 'name="role"' not in said, asked
    assert everything(place)[:2] == before[:2]
    assert HERE


def test_other_spellings_of_a_page_are_not_other_doors(place: Place) -> None:
    boss, viewer, nobody = place.signed_in("boss"), place.signed_in("viewer"), place.visitor()

    def check(response: TestResponse) -> None:
        assert response.status_code in (200, 308, 404), response.status_code

    for asked in (
        "/admin/users/",
        "//admin/users",
        "/admin//users",
        "/ADMIN/users",
        "/admin/users%20",
        "/%61dmin/users",
        "/admin/./users",
    ):
        path = {"environ_overrides": {"PATH_INFO": unquote(asked)}}
        check(boss.get("/", **path))
        assert nobody.get("/", **path).status_code == 303
        assert viewer.get("/", **path).status_code in (308, 404)
