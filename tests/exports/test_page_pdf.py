"""Every page as a PDF: what stands on all its sheets stands there at once, and every glyph is within."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace

import pypdf
import pytest

from dashboard.exports.markup import to_html
from dashboard.exports.page_pdf import make_page, page_html
from dashboard.pages import PAGES, changes, chase
from tests.dashboard.html import Node, parse
from tests.dashboard.support import Built, Site

LINKS = [
    "/", "/?status=met", "/?domain=elderly&period=2025-S2", "/changes?since=2025-01-01", "/indicators",
    "/indicators/demo_homes_adapted?district=990101", "/districts", "/districts/990101", "/data",
    "/completeness?period=2025-S2", "/methodology",
]  # fmt: skip
SHEETS = [("/?status=met", "overview-attention"),
          pytest.param("/changes?since=2025-01-01", "changes-list", marks=pytest.mark.slow),
          ("/completeness?period=2025-S1", "chase-list"), ("/?domain=elderly", "overview-heat")]  # fmt: skip


def rows_of(tree: Node) -> list[str]:
    """Every row of a table below, without the rows of names of groups."""
    found = []
    for row in tree.all("tr"):
        cells = [cell.text for cell in row.all("th") + row.all("td")]
        if len(cells) > 1 and row.all("td"):
            found.append("|".join(cells))
    return found


def whole(site: Site, link: str, language: str = "zh") -> Node:
    """The document of a page."""
    with site.read(link, language) as reading:
        return parse(page_html(reading))


@pytest.mark.parametrize(("link", "leaf"), SHEETS)
def test_a_table_stands_there_whole(demo: Site, monkeypatch: pytest.MonkeyPatch, link: str, leaf: str) -> None:
    """Also where a screen shows it sheet by sheet, many of them."""
    monkeypatch.setattr(changes, "SHEET_LINES", 120)
    monkeypatch.setattr(chase, "SHOWN_ROWS", 7)
    document = whole(demo, link)
    assert not document.all(css="pager")
    told = rows_of(document.one("div", id=leaf))
    expected: list[str] = []
    for sheet in range(1, 99):
        built: Built = demo.build(f"{link}&sheet={sheet}")
        rows = rows_of(built[leaf])
        if not rows:
            break
        expected += rows
        if not built[leaf].all(css="pager"):
            break
    if leaf == "overview-heat":  # which is cut by districts, on paper into narrower tables
        assert {cell for row in told for cell in row.split("|")} == {c for row in expected for c in row.split("|")}
    else:
        assert len(expected) > 7 and told == expected


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("link", LINKS)
def test_every_page_is_a_document_of_its_own(demo: Site, link: str, language: str) -> None:
    with demo.read(link, language) as reading:
        html = page_html(reading)
    tree = parse(html)
    assert tree.one("html")["lang"] == ("zh-CN" if language == "zh" else "en")
    assert not tree.all("script") and not tree.all("link") and not tree.all("img")
    assert not re.findall(r"<a\b[^>]*\shref=", html), "no link leads anywhere"
    assert not re.findall(r"url\((?![\"']?data:)", html), "and nothing is fetched"
    assert all("open" in node.attributes for node in tree.all("details"))
    assert tree.one("section", id=f"page-{PAGES_OF[link.partition('?')[0]]}").text


PAGES_OF = {"/": "overview", "/changes": "changes", "/indicators": "indicators",
            "/indicators/demo_homes_adapted": "indicator", "/districts": "districts", "/districts/990101": "district",
            "/data": "data", "/completeness": "chase", "/methodology": "methodology"}  # fmt: skip


def test_names_of_markup_are_text(evil: Site) -> None:
    tree = whole(evil, "/districts")
    assert "<b>&amp;\"'6" in tree.text and not tree.one("main").all("b", css="x")


def test_every_kind_of_component_of_every_skeleton_is_known() -> None:
    for module in PAGES.values():
        html = str(to_html(module.skeleton(str), {}))
        assert parse(html).all("h1") or module.NAME in ("indicator", "district", "missing")
        for leaf, _prop in module.LEAVES:
            assert html.count(f'id="{leaf}"') == 1


@pytest.mark.parametrize("link", ["/completeness?period=2025-S1", "/indicators/demo_homes_adapted?district=990101"])
def test_the_pdf_has_every_row_and_every_glyph(demo: Site, link: str) -> None:
    steps: list[tuple[int, int]] = []
    with demo.read(link) as reading:
        name, content = make_page(reading, link, lambda *step: steps.append(step))
        tree = parse(page_html(replace(reading)))
    assert name.startswith("达标-") and steps[0] == (0, 2) and steps[-1] == (2, 2)
    document = pypdf.PdfReader(io.BytesIO(content))
    papers = {tuple(round(float(x) / 72 * 25.4) for x in page.mediabox[2:]) for page in document.pages}
    assert papers == {(210, 297)}, "A4"
    raw = "".join(page.extract_text() for page in document.pages)
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", raw))  # some letters come out as radicals
    heads = {
        re.sub(r"\s", "", unicodedata.normalize("NFKC", cell.text))
        for row in tree.all("tr")
        for cell in row.all("th")
        if cell["scope"] == "row"
    }
    assert heads and not [head for head in heads if head and head not in text]
    for page in document.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            known = font.get_object()
            assert known["/Subtype"] == "/Type3" or embedded(known), known
    if "indicators" in link:
        assert "琼堤区" in text or "2,350户" in text, "the figure is drawn, and its words are words"


def embedded(font: pypdf.generic.DictionaryObject) -> bool:
    """Whether a font's shapes are in the file."""
    of = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font  # type: ignore[index]
    return any(name in of["/FontDescriptor"] for name in ("/FontFile", "/FontFile2", "/FontFile3"))
