"""The workbook read back: every number is that of the mart, shown as the pages show it; nothing runs."""

from __future__ import annotations

import io
import warnings
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from dashboard.display import Absent, Display
from dashboard.exports.cells import MARK, Number, computed, exact, reported
from dashboard.exports.words import item_of, light
from dashboard.exports.workbook import make_workbook
from tests.dashboard.made_up import BEDS, CATALOG, OPENED, SHARE, D
from tests.dashboard.support import Site
from tests.exports.reading_of import EVIL, bulletin
from warehouse.measures.period import Period
from warehouse.queries.provenance import fetch_facts_behind

SHEETS = ["概况", "亮灯", "完成情况", "排名", "未填报", "督办事项", "来源", "事实"]


def shown(cell: Any) -> str:
    """A number as its format shows it."""
    format = cell.number_format.partition(";")[0].strip("+")
    percent = format.endswith("%")
    places = len(format.rstrip("%").partition(".")[2].partition('"')[0])
    value = Decimal(repr(cell.value)) * (100 if percent else 1)
    return f"{value:,.{places}f}{'%' if percent else ''}"


def table(sheet: Any) -> list[dict[str, Any]]:
    """Rows below the head, by heading."""
    head = next(n for n in (2, 3) if sheet.cell(n, 2).value and sheet.cell(n, 1).font.bold and n > 1)
    names = [cell.value for cell in sheet[head]]
    return [dict(zip(names, row, strict=True)) for row in sheet.iter_rows(head + 1, head + _rows(sheet, head))]


def _rows(sheet: Any, head: int) -> int:
    count = 0
    while any(cell.value is not None for cell in sheet[head + 1 + count]):
        count += 1
    return count


def workbook(content: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*extension is not supported")  # of bars in cells, which it does not know
        return openpyxl.load_workbook(io.BytesIO(content))


def test_every_number_is_that_of_the_mart(demo: Site) -> None:
    steps: list[tuple[int, int]] = []
    with bulletin(demo) as (b, reading):
        d = reading.display
        book = workbook(make_workbook(b, reading, lambda *step: steps.append(step)))
        assert book.sheetnames == SHEETS
        lines = table(book["完成情况"])
        assert len(lines) == len(b.rows) > 100
        for row, line in zip(b.rows, lines, strict=True):
            item, indicator = item_of(d, row), d.catalog.indicators[row.indicator_key]
            assert line["地区"].value == item.district
            assert line["亮灯"].value == light(d, row.light)
            scale = Decimal(100) if indicator.unit_code == "percent" else Decimal(1)
            for name, value in (("完成值", row.actual), ("目标值", row.target)):
                cell = line[name]
                if indicator.unit_code == "done":
                    continue
                assert (cell.value is None) == (value is None), "missing is never 0"
                if value is not None:
                    assert Decimal(repr(cell.value)) * scale == value
                    assert shown(cell).rstrip("%") == d.number(value).replace("−", "-")
            for name, share, text in (
                ("完成率", row.attainment, item.attainment), ("序时完成比", row.pace_ratio, item.pace),
            ):  # fmt: skip
                assert (line[name].value is None) == (share is None)
                if share is not None:
                    assert abs(Decimal(repr(line[name].value)) - share) <= abs(share) * Decimal("1e-14")
                    assert shown(line[name]) == str(text)
            if isinstance(item.actual, Absent):
                assert item.actual.reason in line["原因"].value
        ranks = table(book["排名"])[: len(b.standings)]
        for standing, line in zip(b.standings, ranks, strict=True):
            assert (line["位次"].value, line["地区"].value) == (standing.rank, standing.district.name_zh)
            if standing.rank is not None:
                assert shown(line["考核得分"]) == d.share(standing.value)
        silent = [row for x in b.unreported for row in x.rows]
        assert len(table(book["未填报"])) == len(silent) > 0
        facts = fetch_facts_behind(reading.scope, reading.connection, reading.catalog, b.rows)
        keys = [key for row in b.rows for key in (("target", row.target_key), ("actual", row.actual_key)) if key[1]]
        told = table(book["来源"])
        assert len(told) == len(table(book["事实"])) == len(keys)
        for key, line in zip(keys, told, strict=True):
            fact = facts[key]  # type: ignore[index]
            assert (line["来源"].value, line["位置"].value or "") == (fact.source.title, fact.locator or "")
            assert line["批次"].value == fact.batch_key
    assert steps[0] == (0, 9) and steps[-1] == (9, 9) and steps == sorted(steps)


def test_changes_have_a_sheet_where_a_day_was_asked_for(demo: Site) -> None:
    with bulletin(demo, period=Period(2025, 2), since=date(2026, 1, 20)) as (b, reading):
        d, book = reading.display, workbook(make_workbook(b, reading, lambda *_: None))
    lines = table(book["变化"])
    assert b.changes and len(lines) == len(b.changes)
    for change, line in zip(b.changes, lines, strict=True):
        assert line["指标"].value == d.series_name(change.row)
        for name, version in (("原来", change.before), ("现在", change.after)):
            light_of, value = line[f"{name}的亮灯"].value, line[f"{name}的完成值"].value
            assert (light_of or "") == ("" if version is None else light(d, version.row.light))
            assert (value is None) == (version is None or version.row.actual is None), "missing is never 0"
        assert "批次" in line["原因"].value


def test_lights_are_words_with_a_colour_and_sheets_are_set_up_for_paper(demo: Site) -> None:
    with bulletin(demo) as (b, reading):
        book = workbook(make_workbook(b, reading, lambda *_: None))
    for name in SHEETS:
        sheet = book[name]
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
        assert sheet.page_setup.fitToHeight == 0 and sheet.sheet_properties.pageSetUpPr.fitToPage
        if name != "概况":
            assert sheet.freeze_panes and sheet.auto_filter.ref and sheet.print_title_rows
    formats = book["完成情况"].conditional_formatting
    rules = [rule for found in formats for rule in found.rules]
    assert {"beginsWith", "dataBar"} <= {rule.type for rule in rules}
    assert len(book["概况"]._charts) == len(book["排名"]._charts) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_run_whatever_it_is_called(evil: Site, language: str) -> None:
    with bulletin(evil, language, title=EVIL[0], office=EVIL[1]) as (b, reading):
        book = workbook(make_workbook(b, reading, lambda *_: None))
        named = {d.name(language) for d in b.districts} & {f"{x}{n}" for n, x in enumerate(EVIL, start=1)}
    formulas = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert all(cell.value.startswith("=B") and "/SUM(B" in cell.value for cell in formulas), "shares of the lights"
    assert len(formulas) == 8
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)
    texts = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "s"}
    assert EVIL[0] in texts
    assert named and named <= texts


def test_a_bulletin_of_nothing_is_a_workbook_all_the_same(own: Site) -> None:
    with bulletin(own, districts=("999999",)) as (b, reading):
        book = workbook(make_workbook(b, reading, lambda *_: None))
    assert book.sheetnames == SHEETS and b.rows == ()


@pytest.mark.parametrize(("value", "written"), [
    ("0", Number(0.0, "#,##0")), ("12.50", Number(12.5, "#,##0.00")), ("-3", Number(-3.0, "#,##0")),
    ("123456789012345", Number(123456789012345.0, "#,##0")),
    ("1234567890123456", f"1,234,567,890,123,456{MARK}"), ("12345678901234.56", f"12,345,678,901,234.56{MARK}"),
    ("1234567890123450000", Number(1.23456789012345e18, "#,##0")), ("0.1", Number(0.1, "#,##0.0")),
    ("3.33333333333333333333", Number(3.33333333333333, "#,##0.000000")),
])  # fmt: skip
def test_what_a_float_keeps_is_a_number(value: str, written: object) -> None:
    assert exact(D(value)) == written


def test_cells_of_units_and_of_what_is_missing() -> None:
    d = Display(CATALOG, "zh")
    assert reported(None, BEDS, d) is None and computed(None, "—") is None
    assert reported(D("91.49"), SHARE, d) == Number(0.9149, "#,##0.00%")
    assert reported(D(1), OPENED, d) == "已完成"
    assert computed(D("0.99999"), d.share(D("0.99999")), percent=True) == Number(0.99999, "#,##0.000%")
    assert computed(D("-2.5"), "−2.5张", sign=True) == Number(-2.5, "+#,##0.0;−#,##0.0;#,##0.0")
