"""Conform: records that ask no question are made at once, and no otherwise than one by one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl import conform
from etl.codebook import Codebook
from etl.conform import Conforming
from etl.infer import infer_layout
from etl.lookup import Lookup
from etl.plain_actuals import plain_actuals
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
    "value": [
        "0",
        "1",
        "62.5",
        "1e2",
        "-3",
        "约8",
        "100.01",
        "1,200",
        "0.5%",
        "0.5",
        "1.5",
        "3万",
        "未完成",
        "",
        "12人",
    ],
    "unit_code": ["household", "percent", "", "元/人/月", "done", "万人"],
}
ROWS = st.lists(st.tuples(*(st.sampled_from(cells) for cells in CELLS.values())), max_size=8)
PLAIN = ("320404", "home_adaptations", "total", "2020-S1", "350", "household")
SHARE = ("320404", "nursing_bed_share", "total", "2020-S1")
OWN_HEADER = "地区,指标,分组,半年度,完成值,单位"
SCALES = ("", "percent", "fraction")


@pytest.fixture(scope="module")
def book(reference_file: Path) -> Codebook:
    """The words of the reference."""
    engine = open_engine(f"sqlite:///{reference_file}")
    with engine.connect() as connection:
        found = Codebook(fetch_catalog(connection), read_aliases(DATA))
    engine.dispose()
    return found


def validated(
    book: Codebook, rows: list[tuple[str, ...]], sheet_name: str | None, header: str = ACTUAL_HEADER, scale: str = ""
) -> Validated | None:
    """The rows as values; None where they make no table."""
    sheet = Sheet(sheet_name, [header.split(","), *map(list, rows)])
    stated = {"share_scale": scale} if scale else {}
    tables = unfold(sheet, infer_layout(sheet, "a.csv", book, stated), book).tables
    return validate(tables[0], date(2026, 1, 1), book.names_of) if tables else None


@given(ROWS, st.sampled_from([None, "表"]), st.sampled_from([ACTUAL_HEADER, OWN_HEADER]), st.sampled_from(SCALES))
@example([PLAIN, (*PLAIN[:4], "0.5", PLAIN[5]), (*PLAIN[:4], "约8", PLAIN[5])], None, ACTUAL_HEADER, "")
@example(
    [(*SHARE, value, "percent") for value in ("0", "0.5", "1.2", "2", "2.1", "100.01", "62%")], None, OWN_HEADER, ""
)
def test_what_is_made_at_once_is_what_is_made_one_by_one(
    book: Codebook, rows: list[tuple[str, ...]], sheet_name: str | None, header: str, scale: str
) -> None:
    found = validated(book, rows, sheet_name, header, scale)
    if found is None:
        return
    at_once = Conforming(book, Scope.everything()).conform(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conform, "plain_actuals", lambda *_: {})
        one_by_one = Conforming(book, Scope.everything()).conform(found)
    assert at_once == one_by_one
    assert [str(row["value"]) for row in at_once.rows] == [str(row["value"]) for row in one_by_one.rows]


def test_plain_figures_are_made_at_once(book: Codebook) -> None:
    odd = [(*PLAIN[:4], value, unit) for value, unit in (("0.5", "household"), ("3万", "household"), ("1", "percent"))]
    found = validated(book, [PLAIN, *odd], None)
    assert found is not None and plain_actuals(found, Lookup(book, Scope.everything())).keys() == {0}
    shares = validated(book, [(*SHARE, value, "percent") for value in ("62", "0.5", "2", "2.1")], None, OWN_HEADER)
    assert shares is not None and plain_actuals(shares, Lookup(book, Scope.everything())).keys() == {0, 3}
