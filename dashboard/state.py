"""The URL is the page's state. Unknown keys are ignored; values that mean nothing are dropped."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

from dashboard.settings import BEIJING
from warehouse.measures.period import Period, parse_period
from warehouse.measures.status import Status
from warehouse.queries.lineage import RowKey

PAGES = {
    "": "overview",
    "changes": "changes",
    "indicators": "indicators",
    "districts": "districts",
    "data": "data",
    "completeness": "chase",
    "methodology": "methodology",
}
OVERVIEW = "overview"
"""Another path of the overview, for who begins elsewhere."""
_DETAIL = {"indicators": "indicator", "districts": "district"}
MAX_SEARCH = 60
MAX_PEERS = 6


@dataclass(frozen=True, slots=True)
class ViewState:
    """A page with its filters, as a link carries it."""

    page: str = "overview"
    code: str | None = None
    period: Period | None = None
    district: str | None = None
    domain: str | None = None
    status: Status | None = None
    q: str = ""
    breakdown: str | None = None
    peers: tuple[str, ...] = ()
    sheet: int = 1
    """Which sheet of a long table, from 1."""
    asof: date | None = None
    since: date | None = None
    """The day of the last meeting, on the page that compares with it."""
    why: RowKey | None = None

    @property
    def as_of(self) -> datetime | None:
        """The moment meant by 截至: the end of that day in Beijing."""
        return None if self.asof is None else end_of(self.asof)

    def href(self, **changes: Any) -> str:
        """The link to this view with some parts changed; the drawer stays closed unless asked for."""
        why = changes.pop("why", None)
        base = _href(replace(self, **{"why": None, "sheet": 1, **changes})) if changes else _first_sheet(self)
        if why is None:
            return base
        return f"{base}{'&' if '?' in base else '?'}why={quote(format_row_key(why), safe='.,')}"

    def to(self, page: str, code: str | None = None, **changes: Any) -> str:
        """The link to another page, keeping only what means the same there."""
        kept = ViewState(page=page, code=code, period=self.period, asof=self.asof)
        return kept.href(**changes)

    def download(self, name: str) -> str:
        """The link to a file, with this page and its filters: ``scorecard.csv``."""
        path, _, query = self.href().partition("?")
        return f"/download/{name}?path={quote(path)}" + (f"&{query}" if query else "")


def end_of(day: date) -> datetime:
    """The last moment of a day in Beijing: what comes in at midnight is of the next day."""
    return datetime.combine(day, time.max, BEIJING)


def parse_state(pathname: str, search: str) -> ViewState:
    """Read a path and its query. A path that is no page has the page 'missing'."""
    pathname, search = (text.encode("utf-8", "replace").decode() for text in (pathname, search))  # half characters
    page, code = _page(pathname)
    given = parse_qs(search.lstrip("?"))
    query = {name: values[-1].strip() for name, values in given.items()}
    return ViewState(
        page=page,
        code=code,
        period=_period(query.get("period", "")),
        district=query.get("district") or None,
        domain=query.get("domain") or None,
        status=_status(query.get("status", "")),
        q=query.get("q", "")[:MAX_SEARCH].strip(),
        breakdown=query.get("breakdown") or None,
        peers=_peers(",".join(given.get("peers", []))),
        sheet=_sheet(query.get("sheet", "")),
        asof=_day(query.get("asof", "")),
        since=_day(query.get("since", "")),
        why=parse_row_key(query.get("why", "")),
    )


@lru_cache(maxsize=256)
def _first_sheet(state: ViewState) -> str:
    return _href(replace(state, why=None, sheet=1))


@lru_cache(maxsize=4096)
def _href(state: ViewState) -> str:
    """The link to a view; a page has many that differ only in the number they explain."""
    query = {f.name: _text(getattr(state, f.name)) for f in fields(state) if f.name not in ("page", "code")}
    pairs = [(name, text) for name, text in query.items() if text and not (name == "sheet" and text == "1")]
    return _path(state) + ("?" + urlencode(pairs, quote_via=quote, safe=".,") if pairs else "")


def format_row_key(key: RowKey) -> str:
    """A row of the mart as it stands in a URL."""
    due = key.due.code if key.due else "-"
    return ".".join((key.district_code, key.indicator_code, key.breakdown_code, key.period.code, due))


def parse_row_key(text: str) -> RowKey | None:
    """Inverse of ``format_row_key``; None for anything else."""
    parts = text.split(".")
    if len(parts) != 5:
        return None
    period, due = _period(parts[3]), _period(parts[4])
    if period is None or (due is None and parts[4] != "-"):
        return None
    return RowKey(parts[0], parts[1], parts[2], period, due)


def _page(pathname: str) -> tuple[str, str | None]:
    parts = [unquote(part) for part in pathname.strip("/").split("/")]
    page = "overview" if parts == [OVERVIEW] else PAGES.get(parts[0])
    if page is None or len(parts) > 2:
        return "missing", None
    if len(parts) == 1:
        return page, None
    return (_DETAIL[page], parts[1]) if page in _DETAIL else ("missing", None)


def _path(state: ViewState) -> str:
    stem = {page: path for path, page in PAGES.items()} | {detail: path for path, detail in _DETAIL.items()}
    path = f"/{stem.get(state.page, '')}"
    return f"{path}/{quote(state.code, safe='')}" if state.code else path


def _text(value: Any) -> str:
    match value:
        case None | ():
            return ""
        case Period():
            return value.code
        case RowKey():
            return format_row_key(value)
        case tuple():
            return ",".join(value)
        case date():
            return value.isoformat()
    return str(value)


def _peers(text: str) -> tuple[str, ...]:
    """Codes as a link has them, or as the boxes of a form do: each once, the first so many."""
    return tuple(dict.fromkeys(code for part in text.split(",") if (code := part.strip())))[:MAX_PEERS]


def _period(text: str) -> Period | None:
    """A half-year that has one before it and one after it."""
    try:
        period = parse_period(text)
        _neighbours = period.previous, period.next
    except ValueError:
        return None
    return period


def _status(text: str) -> Status | None:
    return Status(text) if text in Status.__members__.values() else None


def _sheet(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 10_000 else 1


def _day(text: str) -> date | None:
    """A day that has one after it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day < date.max else None
