"""Every page as a PDF: the same leaves as on the screen, tables whole, figures drawn for paper."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from types import ModuleType
from typing import Any

from markupsafe import Markup

from dashboard.components.render import template
from dashboard.components.shell import nav_names
from dashboard.display import Display
from dashboard.exports.chromium import html_to_pdf
from dashboard.exports.markup import Leaves, plotly, styles, symbols, to_html
from dashboard.exports.model import Step
from dashboard.i18n import HTML_LANGUAGE
from dashboard.pages import PAGES
from dashboard.reading import Reading
from warehouse.errors import DabiaoError

MOST_LETTERS = 30_000_000
"""Of a document's HTML; a browser needs minutes for more."""
SECONDS = 300
_WIDTH, _TALLEST = 690, 960
"""Of a figure on A4, in CSS pixels."""
_DRAW = """
const { figures, width, tallest } = %s;
for (const [id, figure] of figures) {
  const place = document.getElementById(id), height = figure.layout.height || 340;
  Plotly.newPlot(place, figure.data, { ...figure.layout, width, height, autosize: false }, { staticPlot: true });
  place.style.height = height + 'px';
  if (height > tallest) place.style.zoom = tallest / height;
}
"""
_SHEETS = {"indicator": "indicator-ranking"}
"""Pages with a figure that shows so many rows at a time: on paper all of them, one figure below the other."""


def make_page(reading: Reading, _request: str, step: Step) -> tuple[str, bytes]:
    """The page a view names, as a PDF, and the name of its file. Errors: Cancelled, DabiaoError."""
    module = PAGES[reading.state.page]
    reading = replace(reading, is_whole=True, state=replace(reading.state, sheet=1, why=None))
    step(0, 2)
    leaves = dict(zip(module.LEAVES, module.build(reading), strict=True))
    figures = [*_figures(leaves), *_further(reading, module)]
    document = _document(reading, module, leaves, [name for name, _figure in figures])
    if len(document) > MOST_LETTERS:
        raise DabiaoError(
            "这一页太大，做不成 PDF。请用筛选缩小范围，或下载 CSV。",
            "This page is too large for a PDF. Narrow it down with the filters, or take the CSV.",
        )
    script = _script(figures) if figures else ""
    content = html_to_pdf(document, script=script, step=lambda _done, _all: step(1, 2), seconds=SECONDS)
    step(2, 2)
    return f"{reading.display._('达标')}-{_title(reading)}", content


def page_html(reading: Reading) -> str:
    """The document of a page without its figures, for tests and for looking at."""
    module = PAGES[reading.state.page]
    reading = replace(reading, is_whole=True, state=replace(reading.state, sheet=1, why=None))
    return _document(reading, module, dict(zip(module.LEAVES, module.build(reading), strict=True)), [])


def _figures(leaves: Leaves) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, figure) for (name, prop), figure in leaves.items() if prop == "figure" and figure["data"])


def _further(reading: Reading, module: ModuleType) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sheets of a figure after its first."""
    name = _SHEETS.get(module.NAME)
    for sheet in count(2) if name else ():
        view = replace(reading, state=replace(reading.state, sheet=sheet))
        figure = dict(_figures(dict(zip(module.LEAVES, module.build(view), strict=True)))).get(str(name))
        if figure is None:
            return
        yield f"{name}-{sheet}", figure


def _script(figures: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    values = {"figures": figures, "width": _WIDTH, "tallest": _TALLEST}
    text = json.dumps(values, ensure_ascii=False).replace("<", "\\u003c")
    return f"{plotly()}\n{_DRAW % text}"


def _document(reading: Reading, module: ModuleType, leaves: Leaves, figures: list[str]) -> str:
    d = reading.display
    body = to_html(module.skeleton(d._), leaves)
    for name in figures:
        first, _dash, sheet = name.rpartition("-")
        if sheet.isdigit():  # below the last of the same figure
            before = first if sheet == "2" else f"{first}-{int(sheet) - 1}"
            body = Markup(body.replace(_place(before), _place(before) + _place(name)))  # noqa: S704 (escaped above)
    return template("page_pdf.html").render(
        _=d._, d=d, language=HTML_LANGUAGE[d.language], title=_title(reading), page=module.NAME, body=body,
        styles=Markup(styles()), symbols=symbols(), filters=_filters(reading), is_demo=reading.catalog.is_demo,  # noqa: S704
        data_version=reading.data_version, today=d.day(reading.today), rules=reading.rules.version,
    )  # fmt: skip


def _place(name: str) -> Markup:
    return Markup('<div id="{}" class="graph"></div>').format(name)


def _title(reading: Reading) -> str:
    d, state = reading.display, reading.state
    if state.page == "indicator" and (versions := reading.versions(state.code)):
        return versions[-1].name(d.language)
    if state.page == "district" and (district := reading.district(state.code)):
        return district.name(d.language)
    return {**nav_names(d._), "chase": d._("催报清单")}.get(state.page, d._("页面"))


def _filters(reading: Reading) -> list[str]:
    """What the page is filtered by, in words."""
    d, state = reading.display, reading.state
    _, catalog = d._, reading.catalog
    district = reading.district(state.district)
    found = [
        (_("半年度"), d.period(state.period) if state.period else None),
        (_("地区|one"), district.name(d.language) if district else state.district),
        (_("业务领域"), catalog.domains[state.domain].name(d.language) if state.domain in catalog.domains else None),
        (_("亮灯"), d.status(state.status) if state.status else None),
        (_("查找指标|filter"), state.q or None),
        (_("分组"), _breakdown(d, state.breakdown)),
        (_("上次会议"), d.day(state.since) or None),
        (_("按某日所知"), d.day(state.asof) or None),
    ]
    return [d.colon(label, str(value)) for label, value in found if value is not None]


def _breakdown(d: Display, code: str | None) -> str | None:
    found = d.catalog.breakdown_by_code.get(code or "")
    return None if found is None else found.name(d.language)
