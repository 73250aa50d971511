"""Figures as people write them: what is read, what is blank, what is refused and why."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.amount import MEASURE_WORDS, Amount, Blank, NotAnAmount, is_blank, parse_amount
from etl.numerals import fold, format_numeral, parse_numeral

D = Decimal

READ = [
    # text, value, unit, qualifier, magnitude
    ("600", "600", None, None, None),
    ("0", "0", None, None, None),
    ("零", "0", None, None, None),
    ("1,234.5", "1234.5", None, None, None),
    ("１２３４", "1234", None, None, None),
    ("１，２３４．５", "1234.5", None, None, None),
    ("　85.25　％ ", "85.25", "%", None, None),
    ("85%", "85", "%", None, None),
    ("85％", "85", "%", None, None),
    ("85﹪", "85", "%", None, None),
    ("100.00%", "100.00", "%", None, None),
    ("3‰", "3", "‰", None, None),
    ("千分之三", "3", "‰", None, None),
    ("百分之八十五", "85", "%", None, None),
    ("百分之八十五点五", "85.5", "%", None, None),
    ("百分之85.5", "85.5", "%", None, None),
    ("百分之一百", "100", "%", None, None),
    ("八成", "80", "%", None, None),
    ("8成", "80", "%", None, None),
    ("8.5成", "85", "%", None, None),
    ("八成五", "85", "%", None, None),
    ("八成半", "85", "%", None, None),
    ("八点五成", "85", "%", None, None),
    ("十成", "100", "%", None, None),
    ("一半", "50", "%", None, None),
    ("1.2万", "12000", None, None, "万"),
    ("1.20万", "12000", None, None, "万"),
    ("3.5亿", "350000000", None, None, "亿"),
    ("1.5万亿", "1500000000000", None, None, "万亿"),
    ("1.2万元", "1.2", "万元", None, None),
    ("120 万元", "120", "万元", None, None),
    ("3.5亿元", "3.5", "亿元", None, None),
    ("12万人次", "12", "万人次", None, None),
    ("3千元", "3000", "元", None, "千"),
    ("5千万元", "5000", "万元", None, None),
    ("3千克", "3", "千克", None, None),
    ("1200人", "1200", "人", None, None),
    ("1200 人次", "1200", "人次", None, None),
    ("65户", "65", "户", None, None),
    ("600张", "600", "张", None, None),
    ("600（张）", "600", "张", None, None),
    ("85（%）", "85", "%", None, None),
    ("95分", "95", "分", None, None),
    ("1200平方米", "1200", "平方米", None, None),
    ("300元/人/月", "300", "元/人/月", None, None),
    ("300元/人、月", "300", "元/人、月", None, None),
    ("300元／人·月", "300", "元/人·月", None, None),
    ("45张/千名老人", "45", "张/千名老人", None, None),
    ("1200余人", "1200", "人", ">", None),
    ("30多个", "30", "个", ">", None),
    ("1000余万元", "1000", "万元", ">", None),
    ("12万余人", "12", "万人", ">", None),
    ("12万多", "120000", None, ">", "万"),
    ("约1200人", "1200", "人", "~", None),
    ("大约1200", "1200", None, "~", None),
    ("85%左右", "85", "%", "~", None),
    ("约85%左右", "85", "%", "~", None),
    ("近75万小时", "75", "万小时", "<", None),
    ("近八成", "80", "%", "<", None),
    ("八成多", "80", "%", ">", None),
    ("超1200人", "1200", "人", ">", None),
    ("超过1200余人", "1200", "人", ">", None),
    ("不足5%", "5", "%", "<", None),
    ("1200人以上", "1200", "人", ">=", None),
    ("≥1200人", "1200", "人", ">=", None),
    ("至少1200人以上", "1200", "人", ">=", None),
    ("5%以内", "5", "%", "<=", None),
    ("共120人", "120", "人", None, None),
    ("达85%", "85", "%", None, None),
    ("已完成600张", "600", "张", None, None),
    ("十二个", "12", "个", None, None),
    ("三百二十", "320", None, None, None),
    ("一百零五户", "105", "户", None, None),
    ("一万二千人", "12000", "人", None, None),
    ("一亿二千万", "120000000", None, None, None),
    ("一点二万元", "1.2", "万元", None, None),
    ("壹佰贰拾元", "120", "元", None, None),
    ("两", "2", None, None, None),
    ("两百人", "200", "人", None, None),
    ("-3", "-3", None, None, None),
    ("－3", "-3", None, None, None),
    ("−3.5%", "-3.5", "%", None, None),
    ("+3", "3", None, None, None),
    ("'-3", "-3", None, None, None),
    ("007", "7", None, None, None),
    ("9" * 30, "9" * 30, None, None, None),
    ("12\u200b00", "1200", None, None, None),
]

REFUSED = {
    "ambiguous_number": """
        无 没有 零星 若干 数百 几十个 十几个 个别 2-3 2~3 3/5 1:3 1.2.3 1,23 1.234,5 12,34,567 85,80% 1e3
        1.5E+06 (3) （3） .5 5. 三百二 两三百人 七八十人 一二三 一般 万能 一批 三分之一 翻一番 12成 约1200余人
        近1200人以上 +3% 600（估） 百余人 百分之百 5万％ 两十
    """,
    "several_numbers": "85（去年80） 城市85%农村80% 600张/200张 120人（其中女60人） 85%、80%",
    "not_a_number": """
        NaN ∞ TRUE 好 已完成 ① ½ 5² 2020-06-30 2020/6/30 2020年6月 6月30日 2020-06 12:30 5个百分点 5百分点
        3年 3个多月 85%（超额） #### 约 元 同比增长 ⑳ ٣
    """,
    "formula_error": "#DIV/0! #N/A #REF! #VALUE! #NAME? #NUM! #NULL! Err:502 #n/a",
    "formula_not_computed": "=A1+B1 =SUM(A1:A3) =5 ＝5 +A1 -B2 @SUM(A1) -$A$1",
}
BLANKS = "- — —— -- － – / ／ \\ … …… 空 未填 未报 暂缺 暂无数据 N/A n/a （空） 未上报 不适用 NULL".split()


@pytest.mark.parametrize(("text", "value", "unit", "qualifier", "magnitude"), READ)
def test_a_figure_is_read(
    text: str, value: str, unit: str | None, qualifier: str | None, magnitude: str | None
) -> None:
    amount = parse_amount(text)
    assert amount == Amount(D(value), unit, qualifier, magnitude)
    assert f"{amount.value:f}" == value, "no digit more or fewer"


@pytest.mark.parametrize(
    ("reason", "text"), [(code, text) for code, texts in REFUSED.items() for text in texts.split()]
)
def test_what_is_no_exact_figure_is_refused_with_the_reason(reason: str, text: str) -> None:
    with pytest.raises(NotAnAmount) as error:
        parse_amount(text)
    assert error.value.reason_code == reason
    assert error.value.fragment == text


@pytest.mark.parametrize("text", ["", " ", "　", "\n", *BLANKS, *(f" {mark} " for mark in BLANKS)])
def test_a_mark_for_nothing_is_blank_and_not_0(text: str) -> None:
    assert parse_amount(text) == Blank(text)
    assert is_blank(text)


@pytest.mark.parametrize("text", ["无", "0", "零", "没有", "暂无", "()", "——3"])
def test_what_might_be_nothing_or_none_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize("text", ["85 80", "1 200", "85, 80", "3. 5", "85\n80", "1 ,200"])
def test_a_space_between_digits_may_part_two_numbers(text: str) -> None:
    with pytest.raises(NotAnAmount) as error:
        parse_amount(text)
    assert error.value.reason_code in ("several_numbers", "ambiguous_number")


def test_over_thirty_digits_are_refused_also_after_multiplying() -> None:
    for text in ("9" * 31, "1" + "0" * 29 + "万", "9" * 500, "九" * 500):
        with pytest.raises(NotAnAmount) as error:
            parse_amount(text)
        assert len(error.value.fragment) <= 40


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("1.2万户", "12000", "户"), ("3亿元", "300000000", "元"), ("5张", "5", "张"), ("0.00001万户", "0.1", "户")],
)
def test_the_magnitude_of_a_unit_can_be_multiplied_in(text: str, value: str, unit: str) -> None:
    amount = parse_amount(text)
    assert isinstance(amount, Amount)
    plain = amount.without_magnitude()
    assert (f"{plain.value:f}", plain.unit) == (value, unit)


# --- Laws --------------------------------------------------------------------------------------

FULL_WIDTH = {ord(half): ord(half) + 0xFEE0 for half in map(chr, range(0x21, 0x7F))}
numbers = st.decimals(-(10**15), 10**15, places=4, allow_nan=False, allow_infinity=False) | st.integers(
    -(10**15), 10**15
).map(Decimal)
units = st.sampled_from(["", "%", "‰", "万元", "亿元", "万人次", *sorted(MEASURE_WORDS)])


@given(numbers, units, st.booleans(), st.booleans())
def test_a_written_figure_reads_back_in_any_width_and_spacing(
    value: Decimal, unit: str, has_commas: bool, is_wide: bool
) -> None:
    text = (f"{value:,f}" if has_commas else f"{value:f}") + unit
    expected = Amount(value, unit or None)
    assert parse_amount(text) == expected
    assert parse_amount(text.translate(FULL_WIDTH) if is_wide else f" {value:f} 　{unit}\n") == expected


@given(st.integers(0, 10**16 - 1) | st.integers(0, 20_000))
def test_a_numeral_reads_back(number: int) -> None:
    text = format_numeral(number)
    assert parse_numeral(text) == number
    assert (
        parse_numeral(text.replace("一十", "十") if text.startswith("一十") else text.replace("二千", "两千")) == number
    )


@given(st.text(alphabet="零一二两三四五六七八九十百千万亿点", min_size=1, max_size=9))
def test_only_a_well_formed_numeral_is_read(text: str) -> None:
    number = parse_numeral(text)
    if number is not None and "两" not in text:
        assert format_numeral(number).replace("一十", "十") == text.replace("一十", "十")


@given(
    st.text(max_size=30) | st.text(alphabet="0123456789.,-+~%万亿元人百千成余约 ()（）一二三十年月/:=#eE", max_size=12)
)
def test_any_text_is_read_blank_or_refused_for_a_known_reason(text: str) -> None:
    try:
        amount = parse_amount(text)
    except NotAnAmount as error:
        assert error.reason_code in REFUSED
        return
    if isinstance(amount, Amount):
        written = "".join(c for c in fold(text) if c in "0123456789")
        if written:
            digits = f"{amount.value:f}".strip("-").replace(".", "")
            assert digits.strip("0") == written.strip("0"), "every digit counts, and none is made up"
