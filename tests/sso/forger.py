"""A small OpenID provider that checks what it is asked strictly, and forges whatever a test wants it to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CLIENT_ID, CLIENT_SECRET = "dabiao", "a secret of/the client's"
GONE = Ellipsis
"""As the value of a claim: it is left out."""


class Forger:
    """The provider; every attribute may be changed between two requests."""

    def __init__(self) -> None:
        self.key: ECKey | OctKey = ECKey.generate_key("P-256", {"kid": "1"})
        self.published = [self.key]
        self.header: dict[str, Any] = {"alg": "ES256", "kid": "1"}
        self.claims: dict[str, Any] = {"preferred_username": "li"}
        """Of the ID token, over the proper ones."""
        self.userinfo: Any = {"sub": "s-1"}
        self.metadata: dict[str, Any] = {}
        self.answers: dict[str, tuple[int, bytes]] = {}
        """By path: what is answered instead."""
        self.token: dict[str, Any] = {}
        """Over what the token endpoint answers."""
        self.asked: list[tuple[str, dict[str, str]]] = []
        """Path and parameters, in order."""
        self.accepts_post = False
        self.port = 0
        self._codes: dict[str, dict[str, str]] = {}

    @property
    def url(self) -> str:
        """The issuer."""
        return f"http://127.0.0.1:{self.port}"

    def count(self, path: str) -> int:
        """How often a path was asked."""
        return sum(1 for asked, _ in self.asked if asked == path)

    def answer(self, path: str, given: dict[str, str], authorization: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        self.asked.append((path, given))
        if path in self.answers:
            status, body = self.answers[path]
            return status, {}, body
        if path == "/authorize":
            return 302, {"Location": self._authorize(given)}, b""
        found = {
            "/.well-known/openid-configuration": lambda: self._discovery(),
            "/jwks": lambda: {"keys": [key.as_dict(private=isinstance(key, OctKey)) for key in self.published]},
            "/token": lambda: self._token(given, authorization),
            "/userinfo": lambda: self.userinfo if authorization == "Bearer access" else {},
        }[path]()
        status = 400 if isinstance(found, dict) and "error" in found else 200
        return status, {"Content-Type": "application/json"}, json.dumps(found).encode()

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        } | self.metadata

    def _authorize(self, given: dict[str, str]) -> str:
        assert given["response_type"] == "code"
        assert given["code_challenge_method"] == "S256"
        assert given["client_id"] == CLIENT_ID
        assert "openid" in given["scope"].split()
        code = secrets.token_hex()
        self._codes[code] = given
        return given["redirect_uri"] + "?" + urlencode({"code": code, "state": given["state"]})

    def _token(self, given: dict[str, str], authorization: str) -> dict[str, Any]:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        quoted = base64.b64encode(f"{CLIENT_ID}:{quote(CLIENT_SECRET, safe='')}".encode()).decode()
        is_post = (given.get("client_id"), given.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if not (self.accepts_post and is_post) and authorization not in (f"Basic {basic}", f"Basic {quoted}"):
            return {"error": "invalid_client"}
        begun = self._codes.pop(given["code"], None)
        if begun is None or begun["redirect_uri"] != given["redirect_uri"]:
            return {"error": "invalid_grant", "error_description": f"no code {given['code']}"}
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        if begun["code_challenge"] != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
            return {"error": "invalid_grant"}
        proper = {"iss": self.url, "sub": "s-1", "aud": CLIENT_ID, "exp": int(time.time()) + 300,
                  "iat": int(time.time()), "nonce": begun["nonce"]}  # fmt: skip
        claims = {name: value for name, value in (proper | self.claims).items() if value is not GONE}
        token = {"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": self._sign(claims)}
        return {name: value for name, value in (token | self.token).items() if value is not GONE}

    def _sign(self, claims: dict[str, Any]) -> str:
        if self.header["alg"] in ("none", "HS256"):
            signed = ".".join(_encode(json.dumps(part).encode()) for part in (self.header, claims))
            secret = self.key.raw_value if isinstance(self.key, OctKey) else self.key.as_pem(private=False)
            mac = hmac.digest(secret, signed.encode(), "sha256")
            return f"{signed}.{_encode(mac) if self.header['alg'] == 'HS256' else ''}"
        return jwt.encode(self.header, claims, self.key, algorithms=["ES256"])


@contextmanager
def run_forger() -> Iterator[Forger]:
    """The provider on a free loopback port."""
    forger = Forger()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._give(parts.path, parts.query)

        def do_POST(self) -> None:
            self._give(self.path, self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _give(self, path: str, text: str) -> None:
            status, headers, body = forger.answer(path, dict(parse_qsl(text)), self.headers.get("Authorization", ""))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        forger.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield forger
        finally:
            server.shutdown()
            thread.join()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
