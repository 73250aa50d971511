"""``python -m bench.profiling``: where Dabiao's own time goes in the three views, and which indexes it uses.

Runs in this process, through Flask's test client, with no answer cached: first unprofiled for the
total and the time of each SQL statement, then under cProfile for the shares.
"""

from __future__ import annotations

import cProfile
import pstats
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import process_time
from typing import Annotated, Any

import typer
from flask import Flask
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, event

from bench.apps import CALLBACKS, DABIAO_COLD
from bench.data import FOLDER, Question, Size, build_database, questions
from dashboard.access.roles import Grant, Role
from dashboard.factory import create_app
from dashboard.settings import Settings
from warehouse.engine import ROOT

out = Console(width=None if sys.stdout.isatty() else 200)

_AREAS = (
    ("templates: compiled Jinja", r"<template>|/dashboard/templates/"),
    ("jinja2, markupsafe", r"/jinja2/|/markupsafe/|escape|join' of 'str"),
    ("links: state.href, urllib", r"/dashboard/state\.py|/urllib/|dataclasses\.py"),
    ("figures", r"/dashboard/figures/"),
    (
        "formatting: display, rows, quantity, decimal",
        r"/dashboard/(display|components/rows)|/measures/quantity|decimal",
    ),
    ("the rest of dashboard/", r"/dashboard/"),
    ("warehouse/", r"/warehouse/"),
    ("SQLite: execute and fetch", r"sqlite3\."),
    ("SQLAlchemy", r"/sqlalchemy/"),
    ("Dash, Flask, Werkzeug, plotly", r"/dash/|/flask/|/werkzeug/|/plotly/|_plotly_utils"),
    ("gzip", r"gzip|zlib"),
    ("JSON", r"orjson|/json/"),
)


@dataclass(slots=True)
class Statement:
    """One SQL statement of a request: where it looks, how often, CPU ms with fetching."""

    text: str
    plan: str
    milliseconds: list[float] = field(default_factory=list)
    rows: int = 0


def main(
    districts: int = 300,
    indicators: int = 100,
    years: int = 6,
    repeats: Annotated[int, typer.Option(min=1)] = 5,
    functions: Annotated[int, typer.Option(help="so many functions of each view")] = 14,
    folder: Path = FOLDER,
    stats: Annotated[Path | None, typer.Option(help="keep <view>.prof files here, for snakeviz and the like")] = None,
) -> None:
    """Profile the three views."""
    database = build_database(Size(districts, indicators, years), folder, Console(stderr=True))
    app = create_app(Settings(database_url=f"sqlite:///{database}", cache_megabytes=0, public=Grant(Role.PUBLIC)))
    engine: Engine = app.server.extensions["dabiao"].engine
    for view, asked in questions(database, repeats).items():
        ask = _asker(app.server, asked)
        ask()
        totals = [_timed(ask) for _ in range(repeats)]
        with _statements(engine, database) as statements:
            _repeatedly(ask, repeats)
        profile = cProfile.Profile()
        profile.runcall(_repeatedly, ask, repeats)
        if stats is not None:
            profile.dump_stats(stats / f"{view}.prof")
        out.print(f"\n[bold]{view}[/bold]: median {median(totals):.1f} ms CPU of {repeats} requests, unprofiled")
        _print_statements(statements, repeats)
        _print_areas(profile, repeats)
        _print_functions(profile, repeats, functions)


def _asker(server: Flask, asked: Sequence[Question]) -> Callable[[], None]:
    """Puts the questions in turn."""
    client, turn = server.test_client(), iter(range(1_000_000))
    client.get("/")
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None

    def ask() -> None:
        request = DABIAO_COLD.request(asked[next(turn) % len(asked)])
        headers = {"Accept-Encoding": "gzip", "Content-Type": "application/json", "X-CSRFToken": cookie.value}
        response = client.post(CALLBACKS, data=request.body, headers=headers)
        assert response.status_code == 200, response.status

    return ask


def _repeatedly(run: Callable[[], None], times: int) -> None:
    for _ in range(times):
        run()


def _timed(run: Callable[[], None]) -> float:
    start = process_time()
    run()
    return (process_time() - start) * 1000


@contextmanager
def _statements(engine: Engine, database: Path) -> Iterator[dict[str, Statement]]:
    """Every statement run meanwhile, with its time, fetching included: it is run once more beside."""
    found: dict[str, Statement] = {}
    beside = sqlite3.connect(f"file:{database}?mode=ro", uri=True)

    def after(_connection: Any, _cursor: Any, text: str, values: Any, _context: Any, _many: bool) -> None:
        if not text.startswith("SELECT"):
            return
        short = _shortened(text)
        if short not in found:
            plan = "; ".join(row[3] for row in beside.execute(f"EXPLAIN QUERY PLAN {text}", values))
            found[short] = Statement(short, plan)
        start = process_time()
        rows = beside.execute(text, values).fetchall()
        found[short].milliseconds.append((process_time() - start) * 1000)
        found[short].rows = len(rows)

    event.listen(engine, "after_cursor_execute", after)
    try:
        yield found
    finally:
        event.remove(engine, "after_cursor_execute", after)
        beside.close()


def _shortened(text: str) -> str:
    """The statement without its list of columns, and lists of values without their length."""
    flat = re.sub(r"\s+", " ", text).replace("fact_progress.", "").replace("1 = 1 AND ", "")
    flat = re.sub(r"\((\?, )+\?\)", "(?, …)", flat)
    columns, _, rest = flat.partition(" FROM ")
    return f"{columns if len(columns) < 90 else columns[:40] + '…'} FROM {rest}"


def _print_statements(statements: dict[str, Statement], repeats: int) -> None:
    table = Table("times", "rows", "ms a request", "statement", "plan", title="SQL, fetching included")
    for found in sorted(statements.values(), key=lambda s: -sum(s.milliseconds)):
        table.add_row(
            f"{len(found.milliseconds) / repeats:g}", str(found.rows), f"{sum(found.milliseconds) / repeats:.1f}",
            found.text, found.plan,
        )  # fmt: skip
    total = sum(sum(found.milliseconds) for found in statements.values()) / repeats
    table.add_section()
    table.add_row("", "", f"{total:.1f}", "together", "")
    out.print(table)


def _print_areas(profile: cProfile.Profile, repeats: int) -> None:
    """Time in functions themselves, by where they are."""
    own: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for (file, _, name), (_, count, seconds, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        where = f"{file} {name}"
        area = next((area for area, pattern in _AREAS if re.search(pattern, where)), "builtins and the rest")
        own[area] += 1000 * seconds / repeats
        calls[area] += count
    table = Table("area", "ms a request", "%", "calls", title="Own time under cProfile, which makes many calls dearer")
    for area, spent in own.most_common():
        table.add_row(area, f"{spent:.1f}", f"{100 * spent / own.total():.0f}", f"{calls[area] / repeats:,.0f}")
    out.print(table)


def _print_functions(profile: cProfile.Profile, repeats: int, limit: int) -> None:
    """The project's functions that take longest, callees included."""
    table = Table("ms a request", "calls", "function", title="Cumulative, the project's own functions, under cProfile")
    rows = []
    for (file, line, name), (_, count, _, seconds, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file.startswith(str(ROOT)) and ".venv" not in file and "/bench/" not in file:
            rows.append((seconds, count, f"{Path(file).relative_to(ROOT)}:{line} {name}"))
    for seconds, count, where in sorted(rows, reverse=True)[:limit]:
        table.add_row(f"{1000 * seconds / repeats:.1f}", f"{count / repeats:,.0f}", where)
    out.print(table)


if __name__ == "__main__":
    typer.run(main)
