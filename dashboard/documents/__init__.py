"""Pages with forms: signing in, account, users, tokens, audit, rules, files sent in. Whole documents without scripts.

Each module has ``install(server, office)``; ``office`` holds what they share. They never import each other.
"""

from __future__ import annotations

import flask

from dashboard.documents import audit_log, batches, entry, oidc, own_account, rules, screens, tokens, uploads, users
from dashboard.documents.office import Office


def install(server: flask.Flask, office: Office) -> None:
    """Route all of them."""
    for module in (entry, oidc, own_account, users, tokens, audit_log, rules, uploads, batches, screens):
        module.install(server, office)
