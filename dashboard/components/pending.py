"""待审核: what of a page's figures waits for approval, said where they show."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from dashboard.components.render import render
from dashboard.reading import Reading
from warehouse.queries.uploads import count_staged


def pending_note(
    reading: Reading, *, districts: Iterable[int] | None = None, indicators: Iterable[int] | None = None
) -> Markup:
    """How many figures wait, with the way to them; empty where none does, or the reader is not told."""
    if not reading.may_review or reading.state.as_of is not None:
        return Markup()
    found = count_staged(
        reading.scope, reading.connection, reading.catalog, reading.senders, districts=districts, indicators=indicators
    )
    if not found:
        return Markup()
    href = f"/data/batches/{next(iter(found))}" if len(found) == 1 else "/data/uploads"
    return Markup(render("pending_note.html", reading.display, figures=sum(found.values()), href=href))  # noqa: S704 -- from a template
