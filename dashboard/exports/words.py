"""Words of bulletins: numbered headings, marks of lights, and a row of the mart in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.components.rows import Item
from dashboard.display import THIN_SPACE, Absent, Display, Text
from dashboard.state import ViewState
from dashboard.tally import Tally
from warehouse.catalog import Indicator
from warehouse.measures.status import Status
from warehouse.measures.target import MeasureType
from warehouse.queries.actions import ActionItem
from warehouse.queries.mart import ProgressRow

SHAPES = {
    Status.MET: "√", Status.ON_TRACK: "●", Status.IN_PROGRESS: "○", Status.SLIPPING: "▲", Status.BEHIND: "◆",
    Status.MISSED: "■", Status.BREACHED: "×", Status.UNREPORTED: "□", Status.MONITOR: "—",
}  # fmt: skip
"""The shape of each light as a character that every Chinese font has (GB 2312)."""
_DIGITS = "零一二三四五六七八九"
_VIEW = ViewState()
_TITLE_LINE = 19
"""Characters of 22 pt in 156 mm; a slide holds about as many."""


def chinese(number: int) -> str:
    """A number from 1 to 99 as headings count: 一, 十, 十一, 二十."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def heading(d: Display, number: int, text: str, level: int = 1) -> str:
    """一、 and （一） before a heading; 1. and (1) in English."""
    if d.language == "zh":
        return f"{chinese(number)}、{text}" if level == 1 else f"（{chinese(number)}）{text}"
    return f"{number}. {text}" if level == 1 else f"({number}) {text}"


def light(d: Display, status: Status) -> str:
    """A light as shape and word: ◆滞后."""
    return f"{SHAPES[status]}{'' if d.language == 'zh' else ' '}{d.status(status)}"


def counted(d: Display, tally: Tally, lights: Iterable[Status]) -> str:
    """已达标3项、正常1项: the lights that occur."""
    one = d._("{light}{n}项")
    return d.join(one.format(light=d.status(x), n=f"{tally.count(x):,}") for x in lights if tally.count(x))


def item_of(d: Display, row: ProgressRow) -> Item:
    """A row formatted as pages format it."""
    return Item(d, _VIEW, row)


def name_of(d: Display, row: ProgressRow) -> str:
    """District and series: 钟楼区“养老机构床位数”."""
    district = d.catalog.districts[row.district_key].name(d.language)
    return d._("{district}“{series}”").format(district=district, series=d.series_name(row))


def row_text(d: Display, row: ProgressRow) -> str:
    """A judged row as a clause: what was reached of what, how far from it, and at what pace.

    Where the target is missed, the gap says more than an attainment, which of a ceiling of 0 is always 0%.
    """
    indicator = d.catalog.indicators[row.indicator_key]
    item = item_of(d, row)
    if indicator.measure_type is MeasureType.MILESTONE:
        return d._("{name}{actual}").format(name=name_of(d, row), actual=plain(item.actual))
    parts = [name_of(d, row) + d._("完成{actual}").format(actual=plain(item.actual))]
    target = d.target(row, indicator)
    if not isinstance(target, Absent):
        parts.append(d._("目标{target}").format(target=target))
    gap = _distance(d, row)
    if gap:
        parts.append(gap)
    if row.attainment is not None and (row.light is Status.MET or not gap):
        parts.append(d._("完成率{share}").format(share=plain(item.attainment)))
    if row.pace_ratio is not None and row.expected_share is not None:
        expected = plain(d.share(row.expected_share))
        parts.append(d._("序时进度应达{share}，序时完成比{ratio}").format(share=expected, ratio=plain(item.pace)))
    return d._("，").join(parts)


def _distance(d: Display, row: ProgressRow) -> str:
    """How far from the target: better, worse, or on it; empty where there is no distance."""
    if row.gap is None:
        return ""
    if row.gap == 0:
        return d._("正好在目标上")
    shown = plain(d.gap(abs(row.gap), d.catalog.indicators[row.indicator_key])).lstrip("+")
    return (d._("优于目标{gap}") if row.gap > 0 else d._("与目标相差{gap}")).format(gap=shown)


def plain(text: Text) -> str:
    """A value, or a dash where there is none."""
    return "—" if isinstance(text, Absent) else text


def unit_of(d: Display, indicator: Indicator) -> str:
    """The unit that can be named once for many values; empty for %, which stays with each, and for milestones."""
    unit = d.catalog.units[indicator.unit_code].name(d.language)
    return "" if indicator.unit_code == "done" or unit == "%" else unit


def bare(d: Display, text: Text, indicator: Indicator) -> str:
    """A value without the unit named beside it; a dash where there is none."""
    shown = plain(text)
    return shown.partition(THIN_SPACE)[0].removesuffix(unit_of(d, indicator))


def reason(text: Text) -> str:
    """Why there is no value; empty where there is one."""
    return text.reason if isinstance(text, Absent) else ""


def item_place(d: Display, item: ActionItem) -> tuple[str, str]:
    """The district and the series an action item hangs on."""
    catalog, place = d.catalog, item.place
    series = catalog.indicators[place.indicator_key].name(d.language)
    breakdown = catalog.breakdowns[place.breakdown_key]
    if breakdown.code != "total":
        series = f"{series} · {breakdown.name(d.language)}"
    return catalog.districts[place.district_key].name(d.language), series


def title_lines(title: str) -> list[str]:
    """A title too long for one line goes on after its half-year, not within a word."""
    head, half, rest = title.partition("半年")
    return [f"{head}{half}", rest] if half and rest and len(title) > _TITLE_LINE else [title]
