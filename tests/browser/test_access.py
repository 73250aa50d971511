"""Signing in, and what each reader meets: real accounts in real browsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from dashboard.access import accounts, tokens
from dashboard.access.accounts import By
from dashboard.access.passwords import hash_password
from dashboard.access.roles import Grant, Role
from dashboard.screens.definition import Definition
from dashboard.screens.store import add_device, add_screen
from tests.browser.conftest import Serve, Server, Visit
from tests.browser.test_accessibility import AXE, RUN
from tests.browser.visitor import Visitor
from warehouse.access_tables import account
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine, writing

PASSWORD = "violet tractor melon 42 sky"
ODD_NAME = "<img src=x onerror=alert(1)>'\"&"
HOMES = {"li": "/districts/320404", "wang": "/districts/320413"}
"""Where they begin who read one district."""
ADMIN_PAGES = ("/account", "/admin/users", "/admin/users/li", "/admin/tokens", "/admin/audit?verify=1", "/admin/rules")


@pytest.fixture(scope="module")
def guarded(serve: Serve, loaded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The project's own data, with accounts: an administrator, two districts, one not signed in to yet."""
    template = tmp_path_factory.mktemp("guarded") / "dabiao.db"
    template.write_bytes(loaded_file.read_bytes())
    engine = open_engine(f"sqlite:///{template}")
    by = By("shell:tests", "", datetime.now(UTC))
    people = {
        "admin": ("管理员", Grant(Role.ADMINISTRATOR)),
        "li": (ODD_NAME, Grant(Role.VIEWER, frozenset({"320404"}))),
        "wang": ("王五", Grant(Role.VIEWER, frozenset({"320413"}))),
        "new": ("新人", Grant(Role.HEAD)),
    }
    with writing(engine) as connection:
        catalog = fetch_catalog(connection)
        for username, (name, grant) in people.items():
            accounts.add_account(connection, by, catalog, username, name, grant, False)
        tokens.add_token(connection, by, catalog, "hall", Grant(Role.SCREEN, frozenset({"320404"})), 30)
        ready = {"password_hash": hash_password(PASSWORD), "must_change": False}
        connection.execute(update(account).where(account.c.username != "new").values(ready))
        connection.execute(update(account).where(account.c.username == "new").values(ready | {"must_change": True}))
    engine.dispose()
    return serve(template, DABIAO_IDLE_MINUTES="60")


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill in the form that is open."""
    page.get_by_label("用户名").fill(username)
    page.get_by_label("口令", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


@pytest.fixture
def reader(visit: Visit, guarded: Server) -> Callable[[str, str], Visitor]:
    """A visitor signed in, at a link."""

    def enter(username: str, link: str = "/") -> Visitor:
        visitor = visit(guarded)
        visitor.page.goto(guarded.url + link)
        sign_in(visitor.page, username)
        visitor.expect_link(HOMES.get(username, "/") if link == "/" else link.replace("?", r"\?"))
        if not link.startswith(("/account", "/admin")):
            visitor.settle()
        return visitor

    return enter


def test_who_is_not_signed_in_is_led_to_it_and_back(visit: Visit, guarded: Server) -> None:
    visitor = visit(guarded)
    visitor.expected = ["401"]
    visitor.page.goto(guarded.url + "/indicators/nursing_bed_share?district=320404")
    expect(visitor.page).to_have_title("登录 · 达标")
    sign_in(visitor.page, "li", "not the password at all")
    expect(visitor.page.get_by_role("alert")).to_contain_text("用户名或口令不对")
    sign_in(visitor.page, "li")
    visitor.expect_link(r"/indicators/nursing_bed_share\?district=320404")
    visitor.settle()
    expect(visitor.section).to_contain_text("护理型床位占比")


def test_a_first_password_has_to_be_changed(visit: Visit, guarded: Server) -> None:
    visitor = visit(guarded)
    visitor.expected = ["400"]
    page = visitor.page
    page.goto(guarded.url + "/")
    sign_in(page, "new")
    visitor.expect_link("/account")
    page.goto(guarded.url + "/data")
    visitor.expect_link("/account")
    for new, again, said in (
        ("short", "short", None),
        ("password password password", "password password password", "太容易猜"),
        ("orange window 71 river", "orange window 72 river", "不一样"),
        ("orange window 71 river", "orange window 71 river", "口令已更改"),
    ):
        page.get_by_label("现在的口令").fill(PASSWORD)
        page.get_by_label("新口令").fill(new)
        page.get_by_label("再输一次").fill(again)
        page.get_by_role("button", name="更改口令").click()
        if said is None:
            assert page.evaluate("document.getElementById('new').validity.tooShort"), "the browser asks for more"
        else:
            expect(page.locator("main")).to_contain_text(said)
    visitor.open("/")
    expect(visitor.section).to_contain_text("总览")


def test_two_at_once_never_see_the_others(reader: Callable[..., Visitor]) -> None:
    li, wang = reader("li"), reader("wang")
    for link in (
        "/overview",
        "/districts",
        "/indicators",
        "/data",
        "/?q=养老",
        "/indicators/nursing_bed_share",
        "/methodology",
    ):
        for visitor, own, other in ((li, "钟楼", "金坛"), (wang, "金坛", "钟楼")):
            visitor.follow(link)
            text = visitor.page.locator("body").inner_text() + visitor.page.content()
            assert other not in text, f"{link}: {other}"
            assert own in text, f"{link}: {own}"
    for visitor, foreign in ((li, "320413"), (wang, "320404")):
        visitor.expected = ["404"]
        visitor.open(f"/districts/{foreign}")
        expect(visitor.section).to_contain_text("没有这个地区")
    expect(li.page.locator(".scope-note")).to_contain_text("钟楼区及下级")


def test_a_tab_of_somebody_who_left_shows_nothing_of_his(reader: Callable[..., Visitor], guarded: Server) -> None:
    li = reader("li")
    li.expected = ["401", "404"]
    other = li.watch(li.context.new_page())
    other.goto(guarded.url + "/account")
    other.get_by_role("button", name="退出").click()
    sign_in(other, "wang")
    expect(other.locator("header")).to_contain_text("王五")
    li.page.locator("#filter-domain").select_option("elderly")
    expect(li.page.locator("header")).to_contain_text("王五")
    li.settle()
    assert "钟楼" not in li.page.content()


def test_a_session_that_is_ended_asks_to_sign_in_and_goes_on(reader: Callable[..., Visitor]) -> None:
    wang, admin = reader("wang", "/districts/320413"), reader("admin", "/admin/users")
    wang.expected = ["401"]
    rows = admin.page.get_by_role("region", name="会话").get_by_role("row").filter(has_text="wang")
    while rows.count():
        rows.first.get_by_role("button", name="结束").click()
        expect(admin.page.get_by_role("status")).to_contain_text("会话已结束")
    wang.page.locator("#filter-period").select_option("2018-S2")
    wang.expect_link(r"/login\?next=.*")
    sign_in(wang.page, "wang")
    wang.expect_link(r"/districts/320413.*")


def test_a_screen_signs_in_with_its_token(visit: Visit, guarded: Server) -> None:
    engine = open_engine(f"sqlite:///{guarded.database}")
    by = By("shell:tests", "", datetime.now(UTC))
    with writing(engine) as connection:
        grant = Grant(Role.SCREEN, frozenset({"320413"}))
        add_screen(connection, by, "lobby", "前厅", Definition())
        secret = add_device(connection, by, fetch_catalog(connection), "lobby", "wall", grant, 30)
    visitor = visit(guarded)
    visitor.page.goto(guarded.url + "/login")
    visitor.page.get_by_text("大屏设备：用令牌登录").click()
    visitor.page.get_by_label("令牌").fill(secret)
    visitor.page.get_by_role("button", name="登录设备").click()
    visitor.expect_link("/screen/lobby")
    expect(visitor.page.locator("#stage")).to_contain_text("1 个地区共")
    with writing(engine) as connection:
        tokens.revoke_token(connection, replace(by, at=datetime.now(UTC)), "wall")
    engine.dispose()
    visitor.expected = ["410"]
    visitor.page.reload()
    expect(visitor.page.get_by_role("heading", name="此屏已停用")).to_be_visible()
    expect(visitor.page.locator("#stage")).to_have_count(0)


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    visit: Visit, guarded: Server, language: str, width: int
) -> None:
    visitor = visit(guarded, width, 844, language)
    page, found = visitor.page, {}
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())  # type: ignore[func-returns-value]
    page.goto(guarded.url + "/login")
    for link in ("/login", *ADMIN_PAGES):
        if link == "/account":
            page.locator("#username").fill("admin")
            page.locator("#password").fill(PASSWORD)
            page.locator("button.primary").click()
        page.goto(guarded.url + link)
        for summary in page.locator("summary").all():
            summary.click()
        visitor.evaluate(f"() => {{{AXE.read_text(encoding='utf-8')}}}")
        found[link] = visitor.evaluate(RUN)
        assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth"), link
    assert {link: violations for link, violations in found.items() if violations} == {}
    assert dialogs == [], "a name was taken for HTML"


def test_an_account_is_added_limited_and_closed_with_the_keyboard(reader: Callable[..., Visitor]) -> None:
    page = reader("admin", "/admin/users").page
    page.get_by_text("添加账号").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("用户名").focus()
    page.keyboard.type("zhao")
    page.keyboard.press("Tab")
    page.keyboard.type("赵六")
    page.get_by_label("只限下列地区").first.check()
    page.get_by_role("listbox").select_option("320404")
    page.get_by_role("button", name="添加账号").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("首次口令只显示这一次")
    page.get_by_role("link", name="用户与权限").first.click()
    row = page.get_by_role("row").filter(has_text="赵六")
    expect(row).to_contain_text("区县查看员")
    expect(row).to_contain_text("钟楼区及下级")
    row.get_by_role("link", name="zhao").click()
    page.get_by_role("button", name="停用账号").click()
    expect(page.get_by_role("status")).to_contain_text("已停用")
    page.get_by_role("link", name="审计日志").last.click()
    expect(page.get_by_role("table")).to_contain_text("停用账号")
