"""The tables: one a topic, the apps side by side, with ratios."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.apps import APPS, DABIAO_COLD, DABIAO_WARM, LIMIT, PLAIN
from bench.browser import APPS as BROWSED
from bench.browser import Load
from bench.data import VIEWS
from bench.measure import Answer, Burst, Footprint, Speed, middle

PACKAGES = ("dash", "plotly", "pandas", "sqlalchemy", "gunicorn", "orjson")
_KB = 1000


def machine() -> dict[str, Any]:
    """Where and with what was measured."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), "?")
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "packages": {name: version(name) for name in PACKAGES},
    }


def print_answers(console: Console, answers: Sequence[Answer]) -> None:
    """What every answer holds, and how large it is."""
    table = _table(
        "Answers to one question", "view", "app", "key numbers", "raw kB", "gzip kB", "as sent kB", "what it holds"
    )
    for view in VIEWS:
        for answer in (a for a in answers if a.view == view):
            if answer.app == DABIAO_COLD.name:
                continue  # the same bytes
            numbers = ", ".join(f"{name} {value:,g}" for name, value in answer.numbers.items())
            name = "Dabiao" if answer.app == DABIAO_WARM.name else answer.app
            sizes = (_kb(size) for size in (answer.raw, answer.gzipped, answer.wire))
            table.add_row(view, name, numbers, *sizes, answer.contains)
        table.add_section()
    console.print(table)


def print_speeds(console: Console, speeds: Sequence[Speed], connections: int) -> None:
    """One question after the other, and many at a time."""
    table = _table(
        f"One request on the server, 2 workers (1 or {connections} connections)", "view", "app", "p50 ms", "p95 ms",
        "CPU ms", f"CPU ms, {connections}", f"req/s, {connections}", "× floor (CPU)", "plain Dash ÷ it (CPU)",
    )  # fmt: skip
    for view in VIEWS:
        alone = {app.name: _middle(speeds, app.name, view, lambda s: s.alone) for app in APPS}
        many = {app.name: _middle(speeds, app.name, view, lambda s: s.many) for app in APPS}
        for name, one in alone.items():
            table.add_row(
                view, name, _ms(one.p50), _ms(one.p95), _ms(one.cpu), _ms(many[name].cpu),
                f"{many[name].per_second:,.3g}" if many[name].per_second < 100 else f"{many[name].per_second:,.0f}",
                _ratio(one.cpu, alone[LIMIT.name].cpu), _ratio(alone[PLAIN.name].cpu, one.cpu),
            )  # fmt: skip
        table.add_section()
    console.print(table)


def print_footprints(console: Console, footprints: Sequence[Footprint]) -> None:
    """Start and memory."""
    table = _table(
        "Start and memory, 2 workers", "app", "boot s", "boot CPU s", "PSS MiB", "processes", "plain Dash ÷ it (PSS)"
    )
    found = {app.name: [f for f in footprints if f.app == app.name] for app in APPS}
    plain = median(f.pss for f in found[PLAIN.name])
    for name, mine in found.items():
        pss = median(f.pss for f in mine)
        boot, cpu = median(f.boot for f in mine), median(f.boot_cpu for f in mine)
        table.add_row(name, f"{boot:.1f}", f"{cpu:.1f}", f"{pss:.0f}", str(mine[0].processes), _ratio(plain, pss))
    console.print(table)


def print_loads(console: Console, chromium: str, loads: Sequence[Load]) -> None:
    """What a reader waits for."""
    table = _table(
        f"First load with an empty cache, and redraw after another half-year (Chromium {chromium})", "view", "app",
        "first paint ms", "drawn ms", "redrawn ms", "wire kB", "requests", "plain Dash ÷ it (drawn)", "(wire)",
    )  # fmt: skip
    for view in VIEWS:
        found = {app.name: [x for x in loads if (x.app, x.view) == (app.name, view)] for app in BROWSED}
        plain = found[PLAIN.name]
        for name, mine in found.items():
            drawn, wire = _median(mine, "drawn"), _median(mine, "wire")
            table.add_row(
                view, name, _ms(_median(mine, "first_paint")), _ms(drawn), _ms(_median(mine, "redrawn")), _kb(wire),
                f"{_median(mine, 'requests'):.0f}", _ratio(_median(plain, "drawn"), drawn),
                _ratio(_median(plain, "wire"), wire),
            )  # fmt: skip
        table.add_section()
    console.print(table)


def how_to_read(found: dict[str, Any]) -> str:
    """Under the tables: machine, load, and which columns to trust."""
    m, cal = found["machine"], found["calibration_ms"]
    packages = ", ".join(f"{name} {number}" for name, number in m["packages"].items())
    before, after = found["load_average"]
    return (
        f"{m['cpu']}, {m['cores']} cores, {m['system']}, Python {m['python']}; {packages}. Load average "
        f"{before:.1f} before, {after:.1f} after; a fixed loop took {min(cal):.0f}–{max(cal):.0f} ms CPU in between, "
        "so much does the machine's own speed vary.\n"
        f"Medians of {found['rounds']} interleaved round{'s' * (found['rounds'] > 1)}, each app started afresh in "
        "each; everything over loopback. "
        "Trust CPU ms most, then ratios; latencies and req/s move with whatever else runs here, and the load generator "
        "shares the cores. CPU counts all processes of a server. “No answer cached” is every answer computed anew, "
        "gzip included; plain Dash and the floor send theirs uncompressed. The floor has no words, layout or HTML."
    )


def document(**parts: Any) -> dict[str, Any]:
    """Everything measured, for programs."""
    return {
        name: [asdict(item) for item in part] if isinstance(part, list) and part and hasattr(part[0], "__slots__")
        else part
        for name, part in parts.items()
    }  # fmt: skip


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        is_text = column in ("view", "app", "key numbers", "what it holds")
        table.add_column(column, justify="left" if is_text else "right", overflow="fold")
    return table


def _middle(speeds: Iterable[Speed], app: str, view: str, part: Callable[[Speed], Burst]) -> Burst:
    return middle([part(speed) for speed in speeds if (speed.app, speed.view) == (app, view)])


def _median(loads: Sequence[Load], name: str) -> float:
    return float(median(getattr(load, name) for load in loads))


def _ms(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _kb(size: float) -> str:
    return f"{size / _KB:,.0f}" if size >= 100 * _KB else f"{size / _KB:.1f}"


def _ratio(value: float, by: float) -> str:
    if not by:
        return "—"
    return f"{value / by:,.0f}" if value >= 100 * by else f"{value / by:.3g}"
