"""Extract: a CSV or XLSX file → tables of text, exactly as found. Nothing is interpreted here."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from warehouse.errors import FileError

MAX_BYTES = 200 * 2**20
MAX_UNPACKED_BYTES = 400 * 2**20
MAX_RATIO = 200
MAX_CELLS = 10_000_000
ROW_NO = " row_no"
"""Headers are stripped, so none can be called this."""

_CELL_COLUMN = re.compile(rb"""r\s*=\s*["']([A-Za-z]{1,3})\d""")
_CELL_ROW = re.compile(rb"""r\s*=\s*["'][A-Za-z]{0,3}(\d{1,7})["']""")


@dataclass(frozen=True, slots=True)
class RawTable:
    """A sheet as found. ``frame``: one text column per header, and ``ROW_NO`` as a spreadsheet counts."""

    sheet: str | None
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file with its hash and its tables."""

    path: Path
    sha256: str
    tables: tuple[RawTable, ...]


def read_file(path: Path) -> RawFile:
    """Read a tidy file. Errors: FileError, with what to do, for anything that cannot be read."""
    return read_content(path, content_of(path))


def content_of(path: Path) -> bytes:
    """A file's bytes. Errors: FileError."""
    try:
        if not path.is_file():
            raise FileError(f"找不到文件：{path}。请检查路径。", f"No such file: {path}. Check the path.")
        if path.stat().st_size > MAX_BYTES:
            raise FileError(f"{path.name} 超过 200 MB，请拆分后再导入。", f"{path.name} is over 200 MB; split it.")
        return path.read_bytes()
    except OSError as error:
        raise FileError(
            f"{path.name} 无法读取：{error.strerror}。请检查路径和文件权限。",
            f"{path.name} cannot be read: {error.strerror}. Check the path and the file's permissions.",
        ) from error


def read_content(path: Path, content: bytes) -> RawFile:
    """The same of a file's bytes; only the name of ``path`` is looked at. Errors: FileError."""
    if len(content) > MAX_BYTES:
        raise FileError(f"{path.name} 超过 200 MB，请拆分后再导入。", f"{path.name} is over 200 MB; split it.")
    if path.suffix.lower() == ".csv":
        tables: tuple[RawTable, ...] = (RawTable(None, _read_csv(path, content)),)
    elif path.suffix.lower() == ".xlsx":
        tables = tuple(_read_workbook(path, content))
    else:
        raise FileError(
            f"{path.name}：只接受 .csv 和 .xlsx。旧格式请在表格软件中另存为 .xlsx。",
            f"{path.name}: only .csv and .xlsx are read. Save older formats as .xlsx first.",
        )
    return RawFile(path, hashlib.sha256(content).hexdigest(), tables)


def read_text_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV as dictionaries of stripped text, for reference files. Errors: FileError."""
    if not path.is_file():
        raise FileError(f"缺少参考数据文件 {path}。", f"The reference file {path} is missing.")
    frame = _read_csv(path, path.read_bytes()).drop(columns=ROW_NO)
    return [{str(k): str(v).strip() for k, v in row.items()} for row in frame.to_dict("records")]


def _read_csv(path: Path, content: bytes) -> pd.DataFrame:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = "\0"
    if "\0" in text:
        raise FileError(
            f"{path.name} 的文字编码无法识别，请另存为“CSV UTF-8”。",
            f"The encoding of {path.name} is not recognised; save it as 'CSV UTF-8'.",
        )
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise FileError(
            f"{path.name} 不是完整的 CSV：{error}。请检查引号是否成对。",
            f"{path.name} is not a whole CSV: {error}. Check that quotes are in pairs.",
        ) from error
    return _to_frame(path, rows)


def _read_workbook(path: Path, content: bytes) -> list[RawTable]:
    _check_archive(path, content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        sheets = [(name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except (CalamineError, OSError, ValueError) as error:
        raise FileError(
            f"{path.name} 无法打开，可能已损坏或加密。请重新保存后再试。",
            f"{path.name} cannot be opened; it may be damaged or encrypted. Save it again.",
        ) from error
    return [
        RawTable(name, _to_frame(path, [[_text(cell) for cell in row] for row in rows]))
        for name, rows in sheets
        if any(cell != "" for row in rows for cell in row)
    ]


def _check_archive(path: Path, content: bytes) -> None:
    """Refuse what only claims to be a workbook, and what would unpack without end."""
    cells = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            if unpacked <= MAX_UNPACKED_BYTES:
                cells = max((_reach(archive, name) for name in archive.namelist()), default=0)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise FileError(
            f"{path.name} 不是 .xlsx 工作簿。请在表格软件中另存为 .xlsx。",
            f"{path.name} is not an .xlsx workbook. Save it as .xlsx.",
        ) from error
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(len(content), 2**20):
        raise FileError(
            f"{path.name} 解压后过大，已拒绝。请确认它是正常的工作簿。",
            f"{path.name} unpacks to too much and was refused. Check that it is a normal workbook.",
        )
    if cells > MAX_CELLS:
        raise FileError(
            f"{path.name} 的一张表范围过大，多半是远处某个单元格有内容。请删去后再试。",
            f"A sheet of {path.name} reaches too far; most likely a cell far out has something in it. Clear it.",
        )


def _reach(archive: zipfile.ZipFile, name: str) -> int:
    """Cells from A1 to the last one a part of the workbook names; they are all laid out in memory."""
    width = height = 0
    rest = b""
    with archive.open(name) as part:
        while block := part.read(2**20):
            text = rest + block
            width = max((width, *map(_column_number, set(_CELL_COLUMN.findall(text)))))
            height = max((height, *map(int, set(_CELL_ROW.findall(text)))))
            rest = block[-32:]
    return width * height


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _text(cell: object) -> str:
    """A cell as a person would read it: whole floats without .0, dates as ISO."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell).strip()


def _to_frame(path: Path, rows: list[list[str]]) -> pd.DataFrame:
    """Header and rows as a frame of text; blank rows fall away, short rows are filled."""
    top = next((index for index, row in enumerate(rows) if any(cell.strip() for cell in row)), None)
    if top is None:
        raise FileError(f"{path.name} 没有表头。第一行应为列名。", f"{path.name} has no header in its first row.")
    headers = [cell.strip() for cell in rows[top]]
    named = [header for header in headers if header]
    if len(set(named)) < len(named):
        twice = next(header for header in named if named.count(header) > 1)
        raise FileError(f"{path.name} 有两列都叫“{twice}”。", f"{path.name} has two columns called {twice!r}.")
    width = len(headers)
    below = enumerate(rows[top + 1 :], start=top + 2)
    kept = [(number, row) for number, row in below if any(cell.strip() for cell in row)]
    for number, row in kept:
        if any(cell.strip() for cell in row[width:]):
            raise FileError(
                f"{path.name} 第 {number} 行比表头多列。请检查是否有未加引号的逗号。",
                f"Row {number} of {path.name} has more cells than the header; is a comma unquoted?",
            )
    columns = {
        header: [row[index].strip() if index < len(row) else "" for _, row in kept]
        for index, header in enumerate(headers)
        if header
    }
    return pd.DataFrame({ROW_NO: [number for number, _ in kept], **columns}, dtype=object)
