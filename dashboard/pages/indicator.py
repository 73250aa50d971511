"""指标: one indicator through time and across districts, with definition, sources and downloads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard import maps
from dashboard.components.fragment import Fragment
from dashboard.components.graph import Sized, graph, sized
from dashboard.components.items import decide_href
from dashboard.components.pending import pending_note
from dashboard.components.provenance import source_text, until_text
from dashboard.components.render import render, unknown
from dashboard.components.rows import items, pager
from dashboard.display import Display, Text
from dashboard.figures.ranking import ordered, ranking, ranking_sentence, ranks
from dashboard.figures.theme import EMPTY
from dashboard.figures.trend import trend
from dashboard.i18n import Translate
from dashboard.reading import Reading
from warehouse.catalog import Breakdown, District, Indicator
from warehouse.measures.computed import NotComputable
from warehouse.measures.period import Period
from warehouse.measures.rollup import RollUp, Spread, spread
from warehouse.measures.target import MeasureType
from warehouse.queries.lineage import fetch_source_titles
from warehouse.queries.mart import ProgressRow, Selection, fetch_rows, fetch_series
from warehouse.queries.totals import fetch_districts, fetch_total

NAME = "indicator"
_SHOWN, _HIDDEN = "columns even", "hidden"
RANKED_ROWS = 30
CONTEXT_DISTRICTS = 8
LEAVES = (
    ("indicator-head", "html"),
    ("indicator-figures", "className"),
    ("indicator-trend", "figure"),
    ("indicator-trend", "style"),
    ("indicator-trend-note", "html"),
    ("indicator-ranking", "figure"),
    ("indicator-ranking", "style"),
    ("indicator-ranking-note", "html"),
    ("indicator-places", "html"),
    ("indicator-breakdowns", "html"),
    ("indicator-table", "html"),
)


def skeleton(_: Translate) -> list[Any]:
    """The static frame."""
    return [
        Fragment("indicator-head"),
        html.Div(
            id="indicator-figures",
            className=_SHOWN,
            children=[
                html.Section(
                    className="panel",
                    children=[
                        html.H2(_("趋势")),
                        graph("indicator-trend"),
                        Fragment("indicator-trend-note"),
                    ],
                ),
                html.Section(
                    className="panel",
                    children=[
                        html.H2(_("各地区与目标")),
                        graph("indicator-ranking"),
                        Fragment("indicator-ranking-note"),
                    ],
                ),
            ],
        ),
        Fragment("indicator-places", className="panel"),
        Fragment("indicator-breakdowns", className="panel"),
        Fragment("indicator-table", className="panel"),
    ]


@dataclass(frozen=True)
class _View:
    """What the page is about: definitions, breakdown, district in focus, rows across districts."""

    reading: Reading
    versions: Sequence[Indicator]
    breakdown: Breakdown
    breakdowns: Sequence[Breakdown]
    across: Sequence[ProgressRow]
    """Primary rows of the breakdown, one a district."""
    period: Period | None
    """The half-year that can be compared across districts."""
    focus: District | None
    series: Sequence[ProgressRow]
    """Every row of the district in focus, all breakdowns."""

    @property
    def indicator(self) -> Indicator:
        """The newest definition."""
        return self.versions[-1]

    @property
    def keys(self) -> frozenset[int]:
        """Keys of all definitions."""
        return frozenset(version.key for version in self.versions)


def build(reading: Reading) -> tuple[Any, ...]:
    """The values of ``LEAVES``."""
    versions = reading.versions(reading.state.code)
    if not versions:
        _ = reading.display._
        title, text = _("没有这个指标"), _("没有这个指标：{code}").format(code=reading.state.code)
        head = unknown(reading.display, reading.state, title, text)
        return (head, _HIDDEN, *sized(EMPTY), "", *sized(EMPTY), "", "", "", "")
    view = _view(reading, versions)
    rest = (maps.panel(reading, _map(view), "indicator-places"), _breakdowns(view), _table(view))
    if view.indicator.measure_type is MeasureType.MILESTONE:  # done or not: nothing to draw, nobody to rank
        return (_head(view), _HIDDEN, *sized(EMPTY), "", *sized(EMPTY), "", *rest)
    return (_head(view), _SHOWN, *_trend(view), *_ranking(view), *rest)


def map_of(reading: Reading) -> maps.Map | None:
    """The map of the page, for its files."""
    versions = reading.versions(reading.state.code)
    return _map(_view(reading, versions)) if versions else None


def _map(view: _View) -> maps.Map | None:
    return maps.light_map(view.reading, view.across, view.indicator, view.period)


def _view(reading: Reading, versions: Sequence[Indicator]) -> _View:
    keys = frozenset(version.key for version in versions)
    selection = reading.selection.only(indicators=keys, districts=_ranked_districts(reading))
    rows = fetch_rows(reading.scope, reading.connection, reading.catalog, selection)
    if not rows:  # the filters leave nothing: show the indicator anyway
        selection = Selection(indicators=keys, as_of=reading.state.as_of)
        rows = fetch_rows(reading.scope, reading.connection, reading.catalog, selection)
    present = {row.breakdown_key for row in rows}
    breakdowns = [b for b in reading.catalog.breakdowns.values() if b.key in present]
    asked = reading.catalog.breakdown_by_code.get(reading.state.breakdown or "")
    fallback = breakdowns[0] if breakdowns else reading.catalog.breakdown_by_code["total"]
    breakdown = asked if asked in breakdowns else fallback
    across = _one_a_district([row for row in rows if row.breakdown_key == breakdown.key])
    period = reading.state.period or _common_period(across)
    focus = _focus(reading, across, period)
    series = (
        fetch_series(reading.scope, reading.connection, reading.catalog, keys, [focus.key], reading.state.as_of)
        if focus
        else []
    )
    return _View(reading, versions, breakdown or fallback, breakdowns, across, period, focus, series)


def _ranked_districts(reading: Reading) -> frozenset[int] | None:
    """A single district in the filter is the one in focus; it is still ranked among all."""
    chosen = reading.shown_districts
    if len(chosen) == 1 and chosen[0].code == reading.state.district:
        chosen = reading.leaves
    keys = frozenset(district.key for district in chosen)
    return None if keys == reading.latest_reports.keys() else keys


def _one_a_district(rows: Sequence[ProgressRow]) -> list[ProgressRow]:
    """A district at its latest report may also have a promise due later; the report comes first."""
    found: dict[int, ProgressRow] = {}
    for row in rows:
        if row.district_key not in found or row.actual is not None:
            found[row.district_key] = row
    return list(found.values())


def _common_period(rows: Sequence[ProgressRow]) -> Period | None:
    """The half-year most districts report, the later one in a tie."""
    counts = Counter(row.period for row in rows if row.actual is not None)
    return max(counts, key=lambda period: (counts[period], period)) if counts else None


def _focus(reading: Reading, rows: Sequence[ProgressRow], period: Period | None) -> District | None:
    chosen = reading.district(reading.state.district)
    if chosen is not None and any(row.district_key == chosen.key for row in rows):
        return chosen
    best = max(
        rows,
        key=lambda r: (r.actual is not None and r.period == period, r.target_key is not None, -r.district_key),
        default=None,
    )
    return reading.catalog.districts[best.district_key] if best else chosen


def _head(view: _View) -> str:
    reading, d, indicator = view.reading, view.reading.display, view.indicator
    return render(
        "indicator_head.html",
        d,
        pending=pending_note(reading, indicators=[version.key for version in view.versions]),
        state=reading.state,
        indicator=indicator,
        domain=reading.catalog.domains[indicator.domain_code].name(d.language),
        type=d.measure_type(indicator.measure_type),
        direction=d.direction(indicator.direction),
        unit=reading.catalog.units[indicator.unit_code].name(d.language) or d._("个"),
        done=ranking_sentence(view.across, indicator, d, {}) if indicator.measure_type is MeasureType.MILESTONE else "",
        amber=d.ratio(reading.rules.amber(indicator)),
        versions=list(reversed(view.versions[:-1])),
        breakdowns=[
            (b.name(d.language), reading.state.href(breakdown=b.code), b is view.breakdown) for b in view.breakdowns
        ]
        if len(view.breakdowns) > 1
        else [],
        districts=[
            (x.name(d.language), reading.state.href(district=x.code), x == view.focus)
            for x in _districts(view)[:CONTEXT_DISTRICTS]
        ],
        list_href=reading.state.to("indicators", domain=indicator.domain_code),
    )


def _districts(view: _View) -> list[District]:
    districts = [view.reading.catalog.districts[row.district_key] for row in view.across]
    return sorted(districts, key=lambda x: (x != view.focus, x.sort_order))


def _trend(view: _View) -> tuple[*Sized, str]:
    d = view.reading.display
    if view.focus is None:
        return *sized(EMPTY), f"<p class='empty'>{d._('没有数据。')}</p>"
    rows = [r for r in view.series if r.is_primary and r.breakdown_key == view.breakdown.key]
    figure, alt = trend(rows, view.indicator, view.focus, d)
    return *sized(figure), _note(view, alt, "indicator-trend", rows)


def _ranking(view: _View) -> tuple[*Sized, str]:
    reading, d, indicator = view.reading, view.reading.display, view.indicator
    same = [row for row in view.across if row.period == view.period]
    place = ranks(same, indicator)
    rows = ordered([row for row in same if row.actual is not None], indicator)
    start = (reading.state.sheet - 1) * RANKED_ROWS
    shown = rows[start : start + RANKED_ROWS]
    figure = ranking(shown, indicator, d, place, view.focus.key if view.focus else None) if shown else EMPTY
    alt = ranking_sentence(rows, indicator, d, place)
    if view.period is not None:
        alt = d.colon(str(d.period(view.period)), alt)
    others = [row for row in view.across if row.period != view.period and row.actual is not None]
    apart = ""
    if others:
        listed = d.join(_with_period(d, row, indicator) for row in others[:8])
        apart = d._("未参加比较（半年度不同）：{listed}。").format(listed=listed)
    alt = d.sentences(alt, apart, _total_text(view, same))
    sheets = pager(d, reading.state, len(rows), RANKED_ROWS)
    return *sized(figure), _note(view, alt, "indicator-ranking", rows, sheets)


def _with_period(d: Display, row: ProgressRow, indicator: Indicator) -> str:
    name = d.catalog.districts[row.district_key].name(d.language)
    value = d._("{period} {value}").format(period=d.period(row.period), value=d.actual(row, indicator))
    return name + d.brackets(value)


def _total_text(view: _View, rows: Sequence[ProgressRow]) -> str:
    """The total over districts, with how many of how many it covers; or why there is none."""
    reading, d, indicator = view.reading, view.reading.display, view.indicator
    if sum(row.actual is not None for row in rows) < 2:
        return ""
    if indicator.measure_type is MeasureType.RATE_STANDARD:
        found = spread([row.actual for row in rows if row.actual is not None])
        return _spread_text(found, view) if isinstance(found, Spread) else ""
    ranked = _ranked_districts(reading)
    series = Selection(
        districts=frozenset(x.key for x in reading.leaves) if ranked is None else ranked,
        indicators=view.keys,
        as_of=reading.state.as_of,
    )
    of = fetch_districts(reading.scope, reading.connection, reading.catalog, series)
    expected = set().union(*(found for (_, breakdown), found in of.items() if breakdown == view.breakdown.key))
    total = fetch_total(reading.scope, reading.connection, reading.catalog, rows, indicator, expected)
    return d._("合计{total}（{covered} / {expected} 个地区）。").format(
        total=_dash(total, view) if isinstance(total.value, NotComputable) else d.total(total.value, indicator),
        covered=total.covered,
        expected=total.expected,
    )


def _dash(total: RollUp, view: _View) -> str:
    reason = total.value.reason if isinstance(total.value, NotComputable) else "nothing_reported"
    d = view.reading.display
    return "—" + d.brackets(d.reason(reason))


def _spread_text(found: Spread, view: _View) -> str:
    d, indicator = view.reading.display, view.indicator
    low, middle, high = (d.value(value, indicator) for value in (found.low, found.middle, found.high))
    return d._("标准不相加：最低{low}，中位{middle}，最高{high}。").format(low=low, middle=middle, high=high)


def _note(view: _View, alt: str, graph: str, rows: Sequence[ProgressRow], sheets: Any = None) -> str:
    reading = view.reading
    titles = fetch_source_titles(reading.scope, reading.connection, reading.catalog, rows)
    return render(
        "figure_note.html",
        reading.display,
        alt=alt,
        source=source_text(reading, titles),
        as_of=until_text(reading, rows),
        graph=graph,
        pager=sheets,
        csv_href=reading.state.download("series.csv"),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    href: str
    value: Text
    target: Text
    status: str
    period: Text


def _breakdowns(view: _View) -> str:
    """The newest figure of each breakdown in the district in focus."""
    reading, d = view.reading, view.reading.display
    if view.focus is None or len({row.breakdown_key for row in view.series}) < 2:
        return ""
    newest: dict[int, ProgressRow] = {}
    for row in view.series:
        if row.is_primary and (row.actual is not None or row.breakdown_key not in newest):
            newest[row.breakdown_key] = row
    parts = [
        _Part(
            b.name(d.language), reading.state.href(breakdown=b.code), d.actual(newest[b.key], view.indicator),
            d.target(newest[b.key], view.indicator), newest[b.key].status, d.period(newest[b.key].period),
        )
        for b in reading.catalog.breakdowns.values()
        if b.key in newest
    ]  # fmt: skip
    return render(
        "indicator_breakdowns.html", d, state=reading.state, parts=parts, district=view.focus.name(d.language)
    )


def _table(view: _View) -> str:
    """All figures of the series in focus, every target, newest first."""
    reading, d = view.reading, view.reading.display
    rows = [row for row in view.series if row.breakdown_key == view.breakdown.key]
    rows.sort(key=lambda r: (-r.period_key, not r.is_primary, r.due_period_key or 0))
    judged = next((row for row in rows if row.is_primary and row.actual is not None), None)
    return render(
        "indicator_table.html",
        d,
        state=reading.state,
        items=items(d, reading.state, rows),
        district=view.focus.name(d.language) if view.focus else "",
        caption=d._("逐期数据"),
        csv_href=reading.state.download("series.csv"),
        decide_href=decide_href(d, judged) if judged and reading.may_decide else None,
    )
