"""``python -m bench.loading``: a CSV of many rows through pandas, and through validation, facts and mart.

pandas does nothing but read the file and write it into one table of the same SQLite database; ours
refuses what is wrong, keeps what it supersedes and publishes a judged row for every figure. Each
load runs in a process of its own on a fresh copy of the database, the two in turn.
"""

from __future__ import annotations

import csv
import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from etl import pipeline
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import ROOT, open_engine
from warehouse.measures.target import MeasureType
from warehouse.migrate import upgrade

PANDAS, DABIAO = "pandas", "Dabiao"
HEADER = ("district_code", "indicator_code", "breakdown_code", "period_code", "value", "unit_code")
YEARS = range(2000, 2026)
_LARGEST = 1000
_MIB = 1024  # KiB, as Linux counts the peak


@dataclass(frozen=True, slots=True)
class Run:
    """One load: seconds without the start of the process, and the most memory it ever had."""

    loader: str
    seconds: float
    cpu: float
    peak_mib: float
    rows: int
    """Rows written: facts, or rows of the one table of pandas."""


def main(
    rows: Annotated[int, typer.Option(min=1, help="行 / rows")] = 60_000,
    rounds: Annotated[int, typer.Option(min=1, help="轮 / rounds")] = 5,
    json_file: Annotated[Path | None, typer.Option("--json", help="另存为 JSON / write everything as JSON")] = None,
    alone: Annotated[str | None, typer.Option(hidden=True)] = None,
    folder: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """一个大 CSV 与 pandas 并排装载 / a large CSV loaded beside pandas."""
    if alone is not None and folder is not None:
        print(json.dumps(asdict(_load(alone, folder))))
        return
    with TemporaryDirectory(prefix="dabiao-bench-") as temporary:
        place = Path(temporary)
        _prepare(place, rows)
        runs = [_in_own_process(name, place) for number in range(rounds) for name in _in_turn(number)]
    if json_file is not None:
        json_file.write_text(json.dumps([asdict(run) for run in runs], indent=1))
    _print(runs, rows)


def _in_turn(number: int) -> tuple[str, str]:
    return (PANDAS, DABIAO) if number % 2 == 0 else (DABIAO, PANDAS)


def _prepare(folder: Path, rows: int) -> None:
    """A database with everything under data/, and the CSV."""
    engine = open_engine(f"sqlite:///{folder / 'start.db'}")
    upgrade(engine)
    pipeline.load(engine)
    with engine.connect() as connection:
        found = list(figures(fetch_catalog(connection)))
    engine.dispose()
    if rows > len(found):
        raise typer.BadParameter(f"at most {len(found)} rows")
    Random(rows).shuffle(found)
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *found[:rows]])


def figures(catalog: Catalog) -> Iterator[tuple[str | int, ...]]:
    """Every figure that could be reported: district × indicator × half-year, flows growing within their year."""
    chance = Random(1)
    for indicator in catalog.indicators.values():
        if indicator.measure_type is MeasureType.MILESTONE or indicator.valid_from or indicator.valid_to:
            continue
        most = min(_LARGEST, _LARGEST if indicator.value_max is None else int(indicator.value_max))
        for district in catalog.districts.values():
            for year in YEARS:
                for semester in (1, 2):
                    value = chance.randint((semester - 1) * most // 2, semester * most // 2)
                    code = f"{year}-S{semester}"
                    yield district.code, indicator.code, "total", code, value, indicator.unit_code


def _in_own_process(name: str, folder: Path) -> Run:
    for part in ("", "-wal", "-shm"):
        (folder / f"now.db{part}").unlink(missing_ok=True)
    shutil.copy(folder / "start.db", folder / "now.db")
    command = [sys.executable, "-m", "bench.loading", "--alone", name, "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Run(**json.loads(done.stdout))


def _load(name: str, folder: Path) -> Run:
    engine = open_engine(f"sqlite:///{folder / 'now.db'}")
    with engine.connect():  # what the first connection takes is no part of either
        pass
    start, cpu = perf_counter(), process_time()
    if name == PANDAS:
        rows = pd.read_csv(folder / "rows.csv").to_sql("plain", engine, index=False) or 0
    else:
        (result,) = pipeline.load(engine, [folder / "rows.csv"])
        if result.error or result.refusals:
            raise RuntimeError(f"{result.error}, {len(result.refusals)} rows refused: {result.refusals[:3]}")
        rows = result.added + result.corrected
    seconds, cpu = perf_counter() - start, process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB
    return Run(name, seconds, cpu, peak, rows)


def _print(runs: list[Run], rows: int) -> None:
    table = Table(title=f"A CSV of {rows:,} rows into SQLite", title_justify="left", title_style="bold")
    for column in ("loader", "s", "CPU s", "rows/s", "peak MiB", "× pandas (s)"):
        table.add_column(column, justify="left" if column == "loader" else "right")
    plain = median(run.seconds for run in runs if run.loader == PANDAS)
    for name in (PANDAS, DABIAO):
        mine = [run for run in runs if run.loader == name]
        seconds, cpu, peak = (median(getattr(run, part) for run in mine) for part in ("seconds", "cpu", "peak_mib"))
        table.add_row(
            name, f"{seconds:.2f}", f"{cpu:.2f}", f"{rows / seconds:,.0f}", f"{peak:.0f}", f"{seconds / plain:.2f}"
        )
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    console.print(f"Medians of {len(runs) // 2} rounds in turn, each load in its own process on a fresh copy.")


if __name__ == "__main__":
    typer.run(main)
