"""The dry run tells the truth: what it foretells is what a load does, down to the lights, and it leaves no trace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from etl import pipeline
from etl.examine import Asked, examine, read
from etl.fates import Fate
from etl.foresight import foresee
from etl.layout import Answers
from etl.reasons import REASONS
from tests.conftest import Clock
from tests.etl.conftest import Run
from tests.etl.support import ACTUAL_HEADER, counts, emptied, facts, lights, version, versions, write_csv
from tests.etl.test_pipeline_properties import FLOW, HEADER, POOL
from warehouse import tables as t
from warehouse.catalog import fetch_catalog
from warehouse.errors import DatabaseUnreachable
from warehouse.scope import Scope

BROKEN = (
    "actual,320404,dibao_persons,2020-S1,,,?,person", "actual,999999,nursing_beds,2021-S2,,,1,bed",
    "target,320404,nursing_beds,2022-S2,2019-S1,>=,1,percent", "what,320404,nursing_beds,2022-S2,,,1,bed",
)  # fmt: skip

contents = st.dictionaries(
    st.integers(0, len(POOL) - 1) | st.integers(len(FLOW) - 1, len(POOL) - 1), st.integers(1, 3), max_size=len(POOL)
)
files = st.tuples(contents, st.lists(st.sampled_from(BROKEN), max_size=3), st.randoms(use_true_random=False))


def written(path: Path, content: dict[int, int], broken: Sequence[str] = (), order: Any = None) -> Path:
    """A file of rows of POOL with their values, and rows that are refused."""
    rows = [*(POOL[fact].format(value) for fact, value in sorted(content.items())), *broken]
    if order is not None:
        order.shuffle(rows)
    return write_csv(path, HEADER, rows)


def grain(fate: Fate) -> tuple[Any, ...]:
    assert fate.row is not None
    period = fate.row["due_period_key" if fate.kind == "target" else "period_key"]
    return fate.kind, fate.row["indicator_key"], fate.row["district_key"], fate.row["breakdown_key"], period


@settings(max_examples=40)
@given(before=contents, file=files)
def test_what_is_foretold_is_what_is_done(small: Engine, tmp_path: Path, before: dict[int, int], file: Any) -> None:
    engine, clock = emptied(small), Clock()
    pipeline.load(engine, [written(tmp_path / "before.csv", before)], clock=clock)
    path = written(tmp_path / "new.csv", *file)
    old, old_lights = versions(engine), lights(engine)

    [foretold] = pipeline.check(engine, [path], lights=True, clock=clock)
    assert (versions(engine), lights(engine)) == (old, old_lights)
    [done] = pipeline.load(engine, [path], clock=clock)

    new = versions(engine)
    assert done.rows_in == len(file[0]) + len(file[1]) == len(foretold.fates)
    for name in ("rows_in", "rows_accepted", "added", "corrected", "withdrawn", "refusals", "findings"):
        assert getattr(foretold, name) == getattr(done, name), name
    said = {grain(fate) for fate in foretold.fates if fate.fate in ("new", "changed")}
    assert {key for key in new if new[key] != old.get(key)} == said
    for fate in foretold.fates:
        assert_became_true(fate, old, new)
    assert [fate.row_no for fate in foretold.fates] == list(range(2, done.rows_in + 2))

    assert foretold.lights is not None
    now = lights(engine)
    changed = {
        (c.key.district_code, c.key.indicator_code, c.key.breakdown_code, c.key.period.code,
         c.key.due.code if c.key.due else ""): (c.before, c.after)
        for c in foretold.lights.changes
    }  # fmt: skip
    both = old_lights.keys() & now.keys()
    assert changed == {key: (old_lights[key], now[key]) for key in both if old_lights[key] != now[key]}
    assert sum(foretold.lights.appearing.values()) == len(now.keys() - old_lights.keys())
    assert sum(foretold.lights.vanishing.values()) == len(old_lights.keys() - now.keys())


def assert_became_true(fate: Fate, old: dict[tuple[Any, ...], Any], new: dict[tuple[Any, ...], Any]) -> None:
    if fate.fate == "refused":
        assert (fate.row, fate.before) == (None, None) and fate.reasons
        return
    assert fate.row is not None and all(REASONS[reason].is_caution for reason in fate.reasons)
    key = grain(fate)
    same = {name: value for name, value in fate.row.items() if name not in ("source_key", "locator")}
    assert same.items() <= new[key].items(), "the fact stands as the dry run showed it"
    if fate.fate == "new":
        assert key not in old and fate.before is None
    else:
        assert fate.before is not None and fate.before.items() <= old[key].items()
        assert (new[key] == old[key]) == (fate.fate == "unchanged")


# --- it leaves no trace ---------------------------------------------------------------------------


def test_looking_at_lights_leaves_no_trace(reference: Engine, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", dict.fromkeys(range(len(POOL)), 2), BROKEN)
    reference.dispose()
    file = Path(reference.url.database or "")
    before, rows, was = file.read_bytes(), counts(reference), version(reference)
    [seen] = pipeline.check(reference, [path], lights=True)
    assert seen.lights is not None and sum(seen.lights.appearing.values()) > 20
    reference.dispose()
    assert (file.read_bytes(), counts(reference), version(reference)) == (before, rows, was)


def test_lights_are_foreseen_of_small_files_where_the_database_is_free(
    small: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, path = emptied(small), written(tmp_path / "a.csv", {26: 1})
    assert pipeline.check(engine, [path])[0].lights is None
    assert pipeline.check(engine, [path], lights=None)[0].lights is not None
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "FEW_ROWS", 0)
        [large] = pipeline.check(engine, [path], lights=None)
    assert large.lights is None and "--lights" in large.notes[0].zh

    def busy(*_: object) -> None:
        raise DatabaseUnreachable("database is locked")

    monkeypatch.setattr(pipeline, "foresee", busy)
    [seen] = pipeline.check(engine, [path], lights=None)
    assert seen.lights is None and [fate.fate for fate in seen.fates] == ["new"]
    [note] = seen.notes
    assert "数据库正忙" in note.zh and "busy" in note.en
    with pytest.raises(DatabaseUnreachable):
        pipeline.check(engine, [path], lights=True)


def test_what_came_between_reading_and_foreseeing_is_seen(
    small: Engine, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, path = emptied(small), written(tmp_path / "a.csv", {26: 2})
    other, real = written(tmp_path / "b.csv", {26: 1}), foresee

    def meanwhile(*arguments: Any) -> Any:
        pipeline.load(engine, [other], clock=clock)
        return real(*arguments)

    monkeypatch.setattr(pipeline, "foresee", meanwhile)
    [seen] = pipeline.check(engine, [path], lights=True)
    [fate] = seen.fates
    assert fate.before is not None and (fate.fate, fate.before["value"]) == ("changed", 1)


# --- what is stated, and who may say it -----------------------------------------------------------


def test_what_a_file_lacks_can_be_stated_once(loaded: Engine, tmp_path: Path, clock: Clock) -> None:
    path = write_csv(tmp_path / "a.csv", "indicator_code,value", ["orphans,16", "nursing_beds,2600"])
    [missing] = pipeline.check(loaded, [path])
    assert (missing.rows_in, missing.rows_accepted) == (2, 0)
    assert {(f.reason, f.column) for f in missing.findings} == {
        ("missing_value", "district_code"), ("missing_value", "period_code"),
    }  # fmt: skip
    assert [note.en.split(" was")[0] for note in missing.notes] == ["No district", "No half-year"]
    stated = {"district_code": "钟楼区", "period_code": "2021年上半年", "kind": "actual", "breakdown_code": "total"}
    for unit, accepted in (("person", "orphans"), ("bed", "nursing_beds")):
        asked = Asked(Answers(stated | {"unit_code": unit}))
        [seen] = pipeline.check(loaded, [path], asked=asked)
        assert [finding.reason for finding in seen.findings] == ["unit_mismatch"]
        [done] = pipeline.load(loaded, [path], asked=asked, clock=clock)
        assert (done.added, done.rows_rejected) == (1, 1)
        here = [r for r in facts(loaded) if r["period_code"] == "2021-S1" and r["indicator_code"] == accepted]
        assert [(r["kind"], r["district_code"], r["unit_code"]) for r in here] == [("actual", "320404", unit)]


def test_what_the_file_says_is_not_overridden(loaded: Engine, tmp_path: Path) -> None:
    header = "地区,indicator_code,period_code,value,unit_code"
    path = write_csv(tmp_path / "a.csv", header, ["320413,orphans,2021,1,person"])
    [seen] = pipeline.check(loaded, [path], asked=Asked(Answers({"district_code": "320404"})))
    with loaded.connect() as connection:
        districts = fetch_catalog(connection).districts
    assert [districts[fate.row["district_key"]].code for fate in seen.fates if fate.row] == ["320413"]


def test_a_limited_person_brings_figures_of_the_own_scope_only(loaded: Engine, tmp_path: Path) -> None:
    rows = ["320404,orphans,total,2022-S1,16,person", "320413,orphans,total,2022-S1,1,person"]
    path = write_csv(tmp_path / "a.csv", ACTUAL_HEADER, rows)
    for scope, fates in (
        (Scope(districts=frozenset({"320404"})), ["new", "refused"]),
        (Scope(domains=frozenset({"elderly"})), ["refused", "refused"]),
        (Scope.everything(), ["new", "new"]),
    ):
        [seen] = pipeline.check(loaded, [path], asked=Asked(scope=scope))
        assert [fate.fate for fate in seen.fates] == fates
        assert {finding.reason for finding in seen.findings} <= {"not_in_scope"}


def test_lights_outside_the_scope_are_not_shown(loaded: Engine) -> None:
    content = f"{ACTUAL_HEADER}\n320404,home_adaptations,total,2020-S1,700,household\n".encode()
    file = read("a.csv", content)
    with loaded.connect() as connection:
        seen = examine(connection, file, pipeline.DATA, date(2026, 1, 1))

    def shown(*districts: str) -> int:
        scope = Scope(frozenset(districts))
        return len(foresee(loaded, seen, version(loaded), lambda _: seen, scope)[1].changes)

    assert (shown("320404"), shown("320413"), shown("320413", "320404")) == (1, 0, 1)


# --- findings of rows that have several, and blanks -----------------------------------------------

HEADINGS = f"{ACTUAL_HEADER},blank_reason"
ROWS = ["320404,orphans,total,2021-S1,16,person,", "320404,orphans,total,2020-S1,?,furlong,"]
BLANK = "320404,orphans,total,2021-S2,—,person,尚未统计"


def test_everything_found_about_a_refused_row_is_kept(loaded: Engine, tmp_path: Path, clock: Clock) -> None:
    path = write_csv(tmp_path / "a.csv", HEADINGS, ROWS)
    [done] = pipeline.load(loaded, [path], clock=clock)
    assert (done.rows_in, done.rows_accepted, len(done.refusals), len(done.findings)) == (2, 1, 1, 2)
    with loaded.connect() as connection:
        [row] = connection.execute(select(t.quarantine_row)).all()
    assert (row.reason_code, row.column_name, row.cell) == ("not_a_number", "value", "E3")
    first, second = json.loads(row.detail)
    assert (first["reason"], second["reason"], second["cell"]) == ("not_a_number", "unknown_unit", "F3")


def test_a_reason_for_a_blank_is_kept_once_and_taken_back_with_its_batch(
    loaded: Engine, tmp_path: Path, clock: Clock
) -> None:
    path = write_csv(tmp_path / "a.csv", HEADINGS, [*ROWS, BLANK, BLANK.replace("2021-S2", "2020-S2")[:-4]])
    [seen] = pipeline.check(loaded, [path])
    told, untold = (fate for fate in seen.fates if fate.fate == "blank")
    assert (told.sheet, told.row_no, told.cell, told.blank_reason) == (None, 4, "E4", "尚未统计")
    assert (untold.row_no, untold.cell, untold.blank_reason) == (5, "E5", None)
    assert (told.row, told.before, seen.blanks, seen.rows_in) == (None, None, 1, 2)
    [done] = pipeline.load(loaded, [path], clock=clock)
    assert counts(loaded)["blank_reason"] == done.blanks == 1
    [again] = pipeline.load(loaded, [path], clock=clock)
    assert (again.state, again.blanks, counts(loaded)["blank_reason"]) == ("unchanged", 0, 1)
    assert done.batch_key is not None
    pipeline.undo(loaded, done.batch_key, clock=clock)
    [once_more] = pipeline.check(loaded, [path])
    assert once_more.blanks == 1, "what was taken back is news again"


def test_a_blank_is_no_zero_and_leaves_what_was_reported(loaded: Engine, tmp_path: Path, clock: Clock) -> None:
    before = facts(loaded)
    path = write_csv(tmp_path / "a.csv", "地区,指标,半年度,完成值", ["钟楼区,低保人数,2020年上半年,"])
    [done] = pipeline.load(loaded, [path], clock=clock)
    assert (done.rows_in, done.changes, facts(loaded)) == (0, 0, before)


def test_check_as_json_has_fates_in_codes_and_findings_in_both_languages(
    run: Run, loaded: Engine, tmp_path: Path
) -> None:
    changes = "320404,dibao_persons,urban,2020-S1,1378,person,"
    path = write_csv(tmp_path / "a.csv", HEADINGS, [*ROWS, changes, BLANK])
    said = run(loaded, "check", path, "--json")
    assert said.code == 1
    [file] = said.document["files"]
    assert [(row["row"], row["cell"], row["fate"]) for row in file["rows"]] == [
        (2, "E2", "new"), (3, "E3", "refused"), (4, "E4", "changed"), (5, "E5", "blank"),
    ]  # fmt: skip
    changed = file["rows"][2]
    assert {name: changed[name] for name in ("district_code", "indicator_code", "breakdown_code", "period_code")} == {
        "district_code": "320404", "indicator_code": "dibao_persons", "breakdown_code": "urban",
        "period_code": "2020-S1",
    }  # fmt: skip
    assert (changed["value"], changed["before"]["value"], changed["unit_code"]) == ("1378", "1377", "person")
    assert file["rows"][1]["reasons"] == ["not_a_number", "unknown_unit"]
    assert file["rows"][3]["blank_reason"] == "尚未统计"
    first, second = file["findings"]
    assert (first["row"], first["column"], first["value"], first["severity"]) == (3, "value", "?", "refusal")
    assert second["message_zh"] == "没有这个单位。" and second["message_en"] == "No such unit."
    assert [(r["row"], r["reason"]) for r in file["refused"]] == [(3, "not_a_number")]
    assert file["lights"]["changes"] == [] and sum(file["lights"]["appearing"].values()) == 1


def test_people_are_told_by_reason_with_cells_notes_and_lights(
    run: Run, loaded: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = "320404,orphans,total,2020-S1,?,person"
    rows = [bad, "320404,home_adaptations,total,2020-S1,700,household", bad.replace("?", "!")]
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        data, hidden, notes = (book.add_worksheet(name) for name in ("表1", "表2", "表3"))
        for number, line in enumerate([ACTUAL_HEADER, *rows]):
            data.write_row(number, 0, line.split(","))
        hidden.write(0, 0, "备查")
        hidden.hide()
        notes.write_row(0, 0, ["地区", "指标", "半年度", "完成值"])
        notes.write(1, 0, "注：数据截至6月底。")
    said = run(loaded, "check", path).out
    assert "表2：隐藏的工作表，没有读取。" in said
    assert "表3 第 2 行：“注：数据截至6月底。”：表注，没有读取。" in said
    assert said.count("不是数字") == 1 and "    表1!E2 value “?”\n    表1!E4 value “!”" in said
    assert "会变化的亮灯 1 盏。" in said
    assert "320404 home_adaptations total 2020-S1：unreported → met" in said
    assert "亮灯" not in run(loaded, "check", path, "--no-lights").out
    monkeypatch.setenv("DABIAO_LANG", "en")
    said = run(loaded, "check", path).out
    assert "Lights that would change: 1." in said and "表2: A hidden sheet; it was not read." in said
