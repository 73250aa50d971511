"""Notes: what a reader should know of a file as a whole. Sheets left out, columns not used, rows that are no figures."""

from __future__ import annotations

from collections.abc import Iterator

from etl.interpret import Interpreted
from etl.layout import IGNORED, LEFT_OUT, SheetLayout
from etl.results import Note
from etl.sheets import column_letter

_SKIPPED = {
    "subtotal": ("合计行，核对过，不入库", "a sum, checked and not stored"),
    "footnote": ("表注，没有读取", "a footnote, not read"),
    "separator": ("小标题，没有读取", "a heading between rows, not read"),
    "repeated_heading": ("重复的表头，没有读取", "headings repeated, not read"),
}


def notes_of(read: Interpreted) -> tuple[Note, ...]:
    """In the order of the file: sheets, then columns, then rows."""
    return (*(note for layout in read.layouts for note in _of_layout(layout)), *_of_rows(read))


def _of_layout(layout: SheetLayout) -> Iterator[Note]:
    if layout.left_out:
        zh, en = LEFT_OUT.get(layout.left_out, LEFT_OUT["by_choice"])
        yield Note(zh, en, layout.sheet)
        return
    if layout.is_remembered:
        yield Note("按记住的版式读取。", "Read by the layout that was remembered.", layout.sheet)
    for column in layout.columns:
        if column.use == IGNORED and column.heading:
            letter = column_letter(column.column)
            yield Note(
                f"{letter} 列“{column.heading}”没有使用。", f"Column {letter}, {column.heading!r}, is not used.",
                layout.sheet,
            )  # fmt: skip


def _of_rows(read: Interpreted) -> Iterator[Note]:
    for row in read.skipped:
        zh, en = _SKIPPED[row.why]
        yield Note(f"“{row.text}”：{zh}。", f"{row.text!r}: {en}.", row.sheet, row.row_no)
