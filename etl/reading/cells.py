"""Values of cells as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from etl.sheets import Area

MAX_LENGTH = 32_767
"""Characters of a cell; no spreadsheet program holds more."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_EDGES = (
    " \t\n\u00a0\u00ad\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d"
    "\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2061\u2062\u2063\u2064\u3000\ufeff"
)


def tidy(text: str) -> str:
    """Text without spaces of any width around it; control characters fall away, line ends inside become ``\\n``."""
    if text.isprintable():
        return text.strip()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub("", text).strip(_EDGES)


def number(value: float, tens: int = 0) -> str:
    """A float in the 15 digits a spreadsheet keeps: ``0.3`` for 0.1 + 0.2, ``85`` for 85.0, ``1E+308``.

    ``tens``: how many tens it is divided by, exactly.
    """
    if tens and isfinite(value):
        return _plain(Decimal(format(value, ".15g")).scaleb(-tens))
    if value.is_integer() and -1e15 < value < 1e15:
        return str(int(value))
    text = format(value, ".15g")
    if "e" not in text and isfinite(value):
        return text
    return _plain(Decimal(text)) if isfinite(value) else "#NUM!"


def percent(value: float) -> str:
    """``85.25%`` for 0.8525, exactly."""
    return _plain(Decimal(format(value, ".15g")).scaleb(2)) + "%" if isfinite(value) else "#NUM!"


def moment(value: datetime) -> str:
    """``2020-06-30``, or ``2020-06-30 18:00:00`` where it is not midnight."""
    if value.microsecond:
        rounded = value.replace(microsecond=0)
        value = rounded + timedelta(seconds=1) if value.microsecond >= 500_000 and rounded < _LAST else rounded
    return value.isoformat(" ") if value.time() != time() else value.date().isoformat()


def duration(value: timedelta) -> str:
    """``36:00:00``."""
    seconds = round(value.total_seconds())
    minutes, second = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60:02}:{minutes % 60:02}:{second:02}"


def text_of(value: Any) -> str:
    """A value as a library gives it."""
    convert = _CONVERT.get(type(value))
    return convert(value) if convert else tidy(str(value))


def clipped(areas: Iterable[Area], height: int, width: int) -> tuple[Area, ...]:
    """Merged areas as far as the cells reach; those of a single cell fall away."""
    inside = (
        (top, left, min(bottom, height - 1), min(right, width - 1))
        for top, left, bottom, right in areas
        if top < height and left < width
    )
    return tuple(area for area in inside if area[0] < area[2] or (area[0] == area[2] and area[1] < area[3]))


_LAST = datetime.max.replace(microsecond=0)
_CONVERT: dict[type, Callable[[Any], str]] = {
    str: tidy,
    float: number,
    int: str,
    bool: lambda value: "yes" if value else "no",
    date: date.isoformat,
    datetime: moment,
    time: lambda value: value.isoformat("seconds"),
    timedelta: duration,
    type(None): lambda value: "",
}


def _plain(value: Decimal) -> str:
    value = value.normalize()
    return format(value, "f") if -20 < value.adjusted() < 21 else str(value)
