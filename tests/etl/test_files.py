"""Files as they come: encodings, headings, workbooks, and files that cannot be read."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from etl import cli, pipeline
from etl.columns import KINDS
from tests.conftest import Clock
from tests.etl.support import ACTUAL_HEADER, SHIPPED, TARGET_HEADER, facts, values, write_csv
from tests.etl.workbooks import xlsx
from warehouse import tables as t
from warehouse.errors import FileError

ROW = "320404,dibao_persons,urban,2020-S1,1377,person"
GRAIN = ("320404", "dibao_persons", "urban", "2020-S1")
Sheets = dict[str, list[list[object]]]


def write_workbook(path: Path, sheets: Sheets) -> Path:
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, ["" if cell is None else cell for cell in row])
    book.close()
    return path


def _zip(path: Path, names: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return path


def _text(suffix: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / f"a{suffix}").write_bytes(content)
        return folder / f"a{suffix}"

    return write


def _bomb(folder: Path) -> Path:
    (folder / "a.xlsx").write_bytes(xlsx(" " * (2 * 2**20)))
    return folder / "a.xlsx"


def _far_cell(folder: Path) -> Path:
    (folder / "a.xlsx").write_bytes(xlsx('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))
    return folder / "a.xlsx"


def _notes_sheet(folder: Path) -> Path:
    return write_workbook(folder / "a.xlsx", {"说明": [["请先看这里"]]})


NO_TABLE = ("没有找到可以读取的表格", "No table was found")
CODES = ACTUAL_HEADER.encode()

# name → how to write it, what the message says in each language
UNREADABLE: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "not found": (lambda folder: folder / "a.csv", "找不到文件", "No such file"),
    "a name too long": (lambda folder: folder / f"{'x' * 300}.csv", "无法读取", "cannot be read"),
    "no spreadsheet at all": (_text(".xls", b"x"), *NO_TABLE),
    "a zip, but no workbook": (lambda f: _zip(f / "a.xlsx", {"a.txt": b"x"}), "是压缩包", "a compressed folder"),
    "a bomb": (_bomb, "解压后过大", "unpacks to too much"),
    "a cell far out": (_far_cell, "范围过大（到 XFD1048576）", "reach too far (to XFD1048576)"),
    "duplicate header": (_text(".csv", CODES + b",value\n"), "有两列都叫“value”", "two columns called 'value'"),
    "duplicate header, and a kind": (
        _text(".csv", "种类,district_code,indicator_code,单位,value,period_code,单位\n".encode()),
        "有两列都叫“单位”",
        "two columns called '单位'",
    ),
    "an empty file": (_text(".csv", b""), "是空文件", "is empty"),
    "blank lines only": (_text(".csv", b"\n,,\n \n"), *NO_TABLE),
    "unknown encoding": (
        _text(".csv", b"value\n\xff\xff\n"),
        "文字编码无法识别",
        "encoding of a.csv is not recognised",
    ),
    "a zero byte": (_text(".csv", b"value\n1\x00\n"), "文字编码无法识别", "encoding of a.csv is not recognised"),
    "no figure anywhere": (_text(".csv", "值,值".encode("utf-16")), *NO_TABLE),
    "a sheet of notes": (_notes_sheet, *NO_TABLE),
    "broken quotes": (_text(".csv", b'value,note\n1,"never closed\n'), "第 2 行起引号没有成对", "from line 2 on"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_read_says_so_in_both_languages(
    reference: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setenv("DABIAO_MAX_UNPACKED_MB", "1")
    write, zh, en = UNREADABLE[case]
    for results in (pipeline.check(reference, [write(tmp_path)]), pipeline.load(reference, [write(tmp_path)])):
        [result] = results
        assert result.state == "failed" and result.batch_key is None
        assert isinstance(result.error, FileError)
        assert zh in result.error.text("zh") and en in result.error.text("en")
    assert facts(reference) == []


def test_what_a_table_lacks_is_said_and_nothing_is_taken(reference: Engine, tmp_path: Path) -> None:
    [result] = pipeline.check(reference, [write_csv(tmp_path / "a.csv", "district_code,value", ["320404,2"])])
    assert (result.error, result.rows_in, result.rows_accepted) == (None, 1, 0)
    assert [(f.reason, f.column) for f in result.findings] == [
        ("missing_value", "period_code"), ("missing_value", "indicator_code"),
    ]  # fmt: skip
    assert ["没有找到指标" in note.zh or "没有找到半年度" in note.zh for note in result.notes] == [True, True]


@pytest.mark.parametrize("header", [ACTUAL_HEADER, "地区,指标,分组,半年度,完成值,单位"])
def test_a_row_with_more_cells_than_headings_is_refused_alone(reference: Engine, tmp_path: Path, header: str) -> None:
    rows = [ROW.replace("1377", "1,377"), ROW.replace("1377", "1,377").replace("S1", "S2") + ",,", ROW + ","]
    [result] = pipeline.check(reference, [write_csv(tmp_path / "a.csv", header, rows)])
    assert [(r.row_no, r.reason) for r in result.refusals] == [(2, "too_many_cells"), (3, "too_many_cells")]
    assert (result.rows_in, result.rows_accepted) == (3, 1)


def test_a_file_too_large_is_refused_before_it_is_read(
    reference: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DABIAO_MAX_FILE_MB", "1")
    [result] = pipeline.check(reference, [write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [ROW] * 30_000)])
    assert result.error is not None and "DABIAO_MAX_FILE_MB" in result.error.zh and "1 MB" in result.error.en


def test_a_file_no_one_may_read_is_an_error_of_the_file(
    reference: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [ROW])
    monkeypatch.setattr(Path, "open", _permission_denied)
    [result] = pipeline.check(reference, [path])
    assert result.error is not None and "Permission denied" in result.error.en


def _permission_denied(path: Path, mode: str) -> bytes:
    raise PermissionError(13, "Permission denied", str(path))


def test_one_unreadable_file_does_not_hold_up_the_others(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    good = write_csv(tmp_path / "b.csv", ACTUAL_HEADER, [ROW])
    results = pipeline.load(reference, [tmp_path / "a.csv", good], clock=clock)
    assert [result.state for result in results] == ["failed", "published"]
    assert values(reference) == {GRAIN: "1377"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_in_the_encodings_spreadsheets_write(
    reference: Engine, tmp_path: Path, clock: Clock, encoding: str
) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        "地区,指标,分组,半年度,完成值,单位,备注",
        ["钟楼区,低保人数,城市,2020年上半年,1377,人,城乡同标"],
        encoding,
    )
    [result] = pipeline.load(reference, [path], clock=clock)
    assert (result.rows_accepted, result.ignored_columns) == (1, ())
    assert values(reference) == {GRAIN: "1377"}
    assert facts(reference)[0]["note"] == "城乡同标"


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_is_understood_by_each_of_its_names(kind: str) -> None:
    for column in KINDS[kind]:
        for spelling in (column.name, column.zh, *column.aliases):
            words = [word for other in KINDS[kind] for word in (other.name, other.zh, *other.aliases)]
            assert words.count(spelling) == 1, spelling


def test_a_workbook_says_what_the_csv_of_the_same_content_says(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    header = [*ACTUAL_HEADER.split(","), "source_code", "locator"]
    rows: list[list[object]] = [
        ["320404", "dibao_persons", "urban", "2020-S1", 1377, "person", "zhonglou-2020-h1", "一/1"],
        ["320404", "dibao_paid_monthly", "urban", 2020, 114.4907, "万元", "zhonglou-2020-h1", "一/2"],
        ["320404", "orphan_paid", "total", "2020-S1", 0.1, "cny_10k", "zhonglou-2020-h1", None],
    ]
    text = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    pipeline.load(reference, [write_csv(tmp_path / "a.csv", ",".join(header), text)], clock=clock)
    from_csv = facts(reference)
    pipeline.undo(reference, 1, clock=clock)

    pipeline.load(reference, [write_workbook(tmp_path / "a.xlsx", {"数据": [header, *rows]})], clock=clock)
    for row in from_csv:
        row["locator"] = "数据!E4" if row["locator"] == "E4" else row["locator"]
    assert facts(reference) == from_csv


def test_rows_of_a_workbook_are_counted_as_the_spreadsheet_counts(reference: Engine, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [],
        [],
        [None, *ACTUAL_HEADER.split(",")],
        [],
        [None, *ROW.replace("1377", "x").split(",")],
    ]
    [result] = pipeline.check(reference, [write_workbook(tmp_path / "a.xlsx", {"六月": rows})])
    [refusal] = result.refusals
    assert (refusal.sheet, refusal.row_no, refusal.value) == ("六月", 5, "x")


def test_cells_of_a_workbook_are_read_as_a_person_would(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    header: list[object] = [*TARGET_HEADER.split(","), "is_binding", "weight"]
    row: list[object] = [320404, "home_adaptations", "total", 2020, "2020-S1", ">=", 700.0, "household", True, 1.5]
    pipeline.load(reference, [write_workbook(tmp_path / "a.xlsx", {"A": [header, row]})], clock=clock)
    [fact] = facts(reference)
    assert (fact["district_code"], fact["period_code"], str(fact["value"])) == ("320404", "2020-S2", "700")
    assert (fact["is_binding"], str(fact["weight"])) == (True, "1.5")


def test_a_date_cell_of_a_workbook_is_a_date(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"), {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [*TARGET_HEADER.split(","), "due_on"])
    sheet.write_row(1, 0, ["320404", "home_adaptations", "total", "2020-S2", "2020-S1", ">=", 700, "household"])
    sheet.write_datetime(1, 8, date(2020, 10, 31))
    book.close()
    pipeline.load(reference, [tmp_path / "a.xlsx"], clock=clock)
    assert facts(reference)[0]["due_on"] == date(2020, 10, 31)


def test_the_sheets_of_a_workbook_are_one_file(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    header: list[object] = [*ACTUAL_HEADER.split(",")]
    sheets: Sheets = {
        "上半年": [header, [*ROW.split(",")]],
        "下半年": [header, [*ROW.split(",")], [*ROW.replace("S1", "S2").split(",")]],
    }
    [result] = pipeline.load(reference, [write_workbook(tmp_path / "a.xlsx", sheets)], clock=clock)
    assert [(r.sheet, r.row_no, r.reason) for r in result.refusals] == [("下半年", 2, "duplicate_row")]
    assert values(reference) == {GRAIN: "1377", (*GRAIN[:3], "2020-S2"): "1377"}


def test_a_kind_column_mixes_targets_and_actuals(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        "kind,district_code,indicator_code,period_code,comparator,value,unit_code,qualifier,first_period_code,weather",
        [
            "目标,320404,home_adaptations,2020-S2,>=,700,户,,,fair",
            "完成值,320404,home_adaptations,2020-S1,,240,户,余,,foul",
        ],
    )
    [result] = pipeline.load(reference, [path], clock=clock)
    assert values(reference) == {("320404", "home_adaptations", "total", "2020-S1"): "240"}
    assert values(reference, "target") == {("320404", "home_adaptations", "total", "2020-S2"): "700"}
    assert [row["comparator"] for row in facts(reference)] == [">", ">="]
    assert result.ignored_columns == ("weather",), "columns of either kind are used"


def test_columns_that_mean_nothing_are_named_once(reference: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", f"{ACTUAL_HEADER},天气,__row_no__,指标名称", [f"{ROW},晴,abc,别的"])
    [result] = pipeline.check(reference, [path])
    assert result.rows_accepted == 1
    assert result.ignored_columns == ("天气", "__row_no__", "指标名称"), "a second name of a column, too"


def test_the_exported_facts_load_back_and_change_nothing(
    loaded: Engine, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = write_csv(
        tmp_path / "plan.csv",
        f"{TARGET_HEADER},baseline_value,baseline_period_code,s1_value,is_binding,weight,note",
        ['320404,nursing_beds,total,2025-S2,2021-S1,>=,3000,bed,2521,2020-S1,2600,yes,2.50,"逗号, 引号"" 和\n换行"'],
    )
    pipeline.load(loaded, [plan], clock=clock)
    monkeypatch.setenv("DATABASE_URL", str(loaded.url))
    export = tmp_path / "facts.csv"
    export.write_bytes(CliRunner().invoke(cli.app, ["facts", "--csv"]).stdout_bytes)

    [result] = pipeline.load(loaded, [export], clock=clock)
    assert (result.rows_rejected, result.added, result.corrected, result.withdrawn) == (0, 0, 0, 0)
    assert result.rows_in == len(facts(loaded)) == sum(SHIPPED.values()) + 1
    assert result.ignored_columns == ("indicator_zh", "batch")


def test_a_file_without_sources_is_its_own_source(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    path = write_csv(tmp_path / "a.csv", ACTUAL_HEADER, ["", ROW])
    pipeline.load(reference, [path], clock=clock)
    [fact] = facts(reference)
    assert fact["locator"] == "E3"
    with reference.connect() as connection:
        source = connection.execute(select(t.dim_source).where(t.dim_source.c.source_code == fact["source_code"])).one()
    assert (source.kind, source.title) == ("csv", "a.csv")
    assert fact["source_code"] == f"file-{source.sha256[:16]}"
