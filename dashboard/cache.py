"""Answers of callbacks, kept compressed by data version, scope, day and question.

Every callback is a pure function of these, so an answer is right until one of them changes.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from flask import Flask, Response, g, request

CALLBACKS = "/_dash-update-component"
VERSION_HEADER = "Dabiao-Version"
"""Names what an answer was made from; a page that meets another one loads itself again (assets/05_connection.js)."""
_SMALL = 600
_LEVEL = 6


class AnswerCache:
    """Bodies by key, the least recently used dropped first when ``max_bytes`` is reached."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self._bytes = max_bytes, 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        """The body, or None."""
        with self._lock:
            body = self._bodies.get(key)
            if body is not None:
                self._bodies.move_to_end(key)
            return body

    def put(self, key: str, body: bytes) -> None:
        """Keep a body."""
        with self._lock:
            self._bytes += len(body) - len(self._bodies.pop(key, b""))
            self._bodies[key] = body
            while self._bytes > self._max_bytes and self._bodies:
                self._bytes -= len(self._bodies.popitem(last=False)[1])


def install(server: Flask, cache: AnswerCache, made_from: Callable[[], str], asked_by: Callable[[], str]) -> None:
    """Answer callbacks from the cache; ``made_from`` names data version, scope and day, ``asked_by`` the reader.

    Readers of one scope share answers; the version a page is told also names the reader, so that a page
    of somebody who signed out in another tab loads itself again.
    """

    @server.before_request
    def from_cache() -> Response | None:
        if request.path != CALLBACKS or request.method != "POST":
            return None
        question = hashlib.sha256(request.get_data(cache=True)).hexdigest()
        version = made_from()
        g.answer_version = hashlib.sha256(f"{version}|{asked_by()}".encode()).hexdigest()[:16]
        g.answer_key = f"{version}|{question}"
        body = cache.get(g.answer_key)
        return None if body is None else _respond(body)

    @server.after_request
    def into_cache(response: Response) -> Response:
        key, version = g.pop("answer_key", None), g.pop("answer_version", None)
        if version is not None:
            response.headers[VERSION_HEADER] = version
        if key is None or response.status_code != 200 or response.headers.get("Content-Encoding"):
            return response
        body = gzip.compress(response.get_data(), _LEVEL, mtime=0)
        if not g.get("failed", False):
            cache.put(key, body)
        if len(body) > _SMALL:
            response = _respond(body)
            response.headers[VERSION_HEADER] = version
        return response


def _respond(body: bytes) -> Response:
    """A kept body, unpacked for the rare client that takes no gzip."""
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(gzip.decompress(body), mimetype="application/json")
    response = Response(body, mimetype="application/json")
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response
