"""Static files: compressed once, cached for good, and everything the document asks for among them."""

from __future__ import annotations

import gzip
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import brotli
import pytest
from dash import Dash
from werkzeug.test import Client, TestResponse

from dashboard import static
from warehouse.engine import ROOT

FONT = "/assets/fonts/inter-subset.woff2"
PLOTLY = "/_dash-component-suites/plotly/package_data/plotly.min.js"
GRAPH = "/_dash-component-suites/dash/dcc/async-graph.js"


@pytest.fixture
def client(app: Dash) -> Client:
    """Asks the WSGI application itself, as gunicorn does."""
    return Client(app.server.wsgi_app)


def get(client: Client, link: str, encoding: str = "identity") -> tuple[TestResponse, bytes]:
    """A response and its body."""
    with closing(client.get(link, headers={"Accept-Encoding": encoding})) as response:
        return response, response.get_data()


def links(client: Client) -> list[str]:
    """What the document asks for, and what comes later."""
    _, document = get(client, "/")
    named = re.findall(r'(?:src|href)="(/[^"#]+)"', document.decode())
    return [*(link for link in named if "favicon" not in link), PLOTLY, GRAPH, FONT]


def test_every_file_is_cached_for_a_year_and_compressed_three_ways(client: Client) -> None:
    found = links(client)
    assert len(found) > 12
    for link in found:
        plain, body = get(client, link)
        assert plain.status_code == 200, link
        assert body
        assert "Content-Encoding" not in plain.headers
        assert "max-age=31536000" in plain.headers["Cache-Control"]
        assert "public" in plain.headers["Cache-Control"]
        if link == FONT:
            continue
        assert "Accept-Encoding" in plain.headers["Vary"]
        for encoding, unpack in (
            ("br", brotli.decompress),
            ("gzip", gzip.decompress),
            ("gzip, deflate, br, zstd", brotli.decompress),
        ):
            packed, content = get(client, link, encoding)
            assert packed.headers["Content-Encoding"] == encoding.split(", ")[-2 if "," in encoding else 0]
            assert unpack(content) == body
            assert len(content) < len(body)


def test_files_have_their_types(client: Client) -> None:
    for link in links(client):
        kind = get(client, link)[0].mimetype
        suffix = link.partition("?")[0].rpartition(".")[2]
        assert (
            kind
            in {"js": ("text/javascript", "application/javascript"), "css": ("text/css",), "woff2": ("font/woff2",)}[
                suffix
            ]
        )


def test_plotly_is_the_small_bundle(client: Client) -> None:
    _, body = get(client, PLOTLY)
    assert body == (ROOT / "assets" / "vendor" / "plotly-partial.min.js").read_bytes()
    assert len(body) < 2_000_000


def test_no_file_outside_is_served(client: Client) -> None:
    suite = "/_dash-component-suites/dash"
    for link in (
        "/assets/../app.py", "/assets/%2e%2e/app.py", "/app.py", "/data/sources.csv", "/assets/", "/assets",
        "/.git/config", f"{suite}/../../../app.py", f"{suite}/dcc/gone.js", "//etc/passwd",
    ):  # fmt: skip
        response, body = get(client, link)
        assert b"create_app" not in body
        assert b"source_code" not in body
        assert response.status_code in (301, 302, 308, 404), link


def test_the_first_document_needs_few_bytes(client: Client) -> None:
    """The whole page, with its chart library, fits in a megabyte."""
    assert sum(len(get(client, link, "br")[1]) for link in links(client)) < 1_000_000


def test_the_copies_are_made_once(app: Dash, static_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(static, "_write", refuse)
    done = static.build(app.server, app, static_folder)
    assert done.parent == static_folder
    assert done.is_dir()


def test_other_contents_get_a_folder_of_their_own(app: Dash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = {"assets/a.css": b"a{}" * 50, "assets/b.woff2": b"font"}
    monkeypatch.setattr(static, "_urls", lambda app: list(contents))
    monkeypatch.setattr(static, "_content", lambda server, url: contents[url])
    monkeypatch.setattr(static, "_PLOTLY", "plotly.js")
    monkeypatch.setattr(static.brotli, "compress", lambda body, quality: b"br" + body[:3])
    first = static.build(app.server, app, tmp_path)
    assert (first / "assets" / "a.css").read_bytes() == contents["assets/a.css"]
    names = {path.name for path in first.rglob("*") if path.is_file()}
    assert names == {"a.css", "a.css.br", "a.css.gz", "b.woff2", "plotly.js", "plotly.js.br", "plotly.js.gz"}
    contents["assets/a.css"] = b"b{}" * 50
    second = static.build(app.server, app, tmp_path)
    assert second != first
    assert set(tmp_path.iterdir()) == {first, second}, "nothing half made is left behind"


def test_a_process_that_comes_second_takes_what_the_first_made(
    app: Dash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static, "_urls", lambda app: ["assets/a.css"])
    monkeypatch.setattr(static, "_content", lambda server, url: b"a{}")
    monkeypatch.setattr(static.brotli, "compress", lambda body, quality: body)
    write, others = static._write, []

    def slow(path: Path, body: bytes) -> None:
        if not others:
            others.append(None)
            others[0] = static.build(app.server, app, tmp_path)
        write(path, body)

    monkeypatch.setattr(static, "_write", slow)
    assert static.build(app.server, app, tmp_path) == others[0]
    assert list(tmp_path.iterdir()) == others
