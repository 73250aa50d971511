"""Tokens of screens and programs: they only read, within their scope, until a day that was set."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dashboard.access import tokens
from dashboard.access.accounts import By
from dashboard.access.roles import Grant, Role
from dashboard.access.sessions import hash_secret
from tests.access.support import HERE, NOW, Place, words, wrong
from warehouse.access_tables import access_token, audit_entry, web_session
from warehouse.catalog import fetch_catalog
from warehouse.errors import DabiaoError

BOSS = By("user:boss", "10.0.0.7", NOW)
SCREEN = Grant(Role.SCREEN, HERE)


def add(place: Place, name: str, grant: Grant = SCREEN, days: int = 90) -> str:
    """A new token."""
    found: str = place.write(lambda c: tokens.add_token(c, BOSS, fetch_catalog(c), name, grant, days))
    return found


def count(place: Place) -> tuple[int, int]:
    """How many tokens and entries there are."""
    with place.engine.connect() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(x)).scalar_one() for x in (access_token, audit_entry)
        )  # type: ignore[return-value]


def test_a_token_is_told_once_and_kept_as_a_hash(place: Place) -> None:
    secret = add(place, "服务大厅 1")
    assert secret.startswith("dabiao_") and len(secret) >= 7 + 43
    with place.engine.connect() as connection:
        row = connection.execute(select(access_token).where(access_token.c.name == "服务大厅 1")).one()
    assert row.secret_sha256 == hash_secret(secret) and secret not in str(row)
    assert (row.created_by, row.created_at, row.expires_at) == ("user:boss", NOW, NOW + timedelta(days=90))
    assert place.said()[-1] == ("user:boss", "token_added", "服务大厅 1")
    assert secret not in str(place.entries())
    assert len({add(place, f"many {n}") for n in range(50)}) == 50


@pytest.mark.parametrize(
    ("name", "grant", "days", "word"),
    [
        ("", SCREEN, 1, "名称"), ("a", SCREEN, 1, "名称"), ("_a", SCREEN, 1, "名称"), ("<b>x</b>", SCREEN, 1, "名称"),
        ("x" * 65, SCREEN, 1, "名称"), ("a\x00b", SCREEN, 1, "名称"), ("a\ud800", SCREEN, 1, "名称"),
        ("hall", SCREEN, 1, "已有令牌"),
        (" hall ", SCREEN, 1, "已有令牌"), ("new", SCREEN, 0, "有效期"), ("new", SCREEN, -1, "有效期"),
        ("new", SCREEN, 1827, "有效期"),
        ("new", SCREEN, 10**9, "有效期"), ("new", Grant(Role.ADMINISTRATOR), 1, "角色"),
        ("new", Grant(Role.HEAD), 1, "角色"),
        ("new", Grant(Role.EDITOR, HERE), 1, "角色"), ("new", Grant(Role.PUBLIC), 1, "角色"),
        ("new", Grant(Role.SCREEN, frozenset()), 1, "至少选"),
        ("new", Grant(Role.VIEWER, frozenset({"999999"})), 1, "没有这些地区"),
    ],
    ids=str,
)  # fmt: skip
def test_a_token_that_cannot_stand_is_refused(place: Place, name: str, grant: Grant, days: int, word: str) -> None:
    before = count(place)
    with pytest.raises(DabiaoError, match=word):
        add(place, name, grant, days)
    assert count(place) == before


@pytest.mark.parametrize(
    ("name", "pages", "files"), [("hall", 401, 401), ("reader", 200, 200), ("late", 401, 401), ("gone", 401, 401)]
)
def test_what_a_token_opens(place: Place, name: str, pages: int, files: int) -> None:
    program = place.bearer(name)
    assert program.get("/").status_code == pages
    assert program.ask("/").status_code == pages
    assert program.get("/districts/990101").status_code == pages
    assert program.get("/districts/990201").status_code == (404 if pages == 200 else pages)
    assert program.get("/download/facts.csv").status_code == files
    for link in ("/account", "/admin/users", "/admin/tokens", "/admin/audit", "/admin/audit.csv"):
        assert program.get(link).status_code == (404 if pages == 200 else pages), link


def test_a_token_shows_what_is_in_its_scope_and_no_more(place: Place) -> None:
    secret = add(place, "other", Grant(Role.VIEWER, frozenset({"990201"})))
    found = place.visitor(Authorization=f"Bearer {secret}").get("/download/facts.csv").get_data(as_text=True)
    assert ",990201," in found or "\n990201," in found
    assert "990101" not in found


def test_a_token_is_good_to_the_second(place: Place) -> None:
    secret = add(place, "one day", Grant(Role.VIEWER), 1)
    program = place.visitor(Authorization=f"Bearer {secret}")
    place.now.move(days=1, microseconds=-1)
    assert program.is_in
    place.now.move(microseconds=1)
    assert not program.is_in
    assert place.visitor().show_token(secret).status_code == 401


def test_a_revoked_token_is_good_no_longer_and_ends_its_screens(place: Place) -> None:
    program, screen, other = place.bearer("hall"), place.screen("hall"), place.bearer("reader")
    assert program.is_in and screen.is_in
    boss = place.signed_in("boss")
    assert boss.submit("/admin/tokens/revoke", {"name": "hall"}).status_code == 303
    assert place.said()[-1] == ("user:boss", "token_revoked", "hall")
    assert not program.is_in and not screen.is_in and other.is_in
    before = count(place)
    assert boss.submit("/admin/tokens/revoke", {"name": "hall"}).status_code == 303
    assert count(place) == before, "once is enough"
    response = boss.submit("/admin/tokens/revoke", {"name": "no such"})
    assert response.status_code == 400 and "没有令牌" in wrong(response)


def test_a_screen_stays_signed_in_as_long_as_its_token_is_good(place: Place) -> None:
    screen = place.screen("hall")  # ninety days from two days before
    for _ in range(29):
        place.now.move(days=3)
        assert screen.is_in
    place.now.move(days=1)
    assert not screen.is_in


def test_the_cookie_of_a_screen_outlives_the_browser_and_that_of_a_person_does_not(place: Place) -> None:
    for visitor, lasts in ((place.screen(), True), (place.signed_in("viewer"), False)):
        found = visitor.client.get_cookie("dabiao")
        assert found is not None and (found.expires is not None) is lasts


def test_a_screen_is_written_down_when_it_signs_in_and_when_it_fails_to(place: Place) -> None:
    before = len(place.entries())
    place.screen("hall")
    for odd in ("dabiao_nothing", "", place.world.tokens["late"], place.world.tokens["gone"], "\x00", "x" * 500):
        response = place.visitor().show_token(odd)
        assert response.status_code == 401 and "令牌不对" in wrong(response)
        assert words(response).one("input", id="token").attributes.get("value") is None
    assert place.said(before) == [("token:hall", "login", "hall"), *[("public", "login_failed", "?")] * 6]
    assert not any(secret in str(place.entries()) for secret in place.world.secrets)


def test_the_last_use_is_noted_to_the_minute(place: Place) -> None:
    program = place.bearer("reader")

    def used() -> Any:
        with place.engine.connect() as connection:
            row = connection.execute(select(access_token).where(access_token.c.name == "reader")).one()
        return row.last_used_at, row.last_address

    assert used() == (None, None)
    assert program.is_in and used() == (NOW, "127.0.0.1")
    place.now.move(seconds=59)
    assert program.is_in and used()[0] == NOW
    place.now.move(seconds=1)
    assert program.is_in and used()[0] == NOW + timedelta(minutes=1)


def test_programs_make_no_sessions(place: Place) -> None:
    program = place.bearer("reader")
    for _ in range(3):
        program.get("/"), program.ask("/"), program.get("/download/facts.csv")
    with place.engine.connect() as connection:
        assert connection.execute(select(web_session)).all() == []
    assert program.cookie() is None, "and no cookie goes to who shows a token"


def test_tokens_are_listed_without_their_secret(place: Place) -> None:
    text = place.signed_in("boss").get("/admin/tokens").get_data(as_text=True)
    for name in ("hall", "reader", "late", "gone"):
        assert name in text
    assert "已过期" in text and "已撤销" in text
    for secret in place.world.tokens.values():
        assert secret not in text and hash_secret(secret) not in text


def test_a_token_made_on_the_page_is_shown_there_once(place: Place) -> None:
    boss = place.signed_in("boss")
    fields = {
        "name": "new one",
        "role": "viewer",
        "days": "7",
        "all_districts": "",
        "districts": ["990101"],
        "all_domains": "*",
    }
    response = boss.submit("/admin/tokens", fields)
    assert response.status_code == 200
    secret = words(response).one("code").text
    assert place.visitor(Authorization=f"Bearer {secret}").is_in
    assert secret not in boss.get("/admin/tokens").get_data(as_text=True)
    assert response.headers["Cache-Control"] == "no-store"
    for days in ("", "0", "x", "１", "99999999", "-1", "1.5", " "):
        response = boss.submit("/admin/tokens", fields | {"name": f"n{len(days)}", "days": days})
        assert response.status_code == 400 and "有效期" in wrong(response)
