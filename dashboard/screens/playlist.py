"""Pictures of a definition: every view drawn once for a data version, a scope and a day, and which are on now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.figures.boundaries import folder_mark
from dashboard.reading import Memo, Reader
from dashboard.screens.definition import Definition
from dashboard.screens.drawing import draw
from dashboard.screens.store import Screen
from dashboard.screens.views import rest, sheets
from dashboard.state import ViewState
from warehouse.scope import Scope

REST = "rest"
_HASH = 12


@dataclass(frozen=True, slots=True)
class Picture:
    """One view, drawn."""

    id: str
    hash: str
    html: str
    dwell: int
    entry: int | None
    """Which part of the playlist it is of; None for the one between their hours."""


class Gallery:
    """Keeps the pictures of screens while what they were made from is the same."""

    def __init__(self, reader: Reader, entries: int = 32) -> None:
        self._reader, self._kept = reader, Memo(entries)

    def pictures(self, screen: Screen, scope: Scope) -> tuple[str, tuple[Picture, ...]]:
        """What they were made from, and all of them, the one between hours last."""
        version, day = self._reader.data_version(), self._reader.settings.today()
        drawn = replace(screen.definition, devices=(), poll=20)  # what no picture depends on
        mark = folder_mark(self._reader.settings.boundaries_folder)
        key = (version, day, scope.key, screen.title, drawn.to_json(), mark)
        made_from = hashlib.sha256("|".join(map(str, key)).encode()).hexdigest()[:_HASH]
        return made_from, self._kept.recall(key, lambda: self._draw(screen, scope))

    def _draw(self, screen: Screen, scope: Scope) -> tuple[Picture, ...]:
        definition, found = screen.definition, list[Picture]()
        with self._reader.read(scope, ViewState(), definition.language, names_people=False) as reading:
            for n, entry in enumerate(definition.playlist):
                for name, sheet in sheets(reading, entry):
                    found += _pictures(f"{n + 1}-{name}", draw(sheet, definition), entry.dwell, n)
            found += _pictures(REST, draw(rest(reading, screen.title), definition), 60, None)
        return tuple(found)


def on_now(pictures: Sequence[Picture], definition: Definition, moment: datetime) -> list[Picture]:
    """Those whose hours hold; the one between hours where none do."""
    on = {n for n, entry in enumerate(definition.playlist) if entry.hours.hold_at(moment)}
    return [p for p in pictures if p.entry in on] or [p for p in pictures if p.entry is None]


def state_of(made_from: str, release: str, day: str, on: Sequence[Picture]) -> str:
    """What a screen asks for every few seconds, as JSON without the time: the same while nothing changed."""
    views = [[p.id, p.hash, p.dwell] for p in on]
    return json.dumps({"version": made_from, "release": release, "day": day, "views": views}, separators=(",", ":"))


def _pictures(name: str, drawn: Sequence[str], dwell: int, entry: int | None) -> list[Picture]:
    return [
        Picture(f"{name}-{n}" if len(drawn) > 1 else name, _digest(svg), str(svg), dwell, entry)
        for n, svg in enumerate(drawn, 1)
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH]
