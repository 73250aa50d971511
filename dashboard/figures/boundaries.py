"""Boundaries of districts from the owner's own folder; the project ships none.

Every ``*.geojson`` and ``*.json`` of the folder is read anew when one of them changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import cos, radians
from pathlib import Path
from threading import Lock

import numpy as np
import structlog

from dashboard.figures.arcs import Ring, Topology, simplify, topology
from dashboard.figures.geojson import MOST_POINTS, Points, Shape, Skipped, parse_geojson
from warehouse.errors import DabiaoError, FileError

SUFFIXES = (".geojson", ".json")
_TOLERANCE = 0.4
"""How far, in pixels, a drawn border may lie from the real one."""
_SPECK = 0.6
"""Rings of less, in square pixels, are not drawn, but for the largest of a district."""
Mark = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of every file of the folder."""

log = structlog.get_logger("dashboard.figures")


@dataclass(frozen=True, slots=True)
class Outline:
    """One district as drawn: rings in pixels, where its label stands and how much room there is, and its size."""

    rings: tuple[Points, ...]
    label: tuple[float, float]
    room: float
    area: float

    @property
    def path(self) -> str:
        """The rings as an SVG path, to be filled by ``evenodd``."""
        return "".join(f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in ring[:-1])}Z" for ring in self.rings)


@dataclass(frozen=True, eq=False)
class Boundaries:
    """The boundaries of a folder, by district code, in degrees."""

    borders: Topology
    files: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """Every district with a shape."""
        return frozenset(self.borders.shapes)

    @cached_property
    def boxes(self) -> Mapping[str, tuple[float, float, float, float]]:
        """West, south, east, north of each district."""
        ends = [np.concatenate([arc.min(axis=0), arc.max(axis=0)]) for arc in self.borders.arcs]
        found = {}
        for code, polygons in self.borders.shapes.items():
            mine = np.array([ends[number] for polygon in polygons for ring in polygon for number, _ in ring])
            found[code] = _box(mine)
        return found

    def aspect(self, codes: Iterable[str]) -> float:
        """Width by height of districts as drawn; 1 without any."""
        frame = self._frame(frozenset(codes) & self.codes)
        return 1.0 if frame is None else (frame[2] - frame[0]) * frame[4] / (frame[3] - frame[1])

    def outlines(self, codes: Collection[str], width: float, height: float) -> Mapping[str, Outline]:
        """Districts as drawn in a box: equirectangular, true in the middle, no finer than the box can show."""
        return _outlines(self, frozenset(codes) & self.codes, width, height)

    def _frame(self, codes: Collection[str]) -> tuple[float, float, float, float, float] | None:
        """West, south, east, north, and how much shorter a degree of longitude is than one of latitude."""
        if not codes:
            return None
        west, south, east, north = _box(np.array([self.boxes[code] for code in codes]))
        narrow = max(cos(radians((south + north) / 2)), 0.01)
        return west, south, max(east, west + 1e-9), max(north, south + 1e-9), narrow


def _box(boxes: Points) -> tuple[float, float, float, float]:
    """West, south, east, north of several boxes together."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@lru_cache(maxsize=24)
def _outlines(boundaries: Boundaries, codes: frozenset[str], width: float, height: float) -> Mapping[str, Outline]:
    frame = boundaries._frame(codes)
    if frame is None:
        return {}
    west, south, east, north, narrow = frame
    scale = min(width / ((east - west) * narrow), height / (north - south))
    shift = np.array([(width - (east - west) * narrow * scale) / 2, (height - (north - south) * scale) / 2])
    drawn: dict[int, Points] = {}

    def arc(number: int) -> Points:
        if number not in drawn:
            degrees = boundaries.borders.arcs[number]
            pixels = (degrees - np.array([west, north])) * np.array([narrow * scale, -scale]) + shift
            drawn[number] = _simplified(pixels)
        return drawn[number]

    return {code: _outline(boundaries.borders.shapes[code], arc) for code in sorted(codes)}


def _simplified(line: Points) -> Points:
    """A closed line is cut where it is furthest from its beginning: both halves are simplified."""
    if len(line) < 4 or (line[0] != line[-1]).any():
        return simplify(line, _TOLERANCE)
    middle = int(np.hypot(*(line - line[0]).T).argmax())
    return np.vstack([simplify(line[: middle + 1], _TOLERANCE), simplify(line[middle:], _TOLERANCE)[1:]])


def _outline(polygons: tuple[tuple[Ring, ...], ...], arc: Callable[[int], Points]) -> Outline:
    walked = [[_walk(ring, arc) for ring in polygon] for polygon in polygons]
    sizes = [_area(rings[0]) for rings in walked]
    main = int(np.argmax(sizes))
    rings = [
        ring
        for number, polygon in enumerate(walked)
        for place, ring in enumerate(polygon)
        if (number, place) == (main, 0) or (len(ring) > 3 and _area(ring) >= _SPECK and sizes[number] >= _SPECK)
    ]
    x, y, room = _inside(walked[main])
    return Outline(tuple(rings), (x, y), room, sum(sizes))


def _walk(ring: Ring, arc: Callable[[int], Points]) -> Points:
    lines = [arc(number)[::-1] if backwards else arc(number) for number, backwards in ring]
    return np.vstack([lines[0], *(line[1:] for line in lines[1:])])


def _area(ring: Points) -> float:
    x, y = ring[:-1].T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _inside(rings: list[Points]) -> tuple[float, float, float]:
    """The middle of the widest level stretch of a polygon that lies near its centre of height, and its width."""
    low, high = float(rings[0][:, 1].min()), float(rings[0][:, 1].max())
    best, centre = (float(rings[0][:, 0].mean()), (low + high) / 2, 0.0), (low + high) / 2
    most = -1.0
    for part in np.linspace(0.2, 0.8, 13):
        y = low + (high - low) * float(part)
        crossings = sorted(x for ring in rings for x in _crossings(ring, y))
        for left, right in zip(crossings[::2], crossings[1::2], strict=False):
            worth = (right - left) * (1 - abs(y - centre) / (high - low or 1))
            if worth > most:
                most, best = worth, ((left + right) / 2, y, right - left)
    return best


def _crossings(ring: Points, y: float) -> list[float]:
    start, end = ring[:-1], ring[1:]
    over = (start[:, 1] > y) != (end[:, 1] > y)
    a, b = start[over], end[over]
    return list((a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])).tolist())


def make_boundaries(shapes: list[Shape], files: Iterable[str] = (), skipped: Iterable[Skipped] = ()) -> Boundaries:
    """Boundaries of shapes; those on the other side of the 180th meridian stand beside their neighbours."""
    return Boundaries(topology(_beside(shapes)), tuple(files), tuple(skipped))


def _beside(shapes: list[Shape]) -> list[Shape]:
    rings = [ring for shape in shapes for polygon in shape.polygons for ring in polygon]
    if not rings or max(float(r[:, 0].max()) for r in rings) - min(float(r[:, 0].min()) for r in rings) <= 180:
        return shapes
    return [Shape(shape.code, tuple(tuple(map(_eastwards, polygon)) for polygon in shape.polygons)) for shape in shapes]


def _eastwards(ring: Points) -> Points:
    return np.where(ring < np.array([0, -100]), ring + np.array([360, 0]), ring)


def check_boundaries(folder: Path) -> Boundaries | None:
    """Read every file of a folder; None where there is none. Errors: FileError."""
    files = _files(folder)
    if not files:
        return None
    shapes: dict[str, tuple[str, Shape]] = {}
    skipped: list[Skipped] = []
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise FileError(
                f"边界文件 {path.name}：无法读取（{error.strerror}）。",
                f"Boundaries file {path.name}: {error.strerror}.",
            ) from None
        found, left = parse_geojson(content, path.name)
        skipped += left
        for shape in found:
            if shape.code in shapes:
                first = shapes[shape.code][0]
                raise FileError(
                    f"代码 {shape.code} 在 {first} 和 {path.name} 里各出现一次，请只留一处。",
                    f"Code {shape.code} is in {first} and in {path.name}; keep one.",
                )
            shapes[shape.code] = (path.name, shape)
    if sum(len(ring) for _, s in shapes.values() for p in s.polygons for ring in p) > MOST_POINTS:
        raise FileError(
            f"边界文件合计超过 {MOST_POINTS:,} 个顶点，请先简化。",
            f"The boundaries have over {MOST_POINTS:,} points together; simplify them.",
        )
    return make_boundaries([shape for _, shape in shapes.values()], [path.name for path in files], skipped)


def folder_mark(folder: Path) -> Mark:
    """What changes whenever a file of the folder does."""
    found = []
    for path in _files(folder):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((path.name, status.st_mtime_ns, status.st_size))
    return tuple(found)


_kept: dict[Path, tuple[Mark, Boundaries | None]] = {}
_lock = Lock()


def read_boundaries(folder: Path) -> Boundaries | None:
    """The boundaries of a folder, read when a file changed; None without files, and where one is refused.

    A refusal is logged once; ``python -m dashboard boundaries`` says what is wrong.
    """
    mark = folder_mark(folder)
    with _lock:
        if folder in _kept and _kept[folder][0] == mark:
            return _kept[folder][1]
        try:
            found = check_boundaries(folder)
        except DabiaoError as error:
            log.error("boundaries_refused", reason=error.en)
            found = None
        _kept[folder] = (mark, found)
        return found


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
