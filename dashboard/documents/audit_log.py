"""审计日志: who did what, from where and when; read, filtered, verified, and kept as CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import flask

from dashboard.access.limits import EXPORTS
from dashboard.display import N_
from dashboard.documents.office import Office
from dashboard.downloads import attachment, to_csv
from dashboard.settings import BEIJING
from warehouse import audit as log
from warehouse.audit import Action

SHEET = 100
ACTIONS = {
    Action.LOGIN: N_("登录"), Action.LOGIN_FAILED: N_("登录失败"), Action.LOGOUT: N_("退出"),
    Action.SESSION_ENDED: N_("结束会话"), Action.PASSWORD_CHANGED: N_("更改口令"), Action.ACCOUNT_ADDED: N_("添加账号"),
    Action.ACCOUNT_CHANGED: N_("更改权限"), Action.ACCOUNT_DISABLED: N_("停用账号"),
    Action.ACCOUNT_ENABLED: N_("启用账号"), Action.PASSWORD_RESET: N_("重置口令"), Action.TOKEN_ADDED: N_("添加令牌"),
    Action.TOKEN_REVOKED: N_("撤销令牌"), Action.EXPORT: N_("导出"), Action.LOAD: N_("入库"),
    Action.UNDO: N_("撤销批次"), Action.UPLOAD: N_("上传"),
    Action.STAGE: N_("提交审核"), Action.APPROVE: N_("审核并入库"), Action.DISCARD: N_("退回或放弃"),
    Action.RULES_CHANGED: N_("更改规则"), Action.AUDIT_READ: N_("导出审计日志"),
    Action.MEETING_ADDED: N_("登记会议"), Action.ITEM_ADDED: N_("交办督办事项"), Action.ITEM_CHANGED: N_("督办进展"),
    Action.SCREEN_ADDED: N_("添加大屏"), Action.SCREEN_CHANGED: N_("更改大屏"), Action.SCREEN_DELETED: N_("删除大屏"),
}  # fmt: skip
COLUMNS = (
    "entry_no", "happened_at", "actor", "address", "action", "subject", "detail", "previous_hash", "entry_hash",
)  # fmt: skip


def install(server: flask.Flask, office: Office) -> None:
    """Routes /admin/audit and /admin/audit.csv."""

    @server.get("/admin/audit")
    def audit() -> Any:
        wanted, before = _filter(), _number(flask.request.args.get("before", ""))
        with office.reading() as connection:
            entries = list(log.fetch_entries(connection, wanted, before, SHEET + 1))
            count = log.count_entries(connection, wanted)
            verdict = log.verify(connection) if "verify" in flask.request.args else None
        d = office.display
        return office.page(
            "audit.html", entries=entries[:SHEET], count=count, verdict=verdict, args=_asked(),
            older=entries[SHEET - 1].no if len(entries) > SHEET else None, actions=ACTIONS,
            details=[_in_words(d, entry.detail) for entry in entries[:SHEET]],
        )  # fmt: skip

    @server.get("/admin/audit.csv")
    @office.limit(EXPORTS)
    def download_audit() -> Any:
        by = office.by()
        with office.writing() as connection:
            log.append(connection, by.event(Action.AUDIT_READ, "audit.csv", **_asked()), by.at)
        with office.reading() as connection:
            text = to_csv(COLUMNS, _rows(log.fetch_entries(connection, _filter())))
        return attachment(text, "text/csv; charset=utf-8", "dabiao-audit.csv")


def _rows(entries: Iterator[log.Entry]) -> Iterator[dict[str, Any]]:
    for e in entries:
        values = (e.no, e.at.isoformat(), e.actor, e.address, e.action, e.subject, e.detail, e.previous_hash, e.hash)
        yield dict(zip(COLUMNS, values, strict=True))


def _asked() -> dict[str, str]:
    args = flask.request.args
    return {name: args[name][:100] for name in ("actor", "action", "subject", "since", "until") if args.get(name)}


def _filter() -> log.Filter:
    """What the query asks for; what means nothing is left out."""
    asked = _asked()
    until = _day(asked.get("until", ""))
    return log.Filter(
        actor=asked.get("actor", ""),
        action=asked.get("action", "") if asked.get("action") in ACTIONS else "",
        subject=asked.get("subject", ""),
        since=_day(asked.get("since", "")),
        until=None if until is None else until + timedelta(days=1),
    )


def _day(text: str) -> datetime | None:
    """The beginning of a day in Beijing."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day, time(), BEIJING) if date(1970, 1, 2) < day < date(9000, 1, 1) else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _in_words(d: Any, detail: str) -> str:
    """The JSON of an entry as a line; one that is none, as it stands."""
    try:
        found = json.loads(detail)
    except ValueError:
        return detail
    return d.join(f"{name}={value}" for name, value in found.items()) if isinstance(found, dict) else detail
