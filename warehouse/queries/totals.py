"""Totals over districts (汇总), from rows of the mart and the parts of their ratios."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from warehouse.catalog import Catalog, Indicator
from warehouse.measures.rollup import Part, RollUp, over_districts
from warehouse.measures.target import MeasureType
from warehouse.queries.lineage import fetch_shares
from warehouse.queries.mart import ProgressRow
from warehouse.scope import Scope


def fetch_total(
    scope: Scope, connection: Connection, catalog: Catalog, rows: Sequence[ProgressRow], indicator: Indicator
) -> RollUp:
    """The roll-up of ``rows``, one a district, of one series and half-year; in the indicator's unit."""
    is_ratio = indicator.measure_type is MeasureType.RATIO
    shares = fetch_shares(scope, connection, catalog, rows) if is_ratio else {}
    parts = []
    for row in rows:
        share = shares.get(row.actual_key or -1)
        parts.append(Part(row.actual, share.numerator if share else None, share.denominator if share else None))
    return over_districts(indicator.measure_type, parts, catalog.unit_of(indicator).factor)
