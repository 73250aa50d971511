"""A place for a figure: it keeps the height its layout gives and takes the width there is."""

from __future__ import annotations

from dash import dcc

from dashboard.figures.theme import EMPTY


def graph(id: str) -> dcc.Graph:
    """An empty graph; assets/25_figures.js fits its width, Plotly's own way would lose its height."""
    return dcc.Graph(id=id, figure=EMPTY, className="graph", responsive=False)
