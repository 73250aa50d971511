"""What a reader takes away: tables as CSV, figures as PNG and SVG, each a real file under a telling name."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator

from tests.browser.conftest import Server, Visit
from tests.browser.visitor import Visitor

SVG = "{http://www.w3.org/2000/svg}"
BOM = b"\xef\xbb\xbf"


def take(visitor: Visitor, link: Locator) -> tuple[str, bytes]:
    """Click, and the name and content of the file that comes."""
    with visitor.page.expect_download() as coming:
        link.click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


@pytest.mark.parametrize(
    ("page", "place", "name", "column"),
    [("/?domain=elderly", "#overview-heat", "progress", "status"),
     ("/indicators/demo_homes_adapted?district=990101", "#indicator-table", "series", "actual"),
     ("/districts/990101", "#district-scorecard", "scorecard", "target"),
     ("/data", "#data-completeness", "completeness", "expected"), ("/data", "#data-sources", "facts", "source")],
)  # fmt: skip
def test_a_table_is_taken_as_csv(visit: Visit, demo: Server, page: str, place: str, name: str, column: str) -> None:
    visitor = visit(demo)
    visitor.open(page)
    file, content = take(visitor, visitor.page.locator(f"{place} a[download][href*='.csv']"))
    assert file == f"dabiao-{name}.csv"
    assert content.startswith(BOM)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    assert len(rows) > 3
    assert any(column in head for head in rows[0])
    if "domain=elderly" in page:
        shown = visitor.page.locator("#overview-summary .legend b").all_inner_texts()
        counted = [row for row in rows if row["is_primary"] == "yes"]
        assert len(counted) == sum(map(int, shown)), "the file has what the page counts"


@pytest.mark.parametrize(
    ("page", "figure"),
    [("/indicators/demo_homes_adapted", "indicator-trend"), ("/indicators/demo_homes_adapted", "indicator-ranking"),
     ("/", "overview-map")],
)  # fmt: skip
def test_a_figure_is_taken_as_a_picture(visit: Visit, demo: Server, page: str, figure: str) -> None:
    visitor = visit(demo)
    visitor.open(page)
    box = visitor.page.locator(f"#{figure}").bounding_box()
    assert box is not None
    size = (round(box["width"]), round(box["height"]))
    buttons = visitor.page.locator(f"button[data-image='{figure}']")
    name, content = take(visitor, buttons.filter(has_text="PNG"))
    assert name == f"dabiao-{figure}.png"
    picture = Image.open(io.BytesIO(content), formats=["PNG"])
    assert list(picture.size) == [side * 2 for side in size]
    assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 20, "something is drawn"
    name, content = take(visitor, buttons.filter(has_text="SVG"))
    assert name == f"dabiao-{figure}.svg"
    root = ET.fromstring(content)
    assert root.tag == f"{SVG}svg"
    assert [round(float(root.attrib[side])) for side in ("width", "height")] == list(size)
    assert len(root.findall(f".//{SVG}path")) > 5


def test_the_scorecard_is_taken_as_a_picture(visit: Visit, own: Server) -> None:
    visitor = visit(own)
    visitor.open("/districts/320404")
    downloads = visitor.page.locator("#district-scorecard .downloads")
    name, content = take(visitor, downloads.get_by_role("link", name="SVG"))
    assert name == "dabiao-scorecard.svg"
    root = ET.fromstring(content)
    assert root.tag == f"{SVG}svg"
    assert "钟楼区" in "".join(root.itertext())
    name, content = take(visitor, downloads.get_by_role("button", name="PNG"))
    assert name == "dabiao-scorecard.png"
    picture = Image.open(io.BytesIO(content), formats=["PNG"])
    assert picture.size == tuple(round(float(root.attrib[side])) * 2 for side in ("width", "height"))
    assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 20
