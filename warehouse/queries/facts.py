"""Facts and the mart as tidy rows, for exports and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    func,
    literal,
    not_,
    null,
    select,
)

from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.period import Period, from_key
from warehouse.queries.mart import Selection, condition, mart, seen, within
from warehouse.scope import Scope

FACT_COLUMNS = (
    "kind", "district_code", "indicator_code", "indicator_zh", "breakdown_code", "period_code", "comparator",
    "value", "value_high", "unit_code", "source_code", "locator", "span_start", "span_end", "confidence", "batch",
    "first_period_code", "due_on", "baseline_value", "baseline_period_code", "s1_value", "is_binding", "weight",
    "numerator", "denominator", "note",
)  # fmt: skip

PROGRESS_COLUMNS = (
    "district_code", "indicator_code", "indicator_zh", "breakdown_code", "period_code", "due_period_code",
    "is_primary", "is_current", "comparator", "target", "target_high", "qualifier", "actual", "unit_code", "attainment",
    "attainment_reason", "progress_share", "expected_share", "share_basis", "pace_ratio", "gap", "status",
    "previous_status", "since_period_code", "is_stretch", "forecast", "forecast_low", "forecast_high",
    "forecast_basis", "interval_basis", "confidence", "rule_version",
)  # fmt: skip


def fetch_facts(
    scope: Scope, connection: Connection, catalog: Catalog, as_of: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Every current fact, or those that stood at a moment, targets first.

    Columns ``FACT_COLUMNS``, values as decimals, unit as in the source.
    """
    target, actual = t.fact_target.c, t.fact_actual.c
    targets: Select[Any] = select(
        literal("target").label("kind"), target.indicator_key, target.district_key, target.breakdown_key,
        target.due_period_key.label("period_key"), target.comparator, target.value, target.value_high,
        target.unit_code, target.source_key, target.locator, target.span_start, target.span_end, target.confidence,
        target.batch_key, target.first_period_key, target.due_on, target.baseline_value, target.baseline_period_key,
        target.s1_value, target.is_binding, target.weight, null().label("numerator"), null().label("denominator"),
        target.note,
    ).where(stands(t.fact_target, as_of), scope.where(catalog, t.fact_target))  # fmt: skip
    actuals: Select[Any] = select(
        literal("actual").label("kind"), actual.indicator_key, actual.district_key, actual.breakdown_key,
        actual.period_key, actual.qualifier.label("comparator"), actual.value, null().label("value_high"),
        actual.unit_code, actual.source_key, actual.locator, actual.span_start, actual.span_end, actual.confidence,
        actual.batch_key, null().label("first_period_key"), null().label("due_on"), null().label("baseline_value"),
        null().label("baseline_period_key"), null().label("s1_value"), null().label("is_binding"),
        null().label("weight"), actual.numerator, actual.denominator, actual.note,
    ).where(stands(t.fact_actual, as_of), scope.where(catalog, t.fact_actual))  # fmt: skip
    for query in (targets, actuals):
        order = ("district_key", "indicator_key", "breakdown_key", "period_key")
        sub = query.subquery()
        ordered = select(sub).order_by(*(sub.c[name] for name in order))
        for row in connection.execute(ordered):
            yield _named(catalog, row._mapping) | {
                "kind": row.kind,
                "comparator": row.comparator,
                "value": row.value,
                "value_high": row.value_high,
                "unit_code": row.unit_code,
                "source_code": catalog.sources[row.source_key].code,
                "locator": row.locator,
                "span_start": row.span_start,
                "span_end": row.span_end,
                "confidence": row.confidence,
                "batch": row.batch_key,
                "first_period_code": _period_code(row.first_period_key),
                "due_on": row.due_on,
                "baseline_value": row.baseline_value,
                "baseline_period_code": _period_code(row.baseline_period_key),
                "s1_value": row.s1_value,
                "is_binding": row.is_binding,
                "weight": row.weight,
                "numerator": row.numerator,
                "denominator": row.denominator,
                "note": row.note,
            }


def fetch_progress(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    period: Period | None = None,
    selection: Selection | None = None,
    indicators: frozenset[int] | None = None,
    as_of: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """The mart, columns ``PROGRESS_COLUMNS``, values in the indicator's unit.

    All of it, or one period, some indicators, or a selection; now, or as known at a moment.
    """
    m = mart(selection.as_of if selection else as_of)
    where = within(scope, catalog, m, indicators=indicators)
    query = select(*seen(scope, m).values()).where(
        where if selection is None else condition(scope, catalog, m, selection)
    )
    if period is not None:
        query = query.where(m.c.period_key == period.key)
    order = (m.c[name] for name in ("district_key", "indicator_key", "breakdown_key", "period_key", "due_period_key"))
    for row in connection.execute(query.order_by(*order)).mappings():
        yield _named(catalog, row) | {
            **{name: row[name] for name in PROGRESS_COLUMNS if name in row},
            "due_period_code": _period_code(row["due_period_key"]),
            "since_period_code": _period_code(row["since_period_key"]),
            "unit_code": catalog.indicators[row["indicator_key"]].unit_code,
        }


class SourceCount(NamedTuple):
    """How many current facts stand in a source."""

    targets: int
    actuals: int


def count_facts_by_source(
    scope: Scope, connection: Connection, catalog: Catalog, as_of: datetime | None = None
) -> dict[int, SourceCount]:
    """By source key, for the sources a reader may see anything of; now, or as known at a moment."""

    def count(table: Table) -> dict[int, int]:
        query = (
            select(table.c.source_key, func.count())
            .where(stands(table, as_of), scope.where(catalog, table))
            .group_by(table.c.source_key)
        )
        return {row[0]: row[1] for row in connection.execute(query)}

    targets, actuals = count(t.fact_target), count(t.fact_actual)
    keys = targets.keys() | actuals.keys()
    return {key: SourceCount(targets.get(key, 0), actuals.get(key, 0)) for key in keys}


def sees_whole_source(scope: Scope, connection: Connection, catalog: Catalog, source_key: int) -> bool:
    """Whether a reader may see every fact a source has brought, so that its words around one of them tell no more."""
    if scope == Scope.everything():
        return True
    return not any(
        connection.execute(
            select(table.c.source_key)
            .where(table.c.source_key == source_key, not_(scope.where(catalog, table)))
            .limit(1)
        ).first()
        for table in (t.fact_target, t.fact_actual)
    )


def stands(table: FromClause, as_of: datetime | None) -> ColumnElement[bool]:
    """Whether a fact is the one known now, or was at a moment.

    An undo takes back the moment a fact was superseded; the history of the mart keeps it, and every
    fact that stands is in the mart.
    """
    if as_of is None:
        return table.c.superseded_at.is_(None)
    name = "target_key" if "target_key" in table.c else "actual_key"
    m = mart(as_of)
    return and_(table.c.recorded_at <= as_of, table.c[name].in_(select(m.c[name]).where(m.c[name].is_not(None))))


def _named(catalog: Catalog, row: Mapping[Any, Any]) -> dict[str, Any]:
    indicator = catalog.indicators[row["indicator_key"]]
    return {
        "district_code": catalog.districts[row["district_key"]].code,
        "indicator_code": indicator.code,
        "indicator_zh": indicator.name_zh,
        "breakdown_code": catalog.breakdowns[row["breakdown_key"]].code,
        "period_code": _period_code(row["period_key"]),
    }


def _period_code(key: int | None) -> str | None:
    return None if key is None else from_key(key).code
