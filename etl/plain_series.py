"""Series without targets and in their indicator's own unit: their rows of the mart are copies of the facts.

There can be very many, and judging has nothing to say of them; SQL makes the copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    MetaData,
    Table,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)

from etl.judging import without_target
from etl.load import SeriesKey
from warehouse import tables as t
from warehouse.bulk import insert_rows
from warehouse.catalog import Catalog
from warehouse.measures.period import Period
from warehouse.types import UtcDateTime

_KEY = "indicator_key", "district_key", "breakdown_key"
_PLAIN = Table(
    "plain_series",
    MetaData(),
    *(Column(name, Integer) for name in _KEY),
    Column("latest_period_key", Integer),
    prefixes=["TEMPORARY"],
)
_A, _M = t.fact_actual.c, t.fact_progress.c


class PlainSeries:
    """Those of some series that are plain, kept in a table of the transaction until they are written."""

    def __init__(
        self, connection: Connection, catalog: Catalog, series: Iterable[SeriesKey], latest: Mapping[int, Period]
    ) -> None:
        """``latest``: by district, the last half-year it reported anything for."""
        self._connection, self._catalog = connection, catalog
        _PLAIN.create(connection)
        last = {district: period.key for district, period in latest.items()}
        rows = [dict(zip(_PLAIN.c.keys(), (*key, last.get(key[1])), strict=True)) for key in series]
        insert_rows(connection, _PLAIN, rows, _KEY)
        target = t.fact_target.c
        in_other_units = select(_A.actual_key).join(
            t.dim_indicator, t.dim_indicator.c.indicator_key == _A.indicator_key
        )
        for reason in (
            select(target.target_key).where(_is_of(t.fact_target), is_believed(target)),
            in_other_units.where(_is_of(t.fact_actual), is_believed(_A), _A.unit_code != t.dim_indicator.c.unit_code),
        ):
            connection.execute(delete(_PLAIN).where(exists(reason.correlate(_PLAIN))))
        found = connection.execute(select(*(_PLAIN.c[name] for name in _KEY)))
        self.keys: set[SeriesKey] = {(row[0], row[1], row[2]) for row in found}

    def stale(self) -> list[int]:
        """Keys of their rows in the mart that are not what they should be."""
        fact = (_A.actual_key == _M.actual_key) & is_believed(_A)
        rows = select(_M.progress_key).join_from(_PLAIN, t.fact_progress, _is_of(t.fact_progress))
        wrong = (_M[name].is_distinct_from(cell) for name, cell in self._cells().items())
        return list(self._connection.scalars(rows.outerjoin(t.fact_actual, fact).where(or_(*wrong))))

    def missing(self) -> int:
        """How many rows the mart lacks once the stale ones are gone."""
        figures = select(func.count()).select_from(_PLAIN.join(t.fact_actual, _is_of(t.fact_actual)))
        held = select(func.count()).select_from(_PLAIN.join(t.fact_progress, _is_of(t.fact_progress)))
        count = self._connection.scalar
        return (count(figures.where(is_believed(_A))) or 0) - (count(held) or 0)

    def write(self, at: datetime) -> None:
        """Write the rows the mart lacks."""
        cells = self._cells() | {"recorded_at": literal(at, UtcDateTime())}
        filled = {name: cell for name, cell in cells.items() if cell is not _NULL}
        mart = _PLAIN.outerjoin(t.fact_progress, _is_of(t.fact_progress))  # outer: never read but for these series
        held = select(func.coalesce(_M.actual_key, 0)).select_from(mart)
        rows = (
            select(*filled.values())
            .join_from(_PLAIN, t.fact_actual, _is_of(t.fact_actual))
            .where(is_believed(_A), _A.actual_key.not_in(held))
        )
        self._connection.execute(insert(t.fact_progress).from_select(list(filled), rows))
        _PLAIN.drop(self._connection)

    def _cells(self) -> dict[str, ColumnElement[Any]]:
        """What stands in the mart's columns of a fact, as ``judge_series`` would have it."""
        same = {**without_target(), "rule_version": self._catalog.rules.version}
        cells: dict[str, ColumnElement[Any]] = {
            name: _NULL if value is None else literal(value, _M[name].type) for name, value in same.items()
        }
        cells |= {name: _A[name] for name in (*_KEY, "period_key", "actual_key", "qualifier", "confidence")}
        return cells | {"actual": _A.value, "is_current": _A.period_key == _PLAIN.c.latest_period_key}


_NULL = null()


def _is_of(table: FromClause) -> ColumnElement[bool]:
    """Whether a row is of a series in the table of plain ones."""
    i, d, b = (table.c[name] == _PLAIN.c[name] for name in _KEY)
    return i & d & b


def is_believed(columns: Any) -> ColumnElement[bool]:
    """Whether a fact is not superseded."""
    believed: ColumnElement[bool] = columns.superseded_at.is_(None)
    return believed
