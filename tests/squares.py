"""Boundaries made up for tests: squares in a row, sharing their borders. No real boundary is kept in the project."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
WEST, SOUTH, SIDE, STEPS = 118.0, 29.0, 0.5, 8


def ring(column: float, row: float, side: float = SIDE, steps: int = STEPS) -> list[list[float]]:
    """A closed square, with points along its sides as real borders have them."""
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    there = [side * n / steps for n in range(steps)]
    sides = (
        [[west + x, south] for x in there],
        [[west + side, south + x] for x in there],
        [[west + side - x, south + side] for x in there],
        [[west, south + side - x] for x in there],
    )
    points = [point for side_ in sides for point in side_]
    return [*points, points[0]]


def feature(code: Any, *rings: list[list[float]], name: str = "adcode") -> Json:
    """A feature of one polygon."""
    geometry = {"type": "Polygon", "coordinates": list(rings) or [ring(0, 0)]}
    return {"type": "Feature", "properties": {name: code}, "geometry": geometry}


def collection(*features: Json) -> Json:
    """A FeatureCollection."""
    return {"type": "FeatureCollection", "features": list(features)}


def squares(codes: Iterable[str], columns: int = 4) -> Json:
    """A square for each code, row after row."""
    return collection(*(feature(code, ring(n % columns, n // columns)) for n, code in enumerate(codes)))


def write_squares(folder: Path, codes: Iterable[str], name: str = "squares.geojson") -> Path:
    """The same as a file of a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(squares(codes)), encoding="utf-8")
    return folder
