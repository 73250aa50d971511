"""A portal in front names who asks; it is believed only where it is one of the proxies that were named."""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.access.accounts import By, add_account, disable_account, enable_account
from dashboard.access.proxies import PEER, TrustedProxies
from dashboard.access.roles import Grant, Role
from dashboard.access.sso import sso_username
from dashboard.documents.entry import UNKNOWN_AT_PORTAL
from dashboard.settings import Network, Settings, SettingsError
from tests.dashboard.html import parse
from tests.dashboard.http import question
from tests.sso.conftest import CLOSED_ACCOUNT, OpenHouse
from tests.sso.support import NOBODY_HERE, House, alert, who
from warehouse.catalog import fetch_catalog
from warehouse.engine import writing

HEADER = "X-Remote-User"
PROXY, ELSEWHERE = "10.1.2.3", "198.51.100.7"
NETWORKS: tuple[Network, ...] = (ip_network("10.1.2.0/24"), ip_network("2001:db8::/48"), ip_network("127.0.0.9/32"))
SEES_ALL = Grant.of("public", "*", "*")


@pytest.fixture
def house(open_house: OpenHouse) -> House:
    """A dashboard behind a portal."""
    return open_house(proxies=NETWORKS, sso_header=HEADER)


def said(name: str | None, peer: str = PROXY, **headers: str) -> dict[str, Any]:
    """Options of a request a peer passes on, for somebody."""
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    return {
        "environ_base": {"REMOTE_ADDR": peer, "HTTP_ACCEPT": "text/html"},
        "headers": sent | ({} if name is None else {HEADER: name}),
    }


def usernames(house: House) -> list[str | None]:
    return [session.username for session in house.sessions()]


# Who is believed


@pytest.mark.parametrize(
    "peer", ["10.1.2.3", "10.1.2.254", "::ffff:10.1.2.3", "2001:db8::1", "2001:DB8:0:0:7::1", "127.0.0.9"]
)
def test_a_named_proxy_says_who_asks(house: House, peer: str) -> None:
    client = house.client()
    assert who(client, **said("li", peer)) == "li"
    [session] = house.sessions()
    assert (session.username, session.method) == ("li", "header")
    assert [(e.action, e.actor, e.detail) for e in house.audit()] == [("login", "user:li", '{"method": "header"}')]


@pytest.mark.parametrize(
    "peer",
    ["10.1.3.3", "127.0.0.1", "::1", "::ffff:10.1.3.3", "2001:db9::1", "::10.1.2.3", "", "unix", "10.1.2.3, 10.1.2.3",
     "fe80::1%10.1.2.3", "10.1.2.999"],
)  # fmt: skip
def test_nobody_else_does(house: House, peer: str) -> None:
    client = house.client()
    assert who(client, **said("li", peer, X_Forwarded_For=PROXY)) is None
    assert (house.sessions(), house.audit()) == ([], [])


def test_a_session_is_worth_nothing_past_the_portal(house: House) -> None:
    """Who takes the cookie along, but comes from elsewhere, is somebody the portal says nothing of."""
    client = house.client()
    assert who(client, **said("li")) == "li"
    assert who(client, **said("li", ELSEWHERE)) is None
    assert house.sessions() == []


def test_without_the_setting_the_header_means_nothing(open_house: OpenHouse) -> None:
    client = open_house(proxies=NETWORKS).client()
    assert who(client, **said("li")) is None


# One session goes along


def test_one_session_for_many_requests(house: House) -> None:
    client = house.client()
    for _ in range(5):
        assert who(client, **said("li")) == "li"
        assert who(client, **said(" LI ")) == "li"
    assert usernames(house) == ["li"]
    assert len(house.audit()) == 1


def test_another_name_ends_the_session_and_begins_its_own(house: House) -> None:
    client = house.client()
    assert who(client, **said("li")) == "li"
    cookie = client.get_cookie("dabiao")
    assert who(client, **said("chen")) == "chen"
    assert usernames(house) == ["chen"]
    assert cookie is not None
    client.set_cookie("dabiao", cookie.value)
    assert who(client, **said(None)) is None  # the one before is over, whoever kept its cookie


def test_no_name_any_more_is_nobody(house: House) -> None:
    client = house.client()
    assert who(client, **said("li")) == "li"
    assert who(client, **said(None)) is None
    assert house.sessions() == []
    assert who(client, **said("li")) == "li"
    assert who(client, **said("")) is None


def test_a_session_that_was_ended_is_not_taken_up_again(house: House) -> None:
    client = house.client()
    assert who(client, **said("li")) == "li"
    house.clock.forward(hours=13)
    assert who(client, **said("li")) == "li"
    assert len(house.audit()) == 2  # another session, as the audit log says


def test_closing_the_account_ends_it(house: House) -> None:
    client = house.client()
    assert who(client, **said("li")) == "li"
    with writing(house.engine) as connection:
        disable_account(connection, By("shell:tests", "", house.clock()), "li")
    assert who(client, **said("li")) is None


def test_who_signed_in_otherwise_stays_who_they_are(open_house: OpenHouse) -> None:
    """A session begun with a token or a password is not the portal's to end."""
    house = open_house(proxies=NETWORKS, sso_header=HEADER)
    with writing(house.engine) as connection:
        password = add_account(
            connection,
            By("shell:tests", "", house.clock()),
            fetch_catalog(connection),
            "guo",
            "guo",
            Grant(Role.VIEWER),
            False,
        )
    client = house.client()
    page = parse(client.get("/login", **said(NOBODY_HERE)).get_data(as_text=True))
    token = page.all("input", name="csrf_token")[0].attributes["value"]
    form = {"csrf_token": token, "username": "guo", "password": password, "next": "/"}
    client.get("/account", **said(NOBODY_HERE))  # in another tab: the form's value stays good
    assert client.post("/login", data=form, **said(NOBODY_HERE)).location == "/"
    assert client.get("/account", **said("li")).status_code == 200
    assert usernames(house) == ["guo"]


# Who is not let in


@pytest.mark.parametrize(
    "name",
    ["admin", "wang", CLOSED_ACCOUNT, NOBODY_HERE, "ＬＩ", "ｌi", "l\u0131", "li,li", "li, chen", "li\x00", "li\x7f",
     "l\u00adi", "li@x", "x" * 20_000, "li" + "x" * 62, "\xff\xfe", "张三", "é", "' or 1=1 --", "<script>", "..", "*"],
    ids=ascii,
)  # fmt: skip
def test_a_name_without_an_account_for_it(house: House, name: str) -> None:
    client = house.client()
    wire = name if name == "\xff\xfe" else name.encode().decode("latin-1")
    assert who(client, **said(wire)) is None
    assert house.sessions() == []
    [entry] = house.audit()
    assert (entry.action, entry.actor, json.loads(entry.detail)) == ("login_failed", "public", {"method": "header"})
    assert entry.subject.isprintable()
    assert len(entry.subject) <= 500
    page = client.get("/login", **said(wire))
    assert (page.status_code, alert(parse(page.get_data(as_text=True)))) == (200, UNKNOWN_AT_PORTAL.zh)


def test_names_travel_as_utf8(house: House) -> None:
    assert who(house.client(), **said("李雷".encode().decode("latin-1"))) == "李雷"


@pytest.mark.parametrize(
    ("name", "username"),
    [("li", "li"), ("LI", "li"), (" li ", "li"), ("李雷", "李雷"), ("Zoë", "zoë"), ("ZOË", None), ("Zoe\u0308", None),
     ("\u212aim", None), ("ﬁ", None), ("ß", None), ("", None), (" ", None), ("x" * 64, "x" * 64), ("x" * 65, None)],
)  # fmt: skip
def test_a_name_is_taken_by_its_letters(name: str, username: str | None) -> None:
    assert sso_username(name) == username


def test_the_page_says_so_in_english_and_nothing_without_a_portal(house: House) -> None:
    client = house.client()
    page = parse(client.get("/login?lang=en", **said(NOBODY_HERE)).get_data(as_text=True))
    assert alert(page) == UNKNOWN_AT_PORTAL.en
    assert alert(parse(client.get("/login", **said(None)).get_data(as_text=True))) == ""
    assert alert(parse(client.get("/login", **said(NOBODY_HERE, ELSEWHERE)).get_data(as_text=True))) == ""
    answers = {client.get("/login", **said(name)).get_data(as_text=True).count(name) for name in ("qqqqq", "zzzzz")}
    assert answers == {0}


# The log does not fill


def test_a_refusal_is_written_down_once_an_hour(house: House) -> None:
    client = house.client()
    for _ in range(20):
        client.get("/", **said(NOBODY_HERE))
        house.client().get("/", **said(NOBODY_HERE))  # without the cookie, too
        client.get("/login", **said(NOBODY_HERE))
        client.post("/_dash-update-component", json={}, **said(NOBODY_HERE))
    assert len(house.audit()) == 1
    client.get("/", **said("another"))
    assert len(house.audit()) == 2
    house.clock.forward(hours=1)
    client.get("/", **said(NOBODY_HERE))
    client.get("/", **said(NOBODY_HERE))
    assert [entry.subject for entry in house.audit()] == [NOBODY_HERE, "another", NOBODY_HERE]


def test_whoever_gets_an_account_meanwhile_is_let_in_at_once(house: House) -> None:
    client = house.client()
    assert who(client, **said(CLOSED_ACCOUNT)) is None
    with writing(house.engine) as connection:
        enable_account(connection, By("shell:tests", "", house.clock()), CLOSED_ACCOUNT)
    assert who(client, **said(CLOSED_ACCOUNT)) == CLOSED_ACCOUNT


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/assets/00_tokens.css", "/_favicon.ico", "/_dash-component-suites/dash/deps/x.js"],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_answers_everybody_asks_nobody(house: House, path: str, method: str) -> None:
    for name in (NOBODY_HERE, "li"):
        house.client().open(path, method=method, **said(name)).close()
    assert (house.audit(), house.sessions()) == ([], [])


def test_a_visitor_writes_nothing(open_house: OpenHouse) -> None:
    """Past the portal, or before signing in there: no write, and the session's CSRF value stays good."""
    house = open_house(proxies=NETWORKS, sso_header=HEADER, public=SEES_ALL)
    client = house.client()
    with writing(house.engine):  # whoever else wants to write now, waits
        assert client.get("/", **said(None)).status_code == 200
        assert client.get("/", **said(None, ELSEWHERE)).status_code == 200
    assert house.audit() == []


@pytest.mark.parametrize("name", [None, NOBODY_HERE, "li"])
def test_pages_work_for_visitors_and_for_who_was_named(open_house: OpenHouse, name: str | None) -> None:
    house = open_house(proxies=NETWORKS, sso_header=HEADER, public=SEES_ALL)
    client = house.client()
    for _ in range(2):
        assert client.get("/", **said(name)).status_code == 200
        value = client.get_cookie("_csrf_token")
        assert value is not None
        body = question("overview", {"path": "/", "search": "", "language": "zh"})
        answer = client.post("/_dash-update-component", json=body, **said(name, X_CSRFToken=value.decoded_value))
        assert answer.status_code == 200


# From where


def passed_on(peer: str, forwarded: str | None, *, proto: str | None = None) -> dict[str, Any]:
    """What the app gets to see."""
    seen: dict[str, Any] = {}
    app = TrustedProxies(lambda environ, _start: seen.update(environ) or [], NETWORKS, HEADER)  # type: ignore[func-returns-value]
    environ = {"REMOTE_ADDR": peer, "HTTP_X_REMOTE_USER": "li", "wsgi.url_scheme": "http", "HTTP_HOST": "here"}
    environ |= {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    environ |= {} if proto is None else {"HTTP_X_FORWARDED_PROTO": proto}
    environ |= {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "for=1.1.1.1", "HTTP_X_REAL_IP": "1.1.1.1"}
    app(environ, lambda *_: None)
    return seen


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (PROXY, "203.0.113.5", "203.0.113.5"),
        (PROXY, "1.1.1.1, 203.0.113.5", "203.0.113.5"),  # what the reader made up stands on the left
        (PROXY, "1.1.1.1, 203.0.113.5, 10.1.2.9", "203.0.113.5"),  # two proxies, both named
        (PROXY, "10.1.2.7, 10.1.2.9", "10.1.2.7"),
        (PROXY, "203.0.113.5:51234", "203.0.113.5"),
        (PROXY, "[2001:db8:9::5]:443", "2001:db8:9::5"),
        (PROXY, "2001:DB9::0005", "2001:db9::5"),
        (PROXY, '"[2001:db9::5]:443"', "2001:db9::5"),
        (PROXY, "::ffff:203.0.113.5", "203.0.113.5"),
        (PROXY, "fe80::1%eth0", "fe80::1"),
        (PROXY, "unknown", PROXY),
        (PROXY, "203.0.113.5, unknown", PROXY),
        (PROXY, "203.0.113.5, unknown, 10.1.2.9", "10.1.2.9"),
        (PROXY, "", PROXY),
        (PROXY, ",", PROXY),
        (PROXY, None, PROXY),
        ("::ffff:10.1.2.3", "203.0.113.5", "203.0.113.5"),
        ("::ffff:198.51.100.7", "203.0.113.5", ELSEWHERE),
        (ELSEWHERE, "203.0.113.5", ELSEWHERE),
        (ELSEWHERE, PROXY, ELSEWHERE),
        ("", "203.0.113.5", ""),
        ("not an address", PROXY, "not an address"),
    ],
)
def test_where_a_request_comes_from(peer: str, forwarded: str | None, address: str) -> None:
    seen = passed_on(peer, forwarded, proto="https")
    is_named = peer.removeprefix("::ffff:") == PROXY
    assert (seen["REMOTE_ADDR"], seen[PEER]) == (address, is_named)
    assert seen["wsgi.url_scheme"] == ("https" if is_named else "http")
    assert seen["HTTP_HOST"] == "here"
    for name in ("HTTP_X_REMOTE_USER", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"):
        assert is_named or name not in seen


def test_the_audit_log_and_the_list_of_sessions_show_the_readers_address(house: House) -> None:
    client = house.client()
    who(client, **said("li", X_Forwarded_For="203.0.113.5"))
    house.client().get("/", **said(NOBODY_HERE, X_Forwarded_For="1.1.1.1, 2001:db9::5"))
    assert [entry.address for entry in house.audit()] == ["203.0.113.5", "2001:db9::5"]
    assert [session.address for session in house.sessions()] == ["203.0.113.5"]


def wrong_passwords(client: FlaskClient, forwarded: list[str], peer: str = PROXY) -> list[int]:
    page = parse(client.get("/login", **said(None, peer)).get_data(as_text=True))
    token = page.all("input", name="csrf_token")[0].attributes["value"]
    return [
        client.post(
            "/login/device", data={"csrf_token": token, "token": "x"}, **said(None, peer, X_Forwarded_For=address)
        ).status_code
        for address in forwarded
    ]


def test_tries_are_counted_by_the_readers_address(house: House) -> None:
    client = house.client()
    assert wrong_passwords(client, ["203.0.113.5"] * 31)[-1] == 429
    assert wrong_passwords(client, ["203.0.113.6"]) == [401]


@pytest.mark.parametrize(
    ("peer", "addresses"),
    [
        (ELSEWHERE, [f"203.0.113.{n}" for n in range(31)]),
        (PROXY, [f"203.0.113.{n}, 203.0.113.5" for n in range(31)]),
        (PROXY, [f"203.0.113.5:{n + 1000}" for n in range(31)]),
        (PROXY, [f"2001:db9::{n:x}" for n in range(31)]),
    ],
    ids=["another peer", "made up", "ports", "one network"],
)
def test_counting_cannot_be_evaded(house: House, peer: str, addresses: list[str]) -> None:
    assert wrong_passwords(house.client(), addresses, peer) == [401] * 30 + [429]


# Settings


@pytest.mark.parametrize(
    "header", ["X_Remote_User", "X Remote", "用户", "Authorization", "cookie", "X-Forwarded-For", "X:Y"]
)
def test_a_header_that_cannot_be(header: str) -> None:
    with pytest.raises(SettingsError):
        Settings.from_environment({"DABIAO_SSO_HEADER": header, "DABIAO_PROXIES": "127.0.0.1"})


def test_settings_of_a_portal() -> None:
    given = {"DABIAO_SSO_HEADER": "X-Remote-User", "DABIAO_PROXIES": "127.0.0.1, 2001:db8::/48"}
    found = Settings.from_environment(given)
    assert found.sso_header == "X-Remote-User"
    assert found.proxies == (ip_network("127.0.0.1/32"), ip_network("2001:db8::/48"))
    for wrong in ({"DABIAO_SSO_HEADER": "X-Remote-User"}, {"DABIAO_PROXIES": "10.0.0.1/8"}):
        with pytest.raises(SettingsError):
            Settings.from_environment(wrong)
