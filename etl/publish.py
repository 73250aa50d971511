"""Publish: facts → the mart, judged by ``warehouse.measures``; only what differs is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, select

from etl.load import SeriesKey
from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.computed import Computed, NotComputable, reason_or_none
from warehouse.measures.forecast import Forecast
from warehouse.measures.pace import Pace, s1_shares
from warehouse.measures.period import Period, from_key
from warehouse.measures.quantity import convert, round_honestly
from warehouse.measures.series import Commitment, Judgement, Series, is_current, judge
from warehouse.measures.target import Baseline, Comparator, MeasureType, Target

STORED_PLACES = 12
_WRITE_CHUNK = 5000

Progress = Callable[[int, int], None]
"""Called with (series done, series in all) while the mart is rebuilt."""

Row = dict[str, Any]


class Published(NamedTuple):
    """How many mart rows were written, and how many went."""

    written: int
    removed: int


@dataclass(frozen=True, slots=True)
class _Actual:
    key: int
    value: Decimal
    qualifier: str | None
    confidence: str


@dataclass(slots=True)
class _Facts:
    """Current facts of one series, in the indicator's unit."""

    actuals: dict[Period, _Actual]
    targets: dict[int, tuple[Target, Row]]


def publish(
    connection: Connection,
    catalog: Catalog,
    at: datetime,
    series: set[SeriesKey] | None = None,
    progress: Progress | None = None,
) -> Published:
    """Bring the mart in step with the facts.

    ``series``: those whose facts changed; None recomputes everything. Others are drawn in where
    theirs could change too: a flow's siblings (pooled shares), and all series of a district whose
    latest report moved.
    """
    latest = _latest_reports(connection)
    affected = None if series is None else _affected(connection, catalog, series, latest)
    context = None if affected is None else affected | _siblings(connection, catalog, affected)
    facts = _fetch_facts(connection, catalog, context)
    pooled = _pooled_shares(catalog, facts)
    known = _fetch_mart(connection, affected)
    fresh: list[Row] = []
    unchanged: set[tuple[Any, ...]] = set()
    wanted = list(facts) if affected is None else [key for key in facts if key in affected]
    for done, key in enumerate(wanted):
        for row in _judge_series(catalog, key, facts[key], pooled.get((key[0], key[2]), {}), latest):
            grain = _grain(row)
            before = known.get(grain)
            if before is not None and all(before[name] == value for name, value in row.items()):
                unchanged.add(grain)
            else:
                fresh.append({**row, "recorded_at": at})
        if progress is not None and done % 500 == 0:
            progress(done, len(wanted))
    stale = [row for grain, row in known.items() if grain not in unchanged]
    _replace(connection, stale, fresh, at)
    if progress is not None:
        progress(len(wanted), len(wanted))
    return Published(len(fresh), len(stale))


def _judge_series(
    catalog: Catalog,
    key: SeriesKey,
    facts: _Facts,
    pooled: Mapping[int, Mapping[int, Decimal]],
    latest: Mapping[int, Period],
) -> Iterator[Row]:
    indicator_key, district_key, breakdown_key = key
    indicator = catalog.indicators[indicator_key]
    commitments = [
        Commitment(target_key, target, bool(row["is_binding"]))
        for target_key, (target, row) in sorted(facts.targets.items())
    ]
    others = {
        year: [share for district, share in shares.items() if district != district_key]
        for year, shares in pooled.items()
    }
    series = Series(
        actuals={period: actual.value for period, actual in facts.actuals.items()},
        commitments=commitments,
        amber=catalog.rules.amber(indicator),
        pooled_shares=others,
        value_min=indicator.value_min,
        value_max=indicator.value_max,
    )
    for judgement in judge(series):
        yield {
            "indicator_key": indicator_key,
            "district_key": district_key,
            "breakdown_key": breakdown_key,
            **_row(judgement, facts),
            "is_current": is_current(judgement, latest.get(district_key)),
            "rule_version": catalog.rules.version,
        }


def _row(judgement: Judgement, facts: _Facts) -> Row:
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
        "weight": source["weight"] if source else None,
        "confidence": _lower(actual.confidence if actual else "high", source["confidence"] if source else "high"),
        "sort_pace": float(to_sort_by) if to_sort_by is not None else None,
    }


def _actual_behind(judgement: Judgement, facts: _Facts) -> _Actual | None:
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


def _grain(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return (
        row["indicator_key"], row["district_key"], row["breakdown_key"], row["period_key"], row["target_key"],
    )  # fmt: skip


def _latest_reports(connection: Connection) -> dict[int, Period]:
    """By district, the last half-year it reported anything for."""
    f = t.fact_actual.c
    query = select(f.district_key, func.max(f.period_key)).where(f.superseded_at.is_(None)).group_by(f.district_key)
    return {district: from_key(period) for district, period in connection.execute(query)}


def _affected(
    connection: Connection, catalog: Catalog, series: set[SeriesKey], latest: Mapping[int, Period]
) -> set[SeriesKey]:
    """The series themselves, siblings of flows, and everything of districts whose latest report moved."""
    m = t.fact_progress.c
    shown = connection.execute(
        select(m.district_key, func.min(m.period_key))  # later ones are milestones done before they began
        .where(m.is_current, m.actual_key.is_not(None))
        .group_by(m.district_key)
    )
    before = {row[0]: row[1] for row in shown}
    now = {district: period.key for district, period in latest.items()}
    moved = {district for district in before.keys() | now.keys() if before.get(district) != now.get(district)}
    of_moved = {key for key in _all_series(connection) if key[1] in moved} if moved else set()
    return series | of_moved | _siblings(connection, catalog, series)


def _siblings(connection: Connection, catalog: Catalog, series: set[SeriesKey]) -> set[SeriesKey]:
    """The same flows in other districts: their shares of the first half are pooled."""
    flows = {
        (indicator, breakdown)
        for indicator, _, breakdown in series
        if catalog.indicators[indicator].measure_type is MeasureType.FLOW
    }
    return {key for key in _all_series(connection) if (key[0], key[2]) in flows} if flows else set()


def _all_series(connection: Connection) -> Iterator[SeriesKey]:
    for table in (t.fact_target, t.fact_actual):
        c = table.c
        keys = select(c.indicator_key, c.district_key, c.breakdown_key).distinct()
        for row in connection.execute(keys.where(c.superseded_at.is_(None))):
            yield row[0], row[1], row[2]


def _fetch_facts(connection: Connection, catalog: Catalog, affected: set[SeriesKey] | None) -> dict[SeriesKey, _Facts]:
    """Current facts of the affected series, in the indicator's unit."""
    found: dict[SeriesKey, _Facts] = {}

    def facts_of(row: Any) -> _Facts:
        return found.setdefault((row.indicator_key, row.district_key, row.breakdown_key), _Facts({}, {}))

    for row in _current_rows(connection, t.fact_actual, affected):
        value = _in_indicator_unit(catalog, row, row.value)
        facts_of(row).actuals[from_key(row.period_key)] = _Actual(row.actual_key, value, row.qualifier, row.confidence)
    for row in _current_rows(connection, t.fact_target, affected):
        facts_of(row).targets[row.target_key] = (_target(catalog, row), dict(row._mapping))
    return found


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


def _current_rows(connection: Connection, table: Table, affected: set[SeriesKey] | None) -> Iterator[Any]:
    query = select(table).where(table.c.superseded_at.is_(None))
    if affected is None:
        yield from connection.execute(query)
        return
    for chunk in _chunks(sorted({key[0] for key in affected}), 400):
        for row in connection.execute(query.where(table.c.indicator_key.in_(chunk))):
            if (row.indicator_key, row.district_key, row.breakdown_key) in affected:
                yield row


def _pooled_shares(
    catalog: Catalog, facts: Mapping[SeriesKey, _Facts]
) -> dict[tuple[int, int], dict[int, dict[int, Decimal]]]:
    """For flows: (indicator, breakdown) → year → district → its share of the first half, the last
    complete year before that year."""
    flows = {key: x for key, x in facts.items() if catalog.indicators[key[0]].measure_type is MeasureType.FLOW}
    years: dict[tuple[int, int], set[int]] = {}
    for (indicator, _, breakdown), series in flows.items():
        reported = {period.year for period in series.actuals}
        years.setdefault((indicator, breakdown), set()).update(reported)
    pooled: dict[tuple[int, int], dict[int, dict[int, Decimal]]] = {}
    for (indicator, district, breakdown), series in flows.items():
        history = {period: actual.value for period, actual in series.actuals.items()}
        for year in years[indicator, breakdown]:
            shares = s1_shares(history, year)
            if shares:
                pooled.setdefault((indicator, breakdown), {}).setdefault(year, {})[district] = shares[-1]
    return pooled


def _fetch_mart(connection: Connection, affected: set[SeriesKey] | None) -> dict[tuple[Any, ...], Row]:
    query = select(t.fact_progress)
    rows: Iterable[Any]
    if affected is None:
        rows = connection.execute(query).mappings()
    else:
        rows = (
            row
            for chunk in _chunks(sorted({key[0] for key in affected}), 400)
            for row in connection.execute(query.where(t.fact_progress.c.indicator_key.in_(chunk))).mappings()
            if (row["indicator_key"], row["district_key"], row["breakdown_key"]) in affected
        )
    return {_grain(row): dict(row) for row in rows}


def _replace(connection: Connection, stale: Sequence[Row], fresh: Sequence[Row], at: datetime) -> None:
    """Move what no longer holds into the history, and write what does."""
    past = [{k: v for k, v in row.items() if k != "progress_key"} | {"superseded_at": at} for row in stale]
    for rows in _chunks(past, _WRITE_CHUNK):
        connection.execute(insert(t.fact_progress_history), rows)
    for keys in _chunks([row["progress_key"] for row in stale], 400):
        connection.execute(delete(t.fact_progress).where(t.fact_progress.c.progress_key.in_(keys)))
    for rows in _chunks(fresh, _WRITE_CHUNK):
        connection.execute(insert(t.fact_progress), rows)


def _chunks(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
