"""The bulletin as an editable Word document in the manner of an official notice.

A template of the bureau may take the place of the built-in look: its styles, header and footer are kept, and
``{{正文}}`` in it says where the text goes (without it, its own text is replaced as a whole). ``{{标题}}``,
``{{文号}}``, ``{{发文机关}}``, ``{{日期}}`` and ``{{半年度}}`` are filled in wherever they stand.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph as WordParagraph

from dashboard.exports import word_parts as parts
from dashboard.exports.model import Bulletin, Step
from dashboard.exports.outline import Annex, Block, Heading, Outline, Paragraph, make_outline
from dashboard.exports.outline_tables import Table
from dashboard.exports.word_styles import TABLE_STYLE, ids, set_up
from dashboard.exports.words import title_lines
from dashboard.reading import Reading
from warehouse.engine import ROOT
from warehouse.errors import DabiaoError

SETTING = "DABIAO_BULLETIN_TEMPLATE"
TEMPLATE = ROOT / "data" / "templates" / "bulletin.docx"
TEXT = "{{正文}}"
_EMU_PER_TWIP = 635
_PAGES = ("", "first_page_", "even_page_")
_PARTS = {"table": TABLE_STYLE, "head": "表头", "cell": "表格文字", "number": "表格数字", "below": "表格小字"}
"""Styles of what a table is made of."""


def make_docx(bulletin: Bulletin, reading: Reading, step: Step) -> bytes:
    """The bulletin as .docx. Errors: DabiaoError for a template that is none; whatever ``step`` raises."""
    return write_docx(make_outline(bulletin, reading), reading.display.period(bulletin.period), step)  # type: ignore[arg-type]


def write_docx(outline: Outline, period: str, step: Step, environment: Mapping[str, str] = os.environ) -> bytes:
    """An outline as .docx: in the template of the setting, else that in data/templates, else in the built-in look."""
    template = find_template(environment)
    document = docx.Document() if template is None else _open(template)
    set_up(document, is_own=template is None)
    _Writer(document, outline, period, step).write(is_own=template is None)
    _describe(document, outline)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def find_template(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The bureau's template; None where it has none."""
    named = environment.get(SETTING, "").strip()
    if named:
        return Path(named)
    return TEMPLATE if TEMPLATE.is_file() else None


def _open(path: Path) -> Document:
    try:
        return docx.Document(str(path))
    except (OSError, ValueError, KeyError, SyntaxError, BadZipFile, PackageNotFoundError):
        raise DabiaoError(
            f"通报模板 {path.name} 打不开，或者不是 Word 文档（.docx）。"
            f"请用 Word 另存为 .docx，放在 data/templates/bulletin.docx 或者用 {SETTING} 指明；"
            "也可以移走它，使用内置版式。",
            f"The bulletin's template {path.name} cannot be opened, or is no Word document (.docx). Save it as .docx "
            f"in data/templates/bulletin.docx or name it in {SETTING}; or take it away to use the built-in look.",
        ) from None


class _Writer:
    """Puts the blocks of an outline into a document, in front of a place in it."""

    def __init__(self, document: Document, outline: Outline, period: str, step: Step) -> None:
        self.document, self.outline, self.step = document, outline, step
        self.body = document.element.body
        self.ids = ids(document)
        self.done, self.all = 0, len(outline.body) + sum(len(annex.blocks) for annex in outline.annexes) + 1
        self.values = {
            "标题": outline.title, "文号": outline.number, "发文机关": outline.office, "日期": outline.signed,
            "半年度": period,
        }  # fmt: skip

    def write(self, *, is_own: bool) -> None:
        filled = set(self._fill_in())
        place = next((p._p for p in self.document.paragraphs if TEXT in p.text), None)
        if place is None:
            self._clear()
        before = self.body[-1] if place is None else place
        if place is None:
            self._letterhead(before)
        if place is None or "标题" not in filled:
            self._put(before, "\n".join(title_lines(self.outline.title)), "Title")
        for block in self.outline.body:
            self._block(before, block)
        self._end(before, is_signed=place is None or "日期" not in filled)
        if place is not None:
            self.body.remove(place)
        if is_own:
            self._number_pages()
        for annex in self.outline.annexes:
            self._annex(annex)

    def _fill_in(self) -> Iterator[str]:
        """Fill in the placeholders; yields those that were found in the text itself."""
        for paragraph in list(_paragraphs(self.body)):
            yield from self._fill(paragraph)
        for section in self.document.sections:
            for kind in (
                "header",
                "footer",
                "first_page_header",
                "first_page_footer",
                "even_page_header",
                "even_page_footer",
            ):
                part = getattr(section, kind)
                if not part.is_linked_to_previous:
                    for paragraph in _paragraphs(part._element):
                        for _name in self._fill(paragraph):
                            pass

    def _fill(self, paragraph: WordParagraph) -> Iterator[str]:
        text = found = paragraph.text
        for name, value in self.values.items():
            if f"{{{{{name}}}}}" in text:
                yield name
                text = text.replace(f"{{{{{name}}}}}", value)
        if text != found:
            for run in paragraph.runs[1:]:
                run.text = ""
            paragraph.runs[0].text = text

    def _clear(self) -> None:
        for child in list(self.body)[:-1]:
            self.body.remove(child)

    def _letterhead(self, before: Any) -> None:
        """发文机关标志 and 文号 above a red line, where there are any."""
        if self.outline.office:
            self._put(before, self.outline.office, "发文机关")
        if self.outline.number:
            self._put(before, self.outline.number, "发文字号")
        if self.outline.office or self.outline.number:
            last = before.getprevious()
            last.pPr.append(
                parse_xml(
                    f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="12" w:space="4" w:color="D7000F"/></w:pBdr>'
                )
            )

    def _block(self, before: Any, block: Block) -> None:
        self.step(self.done, self.all)
        self.done += 1
        match block:
            case Heading(text, level):
                self._put(before, text, f"Heading {level}")
            case Paragraph(text):
                self._put(before, text, "Normal")
            case Table():
                if block.name:
                    self._put(before, block.name, "表名")
                names = {
                    "table": TABLE_STYLE,
                    "head": "表头",
                    "cell": "表格文字",
                    "number": "表格数字",
                    "below": "表格小字",
                }
                styles = {part: self.ids[name] for part, name in names.items()}
                before.addprevious(parts.table(block, self._width(), styles))
                self._put(before, "", "表后")

    def _end(self, before: Any, *, is_signed: bool) -> None:
        o = self.outline
        for number, text in enumerate(o.listed):
            self._put(before, text, "附件列" if number else "附件首列")
        if is_signed:
            for number, text in enumerate(filter(None, (o.office, o.signed))):
                self._put(before, text, "署名" if number else "署名首行")

    def _annex(self, annex: Annex) -> None:
        if annex.is_wide:
            self._turn()
        before = self.body[-1]
        self._put(before, annex.mark, "附件")
        self._put(before, annex.title, "附件标题")
        for block in annex.blocks:
            if isinstance(block, Paragraph):
                self._put(before, block.text, "附件说明")
            else:
                self._block(before, block)

    def _turn(self) -> None:
        """A new section on its side; the paper is turned as a whole, with its margins."""
        now = self.document.sections[-1]
        width, height = now.page_width, now.page_height
        top, right, bottom, left = now.top_margin, now.right_margin, now.bottom_margin, now.left_margin
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        self._end_section_in_text()
        if width is not None and height is not None and height > width:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = height, width
            section.left_margin, section.top_margin, section.right_margin, section.bottom_margin = (
                top,
                right,
                bottom,
                left,
            )

    def _end_section_in_text(self) -> None:
        """Not in an empty paragraph, which might fall on a page of its own."""
        empty = self.body[-2]
        last = empty.getprevious()
        if last is not None and last.tag == qn("w:p"):
            last.get_or_add_pPr().append(empty.pPr.find(qn("w:sectPr")))
            self.body.remove(empty)

    def _number_pages(self) -> None:
        section = self.document.sections[0]
        for footer, style in ((section.footer, "页码单"), (section.even_page_footer, "页码双")):
            footer.is_linked_to_previous = False
            element = footer._element
            for child in list(element):
                element.remove(child)
            element.append(parts.page_number(self.ids[style]))

    def _put(self, before: Any, text: str, style: str) -> None:
        before.addprevious(parts.paragraph(text, self.ids[style]))

    def _width(self) -> int:
        """Of the text, in twips."""
        section = self.document.sections[-1]
        space = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
        return int(space) // _EMU_PER_TWIP


def _paragraphs(element: Any) -> Iterator[WordParagraph]:
    """Every paragraph below an element, those in tables and text boxes among them."""
    for found in element.iter(qn("w:p")):
        yield WordParagraph(found, None)  # type: ignore[arg-type]


def _describe(document: Document, outline: Outline) -> None:
    """Core properties, of the day of the bulletin."""
    at = datetime.combine(outline.day, time())
    core = document.core_properties
    core.title, core.author, core.last_modified_by = outline.title, outline.office, outline.office
    core.subject, core.comments, core.keywords = outline.subject, outline.number, outline.data_version
    core.language, core.created, core.modified = "zh-CN" if outline.language == "zh" else "en", at, at
