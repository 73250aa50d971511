"""The list to chase as a workbook: one sheet, its deadline above it; text stays text, whatever it begins with."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import xlsxwriter

from dashboard import returns
from dashboard.components.provenance import as_of_text
from dashboard.display import Absent, Text
from dashboard.reading import Reading
from warehouse.measures.arrival import Arrival, deadline
from warehouse.measures.period import from_key
from warehouse.queries.chase import NOT_COME

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_HEAD = 4
"""The row of the headings, from 0."""


def chase_workbook(reading: Reading) -> bytes:
    """催报清单 with the filters of the page: what is missing, and what was left blank with a reason."""
    d, period = reading.display, returns.period_of(reading)
    expected = returns.fetch_chosen(reading, period)
    total = returns.total(returns.by_district(expected, reading.return_days).values())
    name = d._("催报清单")
    titles = (
        f"{name} · {d.period(period)}",
        returns.finding(d, period, total) + returns.when(d, period, reading.return_days, reading.today),
        d.colon(d._("数据截至"), as_of_text(reading, reading.latest_reports.values())),
    )
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        book.set_properties({"title": titles[0], "created": datetime.combine(reading.today, time())})
        sheet = book.add_worksheet(name)
        formats = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "text": book.add_format({"quote_prefix": True}),
        }
        for row, title in enumerate(titles):
            sheet.write_string(row, 0, title, formats["title" if row == 0 else "text"])
        lines = _lines(reading, expected)
        for column, (heading, width) in enumerate(_columns(reading)):
            sheet.set_column(column, column, width)
            sheet.write_string(_HEAD, column, heading, formats["head"])
        for row, line in enumerate(lines, _HEAD + 1):
            for column, value in enumerate(line):
                _write(sheet, row, column, value, formats)
        sheet.autofilter(_HEAD, 0, _HEAD + max(1, len(lines)), len(_columns(reading)) - 1)
        sheet.freeze_panes(_HEAD + 1, 0)
        sheet.repeat_rows(_HEAD)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    return out.getvalue()


def _columns(reading: Reading) -> list[tuple[str, int]]:
    """Headings and widths, in characters."""
    _ = reading.display._
    return [
        (_("地区|one"), 14), (_("地区代码"), 10), (_("业务领域"), 14), (_("指标|one"), 36), (_("指标代码"), 24),
        (_("分组"), 10), (_("半年度"), 14), (_("单位"), 12), (_("目标值"), 14), (_("上次的值"), 14),
        (_("上次的半年度"), 14), (_("报送期限"), 12), (_("逾期天数"), 10), (_("状态"), 10), (_("说明"), 30),
    ]  # fmt: skip


def _lines(reading: Reading, expected: list[Any]) -> list[tuple[Any, ...]]:
    """What did not come, a line each, as ``_columns``; days overdue are negative while some are left."""
    d, days, catalog = reading.display, reading.return_days, reading.catalog
    words = returns.words(d)
    lines = []
    for e in expected:
        state: Arrival = e.arrival(days)
        if state not in NOT_COME:
            continue
        indicator, district = catalog.indicators[e.indicator_key], catalog.districts[e.district_key]
        day = deadline(e.period, days)
        lines.append((
            district.name(d.language), district.code, catalog.domains[indicator.domain_code].name(d.language),
            indicator.name(d.language), indicator.code, catalog.breakdowns[e.breakdown_key].name(d.language),
            d.period(e.period), catalog.units[indicator.unit_code].name(d.language), _text(d.target(e, indicator)),
            e.last, "" if e.last_period_key is None else d.period(from_key(e.last_period_key)), day,
            (reading.today - day).days, words[state], e.blank_reason or "",
        ))  # fmt: skip
    return lines


def _text(text: Text) -> str:
    return "" if isinstance(text, Absent) else text


def _write(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    """A number that a spreadsheet keeps exactly as a number, a day as a day, everything else as text."""
    match value:
        case None | "":
            sheet.write_blank(row, column, None)
        case int():
            sheet.write_number(row, column, value)
        case Decimal() if Decimal(repr(float(value))) == value:
            sheet.write_number(row, column, float(value))
        case Decimal():
            sheet.write_string(row, column, f"{value:f}", formats["text"])
        case date():
            sheet.write_datetime(row, column, datetime.combine(value, time()), formats["day"])
        case _:
            sheet.write_string(row, column, str(value), formats["text"])
