"""What every answer tells the browser: which scripts may run, who may frame it, what it may not do."""

from __future__ import annotations

from typing import Any

import flask
from flask_talisman import Talisman

from dashboard.settings import Settings

_YEAR = 365 * 24 * 3600
_UNUSED = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "midi",
    "payment",
    "usb",
)
COOKIE, COOKIE_TLS = "dabiao", "__Host-dabiao"
"""The session cookie; the second name binds it to TLS and to this very host."""

FRAMED = frozenset({"preview_screen"})
"""Endpoints a page of our own may show within itself."""
UNNAMED = frozenset({"screen"})
"""Endpoints whose address may hold a secret, and is told to nobody."""


def install(server: flask.Flask, settings: Settings) -> list[str]:
    """Set headers and cookie flags; returns the list of script sources, to be filled in once they are known."""
    scripts = ["'self'"]
    server.config.update(SESSION_COOKIE_NAME=COOKIE_TLS if settings.is_https else COOKIE, SESSION_COOKIE_PATH="/")
    form_action = ["'self'"]

    @server.after_request  # the last to run: Talisman knows one policy for all
    def frame(response: flask.Response) -> flask.Response:
        if flask.request.endpoint in FRAMED:
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
            policy = response.headers["Content-Security-Policy"]
            response.headers["Content-Security-Policy"] = policy.replace(
                "frame-ancestors 'none'", "frame-ancestors 'self'"
            )
        if flask.request.endpoint in UNNAMED:
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    Talisman(
        server,
        force_https=False,  # the proxy in front answers plain HTTP, or there is no TLS at all
        strict_transport_security=settings.is_https,
        strict_transport_security_max_age=_YEAR,
        strict_transport_security_include_subdomains=False,  # other hosts of the bureau are not ours
        session_cookie_secure=settings.is_https,
        session_cookie_samesite="Lax",
        frame_options="DENY",
        referrer_policy="same-origin",
        permissions_policy=dict.fromkeys(_UNUSED, "()"),
        content_security_policy={
            "default-src": "'self'",
            "script-src": scripts,
            "style-src": "'self' 'unsafe-inline'",  # Dash, Plotly and React write styles into the page
            "img-src": "'self' data: blob:",
            "font-src": "'self' data:",
            "object-src": "'none'",
            "base-uri": "'none'",
            "form-action": form_action,
            "frame-ancestors": "'none'",
        },
    )

    @server.after_request
    def tell(response: flask.Response) -> flask.Response:
        headers: Any = response.headers
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.mimetype in ("text/html", "application/json") and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response

    return scripts
