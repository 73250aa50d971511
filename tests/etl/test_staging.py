"""An upload from the first look to its publication: nothing but what was seen, by whom it may be, once."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import assume, given, settings
from sqlalchemy import Engine, select

from etl import commit as committing
from etl import pipeline, staging
from etl.layout import Answers, parse_answers
from tests.conftest import Clock
from tests.etl.conftest import Run
from tests.etl.support import (
    ACTUAL_HEADER,
    assert_mart_is_right,
    counts,
    emptied,
    facts,
    lights,
    mart,
    values,
    version,
    versions,
    write_csv,
)  # fmt: skip
from tests.etl.test_examine import contents, files, written
from warehouse import tables as t
from warehouse.audit import Filter, fetch_entries
from warehouse.engine import ROOT
from warehouse.errors import DabiaoError, DatabaseMissing, FileError, Moved, NeedsAnother, StagingError
from warehouse.queries.batches import fetch_uploads
from warehouse.scope import Scope

EVERYTHING = Scope.everything()
GRAIN = ("320404", "dibao_persons", "urban", "2020-S1")
ROW = "320404,dibao_persons,urban,2020-S1,{},person"
OTHER = "320413,orphans,total,2022-S1,{},person"


def csv(*rows: str) -> bytes:
    return "\n".join((ACTUAL_HEADER, *rows, "")).encode()


def sent(engine: Engine, clock: Clock, *rows: str, name: str = "上报.csv", who: str = "user:li", **said: Any) -> int:
    return staging.receive(engine, name, csv(*rows), who=who, clock=clock, **said)


def staged(engine: Engine, clock: Clock, *rows: str, who: str = "user:li", scope: Scope = EVERYTHING) -> int:
    key = sent(engine, clock, *rows, who=who)
    seal = staging.look(engine, key, scope=scope, clock=clock).seal
    return staging.stage(engine, key, seal=seal, scope=scope, who=who, clock=clock)


def everything(engine: Engine) -> tuple[Any, ...]:
    return counts(engine), version(engine), versions(engine), mart(engine)


def upload_of(engine: Engine, key: int) -> staging.Upload:
    with engine.connect() as connection:
        return fetch_uploads(connection, upload_key=key)[0]


def batch_of(engine: Engine, key: int) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(t.load_batch).where(t.load_batch.c.batch_key == key)).one()


def said(engine: Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        return [(e.actor, e.action, e.subject) for e in fetch_entries(connection, Filter())][::-1]


# --- laws -----------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(before=contents, file=files)
def test_staging_and_approving_is_loading_and_undo_restores_every_light(
    small: Engine, tmp_path: Path, before: dict[int, int], file: Any
) -> None:
    engine, clock = emptied(small), Clock()
    pipeline.load(engine, [written(tmp_path / "before.csv", before)], clock=clock)
    path = written(tmp_path / "new.csv", *file)
    old, old_lights, old_mart = versions(engine), lights(engine), mart(engine)

    key = staging.receive(engine, path.name, path.read_bytes(), who="user:li", clock=clock)
    seen = staging.look(engine, key, scope=EVERYTHING, clock=clock)
    if not seen.result.changes:
        with pytest.raises(StagingError, match="没有可发布的内容"):
            staging.stage(engine, key, seal=seen.seal, scope=EVERYTHING, who="user:li", clock=clock)
        assume(False)
    batch = staging.stage(engine, key, seal=seen.seal, scope=EVERYTHING, who="user:li", clock=clock)
    assert (versions(engine), mart(engine)) == (old, old_mart), "a staged batch changes no figure"
    done = staging.approve(engine, batch, who="user:wang", clock=clock)
    after, after_mart = values_of(engine), mart(engine)
    row = batch_of(engine, batch)
    assert (row.rows_in, row.facts_added, row.facts_corrected) == (done.rows_in, done.added, done.corrected)

    pipeline.undo(engine, batch, clock=clock)
    assert (versions(engine), lights(engine), mart(engine)) == (old, old_lights, old_mart)
    assert_mart_is_right(engine)

    [loaded] = pipeline.load(engine, [path], clock=clock)
    assert (loaded.added, loaded.corrected, loaded.refusals) == (done.added, done.corrected, done.refusals)
    assert (values_of(engine), mart(engine)) == (after, after_mart)


def values_of(engine: Engine) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "recorded_at"} for row in facts(engine)]


# --- receive --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\Users\\li\\上报 (1).csv", "上报 (1).csv"), ("../../etc/a.csv", "a.csv"), ("a\0\n\ud800b.csv", "a??b.csv"),
        ("x" * 400 + ".csv", "x" * 190 + "xxxxxx.csv"),
    ],
)  # fmt: skip
def test_a_file_is_kept_byte_for_byte_under_its_plain_name(
    reference: Engine, clock: Clock, name: str, kept: str
) -> None:
    content = b"\xef\xbb\xbf" + csv(ROW.format(1)).replace(b"\n", b"\r\n")
    key = staging.receive(reference, name, content, who="user:li", sender="钟楼区", clock=clock)
    stored, back = staging.content(reference, key)
    assert (stored.replace("\ufffd", "?"), back) == (kept, content)
    upload = upload_of(reference, key)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    assert (upload.sender, upload.uploaded_by) == ("钟楼区", "user:li")
    assert (upload.uploaded_at, upload.state, upload.is_open) == (clock.now, None, True)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.exe", ""])
def test_what_cannot_be_read_is_not_kept(reference: Engine, clock: Clock, name: str) -> None:
    with pytest.raises(FileError):
        staging.receive(reference, name, b"\0\1\2", who="user:li", clock=clock)
    assert counts(reference)["upload"] == 0 and said(reference) == []


def test_uploads_never_staged_are_forgotten_when_asked(reference: Engine, clock: Clock, run: Run) -> None:
    first, batch = sent(reference, clock, ROW.format(1)), staged(reference, clock, ROW.format(2))
    last = sent(reference, clock, ROW.format(3))
    moment = upload_of(reference, last).uploaded_at
    assert staging.forget(reference, upload_of(reference, first).uploaded_at, who="user:li", clock=clock) == 0
    assert staging.forget(reference, moment, who="user:li", clock=clock) == 1
    with reference.connect() as connection:
        assert [upload.key for upload in fetch_uploads(connection)] == [last, upload_of(reference, last - 1).key]
    assert upload_of(reference, last - 1).batch_key == batch
    assert run(reference, "uploads", "--forget-before", "2020-01-01", "--json").document == {"forgotten": 0}
    assert run(reference, "uploads", "--forget-before", "2026年1月2日", "--json").document == {"forgotten": 1}
    said = run(reference, "uploads", "--forget-before", "soon")
    assert said.code == 2 and "看不懂的日期：soon" in said.err


# --- look, answer, stage --------------------------------------------------------------------------


def test_a_look_shows_what_would_become_of_each_figure_and_which_lights_would_change(
    loaded: Engine, clock: Clock
) -> None:
    home = "320404,home_adaptations,total,2020-S1,700,household"
    key = sent(loaded, clock, ROW.format(1378), home, ROW.format("x"))
    before = everything(loaded)
    seen = staging.look(loaded, key, scope=EVERYTHING, clock=clock)
    assert [fate.fate for fate in seen.result.fates] == ["changed", "new", "refused"]
    [light] = seen.lights
    assert (light.key.indicator_code, light.before, light.after) == ("home_adaptations", "unreported", "met")
    assert (seen.upload.key, seen.result.state, seen.result.file_name) == (key, "checked", "上报.csv")
    assert everything(loaded) == before
    assert staging.look(loaded, key, scope=EVERYTHING, clock=clock).seal == seen.seal


def test_what_was_published_before_is_named(loaded: Engine, clock: Clock) -> None:
    batch = staged(loaded, clock, ROW.format(1378))
    staging.approve(loaded, batch, who="user:wang", clock=clock)
    key = sent(loaded, clock, ROW.format(1378), name="again.csv")
    seen = staging.look(loaded, key, scope=EVERYTHING, clock=clock)
    assert ([fate.fate for fate in seen.result.fates], seen.result.repeats) == (["unchanged"], batch)
    with pytest.raises(StagingError, match=f"与批次 {batch} 的文件相同"):
        staging.stage(loaded, key, seal=seen.seal, scope=EVERYTHING, who="user:li", clock=clock)


def test_what_is_answered_counts_and_takes_the_old_seal_out_of_force(loaded: Engine, clock: Clock) -> None:
    content = b"district_code,indicator_code,value,unit_code\n320404,orphans,7,person\n"
    key = staging.receive(loaded, "a.csv", content, who="user:li", clock=clock)
    unanswered = staging.look(loaded, key, scope=EVERYTHING, clock=clock)
    assert [(f.reason, f.column) for f in unanswered.result.findings] == [("missing_value", "period_code")]
    seals = []
    for period in ("2022-S1", "2022-S2"):
        layout = replace(unanswered.layouts[0], stated={"period_code": period})
        answers = Answers({"period_code": period}, (layout,))
        staging.answer(loaded, key, answers, who="user:li", clock=clock)
        assert parse_answers(json.loads(upload_of(loaded, key).answers)) == answers
        seals.append(staging.look(loaded, key, scope=EVERYTHING, clock=clock).seal)
    with pytest.raises(Moved):
        staging.stage(loaded, key, seal=seals[0], scope=EVERYTHING, who="user:li", clock=clock)
    batch = staging.stage(loaded, key, seal=seals[1], scope=EVERYTHING, who="user:li", clock=clock)
    with pytest.raises(StagingError, match=f"已作为批次 {batch} 提交"):
        staging.answer(loaded, key, Answers({"period_code": "2022-S1"}), who="user:li", clock=clock)
    staging.approve(loaded, batch, who="user:wang", clock=clock)
    assert values(loaded)["320404", "orphans", "total", "2022-S2"] == "7"


def test_what_moved_since_the_look_is_not_staged(loaded: Engine, tmp_path: Path, clock: Clock) -> None:
    key = sent(loaded, clock, ROW.format(1378))
    seen = staging.look(loaded, key, scope=EVERYTHING, clock=clock)
    pipeline.load(loaded, [write_csv(tmp_path / "b.csv", ACTUAL_HEADER, [ROW.format(1400)])], clock=clock)
    before = everything(loaded)
    with pytest.raises(Moved) as moved:
        staging.stage(loaded, key, seal=seen.seal, scope=EVERYTHING, who="user:li", clock=clock)
    assert "重新查看" in moved.value.zh and "look again" in moved.value.en
    assert everything(loaded) == before
    seen = staging.look(loaded, key, scope=EVERYTHING, clock=clock)
    assert staging.stage(loaded, key, seal=seen.seal, scope=EVERYTHING, who="user:li", clock=clock)


def test_staging_the_same_twice_is_one_batch(loaded: Engine, clock: Clock) -> None:
    key = sent(loaded, clock, ROW.format(1378))
    seal = staging.look(loaded, key, scope=EVERYTHING, clock=clock).seal
    first = staging.stage(loaded, key, seal=seal, scope=EVERYTHING, who="user:li", clock=clock)
    before = everything(loaded)
    assert staging.stage(loaded, key, seal=seal, scope=EVERYTHING, who="user:wang", clock=clock) == first
    assert everything(loaded) == before and upload_of(loaded, key).staged_by == "user:li"


# --- approve --------------------------------------------------------------------------------------


def test_what_is_approved_says_who_and_when(loaded: Engine, clock: Clock) -> None:
    batch = staged(loaded, clock, ROW.format(1378), ROW.format("x"))
    at_staging, was = batch_of(loaded, batch), version(loaded)
    assert (at_staging.state, at_staging.loaded_at, at_staging.loaded_by) == ("staged", clock.now, "user:li")
    assert (at_staging.rows_in, at_staging.rows_rejected, at_staging.facts_corrected) == (2, 1, 1)
    assert counts(loaded)["quarantine_row"] == 0
    result = staging.approve(loaded, batch, who="user:wang", two_people=True, clock=clock)
    assert (result.state, result.batch_key, result.corrected, result.rows_rejected) == ("published", batch, 1, 1)
    published = batch_of(loaded, batch)
    assert (published.state, published.loaded_at, published.loaded_by) == ("published", clock.now, "user:li")
    with loaded.connect() as connection:
        [upload] = fetch_uploads(connection, batch_key=batch)
        [source] = connection.execute(select(t.dim_source).where(t.dim_source.c.sha256 == upload.sha256)).all()
    assert (upload.staged_by, upload.approved_by, upload.approved_at) == ("user:li", "user:wang", clock.now)
    assert (source.title, source.kind) == ("上报.csv", "csv")
    assert (values(loaded)[GRAIN], counts(loaded)["quarantine_row"]) == ("1378", 1)
    assert version(loaded) != was
    assert said(loaded)[-3:] == [
        ("user:li", "upload", "上报.csv"), ("user:li", "stage", "上报.csv"), ("user:wang", "approve", "上报.csv"),
    ]  # fmt: skip
    assert_mart_is_right(loaded)


def test_a_second_person_is_needed_where_two_are(loaded: Engine, clock: Clock) -> None:
    batch = staged(loaded, clock, ROW.format(1378))
    before = everything(loaded)
    with pytest.raises(NeedsAnother):
        staging.approve(loaded, batch, who="user:li", two_people=True, clock=clock)
    assert everything(loaded) == before
    assert staging.approve(loaded, batch, who="user:li", clock=clock).state == "published"


def test_what_others_published_meanwhile_has_to_be_looked_at(loaded: Engine, clock: Clock) -> None:
    first, second = staged(loaded, clock, ROW.format(1378)), staged(loaded, clock, ROW.format(1379), OTHER.format(1))
    staging.approve(loaded, first, who="user:wang", clock=clock)
    before = everything(loaded)
    with pytest.raises(Moved):
        staging.approve(loaded, second, who="user:wang", clock=clock)
    assert everything(loaded) == before

    with loaded.connect() as connection:
        key = fetch_uploads(connection, batch_key=second)[0].key
    seen = staging.look(loaded, key, scope=EVERYTHING, clock=clock)
    [changed, _] = seen.result.fates
    assert changed.before is not None and changed.before["value"] == 1378
    assert staging.stage(loaded, key, seal=seen.seal, scope=EVERYTHING, who="user:zhao", clock=clock) == second
    staging.approve(loaded, second, who="user:wang", two_people=True, clock=clock)
    assert values(loaded)[GRAIN] == "1379"
    for batch, value in ((second, "1378"), (first, "1377")):
        pipeline.undo(loaded, batch, clock=clock)
        assert values(loaded)[GRAIN] == value
        assert_mart_is_right(loaded)


def test_what_others_published_elsewhere_does_not_matter(loaded: Engine, clock: Clock) -> None:
    first, second = staged(loaded, clock, ROW.format(1378)), staged(loaded, clock, OTHER.format(1))
    staging.approve(loaded, second, who="user:wang", clock=clock)
    staging.approve(loaded, first, who="user:wang", clock=clock)
    assert values(loaded)[GRAIN] == "1378"
    assert_mart_is_right(loaded)


WRONG: dict[str, tuple[Callable[[Engine, int], object], str]] = {
    "published": (lambda e, b: staging.approve(e, b, who="x", clock=Clock()), "已经发布了"),
    "discarded": (lambda e, b: staging.discard(e, b, who="x", clock=Clock()), "已放弃或撤销"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_longer_staged_is_neither_approved_nor_discarded(loaded: Engine, clock: Clock, case: str) -> None:
    batch, (end, words) = staged(loaded, clock, ROW.format(1378)), WRONG[case]
    end(loaded, batch)
    before = everything(loaded)
    for again in (staging.approve, staging.discard):
        with pytest.raises(StagingError, match=words):
            again(loaded, batch, who="user:wang", clock=clock)
    assert everything(loaded) == before
    with pytest.raises(DabiaoError, match="没有批次 77"):
        staging.approve(loaded, 77, who="user:wang", clock=clock)


def test_a_staged_batch_is_discarded_and_not_undone(loaded: Engine, clock: Clock) -> None:
    figures, batch = mart(loaded), staged(loaded, clock, ROW.format(1378))
    with pytest.raises(DabiaoError, match="还没有发布"):
        pipeline.undo(loaded, batch, clock=clock)
    staging.discard(loaded, batch, who="user:wang", clock=clock)
    assert (batch_of(loaded, batch).state, batch_of(loaded, batch).undone_by) == ("undone", "user:wang")
    assert mart(loaded) == figures and said(loaded)[-1] == ("user:wang", "discard", "上报.csv")
    with pytest.raises(DabiaoError, match="已经撤销过了"):
        pipeline.undo(loaded, batch, clock=clock)

    with loaded.connect() as connection:
        key = fetch_uploads(connection, batch_key=batch)[0].key
    staging.answer(loaded, key, Answers(), who="user:li", clock=clock)
    seal = staging.look(loaded, key, scope=EVERYTHING, clock=clock).seal
    again = staging.stage(loaded, key, seal=seal, scope=EVERYTHING, who="user:li", clock=clock)
    assert again > batch and staging.approve(loaded, again, who="user:wang", clock=clock).state == "published"


def test_an_upload_is_published_once(loaded: Engine, clock: Clock) -> None:
    batch = staged(loaded, clock, ROW.format(1378))
    staging.approve(loaded, batch, who="user:wang", clock=clock)
    pipeline.undo(loaded, batch, clock=clock)
    with loaded.connect() as connection:
        key = fetch_uploads(connection, batch_key=batch)[0].key
    seal = staging.look(loaded, key, scope=EVERYTHING, clock=clock).seal
    with pytest.raises(StagingError, match="重新上传"):
        staging.stage(loaded, key, seal=seal, scope=EVERYTHING, who="user:li", clock=clock)


def test_versions_follow_each_other_as_published_not_as_numbered(
    loaded: Engine, tmp_path: Path, data_copy: Path, clock: Clock
) -> None:
    """Staged first, published last: its number is the lowest, its word the newest."""
    mirrored = data_copy / "actuals" / "mine.csv"
    first = staged(loaded, clock, OTHER.format(1))
    write_csv(mirrored, ACTUAL_HEADER, [OTHER.format(2), ROW.format(1377)])
    pipeline.load(loaded, clock=clock)
    write_csv(mirrored, ACTUAL_HEADER, [ROW.format(1377)])
    withdrawing = {r.file_name: r for r in pipeline.load(loaded, clock=clock)}["data/actuals/mine.csv"]
    assert withdrawing.withdrawn == 1 and withdrawing.batch_key is not None
    staging.approve(loaded, first, who="user:wang", clock=clock)
    grain = ("320413", "orphans", "total", "2022-S1")
    assert values(loaded)[grain] == "1"
    pipeline.undo(loaded, withdrawing.batch_key, clock=clock)
    assert values(loaded)[grain] == "1", "the newest word stands"
    pipeline.undo(loaded, first, clock=clock)
    assert values(loaded)[grain] == "2", "and what lay under it comes back"
    assert_mart_is_right(loaded)


def test_corrections_supersede_and_the_old_version_stays(reference: Engine, clock: Clock) -> None:
    for value in (1, 2, 3):
        staging.approve(reference, staged(reference, clock, ROW.format(value)), who="user:wang", clock=clock)
    f = t.fact_actual.c
    with reference.connect() as connection:
        kept = connection.execute(select(f.value, f.superseded_by, f.batch_key).order_by(f.actual_key)).all()
    assert [tuple(map(int, row[:1])) + row[1:] for row in kept] == [(1, 2, 1), (2, 3, 2), (3, None, 3)]


# --- who may --------------------------------------------------------------------------------------


def test_who_approves_publishes_what_was_staged_no_more_and_no_less(loaded: Engine, clock: Clock) -> None:
    own = Scope(districts=frozenset({"320404"}))
    batch = staged(loaded, clock, ROW.format(1378), OTHER.format(5), scope=own)
    with pytest.raises(StagingError, match="权限范围之外"):
        staging.approve(loaded, batch, who="user:wang", scope=Scope(districts=frozenset({"320413"})), clock=clock)
    with pytest.raises(StagingError, match="权限范围之外"):
        staging.approve(loaded, batch, who="user:wang", scope=Scope(domains=frozenset({"elderly"})), clock=clock)
    result = staging.approve(loaded, batch, who="user:wang", scope=EVERYTHING, clock=clock)
    assert [refusal.reason for refusal in result.refusals] == ["not_in_scope"]
    assert values(loaded)[GRAIN] == "1378" and ("320413", "orphans", "total", "2022-S1") not in values(loaded)


def test_who_looks_at_a_staged_batch_sees_what_was_staged_within_the_own_scope(loaded: Engine, clock: Clock) -> None:
    own = Scope(districts=frozenset({"320404"}))
    batch = staged(loaded, clock, ROW.format(1378), OTHER.format(5), scope=own)
    with loaded.connect() as connection:
        upload = fetch_uploads(connection, batch_key=batch)[0]
    fates = {
        scope: [fate.fate for fate in staging.look(loaded, upload.key, scope=scope, clock=clock).result.fates]
        for scope in (EVERYTHING, own, Scope(districts=frozenset({"320413"})))
    }
    assert list(fates.values()) == [["changed", "refused"], ["changed", "refused"], ["refused", "refused"]]
    assert staging.look(loaded, upload.key, scope=EVERYTHING, clock=clock).seal == upload.seal


# --- nothing half done ----------------------------------------------------------------------------


def at_once(url: str, *batches: int) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-m", "tests.etl.two_at_once", url, *map(str, batches)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return sorted(run.stdout.split())


def approve_at_once(engine: Engine, url: str, clock: Clock) -> None:
    """Two processes approve at the same moment: one order; the second is told where it has to look again."""
    one, other, apart = (staged(engine, clock, row) for row in (ROW.format(1), ROW.format(2), OTHER.format(3)))
    engine.dispose()
    assert at_once(url, one, other) == ["Moved", "published"]
    assert values(engine)[GRAIN] in ("1", "2")
    assert_mart_is_right(engine)
    pipeline.undo(engine, one if batch_of(engine, one).state == "published" else other, clock=clock)
    left = other if batch_of(engine, other).state == "staged" else one
    assert at_once(url, left, apart) == ["published", "published"]
    assert_mart_is_right(engine)
    twice = staged(engine, clock, ROW.format(4))
    assert at_once(url, twice, twice) == ["StagingError", "published"]


def test_two_people_publishing_at_once(loaded: Engine, clock: Clock) -> None:
    approve_at_once(loaded, str(loaded.url), clock)


def test_what_fails_half_way_leaves_the_staged_batch_as_it_was(
    loaded: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = staged(loaded, clock, ROW.format(1378))
    before = everything(loaded)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(committing, "bump", fail)
        with pytest.raises(KeyboardInterrupt):
            staging.approve(loaded, batch, who="user:wang", clock=clock)
    assert (everything(loaded), batch_of(loaded, batch).state) == (before, "staged")
    staging.approve(loaded, batch, who="user:wang", clock=clock)


def test_a_database_that_is_gone_is_a_message(loaded: Engine, clock: Clock) -> None:
    key, batch = sent(loaded, clock, OTHER.format(1)), staged(loaded, clock, ROW.format(1378))
    loaded.dispose()
    Path(loaded.url.database or "").unlink()
    for act in (
        lambda: staging.receive(loaded, "a.csv", csv(ROW.format(1)), who="x", clock=clock),
        lambda: staging.look(loaded, key, scope=EVERYTHING, clock=clock),
        lambda: staging.answer(loaded, key, Answers(), who="x", clock=clock),
        lambda: staging.stage(loaded, key, seal="", scope=EVERYTHING, who="x", clock=clock),
        lambda: staging.approve(loaded, batch, who="x", clock=clock),
        lambda: staging.discard(loaded, batch, who="x", clock=clock),
        lambda: staging.content(loaded, key),
        lambda: staging.forget(loaded, clock() + timedelta(days=9)),
        lambda: pipeline.undo(loaded, 8, clock=clock),
    ):
        with pytest.raises(DatabaseMissing):
            act()
    assert not Path(loaded.url.database or "").exists(), "looking makes no database"


# --- commands -------------------------------------------------------------------------------------


def test_a_file_is_staged_seen_approved_and_undone_by_command(run: Run, loaded: Engine, tmp_path: Path) -> None:
    figures = mart(loaded)
    path = write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [ROW.format(1378), ROW.format("x")])
    said = run(loaded, "stage", path)
    assert said.code == 1 and "已提交，待审核（批次 9）。读入 2 行，接受 1，拒收 1；新增 0，更正 1" in said.out
    assert mart(loaded) == figures
    assert run(loaded, "status", "--json").document["batches"][0]["state"] == "staged"
    assert [b["key"] for b in run(loaded, "batches", "--staged", "--json").document] == [9]
    assert "staged" in run(loaded, "batches").out and "a.csv" in run(loaded, "uploads").out
    assert run(loaded, "uploads", "--json").document[0]["batch_key"] == 9
    approved = run(loaded, "approve", 9, "--json")
    assert (approved.code, approved.document["files"][0]["state"]) == (0, "published")
    assert mart(loaded) != figures
    again = run(loaded, "approve", 9)
    assert (again.code, again.out) == (2, "") and "已经发布了" in again.err
    assert run(loaded, "undo", 9).code == 0
    assert mart(loaded) == figures


def test_one_person_alone_cannot_stage_and_approve_where_two_are_asked_for(
    run: Run, loaded: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(loaded, "stage", write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [ROW.format(1378)]))
    for setting, words in (("two", "另一位"), ("three", "DABIAO_APPROVAL")):
        monkeypatch.setenv("DABIAO_APPROVAL", setting)
        said = run(loaded, "approve", 9)
        assert said.code == 2 and words in said.err
    assert run(loaded, "discard", 9, "--json").document == {"batch": 9, "state": "discarded"}
    assert "已放弃或撤销" in run(loaded, "discard", 9).err


def test_a_file_without_news_is_not_staged(run: Run, loaded: Engine, tmp_path: Path) -> None:
    run(loaded, "load", write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [OTHER.format(1)]))
    said = run(loaded, "stage", write_csv(tmp_path / "b.csv", ACTUAL_HEADER, [OTHER.format("1.0")]))
    assert said.code == 2 and "没有可发布的内容" in said.err
    assert run(loaded, "stage", tmp_path / "missing.csv").code == 2


def test_what_is_stated_on_the_command_line_counts(run: Run, loaded: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "indicator_code,value", ["orphans,7"])
    layout = tmp_path / "layout.json"
    columns = [{"column": 1, "heading": "", "use": "indicator_code"}, {"column": 2, "heading": "", "use": "actual"}]
    document = {"sheet": None, "header_rows": [1, 1], "columns": columns}
    layout.write_text(json.dumps(document))
    options = (
        "--district 320404 --period 2022年上半年 --unit person --kind actual --sender 钟楼区 --share-scale percent"
    )
    [checked] = run(loaded, "check", path, *options.split(), "--layout", layout, "--json").document["files"]
    assert [(row["district_code"], row["period_code"], row["fate"]) for row in checked["rows"]] == [
        ("320404", "2022-S1", "new")
    ]
    assert run(loaded, "load", path, *options.split()).code == 0
    assert values(loaded)["320404", "orphans", "total", "2022-S1"] == "7"
    staged = run(loaded, "stage", path, *options.replace("2022", "2023").split(), "--json").document["files"][0]
    with loaded.connect() as connection:
        upload = fetch_uploads(connection, batch_key=staged["batch"])[0]
    assert (upload.sender, json.loads(upload.answers)["stated"]["period_code"]) == ("钟楼区", "2023年上半年")
    wrong_place = json.dumps({**document, "columns": [{**columns[0], "column": 0}]})
    wrong_rows = json.dumps({**document, "header_rows": [2, 1]})
    for wrong in ("{", "[1]", '{"sheet": 1, "header_rows": 3}', wrong_rows, wrong_place):
        layout.write_text(wrong)
        said = run(loaded, "check", path, "--layout", layout)
        assert said.code == 2 and "不是版式文件" in said.err
    layout.write_text(json.dumps({**document, "columns": [columns[0], {**columns[1], "use": "indicator_code"}]}))
    said = run(loaded, "check", path, "--layout", layout)
    assert said.code == 2 and "两列都用作 indicator_code" in said.err
    assert run(loaded, "check", path, "--layout", tmp_path / "none.json").code == 2
    assert run(loaded, "load", "--district", "320404").code == 2


def test_the_audit_log_tells_what_was_approved(loaded: Engine, clock: Clock) -> None:
    batch = staged(loaded, clock, ROW.format(1378))
    staging.approve(loaded, batch, who="user:wang", clock=clock)
    with loaded.connect() as connection:
        entry = next(fetch_entries(connection, Filter(action="approve")))
    detail = json.loads(entry.detail)
    assert (detail["batch"], detail["staged_by"], detail["accepted"], detail["rejected"]) == (batch, "user:li", 1, 0)


def test_the_own_workbook_comes_back_marked(run: Run, loaded: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ACTUAL_HEADER, [ROW.format("x"), ROW.format(1378)])
    marked = tmp_path / "marked.xlsx"
    assert run(loaded, "check", path, "--marked", marked).code == 1
    sheets = openpyxl.load_workbook(marked).worksheets
    comments = [cell.comment.text for sheet in sheets for row in sheet for cell in row if cell.comment]
    assert any("不是数字" in comment for comment in comments)
    for wrong in ([path, path, "--marked", marked], [path, "--marked", tmp_path / "no" / "folder.xlsx"]):
        said = run(loaded, "check", *wrong)
        assert said.code == 2 and ("--marked" in said.err or "无法写入" in said.err)


def test_a_workbook_to_fill_in_is_written(run: Run, loaded: Engine, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    assert run(loaded, "template", path, "--district", "320404", "--period", "2020-S2").code == 0
    assert openpyxl.load_workbook(path).worksheets
    for wrong in (["--district", "999999", "--period", "2020-S2"], ["--district", "320404", "--period", "soon"]):
        assert run(loaded, "template", path, *wrong).code == 2
