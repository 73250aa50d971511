"""The workbook itself: titles, headings, a row of column names, and a line for each figure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from etl.cell_text import clean, row_height, width
from etl.template.lines import Line, period_name, validation
from warehouse.catalog import District
from warehouse.measures.period import Period

REASONS = (
    ("尚未统计", "Not yet counted"), ("不适用", "Not applicable"), ("口径调整", "Definition changed"),
    ("其他", "Other"),
)  # fmt: skip
"""未报原因 offered; a person may write any other."""

_PAPER_A4 = 9
_ENTRY, _CLOSED, _RULE, _FAINT = "#FFF6D6", "#EDEDED", "#BFC5CC", "#8A9199"


@dataclass(frozen=True, slots=True)
class _Column:
    zh: str
    en: str
    width: float
    """In characters; of a column that is only read the least, it grows with its texts up to ``most``."""
    name: str = ""
    """The documented name, as ``etl.columns`` has it; "" for what is only there to be read."""
    is_entry: bool = False
    is_code: bool = False
    most: float = 0


COLUMNS = (
    _Column("地区", "District", 8, most=20),
    _Column("领域", "Domain", 8, most=18),
    _Column("指标", "Indicator", 20, most=38),
    _Column("分组", "Breakdown", 10, most=14),
    _Column("单位", "Unit", 7, most=14),
    _Column("目标", "Target", 10, most=26),
    _Column("上次数值", "Last figure", 16, most=32),
    _Column("完成值", "Value", 13, "value", is_entry=True),
    _Column("分子", "Numerator", 11, "numerator", is_entry=True),
    _Column("分母", "Denominator", 11, "denominator", is_entry=True),
    _Column("未报原因", "Why left blank", 16, "blank_reason", is_entry=True),
    _Column("备注", "Note", 24, "note", is_entry=True),
    _Column("地区代码", "District code", 5, "district_code", is_code=True),
    _Column("指标代码", "Indicator code", 5, "indicator_code", is_code=True),
    _Column("分组代码", "Breakdown code", 5, "breakdown_code", is_code=True),
    _Column("半年度代码", "Half-year code", 5, "period_code", is_code=True),
    _Column("单位代码", "Unit code", 5, "unit_code", is_code=True),
)
_AT = {column.name or column.zh: number for number, column in enumerate(COLUMNS)}
_SHOWN = sum(not column.is_code for column in COLUMNS)


def draw(
    lines: Sequence[Line], district: District, period: Period, due_on: date, language: str, now: datetime
) -> bytes:
    """The workbook as bytes. Only cells to fill in are unlocked and coloured; there is no password."""
    sent = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        sent, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    page = workbook.add_worksheet("Return" if language == "en" else "填报表")
    looks = _looks(workbook)
    titles = _titles(lines, district, period, due_on, language)
    workbook.set_properties({"title": clean(titles[0], 200), "author": "达标 Dabiao", "created": now.astimezone(UTC)})
    for row, text in enumerate(titles):
        page.write_string(row, 0, text, looks["title" if row == 0 else "words"])
    page.set_row(0, 26)
    headings, top = len(titles), len(titles) + 2
    texts = [_texts(line, district, language) for line in lines]
    widths = [_width(column, [cells[n] for cells in texts if n < len(cells)]) for n, column in enumerate(COLUMNS)]
    for number, column in enumerate(COLUMNS):
        page.set_column(number, number, widths[number])
        page.write_string(headings, number, column.en if language == "en" else column.zh, looks["heading"])
        page.write_string(headings + 1, number, column.name, looks["name"])
    page.set_row(headings, 20)
    page.set_row(headings + 1, 10)
    for row, (line, cells) in enumerate(zip(lines, texts, strict=True), start=top):
        starts = row == top or lines[row - top - 1].domain.code != line.domain.code
        page.set_row(row, row_height(zip(cells, widths, strict=False)) + 3)
        _draw_line(page, row, line, cells, _codes(line, district, period), language, looks, "first_" if starts else "")
    _protect(page, headings, top, len(lines))
    workbook.close()
    return sent.getvalue()


def _titles(lines: Sequence[Line], district: District, period: Period, due_on: date, language: str) -> tuple[str, ...]:
    name, when = district.name(language), period_name(period, language)
    if language == "en":
        about = "Fill in coloured cells only. No figure: leave the value blank and say why; a blank is not a 0."
        return (
            f"Return of {name}, {when}",
            f"Reporting unit: {name} ({district.code})",
            f"Half-year: {when} ({period.start_on.isoformat()} to {period.end_on.isoformat()})",
            f"To be returned by: {due_on.isoformat()}",
            about if lines else "Nothing is expected for this half-year.",
        )
    about = "只填有底色的格子；没有数的，完成值留空并写明未报原因，空白不会当作 0。百分数写 85.25，不写 0.8525。"
    return (
        f"{name}{when}指标填报表",
        f"填报单位：{name}（{district.code}）",
        f"半年度：{when}（{period.start_on.isoformat()} 至 {period.end_on.isoformat()}）",
        f"填报截止：{due_on.year}年{due_on.month}月{due_on.day}日",
        about if lines else "这个半年度没有应报的指标。",
    )


def _texts(line: Line, district: District, language: str) -> tuple[str, ...]:
    """What is only there to be read, in the order of the columns."""
    return (
        district.name(language), line.domain.name(language), line.indicator.name(language),
        line.breakdown.name(language), line.unit.name(language), line.target, line.last,
    )  # fmt: skip


def _codes(line: Line, district: District, period: Period) -> dict[str, str]:
    return {
        "district_code": district.code, "indicator_code": line.indicator.code, "breakdown_code": line.breakdown.code,
        "period_code": period.code, "unit_code": line.indicator.unit_code,
    }  # fmt: skip


def _width(column: _Column, texts: Sequence[str]) -> float:
    widest = max((width(text) + 2 for text in texts), default=0)
    return max(column.width, min(column.most, widest))


def _draw_line(
    page: Any, row: int, line: Line, texts: Sequence[str], codes: Mapping[str, str], language: str,
    looks: Mapping[str, Any], at: str,
) -> None:  # fmt: skip
    for column, text in enumerate(texts):
        page.write_string(row, column, text, looks[f"{at}locked"])
    for name, code in codes.items():
        page.write_string(row, _AT[name], code, looks["code"])
    page.write_blank(row, _AT["value"], None, looks[f"{at}{'whole' if line.unit.unit.is_whole else 'number'}"])
    page.data_validation(row, _AT["value"], row, _AT["value"], validation(line, language))
    for name in ("numerator", "denominator"):
        page.write_blank(row, _AT[name], None, looks[f"{at}{'number' if line.has_parts else 'closed'}"])
        if line.has_parts:
            page.data_validation(row, _AT[name], row, _AT[name], _part(name, line, language))
    for name in ("blank_reason", "note"):
        page.write_blank(row, _AT[name], None, looks[f"{at}text"])
    page.data_validation(row, _AT["blank_reason"], row, _AT["blank_reason"], _reasons(language))


def _part(name: str, line: Line, language: str) -> dict[str, Any]:
    """What numerator and denominator take: both or neither, the denominator above 0."""
    is_low = name == "numerator"
    zh = "分子：不小于 0 的数。分子、分母要同时填写。" if is_low else "分母：大于 0 的数。分子、分母要同时填写。"
    en = f"The {name}: a number {'of 0 or more' if is_low else 'above 0'}. Give both parts or neither."
    counted = line.indicator.counted(language) if is_low else None
    words = clean((en if language == "en" else zh) + (f"\n{counted}" if counted else ""), 250)
    return {
        "validate": "decimal", "criteria": ">=" if is_low else ">", "value": 0, "input_message": words,
        "error_title": "Not possible here" if language == "en" else "这个数填不进去", "error_message": words,
    }  # fmt: skip


def _reasons(language: str) -> dict[str, Any]:
    return {
        "validate": "list", "source": [en if language == "en" else zh for zh, en in REASONS], "show_error": False,
        "input_message": "Where there is no figure: choose, or write in your own words." if language == "en"
        else "没有数时填写：可以选一项，也可以自己写。",
    }  # fmt: skip


def _protect(page: Any, headings: int, top: int, number: int) -> None:
    """Locked but for the entries, without a password; frozen, and made to fit its paper."""
    last = top + max(number, 1) - 1
    page.protect("", {"format_columns": True, "format_rows": True})
    page.freeze_panes(top, _AT["指标"] + 1)
    page.set_landscape()
    page.set_paper(_PAPER_A4)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.print_area(0, 0, last, _SHOWN - 1)
    page.repeat_rows(headings)
    page.fit_to_pages(1, 0)
    page.set_footer("&C&P / &N")
    page.ignore_errors({"number_stored_as_text": f"A1:{chr(64 + len(COLUMNS))}{last + 1}"})
    if number:
        page.set_selection(top, _AT["value"], top, _AT["value"])


def _looks(workbook: Any) -> dict[str, Any]:
    """The formats by name; those of the first line of a domain have a stronger rule above."""
    looks = {
        "title": {"bold": True, "font_size": 16, "valign": "vcenter"},
        "words": {"font_size": 11},
        "heading": {"bold": True, "align": "center", "valign": "vcenter", "border": 1, "border_color": _RULE},
        "name": {"font_size": 6, "font_color": _FAINT, "align": "center", "border": 1, "border_color": _RULE},
        "code": {"font_size": 7, "font_color": _FAINT},
    }
    entry = {"locked": False, "bg_color": _ENTRY}
    cells: dict[str, dict[str, Any]] = {
        "locked": {"text_wrap": True},
        "closed": {"bg_color": _CLOSED},
        "whole": {**entry, "num_format": "#,##0"},
        "number": entry,
        "text": {**entry, "text_wrap": True},
    }
    for name, look in cells.items():
        framed = {**look, "border": 1, "border_color": _RULE, "valign": "vcenter"}
        looks[name] = framed
        looks[f"first_{name}"] = {**framed, "top": 2, "top_color": "#4A5560"}
    return {name: workbook.add_format(look) for name, look in looks.items()}
