"""Scale: which unit a figure is in, and whether it can be true of its indicator."""

from __future__ import annotations

from decimal import Decimal

from etl.amount import Amount
from etl.codebook import Refused
from etl.lookup import MANY_UNITS, Common, Lookup
from etl.table import Table

FRACTIONS_UP_TO = Decimal(2)
"""Of a share, a bare figure up to that may be a fraction: 1.2 for 120 %."""


def scaled(found: Amount, common: Common, table: Table, record: int, lookup: Lookup) -> tuple[Decimal, str]:
    """A figure with its unit: its own, the column's, or the indicator's where there is but one. Errors: Refused."""
    if found.unit is None and found.magnitude is None and common.is_plain:
        return found.value, common.unit.code
    if found.unit is not None and lookup.book.find("unit", found.unit) is None:
        found = found.without_magnitude()  # 万户 is no unit, 户 is
    unit = unit_of(found.unit, found.magnitude if found.unit is None else None, common, lookup)
    return share(found.value, unit, common, table, record, was_marked=found.unit is not None), unit


def unit_of(own: str | None, magnitude: str | None, common: Common, lookup: Lookup) -> str:
    """The unit of a figure, by what stands behind it (``own``, 万 or 亿) and what its row says. Errors: Refused."""
    said = common.unit.code if common.unit_was_said else None
    if own is not None:
        code = lookup.book.find("unit", own)
        if code is None:
            raise Refused("unknown_unit", "value", f"数后面写的是“{own}”。", f"Behind the figure stands {own!r}.")
        if not lookup.measures_alike(code, common.indicator):
            raise Refused("unit_mismatch", "value")
        if said is not None and said != code:
            raise Refused("unit_conflict", "value")
        return code
    if said is None and common.own_unit.quantity == "money" and magnitude in ("万", "亿", "万亿"):
        return lookup.book.code("unit", "元")  # 200万 of money is multiplied already
    if said is None and common.own_unit.quantity in MANY_UNITS:
        raise Refused("unit_not_said", "unit_code")
    if magnitude and common.unit.factor != 1:
        raise Refused("unit_conflict", "value")
    return common.unit.code


def beside(found: Amount, unit: str, name: str, common: Common, table: Table, record: int, lookup: Lookup) -> Decimal:
    """A figure that stands beside a target in column ``name``, in the unit of the target. Errors: Refused."""
    if found.unit is not None and lookup.book.find("unit", found.unit) is None:
        found = found.without_magnitude()
    own = None if found.unit is None else lookup.book.find("unit", found.unit)
    is_multiplied_twice = own is None and found.magnitude and lookup.book.catalog.units[unit].unit.factor != 1
    if (found.unit is not None and own != unit) or is_multiplied_twice:
        raise Refused("unit_conflict", name)
    return share(found.value, unit, common, table, record, was_marked=own is not None, column=name)


def share(
    value: Decimal, unit: str, common: Common, table: Table, record: int, *, was_marked: bool, column: str = "value"
) -> Decimal:
    """0.85 under %: 85 of a hundred, or less than one? The sheet does not say; a person may. Errors: Refused.

    1.2 beside 0.85 may be 120 of a hundred as well.
    """
    if unit != "percent" or was_marked or table.layout.is_tidy or common.own_unit.code != "percent":
        return value
    scale = table.layout.stated.get("share_scale")
    if scale == "fraction":
        return value * 100
    is_above_whole = 1 < abs(value) <= FRACTIONS_UP_TO
    if scale is None and (0 < abs(value) <= 1 or (is_above_whole and table.has_fractions_beside(record))):
        raise Refused("ambiguous_share", column)
    return value


def check_possible(common: Common, unit: str, name: str, value: Decimal | None, lookup: Lookup) -> None:
    """Refuse what cannot be true of the indicator, judged in its own unit; of persons and beds there are no halves."""
    if value is None:
        return
    value = lookup.book.catalog.in_its_unit(common.indicator, value, unit)
    low, high = common.low, common.high
    if (low is not None and value < low) or (high is not None and value > high):
        zh = "" if low is None or high is None else f"应在 {low:f} 至 {high:f} 之间。"
        raise Refused("out_of_range", name, zh, "" if not zh else f"It should lie between {low:f} and {high:f}.")
    if common.own_unit.is_whole and value % 1:
        raise Refused("fractional_count", name)
