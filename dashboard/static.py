"""Static files, compressed once and cached for good: assets, and the scripts Dash asks for.

WhiteNoise serves a folder of copies with .br and .gz beside each. Dash's own way would read each
file from its package and send it uncompressed every time. Plotly's file is replaced by the partial
bundle in assets/vendor, which has the three trace types used here in a quarter of the size.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import re
import tempfile
from pathlib import Path
from wsgiref.headers import Headers

import brotli
from dash import Dash
from flask import Flask
from whitenoise import WhiteNoise

from warehouse.engine import ROOT

_COMPRESSIBLE = {".js", ".css", ".svg", ".html", ".map"}
_PLOTLY = "_dash-component-suites/plotly/package_data/plotly.min.js"
_LATER = ("_dash-component-suites/dash/dcc/async-graph.js", "assets/fonts/inter-subset.woff2")
"""Asked for after the document: the graph component's chunk, the font."""
_ROOMS = sorted((ROOT / "assets" / "rooms").glob("*.*"))
"""Scripts and styles of documents without Dash."""

_YEAR = 365 * 24 * 3600
_HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",  # none of them is a page
}  # fmt: skip


def install(server: Flask, app: Dash, folder: Path) -> str:
    """Serve the files of ``app`` from a folder below ``folder``, made first where it is missing; returns its name."""
    root = build(server, app, folder)
    served = WhiteNoise(
        server.wsgi_app,
        root=str(root),
        max_age=_YEAR,
        allow_all_origins=False,
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=_add_headers,
    )
    server.wsgi_app = served  # type: ignore[method-assign]
    return root.name


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    for name, value in _HEADERS.items():
        headers[name] = value


def build(server: Flask, app: Dash, folder: Path) -> Path:
    """Copy and compress every script and style the document names; the folder is named by what they are."""
    contents = {url: _content(server, url) for url in _urls(app)}
    contents[_PLOTLY] = (ROOT / "assets" / "vendor" / "plotly-partial.min.js").read_bytes()
    digest = hashlib.sha256(b"".join(url.encode() + body for url, body in sorted(contents.items())))
    done = folder / digest.hexdigest()[:16]
    if done.is_dir():
        return done
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        fresh = Path(scratch) / "files"
        for url, body in contents.items():
            _write(fresh / url, body)
        with contextlib.suppress(OSError):  # another process was faster
            fresh.rename(done)
    return done


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    if path.suffix in _COMPRESSIBLE:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(body, 9, mtime=0))
        path.with_name(path.name + ".br").write_bytes(brotli.compress(body, quality=11))


def _urls(app: Dash) -> list[str]:
    with app.server.test_request_context("/"):
        document = app.index()
    rooms = {f"assets/rooms/{file.name}" for file in _ROOMS}
    return sorted(set(re.findall(r"(?:src|href)=\"/([^\"?]+)", document)) | set(_LATER) | rooms)


def _content(server: Flask, url: str) -> bytes:
    with server.test_client() as client, contextlib.closing(client.get(f"/{url}")) as response:
        return response.get_data()
