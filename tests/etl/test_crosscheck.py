"""What no single row can tell: repetitions, sums, breakdowns, shares of parts, and figures far from their history."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.codebook import Codebook
from etl.crosscheck import History
from tests.etl.interpreting import accepted, cautions, grid, interpreted, refused

DISTRICTS = ["钟楼区", "金坛区", "普陀区", "冷水滩区", "兰陵县"]
HEAD = ["地区", "指标", "半年度", "完成值", "单位"]


def series(codebook: Codebook, indicator: str, *past: tuple[int, str]) -> History:
    """What was reported of 钟楼区 before."""
    catalog = codebook.catalog
    [definition] = catalog.indicators_by_code[indicator]
    key = definition.key, catalog.district_by_code["320404"].key, catalog.breakdown_by_code["total"].key
    return {key: [(period, D(value)) for period, value in past]}


# --- repetitions ----------------------------------------------------------------------------------

SAYINGS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), st.booleans()), max_size=8)


@settings(max_examples=60)
@given(said=SAYINGS)
def test_of_a_fact_said_twice_alike_the_first_stands_and_said_differently_none(
    codebook: Codebook, said: list[tuple[int, int, bool]]
) -> None:
    """One in a unit ten thousand times as large says the same."""
    rows = [
        [
            DISTRICTS[d],
            "低保人数",
            "2020-S1",
            f"{value}" if in_units else f"{value * 10000}",
            "万人" if in_units else "人",
        ]
        for d, value, in_units in said
    ]
    read = interpreted(codebook, [HEAD, *rows])
    kept, lost = accepted(read), refused(read)
    assert len(kept) + len(lost) == len(rows) and not kept.keys() & lost.keys()
    for district in {d for d, _, _ in said}:
        mine = [(f"D{n + 2}", value) for n, (d, value, _) in enumerate(said) if d == district]
        (first, _), *later = mine
        if len({value for _, value in mine}) == 1:
            assert first in kept and all(lost[cell] == ["duplicate_row"] for cell, _ in later)
        else:
            assert all(lost[cell] == ["conflicting_rows"] for cell, _ in mine)


# --- sums -----------------------------------------------------------------------------------------

FIGURES = st.lists(st.integers(0, 10**6), min_size=2, max_size=len(DISTRICTS))


@settings(max_examples=60)
@given(figures=FIGURES, off=st.sampled_from([0, 0, 1, -1, 10**6]), is_first=st.booleans(), blank=st.booleans())
def test_a_sum_row_takes_its_parts_with_it_exactly_where_it_is_wrong(
    codebook: Codebook, figures: list[int], off: int, is_first: bool, blank: bool
) -> None:
    rows = [[district, str(figure)] for district, figure in zip(DISTRICTS, figures, strict=False)]
    rows += [["常州市", "—"]] if blank else []
    total = ["合计", str(sum(figures) + off)]
    rows = [total, *rows] if is_first else [*rows, total]
    read = interpreted(codebook, [["地区", "低保人数（人）"], *rows], stated={"period_code": "2020-S1"})
    places = {f"B{n + 2}" for n, row in enumerate(rows) if row[0] in DISTRICTS}
    if off:
        assert refused(read) == {cell: ["sum_mismatch"] for cell in places} and accepted(read) == {}
    else:
        assert accepted(read).keys() == places and list(accepted(read).values()) == figures


@settings(max_examples=60)
@given(table=st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999), st.integers(-1, 1)), min_size=1, max_size=5))
def test_a_sum_column_judges_each_row_by_itself(codebook: Codebook, table: list[tuple[int, int, int]]) -> None:
    indicators = ["低保人数", "低保户数", "孤儿人数", "适老化改造户数", "临时救助人次"][: len(table)]
    head = ["指标", "钟楼区", "金坛区", "合计"]
    rows = [
        [name, str(a), str(b), str(a + b + off)] for name, (a, b, off) in zip(indicators, table, strict=False)
    ]  # fmt: skip
    read = interpreted(codebook, [head, *rows], stated={"period_code": "2020-S1"})
    wrong = {f"{c}{n + 2}" for n, (_, _, off) in enumerate(table) if off for c in "BC"}
    assert set(refused(read)) == wrong
    assert set(accepted(read)) == {f"{c}{n + 2}" for n in range(len(table)) for c in "BC"} - wrong


def test_shares_are_not_added(codebook: Codebook) -> None:
    rows = grid("地区|护理型床位占比（%）\n钟楼区|60\n金坛区|70\n合计|65")
    assert len(accepted(interpreted(codebook, rows, stated={"period_code": "2020-S1"}))) == 2


def test_a_sum_of_parts_one_of_which_is_refused_is_not_judged(codebook: Codebook) -> None:
    rows = grid("地区|低保人数\n钟楼区|10\n无名区|20\n合计|99")
    read = interpreted(codebook, rows, stated={"period_code": "2020-S1"})
    assert (accepted(read), refused(read)) == ({"B2": 10}, {"B3": ["unknown_district"]})


def test_subtotals_are_of_the_rows_above_or_below_them(codebook: Codebook) -> None:
    rows = grid("地区|低保人数\n钟楼区|10\n金坛区|20\n小计|30\n普陀区|5\n冷水滩区|6\n小计|11\n合计|41")
    assert len(accepted(interpreted(codebook, rows, stated={"period_code": "2020-S1"}))) == 4


def test_the_difference_is_told(codebook: Codebook) -> None:
    rows = grid("地区|低保人数\n钟楼区|10\n金坛区|20\n合计|31")
    read = interpreted(codebook, rows, stated={"period_code": "2020-S1"})
    [finding, _] = [f for part in read.conformed for r in part.refused for f in r.findings]
    assert finding.detail_zh == "Sheet1!B4 写的合计是 31，各项相加是 30，差 1。"
    assert finding.detail_en == "Sheet1!B4 says 31, its parts make 30: 1 apart."


# --- breakdowns -----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    urban=st.integers(1, 999), rural=st.integers(0, 999), off=st.integers(-1, 1),
    order=st.permutations(["", "城市", "农村"]), left_out=st.sampled_from([None, None, "", "城市", "农村"]),
)  # fmt: skip
def test_a_total_is_town_and_country_together_where_all_three_are_given(
    codebook: Codebook, urban: int, rural: int, off: int, order: list[str], left_out: str | None
) -> None:
    figures = {"": urban + rural + off, "城市": urban, "农村": rural}
    rows = [["钟楼区", "低保人数", word, "2020-S1", str(figures[word])] for word in order if word != left_out]
    read = interpreted(codebook, [["地区", "指标", "城乡", "半年度", "完成值"], *rows])
    places = {f"E{n + 2}" for n in range(len(rows))}
    if off and left_out is None:
        assert refused(read) == {cell: ["sum_mismatch"] for cell in places}
    else:
        assert set(accepted(read)) == places


# --- parts of a share -----------------------------------------------------------------------------


@settings(max_examples=80)
@given(
    numerator=st.integers(20, 480), denominator=st.integers(500, 900), digits=st.integers(0, 3), off=st.integers(-2, 2)
)
def test_a_share_agrees_with_its_parts_to_the_last_digit_given(
    codebook: Codebook, numerator: int, denominator: int, digits: int, off: int
) -> None:
    exact = D(100 * numerator) / denominator
    value = exact.quantize(D(1).scaleb(-digits)) + off * D(1).scaleb(-digits)
    head = ["地区", "指标", "半年度", "完成值", "分子", "分母"]
    row = ["钟楼区", "护理型床位占比", "2020-S1", f"{value:f}%", str(numerator), str(denominator)]
    read = interpreted(codebook, [head, row])
    if abs(value - exact) >= D(1).scaleb(-digits):
        assert refused(read) == {"D2": ["parts_mismatch"]}
    else:
        assert accepted(read) == {"D2": value}


# --- history --------------------------------------------------------------------------------------

# indicator, history, figure of 2020-S1, whether it is far
HISTORIES = {
    "five times as much is not far": ("dibao_persons", [(20182, "100"), (20191, "110")], "550", False),
    "more than five times is": ("dibao_persons", [(20182, "100"), (20191, "110")], "551", True),
    "a fifth is not": ("dibao_persons", [(20191, "100")], "20", False),
    "less than a fifth is": ("dibao_persons", [(20191, "100")], "19", True),
    "within what was reported before": ("dibao_persons", [(20182, "1"), (20191, "100")], "9", False),
    "the nearest counts": ("dibao_persons", [(20182, "100"), (20191, "1")], "400", False),
    "shares: thirty points are not far": ("nursing_bed_share", [(20191, "60%")], "90", False),
    "shares: more are": ("nursing_bed_share", [(20191, "60%")], "90.1", True),
    "from nothing to a hundred": ("dibao_persons", [(20191, "0")], "100", True),
    "from nothing to less": ("dibao_persons", [(20191, "0")], "99", False),
    "no history": ("dibao_persons", [], "1000000", False),
    "a flow has its halves apart": ("home_adaptations", [(20192, "600")], "100", False),
    "a flow against the same half": ("home_adaptations", [(20191, "600")], "100", True),
    "believed already": ("dibao_persons", [(20191, "1"), (20201, "100")], "100", False),
    "a correction is news": ("dibao_persons", [(20191, "1"), (20201, "2")], "100", True),
}


@pytest.mark.parametrize("case", HISTORIES)
def test_what_is_far_from_history_is_accepted_with_a_caution(codebook: Codebook, case: str) -> None:
    indicator, past, figure, is_far = HISTORIES[case]
    history = series(codebook, indicator, *((period, value.rstrip("%")) for period, value in past))
    read = interpreted(codebook, [HEAD[:4], ["钟楼区", indicator, "2020-S1", figure]], history=history)
    assert accepted(read) == {"D2": D(figure)}
    assert [(f.reason, f.cell) for f in cautions(read)] == ([("far_from_history", "D2")] if is_far else [])
    if is_far:
        assert all(f"{p // 10}-S{p % 10} {v.rstrip('%')}" in cautions(read)[0].detail_zh for p, v in past if p != 20201)


def test_history_counts_in_the_indicators_unit(codebook: Codebook) -> None:
    history = series(codebook, "dibao_persons", (20191, "10000"))
    for figure, unit, reasons in (("1", "万人", []), ("10", "万人", ["far_from_history"]), ("10000", "人", [])):
        read = interpreted(codebook, [HEAD, ["钟楼区", "低保人数", "2020-S1", figure, unit]], history=history)
        assert [f.reason for f in cautions(read)] == reasons


@pytest.mark.parametrize(("indicator", "reasons"), [("适老化改造户数", ["falls_within_year"]), ("低保人数", [])])
def test_a_flow_does_not_fall_within_its_year(codebook: Codebook, indicator: str, reasons: list[str]) -> None:
    rows = [["钟楼区", indicator, "2020-S1", "300"], ["钟楼区", indicator, "2020-S2", "299"]]
    read = interpreted(codebook, [HEAD[:4], *rows])
    assert [(f.reason, f.cell) for f in cautions(read)] == [(reason, "D3") for reason in reasons]


def test_targets_have_no_history(codebook: Codebook) -> None:
    history = series(codebook, "dibao_persons", (20191, "1"))
    read = interpreted(
        codebook, [["地区", "指标", "半年度", "目标值"], ["钟楼区", "低保人数", "2020", "≤999999"]], history=history
    )
    assert accepted(read) == {"D2": 999999} and cautions(read) == []
