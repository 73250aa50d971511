"""Series without targets take a shorter way into the mart, and leave the same rows there."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from etl import pipeline, publish
from etl.plain_series import PlainSeries
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
from warehouse.engine import writing

AT = datetime(2020, 1, 1, tzinfo=UTC)
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


def has_no_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every series is judged from now on."""
    monkeypatch.setattr(publish, "PlainSeries", lambda c, catalog, _, latest: PlainSeries(c, catalog, (), latest))


@pytest.mark.parametrize("makes_indexes_anew", [True, False])
def test_the_short_way_leaves_what_the_long_one_does(
    open_copy: Open, reference_file: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch, makes_indexes_anew: bool
) -> None:
    with monkeypatch.context() as patched:
        has_no_short_way(patched)
        expected = loaded_by(open_copy(reference_file), files)
    assert len(expected) > 18
    engine = open_copy(reference_file)
    loaded_by(engine, files[:2])
    missing, dropped = [], []
    count, drop = PlainSeries.missing, publish._drop_indexes
    monkeypatch.setattr(PlainSeries, "missing", lambda plain: missing.append(count(plain)) or missing[-1])
    monkeypatch.setattr(publish, "_outgrows", lambda *_: makes_indexes_anew)
    monkeypatch.setattr(publish, "_drop_indexes", lambda connection: dropped.append(drop(connection)) or dropped[-1])
    assert loaded_by(engine, files[2:]) == expected
    assert missing == [19]  # of five series; one was known, and its row of the former half-year is current no longer
    assert {index.name for found in dropped for index in found} == (
        INDEXES - {"ix_fact_progress_series"} if makes_indexes_anew else set()
    )
    assert indexes_of_the_mart(engine) == INDEXES
    assert_mart_is_right(engine)


def test_the_short_way_replaces_what_no_longer_holds_and_nothing_else(
    open_copy: Open, reference_file: Path, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Corrections, a figure in another unit, a later report and undoing all of it: rows and history as if judged."""
    changes = [
        "320413,dibao_persons,urban,2015-S2,7,person",
        "320413,dibao_persons,urban,2024-S1,8,person",  # the district's latest moves: so do all its current rows
        "320413,dibao_persons,total,2020-S1,900,person",
        "320413,nursing_bed_share,total,2019-S1,0.5,percent",
        "320404,nursing_beds,total,2019-S2,2100,bed",
    ]
    more = write_csv(tmp_path / "more.csv", ACTUAL_HEADER, changes)

    def everything(engine: Engine) -> list[Any]:
        found = [loaded_by(engine, [*files, more]), mart(engine)]
        result = pipeline.undo(engine, 4, clock=Clock())
        assert result.state == "undone"
        return [*found, rows_of_the_mart(engine), counts(engine), former(engine)]

    with monkeypatch.context() as patched:
        has_no_short_way(patched)
        expected = everything(open_copy(reference_file))
    engine = open_copy(reference_file)
    assert everything(engine) == expected
    assert_mart_is_right(engine)


def former(engine: Engine) -> set[tuple[Any, ...]]:
    """The history of the mart, whatever its keys."""
    columns = [column for column in t.fact_progress_history.c if not column.primary_key]
    with engine.connect() as connection:
        return {tuple(row) for row in connection.execute(select(*columns))}


@pytest.mark.parametrize("column", ["status", "actual", "is_current", "forecast", "rule_version", "recorded_at"])
def test_a_wrong_row_of_a_plain_series_is_found(open_copy: Open, loaded_file: Path, column: str) -> None:
    engine = open_copy(loaded_file)
    m = t.fact_progress.c
    with writing(engine) as connection:
        key = connection.scalar(select(func.min(m.progress_key)).where(m.target_key.is_(None), m.is_current))
        wrong = {"is_current": False, "recorded_at": AT, "actual": Decimal(-1), "forecast": Decimal(3)}
        values = {column: wrong.get(column, "none")}
        connection.execute(update(t.fact_progress).where(m.progress_key == key).values(values))
    changed = pipeline.rebuild(engine, clock=Clock())
    assert changed == (0 if column == "recorded_at" else 2)
    assert_mart_is_right(engine)


def test_a_rollback_brings_the_indexes_back(
    open_copy: Open, reference_file: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_copy(reference_file)
    loaded_by(engine, files[:2])
    before = counts(engine), mart(engine)

    def fail(*_: Any) -> None:
        raise RuntimeError("half-way")

    monkeypatch.setattr(publish, "_MANY", 0)
    monkeypatch.setattr(PlainSeries, "write", fail)
    with pytest.raises(RuntimeError, match="half-way"):
        pipeline.load(engine, files[2:], clock=Clock())
    assert (counts(engine), mart(engine)) == before
    assert indexes_of_the_mart(engine) == INDEXES
