"""Many new series at once take a shorter way into the mart, and leave the same rows there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from etl import pipeline, publish
from tests.conftest import Clock, Open
from tests.etl.support import (
    ACTUAL_HEADER,
    TARGET_HEADER,
    assert_mart_is_right,
    counts,
    indexes_of_the_mart,
    mart,
    rows_of_the_mart,
    write_csv,
)
from warehouse import tables as t

INDEXES = {index.name for index in t.fact_progress.indexes}
FILES = {
    "targets.csv": (TARGET_HEADER, ["320404,home_adaptations,total,2025-S2,2021-S1,>=,500,household"]),
    "former.csv": (ACTUAL_HEADER, ["320404,nursing_beds,total,2019-S2,2000,bed"]),
    "many.csv": (
        ACTUAL_HEADER,
        [
            "320404,nursing_beds,total,2020-S1,2521,bed",  # known before
            "320404,home_adaptations,total,2021-S1,350,household",  # with a target, and a sibling of it
            "320413,home_adaptations,total,2021-S1,120,household",
            *(f"320413,dibao_persons,urban,{year}-S2,{year}.0,person" for year in range(2010, 2024)),
            "320413,dibao_persons,total,2020-S1,约0.1,万人",  # in another unit
            "320413,nursing_bed_share,total,2020-S1,40.50,percent",
            "320404,care_guidance_centre_open,total,2020-S1,1,done",
        ],
    ),
}
"""In the order they are loaded in."""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """FILES, written down."""
    return [write_csv(tmp_path / name, header, rows) for name, (header, rows) in FILES.items()]


def loaded_by(engine: Engine, files: list[Path]) -> set[tuple[Any, ...]]:
    for file in files:
        (result,) = pipeline.load(engine, [file], clock=Clock())
        assert (result.state, result.refusals) == ("published", ())
    return rows_of_the_mart(engine)


@pytest.mark.parametrize("makes_indexes_anew", [True, False])
def test_the_short_way_leaves_what_the_long_one_does(
    open_copy: Open, reference_file: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch, makes_indexes_anew: bool
) -> None:
    expected = loaded_by(open_copy(reference_file), files)
    assert len(expected) > 18
    engine = open_copy(reference_file)
    loaded_by(engine, files[:2])
    copied, dropped = [], []
    short, drop = publish.new_series, publish._drop_indexes
    monkeypatch.setattr(publish, "_SERIES", 1)
    monkeypatch.setattr(publish, "_outgrows", lambda *_: makes_indexes_anew)
    monkeypatch.setattr(publish, "new_series", lambda connection: copied.append(short(connection)) or copied[-1])
    monkeypatch.setattr(publish, "_drop_indexes", lambda connection: dropped.append(drop(connection)) or dropped[-1])
    assert loaded_by(engine, files[2:]) == expected
    assert sorted(copied[0].values()) == [1, 1, 1, 14]
    assert {index.name for found in dropped for index in found} == (
        INDEXES - {"ix_fact_progress_indicator"} if makes_indexes_anew else set()
    )
    assert indexes_of_the_mart(engine) == INDEXES
    assert_mart_is_right(engine)


def test_a_rollback_brings_the_indexes_back(
    open_copy: Open, reference_file: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_copy(reference_file)
    loaded_by(engine, files[:2])
    before = counts(engine), mart(engine)

    def fail(*_: Any) -> None:
        raise RuntimeError("half-way")

    monkeypatch.setattr(publish, "_SERIES", 1)
    monkeypatch.setattr(publish, "_MANY", 0)
    monkeypatch.setattr(publish, "write_new_series", fail)
    with pytest.raises(RuntimeError, match="half-way"):
        pipeline.load(engine, files[2:], clock=Clock())
    assert (counts(engine), mart(engine)) == before
    assert indexes_of_the_mart(engine) == INDEXES
