"""Scope: the districts and domains a reader may see. Every query takes one first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, true

from warehouse.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Scope:
    """Districts and domains by code; None means all. Hashable, so that caches can be keyed by it."""

    districts: frozenset[str] | None = None
    domains: frozenset[str] | None = None

    @classmethod
    def everything(cls) -> Scope:
        """All districts and all domains."""
        return cls()

    def sees_district(self, code: str) -> bool:
        """Whether the reader may see a district."""
        return self.districts is None or code in self.districts

    def sees_domain(self, code: str) -> bool:
        """Whether the reader may see a domain."""
        return self.domains is None or code in self.domains

    def covers(self, other: Scope) -> bool:
        """Whether it sees everything another sees."""
        parts = ((self.districts, other.districts), (self.domains, other.domains))
        return all(mine is None or (theirs is not None and theirs <= mine) for mine, theirs in parts)

    def where(self, catalog: Catalog, table: Any) -> ColumnElement[bool]:
        """The condition on a fact table (with ``district_key`` and ``indicator_key``) that keeps to this scope."""
        conditions: list[ColumnElement[bool]] = []
        if self.districts is not None:
            keys = [d.key for d in catalog.districts.values() if d.code in self.districts]
            conditions.append(table.c.district_key.in_(keys))
        if self.domains is not None:
            keys = [i.key for i in catalog.indicators.values() if i.domain_code in self.domains]
            conditions.append(table.c.indicator_key.in_(keys))
        return and_(true(), *conditions)

    @property
    def key(self) -> str:
        """A stable text for cache keys."""
        parts = (self.districts, self.domains)
        return "|".join("*" if part is None else ",".join(sorted(part)) for part in parts)
