"""Maps of a page: what they say of each district, the table behind them, and their panel; only with boundaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboard.components.provenance import all_sources, as_of_text
from dashboard.components.render import render
from dashboard.display import Absent, Display, Text
from dashboard.figures.district_map import SHARES, MapCell, district_map, map_file, map_height
from dashboard.reading import Reading
from dashboard.tally import LIGHTS, Tally
from warehouse.catalog import District, Indicator
from warehouse.measures.period import Period
from warehouse.queries.mart import ProgressRow

WIDE, NARROW, FILE = 760, 346, 1200
"""Pixels: beside a table, on a phone, in a file."""
MAP_COLUMNS = ("district_code", "district_zh", "period_code", "status", "actual", "targets", "met", "unreported")


@dataclass(frozen=True, slots=True)
class Line:
    """One district: its cell on the map, and the same in the table behind it."""

    district: District
    cell: MapCell
    values: tuple[Text, ...]
    tidy: Mapping[str, Any]
    """The same for a CSV file."""


@dataclass(frozen=True, slots=True)
class Map:
    """A map with its words."""

    title: str
    note: str
    alt: str
    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    legend: tuple[tuple[str, str], ...]

    @property
    def cells(self) -> dict[str, MapCell]:
        """By district code."""
        return {line.district.code: line.cell for line in self.lines}


def share_map(reading: Reading, of: Mapping[int, Tally]) -> Map | None:
    """总览: how much of its targets each district has met, in fifths; None where no district has a boundary."""
    boundaries, d, _ = reading.boundaries, reading.display, reading.display._
    shown = [x for x in reading.shown_districts if boundaries is not None and x.code in boundaries.codes]
    if not shown:
        return None
    lines = tuple(_share_line(reading, x, of.get(x.key, Tally({}, 0))) for x in shown)
    words = (_("不足 20%"), _("20% 起"), _("40% 起"), _("60% 起"), _("80% 起"))
    present = {line.cell.status for line in lines}
    others = (("unreported", "unreported", d.status("unreported")), (None, "none", _("没有目标")))
    legend = [*zip(SHARES, words, strict=True), *((mark, word) for status, mark, word in others if status in present)]
    period = reading.state.period
    when = _("{period}。").format(period=d.period(period)) if period else _("各地区按自己的最近一期。")
    return Map(
        title=_("各地区达标面"),
        note=d.sentences(
            _("颜色是已达标的目标占全部目标的比例，分五档；未填报的目标计入全部、不算达标。"), when, _left_out(reading)
        ),
        alt=_share_sentence(d, [line for line in lines if line.cell.status in SHARES], len(lines)),
        headings=(_("已达标"), _("目标|count"), _("达标面"), _("未填报")),
        lines=lines,
        legend=tuple(legend),
    )


def _share_line(reading: Reading, district: District, tally: Tally) -> Line:
    d, _ = reading.display, reading.display._
    met, targets, unreported = tally.by_light.get(LIGHTS[0], 0), tally.targets, tally.targets - tally.reported
    name, share = district.name(d.language), Decimal(met) / targets if targets else None
    values: tuple[Text, ...] = (f"{met:,}", f"{targets:,}", d.share(share), f"{unreported:,}")
    if not targets:
        status, value = None, _("没有目标")
        values = tuple(Absent(d.reason("no_target")) for _value in values)
    elif not tally.reported:
        status, value = "unreported", d.status("unreported")
        values = (Absent(d.reason("no_actual")), values[1], Absent(d.reason("no_actual")), values[3])
    else:
        status, value = SHARES[min(met * 5 // targets, 4)], f"{met:,}/{targets:,}"
    title = _("{district}：{targets} 项目标，已填报 {reported} 项，已达标 {met} 项").format(
        district=name, targets=f"{targets:,}", reported=f"{tally.reported:,}", met=f"{met:,}"
    )
    tidy = {"period_code": _code(reading, district), "targets": targets, "met": met, "unreported": unreported}
    return Line(
        district, MapCell(status, name, value, reading.state.to("district", district.code), title), values, tidy
    )


def _share_sentence(d: Display, judged: Sequence[Line], total: int) -> str:
    """Who has met most of its targets, and who least."""
    _ = d._
    if not judged:
        return _("{n} 个地区都没有可以计算的达标面。").format(n=total)
    shares = [(line.cell.label, Decimal(line.tidy["met"]) / line.tidy["targets"]) for line in judged]
    ends = []
    for edge in (max(share for _name, share in shares), min(share for _name, share in shares)):
        there = [name for name, share in shares if share == edge]
        shown = d.join(there) if len(there) <= 3 else _("{first}等 {n} 个地区").format(first=there[0], n=len(there))
        ends.append((shown, str(d.share(edge))))
    if ends[0][1] == ends[1][1]:
        text = _("{who}达标面 {share}。").format(who=ends[0][0], share=ends[0][1])
    else:
        text = _("达标面最高 {high}（{best}），最低 {low}（{worst}）。").format(
            high=ends[0][1], best=ends[0][0], low=ends[1][1], worst=ends[1][0]
        )
    silent = total - len(judged)
    return d.sentences(text, _("{n} 个地区没有填报或没有目标。").format(n=silent) if silent else "")


def light_map(
    reading: Reading, across: Sequence[ProgressRow], indicator: Indicator, period: Period | None
) -> Map | None:
    """指标: the light of each district in the half-year compared; None where no district has a boundary."""
    boundaries, d, _ = reading.boundaries, reading.display, reading.display._
    rows = [
        (district, row)
        for row in across
        if boundaries is not None and (district := reading.catalog.districts[row.district_key]).code in boundaries.codes
    ]
    if not rows:
        return None
    rows.sort(key=lambda pair: pair[0].sort_order)
    lines = tuple(_light_line(reading, district, row, indicator, period) for district, row in rows)
    counts = Counter(line.cell.status for line in lines)
    order = [light.value for light in LIGHTS] + ["monitor"]
    words = [_("{light} {n}").format(light=d.status(x), n=counts[x]) for x in order if counts[x]]
    alt = _("{n} 个地区：{lights}。").format(n=len(lines) - counts[None], lights=d.join(words)) if words else ""
    if period is not None:
        alt = d.colon(str(d.period(period)), alt)
    if counts[None]:
        alt = d.sentences(alt, _("{n} 个地区报的是另一个半年度，不参加比较。").format(n=counts[None]))
    legend = [(x, d.status(x)) for x in order if counts[x]] + ([("none", _("另一个半年度"))] if counts[None] else [])
    return Map(
        title=_("各地区亮灯"),
        note=d.sentences(_("颜色、花纹和形状都是亮灯。"), _left_out(reading)),
        alt=alt,
        headings=(_("亮灯"), _("完成值"), _("目标值"), _("半年度")),
        lines=lines,
        legend=tuple(legend),
    )


def _light_line(
    reading: Reading, district: District, row: ProgressRow, indicator: Indicator, period: Period | None
) -> Line:
    d = reading.display
    is_compared = row.actual is None or row.period == period
    value, target, when = d.actual(row, indicator), d.target(row, indicator), str(d.period(row.period))
    shown = d.status(row.status) if isinstance(value, Absent) else str(d.beside(value))
    name = district.name(d.language)
    title = " · ".join(
        (name, d.status(row.status), "—" if isinstance(value, Absent) else value)
        + (() if isinstance(target, Absent) else (d.colon(d._("目标值"), target),)) + (when,)
    )  # fmt: skip
    cell = MapCell(
        row.status if is_compared else None, name, shown if is_compared else when,
        reading.state.to("district", district.code), title,
    )  # fmt: skip
    tidy = {"period_code": row.period.code, "status": row.status, "actual": row.actual}
    return Line(district, cell, (d.status(row.status), value, target, when), tidy)


def _left_out(reading: Reading) -> str:
    """Which of the districts shown have no boundary."""
    d, boundaries = reading.display, reading.boundaries
    missing = [x for x in reading.shown_districts if boundaries is not None and x.code not in boundaries.codes]
    if not missing:
        return ""
    names = d.join(x.name(d.language) for x in missing[:6])
    if len(missing) > 6:
        names = d._("{first}等 {n} 个地区").format(first=missing[0].name(d.language), n=len(missing))
    return d._("没有边界、不在图上：{names}。").format(names=names)


def panel(reading: Reading, found: Map | None, name: str) -> str:
    """The panel of a map: drawn for a desk and for a phone, the table behind it, and its files."""
    if found is None:
        return ""
    state = reading.state
    return render(
        "map_panel.html",
        reading.display,
        state=state,
        map=found,
        wide=_drawn(reading, found, WIDE, f"{name}-wide"),
        narrow=_drawn(reading, found, NARROW, f"{name}-narrow"),
        source=all_sources(reading),
        as_of=as_of_text(reading, reading.latest_reports.values()),
        svg_href=state.download("map.svg"),
        csv_href=state.download("map.csv"),
    )


def picture(reading: Reading, found: Map | None) -> str | None:
    """The map as one SVG file; None where there is none."""
    if found is None:
        return None
    d, boundaries = reading.display, reading.boundaries
    assert boundaries is not None
    height = map_height(boundaries, found.cells, FILE, legend=found.legend)
    source = d.colon(d._("来源"), all_sources(reading))
    foot = f"{source}　{d._('数据截至')} {as_of_text(reading, reading.latest_reports.values())}"
    return map_file(found.title, _drawn(reading, found, FILE, "map"), foot, FILE, height)


def rows(found: Map | None) -> Iterator[dict[str, Any]]:
    """The table behind a map, tidy."""
    for line in found.lines if found is not None else ():
        names = {"district_code": line.district.code, "district_zh": line.district.name_zh}
        yield dict.fromkeys(MAP_COLUMNS) | names | dict(line.tidy)


def _drawn(reading: Reading, found: Map, width: int, name: str) -> Any:
    boundaries = reading.boundaries
    assert boundaries is not None
    height = map_height(boundaries, found.cells, width, legend=found.legend)
    return district_map(boundaries, found.cells, width, height, name=name, alt=found.alt, legend=found.legend)


def _code(reading: Reading, district: District) -> str | None:
    period = reading.state.period or reading.latest_reports.get(district.key)
    return None if period is None else period.code
