"""Every query keeps to the scope it is given; the list here is checked against the modules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from etl import pipeline
from tests.conftest import Clock
from tests.etl.support import write_csv
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import open_engine
from warehouse.measures.period import Period
from warehouse.queries import batches, completeness, facts, lineage, mart
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import Selection
from warehouse.scope import Scope

ALL = Scope.everything()
LIMITED = Scope(districts=frozenset({"320404"}), domains=frozenset({"elderly"}))
NOTHING = Scope(districts=frozenset())
NOW, THEN = Selection(), Selection(period=Period(2020, 1))

SCOPELESS = {"fetch_state", "fetch_data_version", "count_rows", "mart"}
"""What is known of the warehouse as a whole."""

Call = Callable[[Scope, Connection, Catalog], Iterable[Any]]


def _rows(connection: Connection, catalog: Catalog) -> list[Any]:
    return mart.fetch_rows(ALL, connection, catalog, NOW, primary_only=False)


CALLS: dict[str, Call] = {
    "fetch_batches": batches.fetch_batches,
    "fetch_refused": batches.fetch_refused,
    "fetch_completeness": completeness.fetch_completeness,
    "fetch_facts": facts.fetch_facts,
    "fetch_progress": facts.fetch_progress,
    "count_facts_by_source": lambda s, c, k: facts.count_facts_by_source(s, c, k).items(),
    "fetch_rows": lambda s, c, k: mart.fetch_rows(s, c, k, THEN),
    "fetch_series": lambda s, c, k: mart.fetch_series(s, c, k, k.indicators),
    "count_statuses": lambda s, c, k: mart.count_statuses(s, c, k, THEN),
    "count_compared": lambda s, c, k: range(mart.count_compared(s, c, k, Selection(period=Period(2021, 2)))),
    "count_by_indicator": lambda s, c, k: mart.count_by_indicator(s, c, k, NOW),
    "fetch_light_grid": lambda s, c, k: mart.fetch_light_grid(s, c, k, NOW).items(),
    "fetch_periods": mart.fetch_periods,
    "fetch_latest_reports": lambda s, c, k: mart.fetch_latest_reports(s, c, k).items(),
    "fetch_shares": lambda s, c, k: lineage.fetch_shares(s, c, k, _rows(c, k)).items(),
    "fetch_source_titles": lambda s, c, k: lineage.fetch_source_titles(s, c, k, _rows(c, k)),
}


@pytest.fixture(scope="module")
def database(loaded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The project's data, a refused row, a ratio with its parts, and a milestone done before it began."""
    folder = tmp_path_factory.mktemp("queries")
    (folder / "a.db").write_bytes(loaded_file.read_bytes())
    engine = open_engine(f"sqlite:///{folder / 'a.db'}")
    grain = "kind,district_code,indicator_code,period_code,first_period_code"
    rows = [
        "actual,320404,nursing_bed_share,2019-S2,,,70,percent,7,10",
        "target,431103,care_guidance_centre_open,2021-S2,2021-S1,,1,done,,",
        "actual,431103,care_guidance_centre_open,2019-S2,,,1,done,,",
        "actual,431103,care_guidance_centre_open,?,,,1,done,,",
    ]
    pipeline.load(
        engine,
        [write_csv(folder / "new.csv", f"{grain},comparator,value,unit_code,numerator,denominator", rows)],
        clock=Clock(),
    )
    yield engine
    engine.dispose()


@pytest.fixture
def connection(database: Engine) -> Iterator[Connection]:
    with database.connect() as connection:
        yield connection


@pytest.fixture
def catalog(connection: Connection) -> Catalog:
    return fetch_catalog(connection)


def test_every_query_takes_a_scope_first_and_stands_in_this_list() -> None:
    tested = {*CALLS, "fetch_lineage", "condition"}
    for module in (batches, completeness, facts, lineage, mart):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_") and name not in SCOPELESS:
                assert next(iter(inspect.signature(function).parameters)) == "scope", name
                assert name in tested, f"{name} is not tested for its scope"


@pytest.mark.parametrize("name", CALLS)
def test_a_scope_of_nothing_sees_nothing_and_one_of_everything_something(
    connection: Connection, catalog: Catalog, name: str
) -> None:
    assert list(CALLS[name](ALL, connection, catalog)) or name == "fetch_shares"
    assert list(CALLS[name](NOTHING, connection, catalog)) == []


@pytest.mark.parametrize("name", ["fetch_rows", "fetch_series", "count_statuses"])
def test_rows_of_the_mart_are_those_of_the_scopes_districts_and_domains(
    connection: Connection, catalog: Catalog, name: str
) -> None:
    zhonglou = catalog.district_by_code["320404"].key
    found = list(CALLS[name](LIMITED, connection, catalog))
    assert found and {row.district_key for row in found} == {zhonglou}
    if name != "count_statuses":
        assert {catalog.indicators[row.indicator_key].domain_code for row in found} == {"elderly"}
        whole = CALLS[name](ALL, connection, catalog)
        seen = [
            r
            for r in whole
            if r.district_key == zhonglou and catalog.indicators[r.indicator_key].domain_code == "elderly"
        ]
        assert sorted(found, key=str) == sorted(seen, key=str)


def test_the_light_grid_says_what_the_rows_say(connection: Connection, catalog: Catalog) -> None:
    only = Selection(breakdown=catalog.breakdown_by_code["total"].key)
    rows = mart.fetch_rows(LIMITED, connection, catalog, only)
    grid = mart.fetch_light_grid(LIMITED, connection, catalog, only)
    assert {(d, i): light for d, cells in grid.items() for i, light in cells.items()} == {
        (row.district_key, row.indicator_key): row.light for row in rows
    }


def test_a_lineage_outside_the_scope_does_not_exist(connection: Connection, catalog: Catalog) -> None:
    key = RowKey("320404", "care_station_coverage", "urban", Period(2020, 1), Period(2020, 2))
    found = lineage.fetch_lineage(LIMITED, connection, catalog, key)
    assert found is not None and found.actual is not None and found.target is not None
    assert (str(found.actual.value), found.actual.span_start, found.actual.source.code) == (
        "85.25",
        2953,
        "zhonglou-2020-h1",
    )
    elsewhere = Scope(districts=frozenset({"320413"})), Scope(domains=frozenset({"children"})), NOTHING
    for scope in elsewhere:
        assert lineage.fetch_lineage(scope, connection, catalog, key) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"district_code": "999999"},
        {"indicator_code": "cats"},
        {"breakdown_code": "cats"},
        {"period": Period(1999, 1)},
        {"due": None},
    ],
    ids=str,
)
def test_a_lineage_of_what_is_not_there_is_none(
    connection: Connection, catalog: Catalog, changes: dict[str, Any]
) -> None:
    key = {
        "district_code": "320404",
        "indicator_code": "care_station_coverage",
        "breakdown_code": "urban",
        "period": Period(2020, 1),
        "due": Period(2020, 2),
    }
    assert lineage.fetch_lineage(ALL, connection, catalog, RowKey(**key | changes)) is None


def test_a_district_reported_last_when_it_did_not_when_an_old_report_still_counts(
    connection: Connection, catalog: Catalog
) -> None:
    latest = mart.fetch_latest_reports(ALL, connection, catalog)
    named = {catalog.districts[key].code: period and period.code for key, period in latest.items()}
    assert named == {
        "310107": None, "320404": "2020-S1", "320413": "2018-S2", "371324": "2021-S2", "431103": "2019-S2",
    }  # fmt: skip
