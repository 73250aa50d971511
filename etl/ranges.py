"""Two numbers with a 至 between them: ``3~5个``, ``80%-85%``, ``3万至5万元``."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from etl.amount import SIZES, Amount, NotAnAmount, parse_plain
from warehouse.measures.computed import EXACT

_TO = re.compile("[-–―]|—{1,2}|~{1,2}|至|到")
_YEAR = re.compile("(?:19|20)[0-9]{2}")


def parse_range(body: str) -> tuple[Amount, Amount]:
    """Both ends of a range, in one unit, of folded text.

    Errors: NotAnAmount with ``not_a_number`` for no range at all, ``range_incomplete`` for one that runs
    downwards, ``ambiguous_number`` where an end may leave out what the other says (三至五百).
    """
    for to in _TO.finditer(body):
        low_text, high_text = body[: to.start()], body[to.end() :]
        try:
            low, high = parse_plain(low_text), parse_plain(high_text)
        except NotAnAmount:
            continue
        if _is_shortened(low_text, high_text) or (low.unit == high.unit is None and _are_years(low, high)):
            raise NotAnAmount("ambiguous_number", body)
        low, high = _alike(low, high, body)
        if low.value > high.value:
            raise NotAnAmount("range_incomplete", body)
        return low, high
    raise NotAnAmount("not_a_number", body)


def _are_years(low: Amount, high: Amount) -> bool:
    return all(_YEAR.fullmatch(str(end.value)) for end in (low, high))


def _is_shortened(low: str, high: str) -> bool:
    """Whether the low end may leave out what the high end says: 三至五百, 3-5千, 八至九成."""
    size = re.search("[十百千成]", high.split("/")[0])
    return bool(size and size.start() > 0 and not re.search("[十百千万亿成]|百分", low))


def _alike(low: Amount, high: Amount, body: str) -> tuple[Amount, Amount]:
    """Both ends in one unit: what is written at one end only holds for both (80-85%, 3-5万)."""
    if low.unit is None and low.magnitude is None and high.unit is None and high.magnitude in ("万", "亿", "万亿"):
        low = parse_plain(f"{low.value:f}{high.magnitude}")
        if low.value > high.value:
            raise NotAnAmount("ambiguous_number", body)
    unit = low.unit or high.unit
    return _in_unit(low, unit, body), _in_unit(high, unit, body)


def _in_unit(end: Amount, unit: str | None, body: str) -> Amount:
    """One end of a range in the unit of both (3万 of 3万-5万元 is 3 万元)."""
    written = re.match("万亿|万|亿", unit or "")
    if (end.unit or unit) != unit or (written and end.unit is None and end.magnitude not in (None, written[0])):
        raise NotAnAmount("ambiguous_number", body)
    if written and end.unit is None and end.magnitude:
        return Amount(EXACT.divide(end.value, Decimal(SIZES[written[0]])), unit)
    return replace(end, unit=unit)
