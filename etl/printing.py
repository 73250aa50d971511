"""What becomes of files, printed: for people in their language, for programs as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from etl.fates import Fate
from etl.findings import Finding
from etl.layout import layout_document
from etl.reasons import REASONS
from etl.results import FileResult, Lights
from warehouse.catalog import Catalog
from warehouse.console import err, out, print_json, reader_language, say
from warehouse.measures.period import from_key

SHOWN = 50
"""Findings, and lights, printed for people; programs get all."""
_CODES = ("district_code", "indicator_code", "breakdown_code", "period_code")
_SAID = ("comparator", "value", "value_high", "unit_code")

_STATES = {
    "published": ("已入库", "published"),
    "staged": ("已提交，待审核", "staged, waits for approval"),
    "unchanged": ("没有变化", "unchanged"),
    "checked": ("已检查，未写入", "checked, nothing written"),
    "undone_before": (
        "曾被撤销，未重新入库；指名文件即可重新入库",
        "undone before, left alone; name the file to load it",
    ),
    "undone": ("已撤销", "undone"),
    "failed": ("无法读取", "cannot be read"),
}


def print_results(results: list[FileResult], as_json: bool, catalog: Catalog | None = None) -> None:
    """What became of each file; ``catalog`` for the codes of fates, where there are any."""
    if as_json:
        print_json({"files": [file_document(result, catalog) for result in results]})
    else:
        for result in results:
            _print_result(result)
        if not results:
            out.print(say("没有找到可以读取的文件。", "No files that can be read were found."))


def _print_result(result: FileResult) -> None:
    state, colon = say(*_STATES[result.state]), say("：", ": ")
    if result.error is not None:
        err.print(f"✗ {result.file_name}{colon}{result.error.text(reader_language())}", style="red")
        return
    numbers = say(
        f"读入 {result.rows_in} 行，接受 {result.rows_accepted}，拒收 {result.rows_rejected}；"
        f"新增 {result.added}，更正 {result.corrected}，撤下 {result.withdrawn}",
        f"{result.rows_in} rows in, {result.rows_accepted} accepted, {result.rows_rejected} refused; "
        f"{result.added} new, {result.corrected} corrected, {result.withdrawn} withdrawn",
    )
    batch = "" if result.batch_key is None else say(f"（批次 {result.batch_key}）", f" (batch {result.batch_key})")
    _line(f"{result.file_name}{colon}{state}{batch}{say('。', '. ')}{numbers}")
    if result.repeats is not None and result.state == "checked":
        _line(say(
            f"  与批次 {result.repeats} 的文件内容相同。", f"  The same file as that of batch {result.repeats}."
        ))  # fmt: skip
    for note in result.notes:
        row = "" if note.row_no is None else say(f"第 {note.row_no} 行", f"row {note.row_no}")
        place = " ".join(part for part in (note.sheet, row) if part)
        _line(f"  {place + colon if place else ''}{note.text(reader_language())}")
    _print_findings(result.findings)
    if result.ignored_columns:
        listed = say("、", ", ").join(result.ignored_columns)
        _line(say(f"  未使用的列：{listed}", f"  Columns not used: {listed}"))
    if result.lights is not None:
        _print_lights(result.lights)


def _print_findings(findings: Sequence[Finding]) -> None:
    """By reason, refusals first, each with its remedy and cells; SHOWN in all."""
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda f: not f.is_refusal):
        groups.setdefault(finding.reason, []).append(finding)
    left, colon = SHOWN, say("：", ": ")
    for reason, found in groups.items():
        text, shown = say(REASONS[reason].zh, REASONS[reason].en), found[:left]
        left -= len(shown)
        mark = say("注意", "Look at") + colon if REASONS[reason].is_caution and shown else ""
        if len(shown) == 1:
            _line(f"  {mark}{_place(shown[0])}{colon}{text}{_detail(shown[0])}")
        elif shown:
            _line(f"  {mark}{text}")
            for one in shown:
                _line(f"    {_place(one)}{_detail(one)}")
    if len(findings) > SHOWN:
        more = len(findings) - SHOWN
        _line(say(f"  … 另有 {more} 行，用 --json 查看全部。", f"  … and {more} more; --json lists all."))


def _print_lights(lights: Lights) -> None:
    gone_and_come = [
        say(f"{zh} {sum(of.values())} 盏", f"{sum(of.values())} {en}")
        for zh, en, of in (("新亮", "new", lights.appearing), ("不再有", "gone", lights.vanishing))
        if of
    ]
    count = len(lights.changes)
    parts = [say(f"会变化的亮灯 {count} 盏", f"Lights that would change: {count}"), *gone_and_come]
    _line("  " + say("，", ", ").join(parts) + say("。", "."))
    for change in lights.changes[:SHOWN]:
        key = change.key
        place = f"{key.district_code} {key.indicator_code} {key.breakdown_code} {key.period.code}"
        _line(f"    {place}{say('：', ': ')}{change.before.value} → {change.after.value}")
    if count > SHOWN:
        _line(say(f"    … 另有 {count - SHOWN} 盏。", f"    … and {count - SHOWN} more."))


def _place(finding: Finding) -> str:
    sheet = f"{finding.sheet}!" if finding.sheet else ""
    where = finding.cell or say(f"第 {finding.row_no} 行", f"row {finding.row_no}")
    shown = "" if finding.value is None else f"“{finding.value}”"
    return " ".join(part for part in (f"{sheet}{where}", finding.column, shown) if part)


def _detail(finding: Finding) -> str:
    detail = say(finding.detail_zh, finding.detail_en)
    return f" {detail}" if detail else ""


def _line(text: str) -> None:
    out.print(text, highlight=False)


def file_document(result: FileResult, catalog: Catalog | None) -> dict[str, Any]:
    """What became of a file, for programs; keys of facts as codes."""
    return {
        "file": result.file_name, "state": result.state, "batch": result.batch_key, "rows_in": result.rows_in,
        "rows_accepted": result.rows_accepted, "rows_rejected": result.rows_rejected, "added": result.added,
        "corrected": result.corrected, "withdrawn": result.withdrawn, "blanks": result.blanks,
        "repeats": result.repeats,
        "ignored_columns": list(result.ignored_columns),
        "refused": [
            {"sheet": r.sheet, "row": r.row_no, "column": r.column, "value": r.value, "reason": r.reason}
            for r in result.refusals
        ],
        "findings": [
            {
                "sheet": f.sheet, "row": f.row_no, "column": f.column, "cell": f.cell, "value": f.value,
                "reason": f.reason, "severity": "refusal" if f.is_refusal else "caution",
                "message_zh": f.text("zh"), "message_en": f.text("en"),
            }
            for f in result.findings
        ],
        "rows": [] if catalog is None else [_fate_document(fate, catalog) for fate in result.fates],
        "layouts": [layout_document(layout) for layout in result.layouts],
        "notes": [
            {"sheet": n.sheet, "row": n.row_no, "message_zh": n.zh, "message_en": n.en} for n in result.notes
        ],
        "lights": None if result.lights is None else _lights_document(result.lights),
        "error": result.error.text(reader_language()) if result.error else None,
    }  # fmt: skip


def _fate_document(fate: Fate, catalog: Catalog) -> dict[str, Any]:
    return {
        "sheet": fate.sheet, "row": fate.row_no, "cell": fate.cell, "kind": fate.kind, "fate": fate.fate,
        **_figure(fate.row, catalog), "before": None if fate.before is None else _said(fate.before),
        "reasons": list(fate.reasons), "blank_reason": fate.blank_reason,
    }  # fmt: skip


def _figure(row: Mapping[str, Any] | None, catalog: Catalog) -> dict[str, Any]:
    """A fact with codes in place of keys; None throughout where there is none."""
    if row is None:
        return dict.fromkeys((*_CODES, *_SAID))
    period = row["due_period_key"] if "due_period_key" in row else row["period_key"]
    codes = (
        catalog.districts[row["district_key"]].code, catalog.indicators[row["indicator_key"]].code,
        catalog.breakdowns[row["breakdown_key"]].code, from_key(period).code,
    )  # fmt: skip
    return dict(zip(_CODES, codes, strict=True)) | _said(row)


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in _SAID}


def _lights_document(lights: Lights) -> dict[str, Any]:
    return {
        "changes": [
            {
                "district_code": c.key.district_code, "indicator_code": c.key.indicator_code,
                "breakdown_code": c.key.breakdown_code, "period_code": c.key.period.code,
                "due_period_code": c.key.due.code if c.key.due else None, "before": c.before, "after": c.after,
                "is_primary": c.is_primary, "is_current": c.is_current,
            }
            for c in lights.changes
        ],
        "appearing": {status.value: count for status, count in lights.appearing.items()},
        "vanishing": {status.value: count for status, count in lights.vanishing.items()},
    }  # fmt: skip


@contextmanager
def progress_bar(shown: bool) -> Iterator[Callable[[str], Callable[[int, int], None]] | None]:
    """A bar with a count on stderr, one line a file."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not (shown and err.is_terminal)) as bars:

        def start(name: str) -> Callable[[int, int], None]:
            task = bars.add_task(name, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield start
