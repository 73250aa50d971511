"""Filters live in the URL: set with the keyboard, restored by back and forward, opened from a link by another."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, Visit
from tests.browser.visitor import Visitor

LEAD = "#overview-summary .lead"


def lead(visitor: Visitor) -> str:
    """The finding of the overview."""
    return visitor.page.locator(LEAD).inner_text()


def choose(visitor: Visitor, name: str, value: str) -> None:
    """Set a filter."""
    with visitor.answer():
        visitor.page.locator(f"#filter-{name}").select_option(value)


@pytest.mark.parametrize(
    ("name", "presses", "query"),
    [("period", 6, "period=2025-S1"), ("district", 1, "district=990000"), ("domain", 2, "domain=elderly"),
     ("status", 6, "status=missed")],
)  # fmt: skip
def test_a_filter_set_with_the_keyboard_stands_in_the_url(
    visit: Visit, demo: Server, name: str, presses: int, query: str
) -> None:
    visitor = visit(demo)
    visitor.open("/")
    visitor.page.locator(f"#filter-{name}").focus()
    for _ in range(presses):
        visitor.page.keyboard.press("ArrowDown")
    visitor.expect_link(rf"/\?{query}")
    visitor.settle()
    expect(visitor.page.locator(f"#filter-{name}")).to_be_focused()
    assert len(lead(visitor)) > 10


def test_search_and_day_are_taken_with_enter_or_on_leaving(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/indicators")
    field = visitor.page.locator("#filter-q")
    field.fill("床位")
    with visitor.answer():
        field.press("Enter")
    visitor.expect_link(r"/indicators\?q=%E5%BA%8A%E4%BD%8D")
    for name in visitor.section.locator(".catalogue a").all_inner_texts():
        assert "床位" in name
    day = visitor.page.locator("#filter-asof")
    day.fill("2026-01-31")
    with visitor.answer():
        day.press("Enter")
    visitor.expect_link(r"/indicators\?q=%E5%BA%8A%E4%BD%8D&asof=2026-01-31")
    field.fill("")
    with visitor.answer():
        field.press("Tab")
    visitor.expect_link(r"/indicators\?asof=2026-01-31")


def test_back_and_forward_restore_what_was_seen_and_the_filters(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/")
    texts = [lead(visitor)]
    for name, value in (("period", "2025-S1"), ("domain", "assistance"), ("status", "met")):
        choose(visitor, name, value)
        texts.append(lead(visitor))
    links = [visitor.link]
    for text in reversed(texts[:-1]):
        with visitor.answer():
            visitor.page.go_back()
        assert lead(visitor) == text
        links.append(visitor.link)
    assert links[-1] == "/"
    values = [visitor.page.locator(f"#filter-{n}").input_value() for n in ("period", "domain", "status")]
    assert values == ["-", "-", "-"]
    for text, link in zip(texts[1:], reversed(links[:-1]), strict=True):
        with visitor.answer():
            visitor.page.go_forward()
        assert (lead(visitor), visitor.link) == (text, link)
    values = [visitor.page.locator(f"#filter-{n}").input_value() for n in ("period", "domain", "status")]
    assert values == ["2025-S1", "assistance", "met"]


def test_a_copied_link_opens_the_same_view_for_another_reader(visit: Visit, demo: Server) -> None:
    one = visit(demo)
    one.open("/")
    choose(one, "period", "2025-S1")
    choose(one, "domain", "elderly")
    with one.answer():
        one.section.locator("table.heat td a").first.click()
    other = visit(demo)
    other.open(one.link)
    assert other.section.inner_text() == one.section.inner_text()
    assert other.page.locator("#why").inner_text() == one.page.locator("#why").inner_text() != ""
    for name in ("period", "district", "domain", "status", "q", "asof"):
        assert other.page.locator(f"#filter-{name}").input_value() == one.page.locator(f"#filter-{name}").input_value()


def test_a_light_of_the_legend_filters_and_is_marked(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/")
    light = visitor.page.locator("#overview-summary .legend a.light-missed")
    count = int(light.locator("b").inner_text())
    with visitor.answer():
        light.focus()
        visitor.page.keyboard.press("Enter")
    visitor.expect_link(r"/\?status=missed")
    expect(visitor.page.locator("#overview-attention h2")).to_have_text(f"未达标 {count}")
    expect(visitor.page.locator("#overview-summary .legend a.light-missed")).to_have_attribute("aria-current", "true")
    expect(visitor.page.locator("#filter-status")).to_have_value("missed")
    with visitor.answer():
        visitor.page.get_by_role("link", name="全部亮灯").click()
    visitor.expect_link("/")


def test_sheets_of_a_long_list_are_turned(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/?status=met")
    first = visitor.page.locator("#overview-attention tbody tr").first.inner_text()
    with visitor.answer():
        visitor.page.locator("#overview-attention").get_by_role("link", name="下一页").click()
    visitor.expect_link(r"/\?status=met&sheet=2")
    assert visitor.page.locator("#overview-attention tbody tr").first.inner_text() != first
    choose(visitor, "domain", "elderly")
    visitor.expect_link(r"/\?status=met&domain=elderly")  # another filter begins at the first sheet


def test_nonsense_in_the_url_is_a_view_without_it(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/?period=yesterday&status=green&sheet=-3&asof=2020-02-30&why=x&district=%3Cb%3E&utm=1")
    assert "没有数据" in lead(visitor)
    expect(visitor.page.locator("#why")).to_have_text("没有这一行，或者它已经变了。")
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator(".offcanvas")).to_have_count(0)
    with visitor.answer():
        visitor.section.get_by_role("link", name="清除筛选").first.click()
    visitor.expect_link("/")
    assert re.search(r"\d+ 项目标", lead(visitor))


def test_peers_are_chosen_by_keyboard_remembered_and_let_go(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/districts/990101")
    panel, keyboard = visitor.page.locator("#district-peers"), visitor.page.keyboard
    boxes = panel.get_by_role("checkbox")
    names = panel.locator("label.choice").all_inner_texts()
    panel.get_by_label("查找地区").fill(names[3])
    expect(panel.locator("label.choice:visible")).to_have_count(1)
    panel.get_by_label(names[3], exact=True).focus()
    keyboard.press("Space")
    panel.get_by_label("查找地区").fill("")
    for name in (names[0], names[1], names[2], names[4], names[5]):
        panel.get_by_label(name, exact=True).focus()
        keyboard.press("Space")
    assert boxes.count() > 6
    expect(panel.locator("input[name=peers]:disabled")).to_have_count(boxes.count() - 6)
    panel.get_by_label(names[5], exact=True).uncheck()
    expect(panel.locator("input[name=peers]:disabled")).to_have_count(0)
    with visitor.answer():
        panel.get_by_role("button", name="比较").press("Enter")
    visitor.expect_link(r"/districts/990101\?peers=(\d{6},){4}\d{6}")
    heads = [text.split("\n")[0] for text in panel.locator("thead th").all_inner_texts()]
    assert heads[3:] == names[:5]
    assert visitor.evaluate("scrollY") > 0, "the place on the page is kept"
    visitor.open("/districts/990102")
    visitor.expect_link(r"/districts/990102\?peers=[\d,]+")
    expect(panel.locator("table")).to_have_count(1)
    for _ in range(panel.locator("nav a").count()):
        with visitor.answer():
            panel.locator("nav a").first.press("Enter")
    visitor.expect_link("/districts/990102")
    expect(panel.locator("table")).to_have_count(0)
    visitor.open("/districts/990101")
    visitor.expect_link("/districts/990101")


def test_the_language_is_switched_in_place_and_remembered(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/indicators/demo_homes_adapted?period=2025-S1")
    title = visitor.section.locator("h1").inner_text()
    visitor.page.locator("#switch-language").click()
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    visitor.settle()
    assert visitor.section.locator("h1").inner_text() != title
    assert "/indicators/demo_homes_adapted" in visitor.link
    assert "period=2025-S1" in visitor.link
    visitor.open("/data")
    assert visitor.evaluate("document.documentElement.lang") == "en"
    assert visitor.page.locator("#nav-overview").inner_text().isascii()
    visitor.page.locator("#switch-language").press("Enter")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "zh-CN")
    other = visit(demo)
    other.open("/")
    assert other.evaluate("document.documentElement.lang") == "zh-CN"


def test_the_tab_is_named_after_the_page(visit: Visit, own: Server) -> None:
    visitor = visit(own)
    visitor.open("/")
    for name, title in (
        ("changes", "较上次会议的变化"),
        ("indicators", "指标"),
        ("districts", "地区"),
        ("data", "数据"),
        ("methodology", "口径"),
        ("overview", "总览"),
    ):
        with visitor.answer():
            visitor.page.locator(f"#nav-{name}").click()
        expect(visitor.page).to_have_title(f"{title} · 达标")
        expect(visitor.page.locator(f"#nav-{name}")).to_have_attribute("aria-current", "page")
        expect(visitor.page.locator("nav .nav-link[aria-current]")).to_have_count(1)


def test_a_page_opened_by_a_link_begins_at_its_top(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/")
    link = visitor.section.locator("table.heat tbody th a").last
    link.scroll_into_view_if_needed()
    with visitor.answer():
        link.click()
    visitor.expect_link(r"/indicators/.+")
    assert visitor.evaluate("scrollY") == 0
    expect(visitor.main).to_be_focused()
    with visitor.answer():
        visitor.section.locator("nav[aria-label='地区'] a").nth(3).click()
    visitor.expect_link(r"/indicators/.+district=.+")
