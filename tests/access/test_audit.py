"""The audit log: append-only, sealed entry by entry; whatever is done to it is found where it was done."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from tests.access.support import FIRST, NOW, SSO, Place, password_of, words
from warehouse.audit import (
    BEFORE_FIRST,
    Action,
    Entry,
    Event,
    Filter,
    append,
    count_entries,
    fetch_entries,
    fetch_hash,
    verify,
)
from warehouse.engine import ACCESS, writing

COLUMNS = ("actor", "address", "action", "subject", "detail", "happened_at", "previous_hash", "entry_hash", "entry_no")
TRIGGERS = tuple(f"audit_entry_is_append_only_{verb}" for verb in ("UPDATE", "DELETE", "INSERT"))


def write(engine: Engine, count: int = 1, **values: Any) -> None:
    """So many entries, each different."""
    with writing(engine, ACCESS) as connection:
        for n in range(count):
            event = {"actor": f"user:{n}", "action": Action.EXPORT, "subject": f"s{n}", "detail": {"n": n}} | values
            append(connection, Event(**event), NOW + timedelta(minutes=n))


def entries(engine: Engine) -> list[Entry]:
    """All, oldest first."""
    with engine.connect() as connection:
        return list(fetch_entries(connection, Filter()))[::-1]


def broken_at(engine: Engine) -> int | None:
    """What verify says."""
    with engine.connect() as connection:
        return verify(connection).broken_at


@pytest.fixture
def raw(engine: Engine) -> Iterator[sqlite3.Connection]:
    """Somebody with the file in his hands, who has taken the triggers away."""
    connection = sqlite3.connect(str(engine.url.database), isolation_level=None)
    for name in TRIGGERS:
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.close()


# --- The chain -------------------------------------------------------------------------------------


def test_an_empty_log_is_whole(engine: Engine) -> None:
    with engine.connect() as connection:
        found = verify(connection)
    assert (found.entries, found.head, found.broken_at) == (0, BEFORE_FIRST, None)


def test_each_entry_is_sealed_by_the_one_before(engine: Engine) -> None:
    write(engine, 5)
    found = entries(engine)
    assert [e.no for e in found] == [1, 2, 3, 4, 5]
    assert [e.previous_hash for e in found] == [BEFORE_FIRST, *(e.hash for e in found[:-1])]
    for e in found:
        sealed = [
            e.no,
            e.at.isoformat(timespec="microseconds"),
            e.actor,
            e.address,
            e.action,
            e.subject,
            e.detail,
            e.previous_hash,
        ]
        said = json.dumps(sealed, ensure_ascii=False, separators=(",", ":"))
        assert hashlib.sha256(said.encode()).hexdigest() == e.hash, "as docs/operations.md lets anybody check"
    with engine.connect() as connection:
        verdict = verify(connection)
        assert (verdict.entries, verdict.head, verdict.broken_at) == (5, found[-1].hash, None)
        assert [fetch_hash(connection, n) for n in (0, 3, 6)] == [None, found[2].hash, None]


def test_more_entries_than_are_read_at_once_are_one_chain(engine: Engine) -> None:
    write(engine, 2101)
    assert broken_at(engine) is None
    assert len(entries(engine)) == 2101


strange = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    [
        "\x00",
        "\ud800",
        "\udfff\ud800",
        "\r\nuser:boss",
        "\u202e",
        "\x1b[31m",
        "\ufeff",
        "'; drop table account; --",
        "x" * 5000,
    ]
)


@settings(max_examples=50)
@given(strange, strange, strange, st.dictionaries(strange, strange | st.integers() | st.none(), max_size=3))
def test_whatever_is_written_can_be_read_and_verified(
    engine: Engine, actor: str, address: str, subject: str, detail: dict[str, Any]
) -> None:
    with writing(engine, ACCESS) as connection:
        append(connection, Event(actor, Action.LOGIN, subject, address, detail), NOW)
    last = entries(engine)[-1]
    for kept in (last.actor, last.address, last.subject, last.detail):
        assert kept.isprintable()
    assert (len(last.actor) <= 500, len(last.address) <= 64, len(last.detail) <= 4000) == (True, True, True)
    assert broken_at(engine) is None


def test_an_entry_stands_or_falls_with_what_it_tells_of(engine: Engine) -> None:
    with pytest.raises(KeyboardInterrupt), writing(engine, ACCESS) as connection:
        append(connection, Event("user:x", Action.LOGIN), NOW)
        raise KeyboardInterrupt
    assert entries(engine) == []


def test_the_instant_is_kept_in_utc_to_the_microsecond(engine: Engine) -> None:
    at = datetime.fromisoformat("2026-03-01T08:00:00.000001+08:00")
    with writing(engine, ACCESS) as connection:
        append(connection, Event("user:x", Action.LOGIN), at)
    assert entries(engine)[0].at == at and entries(engine)[0].at.tzinfo is UTC
    assert broken_at(engine) is None


def test_threads_write_one_chain(engine: Engine) -> None:
    def run(n: int) -> None:
        for k in range(10):
            with writing(engine, ACCESS) as connection:
                append(connection, Event(f"user:{n}", Action.LOGIN, str(k)), NOW)

    threads = [Thread(target=run, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = entries(engine)
    assert [e.no for e in found] == list(range(1, 61))
    for n in range(6):
        assert [e.subject for e in found if e.actor == f"user:{n}"] == [str(k) for k in range(10)]
    assert broken_at(engine) is None


# --- Tampering -------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement",
["update audit_entry set actor = 'x'", "update audit_entry set entry_no = 9 where entry_no = 3",
                                       "delete from audit_entry",
                                       "delete from audit_entry where entry_no = 3"])  # fmt: skip
def test_the_database_itself_refuses_to_change_or_remove_an_entry(engine: Engine, statement: str) -> None:
    write(engine, 3)
    before = entries(engine)
    with pytest.raises(IntegrityError, match="append-only"), writing(engine) as connection:
        connection.execute(text(statement))
    assert entries(engine) == before


def reseal(raw: sqlite3.Connection, number: int) -> None:
    """Make an entry's own hash right again, as somebody would who knows how."""
    row = list(raw.execute("select entry_no, happened_at, actor, address, action, subject, detail, previous_hash "
                           "from audit_entry where entry_no = ?", (number,)).fetchone())  # fmt: skip
    row[1] = datetime.fromisoformat(row[1]).replace(tzinfo=UTC).isoformat(timespec="microseconds")
    seal = hashlib.sha256(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
    raw.execute("update audit_entry set entry_hash = ? where entry_no = ?", (seal, number))


ODD = (
    "x",
    "",
    "0",
    " ",
    "\x00",
    "é",
    b"\xff\xfe",
    b"user:1",
    "2026-02-01 09:30:00.000001",
    "9" * 64,
    "not a moment",
    7,
    1.5,
)
SIZE = 6


@settings(max_examples=100)
@given(st.sampled_from(COLUMNS[:-1]), st.integers(1, SIZE), st.sampled_from(ODD), st.booleans())
def test_a_changed_column_is_found_at_its_entry(
    engine: Engine, raw: sqlite3.Connection, column: str, number: int, value: Any, as_text: bool
) -> None:
    raw.execute("delete from audit_entry")
    write(engine, SIZE)
    before = raw.execute(f"select {column} from audit_entry where entry_no = ?", (number,)).fetchone()
    how = "cast(? as text)" if as_text and isinstance(value, bytes) else "?"
    raw.execute(f"update audit_entry set {column} = {how} where entry_no = ?", (value, number))
    after = raw.execute(f"select cast({column} as blob) from audit_entry where entry_no = ?", (number,)).fetchone()
    assert broken_at(engine) == (None if after == (str(before[0]).encode(),) else number)


@pytest.mark.parametrize(
    "column", [c for c in COLUMNS if c not in ("entry_no", "entry_hash", "previous_hash", "happened_at")]
)
@pytest.mark.parametrize("number", [1, 3, SIZE - 1])
def test_an_entry_sealed_anew_is_found_at_the_next(
    engine: Engine, raw: sqlite3.Connection, column: str, number: int
) -> None:
    write(engine, SIZE)
    raw.execute(f"update audit_entry set {column} = 'x' where entry_no = ?", (number,))
    reseal(raw, number)
    assert broken_at(engine) == number + 1


def copy(raw: sqlite3.Connection, number: int, **changes: Any) -> None:
    """A row like another, in the place of any that is in its way."""
    names = list(dict.fromkeys([*COLUMNS, *changes]))
    chosen = ", ".join("?" if name in changes else name for name in names)
    values = [changes[name] for name in names if name in changes]
    insert = (
        f"insert or replace into audit_entry ({', '.join(names)}) select {chosen} from audit_entry where entry_no = ?"
    )
    raw.execute(insert, (*values, number))


def delete_one(raw: sqlite3.Connection, n: int, m: int) -> int:
    raw.execute("delete from audit_entry where entry_no = ?", (n,))
    return n


def delete_and_close_up(raw: sqlite3.Connection, n: int, m: int) -> int:
    raw.execute("delete from audit_entry where entry_no = ?", (n,))
    for k in range(n + 1, SIZE + 1):
        raw.execute("update audit_entry set entry_no = ? where entry_no = ?", (k - 1, k))
    return n


def swap(raw: sqlite3.Connection, n: int, m: int) -> int:
    for old, new in ((n, -1), (m, n), (-1, m)):
        raw.execute("update audit_entry set entry_no = ? where entry_no = ?", (new, old))
    return n


def swap_contents(raw: sqlite3.Connection, n: int, m: int) -> int:
    rows = {
        k: raw.execute("select actor, subject, detail from audit_entry where entry_no = ?", (k,)).fetchone()
        for k in (n, m)
    }
    for k, other in ((n, m), (m, n)):
        raw.execute("update audit_entry set actor = ?, subject = ?, detail = ? where entry_no = ?", (*rows[other], k))
    return n


def renumber(raw: sqlite3.Connection, n: int, m: int) -> int:
    for k in range(SIZE, n - 1, -1):
        raw.execute("update audit_entry set entry_no = ? where entry_no = ?", (k + 1, k))
    return n


def insert_between(raw: sqlite3.Connection, n: int, m: int) -> int:
    renumber(raw, n, m)
    copy(raw, n + 1, entry_no=n, actor="user:forged", previous_hash="f", entry_hash="f")
    return n


def insert_sealed_between(raw: sqlite3.Connection, n: int, m: int) -> int:
    """With its own hash right, and the next entry pointing to it."""
    previous = raw.execute("select previous_hash from audit_entry where entry_no = ?", (n,)).fetchone()[0]
    insert_between(raw, n, m)
    raw.execute("update audit_entry set previous_hash = 'g' where entry_no = ?", (n + 1,))
    raw.execute("update audit_entry set previous_hash = ? where entry_no = ?", (previous, n))
    reseal(raw, n)
    seal = raw.execute("select entry_hash from audit_entry where entry_no = ?", (n,)).fetchone()[0]
    raw.execute("update audit_entry set previous_hash = ? where entry_no = ?", (seal, n + 1))
    return n + 1


def insert_at_the_end(raw: sqlite3.Connection, n: int, m: int) -> int:
    [head] = raw.execute("select entry_hash from audit_entry where entry_no = ?", (SIZE,)).fetchone()
    copy(raw, SIZE, entry_no=SIZE + 1, previous_hash=head, entry_hash="f")
    return SIZE + 1


def insert_before_the_first(raw: sqlite3.Connection, n: int, m: int) -> int:
    copy(raw, 1, entry_no=0, previous_hash="f", entry_hash="f")
    return 1


def replace(raw: sqlite3.Connection, n: int, m: int) -> int:
    """REPLACE needs no trigger dropped: SQLite fires none for the row it removes."""
    copy(raw, n, actor="user:forged")
    return n


TAMPERINGS = (
    delete_one, delete_and_close_up, swap, swap_contents, renumber, insert_between, insert_sealed_between,
    insert_at_the_end,
    insert_before_the_first, replace,
)  # fmt: skip


@settings(max_examples=80)
@given(st.sampled_from(TAMPERINGS), st.integers(1, SIZE - 1), st.data())
def test_tampering_is_found_at_the_first_entry_that_is_not_as_it_was(
    engine: Engine, raw: sqlite3.Connection, tamper: Callable[..., int], n: int, data: st.DataObject
) -> None:
    raw.execute("delete from audit_entry")
    write(engine, SIZE)
    m = data.draw(st.integers(n + 1, SIZE))
    assert broken_at(engine) is None
    expected = tamper(raw, n, m)
    assert broken_at(engine) == expected


def test_only_a_head_noted_elsewhere_tells_of_the_newest_entries_cut_off(
    engine: Engine, raw: sqlite3.Connection
) -> None:
    write(engine, SIZE)
    head = entries(engine)[-1].hash
    raw.execute("delete from audit_entry where entry_no > 3")
    assert broken_at(engine) is None
    with engine.connect() as connection:
        assert fetch_hash(connection, SIZE) is None
    write(engine, 3)
    assert broken_at(engine) is None
    with engine.connect() as connection:
        assert fetch_hash(connection, SIZE) not in (None, head)


def test_an_entry_far_into_the_log_that_cannot_be_read_is_named(engine: Engine, raw: sqlite3.Connection) -> None:
    write(engine, 2105)
    for number, value in ((2103, "not a moment"), (2051, "neither")):
        raw.execute("update audit_entry set happened_at = ? where entry_no = ?", (value, number))
        assert broken_at(engine) == number


# --- What is written down --------------------------------------------------------------------------


def test_everything_that_matters_is_written_down_with_who_from_where_and_when(place: Place) -> None:
    start = len(place.entries())
    boss, viewer = place.signed_in("boss"), place.signed_in("viewer")
    place.visitor().sign_in("viewer", "wrong")
    grant = {"role": "editor", "all_districts": "", "districts": ["990201"], "all_domains": "*"}
    boss.submit("/admin/users", {"username": "new", "display_name": "新人", "signs_in_by": "password", **grant})
    boss.submit("/admin/users/new", {"display_name": "新人", **grant, "role": "viewer"})
    boss.submit("/admin/users/new/reset")
    boss.submit("/admin/users/new/disable")
    boss.submit("/admin/users/new/enable")
    boss.submit("/admin/tokens", {"name": "lift", **grant, "role": "screen", "days": "3"})
    boss.submit("/admin/tokens/revoke", {"name": "lift"})
    viewer.get("/download/progress.csv?path=/&period=2025-S1")
    viewer.get("/download/scorecard.svg?path=/districts/990101")
    place.bearer("reader").get("/download/facts.csv")
    boss.get("/admin/audit.csv?actor=viewer")
    boss.submit("/admin/sessions/2/end")
    boss.submit("/logout")
    found = place.entries()[start:]
    assert [(e.actor, e.action, e.subject) for e in found] == [
        ("user:boss", "login", "boss"), ("user:viewer", "login", "viewer"), ("user:viewer", "login_failed", "viewer"),
        ("user:boss", "account_added", "new"), ("user:boss", "account_changed", "new"),
        ("user:boss", "password_reset", "new"),
        ("user:boss", "account_disabled", "new"), ("user:boss", "account_enabled", "new"),
        ("user:boss", "token_added", "lift"),
        ("user:boss", "token_revoked", "lift"), ("user:viewer", "export", "progress.csv"),
        ("user:viewer", "export", "scorecard.svg"),
        ("token:reader", "export", "facts.csv"), ("user:boss", "audit_read", "audit.csv"),
        ("user:boss", "session_ended", "viewer"),
        ("user:boss", "logout", "boss"),
    ]  # fmt: skip
    assert {(e.address, e.at) for e in found} == {("127.0.0.1", NOW)}
    details = {(e.action, e.subject): json.loads(e.detail) for e in found}
    assert details["export", "progress.csv"] == {"query": "path=/&period=2025-S1"}
    assert details["account_changed", "new"]["role_before"] == "editor"
    assert details["token_added", "lift"] == {
        "role": "screen",
        "districts": "990201",
        "domains": "*",
        "expires_at": "2026-02-04",
    }
    assert details["audit_read", "audit.csv"] == {"actor": "viewer"}
    assert details["session_ended", "viewer"] == {"session": 2}
    place.check_log()


def test_what_did_not_happen_is_not_written_down(place: Place) -> None:
    boss, viewer = place.signed_in("boss"), place.signed_in("viewer")
    start = len(place.entries())
    boss.submit("/admin/users", {"username": "x", "display_name": "", "role": "viewer"})
    boss.submit("/admin/users/boss/disable")
    boss.submit("/admin/sessions/99/end")
    viewer.submit("/admin/users/boss/disable")
    viewer.get("/download/nothing.csv"), viewer.get("/download/scorecard.svg?path=/districts/990201")
    viewer.get("/"), viewer.ask("/"), viewer.get("/account")
    assert place.said(start) == []


def test_an_export_that_cannot_be_written_down_is_not_given(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = place.signed_in("viewer")
    place.write(lambda c: c.execute(text("drop table audit_entry")))
    response = viewer.get("/download/facts.csv")
    assert response.status_code == 503 and "990101" not in response.get_data(as_text=True)


def test_nothing_secret_is_written_anywhere(open_place: Any, capfd: pytest.CaptureFixture[str], caplog: Any) -> None:
    """Every password, token, cookie and form token of a run is searched for in the database, the log and the output."""
    caplog.set_level(0)
    place = open_place()
    secrets = [*place.world.secrets, "a wrong password typed", "Xk9#mQ2$vL7@pR4! new", "dabiao_wrong"]
    for name in (name for name in place.world.passwords if name != FIRST):
        visitor = place.visitor()
        visitor.sign_in(name, "a wrong password typed")
        visitor.sign_in(password_of(name), "a wrong password typed")
        visitor.sign_in(name)
        secrets += [visitor.cookie() or "", visitor.callback_token()]
    first = place.signed_in(FIRST)
    secrets.append(first.form_token("/account"))
    new = "Xk9#mQ2$vL7@pR4! new"
    first.submit("/account/password", {"old": place.world.passwords[FIRST], "new": "short", "again": "short"})
    first.submit("/account/password", {"old": place.world.passwords[FIRST], "new": new, "again": new})
    for token in (*place.world.tokens.values(), "dabiao_wrong"):
        place.visitor().show_token(token)
        program = place.visitor(Authorization=f"Bearer {token}")
        program.get("/"), program.ask("/"), program.get("/download/facts.csv?path=/data")
    boss = place.signed_in("boss")
    for link, fields in (("/admin/users/viewer/reset", {}),
    ("/admin/tokens", {"name": "new", "role": "viewer", "days": "1",
                         "all_districts": "*", "all_domains": "*"})):  # fmt: skip
        secrets.append(words(boss.submit(link, fields)).one("code").text)
    assert boss.submit("/admin/users/" + SSO + "/reset").status_code == 400
    boss.get("/admin/audit.csv"), boss.get("/admin/audit?verify=1"), boss.submit("/logout")

    said = capfd.readouterr()
    place.close()
    content = b"".join(file.read_bytes() for file in Path(place.file).parent.glob("place-*"))
    everything = said.out + said.err + caplog.text
    assert len(secrets) > 25 and all(len(secret) > 10 for secret in secrets)
    for secret in secrets:
        assert secret not in everything, secret
        assert secret.encode() not in content, secret


# --- The page --------------------------------------------------------------------------------------


def test_the_page_shows_filters_and_verifies(place: Place) -> None:
    place.signed_in("viewer"), place.visitor().sign_in("head", "wrong")
    boss = place.signed_in("boss")

    def shown(query: str) -> list[tuple[str, str]]:
        return [(row[2], row[5]) for row in words(boss.get(f"/admin/audit{query}")).rows() if len(row) == 7]

    assert shown("?actor=VIEWER") == [("viewer", "viewer")]
    assert shown("?action=login_failed") == [("head", "head")]
    assert shown("?action=login&subject=boss") == [("boss", "boss")]
    assert shown("?since=2026-02-01&action=login") == [("boss", "boss"), ("viewer", "viewer")]
    assert shown("?until=2026-01-31&actor=user") == [] and shown("?since=2026-02-02") == []
    assert shown("?actor=%25") == [] and shown("?subject=_") == [], "a sign of LIKE is a sign like any other"
    for odd in (
        "?action=nothing",
        "?since=x&until=0001-01-01",
        "?before=x",
        "?before=-1",
        "?before=99999999999",
        "?since=9999-12-31",
    ):
        assert len(shown(odd)) > 20, odd
    assert "链条完整" in words(boss.get("/admin/audit?verify=1")).one("p", "said").text


def test_the_page_says_where_the_log_was_changed(place: Place) -> None:
    boss = place.signed_in("boss")
    for statement in (f"drop trigger {TRIGGERS[0]}", "update audit_entry set actor = 'user:nobody' where entry_no = 4"):
        place.write(lambda c, statement=statement: c.execute(text(statement)))
    assert "第 4 条与写入时不符" in words(boss.get("/admin/audit?verify=1")).one("p", "wrong").text


def test_the_page_goes_on_sheet_by_sheet(place: Place) -> None:
    place.write(lambda c: [append(c, Event("user:x", Action.LOGIN, str(n)), NOW) for n in range(230)])
    boss = place.signed_in("boss")
    link, seen = "/admin/audit?actor=user%3Ax", list[str]()
    for _ in range(3):
        tree = words(boss.get(link))
        seen += [row[5] for row in tree.rows()]
        older = [node["href"] for node in tree.one("p", "foot").all("a") if "before=" in node["href"]]
        link = f"/admin/audit{older[0]}" if older else ""
    assert seen == [str(n) for n in range(229, -1, -1)] and not link


def test_the_file_has_every_column_of_what_was_filtered_and_no_formula(place: Place) -> None:
    place.write(lambda c: append(c, Event("=cmd|' /C calc'!A0", Action.LOGIN, "+1"), NOW))
    boss = place.signed_in("boss")
    response = boss.get("/admin/audit.csv?subject=%2B1")
    body = response.get_data(as_text=True)
    assert response.headers["Content-Disposition"] == 'attachment; filename="dabiao-audit.csv"'
    assert "'=cmd|" in body and ",'+1," in body and body.count("\r\n") == 2
    assert place.said()[-1] == ("user:boss", "audit_read", "audit.csv")
    with place.engine.connect() as connection:
        assert count_entries(connection, Filter(subject="+1")) == 1
