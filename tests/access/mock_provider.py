"""Runs oidc-provider-mock on a free loopback port, and says which: python -m tests.access.mock_provider USERS.

A process of its own: what it imports warns of things to come, and here warnings are errors.
"""

from __future__ import annotations

import json
import sys

import oidc_provider_mock
from werkzeug.serving import make_server


def main() -> None:
    """Serve until the process is ended."""
    users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in json.loads(sys.argv[1]).items()]
    server = make_server("127.0.0.1", 0, oidc_provider_mock.app(user_claims=users), threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
