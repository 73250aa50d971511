"""Conform: records that ask no question are made at once, and no otherwise than one by one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl.codebook import Codebook
from etl.conform import Conforming
from etl.infer import infer_layout
from etl.reference import read_aliases
from etl.sheets import Sheet
from etl.unfold import unfold
from etl.validate import Validated, validate
from tests.etl.support import ACTUAL_HEADER, DATA
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine
from warehouse.scope import Scope

CELLS = {
    "district_code": ["320404", "钟楼区", "320413", "无此区"],
    "indicator_code": ["home_adaptations", "nursing_bed_share", "dibao_standard", "care_guidance_centre_open", "x"],
    "breakdown_code": ["total", "", "urban"],
    "period_code": ["2020-S1", "2020年", "2031-S1", "?"],
    "value": ["0", "1", "62.5", "1e2", "-3", "约8", "100.01", "1,200", "0.5%", "3万", "未完成", "", "12人"],
    "unit_code": ["household", "percent", "", "元/人/月", "done", "万人"],
}
ROWS = st.lists(st.tuples(*(st.sampled_from(cells) for cells in CELLS.values())), max_size=8)
PLAIN = ("320404", "home_adaptations", "total", "2020-S1", "350", "household")


@pytest.fixture(scope="module")
def book(reference_file: Path) -> Codebook:
    """The words of the reference."""
    engine = open_engine(f"sqlite:///{reference_file}")
    with engine.connect() as connection:
        found = Codebook(fetch_catalog(connection), read_aliases(DATA))
    engine.dispose()
    return found


def validated(book: Codebook, rows: list[tuple[str, ...]], sheet_name: str | None) -> Validated:
    sheet = Sheet(sheet_name, [ACTUAL_HEADER.split(","), *map(list, rows)])
    (table,) = unfold(sheet, infer_layout(sheet, "a.csv", book, {}), book).tables
    return validate(table, date(2026, 1, 1), book.names_of)


@given(ROWS, st.sampled_from([None, "表"]))
@example([PLAIN, (*PLAIN[:4], "0.5", PLAIN[5]), (*PLAIN[:4], "约8", PLAIN[5])], None)
def test_what_is_made_at_once_is_what_is_made_one_by_one(
    book: Codebook, rows: list[tuple[str, ...]], sheet_name: str | None
) -> None:
    found = validated(book, rows, sheet_name)
    at_once = Conforming(book, Scope.everything()).conform(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Conforming, "_plain_actuals", lambda *_: {})
        one_by_one = Conforming(book, Scope.everything()).conform(found)
    assert at_once == one_by_one
    assert [str(row["value"]) for row in at_once.rows] == [str(row["value"]) for row in one_by_one.rows]


def test_plain_figures_are_made_at_once(book: Codebook) -> None:
    odd = [(*PLAIN[:4], value, unit) for value, unit in (("0.5", "household"), ("3万", "household"), ("1", "percent"))]
    assert Conforming(book, Scope.everything())._plain_actuals(validated(book, [PLAIN, *odd], None)).keys() == {0}
