"""What a reader takes away: tables as CSV, figures as PNG and SVG, each a real file under a telling name."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator

from tests.browser.conftest import Server, Visit
from tests.browser.visitor import Visitor

SVG = "{http://www.w3.org/2000/svg}"
BOM = b"\xef\xbb\xbf"
SIZES = {"1920x1080": (1920, 1080), "3840x2160": (3840, 2160), "paper": (1890, None)}
"""Pixels of pictures; 160 mm at 300 dots an inch are 1890."""


def check_png(content: bytes, size: str) -> None:
    """Of the size it is called by, with something on it; on paper as wide as it says."""
    picture = Image.open(io.BytesIO(content), formats=["PNG"])
    width, height = SIZES[size]
    assert picture.width == width and height in (None, picture.height)
    assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 20, "something is drawn"
    if size == "paper":
        dots = picture.info["dpi"][0]
        assert abs(picture.width / dots * 25.4 - 160) < 0.1


def check_svg(content: bytes, size: str) -> ET.Element:
    """The same, drawn in lines."""
    root = ET.fromstring(content)
    assert root.tag == f"{SVG}svg"
    width, height = SIZES[size]
    if height is None:
        assert root.attrib["width"] == "160mm" and root.attrib["height"].endswith("mm")
    else:
        assert (root.attrib["width"], root.attrib["height"]) == (str(width), str(height))
    return root


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
    menu = visitor.page.locator(f"#{figure}-note details.menu")
    menu.locator("summary").click()
    foot = visitor.page.locator(f"#{figure}-note .foot > span").all_inner_texts()[:2]
    for size in SIZES:
        buttons = menu.locator(f"button[data-size='{size}']")
        name, content = take(visitor, buttons.filter(has_text="PNG"))
        assert name == f"dabiao-{figure}-{size}.png"
        check_png(content, size)
        name, content = take(visitor, buttons.filter(has_text="SVG"))
        assert name == f"dabiao-{figure}-{size}.svg"
        root = check_svg(content, size)
        assert len(root.findall(f".//{SVG}path")) > 5
        said = re.sub(r"\s", "", "".join(root.itertext()))
        assert visitor.page.locator("main h1:visible").first.inner_text()[:4] in said, "its title"
        assert all(re.sub(r"\s", "", text) in said for text in foot), "its source, and up to when it knows"


def test_the_menu_of_pictures_is_operated_by_the_keyboard(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    visitor.open("/indicators/demo_homes_adapted")
    menu = visitor.page.locator("#indicator-trend-note details.menu")
    menu.locator("summary").focus()
    visitor.page.keyboard.press("Enter")
    assert menu.locator("button").first.is_visible()
    visitor.page.keyboard.press("Tab")
    with visitor.page.expect_download() as coming:
        visitor.page.keyboard.press("Enter")
    assert coming.value.suggested_filename == "dabiao-indicator-trend-1920x1080.png"
    visitor.page.keyboard.press("Escape")
    assert not menu.locator("button").first.is_visible()
    assert menu.locator("summary").evaluate("(e) => e === document.activeElement")


def test_the_scorecard_is_taken_as_a_picture(visit: Visit, own: Server) -> None:
    visitor = visit(own)
    visitor.open("/districts/320404")
    downloads = visitor.page.locator("#district-scorecard .downloads")
    name, content = take(visitor, downloads.get_by_role("link", name="SVG"))
    assert name == "dabiao-scorecard.svg"
    root = ET.fromstring(content)
    assert root.tag == f"{SVG}svg"
    assert "钟楼区" in "".join(root.itertext())
    downloads.locator("summary").click()
    for size in SIZES:
        buttons = downloads.locator(f"button[data-size='{size}']")
        name, content = take(visitor, buttons.filter(has_text="PNG"))
        assert name == f"dabiao-scorecard-{size}.png"
        check_png(content, size)
        assert "钟楼区" in "".join(check_svg(take(visitor, buttons.filter(has_text="SVG"))[1], size).itertext())
