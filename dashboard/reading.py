"""One request's view of the data: connection, catalog, scope, language, and the state in the URL."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine

from dashboard.display import Display
from dashboard.figures.boundaries import Boundaries, read_boundaries
from dashboard.settings import Settings
from dashboard.state import ViewState
from warehouse.catalog import Catalog, District, Indicator, Rules, fetch_catalog
from warehouse.engine import open_engine
from warehouse.measures.arrival import RETURN_DAYS
from warehouse.measures.period import Period
from warehouse.queries import batches, mart
from warehouse.queries.actions import ActionItem, fetch_items
from warehouse.queries.lights import Lights, fetch_lights
from warehouse.queries.mart import Selection
from warehouse.queries.rules import fetch_version_in_force
from warehouse.scope import Scope

T = TypeVar("T")
_ALL = 10**6


@dataclass(frozen=True)
class Reading:
    """Everything a page needs to answer one request."""

    scope: Scope
    connection: Connection
    catalog: Catalog
    display: Display
    state: ViewState
    today: date
    """The day it is, or the day the data are seen as of: what falls due later is not overdue yet."""
    data_version: str
    sources_folder: Path
    memo: Memo
    boundaries_folder: Path | None = None
    return_days: int = RETURN_DAYS
    """Days after the end of a half-year within which it is reported."""
    names_people: bool = True
    """Whether the reader is told who loaded what; the public and screens are not."""
    senders: frozenset[str] | None = frozenset()
    """Whose files sent in the reader may see; None: everybody's."""

    may_decide: bool = False
    """Whether the reader is offered to make a decision of a number."""
    is_whole: bool = False
    """Whether tables are given as a whole, for paper, and not sheet by sheet."""

    def sheet_of(self, rows: int) -> int:
        """How many rows a sheet of a table holds, where a screen has so many; a whole table is one sheet."""
        return _ALL if self.is_whole else rows

    @property
    def may_review(self) -> bool:
        """Whether the reader is told what waits for approval."""
        return self.senders is None or bool(self.senders)

    @cached_property
    def boundaries(self) -> Boundaries | None:
        """The owner's boundaries of districts; None where there are none."""
        return None if self.boundaries_folder is None else read_boundaries(self.boundaries_folder)

    @cached_property
    def latest_reports(self) -> dict[int, Period | None]:
        """By district with data: its last report, None where it only has targets."""
        as_of = self.state.as_of
        key = ("latest_reports", self.data_version, self.scope.key, as_of)
        return self.memo.recall(
            key, lambda: mart.fetch_latest_reports(self.scope, self.connection, self.catalog, as_of)
        )

    @cached_property
    def rules(self) -> Rules:
        """The rules in force, now or on the day chosen."""
        if self.state.as_of is None:
            return self.catalog.rules
        return self.catalog.rules_of(fetch_version_in_force(self.connection, self.state.as_of) or "")

    def items(self, districts: Iterable[int] | None = None) -> list[ActionItem]:
        """Action items (督办事项) as known then; none for who is not told who did what, such as the public."""
        if not self.names_people:
            return []
        return fetch_items(self.scope, self.connection, self.catalog, districts=districts, as_of=self.state.as_of)

    @cached_property
    def all_lights(self) -> Lights:
        """Every light of the half-year chosen (or of each district's latest), whatever the other filters say."""
        selection = Selection(period=self.state.period, as_of=self.state.as_of)
        key = ("lights", self.data_version, self.scope.key, selection)
        return self.memo.recall(key, lambda: fetch_lights(self.scope, self.connection, self.catalog, selection))

    @cached_property
    def lights(self) -> Lights:
        """The lights the filters select, whatever the status filter says."""
        return self.all_lights.only(self.selection.districts, self.selection.indicators)

    @cached_property
    def leaves(self) -> list[District]:
        """Districts with data and none below them with data: what an overview counts, once each."""
        present = [self.catalog.districts[key] for key in self.latest_reports]
        above = {ancestor.code for district in present for ancestor in self.catalog.ancestors(district)}
        return sorted((d for d in present if d.code not in above), key=lambda d: d.sort_order)

    @cached_property
    def shown_districts(self) -> list[District]:
        """The leaves within the district chosen in the filter; all of them without one."""
        within = self.within
        return self.leaves if within is None else [d for d in self.leaves if d.key in within]

    @cached_property
    def within(self) -> frozenset[int] | None:
        """Every district with data at or below the one chosen in the filter; None without one.

        One that lies above the reader's own, and that he may not see, is like one that does not exist.
        """
        chosen = self.state.district
        if chosen is None:
            return None
        if not self.scope.sees_district(chosen):
            return frozenset()
        present = (self.catalog.districts[key] for key in self.latest_reports)
        return frozenset(
            d.key for d in present if d.code == chosen or chosen in {a.code for a in self.catalog.ancestors(d)}
        )

    @cached_property
    def selection(self) -> Selection:
        """What the filters in the URL select, without the status filter."""
        shown = frozenset(d.key for d in self.shown_districts)
        return Selection(
            period=self.state.period,
            districts=None if shown == self.latest_reports.keys() else shown,
            indicators=self._indicator_keys(),
            as_of=self.state.as_of,
        )

    def districts(self) -> list[District]:
        """Every district the reader may see."""
        return [d for d in self.catalog.districts.values() if self.scope.sees_district(d.code)]

    def indicators(self) -> list[Indicator]:
        """Every definition the reader may see, by domain and name."""
        order = list(self.catalog.domains)
        visible = [i for i in self.catalog.indicators.values() if self.scope.sees_domain(i.domain_code)]
        return sorted(visible, key=lambda i: (order.index(i.domain_code), i.name_zh))

    def district(self, code: str | None) -> District | None:
        """A district by code; None for an unknown one and for one the reader may not see."""
        found = self.catalog.district_by_code.get(code or "")
        return found if found is not None and self.scope.sees_district(found.code) else None

    def versions(self, code: str | None) -> list[Indicator]:
        """The definitions of an indicator, oldest first; empty if unknown or not to be seen."""
        found = self.catalog.indicators_by_code.get(code or "", [])
        return [i for i in found if self.scope.sees_domain(i.domain_code)]

    def matches(self, indicator: Indicator) -> bool:
        """Whether an indicator has every word searched for in its name or code."""
        text = f"{indicator.name_zh} {indicator.name_en} {indicator.code}".casefold()
        return all(word in text for word in self.state.q.casefold().split())

    def _indicator_keys(self) -> frozenset[int] | None:
        domain = self.state.domain
        if domain is None and not self.state.q:
            return None
        found = (i for i in self.catalog.indicators.values() if domain in (None, i.domain_code) and self.matches(i))
        return frozenset(i.key for i in found)


class Memo:
    """What was read before, by data version and scope, the least recently used dropped first."""

    def __init__(self, entries: int = 12) -> None:
        self._entries, self._kept = entries, OrderedDict[Any, Any]()
        self._lock = Lock()

    def recall(self, key: Any, read: Callable[[], T]) -> T:
        """What is kept under a key, or what ``read`` gives."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("T", self._kept[key])
        found = read()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)
        return found


@dataclass
class Reader:
    """Opens readings; keeps the catalog of the newest data version, and what was read of it."""

    settings: Settings
    engine: Engine = field(init=False)
    memo: Memo = field(default_factory=Memo)
    _catalog: tuple[str, Catalog] | None = None

    def __post_init__(self) -> None:
        self.engine = open_engine(self.settings.database_url)

    def data_version(self) -> str:
        """The data version now."""
        with self.engine.connect() as connection:
            return batches.fetch_data_version(connection)

    def catalog(self) -> Catalog:
        """The dimensions of the newest data version."""
        with self.engine.connect() as connection:
            return self._newest(connection)[1]

    @contextmanager
    def read(
        self,
        scope: Scope,
        state: ViewState,
        language: str,
        *,
        names_people: bool = True,
        senders: frozenset[str] | None = frozenset(),
        may_decide: bool = False,
        is_whole: bool = False,
    ) -> Iterator[Reading]:
        """A reading in one read transaction, so that all its answers are of one data version."""
        with self.engine.connect() as connection:
            version, catalog = self._newest(connection)
            yield Reading(
                scope=scope,
                connection=connection,
                catalog=catalog,
                display=Display(catalog, language),
                state=state,
                today=min(filter(None, (self.settings.today(), state.asof))),
                data_version=version,
                sources_folder=self.settings.sources_folder,
                memo=self.memo,
                boundaries_folder=self.settings.boundaries_folder,
                return_days=self.settings.return_days,
                names_people=names_people,
                senders=senders,
                may_decide=may_decide,
                is_whole=is_whole,
            )

    def _newest(self, connection: Connection) -> tuple[str, Catalog]:
        version = batches.fetch_data_version(connection)
        kept = self._catalog
        if kept is None or kept[0] != version:
            self._catalog = kept = (version, fetch_catalog(connection))
        return kept
