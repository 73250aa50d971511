"""``python -m dashboard work``: makes files in processes of its own, two at a time, started anew where one dies.

While a process lives it says so every few seconds, for the job it makes and for those that wait; a job
that is cancelled is interrupted wherever it is, with the browser it may have started.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any, NoReturn

import structlog
from huey.consumer import Consumer
from sqlalchemy.exc import DBAPIError

from dashboard import logs
from dashboard.exports import jobs
from dashboard.exports.model import Cancelled
from dashboard.exports.queue import Queue
from dashboard.reading import Reader
from dashboard.settings import Settings
from warehouse.errors import DabiaoError

PROCESSES = 2
_JOBS_EACH = 50
"""After which a process is replaced, for what its libraries keep."""
_PATIENCE = 20
"""Seconds jobs have to be done when the worker is told to stop."""

log = structlog.get_logger("dashboard.worker")


def work(settings: Settings, parent: int | None = None) -> None:
    """Make files until told to stop; with ``parent``, the process that started this one, only as long as it lives."""
    logs.configure()
    queue = Queue(Reader(settings))
    pulse = Pulse(queue, settings)
    queue.huey.on_startup("pulse")(pulse.start)
    consumer = _Consumer(
        queue.huey, workers=PROCESSES, worker_type="process", max_delay=0.5, health_check_interval=2,
        max_tasks=_JOBS_EACH, shutdown_timeout=_PATIENCE, graceful_signal="TERM",
    )  # fmt: skip
    consumer.parent = parent
    log.info("worker_started", processes=PROCESSES)
    consumer.run()


class _Consumer(Consumer):  # type: ignore[misc]
    """Stops with the process that started it."""

    parent: int | None = None

    def loop(self, health_check_ts: Any = None) -> Any:
        """One look whether all is well."""
        if self.parent is not None and os.getppid() != self.parent:
            os.kill(os.getpid(), signal.SIGINT)
        return super().loop(health_check_ts)


class Pulse:
    """Of one process of the worker: a thread that says it lives, and hears that its job is cancelled."""

    def __init__(self, queue: Queue, settings: Settings) -> None:
        self._queue, self._now = queue, settings.now
        self._engine = queue.reader.engine
        self._parent = os.getpid()

    def start(self) -> None:
        """Begin, in a process just forked."""
        self._engine.dispose(close=False)  # connections are not shared between processes
        signal.signal(signal.SIGUSR1, self._cancel)
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def _run(self) -> None:
        last = float("-inf")
        while True:
            if os.getppid() != self._parent:
                self._leave()
            running = self._queue.running
            try:
                if time.monotonic() - last >= jobs.PULSE.total_seconds():
                    last = time.monotonic() if jobs.beat(self._engine, running, self._now()) else last
                if running is not None and self._is_unwanted(running):
                    os.kill(os.getpid(), signal.SIGUSR1)
            except (DabiaoError, DBAPIError) as error:  # busy, or away for a moment
                log.warning("pulse_missed", exc_info=error)
            time.sleep(1)

    def _is_unwanted(self, running: int) -> bool:
        with self._engine.connect() as connection:
            is_wanted = jobs.is_running(connection, running)
        return not is_wanted and self._queue.running == running

    def _leave(self) -> NoReturn:
        """The worker this process belongs to is gone: end the job, which ends its browser, then oneself."""
        for _attempt in range(50):
            if self._queue.running is None:
                break
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
        os._exit(0)

    def _cancel(self, _signal: int, _frame: object) -> None:
        if self._queue.running is not None:
            raise Cancelled
