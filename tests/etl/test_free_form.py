"""Every figure of every sheet meets its expected fate."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from etl import pipeline
from etl.codebook import Codebook
from etl.interpret import Interpreted, interpret
from etl.layout import Answers
from etl.layout_memory import Remembered
from etl.reference import read_aliases
from etl.sheets import Book, Sheet
from tests.etl.free_form import CASES
from tests.etl.free_form_case import Case
from tests.etl.free_form_found import FOUND
from tests.etl.free_form_levels import LEVELS
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.measures.period import from_key
from warehouse.measures.quantity import format_decimal
from warehouse.scope import Scope

TODAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def catalog(loaded_file: Any) -> Catalog:
    from warehouse.engine import open_engine

    engine: Engine = open_engine(f"sqlite:///{loaded_file}")
    with engine.connect() as connection:
        found = fetch_catalog(connection)
    engine.dispose()
    return found


def read(case: Case, catalog: Catalog) -> Interpreted:
    sheet = Sheet(case.sheet, case.grid, case.merged)
    book = Book(case.file, "0" * 64, b"", (sheet,))
    codebook = Codebook(catalog, read_aliases(pipeline.DATA))
    return interpret(
        book, Answers(case.stated), codebook, today=TODAY, scope=Scope.everything(),
        remembered=Remembered(), fetch_history=lambda part: {},
    )  # fmt: skip


def said(kind: str, row: dict[str, Any], catalog: Catalog) -> tuple[str, str]:
    period = from_key(row["due_period_key"] if kind == "target" else row["period_key"]).code
    key = " ".join((
        kind, catalog.districts[row["district_key"]].code, catalog.indicators[row["indicator_key"]].code,
        catalog.breakdowns[row["breakdown_key"]].code, period,
    ))  # fmt: skip
    value = "" if row["value"] is None else format_decimal(row["value"]).replace(",", "")
    if row.get("value_high") is not None:
        value += f"–{format_decimal(row['value_high'])}"
    due = f"@{row['due_on']}" if row.get("due_on") else ""
    return key, " ".join(x for x in (row.get("comparator"), value, due, row["unit_code"]) if x)


@pytest.mark.parametrize("name", [*CASES, *FOUND, *LEVELS])
def test_every_figure_meets_its_fate(catalog: Catalog, name: str) -> None:
    case = (CASES | FOUND | LEVELS)[name]
    found = read(case, catalog)
    facts = dict(said(part.kind, row, catalog) for part in found.conformed for row in part.rows)
    refused: dict[str, str] = {}
    records = [f for part in found.conformed for r in part.refused for f in r.findings]
    for finding in (*records, *found.unread):
        if finding.is_refusal:
            refused[finding.cell or str(finding.row_no)] = finding.reason
    blanks = tuple(b.origin.table.cell("value", b.origin.record) for part in found.conformed for b in part.blanks)
    unread = {"side_by_side": "side_by_side", "no_headings": "no_table"}
    left_out = next((why for reason, why in unread.items() if reason in case.refused.values()), None)
    assert [layout.left_out for layout in found.layouts] == [left_out]
    assert refused == case.refused
    assert facts == case.facts
    assert blanks == case.blanks
    if case.skipped:
        assert {skipped.row_no: skipped.why for skipped in found.skipped} == case.skipped
