"""What the app says when it is asked nonsense, or has no database: never a traceback, always what to do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.pages import PAGES
from etl import pipeline
from tests.conftest import Clock
from tests.dashboard.conftest import MakeApp
from tests.dashboard.html import parse
from tests.dashboard.http import CALLBACKS, Browser, question
from warehouse.engine import ROOT, SCHEMA
from warehouse.migrate import upgrade

LEAKS = ("Traceback", 'File "', "site-packages", ".py", "sqlalchemy", "sqlite3", "Error:", "SELECT ", str(ROOT))
GOOD = question("overview", {"path": "/", "search": "", "language": "zh"})

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def check_body(text: str) -> None:
    """Nothing of the program's inside."""
    for leak in LEAKS:
        assert leak not in text, leak


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff\xfe\x00", "application/json", 400),
        (b"NaN", "application/json", None),
        (b"null", "application/json", None),
        (b"[]", "application/json", None),
        (b"{}", "application/json", None),
        (b'"text"', "application/json", None),
        (b"[" * 100_000, "application/json", None),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b" " * (2 << 20), "application/json", 413),
    ],
    ids=str,
)
def test_garbage_is_refused_without_a_word_of_the_inside(
    browser: Browser, body: bytes, kind: str, status: int | None
) -> None:
    response = browser.client.post(CALLBACKS, data=body, content_type=kind, headers=browser.sealed())
    assert response.status_code == (status or response.status_code)
    assert response.status_code >= 400
    check_body(response.get_data(as_text=True))


@pytest.mark.parametrize(
    "change",
    [
        {"output": "nothing.children"}, {"output": 5}, {"output": None}, {"output": "..why.html.."}, {"outputs": []},
        {"outputs": "x"}, {"inputs": []}, {"inputs": None}, {"inputs": [{}]}, {"inputs": [[]]}, {"state": "x"},
        {"changedPropIds": 7}, {"changedPropIds": ["a"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_question_of_the_wrong_shape_gives_nothing_away(browser: Browser, change: dict[str, Any]) -> None:
    response = browser.post(GOOD | change)
    check_body(response.get_data(as_text=True))
    missing = browser.post({name: value for name, value in GOOD.items() if name not in change})
    check_body(missing.get_data(as_text=True))


@settings(max_examples=60)
@given(anything, st.sampled_from(["overview", "indicator", "district", "why", "data"]))
def test_any_value_in_the_store_is_answered(browser: Browser, value: Any, page: str) -> None:
    response = browser.post(question(page, value))
    assert response.status_code in (200, 204)
    check_body(response.get_data(as_text=True))


@settings(max_examples=60)
@given(st.fixed_dictionaries(dict.fromkeys(("path", "search", "language"), anything), optional={"why": anything}))
def test_any_view_is_answered_with_a_page(browser: Browser, view: dict[str, Any]) -> None:
    for page in ("overview", "indicator", "district", "why", "missing"):
        response = browser.post(question(page, view))
        assert response.status_code == 200
        answer = json.loads(response.get_data())
        assert "sideUpdate" not in answer, f"{page} failed for {view}"


@pytest.mark.parametrize(
    "odd",
    ["\ud800", "\udfff/\ud800", "\u0000", "\u202e", "x" * 100_000, "%" * 1000, "<svg onload=alert(1)>", "’ or 1=1",
     "\r\nSet-Cookie: a=b"],
    ids=["half", "halves", "nul", "bidi", "long", "percent", "svg", "quote", "header"],
)  # fmt: skip
def test_odd_text_in_every_place_is_answered(browser: Browser, odd: str) -> None:
    for page in [*PAGES, "why"]:
        for view in (
            {"path": f"/indicators/{odd}", "search": f"q={odd}&district={odd}&peers={odd}", "language": odd},
            {"path": f"/districts/{odd}", "search": odd, "language": "en", "why": f"{odd}.b.c.2020-S1.-"},
        ):
            response = browser.post(question(page, view))
            text = response.get_data(as_text=True)
            assert response.status_code == 200, (page, text)
            assert "sideUpdate" not in text
            assert "<svg onload" not in text


def test_methods_nobody_uses_are_refused(browser: Browser) -> None:
    for method in ("PUT", "DELETE", "PATCH", "POST"):
        for link in ("/", "/data", "/download/facts.csv"):
            response = browser.client.open(link, method=method)
            assert response.status_code == 405
            check_body(response.get_data(as_text=True))


# --- No database, or another one -------------------------------------------------------------------


def check_unavailable(browser: Browser, *words: str) -> None:
    """Every way of asking says in both languages what to run."""
    for link in ("/", "/districts/320404", "/no/such/page", "/download/facts.csv"):
        for language in ("zh", "en"):
            response = browser.get(f"{link}?lang={language}")
            assert response.status_code == 503
            text = response.get_data(as_text=True)
            check_body(text)
            tree = parse(text)
            assert tree.one("html")["lang"].startswith(language)
            for word in words:
                assert word in tree.one("p", "lead").text
    browser.get("/?lang=zh")
    for response in (browser.get("/_dash-layout"), browser.ask("/")):
        assert response.status_code == 503
        assert response.mimetype == "application/json"
        assert words[-1] in response.get_json()["error"]
        check_body(response.get_data(as_text=True))
    assert browser.get("/healthz").status_code == 200
    response = browser.get("/assets/00_tokens.css")
    assert response.status_code == 200, "the page that says so has its style"
    response.close()


def test_without_a_database_the_page_says_what_to_run_and_makes_none(make_app: MakeApp, tmp_path: Path) -> None:
    browser = Browser.of(make_app(tmp_path / "none.db"))
    check_unavailable(browser, "make run", "python -m etl upgrade")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_database_either(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    app = make_app(tmp_path / "empty.db")
    check_unavailable(Browser.of(app), "make run", "python -m etl upgrade")
    app.server.extensions["dabiao"].engine.dispose()


@pytest.mark.parametrize(("revision", "word"), [("0000", "python -m etl upgrade"), ("9999_future", "程序")])
def test_another_schema_is_refused_with_what_to_do(
    make_app: MakeApp, loaded_file: Path, tmp_path: Path, revision: str, word: str
) -> None:
    shutil.copyfile(loaded_file, tmp_path / "old.db")
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    app = make_app(tmp_path / "old.db")
    text = Browser.of(app).get("/").get_data(as_text=True)
    assert revision in text
    assert SCHEMA in text
    response = Browser.of(app).get("/")
    assert response.status_code == 503
    check_body(text)
    app.server.extensions["dabiao"].engine.dispose()


def test_a_file_that_is_no_database_is_said_to_be_unreachable(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database" * 100)
    app = make_app(tmp_path / "text.db")
    response = Browser.of(app).get("/")
    assert response.status_code == 503
    assert "DATABASE_URL" in response.get_data(as_text=True)
    app.server.extensions["dabiao"].engine.dispose()


def test_once_the_database_is_made_the_app_goes_on_without_a_restart(
    make_app: MakeApp, open_copy: Any, tmp_path: Path
) -> None:
    app = make_app(tmp_path / "later.db")
    browser = Browser.of(app)
    assert browser.get("/").status_code == 503
    engine = app.server.extensions["dabiao"].engine
    upgrade(engine)
    assert browser.get("/").status_code == 200
    pipeline.load(engine, who="tests", clock=Clock())
    assert "钟楼区" in browser.leaves("/districts")["districts-list", "html"]
    assert browser.get("/_dash-dependencies").get_json()
    engine.dispose()


def test_an_empty_warehouse_has_every_page(make_app: MakeApp, empty_file: Path) -> None:
    app = make_app(empty_file)
    browser = Browser.of(app)
    for link in (
        "/",
        "/indicators",
        "/districts",
        "/data",
        "/methodology",
        "/indicators/x",
        "/districts/x",
        "/?period=2020-S1",
    ):
        for language in ("zh", "en"):
            leaves = browser.leaves(link, language)
            assert any(parse(str(html)).text for (_, prop), html in leaves.items() if prop == "html")
    assert browser.get("/_dash-layout").status_code == 200
    app.server.extensions["dabiao"].engine.dispose()


def test_a_database_that_breaks_while_the_app_runs_is_said_to_be_unreachable(
    make_app: MakeApp, loaded_file: Path, tmp_path: Path
) -> None:
    shutil.copyfile(loaded_file, tmp_path / "own.db")
    app = make_app(tmp_path / "own.db")
    browser = Browser.of(app)
    assert browser.get("/").status_code == 200
    with sqlite3.connect(tmp_path / "own.db") as connection:
        connection.execute("ALTER TABLE warehouse_state RENAME TO gone")
    for response in (
        browser.get("/"),
        browser.get("/data"),
        browser.ask("/?x=broken"),
        browser.get("/download/facts.csv"),
    ):
        assert response.status_code == 503
        check_body(response.get_data(as_text=True))
    with connection:
        connection.execute("ALTER TABLE gone RENAME TO warehouse_state")
    connection.close()
    assert browser.get("/").status_code == 200
    app.server.extensions["dabiao"].engine.dispose()
