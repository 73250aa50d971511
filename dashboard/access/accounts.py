"""Accounts of people: adding, changing, closing them. Every change is audited in its own transaction."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from dashboard.access.passwords import check_password, first_password, hash_password, verify_password
from dashboard.access.roles import ACCOUNT_ROLES, Grant, Role
from dashboard.access.sessions import end_sessions
from dashboard.access.signin import forget_failures
from warehouse.access_tables import account
from warehouse.audit import Action, Event, append
from warehouse.catalog import Catalog
from warehouse.errors import DabiaoError
from warehouse.types import storable

FIRST_ADMINISTRATOR = "admin"
_USERNAME = re.compile(r"[^\W_][\w.@-]{1,63}")
LONGEST_NAME = 64
WRONG_PASSWORD = DabiaoError("现在的口令不对。", "The present password is wrong.")


@dataclass(frozen=True, slots=True)
class Account:
    """账号 of a person."""

    key: int
    username: str
    display_name: str
    grant: Grant
    is_sso: bool
    must_change: bool
    created_by: str
    created_at: datetime
    last_login_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class By:
    """Who makes a change, from where, and when."""

    actor: str
    address: str
    at: datetime

    def event(self, action: Action, subject: str = "", /, **detail: Any) -> Event:
        """What is written down of it."""
        return Event(self.actor, action, subject, self.address, detail)


def normalise_username(text: str) -> str:
    """One spelling of a name to sign in with."""
    return unicodedata.normalize("NFKC", storable(text)).strip().casefold()[:LONGEST_NAME]


def fetch_accounts(connection: Connection) -> list[Account]:
    """All, by name; closed ones last."""
    query = select(account).order_by(account.c.disabled_at.is_not(None), account.c.username)
    return [_account(row) for row in connection.execute(query)]


def fetch_account(connection: Connection, username: str) -> Account:
    """One by name. Errors: DabiaoError where there is none."""
    query = select(account).where(account.c.username == normalise_username(username))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise DabiaoError(f"没有账号“{username}”。", f"There is no account {username!r}.")
    return _account(row)


def add_account(
    connection: Connection, by: By, catalog: Catalog, username: str, display_name: str, grant: Grant, is_sso: bool
) -> str | None:
    """A new account; returns its first password, None for single sign-on. Errors: DabiaoError."""
    name = normalise_username(username)
    if not _USERNAME.fullmatch(name):
        raise DabiaoError(
            "用户名要有 2–64 个字，只用文字、数字和 . _ - @，以文字或数字开头。",
            "A user name has 2–64 letters, digits or . _ - @, and begins with a letter or digit.",
        )
    if connection.execute(select(account.c.account_key).where(account.c.username == name)).first() is not None:
        raise DabiaoError(f"已有账号“{name}”。", f"There is an account {name!r} already.")
    check_grant(catalog, grant, ACCOUNT_ROLES)
    password = None if is_sso else first_password()
    values = {
        "username": name,
        "display_name": check_display_name(display_name or name),
        **grant.columns(),
        "signs_in_by": "sso" if is_sso else "password",
        "password_hash": None if password is None else hash_password(password),
        "password_set_at": None if password is None else by.at,
        "must_change": password is not None,
        "created_by": by.actor,
        "created_at": by.at,
    }
    connection.execute(insert(account).values(values))
    append(
        connection, by.event(Action.ACCOUNT_ADDED, name, **grant.columns(), signs_in_by=values["signs_in_by"]), by.at
    )
    return password


def change_account(
    connection: Connection, by: By, catalog: Catalog, username: str, grant: Grant, display_name: str | None = None
) -> None:
    """Another role, other districts or domains, another name. Errors: DabiaoError."""
    known = fetch_account(connection, username)
    check_grant(catalog, grant, ACCOUNT_ROLES)
    if grant.role is not Role.ADMINISTRATOR:
        _keep_an_administrator(connection, known)
    name = known.display_name if display_name is None else check_display_name(display_name)
    if (grant, name) == (known.grant, known.display_name):
        return
    connection.execute(_update(known).values(display_name=name, **grant.columns()))
    before = {f"{part}_before": value for part, value in known.grant.columns().items()}
    append(connection, by.event(Action.ACCOUNT_CHANGED, known.username, **grant.columns(), **before), by.at)


def disable_account(connection: Connection, by: By, username: str) -> None:
    """Close an account and end its sessions. Errors: DabiaoError for the last administrator."""
    known = fetch_account(connection, username)
    if known.disabled_at is not None:
        return
    _keep_an_administrator(connection, known)
    connection.execute(_update(known).values(disabled_at=by.at))
    end_sessions(connection, known.key, by.at)
    append(connection, by.event(Action.ACCOUNT_DISABLED, known.username), by.at)


def enable_account(connection: Connection, by: By, username: str) -> None:
    """Open a closed account again."""
    known = fetch_account(connection, username)
    if known.disabled_at is not None:
        connection.execute(_update(known).values(disabled_at=None))
        append(connection, by.event(Action.ACCOUNT_ENABLED, known.username), by.at)


def reset_password(connection: Connection, by: By, username: str) -> str:
    """A new first password; sessions end, the lock-out too. Errors: DabiaoError for single sign-on."""
    known = fetch_account(connection, username)
    if known.is_sso:
        raise DabiaoError(
            f"“{known.username}”用单点登录，没有口令。", f"{known.username!r} signs in by single sign-on: no password."
        )
    password = first_password()
    values = {"password_hash": hash_password(password), "password_set_at": by.at, "must_change": True}
    connection.execute(_update(known).values(values))
    end_sessions(connection, known.key, by.at)
    forget_failures(connection, known.username)
    append(connection, by.event(Action.PASSWORD_RESET, known.username), by.at)
    return password


def change_password(
    connection: Connection, by: By, username: str, old: str, new: str, *, keep_session: int | None, djbh: bool = False
) -> None:
    """One's own password; all other sessions end. Errors: DabiaoError, WeakPassword."""
    known = fetch_account(connection, username)
    stored = connection.execute(select(account.c.password_hash).where(account.c.account_key == known.key)).scalar_one()
    if not verify_password(old, stored):
        raise WRONG_PASSWORD
    if verify_password(new, stored):
        raise DabiaoError("新口令不能与现在的相同。", "The new password must differ from the present one.")
    check_password(new, (known.username, known.display_name), djbh=djbh)
    values = {"password_hash": hash_password(new), "password_set_at": by.at, "must_change": False}
    connection.execute(_update(known).values(values))
    end_sessions(connection, known.key, by.at, but=keep_session)
    append(connection, by.event(Action.PASSWORD_CHANGED, known.username), by.at)


def ensure_administrator(connection: Connection, by: By, catalog: Catalog) -> tuple[str, str] | None:
    """Name and first password of a first administrator, where there is no account at all yet."""
    if connection.execute(select(account.c.account_key).limit(1)).first() is not None:
        return None
    everything = Grant(Role.ADMINISTRATOR)
    password = add_account(connection, by, catalog, FIRST_ADMINISTRATOR, FIRST_ADMINISTRATOR, everything, False)
    assert password is not None
    return FIRST_ADMINISTRATOR, password


def check_grant(catalog: Catalog, grant: Grant, roles: tuple[Role, ...]) -> None:
    """Raise DabiaoError for a role that is none here, or districts or domains there are not."""
    if grant.role not in roles:
        listed = "、".join(roles)
        raise DabiaoError(f"角色应为 {listed} 之一。", f"The role must be one of {', '.join(roles)}.")
    if grant.role is Role.ADMINISTRATOR and not grant.is_everything:
        raise DabiaoError(
            "管理员管全部地区和领域，不能限定范围。",
            "An administrator is for all districts and domains; no limits there.",
        )
    unknown = sorted((grant.districts or frozenset()) - catalog.district_by_code.keys())
    if unknown:
        raise DabiaoError(f"没有这些地区：{'、'.join(unknown)}。", f"There are no districts {', '.join(unknown)}.")
    unknown = sorted((grant.domains or frozenset()) - catalog.domains.keys())
    if unknown:
        raise DabiaoError(f"没有这些领域：{'、'.join(unknown)}。", f"There are no domains {', '.join(unknown)}.")
    if grant.districts == frozenset() or grant.domains == frozenset():
        raise DabiaoError(
            "至少选一个地区和一个领域，或者选全部。", "Choose at least one district and one domain, or all."
        )


def check_display_name(text: str) -> str:
    """A name people know, or DabiaoError."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise DabiaoError(f"姓名要有 1–{LONGEST_NAME} 个字。", f"A name has 1–{LONGEST_NAME} characters.")
    return name


def _keep_an_administrator(connection: Connection, leaving: Account) -> None:
    """Nobody locks everybody out."""
    c = account.c
    others = select(func.count()).where(
        c.role == str(Role.ADMINISTRATOR), c.disabled_at.is_(None), c.account_key != leaving.key
    )
    if leaving.grant.role is Role.ADMINISTRATOR and connection.execute(others).scalar_one() == 0:
        raise DabiaoError(
            "这是最后一个管理员，请先添加另一个。", "This is the last administrator; add another one first."
        )


def _update(known: Account) -> Any:
    return update(account).where(account.c.account_key == known.key)


def _account(row: Row[Any]) -> Account:
    return Account(
        key=row.account_key,
        username=row.username,
        display_name=row.display_name,
        grant=Grant.of(row.role, row.districts, row.domains),
        is_sso=row.signs_in_by == "sso",
        must_change=row.must_change,
        created_by=row.created_by,
        created_at=row.created_at,
        last_login_at=row.last_login_at,
        disabled_at=row.disabled_at,
    )
