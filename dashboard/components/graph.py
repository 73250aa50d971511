"""A place for a figure: as high as the figure says, as wide as there is room."""

from __future__ import annotations

from typing import Any

from dash import dcc

from dashboard.figures.theme import EMPTY

_HIDDEN = {"display": "none"}

Sized = tuple[dict[str, Any], dict[str, str]]
"""A figure and the style of its place: two leaves, always set together."""


def graph(id: str) -> dcc.Graph:
    """An empty place. Its height is set with each figure, because Plotly's resizing forgets ``layout.height``."""
    return dcc.Graph(id=id, figure=EMPTY, className="graph", style=_HIDDEN)


def sized(figure: dict[str, Any]) -> Sized:
    """A figure with the style its place needs; an empty one takes no room."""
    if not figure["data"]:
        return EMPTY, _HIDDEN
    return figure, {"height": f"{figure['layout']['height']}px"}
