"""排名, 亮灯全景 and 计分卡: what they are made of, and what they say."""

from __future__ import annotations

import base64
import json
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.display import Display
from dashboard.figures.bullets import SCALE_END, WIDTH, Bullet, bullet, scorecard_svg
from dashboard.figures.ranking import ordered, ranking, ranking_sentence, ranks
from dashboard.figures.status_map import ORDER, status_map
from dashboard.figures.theme import COLOURS, SYMBOLS, plain
from tests.dashboard.html import parse
from tests.dashboard.made_up import BAND, BEDS, CASES, CATALOG, DISTRICTS, HOMES, OLD_BEDS, SHARE, D, district, row
from warehouse.catalog import Indicator
from warehouse.measures.status import Status
from warehouse.queries.lights import STATUSES, Dues, Lights
from warehouse.queries.mart import ProgressRow

ZH, EN = Display(CATALOG, "zh"), Display(CATALOG, "en")
SVG = "{http://www.w3.org/2000/svg}"
Figure = dict[str, Any]


def ranked(rows: list[ProgressRow], indicator: Indicator, display: Display = ZH) -> tuple[Figure, str]:
    """The figure and sentence as the page makes them."""
    place, shown = ranks(rows, indicator), [r for r in ordered(rows, indicator) if r.actual is not None]
    figure = ranking(shown, indicator, display, place, rows[0].district_key)
    go.Figure(**figure)
    json.dumps(figure, allow_nan=False)
    said = ranking_sentence(shown, indicator, display, place)
    assert said
    return figure, said


def of(*values: str | None, indicator: Indicator = BEDS, target: str | None = None, **more: Any) -> list[ProgressRow]:
    """A row for each district in turn."""
    return [row(indicator, value, target, district_key=key, **more) for key, value in enumerate(values, start=1)]


def axis(figure: Figure) -> list[str]:
    """Names on the axis, best first."""
    return list(reversed(figure["layout"]["yaxis"]["categoryarray"]))


def dots(figure: Figure) -> Figure:
    """The trace of the districts."""
    [found] = [t for t in figure["data"] if t["mode"] == "markers" and "hovertext" in t]
    return found


def test_equal_values_share_a_rank_and_the_next_is_skipped() -> None:
    figure, said = ranked(of("5", "7", "7"), BEDS)
    assert axis(figure) == ["1  乙区", "1  丙区", "3  甲区"]
    assert said == "3 个地区填报；最好的是乙区、丙区（7张），最后的是甲区（5张）。"


def test_lower_is_better_where_it_is() -> None:
    figure, _ = ranked(of("5", "7", "3", indicator=CASES), CASES)
    assert axis(figure) == ["1  丙区", "2  甲区", "3  乙区"]


def test_what_is_neither_better_nor_worse_has_no_rank() -> None:
    figure, said = ranked(of("5", "7", indicator=BAND), BAND)
    assert axis(figure) == ["乙区", "甲区"]
    assert said == "2 个地区填报。"


def test_a_single_district_has_no_rank() -> None:
    figure, said = ranked(of("5", None), BEDS)
    assert axis(figure) == ["甲区"]
    assert said == "1 个地区填报；只有一个地区，不排名。"


def test_nobody_reporting_is_said() -> None:
    assert ranking_sentence([], BEDS, ZH, {}) == "这个半年度没有地区填报。"


def test_those_who_met_their_target_are_counted() -> None:
    rows = [
        row(SHARE, "85", "80", status="met"),
        row(SHARE, "70", "80", district_key=2),
        row(SHARE, "60", district_key=3),
    ]
    figure, said = ranked(rows, SHARE)
    assert "3 个地区填报，其中有目标的 2 个、已达标 1 个" in said
    [ticks] = [t for t in figure["data"] if t.get("name") == "目标值"]
    assert ticks["x"] == [80.0, 80.0]
    assert ticks["y"] == ["1  甲区", "2  乙区"]


def test_the_gap_stands_beside_the_value() -> None:
    figure, _ = ranked([row(SHARE, "79.96", "80", gap="-0.04", status="missed"), *of(None)], SHARE)
    [labels] = [t for t in figure["data"] if t["mode"] == "text"]
    assert labels["text"] == ["  79.96%（−0.04个百分点）"]
    assert labels["x"] == [80.0], "right of both the dot and its target"
    english, _ = ranked([row(SHARE, "79.96", "80", gap="-0.04")], SHARE, EN)
    [labels] = [t for t in english["data"] if t["mode"] == "text"]
    assert "（" not in labels["text"][0]


def test_two_districts_of_one_name_keep_a_line_each() -> None:
    twins = {1: replace(DISTRICTS[0], name_zh="鼓楼区"), 2: replace(DISTRICTS[1], name_zh="鼓楼区")}
    display = Display(replace(CATALOG, districts=CATALOG.districts | twins), "zh")
    figure, _ = ranked(of("5", "7", indicator=BAND), BAND, display)
    assert len(set(axis(figure))) == 2
    assert len(set(dots(figure)["y"])) == 2


def test_the_district_in_focus_is_larger_and_every_light_has_its_shape() -> None:
    rows = [row(SHARE, "85", "80", status="met"), row(SHARE, "70", "80", district_key=2, status="missed")]
    marks = dots(ranked(rows, SHARE)[0])["marker"]
    assert marks["size"] == [13, 10]
    assert marks["color"] == [COLOURS[Status.MET], COLOURS[Status.MISSED]]
    assert marks["symbol"] == [SYMBOLS[Status.MET], SYMBOLS[Status.MISSED]]


values = st.none() | st.decimals(-(10**5), 10**5, allow_nan=False, allow_infinity=False, places=2).map(str)


@given(st.sampled_from([BEDS, CASES, HOMES, SHARE, BAND]), st.lists(st.tuples(values, values), min_size=1, max_size=4))
def test_any_ranking_can_be_drawn_and_is_in_order(indicator: Indicator, given_values: list[tuple[Any, Any]]) -> None:
    rows = [row(indicator, a, t, district_key=key) for key, (a, t) in enumerate(given_values, start=1)]
    reported = [r.actual for r in ordered(rows, indicator) if r.actual is not None]
    assert reported == sorted(reported, reverse=indicator is not CASES)
    for display in (ZH, EN):
        figure, _ = ranked(rows, indicator, display)
        assert len(axis(figure)) == len(set(axis(figure))) == len(reported)


# --- 亮灯全景 ------------------------------------------------------------------------------------


def cells(figure: Figure) -> list[list[int]]:
    """The bytes of the map as numbers, a row an indicator."""
    z = figure["data"][0]["z"]
    height, width = (int(n) for n in z["shape"].split(","))
    codes = [byte - 256 if byte > 127 else byte for byte in base64.b64decode(z["bdata"])]
    assert len(codes) == height * width
    return [codes[i * width : (i + 1) * width] for i in range(height)]


TOTAL = 1


def lights_of(grid: dict[int, dict[int, Status]]) -> Lights:
    """Lights of the total, from district → indicator → light."""
    rows = [(d, i, TOTAL, STATUSES.index(light)) for d, found in grid.items() for i, light in found.items()]
    nothing = np.zeros(len(rows), dtype=np.int64)
    return Lights(*np.array(rows, dtype=np.int64).reshape(-1, 4).T, nothing, Dues(*[nothing[:0]] * 4))


def mapped(grid: dict[int, dict[int, Status]], display: Display = ZH) -> tuple[Figure, str]:
    """The map over everything there is."""
    districts = list(display.catalog.districts.values())
    figure, said = status_map(lights_of(grid), TOTAL, districts, [BEDS, SHARE, CASES], display)
    go.Figure(**figure)
    assert said
    return figure, said


grids = st.dictionaries(
    st.sampled_from([1, 2, 3, 4]),
    st.dictionaries(st.sampled_from([BEDS.key, SHARE.key, CASES.key]), st.sampled_from(Status), min_size=1),
    min_size=1,
)


@given(grids)
def test_the_bytes_of_the_map_are_the_grid(grid: dict[int, dict[int, Status]]) -> None:
    figure, _ = mapped(grid)
    trace = figure["data"][0]
    rows = [i for i in (BEDS, SHARE, CASES) if any(i.key in cell for cell in grid.values())]
    assert trace["y"] == [plain(i.name_zh) for i in rows]
    assert trace["x"] == [plain(d.name_zh) for d in DISTRICTS if d.key in grid]
    read = [[None if code == -1 else ORDER[code] for code in line] for line in cells(figure)]
    assert read == [[grid[d.key].get(i.key) for d in DISTRICTS if d.key in grid] for i in rows]


@pytest.mark.parametrize("light", [None, *Status])
def test_every_byte_falls_on_the_colour_of_its_light(light: Status | None) -> None:
    figure, _ = mapped({1: {BEDS.key: Status.MET, SHARE.key: light or Status.MET}, 2: {BEDS.key: Status.MET}})
    trace = figure["data"][0]
    [_, [code, empty]] = cells(figure)
    at = ((code if light else empty) - trace["zmin"]) / (trace["zmax"] - trace["zmin"])
    steps = zip(trace["colorscale"][::2], trace["colorscale"][1::2], strict=True)
    [colour] = {colour for (low, colour), (high, _) in steps if low < at < high}
    assert colour == (COLOURS[light] if light else "#ffffff")


def test_the_map_says_who_is_behind_most() -> None:
    grid = {1: {BEDS.key: Status.MET}, 2: {BEDS.key: Status.BEHIND, SHARE.key: Status.MISSED}}
    assert mapped(grid)[1] == "2 个指标、2 个地区的亮灯。滞后或未达标最多的是乙区，2 项。"
    assert mapped({1: {BEDS.key: Status.UNREPORTED}})[1] == "1 个指标、1 个地区的亮灯。"


def test_districts_of_one_name_and_definitions_of_one_indicator_keep_their_cells() -> None:
    twins = {1: replace(DISTRICTS[0], name_zh="鼓楼区"), 2: replace(DISTRICTS[1], name_zh="鼓楼区")}
    display = Display(replace(CATALOG, districts=twins), "zh")
    grid = {1: {OLD_BEDS.key: Status.MET}, 2: {BEDS.key: Status.BEHIND}}
    figure, _ = status_map(lights_of(grid), TOTAL, list(twins.values()), [OLD_BEDS, BEDS], display)
    assert len(set(figure["data"][0]["x"])) == 2
    assert figure["data"][0]["y"] == ["床位数"]
    assert cells(figure) == [[ORDER.index(Status.MET), ORDER.index(Status.BEHIND)]]


# --- 计分卡 --------------------------------------------------------------------------------------


def bars(svg: ET.Element) -> list[ET.Element]:
    """The bars of attainment, told by their colour."""
    return [r for r in svg.iter() if r.tag.endswith("rect") and r.get("fill") in COLOURS.values()]


def one(attainment: str | None, expected: str | None = None, name: str = "床位数", label: str = "5张 / ≥9张") -> Bullet:
    """A bullet."""
    return Bullet(
        name,
        Status.MET,
        None if attainment is None else D(attainment),
        None if expected is None else D(expected),
        label,
    )


@pytest.mark.parametrize(
    ("attainment", "width"), [("0", 0), ("0.65", WIDTH / 2), ("1.3", WIDTH), ("25", WIDTH), ("-1", 0)]
)
def test_a_bar_is_capped_and_its_number_is_not(attainment: str, width: float) -> None:
    svg = ET.fromstring(bullet(one(attainment, label="2,500%")))
    assert [float(bar.get("width", "")) for bar in bars(svg)] == [width]
    assert svg.get("aria-label") == "2,500%"
    assert svg.get("role") == "img"


def test_an_attainment_that_is_undefined_has_no_bar() -> None:
    assert bars(ET.fromstring(bullet(one(None)))) == []


def test_the_pace_is_a_tick_before_the_target() -> None:
    def ticks(item: Bullet) -> list[float]:
        return sorted(float(r.get("x", "")) for r in ET.fromstring(bullet(item)) if r.get("width") == "2")

    target = round(float(WIDTH / float(SCALE_END)), 1) - 1
    assert ticks(one("0.4", "0.5")) == [pytest.approx(target / 2, abs=0.6), target]
    assert ticks(one("0.4", "1")) == ticks(one("0.4")) == [target]


def test_names_and_labels_are_escaped() -> None:
    evil = '<script>alert("1")</script>&amp;"\''
    tree = parse(str(bullet(one("1", label=evil))))
    assert tree.one("svg")["aria-label"] == evil
    document = scorecard_svg(evil, [(evil, [one("1", name=evil, label=evil)])], evil)
    svg = ET.fromstring(document)
    texts = [text.text for text in svg.iter(f"{SVG}text")]
    assert texts.count(evil) == 5
    assert not list(svg.iter(f"{SVG}script"))


def test_the_scorecard_file_holds_every_line_above_its_foot() -> None:
    groups = [("养老", [one("0.5"), one("2")]), ("救助", [one(None, name=district(9, "长" * 40).name_zh)])]
    svg = ET.fromstring(scorecard_svg("甲区", groups, "来源：报告"))
    texts = Counter(text.text for text in svg.iter(f"{SVG}text"))
    assert {"甲区", "养老", "救助", "来源：报告"} <= texts.keys()
    assert any(text and text.startswith("长长长") and text.endswith("长…") for text in texts), "a long name is cut"
    assert texts["5张 / ≥9张"] == 3
    places = [float(text.get("y", "")) for text in svg.iter(f"{SVG}text")]
    assert max(places) < float(svg.get("height", ""))
    assert len(set(places)) == 7, "no two lines in one place"
    assert len(bars(svg)) == 2
