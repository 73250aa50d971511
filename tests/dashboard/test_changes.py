"""较上次会议: what the page and the file say of a day with a correction, a new figure, other rules and a new target."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from dashboard.downloads import TABLES, to_csv
from etl import pipeline
from tests.conftest import Clock
from tests.dashboard.conftest import OpenSite
from tests.dashboard.support import Site
from tests.etl.support import ACTUAL_HEADER, TARGET_HEADER, write_csv
from warehouse.queries.rules import RuleLine
from warehouse.scope import Scope

CORRECTIONS = (
    "320404,nursing_bed_share,total,2020-S1,60,percent",
    "320404,home_adaptations,total,2020-S1,290,household",
    "320413,orphans,total,2020-S1,5,person",
)
TARGETS = ("320413,orphans,total,2022-S2,2020-S2,<=,4,person",)
STRICTER = [RuleLine(amber_share=Decimal("0.95"))]
EMPTY, LOADED, CORRECTED, RULED, PROMISED = "2025-12-29", "2025-12-31", "2026-01-10", "2026-01-12", "2026-01-14"


@pytest.fixture
def site(open_site: OpenSite, loaded_file: Path) -> Site:
    """The project's data, loaded on 31 December 2025."""
    return open_site(loaded_file)


@pytest.fixture
def moved(site: Site, tmp_path: Path) -> Site:
    """The same with three days of changes."""
    engine = site.reader.engine
    load(site, tmp_path, ACTUAL_HEADER, CORRECTIONS, 10)
    seen = pipeline.preview_rules(engine, STRICTER)
    clock = Clock(datetime(2026, 1, 12, tzinfo=UTC))
    pipeline.change_rules(engine, STRICTER, seal=seen.seal, reason="更严", who="user:wang", clock=clock)
    load(site, tmp_path, TARGET_HEADER, TARGETS, 14)
    return site


def load(site: Site, folder: Path, header: str, rows: tuple[str, ...], day: int) -> None:
    """Load a file on a day of January 2026."""
    path = write_csv(folder / f"{day}.csv", header, rows)
    [result] = pipeline.load(
        site.reader.engine, [path], who="user:zhang", clock=Clock(datetime(2026, 1, day, tzinfo=UTC))
    )
    assert result.state == "published"
    assert not result.refusals


def lines(site: Site, link: str, language: str = "zh") -> dict[str, list[str]]:
    """The list: what changed (its name and half-years) → light, figure, target, reasons."""
    rows = site.build(link, language).check()["changes-list"].rows()
    found = {name: [light, *rest] for light, name, *rest in rows}
    assert len(found) == len(rows)
    return found


def test_each_change_says_what_and_why(moved: Site) -> None:
    found = lines(moved, f"/changes?since={LOADED}")
    batch = "批次 9，zhang，2026年1月10日"
    assert found["护理型床位占比 2020年上半年"][0].startswith("已达标→变为推进中")
    assert found["护理型床位占比 2020年上半年"][1:] == ["73.5% →变为 60%", "≥62%", f"更正：73.5% → 60%，{batch}"]
    home = found["适老化改造户数 2020年上半年"]
    assert home[0].startswith("未填报→变为滞后")
    assert home[3] == f"新填报：290户，{batch}规则改为版本 2026.2（更严），wang，2026年1月12日"
    assert found["孤儿人数 2020年上半年"][3] == f"新填报：5人，{batch}"
    assert found["孤儿人数 2020年下半年 至 2022年下半年，5 个半年度"][2:] == [
        "≤4人", "新目标：≤4人，批次 10，zhang，2026年1月14日",
    ]  # fmt: skip
    assert len(found) == 4


def test_the_first_sentence_and_the_table_count_them(moved: Site) -> None:
    summary = moved.build(f"/changes?since={LOADED}&period=2020-S1").check()["changes-summary"]
    assert summary.one("p", "lead").text == "2025年12月31日以来有 3 项变化：变差 1 项，新填报 2 项。"
    assert "按原因：数据 3 项，规则 1 项。" in summary.text
    table = {row[0]: row[1:] for row in summary.rows()}
    assert table["已达标"] == ["3", "2", "−1"]
    assert table["滞后"] == ["0", "1", "+1"]
    total = [sum(int(row[n].replace("−", "-")) for row in table.values()) for n in range(3)]
    assert total[0] + total[2] == total[1]


def test_with_another_end_only_what_came_before_it_is_told(moved: Site) -> None:
    link = f"/changes?since={LOADED}&asof=2026-01-11"
    home = lines(moved, link)["适老化改造户数 2020年上半年"]
    assert home[0].startswith("未填报→变为略滞后")
    assert "规则" not in home[3]
    assert "到2026年1月11日为止有 3 项变化" in moved.build(link)["changes-summary"].text
    after = lines(moved, f"/changes?since={CORRECTED}&asof={RULED}")
    assert list(after) == ["适老化改造户数 2020年上半年"]
    assert after["适老化改造户数 2020年上半年"][3] == "规则改为版本 2026.2（更严），wang，2026年1月12日"


def test_without_a_day_it_is_the_load_before_the_newest(moved: Site, open_site: OpenSite, empty_file: Path) -> None:
    text = moved.build("/changes")["changes-summary"].text
    assert text.startswith("2026年1月10日以来有")
    assert "按最近一次入库（2026年1月14日）之前的2026年1月10日比较" in text
    then = moved.build("/changes?asof=2026-01-11")["changes-summary"].text
    assert "按最近一次入库（2026年1月10日）之前的2025年12月31日比较" in then
    nothing = open_site(empty_file).build("/changes").check()
    assert nothing["changes-summary"].text == "还没有入库的数据，无从比较。"


def test_nothing_changed_and_nothing_to_compare(moved: Site) -> None:
    calm = moved.build("/changes?since=2026-01-20").check()
    assert calm["changes-summary"].one("p", "lead").text == "2026年1月20日以来没有变化。"
    assert calm["changes-list"].text == "没有要列出的变化。"
    late = moved.build("/changes?since=2026-03-01").check()
    assert "无从比较" in late["changes-summary"].text


def test_filters_keep_to_a_district_and_a_domain(moved: Site) -> None:
    assert {*lines(moved, f"/changes?since={LOADED}&district=320413")} == {
        "孤儿人数 2020年上半年", "孤儿人数 2020年下半年 至 2022年下半年，5 个半年度",
    }  # fmt: skip
    assert {name.partition(" ")[0] for name in lines(moved, f"/changes?since={LOADED}&domain=elderly")} == {
        "护理型床位占比", "适老化改造户数",
    }  # fmt: skip
    only = Scope(districts=frozenset({"320413"}))
    built = moved.build(f"/changes?since={LOADED}", scope=only).check()
    assert "钟楼区" not in built.text
    assert len(built["changes-list"].rows()) == 2


def test_an_undo_is_told_as_one_and_no_one_is_named_to_the_public(site: Site, tmp_path: Path) -> None:
    load(site, tmp_path, ACTUAL_HEADER, CORRECTIONS, 10)
    pipeline.undo(site.reader.engine, 9, who="user:li", clock=Clock(datetime(2026, 1, 12, tzinfo=UTC)))
    link = f"/changes?since={CORRECTED}"
    bed = lines(site, link)["护理型床位占比 2020年上半年"]
    assert bed[3] == "撤销批次 9：60% → 73.5%，li，2026年1月12日"
    assert lines(site, link)["孤儿人数 2020年上半年"][3] == "撤销批次 9：5人，li，2026年1月12日"
    assert lines(site, f"/changes?since={LOADED}") == {}, "undone, it is as if nothing had come in"
    site.names_people = False
    assert "li" not in lines(site, link)["护理型床位占比 2020年上半年"][3].split("，")


def test_both_figures_lead_to_where_they_come_from(moved: Site) -> None:
    tree = moved.build(f"/changes?since={LOADED}")["changes-list"]
    was, now = (link["href"] for link in tree.all("a", "num") if link.text in ("73.5%", "60%"))
    old, new = (moved.build(link, page="why")["why"] for link in (was, now))
    assert old.all("p", "fact-value")[0].text == "73.5%"
    assert "已达标" in old.one("p", "why-light").text
    assert new.all("p", "fact-value")[0].text == "60%"
    assert "10.csv" in new.text


def test_the_file_has_every_row_that_reads_otherwise(moved: Site) -> None:
    columns, rows = TABLES["changes"]
    with moved.read(f"/changes?since={LOADED}") as reading:
        found = list(csv.DictReader(io.StringIO(to_csv(columns, rows(reading)).lstrip("\ufeff"))))
    by_row = {(x["district_code"], x["indicator_code"], x["period_code"]): x for x in found}
    bed = by_row["320404", "nursing_bed_share", "2020-S1"]
    assert (bed["status_then"], bed["status_now"], bed["actual_then"], bed["actual_now"]) == (
        "met", "in_progress", "73.5", "60",
    )  # fmt: skip
    assert (bed["move"], bed["causes"], bed["batch"]) == ("worse", "data", "9")
    assert by_row["320404", "home_adaptations", "2020-S1"]["causes"] == "data;rule"
    assert len(found) >= 8


def test_the_overview_leads_there_with_its_filters(moved: Site) -> None:
    links = moved.build("/?district=320404&domain=elderly&status=met")["overview-changes"].all("a")
    assert "/changes?district=320404&domain=elderly" in [link["href"] for link in links]
    assert moved.build("/changes", "en").check()["changes-summary"].one("p", "lead").text.startswith("Since 10 January")
