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

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class TrustedProxies:
    """WSGI middleware: takes X-Forwarded-For and X-Forwarded-Proto from named proxies, and from nobody else."""

    def __init__(self, app: Wsgi, proxies: tuple[Network, ...], header: str | None = None) -> None:
        self._plain, self._proxies = app, proxies
        self._behind_proxy = ProxyFix(app, x_for=1, x_proto=1, x_host=0)
        self._said = (*_SAID, *([_environ_name(header)] if header else []))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One request."""
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            environ[PEER] = True
            return self._behind_proxy(environ, start_response)
        environ[PEER] = False
        for name in self._said:
            environ.pop(name, None)
        return self._plain(environ, start_response)

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._proxies)


def _environ_name(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")
