"""The program in the background as it really runs: it makes files, is interrupted, dies, and stops when told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.access.roles import Grant, Role
from dashboard.exports import jobs
from dashboard.exports.jobs import Job, State
from dashboard.exports.queue import Queue
from dashboard.reading import Reader
from dashboard.settings import Settings, now
from warehouse.engine import ROOT

pytestmark = pytest.mark.slow

WITHIN = 60
PUBLIC = Grant(Role.PUBLIC)
HANGS = "#!/bin/sh\necho $$ >> '{pids}'\nexec sleep 600\n"
"""A browser that never prints anything."""
_PARENT = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-m", "dashboard", "work", "--child-of", str(os.getpid())])
time.sleep(600)
"""


@dataclass
class Works:
    """A database, its folder of files, and the processes that work on it."""

    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        url = f"sqlite:///{self.folder / 'dabiao.db'}"
        self.reader = Reader(Settings(database_url=url, exports_folder=self.folder / "exports", public=PUBLIC))
        self.queue = Queue(self.reader)

    def start(self, *command: str, browser: str = "") -> subprocess.Popen[bytes]:
        """A worker, or what starts one."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("DABIAO_", "DATABASE_"))}
        environment |= {
            "DATABASE_URL": str(self.reader.engine.url), "DABIAO_EXPORTS": str(self.folder / "exports"),
            "DABIAO_PUBLIC": "*", **({"DABIAO_CHROMIUM": browser} if browser else {}),
        }  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *(command or ("-m", "dashboard", "work"))], cwd=ROOT, env=environment, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        self.started.append(process)
        return process

    def ask(self, kind: str, of: str) -> int:
        """A job, in the queue."""
        actor = f"{jobs.VISITOR}tests"
        key, _is_new = jobs.enqueue(self.reader.engine, kind, of, grant=PUBLIC, language="zh", actor=actor, at=now())
        self.queue.send(key)
        return key

    def job(self, key: int) -> Job:
        """A job as it stands."""
        with self.reader.engine.connect() as connection:
            found = jobs.fetch_job(connection, key)
        assert found is not None
        return found

    def wait(self, key: int, state: State) -> Job:
        """The job, once it is so."""
        until(lambda: self.job(key).state is state, lambda: f"{self.job(key)}\n{self.log}")
        return self.job(key)

    @property
    def log(self) -> str:
        """What the workers wrote."""
        return (self.folder / "log").read_text("utf-8", "replace")[-3000:]


def until(is_so: Callable[[], bool], said: Callable[[], str] = str) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + WITHIN
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(said(), pytrace=False)
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be buried does not."""
    try:
        return " Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except OSError:
        return False


def family(pid: int) -> list[int]:
    """A process and everything it started."""
    found = [pid]
    for one in found:
        for file in Path(f"/proc/{one}/task").glob("*/children") if is_alive(one) else ():
            found += [int(child) for child in file.read_text().split()]
    return found


@pytest.fixture
def works(demo_file: Path, tmp_path: Path) -> Iterator[Works]:
    """A place to work; whatever was started is ended."""
    shutil.copyfile(demo_file, tmp_path / "dabiao.db")
    place = Works(tmp_path)
    yield place
    for process in place.started:
        for pid in reversed(family(process.pid)):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait()
    place.reader.engine.dispose()
    place.queue.huey.storage.close()


@pytest.fixture
def hanging(tmp_path: Path) -> tuple[str, Path]:
    """A browser that hangs, and where it writes its process id."""
    pids, browser = tmp_path / "pids", tmp_path / "browser"
    browser.write_text(HANGS.format(pids=pids))
    browser.chmod(0o700)
    return str(browser), pids


def test_it_makes_files_and_stops_when_told(works: Works) -> None:
    book, page = works.ask("xlsx", "{}"), works.ask("page", "/districts")
    worker = works.start()
    assert works.queue.path(works.wait(book, State.DONE)).read_bytes()[:2] == b"PK"
    assert works.queue.path(works.wait(page, State.DONE)).read_bytes()[:5] == b"%PDF-"
    worker.terminate()
    assert worker.wait(WITHIN) == 0


def test_a_cancelled_job_ends_its_browser_at_once(works: Works, hanging: tuple[str, Path]) -> None:
    browser, pids = hanging
    key = works.ask("page", "/districts")
    works.start(browser=browser)
    until(lambda: pids.exists() and pids.read_text().endswith("\n"), lambda: works.log)
    pid = int(pids.read_text())
    assert is_alive(pid) and works.job(key).state is State.RUNNING
    assert jobs.cancel(works.reader.engine, key, now())
    until(lambda: not is_alive(pid), lambda: works.log)
    book = works.ask("xlsx", "{}")
    works.wait(book, State.DONE)
    assert works.job(key).state is State.CANCELLED


def test_a_job_whose_worker_was_killed_is_failed_and_begins_anew(works: Works, hanging: tuple[str, Path]) -> None:
    browser, pids = hanging
    key = works.ask("page", "/districts")
    worker = works.start(browser=browser)
    until(lambda: pids.exists() and pids.read_text().endswith("\n"), lambda: works.log)
    for pid in family(worker.pid):
        os.kill(pid, signal.SIGKILL)
    worker.wait()
    jobs.look(works.reader.engine, now())
    assert works.job(key).state is State.RUNNING, "it may still say something"
    jobs.look(works.reader.engine, now() + timedelta(minutes=2))
    job = works.job(key)
    assert job.state is State.FAILED and job.message is not None and job.message.zh == jobs.DIED.zh
    jobs.restart(works.reader.engine, key, grant=PUBLIC, language="zh", at=now())
    works.queue.send(key)
    works.start()
    assert works.queue.path(works.wait(key, State.DONE)).read_bytes()[:5] == b"%PDF-"


def test_a_worker_that_is_stopped_says_so_of_its_job(works: Works, hanging: tuple[str, Path]) -> None:
    browser, pids = hanging
    key = works.ask("page", "/districts")
    worker = works.start(browser=browser)
    until(lambda: pids.exists() and pids.read_text().endswith("\n"), lambda: works.log)
    worker.send_signal(signal.SIGINT)
    assert works.wait(key, State.FAILED).message is not None
    until(lambda: not is_alive(int(pids.read_text())))
    assert worker.wait(WITHIN) == 0


def test_it_goes_with_the_server_that_started_it(works: Works, hanging: tuple[str, Path]) -> None:
    browser, pids = hanging
    works.ask("page", "/districts")
    parent = works.start("-c", _PARENT, browser=browser)
    until(lambda: pids.exists() and pids.read_text().endswith("\n"), lambda: works.log)
    everybody = family(parent.pid)
    assert len(everybody) >= 4, "the parent, the worker, its processes"
    parent.kill()
    until(lambda: not any(map(is_alive, everybody)), lambda: f"{[p for p in everybody if is_alive(p)]} {works.log}")
