"""The real app behind gunicorn, on a free loopback port, and one Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import Visitor
from warehouse.engine import ROOT

STARTED_WITHIN = 60
ARGUMENTS = ("--font-render-hinting=none", "--disable-dev-shm-usage")
Visit = Callable[..., Visitor]
Serve = Callable[..., "Server"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here is of the browser. They run in one process: two browsers at once would make each other late."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass
class Server:
    """A running server."""

    database: Path
    static: Path
    settings: dict[str, str] = field(default_factory=lambda: {"DABIAO_PUBLIC": "*"})
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Server:
        """Start it, and wait until it answers."""
        self.port = self.port or free_port()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("DABIAO_", "DATABASE_"))
        }
        environment |= {
            "DATABASE_URL": f"sqlite:///{self.database}",
            "DABIAO_BIND": f"127.0.0.1:{self.port}",
            "DABIAO_WORKERS": "1",
            "DABIAO_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz of the tests",
            "DABIAO_BOUNDARIES": "/nonexistent",
            **self.settings,
            "DABIAO_STATIC": str(self.static),
            "DABIAO_SOURCES": "/nonexistent",
        }
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:server"]
        log = self.database.with_suffix(".log").open("ab")
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + STARTED_WITHIN
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"gunicorn: {self.log[-2000:]}", pytrace=False)
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """Stop it, as an operator would."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    @property
    def log(self) -> str:
        """What it wrote."""
        return self.database.with_suffix(".log").read_text(encoding="utf-8", errors="replace")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def serve(static_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts servers on copies of databases; all are stopped at the end."""
    started: list[Server] = []

    def start(template: Path, **settings: str) -> Server:
        database = tmp_path_factory.mktemp("server") / "dabiao.db"
        shutil.copyfile(template, database)
        started.append(Server(database, static_folder, settings) if settings else Server(database, static_folder))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def own(serve: Serve, loaded_file: Path) -> Server:
    """The app with the project's own data."""
    return serve(loaded_file)


@pytest.fixture(scope="session")
def demo(serve: Serve, demo_file: Path) -> Server:
    """The app with a synthetic province."""
    return serve(demo_file)


@pytest.fixture(params=["own", "demo"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the two in turn."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium where it is installed, else Playwright's own."""
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Makes visitors; what each met is checked at the end."""
    visitors: list[Visitor] = []

    def new(server: Server, width: int = 1440, height: int = 900, language: str = "zh", **options: object) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai",
            device_scale_factor=1, **options,  # type: ignore[arg-type]
        )  # fmt: skip
        visitors.append(Visitor(context, server.url, language))
        return visitors[-1]

    yield new
    for visitor in visitors:
        visitor.context.close()
    for visitor in visitors:
        assert visitor.problems == []
