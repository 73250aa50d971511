"""What loading, correcting, withdrawing and undoing do to the facts and the mart."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from etl import pipeline
from tests.conftest import Clock
from tests.etl.support import ACTUAL_HEADER, TARGET_HEADER, counts, facts, mart, values, version, write_csv
from warehouse import tables as t
from warehouse.errors import DabiaoError, FileError

GRAIN = ("320404", "dibao_persons", "urban", "2020-S1")
ROW = "320404,dibao_persons,urban,2020-S1,{},person"
ZHONGLOU = 8  # the batch of data/actuals/zhonglou-2020-h1.csv


def load_one(engine: Engine, path: Path, clock: Clock, value: int | str) -> pipeline.FileResult:
    [result] = pipeline.load(engine, [write_csv(path, ACTUAL_HEADER, [ROW.format(value)])], clock=clock)
    return result


def test_loading_the_projects_data_twice_changes_nothing(loaded: Engine, clock: Clock) -> None:
    before, was, figures = counts(loaded), version(loaded), mart(loaded)
    results = pipeline.load(loaded, clock=clock)
    assert {result.state for result in results} == {"unchanged"}
    assert (counts(loaded), version(loaded), mart(loaded)) == (before, was, figures)


def test_loading_a_named_file_twice_changes_nothing(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    first = load_one(reference, tmp_path / "a.csv", clock, 1)
    before, was = counts(reference), version(reference)
    again = load_one(reference, tmp_path / "a.csv", clock, 1)
    assert (again.state, again.batch_key) == ("unchanged", first.batch_key)
    assert (counts(reference), version(reference)) == (before, was)


def test_a_file_of_refused_rows_only_is_one_batch_however_often_it_comes(
    reference: Engine, tmp_path: Path, clock: Clock
) -> None:
    assert load_one(reference, tmp_path / "a.csv", clock, "x").state == "published"
    before = counts(reference)
    assert load_one(reference, tmp_path / "a.csv", clock, "x").state == "unchanged"
    assert counts(reference) == before


def test_a_correction_supersedes_and_nothing_is_lost(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    load_one(reference, tmp_path / "a.csv", clock, 1)
    result = load_one(reference, tmp_path / "a.csv", clock, 2)
    assert (result.added, result.corrected, result.withdrawn) == (0, 1, 0)
    assert values(reference) == {GRAIN: "2"}
    with reference.connect() as connection:
        old, new = connection.execute(select(t.fact_actual).order_by(t.fact_actual.c.actual_key)).all()
    assert (old.value, old.superseded_at, old.superseded_by) == (1, new.recorded_at, new.batch_key)
    assert (new.value, new.superseded_at, new.superseded_by) == (2, None, None)


@pytest.mark.parametrize(("before", "after"), [("1", "1.0"), ("1,000", "1000")])
def test_another_spelling_of_a_value_is_no_correction(
    reference: Engine, tmp_path: Path, clock: Clock, before: str, after: str
) -> None:
    load_one(reference, tmp_path / "a.csv", clock, f'"{before}"')
    assert load_one(reference, tmp_path / "a.csv", clock, f'"{after}"').corrected == 0


def test_facts_as_known_at_a_moment(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    moments = []
    for value in (1, 2, 3):
        load_one(reference, tmp_path / "a.csv", clock, value)
        moments.append(clock())
    f = t.fact_actual.c
    for moment, value in zip(moments, (1, 2, 3), strict=True):
        then = select(f.value).where(f.recorded_at <= moment, f.superseded_at.is_(None) | (f.superseded_at > moment))
        with reference.connect() as connection:
            assert connection.execute(then).scalars().all() == [value]


def test_undo_restores_what_a_batch_superseded(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    load_one(reference, tmp_path / "a.csv", clock, 1)
    first = facts(reference), mart(reference)
    second = load_one(reference, tmp_path / "a.csv", clock, 2)
    assert second.batch_key is not None
    result = pipeline.undo(reference, second.batch_key, who="me", clock=clock)
    assert result.state == "undone"
    assert (facts(reference), mart(reference)) == first
    with reference.connect() as connection:
        batch = connection.execute(select(t.load_batch).where(t.load_batch.c.batch_key == second.batch_key)).one()
    assert (batch.state, batch.undone_by, batch.undone_at) == ("undone", "me", clock.now)


@pytest.mark.parametrize("batch", [99, 0, -1])
def test_an_unknown_batch_cannot_be_undone(reference: Engine, batch: int) -> None:
    with pytest.raises(DabiaoError, match=f"没有批次 {batch}"):
        pipeline.undo(reference, batch)


def test_a_batch_is_undone_once(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    load_one(reference, tmp_path / "a.csv", clock, 1)
    pipeline.undo(reference, 1, clock=clock)
    was = version(reference)
    with pytest.raises(DabiaoError, match="已经撤销过了"):
        pipeline.undo(reference, 1, clock=clock)
    assert version(reference) == was


def test_an_undone_file_is_left_alone_until_it_is_named(loaded: Engine, clock: Clock) -> None:
    figures = mart(loaded)
    path = pipeline.DATA / "actuals" / "zhonglou-2020-h1.csv"
    pipeline.undo(loaded, ZHONGLOU, clock=clock)
    without, was = mart(loaded), version(loaded)
    assert without != figures

    states = {result.file_name: result.state for result in pipeline.load(loaded, clock=clock)}
    assert states.pop("data/actuals/zhonglou-2020-h1.csv") == "undone_before"
    assert set(states.values()) == {"unchanged"}
    assert (mart(loaded), version(loaded)) == (without, was)

    [result] = pipeline.load(loaded, [path], clock=clock)
    assert (result.state, result.added) == ("published", 87)
    assert mart(loaded) == figures


def test_an_undone_file_that_was_changed_since_is_loaded(loaded: Engine, data_copy: Path, clock: Clock) -> None:
    path = data_copy / "actuals" / "zhonglou-2020-h1.csv"
    pipeline.undo(loaded, ZHONGLOU, clock=clock)
    path.write_text(path.read_text().replace(",1377,", ",1378,"))
    pipeline.load(loaded, clock=clock)
    assert values(loaded)[GRAIN] == "1378"


def test_loading_data_withdraws_what_a_file_no_longer_has(loaded: Engine, data_copy: Path, clock: Clock) -> None:
    path = data_copy / "actuals" / "zhonglou-2020-h1.csv"
    before, figures = values(loaded), mart(loaded)
    path.write_text("".join(line for line in path.read_text().splitlines(True) if ",1377," not in line))

    results = {result.file_name: result for result in pipeline.load(loaded, clock=clock)}
    mirrored = results.pop("data/actuals/zhonglou-2020-h1.csv")
    assert (mirrored.added, mirrored.corrected, mirrored.withdrawn) == (0, 0, 1)
    assert {result.state for result in results.values()} == {"unchanged"}
    assert before.items() - values(loaded).items() == {(GRAIN, "1377")}
    assert pipeline.rebuild(loaded, clock=clock) == 0

    assert mirrored.batch_key is not None
    pipeline.undo(loaded, mirrored.batch_key, clock=clock)
    assert (values(loaded), mart(loaded)) == (before, figures)


def test_a_named_load_withdraws_nothing(loaded: Engine, data_copy: Path, clock: Clock) -> None:
    path = data_copy / "actuals" / "zhonglou-2020-h1.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if ",1377," not in line))
    [result] = pipeline.load(loaded, [path], clock=clock)
    assert result.withdrawn == 0
    assert values(loaded)[GRAIN] == "1377"


def test_a_kind_that_a_mirrored_file_no_longer_has_is_withdrawn(loaded: Engine, data_copy: Path, clock: Clock) -> None:
    header, actual = (
        "kind,district_code,indicator_code,period_code,comparator,value,unit_code",
        "orphans,2020-S1,,1,person",
    )
    path = data_copy / "actuals" / "mixed.csv"
    target = "target,320413,orphans,2020-S2,>=,2,person"
    write_csv(path, header, [f"actual,320413,{actual}", target])
    pipeline.load(loaded, clock=clock)
    grain = ("320413", "orphans", "total", "2020-S1")
    assert grain in values(loaded)
    write_csv(path, header, [target])
    pipeline.load(loaded, clock=clock)
    assert grain not in values(loaded)


def test_a_district_without_data_changes_no_figure(loaded: Engine, data_copy: Path, clock: Clock) -> None:
    figures, before = mart(loaded), counts(loaded)
    with (data_copy / "reference" / "districts.csv").open("a") as districts:
        districts.write("320412,武进区,Wujin District,district,320400,320412,,\n")
    pipeline.load(loaded, clock=clock)
    assert mart(loaded) == figures
    assert counts(loaded) == before | {"dim_district": before["dim_district"] + 1}


def test_a_changed_rule_is_applied_to_the_whole_mart(loaded: Engine, data_copy: Path, clock: Clock) -> None:
    write_csv(
        data_copy / "actuals" / "half.csv", ACTUAL_HEADER, ["320404,home_adaptations,total,2020-S1,290,household"]
    )
    pipeline.load(loaded, clock=clock)
    rules = data_copy / "reference" / "rules.csv"
    rules.write_text(rules.read_text() + "2026.10,,,0.90,更严,stricter\n2026.9,,,0.70,更宽,looser\n")
    pipeline.load(loaded, clock=clock)
    [row] = [r for r in mart(loaded) if r["indicator_code"] == "home_adaptations" and r["period_code"] == "2020-S1"]
    assert (row["status"], row["rule_version"]) == ("behind", "2026.10"), "2026.10 comes after 2026.9"
    assert pipeline.rebuild(loaded, clock=clock) == 0


def test_the_mart_keeps_what_it_once_showed(reference: Engine, tmp_path: Path, clock: Clock) -> None:
    target = "320404,home_adaptations,total,2020-S2,2020-S1,>=,700,household"
    actual = "320404,home_adaptations,total,2020-S2,{},household"
    pipeline.load(reference, [write_csv(tmp_path / "t.csv", TARGET_HEADER, [target])], clock=clock)
    pipeline.load(reference, [write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [actual.format(690)])], clock=clock)
    wrong = clock.now
    pipeline.load(reference, [write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [actual.format(701)])], clock=clock)
    h = t.fact_progress_history.c
    with reference.connect() as connection:
        past = connection.execute(select(h.status, h.recorded_at, h.superseded_at).where(h.period_key == 20202)).all()
    assert [(row.status, row.recorded_at) for row in past][-1] == ("missed", wrong)
    assert past[-1].superseded_at == clock.now
    assert [row["status"] for row in mart(reference) if row["period_code"] == "2020-S2"] == ["met"]


@pytest.mark.parametrize("value", ["2", "x", "1"])
def test_check_writes_nothing_and_foretells_the_load(
    reference: Engine, tmp_path: Path, clock: Clock, value: str
) -> None:
    load_one(reference, tmp_path / "a.csv", clock, "1")
    path = write_csv(
        tmp_path / "b.csv",
        f"{ACTUAL_HEADER},天气",
        [ROW.format(value) + ",晴", "320404,orphans,total,2020,17,person,雨", "1,orphans,total,2020,17,person,雪"],
    )
    reference.dispose()
    file = Path(reference.url.database or "")
    before, rows = file.read_bytes(), counts(reference)
    [foretold] = pipeline.check(reference, [path])
    reference.dispose()
    assert (file.read_bytes(), counts(reference)) == (before, rows)

    [done] = pipeline.load(reference, [path], clock=clock)
    assert (foretold.state, done.state) == ("checked", "published")
    same = "rows_in rows_accepted rows_rejected added corrected withdrawn refusals ignored_columns".split()
    assert [getattr(foretold, name) for name in same] == [getattr(done, name) for name in same]


def test_folders_are_read_in_order_without_reference_and_var(tmp_path: Path) -> None:
    for name in (
        "b.csv",
        "a.xlsx",
        "sub/c.CSV",
        "reference/d.csv",
        "var/e.csv",
        "sources.csv",
        "~$a.xlsx",
        ".f.csv",
        "g.txt",
    ):
        write_csv(tmp_path / name, "x")
    found = pipeline.expand([tmp_path, tmp_path / "reference" / "d.csv"])
    assert [str(path.relative_to(tmp_path)) for path in found] == ["a.xlsx", "b.csv", "sub/c.CSV", "reference/d.csv"]


BROKEN = {
    "districts.csv": (
        "320404,钟楼区,Zhonglou District,district,320400",
        "320404,钟楼区,Zhonglou District,district,329999",
    ),
    "indicators.csv": (
        "dibao_standard,低保标准,Dibao (minimum living) standard,assistance,cny_person_month",
        "dibao_standard,低保标准,x,assistance,cny_per_cat",
    ),
    "units.csv": ("percent,%,%,share,0.01,no", "percent,%,%,share,0,no"),
    "rules.csv": ("2026.1,,,0.80", "2026.1,cats,,0.80"),
    "aliases.csv": ("unit,名,person", "unit,名,personne"),
    "breakdowns.csv": ("urban,城市,Urban,10", "total,城市,Urban,10"),
    "domains.csv": ("domain_code,name_zh", "domain,name_zh"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_in_the_reference_names_the_file_and_changes_nothing(
    loaded: Engine, data_copy: Path, clock: Clock, name: str
) -> None:
    path, (right, wrong) = data_copy / "reference" / name, BROKEN[name]
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong))
    before, was, figures = counts(loaded), version(loaded), mart(loaded)
    with pytest.raises(FileError) as found:
        pipeline.load(loaded, clock=clock)
    assert name in found.value.zh and name in found.value.en
    assert (counts(loaded), version(loaded), mart(loaded)) == (before, was, figures)


def test_a_missing_reference_file_is_named(loaded: Engine, data_copy: Path, clock: Clock) -> None:
    (data_copy / "reference" / "units.csv").unlink()
    with pytest.raises(FileError, match=r"units\.csv"):
        pipeline.load(loaded, clock=clock)


def test_who_loaded_is_unknown_where_the_system_does_not_say(
    reference: Engine, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.getpass, "getuser", lambda: {}["nobody"])
    load_one(reference, tmp_path / "a.csv", clock, 1)
    with reference.connect() as connection:
        assert connection.execute(select(t.load_batch.c.loaded_by)).scalar_one() == "unknown"
