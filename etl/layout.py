"""How a sheet is to be read: which rows are headings, what each column holds, what is said once for all.

A layout is inferred (``etl.infer``), shown, put right by a person, and remembered for a sender as a
file people can review. It is data: the same layout reads the same cells, whoever made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from warehouse.errors import FileError

TARGET, ACTUAL, SUBTOTAL, IGNORED = "target", "actual", "subtotal", "ignored"
"""Uses of a column beside the names in ``etl.columns``: targets as people write them (``≥80%``), actuals
as people write them (``85%``, ``1.2万``), sums that are checked and not stored, and what is not used."""

PART = "part_of_district"
"""A column that names a street, a home or a person: its rows are of that part, and of no district."""

LEFT_OUT = {
    "hidden": ("隐藏的工作表，没有读取。", "A hidden sheet; it was not read."),
    "empty": ("空的工作表。", "An empty sheet."),
    "result": ("上次的检查结果，没有读取。", "The list of findings of an earlier check; it was not read."),
    "no_table": ("没有找到表格：看不出表头。", "No table was found: no headings were recognised."),
    "side_by_side": (
        "同一张工作表里并排有两个表，没有读取。请各放一张工作表。",
        "Two tables stand side by side in the sheet; it was not read. Give each a sheet of its own.",
    ),
    "by_choice": ("按指定没有读取。", "Not read, as was chosen."),
}
"""Why a sheet is not read."""


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What a column holds."""

    column: int
    """From 0."""
    heading: str
    """As found, levels joined by " / "."""
    use: str
    """A column of ``etl.columns`` (``district_code``, ``unit_code``, …), or TARGET, ACTUAL, SUBTOTAL, IGNORED."""
    given: Mapping[str, str] = field(default_factory=dict)
    """What the heading itself says of the values below it: ``{"period_code": "2020年上半年"}``, as found."""


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """How one sheet is read."""

    sheet: str | None
    header: tuple[int, int] = (0, 0)
    """First and last row of the headings, from 0."""
    columns: tuple[ColumnUse, ...] = ()
    stated: Mapping[str, str] = field(default_factory=dict)
    """What holds for the whole sheet, by column name, as found in its title or stated by a person."""
    is_tidy: bool = False
    """Documented column names throughout: one fact a row, values as they stand."""
    left_out: str | None = None
    """A key of LEFT_OUT: the sheet is not read."""
    is_remembered: bool = False
    """It came from the sender's file of layouts."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says of a whole file: stated once, and layouts put right, by sheet."""

    stated: Mapping[str, str] = field(default_factory=dict)
    """``district_code``, ``period_code``, ``unit_code``, ``kind``, ``share_scale`` (percent or fraction)."""
    layouts: tuple[SheetLayout, ...] = ()

    def layout_of(self, sheet: str | None) -> SheetLayout | None:
        """The layout put right for a sheet."""
        return next((layout for layout in self.layouts if layout.sheet == sheet), None)


def with_stated(layout: SheetLayout, stated: Mapping[str, str]) -> SheetLayout:
    """The layout with what a person says of the whole file; it only fills what no column holds."""
    uses = {use for c in layout.columns for use in (c.use, c.use.replace("_name", "_code"))}
    said = {key: text for key, text in stated.items() if text and key not in uses}
    return replace(layout, stated={**layout.stated, **said}) if said else layout


def check_layout(layout: SheetLayout, file_name: str) -> SheetLayout:
    """A layout somebody made, unless it says two things of one column. Errors: FileError, naming the use."""
    uses = [c.use for c in layout.columns if c.use not in (TARGET, ACTUAL, SUBTOTAL, IGNORED)]
    twice = next((use for use in uses if uses.count(use) > 1), None)
    if twice is not None:
        where = f"“{layout.sheet}”" if layout.sheet else ""
        raise FileError(
            f"{file_name}{where}的版式里有两列都用作 {twice}。请只留一列，其余改为不使用。",
            f"By the layout{f' of {layout.sheet!r}' if layout.sheet else ''} two columns of {file_name} are used as "
            f"{twice}. Keep one, and leave the others unused.",
        )
    return layout


def layout_document(layout: SheetLayout) -> dict[str, Any]:
    """A layout as JSON people can review; rows and columns count from 1 there, as in a spreadsheet."""
    document: dict[str, Any] = {"sheet": layout.sheet}
    if layout.left_out:
        return document | {"left_out": layout.left_out}
    return document | {
        "header_rows": [layout.header[0] + 1, layout.header[1] + 1],
        "columns": [
            {"column": c.column + 1, "heading": c.heading, "use": c.use} | ({"given": dict(c.given)} if c.given else {})
            for c in layout.columns
        ],
        "stated": dict(layout.stated),
        "is_tidy": layout.is_tidy,
    }


def parse_layout(document: Mapping[str, Any]) -> SheetLayout:
    """Inverse of ``layout_document``. Errors: ValueError for what is none."""
    try:
        layout = SheetLayout(None if document["sheet"] is None else str(document["sheet"]))
        if document.get("left_out"):
            return replace(layout, left_out=str(document["left_out"]))
        first, last = (int(row) - 1 for row in document["header_rows"])
        if not 0 <= first <= last or any(int(c["column"]) < 1 for c in document["columns"]):
            raise ValueError("not a layout: rows and columns count from 1")
        columns = tuple(
            ColumnUse(int(c["column"]) - 1, str(c["heading"]), str(c["use"]), _texts(c.get("given", {})))
            for c in document["columns"]
        )
        return replace(
            layout, header=(first, last), columns=columns, stated=_texts(document.get("stated", {})),
            is_tidy=bool(document.get("is_tidy", False)),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a layout: {error}") from error


def answers_document(answers: Answers) -> dict[str, Any]:
    """Answers as JSON."""
    return {"stated": dict(answers.stated), "layouts": [layout_document(layout) for layout in answers.layouts]}


def parse_answers(document: Mapping[str, Any]) -> Answers:
    """Inverse of ``answers_document``. Errors: ValueError for what is none."""
    try:
        return Answers(
            _texts(document.get("stated", {})), tuple(parse_layout(layout) for layout in document.get("layouts", ()))
        )
    except (TypeError, AttributeError) as error:
        raise ValueError(f"not answers: {error}") from error


def _texts(mapping: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in mapping.items()}
