"""地图: what it draws, what it says beside colour, its panel on the pages, its files; nothing without boundaries."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from dashboard.factory import create_app
from dashboard.figures.boundaries import make_boundaries
from dashboard.figures.district_map import DARK, LIGHT, SHARES, MapCell, district_map, map_file, map_height
from dashboard.figures.geojson import parse_geojson
from dashboard.settings import Settings
from tests.dashboard.conftest import MakeApp
from tests.dashboard.html import Node, parse
from tests.dashboard.http import Browser
from tests.dashboard.support import Site
from tests.squares import squares, write_squares
from warehouse.measures.status import Status
from warehouse.scope import Scope

CODES = tuple(f"9901{n:02}" for n in range(1, 10))
EVIL = "<script>alert(1)</script>&\"'"
SOME = ("990101", "990102", "990201", "990202")


def drawn(cells: dict[str, MapCell], width: int = 760, height: int = 600, **options: Any) -> Node:
    """A map of squares."""
    found = make_boundaries(parse_geojson(orjson.dumps(squares(CODES, 3)), "a")[0])
    return parse(str(district_map(found, cells, width, height, **options)))


def test_every_light_has_colour_pattern_mark_and_words() -> None:
    lights = [*Status]
    cells = {
        c: MapCell(x.value, f"区{n}", f"{n}%", f"/districts/{c}")
        for n, (c, x) in enumerate(zip(CODES, lights, strict=True))
    }
    tree = drawn(cells, alt="一句话", name="m")
    assert tree.one("svg")["aria-label"] == "一句话" and tree.one("svg")["role"] == "group"
    links = tree.all("a")
    assert {link["href"] for link in links} == {f"/districts/{code}" for code in CODES}
    assert {link["aria-label"] for link in links} == {link.one("title").text for link in links}
    fills = {
        tuple(path["fill"] + path.attributes.get("fill-opacity", "") for path in link.all("path")) for link in links
    }
    assert len(fills) == len(CODES), "no two lights are filled alike"
    patterns = {node["id"] for node in tree.all("pattern")}
    asked = {re.sub(r"url\(#|\)", "", p["fill"]) for link in links for p in link.all("path") if "url" in p["fill"]}
    assert asked == patterns and all(name.startswith("m-") for name in patterns)
    texts = [node.text for node in tree.all("text")]
    assert {f"区{n}" for n in range(9)} <= {*texts} and {f"{n}%" for n in range(9)} <= {*texts}
    assert all(node["paint-order"] == "stroke" for node in tree.all("text")), "words have a halo"


def test_texts_are_escaped_and_no_style_attribute_is_used() -> None:
    text = str(district_map(
        make_boundaries(parse_geojson(orjson.dumps(squares(CODES)), "a")[0]),
        {CODES[0]: MapCell("met", EVIL, EVIL, f"/x?{EVIL}", EVIL)}, 400, 300, alt=EVIL, legend=[("met", EVIL)],
    ))  # fmt: skip
    assert "<script" not in text and "style=" not in text and " on" not in re.sub(r'"[^"]*"', "", text)
    whole = map_file(EVIL, text, EVIL, 400, 300)  # type: ignore[arg-type]
    assert "<script" not in whole
    ET.fromstring(whole)


def test_where_there_is_no_room_the_mark_stays_and_nothing_overlaps() -> None:
    cells = {code: MapCell("behind", "名字很长的一个地区", "1,234,567户", f"/{code}") for code in CODES}
    texts = drawn(cells, 150, 150).all("text")
    assert not texts
    assert len(drawn(cells, 150, 150).all("circle")) == 9, "a disc under each mark"
    for width in (346, 760, 1600):
        boxes = []
        for node in drawn(cells, width, width).all("text"):
            size, x, y = 13.0, float(node["x"]), float(node["y"])
            wide = sum(size if ord(c) > 0x2E7F else size * 0.5 for c in node.text)
            left = x - wide / 2 if node["text-anchor"] == "middle" else x
            boxes.append((left, y - size * 0.8, left + wide, y))
        for n, a in enumerate(boxes):
            for b in boxes[:n]:
                assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])
        assert all(box[0] >= -1 and box[2] <= width + 1 for box in boxes)


def test_a_wall_takes_larger_words_on_dark_paper() -> None:
    cells = {CODES[0]: MapCell("met", "区", "1%")}
    tree = drawn(cells, 7680, 2160, theme=replace(DARK, size=80), legend=[("met", "已达标")])
    assert tree.one("svg")["font-size"] == "80" and not tree.all("a")
    assert DARK.colours.keys() == LIGHT.colours.keys() >= {light.value for light in Status} | {*SHARES}


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_words_and_borders_stand_out(theme: Any) -> None:
    def contrast(a: str, b: str) -> float:
        high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for light in Status:
        assert contrast(theme.colours[light.value], theme.paper) >= 3, light
    assert contrast(theme.ink, theme.paper) >= 7 and contrast(theme.edge, theme.paper) >= 3
    shares = [_luminance(theme.colours[x]) for x in SHARES]
    assert shares == sorted(shares, reverse=theme is LIGHT) and len({*shares}) == 5


def test_the_legend_takes_the_rows_it_needs() -> None:
    legend = [(light.value, "四个汉字") for light in Status]
    found = make_boundaries(parse_geojson(orjson.dumps(squares(CODES)), "a")[0])
    assert map_height(found, CODES, 346, legend=legend) > map_height(found, CODES, 346)
    words = drawn({CODES[0]: MapCell("met", "", "")}, 346, 500, legend=legend).all("text")
    assert len(words) == 9
    assert all(float(t["x"]) + 52 <= 346 and float(t["y"]) <= 500 for t in words)


@pytest.fixture(scope="module")
def mapped(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The synthetic province, with boundaries of four of its districts."""
    site = Site(demo_file, boundaries=write_squares(tmp_path_factory.mktemp("boundaries"), SOME))
    yield site
    site.close()


def test_without_boundaries_there_is_no_map(demo: Site) -> None:
    assert demo.build("/")["overview-places"].text == ""
    assert demo.build("/indicators/demo_homes_adapted")["indicator-places"].text == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_overview_shows_the_share_met_with_its_counts(mapped: Site, language: str) -> None:
    built = mapped.build("/?period=2025-S2", language).check()
    tree = built["overview-places"]
    for svg in tree.all("svg", "district-map"):
        assert {a["href"].partition("?")[0] for a in svg.all("a")} == {f"/districts/{code}" for code in SOME}
    ids = [node["id"] for node in tree.all("pattern")]
    assert len(ids) == len(set(ids)), "the map for a desk and the one for a phone have patterns of their own"
    for line in tree.one("table").one("tbody").all("tr"):
        code = re.search(r"\d{6}", line.one("th").one("a")["href"])
        assert code
        rows = [r for r in mapped.rows if r["district_code"] == code[0] and r["period_code"] == "2025-S2"
                and r["is_primary"] and r["status"] != "monitor"]  # fmt: skip
        met, reported = (
            sum(f(r) for r in rows) for f in (lambda r: r["status"] == "met", lambda r: r["actual"] is not None)
        )
        cells = [td.text for td in line.all("td")]
        if reported:
            assert cells[0] == str(met) and cells[1] == str(len(rows)) and cells[3] == str(len(rows) - reported)
        else:
            assert cells[0].startswith("—"), "missing is never zero"
    assert tree.one("p", "alt").text == tree.all("svg", "district-map")[0]["aria-label"]
    with mapped.read() as reading:
        left = len(reading.leaves) - len(SOME)
    assert (f"等 {left} 个地区" if language == "zh" else f"{left} districts in all") in tree.one("p", "note").text


def test_an_indicator_shows_each_districts_light(mapped: Site) -> None:
    link = "/indicators/demo_homes_adapted?period=2025-S2"
    tree = mapped.build(link).check()["indicator-places"]
    rows = {r["district_code"]: r for r in mapped.rows
            if r["indicator_code"] == "demo_homes_adapted" and r["period_code"] == "2025-S2" and r["is_primary"]
            and r["breakdown_code"] == "total" and r["district_code"] in SOME}  # fmt: skip
    with mapped.read() as reading:
        words = {code: reading.display.status(row["status"]) for code, row in rows.items()}
    svg = tree.all("svg", "district-map")[0]
    for a in svg.all("a"):
        code = a["href"].removeprefix("/districts/")[:6]
        assert words[code] in a["aria-label"]
    assert len(svg.all("a")) == len(rows)
    assert f"{len(rows)} 个地区：" in tree.one("p", "alt").text


def test_a_half_year_that_is_not_compared_has_no_light(loaded_file: Path, tmp_path: Path) -> None:
    site = Site(loaded_file)
    periods: dict[tuple[str, str], dict[str, str]] = {}
    for row in site.rows:
        if row["is_current"] and row["is_primary"] and row["actual"] is not None:
            of = periods.setdefault((row["indicator_code"], row["breakdown_code"]), {})
            of[row["district_code"]] = row["period_code"]
    series = next(x for x, of in sorted(periods.items()) if len(set(of.values())) > 1)
    site.close()
    site = Site(loaded_file, boundaries=write_squares(tmp_path, site.codes["known_district"]))
    tree = site.build(f"/indicators/{series[0]}?breakdown={series[1]}")["indicator-places"]
    assert "报的是另一个半年度，不参加比较" in tree.one("p", "alt").text
    svg = tree.all("svg", "district-map")[0]
    words = [text.text for text in svg.all("text")]
    assert "另一个半年度" in words and any(re.fullmatch(r"20\d\d年[上下]半年", word) for word in words)
    site.close()


def test_a_reader_of_one_district_sees_its_shape_and_no_other(mapped: Site) -> None:
    scope = Scope(frozenset({"990101"}))
    for link, leaf in (("/", "overview-places"), ("/indicators/demo_homes_adapted", "indicator-places")):
        tree = mapped.build(link, scope=scope)[leaf]
        assert {a["href"][11:17] for svg in tree.all("svg", "district-map") for a in svg.all("a")} == {"990101"}
    assert mapped.build("/", scope=Scope(frozenset({"990103"})))["overview-places"].text == "", "it has no boundary"


def test_milestones_have_a_map_too(mapped: Site) -> None:
    done = next(r["indicator_code"] for r in mapped.rows if r["unit_code"] == "done")
    assert mapped.build(f"/indicators/{done}")["indicator-places"].all("svg", "district-map")


def test_the_files_of_a_map_say_the_same(make_app: MakeApp, demo_file: Path, mapped: Site) -> None:
    browser = Browser.of(make_app(demo_file, boundaries_folder=mapped.boundaries))
    for page in ("/", "/indicators/demo_homes_adapted"):
        query = f"path={page}&period=2025-S2"
        response = browser.get(f"/download/map.svg?{query}")
        assert response.status_code == 200 and response.mimetype == "image/svg+xml"
        text = response.get_data(as_text=True)
        ET.fromstring(text)
        rows = list(
            csv.DictReader(io.StringIO(browser.get(f"/download/map.csv?{query}").get_data().decode("utf-8-sig")))
        )
        assert {row["district_code"] for row in rows} == {*SOME}
        assert all(row["district_zh"] in text for row in rows)
        if page == "/":
            assert all(
                f"{row['met']}/{row['targets']}" in text for row in rows if row["met"] and row["unreported"] == "0"
            )
        else:
            assert {row["status"] for row in rows} <= {light.value for light in Status}
    assert browser.get("/download/map.svg?path=/data").status_code == 404
    assert browser.get("/download/map.svg?path=/indicators/zzz").status_code == 404


def test_new_boundaries_are_seen_though_answers_are_kept(demo_file: Path, static_folder: Path, tmp_path: Path) -> None:
    from dashboard.access.roles import Grant, Role

    folder = tmp_path / "boundaries"
    app = create_app(Settings(database_url=f"sqlite:///{demo_file}", static_folder=static_folder,
                              boundaries_folder=folder, public=Grant(Role.PUBLIC)))  # fmt: skip
    browser = Browser.of(app)
    place = ("overview-places", "html")
    assert browser.leaves("/")[place] == ""
    write_squares(folder, SOME)
    assert "district-map" in browser.leaves("/")[place]
    (folder / "squares.geojson").write_text("{")
    assert browser.leaves("/")[place] == "", "a file that is refused takes the map away, not the page"
