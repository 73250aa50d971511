"""排名: districts against their target in one half-year, a dot each, the gap in words beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dashboard.display import Display
from dashboard.figures.theme import COLOURS, HAIRLINE, INK, QUIET, SYMBOLS, TARGET, axis, distinct, layout, plain
from warehouse.catalog import Indicator
from warehouse.measures.computed import NotComputable
from warehouse.measures.score import rank
from warehouse.measures.target import Direction
from warehouse.queries.mart import ProgressRow

ROW_HEIGHT, TITLE_HEIGHT, _NAMED = 26, 20, 3


def ranks(rows: Sequence[ProgressRow], indicator: Indicator) -> dict[int, int]:
    """Rank by district of rows of one series and period that have an actual; empty where none is due."""
    if indicator.direction is Direction.NONE:
        return {}
    values = {row.district_key: row.actual for row in rows if row.actual is not None}
    found = rank(values, lower_is_better=indicator.direction is Direction.LOWER)
    return {} if isinstance(found, NotComputable) else found


def ordered(rows: Sequence[ProgressRow], indicator: Indicator) -> list[ProgressRow]:
    """Best first; those without an actual last."""
    sign = 1 if indicator.direction is Direction.LOWER else -1
    return sorted(rows, key=lambda r: (r.actual is None, sign * (r.actual or Decimal(0)), r.district_key))


def ranking(
    rows: Sequence[ProgressRow],
    indicator: Indicator,
    display: Display,
    place: Mapping[int, int],
    highlighted: int | None = None,
) -> dict[str, Any]:
    """The figure, for rows in the order of ``ordered``; ``highlighted`` is a district's key."""
    codes = [display.catalog.districts[row.district_key].code for row in rows]
    names = distinct([_name(row, display, place) for row in rows], codes)
    is_named = display.language == "en" and indicator.unit_code not in ("percent", "done")
    unit = plain(display.catalog.units[indicator.unit_code].name("en")) if is_named else ""
    room = TITLE_HEIGHT if unit else 0
    traces = [
        *([_stems(rows, names)] if any(row.target is not None for row in rows) else []),
        *_target_ticks(rows, names, display),
        _dots(rows, names, display, highlighted),
        _labels(rows, names, indicator, display, highlighted),
    ]
    return {
        "data": traces,
        "layout": layout(
            height=max(150, 56 + ROW_HEIGHT * len(rows)) + room,
            margin={"l": 8, "r": 150, "t": 22, "b": 36 + room},
            yaxis=axis(
                type="category", categoryorder="array", categoryarray=list(reversed(names)), showgrid=True,
                range=[-0.6, len(names) - 0.4],
            ),
            xaxis=axis(showgrid=False, **({"title": {"text": unit, "font": {"size": 12}}} if unit else {})),
        ),
    }  # fmt: skip


def ranking_sentence(
    rows: Sequence[ProgressRow], indicator: Indicator, display: Display, place: Mapping[int, int]
) -> str:
    """The finding: how many reached their target, who leads and who is last."""
    _, d = display._, display
    reported = [row for row in rows if row.actual is not None]
    if not reported:
        return _("这个半年度没有地区填报。")
    names = {row.district_key: d.catalog.districts[row.district_key].name(d.language) for row in reported}
    targeted = [row for row in reported if row.target_key is not None]
    met = sum(1 for row in targeted if row.status == "met")
    text = _("{n} 个地区填报").format(n=len(reported))
    if targeted:
        text += _("，其中有目标的 {m} 个、已达标 {k} 个").format(m=len(targeted), k=met)
    if place:
        lowest = max(place[row.district_key] for row in reported)
        best, last = ([row for row in reported if place[row.district_key] == at] for at in (1, lowest))
        if lowest == 1:
            text += _("；各地区相同（{a}），并列第一").format(a=d.actual(best[0], indicator))
        else:
            text += _("；最好的是{first}（{a}），最后的是{last}（{b}）").format(
                first=_some([names[row.district_key] for row in best], d), a=d.actual(best[0], indicator),
                last=_some([names[row.district_key] for row in last], d), b=d.actual(last[0], indicator),
            )  # fmt: skip
    elif len(reported) == 1:
        text += _("；只有一个地区，不排名")
    return text + _("。")


def _some(names: Sequence[str], display: Display) -> str:
    """Up to three names that share a place; of more, the first and how many."""
    if len(names) <= _NAMED:
        return display.join(names)
    return display._("{name}等 {n} 个地区").format(name=names[0], n=len(names))


def _name(row: ProgressRow, display: Display, place: Mapping[int, int]) -> str:
    name = display.catalog.districts[row.district_key].name(display.language)
    return f"{place[row.district_key]}  {name}" if row.district_key in place else name


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _stems(rows: Sequence[ProgressRow], names: Sequence[str]) -> dict[str, Any]:
    """A thin line from each actual to its target."""
    x: list[float | None] = []
    y: list[str | None] = []
    for row, name in zip(rows, names, strict=True):
        if row.actual is not None and row.target is not None:
            x += [_number(row.actual), _number(row.target), None]
            y += [name, name, None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "line": {"color": "#aab3bd", "width": 2},
    }


def _target_ticks(rows: Sequence[ProgressRow], names: Sequence[str], display: Display) -> list[dict[str, Any]]:
    with_target = [(row, name) for row, name in zip(rows, names, strict=True) if row.target is not None]
    if not with_target:
        return []
    return [
        {
            "type": "scatter", "mode": "markers", "x": [_number(row.target) for row, _ in with_target],
            "y": [name for _, name in with_target], "name": display._("目标值"),
            "marker": {"symbol": "line-ns-open", "size": 16, "color": TARGET, "line": {"width": 2.5}},
            "hoverinfo": "skip",
        }
    ]  # fmt: skip


def _dots(
    rows: Sequence[ProgressRow], names: Sequence[str], display: Display, highlighted: int | None
) -> dict[str, Any]:
    reported = [(row, name) for row, name in zip(rows, names, strict=True) if row.actual is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [_number(row.actual) for row, _ in reported],
        "y": [name for _, name in reported],
        "cliponaxis": False,
        "hovertext": [f"{name}<br>{display.status(row.status)}" for row, name in reported],
        "hoverinfo": "text",
        "marker": {
            "opacity": 1,
            "size": [13 if row.district_key == highlighted else 10 for row, _ in reported],
            "color": [COLOURS[row.light] for row, _ in reported],
            "symbol": [SYMBOLS[row.light] if row.target_key is not None else "circle" for row, _ in reported],
            "line": {"width": 1, "color": HAIRLINE},
        },
    }


def _labels(
    rows: Sequence[ProgressRow], names: Sequence[str], indicator: Indicator, display: Display, highlighted: int | None
) -> dict[str, Any]:
    """Value and gap in words, right of both the dot and its target."""
    reported = [(row, name) for row, name in zip(rows, names, strict=True) if row.actual is not None]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [_number(max(row.actual or Decimal(0), row.target or row.actual or Decimal(0))) for row, _ in reported],
        "y": [name for _, name in reported],
        "text": [_label(row, indicator, display) for row, _ in reported],
        "textposition": "middle right",
        "textfont": {"size": 12, "color": [INK if row.district_key == highlighted else QUIET for row, _ in reported]},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


def _label(row: ProgressRow, indicator: Indicator, display: Display) -> str:
    value = display.beside(display.actual(row, indicator))
    gap = "" if row.gap is None else display.brackets(str(display.beside(display.gap(row.gap, indicator))))
    return plain(f"  {value}{gap}")
