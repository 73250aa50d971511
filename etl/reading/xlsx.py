"""XLSX and XLSM → sheets. Values are read by python-calamine; what it does not tell comes from one pass over the parts.

calamine lays out the whole rectangle of a sheet and repeats every shared text, so all parts are first
measured here, and it is then given a new archive of just those parts: nothing it opens was not counted.
Macros, links and drawings are not in it.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from etl.reading.archive import Archive
from etl.reading.cells import MAX_LENGTH, text_of, tidy
from etl.reading.limits import Limits
from etl.reading.markup import TAGS_PER_CELL, Attributes, Markup
from etl.reading.number_formats import BUILTIN, NumberFormat, read_format
from etl.reading.refusals import damaged, protected, text_too_long, too_large, unpacks_too_far
from etl.reading.worksheet import Budget, Worksheet, scan_worksheet
from etl.sheets import Sheet
from warehouse.errors import FileError

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
ROOT_RELATIONS = (
    "_rels/.rels",
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
)
_FIRST_DATE, _AFTER_DATES = 61, 2_958_466
"""Days since day 0 that are dates alike in every program: from 1 March 1900 to the end of 9999."""
STYLES, STRINGS = "xl/styles.xml", "xl/sharedStrings.xml"


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    part: str | None
    """None for charts and the like."""
    is_hidden: bool


def read_xlsx(name: str, archive: Archive, limits: Limits) -> list[Sheet]:
    """All worksheets; rows of hidden ones are left empty. Errors: FileError."""
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr(*ROOT_RELATIONS)
        entries, is_uncomputed, first_day = _read_workbook(name, archive, target)
        if len(entries) > limits.sheets:
            raise too_large(name, f"有 {len(entries)} 张工作表", f"has {len(entries)} sheets", "DABIAO_MAX_SHEETS")
        formats = _read_formats(name, archive, target)
        budget = Budget(limits, _read_lengths(name, archive, target, limits), is_uncomputed, formats)
        scans = [_scan(name, entry, archive, target, budget) for entry in entries]
    copy.seek(0)
    try:
        with CalamineWorkbook.from_filelike(copy) as book:
            return [
                Sheet(tidy(entry.name), [], hidden=True)
                if scan is None
                else _lay_out(name, entry.name, scan, formats, first_day, book)
                for entry, scan in zip(entries, scans, strict=True)
                if entry.part
            ]
    except FileError:
        raise
    except PasswordError as error:
        raise protected(name) from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise damaged(name) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # a Rust panic; not an Exception
            raise damaged(name) from error
        raise


def _read_workbook(name: str, archive: Archive, target: zipfile.ZipFile) -> tuple[list[_Entry], bool, datetime]:
    """The sheets in their order, whether the workbook asks to be computed when it is opened, and its day 0."""
    relations: dict[str, tuple[str, str]] = {}
    found: list[tuple[str, str, bool]] = []
    is_uncomputed, first_day = False, datetime(1899, 12, 30)

    def on_relation(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship":
            part = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
            relations[attributes.get("Id", "")] = (attributes.get("Type", ""), part)

    def on_workbook(tag: str, attributes: Attributes) -> None:
        nonlocal is_uncomputed, first_day
        if tag == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            is_hidden = attributes.get("state", "visible").lower() in ("hidden", "veryhidden")
            found.append((attributes.get("name", ""), relation, is_hidden))
        elif tag == "calcPr":
            is_uncomputed = attributes.get("fullCalcOnLoad", "0") in ("1", "true")
        elif tag == "workbookPr" and attributes.get("date1904", "0") in ("1", "true"):
            first_day = datetime(1904, 1, 1)

    for path, listen in ((RELATIONS, on_relation), (WORKBOOK, on_workbook)):
        with _copied(path, archive, target) as markup:
            Markup(name, listen, _ignore).read(markup)
    entries = []
    for sheet, relation, is_hidden in found:
        kind, part = relations.get(relation, ("", ""))
        entries.append(_Entry(sheet, part if kind.endswith("/worksheet") else None, is_hidden))
    worksheets = [entry for entry in entries if entry.part]
    parts, names = {entry.part for entry in worksheets}, {entry.name for entry in entries}
    if not worksheets or len(parts) < len(worksheets) or len(names) < len(entries):
        raise damaged(name, "工作表目录有误", "its list of sheets is wrong")
    return entries, is_uncomputed, first_day


def _read_formats(name: str, archive: Archive, target: zipfile.ZipFile) -> list[NumberFormat | None]:
    """Number formats by style, None where numbers read as they are stored."""
    codes: dict[str, NumberFormat] = {str(number): shown for number, shown in BUILTIN.items()}
    styles: list[NumberFormat | None] = []
    inside = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal inside
        if tag == "numFmt":
            codes[attributes.get("numFmtId", "")] = read_format(attributes.get("formatCode", ""))
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            shown = codes.get(attributes.get("numFmtId", ""))
            styles.append(None if shown is None or shown.is_plain else shown)

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and tag != "cellXfs"

    if STYLES in archive:
        with _copied(STYLES, archive, target) as part:
            Markup(name, start, end).read(part)
    return styles


def _read_lengths(name: str, archive: Archive, target: zipfile.ZipFile, limits: Limits) -> list[int]:
    """The length of each shared text, in characters."""
    lengths: list[int] = []
    pieces: list[str] = []

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "si":
            pieces.clear()

    def end(tag: str) -> None:
        if tag == "si":
            lengths.append(sum(map(len, pieces)))
            pieces.clear()
            if len(lengths) > limits.cells:
                raise unpacks_too_far(name)
            if lengths[-1] > MAX_LENGTH:
                raise text_too_long(name)

    if STRINGS in archive:
        with _copied(STRINGS, archive, target) as part:
            Markup(name, start, end, pieces, max_tags=TAGS_PER_CELL * limits.cells).read(part)
    return lengths


def _scan(name: str, entry: _Entry, archive: Archive, target: zipfile.ZipFile, budget: Budget) -> Worksheet | None:
    if entry.part is None or entry.is_hidden:
        return None
    with _copied(entry.part, archive, target) as part:
        return scan_worksheet(name, tidy(entry.name), part, budget)


def _lay_out(
    name: str,
    sheet: str,
    scan: Worksheet,
    formats: list[NumberFormat | None],
    first_day: datetime,
    book: CalamineWorkbook,
) -> Sheet:
    values = book.get_sheet_by_name(sheet)
    if values.end is not None and (values.end[0] >= scan.height or values.end[1] >= scan.width):
        raise damaged(name)  # not laid out if it were more than was counted
    cells: list[list[Any]] = values.to_python(skip_empty_area=False)
    for row, column, style in zip(scan.shown_rows, scan.shown_columns, scan.shown_styles, strict=True):
        shown = formats[style]
        if shown and row < len(cells):
            cells[row][column] = _shown(shown, cells[row][column], first_day)
    del values
    rows = [[tidy(value) if type(value) is str else text_of(value) for value in row] for row in cells]
    for (row, column), text in scan.replaced.items():
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = text
    return Sheet(
        tidy(sheet), rows, scan.merged(), hidden_rows=frozenset(scan.hidden_rows), hidden_columns=scan.hidden_columns()
    )


def _shown(shown: NumberFormat, value: Any, first_day: datetime) -> Any:
    """A number or date as its format has it; calamine does not know all formats of dates."""
    if shown.smallest and isinstance(value, int | float) and _FIRST_DATE <= value < _AFTER_DATES:
        return shown.moment(first_day + timedelta(days=value))
    if shown.smallest and isinstance(value, date):
        return shown.moment(value if isinstance(value, datetime) else datetime.combine(value, time()))
    return shown.text(value) if type(value) in (int, float) else value


@contextmanager
def _copied(part: str, archive: Archive, target: zipfile.ZipFile) -> Iterator[Iterator[bytes]]:
    """The pieces of a part, each copied on its way."""

    def pieces() -> Iterator[bytes]:
        for piece in archive.pieces(part):
            copy.write(piece)
            yield piece

    with target.open(part, "w") as copy:
        yield pieces()


def _ignore(tag: str) -> None:
    pass
