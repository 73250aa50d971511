"""Notes: what a reader should know of a file: sheets left out, columns not used, rows that are no figures."""

from __future__ import annotations

from collections.abc import Iterator

from etl.interpret import Interpreted
from etl.layout import ACTUAL, IGNORED, LEFT_OUT, TARGET, SheetLayout
from etl.results import Note
from etl.sheets import column_letter

_SKIPPED = {
    "subtotal": ("合计行，核对过，不入库", "a sum, checked and not stored"),
    "footnote": ("表注，没有读取", "a footnote, not read"),
    "separator": ("小标题，没有读取", "a heading between rows, not read"),
    "section": ("小标题，其下各行按它读取", "a heading between rows; those below it are read by it"),
    "repeated_heading": ("重复的表头，没有读取", "headings repeated, not read"),
}


_NEEDED = (
    ("district_code", "地区", "district"),
    ("indicator_code", "指标", "indicator"),
    ("period_code", "半年度", "half-year"),
)


def notes_of(read: Interpreted) -> tuple[Note, ...]:
    """In the order of the file: sheets, then columns, then rows."""
    return (*(note for layout in read.layouts for note in _of_layout(layout)), *_of_rows(read))


def _of_layout(layout: SheetLayout) -> Iterator[Note]:
    if layout.left_out:
        zh, en = LEFT_OUT.get(layout.left_out, LEFT_OUT["by_choice"])
        yield Note(zh, en, layout.sheet)
        return
    for name, zh, en in _NEEDED:
        if not _is_said(layout, name):
            yield Note(
                f"没有找到{zh}：没有这一列，标题里也没有写。请为整个文件说明一次。",
                f"No {en} was found, neither a column nor in the title. State it once for the whole file.",
                layout.sheet,
            )
    if layout.is_remembered:
        yield Note("按记住的版式读取。", "Read by the layout that was remembered.", layout.sheet)
    for column in layout.columns:
        if column.use == IGNORED and column.heading:
            letter = column_letter(column.column)
            yield Note(
                f"{letter} 列“{column.heading}”没有使用。", f"Column {letter}, {column.heading!r}, is not used.",
                layout.sheet,
            )  # fmt: skip


def _is_said(layout: SheetLayout, name: str) -> bool:
    """Whether a column, every heading above a value, or the title says it."""
    names = {name, name.replace("_code", "_name")} | (
        {"year", "due_text", "due_on"} if name == "period_code" else set()
    )
    values = [c for c in layout.columns if c.use in (TARGET, ACTUAL)]
    in_headings = bool(values) and all(not names.isdisjoint(c.given) for c in values)
    return in_headings or not names.isdisjoint({*layout.stated, *(c.use for c in layout.columns)})


def _of_rows(read: Interpreted) -> Iterator[Note]:
    for row in read.skipped:
        zh, en = _SKIPPED[row.why]
        yield Note(f"“{row.text}”：{zh}。", f"{row.text!r}: {en}.", row.sheet, row.row_no)
