"""A process that dies at a named point, for test_crash: ``python -m tests.etl.dying FOLDER FILE``.

Each point gets a child of its own, which works on FOLDER/<point>.db and is killed without warning.
Prints one line for each: the point, and the signal that ended the child.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy import Connection, Index

from etl import commit as committing
from etl import load as loading
from etl import pipeline
from etl import publish as publishing
from etl import rules as ruling
from warehouse.engine import open_engine
from warehouse.migrate import upgrade
from warehouse.queries.rules import RuleLine

Work = Callable[[Any, Path], object]


def die(*_args: Any, **_kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def load(engine: Any, file: Path) -> object:
    return pipeline.load(engine, [file])


def half_of_the_facts() -> Work:
    real = loading.apply

    def apply(connection: Connection, changes: loading.Changes, *rest: Any) -> None:
        half = loading.Changes(changes.kind, changes.added[:1], changes.corrected, (), 0)
        real(connection, half, *rest)
        die()

    loading.apply = apply
    return load


def facts_without_mart() -> Work:
    committing.publish = die
    return load


def half_of_the_mart() -> Work:
    real = publishing.write_difference

    def write(connection: Connection, difference: publishing.Difference, at: Any) -> None:
        real(connection, difference._replace(fresh=difference.fresh[: len(difference.fresh) // 2]), at)
        die()

    publishing.write_difference = write
    return load


def mart_without_its_indexes() -> Work:
    publishing._outgrows = lambda *_: True
    Index.create = die
    return load


def all_but_the_commit() -> Work:
    real = committing.bump

    def bump(*args: Any) -> None:
        real(*args)
        die()

    committing.bump = pipeline.bump = bump
    return load


def undo_without_mart() -> Work:
    committing.publish = die
    return lambda engine, _: pipeline.undo(engine, 8)


def rebuild_half_way() -> Work:
    half_of_the_mart()
    publishing.STORED_PLACES = 3  # so that there is something to write
    return lambda engine, _: pipeline.rebuild(engine)


def rules_without_the_rest_of_the_mart() -> Work:
    ruling._restamp = die
    return _change_rules


def rules_but_the_commit() -> Work:
    all_but_the_commit()
    return _change_rules


def _change_rules(engine: Any, _: Path) -> object:
    lines = [RuleLine(amber_share=Decimal("0.95"), s1_share=Decimal("0.6"), weight=Decimal(2))]
    seen = pipeline.preview_rules(engine, lines)
    return pipeline.change_rules(engine, lines, seal=seen.seal, reason="…", who="tests")


def half_of_the_schema() -> Work:
    real, made = op.create_table, []

    def create_table(name: str, *args: Any, **options: Any) -> Any:
        made.append(name)
        if len(made) == 6:
            die()
        return real(name, *args, **options)

    op.create_table = create_table
    return lambda engine, _: upgrade(engine)


POINTS: dict[str, Callable[[], Work]] = {
    f.__name__: f
    for f in (
        half_of_the_facts, facts_without_mart, half_of_the_mart, mart_without_its_indexes, all_but_the_commit,
        undo_without_mart, rebuild_half_way, rules_without_the_rest_of_the_mart, rules_but_the_commit,
        half_of_the_schema,
    )
}  # fmt: skip


def main() -> None:
    folder, file = Path(sys.argv[1]), Path(sys.argv[2])
    for name, prepare in POINTS.items():
        child = os.fork()
        if child == 0:
            prepare()(open_engine(f"sqlite:///{folder / name}.db"), file)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(name, os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status))


if __name__ == "__main__":
    main()
