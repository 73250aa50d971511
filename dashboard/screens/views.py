"""What each view says: a reading → cards. Values are those of the pages, formatted as there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from dashboard.components.provenance import all_sources, reported_periods
from dashboard.display import Absent, Display, Text
from dashboard.figures.district_map import DARK, LIGHT, district_map
from dashboard.maps import share_map
from dashboard.pages import changes_parts, overview_parts
from dashboard.reading import Reading
from dashboard.screens.definition import Definition, Entry, Kind
from dashboard.screens.drawing import Bar, Card, Sheet
from dashboard.screens.geometry import Rect
from dashboard.tally import LIGHTS, tallies, together
from warehouse.catalog import District, Domain, Indicator
from warehouse.measures.arrival import deadline, last_ended
from warehouse.measures.period import Period
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.queries.changes import Move
from warehouse.queries.mart import ProgressRow, fetch_rows

MOST_CHANGES = 27
"""Of a day on which much came in; how many there are is said."""
_WORST_FIRST = (*OFF_TRACK, Status.UNREPORTED, Status.IN_PROGRESS, Status.ON_TRACK, Status.MET)


def sheets(reading: Reading, entry: Entry) -> Iterator[tuple[str, Sheet]]:
    """The sheets of a part of a playlist, each with a name of its own among them."""
    state = replace(reading.state, period=entry.period, district=entry.district, domain=entry.domain)
    reading = replace(reading, state=state)
    make = {
        Kind.SITUATION: _situation, Kind.WORST: _worst, Kind.DOMAINS: _domains, Kind.DISTRICTS: _districts,
        Kind.CHANGES: _changes, Kind.MAP: _map,
    }  # fmt: skip
    return make[entry.kind](reading)


def rest(reading: Reading, title: str) -> Sheet:
    """Between the hours of the playlist."""
    return _sheet(reading, title, reading.display._("现在不在轮播时段。"), ())


def _sheet(reading: Reading, title: str, lead: str, cards: Iterable[Card]) -> Sheet:
    _, d = reading.display._, reading.display
    period = reading.state.period
    return Sheet(
        title=title,
        when=str(d.period(period)) if period else _("按各地区最近一期"),
        lead=lead,
        cards=tuple(cards),
        foot=d.colon(_("来源"), all_sources(reading)),
        badge=_("演示数据") if reading.catalog.is_demo else "",
    )


def _situation(reading: Reading) -> Iterator[tuple[str, Sheet]]:
    _, d = reading.display._, reading.display
    tally = together(tallies(reading, reading.lights).values())
    until, overdue = _until(reading, [reading.latest_reports.get(x.key) for x in reading.shown_districts])
    cards = [
        Card(
            word=d.status(light),
            light=light,
            name="",
            value=f"{tally.count(light):,}",
            notes=(_("占目标 {share}").format(share=d.share(Decimal(tally.count(light)) / tally.targets)),),
            parts=((light, tally.count(light)), (Status.MONITOR, tally.targets - tally.count(light))),
            until=until,
            overdue=overdue,
        )
        for light in LIGHTS
        if tally.count(light)
    ]
    lead = _("{districts} 个地区共 {targets} 项目标，已填报 {reported} 项。").format(
        districts=len(reading.shown_districts), targets=f"{tally.targets:,}", reported=f"{tally.reported:,}"
    )
    if tally.overdue:
        lead = d.sentences(lead, _("未填报的目标中有 {n} 项已经到期。").format(n=f"{tally.overdue:,}"))
    if not tally.targets:
        lead = _("这些筛选条件下没有数据。")
    yield "situation", _sheet(reading, _filtered(reading, _("目标完成情况")), lead, cards)


def _worst(reading: Reading) -> Iterator[tuple[str, Sheet]]:
    _ = reading.display._
    tally = together(tallies(reading, reading.lights).values())
    total = tally.count(*OFF_TRACK)
    rows = overview_parts.attention(reading)
    title, lead = _("滞后在前"), _("滞后、未达标或突破的目标共 {n} 项。").format(n=f"{total:,}")
    if not total:
        title, lead = _("推进中的目标"), _("没有滞后、未达标或突破的目标。")
    yield "worst", _sheet(reading, _filtered(reading, title), lead, [_row_card(reading, row) for row in rows])


def _map(reading: Reading) -> Iterator[tuple[str, Sheet]]:
    """How much of its targets each district has met; nothing without boundaries of them."""
    found = share_map(reading, tallies(reading, reading.lights))
    boundaries = reading.boundaries
    if found is None or boundaries is None:
        return
    cells = {code: replace(cell, href="") for code, cell in found.cells.items()}

    def figure(room: Rect, wide: float, off: Sequence[Rect], definition: Definition) -> str:
        theme = replace(DARK if definition.theme == "dark" else LIGHT, size=definition.text)
        return district_map(
            boundaries, cells, int(room.w), int(room.h), theme, alt=found.alt, legend=found.legend,
            legend_width=int(wide), off=[(x.x, x.y, x.x + x.w, x.y + x.h) for x in off],
        )  # fmt: skip

    until, overdue = _until(reading, [reading.latest_reports.get(line.district.key) for line in found.lines])
    lead = reading.display.sentences(found.alt)
    worst = [_row_card(reading, row) for row in overview_parts.attention(reading)]
    sheet = _sheet(reading, _filtered(reading, found.title), lead, worst)
    foot = "　".join(filter(None, (until, overdue, sheet.foot)))
    yield "map", replace(sheet, figure=figure, foot=foot)


def _domains(reading: Reading) -> Iterator[tuple[str, Sheet]]:
    for domain in reading.catalog.domains.values():
        if reading.state.domain in (None, domain.code) and reading.scope.sees_domain(domain.code):
            sheet = _domain(replace(reading, state=replace(reading.state, domain=domain.code)), domain)
            if sheet is not None:
                yield f"domain-{domain.code}", sheet


def _domain(reading: Reading, domain: Domain) -> Sheet | None:
    """One card an indicator; those nobody reported on are counted together. None without a target."""
    _, d = reading.display._, reading.display
    rows = fetch_rows(reading.scope, reading.connection, reading.catalog, reading.selection)
    groups: dict[tuple[int, int], list[ProgressRow]] = {}
    for row in rows:
        if row.light is not Status.MONITOR:
            groups.setdefault((row.indicator_key, row.breakdown_key), []).append(row)
    told = {key: found for key, found in groups.items() if any(row.actual_key is not None for row in found)}
    if not groups:
        return None
    order = sorted(
        told, key=lambda key: (min(_WORST_FIRST.index(row.light) for row in told[key]), d.series_name(told[key][0]))
    )
    tally = together(tallies(reading, reading.lights).values())
    lead = _("{targets} 项目标，已达标 {met} 项，滞后、未达标或突破 {behind} 项。").format(
        targets=f"{tally.targets:,}", met=f"{tally.count(Status.MET):,}", behind=f"{tally.count(*OFF_TRACK):,}"
    )
    silent = len(groups) - len(told)
    if not told:
        lead = _("{n} 项目标都还没有填报。").format(n=f"{tally.targets:,}")
    elif silent:
        lead = d.sentences(lead, _("{n} 个指标还没有地区填报。").format(n=silent))
    cards = [_row_card(reading, told[k][0]) if len(told[k]) == 1 else _group_card(reading, told[k]) for k in order]
    return _sheet(reading, _filtered(reading, domain.name(d.language), but_domain=True), lead, cards)


def _districts(reading: Reading) -> Iterator[tuple[str, Sheet]]:
    for district in reading.shown_districts:
        mine = replace(reading, state=replace(reading.state, district=district.code))
        yield f"district-{district.code}", _district(mine, district)


def _district(reading: Reading, district: District) -> Sheet:
    """Its lights, then what is behind first."""
    _, d = reading.display._, reading.display
    tally = together(tallies(reading, reading.lights).values())
    until, overdue = _until(reading, [reading.latest_reports.get(district.key)])
    counts = tuple((light, f"{tally.count(light):,}") for light in LIGHTS if tally.count(light))
    first = Card(
        word=_("目标"), name=_("已达标 / 全部目标"), value=f"{tally.count(Status.MET):,} / {tally.targets:,}",
        lights=counts,
        parts=tuple((light, tally.count(light)) for light, _text in counts), until=until, overdue=overdue,
    )  # fmt: skip
    rows = overview_parts.attention(reading)[:8]
    latest = reading.latest_reports.get(district.key)
    when = d.period(reading.state.period or latest)
    behind = tally.count(*OFF_TRACK)
    lead = (
        _("滞后、未达标或突破的目标共 {n} 项。").format(n=f"{behind:,}")
        if behind
        else _("没有滞后、未达标或突破的目标。") if tally.reported else _("还没有填报。")
    )  # fmt: skip
    found = _sheet(
        reading,
        _filtered(reading, district.name(d.language)),
        lead,
        [first, *(_row_card(reading, r, "") for r in rows)],
    )
    return replace(found, when=when.reason if isinstance(when, Absent) else when)


def _changes(reading: Reading) -> Iterator[tuple[str, Sheet]]:
    """Since yesterday began."""
    _, d = reading.display._, reading.display
    since = reading.today - timedelta(days=2)
    changes = changes_parts.shown(reading, changes_parts.fetch(reading, since))
    listed = [entry.change for entry in changes_parts.by_district(changes)]
    words = {
        Move.BETTER: _("变好"), Move.WORSE: _("变差"), Move.REPORTED: _("新填报"), Move.UNREPORTED: _("不再填报"),
        Move.TARGET: _("目标增减"), Move.SAME: _("数值或目标有变"),
    }  # fmt: skip
    listed.sort(key=lambda change: changes_parts.ORDER.index(change.move))
    cards = []
    for change in listed[:MOST_CHANGES]:
        notes: tuple[str, ...] = ()
        if change.before is not None and change.move is not Move.REPORTED:
            was = change.before.row
            value = d.actual(was, _indicator(reading, was))
            notes = (
                d.colon(_("原为"), f"{d.status(was.status)} {'' if isinstance(value, Absent) else value}".strip()),
            )
        card = _row_card(reading, change.row)
        cards.append(replace(card, word=words[change.move], notes=notes, bar=None))
    day = d.day(since + timedelta(days=1))
    lead = (
        _("{since}以来有 {n} 项变化。").format(since=day, n=f"{len(listed):,}")
        if listed
        else _("{when}没有变化。").format(when=_("{since}以来").format(since=day))
    )
    if len(listed) > MOST_CHANGES:
        lead = d.sentences(lead, _("以下是前 {n} 项。").format(n=MOST_CHANGES))
    yield "changes", _sheet(reading, _filtered(reading, _("昨日以来的变化")), lead, cards)


def _row_card(reading: Reading, row: ProgressRow, place: str | None = None) -> Card:
    """A target of one district: light, value, target, gap, and a bar of the attainment."""
    _, d = reading.display._, reading.display
    indicator = _indicator(reading, row)
    until, overdue = _until(reading, reported_periods(reading, [row]))
    target, gap = d.target(row, indicator), d.gap(row.gap, indicator)
    notes = []
    if not isinstance(target, Absent):
        notes.append(f"{_('目标值')} {target}")
    if not isinstance(gap, Absent) and row.light not in (Status.MET, Status.UNREPORTED):
        notes.append(f"{_('差距')} {gap}")
    has_bar = row.attainment is not None and indicator.unit_code != "done" and row.comparator != "<="
    return Card(
        word=d.status(row.status),
        light=row.light,
        place=reading.catalog.districts[row.district_key].name(d.language) if place is None else place,
        name=d.series_name(row),
        value=_plain(d.actual(row, indicator)),
        notes=tuple(notes),
        bar=Bar(float(row.attainment or 0), float(row.expected_share) if row.expected_share is not None else None)
        if has_bar
        else None,
        until=until,
        overdue=overdue,
    )


def _group_card(reading: Reading, rows: list[ProgressRow]) -> Card:
    """A target many districts have: how many reached it, and the lights of all."""
    _, d = reading.display._, reading.display
    counts = Counter(row.light for row in rows)
    worst = next(light for light in _WORST_FIRST if counts[light])
    until, overdue = _until(reading, [reading.latest_reports.get(row.district_key) for row in rows])
    order = [light for light in LIGHTS if counts[light]]
    return Card(
        word=_("{light} {n} 个地区").format(light=d.status(worst), n=counts[worst]),
        light=worst,
        name=d.series_name(rows[0]),
        value=f"{counts[Status.MET]} / {len(rows)}",
        notes=(_("已达标 / 有目标的地区"),),
        parts=tuple((light, counts[light]) for light in order),
        is_sum=True,
        until=until,
        overdue=overdue,
    )


def _until(reading: Reading, periods: Iterable[Period | None]) -> tuple[str, str]:
    """数据截至, and by when the next figures were due where that day has passed.

    One district that is late makes a sum late, of which it is said that it is some, not all of it.
    A half-year that was chosen is not late: it is over.
    """
    _, d = reading.display._, reading.display
    found = list(periods)
    known = sorted(period for period in found if period is not None)
    text = f"{_('数据截至')} {_day(d, known[-1].end_on) if known else _('尚无完成值')}"
    expected = last_ended(reading.today)
    if reading.today <= deadline(expected, reading.return_days):
        expected = expected.previous
    behind = known[0] if known and len(known) == len(found) else None
    if reading.state.period is not None or (behind is not None and behind >= expected):
        return text, ""
    due = _day(d, deadline(behind.next if behind else expected, reading.return_days))
    is_some = bool(known) and (len(known) < len(found) or known[0] < known[-1])
    return text, (_("有地区{day}应更新") if is_some else _("{day}应更新")).format(day=due)


def _day(d: Display, day: date) -> str:
    """A date that fits a tile."""
    return f"{day.day} {day:%b %Y}" if d.language == "en" else d.day(day)


def _filtered(reading: Reading, title: str, *, but_domain: bool = False) -> str:
    """A title with what the filters keep to."""
    d, state = reading.display, reading.state
    names = []
    if state.district in reading.catalog.district_by_code:
        names.append(reading.catalog.district_by_code[state.district or ""].name(d.language))
    if state.domain in reading.catalog.domains and not but_domain:
        names.append(reading.catalog.domains[state.domain or ""].name(d.language))
    return " · ".join((*(name for name in names if name != title), title))


def _indicator(reading: Reading, row: ProgressRow) -> Indicator:
    return reading.catalog.indicators[row.indicator_key]


def _plain(text: Text) -> str:
    return "—" if isinstance(text, Absent) else text
