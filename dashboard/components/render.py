"""Jinja templates → HTML. Everything is escaped; ``href`` and lights come from macros."""

from __future__ import annotations

from functools import cache
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import escape

from dashboard.display import Absent, Display
from dashboard.i18n import HTML_LANGUAGE, translator
from dashboard.state import ViewState, format_row_key
from warehouse.measures.status import BETTER, Status
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import ProgressRow


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dashboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = lambda count: f"{count:,}"
    environment.filters["file"] = lambda name: PurePath(name).name if PurePath(name).is_absolute() else name
    environment.tests["absent"] = lambda value: isinstance(value, Absent)
    environment.globals.update(Status=Status, BETTER=BETTER, format_row_key=format_row_key)
    return environment


def template(name: str) -> Template:
    """One template, everything escaped."""
    return _environment().get_template(name)


def render(name: str, display: Display, **values: Any) -> str:
    """One template as HTML. ``_`` translates, ``d`` formats values."""
    return template(name).render(_=display._, d=display, **values)


def unknown(display: Display, state: ViewState, title: str, text: str) -> str:
    """The designed answer to an unknown code, in place of a page."""
    return f"<h1>{escape(title)}</h1>{render('missing.html', display, text=text, state=state)}"


def row_key(display: Display, row: ProgressRow) -> RowKey:
    """The natural key of a row, for links to its explanation."""
    catalog = display.catalog
    return RowKey(
        district_code=catalog.districts[row.district_key].code,
        indicator_code=catalog.indicators[row.indicator_key].code,
        breakdown_code=catalog.breakdowns[row.breakdown_key].code,
        period=row.period,
        due=row.due,
    )


def error_page(language: str, text: str) -> str:
    """A whole document for when there is no data to build a page from."""
    _ = translator(language)
    title = _("暂时无法显示")
    return template("error.html").render(language=HTML_LANGUAGE[language], title=title, text=text)
