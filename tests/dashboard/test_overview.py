"""总览: its numbers are those of the mart, counted again here in the plainest way."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dashboard.pages import overview_parts as parts
from dashboard.state import parse_state
from tests.dashboard.html import Node
from tests.dashboard.support import ALL, TODAY, Site
from warehouse.measures.period import parse_period
from warehouse.measures.status import BETTER, OFF_TRACK, Status
from warehouse.queries.mart import ProgressRow, fetch_rows

Row = dict[str, Any]
FILTERS = ("", "period=2020-S1", "period=2025-S1", "period=2024-S2", "domain=elderly", "q=人数", "district=320400",
           "district=990100", "district=990101&period=2025-S2", "domain=assistance&q=补")  # fmt: skip
LIGHTS = [light.value for light in Status]


def leaves(site: Site) -> list[str]:
    """Districts with data and none below them with data, in the order of the list."""
    present = {row["district_code"] for row in site.rows if row["is_current"]}
    with site.read() as reading:
        districts = reading.catalog.districts.values()
        above = {d.code: {a.code for a in reading.catalog.ancestors(d)} for d in districts}
        upper = set().union(*(above[code] for code in present))
        return [d.code for d in districts if d.code in present - upper]


def counted(site: Site, query: str) -> list[Row]:
    """The rows an overview with this query counts."""
    state = parse_state("/", query)
    with site.read() as reading:
        catalog = reading.catalog
        below = {
            code
            for code in leaves(site)
            if state.district in (None, code)
            or state.district in {a.code for a in catalog.ancestors(catalog.district_by_code[code])}
        }
        indicators = {
            i.code
            for i in catalog.indicators.values()
            if state.domain in (None, i.domain_code)
            and all(word in f"{i.name_zh} {i.name_en} {i.code}".casefold() for word in state.q.casefold().split())
        }
    return [
        row
        for row in site.rows
        if row["is_primary"]
        and (row["is_current"] if state.period is None else row["period_code"] == state.period.code)
        and row["district_code"] in below
        and row["indicator_code"] in indicators
    ]


def legend(tree: Node) -> dict[str, int]:
    """Light → count as the legend has it."""
    return {
        next(css for css in a.css if css.startswith("light-")).removeprefix("light-"): int(a.one("b").text)
        for a in tree.one("ul", "legend").all("a", "light")
    }


@pytest.mark.parametrize("query", FILTERS)
def test_the_lights_are_those_of_the_mart(site: Site, query: str) -> None:
    rows = counted(site, query)
    tree = site.build(f"/?{query}")["overview-summary"]
    expected = Counter(row["status"] for row in rows)
    shown = legend(tree)
    assert {light: shown.get(light, 0) for light in LIGHTS} == {light: expected[light] for light in LIGHTS}
    strip = {a["title"]: int(a.one(css="n").text) for a in tree.one(css="strip").all("a", "part")}
    assert sum(strip.values()) == len(rows) - expected["monitor"]
    assert all(strip.values()), "a light nobody has takes no room"


@pytest.mark.parametrize("query", FILTERS)
def test_the_finding_says_the_same_numbers(site: Site, query: str) -> None:
    rows = counted(site, query)
    text = site.build(f"/?{query}")["overview-summary"].one("p", "lead").text
    monitored = sum(row["status"] == "monitor" for row in rows)
    if not rows:
        assert text == "这些筛选条件下没有数据。"
        return
    assert f"共 {len(rows) - monitored} 项目标" in text
    assert (f"另有 {monitored} 项只有完成值" in text) is (monitored > 0)


def test_targets_that_fell_due_unreported_are_overdue(own: Site) -> None:
    """On 1 February 2026 every half-year of the project's own promises has ended."""
    unreported = [row for row in counted(own, "") if row["status"] == "unreported"]
    late = [row for row in unreported if parse_period(row["due_period_code"]).end_on < TODAY]
    assert late == unreported
    page = own.build("/")
    assert f"未填报的目标中有 {len(late)} 项已经到期" in page["overview-summary"].text
    by_district = Counter(row["district_code"] for row in late)
    shown = [int(node.text.removeprefix("逾期 ")) for node in page["overview-districts"].all(css="late")]
    assert sorted(shown) == sorted(by_district.values())


@pytest.mark.parametrize(
    ("today", "late"), [(date(2020, 9, 18), False), (date(2020, 9, 19), True), (date(2021, 1, 1), True)]
)
def test_a_target_is_overdue_the_day_after_its_own_date(own: Site, today: date, late: bool) -> None:
    """邹区 promised to file by 18 September 2020; nothing else of that half-year has a date of its own."""
    site = Site(own.database, today=today)
    tree = site.build("/?district=320404&q=zouqu_fire_filing")
    site.close()
    assert bool(tree["overview-districts"].all(css="late")) is late
    assert ("已经到期" in tree["overview-summary"].text) is late
    groups = tree["overview-attention"].all("ul", "groups")
    assert ("已逾期" in groups[0].text) is late


def test_every_district_has_its_line_worst_first(site: Site) -> None:
    rows = counted(site, "")
    off = Counter(row["district_code"] for row in rows if row["status"] in {*OFF_TRACK})
    with site.read() as reading:
        names = {d.code: d.name_zh for d in reading.catalog.districts.values()}
        present = [code for code in leaves(site) if any(row["district_code"] == code for row in rows)]
    expected = [names[code] for code in sorted(present, key=lambda code: -off[code])]
    table = site.build("/")["overview-districts"].one("table")
    assert [line[0] for line in table.rows()] == expected[:16]
    for name, _latest, targets, reported, *_ in table.rows():
        mine = [row for row in rows if names[row["district_code"]] == name and row["status"] != "monitor"]
        assert targets == str(len(mine))
        assert reported.split()[0] == str(sum(row["status"] != "unreported" for row in mine))


def test_what_needs_attention_comes_worst_first(demo: Site) -> None:
    order = [light.value for light in OFF_TRACK]
    rows = [row for row in counted(demo, "") if row["status"] in order]
    with demo.read() as reading:
        shown = parts.attention(reading)
    lights = [row.status for row in shown]
    assert lights == sorted(lights, key=order.index)
    assert len(shown) == min(parts.ATTENTION_ROWS, len(rows)) == parts.ATTENTION_ROWS
    worst = sorted(order.index(row["status"]) for row in rows)[: len(shown)]
    assert [order.index(light) for light in lights] == worst, "nothing worse is left out"
    for light in order:
        paces = [
            row.pace_ratio if row.pace_ratio is not None else row.attainment for row in shown if row.status == light
        ]
        known = [pace for pace in paces if pace is not None]
        assert known == sorted(known)
        assert paces[: len(known)] == known, "what has no pace comes last"
    tree = demo.build("/")["overview-attention"]
    assert tree.one("h2").one(css="count").text == str(len(rows))
    words = [line[0].split()[0] for line in tree.one("table").rows()]
    assert words == [demo_word(light) for light in lights]


def demo_word(light: str) -> str:
    """The word of a light."""
    return {"breached": "已突破", "missed": "未达标", "behind": "滞后", "slipping": "略滞后"}[light]


def test_where_nothing_is_off_track_what_is_under_way_is_shown(own: Site) -> None:
    tree = own.build("/")["overview-attention"]
    assert "没有滞后、未达标或突破的目标。" in tree.text
    assert [line[0] for line in tree.one("table").rows()] == ["推进中"]


@pytest.mark.parametrize("light", Status)
def test_a_light_in_the_filter_lists_all_that_have_it(site: Site, light: Status) -> None:
    names = ("district_code", "indicator_code", "breakdown_code", "period_code")
    expected = Counter(tuple(row[n] for n in names) for row in counted(site, "") if row["status"] == light.value)
    sheets = max(1, -(-sum(expected.values()) // parts.SHEET_ROWS))
    found: Counter[tuple[str, ...]] = Counter()
    for sheet in range(1, sheets + 1):
        tree = site.build(f"/?status={light.value}&sheet={sheet}")["overview-attention"]
        found.update(key for a in tree.all("a") if (key := named(a)))
        assert any(a.text == "下一页" for a in tree.all("a")) is (sheet < sheets)
    assert found == expected


def named(link: Node) -> tuple[str, ...]:
    """District, indicator, breakdown and period of the row whose drawer a link opens."""
    match = re.search(r"why=([^&]+)", link["href"])
    return tuple(match[1].split(".")[:4]) if match else ()


@pytest.mark.parametrize("query", ["", "period=2025-S1", "period=2025-S2", "period=2024-S2", "period=2023-S1"])
def test_changes_are_counted_by_better_worse_new_and_gone(demo: Site, query: str) -> None:
    rank = {light.value: n for light, n in BETTER.items()}
    with demo.read(f"/?{query}") as reading:
        rows = fetch_rows(ALL, reading.connection, reading.catalog, reading.selection)
    same = [row for row in rows if row.previous_status]
    kinds: Counter[str] = Counter()
    for row in same:
        before, now = row.previous_status or "", row.status
        if before in rank and now in rank:
            kinds["better" if rank[now] > rank[before] else "worse" if rank[now] < rank[before] else "same"] += 1
        elif before != now:
            kinds["new" if before == "unreported" else "gone"] += 1
    text = demo.build(f"/?{query}")["overview-changes"].all("p", "note")[0].text
    if not same:
        assert text == "没有同一目标连续两个半年度的亮灯，无法比较。"
    else:
        assert [int(n) for n in re.findall(r"\d+", text)] == [kinds[k] for k in ("better", "worse", "new", "gone")]


def test_a_half_year_in_which_no_light_moved_is_not_one_that_cannot_be_compared(demo: Site) -> None:
    with demo.read("/?period=2025-S2") as reading:
        groups: dict[tuple[int, int], list[ProgressRow]] = {}
        for row in fetch_rows(ALL, reading.connection, reading.catalog, reading.selection):
            groups.setdefault((row.district_key, row.indicator_key), []).append(row)
        still = (key for key, rows in groups.items() if all(r.previous_status == r.status for r in rows))
        district, indicator = next(still)
        code = reading.catalog.districts[district].code
        name = reading.catalog.indicators[indicator].code
    tree = demo.build(f"/?period=2025-S2&district={code}&q={name}")["overview-changes"]
    assert tree.one("p", "note").text == "变好 0 项，变差 0 项，新填报 0 项，不再填报 0 项。"


def test_the_heat_table_has_the_light_and_the_value_of_every_cell(site: Site) -> None:
    with site.read() as reading:
        catalog = reading.catalog
        domains = list(catalog.domains)
        names = {d.name_zh: d.code for d in catalog.districts.values()}
    for domain in domains:
        rows = counted(site, f"domain={domain}")
        by_cell: dict[tuple[str, str, str], list[Row]] = {}
        for row in rows:
            by_cell.setdefault((row["district_code"], row["indicator_code"], row["breakdown_code"]), []).append(row)
        tree = site.build(f"/?domain={domain}")["overview-heat"]
        if not rows:
            assert not tree.all("table")
            continue
        table = tree.one("table", "heat")
        columns = [names[th.one("a").text] for th in table.one("thead").all("th", scope="col")[1:]]
        assert [code for code in leaves(site)[: parts.HEAT_DISTRICTS] if code in columns] == columns
        cells = 0
        for line in [line for body in table.all("tbody") for line in body.all("tr")]:
            for code, cell in zip(columns, [x for x in line.children if isinstance(x, Node)][1:], strict=False):
                if "blank" in cell.css:
                    continue
                cells += 1
                check_cell(cell, code, by_cell)
        silent = [row for (code, *_), found in by_cell.items() for row in found[:1] if code in columns]
        assert cells + len(silent) >= len({key for key in by_cell if key[0] in columns})


def check_cell(cell: Node, district: str, by_cell: dict[tuple[str, str, str], list[Row]]) -> None:
    """One cell against the rows of its district, indicator and breakdown."""
    code, indicator, breakdown, period = named(cell.one("a"))
    assert code == district
    [row] = [r for r in by_cell[code, indicator, breakdown] if r["period_code"] == period]
    assert f"light-{row['status']}" in cell.css
    shown = cell.one("a").all("span")[0]
    if row["actual"] is None:
        assert shown.text.startswith("—")
    elif row["unit_code"] != "done":
        assert _number(shown.text) == row["actual"]


def _number(text: str) -> Decimal:
    found = re.search(r"−?[\d,]+(\.\d+)?", text)
    assert found
    return Decimal(found[0].replace(",", "").replace("−", "-"))
