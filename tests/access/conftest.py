"""One database with everybody in it, copied for each test; and sites on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from dashboard.access import passwords
from dashboard.factory import create_app
from dashboard.settings import Settings
from tests.access.support import FOREIGN, OWN, SIBLING, Now, Place, World, copy, populate
from tests.dashboard.support import TODAY
from tests.squares import write_squares

Open = Callable[..., Place]


@pytest.fixture(autouse=True, scope="session")
def _cheap_hashes() -> Iterator[None]:
    """argon2 as quick as it can be: what is tested here does not depend on its cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        passwords._nobody.cache_clear()
        yield
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, demo_file: Path, _cheap_hashes: None) -> World:
    """The synthetic province with every account and token; to be copied, not opened."""
    file = tmp_path_factory.mktemp("world") / "dabiao.db"
    shutil.copyfile(demo_file, file)
    return populate(file)


@pytest.fixture(scope="session")
def make_place(static_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Open:
    """A site on a database file, with boundaries of some districts."""
    boundaries = write_squares(tmp_path_factory.mktemp("boundaries"), (OWN, SIBLING, FOREIGN))

    def make(world: World, file: Path, now: Now | None = None, **settings: Any) -> Place:
        now = now or Now()
        values = {
            "sources_folder": Path("/nonexistent"), "boundaries_folder": boundaries, "today": lambda: TODAY, "now": now,
            "exports_folder": file.parent / "exports",
        } | settings  # fmt: skip
        app = create_app(Settings(database_url=f"sqlite:///{file}", static_folder=static_folder, **values))
        return Place(app, world, now, file)

    return make


@pytest.fixture
def open_place(world: World, make_place: Open, tmp_path: Path) -> Iterator[Open]:
    """Opens sites on copies of the database; closed at the end."""
    opened: list[Place] = []

    def open_one(**settings: Any) -> Place:
        opened.append(make_place(world, copy(world, tmp_path, f"place-{len(opened)}.db"), **settings))
        return opened[-1]

    yield open_one
    for place in opened:
        place.close()


@pytest.fixture(scope="session")
def _site(world: World, make_place: Open, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = make_place(world, copy(world, tmp_path_factory.mktemp("site")))
    yield place
    place.close()


@pytest.fixture
def place(_site: Place) -> Place:
    """A site with its database as it was in the beginning, and its clock put back."""
    _site.begin_anew()
    return _site


@pytest.fixture
def unlimited(still: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The same, for tests that ask it hundreds of times: no rate limits, and exports are not written down."""
    monkeypatch.setattr("limits.strategies.FixedWindowRateLimiter.hit", lambda *_, **__: True)
    monkeypatch.setattr("dashboard.documents.office.append", lambda *_: None)
    return still


@pytest.fixture(scope="module")
def still(world: World, make_place: Open, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A site that many tests of a module may ask, and none may change."""
    place = make_place(world, copy(world, tmp_path_factory.mktemp("still")))
    yield place
    place.close()
