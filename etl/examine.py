"""Examine: a file → what it would change. Pure reading; check, load, look, stage and approve all begin here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from etl import load as loading
from etl.codebook import Codebook
from etl.conform import Blanked, Conformed, Origin, grain_of, locator_of
from etl.fates import Fate
from etl.findings import Finding
from etl.history import fetch_history
from etl.interpret import Interpreted, interpret
from etl.layout import Answers
from etl.layout_memory import remembered_of
from etl.load import Changes
from etl.notes import notes_of
from etl.plain_actuals import OWN_SOURCE
from etl.reading import Limits, read_book
from etl.reference import read_aliases
from etl.results import FileResult, Lights
from etl.sheets import Book
from warehouse import tables as t
from warehouse.catalog import fetch_catalog
from warehouse.scope import Scope

_BLANK_GRAIN = ("indicator_key", "district_key", "breakdown_key", "period_key")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file is to be understood, and by whom it was brought."""

    answers: Answers = field(default_factory=Answers)
    scope: Scope = field(default_factory=Scope.everything)
    """What the person may bring figures of; others are refused."""
    sender: str | None = None
    """Whose layouts are remembered for it."""
    mirrored_file: str | None = None
    """The name under which the file is the whole truth for what it brought before; see ``load.diff``."""


PLAINLY = Asked()
"""Nothing stated, by someone who may bring anything."""


def read(name: str, content: bytes) -> Book:
    """The sheets of a file. Errors: FileError for what cannot be read."""
    return read_book(name, content, Limits.from_environment())


@dataclass(frozen=True)
class Examined:
    """A file with what it would change."""

    file: Book
    read: Interpreted
    changes: tuple[Changes, ...]
    blanks: tuple[dict[str, Any], ...]
    """Reasons for blanks that are not known yet, as ``blank_reason`` has them."""
    repeats: int | None
    """The published batch that brought the same content before."""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file.name

    @property
    def sha256(self) -> str:
        """The file's hash."""
        return self.file.sha256

    @property
    def rows_accepted(self) -> int:
        """Rows that stand for facts."""
        return sum(len(part.rows) for part in self.read.conformed)

    @property
    def counts(self) -> dict[str, int]:
        """Rows and facts as ``load_batch`` keeps them."""
        accepted, rejected = self.rows_accepted, len(self.refusals)
        return {
            "rows_in": accepted + rejected,
            "rows_accepted": accepted,
            "rows_rejected": rejected,
            "facts_added": sum(len(c.added) for c in self.changes),
            "facts_corrected": sum(len(c.corrected) for c in self.changes),
            "facts_withdrawn": sum(len(c.withdrawn) for c in self.changes),
        }

    @property
    def is_news(self) -> bool:
        """Whether anything would change."""
        return bool(self.blanks) or any(changes.count for changes in self.changes)

    @cached_property
    def refused(self) -> tuple[tuple[Finding, ...], ...]:
        """Everything found wrong, by refused record, in the order of the file."""
        records = [r.findings for part in self.read.conformed for r in part.refused]
        records += [(finding,) for finding in self.read.unread]
        return tuple(sorted(records, key=lambda found: self._order(found[0])))

    @cached_property
    def refusals(self) -> tuple[Finding, ...]:
        """The first finding of each record refused, in the order of the file."""
        return tuple(found[0] for found in self.refused)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found, cautions too, in the order of the file; what is wrong with a whole row is told once."""
        cautions = (finding for part in self.read.conformed for _, finding in part.cautions)
        found = dict.fromkeys((*(finding for record in self.refused for finding in record), *cautions))
        return tuple(sorted(found, key=self._order))

    @cached_property
    def fates(self) -> tuple[Fate, ...]:
        """What would become of each figure, in the order of the file."""
        fates: list[Fate] = []
        for part, changes in zip(self.read.conformed, self.changes, strict=True):
            cautions: dict[Origin, list[str]] = {}
            for origin, finding in part.cautions:
                cautions.setdefault(origin, []).append(finding.reason)
            for origin, row, word, before in _accepted(part, changes):
                fates.append(Fate(*_place(origin), part.kind, word, row, before, tuple(cautions.get(origin, ()))))
            for record in part.refused:
                reasons = tuple(dict.fromkeys(finding.reason for finding in record.findings))
                fates.append(Fate(*_place(record.origin), part.kind, "refused", reasons=reasons))
            fates += [Fate(*_place(b.origin), part.kind, "blank", blank_reason=b.reason) for b in part.blanks]
        fates += [Fate(f.sheet, f.row_no, f.cell, "", "refused", reasons=(f.reason,)) for f in self.read.unread]
        return tuple(sorted(fates, key=self._order))

    @cached_property
    def seal(self) -> str:
        """A hash of what would change and what is refused: the same as long as the same would be done."""
        content = [
            [(c.kind, c.added, c.corrected, c.withdrawn) for c in self.changes],
            self.blanks,
            [(f.sheet, f.row_no, f.cell, f.reason) for f in self.findings if f.is_refusal],
        ]
        return hashlib.sha256(json.dumps(content, default=_exact, sort_keys=True).encode()).hexdigest()

    def result(
        self,
        state: str,
        batch_key: int | None = None,
        *,
        name: str | None = None,
        fates: bool = False,
        lights: Lights | None = None,
    ) -> FileResult:
        """The same for people."""
        counts = self.counts
        return FileResult(
            file_name=name or self.name, state=state, batch_key=batch_key, rows_in=counts["rows_in"],
            rows_accepted=counts["rows_accepted"], added=counts["facts_added"], corrected=counts["facts_corrected"],
            withdrawn=counts["facts_withdrawn"], refusals=self.refusals, ignored_columns=self.read.ignored,
            findings=self.findings, fates=self.fates if fates else (), layouts=self.read.layouts,
            blanks=len(self.blanks), notes=notes_of(self.read), repeats=self.repeats, lights=lights,
        )  # fmt: skip

    def _order(self, thing: Finding | Fate) -> tuple[int, int]:
        """By sheet as the file has them, then by row."""
        return self._sheets.get(thing.sheet, len(self._sheets)), thing.row_no

    @cached_property
    def _sheets(self) -> dict[str | None, int]:
        return {sheet.name: number for number, sheet in enumerate(self.file.sheets)}


def examine(connection: Connection, file: Book, data: Path, today: date, asked: Asked = PLAINLY) -> Examined:
    """What a file would change now. ``data``: the folder with the aliases. Errors: FileError."""
    catalog = fetch_catalog(connection)
    found = interpret(
        file, asked.answers, Codebook(catalog, read_aliases(data)), today=today, scope=asked.scope,
        remembered=remembered_of(asked.sender), fetch_history=lambda part: fetch_history(connection, catalog, part),
    )  # fmt: skip
    changes = tuple(loading.diff(connection, part, asked.mirrored_file, OWN_SOURCE) for part in found.conformed)
    blanks = [_blank_row(blank) for part in found.conformed for blank in part.blanks if blank.keys and blank.reason]
    return Examined(file, found, changes, _new_blanks(connection, blanks), _batch_of_content(connection, file.sha256))


def _accepted(part: Conformed, changes: Changes) -> Iterator[tuple[Origin, dict[str, Any], Any, Any]]:
    """Origin, row, fate and former version of each accepted row."""
    added = {id(row) for row in changes.added}
    corrected = {id(row) for row, _ in changes.corrected}
    for origin, row in zip(part.origins, part.rows, strict=True):
        word = "new" if id(row) in added else "changed" if id(row) in corrected else "unchanged"
        yield origin, row, word, changes.known.get(grain_of(part.kind, row))


def _place(origin: Origin) -> tuple[str | None, int, str | None]:
    """Sheet, row as a spreadsheet counts, and cell of a record's figure."""
    table, record = origin
    return table.sheet.name, table.rows[record] + 1, table.cell("value", record)


def _blank_row(blank: Blanked) -> dict[str, Any]:
    return {**(blank.keys or {}), "reason": blank.reason, "locator": locator_of(blank.origin)}


def _new_blanks(connection: Connection, blanks: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Those whose reason is not the one last published."""
    if not blanks:
        return ()
    b = t.blank_reason.c
    query = (
        select(*(b[name] for name in _BLANK_GRAIN), b.reason)
        .join(t.load_batch, t.load_batch.c.batch_key == b.batch_key)
        .where(t.load_batch.c.state == "published", b.period_key.in_({blank["period_key"] for blank in blanks}))
        .order_by(b.blank_key)
    )
    known = {tuple(row[:4]): row.reason for row in connection.execute(query)}
    return tuple(x for x in blanks if known.get(tuple(x[name] for name in _BLANK_GRAIN)) != x["reason"])


def _batch_of_content(connection: Connection, sha256: str) -> int | None:
    b = t.load_batch.c
    query = select(func.max(b.batch_key)).where(b.sha256 == sha256, b.state == "published")
    key: int | None = connection.execute(query).scalar_one()
    return key


def _exact(value: Any) -> str:
    """Anything in a row as text: 1.0 is 1, as it is to ``load.diff``."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
