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
from tests.dashboard.support import TODAY, Site
from warehouse.measures.period import parse_period
from warehouse.measures.status import OFF_TRACK, Status

Row = dict[str, Any]
FILTERS = ("", "period=2020-S1", "period=2025-S1", "period=2024-S2", "domain=elderly", "q=人数", "district=320400",
           "district=990100", "district=990101&period=2025-S2", "domain=assistance&q=补")  # fmt: skip
LIGHTS = [light.value for light in Status]


def leaves(site: Site) -> list[str]:
    """Districts with data and none below them with data, in the order of the list."""
    present = {row["district_code"] for row in site.rows() if row["is_current"]}
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
        for row in site.rows()
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
    worst = sorted((order.index(row["status"]) for row in rows))[: len(shown)]
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
    expected = Counter(
        (row["district_code"], row["indicator_code"], row["breakdown_code"], row["period_code"])
        for row in counted(site, "")
        if row["status"] == light.value
    )
    found: Counter[tuple[str, ...]] = Counter()
    sheet = 0
    while sheet == 0 or any("sheet" in link for link in tree.raw_links):
        sheet += 1
        built = site.build(f"/?status={light.value}&sheet={sheet}")
        tree = _Sheet(built["overview-attention"])
        found.update(tree.keys)
        if not tree.next:
            break
    assert found == expected
    assert sheet == max(1, -(-sum(expected.values()) // parts.SHEET_ROWS))


class _Sheet:
    """A sheet of the list: the rows it links to, and whether another follows."""

    def __init__(self, tree: Node) -> None:
        self.raw_links = [a["href"] for a in tree.all("a")]
        found = [re.search(r"why=([^&]+)", link) for link in self.raw_links]
        self.keys = [tuple(match[1].split(".")[:4]) for match in found if match]
        self.next = any(a.text == "下一页" for a in tree.all("a"))


@pytest.mark.parametrize("query", ["", "period=2025-S1", "period=2025-S2"])
def test_changes_are_counted_by_better_worse_new_and_gone(demo: Site, query: str) -> None:
    rank = {light.value: n for light, n in parts.BETTER.items()}
    kinds: Counter[str] = Counter()
    for row in counted(demo, query):
        before, now = row["previous_status"], row["status"]
        if before is None or before == now or "monitor" in (before, now) or _begins_now(demo, row):
            continue
        if before in rank and now in rank:
            kinds["better" if rank[now] > rank[before] else "worse"] += 1
        else:
            kinds["new" if before == "unreported" else "gone"] += 1
    text = demo.build(f"/?{query}")["overview-changes"].one("p", "note").text
    assert [int(n) for n in re.findall(r"\d+", text)] == [kinds[k] for k in ("better", "worse", "new", "gone")]


def _begins_now(site: Site, row: Row) -> bool:
    with site.read() as reading:
        from sqlalchemy import select

        from warehouse import tables as t

        m, catalog = t.fact_progress.c, reading.catalog
        [indicator] = catalog.indicators_by_code[row["indicator_code"]]
        found = reading.connection.execute(
            select(m.first_period_key).where(
                m.indicator_key == indicator.key,
                m.district_key == catalog.district_by_code[row["district_code"]].key,
                m.breakdown_key == catalog.breakdown_by_code[row["breakdown_code"]].key,
                m.period_key == parse_period(row["period_code"]).key,
                m.is_primary,
            )
        )
        return bool(found.scalar_one() == parse_period(row["period_code"]).key)


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
        for line in table.all("tr"):
            for code, cell in zip(columns, [x for x in line.children if isinstance(x, Node)][1:], strict=False):
                if "blank" in cell.css:
                    continue
                cells += 1
                check_cell(cell, code, by_cell)
        silent = [row for (code, *_), found in by_cell.items() for row in found[:1] if code in columns]
        assert cells + len(silent) >= len({key for key in by_cell if key[0] in columns})


def check_cell(cell: Node, district: str, by_cell: dict[tuple[str, str, str], list[Row]]) -> None:
    """One cell against the rows of its district, indicator and breakdown."""
    match = re.search(r"why=([^&]+)", cell.one("a")["href"])
    assert match
    code, indicator, breakdown, period, _due = match[1].split(".")
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
