"""What a staged batch speaks of: how many figures of which indicators and districts wait for approval (待审核)."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, delete, insert

from etl.examine import Examined
from warehouse import tables as t


def note_staged(connection: Connection, batch_key: int, examined: Examined) -> None:
    """Write it down, in place of what was written when the batch was staged before."""
    connection.execute(delete(t.staged_figure).where(t.staged_figure.c.batch_key == batch_key))
    counts = Counter(
        (row["indicator_key"], row["district_key"])
        for changes in examined.changes
        for row in (*changes.added, *(row for row, _ in changes.corrected))
    )
    if counts:
        rows = [
            {"batch_key": batch_key, "indicator_key": indicator, "district_key": district, "figures": figures}
            for (indicator, district), figures in counts.items()
        ]
        connection.execute(insert(t.staged_figure), rows)
