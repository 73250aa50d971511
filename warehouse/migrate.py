"""Bringing a database to the newest schema, by Alembic; apart from the rest, which has no need to load it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from warehouse.engine import SCHEMA, writing
from warehouse.errors import DatabaseUnreachable


def upgrade(engine: Engine) -> str:
    """Bring the database to the newest schema; returns its revision. Creates the SQLite file's folder."""
    database = engine.url.database
    if engine.dialect.name == "sqlite" and database and database != ":memory:":
        try:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnreachable(str(error)) from error
    with writing(engine) as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return SCHEMA


def alembic_config() -> Config:
    """Where Alembic finds the migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
