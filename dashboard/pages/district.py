"""地区: one district's scorecard, what is still missing, and how it stands beside its peers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dash import html
from markupsafe import Markup

from dashboard.components.fragment import Fragment
from dashboard.components.items import decide_href, item_views, open_count
from dashboard.components.pending import pending_note
from dashboard.components.provenance import source_text, until_text
from dashboard.components.render import render, row_key, unknown
from dashboard.components.rows import Item
from dashboard.display import Absent, Display, Text
from dashboard.figures.bullets import Bullet, bullet, scorecard_svg
from dashboard.i18n import Translate
from dashboard.pages import district_parts as parts
from dashboard.pages.district_now import missing_text as missing_text
from dashboard.pages.district_now import now
from dashboard.pages.district_peers import peers_panel
from dashboard.reading import Reading
from dashboard.returns import CAME, count
from dashboard.tally import LIGHTS
from warehouse.catalog import District, Indicator
from warehouse.measures.arrival import Arrival
from warehouse.measures.computed import NotComputable
from warehouse.measures.quantity import format_decimal
from warehouse.queries.actions import ActionItem
from warehouse.queries.lineage import fetch_source_titles
from warehouse.queries.mart import ProgressRow

NAME = "district"
LEAVES = (
    ("district-head", "html"),
    ("district-now", "html"),
    ("district-scorecard", "html"),
    ("district-open", "html"),
    ("district-items", "html"),
    ("district-sums", "html"),
    ("district-peers", "html"),
    ("district-monitored", "html"),
)


def skeleton(_: Translate) -> list[Any]:
    """The static frame."""
    return [
        Fragment("district-head"),
        Fragment("district-now", className="now"),
        html.Div(
            className="columns wide",
            children=[
                Fragment("district-scorecard", className="panel main-column"),
                Fragment("district-open", className="panel side-column"),
            ],
        ),
        Fragment("district-items", className="panel"),
        Fragment("district-sums", className="panel"),
        Fragment("district-peers", className="panel"),
        Fragment("district-monitored", className="panel"),
    ]


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the scorecard, ready to be shown."""

    item: Item
    bullet: Markup
    before: Text
    before_status: str | None
    others: list[Item]


def build(reading: Reading) -> tuple[Any, ...]:
    """The values of ``LEAVES``."""
    district = reading.district(reading.state.code)
    if district is None:
        _ = reading.display._
        title, text = _("没有这个地区"), _("没有这个地区：{code}").format(code=reading.state.code)
        return (unknown(reading.display, reading.state, title, text), *("",) * (len(LEAVES) - 1))
    card = parts.fetch_scorecard(reading, district)
    items = reading.items([district.key])
    return (
        _head(reading, card),
        now(reading, card),
        _scorecard(reading, card, items),
        _open(reading, card),
        _items(reading, district, items),
        _sums(reading, card),
        peers_panel(reading, card),
        _monitored(reading, card),
    )


def _head(reading: Reading, card: parts.Scorecard) -> str:
    _, d, state = reading.display._, reading.display, reading.state
    above = [x for x in reading.catalog.ancestors(card.district) if reading.scope.sees_district(x.code)]
    below = [x for x in reading.catalog.children(card.district) if reading.scope.sees_district(x.code)]
    value = card.score.value
    return render(
        "district_head.html",
        d,
        pending=pending_note(reading, districts=(card.district.key,)),
        state=state,
        district=card.district,
        crumbs=[(x.name(d.language), state.to("district", x.code)) for x in reversed(above)],
        children=[(x.name(d.language), state.to("district", x.code)) for x in below],
        finding=finding(reading, card),
        score=Absent(d.reason(value.reason))
        if isinstance(value, NotComputable)
        else format_decimal(value.scaleb(2), 1, (Decimal(0), Decimal(100))),
        strip_parts=_strip(card),
        targets=card.score.targets,
        reported=card.score.reported,
        returned=_returned(reading, card),
        digest_href=f"/districts/{card.district.code}/digest" + (f"?asof={state.asof}" if state.asof else ""),
        chase_href=state.to("chase", period=card.latest, district=card.district.code),
    )


def _strip(card: parts.Scorecard) -> list[tuple[str, int]]:
    """How many of its targets have each light, the nearest due of a series counting."""
    lights = Counter(line.row.light for group in card.targeted for line in group.lines)
    return [(light.value, lights[light]) for light in LIGHTS]


def _returned(reading: Reading, card: parts.Scorecard) -> str:
    """What the district owed for the half-year shown, and what came; empty where it owed nothing."""
    if card.latest is None:
        return ""
    arrivals = count(reading, card.latest, card.district)
    if not arrivals.total():
        return ""
    return reading.display._("本期应报 {n} 项，已报 {m} 项，缺 {k} 项").format(
        n=arrivals.total(),
        m=sum(arrivals[state] for state in CAME),
        k=arrivals[Arrival.MISSING] + arrivals[Arrival.EXPLAINED],
    )


def finding(reading: Reading, card: parts.Scorecard) -> str:
    """The page in one sentence."""
    _, d = reading.display._, reading.display
    lines = [line for group in card.targeted for line in group.lines]
    monitored = sum(len(group.lines) for group in card.monitored)
    when = d.period(card.latest) if card.latest else _("从未填报")
    text = _("{when}：{n} 项目标，已填报 {m} 项，已达标 {k} 项").format(
        when=when,
        n=len(lines),
        m=sum(1 for x in lines if x.row.actual is not None),
        k=sum(1 for x in lines if x.row.status == "met"),
    )
    if monitored:
        text += _("；另有 {n} 项只有完成值").format(n=monitored)
    return text + _("。")


def _items(reading: Reading, district: District, items: Sequence[ActionItem]) -> str:
    """督办事项 of the district, those still open first."""
    if not items:
        return ""
    views = item_views(reading, sorted(items, key=lambda item: not item.is_open))
    return render(
        "district_items.html", reading.display, views=views, href=f"/actions?district={district.code}&state=all"
    )


def _scorecard(reading: Reading, card: parts.Scorecard, items: Sequence[ActionItem]) -> str:
    d = reading.display
    rows = [line.row for group in card.targeted for line in group.lines]
    titles = fetch_source_titles(reading.scope, reading.connection, reading.catalog, rows)
    return render(
        "district_scorecard.html",
        d,
        state=reading.state,
        groups=[
            (group.domain.name(d.language), [_line(reading, line) for line in group.lines]) for group in card.targeted
        ],
        open_items=lambda row: open_count(items, row),
        source=source_text(reading, titles),
        as_of=until_text(reading, rows),
        csv_href=reading.state.download("scorecard.csv"),
        svg_href=reading.state.download("scorecard.svg"),
    )


def _line(reading: Reading, line: parts.Line) -> LineView:
    d, state = reading.display, reading.state
    before = line.before
    return LineView(
        item=Item(d, state, line.row),
        bullet=bullet(_bullet(d, line.row)),
        before=d.beside(d.actual(before, d.catalog.indicators[before.indicator_key]))
        if before
        else Absent(d._("上一个半年度没有数据")),
        before_status=before.status if before else None,
        others=[Item(d, state, row) for row in line.others],
    )


def _bullet(d: Display, row: ProgressRow) -> Bullet:
    indicator = d.catalog.indicators[row.indicator_key]
    value, target = d.actual(row, indicator), d.target(row, indicator)
    shown = "—" if isinstance(value, Absent) else value
    return Bullet(
        name=d.series_name(row),
        light=row.light,
        attainment=row.attainment,
        expected_share=row.expected_share,
        label=f"{shown} / {target} · {d.status(row.status)}",
    )


def scorecard_file(reading: Reading) -> str | None:
    """The scorecard as one SVG file; None for an unknown district."""
    district, d = reading.district(reading.state.code), reading.display
    if district is None:
        return None
    card = parts.fetch_scorecard(reading, district)
    rows = [line.row for group in card.targeted for line in group.lines]
    titles = fetch_source_titles(reading.scope, reading.connection, reading.catalog, rows)
    source, until = d.colon(d._("来源"), source_text(reading, titles)), until_text(reading, rows)
    foot = f"{source}　{d._('数据截至')} {until}"
    groups = [
        (group.domain.name(d.language), [_bullet(d, line.row) for line in group.lines]) for group in card.targeted
    ]
    return scorecard_svg(f"{district.name(d.language)} · {d._('计分卡')}", groups, foot)


def _open(reading: Reading, card: parts.Scorecard) -> str:
    d = reading.display
    if card.score.reported:
        nothing = d._("已填报的目标都已达到。")
    else:
        nothing = d.reason("no_actual") if card.score.targets else d._("没有适用的目标。")
    return render(
        "district_open.html",
        d,
        state=reading.state,
        nothing=nothing,
        decide=(lambda row: decide_href(d, row)) if reading.may_decide else None,
        targets=[(Item(d, reading.state, x.row), missing_text(d, x)) for x in card.open],
    )


def _sums(reading: Reading, card: parts.Scorecard) -> str:
    d, district = reading.display, card.district
    period = reading.state.period or _children_period(reading, district)
    sums = parts.sums_of_children(reading, district, period)
    if not sums:
        return ""
    lines = []
    for x in sums:
        indicator = d.catalog.indicators[x.sample.indicator_key]
        lines.append(
            (
                d.series_name(x.sample),
                d.actual(x.own, indicator) if x.own else Absent(d._("没有自己的填报")),
                row_key(d, x.own) if x.own else None,
                d.total(x.total.value, indicator)
                if isinstance(x.total.value, Decimal)
                else Absent(d.reason(x.total.value.reason)),
                reading.state.to("indicator", indicator.code, district=district.code, period=period),
                f"{x.total.covered} / {x.total.expected}",
                _difference(d, x, indicator),
            )
        )
    return render("district_sums.html", d, state=reading.state, lines=lines, period=d.period(period))


def _difference(d: Display, x: parts.Sum, indicator: Indicator) -> Text:
    if x.difference is None and isinstance(x.total.value, Decimal):
        return Absent(d._("没有自己的填报"))
    return d.gap(x.difference, indicator, getattr(x.total.value, "reason", ""))


def _children_period(reading: Reading, district: District) -> Any:
    """The half-year most districts below report."""
    latest = [reading.latest_reports.get(child.key) for child in reading.catalog.children(district)]
    known = [period for period in latest if period is not None]
    return max(known, key=lambda period: (known.count(period), period), default=None)


def _monitored(reading: Reading, card: parts.Scorecard) -> str:
    d = reading.display
    if not card.monitored:
        return ""
    return render(
        "district_monitored.html",
        d,
        state=reading.state,
        groups=[
            (group.domain.name(d.language), [Item(d, reading.state, line.row) for line in group.lines])
            for group in card.monitored
        ],
        total=sum(len(group.lines) for group in card.monitored),
    )
