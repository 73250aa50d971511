"""Every version of the rules, and who made it, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from warehouse import tables as t
from warehouse.catalog import release
from warehouse.queries.mart import mart


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of a version: for whom (None: all), what is set (None: as the less specific line says), and why."""

    domain_code: str | None = None
    indicator_code: str | None = None
    amber_share: Decimal | None = None
    s1_share: Decimal | None = None
    weight: Decimal | None = None
    note_zh: str | None = None
    note_en: str | None = None

    @property
    def scope(self) -> tuple[str | None, str | None]:
        """For whom: domain and indicator."""
        return self.domain_code, self.indicator_code


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """规则版本: a complete set of lines. Those of data/reference/rules.csv have no maker."""

    version: str
    is_in_force: bool
    lines: tuple[RuleLine, ...]
    previous_version: str | None = None
    made_by: str | None = None
    made_at: datetime | None = None
    reason: str | None = None
    lights_changed: int | None = None


def fetch_version_in_force(connection: Connection, as_of: datetime) -> str | None:
    """The version in force at a moment: the one the mart was judged by then, or made last before; None if unknown."""
    m, c = mart(as_of), t.rule_change.c
    made = select(c.rule_version).where(c.made_at <= as_of).order_by(c.made_at.desc()).limit(1)
    replaced = select(c.previous_version).order_by(c.made_at).limit(1)
    for query in (select(m.c.rule_version).limit(1), made, replaced):
        version: str | None = connection.execute(query).scalar_one_or_none()
        if version is not None:
            return version
    return None


def fetch_rule_versions(connection: Connection) -> list[RuleVersion]:
    """Every version with its lines, the one for all first; newest first, which is the one in force."""
    r = t.dim_rule.c
    lines: dict[str, list[RuleLine]] = {}
    for version, *values in connection.execute(
        select(
            r.rule_version, r.domain_code, r.indicator_code, r.amber_share, r.s1_share, r.weight, r.note_zh, r.note_en
        )
    ):
        lines.setdefault(version, []).append(RuleLine(*values))
    made = {row.rule_version: row for row in connection.execute(select(t.rule_change))}
    versions = sorted(lines, key=release, reverse=True)
    return [
        RuleVersion(
            version,
            version == versions[0],
            tuple(sorted(lines[version], key=lambda line: (line.domain_code or "", line.indicator_code or ""))),
            *(made[version][1:] if version in made else ()),
        )
        for version in versions
    ]
