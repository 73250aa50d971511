"""批次: what a file brought or would bring; approving it, sending it back, taking it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import flask

from dashboard.access.guard import current_identity
from dashboard.access.limits import CHANGES
from dashboard.access.roles import Right
from dashboard.documents.desk import Desk
from dashboard.documents.office import Office
from dashboard.dry_run import SHOWN_FATES, SHOWN_LIGHTS, DryRun
from etl import pipeline, staging
from warehouse.errors import DabiaoError
from warehouse.queries.batches import Batch, fetch_batches
from warehouse.queries.uploads import (
    PUBLISHED,
    STAGED,
    BroughtFact,
    BroughtLight,
    UploadLine,
    count_brought,
    fetch_brought,
    fetch_brought_lights,
    fetch_undoing,
    fetch_upload_of,
)
from warehouse.scope import Scope

KEY = "<int(max=2147483647):key>"


@dataclass(frozen=True, slots=True)
class Shown:
    """A batch with what it brought; ``upload`` None for one that was not sent up."""

    batch: Batch
    upload: UploadLine | None
    undone_by: str | None
    undone_at: datetime | None
    facts: tuple[BroughtFact, ...] = ()
    lights: tuple[BroughtLight, ...] = ()
    facts_in_scope: int = 0
    is_whole: bool = False
    """Whether everything it brought lies within what the reader sees: only then may he take it back."""

    @property
    def lights_back(self) -> tuple[BroughtLight, ...]:
        """The lights as they go back when the batch is taken back."""
        return tuple(replace(light, before=light.after, after=light.before) for light in self.lights)


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /data/batches."""
    desk = Desk(office)

    def who() -> dict[str, Any]:
        return {"who": current_identity().actor, "clock": office.settings.now}

    def find(key: int) -> Shown:
        senders, scope, catalog = office.guard.senders(), office.guard.scope(), office.catalog
        with office.reading() as connection:
            upload = fetch_upload_of(senders, connection, key)
            visible = scope if upload is None else Scope.everything()  # one's own, whatever was refused in it
            batch = next((b for b in fetch_batches(visible, connection, catalog) if b.key == key), None)
            if batch is None:
                flask.abort(404)
            undone_by, undone_at = fetch_undoing(connection, key) or (None, None)
            if batch.state == STAGED:
                return Shown(batch, upload, undone_by, undone_at)
            inside, total = count_brought(scope, connection, catalog, key)
            return Shown(
                batch, upload, undone_by, undone_at,
                tuple(fetch_brought(scope, connection, catalog, key, SHOWN_FATES)),
                tuple(fetch_brought_lights(scope, connection, catalog, batch.loaded_at)), inside, inside == total,
            )  # fmt: skip

    def page(name: str, found: Shown, error: DabiaoError | None = None, status: int = 409) -> flask.Response:
        run, unreadable = None, None
        if found.batch.state == STAGED and found.upload is not None:
            run, unreadable = _look(desk, found.upload)
        is_own = found.upload is not None and found.upload.staged_by == current_identity().actor
        return office.page(
            name, status=200 if error is None else status, error=error or unreadable, found=found, run=run,
            is_own=is_own, may_approve=current_identity().may(Right.APPROVE), shown_lights=SHOWN_LIGHTS,
            again=f"/data/batches/{found.batch.key}?" if error else "", **desk.words(),
        )  # fmt: skip

    def attempt(key: int, work: Any, said: str) -> Any:
        """Do it, or say on the batch's page why not."""
        find(key)
        try:
            work()
        except DabiaoError as error:
            return page("batch.html", find(key), error)
        return office.done(said, "batch", key=key)

    @server.get(f"/data/batches/{KEY}")
    def batch(key: int) -> Any:
        return page("batch.html", find(key))

    @server.post(f"/data/batches/{KEY}/approve")
    @office.limit(CHANGES)
    def approve_batch(key: int) -> Any:
        engine, scope, two = office.reader.engine, office.guard.scope(), office.settings.two_people
        return attempt(
            key, lambda: staging.approve(engine, key, two_people=two, scope=scope, **who()),
            office.display._("已审核并入库。"),
        )  # fmt: skip

    @server.post(f"/data/batches/{KEY}/discard")
    @office.limit(CHANGES)
    def discard_batch(key: int) -> Any:
        if not _may_discard(find(key)):
            flask.abort(404)
        engine = office.reader.engine
        return attempt(key, lambda: staging.discard(engine, key, **who()), office.display._("已退回，什么都没有入库。"))

    @server.get(f"/data/batches/{KEY}/undo")
    def undo_preview(key: int) -> Any:
        return page("batch_undo.html", _undoable(find(key)))

    @server.post(f"/data/batches/{KEY}/undo")
    @office.limit(CHANGES)
    def undo_batch(key: int) -> Any:
        engine = office.reader.engine
        if not (found := find(key)).is_whole:
            flask.abort(404)
        return attempt(
            found.batch.key, lambda: pipeline.undo(engine, key, **who()),
            office.display._("已撤销，所有的灯恢复原状。"),
        )  # fmt: skip


def _undoable(found: Shown) -> Shown:
    """A published batch that lies within what the reader sees; any other cannot be taken back."""
    if found.batch.state != PUBLISHED or not found.is_whole:
        flask.abort(404)
    return found


def _may_discard(found: Shown) -> bool:
    """Who handed it over may take it back himself; anybody else must be one who approves."""
    own = found.upload is not None and found.upload.staged_by == current_identity().actor
    return own or current_identity().may(Right.APPROVE)


def _look(desk: Desk, upload: UploadLine) -> tuple[DryRun | None, DabiaoError | None]:
    try:
        return desk.look(upload), None
    except DabiaoError as error:
        return None, error
