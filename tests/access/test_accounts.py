"""Accounts: adding, changing, closing; nobody locks everybody out, and every change is written down."""

from __future__ import annotations

import json
import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, select, update

from dashboard.access import accounts
from dashboard.access.accounts import By, normalise_username
from dashboard.access.passwords import WeakPassword
from dashboard.access.roles import Grant, Role
from dashboard.access.sessions import fetch_identity
from tests.access.support import CLOSED, FIRST, HERE, NOW, PEOPLE, Place, password_of
from warehouse.access_tables import account, audit_entry
from warehouse.catalog import fetch_catalog
from warehouse.errors import DabiaoError

BOSS = By("user:boss", "10.0.0.7", NOW)
VIEWER = Grant(Role.VIEWER, HERE)
EVERYTHING = Grant(Role.ADMINISTRATOR)


def call(place: Place, name: str, *arguments: Any, **options: Any) -> Any:
    """One of the functions of the module, in a transaction of its own."""
    work = getattr(accounts, name)
    takes_catalog = name in ("add_account", "change_account", "ensure_administrator")

    def run(connection: Connection) -> Any:
        first = (BOSS, fetch_catalog(connection)) if takes_catalog else (BOSS,)
        return work(connection, *first, *arguments, **options)

    return place.write(run)


def known(place: Place, name: str) -> accounts.Account:
    """An account as it stands."""
    with place.engine.connect() as connection:
        return accounts.fetch_account(connection, name)


def last(place: Place) -> tuple[str, str, str, str, dict[str, Any]]:
    """The newest entry of the log."""
    e = place.entries()[-1]
    return e.actor, e.address, e.action, e.subject, json.loads(e.detail)


def state(place: Place) -> list[Any]:
    """Everything about accounts, and how long the log is."""
    with place.engine.connect() as connection:
        rows: list[Any] = [tuple(row) for row in connection.execute(select(account))]
        return [*rows, connection.execute(select(func.count()).select_from(audit_entry)).scalar_one()]


def refused(place: Place, words: str, name: str, *arguments: Any, **options: Any) -> None:
    """It is refused in both languages, and nothing has changed."""
    before = state(place)
    with pytest.raises(DabiaoError, match=words) as found:
        call(place, name, *arguments, **options)
    assert found.value.en != found.value.zh
    assert state(place) == before


def test_a_new_account_has_a_first_password_and_is_written_down(place: Place) -> None:
    password = call(place, "add_account", " Zhang.San ", " 张  三 ", VIEWER, False)
    found = known(place, "zhang.san")
    assert (found.username, found.display_name, found.grant) == ("zhang.san", "张 三", VIEWER)
    assert (found.must_change, found.is_sso, found.created_by, found.created_at) == (True, False, "user:boss", NOW)
    assert (found.last_login_at, found.disabled_at) == (None, None)
    assert last(place) == (
        "user:boss", "10.0.0.7", "account_added", "zhang.san",
        {"role": "viewer", "districts": "990101", "domains": "*", "signs_in_by": "password"},
    )  # fmt: skip
    assert place.visitor().sign_in("zhang.san", password).status_code == 303


def test_an_account_for_single_sign_on_has_no_password_at_all(place: Place) -> None:
    assert call(place, "add_account", "li.si", "李四", VIEWER, True) is None
    assert known(place, "li.si").is_sso and not known(place, "li.si").must_change
    for password in ("", "None", "li.si", "sso"):
        assert place.visitor().sign_in("li.si", password).status_code == 401
    refused(place, "单点登录", "reset_password", "li.si")
    refused(place, "现在的口令不对", "change_password", "li.si", "", password_of("x"), keep_session=None)


@pytest.mark.parametrize(
    "name",
    ["", "a", " a ", ".ab", "-ab", "_ab", "@ab", "a b", "a/b", "a\\b", "a\nb", "a\x00b", "a,b", "a'b", 'a"b', "a<b>",
    "a%b", "a:b",
     "a;b", "a?b", "a#b", "a+b", "a\u202eb", "a\u200bb", "..", "🦊🦊", "a\ud800b", "a&b", "a=b", "a(b)", "a{b}", "a*b",
     "a|b", "a~b"],
    ids=ascii,
)  # fmt: skip
def test_a_name_to_sign_in_with_is_plain(place: Place, name: str) -> None:
    refused(place, "用户名", "add_account", name, "x", VIEWER, False)


@pytest.mark.parametrize(
    "name", ["ab", "王芳", "李@civil.gov.cn", "a_b-c.d", "x" * 64, "x" * 100, "ß1", "ＷＡＮＧ", "o’neil"[:1] + "7"]
)
def test_what_is_asked_for_again_is_found_again(place: Place, name: str) -> None:
    call(place, "add_account", name, "某", VIEWER, False)
    found = known(place, name)
    assert known(place, found.username) == found
    refused(place, "已有账号", "add_account", name.upper(), "x", VIEWER, False)


@given(st.text(max_size=70) | st.text("ΐᾳßŉǰﬃİıſͅΣςẞᏸ\u0345aB", min_size=2, max_size=8))
def test_one_name_has_one_spelling(text: str) -> None:
    name = normalise_username(text)
    if accounts._USERNAME.fullmatch(name):
        assert normalise_username(name) == name
        for other in (name.casefold(), f"\t{name} ", unicodedata.normalize("NFC", name)):
            assert normalise_username(other) == name


@pytest.mark.parametrize(
    ("grant", "words"),
    [
        (Grant(Role.SCREEN), "角色"), (Grant(Role.PUBLIC), "角色"), (Grant(Role.NOBODY), "角色"),
        (Grant(Role.ADMINISTRATOR, HERE), "不能限定"),
        (Grant(Role.ADMINISTRATOR, None, frozenset({"elderly"})), "不能限定"),
        (Grant(Role.ADMINISTRATOR, frozenset()), "不能限定"),
        (Grant(Role.VIEWER, frozenset()), "至少选"), (Grant(Role.HEAD, None, frozenset()), "至少选"),
        (Grant(Role.VIEWER, frozenset({"999999"})), "没有这些地区：999999"),
        (Grant(Role.VIEWER, frozenset({"*"})), "没有这些地区"),
        (Grant(Role.VIEWER, HERE | {""}), "没有这些地区"),
        (Grant(Role.VIEWER, None, frozenset({"nothing"})), "没有这些领域：nothing"),
    ],
    ids=[
        "a screen", "the public", "nobody", "an administrator of a place", "an administrator of a domain",
        "an administrator of nothing", "no district", "no domain", "an unknown district", "a star among districts",
        "a nameless district", "an unknown domain",
    ],
)  # fmt: skip
def test_a_grant_that_cannot_stand_is_refused(place: Place, grant: Grant, words: str) -> None:
    refused(place, words, "add_account", "new.name", "x", grant, False)
    refused(place, words, "change_account", "viewer", grant)


@pytest.mark.parametrize("name", ["x" * 65, "a\x00b", "a\x07b", "\u202egnp", "a\u200bb", "\ud800"], ids=ascii)
def test_a_name_people_know_can_be_read(place: Place, name: str) -> None:
    refused(place, "姓名", "add_account", "new.name", name, VIEWER, False)
    refused(place, "姓名", "change_account", "viewer", VIEWER, name)


def test_a_change_is_written_down_with_what_was_before(place: Place) -> None:
    wide = Grant(Role.HEAD, None, frozenset({"elderly", "children"}))
    call(place, "change_account", "viewer", wide, "新名字")
    found = known(place, "viewer")
    assert (found.grant, found.display_name) == (wide, "新名字")
    assert last(place) == (
        "user:boss", "10.0.0.7", "account_changed", "viewer",
        {"role": "head", "districts": "*", "domains": "children,elderly", "role_before": "viewer",
        "districts_before": "990101",
         "domains_before": "*"},
    )  # fmt: skip
    before = state(place)
    call(place, "change_account", "viewer", wide, "新名字")
    assert state(place) == before, "no change, no entry"
    call(place, "change_account", "viewer", VIEWER)
    assert known(place, "viewer").display_name == "新名字"


def test_another_role_is_in_force_at_the_next_request(place: Place) -> None:
    visitor = place.signed_in("viewer")
    assert visitor.get("/admin/users").status_code == 404
    call(place, "change_account", "viewer", EVERYTHING)
    assert visitor.get("/admin/users").status_code == 200
    assert visitor.get("/districts/990201").status_code == 200
    call(place, "change_account", "viewer", Grant(Role.VIEWER, frozenset({"990201"})))
    assert visitor.get("/admin/users").status_code == 404
    assert visitor.get("/districts/990101").status_code == 404


def test_a_closed_account_loses_its_sessions_at_once_and_cannot_sign_in(place: Place) -> None:
    visitors = [place.signed_in("viewer"), place.signed_in("viewer")]
    call(place, "disable_account", "viewer")
    assert last(place)[2:4] == ("account_disabled", "viewer")
    assert not any(visitor.is_in for visitor in visitors)
    assert place.visitor().sign_in("viewer").status_code == 401
    before = state(place)
    call(place, "disable_account", "viewer")
    assert state(place) == before
    call(place, "enable_account", "viewer")
    assert last(place)[2:4] == ("account_enabled", "viewer")
    assert not any(visitor.is_in for visitor in visitors), "sessions that were ended stay so"
    assert place.signed_in("viewer").is_in
    before = state(place)
    call(place, "enable_account", "viewer")
    assert state(place) == before


def test_a_session_begun_behind_a_closed_door_opens_nothing(place: Place) -> None:
    secret = place.begin_session(CLOSED)
    with place.engine.connect() as connection:
        assert fetch_identity(connection, secret, NOW, place.app.server.extensions["dabiao"].settings.limits) is None


def test_a_reset_makes_a_new_first_password_and_ends_sessions_and_the_lock_out(place: Place) -> None:
    visitor = place.signed_in("viewer")
    for _ in range(6):
        place.visitor().sign_in("viewer", "wrong")
    assert place.visitor().sign_in("viewer").status_code == 401, "locked out"
    password = call(place, "reset_password", "viewer")
    assert last(place) == ("user:boss", "10.0.0.7", "password_reset", "viewer", {})
    assert not visitor.is_in
    assert place.visitor().sign_in("viewer").status_code == 401, "the old one is gone"
    again = place.visitor()
    assert again.sign_in("viewer", password).status_code == 303
    assert again.get("/").headers["Location"] == "/account"


def test_a_first_password_is_good_for_72_hours_and_only_to_set_another(place: Place) -> None:
    password = call(place, "reset_password", "viewer")
    place.now.move(hours=72, microseconds=-1)
    visitor = place.visitor()
    assert visitor.sign_in("viewer", password).status_code == 303
    for link in ("/", "/data", "/download/facts.csv", "/admin/users"):
        assert visitor.get(link).headers["Location"] == "/account", link
    assert visitor.get("/_dash-layout").status_code == 401
    assert visitor.get("/account").status_code == 200
    place.now.move(microseconds=1)
    late = place.visitor().sign_in("viewer", password)
    assert late.status_code == 401 and "首次口令已过期" in late.get_data(as_text=True)
    wrong = place.visitor().sign_in("viewer", "wrong")
    assert "首次口令" not in wrong.get_data(as_text=True), "only who knows it is told"
    call(place, "reset_password", "viewer")
    assert place.visitor().sign_in("viewer", password).status_code == 401


def test_ones_own_new_password_ends_all_other_sessions_and_keeps_ones_own(place: Place) -> None:
    here, there = place.signed_in("viewer"), place.signed_in("viewer")
    new = "秋天的河马在图书馆里数星星真奇怪"
    fields = {"old": password_of("viewer"), "new": new, "again": new}
    assert here.submit("/account/password", fields).status_code == 303
    assert here.is_in and not there.is_in
    assert last(place) == ("user:viewer", "127.0.0.1", "password_changed", "viewer", {})
    assert place.visitor().sign_in("viewer").status_code == 401
    assert place.visitor().sign_in("viewer", new).status_code == 303


def test_with_a_new_password_a_first_one_is_done_with(place: Place) -> None:
    visitor = place.signed_in(FIRST)
    old, new = place.world.passwords[FIRST], password_of("new one")
    assert visitor.submit("/account/password", {"old": old, "new": new, "again": new}).status_code == 303
    assert visitor.is_in
    place.now.move(days=100)
    assert place.visitor().sign_in(FIRST, new).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong", password_of("new"), None, "现在的口令不对"), ("", password_of("new"), None, "现在的口令不对"),
        (password_of("viewer"), password_of("viewer"), None, "不能与现在的相同"),
        (password_of("viewer"), "short", None, "至少 15"),
        (password_of("viewer"), "viewer viewer viewer", None, "太容易猜"),
        (password_of("viewer"), "同志 viewer 同志 viewer", None, "太容易猜"),
        (password_of("viewer"), password_of("new"), "another", "不一样"), (password_of("viewer"), "", None, "至少 15"),
    ],
)  # fmt: skip
def test_a_password_is_changed_only_by_who_knows_it_and_for_a_good_one(
    place: Place, old: str, new: str, again: str | None, words: str
) -> None:
    visitor = place.signed_in("viewer")
    before = state(place)
    response = visitor.submit("/account/password", {"old": old, "new": new, "again": new if again is None else again})
    assert response.status_code == 400
    assert words in response.get_data(as_text=True)
    is_guess = words == "现在的口令不对"
    assert state(place)[:-1] == before[:-1]
    assert state(place)[-1] - before[-1] == is_guess, "a guess at the present one is written down"
    assert visitor.is_in


def test_guesses_at_the_present_password_lock_as_at_signing_in(place: Place) -> None:
    visitor, new = place.signed_in("viewer"), password_of("new")
    for _ in range(5):
        visitor.submit("/account/password", {"old": "wrong", "new": new, "again": new})
    assert last(place) == ("user:viewer", "127.0.0.1", "login_failed", "viewer", {"at": "password change"})
    response = visitor.submit("/account/password", {"old": password_of("viewer"), "new": new, "again": new})
    assert response.status_code == 400 and "分钟再试" in response.get_data(as_text=True)
    assert place.visitor().sign_in("viewer").status_code == 401


def test_a_hash_of_weaker_parameters_is_made_anew_at_the_next_sign_in(place: Place) -> None:
    from argon2 import PasswordHasher

    def stored() -> str:
        with place.engine.connect() as connection:
            return str(
                connection.execute(select(account.c.password_hash).where(account.c.username == "viewer")).scalar_one()
            )

    weaker = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(password_of("viewer"))
    place.write(lambda c: c.execute(update(account).where(account.c.username == "viewer").values(password_hash=weaker)))
    place.visitor().sign_in("viewer", "wrong")
    assert stored() == weaker
    place.signed_in("viewer")
    assert stored() != weaker
    place.signed_in("viewer")


# --- Nobody locks everybody out --------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in PEOPLE if role != "boss"])
def test_who_is_no_administrator_can_be_closed(place: Place, role: str) -> None:
    call(place, "disable_account", role)
    assert known(place, role).disabled_at is not None


def test_the_last_administrator_stays_one(place: Place) -> None:
    words = "最后一个管理员"
    refused(place, words, "disable_account", "boss")
    refused(place, words, "change_account", "boss", Grant(Role.HEAD))
    call(place, "change_account", "boss", EVERYTHING, "Another Name")
    call(place, "change_account", CLOSED, EVERYTHING)
    refused(place, words, "disable_account", "boss")
    call(place, "change_account", "head", EVERYTHING)
    call(place, "disable_account", "boss")
    refused(place, words, "disable_account", "head")
    call(place, "enable_account", "boss")
    call(place, "change_account", "head", Grant(Role.HEAD))
    refused(place, words, "change_account", "boss", Grant(Role.STEWARD))


def test_the_page_says_so_too(place: Place) -> None:
    boss = place.signed_in("boss")
    response = boss.submit("/admin/users/boss/disable")
    assert response.status_code == 400 and "最后一个管理员" in response.get_data(as_text=True)
    fields = {"role": "viewer", "display_name": "x", "all_districts": "*", "all_domains": "*"}
    response = boss.submit("/admin/users/boss", fields)
    assert response.status_code == 400 and "最后一个管理员" in response.get_data(as_text=True)
    assert boss.get("/admin/users").status_code == 200


def test_a_first_administrator_is_made_only_where_there_is_no_account_at_all(place: Place) -> None:
    assert call(place, "ensure_administrator") is None
    place.write(lambda c: c.execute(delete(account)))
    name, password = call(place, "ensure_administrator")
    found = known(place, name)
    assert (found.grant, found.must_change) == (EVERYTHING, True)
    assert place.visitor().sign_in(name, password).status_code == 303
    assert call(place, "ensure_administrator") is None
    call(place, "add_account", "second", "x", EVERYTHING, False)
    call(place, "disable_account", "second")
    assert call(place, "ensure_administrator") is None, "a closed account is an account"


def test_accounts_are_listed_by_name_closed_ones_last(place: Place) -> None:
    with place.engine.connect() as connection:
        names = [a.username for a in accounts.fetch_accounts(connection)]
    assert names == [*sorted(name for name in PEOPLE if name != CLOSED), CLOSED]


@pytest.mark.parametrize(
    "name", ["nobody.here", "", "\x00", "viewer\x00", "%", "*", "' or 1=1 --", "\ud800"], ids=ascii
)
def test_an_account_there_is_not_is_said_to_be_none(place: Place, name: str) -> None:
    for work in ("disable_account", "enable_account", "reset_password"):
        refused(place, "没有账号", work, name)
    refused(place, "没有账号", "change_account", name, VIEWER)
    refused(place, "没有账号", "change_password", name, "", "", keep_session=None)


def test_a_password_of_djbh_grows_old_and_has_to_be_changed(open_place: Any) -> None:
    place = open_place(djbh=True)
    visitor = place.signed_in("viewer")
    assert visitor.is_in
    place.now.at = NOW + timedelta(days=88)  # set two days before
    visitor = place.visitor()
    assert visitor.sign_in("viewer").status_code == 303
    assert visitor.get("/").headers["Location"] == "/account"
    for new, status in (("correct horse battery staple", 400), ("Correct horse battery staple", 303)):
        response = visitor.submit("/account/password", {"old": password_of("viewer"), "new": new, "again": new})
        assert response.status_code == status
    assert visitor.is_in
    assert issubclass(WeakPassword, DabiaoError)
