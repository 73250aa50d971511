"""Examine: a file → what it would change. Pure reading; check, load, look, stage and approve all begin here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from etl import load as loading
from etl.columns import KINDS, canonical_headers
from etl.conform import Codebook, Conformed, Place, conform, grain_of
from etl.extract import RawFile, RawTable, read_content
from etl.fates import Fate
from etl.findings import Finding
from etl.layout import Answers, SheetLayout
from etl.load import Changes
from etl.reference import read_aliases
from etl.results import FileResult, Lights, Note
from etl.validate import validate_file
from warehouse import tables as t
from warehouse.catalog import fetch_catalog
from warehouse.scope import Scope

OWN_SOURCE = -1
"""Stands for the file itself as the source of its figures, until it is published and registered."""
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


@dataclass(frozen=True, slots=True)
class _Read:
    """What the reading of a file delivers."""

    parts: list[Conformed]
    """One for targets, one for actuals."""
    has_own_source: bool
    """Whether some table names no sources: the file itself is the source, OWN_SOURCE in its rows."""
    sheets: tuple[str | None, ...]
    """In the order of the file."""
    ignored: tuple[str, ...] = ()
    layouts: tuple[SheetLayout, ...] = ()
    notes: tuple[Note, ...] = ()


def read(name: str, content: bytes) -> RawFile:
    """The sheets of a file. Errors: FileError for what cannot be read."""
    return read_content(Path(name), content)


@dataclass(frozen=True)
class Examined:
    """A file with what it would change."""

    name: str
    sha256: str
    read: _Read
    changes: tuple[Changes, ...]
    blanks: tuple[dict[str, Any], ...]
    """Reasons for blanks that are not known yet."""
    all_blanks: tuple[dict[str, Any], ...]
    repeats: int | None
    """The published batch that brought the same content before."""

    @property
    def rows_accepted(self) -> int:
        """Rows that stand for facts."""
        return sum(len(part.rows) for part in self.read.parts)

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
    def refusals(self) -> tuple[Finding, ...]:
        """The first finding of each row refused, in the order of the file."""
        return self._in_order(refusal for part in self.read.parts for refusal in part.refusals)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found, in the order of the file."""
        others = (finding for part in self.read.parts for finding in part.findings)
        return self._in_order(dict.fromkeys((*self.refusals, *others)))

    @cached_property
    def fates(self) -> tuple[Fate, ...]:
        """What would become of each figure, in the order of the file."""
        by_row: dict[tuple[str | None, int], list[Finding]] = {}
        for finding in self.findings:
            by_row.setdefault((finding.sheet, finding.row_no), []).append(finding)

        def reasons(place: Place, refused: bool) -> tuple[str, ...]:
            found = (f for f in by_row.get(place[:2], ()) if refused or f.cell in (None, place.cell) or not place.cell)
            return tuple(dict.fromkeys(f.reason for f in found if refused or not f.is_refusal))

        fates = [
            Fate(*place, part.kind, word, row, before, reasons(place, refused=False))
            for part, changes in zip(self.read.parts, self.changes, strict=True)
            for place, row, word, before in _accepted(part, changes)
        ]
        fates += [
            Fate(
                r.sheet, r.row_no, r.cell, part.kind, "refused", reasons=reasons(Place(r.sheet, r.row_no), refused=True)
            )
            for part in self.read.parts
            for r in part.refusals
        ]
        fates += [Fate(*_place_of(blank), "actual", "blank", blank_reason=blank["reason"]) for blank in self.all_blanks]
        return self._in_order(fates)

    @cached_property
    def seal(self) -> str:
        """A hash of what would change and what is refused: the same as long as the same would be done."""
        content = [
            [(c.kind, c.added, c.corrected, c.withdrawn) for c in self.changes],
            self.blanks,
            [(r.sheet, r.row_no, r.cell, r.reason) for r in self.refusals],
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
            blanks=len(self.blanks), notes=self.read.notes, repeats=self.repeats, lights=lights,
        )  # fmt: skip

    def _in_order(self, things: Any) -> tuple[Any, ...]:
        """By sheet as the file has them, then by row."""
        sheets = {sheet: number for number, sheet in enumerate(self.read.sheets)}
        return tuple(sorted(things, key=lambda thing: (sheets.get(thing.sheet, len(sheets)), thing.row_no)))


def examine(connection: Connection, file: RawFile, data: Path, asked: Asked = PLAINLY) -> Examined:
    """What a file would change now. ``data``: the folder with the aliases. Errors: FileError."""
    found = _conform_file(connection, file, data, asked)
    own = OWN_SOURCE if found.has_own_source else None
    changes = tuple(loading.diff(connection, part, asked.mirrored_file, own) for part in found.parts)
    blanks = tuple(blank for part in found.parts for blank in part.blanks)
    return Examined(
        name=file.path.name,
        sha256=file.sha256,
        read=found,
        changes=changes,
        blanks=_new_blanks(connection, blanks),
        all_blanks=blanks,
        repeats=_batch_of_content(connection, file.sha256),
    )


def _conform_file(connection: Connection, file: RawFile, data: Path, asked: Asked) -> _Read:
    """The reading front end: a file → facts and findings."""
    stated = replace(file, tables=tuple(_with_stated(table, asked.answers.stated) for table in file.tables))
    names_sources = all({"source_code", "来源", "来源代码", "source"} & set(x.frame.columns) for x in stated.tables)
    own = None if names_sources else OWN_SOURCE
    codebook = Codebook(fetch_catalog(connection), read_aliases(data), own, asked.scope)
    validated = validate_file(stated)
    return _Read(
        parts=[conform(part, codebook) for part in validated],
        has_own_source=own is not None,
        sheets=tuple(table.sheet for table in file.tables),
        ignored=tuple(dict.fromkeys(header for part in validated for header in part.ignored)),
    )


def _with_stated(table: RawTable, stated: Mapping[str, str]) -> RawTable:
    """A table with a column for each thing said of the whole file that it lacks."""
    frame = table.frame.copy()
    headers = [str(header) for header in frame.columns]
    known = {name for columns in KINDS.values() for name in canonical_headers(headers, columns).values()}
    known |= {"kind"} if "种类" in headers else set(headers) & {"kind"}
    for name, text in stated.items():
        if name not in known and name != "share_scale":
            frame[name] = text
    return replace(table, frame=frame)


def _accepted(part: Conformed, changes: Changes) -> Iterator[tuple[Place, dict[str, Any], Any, Any]]:
    """Place, row, fate and former version of each accepted row."""
    added = {id(row) for row in changes.added}
    corrected = {id(row) for row, _ in changes.corrected}
    for place, row in zip(part.places, part.rows, strict=True):
        word = "new" if id(row) in added else "changed" if id(row) in corrected else "unchanged"
        yield place, row, word, changes.known.get(grain_of(part.kind, row))


def _new_blanks(connection: Connection, blanks: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
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


def _place_of(blank: Mapping[str, Any]) -> Place:
    """``Sheet!C7``, ``C7`` or ``row 7`` as a place."""
    sheet, _, cell = (blank.get("locator") or "").rpartition("!")
    row_no = int("".join(c for c in cell if c.isdigit()) or 0)
    return Place(sheet or None, row_no, cell if cell[:1].isalpha() and " " not in cell else None)


def _exact(value: Any) -> str:
    """Anything in a row as text: 1.0 is 1, as it is to ``load.diff``."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
