"""A small made-up catalog and rows of the mart, for what needs no database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.catalog import Breakdown, Catalog, District, Domain, Indicator, Rule, Rules, Source, UnitName
from warehouse.measures.period import Period
from warehouse.measures.quantity import Unit
from warehouse.measures.target import Direction, MeasureType
from warehouse.queries.mart import ProgressRow

D = Decimal
S1, S2 = Period(2024, 1), Period(2024, 2)


def district(key: int, name: str, parent: str | None = "990000") -> District:
    """A district; its code follows from its key."""
    return District(f"9901{key:02}", name, f"District {key}", key, "district", parent, key)


def indicator(
    key: int, code: str, name: str, unit: str, kind: str, direction: str = "higher", **more: Any
) -> Indicator:
    """An indicator of the only domain."""
    values: dict[str, Any] = {
        "domain_code": "care", "additivity": "additive", "definition_zh": "定义", "definition_en": "Definition",
        "counted_zh": None, "counted_en": None, "value_min": None, "value_max": None, "valid_from": None,
        "valid_to": None, **more,
    }  # fmt: skip
    return Indicator(
        code, name, code.title(), key, unit_code=unit, measure_type=MeasureType(kind), direction=Direction(direction),
        **values,
    )  # fmt: skip


HOMES = indicator(1, "homes", "改造户数", "household", "flow")
CASES = indicator(2, "cases", "事故数", "case", "flow", "lower")
BEDS = indicator(3, "beds", "床位数", "bed", "stock")
SHARE = indicator(4, "share", "覆盖率", "percent", "ratio", counted_zh="个站", counted_en="stations")
BAND = indicator(5, "band", "空置率", "percent", "ratio", "none")
STANDARD = indicator(6, "standard", "保障标准", "cny_person_month", "rate_standard")
OPENED = indicator(7, "opened", "中心建成", "done", "milestone")
GROWTH = indicator(8, "growth", "增长率", "percent", "stock", "none")
MONEY = indicator(9, "money", "投入", "cny_10k", "flow")
ITEMS = indicator(10, "items", "项目数", "item", "flow")
OLD_BEDS = indicator(11, "beds", "床位数", "bed", "stock", valid_to=date(2022, 12, 31))

INDICATORS = (HOMES, CASES, BEDS, SHARE, BAND, STANDARD, OPENED, GROWTH, MONEY, ITEMS, OLD_BEDS)
DISTRICTS = (district(1, "甲区"), district(2, "乙区"), district(3, "丙区"), district(4, "<b>丁&戊</b>区"))
CITY = District("990000", "云市", "Cloud City", 9, "city", None, 0)
TOTAL, TOWN = Breakdown("total", "总计", "Total", 1, 0), Breakdown("urban", "城市", "Urban", 2, 10)

_UNITS = (
    ("household", "户", "households", "household", "1", True),
    ("case", "例", "cases", "case", "1", True),
    ("bed", "张", "beds", "bed", "1", True),
    ("percent", "%", "%", "share", "0.01", False),
    ("cny_person_month", "元/人/月", "CNY/person/month", "money_per_person", "12", False),
    ("cny_10k", "万元", "×10⁴ CNY", "money", "10000", False),
    ("item", "个", "", "count", "1", True),
    ("kilogram", "kg", "kg", "mass", "1", False),
    ("done", "是否完成", "done", "done", "1", False),
)

CATALOG = Catalog(
    districts={d.key: d for d in (CITY, *DISTRICTS)},
    indicators={i.key: i for i in INDICATORS},
    breakdowns={b.key: b for b in (TOTAL, TOWN)},
    sources={1: Source(1, "report", "document", "工作总结", "民政局", None, None, None, None)},
    domains={"care": Domain("care", "养老", "Care", 0)},
    units={
        code: UnitName(code, zh, en, Unit(code, quantity, Decimal(factor), whole))
        for code, zh, en, quantity, factor, whole in _UNITS
    },
    rules=Rules("2026.1", {(None, None): Rule(Decimal("0.80"))}),
)


def row(of: Indicator, actual: str | None, target: str | None = None, **more: Any) -> ProgressRow:
    """A row of the mart: 甲区, total, 2024-S1, due 2024-S2 where there is a target; what is not given is absent."""
    has_target = target is not None or more.get("target_key") is not None
    period = more.pop("period", S1)
    due = more.pop("due", S2 if has_target else None)
    first = more.pop("first", S1 if has_target else None)
    values: dict[str, Any] = dict.fromkeys(ProgressRow._fields) | {
        "indicator_key": of.key, "district_key": 1, "breakdown_key": 1, "period_key": period.key,
        "target_key": 1 if has_target else None, "actual_key": None if actual is None else 1, "is_primary": True,
        "first_period_key": first and first.key, "due_period_key": due and due.key,
        "comparator": ">=" if has_target else None, "target": None if target is None else Decimal(target),
        "actual": None if actual is None else Decimal(actual), "is_stretch": False, "forecast_support": 0,
        "confidence": "high", "rule_version": "2026.1", "status": "in_progress" if has_target else "monitor",
    }  # fmt: skip
    numbers = {"target_high", "attainment", "progress_share", "expected_share", "pace_ratio", "gap", "forecast",
               "forecast_low", "forecast_high", "weight"}  # fmt: skip
    given = {name: Decimal(v) if name in numbers and isinstance(v, str) else v for name, v in more.items()}
    return ProgressRow(**(values | given))
