"""The commands of ``python -m dashboard``. Each prints for people, and with --json one document for programs.

Exit code 0: done; 1: the audit log is not as it was written; 2: nothing done. A message, never a traceback.
"""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from dashboard import cli_districts
from dashboard.access import accounts, tokens
from dashboard.access.accounts import By
from dashboard.access.roles import ALL, Grant, Role
from dashboard.settings import DEFAULT_BIND, Settings, is_local, now
from warehouse import audit
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.console import complain, err, out, print_json, print_table, say
from warehouse.engine import ACCESS, ROOT, check_schema, open_engine, writing
from warehouse.errors import DabiaoError, DatabaseUnreachable

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
user_app = typer.Typer(no_args_is_help=True, help="账号 / accounts")
token_app = typer.Typer(no_args_is_help=True, help="令牌 / tokens of screens and programs")
audit_app = typer.Typer(no_args_is_help=True, help="审计日志 / the audit log")
app.add_typer(user_app, name="user")
app.command("boundaries")(cli_districts.boundaries_command)
app.command("digest")(cli_districts.digest_command)
app.add_typer(token_app, name="token")
app.add_typer(audit_app, name="audit")

Json = Annotated[bool, typer.Option("--json", help="输出一个 JSON 文档 / print one JSON document")]
RoleOption = Annotated[Role, typer.Option(help="角色 / role")]
Districts = Annotated[
    list[str] | None, typer.Option("--district", help="地区代码，含下级，可多次；不写为全部 / code, with all below it")
]
Domains = Annotated[list[str] | None, typer.Option("--domain", help="领域代码，可多次；不写为全部 / code of a domain")]

_ACCOUNT_COLUMNS = (
    "username", "display_name", "role", "districts", "domains", "signs_in_by", "last_login_at", "disabled_at",
)  # fmt: skip
_TOKEN_COLUMNS = ("name", "role", "districts", "domains", "expires_at", "last_used_at", "last_address", "revoked_at")


def main() -> None:
    """Run a command; every foreseeable failure becomes a message and exit code 2."""
    try:
        app()
    except DabiaoError as error:
        complain(error)
    except DBAPIError as error:
        complain(DatabaseUnreachable(str(error.orig)))


@app.callback()
def about() -> None:
    """达标的网页服务、账号、令牌和审计 / the web server of Dabiao, its accounts, tokens and audit log"""


@app.command()
def serve(
    bind: Annotated[str | None, typer.Option(help="地址和端口 / address and port")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="进程数 / processes")] = None,
    trial: Annotated[
        bool, typer.Option("--trial", help="只在本机时，不登录也可只读 / on loopback only: read without signing in")
    ] = False,
) -> None:
    """启动网页服务（gunicorn）/ serve with gunicorn"""
    given = {"DABIAO_BIND": bind, "DABIAO_WORKERS": None if workers is None else str(workers)}
    os.environ.update({name: value for name, value in given.items() if value is not None})
    if trial and is_local(os.environ.get("DABIAO_BIND") or DEFAULT_BIND, os.environ.get("DABIAO_URL")):
        os.environ.setdefault("DABIAO_PUBLIC", ALL)
    settings = Settings.from_environment()  # refuses here what it would refuse later, without a traceback
    _welcome(settings)
    os.chdir(ROOT)
    if settings.has_own_worker:
        own = [sys.executable, "-m", "dashboard", "work", "--child-of", str(os.getpid())]
        subprocess.Popen(own)  # noqa: S603 (a fixed command, no shell); it ends with the process that is gunicorn below
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "app:server"]
    sys.stderr.write(f"达标 / Dabiao: http://{os.environ.get('DABIAO_BIND', '127.0.0.1:8050')}\n")
    sys.stderr.flush()
    os.execv(sys.executable, command)  # noqa: S606 (a fixed command, no shell)


@app.command("work")
def work_in_background(
    child_of: Annotated[int | None, typer.Option("--child-of", hidden=True)] = None,
) -> None:
    """在后台生成导出文件 / make the files people take along, in the background"""
    settings = Settings.from_environment()
    from dashboard.exports.worker import work  # the other commands do not wait for its libraries

    work(settings, child_of)


@app.command()
def bulletin(
    output: Annotated[Path, typer.Option("--output", "-o", help="写到哪个文件 / the file to write")],
    kind: Annotated[
        str | None, typer.Option(help="docx、pptx、xlsx、pdf，默认看文件名 / else by the file name")
    ] = None,
    period: Annotated[str, typer.Option(help="半年度，如 2020-S1；不写为多数地区最近一期 / half-year")] = "",
    district: Districts = None,
    domain: Domains = None,
    since: Annotated[str, typer.Option(help="与这一天所知相比 / changes since this day")] = "",
    asof: Annotated[str, typer.Option(help="按这一天所知 / as known on this day")] = "",
    title: Annotated[str, typer.Option(help="标题 / title")] = "",
    office: Annotated[str, typer.Option(help="发文机关 / issuing office")] = "",
    number: Annotated[str, typer.Option(help="文号 / document number")] = "",
    lang: Annotated[str, typer.Option(help="zh 或 en / zh or en")] = "zh",
    as_json: Json = False,
) -> None:
    """生成通报，不需要网页服务 / make the bulletin without a server"""
    from dashboard.exports.shell import write_bulletin  # its libraries are large

    asked = {
        "period": period, "districts": district, "domains": domain, "since": since, "asof": asof, "title": title,
        "office": office, "number": number,
    }  # fmt: skip
    size = write_bulletin(asked, kind or output.suffix.removeprefix("."), lang, output)
    document = {"file": str(output), "bytes": size}
    _done(document, f"已写入 {output}（{size:,} 字节）。", f"Wrote {output} ({size:,} bytes).", as_json)


@user_app.command("add")
def user_add(
    username: str,
    role: RoleOption = Role.VIEWER,
    name: Annotated[str | None, typer.Option(help="姓名 / name people know")] = None,
    district: Districts = None,
    domain: Domains = None,
    sso: Annotated[bool, typer.Option("--sso", help="只用单点登录 / single sign-on only")] = False,
    as_json: Json = False,
) -> None:
    """添加账号，显示首次口令 / add an account, and show its first password"""
    with _writing() as (connection, catalog):
        grant = _grant(role, district, domain)
        password = accounts.add_account(connection, _by(), catalog, username, name or username, grant, sso)
    _show_password(accounts.normalise_username(username), password, as_json)


@user_app.command("list")
def user_list(as_json: Json = False) -> None:
    """列出账号 / list accounts"""
    with _database() as engine, engine.connect() as connection:
        rows = [
            {
                "username": a.username, "display_name": a.display_name, **a.grant.columns(),
                "signs_in_by": "sso" if a.is_sso else "password", "must_change": a.must_change,
                "created_by": a.created_by, "created_at": a.created_at, "last_login_at": a.last_login_at,
                "disabled_at": a.disabled_at,
            }
            for a in accounts.fetch_accounts(connection)
        ]  # fmt: skip
    print_json({"accounts": rows}) if as_json else print_table(rows, _ACCOUNT_COLUMNS)


@user_app.command("disable")
def user_disable(username: str, as_json: Json = False) -> None:
    """停用账号并结束其会话 / close an account and end its sessions"""
    with _writing() as (connection, _catalog):
        accounts.disable_account(connection, _by(), username)
    _done({"disabled": accounts.normalise_username(username)}, "已停用。", "Disabled.", as_json)


@user_app.command("enable")
def user_enable(username: str, as_json: Json = False) -> None:
    """启用停用的账号 / open a closed account again"""
    with _writing() as (connection, _catalog):
        accounts.enable_account(connection, _by(), username)
    _done({"enabled": accounts.normalise_username(username)}, "已启用。", "Enabled.", as_json)


@user_app.command("reset")
def user_reset(username: str, as_json: Json = False) -> None:
    """重置口令并解除锁定 / a new first password, and no lock-out any more"""
    with _writing() as (connection, _catalog):
        password = accounts.reset_password(connection, _by(), username)
    _show_password(accounts.normalise_username(username), password, as_json)


@user_app.command("role")
def user_role(
    username: str, role: RoleOption, district: Districts = None, domain: Domains = None, as_json: Json = False
) -> None:
    """更改角色和可见范围 / another role, other districts or domains"""
    grant = _grant(role, district, domain)
    with _writing() as (connection, catalog):
        accounts.change_account(connection, _by(), catalog, username, grant)
    _done({"username": accounts.normalise_username(username), **grant.columns()}, "已更改。", "Changed.", as_json)


@token_app.command("add")
def token_add(
    name: str,
    role: RoleOption = Role.VIEWER,
    district: Districts = None,
    domain: Domains = None,
    days: Annotated[int, typer.Option(min=1, max=tokens.MOST_DAYS, help="有效天数 / days")] = tokens.DEFAULT_DAYS,
    as_json: Json = False,
) -> None:
    """添加令牌，只显示一次 / add a token; it is shown once"""
    with _writing() as (connection, catalog):
        secret = tokens.add_token(connection, _by(), catalog, name, _grant(role, district, domain), days)
    if as_json:
        print_json({"name": name, "token": secret})
    else:
        out.print(say("令牌（只显示这一次）：", "Token (shown this once): "), secret, highlight=False, sep="")


@token_app.command("list")
def token_list(as_json: Json = False) -> None:
    """列出令牌 / list tokens"""
    with _database() as engine, engine.connect() as connection:
        rows = [
            {
                "name": k.name, **k.grant.columns(), "created_by": k.created_by, "created_at": k.created_at,
                "expires_at": k.expires_at, "last_used_at": k.last_used_at, "last_address": k.last_address,
                "revoked_at": k.revoked_at,
            }
            for k in tokens.fetch_tokens(connection)
        ]  # fmt: skip
    print_json({"tokens": rows}) if as_json else print_table(rows, _TOKEN_COLUMNS)


@token_app.command("revoke")
def token_revoke(name: str, as_json: Json = False) -> None:
    """撤销令牌 / revoke a token"""
    with _writing() as (connection, _catalog):
        tokens.revoke_token(connection, _by(), name)
    _done({"revoked": name}, "已撤销。", "Revoked.", as_json)


@audit_app.command("verify")
def audit_verify(
    noted: Annotated[str | None, typer.Option(help="另记的 序号:校验值 / number:hash noted elsewhere")] = None,
    as_json: Json = False,
) -> None:
    """核验审计日志的链条 / check the chain of the audit log"""
    with _database() as engine, engine.connect() as connection:
        verdict = audit.verify(connection)
        is_as_noted = noted is None or _is_as_noted(connection, noted)
    is_whole = verdict.broken_at is None and is_as_noted
    if as_json:
        document = {"entries": verdict.entries, "head": verdict.head, "broken_at": verdict.broken_at}
        print_json({**document, "is_as_noted": is_as_noted, "is_whole": is_whole})
    elif verdict.broken_at is not None:
        n = verdict.broken_at
        err.print(say(f"第 {n} 条与写入时不符。", f"Entry {n} is not as it was written."), style="red")
    elif not is_as_noted:
        err.print(say("与另记的校验值不符：日志被换过或截短。", "Not as noted: replaced or cut short."), style="red")
    else:
        n, head = verdict.entries, verdict.head
        out.print(say(f"{n} 条，链条完整。请另记：{n}:{head}", f"{n} entries, whole. Note elsewhere: {n}:{head}"))
    if not is_whole:
        raise typer.Exit(1)


def _is_as_noted(connection: Connection, noted: str) -> bool:
    number, _, expected = noted.partition(":")
    if not (number.isascii() and number.isdigit()):
        raise DabiaoError("--noted 写成 序号:校验值。", "--noted is number:hash.")
    if len(number) > 9:  # no log is so long, and no database takes the question
        return False
    found = audit.fetch_hash(connection, int(number)) if int(number) else audit.BEFORE_FIRST
    return found == expected.strip()


def _welcome(settings: Settings) -> None:
    """On the first start: an administrator, with a password that is shown now and never again."""
    engine = open_engine(settings.database_url)
    try:
        check_schema(engine)
        with writing(engine, ACCESS) as connection:
            made = accounts.ensure_administrator(connection, _by(), fetch_catalog(connection))
    except DabiaoError:
        return  # the pages say what to do
    finally:
        engine.dispose()
    if made is not None:
        name, password = made
        zh = f"第一个管理员：{name}，首次口令 {password}（只显示这一次，72 小时内登录并更改）。"
        en = f"First administrator: {name}, first password {password} (shown this once; sign in and change it in 72 h)."
        sys.stderr.write(f"{zh}\n{en}\n")


def _show_password(username: str, password: str | None, as_json: bool) -> None:
    if as_json:
        print_json({"username": username, "first_password": password})
    elif password is None:
        out.print(say(f"{username}：用单点登录。", f"{username}: signs in by single sign-on."))
    else:
        zh = f"{username}：首次口令 {password}（只显示这一次，72 小时内登录并更改）。"
        en = f"{username}: first password {password} (shown this once; sign in and change it within 72 hours)."
        out.print(say(zh, en), highlight=False)


def _done(document: dict[str, Any], zh: str, en: str, as_json: bool) -> None:
    print_json(document) if as_json else out.print(say(zh, en))


def _grant(role: Role, districts: list[str] | None, domains: list[str] | None) -> Grant:
    return Grant.of(str(role), ",".join(districts or [ALL]), ",".join(domains or [ALL]))


def _by() -> By:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "unknown"
    return By(f"shell:{name}", "", now())


@contextmanager
def _database() -> Iterator[Engine]:
    engine = open_engine()
    try:
        check_schema(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _writing() -> Iterator[tuple[Connection, Catalog]]:
    with _database() as engine, writing(engine, ACCESS) as connection:
        yield connection, fetch_catalog(connection)
