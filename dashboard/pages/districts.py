"""地区: the hierarchy to choose from, with each district's lights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dash import html

from dashboard.components.fragment import Fragment
from dashboard.components.render import render
from dashboard.display import Text
from dashboard.i18n import Translate
from dashboard.reading import Reading
from dashboard.state import ViewState
from dashboard.tally import Tally, tallies
from warehouse.catalog import District

NAME = "districts"
LEAVES = (("districts-list", "html"),)


@dataclass(frozen=True, slots=True)
class Line:
    """A district in the list; ``tally`` None where it has no data of its own."""

    district: District
    depth: int
    href: str
    latest: Text
    tally: Tally | None
    view: ViewState


def skeleton(_: Translate) -> list[Any]:
    """The static frame."""
    return [html.H1(_("地区")), Fragment("districts-list", className="panel")]


def build(reading: Reading) -> tuple[Any, ...]:
    """The values of ``LEAVES``."""
    lights = reading.all_lights.only(reading.within, reading.selection.indicators)
    counts = tallies(reading, lights)
    kept = set(counts) | {
        above.key for key in counts for above in reading.catalog.ancestors(reading.catalog.districts[key])
    }
    d = reading.display
    lines = [
        Line(
            district=district,
            depth=sum(1 for _ in reading.catalog.ancestors(district)),
            href=reading.state.to("district", district.code),
            latest=d.period(reading.latest_reports.get(district.key)) if district.key in counts else "",
            tally=counts.get(district.key),
            view=_view(reading, district),
        )
        for district in _tree(reading)
        if district.key in kept
    ]
    return (render("districts.html", d, state=reading.state, lines=lines),)


def _view(reading: Reading, district: District) -> ViewState:
    """Where the lights of a line lead: the overview, which counts the lowest districts only, or its own page."""
    state = replace(reading.state, status=None, why=None, sheet=1)
    if district in reading.leaves:
        return replace(state, page="overview", district=district.code)
    return replace(state, page="district", code=district.code, district=None)


def _tree(reading: Reading) -> list[District]:
    """Every district the reader may see, each below the one above it."""
    seen = reading.districts()
    codes = {district.code for district in seen}
    roots = [district for district in seen if district.parent_code not in codes]
    ordered: list[District] = []

    def visit(district: District) -> None:
        ordered.append(district)
        for child in reading.catalog.children(district):
            if child.code in codes:
                visit(child)

    for root in roots:
        visit(root)
    return ordered
