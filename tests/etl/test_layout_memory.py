"""Layouts remembered for a sender: they fit as long as the headings read as they did."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from etl.codebook import Codebook
from etl.infer import infer_layout
from etl.layout import IGNORED, ColumnUse, SheetLayout
from etl.layout_memory import layouts_folder, remember, remembered_of
from etl.sheets import Sheet
from warehouse.errors import FileError

HEAD = ["序号", "报送事项", "钟楼区", "金坛区", "备注"]
ROW = ["1", "低保人数", "1377", "2000", "x"]
LAYOUT = SheetLayout(
    "表1", (1, 1),
    (
        ColumnUse(0, "序号", IGNORED), ColumnUse(1, "报送事项", "indicator_code"),
        ColumnUse(2, "钟楼区", "actual", {"district_code": "钟楼区"}),
        ColumnUse(3, "金坛区", "actual", {"district_code": "金坛区"}), ColumnUse(4, "备注", "note"),
    ),
    {"district_code": "320404", "period_code": "2020-S1", "unit_code": "person", "share_scale": "percent"},
)  # fmt: skip


def sheet(*rows: list[str], name: str = "别的名字") -> Sheet:
    return Sheet(name, [list(row) for row in rows])


def uses(layout: SheetLayout | None) -> dict[int, str]:
    assert layout is not None
    return {c.column: c.use for c in layout.columns}


def test_what_is_remembered_is_a_file_people_can_read(tmp_path: Path) -> None:
    path = remember("钟楼区民政局/李", LAYOUT, tmp_path)
    assert path.parent == tmp_path and path.name.startswith("钟楼区民政局_李-")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["sender"] == "钟楼区民政局/李"
    [layout] = document["layouts"]
    assert layout["header_rows"] == [2, 2] and layout["columns"][1]["heading"] == "报送事项"
    assert layout["stated"] == {"unit_code": "person", "share_scale": "percent"}, "not what holds for one file only"
    assert not list(tmp_path.glob("*.new"))


def test_it_fits_the_same_headings_elsewhere(tmp_path: Path) -> None:
    remember("李", LAYOUT, tmp_path)
    moved = sheet(
        ["标题"], [], ["金坛区", "备注", "报送事项", " 序号", "钟楼区"], ["2000", "x", "低保人数", "1", "1377"]
    )
    layout = remembered_of("李", tmp_path).layout_for(moved, {})
    assert layout is not None and layout.is_remembered
    assert (layout.sheet, layout.header) == ("别的名字", (2, 2))
    assert uses(layout) == {0: "actual", 1: "note", 2: "indicator_code", 3: IGNORED, 4: "actual"}
    assert {c.column: dict(c.given) for c in layout.columns if c.given} == {
        0: {"district_code": "金坛区"}, 4: {"district_code": "钟楼区"},
    }  # fmt: skip


def test_a_layout_of_several_levels_fits_with_merged_headings(tmp_path: Path, codebook: Codebook) -> None:
    rows = [["地区", "2020年", "", "备注"], ["", "上半年", "下半年", ""], ["钟楼区", "1", "2", ""]]
    first = Sheet("A", rows, ((0, 1, 0, 2), (0, 0, 1, 0), (0, 3, 1, 3)))
    layout = infer_layout(first, "a.xlsx", codebook, {})
    assert [dict(c.given) for c in layout.columns if c.use == "actual"] == [
        {"period_code": "2020-S1"}, {"period_code": "2020-S2"},
    ]  # fmt: skip
    remember("李", layout, tmp_path)
    again = Sheet("B", [["表"], *rows], ((1, 1, 1, 2), (1, 0, 2, 0), (1, 3, 2, 3)))
    fitted = remembered_of("李", tmp_path).layout_for(again, {})
    assert fitted is not None and (fitted.header, uses(fitted)) == ((1, 2), uses(layout))


DRIFTED = {
    "a column more": [*HEAD, "普陀区"],
    "a column less": HEAD[:3],
    "a column of another name": [*HEAD[:2], "普陀区", *HEAD[3:]],
    "a column twice": [*HEAD, "钟楼区"],
}


@pytest.mark.parametrize("case", DRIFTED)
def test_it_does_not_fit_other_headings(tmp_path: Path, case: str) -> None:
    remember("李", LAYOUT, tmp_path)
    assert remembered_of("李", tmp_path).layout_for(sheet(DRIFTED[case], ROW), {}) is None


def test_a_column_nobody_used_may_go(tmp_path: Path) -> None:
    remember("李", LAYOUT, tmp_path)
    assert uses(remembered_of("李", tmp_path).layout_for(sheet(HEAD[1:], ROW[1:]), {})) == {
        0: "indicator_code", 1: "actual", 2: "actual", 3: "note",
    }  # fmt: skip


def test_a_layout_with_the_same_headings_takes_the_place_of_the_former(tmp_path: Path) -> None:
    remember("李", LAYOUT, tmp_path)
    remember(
        "李", replace(LAYOUT, columns=(*LAYOUT.columns[:4], replace(LAYOUT.columns[4], use="unit_code"))), tmp_path
    )
    other = replace(LAYOUT, columns=LAYOUT.columns[1:3])
    remember("李", other, tmp_path)
    assert len(remembered_of("李", tmp_path).layouts) == 2
    assert uses(remembered_of("李", tmp_path).layout_for(sheet(HEAD, ROW), {}))[4] == "unit_code"
    assert uses(remembered_of("李", tmp_path).layout_for(sheet(HEAD[1:3], ROW[1:3]), {})) == {
        0: "indicator_code", 1: "actual",
    }  # fmt: skip


def test_what_is_stated_fills_only_what_no_column_holds(tmp_path: Path) -> None:
    remember("李", LAYOUT, tmp_path)
    stated = {"indicator_code": "orphans", "period_code": "2021-S1", "unit_code": "household", "kind": ""}
    layout = remembered_of("李", tmp_path).layout_for(sheet(HEAD, ROW), stated)
    assert layout is not None and layout.stated == {
        "period_code": "2021-S1", "unit_code": "household", "share_scale": "percent",
    }  # fmt: skip


def test_others_and_hidden_sheets_are_not_read_by_it(tmp_path: Path) -> None:
    remember("李", LAYOUT, tmp_path)
    assert remembered_of("王", tmp_path).layouts == remembered_of(None, tmp_path).layouts == ()
    assert remembered_of("李", tmp_path).layout_for(Sheet("A", [HEAD, ROW], hidden=True), {}) is None


def test_senders_whose_names_look_alike_as_files_are_kept_apart(tmp_path: Path) -> None:
    assert remember("a/b", LAYOUT, tmp_path) != remember("a:b", LAYOUT, tmp_path)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"layouts": 1}', '{"layouts": [{"sheet": "A", "columns": []}]}', "\udcff"]
)
def test_a_broken_file_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    path = remember("李", LAYOUT, tmp_path)
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(FileError) as error:
        remembered_of("李", tmp_path)
    assert path.name in error.value.zh and path.name in error.value.en


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="版式记不下来"):
        remember("李", LAYOUT, tmp_path / "file")


def test_the_folder_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert layouts_folder().parts[-2:] == ("data", "layouts")
    monkeypatch.setenv("DABIAO_LAYOUTS", str(tmp_path))
    assert remember("李", LAYOUT).parent == layouts_folder() == tmp_path
