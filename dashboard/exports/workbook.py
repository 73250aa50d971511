"""通报的工作簿: every number behind a bulletin, as numbers, with charts and the source of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from dashboard.components.rows import pace_reason
from dashboard.display import Absent, Display
from dashboard.exports import sentences as say
from dashboard.exports import sentences_of_districts as say_of
from dashboard.exports.cells import DIGITS, MARK, Cell, computed, exact, reported
from dashboard.exports.model import Bulletin, Step
from dashboard.exports.outline_tables import item_state
from dashboard.exports.sheets import Book, Column, lines
from dashboard.exports.words import item_of, item_place, light, reason
from dashboard.figures.theme import COLOURS
from dashboard.reading import Reading
from dashboard.tally import LIGHTS, is_row_overdue
from warehouse.measures.status import Status
from warehouse.queries.lineage import Fact
from warehouse.queries.mart import ProgressRow
from warehouse.queries.provenance import fetch_facts_behind

STEPS = 8
Rows = Iterator[Sequence[Cell | date]]


def make_workbook(b: Bulletin, reading: Reading, step: Step) -> bytes:
    """The workbook of a bulletin. Errors: Cancelled."""
    d = reading.display
    book = Book(d, say.title(d, b), say.cutoff(d, b))
    facts = fetch_facts_behind(reading.scope, reading.connection, reading.catalog, b.rows)
    parts = (_summary, _lights, _progress, _ranking, _unreported, _items)
    for done, part in enumerate(parts):
        step(done, STEPS)
        part(book, b, d)
    step(len(parts), STEPS)
    _sources(book, b, d, facts)
    step(len(parts) + 1, STEPS)
    _facts(book, b, d, facts)
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
    for row, status in enumerate(LIGHTS, start=first):
        count = b.tally.count(status)
        book.write(sheet, row, 0, light(d, status))
        book.write(sheet, row, 1, count)
        if b.tally.targets:
            sheet.write_formula(row, 2, f"=B{row + 1}/SUM(B${first + 1}:B${first + len(LIGHTS)})",
                                book.format(num_format="0.0%"), count / b.tally.targets)  # fmt: skip
    book.light_up(sheet, first, 0, row, 0)
    book.bar(sheet, (first - 1, 3), _("各亮灯的目标数"), (first, row), 0, 1, [COLOURS[status] for status in LIGHTS])
    notes = (
        _("数字：填报值逐位写出；Excel 只能精确保存 {n} 位数字，超出的按文本写出并标“{mark}”，不能直接计算。").format(n=DIGITS, mark=MARK),
        _("完成率、序时完成比等由程序算出的数保留 {n} 位有效数字，显示的小数位数与页面相同。").format(n=DIGITS),
        _("空格表示没有数，不是 0；原因写在同一行的“原因”列。百分数按比例存放：91.49% 存为 0.9149。"),
    )  # fmt: skip
    for row, text in enumerate(notes, start=row + 6):
        sheet.write_string(row, 0, text, book.format(font_color="#5B6672"))
    sheet.set_first_sheet()


def _lights(book: Book, b: Bulletin, d: Display) -> None:
    """Series × district: the light's shape and word in every cell."""
    _ = d._
    columns = [Column(_("业务领域"), 14), Column(_("指标|one"), 34, wraps=True)]
    columns += [Column(x.name(d.language), 12) for x in b.districts]

    def rows() -> Rows:
        for section in b.sections:
            for line in section.lines:
                cells = ["" if cell is None else light(d, cell.light) for cell in line.cells]
                yield section.domain.name(d.language), d.series_name(line.sample), *cells

    sheet, first, last = book.table(_("亮灯"), columns, rows(), _("空格：这个地区没有目标，也没有填报。"))
    sheet.freeze_panes(first, 2)
    book.light_up(sheet, first, 2, last, len(columns) - 1)


def _progress(book: Book, b: Bulletin, d: Display) -> None:
    _ = d._
    columns = [
        Column(_("地区|one"), 12), Column(_("业务领域"), 14), Column(_("指标|one"), 30, wraps=True), Column(_("分组"), 9),
        Column(_("单位"), 9), Column(_("亮灯"), 12), Column(_("说明|qualifier"), 8), Column(_("完成值"), 15, is_number=True),
        Column(_("比较符"), 8), Column(_("目标值"), 15, is_number=True), Column(_("上限值"), 12, is_number=True), Column(_("差距"), 15, is_number=True),
        Column(_("完成率"), 11, is_number=True), Column(_("应完成份额"), 11, is_number=True), Column(_("序时完成比"), 11, is_number=True), Column(_("预测"), 13, is_number=True),
        Column(_("到期"), 14), Column(_("权重"), 8, is_number=True), Column(_("上一期亮灯"), 12), Column(_("原因"), 30, wraps=True),
    ]  # fmt: skip
    sheet, first, last = book.table(
        _("完成情况"), columns, (_row(d, row) for row in b.rows), str(d.period(b.period))
    )
    sheet.freeze_panes(first, 3)
    for column in (5, 18):
        book.light_up(sheet, first, column, last, column)
    if last >= first:
        bar = {"type": "data_bar", "bar_color": "#B9CFE8", "bar_solid": True, "min_type": "num", "min_value": 0,
               "max_type": "num", "max_value": 1.3}  # fmt: skip
        sheet.conditional_format(first, 12, last, 12, bar)


def _row(d: Display, row: ProgressRow) -> Sequence[Cell | date]:
    catalog, item = d.catalog, item_of(d, row)
    indicator, breakdown = catalog.indicators[row.indicator_key], catalog.breakdowns[row.breakdown_key]
    is_points = indicator.unit_code == "percent"
    previous = row.previous_status
    return (
        item.district, catalog.domains[indicator.domain_code].name(d.language), indicator.name(d.language),
        breakdown.name(d.language), catalog.units[indicator.unit_code].name(d.language), light(d, row.light),
        d.qualifier(row.qualifier).strip(), reported(row.actual, indicator, d), _comparator(d, row),
        reported(row.target, indicator, d) if row.target is not None else _done(d, row),
        reported(row.target_high, indicator, d),
        computed(row.gap, item.gap, sign=True, unit=d._("个百分点") if is_points else ""),
        computed(row.attainment, item.attainment, percent=True),
        computed(row.expected_share, d.share(row.expected_share), percent=True), computed(row.pace_ratio, item.pace),
        reported(row.forecast, indicator, d), "" if row.due is None else str(d.period(row.due)),
        exact(row.weight), "" if previous is None else light(d, Status(previous)), _why(d, row),
    )  # fmt: skip


def _done(d: Display, row: ProgressRow) -> Cell:
    return d._("完成") if row.target_key is not None else None


def _comparator(d: Display, row: ProgressRow) -> str:
    words = {">=": "≥", "<=": "≤", "=": "=", "all": d._("全覆盖"), "range": d._("区间")}
    return words.get(row.comparator or "", "")


def _why(d: Display, row: ProgressRow) -> str:
    """Why values are missing, each reason once."""
    item = item_of(d, row)
    texts = [item.actual, d.target(row, d.catalog.indicators[row.indicator_key]), item.gap, item.attainment]
    texts += [Absent(d.reason(pace_reason(row)))] if row.pace_ratio is None and row.actual is not None else []
    return "；".join(dict.fromkeys(filter(None, map(reason, texts))))


def _ranking(book: Book, b: Bulletin, d: Display) -> None:
    _ = d._
    columns = [
        Column(_("位次"), 8, is_number=True), Column(_("并列"), 8), Column(_("地区|one"), 14), Column(_("考核得分"), 12, is_number=True),
        Column(_("计分目标"), 10, is_number=True), Column(_("已填报"), 10, is_number=True), *(Column(light(d, status), 10, is_number=True) for status in LIGHTS),
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
        Column(_("地区|one"), 14), Column(_("指标|one"), 44, wraps=True), Column(_("比较符"), 8), Column(_("目标值"), 16, is_number=True),
        Column(_("单位"), 10), Column(_("到期半年度"), 16), Column(_("是否逾期"), 12), Column(_("是否全部未填报"), 14),
    ]  # fmt: skip

    def rows() -> Rows:
        for silent in b.unreported:
            for row in silent.rows:
                indicator = d.catalog.indicators[row.indicator_key]
                yield (
                    silent.district.name(d.language), d.series_name(row), _comparator(d, row),
                    reported(row.target, indicator, d) if row.target is not None else _done(d, row),
                    d.catalog.units[indicator.unit_code].name(d.language), "" if row.due is None else str(d.period(row.due)),
                    _("已逾期") if is_row_overdue(row, b.today) else _("未到期"),
                    _("是") if silent.is_wholly else _("否"),
                )  # fmt: skip

    book.table(_("未填报"), columns, rows())


def _items(book: Book, b: Bulletin, d: Display) -> None:
    _ = d._
    columns = [
        Column(_("地区|one"), 14), Column(_("指标|one"), 30, wraps=True), Column(_("督办事项"), 40, wraps=True),
        Column(_("责任单位"), 18), Column(_("原定期限"), 13), Column(_("办结期限"), 13), Column(_("状态"), 14),
    ]  # fmt: skip
    rows = (
        (*item_place(d, x), x.what, x.office, x.decided_due_on, x.due_on, item_state(d, b, x)) for x in b.items
    )
    book.table(_("督办事项"), columns, rows)


def _sources(book: Book, b: Bulletin, d: Display, facts: Mapping[tuple[str, int], Fact]) -> None:
    """Every fact with where it stands, how it came in, and what it became."""
    _ = d._
    columns = [
        Column(_("地区|one"), 12), Column(_("指标|one"), 30, wraps=True), Column(_("种类"), 9), Column(_("数值"), 18),
        Column(_("来源"), 34, wraps=True), Column(_("位置"), 22, wraps=True), Column(_("批次"), 8, is_number=True), Column(_("文件"), 26, wraps=True),
        Column(_("何时入库"), 16), Column(_("可信度"), 9), Column(_("备注"), 24, wraps=True),
    ]  # fmt: skip
    book.table(_("来源"), columns, _source_rows(b, d, facts))


def _source_rows(b: Bulletin, d: Display, facts: Mapping[tuple[str, int], Fact]) -> Rows:
    kinds = {"target": d._("目标值"), "actual": d._("完成值")}
    for row, kind, fact in _behind(b, facts):
        shown = {"value": fact.value, "value_high": fact.value_high, "comparator": fact.comparator,
                 "qualifier": fact.comparator, "unit_code": fact.unit_code}  # fmt: skip
        yield (
            d.catalog.districts[row.district_key].name(d.language), d.series_name(row), kinds[kind],
            d.fact(kind, shown), fact.source.title, fact.locator or "", fact.batch_key,
            fact.file_name.rpartition("/")[2], fact.recorded_at, fact.confidence, fact.note or "",
        )  # fmt: skip


def _facts(book: Book, b: Bulletin, d: Display, facts: Mapping[tuple[str, int], Fact]) -> None:
    """The same by codes, for programs: values in the unit of their source."""
    names = (
        "kind", "district_code", "indicator_code", "breakdown_code", "period_code", "due_period_code", "comparator",
        "value", "value_high", "unit_code", "numerator", "denominator", "source_code", "locator", "batch",
        "recorded_at", "confidence",
    )  # fmt: skip

    def rows() -> Rows:
        catalog = d.catalog
        for row, kind, fact in _behind(b, facts):
            yield (
                kind, catalog.districts[row.district_key].code, catalog.indicators[row.indicator_key].code,
                catalog.breakdowns[row.breakdown_key].code, row.period.code, "" if row.due is None else row.due.code,
                fact.comparator or "", exact(fact.value), exact(fact.value_high), fact.unit_code,
                exact(fact.numerator), exact(fact.denominator), fact.source.code, fact.locator or "", fact.batch_key,
                fact.recorded_at, fact.confidence,
            )  # fmt: skip

    book.table(d._("事实"), [Column(name, 16) for name in names], rows())


def _behind(b: Bulletin, facts: Mapping[tuple[str, int], Fact]) -> Iterator[tuple[ProgressRow, str, Fact]]:
    for row in b.rows:
        for kind, key in (("target", row.target_key), ("actual", row.actual_key)):
            if key is not None and (kind, key) in facts:
                yield row, kind, facts[kind, key]

