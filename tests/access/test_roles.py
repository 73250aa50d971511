"""Roles and grants: nothing is never everything, and a scope is whole subtrees and no more."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError

from dashboard.access.roles import ACCOUNT_ROLES, RIGHTS, TOKEN_ROLES, Grant, Right, Role
from tests.access.support import NOW
from warehouse.access_tables import access_token, account
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import open_engine
from warehouse.scope import Scope

SEE, WATCH, EXPORT, OWN, MANAGE, AUDIT, RULES, REVIEW, UPLOAD, APPROVE, DECIDE, ANSWER = Right


@pytest.fixture(scope="module")
def catalog(demo_file: Path) -> Catalog:
    """The synthetic province."""
    engine = open_engine(f"sqlite:///{demo_file}")
    with engine.connect() as connection:
        found = fetch_catalog(connection)
    engine.dispose()
    return found


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("*", None), ("", frozenset()), (" ", frozenset()), (",", frozenset()), ("990101", {"990101"}),
        (" 990101 , 990102,", {"990101", "990102"}), ("990101,990101", {"990101"}), (" *", {"*"}), ("**", {"**"}),
        ("*,990101", {"*", "990101"}), ("all", {"all"}), ("None", {"None"}), ("\n", frozenset()),
    ],
)  # fmt: skip
def test_only_a_lone_star_is_everything(text: str, codes: set[str] | None) -> None:
    wanted = None if codes is None else frozenset(codes)
    grant = Grant.of("viewer", text, text)
    assert (grant.districts, grant.domains) == (wanted, wanted)
    assert grant.is_everything is (text == "*")


@pytest.mark.parametrize(("districts", "domains"), [("*", ""), ("", "*"), ("990101", "*"), ("*", "elderly")])
def test_a_grant_with_one_limit_is_not_everything(districts: str, domains: str) -> None:
    assert not Grant.of("head", districts, domains).is_everything


@pytest.mark.parametrize("role", ["", "root", "Administrator", "admin", "administrator ", "*"])
def test_a_role_there_is_not_is_an_error(role: str) -> None:
    with pytest.raises(ValueError, match="Role"):
        Grant.of(role, "*", "*")


codes = st.none() | st.frozensets(st.sampled_from(["990000", "990100", "990101", "990201", "999999", "*", "elderly"]))


@given(st.sampled_from(Role), codes, codes)
def test_what_is_written_is_read_back_but_for_a_star_among_codes(
    role: Role, districts: frozenset[str] | None, domains: frozenset[str] | None
) -> None:
    grant = Grant(role, districts, domains)
    columns = grant.columns()
    if frozenset("*") not in (districts, domains):  # no district has that code; check_grant refuses it
        assert Grant.of(**columns) == grant
    assert set(columns) == {"role", "districts", "domains"}


@given(st.data())
def test_a_scope_is_each_district_named_with_all_below_it_and_nothing_else(
    catalog: Catalog, data: st.DataObject
) -> None:
    known = list(catalog.district_by_code)
    named = data.draw(st.frozensets(st.sampled_from([*known, "999999", "*", "", "9901"]), max_size=4))
    domains = data.draw(st.none() | st.frozensets(st.sampled_from([*catalog.domains, "none"]), max_size=3))
    scope = Grant(Role.VIEWER, named, domains).scope(catalog)

    wanted = set(named & set(known))
    while grown := {x.code for x in catalog.districts.values() if x.parent_code in wanted} - wanted:
        wanted |= grown
    assert scope.districts == wanted
    assert scope.domains == domains


def test_codes_there_are_not_give_nothing(catalog: Catalog) -> None:
    for code in ("999999", "", "*", "99010", "990101 ", "９９０１０１", "990101\x00"):
        assert Grant(Role.VIEWER, frozenset({code})).scope(catalog) == Scope(frozenset(), None)
    assert Grant(Role.VIEWER, frozenset()).scope(catalog).districts == frozenset()
    assert not Grant(Role.VIEWER, frozenset()).scope(catalog).sees_district("990101")


def test_everything_is_everything(catalog: Catalog) -> None:
    assert Grant(Role.HEAD).scope(catalog) == Scope.everything()
    assert Grant(Role.HEAD, None, frozenset({"elderly"})).scope(catalog) == Scope(None, frozenset({"elderly"}))


def test_what_each_role_may() -> None:
    person = {SEE, WATCH, EXPORT, OWN}
    assert {role: set(rights) for role, rights in RIGHTS.items()} == {
        Role.ADMINISTRATOR: set(Right),
        Role.HEAD: person | {REVIEW, DECIDE},
        Role.STEWARD: person | {REVIEW, UPLOAD, APPROVE, DECIDE},
        Role.EDITOR: person | {REVIEW, UPLOAD, ANSWER},
        Role.VIEWER: person,
        Role.SCREEN: {WATCH},
        Role.PUBLIC: {SEE, WATCH, EXPORT},
        Role.NOBODY: set(),
    }
    assert set(RIGHTS) == set(Role)
    assert set(ACCOUNT_ROLES).isdisjoint({Role.SCREEN, Role.PUBLIC, Role.NOBODY})
    assert set(TOKEN_ROLES) == {Role.VIEWER, Role.SCREEN}
    for role in TOKEN_ROLES:
        assert RIGHTS[role].isdisjoint({MANAGE, AUDIT, RULES, REVIEW, UPLOAD, APPROVE, DECIDE, ANSWER})


def test_the_tables_take_these_roles_and_no_others(engine: Engine) -> None:
    words = {"username": "x", "name": "x", "display_name": "x", "signs_in_by": "sso", "districts": "", "domains": "",
             "must_change": False, "created_by": "x", "created_at": NOW, "secret_sha256": "",
             "expires_at": NOW}  # fmt: skip
    for table, roles in ((account, ACCOUNT_ROLES), (access_token, TOKEN_ROLES)):
        values = {name: value for name, value in words.items() if name in table.c}
        for role in (*Role, "root", ""):
            with engine.connect() as connection, ExitStack() as stack:
                if role not in roles:
                    stack.enter_context(pytest.raises(IntegrityError))
                connection.execute(insert(table).values(role=str(role), **values))


def test_who_reads_one_subtree_begins_at_its_top(catalog: Catalog) -> None:
    tops = {
        "990101": "990101", "990100": "990100", "990101,990100": "990100", "990101,zzz": "990101",
        "990101,990102": None, "990100,990201": None, "990000,990201": "990000", "zzz": None, "": None, "*": None,
    }  # fmt: skip
    assert {text: Grant.of("viewer", text, "*").top(catalog) for text in tops} == tops
