"""催报: what is expected for a half-year, what came in time, and what is to be chased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dash import html

from dashboard import returns
from dashboard.components.fragment import Fragment
from dashboard.components.provenance import as_of_text
from dashboard.components.render import render
from dashboard.components.rows import pager
from dashboard.display import Absent, Display, Text
from dashboard.i18n import Translate
from dashboard.reading import Reading
from dashboard.state import ViewState
from warehouse.catalog import District
from warehouse.measures.arrival import Arrival, deadline
from warehouse.measures.period import Period, from_key
from warehouse.queries.expected import Expected

NAME = "chase"
SHOWN_DISTRICTS, SHOWN_ROWS = 12, 100
LEAVES = (
    ("chase-summary", "html"),
    ("chase-districts", "html"),
    ("chase-list", "html"),
    ("chase-explained", "html"),
)


def skeleton(_: Translate) -> list[Any]:
    """The static frame."""
    return [
        html.H1(_("催报清单")),
        Fragment("chase-summary"),
        html.Div(
            className="columns returns",
            children=[Fragment("chase-districts", className="panel"), Fragment("chase-list", className="panel")],
        ),
        Fragment("chase-explained", className="panel"),
    ]


def build(reading: Reading) -> tuple[Any, ...]:
    """The values of ``LEAVES``."""
    period = returns.period_of(reading)
    expected = returns.fetch_chosen(reading, period)
    by_district = returns.by_district(expected, reading.return_days)
    total = returns.total(by_district.values())
    if not expected:
        return (_summary(reading, period, total), "", "", "")
    chased, explained = (
        [e for e in expected if e.arrival(reading.return_days) is state]
        for state in (Arrival.MISSING, Arrival.EXPLAINED)
    )
    return (
        _summary(reading, period, total),
        _districts(reading, by_district, total),
        _list(reading, period, chased),
        _explained(reading, explained),
    )


def _summary(reading: Reading, period: Period, total: Counter[Arrival]) -> str:
    d, state = reading.display, reading.state
    return render(
        "chase_summary.html",
        d,
        finding=returns.finding(d, period, total),
        when=returns.when(d, period, reading.return_days, reading.today) if total else "",
        as_of=as_of_text(reading, reading.latest_reports.values()),
        links=[
            (d._("催报清单 Excel"), state.download("chase.xlsx")),
            (d._("催报清单 CSV"), state.download("chase.csv")),
            (d._("全部应报 CSV"), state.download("returns.csv")),
        ],
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A district's line of the summary."""

    district: District
    href: str
    arrivals: Counter[Arrival]


def _districts(reading: Reading, by_district: dict[int, Counter[Arrival]], total: Counter[Arrival]) -> str:
    d, known = reading.display, reading.catalog.districts
    lines = sorted(
        (Line(known[key], reading.state.href(district=known[key].code), of) for key, of in by_district.items()),
        key=lambda line: (-line.arrivals[Arrival.MISSING], line.district.sort_order),
    )
    owing, few = [line for line in lines if line.arrivals[Arrival.MISSING]], reading.sheet_of(SHOWN_DISTRICTS)
    return render(
        "chase_districts.html",
        d,
        days=reading.return_days,
        words=returns.words(d),
        states=[x for x in Arrival if total[x] or x in (Arrival.ON_TIME, Arrival.LATE, Arrival.MISSING)],
        groups=[
            ("", owing[:few]),
            (d._("另外 {n} 个有缺报的地区").format(n=len(owing[few:])), owing[few:]),
            (d._("没有缺报的 {n} 个地区").format(n=len(lines) - len(owing)), lines[len(owing) :]),
        ],
    )


class Row:
    """A figure that is to be chased, or was left blank, ready to be shown."""

    def __init__(self, display: Display, state: ViewState, expected: Expected) -> None:
        self.expected, self._display, self._state = expected, display, state
        self._indicator = display.catalog.indicators[expected.indicator_key]
        self._district = display.catalog.districts[expected.district_key]

    @property
    def district(self) -> str:
        """The district's name."""
        return self._district.name(self._display.language)

    @property
    def district_href(self) -> str:
        """The link to its district."""
        return self._state.to("district", self._district.code)

    @property
    def indicator_href(self) -> str:
        """The link to its indicator, with the district in focus."""
        code = self._display.catalog.breakdowns[self.expected.breakdown_key].code
        breakdown = None if code == "total" else code
        return self._state.to("indicator", self._indicator.code, breakdown=breakdown, district=self._district.code)

    @property
    def name(self) -> str:
        """Indicator, with its breakdown unless that is the total."""
        return self._display.series_name(self.expected)

    @property
    def unit(self) -> str:
        """The indicator's unit."""
        return self._display.catalog.units[self._indicator.unit_code].name(self._display.language)

    @property
    def target(self) -> Text:
        """目标值"""
        return self._display.target(self.expected, self._indicator)

    @property
    def last(self) -> Text:
        """The last figure before."""
        d, e = self._display, self.expected
        if e.last is None:
            return Absent(d._("没有填报过"))
        value = d.value(e.last, self._indicator)
        return value if isinstance(value, Absent) else d.qualifier(e.last_qualifier) + value

    @property
    def last_period(self) -> Text:
        """The half-year of the last figure; empty without one."""
        key = self.expected.last_period_key
        return "" if key is None else self._display.period(from_key(key))

    @property
    def because(self) -> str:
        """Why it is expected."""
        d, e = self._display, self.expected
        reasons = [(e.by_target, d._("有目标")), (e.by_history, d._("上年同期报过"))]
        return d.join(text for is_so, text in reasons if is_so)


def _list(reading: Reading, period: Period, chased: Sequence[Expected]) -> str:
    d, state = reading.display, reading.state
    size = reading.sheet_of(SHOWN_ROWS)
    first = (state.sheet - 1) * size
    shown = [Row(d, state, e) for e in chased[first : first + size]]
    counts = Counter(e.district_key for e in chased)
    overdue = (reading.today - deadline(period, reading.return_days)).days
    return render(
        "chase_list.html",
        d,
        state=state,
        total=len(chased),
        groups=[(counts[key], list(rows)) for key, rows in groupby(shown, key=lambda row: row.expected.district_key)],
        deadline=d.day(deadline(period, reading.return_days)),
        overdue=(d._("逾期 {n} 天") if overdue > 0 else d._("还有 {n} 天")).format(n=abs(overdue)),
        is_overdue=overdue > 0,
        pager=pager(d, state, len(chased), size),
    )


def _explained(reading: Reading, explained: Sequence[Expected]) -> str:
    if not explained:
        return ""
    d = reading.display
    return render("chase_explained.html", d, rows=[Row(d, reading.state, e) for e in explained])
