"""The tables of a bulletin: complete, every value as pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dashboard.display import Display
from dashboard.exports.model import Bulletin, Section, SeriesLine, Standing
from dashboard.exports.words import SHAPES, bare, item_of, item_place, plain, unit_of
from dashboard.pages.changes import reason_text
from dashboard.reading import Reading
from dashboard.tally import LIGHTS, Tally, is_row_overdue
from warehouse.measures.computed import NotComputable
from warehouse.measures.status import Status
from warehouse.queries.actions import ActionItem, ItemState
from warehouse.queries.causes import Version
from warehouse.queries.mart import ProgressRow

MOST_UPRIGHT, ACROSS = 6, 8
"""Columns that fit on an upright page, and districts beside each other on one that lies on its side."""
LONG = 15
"""Rows of a table from which on it would interrupt the text, and stands in an annex."""
_SHORT, _END = 12, 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its share of the width, and whether it holds numbers."""

    title: str
    """May have a line break."""
    width: int
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, after the shape of its light where it has one; ``below`` on a line of its own."""

    text: str
    light: Status | None = None
    below: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its name; the head is repeated on every page, and no row is cut."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def is_short(self) -> bool:
        """Whether it is not divided between pages."""
        return len(self.rows) <= _SHORT

    def is_kept(self, row: int) -> bool:
        """Whether a row, from 0, stays on the page of the next: all of a short table, both ends of a long one."""
        rows = len(self.rows)
        return row < rows - 1 and (self.is_short or row < _END - 1 or row >= rows - _END)


def _table(name: str, columns: Sequence[Column], rows: Iterable[Iterable[str | Cell]]) -> Iterator[Table]:
    """A table, unless it has no row."""
    found = tuple(tuple(Cell(x) if isinstance(x, str) else x for x in row) for row in rows)
    if found:
        yield Table(name, tuple(columns), found)


def _lights(d: Display) -> list[Column]:
    return [Column(f"{SHAPES[x]}\n{d.status(x)}", 8, is_number=True) for x in LIGHTS]


def _counts(tally: Tally) -> list[str]:
    return [f"{tally.count(x):,}" for x in LIGHTS]


def by_domain(d: Display, b: Bulletin) -> Iterator[Table]:
    """Targets of each domain by light, and all together."""
    _ = d._
    columns = [Column(_("业务领域"), 20), Column(_("目标"), 8, is_number=True), *_lights(d)]
    rows = [
        [s.domain.name(d.language), f"{s.tally.targets:,}", *_counts(s.tally)] for s in b.sections if s.tally.targets
    ]
    if len(rows) > 1:
        rows.append([_("合计"), f"{b.tally.targets:,}", *_counts(b.tally)])
    return _table(_("各领域目标亮灯情况（项）"), columns, rows)


def behind(d: Display, b: Bulletin) -> Iterator[Table]:
    """What is behind, the worst first."""
    _ = d._
    columns = [
        Column(_("序号"), 6), Column(_("地区|one"), 10), Column(_("指标|one"), 25),
        Column(_("完成值"), 14, is_number=True), Column(_("目标值"), 14, is_number=True),
        Column(_("差距"), 14, is_number=True), Column(_("序时完成比"), 8, is_number=True), Column(_("亮灯"), 12),
    ]  # fmt: skip
    rows = ([str(n), *_row(d, row)] for n, row in enumerate(b.behind, start=1))
    return _table(_("滞后和未达标的目标"), columns, rows)


def _row(d: Display, row: ProgressRow) -> list[str | Cell]:
    item = item_of(d, row)
    indicator = d.catalog.indicators[row.indicator_key]
    return [
        item.district, d.series_name(row), plain(item.actual), plain(d.target(row, indicator)), plain(item.gap),
        plain(item.pace), Cell(d.status(row.light), row.light),
    ]  # fmt: skip


def standings(d: Display, b: Bulletin) -> Iterator[Table]:
    """Districts by rank; who has none stands last, with a dash; nothing where there is no target."""
    _ = d._
    columns = [
        Column(_("位次"), 8), Column(_("地区|one"), 13), Column(_("考核得分"), 11, is_number=True),
        Column(_("计分目标"), 8, is_number=True), Column(_("已填报"), 8, is_number=True), *_lights(d),
    ]  # fmt: skip
    lines = b.standings if any(s.score.targets for s in b.standings) else ()
    return _table(_("各地区考核得分（项数按指标计）"), columns, (_standing(d, s) for s in lines))


def _standing(d: Display, s: Standing) -> list[str]:
    place = "—" if s.rank is None else d._("并列{n}").format(n=s.rank) if s.is_tied else str(s.rank)
    value = plain(d.share(s.value, "no_weight")) if s.score.reported else "—"
    return [place, s.district.name(d.language), value, str(s.score.targets), str(s.score.reported), *_counts(s.tally)]


def unreported(d: Display, b: Bulletin) -> Iterator[Table]:
    """Targets without a figure."""
    _ = d._
    columns = [
        Column(_("地区|one"), 14), Column(_("指标|one"), 44), Column(_("目标值"), 16, is_number=True),
        Column(_("到期半年度"), 16), Column(_("是否逾期"), 10),
    ]  # fmt: skip
    rows = (
        [
            silent.district.name(d.language), d.series_name(row),
            plain(d.target(row, d.catalog.indicators[row.indicator_key])), plain(d.period(row.due)),
            _("已逾期") if is_row_overdue(row, b.today) else _("未到期"),
        ]
        for silent in b.unreported
        for row in silent.rows
    )  # fmt: skip
    return _table(_("未填报的目标"), columns, rows)


def items(d: Display, b: Bulletin) -> Iterator[Table]:
    """Open action items."""
    _ = d._
    columns = [
        Column(_("序号"), 6), Column(_("督办事项"), 30), Column(_("地区|one"), 12), Column(_("指标|one"), 22),
        Column(_("责任单位"), 14), Column(_("办结期限"), 16), Column(_("状态"), 12),
    ]  # fmt: skip
    rows = (
        [str(n), item.what, *item_place(d, item), item.office, d.day(item.due_on), item_state(d, b, item)]
        for n, item in enumerate(b.items, start=1)
    )
    return _table(_("未办结的督办事项"), columns, rows)


def item_state(d: Display, b: Bulletin, item: ActionItem) -> str:
    """Where an open item stands, overdue before anything else."""
    _ = d._
    words = {ItemState.OPEN: _("办理中"), ItemState.EXTENDED: _("已延期"), ItemState.RETURNED: _("已退回")}
    state = _("已反馈待核") if item.awaits_check else words[item.state]
    return d.join([_("已逾期"), state]) if item.is_overdue(b.today) else state


def changes(reading: Reading, b: Bulletin) -> Iterator[Table]:
    """What reads otherwise, and why; a notice does not name who entered it."""
    d, reading = reading.display, replace(reading, names_people=False)
    _ = d._
    columns = [
        Column(_("地区|one"), 12), Column(_("指标|one"), 24), Column(_("原来"), 18), Column(_("现在"), 18),
        Column(_("原因"), 30),
    ]  # fmt: skip
    rows = (
        (
            Cell(d.catalog.districts[c.row.district_key].name(d.language)), Cell(d.series_name(c.row)),
            _version(d, c.before), _version(d, c.after), Cell(d.join(reason_text(reading, x) for x in c.reasons)),
        )
        for c in b.changes or ()
    )  # fmt: skip
    return _table(_("与上次相比的变化"), columns, rows)


def _version(d: Display, version: Version | None) -> Cell:
    if version is None:
        return Cell(d._("没有这一项"))
    row = version.row
    target = d.target(row, d.catalog.indicators[row.indicator_key])
    below = "" if row.target_key is None else d._("目标{target}").format(target=plain(target))
    shape = None if row.light is Status.MONITOR else row.light
    return Cell(d.status(row.light) if row.actual is None else plain(item_of(d, row).actual), shape, below)


def matrix(d: Display, b: Bulletin, section: Section) -> Iterator[Table]:
    """Indicator × district of a domain, as many tables as its districts need; one district is a plain list."""
    name = section.domain.name(d.language)
    if len(b.districts) == 1:
        return _listed(d, section, name)
    return _matrices(d, b, section, name)


def _listed(d: Display, section: Section, name: str) -> Iterator[Table]:
    _ = d._
    columns = [
        Column(_("指标|one"), 34), Column(_("完成值"), 15, is_number=True), Column(_("目标值"), 15, is_number=True),
        Column(_("差距"), 15, is_number=True), Column(_("序时完成比"), 9, is_number=True), Column(_("亮灯"), 12),
    ]  # fmt: skip
    return _table(name, columns, (_row(d, line.sample)[1:] for line in section.lines))


def _matrices(d: Display, b: Bulletin, section: Section, name: str) -> Iterator[Table]:
    present = [n for n, _district in enumerate(b.districts) if any(line.cells[n] for line in section.lines)]
    sheets = -(-len(present) // ACROSS)
    across = -(-len(present) // sheets)
    has_totals = len(present) > 1 and any(line.total for line in section.lines)
    for sheet in range(sheets):
        part = present[sheet * across : (sheet + 1) * across]
        is_last = has_totals and sheet == sheets - 1
        columns = [Column(d._("指标|one"), 20)]
        columns += [Column(b.districts[n].name(d.language), 11, is_number=True) for n in part]
        columns += [Column(d._("合计"), 13, is_number=True)] if is_last else []
        rows = (
            [_series(d, line), *(_cell(d, line.cells[n]) for n in part), *([_total(d, line)] if is_last else [])]
            for line in section.lines
        )
        number = d.brackets(f"{sheet + 1}/{sheets}") if sheets > 1 else ""
        yield from _table(name + number, columns, rows)


def _series(d: Display, line: SeriesLine) -> Cell:
    """The series with its unit, which its values then go without."""
    unit = unit_of(d, line.indicator)
    return Cell(d.series_name(line.sample) + (d.brackets(unit) if unit else ""))


def _cell(d: Display, row: ProgressRow | None) -> Cell:
    """A value; no shape beside one that is only monitored, where a dash would read as a minus."""
    if row is None:
        return Cell("")
    indicator = d.catalog.indicators[row.indicator_key]
    target = bare(d, d.target(row, indicator), indicator)
    below = "" if row.target_key is None else d._("目标{target}").format(target=target)
    text = d.status(row.light) if row.actual is None else bare(d, d.actual(row, indicator), indicator)
    return Cell(text, None if row.light is Status.MONITOR else row.light, below)


def _total(d: Display, line: SeriesLine) -> Cell:
    """The total with how many of how many it covers; of a standard its median and range; else a dash."""
    if line.total is None:
        return Cell("")
    covered = d._("{covered}/{expected}个地区").format(covered=line.total.covered, expected=line.total.expected)
    if line.spread is not None:
        s = line.spread
        low, middle, high = (bare(d, d.value(x, line.indicator), line.indicator) for x in (s.low, s.middle, s.high))
        return Cell(d._("中位数{value}").format(value=middle), None, f"{low}–{high}{d._('，')}{covered}")
    if isinstance(line.total.value, NotComputable):
        return Cell("—", None, d.reason(line.total.value.reason) if line.total.covered else covered)
    if line.total.covered < 2:  # one district's figure is no total
        return Cell("—", None, covered)
    return Cell(bare(d, d.total(line.total.value, line.indicator), line.indicator), None, covered)


def shown(cell: Cell) -> str:
    """A cell as one text, its shape first."""
    return cell.text if cell.light is None else f"{SHAPES[cell.light]} {cell.text}"
