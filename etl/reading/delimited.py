"""CSV and its kin → rows of text: encoding and delimiter are found out, never guessed against the evidence."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from sys import intern

from etl.reading.cells import tidy
from etl.reading.limits import Limits
from etl.reading.refusals import reaches_too_far
from etl.sheets import cell_name
from warehouse.errors import FileError

DELIMITERS = ",\t;|｜"
SAMPLE = 100
"""Lines from which the delimiter is found out."""
MAX_LINE = 2**20
_PIECE = 2**20
_BATCH = 4096
_SEP = re.compile(r'"?sep=(?P<delimiter>[,;|｜\t])"?\s*', re.IGNORECASE)
_ALWAYS_TIDY = bytes(byte for byte in range(0x21, 0x7F) if byte != ord('"')) + b"\r\n"
"""Bytes that leave nothing to tidy in any cell: with a quote, a line end may be part of one."""
_UNLIKE_GB2312 = str.maketrans("", "", "—·‘’“”…€￥")
"""Marks that GBK writes otherwise than GB2312 does, or that say nothing of the language."""


def read_delimited(name: str, content: bytes, limits: Limits) -> list[list[str]]:
    """The rows as a spreadsheet program shows them. Errors: FileError, naming the line where there is one."""
    encoding = _find_encoding(name, content)
    lines = _bounded(name, _open(content, encoding))
    sample = list(islice(lines, SAMPLE))
    has_sep = bool(sample) and (said := _SEP.fullmatch(sample[0])) is not None
    if has_sep:
        assert said is not None
        delimiter = said["delimiter"]
        sample = sample[1:]
    else:
        delimiter = _find_delimiter(sample)
    rows: list[list[str]] = []
    cells = 0
    is_tidy = not content.translate(None, _ALWAYS_TIDY)
    reader = csv.reader(chain(sample, lines), delimiter=delimiter, strict=True)
    try:
        while batch := list(islice(reader, _BATCH)):
            widths = list(map(len, batch))
            cells += sum(widths)
            tidied = batch if is_tidy or _are_tidy(batch) else map(_tidy_row, batch)
            rows += [list(map(intern, row)) for row in tidied]  # cells recur: equal ones are one text from here on
            if cells > limits.cells or len(rows) > limits.rows or max(widths) > limits.columns:
                raise reaches_too_far(name, None, cell_name(len(rows) - 1, max(widths) - 1))
    except csv.Error as error:
        raise _broken_quotes(name, content, encoding, delimiter, has_sep) from error
    return rows


def _open(content: bytes, encoding: str) -> Iterator[str]:
    return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")


def _bounded(name: str, lines: Iterator[str]) -> Iterator[str]:
    done = 0
    while batch := list(islice(lines, _BATCH)):
        long = next((n for n, line in enumerate(batch) if len(line) > MAX_LINE), None)
        yield from batch[:long]
        if long is not None:
            number = done + long + 1
            raise FileError(
                f"{name} 第 {number} 行超过一百万字，不像表格。请检查文件，或另存为 .xlsx。",
                f"Line {number} of {name} has over a million characters. Check the file, or save it as .xlsx.",
            )
        done += len(batch)


def _are_tidy(rows: list[list[str]]) -> bool:
    """Whether no cell has anything around it, or within it, that falls away; every other space is not printable."""
    text = "".join(chain.from_iterable(rows))
    return text.isprintable() and " " not in text


def _tidy_row(row: list[str]) -> list[str]:
    row = list(map(str.strip, row))
    return row if "".join(row).isprintable() else list(map(tidy, row))


def _find_encoding(name: str, content: bytes) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and not _decodes(content, encoding):
        encoding = "gb18030"
    is_read = _decodes(content, encoding) and (encoding != "gb18030" or _is_chinese(content))
    if not is_read:
        raise FileError(
            f"{name} 的文字编码无法识别，或不是文本文件。请在表格软件中另存为 .xlsx 或“CSV UTF-8”。",
            f"The encoding of {name} is not recognised, or it is no text file. Save it as .xlsx or 'CSV UTF-8'.",
        )
    return encoding


_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _texts(content: bytes, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), _PIECE):
        yield decoder.decode(content[start : start + _PIECE])
    yield decoder.decode(b"", True)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        return not any("\0" in text for text in _texts(content, encoding))
    except UnicodeError:
        return False


def _is_chinese(content: bytes) -> bool:
    """Whether text read as GB18030 consists of everyday Chinese: other encodings decode too, into rare characters."""
    common = foreign = 0
    for text in _texts(content, "gb18030"):
        kept = text.translate(_UNLIKE_GB2312)
        ascii_ = len(kept.encode("ascii", "ignore"))
        in_gb2312 = (len(kept.encode("gb2312", "ignore")) - ascii_) // 2
        common += in_gb2312
        foreign += len(kept) - ascii_ - in_gb2312
    return foreign * 4 <= common


def _find_delimiter(sample: list[str]) -> str:
    """The comma, unless another character divides the lines evenly and the comma does not divide most of them."""
    has_commas = _has_commas([len(record) for record in _records(sample, ",")])
    best, columns = ",", 1
    for delimiter in DELIMITERS[1:]:
        table = list(_records(sample, delimiter))
        widths = [len(record) for record in table]
        wide = Counter(width for width in widths if width > 1)
        if not wide:
            continue
        usual, _ = wide.most_common(1)[0]
        top = widths.index(usual)
        is_even = sum(width == usual for width in widths[top:]) * 10 >= len(widths[top:]) * 8
        is_heading_divided = has_commas and any("," in cell for cell in table[top])
        if is_even and not is_heading_divided and usual > columns:
            best, columns = delimiter, usual
    return best


def _records(sample: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(sample, delimiter=delimiter)
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                yield record
    except csv.Error:
        return


def _has_commas(widths: list[int]) -> bool:
    top = next((index for index, width in enumerate(widths) if width > 1), len(widths))
    below = widths[top:]
    return sum(width > 1 for width in below) * 2 >= len(below) > 0


def _broken_quotes(name: str, content: bytes, encoding: str, delimiter: str, has_sep: bool) -> FileError:
    """The refusal, naming the line where the broken record begins."""
    lines = _open(content, encoding)
    if has_sep:
        next(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = 1
    try:
        for _ in reader:
            line = reader.line_num + 1
    except csv.Error:
        line += has_sep
    return FileError(
        f'{name} 不是完整的 CSV：第 {line} 行起引号没有成对。请检查这一行的双引号（"），或另存为 .xlsx。',
        f"{name} is not a whole CSV: from line {line} on the quotes are not in pairs. "
        'Check the double quotes (") in that line, or save it as .xlsx.',
    )
