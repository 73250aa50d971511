"""What becomes of files, printed: for people in their language, for programs as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from etl.pipeline import FileResult
from etl.reasons import REASONS
from warehouse.console import err, out, print_json, reader_language, say

_STATES = {
    "published": ("已入库", "published"),
    "unchanged": ("没有变化", "unchanged"),
    "checked": ("已检查，未写入", "checked, nothing written"),
    "undone_before": (
        "曾被撤销，未重新入库；指名文件即可重新入库",
        "undone before, left alone; name the file to load it",
    ),
    "undone": ("已撤销", "undone"),
    "failed": ("无法读取", "cannot be read"),
}


def print_results(results: list[FileResult], as_json: bool) -> None:
    """What became of each file."""
    if as_json:
        print_json({"files": [_result_document(result) for result in results]})
    else:
        for result in results:
            _print_result(result)
        if not results:
            out.print(say("没有找到 .csv 或 .xlsx 文件。", "No .csv or .xlsx files found."))


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
    out.print(f"{result.file_name}{colon}{state}{batch}{say('。', '. ')}{numbers}", highlight=False)
    for refusal in result.refusals[:50]:
        reason = REASONS[refusal.reason]
        where = f"{refusal.sheet}!" if refusal.sheet else ""
        shown = "" if refusal.value is None else f"“{refusal.value}”"
        row = say(f"第 {refusal.row_no} 行", f"row {refusal.row_no}")
        place = " ".join(part for part in (f"{where}{row}", refusal.column, shown) if part)
        out.print(f"  {place}{colon}{say(reason.zh, reason.en)}", highlight=False)
    if len(result.refusals) > 50:
        more = len(result.refusals) - 50
        out.print(say(f"  另有 {more} 行，用 --json 查看全部。", f"  and {more} more; --json lists all."))
    if result.ignored_columns:
        listed = say("、", ", ").join(result.ignored_columns)
        out.print(say(f"  未使用的列：{listed}", f"  Columns not used: {listed}"))


def _result_document(result: FileResult) -> dict[str, Any]:
    return {
        "file": result.file_name, "state": result.state, "batch": result.batch_key, "rows_in": result.rows_in,
        "rows_accepted": result.rows_accepted, "rows_rejected": result.rows_rejected, "added": result.added,
        "corrected": result.corrected, "withdrawn": result.withdrawn,
        "ignored_columns": list(result.ignored_columns),
        "refused": [
            {"sheet": r.sheet, "row": r.row_no, "column": r.column, "value": r.value, "reason": r.reason}
            for r in result.refusals
        ],
        "error": result.error.text(reader_language()) if result.error else None,
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
