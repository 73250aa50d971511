"""What callbacks are asked: exactly the questions the app's own pages put, whoever asks.

Dash takes any body that names a callback, and fails inside where it is of another shape; here such a
body is refused first.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

import flask
from werkzeug.exceptions import BadRequest, NotFound

from dashboard.cache import CALLBACKS

_KNOWN = {"output", "outputs", "inputs", "state", "changedPropIds", "parsedChangedPropsIds"}


def install(server: flask.Flask, modules: Iterable[ModuleType]) -> None:
    """Refuse every body but those of the callbacks of ``modules`` (each has NAME and LEAVES)."""
    known = {output_id(module): module for module in modules}

    @server.before_request
    def check() -> None:
        if flask.request.path == CALLBACKS and flask.request.method == "POST":
            try:
                body = flask.request.get_json()
            except RecursionError:  # brackets within brackets, deeper than anybody asks
                raise BadRequest from None
            _check(body, known)


def output_id(module: ModuleType) -> str:
    """The name Dash's renderer gives a callback: all its leaves."""
    return f"..{'...'.join(f'{leaf}.{prop}' for leaf, prop in module.LEAVES)}.."


def _check(body: Any, known: dict[str, ModuleType]) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("output"), str) or flask.request.args.keys() - {"endId"}:
        raise BadRequest
    module = known.get(body["output"])
    if module is None:  # of a former version, or of none
        raise NotFound
    store = f"view-{module.NAME}"
    inputs = body.get("inputs")
    is_asked_right = (
        body.keys() <= _KNOWN
        and body.get("outputs") == [{"id": leaf, "property": prop} for leaf, prop in module.LEAVES]
        and isinstance(inputs, list)
        and len(inputs) == 1
        and isinstance(inputs[0], dict)
        and {**inputs[0], "value": None} == {"id": store, "property": "data", "value": None}
        and body.get("state", []) == []
        and body.get("changedPropIds") in ([], [f"{store}.data"])
        and isinstance(body.get("parsedChangedPropsIds", []), list)
    )
    if not is_asked_right:
        raise BadRequest
