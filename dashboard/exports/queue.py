"""The queue of files to be made, and their making: with the rights its requester has at that moment.

huey keeps the queue and runs the tasks, in processes of their own (``worker``) and never in those that
answer requests; the database says what became of each job (``jobs``).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import structlog
from huey import Huey, RedisHuey, SqliteHuey, crontab

from dashboard.access.actors import fetch_actor
from dashboard.access.roles import Grant, Right
from dashboard.exports import jobs
from dashboard.exports.jobs import Job
from dashboard.exports.kinds import KINDS
from dashboard.exports.model import Cancelled
from dashboard.reading import Reader
from warehouse.engine import ACCESS, writing
from warehouse.errors import DabiaoError

_PAUSE = 0.2
"""Seconds between two notes of how far a job is."""
_FILE = re.compile(r"(\d+)\.\w+")

log = structlog.get_logger("dashboard.exports")


class Queue:
    """Jobs to come, and how they are made."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self._settings = reader, reader.settings
        self.running: int | None = None
        """The job this process makes just now."""
        self._task: Any = None

    @cached_property
    def huey(self) -> Huey:
        """The queue itself, with its two tasks: making a job's file, and clearing away."""
        settings, options = self._settings, {"results": False, "immediate": self._settings.makes_at_once}
        if settings.redis_url is not None:
            huey = RedisHuey("dabiao", url=settings.redis_url, **options)
        else:
            file = self._folder() / "queue.db"
            file.touch(mode=0o600)
            huey = SqliteHuey("dabiao", filename=str(file), **options)
        self._task = huey.task(name="make")(self.make)
        huey.periodic_task(crontab(minute="*/10"), name="sweep")(self.sweep)
        huey.storage.close()  # a process forked from this one opens its own
        return huey

    def send(self, key: int) -> None:
        """Let a waiting job be made."""
        self.huey.enqueue(self._task.s(key))

    def path(self, job: Job) -> Path:
        """Where the file of a job lies."""
        return self._settings.exports_folder / f"{job.key}.{KINDS[job.kind].suffix}"

    def make(self, key: int) -> None:
        """Make the file of a waiting job; whatever goes wrong is said there."""
        engine, now = self.reader.engine, self._settings.now
        job = jobs.start(engine, key, now())
        if job is None:
            return
        self.running = key
        try:
            self._write(job)
        except Cancelled:
            log.info("export_cancelled", job=key)
        except DabiaoError as error:
            jobs.fail(engine, key, error, now())
        except KeyboardInterrupt:
            jobs.fail(engine, key, jobs.DIED, now())
            raise
        except Exception as error:
            log.error("export_failed", job=key, kind=job.kind, exc_info=error)
            jobs.fail(engine, key, jobs.FAILED, now())
        finally:
            self.running = None

    def sweep(self) -> None:
        """Take away files older than a day, those of nobody, and what is remembered of jobs long over."""
        at = self._settings.now()
        with writing(self.reader.engine, ACCESS) as connection:
            jobs.forget(connection, at)
            kept = set(jobs.fetch_kept(connection, at))
        for file in self._folder().iterdir():
            found = _FILE.fullmatch(file.name)
            if found and int(found[1]) not in kept:
                file.unlink(missing_ok=True)

    def _write(self, job: Job) -> None:
        engine, now, kind = self.reader.engine, self._settings.now, KINDS[job.kind]
        with engine.connect() as connection:
            identity = fetch_actor(connection, job.requested_by, self._settings.public, now())
        if not identity.may(Right.EXPORT):
            raise jobs.NOT_ALLOWED
        scope = identity.grant.scope(self.reader.catalog())
        step = Steps(lambda done, steps: jobs.step(engine, job.key, done, steps, now()))
        names_people = identity.may(Right.OWN_ACCOUNT)
        with self.reader.read(scope, kind.view(job.of), job.language, names_people=names_people) as reading:
            name, content = kind.make(reading, job.of, step)
        self._keep(job, content, f"{name}.{kind.suffix}", identity.grant)

    def _keep(self, job: Job, content: bytes, name: str, grant: Grant) -> None:
        """Write the file for nobody else's eyes, then say that it is there."""
        path = self.path(job)
        fresh = self._folder() / f"{job.key}.part"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        fresh.replace(path)
        if not jobs.finish(self.reader.engine, job.key, name, grant, self._settings.now()):
            path.unlink(missing_ok=True)

    def _folder(self) -> Path:
        folder = self._settings.exports_folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


class Steps:
    """Notes how far a job is, not oftener than people can see; ends it where it is not to go on."""

    def __init__(self, note: Callable[[int, int], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._note, self._clock, self._next = note, clock, 0.0

    def __call__(self, done: int, steps: int) -> None:
        """A step is done. Errors: Cancelled."""
        if self._clock() < self._next and done < steps:
            return
        if not self._note(done, steps):
            raise Cancelled
        self._next = self._clock() + _PAUSE
