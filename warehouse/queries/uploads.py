"""Uploads (上传的文件) and what batches brought: who may see them is a matter of who sent them.

What an upload says is in no table before it is published, so a scope cannot tell whose business it is:
a reader sees what he sent himself, and what was sent by those who see nothing he does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, select, true

from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.period import from_key
from warehouse.measures.status import Status
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import Place
from warehouse.scope import Scope

LOOKED_AT, STAGED, PUBLISHED, UNDONE, DISCARDED = "looked_at", "staged", "published", "undone", "discarded"


@dataclass(frozen=True, slots=True)
class UploadLine:
    """An upload with what became of it; no content."""

    key: int
    file_name: str
    sender: str | None
    answers: str
    """JSON: what a person said of the file."""
    uploaded_by: str
    uploaded_at: datetime
    batch_key: int | None
    staged_by: str | None
    staged_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    rows_in: int | None
    rows_rejected: int | None
    facts_added: int | None
    facts_corrected: int | None
    batch_state: str | None
    undone_by: str | None
    undone_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it can still be put right and handed over."""
        return self.state in (LOOKED_AT, DISCARDED)

    @property
    def state(self) -> str:
        """Looked at, staged, published, undone after that, or discarded before."""
        if self.batch_state is None:
            return LOOKED_AT
        return DISCARDED if self.batch_state == UNDONE and self.approved_at is None else self.batch_state


@dataclass(frozen=True, slots=True)
class BroughtFact:
    """A fact a batch brought, with the version it superseded; columns as in the fact tables."""

    kind: str
    row: Mapping[str, Any]
    before: Mapping[str, Any] | None
    is_believed: bool
    """Whether it still stands; undoing the batch then restores the version before."""


@dataclass(frozen=True, slots=True)
class BroughtLight:
    """A light as it was before a batch and after it."""

    key: RowKey
    place: Place
    before: Status | None
    after: Status | None


_FACTS: dict[str, tuple[Table, str]] = {
    "target": (t.fact_target, "due_period_key"), "actual": (t.fact_actual, "period_key"),
}  # fmt: skip
_U, _B = t.upload.c, t.load_batch.c


def fetch_uploads(
    actors: Iterable[str] | None, connection: Connection, limit: int, before: int | None = None
) -> list[UploadLine]:
    """Newest first, of some people (None: of all); ``before`` a key, for the next sheet."""
    query = _lines(actors).order_by(_U.upload_key.desc()).limit(limit)
    if before is not None:
        query = query.where(_U.upload_key < before)
    return [UploadLine(*row) for row in connection.execute(query)]


def fetch_upload(actors: Iterable[str] | None, connection: Connection, key: int) -> UploadLine | None:
    """One upload; None for what is not there, or not to be seen."""
    row = connection.execute(_lines(actors).where(_U.upload_key == key)).one_or_none()
    return None if row is None else UploadLine(*row)


def fetch_upload_of(actors: Iterable[str] | None, connection: Connection, batch_key: int) -> UploadLine | None:
    """The upload a batch came from; None for one from elsewhere, or not to be seen."""
    row = connection.execute(_lines(actors).where(_U.batch_key == batch_key)).one_or_none()
    return None if row is None else UploadLine(*row)


def count_staged(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    actors: Iterable[str] | None,
    *,
    districts: Iterable[int] | None = None,
    indicators: Iterable[int] | None = None,
) -> dict[int, int]:
    """Figures that wait for approval within a scope, by batch; of files of some people (None: of all)."""
    s = t.staged_figure.c
    query = (
        select(s.batch_key, func.sum(s.figures))
        .join(t.load_batch, _B.batch_key == s.batch_key)
        .join(t.upload, _U.batch_key == s.batch_key)
        .where(_B.state == STAGED, _visible(actors), scope.where(catalog, t.staged_figure))
        .group_by(s.batch_key)
        .order_by(s.batch_key)
    )
    for column, keys in ((s.district_key, districts), (s.indicator_key, indicators)):
        if keys is not None:
            query = query.where(column.in_(list(keys)))
    return {int(key): int(figures) for key, figures in connection.execute(query)}


def fetch_staged_mark(connection: Connection) -> str:
    """Another text whenever something is staged, approved or sent back; caches are keyed by it."""
    query = select(func.count(), func.max(_U.staged_at), func.max(_B.batch_key)).join(
        t.upload, _U.batch_key == _B.batch_key
    )
    return "|".join(map(str, connection.execute(query.where(_B.state == STAGED)).one()))


def fetch_undoing(connection: Connection, batch_key: int) -> tuple[str, datetime] | None:
    """Who took a batch back, or sent it back, and when."""
    query = select(_B.undone_by, _B.undone_at).where(_B.batch_key == batch_key, _B.undone_at.is_not(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.undone_by, row.undone_at)


def fetch_brought(
    scope: Scope, connection: Connection, catalog: Catalog, batch_key: int, limit: int
) -> list[BroughtFact]:
    """The facts of a batch within a scope, corrections before new ones."""
    found: list[BroughtFact] = []
    for kind, (table, period) in _FACTS.items():
        old = table.alias("old")
        grain = ("indicator_key", "district_key", "breakdown_key", period)
        same = and_(old.c.superseded_by == batch_key, *(old.c[name] == table.c[name] for name in grain))
        key = next(iter(table.primary_key.columns))
        query = (
            select(*table.c, *(c.label(f"old_{c.name}") for c in old.c))
            .outerjoin(old, same)
            .where(table.c.batch_key == batch_key, scope.where(catalog, table))
            .order_by(old.c[key.name].is_(None), *(table.c[name] for name in grain))
            .limit(limit)
        )
        for row in connection.execute(query).mappings():
            now = {c.name: row[c.name] for c in table.c}
            was = {c.name: row[f"old_{c.name}"] for c in old.c}
            found.append(BroughtFact(kind, now, None if was[key.name] is None else was, now["superseded_at"] is None))
    return found


def count_brought(scope: Scope, connection: Connection, catalog: Catalog, batch_key: int) -> tuple[int, int]:
    """How many facts of a batch lie within a scope, and how many in all."""
    inside = total = 0
    for table, _ in _FACTS.values():
        query = select(func.count()).select_from(table).where(table.c.batch_key == batch_key)
        total += connection.execute(query).scalar_one()
        inside += connection.execute(query.where(scope.where(catalog, table))).scalar_one()
    return inside, total


def fetch_brought_lights(scope: Scope, connection: Connection, catalog: Catalog, at: datetime) -> list[BroughtLight]:
    """Every light that changed at the moment a batch was published or undone, as the history of the mart has it."""
    now, past = t.fact_progress, t.fact_progress_history
    after = [*_rows(connection, scope, catalog, now, now.c.recorded_at == at)]
    after += _rows(connection, scope, catalog, past, past.c.recorded_at == at)
    before = _rows(connection, scope, catalog, past, past.c.superseded_at == at)
    was, is_now = ({tuple(row[:5]): row.status for row in rows} for rows in (before, after))
    changed = sorted(
        (grain for grain in was.keys() | is_now.keys() if was.get(grain) != is_now.get(grain)),
        key=lambda grain: tuple(-1 if part is None else part for part in (grain[1], grain[0], *grain[2:])),
    )
    return [_light(catalog, grain, was.get(grain), is_now.get(grain)) for grain in changed]


def _rows(connection: Connection, scope: Scope, catalog: Catalog, table: Table, when: ColumnElement[bool]) -> list[Any]:
    names = ("indicator_key", "district_key", "breakdown_key", "period_key", "due_period_key", "status")
    query = select(*(table.c[name] for name in names)).where(when, scope.where(catalog, table))
    return list(connection.execute(query))


def _light(catalog: Catalog, grain: tuple[Any, ...], before: str | None, after: str | None) -> BroughtLight:
    indicator, district, breakdown, period, due = grain
    key = RowKey(
        district_code=catalog.districts[district].code,
        indicator_code=catalog.indicators[indicator].code,
        breakdown_code=catalog.breakdowns[breakdown].code,
        period=from_key(period),
        due=None if due is None else from_key(due),
    )
    place = Place(indicator, district, breakdown)
    return BroughtLight(key, place, Status(before) if before else None, Status(after) if after else None)


def _lines(actors: Iterable[str] | None) -> Select[Any]:
    columns = (
        _U.upload_key, _U.file_name, _U.sender, _U.answers, _U.uploaded_by, _U.uploaded_at, _U.batch_key,
        _U.staged_by, _U.staged_at, _U.approved_by, _U.approved_at, _B.rows_in, _B.rows_rejected, _B.facts_added,
        _B.facts_corrected, _B.state, _B.undone_by, _B.undone_at,
    )  # fmt: skip
    of_batch = select(*columns).select_from(t.upload).outerjoin(t.load_batch, _B.batch_key == _U.batch_key)
    return of_batch.where(_visible(actors))


def _visible(actors: Iterable[str] | None) -> ColumnElement[bool]:
    return true() if actors is None else _U.uploaded_by.in_(sorted(actors))
