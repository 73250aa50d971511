"""A look at a file as pages keep it, and the form in which a person puts right how it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.dry_run import (
    HEAD_COLUMNS,
    HEAD_ROWS,
    MARKED_ROWS,
    SHOWN_FATES,
    SHOWN_FINDINGS,
    digest,
    find_cell,
    heads_of,
)
from dashboard.layout_form import FURTHER, USES, USUAL, read_answers
from etl.columns import KINDS
from etl.fates import Fate
from etl.findings import Finding
from etl.layout import ACTUAL, IGNORED, PART, SUBTOTAL, TARGET, Answers, ColumnUse, SheetLayout
from etl.results import FileResult, Lights
from etl.sheets import Book, Sheet, cell_name
from etl.staging import Look
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import open_engine
from warehouse.errors import DabiaoError
from warehouse.measures.status import Status
from warehouse.queries.batches import Upload
from warehouse.scope import Scope

AT = datetime(2026, 2, 1, tzinfo=UTC)
ROWS = [
    ["表一", "", ""],
    ["地区", "指标", "完成"],
    ["", "", "上半年"],
    ["岚麓区", "床位", "12"],
    ["砚阡区", "床位", "x"],
]
LAYOUT = SheetLayout(
    "表1", (1, 2),
    (ColumnUse(0, "地区", "district_code"), ColumnUse(1, "指标", "indicator_code"),
     ColumnUse(2, "完成 / 上半年", ACTUAL, {"period_code": "2025年上半年"})),
)  # fmt: skip
NOTHING = Answers()
HERE = Scope(frozenset({"990101"}))


def book(*sheets: Sheet) -> Book:
    return Book("a.xlsx", "0" * 64, b"", sheets)


def refusal(row: int, cell: str | None = None, reason: str = "not_a_number") -> Finding:
    return Finding("表1", row, "完成", "x", reason, "{}", cell)


def look(findings: list[Finding], fates: list[Fate], lights: Lights | None = None) -> Look:
    upload = Upload(1, "a.xlsx", "0" * 64, None, "{}", "user:a", AT, None, None, None, None, None, None, None)
    result = FileResult("a.xlsx", "checked", findings=tuple(findings), fates=tuple(fates), lights=lights)
    return Look(upload, result, (LAYOUT,), lights.changes if lights else (), "seal")


@pytest.fixture(scope="module")
def catalog(demo_file: Path) -> Iterator[Catalog]:
    engine = open_engine(f"sqlite:///{demo_file}")
    with engine.connect() as connection:
        yield fetch_catalog(connection)
    engine.dispose()


# --- The look --------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [(0, 0), (6, 2), (99, 25), (5, 26), (0, 701), (1048575, 16383)])
def test_a_cell_is_found_by_its_name(place: tuple[int, int]) -> None:
    assert find_cell(cell_name(*place)) == place


@pytest.mark.parametrize("name", [None, "", "7", "C", "c7", "C7:D8", "表1!C7", "C7 "])
def test_what_names_no_cell_is_none(name: str | None) -> None:
    assert find_cell(name) is None


def test_a_look_is_counted_and_its_first_findings_kept_by_reason() -> None:
    many = [refusal(n, f"C{n}") for n in range(10, 10 + SHOWN_FINDINGS + 5)]
    fates = [Fate("表1", n, None, "actual", "new", {}) for n in range(SHOWN_FATES + 7)]
    fates += [Fate("表1", 900, None, "actual", word) for word in ("changed", "unchanged", "refused", "blank")]
    run = digest(look([refusal(4, reason="unknown_unit"), *many], fates), book(Sheet("表1", ROWS)))
    assert (run.figures, run.changes, run.refusals, run.cautions) == (SHOWN_FATES + 10, SHOWN_FATES + 8, 18, 0)
    assert [(g.reason, g.count, len(g.shown), g.more) for g in run.groups] == [
        ("not_a_number", SHOWN_FINDINGS + 5, SHOWN_FINDINGS, 5), ("unknown_unit", 1, 1, 0),
    ]  # fmt: skip
    assert [f.cell for f in run.groups[0].shown[:2]] == ["C10", "C11"]
    assert len(run.added) == SHOWN_FATES and len(run.changed) == 1
    assert not run.lights_known, "the database was too busy to foresee them"


def test_blanks_with_a_reason_come_first_and_new_lights_are_counted_apart() -> None:
    blanks = [Fate("表1", n, None, "actual", "blank", blank_reason="未拨付" if n == 3 else None) for n in (1, 2, 3)]
    run = digest(look([], blanks, Lights(appearing={Status.MET: 2, Status.MISSED: 1})), book(Sheet("表1", ROWS)))
    assert [f.row_no for f in run.blanks] == [3, 1, 2]
    assert (run.lights_known, run.all_lights, run.appearing, run.figures) == (True, 0, 3, 0)


def test_the_gravest_mark_stands_in_its_cell_and_a_whole_row_in_its_number() -> None:
    fates = [Fate("表1", 4, "C4", "actual", "changed"), Fate("表1", 5, "C5", "actual", "changed")]
    run = digest(look([refusal(5, "C5"), refusal(4)], fates), book(Sheet("表1", ROWS)))
    marks = {row.number: dict(row.marks) for row in run.heads[0].rows if row.marks}
    assert marks == {4: {2: "changed", None: "refused"}, 5: {2: "refused"}}


def test_a_sheet_shows_its_beginning_and_the_rows_with_marks_below_it() -> None:
    rows = [[f"r{n}"] for n in range(60_000)]
    findings = [refusal(n) for n in range(50_000, 50_000 + MARKED_ROWS + 9)]
    [head] = digest(look(findings, []), book(Sheet("表1", rows))).heads
    numbers = [row.number for row in head.rows]
    assert numbers == [*range(1, HEAD_ROWS + 1), *range(50_000, 50_000 + MARKED_ROWS)]
    assert [row.number for row in head.rows if row.follows_gap] == [50_000]
    assert head.all_rows == 60_000
    assert [row.number for row in head.rows if row.is_heading] == [2, 3]


def test_a_wide_sheet_is_shown_in_part_and_a_long_text_cut() -> None:
    [head] = heads_of(book(Sheet(None, [["字" * 500] * 300])), [])
    assert (head.columns, head.all_columns) == (HEAD_COLUMNS, 300)
    assert max(len(text) for text in head.rows[0].cells) <= 60 and head.rows[0].cells[0].endswith("…")
    assert head.layout.left_out == "no_table"


def test_headings_are_those_of_the_layout_else_those_of_its_rows() -> None:
    [head] = heads_of(book(Sheet("表1", [*ROWS[:3]])), [SheetLayout("表1", (1, 2))])
    assert head.headings == ("地区", "指标", "完成 / 上半年")


# --- The form --------------------------------------------------------------------------------------


def test_every_documented_column_can_be_chosen_once() -> None:
    documented = {column.name for columns in KINDS.values() for column in columns}
    beside = {"district_name", "indicator_name", "district_above", PART, "due_text", "blank_reason"}
    assert set(USES) == documented | beside | {"kind", TARGET, ACTUAL, SUBTOTAL, IGNORED}
    assert not set(USUAL) & set(FURTHER)


def answers(catalog: Catalog, before: Answers = NOTHING, **fields: str) -> Answers:
    """What the form says, sent as a browser sends it with everything as it was, but for some fields."""
    heads = heads_of(book(Sheet("表1", ROWS), Sheet("说明", [["见附件"]])), [LAYOUT, *before.layouts])
    form = {"read-0": "yes", "first-0": "2", "last-0": "3", "use-0-0": "district_code", "use-0-1": "indicator_code",
            "use-0-2": "actual", "given-0-2-period_code": "2025年上半年", "read-1": "no", "first-1": "1",
            "last-1": "1", "use-1-0": "ignored"}  # fmt: skip
    return read_answers(form | fields, heads, before, catalog, HERE)


def test_a_form_sent_as_it_was_says_nothing(catalog: Catalog) -> None:
    assert answers(catalog) == Answers()


def test_a_column_put_right_is_an_answer_for_its_sheet_alone(catalog: Catalog) -> None:
    found = answers(catalog, **{"use-0-1": "note"})
    [layout] = found.layouts
    assert layout.sheet == "表1" and [c.use for c in layout.columns] == ["district_code", "note", ACTUAL]
    assert layout.columns[2].given == {"period_code": "2025年上半年"}
    assert answers(catalog, found, **{"use-0-1": "note"}) == found, "sent again, it stays"


def test_what_a_heading_says_can_be_put_right(catalog: Catalog) -> None:
    [layout] = answers(catalog, **{"given-0-2-period_code": "2025-S2", "given-0-2-unit_code": " % "}).layouts
    assert layout.columns[2].given == {"period_code": "2025-S2", "unit_code": "%"}
    [layout] = answers(catalog, **{"given-0-2-period_code": ""}).layouts
    assert layout.columns[2].given == {}
    grouped = replace(LAYOUT.columns[2], given={**LAYOUT.columns[2].given, "breakdown_code": "残疾人"})
    before = Answers(layouts=(replace(LAYOUT, columns=(*LAYOUT.columns[:2], grouped)),))
    [layout] = answers(catalog, before, **{"given-0-2-breakdown_code": ""}).layouts
    assert layout.columns[2].given == {"period_code": "2025年上半年"}, "a group that is no part"


def test_a_sheet_can_be_left_out_and_another_read(catalog: Catalog) -> None:
    found = answers(catalog, **{"read-0": "no", "read-1": "yes", "use-1-0": "note"})
    assert [(x.sheet, x.left_out) for x in found.layouts] == [("表1", "by_choice"), ("说明", None)]
    assert found.layouts[1].columns == (ColumnUse(0, "见附件", "note"),)


def test_other_heading_rows_bring_other_headings(catalog: Catalog) -> None:
    [layout] = answers(catalog, **{"last-0": "2"}).layouts
    assert layout.header == (1, 1) and [c.heading for c in layout.columns] == ["地区", "指标", "完成"]


def test_what_is_stated_once_is_kept(catalog: Catalog) -> None:
    stated = {"stated-district_code": "990101", "stated-period_code": "2025年上半年", "stated-unit_code": "percent",
              "stated-kind": "actual", "stated-share_scale": "fraction"}  # fmt: skip
    found = answers(catalog, **stated)
    assert found.stated == {key.removeprefix("stated-"): text for key, text in stated.items()}
    assert answers(catalog, found).stated == {}, "emptied, it is no longer stated"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("first-0", "0"), ("first-0", "x"), ("first-0", "９"), ("last-0", "99999999"), ("last-0", "1"),
        ("use-0-1", "nothing"), ("use-0-1", "<script>"), ("stated-district_code", "990201"),
        ("stated-district_code", "x"), ("stated-period_code", "去年"), ("stated-unit_code", "x"),
        ("stated-kind", "x"), ("stated-share_scale", "x"),
    ],
)  # fmt: skip
def test_what_can_never_be_meant_is_said(catalog: Catalog, name: str, text: str) -> None:
    with pytest.raises(DabiaoError) as error:
        answers(catalog, **{name: text})
    assert error.value.zh and error.value.en != error.value.zh
