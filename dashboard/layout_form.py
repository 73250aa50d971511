"""The form in which a person puts right how a file is read: layouts → fields, fields → answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard.display import N_
from dashboard.dry_run import Head, headings_of
from etl.columns import KINDS
from etl.layout import ACTUAL, IGNORED, PART, SUBTOTAL, TARGET, Answers, ColumnUse, SheetLayout
from warehouse.catalog import Catalog
from warehouse.errors import DabiaoError
from warehouse.measures.period import parse_period
from warehouse.scope import Scope

USUAL: dict[str, str] = {
    IGNORED: N_("不使用"), "district_code": N_("地区|one"), "indicator_code": N_("指标|one"),
    "period_code": N_("半年度"),
    TARGET: N_("目标值"), ACTUAL: N_("完成值"), "unit_code": N_("单位|column"), "breakdown_code": N_("分组"),
    "note": N_("备注"), SUBTOTAL: N_("小计（核对，不入库）"),
}  # fmt: skip
"""What a column is usually for, in the order people look for it."""
FURTHER: dict[str, str] = {
    "district_name": N_("地区名称（与代码核对）"), "indicator_name": N_("指标名称（与代码核对）"),
    "district_above": N_("上级地区（核对）"), PART: N_("街道、机构或个人（其数不收）"),
    "due_text": N_("完成时限"), "blank_reason": N_("未报原因"),
    "kind": N_("种类（目标或完成值）"), "value": N_("数值"), "value_high": N_("上限值"), "comparator": N_("比较符"),
    "qualifier": N_("约数"), "due_on": N_("截止日期"), "first_period_code": N_("起始半年度"),
    "baseline_value": N_("基期值"), "baseline_period_code": N_("基期"), "s1_value": N_("年中目标"),
    "is_binding": N_("约束性"), "weight": N_("权重"), "numerator": N_("分子"), "denominator": N_("分母"),
    "source_code": N_("来源代码"), "locator": N_("来源中的位置"), "span_start": N_("起字符"), "span_end": N_("止字符"),
    "confidence": N_("置信度"),
}  # fmt: skip
"""The other columns."""
USES = USUAL | FURTHER
GIVEN = ("district_code", "indicator_code", "breakdown_code", "period_code", "unit_code")
"""What a heading may say of the values below it."""
STATED = ("district_code", "period_code", "unit_code", "kind", "share_scale")
LONGEST = 100
VALUES = (TARGET, ACTUAL, "value", SUBTOTAL)
_KNOWN = {column.name for columns in KINDS.values() for column in columns}


def read_answers(
    form: Mapping[str, str], heads: Sequence[Head], before: Answers, catalog: Catalog, scope: Scope
) -> Answers:
    """What the form says of the file. A sheet as it was found is not an answer, unless it was one before.

    Errors: DabiaoError for what can never be meant.
    """
    stated = read_stated(form, catalog, scope)
    layouts = []
    for number, head in enumerate(heads):
        wanted = _layout(form, number, head)
        known = before.layout_of(head.layout.sheet)
        if wanted != replace(head.layout, is_remembered=False):
            layouts.append(wanted)
        elif known is not None:
            layouts.append(known)
    shown = {head.layout.sheet for head in heads}
    layouts += [layout for layout in before.layouts if layout.sheet not in shown]
    return Answers(stated, tuple(layouts))


def use_of(layout: SheetLayout, column: int) -> ColumnUse:
    """What a column is taken for; one no layout speaks of is not used."""
    return next((use for use in layout.columns if use.column == column), ColumnUse(column, "", IGNORED))


def read_stated(form: Mapping[str, str], catalog: Catalog, scope: Scope) -> dict[str, str]:
    """What holds for the whole file. Errors: DabiaoError for a choice there is not, or no half-year."""
    stated = {key: form.get(f"stated-{key}", "").strip()[:LONGEST] for key in STATED}
    stated = {key: text for key, text in stated.items() if text}
    choices = {
        "district_code": {code for code in catalog.district_by_code if scope.sees_district(code)},
        "unit_code": set(catalog.units),
        "kind": set(KINDS),
        "share_scale": {"percent", "fraction"},
    }
    for key, known in choices.items():
        if stated.get(key, next(iter(known), "")) not in known:
            raise DabiaoError(f"没有“{stated[key]}”这个选项。", f"There is no choice {stated[key]!r}.")
    if "period_code" in stated:
        try:
            parse_period(stated["period_code"])
        except ValueError:
            raise DabiaoError(
                f"看不懂半年度“{stated['period_code']}”。请写成 2020年上半年 或 2020-S1。",
                f"{stated['period_code']!r} is not a half-year. Write 2020-S1 or H1 2020.",
            ) from None
    return stated


def _layout(form: Mapping[str, str], number: int, head: Head) -> SheetLayout:
    found = replace(head.layout, is_remembered=False)
    if f"read-{number}" not in form:  # the form did not show this sheet
        return found
    if form[f"read-{number}"] != "yes":
        return found if found.left_out else SheetLayout(found.sheet, left_out="by_choice")
    first, last = (_row(form.get(f"{end}-{number}", ""), head) for end in ("first", "last"))
    if last < first:
        raise DabiaoError(
            f"表头的末行（{last + 1}）在首行（{first + 1}）之前。",
            f"The last heading row ({last + 1}) lies before the first ({first + 1}).",
        )
    headings = head.headings
    if (first, last) != found.header:
        shown = [row.cells for row in head.rows if first <= row.number - 1 <= last]
        headings = headings_of(shown, head.columns)
    columns = [_column(form, number, found, column, headings[column]) for column in range(head.columns)]
    known = {use.column for use in found.columns}
    kept = [use for use in columns if use.use != IGNORED or use.column in known]
    kept += [use for use in found.columns if use.column >= head.columns]
    return replace(
        found,
        left_out=None,
        header=(first, last),
        columns=tuple(kept) if any(use.use != IGNORED for use in kept) else (),
        is_tidy=found.is_tidy and all(use.use in _KNOWN | {"kind", IGNORED} for use in kept),
    )


def _column(form: Mapping[str, str], number: int, found: SheetLayout, column: int, heading: str) -> ColumnUse:
    before = use_of(found, column)
    use = form.get(f"use-{number}-{column}", before.use)
    if use not in USES:
        raise DabiaoError(f"没有“{use[:40]}”这个选项。", f"There is no choice {use[:40]!r}.")
    given = dict(before.given)
    for key in GIVEN:
        text = form.get(f"given-{number}-{column}-{key}")
        if text is not None:
            given.pop(key, None)
            given |= {key: text.strip()[:LONGEST]} if text.strip() else {}
    return ColumnUse(column, heading or before.heading, use, given)


def _row(text: str, head: Head) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    if not 1 <= number <= max(head.all_rows, 1):
        raise DabiaoError(
            f"“{text[:20]}”不是行号，应在 1 和 {head.all_rows} 之间。",
            f"{text[:20]!r} is not a row; write a number from 1 to {head.all_rows}.",
        )
    return number - 1
