"""What a bulletin is asked for: a half-year, domains, districts, and what stands at its head."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from warehouse.errors import DabiaoError
from warehouse.measures.period import Period, parse_period

LONGEST = {"title": 120, "office": 60, "number": 60}
MOST_CODES = 2000


@dataclass(frozen=True, slots=True)
class BulletinRequest:
    """Empty tuples: everything the reader may see. A district stands for itself and all below it."""

    period: Period | None = None
    """None: the half-year most of the districts reported last."""
    domains: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    since: date | None = None
    """Changes since the end of this day; None leaves them out."""
    asof: date | None = None
    """As it was known at the end of this day."""
    title: str = ""
    office: str = ""
    """发文机关: who issues it."""
    number: str = ""
    """文号"""

    def to_json(self) -> str:
        """The request as text, inverse of ``parse_request``."""
        values = {name: _plain(value) for name, value in asdict(self).items()}
        values["period"] = self.period.code if self.period else None
        return json.dumps(values, ensure_ascii=False, sort_keys=True)


def parse_request(text: str) -> BulletinRequest:
    """Inverse of ``to_json``. Errors: DabiaoError for what is no request."""
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise _refused("请求", "the request")
    return request_of(values)


def request_of(values: Mapping[str, Any]) -> BulletinRequest:
    """A request from texts and lists of texts, as forms and JSON have them; missing ones are left at their default.

    Errors: DabiaoError naming the field that means nothing.
    """
    known = {field.name for field in fields(BulletinRequest)}
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in known and value not in (None, "", [], ()):
            found[name] = _parse(name, value)
    return BulletinRequest(**found)


def _parse(name: str, value: Any) -> Any:
    try:
        match name:
            case "period":
                period = parse_period(value)
                _neighbours = period.previous, period.next
                return period
            case "since" | "asof":
                day = date.fromisoformat(value)
                if day == date.max:
                    raise ValueError(value)
                return day
            case "domains" | "districts":
                codes = tuple(dict.fromkeys(code for code in value if code))
                if isinstance(value, str) or len(codes) > MOST_CODES or not all(isinstance(x, str) for x in codes):
                    raise ValueError(value)
                return codes
        return _one_line(value)[: LONGEST[name]]
    except (ValueError, TypeError, AttributeError):
        raise _refused(*_NAMES[name]) from None


_NAMES = {
    "period": ("半年度", "the half-year"), "since": ("对比日期", "the day compared with"),
    "asof": ("按某日所知", "the day as of which"), "domains": ("业务领域", "the domains"),
    "districts": ("地区", "the districts"), "title": ("标题", "the title"),
    "office": ("发文机关", "the issuing office"), "number": ("文号", "the document number"),
}  # fmt: skip


def _refused(zh: str, en: str) -> DabiaoError:
    return DabiaoError(
        f"通报的{zh}看不懂，请重新选择。", f"{en[0].upper()}{en[1:]} of the bulletin makes no sense; choose again."
    )


def _one_line(text: str) -> str:
    """Text without line breaks and control characters, which a file's XML cannot carry."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
