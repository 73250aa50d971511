"""Totals over districts (汇总), from rows of the mart and the parts of their ratios."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from warehouse.catalog import Catalog, Indicator
from warehouse.measures.rollup import Part, RollUp, over_districts
from warehouse.measures.target import MeasureType
from warehouse.queries.lineage import fetch_shares
from warehouse.queries.mart import ProgressRow, Selection, mart, within
from warehouse.scope import Scope


def fetch_districts(
    scope: Scope, connection: Connection, catalog: Catalog, selection: Selection
) -> dict[tuple[int, int], set[int]]:
    """By indicator and breakdown: the districts of a selection that have the series, in whatever half-year."""
    m = mart(selection.as_of)
    where = within(scope, catalog, m, selection.districts, selection.indicators)
    query = select(m.c.indicator_key, m.c.breakdown_key, m.c.district_key).where(where).distinct()
    found: dict[tuple[int, int], set[int]] = {}
    for indicator, breakdown, district in connection.execute(query):
        found.setdefault((indicator, breakdown), set()).add(district)
    return found


def fetch_total(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    rows: Sequence[ProgressRow],
    indicator: Indicator,
    expected: Collection[int] = (),
) -> RollUp:
    """The roll-up of ``rows``, one a district, of one series and half-year; in the indicator's unit.

    ``expected``: the districts it should cover. One without a row reported nothing, and is counted as such.
    """
    is_ratio = indicator.measure_type is MeasureType.RATIO
    shares = fetch_shares(scope, connection, catalog, rows) if is_ratio else {}
    parts = [Part(None)] * len(set(expected) - {row.district_key for row in rows})
    for row in rows:
        share = shares.get(row.actual_key or -1)
        parts.append(Part(row.actual, share.numerator if share else None, share.denominator if share else None))
    return over_districts(indicator.measure_type, parts, catalog.unit_of(indicator).factor)
