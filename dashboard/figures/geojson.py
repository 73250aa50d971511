"""Boundaries from a GeoJSON file: every feature checked, districts told by their code and never by their name.

Pure: bytes in, shapes in degrees out. What cannot stand is refused with the file and the feature it is about.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from warehouse.errors import FileError

MOST_BYTES = 64 << 20
MOST_FEATURES, MOST_POINTS = 20_000, 2_000_000
CODES = ("adcode", "code", "district_code", "区划代码")
"""Properties that may hold the code of a district, the first that does counts."""
_CODE = re.compile(r"[1-9][0-9]{5}")
_DEGREES = ("CRS84", "4326", "4490")
"""Parts of the names of systems whose coordinates are longitude and latitude in degrees."""

Points = npt.NDArray[np.float64]
"""Shape (n, 2)."""
Polygon = tuple[Points, ...]
"""Closed rings in degrees, the outer one first."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One district's boundary."""

    code: str
    polygons: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A feature that is of no district: its place in the file, from 1, and what it calls its code."""

    file: str
    feature: int
    code: str


def parse_geojson(content: bytes, name: str) -> tuple[list[Shape], list[Skipped]]:
    """The shapes of a file and the features without a code of six digits. Errors: FileError."""
    document = _document(content, name)
    features = document.get("features")
    if not isinstance(features, list):
        raise _refused(name, "没有 features 列表。", "it has no list of features.")
    if len(features) > MOST_FEATURES:
        raise _refused(name, f"超过 {MOST_FEATURES:,} 个要素。", f"it has more than {MOST_FEATURES:,} features.")
    _check_system(document, name)
    shapes: dict[str, Shape] = {}
    skipped: list[Skipped] = []
    reader = _Reader(name)
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise _refused(name, f"第 {number} 个要素不是 Feature。", f"feature {number} is no Feature.")
        given = _given_code(feature.get("properties"))
        code = _code(given)
        if code is None:
            skipped.append(Skipped(name, number, "" if given is None else str(given)[:40]))
            continue
        if code in shapes:
            raise _refused(
                name, f"代码 {code} 出现了两次（第 {number} 个要素）。", f"code {code} comes twice (feature {number})."
            )
        shapes[code] = Shape(code, reader.polygons(feature.get("geometry"), number))
    return list(shapes.values()), skipped


def _document(content: bytes, name: str) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        raise _refused(name, f"大于 {MOST_BYTES >> 20} MB。", f"it is larger than {MOST_BYTES >> 20} MB.")
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        try:
            content.decode()
        except UnicodeDecodeError:
            raise _refused(name, "不是 UTF-8 编码，请另存为 UTF-8。", "it is not UTF-8; save it as UTF-8.") from None
        raise _refused(
            name, f"不是合法的 JSON（第 {error.lineno} 行）。", f"it is no valid JSON (line {error.lineno})."
        ) from None
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "Topology":
        raise _refused(
            name, "是 TopoJSON，不是 GeoJSON，请先转换为 GeoJSON。", "it is TopoJSON; convert it to GeoJSON first."
        )
    if kind != "FeatureCollection":
        raise _refused(
            name, "不是 GeoJSON 的 FeatureCollection。", "it is not a FeatureCollection as GeoJSON knows it."
        )
    found: dict[str, Any] = document
    return found


def _check_system(document: Mapping[str, Any], name: str) -> None:
    """The system of coordinates older files name; RFC 7946 knows degrees only."""
    system = document.get("crs")
    if system is None:
        return
    properties = system.get("properties") if isinstance(system, dict) else None
    text = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if not text.endswith(_DEGREES):
        raise _refused(
            name,
            f"坐标系是“{text[:60]}”，只认经纬度（WGS 84 或 CGCS2000），请先转换。",
            f"its coordinates are of {text[:60]!r}; only degrees (WGS 84 or CGCS2000) are taken, convert it first.",
        )


def _given_code(properties: Any) -> Any:
    if not isinstance(properties, dict):
        return None
    return next((properties[key] for key in CODES if properties.get(key) not in (None, "")), None)


def _code(given: Any) -> str | None:
    """Six digits, as text or as a number."""
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int | str):
        return None
    text = str(given).strip()
    return text if _CODE.fullmatch(text) else None


class _Reader:
    """Reads geometries of one file, and counts their points."""

    def __init__(self, name: str) -> None:
        self.name, self.points = name, 0

    def polygons(self, geometry: Any, number: int) -> tuple[Polygon, ...]:
        """A Polygon or MultiPolygon."""
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind not in ("Polygon", "MultiPolygon"):
            shown = kind[:30] if isinstance(kind, str) else "null"
            raise self._wrong(
                number,
                f"是 {shown}，只认 Polygon 和 MultiPolygon",
                f"is {shown}, not Polygon or MultiPolygon",
            )
        coordinates = geometry.get("coordinates")
        parts = [coordinates] if kind == "Polygon" else coordinates
        if not isinstance(parts, list) or not parts or not all(isinstance(x, list) and x for x in parts):
            raise self._wrong(number, "没有坐标", "has no coordinates")
        return tuple(tuple(self._ring(ring, number) for ring in rings) for rings in parts)

    def _ring(self, ring: Any, number: int) -> Points:
        """One ring, closed where it was not."""
        if not isinstance(ring, list):
            raise self._wrong(number, "的环不是坐标列表", "has a ring that is no list of positions")
        self.points += len(ring)
        if self.points > MOST_POINTS:
            raise _refused(
                self.name,
                f"超过 {MOST_POINTS:,} 个顶点，请先简化。",
                f"it has over {MOST_POINTS:,} points; simplify it.",
            )
        points = np.array(list(self._positions(ring, number)), dtype=np.float64).reshape(-1, 2)
        if len(points) and (points[0] != points[-1]).any():
            points = np.vstack([points, points[:1]])
        if len(np.unique(points, axis=0)) < 3:
            raise self._wrong(number, "的环不足 3 个不同的点", "has a ring of less than 3 different points")
        return points

    def _positions(self, ring: list[Any], number: int) -> Iterator[tuple[float, float]]:
        for position in ring:
            if not isinstance(position, list) or len(position) < 2 or not all(map(_is_number, position[:2])):
                raise self._wrong(number, "有不是数的坐标", "has a position that is no pair of numbers")
            x, y = position[:2]
            if abs(x) > 180 or abs(y) > 90:
                raise self._out_of_range(x, y, number)
            yield x, y

    def _out_of_range(self, x: float, y: float, number: int) -> FileError:
        if abs(x) <= 90 and abs(y) <= 180:
            why = ("经纬度可能写反了，应为 [经度, 纬度]", "latitude seems to stand first; longitude does")
        elif max(abs(x), abs(y)) > 1000:
            why = ("像是以米计的投影坐标，请先转换为经纬度", "it seems to be in metres; convert it to degrees")
        else:
            why = ("经度应在 ±180、纬度在 ±90 之内", "longitude lies within ±180, latitude within ±90")
        return self._wrong(number, f"的坐标 [{x:g}, {y:g}] 超出范围：{why[0]}", f"has [{x:g}, {y:g}]: {why[1]}")

    def _wrong(self, number: int, zh: str, en: str) -> FileError:
        return _refused(self.name, f"第 {number} 个要素{zh}。", f"feature {number} {en}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refused(name: str, zh: str, en: str) -> FileError:
    return FileError(f"边界文件 {name}：{zh}", f"Boundaries file {name}: {en}")
