"""Times in the words of titles and headings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.times import times_in, title_time, told_apart

TITLES = {
    "2020-S1": """
    2020年上半年 普陀区2020年上半年完成情况 2020年1—6月 2020年1-6月份完成情况 截至2020年6月30日 2020年6月 2020年6月份
    2020.6.30 2020年6月末 二〇二〇年上半年民政工作 2020H1 20200630 2020年民政工作（1-6月） 2020年1月-6月
    2020年半年度完成情况 2020年半年报 2020年前半年 2020年年中 二○二○年上半年 2020年1月1日至6月30日
    2020.01.01-2020.06.30 2020年初至6月底 2020年累计至6月 2020年前6个月
    """,
    "2020-S2": "2020年下半年 2020年12月31日 2020年底 2020年1-12月 2020年全年完成情况 2020年12月 2020年后半年",
    "2020": "2020年 2020年度目标 普陀区2020年民政工作要点 普政〔2021〕12号2020年 2020年中央资金",
    "unclear": """2020年一季度 2020年第三季度 2020年1-9月 2020年9月 2020年前三季度 2020年1月 2020-2021年 2020年度一季度
    2020年二季 2020年初 2020年春节期间慰问情况 2020年中期 20年上半年 2020年1月5日至6月30日 2020年初至5月底
    2020年上半年（1-5月） 2020年前5个月
    """,
    "": "民政工作完成情况 3-5个 sheet1 十四五 第12号 80",
}


@pytest.mark.parametrize(
    ("said", "title"), [(said, title) for said, titles in TITLES.items() for title in titles.split()]
)
def test_a_title_says_its_half_year_or_year_and_never_another(said: str, title: str) -> None:
    found = title_time([title])
    match said:
        case "":
            assert found == {}
        case "unclear":
            assert found.keys() & {"unclear_time"}
            assert "period_code" not in found
        case "2020":
            assert found == {"year": "2020"}
        case _:
            assert found == {"period_code": said}


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["2020年上半年", "（2020年7月10日）"], {"period_code": "2020-S1"}),
        (["2020年上半年", "2020年7月"], {"period_code": "2020-S1"}),
        (["2021—2025年规划", "2022年上半年完成情况"], {"period_code": "2022-S1"}),
        (["2020年上半年完成情况及2020年下半年计划"], {}),
        (["2019年", "2020年"], {}),
        (["2020年完成情况", "填报日期：2021年1月8日"], {"year": "2020"}),
        (["2020年完成情况", "填报日期：2020年12月8日"], {"year": "2020"}),
        (["2020年完成情况", "填报日期：2020年6月30日"], {"year": "2020", "unclear_time": "2020年6月30日"}),
        (["2020年完成情况", "2020年9月"], {"year": "2020", "unclear_time": "2020年9月"}),
        (["2020年完成情况", "上半年"], {"period_code": "2020-S1"}),
        (["上半年"], {}),
        (["20年上半年", "2021年"], {"year": "2021", "unclear_time": "20年上半年"}),
    ],
)
def test_lines_are_read_together(lines: list[str], found: dict[str, str]) -> None:
    assert title_time(lines) == found


def test_beside_quarters_and_months_the_last_one_is_no_half_year() -> None:
    assert told_apart(["2020Q2", "2020-12", "2020-S1"]) == ["2020Q2", "2020-12", "2020-S1"]
    assert told_apart(["2020Q2", "2020-12-31", "2020-S1", "2020Q1"]) == [
        "2020Q2（同列另有 2020Q1）", "2020-12-31", "2020-S1", "2020Q1",
    ]  # fmt: skip


@given(st.text(alphabet="2019年上下半月季度截至底末-—./~1 6QHS第前一二三", max_size=20))
def test_any_text_is_taken_apart(text: str) -> None:
    for time in times_in(text):
        assert 0 <= time.start < time.end
        assert sum(x is not None for x in (time.period, time.year, time.half)) <= 1
