"""The agenda of a meeting (议程), from a reading: values, in the order they are talked about; no HTML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dashboard import returns
from dashboard.pages import changes_parts
from dashboard.pages.district_parts import OpenTarget, open_targets
from dashboard.reading import Reading
from dashboard.settings import BEIJING
from dashboard.state import end_of
from dashboard.tally import Tally, tallies, together
from warehouse.catalog import District
from warehouse.measures.arrival import Arrival, deadline
from warehouse.measures.period import Period
from warehouse.measures.status import BETTER, Status
from warehouse.queries.actions import ActionItem, ItemState, fetch_items
from warehouse.queries.changes import Change, Move
from warehouse.queries.expected import Expected
from warehouse.queries.mart import ProgressRow, fetch_rows, fetch_series
from warehouse.queries.meetings import Meeting, fetch_meeting_before

RED = (Status.BREACHED, Status.MISSED, Status.BEHIND)
"""What is talked about number by number, the worst first."""
WORST = 8
"""So many have a slide of their own; the rest stand in tables."""
REST = 24


@dataclass(frozen=True, slots=True)
class Red:
    """A number that is red: what is missing in real things, its series, and the items that hang on it."""

    target: OpenTarget
    series: tuple[ProgressRow, ...]
    """Primary rows in time, the targets of their half-years with them."""
    items: tuple[ActionItem, ...]

    @property
    def row(self) -> ProgressRow:
        """The row of the mart."""
        return self.target.row


@dataclass(frozen=True, slots=True)
class Silent:
    """What a district owes for the half-year to be chased."""

    district: District
    missing: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Returns:
    """Who has not reported, those that owe most first."""

    period: Period
    deadline: date
    expected: int
    silent: tuple[Silent, ...]


@dataclass(frozen=True)
class Agenda:
    """Everything a meeting goes through."""

    meeting: Meeting | None
    """None for one that is not entered: as things stand now."""
    last: Meeting | None
    since: date | None
    """The end of this day is what the changes are compared with."""
    tally: Tally
    decided: tuple[ActionItem, ...]
    """Decided before and not done, done since the last meeting, or decided there."""
    changes: tuple[tuple[Move, tuple[changes_parts.Listed, ...]], ...]
    red: tuple[Red, ...]
    rest: tuple[ProgressRow, ...]
    red_total: int
    returns: Returns
    today: tuple[ActionItem, ...]
    """Decided at this meeting."""


def make_agenda(reading: Reading, meeting: Meeting | None) -> Agenda:
    """Read all of it, within the filters of the link."""
    last = _last(reading, meeting)
    since = _since(reading, last)
    tally = together(tallies(reading, reading.lights).values())
    items = _items(reading)
    rows = red_rows(reading)
    return Agenda(
        meeting=meeting,
        last=last,
        since=since,
        tally=tally,
        decided=tuple(x for x in items if _was_decided(x, meeting, last, since, reading.today)),
        changes=_changes(reading, since),
        red=_red(reading, rows[:WORST], items),
        rest=tuple(rows[WORST:]),
        red_total=tally.count(*RED),
        returns=_returns(reading),
        today=tuple(_decided_today(reading, meeting)),
    )


def _last(reading: Reading, meeting: Meeting | None) -> Meeting | None:
    if not reading.names_people:
        return None
    day, key = (reading.today, None) if meeting is None else (meeting.held_on, meeting.key)
    return fetch_meeting_before(reading.connection, day, key)


def _since(reading: Reading, last: Meeting | None) -> date | None:
    """The day in the link, else that of the last meeting, else the day the page of changes compares with."""
    if reading.state.since is not None:
        return reading.state.since
    if last is not None:
        return last.held_on
    found = changes_parts.since_of(reading)
    return None if found is None else found.day


def _items(reading: Reading) -> list[ActionItem]:
    """Items within the filters."""
    indicators = reading.selection.indicators
    found = reading.items(changes_parts.chosen_districts(reading))
    return [x for x in found if indicators is None or x.place.indicator_key in indicators]


def _was_decided(
    item: ActionItem, meeting: Meeting | None, last: Meeting | None, since: date | None, today: date
) -> bool:
    if _is_of(item, meeting, today):
        return False
    if item.is_open or (last is not None and item.meeting_key == last.key):
        return True
    return since is not None and item.events[-1].at > end_of(since)


def _is_of(item: ActionItem, meeting: Meeting | None, today: date) -> bool:
    """Whether it was decided at a meeting; without one entered, today and at none."""
    if meeting is not None:
        return item.meeting_key == meeting.key
    return item.meeting_key is None and item.created_at.astimezone(BEIJING).date() == today


def _decided_today(reading: Reading, meeting: Meeting | None) -> list[ActionItem]:
    """Also those entered after the day the data are seen as of: minutes are often written the day after."""
    if not reading.names_people:
        return []
    found = fetch_items(
        reading.scope, reading.connection, reading.catalog, districts=changes_parts.chosen_districts(reading)
    )
    return [x for x in found if x.state is not ItemState.WITHDRAWN and _is_of(x, meeting, reading.today)]


def _changes(reading: Reading, since: date | None) -> tuple[tuple[Move, tuple[changes_parts.Listed, ...]], ...]:
    """Changes of lights, figures and targets by what became of the light, the biggest first."""
    if since is None or since > reading.today:
        return ()
    key = ("changes", reading.data_version, reading.scope.key, since, reading.state.as_of, reading.selection)
    everything = reading.memo.recall(key, lambda: changes_parts.fetch(reading, since))
    groups: dict[Move, list[changes_parts.Listed]] = defaultdict(list)
    for entry in changes_parts.by_district(changes_parts.shown(reading, everything)):
        groups[entry.change.move].append(entry)
    return tuple(
        (move, tuple(sorted(groups[move], key=lambda entry: _size(entry.change), reverse=True)))
        for move in changes_parts.ORDER
        if groups[move]
    )


def _size(change: Change) -> tuple[int, Decimal]:
    """How far a light moved, or how bad one that is new is; then how far the attainment did."""
    then, now = (None if light is None else BETTER.get(light) for light in (change.light_before, change.light_after))
    steps = abs(now - then) if then is not None and now is not None else len(BETTER) - now if now is not None else 0
    shares = [v.row.attainment for v in (change.before, change.after) if v is not None and v.row.attainment is not None]
    return steps, max(shares, default=Decimal(0)) - min(shares, default=Decimal(0))


def red_rows(reading: Reading) -> list[ProgressRow]:
    """Breached, missed, behind; within a light the lowest pace first. As many as slides and tables hold."""
    found: list[ProgressRow] = []
    order = ("sort_pace", "due_period_key", "district_key", "indicator_key", "breakdown_key")
    for light in RED:
        selection = reading.selection.only(statuses=frozenset((light,)))
        left = WORST + REST - len(found)
        if left > 0:
            found += fetch_rows(
                reading.scope, reading.connection, reading.catalog, selection, order=order, limit=left
            )  # fmt: skip
    return found


def _red(reading: Reading, rows: Sequence[ProgressRow], items: Sequence[ActionItem]) -> tuple[Red, ...]:
    if not rows:
        return ()
    series: dict[object, list[ProgressRow]] = defaultdict(list)
    codes = {reading.catalog.indicators[row.indicator_key].code for row in rows}
    versions = [version.key for code in codes for version in reading.catalog.indicators_by_code[code]]
    for row in fetch_series(
        reading.scope, reading.connection, reading.catalog, versions, {row.district_key for row in rows},
        reading.state.as_of,
    ):  # fmt: skip
        if row.is_primary:
            series[_series(reading, row)].append(row)
    targets = {(x.row.place, x.row.period_key): x for x in open_targets(reading, list(rows))}
    return tuple(
        Red(
            targets[row.place, row.period_key],
            tuple(r for r in series[_series(reading, row)] if r.period_key <= row.period_key),
            tuple(x for x in items if x.place == row.place),
        )
        for row in rows
    )


def _series(reading: Reading, row: ProgressRow) -> object:
    return reading.catalog.indicators[row.indicator_key].code, row.district_key, row.breakdown_key


def _returns(reading: Reading) -> Returns:
    period = returns.period_of(reading)
    expected = returns.fetch_chosen(reading, period)
    missing: dict[int, list[Expected]] = defaultdict(list)
    for e in expected:
        if e.arrival(reading.return_days) is Arrival.MISSING:
            missing[e.district_key].append(e)
    silent = [Silent(reading.catalog.districts[key], tuple(of)) for key, of in missing.items()]
    return Returns(
        period,
        deadline(period, reading.return_days),
        len(expected),
        tuple(sorted(silent, key=lambda s: (-len(s.missing), s.district.sort_order))),
    )
