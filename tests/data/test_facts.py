"""The reviewed facts: every row loads, can be traced, and gives the figures of the worked examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from etl import pipeline
from etl.reading.records import read_text_rows
from tests.conftest import Clock
from tests.data.test_reference import FACT_FILES, FACTS, INDICATORS, SOURCES
from tests.etl.support import Row, mart
from warehouse import tables as t
from warehouse.engine import open_engine

MEASURE_TYPES = {row["indicator_code"]: row["measure_type"] for row in INDICATORS}

# (district, kind) → facts; a change here is a change of what is known
COUNTS = {
    ("310107", "target"): 20,
    ("320404", "target"): 22,
    ("320404", "actual"): 87,
    ("320413", "target"): 4,
    ("320413", "actual"): 28,
    ("371324", "target"): 7,
    ("371324", "actual"): 81,
    ("431103", "target"): 43,
}


@pytest.fixture(scope="module")
def database(loaded_file: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{loaded_file}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def figures(database: Engine) -> dict[tuple[str, ...], list[Row]]:
    """(district, indicator, breakdown, period) → rows of the mart."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in mart(database):
        key = (row["district_code"], row["indicator_code"], row["breakdown_code"], row["period_code"])
        found.setdefault(key, []).append(row)
    return found


@pytest.fixture
def connection(database: Engine) -> Iterator[Connection]:
    with database.connect() as connection:
        yield connection


def test_every_row_of_every_file_loads(reference: Engine, clock: Clock) -> None:
    results = pipeline.load(reference, clock=clock)
    assert len(results) == len(FACT_FILES) == 8
    for result in results:
        assert result.state == "published"
        assert (result.refusals, result.ignored_columns, result.error) == ((), (), None)
        assert result.added == result.rows_in > 0
    assert sum(result.rows_in for result in results) == len(FACTS)


def test_so_many_facts_are_known_of_each_district() -> None:
    found: Counter[tuple[str, str]] = Counter()
    for path in FACT_FILES:
        for row in read_text_rows(path):
            found[row["district_code"], path.parent.name.removesuffix("s")] += 1
    assert found == COUNTS


def test_no_two_rows_state_the_same_fact() -> None:
    """Two files that contradict each other would correct one another at every load."""
    for folder in ("targets", "actuals"):
        rows = [row for path in FACT_FILES if path.parent.name == folder for row in read_text_rows(path)]
        grain = [(r["district_code"], r["indicator_code"], r["breakdown_code"], r["period_code"]) for r in rows]
        assert [fact for fact, count in Counter(grain).items() if count > 1] == []


def test_a_file_speaks_of_the_source_it_is_named_after() -> None:
    for path in FACT_FILES:
        assert {row["source_code"] for row in read_text_rows(path)} == {path.stem}


@pytest.mark.parametrize("path", FACT_FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_fact_can_be_traced_to_its_passage(path: Path) -> None:
    sources = {source["source_code"] for source in SOURCES}
    for row in read_text_rows(path):
        start, end = int(row["span_start"]), int(row["span_end"])
        assert 0 <= start < end, row
        assert end - start <= 40, "a passage, not a chapter"
        assert row["locator"], row
        assert row["source_code"] in sources, row
        assert row["confidence"] in ("high", "medium", "low"), row
        assert re.fullmatch(r"\d{4}-S[12]", row["period_code"]), row
        for name in ("value", "value_high", "numerator", "denominator"):
            assert re.fullmatch(r"(\d+(\.\d+)?)?", row.get(name, "")), f"digits only, no separators: {row}"


def test_a_milestone_has_no_target_value_and_everything_else_has_one() -> None:
    for path in FACT_FILES:
        for row in read_text_rows(path):
            is_milestone = MEASURE_TYPES[row["indicator_code"]] == "milestone"
            if path.parent.name == "targets":
                assert (row["value"] == "") == (row["comparator"] == "") == is_milestone, row
                assert (row["value_high"] != "") == (row["comparator"] == "range"), row
                assert row["first_period_code"] and row["first_period_code"] <= row["period_code"], row
            else:
                assert row["value"] in (("0", "1") if is_milestone else (row["value"],)) and row["value"], row


def _one(figures: dict[tuple[str, ...], list[Row]], *key: str) -> Row:
    [row] = figures[key]
    assert row["is_primary"]
    return row


# indicator, breakdown → status, attainment in %, gap, at 钟楼区 in 2020-S1
WORKED: dict[tuple[str, str], tuple[str, str | None, str | None]] = {
    ("care_station_coverage", "urban"): ("met", "106.5625", "5.25"),
    ("care_station_coverage", "rural"): ("met", None, "5.25"),
    ("nursing_bed_share", "total"): ("met", None, "11.5"),
    ("quality_communities", "total"): ("unreported", None, None),
    ("covid_infections", "total"): ("on_track", "100", "0"),
}


@pytest.mark.parametrize(("indicator", "breakdown"), WORKED)
def test_the_worked_examples_hold(figures: dict[tuple[str, ...], list[Row]], indicator: str, breakdown: str) -> None:
    row = _one(figures, "320404", indicator, breakdown, "2020-S1")
    status, attainment, gap = WORKED[indicator, breakdown]
    assert row["status"] == status
    assert row["gap"] == (None if gap is None else Decimal(gap))
    if attainment is not None:
        assert row["attainment"] * 100 == Decimal(attainment)


def test_a_quotient_without_end_is_kept_to_twelve_places(figures: dict[tuple[str, ...], list[Row]]) -> None:
    row = _one(figures, "320404", "nursing_bed_share", "total", "2020-S1")
    assert row["attainment"] == Decimal("1.185483870968")  # 73.5 / 62


def test_a_missing_figure_is_never_a_zero(figures: dict[tuple[str, ...], list[Row]]) -> None:
    unreported = [row for rows in figures.values() for row in rows if row["status"] == "unreported"]
    assert unreported
    for row in unreported:
        assert row["actual"] is row["attainment"] is row["gap"] is row["pace_ratio"] is row["forecast"] is None
        assert row["attainment_reason"] == "no_actual"


def test_every_figure_is_the_facts_own(connection: Connection) -> None:
    """What the mart shows as target and actual is what the fact says, in the indicator's unit."""
    p, a = t.fact_progress, t.fact_actual
    units = {row.unit_code: row for row in connection.execute(select(t.dim_unit))}
    own = {row.indicator_key: row.unit_code for row in connection.execute(select(t.dim_indicator))}
    joined: Any = select(p.c.actual, p.c.indicator_key, a.c.value, a.c.unit_code).join(
        a, a.c.actual_key == p.c.actual_key
    )
    rows = connection.execute(joined).all()
    assert len(rows) >= 196
    for row in rows:
        factor = units[row.unit_code].factor / units[own[row.indicator_key]].factor
        assert row.actual == row.value * factor


def test_the_mart_is_what_the_rules_make_of_the_facts(loaded: Engine, clock: Clock) -> None:
    assert pipeline.rebuild(loaded, clock=clock) == 0
