"""The pipeline, read like a table of contents: read → examine → commit; what examine finds, commit does.

The one door through which the dashboard, too, checks, loads, undoes and changes rules (uploads come in through
``etl.staging``). One transaction a batch: killed at any moment, the database shows the old state or the new one.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from etl import rules as ruling
from etl.commit import bump, commit, take_back
from etl.examine import PLAINLY, Asked, Examined, examine
from etl.foresight import foresee
from etl.publish import Progress, publish
from etl.reading import Limits, read_book_file
from etl.reference import load_reference
from etl.results import FileResult as FileResult
from etl.results import Lights, Note
from etl.rules import Preview
from etl.sheets import Book
from warehouse import tables as t
from warehouse.audit import Action, Event, append
from warehouse.bulk import paused_collector
from warehouse.catalog import fetch_catalog
from warehouse.engine import ROOT, check_schema, reading, writing
from warehouse.errors import DabiaoError, DatabaseUnreachable, FileError
from warehouse.measures.arrival import BEIJING
from warehouse.queries.batches import fetch_data_version
from warehouse.queries.rules import RuleLine

DATA = ROOT / "data"
FEW_ROWS = 2000
"""Up to so many rows a check tells the lights that would change without being asked."""
_BUSY = Note(
    "数据库正忙，或暂时不能写入，没有推算哪些亮灯会变化；稍后可以再看。",
    "The database is busy or cannot be written; which lights would change was not foreseen. Look again later.",
)
_LARGE = Note(
    "文件较大，没有推算哪些亮灯会变化；python -m etl check --lights 可以推算。",
    "The file is large; which lights would change was not foreseen. python -m etl check --lights does.",
)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real clock; tests bring their own."""
    return datetime.now(UTC)


def day_of(clock: Clock) -> date:
    """The day it is for the bureaus."""
    return clock().astimezone(BEIJING).date()


def load(
    engine: Engine,
    paths: Sequence[Path] = (),
    *,
    asked: Asked = PLAINLY,
    who: str | None = None,
    clock: Clock = utc_now,
    progress: Callable[[str], Progress] | None = None,
) -> list[FileResult]:
    """Load files, or everything under data/ when none is named.

    Loading data/ mirrors it: the reference is brought in step first, and a fact that a file there
    no longer has is withdrawn. A file named by path only adds and corrects. A file whose batch was
    undone is left alone unless it is named. Errors: WarehouseError; a file that cannot be read is
    a failed result, the others go on.
    """
    check_schema(engine)
    mirrors = not paths
    if mirrors:
        _load_reference(engine, clock)
    files = [DATA / "targets", DATA / "actuals"] if mirrors else list(paths)
    return [
        _guarded(path, lambda p: _load_file(engine, p, mirrors, asked, who or whoever(), clock, progress))
        for path in expand(files)
    ]


def check(
    engine: Engine,
    paths: Sequence[Path],
    *,
    asked: Asked = PLAINLY,
    lights: bool | None = False,
    clock: Clock = utc_now,
) -> list[FileResult]:
    """The same without writing: what would be accepted, refused and changed.

    ``lights``: whether to foresee those that would change; None for files of up to FEW_ROWS rows,
    where the database is free.
    """
    check_schema(engine)

    def check_file(path: Path) -> FileResult:
        file = read_book_file(path, Limits.from_environment())
        today = day_of(clock)
        return dry_run(engine, lambda c: examine(c, file, DATA, today, asked), asked, lights, FEW_ROWS)[1]

    return [_guarded(path, lambda p: replace(check_file(p), file_name=shown(p))) for path in expand(paths)]


def dry_run(
    engine: Engine, look_at: Callable[[Connection], Examined], asked: Asked, lights: bool | None, few: int
) -> tuple[Examined, FileResult]:
    """What a file would change, down to the lights; see ``check``, to which FEW_ROWS are few."""
    with reading(engine) as connection:
        version = fetch_data_version(connection)
        examined = look_at(connection)
    foreseen: Lights | None = None
    notes: tuple[Note, ...] = ()
    if lights or (lights is None and examined.counts["rows_in"] <= few):
        try:
            examined, foreseen = foresee(engine, examined, version, look_at, asked.scope)
        except DatabaseUnreachable:
            if lights:
                raise
            notes = (_BUSY,)
    elif lights is None:
        notes = (_LARGE,)
    result = examined.result("checked", fates=True, lights=foreseen)
    return examined, replace(result, notes=result.notes + notes)


def undo(engine: Engine, batch_key: int, *, who: str | None = None, clock: Clock = utc_now) -> FileResult:
    """Take a published batch back, restoring what it superseded. Errors: DabiaoError for any other."""
    check_schema(engine)
    with writing(engine) as connection:
        batch = connection.execute(select(t.load_batch).where(t.load_batch.c.batch_key == batch_key)).one_or_none()
        if batch is None:
            raise no_such_batch(batch_key)
        if batch.state == "staged":
            raise DabiaoError(
                f"批次 {batch_key} 还没有发布，不能撤销，可以放弃（discard）。",
                f"Batch {batch_key} is not published yet; it cannot be undone, but discarded.",
            )
        if batch.state != "published":
            raise DabiaoError(f"批次 {batch_key} 已经撤销过了。", f"Batch {batch_key} was undone before.")
        at = clock()
        append(connection, Event(actor(who), Action.UNDO, batch.file_name, detail={"batch": batch_key}), at)
        take_back(connection, batch_key, who or whoever(), at)
        return FileResult(batch.file_name, "undone", batch_key, batch.rows_in, batch.rows_accepted)


def rebuild(engine: Engine, *, clock: Clock = utc_now, progress: Progress | None = None) -> int:
    """Recompute the whole mart; returns how many rows were not as they should be."""
    check_schema(engine)
    with writing(engine) as connection:
        at = clock()
        published = publish(connection, fetch_catalog(connection), at, None, progress)
        if published.written or published.removed:
            bump(connection, at)
        return published.written + published.removed


def preview_rules(engine: Engine, lines: Sequence[RuleLine], *, clock: Clock = utc_now) -> Preview:
    """Every light that would change under a complete set of rules; nothing is written.

    Errors: RuleRefused, naming the line that cannot stand; WarehouseError.
    """
    check_schema(engine)
    with engine.connect() as connection:
        return ruling.preview(connection, lines, clock())


def change_rules(
    engine: Engine,
    lines: Sequence[RuleLine],
    *,
    seal: str,
    reason: str,
    who: str | None = None,
    clock: Clock = utc_now,
) -> str:
    """Bring the rules of a preview, known by its seal, into force; returns their version.

    Errors: RuleRefused; RulesMoved where data or rules are no longer those previewed; WarehouseError.
    """
    check_schema(engine)
    with writing(engine) as connection:
        at = clock()
        changed = ruling.change(connection, lines, seal, reason, who or whoever(), at)
        detail = {"previous": changed.previous, "lights": changed.lights, "reason": reason.strip()}
        append(connection, Event(actor(who), Action.RULES_CHANGED, changed.version, detail=detail), at)
        bump(connection, at)
        return changed.version


def expand(paths: Iterable[Path]) -> list[Path]:
    """Files as they are, folders as the tidy files in them, in order; var/ and reference/ left out."""
    found: list[Path] = []
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 -- false, not an error, for a name no file can have
            found += sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in (".csv", ".xlsx", ".xlsm", ".xls", ".ods")
                and file.name != "sources.csv"
                and not {"var", "reference"} & set(file.relative_to(path).parts[:-1])
                and not file.name.startswith(("~", "."))
            )
        else:
            found.append(path)
    return found


def _guarded(path: Path, work: Callable[[Path], FileResult]) -> FileResult:
    try:
        return work(path)
    except FileError as error:
        return FileResult(shown(path), "failed", error=error)


def _load_reference(engine: Engine, clock: Clock) -> None:
    with writing(engine) as connection:
        change = load_reference(connection, DATA)
        at = clock()
        if change.changes_figures:
            publish(connection, fetch_catalog(connection), at)
        if change.rows:
            bump(connection, at)


@paused_collector()
def _load_file(
    engine: Engine,
    path: Path,
    mirrors: bool,
    asked: Asked,
    who: str,
    clock: Clock,
    progress: Callable[[str], Progress] | None,
) -> FileResult:
    file, name = read_book_file(path, Limits.from_environment()), shown(path)
    with writing(engine) as connection:
        last = _last_batch(connection, name, file)
        if mirrors and last is not None and last.state == "undone":
            return FileResult(name, "undone_before", last.batch_key)
        examined = examine(
            connection, file, DATA, day_of(clock), replace(asked, mirrored_file=name if mirrors else None)
        )
        refused_before = last is not None and last.rows_rejected == len(examined.refusals)
        if not examined.is_news and last is not None and last.state == "published" and refused_before:
            return examined.result("unchanged", last.batch_key, name=name)
        at = clock()
        counts = examined.counts
        batch_key = commit(connection, examined, at, name=name, who=who, progress=progress(name) if progress else None)
        detail = {"batch": batch_key, "accepted": counts["rows_accepted"], "rejected": counts["rows_rejected"]}
        append(connection, Event(actor(who), Action.LOAD, name, detail=detail), at)
        return examined.result("published", batch_key, name=name)


def _last_batch(connection: Connection, name: str, file: Book) -> Any:
    """The last batch of the same name and content, but for staged ones."""
    b = t.load_batch.c
    query = select(b.batch_key, b.state, b.rows_rejected)
    query = query.where(b.file_name == name, b.sha256 == file.sha256, b.state != "staged")
    return connection.execute(query.order_by(b.batch_key.desc()).limit(1)).one_or_none()


def no_such_batch(batch_key: int) -> DabiaoError:
    """There is no batch of this number."""
    return DabiaoError(f"没有批次 {batch_key}。", f"There is no batch {batch_key}.")


def shown(path: Path) -> str:
    """A path as people and batches name it: relative to the project where it lies inside."""
    absolute = path.resolve()
    return str(absolute.relative_to(ROOT)) if absolute.is_relative_to(ROOT) else str(path)


def actor(who: str | None) -> str:
    """Who did it, as the audit log names it; a name without a kind is one of the shell."""
    name = who or whoever()
    return name if ":" in name else f"shell:{name}"


def whoever() -> str:
    """The name of whoever runs this program."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
