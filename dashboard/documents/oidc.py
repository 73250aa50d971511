"""统一身份认证: signing in with OpenID Connect; every failure is a page to sign in with, which says what to do."""

from __future__ import annotations

from typing import Any

import flask
import structlog

from dashboard.access.guard import safe_path
from dashboard.access.limits import LOGIN_BY_ADDRESS
from dashboard.access.oidc import OidcError, Provider
from dashboard.access.sso import open_by_sso
from dashboard.documents.office import Office
from warehouse.audit import Action, append
from warehouse.errors import DabiaoError

RETURN = "/login/oidc/return"
FAILURES: dict[str, tuple[int, DabiaoError]] = {
    "unreachable": (502, DabiaoError(
        "统一身份认证暂时连不上，请稍后再试；一直这样，请告诉管理员。",
        "Single sign-on cannot be reached. Try again later; if it stays so, tell an administrator.",
    )),
    "answer": (502, DabiaoError(
        "统一身份认证的答复有误，没有登录。请再试一次；一直这样，请告诉管理员。",
        "Single sign-on answered wrongly, and you are not signed in. Try again; if it stays so, tell an administrator.",
    )),
    "claim": (502, DabiaoError(
        "统一身份认证没有给出您的用户名，没有登录。请告诉管理员，由其检查 DABIAO_OIDC_CLAIM。",
        "Single sign-on did not give your user name, and you are not signed in. "
        "Tell an administrator, who should check DABIAO_OIDC_CLAIM.",
    )),
    "denied": (401, DabiaoError(
        "登录在统一身份认证那里被取消或拒绝。需要时请再试一次。",
        "Signing in was cancelled or denied at single sign-on. Try again if you want to.",
    )),
    "state": (401, DabiaoError(
        "这次登录已经过期或用过，请重新登录。",
        "This attempt to sign in is over or was used already; please start again.",
    )),
    "account": (401, DabiaoError(
        "您在统一身份认证的用户名在这里没有可用的账号，请管理员开通。",
        "Your name at single sign-on has no account here; ask an administrator for one.",
    )),
}  # fmt: skip

log = structlog.get_logger("dashboard.access")


def install(server: flask.Flask, office: Office) -> None:
    """Routes /login/oidc and /login/oidc/return, where a provider is set."""
    oidc, url = office.settings.oidc, office.settings.url
    if oidc is None or url is None:
        return
    provider = Provider(oidc, url + RETURN, office.settings.now)

    def refuse(reason: str, target: str) -> flask.Response:
        status, error = FAILURES[reason]
        again = flask.url_for("login", next=target) + "&"
        return office.page(
            "login.html",
            status=status,
            error=error,
            again=again,
            target=target,
            oidc=oidc,
            username="",
            is_device=False,
        )

    def fail(failure: OidcError, target: str) -> flask.Response:
        log.warning("oidc_failed", reason=failure.reason, detail=failure.detail)
        by = office.by()
        with office.writing() as connection:
            append(connection, by.event(Action.LOGIN_FAILED, "?", method="oidc", reason=failure.reason), by.at)
        return refuse(failure.reason, target)

    @server.get("/login/oidc", endpoint="oidc_begin")
    @office.limiter.limit(LOGIN_BY_ADDRESS)
    def begin() -> Any:
        target = safe_path(flask.request.args.get("next"))
        if office.guard.identify().is_signed_in:
            return flask.redirect(target, 303)
        try:
            return flask.redirect(provider.begin(target), 303)
        except OidcError as failure:
            return fail(failure, target)

    @server.get(RETURN, endpoint="oidc_return")
    @office.limiter.limit(LOGIN_BY_ADDRESS)
    def finish() -> Any:
        try:
            said, target = provider.finish()
        except OidcError as failure:
            return fail(failure, safe_path(failure.target))
        with office.writing() as connection:
            secret = open_by_sso(connection, said, "oidc", office.settings.now())
        if secret is None:
            return refuse("account", safe_path(target))
        office.guard.sign_in(secret)
        return flask.redirect(safe_path(target), 303)
