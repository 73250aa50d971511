"""计分卡: bullet charts, drawn as SVG text so that they print sharp and travel as one file.

A bar is the attainment, the dark tick the target, the light tick the pace. Bars are capped; the
number beside them never is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

from dashboard.figures.theme import COLOURS, FONT, INK, PACE, QUIET
from warehouse.measures.status import Status

SCALE_END = Decimal("1.3")
WIDTH, HEIGHT = 220, 18


@dataclass(frozen=True, slots=True)
class Bullet:
    """What one bullet shows: shares of the target, and the words beside it."""

    name: str
    light: Status
    attainment: Decimal | None
    expected_share: Decimal | None
    label: str


def bullet(item: Bullet) -> Markup:
    """One bullet as inline SVG, with its meaning as text for those who cannot see it."""
    return Markup(  # noqa: S704 -- the label is escaped, the rest is ours
        f'<svg class="bullet" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(item.label)}">{_marks(item, 0, 0, WIDTH)}</svg>'
    )


def scorecard_svg(title: str, groups: Sequence[tuple[str, Sequence[Bullet]]], foot: str) -> str:
    """The whole scorecard as one SVG file: groups of named bullets, source and date below."""
    line, left, bar, y = 26, 300, 320, 64
    parts: list[str] = []
    for group, items in groups:
        parts.append(_text(24, y, group, 14, QUIET, bold=True))
        y += line
        for item in items:
            parts.append(_text(24, y, _short(item.name, 20), 13, INK))
            parts.append(_marks(item, left, y - 13, bar))
            parts.append(_text(left + bar + 16, y, item.label, 13, INK))
            y += line
        y += 10
    height = y + 30
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="1080" height="{height}" viewBox="0 0 1080 {height}" '
            f'font-family="{escape(FONT)}"><rect width="1080" height="{height}" fill="#fff"/>',
            _text(24, 32, title, 18, INK, bold=True),
            *parts,
            _text(24, height - 14, foot, 12, QUIET),
            "</svg>",
        )
    )


def _marks(item: Bullet, x: int, y: int, width: int) -> str:
    """Track, bar and ticks. Only numbers and colours of ours go in; texts are escaped where they do."""

    def at(share: Decimal) -> float:
        return round(x + float(min(max(share, Decimal(0)), SCALE_END) / SCALE_END) * width, 1)

    parts = [_rect(x, y + 3, at(Decimal(1)) - x, HEIGHT - 6, "#eef1f5")]
    if item.attainment is not None:
        parts.append(_rect(x, y + 6, at(item.attainment) - x, HEIGHT - 12, COLOURS[item.light]))
    if item.expected_share is not None and item.expected_share < 1:
        parts.append(_rect(at(item.expected_share) - 1, y + 3, 2, HEIGHT - 6, PACE))
    parts.append(_rect(at(Decimal(1)) - 1, y + 1, 2, HEIGHT - 2, INK))
    return "".join(parts)


def _rect(x: float, y: int, width: float, height: int, colour: str) -> str:
    return f'<rect x="{x:g}" y="{y}" width="{width:g}" height="{height}" fill="{colour}"/>'


def _text(x: int, y: int, text: str, size: int, colour: str, *, bold: bool = False) -> str:
    weight = "600" if bold else "400"
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" font-weight="{weight}">{escape(text)}</text>'


def _short(text: str, width: float) -> str:
    """Cut to a width counted in Chinese characters; Latin letters take half. The breakdown stays."""
    name, dot, breakdown = text.partition(" · ")
    used = _width(dot + breakdown)
    if used + _width(name) <= width:
        return text
    for index, character in enumerate(name):
        used += _width(character)
        if used > width:
            return name[: max(0, index - 1)].rstrip() + "…" + dot + breakdown
    return text


def _width(text: str) -> float:
    return sum(1 if ord(character) > 0x2E7F else 0.55 for character in text)
