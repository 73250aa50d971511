"""Signing in through a provider, in a real browser: redirects, cookies, and the policy of the page's content."""

from __future__ import annotations

import http.client
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.access.accounts import By, add_account
from dashboard.access.roles import Grant, Role
from dashboard.documents.oidc import FAILURES
from tests.browser.conftest import Server, Visit, free_port
from tests.conftest import START
from tests.sso.support import run_mock_provider
from warehouse.audit import Filter, fetch_entries
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine, writing

USERS = {"s-li": {"preferred_username": "li"}, "s-sun": {"preferred_username": "sun"}}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """oidc-provider-mock."""
    with run_mock_provider(USERS, tmp_path_factory.mktemp("provider") / "log") as url:
        yield url


@pytest.fixture(scope="module")
def private(
    provider: str, demo_file: Path, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server nobody reads without signing in, with an account for li; a portal may name who asks, too."""
    database = tmp_path_factory.mktemp("private") / "dabiao.db"
    shutil.copyfile(demo_file, database)
    engine = open_engine(f"sqlite:///{database}")
    with writing(engine) as connection:
        by = By("shell:tests", "", START)
        add_account(connection, by, fetch_catalog(connection), "li", "李", Grant(Role.VIEWER), True)
    engine.dispose()
    port = free_port()
    settings = {
        "DABIAO_URL": f"http://127.0.0.1:{port}", "DABIAO_OIDC_ISSUER": provider,
        "DABIAO_OIDC_CLIENT_ID": "dabiao", "DABIAO_OIDC_CLIENT_SECRET": "secret", "DABIAO_OIDC_LABEL": "市民政统一门户",
        "DABIAO_SSO_HEADER": "X-Remote-User", "DABIAO_PROXIES": "127.0.0.0/8",
    }  # fmt: skip
    server = Server(database, static_folder, settings, port).start()
    yield server
    server.stop()


def test_signing_in_through_the_provider(private: Server, provider: str, visit: Visit) -> None:
    visitor = visit(private)
    visitor.expected += [f"elsewhere: {provider}", f"({provider}"]  # the provider's own pages
    page = visitor.page
    page.goto(f"{private.url}/indicators?period=2025-S1")
    page.get_by_role("link", name="用市民政统一门户登录").click()
    expect(page).to_have_url(re.compile(re.escape(provider)))
    page.locator("input[name=sub]").fill("s-li")
    page.get_by_role("button", name="Authorize", exact=True).click()
    visitor.expect_link(r"/indicators\?period=2025-S1")
    visitor.settle()  # the page's own questions were answered, too
    visitor.follow("/districts")
    page.goto(f"{private.url}/account")
    expect(page.get_by_role("table")).to_contain_text("统一身份认证")
    page.get_by_role("button", name="退出").click()
    visitor.expect_link("/login")
    page.goto(f"{private.url}/data")
    visitor.expect_link(r"/login\?next=/data")


def test_no_account_says_so(private: Server, provider: str, visit: Visit) -> None:
    visitor = visit(private, language="en")
    visitor.expected += [f"elsewhere: {provider}", f"({provider}", "401"]
    page = visitor.page
    page.goto(f"{private.url}/login/oidc?next=/data")
    page.locator("input[name=sub]").fill("s-sun")
    page.get_by_role("button", name="Authorize", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(FAILURES["account"][1].en)
    page.get_by_role("link", name="中文").click()
    visitor.expect_link(r"/login\?next=/data&lang=zh")


def test_the_portals_header_through_gunicorn(private: Server) -> None:
    """Written as servers are asked, with spellings of the header that a proxy might let through."""

    def ask(*headers: tuple[str, str]) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", private.port, timeout=30)
        connection.putrequest("GET", "/account")
        for name, value in (("Accept", "text/html"), *headers):
            connection.putheader(name, value.encode())
        connection.endheaders()
        with connection.getresponse() as response:
            answer = response.status, response.headers.get("Location", "")
        connection.close()
        return answer

    nobody = (303, "/login?next=/account")
    assert ask() == nobody
    assert ask(("X-Remote-User", "li"), ("X-Forwarded-For", "203.0.113.5")) == (200, "")
    assert ask(("x-remote-user", "LI")) == (200, "")
    assert ask(("X_Remote_User", "li")) == nobody
    assert ask(("X-Remote-User", "li"), ("X-Remote-User", "sun")) == nobody
    assert ask(("X-Remote-User", "sun"), ("X_Remote_User", "li")) == nobody
    assert ask(("X-Remote-User", "李雷")) == nobody
    engine = open_engine(f"sqlite:///{private.database}")
    with engine.connect() as connection:
        found = list(fetch_entries(connection, Filter(subject="li", action="login")))
    engine.dispose()
    assert "203.0.113.5" in {entry.address for entry in found}
