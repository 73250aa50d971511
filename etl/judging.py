"""Judging: current facts of a series → rows of the mart, by ``warehouse.measures``."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, Connection, select, tuple_

from etl.load import SeriesKey
from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.computed import Computed, NotComputable, value_or_none
from warehouse.measures.forecast import Forecast
from warehouse.measures.pace import COMPLETE_YEARS_NEEDED, History, Pace, s1_shares
from warehouse.measures.period import Period, from_key
from warehouse.measures.quantity import round_honestly
from warehouse.measures.series import Commitment, Judgement, Series, is_current, judge
from warehouse.measures.target import Baseline, Comparator, MeasureType, Target

_Key = TypeVar("_Key")

STORED_PLACES = 12
_EDGES = Decimal(0), Decimal(1)
_CONFIDENCES = "high", "medium", "low"
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

_JUDGED = (
    "period_key", "target_key", "actual_key", "is_primary", "first_period_key", "due_period_key", "due_on",
    "comparator", "target", "target_high", "qualifier", "actual", "attainment", "attainment_reason",
    "progress_share", "expected_share", "share_basis", "pace_ratio", "gap", "status", "previous_status",
    "since_period_key", "is_stretch", "forecast", "forecast_low", "forecast_high", "forecast_basis",
    "interval_basis", "forecast_support", "weight", "confidence", "sort_pace",
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
    promised = {target: same | row for target, row in _promises(facts, catalog.rules.weight(indicator)).items()}
    for judgement in judge(series):
        row = _row(judgement, facts, promised)
        row["is_current"] = is_current(judgement, latest)
        yield row


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
    return _row(judgement, facts, _promises(facts, None))


def _shares_of_others(history: Mapping[Period, Decimal], district_key: int, pooled: Shares) -> dict[int, list[Decimal]]:
    """The other districts' shares, for the years in which the district's own do not suffice."""
    found = {}
    for year, shares in pooled.items():
        if len(s1_shares(history, year)) < COMPLETE_YEARS_NEEDED:
            others = dict(shares)
            others.pop(district_key, None)
            found[year] = list(others.values())
    return found


def _row(judgement: Judgement, facts: SeriesFacts, promised: Mapping[int | None, Row]) -> Row:
    """A judgement as mart columns; quotients keep twelve places, honestly rounded."""
    commitment, actual = judgement.commitment, _actual_behind(judgement, facts)
    row = promised[commitment.key if commitment else None].copy()
    if actual is not None:
        row["actual_key"], row["qualifier"] = actual.key, actual.qualifier
        row["confidence"] = _lower(actual.confidence, row["confidence"])
    expected, outlook, since = judgement.expected, judgement.forecast, judgement.since
    attainment, ratio = _stored(judgement.attainment), _stored(judgement.pace_ratio)
    to_sort_by = attainment if ratio is None else ratio
    row["period_key"] = judgement.period.key
    row["is_primary"] = judgement.is_primary
    row["actual"] = value_or_none(judgement.actual)
    row["attainment"], row["attainment_reason"] = attainment, _reason(judgement.attainment)
    row["progress_share"] = _stored(judgement.progress)
    row["pace_ratio"] = ratio
    row["gap"] = value_or_none(judgement.gap)
    row["status"] = str(judgement.light)
    row["previous_status"] = None if judgement.previous_light is None else str(judgement.previous_light)
    row["since_period_key"] = None if since is None else since.key
    row["is_stretch"] = judgement.is_stretch
    row["sort_pace"] = LAST if to_sort_by is None else float(to_sort_by)
    if isinstance(expected, Pace):
        row["expected_share"], row["share_basis"] = _round(expected.expected_share), str(expected.basis)
    else:
        row["share_basis"] = _reason(expected)
    if isinstance(outlook, Forecast):
        row["forecast"], row["forecast_basis"] = _round(outlook.value), str(outlook.basis)
        row["forecast_low"] = None if outlook.low is None else _round(outlook.low)
        row["forecast_high"] = None if outlook.high is None else _round(outlook.high)
        row["interval_basis"] = None if outlook.interval_basis is None else str(outlook.interval_basis)
        row["forecast_support"] = outlook.support
    else:
        row["forecast_basis"] = _reason(outlook)
    return row


def _promises(facts: SeriesFacts, set_weight: Decimal | None) -> dict[int | None, Row]:
    """By target, and for none of them: the mart columns that are the same in all half-years."""
    none: Row = dict.fromkeys(_JUDGED) | {"forecast_support": 0, "confidence": "high"}
    found: dict[int | None, Row] = {None: none}
    for key, (target, source) in facts.targets.items():
        found[key] = none | {
            "target_key": key,
            "first_period_key": target.first.key,
            "due_period_key": target.due.key,
            "due_on": source["due_on"],
            "comparator": source["comparator"],
            "target": target.value,
            "target_high": target.value_high,
            "weight": source["weight"] if set_weight is None else set_weight,
            "confidence": source["confidence"],
        }
    return found


def _actual_behind(judgement: Judgement, facts: SeriesFacts) -> Reported | None:
    """The reported figure a row rests on; for a milestone done earlier, the report that it was done."""
    reported = facts.actuals.get(judgement.period)
    if reported is not None or isinstance(judgement.actual, NotComputable):
        return reported
    done = [period for period, actual in facts.actuals.items() if actual.value >= 1]
    return facts.actuals[min(done)] if done else None


def _lower(first: str, second: str) -> str:
    """The lower of two confidences."""
    return max(first, second, key=_CONFIDENCES.index)


def _stored(computed: Computed) -> Decimal | None:
    return None if isinstance(computed, NotComputable) else _round(computed)


def _round(value: Decimal) -> Decimal:
    return round_honestly(value, STORED_PLACES, _EDGES)


def _reason(absent: object) -> str | None:
    return str(absent.reason) if isinstance(absent, NotComputable) else None


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
