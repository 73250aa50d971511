"""Figures without a target are not judged one by one; the rules would say the same of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import judging
from etl.judging import judge_series
from etl.publish import Difference, write_difference
from etl.series_facts import Reported, SeriesFacts
from tests.conftest import START, Open
from warehouse import tables as t
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import open_engine, writing
from warehouse.measures.period import from_index
from warehouse.measures.series import Series, is_current, judge

PERIODS = st.integers(min_value=2000 * 2, max_value=2030 * 2).map(from_index)
FIGURES = st.builds(
    Reported,
    st.integers(min_value=1, max_value=10**6),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    st.sampled_from([None, ">", ">=", "<", "<=", "~"]),
    st.sampled_from(["high", "medium", "low"]),
)


@pytest.fixture(scope="module")
def catalog(demo_file: Path) -> Catalog:
    """A synthetic province."""
    engine = open_engine(f"sqlite:///{demo_file}")
    with engine.connect() as connection:
        found = fetch_catalog(connection)
    engine.dispose()
    return found


@given(st.dictionaries(PERIODS, FIGURES, max_size=8), st.none() | PERIODS, st.data())
def test_rows_without_targets_are_those_the_rules_would_make(
    catalog: Catalog, actuals: dict[judging.Period, Reported], latest: judging.Period | None, data: st.DataObject
) -> None:
    indicator = data.draw(st.sampled_from(sorted(catalog.indicators)))
    facts = SeriesFacts(actuals, {})
    promised = judging._promises(facts, catalog.rules.weight(catalog.indicators[indicator]))
    expected = [
        {
            "indicator_key": indicator, "district_key": 5, "breakdown_key": 7,
            "rule_version": catalog.rules.version,
            **judging._row(judgement, facts, promised),
            "is_current": is_current(judgement, latest),
        }
        for judgement in judge(Series(facts.history, ()))
    ]  # fmt: skip
    found = list(judge_series(catalog, (indicator, 5, 7), facts, {}, latest))
    assert [sorted(map(repr, row.items())) for row in found] == [sorted(map(repr, row.items())) for row in expected]


def test_no_row_without_targets_shares_its_cells_with_another(catalog: Catalog) -> None:
    actuals = {from_index(4000 + n): Reported(n + 1, Decimal(n), None, "high") for n in range(3)}
    key = (min(catalog.indicators), 5, 7)
    first = list(judge_series(catalog, key, SeriesFacts(actuals, {}), {}, None))
    first[0]["status"] = "met"
    again = list(judge_series(catalog, key, SeriesFacts(actuals, {}), {}, None))
    assert [row["status"] for row in [*first, *again]] == ["met", *["monitor"] * 5]


def test_what_no_longer_holds_goes_to_the_history_as_it_read(open_copy: Open, loaded_file: Path) -> None:
    with writing(open_copy(loaded_file)) as connection:
        before = [dict(row) for row in connection.execute(t.fact_progress.select()).mappings()]
        known = connection.execute(t.fact_progress_history.select()).all()
        write_difference(connection, Difference([], before[:5], 1), START)
        left = connection.execute(t.fact_progress.select()).mappings()
        past = connection.execute(t.fact_progress_history.select()).mappings().all()[len(known) :]
        assert [dict(row) for row in left] == before[5:]
        assert [{**row, "progress_key": key["progress_key"]} for row, key in zip(past, before[:5], strict=True)] == [
            {**row, "history_key": gone["history_key"], "superseded_at": START}
            for row, gone in zip(before[:5], past, strict=True)
        ]
