"""What the overview shows, from rows of the mart; no Dash, no HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from dashboard.reading import Reading
from dashboard.tally import Tally
from warehouse.catalog import District, Domain
from warehouse.measures.period import Period, from_key
from warehouse.measures.status import BETTER, OFF_TRACK, Status, is_overdue
from warehouse.queries.mart import ProgressRow, fetch_places, fetch_rows

ATTENTION_ROWS = 12
SHEET_ROWS = 40
HEAT_DISTRICTS = 16
MOVES = 6


@dataclass(frozen=True, slots=True)
class DistrictLine:
    """A district's line on the overview: its last report and its tally."""

    district: District
    latest: Period | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class OverdueGroup:
    """Targets of one district that fell due in one half-year and were never reported on."""

    district: District
    due: Period
    count: int
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """How lights moved against the half-year before."""

    better: int
    worse: int
    better_rows: tuple[ProgressRow, ...]
    worse_rows: tuple[ProgressRow, ...]
    """A few of each, the most telling first."""
    newly_reported: int
    no_longer_reported: int
    compared: int
    """How many lights could be compared, those that did not move among them."""


@dataclass(frozen=True, slots=True)
class HeatLine:
    """A row of the heat table; a cell is a row of the mart, or None where a district has neither."""

    indicator_key: int
    breakdown_key: int
    cells: tuple[ProgressRow | None, ...]


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Cells of one domain: a row is an indicator and breakdown, a column a district."""

    districts: tuple[District, ...]
    judged: tuple[HeatLine, ...]
    """Rows with a target, reported somewhere."""
    monitored: tuple[HeatLine, ...]
    silent: tuple[HeatLine, ...]
    """Rows in which every cell is unreported."""


def district_lines(reading: Reading, of: Mapping[int, Tally]) -> list[DistrictLine]:
    """One line a district, the ones most in need of attention first, then in order of the list."""
    lines = [
        DistrictLine(district, reading.latest_reports.get(district.key), of[district.key])
        for district in reading.shown_districts
        if district.key in of
    ]
    return sorted(lines, key=lambda line: (-line.tally.count(*OFF_TRACK), line.district.sort_order))


def overdue_groups(reading: Reading) -> list[OverdueGroup]:
    """Unreported targets by district and due half-year, the longest overdue first."""
    groups: Counter[tuple[int, Period, bool]] = Counter()
    for (district, due), rows in reading.lights.unreported.items():
        period = from_key(due.period_key)
        groups[district, period, is_overdue(Status.UNREPORTED, period, due.day, reading.today)] += rows
    found = [
        OverdueGroup(reading.catalog.districts[key], due, count, is_late)
        for (key, due, is_late), count in groups.items()
    ]
    return sorted(found, key=lambda g: (g.due, not g.is_overdue, -g.count, g.district.sort_order))


def attention(reading: Reading) -> list[ProgressRow]:
    """What is behind first: breached, missed, behind, slipping; within a light the lowest pace first.

    Where nothing is off track, targets under way that are not reached yet.
    """
    found: list[ProgressRow] = []
    most = reading.sheet_of(ATTENTION_ROWS)
    for light in OFF_TRACK:
        if len(found) < most:
            found += _rows(reading, (light,), most - len(found))
    return found or [row for row in _rows(reading, (Status.IN_PROGRESS,), most) if row.actual is not None]


def with_light(reading: Reading, light: Status) -> list[ProgressRow]:
    """One sheet of everything that has a light."""
    size = reading.sheet_of(SHEET_ROWS)
    upto = reading.state.sheet * size
    return _rows(reading, (light,), upto)[upto - size :]


def changes(reading: Reading) -> Changes:
    """Lights that differ from the half-year before, for the same running target."""
    moves = reading.lights.moves
    seen = {(before, now): rows for (before, now), rows in moves.items() if before in BETTER or now in BETTER}
    both = {pair: rows for pair, rows in seen.items() if pair[0] in BETTER and pair[1] in BETTER}
    better = {pair: rows for pair, rows in both.items() if BETTER[pair[1]] > BETTER[pair[0]]}
    worse = {pair: rows for pair, rows in both.items() if BETTER[pair[1]] < BETTER[pair[0]]}
    return Changes(
        better=sum(better.values()),
        worse=sum(worse.values()),
        better_rows=_moved(reading, sorted(better, key=lambda pair: (-BETTER[pair[1]], BETTER[pair[0]]))),
        worse_rows=_moved(reading, sorted(worse, key=lambda pair: (BETTER[pair[1]], -BETTER[pair[0]]))),
        newly_reported=sum(n for (before, now), n in seen.items() if before is Status.UNREPORTED and now in BETTER),
        no_longer_reported=sum(n for (before, now), n in seen.items() if now is Status.UNREPORTED),
        compared=sum(seen.values()),
    )


def _moved(reading: Reading, pairs: Sequence[tuple[Status, Status]]) -> tuple[ProgressRow, ...]:
    """A few rows that moved, by the pairs of lights in the order given."""
    rows: list[ProgressRow] = []
    most = reading.sheet_of(MOVES)
    for before, now in pairs:
        places = list(islice(reading.lights.moved(before, now), most - len(rows)))
        found = fetch_places(reading.scope, reading.connection, reading.catalog, reading.selection, places)
        rows += [row for row in found if (row.previous_status, row.status) == (before.value, now.value)]
        if len(rows) >= most:
            break
    return tuple(rows[:most])


def heat_domains(reading: Reading) -> list[Domain]:
    """The domains a heat table can be shown for: with a search, those it finds something in."""
    words = reading.state.q
    found = {i.domain_code for i in reading.catalog.indicators.values() if not words or reading.matches(i)}
    return [x for x in reading.catalog.domains.values() if x.code in found and reading.scope.sees_domain(x.code)]


def liveliest_domain(reading: Reading, domains: Sequence[Domain]) -> str:
    """The domain shown first: the one with most lights that say something, else most figures."""
    weights: Counter[str] = Counter()
    for (indicator_key, light), rows in reading.lights.by_indicator.items():
        domain = reading.catalog.indicators[indicator_key].domain_code
        weights[domain] += rows * {Status.UNREPORTED: 1, Status.MONITOR: 2}.get(light, 1000)
    return max(domains, key=lambda domain: weights[domain.code]).code


def heat_districts(reading: Reading) -> list[District]:
    """The districts of the sheet of the heat table that is shown."""
    sheet = 1 if reading.state.status else reading.state.sheet
    start = (sheet - 1) * HEAT_DISTRICTS
    return reading.shown_districts[start : start + HEAT_DISTRICTS]


def heat_table(reading: Reading, domain_code: str, districts: Sequence[District]) -> HeatTable:
    """The heat table of a domain for some districts."""
    of_domain = {i.key for i in reading.catalog.indicators.values() if i.domain_code == domain_code}
    chosen = reading.selection.indicators
    selection = reading.selection.only(
        districts=frozenset(d.key for d in districts),
        indicators=frozenset(of_domain if chosen is None else of_domain & chosen),
    )
    cells: dict[tuple[int, int], dict[int, ProgressRow]] = {}
    for row in fetch_rows(reading.scope, reading.connection, reading.catalog, selection):
        line = cells.setdefault((row.indicator_key, row.breakdown_key), {})
        if row.district_key not in line or _weight(row) > _weight(line[row.district_key]):
            line[row.district_key] = row
    kept = [d for d in districts if any(d.key in line for line in cells.values())]
    groups: tuple[list[HeatLine], ...] = ([], [], [])
    for key in sorted(cells, key=lambda k: _order(reading, k)):
        found = cells[key]
        groups[_group(found.values())].append(HeatLine(*key, tuple(found.get(d.key) for d in kept)))
    return HeatTable(tuple(kept), *(tuple(group) for group in groups))


def _group(cells: Iterable[ProgressRow]) -> int:
    lights = {cell.light for cell in cells}
    if lights == {Status.MONITOR}:
        return 1
    return 2 if lights == {Status.UNREPORTED} else 0


def _weight(row: ProgressRow) -> int:
    """Which of two rows of a cell is shown: one judged, then a promise not reported, then a bare figure."""
    return {Status.UNREPORTED: 1, Status.MONITOR: 0}.get(row.light, 2)


def _order(reading: Reading, key: tuple[int, int]) -> tuple[str, int]:
    return reading.catalog.indicators[key[0]].name_zh, reading.catalog.breakdowns[key[1]].sort_order


def _rows(reading: Reading, lights: tuple[Status, ...], limit: int) -> list[ProgressRow]:
    selection = reading.selection.only(statuses=frozenset(lights))
    order = ("sort_pace", "due_period_key", "district_key", "indicator_key", "breakdown_key")
    return fetch_rows(reading.scope, reading.connection, reading.catalog, selection, order=order, limit=limit)
