"""Opening a database: what each connection is, what a write transaction is, and who may look."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import IntegrityError

from tests.conftest import Open
from warehouse import engine as engines
from warehouse import tables as t
from warehouse.engine import check_schema, database_url, open_engine, writing
from warehouse.errors import DabiaoError, DatabaseMissing, DatabaseUnreachable, SchemaOutdated, SchemaTooNew
from warehouse.migrate import upgrade

DOMAIN = {"domain_code": "x", "name_zh": "某", "name_en": "x", "sort_order": 1}


def test_the_address_is_the_setting_or_a_file_under_data(monkeypatch: pytest.MonkeyPatch) -> None:
    assert database_url() == engines.DEFAULT_URL
    monkeypatch.setenv("DATABASE_URL", "sqlite:///elsewhere.db")
    assert database_url() == "sqlite:///elsewhere.db"
    monkeypatch.setenv("DATABASE_URL", "")
    assert database_url() == engines.DEFAULT_URL, "an empty setting is none"


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 10_000), ("synchronous", 1)]
)
def test_every_sqlite_connection_is_set_up(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as one, engine.connect() as another:
        for connection in (one, another):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


def test_a_write_is_all_or_nothing(engine: Engine) -> None:
    with pytest.raises(KeyError), writing(engine) as connection:
        connection.execute(insert(t.dim_domain).values(DOMAIN))
        raise KeyError
    with engine.connect() as connection:
        assert connection.execute(select(t.dim_domain)).all() == []
    with writing(engine) as connection:
        connection.execute(insert(t.dim_domain).values(DOMAIN))
    with engine.connect() as connection:
        assert len(connection.execute(select(t.dim_domain)).all()) == 1


def test_the_writer_has_the_lock_from_its_first_moment(engine: Engine) -> None:
    with writing(engine):
        other = sqlite3.connect(str(engine.url.database), timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_reader_sees_one_state_however_long_it_reads(engine: Engine) -> None:
    with engine.connect() as reader:
        assert reader.execute(select(t.dim_domain)).all() == []
        with writing(engine) as writer:
            writer.execute(insert(t.dim_domain).values(DOMAIN))
        assert reader.execute(select(t.dim_domain)).all() == []


def test_a_mistake_in_the_program_is_not_blamed_on_the_database(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(t.dim_domain), [DOMAIN, DOMAIN])


def test_foreign_keys_hold(engine: Engine) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), writing(engine) as connection:
        connection.execute(insert(t.quarantine_row).values(batch_key=1, row_no=2, reason_code="not_a_number", raw="{}"))


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "sqlite", "oracle://u@h/x", "cats://h/x", "postgresql://h:port/x"],
)
def test_an_address_that_is_none_is_a_message(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "DEFAULT_URL", "not an address")
    with pytest.raises(DatabaseUnreachable, match="DATABASE_URL"):
        open_engine(url)


def test_opening_makes_no_file(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(DatabaseMissing):
        check_schema(engine)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_database_yet(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(DatabaseMissing):
        check_schema(engine)
    upgrade(engine)
    check_schema(engine)
    engine.dispose()


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "a.db")
    other.execute("create table cats (name text)")
    other.close()
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(DatabaseMissing):
        check_schema(engine)
    engine.dispose()


def test_schemas_that_do_not_fit_say_which_is_which(
    open_copy: Open, empty_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_copy(empty_file)
    with writing(engine) as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="9999 比本程序（0005）新"):
        check_schema(engine)
    with writing(engine) as connection:
        connection.execute(text("update alembic_version set version_num = '0001'"))
    monkeypatch.setattr(engines, "SCHEMA", "0002")
    with pytest.raises(SchemaOutdated, match="0001，本程序需要 0002") as found:
        check_schema(engine)
    assert "Run python -m etl upgrade" in found.value.text("en")


def test_every_error_speaks_both_languages() -> None:
    errors: list[DabiaoError] = [
        DatabaseMissing(),
        SchemaOutdated("1", "2"),
        SchemaTooNew("2", "1"),
        DatabaseUnreachable("x"),
    ]
    for error in errors:
        assert error.text("zh") == str(error) != error.text("en")
        assert error.text("fr") == error.text("zh"), "Chinese where a language is unknown"
