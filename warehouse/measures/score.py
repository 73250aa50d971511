"""Score (考核得分) of a district, and ranks among districts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from warehouse.measures.computed import EXACT, Computed, NotComputable, Reason, divide, total
from warehouse.measures.status import Status

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Judged:
    """One target of a district in a period, as judged."""

    weight: Decimal
    attainment: Decimal | None
    light: Status


@dataclass(frozen=True, slots=True)
class Score:
    """得分 0–1 with what stands behind it: how many targets, how many of them reported."""

    value: Computed
    targets: int
    reported: int


def score(judged: Sequence[Judged]) -> Score:
    """Σ weight × min(attainment, 1) ÷ Σ weight over the targets due or running in the period.

    Unreported counts 0 and is shown apart. Undefined attainment counts 1 if met, else 0.
    An attainment below 0 counts 0.
    """
    reported = sum(1 for item in judged if item.light is not Status.UNREPORTED)
    weights = total(item.weight for item in judged)
    if weights <= 0:
        return Score(NotComputable(Reason.NO_WEIGHT), len(judged), reported)
    points = total(EXACT.multiply(item.weight, _credit(item)) for item in judged)
    return Score(divide(points, weights), len(judged), reported)


def _credit(item: Judged) -> Decimal:
    if item.light is Status.UNREPORTED:
        return Decimal(0)
    if item.attainment is None:
        return Decimal(1 if item.light is Status.MET else 0)
    return min(max(item.attainment, Decimal(0)), Decimal(1))


def rank(values: Mapping[K, Decimal], *, lower_is_better: bool = False) -> dict[K, int] | NotComputable:
    """Rank of each district within one indicator, breakdown, unit and period; 1 is best.

    Equal values share a rank and the next rank is skipped (1, 1, 3). A single district has none.
    """
    if len(values) < 2:
        return NotComputable(Reason.SINGLE_DISTRICT)
    ordered = sorted(values.values(), reverse=not lower_is_better)
    return {key: ordered.index(value) + 1 for key, value in values.items()}
