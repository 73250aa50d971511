"""Tables as CSV files, with the filters of the page in the link."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import flask

from dashboard.pages.district import scorecard_file
from dashboard.reading import Reader, Reading
from dashboard.state import ViewState, parse_state
from warehouse.queries import facts
from warehouse.queries.completeness import fetch_completeness
from warehouse.queries.mart import Selection
from warehouse.scope import Scope

Rows = Iterator[dict[str, Any]]


def progress_rows(reading: Reading) -> Rows:
    """What the page shows of the mart, with the page's filters."""
    wanted = reading.selection.only(
        statuses=None if reading.state.status is None else frozenset((reading.state.status,))
    )
    return facts.fetch_progress(reading.scope, reading.connection, reading.catalog, selection=wanted)


def series_rows(reading: Reading) -> Rows:
    """Every half-year of an indicator, in every district and breakdown."""
    keys = frozenset(version.key for version in reading.versions(reading.state.code))
    for row in facts.fetch_progress(
        reading.scope, reading.connection, reading.catalog, indicators=keys, as_of=reading.state.as_of
    ):
        if reading.state.breakdown in (None, row["breakdown_code"]):
            yield row


def scorecard_rows(reading: Reading) -> Rows:
    """A district's rows at the half-year of the page."""
    district = reading.district(reading.state.code)
    selection = Selection(
        period=reading.state.period,
        districts=frozenset((district.key,)) if district else frozenset(),
        indicators=reading.selection.indicators,
        as_of=reading.state.as_of,
    )
    return facts.fetch_progress(reading.scope, reading.connection, reading.catalog, selection=selection)


def completeness_rows(reading: Reading) -> Rows:
    """Expected and reported by district and half-year, as far as the page's filters go."""
    shown = {district.key for district in reading.shown_districts}
    for c in fetch_completeness(reading.scope, reading.connection, reading.catalog, reading.state.as_of):
        if c.district.key not in shown or reading.state.period not in (None, c.period):
            continue
        yield {
            "district_code": c.district.code, "district_zh": c.district.name_zh,
            "district_en": c.district.name_en, "period_code": c.period.code,
            "expected": c.expected, "reported": c.reported, "untargeted": c.untargeted,
        }  # fmt: skip


def fact_rows(reading: Reading) -> Rows:
    """Every fact as known now, or on the day chosen."""
    return facts.fetch_facts(reading.scope, reading.connection, reading.catalog, reading.state.as_of)


_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet may take for the beginning of a formula, full-width in some languages."""

COMPLETENESS_COLUMNS = (
    "district_code",
    "district_zh",
    "district_en",
    "period_code",
    "expected",
    "reported",
    "untargeted",
)
TABLES: dict[str, tuple[tuple[str, ...], Callable[[Reading], Rows]]] = {
    "progress": (facts.PROGRESS_COLUMNS, progress_rows),
    "series": (facts.PROGRESS_COLUMNS, series_rows),
    "scorecard": (facts.PROGRESS_COLUMNS, scorecard_rows),
    "completeness": (COMPLETENESS_COLUMNS, completeness_rows),
    "facts": (facts.FACT_COLUMNS, fact_rows),
}


def install(
    server: flask.Flask,
    reader: Reader,
    scope: Callable[[], Scope],
    language: Callable[[], str],
    note: Callable[[str], None],
    limit: Callable[[Any], Any],
) -> None:
    """Routes below /download; ``note`` writes down what was taken along, ``limit`` keeps it within measure."""

    def asked() -> ViewState:
        query = flask.request.query_string.decode("ascii", "ignore")
        return parse_state(flask.request.args.get("path", "/"), query)

    @server.get("/download/<name>.csv")
    @limit
    def download_csv(name: str) -> flask.Response:
        if name not in TABLES:
            flask.abort(404)
        columns, rows = TABLES[name]
        with reader.read(scope(), asked(), language()) as reading:
            text = to_csv(columns, rows(reading))
        note(f"{name}.csv")
        return attachment(text, "text/csv; charset=utf-8", f"dabiao-{name}.csv")

    @server.get("/download/scorecard.svg")
    @limit
    def download_scorecard() -> flask.Response:
        with reader.read(scope(), asked(), language()) as reading:
            text = scorecard_file(reading)
        if text is None:
            flask.abort(404)
        note("scorecard.svg")
        return attachment(text, "image/svg+xml", "dabiao-scorecard.svg")


def attachment(text: str, kind: str, name: str) -> flask.Response:
    """A file to be saved, kept by nobody on the way."""
    response = flask.Response(text, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def binary(content: bytes, kind: str, name: str) -> flask.Response:
    """A file of bytes to be saved under a name somebody gave it, kept by nobody on the way."""
    plain = "".join(c for c in name if c.isprintable()).strip() or "file"
    response = flask.send_file(io.BytesIO(content), mimetype=kind, as_attachment=True, download_name=plain, etag=False)
    response.headers["Cache-Control"] = "no-store"
    return response


def to_csv(columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> str:
    """CSV that spreadsheets open in the right encoding and never run as formulas."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
    return out.getvalue()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
