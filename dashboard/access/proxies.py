"""Who really asks: what a proxy says of it counts only where the proxy is one that was named."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.settings import Network

PEER = "dabiao.trusted_peer"
"""In the WSGI environment: whether the request came from a named proxy."""
_SAID = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_REAL_IP")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class TrustedProxies:
    """WSGI middleware: takes X-Forwarded-For and X-Forwarded-Proto from named proxies, and from nobody else."""

    def __init__(self, app: Wsgi, proxies: tuple[Network, ...], header: str | None = None) -> None:
        self._plain, self._proxies = app, proxies
        self._behind_proxy = ProxyFix(app, x_for=0, x_proto=1, x_host=0)
        self._said = (*_SAID, *([_environ_name(header)] if header else []))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One request."""
        peer = _address(environ.get("REMOTE_ADDR", ""))
        environ[PEER] = self._is_named(peer)
        if peer is not None:
            environ["REMOTE_ADDR"] = str(peer)
        if environ[PEER]:
            environ["REMOTE_ADDR"] = str(self._reader(peer, environ.get("HTTP_X_FORWARDED_FOR", "")))
            return self._behind_proxy(environ, start_response)
        for name in self._said:
            environ.pop(name, None)
        return self._plain(environ, start_response)

    def _reader(self, peer: Address | None, forwarded: str) -> Address | None:
        """From the right, the first that is no named proxy: each of them adds whom it was asked by."""
        for text in reversed(forwarded.split(",")):
            said = _address(text.strip())
            if said is None:  # nothing, or nothing that could be believed: the last that is known
                break
            peer = said
            if not self._is_named(said):
                break
        return peer

    def _is_named(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._proxies)


def _address(text: str) -> Address | None:
    """An address as text has it, perhaps with a port or a zone; IPv4 inside IPv6 is IPv4."""
    text = text.strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _environ_name(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")
