"""Where things stand on a screen: panels without their seams, cells within them, and how wide text is. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log

from dashboard.screens.definition import Definition

MOST_CARDS = 9
"""A view holds six to nine numbers."""
_FEW_PANELS = 6
_ASPECT = 1.7
_TOKEN = re.compile(r"\d+年\d+月\d+日|[0-9A-Za-z.,%+−\-–≥≤/:\u2009]+|.", re.DOTALL)
_NOT_FIRST = "，。；：、！？）》”%"
_WIDE = 0x2E7F


@dataclass(frozen=True, slots=True)
class Rect:
    """A place, in pixels of the screen."""

    x: float
    y: float
    w: float
    h: float

    def cut(self, top: float = 0, bottom: float = 0) -> Rect:
        """Without a strip above and below."""
        return Rect(self.x, self.y + top, self.w, self.h - top - bottom)


def seams(d: Definition) -> tuple[list[float], list[float]]:
    """Where panels meet: x of those that stand, y of those that lie."""
    return (
        [d.width * n / d.columns for n in range(1, d.columns)],
        [d.height * n / d.rows for n in range(1, d.rows)],
    )


def panels(d: Definition) -> list[list[Rect]]:
    """Row after row of panels, each without its margins; nothing is written outside of them."""
    edge, inner = 0.9 * d.text, max(0.5 * d.text, d.bezel / 2 + 0.3 * d.text)
    width, height = d.width / d.columns, d.height / d.rows

    def span(n: int, count: int, size: float) -> tuple[float, float]:
        begins, ends = n * size + (edge if n == 0 else inner), (n + 1) * size - (edge if n == count - 1 else inner)
        return begins, ends - begins

    found = []
    for row in range(d.rows):
        y, h = span(row, d.rows, height)
        line = [span(column, d.columns, width) for column in range(d.columns)]
        found.append([Rect(x, y, w, h) for x, w in line])
    return found


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells in reading order, and how many of them one view fills."""

    cells: tuple[Rect, ...]
    per_view: int


def grid(rooms: Sequence[Rect], count: int, least: tuple[float, float], gap: float) -> Grid:
    """Cells for ``count`` cards of at least a width and height, alike in every room; views are filled evenly."""
    most = [_most(room, least, gap) for room in rooms]
    across, down = min(a for a, _ in most), min(b for _, b in most)
    if len(rooms) >= _FEW_PANELS:  # a card a panel, whatever would be even
        across, down, per_view = 1, 1, min(count, len(rooms))
    else:
        views = ceil(count / min(across * down * len(rooms), MOST_CARDS))
        per_view = ceil(count / views)
    choices = [(a, b) for a in range(1, across + 1) for b in range(1, down + 1) if a * b * len(rooms) >= per_view]
    room = rooms[-1]
    a, b = min(choices, key=lambda c: c[0] * c[1] * 0.4 + abs(log(room.w / c[0] / (room.h / c[1]) / _ASPECT)))
    cells = sorted((cell for room in rooms for cell in _split(room, a, b, gap)), key=lambda cell: (cell.y, cell.x))
    return Grid(tuple(cells), per_view)


def _most(room: Rect, least: tuple[float, float], gap: float) -> tuple[int, int]:
    return max(1, int((room.w + gap) / (least[0] + gap))), max(1, int((room.h + gap) / (least[1] + gap)))


def _split(room: Rect, across: int, down: int, gap: float) -> list[Rect]:
    w, h = (room.w - gap * (across - 1)) / across, (room.h - gap * (down - 1)) / down
    return [
        Rect(room.x + column * (w + gap), room.y + row * (h + gap), w, h)
        for row in range(down)
        for column in range(across)
    ]


def width_of(text: str) -> float:
    """How wide a text is at most, in heights of its letters."""
    return sum(_width(character) for character in text)


def _width(character: str) -> float:
    if ord(character) > _WIDE:
        return 1.0
    if character.isdigit():
        return 0.66
    if character in "%≥≤+−–MW@":
        return 0.95
    if character in " .,:;'|!()/·iljt\u2009":
        return 0.4
    return 0.74 if character.isupper() else 0.62


def wrap(text: str, width: float, lines: int) -> list[str]:
    """Lines of a text at most so wide (in heights of its letters); what does not fit ends with "…"."""
    found: list[str] = [""]
    for token in _TOKEN.findall(text):
        if _fits(found[-1] + token, width) or not found[-1]:
            found[-1] += token
        else:
            found.append(token)
    if len(found) > lines:
        found = [*found[: lines - 1], _cut("".join(found[lines - 1 :]).strip(), width)]
    found = [line.strip() for line in found if line.strip()]
    return [line if _fits(line, width) else _cut(line, width) for line in found]


def _fits(line: str, width: float) -> bool:
    """Punctuation at the end of a line may stand in the margin."""
    return width_of(line.strip().rstrip(_NOT_FIRST)) <= width


def _cut(line: str, width: float) -> str:
    line = line.rstrip("…")
    while line and width_of(line + "…") > width:
        line = line[:-1]
    return line.rstrip(" ·，、") + "…"
