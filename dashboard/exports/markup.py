"""A page as a document of its own: its Dash components as HTML, its figures and styles within, whole tables."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from dash import dcc
from dash.development.base_component import Component
from markupsafe import Markup, escape

from dashboard.components.fragment import Fragment
from dashboard.index import MARKS
from warehouse.engine import ROOT

_ASSETS = ROOT / "assets"
_LINK = re.compile(r"(<a\b[^>]*?)\shref=\"[^\"]*\"")
_CLOSED = re.compile(r"<details(?![^>]*\sopen)")

Leaves = Mapping[tuple[str, str], Any]
"""What a page's callback answers, by component and property."""


def to_html(node: Any, leaves: Leaves) -> Markup:
    """A component, or several, as HTML, with what the leaves say of it. Links lead nowhere; what is folded is open."""
    if node is None:
        return Markup()
    if isinstance(node, (list, tuple)):
        return Markup().join(to_html(child, leaves) for child in node)
    if not isinstance(node, Component):
        return escape(str(node))
    props = {name: leaves.get((getattr(node, "id", ""), name), getattr(node, name, None)) for name in node._prop_names}
    if isinstance(node, Fragment):
        content = Markup(_still(props["html"] or ""))  # noqa: S704 (made by the autoescaping templates)
    elif isinstance(node, dcc.Graph):
        content, props = Markup(), {"id": props["id"], "className": "graph"}
    else:
        content = to_html(props.get("children"), leaves)
    tag = node._type.lower() if node._namespace == "dash_html_components" else "div"
    return Markup("<{tag}{attributes}>{content}</{tag}>").format(
        tag=tag, attributes=_attributes(props), content=content
    )


def _attributes(props: Mapping[str, Any]) -> Markup:
    found = (("id", props.get("id")), ("class", props.get("className")))
    return Markup().join(Markup(' {}="{}"').format(name, value) for name, value in found if value)


def _still(html: str) -> str:
    return _CLOSED.sub("<details open", _LINK.sub(r"\1", html))


@cache
def styles() -> str:
    """The pages' style sheets as one, the font within."""
    text = "\n".join((_ASSETS / f"{name}.css").read_text("utf-8") for name in ("00_tokens", "01_reboot", "30_app"))
    font = base64.b64encode((_ASSETS / "fonts" / "inter-subset.woff2").read_bytes()).decode()
    return text.replace("fonts/inter-subset.woff2", f"data:font/woff2;base64,{font}")


@cache
def plotly() -> str:
    """The bundle that draws figures, as a script within a document has it."""
    text = (_ASSETS / "vendor" / "plotly-partial.min.js").read_text("utf-8")
    return text.replace("</script", "<\\/script")


def symbols() -> Markup:
    """The shapes of the lights, to be used by name."""
    parts = "".join(f'<symbol id="mark-{name}" viewBox="0 0 16 16">{path}</symbol>' for name, path in MARKS.items())
    return Markup(f'<svg width="0" height="0" aria-hidden="true" class="marks">{parts}</svg>')  # noqa: S704 (our own)
