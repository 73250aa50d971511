"""Two sites to read, the project's own data and a synthetic province; and apps to ask over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from dashboard.access.roles import Grant, Role
from dashboard.factory import create_app
from dashboard.settings import Settings
from tests.dashboard.http import Browser
from tests.dashboard.support import TODAY, Site

EVERYBODY = Grant(Role.PUBLIC)
"""These tests are of what is read; who may read it is tested in tests/access."""
OpenSite = Callable[..., Site]
MakeApp = Callable[..., Dash]


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


@pytest.fixture(scope="session")
def make_app(static_folder: Path) -> MakeApp:
    """Makes an app on a database, or on none."""

    def make(database: Path | str, **settings: Any) -> Dash:
        url = database if isinstance(database, str) else f"sqlite:///{database}"
        nowhere = Path("/nonexistent")
        values = {
            "sources_folder": nowhere, "boundaries_folder": nowhere, "today": lambda: TODAY, "public": EVERYBODY,
            "exports_folder": static_folder.parent / "exports",
        } | settings  # fmt: skip
        app = create_app(Settings(database_url=url, static_folder=static_folder, **values))
        for limiter in app.server.extensions["limiter"]:
            limiter.enabled = False  # these tests take more files along than a person
        return app

    return make


@pytest.fixture(scope="session")
def app(make_app: MakeApp, demo_file: Path) -> Dash:
    """The app on the synthetic province; only to be asked."""
    return make_app(demo_file)


@pytest.fixture
def browser(app: Dash) -> Browser:
    """A new visitor of the app."""
    return Browser.of(app)
