"""What a screen is: its size, who looks at it from how far, its panels, and what it shows when. Pure.

The smallest text is 1/250 of the viewing distance high, as rooms are planned: 40 mm at 10 m.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property
from math import ceil, hypot
from typing import Any

from dashboard.display import N_
from dashboard.i18n import LANGUAGES
from dashboard.settings import BEIJING
from warehouse.catalog import Catalog
from warehouse.errors import DabiaoError
from warehouse.measures.period import Period, parse_period

DISTANCE_SHARE = 250
SMALLEST_SHARE = 45
"""However near one stands: no text under this part of the shorter side, so that a view keeps few numbers."""
LEAST_WIDTH, LEAST_HEIGHT = 12, 9
"""A panel's sides in heights of the smallest text: less holds no card."""
LEAST_DWELL, MOST_DWELL = 5, 3600
MOST_ENTRIES = 60
WEEKDAYS = (N_("一"), N_("二"), N_("三"), N_("四"), N_("五"), N_("六"), N_("日"))
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_MM_PER_INCH = 25.4


class Kind(StrEnum):
    """What a part of a playlist shows."""

    SITUATION = "situation"
    WORST = "worst"
    DOMAINS = "domains"
    DISTRICTS = "districts"
    CHANGES = "changes"
    MAP = "map"
    """Only where the owner has put boundaries there."""


KINDS = {
    Kind.SITUATION: N_("总体形势"), Kind.WORST: N_("滞后在前"), Kind.DOMAINS: N_("各业务领域"),
    Kind.DISTRICTS: N_("各地区"), Kind.CHANGES: N_("昨日以来的变化"), Kind.MAP: N_("地图"),
}  # fmt: skip
THEMES = {"dark": N_("深色"), "light": N_("浅色")}


class ScreenError(DabiaoError):
    """A definition that cannot stand; ``field`` names what to mend, with the line of the playlist from 0."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.field = field


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when, in Beijing, on which days (Monday is 0); may cross midnight, then the day is the first."""

    begins: time = time(0)
    ends: time = time(0)
    """The same as ``begins``: all day."""
    weekdays: frozenset[int] = frozenset(range(7))

    def hold_at(self, moment: datetime) -> bool:
        """Whether a moment lies within."""
        local = moment.astimezone(BEIJING)
        now, today = local.time(), local.weekday()
        if self.begins < self.ends:
            return today in self.weekdays and self.begins <= now < self.ends
        yesterday = (local - timedelta(days=1)).weekday()
        return (today in self.weekdays and now >= self.begins) or (yesterday in self.weekdays and now < self.ends)


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of a playlist; it may make several views, each shown for ``dwell`` seconds."""

    kind: Kind
    dwell: int = 15
    hours: Hours = Hours()
    period: Period | None = None
    """None: each district's latest."""
    district: str | None = None
    domain: str | None = None


@dataclass(frozen=True)
class Definition:
    """A screen: pixels, metres, panels, playlist, and the devices that may show it."""

    width: int = 1920
    height: int = 1080
    distance: Decimal = Decimal(5)
    """In metres."""
    diagonal: Decimal | None = Decimal(55)
    """Of the whole picture, in inches; or the pitch."""
    pitch: Decimal | None = None
    """From one pixel to the next, in millimetres."""
    theme: str = "dark"
    language: str = "zh"
    columns: int = 1
    rows: int = 1
    bezel: int = 0
    """Pixels around each seam that hold no text."""
    poll: int = 20
    """Seconds from one question for news to the next."""
    reload: time = time(3, 30)
    """When the document loads itself again."""
    playlist: tuple[Entry, ...] = (Entry(Kind.SITUATION), Entry(Kind.WORST))
    devices: tuple[str, ...] = ()
    """Names of the tokens that may show it."""

    @property
    def pixel(self) -> float:
        """Millimetres from one pixel to the next."""
        if self.pitch is not None:
            return float(self.pitch)
        return float(self.diagonal or 0) * _MM_PER_INCH / hypot(self.width, self.height)

    @property
    def needed_text(self) -> float:
        """Pixels of the smallest text the distance asks for, to a tenth, rounded up."""
        return ceil(float(self.distance) * 1000 / DISTANCE_SHARE / self.pixel * 10 - 1e-9) / 10

    @cached_property
    def text(self) -> float:
        """Pixels of the smallest text."""
        return max(self.needed_text, ceil(min(self.width, self.height) / SMALLEST_SHARE))

    def values(self) -> dict[str, Any]:
        """As JSON has it, and as the form does."""
        return {
            "width": self.width, "height": self.height, "distance": str(self.distance),
            "diagonal": None if self.diagonal is None else str(self.diagonal),
            "pitch": None if self.pitch is None else str(self.pitch),
            "theme": self.theme, "language": self.language,
            "columns": self.columns, "rows": self.rows, "bezel": self.bezel,
            "poll": self.poll, "reload": f"{self.reload:%H:%M}",
            "playlist": [
                {
                    "kind": str(e.kind), "dwell": e.dwell, "begins": f"{e.hours.begins:%H:%M}",
                    "ends": f"{e.hours.ends:%H:%M}", "weekdays": sorted(e.hours.weekdays),
                    "period": e.period.code if e.period else None, "district": e.district, "domain": e.domain,
                }
                for e in self.playlist
            ],
            "devices": list(self.devices),
        }  # fmt: skip

    def to_json(self) -> str:
        """For the table ``screen``."""
        return json.dumps(self.values(), ensure_ascii=False)


def parse_definition(text: str) -> Definition:
    """What the table ``screen`` holds. Errors: ScreenError."""
    return read_definition(json.loads(text))


def read_definition(values: Mapping[str, Any]) -> Definition:
    """A definition of JSON's values or a form's texts. Errors: ScreenError, naming the field."""
    diagonal, pitch = (_decimal(values, n, *r) for n, r in (("diagonal", (5, 5000)), ("pitch", ("0.01", 100))))
    if (diagonal is None) == (pitch is None):
        raise ScreenError("diagonal", "对角线和点间距填一个，也只填一个。", "Give either the diagonal or the pitch.")
    playlist = values.get("playlist", ())
    if not 1 <= len(playlist) <= MOST_ENTRIES:
        raise ScreenError("playlist", f"轮播应有 1–{MOST_ENTRIES} 项。", f"A playlist has 1 to {MOST_ENTRIES} parts.")
    found = Definition(
        width=_whole(values, "width", 640, 16384),
        height=_whole(values, "height", 360, 16384),
        distance=_decimal(values, "distance", "0.5", 100) or Decimal(5),
        diagonal=diagonal,
        pitch=pitch,
        theme=_choice(values, "theme", tuple(THEMES)),
        language=_choice(values, "language", LANGUAGES),
        columns=_whole(values, "columns", 1, 24),
        rows=_whole(values, "rows", 1, 12),
        bezel=_whole(values, "bezel", 0, 400),
        poll=_whole(values, "poll", 15, 30),
        reload=_clock(values, "reload"),
        playlist=tuple(_entry(line, n) for n, line in enumerate(playlist)),
        devices=tuple(values.get("devices", ())),
    )
    _check_room(found)
    return found


def check_codes(definition: Definition, catalog: Catalog) -> None:
    """Raise ScreenError where a part of the playlist names a district or domain there is not."""
    for n, entry in enumerate(definition.playlist):
        if entry.district is not None and entry.district not in catalog.district_by_code:
            raise ScreenError(
                f"district-{n}", f"没有地区 {entry.district}。", f"There is no district {entry.district}."
            )
        if entry.domain is not None and entry.domain not in catalog.domains:
            raise ScreenError(f"domain-{n}", f"没有业务领域 {entry.domain}。", f"There is no domain {entry.domain}.")


def check_name(name: str) -> str:
    """A name as addresses have it. Errors: ScreenError."""
    if not _NAME.fullmatch(name):
        raise ScreenError(
            "name", "名称只用小写字母、数字和连字符，1–64 个。", "A name has 1 to 64 small letters, digits and hyphens."
        )
    return name


def _check_room(d: Definition) -> None:
    """A panel holds at least one card in the smallest text."""
    across, down = d.width / d.columns - d.bezel, d.height / d.rows - d.bezel
    if across >= LEAST_WIDTH * d.text and down >= LEAST_HEIGHT * d.text:
        return
    n = f"{d.needed_text:g}"
    raise ScreenError(
        "distance" if d.columns * d.rows == 1 else "columns",
        f"从 {d.distance} 米外看，字高至少 {n} 像素，一块屏放不下。请减小观看距离、加大屏幕或减少拼接块数。",
        f"Seen from {d.distance} m, text has at least {n} px, which a panel has no room for. "
        "Choose a shorter distance, a larger screen, or fewer panels.",
    )


def _entry(line: Mapping[str, Any], n: int) -> Entry:
    weekdays = frozenset(int(day) for day in line.get("weekdays", range(7)) if str(day) in set("0123456"))
    if not weekdays:
        raise ScreenError(f"weekdays-{n}", "请至少选一天。", "Choose at least one day.")
    period = line.get("period")
    try:
        half_year = parse_period(str(period)) if period else None
    except ValueError:
        raise ScreenError(
            f"period-{n}", f"“{period}”不是半年度，例如 2020年上半年。", f"{period!r} is no half-year, such as 2020-S1."
        ) from None
    return Entry(
        kind=Kind(_choice(line, "kind", tuple(Kind), n)),
        dwell=_whole(line, "dwell", LEAST_DWELL, MOST_DWELL, n),
        hours=Hours(_clock(line, "begins", n), _clock(line, "ends", n), weekdays),
        period=half_year,
        district=line.get("district") or None,
        domain=line.get("domain") or None,
    )


def _at(name: str, n: int | None) -> str:
    return name if n is None else f"{name}-{n}"


def _whole(values: Mapping[str, Any], name: str, least: int, most: int, n: int | None = None) -> int:
    text = str(values.get(name, "")).strip()
    if text.isascii() and text.isdigit() and len(text) < 8 and least <= int(text) <= most:
        return int(text)
    label = FIELDS[name]
    raise ScreenError(
        _at(name, n), f"{label[0]}应是 {least}–{most} 的整数。", f"{label[1]}: a whole number from {least} to {most}."
    )


def _decimal(values: Mapping[str, Any], name: str, least: Any, most: Any) -> Decimal | None:
    text = str(values.get(name) or "").strip()
    if not text and name in ("diagonal", "pitch"):
        return None
    try:
        number = Decimal(text) if re.fullmatch(r"\d{1,5}(\.\d{1,3})?", text, re.ASCII) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_nan() or not Decimal(least) <= number <= Decimal(most):
        label = FIELDS[name]
        raise ScreenError(
            name, f"{label[0]}应在 {least}–{most} 之间。", f"{label[1]}: a number from {least} to {most}."
        )
    return number


def _clock(values: Mapping[str, Any], name: str, n: int | None = None) -> time:
    found = _CLOCK.fullmatch(str(values.get(name) or "00:00"))
    if found is None:
        label = FIELDS[name]
        raise ScreenError(_at(name, n), f"{label[0]}应像 08:30。", f"{label[1]}: a time such as 08:30.")
    return time(int(found[1]), int(found[2]))


def _choice(values: Mapping[str, Any], name: str, known: tuple[str, ...], n: int | None = None) -> str:
    text = str(values.get(name, ""))
    if text not in known:
        label = FIELDS[name]
        raise ScreenError(_at(name, n), f"请选择{label[0]}。", f"Choose: {label[1].lower()}.")
    return text


FIELDS = {
    "width": ("宽（像素）", "Width (px)"), "height": ("高（像素）", "Height (px)"),
    "distance": ("观看距离（米）", "Viewing distance (m)"), "diagonal": ("对角线（英寸）", "Diagonal (inches)"),
    "pitch": ("点间距（毫米）", "Pixel pitch (mm)"), "theme": ("主题", "Theme"), "language": ("语言", "Language"),
    "columns": ("拼接列数", "Panels across"), "rows": ("拼接行数", "Panels down"),
    "bezel": ("拼缝宽（像素）", "Seam (px)"),
    "poll": ("查新间隔（秒）", "Asks for news every (s)"), "reload": ("定时重载", "Loads itself again at"),
    "kind": ("画面", "View"), "dwell": ("停留（秒）", "Shown for (s)"), "begins": ("开始时间", "From"),
    "ends": ("结束时间", "Until"),
}  # fmt: skip
"""Names of the fields as errors and the form say them."""
