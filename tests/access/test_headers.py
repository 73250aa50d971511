"""What every answer tells the browser, whatever kind of answer it is."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.access.conftest import Open
from tests.access.support import Place, Visitor, password_of, token_in
from tests.dashboard.html import parse
from tests.dashboard.http import CALLBACKS, question

OVERVIEW = question("overview", {"path": "/", "search": "", "language": "zh"})
ANSWERS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "a page": ("GET", "/", {}, 200),
    "a page there is not": ("GET", "/nothing", {}, 404),
    "a page one may not see": ("GET", "/admin/users", {}, 404),
    "a form": ("GET", "/account", {}, 200),
    "the frame": ("GET", "/_dash-layout", {}, 200),
    "a table": ("GET", "/download/facts.csv", {}, 200),
    "a picture": ("GET", "/download/scorecard.svg?path=/districts/990101", {}, 200),
    "a file there is not": ("GET", "/download/nothing.csv", {}, 404),
    "health": ("GET", "/healthz", {}, 200),
    "a script": ("GET", "/assets/20_router.js", {}, 200),
    "a style": ("GET", "/assets/00_tokens.css", {}, 200),
    "a script the document does not name": ("GET", "/assets/vendor/plotly-partial.min.js", {}, 200),
    "an icon": ("GET", "/_favicon.ico", {}, 200),
    "a script there is not": ("GET", "/assets/nothing.js", {}, 404),
    "an answer": ("POST", CALLBACKS, {"json": OVERVIEW}, 200),
    "an answer again": ("POST", CALLBACKS, {"json": OVERVIEW}, 200),
    "a bad question": ("POST", CALLBACKS, {"json": {}}, 400),
    "a question of another kind": ("POST", CALLBACKS, {"data": "x"}, 415),
    "too much": ("POST", CALLBACKS, {"data": b" " * (2 << 20), "content_type": "application/json"}, 413),
    "no method": ("PUT", "/data", {}, 405),
    "options": ("OPTIONS", "/data", {}, 200),
    "a poor password": ("POST", "/account/password", {}, 400),
    "the end": ("POST", "/account/sessions/99/end", {}, 404),
}
STATIC = {"a script", "a style", "an icon"}
UNSEEN: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "the login form": ("GET", "/login", {}, 200),
    "to the login form": ("GET", "/data", {}, 303),
    "not signed in": ("GET", "/_dash-layout", {}, 401),
    "no form token": ("POST", "/login", {"data": {"username": "x"}}, 403),
    "a wrong token": ("GET", "/", {"headers": {"Authorization": "Bearer x"}}, 401),
}


def policy(response: TestResponse) -> dict[str, list[str]]:
    """The content security policy by directive."""
    parts = [part.split() for part in response.headers["Content-Security-Policy"].split(";")]
    return {part[0]: part[1:] for part in parts}


def check(response: TestResponse) -> None:
    """What holds for every answer."""
    headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    found = policy(response)
    assert found["frame-ancestors"] == ["'none'"]
    scripts = found.get("script-src", found["default-src"])
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "blob:", "http:", "https:"} & set(scripts)
    assert not [x for x in scripts if not x.startswith(("'self'", "'none'", "'sha256-"))]
    assert "Server" not in headers and "X-Powered-By" not in headers
    assert "Access-Control-Allow-Origin" not in headers
    for name in ("Content-Type", "Set-Cookie", "Location"):
        assert "\n" not in str(headers.getlist(name))


def ask(visitor: Visitor, method: str, link: str, options: dict[str, Any]) -> TestResponse:
    """One of the requests above, with the token it needs."""
    options = dict(options)
    if method in ("POST", "PUT") and "data" not in options.get("headers", {}) and visitor.is_in:
        options["headers"] = {**options.get("headers", {}), "X-CSRFToken": visitor.callback_token()}
    return visitor.open(link, method, **options)


@pytest.fixture(scope="module")
def asked(still: Place) -> Iterator[dict[str, TestResponse]]:
    """Every kind of answer."""
    visitor, nobody = still.signed_in("viewer"), still.visitor()
    found = {name: ask(visitor, *line[:3]) for name, line in ANSWERS.items()}
    found |= {name: ask(nobody, *line[:3]) for name, line in UNSEEN.items()}
    yield found
    for response in found.values():
        response.close()


@pytest.mark.parametrize("name", [*ANSWERS, *UNSEEN])
def test_every_answer_says_what_the_browser_may_not_do(asked: dict[str, TestResponse], name: str) -> None:
    response = asked[name]
    assert response.status_code == (ANSWERS | UNSEEN)[name][3]
    check(response)
    if name not in STATIC:
        assert (
            "camera=()" in response.headers["Permissions-Policy"]
            and "geolocation=()" in response.headers["Permissions-Policy"]
        )
        assert policy(response)["form-action"] == policy(response)["script-src"][:1] == ["'self'"]
        assert policy(response)["base-uri"] == policy(response)["object-src"] == ["'none'"]
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in response.headers, "nothing is known of TLS here"


def test_what_is_about_somebody_is_kept_by_nobody(asked: dict[str, TestResponse]) -> None:
    for name, response in asked.items():
        kept = response.headers.get("Cache-Control", "")
        if name in STATIC or name == "a script the document does not name":
            assert "max-age=31536000" in kept
        elif response.status_code == 200 and name not in ("health", "options"):
            assert kept == "no-store", name


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_script_in_a_page_is_one_the_policy_knows(still: Place, language: str) -> None:
    visitor = still.signed_in("viewer")
    for link in ("/", "/data", "/nothing", "/admin/users", "/account", "/login?next=/"):
        response = visitor.get(f"{link}{'&' if '?' in link else '?'}lang={language}")
        if response.status_code == 303:
            continue
        allowed = policy(response)["script-src"]
        tree = parse(response.get_data(as_text=True))
        for node in tree.all("script"):
            if node.attributes.get("src"):
                assert node["src"].startswith("/") and not node["src"].startswith("//")
            elif node.attributes.get("type") != "application/json":
                digest = base64.b64encode(hashlib.sha256(node.raw.encode()).digest()).decode()
                assert f"'sha256-{digest}'" in allowed, node.raw[:80]
        for node in tree.walk():
            assert not [name for name in node.attributes if name.startswith("on")], node
            assert not re.match(r"\s*javascript:", node.attributes.get("href") or "", re.IGNORECASE)
        if link in ("/account", "/login?next=/"):
            assert tree.all("script") == [], "forms need none"


def test_a_host_that_is_not_ours_is_refused(open_place: Open) -> None:
    place = open_place(url="http://dabiao.example.cn", hosts=("dabiao.example.cn", "localhost", "127.0.0.1", "[::1]"))
    visitor = place.visitor()
    for host in (
        "dabiao.example.cn",
        "dabiao.example.cn:8050",
        "localhost",
        "127.0.0.1:8050",
        "[::1]:8050",
        "[::1]",
        "DABIAO.example.cn",
    ):
        assert visitor.get("/login", headers={"Host": host}).status_code == 200, host
    for host in ("evil.example", "dabiao.example.cn.evil.example", "evil.example:80", "xdabiao.example.cn",
    "dabiao.example.cn@evil.example",
                 "127.0.0.1.evil.example", "", "[::2]", "a b", "dabiao.example.cn/x", "\"><script>", "0.0.0.0",
                 "127.1"):  # fmt: skip
        for link in ("/login", "/", "/healthz", "/no/such/page", CALLBACKS):
            response = visitor.get(link, headers={"Host": host})
            assert response.status_code == 400, (host, link)
            assert "evil" not in response.get_data(as_text=True) + str(
                response.headers
            ) and "<script>" not in response.get_data(as_text=True)
            check(response)


def test_no_answer_is_made_of_the_host_that_was_asked(still: Place) -> None:
    """Where no name is set, whatever one is asked for shows up nowhere."""
    for link in ("/login", "/data", "/nothing", "/_dash-layout", "/admin/users/"):
        for name in ("Host", "X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"):
            response = still.visitor().get(
                link, headers={name: "host=evil.example" if name == "Forwarded" else "evil.example"}
            )
            assert "evil.example" not in response.get_data(as_text=True) + str(response.headers), (link, name)


# --- Over TLS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def secure(world: Any, make_place: Open, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A site that readers reach over TLS."""
    from tests.access.support import copy

    place = make_place(world, copy(world, tmp_path_factory.mktemp("secure")), url="https://dabiao.example.cn")
    yield place
    place.close()


BASE = "https://dabiao.example.cn"


def test_over_tls_cookies_are_bound_to_it_and_to_the_host(secure: Place) -> None:
    visitor = secure.visitor(Referer=f"{BASE}/login")
    token = token_in(visitor.get("/login", base_url=BASE).get_data(as_text=True))
    data = {"username": "viewer", "password": password_of("viewer"), "csrf_token": token}
    response = visitor.open("/login", "POST", data=data, base_url=BASE)
    assert response.status_code == 303
    page = visitor.get("/?lang=en", base_url=BASE)
    assert page.status_code == 200
    cookies = response.headers.getlist("Set-Cookie") + page.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-dabiao", "_csrf_token", "dabiao-language"}
    for cookie in cookies:
        assert "; Secure" in cookie and "; Path=/" in cookie and "Domain" not in cookie and "SameSite" in cookie
    assert visitor.get("/").status_code == 303, "the cookie does not go over plain HTTP"


def test_over_tls_the_browser_is_told_to_stay_there_for_a_year(secure: Place) -> None:
    for link in ("/login", "/data", "/healthz", "/_dash-layout", "/nothing", "/assets/nothing.js"):
        response = secure.visitor().get(link, base_url=BASE)
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000", link
        check(response)
        plain = secure.visitor().get(link)
        assert "Strict-Transport-Security" not in plain.headers, "said over plain HTTP it would mean nothing"
        check(plain)


def test_a_stranger_cannot_claim_tls(secure: Place, still: Place) -> None:
    for place in (secure, still):
        for headers in ({"X-Forwarded-Proto": "https"}, {"Forwarded": "proto=https"}, {"X-Forwarded-Ssl": "on"}):
            assert "Strict-Transport-Security" not in place.visitor().get("/login", headers=headers).headers


@pytest.mark.parametrize(
    ("peer", "is_believed"), [("10.0.0.1", True), ("::ffff:10.0.0.1", True), ("10.0.0.2", False), ("", False)]
)
def test_a_named_proxy_says_who_asks_and_how_and_nobody_else_does(
    open_place: Open, peer: str, is_believed: bool
) -> None:
    from ipaddress import ip_network

    place = open_place(url=BASE, proxies=(ip_network("10.0.0.1/32"),))
    visitor = place.visitor(
        X_Forwarded_For="198.51.100.7, 192.0.2.9", X_Forwarded_Proto="https", Referer=f"{BASE}/login"
    )
    over = {"REMOTE_ADDR": peer}
    response = visitor.get("/login", environ_overrides=over, base_url="http://dabiao.example.cn")
    assert ("Strict-Transport-Security" in response.headers) is is_believed
    token = token_in(response.get_data(as_text=True))
    visitor.client.set_cookie(
        "__Host-dabiao", response.headers["Set-Cookie"].partition("=")[2].partition(";")[0], domain="dabiao.example.cn"
    )
    data = {"username": "viewer", "password": "wrong", "csrf_token": token}
    visitor.open("/login", "POST", data=data, environ_overrides=over, base_url="http://dabiao.example.cn")
    assert place.entries()[-1].address == ("192.0.2.9" if is_believed else peer), "what the proxy itself has seen"
