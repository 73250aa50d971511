"""A dashboard without a browser: pages as functions of a link."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from dashboard.pages import PAGES, why
from dashboard.reading import Reader, Reading
from dashboard.settings import Settings
from dashboard.state import ViewState, parse_state
from tests.dashboard.html import Node, leaked_words, parse
from warehouse.queries.facts import fetch_progress
from warehouse.scope import Scope

ALL = Scope.everything()
TODAY = date(2026, 2, 1)
"""The day it is in these tests."""

_NO_VALUE = re.compile(r"(?<!\w)(?:NaN|nan|Infinity|None|undefined)(?!\w)")

MODULES = {**PAGES, why.NAME: why}


@dataclass(frozen=True)
class Built:
    """What a page's callback answers."""

    state: ViewState
    leaves: dict[tuple[str, str], Any]

    def __getitem__(self, name: str) -> Node:
        """One leaf of HTML, as a tree."""
        return self.trees[name]

    @cached_property
    def trees(self) -> dict[str, Node]:
        """Leaves of HTML by id. Broken HTML is an error."""
        return {name: parse(html) for (name, prop), html in self.leaves.items() if prop == "html"}

    @property
    def figures(self) -> dict[str, dict[str, Any]]:
        """Figures by id, those that show something."""
        return {name: x for (name, prop), x in self.leaves.items() if prop == "figure" and x["data"]}

    @property
    def everything(self) -> str:
        """All leaves as one text, as they travel."""
        return json.dumps([[*key, value] for key, value in self.leaves.items()], ensure_ascii=False, default=str)

    @property
    def links(self) -> list[str]:
        """Every href."""
        return [node["href"] for tree in self.trees.values() for node in tree.all("a")]

    @property
    def text(self) -> str:
        """All text."""
        return " ".join(tree.text for tree in self.trees.values())

    def check(self) -> Built:
        """What holds for every page: whole HTML, no word of a program, figures with a text beside them."""
        for name, tree in self.trees.items():
            assert not (found := leaked_words(tree)), f"{name} at {self.state.href()}: {found}"
        for name in self.figures:
            [alt] = self[f"{name}-note"].all("p", id=f"{name}-alt")
            assert len(alt.text) > 5, f"{name} at {self.state.href()} says nothing"
            words = json.dumps(self.figures[name], ensure_ascii=False)
            assert not (found := _NO_VALUE.findall(words)), f"{name} at {self.state.href()}: {found}"
        return self


@dataclass
class Site:
    """The pages of one database, for a reader of one scope, on a fixed day."""

    database: Path
    sources: Path = Path("/nonexistent")
    boundaries: Path = Path("/nonexistent")
    today: date = TODAY
    names_people: bool = True
    """False for what the public is shown."""

    @cached_property
    def reader(self) -> Reader:
        """Opens readings."""
        url = f"sqlite:///{self.database}"
        folders = {"sources_folder": self.sources, "boundaries_folder": self.boundaries}
        return Reader(Settings(database_url=url, today=lambda: self.today, **folders))

    @contextmanager
    def read(self, link: str = "/", language: str = "zh", scope: Scope = ALL) -> Iterator[Reading]:
        """What a page has to answer with."""
        path, _, query = link.partition("?")
        state = parse_state(path, query)
        with self.reader.read(scope, state, language, names_people=self.names_people) as reading:
            yield reading

    def build(self, link: str, language: str = "zh", scope: Scope = ALL, page: str = "") -> Built:
        """A page as its callback answers it; ``page`` 'why' for the drawer."""
        with self.read(link, language, scope) as reading:
            module = MODULES[page or reading.state.page]
            values = module.build(reading)
            assert len(values) == len(module.LEAVES)
            return Built(reading.state, dict(zip(module.LEAVES, values, strict=True)))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The mart as tidy rows, to count and compare with; as it was when first asked for."""
        with self.read() as reading:
            return list(fetch_progress(ALL, reading.connection, reading.catalog))

    @cached_property
    def codes(self) -> dict[str, list[str]]:
        """Everything a filter can be set to."""
        rows = self.rows
        with self.read() as reading:
            catalog = reading.catalog
            return {
                "period": sorted({row["period_code"] for row in rows}),
                "district": [d.code for d in catalog.districts.values()],
                "domain": list(catalog.domains),
                "indicator": list(catalog.indicators_by_code),
                "breakdown": list(catalog.breakdown_by_code),
                "known_indicator": sorted({row["indicator_code"] for row in rows}),
                "known_district": sorted({row["district_code"] for row in rows}),
            }

    def close(self) -> None:
        """Close every connection."""
        self.reader.engine.dispose()
