"""On paper: A4, nothing cut, nothing that is only for a screen."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Server, Visit
from tests.browser.test_layout import PAGES

PAPER = (703, 1021)
"""An A4 page without the margins of the stylesheet, in CSS pixels."""

CUT = """() => [...document.querySelectorAll('main *')]
  .filter((e) => e.checkVisibility() && !e.closest('.sr-only, .graph'))
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1
                 || (e.matches('td a') && e.scrollWidth > e.clientWidth + 1))
  .map((e) => `${e.tagName} ${e.textContent.trim().slice(0, 30)}`)"""
ONLY_SCREEN = "header nav, #filters, #switch-language, .skip, .pager, .downloads, .tabs, .offcanvas"
MANY = {"/methodology": 12, "/indicators": 8, "/data": 8}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits_its_paper(visit: Visit, server: Server, request: pytest.FixtureRequest, language: str) -> None:
    visitor = visit(server, *PAPER, language)
    visitor.page.emulate_media(media="print")
    visitor.open("/")
    for link in PAGES[request.node.callspec.params["server"]]:
        visitor.follow(link) if link != "/" else None
        assert visitor.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), link
        assert visitor.evaluate(CUT) == [], link
        assert visitor.page.locator(ONLY_SCREEN).locator("visible=true").count() == 0, link
        assert visitor.section.locator("h1").is_visible(), link
        assert visitor.page.locator("footer .print-only").is_visible(), link


def test_every_page_becomes_a_document(visit: Visit, server: Server, request: pytest.FixtureRequest) -> None:
    """Figures are drawn again for the paper, and for the screen afterwards."""
    visitor = visit(server)
    visitor.open("/")
    for link in PAGES[request.node.callspec.params["server"]]:
        visitor.follow(link) if link != "/" else None
        widths = visitor.evaluate(
            """() => {
              window.__printed = [];
              window.addEventListener('beforeprint', () => window.__printed.push(...
                [...document.querySelectorAll('.graph')].filter((g) => g.offsetParent)
                  .map((g) => parseFloat(g.querySelector('.main-svg').getAttribute('width')))), { once: true });
              return [...document.querySelectorAll('.graph')].filter((g) => g.offsetParent).map((g) => g.clientWidth);
            }"""
        )
        document = visitor.page.pdf(format="A4")
        assert document.startswith(b"%PDF-")
        assert {
            tuple(map(round, map(float, box.split()))) for box in re.findall(rb"/MediaBox \[([^]]+)\]", document)
        } == {(0, 0, 596, 843)}
        pages = len(re.findall(rb"/Type\s*/Page\b", document))
        assert 1 <= pages <= MANY.get(link.partition("?")[0], 6), f"{link}: {pages} pages"
        printed = visitor.evaluate("window.__printed")
        assert len(printed) == len(widths)
        assert all(width <= PAPER[0] for width in printed), link
        visitor.settle()
        assert (
            visitor.evaluate(
                "() => [...document.querySelectorAll('.graph')].filter((g) => g.offsetParent).map((g) => g.clientWidth)"
            )
            == widths
        )
