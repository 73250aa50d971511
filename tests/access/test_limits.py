"""Rate limits: counted in the database for all processes, by name, account or address; over when their window is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from dashboard.access.limits import DatabaseStorage
from dashboard.settings import Settings
from tests.access.conftest import Open
from tests.access.support import NOW, Now, Place, Visitor, password_of, words
from warehouse.access_tables import rate_count
from warehouse.engine import open_engine


@pytest.fixture
def places(place: Place, make_place: Open, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Place, Place]]:
    """Two processes of one server; the library's clock is theirs."""
    clock = SimpleNamespace(time=lambda: place.now().timestamp(), mktime=time.mktime)
    monkeypatch.setattr("flask_limiter._extension.time", clock)
    other = make_place(place.world, place.file, place.now)
    yield place, other
    other.close()


@pytest.fixture
def storages(place: Place) -> Iterator[tuple[DatabaseStorage, DatabaseStorage, Now]]:
    """Two of them on one file."""
    engines = [open_engine(f"sqlite:///{place.file}") for _ in range(2)]
    values = Settings(now=place.now)
    one, other = (DatabaseStorage("dabiao://", engine=engine, settings=values) for engine in engines)
    yield one, other, place.now
    for engine in engines:
        engine.dispose()


def statuses(responses: Iterator[Any]) -> list[int]:
    """Codes of answers."""
    return [response.status_code for response in responses]


# --- The counts ------------------------------------------------------------------------------------


def test_two_processes_count_as_one(storages: tuple[DatabaseStorage, DatabaseStorage, Now]) -> None:
    one, other, _now = storages
    assert [x.incr("a", 60) for x in (one, other, other, one)] == [1, 2, 3, 4]
    assert one.incr("b", 60) == 1
    assert (one.get("a"), other.get("a"), other.get("b"), other.get("c")) == (4, 4, 1, 0)
    assert other.get_expiry("a") == (NOW + timedelta(minutes=1)).timestamp()
    assert other.get_expiry("c") == NOW.timestamp()
    one.clear("a")
    assert (other.get("a"), other.get("b")) == (0, 1)
    assert (one.reset(), other.get("b"), other.check()) == (1, 0, True)
    assert issubclass(one.base_exceptions, Exception)  # type: ignore[arg-type]


def test_a_window_begins_with_its_first_count_and_ends_to_the_second(
    storages: tuple[DatabaseStorage, DatabaseStorage, Now],
) -> None:
    one, other, now = storages
    one.incr("a", 60)
    now.move(seconds=59)
    assert other.incr("a", 60) == 2
    assert other.get_expiry("a") == (NOW + timedelta(minutes=1)).timestamp(), "a count does not move the end"
    now.move(seconds=1)
    assert (one.get("a"), other.incr("a", 60, 5)) == (0, 5)


def test_what_is_over_is_forgotten(storages: tuple[DatabaseStorage, DatabaseStorage, Now], place: Place) -> None:
    one, _other, now = storages
    for n in range(20):
        one.incr(f"key {n}", 60)
    now.move(minutes=1)
    one.incr("last", 60)
    with place.engine.connect() as connection:
        [row] = connection.execute(select(rate_count)).all()
    assert "last" not in str(row), "names and addresses are kept as hashes"


def test_many_at_once_are_all_counted(storages: tuple[DatabaseStorage, DatabaseStorage, Now]) -> None:
    one, other, _now = storages
    found: list[int] = []
    barrier = Barrier(8)

    def run(storage: DatabaseStorage) -> None:
        barrier.wait()
        found.extend([storage.incr("a", 60) for _ in range(5)])

    threads = [Thread(target=run, args=(x,)) for x in (one, other) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 41))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1), st.integers(0, 40)), max_size=12))
def test_the_count_is_that_of_the_window_whoever_counts(
    storages: tuple[DatabaseStorage, DatabaseStorage, Now], steps: list[tuple[str, int, int]]
) -> None:
    storages[0].reset()
    now, windows = storages[2], dict[str, tuple[Any, int]]()
    for key, which, seconds in steps:
        now.move(seconds=seconds)
        end, hits = windows.get(key, (now(), 0))
        windows[key] = (now() + timedelta(minutes=1), 1) if end <= now() else (end, hits + 1)
        assert storages[which].incr(key, 60) == windows[key][1]


@pytest.mark.parametrize("key", ["", "\x00", "\ud800", "x" * 100_000, "' or 1=1 --"], ids=ascii)
def test_any_key_can_be_counted(storages: tuple[DatabaseStorage, DatabaseStorage, Now], key: str) -> None:
    assert (storages[0].incr(key, 60), storages[1].incr(key, 60)) == (1, 2)


# --- The limits ------------------------------------------------------------------------------------


def tries(places: tuple[Place, Place], count: int, name: str = "x{}", address: str = "10.0.0.1") -> Iterator[Any]:
    """Wrong passwords, at one process and the other in turn."""
    visitors = [place.visitor() for place in places]
    tokens = [visitor.form_token() for visitor in visitors]
    for n in range(count):
        fields = {"username": name.format(n), "password": "wrong", "csrf_token": tokens[n % 2]}
        yield visitors[n % 2].open("/login", "POST", data=fields, environ_overrides={"REMOTE_ADDR": address})


def test_an_address_may_try_thirty_times_a_minute(places: tuple[Place, Place]) -> None:
    assert statuses(tries(places, 32)) == [401] * 30 + [429] * 2
    assert statuses(tries(places, 1, address="10.0.0.2")) == [401]
    places[0].now.move(minutes=1)
    assert statuses(tries(places, 1)) == [401]


def test_an_address_may_try_three_hundred_times_an_hour(places: tuple[Place, Place]) -> None:
    assert statuses(tries(places, 1)) == [401]
    hour = rate_count.c.expires_at > NOW + timedelta(minutes=30)
    assert places[0].write(lambda c: c.execute(update(rate_count).where(hour).values(hits=299))).rowcount == 1
    assert statuses(tries(places, 3)) == [401, 429, 429]
    places[0].now.move(minutes=60, seconds=-1)
    assert statuses(tries(places, 1)) == [429]
    places[0].now.move(seconds=1)
    assert statuses(tries(places, 2)) == [401] * 2


def test_a_name_may_be_tried_ten_times_a_minute_wherever_from(places: tuple[Place, Place]) -> None:
    for name in ("viewer", "no.such.name"):
        found = [next(iter(statuses(tries(places, 1, name, f"10.0.1.{n}")))) for n in range(12)]
        assert found == [401] * 10 + [429] * 2
    assert statuses(tries(places, 1, " VIEWER ", "10.0.1.99")) == [429], "one name, however it is spelt"
    assert statuses(tries(places, 1, "head", "10.0.1.99")) == [401]


def test_the_limits_of_people_and_screens_are_counted_apart(places: tuple[Place, Place]) -> None:
    visitor = places[0].visitor()
    found = statuses(visitor.show_token("dabiao_wrong") for _ in range(31))
    assert found == [401] * 30 + [429]
    assert statuses(tries(places, 1, address="127.0.0.1")) == [401]


def test_who_is_refused_is_told_when_to_come_again(places: tuple[Place, Place]) -> None:
    list(tries(places, 30))
    places[0].now.move(seconds=20)
    [response] = tries(places, 1)
    assert response.status_code == 429
    assert response.headers["Retry-After"] in ("40", "41")
    assert "操作太频繁" in words(response).one("p", "lead").text
    english = places[0].visitor()
    english.get("/login?lang=en")
    fields = {"username": "x", "csrf_token": english.form_token()}
    text = english.open("/login", "POST", data=fields, environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
    assert words(text).one("html")["lang"] == "en"


def test_who_is_not_refused_is_not_told_to_wait(places: tuple[Place, Place]) -> None:
    """After a redirect, waiting is what the header would ask for."""
    response = places[0].visitor().sign_in("viewer")
    assert response.status_code == 303 and "Retry-After" not in response.headers
    found = places[0].signed_in("viewer").get("/download/completeness.csv")
    assert found.status_code == 200 and "Retry-After" not in found.headers


def test_exports_are_limited_by_account_and_by_address_without_one(places: tuple[Place, Place]) -> None:
    link = "/download/completeness.csv?path=/data&period=1999-S1"
    one, other = places[0].signed_in("viewer"), places[1].signed_in("viewer")
    found = statuses((one, other)[n % 2].get(link) for n in range(62))
    assert found == [200] * 60 + [429] * 2
    assert places[0].signed_in("editor").get(link).status_code == 200
    assert places[0].bearer("reader").get(link).status_code == 200
    assert one.get("/").status_code == 200, "pages are not limited"
    places[0].now.move(minutes=1)
    assert one.get(link).status_code == 200


def test_changes_are_limited_by_account(places: tuple[Place, Place]) -> None:
    one, other = places[0].signed_in("viewer"), places[1].signed_in("viewer")
    fields = {"old": "wrong", "new": password_of("x"), "again": password_of("x")}
    found = statuses((one, other)[n % 2].submit("/account/password", fields) for n in range(32))
    assert found == [400] * 30 + [429] * 2
    assert places[0].signed_in("head").submit("/account/password", fields).status_code == 400


def test_a_request_that_is_refused_before_is_not_counted(places: tuple[Place, Place]) -> None:
    visitor: Visitor = places[0].visitor()
    for _ in range(40):
        assert visitor.open("/login", "POST", data={"username": "viewer", "password": "x"}).status_code == 403
    assert statuses(tries(places, 1, "viewer", "127.0.0.1")) == [401]


def test_a_forged_address_counts_as_the_real_one(places: tuple[Place, Place]) -> None:
    visitor = places[0].visitor()
    token = visitor.form_token()
    found = [
        visitor.open(
            "/login", "POST", data={"username": f"n{n}", "password": "x", "csrf_token": token},
            headers={"X-Forwarded-For": f"10.9.9.{n}", "Forwarded": f"for=10.9.9.{n}", "X-Real-IP": f"10.9.9.{n}"},
        ).status_code
        for n in range(31)
    ]  # fmt: skip
    assert found == [401] * 30 + [429]
    assert {e.address for e in places[0].entries() if e.action == "login_failed"} == {"127.0.0.1"}
