"""Loading data/ again and again: what a file said before and says again is nothing new."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from etl import pipeline
from tests.conftest import Clock
from tests.etl.support import ACTUAL_HEADER, counts, values, version, write_csv

BEDS = ("320404", "nursing_beds", "total", "2020-S1")


def beds(value: str) -> str:
    """A row about the nursing beds of Zhonglou."""
    return f"320404,nursing_beds,total,2020-S1,{value},bed"


def test_a_correction_from_elsewhere_outlives_the_next_load_of_data(
    loaded: Engine, data_copy: Path, tmp_path: Path, clock: Clock
) -> None:
    pipeline.load(loaded, [write_csv(tmp_path / "upload.csv", ACTUAL_HEADER, [beds("2600")])], clock=clock)
    before = (counts(loaded), version(loaded))
    results = pipeline.load(loaded, clock=clock)
    assert {result.state for result in results} == {"unchanged"}
    assert values(loaded)[BEDS] == "2600"
    assert (counts(loaded), version(loaded)) == before


def test_a_changed_file_in_data_has_the_last_word_again(
    loaded: Engine, data_copy: Path, tmp_path: Path, clock: Clock
) -> None:
    pipeline.load(loaded, [write_csv(tmp_path / "upload.csv", ACTUAL_HEADER, [beds("2600")])], clock=clock)
    file = data_copy / "actuals" / "zhonglou-2020-h1.csv"
    text = file.read_text(encoding="utf-8")
    assert "nursing_beds,total,2020-S1,2521," in text
    file.write_text(text.replace("nursing_beds,total,2020-S1,2521,", "nursing_beds,total,2020-S1,2522,"), "utf-8")
    pipeline.load(loaded, clock=clock)
    assert values(loaded)[BEDS] == "2522"


def test_two_files_of_data_that_contradict_each_other_do_not_take_turns(
    loaded: Engine, data_copy: Path, clock: Clock
) -> None:
    write_csv(data_copy / "actuals" / "zz-other.csv", ACTUAL_HEADER, [beds("2600")])
    pipeline.load(loaded, clock=clock)
    assert values(loaded)[BEDS] == "2600"
    before = (counts(loaded), version(loaded))
    for _ in range(2):
        assert {result.state for result in pipeline.load(loaded, clock=clock)} == {"unchanged"}
    assert values(loaded)[BEDS] == "2600"
    assert (counts(loaded), version(loaded)) == before


def test_a_file_with_refused_rows_withdraws_nothing(loaded: Engine, data_copy: Path, clock: Clock) -> None:
    file = data_copy / "actuals" / "zhonglou-2020-h1.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("nursing_beds,total,2020-S1,2521,", "nursing_beds,total,2020-S1,2521x,"), "utf-8")
    result = next(r for r in pipeline.load(loaded, clock=clock) if r.refusals)
    assert (result.withdrawn, len(result.refusals)) == (0, 1)
    assert values(loaded)[BEDS] == "2521"


def test_a_row_that_comes_back_is_believed_again(loaded: Engine, data_copy: Path, clock: Clock) -> None:
    file = data_copy / "actuals" / "zhonglou-2020-h1.csv"
    text = file.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines(keepends=True) if ",nursing_beds,total," not in line]
    file.write_text("".join(kept), encoding="utf-8")
    pipeline.load(loaded, clock=clock)
    assert BEDS not in values(loaded)
    file.write_text(text, encoding="utf-8")
    pipeline.load(loaded, clock=clock)
    assert values(loaded)[BEDS] == "2521"
