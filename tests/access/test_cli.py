"""``python -m dashboard user …``, ``token …``, ``audit verify``: what it prints, how it ends, never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, text

from dashboard import cli
from dashboard.access import passwords
from tests.access.support import PEOPLE, TOKENS, Place, password_of
from tests.etl.conftest import Said
from warehouse.access_tables import account
from warehouse.audit import Action, Event, append, verify
from warehouse.engine import open_engine

Run = Callable[..., Said]


@pytest.fixture
def run(place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as ``python -m dashboard`` does, on the database of the site, on its day."""
    monkeypatch.setattr(cli, "now", place.now)
    monkeypatch.setattr(cli.getpass, "getuser", lambda: "root")

    def run_command(*arguments: object, database: Engine | str = "") -> Said:
        monkeypatch.setenv("DATABASE_URL", str(database or place.engine.url))
        monkeypatch.setattr(sys, "argv", ["dashboard", *map(str, arguments)])
        capsys.readouterr()
        code: Any = 0
        try:
            cli.main()
        except SystemExit as exit_:
            code = exit_.code or 0
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return run_command


def test_a_user_added_can_sign_in(run: Run, place: Place) -> None:
    said = run(
        "user",
        "add",
        "Zhang.San",
        "--name",
        "张三",
        "--district",
        "990101",
        "--district",
        "990201",
        "--domain",
        "elderly",
    )
    assert said.code == 0 and "zhang.san：首次口令 " in said.out and "只显示这一次" in said.out
    password = said.out.partition("首次口令 ")[2].partition("（")[0]
    assert place.visitor().sign_in("zhang.san", password).status_code == 303
    assert place.said()[-2] == ("shell:root", "account_added", "zhang.san")
    assert password not in str(place.entries())
    [row] = [x for x in run("user", "list", "--json").document["accounts"] if x["username"] == "zhang.san"]
    assert (row["role"], row["districts"], row["domains"]) == ("viewer", "990101,990201", "elderly")
    assert (row["display_name"], row["created_by"], row["must_change"]) == ("张三", "shell:root", True)


def test_a_user_as_json_is_one_document(run: Run, place: Place) -> None:
    document = run("user", "add", "new.one", "--role", "head", "--json").document
    assert set(document) == {"username", "first_password"}
    assert place.visitor().sign_in("new.one", document["first_password"]).status_code == 303
    assert run("user", "add", "by.sso", "--sso", "--json").document == {"username": "by.sso", "first_password": None}
    assert "单点登录" in run("user", "add", "by.sso2", "--sso").out
    again = run("user", "reset", "new.one", "--json").document
    assert again["username"] == "new.one" and again["first_password"] != document["first_password"]
    assert place.visitor().sign_in("new.one", again["first_password"]).status_code == 303
    assert run("user", "disable", "NEW.one", "--json").document == {"disabled": "new.one"}
    assert place.visitor().sign_in("new.one", again["first_password"]).status_code == 401
    assert run("user", "enable", "new.one", "--json").document == {"enabled": "new.one"}
    changed = run("user", "role", "new.one", "--role", "editor", "--district", "990101", "--json").document
    assert changed == {"username": "new.one", "role": "editor", "districts": "990101", "domains": "*"}


def test_people_are_told_what_was_done_in_their_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "已停用" in run("user", "disable", "viewer").out
    assert "已启用" in run("user", "enable", "viewer").out
    assert "已更改" in run("user", "role", "viewer", "--role", "head").out
    assert "已撤销" in run("token", "revoke", "hall").out
    monkeypatch.setenv("DABIAO_LANG", "en")
    for command, words in ((("user", "disable", "viewer"), "Disabled."), (("user", "enable", "viewer"), "Enabled."),
                           (("user", "role", "viewer", "--role", "viewer"), "Changed."),
                           (("token", "revoke", "reader"), "Revoked."),
                           (("user", "reset", "viewer"), "first password "),
                           (("token", "add", "x y"), "Token (shown this once): dabiao_"),
                           (("audit", "verify"), "entries, whole. Note elsewhere: ")):  # fmt: skip
        said = run(*command)
        assert said.code == 0 and words in said.out
        assert not set("：。，、；（）") & set(said.out)


def test_the_lists_name_everybody_and_no_secret(run: Run, place: Place) -> None:
    for said in (run("user", "list"), run("user", "list", "--json")):
        assert said.code == 0 and all(name in said.out for name in PEOPLE)
        assert "argon2" not in said.out and not any(secret in said.out for secret in place.world.secrets)
    for said in (run("token", "list"), run("token", "list", "--json")):
        assert said.code == 0 and all(name in said.out for name in TOKENS)
        assert "sha256" not in said.out and not any(secret in said.out for secret in place.world.secrets)


def test_a_token_added_opens_what_it_is_for_until_it_is_revoked(run: Run, place: Place) -> None:
    document = run("token", "add", "大厅 2", "--district", "990101", "--days", 7, "--json").document
    assert document["name"] == "大厅 2"
    program = place.visitor(Authorization=f"Bearer {document['token']}")
    assert program.get("/districts/990101").status_code == 200 and program.get("/districts/990201").status_code == 404
    assert program.get("/download/facts.csv").status_code == 200, "a program's, unless said otherwise"
    assert run("token", "revoke", "大厅 2", "--json").document == {"revoked": "大厅 2"}
    assert program.get("/").status_code == 401
    said = run("token", "add", "report", "--role", "viewer")
    token = said.out.strip().rpartition("：")[2]
    assert place.visitor(Authorization=f"Bearer {token}").get("/download/facts.csv").status_code == 200
    assert [x[1] for x in place.said()[-5:]] == ["token_added", "export", "token_revoked", "token_added", "export"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("user", "add", "viewer"), "已有账号"), (("user", "add", "x"), "用户名要有"),
        (("user", "add", "a b"), "用户名要有"),
        (("user", "add", "new.one", "--role", "screen"), "角色应为"),
        (("user", "add", "new.one", "--role", "public"), "角色应为"),
        (("user", "add", "new.one", "--role", "administrator", "--district", "990101"), "不能限定"),
        (("user", "add", "new.one", "--district", "999999"), "没有这些地区"),
        (("user", "add", "new.one", "--district", ""), "至少选"),
        (("user", "add", "new.one", "--district", "*", "--district", "990101"), "没有这些地区"),
        (("user", "add", "new.one", "--domain", "x"), "没有这些领域"),
        (("user", "add", "new.one", "--name", "x" * 65), "姓名"), (("user", "disable", "boss"), "最后一个管理员"),
        (("user", "disable", "nobody.here"), "没有账号"),
        (("user", "enable", "nobody.here"), "没有账号"), (("user", "reset", "nobody.here"), "没有账号"),
        (("user", "reset", "sso"), "单点登录"),
        (("user", "role", "boss", "--role", "viewer"), "最后一个管理员"),
        (("user", "role", "nobody.here", "--role", "viewer"), "没有账号"),
        (("user", "disable", "\udcff\udcfe"), "没有账号"), (("user", "add", "\udcff\udcfe"), "用户名要有"),
        (("user", "add", "ab", "--name", "\udcff"), "姓名"),
        (("user", "add", "new.one", "--district", "\udcff"), "没有这些地区"),
        (("token", "revoke", "\udcff"), "没有令牌"), (("token", "add", "\udcff\udcff"), "名称要有"),
        (("token", "add", "hall"), "已有令牌"), (("token", "add", "x"), "名称要有"),
        (("token", "add", "new", "--role", "head"), "角色应为"),
        (("token", "revoke", "nothing"), "没有令牌"), (("audit", "verify", "--noted", "x"), "序号:校验值"),
        (("audit", "verify", "--noted", "-1:x"), "序号:校验值"),
        (("audit", "verify", "--noted", ""), "序号:校验值"), (("audit", "verify", "--noted", "１:x"), "序号:校验值"),
    ],
    ids=ascii,
)  # fmt: skip
def test_what_cannot_be_done_is_a_message_and_nothing_done(
    run: Run, place: Place, command: tuple[str, ...], words: str
) -> None:
    before = len(place.entries())
    said = run(*command)
    assert (said.code, said.out) == (2, "") and words in said.err
    as_json = run(*command, "--json")
    assert as_json.code == 2 and words in as_json.document["error"]
    assert len(place.entries()) == before


@pytest.mark.parametrize(
    "command",
    [("user",), ("token",), ("audit",), ("user", "add"), ("user", "add", "new.one", "--role", "root"),
    ("token", "add", "new", "--days", "0"),
     ("token", "add", "new", "--days", "9999"), ("token", "add", "new", "--days", "x"), ("user", "role", "viewer"),
     ("user", "remove", "viewer"),
     ("nothing",), ("audit", "verify", "extra")],
    ids=str,
)  # fmt: skip
def test_what_is_no_command_is_a_message_too(run: Run, place: Place, command: tuple[str, ...]) -> None:
    before = len(place.entries())
    said = run(*command)
    assert said.code in ((0, 2) if len(command) == 1 else (2,)) and said.out + said.err
    assert len(place.entries()) == before


@pytest.mark.parametrize(
    "command",
    [("user", "list"), ("user", "add", "new.one"), ("user", "disable", "x"), ("user", "enable", "x"),
    ("user", "reset", "x"),
     ("user", "role", "x", "--role", "viewer"), ("token", "list"), ("token", "add", "new"), ("token", "revoke", "x"),
     ("audit", "verify")],
    ids=str,
)  # fmt: skip
def test_a_database_that_cannot_be_used_is_a_message(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "text.db").write_text("this is no database" * 100)
    for database, words in ((f"sqlite:///{tmp_path / 'none.db'}", "还没有数据库"),
    (f"sqlite:///{tmp_path / 'text.db'}", "数据库无法访问"),
                            ("nonsense", "数据库无法访问"),
                            ("postgresql+psycopg://u:secret@127.0.0.1:1/x", "数据库无法访问")):  # fmt: skip
        said = run(*command, database=database)
        assert said.code == 2 and words in said.err and "secret" not in said.err
    assert not (tmp_path / "none.db").exists()


def test_every_command_says_what_it_is_for(run: Run) -> None:
    for command in ((), ("serve",), ("user",), ("user", "add"), ("token", "add"), ("audit", "verify")):
        said = run(*command, "--help")
        assert said.code == 0 and any("\u4e00" < c < "\u9fff" for c in said.out)


# --- The audit log -----------------------------------------------------------------------------------


def test_the_chain_is_verified(run: Run, place: Place) -> None:
    count = len(place.entries())
    head = place.entries()[-1].hash
    said = run("audit", "verify")
    assert said.code == 0 and f"{count} 条，链条完整。请另记：{count}:{head}" in said.out
    assert run("audit", "verify", "--json").document == {
        "entries": count, "head": head, "broken_at": None, "is_as_noted": True, "is_whole": True,
    }  # fmt: skip
    for noted, is_as_noted in ((f"{count}:{head}", True), (f" {count}: {head} ".strip(), True),
    (f"3:{place.entries()[2].hash}", True),
                               (f"0:{'0' * 64}", True), (f"{count}:{head[:-1]}x", False), (f"{count}:", False),
                               (str(count), False),
                               (f"{count + 1}:{head}", False), (f"{count}:{head.upper()}", False), ("0:x", False),
                               (f"{10**30}:x", False),
                               ("9" * 5000 + ":x", False)):  # fmt: skip
        said = run("audit", "verify", "--noted", noted, "--json")
        assert said.document["is_as_noted"] is said.document["is_whole"] is is_as_noted, noted[:80]
        assert said.code == (0 if is_as_noted else 1)
    said = run("audit", "verify", "--noted", f"{count + 1}:{head}")
    assert (said.code, said.out) == (1, "") and "与另记的校验值不符" in said.err


def test_an_empty_log_is_whole(run: Run, place: Place) -> None:
    for statement in ("drop trigger audit_entry_is_append_only_DELETE", "delete from audit_entry"):
        place.write(lambda c, statement=statement: c.execute(text(statement)))
    assert run("audit", "verify", "--noted", f"0:{'0' * 64}", "--json").document["entries"] == 0


def test_tampering_is_said_with_its_place_and_exit_code_1(run: Run, place: Place) -> None:
    noted = f"{len(place.entries())}:{place.entries()[-1].hash}"
    place.write(lambda c: c.execute(text("drop trigger audit_entry_is_append_only_UPDATE")))
    place.write(lambda c: c.execute(text("drop trigger audit_entry_is_append_only_DELETE")))
    place.write(lambda c: c.execute(text("delete from audit_entry where entry_no > 9")))
    assert run("audit", "verify").code == 0, "what was cut off only a head noted elsewhere tells"
    assert run("audit", "verify", "--noted", noted).code == 1
    for change in ("happened_at = 'never'", "actor = x'ff'", "actor = 'user:nobody'"):
        place.write(lambda c, change=change: c.execute(text(f"update audit_entry set {change} where entry_no = 7")))
        said = run("audit", "verify")
        assert (said.code, said.out) == (1, "") and "第 7 条与写入时不符" in said.err
        document = run("audit", "verify", "--json").document
        assert (document["broken_at"], document["is_whole"]) == (7, False)


# --- The first start ---------------------------------------------------------------------------------


WORKERS: list[list[str]] = []
"""Programs in the background that the last ``serve`` would have started."""


@pytest.fixture
def serve(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``serve`` up to where gunicorn would take over."""
    started: list[list[str]] = []
    monkeypatch.setattr(cli.os, "execv", lambda _program, command: started.append(command))
    monkeypatch.setattr(cli.subprocess, "Popen", lambda command: WORKERS.append(command))
    monkeypatch.setattr(cli.os, "chdir", lambda _folder: None)
    for name in ("DABIAO_BIND", "DABIAO_WORKERS", "DABIAO_PUBLIC"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)

    def run_serve(*arguments: object, **options: Any) -> Said:
        started.clear()
        WORKERS.clear()
        said = run("serve", *arguments, **options)
        assert bool(started) is (said.code == 0)
        assert not started or started[0][-1] == "app:server"
        return said

    return run_serve


def test_the_first_start_makes_one_administrator_and_says_the_password_once(serve: Run, place: Place) -> None:
    place.write(lambda c: c.execute(delete(account)))
    said = serve()
    password = said.err.partition("首次口令 ")[2].partition("（")[0]
    assert f"first password {password} " in said.err and said.out == ""
    passwords.check_password(password)
    assert place.said()[-1] == ("shell:root", "account_added", "admin")
    assert place.visitor().sign_in("admin", password).status_code == 303
    again = serve()
    assert again.code == 0 and "首次口令" not in again.err and password not in again.err


def test_with_accounts_or_without_a_database_none_is_made(serve: Run, place: Place, tmp_path: Path) -> None:
    before = len(place.entries())
    for _ in range(2):
        assert "首次口令" not in serve().err
    assert len(place.entries()) == before
    assert serve(database=f"sqlite:///{tmp_path / 'none.db'}").code == 0, "the pages say what to do"
    assert list(tmp_path.iterdir()) == []


def test_what_would_be_unsafe_is_not_started(serve: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments, environment in ((("--bind", "0.0.0.0:8050"), {}), ((), {"DABIAO_BIND": "unix:/x"}),
    ((), {"DABIAO_URL": "https://x.example.cn"}),
                                   ((), {"DABIAO_PROXIES": "x"}), (("--trial", "--bind", "[::]:80"), {})):  # fmt: skip
        with monkeypatch.context() as patch:
            for name in ("DABIAO_BIND", "DABIAO_URL", "DABIAO_PROXIES", "DABIAO_SECRET_KEY"):
                patch.delenv(name, raising=False)
            for name, value in environment.items():
                patch.setenv(name, value)
            said = serve(*arguments)
            assert said.code == 2 and "DABIAO_" in said.err
            patch.setenv("DABIAO_LANG", "en")
            assert "Set DABIAO_SECRET_KEY" in (err := serve(*arguments).err) or "DABIAO_PROXIES" in err
    monkeypatch.setenv("DABIAO_SECRET_KEY", "0123456789abcdef" * 2)
    assert serve("--bind", "0.0.0.0:8050").code == 0


def test_commands_and_pages_write_one_log(run: Run, place: Place) -> None:
    boss = place.signed_in("boss")
    run("user", "disable", "viewer"), boss.submit("/admin/users/viewer/enable"), run("user", "reset", "viewer")
    assert [x[:2] for x in place.said()[-3:]] == [
        ("shell:root", "account_disabled"),
        ("user:boss", "account_enabled"),
        ("shell:root", "password_reset"),
    ]
    place.write(lambda c: append(c, Event("user:x", Action.LOGIN), place.now()))
    place.check_log()
    assert place.visitor().sign_in("viewer", password_of("viewer")).status_code == 401
    engine = open_engine(str(place.engine.url))
    with engine.connect() as connection:
        assert verify(connection).broken_at is None
    engine.dispose()


def test_serve_starts_a_worker_of_its_own_unless_there_is_one(serve: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert serve().code == 0
    [command] = WORKERS
    assert command[1:] == ["-m", "dashboard", "work", "--child-of", str(os.getpid())]
    monkeypatch.setenv("DABIAO_WORKER", "separate")
    assert serve().code == 0 and WORKERS == []
    monkeypatch.setenv("DABIAO_WORKER", "none")
    said = serve()
    assert said.code == 2 and "DABIAO_WORKER" in said.err and WORKERS == []
    monkeypatch.setenv("DABIAO_WORKER", "own")
    monkeypatch.setenv("DABIAO_REDIS_URL", "redis://127.0.0.1:6379/0")
    monkeypatch.setattr("dashboard.settings.find_spec", lambda _name: None)
    said = serve()
    assert said.code == 2 and "redis" in said.err and WORKERS == []
