"""通报: choose what it is about, read it, and take it along. Its link has everything chosen."""

from __future__ import annotations

from typing import Any

import flask

from dashboard.access.guard import current_identity
from dashboard.access.limits import EXPORTS
from dashboard.access.roles import Right
from dashboard.documents.office import Office
from dashboard.exports.bulletin import make_bulletin
from dashboard.exports.outline import make_outline
from dashboard.exports.request import BulletinRequest, request_of
from dashboard.exports.words import SHAPES
from dashboard.reading import Reading
from dashboard.state import ViewState
from warehouse.catalog import District
from warehouse.errors import DabiaoError
from warehouse.queries.mart import fetch_periods

SEVERAL = ("domains", "districts")
KINDS = ("docx", "pdf", "pptx", "xlsx")


def install(server: flask.Flask, office: Office) -> None:
    """Route /bulletin."""

    @server.get("/bulletin")
    @office.limit(EXPORTS)
    def bulletin() -> Any:
        scope, language, error = office.guard.scope(), office.language(), None
        is_colleague = current_identity().may(Right.OWN_ACCOUNT)
        try:
            request = _request_of_query()
        except DabiaoError as wrong:
            request, error = BulletinRequest(), wrong
        with office.reader.read(scope, ViewState(), language, names_people=is_colleague) as reading:
            found = make_bulletin(reading, request)
            outline = make_outline(found, reading)
            return office.page(
                "bulletin.html", status=200 if error is None else 400, error=error, request=request, found=found,
                o=outline, shapes=SHAPES, fields=_fields(request), kinds=KINDS,
                periods=fetch_periods(scope, reading.connection, reading.catalog), districts=_tree(reading),
                domains=[d for d in reading.catalog.domains.values() if scope.sees_domain(d.code)],
            )  # fmt: skip


def _request_of_query() -> BulletinRequest:
    """What the link asks for. Errors: DabiaoError."""
    args = flask.request.args
    values: dict[str, Any] = {name: args.get(name, "").strip() for name in BulletinRequest.__slots__}
    return request_of(values | {name: args.getlist(name) for name in SEVERAL})


def _fields(request: BulletinRequest) -> list[tuple[str, str]]:
    """The request as fields of a form; a list has a field for each."""
    found = []
    for name in BulletinRequest.__slots__:
        value = getattr(request, name)
        values = value if name in SEVERAL else [value]
        found += [(name, getattr(x, "code", None) or str(x)) for x in values if x]
    return found


def _tree(reading: Reading) -> list[tuple[int, District]]:
    """Districts with data and those above them that the reader may see, with how deep they lie."""
    catalog, wanted = reading.catalog, {d.key for d in reading.leaves}
    wanted |= {a.key for d in reading.leaves for a in catalog.ancestors(d) if reading.scope.sees_district(a.code)}
    return [
        (sum(a.key in wanted for a in catalog.ancestors(d)), d) for d in catalog.districts.values() if d.key in wanted
    ]
