"""The load generator: ``python -m bench.load``, a process of its own, told what to do on stdin as JSON.

Threads with one connection each ask in turn, over loopback, keeping the connection where the server
does. The answer on stdout is JSON as well.
"""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Sequence
from itertools import count
from threading import Lock, Thread
from time import perf_counter
from typing import Any

HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate, br",
    "Content-Type": "application/json",
    "User-Agent": "bench",
}


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = HEADERS
        response, _ = self.ask("GET", "/", None)
        cookies = [value.partition(";")[0] for value in response.headers.get_all("Set-Cookie", [])]
        self._headers = HEADERS | sealed(cookies)

    def ask(self, method: str, path: str, body: str | None) -> tuple[http.client.HTTPResponse, bytes]:
        """Send and read all; once more where the server has closed a connection left idle."""
        data = None if body is None else body.encode()
        try:
            self._connection.request(method, path, data, self._headers)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            self._connection.close()
            self._connection.request(method, path, data, self._headers)
            response = self._connection.getresponse()
        return response, response.read()


def sealed(cookies: Sequence[str]) -> dict[str, str]:
    """The headers a browser sends that was given these cookies: Dash's renderer repeats one as a header."""
    if not cookies:
        return {}
    pairs = [cookie.partition("=") for cookie in cookies]
    token = next((value for name, _, value in pairs if name == "_csrf_token"), "")
    return {"Cookie": "; ".join(cookies), **({"X-CSRFToken": token} if token else {})}


def run(
    port: int, requests: Sequence[tuple[str, str, str | None]], concurrency: int, seconds: float, minimum: int
) -> dict[str, Any]:
    """Ask in turn for so many seconds, and at least so often; requests under way are waited for."""
    turns, lock = count(), Lock()
    latencies: list[float] = []
    failures = 0
    begin = perf_counter()

    def work() -> None:
        nonlocal failures
        client = Client(port)
        while perf_counter() - begin < seconds or len(latencies) < minimum:
            asked = requests[next(turns) % len(requests)]
            start = perf_counter()
            response, _ = client.ask(*asked)
            with lock:
                latencies.append((perf_counter() - start) * 1000)
                failures += response.status != 200

    threads = [Thread(target=work) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"latencies": latencies, "seconds": perf_counter() - begin, "failures": failures}


if __name__ == "__main__":
    json.dump(run(**json.load(sys.stdin)), sys.stdout)
