"""较上次会议: which rows of the mart read otherwise than at a moment, and why.

A row is an indicator × district × breakdown × half-year × due half-year. What was shown then, less what
the changes had before, plus what they have now, is what is shown now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, literal, null, select, union_all

from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.period import Period
from warehouse.measures.status import BETTER, Status
from warehouse.queries.causes import Pair, Reason, Version, explain
from warehouse.queries.mart import Place, ProgressRow, seen, within
from warehouse.scope import Scope
from warehouse.types import UtcDateTime

_KEYS = ("target_key", "actual_key", "rule_version")
_SHOWN = tuple(name for name in ProgressRow._fields if name not in _KEYS)
_MAJOR = ("status", "actual", "target", "target_high", "comparator")


class Move(StrEnum):
    """What became of a light."""

    BETTER = "better"
    WORSE = "worse"
    REPORTED = "reported"
    """A figure where there was none."""
    UNREPORTED = "unreported"
    """No figure where there was one."""
    TARGET = "target"
    """A target came or went, and with it the light."""
    SAME = "same"
    """The same light, with another figure, target, pace or forecast."""


@dataclass(frozen=True)
class Change:
    """A row of the mart before and after, None where there was or is no such row, and why.

    Where one target takes the place of another in the same half-year, the two rows are one change.
    """

    before: Version | None
    after: Version | None
    reasons: tuple[Reason, ...]
    """At least one, the target's first."""

    @property
    def row(self) -> ProgressRow:
        """The row now, or as it last was."""
        version = self.after or self.before
        assert version is not None
        return version.row

    @property
    def place(self) -> Place:
        """Its series."""
        return self.row.place

    @property
    def period(self) -> Period:
        """The half-year judged."""
        return self.row.period

    @property
    def light_before(self) -> Status | None:
        """亮灯 then."""
        return self.before.row.light if self.before else None

    @property
    def light_after(self) -> Status | None:
        """亮灯 now."""
        return self.after.row.light if self.after else None

    @property
    def is_primary(self) -> bool:
        """Whether pages show it first, or did."""
        return any(version.row.is_primary for version in (self.before, self.after) if version)

    @property
    def is_major(self) -> bool:
        """Whether light, figure or target changed, and not only pace, forecast, weight or what is current."""
        if self.before is None or self.after is None:
            return True
        return any(getattr(self.before.row, name) != getattr(self.after.row, name) for name in _MAJOR)

    @cached_property
    def move(self) -> Move:
        """What became of the light."""
        then, now = self.light_before, self.light_after
        if then in BETTER and now in BETTER:
            if then == now:
                return Move.SAME
            return Move.BETTER if BETTER[now] > BETTER[then] else Move.WORSE
        had, has = (version is not None and version.row.actual_key is not None for version in (self.before, self.after))
        if had != has:
            return Move.REPORTED if has else Move.UNREPORTED
        return Move.SAME if then == now else Move.TARGET


def fetch_changes(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    since: datetime,
    until: datetime | None = None,
    districts: Iterable[int] | None = None,
    indicators: Iterable[int] | None = None,
) -> list[Change]:
    """Every row that reads otherwise now, or at ``until``, than it did at ``since``, and why.

    By district, domain, indicator, breakdown, half-year and due half-year.
    """
    wanted = (None if keys is None else frozenset(keys) for keys in (districts, indicators))
    districts, indicators = wanted

    def read(m: FromClause) -> Iterator[Version]:
        return _read(scope, connection, m, within(scope, catalog, m, districts, indicators))

    before, after = _grouped(read(_gone(since, until))), _grouped(read(_come(since, until)))
    pairs = [pair for key in before.keys() | after.keys() for pair in _pairs(before.get(key, []), after.get(key, []))]
    reasons = explain(connection, catalog, pairs, since, until)
    changes = [Change(*pair, why) for pair, why in zip(pairs, reasons, strict=True)]
    return sorted(changes, key=lambda change: _order(catalog, change.row))


def _come(since: datetime, until: datetime | None) -> FromClause:
    """What is shown now, or was at ``until``, and was not yet at ``since``."""
    now, past = t.fact_progress, t.fact_progress_history
    if until is None:
        open_end = literal(None, UtcDateTime()).label("superseded_at")
        return select(*_columns(now), open_end).where(now.c.recorded_at > since).subquery("come")
    return union_all(
        select(*_columns(now), null().label("superseded_at")).where(
            now.c.recorded_at > since, now.c.recorded_at <= until
        ),
        select(*_columns(past), past.c.superseded_at).where(
            past.c.recorded_at > since, past.c.recorded_at <= until, past.c.superseded_at > until
        ),
    ).subquery("come")


def _gone(since: datetime, until: datetime | None) -> FromClause:
    """What was shown at ``since`` and is no more, or was not at ``until``."""
    past = t.fact_progress_history
    parts = [past.c.recorded_at <= since, past.c.superseded_at > since]
    if until is not None:
        parts.append(past.c.superseded_at <= until)
    return select(*_columns(past), past.c.superseded_at).where(*parts).subquery("gone")


def _columns(m: FromClause) -> list[ColumnElement[Any]]:
    return [m.c[column.name] for column in t.fact_progress.c if column.name != "progress_key"]


def _read(scope: Scope, connection: Connection, m: FromClause, where: ColumnElement[bool]) -> Iterator[Version]:
    columns = seen(scope, m)
    names = (*ProgressRow._fields, "is_current", "recorded_at", "superseded_at")
    for row in connection.execute(select(*(columns[name] for name in names)).where(where)):
        yield Version(ProgressRow._make(row[:-3]), *row[-3:])


def _grouped(versions: Iterable[Version]) -> dict[tuple[Place, int], list[Version]]:
    """By series and half-year."""
    found: dict[tuple[Place, int], list[Version]] = {}
    for version in versions:
        found.setdefault((version.row.place, version.row.period_key), []).append(version)
    return found


def _pairs(before: list[Version], after: list[Version]) -> Iterator[Pair]:
    """Versions of one series and half-year: those with one due half-year together, the others nearest first."""
    was = {version.row.due_period_key: version for version in before}
    now = {version.row.due_period_key: version for version in after}
    for due in was.keys() & now.keys():
        pair = was.pop(due), now.pop(due)
        if _differ(*pair):
            yield pair
    olds, news = (sorted(rest.values(), key=lambda version: _nearest(version.row)) for rest in (was, now))
    for place in range(max(len(olds), len(news))):
        yield olds[place] if place < len(olds) else None, news[place] if place < len(news) else None


def _differ(before: Version, after: Version) -> bool:
    """Whether two versions show anything different; another source of the same figure is no change."""
    return before.is_current != after.is_current or any(
        getattr(before.row, name) != getattr(after.row, name) for name in _SHOWN
    )


def _nearest(row: ProgressRow) -> tuple[bool, int]:
    return not row.is_primary, row.due_period_key or 0


def _order(catalog: Catalog, row: ProgressRow) -> tuple[Any, ...]:
    indicator = catalog.indicators[row.indicator_key]
    return (
        catalog.districts[row.district_key].sort_order, row.district_key,
        catalog.domains[indicator.domain_code].sort_order, indicator.name_zh, row.indicator_key,
        catalog.breakdowns[row.breakdown_key].sort_order, row.period_key, not row.is_primary, row.due_period_key or 0,
    )  # fmt: skip


def fetch_load_moments(connection: Connection, until: datetime | None = None, limit: int = 1000) -> list[datetime]:
    """When batches came in, by a moment or until now, newest first."""
    b = t.load_batch.c
    query = select(b.loaded_at).where(b.state != "staged").order_by(b.loaded_at.desc()).limit(limit)
    return list(connection.execute(query if until is None else query.where(b.loaded_at <= until)).scalars())
