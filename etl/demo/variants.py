"""More indicators by combination: groups of people and kinds of places, each counted in ten ways."""

from __future__ import annotations

from typing import NamedTuple

from etl.demo.concepts import BASE, FLOW, HIGHER, LOWER, MILESTONE, NONE, RATIO, STANDARD, STOCK, Concept, Promise
from warehouse.measures.target import Direction, MeasureType

P = Promise


class _Subject(NamedTuple):
    """Whom or what is counted, and about how many of them a district of 500 000 has."""

    code: str
    domain_code: str
    number: float
    zh: str
    en: str


class _Way(NamedTuple):
    """A way of counting; ``{zh}`` and ``{en}`` stand for the subject, ``share`` is of its number."""

    code: str
    unit_code: str
    measure_type: MeasureType
    direction: Direction
    promise: Promise
    share: float
    growth: float
    zh: str
    en: str
    definition_zh: str
    definition_en: str
    counted_zh: str | None = None
    counted_en: str | None = None
    is_split: bool = False
    rolls_up: bool = False


_PEOPLE = tuple(
    _Subject(*subject)
    for subject in (
        ("near_poor", "assistance", 5200, "低保边缘家庭成员", "near-poor persons"),
        ("oldest_old", "elderly", 13000, "高龄老年人", "persons over eighty"),
        ("left_behind", "children", 2600, "农村留守儿童", "left-behind children"),
        ("severely_disabled", "disability", 4100, "重度残疾人", "severely disabled persons"),
        ("volunteers", "charity", 30000, "注册志愿者", "registered volunteers"),
        ("residents_in_need", "community", 2400, "社区困难居民", "residents in need"),
        ("org_staff", "social_org", 3800, "社会组织从业人员", "staff of social organisations"),
        ("funeral_staff", "funeral", 260, "殡葬服务人员", "funeral workers"),
        ("registrars", "marriage", 90, "婚姻登记员", "marriage registrars"),
        ("place_wardens", "places", 300, "地名信息员", "place-name wardens"),
        ("inspectors", "safety", 210, "安全巡查员", "safety inspectors"),
        ("veterans", "veterans", 3500, "优抚对象", "entitled veterans"),
        ("grassroots_staff", "administration", 640, "基层民政干部", "grassroots officials"),
        ("destitute", "assistance", 1900, "特困人员", "destitute persons"),
        ("dementia", "elderly", 2200, "失智老年人", "elderly with dementia"),
        ("unattended", "children", 480, "事实无人抚养儿童", "children without de facto care"),
        ("mental", "disability", 1700, "精神障碍患者", "persons with mental disorders"),
        ("aided", "charity", 3100, "慈善项目受助人", "beneficiaries of charity"),
        ("community_staff", "community", 900, "社区工作者", "community workers"),
        ("empty_nest", "elderly", 7400, "空巢老年人", "empty-nest elderly"),
        ("hardship_children", "children", 1200, "困境儿童", "children in hardship"),
        ("expense_poor", "assistance", 2300, "支出型困难家庭成员", "persons poor through high expenses"),
    )
)
_PLACES = tuple(
    _Subject(*subject)
    for subject in (
        ("day_centres", "elderly", 60, "日间照料中心", "day-care centres"),
        ("child_homes", "children", 90, "儿童之家", "children's homes"),
        ("relief_posts", "assistance", 40, "社会救助工作站", "assistance posts"),
        ("rehab_posts", "disability", 35, "残疾人康复驿站", "rehabilitation posts"),
        ("charity_shops", "charity", 30, "慈善超市", "charity shops"),
        ("service_halls", "community", 140, "社区综合服务站", "community service points"),
        ("org_bases", "social_org", 20, "社会组织服务基地", "bases for social organisations"),
        ("cemeteries", "funeral", 50, "公益性公墓", "public cemeteries"),
        ("registries", "marriage", 14, "婚姻登记点", "marriage registries"),
        ("name_points", "places", 55, "地名文化展示点", "place-name exhibits"),
        ("care_homes", "elderly", 45, "养老院", "care homes"),
        ("veteran_posts", "veterans", 110, "双拥服务站", "posts for army families"),
        ("windows", "administration", 70, "民政服务窗口", "civil-affairs windows"),
        ("minor_posts", "children", 25, "未成年人保护站", "minors' protection posts"),
        ("volunteer_posts", "charity", 80, "志愿服务站点", "volunteer posts"),
        ("meeting_halls", "community", 120, "村民议事厅", "village meeting halls"),
        ("farewell_halls", "funeral", 24, "治丧服务点", "funeral service points"),
        ("canteens", "elderly", 65, "长者食堂", "canteens for the elderly"),
    )
)  # fmt: skip

_YEAR_ZH, _YEAR_EN = "年初至期末", "since the beginning of the year"
_COUNTING_PEOPLE = tuple(
    _Way(*way)
    for way in (
        ("visits", "person_time", FLOW, HIGHER, P.ANNUAL, .5, .05, "{zh}走访探视人次", "Visits to {en}",
         _YEAR_ZH + "走访探视{zh}的人次", "Visits to {en} " + _YEAR_EN),
        ("files", "percent", RATIO, HIGHER, P.ANNUAL, .8, 4, "{zh}建档率", "Files kept on {en}",
         "已建立电子档案的{zh}占应建档人数的比例", "Of {en}, those with an electronic file", "人", "persons", True),
        ("registered", "person", STOCK, NONE, P.MONITOR, .7, .02, "在册{zh}人数", "Registered {en}",
         "期末登记在册的{zh}", "Registered {en} at the end of the period", None, None, True, True),
        ("support", "cny_10k", FLOW, NONE, P.MONITOR, .1, .05, "{zh}服务保障支出", "Spending on {en}",
         _YEAR_ZH + "用于{zh}的财政支出", "Public spending on {en} " + _YEAR_EN, None, None, False, True),
        ("talks", "time", FLOW, HIGHER, P.ANNUAL, .02, .03, "{zh}政策宣讲场次", "Policy talks for {en}",
         _YEAR_ZH + "面向{zh}举办的政策宣讲", "Talks held for {en} " + _YEAR_EN),
        ("trained", "person_time", FLOW, HIGHER, P.ANNUAL, .2, .06, "{zh}服务技能培训人次", "Training for work with {en}",
         _YEAR_ZH + "参加{zh}服务技能培训的人次", "Attendances at training for work with {en} " + _YEAR_EN),
        ("content", "percent", RATIO, HIGHER, P.PLAN, .5, 3, "{zh}服务满意率", "Satisfaction of {en}",
         "回访中表示满意的{zh}占回访人数的比例", "Of {en} asked, those content with the service", "人", "persons"),
        ("complaints", "case", FLOW, LOWER, P.CEILING, .02, -.03, "涉及{zh}的投诉件数", "Complaints concerning {en}",
         _YEAR_ZH + "受理的涉及{zh}的投诉", "Complaints accepted concerning {en} " + _YEAR_EN),
        ("insured", "percent", RATIO, HIGHER, P.ALL, .6, 2, "{zh}意外保险覆盖率", "Accident insurance of {en}",
         "已投保意外险的{zh}占应保人数的比例", "Of {en} to be insured, those who are", "人", "persons"),
        ("plan", "done", MILESTONE, HIGHER, P.TASK, 0, 0, "{zh}服务工作方案印发", "Work plan for {en} issued",
         "本地{zh}服务工作方案正式印发", "The district's work plan for {en} is published"),
    )
)  # fmt: skip
_COUNTING_PLACES = tuple(
    _Way(*way)
    for way in (
        ("built", "item", FLOW, HIGHER, P.ANNUAL_RANGE, .2, .03, "新建改建{zh}数", "New or rebuilt {en}",
         _YEAR_ZH + "新建和改建并投用的{zh}", "New or rebuilt {en} in use " + _YEAR_EN),
        ("share", "percent", RATIO, HIGHER, P.ANNUAL_AND_PLAN, 2, 4, "{zh}村（社区）覆盖率", "Communities reached by {en}",
         "有{zh}服务的村（社区）占全部村（社区）的比例", "Communities reached by {en}, of all", "个村（社区）", "communities", True),
        ("open", "item", STOCK, HIGHER, P.LEVEL, 1, .08, "正常运行的{zh}数", "Working {en}",
         "期末正常运行的{zh}", "Working {en} at the end of the period", None, None, False, True),
        ("uses", "person_time", FLOW, HIGHER, P.ANNUAL, 90, .07, "{zh}服务人次", "Uses of {en}",
         _YEAR_ZH + "{zh}提供服务的人次", "Uses of {en} " + _YEAR_EN, None, None, False, True),
        ("costs", "cny_10k", FLOW, NONE, P.MONITOR, 7, .04, "{zh}运营补助支出", "Running grants to {en}",
         _YEAR_ZH + "拨付{zh}的运营补助", "Grants paid to {en} " + _YEAR_EN, None, None, False, True),
        ("fire", "percent", RATIO, HIGHER, P.PLAN, 1.5, 4, "{zh}消防安全达标率", "Fire safety of {en}",
         "消防安全检查合格的{zh}占受检数的比例", "Of {en} inspected, those up to the fire-safety standard", "处", "sites"),
        ("staff", "person", STOCK, HIGHER, P.PLAN, 4, .05, "{zh}专职人员数", "Full-time staff of {en}",
         "期末{zh}在岗的专职人员", "Full-time staff of {en} at the end of the period", None, None, False, True),
        ("checks", "time", FLOW, HIGHER, P.ANNUAL_EQUAL, 3, .01, "{zh}安全检查次数", "Safety checks of {en}",
         _YEAR_ZH + "对{zh}开展的安全检查", "Safety checks of {en} " + _YEAR_EN),
        ("hazards", "item", STOCK, LOWER, P.CEILING, .6, -.1, "{zh}未销号隐患数", "Open hazards in {en}",
         "期末{zh}查出而未销号的隐患", "Hazards in {en} found and not struck off at the end of the period"),
        ("allowance", "cny_person_month", STANDARD, HIGHER, P.ANNUAL, 0, .04, "{zh}人员岗位补贴标准", "Staff allowance at {en}",
         "{zh}工作人员每人每月的岗位补贴", "Allowance a month of a member of staff at {en}"),
    )
)  # fmt: skip
_STARTING_SHARE = {P.ALL: 94.0, P.PLAN: 61.0, P.ANNUAL: 66.0, P.ANNUAL_AND_PLAN: 54.0}
_ALLOWANCE = 260.0


def concepts(count: int) -> tuple[Concept, ...]:
    """The first so many indicators. Errors: ValueError beyond what can be told apart."""
    everything = (*BASE, *_variants())
    if not 1 <= count <= len(everything):
        raise ValueError(f"1 to {len(everything)} indicators, not {count}")
    return everything[:count]


def _variants() -> list[Concept]:
    """Round by round through subjects and ways, so that every cut holds a bit of everything."""
    found = []
    for turn in range(10):
        for subjects, ways in ((_PEOPLE, _COUNTING_PEOPLE), (_PLACES, _COUNTING_PLACES)):
            for number, subject in enumerate(subjects):
                found.append(_variant(subject, ways[(turn + number) % len(ways)]))
    return found


def _variant(subject: _Subject, way: _Way) -> Concept:
    amount = subject.number * way.share
    level, size = amount, 0.0
    if way.measure_type is RATIO:
        level, size = _STARTING_SHARE[way.promise], amount
    elif way.measure_type is STANDARD:
        level = _ALLOWANCE
    name = {"zh": subject.zh, "en": subject.en}
    return Concept(
        code=f"{subject.code}_{way.code}",
        domain_code=subject.domain_code,
        unit_code=way.unit_code,
        measure_type=way.measure_type,
        direction=way.direction,
        promise=way.promise,
        level=level,
        growth=way.growth,
        zh=way.zh.format(**name),
        en=way.en.format(**name),
        definition_zh=way.definition_zh.format(**name),
        definition_en=way.definition_en.format(**name),
        counted_zh=way.counted_zh,
        counted_en=way.counted_en,
        size=size,
        is_split=way.is_split,
        rolls_up=way.rolls_up,
    )
