"""Rules with a brake: what would change is seen first, only that takes effect, and nothing old is lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from etl import pipeline
from etl import rules as ruling
from etl.rule_lines import POSSIBLE
from etl.rules import Preview
from tests.conftest import Clock, Open
from tests.etl.support import (
    ACTUAL_HEADER,
    assert_mart_is_right,
    counts,
    emptied,
    mart,
    rows_of_the_mart,
    version,
    write_csv,
)
from warehouse import tables as t
from warehouse.access_tables import audit_entry
from warehouse.engine import open_engine, writing
from warehouse.errors import DabiaoError, FileError, RuleRefused, RulesMoved
from warehouse.measures.status import Status
from warehouse.queries.rules import RuleLine, RuleVersion, fetch_rule_versions

D = Decimal
SHIPPED = RuleLine(
    None, None, D("0.80"), None, None, "统一门槛：序时完成比不低于 0.80 为略滞后，以下为滞后",
    "One threshold for all: slipping from a pace ratio of 0.80, behind below it",
)  # fmt: skip
STRICTER = (RuleLine(amber_share=D("0.90"), note_zh="更严"),)


def change(engine: Engine, lines: tuple[RuleLine, ...], clock: Clock, **other: Any) -> str:
    """Preview and confirm."""
    seal = pipeline.preview_rules(engine, lines, clock=clock).seal
    return pipeline.change_rules(
        engine, lines, **{"seal": seal, "reason": "试", "who": "tests", "clock": clock, **other}
    )


def versions(engine: Engine) -> list[RuleVersion]:
    with engine.connect() as connection:
        return fetch_rule_versions(connection)


def row_of(engine: Engine, code: str = "home_adaptations", period: int = 20201) -> dict[str, Any]:
    """A row of the mart without its keys and its moment."""
    p, i = t.fact_progress, t.dim_indicator.c
    with engine.connect() as connection:
        query = select(p).join(t.dim_indicator, i.indicator_key == p.c.indicator_key)
        row = connection.execute(query.where(i.indicator_code == code, p.c.period_key == period)).mappings().one()
    return {name: value for name, value in row.items() if name not in ("progress_key", "recorded_at")}


@pytest.fixture
def half(loaded: Engine, tmp_path: Path) -> Engine:
    """The project's data and one flow at mid-year: 290 of 700, a pace ratio of 0.83."""
    path = write_csv(tmp_path / "half.csv", ACTUAL_HEADER, ["320404,home_adaptations,total,2020-S1,290,household"])
    pipeline.load(loaded, [path], clock=Clock())
    return loaded


@pytest.fixture
def later() -> Clock:
    """A clock of after the data."""
    return Clock(datetime(2026, 3, 1, tzinfo=UTC))


# --- one change, step by step -------------------------------------------------------------------


def test_a_preview_tells_every_light_that_would_change_and_writes_nothing(half: Engine, later: Clock) -> None:
    half.dispose()
    file = Path(half.url.database or "")
    before, rows = file.read_bytes(), counts(half)
    seen = pipeline.preview_rules(half, STRICTER, clock=later)
    [light] = seen.changes
    assert (light.before, light.after, light.is_primary) == (Status.SLIPPING, Status.BEHIND, True)
    key = light.key
    assert (key.district_code, key.indicator_code, key.breakdown_code) == ("320404", "home_adaptations", "total")
    assert (key.period.code, key.due.code if key.due else "") == ("2020-S1", "2020-S2")
    assert (seen.version, seen.in_force, seen.others) == ("2026.2", "2026.1", 0)
    assert seen.counts == {(Status.SLIPPING, Status.BEHIND): 1}
    assert seen.data_version == version(half)
    half.dispose()
    assert (file.read_bytes(), counts(half)) == (before, rows)


def test_a_change_is_kept_with_who_when_and_why(half: Engine, later: Clock) -> None:
    was = version(half)
    assert change(half, STRICTER, later, reason="  局务会 3 月 1 日决定\0 ", who="user:chen") == "2026.2"
    new, old = versions(half)
    assert new == RuleVersion(
        "2026.2", True, STRICTER, "2026.1", "user:chen", later.now, "局务会 3 月 1 日决定", lights_changed=1
    )
    assert old == RuleVersion("2026.1", False, (SHIPPED,))
    assert int(version(half)) == int(was) + 1
    with half.connect() as connection:
        entry = connection.execute(select(audit_entry).order_by(audit_entry.c.entry_no.desc())).first()
    assert entry is not None
    assert (entry.actor, entry.action, entry.subject) == ("user:chen", "rules_changed", "2026.2")
    assert json.loads(entry.detail)["lights"] == 1 and "局务会" in entry.detail
    assert (row_of(half)["status"], {r["rule_version"] for r in mart(half)}) == ("behind", {"2026.2"})
    assert pipeline.rebuild(half, clock=later) == 0


def test_the_history_keeps_what_the_former_rules_judged(half: Engine, later: Clock) -> None:
    before, day_before = rows_of_the_mart(half), later.now - timedelta(days=1)
    change(half, STRICTER, later)
    moment = later.now
    assert rows_of_the_mart(half, day_before) == before
    assert rows_of_the_mart(half, moment) == rows_of_the_mart(half) != before
    h = t.fact_progress_history.c
    with half.connect() as connection:
        past = connection.execute(select(h.rule_version, h.superseded_at).where(h.superseded_at == moment)).all()
    assert past == [("2026.1", moment)] * len(before)


def test_a_set_share_and_a_weight_take_effect_and_can_be_taken_back(half: Engine, later: Clock) -> None:
    first = row_of(half)
    assert (first["share_basis"], first["status"], first["weight"]) == ("default_half", "slipping", 1)
    lines = (SHIPPED, RuleLine("elderly", None, s1_share=D("0.40")), RuleLine(None, "home_adaptations", weight=D(3)))
    seen = pipeline.preview_rules(half, lines)
    assert [(c.before, c.after) for c in seen.changes] == [(Status.SLIPPING, Status.ON_TRACK)]
    assert (
        seen.others
        == sum(r["indicator_code"] == "home_adaptations" and r["target"] is not None for r in mart(half)) - 1
    )
    change(half, lines, later)
    ruled = row_of(half)
    assert (ruled["share_basis"], ruled["expected_share"]) == ("set_share", D("0.40"))
    assert (ruled["forecast"], ruled["forecast_basis"], ruled["weight"]) == (725, "set_share", 3)
    assert pipeline.rebuild(half, clock=later) == 0
    change(half, (SHIPPED,), later)
    assert row_of(half) == first | {"rule_version": "2026.3"}
    assert pipeline.rebuild(half, clock=later) == 0


# --- only what was seen takes effect ------------------------------------------------------------


def _other_lines(engine: Engine, tmp_path: Path, clock: Clock) -> tuple[RuleLine, ...]:
    return (RuleLine(amber_share=D("0.91"), note_zh="更严"),)


def _other_note(engine: Engine, tmp_path: Path, clock: Clock) -> tuple[RuleLine, ...]:
    return (replace(STRICTER[0], note_zh="更宽"),)


def _other_data(engine: Engine, tmp_path: Path, clock: Clock) -> tuple[RuleLine, ...]:
    row = "320404,home_adaptations,total,2020-S1,300,household"
    pipeline.load(engine, [write_csv(tmp_path / "new.csv", ACTUAL_HEADER, [row])], clock=clock)
    return STRICTER


def _other_rules(engine: Engine, tmp_path: Path, clock: Clock) -> tuple[RuleLine, ...]:
    change(engine, (RuleLine(amber_share=D("0.70")),), clock)
    return STRICTER


@pytest.mark.parametrize("meanwhile", [_other_lines, _other_note, _other_data, _other_rules])
def test_what_was_not_previewed_does_not_take_effect(
    half: Engine, tmp_path: Path, later: Clock, meanwhile: Any
) -> None:
    seal = pipeline.preview_rules(half, STRICTER).seal
    lines = meanwhile(half, tmp_path, later)
    before = counts(half), version(half), rows_of_the_mart(half)
    with pytest.raises(RulesMoved) as moved:
        pipeline.change_rules(half, lines, seal=seal, reason="试", clock=later)
    assert "重新预览" in moved.value.zh and "preview again" in moved.value.en
    assert (counts(half), version(half), rows_of_the_mart(half)) == before


def test_a_seal_does_not_depend_on_order_or_trailing_zeros(half: Engine, later: Clock) -> None:
    lines = (*STRICTER, RuleLine("elderly", None, weight=D("2.50")))
    seal = pipeline.preview_rules(half, lines).seal
    again = (RuleLine("elderly", None, weight=D("2.5")), replace(STRICTER[0], amber_share=D("0.9"), note_zh=" 更严 "))
    assert pipeline.change_rules(half, again, seal=seal, reason="试", clock=later) == "2026.2"
    assert versions(half)[0].made_by


WRONG: dict[str, tuple[tuple[RuleLine, ...], str, str, int | None, str | None]] = {
    "domain": ((SHIPPED, RuleLine("cats", weight=D(1))), "第 2 条（cats · 全部指标）：没有这个领域。",
               "Line 2 (cats · all indicators): there is no such domain.", 2, "domain_code"),
    "indicator": ((RuleLine(None, "cats", D("0.9")),), "第 1 条（全部领域 · cats）：没有这个指标。",
                  "Line 1 (all domains · cats): there is no such indicator.", 1, "indicator_code"),
    "other domain": ((SHIPPED, RuleLine("elderly", "orphans", D("0.9"))), "指标不属于这个领域",
                     "of another domain", 2, "domain_code"),
    "amber 0": ((RuleLine(amber_share=D(0)),), "大于 0，不大于 1", "above 0 and at most 1", 1, "amber_share"),
    "amber above": ((RuleLine(amber_share=D("1.01")),), "大于 0，不大于 1", "at most 1", 1, "amber_share"),
    "amber nan": ((RuleLine(amber_share=D("NaN")),), "大于 0，不大于 1", "at most 1", 1, "amber_share"),
    "share 0": ((RuleLine(amber_share=D(1), s1_share=D(0)),), "小于 1", "below 1", 1, "s1_share"),
    "share 1": ((RuleLine(amber_share=D(1), s1_share=D(1)),), "小于 1", "below 1", 1, "s1_share"),
    "weight below": ((RuleLine(amber_share=D(1), weight=D(-1)),), "不小于 0", "at least 0", 1, "weight"),
    "weight huge": ((RuleLine(amber_share=D(1), weight=D("1e99")),), "不大于", "at most 1000000", 1, "weight"),
    "decimals": ((RuleLine(amber_share=D("0.8000001")),), "最多 6 位小数", "at most 6 decimals", 1, "amber_share"),
    "endless": ((RuleLine(amber_share=D("0." + "0" * 50 + "1")),), "6 位小数", "6 decimals", 1, "amber_share"),
    "twice": ((SHIPPED, RuleLine("elderly", None, D(1)), RuleLine("elderly", None, None, None, D(1))),
              "第 3 条（养老服务 · 全部指标）：与前面的一条重复。", "Line 3 (Elderly care · all indicators): repeats",
              3, None),
    "nothing set": ((SHIPPED, RuleLine(None, "orphans", note_zh="?")),
                    "第 2 条（全部领域 · 孤儿人数）：没有设定任何一项。",
                    "Line 2 (all domains · Orphans): nothing is set.", 2, None),
    "note": ((RuleLine(amber_share=D(1), note_zh="长" * 501),), "说明最多 500 字", "at most 500", 1, "note_zh"),
    "none for all": ((RuleLine("elderly", None, D("0.9")),), "缺少适用于全部领域", "is missing", None, None),
    "none for all but a weight": ((RuleLine(weight=D(1)),), "缺少适用于全部领域", "is missing", None, None),
    "nothing": ((), "缺少适用于全部领域", "is missing", None, None),
    "no change": ((RuleLine(amber_share=D("0.8"), note_zh="另一说明"),), "与现行规则相同", "nothing to change",
                  None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_proposal_that_cannot_stand_names_the_line(half: Engine, name: str) -> None:
    lines, zh, en, line, column = WRONG[name]
    before = counts(half), version(half)
    for propose in (
        lambda: pipeline.preview_rules(half, lines),
        lambda: pipeline.change_rules(half, lines, seal="", reason="试"),
    ):
        with pytest.raises(RuleRefused) as refused:
            propose()
        assert zh in refused.value.zh and en in refused.value.en
        assert (refused.value.line, refused.value.name) == (line, column)
    assert (counts(half), version(half)) == before


@pytest.mark.parametrize("value", ["1", "0.000001", "0.9999990000"])
def test_the_last_values_that_can_stand(half: Engine, value: str) -> None:
    lines = [RuleLine(amber_share=D(value)), RuleLine("elderly", None, s1_share=D("0.999999"), weight=D(0))]
    assert pipeline.preview_rules(half, lines).version


@pytest.mark.parametrize(("reason", "zh"), [("", "请写明"), (" \n\0", "请写明"), ("长" * 501, "最多 500 字")])
def test_a_change_without_a_reason_is_none(half: Engine, later: Clock, reason: str, zh: str) -> None:
    before = counts(half), version(half)
    with pytest.raises(DabiaoError, match=zh):
        change(half, STRICTER, later, reason=reason)
    assert (counts(half), version(half)) == before
    assert change(half, STRICTER, later, reason="长" * 500)


# --- versions, of the program and of the file ---------------------------------------------------


def test_versions_are_numbered_within_the_year_of_beijing(half: Engine) -> None:
    moments = {
        datetime(2026, 12, 31, 15, 50, tzinfo=UTC): "2026.2",
        datetime(2026, 12, 31, 16, 10, tzinfo=UTC): "2027.1",
        datetime(2027, 6, 1, tzinfo=UTC): "2027.2",
        datetime(2025, 1, 1, tzinfo=UTC): "2027.3",
    }
    for number, (moment, name) in enumerate(moments.items()):
        lines = (RuleLine(amber_share=D("0.7") + number),) if number < 0 else (RuleLine(amber_share=D(f"0.7{number}")),)
        assert change(half, lines, Clock(moment)) == name


def test_a_database_without_rules_gets_its_first(engine: Engine, clock: Clock) -> None:
    assert versions(engine) == []
    assert change(engine, (RuleLine(amber_share=D("0.80")),), clock) == "2026.1"
    assert versions(engine)[0].previous_version == "none"


@pytest.mark.parametrize("number", ["2026.2", "2026.02"])
def test_a_file_never_joins_nor_overwrites_a_version_made_in_the_program(
    half: Engine, data_copy: Path, later: Clock, number: str
) -> None:
    change(half, STRICTER, later)
    change(half, (SHIPPED,), later)
    before, figures = versions(half), mart(half)
    path = data_copy / "reference" / "rules.csv"
    path.write_text(path.read_text() + f"{number},elderly,,0.50,,,,\n")
    with pytest.raises(FileError) as found:
        pipeline.load(half, clock=later)
    assert "rules.csv 第 3 行" in found.value.zh and "高于 2026.3" in found.value.zh
    assert "row 3" in found.value.en and "above 2026.3" in found.value.en
    assert (versions(half), mart(half)) == (before, figures)


def test_a_higher_version_of_the_file_takes_over_and_the_program_counts_on_from_it(
    half: Engine, data_copy: Path, later: Clock
) -> None:
    change(half, STRICTER, later)
    assert {r.state for r in pipeline.load(half, clock=later)} == {"unchanged"}, "the file as shipped is no news"
    path = data_copy / "reference" / "rules.csv"
    path.write_text(path.read_text() + "2026.7,,,0.70,,,0.45,2\n")
    pipeline.load(half, clock=later)
    assert versions(half)[0].version == "2026.7" and versions(half)[0].is_in_force
    row = row_of(half)
    assert (row["rule_version"], row["share_basis"], row["weight"]) == ("2026.7", "set_share", 2)
    assert change(half, STRICTER, later) == "2026.8"
    assert pipeline.rebuild(half, clock=later) == 0


@pytest.mark.parametrize("values", ["0,,", "1.1,,", ",0,", ",1,", ",,-1", "x,,"])
def test_a_value_no_rule_can_have_is_refused_in_the_file_too(
    half: Engine, data_copy: Path, later: Clock, values: str
) -> None:
    amber, share, weight = values.split(",")
    path = data_copy / "reference" / "rules.csv"
    path.write_text(path.read_text() + f"2026.2,,,{amber},,,{share},{weight}\n")
    before = counts(half), version(half)
    with pytest.raises(FileError, match=r"rules\.csv 第 3 行"):
        pipeline.load(half, clock=later)
    assert (counts(half), version(half)) == before


# --- laws ---------------------------------------------------------------------------------------

INDICATORS = ("home_adaptations", "nursing_beds", "discipline_cases")
HEADER = (
    "kind,district_code,indicator_code,breakdown_code,period_code,first_period_code,comparator,value,unit_code,"
    "baseline_value,baseline_period_code,s1_value,weight"
)


@st.composite
def files(draw: st.DrawFn) -> list[str]:
    """Flows with and without history, targets of several years, ceilings, and levels with a baseline."""
    rows = []
    for district in draw(st.sampled_from([("320404",), ("320404", "320413"), ("320404", "320413", "431103")])):
        grain = f"{district},home_adaptations"
        for year in range(2016, 2021):
            for half in (1, 2):
                value = draw(st.none() | st.integers(0, 30))
                if value is not None:
                    rows.append(f"actual,{grain},total,{year}-S{half},,,{value},household{',' * 4}")
        s1, weight = draw(st.sampled_from(["", "", "8"])), draw(st.sampled_from("12"))
        rows.append(f"target,{grain},total,2020-S2,,>=,{draw(st.integers(1, 40))},household,,,{s1},{weight}")
        if draw(st.booleans()):
            rows.append(f"target,{grain},total,2021-S2,2019-S1,>=,{draw(st.integers(1, 90))},household,,,,1")
        if draw(st.booleans()):
            rows.append(f"target,{grain},total,2019-S2,,>=,{draw(st.integers(1, 30))},household,,,,1")
        rows.append(f"actual,{district},discipline_cases,total,2020-S1,,,{draw(st.integers(0, 3))},case{',' * 4}")
        rows.append(f"target,{district},discipline_cases,total,2020-S2,,<=,{draw(st.integers(0, 5))},case,,,,1")
        rows += [
            f"actual,{district},nursing_beds,total,{period},,,{draw(st.integers(100, 130))},bed{',' * 4}"
            for period in ("2019-S2", "2020-S1")
        ]
        rows.append(f"target,{district},nursing_beds,total,2020-S2,2019-S1,>=,130,bed,100,2018-S2,,1")
    return rows


ambers = st.sampled_from([None, *map(D, ("0.5", "0.6", "0.75", "0.8", "0.9", "1"))])
shares = st.sampled_from([None, None, *map(D, ("0.3", "0.45", "0.5", "0.6"))])
weights = st.sampled_from([None, None, *map(D, ("0", "1", "2.5"))])
scopes = st.sampled_from(
    [("elderly", None), (None, "home_adaptations"), ("elderly", "nursing_beds"), (None, "discipline_cases")]
)


@st.composite
def proposals(draw: st.DrawFn) -> tuple[RuleLine, ...]:
    """A complete set of lines."""
    lines = [RuleLine(None, None, draw(ambers.filter(bool)), draw(shares), draw(weights))]
    for scope in draw(st.lists(scopes, unique=True, max_size=3)):
        line = RuleLine(*scope, draw(ambers), draw(shares), draw(weights))
        if any(getattr(line, name) is not None for name in POSSIBLE):
            lines.append(line)
    return tuple(lines)


@pytest.fixture(scope="module")
def small(reference_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The dimensions, but only the few indicators used here, so that many examples are quick."""
    path = tmp_path_factory.mktemp("small") / "dabiao.db"
    shutil.copyfile(reference_file, path)
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as connection:
        connection.execute(delete(t.dim_indicator).where(t.dim_indicator.c.indicator_code.not_in(INDICATORS)))
    yield engine
    engine.dispose()


def judged_again(engine: Engine, lines: tuple[RuleLine, ...], patch: pytest.MonkeyPatch) -> Preview:
    """The same preview with every series judged again."""
    narrow = ruling._effects

    def wide(*args: Any) -> Any:
        with engine.connect() as connection:
            everything = set(ruling.series_of(connection, t.fact_progress))
            return narrow(*args)._replace(again=everything, crossed=[])

    with patch.context() as patched:
        patched.setattr(ruling, "_effects", wide)
        return pipeline.preview_rules(engine, lines)


def by_grain(engine: Engine) -> dict[tuple[Any, ...], Any]:
    with engine.connect() as connection:
        rows = connection.execute(select(t.fact_progress)).all()
    return {(r.indicator_key, r.district_key, r.breakdown_key, r.period_key, r.target_key): r for r in rows}


def mid_year(actual: str, target: str = "20") -> list[str]:
    """One flow at mid-year, of a target for the year."""
    return [
        f"actual,320404,home_adaptations,total,2020-S1,,,{actual},household,,,,",
        f"target,320404,home_adaptations,total,2020-S2,,>=,{target},household,,,,1",
    ]


LINES = [(RuleLine(amber_share=D(x)),) for x in ("0.9", "0.8", "0.800001", "0.7", "0.8")]
TAKEN_BACK = [(RuleLine(amber_share=D(x), weight=w),) for x, w in (("0.9", D(2)), ("0.7", None))]
SHARES = [(RuleLine(amber_share=D("0.8"), s1_share=D(x)),) for x in ("0.4", "0.5")]


@settings(max_examples=40)
@given(rows=files(), plan=st.lists(proposals(), min_size=1, max_size=3))
@example(rows=mid_year("8"), plan=LINES)
@example(rows=mid_year("799999999999996", f"2{15 * '0'}"), plan=LINES)  # stored as a ratio of 0.8, and below it
@example(rows=mid_year("8"), plan=TAKEN_BACK)
@example(rows=mid_year("8"), plan=SHARES)
def test_a_preview_is_what_judging_everything_again_would_find_and_what_the_change_then_does(
    small: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[str], plan: list[tuple[RuleLine, ...]]
) -> None:
    engine, clock = emptied(small), Clock()
    with writing(engine) as connection:
        connection.execute(delete(t.dim_rule).where(t.dim_rule.c.rule_version != "2026.1"))
    [result] = pipeline.load(engine, [write_csv(tmp_path / "a.csv", HEADER, rows)], clock=clock)
    assert not result.refusals
    shown = [(clock.now, rows_of_the_mart(engine))]
    for lines in plan:
        try:
            seen = pipeline.preview_rules(engine, lines)
        except RuleRefused:
            continue  # no change
        assert judged_again(engine, lines, monkeypatch) == seen
        before = by_grain(engine)
        name = pipeline.change_rules(engine, lines, seal=seen.seal, reason="试", clock=clock)
        assert_mart_is_right(engine)
        after = by_grain(engine)
        assert before.keys() == after.keys() and {row.rule_version for row in after.values()} == {name}
        moved = {grain for grain, row in before.items() if row.status != after[grain].status}
        assert len(moved) == len(seen.changes) == versions(engine)[0].lights_changed
        figures = ("weight", "pace_ratio", "forecast")
        assert seen.others == sum(
            grain not in moved and any(getattr(row, n) != getattr(after[grain], n) for n in figures)
            for grain, row in before.items()
        )
        for change in seen.changes:
            found = [
                row
                for grain, row in before.items()
                if grain in moved
                and (grain[:3], grain[3]) == (tuple(change.place), change.key.period.key)
                and row.due_period_key == (change.key.due.key if change.key.due else None)
            ]
            [row] = found
            assert (row.status, row.is_primary, row.is_current) == (change.before, change.is_primary, change.is_current)
        shown.append((clock.now, rows_of_the_mart(engine)))
        for moment, then in shown:
            assert rows_of_the_mart(engine, moment) == then, "as known at a moment, exactly what was shown then"


def test_on_a_whole_province_too(open_copy: Open, demo_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, clock = open_copy(demo_file), Clock(datetime(2026, 9, 1, tzinfo=UTC))
    lines = (RuleLine(amber_share=D("0.9"), s1_share=D("0.45")), RuleLine("elderly", None, D("0.75"), None, D(2)))
    seen = pipeline.preview_rules(engine, lines)
    assert len(seen.counts) > 2 and seen.others > 100
    assert judged_again(engine, lines, monkeypatch) == seen
    before = rows_of_the_mart(engine)
    pipeline.change_rules(engine, lines, seal=seen.seal, reason="试", clock=clock)
    assert pipeline.rebuild(engine, clock=clock) == 0
    assert rows_of_the_mart(engine, datetime(2026, 8, 31, tzinfo=UTC)) == before
