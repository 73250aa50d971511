"""Series without targets that are new to the mart: their rows are copies of the facts, which SQL makes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, and_, except_, func, insert, literal, select

from etl.judging import without_target
from etl.load import SeriesKey
from warehouse import tables as t
from warehouse.catalog import Catalog


def new_series(connection: Connection) -> dict[SeriesKey, int]:
    """The series no one asks a question of, with how many figures they have; see ``_select_new_series``."""
    a = t.fact_actual.c
    new = _select_new_series().subquery()
    query = select(*_series_columns(t.fact_actual), func.count()).join(new, _is_of(new.c)).where(is_believed(a))
    rows = connection.execute(query.group_by(*_series_columns(t.fact_actual)))
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _select_new_series() -> CompoundSelect[Any]:
    """Series the mart has nothing of, without targets, and with every figure in the indicator's own unit.

    There can be very many of them at once, and judging has nothing to say of them: what it would make
    of them is a copy of the facts, which the database makes faster than anyone else.
    """
    a = t.fact_actual.c
    in_other_units = a.unit_code != t.dim_indicator.c.unit_code
    actuals = select(*_series_columns(t.fact_actual)).where(is_believed(a))
    return except_(
        actuals,
        select(*_series_columns(t.fact_target)).where(is_believed(t.fact_target.c)),
        select(*_series_columns(t.fact_progress)),
        actuals.join(t.dim_indicator, t.dim_indicator.c.indicator_key == a.indicator_key).where(in_other_units),
    )


def write_new_series(connection: Connection, catalog: Catalog, at: datetime) -> None:
    """The rows ``judge_series`` would make of the series of ``_select_new_series``."""
    a, m = t.fact_actual.c, t.fact_progress.c
    new, latest = _select_new_series().subquery(), select_latest().subquery()
    same = {**without_target(), "rule_version": catalog.rules.version, "recorded_at": at}
    cells: dict[str, ColumnElement[Any]] = {
        name: literal(value, m[name].type) for name, value in same.items() if value is not None
    }
    cells |= {name: a[name] for name in ("indicator_key", "district_key", "breakdown_key", "period_key")}
    cells |= {"actual_key": a.actual_key, "actual": a.value, "qualifier": a.qualifier, "confidence": a.confidence}
    cells["is_current"] = a.period_key == latest.c.period_key
    rows = (
        select(*cells.values())
        .select_from(t.fact_actual)
        .join(new, _is_of(new.c))
        .join(latest, latest.c.district_key == a.district_key)
        .where(is_believed(a))
    )
    connection.execute(insert(t.fact_progress).from_select(list(cells), rows))


def _series_columns(table: Any) -> tuple[Any, ...]:
    return table.c.indicator_key, table.c.district_key, table.c.breakdown_key


def _is_of(series: Any) -> ColumnElement[bool]:
    """Whether an actual is of a series."""
    a = t.fact_actual.c
    return and_(*(a[name] == series[name] for name in ("indicator_key", "district_key", "breakdown_key")))


def is_believed(columns: Any) -> ColumnElement[bool]:
    """Whether a fact is not superseded."""
    believed: ColumnElement[bool] = columns.superseded_at.is_(None)
    return believed


def select_latest() -> Select[Any]:
    """By district, the key of the last half-year it reported anything for."""
    a = t.fact_actual.c
    last = func.max(a.period_key).label("period_key")
    return select(a.district_key, last).where(is_believed(a)).group_by(a.district_key)
