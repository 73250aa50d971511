"""What the made-up bureaus count: forty indicators written by hand, variants of them in ``variants``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from warehouse.measures.target import Direction, MeasureType

FLOW, STOCK, RATIO = MeasureType.FLOW, MeasureType.STOCK, MeasureType.RATIO
STANDARD, MILESTONE = MeasureType.RATE_STANDARD, MeasureType.MILESTONE
HIGHER, LOWER, NONE = Direction.HIGHER, Direction.LOWER, Direction.NONE

_HIGHEST = {"percent": Decimal(100), "done": Decimal(1)}
_ADDITIVITY = {FLOW: "additive", STOCK: "semi_additive", RATIO: "ratio"}


class Promise(StrEnum):
    """What kind of targets an indicator has."""

    MONITOR = "monitor"
    """None: it is only watched."""
    ANNUAL = "annual"
    """At least so much, a little more every year."""
    ANNUAL_EQUAL = "annual_equal"
    """The same, written as = in the plan."""
    ANNUAL_RANGE = "annual_range"
    """A low end to reach and a high end to stretch to."""
    CEILING = "ceiling"
    """At most so much."""
    ZERO = "zero"
    """None at all."""
    ALL = "all"
    """全覆盖"""
    BAND = "band"
    """Inside a range, neither side better."""
    QUOTA = "quota"
    """Exactly the approved number."""
    LEVEL = "level"
    """Due after two years, without a baseline, so without a pace."""
    PLAN = "plan"
    """Due after three years, from a baseline."""
    ANNUAL_AND_PLAN = "annual_and_plan"
    """Every year, beside a five-year plan."""
    TASK = "task"
    """A milestone."""


@dataclass(frozen=True, slots=True)
class Concept:
    """An indicator and how it behaves. ``code`` is without the prefix ``demo_``."""

    code: str
    domain_code: str
    unit_code: str
    measure_type: MeasureType
    direction: Direction
    promise: Promise
    level: float
    """What a district of 500 000 inhabitants has at the beginning; for a ratio its percentage."""
    growth: float
    """By year, as a share of the level; for a ratio in percentage points."""
    zh: str
    en: str
    definition_zh: str
    definition_en: str
    counted_zh: str | None = None
    counted_en: str | None = None
    size: float = 0.0
    """Ratios: the denominator in a district of 500 000."""
    is_split: bool = False
    """Whether town and country are told apart."""
    rolls_up: bool = False
    """Whether cities report a figure of their own."""

    @property
    def indicator_code(self) -> str:
        """The natural key in ``dim_indicator``."""
        return f"demo_{self.code}"

    def row(self) -> dict[str, Any]:
        """The row of ``dim_indicator``."""
        return {
            "indicator_code": self.indicator_code, "name_zh": self.zh, "name_en": self.en,
            "domain_code": self.domain_code, "unit_code": self.unit_code, "measure_type": self.measure_type.value,
            "direction": self.direction.value, "additivity": _ADDITIVITY.get(self.measure_type, "none"),
            "definition_zh": self.definition_zh, "definition_en": self.definition_en,
            "counted_zh": self.counted_zh, "counted_en": self.counted_en, "value_min": Decimal(0),
            "value_max": _HIGHEST.get(self.unit_code), "valid_from": None, "valid_to": None,
        }  # fmt: skip


P = Promise
BASE = (
    Concept("homes_adapted", "elderly", "household", FLOW, HIGHER, P.ANNUAL, 620, .06, "适老化改造户数", "Homes adapted for the elderly",
            "年初至期末完成改造并验收的老年人家庭", "Homes of elderly persons altered and accepted since the beginning of the year", is_split=True, rolls_up=True),
    Concept("care_station_share", "elderly", "percent", RATIO, HIGHER, P.ANNUAL_AND_PLAN, 58, 5, "居家养老服务站覆盖率", "Communities with a home-care station",
            "设有达标服务站的社区占全部社区的比例", "Communities with a station of the required standard, of all communities", "个社区", "communities", 120, is_split=True),
    Concept("dibao_standard", "assistance", "cny_person_month", STANDARD, HIGHER, P.ANNUAL, 690, .06, "低保标准", "Minimum living standard",
            "每人每月的保障线；城乡不同标的分列", "Guaranteed living costs a person and month; town and country apart where they differ", is_split=True),
    Concept("nursing_beds", "elderly", "bed", STOCK, HIGHER, P.ANNUAL_AND_PLAN, 1400, .07, "护理型床位数", "Nursing beds",
            "期末可收住失能老年人的床位", "Beds for persons who need nursing, at the end of the period", rolls_up=True),
    Concept("relief_cases", "assistance", "person_time", FLOW, NONE, P.MONITOR, 2600, .02, "临时救助人次", "Grants of temporary relief",
            "年初至期末发放临时救助的人次，一人多次分别计", "Grants since the beginning of the year; a person helped twice counts twice", rolls_up=True),
    Concept("child_policy", "children", "done", MILESTONE, HIGHER, P.TASK, 0, 0, "困境儿童保障办法出台", "Rules on children in hardship issued",
            "区县级办法正式印发", "The district's own rules are published"),
    Concept("complaints", "administration", "case", FLOW, LOWER, P.CEILING, 150, -.03, "民政信访投诉件数", "Complaints received",
            "年初至期末受理的信访和热线投诉", "Letters and hotline complaints accepted since the beginning of the year"),
    Concept("eco_burials", "funeral", "percent", RATIO, HIGHER, P.ANNUAL, 47, 4, "节地生态安葬率", "Land-saving burials",
            "采用节地生态方式的安葬占全部安葬的比例", "Burials that save land, of all burials", "例安葬", "burials", 2900),
    Concept("marriages", "marriage", "couple", FLOW, NONE, P.MONITOR, 3100, -.05, "结婚登记对数", "Marriages registered",
            "年初至期末办理结婚登记的对数", "Couples married since the beginning of the year", rolls_up=True),
    Concept("accidents", "safety", "case", FLOW, LOWER, P.ZERO, .16, 0, "民政服务机构责任事故数", "Accidents in institutions",
            "年初至期末认定的安全责任事故", "Accidents found to be the institution's fault since the beginning of the year"),
    Concept("social_workers", "charity", "person", STOCK, HIGHER, P.PLAN, 430, .12, "持证社会工作者人数", "Certified social workers",
            "期末在本地登记的持证社会工作者", "Social workers with a certificate registered here at the end of the period", rolls_up=True),
    Concept("elder_visits", "elderly", "person_time", FLOW, HIGHER, P.ANNUAL_AND_PLAN, 8200, .05, "独居老年人探访人次", "Visits to elderly living alone",
            "年初至期末上门或电话探访独居老年人的人次", "Visits and calls to elderly persons who live alone since the beginning of the year", rolls_up=True),
    Concept("means_checked", "assistance", "percent", RATIO, HIGHER, P.ALL, 98.6, .5, "救助对象经济状况核对率", "Applicants whose means were checked",
            "新申请家庭中完成信息核对的比例", "New applicant households checked against the records", "户家庭", "households", 1700),
    Concept("dibao_persons", "assistance", "person", STOCK, NONE, P.MONITOR, 9800, -.03, "低保在保人数", "Persons on minimum living allowance",
            "期末享受低保的人数", "Persons who receive it at the end of the period", is_split=True, rolls_up=True),
    Concept("model_communities", "community", "item", FLOW, HIGHER, P.ANNUAL_RANGE, 9, .05, "示范社区创建数", "Model communities created",
            "年初至期末通过验收的示范社区", "Communities accepted as models since the beginning of the year"),
    Concept("orphan_standard", "children", "cny_person_month", STANDARD, HIGHER, P.ANNUAL, 1650, .05, "散居孤儿基本生活标准", "Orphan living allowance",
            "不住机构的孤儿每人每月的补助", "Allowance a month of an orphan who lives with a family"),
    Concept("volunteer_hours", "charity", "hour", FLOW, HIGHER, P.ANNUAL, 96000, .08, "志愿服务时长", "Volunteer hours",
            "年初至期末平台记录的服务时长", "Hours recorded on the platform since the beginning of the year", rolls_up=True),
    Concept("hazards_open", "safety", "item", STOCK, LOWER, P.CEILING, 64, -.12, "未整改安全隐患数", "Hazards not yet fixed",
            "期末已查出而未销号的隐患", "Hazards found and not yet struck off at the end of the period"),
    Concept("care_home_use", "elderly", "percent", RATIO, NONE, P.BAND, 56, 1, "养老机构入住率", "Occupancy of care homes",
            "入住老年人占可用床位的比例，过低闲置、过高拥挤", "Residents by beds in use; too low is idle, too high crowded", "位老人", "residents", 3300),
    Concept("archives_digital", "marriage", "percent", RATIO, HIGHER, P.PLAN, 41, 7, "婚姻登记档案数字化率", "Marriage records digitised",
            "已扫描入库的历史档案占应录档案的比例", "Historical records scanned and entered, of all that are to be", "卷档案", "records", 41000),
    Concept("donations", "charity", "cny_10k", FLOW, HIGHER, P.ANNUAL, 760, .07, "慈善捐赠收入", "Charitable donations",
            "年初至期末慈善组织接受的捐赠", "Donations received by charities since the beginning of the year", rolls_up=True),
    Concept("bodies_inspected", "social_org", "institution", FLOW, HIGHER, P.ANNUAL_EQUAL, 66, .02, "社会组织抽查数", "Organisations inspected",
            "年初至期末完成双随机抽查的社会组织", "Organisations inspected at random since the beginning of the year"),
    Concept("place_signs", "places", "item", FLOW, HIGHER, P.ANNUAL, 340, .03, "地名标志设置更新数", "Place-name signs set up",
            "年初至期末新设和更换的地名标志", "Signs put up or replaced since the beginning of the year"),
    Concept("veteran_visits", "veterans", "person_time", FLOW, HIGHER, P.ANNUAL, 1900, .03, "优抚对象走访慰问人次", "Visits to entitled veterans",
            "年初至期末走访慰问优抚对象的人次", "Visits to entitled persons since the beginning of the year"),
    Concept("disability_paid", "disability", "cny_10k", FLOW, NONE, P.MONITOR, 2300, .06, "残疾人两项补贴发放额", "Disability allowances paid",
            "年初至期末发放的生活补贴和护理补贴", "Living and care allowances paid since the beginning of the year", is_split=True, rolls_up=True),
    Concept("mental_rehab", "disability", "percent", RATIO, HIGHER, P.LEVEL, 52, 4, "精神障碍社区康复服务率", "Community rehabilitation of mental disorders",
            "接受社区康复服务的居家患者占登记患者的比例", "Patients at home in a rehabilitation scheme, of those registered", "位患者", "patients", 1500),
    Concept("meal_points", "elderly", "item", STOCK, HIGHER, P.LEVEL, 74, .11, "老年助餐点数", "Meal points for the elderly",
            "期末正常供餐的助餐点", "Points that serve meals at the end of the period", rolls_up=True),
    Concept("station_all", "charity", "percent", RATIO, HIGHER, P.ALL, 92, 4, "乡镇（街道）社工站覆盖率", "Townships with a social-work station",
            "已建成社工站的乡镇（街道）比例", "Townships with a station at work", "个乡镇（街道）", "townships", 18),
    Concept("vagrants", "assistance", "person_time", FLOW, NONE, P.MONITOR, 380, -.02, "流浪乞讨人员救助人次", "Help given to homeless persons",
            "年初至期末站内和街面救助的人次", "Help given in stations and in the street since the beginning of the year", rolls_up=True),
    Concept("community_posts", "community", "person", STOCK, NONE, P.QUOTA, 420, 0, "专职社区工作者在岗人数", "Community workers in post",
            "期末在岗的专职社区工作者，应与核定数一致", "Full-time community workers at the end of the period; should equal the approved number"),
    Concept("orphans", "children", "person", STOCK, NONE, P.MONITOR, 160, -.04, "孤儿人数", "Orphans",
            "期末在册的孤儿", "Orphans registered at the end of the period", rolls_up=True),
    Concept("care_events", "children", "time", FLOW, HIGHER, P.ANNUAL, 130, .04, "留守儿童关爱活动次数", "Events for left-behind children",
            "年初至期末举办的关爱服务活动", "Events held since the beginning of the year"),
    Concept("incubator_open", "social_org", "done", MILESTONE, HIGHER, P.TASK, 0, 0, "社会组织孵化基地启用", "Incubator for organisations opened",
            "孵化基地验收并投入使用", "The incubator is accepted and in use"),
    Concept("platform_live", "administration", "done", MILESTONE, HIGHER, P.TASK, 0, 0, "民政一体化平台上线", "Civil-affairs platform live",
            "平台通过验收并对外服务", "The platform is accepted and serves the public"),
    Concept("funeral_aid", "funeral", "cny_10k", FLOW, NONE, P.MONITOR, 410, .03, "惠民殡葬补助支出", "Funeral aid paid",
            "年初至期末减免和补助的基本殡葬费用", "Basic funeral costs waived or refunded since the beginning of the year"),
    Concept("registration_right", "marriage", "percent", RATIO, HIGHER, P.ANNUAL, 97.4, .3, "婚姻登记合格率", "Registrations found correct",
            "抽查的登记档案中合格的比例", "Files checked that are without fault", "份档案", "files", 900),
    Concept("lottery_sales", "charity", "cny_10k", FLOW, HIGHER, P.ANNUAL, 6900, .02, "福利彩票销售额", "Welfare lottery sales",
            "年初至期末的销售额", "Sales since the beginning of the year", rolls_up=True),
    Concept("tekun_in_homes", "assistance", "percent", RATIO, HIGHER, P.ANNUAL_AND_PLAN, 49, 4, "失能特困人员集中供养率", "Dependent destitute persons in homes",
            "生活不能自理的特困人员中住机构的比例", "Of destitute persons who cannot look after themselves, those in institutions", "位特困人员", "persons", 620),
    Concept("boundary_rounds", "places", "time", FLOW, HIGHER, P.ANNUAL, 85, .02, "行政区域界线巡查次数", "Boundary inspections",
            "年初至期末完成的界线巡查", "Inspections of boundaries since the beginning of the year"),
    Concept("staff_trained", "administration", "person_time", FLOW, HIGHER, P.ANNUAL, 1150, .04, "民政干部业务培训人次", "Training of officials",
            "年初至期末参加业务培训的人次", "Attendances at training since the beginning of the year"),
)  # fmt: skip
