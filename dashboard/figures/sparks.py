"""A series over time as a small picture in SVG: the figures as a line, the target of each half-year as steps.

Made for slides and other documents without Plotly: drawn once, sharp at any size. What stands in it is
labelled directly: the last figure, and the target where it is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

from dashboard.figures.theme import ACCENT, COLOURS, HAIRLINE, INK, PAPER, QUIET
from warehouse.measures.status import Status

WIDTH, HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 14, 14, 50, 40
_SIZE, _SMALL = 30, 24
_CLOSE = Decimal("0.2")
"""Values that differ by less than this share of the highest would be one flat line above a 0 far below."""


@dataclass(frozen=True, slots=True)
class Point:
    """A half-year: its name, the figure and the target as numbers and as texts; None for what is not there."""

    name: str
    actual: Decimal | None
    target: Decimal | None
    actual_text: str
    target_text: str
    light: Status


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where half-years and values lie."""

    low: Decimal
    high: Decimal
    count: int

    def x(self, place: float) -> float:
        """The left edge of a half-year; its middle with a half."""
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) / self.count * place, 1)

    def y(self, value: Decimal) -> float:
        """The height of a value."""
        share = (self.high - value) / ((self.high - self.low) or Decimal(1))
        return round(_TOP + float(share) * (HEIGHT - _TOP - _BOTTOM), 1)


def spark(points: Sequence[Point], label: str, cut: str = "") -> Markup:
    """The picture; ``label`` says in words what it shows. Empty without a figure.

    0 is in sight, but where ``cut`` says in words that it is not and all values lie close together.
    """
    if not any(p.actual is not None for p in points):
        return Markup("")
    values = [v for p in points for v in (p.actual, p.target) if v is not None]
    low, high = min(values), max(values)
    if cut and 0 < high - low < high * _CLOSE:
        frame = _Frame(low - (high - low), high, len(points))
        parts = [_text(WIDTH / 2, HEIGHT - 8, cut, _SMALL, QUIET, "middle")]
    else:
        frame = _Frame(min(Decimal(0), low), max(Decimal(0), high), len(points))
        zero = frame.y(Decimal(0))
        parts = [_line(_LEFT, zero, WIDTH - _RIGHT, zero, HAIRLINE, 2)]
    for n, point in enumerate(points):
        if point.target is not None:
            at = frame.y(point.target)
            parts.append(_line(frame.x(n) + 2, at, frame.x(n + 1) - 2, at, INK, 4, dashed=True))
    parts += _figures(points, frame)
    parts += _labels(points, frame)
    return Markup(  # noqa: S704 -- texts are escaped where they go in, the rest is ours
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMin meet" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _figures(points: Sequence[Point], frame: _Frame) -> list[str]:
    """The line, broken where a half-year was not reported, and a dot for each figure."""
    parts, run, x, y = list[str](), list[str](), frame.x, frame.y
    for n, point in enumerate([*points, None]):
        if point is not None and point.actual is not None:
            run.append(f"{x(n + 0.5):g},{y(point.actual):g}")
            continue
        if len(run) > 1:
            parts.append(f'<polyline points="{" ".join(run)}" fill="none" stroke="{ACCENT}" stroke-width="4"/>')
        run = []
    last = max(n for n, p in enumerate(points) if p.actual is not None)
    for n, point in enumerate(points):
        if point.actual is not None:
            colour, size = (COLOURS[point.light], 11) if n == last else (ACCENT, 6)
            parts.append(f'<circle cx="{x(n + 0.5):g}" cy="{y(point.actual):g}" r="{size}" fill="{colour}"/>')
    return parts


def _labels(points: Sequence[Point], frame: _Frame) -> list[str]:
    """The last figure and the last target on either side of each other, and the first and last half-year."""
    last = max(n for n, p in enumerate(points) if p.actual is not None)
    due = max((n for n, p in enumerate(points) if p.target is not None), default=None)
    x, y, parts, is_above = frame.x, frame.y, list[str](), True
    at = y(points[last].actual or Decimal(0))
    if due is not None:
        goal = y(points[due].target or Decimal(0))
        is_above = at <= goal
        parts.append(
            _text(x(due + 1), _beside(goal, _SMALL, above=not is_above), points[due].target_text, _SMALL, INK, "end")
        )
    where = _beside(at, _SIZE, above=is_above)
    parts.append(
        _text(x(last + 0.5), where, points[last].actual_text, _SIZE, INK, _anchor(last, len(points)), bold=True)
    )
    parts.append(_text(x(0), HEIGHT - 8, points[0].name, _SMALL, QUIET, "start"))
    if len(points) > 1:
        parts.append(_text(x(len(points)), HEIGHT - 8, points[-1].name, _SMALL, QUIET, "end"))
    return parts


def _beside(at: float, size: int, *, above: bool) -> float:
    """The base line of a text above or below a height, on the other side where there is no room."""
    over, under = at - 16, at + size + 12
    return (over if over > size else under) if above else (under if under < HEIGHT - _BOTTOM else over)


def _anchor(place: int, places: int) -> str:
    return "end" if place > places / 2 else "start" if place < places / 3 else "middle"


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="10 6"' if dashed else ""
    return f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{colour}" stroke-width="{width}"{dash}/>'


def _text(x: float, y: float, text: str, size: int, colour: str, anchor: str, *, bold: bool = False) -> str:
    weight = "650" if bold else "400"
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}" '
        f'paint-order="stroke" stroke="{PAPER}" stroke-width="8" stroke-linejoin="round">{escape(text)}</text>'
    )
