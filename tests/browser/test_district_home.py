"""A reader of one district, on a phone: the first screen answers, the map is worked by keyboard, axe finds nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from dashboard.access import accounts
from dashboard.access.accounts import By
from dashboard.access.passwords import hash_password
from dashboard.access.roles import Grant, Role
from tests.browser.conftest import Serve, Server, Visit
from tests.browser.test_access import PASSWORD, sign_in
from tests.browser.test_accessibility import AXE, RUN
from tests.browser.visitor import Visitor
from tests.squares import write_squares
from warehouse.access_tables import account
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine, writing

PHONE = (390, 844)
SMALLEST = """all => Math.min(...all.map((text) => parseFloat(getComputedStyle(text).fontSize)
  * text.ownerSVGElement.getBoundingClientRect().width / text.ownerSVGElement.viewBox.baseVal.width))"""
MAPPED = ("990101", "990102", "990103", "990201", "990202")


@pytest.fixture(scope="module")
def mapped(serve: Serve, demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The synthetic province with boundaries, readers of one district and of one city."""
    folder = tmp_path_factory.mktemp("mapped")
    template = folder / "dabiao.db"
    template.write_bytes(demo_file.read_bytes())
    engine = open_engine(f"sqlite:///{template}")
    by = By("shell:tests", "", datetime.now(UTC))
    with writing(engine) as connection:
        catalog = fetch_catalog(connection)
        for name, codes in (("li", {"990102"}), ("city", {"990100", "990101"}), ("two", {"990102", "990201"})):
            accounts.add_account(connection, by, catalog, name, name, Grant(Role.VIEWER, frozenset(codes)), False)
        ready = {"password_hash": hash_password(PASSWORD), "must_change": False}
        connection.execute(update(account).values(ready))
    engine.dispose()
    return serve(template, DABIAO_BOUNDARIES=str(write_squares(folder / "boundaries", MAPPED)))


def come(visit: Visit, server: Server, name: str, size: tuple[int, int] = PHONE) -> Visitor:
    """A reader who has just signed in."""
    visitor = visit(server, *size)
    visitor.page.goto(f"{server.url}/login")
    sign_in(visitor.page, name)
    visitor.settle()
    return visitor


def check(visitor: Visitor) -> None:
    """Nothing scrolls sideways, nothing is too small, axe finds nothing."""
    assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visitor.evaluate(f"() => {{{AXE.read_text(encoding='utf-8')}}}")
    assert visitor.evaluate(RUN) == []


def test_a_districts_reader_on_a_phone(visit: Visit, mapped: Server) -> None:
    visitor = come(visit, mapped, "li")
    visitor.expect_link("/districts/990102")
    page = visitor.page
    for part in (".lead", ".strip", ".facts-line"):
        assert page.locator(f"#district-head {part}").bounding_box()["y"] < 400  # type: ignore[index]
    sections = page.locator("#district-now section")
    for number in range(3):
        for what in ("h2", "li >> nth=0"):
            box = sections.nth(number).locator(what).bounding_box()
            assert box is not None and box["y"] + box["height"] <= PHONE[1], (
                f"{number} {what} is below the first screen"
            )
    check(visitor)
    toggle = page.get_by_role("button", name="筛选")
    expect(page.locator("#filter-period")).to_be_hidden()
    toggle.press("Enter")
    expect(page.locator("#filter-period")).to_be_visible()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    with visitor.answer():
        page.locator("#filter-period").select_option("2025-S1")
    visitor.expect_link(r"/districts/990102\?period=2025-S1")
    with visitor.answer():
        page.get_by_role("link", name="总览").press("Enter")
    visitor.expect_link("/overview")
    expect(visitor.section.locator("h1")).to_have_text("总览")
    check(visitor)
    with visitor.answer():
        page.locator("#overview-summary .legend a").first.press("Enter")
    visitor.expect_link(r"/overview\?status=\w+|/\?status=\w+")
    with visitor.answer():
        page.locator("#overview-summary .clear").press("Enter")
    visitor.expect_link("/overview")
    page.reload()
    visitor.settle()
    visitor.expect_link("/overview")
    with visitor.answer():
        page.locator("header.site > a").press("Enter")
    visitor.expect_link("/districts/990102")
    page.get_by_role("link", name="本周周报").press("Enter")
    visitor.expect_link("/districts/990102/digest")
    assert page.locator("h1").inner_text().endswith("达标周报")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visitor.evaluate(f"() => {{{AXE.read_text(encoding='utf-8')}}}")
    impacts = [
        x for x in visitor.evaluate(RUN.replace("document.getElementById('drawer') || ", "")) if x[0] != "moderate"
    ]
    assert impacts == []


@pytest.mark.parametrize(("name", "home"), [("city", "/districts/990100"), ("two", "/")])
def test_where_others_begin(visit: Visit, mapped: Server, name: str, home: str) -> None:
    visitor = come(visit, mapped, name)
    visitor.expect_link(home)


@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080), PHONE], ids=lambda size: "x".join(map(str, size)))
def test_the_map_is_worked_by_keyboard(visit: Visit, mapped: Server, size: tuple[int, int]) -> None:
    visitor = come(visit, mapped, "city", size)
    visitor.open("/overview")
    page = visitor.page
    expect(page.locator("#overview-places svg.district-map:visible")).to_have_count(1)
    links = page.locator("#overview-places svg.district-map:visible a")
    expect(links).to_have_count(3)
    texts = page.locator("#overview-places svg.district-map:visible text")
    smallest = texts.evaluate_all(SMALLEST)
    assert smallest >= 12
    check(visitor)
    links.first.focus()
    assert links.first.locator(".edge").evaluate("e => parseFloat(getComputedStyle(e).strokeWidth)") > 3
    page.keyboard.press("Tab")
    assert links.nth(1).evaluate("e => e === document.activeElement")
    code = re.search(r"\d{6}", links.nth(1).get_attribute("href") or "")
    assert code
    with visitor.answer():
        page.keyboard.press("Enter")
    visitor.expect_link(f"/districts/{code[0]}")
    visitor.follow("/indicators/demo_homes_adapted")
    expect(page.locator("#indicator-places svg.district-map:visible a")).to_have_count(3)
    check(visitor)
    with page.expect_download() as saved:
        page.locator("#indicator-places details.menu summary").click()
        page.locator("#indicator-places").get_by_role("button", name="屏幕 1920×1080 PNG").click()
    assert saved.value.suggested_filename == "dabiao-map-1920x1080.png"
