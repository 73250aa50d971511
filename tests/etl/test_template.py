"""The workbook to fill in: what is asked, what is locked, and that it comes back as a tidy table."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine

from etl import pipeline
from etl.columns import ACTUAL_COLUMNS, canonical_headers
from etl.template import fill_in_workbook
from etl.template.form import COLUMNS
from etl.template.lines import lines_of, validation
from tests.conftest import Clock
from tests.etl.support import values, write_csv
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.errors import DabiaoError
from warehouse.measures.period import Period
from warehouse.queries.expected import Expected, fetch_expected
from warehouse.scope import Scope

ZHONGLOU, PERIOD = "320404", Period(2020, 2)
NOW = datetime(2021, 1, 5, tzinfo=UTC)
CODES = ("district_code", "indicator_code", "breakdown_code", "period_code", "unit_code")
ENTRIES = ("value", "numerator", "denominator", "blank_reason", "note")


def made(engine: Engine, language: str = "zh", district: str = ZHONGLOU, period: Period = PERIOD, **more: Any) -> bytes:
    with engine.connect() as connection:
        catalog = more.pop("catalog", None) or fetch_catalog(connection)
        scope = more.pop("scope", Scope.everything())
        return fill_in_workbook(connection, catalog, scope, district, period, language, NOW, **more)


def sheet_of(content: bytes) -> Worksheet:
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert len(book.sheetnames) == 1
    return book.worksheets[0]


def places(sheet: Worksheet) -> dict[str, int]:
    """Column by documented name; the row they stand in under "row"."""
    row = next(r for r in range(1, 12) if any(cell.value == "value" for cell in sheet[r]))
    return {cell.value: cell.column for cell in sheet[row] if cell.value} | {"row": row}


def lines_by_code(sheet: Worksheet) -> dict[tuple[str, str], int]:
    """Row by indicator and breakdown."""
    at = places(sheet)
    rows = range(at["row"] + 1, sheet.max_row + 1)
    return {tuple(sheet.cell(r, at[n]).value for n in ("indicator_code", "breakdown_code")): r for r in rows}  # type: ignore[misc]


def rules_of(sheet: Worksheet) -> dict[str, Any]:
    """Validation by cell."""
    return {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_line_for_each_figure_expected(loaded: Engine, language: str) -> None:
    with loaded.connect() as connection:
        catalog = fetch_catalog(connection)
        district = catalog.district_by_code[ZHONGLOU]
        expected = fetch_expected(Scope.everything(), connection, catalog, district.key, PERIOD)
    sheet = sheet_of(made(loaded, language))
    at, found = places(sheet), lines_by_code(sheet)
    assert {
        (catalog.indicators[e.indicator_key].code, catalog.breakdowns[e.breakdown_key].code) for e in expected
    } == set(found)
    assert len(found) == len(expected) > 10
    assert {sheet.cell(r, at["district_code"]).value for r in found.values()} == {ZHONGLOU}
    assert {sheet.cell(r, at["period_code"]).value for r in found.values()} == {"2020-S2"}
    texts = {tuple(cell.value for cell in sheet[r][:7]) for r in found.values()}
    if language == "zh":
        assert (
            "钟楼区",
            "养老服务",
            "标准化居家养老服务站覆盖率",
            "城市",
            "%",
            "≥80%",
            "85.25%（2020年上半年）",
        ) in texts
        assert sheet["A1"].value == "钟楼区2020年下半年指标填报表"
        assert sheet["A4"].value == "填报截止：2021年1月15日"
    else:
        assert any(text[5:] == ("≥80%", "85.25% (H1 2020)") for text in texts)
        assert sheet["A4"].value == "To be returned by: 2021-01-15"


def test_only_cells_to_fill_in_are_open_and_coloured(loaded: Engine) -> None:
    content = made(loaded)
    sheet = sheet_of(content)
    at = places(sheet)
    with loaded.connect() as connection:
        catalog = fetch_catalog(connection)
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    closed = 0
    for cells in sheet.iter_rows():
        for cell in cells:
            is_line = cell.row > at["row"] and cell.column in {at[name] for name in ENTRIES}
            colour = str(cell.fill.start_color.rgb)[-6:] if cell.fill.fill_type else ""
            if is_line and cell.column in (at["numerator"], at["denominator"]):
                code = sheet.cell(cell.row, at["indicator_code"]).value
                is_line = catalog.indicators_by_code[code][0].measure_type.value == "ratio"
                closed += not is_line
                assert is_line or colour == "EDEDED"
            assert cell.protection.locked is not is_line, cell.coordinate
            assert (colour == "FFF6D6") is is_line
    assert closed > 10
    assert not any(
        dimension.hidden for dimension in [*sheet.column_dimensions.values(), *sheet.row_dimensions.values()]
    )
    assert sheet.freeze_panes == f"D{at['row'] + 1}"
    assert sheet.print_area == f"'填报表'!$A$1:$L${sheet.max_row}"
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names == ["填报表"]


def test_the_row_of_names_is_the_documented_one() -> None:
    names = [column.name for column in COLUMNS if column.name]
    documented = canonical_headers(names, ACTUAL_COLUMNS)
    assert {*names} - {*documented} <= {"blank_reason"}
    assert {column.name for column in ACTUAL_COLUMNS if column.required} <= {*names}


def test_values_are_checked_as_they_are_written(loaded: Engine) -> None:
    sheet = sheet_of(made(loaded))
    rules, at = rules_of(sheet), places(sheet)
    found: dict[str, set[tuple[Any, ...]]] = {}
    for row in lines_by_code(sheet).values():
        rule = rules[sheet.cell(row, at["value"]).coordinate]
        found.setdefault(sheet.cell(row, at["unit_code"]).value, set()).add(
            (rule.type, rule.operator, rule.formula1, rule.formula2)
        )
        assert rule.error
        assert "不要写 0" in rule.prompt
        assert rule.errorStyle in (None, "stop")
        blank = rules[sheet.cell(row, at["blank_reason"]).coordinate]
        assert blank.formula1 == '"尚未统计,不适用,口径调整,其他"'
        assert not blank.showErrorMessage
    assert found["percent"] == {("decimal", None, "0", "100")}
    assert found["person"] == {("whole", "greaterThanOrEqual", "0", None)}
    assert found["done"] == {("list", None, '"1,0"', None)}
    parts = [
        rules[f"{column}{row}"] for row in lines_by_code(sheet).values() for column in "IJ" if f"{column}{row}" in rules
    ]
    assert {(rule.type, rule.operator) for rule in parts} == {
        ("decimal", "greaterThanOrEqual"),
        ("decimal", "greaterThan"),
    }


@pytest.mark.parametrize(
    ("unit", "low", "high", "kind", "words"),
    [
        ("household", None, None, {"validate": "whole", "criteria": ">=", "value": 0},
         "只写整数，不小于 0。单位：户。"),
        ("household", None, "5", {"validate": "whole", "criteria": "between", "minimum": 0, "maximum": 5},
         "只写整数，0 至 5。单位：户。"),
        ("cny_10k", None, None, {"validate": "decimal", "criteria": ">=", "value": -(10**15)},
         "只写数字。单位：万元。"),
        ("cny_10k", None, "9.5", {"validate": "decimal", "criteria": "<=", "value": 9.5},
         "只写数字，不大于 9.5。单位：万元。"),
        ("percent", "-1", None, {"validate": "decimal", "criteria": ">=", "value": -1},
         "以百分数计，写 85.25，不写 0.8525，不小于 -1。单位：%。"),
    ],
    ids=["count", "count with a limit", "money", "money with a limit", "growth"],
)  # fmt: skip
def test_limits_of_the_indicator(
    catalog: Catalog, unit: str, low: str | None, high: str | None, kind: Mapping[str, Any], words: str
) -> None:
    indicator = replace(
        catalog.indicators_by_code["dibao_persons"][0], unit_code=unit,
        value_min=None if low is None else Decimal(low), value_max=None if high is None else Decimal(high),
    )  # fmt: skip
    rule = validation(lines_of([expected(indicator.key)], _with(catalog, indicator), "zh")[0], "zh")
    assert kind.items() <= rule.items()
    assert rule["input_message"].startswith(words)


@pytest.mark.parametrize(
    ("more", "target", "last"),
    [
        ({}, "", ""),
        ({"target_key": 1, "comparator": "range", "target": Decimal(3), "target_high": Decimal(5)}, "3–5人", ""),
        ({"target_key": 1, "comparator": "<=", "target": Decimal(1200)}, "≤1,200人", ""),
        ({"target_key": 1, "comparator": ">=", "target": Decimal(7), "due_period_key": 20211},
         "≥7人（2021年上半年到期）", ""),
        ({"target_key": 1, "comparator": "all", "target": Decimal(100)}, "全覆盖", ""),
        ({"last_period_key": 20192, "last": Decimal("7000"), "last_qualifier": ">"}, "", "超过7,000人（2019年下半年）"),
    ],
    ids=["none", "range", "ceiling", "due later", "all", "qualified"],
)  # fmt: skip
def test_targets_and_last_figures_as_people_write_them(
    catalog: Catalog, more: Mapping[str, Any], target: str, last: str
) -> None:
    figure = expected(catalog.indicators_by_code["dibao_persons"][0].key)._replace(**more)
    line = lines_of([figure], catalog, "zh")[0]
    assert (line.target, line.last) == (target, last)


def test_filled_in_it_loads_as_a_tidy_table(loaded: Engine, tmp_path: Path, clock: Clock) -> None:
    """Rows under the documented names, as a reader of tidy tables takes them: 85.25 is per cent; blanks are not 0."""
    book = openpyxl.load_workbook(io.BytesIO(made(loaded, "en")))
    sheet = book.worksheets[0]
    at = places(sheet)
    filled = {}
    for number, ((indicator, breakdown), row) in enumerate(lines_by_code(sheet).items()):
        if number % 4 == 3:
            sheet.cell(row, at["blank_reason"]).value = "Not yet counted"
            continue
        value = 1 if sheet.cell(row, at["unit_code"]).value == "done" else number
        sheet.cell(row, at["value"]).value = value
        filled[ZHONGLOU, indicator, breakdown, "2020-S2"] = Decimal(value)
    content = io.BytesIO()
    book.save(content)
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(content.getvalue()))
        .get_sheet_by_index(0)
        .to_python(skip_empty_area=False)
    )
    names = rows[at["row"] - 1]
    used = [n for n, name in enumerate(names) if name and name not in ("blank_reason", "note")]
    table = [[row[n] for n in used] for row in rows[at["row"] :] if row[at["value"] - 1] != ""]
    before = values(loaded)
    path = write_csv(
        tmp_path / "back.csv", ",".join(names[n] for n in used), [",".join(f"{cell}" for cell in row) for row in table]
    )
    [result] = pipeline.load(loaded, [path], who="tests", clock=clock)
    assert (result.error, result.refusals) == (None, ())
    after = values(loaded)
    assert {key: Decimal(after[key] or "-1") for key in filled} == filled
    assert {key for key in after if key not in before or after[key] != before[key]} <= set(filled)


def test_names_are_never_formulas(loaded: Engine) -> None:
    with loaded.connect() as connection:
        catalog = fetch_catalog(connection)
    hostile = replace(
        catalog,
        indicators={
            key: replace(indicator, name_zh=f"=1+1\x01<b>{indicator.name_zh}", counted_zh="\x02=2")
            for key, indicator in catalog.indicators.items()
        },
        districts={key: replace(district, name_zh="@SUM(A1)\x03") for key, district in catalog.districts.items()},
    )
    sheet = sheet_of(made(loaded, catalog=hostile))
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(str(cell.value).startswith("=1+1") for cell in cells)


def test_a_district_that_is_not_ones_own(loaded: Engine) -> None:
    with pytest.raises(DabiaoError, match="999999"):
        made(loaded, district="999999")
    with pytest.raises(DabiaoError, match=ZHONGLOU):
        made(loaded, scope=Scope(frozenset({"310107"})))


def test_nothing_expected_is_said(loaded: Engine) -> None:
    sheet = sheet_of(made(loaded, period=Period(2040, 1)))
    assert sheet["A5"].value == "这个半年度没有应报的指标。"
    assert lines_by_code(sheet) == {}


def test_the_same_bytes_for_the_same_moment(loaded: Engine) -> None:
    assert made(loaded) == made(loaded)


@pytest.fixture
def catalog(reference: Engine) -> Catalog:
    """The project's dimensions."""
    with reference.connect() as connection:
        return fetch_catalog(connection)


def expected(indicator_key: int) -> Expected:
    """A figure of which nothing is known."""
    nothing = dict.fromkeys(Expected._fields)
    return Expected(
        **{**nothing, "indicator_key": indicator_key, "breakdown_key": 1, "period_key": 20202, "revisions": 0}
    )  # type: ignore[arg-type]


def _with(catalog: Catalog, indicator: Any) -> Catalog:
    return replace(catalog, indicators={**catalog.indicators, indicator.key: indicator})
