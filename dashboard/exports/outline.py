"""A bulletin as numbered sections of sentences and tables, before any format: Word, PDF and the preview render this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from dashboard.display import Display
from dashboard.exports import outline_tables as tables
from dashboard.exports import sentences as say
from dashboard.exports import sentences_of_districts as say_of
from dashboard.exports.model import Bulletin
from dashboard.exports.outline_tables import Table
from dashboard.exports.words import SHAPES, heading
from dashboard.reading import Reading
from dashboard.tally import LIGHTS
from warehouse.measures.status import Status


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading, level 1 or 2."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of sentences."""

    text: str


Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True)
class Annex:
    """附件, on pages of its own, which lie on their side where its tables are wide."""

    mark: str
    title: str
    blocks: tuple[Block, ...]
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole bulletin."""

    language: str
    title: str
    office: str
    number: str
    day: date
    signed: str
    """The day as it stands below the office."""
    body: tuple[Block, ...]
    annexes: tuple[Annex, ...]
    listed: tuple[str, ...]
    """The annexes as the end of the text names them."""
    subject: str
    data_version: str


def make_outline(b: Bulletin, reading: Reading) -> Outline:
    """Everything a bulletin says, in order; long tables stand in annexes."""
    d, body, long = reading.display, list[Block](), list[Table]()
    body.append(Paragraph(say.opening(d, b)))
    for number, (title, blocks) in enumerate(_sections(b, reading), start=1):
        body.append(Heading(heading(d, number, title)))
        for block in blocks:
            if isinstance(block, Table) and len(block.rows) > tables.LONG:
                long.append(block)
                body.append(Paragraph(d._("逐项见附件“{name}”。").format(name=block.name)))
            else:
                body.append(block)
    annexes = tuple(_annexes(d, b, long))
    return Outline(
        language=d.language,
        title=say.title(d, b),
        office=b.request.office,
        number=b.request.number,
        day=b.today,
        signed=d.day(b.today),
        body=tuple(body),
        annexes=annexes,
        listed=tuple(d.colon(annex.mark, annex.title) for annex in annexes),
        subject=_subject(d, b),
        data_version=b.cutoff.data_version,
    )


def _sections(b: Bulletin, reading: Reading) -> list[tuple[str, list[Block]]]:
    """(title, content) of each section."""
    d = reading.display
    _ = d._
    is_one = len(b.districts) == 1
    found = [
        (_("总体情况"), [*_paragraphs(say.overall(d, b), say.cutoff(d, b)), *tables.by_domain(d, b)]),
        (_("达标情况"), _paragraphs(*say.achieved(d, b))),
        (_("滞后和未达标情况"), [*_paragraphs(*say.behind(d, b)), *tables.behind(d, b)]),
        (
            _("考核得分") if is_one else _("考核得分和排名"),
            [*_paragraphs(*say_of.ranking(d, b)), *([] if is_one else tables.standings(d, b))],
        ),
        (_("未填报情况"), [*_paragraphs(*say_of.unreported(d, b)), *tables.unreported(d, b)]),
    ]
    if len(b.sections) > 1:
        found.append((_("各领域情况"), _domains(d, b)))
    if b.tells_items:
        found.append((_("督办事项"), [*_paragraphs(*say_of.items(d, b)), *tables.items(d, b)]))
    if b.changes is not None:
        found.append((_("变化情况"), [*_paragraphs(*say_of.changes(d, b)), *tables.changes(reading, b)]))
    return found


def _paragraphs(*texts: str) -> list[Block]:
    return [Paragraph(text) for text in texts if text]


def _domains(d: Display, b: Bulletin) -> list[Block]:
    found: list[Block] = []
    for number, section in enumerate(b.sections, start=1):
        found.append(Heading(heading(d, number, section.domain.name(d.language), 2), 2))
        found.append(Paragraph(say.section(d, section)))
    return found


def _annexes(d: Display, b: Bulletin, long: list[Table]) -> Iterator[Annex]:
    """The long tables, then every domain's indicators by district; numbered where there are several."""
    found = [table for section in b.sections for table in tables.matrix(d, b, section)]
    count = len(long) + bool(found)
    marks = [d._("附件{n}").format(n=n) for n in range(1, count + 1)] if count > 1 else [d._("附件")]
    for mark, table in zip(marks, long, strict=False):
        yield Annex(mark, table.name, (replace(table, name=""),))
    if found:
        yield Annex(
            marks[-1],
            _subject(d, b),
            (_key(d, b), *found),
            any(len(table.columns) > tables.MOST_UPRIGHT for table in found),
        )


def _subject(d: Display, b: Bulletin) -> str:
    if len(b.districts) == 1:
        text = d._("{district}{period}指标完成情况")
        return text.format(district=b.districts[0].name(d.language), period=d.period(b.period))
    return d._("{period}各地区指标完成情况").format(period=d.period(b.period))


def _key(d: Display, b: Bulletin) -> Paragraph:
    """What the shapes in the tables mean."""
    shapes = d._("，").join(f"{SHAPES[light]} {d.status(light)}" for light in LIGHTS)
    if len(b.districts) == 1:
        return Paragraph(
            d._("符号表示亮灯：{shapes}，{monitor}。").format(
                shapes=shapes, monitor=f"{SHAPES[Status.MONITOR]} {d.status(Status.MONITOR)}"
            )
        )
    text = d._("数值前的符号表示亮灯：{shapes}；没有符号的只作监测。空格表示没有目标也没有完成值。")
    return Paragraph(d.sentences(text.format(shapes=shapes), d._("没有列出的地区在这个领域没有数据。")))
