"""What all tests share: databases of their own, a clock that stands where it is put, a clean environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from etl import pipeline
from etl.demo import load_demo
from etl.reference import load_reference
from warehouse import engine as engines
from warehouse.engine import open_engine, writing
from warehouse.migrate import upgrade

settings.register_profile(
    "dabiao",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("dabiao")

ENVIRONMENT = (
    "DATABASE_URL", "DABIAO_LANG", "DABIAO_BULLETIN_TEMPLATE", "DABIAO_CHROMIUM", "LC_ALL", "LANG", "COLUMNS",
    "FORCE_COLOR", "NO_COLOR",
)  # fmt: skip
"""Variables of the caller that would change what a test sees."""

START = datetime(2026, 1, 1, tzinfo=UTC)

DEMO = (17, 14, 3, 7)
"""Districts, indicators, years and seed of the tests' synthetic province."""

Open = Callable[..., Engine]


class Clock:
    """A clock that moves only when it is read: a minute each time."""

    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        """The moment, a minute after the last."""
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture(autouse=True, scope="session")
def _environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of the caller reaches a test, and no test reaches the project's own database."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ENVIRONMENT:
            patch.delenv(name, raising=False)
        patch.setattr(engines, "DEFAULT_URL", f"sqlite:///{tmp_path_factory.mktemp('default')}/none.db")
        yield


@pytest.fixture
def clock() -> Clock:
    """A fixed clock."""
    return Clock()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without a row; to be copied, not opened."""
    return _prepared(tmp_path_factory.mktemp("empty") / "dabiao.db", lambda engine: None)


@pytest.fixture(scope="session")
def reference_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's dimensions, but no fact; to be copied, not opened."""

    def fill(engine: Engine) -> None:
        with writing(engine) as connection:
            load_reference(connection, pipeline.DATA)

    return _prepared(tmp_path_factory.mktemp("reference") / "dabiao.db", fill)


@pytest.fixture(scope="session")
def loaded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything under data/; to be copied, not opened."""

    def fill(engine: Engine) -> None:
        pipeline.load(engine, who="tests", clock=Clock(START - timedelta(days=1)))

    return _prepared(tmp_path_factory.mktemp("loaded") / "dabiao.db", fill)


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic province of 17 districts; to be copied, or only read."""

    def fill(engine: Engine) -> None:
        load_demo(engine, *DEMO)

    return _prepared(tmp_path_factory.mktemp("demo") / "dabiao.db", fill)


@pytest.fixture(scope="session")
def static_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compressed copies of static files lie, for all processes of a run: making them takes seconds."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "static"


@pytest.fixture
def open_copy(tmp_path: Path) -> Iterator[Open]:
    """Opens a copy of a database file of its own; every engine is disposed of at the end."""
    opened: list[Engine] = []

    def open_one(template: Path) -> Engine:
        copy = tmp_path / f"copy-{len(opened)}.db"
        shutil.copyfile(template, copy)
        opened.append(open_engine(f"sqlite:///{copy}"))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.dispose()


@pytest.fixture
def engine(open_copy: Open, empty_file: Path) -> Engine:
    """A fresh, migrated database."""
    return open_copy(empty_file)


@pytest.fixture
def reference(open_copy: Open, reference_file: Path) -> Engine:
    """A database with the project's dimensions and no fact."""
    return open_copy(reference_file)


@pytest.fixture
def loaded(open_copy: Open, loaded_file: Path) -> Engine:
    """A database with the project's own data."""
    return open_copy(loaded_file)


@pytest.fixture
def data_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of data/ that the pipeline takes for the real one, file names and all."""
    copy = tmp_path / "data"
    shutil.copytree(pipeline.DATA, copy, ignore=shutil.ignore_patterns("var"))
    monkeypatch.setattr(pipeline, "DATA", copy)
    monkeypatch.setattr(pipeline, "ROOT", tmp_path)
    return copy


def _prepared(path: Path, fill: Callable[[Engine], None]) -> Path:
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    fill(engine)
    engine.dispose()  # the last connection writes the log back into the file
    return path
