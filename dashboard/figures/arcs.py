"""Borders as arcs: what two districts share is one line, simplified once, so that no gap opens between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.figures.geojson import Points, Shape

_GRID = 1e7
"""Points nearer than this part of a degree are one: about a centimetre."""
Ids = npt.NDArray[np.int64]
Ring = tuple[tuple[int, bool], ...]
"""Arcs in order, each with whether it is walked from its end."""


@dataclass(frozen=True, slots=True)
class Topology:
    """Arcs, and for each shape its polygons as rings of arcs."""

    arcs: tuple[Points, ...]
    shapes: dict[str, tuple[tuple[Ring, ...], ...]]


def topology(shapes: Sequence[Shape]) -> Topology:
    """Cut the rings of shapes where borders meet, and keep each piece once."""
    rings = [ring[:-1] for shape in shapes for polygon in shape.polygons for ring in polygon]
    if not rings:
        return Topology((), {})
    everything = np.vstack(rings)
    places, ids = np.unique(np.rint(everything * _GRID).astype(np.int64), axis=0, return_inverse=True)
    parts = [_without_repeats(part) for part in np.split(ids.reshape(-1), np.cumsum([len(r) for r in rings])[:-1])]
    is_junction = _junctions(parts, len(places))
    points = places / _GRID
    found: dict[bytes, int] = {}
    arcs: list[Points] = []

    def keep(arc: Ids) -> tuple[int, bool]:
        backwards = tuple(arc[::-1]) < tuple(arc)
        line = np.ascontiguousarray(arc[::-1] if backwards else arc)
        number = found.setdefault(line.tobytes(), len(arcs))
        if number == len(arcs):
            arcs.append(points[line])
        return number, backwards

    cut = iter([tuple(keep(arc) for arc in _cut(part, is_junction)) for part in parts])
    return (
        Topology(
            tuple(arcs),
            {shape.code: tuple(tuple(next(cut) for _ in polygon) for polygon in shape.polygons) for shape in shapes},
        )
        if arcs
        else Topology((), {})
    )


def simplify(points: Points, tolerance: float) -> Points:
    """A line without the points that lie nearer than ``tolerance`` to it (Douglas-Peucker); its ends stay."""
    last = len(points) - 1
    if last < 2:
        return points
    kept = np.zeros(len(points), dtype=bool)
    kept[[0, last]] = True
    waiting = [(0, last)]
    while waiting:
        first, end = waiting.pop()
        if end - first < 2:
            continue
        away = _distances(points[first + 1 : end], points[first], points[end])
        furthest = int(away.argmax())
        if away[furthest] > tolerance:
            middle = first + 1 + furthest
            kept[middle] = True
            waiting += [(first, middle), (middle, end)]
    return points[kept]


def _distances(points: Points, start: Points, end: Points) -> npt.NDArray[np.float64]:
    """How far points lie from a line between two others."""
    along = end - start
    length = float(along @ along)
    offset = points - start
    if length > 0:
        offset = offset - np.clip(offset @ along / length, 0, 1)[:, None] * along
    return np.hypot(offset[:, 0], offset[:, 1])


def _without_repeats(ring: Ids) -> Ids:
    """A ring, open, without a point that follows itself."""
    kept = ring != np.roll(ring, 1)
    return ring[kept] if kept.any() else ring[:1]


def _junctions(rings: Sequence[Ids], count: int) -> npt.NDArray[np.bool_]:
    """Points at which borders meet: on their two sides lie not always the same two neighbours."""
    before = np.concatenate([np.roll(ring, 1) for ring in rings])
    after = np.concatenate([np.roll(ring, -1) for ring in rings])
    pairs = np.minimum(before, after) * count + np.maximum(before, after)
    ids = np.concatenate(rings)
    low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, -1, dtype=np.int64)
    np.minimum.at(low, ids, pairs)
    np.maximum.at(high, ids, pairs)
    found: npt.NDArray[np.bool_] = (high >= 0) & (low != high)
    return found


def _cut(ring: Ids, is_junction: npt.NDArray[np.bool_]) -> list[Ids]:
    """A ring as lines from junction to junction; one without any begins where another of the same points would."""
    ends = np.flatnonzero(is_junction[ring])
    start = int(ends[0]) if len(ends) else int(ring.argmin())
    turned = np.append(np.roll(ring, -start), ring[start])
    inner = [int(end) - start for end in ends[1:]]
    return [turned[a : b + 1] for a, b in zip([0, *inner], [*inner, len(ring)], strict=True)]
