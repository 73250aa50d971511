"""规则: thresholds, first-half shares and weights. What would change is seen before it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask

from dashboard.access.guard import current_identity
from dashboard.access.limits import CHANGES
from dashboard.documents.office import Office, field
from dashboard.downloads import attachment, to_csv
from dashboard.index import MARKS
from etl import pipeline
from etl.rules import LightChange, Preview
from warehouse.catalog import Catalog
from warehouse.errors import DabiaoError, RuleRefused
from warehouse.measures.quantity import format_decimal, parse_decimal
from warehouse.queries.rules import RuleLine, fetch_rule_versions

BLANK_LINES, SHOWN, MOST_LINES = 3, 2000, 400
_NUMBERS = ("amber_share", "s1_share", "weight")
_TEXTS = ("note_zh", "note_en")
_COLUMNS = (
    "district_code", "district_zh", "indicator_code", "indicator_zh", "breakdown_code", "period_code",
    "due_period_code", "status", "status_after",
)  # fmt: skip

Line = dict[str, str]
"""A line as the form has it: scope, the three numbers, two notes."""


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /admin/rules."""

    def form(lines: list[Line] | None = None, error: DabiaoError | None = None) -> flask.Response:
        with office.reading() as connection:
            versions = fetch_rule_versions(connection)
        if lines is None:
            lines = [_as_text(line) for line in versions[0].lines] if versions else []
        wrong = error.line if isinstance(error, RuleRefused) else None
        return office.page(
            "rules.html", status=200 if error is None else 400, error=error, versions=versions, wrong=wrong,
            lines=lines + [_as_text(RuleLine())] * BLANK_LINES, catalog=office.catalog, words=_scope_words(office),
            indicators=_indicators(office),
        )  # fmt: skip

    @server.get("/admin/rules")
    def rules() -> Any:
        return form()

    @server.post("/admin/rules/preview", endpoint="preview_rules")
    @office.limit(CHANGES)
    def look() -> Any:
        lines = _lines_of_form()
        try:
            found = pipeline.preview_rules(office.reader.engine, _parse(lines), clock=office.settings.now)
        except RuleRefused as error:
            return form(lines, error)
        if "as_csv" in flask.request.form:
            text = to_csv(_COLUMNS, _rows(office.catalog, found.changes))
            return attachment(text, "text/csv; charset=utf-8", f"dabiao-rules-{found.version}.csv")
        return _preview_page(office, lines, found)

    @server.post("/admin/rules", endpoint="change_rules")
    @office.limit(CHANGES)
    def change() -> Any:
        lines = _lines_of_form()
        try:
            version = pipeline.change_rules(
                office.reader.engine, _parse(lines), seal=field("seal"), reason=field("reason", 1000),
                who=current_identity().actor, clock=office.settings.now,
            )  # fmt: skip
        except DabiaoError as error:
            return form(lines, error)
        return office.done(office.display._("规则 {version} 已生效。").format(version=version), "rules")


def _preview_page(office: Office, lines: list[Line], found: Preview) -> flask.Response:
    catalog = office.catalog
    places: dict[tuple[str, Any], int] = {}
    for change in found.changes:
        key = (change.key.district_code, change.key.period)
        places[key] = places.get(key, 0) + 1
    return office.page(
        "rules_preview.html", lines=lines, found=found, marks=MARKS, words=_scope_words(office),
        shown=found.changes[:SHOWN],
        counts=sorted(found.counts.items(), key=lambda item: -item[1]), catalog=catalog,
        places=[(catalog.district_by_code[code], period, n) for (code, period), n in sorted(places.items())],
        before={line["scope"]: line for line in map(_as_text, _in_force(office))},
    )  # fmt: skip


def _in_force(office: Office) -> tuple[RuleLine, ...]:
    with office.reading() as connection:
        versions = fetch_rule_versions(connection)
    return versions[0].lines if versions else ()


def _lines_of_form() -> list[Line]:
    """The lines that were filled in; one without a number is left out."""
    columns = {name: flask.request.form.getlist(name) for name in ("scope", *_NUMBERS, *_TEXTS)}
    count = min(len(columns["scope"]), MOST_LINES)
    lines = [
        {name: (values[index] if index < len(values) else "").strip() for name, values in columns.items()}
        for index in range(count)
    ]
    return [line for line in lines if any(line[name] for name in _NUMBERS)]


def _parse(lines: list[Line]) -> list[RuleLine]:
    """The lines of the form as rules. Errors: RuleRefused for what is no number."""
    found = []
    for number, line in enumerate(lines, start=1):
        values: dict[str, Any] = {name: line[name] or None for name in _TEXTS}
        for name in _NUMBERS:
            try:
                values[name] = parse_decimal(line[name]) if line[name] else None
            except ValueError:
                raise RuleRefused(
                    f"第 {number} 条：“{line[name][:40]}”不是数字。",
                    f"Line {number}: {line[name][:40]!r} is not a number.",
                    number,
                    name,
                ) from None
        domain, _, indicator = line["scope"].partition("/")
        found.append(RuleLine(domain or None, indicator or None, **values))
    return found


def _as_text(line: RuleLine) -> Line:
    numbers = {name: getattr(line, name) for name in _NUMBERS}
    return {
        "scope": f"{line.domain_code or ''}/{line.indicator_code or ''}",
        **{name: "" if value is None else format_decimal(value) for name, value in numbers.items()},
        "note_zh": line.note_zh or "",
        "note_en": line.note_en or "",
    }


def _scope_words(office: Office) -> dict[str, str]:
    """What a line is for, by its scope: all, each domain, each indicator, and an indicator within its domain."""
    d, catalog = office.display, office.catalog
    words = {"/": d._("全部指标")}
    for domain in catalog.domains.values():
        words[f"{domain.code}/"] = domain.name(d.language)
    for code, versions in catalog.indicators_by_code.items():
        name = versions[-1].name(d.language)
        words[f"/{code}"] = name
        words[f"{versions[-1].domain_code}/{code}"] = name
    return words


def _indicators(office: Office) -> list[tuple[str, list[tuple[str, str]]]]:
    """By domain, each indicator's scope and name, to choose from."""
    d, catalog = office.display, office.catalog
    grouped: dict[str, list[tuple[str, str]]] = {code: [] for code in catalog.domains}
    for code, versions in catalog.indicators_by_code.items():
        grouped[versions[-1].domain_code].append((f"/{code}", versions[-1].name(d.language)))
    return [
        (catalog.domains[code].name(d.language), sorted(names, key=lambda x: x[1])) for code, names in grouped.items()
    ]


def _rows(catalog: Catalog, changes: tuple[LightChange, ...]) -> Iterator[dict[str, Any]]:
    for change in changes:
        key, due = change.key, change.key.due
        yield dict(zip(_COLUMNS, (
            key.district_code, catalog.district_by_code[key.district_code].name_zh, key.indicator_code,
            catalog.indicators[change.place.indicator_key].name_zh, key.breakdown_code, key.period.code,
            due.code if due else None, change.before.value, change.after.value,
        ), strict=True))  # fmt: skip
