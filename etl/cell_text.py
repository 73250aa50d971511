"""Text that a workbook can hold and a person can read."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

MOST_CHARACTERS = 32_767
"""UTF-16 units in a cell."""
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384

_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_LEADS_A_FORMULA = tuple("=+-@\t\r＝＋－＠")
_MOST_IN_NAME = 31


def clean(text: str, most: int = MOST_CHARACTERS) -> str:
    """Without characters XML forbids, cut to ``most`` UTF-16 units with … at the end."""
    text = _NOT_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) * 2 <= most or len(text.encode("utf-16-le")) // 2 <= most:
        return text
    return text.encode("utf-16-le")[: (most - 1) * 2].decode("utf-16-le", "ignore") + "…"


def leads_a_formula(text: str) -> bool:
    """Whether a spreadsheet could take a text for a formula once it is edited or saved as CSV."""
    return text.startswith(_LEADS_A_FORMULA)


def plain_number(text: str) -> float | None:
    """The number a cell may hold instead of its text: only where it reads the same again."""
    if not text or len(text) > 16 or not text.isascii():
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    shown = str(int(number)) if number.is_integer() else repr(number)
    return number if shown == text and sum(c.isdigit() for c in text) <= 15 else None


def width(text: str) -> int:
    """Columns a text takes on a line: two for what is wide in Chinese type."""
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def row_height(texts: Iterable[tuple[str, float]], most_lines: int = 12) -> float:
    """Height in points of a row in which wrapped texts can be read whole; each with its column's width."""
    lines = (sum(max(1, math.ceil(width(part) / (wide - 1))) for part in text.split("\n")) for text, wide in texts)
    return 15.0 * min(most_lines, max(lines, default=1)) + 2


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name a workbook accepts, with a number behind it where it is taken; ``taken`` (folded) gains it."""
    name = clean(_NOT_IN_NAMES.sub("_", wanted)).replace("\n", " ").strip("' ")
    if not name or name.lower() == "history":
        name = f"{name}_"
    number, tail = 1, ""
    while (short := clean(name, _MOST_IN_NAME - len(tail)) + tail).casefold() in taken:
        number += 1
        tail = f" ({number})"
    taken.add(short.casefold())
    return short


def column_index(letters: str) -> int:
    """0 for A, 26 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
