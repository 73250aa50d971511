"""A dashboard with a few accounts, a clock that stands still, and providers of single sign-on on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.access.accounts import By, add_account, disable_account
from dashboard.access.roles import Grant, Role
from tests.conftest import START
from tests.dashboard.conftest import MakeApp, make_app  # noqa: F401 -- a fixture
from tests.sso.forger import Forger, run_forger
from tests.sso.support import NOBODY_HERE, House, StillClock, run_mock_provider
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine, writing

OpenHouse = Callable[..., House]

PASSWORD_ACCOUNTS, SSO_ACCOUNTS, CLOSED_ACCOUNT = ("admin", "wang"), ("li", "chen", "李雷"), "zhao"
USERS = {
    "s-li": {"preferred_username": "li"},
    "s-chen": {"preferred_username": "chen"},
    "s-zhao": {"preferred_username": CLOSED_ACCOUNT},
    "s-admin": {"preferred_username": "admin"},
    "s-wide": {"preferred_username": "ＬＩ"},
    "s-upper": {"preferred_username": "Li"},
    "s-lei": {"preferred_username": "李雷"},
    "s-nobody": {"preferred_username": NOBODY_HERE},
    "s-number": {"preferred_username": 7},
    "s-list": {"preferred_username": ["li"]},
    "s-empty": {"preferred_username": " "},
    "s-none": {},
}


@pytest.fixture(scope="session", autouse=True)
def _no_proxy() -> Iterator[None]:
    """Loopback is asked directly, whatever the caller's environment says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session")
def members_file(reference_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's dimensions and a few accounts; to be copied, not opened."""
    copy = tmp_path_factory.mktemp("members") / "dabiao.db"
    shutil.copyfile(reference_file, copy)
    engine = open_engine(f"sqlite:///{copy}")
    by = By("shell:tests", "", START - timedelta(days=1))
    with writing(engine) as connection:
        catalog = fetch_catalog(connection)
        for name in PASSWORD_ACCOUNTS:
            add_account(connection, by, catalog, name, name, Grant(Role.ADMINISTRATOR), False)
        for name in (*SSO_ACCOUNTS, CLOSED_ACCOUNT):
            add_account(connection, by, catalog, name, name, Grant(Role.VIEWER), True)
        disable_account(connection, by, CLOSED_ACCOUNT)
    engine.dispose()
    return copy


@pytest.fixture
def open_house(make_app: MakeApp, members_file: Path, tmp_path: Path) -> Iterator[OpenHouse]:  # noqa: F811
    """Makes apps with settings, each on a copy of the accounts; closed at the end."""
    opened: list[House] = []

    def open_one(**settings: object) -> House:
        copy = tmp_path / f"house-{len(opened)}.db"
        shutil.copyfile(members_file, copy)
        clock = StillClock(START)
        app = make_app(copy, now=clock, **({"public": None} | settings))
        for limiter in app.server.extensions["limiter"]:
            limiter.enabled = True
        opened.append(House(app, clock))
        return opened[-1]

    yield open_one
    for house in opened:
        house.engine.dispose()


@pytest.fixture
def forger() -> Iterator[Forger]:
    """A provider that forges."""
    with run_forger() as found:
        yield found


@pytest.fixture(scope="session")
def mock_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of oidc-provider-mock, which knows USERS."""
    with run_mock_provider(USERS, tmp_path_factory.mktemp("mock") / "log") as url:
        yield url
