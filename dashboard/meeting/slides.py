"""The agenda as slides: one topic each, with a key that stays the same, a title that says it, and few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dashboard import returns
from dashboard.components.items import ItemView, bureau, item_views
from dashboard.components.provenance import all_sources, as_of_text, source_text, until_text
from dashboard.components.render import row_key
from dashboard.components.rows import Item
from dashboard.display import N_, Absent
from dashboard.figures.bullets import Bullet, bullet
from dashboard.figures.district_map import text_width
from dashboard.figures.sparks import Point, spark
from dashboard.meeting.agenda import Agenda, Red
from dashboard.pages import changes_parts
from dashboard.pages.changes import cause_words, reason_text
from dashboard.pages.district_now import missing_text
from dashboard.reading import Reading
from dashboard.state import format_row_key
from dashboard.tally import Tally
from warehouse.measures.period import from_key
from warehouse.measures.status import Status
from warehouse.measures.target import MeasureType
from warehouse.queries.actions import ActionItem
from warehouse.queries.changes import Move
from warehouse.queries.lineage import fetch_source_titles
from warehouse.queries.mart import ProgressRow

T = TypeVar("T")
LINES, TALL_LINES = 7, 5
"""Lines of a table on a slide; those with a second line below the first."""
MOST_SHEETS = 4
"""Slides of one table; what is beyond is counted, with a link."""
TREND = 8
"""Half-years a trend goes back."""
SECTIONS = {
    "opening": N_("总体情况"), "decided": N_("上次议定"), "changed": N_("变化情况"), "red": N_("亮红灯"),
    "silent": N_("未报情况"), "closing": N_("本次议定"),
}  # fmt: skip
MOVES = {
    Move.WORSE: N_("变差 {n} 项"), Move.BETTER: N_("变好 {n} 项"), Move.REPORTED: N_("新填报 {n} 项"),
    Move.UNREPORTED: N_("不再填报 {n} 项"), Move.TARGET: N_("因目标增减换灯 {n} 项"),
    Move.SAME: N_("灯未变而数值或目标有变 {n} 项"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slide:
    """One topic of the agenda as it is shown."""

    key: str
    """As links and notes name it: the same whatever else is on the agenda."""
    section: str
    title: str
    template: str
    values: dict[str, Any] = field(default_factory=dict)
    light: str = ""
    row: str = ""
    """The number a decision made here hangs on, as a link names it."""
    office: str = ""
    foot: str = ""


def make_slides(reading: Reading, agenda: Agenda) -> list[Slide]:
    """Every slide, with keys that differ."""
    parts = (_opening, _decided, _changed, _red, _silent, _closing)
    found: dict[str, Slide] = {}
    for slide in (slide for part in parts for slide in part(reading, agenda)):
        found.setdefault(slide.key, slide)
    return list(found.values())


def sheets(values: Sequence[T], size: int = LINES) -> Iterator[tuple[int, Sequence[T]]]:
    """What goes on each slide of a table, from 1; no more than ``MOST_SHEETS``."""
    for number, first in enumerate(range(0, min(len(values), size * MOST_SHEETS), size), start=1):
        yield number, values[first : first + size]


def _numbered(key: str, number: int) -> str:
    return key if number == 1 else f"{key}-{number}"


def _opening(reading: Reading, agenda: Agenda) -> Iterator[Slide]:
    d = reading.display
    meeting, tally = agenda.meeting, agenda.tally
    title = d._("{n} 项目标，已达标 {met} 项，亮红灯 {red} 项").format(
        n=f"{tally.targets:,}", met=f"{tally.count(Status.MET):,}", red=f"{agenda.red_total:,}"
    )
    kicker = f"{meeting.title} · {d.day(meeting.held_on)}" if meeting else d.day(reading.today)
    foot = (
        d.colon(d._("来源"), all_sources(reading)),
        _until(reading, as_of_text(reading, reading.latest_reports.values())),
    )
    yield Slide(
        "opening", "opening", title, "meeting/opening.html",
        {"tally": tally, "coverage": _coverage(reading, tally), "kicker": kicker, **_last(reading, agenda)},
        foot="　".join(foot),
    )  # fmt: skip


def _coverage(reading: Reading, tally: Tally) -> str:
    """How much of it is known, in sentences."""
    _, d, period = reading.display._, reading.display, reading.state.period
    when = d.period(period) if period else _("按各地区最近一期")
    known = _("{when}，{districts} 个地区 {n} 项目标中已填报 {m} 项。").format(
        when=when, districts=len(reading.shown_districts), n=f"{tally.targets:,}", m=f"{tally.reported:,}"
    )
    overdue = _("未填报的目标中有 {n} 项已经到期。").format(n=f"{tally.overdue:,}") if tally.overdue else ""
    return d.sentences(known, overdue)


def _decided(reading: Reading, agenda: Agenda) -> Iterator[Slide]:
    _, items = reading.display._, agenda.decided
    if not items:
        if agenda.last is not None:
            yield Slide(
                "decided", "decided", _("没有要回头看的督办事项"), "meeting/nothing.html", _last(reading, agenda)
            )
        return
    late = sum(item.is_overdue(reading.today) for item in items)
    done = sum(not item.is_open for item in items)
    title = _("以前议定 {n} 项：已办结 {done} 项，未办结 {left} 项，其中逾期 {late} 项").format(
        n=len(items), done=done, left=len(items) - done, late=late
    )
    views = item_views(reading, sorted(items, key=lambda x: (x.is_open, not x.is_overdue(reading.today), x.due_on)))
    yield from _item_slides("decided", title, views, kicker=_last(reading, agenda)["text"])


def _last(reading: Reading, agenda: Agenda) -> dict[str, Any]:
    d, last = reading.display, agenda.last
    if last is None:
        return {"text": ""}
    return {"text": d._("上次会议：{title}，{day}").format(title=last.title, day=d.day(last.held_on))}


def _item_slides(section: str, title: str, views: Sequence[ItemView], **values: Any) -> Iterator[Slide]:
    for number, shown in sheets(views, TALL_LINES):
        more = len(views) - TALL_LINES * MOST_SHEETS if number == MOST_SHEETS else 0
        yield Slide(
            _numbered(section, number), section, title, "meeting/items.html",
            {"views": shown, "more": max(0, more), **values},
        )  # fmt: skip


def _changed(reading: Reading, agenda: Agenda) -> Iterator[Slide]:
    _, d = reading.display._, reading.display
    if agenda.since is None:
        return
    when = _("{since}以来").format(since=d.day(agenda.since))
    if not agenda.changes:
        yield Slide(
            "changed", "changed", _("{when}没有变化。").format(when=when).rstrip("。."), "meeting/nothing.html",
            {"text": ""},
        )  # fmt: skip
        return
    total = sum(len(entries) for _move, entries in agenda.changes)
    counts = [_(MOVES[move]).format(n=f"{len(entries):,}") for move, entries in agenda.changes]
    causes = changes_parts.causes(entry.change for _move, entries in agenda.changes for entry in entries)
    words = cause_words(d)
    yield Slide(
        "changed", "changed", _("{when}有 {n} 项变化").format(when=when, n=f"{total:,}"), "meeting/changed.html",
        {
            "counts": counts, "lines": changes_parts.lights(reading, agenda.since),
            "causes": [(words[x], causes[x]) for x in changes_parts.CAUSES if causes[x]],
        },
        foot=_until(reading, as_of_text(reading, reading.latest_reports.values())),
    )  # fmt: skip
    for move, entries in agenda.changes:
        title = _("{when}{what}").format(when=when, what=_(MOVES[move]).format(n=f"{len(entries):,}"))
        for number, shown in sheets(entries, TALL_LINES):
            if number > 2 and move not in (Move.WORSE, Move.BETTER):
                break
            yield Slide(
                _numbered(f"changed-{move}", number), "changed", title, "meeting/changes.html",
                {"lines": [_change(reading, entry) for entry in shown], "href": _changes_href(reading, agenda)},
            )  # fmt: skip


def _changes_href(reading: Reading, agenda: Agenda) -> str:
    state = reading.state
    return state.to("changes", since=agenda.since, district=state.district, domain=state.domain)


def _change(reading: Reading, entry: changes_parts.Listed) -> dict[str, Any]:
    d, change = reading.display, entry.change
    row = change.row
    indicator = d.catalog.indicators[row.indicator_key]
    figures = [None if v is None else str(_shown(d.actual(v.row, indicator))) for v in (change.before, change.after)]
    return {
        "before": change.light_before,
        "after": change.light_after,
        "district": d.catalog.districts[row.district_key].name(d.language),
        "series": d.series_name(row),
        "when": d.period(max(entry.periods)),
        "then": figures[0] if figures[0] != figures[1] else None,
        "now": figures[1],
        "reasons": [reason_text(reading, reason) for reason in change.reasons][:1],
    }


def _shown(text: Any) -> str:
    return "—" if isinstance(text, Absent) else str(text)


def _red(reading: Reading, agenda: Agenda) -> Iterator[Slide]:
    _, d = reading.display._, reading.display
    if not agenda.red_total:
        yield Slide(
            "red", "red", _("没有亮红灯的数"), "meeting/nothing.html", {"text": _("没有已突破、未达标或滞后的目标。")}
        )
        return
    for red in agenda.red:
        yield _number(reading, red)
    beyond = agenda.red_total - len(agenda.red) - len(agenda.rest)
    title = _("其余 {n} 项亮红灯的数").format(n=f"{agenda.red_total - len(agenda.red):,}")
    for number, rows in sheets(agenda.rest):
        yield Slide(
            _numbered("rest", number), "red", title, "meeting/rest.html",
            {
                "items": [Item(d, reading.state, row) for row in rows],
                "beyond": beyond if number * LINES >= len(agenda.rest) else 0,
                "href": reading.state.href(page="overview"),
            },
            foot=_until(reading, until_text(reading, rows)),
        )  # fmt: skip


def _number(reading: Reading, red: Red) -> Slide:
    d, row = reading.display, red.row
    item, key = Item(d, reading.state, row), row_key(d, row)
    district, indicator = d.catalog.districts[row.district_key], d.catalog.indicators[row.indicator_key]
    missing = missing_text(reading.display, red.target)
    title = d._("{district}“{series}”{light}").format(
        district=district.name(d.language), series=d.series_name(row), light=d.status(row.light)
    )
    if not isinstance(missing, Absent):
        title = d._("{title}，{missing}").format(title=title, missing=missing)
    source = source_text(reading, fetch_source_titles(reading.scope, reading.connection, reading.catalog, [row]))
    return Slide(
        f"red-{key.district_code}.{key.indicator_code}.{key.breakdown_code}", "red", title, "meeting/number.html",
        {
            "item": item, "due": d.period(row.due), "period": d.period(row.period),
            "kicker": d.catalog.domains[indicator.domain_code].name(d.language),
            "bullet": _bullet(reading, row, item), "spark": _spark(reading, red), "size": _size(_shown(item.actual)),
            "is_milestone": indicator.measure_type is MeasureType.MILESTONE,
            "expected": d.share(row.expected_share, "no_target") if row.expected_share is not None else None,
            "since": d.period(from_key(row.since_period_key)) if row.since_period_key else None,
            "views": item_views(reading, sorted(red.items, key=lambda x: -x.key)[:2]),  # what was just decided is seen
            "others": max(0, len(red.items) - 2),
        },
        light=row.status, row=format_row_key(key), office=bureau(district, d.language),
        foot="　".join((d.colon(d._("来源"), source), _until(reading, until_text(reading, [row])))),
    )  # fmt: skip


def _size(value: str) -> str:
    """How large a value can be written on one line of half a slide, as a class; empty for the largest."""
    wide = text_width(value, 1.1)
    return next((name for most, name in ((4.4, ""), (6.2, "some"), (9, "middling")) if wide <= most), "long")


def _bullet(reading: Reading, row: ProgressRow, item: Item) -> Any:
    d = reading.display
    label = f"{d._('完成率')} {_shown(item.attainment)} · {d.status(row.status)}"
    return bullet(Bullet(d.series_name(row), row.light, row.attainment, row.expected_share, label))


def _spark(reading: Reading, red: Red) -> Any:
    d = reading.display
    of_period = {row.period_key: row for row in red.series}  # the last of a half-year is due last
    shown = [of_period[key] for key in sorted(of_period)][-TREND:]
    while shown and shown[0].actual is None:
        shown = shown[1:]
    points = []
    for row in shown:
        indicator = d.catalog.indicators[row.indicator_key]
        points.append(
            Point(
                str(d.period(row.period)), row.actual, row.target, _shown(d.actual(row, indicator)),
                d._("目标 {target}").format(target=_shown(d.target(row, indicator))), row.light,
            )
        )  # fmt: skip
    known = [p for p in points if p.actual is not None]
    if (
        d.catalog.indicators[red.row.indicator_key].measure_type is MeasureType.MILESTONE
    ):  # done or not: nothing to draw
        known = []
    label = d.join(f"{p.name} {p.actual_text}" for p in known)
    said = d.colon(d._("历次完成值"), label)
    return spark(points, said, d._("纵轴不从 0 起")) if len(known) > 1 else ""


def _silent(reading: Reading, agenda: Agenda) -> Iterator[Slide]:
    _, d, due = reading.display._, reading.display, agenda.returns
    period = d.period(due.period)
    if not due.silent:
        text = _("{period}应报 {n} 项，都报了").format(period=period, n=due.expected)
        title = text if due.expected else _("{period}没有应报的数据。").format(period=period).rstrip("。.")
        yield Slide("silent", "silent", title, "meeting/nothing.html", {"text": ""})
        return
    total = sum(len(silent.missing) for silent in due.silent)
    title = _("{period}应报 {n} 项，{districts} 个地区还有 {missing} 项未报").format(
        period=period, n=f"{due.expected:,}", districts=len(due.silent), missing=f"{total:,}"
    )
    for number, shown in sheets(due.silent):
        lines = [
            (s.district.name(d.language), len(s.missing), d.join([d.series_name(e) for e in s.missing][:3]),
             len(s.missing) > 3)
            for s in shown
        ]  # fmt: skip
        more = len(due.silent) - LINES * MOST_SHEETS if number == MOST_SHEETS else 0
        yield Slide(
            _numbered("silent", number), "silent", title, "meeting/silent.html",
            {
                "lines": lines, "more": max(0, more), "href": reading.state.to("chase", period=due.period),
                "when": returns.when(d, due.period, reading.return_days, reading.today),
            },
        )  # fmt: skip


def _closing(reading: Reading, agenda: Agenda) -> Iterator[Slide]:
    _, items = reading.display._, agenda.today
    if not items:
        text = _("翻到一个亮红灯的数，按 D 键就可以登记。") if reading.may_decide else ""
        yield Slide("closing", "closing", _("本次还没有议定督办事项"), "meeting/nothing.html", {"text": text})
        return
    offices = Counter(item.office for item in items)
    title = _("本次议定 {n} 项，交 {offices} 个单位办理").format(n=len(items), offices=len(offices))
    yield from _item_slides("closing", title, item_views(reading, _by_due(items)))


def _by_due(items: Sequence[ActionItem]) -> list[ActionItem]:
    return sorted(items, key=lambda item: (item.due_on, item.key))


def _until(reading: Reading, text: str) -> str:
    return f"{reading.display._('数据截至')} {text}"
