"""The same warehouse on PostgreSQL: the same facts and the same figures, row for row."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text, update
from typer.testing import CliRunner

from etl import cli, pipeline, staging
from etl import commit as committing
from tests.conftest import START, Clock
from tests.etl.support import ACTUAL_HEADER, counts, facts, mart, rows_of_the_mart, version, write_csv
from tests.etl.test_staging import approve_at_once, sent, staged
from tests.warehouse import conftest
from tests.warehouse.conftest import Server, database_of
from warehouse import tables as t
from warehouse.engine import check_schema, open_engine, writing
from warehouse.errors import DatabaseMissing, DatabaseUnreachable
from warehouse.migrate import alembic_config, upgrade
from warehouse.queries.rules import RuleLine, fetch_rule_versions
from warehouse.room_tables import metadata
from warehouse.scope import Scope

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]

BAD = Path(__file__).parents[1] / "etl" / "bad"


@pytest.fixture(scope="module")
def template(postgresql: Server) -> str:
    """A database with the project's own data, to be copied."""
    engine = postgresql.create()
    upgrade(engine)
    pipeline.load(engine, who="tests", clock=Clock(START))
    engine.dispose()
    return database_of(engine)


@pytest.fixture
def on_postgresql(postgresql: Server, template: str) -> Engine:
    """The project's data on PostgreSQL."""
    return postgresql.create(template)


def digits(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with decimals as text, so that 80.00 is not 80."""
    return [{k: f"{v:f}" if isinstance(v, Decimal) else v for k, v in row.items()} for row in rows]


def test_facts_and_figures_are_those_of_sqlite_row_for_row(on_postgresql: Engine, loaded: Engine) -> None:
    assert digits(facts(on_postgresql)) == digits(facts(loaded))
    assert digits(mart(on_postgresql)) == digits(mart(loaded))
    assert counts(on_postgresql) == counts(loaded)
    assert pipeline.rebuild(on_postgresql, clock=Clock()) == 0


def test_loading_again_changes_nothing(on_postgresql: Engine) -> None:
    before, was = counts(on_postgresql), version(on_postgresql)
    assert {result.state for result in pipeline.load(on_postgresql, clock=Clock())} == {"unchanged"}
    assert (counts(on_postgresql), version(on_postgresql)) == (before, was)


def test_corrections_and_undoing_go_as_on_sqlite(on_postgresql: Engine, loaded: Engine, tmp_path: Path) -> None:
    first = facts(on_postgresql), mart(on_postgresql)
    rows = ["320404,dibao_persons,urban,2020-S1,{},person", "320404,home_adaptations,total,2020-S1,{},household"]
    clocks = {on_postgresql: Clock(), loaded: Clock()}
    for value in (350, 400):
        path = write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [row.format(value) for row in rows])
        for engine, clock in clocks.items():
            pipeline.load(engine, [path], clock=clock)
    for batch in (5, 9, 8, 10):
        for engine, clock in clocks.items():
            pipeline.undo(engine, batch, clock=clock)
            assert pipeline.rebuild(engine, clock=clock) == 0
        assert digits(facts(on_postgresql)) == digits(facts(loaded))
        assert digits(mart(on_postgresql)) == digits(mart(loaded))
        assert counts(on_postgresql) == counts(loaded)
    for engine, clock in clocks.items():
        named = [pipeline.DATA / kind / "zhonglou-2020-h1.csv" for kind in ("targets", "actuals")]
        assert [r.state for r in pipeline.load(engine, named, clock=clock)] == ["published", "published"]
    assert (facts(on_postgresql), mart(on_postgresql)) == first


def test_rows_are_refused_as_on_sqlite(on_postgresql: Engine, loaded: Engine) -> None:
    files = sorted(BAD.iterdir())[::5]
    here = pipeline.load(on_postgresql, files, clock=Clock())
    there = pipeline.load(loaded, files, clock=Clock())
    assert [(r.file_name, r.refusals) for r in here] == [(r.file_name, r.refusals) for r in there]
    assert counts(on_postgresql) == counts(loaded)
    assert counts(loaded)["quarantine_row"] == len(files)


@pytest.mark.parametrize("value", ["114.4907", "0.1", "80.00", "-0.000001", "9" * 30, "0." + "1" * 29])
def test_a_decimal_survives_digit_for_digit(on_postgresql: Engine, value: str) -> None:
    a = t.fact_actual
    with writing(on_postgresql) as connection:
        connection.execute(update(a).where(a.c.actual_key == 1).values(value=Decimal(value)))
        found = connection.execute(a.select().where(a.c.actual_key == 1)).one().value
    assert f"{found:f}" == value


def test_a_rebuild_mends_the_mart(on_postgresql: Engine) -> None:
    right, p = mart(on_postgresql), t.fact_progress
    with writing(on_postgresql) as connection:
        connection.execute(update(p).where(p.c.progress_key <= 3).values(status="met", sort_pace=7.5))
    assert pipeline.rebuild(on_postgresql, clock=Clock()) == 6
    assert mart(on_postgresql) == right


def test_rules_are_previewed_and_changed_as_on_sqlite(on_postgresql: Engine, loaded: Engine, tmp_path: Path) -> None:
    rows = [
        f"320404,home_adaptations,total,{period},{n},household" for period, n in (("2019-S2", 600), ("2020-S1", 290))
    ]
    path, after = write_csv(tmp_path / "a.csv", ACTUAL_HEADER, rows), START + timedelta(days=60)
    clocks = {on_postgresql: Clock(after), loaded: Clock(after)}
    for engine, clock in clocks.items():
        pipeline.load(engine, [path], clock=clock)
    plan = [
        [RuleLine(amber_share=Decimal("0.9"), note_zh="更严")],
        [RuleLine(amber_share=Decimal("0.9"), s1_share=Decimal("0.40")), RuleLine("elderly", weight=Decimal("2.50"))],
        [RuleLine(amber_share=Decimal("0.7"))],
    ]
    for lines in plan:
        shown = {engine: rows_of_the_mart(engine) for engine in clocks}
        here, there = (pipeline.preview_rules(engine, lines, clock=clock) for engine, clock in clocks.items())
        assert (here.changes, here.others, here.seal) == (there.changes, there.others, there.seal)
        assert here.changes and here.in_force != here.version
        for engine, clock in clocks.items():
            moment = clock.now
            pipeline.change_rules(engine, lines, seal=here.seal, reason="试", who="tests", clock=clock)
            assert pipeline.rebuild(engine, clock=clock) == 0
            assert rows_of_the_mart(engine, moment) == shown[engine]
        assert digits(mart(on_postgresql)) == digits(mart(loaded))
        assert counts(on_postgresql) == counts(loaded)
    with on_postgresql.connect() as one, loaded.connect() as other:
        assert fetch_rule_versions(one) == fetch_rule_versions(other)


def test_rules_that_fail_half_way_leave_the_old_ones(on_postgresql: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counts(on_postgresql), version(on_postgresql), rows_of_the_mart(on_postgresql)
    lines = [RuleLine(amber_share=Decimal("0.9"))]
    seal = pipeline.preview_rules(on_postgresql, lines).seal

    def fail(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "bump", fail)
    monkeypatch.setattr(committing, "bump", fail)
    with pytest.raises(KeyboardInterrupt):
        pipeline.change_rules(on_postgresql, lines, seal=seal, reason="试")
    assert (counts(on_postgresql), version(on_postgresql), rows_of_the_mart(on_postgresql)) == before


def test_nothing_is_missing_from_the_migrations(on_postgresql: Engine) -> None:
    with on_postgresql.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_step_can_be_taken_back(on_postgresql: Engine) -> None:
    config = alembic_config()
    with writing(on_postgresql) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(on_postgresql).get_table_names() == ["alembic_version"]
    with pytest.raises(DatabaseMissing):
        check_schema(on_postgresql)
    upgrade(on_postgresql)
    check_schema(on_postgresql)


def test_a_load_that_fails_half_way_leaves_the_old_state(
    on_postgresql: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counts(on_postgresql), version(on_postgresql)
    path = write_csv(tmp_path / "a.csv", ACTUAL_HEADER, ["320404,orphans,total,2021-S1,9,person"])

    def fail(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "bump", fail)
    monkeypatch.setattr(committing, "bump", fail)
    with pytest.raises(KeyboardInterrupt):
        pipeline.load(on_postgresql, [path], clock=Clock())
    assert (counts(on_postgresql), version(on_postgresql)) == before


def test_two_people_publishing_at_once(on_postgresql: Engine) -> None:
    approve_at_once(on_postgresql, on_postgresql.url.render_as_string(hide_password=False), Clock())


def test_a_server_that_goes_away_half_way_is_a_message_and_nothing_is_half_done(
    postgresql: Server, on_postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = staged(on_postgresql, Clock(), "320404,orphans,total,2021-S1,9,person")
    before = counts(on_postgresql), version(on_postgresql), mart(on_postgresql)
    real = committing.bump

    def cut(connection: Connection, at: datetime) -> None:
        real(connection, at)
        disconnect_all(postgresql, on_postgresql)

    with monkeypatch.context() as patch:
        patch.setattr(committing, "bump", cut)
        with pytest.raises(DatabaseUnreachable):
            staging.approve(on_postgresql, batch, who="user:wang", clock=Clock())
    assert (counts(on_postgresql), version(on_postgresql), mart(on_postgresql)) == before
    disconnect_all(postgresql, on_postgresql)
    assert staging.approve(on_postgresql, batch, who="user:wang", clock=Clock()).state == "published", (
        "dead connections"
    )


def disconnect_all(postgresql: Server, engine: Engine) -> None:
    """As a server does that is stopped."""
    others = text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name")
    admin = open_engine(postgresql.url("postgres"))
    with admin.connect() as connection:
        connection.execute(others, {"name": database_of(engine)})
    admin.dispose()


def test_looking_and_staging_go_as_on_sqlite(on_postgresql: Engine, loaded: Engine) -> None:
    seen = {}
    for engine in (on_postgresql, loaded):
        key = sent(engine, Clock(), "320404,home_adaptations,total,2020-S1,700,household", "320404,x,,2020,1,person")
        before = counts(engine), version(engine), digits(mart(engine))
        look = staging.look(engine, key, scope=Scope.everything(), clock=Clock())
        assert (counts(engine), version(engine), digits(mart(engine))) == before
        seen[engine] = (look.seal, look.lights, look.result.findings)
    assert seen[on_postgresql] == seen[loaded] and len(seen[loaded][1]) == 1


def test_one_writes_after_the_other(postgresql: Server, on_postgresql: Engine) -> None:
    impatient = open_engine(f"{postgresql.url(database_of(on_postgresql))}?options=-c%20lock_timeout%3D1")
    with writing(on_postgresql):
        with pytest.raises(DatabaseUnreachable, match="lock timeout"), writing(impatient):
            pass
        with impatient.connect() as reader:
            assert reader.execute(text("select count(*) from fact_actual")).scalar_one() == 196
    with writing(impatient):
        pass
    impatient.dispose()


def test_a_machine_without_postgresql_fails_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    monkeypatch.setattr(conftest.shutil, "which", lambda name: None)
    with pytest.raises(pytest.fail.Exception, match="apt-get install -y postgresql"):
        conftest.installed_programs()


def test_a_server_or_database_that_is_not_there_is_a_message(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (postgresql.url("nowhere"), "postgresql+psycopg://postgres@127.0.0.1:1/x"):
        engine = open_engine(url)
        with pytest.raises(DatabaseUnreachable):
            check_schema(engine)
        engine.dispose()
    with pytest.raises(DatabaseMissing):
        check_schema(postgresql.create())


def test_status_names_the_database_without_its_password(on_postgresql: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", on_postgresql.url.render_as_string(hide_password=False))
    document = json.loads(CliRunner().invoke(cli.app, ["status", "--json"]).stdout)
    assert database_of(on_postgresql) in document["database"] and "secret" not in document["database"]
    assert document["rows"]["fact_actual"] == 196
