"""通报的幻灯片: one message a slide, the message a sentence made from the data, with native charts and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from pptx.enum.chart import XL_CHART_TYPE

from dashboard.components.provenance import source_text
from dashboard.display import Absent, Display, Text
from dashboard.exports import outline_tables as tables
from dashboard.exports import sentences as say
from dashboard.exports import sentences_of_districts as say_of
from dashboard.exports.deck import TITLE_LETTERS, Deck, Series
from dashboard.exports.model import Bulletin, Step
from dashboard.exports.outline_tables import Table
from dashboard.exports.words import counted, item_of, light
from dashboard.figures.theme import ACCENT, COLOURS, TARGET
from dashboard.figures.trend import sentence
from dashboard.reading import Reading
from dashboard.tally import LIGHTS
from warehouse.measures.period import span
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.measures.target import MeasureType
from warehouse.queries.lineage import fetch_source_titles
from warehouse.queries.mart import ProgressRow, fetch_series

WORST, TRENDS, BARS = 10, 4, 16
"""Bars of the worst, series shown in time, and districts on one slide."""
TOLD_ROWS = 36
"""Rows of a table on slides; a workbook has all of them."""
_END = re.compile(r"(?<=。)|(?<=[.!])\s+(?=[A-Z“])")
_GREY = "#C3CAD2"
T = TypeVar("T")


def make_slides(b: Bulletin, reading: Reading, step: Step) -> bytes:
    """The slides of a bulletin. Errors: Cancelled."""
    return _Slides(b, reading).make(step)


_TITLE = 40
"""Characters of a title of one line and a half."""


@dataclass
class _Slides:
    b: Bulletin
    reading: Reading

    def make(self, step: Step) -> bytes:
        """Slide after slide."""
        b, d = self.b, self.reading.display
        self.deck = Deck(say.title(d, b), b.request.office)
        parts = (
            self._cover, self._overall, self._districts, self._behind, self._trends, self._ranking, self._unreported,
            self._items, self._changes, self._sources,
        )  # fmt: skip
        for done, part in enumerate(parts):
            step(done, len(parts))
            part()
        content = self.deck.save()
        step(len(parts), len(parts))
        return content

    def _cover(self) -> None:
        b, d = self.b, self.reading.display
        lines = [b.request.office, b.request.number, d.day(b.today), say.opening(d, b)]
        self.deck.cover(say.title(d, b), lines, self._foot(b.rows), self._notes(b.rows, say.cutoff(d, b)))

    def _overall(self) -> None:
        b, d = self.b, self.reading.display
        text = say.overall(d, b)
        slide = self._slide(text, b.rows, say.cutoff(d, b))
        if not b.tally.targets:
            self.deck.text(slide, [say.cutoff(d, b)])
            return
        counts = Series(d._("目标|count"), [b.tally.count(x) for x in LIGHTS], ACCENT, [COLOURS[x] for x in LIGHTS])
        self.deck.chart(
            slide, XL_CHART_TYPE.BAR_CLUSTERED, [light(d, x) for x in LIGHTS], [counts], alt=text, format="#,##0",
            label_size=18,
        )  # fmt: skip

    def _districts(self) -> None:
        """What was achieved, with every district's lights; nothing where nothing was reported."""
        b, d = self.b, self.reading.display
        if not b.tally.reported:
            return
        lines = [s for s in b.standings if s.tally.targets]
        used = [x for x in LIGHTS if b.tally.count(x)]
        said = say.achieved(d, b)
        if len(lines) == 1:
            self._text(said, b.achieved or b.rows)
            return
        for number, part in enumerate(_parts(lines, BARS)):
            slide = self._slide(_numbered(_headline(said[0]), number), b.achieved or b.rows, *said)
            series = [
                Series(light(d, x), [s.tally.count(x) for s in part], COLOURS[x], is_labelled=False) for x in used
            ]
            self.deck.chart(
                slide, XL_CHART_TYPE.BAR_STACKED, [s.district.name(d.language) for s in part], series, alt=said[0],
                format="#,##0", overlap=100,
            )  # fmt: skip

    def _behind(self) -> None:
        b, d = self.b, self.reading.display
        said = say.behind(d, b)
        if not b.behind:
            self._text(said, b.rows)
            return
        worst = [row for row in b.behind if row.attainment is not None][:WORST]
        if worst:
            names = [f"{item_of(d, row).district} {d.series_name(row)}" for row in worst]
            shown = [item_of(d, row).attainment for row in worst]
            series = [
                Series(d._("目标（100%）"), [1.0] * len(worst), _GREY, is_labelled=False),
                Series(
                    d._("完成率"),
                    [_float(row.attainment) for row in worst],
                    ACCENT,
                    [COLOURS[row.light] for row in worst],
                ),
            ]
            counts = counted(d, b.tally, OFF_TRACK)
            text = d._("滞后和未达标的目标共{n}项：{lights}。").format(n=f"{len(b.behind):,}", lights=counts)
            slide = self._slide(text, worst, *said)
            self.deck.chart(
                slide, XL_CHART_TYPE.BAR_CLUSTERED, names, series, alt=d.sentences(*said), format=_percent(shown),
            )  # fmt: skip
        self._table(
            d._("滞后和未达标的目标共{n}项，最差的在前。").format(n=f"{len(b.behind):,}"), tables.behind(d, b), b.behind
        )

    def _trends(self) -> None:
        """The worst series in time, one a slide; a half-year without a figure is a gap."""
        r, d = self.reading, self.reading.display
        drawn = (row for row in self.b.behind if row.actual is not None and not self._is_milestone(row))
        seen = dict.fromkeys(row.place for row in drawn)
        for place in list(seen)[:TRENDS]:
            indicator, district = d.catalog.indicators[place.indicator_key], d.catalog.districts[place.district_key]
            keys = frozenset(x.key for x in d.catalog.indicators_by_code[indicator.code])
            found = fetch_series(r.scope, r.connection, r.catalog, keys, [district.key], r.state.as_of)
            rows = [
                x
                for x in found
                if x.is_primary and x.breakdown_key == place.breakdown_key and x.period <= self.b.period
            ]
            by_period = {x.period: x for x in rows}
            periods = list(span(rows[0].period, rows[-1].period))
            if len(periods) < 2:
                continue
            line = [by_period.get(p) for p in periods]
            series = [
                Series(d._("完成值"), [_float(x.actual) if x else None for x in line], ACCENT),
                Series(d._("目标值"), [_float(x.target) if x else None for x in line], TARGET, is_labelled=False),
            ]
            text = sentence(rows, indicator, district, d)
            unit = d.catalog.units[indicator.unit_code].name(d.language)
            slide = self._slide(text, rows, d.colon(d._("单位"), unit or d._("个")))
            self.deck.chart(
                slide, XL_CHART_TYPE.LINE_MARKERS, [_short(d, p) for p in periods], series, alt=text,
                format=_format([x.actual for x in rows] + [x.target for x in rows]),
            )  # fmt: skip

    def _is_milestone(self, row: ProgressRow) -> bool:
        return self.reading.catalog.indicators[row.indicator_key].measure_type is MeasureType.MILESTONE

    def _ranking(self) -> None:
        b, d = self.b, self.reading.display
        said = say_of.ranking(d, b)
        ranked = [s for s in b.standings if s.rank is not None]
        if not ranked:
            self._text(said, b.rows)
            return
        for number, part in enumerate(_parts(ranked, BARS)):
            slide = self._slide(_numbered(said[0], number), b.rows, *said)
            names = [f"{s.rank} {s.district.name(d.language)}" for s in part]
            shown = [d.share(s.value, "no_weight") for s in ranked]
            series = [Series(d._("考核得分"), [_float(s.value) for s in part], ACCENT)]
            self.deck.chart(
                slide, XL_CHART_TYPE.BAR_CLUSTERED, names, series, alt=said[0], format=_percent(shown), most=1.1
            )

    def _unreported(self) -> None:
        b, d = self.b, self.reading.display
        said = say_of.unreported(d, b)
        rows = [row for silent in b.unreported for row in silent.rows]
        if not rows:
            self._text(said, b.rows)
            return
        overdue = say.overdue_text(d, len(rows), sum(silent.overdue for silent in b.unreported))
        text = d.sentences(d._("未填报的目标共{n}项。").format(n=f"{len(rows):,}"), overdue)
        self._table(text, tables.unreported(d, b), rows, *said)

    def _items(self) -> None:
        b, d = self.b, self.reading.display
        said = say_of.items(d, b)
        if not b.items:
            self._text(said, b.rows)
            return
        places = {item.place for item in b.items}
        self._table(said[0], tables.items(d, b), [row for row in b.rows if row.place in places], *said)

    def _changes(self) -> None:
        b, d = self.b, self.reading.display
        for text in say_of.changes(d, b):
            found = list(tables.changes(self.reading, b))
            if found:
                self._table(text, found, [c.row for c in b.changes or ()])
            else:
                self._text([text], b.rows)

    def _sources(self) -> None:
        b, d = self.b, self.reading.display
        titles = self._titles(b.rows)
        if not titles:
            return
        columns = (tables.Column(d._("序号"), 8), tables.Column(d._("来源"), 92))
        rows = tuple((tables.Cell(str(n)), tables.Cell(title)) for n, title in enumerate(titles, start=1))
        text = d._("本通报的数字出自{n}份来源。").format(n=len(titles))
        self._table(text, [Table(text, columns, rows)], b.rows, say.cutoff(d, b))

    def _text(self, said: Sequence[str], rows: Sequence[ProgressRow]) -> None:
        """A slide of sentences, what its title does not say of them."""
        title = _message(said[0])
        rest = [said[0].removeprefix(title).strip(), *said[1:]]
        self.deck.text(self._slide(said[0], rows, *said), [text for text in rest if text])

    def _slide(self, text: str, rows: Sequence[ProgressRow], *notes: str) -> object:
        return self.deck.slide(_message(text), self._foot(rows), self._notes(rows, text, *notes))

    def _table(self, text: str, found: Iterable[Table], rows: Sequence[ProgressRow], *notes: str) -> None:
        d = self.reading.display
        for table in found:
            heads = [(x.title, x.width, x.is_number) for x in table.columns]
            told = [[_told(cell) for cell in row] for row in table.rows[:TOLD_ROWS]]
            more = len(table.rows) - len(told)
            said = (*notes, d._("另有{n}行，见工作簿。").format(n=f"{more:,}")) if more else notes
            foot = "　".join([self._foot(rows), *said[-1:]] if more else [self._foot(rows)])
            self.deck.table(_message(text), foot, self._notes(rows, text, *said), heads, told, more=d._("（{n}/{m}）"))

    def _foot(self, rows: Sequence[ProgressRow]) -> str:
        b, d = self.b, self.reading.display
        is_known = any(row.actual_key is not None for row in b.rows)
        until = f"{d._('数据截至')} {d.day(b.period.end_on)}" if is_known else d._("尚无完成值")
        asof = d.brackets(d._("按 {day} 所知").format(day=d.day(b.cutoff.asof))) if b.cutoff.asof else ""
        demo = d._("演示数据") + "　" if d.catalog.is_demo else ""
        source = source_text(self.reading, self._titles(rows))
        return f"{demo}{d.colon(d._('来源'), source)}　{until}{asof}"

    def _notes(self, rows: Sequence[ProgressRow], *texts: str) -> str:
        """What is said in full, then where it comes from."""
        b, d = self.b, self.reading.display
        source = d.colon(d._("来源"), "；".join(self._titles(rows)) or d._("无"))
        rules = d._("规则版本 {version}").format(version=d.join(sorted({row.rule_version for row in rows}) or ["—"]))
        data = d._("数据版本 {version}").format(version=b.cutoff.data_version)
        return "\n".join([*dict.fromkeys(filter(None, texts)), source, rules, data])

    def _titles(self, rows: Sequence[ProgressRow]) -> list[str]:
        r = self.reading
        return fetch_source_titles(r.scope, r.connection, r.catalog, rows)


def _message(text: str) -> str:
    """As many of the first sentences as a title holds; of one too long, what comes before its list."""
    found = ""
    for part in filter(None, _END.split(text)):
        if len(found) + len(part) > TITLE_LETTERS // 2 and found:
            break
        found += part if not found or part.startswith(" ") or found.endswith("。") else f" {part}"
    if len(found) <= TITLE_LETTERS:
        return found
    head = re.split(r"[：:]", found, maxsplit=1)[0]
    return f"{head[: TITLE_LETTERS - 1]}。" if "。" in found else f"{head[: TITLE_LETTERS - 1]}."


def _numbered(text: str, number: int) -> str:
    return text if number == 0 else f"{_message(text)}（{number + 1}）"


def _headline(sentence: str) -> str:
    """What a sentence says, without the list it may go on with: that is drawn below and stands in the notes."""
    head, comma, _rest = sentence.partition("，其中")
    return f"{head}。" if comma and len(sentence) > _TITLE else sentence


def _parts(lines: Sequence[T], size: int) -> list[Sequence[T]]:
    """Sheets of about the same length, ``size`` at most."""
    sheets = -(-len(lines) // size)
    each = -(-len(lines) // max(1, sheets))
    return [lines[start : start + each] for start in range(0, len(lines), each)] if lines else []


def _told(cell: tables.Cell) -> tuple[str, str]:
    text = tables.shown(cell) + (f"\n{cell.below}" if cell.below else "")
    return text, COLOURS[cell.light] if cell.light and cell.light is not Status.UNREPORTED else ""


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _percent(shown: Iterable[Text]) -> str:
    """A format with as many decimals as any of the texts needs."""
    places = max((len(str(x).rstrip("%").partition(".")[2]) for x in shown if not isinstance(x, Absent)), default=2)
    return f"0.{'0' * places}%" if places else "0%"


def _format(values: Iterable[Decimal | None]) -> str:
    places = max((min(6, max(0, -int(x.as_tuple().exponent))) for x in values if x is not None), default=0)
    return "#,##0" + ("." + "0" * places if places else "")


def _short(d: Display, period: object) -> str:
    return str(d.period(period)).replace("半年", "")  # type: ignore[arg-type]
