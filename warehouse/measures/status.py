"""Status (亮灯) of a target at a period. The order of the tests is the rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from warehouse.measures.computed import Computed, NotComputable
from warehouse.measures.period import Period
from warehouse.measures.target import CEILING, FLOW, Target, is_met


class Status(StrEnum):
    """The nine lights, best first where an order makes sense."""

    MET = "met"
    """已达标"""
    ON_TRACK = "on_track"
    """正常"""
    IN_PROGRESS = "in_progress"
    """推进中"""
    SLIPPING = "slipping"
    """略滞后"""
    BEHIND = "behind"
    """滞后"""
    MISSED = "missed"
    """未达标"""
    BREACHED = "breached"
    """已突破"""
    UNREPORTED = "unreported"
    """未填报"""
    MONITOR = "monitor"
    """监测"""


OFF_TRACK = (Status.BREACHED, Status.MISSED, Status.BEHIND, Status.SLIPPING)
"""What needs attention, worst first."""

BETTER = {
    Status.BREACHED: 0, Status.MISSED: 1, Status.BEHIND: 2, Status.SLIPPING: 3, Status.IN_PROGRESS: 4,
    Status.ON_TRACK: 5, Status.MET: 6,
}  # fmt: skip
"""Higher is better; only these can be compared with the half-year before."""

DEFAULT_AMBER = Decimal("0.80")
"""Pace ratio from which a target that is behind counts as slipping only."""


def status(
    actual: Decimal | None,
    target: Target | None,
    at: Period,
    pace_ratio: Computed,
    amber: Decimal = DEFAULT_AMBER,
) -> Status:
    """亮灯 of one target at one period; the first test that holds decides.

    ``actual`` and ``target`` in the indicator's unit, ``pace_ratio`` from ``pace.pace_ratio``.
    """
    if target is None:
        return Status.MONITOR
    if actual is None:
        return Status.UNREPORTED
    met = is_met(actual, target)
    flow_ceiling = target.measure_type is FLOW and target.sense is CEILING
    if flow_ceiling and not met:
        return Status.BREACHED
    if flow_ceiling and at < target.due:
        return Status.ON_TRACK
    if met:
        return Status.MET
    if at >= target.due:
        return Status.MISSED
    if isinstance(pace_ratio, NotComputable):
        return Status.IN_PROGRESS
    if pace_ratio >= 1:
        return Status.ON_TRACK
    return late(pace_ratio, amber)


def late(pace_ratio: Decimal, amber: Decimal) -> Status:
    """略滞后 or 滞后: the light of a target not yet due whose pace ratio is below 1."""
    return Status.SLIPPING if pace_ratio >= amber else Status.BEHIND


def is_overdue(light: Status, due: Period, due_on: date | None, today: date) -> bool:
    """逾期: not reported although the due date (or the end of the due period) has passed."""
    return light is Status.UNREPORTED and today > (due_on or due.end_on)
