"""Judging: current facts of a series → rows of the mart, by ``warehouse.measures``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, select

from etl.load import SeriesKey
from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.computed import Computed, NotComputable, reason_or_none
from warehouse.measures.forecast import Forecast
from warehouse.measures.pace import COMPLETE_YEARS_NEEDED, Pace, s1_shares
from warehouse.measures.period import Period, from_key
from warehouse.measures.quantity import convert, round_honestly
from warehouse.measures.series import Commitment, Judgement, Series, is_current, judge
from warehouse.measures.target import Baseline, Comparator, MeasureType, Target

STORED_PLACES = 12
LAST = 1e9
"""Where rows without pace or attainment sort: after all that have one."""

Row = dict[str, Any]
Shares = Mapping[int, Mapping[int, Decimal]]
"""Year → district → share of the first half."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A reported figure in the indicator's unit, with the fact it stands in."""

    key: int
    value: Decimal
    qualifier: str | None
    confidence: str


@dataclass(slots=True)
class SeriesFacts:
    """Current facts of one series, in the indicator's unit; targets with their row by key."""

    actuals: dict[Period, Reported]
    targets: dict[int, tuple[Target, Row]]

    @property
    def history(self) -> dict[Period, Decimal]:
        """Values by period."""
        return {period: actual.value for period, actual in self.actuals.items()}


def fetch_series_facts(
    connection: Connection, catalog: Catalog, indicators: Iterable[int], districts: Iterable[int] | None = None
) -> dict[SeriesKey, SeriesFacts]:
    """Current facts of every series of some indicators, in all districts or in some."""
    found: dict[SeriesKey, SeriesFacts] = {}
    keys = sorted(indicators), None if districts is None else sorted(districts)

    def facts_of(row: Any) -> SeriesFacts:
        return found.setdefault((row.indicator_key, row.district_key, row.breakdown_key), SeriesFacts({}, {}))

    for row in _current_rows(connection, t.fact_actual, *keys):
        value = _in_indicator_unit(catalog, row, row.value)
        reported = Reported(row.actual_key, value, row.qualifier, row.confidence)
        facts_of(row).actuals[from_key(row.period_key)] = reported
    for row in _current_rows(connection, t.fact_target, *keys):
        facts_of(row).targets[row.target_key] = (_target(catalog, row), dict(row._mapping))
    return found


def pooled_shares(catalog: Catalog, facts: Mapping[SeriesKey, SeriesFacts]) -> Mapping[tuple[int, int], Shares]:
    """For flows: (indicator, breakdown) → the share of each district's last complete year before a year.

    The years are those any district of the series is judged in.
    """
    flows = {key: x for key, x in facts.items() if catalog.indicators[key[0]].measure_type is MeasureType.FLOW}
    years: dict[tuple[int, int], set[int]] = {}
    for (indicator, _, breakdown), series in flows.items():
        years.setdefault((indicator, breakdown), set()).update(period.year for period in series.actuals)
    pooled: dict[tuple[int, int], dict[int, dict[int, Decimal]]] = {}
    for (indicator, district, breakdown), series in flows.items():
        history = series.history
        for year in years[indicator, breakdown]:
            shares = s1_shares(history, year)
            if shares:
                pooled.setdefault((indicator, breakdown), {}).setdefault(year, {})[district] = shares[-1]
    return pooled


def judge_series(
    catalog: Catalog, key: SeriesKey, facts: SeriesFacts, pooled: Shares, latest: Period | None
) -> Iterator[Row]:
    """Every row of the mart of one series; ``latest`` is the last report of its district."""
    indicator_key, district_key, breakdown_key = key
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
        pooled_shares=_shares_of_others(facts, history, district_key, pooled),
        value_min=indicator.value_min,
        value_max=indicator.value_max,
    )
    for judgement in judge(series):
        yield {
            "indicator_key": indicator_key,
            "district_key": district_key,
            "breakdown_key": breakdown_key,
            **_row(judgement, facts, set_weight),
            "is_current": is_current(judgement, latest),
            "rule_version": catalog.rules.version,
        }


def _shares_of_others(
    facts: SeriesFacts, history: Mapping[Period, Decimal], district_key: int, pooled: Shares
) -> dict[int, list[Decimal]]:
    """The other districts' shares, for the years in which the district's own do not suffice."""
    if not facts.targets:
        return {}
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
        "attainment_reason": reason_or_none(judgement.attainment),
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
    return absent.reason.value if isinstance(absent, NotComputable) else None


def _target(catalog: Catalog, row: Any) -> Target:
    indicator = catalog.indicators[row.indicator_key]

    def unit(value: Decimal | None) -> Decimal | None:
        return None if value is None else _in_indicator_unit(catalog, row, value)

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


def _in_indicator_unit(catalog: Catalog, row: Any, value: Decimal) -> Decimal:
    indicator = catalog.indicators[row.indicator_key]
    return convert(value, catalog.units[row.unit_code].unit, catalog.unit_of(indicator))


def _current_rows(
    connection: Connection, table: Table, indicators: list[int], districts: list[int] | None
) -> Iterator[Any]:
    everywhere = select(table).where(table.c.superseded_at.is_(None))
    somewhere = [everywhere]
    if districts is not None:
        somewhere = [everywhere.where(table.c.district_key.in_(keys)) for keys in _parts(districts)]
    for keys in _parts(indicators):
        for query in somewhere:
            yield from connection.execute(query.where(table.c.indicator_key.in_(keys)))


def _parts(keys: list[int]) -> Iterator[list[int]]:
    return (keys[start : start + 400] for start in range(0, len(keys), 400))
