"""What a district's page shows, from rows of the mart; no Dash, no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dashboard.explain import target_of
from dashboard.reading import Reading
from dashboard.tally import score_of
from warehouse.catalog import District, Domain
from warehouse.measures.computed import Computed, NotComputable
from warehouse.measures.period import Period
from warehouse.measures.rollup import RollUp
from warehouse.measures.score import Score, rank
from warehouse.measures.shortfall import shortfall
from warehouse.measures.target import Direction, MeasureType
from warehouse.queries.lineage import fetch_shares
from warehouse.queries.mart import ProgressRow, Selection, fetch_rows
from warehouse.queries.totals import fetch_districts, fetch_total

SeriesOf = tuple[int, int]
"""Indicator and breakdown."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the scorecard: the target due nearest, the others, and the half-year before."""

    row: ProgressRow
    others: tuple[ProgressRow, ...]
    before: ProgressRow | None


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of a domain."""

    domain: Domain
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A target not reached yet, with what is missing in real things."""

    row: ProgressRow
    missing: Computed
    counts_things: bool
    """Whether ``missing`` counts what a ratio's numerator counts, rather than the unit."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One series beside its peers: a row for each district, None where it has none."""

    rows: tuple[ProgressRow | None, ...]
    ranks: Mapping[int, int]
    """Place by district of those that reported, equal values sharing one; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A district's own figure beside the total of the districts below it: two different facts."""

    own: ProgressRow | None
    total: RollUp
    sample: ProgressRow
    difference: Decimal | None


@dataclass(frozen=True)
class Scorecard:
    """Everything about one district."""

    district: District
    latest: Period | None
    targeted: tuple[Group, ...]
    monitored: tuple[Group, ...]
    score: Score
    open: tuple[OpenTarget, ...]


def fetch_scorecard(reading: Reading, district: District) -> Scorecard:
    """Rows of the district at the chosen half-year, or at its latest report."""
    selection = Selection(
        period=reading.state.period,
        districts=frozenset((district.key,)),
        indicators=reading.selection.indicators,
        as_of=reading.state.as_of,
    )
    rows = fetch_rows(
        reading.scope, reading.connection, reading.catalog, selection, primary_only=False, order=("due_period_key",)
    )
    latest = reading.state.period or reading.latest_reports.get(district.key)
    before = _before(reading, selection, latest)
    lines: dict[tuple[int, int, int], Line] = {}
    for row in sorted(rows, key=lambda r: not r.is_primary):
        key = (row.indicator_key, row.breakdown_key, row.period_key)
        if key in lines:
            lines[key] = Line(lines[key].row, (*lines[key].others, row), lines[key].before)
        else:
            previous = before.get(key[:2]) if row.period == latest else None
            lines[key] = Line(row, (), previous)
    shown = [line for line in lines.values() if reading.state.status in (None, line.row.light)]
    return Scorecard(
        district=district,
        latest=latest,
        targeted=_by_domain(reading, [line for line in shown if line.row.target_key is not None]),
        monitored=_by_domain(reading, [line for line in shown if line.row.target_key is None]),
        score=score_of([row for row in rows if latest is None or row.period == latest]),
        open=open_targets(reading, [line.row for line in lines.values()]),
    )


def compare(reading: Reading, districts: Sequence[District], period: Period | None) -> list[Compared]:
    """Series the first district reports in a half-year, and what the others report in the same one."""
    if period is None:
        return []
    selection = Selection(
        period=period,
        districts=frozenset(d.key for d in districts),
        indicators=reading.selection.indicators,
        as_of=reading.state.as_of,
    )
    found: dict[SeriesOf, dict[int, ProgressRow]] = {}
    for row in fetch_rows(reading.scope, reading.connection, reading.catalog, selection):
        cells = found.setdefault((row.indicator_key, row.breakdown_key), {})
        if row.district_key not in cells or row.actual is not None:
            cells[row.district_key] = row
    shared = [key for key, cells in found.items() if len(cells) > 1 and districts[0].key in cells]
    return [
        Compared(tuple(found[key].get(d.key) for d in districts), _ranks(reading, key, list(found[key].values())))
        for key in sorted(shared, key=lambda key: _series_order(reading, key))
    ]


def _ranks(reading: Reading, key: SeriesOf, rows: list[ProgressRow]) -> Mapping[int, int]:
    """Rank by district of what was reported; empty where an order means nothing or there is nobody to compare with."""
    indicator = reading.catalog.indicators[key[0]]
    if indicator.direction is Direction.NONE or indicator.measure_type is MeasureType.MILESTONE:
        return {}
    values = {row.district_key: row.actual for row in rows if row.actual is not None}
    found = rank(values, lower_is_better=indicator.direction is Direction.LOWER)
    return {} if isinstance(found, NotComputable) else found


def sums_of_children(reading: Reading, district: District, period: Period | None) -> list[Sum]:
    """The district's own figures beside the totals of the districts directly below it."""
    children = reading.catalog.children(district)
    if not children or period is None:
        return []
    selection = Selection(
        period=period,
        districts=frozenset((district.key, *(child.key for child in children))),
        indicators=reading.selection.indicators,
        as_of=reading.state.as_of,
    )
    own: dict[SeriesOf, ProgressRow] = {}
    below: dict[SeriesOf, list[ProgressRow]] = {}
    for row in fetch_rows(reading.scope, reading.connection, reading.catalog, selection):
        key = (row.indicator_key, row.breakdown_key)
        if row.district_key == district.key:
            own[key] = row
        else:
            below.setdefault(key, []).append(row)
    series = selection.only(districts=frozenset(child.key for child in children))
    expected = fetch_districts(reading.scope, reading.connection, reading.catalog, series)
    return [
        _sum(reading, own.get(key), below[key], expected[key])
        for key in sorted(below, key=lambda key: _series_order(reading, key))
    ]


def _sum(reading: Reading, own: ProgressRow | None, rows: list[ProgressRow], expected: set[int]) -> Sum:
    indicator = reading.catalog.indicators[rows[0].indicator_key]
    total = fetch_total(reading.scope, reading.connection, reading.catalog, rows, indicator, expected)
    known = isinstance(total.value, Decimal) and own is not None and own.actual is not None
    difference = own.actual - total.value if known else None  # type: ignore[union-attr, operator]
    return Sum(own, total, rows[0], difference)


def _before(reading: Reading, selection: Selection, latest: Period | None) -> dict[SeriesOf, ProgressRow]:
    """Rows of the half-year before."""
    if latest is None:
        return {}
    rows = fetch_rows(reading.scope, reading.connection, reading.catalog, selection.only(period=latest.previous))
    return {(row.indicator_key, row.breakdown_key): row for row in rows}


def _by_domain(reading: Reading, lines: list[Line]) -> tuple[Group, ...]:
    groups = []
    for domain in reading.catalog.domains.values():
        mine = [x for x in lines if reading.catalog.indicators[x.row.indicator_key].domain_code == domain.code]
        mine.sort(key=lambda x: _series_order(reading, (x.row.indicator_key, x.row.breakdown_key)))
        if mine:
            groups.append(Group(domain, tuple(mine)))
    return tuple(groups)


def open_targets(reading: Reading, rows: list[ProgressRow]) -> tuple[OpenTarget, ...]:
    """Reported and not reached, the nearest due first."""
    pending = [row for row in rows if row.actual is not None and row.target_key is not None and row.status != "met"]
    ratios = [r for r in pending if reading.catalog.indicators[r.indicator_key].measure_type is MeasureType.RATIO]
    shares = fetch_shares(reading.scope, reading.connection, reading.catalog, ratios)
    found = []
    for row in pending:
        indicator = reading.catalog.indicators[row.indicator_key]
        target = target_of(row, indicator)
        assert target is not None and row.actual is not None
        unit = reading.catalog.unit_of(indicator)
        share = shares.get(row.actual_key or -1)
        missing = shortfall(row.actual, target, is_whole=unit.is_whole, share=share, unit_factor=unit.factor)
        found.append(OpenTarget(row, missing, share is not None))
    return tuple(sorted(found, key=lambda x: (x.row.due_period_key or 0, x.row.indicator_key)))


def _series_order(reading: Reading, key: SeriesOf) -> tuple[int, str, int]:
    indicator = reading.catalog.indicators[key[0]]
    domain = reading.catalog.domains[indicator.domain_code].sort_order
    return domain, indicator.name_zh, reading.catalog.breakdowns[key[1]].sort_order
