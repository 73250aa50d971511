"""Killed at any moment, or refused by the disk, the database shows the old state, and says so politely."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from etl import cli, pipeline, staging
from etl.examine import Asked
from tests.conftest import START, Clock, Open
from tests.etl import dying, dying_often
from tests.etl.support import ACTUAL_HEADER, counts, facts, indexes_of_the_mart, mart, version, write_csv
from warehouse import engine as engines
from warehouse import tables as t
from warehouse.engine import ROOT, check_schema, open_engine
from warehouse.errors import DatabaseMissing, DatabaseUnreachable
from warehouse.migrate import upgrade

ROWS = [
    "320404,dibao_persons,urban,2020-S1,1378,person",
    "320404,home_adaptations,total,2020-S1,350,household",
    "320404,home_adaptations,total,2019-S2,600,household",
]


def state(engine: Engine) -> tuple[Any, ...]:
    return counts(engine), version(engine), facts(engine), mart(engine)


@pytest.fixture(scope="module")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A correction and two new facts."""
    return write_csv(tmp_path_factory.mktemp("new") / "a.csv", ACTUAL_HEADER, ROWS)


@pytest.fixture(scope="module")
def killed(
    loaded_file: Path, new_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Engine]]:
    """Opens the database whose writer was killed at a point."""
    folder = tmp_path_factory.mktemp("killed")
    for point in dying.POINTS:
        if point != "half_of_the_schema":
            shutil.copyfile(loaded_file, folder / f"{point}.db")
    run = subprocess.run(
        [sys.executable, "-m", "tests.etl.dying", str(folder), str(new_file)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert run.stdout.splitlines() == [f"{point} {signal.SIGKILL.value}" for point in dying.POINTS]
    opened: list[Engine] = []

    def open_killed(point: str) -> Engine:
        opened.append(open_engine(f"sqlite:///{folder / point}.db"))
        return opened[-1]

    yield open_killed
    for engine in opened:
        engine.dispose()


@pytest.mark.parametrize("point", [point for point in dying.POINTS if point != "half_of_the_schema"])
def test_a_killed_writer_leaves_the_old_state(
    killed: Callable[[str], Engine], loaded: Engine, new_file: Path, point: str
) -> None:
    engine = killed(point)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert state(engine) == state(loaded)
    assert indexes_of_the_mart(engine) == {index.name for index in t.fact_progress.indexes}

    for either in (engine, loaded):  # and what was interrupted can be done again
        [result] = pipeline.load(either, [new_file], clock=Clock())
        assert (result.added, result.corrected) == (2, 1)
    assert state(engine) == state(loaded)


def test_a_killed_upgrade_leaves_nothing_and_can_be_repeated(killed: Callable[[str], Engine]) -> None:
    engine = killed("half_of_the_schema")
    with pytest.raises(DatabaseMissing):
        check_schema(engine)
    assert upgrade(engine) == "0005"
    check_schema(engine)


@pytest.fixture(scope="module")
def dying_folder(reference_file: Path, new_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a staged batch, the same with the batch published, and the file itself."""
    folder, clock = tmp_path_factory.mktemp("often"), Clock(START - timedelta(days=1))
    shutil.copyfile(reference_file, folder / "before.db")
    shutil.copyfile(new_file, folder / "new.csv")
    engine = open_engine(f"sqlite:///{folder / 'before.db'}")
    old = write_csv(folder / "old.csv", ACTUAL_HEADER, ["320404,dibao_persons,urban,2020-S1,1377,person"])
    pipeline.load(engine, [old], who="tests", clock=clock)
    staged = staging.stage_file(engine, new_file, asked=Asked(), who="tests", clock=clock)
    assert staged.batch_key == dying_often.STAGED
    engine.dispose()
    shutil.copyfile(folder / "before.db", folder / "after.db")
    engine = open_engine(f"sqlite:///{folder / 'after.db'}")
    staging.approve(engine, dying_often.STAGED, who="other", clock=clock)
    engine.dispose()
    return folder


@pytest.mark.slow
def test_killed_at_any_of_two_hundred_moments_it_is_the_old_state_or_the_new(dying_folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.etl.dying_often", str(dying_folder), "4"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    killed = [line.split() for line in run.stdout.splitlines()]
    assert len(killed) == 200
    for name, kind, number, ended, state in killed:
        either = {"commit": ("old", "new"), "done": ("new",)}.get(kind, ("old",))
        assert int(ended) == signal.SIGKILL and state in either, f"{name}: {kind} {number}"


# --- a disk or a lock that says no --------------------------------------------------------------


def _locked(patch: pytest.MonkeyPatch, engine: Engine) -> Callable[[], None]:
    """Another connection is writing, and nobody waits for it."""
    _also(patch, "PRAGMA busy_timeout=0")
    other = sqlite3.connect(str(engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other.close


def _full(patch: pytest.MonkeyPatch, engine: Engine) -> Callable[[], None]:
    """The file may not grow."""
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    _also(patch, f"PRAGMA max_page_count={pages}")
    return lambda: None


def _read_only(patch: pytest.MonkeyPatch, engine: Engine) -> Callable[[], None]:
    """The file may only be read (file modes would not hold root back)."""
    address = f"file:{engine.url.database}?mode=ro"

    def opened() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True)

    patch.setattr(engines, "create_engine", lambda url, **options: create_engine(url, creator=opened, **options))
    return lambda: None


def _also(patch: pytest.MonkeyPatch, pragma: str) -> None:
    prepare = engines._prepare_sqlite

    def prepare_and(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute(pragma)

    patch.setattr(engines, "_prepare_sqlite", prepare_and)


TROUBLE = {"locked": (_locked, "is locked"), "full": (_full, "is full"), "read-only": (_read_only, "readonly")}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_database_that_cannot_be_written_is_a_message_and_nothing_changes(
    open_copy: Open,
    loaded_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    trouble: str,
) -> None:
    loaded = open_copy(loaded_file)
    places = [
        (district, year, half) for district in (320404, 320413, 310107) for year in range(2000, 2025) for half in "12"
    ]
    many = [f"{district},orphans,total,{year}-S{half},{year},person" for district, year, half in places]
    new = write_csv(tmp_path / "a.csv", ACTUAL_HEADER, many)
    staged = staging.stage_file(loaded, new, asked=Asked(), who="tests", clock=Clock()).batch_key
    before = state(loaded)
    loaded.dispose()
    make, words = TROUBLE[trouble]
    monkeypatch.setenv("DATABASE_URL", str(loaded.url))
    with monkeypatch.context() as patch:
        end = make(patch, loaded)
        for command in (["load", str(new)], ["undo", "8"], ["approve", str(staged)]):
            with pytest.MonkeyPatch.context() as arguments:
                arguments.setattr(sys, "argv", ["etl", *command])
                with pytest.raises(SystemExit) as exit_:
                    cli.main()
            said = capsys.readouterr()
            assert exit_.value.code == 2, command
            assert "数据库无法访问" in said.err and words in said.err
            assert "Traceback" not in said.err + said.out
        with pytest.raises(DatabaseUnreachable, match=words):
            pipeline.load(open_engine(), [new])
        end()
    assert state(loaded) == before


def test_reading_goes_on_while_another_writes(loaded: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(loaded)
    end = _locked(monkeypatch, loaded)
    assert state(loaded) == before
    [result] = pipeline.check(loaded, [pipeline.DATA / "actuals" / "zhonglou-2020-h1.csv"])
    assert result.state == "checked"
    end()
