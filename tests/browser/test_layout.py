"""Every page in every size and language: something to see, nothing cut, nothing too small, nothing broken."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, Visit
from tests.browser.visitor import Visitor

PAGES = {
    "own": ("/", "/indicators", "/indicators/nursing_bed_share", "/indicators/dibao_persons", "/districts",
            "/districts/320404", "/districts/320404?peers=320413,371324", "/districts/320400", "/data", "/completeness",
            "/completeness?period=2021-S1&district=320404", "/methodology", "/changes"),
    "demo": ("/", "/?status=missed", "/?period=2025-S1&domain=elderly", "/indicators", "/indicators/demo_homes_adapted",
             "/indicators/demo_dibao_standard", "/districts", "/districts/990101", "/districts/990100", "/data",
             "/completeness", "/?why=990101.demo_homes_adapted.total.2025-S2.2025-S2"),
}  # fmt: skip
SIZES = ((1440, 900), (1920, 1080), (390, 844))

MEASURE = """() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.sr-only');
  const has_text = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const texts = [...document.querySelectorAll('body *')].filter((e) => has_text(e) && shown(e));
  const name = (e) => `${e.tagName}.${e.getAttribute('class')} ${e.textContent.trim().slice(0, 30)}`;
  const graphs = [...document.querySelectorAll('.graph')].filter((g) => g.offsetParent);
  return {
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    small: texts.filter((e) => parseFloat(getComputedStyle(e).fontSize) < 12).map(name),
    words: texts.filter((e) => /(^|\\W)(NaN|\\[object)|^undefined$/.test(e.firstChild.textContent)).map(name),
    graphs: graphs.map((g) => [g.style.height, g.querySelector('.main-svg').getAttribute('height') + 'px',
                               g.querySelector('.main-svg').getBoundingClientRect().width <= g.clientWidth + 1]),
    empty: graphs.filter((g) => !g.querySelector('.trace, .heatmaplayer image, .bars path')).length,
    first: document.querySelector('main > section:not([style*=none]) h1') !== null,
    title: document.title,
    headings: [...document.querySelectorAll('main h1')].filter(shown).length,
    described: graphs.filter((g) => {
      const plot = g.querySelector('.js-plotly-plot');
      const alt = document.getElementById(plot.getAttribute('aria-labelledby'));
      return plot.getAttribute('role') === 'img' && alt && alt.textContent.trim().length > 5;
    }).length,
  };
}"""


def check(visitor: Visitor, link: str) -> None:
    """What holds for every page in every size."""
    found: dict[str, Any] = visitor.evaluate(MEASURE)
    assert found["overflow"] <= 0, f"{link} scrolls sideways by {found['overflow']} px"
    assert found["small"] == [], link
    assert found["words"] == [], link
    assert found["headings"] == 1, link
    assert found["empty"] == 0, f"{link}: a figure shows nothing"
    assert found["described"] == len(found["graphs"]), f"{link}: a figure has no text alternative"
    for asked, drawn, fits in found["graphs"]:
        assert asked == drawn, f"{link}: a figure of {asked} is drawn {drawn} high"
        assert fits, f"{link}: a figure is wider than its place"
    assert found["title"].endswith(" · 达标" if visitor.language == "zh" else " · Dabiao")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_every_page_stands_in_its_window(
    visit: Visit, server: Server, request: pytest.FixtureRequest, size: tuple[int, int], language: str
) -> None:
    visitor = visit(server, *size, language)
    for link in PAGES[request.node.callspec.params["server"]]:
        visitor.open(link) if (size, language) == (SIZES[0], "zh") or link == "/" else visitor.follow(link)
        assert visitor.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language]
        check(visitor, link)


@pytest.mark.parametrize("size", SIZES[::2], ids=lambda size: "x".join(map(str, size)))
def test_a_figure_follows_the_window(visit: Visit, demo: Server, size: tuple[int, int]) -> None:
    visitor = visit(demo, *size)
    visitor.open("/indicators/demo_homes_adapted")
    for width in (size[0] // 2 + 200, size[0]):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.page.wait_for_function(
            """() => [...document.querySelectorAll('.graph')].filter((g) => g.offsetParent).every((g) =>
               Math.abs(g.querySelector('.main-svg').getBoundingClientRect().width - g.clientWidth) < 2)"""
        )
        check(visitor, f"at {width}")


def test_the_first_screen_says_how_we_stand(visit: Visit, demo: Server) -> None:
    """At 1440 × 900 the lights and what is behind are seen without scrolling."""
    visitor = visit(demo)
    visitor.open("/")
    for part in ("#overview-summary .lead", "#overview-summary .strip", "#overview-attention tbody tr:first-child"):
        box = visitor.page.locator(part).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 900


def test_a_page_that_does_not_exist_says_so_and_leads_on(visit: Visit, own: Server) -> None:
    visitor = visit(own)
    visitor.expected = ["404"]
    for link in ("/nothing", "/indicators/zzz", "/districts/zzz", "/constructor", "/toString", "/__proto__", "/data/x"):
        visitor.open(link)
        assert "没有" in visitor.section.inner_text()
        check(visitor, link)
    with visitor.answer():
        visitor.section.get_by_role("link", name="回到总览").click()
    visitor.expect_link("/")


def test_the_toolbar_of_a_figure_sends_nothing_anywhere(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/indicators/demo_homes_adapted")
    visitor.page.locator("#indicator-trend").hover()
    titles = visitor.page.locator("#indicator-trend .modebar-btn").evaluate_all("b => b.map((x) => x.dataset.title)")
    assert not [title for title in titles if "hare" in title or "dit" in title]
    assert not [title for title in titles if title.isascii() and title], "buttons speak Chinese"


def test_motion_is_reduced_where_the_reader_asks_for_it(visit: Visit, own: Server) -> None:
    visitor = visit(own, reduced_motion="reduce")
    visitor.open("/?why=320404.dibao_standard.total.2020-S1.-")
    expect(visitor.page.locator(".offcanvas")).to_be_visible()
    times = visitor.evaluate(
        """() => [...document.querySelectorAll('.offcanvas, .offcanvas *, main *')].map((e) => getComputedStyle(e))
           .map((s) => Math.max(parseFloat(s.transitionDuration), parseFloat(s.animationDuration)))"""
    )
    assert max(times) <= 0.011
    assert visitor.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
