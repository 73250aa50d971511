"""The look of an official notice after GB/T 9704: paper, fonts, line spacing, page numbers.

A template's own styles are left as they are; only those it lacks are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.oxml import serialize_part_xml
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

FANG, HEI, KAI, TITLE = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
LATIN = "Times New Roman"
ALTERNATIVES = {FANG: "仿宋", KAI: "楷体", TITLE: "宋体", HEI: "SimHei"}
"""What to take where a font is not installed."""
MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}
"""Of A4, in mm."""
LINE = 28
"""Points from line to line of the text."""
_FOOTER = 24
"""mm from the edge to the page number: it stands 7 mm below the text."""


@dataclass(frozen=True, slots=True)
class Look:
    """A paragraph style. Sizes and spacing in points; ``indent`` in characters; ``level`` of the outline, from 0."""

    font: str
    size: float
    line: float | None = None
    indent: float = 0
    align: WD_ALIGN_PARAGRAPH | None = None
    before: float = 0
    after: float = 0
    colour: str | None = None
    is_kept: bool = False
    """Whether it stays on the page of what follows."""
    level: int | None = None
    right: float = 0
    """Indent from the right, in characters."""
    page_break: bool = False
    is_bold: bool = False


_CENTRE, _RIGHT, _LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
LOOKS = {
    "Normal": Look(FANG, 16, LINE, 2, WD_ALIGN_PARAGRAPH.JUSTIFY),
    "Title": Look(TITLE, 22, 36, align=_CENTRE, before=LINE, after=LINE, is_kept=True),
    "Heading 1": Look(HEI, 16, LINE, 2, _LEFT, is_kept=True, level=0),
    "Heading 2": Look(KAI, 16, LINE, 2, _LEFT, is_kept=True, level=1),
    "发文机关": Look(TITLE, 30, align=_CENTRE, after=16, colour="D7000F", is_kept=True),
    "发文字号": Look(FANG, 16, LINE, align=_CENTRE, is_kept=True),
    "署名首行": Look(FANG, 16, LINE, align=_RIGHT, right=4, before=2 * LINE, is_kept=True),
    "署名": Look(FANG, 16, LINE, align=_RIGHT, right=4),
    "附件首列": Look(FANG, 16, LINE, 2, _LEFT, before=LINE, is_kept=True),
    "附件列": Look(FANG, 16, LINE, 2, _LEFT, is_kept=True),
    "附件": Look(HEI, 16, LINE, align=_LEFT, page_break=True, is_kept=True),
    "附件标题": Look(TITLE, 18, 30, align=_CENTRE, after=6, is_kept=True, level=0),
    "附件说明": Look(FANG, 10.5, 16, align=_LEFT, after=4),
    "表名": Look(HEI, 12, 22, align=_CENTRE, before=8, after=2, is_kept=True),
    "表头": Look(HEI, 9, align=_CENTRE, before=2, after=2, is_kept=True),
    "表格文字": Look(FANG, 9, align=_LEFT, before=1.5, after=1.5),
    "表格数字": Look(FANG, 9, align=_RIGHT, before=1.5, after=1.5),
    "表格小字": Look(FANG, 7.5, align=_LEFT, after=1),
    "表后": Look(FANG, 5, 10),
    "页码单": Look("宋体", 14, align=_RIGHT, right=1),
    "页码双": Look("宋体", 14, indent=1, align=_LEFT),
}
TABLE_STYLE = "通报表格"


def set_up(document: Document, *, is_own: bool) -> None:
    """Add what the document lacks; ``is_own``: it is not a template of the bureau, so everything is set."""
    styles = document.styles
    known = {style.name for style in styles}
    for name, look in LOOKS.items():
        if name not in known:
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if name not in known or is_own:
            _dress(styles[name], look)
    if TABLE_STYLE not in known:
        _add_table_style(styles)
    if is_own:
        _set_language(document)
        _add_alternatives(document)
        set_paper(document.sections[0])
        document.settings.odd_and_even_pages_header_footer = True


def set_paper(section: Any) -> None:
    """A4 with the margins of official documents."""
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, mm in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(mm))
    section.footer_distance, section.header_distance = Mm(_FOOTER), Mm(15)
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)


def ids(document: Document) -> dict[str, str]:
    """The id of each style by its name, as paragraphs name it."""
    return {name: document.styles[name].style_id for name in (*LOOKS, TABLE_STYLE)}


def _dress(style: Any, look: Look) -> None:
    _set_fonts(style.element.get_or_add_rPr(), look.font)
    style.font.size, style.font.bold, style.font.italic = Pt(look.size), look.is_bold, False
    style.font.color.rgb = RGBColor.from_string(look.colour or "000000")
    style.hidden = style.unhide_when_used = False
    style.quick_style = True
    fmt = style.paragraph_format
    fmt.alignment, fmt.keep_with_next, fmt.page_break_before = look.align, look.is_kept, look.page_break
    fmt.space_before, fmt.space_after, fmt.widow_control = Pt(look.before), Pt(look.after), True
    fmt.line_spacing = Pt(look.line) if look.line else 1.0
    properties = style.element.get_or_add_pPr()
    for name in ("w:ind", "w:outlineLvl", "w:pBdr"):
        for found in properties.findall(qn(name)):
            properties.remove(found)
    fmt.first_line_indent, fmt.right_indent = Pt(look.indent * look.size), Pt(look.right * look.size)
    indent = properties.find(qn("w:ind"))
    indent.set(qn("w:firstLineChars"), str(int(look.indent * 100)))
    indent.set(qn("w:rightChars"), str(int(look.right * 100)))
    if look.level is not None:
        level = parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="{look.level}"/>')
        properties.append(level)


def _set_fonts(properties: Any, east_asian: str) -> None:
    """Chinese in one font, Latin and digits in another; no font of the theme instead."""
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    latin = east_asian if east_asian == "宋体" else LATIN
    for slot, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", east_asian)):
        fonts.set(qn(f"w:{slot}"), font)


def _add_table_style(styles: Any) -> None:
    """Hairlines inside, a stronger line above and below, and a head that is told apart without colour."""
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>'
        for side, size in (("top", 8), ("left", 4), ("bottom", 8), ("right", 4), ("insideH", 4), ("insideV", 4))
    )
    margins = "".join(f'<w:{side} w:w="57" w:type="dxa"/>' for side in ("left", "right"))
    styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="BulletinTable">'
            f'<w:name w:val="{TABLE_STYLE}"/><w:tblPr><w:tblBorders>{lines}</w:tblBorders>'
            f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
            f'<w:tblStylePr w:type="firstRow"><w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="F2F2F2"/></w:tcPr>'
            f"</w:tblStylePr></w:style>"
        )
    )


def _set_language(document: Document) -> None:
    """Latin text and digits are English in every document: where they are Chinese, lines may break within a number."""
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'))
    _set_fonts(defaults, FANG)
    settings = document.settings.element
    for old in settings.findall(qn("w:themeFontLang")):
        old.set(qn("w:val"), "en-US")
        old.set(qn("w:eastAsia"), "zh-CN")


def _add_alternatives(document: Document) -> None:
    """Tell Word what to take for a font this machine has and the reader's has not."""
    part = next(p for p in document.part.package.iter_parts() if str(p.partname) == "/word/fontTable.xml")
    tree = parse_xml(part.blob)
    for font, other in ALTERNATIVES.items():
        tree.append(
            parse_xml(
                f'<w:font {nsdecls("w")} w:name="{font}"><w:altName w:val="{other}"/><w:charset w:val="86"/>'
                '<w:family w:val="auto"/><w:pitch w:val="default"/></w:font>'
            )
        )
    part._blob = serialize_part_xml(tree)
