"""How much of a file is read at most. Each limit is a setting."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.errors import DabiaoError

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file; with the defaults a process stays below 500 MiB whatever it is given."""

    bytes: int = 50 * MIB
    """Of the file as sent."""
    unpacked: int = 256 * MIB
    """Bytes of all parts of a workbook that are read, inflated."""
    ratio: int = 200
    """Unpacked bytes to packed ones (those of a file under 1 MiB count as 1 MiB)."""
    cells: int = 2_000_000
    """Of all sheets together, each from A1 to the last cell that holds something."""
    rows: int = 500_000
    """Of one sheet."""
    columns: int = 2_000
    """Of one sheet."""
    sheets: int = 200

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Limits:
        """``DABIAO_MAX_FILE_MB``, ``DABIAO_MAX_UNPACKED_MB`` and the others, see ``SETTINGS``.

        Raises:
            DabiaoError: a value is not a whole number from 1 on; the variable is named.
        """
        found = {
            field: _number(environment, name) * unit for name, (field, unit) in SETTINGS.items() if name in environment
        }
        return cls(**found)


SETTINGS = {
    "DABIAO_MAX_FILE_MB": ("bytes", MIB),
    "DABIAO_MAX_UNPACKED_MB": ("unpacked", MIB),
    "DABIAO_MAX_RATIO": ("ratio", 1),
    "DABIAO_MAX_CELLS": ("cells", 1),
    "DABIAO_MAX_ROWS": ("rows", 1),
    "DABIAO_MAX_COLUMNS": ("columns", 1),
    "DABIAO_MAX_SHEETS": ("sheets", 1),
}
"""Environment variable → limit, and what one stands for."""


def _number(environment: Mapping[str, str], name: str) -> int:
    text = environment[name].strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text)):
        raise DabiaoError(
            f"{name} 应为正整数，现在是“{text}”。请改正或删去这个环境变量。",
            f"{name} must be a whole number from 1 on, not {text!r}. Correct or unset it.",
        )
    return int(text)
