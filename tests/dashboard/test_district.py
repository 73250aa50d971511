"""地区: the scorecard, what is missing in real things, sums of the districts below, peers; and the list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from dashboard.display import REASONS, Absent, Display
from dashboard.pages.district import missing_text
from dashboard.pages.district_parts import OpenTarget
from tests.dashboard import made_up
from tests.dashboard.html import Node
from tests.dashboard.made_up import BAND, CASES, CATALOG, HOMES, ITEMS, MONEY, OPENED, SHARE, STANDARD, D
from tests.dashboard.support import ALL, Site
from warehouse.measures.computed import Computed, NotComputable, Reason
from warehouse.queries.mart import ProgressRow, Selection, fetch_rows
from warehouse.scope import Scope

ZH, EN = Display(CATALOG, "zh"), Display(CATALOG, "en")
Row = dict[str, Any]
UNCOUNTED = NotComputable(Reason.NOT_COUNTABLE)


@pytest.mark.parametrize(
    ("judged", "missing", "counts", "zh"),
    [
        (made_up.row(HOMES, "240", "600", gap="-360"), D(360), False, "还差360户"),
        (made_up.row(SHARE, "75", "80", gap="-5"), D(7), True, "还差 7 个站"),
        (made_up.row(SHARE, "75", "80", gap="-5.25"), UNCOUNTED, False, "还差5.25个百分点"),
        (made_up.row(BAND, "2", "3", gap="-1", comparator="range"), UNCOUNTED, True, "还差1个百分点"),
        (made_up.row(STANDARD, "850", "900.5", gap="-50.5"), D("50.5"), False, "还差50.5元/人/月"),
        (made_up.row(MONEY, "1", "1234.5", gap="-1233.5"), D("1233.5"), False, "还差1,233.5万元"),
        (made_up.row(CASES, "3", "5", gap="2", comparator="<="), D(0), False, "已在目标之内，到期前不算已达标"),
        (
            made_up.row(OPENED, "0", target_key=1, comparator=None),
            NotComputable(Reason.MILESTONE_HAS_NO_GAP),
            False,
            "尚未完成",
        ),
        (made_up.row(ITEMS, "0", "1", gap="-1"), D(1), False, "还差1个"),
    ],
)
def test_what_is_missing_is_said_in_real_things(judged: ProgressRow, missing: Computed, counts: bool, zh: str) -> None:
    assert missing_text(ZH, OpenTarget(judged, missing, counts)) == zh
    assert missing_text(EN, OpenTarget(judged, missing, counts))


def test_what_cannot_be_said_is_a_dash_with_its_reason() -> None:
    target = OpenTarget(made_up.row(SHARE, "75", "80"), UNCOUNTED, False)
    assert missing_text(ZH, target) == Absent(REASONS["not_countable"])


def of(site: Site, district: str, **wanted: Any) -> list[Row]:
    """Rows of a district where it stands now."""
    rows = [row for row in site.rows if row["district_code"] == district and row["is_current"]]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def latest(rows: list[Row]) -> str:
    """The last half-year with a figure."""
    return max(row["period_code"] for row in rows if row["actual"] is not None)


def test_the_scorecard_has_a_line_for_every_promise(site: Site) -> None:
    for code in site.codes["known_district"]:
        rows = [row for row in of(site, code, is_primary=True) if row["status"] != "monitor"]
        tree = site.build(f"/districts/{code}")["district-scorecard"]
        if not rows:
            assert not tree.all("table")
            continue
        lines = [line for line in tree.one("table").rows() if len(line) == 7]
        assert len(lines) == len(rows)
        reported = sum(row["actual"] is not None for row in rows)
        met = sum(row["status"] == "met" for row in rows)
        text = site.build(f"/districts/{code}")["district-head"].one("p", "lead").text
        assert f"{len(rows)} 项目标，已填报 {reported} 项，已达标 {met} 项" in text


def test_the_status_filter_leaves_the_lines_with_that_light(demo: Site) -> None:
    for light in ("met", "missed", "unreported"):
        expected = of(demo, "990101", is_primary=True, status=light)
        tree = demo.build(f"/districts/990101?status={light}")["district-scorecard"]
        shown = [line for table in tree.all("table") for line in table.rows() if len(line) == 7]
        assert len(shown) == len(expected)


def test_the_score_is_the_weighted_mean_of_what_was_reached_at_most_all(demo: Site) -> None:
    with demo.read() as reading:
        district = reading.catalog.district_by_code["990101"]
        at = Selection(period=reading.latest_reports[district.key], districts=frozenset((district.key,)))
        found = fetch_rows(ALL, reading.connection, reading.catalog, at, primary_only=False)
    weights = credit = Decimal(0)
    for judged in [x for x in found if x.target_key is not None]:
        reached = Decimal(judged.status == "met") if judged.attainment is None else judged.attainment
        weights += judged.weight or 1
        credit += (judged.weight or 1) * (min(max(reached, Decimal(0)), Decimal(1)) if judged.actual is not None else 0)
    shown = demo.build("/districts/990101")["district-head"].one("p", "facts-line").one("b").text
    assert Decimal(shown) == round(credit / weights * 100, 1)


def test_a_bullet_stands_beside_every_attainment_and_is_named(demo: Site) -> None:
    tree = demo.build("/districts/990101")["district-scorecard"]
    for cell in [td for td in tree.all("td", "bar") if td.all("svg")]:
        assert cell.one("svg")["role"] == "img"
        assert " · " in cell.one("svg")["aria-label"]
        assert cell.one(css="share").text


def test_open_targets_are_those_reported_and_not_reached_nearest_due_first(site: Site) -> None:
    for code in site.codes["known_district"]:
        rows = [row for row in of(site, code, is_primary=True)
                if row["actual"] is not None and row["status"] not in ("met", "monitor")]  # fmt: skip
        tree = site.build(f"/districts/{code}")["district-open"]
        items = tree.one("ul", "open").all("li") if rows else []
        assert len(items) == len(rows)
        dues = [link.rpartition(".")[2] for item in items for link in [item.one("a")["href"]]]
        assert dues == sorted(dues)
        if not rows:
            assert tree.all("p", "empty")


def test_a_district_that_reported_nothing_has_not_reached_everything(own: Site) -> None:
    texts = {code: own.build(f"/districts/{code}")["district-open"].text for code in ("310107", "320400", "371324")}
    assert "这个半年度没有填报" in texts["310107"]
    assert "没有适用的目标" in texts["320400"]
    assert not any("都已达到" in text for text in (texts["310107"], texts["320400"]))


def sums(site: Site, link: str) -> dict[str, list[str]]:
    """Line of the table of sums by name: own, total, coverage, difference."""
    return {line[0]: line[1:] for line in site.build(link)["district-sums"].one("table").rows()}


def test_the_sum_of_the_districts_below_stands_beside_their_citys_own_figure(demo: Site) -> None:
    period = "2025-S2"
    with demo.read() as reading:
        children = [d.code for d in reading.catalog.children(reading.catalog.district_by_code["990100"])]
    found = sums(demo, f"/districts/990100?period={period}")
    checked = 0
    for row in demo.rows:
        if (row["district_code"], row["period_code"], row["breakdown_code"], row["is_primary"]) != (
            "990100", period, "total", True,
        ):  # fmt: skip
            continue
        with demo.read() as reading:
            [indicator] = reading.catalog.indicators_by_code[row["indicator_code"]]
        if indicator.measure_type.value not in ("flow", "stock"):
            continue
        below = [
            r["actual"]
            for r in demo.rows
            if r["district_code"] in children
            and r["is_primary"]
            and (r["indicator_code"], r["breakdown_code"], r["period_code"])
            == (row["indicator_code"], row["breakdown_code"], period)
        ]
        own, total, coverage, difference = found[row["indicator_zh"]]
        known = [value for value in below if value is not None]
        assert _number(total) == sum(known)
        series = (row["indicator_code"], row["breakdown_code"])
        having = {r["district_code"] for r in demo.rows if (r["indicator_code"], r["breakdown_code"]) == series} & set(
            children
        )
        assert coverage == f"{len(known)} / {len(having)}", "who has the series in any half-year counts"
        assert _number(own) == row["actual"]
        assert _number(difference) == row["actual"] - sum(known)
        checked += 1
    assert checked > 3


def _number(text: str) -> Decimal:
    digits = "".join(c for c in text.replace("−", "-") if c.isdigit() or c in "-.")
    return Decimal(digits)


def test_what_cannot_be_added_says_why(own: Site) -> None:
    lines = sums(own, "/districts/320400")
    assert lines["低保标准"] == ["—没有自己的填报", "—标准和里程碑不相加", "1 / 2", "—标准和里程碑不相加"]
    assert lines["临时救助户数"] == ["—没有自己的填报", "116户", "1 / 1", "—没有自己的填报"]
    assert lines["五类对象上门服务人数"][3] == "—没有地区填报"
    assert own.build("/districts/320404")["district-sums"].text == ""


def peers(site: Site, link: str) -> Node:
    """The panel of peers."""
    return site.build(link)["district-peers"]


def test_peers_are_chosen_in_a_form_and_unchosen_by_links(demo: Site) -> None:
    tree = peers(demo, "/districts/990101?period=2025-S1&domain=elderly")
    assert not tree.all("table") and not tree.all("nav")
    form = tree.one("form", "peer-form")
    assert (form["method"], form["action"]) == ("get", "/districts/990101")
    assert {x["name"]: x["value"] for x in form.all("input", type="hidden")} == {
        "period": "2025-S1", "domain": "elderly",
    }  # fmt: skip
    boxes = form.all("input", name="peers")
    with demo.read() as reading:
        assert {box["value"] for box in boxes} == {d.code for d in reading.leaves} - {"990101"}
    assert not any("checked" in box.attributes for box in boxes)
    query = "&".join(f"peers={box['value']}" for box in boxes[:2])
    tree = peers(demo, f"/districts/990101?{query}")
    checked = [box["value"] for box in tree.all("input", name="peers") if "checked" in box.attributes]
    assert checked == [box["value"] for box in boxes[:2]]
    first, second = tree.one("nav").all("a")
    assert first["href"] == f"/districts/990101?peers={checked[1]}" and first["data-peers"] == checked[1]
    assert second["href"] == f"/districts/990101?peers={checked[0]}"


def test_neighbours_are_offered_first(demo: Site) -> None:
    groups = [legend.text for legend in peers(demo, "/districts/990203").all("legend")]
    with demo.read() as reading:
        assert groups[0] == reading.catalog.district_by_code["990200"].name_zh
    assert len(groups) == len(set(groups)) > 1


def test_no_more_than_six_peers_count(demo: Site) -> None:
    codes = [f"9901{n:02}" for n in range(2, 10)]
    tree = peers(demo, f"/districts/990101?peers={','.join(codes)}")
    assert "最多 6 个" in tree.text
    assert len(tree.one("nav").all("a")) == 6


def test_a_peer_one_may_not_see_is_said_to_be_left_out(demo: Site) -> None:
    scope = Scope(frozenset({"990101", "990102"}))
    for code in ("990103", "zzz"):
        tree = demo.build(f"/districts/990101?peers=990102,{code}", scope=scope)["district-peers"]
        assert "所选的地区中有 1 个不在您能看的范围内，或者不存在" in tree.text
        assert len(tree.one("table").one("thead").all("th")) == 4
        assert [box["value"] for box in tree.all("input", name="peers")] == ["990102"]
    alone = demo.build("/districts/990101", scope=Scope(frozenset({"990101"})))["district-peers"]
    assert "没有别的地区可以比较" in alone.text and not alone.all("form")


def test_peers_stand_beside_each_other_in_one_half_year(demo: Site) -> None:
    link = "/districts/990101?peers=990102,990203,zzz,990101"
    tree = peers(demo, link)
    heads = [th.text for th in tree.one("table").one("thead").all("th")]
    with demo.read(link) as reading:
        catalog = reading.catalog
        names = [catalog.district_by_code[code].name_zh for code in ("990101", "990102", "990203")]
        period = reading.latest_reports[catalog.district_by_code["990101"].key]
    assert period is not None
    assert heads == ["指标", names[0], "名次", *names[1:]]
    lines = {line[0]: line[1:] for line in tree.one("table").rows()}
    assert len(lines) > 5
    checked = 0
    for code, column in (("990101", 0), ("990102", 2), ("990203", 3)):
        for row in demo.rows:
            place = (row["district_code"], row["period_code"], row["breakdown_code"], row["is_primary"])
            if place != (code, period.code, "total", True) or row["indicator_zh"] not in lines:
                continue
            if row["actual"] is not None and row["unit_code"] != "done":
                assert f"{row['actual']:,f}" in lines[row["indicator_zh"]][column]
                checked += 1
    assert checked > 15


def test_the_rank_counts_those_with_a_figure_and_ties_share_it(demo: Site) -> None:
    codes = ("990102", "990101", "990103", "990104", "990105")
    link = f"/districts/{codes[0]}?period=2025-S2&peers={','.join(codes[1:])}"
    places = {line[0]: line[2] for line in peers(demo, link).one("table").rows()}
    with demo.read() as reading:
        directions = {i.code: i for i in reading.catalog.indicators.values()}
    values: dict[str, dict[str, Decimal]] = {}
    for row in demo.rows:
        is_there = (row["period_code"], row["breakdown_code"], row["is_primary"]) == ("2025-S2", "total", True)
        if is_there and row["district_code"] in codes and row["actual"] is not None:
            values.setdefault(row["indicator_code"], {})[row["district_code"]] = row["actual"]
    seen = set()
    for code, of in values.items():
        indicator = directions[code]
        shown = places.get(indicator.name_zh)
        if shown is None or codes[0] not in of:
            continue
        if indicator.direction.value == "none" or indicator.unit_code == "done" or len(of) < 2:
            assert shown.startswith("—")
            seen.add("none")
            continue
        own, sign = of[codes[0]], -1 if indicator.direction.value == "lower" else 1
        rank = 1 + sum(sign * other > sign * own for other in of.values())
        is_tied = list(of.values()).count(own) > 1
        assert shown == f"{'并列' if is_tied else ''}第 {rank}，共 {len(of)} 个"
        seen.add("tied" if is_tied else "alone")
    assert {"none", "alone"} <= seen


def test_the_first_screen_says_what_is_behind_due_and_to_be_reported(demo: Site) -> None:
    off = ("breached", "missed", "behind", "slipping")
    for code in ("990101", "990102", "990201"):
        built = demo.build(f"/districts/{code}")
        behind, due, owed = built["district-now"].all("section")
        rows = [row for row in of(demo, code, is_primary=True) if row["status"] in off]
        assert behind.one("h2").text == f"滞后在前 {len(rows)}"
        shown = [li.one("span", "quiet").text for li in behind.all("li")]
        words = [{"breached": "已突破", "missed": "未达标", "behind": "滞后", "slipping": "略滞后"}[x] for x in off]
        assert shown == sorted(shown, key=words.index) and len(shown) == min(4, len(rows))
        assert (f"看全部 {len(rows)} 项" in behind.text) == (len(rows) > 2)
        assert due.all("li") and owed.all("li")
        for li in due.all("li"):
            assert ("已过到期日" in li.text) == bool(li.all("b", "late"))
        for li in owed.all("li"):
            assert ("已过" in li.one("b").text) == bool(li.all("b", "late"))
            assert li.one("a")["href"].startswith("/completeness?period=")


def test_a_district_without_anything_has_a_quiet_first_screen(own: Site) -> None:
    now = own.build("/districts/320400")["district-now"]
    assert "没有适用的目标" in now.text and "没有还要达到的目标" in now.text and not now.all("li")


def test_the_list_has_every_district_below_its_city_with_its_own_lights(demo: Site) -> None:
    tree = demo.build("/districts")["districts-list"]
    with demo.read() as reading:
        catalog = reading.catalog
        assert len(tree.one("table").rows()) == len(catalog.districts)
        for line in tree.one("table").one("tbody").all("tr"):
            link = line.one("th").one("a")["href"]
            code = link.rpartition("/")[2]
            depth = sum(1 for _ in catalog.ancestors(catalog.district_by_code[code]))
            assert f"depth-{depth}" in line.css
            cells = [cell.text for cell in line.all("td")]
            rows = of(demo, code, is_primary=True)
            targets = [row for row in rows if row["status"] != "monitor"]
            if not rows:
                assert set(cells) == {""}
                continue
            reported = [row for row in targets if row["actual"] is not None]
            assert [int(c) for c in cells[1:4]] == [len(targets), len(reported), len(rows) - len(targets)]
            for part in line.all("a", "part"):
                check_list_behind(demo, part)


def check_list_behind(site: Site, part: Node) -> None:
    """A light of a district leads to as many rows as it says."""
    built = site.build(part["href"])
    name = "overview-attention" if built.state.page == "overview" else "district-scorecard"
    lines = [line for line in built[name].one("table").rows() if len(line) > 1]
    assert len(lines) == int(part.one(css="n").text)


def test_a_light_of_the_list_keeps_the_filters_it_was_counted_with(demo: Site) -> None:
    tree = demo.build("/districts?period=2025-S1&asof=2026-01-31&domain=elderly")["districts-list"]
    for part in tree.all("a", "part"):
        for kept in ("period=2025-S1", "asof=2026-01-31", "domain=elderly"):
            assert kept in part["href"]
