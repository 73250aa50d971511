"""create_app: settings → the Dash app. The one place where everything is put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from string import punctuation
from types import ModuleType
from typing import Any
from urllib.parse import quote

import flask
import structlog
from dash import Dash, Input, Output, ctx, html, set_props
from dash.exceptions import PreventUpdate
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from dashboard import cache, documents, downloads, logs, questions, refusals, static
from dashboard.access import headers
from dashboard.access.guard import Guard, current_identity, require
from dashboard.access.limits import EXPORTS, make_limiter
from dashboard.access.proxies import TrustedProxies, Wsgi
from dashboard.access.roles import Right
from dashboard.components import shell
from dashboard.documents.office import Office
from dashboard.exports.queue import Queue
from dashboard.figures.boundaries import folder_mark
from dashboard.i18n import LANGUAGES, translator
from dashboard.index import clean_index, index_template
from dashboard.pages import PAGES, why
from dashboard.reading import Reader, Reading
from dashboard.refusals import unavailable
from dashboard.screens import doors
from dashboard.settings import Settings
from dashboard.state import ViewState, parse_state
from warehouse.engine import ROOT, check_schema
from warehouse.errors import DabiaoError
from warehouse.queries.actions import fetch_items_version
from warehouse.queries.uploads import fetch_staged_mark
from warehouse.scope import Scope

LANGUAGE_COOKIE = "dabiao-language"
_YEAR = 365 * 24 * 3600
_OPEN_WITHOUT_DATABASE = ("/healthz", "/assets/", "/_dash-component-suites/", "/_favicon.ico")

log = structlog.get_logger("dashboard")


class DabiaoDash(Dash):
    """Dash with the project's own document, in the reader's language."""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The document of the request's language."""
        language = current_language()
        document = index_template(language)
        for name, text in parts.items():
            document = document.replace("{%" + name + "%}", text)
        return clean_index(document, language)


def create_app(settings: Settings | None = None) -> Dash:
    """The app, warmed up and ready to be forked. Its WSGI callable is ``app.server``."""
    logs.configure()
    settings = settings or Settings.from_environment()
    reader = Reader(settings)
    server = flask.Flask("dashboard", static_folder=None)
    server.config.update(MAX_CONTENT_LENGTH=1 << 20, MAX_FORM_PARTS=5000, SEND_FILE_MAX_AGE_DEFAULT=_YEAR)
    scripts = headers.install(server, settings)
    _guard_database(server, reader)
    guard = Guard(reader, settings)
    guard.install(server)
    questions.install(server, (*PAGES.values(), why))
    limiter = make_limiter(server, reader.engine, settings)
    _remember_language(server, settings)
    server.extensions["dabiao"] = reader
    answers = cache.AnswerCache(settings.cache_megabytes << 20)
    cache.install(
        server,
        answers,
        lambda: (
            f"{reader.data_version()}|{guard.scope().key}|{is_colleague()}|{settings.today()}|{_staged(reader, guard)}"
            f"|{folder_mark(settings.boundaries_folder)}|{_decided(reader)}"
        ),
        lambda: current_identity().actor,
    )
    office = Office(reader, settings, guard, limiter, current_language, Queue(reader))
    downloads.install(server, reader, guard.scope, current_language, office.note_export, office.limit(EXPORTS))
    documents.install(server, office)
    doors.install(server, office)
    app = DabiaoDash(
        "dashboard",
        server=server,
        assets_folder=str(ROOT / "assets"),
        assets_path_ignore=["vendor", "fonts", "rooms"],
        update_title=None,
        suppress_callback_exceptions=True,
        health_endpoint="healthz",
        enable_mcp=False,
        use_async=False,
        compress=False,
        on_error=_on_error,
    )
    app.layout = html.Div()  # the set-up below needs one, and may not need the database
    _register_callbacks(app, reader, guard)
    _name_missing_pages(server, reader, guard)
    refusals.install(server, current_language, lambda: flask.make_response(app.index(), 404))  # type: ignore[no-untyped-call]
    with server.test_client() as client:
        client.get("/healthz")  # Dash sets itself up on the first request; once, before any thread
    app.layout = lambda: _serve_layout(reader, guard)
    scripts += app.csp_hashes()
    office.version = static.install(server, app, settings.static_folder)
    server.wsgi_app = TrustedProxies(_whole_queries(server.wsgi_app), settings.proxies, settings.sso_header)  # type: ignore[method-assign]
    return app


def current_language() -> str:
    """The language of the request: asked for in the URL, remembered in a cookie, else Chinese."""
    for word in (flask.request.args.get("lang"), flask.request.cookies.get(LANGUAGE_COOKIE)):
        if word in LANGUAGES:
            return word
    return LANGUAGES[0]


def _whole_queries(wsgi_app: Wsgi) -> Wsgi:
    """Bytes in a query that are no letters travel on as a browser would write them; Werkzeug stumbles over them."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        environ["QUERY_STRING"] = quote(query, safe=punctuation, encoding="latin-1", errors="replace")
        return wsgi_app(environ, start_response)

    return serve


def _serve_layout(reader: Reader, guard: Guard) -> Any:
    language, identity = current_language(), current_identity()
    with reader.read(guard.scope(), parse_state("/", ""), language) as reading:
        _ = translator(language)
        skeletons = {page: module.skeleton(_) for page, module in PAGES.items()}
        return shell.layout(reading, skeletons, identity)


def _register_callbacks(app: Dash, reader: Reader, guard: Guard) -> None:
    pages = list(PAGES)
    app.clientside_callback(
        f"function(p, s) {{ return dash_clientside.dabiao.route(p, s, {pages!r}); }}",
        Output("main", "className"),
        *(Output(f"view-{page}", "data") for page in pages),
        Output("view-why", "data"),
        Output("drawer", "is_open"),
        Input("url", "pathname"),
        Input("url", "search"),
    )
    app.clientside_callback(
        "function() { return dash_clientside.dabiao.filter.apply(null, arguments); }",
        Output("filters", "title"),
        *(
            Input(f"filter-{name}", "value")
            for name in ("period", "district", "domain", "status", "q", "asof", "since")
        ),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        "function(o) { return dash_clientside.dabiao.drawer(o); }",
        Output("drawer", "title"),
        Input("drawer", "is_open"),
        prevent_initial_call=True,
    )
    for module in (*PAGES.values(), why):
        outputs = [Output(leaf, prop) for leaf, prop in module.LEAVES]
        view = Input(f"view-{module.NAME}", "data")
        app.callback(outputs, view, prevent_initial_call=True)(
            page_callback(module, reader, guard.scope, guard.senders)
        )


def is_colleague() -> bool:
    """Whether the reader is somebody with an account, who is told who loaded what."""
    return current_identity().may(Right.OWN_ACCOUNT)


def _staged(reader: Reader, guard: Guard) -> str:
    """What waits for approval, for those who are told of it."""
    senders = guard.senders()
    if senders == frozenset():
        return ""
    with reader.engine.connect() as connection:
        return f"{fetch_staged_mark(connection)}|{'*' if senders is None else ','.join(sorted(senders))}"


def _decided(reader: Reader) -> str:
    """What was decided so far, for those who are told of it, and whether they may decide themselves."""
    if not is_colleague():
        return ""
    with reader.engine.connect() as connection:
        return f"{fetch_items_version(connection)}|{may_decide()}"


def may_decide() -> bool:
    """Whether the reader is offered to make a decision of a number."""
    return current_identity().may(Right.DECIDE)


def page_callback(
    module: ModuleType,
    reader: Reader,
    scope: Callable[[], Scope],
    senders: Callable[[], frozenset[str] | None] = frozenset,
) -> Callable[[Any], Any]:
    """The callback of a page: ask again who may, parse the view, read, build its leaves."""

    def update_page(view: Any) -> Any:
        require(Right.SEE)
        if not isinstance(view, dict):
            raise PreventUpdate
        path, search, language = (str(view.get(part, "")) for part in ("path", "search", "language"))
        state = parse_state(path, f"{search}&why={view['why']}" if isinstance(view.get("why"), str) else search)
        language = language if language in LANGUAGES else LANGUAGES[0]
        with reader.read(
            scope(), state, language, names_people=is_colleague(), senders=senders(), may_decide=may_decide()
        ) as reading:
            return list(module.build(reading))

    return update_page


def _on_error(error: Exception) -> None:
    """A callback failed: tell the reader, keep the page as it is, log the cause. A refusal stays one."""
    if isinstance(error, HTTPException):
        raise error
    flask.g.failed = True
    log.error("callback_failed", triggered=ctx.triggered_id, exc_info=error)
    _ = translator(current_language())
    set_props("notice", {"children": _("这部分没有取到，正在显示上一次的内容。请稍后刷新。")})


def _guard_database(server: flask.Flask, reader: Reader) -> None:
    """Answer with what to do where there is no database, or one of another version."""
    verified: set[str] = set()

    @server.before_request
    def check_database() -> flask.Response | None:
        if flask.request.path.startswith(_OPEN_WITHOUT_DATABASE) or verified:
            return None
        try:
            check_schema(reader.engine)
        except DabiaoError as error:
            return unavailable(error, current_language())
        verified.add("schema")
        return None


def _remember_language(server: flask.Flask, settings: Settings) -> None:
    @server.after_request
    def remember(response: flask.Response) -> flask.Response:
        asked = flask.request.args.get("lang")
        if asked in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE, asked, max_age=_YEAR, samesite="Lax", httponly=True, secure=settings.is_https
            )
        return response


def _name_missing_pages(server: flask.Flask, reader: Reader, guard: Guard) -> None:
    """The document of a page that does not exist carries status 404, as its content says."""

    @server.after_request
    def name_missing(response: flask.Response) -> flask.Response:
        if response.status_code != 200 or flask.request.endpoint not in ("/", "/<path:path>"):
            return response
        state = parse_state(flask.request.path, "")
        try:
            with reader.read(guard.scope(), state, LANGUAGES[0]) as reading:
                known = _exists(reading, state)
        except DBAPIError as error:  # no error handler watches over this place
            return server.make_response(server.handle_user_exception(error))
        response.status_code = 200 if known else 404
        return response


def _exists(reading: Reading, state: ViewState) -> bool:
    """Whether there is such a page, for this reader."""
    if state.page == "indicator":
        return bool(reading.versions(state.code))
    if state.page == "district":
        return reading.district(state.code) is not None
    return state.page != "missing"
