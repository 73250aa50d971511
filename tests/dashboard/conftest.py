"""Two sites to read: the project's own data, and a synthetic province."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.dashboard.support import Site

OpenSite = Callable[..., Site]


@pytest.fixture(scope="session")
def own(loaded_file: Path) -> Iterator[Site]:
    """The project's own data; only to be read."""
    site = Site(loaded_file)
    yield site
    site.close()


@pytest.fixture(scope="session")
def demo(demo_file: Path) -> Iterator[Site]:
    """A synthetic province with more districts than one table holds; only to be read."""
    site = Site(demo_file)
    yield site
    site.close()


@pytest.fixture(params=["own", "demo"])
def site(request: pytest.FixtureRequest) -> Site:
    """Each of the two in turn."""
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def open_site(tmp_path: Path) -> Iterator[OpenSite]:
    """Opens a site on a copy of a database file of its own; closed at the end."""
    opened: list[Site] = []

    def open_one(template: Path, **settings: object) -> Site:
        copy = tmp_path / f"site-{len(opened)}.db"
        shutil.copyfile(template, copy)
        opened.append(Site(copy, **settings))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for site in opened:
        site.close()
