"""What can be made: for each kind its name, its file, and who makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from dashboard.display import N_
from dashboard.exports.bulletin import make_bulletin
from dashboard.exports.model import Bulletin, Step
from dashboard.exports.request import parse_request
from dashboard.exports.sentences import title
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
    make: Maker = import_module("dashboard.exports.page_pdf").make_page
    return make(reading, of, step)


def _view_of_page(of: str) -> ViewState:
    path, _, query = of.partition("?")
    return parse_state(path, query)


def _bulletin(name: str, suffix: str, mimetype: str, maker: str) -> Kind:
    """A format of the bulletin; ``maker`` is ``module.function``, loaded when one is made: its libraries are large."""
    module, _, function = maker.partition(".")

    def make(reading: Reading, of: str, step: Step) -> tuple[str, bytes]:
        bulletin = make_bulletin(reading, parse_request(of))
        write: Callable[[Bulletin, Reading, Step], bytes] = getattr(
            import_module(f"dashboard.exports.{module}"), function
        )
        return title(reading.display, bulletin)[:_LONGEST], write(bulletin, reading, step)

    return Kind(name, suffix, mimetype, make, lambda _of: ViewState())


_LONGEST = 80
_OFFICE = "application/vnd.openxmlformats-officedocument"
PAGE = "page"
BULLETIN = {
    "docx": _bulletin(N_("通报（Word）"), "docx", f"{_OFFICE}.wordprocessingml.document", "word.make_docx"),
    "pdf": _bulletin(N_("通报（PDF）"), "pdf", "application/pdf", "printed.make_pdf"),
    "pptx": _bulletin(N_("通报（幻灯片）"), "pptx", f"{_OFFICE}.presentationml.presentation", "slides.make_slides"),
    "xlsx": _bulletin(N_("通报（工作簿）"), "xlsx", f"{_OFFICE}.spreadsheetml.sheet", "workbook.make_workbook"),
}
"""By what the form calls them."""
KINDS = {PAGE: Kind(N_("页面 PDF"), "pdf", "application/pdf", _page, _view_of_page), **BULLETIN}
