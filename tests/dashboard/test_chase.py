"""催报: the page, the matrix that leads to it, and the files, against what is expected by the query."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
from sqlalchemy import insert, select

from etl import pipeline
from tests.conftest import Clock
from tests.dashboard.conftest import MakeApp, OpenSite
from tests.dashboard.http import Browser
from tests.dashboard.support import ALL, Site
from tests.etl.support import ACTUAL_HEADER, write_csv
from warehouse import tables as t
from warehouse.engine import writing
from warehouse.measures.arrival import Arrival
from warehouse.measures.period import Period
from warehouse.queries.chase import CHASE_COLUMNS
from warehouse.queries.expected import Expected, fetch_expected
from warehouse.scope import Scope

LAST = Period(2025, 2)
"""The last half-year of the synthetic province; on the day of these tests its deadline is past."""
FORMULA = '=HYPERLINK("http://x","y")'


def expected(site: Site, period: Period, scope: Scope = ALL) -> list[Expected]:
    with site.read() as reading:
        return fetch_expected(scope, reading.connection, reading.catalog, None, period)


def missing(found: list[Expected]) -> list[Expected]:
    return [e for e in found if e.arrival() is Arrival.MISSING]


def explain(site: Site, e: Expected, reason: str) -> None:
    """A published return that leaves a figure blank with a reason."""
    with writing(site.reader.engine) as connection:
        values = {name: getattr(e, name) for name in ("indicator_key", "district_key", "breakdown_key", "period_key")}
        batch = connection.execute(select(t.load_batch.c.batch_key).limit(1)).scalar_one()
        at = datetime(2026, 1, 14, tzinfo=UTC)
        connection.execute(insert(t.blank_reason).values(reason=reason, batch_key=batch, recorded_at=at, **values))


@pytest.fixture
def own_demo(open_site: OpenSite, demo_file: Path) -> Site:
    """The synthetic province, to be changed."""
    return open_site(demo_file)


def test_the_page_is_of_the_last_half_year_whose_returns_are_due(demo: Site) -> None:
    built, found = demo.build("/completeness").check(), expected(demo, LAST)
    counts = Counter(e.arrival() for e in found)
    assert counts[Arrival.MISSING] and counts[Arrival.ON_TIME]
    lead = built["chase-summary"].one("p", css="lead").text
    assert lead == (
        f"2025年下半年应报 {len(found):,} 项：按时 {counts[Arrival.ON_TIME]:,} 项、未报 {counts[Arrival.MISSING]} 项。"
        "报送期限 2026年1月15日，已过 17 天。"
    )
    lines = {line[0]: line[1:] for line in built["chase-districts"].rows()}
    with demo.read() as reading:
        names = {d.key: d.name_zh for d in reading.catalog.districts.values()}
    for key in {e.district_key for e in found}:
        of = [e for e in found if e.district_key == key]
        assert lines[names[key]] == [str(len(of)), str(len(of) - len(missing(of))), "0", str(len(missing(of)))]
    assert len(built["chase-list"].all("tbody")) == len({e.district_key for e in missing(found)})
    assert "逾期 17 天" in built["chase-list"].text


@pytest.mark.parametrize("query", ["district=990101", "district=990100", "domain=elderly", "period=2025-S1", "q=低保"])
def test_the_filters_choose(demo: Site, query: str) -> None:
    link = f"/completeness?{query}"
    with demo.read(link) as reading:
        chosen = [
            e
            for e in missing(expected(demo, reading.state.period or LAST))
            if (reading.within is None or e.district_key in reading.within)
            and (reading.selection.indicators is None or e.indicator_key in reading.selection.indicators)
        ]
    built = demo.build(link).check()
    assert built["chase-list"].one("h2").text == f"未报的 {len(chosen)}"
    rows = [r for r in built["chase-list"].rows() if len(r) == 6]
    assert len(rows) == min(100, len(chosen))


def test_before_the_deadline_it_counts_the_days_left(open_site: OpenSite, demo_file: Path) -> None:
    built = open_site(demo_file, today=date(2026, 1, 10)).build("/completeness")
    assert "还有 5 天" in built["chase-summary"].text and "还有 5 天" in built["chase-list"].text
    assert "逾期" not in built["chase-list"].text


def test_of_what_is_not_expected_there_is_nothing(demo: Site) -> None:
    built = demo.build("/completeness?period=1990-S1").check()
    assert built["chase-summary"].text == "1990年上半年没有应报的数据。"
    assert not built["chase-districts"].text and not built["chase-list"].text and not built["chase-explained"].text


def test_when_everything_came_it_says_so(demo: Site) -> None:
    found = expected(demo, LAST)
    with demo.read() as reading:
        owing = {e.district_key for e in missing(found)}
        done = next(
            reading.catalog.districts[e.district_key].code
            for e in found
            if e.district_key not in owing and not reading.catalog.children(reading.catalog.districts[e.district_key])
        )
    built = demo.build(f"/completeness?district={done}").check()
    assert built["chase-list"].one("p", css="empty").text == "全部已报。"
    assert "没有缺报的 1 个地区" in built["chase-districts"].text


def test_a_reason_is_shown_and_not_chased(own_demo: Site, make_app: MakeApp) -> None:
    first, *rest = missing(expected(own_demo, LAST))
    explain(own_demo, first, FORMULA)
    built = own_demo.build("/completeness").check()
    assert f"已说明：{FORMULA}" in built["chase-explained"].text
    assert built["chase-list"].one("h2").text == f"未报的 {len(rest)}"
    assert "已说明 1 项" in built["chase-summary"].text
    assert not own_demo.build("/completeness?asof=2026-01-13")["chase-explained"].text
    browser = Browser.of(make_app(own_demo.database))
    answer = browser.get("/download/chase.csv?path=/completeness").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(answer)))
    assert Counter(row["state"] for row in rows) == {"missing": len(rest), "explained": 1}
    assert [row["blank_reason"] for row in rows if row["blank_reason"]] == [f"'{FORMULA}"]
    sheet = workbook(browser)
    [reason] = [row[14] for row in sheet.iter_rows(min_row=6) if row[14].value]
    assert (reason.value, reason.data_type, reason.quotePrefix) == (FORMULA, "s", True)


def workbook(browser: Browser, query: str = "") -> openpyxl.worksheet.worksheet.Worksheet:
    response = browser.get(f"/download/chase.xlsx?path=/completeness{query}")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'attachment; filename="dabiao-chase.xlsx"'
    assert response.headers["Cache-Control"] == "no-store"
    [sheet] = openpyxl.load_workbook(io.BytesIO(response.get_data())).worksheets
    return sheet


@pytest.mark.parametrize("query", ["", "&district=990100", "&period=2025-S1&domain=elderly", "&lang=en"])
def test_the_workbook_holds_the_list(browser: Browser, demo: Site, query: str) -> None:
    sheet = workbook(browser, query)
    answer = browser.get(f"/download/chase.csv?path=/completeness{query}").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(answer)))
    assert rows and tuple(rows[0]) == CHASE_COLUMNS
    lines = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=6)]
    assert len(lines) == len(rows)
    assert sheet.auto_filter.ref == f"A5:O{5 + len(rows)}"
    assert sheet.freeze_panes == "A6"
    for line, row in zip(lines, rows, strict=True):
        assert (line[1], line[4]) == (row["district_code"], row["indicator_code"])
        assert str(line[11].date()) == row["deadline"]
        assert str(line[12]) == row["days_overdue"]
        assert ("" if line[9] is None else float(line[9])) == (float(row["last_value"]) if row["last_value"] else "")
    titles = [sheet.cell(row, 1).value for row in (1, 2, 3)]
    words = ("To chase", "deadline", "Data as of") if "lang" in query else ("催报清单", "报送期限", "数据截至")
    assert all(word in title for word, title in zip(words, titles, strict=True))


def codes(site: Site, found: list[Expected]) -> list[str]:
    """The districts of what is expected."""
    with site.read() as reading:
        return [reading.catalog.districts[e.district_key].code for e in found]


def test_every_cell_of_the_matrix_leads_to_its_list(demo: Site) -> None:
    cells = demo.build("/data?district=990101").check()["data-completeness"].all("a", css="num")
    assert len(cells) > 6
    for cell in cells[::4]:
        came, _, of = cell.text.partition(" / ")
        built = demo.build(cell["href"])
        assert (built.state.page, built.state.district) == ("chase", "990101")
        assert f"应报 {of} 项" in built["chase-summary"].text
        of_all = codes(demo, missing(expected(demo, built.state.period or LAST)))
        assert int(came) == int(of) - of_all.count("990101")


def test_what_came_late_is_said_in_the_matrix(open_site: OpenSite, loaded_file: Path, tmp_path: Path) -> None:
    site = open_site(loaded_file)
    late = [f"320404,orphans,total,{period},21,person" for period in ("2020-S2", "2021-S2")]
    clock = Clock(datetime(2022, 2, 1, tzinfo=UTC))
    pipeline.load(site.reader.engine, [write_csv(tmp_path / "late.csv", ACTUAL_HEADER, late)], clock=clock)
    rows = {row[0]: row[1:] for row in site.build("/data?period=2021-S2")["data-completeness"].rows()}
    assert rows["钟楼区"] == ["1 / 1 迟报 1"]
    built = site.build("/completeness?period=2021-S2&district=320404")
    assert built["chase-summary"].text.startswith("2021年下半年应报 1 项：按时 0 项、迟报 1 项、未报 0 项。")


def test_the_districts_page_leads_to_its_list(demo: Site) -> None:
    for code in ("990101", "990100"):
        head = demo.build(f"/districts/{code}")["district-head"]
        [line] = [a for a in head.all("a") if a.text.startswith("本期应报")]
        found = demo.build(line["href"])
        assert found.state.page == "chase" and found.state.period == LAST
        everything = expected(demo, LAST)
        of, owed = (codes(demo, found).count(code) for found in (everything, missing(everything)))
        assert line.text == f"本期应报 {of} 项，已报 {of - owed} 项，缺 {owed} 项"


def test_a_limited_reader_sees_his_own_returns(demo: Site) -> None:
    scope = Scope(frozenset({"990101"}), frozenset({"elderly"}))
    found = expected(demo, LAST, scope)
    assert set(codes(demo, found)) == {"990101"}
    built = demo.build("/completeness", scope=scope)
    assert f"应报 {len(found)} 项" in built["chase-summary"].text
    assert (
        demo.build("/completeness?district=990102", scope=scope)["chase-summary"].text == "2025年下半年没有应报的数据。"
    )


def test_the_deadline_is_a_setting(make_app: MakeApp, demo_file: Path) -> None:
    rows = {}
    for days in (0, 15, 60):
        browser = Browser.of(make_app(demo_file, return_days=days))
        answer = browser.get(f"/download/returns.csv?path={quote('/completeness')}&period=2025-S1").get_data()
        rows[days] = list(csv.DictReader(io.StringIO(answer.decode("utf-8-sig"))))
    assert {row["deadline"] for row in rows[60]} == {"2025-08-29"}
    came = {days: Counter(row["state"] for row in of) for days, of in rows.items()}
    assert came[15] == came[60] and came[0]["late"] == came[15]["on_time"] > came[0]["on_time"]
