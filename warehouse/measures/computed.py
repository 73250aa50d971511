"""A measure is a value, or not computable with the reason; never NaN, never a nudged denominator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from enum import StrEnum
from functools import reduce

EXACT = Context(prec=60, traps=[DivisionByZero, InvalidOperation, Overflow])
"""Arithmetic context of every measure: 60 digits, and an error instead of a silent NaN."""


class Reason(StrEnum):
    """Why a measure has no value. The texts for readers stand in ``dashboard.i18n``."""

    NO_ACTUAL = "no_actual"
    NO_TARGET = "no_target"
    TARGET_NOT_POSITIVE = "target_not_positive"
    OUTSIDE_BAND = "outside_band"
    NOT_EQUAL = "not_equal"
    MILESTONE_HAS_NO_GAP = "milestone_has_no_gap"
    NO_BASELINE = "no_baseline"
    TARGET_EQUALS_BASELINE = "target_equals_baseline"
    BASELINE_MEETS_TARGET = "baseline_meets_target"
    NO_PACE_FOR_TYPE = "no_pace_for_type"
    CEILING_HAS_NO_PACE = "ceiling_has_no_pace"
    BAND_HAS_NO_PACE = "band_has_no_pace"
    BEFORE_FIRST_PERIOD = "before_first_period"
    DUE_NOT_AFTER_BASELINE = "due_not_after_baseline"
    DUE_REACHED = "due_reached"
    TOO_FEW_PERIODS = "too_few_periods"
    NO_FORECAST_FOR_TYPE = "no_forecast_for_type"
    SHARE_NOT_POSITIVE = "share_not_positive"
    YEAR_MISSING = "year_missing"
    NOT_ADDITIVE = "not_additive"
    PARTS_MISSING = "parts_missing"
    NOTHING_REPORTED = "nothing_reported"
    NO_WEIGHT = "no_weight"
    SINGLE_DISTRICT = "single_district"
    NOT_COUNTABLE = "not_countable"


@dataclass(frozen=True, slots=True)
class NotComputable:
    """The absence of a value, with its reason. It is falsy, and no number can be made of it."""

    reason: Reason

    def __bool__(self) -> bool:
        return False


Computed = Decimal | NotComputable


def value_or_none(computed: Computed) -> Decimal | None:
    """The decimal, or None where there is none."""
    return None if isinstance(computed, NotComputable) else computed


def reason_or_none(computed: object) -> Reason | None:
    """The reason, or None where there is a value."""
    return computed.reason if isinstance(computed, NotComputable) else None


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Quotient to 60 digits. Errors: DivisionByZero; callers rule out a zero denominator first."""
    return EXACT.divide(numerator, denominator)


def total(values: Iterable[Decimal]) -> Decimal:
    """Sum to 60 digits, whatever the surrounding decimal context; 0 of nothing."""
    return reduce(EXACT.add, values, Decimal(0))
