"""通报: the one reading behind Word, PDF, PowerPoint, Excel and the preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from dashboard.exports.model import (
    Bulletin as Bulletin,
)
from dashboard.exports.model import (
    Cancelled as Cancelled,
)
from dashboard.exports.model import (
    Coverage,
    Cutoff,
    Section,
    SeriesLine,
    Silent,
    Standing,
)
from dashboard.exports.model import (
    Step as Step,
)
from dashboard.exports.request import BulletinRequest as BulletinRequest
from dashboard.exports.request import parse_request as parse_request
from dashboard.reading import Reading
from dashboard.state import ViewState, end_of
from dashboard.tally import is_row_overdue, score_of, tally_of
from warehouse.catalog import District, Domain
from warehouse.measures.arrival import last_ended
from warehouse.measures.computed import NotComputable
from warehouse.measures.period import Period
from warehouse.measures.rollup import spread
from warehouse.measures.score import rank
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.measures.target import MeasureType
from warehouse.queries import actions
from warehouse.queries import changes as changed
from warehouse.queries.actions import ActionItem
from warehouse.queries.changes import Change
from warehouse.queries.mart import ProgressRow, Selection, fetch_periods, fetch_rows
from warehouse.queries.totals import fetch_districts, fetch_total


def make_bulletin(reading: Reading, request: BulletinRequest) -> Bulletin:
    """Read everything a bulletin says, within the reader's scope.

    ``request.period`` None: the half-year most of the districts reported last; of several the one with most
    targets that were reported on, then the newest.
    """
    reading = _as_of(reading, request)
    catalog, districts = reading.catalog, _districts(reading, request.districts)
    domains = _domains(reading, request.domains)
    chosen = {d.code for d in domains}
    whatever = Selection(
        districts=frozenset(d.key for d in districts),
        indicators=frozenset(i.key for i in catalog.indicators.values() if i.domain_code in chosen),
        as_of=reading.state.as_of,
    )
    period = request.period or _last_reported(reading, districts, whatever)
    selection = whatever.only(period=period)
    every = fetch_rows(reading.scope, reading.connection, catalog, selection, primary_only=False)
    rows = tuple(sorted((row for row in every if row.is_primary), key=lambda row: _order(reading, row)))
    of = _by_district(rows)
    tally = tally_of(rows, reading.today)
    return Bulletin(
        request=request,
        period=period,
        districts=tuple(districts),
        domains=tuple(domains),
        rows=rows,
        tally=tally,
        coverage=Coverage(
            tally.targets, tally.reported, len(districts),
            sum(any(row.target_key is not None for row in mine) for mine in of.values()),
            sum(any(row.actual_key is not None for row in mine) for mine in of.values()),
        ),
        cutoff=_cutoff(reading),
        achieved=_with(rows, Status.MET),
        on_track=_with(rows, Status.ON_TRACK),
        behind=tuple(sorted(_with(rows, *OFF_TRACK), key=_worst_first)),
        in_progress=_with(rows, Status.IN_PROGRESS),
        unreported=tuple(_silent(reading, districts, of)),
        standings=tuple(_standings(reading, districts, of, _by_district(every))),
        sections=tuple(_sections(reading, selection, districts, domains, rows)),
        changes=None if request.since is None else _changes(reading, request.since, period, selection),
        items=tuple(_items(reading, request.districts, selection)) if reading.names_people else (),
        tells_items=reading.names_people,
        today=reading.today,
    )  # fmt: skip


def _as_of(reading: Reading, request: BulletinRequest) -> Reading:
    """The reading without the filters of a page, as of the day asked for."""
    today = min(filter(None, (reading.today, request.asof)))
    return replace(reading, state=ViewState(period=request.period, asof=request.asof), today=today)


def _districts(reading: Reading, codes: Collection[str]) -> list[District]:
    """Districts with data and none below them with data, at or below those chosen; all where none is.

    One that lies above the reader's own, and that he may not see, is like one that does not exist.
    """
    if not codes:
        return reading.leaves
    wanted, catalog = {code for code in codes if reading.scope.sees_district(code)}, reading.catalog
    return [d for d in reading.leaves if d.code in wanted or any(a.code in wanted for a in catalog.ancestors(d))]


def _domains(reading: Reading, codes: Sequence[str]) -> list[Domain]:
    visible = [d for d in reading.catalog.domains.values() if reading.scope.sees_domain(d.code)]
    return [d for d in visible if d.code in codes] if codes else visible


def _last_reported(reading: Reading, districts: Iterable[District], whatever: Selection) -> Period:
    counts = Counter(p for d in districts if (p := reading.latest_reports.get(d.key)) is not None)
    most = [period for period, count in counts.items() if count == max(counts.values())]
    if most:
        return most[0] if len(most) == 1 else max(most, key=lambda p: (_reported_on(reading, whatever, p), p))
    ended = last_ended(reading.today)
    known = fetch_periods(reading.scope, reading.connection, reading.catalog)
    return max((period for period in known if period <= ended), default=ended)


def _reported_on(reading: Reading, whatever: Selection, period: Period) -> int:
    """How many targets of a half-year have a figure."""
    rows = fetch_rows(reading.scope, reading.connection, reading.catalog, whatever.only(period=period))
    return sum(row.target_key is not None and row.actual_key is not None for row in rows)


def _cutoff(reading: Reading) -> Cutoff:
    moments = changed.fetch_load_moments(reading.connection, reading.state.as_of, limit=1)
    return Cutoff(reading.data_version, moments[0] if moments else None, reading.state.asof)


def _with(rows: Iterable[ProgressRow], *lights: Status) -> tuple[ProgressRow, ...]:
    return tuple(row for row in rows if row.light in lights)


def _by_district(rows: Iterable[ProgressRow]) -> dict[int, list[ProgressRow]]:
    found: dict[int, list[ProgressRow]] = {}
    for row in rows:
        found.setdefault(row.district_key, []).append(row)
    return found


def _order(reading: Reading, row: ProgressRow) -> tuple[Any, ...]:
    return reading.catalog.districts[row.district_key].sort_order, row.district_key, *_series(reading, row)


def _series(reading: Reading, row: ProgressRow) -> tuple[Any, ...]:
    """The order of series: domain, name, definition, breakdown."""
    catalog = reading.catalog
    indicator = catalog.indicators[row.indicator_key]
    domain, breakdown = catalog.domains[indicator.domain_code], catalog.breakdowns[row.breakdown_key]
    return domain.sort_order, domain.code, indicator.name_zh, indicator.key, breakdown.sort_order, breakdown.key


def _worst_first(row: ProgressRow) -> tuple[Any, ...]:
    measure = row.attainment if row.pace_ratio is None else row.pace_ratio
    return OFF_TRACK.index(row.light), measure is None, measure or Decimal(0), row.due_period_key or 0


def _silent(
    reading: Reading, districts: Iterable[District], of: Mapping[int, Sequence[ProgressRow]]
) -> Iterable[Silent]:
    for district in districts:
        mine = of.get(district.key, ())
        rows = _with(mine, Status.UNREPORTED)
        if rows:
            overdue = sum(is_row_overdue(row, reading.today) for row in rows)
            yield Silent(district, rows, overdue, all(row.actual_key is None for row in mine))


def _standings(
    reading: Reading,
    districts: Iterable[District],
    of: Mapping[int, Sequence[ProgressRow]],
    every: Mapping[int, Sequence[ProgressRow]],
) -> list[Standing]:
    """Ranked by score, equal scores sharing a rank; only who reported on a target is ranked."""
    scores = {d: score_of(every.get(d.key, ())) for d in districts}
    values = {d: s.value for d, s in scores.items() if s.reported and not isinstance(s.value, NotComputable)}
    found = rank(values)
    ranks = {} if isinstance(found, NotComputable) else found
    shared = Counter(ranks.values())
    lines = [
        Standing(d, tally_of(of.get(d.key, ()), reading.today), scores[d], ranks.get(d), shared[ranks.get(d, 0)] > 1)
        for d in scores
    ]
    return sorted(lines, key=lambda line: (line.rank is None, line.rank or 0, line.district.sort_order))


def _sections(
    reading: Reading,
    selection: Selection,
    districts: Sequence[District],
    domains: Iterable[Domain],
    rows: Iterable[ProgressRow],
) -> Iterable[Section]:
    """A section for each domain with anything in it."""
    catalog = reading.catalog
    expected = fetch_districts(reading.scope, reading.connection, catalog, selection)
    of_domain: dict[str, dict[tuple[int, int], dict[int, ProgressRow]]] = {}
    for row in sorted(rows, key=lambda row: _series(reading, row)):
        series = of_domain.setdefault(catalog.indicators[row.indicator_key].domain_code, {})
        series.setdefault((row.indicator_key, row.breakdown_key), {})[row.district_key] = row
    for domain in domains:
        series = of_domain.get(domain.code, {})
        if series:
            mine = (row for cells in series.values() for row in cells.values())
            found = (_line(reading, key, cells, districts, expected.get(key, set())) for key, cells in series.items())
            yield Section(domain, tally_of(mine, reading.today), tuple(found))


def _line(
    reading: Reading,
    key: tuple[int, int],
    cells: Mapping[int, ProgressRow],
    districts: Sequence[District],
    expected: set[int],
) -> SeriesLine:
    catalog = reading.catalog
    indicator, total, middle = catalog.indicators[key[0]], None, None
    if len(expected | cells.keys()) > 1:
        total = fetch_total(reading.scope, reading.connection, catalog, list(cells.values()), indicator, expected)
    if indicator.measure_type is MeasureType.RATE_STANDARD:
        found = spread([row.actual for row in cells.values() if row.actual is not None])
        middle = None if isinstance(found, NotComputable) else found
    return SeriesLine(indicator, key[1], tuple(cells.get(d.key) for d in districts), total, middle)


def _changes(reading: Reading, since: date, period: Period, selection: Selection) -> tuple[Change, ...]:
    found = changed.fetch_changes(
        reading.scope, reading.connection, reading.catalog, end_of(since), selection.as_of,
        districts=selection.districts, indicators=selection.indicators,
    )  # fmt: skip
    return tuple(c for c in found if c.is_primary and c.is_major and c.period == period)


def _items(reading: Reading, codes: Iterable[str], selection: Selection) -> Iterable[ActionItem]:
    """The open ones of the districts chosen and all below them, of every district where none is."""
    wanted, catalog = frozenset(codes), reading.catalog
    at_or_below = {
        d.key
        for d in catalog.districts.values()
        if d.code in wanted or any(a.code in wanted for a in catalog.ancestors(d))
    }
    found = actions.fetch_items(
        reading.scope, reading.connection, catalog,
        districts=at_or_below if wanted else None, indicators=selection.indicators, as_of=selection.as_of,
    )  # fmt: skip
    return (item for item in found if item.is_open)
