"""The demo set: the same for a seed, marked as made up, and as believable as it claims to be."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, func, insert, select

from etl import pipeline
from etl.demo import LAST_YEAR, load_demo
from etl.demo.places import cities, districts_of
from etl.demo.variants import concepts
from tests.conftest import Open
from tests.etl.support import facts, mart, version
from warehouse import tables as t
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine, writing
from warehouse.errors import DabiaoError
from warehouse.measures.period import Period, from_key, span
from warehouse.measures.status import Status
from warehouse.migrate import upgrade
from warehouse.queries.mart import Selection, fetch_rows
from warehouse.scope import Scope

pytestmark = pytest.mark.xdist_group("default demo")
"""The large set is made once."""

SMALL = (5, 14, 3, 7)
DEFAULT = (16, 40, 6, 1)
LAST = Period(LAST_YEAR, 2)
HUNDREDTH = Decimal("0.01")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, dict[str, int]]]:
    """The set of ``python -m etl demo`` without options; only to be read."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('demo')}/demo.db")
    upgrade(engine)
    yield engine, load_demo(engine, *DEFAULT)
    engine.dispose()


@pytest.fixture
def connection(demo: tuple[Engine, dict[str, int]]) -> Iterator[Connection]:
    """Reads the default set."""
    with demo[0].connect() as connection:
        yield connection


def current(connection: Connection, table: Table) -> list[Any]:
    """The facts believed now."""
    return list(connection.execute(select(table).where(table.c.superseded_at.is_(None))))


def count(connection: Connection, table: Table) -> int:
    """Rows of a table."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def every_fact(engine: Engine) -> list[tuple[Any, ...]]:
    """All versions of all facts, without surrogate keys."""
    with engine.connect() as connection:
        return [
            tuple(row)[1:]
            for table in (t.fact_target, t.fact_actual)
            for row in connection.execute(select(table).order_by(table.c[table.primary_key.columns.keys()[0]]))
        ]


def test_a_seed_always_gives_the_same_facts(open_copy: Open, empty_file: Path) -> None:
    one, two, other = (open_copy(empty_file) for _ in range(3))
    assert load_demo(one, *SMALL) == load_demo(two, *SMALL)
    load_demo(other, *SMALL[:3], 8)
    assert every_fact(one) == every_fact(two) != every_fact(other)
    assert mart(one) == mart(two)


def test_a_district_has_the_same_history_whatever_the_size_of_the_set(open_copy: Open, empty_file: Path) -> None:
    def history(districts: int, indicators: int) -> list[Any]:
        engine = open_copy(empty_file)
        load_demo(engine, districts, indicators, 2, 1)
        rows = facts(engine)
        return [
            (row["kind"], row["period_code"], row["value"], row["numerator"])
            for row in rows
            if row["district_code"] == "990101" and row["indicator_code"] == "demo_homes_adapted"
        ]

    assert history(1, 1) == history(3, 5) != []


def test_everything_is_marked_as_demo(connection: Connection) -> None:
    kinds = set(connection.execute(select(t.dim_source.c.kind)).scalars())
    assert kinds == {"demo"}
    assert fetch_catalog(connection).is_demo
    assert {b.loaded_by for b in connection.execute(select(t.load_batch))} == {"demo"}
    catalog = fetch_catalog(connection)
    assert all(i.code.startswith("demo_") for i in catalog.indicators.values())
    assert all(d.code.startswith("99") and len(d.code) == 6 for d in catalog.districts.values())


def test_it_says_how_much_it_made(demo: tuple[Engine, dict[str, int]], connection: Connection) -> None:
    _, counts = demo
    catalog = fetch_catalog(connection)
    levels = Counter(d.level for d in catalog.districts.values())
    assert (counts["districts"], counts["cities"], counts["indicators"]) == (16, levels["city"], 40)
    assert (levels["district"], levels["province"], len(catalog.indicators)) == (16, 1, 40)
    assert counts["targets"] == len(current(connection, t.fact_target))
    assert counts["actuals"] == len(current(connection, t.fact_actual))
    assert counts["mart_rows"] == count(connection, t.fact_progress)
    versions = count(connection, t.fact_target) + count(connection, t.fact_actual)
    assert counts["corrections"] == versions - counts["targets"] - counts["actuals"] > 0


def test_the_half_years_end_with_the_last_year(connection: Connection) -> None:
    reported = {row.period_key for row in current(connection, t.fact_actual)}
    assert reported == {period.key for period in span(Period(LAST_YEAR - 5, 1), LAST)}


def test_every_light_shines_at_the_last_half_year(connection: Connection) -> None:
    m = t.fact_progress.c
    for condition in (m.period_key == LAST.key, m.is_current):
        lights = Counter(connection.execute(select(m.status).where(m.is_primary, condition)).scalars())
        assert set(lights) == {status.value for status in Status}
        assert lights["met"] > lights["missed"] > lights["breached"]


def test_the_mart_is_what_the_facts_say(demo: tuple[Engine, dict[str, int]]) -> None:
    assert pipeline.rebuild(demo[0], clock=lambda: datetime(2026, 6, 1, tzinfo=UTC)) == 0


def test_eighty_percent_intervals_cover_about_eighty_percent(connection: Connection) -> None:
    ended = {
        (a.indicator_key, a.district_key, a.breakdown_key, a.period_key): a.value
        for a in current(connection, t.fact_actual)
    }
    m = t.fact_progress.c
    rows = connection.execute(select(t.fact_progress).where(m.interval_basis == "own_years")).all()
    inside = []
    for row in rows:
        assert from_key(row.period_key).semester == 1
        value = ended.get((row.indicator_key, row.district_key, row.breakdown_key, row.due_period_key))
        if value is not None:
            inside.append(row.forecast_low <= value <= row.forecast_high)
    assert len(inside) > 400
    assert 0.75 <= sum(inside) / len(inside) <= 0.85


def test_a_ratio_is_what_its_parts_make(connection: Connection) -> None:
    catalog = fetch_catalog(connection)
    rows = connection.execute(select(t.fact_actual).where(t.fact_actual.c.numerator.is_not(None))).all()
    assert rows
    for row in rows:
        assert catalog.indicators[row.indicator_key].measure_type == "ratio"
        assert 0 <= row.numerator <= row.denominator
        assert row.numerator % 1 == row.denominator % 1 == 0
        assert row.value == (100 * row.numerator / row.denominator).quantize(HUNDREDTH, ROUND_HALF_UP)
    counted = [i.counted_zh and i.counted_en for i in catalog.indicators.values() if i.measure_type == "ratio"]
    assert all(counted)


def test_town_and_country_make_the_total(connection: Connection) -> None:
    catalog = fetch_catalog(connection)
    parts: dict[Any, dict[str, Any]] = defaultdict(dict)
    for row in current(connection, t.fact_actual):
        key = (row.indicator_key, row.district_key, row.period_key)
        parts[key][catalog.breakdowns[row.breakdown_key].code] = row
    split = 0
    for (indicator, _, _), figures in parts.items():
        if figures.keys() == {"total", "urban", "rural"}:
            split += 1
            names = (
                ("numerator", "denominator") if catalog.indicators[indicator].measure_type == "ratio" else ("value",)
            )
            for name in names:
                assert getattr(figures["total"], name) == sum(getattr(figures[k], name) for k in ("urban", "rural"))
        else:
            assert figures.keys() in ({"total"}, {"urban", "rural"})
    assert split > 500


def test_flows_never_shrink_within_a_year(connection: Connection) -> None:
    catalog = fetch_catalog(connection)
    flows = {
        (row.indicator_key, row.district_key, row.breakdown_key, row.period_key): row.value
        for row in current(connection, t.fact_actual)
        if catalog.indicators[row.indicator_key].measure_type == "flow"
    }
    for (*series, period), value in flows.items():
        if period % 10 == 1:
            assert value <= flows.get((*series, period + 1), value)


def test_cities_report_beside_their_districts(connection: Connection) -> None:
    catalog = fetch_catalog(connection)
    reported: dict[Any, Decimal] = {}
    districts: dict[Any, list[Decimal]] = defaultdict(list)
    for row in current(connection, t.fact_actual):
        district = catalog.districts[row.district_key]
        series = (row.indicator_key, row.breakdown_key, row.period_key)
        if district.level == "city":
            reported[district.code, *series] = row.value
        else:
            districts[district.parent_code, *series].append(row.value)
    complete = {key: sum(districts[key]) - value for key, value in reported.items() if len(districts[key]) == 8}
    same = sum(1 for difference in complete.values() if difference == 0)
    assert 0.5 < same / len(complete) < 0.95


def test_two_targets_apply_at_once(connection: Connection) -> None:
    m = t.fact_progress.c
    at_last = select(m.due_period_key).where(m.period_key == LAST.key, m.target_key.is_not(None))
    primary = set(connection.execute(at_last.where(m.is_primary)).scalars())
    others = set(connection.execute(at_last.where(~m.is_primary)).scalars())
    assert LAST.key in primary
    assert others == {20262}


def test_targets_are_written_in_every_way(connection: Connection) -> None:
    rows = current(connection, t.fact_target)
    assert {row.comparator for row in rows} == {">=", "<=", "=", "range", "all", None}
    assert {row.is_binding for row in rows} == {True, False}
    for name in ("baseline_value", "s1_value", "due_on", "value_high"):
        assert any(getattr(row, name) is not None for row in rows), name


def test_a_fact_in_thirty_is_missing_and_two_districts_are_silent(connection: Connection) -> None:
    catalog = fetch_catalog(connection)
    steady = {i.key for i in catalog.indicators.values() if i.measure_type in ("flow", "stock", "ratio")}
    districts = {d.key for d in catalog.districts.values() if d.level == "district"}
    total = catalog.breakdown_by_code["total"].key
    rows = [
        (row.district_key, row.period_key)
        for row in current(connection, t.fact_actual)
        if row.indicator_key in steady and row.district_key in districts and row.breakdown_key == total
    ]
    last = {district for district, period in rows if period == LAST.key}
    assert len(districts - last) == 2
    before = sum(1 for _, period in rows if period != LAST.key)
    assert 0.02 < 1 - before / (len(steady) * len(districts) * 11) < 0.04


def test_some_returns_come_late(connection: Connection) -> None:
    rows = [row for row in current(connection, t.fact_actual) if row.period_key == LAST.key]
    moments: dict[int, set[datetime]] = defaultdict(set)
    for row in rows:
        moments[row.district_key].add(row.recorded_at)
    late = {district for district, when in moments.items() if min(when) > datetime(2026, 2, 1, tzinfo=UTC)}
    assert len(late) == 3


@pytest.mark.parametrize("table", [t.fact_target, t.fact_actual], ids=lambda table: table.name)
def test_corrections_supersede_and_nothing_is_lost(connection: Connection, table: Table) -> None:
    period = "due_period_key" if table is t.fact_target else "period_key"
    grain = [table.c[name] for name in ("indicator_key", "district_key", "breakdown_key", period)]
    believed = {
        tuple(row[:4]): row for row in connection.execute(select(*grain, table).where(table.c.superseded_at.is_(None)))
    }
    gone = connection.execute(select(*grain, table).where(table.c.superseded_at.is_not(None))).all()
    assert gone
    for row in gone:
        now = believed[tuple(row[:4])]
        assert (row.superseded_at, row.superseded_by) == (now.recorded_at, now.batch_key)
        assert row.recorded_at < now.recorded_at
        assert row.value != now.value
    assert 0.005 < len(gone) / len(believed) < 0.015


def test_batches_say_what_they_brought(connection: Connection) -> None:
    brought: Counter[int] = Counter()
    for table in (t.fact_target, t.fact_actual):
        brought.update(connection.execute(select(table.c.batch_key)).scalars())
        for row in connection.execute(
            select(table.c.recorded_at, t.load_batch.c.loaded_at).join(
                t.load_batch, t.load_batch.c.batch_key == table.c.batch_key
            )
        ):
            assert row.recorded_at == row.loaded_at
    batches = connection.execute(select(t.load_batch).order_by(t.load_batch.c.batch_key)).all()
    assert {b.batch_key: b.facts_added + b.facts_corrected for b in batches} == brought
    assert all(b.rows_in == b.rows_accepted == brought[b.batch_key] for b in batches)
    assert [b.loaded_at for b in batches] == sorted(b.loaded_at for b in batches)


def test_earlier_days_are_told_apart(connection: Connection) -> None:
    catalog, scope = fetch_catalog(connection), Scope.everything()
    days = (datetime(2025, 8, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    views = [
        {
            (row.indicator_key, row.district_key, row.breakdown_key, row.period_key, row.target_key): row.actual
            for row in fetch_rows(scope, connection, catalog, Selection(as_of=day), primary_only=False)
        }
        for day in days
    ]
    assert views[0] != views[1] != views[2]
    now = fetch_rows(scope, connection, catalog, Selection(), primary_only=False)
    assert len(now) == len(views[2])


def test_every_fact_would_pass_an_import(tmp_path: Path, open_copy: Open, empty_file: Path) -> None:
    engine = open_copy(empty_file)
    load_demo(engine, 2, 60, 2, 3)
    rows = facts(engine)
    path = tmp_path / "facts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [name for name in rows[0] if name != "indicator_zh"], extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            comparator = {} if row["kind"] == "target" else {"comparator": None}
            writer.writerow(row | comparator)
    (result,) = pipeline.check(engine, [path])
    assert result.refusals == ()
    assert result.rows_accepted == len(rows)


def test_the_same_set_again_changes_nothing(engine: Engine) -> None:
    counts = load_demo(engine, *SMALL)
    before, known = version(engine), every_fact(engine)
    assert load_demo(engine, *SMALL) == counts
    assert (version(engine), every_fact(engine)) == (before, known)


def test_another_set_takes_the_place_of_the_first(engine: Engine, open_copy: Open, empty_file: Path) -> None:
    load_demo(engine, *SMALL)
    before = version(engine)
    counts = load_demo(engine, 2, 3, 1, 1)
    fresh = open_copy(empty_file)
    assert load_demo(fresh, 2, 3, 1, 1) == counts
    assert int(version(engine)) > int(before)
    assert facts(engine) == facts(fresh)
    assert mart(engine) == mart(fresh)
    with engine.connect() as connection:
        assert count(connection, t.dim_indicator) == 3


def test_a_database_with_other_data_is_refused(loaded: Engine) -> None:
    before = facts(loaded)
    with pytest.raises(DabiaoError) as refused:
        load_demo(loaded, 1, 1, 1, 1)
    assert "DATABASE_URL" in refused.value.zh
    assert "DATABASE_URL" in refused.value.en
    assert facts(loaded) == before


def test_one_foreign_source_is_enough(engine: Engine) -> None:
    load_demo(engine, 1, 1, 1, 1)
    with writing(engine) as connection:
        connection.execute(insert(t.dim_source), {"source_code": "file-1", "kind": "csv", "title": "x.csv"})
    with pytest.raises(DabiaoError):
        load_demo(engine, 1, 1, 1, 1)


def test_the_smallest_set(engine: Engine) -> None:
    counts = load_demo(engine, 1, 1, 1, 1)
    assert (counts["districts"], counts["cities"], counts["indicators"], counts["targets"]) == (1, 1, 1, 2)
    assert {row["period_code"] for row in facts(engine)} <= {"2025-S1", "2025-S2"}
    assert pipeline.rebuild(engine) == 0


def test_a_long_history_reaches_beyond_the_periods_on_file(engine: Engine) -> None:
    load_demo(engine, 1, 8, 30, 1)
    assert min(row["period_code"] for row in facts(engine)) == "1996-S1"


@pytest.mark.parametrize("size", [(0, 1, 1), (3001, 1, 1), (1, 0, 1), (1, 401, 1), (1, 1, 0), (1, 1, 31)])
def test_impossible_sizes(engine: Engine, size: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="not a size"):
        load_demo(engine, *size, 1)


def test_progress_is_told(engine: Engine) -> None:
    told: dict[str, list[tuple[int, int]]] = defaultdict(list)
    load_demo(engine, *SMALL, progress=lambda name: lambda done, total: told[name].append((done, total)))
    assert told["demo"] == [(n, 5) for n in range(1, 6)]
    assert told["fact_progress"][-1][0] == told["fact_progress"][-1][1] > 0


def test_three_thousand_districts_have_names_of_their_own() -> None:
    towns = cities(3000)
    places = [*towns, *(d for n, city in enumerate(towns) for d in districts_of(city, n, len(towns), 3000))]
    assert len(places) == 3000 + len(towns)
    for name in ("code", "zh", "en"):
        assert len({getattr(place, name) for place in places}) == len(places), name


def test_four_hundred_indicators_have_names_and_definitions_of_their_own() -> None:
    everything = concepts(400)
    for name in ("indicator_code", "zh", "en", "definition_zh", "definition_en"):
        assert len({getattr(concept, name) for concept in everything}) == 400, name
    types = {concept.measure_type for concept in concepts(6)}
    assert types == {"flow", "stock", "ratio", "rate_standard", "milestone"}
