"""Staging (待审核): an uploaded file from the first look to its publication.

``receive`` keeps the bytes; ``look`` shows what they would change, and seals it; ``stage`` puts exactly
that before whoever approves; ``approve`` publishes it, or nothing. Until then no figure has changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from etl import pipeline
from etl.commit import commit, insert_batch, mark_undone
from etl.examine import PLAINLY, Asked, Examined, examine, read
from etl.layout import Answers, SheetLayout, answers_document, parse_answers
from etl.pipeline import Clock, actor, day_of, no_such_batch, utc_now
from etl.reading import read_book_file
from etl.results import FileResult
from etl.rules import LightChange
from etl.sheets import Book
from etl.staged import note_staged
from warehouse import tables as t
from warehouse.audit import Action, Event, append
from warehouse.catalog import fetch_catalog
from warehouse.engine import check_schema, reading, writing
from warehouse.errors import DatabaseUnreachable, Moved, NeedsAnother, StagingError
from warehouse.queries.batches import Upload, fetch_uploads
from warehouse.scope import Scope
from warehouse.types import storable

MANY_ROWS = 20_000
"""Of a larger file a look does not foresee the lights: nobody else could write meanwhile."""
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Look:
    """The dry run of an upload; nothing was written."""

    upload: Upload
    result: FileResult
    """With fates; ``result.lights`` is None where they were not foreseen, and its notes say why."""
    layouts: tuple[SheetLayout, ...]
    lights: tuple[LightChange, ...]
    seal: str
    """What ``stage`` demands: it stands for these changes."""


def receive(
    engine: Engine,
    name: str,
    content: bytes,
    *,
    who: str,
    sender: str | None = None,
    answers: Answers = PLAINLY.answers,
    clock: Clock = utc_now,
) -> int:
    """Keep a file as it was sent, byte for byte; returns its upload key.

    Errors: FileError for what cannot be read, of which nothing is kept; WarehouseError.
    """
    check_schema(engine)
    plain = _plain_name(name)
    file = read(plain, content)
    with writing(engine) as connection:
        at = clock()
        values = {
            "file_name": plain, "sha256": file.sha256, "content": content, "sender": storable(sender or "") or None,
            "answers": _answers_text(answers, None), "uploaded_by": who, "uploaded_at": at,
        }  # fmt: skip
        key = connection.execute(insert(t.upload).values(values)).inserted_primary_key
        assert key is not None
        detail = {"upload": key[0], "sha256": file.sha256}
        append(connection, Event(actor(who), Action.UPLOAD, plain, detail=detail), at)
        return int(key[0])


def look(engine: Engine, upload_key: int, *, scope: Scope, clock: Clock = utc_now) -> Look:
    """The dry run (试算) of an upload: every figure's fate, and the lights that would change.

    Of one that is staged already it is seen as its stager saw it, no wider than ``scope``.
    Errors: StagingError, FileError, WarehouseError.
    """
    check_schema(engine)
    with reading(engine) as connection:
        upload = _upload(connection, upload_key)
        file = _file(connection, upload)
    asked = _asked(upload, scope)
    today = day_of(clock)
    examined, result = pipeline.dry_run(
        engine, lambda c: examine(c, file, pipeline.DATA, today, asked), asked, None, MANY_ROWS
    )
    lights = result.lights.changes if result.lights is not None else ()
    return Look(upload, result, result.layouts, lights, examined.seal)


def answer(engine: Engine, upload_key: int, answers: Answers, *, who: str, clock: Clock = utc_now) -> None:
    """Keep what a person stated of a file, or put right about it. Errors: StagingError once it is staged."""
    check_schema(engine)
    with writing(engine) as connection:
        upload, at = _open_upload(connection, upload_key), clock()
        of_key = update(t.upload).where(t.upload.c.upload_key == upload_key)
        connection.execute(of_key.values(answers=_answers_text(answers, None)))
        detail = {"upload": upload_key, "stated": dict(answers.stated), "sheets": [x.sheet for x in answers.layouts]}
        append(connection, Event(actor(who), Action.UPLOAD, upload.file_name, detail=detail), at)


def stage(engine: Engine, upload_key: int, *, seal: str, scope: Scope, who: str, clock: Clock = utc_now) -> int:
    """Put what was looked at before whoever approves; returns the key of the staged batch.

    What is staged already, and has moved since, is staged anew under the same key.
    Errors: Moved unless the seal is that of a look at the data as they are; StagingError where
    nothing would change; WarehouseError.
    """
    check_schema(engine)
    with reading(engine) as connection:
        file = _file(connection, _upload(connection, upload_key))
    with writing(engine) as connection:
        upload = _upload(connection, upload_key)
        if upload.state != "staged":
            _open_upload(connection, upload_key)
        examined = examine(connection, file, pipeline.DATA, day_of(clock), _asked(upload, scope))
        if examined.seal != seal:
            raise Moved
        if upload.state == "staged" and upload.seal == seal and upload.batch_key is not None:
            return upload.batch_key
        if not examined.is_news:
            raise _no_news(examined)
        at = clock()
        if upload.state == "staged" and upload.batch_key is not None:
            batch_key = upload.batch_key
            values = {"loaded_by": who, "loaded_at": at, **examined.counts}
            connection.execute(update(t.load_batch).where(t.load_batch.c.batch_key == batch_key).values(values))
        else:
            batch_key = insert_batch(connection, examined, at, name=upload.file_name, who=who, state="staged")
        note_staged(connection, batch_key, examined)
        text = _answers_text(parse_answers(json.loads(upload.answers)), _asked(upload, scope).scope)
        staged = {"batch_key": batch_key, "seal": seal, "staged_by": who, "staged_at": at, "answers": text}
        connection.execute(update(t.upload).where(t.upload.c.upload_key == upload_key).values(staged))
        detail = {"batch": batch_key, "upload": upload_key, "seal": seal}
        append(connection, Event(actor(who), Action.STAGE, upload.file_name, detail=detail), at)
        return batch_key


def stage_file(engine: Engine, path: Path, *, asked: Asked, who: str, clock: Clock = utc_now) -> FileResult:
    """Receive, look and stage in one: what became of a file named by path.

    Errors: FileError; StagingError where nothing would change, and the upload stays; WarehouseError.
    """
    content = read_book_file(path).content
    key = receive(engine, path.name, content, who=who, sender=asked.sender, answers=asked.answers, clock=clock)
    seen = look(engine, key, scope=asked.scope, clock=clock)
    batch_key = stage(engine, key, seal=seen.seal, scope=asked.scope, who=who, clock=clock)
    return replace(seen.result, file_name=pipeline.shown(path), state="staged", batch_key=batch_key)


def approve(
    engine: Engine,
    batch_key: int,
    *,
    who: str,
    two_people: bool = False,
    scope: Scope = PLAINLY.scope,
    clock: Clock = utc_now,
) -> FileResult:
    """Publish exactly what was staged, in one transaction.

    ``two_people``: not by whoever staged it. ``scope``: all of it has to lie within.
    Errors: Moved where it would no longer change what was seen; NeedsAnother; StagingError; WarehouseError.
    """
    check_schema(engine)
    with reading(engine) as connection:
        file = _file(connection, _staged(connection, batch_key))  # read before anybody has to wait for it
    with writing(engine) as connection:
        upload = _staged(connection, batch_key)
        if two_people and actor(upload.staged_by) == actor(who):
            raise NeedsAnother
        asked = _asked(upload, Scope())
        examined = examine(connection, file, pipeline.DATA, day_of(clock), asked)
        if examined.seal != upload.seal:
            raise Moved
        _check_scope(connection, examined, scope)
        at = clock()
        commit(connection, examined, at, name=upload.file_name, who=upload.staged_by or who, batch_key=batch_key)
        values = {"approved_by": who, "approved_at": at}
        connection.execute(update(t.upload).where(t.upload.c.upload_key == upload.key).values(values))
        counts = examined.counts
        detail = {
            "batch": batch_key, "upload": upload.key, "staged_by": upload.staged_by, "seal": upload.seal,
            "accepted": counts["rows_accepted"], "rejected": counts["rows_rejected"],
        }  # fmt: skip
        append(connection, Event(actor(who), Action.APPROVE, upload.file_name, detail=detail), at)
        return examined.result("published", batch_key, name=upload.file_name)


def discard(engine: Engine, key: int, *, who: str, clock: Clock = utc_now) -> None:
    """Let a staged batch go; nothing of it was published, and the upload can be staged again.

    Errors: StagingError for what is not staged.
    """
    check_schema(engine)
    with writing(engine) as connection:
        upload, at = _staged(connection, key), clock()
        mark_undone(connection, key, who, at)
        detail = {"batch": key, "upload": upload.key}
        append(connection, Event(actor(who), Action.DISCARD, upload.file_name, detail=detail), at)


def drop(engine: Engine, upload_key: int, *, who: str, clock: Clock = utc_now) -> None:
    """Delete an upload that was never staged. Errors: StagingError for any other."""
    check_schema(engine)
    with writing(engine) as connection:
        upload = _open_upload(connection, upload_key)
        if upload.batch_key is not None:
            raise StagingError(
                f"文件 {upload.file_name} 提交过审核，要留作记录，不能删除。",
                f"{upload.file_name} was handed over once and is kept for the record.",
            )
        connection.execute(delete(t.upload).where(t.upload.c.upload_key == upload_key))
        detail = {"upload": upload_key}
        append(connection, Event(actor(who), Action.DISCARD, upload.file_name, detail=detail), clock())


def content(engine: Engine, upload_key: int) -> tuple[str, bytes]:
    """File name and the bytes as they were sent. Errors: StagingError for an unknown upload."""
    check_schema(engine)
    with reading(engine) as connection:
        upload = _upload(connection, upload_key)
        return upload.file_name, _content(connection, upload)


def book(engine: Engine, upload_key: int) -> Book:
    """The file of an upload as a person sees it: sheets of cells. Errors: StagingError, FileError."""
    return read(*content(engine, upload_key))


def forget(engine: Engine, before: datetime, *, who: str | None = None, clock: Clock = utc_now) -> int:
    """Delete uploads sent before a moment that were never staged; returns how many."""
    check_schema(engine)
    with writing(engine) as connection:
        u = t.upload.c
        gone = connection.execute(delete(t.upload).where(u.batch_key.is_(None), u.uploaded_at < before)).rowcount
        if gone:
            detail = {"uploads": gone, "before": before.isoformat()}
            append(connection, Event(actor(who), Action.DISCARD, "uploads", detail=detail), clock())
        return gone


def _upload(connection: Connection, upload_key: int) -> Upload:
    found = fetch_uploads(connection, upload_key=upload_key)
    if not found:
        raise StagingError(f"没有上传的文件 {upload_key}。", f"There is no upload {upload_key}.")
    return found[0]


def _open_upload(connection: Connection, upload_key: int) -> Upload:
    """One that can still be answered and staged."""
    upload = _upload(connection, upload_key)
    if not upload.is_open:
        raise StagingError(
            f"文件 {upload.file_name} 已作为批次 {upload.batch_key} 提交，不能再改。请先放弃该批次，或重新上传。",
            f"{upload.file_name} is batch {upload.batch_key} already and cannot be changed. "
            "Discard the batch first, or send the file up again.",
        )
    return upload


def _staged(connection: Connection, batch_key: int) -> Upload:
    """The upload of a batch that waits for approval."""
    state = connection.execute(select(t.load_batch.c.state).where(t.load_batch.c.batch_key == batch_key))
    word = state.scalar_one_or_none()
    if word is None:
        raise no_such_batch(batch_key)
    if word == "published":
        raise StagingError(f"批次 {batch_key} 已经发布了。", f"Batch {batch_key} is published already.")
    if word != "staged":
        raise StagingError(f"批次 {batch_key} 已放弃或撤销。", f"Batch {batch_key} was discarded or undone.")
    return fetch_uploads(connection, batch_key=batch_key)[0]


def _no_news(examined: Examined) -> StagingError:
    if examined.repeats is not None:
        return StagingError(
            f"没有可发布的内容：与批次 {examined.repeats} 的文件相同，数据没有变化。",
            f"Nothing to publish: batch {examined.repeats} brought the same file, and nothing would change.",
        )
    return StagingError(
        "没有可发布的内容：接受的行都与现有数据相同。", "Nothing to publish: every row accepted is known as it is."
    )


def _check_scope(connection: Connection, examined: Examined, scope: Scope) -> None:
    """Refuse to publish for others what lies outside one's own scope."""
    if scope == Scope.everything():
        return
    catalog = fetch_catalog(connection)
    rows: list[Mapping[str, Any]] = [row for part in examined.read.conformed for row in part.rows]
    for row in (*rows, *examined.blanks):
        domain = catalog.indicators[row["indicator_key"]].domain_code
        if not (scope.sees_district(catalog.districts[row["district_key"]].code) and scope.sees_domain(domain)):
            raise StagingError(
                "这个批次含有您权限范围之外的地区或业务领域，请由有权限的人批准。",
                "This batch has districts or domains outside what you may approve; ask someone who may.",
            )


def _file(connection: Connection, upload: Upload) -> Book:
    return read(upload.file_name, _content(connection, upload))


def _content(connection: Connection, upload: Upload) -> bytes:
    query = select(t.upload.c.content).where(t.upload.c.upload_key == upload.key)
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise DatabaseUnreachable(f"upload {upload.key}")
    return bytes(found)


def _asked(upload: Upload, scope: Scope) -> Asked:
    """What was stated, within the scope of whoever staged it and the scope given."""
    document = json.loads(upload.answers)
    staged = document.get("scope") if upload.state == "staged" else None
    if staged is not None:
        scope = _within(scope, Scope(*(None if staged[x] is None else frozenset(staged[x]) for x in _SCOPE)))
    return Asked(parse_answers(document), scope, upload.sender)


_SCOPE = ("districts", "domains")


def _within(one: Scope, other: Scope) -> Scope:
    """What both scopes see."""

    def both(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
        return b if a is None else a if b is None else a & b

    return Scope(both(one.districts, other.districts), both(one.domains, other.domains))


def _answers_text(answers: Answers, scope: Scope | None) -> str:
    """Answers as JSON; with the scope of whoever staged them, so that whoever approves publishes the same."""
    document = answers_document(answers)
    if scope is not None:
        parts = ((name, getattr(scope, name)) for name in _SCOPE)
        document["scope"] = {name: None if part is None else sorted(part) for name, part in parts}
    return json.dumps(document, ensure_ascii=False)


def _plain_name(name: str) -> str:
    """A file name without folders, as any database can hold it."""
    plain = PurePosixPath(PureWindowsPath(storable(name)).as_posix()).name
    plain = "".join(c for c in plain if c.isprintable())
    return plain if len(plain) <= _LONGEST_NAME else plain[: _LONGEST_NAME - 10] + plain[-10:]
