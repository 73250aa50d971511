"""Sentences of a bulletin: right for none, one and many, and never false for what is missing."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.exports import sentences as say
from dashboard.exports import sentences_of_districts as say_of
from dashboard.exports.request import BulletinRequest
from dashboard.exports.words import chinese, heading
from tests.dashboard.made_up import BEDS, CASES, DISTRICTS, HOMES, ITEMS, MONEY, OPENED, S1, SHARE, row
from tests.exports.support import bulletin, display, item
from warehouse.actions import ItemState
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.queries.mart import ProgressRow

D = display()
A, B, C, E = (d.key for d in DISTRICTS)


def met(district: int = A, **more: Any) -> ProgressRow:
    return row(SHARE, "85.25", "80", gap="5.25", attainment="1.065625", status="met", district_key=district, **more)


def behind(district: int = A, **more: Any) -> ProgressRow:
    given = {"gap": "-360", "attainment": "0.4", "expected_share": "0.5", "pace_ratio": "0.8", "status": "slipping"}
    return row(HOMES, "240", "600", district_key=district, **(given | more))


def silent(district: int = A, of: Any = BEDS) -> ProgressRow:
    return row(of, None, "10", status="unreported", district_key=district, attainment_reason="no_actual")


OTHERS = [f"另有{n}个地区在通报范围内没有本期目标。" for n in range(4)]
OVERALL = [
    ([], "2024年上半年没有目标，也没有填报完成值。"),
    ([row(HOMES, "3")], "2024年上半年没有适用的目标；填报的1项完成值只作监测，不作判断。"),
    ([silent()], f"2024年上半年，甲区共有目标1项。尚未填报，完成情况无法判断。未填报的这项目标已逾期。{OTHERS[3]}"),
    ([silent(A), silent(B)],
     f"2024年上半年，2个地区共有目标2项。均未填报，完成情况无法判断。未填报的目标均已逾期。{OTHERS[2]}"),
    ([met()], f"2024年上半年，甲区共有目标1项。已经填报，为“已达标”。{OTHERS[3]}"),
    ([met(A), met(B)],
     f"2024年上半年，2个地区共有目标2项。已全部填报，均为“已达标”。{OTHERS[2]}"),
    ([met(A), behind(B)],
     f"2024年上半年，2个地区共有目标2项。已全部填报，其中已达标1项、略滞后1项。{OTHERS[2]}"),
    ([met(A), silent(B), row(MONEY, "5")],
     f"2024年上半年，2个地区共有目标2项。已填报的1项为“已达标”。未填报1项，不作判断。"
     f"未填报的这项目标已逾期。{OTHERS[2]}另有1项完成值没有适用的目标，只作监测。"),
    ([met(A), met(B), silent(C), silent(E)],
     "2024年上半年，4个地区共有目标4项。已填报的2项均为“已达标”。未填报2项，不作判断。未填报的目标均已逾期。"),
    ([met(A), behind(B), silent(C)],
     f"2024年上半年，3个地区共有目标3项。已填报的2项中，已达标1项、略滞后1项。"
     f"未填报1项，不作判断。未填报的这项目标已逾期。{OTHERS[1]}"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), OVERALL)
def test_overall(rows: list[ProgressRow], expected: str) -> None:
    assert say.overall(D, bulletin(rows)) == expected


def test_what_is_not_due_yet_is_not_overdue() -> None:
    later = silent()._replace(due_period_key=20252)
    assert "逾期" not in say.overall(D, bulletin([later]))
    assert "未填报的目标中，1项已逾期。" in say.overall(D, bulletin([later, silent(B)]))


ROW = "甲区“覆盖率”完成85.25%，目标≥80%，优于目标5.25个百分点，完成率106.56%"
LATE = "甲区“改造户数”完成240户，目标≥600户，与目标相差360户，序时进度应达50%，序时完成比0.8"
ACHIEVED = [
    ([], ["本期没有目标，不作判断。"]),
    ([silent()], ["目标的完成值没有填报，尚不能判断。"]),
    ([silent(A), silent(B)], ["目标的完成值都没有填报，尚不能判断。"]),
    ([behind()], ["已填报的目标中，没有已达标的。"]),
    ([met()], [f"已达标1项：{ROW}。"]),
    ([met(), row(CASES, "0", "0", status="on_track")], [f"已达标1项：{ROW}。另有1项尚未到期，进度正常。"]),
    ([met(A)] * 6, ["已达标6项，均为甲区的目标。"]),
    ([met(A)] * 2 + [met(B)] * 4, ["已达标6项，其中乙区4项、甲区2项。"]),
    ([met(is_stretch=True)], [f"已达标1项：{ROW}。其中1项达到了区间目标的上档。"]),
]  # fmt: skip
BEHIND = [
    ([], ["本期没有目标，不作判断。"]),
    ([silent()], ["目标的完成值没有填报，尚不能判断。"]),
    ([met()], ["已填报的目标中，没有略滞后、滞后、未达标或者已突破的。"]),
    ([behind()], ["共1项：略滞后1项。", f"具体是：{LATE}。"]),
    ([behind(), behind(status="missed", pace_ratio=None)],
     ["共2项：未达标1项、略滞后1项。",
      f"具体是：{LATE}；甲区“改造户数”完成240户，目标≥600户，与目标相差360户。"]),
    ([met(), row(BEDS, "4", "5", gap="-1", attainment="0.8")],
     ["已填报的目标中，没有略滞后、滞后、未达标或者已突破的。",
      "另有1项在推进中：尚未到期，没有达到目标值，也没有序时进度可比，不判断快慢。"]),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), ACHIEVED)
def test_achieved(rows: list[ProgressRow], expected: list[str]) -> None:
    assert say.achieved(D, bulletin(rows)) == expected


@pytest.mark.parametrize(("rows", "expected"), BEHIND)
def test_behind(rows: list[ProgressRow], expected: list[str]) -> None:
    assert say.behind(D, bulletin(rows)) == expected


def test_of_one_district_its_name_is_not_repeated() -> None:
    one = DISTRICTS[:1]
    assert say.achieved(D, bulletin([met()] * 6, one)) == ["已达标6项。"]
    assert say_of.unreported(D, bulletin([met(), silent()], one))[0].startswith("甲区有1项目标没有填报。")


def test_many_behind_are_counted_by_district_and_the_worst_told() -> None:
    rows = [*([behind(B)] * 4), *([behind(A)] * 3), *([silent(C)] * 2)]
    first, second = say.behind(D, bulletin(rows))
    assert first == "共7项：略滞后7项。按地区计：乙区4项、甲区3项。"
    assert second.count("序时完成比") == say.TOLD and second.startswith("较突出的是：乙区")


def test_a_milestone_is_done_or_not() -> None:
    late = row(OPENED, "0", None, target_key=1, attainment="0", status="missed")
    assert say.behind(D, bulletin([late]))[1] == "具体是：甲区“中心建成”未完成。"
    done = row(OPENED, "1", None, target_key=1, attainment="1", status="met")
    assert say.achieved(D, bulletin([done])) == ["已达标1项：甲区“中心建成”已完成。"]
    assert say.achieved(display("en"), bulletin([done])) == ["Met: 1. District 1, “Opened”: Done."]


def test_exactly_on_the_target_is_no_distance() -> None:
    said = say.achieved(D, bulletin([met()._replace(gap=met().gap - met().gap)]))  # type: ignore[operator]
    assert "正好在目标上" in said[0] and "优于" not in said[0]


RANKING = [
    ([], "本期没有目标，不排名。"),
    ([row(HOMES, "3")], "本期没有目标，不排名。"),
    ([silent(A), silent(B)], "没有地区填报目标的完成值，不排名。"),
    ([met(A), silent(B)], "只有甲区填报了目标的完成值，不排名。"),
    ([met(A), met(B)], "2个地区考核得分相同，均为100%，并列第1。"),
    ([met(A), behind(B), behind(C)], "按考核得分，甲区第1（100%），乙区、丙区并列第2（40%）。"),
    ([met(A), behind(B), met(C), silent(E)],
     "按考核得分，甲区、丙区并列第1（100%），乙区第3（40%）。<b>丁&戊</b>区没有填报目标的完成值，不参加排名。"),
    ([met(A), silent(A, ITEMS), met(B)], "按考核得分，乙区第1（100%），甲区第2（50%，2项目标填报1项）。"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), RANKING)
def test_ranking(rows: list[ProgressRow], expected: str) -> None:
    said = say_of.ranking(D, bulletin(rows))
    without = said[0].partition("丙区在")[0].partition("丙区、<b>")[0].partition("<b>丁&戊</b>区在")[0]
    assert without == expected
    assert len(said) == (2 if "100%" in expected or "只有" in expected else 1), "the rule only beside a score"


def test_a_single_district_is_not_ranked() -> None:
    one = DISTRICTS[:1]
    assert say_of.ranking(D, bulletin([met(), silent()], one))[0] == (
        "甲区考核得分50%（目标2项，已填报1项）。只有一个地区，不排名。"
    )
    assert say_of.ranking(D, bulletin([silent()], one)) == ["甲区没有填报目标的完成值，不计考核得分。"]
    assert say_of.ranking(D, bulletin([], one)) == ["甲区在通报范围内没有本期目标，没有考核得分。"]


UNREPORTED = [
    ([], "本期没有应填报的目标。"),
    ([met()], "应填报的1项目标已全部填报。"),
    ([silent()],
     "甲区没有填报本通报所列的任何指标，涉及目标1项。未填报的这项目标已逾期。未填报的目标不作达标或者滞后判断。"),
    ([silent(A), silent(B)],
     "甲区、乙区等2个地区没有填报本通报所列的任何指标，共涉及目标2项。未填报的目标均已逾期。未填报的目标不作达标或者滞后判断。"),
    ([met(), silent()],
     "已经填报、但有目标漏报的有1个地区：甲区1项。未填报的这项目标已逾期。未填报的目标不作达标或者滞后判断。"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), UNREPORTED)
def test_unreported(rows: list[ProgressRow], expected: str) -> None:
    assert say_of.unreported(D, bulletin(rows)) == [expected]


SOON, LATE_ON = date(2025, 2, 1), date(2025, 1, 30)
ITEMS_SAID = [
    ([], ["目前没有未办结的督办事项。"]),
    ([item(1, SOON)], ["未办结的督办事项共1项。尚未到办结期限。"]),
    ([item(1, SOON), item(2, SOON, state=ItemState.EXTENDED)],
     ["未办结的督办事项共2项，其中延期1项。均未到办结期限。"]),
    ([item(1, LATE_ON)],
     ["未办结的督办事项共1项。",
      "已逾期1项：养老科负责的“加快改造”（甲区改造户数）应于2025年1月30日办结，已逾期2天。"]),
]  # fmt: skip


@pytest.mark.parametrize(("items", "expected"), ITEMS_SAID)
def test_items(items: list[Any], expected: list[str]) -> None:
    assert say_of.items(D, bulletin([], items=items)) == expected


def test_items_are_not_for_everybody() -> None:
    assert say_of.items(D, bulletin([], tells_items=False)) == []


def test_cutoff_and_coverage() -> None:
    assert say.cutoff(D, bulletin([met(A), silent(B)])) == (
        "数据截至2024年6月30日，数据版本7，最近一批数据于2024年7月9日 09:02入库。"
        "通报范围内4个地区，1个已填报；目标2项，已填报1项。"
    )
    assert say.cutoff(D, bulletin([silent()])).startswith("尚无完成值，数据版本7，")


COVERED = [
    ([], DISTRICTS, "通报范围内4个地区均未填报；没有本期目标。"),
    ([silent(A)], DISTRICTS, "通报范围内4个地区均未填报；目标1项，已填报0项。"),
    ([met(d.key) for d in DISTRICTS], DISTRICTS, "通报范围内4个地区均已填报；目标4项，已填报4项。"),
    ([silent(A)], DISTRICTS[:1], "通报范围内1个地区，未填报；目标1项，已填报0项。"),
    ([row(HOMES, "3")], DISTRICTS[:1], "通报范围内1个地区，已填报；没有本期目标。"),
]


@pytest.mark.parametrize(("rows", "districts", "expected"), COVERED)
def test_coverage_of_none_one_and_all(rows: list[ProgressRow], districts: Any, expected: str) -> None:
    assert say.cutoff(D, bulletin(rows, districts)).endswith(f"入库。{expected}")


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (99, "九十九")]
)
def test_chinese_numbers(number: int, text: str) -> None:
    assert chinese(number) == text
    assert heading(D, number, "概况") == f"{text}、概况"
    assert heading(D, number, "概况", 2) == f"（{text}）概况"
    assert heading(display("en"), number, "Overall") == f"{number}. Overall"


LIGHTS = st.sampled_from(list(Status))
ROWS = st.lists(st.tuples(LIGHTS, st.sampled_from([A, B, C, E])), max_size=14)


def made(light: Status, district: int) -> ProgressRow:
    if light is Status.MONITOR:
        return row(MONEY, "5", district_key=district)
    if light is Status.UNREPORTED:
        return silent(district)
    return behind(district, status=light.value)


@given(ROWS, st.sampled_from(["zh", "en"]))
def test_every_number_adds_up(choice: list[tuple[Status, int]], language: str) -> None:
    """Whatever the rows are: nothing of a program, nothing for none, and counts are those of the rows."""
    rows = [made(*one) for one in choice]
    b, d = bulletin(rows), display(language)
    said = [
        say.title(d, b), say.opening(d, b), say.overall(d, b), say.cutoff(d, b), *say.achieved(d, b), *say.behind(d, b),
        *say_of.ranking(d, b), *say_of.unreported(d, b), *say_of.items(d, b), *(say.section(d, s) for s in b.sections),
    ]  # fmt: skip
    for text in said:
        assert text and not re.search(r"NaN|nan|[{}]|Absent|\b0项|(?<!\d)0个地区共|。。|，，|，。", text), text
    if language == "zh":
        counts = dict.fromkeys(Status, 0)
        for light, _district in choice:
            counts[light] += 1
        _check_chinese(say.overall(d, b), say.behind(d, b), counts)


def _check_chinese(overall: str, behind: list[str], counts: dict[Status, int]) -> None:
    targets = sum(n for light, n in counts.items() if light is not Status.MONITOR)
    reported = targets - counts[Status.UNREPORTED]
    if targets:
        assert f"共有目标{targets}项。" in overall
    for light, word in (("met", "已达标"), ("missed", "未达标"), ("behind", "、滞后")):
        found = re.search(f"{word}(\\d+)项", overall)
        assert found is None or int(found[1]) == counts[Status(light)]
    late = sum(counts[light] for light in OFF_TRACK)
    assert (f"共{late}项：" in behind[0]) == bool(late)
    assert not (late and not reported)


def test_the_title_is_the_one_asked_for() -> None:
    b = bulletin([met()])
    assert say.title(D, b) == "关于2024年上半年养老目标完成情况的通报"
    assert say.title(D, bulletin([met()], request=BulletinRequest(title="一份通报"))) == "一份通报"
    assert say.title(D, bulletin([met()], DISTRICTS[:1])) == "关于甲区2024年上半年养老目标完成情况的通报"
    assert S1.code == "2024-S1"
