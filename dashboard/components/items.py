"""督办事项 beside numbers: each with its state, its deadline, and whether it helped, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from dashboard.components.render import row_key
from dashboard.display import N_, Display, Text
from dashboard.reading import Reading
from dashboard.state import ViewState, format_row_key
from warehouse.catalog import District
from warehouse.queries.actions import ActionItem, ItemState, Numbers, fetch_numbers
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import ProgressRow

STATE_WORDS: dict[ItemState, str] = {
    ItemState.OPEN: N_("办理中"), ItemState.EXTENDED: N_("延期"), ItemState.RETURNED: N_("退回"),
    ItemState.DONE: N_("已办结"), ItemState.WITHDRAWN: N_("已撤销"),
}  # fmt: skip
EVENT_WORDS = {
    "opened": N_("交办"), "reported": N_("反馈"), "extended": N_("延期"), "returned": N_("退回"), "done": N_("办结"),
    "withdrawn": N_("撤销|item"),
}  # fmt: skip


@dataclass(frozen=True)
class ItemView:
    """An item with its number then and now."""

    item: ActionItem
    numbers: Numbers
    today: date
    display: Display
    state: ViewState

    @property
    def href(self) -> str:
        """The link to its page."""
        return f"/actions/{self.item.key}"

    @property
    def district(self) -> str:
        """The district's name."""
        return self.display.catalog.districts[self.item.place.district_key].name(self.display.language)

    @property
    def district_href(self) -> str:
        """The link to its district."""
        code = self.display.catalog.districts[self.item.place.district_key].code
        return ViewState(page="district", code=code).href()

    @property
    def series(self) -> str:
        """Indicator, with its breakdown unless that is the total."""
        catalog, place, language = self.display.catalog, self.item.place, self.display.language
        name, breakdown = (
            catalog.indicators[place.indicator_key].name(language),
            catalog.breakdowns[place.breakdown_key],
        )
        return name if breakdown.code == "total" else f"{name} · {breakdown.name(language)}"

    @property
    def why(self) -> RowKey:
        """The number it hangs on."""
        return self.item.row_key(self.display.catalog)

    @property
    def why_href(self) -> str:
        """The link to why the number has its light."""
        return ViewState().href(why=self.why)

    @property
    def word(self) -> str:
        """Its state in a word."""
        return self.display._(STATE_WORDS[self.item.state])

    @property
    def is_overdue(self) -> bool:
        """逾期"""
        return self.item.is_overdue(self.today)

    @property
    def when(self) -> str:
        """Its deadline, and how long till then or since."""
        d, days = self.display, (self.item.due_on - self.today).days
        text = d._("{day}前").format(day=d.day(self.item.due_on))
        if not self.item.is_open:
            return text
        if days < 0:
            return text + d.brackets(d._("逾期 {n} 天").format(n=-days))
        return text + d.brackets(d._("还有 {n} 天").format(n=days))

    def value(self, row: ProgressRow | None) -> Text:
        """The figure of a row, with its half-year."""
        d = self.display
        indicator = d.catalog.indicators[self.item.place.indicator_key]
        if row is None:
            return d.value(None, indicator)
        return d.actual(row, d.catalog.indicators[row.indicator_key])

    @property
    def helped(self) -> str:
        """Whether it helped: how the light moved since; empty where that cannot be told."""
        _, numbers = self.display._, self.numbers
        if numbers.then is None or numbers.now is None:
            return ""
        if numbers.now.period_key == numbers.then.period_key and numbers.now.actual == numbers.then.actual:
            return _("还没有新的数据")
        change = numbers.change
        if change is None:
            return ""
        return _("好转") if change > 0 else _("变差") if change < 0 else _("亮灯未变")


def item_views(reading: Reading, items: Sequence[ActionItem]) -> list[ItemView]:
    """Items as templates show them, with their numbers."""
    numbers = fetch_numbers(reading.scope, reading.connection, reading.catalog, items, reading.state.as_of)
    return [ItemView(item, numbers[item.key], reading.today, reading.display, reading.state) for item in items]


def open_count(items: Iterable[ActionItem], row: ProgressRow) -> int:
    """How many open items hang on the series of a row."""
    return sum(item.is_open and item.place == row.place for item in items)


def decide_href(display: Display, row: ProgressRow) -> str:
    """The form to make a decision of a number."""
    return f"/actions/new?{urlencode({'row': format_row_key(row_key(display, row))})}"


def bureau(district: District, language: str) -> str:
    """The office responsible unless another is named: the district's bureau."""
    name = district.name(language)
    return f"{name}民政局" if language == "zh" else f"Civil Affairs Bureau of {name}"


def proposed_day(meeting_day: date) -> date:
    """A month from the meeting; Friday where that is a weekend."""
    year, month = divmod(meeting_day.year * 12 + meeting_day.month, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    day = date(year, month + 1, min(meeting_day.day, last))
    return day - timedelta(days=max(0, day.weekday() - 4))
