"""指标: one indicator through time and across districts, told from the mart."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.dashboard.html import Node
from tests.dashboard.support import Built, Site
from warehouse.measures.target import MeasureType

Row = dict[str, Any]


def known(site: Site, **wanted: Any) -> list[Row]:
    """Rows with a figure where their district stands now."""
    rows = [row for row in site.rows if row["is_primary"] and row["is_current"] and row["actual"] is not None]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def common(rows: list[Row]) -> str:
    """The half-year most report, the later in a tie."""
    counts = Counter(row["period_code"] for row in rows)
    return max(counts, key=lambda period: (counts[period], period))


def leaves(site: Site) -> list[str]:
    """Districts that are compared."""
    with site.read() as reading:
        return [d.code for d in reading.leaves]


def names(figure: dict[str, Any]) -> list[str]:
    """Districts on the ranking, best first, without their rank."""
    return [name.split("  ")[-1] for name in reversed(figure["layout"]["yaxis"]["categoryarray"])]


def test_the_ranking_holds_every_district_of_the_common_half_year_in_order(demo: Site) -> None:
    codes = leaves(demo)
    for indicator in demo.codes["known_indicator"]:
        rows = [row for row in known(demo, indicator_code=indicator) if row["district_code"] in codes]
        with demo.read() as reading:
            definition = reading.catalog.indicators_by_code[indicator][-1]
            district = {d.code: d.name_zh for d in reading.catalog.districts.values()}
            order = [b.code for b in reading.catalog.breakdowns.values()]
        if definition.measure_type is MeasureType.MILESTONE:
            continue
        breakdown = min({row["breakdown_code"] for row in rows}, key=order.index)
        rows = [row for row in rows if row["breakdown_code"] == breakdown]
        here = [row for row in rows if row["period_code"] == common(rows)]
        built = demo.build(f"/indicators/{indicator}")
        figure = built.figures["indicator-ranking"]
        assert {*names(figure)} == {district[row["district_code"]] for row in here}
        values = {district[row["district_code"]]: row["actual"] for row in here}
        shown = [values[name] for name in names(figure)]
        assert shown == sorted(shown, reverse=definition.direction.value != "lower")
        alt = built["indicator-ranking-note"].one(id="indicator-ranking-alt").text
        assert f"{len(here)} 个地区填报" in alt
        away = [row for row in rows if row not in here]
        assert ("未参加比较" in alt) is bool(away)
        for row in away:
            assert district[row["district_code"]] in alt


def test_what_is_done_or_not_is_counted_and_neither_drawn_nor_ranked(demo: Site) -> None:
    with demo.read() as reading:
        milestones = [
            code
            for code in demo.codes["known_indicator"]
            if reading.catalog.indicators_by_code[code][-1].measure_type is MeasureType.MILESTONE
        ]
    assert milestones
    for code in milestones:
        built = demo.build(f"/indicators/{code}")
        assert built.figures == {}
        assert built.leaves["indicator-figures", "className"] == "hidden"
        assert "个地区填报，其中有目标的" in built["indicator-head"].text
        assert "最好" not in built["indicator-head"].text
        assert built["indicator-table"].all("tbody")


def total_text(built: Built) -> str:
    """What the note says of the total."""
    return built["indicator-ranking-note"].one(id="indicator-ranking-alt").text


def test_a_flow_is_added_up_with_its_coverage_and_a_standard_is_not(demo: Site) -> None:
    codes = leaves(demo)
    seen = set()
    for indicator in demo.codes["known_indicator"]:
        with demo.read() as reading:
            kind = reading.catalog.indicators_by_code[indicator][-1].measure_type.value
        if kind == "milestone":
            continue
        text = total_text(demo.build(f"/indicators/{indicator}?breakdown=total"))
        rows = [r for r in known(demo, indicator_code=indicator, breakdown_code="total") if r["district_code"] in codes]
        if kind in ("flow", "stock") and rows:
            here = [row["actual"] for row in rows if row["period_code"] == common(rows)]
            assert f"合计{sum(here, Decimal(0)):,f}" in text
            assert f"（{len(here)} / " in text
            seen.add(kind)
        if kind == "rate_standard":
            assert "标准不相加：最低" in text
            assert "合计" not in text
            seen.add(kind)
    assert seen == {"flow", "stock", "rate_standard"}


def test_the_table_has_every_half_year_of_the_district_in_focus_newest_first(demo: Site) -> None:
    for indicator in demo.codes["known_indicator"][::3]:
        rows = [r for r in demo.rows if (r["district_code"], r["indicator_code"]) == ("990101", indicator)]
        if not rows:
            continue
        breakdown = rows[0]["breakdown_code"]
        mine = [row for row in rows if row["breakdown_code"] == breakdown]
        table = demo.build(f"/indicators/{indicator}?district=990101&breakdown={breakdown}")["indicator-table"]
        assert len(table.one("table").rows()) == len(mine)
        links = [a["href"] for a in table.one("table").all("a")]
        periods = [link.split("why=")[1].split(".")[3] for link in links]
        assert periods == sorted(periods, reverse=True)


def test_a_district_in_the_filter_comes_into_focus_and_is_still_ranked_among_all(demo: Site) -> None:
    everyone = demo.build("/indicators/demo_homes_adapted")
    focused = demo.build("/indicators/demo_homes_adapted?district=990103")
    assert names(focused.figures["indicator-ranking"]) == names(everyone.figures["indicator-ranking"])
    with demo.read() as reading:
        name = reading.catalog.district_by_code["990103"].name_zh
    assert focused["indicator-trend-note"].text.startswith(name)
    assert name in focused["indicator-table"].one("h2").text


def test_a_city_in_the_filter_leaves_its_own_districts(demo: Site) -> None:
    with demo.read() as reading:
        below = {d.name_zh for d in reading.catalog.children(reading.catalog.district_by_code["990200"])}
    figure = demo.build("/indicators/demo_homes_adapted?district=990200").figures["indicator-ranking"]
    assert {*names(figure)} <= below
    assert names(figure)


def test_breakdowns_are_tabs_that_show_their_own_series(own: Site) -> None:
    def tabs(tree: Node) -> dict[str, str]:
        return {a.text: a["href"] for nav in tree.all("nav") for a in nav.all("a")}

    built = own.build("/indicators/dibao_persons?district=320404")
    links = tabs(built["indicator-head"])
    assert {"城市", "农村"} <= links.keys()
    town, country = own.build(links["城市"]), own.build(links["农村"])
    assert "1,377人" in town["indicator-trend-note"].text
    assert "252人" in country["indicator-trend-note"].text
    rows = town["indicator-breakdowns"].one("table").rows()
    assert [line[1] for line in rows] == ["1,377人", "252人"]


def test_an_unknown_breakdown_falls_back_to_one_that_is_there(own: Site) -> None:
    for breakdown in ("zzz", "care_allowance"):
        built = own.build(f"/indicators/dibao_persons?breakdown={breakdown}").check()
        assert built.figures


def test_a_figure_reported_twice_a_year_names_its_sources_and_its_last_day(own: Site) -> None:
    note = own.build("/indicators/dibao_standard")["indicator-trend-note"].one("div", "foot").text
    assert "钟楼区民政局2020年上半年工作总结" in note
    assert "2020年6月30日" in note


@pytest.mark.parametrize("light", ["met", "unreported", "monitor"])
def test_the_list_counts_a_light_over_districts_and_breakdowns(site: Site, light: str) -> None:
    codes = leaves(site)
    rows = [r for r in site.rows if r["is_primary"] and r["is_current"] and r["district_code"] in codes]
    counts = Counter(row["indicator_code"] for row in rows if row["status"] == light)
    tree = site.build(f"/indicators?status={light}")["indicators-list"]
    found = {item.one("a")["href"].rpartition("/")[2]: item.one("span", f"light-{light}") for item in tree.all("li")}
    shown = {code: int("".join(c for c in node.text if c.isdigit())) for code, node in found.items()}
    assert shown == dict(counts)
