"""Judging: current facts of a series → rows of the mart, by ``warehouse.measures``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache

from etl.load import SeriesKey
from etl.series_facts import Reported, Row, SeriesFacts, Shares
from warehouse.catalog import Catalog
from warehouse.measures.computed import Computed, NotComputable, value_or_none
from warehouse.measures.forecast import Forecast
from warehouse.measures.pace import COMPLETE_YEARS_NEEDED, Pace, s1_shares
from warehouse.measures.period import Period
from warehouse.measures.quantity import round_honestly
from warehouse.measures.series import Commitment, Judgement, Series, is_current, judge

STORED_PLACES = 12
_EDGES = Decimal(0), Decimal(1)
_CONFIDENCES = "high", "medium", "low"
LAST = 1e9
"""Where rows without pace or attainment sort: after all that have one."""

_JUDGED = (
    "period_key", "target_key", "actual_key", "is_primary", "first_period_key", "due_period_key", "due_on",
    "comparator", "target", "target_high", "qualifier", "actual", "attainment", "attainment_reason",
    "progress_share", "expected_share", "share_basis", "pace_ratio", "gap", "status", "previous_status",
    "since_period_key", "is_stretch", "forecast", "forecast_low", "forecast_high", "forecast_basis",
    "interval_basis", "forecast_support", "weight", "confidence", "sort_pace",
)  # fmt: skip


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
