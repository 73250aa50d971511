"""Who reports when: batches and sources by year and half-year, and the districts that are late or silent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from etl.demo.places import chance
from warehouse.measures.period import Period, span

PUBLISHER = "演示省民政厅（虚构）"
NOTE = "演示数据，全部虚构，不得引用。Demo data, all made up; not to be cited."


@dataclass(slots=True)
class Batch:
    """A batch of facts, and how many it brought."""

    name: str
    at: datetime
    key: int = 0
    added: int = 0
    corrected: int = 0

    def row(self, seed: int) -> dict[str, Any]:
        """The row of ``load_batch``."""
        rows = self.added + self.corrected
        return {
            "file_name": f"demo/{self.name}.xlsx", "sha256": hashlib.sha256(f"{seed}/{self.name}".encode()).hexdigest(),
            "loaded_by": "demo", "loaded_at": self.at, "rows_in": rows, "rows_accepted": rows, "rows_rejected": 0,
            "facts_added": self.added, "facts_corrected": self.corrected, "facts_withdrawn": 0, "state": "published",
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Books:
    """Every batch by what it holds. Instants are made from the periods, never read off a clock."""

    plans: dict[int, Batch]
    returns: dict[Period, Batch]
    late: dict[Period, Batch]
    """Late returns, corrections of what came in time, and plans adjusted at mid-year."""

    def __iter__(self) -> Iterator[Batch]:
        """In the order they were loaded."""
        batches = (*self.plans.values(), *self.returns.values(), *self.late.values())
        return iter(sorted(batches, key=lambda batch: batch.at))


def open_books(years: range) -> Books:
    """The batches of so many years: a plan in January, returns two weeks after each half-year,
    and two months later what was late or wrong."""
    periods = list(span(Period(years.start, 1), Period(years.stop - 1, 2)))
    return Books(
        plans={year: Batch(f"plan-{year}", datetime(year, 1, 25, 2, tzinfo=UTC)) for year in years},
        returns={p: Batch(f"returns-{p.code}", _after(p, 1, 15)) for p in periods},
        late={p: Batch(f"late-{p.code}", _after(p, 3, 10)) for p in periods},
    )


def sources(books: Books) -> list[dict[str, Any]]:
    """The rows of ``dim_source``."""
    named = [(plan_source(year), f"演示：{year}年民政工作计划", batch.at) for year, batch in books.plans.items()]
    for period, batch in books.returns.items():
        half = f"{period.year}年{'上' if period.semester == 1 else '下'}半年"
        named.append((return_source(period), f"演示：{half}民政统计报表", batch.at))
        named.append((correction_source(period), f"演示：{half}报表更正与计划调整", books.late[period].at))
    return [
        {
            "source_code": code, "kind": "demo", "title": title, "publisher": PUBLISHER, "published_on": at.date(),
            "document_no": None, "sha256": None, "note": NOTE,
        }
        for code, title, at in named
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attendance:
    """Which districts were late with a half-year, and which never reported the last one."""

    last: Period
    silent: frozenset[str]
    late: dict[Period, frozenset[str]] = field(default_factory=dict)

    def is_silent(self, code: str, period: Period) -> bool:
        """Whether the district reports nothing for the half-year."""
        return period == self.last and code in self.silent

    def is_late(self, code: str, period: Period) -> bool:
        """Whether the district's return comes with the late batch."""
        return code in self.late.get(period, ())


def attendance(codes: Sequence[str], periods: Sequence[Period], seed: int) -> Attendance:
    """One or two districts silent and a few late in the last half-year, hardly any before."""
    rng, count = chance(seed, "attendance"), len(codes)
    silent = set(rng.sample(codes, 0 if count < 4 else 1 if count < 12 else 2))
    others = [code for code in codes if code not in silent]
    late = {period: frozenset(rng.sample(others, min(1, count // 8))) for period in periods[:-1]}
    late[periods[-1]] = frozenset(rng.sample(others, 0 if count < 4 else min(6, 1 + count // 8)))
    return Attendance(periods[-1], frozenset(silent), late)


def plan_source(year: int) -> str:
    """Source code of a year's plan."""
    return f"demo-plan-{year}"


def return_source(period: Period) -> str:
    """Source code of a half-year's return."""
    return f"demo-returns-{period.code}"


def correction_source(period: Period) -> str:
    """Source code of what was corrected after a half-year's return."""
    return f"demo-corrections-{period.code}"


def _after(period: Period, months: int, day: int) -> datetime:
    """A day in the so-manieth month after the half-year."""
    year, month = (period.year, 6 + months) if period.semester == 1 else (period.year + 1, months)
    return datetime(year, month, day, 2, tzinfo=UTC)
