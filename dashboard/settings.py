"""Settings, from the environment; docs/operations.md lists them. Secrets come from nowhere else."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.access.roles import Grant, Role
from dashboard.access.sessions import Limits
from warehouse.engine import DEFAULT_URL, ROOT
from warehouse.errors import DabiaoError
from warehouse.measures.arrival import BEIJING as BEIJING
from warehouse.measures.arrival import MOST_RETURN_DAYS, RETURN_DAYS

DEFAULT_BIND = "127.0.0.1:8050"
CHECKED = "DABIAO_BIND_WAS_CHECKED"
"""Set by gunicorn.conf.py; another server, or gunicorn without that file, may listen anywhere."""
REMIND_DAYS = 7
_SHORTEST_SECRET = 32
_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*|[0-9a-f:.]*:[0-9a-f:.]+")
"""A host: a name, or an IPv6 address."""
_DJBH_AGE = timedelta(days=90)
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
"""No underscore: servers take X_User and X-User for one header, and leave out the former."""
_HEADERS_IN_USE = frozenset({
    "authorization", "connection", "content-length", "content-type", "cookie", "forwarded", "host", "origin", "referer",
    "user-agent", "x-csrftoken", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
})  # fmt: skip

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(DabiaoError):
    """A setting that cannot stand, with what to write instead."""


def now() -> datetime:
    """The real clock; tests bring their own."""
    return datetime.now(UTC)


def today_in_beijing() -> date:
    """The day it is for the bureaus; tests bring their own."""
    return datetime.now(BEIJING).date()


@dataclass(frozen=True, slots=True)
class Oidc:
    """OpenID Connect: the provider, this program's name and secret there, and what names an account."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str = "preferred_username"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a running dashboard needs to know."""

    database_url: str = DEFAULT_URL
    sources_folder: Path = ROOT / "data" / "var" / "sources"
    static_folder: Path = ROOT / "data" / "var" / "static"
    boundaries_folder: Path = ROOT / "data" / "var" / "boundaries"
    """Where the owner puts boundaries of districts, as GeoJSON."""
    exports_folder: Path = ROOT / "data" / "var" / "exports"
    """Files made in the background, and the queue of those to come."""
    redis_url: str | None = None
    """Where the queue is instead, for several machines."""
    makes_at_once: bool = False
    """Files are made by the process that is asked for them; tests do so."""
    has_own_worker: bool = True
    """Whether ``python -m dashboard serve`` starts the program in the background itself."""
    cache_megabytes: int = 64
    today: Callable[[], date] = today_in_beijing
    now: Callable[[], datetime] = now
    secret_key: str = field(default_factory=secrets.token_hex, repr=False)
    """Signs cookies. Without one every start makes another, and whoever was signed in is so no longer."""
    url: str | None = None
    """Under which readers know the server; https:// there switches on Secure cookies and HSTS."""
    hosts: tuple[str, ...] | None = None
    """Names the server answers to; None: whatever it is called."""
    public: Grant | None = None
    """What may be read without signing in; None: nothing."""
    proxies: tuple[Network, ...] = ()
    """Who may say for whom it asks (X-Forwarded-For, X-Forwarded-Proto, and the header of single sign-on)."""
    sso_header: str | None = None
    oidc: Oidc | None = None
    idle: timedelta = timedelta(minutes=60)
    djbh: bool = False
    """Passwords also by the letter of 等保 2.0."""
    two_people: bool = False
    """What one person hands over, another approves."""
    file_megabytes: int = 50
    """The largest file that may be sent up."""
    return_days: int = RETURN_DAYS
    """Days after the end of a half-year within which it is reported."""
    remind_days: int = REMIND_DAYS
    """Days before its deadline from which an action item is in the list to remind of."""

    @property
    def is_https(self) -> bool:
        """Whether readers come over TLS."""
        return self.url is not None and self.url.startswith("https://")

    @property
    def limits(self) -> Limits:
        """How long sessions and passwords last."""
        return Limits(self.idle, _DJBH_AGE if self.djbh else None)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Each has a default, but for what would be unsafe. Errors: SettingsError."""

        def text(name: str) -> str | None:
            return environment.get(name, "").strip() or None

        url, secret = _url(text("DABIAO_URL")), text("DABIAO_SECRET_KEY")
        check_exposure(environment.get("DABIAO_BIND") or DEFAULT_BIND, url, secret)
        return cls(
            database_url=text("DATABASE_URL") or DEFAULT_URL,
            sources_folder=Path(text("DABIAO_SOURCES") or ROOT / "data" / "var" / "sources"),
            static_folder=Path(text("DABIAO_STATIC") or ROOT / "data" / "var" / "static"),
            boundaries_folder=Path(text("DABIAO_BOUNDARIES") or ROOT / "data" / "var" / "boundaries"),
            exports_folder=Path(text("DABIAO_EXPORTS") or ROOT / "data" / "var" / "exports"),
            redis_url=_redis(text("DABIAO_REDIS_URL")),
            has_own_worker=_worker(text("DABIAO_WORKER")),
            cache_megabytes=_number("DABIAO_CACHE_MB", text("DABIAO_CACHE_MB"), 64, 0),
            secret_key=secret or secrets.token_hex(),
            url=url,
            hosts=_hosts(environment.get("DABIAO_BIND") or DEFAULT_BIND, url),
            public=_public(text("DABIAO_PUBLIC")),
            proxies=tuple(_networks(text("DABIAO_PROXIES"))),
            sso_header=_sso_header(text("DABIAO_SSO_HEADER"), text("DABIAO_PROXIES")),
            oidc=_oidc(text, url),
            idle=timedelta(minutes=_number("DABIAO_IDLE_MINUTES", text("DABIAO_IDLE_MINUTES"), 60)),
            djbh=_password_rules(text("DABIAO_PASSWORD_RULES")),
            two_people=_approval(text("DABIAO_APPROVAL")),
            file_megabytes=_number("DABIAO_MAX_FILE_MB", text("DABIAO_MAX_FILE_MB"), 50),
            return_days=_number("DABIAO_RETURN_DAYS", text("DABIAO_RETURN_DAYS"), RETURN_DAYS, 0, MOST_RETURN_DAYS),
            remind_days=_number("DABIAO_REMIND_DAYS", text("DABIAO_REMIND_DAYS"), REMIND_DAYS, 0, MOST_RETURN_DAYS),
        )


def check_exposure(bind: str | Iterable[str], url: str | None, secret: str | None) -> None:
    """Raise SettingsError where the server can be reached from elsewhere, and its secret is none or a poor one."""
    if secret is None and all(is_local(address, url) for address in ([bind] if isinstance(bind, str) else bind)):
        return
    if secret is None or len(secret) < _SHORTEST_SECRET or len(set(secret)) < _SHORTEST_SECRET // 4:
        raise SettingsError(
            "请设定 DABIAO_SECRET_KEY（至少 32 个随机字符），例如：openssl rand -hex 32。"
            "没有它，只能在本机（127.0.0.1）上试用。",
            "Set DABIAO_SECRET_KEY to at least 32 random characters, for example with: openssl rand -hex 32. "
            "Without it the server may only be tried on this machine (127.0.0.1).",
        )


def check_listening(environment: Mapping[str, str] = os.environ) -> None:
    """Raise SettingsError without a secret, unless gunicorn.conf.py has looked at where gunicorn really listens."""
    if not environment.get("DABIAO_SECRET_KEY") and CHECKED not in environment:
        check_exposure("elsewhere", None, None)


def is_local(bind: str, url: str | None) -> bool:
    """Whether the server can be reached from this machine only, as far as its settings tell."""
    return _is_loopback(_host(bind)) and (not url or _is_loopback(urlsplit(url).hostname or ""))


def _host(address: str) -> str:
    if address.startswith(("unix:", "fd://", "/")):
        return address  # whoever passes requests on to it may be anywhere
    host = address.removeprefix("http://").rpartition(":")[0] or address
    return host.strip("[]")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _url(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        is_address = (
            parts.scheme in ("http", "https") and parts.port != 0 and bool(_NAME.fullmatch(_ascii(parts.hostname)))
        )
    except ValueError:
        is_address = False
    if not is_address or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingsError(
            f"DABIAO_URL 应是协议加主机名，例如 https://dabiao.example.gov.cn，而不是“{text}”。",
            f"DABIAO_URL is a scheme and a host, such as https://dabiao.example.gov.cn, not {text!r}.",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _ascii(host: str | None) -> str:
    """A name of a host as browsers send it."""
    return (host or "").encode("idna").decode()


def _hosts(bind: str, url: str | None) -> tuple[str, ...] | None:
    """Loopback always, for health checks; a page of another name cannot talk a browser into asking here."""
    loopback = ("localhost", "127.0.0.1", "[::1]")
    if url is not None:
        return (_ascii(urlsplit(url).hostname), *loopback)
    return loopback if _is_loopback(_host(bind)) else None


def _public(text: str | None) -> Grant | None:
    return None if text is None else Grant.of(Role.PUBLIC, text, "*")


def _networks(text: str | None) -> Iterable[Network]:
    for part in (text or "").replace(",", " ").split():
        try:
            network = ipaddress.ip_network(part)
            if network.prefixlen == 0:  # everybody is no proxy
                raise ValueError(part)
            yield network
        except ValueError:
            raise SettingsError(
                f"DABIAO_PROXIES 里的“{part}”不是地址或网段。", f"{part!r} in DABIAO_PROXIES is no address or network."
            ) from None


def _sso_header(header: str | None, proxies: str | None) -> str | None:
    if header is not None and proxies is None:
        raise SettingsError(
            "设了 DABIAO_SSO_HEADER，也要在 DABIAO_PROXIES 里写明哪个代理可以发送它。",
            "With DABIAO_SSO_HEADER, name in DABIAO_PROXIES which proxy may send it.",
        )
    if header is not None and (not _HEADER.fullmatch(header) or header.casefold() in _HEADERS_IN_USE):
        raise SettingsError(
            f"DABIAO_SSO_HEADER 应是专用的请求头名（字母、数字和 -），例如 X-Remote-User，而不是“{header}”。",
            f"DABIAO_SSO_HEADER is a header of its own (letters, digits and -), such as X-Remote-User, not {header!r}.",
        )
    return header


def _oidc(text: Callable[[str], str | None], url: str | None) -> Oidc | None:
    issuer = text("DABIAO_OIDC_ISSUER")
    if issuer is None:
        return None
    client_id, client_secret = text("DABIAO_OIDC_CLIENT_ID"), text("DABIAO_OIDC_CLIENT_SECRET")
    if client_id is None or client_secret is None or url is None:
        raise SettingsError(
            "单点登录（OIDC）还需要 DABIAO_OIDC_CLIENT_ID、DABIAO_OIDC_CLIENT_SECRET 和 DABIAO_URL。",
            "OpenID Connect also needs DABIAO_OIDC_CLIENT_ID, DABIAO_OIDC_CLIENT_SECRET and DABIAO_URL.",
        )
    return Oidc(
        issuer.rstrip("/"), client_id, client_secret, text("DABIAO_OIDC_CLAIM") or "preferred_username",
        text("DABIAO_OIDC_LABEL") or "",
    )  # fmt: skip


def _password_rules(text: str | None) -> bool:
    if text not in (None, "nist", "djbh"):
        raise SettingsError("DABIAO_PASSWORD_RULES 应为 nist 或 djbh。", "DABIAO_PASSWORD_RULES is nist or djbh.")
    return text == "djbh"


def _approval(text: str | None) -> bool:
    if text not in (None, "one", "two"):
        raise SettingsError("DABIAO_APPROVAL 应为 one 或 two。", "DABIAO_APPROVAL is one or two.")
    return text == "two"


def _worker(text: str | None) -> bool:
    if text not in (None, "own", "separate"):
        raise SettingsError("DABIAO_WORKER 应为 own 或 separate。", "DABIAO_WORKER is own or separate.")
    return text != "separate"


def _redis(url: str | None) -> str | None:
    if url is not None and find_spec("redis") is None:
        raise SettingsError(
            "设了 DABIAO_REDIS_URL，但没有安装 Python 包 redis。请安装它，"
            "或去掉这项设置：队列会放在 DABIAO_EXPORTS 里。",
            "DABIAO_REDIS_URL is set, but the Python package redis is not installed. Install it, or leave the setting "
            "out: the queue then lies in DABIAO_EXPORTS.",
        )
    return url


def _number(name: str, text: str | None, default: int, least: int = 1, most: int = 10**7) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 8 and int(text) >= least):
        raise SettingsError(
            f"{name} 应是不小于 {least} 的整数，而不是“{text}”。",
            f"{name} is a whole number from {least}, not {text!r}.",
        )
    if int(text) > most:
        raise SettingsError(f"{name} 最多 {most}，而不是“{text}”。", f"{name} is {most} at most, not {text!r}.")
    return int(text)
