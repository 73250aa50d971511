"""What is answered when something cannot be: in the reader's language, as a page or as JSON, never a traceback."""

from __future__ import annotations

from collections.abc import Callable

import flask
import structlog
from dash.exceptions import DependencyException
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import ParseException
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError, NotFound

from dashboard.access.guard import current_identity
from dashboard.cache import CALLBACKS
from dashboard.components.render import error_page
from dashboard.display import N_
from dashboard.i18n import translator
from warehouse.errors import DabiaoError, DatabaseUnreachable

STALE_HEADER = "Dabiao-Stale"
"""On the refusal of a page whose session is another than the browser's: it may load itself again."""

_WORDS = {
    400: N_("请求有误，无法处理。请返回上一页重试。"),
    401: N_("请先登录。"),
    403: N_("这个页面打开太久或来自另一次登录，请刷新后重试。没有任何改动。"),
    404: N_("地址里的页面不存在，可能是链接过期或输入有误。"),
    405: N_("请求有误，无法处理。请返回上一页重试。"),
    413: N_("提交的内容太大，最多 {n} MB。什么都没有保存。"),
    415: N_("请求有误，无法处理。请返回上一页重试。"),
    429: N_("操作太频繁，请稍后再试。"),
    500: N_("出了意外，已经记录下来。请稍后重试。"),
}

UNREACHABLE = DabiaoError(
    "数据库无法访问。请检查 DATABASE_URL、文件权限和磁盘空间，细节在服务器的日志里。",
    "The database cannot be reached. Check DATABASE_URL, file permissions and disk space; the server's log says more.",
)
BUSY = DabiaoError(
    "数据库正忙，可能正在入库，没有任何改动。请过一分钟再试。",
    "The database is busy, perhaps with a load; nothing was changed. Please try again in a minute.",
)

_MOST_DRAINED = 256 << 20

log = structlog.get_logger("dashboard")


def install(server: flask.Flask, language: Callable[[], str], missing: Callable[[], flask.Response | None]) -> None:
    """Answer errors; ``missing`` is the page for readers who ask for one that does not exist, where it can be shown."""

    def answer(error: HTTPException) -> flask.Response:
        code = error.code or 500
        if isinstance(error, NotFound) and _is_document():
            page = missing()
            if page is not None:
                return page
        is_stale = isinstance(error, CSRFError) or (code == 404 and flask.request.path == CALLBACKS)
        status = 403 if is_stale else code
        if error.response is not None and code < 400:  # a redirect to the proper spelling of a path
            return flask.make_response(error.get_response())
        text = translator(language())(_WORDS.get(status, _WORDS[400 if status < 500 else 500]))
        if status == 413:
            text = text.format(n=(flask.request.max_content_length or 0) >> 20)
            if current_identity().is_signed_in:
                _drain()
        response = _respond(text, status, language())
        if is_stale:
            response.headers[STALE_HEADER] = "1"
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    def fail(error: Exception) -> flask.Response:
        log.error("request_failed", path=flask.request.path, exc_info=error)
        return answer(InternalServerError())

    def unreachable(error: DBAPIError) -> flask.Response:
        log.error("database_failed", exc_info=error)
        return unavailable(DatabaseUnreachable(str(error.orig)), language())

    server.register_error_handler(HTTPException, answer)
    server.register_error_handler(ParseException, lambda _error: answer(BadRequest()))  # a body that is cut or garbled
    server.register_error_handler(DBAPIError, unreachable)
    server.register_error_handler(DatabaseUnreachable, lambda error: unavailable(error, language()))
    server.register_error_handler(DependencyException, lambda _error: ("", 404))  # of a former version
    server.register_error_handler(Exception, fail)


def _drain() -> None:
    """Read on what the browser still sends, within measure: cut off while sending, it would show no answer at all."""
    stream, most = flask.request.environ["wsgi.input"], _MOST_DRAINED
    while most > 0 and (chunk := stream.read(min(most, 1 << 16))):
        most -= len(chunk)


def unavailable(error: DabiaoError, language: str) -> flask.Response:
    """The database cannot be used: what to do. What the driver says of it is for the log alone."""
    if isinstance(error, DatabaseUnreachable):
        log.error("database_unreachable", detail=str(error))
        error = BUSY if "locked" in str(error) else UNREACHABLE
    return _respond(error.text(language), 503, language)


def _respond(text: str, status: int, language: str) -> flask.Response:
    if _is_document() or flask.request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return flask.make_response(error_page(language, text), status)
    return flask.make_response(flask.jsonify(error=text), status)


def _is_document() -> bool:
    request = flask.request
    return (
        not request.path.startswith("/_")
        and request.method in ("GET", "HEAD")
        and "Authorization" not in request.headers
    )
