"""Signing in with a password: one answer for all that is wrong, and a lock-out that backs off."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from dashboard.access import signin
from dashboard.access.signin import FREE_TRIES, Refused, lock_after, sign_in
from tests.access.support import CLOSED, NOW, PEOPLE, SSO, Place, password_of, words, wrong
from warehouse.access_tables import login_failure

MINUTE = timedelta(minutes=1)


def enter(place: Place, name: str, password: str = "wrong") -> str | Refused:
    """A try, without the limits of the form."""
    return sign_in(place.engine, name, password, "10.0.0.9", "tests", place.now())


def test_who_signs_in_is_where_he_wanted_to_go(place: Place) -> None:
    visitor = place.visitor()
    asked = visitor.get("/districts/990101?period=2025-S1")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/login?next=/districts/990101%3Fperiod%3D2025-S1")
    target = words(visitor.get(asked.headers["Location"])).all("input", name="next")[0]["value"]
    assert target == "/districts/990101?period=2025-S1"
    response = visitor.sign_in("viewer", next=target)
    assert (response.status_code, response.headers["Location"]) == (303, target)
    assert visitor.get("/login").headers["Location"] == "/"
    assert visitor.get("/login?next=/data").headers["Location"] == "/data"


@pytest.mark.parametrize("spelling", ["viewer", "VIEWER", " Viewer ", "ｖｉｅｗｅｒ"])
def test_a_name_may_be_spelt_in_capitals(place: Place, spelling: str) -> None:
    assert place.visitor().sign_in(spelling, password_of("viewer")).status_code == 303


def test_a_sign_in_is_written_down_and_seen_in_the_account(place: Place) -> None:
    before = len(place.entries())
    place.signed_in("viewer")
    [entry] = place.entries()[before:]
    assert (entry.actor, entry.action, entry.subject, entry.address) == ("user:viewer", "login", "viewer", "127.0.0.1")
    assert (entry.detail, entry.at) == ('{"method": "password"}', NOW)


def test_the_answer_is_the_same_for_everything_that_is_wrong(place: Place) -> None:
    """A wrong password, nobody of that name, a closed account, single sign-on, an empty password."""
    answers = set()
    tries = {"viewer": "wrong", "no.such.name": "wrong", CLOSED: password_of(CLOSED), SSO: "", "head": ""}
    for name, password in tries.items():
        response = place.visitor().sign_in(name, password)
        assert response.status_code == 401
        tree = words(response)
        for node in tree.walk():
            if node.attributes.get("name") in ("csrf_token", "username"):
                assert node["name"] == "csrf_token" or node["value"] == name
                node.attributes["value"] = ""
        answers.add(
            (str(tree), str(sorted(x for x in response.headers if x[0] not in ("Content-Length", "Set-Cookie"))))
        )
    assert len(answers) == 1
    assert not any(secret in str(answers) for secret in place.world.secrets)


def test_a_password_typed_as_name_is_not_written_down(place: Place) -> None:
    before = len(place.entries())
    place.visitor().sign_in(password_of("viewer"), "x")
    place.visitor().sign_in("viewer", "wrong one")
    assert place.said(before) == [("public", "login_failed", "?"), ("user:viewer", "login_failed", "viewer")]
    assert password_of("viewer") not in str(place.entries()) and "wrong one" not in str(place.entries())


def test_the_password_is_not_sent_back_but_the_name_is(place: Place) -> None:
    response = place.visitor().sign_in("viewer", "my wrong password")
    assert "my wrong password" not in response.get_data(as_text=True)
    assert words(response).one("input", id="username")["value"] == "viewer"
    assert words(response).one("input", id="password").attributes.get("value") is None


# --- The lock-out ----------------------------------------------------------------------------------


def test_the_back_off_is_five_free_tries_then_1_2_4_and_at_most_30_minutes() -> None:
    minutes = [None if (wait := lock_after(n)) is None else wait / MINUTE for n in range(1, 13)]
    assert minutes == [None, None, None, None, 1, 2, 4, 8, 16, 30, 30, 30]
    assert FREE_TRIES == 5


@given(st.integers(0, 10**9))
def test_the_back_off_never_shrinks(failures: int) -> None:
    now, later = lock_after(failures), lock_after(failures + 1)
    assert (now or timedelta()) <= (later or timedelta()) <= 30 * MINUTE


@pytest.mark.parametrize("name", ["viewer", "no.such.name", CLOSED, SSO, ""])
def test_after_five_wrong_passwords_a_name_is_locked_for_longer_and_longer(place: Place, name: str) -> None:
    for _ in range(FREE_TRIES):
        assert enter(place, name) == Refused(None)
    for minutes in (1, 2, 4, 8, 16, 30, 30):
        assert enter(place, name) == Refused(minutes * MINUTE)
        assert enter(place, name, password_of(name)) == Refused(minutes * MINUTE), "not even the right one"
        place.now.move(minutes=minutes, seconds=-1)
        assert enter(place, name) == Refused(timedelta(seconds=1)), "what is not tried is not counted"
        place.now.move(seconds=1)
        assert enter(place, name) == Refused(None)


def test_the_page_says_for_how_long_and_so_it_does_for_nobody(open_place: Any) -> None:
    place = open_place()
    for name in ("viewer", "no.such.name"):
        for _ in range(FREE_TRIES):
            assert wrong(place.visitor().sign_in(name, "x")).startswith("用户名或口令不对")
        response = place.visitor().sign_in(name, "x")
        assert (response.status_code, wrong(response)) == (401, "口令连续输错，请过 1 分钟再试，或请管理员重置。")
        english = place.visitor()
        english.get("/login?lang=en")
        assert "try again in 1 min" in wrong(english.sign_in(name, "x"))


def test_the_right_password_ends_the_count(place: Place) -> None:
    for _ in range(3):
        for _ in range(FREE_TRIES - 1):
            assert enter(place, "viewer") == Refused(None)
        assert isinstance(enter(place, "viewer", password_of("viewer")), str)
    with place.engine.connect() as connection:
        assert connection.execute(select(login_failure)).all() == []


def test_one_name_is_locked_and_not_another_and_a_session_goes_on(place: Place) -> None:
    visitor = place.signed_in("viewer")
    for _ in range(FREE_TRIES + 1):
        enter(place, "viewer")
    assert isinstance(enter(place, "head", password_of("head")), str)
    assert visitor.is_in


def test_wrong_passwords_of_yesterday_are_forgotten(place: Place) -> None:
    for _ in range(FREE_TRIES - 1):
        enter(place, "viewer")
    place.now.move(days=1, seconds=-1)
    enter(place, "viewer")
    assert enter(place, "viewer") == Refused(MINUTE)
    place.now.move(days=1, seconds=1)
    assert enter(place, "viewer") == Refused(None)
    with place.engine.connect() as connection:
        [row] = connection.execute(select(login_failure)).all()
    assert (row.failures, "viewer" in str(row)) == (1, False)


def test_a_try_is_counted_before_it_is_made(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one password is being checked, another try already counts it."""
    counted: list[int] = []

    def verify(password: str, stored: str | None) -> bool:
        with place.engine.connect() as connection:
            counted.append(connection.execute(select(login_failure.c.failures)).scalar_one())
        return False

    monkeypatch.setattr(signin, "verify_password", verify)
    for _ in range(3):
        enter(place, "viewer")
    assert counted == [1, 2, 3]


def test_many_tries_at_once_count_as_many(place: Place) -> None:
    barrier, found = Barrier(12), []

    def run() -> None:
        barrier.wait()
        found.append(enter(place, "viewer"))

    threads = [Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(x == Refused(None) for x in found) == FREE_TRIES
    assert sum(isinstance(x, Refused) and x.wait == MINUTE for x in found) == 12 - FREE_TRIES
    place.check_log()


def test_an_account_closed_while_its_password_is_checked_gets_no_session(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And neither does one whose password was changed meanwhile."""
    from dashboard.access.accounts import By, disable_account, reset_password

    verify = signin.verify_password
    for change in (disable_account, reset_password):
        place.begin_anew()

        def verify_slowly(password: str, stored: str | None, change: Any = change) -> bool:
            right = verify(password, stored)
            place.write(lambda c: change(c, By("user:boss", "", NOW), "viewer"))
            return right

        with monkeypatch.context() as patch:
            patch.setattr(signin, "verify_password", verify_slowly)
            assert enter(place, "viewer", password_of("viewer")) == Refused(None)
        assert place.said()[-1] == ("user:viewer", "login_failed", "viewer")


def test_a_first_password_that_is_too_old_is_written_down_as_a_failure(place: Place) -> None:
    place.now.move(days=3)
    assert enter(place, "first", place.world.passwords["first"]) == Refused(None, is_stale=True)
    assert place.said()[-1] == ("user:first", "login_failed", "first")


@pytest.mark.parametrize(
    "fields",
    [{}, {"username": "viewer"}, {"password": "x"}, {"username": "", "password": ""},
    {"username": "viewer\x00", "password": "x"},
     {"username": "v" * 5000, "password": "x" * 5000}, {"username": ["viewer", "boss"], "password": ["x", "y"]},
     {"username": "' or 1=1 --", "password": "' or 1=1 --"}, {"username": "viewer%", "password": "x"}],
    ids=str,
)  # fmt: skip
def test_odd_forms_are_wrong_and_nothing_else(place: Place, fields: dict[str, Any]) -> None:
    visitor = place.visitor()
    assert visitor.submit("/login", fields, "/login").status_code == 401
    assert not visitor.is_in


def test_everybody_who_may_signs_in(place: Place) -> None:
    for name in PEOPLE:
        status = 401 if name in (SSO, CLOSED) else 303
        assert (name, place.visitor().sign_in(name).status_code) == (name, status)
