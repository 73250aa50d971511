"""Files sent in, for the pages about them: who may see which, what looking at one shows, and in which words."""

from __future__ import annotations

import json
from typing import Any

import flask

from dashboard.access.accounts import fetch_accounts
from dashboard.access.guard import current_identity
from dashboard.access.roles import Right
from dashboard.display import N_
from dashboard.documents.office import Office
from dashboard.dry_run import DryRun, digest, place_of
from dashboard.index import MARKS
from dashboard.reading import Memo
from etl import staging
from etl.layout import Answers, parse_answers
from etl.reading import read_book
from etl.reasons import REASONS
from etl.sheets import Book
from warehouse.measures.period import from_key
from warehouse.queries.uploads import (
    DISCARDED,
    LOOKED_AT,
    PUBLISHED,
    STAGED,
    UNDONE,
    UploadLine,
    fetch_upload,
)
from warehouse.scope import Scope

STATES = {
    LOOKED_AT: N_("检查中"), STAGED: N_("待审核"), PUBLISHED: N_("已入库"), UNDONE: N_("已撤销"),
    DISCARDED: N_("已退回"),
}  # fmt: skip
KINDS = {"target": N_("目标"), "actual": N_("完成值")}
FATES = {
    "new": N_("新增"), "changed": N_("更正"), "unchanged": N_("没有变化"), "refused": N_("拒收"), "blank": N_("空白"),
}  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Desk:
    """Where files sent in are looked at."""

    def __init__(self, office: Office) -> None:
        self.office, self._looks = office, Memo(8)

    def senders(self) -> frozenset[str] | None:
        """Whose files the reader may see: his own, and those of everybody who sees no more than he; None: all."""
        office, scope = self.office, self.office.guard.scope()
        if scope == Scope.everything():
            return None
        with office.reading() as connection:
            accounts = fetch_accounts(connection)
        catalog = office.catalog
        within = {f"user:{a.username}" for a in accounts if scope.covers(a.grant.scope(catalog))}
        return frozenset(within | {current_identity().actor})

    def find(self, key: int) -> UploadLine:
        """An upload the reader may see; any other is one there is not."""
        senders = self.senders()
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
        kept = (line.key, line.answers, office.reader.data_version(), scope.key, office.settings.today())

        def look() -> DryRun:
            found = staging.look(office.reader.engine, line.key, scope=scope, clock=office.settings.now)
            return digest(found, self.book(line))

        return self._looks.recall(kept, look)

    def book(self, line: UploadLine) -> Book:
        """The file of an upload as a person sees it."""
        return read_book(*staging.content(self.office.reader.engine, line.key))

    @property
    def one_is_enough(self) -> bool:
        """Whether the reader may publish what he has looked at without another."""
        return not self.office.settings.two_people and current_identity().may(Right.APPROVE)

    def words(self) -> dict[str, Any]:
        """What the templates of dry runs and batches need to name things."""
        catalog = self.office.catalog
        return {
            "catalog": catalog, "reasons": REASONS, "marks": MARKS, "place_of": place_of, "kinds": KINDS,
            "fates": FATES, "states": STATES, "two_people": self.office.settings.two_people,
            "period_of": lambda kind, row: from_key(row["due_period_key" if kind == "target" else "period_key"]),
        }  # fmt: skip


def answers_of(line: UploadLine) -> Answers:
    """What a person said of a file."""
    return parse_answers(json.loads(line.answers))
