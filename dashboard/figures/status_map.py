"""亮灯全景: every district against every indicator, one small cell each."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.display import Display
from dashboard.figures.theme import COLOURS, axis, distinct, layout
from warehouse.catalog import District, Indicator
from warehouse.measures.status import OFF_TRACK, Status

ORDER = tuple(COLOURS)
_EMPTY = -1


def status_map(
    grid: Mapping[int, Mapping[int, Status]],
    districts: Sequence[District],
    indicators: Sequence[Indicator],
    display: Display,
) -> tuple[dict[str, Any], str]:
    """The figure and its sentence. ``grid``: district → indicator → light.

    Rows are indicators (by domain), all definitions of one together; columns are districts. Lights
    travel as one byte a cell; ``meta`` has the codes behind the names, for links (assets/25_figures.js).
    """
    definitions: dict[str, list[Indicator]] = {}
    for indicator in indicators:
        if any(indicator.key in cells for cells in grid.values()):
            definitions.setdefault(indicator.code, []).append(indicator)
    rows = [found[-1] for found in definitions.values()]
    columns = [d for d in districts if d.key in grid]
    names_y = distinct([i.name(display.language) for i in rows], [i.code for i in rows])
    names_x = distinct([d.name(display.language) for d in columns], [d.code for d in columns])
    words = [display.status(light) for light in ORDER]
    figure = {
        "data": [
            {
                "type": "heatmap",
                "x": names_x,
                "y": names_y,
                "z": _cells(grid, list(definitions.values()), columns),
                "zmin": _EMPTY - 0.5,
                "zmax": len(ORDER) - 0.5,
                "colorscale": _steps(),
                "xgap": 1 if len(columns) < 60 else 0,
                "ygap": 1,
                "colorbar": {
                    "tickvals": list(range(len(ORDER))), "ticktext": words, "thickness": 12, "outlinewidth": 0,
                },
                "hovertemplate": "%{y}<br>%{x}<extra></extra>",
                "meta": {"indicators": [i.code for i in rows], "districts": [d.code for d in columns]},
            }
        ],
        "layout": layout(
            height=max(240, 90 + 14 * len(rows)),
            margin={"l": 8, "r": 8, "t": 8, "b": 8},
            xaxis=axis(showticklabels=len(columns) <= 40, tickangle=-60, showgrid=False),
            yaxis=axis(autorange="reversed", showgrid=False, tickfont={"size": 12}),
        ),
    }  # fmt: skip
    return figure, _sentence(grid, rows, columns, display)


def _sentence(
    grid: Mapping[int, Mapping[int, Status]],
    rows: Sequence[Indicator],
    columns: Sequence[District],
    display: Display,
) -> str:
    _ = display._
    off = Counter({d.key: sum(light in OFF_TRACK for light in grid[d.key].values()) for d in columns})
    text = _("{n} 个指标、{m} 个地区的亮灯。").format(n=len(rows), m=len(columns))
    worst, count = off.most_common(1)[0] if off else (0, 0)
    if count:
        name = display.catalog.districts[worst].name(display.language)
        text = display.sentences(text, _("滞后或未达标最多的是{district}，{n} 项。").format(district=name, n=count))
    return text


def _cells(
    grid: Mapping[int, Mapping[int, Status]], rows: Sequence[Sequence[Indicator]], columns: Sequence[District]
) -> dict[str, str]:
    """The matrix as Plotly takes it: for each cell the place of its light in ``ORDER``, under
    whichever definition of the row's indicator the district reports."""
    code_of = {light: code for code, light in enumerate(ORDER)}
    keys = [[indicator.key for indicator in definitions] for definitions in rows]
    width = len(columns)
    cells = bytearray([_EMPTY & 0xFF]) * (len(rows) * width)
    for column, district in enumerate(columns):
        lights = grid[district.key]
        for row, definitions in enumerate(keys):
            light = next((lights[key] for key in definitions if key in lights), None)
            if light is not None:
                cells[row * width + column] = code_of[light]
    return {"dtype": "i1", "bdata": base64.b64encode(bytes(cells)).decode(), "shape": f"{len(rows)}, {width}"}


def _steps() -> list[list[Any]]:
    """A colour scale of hard steps, the first for an empty cell."""
    colours = ["#ffffff", *COLOURS.values()]
    n = len(colours)
    return [[edge / n, colour] for index, colour in enumerate(colours) for edge in (index, index + 1)]
