"""A process that dies at random moments, for test_crash: ``python -m tests.etl.dying_often FOLDER SEED``.

FOLDER holds ``before.db`` (with a staged batch), ``after.db`` (with a batch to undo) and ``new.csv``. For each
moment a child of its own works on a copy and is killed without warning: before or after a random statement,
or somewhere inside the commit. Prints one line for each: operation, moment, signal, and what the database is then.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from etl import pipeline, staging
from tests.conftest import Clock
from warehouse.engine import open_engine

MOMENTS = {
    "load": {"before": 14, "after": 14, "commit": 18, "done": 4},
    "approve": {"before": 14, "after": 14, "commit": 18, "done": 4},
    "undo": {"before": 28, "after": 28, "commit": 36, "done": 8},
}
STAGED, PUBLISHED = 2, 2

Moment = tuple[str, int]
"""before or after a statement, by its number; commit, and the microseconds since it began; done, when all is."""


def operation(name: str, folder: Path) -> Callable[[Engine], object]:
    clock = Clock()
    return {
        "load": lambda engine: pipeline.load(engine, [folder / "new.csv"], who="tests", clock=clock),
        "approve": lambda engine: staging.approve(engine, STAGED, who="tests", clock=clock),
        "undo": lambda engine: pipeline.undo(engine, PUBLISHED, who="tests", clock=clock),
    }[name]


def fresh(folder: Path, name: str) -> Path:
    copy = folder / "copy.db"
    for suffix in ("", "-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(folder / ("after.db" if name == "undo" else "before.db"), copy)
    return copy


def dump(path: Path) -> str:
    """A hash over every row of every table; opening it plays the log back, as the next start would."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    digest = hashlib.sha256()
    for (table,) in connection.execute("select name from sqlite_master where type = 'table' order by name").fetchall():
        for row in connection.execute(f'select * from "{table}" order by 1'):
            digest.update(repr((table, row)).encode())
    connection.close()
    return digest.hexdigest()


def whole(name: str, folder: Path) -> tuple[str, str, int, int]:
    """The old state, the new one, how many statements lead there, and how many microseconds the commit takes."""
    copy = fresh(folder, name)
    old, statements, began = dump(copy), [0], [0.0]
    engine = open_engine(f"sqlite:///{copy}")
    event.listen(engine, "before_cursor_execute", lambda *_: statements.__setitem__(0, statements[0] + 1))
    event.listen(engine, "commit", lambda _: began.__setitem__(0, time.perf_counter()))
    operation(name, folder)(engine)
    took = int((time.perf_counter() - began[0]) * 1e6)
    engine.dispose()
    return old, dump(copy), statements[0], took


def die_at(moment: Moment, engine: Engine, to_parent: int) -> None:
    kind, number = moment
    if kind == "commit":
        event.listen(engine, "commit", lambda _: os.write(to_parent, b"!"))
        return
    seen = [0]

    def count(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == number:
            die()

    if kind != "done":
        event.listen(engine, f"{kind}_cursor_execute", count)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(moment: Moment, work: Callable[[Engine], object], copy: Path) -> int:
    """Run it in a child that dies then; returns the signal that ended it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        engine = open_engine(f"sqlite:///{copy}")
        die_at(moment, engine, writer)
        work(engine)
        signal.pause() if moment[0] == "commit" else die()
    os.close(writer)
    if moment[0] == "commit":
        os.read(reader, 1)
        until = time.perf_counter() + moment[1] / 1e6
        while time.perf_counter() < until:
            pass
        os.kill(child, signal.SIGKILL)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


def main() -> None:
    folder, chance = Path(sys.argv[1]), random.Random(sys.argv[2])
    for name, kinds in MOMENTS.items():
        old, new, statements, commit = whole(name, folder)
        assert old != new
        last = {"before": statements, "after": statements, "commit": 5 * commit, "done": 1}
        for moment in [(kind, chance.randint(1, last[kind])) for kind, count in kinds.items() for _ in range(count)]:
            copy = fresh(folder, name)
            ended = kill_at(moment, operation(name, folder), copy)
            state = {old: "old", new: "new"}.get(dump(copy), "between")
            print(name, *moment, ended, state)


if __name__ == "__main__":
    main()
