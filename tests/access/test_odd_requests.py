"""Some thousand odd requests, at every route: never a 500, never a word of the inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from tests.access.support import OWN, Place, Visitor
from tests.dashboard.http import CALLBACKS, question
from tests.dashboard.test_http_errors import LEAKS

ODD = (
    "", " ", "x", ".", "..", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd",
    "..\\..\\windows\\win.ini", "%5c..%5c",
    "%00", "a%00b", "%ff%fe", "%ed%a0%80", "%c0%ae%c0%ae", "%u002e", "%", "%%", "%zz", "%0d%0aSet-Cookie:a=b", "%09",
    "%0a", "%1b[31m",
    "%e2%80%ae", "%ef%bb%bf", "'", '"', "' or '1'='1", "1;drop table account", "${3333*3333}", "{{3333*3333}}",
    "{%25 if 1 %25}", "<script>alert(1)</script>",
    "__import__('os')", "a" * 3000, "😀", "数" * 300, "-1", "0", "1e309", "NaN", "9" * 40, "-9" * 30, "0x10", "1.5",
    "true", "null", "[]", "{}",
    "*", "%25", "_", "~", "|id", "`id`", "$(id)", "&", "&&", "#", "?", "??", "=", "==", ";", ",", ":", "@", "!", "con",
    "nul", ".htaccess",
    ".git/config", "wp-login.php", "index.php", "favicon.ico", "robots.txt", ".well-known/security.txt", "ＡＢＣ",
    "İı", "ß", "\u00ad",
)  # fmt: skip

PLACES = (
    "/{}", "/{}/", "//{}", "/indicators/{}", "/districts/{}", "/districts/{}/", "/districts/990101/{}", "/assets/{}",
    "/assets/../{}",
    "/_dash-component-suites/dash/{}", "/_dash-component-suites/{}/x.js", "/download/{}", "/download/{}.csv",
    "/download/scorecard.svg?path={}",
    "/download/completeness.csv?path={}", "/download/progress.csv?path=/&district={}",
    "/download/series.csv?path=/indicators/{}",
    "/download/completeness.csv?asof={}", "/?{}", "/?district={}&period={}&status={}&q={}&asof={}&sheet={}&lang={}",
    "/?why={}", "/data?x={}",
    "/login?next={}", "/login?lang={}", "/login/{}", "/account?{}", "/account/{}", "/account/sessions/{}/end",
    "/admin/{}", "/admin/users/{}",
    "/admin/users/{}/disable", "/admin/users?{}", "/admin/sessions/{}/end", "/admin/audit?actor={}",
    "/admin/audit?subject={}&action={}",
    "/admin/audit?since={}&until={}", "/admin/audit?before={}", "/admin/audit?verify={}", "/admin/tokens/{}",
    "/healthz/{}", "/logout/{}", "/bulletin/{}", "/bulletin?period={}&since={}&asof={}&title={}&office={}&number={}",
    "/bulletin?domains={}&districts={}&districts={}",
    "/actions?district={}&state={}&overdue={}", "/actions/{}", "/actions/new?row={}&meeting={}&back={}",
    "/actions/reminders?district={}", "/actions/reminders.{}", "/meeting/{}", "/meeting/{}/presenter",
    "/meeting/now?period={}&district={}&domain={}&asof={}&since={}", "/meeting/now/qr.svg?topic={}&district={}",
    "/m/{}/{}", "/m/now/{}?district={}",
    "/_dash-layout?{}", "/_dash-{}", "/_{}", "/_favicon.ico/{}", "/_dash-dependencies?{}",
)  # fmt: skip


FORM_TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')
"""Random letters and dots: now and then they spell .py."""


def check(response: TestResponse, asked: Any) -> None:
    """An answer, and nothing of the program's inside."""
    assert response.status_code < 500, asked
    if response.mimetype in ("text/html", "application/json", "text/plain", ""):
        text = FORM_TOKEN.sub("", response.get_data(as_text=True))
        for leak in LEAKS:
            assert leak not in text, (asked, leak)
        assert "<script>alert" not in text, asked
        assert "11108889" not in text, asked
    assert "a=b" not in str(response.headers.getlist("Set-Cookie")), asked
    response.close()


def wsgi(text: str) -> str:
    """As a server hands it on: bytes, one a letter."""
    return text if all(ord(c) < 256 for c in text) else text.encode("utf-8", "replace").decode("latin-1")


@pytest.fixture(scope="module")
def visitors(still: Place) -> dict[str, Visitor]:
    """Those whose requests get furthest, and who asks first."""
    return {"boss": still.signed_in("boss"), "nobody": still.visitor(), "program": still.bearer("reader")}


@pytest.mark.parametrize("who", ["boss", "nobody", "program"])
def test_odd_addresses(unlimited: Place, visitors: dict[str, Visitor], who: str) -> None:
    visitor = visitors[who]
    for n, place in enumerate(PLACES):  # each oddity in many places, each place with many oddities
        for odd in ODD[n % 14 :: 14] if who == "boss" else ODD[n % 27 :: 27]:
            for text in {odd, quote(odd)}:
                path, _, query = place.replace("{}", text).partition("?")
                raw = {"PATH_INFO": wsgi(unquote(path, "latin-1")), "QUERY_STRING": wsgi(query)}
                check(visitor.get("/", environ_overrides=raw), (place, odd))


METHODS = (
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "PUT",
    "DELETE",
    "PATCH",
    "FOO",
    "GET HTTP/1.1",
    "",
    "\x00",
    "POST\r\nX: y",
)


@pytest.mark.parametrize("who", ["boss", "nobody"])
def test_odd_methods(unlimited: Place, visitors: dict[str, Visitor], who: str) -> None:
    visitor = visitors[who]
    token = visitor.callback_token() if who == "boss" else ""
    links = {
        str(rule).replace("<int(max=2147483647):key>", "1").replace("<username>", "viewer")
        for rule in unlimited.app.server.url_map.iter_rules()
    }
    for n, link in enumerate(sorted(links)):
        for k, method in enumerate(METHODS):
            headers = ({}, {"X-CSRFToken": token}, {"X-HTTP-Method-Override": "DELETE"})[(n + k) % 3]
            check(visitor.get(link, headers=headers, environ_overrides={"REQUEST_METHOD": method}), (method, link))


HEADERS: list[dict[str, str]] = [
    {"Host": "evil.example"}, {"Host": ""}, {"Host": "a b"}, {"Host": "x" * 5000}, {"Host": "localhost:99999999"},
    {"Host": "[::1"}, {"Host": "\xff"},
    {"Accept": ""}, {"Accept": "x"}, {"Accept": "text/html;q=x"}, {"Accept": "*/*;q=1.5,text/html;q=-1"},
    {"Accept": "," * 3000},
    {"Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "x" * 3000}, {"Accept-Language": "zh;q=x,*"},
    {"Accept-Charset": "utf-7"},
    {"Cookie": "dabiao"}, {"Cookie": "=" * 500}, {"Cookie": "dabiao=;;;=;"}, {"Cookie": "dabiao=\xff"},
    {"Cookie": "dabiao=" + "x" * 5000},
    {"Cookie": "dabiao=x.y.z; dabiao-language=<script>; _csrf_token=\"\\"}, {"Cookie": "dabiao-language=../en"},
    {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "\xff\xfe"},
    {"Authorization": "Bearer " + "x" * 5000},
    {"Authorization": "Basic !!!"}, {"Authorization": "Digest a=b,c"}, {"Authorization": "Bearer \x00"},
    {"Range": "bytes=0-1"}, {"Range": "bytes=x"}, {"Range": "bytes=9-1,2-3,-5"}, {"If-Modified-Since": "x"},
    {"If-None-Match": "*"},
    {"If-Range": "x"}, {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, {"Referer": "http://[::1"},
    {"Referer": "\xff"},
    {"Origin": "null"}, {"Origin": "http://evil.example"}, {"Transfer-Encoding": "chunked"},
    {"Transfer-Encoding": "x"}, {"Expect": "100-continue"},
    {"Upgrade": "websocket", "Connection": "Upgrade"}, {"Content-Type": "x"},
    {"Content-Type": "text/html; charset=utf-7"}, {"Content-Encoding": "gzip"},
    {"X-Forwarded-For": "x" * 3000}, {"X-Forwarded-For": "1.1.1.1,,, ,"}, {"X-Forwarded-Proto": "javascript"},
    {"X-Forwarded-Host": "evil"},
    {"X-Forwarded-Prefix": "/x"}, {"X-Script-Name": "/x"}, {"X-Original-URL": "/admin/users"},
    {"X-Rewrite-URL": "/admin"}, {"Forwarded": "for=\""},
    {"User-Agent": "\x1b[31m"}, {"User-Agent": "x" * 5000}, {"User-Agent": "() { :; }; echo"}, {"X-CSRFToken": "\xff"},
    {"X-CSRFToken": "x" * 5000},
    {"Content-Length": "0"}, {"Content-Length": "99999999999"}, {"Content-Length": "-1"}, {"Content-Length": "x"},
    {"Content-Length": "1, 2"},
    {"Dabiao-Version": "x"}, {"X-" + "a" * 500: "b"}, {"Sec-Fetch-Site": "cross-site"}, {"Via": "x"},
    {"TE": "trailers"}, {"Max-Forwards": "x"},
]  # fmt: skip
LINKS = ("/", "/data", "/login", "/account", "/admin/users", "/admin/audit",
"/download/completeness.csv?period=1999-S1", "/_dash-layout", "/assets/00_tokens.css",
         "/nothing", "/healthz", "/assets/vendor/plotly-partial.min.js")  # fmt: skip


@pytest.mark.parametrize("who", ["boss", "nobody"])
def test_odd_headers(unlimited: Place, visitors: dict[str, Visitor], who: str) -> None:
    visitor = visitors[who]
    over: dict[str, str]
    for n, headers in enumerate(HEADERS):
        over = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if f"HTTP_{name}" in over:
                over[name] = over.pop(f"HTTP_{name}")
        if "HTTP_COOKIE" not in over and who == "boss":
            over["HTTP_COOKIE"] = f"dabiao={visitor.cookie()}"
        for link in LINKS[n % 3 :: 3]:
            check(visitor.get(link, environ_overrides=over), (headers, link))
        check(visitor.open("/login", "POST", data={"username": "x"}, environ_overrides=over), (headers, "/login"))
        check(
            visitor.open(CALLBACKS, "POST", json=question("overview", {}), environ_overrides=over), (headers, CALLBACKS)
        )


BODIES: list[tuple[bytes, str]] = [
    (b"", "application/x-www-form-urlencoded"), (b"&&&===", "application/x-www-form-urlencoded"),
    (b"%ff%00=%zz", "application/x-www-form-urlencoded"),
    (b"username=%ed%a0%80&password=%00", "application/x-www-form-urlencoded"),
    (b"a=" + b"x" * 400_000, "application/x-www-form-urlencoded"),
    (b"&".join(b"a%d=1" % n for n in range(6000)), "application/x-www-form-urlencoded"),
    (b"username=" + b"[" * 5000, "application/x-www-form-urlencoded"),
    (b"\xff\xfeu\x00", "application/x-www-form-urlencoded; charset=utf-16"),
    (b"+ADw-script+AD4-", "application/x-www-form-urlencoded; charset=utf-7"),
    (b"", "multipart/form-data"), (b"", "multipart/form-data; boundary="),
    (b"--x\r\n", "multipart/form-data; boundary=x"), (b"--x--", "multipart/form-data; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data; name="username"; filename="../../x"\r\n\r\nviewer\r\n--x--',
    "multipart/form-data; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data; name="username"\r\nContent-Type: x; charset=utf-7\r\n\r\n+ADw-\r\n--x--',
    "multipart/form-data; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data\r\n\r\n\r\n' * 3000 + b"--x--", "multipart/form-data; boundary=x"),
    (b"x" * 3000, "multipart/form-data; boundary=" + "y" * 200),
    (b"{}", "application/json"), (b"[]", "application/json"), (b"null", "application/json"),
    (b'"x"', "application/json"), (b"{", "application/json"),
    (b"[" * 100_000, "application/json"), (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "application/json"),
    (b"1e999", "application/json"), (b"9" * 5000, "application/json"),
    (b'"\\ud800"', "application/json"), (b'{"username": "boss", "password": ["x"]}', "application/json"),
    (b"\xff\xfe", "application/json"),
    (b"\xef\xbb\xbf{}", "application/json"), ('{"a": 1}'.encode("utf-16"), "application/json"),
    (b'{"output": {"$ne": null}}', "application/json"),
    (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "application/xml"),
    (b"x", "text/plain"), (b"x", ""), (b"x", "x" * 3000),
    (b" " * (2 << 20), "application/json"), (b"x" * (2 << 20), "text/plain"),
    (b"a=" + b"x" * (2 << 20), "application/x-www-form-urlencoded"),
]  # fmt: skip
FORMS = (
    "/login", "/login/device", "/logout", "/account/password", "/account/sessions/99/end", "/admin/users",
    "/admin/users/viewer",
    "/admin/users/viewer/disable", "/admin/users/viewer/enable", "/admin/users/viewer/reset", "/admin/sessions/99/end",
    "/admin/tokens",
    "/admin/tokens/revoke", "/admin/rules", "/admin/rules/preview", CALLBACKS,
    "/data/uploads", "/data/uploads/99", "/data/uploads/99/stage", "/data/uploads/99/discard",
    "/admin/screens", "/admin/screens/hall", "/admin/screens/hall/preview", "/admin/screens/hall/copy",
    "/admin/screens/hall/devices", "/admin/screens/nowhere/delete",
    "/data/batches/99/approve", "/data/batches/99/discard", "/data/batches/99/undo",
    "/actions", "/actions/99/decide", "/actions/99/answer", "/meeting", "/meeting/99/notes", "/meeting/now/notes",
    "/bulletin/export", "/exports/99/cancel", "/exports/99/again",
)  # fmt: skip


def test_the_lists_here_name_every_form(still: Place) -> None:
    rules = [rule for rule in still.app.server.url_map.iter_rules() if "POST" in (rule.methods or ())]
    adapter = still.app.server.url_map.bind("localhost")
    found = {adapter.match(link, "POST", return_rule=True)[0].rule for link in FORMS}
    assert found == {rule.rule for rule in rules}


@pytest.mark.parametrize("who", ["boss", "nobody", "program"])
def test_odd_bodies(place: Place, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    monkeypatch.setattr("limits.strategies.FixedWindowRateLimiter.hit", lambda *_, **__: True)
    visitor = (
        place.signed_in("boss") if who == "boss" else place.bearer("reader") if who == "program" else place.visitor()
    )
    token = {"boss": visitor.callback_token, "nobody": visitor.form_token, "program": str}[who]()
    for n, link in enumerate(FORMS):
        if link == "/logout":
            continue
        for body, kind in BODIES if link == CALLBACKS else BODIES[n % 3 :: 3] if who == "boss" else BODIES[n % 9 :: 9]:
            headers = {"X-CSRFToken": token} if token else {}
            check(visitor.open(link, "POST", data=body, content_type=kind, headers=headers), (link, kind, body[:60]))
    assert who != "boss" or visitor.is_in


def odd_fields() -> Iterator[dict[str, Any]]:
    """Fields there may be, with values nobody types; repeated, as files, of another type."""
    names = ("scope", "amber_share", "reason", "seal", "username", "password", "display_name", "role", "districts",
    "domains", "all_districts", "all_domains",
    "signs_in_by", "name", "days", "row", "what", "office", "due_on", "kind", "note", "title", "held_on", "topic",
    "body",
             "old", "new", "again", "token", "next", "csrf_token")  # fmt: skip
    for value in ("", " ", "\x00", "\ufffd", "x" * 5_000, "<script>alert(1)</script>", "' or 1=1 --", "9" * 400, "-1",
    "*", "../x", "{{3333*3333}}", "数" * 200,
                  "\r\nSet-Cookie: a=b", "\u202e", "viewer", OWN, "administrator", "１２"):  # fmt: skip
        yield dict.fromkeys(names[:-1], value)
    for name in names:
        yield {name: ["a", "b", "c"] * 30}
        yield {name: FileStorage(stream=None, filename="x.csv", name=name)}
        yield {f"{name}[]": "x", f"{name}[a][b]": "x", f"{name}.x": "y"}


@pytest.mark.parametrize("who", ["boss", "nobody"])
def test_odd_fields(place: Place, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    monkeypatch.setattr("limits.strategies.FixedWindowRateLimiter.hit", lambda *_, **__: True)
    visitor = place.signed_in("boss") if who == "boss" else place.visitor()
    token = visitor.callback_token() if who == "boss" else visitor.form_token()
    for n, link in enumerate(FORMS):
        if link in (CALLBACKS, "/logout"):
            continue
        for fields in list(odd_fields())[n % 4 :: 4] if who == "boss" else list(odd_fields())[n % 8 :: 8]:
            check(visitor.open(link, "POST", data=fields, headers={"X-CSRFToken": token}), (link, str(fields)[:80]))
    place.check_log()


@pytest.mark.parametrize("size", [1_000, 20_000])
def test_long_queries(unlimited: Place, visitors: dict[str, Visitor], size: int) -> None:
    for link in LINKS[::2]:
        for query in ("a=" + "x" * size, "&".join(["q=x"] * (size // 4)), "&" * size, "%41" * (size // 3), "[" * size):
            check(visitors["boss"].get(link.partition("?")[0], query_string=query), (link, query[:20]))
