"""A Dash component that shows HTML rendered on the server, as one leaf property.

A callback that returns components as ``children`` remounts the whole subtree (dash #3846); this one
changes a string. The HTML comes only from the autoescaping templates beside it. Its JavaScript
half is ``assets/10_fragment.js``.
"""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


class Fragment(Component):
    """HTML in a ``div``.

    Args:
        id: Dash id.
        html: The HTML; callbacks set it.
        className: CSS classes.
        region: Accessible name; makes it a landmark region where given.
    """

    _children_props: list[str] = []  # noqa: RUF012 (Dash reads a plain list)
    _base_nodes: list[str] = []  # noqa: RUF012
    _namespace = "dabiao"
    _type = "Fragment"

    def __init__(self, id: str, html: str = "", className: str = "", region: str | None = None) -> None:
        self._prop_names = ["id", "html", "className", "region"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        given: dict[str, Any] = {"id": id, "html": html, "className": className, "region": region}
        super().__init__(**{name: value for name, value in given.items() if value is not None})  # type: ignore[no-untyped-call]
