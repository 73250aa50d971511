"""Where a number comes from: the facts behind a row of the mart, their source, batch and versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, and_, func, select

from warehouse import tables as t
from warehouse.catalog import Catalog, Source
from warehouse.measures.period import Period
from warehouse.measures.shortfall import Share
from warehouse.queries.mart import ProgressRow, mart, seen
from warehouse.scope import Scope


@dataclass(frozen=True, slots=True)
class RowKey:
    """Natural key of a row of the mart; it can stand in a URL."""

    district_code: str
    indicator_code: str
    breakdown_code: str
    period: Period
    due: Period | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as it stands in its source, in the unit of the source."""

    key: int
    value: Decimal | None
    value_high: Decimal | None
    comparator: str | None
    unit_code: str
    source: Source
    locator: str | None
    span_start: int | None
    span_end: int | None
    confidence: str
    note: str | None
    batch_key: int
    file_name: str
    loaded_by: str
    recorded_at: datetime
    superseded_at: datetime | None
    due_on: date | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """A row of the mart with the facts it was judged from, and earlier versions of those."""

    row: ProgressRow
    target: Fact | None
    actual: Fact | None
    earlier_targets: tuple[Fact, ...]
    earlier_actuals: tuple[Fact, ...]


def fetch_lineage(
    scope: Scope, connection: Connection, catalog: Catalog, key: RowKey, as_of: datetime | None = None
) -> Lineage | None:
    """The lineage of a row, now or as known at a moment; None where there is no such row, or none to be seen."""
    m = mart(as_of)
    district = catalog.district_by_code.get(key.district_code)
    breakdown = catalog.breakdown_by_code.get(key.breakdown_code)
    versions = catalog.indicators_by_code.get(key.indicator_code, [])
    if district is None or breakdown is None or not versions:
        return None
    where = and_(
        scope.where(catalog, m),
        m.c.indicator_key.in_([version.key for version in versions]),
        m.c.district_key == district.key,
        m.c.breakdown_key == breakdown.key,
        m.c.period_key == key.period.key,
        m.c.due_period_key.is_not_distinct_from(key.due.key if key.due else None),
    )
    columns = seen(scope, m)
    found = connection.execute(select(*(columns[name] for name in ProgressRow._fields)).where(where)).first()
    if found is None:
        return None
    row = ProgressRow._make(found)
    targets = _versions(connection, catalog, t.fact_target, "target_key", row.target_key, as_of)
    actuals = _versions(connection, catalog, t.fact_actual, "actual_key", row.actual_key, as_of)
    return Lineage(
        row=row,
        target=next((f for f in targets if f.key == row.target_key), None),
        actual=next((f for f in actuals if f.key == row.actual_key), None),
        earlier_targets=tuple(f for f in targets if f.key != row.target_key),
        earlier_actuals=tuple(f for f in actuals if f.key != row.actual_key),
    )


def fetch_shares(
    scope: Scope, connection: Connection, catalog: Catalog, rows: Iterable[ProgressRow]
) -> dict[int, Share]:
    """Numerator and denominator of ratios, by actual key, where both are known."""
    a = t.fact_actual.c
    shares: dict[int, Share] = {}
    for keys in _chunks({row.actual_key for row in rows if row.actual_key is not None}):
        query = select(a.actual_key, a.numerator, a.denominator).where(
            scope.where(catalog, t.fact_actual), a.actual_key.in_(keys), a.denominator.is_not(None)
        )
        shares |= {row[0]: Share(row[1], row[2]) for row in connection.execute(query)}
    return shares


def fetch_source_titles(
    scope: Scope, connection: Connection, catalog: Catalog, rows: Sequence[ProgressRow]
) -> list[str]:
    """Titles of the sources behind rows, in the order of the sources."""
    found: set[int] = set()
    for kind, table in (("target", t.fact_target), ("actual", t.fact_actual)):
        key = table.c[f"{kind}_key"]
        for keys in _chunks({k for k in (getattr(row, f"{kind}_key") for row in rows) if k is not None}):
            query = select(table.c.source_key).where(scope.where(catalog, table), key.in_(keys)).distinct()
            found |= set(connection.execute(query).scalars())
    return [catalog.sources[key].title for key in sorted(found)]


def _chunks(keys: set[int]) -> Iterator[list[int]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), 400):
        yield ordered[start : start + 400]


def _versions(
    connection: Connection, catalog: Catalog, table: Table, key_name: str, key: int | None, as_of: datetime | None
) -> list[Fact]:
    """The fact and every other version of it, newest first; those known at a moment, and what was known of them."""
    if key is None:
        return []
    period = "due_period_key" if "due_period_key" in table.c else "period_key"
    grain = ("indicator_key", "district_key", "breakdown_key", period)
    here = connection.execute(select(*(table.c[n] for n in grain)).where(table.c[key_name] == key)).one()
    b = t.load_batch.c
    query = (
        select(table, b.file_name, b.loaded_by)
        .join(t.load_batch, b.batch_key == table.c.batch_key)
        .where(*(table.c[n] == getattr(here, n) for n in grain))
        .order_by(table.c.recorded_at.desc(), table.c[key_name].desc())
    )
    if as_of is not None:
        query = query.where(table.c.recorded_at <= as_of)
    found = [fact_of(catalog, row, key_name) for row in connection.execute(query).mappings()]
    if as_of is None:
        return found
    return [
        replace(fact, superseded_at=None if fact.key == key else _until(connection, fact, here, key_name, as_of))
        for fact in found
    ]


def _until(connection: Connection, fact: Fact, series: Any, key_name: str, as_of: datetime) -> datetime | None:
    """Until when a fact was believed that was believed no more at a moment.

    An undo brings facts back and takes away the moment they were superseded; the mart remembers until
    when it rested on them.
    """
    if fact.superseded_at is not None and fact.superseded_at <= as_of:
        return fact.superseded_at
    h = t.fact_progress_history.c
    rested = [h[name] == getattr(series, name) for name in ("indicator_key", "district_key", "breakdown_key")]
    query = select(func.max(h.superseded_at)).where(*rested, h[key_name] == fact.key, h.superseded_at <= as_of)
    until: datetime | None = connection.execute(query).scalar_one()
    return until


def fact_of(catalog: Catalog, row: Any, key_name: str) -> Fact:
    """A row of a fact table, with the file name and loader of its batch, as a fact."""
    return Fact(
        key=row[key_name],
        value=row["value"],
        value_high=row.get("value_high"),
        comparator=row["comparator"] if "comparator" in row else row["qualifier"],
        unit_code=row["unit_code"],
        source=catalog.sources[row["source_key"]],
        locator=row["locator"],
        span_start=row["span_start"],
        span_end=row["span_end"],
        confidence=row["confidence"],
        note=row["note"],
        batch_key=row["batch_key"],
        file_name=row["file_name"],
        loaded_by=row["loaded_by"],
        recorded_at=row["recorded_at"],
        superseded_at=row["superseded_at"],
        due_on=row.get("due_on"),
        numerator=row.get("numerator"),
        denominator=row.get("denominator"),
    )
