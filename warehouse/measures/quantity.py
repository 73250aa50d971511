"""Values and units: reading decimals exactly, converting them, and showing them honestly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from warehouse.measures.computed import EXACT, divide

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－＋％", "0123456789.,-+%")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit. ``factor`` turns a value into the base unit of its ``quantity`` (万元 → 元: 10000)."""

    code: str
    quantity: str
    factor: Decimal
    is_whole: bool = False
    """Whether only whole numbers of it exist (户, 人, 个), so that a shortfall is a count."""


def parse_decimal(text: str) -> Decimal:
    """Read a plain decimal, with or without thousands separators, full-width digits allowed.

    Errors: ValueError for anything else, exponents and NaN included.
    """
    compact = text.strip().translate(_FULL_WIDTH)
    if not _NUMBER.fullmatch(compact):
        raise ValueError(f"not a number: {text!r}")
    return Decimal(compact.replace(",", ""))


def convert(value: Decimal, source: Unit, target: Unit) -> Decimal:
    """The value in another unit of the same quantity, exactly. Errors: ValueError across quantities."""
    if source.code == target.code:
        return value
    if source.quantity != target.quantity:
        raise ValueError(f"{source.code} is not convertible to {target.code}")
    return divide(EXACT.multiply(value, source.factor), target.factor)


def round_honestly(value: Decimal, places: int, boundaries: Iterable[Decimal] = ()) -> Decimal:
    """Round for display, but never onto or across a boundary the exact value is not on.

    79.96 against a target of 80 stays 79.96 at one place, where plain rounding shows 80.0.
    More places are added until the rounded value lies on the same side of every boundary.
    """
    boundaries = tuple(boundaries)
    last = max(places, -int(value.as_tuple().exponent))
    for digits in range(places, last):
        rounded = value.quantize(_quantum(digits), ROUND_HALF_UP, EXACT)
        for edge in boundaries:
            if (rounded > edge) is not (value > edge) or (rounded < edge) is not (value < edge):
                break
        else:
            return rounded
    return value


def format_decimal(value: Decimal, places: int | None = None, boundaries: Iterable[Decimal] = ()) -> str:
    """A decimal as text with thousands separators; at most ``places`` decimals, no trailing zeros.

    Without ``places`` every digit of the value is shown, as reported figures are.
    """
    shown = value if places is None else _trim(round_honestly(value, places, boundaries))
    return f"{shown:,f}"


def _trim(value: Decimal) -> Decimal:
    normal = Decimal(0) if value == 0 else value.normalize(EXACT)
    return normal.quantize(Decimal(1), context=EXACT) if int(normal.as_tuple().exponent) > 0 else normal


@cache
def _quantum(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)
