"""The page for a path, indicator or district that does not exist, or not for this reader."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.fragment import Fragment
from dashboard.components.render import render
from dashboard.i18n import Translate
from dashboard.reading import Reading

NAME = "missing"
LEAVES = (("missing-body", "html"),)


def skeleton(_: Translate) -> list[Any]:
    """The static frame."""
    return [html.H1(_("没有这一页")), Fragment("missing-body")]


def build(reading: Reading) -> tuple[Any, ...]:
    """What to do next."""
    text = reading.display._("地址里的页面不存在，可能是链接过期或输入有误。")
    return (render("missing.html", reading.display, text=text, state=reading.state),)
