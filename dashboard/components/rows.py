"""Rows of the mart as templates show them: every value formatted, every link made."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.components.render import row_key
from dashboard.display import Display, Text
from dashboard.state import ViewState
from warehouse.catalog import Indicator
from warehouse.measures.period import from_key
from warehouse.measures.target import MeasureType
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import ProgressRow


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the mart, ready to be shown."""

    row: ProgressRow
    key: RowKey
    district: str
    indicator_href: str
    district_href: str
    actual: Text
    target: Text
    gap: Text
    attainment: Text
    pace: Text
    period: Text
    since: Text


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a reader is in a list of several sheets."""

    here: str
    previous: str | None
    next: str | None


def item(display: Display, state: ViewState, row: ProgressRow) -> Item:
    """Format one row."""
    catalog = display.catalog
    indicator, district = catalog.indicators[row.indicator_key], catalog.districts[row.district_key]
    breakdown = catalog.breakdowns[row.breakdown_key].code
    absent = row.attainment_reason or "no_target"
    is_actual, target = row.actual is not None, display.target(row, indicator)
    return Item(
        row=row,
        key=row_key(display, row),
        district=district.name(display.language),
        indicator_href=state.to(
            "indicator", indicator.code, breakdown=None if breakdown == "total" else breakdown, district=district.code
        ),
        district_href=state.to("district", district.code),
        actual=display.actual(row, indicator, absent),
        target=display.beside(target) if is_actual else target,
        gap=display.beside(display.gap(row.gap, indicator, _gap_reason(row, indicator, absent))),
        attainment=display.share(row.attainment, absent),
        pace=display.ratio(
            row.pace_ratio, (catalog.rules.amber(indicator),), pace_reason(row) if is_actual else absent
        ),
        period=display.period(row.period),
        since=display.period(from_key(row.since_period_key)) if row.since_period_key else "",
    )


def items(display: Display, state: ViewState, rows: list[ProgressRow]) -> list[Item]:
    """Format rows."""
    return [item(display, state, row) for row in rows]


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


def _gap_reason(row: ProgressRow, indicator: Indicator, absent: str) -> str:
    is_judged = row.actual is not None and row.target_key is not None
    return "milestone_has_no_gap" if is_judged and indicator.measure_type is MeasureType.MILESTONE else absent


def pace_reason(row: ProgressRow) -> str:
    """Why there is no pace ratio: no pace at all, no attainment to compare with it, or nothing expected yet."""
    has_pace = row.expected_share is not None
    return (row.attainment_reason or "share_not_positive") if has_pace else (row.share_basis or "no_target")
