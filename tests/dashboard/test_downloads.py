"""Files to take away: CSV that spreadsheets read and never run, and the scorecard as a picture."""

from __future__ import annotations

import csv
import io
import shutil
import xml.etree.ElementTree as ET
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.downloads import TABLES, to_csv
from etl import pipeline
from tests.conftest import Clock
from tests.dashboard.conftest import MakeApp
from tests.dashboard.http import Browser
from tests.dashboard.support import Site
from tests.etl.support import ACTUAL_HEADER, write_csv
from tests.squares import write_squares

Table = list[dict[str, str]]
PAGES = {
    "progress": "/", "series": "/indicators/demo_homes_adapted", "scorecard": "/districts/990101",
    "changes": "/changes", "completeness": "/data", "facts": "/data", "chase": "/completeness",
    "returns": "/completeness", "map": "/", "peers": "/districts/990101?peers=990102,990103",
}  # fmt: skip
FORMULAS = ('=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", "－1", "=cmd|' /C calc'!A0")


def fetch(browser: Browser, name: str, page: str, query: str = "") -> Table:
    """A CSV as rows."""
    page, _, filters = page.partition("?")
    query = "&".join(filter(None, (filters, query)))
    response = browser.get(f"/download/{name}.csv?path={quote(page)}{'&' if query else ''}{query}")
    assert response.status_code == 200
    content = response.get_data()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


@pytest.fixture(scope="module")
def mapped(make_app: MakeApp, demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """A visitor of a site with boundaries."""
    folder = write_squares(tmp_path_factory.mktemp("boundaries"), ("990101", "990102", "990201"))
    return Browser.of(make_app(demo_file, boundaries_folder=folder))


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_a_file_with_its_columns(mapped: Browser, name: str) -> None:
    browser = mapped
    rows = fetch(browser, name, PAGES[name])
    assert rows
    assert tuple(rows[0]) == TABLES[name][0]
    response = browser.get(f"/download/{name}.csv?path={PAGES[name].replace('?', '&')}")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="dabiao-{name}.csv"'
    assert response.headers["Cache-Control"] == "no-store"
    text = response.get_data(as_text=True)
    for word in ("None", "nan", "NaN", "Decimal", "True", "False"):
        assert f",{word}," not in text


def test_every_download_on_a_page_is_there(browser: Browser, demo: Site) -> None:
    for page in (
        "/",
        "/data",
        "/completeness",
        "/districts/990101",
        "/indicators/demo_homes_adapted",
        "/?period=2025-S1&status=met",
    ):
        links = [link for link in demo.build(page).links if link.startswith("/download/")]
        assert links
        for link in links:
            response = browser.get(link)
            assert (link, response.status_code) == (link, 200)
            assert len(response.get_data()) > 100


@pytest.mark.parametrize(
    "query", ["", "period=2025-S1", "status=missed", "district=990200&period=2024-S2", "domain=elderly"]
)
def test_the_rows_are_those_of_the_page(browser: Browser, demo: Site, query: str) -> None:
    rows = fetch(browser, "progress", "/", query)
    with demo.read(f"/?{query}") as reading:
        codes = {d.code for d in reading.shown_districts}
        domains = {c: i[0].domain_code for c, i in reading.catalog.indicators_by_code.items()}
        state = reading.state
    expected = [
        row
        for row in demo.rows
        if row["district_code"] in codes
        and (row["is_current"] if state.period is None else row["period_code"] == state.period.code)
        and state.status in (None, row["status"])
        and state.domain in (None, domains[row["indicator_code"]])
    ]
    assert len(rows) == len(expected)
    names = ("district_code", "indicator_code", "breakdown_code", "period_code", "due_period_code", "status")
    assert {tuple(row[n] or None for n in names) for row in rows} == {tuple(row[n] for n in names) for row in expected}


def test_values_are_exact_and_empty_where_there_is_none(browser: Browser, demo: Site) -> None:
    rows = fetch(browser, "series", "/indicators/demo_homes_adapted")
    expected = [row for row in demo.rows if row["indicator_code"] == "demo_homes_adapted"]
    assert len(rows) == len(expected)
    known = {
        (r["district_code"], r["period_code"], r["breakdown_code"], r["due_period_code"] or ""): r for r in expected
    }
    for row in rows:
        value = known[row["district_code"], row["period_code"], row["breakdown_code"], row["due_period_code"]]["actual"]
        assert row["actual"] == ("" if value is None else f"{value:f}")
        assert "E" not in row["actual"]


def test_the_scorecard_is_of_one_district_and_the_breakdown_of_one_series(browser: Browser) -> None:
    assert {row["district_code"] for row in fetch(browser, "scorecard", "/districts/990101")} == {"990101"}
    assert fetch(browser, "scorecard", "/districts/zzz") == []
    rows = fetch(browser, "series", "/indicators/demo_dibao_standard", "breakdown=urban")
    assert {row["breakdown_code"] for row in rows} == {"urban"}
    assert fetch(browser, "series", "/indicators/zzz") == []


def test_how_complete_it_is_as_on_the_page(browser: Browser, demo: Site) -> None:
    rows = fetch(browser, "completeness", "/data", "district=990200&period=2025-S1")
    with demo.read("/?district=990200") as reading:
        assert {row["district_code"] for row in rows} <= {d.code for d in reading.shown_districts}
    assert {row["period_code"] for row in rows} == {"2025-S1"}
    assert all(int(row["reported"]) <= int(row["expected"]) for row in rows)


@pytest.mark.parametrize(
    "query", ["period=1900-S1", "asof=9999-12-31", "sheet=99", "why=x", "path=%2F%2F", "status=zzz", "q=%ff"]
)
def test_odd_filters_are_dropped_here_too(browser: Browser, query: str) -> None:
    for name, page in PAGES.items():
        assert browser.get(f"/download/{name}.csv?path={page}&{query}").status_code == 200
    assert browser.get(f"/download/scorecard.svg?path=/districts/990101&{query}").status_code in (200, 404)


@pytest.mark.parametrize(
    "link",
    ["/download/x.csv", "/download/.csv", "/download/", "/download/scorecard.svg", "/download/facts.xlsx",
     "/download/scorecard.svg?path=/districts/zzz", "/download/../app.csv"],
)  # fmt: skip
def test_a_file_that_does_not_exist_is_404(browser: Browser, link: str) -> None:
    assert browser.get(link).status_code == 404


def test_what_looks_like_a_formula_is_text(make_app: MakeApp, reference_file: Path, tmp_path: Path) -> None:
    shutil.copyfile(reference_file, tmp_path / "own.db")
    app = make_app(tmp_path / "own.db")
    engine = app.server.extensions["dabiao"].engine
    out = io.StringIO()
    lines = csv.writer(out)
    for n, note in enumerate(FORMULAS):
        lines.writerow(["320404", "orphans", "total", f"20{10 + n}-S1", "3", "person", note])
    pipeline.load(
        engine, [write_csv(tmp_path / "=evil.csv", f"{ACTUAL_HEADER},note", out.getvalue().splitlines())], clock=Clock()
    )
    rows = fetch(Browser.of(app), "facts", "/data")
    assert [row["note"] for row in rows] == [f"'{note.strip()}" for note in FORMULAS]
    engine.dispose()


@given(st.text(), st.decimals(allow_nan=False, allow_infinity=False), st.dates(), st.booleans(), st.none())
def test_any_cell_survives_a_reader_of_csv(text: str, number: Decimal, day: date, yes: bool, none: None) -> None:
    columns = ("text", "number", "day", "yes", "none")
    table = to_csv(columns, [dict(zip(columns, (text, number, day, yes, none), strict=True))])
    [head, row] = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"), newline="")))
    assert tuple(head) == columns
    assert row[0].removeprefix("'") == text.removeprefix("'")
    assert Decimal(row[1]) == number
    assert row[2:] == [day.isoformat(), "yes" if yes else "no", ""]
    assert row[0][:1] not in tuple("=+-@\t\r\n＝＋－＠")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_scorecard_is_a_picture_of_its_own(browser: Browser, demo: Site, language: str) -> None:
    response = browser.get(f"/download/scorecard.svg?path=/districts/990101&lang={language}")
    assert response.headers["Content-Type"].startswith("image/svg+xml")
    svg = ET.fromstring(response.get_data())
    texts = [text.text or "" for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    with demo.read() as reading:
        name = reading.catalog.district_by_code["990101"].name(language)
    assert texts[0].startswith(name)
    lines = [row for row in demo.rows if row["district_code"] == "990101" and row["is_current"] and row["is_primary"]
             and row["status"] != "monitor"]  # fmt: skip
    assert sum(" / " in text for text in texts) == len(lines)
    links = [value for node in svg.iter() for name, value in node.attrib.items() if "href" in name or "url(" in value]
    assert links == []
