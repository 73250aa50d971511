"""A competent plain Dash app over the same database: pandas, Plotly Express, one callback a page.

Written the way Dash's own documentation teaches it, for the same three views and facts: SQL filters
in each callback, joins to the dimensions, stock components and template. Run by stock gunicorn:
``gunicorn -w 2 bench.plain_dash:server``, with ``DATABASE_URL`` naming the database.
"""

from __future__ import annotations

import os
from typing import Any

import dash
import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
from dash import Input, Output, callback, dcc, html
from sqlalchemy import create_engine, text

engine = create_engine(os.environ["DATABASE_URL"])

OFF_TRACK = ["breached", "missed", "behind", "slipping"]
COLOURS = {
    "met": "#00704f", "on_track": "#2f9e77", "in_progress": "#2166ac", "slipping": "#b36200", "behind": "#d1392b",
    "missed": "#96161d", "breached": "#5c0a1e", "unreported": "#c9ced6", "monitor": "#8a94a0",
}  # fmt: skip

HEAT = """
SELECT d.name_zh AS district, i.name_zh AS indicator, 100 * CAST(p.attainment AS REAL) AS attainment
FROM fact_progress p
JOIN dim_district d ON d.district_key = p.district_key
JOIN dim_indicator i ON i.indicator_key = p.indicator_key
JOIN dim_breakdown b ON b.breakdown_key = p.breakdown_key
WHERE p.period_key = :period AND p.is_primary AND d.level = 'district' AND b.breakdown_code = 'total'
"""
LIGHTS = """
SELECT p.status, count(*) AS targets
FROM fact_progress p
JOIN dim_district d ON d.district_key = p.district_key
WHERE p.period_key = :period AND p.is_primary AND p.target_key IS NOT NULL AND d.level = 'district'
GROUP BY p.status
"""
TREND = """
SELECT t.period_code AS period, CAST(p.actual AS REAL) AS actual, CAST(p.target AS REAL) AS target
FROM fact_progress p
JOIN dim_period t ON t.period_key = p.period_key
JOIN dim_breakdown b ON b.breakdown_key = p.breakdown_key
WHERE p.indicator_key = :indicator AND p.district_key = :district AND p.is_primary AND b.breakdown_code = 'total'
ORDER BY p.period_key
"""
RANKING = """
SELECT d.name_zh AS district, CAST(p.actual AS REAL) AS actual, CAST(p.target AS REAL) AS target,
  CAST(p.gap AS REAL) AS gap, p.status, p.target_key, i.direction, u.name_zh AS unit
FROM fact_progress p
JOIN dim_district d ON d.district_key = p.district_key
JOIN dim_indicator i ON i.indicator_key = p.indicator_key
JOIN dim_unit u ON u.unit_code = i.unit_code
JOIN dim_breakdown b ON b.breakdown_key = p.breakdown_key
WHERE p.indicator_key = :indicator AND p.period_key = :period AND p.is_primary AND p.actual IS NOT NULL
  AND d.level = 'district' AND b.breakdown_code = 'total'
"""
SCORECARD = """
SELECT i.name_zh AS indicator, b.name_zh AS breakdown, b.breakdown_code, p.actual, p.target, p.status,
  u.name_zh AS unit, 100 * CAST(p.attainment AS REAL) AS attainment, 100 * CAST(p.expected_share AS REAL) AS expected
FROM fact_progress p
JOIN dim_indicator i ON i.indicator_key = p.indicator_key
JOIN dim_unit u ON u.unit_code = i.unit_code
JOIN dim_breakdown b ON b.breakdown_key = p.breakdown_key
WHERE p.district_key = :district AND p.period_key = :period AND p.is_primary AND p.target_key IS NOT NULL
ORDER BY i.domain_code, i.name_zh, b.sort_order
"""


def fetch(query: str, **filters: int) -> pd.DataFrame:
    """One query as a frame."""
    with engine.connect() as connection:
        return pd.read_sql(text(query), connection, params=filters)


def options(query: str) -> list[dict[str, Any]]:
    """The choices of a dropdown: keys of the dimension, so that filters meet the mart's indexes."""
    return [{"value": int(value), "label": label} for value, label in fetch(query).itertuples(index=False)]


PERIODS = options(
    """SELECT period_key AS value, period_code AS label FROM dim_period
    WHERE period_key IN (SELECT period_key FROM fact_actual) ORDER BY 1 DESC"""
)
INDICATORS = options("SELECT indicator_key AS value, name_zh AS label FROM dim_indicator ORDER BY indicator_code")
DISTRICTS = options(
    "SELECT district_key AS value, name_zh AS label FROM dim_district WHERE level = 'district' ORDER BY district_code"
)

app = dash.Dash(__name__, use_pages=True, pages_folder="", health_endpoint="healthz", title="Targets")
server = app.server


def dropdown(id: str, choices: list[dict[str, Any]]) -> dcc.Dropdown:
    """A filter, set to its first choice."""
    return dcc.Dropdown(id=id, options=choices, value=choices[0]["value"], clearable=False)


def card(id: str, label: str) -> html.Div:
    """A KPI."""
    style = {"flex": 1, "padding": 12, "border": "1px solid #ddd", "borderRadius": 6}
    return html.Div([html.Div(label), html.H2(id=id)], style=style)


overview = html.Div(
    [
        html.H1("总览"),
        dropdown("overview-period", PERIODS),
        html.Div(
            [card("targets", "目标"), card("met", "已达标"), card("off", "滞后"), card("unreported", "未填报")],
            style={"display": "flex", "gap": 12},
        ),
        dcc.Graph(id="heat"),
    ]
)
indicator = html.Div(
    [
        html.H1("指标"),
        dropdown("indicator-indicator", INDICATORS),
        dropdown("indicator-district", DISTRICTS),
        dropdown("indicator-period", PERIODS),
        html.P(id="indicator-finding"),
        dcc.Graph(id="trend"),
        dcc.Graph(id="ranking"),
    ]
)
district = html.Div(
    [
        html.H1("地区"),
        dropdown("district-district", DISTRICTS),
        dropdown("district-period", PERIODS),
        html.P(id="district-finding"),
        dcc.Graph(id="scorecard"),
    ]
)
dash.register_page("overview", path="/", name="总览", layout=overview)
dash.register_page("indicator", path="/indicator", name="指标", layout=indicator)
dash.register_page("district", path="/district", name="地区", layout=district)
app.layout = html.Div(
    [
        html.Nav([dcc.Link(page["name"], href=page["path"]) for page in dash.page_registry.values()]),
        dash.page_container,
    ]
)


@callback(
    Output("targets", "children"),
    Output("met", "children"),
    Output("off", "children"),
    Output("unreported", "children"),
    Output("heat", "figure"),
    Input("overview-period", "value"),
)
def update_overview(period: int) -> tuple[Any, ...]:
    """Four KPIs and the heat map of attainment."""
    lights = fetch(LIGHTS, period=period).set_index("status")["targets"]
    cells = fetch(HEAT, period=period).pivot(index="indicator", columns="district", values="attainment")
    figure = px.imshow(
        cells, aspect="auto", color_continuous_scale="RdYlGn", zmin=0, zmax=150, labels={"color": "完成率 %"}
    )
    figure.update_layout(height=1500)
    return (
        int(lights.sum()),
        int(lights.get("met", 0)),
        int(lights.reindex(OFF_TRACK).sum()),
        int(lights.get("unreported", 0)),
        figure,
    )


@callback(
    Output("indicator-finding", "children"),
    Output("trend", "figure"),
    Output("ranking", "figure"),
    Input("indicator-indicator", "value"),
    Input("indicator-district", "value"),
    Input("indicator-period", "value"),
)
def update_indicator(indicator: int, district: int, period: int) -> tuple[str, go.Figure, go.Figure]:
    """A district's trend with its target, and every district in one half-year."""
    trend = fetch(TREND, indicator=indicator, district=district)
    line = px.line(trend, x="period", y=["actual", "target"], markers=True)
    rows = fetch(RANKING, indicator=indicator, period=period)
    lower = bool(len(rows)) and rows["direction"].iloc[0] == "lower"
    rows = rows.sort_values("actual", ascending=not lower)  # the first row of a bar chart is at the bottom
    bars = px.bar(
        rows, x="actual", y="district", orientation="h", color="status", color_discrete_map=COLOURS,
        hover_data=["target", "gap", "unit"], text="actual",
    )  # fmt: skip
    order = {"categoryorder": "array", "categoryarray": rows["district"]}
    bars.update_layout(height=max(400, 15 * len(rows)), yaxis=order)
    targeted = rows["target_key"].notna()
    met = (rows["status"] == "met") & targeted
    finding = f"{len(rows)} 个地区填报，其中有目标的 {targeted.sum()} 个、已达标 {met.sum()} 个"
    return finding, line, bars


@callback(
    Output("district-finding", "children"),
    Output("scorecard", "figure"),
    Input("district-district", "value"),
    Input("district-period", "value"),
)
def update_district(district: int, period: int) -> tuple[str, go.Figure]:
    """Every target of a district as a bullet: attainment, target line, expected share."""
    rows = fetch(SCORECARD, district=district, period=period)
    rows["name"] = rows["indicator"].where(
        rows["breakdown_code"] == "total", rows["indicator"] + " · " + rows["breakdown"]
    )
    figure = px.bar(
        rows, x="attainment", y="name", orientation="h", color="status", color_discrete_map=COLOURS,
        hover_data=["actual", "target", "unit"], text="actual",
    )  # fmt: skip
    ticks = {"symbol": "line-ns", "size": 12, "line": {"width": 2}}
    figure.add_trace(go.Scatter(x=rows["expected"], y=rows["name"], mode="markers", marker=ticks, name="序时进度"))
    figure.add_vline(x=100)
    order = {"categoryorder": "array", "categoryarray": rows["name"][::-1]}
    figure.update_layout(height=max(400, 22 * len(rows)), yaxis=order)
    reported = rows["actual"].notna().sum()
    finding = f"{len(rows)} 项目标，已填报 {reported} 项，已达标 {(rows['status'] == 'met').sum()} 项"
    return finding, figure
