"""Batches, refused rows, and the state of the warehouse as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, not_, or_, select, true

from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.scope import Scope


@dataclass(frozen=True, slots=True)
class Batch:
    """批次: one loaded file."""

    key: int
    file_name: str
    sha256: str
    loaded_by: str
    loaded_at: datetime
    rows_in: int
    rows_accepted: int
    rows_rejected: int
    facts_added: int
    facts_corrected: int
    facts_withdrawn: int
    state: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """拒收行: where, what was found, and why."""

    batch_key: int
    file_name: str
    sheet: str | None
    row_no: int
    column: str | None
    value: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Upload:
    """上传的文件, without its content: from the first look at it to its batch."""

    key: int
    file_name: str
    sha256: str
    sender: str | None
    answers: str
    """JSON; ``etl.layout.parse_answers`` reads it."""
    uploaded_by: str
    uploaded_at: datetime
    batch_key: int | None
    seal: str | None
    staged_by: str | None
    staged_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    state: str | None
    """Of its batch: staged, published or undone; None before it is staged."""

    @property
    def is_open(self) -> bool:
        """Whether it can still be answered and staged: not yet, or what was staged was discarded."""
        return self.approved_at is None and self.state in (None, "undone")


_UPLOAD_FIELDS = (
    "upload_key", "file_name", "sha256", "sender", "answers", "uploaded_by", "uploaded_at", "batch_key", "seal",
    "staged_by", "staged_at", "approved_by", "approved_at",
)  # fmt: skip
_BATCH_FIELDS = (
    "batch_key", "file_name", "sha256", "loaded_by", "loaded_at", "rows_in", "rows_accepted", "rows_rejected",
    "facts_added", "facts_corrected", "facts_withdrawn", "state",
)  # fmt: skip


def fetch_batches(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    limit: int | None = None,
    as_of: datetime | None = None,
) -> list[Batch]:
    """Newest first, those loaded by a moment in the state they were in then.

    A limited scope sees the batches whose facts all lie within it.
    """
    columns = {name: t.load_batch.c[name] for name in _BATCH_FIELDS} | {"state": _state(as_of)}
    query = select(*columns.values()).order_by(t.load_batch.c.batch_key.desc())
    query = query.where(_visible(scope, catalog))
    if as_of is not None:
        query = query.where(t.load_batch.c.loaded_at <= as_of)
    return [Batch(*row) for row in connection.execute(query.limit(limit))]


def fetch_uploads(
    connection: Connection,
    *,
    upload_key: int | None = None,
    batch_key: int | None = None,
    who: str | None = None,
    limit: int | None = None,
) -> list[Upload]:
    """Newest first: all, that of a key or of a batch, or what one person sent up."""
    u = t.upload.c
    query: Any = (
        select(*(u[name] for name in _UPLOAD_FIELDS), t.load_batch.c.state)
        .outerjoin_from(t.upload, t.load_batch, t.load_batch.c.batch_key == u.batch_key)
        .order_by(u.upload_key.desc())
        .limit(limit)
    )
    wanted = {u.upload_key: upload_key, u.batch_key: batch_key, u.uploaded_by: who}
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    return [Upload(*row) for row in connection.execute(query)]


def fetch_refused(
    scope: Scope, connection: Connection, catalog: Catalog, limit: int = 500, as_of: datetime | None = None
) -> list[RefusedRow]:
    """Rows refused by the last batch of each file that stands, or stood at a moment, newest first.

    A refused row may speak of any district, whatever its file is about: they are for who sees everything.
    """
    q, b = t.quarantine_row.c, t.load_batch.c
    newest = select(func.max(b.batch_key)).where(_state(as_of) == "published").group_by(b.file_name)
    if as_of is not None:
        newest = newest.where(b.loaded_at <= as_of)
    query = (
        select(q.batch_key, b.file_name, q.sheet, q.row_no, q.column_name, q.value_found, q.reason_code)
        .join(t.load_batch, b.batch_key == q.batch_key)
        .where(q.batch_key.in_(newest), true() if scope == Scope.everything() else false())
        .order_by(q.batch_key.desc(), q.row_no)
        .limit(limit)
    )
    return [RefusedRow(*row) for row in connection.execute(query)]


def _state(as_of: datetime | None) -> ColumnElement[str]:
    """The state of a batch now, or as it was at a moment: before it was undone, and before it was approved."""
    b, u = t.load_batch.c, t.upload.c
    if as_of is None:
        return b.state
    is_staged = select(u.upload_key).where(
        u.batch_key == b.batch_key, u.staged_at.is_not(None), or_(u.approved_at.is_(None), u.approved_at > as_of)
    )
    return case((b.undone_at <= as_of, "undone"), (is_staged.exists(), "staged"), else_="published")


def _visible(scope: Scope, catalog: Catalog) -> ColumnElement[bool]:
    """All batches for an unlimited scope; else those whose every row became a fact inside it.

    A row that was refused, or brought nothing new, may speak of another district, and is in the counts.
    """
    if scope == Scope.everything():
        return true()
    batch, inside, outside = t.load_batch.c.batch_key, [], []
    for table in (t.fact_target, t.fact_actual):
        within = scope.where(catalog, table)
        inside.append(batch.in_(select(table.c.batch_key).where(within)))
        outside.append(batch.in_(select(table.c.batch_key).where(not_(within))))
    b = t.load_batch.c
    is_accounted_for = b.rows_in == b.facts_added + b.facts_corrected
    return and_(is_accounted_for, or_(*inside), not_(or_(*outside)))


def fetch_state(connection: Connection) -> dict[str, str]:
    """data_version, published_at."""
    return {row.name: row.value for row in connection.execute(select(t.warehouse_state))}


def fetch_data_version(connection: Connection) -> str:
    """The data version; caches are keyed by it. '0' before anything is loaded."""
    s = t.warehouse_state.c
    return connection.execute(select(s.value).where(s.name == "data_version")).scalar_one_or_none() or "0"


def count_rows(connection: Connection) -> dict[str, int]:
    """Rows by table, current facts apart."""
    tables: dict[str, Any] = {
        name: t.metadata.tables[name]
        for name in ("dim_district", "dim_indicator", "dim_source", "fact_progress", "quarantine_row")
    }
    counts = {name: connection.execute(select(func.count()).select_from(x)).scalar_one() for name, x in tables.items()}
    for name in ("fact_target", "fact_actual"):
        table = t.metadata.tables[name]
        current = select(func.count()).select_from(table).where(table.c.superseded_at.is_(None))
        counts[name] = connection.execute(current).scalar_one()
    return counts
