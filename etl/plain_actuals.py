"""Plain actuals: the rows of records that ask no question, made at once; most of a large file is such."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import repeat
from typing import Any, NamedTuple

from etl.amount import Amount
from etl.lookup import SAID, Common, Lookup
from etl.scale import FRACTIONS_UP_TO
from etl.table import Table
from etl.validate import Problem, Validated
from warehouse.measures.target import MeasureType

OWN_SOURCE = -1
"""Stands for the file itself as the source of its figures, until it is published and registered."""
UNTOLD: dict[str, Any] = {
    "source_key": OWN_SOURCE, "span_start": None, "span_end": None, "confidence": "high", "note": None,
}  # fmt: skip
"""Provenance of a row whose table tells nothing more."""
_OF_PLAIN_ACTUALS = {"district_code", "indicator_code", "breakdown_code", "unit_code", "period_code", "value"}
"""Columns of a table in which nothing but the figure itself can raise a question."""


class _Figure(NamedTuple):
    """What is particular about the figure of a plain row."""

    value: Decimal
    unit: str | None
    """The code of the unit behind it, "" of one that is unknown, None for a bare figure."""
    qualifier: str | None
    is_fraction: bool


class _Plain(NamedTuple):
    """What all plain rows of the same words share, and the limits of their figures."""

    start: dict[str, Any]
    takes_bare: bool
    """Whether a bare figure asks no question; one with the indicator's own unit behind it never does."""
    least: Decimal | None
    """Not above that it does: see ``scale.share``."""
    low: Decimal | None
    high: Decimal | None
    is_whole: bool


class _Row:
    """A row by its columns; copies of its dict share their keys (PEP 412), of which there may be very many."""

    def __init__(self, **columns: Any) -> None:
        for name, value in columns.items():
            setattr(self, name, value)


_PLAIN_ROW = vars(
    _Row(
        indicator_key=None, district_key=None, breakdown_key=None, unit_code=None, **UNTOLD, locator=None,
        period_key=None, value=None, qualifier=None, numerator=None, denominator=None,
    )
)  # fmt: skip
"""The columns of an actual without what makes it one."""


_UNKNOWN = _Plain({}, False, None, None, None, False)
"""Of words not looked at yet."""


def plain_actuals(validated: Validated, lookup: Lookup) -> dict[int, dict[str, Any]]:
    """The rows of records that ask no question, by number: a figure within its limits, in its indicator's unit.

    What ``Conforming`` would make of them one by one, made at once; most of a large file is such.
    """
    table, values = validated.table, validated.values
    if table.kind != "actual" or not values.keys() <= _OF_PLAIN_ACTUALS:
        return {}
    found: dict[int, dict[str, Any]] = {}
    locators, problems = table.locators, validated.problems
    always: dict[tuple[str, ...], _Plain | None] = {}
    figures = {id(x): _figure(x, lookup) for x in _distinct(values["value"])}
    keys = {id(x): None if x is None else x.key for x in _distinct(values["period_code"])}
    texts = zip(*(table.texts.get(name) or repeat("", len(table)) for name in SAID), strict=False)
    records = zip(texts, values["period_code"], values["value"], table.rows, table.values_at, strict=False)
    for number, (said, period, amount, line, column) in enumerate(records):
        figure, period_key = figures[id(amount)], keys[id(period)]
        if figure is None or period_key is None or number in problems:
            continue
        words = always.get(said, _UNKNOWN)
        if words is _UNKNOWN:
            words = _plain_of(lookup.common(said, period), table)
            if lookup.always(said) is not None:
                always[said] = words
        if words is None:
            continue
        start, takes_bare, least, low, high, is_whole = words
        value, unit, qualifier, is_fraction = figure
        if unit is not None:
            if unit != start["unit_code"]:
                continue
        elif not takes_bare or (least is not None and abs(value) <= least):
            continue
        if (low is not None and value < low) or (high is not None and value > high) or (is_whole and is_fraction):
            continue
        found[number] = row = start.copy()
        row["locator"] = f"{locators[column]}{line + 1}"
        row["period_key"], row["value"], row["qualifier"] = period_key, value, qualifier
    return found


def _figure(amount: object, lookup: Lookup) -> _Figure | None:
    """A figure that asks no question but for its unit; None where there is none."""
    if type(amount) is not Amount or amount.magnitude is not None:
        return None
    unit = amount.unit and (lookup.book.find("unit", amount.unit) or "")
    return _Figure(amount.value, unit, amount.qualifier, amount.value != amount.value.to_integral_value())


def _distinct(values: Iterable[Any]) -> Iterable[Any]:
    """The objects in a column, each once; of a text in many cells there is but one value."""
    return {id(value): value for value in values}.values()


def _plain_of(common: Common | list[Problem], table: Table) -> _Plain | None:
    """What plain rows of the same words share; None where every figure asks a question."""
    if isinstance(common, list) or common.indicator.measure_type is MeasureType.MILESTONE:
        return None
    if common.unit is not common.own_unit:
        return None
    takes_bare = common.is_plain or (table.layout.is_tidy and common.unit_was_said)
    is_share = not table.layout.is_tidy and common.own_unit.code == "percent"
    if is_share:
        takes_bare = table.layout.stated.get("share_scale") is None
    start = _PLAIN_ROW.copy()
    start |= common.keys
    least = FRACTIONS_UP_TO if is_share else None
    return _Plain(start, takes_bare, least, common.low, common.high, common.own_unit.is_whole)
