"""Files in the background, as the table has them: who may have how many, what becomes of them, and when they die."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from dashboard.access.roles import Grant, Role
from dashboard.exports import jobs
from dashboard.exports.jobs import Job, State
from dashboard.exports.model import Cancelled
from dashboard.exports.queue import Steps
from tests.access.support import Now
from warehouse.engine import ACCESS, writing
from warehouse.errors import DabiaoError
from warehouse.room_tables import export_job

VIEWER = Grant(Role.VIEWER, frozenset({"990101"}))
ME, OTHER = "user:me", "user:other"


@pytest.fixture
def now() -> Now:
    """A clock that stands where it is put."""
    return Now()


def ask(engine: Engine, now: Now, of: str = "{}", actor: str = ME, kind: str = "xlsx") -> int:
    return jobs.enqueue(engine, kind, of, grant=VIEWER, language="zh", actor=actor, at=now())[0]


def fetch(engine: Engine, key: int) -> Job:
    with engine.connect() as connection:
        found = jobs.fetch_job(connection, key)
    assert found is not None
    return found


def test_a_job_from_its_beginning_to_its_end(engine: Engine, now: Now) -> None:
    key = ask(engine, now, '{"period": "2025-S2"}')
    assert (fetch(engine, key).state, fetch(engine, key).is_open) == (State.WAITING, True)
    job = jobs.start(engine, key, now())
    assert job is not None and (job.of, job.grant, job.language) == ('{"period": "2025-S2"}', VIEWER, "zh")
    assert jobs.start(engine, key, now()) is None, "nobody makes it twice"
    now.move(seconds=5)
    assert jobs.step(engine, key, 3, 8, now())
    running = fetch(engine, key)
    assert (running.state, running.done, running.steps, running.changed_at) == (State.RUNNING, 3, 8, now())
    narrower = Grant(Role.VIEWER, frozenset({"990102"}), frozenset({"elderly"}))
    assert jobs.finish(engine, key, "通报.xlsx", narrower, now())
    done = fetch(engine, key)
    assert (done.state, done.file_name, done.grant, done.is_open) == (State.DONE, "通报.xlsx", narrower, False)
    assert not jobs.cancel(engine, key, now()), "what is done is done"
    assert not jobs.step(engine, key, 4, 8, now())


def test_asking_twice_for_the_same_is_asking_once(engine: Engine, now: Now) -> None:
    key = ask(engine, now)
    again, is_new = jobs.enqueue(engine, "xlsx", "{}", grant=VIEWER, language="zh", actor=ME, at=now())
    assert (again, is_new) == (key, False)
    assert len({key, ask(engine, now, "other"), ask(engine, now, actor=OTHER)}) == 3
    jobs.cancel(engine, key, now())
    assert ask(engine, now) != key, "one that is over is asked for anew"


def test_two_at_once_for_each_and_a_few_for_all_visitors(engine: Engine, now: Now) -> None:
    first = ask(engine, now, "1")
    ask(engine, now, "2")
    with pytest.raises(DabiaoError, match="已有 2 个文件") as refused:
        ask(engine, now, "3")
    assert "2 files" in refused.value.en
    ask(engine, now, "3", OTHER)
    jobs.start(engine, first, now())
    jobs.fail(engine, first, jobs.FAILED, now())
    ask(engine, now, "3")
    with pytest.raises(DabiaoError):
        jobs.restart(engine, first, grant=VIEWER, language="zh", at=now())
    for n in range(jobs.MOST_VISITORS):
        ask(engine, now, actor=f"{jobs.VISITOR}{n}")
    with pytest.raises(DabiaoError, match="登录"):
        ask(engine, now, actor=f"{jobs.VISITOR}one more")


def test_a_cancelled_job_is_told_so_at_its_next_step(engine: Engine, now: Now) -> None:
    key = ask(engine, now)
    jobs.start(engine, key, now())
    step = Steps(lambda done, steps: jobs.step(engine, key, done, steps, now()), clock=iter(range(99)).__next__)
    step(1, 4)
    assert jobs.cancel(engine, key, now())
    with pytest.raises(Cancelled):
        step(2, 4)
    assert not jobs.finish(engine, key, "x", VIEWER, now()), "its file is not kept"
    jobs.fail(engine, key, jobs.FAILED, now())
    assert fetch(engine, key).state is State.CANCELLED
    waiting = ask(engine, now)
    jobs.cancel(engine, waiting, now())
    assert jobs.start(engine, waiting, now()) is None


def test_steps_are_not_noted_oftener_than_people_can_see() -> None:
    noted: list[tuple[int, int]] = []
    at = 0.0

    def note(done: int, steps: int) -> bool:
        noted.append((done, steps))
        return True

    step = Steps(note, clock=lambda: at)
    for done in range(101):
        at = done * 0.01
        step(done, 100)
    assert noted[0] == (0, 100) and noted[-1] == (100, 100), "the first and the last always"
    assert 5 <= len(noted) <= 8


def test_a_job_whose_worker_is_silent_for_a_minute_is_dead_and_begins_anew(engine: Engine, now: Now) -> None:
    running, waiting = ask(engine, now, "1"), ask(engine, now, "2")
    jobs.start(engine, running, now())
    now.move(seconds=55)
    jobs.look(engine, now())
    assert fetch(engine, running).is_open and fetch(engine, waiting).is_open
    assert jobs.beat(engine, running, now())
    now.move(seconds=55)
    jobs.look(engine, now())
    assert fetch(engine, running).is_open and fetch(engine, waiting).is_open, "a worker said that it lives"
    jobs.beat(engine, None, now())  # another process lives, which makes neither
    now.move(seconds=10)
    jobs.look(engine, now())
    assert fetch(engine, running).state is State.FAILED and fetch(engine, waiting).is_open
    assert "重新生成" in str(fetch(engine, running).message) and "again" in fetch(engine, running).message.en  # type: ignore[union-attr]
    assert jobs.start(engine, running, now()) is None, "a worker that comes late leaves it alone"
    jobs.restart(engine, running, grant=Grant(Role.VIEWER), language="en", at=now())
    again = jobs.start(engine, running, now())
    assert again is not None and (again.language, again.message, again.done) == ("en", None, 0)
    jobs.restart(engine, running, grant=VIEWER, language="zh", at=now())
    assert fetch(engine, running).state is State.RUNNING, "one that is open goes on"


def test_a_job_that_died_does_not_count_when_somebody_asks_again(engine: Engine, now: Now) -> None:
    ask(engine, now, "1"), ask(engine, now, "2")
    now.move(minutes=2)
    ask(engine, now, "3")


def test_files_are_kept_a_day_and_what_became_of_them_a_month(engine: Engine, now: Now) -> None:
    old, fresh = ask(engine, now, "1"), ask(engine, now, "2")
    jobs.start(engine, old, now())
    jobs.finish(engine, old, "old", VIEWER, now())
    now.move(hours=23)
    with engine.connect() as connection:
        assert set(jobs.fetch_kept(connection, now())) == {old}
    jobs.beat(engine, None, now())
    jobs.start(engine, fresh, now())
    now.move(hours=2)
    with engine.connect() as connection:
        assert set(jobs.fetch_kept(connection, now())) == {fresh}, "one being made may have a file already"
    now.at += timedelta(days=31)
    with writing(engine, ACCESS) as connection:
        jobs.forget(connection, now())
        assert list(connection.execute(select(export_job.c.job_key)).scalars()) == [fresh]


def test_a_database_being_written_does_not_stop_a_job(engine: Engine, now: Now) -> None:
    key = ask(engine, now)
    jobs.start(engine, key, now())
    with writing(engine):
        assert jobs.step(engine, key, 1, 2, now()), "it goes on, and is noted at a later step"
        assert not jobs.beat(engine, key, now()), "to be said again"
        now.move(minutes=5)
        jobs.look(engine, now())
    assert fetch(engine, key).state is State.RUNNING, "and it is not taken for dead meanwhile"


def test_everybody_sees_his_own(engine: Engine, now: Now) -> None:
    mine, others = ask(engine, now), ask(engine, now, actor=OTHER)
    with engine.connect() as connection:
        assert [job.key for job in jobs.fetch_jobs(connection, ME)] == [mine]
        assert jobs.fetch_job(connection, others, ME) is None
        assert jobs.fetch_job(connection, others, OTHER) is not None
