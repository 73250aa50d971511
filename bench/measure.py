"""The measurements: every app interleaved with the others, in rounds; a number is the median of the rounds."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from time import process_time

from bench.apps import APPS, FOLDER, App, Numbers
from bench.data import VIEWS, Question
from bench.load import Client
from bench.server import Server, serving


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured."""

    rounds: int = 3
    seconds: float = 2.0
    """Of each run of the load generator, with one connection and with many."""
    alone_minimum: int = 30
    """So many requests at least with one connection."""
    connections: int = 16
    """So many are "many"."""
    warm_up: int = 24
    """So often each question is put where answers are cached, for every worker to have met it."""
    before_memory: int = 200
    """So many requests are answered before memory is read."""
    rehearses: bool = True
    """Whether each app is started once before, so that no start finds the disk's caches empty."""


QUICK = Effort(rounds=1, seconds=0.2, alone_minimum=3, connections=4, warm_up=4, before_memory=20, rehearses=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one app answers to the first question of a view; sizes in bytes."""

    app: str
    view: str
    numbers: Numbers
    contains: str
    raw: int
    gzipped: int
    wire: int


@dataclass(frozen=True, slots=True)
class Burst:
    """One run of the load generator."""

    requests: int
    p50: float
    p95: float
    per_second: float
    cpu: float
    """Milliseconds of server CPU a request."""


@dataclass(frozen=True, slots=True)
class Speed:
    """One app, one view, one round."""

    app: str
    view: str
    alone: Burst
    many: Burst


@dataclass(frozen=True, slots=True)
class Footprint:
    """One app, one round. Seconds until the first answer, MiB after the load."""

    app: str
    boot: float
    boot_cpu: float
    pss: float
    processes: int


Step = Callable[[str], None]
"""Told what comes next."""


def _answer(app: App, server: Server, question: Question) -> Answer:
    request = app.request(question)
    response, wire = Client(server.port).ask(request.method, request.path, request.body)
    if response.status != 200:
        raise RuntimeError(f"{app.name}, {question.view}: status {response.status}: {wire[:500]!r}")
    body = gzip.decompress(wire) if response.headers.get("Content-Encoding") == "gzip" else wire
    return Answer(
        app=app.name,
        view=question.view,
        numbers=app.read(question, body),
        contains=app.contains[question.view],
        raw=len(body),
        gzipped=len(gzip.compress(body, 6)),
        wire=len(wire),
    )


def disagreements(answers: Sequence[Answer]) -> list[str]:
    """Views whose key numbers are not the same everywhere; empty where all agree."""
    found = []
    for view in VIEWS:
        numbers = {answer.app: answer.numbers for answer in answers if answer.view == view}
        if any(other != next(iter(numbers.values())) for other in numbers.values()):
            found.append(f"{view}: {numbers}")
    return found


def measure_servers(
    database: Path, asked: Mapping[str, Sequence[Question]], effort: Effort, step: Step
) -> tuple[list[Answer], list[Speed], list[Footprint]]:
    """Every round starts each app afresh, in another order. The answers are those of the first round."""
    answers: list[Answer] = []
    speeds: list[Speed] = []
    footprints: list[Footprint] = []
    for app in APPS if effort.rehearses else ():
        step(f"{app.name}: first start")
        with serving(app, database):
            pass
    for number in range(effort.rounds):
        for app in rotated(APPS, number):
            step(f"round {number + 1}, {app.name}: start")
            with serving(app, database) as server:
                if number == 0:
                    answers += [_answer(app, server, asked[view][0]) for view in VIEWS]
                mine = []
                for view in VIEWS:
                    step(f"round {number + 1}, {app.name}: {view}")
                    mine.append(_speed(app, server, view, asked[view], effort))
                missing = effort.before_memory - sum(speed.alone.requests + speed.many.requests for speed in mine)
                if missing > 0:
                    _load(server, app, asked["district"], effort.connections, 0, missing)
                pss, processes = server.pss_mib(), len(server.processes())
                speeds += mine
                footprints.append(Footprint(app.name, server.boot_seconds, server.boot_cpu, pss, processes))
    return answers, speeds, footprints


def rotated(apps: Sequence[App], by: int) -> list[App]:
    """Each round begins with another app."""
    start = by % len(apps)
    return [*apps[start:], *apps[:start]]


def _speed(app: App, server: Server, view: str, asked: Sequence[Question], effort: Effort) -> Speed:
    # Warm-up: imports, pools, pages of the file. An answer cache is each worker's own: ask often enough for both.
    connections, times = (effort.connections, effort.warm_up) if app.is_cached else (2, 1)
    _load(server, app, asked, connections, 0, times * len(asked))
    return Speed(
        app=app.name,
        view=view,
        alone=_load(server, app, asked, 1, effort.seconds, effort.alone_minimum),
        many=_load(server, app, asked, effort.connections, effort.seconds, effort.connections),
    )


def _load(server: Server, app: App, asked: Sequence[Question], concurrency: int, seconds: float, minimum: int) -> Burst:
    requests = [(r.method, r.path, r.body) for r in map(app.request, asked)]
    order = {
        "port": server.port, "requests": requests, "concurrency": concurrency, "seconds": seconds, "minimum": minimum,
    }  # fmt: skip
    before = server.cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(order), capture_output=True, text=True, check=True, cwd=FOLDER,
    )  # fmt: skip
    spent = server.cpu_seconds() - before
    found = json.loads(done.stdout)
    if found["failures"]:
        raise RuntimeError(f"{app.name}: {found['failures']} of {len(found['latencies'])} requests failed")
    latencies = found["latencies"]
    return Burst(
        requests=len(latencies),
        p50=median(latencies),
        p95=quantiles(latencies, n=20, method="inclusive")[-1] if len(latencies) > 1 else latencies[0],
        per_second=len(latencies) / found["seconds"],
        cpu=1000 * spent / len(latencies),
    )


def calibrate() -> float:
    """CPU milliseconds of a fixed loop: how fast this machine is at this moment."""
    start, total = process_time(), 0
    for number in range(1_000_000):
        total += number * number
    return (process_time() - start) * 1000


def middle(bursts: Sequence[Burst]) -> Burst:
    """The median of each figure."""
    columns = [asdict(burst) for burst in bursts]
    values = {name: median(column[name] for column in columns) for name in columns[0]}
    return Burst(**{**values, "requests": round(sum(column["requests"] for column in columns))})
