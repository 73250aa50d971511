"""Bulletins of a site with the reading they are of, for what reads more of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.exports.bulletin import make_bulletin
from dashboard.exports.model import Bulletin
from dashboard.exports.request import BulletinRequest
from dashboard.reading import Reading
from tests.dashboard.support import Site

EVIL = (
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "<b>&amp;\"'", "{=1}", "http://x.example/?a=1&b=2",
)  # fmt: skip
"""Names a spreadsheet might take for formulas, links or markup."""


@contextmanager
def bulletin(site: Site, language: str = "zh", **asked: object) -> Iterator[tuple[Bulletin, Reading]]:
    """A bulletin and the reading it is of."""
    with site.read("/", language) as reading:
        yield make_bulletin(reading, BulletinRequest(**asked)), reading  # type: ignore[arg-type]
