"""Current facts of series, as judging needs them: values by period in the indicator's unit, targets with their row."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, Connection, select, tuple_

from etl.load import SeriesKey
from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.pace import History
from warehouse.measures.period import Period, from_key
from warehouse.measures.target import Baseline, Comparator, MeasureType, Target

_Key = TypeVar("_Key")

_A, _T = t.fact_actual.c, t.fact_target.c
_ACTUAL = (
    _A.indicator_key, _A.district_key, _A.breakdown_key, _A.period_key, _A.actual_key, _A.value, _A.unit_code,
    _A.qualifier, _A.confidence,
)  # fmt: skip
_TARGET = (
    _T.indicator_key, _T.district_key, _T.breakdown_key, _T.target_key, _T.first_period_key, _T.due_period_key,
    _T.due_on, _T.comparator, _T.value, _T.value_high, _T.unit_code, _T.baseline_value, _T.baseline_period_key,
    _T.s1_value, _T.is_binding, _T.weight, _T.confidence,
)  # fmt: skip

Row = dict[str, Any]
Shares = Mapping[int, Mapping[int, Decimal]]
"""Year → district → share of the first half."""


class Reported(NamedTuple):
    """A reported figure in the indicator's unit, with the fact it stands in."""

    key: int
    value: Decimal
    qualifier: str | None
    confidence: str


@dataclass
class SeriesFacts:
    """Current facts of one series, in the indicator's unit; targets with their row by key."""

    actuals: dict[Period, Reported]
    targets: dict[int, tuple[Target, Row]]

    @cached_property
    def history(self) -> History:
        """Values by period."""
        return History((period, actual.value) for period, actual in self.actuals.items())


def fetch_series_facts(
    connection: Connection, catalog: Catalog, places: Iterable[tuple[int, int]], everywhere: Iterable[int] = ()
) -> dict[SeriesKey, SeriesFacts]:
    """Current facts of every series of some indicators in one district each, and of some in all districts.

    ``places``: indicator and district; ``everywhere``: indicators.
    """
    found: defaultdict[SeriesKey, SeriesFacts] = defaultdict(lambda: SeriesFacts({}, {}))
    keys = sorted(places), sorted(everywhere)

    rows = _current_rows(connection, _ACTUAL, *keys)
    for indicator, district, breakdown, period, fact, value, unit, qualifier, confidence in rows:
        if unit != catalog.indicators[indicator].unit_code:
            value = catalog.in_its_unit(catalog.indicators[indicator], value, unit)
        reported = Reported(fact, value, qualifier, confidence)
        found[indicator, district, breakdown].actuals[from_key(period)] = reported
    for row in _current_rows(connection, _TARGET, *keys):
        facts = found[row.indicator_key, row.district_key, row.breakdown_key]
        facts.targets[row.target_key] = (_target(catalog, row), dict(row._mapping))
    return dict(found)


def pooled_shares(catalog: Catalog, facts: Mapping[SeriesKey, SeriesFacts]) -> Mapping[tuple[int, int], Shares]:
    """For flows: (indicator, breakdown) → the share of each district's last complete year before a year.

    The years are those any district of the series is judged against a target in.
    """
    flows = {key: x for key, x in facts.items() if catalog.indicators[key[0]].measure_type is MeasureType.FLOW}
    years: dict[tuple[int, int], set[int]] = {}
    for (indicator, _, breakdown), series in flows.items():
        if series.targets:
            years.setdefault((indicator, breakdown), set()).update(period.year for period in series.actuals)
    pooled: dict[tuple[int, int], dict[int, dict[int, Decimal]]] = {}
    for (indicator, district, breakdown), series in flows.items():
        judged_in = years.get((indicator, breakdown))
        if not judged_in:
            continue
        shares = series.history.s1_share_by_year
        complete = list(shares)
        for year in judged_in:
            before = bisect_left(complete, year)
            if before:
                last = shares[complete[before - 1]]
                pooled.setdefault((indicator, breakdown), {}).setdefault(year, {})[district] = last
    return pooled


def _target(catalog: Catalog, row: Any) -> Target:
    indicator = catalog.indicators[row.indicator_key]

    def unit(value: Decimal | None) -> Decimal | None:
        return (
            None if value is None else catalog.in_its_unit(catalog.indicators[row.indicator_key], value, row.unit_code)
        )

    baseline = unit(row.baseline_value)
    return Target(
        measure_type=indicator.measure_type,
        direction=indicator.direction,
        comparator=Comparator(row.comparator) if row.comparator else None,
        value=unit(row.value),
        first=from_key(row.first_period_key),
        due=from_key(row.due_period_key),
        value_high=unit(row.value_high),
        baseline=None if baseline is None else Baseline(baseline, from_key(row.baseline_period_key)),
        s1_value=unit(row.s1_value),
    )


def _current_rows(
    connection: Connection, columns: Sequence[Column[Any]], places: list[tuple[int, int]], everywhere: list[int]
) -> Iterator[Any]:
    table = columns[0].table
    indicator, district = table.c.indicator_key, table.c.district_key
    current = select(*columns).where(table.c.superseded_at.is_(None))
    for keys in _parts(everywhere):
        yield from connection.execute(current.where(indicator.in_(keys))).all()
    for pairs in _parts(places):
        indicators, districts = map(sorted, map(set, zip(*pairs, strict=True)))  # SQLite looks up these, not pairs
        here = indicator.in_(indicators), district.in_(districts), tuple_(indicator, district).in_(pairs)
        yield from connection.execute(current.where(*here)).all()


def _parts(keys: list[_Key]) -> Iterator[list[_Key]]:
    return (keys[start : start + 400] for start in range(0, len(keys), 400))
