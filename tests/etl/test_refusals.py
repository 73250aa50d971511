"""One bad file for each reason a row can be refused: a good row 2, and a row 3 with the mistake."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from etl import pipeline
from etl.examine import Asked
from etl.reasons import REASONS
from tests.conftest import Clock
from tests.etl.support import emptied, values, write_csv
from warehouse import tables as t
from warehouse.engine import open_engine, writing
from warehouse.scope import Scope

BAD = Path(__file__).parent / "bad"

# reason → column, and the value found in it (None where the whole row or an empty cell is meant)
FOUND: dict[str, tuple[str | None, str | None]] = {
    "missing_value": ("value", ""),
    "not_a_number": ("value", "1.377.0"),
    "not_a_period": ("period_code", "2020-S3"),
    "not_a_date": ("due_on", "2020-13-01"),
    "not_a_comparator": ("comparator", "about"),
    "not_a_choice": ("confidence", "certain"),
    "not_a_kind": ("kind", "forecast"),
    "bad_span": ("span_start", "374"),
    "unknown_district": ("district_code", "320499"),
    "unknown_indicator": ("indicator_code", "dibao_cats"),
    "part_of_district": ("街道", "北港街道"),
    "unknown_breakdown": ("breakdown_code", "suburban"),
    "unknown_unit": ("unit_code", "furlong"),
    "unknown_source": ("source_code", "nowhere-2020"),
    "unit_mismatch": ("unit_code", "percent"),
    "out_of_range": ("value", "735"),
    "range_incomplete": ("value_high", "3"),
    "high_without_range": ("value_high", "800"),
    "all_needs_full_share": ("value", "95"),
    "comparator_conflict": ("comparator", ">="),
    "milestone_value": ("value", "0"),
    "first_after_due": ("first_period_code", "2021-S1"),
    "due_on_outside_period": ("due_on", "2020-06-30"),
    "baseline_incomplete": ("baseline_value", "650"),
    "not_positive_weight": ("weight", "0"),
    "bad_parts": ("denominator", "0"),
    "no_definition_then": ("period_code", "2010-S2"),
    "duplicate_row": (None, None),
    "code_name_disagree": ("地区代码", "320404"),
    "ambiguous_share": ("完成值", "0.85"),
    "unit_conflict": ("完成值", "120元"),
    "unit_not_said": ("计量单位", ""),
    "fractional_count": ("value", "3.5"),
    "future_actual": ("period_code", "2035-S1"),
    "parts_mismatch": ("value", "73.5"),
    "sum_mismatch": ("完成值", "17"),
    "second_table": (None, None),
    "too_many_cells": (None, None),
    "ambiguous_number": ("完成值", "若干"),
    "several_numbers": ("完成值", "85（去年80）"),
    "formula_error": ("完成值", "#DIV/0!"),
    "formula_not_computed": ("完成值", "=A1+B1"),
    "not_a_target": ("目标值", "把工作做到600户的程度"),
    "ambiguous_target": ("目标值", "≥80%以内"),
    "several_targets": ("目标值", "城市85%，农村80%"),
    "strict_comparator": ("目标值", "大于600"),
    "relative_target": ("目标值", "比上年增长10%"),
    "not_measurable": ("目标值", "稳步推进"),
    "increment_of_level": ("目标值", "新增600张"),
    "date_without_year": ("目标值", "10月底前完成"),
}

APART = {
    "conflicting_rows",
    "merged_value",
    "no_headings",
    "side_by_side",
    "not_in_scope",
    "far_from_history",
    "falls_within_year",
}
"""Reasons that take more than one bad row in one CSV to show; each has a test of its own."""


@pytest.fixture(scope="module")
def dimensions(reference_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The project's dimensions, but 低保户数 is defined only since 2015, and there are two 鼓楼区."""
    path = tmp_path_factory.mktemp("refusals") / "dabiao.db"
    shutil.copyfile(reference_file, path)
    engine = open_engine(f"sqlite:///{path}")
    gulou = {"name_zh": "鼓楼区", "name_en": "Gulou", "level": "district", "parent_code": "320000"}
    with writing(engine) as connection:
        household = t.dim_indicator.c.indicator_code == "dibao_households"
        connection.execute(update(t.dim_indicator).where(household).values(valid_from=date(2015, 1, 1)))
        for code in ("320106", "320302"):  # in Nanjing and in Xuzhou
            connection.execute(insert(t.dim_district).values(**gulou, district_code=code, sort_order=int(code)))
    yield engine
    engine.dispose()


@pytest.fixture
def database(dimensions: Engine) -> Engine:
    """The same for each test, without a fact."""
    return emptied(dimensions)


def test_every_reason_has_a_bad_file_and_every_bad_file_a_reason() -> None:
    assert {path.stem for path in BAD.iterdir()} | {"merged_value"} == set(REASONS) == set(FOUND) | APART
    assert not set(FOUND) & APART


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_every_reason_is_told_in_both_languages(reason: object) -> None:
    assert reason.zh.endswith("。") and reason.en.endswith(".")  # type: ignore[attr-defined]


@pytest.mark.parametrize("reason", FOUND)
def test_a_bad_row_is_refused_for_its_reason_and_the_good_one_accepted(
    database: Engine, clock: Clock, reason: str
) -> None:
    asked = Asked()
    [result] = pipeline.load(database, [BAD / f"{reason}.csv"], asked=asked, clock=clock)

    assert (result.rows_in, result.rows_accepted, result.rows_rejected) == (2, 1, 1)
    [refusal] = result.refusals
    assert (refusal.reason, refusal.row_no, refusal.sheet) == (reason, 3, None)
    assert (refusal.column, refusal.value) == FOUND[reason]
    assert [finding.reason for finding in result.findings if finding.is_refusal] == [reason], "and for nothing else"

    with database.connect() as connection:
        [row] = connection.execute(select(t.quarantine_row)).all()
    assert (row.reason_code, row.row_no, row.column_name, row.value_found) == (reason, 3, *FOUND[reason])
    header, _, bad, *_ = (BAD / f"{reason}.csv").read_text().splitlines()
    raw = dict(zip(header.split(","), bad.split(","), strict=False))
    assert raw.items() <= json.loads(row.raw).items() or reason == "several_targets"
    assert len(values(database)) + len(values(database, "target")) == 1


ACTUAL = "district_code,indicator_code,breakdown_code,period_code,value,unit_code"
TARGET = "district_code,indicator_code,period_code,comparator,value,unit_code"

# Cells that once went through, or ended the whole file: (extra columns, row, reason)
NEARLY = {
    "a period before records": (ACTUAL, "320404,orphans,total,1999-S2,1,person", "not_a_period"),
    "a period beyond the plans": (ACTUAL, "320404,orphans,total,2061,1,person", "not_a_period"),
    "an exponent": (ACTUAL, "320404,orphans,total,2020,1e3,person", "not_a_number"),
    "not a number by name": (ACTUAL, "320404,orphans,total,2020,NaN,person", "not_a_number"),
    "a number without end": (ACTUAL, f"320404,orphans,total,2020,{'9' * 31},person", "not_a_number"),
    "a negative count": (ACTUAL, "320404,orphans,total,2020,-1,person", "out_of_range"),
    "a span no column holds": (
        f"{ACTUAL},span_start,span_end",
        "320404,orphans,total,2020,1,person,0,2147483648",
        "bad_span",
    ),
    "a span with an underscore": (
        f"{ACTUAL},span_start,span_end",
        "320404,orphans,total,2020,1,person,0,1_0",
        "bad_span",
    ),
    "half a span": (f"{ACTUAL},span_start", "320404,orphans,total,2020,1,person,7", "bad_span"),
    "an empty span": (f"{ACTUAL},span_start,span_end", "320404,orphans,total,2020,1,person,7,7", "bad_span"),
    "a year no calendar has": (f"{TARGET},due_on", "320404,orphans,2020,>=,1,person,99999999999-01-01", "not_a_date"),
    "a date with a tail": (f"{TARGET},due_on", "320404,orphans,2020,>=,1,person,2020-12-31 or so", "not_a_date"),
    "all of a count": (TARGET, "320404,home_adaptations,2020,all,100,household", "all_needs_full_share"),
    "a target without comparator": (TARGET, "320404,home_adaptations,2020,,100,household", "missing_value"),
    "a target without value": (TARGET, "320404,home_adaptations,2020,>=,,household", "missing_value"),
    "a range for a milestone": (TARGET, "320404,care_guidance_centre_open,2020,range,1,done", "milestone_value"),
    "half a milestone": (ACTUAL, "320404,care_guidance_centre_open,total,2020,0.5,done", "milestone_value"),
    "a baseline when due": (
        f"{TARGET},baseline_value,baseline_period_code",
        "320404,home_adaptations,2020,>=,9,household,3,2020-S2",
        "baseline_incomplete",
    ),
    "a baseline without value": (
        f"{TARGET},baseline_period_code",
        "320404,home_adaptations,2020,>=,9,household,2019-S2",
        "baseline_incomplete",
    ),
    "parts of a count": (f"{ACTUAL},numerator,denominator", "320404,orphans,total,2020,1,person,1,1", "bad_parts"),
    "a numerator alone": (f"{ACTUAL},numerator", "320404,nursing_bed_share,total,2020,1,percent,1", "bad_parts"),
    "a negative weight": (f"{TARGET},weight", "320404,home_adaptations,2020,>=,9,household,-1", "not_positive_weight"),
    "a flag that is none": (
        f"{TARGET},is_binding",
        "320404,home_adaptations,2020,>=,9,household,maybe",
        "not_a_choice",
    ),
    "a name of two districts": (ACTUAL, "鼓楼区,orphans,total,2020,1,person", "unknown_district"),
    "a source registered nowhere": (f"{ACTUAL},source_code", "320404,orphans,total,2020,1,person,", "unknown_source"),
}


@pytest.mark.parametrize("case", NEARLY)
def test_what_is_nearly_right_is_refused_and_nothing_breaks(
    database: Engine, tmp_path: Path, clock: Clock, case: str
) -> None:
    header, row, reason = NEARLY[case]
    [result] = pipeline.load(database, [write_csv(tmp_path / "a.csv", header, [row])], clock=clock)
    assert result.error is None
    assert [refusal.reason for refusal in result.refusals] == [reason]


def test_every_mistake_of_a_row_is_told_in_one_pass(database: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ACTUAL, ["nowhere,nothing,none,never,?,none"])
    [result] = pipeline.check(database, [path])
    assert (result.rows_in, result.rows_rejected) == (1, 1)
    assert [(f.column, f.reason, f.cell) for f in result.findings] == [
        ("period_code", "not_a_period", "D2"), ("value", "not_a_number", "E2"),
        ("district_code", "unknown_district", "A2"), ("indicator_code", "unknown_indicator", "B2"),
        ("breakdown_code", "unknown_breakdown", "C2"), ("unit_code", "unknown_unit", "F2"),
    ]  # fmt: skip


def test_of_conflicting_rows_none_is_taken_and_each_names_the_other(database: Engine, clock: Clock) -> None:
    [result] = pipeline.load(database, [BAD / "conflicting_rows.csv"], clock=clock)
    assert [(r.reason, r.row_no) for r in result.refusals] == [("conflicting_rows", 3), ("conflicting_rows", 4)]
    assert [r.detail_zh for r in result.refusals] == ["另见第 4 行 E4（18）。", "另见第 3 行 E3（17）。"]
    assert list(values(database)) == [("320404", "orphans", "total", "2020-S1")]


def test_without_headings_nothing_is_read_and_every_row_is_told(database: Engine, clock: Clock) -> None:
    [result] = pipeline.load(database, [BAD / "no_headings.csv"], clock=clock)
    assert [(r.reason, r.row_no) for r in result.refusals] == [("no_headings", 2)]
    assert values(database) == {}


def test_of_two_tables_side_by_side_nothing_is_read(database: Engine) -> None:
    [result] = pipeline.check(database, [BAD / "side_by_side.csv"])
    assert [(r.reason, r.row_no) for r in result.refusals] == [("side_by_side", 2)]


def test_what_is_not_ones_own_is_refused(database: Engine) -> None:
    here = Asked(scope=Scope(districts=frozenset({"320404"})))
    [result] = pipeline.check(database, [BAD / "not_in_scope.csv"], asked=here)
    assert [(r.reason, r.row_no) for r in result.refusals] == [("not_in_scope", 3)]


def test_figures_far_from_their_history_are_accepted_with_a_caution(database: Engine, clock: Clock) -> None:
    first, far, falling = (
        BAD / f"{name}.csv" for name in ("fractional_count", "far_from_history", "falls_within_year")
    )
    pipeline.load(database, [first], clock=clock)
    [result] = pipeline.load(database, [far], clock=clock)
    assert (result.rows_accepted, result.rows_rejected) == (2, 0)
    assert [(f.reason, f.row_no, f.detail_zh) for f in result.findings] == [
        ("far_from_history", 3, "历史：2020-S1 17。")
    ]
    [result] = pipeline.check(database, [falling])
    assert [(f.reason, f.row_no) for f in result.findings] == [("falls_within_year", 3)]


def test_refused_rows_come_in_the_order_of_the_file(database: Engine, tmp_path: Path) -> None:
    rows = ["320404,orphans,total,2020,?,person", "1,orphans,total,2020,1,person", "320404,orphans,total,?,1,person"]
    [result] = pipeline.check(database, [write_csv(tmp_path / "a.csv", ACTUAL, rows)])
    assert [r.row_no for r in result.refusals] == [2, 3, 4]
