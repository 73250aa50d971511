"""Reference files: a CSV with headings in its first row → records of text."""

from __future__ import annotations

from pathlib import Path

from etl.reading.book import read_book_file
from warehouse.errors import FileError


def read_text_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV as dictionaries of stripped text. Errors: FileError."""
    if not path.is_file():
        raise FileError(f"缺少参考数据文件 {path}。", f"The reference file {path} is missing.")
    rows = [row for row in read_book_file(path).sheets[0].rows if any(row)]
    if not rows:
        raise FileError(f"{path.name} 没有表头。第一行应为列名。", f"{path.name} has no header in its first row.")
    header = rows[0]
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice is not None:
        raise FileError(f"{path.name} 有两列都叫“{twice}”。", f"{path.name} has two columns called {twice!r}.")
    for number, row in enumerate(rows[1:], start=2):
        if any(row[len(header) :]):
            raise FileError(
                f"{path.name} 第 {number} 行比表头多列。请检查是否有未加引号的逗号。",
                f"Row {number} of {path.name} has more cells than the header; is a comma unquoted?",
            )
    return [
        {name: row[index] if index < len(row) else "" for index, name in enumerate(header) if name} for row in rows[1:]
    ]
