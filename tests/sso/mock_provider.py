"""Runs oidc-provider-mock on a free loopback port, and says which: python -m tests.sso.mock_provider USERS.

A process of its own: what it imports warns of things to come, and here warnings are errors.
"""

from __future__ import annotations

import json
import re
import sys

import oidc_provider_mock
from flask import Response
from werkzeug.serving import make_server


def stay_here(response: Response) -> Response:
    """Its pages without the style sheet they would fetch from elsewhere."""
    if response.mimetype == "text/html":
        response.set_data(re.sub(r"<link\b[^>]*>", "", response.get_data(as_text=True)))
    return response


def main() -> None:
    """Serve until the process is ended."""
    users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in json.loads(sys.argv[1]).items()]
    app = oidc_provider_mock.app(user_claims=users)
    app.after_request(stay_here)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
