"""The app over HTTP: documents, answers of callbacks, their cache, and languages."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dash import Dash
from structlog.testing import capture_logs

from dashboard.cache import AnswerCache
from dashboard.factory import LANGUAGE_COOKIE
from dashboard.pages import PAGES, overview
from etl import pipeline
from tests.conftest import Clock
from tests.dashboard.conftest import MakeApp, OpenSite
from tests.dashboard.html import Node, parse
from tests.dashboard.http import CALLBACKS, Browser, question
from tests.dashboard.support import TODAY, Site
from tests.etl.support import ACTUAL_HEADER, write_csv

LINKS = {
    "overview": "/?period=2025-S1", "indicators": "/indicators", "indicator": "/indicators/demo_homes_adapted",
    "changes": "/changes",
    "districts": "/districts", "district": "/districts/990101", "data": "/data", "chase": "/completeness",
    "methodology": "/methodology",
    "missing": "/no/such/page",
}  # fmt: skip
WHY = "/?why=990101.demo_homes_adapted.total.2025-S2.2025-S2"


@pytest.fixture
def demo(open_site: OpenSite, demo_file: Path) -> Site:
    """The synthetic province as the public is shown it: without the names of colleagues."""
    return open_site(demo_file, names_people=False)


def document(browser: Browser, link: str) -> Node:
    """A page's document, parsed."""
    return parse(browser.get(link).get_data(as_text=True))


def test_every_page_that_exists_answers_200(browser: Browser, demo: Site) -> None:
    links = [link for page, link in LINKS.items() if page != "missing"]
    links += [f"/districts/{code}" for code in demo.codes["district"]]
    links += [f"/indicators/{code}" for code in demo.codes["known_indicator"]]
    links += ["/indicators/", "/?utm_source=x&period=nonsense", WHY]
    for link in links:
        response = browser.get(link)
        assert (link, response.status_code, response.mimetype) == (link, 200, "text/html")


@pytest.mark.parametrize(
    "link", ["/nothing", "/indicators/zzz", "/districts/zzz", "/data/x", "/a/b/c", "/constructor", "/favicon.ico",
             "/index.php?x=1", "/districts/%00", "/indicators/%ff", "/..%2f..%2fetc/passwd"]
)  # fmt: skip
def test_a_page_that_does_not_exist_is_the_same_document_with_404(browser: Browser, link: str) -> None:
    found, home = browser.get(link), browser.get("/")
    assert found.status_code == 404
    assert browser.client.head(link).status_code == 404
    strip = re.compile(rb'"end_id":"[^"]*"')
    assert strip.sub(b"", found.get_data()) == strip.sub(b"", home.get_data())


def test_the_document_says_its_language_and_nothing_about_the_server(browser: Browser) -> None:
    for link, language, title in (("/", "zh-CN", "达标"), ("/?lang=en", "en", "Dabiao"), ("/?lang=fr", "en", "Dabiao")):
        text = browser.get(link).get_data(as_text=True)
        tree = parse(text)
        assert tree.one("html")["lang"] == language
        assert tree.one("title").text == title
        assert re.findall(r"[Pp]ython[^,]*3\.\d", text) == []
        for word in ("Werkzeug", "Flask", "/work", "site-packages", "Loading..."):
            assert word not in text
        for node in tree.walk():
            for name in ("src", "href"):
                link_in = node.attributes.get(name) or "/"
                assert link_in.startswith(("/", "#")) and not link_in.startswith("//"), link_in
    assert "Server" not in browser.get("/").headers


def test_every_script_and_style_of_the_document_is_there(browser: Browser) -> None:
    tree = document(browser, "/")
    links = [
        node[name] for node in tree.walk() for name in ("src", "href") if name in node.attributes and node.tag != "use"
    ]
    assert len(links) > 8
    for link in links:
        with closing(browser.get(link)) as response:
            assert response.status_code == 200
            assert response.get_data()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_callback_answers_what_the_page_builds(browser: Browser, demo: Site, page: str, language: str) -> None:
    built = demo.build(LINKS[page], language)
    assert browser.leaves(LINKS[page], language) == built.leaves


def test_the_drawer_answers_too(browser: Browser, demo: Site) -> None:
    [html] = browser.leaves(WHY, page="why").values()
    assert html == demo.build(WHY, page="why").leaves["why", "html"]
    assert "verdict" in html


@pytest.mark.parametrize("page", PAGES)
def test_the_second_answer_is_the_same_and_takes_the_shorter_way(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    asked: list[str] = []
    build = PAGES[page].build
    monkeypatch.setattr(PAGES[page], "build", lambda reading: asked.append(page) or build(reading))
    link = f"{LINKS[page]}{'&' if '?' in LINKS[page] else '?'}x=second"
    first, second = browser.ask(link), browser.ask(link)
    assert asked == [page]
    assert first.get_data() == second.get_data()
    assert browser.ask(link, "en").get_data() != first.get_data() or page == "missing"


def test_answers_travel_compressed_to_those_who_take_it(browser: Browser) -> None:
    for _ in range(2):
        packed = browser.ask("/?x=gzip", Accept_Encoding="br, gzip")
        plain = browser.ask("/?x=gzip", Accept_Encoding="identity")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(packed.get_data()) == plain.get_data()
        assert len(packed.get_data()) < len(plain.get_data()) / 4
        assert packed.mimetype == plain.mimetype == "application/json"


def test_a_plain_answer_can_come_first_and_a_small_one_stays_right(browser: Browser) -> None:
    for link in ("/?x=plain-first", "/nothing?x=small"):
        bodies = set()
        for encoding in ("identity", "gzip", "identity", "gzip"):
            response = browser.ask(link, Accept_Encoding=encoding)
            body = response.get_data()
            bodies.add(gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body)
        assert len(bodies) == 1


def test_a_change_of_the_data_is_seen_at_once(make_app: MakeApp, loaded_file: Path, tmp_path: Path) -> None:
    shutil.copyfile(loaded_file, tmp_path / "own.db")
    app = make_app(tmp_path / "own.db")
    browser, link = Browser.of(app), "/indicators/orphans"
    before = browser.leaves(link)["indicator-table", "html"]
    assert browser.leaves(link)["indicator-table", "html"] == before
    engine = app.server.extensions["dabiao"].engine
    rows = ["320404,orphans,total,2020-S2,21,person"]
    pipeline.load(
        engine, [write_csv(tmp_path / "new.csv", ACTUAL_HEADER, rows)], clock=Clock(datetime(2026, 1, 9, tzinfo=UTC))
    )
    after = browser.leaves(link)["indicator-table", "html"]
    assert "21人" in after
    assert "21人" not in before
    engine.dispose()


def test_a_new_day_is_a_new_answer(make_app: MakeApp, loaded_file: Path) -> None:
    """What is overdue depends on the day."""
    days = [date(2020, 9, 18)]
    app = make_app(loaded_file, today=lambda: days[-1])
    link = "/?district=320404&q=zouqu_fire_filing"
    first = Browser.of(app).leaves(link)["overview-summary", "html"]
    days.append(days[-1] + timedelta(days=1))
    assert "已经到期" in Browser.of(app).leaves(link)["overview-summary", "html"]
    assert "已经到期" not in first
    app.server.extensions["dabiao"].engine.dispose()


def test_a_failure_is_said_and_not_kept(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    link = "/?x=failure"
    with monkeypatch.context() as patch, capture_logs() as logged:
        patch.setattr(overview, "build", lambda reading: 1 / 0)
        response = browser.ask(link)
        assert response.status_code == 200
        answer = json.loads(response.get_data())
        assert "没有取到" in answer["sideUpdate"]["notice"]["children"]
        assert "ZeroDivision" not in response.get_data(as_text=True)
    assert [(line["event"], type(line["exc_info"])) for line in logged] == [("callback_failed", ZeroDivisionError)]
    assert browser.leaves(link)["overview-summary", "html"]


def test_two_apps_in_one_process_answer_from_their_own_data(app: Dash, make_app: MakeApp, loaded_file: Path) -> None:
    other = make_app(loaded_file)
    demo, own = Browser.of(app), Browser.of(other)
    for _ in range(2):
        assert "钟楼区" in own.leaves("/districts")["districts-list", "html"]
        assert "钟楼区" not in demo.leaves("/districts")["districts-list", "html"]
        for visitor, is_demo in ((demo, True), (own, False)):
            frame = json.dumps(visitor.get("/_dash-layout").get_json(), ensure_ascii=False)
            assert ("演示数据" in frame) is is_demo
    other.server.extensions["dabiao"].engine.dispose()


def test_a_language_asked_for_is_remembered(browser: Browser) -> None:
    assert document(browser, "/").one("html")["lang"] == "zh-CN"
    cookies = browser.get("/data?lang=en").headers.getlist("Set-Cookie")
    [cookie] = [cookie for cookie in cookies if cookie.startswith(f"{LANGUAGE_COOKIE}=en")]
    for word in ("HttpOnly", "SameSite=Lax", "Max-Age=31536000"):
        assert word in cookie
    assert document(browser, "/").one("html")["lang"] == "en"
    assert not any(LANGUAGE_COOKIE in cookie for cookie in browser.get("/").headers.getlist("Set-Cookie"))
    assert document(browser, "/?lang=zh").one("html")["lang"] == "zh-CN"
    assert document(browser, "/").one("html")["lang"] == "zh-CN"
    for odd in ("", "fr", "EN", "en'--", "../en"):
        response = browser.get("/", query_string={"lang": odd})
        assert not any(LANGUAGE_COOKIE in cookie for cookie in response.headers.getlist("Set-Cookie"))
        assert response.status_code == 200


def test_the_frame_is_in_the_language_of_the_visitor(browser: Browser) -> None:
    def labels() -> str:
        return json.dumps(browser.get("/_dash-layout").get_json(), ensure_ascii=False)

    assert "总览" in labels()
    browser.get("/?lang=en")
    assert "总览" not in labels()


@pytest.mark.parametrize("link", ["/bulletin", "/meeting"])
def test_a_visitor_of_documents_is_told_that_he_reads_what_is_public(browser: Browser, link: str) -> None:
    text = browser.get(link).get_data(as_text=True)
    assert "公开数据 · 只读 · 未登录" in text
    assert 'href="/login"' in text


def test_the_kept_answers_have_a_limit() -> None:
    kept = AnswerCache(100)
    for name in "abc":
        kept.put(name, b"x" * 40)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (None, b"x" * 40, b"x" * 40)
    kept.get("b")
    kept.put("d", b"y" * 40)
    assert (kept.get("b"), kept.get("c")) == (b"x" * 40, None), "the least recently used goes first"
    kept.put("b", b"z" * 90)
    assert (kept.get("b"), kept.get("d")) == (b"z" * 90, None)
    kept.put("e", b"!" * 101)
    assert kept.get("e") is None
    assert AnswerCache(0).get("a") is None


def test_the_question_in_a_get_is_no_callback(browser: Browser) -> None:
    assert browser.get(CALLBACKS).status_code == 404
    assert question("overview", {})["output"].startswith("..overview-summary.html...")


def test_health_is_answered_without_a_word(browser: Browser) -> None:
    assert browser.get("/healthz").get_data() == b"OK"


def test_a_link_opens_the_same_view_in_a_new_app(
    make_app: MakeApp, open_site: OpenSite, demo_file: Path, demo: Site
) -> None:
    app = make_app(demo_file, today=lambda: TODAY)
    again = open_site(demo_file, names_people=False)
    assert again.build(WHY, page="why").everything == demo.build(WHY, page="why").everything
    assert list(Browser.of(app).leaves(WHY, page="why").values()) == list(demo.build(WHY, page="why").leaves.values())
    app.server.extensions["dabiao"].engine.dispose()
