"""Publish: facts → the mart, judged by ``etl.judging``; only what differs is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Index,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
)

from etl.judging import judge_series
from etl.load import SeriesKey
from etl.plain_series import PlainSeries, is_believed
from etl.series_facts import Row, SeriesFacts, fetch_series_facts, pooled_shares
from warehouse import tables as t
from warehouse.bulk import alike, drop_indexes, insert_rows
from warehouse.catalog import Catalog
from warehouse.measures.period import Period, from_key
from warehouse.measures.target import MeasureType
from warehouse.types import UtcDateTime

_KEY = "indicator_key", "district_key", "breakdown_key", "period_key", "target_key"
_MART = *_KEY, *(column.name for column in t.fact_progress.c if column.name not in {*_KEY, "recorded_at"})
_GRAIN = itemgetter(*_KEY)
_SERIES = 100
"""So many are looked at together, or those of one indicator."""
_FEW = 400
"""So many districts, or series, are named in a query; of more, all are read."""
_MANY = 5000
"""From so many new rows on, if they are more than the mart holds, its indexes are made anew."""
_KEYS = 5000
"""So many in one IN; SQLite takes 32,766 and PostgreSQL 65,535."""

Progress = Callable[[int, int], None]
"""Called with (series done, series in all) while the mart is rebuilt."""


class Difference(NamedTuple):
    """Rows of some series to write, and rows of the mart that no longer hold."""

    fresh: list[Row]
    stale: list[Row]
    series: int
    """How many were compared."""


class Published(NamedTuple):
    """How many mart rows were written, and how many went."""

    written: int
    removed: int


def publish(
    connection: Connection,
    catalog: Catalog,
    at: datetime,
    series: set[SeriesKey] | None = None,
    progress: Progress | None = None,
) -> Published:
    """Bring the mart in step with the facts, some indicators at a time.

    ``series``: those whose facts changed; None recomputes everything. Others are drawn in where
    theirs could change too: a flow's siblings (pooled shares), and all series of a district whose
    latest report moved.
    """
    latest = latest_reports(connection)
    affected = _affected(connection, catalog, series, latest)
    held = connection.execute(select(func.count()).select_from(t.fact_progress)).scalar_one()
    plain = PlainSeries(connection, catalog, affected, latest)
    affected -= plain.keys
    stale = plain.stale()
    _forget(connection, stale, at)
    written, removed, seen = plain.missing(), len(stale), 0
    waiting: list[Index] = []
    if _outgrows(written, held):
        waiting = _drop_indexes(connection)
    plain.write(at)
    if progress is not None and plain.keys:
        progress(len(plain.keys), len(plain.keys) + len(affected))
    for difference in differences(connection, catalog, affected, latest, progress, len(plain.keys)):
        seen, fresh = seen + difference.series, len(difference.fresh)
        to_come = fresh + (written + fresh) * (len(affected) - seen) // seen
        if not waiting and _outgrows(to_come, held + written):
            waiting = _drop_indexes(connection)
        write_difference(connection, difference, at)
        written, removed = written + fresh, removed + len(difference.stale)
    for index in waiting:
        index.create(connection)
    return Published(written, removed)


def _outgrows(to_come: int, held: int) -> bool:
    """Whether so much is written that indexes are cheaper made anew than kept in step."""
    return to_come > max(_MANY, held)


def _drop_indexes(connection: Connection) -> list[Index]:
    return drop_indexes(connection, t.fact_progress, keep="ix_fact_progress_series")


def differences(
    connection: Connection,
    catalog: Catalog,
    series: set[SeriesKey],
    latest: Mapping[int, Period],
    progress: Progress | None = None,
    done: int = 0,
) -> Iterator[Difference]:
    """What the mart lacks and what it has too much of, of exactly these series, some indicators at a time.

    ``latest``: see ``latest_reports``; ``done``: how many series others have done, as ``progress`` is to count them.
    """
    in_all = done + len(series)
    for wanted in _by_indicators(series):
        yield _compare(connection, catalog, wanted, latest)
        done += len(wanted)
        if progress is not None:
            progress(done, in_all)


def _by_indicators(series: set[SeriesKey]) -> Iterator[set[SeriesKey]]:
    """The series in parts, each of whole indicators: few enough for memory, enough to make a query worth it."""
    part: set[SeriesKey] = set()
    for _, of_indicator in groupby(sorted(series), key=itemgetter(0)):
        part.update(of_indicator)
        if len(part) >= _SERIES:
            yield part
            part = set()
    if part:
        yield part


def _compare(
    connection: Connection, catalog: Catalog, wanted: set[SeriesKey], latest: Mapping[int, Period]
) -> Difference:
    indicators = {key[0] for key in wanted}
    facts = _fetch_facts(connection, catalog, wanted)
    pooled = pooled_shares(catalog, facts)
    known = _fetch_mart(connection, indicators, wanted)
    fresh: list[Row] = []
    unchanged: set[tuple[Any, ...]] = set()
    for key in sorted(wanted & facts.keys()):
        for row in judge_series(catalog, key, facts[key], pooled.get((key[0], key[2]), {}), latest.get(key[1])):
            grain = grain_of(row)
            before = known.get(grain)
            if before is not None and row.items() <= before.items():
                unchanged.add(grain)
            else:
                fresh.append(row)
    return Difference(fresh, [row for grain, row in known.items() if grain not in unchanged], len(wanted))


def _fetch_facts(connection: Connection, catalog: Catalog, wanted: set[SeriesKey]) -> dict[SeriesKey, SeriesFacts]:
    """The facts of these series, and of flows with targets those of all districts, whose shares are pooled."""
    indicators = {key[0] for key in wanted}
    target = t.fact_target.c
    judged = select(target.indicator_key).where(is_believed(target), target.indicator_key.in_(indicators)).distinct()
    have_targets = set(connection.scalars(judged))
    flows = {key for key in have_targets if catalog.indicators[key].measure_type is MeasureType.FLOW}
    return fetch_series_facts(connection, catalog, {key[:2] for key in wanted if key[0] not in flows}, flows)


def grain_of(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    """What tells a row of the mart from every other."""
    grain: tuple[Any, ...] = _GRAIN(row)
    return grain


def latest_reports(connection: Connection) -> dict[int, Period]:
    """By district, the last half-year it reported anything for."""
    a = t.fact_actual.c
    query = select(a.district_key, func.max(a.period_key)).where(is_believed(a)).group_by(a.district_key)
    return {row[0]: from_key(row[1]) for row in connection.execute(query)}


def _affected(
    connection: Connection, catalog: Catalog, series: set[SeriesKey] | None, latest: Mapping[int, Period]
) -> set[SeriesKey]:
    """The series themselves, siblings of flows, and everything of districts whose latest report moved."""
    if series is None:
        return {*_all_series(connection), *series_of(connection, t.fact_progress)}
    m = t.fact_progress.c
    shown = connection.execute(
        select(m.district_key, func.min(m.period_key))  # later ones are milestones done before they began
        .where(m.is_current, m.actual_key.is_not(None))
        .group_by(m.district_key)
    )
    before = {row[0]: row[1] for row in shown}
    now = {district: period.key for district, period in latest.items()}
    moved = {district for district in before.keys() | now.keys() if before.get(district) != now.get(district)}
    of_moved = {key for key in _all_series(connection) if key[1] in moved} if moved else set()
    return series | of_moved | _siblings(connection, catalog, series)


def _siblings(connection: Connection, catalog: Catalog, series: set[SeriesKey]) -> set[SeriesKey]:
    """The same flows in other districts with targets, which are judged by shares of the first half pooled from all."""
    flows = {
        (indicator, breakdown)
        for indicator, _, breakdown in series
        if catalog.indicators[indicator].measure_type is MeasureType.FLOW
    }
    judged = series_of(connection, t.fact_target, is_believed(t.fact_target.c)) if flows else ()
    return {key for key in judged if (key[0], key[2]) in flows}


def _all_series(connection: Connection) -> Iterator[SeriesKey]:
    """Every series with a current fact."""
    for table in (t.fact_target, t.fact_actual):
        yield from series_of(connection, table, table.c.superseded_at.is_(None))


def series_of(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> Iterator[SeriesKey]:
    """The series that have rows of a table for which the conditions hold."""
    c = table.c
    query = select(c.indicator_key, c.district_key, c.breakdown_key).where(*conditions).distinct()
    for row in connection.execute(query):
        yield row[0], row[1], row[2]


def _fetch_mart(connection: Connection, indicators: set[int], wanted: set[SeriesKey]) -> dict[tuple[Any, ...], Row]:
    """Rows of the mart by their grain, without the moment they were written."""
    m = t.fact_progress.c
    query = select(*(m[name] for name in _MART)).where(m.indicator_key.in_(sorted(indicators)))
    places = {key[:2] for key in wanted}
    if len(places) < _FEW:
        query = query.where(tuple_(m.indicator_key, m.district_key).in_(sorted(places)))
    rows = connection.execute(query).all()
    return {row[:5]: dict(zip(_MART, row, strict=True)) for row in rows if row[:3] in wanted}


def write_difference(connection: Connection, difference: Difference, at: datetime) -> None:
    """Move what no longer holds into the history, and write what does."""
    _forget(connection, [row["progress_key"] for row in difference.stale], at)
    for rows in alike(difference.fresh):
        insert_rows(connection, t.fact_progress, rows, recorded_at=at)


def _forget(connection: Connection, stale: Sequence[int], at: datetime) -> None:
    for keys in chunks(stale, _KEYS):
        gone = t.fact_progress.c.progress_key.in_(keys)
        remember(connection, gone, at)
        connection.execute(delete(t.fact_progress).where(gone))


def remember(connection: Connection, rows: ColumnElement[bool], at: datetime) -> None:
    """Copy rows of the mart into the history, as they read until now."""
    columns = [column for column in t.fact_progress.c if column.name != "progress_key"]
    names = [*(column.name for column in columns), "superseded_at"]
    former = select(*columns, literal(at, UtcDateTime())).where(rows)
    connection.execute(insert(t.fact_progress_history).from_select(names, former))


def chunks(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Parts of a list, because databases take only so many values at once."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
