"""Stand-in until the real one is merged."""

import csv, hashlib, io
from dataclasses import dataclass
from python_calamine import CalamineWorkbook
from etl.sheets import Book, Sheet
from etl.extract import _text
from warehouse.errors import FileError


@dataclass(frozen=True)
class Limits:
    bytes: int = 200 * 2**20

    @classmethod
    def from_environment(cls):
        return cls()


def read_book(name, content, limits=Limits()):
    if name.lower().endswith(".csv"):
        rows = [[c.strip() for c in r] for r in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
        sheets = (Sheet(None, rows),)
    else:
        wb = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = tuple(
            Sheet(n, [[_text(c) for c in r] for r in wb.get_sheet_by_name(n).to_python(skip_empty_area=False)])
            for n in wb.sheet_names
        )
    return Book(name, hashlib.sha256(content).hexdigest(), content, sheets)


def read_book_file(path, limits=Limits()):
    if not path.is_file():
        raise FileError(f"找不到文件：{path}。请检查路径。", f"No such file: {path}. Check the path.")
    return read_book(path.name, path.read_bytes(), limits)
