"""All lights of one series: one indicator in one district and breakdown, through time.

This is where the rules meet: which targets apply at a period, which is shown first, since when a
series is off track, and which row tells where a district stands now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from warehouse.measures.attainment import attainment, gap, progress_from_baseline
from warehouse.measures.computed import Computed, NotComputable, Reason
from warehouse.measures.forecast import Forecast, forecast, within
from warehouse.measures.pace import History, Pace, pace, ratio_to
from warehouse.measures.period import Period, span
from warehouse.measures.rollup import year_to_date
from warehouse.measures.status import DEFAULT_AMBER, OFF_TRACK, Status, status
from warehouse.measures.target import FLOW, MeasureType, Target, is_met, is_stretch

_LEVELS = (MeasureType.STOCK, MeasureType.RATIO, MeasureType.RATE_STANDARD, MeasureType.MILESTONE)
_NO_ACTUAL, _NO_TARGET = NotComputable(Reason.NO_ACTUAL), NotComputable(Reason.NO_TARGET)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A target with its key and whether it is binding (约束性), which decides ties."""

    key: int
    target: Target
    is_binding: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Actuals (year-to-date for a flow) and targets of one indicator, district and breakdown,
    all in the indicator's unit."""

    actuals: Mapping[Period, Decimal]
    commitments: Sequence[Commitment]
    amber: Decimal = DEFAULT_AMBER
    s1_share: Decimal | None = None
    """Share of the first half by the rules, where neither target nor own history says; None: half."""
    pooled_shares: Mapping[int, Sequence[Decimal]] = field(default_factory=dict)
    """By year: one first-half share from each other district, for intervals."""
    value_min: Decimal | None = None
    value_max: Decimal | None = None
    """What can be true of the indicator; forecasts keep within."""


class Judgement(NamedTuple):
    """One row of the mart: a period, the target it is judged against (or none), and what came out."""

    period: Period
    commitment: Commitment | None
    actual: Computed
    attainment: Computed
    progress: Computed
    expected: Pace | NotComputable
    pace_ratio: Computed
    gap: Computed
    light: Status
    is_stretch: bool
    forecast: Forecast | NotComputable
    is_primary: bool = False
    previous_light: Status | None = None
    """Light of the same target in the half-year before; None where it did not run then."""
    since: Period | None = None
    """For a primary row that is off track: the first half-year of the unbroken run."""


def applicable(commitments: Sequence[Commitment], at: Period, is_reported: bool) -> list[Commitment]:
    """The targets that apply at a period, nearest due first, binding before expected.

    A target applies from its first to its due period. A level (everything but a flow) reported
    after the last due period is still judged by that target: a promise does not lapse unkept.
    """
    running = [c for c in commitments if c.target.first <= at <= c.target.due]
    if not running and is_reported:
        past = [c for c in commitments if c.target.due < at and c.target.measure_type in _LEVELS]
        last_due = max((c.target.due for c in past), default=None)
        running = [c for c in past if c.target.due == last_due]
    return sorted(running, key=_nearest_due_first)


def _nearest_due_first(commitment: Commitment) -> tuple[Period, bool, int]:
    return commitment.target.due, not commitment.is_binding, commitment.key


def judge(series: Series) -> list[Judgement]:
    """Every judgement of a series, by period, primary first within each.

    Periods: those with an actual, and each from a target's first to its due period.
    """
    actuals = _with_done_milestones(series)
    running: dict[Period, list[Commitment]] = {at: [] for at in actuals}
    for commitment in sorted(series.commitments, key=_nearest_due_first):
        for at in span(commitment.target.first, commitment.target.due):
            running.setdefault(at, []).append(commitment)
    rows: list[Judgement] = []
    primary: Judgement | None = None
    lights: dict[tuple[int, int], Status] = {}
    for at in sorted(running):
        # those that run then, or else all: some may have lapsed
        here = running[at] or applicable(series.commitments, at, at in actuals)
        if not here:
            rows.append(_without_target(at, actuals[at]))
        for place, against in enumerate(here):
            row = _judge_one(series, actuals, at, against)
            previous = lights.get((against.key, at.index - 1))
            lights[against.key, at.index] = row.light
            if place == 0:
                since = _since(row, primary)
                row = primary = row._replace(is_primary=True, previous_light=previous, since=since)
            elif previous is not None:
                row = row._replace(previous_light=previous)
            rows.append(row)
    return rows


def is_current(row: Judgement, latest: Period | None) -> bool:
    """Whether a row tells where its district stands now.

    ``latest``: the last half-year for which the district reported anything, None if it never did.
    That half-year's rows do, and of promises that begin later, or were never reported on, the
    row of the due period.
    """
    if row.period == latest:
        return True
    if row.commitment is None:
        return False
    target = row.commitment.target
    return row.period == target.due and (latest is None or target.first > latest)


def _with_done_milestones(series: Series) -> History:
    """A milestone once done counts as done while its target runs; nothing else is carried forward."""
    milestones = [c.target for c in series.commitments if c.target.measure_type is MeasureType.MILESTONE]
    if not milestones and isinstance(series.actuals, History):
        return series.actuals
    actuals = History(series.actuals)
    for target in milestones:
        done = min((p for p, value in series.actuals.items() if is_met(value, target)), default=None)
        if done is not None:
            for since in span(max(done, target.first), target.due):
                actuals.setdefault(since, series.actuals[done])
    return actuals


def _since(row: Judgement, before: Judgement | None) -> Period | None:
    """``before``: the primary row before it, which counts where it is of the half-year before."""
    if row.light not in OFF_TRACK:
        return None
    if before is None or before.since is None or before.period.index != row.period.index - 1:
        return row.period
    return before.since


def _without_target(at: Period, actual: Decimal) -> Judgement:
    none = _NO_TARGET
    return Judgement(at, None, actual, none, none, none, none, none, Status.MONITOR, False, none, is_primary=True)


def _judge_one(series: Series, actuals: History, at: Period, commitment: Commitment) -> Judgement:
    target = commitment.target
    actual: Computed = actuals.get(at, _NO_ACTUAL)
    if target.measure_type is FLOW and at in actuals:
        actual = year_to_date(actuals, target.first, at)
    expected = pace(target, at, actuals, series.s1_share)
    if isinstance(actual, NotComputable):
        light = status(None, target, at, actual, series.amber)
        return Judgement(at, commitment, actual, actual, actual, expected, actual, actual, light, False, actual)
    attained, progress = attainment(actual, target), progress_from_baseline(actual, target)
    ratio = ratio_to(expected, attained, progress)
    return Judgement(
        period=at,
        commitment=commitment,
        actual=actual,
        attainment=attained,
        progress=progress,
        expected=expected,
        pace_ratio=ratio,
        gap=gap(actual, target),
        light=status(actual, target, at, ratio, series.amber),
        is_stretch=is_stretch(actual, target),
        forecast=within(
            forecast(actual, target, at, actuals, series.pooled_shares.get(at.year, ()), series.s1_share),
            series.value_min,
            series.value_max,
        ),
    )
