"""变化（较上次会议）: what changed since a day, in whose targets, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dash import html

from dashboard.components.fragment import Fragment
from dashboard.components.provenance import all_sources, as_of_text
from dashboard.components.render import render, row_key
from dashboard.components.rows import fact_value, pager
from dashboard.display import Display, Text
from dashboard.i18n import Translate
from dashboard.pages import changes_parts as parts
from dashboard.reading import Reading
from warehouse.queries.causes import Act, Cause, Reason
from warehouse.queries.changes import Change, Move
from warehouse.queries.lineage import RowKey

NAME = "changes"
LEAVES = (("changes-summary", "html"), ("changes-list", "html"))
SHEET_LINES = 60


def skeleton(_: Translate) -> list[Any]:
    """The static frame."""
    return [
        html.H1(_("较上次会议的变化")),
        Fragment("changes-summary", className="summary", region=_("概况")),
        Fragment("changes-list", className="panel"),
    ]


def build(reading: Reading) -> tuple[Any, ...]:
    """The values of ``LEAVES``."""
    since = parts.since_of(reading)
    if since is None or since.day > reading.today:
        return _nothing(reading, since), ""
    everything = parts.fetch(reading, since.day)
    changes = parts.shown(reading, everything)
    listed = parts.by_district(changes)
    more = len(everything) - len(changes)
    return _summary(reading, since, [entry.change for entry in listed], more), _list(reading, since, listed)


def _nothing(reading: Reading, since: parts.Since | None) -> str:
    _, d = reading.display._, reading.display
    if since is None:
        text = _("还没有入库的数据，无从比较。")
    else:
        text = _("{since}在{until}之后，无从比较。请选更早的日子。").format(
            since=d.day(since.day), until=d.day(reading.today)
        )
    return render("changes_summary.html", d, state=reading.state, finding=text, notes=[], lines=[], links=None)


def finding(reading: Reading, since: parts.Since, changes: list[Change]) -> str:
    """The page in one sentence."""
    _, d = reading.display._, reading.display
    when = _("{since}以来").format(since=d.day(since.day))
    if reading.state.asof is not None:
        when = _("{since}以来，到{until}为止").format(since=d.day(since.day), until=d.day(reading.today))
    if not changes:
        return _("{when}没有变化。").format(when=when)
    moves = parts.moves(changes)
    words = {
        Move.BETTER: _("变好 {n} 项"), Move.WORSE: _("变差 {n} 项"), Move.REPORTED: _("新填报 {n} 项"),
        Move.UNREPORTED: _("不再填报 {n} 项"), Move.TARGET: _("因目标增减换灯 {n} 项"),
        Move.SAME: _("灯未变而数值或目标有变 {n} 项"),
    }  # fmt: skip
    counted = [words[move].format(n=f"{moves[move]:,}") for move in words if moves[move]]
    return _("{when}有 {n} 项变化：{moves}。").format(when=when, n=f"{len(changes):,}", moves=_("，").join(counted))


def _summary(reading: Reading, since: parts.Since, changes: list[Change], more: int) -> str:
    _, d = reading.display._, reading.display
    notes = []
    if not since.is_chosen and since.newest is not None:
        notes.append(
            _("没有选上次会议的日期，按最近一次入库（{newest}）之前的{since}比较。").format(
                newest=d.day(since.newest), since=d.day(since.day)
            )
        )
    causes = parts.causes(changes)
    if causes:
        words = cause_words(d)
        counted = [_("{cause} {n} 项").format(cause=words[x], n=f"{causes[x]:,}") for x in parts.CAUSES if causes[x]]
        notes.append(_("按原因：{causes}。").format(causes=_("，").join(counted)))
    advanced = parts.advanced(reading, since.day)
    if advanced:
        text = _("{n} 个地区的最近一期变了，下表按各自新的一期数亮灯。")
        notes.append(text.format(n=f"{advanced:,}"))
    return render(
        "changes_summary.html",
        d,
        state=reading.state,
        finding=finding(reading, since, changes),
        notes=notes,
        lines=parts.lights(reading, since.day),
        then=d.day(since.day),
        now=d.day(reading.state.asof) if reading.state.asof else _("现在"),
        scope=d.period(reading.state.period) if reading.state.period else _("按各地区最近一期"),
        links=[(_("下载 CSV"), reading.state.download("changes.csv"), "download")],
        source=all_sources(reading),
        as_of=as_of_text(reading, reading.latest_reports.values()),
        more=more,
    )


@dataclass(frozen=True, slots=True)
class _Line:
    change: Change
    name: str
    href: str
    when: str
    before: RowKey | None
    after: RowKey | None
    actual: tuple[Text | None, Text | None]
    """Then and now; then is None where it is the same."""
    target: tuple[Text | None, Text | None]
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class _Group:
    district: str
    href: str
    lines: list[_Line]


def _list(reading: Reading, since: parts.Since, listed: list[parts.Listed]) -> str:
    d, state = reading.display, reading.state
    size = reading.sheet_of(SHEET_LINES)
    start = (state.sheet - 1) * size
    groups: list[_Group] = []
    last = None
    for entry in listed[start : start + size]:
        district = reading.catalog.districts[entry.change.row.district_key]
        if district.key != last:
            groups.append(_Group(district.name(d.language), state.to("district", district.code), []))
            last = district.key
        groups[-1].lines.append(_line(reading, entry))
    then = replace(state, page="overview", code=None, asof=since.day, since=None, sheet=1)
    return render(
        "changes_list.html", d, state=state, then=then, groups=groups, pager=pager(d, state, len(listed), size)
    )


def _line(reading: Reading, entry: parts.Listed) -> _Line:
    d, change, row = reading.display, entry.change, entry.change.row
    indicator = d.catalog.indicators[row.indicator_key]
    when = str(d.period(min(entry.periods)))
    if len(entry.periods) > 1:
        last = d.period(max(entry.periods))
        when = d._("{first} 至 {last}，{n} 个半年度").format(first=when, last=last, n=len(entry.periods))
    return _Line(
        change=change,
        name=d.series_name(row),
        href=reading.state.to("indicator", indicator.code, district=d.catalog.districts[row.district_key].code),
        when=when,
        before=row_key(d, change.before.row) if change.before else None,
        after=row_key(d, change.after.row) if change.after else None,
        actual=_then_and_now(change, lambda v: d.actual(v.row, indicator)),
        target=_then_and_now(change, lambda v: d.target(v.row, indicator)),
        reasons=[reason_text(reading, reason) for reason in change.reasons],
    )


def _then_and_now(change: Change, text: Any) -> tuple[Text | None, Text | None]:
    was, now = (None if version is None else text(version) for version in (change.before, change.after))
    return (None if was == now else was), now


def cause_words(d: Display) -> dict[Cause, str]:
    """Causes, as counts name them."""
    _ = d._
    return {
        Cause.DATA: _("数据|cause"), Cause.TARGET: _("目标|cause"), Cause.RULE: _("规则|cause"),
        Cause.HISTORY: _("随其他数据"), Cause.PERIOD: _("换期"), Cause.RECOMPUTED: _("口径或程序"),
    }  # fmt: skip


def reason_text(reading: Reading, reason: Reason) -> str:
    """更正：1378 → 1377，批次 12，张三，2020年8月12日"""
    _, d = reading.display._, reading.display
    parts_ = [_what(d, reason, names_people=reading.names_people)]
    if reason.batch_key is not None and reason.act is not Act.UNDONE:
        parts_.append(_("批次 {n}").format(n=reason.batch_key))
    if reason.who is not None and reading.names_people:
        parts_.append(d.who(reason.who))
    if reason.at is not None:
        parts_.append(d.moment(reason.at).rpartition(" ")[0])
    return _("，").join(parts_)


def _what(d: Display, reason: Reason, *, names_people: bool) -> str:
    _ = d._
    match reason.cause:
        case Cause.RULE:
            text = _("规则改为版本 {version}").format(version=reason.rule_version)
            return text + d.brackets(reason.text) if reason.text and names_people else text
        case Cause.HISTORY if reason.act is None:
            return _("随其他地区的历史占比变动")
        case Cause.HISTORY:
            return _("随本系列其他半年度的数据或目标变动")
        case Cause.PERIOD:
            return _("地区填报到另一个半年度")
        case Cause.RECOMPUTED:
            return _("指标口径或程序有变，重新计算")
    absent = "no_target" if reason.cause is Cause.TARGET else "no_actual"
    old, new = (None if fact is None else str(fact_value(d, fact, absent)) for fact in (reason.old, reason.new))
    is_target = reason.cause is Cause.TARGET
    change = old if old == new or new is None else new if old is None else f"{old} → {new}"
    words = {
        Act.NEW: _("新目标") if is_target else _("新填报"),
        Act.CORRECTED: _("目标调整") if is_target else _("更正"),
        Act.WITHDRAWN: _("目标撤回") if is_target else _("撤回"),
        Act.UNDONE: _("撤销批次 {n}").format(n=reason.batch_key) if reason.batch_key else _("撤销|batch"),
    }
    return d.colon(words[reason.act or Act.CORRECTED], change or "")
