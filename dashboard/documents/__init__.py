"""Pages with forms: signing in, account, users, tokens, audit, rules, files sent in. Whole documents without scripts.

Each module has ``install(server, office)``; ``office`` holds what they share. They never import each other.
"""

from __future__ import annotations

import flask

from dashboard.documents import (
    actions,
    audit_log,
    batches,
    bulletin,
    digest,
    entry,
    exports,
    meetings,
    oidc,
    own_account,
    reminders,
    rules,
    screens,
    tokens,
    uploads,
    users,
)
from dashboard.documents.office import Office

_MODULES = (
    entry, oidc, own_account, users, tokens, audit_log, rules, uploads, batches,
    actions, reminders, meetings, digest, bulletin, exports, screens,
)  # fmt: skip


def install(server: flask.Flask, office: Office) -> None:
    """Route all of them."""
    for module in _MODULES:
        module.install(server, office)
