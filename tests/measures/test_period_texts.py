"""Half-years as returns write them, and what is no half-year."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.measures.period import Period, from_index, parse_half, parse_period, parse_period_end, parse_year

NAMES = {
    1: """
    2020-S1 2020S1 2020s1 2020H1 2020-H1 H12020 1H2020 S1-2020 2020上 2020年上 2020上半年 2020年上半年
    2020年上半年度 2020-上半年 2020年度上半年 2020年1-6月 2020年1—6月份 2020年1～6月 2020年1月至6月
    2020年1月—6月份 2020年01-06月 2020.1-6 2020年1-6 2020.01-06 2020.1-6月 2020年一至六月 2020年1月-2020年6月
    2020.01-2020.06 2020年第1-2季度 2020年一二季度 2020年一、二季度 2020年第一、第二季度 2020年1季度-2季度
    2020年6月底 2020年6月末 2020年06月底 2020年六月底 截至2020年6月底 截止2020年6月末 ２０２０年上半年
    2020年１－６月
    """,
    2: """
    2020-S2 2020H2 2H2020 2020下 2020年下半年 2020下半年度 2020年7-12月 2020年7月至12月份 2020年三四季度
    2020年3-4季度 2020年1-12月 2020.1-12 2020年1月至12月 2020年1月至2020年12月 2020年1-4季度 2020 2020年
    2020年度 2020年全年 2020全年 2020年全年度 2020年底 2020年末 2020年年底 2020年终 2020年12月底 2020年12月末
    截至2020年底 ２０２０ 2020年后半年
    """,
}
ENDS = {
    1: """
    2020-06-30 2020/6/30 2020.6.30 2020年6月30日 2020年06月30日 2020-06 2020.06 2020/6 2020年6月 2020年6月份
    2020年06 202006 20200630 2020Q2 2020-Q2 2020年第二季度 2020年2季度 2020年二季度末 二〇二〇年上半年
    二〇二〇年六月 二○二○年六月 二零二零年6月 截至2020年6月30日 ２０２０年６月
    """,
    2: """
    2020-12-31 2020/12/31 2020年12月31日 2020-12 2020.12 2020年12月 202012 20201231 2020Q4 2020年第四季度
    二〇二〇年 二〇二〇年度 二〇二〇年底
    """,
}
NEITHER = """
    上半年 下半年 全年 年底 6月底 20年上半年 2020年前三季度 2020年1-9月 2020年1-3月 2020年一季度 2020Q1 2020Q3
    2020年第三季度 2020-S3 2020-S0 44012 20201 202005 20200631 2020-05 2020-05-31 2020-06-29 2020-06-31 2020-1-6
    2020年5月 2020年9月30日 2020年7月 2020年2-6月 20201-6月 2020年12底 2020年12季度 2020年上半年末
    2020年上半年(预计) 2020-2021年 2020年1月-2021年6月 1899 1899年底 3000年 1899-06-30 2020.1 S12020S1
    2020年初 2020年中期 20年半年
    2020-06-30-2020-12-31 2020年目标 目标2020 2020/2021 2020-13 ２０２ 2020.6.3 6/30/2020
"""


@pytest.mark.parametrize(("semester", "text"), [(s, text) for s, texts in NAMES.items() for text in texts.split()])
def test_a_name_of_a_half_year_is_read(semester: int, text: str) -> None:
    assert parse_period(text) == parse_period_end(text) == Period(2020, semester)
    spaced = " ".join(text) + "　"
    assert parse_period(spaced) == Period(2020, semester)


@pytest.mark.parametrize(("semester", "text"), [(s, text) for s, texts in ENDS.items() for text in texts.split()])
def test_the_end_of_a_half_year_is_read_only_where_ends_are_asked_for(semester: int, text: str) -> None:
    assert parse_period_end(text) == Period(2020, semester)
    with pytest.raises(ValueError, match="not a half-year"):
        parse_period(text)


@pytest.mark.parametrize("time", ["00:00", "00:00:00", "00:00:00.000"])
def test_the_midnight_a_spreadsheet_adds_to_a_date_is_no_matter(time: str) -> None:
    assert parse_period_end(f"2020-06-30 {time}") == parse_period_end(f"2020-06-30T{time}") == Period(2020, 1)


@pytest.mark.parametrize("text", NEITHER.split())
@pytest.mark.parametrize("parse", [parse_period, parse_period_end])
def test_what_is_no_half_year_is_refused_by_name(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(ValueError, match="not a half-year") as error:
        parse(text)
    assert repr(text) in str(error.value)


@pytest.mark.parametrize(
    ("texts", "half"),
    [
        ("上半年 上 上半年度 S1 H1 1H 1-6月 1—6月份 1月至6月 一至六月 1-2季度 一二季度 6月底 六月末 上　半　年", 1),
        ("下半年 下 S2 h2 2H 7-12月 7月至12月 三四季度 12月底 全年 全年度 年度 年底 年末 1-12月 一至十二月", 2),
        ("一季度 前三季度 1-9月 S3 6月 12月 1-6 1.1-6 2020年上半年 2020 度 季度 末 上半年完成 - 上下 截至", None),
    ],
)
def test_a_half_without_its_year(texts: str, half: int | None) -> None:
    for text in texts.split(" "):
        assert parse_half(text) == half, text
    assert parse_half("") is None


@pytest.mark.parametrize(
    ("texts", "year"),
    [
        ("2020 2020年 2020年度 ２０２０年 二〇二〇年 二零二零年度", 2020),
        ("20 20年 202 20200 1899 3000 2020上 2020年上半年 二〇二〇 年 2020- 2020.0 2020年底 -2020 2019-2020年", None),
    ],
)
def test_a_year_without_its_half(texts: str, year: int | None) -> None:
    for text in texts.split():
        assert parse_year(text) == year, text
    assert parse_year("") is None
    assert parse_year(" 2020 年 ") == 2020


# --- Laws --------------------------------------------------------------------------------------


@given(st.integers(1900 * 2, 2999 * 2 + 1).map(from_index))
def test_a_half_year_reads_back_from_its_ends_and_its_two_headings(period: Period) -> None:
    day = period.end_on
    for text in (f"{day}", f"{day:%Y%m}", f"{day:%Y/%m/%d}", f"{day.year}年{day.month}月", f"{day} 00:00:00"):
        assert parse_period_end(text) == period
    for half in ("上半年", "1-6月", "S1") if period.semester == 1 else ("下半年", "7-12月", "S2", "全年"):
        assert parse_half(half) == period.semester
    assert parse_year(f"{period.year}年度") == period.year


@given(st.dates())
def test_only_the_last_day_of_a_half_year_stands_for_it(day: object) -> None:
    text = str(day)
    if text[5:] in ("06-30", "12-31") and 1900 <= int(text[:4]) <= 2999:
        assert str(parse_period_end(text).end_on) == text
    else:
        with pytest.raises(ValueError, match="not a half-year"):
            parse_period_end(text)


@given(st.text(max_size=12) | st.text(alphabet="20 19年度上下半全月底末季一二六十-.~至SHQ13476/截〇", max_size=12))
def test_any_text_is_a_half_year_or_refused_by_name(text: str) -> None:
    assert parse_half(text) in (1, 2, None)
    year = parse_year(text)
    assert year is None or 1900 <= year <= 2999
    for parse in (parse_period, parse_period_end):
        try:
            period = parse(text)
        except ValueError as error:
            assert str(error) == f"not a half-year: {text!r}"
        else:
            assert year in (None, period.year)
