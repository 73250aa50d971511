"""While a page is open: the server goes and comes back, data changes, answers come late."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from etl import pipeline
from tests.browser.conftest import Server, Visit
from tests.browser.test_filters import choose, lead
from tests.conftest import Clock
from tests.etl.support import ACTUAL_HEADER, write_csv
from warehouse.engine import open_engine

QUESTION = "**/_dash-update-component**"


@pytest.fixture
def passing(serve: Callable[[Path], Server], loaded_file: Path) -> Server:
    """A server of this test's own."""
    return serve(loaded_file)


def test_a_server_that_goes_is_told_and_one_that_comes_back_goes_on(visit: Visit, passing: Server) -> None:
    visitor = visit(passing)
    visitor.open("/")
    visitor.evaluate("window.isSamePage = true")
    seen, told = visitor.section.inner_text(), visitor.page.locator("#connection")
    expect(told).to_be_hidden()
    visitor.expected = ["ERR_CONNECTION_REFUSED", "the server did not respond"]
    passing.stop()
    visitor.page.locator("#filter-period").select_option("2020-S1")
    expect(told).to_be_visible()
    expect(told).to_have_role("alert")
    expect(told).to_have_text("连接中断，正在显示上一次的内容。")
    assert visitor.section.inner_text() == seen
    visitor.page.locator("#filter-domain").select_option("elderly")
    visitor.expect_link(r"/\?period=2020-S1&domain=elderly")
    assert visitor.section.inner_text() == seen
    passing.start()
    expect(told).to_be_hidden()
    visitor.settle()
    assert lead(visitor).startswith("2020年上半年")
    assert visitor.section.inner_text() != seen
    assert visitor.evaluate("window.isSamePage"), "without loading the page again"


def test_new_data_is_shown_by_the_next_click(visit: Visit, passing: Server, tmp_path: Path) -> None:
    """All of it: the page, its filters, and the version in its footer."""
    visitor = visit(passing)
    visitor.open("/indicators/orphans?district=320404")
    table, footer = visitor.page.locator("#indicator-table"), visitor.page.locator("footer")
    before = footer.inner_text()
    assert "21人" not in table.inner_text()
    assert visitor.page.locator("#filter-period option[value='2023-S1']").count() == 0
    engine = open_engine(f"sqlite:///{passing.database}")
    row = "320404,orphans,total,2023-S1,21,person"
    (result,) = pipeline.load(engine, [write_csv(tmp_path / "new.csv", ACTUAL_HEADER, [row])], clock=Clock())
    engine.dispose()
    assert result.rows_accepted == 1
    visitor.page.locator("#filter-period").select_option("2020-S1")
    expect(table).to_contain_text("21人")
    expect(visitor.page.locator("#filter-period option[value='2023-S1']")).to_have_count(1)
    expect(visitor.page.locator("#filter-period")).to_have_value("2020-S1")
    expect(footer).not_to_have_text(before)
    visitor.settle()
    with visitor.answer():
        table.get_by_role("link", name="21人").click()
    expect(visitor.page.get_by_role("dialog")).to_contain_text("new.csv")


def test_a_late_answer_never_overwrites_a_newer_one(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "period=2024-S1" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    visitor.page.route(QUESTION, hold)
    with visitor.page.expect_request(lambda request: "period=2024-S1" in (request.post_data or "")):
        visitor.page.locator("#filter-period").select_option("2024-S1")
    visitor.page.locator("#filter-period").select_option("2025-S1")
    newer = visitor.page.locator("#overview-summary .lead").filter(has_text="2025年上半年")
    expect(newer).to_be_visible()
    with visitor.page.expect_response(QUESTION):
        held[0].continue_()
    visitor.settle()
    assert len(held) == 1
    expect(newer).to_be_visible()
    visitor.expect_link(r"/\?period=2025-S1")
    expect(visitor.page.locator("#filter-period")).to_have_value("2025-S1")


def test_quick_changes_end_at_the_last(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/")
    visitor.page.locator("#filter-period").focus()
    for key in ("ArrowDown",) * 7 + ("ArrowUp",) * 2 + ("ArrowDown",):
        visitor.page.keyboard.press(key)
    visitor.expect_link(r"/\?period=2025-S1")
    visitor.settle()
    assert lead(visitor).startswith("2025年上半年")
    choose(visitor, "domain", "elderly")
    both = lead(visitor)
    for _ in range(3):  # none waits for its answer
        visitor.page.go_back()
        visitor.page.go_forward()
    visitor.expect_link(r"/\?period=2025-S1&domain=elderly")
    visitor.settle()
    assert lead(visitor) == both
    for name, value in (("period", "2025-S1"), ("domain", "elderly"), ("district", "-")):
        expect(visitor.page.locator(f"#filter-{name}")).to_have_value(value)


def test_an_answer_that_fails_leaves_the_page_and_says_why(visit: Visit, own: Server) -> None:
    visitor = visit(own)
    visitor.open("/")
    visitor.expected = ["503", "Callback error", "Callback failed", "error: Error"]
    seen, told = visitor.section.inner_text(), visitor.page.locator("#connection")
    visitor.page.route(QUESTION, lambda route: route.fulfill(status=503, json={"error": "数据库正在维护。"}))
    visitor.page.locator("#filter-domain").select_option("elderly")
    expect(told).to_have_text("数据库正在维护。")
    assert visitor.section.inner_text() == seen
    visitor.page.unroute(QUESTION)
    choose(visitor, "domain", "children")
    expect(told).to_be_hidden()
    assert visitor.section.inner_text() != seen


def test_what_was_said_of_one_view_is_not_said_of_the_next(visit: Visit, own: Server) -> None:
    visitor = visit(own)
    visitor.open("/")
    visitor.evaluate("dash_clientside.set_props('notice', { children: '这部分没有取到' })")  # as the server does
    expect(visitor.page.locator("#notice")).to_have_text("这部分没有取到")
    choose(visitor, "domain", "elderly")
    expect(visitor.page.locator("#notice")).to_be_empty()
