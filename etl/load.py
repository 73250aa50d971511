"""Load: facts → the fact tables, append-only. A correction supersedes, an undo un-supersedes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, select, update

from etl.conform import GRAINS, SERIES, Conformed, grain_of
from etl.plain_actuals import OWN_SOURCE
from warehouse import tables as t
from warehouse.bulk import insert_rows

FACTS: dict[str, tuple[Table, Column[Any]]] = {
    "target": (t.fact_target, t.fact_target.c.target_key),
    "actual": (t.fact_actual, t.fact_actual.c.actual_key),
}
_NOT_CONTENT = {
    "target_key", "actual_key", "batch_key", "recorded_at", "superseded_at", "superseded_by",
}  # fmt: skip
_KEPT = {
    "first_period_key": {"first_period_code"}, "is_binding": {"is_binding"}, "weight": {"weight"},
    "baseline_value": {"baseline_value"}, "baseline_period_key": {"baseline_period_code"}, "s1_value": {"s1_value"},
    "due_on": {"due_on", "due_text"},
}  # fmt: skip
"""Columns of a target that a new version takes over from the one before, unless its table has a column for them."""
_OF_THE_TEXT = {"is_binding", "due_on"}
"""What the words of a target may say themselves (力争, 10月底前)."""
_PARTS = {"numerator", "denominator"}
_PLACE = frozenset({"source_key", "locator"})
_PROVENANCE = {"source_key", "locator", "span_start", "span_end", "confidence", "note"}
_CHUNK = 400

Grain = tuple[Any, ...]
SeriesKey = tuple[int, int, int]
"""Indicator, district, breakdown."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file changes: rows to insert, keys of facts they supersede, keys of facts withdrawn."""

    kind: str
    added: tuple[dict[str, Any], ...]
    corrected: tuple[tuple[dict[str, Any], int], ...]
    """(new row, key of the version it supersedes)"""
    withdrawn: tuple[tuple[Grain, int], ...]
    unchanged: int
    known: Mapping[Grain, Mapping[str, Any]] = field(default_factory=dict)
    """What is believed now of the same things, with the key of the fact."""

    @property
    def count(self) -> int:
        """How many facts are new, corrected or withdrawn."""
        return len(self.added) + len(self.corrected) + len(self.withdrawn)

    def series(self) -> set[SeriesKey]:
        """The series whose figures may change."""
        rows = chain(self.added, (row for row, _ in self.corrected))
        return {*map(SERIES, rows), *((grain[0], grain[1], grain[2]) for grain, _ in self.withdrawn)}


def diff(
    connection: Connection,
    conformed: Conformed,
    mirrored_file: str | None = None,
    own_source_key: int | None = None,
) -> Changes:
    """Compare facts with what is believed now.

    ``mirrored_file``: the file is the whole truth for what it brought before. What it said before
    and says again is nothing new, whoever corrected it since; facts it brought and no longer has
    are withdrawn, unless some of its rows are refused, for one of those may be meant. None for
    uploads, which only add and correct.
    ``own_source_key``: facts from this source stand in the file itself; that another file says the
    same again is no correction.
    """
    table, key = FACTS[conformed.kind]
    known = _current(connection, table, key, conformed)
    said = {} if mirrored_file is None else _said_before(connection, table, conformed.kind, mirrored_file)
    added, corrected, unchanged = [], [], 0
    grain_of_row = GRAINS[conformed.kind]
    for number, row in enumerate(conformed.rows):
        grain = grain_of_row(row)
        before = known.get(grain)
        if before is None:
            added.append(row)
            continue
        told = None if mirrored_file is not None else _told(conformed, number)
        if told is not None:
            _complete(row, before, told)
        ignored = _ignored(row, told, own_source_key)
        if grain in said and not _differs(row, said[grain], ignored):
            unchanged += 1
        elif _differs(row, before, ignored):
            corrected.append((row, before[key.name]))
        else:
            unchanged += 1
    withdrawn: list[tuple[Grain, int]] = []
    if mirrored_file is not None and not conformed.refused:
        brought = _brought_by(connection, table, key, conformed.kind, mirrored_file)
        present = set(map(grain_of_row, conformed.rows))
        withdrawn = [(grain, fact) for grain, fact in brought if grain not in present]
    return Changes(conformed.kind, tuple(added), tuple(corrected), tuple(withdrawn), unchanged, known)


def _told(conformed: Conformed, number: int) -> Set[str] | None:
    """The columns of the table a row comes from; None where it is not known to come from one."""
    return conformed.origins[number].table.texts.keys() if conformed.origins else None


def _complete(row: dict[str, Any], before: Mapping[str, Any], told: Set[str]) -> None:
    """What a table has no column for, it does not take back: the baseline, weight or parts known stay with the fact."""
    for name, columns in _KEPT.items():
        is_in_text = name in _OF_THE_TEXT and row.get(name)
        if name in row and told.isdisjoint(columns) and not is_in_text:
            row[name] = before[name]
    if "numerator" in row and not told & _PARTS and row["value"] == before["value"]:
        row |= {name: before[name] for name in _PARTS}


def _ignored(row: Mapping[str, Any], told: Set[str] | None, own_source_key: int | None) -> frozenset[str]:
    """Provenance that makes no correction: that another file says the same again, in other words or another place."""
    if row["source_key"] != own_source_key:
        return frozenset()
    if told is None:
        return _PLACE
    said = {name for name in told & _PROVENANCE if row.get(name) is not None}  # a blank 备注 takes no note back
    return _PLACE | (_PROVENANCE - said)


def _differs(row: Mapping[str, Any], before: Mapping[str, Any], ignored: frozenset[str]) -> bool:
    content = _content(tuple(row), ignored)
    return bool(content(row) != content(before))


@cache
def _content(names: tuple[str, ...], ignored: frozenset[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """What takes all but some columns from a row; there are few such choices."""
    return itemgetter(*(name for name in names if name not in ignored))


def apply(
    connection: Connection, changes: Changes, batch_key: int, at: datetime, own_source_key: int | None = None
) -> None:
    """Write the changes of one batch. ``own_source_key``: the source of what stands in the file itself."""
    table, key = FACTS[changes.kind]
    gone = [fact for _, fact in changes.corrected] + [fact for _, fact in changes.withdrawn]
    for chunk in _chunks(gone):
        connection.execute(update(table).where(key.in_(chunk)).values(superseded_at=at, superseded_by=batch_key))
    rows = [*changes.added, *(row for row, _ in changes.corrected)]
    order = [column.name for column in _grain_columns(changes.kind, table)]
    mine = [row for row in rows if row["source_key"] == OWN_SOURCE]
    cited = [row for row in rows if row["source_key"] != OWN_SOURCE] if len(mine) < len(rows) else []
    insert_rows(connection, table, mine, order, batch_key=batch_key, recorded_at=at, source_key=own_source_key)
    insert_rows(connection, table, cited, order, batch_key=batch_key, recorded_at=at)


def undo(connection: Connection, batch_key: int, at: datetime) -> set[SeriesKey]:
    """Take a batch's facts back and restore what they superseded; returns the series touched.

    The versions of a fact form a chain through ``superseded_by``, and the undone version leaves it:
    what lay under it comes back, or is handed to the later batch whose word stands. So undoing
    several batches, in any order, restores the first state.
    """
    touched: set[SeriesKey] = set()
    for kind, (table, key) in FACTS.items():
        grain = _grain_columns(kind, table)
        mine = connection.execute(select(table.c.superseded_by, *grain).where(table.c.batch_key == batch_key)).all()
        under = connection.execute(select(key, *grain).where(table.c.superseded_by == batch_key)).all()
        touched |= {(row[1], row[2], row[3]) for row in (*mine, *under)}
        later = _later_batches(connection, kind, batch_key, under)
        heirs = {tuple(row[1:]): row[0] for row in mine if row[0] is not None}
        of_batch = update(table).where(table.c.batch_key == batch_key)
        connection.execute(of_batch.where(table.c.superseded_at.is_(None)).values(superseded_at=at))
        connection.execute(of_batch.values(superseded_by=None))
        for row in under:
            heir = heirs.get(tuple(row[1:]), later.get(row[0]))
            values = {"superseded_by": heir} if heir is not None else {"superseded_by": None, "superseded_at": None}
            connection.execute(update(table).where(key == row[0]).values(**values))
    return touched


def _later_batches(connection: Connection, kind: str, batch_key: int, under: Sequence[Row[Any]]) -> dict[int, int]:
    """By key of a fact this batch superseded, the published batch that brought its next version but for this one.

    Versions follow each other by key of the fact: a batch has its number since it was staged, and may
    have been published after one with a higher number.
    """
    if not under:
        return {}
    table, key = FACTS[kind]
    query = (
        select(key, table.c.batch_key, *_grain_columns(kind, table))
        .join(t.load_batch, t.load_batch.c.batch_key == table.c.batch_key)
        .where(key > min(row[0] for row in under), table.c.batch_key != batch_key, t.load_batch.c.state == "published")
        .order_by(key)
    )
    versions: dict[Grain, list[tuple[int, int]]] = {}
    for row in connection.execute(query):
        versions.setdefault(tuple(row[2:]), []).append((row[0], row[1]))
    found = ((row[0], next((b for k, b in versions.get(tuple(row[1:]), ()) if k > row[0]), None)) for row in under)
    return {fact: batch for fact, batch in found if batch is not None}


def _grain_columns(kind: str, table: Table) -> tuple[Column[Any], ...]:
    period = table.c.due_period_key if kind == "target" else table.c.period_key
    return table.c.indicator_key, table.c.district_key, table.c.breakdown_key, period


def _current(
    connection: Connection, table: Table, key: Column[Any], conformed: Conformed
) -> dict[Grain, dict[str, Any]]:
    """The believed facts these rows speak of, by grain."""
    grain = [column.name for column in _grain_columns(conformed.kind, table)]
    names = [*grain, *(column.name for column in table.c if column.name not in {*_NOT_CONTENT, *grain}), key.name]
    columns = [table.c[name] for name in names]
    indicators = sorted({row["indicator_key"] for row in conformed.rows})
    meant = set(map(GRAINS[conformed.kind], conformed.rows))
    known = {}
    for chunk in _chunks(indicators):
        query = select(*columns).where(table.c.indicator_key.in_(chunk), table.c.superseded_at.is_(None))
        for row in connection.execute(query).all():
            if row[:4] in meant:
                known[row[:4]] = dict(zip(names, row, strict=True))
    return known


def _said_before(connection: Connection, table: Table, kind: str, file_name: str) -> dict[Grain, dict[str, Any]]:
    """What a file said of each fact, as far as it still stands by it: believed, or corrected by another file."""
    mine, other = t.load_batch.alias("mine"), t.load_batch.alias("other")
    query = (
        select(*(c for c in table.c if c.name not in _NOT_CONTENT))
        .join(mine, mine.c.batch_key == table.c.batch_key)
        .outerjoin(other, other.c.batch_key == table.c.superseded_by)
        .where(mine.c.file_name == file_name, mine.c.state == "published")
        .where(table.c.superseded_at.is_(None) | (other.c.file_name != file_name))
        .order_by(FACTS[kind][1])
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return {grain_of(kind, row): row for row in rows}


def _brought_by(
    connection: Connection, table: Table, key: Column[Any], kind: str, file_name: str
) -> list[tuple[Grain, int]]:
    query = (
        select(key, *_grain_columns(kind, table))
        .join(t.load_batch, t.load_batch.c.batch_key == table.c.batch_key)
        .where(t.load_batch.c.file_name == file_name, table.c.superseded_at.is_(None))
    )
    return [(tuple(row[1:]), row[0]) for row in connection.execute(query)]


def _chunks(values: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
