"""What a district has before it: what is behind, what falls due next, what is to be reported until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dashboard.reading import Reading
from dashboard.returns import CAME
from warehouse.catalog import District
from warehouse.measures.arrival import Arrival, deadline, last_ended
from warehouse.measures.period import Period
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.queries.expected import Expected, fetch_expected
from warehouse.queries.mart import ProgressRow


@dataclass(frozen=True, slots=True)
class DueDay:
    """Targets that fall due on one day and are not reached yet."""

    day: date
    rows: tuple[ProgressRow, ...]

    def days(self, today: date) -> int:
        """How long it is till then; negative once it has passed."""
        return (self.day - today).days


@dataclass(frozen=True, slots=True)
class Owed:
    """What a district has to report for one half-year, and by when."""

    period: Period
    deadline: date
    arrivals: Counter[Arrival]
    missing: tuple[Expected, ...]

    @property
    def expected(self) -> int:
        """应报"""
        return self.arrivals.total()

    @property
    def came(self) -> int:
        """已报"""
        return sum(self.arrivals[state] for state in CAME)

    def days(self, today: date) -> int:
        """How long it is till the deadline; negative once it has passed."""
        return (self.deadline - today).days


def behind(rows: Iterable[ProgressRow]) -> list[ProgressRow]:
    """What is off track, the worst light first, within a light the lowest pace and what is due first."""
    found = [row for row in rows if row.light in OFF_TRACK]
    return sorted(found, key=lambda r: (OFF_TRACK.index(r.light), _pace(r), r.due_period_key or 0, r.indicator_key))


def _pace(row: ProgressRow) -> float:
    share = row.pace_ratio if row.pace_ratio is not None else row.attainment
    return float(share) if share is not None else 0.0


def day_due(row: ProgressRow) -> date | None:
    """The day its target is due: the one given, else the last of its half-year."""
    return row.due_on or (row.due.end_on if row.due else None)


def due_days(rows: Iterable[ProgressRow]) -> list[DueDay]:
    """Targets not reached yet by the day they are due, the earliest first; what was missed is not due again."""
    groups: dict[date, dict[tuple[int, int, int | None], ProgressRow]] = {}
    for row in rows:
        day = day_due(row)
        if day is not None and row.light not in (Status.MET, Status.MISSED, Status.BREACHED, Status.MONITOR):
            groups.setdefault(day, {})[row.indicator_key, row.breakdown_key, row.target_key] = row
    return [DueDay(day, tuple(groups[day].values())) for day in sorted(groups)]


def owed(reading: Reading, district: District) -> list[Owed]:
    """What of the latest half-year reported and the last two that ended did not come, and what the running one asks."""
    ended, latest = last_ended(reading.today), reading.latest_reports.get(district.key)
    found = []
    for period in sorted({ended.previous, ended, ended.next, *filter(None, (latest,))}):
        expected = fetch_expected(
            reading.scope, reading.connection, reading.catalog, district.key, period, reading.state.as_of
        )
        arrivals = Counter(e.arrival(reading.return_days) for e in expected)
        missing = tuple(e for e in expected if e.arrival(reading.return_days) is Arrival.MISSING)
        if missing:
            found.append(Owed(period, deadline(period, reading.return_days), arrivals, missing))
    return found
