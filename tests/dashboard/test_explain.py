"""Why is it this light? The rule that decided, with its numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard.components.rows import Item
from dashboard.display import REASONS, Absent, Display
from dashboard.explain import basis_text, steps, verdict
from dashboard.state import ViewState
from tests.dashboard.made_up import BAND, BEDS, CASES, CATALOG, HOMES, MONEY, OPENED, S2, SHARE, D, row
from warehouse.catalog import Rule, Rules
from warehouse.measures.pace import ShareBasis
from warehouse.measures.status import Status
from warehouse.queries.lineage import Fact, Lineage
from warehouse.queries.mart import ProgressRow

ZH, EN = Display(CATALOG, "zh"), Display(CATALOG, "en")
FACT: Any = object()  # steps only asks whether there is one
Steps = dict[str, tuple[str, Any]]


def explained(judged: ProgressRow, target: Fact | None = FACT, display: Display = ZH) -> Steps:
    """Name → (formula, result)."""
    found = steps(Lineage(judged, target, None, (), ()), display)
    return {step.name: (step.formula, step.result) for step in found}


CASES_OF_EVERY_LIGHT: dict[Status, tuple[ProgressRow, tuple[str, ...]]] = {
    Status.MET: (row(SHARE, "85.25", "80", status="met"), ("85.25%", "≥80%", "已达标")),
    Status.ON_TRACK: (
        row(HOMES, "300", "600", status="on_track", pace_ratio="1.0000", expected_share="0.5"),
        ("2024年下半年", "1，", "正常"),
    ),
    Status.IN_PROGRESS: (
        row(SHARE, "70", "80", status="in_progress"), ("70%", "≥80%", "2024年下半年", "没有序时进度", "推进中"),
    ),
    Status.SLIPPING: (
        row(HOMES, "270", "600", status="slipping", pace_ratio="0.9"), ("0.9", "门槛0.8", "略滞后"),
    ),
    Status.BEHIND: (row(HOMES, "240", "600", status="behind", pace_ratio="0.79999"), ("0.79999", "门槛0.8", "滞后")),
    Status.MISSED: (
        row(SHARE, "79.96", "80", status="missed", period=S2), ("2024年下半年", "79.96%", "≥80%", "未达标"),
    ),
    Status.BREACHED: (
        row(CASES, "1", "0", comparator="<=", status="breached"), ("1例", "≤0例", "无法补回", "已突破"),
    ),
    Status.UNREPORTED: (row(SHARE, None, "80", status="unreported"), ("2024年上半年", "没有完成值", "不当作 0")),
    Status.MONITOR: (row(BEDS, "5"), ("没有适用的目标",)),
}  # fmt: skip


@pytest.mark.parametrize("light", Status)
def test_every_light_has_a_verdict_with_the_numbers_that_decided(light: Status) -> None:
    judged, words = CASES_OF_EVERY_LIGHT[light]
    indicator = CATALOG.indicators[judged.indicator_key]
    text = verdict(judged, indicator, ZH)
    for word in words:
        assert word in text
    for language in (ZH, EN):
        text = verdict(judged, indicator, language)
        assert text
        assert not set("{}") & set(text)
        assert "Absent" not in text


def test_a_ceiling_that_holds_so_far_is_only_on_track() -> None:
    text = verdict(row(CASES, "0", "0", comparator="<=", status="on_track"), CASES, ZH)
    assert "没有超过上限“≤0例”" in text
    assert "不算已达标" in text


def test_the_steps_of_a_flow_have_its_numbers() -> None:
    judged = row(
        HOMES, "240", "600", status="slipping", attainment="0.4", gap="-360", expected_share="0.5", pace_ratio="0.8",
        share_basis="default_half", forecast="480", forecast_basis="default_half",
    )  # fmt: skip
    assert explained(judged) == {
        "完成率": ("完成值 ÷ 目标值 = 240 ÷ 600", "40%"),
        "差距": ("完成值 − 目标值 = 240 − 600", "−360户"),
        "序时完成比": ("已完成 ÷ 应完成 = 40% ÷ 50%（按序时推算，上半年 50%）", "0.8"),
        "到期预测": ("完成值 ÷ 应完成份额（按序时推算，上半年 50%）", "480户"),
    }


def test_a_share_set_by_the_rules_says_so() -> None:
    judged = row(
        HOMES, "240", "600", status="on_track", attainment="0.4", gap="-360", expected_share="0.4", pace_ratio="1",
        share_basis="set_share", forecast="600", forecast_basis="set_share",
    )  # fmt: skip
    found = explained(judged)
    assert found["序时完成比"] == ("已完成 ÷ 应完成 = 40% ÷ 40%（规则设定的上半年占比）", "1")
    assert found["到期预测"] == ("完成值 ÷ 应完成份额（规则设定的上半年占比）", "600户")


def test_a_row_is_explained_by_the_rules_it_was_judged_by() -> None:
    former = Rules("2025.1", {(None, None): Rule(D("0.70"))})
    display = Display(replace(CATALOG, rule_versions={"2025.1": former}), "zh")
    for version, threshold in (("2025.1", "0.7"), ("2026.1", "0.8")):
        judged = row(HOMES, "200", "600", status="behind", pace_ratio="0.66", rule_version=version)
        assert f"小于门槛{threshold}，滞后" in verdict(judged, HOMES, display)


def test_progress_from_a_baseline_stands_apart_from_attainment() -> None:
    judged = row(
        SHARE, "75", "80", attainment="0.9375", gap="-5", progress_share="0.5", expected_share="0.6666666666",
        pace_ratio="0.75", share_basis="baseline", status="behind",
    )  # fmt: skip
    found = explained(judged)
    assert found["完成率"] == ("完成值 ÷ 目标值 = 75 ÷ 80", "93.75%")
    assert found["基期以来进度"] == ("（完成值 − 基期值）÷（目标值 − 基期值）", "50%")
    assert found["序时完成比"] == ("已完成 ÷ 应完成 = 50% ÷ 66.67%（从基期到目标直线推进）", "0.75")
    assert "到期预测" not in found


def test_a_ceiling_is_explained_the_other_way_round() -> None:
    held = explained(row(CASES, "3", "10", comparator="<=", attainment="1", gap="7", status="on_track"))
    assert held["完成率"] == ("3 不超过上限 10，记 100%", "100%")
    assert held["差距"] == ("上限 − 完成值 = 10 − 3", "+7例")
    broken = explained(row(CASES, "20", "10", comparator="<=", attainment="0.5", gap="-10", status="breached"))
    assert broken["完成率"] == ("上限 ÷ 完成值 = 10 ÷ 20", "50%")


def test_a_range_is_measured_at_the_end_that_counts() -> None:
    floor = explained(row(BEDS, "4", "3", target_high=D(5), comparator="range", attainment="1.333", gap="1"))
    assert floor["完成率"][0].endswith("4 ÷ 3")
    ceiling = explained(row(CASES, "4", "3", target_high=D(5), comparator="range", attainment="1", gap="1"))
    assert "上限 5" in ceiling["完成率"][0]
    band = explained(
        row(BAND, "9", "3", target_high=D(5), comparator="range", gap="-4", attainment_reason="outside_band")
    )
    assert isinstance(band["完成率"][1], Absent)
    assert band["完成率"][1].reason == REASONS["outside_band"]
    assert band["差距"][1] == "−4个百分点"


def test_a_negative_figure_has_a_minus_sign_in_the_formula() -> None:
    found = explained(row(MONEY, "-3", "5", gap="-8", attainment="-0.6"))
    assert found["差距"] == ("完成值 − 目标值 = −3 − 5", f"−8{'万元'}")
    assert found["完成率"] == ("完成值 ÷ 目标值 = −3 ÷ 5", "−60%")


@pytest.mark.parametrize(
    ("judged", "reason"),
    [
        (row(SHARE, "70", "80", share_basis="no_baseline"), "no_baseline"),
        (row(HOMES, "5", "0", expected_share="0.5", attainment_reason="target_not_positive"), "target_not_positive"),
        (row(HOMES, "5", "10", expected_share="0", attainment="0.5"), "share_not_positive"),
        (row(OPENED, "1", target_key=1, comparator=None, share_basis="no_pace_for_type"), "no_pace_for_type"),
    ],
)
def test_a_pace_that_is_not_computed_says_why_in_the_drawer_and_in_lists(judged: ProgressRow, reason: str) -> None:
    formula, result = explained(judged)["序时完成比"]
    assert formula == "不计算"
    assert result == Absent(REASONS[reason])
    assert Item(ZH, ViewState(), judged).pace == Absent(REASONS[reason])


def test_a_milestone_has_no_gap_and_says_so() -> None:
    judged = row(OPENED, "1", target_key=1, comparator=None, attainment="1", status="met")
    assert explained(judged)["差距"] == ("里程碑没有差距", Absent(REASONS["milestone_has_no_gap"]))
    shown = Item(ZH, ViewState(), judged)
    assert shown.gap == Absent(REASONS["milestone_has_no_gap"])
    assert (shown.actual, shown.target, shown.attainment) == ("已完成", "完成", "100%")
    unreported = row(OPENED, None, target_key=1, comparator=None, attainment_reason="no_actual", status="unreported")
    assert Item(ZH, ViewState(), unreported).gap == Absent(REASONS["no_actual"])


@pytest.mark.parametrize(
    ("basis", "who"), [("own_years", "本地区 4 个完整年度"), ("pooled_districts", "4 个地区的历史")]
)
def test_a_forecast_says_what_it_rests_on(basis: str, who: str) -> None:
    judged = row(
        HOMES, "240", "600", attainment="0.4", gap="-360", expected_share="0.45", pace_ratio="0.88",
        share_basis="own_history", forecast="533.333333333", forecast_low="500.001", forecast_high="560",
        forecast_basis="own_history", interval_basis=basis, forecast_support=4,
    )  # fmt: skip
    formula, result = explained(judged)["到期预测"]
    assert formula == "完成值 ÷ 应完成份额（本地区历年上半年占比）"
    assert result == f"533.33户（80% 区间 500 至 560，依据{who}）"


def test_a_trend_forecast_says_of_how_many_half_years() -> None:
    judged = row(BEDS, "5", "9", forecast="8.5", forecast_basis="theil_sen", forecast_support=6)
    assert explained(judged)["到期预测"] == ("中位斜率趋势线（6 个半年度）延伸到到期", "8.5张")


def test_a_forecast_is_not_rounded_onto_its_target() -> None:
    judged = row(SHARE, "75", "80", forecast="79.9999", forecast_basis="theil_sen", forecast_support=6)
    assert explained(judged)["到期预测"][1] == "79.9999%"


@pytest.mark.parametrize("basis", ShareBasis)
def test_every_basis_of_a_pace_has_its_words(basis: ShareBasis) -> None:
    assert basis_text(basis, ZH) not in (basis, "")


def test_without_a_target_or_an_actual_there_is_nothing_to_compute() -> None:
    assert explained(row(BEDS, "5"), None) == {}
    assert explained(row(BEDS, None, "5", status="unreported")) == {}
