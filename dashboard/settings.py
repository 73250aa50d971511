"""Settings, from the environment; the README lists them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from warehouse.engine import DEFAULT_URL, ROOT

BEIJING = ZoneInfo("Asia/Shanghai")


def today_in_beijing() -> date:
    """The day it is for the bureaus; tests bring their own."""
    return datetime.now(BEIJING).date()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a running dashboard needs to know."""

    database_url: str = DEFAULT_URL
    sources_folder: Path = ROOT / "data" / "var" / "sources"
    static_folder: Path = ROOT / "data" / "var" / "static"
    cache_megabytes: int = 64
    today: Callable[[], date] = today_in_beijing

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """DATABASE_URL, DABIAO_SOURCES, DABIAO_STATIC, DABIAO_CACHE_MB; each has a default."""
        defaults = cls()
        return cls(
            database_url=environment.get("DATABASE_URL") or defaults.database_url,
            sources_folder=Path(environment.get("DABIAO_SOURCES") or defaults.sources_folder),
            static_folder=Path(environment.get("DABIAO_STATIC") or defaults.static_folder),
            cache_megabytes=int(environment.get("DABIAO_CACHE_MB") or defaults.cache_megabytes),
        )
