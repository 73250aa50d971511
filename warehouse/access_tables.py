"""Who may enter, and what was done: tables beside the star schema, in the same metadata.

Secrets stand here only as hashes: passwords as argon2id, tokens and session cookies as SHA-256 of
random values too long to guess.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from warehouse.tables import metadata as metadata
from warehouse.types import UtcDateTime


def _grant_columns() -> tuple[Column[Any], ...]:
    """A role, and what of the data it is for; an empty text would be nothing, so that no slip grants all."""
    return (
        Column("role", String(16), nullable=False, comment="administrator, head, steward, editor, viewer or screen"),
        Column(
            "districts",
            Text,
            nullable=False,
            comment="* for all, else codes separated by commas, each with all below it",
        ),
        Column("domains", Text, nullable=False, comment="* for all, else codes separated by commas"),
    )


account = Table(
    "account",
    metadata,
    Column("account_key", Integer, primary_key=True, comment="Surrogate key"),
    Column("username", String(64), nullable=False, unique=True, comment="Name to sign in with, lower case"),
    Column("display_name", Text, nullable=False, comment="Name people know"),
    *_grant_columns(),
    Column("signs_in_by", String(8), nullable=False, comment="password, or sso: single sign-on only"),
    Column("password_hash", Text, comment="argon2id; empty for single sign-on"),
    Column("password_set_at", UtcDateTime, comment="When the password was set"),
    Column("must_change", Boolean, nullable=False, comment="Whether the password is a first one, good only to set another"),
    Column("created_by", Text, nullable=False, comment="Who made it"),
    Column("created_at", UtcDateTime, nullable=False, comment="When"),
    Column("last_login_at", UtcDateTime, comment="Last time it was signed in to"),
    Column("disabled_at", UtcDateTime, comment="Since when it is closed; empty while it is open"),
    CheckConstraint("role in ('administrator','head','steward','editor','viewer')", name="role"),
    CheckConstraint("signs_in_by in ('password','sso')", name="signs_in_by"),
    comment="Account (账号) of a person",
)  # fmt: skip

access_token = Table(
    "access_token",
    metadata,
    Column("token_key", Integer, primary_key=True, comment="Surrogate key"),
    Column("name", String(64), nullable=False, unique=True, comment="What it is for, as people know it"),
    *_grant_columns(),
    Column("secret_sha256", String(64), nullable=False, unique=True, comment="Hash of the token"),
    Column("created_by", Text, nullable=False, comment="Who made it"),
    Column("created_at", UtcDateTime, nullable=False, comment="When"),
    Column("expires_at", UtcDateTime, nullable=False, comment="Until when it is good"),
    Column("last_used_at", UtcDateTime, comment="Last use, to the minute"),
    Column("last_address", String(64), comment="Where from"),
    Column("revoked_at", UtcDateTime, comment="Since when it is revoked"),
    CheckConstraint("role in ('viewer','screen')", name="role"),
    comment="Token (令牌) of a screen or a program; it only reads",
)

web_session = Table(
    "web_session",
    metadata,
    Column("session_key", Integer, primary_key=True, comment="Surrogate key"),
    Column("account_key", Integer, ForeignKey("account.account_key"), index=True, comment="Whose; empty for a screen's"),
    Column("token_key", Integer, ForeignKey("access_token.token_key"), index=True, comment="A screen's token; empty for a person's"),
    Column("secret_sha256", String(64), nullable=False, unique=True, comment="Hash of what the cookie holds"),
    Column("method", String(8), nullable=False, comment="password, oidc, header or token"),
    Column("address", String(64), nullable=False, comment="Where it began"),
    Column("user_agent", Text, nullable=False, comment="What the browser calls itself"),
    Column("created_at", UtcDateTime, nullable=False, comment="When it began"),
    Column("last_seen_at", UtcDateTime, nullable=False, comment="Last use, to the minute"),
    Column("ended_at", UtcDateTime, comment="When it was ended; empty while it may go on"),
    CheckConstraint("method in ('password','oidc','header','token')", name="method"),
    CheckConstraint("(account_key is null) <> (token_key is null)", name="owner"),
    comment="Session (会话): one browser signed in",
)  # fmt: skip

login_failure = Table(
    "login_failure",
    metadata,
    Column("name_sha256", String(64), primary_key=True, comment="Hash of the name tried, whether or not there is such an account"),
    Column("failures", Integer, nullable=False, comment="Wrong passwords in a row"),
    Column("failed_at", UtcDateTime, nullable=False, comment="The last of them"),
    Column("locked_until", UtcDateTime, comment="Until when nothing is tried"),
    comment="Wrong passwords by name, for the lock-out",
)  # fmt: skip

rate_count = Table(
    "rate_count",
    metadata,
    Column("key_sha256", String(64), primary_key=True, comment="Hash of limit, account or address, and window"),
    Column("hits", Integer, nullable=False, comment="How often in the window"),
    Column("expires_at", UtcDateTime, nullable=False, index=True, comment="End of the window"),
    comment="Counts of rate limits, shared by all processes",
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("entry_no", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 … without a gap"),
    Column("happened_at", UtcDateTime, nullable=False, comment="When"),
    Column("actor", Text, nullable=False, comment="Who: user:name, token:name, shell:name or public"),
    Column("address", String(64), nullable=False, comment="Where from; empty for a command"),
    Column("action", String(32), nullable=False, comment="What was done"),
    Column("subject", Text, nullable=False, comment="To what"),
    Column("detail", Text, nullable=False, comment="More, as JSON"),
    Column("previous_hash", String(64), nullable=False, unique=True, comment="Hash of the entry before; zeros for the first"),
    Column("entry_hash", String(64), nullable=False, unique=True, comment="SHA-256 over all other columns"),
    Index("ix_audit_entry_action", "action", "entry_no"),
    Index("ix_audit_entry_actor", "actor", "entry_no"),
    comment="Audit log (审计日志): append-only, each entry sealed by the hash of the one before",
)  # fmt: skip
