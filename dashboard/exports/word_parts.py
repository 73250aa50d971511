"""Paragraphs and tables as WordprocessingML: a table of thousands of cells is parsed at once, not built one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from dashboard.exports.outline_tables import Cell, Column, Table
from dashboard.exports.words import SHAPES
from warehouse.measures.status import Status

NAMESPACES = nsdecls("w")
COLOURS = {
    Status.MET: "00704F", Status.ON_TRACK: "1C7F5C", Status.IN_PROGRESS: "2166AC", Status.SLIPPING: "9A5200",
    Status.BEHIND: "C62F22", Status.MISSED: "96161D", Status.BREACHED: "5C0A1E", Status.UNREPORTED: "5B6672",
    Status.MONITOR: "5B6672",
}  # fmt: skip
"""Of the shapes, beside a word or a key to them; those of assets/00_tokens.css."""


def paragraph(text: str, style: str) -> Any:
    """A paragraph of one style, by its id."""
    return parse_xml(f"<w:p {NAMESPACES}>{_properties(style)}{_run(text)}</w:p>")


def table(of: Table, width: int, styles: dict[str, str]) -> Any:
    """A table ``width`` twips wide; ``styles`` names those of "table", "head", "cell", "number" and "below" by id.

    The head is repeated on every page and no row is cut by the end of one.
    """
    widths = _widths(of.columns, width)
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    head = "".join(
        _cell(w, f"{_properties(styles['head'])}{_run(column.title)}")
        for column, w in zip(of.columns, widths, strict=True)
    )
    body = "".join(_row(row, of.columns, widths, styles, of.is_kept(n)) for n, row in enumerate(of.rows))
    caption = f'<w:tblCaption w:val="{escape(of.name, _QUOTE)}"/>' if of.name else ""
    return parse_xml(
        f'<w:tbl {NAMESPACES}><w:tblPr><w:tblStyle w:val="{styles["table"]}"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1"/>'
        f"{caption}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{body}</w:tbl>"
    )


def page_number(style: str) -> Any:
    """— 1 —"""
    field = "".join(
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>{inside}'
        for kind, inside in (
            ("begin", '<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'),
            ("separate", _run("1")),
            ("end", ""),
        )
    )
    return parse_xml(f"<w:p {NAMESPACES}>{_properties(style)}{_run('— ')}{field}{_run(' —')}</w:p>")


_HINT = '<w:rFonts w:hint="eastAsia"/>'
"""Marks and shapes that Latin fonts have as well are written in the Chinese one, among Chinese."""
_QUOTE = {'"': "&quot;"}


def _widths(columns: Iterable[Column], width: int) -> list[int]:
    shares = [column.width for column in columns]
    return [width * share // sum(shares) for share in shares]


def _row(
    row: Iterable[Cell], columns: Iterable[Column], widths: Iterable[int], styles: dict[str, str], is_kept: bool
) -> str:
    cells = "".join(
        _cell(width, _content(cell, styles, column.is_number, is_kept))
        for cell, column, width in zip(row, columns, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _cell(width: int, content: str) -> str:
    properties = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
    return f"<w:tc>{properties}<w:p>{content}</w:p></w:tc>"


def _content(cell: Cell, styles: dict[str, str], is_number: bool, is_kept: bool) -> str:
    """The inside of the first paragraph of a cell, and where there is a second line, the end of it and another."""
    shape = "" if cell.light is None else _run(f"{SHAPES[cell.light]} ", f'<w:color w:val="{COLOURS[cell.light]}"/>')
    kept = "<w:keepNext/>" if is_kept else ""
    first = f"{_properties(styles['number' if is_number else 'cell'], kept)}{shape}{_run(cell.text)}"
    if not cell.below:
        return first
    align = '<w:jc w:val="right"/>' if is_number else ""
    return f"{first}</w:p><w:p>{_properties(styles['below'], kept + align)}{_run(cell.below)}"


def _properties(style: str, more: str = "") -> str:
    return f'<w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>'


def _run(text: str, properties: str = "") -> str:
    if not text:
        return ""
    lines = (f'<w:t xml:space="preserve">{escape(_clean(line))}</w:t>' for line in text.split("\n"))
    hint = _HINT if any(c >= "\u2190" for c in text) else ""
    return f"<w:r><w:rPr>{hint}{properties}</w:rPr>{'<w:br/>'.join(lines)}</w:r>"


def _clean(text: str) -> str:
    """Without what XML cannot carry."""
    return "".join(c for c in text if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
