"""Decimals as cells of a spreadsheet, which holds floats: 15 digits, and no more.

A reported number is written as a number where a float keeps every digit, else as text with a mark. What
is computed (shares, ratios, converted values) may have no end: it is a number, shown to as many places
as the pages show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from dashboard.display import MOST_PLACES, Absent, Display, Text
from warehouse.catalog import Indicator

MARK = "※"
DIGITS = 15
_ROUND = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Number:
    """A number and the format a spreadsheet shows it in."""

    value: float
    format: str


Cell = Number | str | int | None
"""What is written: None leaves the cell empty."""


def reported(value: Decimal | None, indicator: Indicator, d: Display) -> Cell:
    """A value in the indicator's unit; percentages as shares; text with a mark where a float would lose digits."""
    if value is None:
        return None
    if indicator.unit_code == "done":
        return str(d.value(value, indicator))
    is_percent = indicator.unit_code == "percent"
    return exact(value, percent=is_percent)


def exact(value: Decimal | None, *, percent: bool = False) -> Cell:
    """A number as reported, every digit; one that conversion made endless to six decimals."""
    if value is None:
        return None
    places = -int(value.as_tuple().exponent)
    if places > MOST_PLACES:
        shown = value.quantize(Decimal(1).scaleb(-MOST_PLACES)).normalize()
        return _number(value, max(0, -int(shown.as_tuple().exponent)), percent)
    if len(value.as_tuple().digits) - _zeros(value) > DIGITS:
        return f"{value:,f}{'%' if percent else ''}{MARK}"
    return _number(value, max(0, places), percent)


def computed(value: Decimal | None, shown: Text, *, percent: bool = False, sign: bool = False, unit: str = "") -> Cell:
    """A computed number, with as many decimals as ``shown`` has."""
    if value is None or isinstance(shown, Absent):
        return None
    places = _places(shown)
    number = _number(value.scaleb(2) if percent else value, places, percent)
    if not sign and not unit:
        return number
    plain = f'{number.format}"{unit}"' if unit else number.format
    return Number(number.value, f"+{plain};−{plain};{plain}" if sign else plain)


def _number(value: Decimal, places: int, percent: bool) -> Number:
    format = "#,##0" + ("." + "0" * places if places else "") + ("%" if percent else "")
    return Number(float(_ROUND.plus(value * _PERCENT if percent else value)), format)


def _places(shown: str) -> int:
    """Decimals of a number within a text: 106.56% has two."""
    _, point, rest = shown.partition(".")
    return next((i for i, c in enumerate(rest) if not c.isdigit()), len(rest)) if point else 0


def _zeros(value: Decimal) -> int:
    digits = value.as_tuple().digits
    return next((i for i, digit in enumerate(reversed(digits)) if digit), len(digits))
