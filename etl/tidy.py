"""Tidy tables: one record a row, headed by the names of ``etl.columns``."""

from __future__ import annotations

from collections.abc import Mapping

from etl.columns import KIND_WORDS, KINDS, canonical_headers
from etl.findings import Finding
from etl.headings import SEARCHED_ROWS
from etl.layout import IGNORED, ColumnUse, SheetLayout
from etl.sheets import Sheet, cell_name
from etl.table import Table, Unfolded, raw_row
from etl.times import told_apart
from warehouse.errors import FileError


def tidy_layout(sheet: Sheet, file_name: str, stated: Mapping[str, str]) -> SheetLayout | None:
    """The layout of a sheet with the documented columns by code, below title rows if there are any.

    Errors: FileError where two columns have the same heading and nobody can know which is meant.
    """
    for number, row in enumerate(sheet.rows[:SEARCHED_ROWS]):
        if "indicator_code" not in row or ("value" not in row and "comparator" not in row):
            continue
        has_kind: str | None = next((word for word in ("kind", "种类") if word in row), None)
        kind = "target" if {"comparator", "比较符"} & set(row) else "actual"
        columns = [c for k in KINDS if has_kind or k == kind for c in KINDS[k]]
        names: dict[str, str] = {has_kind: "kind"} if has_kind else {}
        for k in KINDS:
            if has_kind or k == kind:
                for heading, name in canonical_headers(row, KINDS[k]).items():
                    names.setdefault(heading, name)
        if "blank_reason" in row:
            names["blank_reason"] = "blank_reason"
        twice = next((heading for heading in names if row.count(heading) > 1), None)
        if twice is not None:
            raise FileError(
                f"{file_name} 有两列都叫“{twice}”。请只留一列。",
                f"{file_name} has two columns called {twice!r}. Keep one.",
            )
        missing = {c.name for c in columns if c.required} - set(names.values()) - {"unit_code"}
        if missing - set(stated) or "unit_code" not in {*names.values(), *stated}:
            return None
        uses = tuple(
            ColumnUse(index, heading, names.get(heading, IGNORED)) for index, heading in enumerate(row) if heading
        )
        kept = {key: text for key, text in stated.items() if key in ("district_code", "period_code", "unit_code")}
        given = {key: text for key, text in kept.items() if key not in names.values()}
        return SheetLayout(sheet.name, (number, number), uses, given if has_kind else given | {"kind": kind}, True)
    return None


def unfold_tidy(sheet: Sheet, layout: SheetLayout) -> Unfolded:
    """One record a row, the columns as they stand; a ``kind`` column tells targets from actuals."""
    first = layout.header[1] + 1
    used = [c for c in layout.columns if c.use != IGNORED]
    width = max((c.column for c in layout.columns), default=-1) + 1
    findings: list[Finding] = []
    rows: list[int] = []
    for number in range(first, len(sheet.rows)):
        row = sheet.rows[number]
        if len(row) > width and any(row[width:]):
            raw = raw_row(sheet, layout, number)
            findings.append(Finding(sheet.name, number + 1, None, None, "too_many_cells", raw))
        elif any(row):
            rows.append(number)
    cells = [sheet.rows[number] for number in rows]
    if any(len(row) < width for row in cells):
        cells = [[*row, *[""] * (width - len(row))] for row in cells]
    texts = {c.use: [row[c.column] for row in cells] for c in used}
    if "period_code" in texts:
        texts["period_code"] = told_apart(texts["period_code"])
    stated = {name: text for name, text in layout.stated.items() if name.endswith("_code")}
    texts = {name: [text] * len(rows) for name, text in {**stated, "value": ""}.items()} | texts
    places = {c.use: c.column for c in used}
    kinds = texts.pop("kind", None)
    if kinds is None:
        kind = KIND_WORDS.get(layout.stated.get("kind", "")) or ("target" if "comparator" in texts else "actual")
        return Unfolded([_tidy_table(sheet, layout, kind, texts, rows, places)], findings=findings)
    words = {word: KIND_WORDS.get(word.lower()) for word in set(kinds)}
    tables = []
    for kind in ("target", "actual"):
        mine = [i for i, word in enumerate(kinds) if words[word] == kind]
        part = {name: [column[i] for i in mine] for name, column in texts.items()}
        at = places
        if kind == "actual" and "comparator" in part:  # of an actual it says how exact it is
            part.setdefault("qualifier", part["comparator"])
            at = {"qualifier": places["comparator"], **places}
        tables.append(_tidy_table(sheet, layout, kind, part, [rows[i] for i in mine], at))
    column = places["kind"]
    heading = next(c.heading for c in used if c.column == column)
    findings += [
        Finding(
            sheet.name, rows[i] + 1, heading, word, "not_a_kind", raw_row(sheet, layout, rows[i]),
            cell_name(rows[i], column),
        )
        for i, word in enumerate(kinds)
        if words[word] is None
    ]  # fmt: skip
    return Unfolded([table for table in tables if len(table)], findings=findings)


def _tidy_table(
    sheet: Sheet,
    layout: SheetLayout,
    kind: str,
    texts: dict[str, list[str]],
    rows: list[int],
    places: Mapping[str, int],
) -> Table:
    return Table(sheet, layout, kind, texts, rows, [places.get("value", -1)] * len(rows), places)
