"""History: what is believed of the series a file speaks of, to tell a slip from a change."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from sqlalchemy import Connection, select

from etl.conform import SERIES, Conformed
from etl.crosscheck import History, Series
from warehouse import tables as t
from warehouse.catalog import Catalog

_CHUNK = 400


def fetch_history(connection: Connection, catalog: Catalog, part: Conformed) -> History:
    """By series, period key and value in the indicator's unit, oldest first: of the series of these rows."""
    wanted = set(map(SERIES, part.rows))
    indicators = sorted({series[0] for series in wanted})
    found: dict[Series, list[tuple[int, Decimal]]] = defaultdict(list)
    f = t.fact_actual.c
    for start in range(0, len(indicators), _CHUNK):
        query = (
            select(f.indicator_key, f.district_key, f.breakdown_key, f.period_key, f.value, f.unit_code)
            .where(f.indicator_key.in_(indicators[start : start + _CHUNK]), f.superseded_at.is_(None))
            .order_by(f.period_key)
        )
        for indicator_key, district_key, breakdown_key, period_key, value, unit_code in connection.execute(query):
            series = (indicator_key, district_key, breakdown_key)
            if series in wanted:
                indicator = catalog.indicators[indicator_key]
                found[series].append((period_key, catalog.in_its_unit(indicator, value, unit_code)))
    return found
