"""地图: districts as the owner's boundaries draw them, as SVG text: colour, pattern, mark and words for each light.

Only presentation attributes: the policy of the pages and of the walls forbids style attributes. Texts have the
size the theme says in the map's own pixels, so a map is drawn for the width it is shown at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from markupsafe import Markup, escape

from dashboard.figures.boundaries import Boundaries as Boundaries
from dashboard.figures.boundaries import Outline
from dashboard.figures.boundaries import read_boundaries as read_boundaries
from dashboard.figures.theme import ACCENT, COLOURS, FONT, INK, PAPER, QUIET
from dashboard.index import MARKS

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
SHARES = ("share0", "share1", "share2", "share3", "share4")
"""Fifths of a whole: below 20 %, 40 %, 60 %, 80 %, and the rest; one hue, from light to dark."""


@dataclass(frozen=True, slots=True)
class MapCell:
    """What a map says of one district."""

    status: str | None
    """A light, one of ``SHARES``, or None where nothing is to be judged."""
    label: str
    """The district's name."""
    value_text: str
    href: str = ""
    title: str = ""
    """All of it, for a pointer that rests and for readers who hear; else made of the above."""

    @property
    def words(self) -> str:
        """The title, or name and value."""
        return self.title or " ".join(filter(None, (self.label, self.value_text)))


@dataclass(frozen=True, slots=True)
class MapTheme:
    """Colours, and the size of the words in pixels; walls take a larger one (``dataclasses.replace``)."""

    ink: str
    quiet: str
    paper: str
    blank: str
    edge: str
    accent: str
    colours: Mapping[str, str]
    tint: float
    """How strong the colour of a light fills its district."""
    size: float = 13


LIGHT = MapTheme(
    ink=INK, quiet=QUIET, paper=PAPER, blank="#f5f7f9", edge="#6f7a86", accent=ACCENT, tint=0.26,
    colours={
        **{light.value: colour for light, colour in COLOURS.items()}, "unreported": "#8a94a0",
        "share0": "#eef3f9", "share1": "#cfdff0", "share2": "#a3c2e2", "share3": "#6f9fd0", "share4": "#3f7cba",
    },
)  # fmt: skip
DARK = MapTheme(
    ink="#f2f5f8", quiet="#b4bec9", paper="#10161d", blank="#1a222b", edge="#9aa6b2", accent="#7fb4ee", tint=0.42,
    colours={
        "met": "#3fbf93", "on_track": "#57c9a2", "in_progress": "#6aa9e9", "slipping": "#f0a03c", "behind": "#ff7a6b",
        "missed": "#ff6170", "breached": "#ff5f9e", "unreported": "#aab4bf", "monitor": "#aab4bf",
        "share0": "#1d2a38", "share1": "#24425f", "share2": "#2b5b87", "share3": "#3576b0", "share4": "#4a93d6",
    },
)  # fmt: skip

_TILE = 8
_MOST_LEGEND = 0.3
"""Of the height; a legend that would take more is left out."""
_PATTERNS = {
    "on_track": '<circle cx="4" cy="4" r=".9" fill="{c}"/>',
    "in_progress": '<path d="M0 4H8" stroke="{c}" stroke-width=".8"/>',
    "slipping": '<path d="M-1 1 1-1M0 8 8 0M7 9 9 7" stroke="{c}" stroke-width=".9"/>',
    "behind": '<path d="M-1 7 1 9M0 0 8 8M7-1 9 1" stroke="{c}" stroke-width="1.2"/>',
    "missed": '<path d="M0 4H8M4 0V8" stroke="{c}" stroke-width="1"/>',
    "breached": '<path d="M0 0 8 8M0 8 8 0" stroke="{c}" stroke-width="1.3"/>',
    "unreported": '<path d="M-1 1 1-1M0 8 8 0M7 9 9 7" stroke="{c}" stroke-width="1.1"/>',
}
"""What tells fills apart without colour; a light without a pattern is plain."""


def district_map(
    boundaries: Boundaries,
    cells: Mapping[str, MapCell],
    width: int,
    height: int,
    theme: MapTheme = LIGHT,
    *,
    name: str = "map",
    alt: str = "",
    legend: Sequence[tuple[str, str]] = (),
    legend_width: int = 0,
    off: Sequence[Box] = (),
) -> Markup:
    """The districts of ``cells`` that have a boundary, as inline SVG.

    ``name`` tells the maps of one page apart, ``alt`` says in a sentence what the map shows, ``legend`` has a light
    or share and its word a line, in a part of the width where one is given; no text stands on a place of ``off``.
    """
    rows = _legend_rows(legend, legend_width or width, theme)
    room = len(rows) * theme.size * 1.9
    if room > height * _MOST_LEGEND:  # values say what a map too small would not show
        rows, room = [], 0
    outlines = boundaries.outlines(cells.keys(), width - 4, height - 4 - room)
    order = sorted(outlines, key=lambda code: (-outlines[code].area, code))
    used = {cells[code].status for code in order} | {status for status, _ in legend}
    parts = [_defs(name, (s for s in used if s in _PATTERNS), theme), '<g transform="translate(2 2)">']
    parts += [_place(name, cells[code], outlines[code], theme) for code in order]
    parts += _labels([(cells[code], outlines[code]) for code in order], width - 4, theme, off)
    parts += ["</g>", *_legend(name, rows, height - room, theme)]
    return Markup(  # noqa: S704 -- texts are escaped where they go in, the rest is ours
        f'<svg class="district-map" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{escape(alt)}" font-family="{escape(FONT)}" font-size="{theme.size:g}">{"".join(parts)}</svg>'
    )


def map_height(
    boundaries: Boundaries,
    codes: Iterable[str],
    width: int,
    theme: MapTheme = LIGHT,
    legend: Sequence[tuple[str, str]] = (),
) -> int:
    """How high a map so wide is best: as its districts are, within reason, with room for the legend."""
    aspect = min(max(boundaries.aspect(codes), 0.8), 2.2)
    return round(width / aspect + len(_legend_rows(legend, width, theme)) * theme.size * 1.9)


def map_file(title: str, drawn: Markup, foot: str, width: int, height: int, theme: MapTheme = LIGHT) -> str:
    """A map as a file of its own, with its title above and its source below."""
    top, bottom = round(theme.size * 3.6), round(theme.size * 2.6)
    size = f'width="{width}" height="{height + top + bottom}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height + top + bottom}" '
        f'font-family="{escape(FONT)}"><rect {size} fill="{theme.paper}"/>'
        f'<text x="{theme.size:g}" y="{theme.size * 2:g}" font-size="{theme.size * 1.4:g}" font-weight="600" '
        f'fill="{theme.ink}">{escape(title)}</text><g transform="translate(0 {top})">{drawn}</g>'
        f'<text x="{theme.size:g}" y="{height + top + bottom - theme.size:g}" font-size="{theme.size * 0.9:g}" '
        f'fill="{theme.quiet}">{escape(foot)}</text></svg>'
    )


def text_width(text: str, size: float) -> float:
    """About how wide a text is: a Chinese character is square, others take a little more than half."""
    return size * sum(1 if ord(character) > 0x2E7F else 0.58 for character in text)


def _defs(name: str, statuses: Iterable[str | None], theme: MapTheme) -> str:
    patterns = "".join(
        f'<pattern id="{name}-{status}" width="{_TILE}" height="{_TILE}" patternUnits="userSpaceOnUse" '
        f'patternTransform="scale({theme.size / 13:g})">{_PATTERNS[status].format(c=theme.colours[status])}</pattern>'
        for status in sorted(filter(None, statuses))
    )
    return f"<defs>{patterns}</defs>"


def _fills(name: str, status: str | None, theme: MapTheme) -> list[str]:
    """What fills a district: its colour, and its pattern above it."""
    if status is None or status in ("unreported", "monitor"):
        colour = f'fill="{theme.blank}"'
    elif status in SHARES:
        colour = f'fill="{theme.colours[status]}"'
    else:
        colour = f'fill="{theme.colours[status]}" fill-opacity="{theme.tint:g}"'
    pattern = [f'fill="url(#{name}-{status})" fill-opacity=".55"'] if status in _PATTERNS else []
    return [colour, *pattern]


def _place(name: str, cell: MapCell, outline: Outline, theme: MapTheme) -> str:
    """One district, a link where it has one."""
    paths = "".join(f'<path d="{outline.path}" fill-rule="evenodd" {x}/>' for x in _fills(name, cell.status, theme))
    edge = (
        f'<path class="edge" d="{outline.path}" fill="none" stroke="{theme.edge}" '
        f'stroke-width="{theme.size / 16:.2g}" stroke-linejoin="round"/>'
    )
    inner = f"<title>{escape(cell.words)}</title>{paths}{edge}"
    if not cell.href:
        return f"<g>{inner}</g>"
    return f'<a href="{escape(cell.href)}" aria-label="{escape(cell.words)}">{inner}</a>'


def _labels(cells: Sequence[tuple[MapCell, Outline]], width: float, theme: MapTheme, off: Sequence[Box]) -> list[str]:
    """Names and values, the largest districts first; where there is no room, the mark alone."""
    taken = list(off)
    parts: list[str] = []
    size, line = theme.size, theme.size * 1.25
    for cell, outline in cells:
        x, middle_y = outline.label
        has_mark = cell.status in MARKS
        below = text_width(cell.value_text, size) + (size * 1.3 if has_mark else 0)
        for lines, shift in product(
            ((cell.label, cell.value_text), (cell.label, ""), ("", "")), (0, -line, line) if off else (0,)
        ):
            y = middle_y + shift
            wide = max(text_width(lines[0], size), below if lines[1] else size if has_mark else 0)
            count = bool(lines[0]) + (bool(lines[1]) or has_mark)
            middle = min(max(x, wide / 2), width - wide / 2)
            box = (middle - wide / 2 - 2, y - count * line / 2, middle + wide / 2 + 2, y + count * line / 2)
            fits = not any(_meet(box, other) for other in taken) and (wide <= outline.room * 1.25 or not lines[0])
            if fits or not lines[0]:
                break
        if not count:
            continue
        taken.append(box)
        top = box[1] + size
        if lines[0]:
            parts.append(_text(middle, top, lines[0], theme, bold=True))
        if has_mark or lines[1]:
            parts.append(_value(middle, top + line if lines[0] else y + size * 0.4, cell, lines[1], theme))
    return [f'<g aria-hidden="true" pointer-events="none">{"".join(parts)}</g>'] if parts else []


def _value(x: float, y: float, cell: MapCell, text: str, theme: MapTheme) -> str:
    if cell.status not in MARKS:
        return _text(x, y, text, theme)
    size = theme.size
    wide = size * (1.3 if text else 1) + text_width(text, size)
    mark = _mark(cell.status or "", x - wide / 2, y - size * 0.86, size, theme)
    return mark + (_text(x - wide / 2 + size * 1.3, y, text, theme, anchor="start") if text else "")


def _mark(status: str, x: float, y: float, size: float, theme: MapTheme) -> str:
    """The shape of a light, on a disc of paper that keeps it apart from any pattern."""
    return (
        f'<g transform="translate({x:.1f} {y:.1f}) scale({size / 16:.4g})" color="{theme.colours[status]}">'
        f'<circle cx="8" cy="8" r="10" fill="{theme.paper}" fill-opacity=".85"/>{MARKS[status]}</g>'
    )


def _text(x: float, y: float, text: str, theme: MapTheme, *, bold: bool = False, anchor: str = "middle") -> str:
    """A text with a halo of paper."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{theme.ink}" stroke="{theme.paper}" '
        f'stroke-width="{theme.size / 4.5:.2g}" stroke-linejoin="round" paint-order="stroke"'
        f"{' font-weight=' + chr(34) + '600' + chr(34) if bold else ''}>{escape(text)}</text>"
    )


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _legend_rows(legend: Sequence[tuple[str, str]], width: int, theme: MapTheme) -> list[list[tuple[float, str, str]]]:
    """Entries with where they begin, as many a row as there is room for."""
    rows: list[list[tuple[float, str, str]]] = []
    x = float(width)
    for status, word in legend:
        wide = theme.size * 3.4 + text_width(word, theme.size)
        if x + wide > width and (x > 0 or not rows):
            rows.append([])
            x = 0.0
        rows[-1].append((x, status, word))
        x += wide
    return rows


def _legend(name: str, rows: list[list[tuple[float, str, str]]], top: float, theme: MapTheme) -> list[str]:
    parts = []
    size = theme.size
    for number, row in enumerate(rows):
        y = top + size * (1.9 * number + 0.6)
        for x, status, word in row:
            swatch = f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{size * 1.6:.1f}" height="{size:.1f}"'
            parts += [f"{swatch} {fill}/>" for fill in _fills(name, None if status == "none" else status, theme)]
            parts.append(f'{swatch} fill="none" stroke="{theme.edge}" stroke-width="{size / 16:.2g}"/>')
            if status in MARKS:
                parts.append(_mark(status, x + 1 + size * 0.4, y + size * 0.1, size * 0.8, theme))
            parts.append(
                f'<text x="{x + size * 2:.1f}" y="{y + size * 0.88:.1f}" fill="{theme.ink}">{escape(word)}</text>'
            )
    return [f'<g aria-hidden="true">{"".join(parts)}</g>'] if parts else []
