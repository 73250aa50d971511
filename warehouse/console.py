"""What commands print: for people in their language, for programs as JSON or CSV."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from rich.console import Console
from rich.table import Table

from warehouse.errors import DabiaoError
from warehouse.types import storable

_plain_text: dict[str, Any] = {"soft_wrap": True, "markup": False, "emoji": False}
out = Console(width=None if sys.stdout.isatty() else 240, **_plain_text)  # wide tables in files and pipes
err = Console(stderr=True, **_plain_text)


def print_rows(
    rows: Iterable[dict[str, Any]], columns: tuple[str, ...], as_csv: bool, as_json: bool, shown: tuple[str, ...]
) -> None:
    """All columns for programs, those shown for people."""
    if as_json:
        print_json([{name: row[name] for name in columns} for row in rows])
    elif as_csv:
        with _reader_may_leave():
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            for row in rows:
                writer.writerow(["" if row[name] is None else _cell(row[name]) for name in columns])
    else:
        print_table(list(rows), shown)


def print_table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    """A table for people; a value that is missing is a dash."""
    table = Table(header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")  # a figure is never cut off
    for row in rows:
        table.add_row(*("—" if row[name] is None else _cell(row[name]) for name in columns))
    out.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def print_json(document: Any) -> None:
    """One document for programs."""
    with _reader_may_leave():
        sys.stdout.write(json.dumps(document, ensure_ascii=False, default=_cell) + "\n")


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Whoever reads on (``| head``) may stop when it has enough."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reader_language() -> str:
    """The reader's language: DABIAO_LANG, else the locale; Chinese by default."""
    word = os.environ.get("DABIAO_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if word.lower().startswith("en") else "zh"


def say(zh: str, en: str) -> str:
    """The one of two texts the reader understands."""
    return en if reader_language() == "en" else zh


def complain(error: DabiaoError) -> None:
    """Say what happened and what to do, and leave with exit code 2."""
    text = storable(error.text(reader_language()))  # what was typed may hold half characters, which cannot be printed
    if "--json" in sys.argv:
        print_json({"error": text})
    err.print(text, style="red")
    sys.exit(2)
