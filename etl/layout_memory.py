"""Layouts remembered for a sender: one JSON file each, which people can read, review and put right.

A remembered layout fits a sheet whose headings read as they did, wherever the columns now stand; any other sheet is
looked at anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from etl.codebook import plain
from etl.layout import IGNORED, SheetLayout, layout_document, parse_layout, with_stated
from etl.sheets import Sheet, fill_merged
from warehouse.engine import ROOT
from warehouse.errors import FileError

_UNSAFE = re.compile(r"[^\w\u4e00-\u9fff-]+")


def layouts_folder() -> Path:
    """``DABIAO_LAYOUTS``, or data/layouts."""
    return Path(os.environ.get("DABIAO_LAYOUTS") or ROOT / "data" / "layouts")


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of a sender; nothing of nobody."""

    layouts: tuple[SheetLayout, ...] = ()

    def layout_for(self, sheet: Sheet, stated: Mapping[str, str]) -> SheetLayout | None:
        """The layout whose headings stand in this sheet, its columns found by their headings; None where none fits."""
        if sheet.hidden:
            return None
        for layout in self.layouts:
            fitted = _fitted(layout, sheet)
            if fitted is not None:
                return replace(with_stated(fitted, stated), is_remembered=True)
        return None


def remembered_of(sender: str | None, folder: Path | None = None) -> Remembered:
    """The layouts of a sender. Errors: FileError for a file that is none, naming it."""
    if not sender:
        return Remembered()
    path = _path(sender, folder)
    if not path.is_file():
        return Remembered()
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Remembered(tuple(parse_layout(layout) for layout in document["layouts"]))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise FileError(
            f"记住的版式 {path.name} 读不出来：{error}。请改正或删去这个文件。",
            f"The remembered layouts in {path.name} cannot be read: {error}. Mend or remove the file.",
        ) from error


def remember(sender: str, layout: SheetLayout, folder: Path | None = None) -> Path:
    """Keep a layout for a sender, in place of an earlier one with the same headings. Errors: FileError."""
    earlier = remembered_of(sender, folder).layouts
    kept = [other for other in earlier if _headings(other) != _headings(layout)]
    document = {"sender": sender, "layouts": [layout_document(x) for x in (*kept, _to_keep(layout))]}
    path = _path(sender, folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".new", delete=False) as file:
            json.dump(document, file, ensure_ascii=False, indent=2)
            file.write("\n")
        Path(file.name).replace(path)
    except OSError as error:
        raise FileError(
            f"版式记不下来：{error.strerror}。请检查 {path.parent} 的权限和磁盘空间。",
            f"The layout cannot be kept: {error.strerror}. Check permissions of {path.parent} and disk space.",
        ) from error
    return path


def _to_keep(layout: SheetLayout) -> SheetLayout:
    """Without what holds only for one file: its district and half-year."""
    kept = {key: text for key, text in layout.stated.items() if key in ("unit_code", "kind", "share_scale")}
    return replace(layout, stated=kept, is_remembered=False)


def _path(sender: str, folder: Path | None) -> Path:
    name = _UNSAFE.sub("_", sender).strip("_")[:60]
    mark = hashlib.sha256(sender.encode()).hexdigest()[:8]
    return (folder or layouts_folder()) / f"{name}-{mark}.json"


def _headings(layout: SheetLayout) -> tuple[str, ...]:
    return tuple(sorted(plain(c.heading) for c in layout.columns if c.heading and c.use != IGNORED))


def _fitted(layout: SheetLayout, sheet: Sheet) -> SheetLayout | None:
    """The layout moved to where its headings stand now; None unless each column used is there exactly once."""
    rows = fill_merged(sheet)
    height = layout.header[1] - layout.header[0]
    for top in range(min(len(rows), 40)):
        levels = rows[top : top + height + 1]
        width = max((len(row) for row in levels), default=0)
        found: dict[str, list[int]] = {}
        for column in range(width):
            texts = [row[column] for row in levels if column < len(row) and row[column]]
            found.setdefault(plain(" / ".join(dict.fromkeys(texts))), []).append(column)
        used = [c for c in layout.columns if c.heading and c.use != IGNORED]
        if used and all(len(found.get(plain(c.heading), ())) == 1 for c in used):
            known = {plain(c.heading): c for c in layout.columns}
            columns = [
                replace(known[text], column=at) for text, places in found.items() if text in known for at in places[:1]
            ]
            if len(found.keys() - known.keys() - {""}):
                return None  # a new column: somebody has to look at it
            return replace(
                layout, sheet=sheet.name, header=(top, top + height),
                columns=tuple(sorted(columns, key=lambda c: c.column)),
            )  # fmt: skip
    return None
