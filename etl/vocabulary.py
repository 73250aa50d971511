"""The words of headings: what people call a column, and what a heading says of the values below it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from etl.codebook import WITH_UNIT, Codebook, plain, unmarked, unnumbered
from etl.columns import ACTUAL_COLUMNS, TARGET_COLUMNS
from etl.layout import ACTUAL, IGNORED, PART, SUBTOTAL, TARGET
from etl.times import time_off, title_time

FIGURES = "figures"
"""What is counted; whether as a target or as an actual, the title says."""
UNCLEAR = "unclear_time"
"""What a title or heading says of a time that is no half-year."""

_USES: dict[str, str] = {
    "district_code": "地区 区县 县区 区(县) 县(市区) 县(市、区) 县市区 市县 地区名称 区县名称 行政区 行政区划 行政区域 所属地区 所属区县 辖区 "
    "属地 填报地区 填报单位 报送单位 街道 乡镇 镇街 街镇 乡镇街道 街道(乡镇) 街道(镇) 乡镇(街道) 镇(街道) 镇(街) 乡(镇) 镇街名称 街道名称 乡镇名称 被考核单位 考核对象 考核单位 各区县",
    "indicator_code": "指标 指标名称 考核指标 考核指标名称 项目 项目名称 考核项目 考核内容 工作指标 主要指标 评价指标 具体指标 指标项 指标项目 "
    "指标内容 三级指标 目标指标 任务 任务名称 工作任务 重点任务 重点工作 工作内容 事项 内容 统计指标 核心指标 约束性指标 预期性指标",
    "breakdown_code": "分组 分类 城乡 城乡分类 城乡别 人群 口径 分项 统计口径 性别 年龄 年龄段 年龄组 户籍 民族 人员类别 人员类型 对象类别 对象类型 "
    "救助类型 残疾等级 困难类型 护理等级 供养方式 供养类型 救助方式 档次 细分",
    PART: "社区 村 村居 村(居) 村(社区) 社区(村) 行政村 村居名称 社区名称 机构 机构名称 养老机构 养老机构名称 敬老院 敬老院名称 福利机构 "
    "服务机构 站点 站点名称 中心名称 院名 姓名 对象姓名 户主 户主姓名 救助对象 受助人 公墓名称 设施名称 社会组织名称",
    "period_code": "半年度 期间 时期 时间 报告期 统计期 统计时间 统计期间 所属期 所属期间 填报期 填报期间 考核期 考核期间 数据期间 数据时间 "
    "年度 年份 年 周期 截止半年度 报告期间 统计周期 截至时间 数据截至",
    "unit_code": "计量单位 数值单位 指标单位 单位(计量) 度量单位",
    "note": "备注 说明 备注说明 情况说明 注 备考",
    "blank_reason": "未报原因 未填报原因 未填原因 缺报原因 空值原因 空白原因 缺失原因",
    "numerator": "分子 分子值",
    "denominator": "分母 分母值",
    "due_text": "截止日期 完成时限 完成时间 时限 截止时间 办结时限 完成期限 期限 时间节点 完成时间节点",
    "comparator": "比较符",
    "value_high": "上限值 上限",
    "baseline_value": "基期值 基数 基线值 基准值",
    "baseline_period_code": "基期",
    "s1_value": "年中目标",
    "first_period_code": "起始半年度",
    "is_binding": "约束性 指标属性 属性 指标性质",
    "weight": "权重",
    "source_code": "来源 来源代码",
    "locator": "定位 位置",
    "kind": "种类",
    "confidence": "置信度",
    "qualifier": "约数",
    TARGET: "目标 目标值 目标数 年度目标 年度目标值 年目标 全年目标 全年目标值 全年任务 任务数 年度任务 年度任务数 全年任务数 任务目标 目标任务 目标任务数 "
    "计划 计划数 计划值 年度计划 年计划 全年计划 计划目标 考核目标 考核目标值 目标要求 目标任务值 考核标准 工作目标 指标要求 指标目标 下达任务 下达任务数 "
    "下达目标 应完成 应完成数 任务量 年度指标 年度指标值 规划目标 规划值 标准值 上半年目标 下半年目标 半年目标",
    ACTUAL: "完成 完成值 实际完成 实际完成值 实际完成数 实际 实际值 实际数 完成数 完成量 完成情况 实绩 累计完成 累计完成数 累计 已完成 已完成数 目前完成 当前完成 本年 本年数 本年实际 本年完成 今年 "
    "本期 本期数 本期值 达到值 期末数 期末值 当前值 现状 现状值 报告期数 指标完成值 指标完成情况 完成指标 年度完成 年度完成值 "
    "累计数 累计值 实际达到 实际达到值 统计值 统计数 上报数 上报值 填报值 填报数 实际情况 全年实绩 期末 实际完成情况 目标完成情况 任务完成情况 年累计 本年累计 本年累计完成 本年累计数 年初累计 自年初累计 本期累计 本期完成",
    IGNORED: "序号 编号 序 行次 行号 项次 栏次 no no. # 排名 名次 位次 得分 分值 评分 自评分 考核得分 扣分 责任科室 责任部门 责任人 负责人 牵头单位 牵头科室 牵头部门 责任单位 "
    "配合单位 联系人 联系电话 电话 填表人 填报人 审核人 填报日期 填报时间 同比 环比 增长 增幅 同比增长 环比增长 比上年 上年同期 去年同期 上年 上年数 上年值 上期 "
    "上期数 期初 期初数 期初值 年初数 去年 上年末 完成率 完成比例 完成率(%) 完成进度 进度 序时进度 完成百分比 达标率 目标完成率 任务完成率 占比 是否达标 是否完成 达标情况 亮灯 状态 "
    "差距 差额 缺口 未完成 未完成数 超额 超额完成 领域 业务领域 一级指标 二级指标 工作措施 主要措施 措施 工作进展 进展情况 存在问题 下一步打算 下步打算 权重系数 "
    "数据来源 资料来源 考核办法 评分标准 计算公式 计算方法 指标解释 指标说明 指标定义 last_value target_text 上期值 上次值",
    FIGURES: "数量 数值 数据 值 得数 指标值",
    SUBTOTAL: "合计 小计 总计 总数 汇总 累计合计 平均 平均值 均值 全区合计 全市合计 全县合计 总和",
}  # fmt: skip
_CODE_WORDS = {
    "district_code": "地区代码 区划代码 行政区划代码 行政区代码 地区编码 区县代码",
    "indicator_code": "指标代码 指标编码 指标编号",
    "breakdown_code": "分组代码",
}
AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "单位": ("unit_code", "district_code"),
    "单位名称": ("district_code", "unit_code"),
    "名称": ("indicator_code", "district_code"),
    "对象": ("breakdown_code", "district_code"),
    "类别": ("breakdown_code", IGNORED),
    "类型": ("breakdown_code", IGNORED),
    "代码": ("district_code", "indicator_code"),
    "编码": ("district_code", "indicator_code"),
    "": ("indicator_code", "district_code", "period_code", "breakdown_code"),
}
"""Headings that mean one thing or another; what stands below decides."""

SUMS = {plain(word) for word in _USES[SUBTOTAL].split()}
AVERAGES = {"平均", "平均值", "均值"}
_TARGET_HINTS, _ACTUAL_HINTS = (
    ("目标", "任务", "计划", "规划", "要点"),
    ("完成", "实绩", "总结", "进展", "实际", "情况", "统计表", "填报表"),
)
_EARLIER = ("同期", "同期数", "同期值", "上年数", "上年同期数")
"""Columns of former figures, put there to compare."""
_EARLIER_ONE = "(?:上年度?|去年|上期|上月|上季度?|年初|同期|基期)(?:同期|末|底)?(?:数|值)?"
_PLANNED = "(?:全年|年度?|本年度?|序时)?(?:目标|任务|计划|指标|总任务)(?:任务|值|数)?"
_CHANGE = "(?:新增|净增|新纳入|退出|清退|停发|增长|增减|增加|减少|增幅|增速|降幅|升降|上升|下降|提高|变化|差距|差额|差值|相差|还差|±|差)"
_COMPARED = re.compile(
    rf"(?:[比较与同距占](?:离)?)?(?:{_EARLIER_ONE}|{_PLANNED})?(?:相?比)?(?:同比|环比)?{_CHANGE}"
    r"(?:率|额|数|量|值|幅度?|情况|百分点|个百分点|变化|[%‰±()])*"
    rf"|{_EARLIER_ONE}(?:实际|完成|实绩|累计)?(?:数|值)?"
    r"|(?:本|当|上)(?:月|季度?|期(?=[增减新]))(?:新增|增加|减少|完成|发放|累计|实际)?(?:数|值|额)?"
    r"|(?:在?全[市省区县国])?(?:排名|名次|排位|位次)(?:情况)?"
    rf"|(?:完成|占|达到?)(?:{_PLANNED}|进度)?(?:的|量)?(?:比例|比重|百分比|百分数|进度|率|[%()])+"
    r"|(?:全年|年底)?\(?(?:预计|预测|估计)\)?(?:全年|年底)?(?:完成)?(?:数|值|情况)?"
    r"|(?:序时|时间|工作)进度(?:要求)?[%()\d]*"
)
"""Columns that compare figures (with former ones, the target, other districts), or are of a month or quarter only."""
_TIMELY = (
    "完成",
    "完成数",
    "完成值",
    "目标",
    "目标值",
    "任务",
    "任务数",
    "计划",
    "计划数",
    "实际",
    "累计",
    "实际数",
    "情况",
    "数",
    "值",
)
"""Ends of headings that may stand over figures of any time."""
_WHOLE_YEAR = re.compile(r"全年|年度|年目标|年计划")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
PART_OF = re.compile(r"其中:?(.+)")
"""其中：城市: a part of what stands before it."""
_AROUND_BEFORE = re.compile(r"(?:^|[年度月日季区县市省局旗州的各:,、()\d\W]|上半年|下半年)$")
_AROUND_AFTER = re.compile(r"$|统计|情况|完成|目标|任务|表|汇总|一览|数据|[(:]|\d")
_DIVIDED = re.compile("(城市|城镇|农村)(?:居民)?(?=低保|最低生活保障|特困)")
"""Relief that is given in town and country apart: 农村低保情况 is of the country only."""
_GROUP = re.compile(
    "(?:类别?|方面|领域|板块|情况|工作|事业|事务|项目?|任务|指标|目标|要点|内容|事项|实事|服务|体系|建设|管理|改革|治理|保障"
    "|救助|福利|保护|登记|收养|组织|政权|区划|地名|殡葬|殡改|婚姻|慈善|社工|志愿|养老|低保|特困|孤儿|优抚|安置|双拥|党建|创建"
    "|设施|资金|经费|队伍|人才|宣传|安全|防疫|发展|成果|成效|产出|效益|数量|质量|时效|成本|满意度|考核|评价|督查|规划|计划|数据"
    "|统计|工程|行动|试点|民生|民政|总体|全体|全部|综合|基础|基本|重点|[本全][区市县]|期间|时期|[一二三四五六]五|[历近].?年|科|处|股|局)$"
)
"""Ends of headings that only say what field the indicators below belong to."""
_LABEL = re.compile(
    r"(计量单位|数值单位|单位|填报单位|报送单位|填报地区|地区|区县|半年度|报告期|统计期|期间|时间)[::](.+)"
)


def _words() -> dict[str, str]:
    words = {plain(word): use for use, text in _USES.items() for word in text.split()}
    words |= {plain(word): use for use, text in _CODE_WORDS.items() for word in text.split()}
    for column in (*TARGET_COLUMNS, *ACTUAL_COLUMNS):
        for word in (column.name, *(w for w in column.aliases if w.isascii())):
            words.setdefault(word, column.name)
    words |= {"value": ACTUAL, "kind": "kind", "due_period_code": "period_code", "district": "district_code"}
    words |= {"target": TARGET, "actual": ACTUAL, "period": "period_code", "unit": "unit_code"}
    return {word: use for word, use in words.items() if word not in AMBIGUOUS}


WORDS = _words()
_CODE_HEADINGS = {plain(word) for text in _CODE_WORDS.values() for word in text.split()} | set(_CODE_WORDS)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says. ``uses``: what the column may hold, the likeliest first; none where only ``given`` is known."""

    text: str
    uses: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    is_code: bool = False
    """地区代码, beside a column of names."""
    is_part: bool = False
    """Its half-year is named by a month or quarter, whose figure may be its own."""
    is_unclear: bool = False
    """It names a time that is no half-year (一季度); what stands below is not used."""

    @property
    def is_known(self) -> bool:
        """Whether it was understood."""
        return bool(self.uses or self.given)

    @property
    def is_time(self) -> bool:
        """Whether it names a half-year, or a half or a year, and nothing else."""
        return bool(self.given) and not self.uses and self.given.keys() <= {"period_code", "half", "year"}


def read_heading(text: str, book: Codebook) -> Heading:
    """Take a heading apart: a use (目标值), a half-year, a district, an indicator, a breakdown, a unit in brackets."""
    whole = plain(unmarked(text))
    if not whole:
        return Heading(text)
    if whole in AMBIGUOUS:
        return Heading(text, AMBIGUOUS[whole], is_code=whole in ("代码", "编码"))
    if whole in WORDS:
        return Heading(text, (WORDS[whole],), _implied(whole), whole in _CODE_HEADINGS)
    if whole.endswith(_EARLIER):
        return Heading(text, (IGNORED,))
    if book.find("unit", whole) is not None:
        return Heading(text, (), {"unit_code": whole})
    if part := PART_OF.fullmatch(whole):
        inside = read_heading(part[1], book)
        return replace(inside, text=text) if inside.is_known else Heading(text, (), {"breakdown_code": part[1]})
    named = _named(whole, book)
    if named:
        return Heading(text, (), named)
    return _composed(text, whole, book)


def _composed(text: str, whole: str, book: Codebook) -> Heading:
    """Brackets off, then a time in front, then what is left."""
    given: dict[str, str] = {}
    with_unit = WITH_UNIT.fullmatch(whole)
    if with_unit is not None and book.find("unit", with_unit[2]) is not None and _is_counted(with_unit[1], book):
        whole = f"{with_unit[1]}({with_unit[2]})"
    rest = whole
    for inside in _BRACKETS.findall(whole):
        extra = _bracketed(inside, book)
        if extra is None:
            continue
        given |= extra
        rest = rest.replace(f"({inside})", "").replace(f"[{inside}]", "")
    rest, time, is_unclear, is_part = time_off(rest)
    given |= time
    is_unclear |= UNCLEAR in given
    if is_unclear:
        is_value = not rest or rest.endswith(_TIMELY)
        return Heading(text, (IGNORED,) if is_value else (), is_unclear=True)
    if not rest or rest in ("截至", "截止", "至", "数"):
        return Heading(text, (), given, is_part=is_part)
    if rest in AMBIGUOUS:
        return Heading(text, AMBIGUOUS[rest], given, is_part=is_part)
    if rest in WORDS:
        return Heading(text, (WORDS[rest],), {**_implied(rest), **given}, is_part=is_part)
    if _COMPARED.fullmatch(rest):
        return Heading(text, (IGNORED,))
    named = _named(rest, book)
    if named:
        return Heading(text, (), given | named, is_part=is_part)
    parts = [part for part in re.split(r"[/\\|、]", rest) if part]
    if len(parts) > 1 and all(part in WORDS for part in parts):
        return Heading(text, tuple(dict.fromkeys(WORDS[part] for part in parts)), given)
    for word in sorted(WORDS, key=len, reverse=True):  # 护理型床位占比目标值: an indicator, and what of it
        if len(word) > 1 and WORDS[word] in (TARGET, ACTUAL, FIGURES) and rest.endswith(word):
            named = _named(rest[: -len(word)].strip("-_:的"), book)
            if named:
                return Heading(text, (WORDS[word],), {**_implied(word), **given, **named}, is_part=is_part)
    return Heading(text)


def only_groups(word: str, indicator: str, book: Codebook) -> bool:
    """Whether a heading above an indicator says what field it belongs to (社会救助), and not of whom (残疾人)."""
    bare = unnumbered(word).strip('“”"《》')
    if any(len(part) > 1 and part in bare for part in book.words["breakdown"]):
        return False  # 农村居民, over an indicator of town and country
    code = book.find("indicator", indicator)
    meant = book.catalog.indicators_by_code.get(code or "", [])
    fields = [indicator, *(text for i in meant for text in (i.name_zh, book.catalog.domains[i.domain_code].name_zh))]
    pairs = {bare[at : at + 2] for at in range(len(bare) - 1)}
    return _GROUP.search(bare) is not None or any(pair in plain(field) for field in fields for pair in pairs)


def _is_counted(word: str, book: Codebook) -> bool:
    """Whether a unit may stand behind a word: 低保人数/人, 完成值:万元."""
    return book.is_indicator(word) or WORDS.get(word) in (TARGET, ACTUAL, FIGURES)


def _named(word: str, book: Codebook) -> dict[str, str]:
    """A district, indicator or breakdown by name; 城市低保人数 is an indicator and a breakdown."""
    parted = book.parted(word)
    if parted is not None:
        return {"indicator_code": parted[1], "breakdown_code": parted[0]}
    for kind in ("district", "indicator", "breakdown"):
        if book.find(kind, word) is not None and word not in SUMS:
            return {f"{kind}_code": word}
    return {}


def _bracketed(inside: str, book: Codebook) -> dict[str, str] | None:
    if book.find("unit", inside) is not None:
        return {"unit_code": inside}
    if inside.startswith(("单位:", "计量单位:")) and book.find("unit", inside.partition(":")[2]) is not None:
        return {"unit_code": inside.partition(":")[2]}
    rest, time, is_unclear, _is_part = time_off(inside)
    if not rest and (time or is_unclear):
        return {UNCLEAR: inside} if is_unclear else time
    if book.find("breakdown", inside) is not None:
        return {"breakdown_code": inside}
    return None


def _implied(word: str) -> dict[str, str]:
    """年度目标 is due at the year's end; 上半年目标 by mid-year."""
    if WORDS.get(word) not in (TARGET, ACTUAL):
        return {}
    half = time_off(word)[1].get("half")
    if half is not None:
        return {"half": half}
    return {"half": "2"} if _WHOLE_YEAR.search(word) else {}


def read_title(lines: list[str], book: Codebook) -> dict[str, str]:
    """What title lines, the sheet's name or the file's say for all: district, unit, kind, and when.

    When: ``period_code`` or ``year``, and ``unclear_time`` where another time makes it doubtful.
    """
    stated: dict[str, str] = {}
    for line in lines:
        for key, value in _read_line(line, book).items():
            if stated.setdefault(key, value) != value:
                stated[key] = ""  # two of them: neither
    return {key: value for key, value in stated.items() if value} | title_time(lines)


def _indicator_in(title: str, book: Codebook) -> dict[str, str]:
    """The indicator a title names, with its breakdown, where it names one and what stands around it is no part of it."""
    named = [name for name in book.words["indicator"] if len(name) > 3 and name in title]
    named = [name for name in named if not any(name != other and name in other for other in named)]
    if len(named) != 1 or title.count(named[0]) != 1:
        return {}
    before, _, after = title.partition(named[0])
    part = next((part for part in book.words["breakdown"] if len(part) > 1 and before.endswith(part)), "")
    if not _AROUND_BEFORE.search(before.removesuffix(part)) or not _AROUND_AFTER.match(after):
        return {}
    return {"indicator_code": named[0]} | ({"breakdown_code": part} if part else {})


def _read_line(line: str, book: Codebook) -> dict[str, str]:
    compact = plain(line)
    found: dict[str, str] = {}
    label = _LABEL.fullmatch(compact) or _LABEL.fullmatch(compact.strip("()"))
    if label is not None and label[1].endswith("单位") and book.units_in(label[2]):
        return {"unit_code": label[2]}
    for inside in re.findall(r"单位:([^\s;)]+)", compact):
        if book.units_in(inside):
            found["unit_code"] = inside
        elif book.find("unit", inside.partition(",")[0]) is not None:
            found["unit_code"] = inside.partition(",")[0]
    districts = book.districts_in(compact)
    if len(districts) == 1:
        found["district_code"] = next(iter(districts))
    found |= _indicator_in(compact, book)
    parts = {word for word in _DIVIDED.findall(compact) if book.find("breakdown", word) is not None}
    parts |= {compact} if book.find("breakdown", compact) is not None and compact not in SUMS else set()
    if len(parts) == 1 and not re.search("[、和及与]", compact):
        found.setdefault("breakdown_code", parts.pop())
    is_target, is_actual = (any(hint in compact for hint in hints) for hints in (_TARGET_HINTS, _ACTUAL_HINTS))
    if is_target != is_actual:
        found["kind"] = "target" if is_target else "actual"
    return found
