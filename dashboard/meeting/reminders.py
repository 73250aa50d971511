"""提醒: what to send to which office: blue before a deadline, yellow behind pace, red overdue; and returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dashboard import returns
from dashboard.components.items import ItemView, bureau, item_views
from dashboard.display import N_, Absent, Display
from dashboard.i18n import LANGUAGES
from dashboard.reading import Reading
from warehouse.catalog import District
from warehouse.measures.arrival import Arrival, deadline
from warehouse.measures.period import Period
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.queries.expected import Expected


class Rung(StrEnum):
    """A step of the ladder, the most urgent first."""

    RED = "red"
    YELLOW = "yellow"
    BLUE = "blue"
    REPORT = "report"
    """Not an item: figures not reported by their deadline."""


WORDS = {
    Rung.RED: N_("红：已逾期"), Rung.YELLOW: N_("黄：滞后于进度"), Rung.BLUE: N_("蓝：即将到期"),
    Rung.REPORT: N_("催报：逾期未报"),
}  # fmt: skip
NAMED = 8
"""Indicators a reminder of returns names; of more it says how many."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One line of the list: an item, or what a district has not reported."""

    rung: Rung
    office: str
    district: District
    text: str
    due_on: date
    href: str


@dataclass(frozen=True, slots=True)
class Message:
    """Everything one office is reminded of, as one text to send."""

    office: str
    reminders: tuple[Reminder, ...]
    text: str

    @property
    def rung(self) -> Rung:
        """The most urgent."""
        return self.reminders[0].rung


def rung_of(is_open: bool, due_on: date, light: Status | None, today: date, days: int) -> Rung | None:
    """The rung of an item by its deadline and the light its number has now; None where there is nothing to say.

    One item stands on one rung, the most urgent.
    """
    if not is_open:
        return None
    if due_on < today:
        return Rung.RED
    if light in OFF_TRACK:
        return Rung.YELLOW
    return Rung.BLUE if (due_on - today).days <= days else None


def ladder(reading: Reading, days: int) -> list[Message]:
    """A message for each office that is to be reminded: the most urgent first, then in the order of the districts."""
    found = [*_of_items(reading, days), *_of_returns(reading)]
    by_office: dict[str, list[Reminder]] = defaultdict(list)
    for reminder in found:
        by_office[reminder.office].append(reminder)
    rungs = list(Rung)
    messages = []
    for office, reminders in by_office.items():
        ordered = sorted(reminders, key=lambda r: (rungs.index(r.rung), r.due_on, r.district.sort_order, r.text))
        messages.append(Message(office, tuple(ordered), message_text(reading.display, office, ordered)))
    return sorted(
        messages, key=lambda m: (rungs.index(m.rung), min(r.district.sort_order for r in m.reminders), m.office)
    )


def message_text(d: Display, office: str, reminders: Sequence[Reminder]) -> str:
    """What is sent to an office: a heading for each rung, and its lines numbered."""
    lines = [d.colon(office, "").rstrip()]
    for rung in Rung:
        mine = [r for r in reminders if r.rung is rung]
        if mine:
            lines.append(d._("【{rung}】{n} 项").format(rung=d._(WORDS[rung]), n=len(mine)))
            lines += [f"{number}. {r.text}" for number, r in enumerate(mine, start=1)]
    return "\n".join(lines)


def _of_items(reading: Reading, days: int) -> Iterator[Reminder]:
    for view in item_views(reading, reading.items()):
        item, now = view.item, view.numbers.now
        rung = rung_of(item.is_open, item.due_on, now.light if now else None, reading.today, days)
        if rung is not None:
            district = reading.catalog.districts[item.place.district_key]
            own = {bureau(district, language) for language in LANGUAGES}
            office = bureau(district, reading.display.language) if item.office in own else item.office
            yield Reminder(rung, office, district, item_text(view), item.due_on, view.href)


def item_text(view: ItemView) -> str:
    """An item in one sentence: what, by when, and how its number stands."""
    d, item, now = view.display, view.item, view.numbers.now
    _, value = d._, view.value(now)
    number = _("{district}“{series}”").format(district=view.district, series=view.series)
    if now is not None and not isinstance(value, Absent):
        number = _("{number}{period}为{value}，{light}").format(
            number=number, period=d.period(now.period), value=value, light=d.status(now.light)
        )
    days = (item.due_on - view.today).days
    when = _("已逾期 {n} 天").format(n=-days) if days < 0 else _("还有 {n} 天").format(n=days)
    return _("{what}（{number}）。{day}前办结，{when}。").format(
        what=item.what.rstrip("。.；;"), number=number, day=d.day(item.due_on), when=when
    )


def _of_returns(reading: Reading) -> Iterator[Reminder]:
    """By district: what it should have reported for the half-year to be chased, once the deadline has passed."""
    period = returns.period_of(reading)
    if deadline(period, reading.return_days) >= reading.today:
        return
    missing: dict[int, list[Expected]] = defaultdict(list)
    for e in returns.fetch_chosen(reading, period):
        if e.arrival(reading.return_days) is Arrival.MISSING:
            missing[e.district_key].append(e)
    for key, expected in missing.items():
        yield _return(reading, reading.catalog.districts[key], period, expected)


def _return(reading: Reading, district: District, period: Period, expected: Sequence[Expected]) -> Reminder:
    d, day = reading.display, deadline(period, reading.return_days)
    names = d.join(_names(d, expected))
    if len(expected) > NAMED:
        names = d._("{names} 等").format(names=names)
    text = d._("{district}{period}还有 {n} 项数据未报：{names}。报送期限 {day}，已过 {days} 天。").format(
        district=district.name(d.language), period=d.period(period), n=len(expected), names=names, day=d.day(day),
        days=(reading.today - day).days,
    )  # fmt: skip
    href = reading.state.to("chase", period=period, district=district.code)
    return Reminder(Rung.REPORT, bureau(district, d.language), district, text, day, href)


def _names(d: Display, expected: Iterable[Expected]) -> list[str]:
    return [d.series_name(e) for e in expected][:NAMED]
