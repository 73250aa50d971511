"""The line under every figure: where it comes from, and up to when it knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dashboard.reading import Reading
from warehouse.measures.period import Period
from warehouse.queries.facts import count_facts_by_source
from warehouse.queries.mart import ProgressRow


def source_text(reading: Reading, titles: Iterable[str]) -> str:
    """The sources of what is shown: their titles, from the fourth on a count."""
    _, distinct = reading.display._, list(dict.fromkeys(titles))
    if not distinct:
        return _("无")
    if len(distinct) <= 3:
        return "；".join(distinct) if reading.display.language == "zh" else "; ".join(distinct)
    return _("{first} 等 {n} 份").format(first=distinct[0], n=len(distinct))


def all_sources(reading: Reading) -> str:
    """The sources of all the reader may see, as known then, for figures that draw on all of it."""
    as_of = reading.state.as_of
    seen = reading.memo.recall(
        ("sources", reading.data_version, reading.scope.key, as_of),
        lambda: count_facts_by_source(reading.scope, reading.connection, reading.catalog, as_of).keys(),
    )
    return source_text(reading, (source.title for key, source in reading.catalog.sources.items() if key in seen))


def until_text(reading: Reading, rows: Iterable[ProgressRow]) -> str:
    """数据截至: the last day any shown actual speaks of, and the day it is seen as of where one is chosen."""
    return as_of_text(reading, reported_periods(reading, rows))


def reported_periods(reading: Reading, rows: Iterable[ProgressRow]) -> Iterator[Period]:
    """The half-years rows report; a milestone done once stays done, and says nothing of later ones."""
    for row in rows:
        latest = reading.latest_reports.get(row.district_key)
        if row.actual_key is not None and latest is not None:
            yield min(row.period, latest)


def as_of_text(reading: Reading, periods: Iterable[Period | None]) -> str:
    """数据截至 of some half-years."""
    _, display = reading.display._, reading.display
    last = max((period for period in periods if period is not None), default=None)
    text = display.day(last.end_on) if last else _("尚无完成值")
    if reading.state.asof is not None:
        text += _("（按 {day} 所知）").format(day=display.day(reading.state.asof))
    return text
