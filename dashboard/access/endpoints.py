"""What each endpoint asks of whoever calls it. One that is named nowhere does not exist."""

from __future__ import annotations

from dashboard.access.roles import Right

PAGES, CALLBACKS = "/<path:path>", "/_dash-update-component"

OPEN = frozenset({
    "/healthz",
    "login", "sign_in", "sign_in_device", "oidc_begin", "oidc_return",
    "_dash_assets.static", "/_favicon.ico", "screen_worker",
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
})  # fmt: skip
"""Endpoints that answer everybody: health, login, static files. There is nothing else."""

RIGHTS_NEEDED: dict[str, Right] = {
    "/": Right.SEE,
    PAGES: Right.SEE,
    "/_dash-layout": Right.SEE,
    "/_dash-dependencies": Right.SEE,
    CALLBACKS: Right.SEE,
    "download_csv": Right.EXPORT,
    "download_chase": Right.EXPORT,
    "download_scorecard": Right.EXPORT,
    "download_map": Right.EXPORT,
    "district_digest": Right.SEE,
    "download_page": Right.EXPORT,
    "export_bulletin": Right.EXPORT,
    "exports": Right.EXPORT,
    "export": Right.EXPORT,
    "export_state": Right.EXPORT,
    "cancel_export": Right.EXPORT,
    "export_again": Right.EXPORT,
    "export_file": Right.EXPORT,
    "bulletin": Right.EXPORT,
    "account": Right.OWN_ACCOUNT,
    "change_password": Right.OWN_ACCOUNT,
    "end_own_session": Right.OWN_ACCOUNT,
    "users": Right.MANAGE,
    "user": Right.MANAGE,
    "add_user": Right.MANAGE,
    "change_user": Right.MANAGE,
    "disable_user": Right.MANAGE,
    "enable_user": Right.MANAGE,
    "reset_user": Right.MANAGE,
    "end_session": Right.MANAGE,
    "tokens": Right.MANAGE,
    "add_token": Right.MANAGE,
    "revoke_token": Right.MANAGE,
    "audit": Right.AUDIT,
    "download_audit": Right.AUDIT,
    "rules": Right.RULES,
    "preview_rules": Right.RULES,
    "change_rules": Right.RULES,
    "uploads": Right.REVIEW,
    "upload": Right.REVIEW,
    "download_marked": Right.REVIEW,
    "download_upload": Right.REVIEW,
    "send_up": Right.UPLOAD,
    "answer_upload": Right.UPLOAD,
    "stage_upload": Right.UPLOAD,
    "discard_upload": Right.UPLOAD,
    "download_template": Right.UPLOAD,
    "batch": Right.REVIEW,
    "approve_batch": Right.APPROVE,
    "discard_batch": Right.UPLOAD,
    "undo_preview": Right.APPROVE,
    "undo_batch": Right.APPROVE,
    "actions": Right.SEE,
    "action": Right.SEE,
    "new_action": Right.DECIDE,
    "add_action": Right.DECIDE,
    "decide_action": Right.DECIDE,
    "answer_action": Right.ANSWER,
    "reminders": Right.DECIDE,
    "download_reminders": Right.DECIDE,
    "meetings": Right.SEE,
    "add_meeting": Right.DECIDE,
    "meeting": Right.SEE,
    "meeting_qr": Right.SEE,
    "short_link": Right.SEE,
    "presenter": Right.DECIDE,
    "write_note": Right.DECIDE,
    "screen": Right.WATCH,
    "screen_state": Right.WATCH,
    "screen_view": Right.WATCH,
    "screens": Right.MANAGE,
    "add_screen": Right.MANAGE,
    "edit_screen": Right.MANAGE,
    "change_screen": Right.MANAGE,
    "copy_screen": Right.MANAGE,
    "delete_screen": Right.MANAGE,
    "preview_screen": Right.MANAGE,
    "add_device": Right.MANAGE,
}
"""What each other endpoint needs."""

WITH_FILE = frozenset({"send_up"})
"""Endpoints whose forms carry a file, and may be larger than any other."""

WATCHING = frozenset({"screen", "screen_state", "screen_view"})
"""Endpoints of walls: they know devices by a cookie of their own, and are never led to a login form."""

ASKED_BY_ITSELF = frozenset({"screen_state", "screen_view"})
"""Endpoints a page asks with nobody there: they keep no person's session from growing idle."""

SIGNED_IN = frozenset({"logout"})
"""Endpoints for whoever has signed in, whatever the role."""
