"""Values as people read them: exact, with their unit, never across their target."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.display import REASONS, STATUS_WORDS, THIN_SPACE, Absent, Display, Text
from tests.dashboard.made_up import (
    BAND,
    BEDS,
    CASES,
    CATALOG,
    GROWTH,
    HOMES,
    ITEMS,
    MONEY,
    OPENED,
    SHARE,
    STANDARD,
    TOWN,
    D,
    row,
)
from warehouse.catalog import Indicator
from warehouse.measures.computed import Reason
from warehouse.measures.pace import ShareBasis
from warehouse.measures.period import Period
from warehouse.measures.status import Status

ZH, EN = Display(CATALOG, "zh"), Display(CATALOG, "en")
HYPHEN = re.compile(r"-\d")
figures = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=4)


def reason(text: Text) -> str:
    """Why a value is absent."""
    assert isinstance(text, Absent)
    return text.reason


@pytest.mark.parametrize(
    ("indicator", "value", "zh", "en"),
    [
        (HOMES, "8000", "8,000户", f"8,000{THIN_SPACE}households"),
        (SHARE, "85.25", "85.25%", "85.25%"),
        (STANDARD, "850", "850元/人/月", f"850{THIN_SPACE}CNY/person/month"),
        (MONEY, "114.4907", "114.4907万元", f"114.4907{THIN_SPACE}×10⁴ CNY"),
        (ITEMS, "3", "3个", "3"),
        (SHARE, "79.9600", "79.9600%", "79.9600%"),
        (SHARE, "0", "0%", "0%"),
        (GROWTH, "-3.5", "−3.5%", "−3.5%"),
        (HOMES, "1234567", "1,234,567户", f"1,234,567{THIN_SPACE}households"),
    ],
)
def test_a_value_has_every_digit_and_its_unit(indicator: Indicator, value: str, zh: str, en: str) -> None:
    assert ZH.value(D(value), indicator) == zh
    assert EN.value(D(value), indicator) == en


def test_a_latin_unit_has_a_thin_space_in_chinese_too() -> None:
    assert ZH.with_unit("3", "kilogram") == f"3{THIN_SPACE}kg"


def test_a_value_that_is_not_there_is_a_dash_with_its_reason() -> None:
    assert reason(ZH.value(None, SHARE)) == REASONS["no_actual"]
    assert reason(ZH.value(None, SHARE, "parts_missing")) == REASONS["parts_missing"]
    for text in (
        ZH.gap(None, SHARE), ZH.share(None), ZH.ratio(None), ZH.target(row(SHARE, "1"), SHARE),
        ZH.period(None), ZH.actual(row(SHARE, None), SHARE),
    ):  # fmt: skip
        assert reason(text)


def test_every_reason_there_is_has_a_sentence() -> None:
    assert {*Reason} <= REASONS.keys()
    for language in (ZH, EN):
        for code in (*REASONS, *ShareBasis):
            assert language.reason(code)
    assert all(text.strip() == text and not text.isascii() for text in REASONS.values())


@pytest.mark.parametrize(("value", "zh"), [("1", "已完成"), ("0", "未完成"), ("0.5", "未完成")])
def test_a_milestone_is_a_word(value: str, zh: str) -> None:
    assert ZH.value(D(value), OPENED) == zh


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (row(SHARE, None, "80"), "≥80%"),
        (row(CASES, None, "0", comparator="<="), "≤0例"),
        (row(BEDS, None, "600", comparator="="), "600张"),
        (row(BEDS, None, "3", target_high=D(5), comparator="range"), "3–5张"),
        (row(SHARE, None, "100", comparator="all"), "全覆盖"),
        (row(OPENED, None, target_key=1, comparator=None), "完成"),
        (row(GROWTH, None, "-1", target_high=D(1), comparator="range"), "−1–1%"),
        (row(GROWTH, None, "-2.5", comparator="<="), "≤−2.5%"),
        (row(HOMES, None, "12000"), "≥12,000户"),
    ],
)
def test_a_target_keeps_its_comparator(target: object, text: str) -> None:
    of = CATALOG.indicators[target.indicator_key]  # type: ignore[attr-defined]
    assert ZH.target(target, of) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mark", "zh"), [(">", "超过"), (">=", "不少于"), ("<", "近"), ("<=", "不多于"), ("~", "约"), (None, ""), ("=", "")]
)
def test_what_the_source_says_of_its_exactness_stands_before_the_figure(mark: str | None, zh: str) -> None:
    assert ZH.actual(row(HOMES, "7000", qualifier=mark), HOMES) == f"{zh}7,000户"
    english = str(EN.actual(row(HOMES, "7000", qualifier=mark), HOMES))
    before = english.removesuffix(f"7,000{THIN_SPACE}households")
    assert before != english
    assert before.endswith(" ") is bool(zh)


def test_nothing_is_shown_on_the_other_side_of_its_target() -> None:
    """79.96 against 80 is below it, however few digits are shown."""
    below, above = D(80) - D("1e-9"), D(80) + D("1e-9")
    for value in (below, above):
        shown = str(ZH.actual(row(SHARE, str(value), "80"), SHARE))
        assert shown != "80%"
        assert (D(shown.rstrip("%")) > 80) == (value > 80)
    assert ZH.actual(row(SHARE, "79.96", "80"), SHARE) == "79.96%"
    assert ZH.actual(row(SHARE, "80", "80"), SHARE) == "80%"
    high = row(SHARE, "89.99999999", "80", target_high=D(90), comparator="range")
    assert ZH.actual(high, SHARE) == "89.99999999%"


@given(figures)
def test_a_reported_figure_loses_no_digit(value: Decimal) -> None:
    shown = ZH.number(value)
    assert D(shown.replace(",", "").replace("−", "-")) == value
    assert not HYPHEN.search(shown)


@given(st.integers(-(10**6), 10**6), st.integers(1, 999))
def test_an_endless_figure_is_cut_at_six_decimals(numerator: int, denominator: int) -> None:
    value = D(numerator) / D(denominator)
    shown = D(ZH.number(value).replace(",", "").replace("−", "-"))
    assert abs(shown - value) <= D("0.0000005")


@pytest.mark.parametrize(
    ("gap", "indicator", "zh"),
    [
        ("5.25", SHARE, "+5.25个百分点"),
        ("-5.25", SHARE, "−5.25个百分点"),
        ("0", SHARE, "0个百分点"),
        ("-360", BEDS, "−360张"),
        ("12", BAND, "+12个百分点"),
        ("0.0000001", SHARE, "+0.0000001个百分点"),
    ],
)
def test_a_gap_has_its_sign_and_percentages_differ_in_points(gap: str, indicator: Indicator, zh: str) -> None:
    assert ZH.gap(D(gap), indicator) == zh


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ("1.0656", "106.56%"), ("0.4", "40%"), ("1", "100%"), ("0.99999", "99.999%"), ("1.00001", "100.001%"),
        ("0", "0%"), ("0.000001", "0.0001%"), ("-0.25", "−25%"), ("0.123456", "12.35%"), ("12.5", "1,250%"),
    ],
)  # fmt: skip
def test_a_share_is_a_percentage_that_never_rounds_onto_0_or_100(share: str, text: str) -> None:
    assert ZH.share(D(share)) == text


def test_a_ratio_is_not_rounded_onto_a_threshold() -> None:
    assert ZH.ratio(D("0.7999"), (D("0.80"),)) == "0.7999"
    assert ZH.ratio(D("0.7999")) == "0.8"
    assert ZH.ratio(D("0.99996")) == "0.99996"
    assert ZH.ratio(D("-1.5")) == "−1.5"


@given(figures)
def test_no_number_has_a_hyphen_for_a_minus(value: Decimal) -> None:
    texts = [
        ZH.value(value, GROWTH), ZH.gap(value, BEDS), ZH.share(value), ZH.ratio(value), ZH.total(value, BEDS),
        ZH.target(row(GROWTH, None, str(value)), GROWTH),
    ]  # fmt: skip
    for text in texts:
        assert not HYPHEN.search(str(text))


def test_periods_days_and_moments_in_two_languages() -> None:
    assert (ZH.period(Period(2020, 1)), EN.period(Period(2020, 1))) == ("2020年上半年", "H1 2020")
    assert (ZH.period(Period(2020, 2)), EN.period(Period(2020, 2))) == ("2020年下半年", "H2 2020")
    assert (ZH.day(date(2020, 6, 30)), EN.day(date(2020, 6, 30))) == ("2020年6月30日", "30 June 2020")
    assert ZH.day(None) == ""
    late = datetime(2020, 6, 30, 16, 5, tzinfo=UTC)
    assert (ZH.moment(late), EN.moment(late)) == ("2020年7月1日 00:05", "1 July 2020 00:05")


def test_every_light_has_a_word_of_its_own() -> None:
    assert STATUS_WORDS.keys() == {*Status}
    for display in (ZH, EN):
        assert len({display.status(light) for light in Status}) == len(Status)
    assert ZH.status("met") == "已达标"


def test_a_series_is_named_with_its_breakdown_unless_that_is_the_total() -> None:
    assert ZH.series_name(row(BEDS, "1")) == "床位数"
    assert ZH.series_name(row(BEDS, "1", breakdown_key=TOWN.key)) == "床位数 · 城市"
    assert EN.series_name(row(BEDS, "1", breakdown_key=TOWN.key)) == "Beds · Urban"


def test_a_total_is_exact_and_a_quotient_short() -> None:
    assert ZH.total(D("1234.5"), MONEY) == "1,234.5万元"
    assert ZH.total(D(200) / D(3), SHARE) == "66.67%"
