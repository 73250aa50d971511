"""The commands that bring files in, and take them back: check, load, stage, approve, discard, undo."""

from __future__ import annotations

import json
import os
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from etl import pipeline, staging
from etl.cli_base import Json, connected, database, half_year, plain
from etl.columns import parse_date
from etl.examine import Asked
from etl.layout import Answers, SheetLayout, parse_layout
from etl.layout_memory import remember
from etl.pipeline import FileResult
from etl.printing import print_results, progress_bar
from warehouse.catalog import fetch_catalog
from warehouse.console import err, out, print_json, print_table, reader_language, say
from warehouse.errors import DabiaoError, FileError
from warehouse.measures.arrival import BEIJING
from warehouse.queries.batches import fetch_batches, fetch_uploads
from warehouse.scope import Scope

app = typer.Typer()

_BATCH_COLUMNS = ("key", "file_name", "state", "rows_in", "rows_accepted", "rows_rejected", "loaded_by", "loaded_at")
_UPLOAD_COLUMNS = ("key", "file_name", "state", "batch_key", "sender", "uploaded_by", "uploaded_at")

District = Annotated[str | None, typer.Option(help="整个文件的地区 / district of the whole file")]
PeriodSaid = Annotated[str | None, typer.Option("--period", help="整个文件的半年度 / half-year of the whole file")]
Unit = Annotated[str | None, typer.Option(help="整个文件的单位 / unit of the whole file")]
Kind = Annotated[str | None, typer.Option(help="target 目标，actual 完成值 / what the whole file holds")]
ShareScale = Annotated[
    str | None, typer.Option(help="比率的写法：percent 写作 85，fraction 写作 0.85 / how shares are written")
]
Sender = Annotated[str | None, typer.Option(help="报送单位，按它记住版式 / whose layouts are remembered")]
LayoutFile = Annotated[Path | None, typer.Option("--layout", help="版式文件（JSON）/ a file of layouts")]
Batch = Annotated[int, typer.Argument(help="批次号 / number of the batch")]


@app.command("load")
def load_command(
    paths: Annotated[list[Path] | None, typer.Argument(help="文件或文件夹；不写则为 data/ / files or folders")] = None,
    district: District = None,
    period: PeriodSaid = None,
    unit: Unit = None,
    kind: Kind = None,
    share_scale: ShareScale = None,
    sender: Sender = None,
    layout: LayoutFile = None,
    as_json: Json = False,
) -> None:
    """入库：检查、写入、计算，一个文件一个批次 / load files, one batch each"""
    asked = _asked(district, period, unit, kind, share_scale, sender, layout)
    if not paths and asked != Asked():
        raise DabiaoError(
            "对整个文件的说明要和文件一起给出。", "What is said of a whole file needs the file it is said of."
        )
    with database() as engine, progress_bar(not as_json) as bar:
        results = pipeline.load(engine, paths or (), asked=asked, progress=bar)
    _report(results, as_json)


@app.command("check")
def check_command(
    paths: list[Path],
    district: District = None,
    period: PeriodSaid = None,
    unit: Unit = None,
    kind: Kind = None,
    share_scale: ShareScale = None,
    sender: Sender = None,
    layout: LayoutFile = None,
    lights: Annotated[
        bool | None,
        typer.Option("--lights/--no-lights", help="推算会变化的亮灯；不写则只对小文件 / foresee the lights"),
    ] = None,
    marked: Annotated[
        Path | None, typer.Option(help="另存一份标出问题的工作簿 / write the workbook with its cells marked")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--remember", help="为 --sender 记住版式 / remember the layouts for the --sender")
    ] = False,
    as_json: Json = False,
) -> None:
    """只检查不写入：每个数据的去向，会变化的亮灯 / check files without writing: what would become of each figure"""
    asked = _asked(district, period, unit, kind, share_scale, sender, layout)
    with database() as engine:
        results = pipeline.check(engine, paths, asked=asked, lights=lights)
        if marked is not None:
            _write_marked(pipeline.expand(paths), results, marked)
    if keep:
        _remember(sender, results)
    _report(results, as_json)


@app.command("stage")
def stage_command(
    path: Path,
    district: District = None,
    period: PeriodSaid = None,
    unit: Unit = None,
    kind: Kind = None,
    share_scale: ShareScale = None,
    sender: Sender = None,
    layout: LayoutFile = None,
    as_json: Json = False,
) -> None:
    """提交审核：检查并保存，批准之前不发布 / stage a file: checked and kept, not published before it is approved"""
    asked = _asked(district, period, unit, kind, share_scale, sender, layout)
    with database() as engine:
        result = staging.stage_file(engine, path, asked=asked, who=pipeline.whoever())
    _report([result], as_json)


@app.command("approve")
def approve_command(batch: Batch, as_json: Json = False) -> None:
    """批准并发布一个待审核批次 / approve a staged batch and publish it"""
    with database() as engine:
        _print([staging.approve(engine, batch, who=pipeline.whoever(), two_people=_two_people())], as_json)


@app.command("discard")
def discard_command(batch: Batch, as_json: Json = False) -> None:
    """放弃一个待审核批次 / let a staged batch go"""
    with database() as engine:
        staging.discard(engine, batch, who=pipeline.whoever())
    document = {"batch": batch, "state": "discarded"}
    print_json(document) if as_json else out.print(say(f"已放弃批次 {batch}。", f"Batch {batch} was discarded."))


@app.command("undo")
def undo_command(batch: Batch, as_json: Json = False) -> None:
    """撤销一个批次 / take a batch back"""
    with database() as engine:
        _print([pipeline.undo(engine, batch)], as_json)


@app.command("batches")
def batches_command(
    staged: Annotated[bool, typer.Option("--staged", help="只列待审核的 / only those that wait for approval")] = False,
    as_json: Json = False,
) -> None:
    """列出批次，待审核的在内 / every batch, staged ones too"""
    with connected() as connection:
        found = fetch_batches(Scope.everything(), connection, fetch_catalog(connection))
    rows = [plain(batch) for batch in found if batch.state == "staged" or not staged]
    print_json(rows) if as_json else print_table(rows, _BATCH_COLUMNS)


@app.command("uploads")
def uploads_command(
    forget_before: Annotated[
        str | None,
        typer.Option(help="删除这一天（北京时间）之前上传、从未提交的 / delete those from before a day, never staged"),
    ] = None,
    as_json: Json = False,
) -> None:
    """列出上传的文件，或清理从未提交的 / every upload, or tidy away those never staged"""
    if forget_before is not None:
        moment = datetime.combine(_day(forget_before), time(), BEIJING)
        with database() as engine:
            gone = staging.forget(engine, moment)
        print_json({"forgotten": gone}) if as_json else out.print(
            say(f"已删除 {gone} 份。", f"{gone} uploads were deleted.")
        )
        return
    with connected() as connection:
        rows = [plain(upload) for upload in fetch_uploads(connection)]
    print_json(rows) if as_json else print_table(rows, _UPLOAD_COLUMNS)


@app.command("template")
def template_command(
    path: Annotated[Path, typer.Argument(help="要写出的 .xlsx / the workbook to write")],
    district: Annotated[str, typer.Option(help="地区代码 / code of the district")],
    period: Annotated[str, typer.Option(help="半年度，如 2020-S1 / half-year")],
) -> None:
    """填报表：一个地区一个半年度应报的指标 / the workbook in which a district reports a half-year"""
    from etl.template import fill_in_workbook  # heavy, and only wanted here

    with connected() as connection:
        content = fill_in_workbook(
            connection, fetch_catalog(connection), Scope.everything(), district, half_year(period), reader_language(),
            pipeline.utc_now(),
        )  # fmt: skip
    _write(path, content)
    out.print(say(f"已写出 {path}。", f"Written: {path}."))


def _write_marked(paths: list[Path], results: list[FileResult], marked: Path) -> None:
    """The one file checked, with the cells of what was found marked and commented."""
    from etl.marked import marked_workbook  # heavy, and only wanted here
    from etl.reading import read_book_file

    if len(results) != 1 or results[0].state == "failed":
        raise DabiaoError("--marked 只用于一份能读取的文件。", "--marked is for one file that can be read.")
    [path], [result] = paths, results
    _write(marked, marked_workbook(read_book_file(path), result.findings, result.fates, reader_language()))


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise FileError(
            f"{path} 无法写入：{error.strerror}。", f"{path} cannot be written: {error.strerror}."
        ) from error


def _asked(
    district: str | None,
    period: str | None,
    unit: str | None,
    kind: str | None,
    share_scale: str | None,
    sender: str | None,
    layout: Path | None,
) -> Asked:
    """What the options say of the whole file."""
    said = {
        "district_code": district, "period_code": period, "unit_code": unit, "kind": kind, "share_scale": share_scale,
    }  # fmt: skip
    layouts = _layouts(layout) if layout is not None else ()
    return Asked(Answers({name: word for name, word in said.items() if word is not None}, layouts), sender=sender)


def _remember(sender: str | None, results: list[FileResult]) -> None:
    """Keep the layouts by which the files were read. Errors: DabiaoError without a sender."""
    if not sender:
        raise DabiaoError("要记住版式，请用 --sender 写明是谁的。", "Say with --sender whose layouts to remember.")
    for layout in (layout for result in results for layout in result.layouts):
        if layout.left_out is None and not layout.is_tidy:
            path = remember(sender, layout)
            err.print(say(f"版式已记入 {path.name}。", f"The layout is kept in {path.name}."))


def _layouts(path: Path) -> tuple[SheetLayout, ...]:
    """A layout, a list of them, or a document with ``layouts``."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(document, dict):
            document = document.get("layouts", [document])
        return tuple(parse_layout(one) for one in document)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise FileError(
            f"{path.name} 不是版式文件：{error}。", f"{path.name} is not a file of layouts: {error}."
        ) from error


def _day(text: str) -> datetime:
    try:
        return datetime.combine(parse_date(text), time())
    except ValueError:
        raise DabiaoError(
            f"看不懂的日期：{text}。请写成 2020-06-30。", f"Not a date: {text}. Write 2020-06-30."
        ) from None


def _two_people() -> bool:
    """Whether DABIAO_APPROVAL asks for a second person."""
    word = os.environ.get("DABIAO_APPROVAL", "").strip() or "one"
    if word not in ("one", "two"):
        raise DabiaoError(
            f"DABIAO_APPROVAL 只能是 one 或 two，不能是“{word}”。", f"DABIAO_APPROVAL is one or two, not {word!r}."
        )
    return word == "two"


def _print(results: list[FileResult], as_json: bool) -> None:
    """What became of each file, codes in place of keys."""
    if any(result.fates for result in results) and as_json:
        with connected() as connection:
            print_results(results, as_json, fetch_catalog(connection))
    else:
        print_results(results, as_json)


def _report(results: list[FileResult], as_json: bool) -> None:
    """Print what became of each file and leave with the exit code that says so."""
    _print(results, as_json)
    read = [result for result in results if result.state != "failed"]
    if not read or all(r.rows_in > 0 and r.rows_accepted == 0 for r in read):
        raise typer.Exit(2)
    if len(read) < len(results) or any(result.rows_rejected for result in read):
        raise typer.Exit(1)
