"""What can be made: for each kind its name, its file, and who makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.display import N_
from dashboard.exports.bulletin import make_bulletin
from dashboard.exports.model import Bulletin, Step
from dashboard.exports.request import parse_request
from dashboard.reading import Reading
from dashboard.state import ViewState, parse_state

Maker = Callable[[Reading, str, Step], tuple[str, bytes]]
"""Of a reading and a request: the file's name without its suffix, and what is in it. Errors: Cancelled, DabiaoError."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file."""

    name: str
    """Msgid of what people call it."""
    suffix: str
    mimetype: str
    make: Maker
    view: Callable[[str], ViewState]
    """The view a request reads with."""


def _page(reading: Reading, of: str, step: Step) -> tuple[str, bytes]:
    from dashboard.exports.page_pdf import make_page  # the pages know of the documents that queue it

    return make_page(reading, of, step)


def _view_of_page(of: str) -> ViewState:
    path, _, query = of.partition("?")
    return parse_state(path, query)


def _bulletin(make: Callable[[Bulletin, Reading, Step], bytes]) -> Maker:
    def make_file(reading: Reading, of: str, step: Step) -> tuple[str, bytes]:
        bulletin = make_bulletin(reading, parse_request(of))
        stem = bulletin.request.title or f"{reading.display._('通报')}-{reading.display.period(bulletin.period)}"
        return stem[:80], make(bulletin, reading, step)

    return make_file


PAGE = "page"
BULLETIN: dict[str, Kind] = {}
KINDS: dict[str, Kind] = {
    PAGE: Kind(N_("页面 PDF"), "pdf", "application/pdf", _page, _view_of_page),
    **BULLETIN,
}
