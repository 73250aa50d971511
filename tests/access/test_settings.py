"""Settings: each has a default, a poor one is refused in both languages, and what would be unsafe does not start."""

from __future__ import annotations

import runpy
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access.roles import Grant, Role
from dashboard.settings import Settings, SettingsError, check_exposure
from warehouse.engine import DEFAULT_URL, ROOT

SECRET = "0123456789abcdef" * 2
OIDC = {"DABIAO_OIDC_ISSUER": "https://id.example.cn/", "DABIAO_OIDC_CLIENT_ID": "dabiao",
"DABIAO_OIDC_CLIENT_SECRET": "very secret",
        "DABIAO_URL": "http://localhost:8050"}  # fmt: skip


def read(**environment: str) -> Settings:
    """Settings from these variables."""
    return Settings.from_environment(environment)


def refused(**environment: str) -> SettingsError:
    """They are not taken, and both languages say so."""
    with pytest.raises(SettingsError) as found:
        read(**environment)
    error = found.value
    assert error.zh != error.en and error.text("zh") == error.zh and error.text("en") == error.en
    assert not set("：。，、；（）“”") & set(error.en.replace(str(environment), ""))
    assert "DABIAO_" in error.zh and "DABIAO_" in error.en, "it says which"
    return error


def test_without_any_setting_one_may_try_it_on_this_machine() -> None:
    found = read()
    assert (found.database_url, found.url, found.public, found.proxies, found.sso_header, found.oidc) == (
        DEFAULT_URL,
        None,
        None,
        (),
        None,
        None,
    )
    assert (found.cache_megabytes, found.idle, found.djbh, found.is_https) == (64, timedelta(hours=1), False, False)
    assert (
        found.static_folder == ROOT / "data" / "var" / "static"
        and found.sources_folder == ROOT / "data" / "var" / "sources"
    )
    assert found.hosts == ("localhost", "127.0.0.1", "[::1]")
    assert found.limits.password_age is None


def test_without_a_secret_every_start_makes_another() -> None:
    keys = {read().secret_key for _ in range(20)} | {Settings().secret_key for _ in range(20)}
    assert len(keys) == 40 and all(len(key) == 64 for key in keys)


@pytest.mark.parametrize(
    ("name", "text", "attribute", "value"),
    [
        ("DATABASE_URL", "postgresql+psycopg://db/x", "database_url", "postgresql+psycopg://db/x"),
        ("DATABASE_URL", " ", "database_url", DEFAULT_URL),
        ("DABIAO_CACHE_MB", "1", "cache_megabytes", 1), ("DABIAO_CACHE_MB", " 128 ", "cache_megabytes", 128),
        ("DABIAO_CACHE_MB", "0", "cache_megabytes", 0),
        ("DABIAO_IDLE_MINUTES", "15", "idle", timedelta(minutes=15)),
        ("DABIAO_RETURN_DAYS", "0", "return_days", 0),
        ("DABIAO_RETURN_DAYS", "366", "return_days", 366),
        ("DABIAO_REMIND_DAYS", "0", "remind_days", 0), ("DABIAO_REMIND_DAYS", "", "remind_days", 7),
        ("DABIAO_IDLE_MINUTES", "9999999", "idle", timedelta(minutes=9999999)),
        ("DABIAO_PASSWORD_RULES", "nist", "djbh", False), ("DABIAO_PASSWORD_RULES", "djbh", "djbh", True),
        ("DABIAO_PASSWORD_RULES", "", "djbh", False),
        ("DABIAO_APPROVAL", "", "two_people", False), ("DABIAO_APPROVAL", "one", "two_people", False),
        ("DABIAO_APPROVAL", "two", "two_people", True), ("DABIAO_MAX_FILE_MB", "", "file_megabytes", 50),
        ("DABIAO_MAX_FILE_MB", "5", "file_megabytes", 5),
        ("DABIAO_PUBLIC", "*", "public", Grant(Role.PUBLIC)),
        ("DABIAO_PUBLIC", "990101,990102", "public", Grant(Role.PUBLIC, frozenset({"990101", "990102"}))),
        ("DABIAO_PUBLIC", "", "public", None), ("DABIAO_PUBLIC", " ", "public", None),
        ("DABIAO_PUBLIC", ",", "public", Grant(Role.PUBLIC, frozenset())),
        ("DABIAO_PUBLIC", "**", "public", Grant(Role.PUBLIC, frozenset({"**"}))),
        ("DABIAO_PROXIES", "10.0.0.1", "proxies", (ip_network("10.0.0.1/32"),)),
        ("DABIAO_PROXIES", "10.0.0.0/8, ::1 192.0.2.0/24", "proxies",
        (ip_network("10.0.0.0/8"), ip_network("::1/128"), ip_network("192.0.2.0/24"))),
        ("DABIAO_PROXIES", " ", "proxies", ()), ("DABIAO_SECRET_KEY", SECRET, "secret_key", SECRET),
        ("DABIAO_SECRET_KEY", f" {SECRET}\n", "secret_key", SECRET),
        ("DABIAO_URL", "http://localhost:8050/", "url", "http://localhost:8050"),
        ("DABIAO_URL", "https://127.0.0.1", "url", "https://127.0.0.1"),
        ("DABIAO_URL", "http://[::1]:8050", "url", "http://[::1]:8050"), ("DABIAO_URL", "", "url", None),
    ],
)  # fmt: skip
def test_a_setting_is_read(name: str, text: str, attribute: str, value: Any) -> None:
    assert getattr(read(**{name: text}), attribute) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("DABIAO_CACHE_MB", text) for text in ("-1", "x", "1.5", "1e3", "１", "9" * 5000, "99999999", "0x10", "+1")),
        *(("DABIAO_RETURN_DAYS", text) for text in ("-1", "x", "15d", "367", "9999999", "1.5")),
        *(("DABIAO_IDLE_MINUTES", text) for text in ("0", "-1", "x", "60m", "1.5", "９", "9" * 5000, "99999999")),
        *(("DABIAO_PASSWORD_RULES", text) for text in ("NIST", "strong", "none", "djbh,nist", "0")),
        *(("DABIAO_PROXIES", text) for text in ("x", "0.0.0.0/0", "::/0",
            "10.0.0.1/8", "10.0.0", "10.0.0.1-10.0.0.9", "*", "localhost",
        "10.0.0.1;10.0.0.2", "::1/200")),
        *(("DABIAO_URL", text) for text in ("localhost", "dabiao.example.cn", "ftp://x", "//x", "http://",
        "https:///x", "http://x/dabiao", "http://x?a=b",
                                            "http://x#a", "javascript:alert(1)", "http://[", "http://[::1",
                                            "http://user:pw@x", "http://x:port", "http://x:99999",
                                            "http://a b", "http://x\\y", "http://" + "x" * 70 + ".达标.cn", "http://.",
                                            "http://x..y")),
        ("DABIAO_SSO_HEADER", "X-Remote-User"), ("DABIAO_SECRET_KEY", "short"), ("DABIAO_APPROVAL", "three"),
        ("DABIAO_APPROVAL", "2"), ("DABIAO_MAX_FILE_MB", "0"), ("DABIAO_MAX_FILE_MB", "much"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_stand_is_refused(name: str, text: str) -> None:
    others = {"DABIAO_SECRET_KEY": SECRET} if name == "DABIAO_URL" else {}
    error = refused(**{**others, name: text})
    assert name in error.zh or (name == "DABIAO_SSO_HEADER" and "DABIAO_PROXIES" in error.zh)


@given(st.text(max_size=40))
def test_any_address_is_taken_or_refused_with_a_message(text: str) -> None:
    try:
        found = read(DABIAO_URL=text, DABIAO_SECRET_KEY=SECRET)
    except SettingsError:
        return
    assert found.url is None or found.url.startswith(("http://", "https://"))


@given(st.sampled_from(["DABIAO_PROXIES", "DABIAO_PUBLIC", "DABIAO_CACHE_MB", "DABIAO_IDLE_MINUTES",
"DABIAO_PASSWORD_RULES", "DABIAO_BIND", "DABIAO_SECRET_KEY"]), st.text(max_size=30))  # fmt: skip
def test_no_text_is_more_than_a_message(name: str, text: str) -> None:
    try:
        found = read(**{name: text})
    except SettingsError:
        return
    if name == "DABIAO_PUBLIC" and found.public is not None:
        assert found.public.is_everything is (text.strip() == "*")


# --- Where it can be reached from -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bind", "url", "needs_secret"),
    [
        ("", "", False), ("127.0.0.1:8050", "", False), ("127.0.0.1", "", False), ("127.9.9.9:1", "", False),
        ("localhost:8050", "", False), ("localhost", "", False),
        ("[::1]:8050", "", False), ("http://127.0.0.1:8050", "", False),
        ("127.0.0.1:8050", "http://localhost:8050", False),
        ("127.0.0.1:8050", "https://[::1]", False),
        ("0.0.0.0:8050", "", True), ("0.0.0.0", "", True), ("[::]:8050", "", True), (":8050", "", True),
        ("192.168.1.9:80", "", True), ("[2001:db8::1]:80", "", True),
        ("dabiao.example.cn:80", "", True), ("*:8050", "", True), ("unix:/run/dabiao.sock", "", True),
        ("unix://run/dabiao.sock", "", True), ("/run/dabiao.sock", "", True),
        ("fd://3", "", True), ("127.0.0.1.evil.example:80", "", True), ("localhost.evil.example:80", "", True),
        ("127.0.0.1:8050,0.0.0.0:80", "", True),
        ("0.0.0.0:80,127.0.0.1:8050", "", True), ("0:8050", "", True),
        ("127.0.0.1:8050", "https://dabiao.example.cn", True),
        ("127.0.0.1:8050", "http://192.168.1.9", True), ("127.0.0.1:8050", "http://localhost.example.cn", True),
        ("0.0.0.0:8050", "http://localhost", True),
        ("[::ffff:10.0.0.1]:80", "", True), ("x", "", True),
    ],
)  # fmt: skip
def test_outside_this_machine_it_is_not_served_without_a_secret(bind: str, url: str, needs_secret: bool) -> None:
    environment = {name: text for name, text in (("DABIAO_BIND", bind), ("DABIAO_URL", url)) if text}
    for poor in ("", "short", "a" * 64, "abcdefg" * 10, "x" * 31 + "y", SECRET[:-1]):
        if needs_secret or poor:
            error = refused(**environment, DABIAO_SECRET_KEY=poor)
            assert "openssl rand -hex 32" in error.zh and "openssl rand -hex 32" in error.en
            assert not poor or poor not in error.zh + error.en
        else:
            read(**environment, DABIAO_SECRET_KEY=poor)
    assert read(**environment, DABIAO_SECRET_KEY=SECRET).secret_key == SECRET


def test_all_addresses_are_looked_at() -> None:
    check_exposure(["127.0.0.1:1", "[::1]:1"], None, None)
    for others in (["0.0.0.0:80"], ["unix:/x"], ["[::]:1"]):
        with pytest.raises(SettingsError):
            check_exposure(["127.0.0.1:1", *others], None, None)
    check_exposure(["0.0.0.0:1", "unix:/x"], "https://dabiao.example.cn", SECRET)


@pytest.mark.parametrize(
    ("bind", "url", "hosts"),
    [
        ("", "", ("localhost", "127.0.0.1", "[::1]")), ("0.0.0.0:80", "", None), ("unix:/x", "", None),
        ("0.0.0.0:80", "https://dabiao.example.cn:8443", ("dabiao.example.cn", "localhost", "127.0.0.1", "[::1]")),
        ("0.0.0.0:80", "https://DABIAO.example.cn", ("dabiao.example.cn", "localhost", "127.0.0.1", "[::1]")),
        ("0.0.0.0:80", "https://达标.example.cn", ("xn--iwvy79f.example.cn", "localhost", "127.0.0.1", "[::1]")),
    ],
)  # fmt: skip
def test_the_names_it_answers_to(bind: str, url: str, hosts: tuple[str, ...] | None) -> None:
    found = read(DABIAO_BIND=bind, DABIAO_URL=url, DABIAO_SECRET_KEY=SECRET)
    assert found.hosts == hosts
    assert found.is_https is url.startswith("https")


# --- Single sign-on ---------------------------------------------------------------------------------


def test_a_provider_is_read_with_its_defaults() -> None:
    found = read(**OIDC).oidc
    assert found is not None
    assert (found.issuer, found.client_id, found.client_secret) == ("https://id.example.cn", "dabiao", "very secret")
    assert (found.claim, found.label) == ("preferred_username", "")
    found = read(**OIDC, DABIAO_OIDC_CLAIM="sub", DABIAO_OIDC_LABEL="统一门户").oidc
    assert found is not None and (found.claim, found.label) == ("sub", "统一门户")
    assert read(**{**OIDC, "DABIAO_OIDC_ISSUER": ""}).oidc is None


@pytest.mark.parametrize("missing", [name for name in OIDC if name != "DABIAO_OIDC_ISSUER"])
def test_a_provider_needs_all_of_it(missing: str) -> None:
    assert missing in refused(**{**OIDC, missing: ""}).zh


def test_a_header_needs_a_proxy_that_may_send_it() -> None:
    assert read(DABIAO_SSO_HEADER="X-Remote-User", DABIAO_PROXIES="127.0.0.1").sso_header == "X-Remote-User"
    refused(DABIAO_SSO_HEADER="X-Remote-User", DABIAO_PROXIES=" ")


# --- What must not be seen --------------------------------------------------------------------------


def test_secrets_do_not_show_where_settings_are_printed() -> None:
    found = read(**OIDC, DABIAO_SECRET_KEY=SECRET)
    for text in (repr(found), str(found), f"{found}", repr(found.oidc), f"{[found]}"):
        assert SECRET not in text and "very secret" not in text
    assert Settings().secret_key not in repr(Settings())


@pytest.mark.parametrize(
    ("name", "text"), [("DABIAO_BIND", "0.0.0.0:80"), ("DABIAO_URL", "x"), ("DABIAO_PROXIES", "x")]
)
def test_the_door_for_gunicorn_says_it_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SystemExit) as found:
        runpy.run_path(str(ROOT / "app.py"))
    said = str(found.value)
    assert "DABIAO_" in said and "\n" in said and any("\u4e00" < c < "\u9fff" for c in said), "both languages"
