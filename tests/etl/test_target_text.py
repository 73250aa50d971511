"""Targets as people write them: a table of what is read, a table of what is refused, and laws."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from etl import target_words as w
from etl.amount import ARABIC, MEASURE_WORDS
from etl.numerals import fold
from etl.target_dates import NotADate, find_due
from etl.target_examples import EXAMPLES, REFUSED, YEAR
from etl.target_text import NotATarget, TargetText, parse_target
from warehouse.measures.target import Comparator

D = Decimal

MORE = """
    ≧80              >=    80     -      -
    ⩾80％            >=    80     -      %
    ＞＝80           >=    80     -      -
    >=80.50%         >=    80.50  -      %
    ≥80%以上         >=    80     -      %
    大于等于80%      >=    80     -      %
    大于或等于80%    >=    80     -      %
    高于或等于80%    >=    80     -      %
    达到或超过80%    >=    80     -      %
    不小于3          >=    3      -      -
    不得低于80%      >=    80     -      %
    不能少于2次      >=    2      -      次
    最低3家          >=    3      -      家
    最少3家          >=    3      -      家
    80%(含)以上      >=    80     -      %
    80%以上(含)      >=    80     -      %
    80%或以上        >=    80     -      %
    不低于80%以上    >=    80     -      %
    达到80%及以上    >=    80     -      %
    实现85%以上      >=    85     -      %
    满意度95%以上    >=    95     -      %
    满意度不低于95分 >=    95     -      分
    覆盖率：≥85%     >=    85     -      %
    600张以上完成    >=    600    -      张
    至少新增600张    >=    600    -      张
    新增不少于600张  >=    600    -      张
    建成3个以上      >=    3      -      个
    半数以上         >=    50     -      %
    ≥80%(含)         >=    80     -      %
    不低于八成       >=    80     -      %
    ≦5％             <=    5      -      %
    <=5%             <=    5      -      %
    ≤5%以内          <=    5      -      %
    不高于5%         <=    5      -      %
    不大于5          <=    5      -      -
    不得超过5起      <=    5      -      起
    至多3            <=    3      -      -
    最高5%           <=    5      -      %
    最多5人          <=    5      -      人
    5%以内           <=    5      -      %
    5%之内           <=    5      -      %
    5%以下           <=    5      -      %
    5%及以下         <=    5      -      %
    小于等于5%       <=    5      -      %
    降至5%以下       <=    5      -      %
    压降到5%以下     <=    5      -      %
    少于等于3        <=    3      -      -
    降低到5%以内     <=    5      -      %
    控制在5%以下     <=    5      -      %
    严格控制在5%以内 <=    5      -      %
    控制在不超过5%   <=    5      -      %
    5个工作日以内    <=    5      -      个工作日
    达80%            =     80     -      %
    达到100％        =     100    -      %
    等于100%         =     100    -      %
    为100%           =     100    -      %
    保持100%         =     100    -      %
    完成率100%       =     100    -      %
    完成率达到100%   =     100    -      %
    100%达标         =     100    -      %
    100%覆盖         =     100    -      %
    100%完成         =     100    -      %
    提高到45%        =     45     -      %
    新建3家          =     3      -      家
    增加600张        =     600    -      张
    改造65户         =     65     -      户
    提升改造3家      =     3      -      家
    新（改）建3家    =     3      -      家
    完成改造600户    =     600    -      户
    建成投用3家      =     3      -      家
    举办2场          =     2      -      场
    建成1个并投入使用 =    1      -      个
    培训300人次      =     300    -      人次
    投入500万元      =     500    -      万元
    目标：600张      =     600    -      张
    任务数600        =     600    -      -
    全年600张        =     600    -      张
    共600张          =     600    -      张
    计划新增600张    =     600    -      张
    预计完成600张    =     600    -      张
    1,200人次        =     1200   -      人次
    １２００人次     =     1200   -      人次
    3.5亿元          =     3.5    -      亿元
    12万人次         =     12     -      万人次
    600（张）        =     600    -      张
    “600张”          =     600    -      张
    「≥80%」         >=    80     -      %
    （600张）        =     600    -      张
    600张。          =     600    -      张
    600张；          =     600    -      张
    一个             =     1      -      个
    两家             =     2      -      家
    三百二十户       =     320    -      户
    8成              =     80     -      %
    八成             =     80     -      %
    0                =     0      -      -
    零               =     0      -      -
    为零             =     0      -      -
    零事故           <=    0      -      -
    零感染           <=    0      -      -
    不发生           <=    0      -      -
    不发生安全事故   <=    0      -      -
    不超过0起        <=    0      -      起
    3～5个           range 3      5      个
    3－5个           range 3      5      个
    3—5个            range 3      5      个
    3——5个           range 3      5      个
    3–5个            range 3      5      个
    3至5个           range 3      5      个
    3到5个           range 3      5      个
    3个至5个         range 3      5      个
    三至五个         range 3      5      个
    二十到三十个     range 20     30     个
    新建1-2家        range 1      2      家
    打造3-5个        range 3      5      个
    达到3-5个        range 3      5      个
    80%~85%          range 80     85     %
    80-85%           range 80     85     %
    80%-85           range 80     85     %
    80-80.5%         range 80     80.5   %
    百分之八十至九十 range 80     90     %
    八成至九成       range 80     90     %
    控制在3%-5%      range 3      5      %
    80%至85%之间     range 80     85     %
    5~5              range 5      5      -
    3-5万            range 30000  50000  -
    3万-5万          range 30000  50000  -
    3万-5万元        range 3      5      万元
    3万元-5万        range 3      5      万元
    3万-50000元      range 30000  50000  元
    1200-1500元/人/月 range 1200  1500   元/人/月
    1到2次/年        range 1      2      次/年
    实现全覆盖       all   100    -      %
    全面覆盖         all   100    -      %
    达到全覆盖       all   100    -      %
    力争实现全覆盖   all   100    -      %
    全覆盖（100%）   all   100    -      %
    100%（全覆盖）   all   100    -      %
    街镇全覆盖       all   100    -      %
    各街镇全覆盖     all   100    -      %
    村（社区）全覆盖 all   100    -      %
    全部             all   100    -      %
    全部完成         all   100    -      %
    每个街道不少于2个 >=   2      -      个/街道
    每个社区1个      =     1      -      个/社区
    各街镇至少1个    >=    1      -      个/街镇
    每街镇一个       =     1      -      个/街镇
    每街镇建成1个以上 >=   1      -      个/街镇
    每个乡镇（街道）1个 =  1      -      个/乡镇(街道)
    每千名老年人45张 =     45     -      张/千名老年人
    每万人拥有3个    =     3      -      个/万人
    每季度不少于1次  >=    1      -      次/季度
    每年2次          =     2      -      次/年
    1个/街镇         =     1      -      个/街镇
"""
READ = [tuple(line.split()) for line in MORE.strip().split("\n")]

DATED = [
    # text, due, comparator, value
    ("2020年10月31日前", "2020-10-31", None, None),
    ("2020年10月31日前完成", "2020-10-31", None, None),
    ("2020-10-31前完成", "2020-10-31", None, None),
    ("2020.10.31前完成", "2020-10-31", None, None),
    ("2020/10/31前完成", "2020-10-31", None, None),
    ("2020-10-31 00:00:00前完成", "2020-10-31", None, None),
    ("10月31日之前完成", "2020-10-31", None, None),
    ("10月31号前完成", "2020-10-31", None, None),
    ("10月底", "2020-10-31", None, None),
    ("6月末", "2020-06-30", None, None),
    ("2月底前完成", "2020-02-29", None, None),
    ("2021年2月底前完成", "2021-02-28", None, None),
    ("10月份完成", "2020-10-31", None, None),
    ("10月完成", "2020-10-31", None, None),
    ("10月中旬完成", "2020-10-20", None, None),
    ("10月上旬完成", "2020-10-10", None, None),
    ("10月下旬完成", "2020-10-31", None, None),
    ("十月底前完成", "2020-10-31", None, None),
    ("十二月三十一日前完成", "2020-12-31", None, None),
    ("二〇二一年年底前完成", "2021-12-31", None, None),
    ("年底前完成", "2020-12-31", None, None),
    ("今年底前完成", "2020-12-31", None, None),
    ("今年年底前完成", "2020-12-31", None, None),
    ("本年内完成", "2020-12-31", None, None),
    ("年内完成", "2020-12-31", None, None),
    ("2021年完成", "2021-12-31", None, None),
    ("2021年内完成", "2021-12-31", None, None),
    ("2021年底完成", "2021-12-31", None, None),
    ("上半年完成", "2020-06-30", None, None),
    ("上半年底前完成", "2020-06-30", None, None),
    ("下半年启动", "2020-12-31", None, None),
    ("三季度末", "2020-09-30", None, None),
    ("第一季度末前完成", "2020-03-31", None, None),
    ("2021年第四季度完成", "2021-12-31", None, None),
    ("力争10月底前完成", "2020-10-31", None, None),
    ("确保在9月18日前完成备案手续", "2020-09-18", None, None),
    ("截至2020年12月31日，80%以上", "2020-12-31", ">=", "80"),
    ("到2020年底，覆盖率达到85%以上", "2020-12-31", ">=", "85"),
    ("2020年达到85%", "2020-12-31", "=", "85"),
    ("年底力争全覆盖", "2020-12-31", "all", "100"),
    ("年内新建1-2家", "2020-12-31", "range", "1"),
    ("2020年上半年完成60%", "2020-06-30", "=", "60"),
    ("6月底前完成50%", "2020-06-30", "=", "50"),
    ("600张（10月底前完成）", "2020-10-31", "=", "600"),
    ("600张，10月底前", "2020-10-31", "=", "600"),
    ("年内零发生", "2020-12-31", "<=", "0"),
]

MILESTONES = """
    完成 建成 启动 出台 建成投用 投入使用 开工建设 竣工 挂牌 印发 上线运行 全面完成 按期完成 完成验收
    完成建设任务 完成全部任务 完成主体工程建设 制定出台 建成并投入使用 完成选址、招标 启动建设 落实到位 通过验收
    完成备案手续 力争完成 确保完成
""".split()

MORE_REFUSED = {
    "missing_value": "- — / 未填 空 N/A",
    "strict_comparator": """
        >80% ＞80% 大于80 高于80% 多于3家 小于5% 低于5% <5% 少于3 不足5% 不到5% 突破1000 超1200人 逾百户
        达到80%以上(不含)
    """,
    "relative_target": """
        比上年增长10% 较2019年下降3% 同比下降 环比提升 提升5% 提高10% 下降3% 降低3% 减少50户 增加10% 新增10%
        压减10% 零增长 稳步提升 逐年下降 进一步提高 不低于上年水平 达到省级水平 与上年持平 年均增长5%
        比计划多3家 较年初增加5% 翻两番 超额完成 人数翻倍 低于全市平均
    """,
    "not_measurable": """
        持续推进 不断完善 走在前列 名列前茅 做好相关工作 加强管理 应救尽救 应养尽养 有效改善 第一名 完成上级要求
        加快建设进度
    """,
    "several_targets": """
        城市85%、农村80% 2020年80%，2021年85% 由80%提高到85% ≥3且≤5 不低于60%，不高于70%
        上半年300张，全年600张 80%以上，力争85% 100%核对，80%复核 不低于3%、4% 年内分别达80%和47%以上
        6月底前完成50%，年底前完成100% 600张（其中农村200张） 城市八成，农村七成 3、5个 3年600张 1-6月完成300张
    """,
    "ambiguous_target": """
        80%±2% 80%左右 近千人 1200人左右 1200多人 基本完成 基本全覆盖 若干 一批 数百个 3/5 1.2.3 1,23 1e3 (3)
        -600张 +5% 2020-2022 ≥80%以下 至少80%以内 =80%以上 不少于3~5个 3~5个以上 控制在5% 80%之间 95%全覆盖
        全部600户 每街镇80% 每街镇3 3-5千元 八至九成 三到五十个 3万-5亿元 1200-1.5万 3%~5‰ 2020年10月31日
        2020-10-31 10月 2020年 上半年 10月前完成 第三季度前完成 上半年前完成 力争确保80% 预期性约束性80%
        一季度一次 1月1次 三月600张 2020.10 2/3以上 1:1配备 三分之二以上 三五个 十几家
    """,
    "range_incomplete": "5~3 85%-80% 3--5 5万-3万元",
    "not_a_date": "13月底前完成 2月30日前完成 2020年0月底 2020-13-01前完成",
    "not_a_target": """
        600张床位 新增养老床位600张 城市覆盖率85% 国庆节前完成 3个月内完成 三年内完成 每年底前完成 每月10日前
        前三季度完成75% 600张（含改造） 全区50%以上 好 ① ≥ 以上 每街镇 不低于 ①≥80% x>=80% 80%以上x
        完成年度任务的50% 10月31日24时前完成 农村全覆盖 12.31前 3个月完成 ٣
    """,
    "formula_error": "#N/A #REF! #DIV/0!",
    "formula_not_computed": "=A1 =SUM(A1:A3) =3+5 @SUM(A1) +A1 =B2*100",
}


def reading(text: str, year: int | None = YEAR) -> tuple[str, str, str, str, str]:
    target = parse_target(text, year)
    assert target.original == text
    return (
        target.comparator or "",
        "" if target.value is None else f"{target.value:f}",
        "" if target.value_high is None else f"{target.value_high:f}",
        target.unit or "",
        "" if target.due_on is None else target.due_on.isoformat(),
    )


@pytest.mark.parametrize("row", EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_a_documented_example_is_read_as_documented(row: tuple[str, ...]) -> None:
    assert reading(row[0]) == row[1:]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[text for text, _ in REFUSED])
def test_a_documented_refusal_has_the_documented_reason(text: str, reason: str) -> None:
    with pytest.raises(NotATarget) as error:
        parse_target(text, YEAR)
    assert error.value.reason_code == reason


@pytest.mark.parametrize(("text", "comparator", "value", "high", "unit"), READ)
def test_a_target_is_read(text: str, comparator: str, value: str, high: str, unit: str) -> None:
    assert reading(text, None) == (comparator, value, high.strip("-"), unit.strip("-"), "")


@pytest.mark.parametrize(("text", "due", "comparator", "value"), DATED)
def test_a_due_date_is_read(text: str, due: str, comparator: str | None, value: str | None) -> None:
    target = parse_target(text, YEAR)
    assert target.due_on == date.fromisoformat(due)
    assert (target.comparator, target.value) == (comparator, value and D(value))


@pytest.mark.parametrize("text", MILESTONES)
def test_a_verb_that_is_done_or_not_is_a_milestone(text: str) -> None:
    assert reading(text, None) == ("", "", "", "", "")


@pytest.mark.parametrize(
    ("reason", "text"), [(code, text) for code, texts in MORE_REFUSED.items() for text in texts.split()]
)
def test_what_is_no_exact_target_is_refused_with_the_reason(reason: str, text: str) -> None:
    with pytest.raises(NotATarget) as error:
        parse_target(text, YEAR)
    assert error.value.reason_code == reason


@pytest.mark.parametrize("text", ["10月底前完成", "年底前", "上半年完成", "第三季度完成", "今年底前完成", "6月末80%"])
def test_a_date_without_a_year_needs_one(text: str) -> None:
    with pytest.raises(NotATarget) as error:
        parse_target(text)
    assert error.value.reason_code == "date_without_year"
    due = parse_target(text, 2021).due_on
    assert due is not None
    assert due.year == 2021


@pytest.mark.parametrize(
    ("text", "is_binding", "words"),
    [
        ("力争1200人次以上", False, ("力争",)),
        ("争取3家", False, ("争取",)),
        ("努力达到80%", False, ("努力", "达到")),
        ("确保100%", True, ("确保",)),
        ("必须完成600张", True, ("必须", "完成")),
        ("计划新增600张", None, ("计划", "新增")),
        ("80%（预期性）", False, ()),
        ("≥80%（约束性）", True, ()),
        ("约束性指标：80%", True, ()),
        ("80%【预期性指标】", False, ()),
        ("80%（约束）", True, ()),
        ("确保80%（预期性）", False, ("确保",)),
        ("600张", None, ()),
    ],
)
def test_how_firmly_it_is_meant_is_kept(text: str, is_binding: bool | None, words: tuple[str, ...]) -> None:
    target = parse_target(text)
    assert (target.is_binding, target.words) == (is_binding, words)


@pytest.mark.parametrize(
    ("text", "names", "value", "words"),
    [
        ("新增养老床位600张", ["养老床位数"], "600", ("新增", "养老床位")),
        ("600张养老床位", ["养老 床位"], "600", ("养老床位",)),
        ("养老床位数600张", ["床位", "养老床位数"], "600", ("养老床位数",)),
        ("60岁以上老人增长率≥5%", ["６０岁以上老人增长率"], "5", ("60岁以上老人增长率",)),
        ("2020年规划完成率100%", ["2020年规划完成率"], "100", ("2020年规划完成率",)),
    ],
)
def test_the_name_of_the_rows_own_indicator_may_be_repeated(
    text: str, names: list[str], value: str, words: tuple[str, ...]
) -> None:
    target = parse_target(text, None, names)
    assert (target.value, target.words, target.due_on) == (D(value), words, None)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("新增护理床位600张", ["养老床位"]),
        ("养老床位养老床位600张", ["养老床位"]),
        ("养老床位600张，护理床位200张", ["养老床位"]),
        ("养老床位", ["养老床位"]),
        ("\ue000600张", ["养老床位"]),
        ("张600", ["数", "", " "]),
    ],
)
def test_no_other_name_is_passed_over(text: str, names: list[str]) -> None:
    with pytest.raises(NotATarget) as error:
        parse_target(text, None, names)
    assert "\ue000" not in error.value.fragment


def test_what_a_number_is_per_is_kept_apart_too() -> None:
    assert parse_target("每街镇至少1个").per == "街镇"
    assert parse_target("每人每月300元").per == "人/月"
    assert parse_target("1个/街镇").per is None


@pytest.mark.parametrize("text", ["85 80", "80%\n85%", "3. 5个", "1 200张"])
def test_a_space_between_digits_never_joins_two_numbers(text: str) -> None:
    with pytest.raises(NotATarget):
        parse_target(text)


def test_a_text_over_two_hundred_characters_is_refused_with_a_short_fragment() -> None:
    with pytest.raises(NotATarget) as error:
        parse_target("新增" * 101 + "600张")
    assert error.value.reason_code == "not_a_target"
    assert len(error.value.fragment) <= 40


def test_a_date_is_found_with_what_stands_around_it() -> None:
    due = find_due("力争10月底前完成", 2020)
    assert due is not None
    assert (due.before, due.after, due.on, due.is_deadline) == ("力争", "完成", date(2020, 10, 31), True)
    assert find_due("600张", 2020) is None
    with pytest.raises(NotADate, match="date_without_year"):
        find_due("10月底", None)


# --- Laws --------------------------------------------------------------------------------------

FULL_WIDTH = {ord(half): ord(half) + 0xFEE0 for half in map(chr, range(0x21, 0x7F))}
values = st.integers(0, 10**9).map(D) | st.decimals(0, 10**9, places=2)
units = st.sampled_from(["", "%", "万元", "元/人/月", *sorted(word for word in MEASURE_WORDS if "/" not in word)])
ways = {
    ">=": [
        "≥{}",
        ">={}",
        "不低于{}",
        "不少于{}",
        "至少{}",
        "{}以上",
        "{}及以上",
        "力争{}以上",
        "达到{}以上",
        "新增{}以上",
    ],
    "<=": ["≤{}", "<={}", "不超过{}", "不高于{}", "至多{}", "{}以内", "{}以下", "控制在{}以内", "确保不超过{}"],
    "=": ["{}", "={}", "达到{}", "完成{}", "新增{}", "力争{}", "目标：{}", "“{}”"],
    "range": ["{}~{}", "{}至{}", "{}到{}", "{}—{}", "达到{}-{}", "新建{}～{}", "在{}~{}之间"],
}


def spaced(text: str) -> str:
    return re.sub(r"(?<=[^0-9.,])(?=[^0-9.,])|(?<=[^0-9.,])(?=[0-9])|(?<=[0-9])(?=[^0-9.,])", " ", text)


@given(st.data(), st.sampled_from(sorted(ways)), values, values, units)
def test_a_target_written_in_any_way_width_and_spacing_reads_back(
    data: st.DataObject, comparator: str, one: Decimal, other: Decimal, unit: str
) -> None:
    low, high = sorted((one, other))
    years = [1900 <= end < 2100 and unit == "" for end in (low, high)]
    assume(comparator != "range" or not all(years))
    way = data.draw(st.sampled_from(ways[comparator]))
    numbers = [low, high] if comparator == "range" else [low]
    text = way.format(*(f"{number:f}{unit}" for number in numbers))
    assume(unit != "%" or "新增" not in text)  # 新增10% is relative
    assume("完成" not in text or unit not in ("个月", "天", "小时", "分钟", "工作日", "个工作日"))
    target = parse_target(text)
    assert (target.comparator, target.value, target.unit) == (comparator, low, unit or None)
    assert target.value_high == (high if comparator == "range" else None)
    assert f"{target.value:f}" == f"{low:f}"
    for variant in (text.translate(FULL_WIDTH), spaced(text), f"　{text}。", spaced(text).translate(FULL_WIDTH)):
        assert _meaning(parse_target(variant)) == _meaning(target), variant


def _meaning(target: TargetText) -> tuple[object, ...]:
    return (
        target.comparator, target.value, target.value_high, target.unit, target.due_on, target.per, target.is_binding,
    )  # fmt: skip


FRAGMENTS = sorted(
    {*w.COMPARATORS, *w.SUFFIXES, *w.INTENT, *w.LEVELS, *w.MEASURES, *w.COUNTING, *w.DONE, *w.STAGES, *w.PLACES}
    | {*w.STRICT, *w.APPROXIMATE, *w.CONTROL, *w.EVERYTHING, *MEASURE_WORDS}
    | set("每各零一二两三五八十百千万亿成半年月日前底末内第上下旬季度率比较增减余多约至到之间，、。；（）()+-~—%‰=/. ")
    | {
        "3",
        "5",
        "80",
        "600",
        "1,200",
        "85.5",
        "2020年",
        "10月",
        "31日",
        "上半年",
        "年底",
        "农村",
        "城市",
        "其中",
        "100%",
    }
)
anything = st.text(max_size=30) | st.lists(st.sampled_from(FRAGMENTS), max_size=7).map("".join)


@given(anything, st.sampled_from([None, 2020]))
@example("不发生一起1起", 2020)
@example("3一次性5", None)
def test_any_text_is_read_whole_or_refused_for_a_known_reason(text: str, year: int | None) -> None:
    try:
        target = parse_target(text, year)
    except NotATarget as error:
        assert error.reason_code in {*MORE_REFUSED, "date_without_year"}
        return
    assert target.comparator is None or target.comparator in set(Comparator)
    assert (target.value is None) == (target.comparator is None)
    assert (target.value_high is not None) == (target.comparator == "range")
    assert target.value_high is None or (target.value is not None and target.value <= target.value_high)
    assert target.comparator != "all" or (target.value, target.unit) == (100, "%")
    assert target.unit is None or len(target.unit) <= 30

    due = find_due(fold(text), year) if target.due_on else None
    rest = fold(text) if due is None else f"{due.before},{due.after}"
    written = [figure.replace(",", "").replace(".", "").strip("0") for figure in re.findall(ARABIC, rest)]
    read = [f"{end:f}".replace(".", "").strip("0") for end in (target.value, target.value_high) if end is not None]
    assert not written or written == read, "every figure in the text is in the reading, digit for digit"


@given(anything)
def test_reading_does_not_depend_on_width(text: str) -> None:
    def outcome(text: str) -> object:
        try:
            return _meaning(parse_target(text, 2020))
        except NotATarget as error:
            return error.reason_code

    assert outcome(text) == outcome(text.translate(FULL_WIDTH))
