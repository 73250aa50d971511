"""Every query keeps to the scope it is given; the list here is checked against the modules."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, Engine

from etl import pipeline
from tests.conftest import Clock
from tests.etl.support import write_csv
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import open_engine
from warehouse.measures.computed import NotComputable, Reason
from warehouse.measures.period import Period
from warehouse.measures.status import Status
from warehouse.queries import actions, batches, completeness, expected, facts, lights, lineage, mart, rules, totals
from warehouse.queries.lights import Due
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import Selection
from warehouse.scope import Scope

ALL = Scope.everything()
LIMITED = Scope(districts=frozenset({"320404"}), domains=frozenset({"elderly"}))
NOTHING = Scope(districts=frozenset())
NOW, THEN = Selection(), Selection(period=Period(2020, 1))

SCOPELESS = {
    "fetch_state",
    "fetch_version_in_force",
    "fact_of",
    "fetch_data_version",
    "count_rows",
    "mart",
    "fetch_rule_versions",
    "stands",
    "fetch_uploads",
    "fetch_items_version",
}
"""What is known of the warehouse as a whole, and files as sent: they are told apart by who sent them."""

Call = Callable[[Scope, Connection, Catalog], Iterable[Any]]


def _rows(connection: Connection, catalog: Catalog) -> list[Any]:
    return mart.fetch_rows(ALL, connection, catalog, NOW, primary_only=False)


CALLS: dict[str, Call] = {
    "fetch_batches": batches.fetch_batches,
    "fetch_refused": batches.fetch_refused,
    "fetch_completeness": completeness.fetch_completeness,
    "fetch_expected": expected.fetch_expected,
    "count_arrivals": lambda s, c, k: expected.count_arrivals(s, c, k, Period(2020, 1)),
    "fetch_expected_periods": expected.fetch_expected_periods,
    "fetch_facts": facts.fetch_facts,
    "fetch_progress": facts.fetch_progress,
    "count_facts_by_source": lambda s, c, k: facts.count_facts_by_source(s, c, k).items(),
    "fetch_rows": lambda s, c, k: mart.fetch_rows(s, c, k, THEN),
    "fetch_series": lambda s, c, k: mart.fetch_series(s, c, k, k.indicators),
    "fetch_places": lambda s, c, k: mart.fetch_places(s, c, k, NOW, [row.place for row in _rows(c, k)]),
    "fetch_districts": lambda s, c, k: totals.fetch_districts(s, c, k, NOW).items(),
    "fetch_lights": lambda s, c, k: range(len(lights.fetch_lights(s, c, k, NOW))),
    "fetch_periods": mart.fetch_periods,
    "fetch_latest_reports": lambda s, c, k: mart.fetch_latest_reports(s, c, k).items(),
    "fetch_shares": lambda s, c, k: lineage.fetch_shares(s, c, k, _rows(c, k)).items(),
    "fetch_source_titles": lambda s, c, k: lineage.fetch_source_titles(s, c, k, _rows(c, k)),
    "sees_whole_source": lambda s, c, k: [x for x in k.sources if facts.sees_whole_source(s, c, k, x) and s != NOTHING],
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


def test_every_query_takes_a_scope_first_and_stands_in_this_list() -> None:
    tested = {*CALLS, "fetch_lineage", "fetch_total", "condition", "within", "seen"}
    tested |= {"fetch_item", "fetch_items", "fetch_numbers"}  # tests/warehouse/test_actions.py
    for module in (actions, batches, completeness, expected, facts, lights, lineage, mart, rules, totals):
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


@pytest.mark.parametrize("name", ["fetch_rows", "fetch_series", "fetch_places"])
def test_rows_of_the_mart_are_those_of_the_scopes_districts_and_domains(
    connection: Connection, catalog: Catalog, name: str
) -> None:
    zhonglou = catalog.district_by_code["320404"].key
    found = list(CALLS[name](LIMITED, connection, catalog))
    assert found
    seen = [
        row
        for row in CALLS[name](ALL, connection, catalog)
        if row.district_key == zhonglou and catalog.indicators[row.indicator_key].domain_code == "elderly"
    ]
    assert sorted(found, key=str) == sorted(seen, key=str)


@pytest.mark.parametrize("scope", [ALL, LIMITED], ids=["all", "limited"])
@pytest.mark.parametrize("selection", [NOW, THEN, Selection(period=Period(2020, 2))], ids=["now", "then", "after"])
def test_the_lights_count_what_the_rows_say(
    connection: Connection, catalog: Catalog, scope: Scope, selection: Selection
) -> None:
    rows = mart.fetch_rows(scope, connection, catalog, selection)
    found = lights.fetch_lights(scope, connection, catalog, selection)
    ran_before = [r for r in rows if r.previous_status is not None]
    moves = Counter((Status(r.previous_status or ""), r.light) for r in ran_before)
    assert rows and len(found) == len(rows)
    assert found.by_district == Counter((r.district_key, r.light) for r in rows)
    assert found.by_indicator == Counter((r.indicator_key, r.light) for r in rows)
    missing = [r for r in rows if r.light is Status.UNREPORTED]
    assert found.unreported == Counter((r.district_key, Due(r.due_period_key or 0, r.due_on)) for r in missing)
    assert found.moves == moves
    for before, now in moves:
        expected = [r.place for r in ran_before if (r.previous_status, r.light) == (before, now)]
        assert sorted(found.moved(before, now)) == sorted(expected)
    total = catalog.breakdown_by_code["total"].key
    indicators, districts = [[key] for key in catalog.indicators], list(catalog.districts)
    cells = found.cells(total, indicators, districts)
    assert {
        (districts[column], indicators[row][0]): lights.STATUSES[cells[row, column]]
        for row, column in zip(*(cells != lights.EMPTY).nonzero(), strict=True)
    } == {
        (r.district_key, r.indicator_key): r.light
        for r in sorted(rows, key=lambda r: (r.light is not Status.MONITOR, r.light is not Status.UNREPORTED))
        if r.breakdown_key == total
    }


def test_lights_of_some_districts_and_indicators_are_those_a_selection_of_them_has(
    connection: Connection, catalog: Catalog
) -> None:
    whole = lights.fetch_lights(ALL, connection, catalog, NOW)
    districts = frozenset({catalog.district_by_code["320404"].key})
    indicators = frozenset(i.key for i in catalog.indicators.values() if i.domain_code == "elderly")
    for chosen_d, chosen_i in ((districts, None), (None, indicators), (districts, indicators), (None, None)):
        selected = lights.fetch_lights(ALL, connection, catalog, NOW.only(districts=chosen_d, indicators=chosen_i))
        part = whole.only(chosen_d, chosen_i)
        assert len(part) == len(selected) > 0
        for count in ("by_district", "by_indicator", "unreported", "moves"):
            assert getattr(part, count) == getattr(selected, count)


def test_of_several_definitions_of_an_indicator_the_first_a_district_has_is_shown() -> None:
    def column(*values: int) -> lights.Ints:
        return np.array(values)

    zeros = column(0, 0, 0, 0)
    nobody = lights.Dues(*(column(),) * 4)
    found = lights.Lights(column(7, 7, 8, 9), column(1, 2, 2, 3), column(1, 1, 1, 2), column(0, 4, 5, 6), zeros, nobody)
    assert found.cells(1, [[1, 2], [3], [99]], [7, 8, 9, 10]).tolist() == [[0, 5, -1, -1], [-1] * 4, [-1] * 4]
    assert found.cells(1, [], []).shape == (0, 0)


def test_places_come_in_the_order_they_were_asked_for(connection: Connection, catalog: Catalog) -> None:
    places = list(dict.fromkeys(row.place for row in mart.fetch_rows(ALL, connection, catalog, NOW)))[::-7]
    found = [row.place for row in mart.fetch_places(ALL, connection, catalog, NOW, places)]
    assert list(dict.fromkeys(found)) == places, "a place whose report and next promise are both current has two rows"


def test_the_parts_of_a_ratio_outside_the_scope_are_not_added_up(connection: Connection, catalog: Catalog) -> None:
    indicator = catalog.indicators_by_code["nursing_bed_share"][-1]
    then = Selection(period=Period(2019, 2), indicators=frozenset({indicator.key}))
    rows = mart.fetch_rows(ALL, connection, catalog, then)
    seen = totals.fetch_total(ALL, connection, catalog, rows, indicator)
    assert (seen.value, seen.covered) == (70, 1)
    hidden = totals.fetch_total(NOTHING, connection, catalog, rows, indicator)
    assert hidden.value == NotComputable(Reason.PARTS_MISSING)


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


def test_a_source_is_seen_whole_only_by_who_sees_each_of_its_facts(connection: Connection, catalog: Catalog) -> None:
    of_district = {code: Scope(districts=frozenset({code})) for code in ("320404", "320413")}
    key = catalog.source_by_code["zhonglou-2020-h1"].key
    assert facts.sees_whole_source(ALL, connection, catalog, key)
    assert facts.sees_whole_source(of_district["320404"], connection, catalog, key)
    assert not facts.sees_whole_source(of_district["320413"], connection, catalog, key)
    one_domain = Scope(districts=frozenset({"320404"}), domains=frozenset({"elderly"}))
    assert not facts.sees_whole_source(one_domain, connection, catalog, key)


def test_an_interval_drawn_from_all_districts_is_for_who_sees_all(demo_file: Path) -> None:
    engine = open_engine(f"sqlite:///{demo_file}")
    with engine.connect() as connection:
        catalog = fetch_catalog(connection)
        some = Scope(districts=frozenset(catalog.district_by_code) - {"990101"})
        pooled = {"interval_basis": "pooled_districts"}
        full = [row for row in facts.fetch_progress(ALL, connection, catalog) if pooled.items() <= row.items()]
        assert full and all(row["forecast_low"] is not None for row in full)
        grain = ("district_code", "indicator_code", "breakdown_code", "period_code", "due_period_code")
        places = {tuple(row[name] for name in grain) for row in full}
        rows = [*facts.fetch_progress(some, connection, catalog)]
        theirs = [row for row in rows if tuple(row[name] for name in grain) in places]
        assert theirs and all(row["forecast_low"] is row["interval_basis"] is None for row in theirs)
        assert all(row["forecast"] is not None for row in theirs), "the forecast itself rests on the district's own"
        others = [row for row in facts.fetch_progress(ALL, connection, catalog) if row["district_code"] != "990101"]
        assert [row for row in rows if row not in theirs] == [row for row in others if row not in full]
        indicators = [row["indicator_code"] for row in theirs]
        keys = [version.key for version in catalog.indicators_by_code[indicators[0]]]
        for row in mart.fetch_series(some, connection, catalog, keys):
            assert row.interval_basis != "pooled_districts"
            assert row.interval_basis or row.forecast_low is None
    engine.dispose()
