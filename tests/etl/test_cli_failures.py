"""``python -m etl`` where something is wrong: a message and exit code 2, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.etl.conftest import Run
from tests.etl.support import ACTUAL_HEADER, write_csv
from warehouse import engine as engines
from warehouse.engine import ROOT, writing
from warehouse.queries.facts import FACT_COLUMNS

BAD = "320404,dibao_persons,urban,2020-S1,?,person"
READING = (["facts"], ["progress"], ["status"], ["rebuild"], ["load"], ["check", "x.csv"], ["undo", "1"])


def _no_schema(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("drop table alembic_version")


def _no_revision(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("delete from alembic_version")


def _newer(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")


WRONG: dict[str, tuple[Callable[[Engine], None], str, str]] = {
    "no schema": (_no_schema, "还没有数据库", "There is no database yet"),
    "no revision": (_no_revision, "还没有数据库", "There is no database yet"),
    "newer schema": (_newer, "9999 比本程序（0005）新", "9999 is newer than this program (0005)"),
}


@pytest.mark.parametrize(("command", "language"), list(zip(READING, cycle(["zh", "en"]), strict=False)), ids=str)
def test_a_database_that_does_not_fit_is_a_message(
    run: Run, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], language: str
) -> None:
    monkeypatch.setenv("DABIAO_LANG", language)
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"this is no database " * 500)
    expected = [
        (f"sqlite:///{tmp_path / 'missing.db'}", "还没有数据库", "There is no database yet"),
        (f"sqlite:///{tmp_path}", "还没有数据库", "There is no database yet"),
        (f"sqlite:///{junk}", "数据库无法访问", "The database cannot be reached"),
        ("what?", "数据库无法访问", "The database cannot be reached"),
        ("oracle://here", "数据库无法访问", "The database cannot be reached"),
        ("postgresql+psycopg://u:secret@127.0.0.1:1/x", "数据库无法访问", "The database cannot be reached"),
    ]
    for url, *words in expected:
        said = run(url, *command)
        assert said.code == 2 and said.out == "" and words[language == "en"] in said.err
        assert "secret" not in said.err
    assert not (tmp_path / "missing.db").exists(), "looking makes no database"
    for make, *words in WRONG.values():
        make(engine)
        said = run(engine, *command)
        assert said.code == 2 and words[language == "en"] in said.err
        document = run(engine, *command, "--json").document
        assert words[language == "en"] in document["error"], "programs get one document, too"
        with writing(engine) as connection:
            connection.exec_driver_sql("drop table if exists alembic_version")
            connection.exec_driver_sql("create table alembic_version (version_num varchar(32) primary key)")
            connection.exec_driver_sql("insert into alembic_version values ('0005')")


def test_an_older_schema_asks_for_an_upgrade(run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "SCHEMA", "0006")
    said = run(engine, "status")
    assert said.code == 2 and "数据库结构是 0005，本程序需要 0006。请运行 python -m etl upgrade" in said.err


def test_upgrade_of_what_is_no_database_is_a_message(run: Run, tmp_path: Path) -> None:
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"this is no database " * 500)
    for url in (f"sqlite:///{junk}", f"sqlite:///{tmp_path}", f"sqlite:///{junk}/a.db"):
        said = run(url, "upgrade")
        assert said.code == 2 and "数据库无法访问" in said.err
    assert junk.read_bytes().startswith(b"this is no database")


def test_a_period_that_is_none_is_a_message(run: Run, loaded: Engine) -> None:
    said = run(loaded, "progress", "--period", "2020-S3")
    assert said.code == 2 and "看不懂的半年度：2020-S3" in said.err


@pytest.mark.parametrize("arguments", [["undo", "x"], ["undo"], ["check"], ["nonsense"], ["load", "--nonsense"], []])
def test_a_command_that_is_none_is_explained(run: Run, loaded: Engine, arguments: list[str]) -> None:
    said = run(loaded, *arguments)
    assert said.code == 2 and "Usage" in said.err + said.out


def test_a_long_list_of_refusals_is_cut_for_people_only(run: Run, loaded: Engine, tmp_path: Path) -> None:
    many = write_csv(tmp_path / "many.csv", ACTUAL_HEADER, [BAD] * 60)
    assert "另有 10 行" in run(loaded, "check", many).out
    assert len(run(loaded, "check", many, "--json").document["files"][0]["refused"]) == 60


def test_as_a_program_whose_reader_goes_away(loaded: Engine) -> None:
    environment = {**os.environ, "DATABASE_URL": str(loaded.url)}
    command = f"{sys.executable} -m etl facts --csv | head -n 1"
    said = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", command],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout, said.stderr) == (0, ",".join(FACT_COLUMNS) + "\n", "")
