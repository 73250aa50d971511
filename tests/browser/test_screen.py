"""大屏, left alone: thousands of changes, an outage, a cold start, a token that is revoked. Nobody touches it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect
from sqlalchemy import update

from dashboard.access import accounts
from dashboard.access.accounts import By
from dashboard.access.passwords import hash_password
from dashboard.access.roles import Grant, Role
from dashboard.access.tokens import revoke_token
from dashboard.screens import store
from dashboard.screens.definition import Definition, Entry, Kind
from dashboard.settings import BEIJING
from tests.browser.conftest import Serve, Server, Visit
from tests.browser.test_accessibility import AXE, RUN
from tests.browser.visitor import Visitor
from warehouse.access_tables import account, web_session
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine, writing

SHELL = By("shell:tests", "", datetime.now(UTC))
WALL = Definition(
    width=3840, height=1080, columns=4, rows=2, bezel=10, diagonal=Decimal(160), distance=Decimal(4),
    playlist=tuple(Entry(kind, 5) for kind in Kind),
)  # fmt: skip
DWELL = 5
AWAY = ["ERR_", "Failed to load resource", "503"]
"""What a browser says of a server that is not there."""

COUNT = """
  window.asking = 0;
  const really = window.fetch;
  window.fetch = async (...given) => {
    window.asking += 1;
    try { return await really(...given); } finally { window.asking -= 1; }
  };
"""
"""Time does not pass while an answer is on its way: it takes none in a test, and patience is not what is tried."""


class Wall:
    """A server with a screen, and the token of a device for each test that wants one."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.visitors: list[Visitor] = []
        self.devices = 0

    def change(self, work: Any) -> Any:
        engine = open_engine(f"sqlite:///{self.server.database}")
        try:
            with writing(engine) as connection:
                return work(connection)
        finally:
            engine.dispose()

    def token(self, name: str = "") -> str:
        """A new device of the hall."""
        self.devices += 1
        name = name or f"tv {self.devices}"
        found: str = self.change(
            lambda c: store.add_device(c, SHELL, fetch_catalog(c), "hall", name, Grant(Role.SCREEN), 30)
        )
        return found

    def revoke(self, name: str) -> None:
        self.change(lambda c: revoke_token(c, SHELL, name))

    def define(self, definition: Definition) -> None:
        self.change(lambda c: store.change_screen(c, SHELL, fetch_catalog(c), "hall", "大厅", definition))


@pytest.fixture(scope="module")
def served(serve: Serve, demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Wall:
    """A server of these tests' own, with a screen."""
    template = tmp_path_factory.mktemp("wall") / "dabiao.db"
    template.write_bytes(demo_file.read_bytes())
    engine = open_engine(f"sqlite:///{template}")
    with writing(engine) as connection:
        store.add_screen(connection, SHELL, "hall", "大厅", Definition())
    engine.dispose()
    return Wall(serve(template, DABIAO_IDLE_MINUTES="60"))


def in_half_a_day() -> time:
    """When a wall loads itself again: at an hour no test comes to, whenever it runs."""
    return (datetime.now(BEIJING) + timedelta(hours=12)).time().replace(second=0, microsecond=0)


@pytest.fixture
def wall(served: Wall) -> Iterator[Wall]:
    """The same, as it was in the beginning; it is up again afterwards."""
    served.define(Definition(playlist=WALL.playlist, reload=in_half_a_day()))
    yield served
    for visitor in served.visitors:  # they would go on asking
        visitor.context.close()
    served.visitors.clear()
    if served.server.process is None:
        served.server.start()


def opened(visit: Visit, wall: Wall, name: str = "", *, clock: bool = True, **options: Any) -> Visitor:
    """A device that has opened its address; its clock moves when it is told to."""
    visitor = visit(wall.server, 1920, 1080, **options)
    wall.visitors.append(visitor)
    visitor.expected = ["Service Worker registration blocked by Playwright"]
    if clock:
        visitor.page.clock.install()
        visitor.page.add_init_script(COUNT)
    visitor.page.goto(f"{wall.server.url}/screen/hall?token={wall.token(name)}")
    expect(visitor.page).to_have_url(f"{wall.server.url}/screen/hall")
    expect(visitor.page.locator("#stage svg")).to_be_visible()
    return visitor


def pass_time(page: Page, seconds: int, step: int = 1, until: str = "") -> int:
    """Let time pass, with room for answers in between; returns after how many seconds something was so."""
    for passed in range(0, seconds, step):
        try:
            if until and page.evaluate(until):
                return passed
            page.clock.run_for(step * 1000)
            page.wait_for_function("() => !window.asking")
        except Error:  # it loaded itself again meanwhile
            page.wait_for_load_state()
    assert not until or page.evaluate(until), f"not within {seconds} s: {until}"
    return seconds


NOTICED = "!document.getElementById('notice').hasAttribute('hidden')"
FIRST_ALONE = """(() => {
  const all = document.getElementById('stage').children;
  return all.length === 1 && all[0].firstChild.getAttribute('aria-label').startsWith('目标完成情况');
})()"""
LIVE = "document.getElementById('notice').hasAttribute('hidden')"


def measure(page: Page) -> dict[str, float]:
    """What the page holds, after garbage is collected."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return metrics


@pytest.mark.slow
def test_two_thousand_changes_leave_nothing_behind(visit: Visit, wall: Wall) -> None:
    visitor = opened(visit, wall, service_workers="block")
    page = visitor.page
    page.evaluate(
        "window.changes = 0;"
        "new MutationObserver((all) => { for (const m of all) window.changes += m.addedNodes.length; })"
        ".observe(document.getElementById('stage'), { childList: true });"
    )

    def change(times: int) -> None:
        goal = page.evaluate("window.changes") + times
        while page.evaluate("window.changes") < goal:
            page.clock.run_for(DWELL * 10_000)
        while not page.evaluate(FIRST_ALONE):  # always the same picture, with no other fading
            page.clock.run_for(1000)

    change(200)
    before = measure(page)
    change(1800)
    after = measure(page)
    for _ in range(10):  # what is let go may wait for its collector; what is held waits for ever
        if after["Nodes"] <= before["Nodes"] * 1.1 and after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] * 1.1:
            break
        after = measure(page)
    assert page.evaluate("window.changes") >= 2000
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] * 1.1
    assert after["Nodes"] <= before["Nodes"] * 1.1
    assert after["JSEventListeners"] == before["JSEventListeners"]
    assert page.locator("#stage > figure").count() <= 2


def test_nothing_runs_between_changes(visit: Visit, wall: Wall) -> None:
    wall.define(Definition(playlist=(Entry(Kind.SITUATION, 3600),), poll=30))
    visitor = opened(visit, wall, clock=False)
    page = visitor.page
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    begun = measure(page)["TaskDuration"]
    page.evaluate("new Promise((done) => setTimeout(done, 2000))")
    assert page.evaluate("document.getAnimations().length") == 0
    assert measure(page)["TaskDuration"] - begun < 0.2, "of two seconds, collecting garbage among them"


def test_an_outage_of_ten_minutes_leaves_the_picture_with_its_age_and_ends_within_a_minute(
    visit: Visit, wall: Wall
) -> None:
    visitor = opened(visit, wall, service_workers="block")
    visitor.expected += AWAY
    page = visitor.page
    pass_time(page, 45)
    page.context.route("**/screen/**", lambda route: route.abort())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    pass_time(page, 90, until=NOTICED)
    pass_time(page, 600, step=2)
    notice, stage = page.locator("#notice"), page.locator("#stage")
    expect(notice).to_contain_text("断线")
    expect(notice).to_contain_text("分钟前")
    expect(notice).to_contain_text(re.compile("1[0-2] 分钟前"))
    expect(stage.locator("text").first).to_be_visible()
    assert len(asked) < 60, "with back-off"
    page.context.unroute("**/screen/**")
    assert pass_time(page, 60, until=LIVE) < 60


def test_through_a_restart_of_the_server_and_an_ended_session(visit: Visit, wall: Wall) -> None:
    visitor = opened(visit, wall)
    visitor.expected += AWAY
    page = visitor.page
    page.evaluate("window.isSame = true")
    wall.server.stop()
    pass_time(page, 120, until=NOTICED)
    wall.change(lambda c: c.execute(update(web_session).values(ended_at=SHELL.at)))
    wall.server.start()
    assert pass_time(page, 60, until=LIVE) < 60
    assert page.evaluate("window.isSame") and "/login" not in page.url


def test_a_new_release_loads_the_document_once(visit: Visit, wall: Wall) -> None:
    visitor = opened(visit, wall, service_workers="block")
    visitor.expected += ["404"]
    """A view that is gone when it is asked for: the definition changed since the news of it."""
    page = visitor.page
    page.evaluate("window.isSame = true")
    loads: list[str] = []
    page.on("request", lambda r: loads.append(r.url) if r.is_navigation_request() else None)

    def other(route: Route) -> None:
        response = route.fetch()
        if response.status == 200:
            route.fulfill(response=response, json={**response.json(), "release": "another"})
        else:
            route.fulfill(response=response)

    page.context.route("**/screen/hall/state", other)
    page.clock.run_for(1000)
    wall.define(Definition(playlist=(Entry(Kind.SITUATION, 5), Entry(Kind.WORST, 5))))
    pass_time(page, 60, until="!window.isSame")
    expect(page.locator("#stage svg")).to_be_visible()
    pass_time(page, 120)
    assert len(loads) == 1, "two releases that answer in turn are no reason to load for ever"


def test_a_revoked_device_shows_a_page_without_data_within_a_minute_and_keeps_nothing(visit: Visit, wall: Wall) -> None:
    visitor = opened(visit, wall, "stolen")
    visitor.expected += ["410"]
    page = visitor.page
    page.wait_for_function("() => caches.open('screen /screen/hall').then((c) => c.keys()).then((k) => k.length > 5)")
    wall.revoke("stolen")
    stopped = page.locator("#stopped")
    assert pass_time(page, 60, until="!document.getElementById('stopped').hidden") < 60
    expect(stopped).to_contain_text("此屏已停用")
    assert page.locator("#stage *").count() == 0
    page.wait_for_function("() => caches.keys().then((keys) => keys.length === 0)")
    assert page.evaluate("localStorage.length") == 0
    wall.server.stop()
    again = visitor.watch(visitor.context.new_page())
    visitor.expected += AWAY
    again.goto(f"{wall.server.url}/screen/hall")
    expect(again.locator("body")).not_to_contain_text("数据截至")


def test_a_cold_start_without_the_server_shows_the_last_picture(visit: Visit, wall: Wall) -> None:
    visitor = opened(visit, wall, clock=False)
    page = visitor.page
    page.wait_for_function(
        "() => Promise.all([caches.match('/screen/hall'), caches.match('/screen/hall/state')])"
        ".then((all) => all.every(Boolean))"
    )
    page.wait_for_load_state("networkidle")
    wall.server.stop()
    visitor.expected += AWAY
    page.close()
    for link in ("/screen/hall", "/screen/hall?token=dabiao_of_the_start"):
        cold = visitor.watch(visitor.context.new_page())
        cold.goto(wall.server.url + link)
        expect(cold.locator("#stage text").first).to_be_visible()
        expect(cold.locator("#stage")).to_contain_text("数据截至")
        expect(cold.locator("#notice")).to_contain_text("断线")
        assert cold.url == f"{wall.server.url}/screen/hall"
        font = cold.evaluate("getComputedStyle(document.body).backgroundColor")
        assert font == "rgb(15, 21, 28)", "in its own style"
        cold.close()


def test_a_device_without_its_cookie_says_so_on_top_of_the_last_picture(visit: Visit, wall: Wall) -> None:
    visitor = opened(visit, wall)
    visitor.expected += ["401"]
    visitor.context.clear_cookies()
    pass_time(visitor.page, 240, until=NOTICED)
    expect(visitor.page.locator("#notice")).to_contain_text("设备未授权")
    expect(visitor.page.locator("#stage text").first).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_lies_across_a_seam(visit: Visit, wall: Wall, language: str) -> None:
    definition = replace(WALL, language=language)
    wall.define(definition)
    visitor = visit(wall.server, definition.width, definition.height)
    page = visitor.page
    page.goto(f"{wall.server.url}/screen/hall?token={wall.token()}")
    views = json.loads(page.request.get(f"{wall.server.url}/screen/hall/state").text())["views"]
    assert len(views) > 10
    page.evaluate("document.fonts.ready")
    for view, _digest, _dwell in views:
        rects = page.evaluate(
            """async (view) => {
              const stage = document.getElementById('stage');
              stage.innerHTML = await (await fetch(`/screen/hall/view/${view}`)).text();
              return [...stage.querySelectorAll('text, use')].map((x) => {
                const r = x.getBoundingClientRect();
                return [r.left, r.top, r.right, r.bottom, x.textContent, Number(x.getAttribute('font-size') || 99)];
              });
            }""",
            view,
        )
        assert rects
        for left, top, right, bottom, text, size in rects:
            assert size >= definition.text - 0.1
            assert left >= 0 and right <= definition.width and top >= 0 and bottom <= definition.height, (view, text)
            for n in range(1, definition.columns):
                seam = definition.width * n / definition.columns
                assert right <= seam - 5 or left >= seam + 5, (view, text, left, right)
            assert bottom <= definition.height / 2 or top >= definition.height / 2, (view, text, top, bottom)


def test_an_administrator_defines_and_previews_a_screen_by_keyboard(
    visit: Visit, wall: Wall, chromium: Browser
) -> None:
    def people(connection: Any) -> None:
        accounts.add_account(
            connection, SHELL, fetch_catalog(connection), "admin", "管理员", Grant(Role.ADMINISTRATOR), False
        )
        ready = {"password_hash": hash_password("violet tractor melon 42 sky"), "must_change": False}
        connection.execute(update(account).values(ready))

    wall.change(people)
    visitor = visit(wall.server)
    page = visitor.page
    page.goto(f"{wall.server.url}/login?next=/admin/screens/hall")
    page.get_by_label("用户名").fill("admin")
    page.get_by_label("口令", exact=True).fill("violet tractor melon 42 sky")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="大厅")).to_be_visible()
    frame = page.frame_locator("iframe[name=preview]")
    expect(frame.locator("#at")).to_contain_text("1 / ")
    frame.locator("#on").focus()
    page.keyboard.press("Enter")
    expect(frame.locator("#at")).to_contain_text("2 / ")
    page.get_by_label("主题").select_option("light")
    page.get_by_role("button", name="预览改动").focus()
    page.keyboard.press("Enter")
    expect(frame.locator("body")).to_have_class("screen light preview")
    page.get_by_role("button", name="第 2 项 上移").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已保存")
    expect(page.locator("[name=kind]").first).to_have_value("worst")
    page.get_by_text("添加设备").focus()
    page.keyboard.press("Enter")
    page.get_by_label("设备名称").fill("二楼")
    page.keyboard.press("Enter")
    url = page.locator(".secret code").inner_text()
    assert "/screen/hall?token=dabiao_" in url
    for link in ("/admin/screens", "/admin/screens/hall", "/screen/hall"):
        page.goto(wall.server.url + link)
        page.evaluate(f"() => {{{AXE.read_text(encoding='utf-8')}}}")
        assert page.evaluate(RUN) == []
