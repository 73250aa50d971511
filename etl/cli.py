"""The commands of ``python -m etl``. Each prints for people, and with --json one document for programs.

Exit code 0: all good; 1: some rows refused; 2: nothing done. A message, never a traceback.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from etl import pipeline
from etl.pipeline import FileResult
from etl.reasons import REASONS
from warehouse.catalog import fetch_catalog
from warehouse.engine import check_schema, open_engine, upgrade
from warehouse.errors import DabiaoError, DatabaseUnreachable
from warehouse.measures.period import Period, parse_period
from warehouse.queries import batches, completeness, facts
from warehouse.scope import Scope

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_plain_text: dict[str, Any] = {"soft_wrap": True, "markup": False, "emoji": False}
out = Console(width=None if sys.stdout.isatty() else 240, **_plain_text)  # wide tables in files and pipes
err = Console(stderr=True, **_plain_text)

Json = Annotated[bool, typer.Option("--json", help="输出一个 JSON 文档 / print one JSON document")]
Csv = Annotated[bool, typer.Option("--csv", help="输出 CSV / print CSV")]

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

_PROGRESS_SHOWN = (
    "district_code", "indicator_code", "indicator_zh", "breakdown_code", "period_code", "due_period_code",
    "comparator", "target", "actual", "unit_code", "status",
)  # fmt: skip
_BATCH_COLUMNS = ("key", "file_name", "state", "rows_in", "rows_accepted", "rows_rejected", "loaded_at")
_COMPLETENESS_COLUMNS = ("district_code", "district_zh", "period_code", "expected", "reported", "untargeted")


def main() -> None:
    """Run a command; every foreseeable failure becomes a message and exit code 2."""
    try:
        app()
    except DabiaoError as error:
        _complain(error)
    except DBAPIError as error:
        _complain(DatabaseUnreachable(str(error.orig)))


@app.command("upgrade")
def upgrade_command(as_json: Json = False) -> None:
    """把数据库升级到最新结构 / bring the database to the newest schema"""
    with _database() as engine:
        revision = upgrade(engine)
    _print_json({"schema": revision}) if as_json else out.print(_say(f"数据库结构：{revision}", f"Schema: {revision}"))


@app.command("load")
def load_command(
    paths: Annotated[list[Path] | None, typer.Argument(help="文件或文件夹；不写则为 data/ / files or folders")] = None,
    as_json: Json = False,
) -> None:
    """入库：检查、写入、计算，一个文件一个批次 / load files, one batch each"""
    with _database() as engine, _progress(not as_json) as bar:
        results = pipeline.load(engine, paths or (), progress=bar)
    _report(results, as_json)


@app.command("check")
def check_command(paths: list[Path], as_json: Json = False) -> None:
    """只检查不写入 / check files without writing"""
    with _database() as engine:
        results = pipeline.check(engine, paths)
    _report(results, as_json)


@app.command("undo")
def undo_command(batch: int, as_json: Json = False) -> None:
    """撤销一个批次 / take a batch back"""
    with _database() as engine:
        _print_results([pipeline.undo(engine, batch)], as_json)


@app.command("rebuild")
def rebuild_command(as_json: Json = False) -> None:
    """重算全部亮灯 / recompute the whole mart"""
    with _database() as engine, _progress(not as_json) as bar:
        changed = pipeline.rebuild(engine, progress=bar("fact_progress") if bar else None)
    _print_json({"rows_changed": changed}) if as_json else out.print(
        _say(f"改变 {changed} 行", f"{changed} rows changed")
    )


@app.command("facts")
def facts_command(as_csv: Csv = False, as_json: Json = False) -> None:
    """列出全部现行事实 / every current fact, tidy"""
    with _reading() as connection:
        rows = facts.fetch_facts(Scope.everything(), connection, fetch_catalog(connection))
        _print_rows(rows, facts.FACT_COLUMNS, as_csv, as_json, facts.FACT_COLUMNS[:11])


@app.command("progress")
def progress_command(
    as_csv: Csv = False,
    as_json: Json = False,
    period: Annotated[str | None, typer.Option(help="半年度，如 2020-S1 / half-year")] = None,
) -> None:
    """列出亮灯结果 / the mart, tidy, with status"""
    only = _period(period)
    with _reading() as connection:
        rows = facts.fetch_progress(Scope.everything(), connection, fetch_catalog(connection), only)
        _print_rows(rows, facts.PROGRESS_COLUMNS, as_csv, as_json, _PROGRESS_SHOWN)


@app.command("demo")
def demo_command(
    districts: Annotated[int, typer.Option(min=1, max=3000)] = 16,
    indicators: Annotated[int, typer.Option(min=1, max=400)] = 40,
    years: Annotated[int, typer.Option(min=1, max=30)] = 6,
    seed: int = 1,
    as_json: Json = False,
) -> None:
    """生成演示数据 / load a synthetic data set, every row marked as demo"""
    from etl.demo import load_demo  # heavy and rarely needed

    with _database() as engine, _progress(not as_json) as bar:
        upgrade(engine)
        counts = load_demo(engine, districts, indicators, years, seed, progress=bar)
    if as_json:
        _print_json(counts)
    else:
        out.print(_say("演示数据已就绪：", "Demo data ready: ") + ", ".join(f"{k} {v:,}" for k, v in counts.items()))


@app.command("status")
def status_command(as_json: Json = False) -> None:
    """数据库现状 / schema, batches, row counts, completeness"""
    with _reading() as connection:
        scope, catalog = Scope.everything(), fetch_catalog(connection)
        document: dict[str, Any] = {
            "database": connection.engine.url.render_as_string(hide_password=True),
            "schema": connection.exec_driver_sql("select version_num from alembic_version").scalar_one(),
            "state": batches.fetch_state(connection),
            "rows": batches.count_rows(connection),
            "batches": [_plain(b) for b in batches.fetch_batches(scope, connection, catalog)],
            "completeness": [
                {
                    "district_code": c.district.code, "district_zh": c.district.name_zh,
                    "period_code": c.period.code, "expected": c.expected, "reported": c.reported,
                    "untargeted": c.untargeted,
                }
                for c in completeness.fetch_completeness(scope, connection, catalog)
            ],
        }  # fmt: skip
    if as_json:
        _print_json(document)
        return
    out.print(_say("数据库", "Database"), document["database"], "·", _say("结构", "schema"), document["schema"])
    out.print(", ".join(f"{name} {count:,}" for name, count in document["rows"].items()))
    _table(document["batches"], _BATCH_COLUMNS)
    _table(document["completeness"], _COMPLETENESS_COLUMNS)


@contextmanager
def _database() -> Iterator[Engine]:
    """The configured database, closed at the end."""
    engine = open_engine()
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _reading() -> Iterator[Connection]:
    """A connection to read from, its schema checked."""
    with _database() as engine:
        check_schema(engine)
        with engine.connect() as connection:
            yield connection


def _period(text: str | None) -> Period | None:
    if text is None:
        return None
    try:
        return parse_period(text)
    except ValueError:
        raise DabiaoError(
            f"看不懂的半年度：{text}。请写成 2020-S1。", f"Not a half-year: {text}. Write 2020-S1."
        ) from None


def _report(results: list[FileResult], as_json: bool) -> None:
    """Print what became of each file and leave with the exit code that says so."""
    _print_results(results, as_json)
    read = [result for result in results if result.state != "failed"]
    if not read or all(r.rows_in > 0 and r.rows_accepted == 0 for r in read):
        raise typer.Exit(2)
    if len(read) < len(results) or any(result.rows_rejected for result in read):
        raise typer.Exit(1)


def _print_results(results: list[FileResult], as_json: bool) -> None:
    if as_json:
        _print_json({"files": [_result_document(result) for result in results]})
    else:
        for result in results:
            _print_result(result)
        if not results:
            out.print(_say("没有找到 .csv 或 .xlsx 文件。", "No .csv or .xlsx files found."))


def _print_result(result: FileResult) -> None:
    state, colon = _say(*_STATES[result.state]), _say("：", ": ")
    if result.error is not None:
        err.print(f"✗ {result.file_name}{colon}{result.error.text(_language())}", style="red")
        return
    numbers = _say(
        f"读入 {result.rows_in} 行，接受 {result.rows_accepted}，拒收 {result.rows_rejected}；"
        f"新增 {result.added}，更正 {result.corrected}，撤下 {result.withdrawn}",
        f"{result.rows_in} rows in, {result.rows_accepted} accepted, {result.rows_rejected} refused; "
        f"{result.added} new, {result.corrected} corrected, {result.withdrawn} withdrawn",
    )
    batch = "" if result.batch_key is None else _say(f"（批次 {result.batch_key}）", f" (batch {result.batch_key})")
    out.print(f"{result.file_name}{colon}{state}{batch}{_say('。', '. ')}{numbers}", highlight=False)
    for refusal in result.refusals[:50]:
        reason = REASONS[refusal.reason]
        where = f"{refusal.sheet}!" if refusal.sheet else ""
        shown = "" if refusal.value is None else f"“{refusal.value}”"
        row = _say(f"第 {refusal.row_no} 行", f"row {refusal.row_no}")
        place = " ".join(part for part in (f"{where}{row}", refusal.column, shown) if part)
        out.print(f"  {place}{colon}{_say(reason.zh, reason.en)}", highlight=False)
    if len(result.refusals) > 50:
        more = len(result.refusals) - 50
        out.print(_say(f"  另有 {more} 行，用 --json 查看全部。", f"  and {more} more; --json lists all."))
    if result.ignored_columns:
        listed = _say("、", ", ").join(result.ignored_columns)
        out.print(_say(f"  未使用的列：{listed}", f"  Columns not used: {listed}"))


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
        "error": result.error.text(_language()) if result.error else None,
    }  # fmt: skip


@contextmanager
def _progress(shown: bool) -> Iterator[Callable[[str], Callable[[int, int], None]] | None]:
    """A bar with a count on stderr, one line a file."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not (shown and err.is_terminal)) as bars:

        def start(name: str) -> Callable[[int, int], None]:
            task = bars.add_task(name, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield start


def _print_rows(
    rows: Iterable[dict[str, Any]], columns: tuple[str, ...], as_csv: bool, as_json: bool, shown: tuple[str, ...]
) -> None:
    """All columns for programs, those shown for people."""
    if as_json:
        _print_json([{name: row[name] for name in columns} for row in rows])
    elif as_csv:
        with _reader_may_leave():
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            for row in rows:
                writer.writerow(["" if row[name] is None else _cell(row[name]) for name in columns])
    else:
        _table(list(rows), shown)


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
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


def _plain(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


def _print_json(document: Any) -> None:
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


def _complain(error: DabiaoError) -> None:
    if "--json" in sys.argv:
        _print_json({"error": error.text(_language())})
    err.print(error.text(_language()), style="red")
    sys.exit(2)


def _language() -> str:
    """The reader's language: DABIAO_LANG, else the locale; Chinese by default."""
    word = os.environ.get("DABIAO_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if word.lower().startswith("en") else "zh"


def _say(zh: str, en: str) -> str:
    return en if _language() == "en" else zh
