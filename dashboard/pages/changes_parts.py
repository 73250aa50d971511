"""What the page of changes shows, from changes of the mart; no Dash, no HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dashboard.reading import Reading
from dashboard.settings import BEIJING
from dashboard.state import end_of
from dashboard.tally import LIGHTS
from warehouse.measures.period import Period
from warehouse.measures.status import Status
from warehouse.queries.causes import Cause
from warehouse.queries.changes import Change, Move, fetch_changes, fetch_load_moments

ORDER = (Move.WORSE, Move.BETTER, Move.REPORTED, Move.UNREPORTED, Move.TARGET, Move.SAME)
"""What a reader asks for first."""
CAUSES = (Cause.DATA, Cause.TARGET, Cause.RULE, Cause.HISTORY, Cause.RECOMPUTED)


@dataclass(frozen=True, slots=True)
class Since:
    """The day compared with, and whether the reader chose it."""

    day: date
    is_chosen: bool
    newest: date | None = None
    """The newest day anything came in, where the day was chosen for the reader."""


@dataclass(frozen=True, slots=True)
class LightLine:
    """How many targets had a light then, and have it now."""

    light: Status
    then: int
    now: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A change as the list has it, with the half-years that changed alike."""

    change: Change
    periods: tuple[Period, ...]


def since_of(reading: Reading) -> Since | None:
    """The day in the link, else the last day with a batch before the newest one; None where nothing came in."""
    if reading.state.since is not None:
        return Since(reading.state.since, is_chosen=True)
    moments = fetch_load_moments(reading.connection, reading.state.as_of)
    days = sorted({moment.astimezone(BEIJING).date() for moment in moments}, reverse=True)
    if not days:
        return None
    return Since(days[1] if len(days) > 1 else days[0] - timedelta(days=1), is_chosen=False, newest=days[0])


def fetch(reading: Reading, since: date) -> list[Change]:
    """Every change since the end of a day that the filters select, whatever the half-year."""
    return fetch_changes(
        reading.scope, reading.connection, reading.catalog, end_of(since), reading.state.as_of,
        districts=chosen_districts(reading), indicators=reading.selection.indicators,
    )  # fmt: skip


def chosen_districts(reading: Reading) -> frozenset[int] | None:
    """The district of the filter and all below it, those that lost their data since among them; None without one."""
    chosen, catalog = reading.state.district, reading.catalog
    if chosen is None:
        return None
    if not reading.scope.sees_district(chosen):
        return frozenset()
    found = (d for d in catalog.districts.values() if chosen in (d.code, *(a.code for a in catalog.ancestors(d))))
    return frozenset(district.key for district in found)


def shown(reading: Reading, changes: Iterable[Change]) -> list[Change]:
    """What the list and the counts speak of: light, figure or target of a primary row, in the half-year chosen."""
    period = reading.state.period
    return [c for c in changes if c.is_primary and c.is_major and period in (None, c.period)]


def lights(reading: Reading, since: date) -> list[LightLine]:
    """Targets by light then and now, each once: in the half-year chosen, or at each district's latest report."""
    then = replace(reading, state=replace(reading.state, asof=since))
    counts = []
    for moment in (then, reading):
        found = moment.all_lights.only(chosen_districts(reading), reading.selection.indicators)
        of: Counter[Status] = Counter()
        for (_, light), rows in found.by_district.items():
            of[light] += rows
        counts.append(of)
    return [LightLine(light, counts[0][light], counts[1][light]) for light in LIGHTS]


def advanced(reading: Reading, since: date) -> int:
    """How many districts report another half-year last than they did then, and are judged there now."""
    if reading.state.period is not None:
        return 0
    then = replace(reading, state=replace(reading.state, asof=since)).latest_reports
    chosen = chosen_districts(reading)
    return sum(
        then.get(key) != period for key, period in reading.latest_reports.items() if chosen is None or key in chosen
    )


def moves(changes: Iterable[Change]) -> Counter[Move]:
    """How many changes of each kind."""
    return Counter(change.move for change in changes)


def causes(changes: Iterable[Change]) -> Counter[Cause]:
    """How many changes have a cause; one with two counts for both."""
    return Counter(cause for change in changes for cause in {reason.cause for reason in change.reasons})


def by_district(changes: Sequence[Change]) -> list[Listed]:
    """District after district, what got worse first; half-years without a figure that changed alike are one entry."""
    found: dict[object, Listed] = {}
    for change in changes:
        key = _alike(change)
        known = found.get(key)
        found[key] = Listed(known.change if known else change, (*(known.periods if known else ()), change.period))
    place = {key: n for n, key in enumerate(dict.fromkeys(change.row.district_key for change in changes))}
    return sorted(found.values(), key=lambda x: (place[x.change.row.district_key], ORDER.index(x.change.move)))


def _alike(change: Change) -> object:
    """What half-years that changed alike have in common; one with a figure is like no other."""
    versions = [version for version in (change.before, change.after) if version is not None]
    if any(version.row.actual_key is not None for version in versions):
        return id(change)
    was, now = (None if v is None else (v.row.status, v.row.target_key) for v in (change.before, change.after))
    return change.place, was, now, change.reasons
