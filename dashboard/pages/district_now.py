"""A district's first screen: what is behind, what falls due next, what is to be reported until when."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard import outlook
from dashboard.components.render import render, row_key
from dashboard.display import Absent, Display, Text
from dashboard.explain import target_of
from dashboard.pages.district_parts import OpenTarget, Scorecard
from dashboard.reading import Reading
from warehouse.measures.computed import NotComputable
from warehouse.measures.quantity import format_decimal
from warehouse.measures.target import MeasureType, Sense
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import ProgressRow

SHOWN = 4


@dataclass(frozen=True, slots=True)
class Behind:
    """One target off track."""

    name: str
    status: str
    missing: Text
    key: RowKey


@dataclass(frozen=True, slots=True)
class Due:
    """What falls due on one day, in words."""

    when: str
    is_late: bool
    count: str
    names: str


@dataclass(frozen=True, slots=True)
class Return:
    """What is to be reported for one half-year, in words."""

    what: str
    when: str
    is_late: bool
    names: str
    href: str


def now(reading: Reading, card: Scorecard) -> str:
    """The three lists under the head of the page."""
    rows = [line.row for group in card.targeted for line in group.lines]
    late = outlook.behind(rows)
    return render(
        "district_now.html",
        reading.display,
        state=reading.state,
        behind=behind_lines(reading.display, card, late[:SHOWN]),
        behind_total=len(late),
        has_targets=bool(rows),
        due=due_lines(reading, card)[:3],
        returns=return_lines(reading, card),
    )


def behind_lines(d: Display, card: Scorecard, rows: list[ProgressRow]) -> list[Behind]:
    """Targets off track, with what is missing in real things."""
    open_targets = {(x.row.place, x.row.target_key): x for x in card.open}
    return [
        Behind(
            d.series_name(row), row.status, missing_text(d, open_targets[row.place, row.target_key]), row_key(d, row)
        )
        for row in rows
    ]


def due_lines(reading: Reading, card: Scorecard) -> list[Due]:
    """What was due and is not reached yet, in one line; then day after day what falls due."""
    _, d = reading.display._, reading.display
    lines = [line for group in card.targeted for line in group.lines]
    groups = outlook.due_days([row for line in lines for row in (line.row, *(item for item in line.others))])
    past = [group for group in groups if group.days(reading.today) < 0]
    found = []
    if past:
        when = _("已过到期日，最早 {day}").format(day=d.day(past[0].day))
        found.append(_due(d, when, [row for group in past for row in group.rows], is_late=True))
    for group in groups[len(past) :]:
        when = _("{day}到期，还有 {n} 天").format(day=d.day(group.day), n=group.days(reading.today))
        found.append(_due(d, when, list(group.rows), is_late=False))
    return found


def _due(d: Display, when: str, rows: list[ProgressRow], *, is_late: bool) -> Due:
    _ = d._
    unreported = sum(row.actual is None for row in rows)
    parts = (
        _("{n} 项目标还没有达到").format(n=len(rows)),
        _("其中未填报 {n} 项").format(n=unreported) if unreported else "",
    )
    return Due(when, is_late, _("，").join(filter(None, parts)), some(d, [d.series_name(row) for row in rows]))


def return_lines(reading: Reading, card: Scorecard) -> list[Return]:
    """Half-years with something still to report, with their deadlines."""
    _, d = reading.display._, reading.display
    found = []
    for owed in outlook.owed(reading, card.district):
        days = owed.days(reading.today)
        found.append(
            Return(
                _("{period}应报 {n} 项，还缺 {k} 项").format(
                    period=d.period(owed.period), n=owed.expected, k=len(owed.missing)
                ),
                (_("期限 {day}，已过 {n} 天") if days < 0 else _("期限 {day}，还有 {n} 天")).format(
                    day=d.day(owed.deadline), n=abs(days)
                ),
                days < 0,
                some(d, [d.series_name(e) for e in owed.missing]),
                reading.state.to("chase", period=owed.period, district=card.district.code),
            )
        )
    return found


def some(d: Display, names: list[str], shown: int = 3) -> str:
    """A few names, and how many there are."""
    if len(names) <= shown:
        return d.join(names)
    return d._("{names}等 {n} 项").format(names=d.join(names[:shown]), n=len(names))


def missing_text(d: Display, target: OpenTarget) -> Text:
    """还差 7 个站: what is missing in real things; in points where parts are unknown; of a ceiling, 超出."""
    row = target.row
    indicator = d.catalog.indicators[row.indicator_key]
    missing = target.missing
    promised = target_of(row, indicator)
    if promised is not None and promised.sense is Sense.CEILING and row.gap is not None and row.gap < 0:
        return d._("超出 {amount}").format(amount=str(d.gap(-row.gap, indicator)).lstrip("+"))
    if indicator.measure_type is MeasureType.MILESTONE:
        return d._("尚未完成")
    if isinstance(missing, NotComputable):
        if row.gap is None:
            return Absent(d.reason(missing.reason))
        return d._("还差{amount}").format(amount=str(d.gap(abs(row.gap), indicator)).lstrip("+"))
    if missing == 0:
        return d._("已在目标之内，到期前不算已达标")
    number = format_decimal(missing, 6)
    if target.counts_things:
        counted = indicator.counted(d.language) or d._("个")
        return d._("还差 {n} {counted}").format(n=number, counted=d.noun(number, counted))
    return d._("还差{amount}").format(amount=d.with_unit(number, indicator.unit_code))
