"""OpenID Connect: through a real provider, past one that forges, and against one that is not there."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc.jwk import ECKey, OctKey
from structlog.testing import capture_logs

from dashboard.access import oidc as protocol
from dashboard.access.accounts import By, disable_account
from dashboard.documents.oidc import FAILURES
from dashboard.settings import Oidc
from tests.sso.conftest import CLOSED_ACCOUNT, OpenHouse
from tests.sso.forger import CLIENT_ID, CLIENT_SECRET, GONE, Forger
from tests.sso.support import (
    NOBODY_HERE,
    House,
    authorize,
    begin,
    come_back,
    cookies,
    message,
    sign_in,
    who,
)
from warehouse.engine import writing

URL = "http://127.0.0.1:8050"
RETURN = "/login/oidc/return"
OpenTo = Callable[..., House]


@pytest.fixture
def open_to(open_house: OpenHouse) -> OpenTo:
    """Makes a dashboard that trusts a provider."""

    def open_one(issuer: str, claim: str = "preferred_username", **settings: Any) -> House:
        return open_house(url=URL, oidc=Oidc(issuer, CLIENT_ID, CLIENT_SECRET, claim), **settings)

    return open_one


@pytest.fixture
def house(open_to: OpenTo, mock_provider: str) -> House:
    """A dashboard that trusts the mock."""
    return open_to(mock_provider)


@pytest.fixture
def fooled(open_to: OpenTo, forger: Forger) -> House:
    """A dashboard that trusts the forger."""
    return open_to(forger.url)


def words(reason: str) -> tuple[int, str]:
    status, error = FAILURES[reason]
    return status, error.zh


def expect_failure(house: House, response: Any, reason: str) -> None:
    """A page to sign in with, which says what to do; nobody is signed in; one line in the audit log."""
    assert (response.status_code, message(response)) == words(reason)
    assert house.sessions() == []
    [entry] = house.audit()
    assert (entry.action, entry.actor, entry.address) == ("login_failed", "public", "127.0.0.1")
    assert '"method": "oidc"' in entry.detail


# The whole way


def test_who_signs_in_at_the_provider_is_signed_in_here(house: House) -> None:
    client = house.client()
    assert who(client) is None
    response = sign_in(client, "s-li", "/indicators?district=x&period=2025-S1")
    assert (response.status_code, response.location) == (303, "/indicators?district=x&period=2025-S1")
    assert who(client) == "li"
    [session] = house.sessions()
    assert (session.username, session.method) == ("li", "oidc")
    assert [(e.action, e.actor, e.subject, e.detail) for e in house.audit()] == [
        ("login", "user:li", "li", '{"method": "oidc"}')
    ]
    page = client.get("/account").get_data(as_text=True)
    assert "统一身份认证" in page  # the session's line
    assert client.get("/login/oidc?next=/data").location == "/data"  # signed in: nothing to ask the provider


def test_what_the_provider_is_asked(house: House, mock_provider: str) -> None:
    asked = urlsplit(begin(house.client()))
    query = {name: value for name, [value] in parse_qs(asked.query).items()}
    assert f"{asked.scheme}://{asked.netloc}" == mock_provider
    assert query["redirect_uri"] == URL + RETURN
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert all(len(query[name]) >= 20 for name in ("state", "nonce", "code_challenge"))
    again = parse_qs(urlsplit(begin(house.client())).query)
    assert all(again[name] != [query[name]] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:alert(1)", "x", "/a\n/b", ""]
)
def test_it_leads_nowhere_else(house: House, target: str) -> None:
    assert sign_in(house.client(), "s-li", target).location == "/"


def test_a_target_changed_in_the_cookie_is_looked_at_again(house: House) -> None:
    client = house.client()
    address = begin(client)
    with client.session_transaction() as session:
        [key] = [key for key in session if key.startswith("_state_")]
        entry = session[key]
        session[key] = entry | {"data": entry["data"] | {"target": "//evil.example"}}
    assert come_back(client, authorize(address, "s-li")).location == "/"


def test_nothing_of_the_session_before_stays(house: House) -> None:
    client = house.client()
    begin(client)
    client.get("/login")
    sign_in(client, "s-li")
    with client.session_transaction() as session:
        assert {key for key, value in session.items() if value} == {"secret"}


@pytest.mark.parametrize(("subject", "username"), [("s-lei", "李雷"), ("s-upper", "li")])
def test_names_in_chinese_and_in_capitals(house: House, subject: str, username: str) -> None:
    client = house.client()
    assert sign_in(client, subject).status_code == 303
    assert [session.username for session in house.sessions()] == [username]


@pytest.mark.parametrize(
    ("subject", "said"),
    [("s-nobody", NOBODY_HERE), ("s-zhao", CLOSED_ACCOUNT), ("s-admin", "admin"), ("s-wide", "ＬＩ")],
)
def test_no_account_for_that_name(house: House, subject: str, said: str) -> None:
    """None at all, a closed one, one with a password, one whose name only looks like it: the same answer."""
    client = house.client()
    response = sign_in(client, subject)
    expect_failure(house, response, "account")
    assert [entry.subject for entry in house.audit()] == [said]
    assert who(client) is None


@pytest.mark.parametrize("subject", ["s-none", "s-number", "s-list", "s-empty"])
def test_no_name_in_the_claim(house: House, subject: str) -> None:
    expect_failure(house, sign_in(house.client(), subject), "claim")


def test_another_claim_names_the_account(open_to: OpenTo, forger: Forger) -> None:
    forger.claims = {"employee": "chen", "preferred_username": "li"}
    house = open_to(forger.url, "employee")
    sign_in(house.client())
    assert [session.username for session in house.sessions()] == ["chen"]


@pytest.mark.parametrize(("verified", "reason"), [(False, "claim"), (True, "account"), (GONE, "account")])
def test_an_address_counts_unless_the_provider_doubts_it(
    open_to: OpenTo, forger: Forger, verified: object, reason: str
) -> None:
    forger.claims = {"email": "li@example.gov.cn", "email_verified": verified}
    house = open_to(forger.url, "email")
    expect_failure(house, sign_in(house.client()), reason)


def test_signing_out_ends_the_session(house: House) -> None:
    client = house.client()
    sign_in(client, "s-li")
    page = client.get("/account").get_data(as_text=True)
    value = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert client.post("/logout", data={"csrf_token": value}).location == "/login"
    assert (who(client), house.sessions()) == (None, [])
    assert [entry.action for entry in house.audit()] == ["login", "logout"]


def test_closing_the_account_ends_the_session(house: House) -> None:
    client = house.client()
    sign_in(client, "s-li")
    with writing(house.engine) as connection:
        disable_account(connection, By("shell:tests", "", house.clock()), "li")
    assert who(client) is None
    assert sign_in(client, "s-li").status_code == 401


# Where it is not set


def test_without_a_provider_there_is_nothing(open_house: OpenHouse) -> None:
    client = open_house(url=URL).client()
    for path in ("/login/oidc", f"{RETURN}?code=x&state=y"):
        there, nowhere = client.get(path), client.get("/no/such/page")
        assert there.status_code == nowhere.status_code == 303
        assert there.location.startswith("/login?next=")
    assert "/login/oidc" not in client.get("/login").get_data(as_text=True)


def test_the_page_to_sign_in_offers_it(open_house: OpenHouse, mock_provider: str) -> None:
    oidc = Oidc(mock_provider, CLIENT_ID, CLIENT_SECRET, label="门户<b>")
    page = open_house(url=URL, oidc=oidc).client().get("/login?next=/data?period=2025-S1%26x=1").get_data(as_text=True)
    assert 'href="/login/oidc?next=/data%3Fperiod%3D2025-S1%26x%3D1"' in page
    assert "门户&lt;b&gt;" in page


# What comes back and should not


def test_denied_at_the_provider(house: House) -> None:
    """The mock leaves out the state, against RFC 6749; a provider that keeps to it is understood better."""
    client = house.client()
    address = begin(client, "/data")
    state = parse_qs(urlsplit(address).query)["state"][0]
    denied = parse_qs(urlsplit(authorize(address, action="deny")).query)
    assert denied["error"] == ["access_denied"]
    response = client.get(f"{RETURN}?{urlencode({'error': 'access_denied', 'state': state})}")
    expect_failure(house, response, "denied")
    assert 'href="/login/oidc?next=/data"' in response.get_data(as_text=True)  # where to go is not forgotten
    english = client.get(f"{RETURN}?{urlencode({'error': 'access_denied', 'state': state})}&lang=en")
    assert message(english) == FAILURES["state"][1].en  # used


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "<script>", "x" * 5000])
def test_the_provider_reports_an_error(fooled: House, error: str) -> None:
    client = fooled.client()
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    with capture_logs() as logs:
        response = client.get(f"{RETURN}?{urlencode({'error': error, 'error_description': 'secret', 'state': state})}")
    expect_failure(fooled, response, "answer")
    assert "secret" not in str(logs) + response.get_data(as_text=True)
    assert "<script>" not in response.get_data(as_text=True)


@pytest.mark.parametrize("state", ["", "wrong", None, "../secret", "\x00", "x" * 9000])
def test_a_state_that_was_not_begun_here(house: House, state: str | None) -> None:
    client = house.client()
    back = urlsplit(authorize(begin(client), "s-li"))
    code = parse_qs(back.query)["code"][0]
    query = {"code": code} | ({} if state is None else {"state": state})
    response = client.get(f"{RETURN}?{urlencode(query)}")
    expect_failure(house, response, "state")
    assert code not in response.get_data(as_text=True)


def test_another_browser_cannot_come_back(house: House) -> None:
    """Who is led to a link with somebody else's code is not signed in as them."""
    attacker, victim = house.client(), house.client()
    address = authorize(begin(attacker), "s-chen")
    begin(victim)
    expect_failure(house, come_back(victim, address), "state")
    assert come_back(attacker, address).status_code == 303


def test_a_code_with_the_state_of_another_try_is_refused(fooled: House) -> None:
    """PKCE and the nonce belong to one try."""
    attacker, victim = fooled.client(), fooled.client()
    code = parse_qs(urlsplit(authorize(begin(attacker))).query)["code"][0]
    state = parse_qs(urlsplit(begin(victim)).query)["state"][0]
    response = victim.get(f"{RETURN}?{urlencode({'code': code, 'state': state})}")
    expect_failure(fooled, response, "state")


def test_coming_back_twice(house: House) -> None:
    client = house.client()
    address = authorize(begin(client), "s-li")
    assert come_back(client, address).status_code == 303
    response = come_back(client, address)
    assert (response.status_code, message(response)) == words("state")
    assert who(client) == "li"  # still signed in: a stray link ends nobody's session


def test_a_code_used_twice_with_an_old_cookie(fooled: House) -> None:
    client = fooled.client()
    address = authorize(begin(client))
    cookie = client.get_cookie("dabiao")
    assert cookie is not None
    assert come_back(client, address).status_code == 303
    thief = fooled.client()
    thief.set_cookie("dabiao", cookie.value)
    response = come_back(thief, address)
    assert (response.status_code, message(response)) == words("state")
    assert len(fooled.sessions()) == 1


def test_a_try_is_over_after_a_while(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol._Tries, "expires_in", -1)
    expect_failure(house, sign_in(house.client(), "s-li"), "state")


def test_no_code(fooled: House) -> None:
    client = fooled.client()
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    response = client.get(f"{RETURN}?state={state}")
    assert response.status_code in (401, 502)
    assert fooled.sessions() == []


def test_many_tries_do_not_fill_the_cookie(house: House) -> None:
    client = house.client()
    target = "/data?q=" + secrets.token_urlsafe(280)  # nothing that could be compressed
    addresses = [begin(client, target) for _ in range(12)]
    assert cookies(client) < 3500
    assert come_back(client, authorize(addresses[0], "s-li")).status_code == 401  # forgotten
    assert come_back(client, authorize(addresses[-2], "s-li")).location == target  # another tab


@pytest.mark.parametrize(
    ("target", "found"),
    [("/data?q=" + "x" * 1000, "/data"), ("/" + "x" * 1000, "/"), ("/data?q=" + "达" * 99, "/data")],
)
def test_a_link_too_long_for_the_cookie_is_shortened(house: House, target: str, found: str) -> None:
    assert sign_in(house.client(), "s-li", target).location == found


def test_coming_back_is_limited_by_address(house: House) -> None:
    client = house.client()
    answers = [client.get(f"{RETURN}?code=x&state={n}").status_code for n in range(31)]
    assert answers == [401] * 30 + [429]
    assert client.get(f"{RETURN}?code=x", environ_base={"REMOTE_ADDR": "127.0.0.2"}).status_code == 401
    assert len(house.audit()) == 31


# ID tokens that are not for us


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another client"},
        {"aud": ["another client"], "azp": CLIENT_ID},
        {"aud": ["another client", CLIENT_ID], "azp": "another client"},
        {"aud": GONE},
        {"aud": ""},
        {"iss": "http://127.0.0.1:1"},
        {"iss": GONE},
        {"exp": 1},
        {"exp": "tomorrow"},
        {"exp": GONE},
        {"iat": 99999999999},
        {"nbf": 99999999999},
        {"nonce": "another"},
        {"nonce": GONE},
        {"nonce": ""},
        {"sub": GONE},
        {"at_hash": "another"},
    ],
    ids=str,
)
def test_an_id_token_that_is_not_good(fooled: House, forger: Forger, claims: dict[str, Any]) -> None:
    forger.claims |= claims
    expect_failure(fooled, sign_in(fooled.client()), "answer")


def test_the_forger_is_believed_when_it_does_not_forge(fooled: House) -> None:
    assert sign_in(fooled.client()).status_code == 303


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_signature_anybody_could_make(fooled: House, forger: Forger, algorithm: str) -> None:
    forger.header = {"alg": algorithm, "kid": "1"}
    expect_failure(fooled, sign_in(fooled.client()), "answer")


def test_a_secret_everybody_can_read(fooled: House, forger: Forger) -> None:
    """A key to sign and to check with, among those published, is none."""
    forger.key = OctKey.generate_key(256, {"kid": "1"})
    forger.published, forger.header = [forger.key], {"alg": "HS256", "kid": "1"}
    expect_failure(fooled, sign_in(fooled.client()), "answer")


@pytest.mark.parametrize("header", [{"alg": "ES256", "kid": "1"}, {"alg": "ES256"}, {"alg": "ES256", "kid": "2"}])
def test_a_signature_with_a_key_nobody_published(fooled: House, forger: Forger, header: dict[str, Any]) -> None:
    forger.header = header
    forger.key = ECKey.generate_key("P-256", {"kid": header.get("kid", "1")})
    expect_failure(fooled, sign_in(fooled.client()), "answer")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", 7, None, GONE, {"a": 1}])
def test_no_id_token(fooled: House, forger: Forger, token: object) -> None:
    forger.token = {"id_token": token}
    expect_failure(fooled, sign_in(fooled.client()), "answer")


def test_new_keys_of_the_provider_are_fetched(fooled: House, forger: Forger) -> None:
    assert sign_in(fooled.client()).status_code == 303
    forger.key = ECKey.generate_key("P-256", {"kid": "2"})
    forger.published, forger.header = [forger.key], {"alg": "ES256", "kid": "2"}
    assert sign_in(fooled.client()).status_code == 303
    forger.key = ECKey.generate_key("P-256")  # without a name: found out at the second try
    forger.published, forger.header = [forger.key], {"alg": "ES256"}
    assert sign_in(fooled.client()).status_code == 502
    assert sign_in(fooled.client()).status_code == 303


# What a provider tells besides


def test_a_name_only_at_the_userinfo_endpoint(fooled: House, forger: Forger) -> None:
    forger.claims = {}
    forger.userinfo = {"sub": "s-1", "preferred_username": "li"}
    assert sign_in(fooled.client()).status_code == 303


@pytest.mark.parametrize(
    "userinfo", [{"sub": "s-2", "preferred_username": "li"}, {"preferred_username": "li"}, [], None]
)
def test_userinfo_about_somebody_else(fooled: House, forger: Forger, userinfo: object) -> None:
    forger.claims, forger.userinfo = {}, userinfo
    expect_failure(fooled, sign_in(fooled.client()), "answer")


def test_a_provider_that_wants_the_secret_in_the_form(fooled: House, forger: Forger) -> None:
    forger.accepts_post = True
    forger.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert sign_in(fooled.client()).status_code == 303
    [given] = [given for path, given in forger.asked if path == "/token"]
    assert given["client_secret"] == CLIENT_SECRET


def test_discovery_is_asked_for_once_an_hour(fooled: House, forger: Forger) -> None:
    assert forger.asked == []  # not at start
    for _ in range(3):
        assert sign_in(fooled.client()).status_code == 303
    assert (forger.count("/.well-known/openid-configuration"), forger.count("/jwks")) == (1, 1)
    fooled.clock.forward(hours=1)
    assert sign_in(fooled.client()).status_code == 303
    assert forger.count("/.well-known/openid-configuration") == 2


# A provider in trouble


DISCOVERY = "/.well-known/openid-configuration"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'"x"', b"<html>", b'{"issuer": "x"}', b"\xff\xfe"])
def test_discovery_that_is_none(fooled: House, forger: Forger, body: bytes) -> None:
    forger.answers[DISCOVERY] = (200, body)
    response = fooled.client().get("/login/oidc")
    assert response.status_code == 502
    assert message(response) in {FAILURES["answer"][1].zh, FAILURES["unreachable"][1].zh}


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://evil.example"}, {"authorization_endpoint": "javascript:alert(1)"},
     {"authorization_endpoint": None}, {"id_token_signing_alg_values_supported": 7}],
)  # fmt: skip
def test_discovery_that_leads_elsewhere(fooled: House, forger: Forger, metadata: dict[str, Any]) -> None:
    forger.metadata = metadata
    expect_failure(fooled, fooled.client().get("/login/oidc"), "answer")


@pytest.mark.parametrize("path", ["/token", "/jwks", "/userinfo"])
@pytest.mark.parametrize("answer", [(500, b"{}"), (200, b"<html>"), (200, b"[]"), (302, b""), (429, b"slow down")])
def test_an_endpoint_out_of_order(fooled: House, forger: Forger, path: str, answer: tuple[int, bytes]) -> None:
    forger.claims = {}
    forger.answers[path] = answer
    response = sign_in(fooled.client())
    assert response.status_code == 502
    assert message(response) in {FAILURES["answer"][1].zh, FAILURES["unreachable"][1].zh}
    assert len(fooled.audit("login_failed")) == 1


def test_a_token_endpoint_that_refuses_us(fooled: House, forger: Forger) -> None:
    forger.answers["/token"] = (401, b'{"error": "invalid_client", "error_description": "a secret"}')
    with capture_logs() as logs:
        expect_failure(fooled, sign_in(fooled.client()), "answer")
    [line] = [line for line in logs if line["event"] == "oidc_failed"]
    assert (line["reason"], line["detail"]) == ("answer", "invalid_client")


def _no_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_provider_that_is_down(open_to: OpenTo) -> None:
    """The server starts without it, and everything else goes on."""
    house = open_to(f"http://127.0.0.1:{_no_port()}")
    client = house.client()
    with capture_logs() as logs:
        response = client.get("/login/oidc?next=/data")
    expect_failure(house, response, "unreachable")
    assert "no-store" in response.headers["Cache-Control"]
    assert CLIENT_SECRET not in str(logs)
    assert [line["log_level"] for line in logs] == ["warning"]
    assert message(client.get("/login/oidc?lang=en")) == FAILURES["unreachable"][1].en
    assert client.get("/login").status_code == 200


def test_a_provider_that_comes_up_later_and_goes_down_between(fooled: House, forger: Forger) -> None:
    forger.answers[DISCOVERY] = (503, b"")
    client = fooled.client()
    assert client.get("/login/oidc").status_code == 502
    forger.answers.clear()
    address = authorize(begin(client))
    forger.answers["/token"] = (503, b"")
    response = come_back(client, address)
    assert (response.status_code, message(response)) == words("unreachable")
    forger.answers.clear()
    assert sign_in(client).status_code == 303


def test_a_provider_that_never_answers(open_to: OpenTo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        house = open_to(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        expect_failure(house, house.client().get("/login/oidc"), "unreachable")


def test_no_secret_of_a_try_is_written_down(fooled: House, forger: Forger) -> None:
    client = fooled.client()
    back = authorize(begin(client))
    code = parse_qs(urlsplit(back).query)["code"][0]
    forger.claims = {"nonce": "another"}
    with capture_logs() as logs:
        page = come_back(client, back).get_data(as_text=True)
    audit = "".join(entry.detail + entry.subject for entry in fooled.audit())
    for secret in (code, CLIENT_SECRET, "access"):
        assert secret not in str(logs) + audit
        assert secret not in page
    assert protocol.TIMEOUT_SECONDS == 5
