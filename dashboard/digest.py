"""周报: one district's week as the body of a mail; made here, sent by nobody here.

Sections of short lines, so that the mail and its plain text say the same. Mail programs know tables and inline
styles, and load nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard import outlook
from dashboard.components.provenance import all_sources, as_of_text
from dashboard.components.render import render, row_key
from dashboard.components.rows import Item
from dashboard.display import Absent, Text
from dashboard.pages import changes, changes_parts, district, district_now
from dashboard.pages.district_parts import OpenTarget, Scorecard, fetch_scorecard
from dashboard.reading import Reading
from dashboard.state import end_of
from dashboard.tally import LIGHTS
from warehouse.catalog import District
from warehouse.measures.computed import NotComputable
from warehouse.measures.quantity import format_decimal
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.queries.actions import ActionItem, fetch_items
from warehouse.queries.causes import Cause
from warehouse.queries.changes import Change, fetch_changes
from warehouse.queries.mart import ProgressRow

WEEK, AHEAD = timedelta(days=7), timedelta(days=30)
MOST_LINES, MOST_TEXT = 20, 160
SIGNS = {
    Status.MET: "✓", Status.ON_TRACK: "●", Status.IN_PROGRESS: "○", Status.SLIPPING: "▲", Status.BEHIND: "◆",
    Status.MISSED: "■", Status.BREACHED: "✕", Status.UNREPORTED: "▨", Status.MONITOR: "–",
}  # fmt: skip
"""The shapes of the lights as characters."""
INKS = {
    Status.MET: "#00704f", Status.ON_TRACK: "#1c7f5c", Status.IN_PROGRESS: "#2166ac", Status.SLIPPING: "#9a5200",
    Status.BEHIND: "#c62f22", Status.MISSED: "#96161d", Status.BREACHED: "#5c0a1e", Status.UNREPORTED: "#5b6672",
    Status.MONITOR: "#5b6672",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its light, what it is about and where that is, and what is to be said."""

    name: str
    text: str
    href: str = ""
    light: Status | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence, and the lines behind it; ``more`` counts those left out."""

    title: str
    lead: str
    entries: tuple[Entry, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything a mail says."""

    title: str
    days: str
    lights: tuple[tuple[Status, str, int], ...]
    sections: tuple[Section, ...]
    foot: str
    href: str


def make_digest(reading: Reading, place: District, since: date | None = None) -> Digest:
    """The week of a district, or what came after the end of a day."""
    _, d = reading.display._, reading.display
    since = since or reading.today - WEEK
    card = fetch_scorecard(reading, place)
    rows = [line.row for group in card.targeted for line in group.lines]
    counts = [(light, d.status(light), sum(row.light is light for row in rows)) for light in LIGHTS]
    sections = (
        _standing(reading, card),
        _changes(reading, place, since),
        _behind(reading, card, rows),
        _due(reading, card),
        _unreported(reading, card),
        _items(reading, place),
    )
    source, until = d.colon(_("来源"), all_sources(reading)), as_of_text(reading, (card.latest,))
    return Digest(
        title=_("{district}达标周报").format(district=place.name(d.language)),
        days=_("{since}之后，到{today}").format(since=d.day(since), today=d.day(reading.today)),
        lights=tuple(entry for entry in counts if entry[2]),
        sections=sections,
        foot=_("。").join((source, f"{_('数据截至')} {until}")) + _("。"),
        href=reading.state.to("district", place.code),
    )


def _standing(reading: Reading, card: Scorecard) -> Section:
    _, d = reading.display._, reading.display
    value = card.score.value
    score = ""
    if not isinstance(value, NotComputable):
        points = format_decimal(value.scaleb(2), 1)
        score = _("考核得分 {points}，{n} 项目标计分，其中已填报 {m} 项。").format(
            points=points, n=card.score.targets, m=card.score.reported
        )
    return Section(_("现状"), d.sentences(district.finding(reading, card), score))


def _changes(reading: Reading, place: District, since: date) -> Section:
    found = fetch_changes(
        reading.scope, reading.connection, reading.catalog, end_of(since), reading.state.as_of, districts=(place.key,)
    )
    listed = changes_parts.by_district([c for c in found if c.is_primary and c.is_major])
    shown = sorted((entry.change for entry in listed), key=_telling)
    lead = changes.finding(reading, changes_parts.Since(since, is_chosen=True), shown)
    return _section(reading.display._("变化及原因"), lead, [_change(reading, change) for change in shown])


def _telling(change: Change) -> tuple[int, bool, bool]:
    """What got worse first; among new figures those off track, and those without a target last."""
    light = change.light_after
    return changes_parts.ORDER.index(change.move), light not in OFF_TRACK, light is Status.MONITOR


def _change(reading: Reading, change: Change) -> Entry:
    _, d, row = reading.display._, reading.display, change.row
    indicator = d.catalog.indicators[row.indicator_key]
    then, now = change.light_before, change.light_after
    lights = " → ".join(dict.fromkeys(_("无") if x is None else d.status(x) for x in (then, now)))
    is_said = any(reason.cause is Cause.DATA for reason in change.reasons)  # with the figures
    versions = () if is_said else (change.before, change.after)
    values = [_text(d.actual(v.row, indicator)) for v in versions if v is not None]
    reasons = _("；").join(changes.reason_text(reading, reason) for reason in change.reasons)
    parts = (lights, " → ".join(dict.fromkeys(values)), reasons)
    name = f"{d.series_name(row)}{d.brackets(str(d.period(row.period)))}"
    return Entry(name, _join(parts), reading.state.to("indicator", indicator.code, district=_code(reading, row)), now)


def _behind(reading: Reading, card: Scorecard, rows: Iterable[ProgressRow]) -> Section:
    _, d = reading.display._, reading.display
    late = outlook.behind(rows)
    missing: dict[object, OpenTarget] = {(x.row.place, x.row.target_key): x for x in card.open}
    lead = _("有 {n} 项目标滞后、未达标或突破。").format(n=len(late)) if late else _("没有滞后、未达标或突破的目标。")
    if not any(True for group in card.targeted for _line in group.lines):
        lead = _("没有适用的目标。")
    entries = []
    for row in late:
        item, gap = Item(d, reading.state, row), district_now.missing_text(d, missing[row.place, row.target_key])
        text = _join(
            (d.status(row.status), _text(gap), d.colon(_("完成值"), _text(item.actual)),
             d.colon(_("目标值"), _text(d.target(row, d.catalog.indicators[row.indicator_key]))))
        )  # fmt: skip
        entries.append(Entry(d.series_name(row), text, reading.state.href(why=row_key(d, row)), row.light))
    return _section(_("滞后在前"), lead, entries)


def _due(reading: Reading, card: Scorecard) -> Section:
    _, d, today = reading.display._, reading.display, reading.today
    rows = [row for group in card.targeted for line in group.lines for row in (line.row, *line.others)]
    soon = [day for day in outlook.due_days(rows) if today <= day.day <= today + AHEAD]
    entries = [
        Entry(
            d.series_name(row),
            _join((
                _("{day}到期，还有 {n} 天").format(day=d.day(day.day), n=day.days(today)), d.status(row.status),
                d.colon(_("目标值"), _text(d.target(row, d.catalog.indicators[row.indicator_key]))),
            )),
            Item(d, reading.state, row).indicator_href,
            row.light,
        )
        for day in soon
        for row in day.rows
    ]  # fmt: skip
    text = _("30 天内有 {n} 项还没有达到的目标到期。") if entries else _("30 天内没有还要达到的目标到期。")
    return _section(_("30 天内到期"), text.format(n=len(entries)), entries)


def _unreported(reading: Reading, card: Scorecard) -> Section:
    _ = reading.display._
    lines = district_now.return_lines(reading, card)
    entries = [Entry(line.what, _join((line.when, line.names)), line.href, is_late=line.is_late) for line in lines]
    late = sum(line.is_late for line in lines)
    if not lines:
        lead = _("近期没有要填报的数据。")
    elif late:
        lead = _("有 {n} 个半年度已过期限还没有报齐。").format(n=late)
    else:
        lead = _("没有过期未报的数据。")
    return _section(_("未填报的和期限"), lead, entries)


def _items(reading: Reading, place: District) -> Section:
    _, d = reading.display._, reading.display
    found = fetch_items(
        reading.scope, reading.connection, reading.catalog, districts=(place.key,), as_of=reading.state.as_of
    )
    waiting = sorted((item for item in found if item.is_open), key=lambda item: (item.due_on, item.key))
    overdue = sum(item.is_overdue(reading.today) for item in waiting)
    lead = _("有 {n} 件没有办结。").format(n=len(waiting)) if waiting else _("没有未办结的督办事项。")
    late = _("其中 {n} 件已经逾期。").format(n=overdue) if overdue else ""
    return _section(_("督办事项"), d.sentences(lead, late), [_item(reading, item) for item in waiting])


def _item(reading: Reading, item: ActionItem) -> Entry:
    _, d, today = reading.display._, reading.display, reading.today
    days = (item.due_on - today).days
    when = (_("{day}前办结，已逾期 {n} 天") if days < 0 else _("{day}前办结，还有 {n} 天")).format(
        day=d.day(item.due_on), n=abs(days)
    )
    indicator = d.catalog.indicators[item.place.indicator_key]
    about = indicator.name(d.language)
    href = reading.state.to("district", d.catalog.districts[item.place.district_key].code)
    return Entry(item.what, _join((d.colon(_("责任单位"), item.office), when, about)), href, is_late=days < 0)


def _section(title: str, lead: str, entries: Sequence[Entry]) -> Section:
    return Section(title, lead, tuple(entries[:MOST_LINES]), max(0, len(entries) - MOST_LINES))


def _code(reading: Reading, row: ProgressRow) -> str:
    return reading.catalog.districts[row.district_key].code


def _text(value: Text) -> str:
    return "—" if isinstance(value, Absent) else value


def _join(parts: Iterable[str]) -> str:
    return " · ".join(filter(None, parts))


def short(text: str) -> str:
    """A text cut to what a line of a mail may hold."""
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1].rstrip()}…"


def mail_html(reading: Reading, digest: Digest, base: str | None, *, is_page: bool = False) -> str:
    """The body of the mail: tables and inline styles, nothing loaded; links only where ``base`` is known.

    ``is_page``: shown by the server itself, with its icon.
    """
    return render(
        "digest.html", reading.display, digest=digest, base=base, signs=SIGNS, inks=INKS, short=short,
        is_demo=reading.catalog.is_demo, is_page=is_page,
    )  # fmt: skip


def mail_text(reading: Reading, digest: Digest, base: str | None) -> str:
    """The same as plain text."""
    _ = reading.display._
    lines = [digest.title, digest.days]
    if reading.catalog.is_demo:
        lines.append(_("演示数据"))
    lights = [f"{SIGNS[light]} {word} {count}" for light, word, count in digest.lights]
    lines += ["", *filter(None, ["  ".join(lights)])]
    for section in digest.sections:
        lines += ["", f"== {section.title} ==", section.lead]
        for entry in section.entries:
            sign = f"{SIGNS[entry.light]} " if entry.light else "- "
            lines += [f"{sign}{short(entry.name)}", f"  {short(entry.text)}"]
        if section.more:
            lines.append(_("另有 {n} 项，请到网页上看。").format(n=section.more))
    lines += ["", *([base + digest.href] if base else []), digest.foot]
    return "\n".join(lines) + "\n"
