"""Sessions: a random secret in the cookie, its hash in the database; over when idle, old, ended or closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dashboard.access.sessions import (
    LONGEST,
    NOBODY,
    Identity,
    Limits,
    begin_session,
    end_sessions,
    fetch_identity,
    fetch_sessions,
    hash_secret,
    is_due,
    touch_session,
)
from tests.access.support import CLOSED, NOW, PEOPLE, Place, Visitor
from warehouse.access_tables import access_token, account, web_session

LIMITS = Limits(timedelta(minutes=60))


def row(place: Place, number: int = -1) -> Any:
    """A session as the table has it, the newest unless said otherwise."""
    with place.engine.connect() as connection:
        return connection.execute(select(web_session).order_by(web_session.c.session_key)).all()[number]


def who(place: Place, secret: str) -> Identity | None:
    """Whose session it is now."""
    with place.engine.connect() as connection:
        return fetch_identity(connection, secret, place.now(), LIMITS)


def test_the_database_knows_only_the_hash_of_what_the_cookie_holds(place: Place) -> None:
    secret = place.begin_session("viewer")
    assert row(place).secret_sha256 == hash_secret(secret) != secret
    assert len({place.begin_session("viewer") for _ in range(50)}) == 50
    assert len(secret) >= 43, "256 bits"
    assert hash_secret("\ud800")


def test_the_identity_is_what_the_database_knows_now(place: Place) -> None:
    found = who(place, place.begin_session("viewer"))
    assert found is not None
    assert (found.actor, found.username, found.name, found.method) == (
        "user:viewer",
        "viewer",
        "viewer 同志",
        "password",
    )
    assert found.grant == PEOPLE["viewer"] and found.is_signed_in and not found.must_change
    assert not NOBODY.is_signed_in


@pytest.mark.parametrize("secret", ["", "x", "\x00", "\ud800", "' or 1=1 --", "a" * 100_000])
def test_another_secret_is_nobodys(place: Place, secret: str) -> None:
    place.begin_session("viewer")
    assert who(place, secret) is None


@pytest.mark.parametrize(
    ("steps", "is_good"),
    [
        ([59.99], True), ([60], False), ([61], False), ([59, 59, 59], True), ([59, 59, 61], False), ([59] * 12, True),
        ([59] * 13, False), ([60 * 12], False), ([60 * 24 * 40], False),
    ],
)  # fmt: skip
def test_a_session_ends_an_hour_after_its_last_use_and_twelve_after_its_beginning(
    place: Place, steps: list[float], is_good: bool
) -> None:
    visitor = place.signed_in("viewer")
    for minutes in steps:
        place.now.move(minutes=minutes)
        found = visitor.is_in
    assert found is is_good
    if not is_good:
        place.now.at = NOW
        assert not visitor.is_in, "the cookie was taken back too"


def test_exactly_twelve_hours_are_too_many(place: Place) -> None:
    secret = place.begin_session("viewer")
    for hours, is_good in ((LONGEST - timedelta(seconds=1), True), (LONGEST, False)):
        place.now.at = NOW + hours
        place.write(lambda c: touch_session(c, row(place).session_key, place.now()))
        assert (who(place, secret) is not None) is is_good


@pytest.mark.parametrize(
    ("minutes", "after", "is_good"), [(5, 4, True), (5, 5, False), (600, 599, True), (600, 600, False)]
)
def test_how_long_one_may_be_idle_is_a_setting(open_place: Any, minutes: int, after: int, is_good: bool) -> None:
    place = open_place(idle=timedelta(minutes=minutes))
    visitor = place.signed_in("viewer")
    place.now.move(minutes=after)
    assert visitor.is_in is is_good


def test_a_use_is_noted_to_the_minute_and_not_oftener(place: Place) -> None:
    visitor = place.signed_in("viewer")
    place.now.move(seconds=59)
    assert visitor.is_in and row(place).last_seen_at == NOW
    place.now.move(seconds=1)
    assert visitor.is_in and row(place).last_seen_at == NOW + timedelta(minutes=1)
    assert not is_due(NOW, NOW) and is_due(NOW, NOW + timedelta(minutes=1))


def test_a_session_goes_on_while_the_database_is_being_written(place: Place) -> None:
    visitor = place.signed_in("viewer")
    place.now.move(minutes=2)
    place.write(lambda c: visitor.is_in or pytest.fail("a load shuts nobody out"))
    assert row(place).last_seen_at == NOW
    assert visitor.is_in and row(place).last_seen_at == NOW + timedelta(minutes=2)


def test_what_a_browser_calls_itself_is_kept_in_part_and_can_be_read(place: Place) -> None:
    visitor = place.visitor()
    agent = "Mo\x07zilla" + "\u202e" + "x" * 500
    visitor.headers["User-Agent"] = agent.encode().decode("latin-1")
    visitor.sign_in("viewer")
    assert row(place).user_agent.startswith("Mo\ufffdzilla") and len(row(place).user_agent) == 200
    place.write(
        lambda c: begin_session(c, NOW, "password", "a" * 100, "\ud800\x00", account_key=row(place).account_key)
    )
    assert (row(place).user_agent, len(row(place).address)) == ("?\ufffd", 64)


def test_sessions_long_over_are_forgotten_but_those_of_screens_are_not(place: Place) -> None:
    place.screen(), place.signed_in("viewer")
    place.now.move(days=31)
    place.signed_in("head")
    with place.engine.connect() as connection:
        methods = connection.execute(select(web_session.c.method).order_by(web_session.c.session_key)).scalars().all()
    assert methods == ["token", "password"]


# --- Seen and ended -------------------------------------------------------------------------------


def keys_on(visitor: Visitor, link: str) -> list[int]:
    """The sessions a page offers to end."""
    forms = [form for form in visitor_tree(visitor, link).all("form") if (form["action"]).endswith("/end")]
    return [int(form["action"].split("/")[-2]) for form in forms]


def visitor_tree(visitor: Visitor, link: str) -> Any:
    from tests.access.support import words

    return words(visitor.get(link))


def test_everybody_sees_and_ends_ones_own_sessions(place: Place) -> None:
    one, other, foreign = place.signed_in("viewer"), place.signed_in("viewer"), place.signed_in("head")
    found = keys_on(one, "/account")
    assert len(found) == 2
    [own] = [key for key in found if key != row(place, -2).session_key]
    assert one.submit(f"/account/sessions/{row(place, -2).session_key}/end").status_code == 303
    assert one.is_in and not other.is_in and foreign.is_in
    assert place.said()[-1] == ("user:viewer", "session_ended", "viewer")
    assert one.submit(f"/account/sessions/{own}/end").status_code == 303
    assert not one.is_in, "one's own, too"


def test_nobody_ends_the_session_of_another(place: Place) -> None:
    visitor, head = place.signed_in("viewer"), place.signed_in("head")
    key, before = row(place).session_key, len(place.entries())
    for odd in (key, 0, 10**9, 2**31, 2**63, 10**30):
        assert visitor.submit(f"/account/sessions/{odd}/end").status_code == 404, odd
        assert visitor.submit(f"/admin/sessions/{odd}/end").status_code == 404, odd
    assert head.is_in and len(place.entries()) == before


def test_an_administrator_sees_and_ends_every_session(place: Place) -> None:
    boss, viewer, screen = place.signed_in("boss"), place.signed_in("viewer"), place.screen()
    assert len(keys_on(boss, "/admin/users")) == 3
    assert keys_on(boss, "/admin/users/viewer") == [row(place, -2).session_key]
    for number, visitor, name in ((-2, viewer, "viewer"), (-1, screen, "hall")):
        key = row(place, number).session_key
        assert boss.submit(f"/admin/sessions/{key}/end").status_code == 303
        assert place.said()[-1] == ("user:boss", "session_ended", name)
        assert not visitor.is_in
        assert boss.submit(f"/admin/sessions/{key}/end").status_code == 404, "it is over"
    for odd in (0, 10**9, 2**31, 2**63, 10**30):
        assert boss.submit(f"/admin/sessions/{odd}/end").status_code == 404, odd


def test_only_sessions_that_may_go_on_are_listed(place: Place) -> None:
    place.signed_in("viewer"), place.screen()
    place.begin_session(CLOSED)
    with place.engine.connect() as connection:

        def listed(at: Any) -> list[str | None]:
            return [line.username or line.token_name for line in fetch_sessions(connection, at, LIMITS)]

        assert sorted(map(str, listed(NOW))) == ["hall", "viewer"]
        assert listed(NOW + timedelta(hours=1)) == ["hall"], "a screen's lasts as long as its token"
        assert listed(NOW + timedelta(days=88)) == []


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(place: Place) -> None:
    visitor, thief = place.signed_in("viewer"), place.visitor()
    thief.client.set_cookie("dabiao", visitor.cookie() or "")
    assert thief.is_in
    response = visitor.submit("/logout")
    assert (response.status_code, response.headers["Location"]) == (303, "/login")
    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert place.said()[-1] == ("user:viewer", "logout", "viewer")
    assert not visitor.is_in and not thief.is_in
    assert row(place).ended_at == NOW


def test_a_screen_signs_out_too(place: Place) -> None:
    screen = place.screen()
    token = screen.callback_token()
    assert screen.open("/logout", "POST", headers={"X-CSRFToken": token}).status_code == 303
    assert place.said()[-1] == ("token:hall", "logout", "hall")
    assert not screen.is_in


def test_all_sessions_of_an_account_but_one_are_ended(place: Place) -> None:
    secrets = [place.begin_session("viewer") for _ in range(3)]
    other = place.begin_session("head")
    keys = [row(place, n).session_key for n in (-4, -3, -2)]
    place.write(lambda c: end_sessions(c, row(place, -2).account_key, NOW, but=keys[1]))
    assert [who(place, secret) is not None for secret in secrets] == [False, True, False]
    assert who(place, other) is not None
    place.write(lambda c: end_sessions(c, row(place, -2).account_key, NOW))
    assert who(place, secrets[1]) is None


def test_a_session_has_one_owner(place: Place) -> None:
    from sqlalchemy.exc import IntegrityError

    with place.engine.connect() as connection:
        a = connection.execute(select(account.c.account_key)).scalars().first()
        k = connection.execute(select(access_token.c.token_key)).scalars().first()
    for owner in ({}, {"account_key": a, "token_key": k}):
        with pytest.raises(IntegrityError):
            place.write(lambda c, owner=owner: begin_session(c, NOW, "password", "", "", **owner))  # type: ignore[misc]
