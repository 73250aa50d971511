"""督办事项: states from events, and items as they were known at a moment, within a scope."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select

from warehouse import actions
from warehouse import tables as t
from warehouse.actions import EventKind, ItemEvent, ItemState
from warehouse.catalog import fetch_catalog
from warehouse.engine import writing
from warehouse.measures.period import Period
from warehouse.queries.actions import ActionItem, fetch_item, fetch_items, fetch_items_version
from warehouse.room_tables import action_event, action_item
from warehouse.scope import Scope

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
DUE, LATER = date(2026, 4, 1), date(2026, 5, 1)
ALL = Scope.everything()


def events(text: str) -> list[ItemEvent]:
    """Events by their names, one a day; an extension is to ``LATER``."""
    return [
        ItemEvent(kind, "", LATER if kind == "extended" else None, "user:wang", NOON + timedelta(days=day))
        for day, kind in enumerate(text.split())
    ]


@pytest.mark.parametrize(
    ("history", "state", "due", "awaits", "can_be"),
    [
        ("", "open", DUE, False, "reported done extended returned withdrawn"),
        ("opened", "open", DUE, False, "reported done extended returned withdrawn"),
        ("opened reported", "open", DUE, True, "reported done extended returned withdrawn"),
        ("opened reported reported", "open", DUE, True, "reported done extended returned withdrawn"),
        ("opened reported returned", "returned", DUE, False, "reported done extended returned withdrawn"),
        ("opened reported returned reported", "returned", DUE, True, "reported done extended returned withdrawn"),
        ("opened extended", "extended", LATER, False, "reported done extended returned withdrawn"),
        ("opened extended reported", "extended", LATER, True, "reported done extended returned withdrawn"),
        ("opened extended returned", "returned", LATER, False, "reported done extended returned withdrawn"),
        ("opened returned extended", "extended", LATER, False, "reported done extended returned withdrawn"),
        ("opened done", "done", DUE, False, "returned"),
        ("opened reported done", "done", DUE, False, "returned"),
        ("opened done returned", "returned", DUE, False, "reported done extended returned withdrawn"),
        ("opened extended done", "done", LATER, False, "returned"),
        ("opened withdrawn", "withdrawn", DUE, False, ""),
    ],
)
def test_states(history: str, state: str, due: date, awaits: bool, can_be: str) -> None:
    found = events(history)
    assert actions.state_of(found) == state
    assert actions.due_on(DUE, found) == due
    assert actions.awaits_check(found) is awaits
    assert set(actions.possible(ItemState(state))) == set(can_be.split())


@given(st.lists(st.sampled_from(EventKind)))
def test_every_history_has_a_state_and_only_the_end_has_no_way_on(kinds: list[EventKind]) -> None:
    state = actions.state_of(events(" ".join(kinds)))
    assert (actions.possible(state) == ()) is (state is ItemState.WITHDRAWN)
    assert actions.is_open(state) is (state not in (ItemState.DONE, ItemState.WITHDRAWN))
    assert (EventKind.REPORTED in actions.possible(state)) is actions.is_open(state)


def enter(engine: Engine, district: str = "990101", due: date = DUE, at: datetime = NOON, **changes: Any) -> int:
    """An item on a district's first number, with its opening."""
    with writing(engine) as connection:
        catalog = fetch_catalog(connection)
        m = t.fact_progress.c
        key = catalog.district_by_code[district].key
        row = connection.execute(select(t.fact_progress).where(m.district_key == key).order_by(m.progress_key)).first()
        assert row is not None
        names = ("indicator_key", "district_key", "breakdown_key", "period_key", "due_period_key")
        values = {name: getattr(row, name) for name in names}
        values |= {"what": "加快建设", "office": "区民政局", "due_on": due, "created_by": "user:wang", "created_at": at}
        item = int(connection.execute(insert(action_item).values(values | changes)).inserted_primary_key[0])
    add(engine, item, "opened", at)
    return item


def add(engine: Engine, item: int, kind: str, at: datetime, due: date | None = None) -> None:
    """Another event."""
    values = {"item_key": item, "kind": kind, "note": "因雨", "due_on": due, "written_by": "user:li", "written_at": at}
    with writing(engine) as connection:
        connection.execute(insert(action_event).values(values))


def items(engine: Engine, scope: Scope = ALL, **wanted: Any) -> list[ActionItem]:
    """What a reader sees."""
    with engine.connect() as connection:
        return fetch_items(scope, connection, fetch_catalog(connection), **wanted)


def test_items_and_events_written_later_do_not_exist(loaded_demo: Engine) -> None:
    item = enter(loaded_demo)
    add(loaded_demo, item, "extended", NOON + timedelta(days=10), LATER)
    add(loaded_demo, item, "done", NOON + timedelta(days=20))
    told = {
        day: [(x.state, x.due_on, len(x.events)) for x in items(loaded_demo, as_of=NOON + timedelta(days=day))]
        for day in (-1, 0, 10, 20)
    }
    assert told == {
        -1: [], 0: [("open", DUE, 1)], 10: [("extended", LATER, 2)], 20: [("done", LATER, 3)],
    }  # fmt: skip
    assert [x.decided_due_on for x in items(loaded_demo)] == [DUE]


def test_a_reader_sees_items_of_his_districts_and_domains_only(loaded_demo: Engine) -> None:
    mine, others = enter(loaded_demo, "990101"), enter(loaded_demo, "990202")
    with loaded_demo.connect() as connection:
        catalog = fetch_catalog(connection)
        both = fetch_items(ALL, connection, catalog)
        domain = catalog.indicators[both[0].place.indicator_key].domain_code
        here = Scope(frozenset({"990101"}), None)
        assert [x.key for x in fetch_items(here, connection, catalog)] == [mine]
        assert fetch_items(Scope(None, frozenset(catalog.domains) - {domain}), connection, catalog) == []
        assert fetch_item(here, connection, catalog, others) is None
        assert fetch_item(here, connection, catalog, mine) is not None
        assert fetch_item(ALL, connection, catalog, others + 1) is None


def test_items_come_by_district_and_day_without_those_withdrawn(loaded_demo: Engine) -> None:
    late, second = enter(loaded_demo, "990101", LATER), enter(loaded_demo, "990202", DUE)
    first, gone = enter(loaded_demo, "990101", DUE), enter(loaded_demo, "990101", DUE)
    add(loaded_demo, gone, "withdrawn", NOON)
    assert [x.key for x in items(loaded_demo)] == [first, late, second]
    wanted = items(loaded_demo)[0].place
    assert [x.key for x in items(loaded_demo, districts=[wanted.district_key])] == [first, late]
    assert items(loaded_demo, districts=[]) == items(loaded_demo, indicators=[]) == []
    assert first in [x.key for x in items(loaded_demo, indicators=[wanted.indicator_key])]
    with loaded_demo.connect() as connection:
        found = fetch_item(ALL, connection, fetch_catalog(connection), gone)
    assert found is not None and found.state is ItemState.WITHDRAWN


def test_the_version_is_another_after_every_write(loaded_demo: Engine) -> None:
    def version() -> str:
        with loaded_demo.connect() as connection:
            return fetch_items_version(connection)

    seen = [version()]
    item = enter(loaded_demo)
    seen.append(version())
    for kind in ("reported", "done", "returned"):
        add(loaded_demo, item, kind, NOON)
        seen.append(version())
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(("today", "state", "overdue"), [
    (DUE, "", False), (DUE + timedelta(days=1), "", True), (DUE + timedelta(days=1), "done", False),
    (DUE + timedelta(days=1), "reported", True), (DUE + timedelta(days=1), "returned", True),
])  # fmt: skip
def test_an_item_is_overdue_the_day_after_unless_it_is_done(
    loaded_demo: Engine, today: date, state: str, overdue: bool
) -> None:
    item = enter(loaded_demo)
    if state:
        add(loaded_demo, item, state, NOON)
    [found] = items(loaded_demo)
    assert found.is_overdue(today) is overdue


def test_an_item_names_the_row_it_hangs_on(loaded_demo: Engine) -> None:
    enter(loaded_demo)
    [item] = items(loaded_demo)
    with loaded_demo.connect() as connection:
        key = item.row_key(fetch_catalog(connection))
    assert key.district_code == "990101" and isinstance(key.period, Period)
    assert key.due == item.due_period


@pytest.fixture
def loaded_demo(open_copy: Any, demo_file: Any) -> Engine:
    """A copy of the synthetic province."""
    return open_copy(demo_file)
