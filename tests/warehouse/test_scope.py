"""A reader sees the districts and domains of its scope, and nothing else, by whatever way."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from etl import pipeline
from tests.conftest import Clock, Open
from tests.etl.support import ACTUAL_HEADER, write_csv
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import open_engine
from warehouse.queries.batches import count_rows, fetch_batches, fetch_refused
from warehouse.queries.completeness import fetch_completeness
from warehouse.queries.facts import fetch_facts, fetch_progress
from warehouse.scope import Scope

ALL = Scope.everything()
ZHONGLOU = Scope(districts=frozenset({"320404"}))
ELDERLY = Scope(domains=frozenset({"elderly"}))
BOTH = Scope(districts=frozenset({"320404"}), domains=frozenset({"elderly"}))
NOTHING = Scope(districts=frozenset())
UNKNOWN = Scope(districts=frozenset({"999999"}))
SCOPES = {"zhonglou": ZHONGLOU, "elderly": ELDERLY, "both": BOTH, "nothing": NOTHING, "unknown": UNKNOWN}


@pytest.fixture(scope="module")
def database(loaded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The project's data, and an upload about two districts of which one row was refused."""
    folder = tmp_path_factory.mktemp("scope")
    shutil.copyfile(loaded_file, folder / "a.db")
    engine = open_engine(f"sqlite:///{folder / 'a.db'}")
    rows = [
        "320404,orphans,total,2021-S1,18,person",
        "320413,orphans,total,2021-S1,9,person",
        "320413,orphans,total,x,9,person",
    ]
    pipeline.load(engine, [write_csv(folder / "two.csv", ACTUAL_HEADER, rows)], clock=Clock())
    own = ["320404,orphans,total,2021-S2,18,person", "320404,orphans,total,?,9,person"]
    pipeline.load(engine, [write_csv(folder / "own.csv", ACTUAL_HEADER, own)], clock=Clock())
    yield engine
    engine.dispose()


def _seen(scope: Scope, catalog: Catalog, row: dict[str, Any]) -> bool:
    [indicator] = catalog.indicators_by_code[row["indicator_code"]]
    return scope.sees_district(row["district_code"]) and scope.sees_domain(indicator.domain_code)


@pytest.mark.parametrize("fetch", [fetch_facts, fetch_progress])
@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_a_limited_scope_is_the_whole_filtered(
    connection: Connection, catalog: Catalog, fetch: Any, scope: Scope
) -> None:
    everything = list(fetch(ALL, connection, catalog))
    assert list(fetch(scope, connection, catalog)) == [row for row in everything if _seen(scope, catalog, row)]


def test_everything_is_every_row_there_is(connection: Connection, catalog: Catalog) -> None:
    counted = count_rows(connection)
    assert len(list(fetch_facts(ALL, connection, catalog))) == counted["fact_target"] + counted["fact_actual"]
    assert len(list(fetch_progress(ALL, connection, catalog))) == counted["fact_progress"]


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_completeness_counts_only_what_may_be_seen(connection: Connection, catalog: Catalog, scope: Scope) -> None:
    rows = [row for row in fetch_progress(scope, connection, catalog) if row["is_primary"]]
    found = fetch_completeness(scope, connection, catalog)
    counted = {(c.district.code, c.period.code): (c.expected, c.reported, c.untargeted) for c in found}
    expected: dict[tuple[str, str], tuple[int, int, int]] = {}
    for row in rows:
        key = row["district_code"], row["period_code"]
        e, r, u = expected.get(key, (0, 0, 0))
        judged = row["status"] != "monitor"
        expected[key] = e + judged, r + (judged and row["status"] != "unreported"), u + (not judged)
    assert counted == expected
    assert found == sorted(found, key=lambda c: (c.district.sort_order, c.period))


def test_a_batch_shows_only_where_all_of_it_may_be_seen(connection: Connection, catalog: Catalog) -> None:
    def names(scope: Scope) -> set[str]:
        return {Path(batch.file_name).name for batch in fetch_batches(scope, connection, catalog)}

    assert len(fetch_batches(ALL, connection, catalog)) == 10
    assert names(ZHONGLOU) == {"zhonglou-2020-h1.csv"}, "a refused row of own.csv may be about another district"
    assert "two.csv" not in names(Scope(districts=frozenset({"320404", "320413"})))
    assert names(ELDERLY) == set(), "every file speaks of other domains, too"
    assert names(NOTHING) == names(UNKNOWN) == set()


def test_refused_rows_are_for_who_sees_everything(connection: Connection, catalog: Catalog) -> None:
    def found(scope: Scope) -> list[tuple[str, str | None]]:
        return [(Path(r.file_name).name, r.value) for r in fetch_refused(scope, connection, catalog)]

    assert found(ALL) == [("own.csv", "?"), ("two.csv", "x")]
    for scope in (ZHONGLOU, ELDERLY, Scope(districts=frozenset(catalog.district_by_code)), NOTHING):
        assert found(scope) == []


def test_refused_rows_of_an_undone_or_corrected_file_are_gone(
    open_copy: Open, loaded_file: Path, tmp_path: Path, clock: Clock
) -> None:
    engine = open_copy(loaded_file)
    for value in ("x", "?"):
        pipeline.load(
            engine,
            [write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [f"320404,orphans,total,{value},1,person"])],
            clock=clock,
        )
    with engine.connect() as connection:
        assert [r.value for r in fetch_refused(ALL, connection, fetch_catalog(connection))] == ["?"]
    for batch in (9, 10):
        pipeline.undo(engine, batch, clock=clock)
    with engine.connect() as connection:
        assert fetch_refused(ALL, connection, fetch_catalog(connection)) == []


def test_the_newest_batches_come_first_and_may_be_limited(connection: Connection, catalog: Catalog) -> None:
    keys = [batch.key for batch in fetch_batches(ALL, connection, catalog)]
    assert keys == sorted(keys, reverse=True)
    assert [batch.key for batch in fetch_batches(ALL, connection, catalog, limit=3)] == keys[:3]


def test_a_scope_is_a_key_of_its_own() -> None:
    scopes = [ALL, *SCOPES.values(), Scope(districts=frozenset({"elderly"})), Scope(domains=frozenset())]
    assert len({scope.key for scope in scopes}) == len(scopes)
    assert Scope(districts=frozenset({"b", "a"})).key == Scope(districts=frozenset({"a", "b"})).key
