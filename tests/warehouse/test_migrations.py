"""The migrated database is the one ``tables.py`` describes, and every step can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Inspector, inspect

from tests.conftest import Open
from warehouse.engine import SCHEMA, check_schema, open_engine, writing
from warehouse.errors import DatabaseMissing
from warehouse.migrate import alembic_config, upgrade
from warehouse.room_tables import metadata


def _description(inspector: Inspector) -> dict[str, Any]:
    """Everything the database knows of its tables, names and order of columns included."""
    found: dict[str, Any] = {}
    for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        columns = [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(table)]
        found[table] = {
            "columns": columns,
            "primary": inspector.get_pk_constraint(table),
            "foreign": sorted(inspector.get_foreign_keys(table), key=str),
            "unique": sorted(inspector.get_unique_constraints(table), key=str),
            "check": sorted(inspector.get_check_constraints(table), key=str),
            "indexes": sorted((_index(index) for index in inspector.get_indexes(table)), key=str),
        }
    return found


def _index(found: Any) -> dict[str, Any]:
    """An index, the condition of a partial one as text."""
    options = {name: str(value) for name, value in found.get("dialect_options", {}).items()}
    return {**found, "dialect_options": options}


def test_nothing_is_missing_from_the_migrations(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrated_database_is_the_described_one_to_the_last_check(engine: Engine, tmp_path: Any) -> None:
    described = open_engine(f"sqlite:///{tmp_path / 'described.db'}")
    with writing(described) as connection:
        metadata.create_all(connection)
    assert _description(inspect(engine)) == _description(inspect(described))
    described.dispose()


def test_upgrading_twice_changes_nothing(loaded: Engine) -> None:
    before = _description(inspect(loaded))
    assert upgrade(loaded) == upgrade(loaded)
    assert _description(inspect(loaded)) == before
    check_schema(loaded)


def test_there_is_one_newest_revision_and_it_is_reached_from_nothing() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert scripts.get_heads() == [SCHEMA]
    revisions = list(scripts.walk_revisions())
    assert revisions[-1].down_revision is None
    assert [script.revision for script in reversed(revisions)] == [f"{n + 1:04}" for n in range(len(revisions))]


def test_every_step_can_be_taken_back(open_copy: Open, loaded_file: Any) -> None:
    engine = open_copy(loaded_file)
    config: Config = alembic_config()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    with pytest.raises(DatabaseMissing):
        check_schema(engine)
    upgrade(engine)
    check_schema(engine)


def test_every_table_and_column_says_what_it_is() -> None:
    for table in metadata.sorted_tables:
        assert table.comment, table.name
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"
