"""Files sent in, for the pages about them: who may see which, what looking at one shows, and in which words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import flask

from dashboard.access.guard import current_identity
from dashboard.access.roles import Right
from dashboard.display import N_
from dashboard.documents.office import Office
from dashboard.dry_run import DryRun, digest
from dashboard.index import MARKS
from dashboard.layout_form import USES
from dashboard.reading import Memo
from etl import staging
from etl.fates import Fate
from etl.findings import Finding
from etl.layout import Answers, parse_answers
from etl.layout_memory import remember
from etl.reasons import REASONS
from etl.sheets import Book
from warehouse.measures.period import from_key, parse_period
from warehouse.queries.uploads import (
    DISCARDED,
    LOOKED_AT,
    PUBLISHED,
    STAGED,
    UNDONE,
    UploadLine,
    fetch_upload,
)

STATES = {
    LOOKED_AT: N_("检查中"), STAGED: N_("待审核"), PUBLISHED: N_("已入库"), UNDONE: N_("已撤销"),
    DISCARDED: N_("已退回"),
}  # fmt: skip
KINDS = {"target": N_("目标"), "actual": N_("完成值")}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Desk:
    """Where files sent in are looked at."""

    def __init__(self, office: Office) -> None:
        self.office, self._looks = office, Memo(8)

    def find(self, key: int) -> UploadLine:
        """An upload the reader may see; any other is one there is not."""
        senders = self.office.guard.senders()
        with self.office.reading() as connection:
            found = fetch_upload(senders, connection, key)
        if found is None:
            flask.abort(404)
        return found

    def look(self, line: UploadLine) -> DryRun:
        """The dry run of an upload; looked at once for each state of the data, of the answers and of the day.

        Errors: FileError where it cannot be read as it stands.
        """
        office, scope = self.office, self.office.guard.scope()
        kept = (
            line.key,
            line.uploaded_at,
            line.answers,
            office.reader.data_version(),
            scope.key,
            office.settings.today(),
        )

        def look() -> DryRun:
            found = staging.look(office.reader.engine, line.key, scope=scope, clock=office.settings.now)
            return digest(found, self.book(line))

        return self._looks.recall(kept, look)

    def remember(self, line: UploadLine, sender: str) -> None:
        """Keep how the sheets of a file are read, for the next one of its sender. Errors: FileError."""
        for layout in self.look(line).layouts:
            if layout.left_out is None and not layout.is_tidy:
                remember(sender, layout)

    def book(self, line: UploadLine) -> Book:
        """The file of an upload as a person sees it."""
        return staging.book(self.office.reader.engine, line.key)

    @property
    def one_is_enough(self) -> bool:
        """Whether the reader may publish what he has looked at without another."""
        return not self.office.settings.two_people and current_identity().may(Right.APPROVE)

    def _place(self, found: Finding | Fate) -> str:
        """Where something stands: 表1!C7, or the row where no cell is meant."""
        if found.cell is not None:
            return f"{found.sheet}!{found.cell}" if found.sheet else found.cell
        row = self.office.display._("第 {n} 行").format(n=found.row_no)
        return f"{found.sheet} {row}" if found.sheet else row

    def _said(self, given: Mapping[str, str]) -> list[str]:
        """What a heading or a title says of the values below it, in words."""
        d = self.office.display
        return [d.colon(d._(USES[key]), self._name(key, text)) for key, text in given.items() if key in USES]

    def _name(self, key: str, text: str) -> str:
        """A code by its name; what is none, as it stands."""
        d, catalog = self.office.display, self.office.catalog
        named: dict[str, Mapping[str, Any]] = {
            "district_code": catalog.district_by_code, "breakdown_code": catalog.breakdown_by_code,
            "unit_code": catalog.units,
        }  # fmt: skip
        if key == "indicator_code" and text in catalog.indicators_by_code:
            return catalog.indicators_by_code[text][-1].name(d.language)
        if key == "period_code":
            try:
                return str(d.period(parse_period(text)))
            except ValueError:
                return text
        if key == "kind" and text in KINDS:
            return d._(KINDS[text])
        found = named.get(key, {}).get(text)
        return text if found is None else str(found.name(d.language) or text)

    def words(self) -> dict[str, Any]:
        """What the templates of dry runs and batches need to name things."""
        catalog = self.office.catalog
        return {
            "catalog": catalog, "reasons": REASONS, "marks": MARKS, "place_of": self._place, "said": self._said,
            "uses": USES, "kinds": KINDS, "states": STATES, "two_people": self.office.settings.two_people,
            "period_of": lambda kind, row: from_key(row["due_period_key" if kind == "target" else "period_key"]),
        }  # fmt: skip


def answers_of(line: UploadLine) -> Answers:
    """What a person said of a file."""
    return parse_answers(json.loads(line.answers))
