"""Writing facts in bulk, as the batches would have brought them: append-only, corrections superseding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from etl.conform import grain_of
from etl.demo.books import Batch
from etl.load import FACTS, SeriesKey

_CHUNK = 5000
_GRAIN = ("indicator_key", "district_key", "breakdown_key")
_PERIOD = {"target": "due_period_key", "actual": "period_key"}

Row = dict[str, Any]


@dataclass(slots=True)
class _Held:
    """What a batch brings once its day has come."""

    rows: list[tuple[str, Row]] = field(default_factory=list)
    supersedes: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)


class Ledger:
    """Facts of batches up to ``cut`` are written at once; later ones are kept until they are settled."""

    def __init__(self, connection: Connection, cut: datetime) -> None:
        self._connection, self._cut = connection, cut
        self._pending: dict[str, list[Row]] = {kind: [] for kind in FACTS}
        self._held: dict[str, _Held] = {}
        self.entered: dict[str, int] = dict.fromkeys(FACTS, 0)
        self.corrections = 0
        self.sources: set[int] = set()

    def enter(self, kind: str, row: Row, batch: Batch) -> None:
        """A fact that is new."""
        batch.added += 1
        self.entered[kind] += 1
        self._put(kind, row, batch)

    def correct(self, kind: str, before: Row, row: Row, batch: Batch, later: Batch) -> None:
        """A fact as one batch brought it, and as a later one corrected it."""
        batch.added += 1
        self.entered[kind] += 1
        later.corrected += 1
        self.corrections += 1
        if later.at <= self._cut:
            self._put(kind, before, batch, later)
        else:
            self._put(kind, before, batch)
            self._hold(later).supersedes.append((kind, grain_of(kind, row)))
        self._put(kind, row, later)

    def write(self) -> None:
        """Write what is pending."""
        for kind, rows in self._pending.items():
            if rows:
                self._connection.execute(insert(FACTS[kind][0]), rows)
                rows.clear()

    def settle(self, batch: Batch) -> set[SeriesKey]:
        """Write what was kept of a batch; returns the series it touches."""
        held = self._held.pop(batch.name, _Held())
        for kind in FACTS:
            self._supersede(kind, [grain for of, grain in held.supersedes if of == kind], batch)
            self._pending[kind] += [row for of, row in held.rows if of == kind]
        self.write()
        return {(row["indicator_key"], row["district_key"], row["breakdown_key"]) for _, row in held.rows}

    def _put(self, kind: str, row: Row, batch: Batch, later: Batch | None = None) -> None:
        row.update(
            batch_key=batch.key,
            recorded_at=batch.at,
            superseded_at=later.at if later else None,
            superseded_by=later.key if later else None,
        )
        self.sources.add(row["source_key"])
        if batch.at > self._cut:
            self._hold(batch).rows.append((kind, row))
            return
        pending = self._pending[kind]
        pending.append(row)
        if len(pending) >= _CHUNK:
            self.write()

    def _hold(self, batch: Batch) -> _Held:
        return self._held.setdefault(batch.name, _Held())

    def _supersede(self, kind: str, grains: Sequence[tuple[Any, ...]], batch: Batch) -> None:
        if not grains:
            return
        table, names = FACTS[kind][0], (*_GRAIN, _PERIOD[kind])
        statement = (
            update(table)
            .where(*(table.c[name] == bindparam(f"of_{name}") for name in names), table.c.superseded_at.is_(None))
            .values(superseded_at=batch.at, superseded_by=batch.key)
        )
        keys = [f"of_{name}" for name in names]
        self._connection.execute(statement, [dict(zip(keys, grain, strict=True)) for grain in grains])
