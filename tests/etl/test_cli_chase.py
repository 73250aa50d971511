"""``python -m etl chase``: the list to chase, for people and for programs."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from sqlalchemy import Engine

from etl import cli_chase
from tests.etl.conftest import Run
from warehouse.queries.chase import CHASE_COLUMNS

TODAY = date(2021, 7, 20)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_chase, "today_in_beijing", lambda: TODAY)


def test_as_csv_and_as_json_it_is_the_same_list(run: Run, loaded: Engine) -> None:
    rows = list(csv.DictReader(io.StringIO(run(loaded, "chase", "--csv", "--period", "2021上").out)))
    document = run(loaded, "chase", "--json", "--period", "2021-S1").document
    assert rows and tuple(rows[0]) == CHASE_COLUMNS == tuple(document[0])
    assert [row["indicator_code"] for row in rows] == [row["indicator_code"] for row in document]
    assert {row["period_code"] for row in rows} == {"2021-S1"}
    assert {row["deadline"] for row in rows} == {"2021-07-15"}
    assert {row["days_overdue"] for row in rows} == {"5"}
    assert {row["state"] for row in rows} == {"missing"}


def test_the_last_half_year_is_chased_unless_another_is_named(run: Run, loaded: Engine) -> None:
    assert {row["period_code"] for row in run(loaded, "chase", "--json").document} == {"2021-S1"}


def test_of_one_district_and_those_below_it(run: Run, loaded: Engine) -> None:
    def codes(*options: str) -> set[str]:
        document = run(loaded, "chase", "--json", "--period", "2020-S2", *options).document
        return {row["district_code"] for row in document}

    assert codes("--district", "320404") == {"320404"}
    assert {"320404"} <= codes("--district", "320400") == codes() & {"320400", "320404", "320413"} < codes()
    assert codes("--district", "371324") == set()


@pytest.mark.parametrize(
    ("setting", "option", "day"), [("20", (), "2021-07-20"), ("20", ("--days", "5"), "2021-07-05")]
)
def test_the_deadline_is_a_setting(
    run: Run, loaded: Engine, monkeypatch: pytest.MonkeyPatch, setting: str, option: tuple[str, ...], day: str
) -> None:
    monkeypatch.setenv("DABIAO_RETURN_DAYS", setting)
    assert {row["deadline"] for row in run(loaded, "chase", "--json", *option).document} == {day}


def test_people_read_how_many_and_which(run: Run, loaded: Engine) -> None:
    said = run(loaded, "chase", "--district", "320404")
    number = len(run(loaded, "chase", "--district", "320404", "--json").document)
    assert said.code == 0
    assert f"2021-S1：应报 {number} 项，未报 {number} 项，已说明 0 项，报送期限 2021-07-15。" in said.out
    assert "orphans" in said.out
    assert "应报 0 项" in run(loaded, "chase", "--period", "1999-S1").out


@pytest.mark.parametrize("options", [("--district", "999999"), ("--period", "soon")])
def test_what_there_is_not_is_said(run: Run, loaded: Engine, options: tuple[str, ...]) -> None:
    said = run(loaded, "chase", *options)
    assert said.code == 2 and said.out == "" and options[1] in said.err


@pytest.mark.parametrize("days", ["-1", "367", "x"])
def test_a_deadline_that_cannot_be_is_refused(run: Run, loaded: Engine, days: str) -> None:
    said = run(loaded, "chase", "--days", days)
    assert said.code == 2 and said.out == "" and said.err
