"""The frame around every page: header, filters, the pages' skeletons, the drawer, the footer.

All pages stand in one static layout; the browser shows the one the URL names (assets/20_router.js)
and asks only that page's callback. Nothing is remounted when a filter changes.
"""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from dashboard.access.roles import Right
from dashboard.access.sessions import Identity
from dashboard.components.fragment import Fragment
from dashboard.display import STATUS_WORDS
from dashboard.i18n import Translate
from dashboard.reading import Reading
from dashboard.state import OVERVIEW, PAGES
from warehouse.catalog import Catalog, District
from warehouse.queries.mart import fetch_periods

ALL = "-"
"""The value of a filter that is not set; an empty one would read as a placeholder."""

NAVIGATION = (
    ("overview", "/", "总览"),
    ("changes", "/changes", "变化"),
    ("indicators", "/indicators", "指标"),
    ("districts", "/districts", "地区"),
    ("data", "/data", "数据"),
    ("meeting", "/meeting", "会议"),
    ("methodology", "/methodology", "口径"),
)
"""Page, path, name (msgids; also marked in this module's ``nav_names``)."""


def layout(reading: Reading, skeletons: dict[str, list[Any]], identity: Identity) -> html.Div:
    """The whole document body, in the reader's language and scope."""
    _, language = reading.display._, reading.display.language
    home = home_of(reading.catalog, identity)
    return html.Div(
        className="app",
        children=[
            dcc.Location(id="url", refresh=False),
            html.Div(id="language", className="hidden", **{"data-language": language, "data-home": home}),
            html.A(_("跳到正文"), href="#main", className="skip"),
            _header(reading, identity, home),
            _scope_note(reading, identity),
            _filters(reading),
            html.Div(id="notice", role="status", **{"aria-live": "polite"}),
            _page_file(_, identity),
            html.Main(
                id="main",
                className="show-none",
                tabIndex=-1,
                children=[html.Section(content, id=f"page-{name}") for name, content in skeletons.items()],
            ),
            _footer(reading),
            _drawer(_),
            *(dcc.Store(id=f"view-{name}") for name in (*skeletons, "why")),
        ],
    )


def home_of(catalog: Catalog, identity: Identity) -> str:
    """Where a person begins who reads one district and what lies below it: its page; empty for all others."""
    code = identity.grant.top(catalog) if identity.may(Right.OWN_ACCOUNT) else None
    return "" if code is None else f"/districts/{code}"


def links(home: str) -> list[tuple[str, str]]:
    """Pages with their paths; the overview has one of its own for who begins elsewhere."""
    return [(page, f"/{OVERVIEW}" if home and path == "/" else path) for page, path, _name in NAVIGATION]


def nav_names(_: Translate) -> dict[str, str]:
    """The pages' names."""
    return {
        "overview": _("总览"), "changes": _("变化"), "indicators": _("指标"), "districts": _("地区"),
        "data": _("数据"), "meeting": _("会议"), "methodology": _("口径"),
    }  # fmt: skip


def _header(reading: Reading, identity: Identity, home: str) -> html.Header:
    _, language = reading.display._, reading.display.language
    names = nav_names(_)
    other = "en" if language == "zh" else "zh"
    badge = html.Span(_("演示数据"), className="demo-badge") if reading.catalog.is_demo else None
    return html.Header(
        className="site",
        children=[
            dcc.Link([html.Span("达标", className="logo"), html.Span("Dabiao", className="logo-en")], href=home or "/"),
            html.Nav(
                [
                    *(
                        (dcc.Link if page in PAGES.values() else html.A)(
                            names[page], href=path, id=f"nav-{page}", className="nav-link"
                        )
                        for page, path in links(home)
                    ),
                    *(
                        [html.A(_("通报"), href="/bulletin", id="nav-bulletin", className="nav-link")]
                        if identity.may(Right.EXPORT)
                        else []
                    ),
                ],
                **{"aria-label": _("主导航")},
            ),
            html.Div(
                [
                    badge,
                    *_who(_, identity),
                    html.A(
                        "English" if other == "en" else "中文",
                        id="switch-language",
                        href=f"?lang={other}",
                        lang=other,
                        className="language",
                    ),
                ],
                className="site-end",
            ),
        ],
    )


def _who(_: Translate, identity: Identity) -> list[Any]:
    """Who reads, with the way to the account, or to signing in."""
    if not identity.is_signed_in:
        return [html.Span(_("公开数据 · 只读 · 未登录"), className="public"), html.A(_("登录"), href="/login")]
    links = [html.A(_("填报"), href="/data/uploads")] if identity.may(Right.REVIEW) else []
    links += [html.A(_("大屏"), href="/admin/screens")] if identity.may(Right.MANAGE) else []
    links += [html.A(_("管理"), href="/admin/users")] if identity.may(Right.MANAGE) else []
    is_person = identity.may(Right.OWN_ACCOUNT)
    return [*links, html.A(identity.name, href="/account") if is_person else html.Span(identity.name)]


def _page_file(_: Translate, identity: Identity) -> html.Div | None:
    """The page as a PDF; assets/25_figures.js names the page it is on."""
    if not identity.may(Right.EXPORT):
        return None
    return html.Div(
        html.A(_("下载 PDF"), href="/download/page.pdf?path=/", className="page-pdf", id="page-pdf"),
        className="page-tools",
        role="region",
        **{"aria-label": _("下载 PDF")},
    )


def _scope_note(reading: Reading, identity: Identity) -> html.Aside | None:
    """What a reader of a part sees, said above everything that is summed or ranked."""
    if identity.grant.is_everything:
        return None
    d = reading.display
    text = d._("您看到的范围：{scope}。合计、排名都只算这个范围。").format(scope=d.grant(identity.grant))
    return html.Aside(text, className="scope-note")


def _filters(reading: Reading) -> html.Form:
    _, d = reading.display._, reading.display
    periods = [{"label": _("各地区最近一期"), "value": ALL}] + [
        {"label": d.period(period), "value": period.code}
        for period in fetch_periods(reading.scope, reading.connection, reading.catalog)
    ]
    domains = [{"label": _("全部领域"), "value": ALL}] + [
        {"label": domain.name(d.language), "value": domain.code}
        for domain in reading.catalog.domains.values()
        if reading.scope.sees_domain(domain.code)
    ]
    districts = [{"label": _("全部地区"), "value": ALL}] + [
        {"label": "\u3000" * _depth(reading, x) + x.name(d.language), "value": x.code} for x in reading.districts()
    ]
    lights = [{"label": _("全部亮灯"), "value": ALL}] + [
        {"label": _(word), "value": light.value} for light, word in STATUS_WORDS.items()
    ]
    return html.Form(
        id="filters",
        className="filters",
        role="search",
        **{"aria-label": _("筛选")},
        children=[
            html.Button(_("筛选"), id="filters-toggle", type="button", **{"aria-expanded": "false"}),
            _select("period", _("半年度"), periods),
            _select("district", _("地区|one"), districts),
            _select("domain", _("业务领域"), domains),
            _select("status", _("亮灯"), lights),
            html.Div(
                [
                    html.Label(_("查找指标|filter"), htmlFor="filter-q"),
                    dbc.Input(id="filter-q", type="search", debounce=True, maxLength=60, autoComplete="off"),
                ],
                className="filter filter-q",
            ),
            _day("since", _("上次会议")),
            _day("asof", _("按某日所知")),
        ],
    )


def _select(name: str, label: str, options: list[dict[str, Any]]) -> html.Div:
    return html.Div(
        [html.Label(label, htmlFor=f"filter-{name}"), dbc.Select(id=f"filter-{name}", options=options, value=ALL)],
        className=f"filter filter-{name}",
    )


def _day(name: str, label: str) -> html.Div:
    return html.Div(
        [html.Label(label, htmlFor=f"filter-{name}"), dbc.Input(id=f"filter-{name}", type="date", debounce=True)],
        className=f"filter filter-{name}",
    )


def _depth(reading: Reading, district: District) -> int:
    return sum(1 for _ in reading.catalog.ancestors(district))


def _footer(reading: Reading) -> html.Footer:
    _, d = reading.display._, reading.display
    return html.Footer(
        className="site",
        children=[
            html.Span(_("达标 · 目标与完成情况")),
            html.Span(_("规则版本 {version}").format(version=reading.catalog.rules.version)),
            html.Span(_("数据版本 {version}").format(version=reading.data_version)),
            html.Span(_("打印于 {day}").format(day=d.day(reading.today)), className="print-only"),
        ],
    )


def _drawer(_: Translate) -> dbc.Offcanvas:
    return dbc.Offcanvas(
        Fragment("why", className="why"),
        id="drawer",
        title=html.Span(_("为什么是这个灯？"), id="drawer-title"),
        labelledby="drawer-title",
        placement="end",
        is_open=False,
        className="drawer",
    )
