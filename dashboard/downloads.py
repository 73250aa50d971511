"""Tables as files, with the filters of the page in the link."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import flask

from dashboard import maps, returns
from dashboard.chase_workbook import chase_workbook
from dashboard.pages import changes_parts, district_parts, district_peers, indicator, overview
from dashboard.pages.changes import reason_text
from dashboard.pages.district import scorecard_file
from dashboard.reading import Reader, Reading
from dashboard.state import ViewState, parse_state
from warehouse.measures.arrival import Arrival
from warehouse.queries import facts
from warehouse.queries.changes import Change
from warehouse.queries.chase import CHASE_COLUMNS, NOT_COME, chase_rows
from warehouse.queries.mart import Selection
from warehouse.scope import Scope

Rows = Iterator[dict[str, Any]]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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


def peer_rows(reading: Reading) -> Rows:
    """A district beside those chosen, in one half-year."""
    district = reading.district(reading.state.code)
    if district is not None:
        yield from district_peers.peer_rows(reading, district_parts.fetch_scorecard(reading, district))


def completeness_rows(reading: Reading) -> Rows:
    """Expected and reported by district and half-year, as far as the page's filters go.

    ``expected``, ``reported``: by the targets alone. ``to_report`` and what follows: of everything expected.
    """
    for x in returns.fetch_returns(reading, returns.known_periods(reading)):
        yield {
            "district_code": x.district.code, "district_zh": x.district.name_zh,
            "district_en": x.district.name_en, "period_code": x.period.code,
            "expected": x.by_target.expected, "reported": x.by_target.reported, "untargeted": x.by_target.untargeted,
            "to_report": x.expected, **{state.value: x.arrivals[state] for state in Arrival},
        }  # fmt: skip


def chased_rows(reading: Reading) -> Rows:
    """What of a half-year did not come."""
    return _expected_rows(reading, NOT_COME)


def return_rows(reading: Reading) -> Rows:
    """Everything expected for a half-year, with what became of it."""
    return _expected_rows(reading, frozenset(Arrival))


def _expected_rows(reading: Reading, states: frozenset[Arrival]) -> Rows:
    expected = returns.fetch_chosen(reading, returns.period_of(reading))
    return chase_rows(reading.catalog, expected, reading.today, reading.return_days, states)


def fact_rows(reading: Reading) -> Rows:
    """Every fact as known now, or on the day chosen."""
    return facts.fetch_facts(reading.scope, reading.connection, reading.catalog, reading.state.as_of)


def map_of(reading: Reading) -> maps.Map | None:
    """The map of the page, where it has one."""
    makers = {overview.NAME: overview.map_of, indicator.NAME: indicator.map_of}
    make = makers.get(reading.state.page)
    return None if make is None else make(reading)


def change_rows(reading: Reading) -> Rows:
    """Every row that reads otherwise than on the day of the page, with its reasons; of two, the target's first."""
    since = changes_parts.since_of(reading)
    if since is None:
        return
    catalog = reading.catalog
    for change in changes_parts.fetch(reading, since.day):
        row, first = change.row, change.reasons[0]
        if reading.state.period not in (None, change.period):
            continue
        indicator = catalog.indicators[row.indicator_key]
        yield {
            "district_code": catalog.districts[row.district_key].code,
            "district_zh": catalog.districts[row.district_key].name_zh,
            "indicator_code": indicator.code,
            "indicator_zh": indicator.name_zh,
            "breakdown_code": catalog.breakdowns[row.breakdown_key].code,
            "period_code": change.period.code,
            "is_primary": change.is_primary,
            "unit_code": indicator.unit_code,
            "move": change.move.value,
            **_then_and_now(change),
            "causes": ";".join(reason.cause.value for reason in change.reasons),
            "reasons": "；".join(reason_text(reading, reason) for reason in change.reasons),
            "batch": first.batch_key,
            "file_name": first.file_name,
            "source_code": next((x.source.code for x in (first.new, first.old) if x is not None), None),
        }


def _then_and_now(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for when, version in (("then", change.before), ("now", change.after)):
        found |= {f"{name}_{when}": None if version is None else getattr(version.row, name) for name in _COMPARED}
        found[f"due_period_code_{when}"] = version.row.due.code if version is not None and version.row.due else None
        found[f"is_current_{when}"] = None if version is None else version.is_current
    return found


_COMPARED = (
    "status", "actual", "comparator", "target", "target_high", "attainment", "pace_ratio", "forecast", "weight",
    "rule_version",
)  # fmt: skip
CHANGE_COLUMNS = (
    "district_code", "district_zh", "indicator_code", "indicator_zh", "breakdown_code", "period_code", "is_primary",
    "unit_code", "move",
    *(f"{name}_{when}" for name in ("due_period_code", "is_current", *_COMPARED) for when in ("then", "now")),
    "causes", "reasons", "batch", "file_name", "source_code",
)  # fmt: skip

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
    "to_report",
    *Arrival,
)
TABLES: dict[str, tuple[tuple[str, ...], Callable[[Reading], Rows]]] = {
    "progress": (facts.PROGRESS_COLUMNS, progress_rows),
    "series": (facts.PROGRESS_COLUMNS, series_rows),
    "scorecard": (facts.PROGRESS_COLUMNS, scorecard_rows),
    "completeness": (COMPLETENESS_COLUMNS, completeness_rows),
    "changes": (CHANGE_COLUMNS, change_rows),
    "peers": (district_peers.PEER_COLUMNS, peer_rows),
    "map": (maps.MAP_COLUMNS, lambda reading: maps.rows(map_of(reading))),
    "facts": (facts.FACT_COLUMNS, fact_rows),
    "chase": (CHASE_COLUMNS, chased_rows),
    "returns": (CHASE_COLUMNS, return_rows),
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

    @server.get("/download/chase.xlsx")
    @limit
    def download_chase() -> flask.Response:
        with reader.read(scope(), asked(), language()) as reading:
            content = chase_workbook(reading)
        note("chase.xlsx")
        return attachment(content, XLSX, "dabiao-chase.xlsx")

    @server.get("/download/scorecard.svg")
    @limit
    def download_scorecard() -> flask.Response:
        with reader.read(scope(), asked(), language()) as reading:
            text = scorecard_file(reading)
        if text is None:
            flask.abort(404)
        note("scorecard.svg")
        return attachment(text, "image/svg+xml", "dabiao-scorecard.svg")

    @server.get("/download/map.svg")
    @limit
    def download_map() -> flask.Response:
        with reader.read(scope(), asked(), language()) as reading:
            text = maps.picture(reading, map_of(reading))
        if text is None:
            flask.abort(404)
        note("map.svg")
        return attachment(text, "image/svg+xml", "dabiao-map.svg")


def attachment(content: str | bytes, kind: str, name: str) -> flask.Response:
    """A file to be saved, kept by nobody on the way."""
    response = flask.Response(content, content_type=kind)
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
