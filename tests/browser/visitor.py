"""A visitor: opens pages, waits until they show what was asked for, and notices everything that goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

TIMEOUT = 15_000
expect.set_options(timeout=TIMEOUT)

SETTLED = """() => {
  const main = document.getElementById('main');
  const isBusy = window.__asked || document.querySelector('[data-dash-is-loading]');
  if (!main || main.className === 'show-none' || isBusy) return false;
  const query = new URLSearchParams(location.search);
  const why = query.get('why') || '';
  query.delete('why');
  if (window.__view !== location.pathname + '?' + query || (why && window.__why !== why)) return false;
  const section = [...main.children].find((s) => getComputedStyle(s).display !== 'none');
  const graphs = section ? [...section.querySelectorAll('.graph')].filter((g) => g.offsetParent) : [];
  const fits = (g, svg) => svg && svg.getBoundingClientRect().width <= g.clientWidth + 1;
  const isDrawn = graphs.every((g) => fits(g, g.querySelector('.main-svg')));
  return isDrawn && !!section && section.innerText.trim().length > 20;
}"""

FOLLOW = """(link) => {
  history.pushState({}, '', link);
  window.dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
}"""

WATCH = """
  window.__asked = 0;
  window.__answered = 0;
  const fetch = window.fetch;
  window.fetch = async (...given) => {
    if (!String((given[0] && given[0].url) || given[0]).includes('/_dash-update-component')) return fetch(...given);
    const view = JSON.parse(given[1].body).inputs[0].value;
    if (view && view.why) window.__why = view.why; else if (view) window.__view = view.path + '?' + view.search;
    window.__asked += 1;
    try { return await fetch(...given); } finally { window.__asked -= 1; window.__answered += 1; }
  };
  document.addEventListener('securitypolicyviolation', (event) =>
    console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI));
"""
"""Notes what was asked of the server and what is answered, and tells the console of violations of the policy."""


class Visitor:
    """One browser context with one page."""

    def __init__(self, context: BrowserContext, url: str, language: str) -> None:
        self.context, self.url, self.language = context, url, language
        self.problems: list[str] = []
        self.expected: list[str] = []
        """Parts of problems a test makes on purpose."""
        context.add_init_script(WATCH)
        if language != "zh":
            context.add_cookies([{"name": "dabiao-language", "value": language, "url": url}])
        context.set_default_timeout(TIMEOUT)
        self.page = self.watch(context.new_page())

    def watch(self, page: Page) -> Page:
        """Notice what goes wrong on a page."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._problem(f"error: {error}"))
        page.on("response", self._on_response)
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failed)
        return page

    def open(self, link: str) -> Page:
        """Open a link of the app and wait until it is shown."""
        self.page.goto(self.url + link)
        self.settle()
        return self.page

    def follow(self, link: str) -> Page:
        """Go to a link without loading the app again, as its own links do."""
        with self.answer():
            self.page.evaluate(FOLLOW, link)
        return self.page

    def settle(self, page: Page | None = None) -> None:
        """Wait until what the address bar names was asked for, no answer is outstanding, and everything is drawn."""
        (page or self.page).wait_for_function(SETTLED)

    @contextmanager
    def answer(self) -> Iterator[None]:
        """What is done inside asks the server; wait until its answer is shown."""
        before = self.page.evaluate("window.__answered")
        yield
        self.page.wait_for_function("before => window.__answered > before", arg=before)
        self.settle()

    @property
    def main(self) -> Locator:
        """The part of the page that changes."""
        return self.page.locator("#main")

    @property
    def section(self) -> Locator:
        """The page that is shown."""
        return self.page.locator("#main > section:visible")

    @property
    def link(self) -> str:
        """Path and query as the address bar has them."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def expect_link(self, pattern: str) -> None:
        """Wait until path and query match, from beginning to end."""
        expect(self.page).to_have_url(re.compile(f"^{re.escape(self.url)}(?:{pattern})$"))

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """Run a script in the page."""
        return self.page.evaluate(script, argument)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._problem(f"{message.type}: {message.text} ({self.page.url})")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._problem(f"{response.status}: {response.url}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self._problem(f"elsewhere: {request.url}")

    def _on_failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":
            self._problem(f"failed: {request.url} {request.failure}")

    def _problem(self, text: str) -> None:
        if not any(part in text for part in self.expected):
            self.problems.append(text)
