"""Commit: what was examined → the facts, the mart and a batch that says so. In the caller's transaction, always."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from etl import load as loading
from etl.examine import Examined
from etl.findings import Finding
from etl.load import SeriesKey
from etl.plain_actuals import OWN_SOURCE
from etl.publish import Progress, publish
from etl.reference import upsert
from warehouse import tables as t
from warehouse.catalog import fetch_catalog


def commit(
    connection: Connection,
    examined: Examined,
    at: datetime,
    *,
    name: str,
    who: str,
    batch_key: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Publish what was examined, as a new batch or as the staged one named; returns its key."""
    if batch_key is None:
        batch_key = insert_batch(connection, examined, at, name=name, who=who, state="published")
    else:
        values = {"state": "published", "loaded_at": at, **examined.counts}
        connection.execute(update(t.load_batch).where(t.load_batch.c.batch_key == batch_key).values(values))
    series: set[SeriesKey] = set()
    own_source = _own_source_key(connection, examined, name)
    for changes in examined.changes:
        loading.apply(connection, changes, batch_key, at, own_source)
        series |= changes.series()
    _quarantine(connection, batch_key, examined)
    _keep_blanks(connection, batch_key, examined, at)
    republish(connection, at, series, progress)
    return batch_key


def insert_batch(connection: Connection, examined: Examined, at: datetime, *, name: str, who: str, state: str) -> int:
    """A new batch; returns its key."""
    values = {"file_name": name, "sha256": examined.sha256, "loaded_by": who, "loaded_at": at, "state": state}
    key = connection.execute(insert(t.load_batch).values(values | examined.counts)).inserted_primary_key
    assert key is not None
    return int(key[0])


def take_back(connection: Connection, batch_key: int, who: str, at: datetime) -> None:
    """Undo a published batch: its facts go, and what they superseded comes back."""
    mark_undone(connection, batch_key, who, at)
    republish(connection, at, loading.undo(connection, batch_key, at))


def mark_undone(connection: Connection, batch_key: int, who: str, at: datetime) -> None:
    """Write down that a batch no longer counts."""
    values = {"state": "undone", "undone_by": who, "undone_at": at}
    connection.execute(update(t.load_batch).where(t.load_batch.c.batch_key == batch_key).values(values))


def republish(connection: Connection, at: datetime, series: set[SeriesKey], progress: Progress | None = None) -> None:
    """Bring the mart in step with changed series, under a new data version."""
    publish(connection, fetch_catalog(connection), at, series, progress)
    bump(connection, at)


def bump(connection: Connection, at: datetime) -> None:
    """A new data version: every cached answer is out of date."""
    s = t.warehouse_state
    version = connection.execute(select(s.c.value).where(s.c.name == "data_version")).scalar_one_or_none()
    values = {"data_version": str(int(version or 0) + 1), "published_at": at.isoformat()}
    upsert(connection, s, ("name",), [{"name": name, "value": value} for name, value in values.items()])


def _own_source_key(connection: Connection, examined: Examined, name: str) -> int | None:
    """The file registered as the source of what names none; None where all of it does."""
    if not any(row["source_key"] == OWN_SOURCE for part in examined.read.conformed for row in part.rows):
        return None
    code = f"file-{examined.sha256[:16]}"
    of_code = select(t.dim_source.c.source_key).where(t.dim_source.c.source_code == code)
    key = connection.execute(of_code).scalar_one_or_none()
    if key is None:
        title = name.rpartition("/")[2]
        row = {
            "source_code": code, "title": title, "sha256": examined.sha256,
            "kind": "csv" if title.lower().endswith(".csv") else "workbook",
        }  # fmt: skip
        connection.execute(insert(t.dim_source), row)
        key = connection.execute(of_code).scalar_one()
    return int(key)


def _quarantine(connection: Connection, batch_key: int, examined: Examined) -> None:
    """Each refused record with everything found about it."""
    rows = [
        {
            "batch_key": batch_key, "sheet": r.sheet, "row_no": r.row_no, "column_name": r.column, "cell": r.cell,
            "value_found": r.value, "reason_code": r.reason, "raw": r.raw, "detail": _detail(found),
        }
        for found in examined.refused
        for r in found[:1]
    ]  # fmt: skip
    if rows:
        connection.execute(insert(t.quarantine_row), rows)


def _detail(findings: Sequence[Finding]) -> str:
    return json.dumps(
        [
            {
                "column": f.column, "cell": f.cell, "value": f.value, "reason": f.reason,
                "detail_zh": f.detail_zh, "detail_en": f.detail_en,
            }
            for f in findings
        ],
        ensure_ascii=False,
    )  # fmt: skip


def _keep_blanks(connection: Connection, batch_key: int, examined: Examined, at: datetime) -> None:
    if examined.blanks:
        stamp = {"batch_key": batch_key, "recorded_at": at}
        connection.execute(insert(t.blank_reason), [{**blank, **stamp} for blank in examined.blanks])
