"""导出任务: files being made in the background, as the table export_job has them.

waiting → running → done, failed or cancelled; a worker that lives says so every few seconds. The queue
(``queue``) only says which job is next: what a job is, and how far, stands here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from dashboard.access.roles import Grant
from warehouse.engine import ACCESS, write_if_free, writing
from warehouse.errors import DabiaoError
from warehouse.room_tables import export_job

PULSE = timedelta(seconds=10)
"""How often a worker says that it lives."""
SILENCE = timedelta(minutes=1)
"""After which an open job counts as dead."""
KEPT, REMEMBERED = timedelta(days=1), timedelta(days=30)
"""How long a file is kept, and what became of it."""
MOST_EACH, MOST_VISITORS = 2, 6
"""Open jobs of one person, and of everybody who has not signed in."""
VISITOR = "public:"
"""Begins the name of a browser nobody signed in with; the rest is a random word in its cookie."""


class State(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its requester sees it."""

    key: int
    kind: str
    of: str
    """What it is made of, as the kind reads it."""
    language: str
    grant: Grant
    """What its requester might see when it was asked for, or made."""
    requested_by: str
    requested_at: datetime
    state: State
    done: int
    steps: int
    message: DabiaoError | None
    file_name: str | None
    changed_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether it is still to come."""
        return self.state in OPEN


DIED = DabiaoError(
    "后台程序中断了，文件没有做完。请重新生成；若再次失败，请管理员查看 python -m dashboard work 是否在运行。",
    "The program in the background stopped before the file was done. Start it again; if that fails too, ask an "
    "administrator whether python -m dashboard work is running.",
)
FAILED = DabiaoError(
    "生成文件时出错，原因已记入日志。请重新生成；若再次失败，请联系管理员。",
    "Something went wrong while the file was made; the log says what. Start it again, or ask an administrator.",
)
NOT_ALLOWED = DabiaoError(
    "您现在没有导出的权限，或可见范围已经改变。请重新导出。",
    "You may not take files along any more, or what you may see has changed. Ask for the file anew.",
)


def enqueue(
    engine: Engine, kind: str, of: str, *, grant: Grant, language: str, actor: str, at: datetime
) -> tuple[int, bool]:
    """A job for the queue, and whether it is new: asking twice for the same gives the same job while it is open.

    Errors: DabiaoError where the person already has as many as he may.
    """
    request = _pack(of, grant, language)
    with writing(engine, ACCESS) as connection:
        mark_dead(connection, at)
        c = export_job.c
        same = select(c.job_key).where(c.kind == kind, c.request == request, c.requested_by == actor, c.state.in_(OPEN))
        known = connection.execute(same).scalars().first()
        if known is not None:
            return known, False
        _check_room(connection, actor)
        values = {
            "kind": kind, "request": request, "requested_by": actor, "requested_at": at, "state": State.WAITING,
            "steps_done": 0, "steps": 0, "message": "", "changed_at": at,
        }  # fmt: skip
        made = connection.execute(insert(export_job).values(values).returning(export_job.c.job_key))
        return made.scalar_one(), True


def restart(engine: Engine, key: int, *, grant: Grant, language: str, at: datetime) -> None:
    """A job that is over, from the beginning. Errors: DabiaoError as in ``enqueue``; one that is open goes on."""
    with writing(engine, ACCESS) as connection:
        mark_dead(connection, at)
        job = fetch_job(connection, key)
        if job is None or job.is_open:
            return
        _check_room(connection, job.requested_by)
        values = {
            "request": _pack(job.of, grant, language), "requested_at": at, "state": State.WAITING, "steps_done": 0,
            "steps": 0, "message": "", "file_name": None, "changed_at": at,
        }  # fmt: skip
        connection.execute(update(export_job).where(export_job.c.job_key == key).values(values))


def start(engine: Engine, key: int, at: datetime) -> Job | None:
    """A waiting job, now running; None for one that waits no longer."""
    with writing(engine, ACCESS) as connection:
        if not _move(connection, key, (State.WAITING,), State.RUNNING, at):
            return None
        return fetch_job(connection, key)


def step(engine: Engine, key: int, done: int, steps: int, at: datetime) -> bool:
    """Note how far a job is, unless the database is just being written; False where it is not to go on."""
    with engine.connect() as connection:
        if not is_running(connection, key):
            return False
    values = {"steps_done": done, "steps": steps}
    write_if_free(engine, lambda connection: _note(connection, key, at, values))
    return True


def finish(engine: Engine, key: int, file_name: str, grant: Grant, at: datetime) -> bool:
    """The file is there, made of what ``grant`` lets one see; False where nobody waits for it any more."""
    with writing(engine, ACCESS) as connection:
        job = fetch_job(connection, key)
        request = _pack(job.of, grant, job.language) if job else ""
        return _move(connection, key, (State.RUNNING,), State.DONE, at, file_name=file_name, request=request)


def fail(engine: Engine, key: int, error: DabiaoError, at: datetime) -> None:
    """It went wrong, and what to do."""
    with writing(engine, ACCESS) as connection:
        _move(connection, key, OPEN, State.FAILED, at, message=_message(error))


def cancel(engine: Engine, key: int, at: datetime) -> bool:
    """Nobody wants it any more; False where it is over."""
    with writing(engine, ACCESS) as connection:
        return _move(connection, key, OPEN, State.CANCELLED, at)


def beat(engine: Engine, running: int | None, at: datetime) -> bool:
    """A worker lives: so do the job it makes, and those that wait for it. False where it is to be said again."""
    c = export_job.c
    alive = (c.state == State.WAITING) | ((c.job_key == running) & (c.state == State.RUNNING))
    with engine.connect() as connection:
        if connection.execute(select(c.job_key).where(alive).limit(1)).first() is None:
            return True

    def note(connection: Connection) -> None:
        connection.execute(update(export_job).where(alive).values(changed_at=at))

    return write_if_free(engine, note)


def mark_dead(connection: Connection, at: datetime) -> None:
    """Open jobs of which nobody has heard: failed, with what to do. ``connection`` is in a write transaction."""
    dead = export_job.c.state.in_(OPEN), export_job.c.changed_at < at - SILENCE
    values = {"state": State.FAILED, "message": _message(DIED), "changed_at": at}
    connection.execute(update(export_job).where(*dead).values(values))


def look(engine: Engine, at: datetime) -> None:
    """The same, where there is one to be marked."""
    c = export_job.c
    with engine.connect() as connection:
        silent = select(c.job_key).where(c.state.in_(OPEN), c.changed_at < at - SILENCE).limit(1)
        found = connection.execute(silent).first()
    if found is not None:
        write_if_free(engine, lambda connection: mark_dead(connection, at))


def fetch_job(connection: Connection, key: int, actor: str | None = None) -> Job | None:
    """A job; with ``actor`` only if it is his."""
    query = select(export_job).where(export_job.c.job_key == key)
    if actor is not None:
        query = query.where(export_job.c.requested_by == actor)
    row = connection.execute(query).one_or_none()
    return None if row is None else _job(row)


def fetch_jobs(connection: Connection, actor: str, limit: int = 50) -> list[Job]:
    """Somebody's own, newest first."""
    c = export_job.c
    query = select(export_job).where(c.requested_by == actor).order_by(c.requested_at.desc(), c.job_key.desc())
    return [_job(row) for row in connection.execute(query.limit(limit))]


def is_running(connection: Connection, key: int) -> bool:
    """Whether a job is to go on."""
    state = connection.execute(select(export_job.c.state).where(export_job.c.job_key == key)).scalar_one_or_none()
    return state == State.RUNNING


def fetch_kept(connection: Connection, at: datetime) -> Iterable[int]:
    """Jobs whose file is to stay, or is being written."""
    c = export_job.c
    is_fresh = (c.state == State.DONE) & (c.changed_at >= at - KEPT)
    return connection.execute(select(c.job_key).where(is_fresh | (c.state == State.RUNNING))).scalars().all()


def forget(connection: Connection, at: datetime) -> None:
    """Take away what was over long ago; ``connection`` is in a write transaction."""
    old = export_job.c.state.not_in(OPEN), export_job.c.changed_at < at - REMEMBERED
    connection.execute(delete(export_job).where(*old))


def _check_room(connection: Connection, actor: str) -> None:
    c = export_job.c
    opened = select(func.count()).where(c.state.in_(OPEN))
    own = connection.execute(opened.where(c.requested_by == actor)).scalar_one()
    if own >= MOST_EACH:
        raise DabiaoError(
            f"您已有 {own} 个文件在生成，请等一个完成或取消一个。",
            f"You have {own} files under way; wait for one of them, or cancel one.",
        )
    if actor.startswith(VISITOR):
        visitors = connection.execute(opened.where(c.requested_by.startswith(VISITOR, autoescape=True))).scalar_one()
        if visitors >= MOST_VISITORS:
            raise DabiaoError(
                "现在生成文件的人较多，请过一会儿再试，或登录后再试。",
                "Many are making files just now; try again in a while, or sign in first.",
            )


def _move(
    connection: Connection, key: int, before: tuple[State, ...], after: State, at: datetime, **values: Any
) -> bool:
    changed = update(export_job).where(export_job.c.job_key == key, export_job.c.state.in_(before))
    return connection.execute(changed.values(state=after, changed_at=at, **values)).rowcount == 1


def _note(connection: Connection, key: int, at: datetime, values: dict[str, int]) -> None:
    _move(connection, key, (State.RUNNING,), State.RUNNING, at, **values)


def _pack(of: str, grant: Grant, language: str) -> str:
    return json.dumps({"of": of, "language": language, **grant.columns()}, ensure_ascii=False, sort_keys=True)


def _message(error: DabiaoError) -> str:
    return json.dumps({"zh": error.zh, "en": error.en}, ensure_ascii=False)


def _job(row: Row[Any]) -> Job:
    request = json.loads(row.request)
    return Job(
        key=row.job_key,
        kind=row.kind,
        of=request["of"],
        language=request["language"],
        grant=Grant.of(request["role"], request["districts"], request["domains"]),
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        state=State(row.state),
        done=row.steps_done,
        steps=row.steps,
        message=DabiaoError(**json.loads(row.message)) if row.message else None,
        file_name=row.file_name,
        changed_at=row.changed_at,
    )
