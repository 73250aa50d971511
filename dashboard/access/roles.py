"""Roles and rights. Pure: what a role may do, and what of the data a grant covers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from warehouse.catalog import Catalog
from warehouse.scope import Scope

ALL = "*"


class Right(StrEnum):
    """What one may do."""

    SEE = "see"
    """Read every page, within one's scope."""
    WATCH = "watch"
    """Open screens (大屏), within one's scope."""
    EXPORT = "export"
    """Take tables along as files."""
    OWN_ACCOUNT = "own_account"
    """Change one's own password and end one's own sessions."""
    MANAGE = "manage"
    """Accounts, tokens, and everybody's sessions."""
    AUDIT = "audit"
    """Read the audit log."""
    RULES = "rules"
    """Change thresholds, first-half shares and weights."""
    REVIEW = "review"
    """See the files sent in, with what they would change, before it counts."""
    UPLOAD = "upload"
    """Send files in, put right how they are read, and hand them over for approval."""
    APPROVE = "approve"
    """Publish what was sent in, and take it back."""
    DECIDE = "decide"
    """Hold meetings, enter action items, and say what becomes of them."""
    ANSWER = "answer"
    """Report on the action items of one's own districts."""


class Role(StrEnum):
    """Who one is."""

    ADMINISTRATOR = "administrator"
    HEAD = "head"
    STEWARD = "steward"
    EDITOR = "editor"
    VIEWER = "viewer"
    SCREEN = "screen"
    PUBLIC = "public"
    NOBODY = "nobody"


READING = frozenset({Right.SEE, Right.WATCH, Right.EXPORT})
"""All that tokens and the public can ever have, whatever the role."""
_PERSON = READING | {Right.OWN_ACCOUNT}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.HEAD: _PERSON | {Right.REVIEW, Right.DECIDE},
    Role.STEWARD: _PERSON | {Right.REVIEW, Right.UPLOAD, Right.APPROVE, Right.DECIDE},
    Role.EDITOR: _PERSON | {Right.REVIEW, Right.UPLOAD, Right.ANSWER},
    Role.VIEWER: _PERSON,
    Role.SCREEN: frozenset({Right.WATCH}),
    Role.PUBLIC: READING,
    Role.NOBODY: frozenset(),
}
ACCOUNT_ROLES = (Role.ADMINISTRATOR, Role.HEAD, Role.STEWARD, Role.EDITOR, Role.VIEWER)
TOKEN_ROLES = (Role.VIEWER, Role.SCREEN)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, a set of subtrees of districts, and a set of domains; None means all."""

    role: Role
    districts: frozenset[str] | None = None
    domains: frozenset[str] | None = None

    @classmethod
    def of(cls, role: str, districts: str, domains: str) -> Grant:
        """A grant as the tables hold it: ``*`` for all, else codes separated by commas."""
        return cls(Role(role), _parse(districts), _parse(domains))

    def columns(self) -> dict[str, str]:
        """The grant as the tables hold it."""
        return {"role": str(self.role), "districts": _text(self.districts), "domains": _text(self.domains)}

    @property
    def is_everything(self) -> bool:
        """Whether it covers all districts and all domains."""
        return self.districts is None and self.domains is None

    def top(self, catalog: Catalog) -> str | None:
        """The one district everything else it covers lies below; None for all, several or none."""
        known = catalog.district_by_code
        named = {code for code in self.districts or () if code in known}
        tops = [code for code in named if not any(above.code in named for above in catalog.ancestors(known[code]))]
        return tops[0] if len(tops) == 1 else None

    def scope(self, catalog: Catalog) -> Scope:
        """The districts named with everything below them, and the domains."""
        if self.districts is None:
            return Scope(None, self.domains)
        below = {
            d.code
            for d in catalog.districts.values()
            if d.code in self.districts or any(above.code in self.districts for above in catalog.ancestors(d))
        }
        return Scope(frozenset(below), self.domains)


def _parse(text: str) -> frozenset[str] | None:
    return None if text == ALL else frozenset(filter(None, (code.strip() for code in text.split(","))))


def _text(codes: frozenset[str] | None) -> str:
    return ALL if codes is None else ",".join(sorted(codes))
