"""The apps compared: how each is started, what it is asked, and which key numbers its answer holds."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from struct import unpack
from typing import Any

from bench.data import Question
from dashboard.figures.status_map import ORDER
from dashboard.pages import PAGES
from warehouse.engine import ROOT
from warehouse.measures.status import OFF_TRACK, Status

CALLBACKS = "/_dash-update-component"
Numbers = dict[str, int | float]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    body: str | None = None


@dataclass(frozen=True, slots=True)
class App:
    """One side of the comparison. ``contains`` says what the answer to each view holds."""

    name: str
    command: Callable[[int], list[str]]
    request: Callable[[Question], Request]
    page: Callable[[Question], str] | None
    read: Callable[[Question, bytes], Numbers]
    contains: Mapping[str, str]
    environment: Callable[[int], Mapping[str, str]] = field(default=lambda port: {})
    is_cached: bool = False


def _gunicorn(target: str) -> Callable[[int], list[str]]:
    """Stock gunicorn: two workers, nothing else set; not the settings file that lies in the project's folder."""
    options = ["-c", os.devnull, "-w", "2"]
    return lambda port: [sys.executable, "-m", "gunicorn", *options, "-b", f"127.0.0.1:{port}", target]


def _callback(outputs: Sequence[tuple[str, str]], input_: Sequence[tuple[str, str, Any]]) -> Request:
    """The request Dash's renderer sends for a callback."""
    names = [f"{id}.{prop}" for id, prop in outputs]
    body = {
        "output": f"..{'...'.join(names)}.." if len(names) > 1 else names[0],
        "outputs": [{"id": id, "property": prop} for id, prop in outputs],
        "inputs": [{"id": id, "property": prop, "value": value} for id, prop, value in input_],
        "changedPropIds": [f"{input_[0][0]}.{input_[0][1]}"],
        "parsedChangedPropsIds": [f"{input_[0][0]}.{input_[0][1]}"],
    }
    return Request("POST", CALLBACKS, json.dumps(body, ensure_ascii=False, separators=(",", ":")))


# --- Dabiao


def _dabiao_url(question: Question) -> tuple[str, str]:
    """Path and query of a page."""
    search = f"period={question.period.code}"
    if question.view == "indicator":
        return f"/indicators/{question.indicator.code}", f"district={question.district.code}&{search}"
    return ("/" if question.view == "overview" else f"/districts/{question.district.code}"), search


def _dabiao_request(question: Question) -> Request:
    path, search = _dabiao_url(question)
    view = {"path": path, "search": search, "language": "zh"}
    return _callback(PAGES[question.view].LEAVES, [(f"view-{question.view}", "data", view)])


def _dabiao_numbers(question: Question, body: bytes) -> Numbers:
    leaf = json.loads(body)["response"]
    if question.view == "overview":
        html = leaf["overview-summary"]["html"]
        lights = {
            light: int(_found(rf'"light light-{light}[ "].*?<b>([\d,]+)</b>', html).replace(",", ""))
            for light in ORDER[:-1]
        }
        cells = leaf["overview-map"]["figure"]["data"]
        shape = [int(part) for part in cells[0]["z"]["shape"].split(",")] if cells else [0, 0]
        off = sum(lights[light] for light in OFF_TRACK)
        return _overview(sum(lights.values()), lights[Status.MET], off, lights[Status.UNREPORTED], shape[0] * shape[1])
    if question.view == "indicator":
        points = next(t for t in leaf["indicator-trend"]["figure"]["data"] if "hovertext" in t)["y"]
        note = leaf["indicator-ranking-note"]["html"]
        n, met = (int(_found(pattern, note)) for pattern in (r"(\d+) 个地区填报", r"已达标 (\d+) 个"))
        return _indicator(points, n, met)
    finding = leaf["district-head"]["html"]
    return _district(*(int(_found(p, finding)) for p in (r"(\d+) 项目标", r"已填报 (\d+) 项", r"已达标 (\d+) 项")))


# --- plain Dash

_PLAIN = {
    "overview": (
        [("targets", "children"), ("met", "children"), ("off", "children"), ("unreported", "children"),
         ("heat", "figure")],
        ("period",),
    ),
    "indicator": (
        [("indicator-finding", "children"), ("trend", "figure"), ("ranking", "figure")],
        ("indicator", "district", "period"),
    ),
    "district": ([("district-finding", "children"), ("scorecard", "figure")], ("district", "period")),
}  # fmt: skip


def _plain_request(question: Question) -> Request:
    outputs, filters = _PLAIN[question.view]
    values = [(f"{question.view}-{name}", "value", getattr(question, name).key) for name in filters]
    return _callback(outputs, values)


def _plain_numbers(question: Question, body: bytes) -> Numbers:
    leaf = json.loads(body)["response"]
    if question.view == "overview":
        shape = [int(part) for part in leaf["heat"]["figure"]["data"][0]["z"]["shape"].split(",")]
        targets, met, off, unreported = (leaf[id]["children"] for id in ("targets", "met", "off", "unreported"))
        return _overview(targets, met, off, unreported, shape[0] * shape[1])
    if question.view == "indicator":
        finding = leaf["indicator-finding"]["children"]
        points = _floats(leaf["trend"]["figure"]["data"][0]["y"])
        bars = sum(len(_floats(trace["x"])) for trace in leaf["ranking"]["figure"]["data"])
        return _indicator(points, bars, int(_found(r"已达标 (\d+) 个", finding)))
    finding = leaf["district-finding"]["children"]
    return _district(*(int(_found(p, finding)) for p in (r"(\d+) 项目标", r"已填报 (\d+) 项", r"已达标 (\d+) 项")))


# --- the floor


def _limit_request(question: Question) -> Request:
    asked = {"overview": ("period",), "indicator": ("indicator", "district", "period")}
    names = asked.get(question.view, ("district", "period"))
    query = "&".join(f"{name}={getattr(question, name).code}" for name in names)
    return Request("GET", f"/{question.view}?{query}")


def _limit_numbers(question: Question, body: bytes) -> Numbers:
    found = json.loads(body)
    if question.view == "overview":
        cells = sum(len(line) for line in found["cells"])
        return _overview(found["targets"], found["met"], found["off"], found["unreported"], cells)
    if question.view == "indicator":
        ranking = found["ranking"]
        points = [None if actual is None else float(actual) for _, actual, _ in found["trend"]]
        return _indicator(points, len(ranking), sum(row[4] == "met" for row in ranking))
    card = found["scorecard"]
    return _district(len(card), sum(row[2] is not None for row in card), sum(row[6] == "met" for row in card))


# --- key numbers, the same of every app


def _overview(targets: int, met: int, off: int, unreported: int, cells: int) -> Numbers:
    return {"targets": targets, "met": met, "off track": off, "unreported": unreported, "cells": cells}


def _indicator(points: Sequence[float | None], reported: int, met: int) -> Numbers:
    known = [point for point in points if point is not None]
    return {"trend points": len(known), "last": round(known[-1], 6), "ranked": reported, "met": met}


def _district(targets: int, reported: int, met: int) -> Numbers:
    return {"targets": targets, "reported": reported, "met": met}


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.DOTALL)
    assert match is not None, f"no {pattern} in {text[:200]}"
    return match[1]


def _floats(values: Any) -> list[float | None]:
    """A list, or one of Plotly's packed arrays of doubles, where NaN means none."""
    if not isinstance(values, dict):
        return list(values)
    sizes = {"f8": "d", "f4": "f", "i1": "b", "i2": "h", "i4": "i", "u1": "B", "u2": "H", "u4": "I"}
    packed = base64.b64decode(values["bdata"])
    code = sizes[values["dtype"]]
    numbers = unpack(f"<{len(packed) // int(values['dtype'][1])}{code}", packed)
    return [None if number != number else number for number in numbers]


_DABIAO_CONTAINS = {
    "overview": "finding, counts by light, 12 rows behind first, overdue groups, 16 districts, map of all lights, "
    "one sheet of the heat table with exact values, what changed; sources, links to every number's lineage",
    "indicator": "definition, trend of a district with targets, pace and forecast, sheet of 30 of the ranking with "
    "gaps, finding over all districts, total, breakdowns, table of all half-years; sources",
    "district": "finding, score, scorecard with bullets, values, pace, half-year before, what is still missing in "
    "real things, peers to choose, monitored series; sources, links to every number's lineage",
}


def _dabiao(name: str, *, is_cached: bool) -> App:
    variables = {} if is_cached else {"DABIAO_CACHE_MB": "0"}
    return App(
        name=name,
        command=lambda port: [sys.executable, "-m", "dashboard", "serve", "--trial"],
        environment=lambda port: {"DABIAO_BIND": f"127.0.0.1:{port}", "DABIAO_WORKERS": "2", **variables},
        request=_dabiao_request,
        page=lambda question: "?".join(_dabiao_url(question)),
        read=_dabiao_numbers,
        contains=_DABIAO_CONTAINS,
        is_cached=is_cached,
    )


DABIAO_COLD = _dabiao("Dabiao, no answer cached", is_cached=False)
DABIAO_WARM = _dabiao("Dabiao, answers cached", is_cached=True)
PLAIN = App(
    name="plain Dash",
    command=_gunicorn("bench.plain_dash:server"),
    request=_plain_request,
    page=lambda question: "/" if question.view == "overview" else f"/{question.view}",
    read=_plain_numbers,
    contains={
        "overview": "4 KPIs, heat map of all attainments",
        "indicator": "finding, trend with target, bars of all districts coloured by light",
        "district": "finding, bars of all targets coloured by light, target line, expected share",
    },
)
LIMIT = App(
    name="floor",
    command=_gunicorn("bench.limit:application"),
    request=_limit_request,
    page=None,
    read=_limit_numbers,
    contains={
        "overview": "bare numbers: 4 KPIs, all attainments",
        "indicator": "bare numbers: trend, ranking",
        "district": "bare numbers of all targets",
    },
)
APPS = (LIMIT, DABIAO_WARM, DABIAO_COLD, PLAIN)
FOLDER = ROOT
"""Every app is started here."""
