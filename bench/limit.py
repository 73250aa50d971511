"""The floor: bare WSGI, hand-written SQL on the mart, orjson. Nothing can be left out any more.

``gunicorn -w 2 bench.limit:application``, with ``DATABASE_URL`` naming the database. It answers the
same three questions as the others with bare numbers: no layout, no words, no HTML.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import orjson

OFF_TRACK = ("breached", "missed", "behind", "slipping")

CELLS = """
SELECT p.indicator_key, p.district_key, p.breakdown_key = :total, p.status, round(100 * p.attainment, 1)
FROM fact_progress p WHERE p.period_key = :period AND p.is_primary = 1
"""
TREND = """
SELECT p.period_key, p.actual, p.target FROM fact_progress p
WHERE p.indicator_key = :indicator AND p.district_key = :district AND p.breakdown_key = :total AND +p.is_primary
ORDER BY 1
"""
RANKING = """
SELECT p.district_key, p.actual, p.target, p.gap, p.status FROM fact_progress p JOIN dim_district d USING (district_key)
WHERE p.indicator_key = :indicator AND p.period_key = :period AND p.breakdown_key = :total AND +p.is_primary
  AND p.actual IS NOT NULL AND d.level = 'district' ORDER BY CAST(p.actual AS REAL) DESC
"""
SCORECARD = """
SELECT p.indicator_key, p.breakdown_key, p.actual, p.target, p.attainment, p.expected_share, p.status
FROM fact_progress p
WHERE p.district_key = :district AND p.period_key = :period AND +p.is_primary AND p.target_key IS NOT NULL
"""


@cache
def connection() -> sqlite3.Connection:
    """One connection a worker, opened by its first request."""
    path = os.environ["DATABASE_URL"].removeprefix("sqlite:///")
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


@cache
def keys() -> dict[str, dict[str, int]]:
    """Surrogate keys by code, of the three dimensions asked for."""
    queries = {
        "indicator": "SELECT indicator_code, indicator_key FROM dim_indicator ORDER BY 2",
        "district": "SELECT district_code, district_key FROM dim_district WHERE level = 'district' ORDER BY 1",
        "total": "SELECT breakdown_code, breakdown_key FROM dim_breakdown",
        "period": "SELECT period_code, period_key FROM dim_period",
    }
    return {name: dict(connection().execute(query)) for name, query in queries.items()}


def overview(asked: dict[str, Any]) -> dict[str, Any]:
    """Four KPIs and every cell, in one pass over the half-year."""
    districts, indicators = list(keys()["district"].values()), list(keys()["indicator"].values())
    column = {key: n for n, key in enumerate(districts)}
    cells: dict[int, list[float | None]] = {key: [None] * len(districts) for key in indicators}
    lights: Counter[str] = Counter()
    for indicator_key, district_key, is_total, status, attainment in connection().execute(CELLS, asked).fetchall():
        if district_key in column:
            lights[status] += 1
            if is_total:
                cells[indicator_key][column[district_key]] = attainment
    return {
        "targets": lights.total() - lights["monitor"],
        "met": lights["met"],
        "off": sum(lights[light] for light in OFF_TRACK),
        "unreported": lights["unreported"],
        "districts": districts,
        "indicators": indicators,
        "cells": list(cells.values()),
    }


def indicator(asked: dict[str, Any]) -> dict[str, Any]:
    """A trend and a ranking."""
    return {
        "trend": connection().execute(TREND, asked).fetchall(),
        "ranking": connection().execute(RANKING, asked).fetchall(),
    }


def district(asked: dict[str, Any]) -> dict[str, Any]:
    """A scorecard."""
    return {"scorecard": connection().execute(SCORECARD, asked).fetchall()}


VIEWS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "/overview": overview,
    "/indicator": indicator,
    "/district": district,
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI callable."""
    view = VIEWS.get(environ["PATH_INFO"])
    if view is None:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"OK"]
    found = keys()
    asked: dict[str, Any] = {name: found[name][code] for name, code in parse_qsl(environ["QUERY_STRING"])}
    body = orjson.dumps(view(asked | {"total": found["total"]["total"]}))
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
