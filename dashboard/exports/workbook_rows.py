"""The workbook's sheets of rows: every target and figure with what was reckoned from it, and the facts behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from dashboard.components.rows import pace_reason
from dashboard.display import Absent, Display
from dashboard.exports.cells import Cell, computed, exact, reported
from dashboard.exports.model import Bulletin
from dashboard.exports.sheets import Book, Column, number, words
from dashboard.exports.words import item_of, light, reason
from dashboard.pages.changes import reason_text
from dashboard.reading import Reading
from warehouse.catalog import Indicator
from warehouse.measures.status import Status
from warehouse.queries.lineage import Fact
from warehouse.queries.mart import ProgressRow

Facts = Mapping[tuple[str, int], Fact]
Rows = Iterator[Sequence[Cell | date]]


def progress(book: Book, b: Bulletin, d: Display) -> None:
    """完成情况: every primary row, numbers as numbers."""
    _ = d._
    columns = [
        Column(_("地区|one"), 12), Column(_("业务领域"), 14), words(_("指标|one"), 30), Column(_("分组"), 9),
        Column(_("单位"), 9), Column(_("亮灯"), 12), Column(_("说明|qualifier"), 8), number(_("完成值"), 15),
        Column(_("比较符"), 8), number(_("目标值"), 15), number(_("上限值"), 12), number(_("差距"), 15),
        number(_("完成率"), 11), number(_("应完成份额"), 11), number(_("序时完成比"), 11), number(_("预测"), 13),
        Column(_("到期"), 14), number(_("权重"), 8), Column(_("上一期亮灯"), 12), words(_("原因"), 30),
    ]  # fmt: skip
    sheet, first, last = book.table(_("完成情况"), columns, (_row(d, row) for row in b.rows), str(d.period(b.period)))
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
        d.qualifier(row.qualifier).strip(), reported(row.actual, indicator, d), comparator(d, row),
        reported(row.target, indicator, d) if row.target is not None else done(d, row),
        reported(row.target_high, indicator, d),
        computed(row.gap, item.gap, sign=True, unit=d._("个百分点") if is_points else ""),
        computed(row.attainment, item.attainment, percent=True),
        computed(row.expected_share, d.share(row.expected_share), percent=True), computed(row.pace_ratio, item.pace),
        reported(row.forecast, indicator, d), "" if row.due is None else str(d.period(row.due)),
        exact(row.weight), "" if previous is None else light(d, Status(previous)), _why(d, row),
    )  # fmt: skip


def changes(book: Book, b: Bulletin, reading: Reading) -> None:
    """变化: what reads otherwise than on the day compared with, and why; no sheet where no day was asked for."""
    if b.changes is None:
        return
    d, reading = reading.display, replace(reading, names_people=False)
    _ = d._
    columns = [
        Column(_("地区|one"), 12), words(_("指标|one"), 30), Column(_("单位"), 9), Column(_("原来的亮灯"), 12),
        Column(_("现在的亮灯"), 12), number(_("原来的完成值"), 15), number(_("现在的完成值"), 15),
        number(_("原来的目标值"), 15), number(_("现在的目标值"), 15), words(_("原因"), 44),
    ]  # fmt: skip

    def rows() -> Rows:
        for change in b.changes or ():
            indicator = d.catalog.indicators[change.row.indicator_key]
            then, now = (None if x is None else x.row for x in (change.before, change.after))
            yield (
                d.catalog.districts[change.row.district_key].name(d.language), d.series_name(change.row),
                d.catalog.units[indicator.unit_code].name(d.language),
                *("" if x is None else light(d, x.light) for x in (then, now)),
                *(None if x is None else reported(x.actual, indicator, d) for x in (then, now)),
                *(None if x is None or x.target_key is None else _goal(d, x, indicator) for x in (then, now)),
                d.join(reason_text(reading, x) for x in change.reasons),
            )  # fmt: skip

    sheet, first, last = book.table(_("变化"), columns, rows())
    book.light_up(sheet, first, 3, last, 4)


def _goal(d: Display, row: ProgressRow, indicator: Indicator) -> Cell:
    return done(d, row) if row.target is None else reported(row.target, indicator, d)


def done(d: Display, row: ProgressRow) -> Cell:
    """What stands for the value of a target that has none: to be done."""
    return d._("完成") if row.target_key is not None else None


def comparator(d: Display, row: ProgressRow) -> str:
    """≥, ≤ and what else a target may say."""
    words = {">=": "≥", "<=": "≤", "=": "=", "all": d._("全覆盖"), "range": d._("区间")}
    return words.get(row.comparator or "", "")


def _why(d: Display, row: ProgressRow) -> str:
    """Why values are missing, each reason once."""
    item = item_of(d, row)
    texts = [item.actual, d.target(row, d.catalog.indicators[row.indicator_key]), item.gap, item.attainment]
    texts += [Absent(d.reason(pace_reason(row)))] if row.pace_ratio is None and row.actual is not None else []
    return "；".join(dict.fromkeys(filter(None, map(reason, texts))))


def sources(book: Book, b: Bulletin, d: Display, facts: Facts) -> None:
    """Every fact with where it stands, how it came in, and what it became."""
    _ = d._
    columns = [
        Column(_("地区|one"), 12), words(_("指标|one"), 30), Column(_("种类"), 9), Column(_("数值"), 18),
        words(_("来源"), 34), words(_("位置"), 22), number(_("批次"), 8), words(_("文件"), 26),
        Column(_("何时入库"), 16), Column(_("可信度"), 9), words(_("备注"), 24),
    ]  # fmt: skip
    book.table(_("来源"), columns, _source_rows(b, d, facts))


def _source_rows(b: Bulletin, d: Display, facts: Facts) -> Rows:
    kinds = {"target": d._("目标值"), "actual": d._("完成值")}
    for row, kind, fact in _behind(b, facts):
        shown = {"value": fact.value, "value_high": fact.value_high, "comparator": fact.comparator,
                 "qualifier": fact.comparator, "unit_code": fact.unit_code}  # fmt: skip
        yield (
            d.catalog.districts[row.district_key].name(d.language), d.series_name(row), kinds[kind],
            d.fact(kind, shown), fact.source.title, fact.locator or "", fact.batch_key,
            fact.file_name.rpartition("/")[2], fact.recorded_at, fact.confidence, fact.note or "",
        )  # fmt: skip


def facts(book: Book, b: Bulletin, d: Display, known: Facts) -> None:
    """The same by codes, for programs: values in the unit of their source."""
    names = (
        "kind", "district_code", "indicator_code", "breakdown_code", "period_code", "due_period_code", "comparator",
        "value", "value_high", "unit_code", "numerator", "denominator", "source_code", "locator", "batch",
        "recorded_at", "confidence",
    )  # fmt: skip

    def rows() -> Rows:
        catalog = d.catalog
        for row, kind, fact in _behind(b, known):
            yield (
                kind, catalog.districts[row.district_key].code, catalog.indicators[row.indicator_key].code,
                catalog.breakdowns[row.breakdown_key].code, row.period.code, "" if row.due is None else row.due.code,
                fact.comparator or "", exact(fact.value), exact(fact.value_high), fact.unit_code,
                exact(fact.numerator), exact(fact.denominator), fact.source.code, fact.locator or "", fact.batch_key,
                fact.recorded_at, fact.confidence,
            )  # fmt: skip

    book.table(d._("事实"), [Column(name, 16) for name in names], rows())


def _behind(b: Bulletin, facts: Facts) -> Iterator[tuple[ProgressRow, str, Fact]]:
    for row in b.rows:
        for kind, key in (("target", row.target_key), ("actual", row.actual_key)):
            if key is not None and (kind, key) in facts:
                yield row, kind, facts[kind, key]
