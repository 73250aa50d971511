"""趋势: an indicator in one district by half-year, its target as a step line, its pace, its forecast."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from dashboard.display import Display
from dashboard.figures.theme import ACCENT, COLOURS, INK, PACE, SYMBOLS, TARGET, axis, layout, plain
from warehouse.catalog import District, Indicator
from warehouse.measures.pace import ShareBasis
from warehouse.measures.period import Period, span
from warehouse.measures.status import Status
from warehouse.measures.target import MeasureType
from warehouse.queries.mart import ProgressRow

HEIGHT = 340
_COUNTED = (MeasureType.FLOW,)


def trend(
    rows: Sequence[ProgressRow],
    indicator: Indicator,
    district: District,
    display: Display,
) -> tuple[dict[str, Any], str]:
    """The figure and its sentence.

    ``rows``: primary rows of one series in time, possibly of several definitions (a change breaks
    the line).
    """
    if not rows:
        return {"data": [], "layout": layout(height=HEIGHT)}, display._("没有数据。")
    periods = list(span(rows[0].period, rows[-1].period))
    by_period = {row.period: row for row in rows}
    traces = [_pace(by_period, periods, display)] if _has_pace(rows) else []
    traces += _actuals(by_period, periods, indicator, display)
    traces += _targets(by_period, periods, display)
    traces += _forecast(rows, periods, display)
    figure = {
        "data": traces,
        "layout": layout(
            height=HEIGHT,
            margin={"l": 64, "r": 104, "t": 24, "b": 48},
            xaxis=axis(type="multicategory", showgrid=False, showdividers=False, tickangle=0),
            yaxis=axis(
                rangemode="tozero",
                title={"text": _axis_title(indicator, display), "standoff": 8, "font": {"size": 12}},
            ),
            annotations=[*_target_label(rows, display), *_definition_changes(rows, display)],
            barmode="overlay",
        ),
    }
    return figure, sentence(rows, indicator, district, display)


def sentence(rows: Sequence[ProgressRow], indicator: Indicator, district: District, display: Display) -> str:
    """What the figure shows, in a sentence made from the data."""
    _, d = display._, display
    reported = [row for row in rows if row.actual is not None]
    name = district.name(d.language)
    if not reported:
        return _("{district}没有填报过{indicator}。").format(district=name, indicator=d.series_name(rows[0]))
    last = reported[-1]
    text = _("{district}{indicator}{period}为{value}").format(
        district=name,
        indicator=d.series_name(last),
        period=d.period(last.period),
        value=d.actual(last, indicator),
    )
    if last.target_key is not None:
        text += _("，目标{target}，{light}").format(target=d.target(last, indicator), light=d.status(last.status))
    before = next((row for row in reversed(reported[:-1]) if _comparable(row, last, indicator)), None)
    if before is not None and before.actual is not None and last.actual is not None:
        change = last.actual - before.actual
        same, more, less = _("；与{period}持平"), _("；比{period}增加{amount}"), _("；比{period}减少{amount}")
        amount = str(d.gap(abs(change), indicator)).lstrip("+")
        text += (more if change > 0 else less if change else same).format(period=d.period(before.period), amount=amount)
    return text + _("。")


def _comparable(before: ProgressRow, now: ProgressRow, indicator: Indicator) -> bool:
    """The same definition; a flow counts from January, so only against the same half of a year."""
    same_half = before.period.semester == now.period.semester
    return before.indicator_key == now.indicator_key and (same_half or indicator.measure_type not in _COUNTED)


def _axis_values(periods: Sequence[Period], display: Display) -> list[list[str]]:
    """Half-years on an axis of two levels: the halves, and below them the years."""
    halves = ("H1", "H2") if display.language == "en" else ("上", "下")
    return [[str(period.year) for period in periods], [halves[period.semester - 1] for period in periods]]


def _axis_title(indicator: Indicator, display: Display) -> str:
    unit = display.catalog.units[indicator.unit_code].name(display.language)
    return plain(unit) if unit else ""


def _number(value: Decimal | None) -> float | None:
    """A coordinate. Text on the figure is formatted from the decimal, never from this."""
    return None if value is None else float(value)


def _actuals(
    by_period: dict[Period, ProgressRow],
    periods: Sequence[Period],
    indicator: Indicator,
    display: Display,
) -> list[dict[str, Any]]:
    rows = [by_period.get(period) for period in periods]
    texts = [plain(str(display.actual(r, indicator))) if r is not None and r.actual is not None else "" for r in rows]
    hover = [f"{display.period(p)}<br>{t}" for p, t in zip(periods, texts, strict=True)]
    x, y = _axis_values(periods, display), [_number(r.actual) if r else None for r in rows]
    last = max((i for i, value in enumerate(y) if value is not None), default=-1)
    shown = [str(display.beside(text)) if i == last or len(periods) <= 6 else "" for i, text in enumerate(texts)]
    lights = [r.light if r else Status.MONITOR for r in rows]
    common = {"x": x, "y": y, "text": shown, "hovertext": hover, "hoverinfo": "text", "name": display._("完成值")}
    if indicator.measure_type in _COUNTED:
        tints = [ACCENT if period.semester == 2 else "#7fa8d6" for period in periods]
        return [
            {
                **common, "type": "bar", "marker": {"color": tints}, "textposition": "outside", "cliponaxis": False,
                "textfont": {"color": INK, "size": 13}, "constraintext": "none", "textangle": 0, "width": 0.5,
                "offset": -0.25,
            }
        ]  # fmt: skip
    lines: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip", "line": {"color": ACCENT, "width": 2.5},
            "connectgaps": False,
            "y": [v if r and r.indicator_key == definition else None for r, v in zip(rows, y, strict=True)],
        }
        for definition in dict.fromkeys(r.indicator_key for r in rows if r)
    ]  # fmt: skip
    points = {
        **common,
        "type": "scatter",
        "mode": "markers+text",
        "textposition": "top center",
        "textfont": {"color": INK},
        "cliponaxis": False,
        "marker": {
            "color": [COLOURS[light] for light in lights],
            "symbol": [SYMBOLS[light] if light is not Status.MONITOR else "circle" for light in lights],
            "size": 10,
            "line": {"width": 1.5, "color": "#fff"},
        },
    }
    return [*lines, points]


def _targets(by_period: dict[Period, ProgressRow], periods: Sequence[Period], display: Display) -> list[dict[str, Any]]:
    """The target of each period as a level step."""
    values = [_number(by_period[p].target) if p in by_period else None for p in periods]
    highs = [_number(by_period[p].target_high) if p in by_period else None for p in periods]
    step = {
        "type": "scatter", "mode": "lines+markers", "x": _axis_values(periods, display), "y": values,
        "line": {"color": TARGET, "width": 1.5, "dash": "5px,3px", "shape": "hvh"}, "cliponaxis": False,
        "marker": {"symbol": "line-ew-open", "size": 22, "color": TARGET, "line": {"width": 2}},
        "hoverinfo": "skip", "name": display._("目标值"),
    }  # fmt: skip
    return [{**step, "y": edge} for edge in (values, highs) if any(value is not None for value in edge)]


def _target_label(rows: Sequence[ProgressRow], display: Display) -> list[dict[str, Any]]:
    """The newest target in words, at the right edge, at its own height."""
    row = next((r for r in reversed(rows) if r.target is not None), None)
    if row is None:
        return []
    target = display.beside(display.target(row, display.catalog.indicators[row.indicator_key]))
    text = plain(f"{display._('目标')} {target}")
    return [
        {
            "xref": "paper", "x": 1.01, "xanchor": "left", "y": _number(row.target), "yanchor": "middle", "text": text,
            "showarrow": False, "font": {"size": 12, "color": TARGET},
        }
    ]  # fmt: skip


def _has_pace(rows: Sequence[ProgressRow]) -> bool:
    return any(_pace_value(row) is not None for row in rows)


def _pace_value(row: ProgressRow) -> Decimal | None:
    """What should be reached by now, in the unit, for a pace measured against the target itself."""
    if row.expected_share is None or row.target is None or row.share_basis == ShareBasis.BASELINE:
        return None
    return row.expected_share * row.target


def _pace(by_period: dict[Period, ProgressRow], periods: Sequence[Period], display: Display) -> dict[str, Any]:
    values = [_number(_pace_value(by_period[p])) if p in by_period else None for p in periods]
    return {
        "type": "bar", "x": _axis_values(periods, display), "y": values, "width": 0.84, "offset": -0.42,
        "hoverinfo": "skip", "name": display._("序时进度"),
        "marker": {"color": "#eef1f5", "line": {"color": PACE, "width": 0.6}}, "zorder": -2,
    }  # fmt: skip


def _forecast(rows: Sequence[ProgressRow], periods: Sequence[Period], display: Display) -> list[dict[str, Any]]:
    """The newest forecast, an open diamond at the due period, with its interval where there is one."""
    row = next((r for r in reversed(rows) if r.forecast is not None), None)
    if row is None or row.due is None or row.due not in periods or row is not _last_reported(rows):
        return []
    value, low, high = _number(row.forecast), _number(row.forecast_low), _number(row.forecast_high)
    point: dict[str, Any] = {
        "type": "scatter", "mode": "markers+text", "x": _axis_values([row.due], display), "y": [value],
        "marker": {"symbol": "diamond-open", "size": 11, "color": ACCENT, "line": {"width": 2}},
        "text": [display._("预测")], "textposition": "middle right", "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip
    if value is not None and low is not None and high is not None:
        point["error_y"] = {
            "type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low], "color": ACCENT,
            "thickness": 1.5,
        }  # fmt: skip
    return [point]


def _last_reported(rows: Sequence[ProgressRow]) -> ProgressRow | None:
    return next((row for row in reversed(rows) if row.actual is not None), None)


def _definition_changes(rows: Sequence[ProgressRow], display: Display) -> list[dict[str, Any]]:
    return [
        {
            "x": now.period.index - rows[0].period.index, "y": 1, "yref": "paper", "text": display._("定义变更"),
            "showarrow": False, "font": {"size": 12, "color": INK}, "bgcolor": "#fff1c2",
        }
        for before, now in pairwise(rows)
        if before.indicator_key != now.indicator_key
    ]  # fmt: skip
