"""Bulletins made up of rows, for what needs no database; and what stands in a Word file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import docx
from docx.document import Document

from dashboard.display import Display
from dashboard.exports.model import Bulletin, Coverage, Cutoff, Section, SeriesLine, Silent, Standing
from dashboard.exports.request import BulletinRequest
from dashboard.tally import is_row_overdue, score_of, tally_of
from tests.dashboard.made_up import CATALOG, DISTRICTS, S1
from warehouse.actions import ItemState
from warehouse.catalog import District
from warehouse.measures.computed import NotComputable
from warehouse.measures.score import rank
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.queries.actions import ActionItem
from warehouse.queries.mart import Place, ProgressRow

TODAY = date(2025, 2, 1)


def display(language: str = "zh") -> Display:
    """Formats values of the made-up catalog."""
    return Display(CATALOG, language)


def bulletin(
    rows: Iterable[ProgressRow],
    districts: Sequence[District] = DISTRICTS,
    items: Sequence[ActionItem] = (),
    **more: Any,
) -> Bulletin:
    """A bulletin of primary rows of one half-year, put together in the plainest way."""
    found = tuple(rows)
    of = {d.key: [r for r in found if r.district_key == d.key] for d in districts}
    tally = tally_of(found, TODAY)
    scores = {d: score_of(of[d.key]) for d in districts}
    values = {d: s.value for d, s in scores.items() if s.reported and not isinstance(s.value, NotComputable)}
    ranks = rank(values)
    places = {} if isinstance(ranks, NotComputable) else ranks
    standings = [
        Standing(
            d, tally_of(of[d.key], TODAY), scores[d], places.get(d), [*places.values()].count(places.get(d, 0)) > 1
        )
        for d in districts
    ]
    silent = [
        Silent(
            d,
            tuple(r for r in of[d.key] if r.light is Status.UNREPORTED),
            sum(is_row_overdue(r, TODAY) for r in of[d.key]),
            all(r.actual is None for r in of[d.key]),
        )
        for d in districts
    ]
    lines = tuple(
        SeriesLine(CATALOG.indicators[r.indicator_key], r.breakdown_key,
                   tuple(r if r.district_key == d.key else None for d in districts), None, None)
        for r in found
    )  # fmt: skip
    made = Bulletin(
        request=BulletinRequest(), period=S1, districts=tuple(districts), domains=tuple(CATALOG.domains.values()),
        rows=found, tally=tally,
        coverage=Coverage(
            tally.targets, tally.reported, len(districts),
            sum(any(r.target_key for r in x) for x in of.values()),
            sum(any(r.actual_key for r in x) for x in of.values()),
        ),
        cutoff=Cutoff("7", datetime(2024, 7, 9, 1, 2, tzinfo=UTC), None),
        achieved=_with(found, Status.MET), on_track=_with(found, Status.ON_TRACK), behind=_with(found, *OFF_TRACK),
        in_progress=_with(found, Status.IN_PROGRESS), unreported=tuple(s for s in silent if s.rows),
        standings=tuple(sorted(standings, key=lambda s: (s.rank is None, s.rank or 0))),
        sections=(Section(CATALOG.domains["care"], tally, lines),) if lines else (), changes=None,
        items=tuple(items), tells_items=True, today=TODAY,
    )  # fmt: skip
    return replace(made, **more)


def _with(rows: Iterable[ProgressRow], *lights: Status) -> tuple[ProgressRow, ...]:
    return tuple(row for row in rows if row.light in lights)


def item(key: int, due_on: date, what: str = "加快改造", state: ItemState = ItemState.OPEN) -> ActionItem:
    """An action item on 甲区's 改造户数."""
    return ActionItem(
        key, None, Place(1, 1, 1), S1, None, what, "养老科", due_on, due_on, state, "user:li",
        datetime(2024, 7, 1, tzinfo=UTC), (),
    )  # fmt: skip


def opened(content: bytes) -> Document:
    """A Word file."""
    return docx.Document(io.BytesIO(content))


def texts(content: bytes) -> list[str]:
    """Its paragraphs outside of tables."""
    return [p.text for p in opened(content).paragraphs]
