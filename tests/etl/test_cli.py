"""``python -m etl``: exit codes, one JSON document, a message in the reader's language."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from etl import pipeline
from tests.conftest import Clock
from tests.etl.conftest import Run
from tests.etl.support import ACTUAL_HEADER, SHIPPED, counts, facts, mart, write_csv
from warehouse import tables as t
from warehouse.engine import writing
from warehouse.queries.facts import FACT_COLUMNS, PROGRESS_COLUMNS
from warehouse.queries.rules import RuleLine

GOOD = "320404,dibao_persons,urban,2020-S1,1378,person"
BAD = "320404,dibao_persons,urban,2020-S1,?,person"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A file whose one row corrects a fact."""
    return write_csv(tmp_path / "good.csv", ACTUAL_HEADER, [GOOD])


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A file with a good row and a bad one."""
    return write_csv(tmp_path / "mixed.csv", ACTUAL_HEADER, [GOOD, BAD])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A file with a bad row only."""
    return write_csv(tmp_path / "bad.csv", ACTUAL_HEADER, [BAD])


@pytest.mark.parametrize("command", ["load", "check"])
def test_the_exit_code_says_whether_all_some_or_nothing_was_done(
    run: Run, loaded: Engine, tmp_path: Path, good: Path, mixed: Path, bad: Path, command: str
) -> None:
    (tmp_path / "empty").mkdir()
    missing = tmp_path / "missing.csv"
    assert run(loaded, command, good).code == 0
    assert run(loaded, command, mixed).code == 1
    assert run(loaded, command, good, bad).code == 1
    assert run(loaded, command, good, missing).code == 1
    assert run(loaded, command, bad).code == 2
    assert run(loaded, command, missing).code == 2
    assert run(loaded, command, tmp_path / "empty").code == 2


def test_load_without_a_path_loads_data(run: Run, loaded: Engine) -> None:
    said = run(loaded, "load")
    assert said.code == 0
    assert said.out.count("没有变化") == 8 and "data/targets/zhonglou-2020-h1.csv" in said.out


def test_load_tells_people_what_became_of_each_row(run: Run, loaded: Engine, mixed: Path) -> None:
    said = run(loaded, "load", mixed)
    assert "已入库（批次 9）。读入 2 行，接受 1，拒收 1；新增 0，更正 1，撤下 0" in said.out
    assert "E3 value “?”：不是数字" in said.out


def test_messages_come_in_english_where_asked(
    run: Run, loaded: Engine, mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DABIAO_LANG", "en")
    said = run(loaded, "load", mixed)
    assert "published (batch 9). 2 rows in, 1 accepted, 1 refused; 0 new, 1 corrected, 0 withdrawn" in said.out
    assert "E3 value “?”: Not a number" in said.out
    assert not set("：。，、；") & set(said.out)


@pytest.mark.parametrize(
    ("environment", "words"),
    [({}, "没有批次 77"), ({"LANG": "zh_CN.UTF-8"}, "没有批次 77"), ({"LANG": "C.UTF-8"}, "没有批次 77"),
     ({"LANG": "en_GB.UTF-8"}, "no batch 77"), ({"LANG": "zh_CN", "LC_ALL": "en_US"}, "no batch 77"),
     ({"LANG": "en_GB", "DABIAO_LANG": "zh"}, "没有批次 77")],
)  # fmt: skip
def test_the_language_is_chinese_unless_the_locale_or_a_setting_says_english(
    run: Run, loaded: Engine, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], words: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    said = run(loaded, "undo", 77)
    assert said.code == 2 and words in said.err and said.out == ""


def test_load_as_json_is_one_document(run: Run, loaded: Engine, mixed: Path, tmp_path: Path) -> None:
    said = run(loaded, "load", mixed, tmp_path / "missing.csv", "--json")
    first, second = said.document["files"]
    assert (first["state"], first["batch"], first["corrected"], said.err) == ("published", 9, 1, "")
    [refused] = first["refused"]
    assert refused == {"sheet": None, "row": 3, "column": "value", "value": "?", "reason": "not_a_number"}
    assert second["state"] == "failed" and "找不到文件" in second["error"]


def test_check_writes_nothing(run: Run, loaded: Engine, mixed: Path) -> None:
    before = counts(loaded)
    document = run(loaded, "check", mixed, "--json").document
    assert (document["files"][0]["state"], document["files"][0]["batch"]) == ("checked", None)
    assert counts(loaded) == before


def test_undo_is_all_good_even_where_rows_had_been_refused(run: Run, loaded: Engine, mixed: Path, bad: Path) -> None:
    before = facts(loaded)
    run(loaded, "load", mixed)
    run(loaded, "load", bad)
    said = run(loaded, "undo", 9)
    assert said.code == 0 and "已撤销（批次 9）" in said.out
    assert run(loaded, "undo", 10, "--json").code == 0
    assert facts(loaded) == before
    again = run(loaded, "undo", 9)
    assert again.code == 2 and "已经撤销过了" in again.err


def test_upgrade_makes_a_database_and_its_folder(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'a.db'}"
    assert run(url, "upgrade").out.strip() == "数据库结构：0005"
    assert run(url, "upgrade", "--json").document == {"schema": "0005"}
    assert run(url, "facts", "--json").document == []


def test_rebuild_says_how_many_rows_changed(run: Run, loaded: Engine) -> None:
    with writing(loaded) as connection:
        connection.execute(
            update(t.fact_progress).where(t.fact_progress.c.progress_key <= 3).values(status="met", gap=7)
        )
    assert run(loaded, "rebuild", "--json").document == {"rows_changed": 6}  # three out, three in
    assert run(loaded, "rebuild").out.strip() == "改变 0 行"


def test_facts_and_progress_as_csv_and_json_say_the_same(run: Run, loaded: Engine) -> None:
    for command, columns in (("facts", FACT_COLUMNS), ("progress", PROGRESS_COLUMNS)):
        rows = list(csv.DictReader(io.StringIO(run(loaded, command, "--csv").out)))
        document = run(loaded, command, "--json").document
        assert tuple(rows[0]) == columns
        text = {None: "", True: "yes", False: "no"}
        assert rows == [
            {name: str(text.get(v, v) if v is None or isinstance(v, bool) else v) for name, v in r.items()}
            for r in document
        ]


def test_the_columns_others_rely_on_come_first() -> None:
    named = "kind district_code indicator_code indicator_zh breakdown_code period_code comparator value value_high"
    traced = "unit_code source_code locator span_start span_end confidence batch"
    assert FACT_COLUMNS[:16] == tuple(f"{named} {traced}".split())


def test_figures_are_printed_digit_for_digit(run: Run, loaded: Engine) -> None:
    assert ",114.4907," in run(loaded, "facts", "--csv").out
    assert ",85.25,percent,1.065625," in run(loaded, "progress", "--csv").out


def test_progress_of_one_period(run: Run, loaded: Engine) -> None:
    for spelling in ("2020-S1", "2020H1", "2020年上半年"):
        rows = run(loaded, "progress", "--json", "--period", spelling).document
        assert {row["period_code"] for row in rows} == {"2020-S1"}
        assert len(rows) == sum(row["period_code"] == "2020-S1" for row in mart(loaded))


def test_status_tells_the_whole_state(run: Run, loaded: Engine) -> None:
    document = run(loaded, "status", "--json").document
    assert (document["schema"], len(document["batches"])) == ("0005", 8)
    assert document["rows"]["fact_target"] == SHIPPED["targets"]
    zhonglou = {c["period_code"]: c for c in document["completeness"] if c["district_code"] == "320404"}
    assert zhonglou["2020-S2"]["reported"] == 0 < zhonglou["2020-S2"]["expected"]
    said = run(loaded, "status")
    assert said.code == 0 and "钟楼区" in said.out


def test_rules_in_force_and_every_version_with_who_when_and_why(run: Run, loaded: Engine) -> None:
    lines = [RuleLine(amber_share=Decimal("0.90"), note_zh="更严"), RuleLine("elderly", weight=Decimal("2.50"))]
    seal = pipeline.preview_rules(loaded, lines).seal
    pipeline.change_rules(loaded, lines, seal=seal, reason="局务会决定", who="user:chen", clock=Clock())
    document = run(loaded, "rules", "--json").document
    new, old = document["versions"]
    assert document["in_force"] == new["version"] == "2026.2" and new["is_in_force"]
    assert (new["made_by"], new["reason"], new["made_at"]) == ("user:chen", "局务会决定", "2026-01-01T00:01:00+00:00")
    assert [(line["domain_code"], line["amber_share"], line["weight"]) for line in new["lines"]] == [
        (None, "0.90", None), ("elderly", None, "2.50"),
    ]  # fmt: skip
    assert (old["version"], old["made_by"], old["lines"][0]["amber_share"]) == ("2026.1", None, "0.80")
    said = run(loaded, "rules")
    assert (said.code, said.err) == (0, "")
    for word in ("2026.2", "0.90", "2.50", "更严", "user:chen", "局务会决定", "2026.1"):
        assert word in said.out


def test_a_database_without_rules_says_so(run: Run, engine: Engine) -> None:
    assert run(engine, "rules", "--json").document == {"in_force": None, "versions": []}
    assert "（无）" in run(engine, "rules").out


@pytest.mark.parametrize("command", ["facts", "progress"])
def test_rows_are_shown_to_people_as_a_table(run: Run, loaded: Engine, command: str) -> None:
    said = run(loaded, command)
    assert said.code == 0 and said.err == ""
    assert "320404" in said.out and "85.25" in said.out and "care_station_coverage" in said.out


@pytest.mark.parametrize("name", ["a[/b].csv", "[red]a.csv", "a:smile:.csv", "a[bold.csv"])
def test_a_file_name_is_printed_as_it_is(run: Run, loaded: Engine, tmp_path: Path, good: Path, name: str) -> None:
    path = tmp_path / Path(name.replace("/", "∕"))
    path.write_bytes(good.read_bytes())
    for file in (path, tmp_path / f"missing-{path.name}"):
        said = run(loaded, "load", file)
        assert file.name in said.out + said.err
