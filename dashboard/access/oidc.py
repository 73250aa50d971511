"""OpenID Connect: the authorization code flow with PKCE, state and nonce; Authlib does the protocol.

What a try needs until it comes back (state, nonce, code verifier, where to go then) stands in the signed session
cookie. The provider is asked what it can do at the first try, not at start, and anew after every failure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import flask
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App

from dashboard.settings import Oidc

TIMEOUT_SECONDS = 5
_NAME = "oidc"
_STATES = f"_state_{_NAME}_"
"""How Authlib begins the names of what it keeps in the session."""
_TRIES = 3
"""Tabs in which one may be signing in at once; older tries are forgotten, or the cookie would grow."""
_LONGEST_TARGET = 400
_LEEWAY_SECONDS = 60
_DISCOVERED_FOR = timedelta(hours=1)
_SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


class _Tries(FlaskIntegration):  # type: ignore[misc]
    expires_in = 600


class OidcError(Exception):
    """A try that failed.

    ``reason`` is ``unreachable``, ``answer`` (of the provider, and not good), ``claim`` (no name in it), ``denied``
    (by the reader or the provider), or ``state`` (not begun here, or over, or used); ``target`` is where it was to go.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail, self.target = reason, detail, "/"


class Provider:
    """The provider of single sign-on, as far as this process knows it."""

    def __init__(self, oidc: Oidc, redirect_uri: str, now: Callable[[], datetime]) -> None:
        self._oidc, self._redirect_uri, self._now = oidc, redirect_uri, now
        self._known: Any = None
        self._since = datetime.min

    def begin(self, target: str) -> str:
        """Where to send the reader, who shall come to ``target`` in the end. Errors: OidcError."""
        try:
            client = self._client()
            try_ = client.create_authorization_url(self._redirect_uri)
        except Exception as error:  # whatever is answered there, here it is no crash
            raise self._failure(error) from error
        _forget_old_tries()
        kept = {name: try_[name] for name in ("state", "nonce", "code_verifier")}
        client.save_authorize_data(redirect_uri=self._redirect_uri, target=_short(target), **kept)
        return str(try_["url"])

    def finish(self) -> tuple[str, str]:
        """Whom the provider names, and where to go, from the request that came back. Errors: OidcError."""
        try_ = flask.session.pop(_STATES + flask.request.args.get("state", ""), None)
        if not isinstance(try_, dict) or try_["exp"] < time.time():
            raise OidcError("state")
        target = str(try_["data"].get("target", "/"))
        try:
            return self._finish(try_["data"]), target
        except OidcError as error:
            error.target = target
            raise

    def _finish(self, kept: dict[str, Any]) -> str:
        arguments = flask.request.args
        if "error" in arguments:
            is_denied = arguments["error"] == "access_denied"
            raise OidcError("denied" if is_denied else "answer", _word(arguments["error"]))
        try:
            client = self._client()
            client.framework.set_state_data(flask.session, arguments["state"], kept)  # Authlib takes it from there
            said = self._ask_name(client)
        except Exception as error:
            flask.session.pop(_STATES + arguments["state"], None)
            raise self._failure(error) from error
        if not isinstance(said, str) or not said.strip():
            raise OidcError("claim", f"{self._oidc.claim} is {type(said).__name__}")
        return said

    def _ask_name(self, client: Any) -> Any:
        """Code → tokens → the claim that names an account: of the ID token, else of what the provider tells besides."""
        metadata, claim = client.server_metadata, self._oidc.claim
        options = {
            "iss": {"essential": True, "values": [metadata["issuer"]]},
            "aud": {"essential": True, "values": [self._oidc.client_id]},
        }
        token = client.authorize_access_token(claims_options=options, leeway=_LEEWAY_SECONDS)
        claims: Mapping[str, Any] | None = token.get("userinfo")
        if claims is None:
            raise ValueError("no ID token")
        if claim not in claims and metadata.get("userinfo_endpoint"):
            more = client.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise ValueError("claims about somebody else")
            claims = more
        if claim == "email" and claims.get("email_verified") is False:
            raise OidcError("claim", "email is not verified")
        return claims.get(claim)

    def _client(self) -> Any:
        """Authlib's client, with what the provider says of itself."""
        if self._known is None or self._since + _DISCOVERED_FOR <= self._now():
            self._known, self._since = self._discover(), self._now()
        return self._known

    def _discover(self) -> Any:
        oidc = self._oidc
        scope = "openid profile email" if oidc.claim.startswith("email") else "openid profile"
        options = {"scope": scope, "code_challenge_method": "S256", "default_timeout": TIMEOUT_SECONDS}
        client = FlaskOAuth2App(
            _Tries(_NAME), _NAME, client_id=oidc.client_id, client_secret=oidc.client_secret, client_kwargs=options,
            server_metadata_url=f"{oidc.issuer}/.well-known/openid-configuration",
        )  # fmt: skip
        metadata = client.load_server_metadata()
        if str(metadata["issuer"]).rstrip("/") != oidc.issuer:
            raise ValueError("another issuer")
        if not str(metadata["authorization_endpoint"]).startswith(("https://", "http://")):
            raise ValueError("no authorization_endpoint")
        signatures = [x for x in metadata.get("id_token_signing_alg_values_supported") or () if x in _SIGNATURES]
        metadata["id_token_signing_alg_values_supported"] = signatures or ["RS256"]
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" not in methods and "client_secret_post" in methods:
            client.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105
        return client

    def _failure(self, error: Exception) -> OidcError:
        """What went wrong, without what the provider says in its own words: they could hold a code."""
        self._known = None  # keys and addresses may be others by now
        if isinstance(error, OidcError):
            return error
        if isinstance(error, AuthlibBaseError):
            word = _word(error.error)
            return OidcError("state" if word == "invalid_grant" else "answer", word)
        is_silent = isinstance(error, OSError)  # as all errors of requests are
        return OidcError("unreachable" if is_silent else "answer", f"{type(error).__name__}: {error}"[:300])


def _forget_old_tries() -> None:
    """Those that are over, and all but the newest."""
    tries = [key for key in flask.session if key.startswith(_STATES)]
    tries.sort(key=lambda key: flask.session[key]["exp"], reverse=True)
    for place, key in enumerate(tries, start=2):
        if place > _TRIES or flask.session[key]["exp"] < time.time():
            del flask.session[key]


def _short(target: str) -> str:
    """A link that fits into a cookie: without its query, or not at all, where it is too long."""
    for text in (target, target.partition("?")[0]):
        if len(ascii(text)) <= _LONGEST_TARGET:
            return text
    return "/"


def _word(text: Any) -> str:
    """A provider's error code; anything else is left out."""
    return text if isinstance(text, str) and text.isascii() and text.isidentifier() and len(text) <= 60 else "?"
