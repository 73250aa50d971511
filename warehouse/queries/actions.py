"""Action items (督办事项) as a scope may see them, now or as known at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from warehouse import actions
from warehouse.actions import ItemEvent as ItemEvent
from warehouse.actions import ItemState as ItemState
from warehouse.catalog import Catalog
from warehouse.measures.period import Period, from_key
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import Place
from warehouse.room_tables import action_event, action_item
from warehouse.scope import Scope


@dataclass(frozen=True, slots=True)
class ActionItem:
    """A decision that hangs on a number, with everything that became of it, oldest first."""

    key: int
    meeting_key: int | None
    place: Place
    period: Period
    due_period: Period | None
    what: str
    office: str
    decided_due_on: date
    due_on: date
    """After extensions."""
    state: ItemState
    created_by: str
    created_at: datetime
    events: tuple[ItemEvent, ...]

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor withdrawn."""
        return actions.is_open(self.state)

    @property
    def awaits_check(self) -> bool:
        """待核: whether a report waits for a decision."""
        return self.is_open and actions.awaits_check(self.events)

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been done before today, and is not."""
        return self.is_open and self.due_on < today

    def row_key(self, catalog: Catalog) -> RowKey:
        """The row of the mart it hangs on, as a link names it."""
        return RowKey(
            catalog.districts[self.place.district_key].code,
            catalog.indicators[self.place.indicator_key].code,
            catalog.breakdowns[self.place.breakdown_key].code,
            self.period,
            self.due_period,
        )


def fetch_items(
    scope: Scope,
    connection: Connection,
    catalog: Catalog,
    *,
    districts: Iterable[int] | None = None,
    indicators: Iterable[int] | None = None,
    as_of: datetime | None = None,
) -> list[ActionItem]:
    """Every item but those withdrawn, by district and day due; what was written after ``as_of`` does not exist."""
    query = select(action_item)
    for column, keys in ((action_item.c.district_key, districts), (action_item.c.indicator_key, indicators)):
        if keys is not None:
            query = query.where(column.in_(sorted(keys)))
    found = [item for item in _items(scope, connection, catalog, query, as_of) if item.state is not ItemState.WITHDRAWN]
    order = {key: place for place, key in enumerate(catalog.districts)}
    return sorted(found, key=lambda item: (order[item.place.district_key], item.due_on, item.key))


def fetch_item(
    scope: Scope, connection: Connection, catalog: Catalog, key: int, as_of: datetime | None = None
) -> ActionItem | None:
    """One item, withdrawn or not; None for what is not there, or not to be seen."""
    return next(iter(_items(scope, connection, catalog, select(action_item).where(_I.item_key == key), as_of)), None)


def fetch_items_version(connection: Connection) -> str:
    """Another text whenever an item or event is written; caches are keyed by it."""
    query = select(
        select(func.max(_I.item_key)).scalar_subquery(), select(func.max(action_event.c.event_key)).scalar_subquery()
    )
    return "|".join(map(str, connection.execute(query).one()))


_I = action_item.c


def _items(
    scope: Scope, connection: Connection, catalog: Catalog, query: Select[Any], as_of: datetime | None
) -> list[ActionItem]:
    query = query.where(scope.where(catalog, action_item))
    if as_of is not None:
        query = query.where(_I.created_at <= as_of)
    rows = connection.execute(query).all()
    events = _events(connection, query, as_of) if rows else {}
    return [_item(row, tuple(events.get(row.item_key, ()))) for row in rows]


def _events(connection: Connection, items: Select[Any], as_of: datetime | None) -> dict[int, list[ItemEvent]]:
    e = action_event.c
    query = select(e.item_key, e.kind, e.note, e.due_on, e.written_by, e.written_at).order_by(e.event_key)
    query = query.where(e.item_key.in_(items.with_only_columns(_I.item_key)))
    if as_of is not None:
        query = query.where(e.written_at <= as_of)
    found: dict[int, list[ItemEvent]] = defaultdict(list)
    for key, *event in connection.execute(query):
        found[key].append(ItemEvent(*event))
    return found


def _item(row: Any, events: tuple[ItemEvent, ...]) -> ActionItem:
    return ActionItem(
        key=row.item_key,
        meeting_key=row.meeting_key,
        place=Place(row.indicator_key, row.district_key, row.breakdown_key),
        period=from_key(row.period_key),
        due_period=None if row.due_period_key is None else from_key(row.due_period_key),
        what=row.what,
        office=row.office,
        decided_due_on=row.due_on,
        due_on=actions.due_on(row.due_on, events),
        state=actions.state_of(events),
        created_by=row.created_by,
        created_at=row.created_at,
        events=events,
    )
