"""趋势: what the figure is made of, and the sentence that says what it shows."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.display import Display
from dashboard.figures.trend import HEIGHT, trend
from tests.dashboard.made_up import (
    BAND,
    BEDS,
    CASES,
    CATALOG,
    DISTRICTS,
    GROWTH,
    HOMES,
    MONEY,
    OLD_BEDS,
    OPENED,
    S1,
    S2,
    SHARE,
    STANDARD,
    D,
    row,
)
from warehouse.catalog import Indicator
from warehouse.measures.period import Period, from_index
from warehouse.queries.mart import ProgressRow

ZH, EN = Display(CATALOG, "zh"), Display(CATALOG, "en")
HERE = DISTRICTS[0]
Y22, Y23, Y24 = (tuple(Period(year, half) for half in (1, 2)) for year in (2022, 2023, 2024))
Figure = dict[str, Any]


def drawn(*rows: ProgressRow, display: Display = ZH) -> Figure:
    """The figure, after it was checked."""
    figure, said = trend(rows, CATALOG.indicators[rows[-1].indicator_key], HERE, display)
    go.Figure(**figure)
    json.dumps(figure, allow_nan=False)
    assert figure["layout"]["height"] == HEIGHT
    assert len(said) > 5
    for trace in figure["data"]:
        years, halves = trace["x"]
        assert len(years) == len(halves) == len(trace["y"])
    return figure


def said(*rows: ProgressRow, display: Display = ZH) -> str:
    """The sentence."""
    return trend(rows, CATALOG.indicators[rows[-1].indicator_key], HERE, display)[1]


def traces(figure: Figure, **wanted: Any) -> list[Figure]:
    """Traces with these properties."""
    return [t for t in figure["data"] if all(t.get(name) == value for name, value in wanted.items())]


def joined(figure: Figure) -> set[tuple[int, int]]:
    """Neighbouring places on the axis that a line of actuals joins."""
    found = set()
    for line in traces(figure, type="scatter", mode="lines"):
        y = line["y"]
        found |= {(i, i + 1) for i in range(len(y) - 1) if y[i] is not None and y[i + 1] is not None}
    return found


def test_a_half_year_without_a_figure_is_a_gap_and_never_0() -> None:
    figure = drawn(row(BEDS, "5", period=Y22[0]), row(BEDS, "6", period=Y22[1]), row(BEDS, "9", period=Y23[1]))
    [points] = traces(figure, mode="markers+text")
    assert points["x"] == [["2022", "2022", "2023", "2023"], ["上", "下", "上", "下"]]
    assert points["y"] == [5.0, 6.0, None, 9.0]
    assert all(line["connectgaps"] is False for line in traces(figure, mode="lines"))
    assert joined(figure) == {(0, 1)}


def test_an_unreported_half_year_has_no_mark() -> None:
    figure = drawn(row(BEDS, "5", "9"), row(BEDS, None, "9", period=S2, status="unreported"))
    [points] = traces(figure, name="完成值")
    assert points["y"] == [5.0, None]
    assert points["text"] == ["5张", ""]


def test_a_change_of_definition_breaks_the_line_there_and_nowhere_else() -> None:
    rows = [row(OLD_BEDS, str(n), period=p) for n, p in enumerate((*Y22, Y23[0]))]
    rows += [row(BEDS, str(n), period=p) for n, p in enumerate((Y23[1], *Y24))]
    figure = drawn(*rows)
    assert joined(figure) == {(0, 1), (1, 2), (3, 4), (4, 5)}
    [mark] = [note for note in figure["layout"]["annotations"] if note["text"] == "定义变更"]
    assert (mark["x"], mark["yref"]) == (3, "paper")
    [points] = traces(figure, mode="markers+text")
    assert points["y"] == [0, 1, 2, 0, 1, 2]


def test_a_definition_that_changes_after_a_gap_is_marked_where_the_new_one_begins() -> None:
    figure = drawn(row(OLD_BEDS, "1", period=Y22[0]), row(BEDS, "2", period=Y23[1]))
    assert joined(figure) == set()
    assert [note["x"] for note in figure["layout"]["annotations"]] == [3]


def test_a_flow_is_bars_from_0_the_first_half_in_a_lighter_tint() -> None:
    figure = drawn(row(HOMES, "240", period=S1), row(HOMES, "600", period=S2))
    [bars] = traces(figure, type="bar")
    assert bars["y"] == [240.0, 600.0]
    assert bars["marker"]["color"][0] != bars["marker"]["color"][1]
    assert figure["layout"]["yaxis"]["rangemode"] == "tozero"
    assert not traces(figure, mode="lines")


def test_the_pace_stands_behind_a_flow_at_its_share_of_the_target() -> None:
    figure = drawn(
        row(HOMES, "240", "600", expected_share="0.5", share_basis="default_half"),
        row(HOMES, "480", "600", period=S2, expected_share="1", share_basis="due"),
    )
    [pace] = traces(figure, name="序时进度")
    assert pace["y"] == [300.0, 600.0]
    assert figure["data"][0] is pace


def test_a_pace_from_a_baseline_is_not_drawn_as_a_share_of_the_target() -> None:
    figure = drawn(row(SHARE, "70", "80", expected_share="0.5", share_basis="baseline"))
    assert not traces(figure, name="序时进度")


def test_the_target_is_a_step_that_changes_with_the_period() -> None:
    rows = [row(BEDS, "5", "10", period=Y23[0]), row(BEDS, "6", "10", period=Y23[1]), row(BEDS, "7", "12", period=S1)]
    figure = drawn(*rows, row(BEDS, "8", period=S2))
    [step] = traces(figure, name="目标值")
    assert step["y"] == [10.0, 10.0, 12.0, None]
    assert step["line"]["shape"] == "hvh"
    [label] = figure["layout"]["annotations"]
    assert (label["text"], label["y"], label["xref"]) == ("目标 ≥12张", 12.0, "paper")


def test_a_band_has_both_its_edges() -> None:
    figure = drawn(row(BAND, "4", "3", target_high=D(5), comparator="range", status="met"))
    assert [step["y"] for step in traces(figure, name="目标值")] == [[3.0], [5.0]]
    assert figure["layout"]["annotations"][0]["text"] == "目标 3–5%"


def test_a_milestone_has_no_target_line() -> None:
    figure = drawn(row(OPENED, "1", target_key=1, comparator=None, status="met"))
    assert not traces(figure, name="目标值")
    assert figure["layout"]["annotations"] == []


def test_a_forecast_is_an_open_mark_at_the_due_period_with_its_interval() -> None:
    figure = drawn(
        row(HOMES, "240", "600", forecast="480.5", forecast_low="450", forecast_high="530"),
        row(HOMES, None, "600", period=S2, status="unreported"),
    )
    [mark] = traces(figure, text=["预测"])
    assert mark["x"] == [["2024"], ["下"]]
    assert mark["y"] == [480.5]
    assert mark["marker"]["symbol"] == "diamond-open"
    assert (mark["error_y"]["array"], mark["error_y"]["arrayminus"]) == ([49.5], [30.5])


def test_a_forecast_without_an_interval_has_no_error_bar() -> None:
    figure = drawn(row(HOMES, "240", "600", forecast="480"), row(HOMES, None, "600", period=S2))
    assert "error_y" not in traces(figure, text=["预测"])[0]


def test_a_forecast_is_gone_once_a_later_figure_is_known() -> None:
    figure = drawn(row(HOMES, "240", "600", forecast="480"), row(HOMES, "500", "600", period=S2, status="missed"))
    assert not traces(figure, text=["预测"])


def test_every_mark_has_its_light_in_colour_and_shape() -> None:
    figure = drawn(row(SHARE, "70", "80", status="in_progress"), row(SHARE, "85", "80", period=S2, status="met"))
    [points] = traces(figure, mode="markers+text")
    assert len(set(points["marker"]["color"])) == len(set(points["marker"]["symbol"])) == 2


def test_numbers_on_the_figure_are_the_reported_decimals() -> None:
    figure = drawn(row(MONEY, "114.4907"), row(MONEY, "7000", period=S2, qualifier=">"))
    [bars] = traces(figure, name="完成值")
    assert bars["text"] == ["114.4907万元", "超过7,000万元"]
    assert bars["hovertext"] == ["2024年上半年<br>114.4907万元", "2024年下半年<br>超过7,000万元"]
    assert figure["layout"]["yaxis"]["title"]["text"] == "万元"


def test_on_a_long_axis_only_the_newest_figure_is_labelled() -> None:
    rows = [row(STANDARD, str(n), period=from_index(S1.index + n)) for n in range(7)]
    [points] = traces(drawn(*rows, row(STANDARD, None, period=Period(2027, 2), status="unreported")), name="完成值")
    assert points["text"] == ["", "", "", "", "", "", "6元/人/月", ""]


def test_nothing_to_draw_is_an_empty_figure_with_a_sentence() -> None:
    figure, text = trend([], BEDS, HERE, ZH)
    assert figure["data"] == []
    assert text == "没有数据。"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row(BEDS, None, "9", status="unreported")], "甲区没有填报过床位数。"),
        ([row(BEDS, "5")], "甲区床位数2024年上半年为5张。"),
        ([row(SHARE, "79.96", "80", status="missed")], "甲区覆盖率2024年上半年为79.96%，目标≥80%，未达标。"),
        ([row(BEDS, "5", period=Y23[1]), row(BEDS, "9")], "甲区床位数2024年上半年为9张；比2023年下半年增加4张。"),
        (
            [row(SHARE, "5.5", period=Y23[1]), row(SHARE, "5")],
            "甲区覆盖率2024年上半年为5%；比2023年下半年减少0.5个百分点。",
        ),
        ([row(BEDS, "5", period=Y23[1]), row(BEDS, "5")], "甲区床位数2024年上半年为5张；与2023年下半年持平。"),
        (
            [row(HOMES, "5", period=Y23[0]), row(HOMES, "20", period=Y23[1]), row(HOMES, "9")],
            "甲区改造户数2024年上半年为9户；比2023年上半年增加4户。",
        ),
        ([row(HOMES, "20", period=Y23[1]), row(HOMES, "9")], "甲区改造户数2024年上半年为9户。"),
        ([row(OLD_BEDS, "5", period=Y22[1]), row(BEDS, "9", period=Y23[0])], "甲区床位数2023年上半年为9张。"),
        ([row(GROWTH, "-3", period=Y23[1]), row(GROWTH, "-5")], "为−5%；比2023年下半年减少2个百分点。"),
    ],
)
def test_the_sentence_is_made_from_the_data(rows: list[ProgressRow], sentence: str) -> None:
    assert sentence in said(*rows)
    assert said(*rows).endswith("。")


levels = st.sampled_from([HOMES, CASES, BEDS, SHARE, BAND, STANDARD, GROWTH, MONEY])
numbers = st.none() | st.decimals(-(10**6), 10**6, allow_nan=False, allow_infinity=False, places=3)


@given(levels, st.dictionaries(st.integers(4040, 4060), st.tuples(numbers, numbers), min_size=1, max_size=12))
def test_any_series_can_be_drawn_and_loses_no_figure(
    indicator: Indicator, series: dict[int, tuple[Decimal | None, Decimal | None]]
) -> None:
    rows = [
        row(indicator, None if a is None else str(a), None if t is None else str(t), period=from_index(at))
        for at, (a, t) in sorted(series.items())
    ]
    for display in (ZH, EN):
        figure = drawn(*rows, display=display)
        [actuals] = [t for t in figure["data"] if "hovertext" in t]
        assert [v for v in actuals["y"] if v is not None] == [
            float(a) for _, (a, _) in sorted(series.items()) if a is not None
        ]
        assert said(*rows, display=display)


def test_the_axis_in_english() -> None:
    figure = drawn(row(replace(BEDS), "5"), row(BEDS, "6", period=S2), display=EN)
    assert figure["data"][0]["x"][1] == ["H1", "H2"]
    assert "beds" in said(row(BEDS, "5"), display=EN)
