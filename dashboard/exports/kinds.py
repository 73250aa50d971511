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
