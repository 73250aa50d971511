"""The pipeline, read like a table of contents: extract → validate → conform → load → publish.

The one door through which the dashboard, too, checks, loads, undoes and changes rules. One transaction a batch:
killed at any moment, the database shows the old state or the new one.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from etl import load as loading
from etl import rules as ruling
from etl.conform import Codebook, Conformed, conform
from etl.extract import RawFile, read_file
from etl.findings import Finding
from etl.load import Changes
from etl.publish import Progress, publish
from etl.reference import load_reference, read_aliases, upsert
from etl.rules import Preview
from etl.validate import validate_file
from warehouse import tables as t
from warehouse.audit import Action, Event, append
from warehouse.catalog import fetch_catalog
from warehouse.engine import ROOT, check_schema, writing
from warehouse.errors import DabiaoError, FileError
from warehouse.queries.rules import RuleLine

DATA = ROOT / "data"
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real clock; tests bring their own."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became, or would become, of one file."""

    file_name: str
    state: str
    """published, unchanged, checked, undone_before or failed"""
    batch_key: int | None = None
    rows_in: int = 0
    rows_accepted: int = 0
    added: int = 0
    corrected: int = 0
    withdrawn: int = 0
    refusals: tuple[Finding, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    error: DabiaoError | None = None

    @property
    def rows_rejected(self) -> int:
        """Rows refused."""
        return self.rows_in - self.rows_accepted


@dataclass(slots=True)
class _Prepared:
    """A file up to the point of writing."""

    conformed: list[Conformed] = field(default_factory=list)
    changes: list[Changes] = field(default_factory=list)
    ignored: tuple[str, ...] = ()

    @property
    def refusals(self) -> tuple[Finding, ...]:
        return tuple(refusal for part in self.conformed for refusal in part.refusals)

    @property
    def accepted(self) -> int:
        return sum(len(part.rows) for part in self.conformed)


def load(
    engine: Engine,
    paths: Sequence[Path] = (),
    *,
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
        _guarded(path, lambda p: _load_file(engine, p, mirrors, who or _who(), clock, progress))
        for path in expand(files)
    ]


def check(engine: Engine, paths: Sequence[Path]) -> list[FileResult]:
    """The same without writing: what would be accepted, refused and changed."""
    check_schema(engine)

    def check_file(path: Path) -> FileResult:
        with engine.connect() as connection:
            raw = read_file(path)
            prepared = _prepare(connection, raw, _own_source_key(connection, raw), mirrored_file=None)
            return _result(path, "checked", prepared)

    return [_guarded(path, check_file) for path in expand(paths)]


def undo(engine: Engine, batch_key: int, *, who: str | None = None, clock: Clock = utc_now) -> FileResult:
    """Take a published batch back, restoring what it superseded. Errors: DabiaoError for any other."""
    check_schema(engine)
    with writing(engine) as connection:
        batch = connection.execute(select(t.load_batch).where(t.load_batch.c.batch_key == batch_key)).one_or_none()
        if batch is None:
            raise DabiaoError(f"没有批次 {batch_key}。", f"There is no batch {batch_key}.")
        if batch.state != "published":
            raise DabiaoError(f"批次 {batch_key} 已经撤销过了。", f"Batch {batch_key} was undone before.")
        at = clock()
        connection.execute(
            update(t.load_batch)
            .where(t.load_batch.c.batch_key == batch_key)
            .values(state="undone", undone_by=who or _who(), undone_at=at)
        )
        touched = loading.undo(connection, batch_key, at)
        append(connection, Event(_actor(who), Action.UNDO, batch.file_name, detail={"batch": batch_key}), at)
        publish(connection, fetch_catalog(connection), at, touched)
        bump(connection, at)
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
        changed = ruling.change(connection, lines, seal, reason, who or _who(), at)
        detail = {"previous": changed.previous, "lights": changed.lights, "reason": reason.strip()}
        append(connection, Event(_actor(who), Action.RULES_CHANGED, changed.version, detail=detail), at)
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
                if file.suffix.lower() in (".csv", ".xlsx")
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
        return FileResult(_shown(path), "failed", error=error)


def _load_reference(engine: Engine, clock: Clock) -> None:
    with writing(engine) as connection:
        change = load_reference(connection, DATA)
        at = clock()
        if change.changes_figures:
            publish(connection, fetch_catalog(connection), at)
        if change.rows:
            bump(connection, at)


def _load_file(
    engine: Engine,
    path: Path,
    mirrors: bool,
    who: str,
    clock: Clock,
    progress: Callable[[str], Progress] | None,
) -> FileResult:
    raw, name = read_file(path), _shown(path)
    with writing(engine) as connection:
        last = _last_batch(connection, name, raw.sha256)
        if mirrors and last is not None and last.state == "undone":
            return FileResult(name, "undone_before", last.batch_key)
        source_key = _register_own_source(connection, raw, name)
        prepared = _prepare(connection, raw, source_key, name if mirrors else None)
        changed = sum(changes.count for changes in prepared.changes)
        refused_before = last is not None and last.rows_rejected == len(prepared.refusals)
        if changed == 0 and last is not None and last.state == "published" and refused_before:
            return _result(path, "unchanged", prepared, last.batch_key)
        at = clock()
        batch_key = _insert_batch(connection, raw, name, who, at, prepared)
        series = set()
        for changes in prepared.changes:
            loading.apply(connection, changes, batch_key, at)
            series |= changes.series()
        _quarantine(connection, batch_key, prepared.refusals)
        publish(connection, fetch_catalog(connection), at, series, progress(name) if progress else None)
        bump(connection, at)
        result = _result(path, "published", prepared, batch_key)
        detail = {"batch": batch_key, "accepted": result.rows_accepted, "rejected": result.rows_rejected}
        append(connection, Event(_actor(who), Action.LOAD, name, detail=detail), at)
        return result


def _prepare(connection: Connection, raw: RawFile, file_source_key: int | None, mirrored_file: str | None) -> _Prepared:
    prepared = _Prepared()
    codebook = Codebook(fetch_catalog(connection), read_aliases(DATA), file_source_key)
    for validated in validate_file(raw):
        conformed = conform(validated, codebook)
        prepared.conformed.append(conformed)
        prepared.changes.append(loading.diff(connection, conformed, mirrored_file, file_source_key))
        prepared.ignored = tuple(dict.fromkeys(prepared.ignored + validated.ignored))
    return prepared


def _own_source_key(connection: Connection, raw: RawFile) -> int | None:
    """The key of the file as its own source: None where every table names its sources, -1 if not registered."""
    if all({"source_code", "来源", "来源代码", "source"} & set(x.frame.columns) for x in raw.tables):
        return None
    query = select(t.dim_source.c.source_key).where(t.dim_source.c.source_code == _own_source_code(raw))
    key = connection.execute(query).scalar_one_or_none()
    return -1 if key is None else int(key)


def _register_own_source(connection: Connection, raw: RawFile, name: str) -> int | None:
    """Register a file that names no source as the source itself."""
    if _own_source_key(connection, raw) == -1:
        kind = "csv" if raw.path.suffix.lower() == ".csv" else "workbook"
        row = {"source_code": _own_source_code(raw), "kind": kind, "title": Path(name).name, "sha256": raw.sha256}
        connection.execute(insert(t.dim_source), row)
    return _own_source_key(connection, raw)


def _own_source_code(raw: RawFile) -> str:
    return f"file-{raw.sha256[:16]}"


def _insert_batch(connection: Connection, raw: RawFile, name: str, who: str, at: datetime, prepared: _Prepared) -> int:
    values = {
        "file_name": name,
        "sha256": raw.sha256,
        "loaded_by": who,
        "loaded_at": at,
        "rows_in": prepared.accepted + len(prepared.refusals),
        "rows_accepted": prepared.accepted,
        "rows_rejected": len(prepared.refusals),
        "facts_added": sum(len(c.added) for c in prepared.changes),
        "facts_corrected": sum(len(c.corrected) for c in prepared.changes),
        "facts_withdrawn": sum(len(c.withdrawn) for c in prepared.changes),
        "state": "published",
    }
    key = connection.execute(insert(t.load_batch).values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _quarantine(connection: Connection, batch_key: int, refusals: tuple[Finding, ...]) -> None:
    rows = [
        {
            "batch_key": batch_key, "sheet": r.sheet, "row_no": r.row_no, "column_name": r.column,
            "value_found": r.value, "reason_code": r.reason, "raw": r.raw,
        }
        for r in refusals
    ]  # fmt: skip
    if rows:
        connection.execute(insert(t.quarantine_row), rows)


def _last_batch(connection: Connection, name: str, sha256: str) -> Any:
    b = t.load_batch.c
    query = select(b.batch_key, b.state, b.rows_rejected).where(b.file_name == name, b.sha256 == sha256)
    return connection.execute(query.order_by(b.batch_key.desc()).limit(1)).one_or_none()


def bump(connection: Connection, at: datetime) -> None:
    """A new data version: every cached answer is out of date."""
    s = t.warehouse_state
    version = connection.execute(select(s.c.value).where(s.c.name == "data_version")).scalar_one_or_none()
    values = {"data_version": str(int(version or 0) + 1), "published_at": at.isoformat()}
    upsert(connection, s, ("name",), [{"name": name, "value": value} for name, value in values.items()])


def _result(path: Path, state: str, prepared: _Prepared, batch_key: int | None = None) -> FileResult:
    return FileResult(
        file_name=_shown(path),
        state=state,
        batch_key=batch_key,
        rows_in=prepared.accepted + len(prepared.refusals),
        rows_accepted=prepared.accepted,
        added=sum(len(c.added) for c in prepared.changes),
        corrected=sum(len(c.corrected) for c in prepared.changes),
        withdrawn=sum(len(c.withdrawn) for c in prepared.changes),
        refusals=prepared.refusals,
        ignored_columns=prepared.ignored,
    )


def _shown(path: Path) -> str:
    """A path as people and batches name it: relative to the project where it lies inside."""
    absolute = path.resolve()
    return str(absolute.relative_to(ROOT)) if absolute.is_relative_to(ROOT) else str(path)


def _actor(who: str | None) -> str:
    """Who did it, as the audit log names it; a name without a kind is one of the shell."""
    name = who or _who()
    return name if ":" in name else f"shell:{name}"


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
