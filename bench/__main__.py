"""``make bench``: build the data once, measure, print."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench import report
from bench.apps import APPS
from bench.browser import APPS as BROWSED
from bench.browser import measure_browser
from bench.data import FOLDER, VIEWS, Size, build_database, questions
from bench.measure import QUICK, Effort, Step, calibrate, disagreements, measure_servers

FULL, SMALL = Size(300, 100, 6), Size(20, 12, 2)
out = Console(width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True)


def main(
    districts: Annotated[int | None, typer.Option(min=17, help="地区 / districts [300]")] = None,
    indicators: Annotated[int | None, typer.Option(min=1, help="指标 / indicators [100]")] = None,
    years: Annotated[int | None, typer.Option(min=2, help="年 / years [6]")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="轮 / rounds [3]")] = None,
    quick: Annotated[bool, typer.Option(help="小样，只看能否运行 / a small set, to see that it runs")] = False,
    browser: Annotated[bool | None, typer.Option(help="也测 Chromium / Chromium, too [yes, unless quick]")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="另存为 JSON / write everything as JSON")] = None,
    folder: Annotated[Path, typer.Option(help="数据库放在哪里 / where the databases are kept")] = FOLDER,
) -> None:
    """三个页面与普通 Dash 并排比较 / the three views beside a plain Dash app and a floor."""
    usual = SMALL if quick else FULL
    size = Size(districts or usual.districts, indicators or usual.indicators, years or usual.years)
    effort = QUICK if quick else Effort()
    effort = replace(effort, rounds=rounds or effort.rounds)
    with_browser = not quick if browser is None else browser
    load_before, calibrations = os.getloadavg()[0], [calibrate()]
    folder.mkdir(parents=True, exist_ok=True)
    database = build_database(size, folder, err if err.is_terminal else None)
    asked = questions(database, 2 if quick else 12)
    steps = effort.rehearses * len(APPS) + effort.rounds * len(APPS) * (1 + len(VIEWS))
    steps += (effort.rounds + 1) * len(BROWSED) * len(VIEWS) if with_browser else 0
    with _steps(steps, calibrations) as step:
        answers, speeds, footprints = measure_servers(database, asked, effort, step)
        chromium, loads = measure_browser(database, asked, effort.rounds, step) if with_browser else ("", [])
    wrong = disagreements(answers)
    found = report.document(
        size=str(size), rounds=effort.rounds, connections=effort.connections, machine=report.machine(),
        load_average=[load_before, os.getloadavg()[0]], calibration_ms=calibrations, disagreements=wrong,
        answers=answers, speeds=speeds, footprints=footprints, chromium=chromium, loads=loads,
    )  # fmt: skip
    if json_file is not None:
        json_file.write_text(json.dumps(found, ensure_ascii=False, indent=1))
    out.print(f"[bold]{size}[/bold], {database.stat().st_size / 1e6:,.0f} MB SQLite")
    report.print_answers(out, answers)
    report.print_speeds(out, speeds, effort.connections)
    report.print_footprints(out, footprints)
    if loads:
        report.print_loads(out, chromium, loads)
    out.print(report.how_to_read(found), highlight=False)
    for line in wrong:
        out.print(f"✗ not the same facts: {line}", style="red")
    if wrong:
        raise typer.Exit(1)


@contextmanager
def _steps(total: int, calibrations: list[float]) -> Iterator[Step]:
    """A bar on stderr; each step is also an occasion to see how fast the machine is."""
    columns = (TextColumn("{task.description:<50}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        task = bars.add_task("", total=total)

        def step(text: str) -> None:
            calibrations.append(calibrate())
            bars.update(task, description=text, advance=1)

        yield step


if __name__ == "__main__":
    typer.run(main)
