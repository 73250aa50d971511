"""Building a demo set in an empty warehouse: dimensions, batches, facts, the mart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from etl.commit import bump
from etl.demo.books import Books, attendance, open_books, sources
from etl.demo.concepts import MILESTONE, Concept
from etl.demo.ledger import Ledger
from etl.demo.places import Place, chance, cities, districts_of, province, temper
from etl.demo.promises import milestone, pledges
from etl.demo.returns import Clerk, Entry, Keys
from etl.demo.story import TOTAL, Figure, Story, sum_up, tell
from etl.demo.variants import concepts
from etl.pipeline import DATA
from etl.publish import Progress, publish
from etl.reference import load_periods, load_reference, upsert
from warehouse import tables as t
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.measures.period import Period

LAST_YEAR = 2025
"""The last half-year is its second."""
EDITION = 1
"""Raised when the same size and seed give other facts, so that an older set is replaced."""
_SMALL, _HISTORY = 1000, 4
"""Up to so many series the mart is published after each of the last batches, a year's, so that what it
showed in between can be asked for; a larger set is published once."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a data set is made from."""

    districts: int
    indicators: int
    years: int
    seed: int
    edition: int = EDITION

    @property
    def span(self) -> range:
        """The years reported."""
        return range(LAST_YEAR - self.years + 1, LAST_YEAR + 1)


@dataclass(frozen=True, slots=True)
class _Province:
    """The places: each city with its districts, in order."""

    top: Place
    cities: list[tuple[Place, list[Place]]]

    def __iter__(self) -> Iterator[Place]:
        yield self.top
        for city, districts in self.cities:
            yield city
            yield from districts

    @property
    def districts(self) -> list[Place]:
        """Those that report to a city."""
        return [district for _, districts in self.cities for district in districts]


def build(connection: Connection, size: Size, progress: Callable[[str], Progress] | None) -> dict[str, int]:
    """Write the set; returns how many of what."""
    realm, counted = _realm(size.districts), concepts(size.indicators)
    books = open_books(size.span)
    _load_dimensions(connection, size, realm, counted, books)
    for batch in books:
        key = connection.execute(insert(t.load_batch).values(batch.row(size.seed))).inserted_primary_key
        assert key is not None
        batch.key = int(key[0])
    catalog = fetch_catalog(connection)
    moments = _moments(books, size)
    ledger = Ledger(connection, moments[0])
    _file_everything(size, realm, counted, books, catalog, ledger, progress("demo") if progress else None)
    ledger.write()
    show = progress("fact_progress") if progress else None
    publish(connection, catalog, moments[0], None, show)
    for batch in books:
        if batch.at > moments[0] and (series := ledger.settle(batch)):
            publish(connection, catalog, batch.at, series, show)
    _close(connection, size, books, ledger)
    bump(connection, moments[-1])
    rows = connection.execute(select(func.count()).select_from(t.fact_progress)).scalar_one()
    return {
        "districts": len(realm.districts), "cities": len(realm.cities), "indicators": len(counted),
        "targets": ledger.entered["target"], "actuals": ledger.entered["actual"],
        "corrections": ledger.corrections, "mart_rows": rows,
    }  # fmt: skip


def _realm(districts: int) -> _Province:
    towns = cities(districts)
    return _Province(province(), [(city, districts_of(city, n, len(towns), districts)) for n, city in enumerate(towns)])


def _load_dimensions(
    connection: Connection, size: Size, realm: _Province, counted: tuple[Concept, ...], books: Books
) -> None:
    load_periods(connection, Period(size.span.start - 1, 1))
    load_reference(connection, DATA, only=(t.dim_domain, t.dim_unit, t.dim_breakdown, t.dim_rule))
    rows: tuple[tuple[Any, str, list[dict[str, Any]]], ...] = (
        (t.dim_district, "district_code", [place.row() for place in realm]),
        (t.dim_indicator, "indicator_code", [concept.row() for concept in counted]),
        (t.dim_source, "source_code", sources(books)),
    )
    for table, natural_key, found in rows:
        upsert(connection, table, (natural_key,), found)


def _moments(books: Books, size: Size) -> list[datetime]:
    """When the mart is published, at least after the last batch. Before the first moment it shows nothing."""
    history = _HISTORY if size.districts * size.indicators <= _SMALL else 0
    return [batch.at for batch in books][-history - 1 :]


def _file_everything(
    size: Size,
    realm: _Province,
    counted: tuple[Concept, ...],
    books: Books,
    catalog: Catalog,
    ledger: Ledger,
    progress: Progress | None,
) -> None:
    """Every district of a city, then the city itself on those indicators it reports."""
    present = attendance([place.code for place in realm.districts], list(books.returns), size.seed)
    clerk = Clerk(books, present, _keys(catalog), ledger, size.span)
    done = 0
    for city, districts in realm.cities:
        parts: dict[str, list[dict[Period, Figure]]] = {c.code: [] for c in counted if c.rolls_up}
        for district in districts:
            mood = temper(size.seed, district.code)
            for line, concept in enumerate(counted, start=3):
                rng = chance(size.seed, district.code, concept.code)
                story = tell(concept, mood, rng, size.span)
                _file(clerk, Entry(district, concept, line), story, rng, size.span)
                if concept.rolls_up:
                    parts[concept.code].append(story[TOTAL])
            done += 1
            if progress is not None:
                progress(done, size.districts)
        for line, concept in enumerate(counted, start=3):
            if concept.rolls_up:
                rng = chance(size.seed, city.code, concept.code)
                story = sum_up(concept, parts[concept.code], rng)
                _file(clerk, Entry(city, concept, line), story, rng, size.span)


def _file(clerk: Clerk, entry: Entry, story: Story, rng: Random, years: range) -> None:
    if entry.concept.measure_type is MILESTONE:
        tasks, reports = milestone(rng, years)
        promised, story = {TOTAL: tasks}, {TOTAL: reports}
    else:
        promised = pledges(entry.concept, story, rng, years)
    clerk.file_targets(entry, promised, rng)
    clerk.file_actuals(entry, story, rng)


def _keys(catalog: Catalog) -> Keys:
    return Keys(
        indicators={indicator.code: indicator.key for indicator in catalog.indicators.values()},
        districts={district.code: district.key for district in catalog.districts.values()},
        breakdowns={breakdown.code: breakdown.key for breakdown in catalog.breakdowns.values()},
        sources={source.code: source.key for source in catalog.sources.values()},
    )


def _close(connection: Connection, size: Size, books: Books, ledger: Ledger) -> None:
    """Write into the batches what they brought; a batch or source that brought nothing never was."""
    key = t.load_batch.c.batch_key
    rows = [batch.row(size.seed) | {"of_key": batch.key} for batch in books]
    connection.execute(update(t.load_batch).where(key == bindparam("of_key")), rows)
    connection.execute(delete(t.load_batch).where(t.load_batch.c.rows_in == 0))
    connection.execute(delete(t.dim_source).where(t.dim_source.c.source_key.not_in(sorted(ledger.sources))))
