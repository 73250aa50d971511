"""通报的工作簿: every number behind a bulletin, as numbers, with charts and the source of each."""

from __future__ import annotations

from dashboard.display import Display
from dashboard.exports import sentences as say
from dashboard.exports import sentences_of_districts as say_of
from dashboard.exports.cells import DIGITS, MARK, computed, reported
from dashboard.exports.model import Bulletin, Step
from dashboard.exports.outline_tables import item_state
from dashboard.exports.sheets import Book, Column, lines, number, words
from dashboard.exports.words import item_place, light
from dashboard.exports.workbook_rows import Rows, changes, comparator, done, facts, progress, sources
from dashboard.figures.theme import COLOURS
from dashboard.reading import Reading
from dashboard.tally import LIGHTS, is_row_overdue
from warehouse.queries.provenance import fetch_facts_behind

STEPS = 9


def make_workbook(b: Bulletin, reading: Reading, step: Step) -> bytes:
    """The workbook of a bulletin. Errors: Cancelled."""
    d = reading.display
    book = Book(d, say.title(d, b), say.cutoff(d, b))
    behind = fetch_facts_behind(reading.scope, reading.connection, reading.catalog, b.rows)
    parts = (_summary, _lights, progress, _ranking, _unreported, _items)
    for number_done, part in enumerate(parts):
        step(number_done, STEPS)
        part(book, b, d)
    step(len(parts), STEPS)
    changes(book, b, reading)
    step(len(parts) + 1, STEPS)
    sources(book, b, d, behind)
    step(len(parts) + 2, STEPS)
    facts(book, b, d, behind)
    content = book.done()
    step(STEPS, STEPS)
    return content


def _summary(book: Book, b: Bulletin, d: Display) -> None:
    _ = d._
    sheet = book.sheet(_("概况"))
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 2, 12)
    sheet.set_column(3, 9, 13)
    wrapped = book.format(text_wrap=True)
    sheet.write_string(0, 0, say.title(d, b), book.format(bold=True, font_size=16, valign="vcenter"))
    sheet.set_row(0, 28)
    texts = [
        say.opening(d, b), say.overall(d, b), *say.achieved(d, b), *say.behind(d, b), *say_of.ranking(d, b),
        *say_of.unreported(d, b), *say_of.items(d, b), *say_of.changes(d, b), say.cutoff(d, b),
    ]  # fmt: skip
    row = 1
    for text in filter(None, texts):
        sheet.merge_range(row, 0, row, 9, "", wrapped)
        sheet.write_string(row, 0, text, wrapped)
        sheet.set_row(row, 15 * lines(text, 120))
        row += 1
    row += 1
    for at, text in enumerate((_("亮灯"), _("目标|count"), _("占比"))):
        sheet.write_string(row, at, text, book.head(is_number=at > 0))
    first = row + 1
    last = first + len(LIGHTS) - 1
    for row, status in enumerate(LIGHTS, start=first):
        count = b.tally.count(status)
        book.write(sheet, row, 0, light(d, status))
        book.write(sheet, row, 1, count)
        if b.tally.targets:
            sheet.write_formula(row, 2, f"=B{row + 1}/SUM(B${first + 1}:B${first + len(LIGHTS)})",
                                book.format(num_format="0.0%"), count / b.tally.targets)  # fmt: skip
    book.light_up(sheet, first, 0, last, 0)
    book.bar(sheet, (first - 1, 3), _("各亮灯的目标数"), (first, last), 0, 1, [COLOURS[status] for status in LIGHTS])
    notes = (
        _("数字：填报值逐位写出；Excel 只能精确保存 {n} 位数字，超出的按文本写出并标“{mark}”，不能直接计算。").format(
            n=DIGITS, mark=MARK
        ),
        _("完成率、序时完成比等由程序算出的数保留 {n} 位有效数字，显示的小数位数与页面相同。").format(n=DIGITS),
        _("空格表示没有数，不是 0；原因写在同一行的“原因”列。百分数按比例存放：91.49% 存为 0.9149。"),
    )  # fmt: skip
    for at, text in enumerate(notes, start=last + 6):
        sheet.write_string(at, 0, text, book.format(font_color="#5B6672"))
    sheet.set_first_sheet()


def _lights(book: Book, b: Bulletin, d: Display) -> None:
    """Series × district: the light's shape and word in every cell."""
    _ = d._
    columns = [Column(_("业务领域"), 14), words(_("指标|one"), 34)]
    columns += [Column(x.name(d.language), 12) for x in b.districts]

    def rows() -> Rows:
        for section in b.sections:
            for line in section.lines:
                cells = ["" if cell is None else light(d, cell.light) for cell in line.cells]
                yield section.domain.name(d.language), d.series_name(line.sample), *cells

    sheet, first, last = book.table(_("亮灯"), columns, rows(), _("空格：这个地区没有目标，也没有填报。"))
    sheet.freeze_panes(first, 2)
    book.light_up(sheet, first, 2, last, len(columns) - 1)


def _ranking(book: Book, b: Bulletin, d: Display) -> None:
    _ = d._
    columns = [
        number(_("位次"), 8), Column(_("并列"), 8), Column(_("地区|one"), 14), number(_("考核得分"), 12),
        number(_("计分目标"), 10), number(_("已填报"), 10), *(number(light(d, status), 10) for status in LIGHTS),
    ]  # fmt: skip

    def rows() -> Rows:
        for s in b.standings:
            value = s.value if s.score.reported else None
            yield (
                s.rank, _("是") if s.is_tied else "", s.district.name(d.language),
                computed(value, d.share(value, "no_weight"), percent=True), s.score.targets, s.score.reported,
                *(s.tally.count(status) for status in LIGHTS),
            )  # fmt: skip

    sheet, first, last = book.table(_("排名"), columns, rows(), _("没有位次：没有填报目标的完成值，或没有本期目标。"))
    ranked = sum(s.rank is not None for s in b.standings)
    if ranked:
        book.bar(sheet, (last + 2, 0), _("考核得分"), (first, first + ranked - 1), 2, 3)


def _unreported(book: Book, b: Bulletin, d: Display) -> None:
    _ = d._
    columns = [
        Column(_("地区|one"), 14), words(_("指标|one"), 44), Column(_("比较符"), 8), number(_("目标值"), 16),
        Column(_("单位"), 10), Column(_("到期半年度"), 16), Column(_("是否逾期"), 12), Column(_("是否全部未填报"), 14),
    ]  # fmt: skip

    def rows() -> Rows:
        for silent in b.unreported:
            for row in silent.rows:
                indicator = d.catalog.indicators[row.indicator_key]
                yield (
                    silent.district.name(d.language), d.series_name(row), comparator(d, row),
                    reported(row.target, indicator, d) if row.target is not None else done(d, row),
                    d.catalog.units[indicator.unit_code].name(d.language),
                    "" if row.due is None else str(d.period(row.due)),
                    _("已逾期") if is_row_overdue(row, b.today) else _("未到期"),
                    _("是") if silent.is_wholly else _("否"),
                )  # fmt: skip

    book.table(_("未填报"), columns, rows())


def _items(book: Book, b: Bulletin, d: Display) -> None:
    _ = d._
    columns = [
        Column(_("地区|one"), 14), words(_("指标|one"), 30), words(_("督办事项"), 40),
        Column(_("责任单位"), 18), Column(_("原定期限"), 13), Column(_("办结期限"), 13), Column(_("状态"), 14),
    ]  # fmt: skip
    rows = ((*item_place(d, x), x.what, x.office, x.decided_due_on, x.due_on, item_state(d, b, x)) for x in b.items)
    book.table(_("督办事项"), columns, rows)
