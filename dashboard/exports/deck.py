"""Slides of 16:9 with native charts and tables: a sentence as title, the source at the foot, notes for the speaker.

Nothing runs over: a title shrinks to 18 points at most, names wrap, a table goes on on the next slide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from dashboard.exports.words import title_lines
from dashboard.figures.theme import INK, QUIET

FONT = "微软雅黑"
WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
_LEFT, _ROOM = Inches(0.6), Inches(12.13)
_TOP, _BOTTOM = Inches(1.75), Inches(6.75)
_TITLES = ((30, 2), (26, 2), (24, 3), (20, 3), (18, 4))
"""Sizes a title may have, and lines it may then take."""
TITLE_LETTERS = 180
_CELL, _PADDING = 13, 8
"""Points of a table's text, and around a line of it."""
_TITLE_ONLY, _BLANK = 5, 6


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a chart; a missing value is a gap. ``colours`` for each point, where they differ."""

    name: str
    values: Sequence[float | None]
    colour: str
    colours: Sequence[str] = ()
    is_labelled: bool = True


class Deck:
    """Slides being made; each page ends with the same foot."""

    def __init__(self, title: str, author: str) -> None:
        self._deck = Presentation()
        self._deck.slide_width, self._deck.slide_height = WIDTH, HEIGHT
        properties = self._deck.core_properties
        properties.title, properties.author, properties.subject = title[:250], author[:250], ""

    @property
    def count(self) -> int:
        """How many slides there are."""
        return len(self._deck.slides)

    def slide(self, title: str, foot: str, notes: str) -> Any:
        """A new slide with its message, foot and notes."""
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[_TITLE_ONLY])
        shape = slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = _LEFT, Inches(0.35), _ROOM, Inches(1.3)
        size = next((s for s, lines in _TITLES if _lines(title, _ROOM.pt, s) <= lines), _TITLES[-1][0])
        self.write(shape.text_frame, [title], size, bold=True, anchor=MSO_ANCHOR.MIDDLE)
        self._foot(slide, foot)
        self._notes(slide, notes)
        return slide

    def cover(self, title: str, lines: Sequence[str], foot: str, notes: str) -> None:
        """The first slide."""
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[_TITLE_ONLY])
        shape = slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = _LEFT, Inches(1.9), _ROOM, Inches(1.8)
        size = next((s for s in (40, 34, 28, 24) if _lines(title, _ROOM.pt, s) <= 2), 20)
        self.write(shape.text_frame, title_lines(title), size, bold=True, anchor=MSO_ANCHOR.BOTTOM)
        box = slide.shapes.add_textbox(_LEFT, Inches(3.9), _ROOM, Inches(2))
        self.write(box.text_frame, [line for line in lines if line], 20, colour=QUIET)
        self._foot(slide, foot)
        self._notes(slide, notes)

    def text(self, slide: Any, paragraphs: Sequence[str]) -> None:
        """Paragraphs of 18 points or more; of none there is no box."""
        if not paragraphs:
            return
        box = slide.shapes.add_textbox(_LEFT, _TOP, _ROOM, _BOTTOM - _TOP)
        room = (_BOTTOM - _TOP) / 12700
        size = next(
            (s for s in (24, 22, 20, 18) if sum(_lines(p, _ROOM.pt, s) for p in paragraphs) * s * 1.5 < room), 18
        )
        self.write(box.text_frame, paragraphs, size)

    def chart(
        self, slide: Any, kind: Any, names: Sequence[str], series: Sequence[Series], *, alt: str, format: str,
        overlap: int | None = None, most: float | None = None, label_size: int = 14,
    ) -> None:  # fmt: skip
        """A native chart over the whole slide, editable with its numbers."""
        data: Any = CategoryChartData(number_format=format)  # type: ignore[no-untyped-call]
        data.categories = names
        for one in series:
            data.add_series(one.name, one.values)
        frame = slide.shapes.add_chart(kind, _LEFT, _TOP, _ROOM, _BOTTOM - _TOP, data)
        frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)
        chart = frame.chart
        chart.font.size, chart.font.name, chart.font.color.rgb = Pt(label_size), FONT, _rgb(INK)
        chart.has_title = False
        chart.has_legend = len(series) > 1
        if chart.has_legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        plot = chart.plots[0]
        plot.vary_by_categories = False
        is_line = not hasattr(plot, "gap_width")
        if not is_line:
            plot.gap_width = 45
            if overlap is not None:
                plot.overlap = overlap
            chart.category_axis.reverse_order = True  # the first on top
        chart.value_axis.minimum_scale = 0 if all(v is None or v >= 0 for one in series for v in one.values) else None
        if most is not None:
            chart.value_axis.maximum_scale = most
        chart.value_axis.major_gridlines.format.line.color.rgb = _rgb("#E3E7EC")
        chart.value_axis.visible = is_line
        chart.category_axis.format.line.color.rgb = _rgb("#AAB3BD")
        chart.value_axis.has_major_gridlines = is_line
        for one, drawn in zip(series, plot.series, strict=True):
            self._draw(one, drawn, is_line=is_line, format=format, size=label_size)
        _east_asian(chart._chartSpace)

    def table(
        self, title: str, foot: str, notes: str, heads: Sequence[tuple[str, int, bool]],
        rows: Sequence[Sequence[tuple[str, str]]], *, more: str,
    ) -> None:  # fmt: skip
        """A native table, as many slides as it takes. ``heads``: text, share of the width, whether it is numbers.

        A cell is its text and its colour, empty for the usual one; ``more`` names the sheet, with {n} and {m}.
        """
        whole = sum(width for _text, width, _number in heads)
        widths = [_ROOM * width // whole for _text, width, _number in heads]
        sheets = list(_sheets(heads, rows, [width / 12700 for width in widths]))
        for number, sheet in enumerate(sheets, start=1):
            name = title if len(sheets) == 1 else f"{title}{more.format(n=number, m=len(sheets))}"
            self._table(self.slide(name, foot, notes), heads, sheet, widths, name)

    def save(self) -> bytes:
        """The file."""
        out = BytesIO()
        self._deck.save(out)
        return out.getvalue()

    def write(
        self, frame: Any, paragraphs: Sequence[str], size: float, *, bold: bool = False, colour: str = INK,
        anchor: Any = None, align: Any = PP_ALIGN.LEFT,
    ) -> None:  # fmt: skip
        """Text in a frame, in fonts for both scripts."""
        frame.word_wrap = True
        if anchor is not None:
            frame.vertical_anchor = anchor
        for number, text in enumerate(paragraphs):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.alignment = align
            run = paragraph.add_run()
            run.text = text
            run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
            run.font.color.rgb = _rgb(colour)
            _east_asian(run._r)

    def _table(self, slide: Any, heads: Any, rows: Any, widths: Sequence[int], alt: str) -> None:
        frame = slide.shapes.add_table(len(rows) + 1, len(heads), _LEFT, _TOP, _ROOM, Pt(1))
        frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)
        table = frame.table
        table.horz_banding = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        points = [width / 12700 for width in widths]
        for at, (texts, cells) in enumerate(zip((heads, *rows), table.rows, strict=True)):
            cells.height = Pt(_height([cell[0] for cell in texts], points))
            for head, cell, target in zip(heads, texts, cells.cells, strict=True):
                target.margin_left = target.margin_right = Pt(4)
                target.margin_top = target.margin_bottom = Pt(_PADDING / 2)
                target.fill.solid()
                target.fill.fore_color.rgb = _rgb("#E6ECF3" if at == 0 else "#FFFFFF" if at % 2 else "#F6F8FA")
                align = PP_ALIGN.RIGHT if head[2] else PP_ALIGN.LEFT
                colour = INK if at == 0 else cell[1] or INK
                self.write(
                    target.text_frame,
                    [cell[0]],
                    _CELL,
                    bold=at == 0,
                    colour=colour,
                    align=align,
                    anchor=MSO_ANCHOR.MIDDLE,
                )

    def _draw(self, one: Series, drawn: Any, *, is_line: bool, format: str, size: int) -> None:
        if is_line:
            drawn.format.line.color.rgb, drawn.format.line.width = _rgb(one.colour), Pt(2.5)
            drawn.smooth = False
            drawn.marker.format.fill.solid()
            drawn.marker.format.fill.fore_color.rgb = _rgb(one.colour)
        else:
            drawn.format.fill.solid()
            drawn.format.fill.fore_color.rgb = _rgb(one.colour)
        for at, colour in enumerate(one.colours):
            fill = drawn.points[at].format.fill
            fill.solid()
            fill.fore_color.rgb = _rgb(colour)
        if one.is_labelled:
            labels = drawn.data_labels
            labels.show_value, labels.number_format, labels.number_format_is_linked = True, format, False
            labels.position = XL_LABEL_POSITION.ABOVE if is_line else XL_LABEL_POSITION.OUTSIDE_END
            labels.font.size, labels.font.name = Pt(size), FONT

    def _foot(self, slide: Any, foot: str) -> None:
        box = slide.shapes.add_textbox(_LEFT, Inches(6.9), Inches(11.2), Inches(0.45))
        size = 11 if _lines(foot, Inches(11).pt, 11) <= 2 else 9
        self.write(box.text_frame, [foot], size, colour=QUIET, anchor=MSO_ANCHOR.MIDDLE)
        page = slide.shapes.add_textbox(Inches(12.0), Inches(6.9), Inches(0.73), Inches(0.45))
        self.write(page.text_frame, [str(self.count)], 11, colour=QUIET, align=PP_ALIGN.RIGHT, anchor=MSO_ANCHOR.MIDDLE)

    def _notes(self, slide: Any, notes: str) -> None:
        frame = slide.notes_slide.notes_text_frame
        self.write(frame, notes.split("\n"), 12)


def _sheets(heads: Any, rows: Sequence[Any], widths: Sequence[float]) -> Iterator[list[Any]]:
    """Rows by slide, each as many as there is room for."""
    room = (_BOTTOM - _TOP) / 12700
    head = _height([text for text, _width, _number in heads], widths)
    sheet: list[Any] = []
    left = room - head
    for row in rows:
        height = _height([cell[0] for cell in row], widths)
        if sheet and height > left:
            yield sheet
            sheet, left = [], room - head
        sheet.append(row)
        left -= height
    if sheet:
        yield sheet


def _height(texts: Sequence[str], widths: Sequence[float]) -> float:
    lines = max(_lines(text, width - 8, _CELL) for text, width in zip(texts, widths, strict=True))
    return lines * _CELL * 1.35 + _PADDING


def _lines(text: str, width: float, size: float) -> int:
    """Lines a text takes in a width of points, reckoned with a little room to spare."""
    letters = sum(1.0 if ord(c) > 0x2E7F else 0.58 for c in text)
    return max(1, -int(-(letters * size * 1.04) // width))


def _rgb(colour: str) -> Any:
    return RGBColor.from_string(colour.lstrip("#").upper())  # type: ignore[no-untyped-call]


def _east_asian(element: Any) -> None:
    """Name the font for Chinese letters wherever one for Latin letters is named, and where text has a size only."""
    for properties in element.iter(qn("a:rPr"), qn("a:defRPr")):
        if properties.find(qn("a:latin")) is None:
            latin = properties.makeelement(qn("a:latin"), {"typeface": FONT})
            _insert(properties, latin)
        for found in properties.findall(qn("a:ea")):
            properties.remove(found)
        properties.find(qn("a:latin")).addnext(properties.makeelement(qn("a:ea"), {"typeface": FONT}))


def _insert(properties: Any, latin: Any) -> None:
    """After line and fill, where the schema has it."""
    before = [x for x in properties if x.tag in (qn("a:ln"), qn("a:solidFill"), qn("a:noFill"), qn("a:effectLst"))]
    if before:
        before[-1].addnext(latin)
    else:
        properties.insert(0, latin)
