"""A bulletin as numbered sections of sentences and tables, before any format: Word, PDF and the preview render this."""

from __future__ import annotations

from dataclasses import dataclass
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
class Outline:
    """A whole bulletin. The annex stands on pages of its own, lying on their side where its tables are wide."""

    language: str
    title: str
    office: str
    number: str
    day: date
    signed: str
    """The day as it stands below the office."""
    body: tuple[Block, ...]
    annex_mark: str
    annex_title: str
    annex: tuple[Block, ...]
    """Empty where there is nothing to list."""
    is_wide: bool
    data_version: str


def make_outline(b: Bulletin, reading: Reading) -> Outline:
    """Everything a bulletin says, in order; sections that would have nothing to say about anything are left out."""
    d, body = reading.display, list[Block]()
    body.append(Paragraph(say.opening(d, b)))
    for number, (title, blocks) in enumerate(_sections(b, reading), start=1):
        body += [Heading(heading(d, number, title)), *blocks]
    annex, is_wide = _annex(d, b)
    return Outline(
        language=d.language,
        title=say.title(d, b),
        office=b.request.office,
        number=b.request.number,
        day=b.today,
        signed=d.day(b.today),
        body=tuple(body),
        annex_mark=d._("附件"),
        annex_title=d._("{period}各地区指标完成情况").format(period=d.period(b.period)),
        annex=tuple(annex),
        is_wide=is_wide,
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


def _annex(d: Display, b: Bulletin) -> tuple[list[Block], bool]:
    """The tables of every domain, under the key to their shapes; whether they need a page on its side."""
    found: list[Block] = []
    for section in b.sections:
        found += tables.matrix(d, b, section)
    if not found:
        return [], False
    shapes = d._("，").join(f"{SHAPES[light]} {d.status(light)}" for light in (*LIGHTS, Status.MONITOR))
    note = d._("数值前的符号表示亮灯：{shapes}。空格表示没有目标也没有完成值。没有列出的地区在这个领域没有数据。")
    return [Paragraph(note.format(shapes=shapes)), *found], len(b.districts) > tables.NARROW
