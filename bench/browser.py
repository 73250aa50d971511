"""First load and redraw in real Chromium, with an empty cache each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from bench.apps import DABIAO_COLD, DABIAO_WARM, PLAIN, App
from bench.data import VIEWS, Question
from bench.measure import Step, rotated
from bench.server import Server, serving

APPS = (DABIAO_WARM, DABIAO_COLD, PLAIN)
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
_SIZE = {"width": 1440, "height": 900}
_LIMIT = 60_000
_QUIET = 500
"""A page that has not changed for so many milliseconds, and shows what it should, is drawn."""

# Notes when the page last changed, and when the reader last did something.
_WATCH = """
window.bench = { changed: 0, acted: 0, answered: 0 };
new MutationObserver(() => { window.bench.changed = performance.now(); })
  .observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
for (const kind of ['change', 'click'])
  document.addEventListener(kind, () => { window.bench.acted = performance.now(); }, true);
"""
_IS_QUIET = f"performance.now() - Math.max(window.bench.changed, window.bench.answered) > {_QUIET}"
_FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"

# What has to be there before a page can be called drawn.
_SHOWN: dict[str, dict[str, tuple[str, ...]]] = {
    DABIAO_WARM.name: {
        "overview": ("#overview-map .hm image", "#overview-heat td.cell", "#overview-summary .legend"),
        "indicator": ("#indicator-trend .trace", "#indicator-ranking .trace", "#indicator-table td"),
        "district": ("#district-scorecard svg.bullet", "#district-head h1"),
    },
    PLAIN.name: {
        "overview": ("#heat .hm image", "#targets"),
        "indicator": ("#trend .trace", "#ranking .trace"),
        "district": ("#scorecard .trace",),
    },
}


@dataclass(frozen=True, slots=True)
class Load:
    """One page, one round; times in milliseconds from the start of the navigation or from the reader's click."""

    app: str
    view: str
    first_paint: float
    drawn: float
    redrawn: float
    wire: int
    requests: int


def measure_browser(
    database: Path, asked: Mapping[str, Sequence[Question]], rounds: int, step: Step
) -> tuple[str, list[Load]]:
    """The browser's version, and every load. The servers have answered each question before."""
    loads: list[Load] = []
    with ExitStack() as stack:
        browser = _launch(stack.enter_context(sync_playwright()))
        servers = {app.name: stack.enter_context(serving(app, database)) for app in APPS}
        for number in range(-1, rounds):  # the first round only warms up
            for app in rotated(APPS, number):
                for view in VIEWS:
                    step(f"browser, round {max(number, 0) + 1}, {app.name}: {view}")
                    load = _load(browser, app, servers[app.name], asked[view][0], asked["overview"][1])
                    if number >= 0:
                        loads.append(load)
        version = browser.version
        browser.close()
    return version, loads


def _launch(playwright: Playwright) -> Browser:
    """The system's Chromium, else Playwright's own."""
    found = next((path for path in CHROMIUM if Path(path).exists()), None)
    return playwright.chromium.launch(executable_path=found)


def _load(browser: Browser, app: App, server: Server, question: Question, other: Question) -> Load:
    assert app.page is not None
    context = browser.new_context(viewport=_SIZE, locale="zh-CN")  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.set_default_timeout(_LIMIT)
        page.add_init_script(_WATCH)
        traffic = _count_traffic(page)
        page.goto(f"http://127.0.0.1:{server.port}{app.page(question)}")
        _wait_until_shown(page, app, question.view)
        wire, requests = traffic["bytes"], traffic["requests"]
        drawn, first_paint = page.evaluate("window.bench.changed"), page.evaluate(_FIRST_PAINT)
        redrawn = _redraw(page, app, question.view, other.period.code)
        return Load(app.name, question.view, first_paint, drawn, redrawn, wire, requests)
    finally:
        context.close()


def _wait_until_shown(page: Page, app: App, view: str) -> None:
    shown = _SHOWN.get(app.name, _SHOWN[DABIAO_WARM.name])[view]
    for selector in shown:
        page.wait_for_selector(selector, state="attached")
    page.wait_for_function(_IS_QUIET)


def _redraw(page: Page, app: App, view: str, period: str) -> float:
    """Choose another half-year; the time from the reader's act to the page's last change."""
    choose: Callable[[], Any]
    if app is PLAIN:
        page.click(f"#{view}-period")
        asked, choose = f'"id":"{view}-period"', page.locator(".dash-dropdown-option", has_text=period).click
    else:
        asked, choose = f'"id":"view-{view}"', partial(page.select_option, "#filter-period", period)
    with page.expect_response(lambda response: asked in (response.request.post_data or "")) as answer:
        choose()
    answer.value.finished()
    page.evaluate("window.bench.answered = performance.now()")  # the answer is here, though not yet drawn
    page.wait_for_function(_IS_QUIET)
    return float(page.evaluate("window.bench.changed - window.bench.acted"))


def _count_traffic(page: Page) -> dict[str, int]:
    """Bytes as they came over the wire, headers too, and requests."""
    found = {"bytes": 0, "requests": 0}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def sent(event: dict[str, Any]) -> None:
        found["requests"] += not event["request"]["url"].startswith("data:")

    def finished(event: dict[str, Any]) -> None:
        found["bytes"] += int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.loadingFinished", finished)
    return found
