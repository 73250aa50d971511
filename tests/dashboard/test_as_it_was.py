"""按某日所知, as a law: after any history, every page and file asked for as of a day is what it was on that day."""

from __future__ import annotations

import re
from datetime import date
from itertools import count
from pathlib import Path

from hypothesis import Phase, example, given, settings

from dashboard.downloads import TABLES, to_csv
from dashboard.pages.district import scorecard_file
from dashboard.settings import BEIJING
from tests.dashboard.support import ALL, Built, Site
from tests.histories import (
    CORRECTED_TWICE_AND_UNDONE,
    DISTRICTS,
    INDICATORS,
    WITHDRAWN_AND_UNDONE,
    History,
    Step,
    open_history,
    plans,
)
from warehouse.queries.facts import fetch_progress
from warehouse.scope import Scope

PAGES = (
    "/", "/?period=2020-S1", "/changes", "/indicators", "/districts", "/districts/320404",
    "/districts/320404?peers=320413", "/districts/320400", "/data", "/methodology", "/nothing",
    *(f"/indicators/{code}" for code in INDICATORS), "/indicators/home_adaptations?district=320413&period=2019-S2",
)  # fmt: skip
PATHS = {"series": "/indicators/home_adaptations", "scorecard": "/districts/320404"}
"""The page a file hangs on, where it is not the overview."""
READERS = (ALL, Scope(districts=frozenset({str(DISTRICTS[0])})))
_number = count()


def views(site: Site, day: str = "") -> dict[tuple[str, str], str]:
    """Every page, drawer and file for every reader, now or as of a day, without the words that name the day."""
    asof = f"asof={day}" if day else ""
    found = {}

    def shown(link: str, scope: Scope, page: str = "") -> Built:
        built = site.build(link, scope=scope, page=page)
        return built if day else built.check()

    for scope in READERS:
        for link in PAGES:
            found[link, scope.key] = shown(_with(link, asof), scope).everything
        for key in drawers(site, asof, scope)[:: 3 if scope == ALL else 10]:
            found[f"why {key}", scope.key] = shown(_with(f"/?why={key}", asof), scope, "why").everything
        for name, (columns, table) in TABLES.items():
            with site.read(_with(PATHS.get(name, "/"), asof), scope=scope) as reading:
                found[f"{name}.csv", scope.key] = to_csv(columns, table(reading))
        with site.read(_with("/districts/320404", asof), scope=scope) as reading:
            found["scorecard.svg", scope.key] = scorecard_file(reading) or ""
    return {key: _nameless(text, asof) for key, text in found.items()}


def drawers(site: Site, asof: str, scope: Scope) -> list[str]:
    """Every row of the mart, as a link names it."""
    with site.read(_with("/", asof), scope=scope) as reading:
        rows = list(fetch_progress(scope, reading.connection, reading.catalog, as_of=reading.state.as_of))
    parts = ("district_code", "indicator_code", "breakdown_code", "period_code", "due_period_code")
    return [".".join(row[part] or "-" for part in parts) for row in rows]


def _with(link: str, asof: str) -> str:
    return f"{link}{'&' if '?' in link else '?'}{asof}" if asof else link


def _nameless(text: str, asof: str) -> str:
    if not asof:
        return text
    text = re.sub(r"，到[^为]*为止", "", re.sub(r">[^<>]*(</th><th[^>]*>增减)", r">现在\1", text))
    text = re.sub(r'<input type=\\?"hidden\\?" name=\\?"asof\\?"[^>]*>(?:\\n|\n)?', "", text)
    text = re.sub(r"（按 [^）]* 所知）", "", text.replace(f"{asof}&amp;", "").replace(f"{asof}&", ""))
    return re.sub(rf"(\?|&amp;|&){asof}", "", text)


@settings(max_examples=2, phases=(Phase.explicit, Phase.generate))  # an example takes seconds
@given(plan=plans)
@example(plan=WITHDRAWN_AND_UNDONE)
@example(plan=CORRECTED_TWICE_AND_UNDONE)
def test_everything_reads_as_it_did(reference_file: Path, tmp_path: Path, plan: list[Step]) -> None:
    with open_history(reference_file, tmp_path / str(next(_number))) as history:
        shown = [record(history, step) for step in plan]
        site = Site(history.folder / "dabiao.db", today=shown[-1][0])
        for day, then in shown:
            now = views(site, day.isoformat())
            assert now.keys() == then.keys(), day
            for view, text in then.items():
                assert now[view] == text, f"{view} as of {day}"
        site.close()


def record(history: History, step: Step) -> tuple[date, dict[tuple[str, str], str]]:
    """Take a step, and keep what everybody is shown after it, on that day."""
    history.take(step)
    day = history.clock.now.astimezone(BEIJING).date()
    site = Site(history.folder / "dabiao.db", today=day)
    seen = views(site)
    site.close()
    return day, seen
