"""The pages. Each has a static skeleton and a callback that parses, reads, builds and returns leaves."""

from __future__ import annotations

from types import ModuleType

from dashboard.pages import (
    changes,
    chase,
    data,
    district,
    districts,
    indicator,
    indicators,
    methodology,
    missing,
    overview,
)

PAGES: dict[str, ModuleType] = {
    module.NAME: module
    for module in (
        overview,
        changes,
        indicators,
        indicator,
        districts,
        district,
        data,
        chase,
        methodology,
        missing,
    )
}
"""By name, as ``state.parse_state`` names them. A page module has NAME, LEAVES, skeleton and build."""
