"""指标: the list to choose from, by domain, with who reports what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard.components.fragment import Fragment
from dashboard.components.render import render
from dashboard.i18n import Translate
from dashboard.reading import Reading
from dashboard.tally import Tally
from warehouse.catalog import Domain, Indicator
from warehouse.measures.status import Status

NAME = "indicators"
LEAVES = (("indicators-list", "html"),)


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator in the list."""

    indicator: Indicator
    href: str
    tally: Tally


def skeleton(_: Translate) -> list[Any]:
    """The static frame."""
    return [html.H1(_("指标")), Fragment("indicators-list", className="panel")]


def build(reading: Reading) -> tuple[Any, ...]:
    """The values of ``LEAVES``."""
    counts: dict[int, dict[Status, int]] = {}
    for (key, light), rows in reading.lights.by_indicator.items():
        if reading.state.status in (None, light):
            counts.setdefault(key, {})[light] = rows
    groups: list[tuple[Domain, list[Line]]] = []
    for indicator in reading.indicators():
        if indicator.key not in counts:
            continue
        domain = reading.catalog.domains[indicator.domain_code]
        if not groups or groups[-1][0] is not domain:
            groups.append((domain, []))
        href = reading.state.to("indicator", indicator.code, district=reading.state.district)
        groups[-1][1].append(Line(indicator, href, Tally(counts[indicator.key], 0)))
    total = sum(len(lines) for _, lines in groups)
    return (render("indicators.html", reading.display, state=reading.state, groups=groups, total=total),)
