"""较上次会议: the list accounts for every row that reads otherwise, and says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations, count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from sqlalchemy import Engine, select

from tests.histories import CORRECTED_TWICE_AND_UNDONE, WITHDRAWN_AND_UNDONE, History, Step, open_history, plans
from warehouse.catalog import fetch_catalog
from warehouse.queries.causes import Act, Cause, Version
from warehouse.queries.changes import Change, fetch_changes
from warehouse.queries.mart import ProgressRow, mart
from warehouse.scope import Scope

ALL = Scope.everything()
OF_A_LOAD = {Cause.DATA, Cause.TARGET, Cause.HISTORY, Cause.PERIOD}
_number = count()


@pytest.fixture
def history(reference_file: Path, tmp_path: Path) -> Iterator[History]:
    """A warehouse before its first step."""
    with open_history(reference_file, tmp_path / "history") as found:
        yield found


def changes(engine: Engine, since: datetime, until: datetime | None = None, **filters: Any) -> list[Change]:
    """What changed, for who sees everything."""
    with engine.connect() as connection:
        return fetch_changes(ALL, connection, fetch_catalog(connection), since, until, **filters)


def shown(engine: Engine, moment: datetime | None = None) -> Counter[Any]:
    """Every row of the mart without the keys behind it, and whether it is current."""
    m = mart(moment)
    query = select(*(m.c[name] for name in (*ProgressRow._fields, "is_current")))
    with engine.connect() as connection:
        return Counter(_visible(ProgressRow._make(row[:-1]), row[-1]) for row in connection.execute(query))


def _visible(row: ProgressRow, is_current: bool) -> Any:
    return row._replace(target_key=None, actual_key=None, rule_version=""), is_current


def told(versions: Iterator[Version | None]) -> Counter[Any]:
    """The same of the versions of some changes."""
    return Counter(_visible(version.row, version.is_current) for version in versions if version is not None)


@settings(max_examples=30, phases=(Phase.explicit, Phase.generate))
@given(plan=plans)
@example(plan=WITHDRAWN_AND_UNDONE)
@example(plan=CORRECTED_TWICE_AND_UNDONE)
def test_what_was_shown_and_the_changes_make_what_is_shown(
    reference_file: Path, tmp_path: Path, plan: list[Step]
) -> None:
    with open_history(reference_file, tmp_path / str(next(_number))) as history:
        moments = [history.clock.now]
        for step in plan:
            history.take(step)
            moments.append(history.clock.now)
            found = changes(history.engine, moments[-2])
            check_reasons(history, step, found)
        rows = {moment: shown(history.engine, moment) for moment in moments}
        for since, until in combinations(moments, 2):
            for end in (until, None) if until == moments[-1] else (until,):
                found = changes(history.engine, since, end)
                before, after = told(x.before for x in found), told(x.after for x in found)
                assert before <= rows[since], "nothing is said to have been that was not"
                assert rows[since] - before + after == rows[until]
                assert all(change.reasons for change in found)
                causes = {reason.cause for change in found for reason in change.reasons}
                assert Cause.RECOMPUTED not in causes


def check_reasons(history: History, step: Step, found: list[Change]) -> None:
    """After one step, every reason is that step."""
    reasons = [reason for change in found for reason in change.reasons]
    by_facts = [reason for reason in reasons if reason.cause in (Cause.DATA, Cause.TARGET)]
    assert all(reason.at == history.clock.now for reason in reasons)
    match step[0]:
        case "load":
            assert {reason.cause for reason in reasons} <= OF_A_LOAD
            assert {reason.act for reason in by_facts} <= {Act.NEW, Act.CORRECTED, Act.WITHDRAWN}
            assert {reason.who for reason in by_facts} <= {"user:zhang"}
            assert len({reason.batch_key for reason in by_facts}) <= 1
        case "undo":
            assert {reason.cause for reason in reasons} <= OF_A_LOAD
            assert {reason.act for reason in by_facts} <= {Act.UNDONE}
            assert {reason.who for reason in by_facts} <= {"user:li"}
        case "rules":
            assert {(reason.cause, reason.who, reason.text) for reason in reasons} <= {
                (Cause.RULE, "user:wang", "试行")
            }
        case _:
            assert not found
