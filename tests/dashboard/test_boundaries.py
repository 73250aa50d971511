"""Boundaries from the owner's GeoJSON: what is refused and how, shared borders, and what a size can show."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures import boundaries, geojson
from dashboard.figures.arcs import simplify, topology
from dashboard.figures.boundaries import check_boundaries, folder_mark, make_boundaries, read_boundaries
from dashboard.figures.geojson import parse_geojson
from tests.squares import SIDE, collection, feature, ring, squares, write_squares
from warehouse.errors import FileError

FOUR = ("990101", "990102", "990103", "990104")
HOLE = [[118.1, 29.1], [118.2, 29.1], [118.2, 29.2], [118.1, 29.2], [118.1, 29.1]]


def parse(document: Any) -> Any:
    """A document as a file of the folder."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse_geojson(content, "a.geojson")


def bent(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """A good collection of two, of which the second feature is made a bad one."""
    document = squares(FOUR[:2])
    change(document["features"][1])
    return document


def geometry(**values: Any) -> dict[str, Any]:
    """The same, with another geometry."""
    return bent(lambda x: x["geometry"].update(values))


def at(*position: Any) -> dict[str, Any]:
    """The same, with another first position."""
    return bent(lambda x: x["geometry"]["coordinates"][0].__setitem__(3, list(position)))


BAD: dict[str, tuple[Any, str, str]] = {
    "no JSON": (b'{"type": ', "不是合法的 JSON", "no valid JSON"),
    "empty": (b"", "不是合法的 JSON", "no valid JSON"),
    "not a number": (b'{"type": NaN}', "不是合法的 JSON", "no valid JSON"),
    "deep": (b"[" * 100_000, "不是合法的 JSON", "no valid JSON"),
    "GBK": ('{"type": "区划"}'.encode("gbk"), "不是 UTF-8", "not UTF-8"),
    "a list": ([1, 2], "FeatureCollection", "FeatureCollection"),
    "one feature": (feature("990101"), "FeatureCollection", "FeatureCollection"),
    "TopoJSON": ({"type": "Topology", "arcs": []}, "TopoJSON", "TopoJSON"),
    "no features": ({"type": "FeatureCollection", "features": {}}, "没有 features", "no list of features"),
    "a feature that is none": (collection(feature("990101"), {"type": "x"}), "第 2 个要素", "feature 2 is no Feature"),
    "metres": (
        squares(FOUR) | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}},
        "坐标系", "3857",
    ),
    "a system of no name": (squares(FOUR) | {"crs": "x"}, "坐标系", "degrees"),
    "twice": (collection(feature("990101"), feature(990101)), "990101 出现了两次", "comes twice (feature 2)"),
    "a point": (geometry(type="Point", coordinates=[118, 29]), "第 2 个要素是 Point", "feature 2 is Point"),
    "a line": (geometry(type="LineString"), "只认 Polygon", "not Polygon"),
    "no geometry": (bent(lambda x: x.update(geometry=None)), "第 2 个要素", "feature 2"),
    "a collection": (geometry(type="GeometryCollection", geometries=[]), "GeometryCollection", "GeometryCollection"),
    "no coordinates": (geometry(coordinates=None), "没有坐标", "no coordinates"),
    "no ring": (geometry(coordinates=[]), "没有坐标", "no coordinates"),
    "no polygon": (geometry(type="MultiPolygon", coordinates=[[]]), "没有坐标", "no coordinates"),
    "a ring that is none": (geometry(coordinates=["x"]), "环不是坐标列表", "no list of positions"),
    "two points": (geometry(coordinates=[[[118, 29], [119, 29], [118, 29]]]), "不足 3 个", "less than 3"),
    "words": (at("118", "29"), "不是数", "no pair of numbers"),
    "true": (at(True, False), "不是数", "no pair of numbers"),
    "one number": (at(118), "不是数", "no pair of numbers"),
    "nothing": (at(None, None), "不是数", "no pair of numbers"),
    "endless": (json.dumps(at(118, 7e77)).replace("7e+77", "1e999").encode(), "a.geojson", "a.geojson"),
    "latitude first": (at(29.5, 118.5), "写反了", "latitude seems to stand first"),
    "in metres": (at(13136000.0, 3376000.0), "以米计", "metres"),
    "out of range": (at(200, 29), "超出范围", "within"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_stand_is_refused_with_file_and_reason(name: str) -> None:
    document, zh, en = BAD[name]
    with pytest.raises(FileError) as refused:
        parse(document)
    assert zh in refused.value.zh and "a.geojson" in refused.value.zh
    assert en in refused.value.en and "a.geojson" in refused.value.en


def test_bounds_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.dumps(squares(FOUR)).encode()
    for name, most in (("MOST_BYTES", 100), ("MOST_FEATURES", 3), ("MOST_POINTS", 100)):
        with monkeypatch.context() as patch:
            patch.setattr(geojson, name, most)
            with pytest.raises(FileError, match=f"{most}|0 MB"):
                parse(content)
    assert len(parse(content)[0]) == 4


@pytest.mark.parametrize("name", ["adcode", "code", "district_code", "区划代码"])
@pytest.mark.parametrize("code", ["990101", 990101, 990101.0, " 990101 "])
def test_a_code_is_text_or_a_number_under_four_names(name: str, code: Any) -> None:
    shapes, skipped = parse(collection(feature(code, name=name)))
    assert [shape.code for shape in shapes] == ["990101"] and skipped == []


@pytest.mark.parametrize(
    "code", [None, "", "99010", "9901010", "100000_JD", 99010.5, True, [990101], "岚麓区", "０９９０１０"]
)
def test_a_feature_without_a_code_is_listed_and_never_taken_by_name(code: Any) -> None:
    odd = feature(code)
    odd["properties"]["name"] = "岚麓区"
    shapes, skipped = parse(collection(feature("990102"), odd))
    assert [shape.code for shape in shapes] == ["990102"]
    assert [(x.file, x.feature) for x in skipped] == [("a.geojson", 2)]


def test_rings_are_closed_and_heights_and_marks_of_order_left_out() -> None:
    open_ring = [[*point, 12.5] for point in ring(0, 0)[:-1]]
    [shape], _ = parse(b"\xef\xbb\xbf" + json.dumps(collection(feature("990101", open_ring))).encode())
    [[points]] = shape.polygons
    assert points.shape == (33, 2) and (points[0] == points[-1]).all()


def test_known_systems_of_degrees_pass() -> None:
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"):
        shapes, _ = parse(squares(FOUR) | {"crs": {"type": "name", "properties": {"name": name}}})
        assert len(shapes) == 4
    assert len(parse(squares(FOUR) | {"crs": None})[0]) == 4


def test_what_two_districts_share_is_one_line() -> None:
    shapes, _ = parse(squares(FOUR[:2]))
    found = topology(shapes)
    [left], [right] = (found.shapes[code] for code in FOUR[:2])
    shared = {n for n, _ in left[0]} & {n for n, _ in right[0]}
    assert len(found.arcs) == 3 and len(shared) == 1
    assert len(found.arcs[shared.pop()]) == 9
    directions = {backwards for ring_ in (left[0], right[0]) for n, backwards in ring_ if n in {1} | shared}
    assert directions <= {True, False}


def test_an_enclave_and_the_hole_it_fills_are_one_line() -> None:
    shapes, _ = parse(collection(feature("990101", ring(0, 0), HOLE), feature("990102", HOLE[::-1])))
    found = topology(shapes)
    assert len(found.arcs) == 2
    outline = make_boundaries(shapes).outlines(["990101"], 100, 100)["990101"]
    assert len(outline.rings) == 2, "a hole stays a hole"
    x, y = outline.label
    assert not (20 < x < 40 and 60 < y < 80), "the label does not stand in the hole"


def walk(code: str, found: Any) -> list[np.ndarray[Any, Any]]:
    """The rings of a district put together from arcs again."""
    rings = []
    for polygon in found.shapes[code]:
        for arcs in polygon:
            lines = [found.arcs[n][::-1] if backwards else found.arcs[n] for n, backwards in arcs]
            rings.append(np.vstack([lines[0], *(line[1:] for line in lines[1:])]))
    return rings


@given(st.integers(2, 30), st.integers(1, 6), st.integers(1, 9))
def test_rings_put_together_again_are_the_rings_there_were(count: int, columns: int, steps: int) -> None:
    codes = [str(990100 + n) for n in range(count)]
    features = [feature(code, ring(n % columns, n // columns, steps=steps)) for n, code in enumerate(codes)]
    shapes, _ = parse(collection(*features))
    found = topology(shapes)
    for shape in shapes:
        [built] = walk(shape.code, found)
        there = {tuple(np.rint(point * 1e6)) for point in shape.polygons[0][0]}
        assert {tuple(np.rint(point * 1e6)) for point in built} == there
        assert (built[0] == built[-1]).all() and len(built) == len(shape.polygons[0][0])


@given(
    st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=2, max_size=60),
    st.floats(0.01, 20),
)
def test_a_simplified_line_keeps_its_ends_and_stays_near(points: list[tuple[float, float]], tolerance: float) -> None:
    line = np.array(points)
    found = simplify(line, tolerance)
    assert (found[0] == line[0]).all() and (found[-1] == line[-1]).all() and 2 <= len(found) <= len(line)
    for point in line:
        assert min(_away(point, a, b) for a, b in pairwise(found)) <= tolerance * (1 + 1e-9) + 1e-9


def _away(point: Any, a: Any, b: Any) -> float:
    length = float((b - a) @ (b - a))
    part = 0.0 if length == 0 else min(1.0, max(0.0, float((point - a) @ (b - a)) / length))
    return math.dist(point, a + part * (b - a))


def test_a_map_is_as_fine_as_its_size_can_show() -> None:
    wavy = [[118 + x / 2000, 29 + math.sin(x / 3) / 1000] for x in range(2000)] + [[119, 30], [118, 30], [118, 29]]
    found = make_boundaries(parse(collection(feature("990101", wavy)))[0])
    counts = [len(found.outlines(["990101"], size, size)["990101"].rings[0]) for size in (100, 400, 4000)]
    assert counts[0] < counts[1] < counts[2] <= 2003
    assert counts[0] < 40


def test_districts_fill_the_box_and_are_true_in_the_middle() -> None:
    found = make_boundaries(parse(squares(FOUR))[0])
    outlines = found.outlines(FOUR, 400, 400)
    points = np.vstack([r for outline in outlines.values() for r in outline.rings])
    assert points.min() >= -1e-9 and points.max() <= 400 + 1e-9
    assert np.ptp(points[:, 0]) == pytest.approx(400)
    assert np.ptp(points[:, 0]) / np.ptp(points[:, 1]) == pytest.approx(4 * math.cos(math.radians(29 + SIDE / 2)))
    assert found.aspect(FOUR) == pytest.approx(4 * math.cos(math.radians(29 + SIDE / 2)))
    assert outlines[FOUR[0]].label[0] < outlines[FOUR[1]].label[0] < outlines[FOUR[3]].label[0], "east is right"
    north = make_boundaries(parse(squares(FOUR, columns=1))[0]).outlines(FOUR, 100, 400)
    assert north[FOUR[3]].label[1] < north[FOUR[0]].label[1], "north is up"


def test_unknown_codes_and_no_codes_are_drawn_as_nothing() -> None:
    found = make_boundaries(parse(squares(FOUR))[0])
    assert found.outlines(["777777"], 100, 100) == {} and found.outlines([], 100, 100) == {}
    assert make_boundaries([]).aspect(FOUR) == 1.0


def test_islands_too_small_to_see_are_left_out_but_never_the_whole_district() -> None:
    islands = [[ring(0, 0)], [ring(3, 3, side=0.0005)]]
    shape = {"type": "Feature", "properties": {"code": 990101},
             "geometry": {"type": "MultiPolygon", "coordinates": islands}}  # fmt: skip
    tiny = feature("990102", ring(8, 8, side=0.0001))
    found = make_boundaries(parse(collection(shape, tiny))[0]).outlines(("990101", "990102"), 300, 300)
    assert len(found["990101"].rings) == 1
    assert len(found["990102"].rings) == 1 and found["990102"].path.startswith("M")


def test_both_sides_of_the_180th_meridian_stand_beside_each_other() -> None:
    def box(west: float, east: float) -> list[list[float]]:
        return [[west, 50], [east, 50], [east, 51], [west, 51], [west, 50]]

    found = make_boundaries(parse(collection(feature("990101", box(178, 180)), feature("990102", box(-180, -178))))[0])
    assert found.aspect(("990101", "990102")) == pytest.approx(4 * math.cos(math.radians(50.5)))
    crossing = make_boundaries(parse(collection(feature("990101", box(179, -179))))[0])
    assert crossing.aspect(("990101",)) == pytest.approx(2 * math.cos(math.radians(50.5)))


def test_a_folder_is_read_again_when_a_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "boundaries"
    assert read_boundaries(folder) is None and folder_mark(folder) == ()
    write_squares(folder, FOUR[:2])
    first = read_boundaries(folder)
    assert first is not None and first.codes == {*FOUR[:2]} and first.files == ("squares.geojson",)
    with monkeypatch.context() as patch:
        patch.setattr(boundaries, "check_boundaries", lambda _: pytest.fail("nothing changed"))
        assert read_boundaries(folder) is first
    mark = folder_mark(folder)
    write_squares(folder, FOUR)
    os.utime(folder / "squares.geojson", ns=(1, 1))
    again = read_boundaries(folder)
    assert again is not None and again.codes == {*FOUR} and folder_mark(folder) != mark
    (folder / "notes.txt").write_text("not a boundary")
    assert read_boundaries(folder) is again


def test_a_refused_file_leaves_the_pages_without_a_map_and_says_why_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_squares(tmp_path, FOUR)
    (tmp_path / "second.JSON").write_text(json.dumps(squares(FOUR[3:])))
    with pytest.raises(FileError, match=r"990104 在 second\.JSON 和 squares\.geojson|990104 在 squares"):
        check_boundaries(tmp_path)
    assert read_boundaries(tmp_path) is None and read_boundaries(tmp_path) is None
    said = capsys.readouterr()
    assert (said.out + said.err).count("boundaries_refused") == 1


def test_two_files_are_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_squares(tmp_path, FOUR[:2], "a.json")
    write_squares(tmp_path, FOUR[2:], "b.geojson")
    found = check_boundaries(tmp_path)
    assert found is not None and found.codes == {*FOUR} and found.files == ("a.json", "b.geojson")
    monkeypatch.setattr(boundaries, "MOST_POINTS", 100)
    with pytest.raises(FileError, match="合计"):
        check_boundaries(tmp_path)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_squares(tmp_path, FOUR)

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(FileError, match=r"squares\.geojson"):
        check_boundaries(tmp_path)
