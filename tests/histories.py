"""Random histories of a small warehouse: loads, corrections, withdrawals, undos, other rules, rebuilds, a day apart."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from etl import pipeline
from tests.conftest import Clock
from tests.etl.support import write_csv
from warehouse import tables as t
from warehouse.engine import open_engine, writing
from warehouse.errors import RuleRefused
from warehouse.queries.rules import RuleLine

HEADER = (
    "kind,district_code,indicator_code,period_code,first_period_code,comparator,value,unit_code,numerator,denominator"
)
DISTRICTS = (320404, 320413, 431103, 371324)
FLOW = [
    f"actual,{district},home_adaptations,{year}-S{half},,,{{}},household,,"
    for district in DISTRICTS
    for year in (2018, 2019)
    for half in (1, 2)
]
POOL = [
    *FLOW,
    "actual,320404,home_adaptations,2020-S1,,,{},household,,",
    "target,320404,home_adaptations,2020-S2,2020-S1,>=,{},household,,",
    "target,320413,home_adaptations,2019-S2,2018-S1,>=,{},household,,",
    "target,320404,nursing_bed_share,2020-S2,2019-S2,>=,5{},percent,,",
    "target,320404,nursing_bed_share,2021-S2,2020-S1,>=,6{},percent,,",
    "actual,320404,nursing_bed_share,2019-S2,,,5{},percent,,",
    "actual,320404,nursing_bed_share,2020-S1,,,2{},percent,,",
    "actual,320413,nursing_bed_share,2020-S1,,,50,percent,500{},10000",
    "target,320404,care_guidance_centre_open,2021-S2,2021-S1,,1,done,,",
    "actual,320404,care_guidance_centre_open,2019-S2,,,1,done,,",
    "target,320413,nursing_beds,2021-S2,2019-S1,>=,3{},bed,,",
    "actual,320413,nursing_beds,2020-S2,,,2{},bed,,",
]
"""Rows a file may hold, each with a place for its value."""
BAD = "actual,320404,no_such_thing,2020-S1,,,1,person,,"
"""A row that is refused."""
INDICATORS = ("home_adaptations", "nursing_bed_share", "care_guidance_centre_open", "nursing_beds")
RULES = (
    (RuleLine(amber_share=Decimal("0.50")),),
    (RuleLine(amber_share=Decimal("0.95")), RuleLine("elderly", weight=Decimal(3))),
    (RuleLine(amber_share=Decimal("0.80")), RuleLine(None, "home_adaptations", s1_share=Decimal("0.30"))),
)
FIRST_DAY = datetime(2026, 1, 5, 2, tzinfo=UTC)
"""A morning in Beijing."""

Step = tuple[Any, ...]
"""("load", file, is mirrored, {row of POOL: value}, has a bad row), ("undo", which), ("rules", which), ("rebuild",)."""

_contents = st.dictionaries(st.integers(0, len(POOL) - 1), st.integers(1, 9), max_size=len(POOL))
_few = st.dictionaries(st.integers(len(FLOW), len(POOL) - 1), st.integers(1, 9), min_size=1, max_size=6)
_load = st.tuples(st.just("load"), st.sampled_from("ab"), st.booleans(), _few | _contents, st.booleans())
_other = st.one_of(
    st.tuples(st.just("undo"), st.integers(0, 9)),
    st.tuples(st.just("rules"), st.integers(0, len(RULES) - 1)),
    st.just(("rebuild",)),
)
plans = st.lists(_load | _load | _other, min_size=2, max_size=7)

WITHDRAWN_AND_UNDONE: list[Step] = [
    ("load", "a", True, {19: 1, 21: 4, 22: 5}, False), ("load", "a", True, {19: 1, 22: 5}, True), ("undo", 1),
]  # fmt: skip
CORRECTED_TWICE_AND_UNDONE: list[Step] = [
    *(("load", "a", False, {16: n, 17: 9, 19: n, 22: n}, n == 2) for n in (1, 2, 3)), ("undo", 1), ("undo", 1),
    ("load", "b", False, {16: 8, 22: 8}, False), ("rules", 1), ("undo", 1),
]  # fmt: skip


@dataclass
class History:
    """A warehouse that goes through a plan, one step a day."""

    engine: Engine
    folder: Path
    clock: Clock = field(default_factory=lambda: Clock(FIRST_DAY))

    def take(self, step: Step) -> None:
        """One step, on the next day."""
        self.clock.now = FIRST_DAY + timedelta(days=(self.clock.now - FIRST_DAY).days + 1)
        match step:
            case ("load", name, is_mirrored, content, has_bad):
                self._load(name, is_mirrored, content, has_bad)
            case ("undo", which):
                self._undo(which)
            case ("rules", which):
                self._change_rules(RULES[which])
            case ("rebuild",):
                pipeline.rebuild(self.engine, clock=self.clock)

    def _load(self, name: str, is_mirrored: bool, content: dict[int, int], has_bad: bool) -> None:
        for other in self.folder.glob("actuals/*.csv"):
            other.unlink()
        rows = [POOL[fact].format(value) for fact, value in sorted(content.items())]
        path = write_csv(self.folder / "actuals" / f"{name}.csv", HEADER, [*rows, BAD] if has_bad else rows)
        [result] = pipeline.load(self.engine, [] if is_mirrored else [path], who="user:zhang", clock=self.clock)
        assert result.error is None
        assert result.rows_rejected == has_bad or result.state == "undone_before"

    def _undo(self, which: int) -> None:
        b = t.load_batch.c
        with self.engine.connect() as connection:
            standing = list(connection.execute(select(b.batch_key).where(b.state == "published")).scalars())
        if standing:
            pipeline.undo(self.engine, standing[which % len(standing)], who="user:li", clock=self.clock)

    def _change_rules(self, lines: tuple[RuleLine, ...]) -> None:
        try:
            seen = pipeline.preview_rules(self.engine, lines, clock=self.clock)
        except RuleRefused:  # those in force already
            return
        pipeline.change_rules(self.engine, lines, seal=seen.seal, reason="试行", who="user:wang", clock=self.clock)


@contextmanager
def open_history(reference_file: Path, folder: Path) -> Iterator[History]:
    """A warehouse with the dimensions and nothing else, and a data folder of its own that mirrors are loaded from."""
    folder.mkdir(parents=True)
    database = folder / "dabiao.db"
    shutil.copyfile(reference_file, database)
    engine = open_engine(f"sqlite:///{database}")
    with writing(engine) as connection:
        connection.execute(delete(t.dim_indicator).where(t.dim_indicator.c.indicator_code.not_in(INDICATORS)))
    for name in ("targets", "actuals", "reference"):
        (folder / name).mkdir()
    (folder / "reference" / "aliases.csv").write_text("kind,alias,code\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "DATA", folder)
        patch.setattr(pipeline, "_load_reference", lambda engine, clock: None)
        yield History(engine, folder)
    engine.dispose()
