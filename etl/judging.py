"""Judging: current facts of a series → rows of the mart, by ``warehouse.measures``."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, select

from etl.load import SeriesKey
from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.computed import Computed, NotComputable, reason_or_none
from warehouse.measures.forecast import Forecast
from warehouse.measures.pace import COMPLETE_YEARS_NEEDED, History, Pace, s1_shares
from warehouse.measures.period import Period, from_key
from warehouse.measures.quantity import round_honestly
from warehouse.measures.series import Commitment, Judgement, Series, is_current, judge
from warehouse.measures.target import Baseline, Comparator, MeasureType, Target

STORED_PLACES = 12
LAST = 1e9
"""Where rows without pace or attainment sort: after all that have one."""

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
    connection: Connection, catalog: Catalog, indicators: Iterable[int], districts: Iterable[int] | None = None
) -> dict[SeriesKey, SeriesFacts]:
    """Current facts of every series of some indicators, in all districts or in some."""
    found: defaultdict[SeriesKey, SeriesFacts] = defaultdict(lambda: SeriesFacts({}, {}))
    keys = sorted(indicators), None if districts is None else sorted(districts)

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


def judge_series(
    catalog: Catalog, key: SeriesKey, facts: SeriesFacts, pooled: Shares, latest: Period | None
) -> Iterator[Row]:
    """Every row of the mart of one series; ``latest`` is the last report of its district."""
    indicator_key, district_key, breakdown_key = key
    same = {
        "indicator_key": indicator_key,
        "district_key": district_key,
        "breakdown_key": breakdown_key,
        "rule_version": catalog.rules.version,
    }
    if not facts.targets:
        yield from _unjudged({**without_target(), **same}, facts, latest)
        return
    indicator, history = catalog.indicators[indicator_key], facts.history
    set_weight = catalog.rules.weight(indicator)
    series = Series(
        actuals=history,
        commitments=[
            Commitment(target_key, target, bool(row["is_binding"]))
            for target_key, (target, row) in sorted(facts.targets.items())
        ],
        amber=catalog.rules.amber(indicator),
        s1_share=catalog.rules.s1_share(indicator),
        pooled_shares=_shares_of_others(history, district_key, pooled),
        value_min=indicator.value_min,
        value_max=indicator.value_max,
    )
    for judgement in judge(series):
        yield {**same, **_row(judgement, facts, set_weight), "is_current": is_current(judgement, latest)}


def _unjudged(same: Row, facts: SeriesFacts, latest: Period | None) -> Iterator[Row]:
    """What the rules make of figures without a target, without asking them: there can be very many."""
    for period, actual in sorted(facts.actuals.items()):
        row = same.copy()
        row["period_key"] = period.key
        row["actual_key"], row["actual"], row["qualifier"], row["confidence"] = actual
        row["is_current"] = period == latest
        yield row


@cache
def without_target() -> Row:
    """What the rules make of a figure without a target; all but the figure is the same in every such row."""
    period, reported = Period(2000, 1), Reported(0, Decimal(0), None, "high")
    facts = SeriesFacts({period: reported}, {})
    (judgement,) = judge(Series(facts.history, ()))
    return _row(judgement, facts, None)


def _shares_of_others(history: Mapping[Period, Decimal], district_key: int, pooled: Shares) -> dict[int, list[Decimal]]:
    """The other districts' shares, for the years in which the district's own do not suffice."""
    return {
        year: [share for district, share in shares.items() if district != district_key]
        for year, shares in pooled.items()
        if len(s1_shares(history, year)) < COMPLETE_YEARS_NEEDED
    }


def _row(judgement: Judgement, facts: SeriesFacts, set_weight: Decimal | None) -> Row:
    """A judgement as mart columns; quotients keep twelve places, honestly rounded."""
    commitment, actual = judgement.commitment, _actual_behind(judgement, facts)
    target, source = facts.targets[commitment.key] if commitment else (None, None)
    outlook = judgement.forecast if isinstance(judgement.forecast, Forecast) else None
    expected = judgement.expected if isinstance(judgement.expected, Pace) else None
    attainment = _stored(judgement.attainment)
    ratio = _stored(judgement.pace_ratio)
    to_sort_by = ratio if ratio is not None else attainment
    return {
        "period_key": judgement.period.key,
        "target_key": commitment.key if commitment else None,
        "actual_key": actual.key if actual else None,
        "is_primary": judgement.is_primary,
        "first_period_key": target.first.key if target else None,
        "due_period_key": target.due.key if target else None,
        "due_on": source["due_on"] if source else None,
        "comparator": source["comparator"] if source else None,
        "target": target.value if target else None,
        "target_high": target.value_high if target else None,
        "qualifier": actual.qualifier if actual else None,
        "actual": None if isinstance(judgement.actual, NotComputable) else judgement.actual,
        "attainment": attainment,
        "attainment_reason": _reason(judgement.attainment),
        "progress_share": _stored(judgement.progress),
        "expected_share": _round(expected.expected_share) if expected else None,
        "share_basis": expected.basis.value if expected else _reason(judgement.expected),
        "pace_ratio": ratio,
        "gap": None if isinstance(judgement.gap, NotComputable) else judgement.gap,
        "status": judgement.light.value,
        "previous_status": judgement.previous_light.value if judgement.previous_light else None,
        "since_period_key": judgement.since.key if judgement.since else None,
        "is_stretch": judgement.is_stretch,
        "forecast": _round(outlook.value) if outlook else None,
        "forecast_low": _round(outlook.low) if outlook and outlook.low is not None else None,
        "forecast_high": _round(outlook.high) if outlook and outlook.high is not None else None,
        "forecast_basis": str(outlook.basis) if outlook else _reason(judgement.forecast),
        "interval_basis": outlook.interval_basis.value if outlook and outlook.interval_basis else None,
        "forecast_support": outlook.support if outlook else 0,
        "weight": (source["weight"] if set_weight is None else set_weight) if source else None,
        "confidence": _lower(actual.confidence if actual else "high", source["confidence"] if source else "high"),
        "sort_pace": float(to_sort_by) if to_sort_by is not None else LAST,
    }


def _actual_behind(judgement: Judgement, facts: SeriesFacts) -> Reported | None:
    """The reported figure a row rests on; for a milestone done earlier, the report that it was done."""
    reported = facts.actuals.get(judgement.period)
    if reported is not None or isinstance(judgement.actual, NotComputable):
        return reported
    done = [period for period, actual in facts.actuals.items() if actual.value >= 1]
    return facts.actuals[min(done)] if done else None


def _lower(first: str, second: str) -> str:
    """The lower of two confidences."""
    return max(first, second, key=("high", "medium", "low").index)


def _stored(computed: Computed) -> Decimal | None:
    return None if isinstance(computed, NotComputable) else _round(computed)


def _round(value: Decimal) -> Decimal:
    return round_honestly(value, STORED_PLACES, (Decimal(0), Decimal(1)))


def _reason(absent: object) -> str | None:
    reason = reason_or_none(absent)
    return None if reason is None else reason.value


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
    connection: Connection, columns: Sequence[Column[Any]], indicators: list[int], districts: list[int] | None
) -> Iterator[Any]:
    table = columns[0].table
    everywhere = select(*columns).where(table.c.superseded_at.is_(None))
    somewhere = [everywhere]
    if districts is not None:
        somewhere = [everywhere.where(table.c.district_key.in_(keys)) for keys in _parts(districts)]
    for keys in _parts(indicators):
        for query in somewhere:
            yield from connection.execute(query.where(table.c.indicator_key.in_(keys))).all()


def _parts(keys: list[int]) -> Iterator[list[int]]:
    return (keys[start : start + 400] for start in range(0, len(keys), 400))
