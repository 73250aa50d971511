"""按某日所知: a view asked for as of a day shows what it showed on that day, whatever was corrected since."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from dashboard.downloads import TABLES, to_csv
from etl import pipeline
from tests.conftest import Clock
from tests.dashboard.conftest import OpenSite
from tests.dashboard.support import Site
from tests.etl.support import ACTUAL_HEADER, write_csv
from warehouse.queries.rules import RuleLine

BEFORE, AFTER = "2026-01-05", "2026-01-20"
LINKS = (
    "/", "/?period=2020-S1", "/?domain=elderly", "/?status=met", "/indicators", "/districts", "/districts/320404",
    "/districts/320404?peers=320413", "/districts/320400", "/indicators/nursing_bed_share", "/indicators/orphans",
    "/indicators/dibao_standard", "/completeness?period=2020-S1", "/completeness?period=2020-S2",
)  # fmt: skip
CORRECTIONS = (
    "320404,nursing_bed_share,total,2020-S1,60,percent",
    "320404,dibao_standard,total,2020-S1,900,cny_person_month",
    "320404,orphans,total,2020-S2,21,person",
    "320413,orphans,total,2020-S1,5,person",
)
HALF = "320404.home_adaptations.total.2020-S1.2020-S2"
WHY = "320404.nursing_bed_share.total.2020-S1.2020-S2"


@pytest.fixture
def site(open_site: OpenSite, loaded_file: Path) -> Site:
    """The project's data, loaded on 31 December 2025."""
    return open_site(loaded_file)


def correct(site: Site, folder: Path) -> None:
    """Correct some figures on 10 January 2026."""
    [result] = pipeline.load(
        site.reader.engine,
        [write_csv(folder / "corrections.csv", ACTUAL_HEADER, CORRECTIONS)],
        clock=Clock(datetime(2026, 1, 10, tzinfo=UTC)),
    )
    assert not result.refusals


def on(link: str, day: str) -> str:
    """The link as of a day."""
    return f"{link}{'&' if '?' in link else '?'}asof={day}"


def pages(site: Site, day: str) -> dict[str, str]:
    """Everything on every page as of a day."""
    return {link: site.build(on(link, day)).check().everything for link in LINKS}


def test_every_view_reads_as_it_did(site: Site, tmp_path: Path) -> None:
    before = pages(site, BEFORE)
    correct(site, tmp_path)
    assert pages(site, BEFORE) == before
    now = pages(site, AFTER)
    changed = {link for link in LINKS if now[link].replace(AFTER, BEFORE) != before[link].replace("1月5日", "1月20日")}
    assert {"/", "/districts/320404", "/indicators/nursing_bed_share"} <= changed


def test_a_light_reads_as_the_rules_of_the_day_had_it(site: Site, tmp_path: Path) -> None:
    engine, half = site.reader.engine, "320404,home_adaptations,total,2020-S1,290,household"
    pipeline.load(engine, [write_csv(tmp_path / "half.csv", ACTUAL_HEADER, [half])], clock=Clock())
    links = (*LINKS, "/indicators/home_adaptations?period=2020-S1", "/districts/320404?period=2020-S1")
    before = {link: site.build(on(link, BEFORE)).check().everything for link in links}
    lines = [RuleLine(amber_share=Decimal("0.95"), weight=Decimal(0)), RuleLine("elderly", weight=Decimal(3))]
    seen = pipeline.preview_rules(engine, lines)
    clock = Clock(datetime(2026, 1, 10, tzinfo=UTC))
    pipeline.change_rules(engine, lines, seal=seen.seal, reason="更严", who="tests", clock=clock)
    assert {link: site.build(on(link, BEFORE)).check().everything for link in links} == before
    drawers = [site.build(f"/?why={HALF}&asof={day}", page="why")["why"].text for day in (BEFORE, AFTER)]
    assert "0.83小于 1、不小于门槛0.8，略滞后" in drawers[0] and "规则版本 2026.1；略滞后门槛 0.8" in drawers[0]
    assert "0.83小于门槛0.95，滞后" in drawers[1] and "规则版本 2026.2；略滞后门槛 0.95" in drawers[1]


def test_now_is_as_of_today(site: Site, tmp_path: Path) -> None:
    correct(site, tmp_path)
    for link in LINKS:
        now, today = site.build(link), site.build(on(link, "2026-02-01"))
        assert now.text == today.text.replace("（按 2026年2月1日 所知）", "")


def test_the_light_the_value_and_the_reason_are_those_of_the_day(site: Site, tmp_path: Path) -> None:
    correct(site, tmp_path)
    old = site.build(on("/districts/320404", BEFORE))["district-scorecard"].text
    new = site.build("/districts/320404?period=2020-S1")["district-scorecard"].text
    assert "已达标 护理型床位占比 118.55% 73.5%" in old
    assert "推进中 护理型床位占比 96.77% 60%" in new
    drawer = site.build(on(f"/?why={WHY}", BEFORE), page="why")["why"]
    assert "已达标" in drawer.one("p", "why-light").text
    assert drawer.all("p", "fact-value")[0].text == "73.5%"
    drawer = site.build(f"/?why={WHY}", page="why")["why"]
    assert "推进中" in drawer.one("p", "why-light").text
    assert drawer.all("p", "fact-value")[0].text == "60%"
    [versions] = drawer.all("details")
    assert "73.5%" in versions.text, "the earlier version is still there to be read"


def test_the_last_report_is_the_one_known_on_the_day(site: Site, tmp_path: Path) -> None:
    correct(site, tmp_path)
    assert "2020年上半年" in site.build(on("/districts/320404", BEFORE))["district-head"].text
    assert "2020年下半年" in site.build("/districts/320404")["district-head"].text


def test_before_anything_was_loaded_there_is_nothing(site: Site) -> None:
    for link in LINKS:
        built = site.build(on(link, "2025-12-29")).check()
        assert "850元" not in built.text
    assert site.build(on("/", "2025-12-29"))["overview-summary"].one("p", "lead").text == "这些筛选条件下没有数据。"


def test_a_page_as_of_a_day_says_so_and_keeps_the_day_in_its_links(site: Site) -> None:
    for link in ("/", "/districts/320404", "/indicators/orphans"):
        built = site.build(on(link, BEFORE))
        assert "按 2026年1月5日 所知" in built.text
        for target in built.links:
            assert f"asof={BEFORE}" in target, target


def test_how_complete_it_was_and_from_which_sources_is_asked_of_the_day_too(site: Site, tmp_path: Path) -> None:
    names = ("data-completeness", "data-sources", "data-batches")
    before = [site.build(on("/data", BEFORE))[name].text for name in names]
    correct(site, tmp_path)
    assert [site.build(on("/data", BEFORE))[name].text for name in names] == before
    for name, then in zip(names, before, strict=True):
        assert site.build("/data")[name].text != then


@pytest.mark.parametrize("name", ["progress", "series", "scorecard", "completeness", "facts"])
def test_a_download_holds_the_figures_of_the_page_it_hangs_on(site: Site, tmp_path: Path, name: str) -> None:
    link = {"series": "/indicators/nursing_bed_share", "scorecard": "/districts/320404"}.get(name, "/")
    columns, rows = TABLES[name]

    def table(day: str) -> str:
        with site.read(on(link, day)) as reading:
            return to_csv(columns, rows(reading))

    before = table(BEFORE)
    assert len(before.splitlines()) > 1
    correct(site, tmp_path)
    assert table(BEFORE) == before
    assert table(AFTER) != before


def test_nothing_is_overdue_on_a_day_before_it_was_due(open_site: OpenSite, demo_file: Path) -> None:
    demo = open_site(demo_file)
    lead = {
        day: demo.build(on("/?period=2025-S2", day))["overview-summary"].text for day in ("2025-08-01", "2026-01-01")
    }
    assert "未填报" in lead["2025-08-01"]
    assert "已经到期" not in lead["2025-08-01"]
    assert "已经到期" in lead["2026-01-01"]


def test_data_are_never_known_further_than_the_last_report(open_site: OpenSite, demo_file: Path) -> None:
    demo = open_site(demo_file)
    assert "数据截至 2025年12月31日" in demo.build("/?period=2026-S1")["overview-heat"].text
