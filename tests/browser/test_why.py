"""The drawer behind every number: why this light, how it was computed, where the numbers come from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Request, expect

from tests.browser.conftest import Server, Visit
from tests.browser.visitor import Visitor

WHY = r"\?why=\d{6}\.\w+\.\w+\.\d{4}-S[12]\.(\d{4}-S[12]|-)"
LINK = "/?why=990101.demo_homes_adapted.total.2025-S2.2025-S2"
FOCUS = "() => document.activeElement.closest('#drawer') !== null"
TRAPPED = "() => document.activeElement.closest('header.site, main, #filters, footer') === null"


def first_number(visitor: Visitor) -> Locator:
    """The first number that is behind."""
    return visitor.page.locator("#overview-attention a.num").first


def drawer(visitor: Visitor) -> Locator:
    """The drawer."""
    return visitor.page.get_by_role("dialog", name="为什么是这个灯？")


def open_drawer(visitor: Visitor, number: Locator) -> None:
    """Open it, with the keyboard."""
    number.focus()
    with visitor.answer():
        visitor.page.keyboard.press("Enter")


@pytest.mark.parametrize("way", ["click", "Enter"])
def test_a_number_explains_itself(visit: Visit, demo: Server, way: str) -> None:
    visitor = visit(demo)
    visitor.open("/")
    number = first_number(visitor)
    value = number.inner_text()
    with visitor.answer():
        number.click() if way == "click" else number.press(way)
    visitor.expect_link(f"/{WHY}")
    expect(drawer(visitor)).to_be_visible()
    text = drawer(visitor).inner_text()
    assert value in drawer(visitor).locator(".verdict").inner_text()
    assert value in drawer(visitor).locator(".fact-value").first.inner_text()
    for step in drawer(visitor).locator(".steps tbody tr").all()[:2]:
        formula = step.locator("td").first.inner_text()
        assert len(re.findall(r"\d+", formula)) >= 2, f"no numbers in {formula}"
    assert re.search(r"规则版本 \S+；略滞后门槛 0\.\d+", text)
    headed = [cell.bounding_box()["x"] for cell in drawer(visitor).locator(".steps tr:first-child > *").all()]
    assert headed[:3] == headed[3:], "headings stand over their columns"
    facts = drawer(visitor).locator("section.fact")
    expect(facts).to_have_count(2)
    for fact in facts.all():
        terms = dict(zip(fact.locator("dt").all_inner_texts(), fact.locator("dd").all_inner_texts(), strict=True))
        assert {"来源", "定位", "批次"} <= terms.keys()
        assert all(terms.values())
        assert re.match(r"\d+ · \S+ · \d{4}年", terms["批次"])


def test_the_drawer_takes_the_focus_keeps_it_and_gives_it_back(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/")
    number = first_number(visitor)
    open_drawer(visitor, number)
    visitor.page.wait_for_function(FOCUS)
    seen = set()
    for key in ("Tab",) * 14 + ("Shift+Tab",) * 5:
        visitor.page.keyboard.press(key)
        visitor.page.wait_for_function(TRAPPED)
        seen.add(visitor.evaluate("document.activeElement.className + document.activeElement.textContent"))
    assert any("btn-close" in name for name in seen)
    assert any("口径" in name for name in seen)
    visitor.page.keyboard.press("Escape")
    expect(drawer(visitor)).to_have_count(0)
    visitor.expect_link("/")
    expect(number).to_be_focused()


def test_the_drawer_is_closed_by_its_button_by_back_and_beside_it(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/?domain=elderly")
    number = visitor.page.locator("table.heat td a").first
    ways: tuple[Callable[[], object], ...] = (
        lambda: drawer(visitor).get_by_role("button", name="关闭").click(),
        lambda: visitor.page.go_back(),
        lambda: visitor.page.locator(".offcanvas-backdrop").click(position={"x": 20, "y": 400}),
    )
    for close in ways:
        open_drawer(visitor, number)
        expect(drawer(visitor)).to_be_visible()
        assert "why=" in visitor.link
        close()
        expect(drawer(visitor)).to_have_count(0)
        visitor.expect_link(r"/\?domain=elderly")
    visitor.page.go_back()
    visitor.settle()
    expect(drawer(visitor)).to_be_visible()


def test_the_page_is_not_asked_again_for_the_drawer(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/")
    asked: list[Any] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            asked.append((request.post_data_json or {}).get("output"))

    visitor.page.on("request", note)
    open_drawer(visitor, first_number(visitor))
    visitor.page.keyboard.press("Escape")
    expect(drawer(visitor)).to_have_count(0)
    visitor.settle()
    assert set(asked) == {"..why.html.."}


def test_the_drawer_leads_on_to_district_indicator_and_rules(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/")
    for place, link in ((".why-where a >> nth=0", "/districts/990101"),
                        (".why-where a >> nth=1", r"/indicators/demo_homes_adapted\?district=990101"),
                        (".small a", "/methodology")):  # fmt: skip
        visitor.follow(LINK)
        expect(drawer(visitor)).to_be_visible()
        with visitor.answer():
            drawer(visitor).locator(place).click()
        visitor.expect_link(link)
        expect(drawer(visitor)).to_have_count(0)


def test_every_number_of_the_overview_is_two_clicks_from_its_source(visit: Visit, own: Server) -> None:
    """The first opens a number's drawer or its list; the second, where there is one, opens it from there."""
    visitor = visit(own)
    visitor.open("/")
    numbers = visitor.page.locator("a.num, table.heat td a, .moves a")
    links = numbers.evaluate_all("links => links.map((a) => a.getAttribute('href'))")
    assert len(links) > 20
    for link in links:
        assert re.fullmatch(rf"/{WHY}", link)
    for link in (links[0], links[len(links) // 2], links[-1]):
        visitor.follow(link)
        expect(drawer(visitor).locator(".fact dl").first).to_contain_text("批次")
    visitor.page.keyboard.press("Escape")
    expect(drawer(visitor)).to_have_count(0)
    counts = visitor.page.locator("#overview-summary .strip a, #overview-summary .legend a:not(.none), .groups a")
    for link in sorted(set(counts.evaluate_all("links => links.map((a) => a.getAttribute('href'))"))):
        visitor.follow(link)
        with visitor.answer():
            visitor.page.locator("#overview-attention a.num, #overview-heat td a").first.click()
        expect(drawer(visitor)).to_contain_text("规则版本")
        visitor.page.keyboard.press("Escape")
        expect(drawer(visitor)).to_have_count(0)


def test_the_drawer_fits_a_phone(visit: Visit, own: Server) -> None:
    visitor = visit(own, 390, 844, reduced_motion="reduce")
    visitor.open("/")
    open_drawer(visitor, first_number(visitor))
    box = drawer(visitor).bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert visitor.evaluate("[...document.querySelectorAll('#drawer *')].every((e) => e.scrollWidth <= 390)")
