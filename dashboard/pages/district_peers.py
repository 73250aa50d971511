"""对标: a district beside up to six its reader chose, in the same half-year, with its place among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboard.components.render import render
from dashboard.components.rows import Item
from dashboard.display import Absent, Text
from dashboard.pages.district_parts import Compared, Scorecard, compare
from dashboard.reading import Reading
from dashboard.state import MAX_PEERS
from warehouse.catalog import District

PEER_COLUMNS = (
    "indicator_code", "indicator_zh", "breakdown_code", "period_code", "unit_code", "district_code", "district_zh",
    "actual", "comparator", "target", "target_high", "status", "rank", "ranked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """A district that may be chosen, under the district above it."""

    code: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One series, ready to be shown: its name, cells, and the district's place among them."""

    name: str
    cells: tuple[Item | None, ...]
    rank: Text


def peers_panel(reading: Reading, card: Scorecard) -> str:
    """The form to choose by, and the table of those chosen."""
    d, state, district = reading.display, reading.state, card.district
    chosen = _chosen(reading, district)
    lines = compare(reading, [district, *chosen], card.latest) if chosen else []
    return render(
        "district_peers.html",
        d,
        state=state,
        code=district.code,
        period=card.latest,
        most=MAX_PEERS,
        groups=_groups(reading, district, {x.code for x in chosen}),
        chips=[(x.name(d.language), *_without(reading, chosen, x)) for x in chosen],
        hidden=[x for x in state.peers if x != district.code and reading.district(x) is None],
        kept=[
            (key, value)
            for key, value in (
                ("period", state.period and state.period.code), ("domain", state.domain), ("q", state.q),
                ("status", state.status and state.status.value), ("asof", state.asof and state.asof.isoformat()),
            )
            if value
        ],
        districts=[x.name(d.language) for x in (district, *chosen)],
        lines=[_line(reading, line, district) for line in lines],
        chosen=bool(chosen),
        csv_href=state.download("peers.csv"),
    )  # fmt: skip


def _chosen(reading: Reading, district: District) -> list[District]:
    return [x for code in reading.state.peers if (x := reading.district(code)) is not None and x != district]


def _without(reading: Reading, chosen: list[District], one: District) -> tuple[str, str]:
    """The link without one of those chosen, and what to remember then."""
    codes = tuple(x.code for x in chosen if x != one)
    return reading.state.href(peers=codes), ",".join(codes)


def _groups(reading: Reading, district: District, chosen: set[str]) -> list[tuple[str, list[Choice]]]:
    """Every other district with data, under the one above it; the reader's own neighbours first."""
    d, known = reading.display, reading.catalog.district_by_code
    others = sorted(
        (x for x in reading.leaves if x != district),
        key=lambda x: (x.parent_code != district.parent_code, x.parent_code or "", x.sort_order),
    )
    groups: dict[str, list[Choice]] = {}
    for x in others:
        above = known.get(x.parent_code or "")
        name = above.name(d.language) if above is not None else ""
        groups.setdefault(name, []).append(Choice(x.code, x.name(d.language), x.code in chosen))
    return list(groups.items())


def _line(reading: Reading, line: Compared, district: District) -> Line:
    d = reading.display
    some = next(row for row in line.rows if row is not None)
    own, _ = line.ranks.get(district.key), d._
    if own is not None:
        ties = list(line.ranks.values()).count(own)
        text = _("并列第 {n}，共 {m} 个") if ties > 1 else _("第 {n}，共 {m} 个")
        place: Text = text.format(n=own, m=len(line.ranks))
    elif line.ranks:
        place = Absent(d.reason("no_actual"))
    else:
        reported = sum(row is not None and row.actual is not None for row in line.rows)
        place = Absent(d.reason("single_district") if reported == 1 else _("不分高低，或没有可比的数，不排名"))
    return Line(d.series_name(some), tuple(Item(d, reading.state, row) if row else None for row in line.rows), place)


def peer_rows(reading: Reading, card: Scorecard) -> Iterator[dict[str, Any]]:
    """The table, tidy: a row for each series and district."""
    districts = [card.district, *_chosen(reading, card.district)]
    for line in compare(reading, districts, card.latest):
        for x, row in zip(districts, line.rows, strict=True):
            if row is None:
                continue
            indicator = reading.catalog.indicators[row.indicator_key]
            yield {
                "indicator_code": indicator.code, "indicator_zh": indicator.name_zh,
                "breakdown_code": reading.catalog.breakdowns[row.breakdown_key].code, "period_code": row.period.code,
                "unit_code": indicator.unit_code, "district_code": x.code, "district_zh": x.name_zh,
                "actual": row.actual, "comparator": row.comparator, "target": row.target,
                "target_high": row.target_high, "status": row.status, "rank": line.ranks.get(x.key),
                "ranked": len(line.ranks) or None,
            }  # fmt: skip
