"""How headings, titles and whole sheets are understood, and what is not understood."""

from __future__ import annotations

import pytest

from etl.codebook import Codebook
from etl.headings import is_figure
from etl.infer import infer_layout
from etl.layout import ACTUAL, IGNORED, PART, SUBTOTAL, TARGET, SheetLayout
from etl.sheets import Area, Sheet
from etl.vocabulary import AMBIGUOUS, WORDS, read_heading, read_title
from tests.etl.interpreting import grid
from warehouse.errors import FileError

# heading → uses, what it says of the values below it
HEADINGS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "地 区": (("district_code",), {}),
    "行政区划代码": (("district_code",), {}),
    "指标名称": (("indicator_code",), {}),
    "单位": (("unit_code", "district_code"), {}),
    "名称": (("indicator_code", "district_code"), {}),
    "目标值": ((TARGET,), {}),
    "年度目标": ((TARGET,), {"half": "2"}),
    "上半年目标": ((TARGET,), {"half": "1"}),
    "２０２０年目标": ((TARGET,), {"year": "2020"}),
    "2020年上半年完成值": ((ACTUAL,), {"period_code": "2020-S1"}),
    "1-6月完成数": ((ACTUAL,), {"half": "1"}),
    "完成值（万元）": ((ACTUAL,), {"unit_code": "万元"}),
    "完成值(2020年上半年)": ((ACTUAL,), {"period_code": "2020-S1"}),
    "完成率": ((IGNORED,), {}),
    "上年同期": ((IGNORED,), {}),
    "较上年同期±%": ((IGNORED,), {}),
    "增减率(%)": ((IGNORED,), {}),
    "2020年上半年同比增长": ((IGNORED,), {"period_code": "2020-S1"}),
    "完成年度目标的%": ((IGNORED,), {}),
    "距目标差": ((IGNORED,), {}),
    "全市排名": ((IGNORED,), {}),
    "本月完成数": ((IGNORED,), {}),
    "低保人数增长": ((), {}),
    "完成值[1]": ((ACTUAL,), {}),
    "半年完成": ((ACTUAL,), {"half": "1"}),
    "半年度目标": ((TARGET,), {"half": "1"}),
    "机构名称": ((PART,), {}),
    "2019年同期数": ((IGNORED,), {}),
    "合计": ((SUBTOTAL,), {}),
    "钟楼区": ((), {"district_code": "钟楼区"}),
    "低保人数": ((), {"indicator_code": "低保人数"}),
    "低保人数（人）": ((), {"indicator_code": "低保人数", "unit_code": "人"}),
    "低保人数完成值": ((ACTUAL,), {"indicator_code": "低保人数"}),
    "城市": ((), {"breakdown_code": "城市"}),
    "2020年上半年": ((), {"period_code": "2020-S1"}),
    "2020H2": ((), {"period_code": "2020-S2"}),
    "2020年": ((), {"year": "2020"}),
    "上半年": ((), {"half": "1"}),
    "2020年1—6月完成数": ((ACTUAL,), {"period_code": "2020-S1"}),
    "截至2020年6月底完成": ((ACTUAL,), {"period_code": "2020-S1"}),
    "完成情况（截至6月30日）": ((ACTUAL,), {"half": "1"}),
    "年底目标": ((TARGET,), {"half": "2"}),
    "二季度末完成": ((ACTUAL,), {"half": "1"}),
    "一季度完成": ((IGNORED,), {}),
    "2020年9月完成值": ((IGNORED,), {}),
    "2021-2025年目标": ((IGNORED,), {}),
    "6月": ((IGNORED,), {}),
    "天气": ((), {}),
    "冷水潍区": ((), {}),
    "": ((), {}),
}


@pytest.mark.parametrize("text", HEADINGS)
def test_a_heading_is_taken_apart(codebook: Codebook, text: str) -> None:
    found = read_heading(text, codebook)
    assert (found.uses, dict(found.given)) == HEADINGS[text]
    assert found.is_known == any(HEADINGS[text])


def test_no_word_means_two_things_unless_it_is_said() -> None:
    assert not WORDS.keys() & AMBIGUOUS.keys()


# title lines → what they say for all
TITLES: dict[str, tuple[list[str], dict[str, str]]] = {
    "district, half-year and kind": (
        ["钟楼区民政局2020年上半年工作完成情况表"],
        {"district_code": "320404", "period_code": "2020-S1", "kind": "actual"},
    ),
    "a year alone": (["钟楼区2020年目标任务"], {"district_code": "320404", "year": "2020", "kind": "target"}),
    "a district within its city": (["常州市钟楼区统计表"], {"district_code": "320404", "kind": "actual"}),
    "two districts are none": (["钟楼区、金坛区统计表"], {"kind": "actual"}),
    "two years are none": (["2019年和2020年统计表"], {"kind": "actual"}),
    "targets and actuals are neither": (["目标完成情况"], {}),
    "a unit": (["单位：万元"], {"unit_code": "万元"}),
    "an indicator": (
        ["普陀区2020年上半年低保人数统计表"],
        {
            "district_code": "310107",
            "period_code": "2020-S1",
            "kind": "actual",
            "indicator_code": "低保人数",
        },
    ),
    "an indicator of the country": (["农村低保人数（人）"], {"indicator_code": "低保人数", "breakdown_code": "农村"}),
    "what is added is another indicator": (["新增低保人数统计表"], {"kind": "actual"}),
    "what comes of it is another indicator": (["低保人数增长情况"], {"kind": "actual"}),
    "two indicators are none": (["低保人数、低保户数"], {}),
    "several units": (["（单位：人、万元）"], {"unit_code": "人、万元"}),
    "a unit before another label": (["单位：万元，填表人：张三"], {"unit_code": "万元"}),
    "a unit that is an office": (["单位：钟楼区民政局"], {"district_code": "320404"}),
    "lines that disagree say nothing": (["钟楼区", "金坛区", "单位：人"], {"unit_code": "人"}),
}


@pytest.mark.parametrize("case", TITLES)
def test_a_title_speaks_for_all(codebook: Codebook, case: str) -> None:
    lines, said = TITLES[case]
    assert read_title(lines, codebook) == said


FIGURES = {"85": True, "85%": True, "≥80%": True, "1.2万": True, "1,034": True, "2020": False, "2020-S1": False,
           "钟楼区": False, "": False, "—": False, "全年": False}  # fmt: skip


@pytest.mark.parametrize("text", FIGURES)
def test_a_figure_is_no_year_and_no_word(text: str) -> None:
    assert is_figure(text) == FIGURES[text]


def layout(codebook: Codebook, text: str, *, merged: tuple[Area, ...] = (), **stated: str) -> SheetLayout:
    return infer_layout(Sheet("表", grid(text), merged), "a.xlsx", codebook, stated)


def uses(found: SheetLayout) -> list[str]:
    return [c.use for c in found.columns]


def test_what_stands_below_decides_what_an_ambiguous_heading_means(codebook: Codebook) -> None:
    assert uses(layout(codebook, "单位|指标|完成值\n钟楼区|低保人数|1"))[0] == "district_code"
    assert uses(layout(codebook, "指标|单位|完成值\n低保人数|人|1"))[1] == "unit_code"
    assert uses(layout(codebook, "名称|地区|完成值\n低保人数|钟楼区|1"))[0] == "indicator_code"
    assert uses(layout(codebook, "名称|指标|完成值\n钟楼区|低保人数|1"))[0] == "district_code"
    both = layout(codebook, "代码|名称|指标|完成值\n320404|钟楼区|低保人数|1")
    assert uses(both)[:2] == ["district_code", "district_name"]


LEVELS: dict[str, tuple[str, tuple[Area, ...]]] = {
    "merged": ("地区|2020年||2021年|\n|上半年|下半年|上半年|下半年\n钟楼区|1|2|3|4",
               ((0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4))),
    "blank": ("地区|2020年||2021年|\n|上半年|下半年|上半年|下半年\n钟楼区|1|2|3|4", ()),
    "repeated": ("地区|2020年|2020年|2021年|2021年\n|上半年|下半年|上半年|下半年\n钟楼区|1|2|3|4", ()),
    "one level": ("地区|2020年上半年|2020年下半年|2021年上半年|2021年下半年\n钟楼区|1|2|3|4", ()),
}  # fmt: skip


@pytest.mark.parametrize("case", LEVELS)
def test_headings_of_two_levels_are_joined(codebook: Codebook, case: str) -> None:
    text, merged = LEVELS[case]
    found = layout(codebook, text, merged=merged, indicator_code="低保人数")
    assert [c.given.get("period_code") for c in found.columns] == [None, "2020-S1", "2020-S2", "2021-S1", "2021-S2"]
    assert found.stated["indicator_code"] == "低保人数"


def test_data_is_no_lower_level_of_headings(codebook: Codebook) -> None:
    for row in ("钟楼区|低保人数|2020-S1|若干", "钟楼区|低保人数|2020年|", "|||2020年", "钟楼区|低保人数||"):
        assert layout(codebook, f"地区|指标|半年度|完成值\n{row}").header == (0, 0), row


def test_titles_and_names_fill_what_no_column_says(codebook: Codebook) -> None:
    text = "钟楼区2020年上半年|||\n指标|目标值|完成值|单位\n低保人数|5|1|人"
    found = layout(codebook, text)
    assert found.header == (1, 1) and found.stated == {"district_code": "320404", "period_code": "2020-S1"}
    assert dict(found.columns[1].given) == {"half": "2"}, "a bare target is the year's"
    assert layout(codebook, text, period_code="2021-S1").stated["period_code"] == "2021-S1"
    by_column = layout(codebook, "钟楼区||\n地区|指标|2020年上半年\n金坛区|低保人数|1")
    assert "district_code" not in by_column.stated


LEFT_OUT = {
    "hidden": Sheet("表", [["地区", "完成值"]], hidden=True),
    "empty": Sheet("表", [["", ""], []]),
    "no_table": Sheet("表", [["请先看这里", "谢谢"], ["联系人", "张三"]]),
}


@pytest.mark.parametrize("why", LEFT_OUT)
def test_a_sheet_without_a_table_is_left_out(codebook: Codebook, why: str) -> None:
    assert infer_layout(LEFT_OUT[why], "a.xlsx", codebook, {}).left_out == why


TIDY = "district_code|indicator_code|period_code|value|unit_code\n320404|orphans|2020-S1|1|person"


def test_documented_columns_are_read_as_documented(codebook: Codebook) -> None:
    assert layout(codebook, TIDY).is_tidy and layout(codebook, TIDY).stated == {"kind": "actual"}
    assert layout(codebook, f"2020年|||\n{TIDY}").header == (1, 1)
    assert layout(codebook, TIDY.replace("|value", "|comparator|value")).stated == {"kind": "target"}
    assert "kind" in uses(layout(codebook, TIDY.replace("value", "kind|value")))
    assert not layout(codebook, TIDY.replace("period_code", "weather")).is_tidy
    assert layout(codebook, TIDY.replace("period_code", "weather"), period_code="2020-S1").is_tidy


def test_the_same_heading_twice_is_an_error_in_tidy_tables(codebook: Codebook) -> None:
    for heading in ("value", "unit_code"):
        with pytest.raises(FileError, match=f"a.xlsx 有两列都叫“{heading}”"):
            layout(codebook, TIDY.replace(heading, f"{heading}|{heading}", 1))
    layout(codebook, TIDY.replace("value", "天气|天气|value", 1))


@pytest.mark.parametrize(
    ("title", "sheet", "file", "said"),
    [
        ("普陀区2020年", "上半年", "a.xlsx", "2020-S1"),
        ("普陀区2020年", "下半年", "a.xlsx", "2020-S2"),
        ("普陀区2020年上半年", "下半年", "a.xlsx", "2020-S1 ≠ 下半年"),
        ("普陀区2020年上半年", "2020", "a.xlsx", "2020-S1"),
        ("普陀区2020年", "2019", "a.xlsx", "2020 ≠ 2019"),
        ("普陀区2020年", "Sheet1", "2020年上半年.xlsx", "2020-S1"),
        ("普陀区2020年", "Sheet1", "2021年1月上报.xlsx", "2020"),
        ("普陀区2020年", "Sheet1", "2020年7月上报.xlsx", "2020年7月"),
        ("普陀区", "一季度", "2020年.xlsx", "一季度"),
        ("普陀区", "2020-06", "a.xlsx", "2020-S1"),
        ("普陀区2020年一季度", "Sheet1", "2020年上半年.xlsx", "2020年一季度"),
    ],
)
def test_title_sheet_and_file_say_together_when_it_was(
    codebook: Codebook, title: str, sheet: str, file: str, said: str
) -> None:
    rows = grid(f"{title}完成情况|\n指标|完成\n低保人数|1100")
    stated = infer_layout(Sheet(sheet, rows), file, codebook, {}).stated
    assert (stated.get("period_code") or stated.get("year")) == said
