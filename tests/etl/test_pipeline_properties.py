"""Laws of the pipeline, over files no one would write and orders no one would choose."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from etl import pipeline
from etl.columns import ACTUAL_COLUMNS, TARGET_COLUMNS
from tests.conftest import Clock
from tests.etl.support import INDICATORS, assert_mart_is_right, counts, emptied, rows_of_the_mart, write_csv
from warehouse import tables as t

# --- rows in = accepted + refused ---------------------------------------------------------------

GOOD = {
    "kind": ["target", "actual", "目标"], "district_code": ["320404", "钟楼区"],
    "indicator_code": INDICATORS,
    "breakdown_code": ["", "urban"], "period_code": ["2020-S1", "2020年", "2060-S2"], "value": ["", "0", "1", "62.5"],
    "unit_code": ["household", "percent", "元/人/月", "done"], "comparator": ["", ">=", "range", "all"],
    "first_period_code": ["", "2018-S1"], "due_on": ["", "2020-12-31"], "value_high": ["", "70"],
    "baseline_value": ["", "10"], "baseline_period_code": ["", "2017-S2"], "s1_value": ["", "1"],
    "weight": ["", "2"], "is_binding": ["", "是"], "numerator": ["", "5"], "denominator": ["", "8"],
    "span_start": ["", "3"], "span_end": ["", "9"], "confidence": ["", "low"], "qualifier": ["", "余"],
    "source_code": ["", "zhonglou-2020-h1"], "locator": [""], "note": [""],
}  # fmt: skip
NAMES = ["kind", *dict.fromkeys(column.name for column in (*TARGET_COLUMNS, *ACTUAL_COLUMNS))]
GARBAGE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.sampled_from(
        ["NaN", "-1", "1e5", "9" * 40, "0." + "3" * 40, "١٢", "２０２０", "2020-02-30", "1900", "=1+1", "'", '"']
    ),
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Rows with mostly good cells and some garbage, under every header there is."""
    rows = []
    for _ in range(draw(st.integers(0, 6))):
        bad = draw(st.sets(st.sampled_from(NAMES), max_size=2))
        rows.append([draw(GARBAGE) if name in bad else draw(st.sampled_from(GOOD[name])) for name in NAMES])
    if draw(st.booleans()):
        rows.insert(draw(st.integers(0, len(rows))), [""] * len(NAMES))
    return rows


@settings(max_examples=40)
@given(rows=tables())
def test_every_row_is_accepted_or_refused(small: Engine, tmp_path: Path, rows: list[list[str]]) -> None:
    engine, path = emptied(small), tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([NAMES, *rows])
    [result] = pipeline.load(engine, [path], clock=Clock())
    assert result.error is None
    assert result.rows_in == sum(any(cell.strip() for cell in row) for row in rows)
    assert result.rows_in == result.rows_accepted + len(result.refusals)
    assert result.added == result.rows_accepted, "every accepted row is a fact of its own"
    found = counts(engine)
    assert found["quarantine_row"] == result.rows_rejected
    assert found["fact_target"] + found["fact_actual"] == result.added
    assert_mart_is_right(engine)
    assert pipeline.load(engine, [path], clock=Clock())[0].state == "unchanged"


# --- loading and undoing in any order -----------------------------------------------------------

HISTORY = [
    f"actual,{district},home_adaptations,{year}-S{half},,,{{}},household"
    for district in (320404, 320413, 431103, 371324, 310107, 320400)
    for year in (2018, 2019)
    for half in (1, 2)
]
FLOW = [*HISTORY[:22], "actual,320404,home_adaptations,2020-S1,,,{},household"]
OTHERS = [
    "target,320404,home_adaptations,2020-S2,,>=,{},household",
    "target,320404,care_guidance_centre_open,2021-S2,2021-S1,,1,done",
    "actual,320404,care_guidance_centre_open,2019-S2,,,1,done",
    "actual,320404,nursing_beds,2021-S2,,,{},bed",
    "target,320404,nursing_beds,2022-S2,2019-S1,>=,{},bed",
    "actual,320404,dibao_persons,2020-S1,,,{},person",
    "actual,320413,dibao_persons,2020-S1,,,{},person",
]
POOL = FLOW + OTHERS
HEADER = "kind,district_code,indicator_code,period_code,first_period_code,comparator,value,unit_code"

Content = dict[int, int]
"""Row of POOL → value."""
contents = st.dictionaries(st.integers(0, len(POOL) - 1), st.integers(1, 3), max_size=len(POOL))
few = st.dictionaries(st.integers(len(FLOW) - 1, len(POOL) - 1), st.integers(1, 2), max_size=4)
steps = st.one_of(
    st.tuples(st.just("load"), st.sampled_from("ab"), st.booleans(), contents | few),
    st.tuples(st.just("undo"), st.integers(0, 9), st.none(), st.none()),
)

CHAIN = [("load", "a", False, {26: n}) for n in (1, 2, 3)]
WITHDRAWN = [("load", "a", True, {28: 1}), ("load", "a", True, {}), ("undo", 0, None, None)]
CORRECTED_THEN_WITHDRAWN = [("load", "a", True, c) for c in ({28: 1}, {28: 2}, {})] + [("undo", 1, None, None)]
WITHDRAWN_AND_BROUGHT_BACK = [
    *WITHDRAWN[:2], ("load", "b", False, {28: 2}), ("undo", 2, None, None), ("undo", 1, None, None),
]  # fmt: skip
DONE_BEFORE_IT_BEGAN = [("load", "a", False, {24: 1, 25: 1}), ("load", "b", False, {26: 1})]
SIBLINGS = [
    ("load", "a", False, {fact: 1 if fact % 2 == 0 else 3 for fact in range(4, 22)} | {22: 1, 23: 3}),
    ("load", "b", False, {6: 2}),
]


@dataclass
class Model:
    """What should be believed: of each fact, what the last batch that still stands said of it."""

    said: dict[int, tuple[str, dict[int, int | None]]] = field(default_factory=dict)
    """Batch → file, and of which facts it said what (None: withdrawn)."""

    def believed(self) -> dict[int, tuple[int, str]]:
        """Fact → value, and the file that brought it."""
        last = {fact: (value, file) for _, (file, facts) in sorted(self.said.items()) for fact, value in facts.items()}
        return {fact: (value, file) for fact, (value, file) in last.items() if value is not None}

    def news(self, file: str, content: Content, mirrored: bool) -> dict[int, int | None]:
        """What a file would change."""
        now = self.believed()
        fixed = {fact: value if "{}" in POOL[fact] else 1 for fact, value in content.items()}
        news: dict[int, int | None] = {f: v for f, v in fixed.items() if f not in now or now[f][0] != v}
        gone = {fact: None for fact, (_, by) in now.items() if mirrored and by == file and fact not in content}
        return news | gone


@settings(max_examples=40)
@given(plan=st.lists(steps, min_size=2, max_size=6), order=st.randoms(use_true_random=False))
@example(plan=CHAIN, order=None)
@example(plan=WITHDRAWN, order=None)
@example(plan=CORRECTED_THEN_WITHDRAWN, order=None)
@example(plan=WITHDRAWN_AND_BROUGHT_BACK, order=None)
@example(plan=DONE_BEFORE_IT_BEGAN, order=None)
@example(plan=SIBLINGS, order=None)
def test_what_is_believed_follows_from_the_batches_that_stand(
    small: Engine, tmp_path: Path, plan: list[Any], order: Any
) -> None:
    engine, model, clock, shown = emptied(small), Model(), Clock(), []
    with data_folder(tmp_path) as folder:
        first = rows_of_the_mart(engine)
        for kind, which, mirrored, content in plan:
            if kind == "load":
                _load(engine, model, folder, which, content, mirrored, clock)
            elif model.said:
                batch = sorted(model.said)[which % len(model.said)]
                pipeline.undo(engine, batch, clock=clock)
                del model.said[batch]
            assert believed(engine) == {fact: value for fact, (value, _) in model.believed().items()}
            assert_mart_is_right(engine)
            shown.append((clock.now, rows_of_the_mart(engine)))

        batches = sorted(model.said)
        if order is not None:
            order.shuffle(batches)
        for batch in batches:
            pipeline.undo(engine, batch, clock=clock)
        assert believed(engine) == {}, "undoing all, in any order, restores the first state"
        assert rows_of_the_mart(engine) == first
        for moment, rows in shown:
            assert rows_of_the_mart(engine, moment) == rows, "as known at a moment, exactly what was shown then"


def _load(
    engine: Engine, model: Model, folder: Path, which: str, content: Content, mirrored: bool, clock: Clock
) -> None:
    for other in folder.glob("actuals/*.csv"):
        other.unlink()
    path = folder / "actuals" / f"{which}.csv"
    write_csv(path, HEADER, [POOL[fact].format(value) for fact, value in sorted(content.items())])
    news = model.news(path.name, content, mirrored)
    [result] = pipeline.load(engine, [] if mirrored else [path], clock=clock)
    assert result.rows_rejected == 0
    if result.state == "published":
        assert result.batch_key is not None
        assert result.added + result.corrected + result.withdrawn == len(news)
        model.said[result.batch_key] = (path.name, news)
    else:
        assert result.state == "undone_before" if news else result.state in ("unchanged", "undone_before")


@contextmanager
def data_folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder of nothing but aliases; the dimensions are in step already."""
    folder = tmp_path / "data"
    for name in ("targets", "actuals", "reference"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "reference" / "aliases.csv").write_text("kind,alias,code\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "DATA", folder)
        patch.setattr(pipeline, "_load_reference", lambda engine, clock: None)
        yield folder


def believed(engine: Engine) -> Content:
    """Row of POOL → value, of the current facts."""
    where = {tuple(row.split(",")[:4]): fact for fact, row in enumerate(POOL)}
    found = {}
    for table, period in ((t.fact_target, t.fact_target.c.due_period_key), (t.fact_actual, t.fact_actual.c.period_key)):
        query = (
            select(
                t.dim_district.c.district_code,
                t.dim_indicator.c.indicator_code,
                t.dim_period.c.period_code,
                table.c.value,
            )
            .join_from(table, t.dim_district)
            .join(t.dim_indicator)
            .join(t.dim_period, t.dim_period.c.period_key == period)
            .where(table.c.superseded_at.is_(None))
        )
        with engine.connect() as connection:
            for *codes, value in connection.execute(query):
                found[where[table.name.removeprefix("fact_"), *codes]] = int(value)
    return found
