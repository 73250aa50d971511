"""Half-years of records: from what a heading, a row, a section and the sheet say of the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from etl.codebook import plain
from etl.layout import TARGET, ColumnUse
from etl.times import time_off
from warehouse.measures.period import parse_period_end, parse_year


def join_period(given: Mapping[str, str], text: str, *, is_own: bool) -> str:
    """A half-year from what a heading says and what the row (``is_own``) or the sheet says.

    Where heading and row disagree, both texts, which nobody can read as one.
    """
    year, period = _year_of(text), _period_of(text)
    if "period_code" in given:
        said = given["period_code"]
        agrees = not is_own or not text or said == period or (period is None and said[:4] == year)
        return said if agrees else f"{said} ≠ {text}"
    if "half" in given:
        said = f"{given.get('year') or year}-S{given['half']}"
        agrees = not is_own or period in (None, said)
        return (said if agrees else f"{said} ≠ {text}") if given.get("year") or year else text
    if "year" in given:
        return text if period is not None and period[:4] == given["year"] else f"{given['year']}-S2"
    return text


def of_half_named(base: str, own: Sequence[str] | None) -> dict[str, str]:
    """What rows mean that name a half of the title's year, or only a year.

    In a report on a first half, its year is that half; another year may be its half or the whole.
    """
    if parse_year(base) is not None:
        times = {text: time_off(plain(text)) for text in set(own or ())}
        return {
            text: f"{base}-S{given['half']}"
            for text, (rest, given, *_) in times.items()
            if not rest and given.keys() == {"half"}
        }
    years = {text: str(year) for text in set(own or ()) if (year := parse_year(text)) is not None}
    if not base.endswith("-S1") or base[:4] not in years.values():
        return {}
    return {text: base if year == base[:4] else f"{text} ≠ {base}" for text, year in years.items()}


def under(column: ColumnUse, text: str) -> str:
    """The same below a section, whose half-year binds as a row's does; a bare 目标值 there is the year's target."""
    if column.use == TARGET and "period_code" not in column.given:
        half = column.given.get("half", "2" if _period_of(text) else "")
        return join_period({**column.given, "half": half} if half else column.given, text, is_own=False)
    return join_period(column.given, text, is_own=True)


def _period_of(text: str) -> str | None:
    """The half-year a text names; None where it names none, or only a year."""
    try:
        return None if parse_year(text) is not None else parse_period_end(text).code
    except ValueError:
        return None


def _year_of(text: str) -> str | None:
    year = parse_year(text)
    period = _period_of(text)
    return str(year) if year is not None else None if period is None else period[:4]
