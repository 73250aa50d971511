"""A series over time as a small picture in SVG: the figures as a line, the target of each half-year as steps.

Made for slides and other documents without Plotly: drawn once, sharp at any size. What stands in it is
labelled directly: the last figure, and the target where it is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

from dashboard.figures.theme import ACCENT, COLOURS, HAIRLINE, INK, QUIET
from warehouse.measures.status import Status

WIDTH, HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 14, 14, 50, 40
_SIZE, _SMALL = 30, 24
_AIR = 24
"""Between the lowest figure and the axis, in pixels, where the axis does not begin at 0."""


@dataclass(frozen=True, slots=True)
class Point:
    """A half-year: its name, the figure and the target as numbers and as texts; None for what is not there."""

    name: str
    actual: Decimal | None
    target: Decimal | None
    actual_text: str
    target_text: str
    light: Status


def spark(points: Sequence[Point], label: str) -> Markup:
    """The picture; ``label`` says in words what it shows. Empty without a figure."""
    values = [v for p in points for v in (p.actual, p.target) if v is not None]
    if not any(p.actual is not None for p in points):
        return Markup("")
    low, high = min(Decimal(0), *values), max(*values, Decimal(0))
    span = high - low or Decimal(1)
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(points))

    def x(place: float) -> float:
        return round(_LEFT + step * place, 1)

    def y(value: Decimal) -> float:
        return round(_TOP + float((high - value) / span) * (HEIGHT - _TOP - _BOTTOM), 1)

    parts = [_line(_LEFT, y(Decimal(0)), WIDTH - _RIGHT, y(Decimal(0)), HAIRLINE, 2)]
    parts += [_target_step(x(n), x(n + 1), y(p.target)) for n, p in enumerate(points) if p.target is not None]
    parts += _figures(points, x, y)
    parts += _labels(points, x, y)
    return Markup(  # noqa: S704 -- texts are escaped where they go in, the rest is ours
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _figures(points: Sequence[Point], x, y) -> list[str]:  # type: ignore[no-untyped-def]
    """The line, broken where a half-year was not reported, and a dot for each figure."""
    parts, run = [], list[str]()
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


def _labels(points: Sequence[Point], x, y) -> list[str]:  # type: ignore[no-untyped-def]
    """The last figure, the last target, and the first and last half-year."""
    last = max(n for n, p in enumerate(points) if p.actual is not None)
    due = max((n for n, p in enumerate(points) if p.target is not None), default=None)
    at = y(points[last].actual)
    parts = []
    below = False
    if due is not None:
        goal = y(points[due].target)
        below = at > goal - _SIZE / 2
        up = goal - 12 if goal > _SIZE + 8 else goal + _SMALL + 8
        parts.append(_text(x(due + 1), up, points[due].target_text, _SMALL, INK, "end"))
    parts.append(_text(*_placed(x(last + 0.5), at, below), points[last].actual_text, _SIZE, INK, _anchor(last, len(points)), bold=True))
    parts.append(_text(x(0), HEIGHT - 8, points[0].name, _SMALL, QUIET, "start"))
    if len(points) > 1:
        parts.append(_text(x(len(points)), HEIGHT - 8, points[-1].name, _SMALL, QUIET, "end"))
    return parts


def _placed(across: float, at: float, below: bool) -> tuple[float, float]:
    """Where the label of a figure stands: away from the target's line."""
    down = at + _SIZE + 12
    return (across, down) if below and down < HEIGHT - _BOTTOM - 4 else (across, at - 20)


def _anchor(place: int, places: int) -> str:
    return "end" if place > places / 2 else "start" if place < places / 3 else "middle"


def _target_step(start: float, end: float, at: float) -> str:
    return _line(start + 2, at, end - 2, at, INK, 4, dashed=True)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="10 6"' if dashed else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" stroke-width="{width}"{dash}/>'


def _text(x: float, y: float, text: str, size: int, colour: str, anchor: str, *, bold: bool = False) -> str:
    weight = "650" if bold else "400"
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
