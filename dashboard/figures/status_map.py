"""亮灯全景: every district against every indicator, one small cell each."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.display import Display
from dashboard.figures.theme import COLOURS, axis, distinct, layout
from warehouse.catalog import District, Indicator
from warehouse.measures.status import OFF_TRACK
from warehouse.queries.lights import EMPTY, STATUSES, Lights

ORDER = tuple(COLOURS)


def status_map(
    lights: Lights,
    breakdown_key: int,
    districts: Sequence[District],
    indicators: Sequence[Indicator],
    display: Display,
) -> tuple[dict[str, Any], str]:
    """The figure and its sentence, for the lights of one breakdown.

    Rows are indicators (by domain), all definitions of one together; columns are districts. Lights
    travel as one byte a cell; ``meta`` has the codes behind the names, for links (assets/25_figures.js).
    """
    definitions: dict[str, list[Indicator]] = {}
    for indicator in indicators:
        definitions.setdefault(indicator.code, []).append(indicator)
    keys = [[indicator.key for indicator in found] for found in definitions.values()]
    cells = lights.cells(breakdown_key, keys, [d.key for d in districts])
    known_rows, known_columns = (cells != EMPTY).any(axis=1), (cells != EMPTY).any(axis=0)
    rows = [found[-1] for found in compress(definitions.values(), known_rows)]
    columns = list(compress(districts, known_columns))
    cells = cells[np.ix_(known_rows, known_columns)]
    names_y = distinct([i.name(display.language) for i in rows], [i.code for i in rows])
    names_x = distinct([d.name(display.language) for d in columns], [d.code for d in columns])
    words = [display.status(light) for light in ORDER]
    figure = {
        "data": [
            {
                "type": "heatmap",
                "x": names_x,
                "y": names_y,
                "z": _packed(cells),
                "zmin": EMPTY - 0.5,
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
    return figure, _sentence(cells, columns, display)


def _sentence(cells: npt.NDArray[np.int8], columns: Sequence[District], display: Display) -> str:
    _ = display._
    text = _("{n} 个指标、{m} 个地区的亮灯。").format(n=len(cells), m=len(columns))
    off = np.isin(cells, [STATUSES.index(light) for light in OFF_TRACK]).sum(axis=0)
    if not off.any():
        return text
    name = columns[int(off.argmax())].name(display.language)
    worst = _("滞后或未达标最多的是{district}，{n} 项。").format(district=name, n=int(off.max()))
    return display.sentences(text, worst)


def _packed(cells: npt.NDArray[np.int8]) -> dict[str, str]:
    """The matrix as Plotly takes it: for each cell the place of its light in ``ORDER``."""
    place = np.array([EMPTY, *(ORDER.index(light) for light in STATUSES)], dtype=np.int8)
    data = np.ascontiguousarray(place[cells + 1])
    return {
        "dtype": "i1",
        "bdata": base64.b64encode(data.tobytes()).decode(),
        "shape": f"{len(cells)}, {cells.shape[1]}",
    }


def _steps() -> list[list[Any]]:
    """A colour scale of hard steps, the first for an empty cell."""
    colours = ["#ffffff", *COLOURS.values()]
    n = len(colours)
    return [[edge / n, colour] for index, colour in enumerate(colours) for edge in (index, index + 1)]
