"""Accounts, sessions, counts and the audit log on PostgreSQL: the same promises, kept by its own means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.access import passwords
from dashboard.access.accounts import By, add_account, disable_account, fetch_account, reset_password
from dashboard.access.limits import DatabaseStorage
from dashboard.access.roles import Grant, Role
from dashboard.access.sessions import Limits, begin_session, end_session, fetch_identity
from dashboard.access.signin import FREE_TRIES, Refused, sign_in
from dashboard.access.tokens import add_token, begin_device_session, fetch_bearer, revoke_token
from dashboard.settings import Settings
from tests.warehouse.conftest import Server, database_of
from warehouse.audit import Action, Entry, Event, Filter, append, count_entries, fetch_entries, verify
from warehouse.catalog import fetch_catalog
from warehouse.engine import ACCESS, open_engine, write_if_free, writing
from warehouse.errors import DabiaoError
from warehouse.migrate import upgrade

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]

NOW = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
BOSS = By("user:boss", "10.0.0.7", NOW)
ODD = ("\x00", "a\x00b", "\ud800", "\u202e", "", "%", "x" * 5000)


@pytest.fixture(scope="module")
def template(postgresql: Server) -> str:
    """A migrated database without a row, to be copied."""
    engine = postgresql.create()
    upgrade(engine)
    engine.dispose()
    return database_of(engine)


@pytest.fixture
def engine(postgresql: Server, template: str) -> Engine:  # type: ignore[override]
    """A database of the test's own."""
    return postgresql.create(template)


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """argon2 as quick as it can be."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


def entries(engine: Engine) -> list[Entry]:
    """The log, oldest first; it is whole."""
    with engine.connect() as connection:
        assert verify(connection).broken_at is None
        return list(fetch_entries(connection, Filter()))[::-1]


def add(engine: Engine, name: str = "viewer") -> str:
    """An account; its first password."""
    with writing(engine, ACCESS) as connection:
        return str(add_account(connection, BOSS, fetch_catalog(connection), name, "某", Grant(Role.VIEWER), False))


def all_at_once(count: int, work: Any) -> list[Any]:
    """Do it in so many threads, begun together; what each found."""
    barrier, found = Barrier(count), list[Any]()

    def run(n: int) -> None:
        barrier.wait()
        found.append(work(n))

    threads = [Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize(
    "statement",
    ["update audit_entry set actor = 'x'", "update audit_entry set actor = actor where entry_no = 2",
    "delete from audit_entry",
     "delete from audit_entry where entry_no = 2", "truncate audit_entry",
     "insert into audit_entry select * from audit_entry on conflict (entry_no) do update set actor = 'x'"],
)  # fmt: skip
def test_the_database_itself_refuses_to_change_or_remove_an_entry(engine: Engine, statement: str) -> None:
    with writing(engine, ACCESS) as connection:
        for n in range(3):
            append(connection, Event(f"user:{n}", Action.LOGIN), NOW)
    before = entries(engine)
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(text(statement))
    assert entries(engine) == before


@pytest.mark.parametrize("column", ["actor", "detail", "happened_at", "previous_hash", "entry_hash"])
def test_what_is_changed_all_the_same_is_found(engine: Engine, column: str) -> None:
    with writing(engine, ACCESS) as connection:
        for n in range(5):
            append(connection, Event(f"user:{n}", Action.LOGIN), NOW)
        connection.execute(text("alter table audit_entry disable trigger all"))
        value = "now()" if column == "happened_at" else "'x'"
        connection.execute(text(f"update audit_entry set {column} = {value} where entry_no = 3"))
    with engine.connect() as connection:
        assert verify(connection).broken_at == 3


def test_many_at_once_write_one_chain(engine: Engine) -> None:
    def work(n: int) -> None:
        for k in range(10):
            with writing(engine, ACCESS if n % 2 else 0) as connection:  # a load has another lock, or none
                append(connection, Event(f"user:{n}", Action.LOAD, str(k)), NOW)

    all_at_once(6, work)
    found = entries(engine)
    assert [e.no for e in found] == list(range(1, 61))
    for n in range(6):
        assert [e.subject for e in found if e.actor == f"user:{n}"] == [str(k) for k in range(10)]


def test_the_hashes_are_those_of_sqlite(engine: Engine, tmp_path: Any) -> None:
    other = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(other)
    for database in (engine, other):
        with writing(database, ACCESS) as connection:
            for n, odd in enumerate(ODD):
                append(connection, Event(odd, Action.EXPORT, odd, odd, {"odd": odd, "n": n}), NOW)
    assert entries(engine) == entries(other)
    other.dispose()


def test_many_tries_at_once_count_as_many(engine: Engine) -> None:
    add(engine)
    found = all_at_once(12, lambda _n: sign_in(engine, "viewer", "wrong", "", "", NOW))
    assert sum(x == Refused(None) for x in found) == FREE_TRIES
    assert len([e for e in entries(engine) if e.action == "login_failed"]) == FREE_TRIES


def test_many_at_once_are_all_counted(engine: Engine) -> None:
    other = open_engine(engine.url.render_as_string(hide_password=False))
    storages = [DatabaseStorage("dabiao://", engine=x, settings=Settings(now=lambda: NOW)) for x in (engine, other)]
    found = all_at_once(8, lambda n: [storages[n % 2].incr("a", 60) for _ in range(5)])
    assert sorted(n for counts in found for n in counts) == list(range(1, 41))
    other.dispose()


def test_a_person_and_a_screen_come_and_go(engine: Engine) -> None:
    limits, password = Limits(Settings().idle), add(engine)
    secret = sign_in(engine, "viewer", password, "10.0.0.9", "agent\x00\ud800", NOW)
    assert isinstance(secret, str)
    with writing(engine, ACCESS) as connection:
        token = add_token(connection, BOSS, fetch_catalog(connection), "hall", Grant(Role.SCREEN), 1)
        screen = begin_device_session(connection, token, "", BOSS) or ""
        person = fetch_identity(connection, secret, NOW, limits)
        assert person is not None and person.actor == "user:viewer"
        assert fetch_identity(connection, screen, NOW, limits) is not None
        assert fetch_bearer(connection, token, NOW) is not None
        revoke_token(connection, BOSS, "hall")
        assert fetch_identity(connection, screen, NOW, limits) is None
        disable_account(connection, BOSS, "viewer")
        assert fetch_identity(connection, secret, NOW, limits) is None
    assert [e.action for e in entries(engine)] == [
        "account_added", "login", "token_added", "login", "token_revoked", "account_disabled"
    ]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_odd_texts_are_answered_and_not_refused_by_the_driver(engine: Engine, odd: str) -> None:
    from dashboard.access.accounts import normalise_username

    assert sign_in(engine, normalise_username(odd), odd.replace("\ud800", "?"), "", odd, NOW) == Refused(None)
    with writing(engine, ACCESS) as connection:
        for work in (fetch_account, lambda c, name: reset_password(c, BOSS, name)):
            with pytest.raises(DabiaoError):
                work(connection, odd)
        assert begin_device_session(connection, odd, odd, BOSS) is None
        with pytest.raises(DabiaoError):
            revoke_token(connection, BOSS, odd)
        assert count_entries(connection, Filter(actor=odd, subject=odd)) >= 0
    assert entries(engine)


def test_a_small_write_is_done_beside_a_big_one(engine: Engine) -> None:
    with writing(engine):
        assert write_if_free(engine, lambda c: append(c, Event("user:x", Action.LOGIN), NOW))
    with writing(engine, ACCESS) as connection:
        key = connection.execute(text("select 2147483647")).scalar_one()
        assert end_session(connection, key, NOW) is None
        with pytest.raises(DBAPIError):
            begin_session(connection, NOW, "password", "", "", account_key=key)
