"""Colours, type and the layout every figure starts from. The colours are those of assets/00_tokens.css."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

from warehouse.measures.status import Status

FONT = (
    'Inter, "Segoe UI", "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", '
    '"Source Han Sans SC", sans-serif'
)
INK, QUIET, HAIRLINE, PAPER, ACCENT = "#1c2733", "#5b6672", "#d9dee4", "#ffffff", "#1f5fa8"
TARGET, PACE, CONTEXT = "#1c2733", "#8a94a0", "#c3cad2"

COLOURS = {
    Status.MET: "#00704f",
    Status.ON_TRACK: "#2f9e77",
    Status.IN_PROGRESS: "#2166ac",
    Status.SLIPPING: "#b36200",
    Status.BEHIND: "#d1392b",
    Status.MISSED: "#96161d",
    Status.BREACHED: "#5c0a1e",
    Status.UNREPORTED: "#c9ced6",
    Status.MONITOR: "#8a94a0",
}
SYMBOLS = {
    Status.MET: "circle",
    Status.ON_TRACK: "circle",
    Status.IN_PROGRESS: "circle-open",
    Status.SLIPPING: "triangle-up",
    Status.BEHIND: "diamond",
    Status.MISSED: "square",
    Status.BREACHED: "x",
    Status.UNREPORTED: "square-open",
    Status.MONITOR: "line-ew",
}

EMPTY: dict[str, Any] = {"data": [], "layout": {}}


def plain(text: str) -> str:
    """A text as a figure shows it: Plotly takes ``<b>`` or ``<a href>`` in a label for markup, wherever it is from."""
    return escape(text, quote=False)


def distinct(names: Sequence[str], codes: Sequence[str]) -> list[str]:
    """Names as categories of an axis, which takes two equal ones for one: those carry their code."""
    count = Counter(names)
    return [plain(name if count[name] == 1 else f"{name} {code}") for name, code in zip(names, codes, strict=True)]


def layout(**changes: Any) -> dict[str, Any]:
    """A figure's layout: quiet axes, no legend, room for direct labels."""
    base: dict[str, Any] = {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "margin": {"l": 56, "r": 24, "t": 16, "b": 44},
        "showlegend": False,
        "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
        "dragmode": False,
        "xaxis": axis(),
        "yaxis": axis(),
    }
    return {**base, **changes}


def axis(**changes: Any) -> dict[str, Any]:
    """An axis with a hairline grid, that a reader cannot drag."""
    base = {
        "gridcolor": "#eceff3",
        "linecolor": HAIRLINE,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "separatethousands": True,
    }
    return {**base, **changes}
