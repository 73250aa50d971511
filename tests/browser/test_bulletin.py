"""通报: chosen by keyboard and read on the page; on paper by a real browser, every number of the Word file on it."""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import Any

import pytest
from docx.oxml.ns import qn
from playwright.sync_api import expect
from pypdf import PdfReader

from dashboard.exports.bulletin import make_bulletin
from dashboard.exports.model import no_steps
from dashboard.exports.printed import make_pdf
from dashboard.exports.request import request_of
from dashboard.exports.word import make_docx
from tests.browser.conftest import Server, Visit
from tests.browser.test_accessibility import AXE
from tests.dashboard.support import Site
from tests.exports.support import opened

RUN = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
  .map((x) => [x.impact, x.id, x.nodes.length, x.nodes[0].html.slice(0, 160)])"""
NUMBER = re.compile(r"\d[\d,.]*%?")


@pytest.fixture(scope="module")
def printed(demo_file: Any) -> tuple[bytes, bytes]:
    """A bulletin of the synthetic province as Word and as PDF."""
    site = Site(demo_file)
    with site.read() as reading:
        asked = {"period": "2025-S2", "office": "云州市民政局", "number": "云民〔2026〕12号"}
        b = make_bulletin(reading, request_of(asked))
        files = make_docx(b, reading, no_steps), make_pdf(b, reading, no_steps)
    site.close()
    return files


def test_all_of_the_word_file_is_on_paper(printed: tuple[bytes, bytes]) -> None:
    """Heads are repeated on every page, so the paper may say a number more often, never less."""
    word, pdf = printed
    reader = PdfReader(io.BytesIO(pdf))
    on_paper = "".join("".join(page.extract_text() for page in reader.pages).split())
    paragraphs = ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in opened(word).element.body.iter(qn("w:p"))]
    cells = Counter(text for text in ("".join(p.split()) for p in paragraphs) if len(text) < 8 and NUMBER.search(text))
    assert len(cells) > 200
    assert {text for text, times in cells.items() if on_paper.count(text) < times} == set()
    for text in paragraphs:  # a longer one may go on beside another, or on the next page
        assert [number for number in NUMBER.findall(text) if number not in on_paper] == []


def test_the_paper_is_that_of_an_official_notice(printed: tuple[bytes, bytes]) -> None:
    reader = PdfReader(io.BytesIO(printed[1]))
    sizes = [(round(page.mediabox.width), round(page.mediabox.height)) for page in reader.pages]
    assert set(sizes) == {(595, 842), (842, 595)}
    assert sizes == sorted(sizes), "what lies on its side comes last"
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert re.search(rf"—\s*{number}\s*—", text), number
        assert len("".join(text.split())) > 20, f"page {number} is empty"
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            _check_embedded(font.get_object())
    assert reader.metadata is not None and reader.metadata.title == "关于2025年下半年民政工作目标完成情况的通报"


def _check_embedded(font: Any) -> None:
    """Its glyphs are in the file: drawn (Type 3), or as a font file."""
    if font["/Subtype"] == "/Type3":
        assert font["/CharProcs"]
        return
    descendant = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].get_object())


def test_a_bulletin_is_chosen_by_keyboard_alone(visit: Visit, demo: Server) -> None:
    visitor = visit(demo)
    page = visitor.page
    page.goto(f"{demo.url}/bulletin")
    page.get_by_label("半年度").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.get_by_label("发文机关（可不填）").focus()
    page.keyboard.type("某市民政局")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_contain_text("某市民政局")
    assert "office=" in page.url and "period=20" in page.url
    chosen = page.get_by_label("半年度").input_value()
    page.locator("summary", has_text="业务领域").focus()
    page.keyboard.press("Enter")
    page.get_by_label("养老服务").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="预览").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("养老服务目标完成情况的通报"))).to_be_visible()
    assert page.get_by_label("半年度").input_value() == chosen
    hidden = page.locator(".bulletin-take input[type=hidden]:not([name=csrf_token])")
    sent = {field.get_attribute("name"): field.get_attribute("value") for field in hidden.all()}
    assert sent == {"period": chosen, "domains": "elderly", "office": "某市民政局"}
    assert page.locator(".bulletin-take button").all_inner_texts() == ["Word", "PDF", "PowerPoint", "Excel"]


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_axe_finds_nothing_and_nothing_hangs_over(visit: Visit, own: Server, language: str, width: int) -> None:
    visitor = visit(own, width, 900, language)
    visitor.page.goto(f"{own.url}/bulletin?period=2020-S1&since=2019-01-01")
    visitor.evaluate(f"() => {{{AXE.read_text(encoding='utf-8')}}}")
    assert visitor.evaluate(RUN) == []
    assert visitor.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
