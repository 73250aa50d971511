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
from etl.reasons import REASONS
from warehouse.catalog import District
from warehouse.measures.period import Period
from warehouse.queries.batches import fetch_batches, fetch_refused
from warehouse.queries.completeness import Completeness, fetch_completeness
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
class Line:
    """A district's line of the matrix: a cell for each half-year, None where nothing is expected or known."""

    district: District
    href: str
    cells: list[Completeness | None]


def _completeness(reading: Reading) -> str:
    d = reading.display
    shown = {x.key for x in reading.shown_districts}
    as_of = reading.state.as_of
    everything = reading.memo.recall(
        ("completeness", reading.data_version, reading.scope.key, as_of),
        lambda: fetch_completeness(reading.scope, reading.connection, reading.catalog, as_of),
    )
    found = [c for c in everything if c.district.key in shown and reading.state.period in (None, c.period)]
    periods = sorted({c.period for c in found})[-MATRIX_PERIODS:]
    cells: dict[int, dict[Period, Completeness]] = {}
    for c in found:
        cells.setdefault(c.district.key, {})[c.period] = c
    lines = [
        Line(x, reading.state.to("district", x.code), [cells[x.key].get(p) for p in periods])
        for x in reading.shown_districts
        if x.key in cells
    ]
    return render(
        "data_completeness.html",
        d,
        state=reading.state,
        periods=[(d.period(p), reading.state.to("overview", period=p)) for p in periods],
        lines=lines,
        finding=_finding(d, [c for c in found if c.period.end_on < reading.today]),
        newest=len(periods) if len({c.period for c in found}) > len(periods) else 0,
        today=reading.today,
        csv_href=reading.state.download("completeness.csv"),
    )


def _finding(d: Display, found: list[Completeness]) -> str:
    expected, reported = sum(c.expected for c in found), sum(c.reported for c in found)
    if not expected:
        return d._("没有应填报的目标。")
    return d._("按目标应填报 {n} 项次，已填报 {m} 项次，缺 {k} 项次。缺报不当作 0。").format(
        n=f"{expected:,}", m=f"{reported:,}", k=f"{expected - reported:,}"
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
    batches = fetch_batches(reading.scope, reading.connection, reading.catalog, SHOWN_BATCHES, reading.state.as_of)
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
    refused = fetch_refused(reading.scope, reading.connection, reading.catalog, SHOWN_REFUSED)
    reasons = {code: reason.en if d.language == "en" else reason.zh for code, reason in REASONS.items()}
    return render("data_refused.html", d, refused=refused, reasons=reasons)
