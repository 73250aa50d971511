"""The demo database of the comparison, and the questions put to every app."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from etl.demo import load_demo
from warehouse.engine import ROOT, open_engine
from warehouse.migrate import upgrade

FOLDER = ROOT / "data" / "var" / "bench"
VIEWS = ("overview", "indicator", "district")
SEED = 1
PERIODS = 4
"""So many half-years are asked for in turn."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the data set is."""

    districts: int
    indicators: int
    years: int

    def __str__(self) -> str:
        return f"{self.districts} districts × {self.indicators} indicators × {self.years} years"


class Named(NamedTuple):
    """A member of a dimension: natural and surrogate key."""

    code: str
    key: int


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader asks for. The overview needs only the half-year, a district no indicator."""

    view: str
    period: Named
    indicator: Named
    district: Named


def build_database(size: Size, folder: Path = FOLDER, console: Console | None = None) -> Path:
    """The database of a size, made where it is missing; a finished one is used again."""
    stem = f"demo-{size.districts}x{size.indicators}x{size.years}"
    path = folder / f"{stem}-{_fingerprint()}.db"
    for old in folder.glob(f"{stem}-*"):
        if not old.name.startswith(path.name):
            old.unlink()
    engine = open_engine(f"sqlite:///{path}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    upgrade(engine)
    with Progress(*columns, console=console, transient=True, disable=console is None) as bars:

        def start(name: str) -> Callable[[int, int], None]:
            task = bars.add_task(name, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        load_demo(engine, size.districts, size.indicators, size.years, SEED, progress=start)
    engine.dispose()
    return path


def _fingerprint() -> str:
    """Of the code that makes the data and the tables: a database of other code is not used again."""
    digest = sha256()
    parts = ("etl", "warehouse/measures", "warehouse/migrations")
    for file in sorted(path for part in parts for path in (ROOT / part).rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def questions(path: Path, count: int) -> dict[str, list[Question]]:
    """By view, up to ``count`` questions asked in turn; the browser opens the first, of the newest half-year."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        # Actuals of the newest half-years that every app can show: a district's own, not broken down.
        found = connection.execute(
            """
            SELECT t.period_code, t.period_key, i.indicator_code, i.indicator_key, d.district_code, d.district_key
            FROM fact_progress p
            JOIN dim_period t USING (period_key)
            JOIN dim_indicator i USING (indicator_key)
            JOIN dim_district d USING (district_key)
            JOIN dim_breakdown b USING (breakdown_key)
            WHERE +p.is_primary AND p.actual_key IS NOT NULL AND p.target_key IS NOT NULL
              AND b.breakdown_code = 'total' AND d.level = 'district' AND p.period_key IN
              (SELECT DISTINCT period_key FROM fact_actual ORDER BY 1 DESC LIMIT ?)
            ORDER BY t.period_key DESC, i.indicator_code, d.district_code
            """,
            (PERIODS,),
        ).fetchall()
    finally:
        connection.close()
    every = [(Named(*row[:2]), Named(*row[2:4]), Named(*row[4:])) for row in found]
    periods = list(dict.fromkeys(period for period, _, _ in every))
    overview = [next(row for row in every if row[0] == period) for period in periods]
    others = _spread(every, periods, count)
    asked = {"overview": overview[:count], "indicator": others, "district": others}
    return {view: [Question(view, *row) for row in rows] for view, rows in asked.items()}


def _spread(
    every: Sequence[tuple[Named, Named, Named]], periods: Sequence[Named], count: int
) -> list[tuple[Named, Named, Named]]:
    """Rows far apart, the half-years in turn."""
    by_period = {period: [row for row in every if row[0] == period] for period in periods}
    chosen = []
    for n in range(count):
        rows = by_period[periods[n % len(periods)]]
        chosen.append(rows[n * len(rows) // count])
    return list(dict.fromkeys(chosen))
