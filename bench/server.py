"""A server under measurement: started, asked what it costs in CPU and memory, stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.apps import FOLDER, App

BOOT_LIMIT = 180.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``boot_seconds`` until it answered for the first time, ``boot_cpu`` what that cost."""

    port: int
    pid: int
    boot_seconds: float
    boot_cpu: float

    def processes(self) -> list[int]:
        """The master and everything below it."""
        parents: dict[int, int] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and (stat := _stat(int(folder.name))):
                parents[int(folder.name)] = int(stat[1])
        tree = [self.pid]
        for pid in tree:
            tree += [child for child, parent in parents.items() if parent == pid]
        return tree

    def cpu_seconds(self) -> float:
        """User and system time of the workers and the master, as /proc/<pid>/stat counts it."""
        return sum(_cpu(pid) for pid in self.processes())

    def pss_mib(self) -> float:
        """Memory, shared pages counted once, of all processes."""
        total = 0
        for pid in self.processes():
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024


@contextmanager
def serving(app: App, database: Path) -> Iterator[Server]:
    """Start an app on the database, wait until it answers, stop it at the end."""
    port = _free_port()
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", **app.environment(port)}
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(app.command(port), cwd=FOLDER, env=environment, stdout=log, stderr=log)
        try:
            try:
                _wait(process, port)
            except RuntimeError as error:
                log.seek(0)
                raise RuntimeError(f"{app.name}: {error}\n{log.read().decode()[-2000:]}") from None
            seconds = time.perf_counter() - start
            unmeasured = Server(port, process.pid, seconds, 0.0)
            yield Server(port, process.pid, seconds, unmeasured.cpu_seconds())
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + BOOT_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=BOOT_LIMIT) as response:
                response.read()
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise RuntimeError(f"did not answer within {BOOT_LIMIT} s")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _stat(pid: int) -> list[str]:
    """The fields after the command's name; empty where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / _TICK if stat else 0.0
