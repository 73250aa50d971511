"""总览: how do we stand? Lights, what is behind first, districts, the heat table, what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import html

from dashboard import maps
from dashboard.components.fragment import Fragment
from dashboard.components.graph import graph, sized
from dashboard.components.provenance import all_sources, as_of_text, until_text
from dashboard.components.render import render, row_key
from dashboard.components.rows import Item, items, pager
from dashboard.display import Text
from dashboard.figures.status_map import status_map
from dashboard.figures.theme import EMPTY
from dashboard.i18n import Translate
from dashboard.pages import overview_parts as parts
from dashboard.reading import Reading
from dashboard.state import ViewState
from dashboard.tally import LIGHTS, Tally, tallies, together
from warehouse.catalog import District, Domain
from warehouse.measures.period import Period
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import ProgressRow

NAME = "overview"
DISTRICT_LINES, OVERDUE_LINES = 16, 8
PAPER_DISTRICTS = 8
"""Columns of a heat table an A4 page has room for."""
LEAVES = (
    ("overview-summary", "html"),
    ("overview-attention", "html"),
    ("overview-districts", "html"),
    ("overview-places", "html"),
    ("overview-map", "figure"),
    ("overview-map", "style"),
    ("overview-map-frame", "className"),
    ("overview-map-note", "html"),
    ("overview-heat", "html"),
    ("overview-changes", "html"),
)


def skeleton(_: Translate) -> list[Any]:
    """The static frame; callbacks only fill leaves."""
    return [
        html.H1(_("总览")),
        Fragment("overview-summary", className="summary", region=_("概况")),
        html.Div(
            className="columns",
            children=[
                Fragment("overview-attention", className="panel main-column"),
                Fragment("overview-districts", className="panel side-column"),
            ],
        ),
        Fragment("overview-places", className="panel"),
        html.Section(
            id="overview-map-frame",
            className="panel hidden",
            children=[
                html.H2(_("亮灯全景")),
                graph("overview-map"),
                Fragment("overview-map-note"),
            ],
        ),
        Fragment("overview-heat", className="panel"),
        Fragment("overview-changes", className="panel"),
    ]


def build(reading: Reading) -> tuple[Any, ...]:
    """The values of ``LEAVES``."""
    of = tallies(reading, reading.lights)
    tally = together(of.values())
    figure, frame, note = _map(reading)
    return (
        _summary(reading, tally),
        _attention(reading, tally),
        _districts(reading, of),
        maps.panel(reading, maps.share_map(reading, of), "overview-places"),
        *sized(figure),
        frame,
        note,
        _heat(reading),
        _changes(reading),
    )


def map_of(reading: Reading) -> maps.Map | None:
    """The map of the page, for its files."""
    return maps.share_map(reading, tallies(reading, reading.lights))


def finding(reading: Reading, tally: Tally) -> str:
    """The page in one sentence, made from the data."""
    _, d = reading.display._, reading.display
    if not tally.targets and not tally.monitored:
        return _("这些筛选条件下没有数据。")
    period = reading.state.period
    when = d.period(period) if period else _("按各地区最近一期")
    lights = [f"{d.status(light)} {tally.count(light):,}" for light in LIGHTS if tally.count(light)]
    targets = _("{when}，{districts} 个地区共 {targets} 项目标：{lights}。").format(
        when=when,
        districts=len(reading.shown_districts),
        targets=f"{tally.targets:,}",
        lights=_("，").join(lights) or _("无"),
    )
    overdue = _("未填报的目标中有 {n} 项已经到期。").format(n=f"{tally.overdue:,}") if tally.overdue else ""
    monitored = _("另有 {n} 项只有完成值、没有目标。").format(n=f"{tally.monitored:,}") if tally.monitored else ""
    return d.sentences(targets, overdue, monitored)


def _summary(reading: Reading, tally: Tally) -> str:
    return render(
        "overview_summary.html",
        reading.display,
        state=reading.state,
        tally=tally,
        finding=finding(reading, tally),
    )


def _attention(reading: Reading, tally: Tally) -> str:
    _, d, state = reading.display._, reading.display, reading.state
    if state.status is not None:
        rows, total = parts.with_light(reading, state.status), tally.by_light.get(state.status, 0)
        title, note, groups = d.status(state.status), "", []
    else:
        rows, total = parts.attention(reading), tally.count(*OFF_TRACK)
        title, groups = _("滞后在前"), parts.overdue_groups(reading)
        note = "" if total or not tally.reported else _("没有滞后、未达标或突破的目标。")
        if rows and not total:
            note = d.sentences(note, _("以下目标在推进中，还没有达到目标值。"))
    return render(
        "overview_attention.html",
        d,
        state=state,
        title=title,
        total=total if total or state.status else None,
        note=note,
        items=items(d, state, rows),
        groups=[_group(reading, group) for group in groups[: reading.sheet_of(OVERDUE_LINES)]],
        pager=pager(d, state, total, reading.sheet_of(parts.SHEET_ROWS)) if state.status else None,
        caption=title,
        since_title=_("从何时起"),
    )


@dataclass(frozen=True, slots=True)
class _Group:
    district: str
    count: int
    when: str
    href: str


def _group(reading: Reading, group: parts.OverdueGroup) -> _Group:
    _, d = reading.display._, reading.display
    text = _("{due}到期，已逾期") if group.is_overdue else _("{due}到期，未到填报期")
    return _Group(
        district=group.district.name(d.language),
        count=group.count,
        when=text.format(due=d.period(group.due)),
        href=reading.state.href(district=group.district.code, status=Status.UNREPORTED),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    district: Any
    latest: Period | None
    tally: Tally
    view: ViewState


def _districts(reading: Reading, of: Mapping[int, Tally]) -> str:
    lines, most = parts.district_lines(reading, of), reading.sheet_of(DISTRICT_LINES)
    view = reading.state
    shown = [
        _Line(x.district, x.latest, x.tally, replace(view, district=x.district.code, why=None, sheet=1))
        for x in lines[:most]
    ]
    return render(
        "overview_districts.html",
        reading.display,
        state=view,
        lines=shown,
        more=max(0, len(lines) - most),
        note=_periods_note(reading),
    )


def _periods_note(reading: Reading) -> str:
    """Says plainly when districts speak of different half-years, or never reported."""
    _, d = reading.display._, reading.display
    if reading.state.period is not None:
        return ""
    latest = [reading.latest_reports.get(district.key) for district in reading.shown_districts]
    periods = sorted({period for period in latest if period is not None})
    never = latest.count(None)
    notes = []
    if len(periods) > 1:
        notes.append(
            _("各地区填报到不同的半年度（{first} 至 {last}），亮灯各按自己的最近一期判断，不能横向排名。").format(
                first=d.period(periods[0]), last=d.period(periods[-1])
            )
        )
    if never:
        notes.append(_("{n} 个地区只有目标，没有填报过完成值。").format(n=never))
    return d.sentences(*notes)


def _map(reading: Reading) -> tuple[dict[str, Any], str, str]:
    """The whole map of lights, where districts are too many for one table."""
    if len(reading.shown_districts) <= parts.HEAT_DISTRICTS:
        return EMPTY, "panel hidden", ""
    total = reading.catalog.breakdown_by_code["total"].key
    figure, alt = status_map(reading.lights, total, reading.shown_districts, reading.indicators(), reading.display)
    note = render(
        "figure_note.html",
        reading.display,
        alt=alt,
        source=all_sources(reading),
        as_of=as_of_text(reading, reading.latest_reports.values()),
        graph="overview-map",
        pager=None,
        csv_href=reading.state.download("progress.csv"),
    )
    return figure, "panel", note


@dataclass(frozen=True, slots=True)
class _Cell:
    key: RowKey
    status: str
    value: Text
    title: str


@dataclass(frozen=True, slots=True)
class _HeatLine:
    name: str
    href: str
    cells: list[_Cell | None]
    who: str


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    href: str
    when: Text


@dataclass(frozen=True, slots=True)
class _Tab:
    name: str
    href: str
    current: bool


def _heat(reading: Reading) -> str:
    domains = parts.heat_domains(reading)
    if reading.is_whole:
        return _whole_heat(reading, domains)
    domain = reading.state.domain or (parts.liveliest_domain(reading, domains) if domains else "")
    return _heat_table(reading, domains, domain, parts.heat_districts(reading))


def _whole_heat(reading: Reading, domains: Sequence[Domain]) -> str:
    """Every domain, or the one chosen, with every district: as many tables as that takes on paper."""
    shown = [x for x in domains if reading.state.domain in (None, x.code)]
    every = reading.shown_districts
    size = -(-len(every) // max(1, -(-len(every) // PAPER_DISTRICTS)))
    sheets = [every[start : start + size] for start in range(0, len(every), size or 1)]
    return "".join(_heat_table(reading, domains, x.code, districts) for x in shown for districts in sheets)


def _heat_table(reading: Reading, domains: Sequence[Domain], domain: str, districts: Sequence[District]) -> str:
    _, d, state = reading.display._, reading.display, reading.state
    table = parts.heat_table(reading, domain, districts)
    if reading.is_whole and not table.districts:
        return ""
    rows = [cell for line in (*table.judged, *table.monitored) for cell in line.cells if cell is not None]
    return render(
        "overview_heat.html",
        d,
        state=state,
        title=reading.catalog.domains[domain].name(d.language) if reading.is_whole else "",
        tabs=[_Tab(x.name(d.language), state.href(domain=x.code), x.code == domain) for x in domains],
        districts=[
            _Column(
                x.name(d.language),
                state.to("district", x.code),
                d.period(state.period or reading.latest_reports.get(x.key)),
            )
            for x in table.districts
        ],
        lines=[_heat_line(reading, line) for line in table.judged],
        monitored=[_heat_line(reading, line) for line in table.monitored],
        silent=[_heat_line(reading, line) for line in table.silent],
        pager=None
        if state.status or reading.is_whole
        else pager(d, state, len(reading.shown_districts), parts.HEAT_DISTRICTS),
        alt=_("{n} 个指标、{m} 个地区的亮灯和数值").format(n=len(table.judged), m=len(table.districts)),
        source=all_sources(reading),
        as_of=until_text(reading, rows),
        csv_href=state.download("progress.csv"),
    )


def _heat_line(reading: Reading, line: parts.HeatLine) -> _HeatLine:
    d, state = reading.display, reading.state
    some = next(cell for cell in line.cells if cell is not None)
    who = [d.catalog.districts[c.district_key].name(d.language) for c in line.cells if c is not None]
    return _HeatLine(
        name=d.series_name(some),
        href=Item(d, state, some).indicator_href,
        cells=[None if cell is None else _cell(reading, cell) for cell in line.cells],
        who=d.join(who),
    )


def _cell(reading: Reading, row: ProgressRow) -> _Cell:
    d = reading.display
    indicator = d.catalog.indicators[row.indicator_key]
    value = d.actual(row, indicator)
    target = d.target(row, indicator)
    title = d.status(row.status) + ("" if row.target_key is None else f" · {d._('目标值')} {target}")
    return _Cell(row_key(d, row), row.status, value, title)


def _changes(reading: Reading) -> str:
    _, d = reading.display._, reading.display
    moved = parts.changes(reading)
    if not moved.compared:
        note = _("没有同一目标连续两个半年度的亮灯，无法比较。")
    else:
        note = _("变好 {better} 项，变差 {worse} 项，新填报 {fresh} 项，不再填报 {gone} 项。").format(
            better=f"{moved.better:,}",
            worse=f"{moved.worse:,}",
            fresh=f"{moved.newly_reported:,}",
            gone=f"{moved.no_longer_reported:,}",
        )
    shown = [
        (title, items(d, reading.state, list(rows)), total - len(rows))
        for title, rows, total in (
            (_("变差"), moved.worse_rows, moved.worse),
            (_("变好"), moved.better_rows, moved.better),
        )
    ]
    return render("overview_changes.html", d, state=reading.state, note=note, parts=shown)
