"""The small trend of a slide: what is drawn is what is known, and every text is a text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest

from dashboard.figures.sparks import HEIGHT, WIDTH, Point, spark
from warehouse.measures.status import Status


def point(name: str, actual: str | None, target: str | None = None) -> Point:
    """A half-year."""
    values = [None if value is None else Decimal(value) for value in (actual, target)]
    return Point(name, values[0], values[1], f"<{actual}>", f"目标 {target}", Status.BEHIND)


def drawn(*points: Point) -> ET.Element:
    """The picture, parsed."""
    return ET.fromstring(str(spark(points, "历次 <1> & 2")))


@pytest.mark.parametrize(
    ("values", "dots", "lines"),
    [
        (["1", "2", "3"], 3, 1), (["1", None, "3"], 2, 0), (["1", "2", None, "3", "4"], 4, 2), (["0", "0"], 2, 1),
        (["-5", "5"], 2, 1), ([None, "7"], 1, 0), (["1e9", "0.000001"], 2, 1),
    ],
)  # fmt: skip
def test_a_half_year_without_a_figure_breaks_the_line(values: list[str | None], dots: int, lines: int) -> None:
    root = drawn(*(point(str(n), value, "2") for n, value in enumerate(values)))
    assert (len(root.findall("circle")), len(root.findall("polyline"))) == (dots, lines)
    assert len([x for x in root.findall("path") if "stroke-dasharray" in x.attrib]) == len(values)
    for dot in root.findall("circle"):
        assert 0 <= float(dot.attrib["cx"]) <= WIDTH and 0 <= float(dot.attrib["cy"]) <= HEIGHT


def test_it_labels_the_last_figure_the_target_and_both_ends_apart() -> None:
    root = drawn(point("上", "1", "4"), point("下", "3", "4"))
    texts = {x.text: float(x.attrib["y"]) for x in root.findall("text")}
    assert set(texts) == {"<3>", "目标 4", "上", "下"}
    assert texts["目标 4"] < texts["<3>"], "the target above, the figure below it"
    above = drawn(point("上", "1", "4"), point("下", "5", "4"))
    texts = {x.text: float(x.attrib["y"]) for x in above.findall("text")}
    assert texts["<5>"] < texts["目标 4"]
    assert root.attrib["aria-label"] == "历次 <1> & 2"


def test_without_a_figure_there_is_no_picture() -> None:
    assert spark([], "") == spark([point("上", None, "3")], "") == ""


def test_values_close_together_are_told_apart_and_the_missing_0_is_said() -> None:
    near = [point("上", "98.4", "98.2"), point("下", "97.44", "98.2")]
    flat, cut = (ET.fromstring(str(spark(near, "", words))) for words in ("", "不从 0 起"))
    heights = [[float(x.attrib["cy"]) for x in root.findall("circle")] for root in (flat, cut)]
    assert abs(heights[0][0] - heights[0][1]) < 10 and abs(heights[1][0] - heights[1][1]) > 100
    told = [[x.text for x in root.findall("text")] for root in (flat, cut)]
    assert "不从 0 起" not in told[0] and "不从 0 起" in told[1]
    far = ET.fromstring(str(spark([point("上", "40", "98.2"), point("下", "97.44", "98.2")], "", "不从 0 起")))
    assert "不从 0 起" not in [x.text for x in far.findall("text")]
