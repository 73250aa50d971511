"""Nothing axe objects to, and nothing that needs a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, Visit
from tests.browser.visitor import Visitor

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PAGES = {
    "own": ("/", "/?why=320404.dibao_standard.total.2020-S1.-", "/indicators", "/indicators/nursing_bed_share",
            "/districts", "/districts/320404?peers=320413,371324", "/districts/320400", "/data", "/completeness",
            "/changes", "/nothing",
            "/methodology"),
    "demo": ("/", "/?status=met", "/?why=990101.demo_homes_adapted.total.2025-S2.2025-S2",
             "/indicators/demo_homes_adapted", "/districts/990101"),
}  # fmt: skip
RUN = """async () => {
  const found = await axe.run(document.getElementById('drawer') || document, { resultTypes: ['violations'] });
  return found.violations.map((x) => [x.impact, x.id, x.nodes.length, x.nodes[0].html.slice(0, 120)]);
}"""
FOCUS = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
  return { id: e.id, tag: e.tagName, text: e.innerText || '', where: (e.closest('[id]') || e).id,
           isSeen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0
                   && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth };
}"""


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_axe_finds_nothing(
    visit: Visit, server: Server, request: pytest.FixtureRequest, language: str, width: int
) -> None:
    visitor = visit(server, width, 900, language)
    visitor.open("/")
    visitor.evaluate(f"() => {{{AXE.read_text(encoding='utf-8')}}}")
    found: dict[str, Any] = {}
    for link in PAGES[request.node.callspec.params["server"]]:
        visitor.follow(link) if link != "/" else None
        if "why=" in link:
            expect(visitor.page.get_by_role("dialog")).to_be_visible()
        found[link] = visitor.evaluate(RUN)
    assert {link: violations for link, violations in found.items() if violations} == {}


def tab(visitor: Visitor, key: str = "Tab") -> dict[str, Any]:
    """Go on to the next, and say what has the focus; it comes into sight and is marked."""
    visitor.page.keyboard.press(key)
    visitor.page.wait_for_function(f"() => ({FOCUS})().isSeen")
    focus: dict[str, Any] = visitor.evaluate(FOCUS)
    return focus


def test_the_tab_key_goes_through_navigation_filters_and_numbers(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/")
    assert tab(visitor)["text"] == "跳到正文"
    tab(visitor)
    names = ("overview", "changes", "indicators", "districts", "data", "meeting", "methodology", "bulletin")
    assert [tab(visitor)["id"] for _ in names] == [f"nav-{name}" for name in names]
    assert tab(visitor)["text"] == "登录"
    assert tab(visitor)["id"] == "switch-language"
    filters = ("period", "district", "domain", "status", "q")
    assert [tab(visitor)["id"] for _ in filters] == [f"filter-{name}" for name in filters]
    places = []
    while (focus := tab(visitor))["where"] != "overview-districts":
        places.append(focus["where"])
    assert list(dict.fromkeys(places)) == ["filter-asof", "page-pdf", "overview-summary", "overview-attention"]
    numbers = visitor.page.locator("#overview-attention a.num").count()
    assert places.count("overview-attention") >= numbers > 0


def test_the_skip_link_passes_over_navigation_and_filters(visit: Visit, own: Server) -> None:
    visitor = visit(own)
    visitor.open("/")
    tab(visitor)
    visitor.page.keyboard.press("Enter")
    expect(visitor.main).to_be_focused()
    assert tab(visitor)["where"] == "overview-summary"
    with visitor.answer():
        visitor.page.keyboard.press("Enter")
    visitor.expect_link(r"/\?status=\w+#main|/\?status=\w+")


def test_a_page_reached_with_the_keyboard_is_read_from_its_beginning(visit: Visit, own: Server) -> None:
    visitor = visit(own)
    visitor.open("/")
    visitor.page.locator("#overview-districts tbody a").first.focus()
    with visitor.answer():
        visitor.page.keyboard.press("Enter")
    visitor.expect_link(r"/districts/\d{6}")
    expect(visitor.main).to_be_focused()
    assert tab(visitor)["where"] == "district-head"


def test_wide_tables_are_scrolled_with_the_keyboard(visit: Visit, demo: Server) -> None:
    visitor = visit(demo, 390, 844)
    visitor.open("/")
    table = visitor.page.get_by_role("region", name="指标 × 地区")
    table.focus()
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.wait_for_function("() => document.activeElement.scrollLeft > 0")


def test_forced_colours_and_large_text_keep_everything(visit: Visit, own: Server) -> None:
    visitor = visit(own, 1440, 900, forced_colors="active")
    visitor.open("/")
    visitor.evaluate("document.documentElement.style.fontSize = '200%'; document.body.style.zoom = 2")
    visitor.settle()
    assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")
