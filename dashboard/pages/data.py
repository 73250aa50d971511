"""数据: how complete it is, where it comes from, how it came in, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard.components.fragment import Fragment
from dashboard.components.render import render
from dashboard.display import Display
from dashboard.i18n import Translate
from dashboard.reading import Reading
from dashboard.returns import CAME, Return, fetch_returns, known_periods, total, words
from etl.reasons import REASONS
from warehouse.catalog import District
from warehouse.measures.arrival import Arrival
from warehouse.measures.period import Period
from warehouse.queries.batches import fetch_batches, fetch_refused
from warehouse.queries.facts import count_facts_by_source
from warehouse.scope import Scope

NAME = "data"
MATRIX_PERIODS = 12
SHOWN_BATCHES, SHOWN_REFUSED = 30, 100
LEAVES = (
    ("data-completeness", "html"),
    ("data-sources", "html"),
    ("data-batches", "html"),
    ("data-refused", "html"),
)


def skeleton(_: Translate) -> list[Any]:
    """The static frame."""
    return [html.H1(_("数据")), *(Fragment(leaf, className="panel") for leaf, _prop in LEAVES)]


def build(reading: Reading) -> tuple[Any, ...]:
    """The values of ``LEAVES``."""
    return (_completeness(reading), _sources(reading), _batches(reading), _refused(reading))


@dataclass(frozen=True, slots=True)
class Cell:
    """A district and half-year of the matrix, with the link to the list of what is missing."""

    of: Return
    href: str
    parts: list[str]
    """What is to be said of it beside the numbers: late, explained."""


@dataclass(frozen=True, slots=True)
class Line:
    """A district's line of the matrix: a cell for each half-year, None where nothing is expected or known."""

    district: District
    href: str
    cells: list[Cell | None]


def _completeness(reading: Reading) -> str:
    d = reading.display
    every = known_periods(reading)
    found = fetch_returns(reading, every[-MATRIX_PERIODS:])
    periods = sorted({x.period for x in found})
    cells: dict[int, dict[Period, Cell]] = {}
    for x in found:
        cells.setdefault(x.district.key, {})[x.period] = _cell(reading, x)
    lines = [
        Line(x, reading.state.to("district", x.code), [cells[x.key].get(p) for p in periods])
        for x in reading.shown_districts
        if x.key in cells
    ]
    return render(
        "data_completeness.html",
        d,
        state=reading.state,
        periods=[(d.period(p), reading.state.to("chase", period=p, district=reading.state.district)) for p in periods],
        lines=lines,
        finding=_finding(d, [x for x in found if x.period.end_on < reading.today]),
        newest=len(periods) if len(every) > MATRIX_PERIODS else 0,
        today=reading.today,
        csv_href=reading.state.download("completeness.csv"),
        chase_href=reading.state.to("chase", district=reading.state.district),
    )


def _cell(reading: Reading, x: Return) -> Cell:
    d = reading.display
    shown = (Arrival.LATE, Arrival.EXPLAINED)
    return Cell(
        of=x,
        href=reading.state.to("chase", period=x.period, district=x.district.code),
        parts=[f"{words(d)[state]} {x.arrivals[state]}" for state in shown if x.arrivals[state]],
    )


def _finding(d: Display, found: list[Return]) -> str:
    arrivals = total(x.arrivals for x in found)
    if not arrivals.total():
        return d._("没有应填报的数据。")
    return d._("应报 {n} 项次，已报 {m} 项次（其中迟报 {late} 项次），缺 {k} 项次。缺报不当作 0。").format(
        n=f"{arrivals.total():,}",
        m=f"{sum(arrivals[state] for state in CAME):,}",
        late=f"{arrivals[Arrival.LATE]:,}",
        k=f"{arrivals[Arrival.MISSING] + arrivals[Arrival.EXPLAINED]:,}",
    )


def _sources(reading: Reading) -> str:
    counts = count_facts_by_source(reading.scope, reading.connection, reading.catalog, reading.state.as_of)
    sources = [source for source in reading.catalog.sources.values() if source.key in counts]
    d = reading.display
    kinds = {
        "document": d._("文件|kind"), "workbook": d._("工作簿"), "csv": "CSV", "manual": d._("手工录入"),
        "demo": d._("演示"),
    }  # fmt: skip
    return render(
        "data_sources.html",
        d,
        sources=sources,
        counts=counts,
        kinds=kinds,
        facts_href=reading.state.download("facts.csv"),
    )


def _batches(reading: Reading) -> str:
    batches = fetch_batches(
        reading.scope, reading.connection, reading.catalog, reading.sheet_of(SHOWN_BATCHES), reading.state.as_of
    )
    d = reading.display
    states = {"published": d._("已入库"), "undone": d._("已撤销"), "staged": d._("待审核")}
    return render(
        "data_batches.html",
        d,
        batches=batches,
        states=states,
        names_people=reading.names_people,
        may_review=reading.may_review,
    )


def _refused(reading: Reading) -> str:
    """For colleagues who see everything: a refused row may speak of any district. Others are told nothing of them."""
    d = reading.display
    if not reading.names_people or reading.scope != Scope.everything():
        return ""
    most = reading.sheet_of(SHOWN_REFUSED)
    refused = fetch_refused(reading.scope, reading.connection, reading.catalog, most, reading.state.as_of)
    reasons = {code: reason.en if d.language == "en" else reason.zh for code, reason in REASONS.items()}
    return render("data_refused.html", d, refused=refused, reasons=reasons)
