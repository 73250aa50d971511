"""The person's own file back, as a workbook with the cells marked and commented (标注).

A first sheet lists every finding. What somebody sent is never passed on as a formula that we wrote: cells of
a rebuilt workbook, comments and the list hold text and numbers only.
"""

from __future__ import annotations

from collections.abc import Sequence

from etl.fates import Fate
from etl.findings import Finding
from etl.marked.marks import collect
from etl.sheets import Book

__all__ = ["marked_workbook"]


def marked_workbook(book: Book, findings: Sequence[Finding], fates: Sequence[Fate], language: str) -> bytes:
    """The file as .xlsx: cells of refusals red, of cautions amber, each with a comment; ``language`` is zh or en.

    A workbook that openpyxl can hold keeps its formatting; any other file is written anew from its cells.
    """
    from etl.marked.own import is_light, mark_own  # openpyxl and XlsxWriter are heavy and rarely needed
    from etl.marked.rebuilt import rebuild

    marks = collect(book, findings, fates, language)
    marked = mark_own(book, marks) if is_light(book, len(findings)) else None
    return rebuild(book, marks) if marked is None else marked
