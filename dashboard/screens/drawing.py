"""Views as SVG text: a head, cards in cells, a foot. Colours are classes of assets/rooms/screen.css.

All of it scales as vectors with the screen. Every text stands within one panel, none below the smallest size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from dashboard.screens.definition import Definition
from dashboard.screens.geometry import Grid, Rect, grid, panels, seams, width_of, wrap
from warehouse.measures.status import Status

LINE = 1.4
"""From one line to the next, in heights of its letters."""
_NAME, _LEAST_VALUE, _VALUE, _TITLE = 1.12, 1.6, 2.7, 1.5
LEAST_CARD = (11.5, 10.2)
"""Width and height of a card with everything, in heights of the smallest text."""
_MOST_TEXT = 2.1
_WIDE, _TALL, _FIGURE, _LEAST_FIGURE = 2.0, 1.3, 1.35, 16
"""From which shape on a panel holds a figure and cards, and the shape of the figure's part."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the target: attainment, and where the pace is; both as shares."""

    attainment: float
    pace: float | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One thing a view says; every text is for people already."""

    word: str
    """Of the light, or what is counted."""
    name: str
    value: str
    light: Status | None = None
    place: str = ""
    notes: tuple[str, ...] = ()
    lights: tuple[tuple[Status, str], ...] = ()
    """Counts by light, as marks and words."""
    bar: Bar | None = None
    parts: tuple[tuple[Status, int], ...] = ()
    until: str = ""
    """数据截至"""
    overdue: str = ""
    """Since when an update is due; empty while none is."""
    is_sum: bool = False
    """Whether the value counts several, which no one light speaks of."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A view before it is drawn: as many views as its cards fill."""

    title: str
    when: str
    lead: str
    cards: tuple[Card, ...]
    foot: str = ""
    badge: str = ""
    """Said on every view: that data are made up."""
    figure: Callable[[Rect, float, Sequence[Rect], Definition], str] | None = None
    """Draws what stands in place of cards, as SVG of a place, with so wide a legend, its texts off other places."""


def draw(sheet: Sheet, definition: Definition) -> list[Markup]:
    """The views of a sheet, one SVG each."""
    body, head = _rooms(sheet, definition)
    b = definition.text
    if sheet.figure is not None:
        return [_picture(sheet, definition, head + _with_figure(sheet, definition, body), 1, 1)]
    if not sheet.cards:
        return [_picture(sheet, definition, head + _said(sheet.lead, body[0], b), 1, 1)]
    found = grid(body, len(sheet.cards), (LEAST_CARD[0] * b, LEAST_CARD[1] * b), 1.3 * b)
    views = [sheet.cards[n : n + found.per_view] for n in range(0, len(sheet.cards), found.per_view)]
    size = _size(found, b)
    return [
        _picture(
            sheet, definition,
            head + "".join(_card(card, cell, size, b) for card, cell in zip(cards, found.cells, strict=False)),
            n, len(views),
        )
        for n, cards in enumerate(views, 1)
    ]  # fmt: skip


def _with_figure(sheet: Sheet, definition: Definition, body: list[Rect]) -> str:
    """The figure in the panels on the left, and as many cards as the others hold; one long panel is parted."""
    b = definition.text
    room, legend, others = _parted(body[0], b) if len(body) == 1 else _taken(body, definition)
    drawn = sheet.figure(room, legend, _strips(room, definition), definition) if sheet.figure is not None else ""
    placed = f'<svg x="{room.x:.0f}" y="{room.y:.0f}" width="{room.w:.0f}" height="{room.h:.0f}">{drawn}</svg>'
    if not others or not sheet.cards:
        return placed
    found = grid(others, len(sheet.cards), (LEAST_CARD[0] * b, LEAST_CARD[1] * b), 1.3 * b)
    size = _size(found, b)
    return placed + "".join(_card(card, cell, size, b) for card, cell in zip(sheet.cards, found.cells, strict=False))


def _parted(room: Rect, b: float) -> tuple[Rect, float, list[Rect]]:
    """One panel: the figure's place, how wide its legend may be, and what is left for cards where it is long enough."""
    width, height = room.h * _FIGURE, room.w / _FIGURE
    if room.w > _WIDE * room.h and width > _LEAST_FIGURE * b:
        rest = replace(room, x=room.x + width + 2 * b, w=room.w - width - 2 * b)
        return replace(room, w=width), width, [rest]
    if room.h > _TALL * room.w and height > _LEAST_FIGURE * b:
        return replace(room, h=height), room.w, [room.cut(height + b)]
    return room, room.w, []


def _taken(body: list[Rect], d: Definition) -> tuple[Rect, float, list[Rect]]:
    """Many panels: the figure over as many columns as it is wide, its legend within the first, cards in the others."""
    first, last = body[0], body[-1]
    high = last.y + last.h - first.y
    across = min(max(1, round(high * _FIGURE / (d.width / d.columns))), max(1, d.columns - 1))
    mine = [panel for n, panel in enumerate(body) if n % d.columns < across]
    room = Rect(first.x, first.y, mine[-1].x + mine[-1].w - first.x, high)
    return room, first.w, [panel for panel in body if panel not in mine]


def _strips(room: Rect, d: Definition) -> list[Rect]:
    """Where seams cross a place, from its upper left corner, with what is kept free beside them."""
    standing, lying = seams(d)
    margin = d.bezel / 2 + 0.3 * d.text
    return [Rect(x - room.x - margin, 0, 2 * margin, room.h) for x in standing if room.x < x < room.x + room.w] + [
        Rect(0, y - room.y - margin, room.w, 2 * margin) for y in lying if room.y < y < room.y + room.h
    ]


def _rooms(sheet: Sheet, d: Definition) -> tuple[list[Rect], str]:
    """What is left of each panel for cards, and the head: the title in the first panel, the period in the last."""
    b, rows = d.text, panels(d)
    first, last = rows[0][0], rows[0][-1]
    title = _TITLE * b
    is_alone = first is last
    beside = width_of(sheet.when) * b + b if is_alone else 0
    has_when = width_of(sheet.title) * title <= first.w - beside  # a title is not cut for it
    lines = wrap(sheet.title, first.w / title, 1)
    parts = [_text(first.x, first.y + title, line, title, "ink strong") for line in lines]
    if has_when:
        parts.append(_text(last.x + last.w, last.y + title, sheet.when, b, "quiet", anchor="end"))
    top = LINE * title
    said = sheet.lead if sheet.cards or sheet.figure else ""
    said = said if has_when else " · ".join(filter(None, (sheet.when, said)))
    lead = wrap(said, first.w / b, 2) if said else []
    if lead and len(lead) * LINE * b + top + LEAST_CARD[1] * b * 1.15 < first.h:
        parts += [
            _text(first.x, first.y + top + (n + 1) * LINE * b - 0.35 * b, x, b, "quiet") for n, x in enumerate(lead)
        ]
        top += len(lead) * LINE * b
    top += 0.7 * b
    bottom = (LINE + 0.5) * b
    body = [
        panel.cut(top if n == 0 else 0, bottom if n == len(rows) - 1 else 0)
        for n, row in enumerate(rows)
        for panel in row
    ]
    return body, "".join(parts)


def _picture(sheet: Sheet, d: Definition, inside: str, n: int, of: int) -> Markup:
    rows, b = panels(d), d.text
    first, last = rows[-1][0], rows[-1][-1]
    y = first.y + first.h - 0.15 * b
    left = "　".join(filter(None, (sheet.badge, sheet.foot)))
    page = f"{n} / {of}" if of > 1 else ""
    room = first.w - (width_of(page) * b + b if first is last else 0)
    foot = "".join(_text(first.x, y, line, b, "quiet") for line in wrap(left, room / b, 1)) if left else ""
    if page:
        foot += _text(last.x + last.w, y, page, b, "quiet", anchor="end")
    label = escape(" · ".join(filter(None, (sheet.title, sheet.when, sheet.lead))))
    return Markup(  # noqa: S704 -- texts are escaped where they go in, the rest is ours
        f'<svg class="picture" viewBox="0 0 {d.width} {d.height}" role="img" aria-label="{label}">'
        f'<rect class="ground" width="{d.width}" height="{d.height}"/>{inside}{foot}</svg>'
    )


def _size(found: Grid, b: float) -> float:
    """Text of the cards: the smallest, or larger where cells have room for it."""
    cell = found.cells[0]
    return min(max(b, min(cell.w / (LEAST_CARD[0] * 1.15), cell.h / (LEAST_CARD[1] * 1.1))), _MOST_TEXT * b)


def _said(text: str, room: Rect, b: float) -> str:
    size = min(2 * b, room.w / 12)
    lines = wrap(text, room.w / size, 4)
    y = room.y + room.h / 2 - len(lines) * size * LINE / 2 + size
    return "".join(_text(room.x, y + n * size * LINE, line, size, "ink") for n, line in enumerate(lines))


def _card(card: Card, cell: Rect, s: float, b: float) -> str:
    """Light and place, name, value and 数据截至 always; notes, a longer name and the bar where there is room."""
    foot = _foot(card, cell, b)
    end = cell.y + cell.h - len(foot) * LINE * b - 0.2 * b
    heading, y = _heading(card, cell, cell.y + 0.35 * s, s)
    spare = end - y - _LEAST_VALUE * 1.25 * s
    names = wrap(card.name, cell.w / (s * _NAME), 1) if card.name else []
    spare -= len(names) * LINE * _NAME * s
    notes, longer = _notes(card.notes, cell.w / s), wrap(card.name, cell.w / (s * _NAME), 2) if card.name else []
    shown, has_lights, has_bar = list[str](), False, False
    for want, height in (("note", LINE), ("lights", LINE), ("note", LINE), ("bar", 0.9), ("name", LINE * _NAME)):
        if height * s > spare:
            continue
        if want == "note" and len(shown) < len(notes):
            shown = notes[: len(shown) + 1]
        elif want == "lights" and card.lights:
            has_lights = True
        elif want == "bar" and (card.bar or card.parts):
            has_bar = True
        elif want == "name" and len(longer) > len(names):
            names = longer
        else:
            continue
        spare -= height * s
    parts = [f'<path class="hairline" d="M{cell.x:.1f} {cell.y:.1f}h{cell.w:.1f}"/>', *heading]
    for line in names:
        parts.append(_text(cell.x, y + s * _NAME, line, s * _NAME, "ink"))
        y += LINE * s * _NAME
    big = min(_LEAST_VALUE * s + max(spare, 0) / 1.25, _VALUE * s, cell.w / max(width_of(card.value), 1))
    big = max(b, big)
    colour = "value ink" if card.is_sum else f"value {_colour(card)}"
    parts += [_text(cell.x, y + big * 1.02, x, big, colour) for x in wrap(card.value, cell.w / big + 0.1, 1)]
    y += big * 1.25
    if has_bar:
        parts.append(_bar(card, Rect(cell.x, y + 0.15 * s, cell.w, 0.32 * s)))
        y += 0.9 * s
    if has_lights:
        parts.append(_counts(card.lights, cell, y, s))
        y += LINE * s
    for line in shown:
        parts.append(_text(cell.x, y + s, line, s, "quiet"))
        y += LINE * s
    return f"<g>{''.join((*parts, *foot))}</g>"


def _notes(notes: Sequence[str], width: float) -> list[str]:
    """On one line where they fit, else each on its own."""
    together = " · ".join(notes)
    lines = [together] if width_of(together) <= width else notes
    return [line for note in lines if note for line in wrap(note, width, 1)]


def _heading(card: Card, cell: Rect, y: float, s: float) -> tuple[list[str], float]:
    """The mark with its word, and the place, below it where both are too long; and where the next line begins."""
    x, parts = cell.x, []
    if card.light is not None:
        parts.append(_mark(card.light, x, y + 0.12 * s, s))
        x += 1.3 * s
    room, colour = (cell.x + cell.w - x) / s, f"{_colour(card)} strong"
    together = " · ".join(filter(None, (card.word, card.place)))
    lines = [together] if width_of(together) <= room else list(filter(None, (card.word, card.place)))
    for n, line in enumerate(lines):
        indent = x if n == 0 else cell.x
        css, fitting = colour if n == 0 else "quiet", wrap(line, (cell.x + cell.w - indent) / s, 1)
        parts += [_text(indent, y + s, text, s, css) for text in fitting]
        y += LINE * s
    return parts, y


def _foot(card: Card, cell: Rect, b: float) -> list[str]:
    """数据截至, and since when an update is due."""
    lines = (
        [(line, "amber" if card.overdue else "quiet") for line in wrap(card.until, cell.w / b, 2)] if card.until else []
    )
    lines += [(line, "amber") for line in wrap(card.overdue, cell.w / b, 1)] if card.overdue else []
    y = cell.y + cell.h - (len(lines) - 1) * LINE * b - 0.25 * b
    return [_text(cell.x, y + n * LINE * b, line, b, css) for n, (line, css) in enumerate(lines)]


def _counts(lights: Sequence[tuple[Status, str]], cell: Rect, y: float, s: float) -> str:
    """Marks with words, as many as there is room for."""
    x, parts = cell.x, []
    for light, text in lights:
        width = (1.25 + width_of(text)) * s
        if x + width > cell.x + cell.w:
            break
        parts.append(_mark(light, x, y + 0.12 * s, s) + _text(x + 1.2 * s, y + s, text, s, f"light-{light}"))
        x += width + 0.6 * s
    return "".join(parts)


def _bar(card: Card, room: Rect) -> str:
    """The target at full width with attainment and pace, or parts by light."""
    parts = [_rect(room, "track")]
    if card.bar is not None:
        share = min(max(card.bar.attainment, 0.0), 1.0)
        parts.append(_rect(replace(room, w=room.w * share), _fill(card.light)))
        if card.bar.pace is not None and 0 < card.bar.pace < 1:
            tick = 0.35 * room.h
            parts.append(
                _rect(Rect(room.x + room.w * card.bar.pace - tick / 2, room.y - tick, tick, room.h + 2 * tick), "pace")
            )
    total = sum(count for _, count in card.parts)
    x = room.x
    for light, count in card.parts if total else ():
        w = room.w * count / total
        parts.append(_rect(Rect(x, room.y, max(w - 0.15 * room.h, 0.1), room.h), _fill(light)))
        x += w
    return "".join(parts)


def _colour(card: Card) -> str:
    return f"light-{card.light}" if card.light is not None else "ink"


def _fill(light: Status | None) -> str:
    return f"fill-{light}" if light is not None else "fill-met"


def _mark(light: Status, x: float, y: float, size: float) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" height="{size:.1f}"'
    return f'<use href="#mark-{light}" class="light-{light}" {place}/>'


def _rect(r: Rect, css: str) -> str:
    return f'<rect class="{css}" x="{r.x:.1f}" y="{r.y:.1f}" width="{r.w:.1f}" height="{r.h:.1f}"/>'


def _text(x: float, y: float, text: str, size: float, css: str, *, anchor: str = "") -> str:
    end = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}"{end}>{escape(text)}</text>'
