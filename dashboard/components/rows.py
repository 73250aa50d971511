"""Rows of the mart as templates show them: every value formatted, every link made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dashboard.components.render import row_key
from dashboard.display import Display, Text
from dashboard.state import ViewState
from warehouse.measures.period import from_key
from warehouse.measures.target import MeasureType
from warehouse.queries.lineage import Fact, RowKey
from warehouse.queries.mart import ProgressRow


class Item:
    """A row of the mart, ready to be shown: each value is formatted when a template asks for it."""

    def __init__(self, display: Display, state: ViewState, row: ProgressRow) -> None:
        self.row = row
        self._display, self._state = display, state
        self._indicator = display.catalog.indicators[row.indicator_key]
        self._district = display.catalog.districts[row.district_key]
        self._absent = row.attainment_reason or "no_target"

    @cached_property
    def key(self) -> RowKey:
        """Its natural key, for the link to its explanation."""
        return row_key(self._display, self.row)

    @property
    def district(self) -> str:
        """The district's name."""
        return self._district.name(self._display.language)

    @property
    def indicator_href(self) -> str:
        """The link to its indicator, with the district in focus."""
        breakdown = self._display.catalog.breakdowns[self.row.breakdown_key].code
        return self._state.to(
            "indicator",
            self._indicator.code,
            breakdown=None if breakdown == "total" else breakdown,
            district=self._district.code,
        )

    @property
    def district_href(self) -> str:
        """The link to its district."""
        return self._state.to("district", self._district.code)

    @cached_property
    def actual(self) -> Text:
        """完成值"""
        return self._display.actual(self.row, self._indicator, self._absent)

    @cached_property
    def target(self) -> Text:
        """目标值"""
        target = self._display.target(self.row, self._indicator)
        return target if self.row.actual is None else self._display.beside(target)

    @cached_property
    def gap(self) -> Text:
        """差距"""
        is_judged = self.row.actual is not None and self.row.target_key is not None
        is_milestone = self._indicator.measure_type is MeasureType.MILESTONE
        reason = "milestone_has_no_gap" if is_judged and is_milestone else self._absent
        return self._display.beside(self._display.gap(self.row.gap, self._indicator, reason))

    @cached_property
    def attainment(self) -> Text:
        """完成率"""
        return self._display.share(self.row.attainment, self._absent)

    @cached_property
    def pace(self) -> Text:
        """序时完成比"""
        reason = self._absent if self.row.actual is None else pace_reason(self.row)
        amber = self._display.catalog.rules_of(self.row.rule_version).amber(self._indicator)
        return self._display.ratio(self.row.pace_ratio, (amber,), reason)

    @property
    def period(self) -> Text:
        """The half-year judged."""
        return self._display.period(self.row.period)

    @property
    def since(self) -> Text:
        """从何时起 it has been off track; empty where it is not."""
        since = self.row.since_period_key
        return self._display.period(from_key(since)) if since else ""


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a reader is in a list of several sheets."""

    here: str
    previous: str | None
    next: str | None


def items(display: Display, state: ViewState, rows: list[ProgressRow]) -> list[Item]:
    """Format rows."""
    return [Item(display, state, row) for row in rows]


def pager(display: Display, state: ViewState, total: int, size: int) -> Pager | None:
    """Links to the sheets before and after; None where one sheet holds all."""
    sheets = -(-total // size)
    if sheets <= 1:
        return None
    return Pager(
        here=display._("第 {n} 页，共 {m} 页").format(n=state.sheet, m=sheets),
        previous=state.href(sheet=state.sheet - 1) if state.sheet > 1 else None,
        next=state.href(sheet=state.sheet + 1) if state.sheet < sheets else None,
    )


def pace_reason(row: ProgressRow) -> str:
    """Why there is no pace ratio: no pace at all, no attainment to compare with it, or nothing expected yet."""
    has_pace = row.expected_share is not None
    return (row.attainment_reason or "share_not_positive") if has_pace else (row.share_basis or "no_target")


def fact_value(d: Display, fact: Fact | None, reason: str) -> Text:
    """A fact as its source has it, unit and all."""
    if fact is None or (fact.value is None and reason == "no_actual"):
        return d.value(None, next(iter(d.catalog.indicators.values())), reason)
    if fact.value is None or fact.unit_code == "done":
        done = fact.value is None or fact.value >= 1
        due = d.brackets(d.day(fact.due_on)) if fact.due_on else ""
        return (d._("完成") if reason == "no_target" else d._("已完成") if done else d._("未完成")) + due
    number = d.number(fact.value)
    if fact.value_high is not None:
        number = f"{number}–{d.number(fact.value_high)}"
    sign = (
        {">=": "≥", "<=": "≤"}.get(fact.comparator or "", "") if reason == "no_target" else d.qualifier(fact.comparator)
    )
    due = d.brackets(d.day(fact.due_on)) if fact.due_on else ""
    return sign + d.with_unit(number, fact.unit_code) + due
