"""导出文件: asking for a file, watching it being made, cancelling it, taking it along."""

from __future__ import annotations

import secrets
from typing import Any

import flask

from dashboard.access.guard import current_identity
from dashboard.access.limits import EXPORTS
from dashboard.documents.office import Office
from dashboard.downloads import binary
from dashboard.exports import jobs
from dashboard.exports.jobs import KEPT, VISITOR, Job, State
from dashboard.exports.kinds import BULLETIN, KINDS, PAGE
from dashboard.exports.request import BulletinRequest, request_of
from dashboard.state import parse_state
from warehouse.audit import Action, append
from warehouse.errors import DabiaoError
from warehouse.types import storable

KEY = "<int(max=2147483647):key>"
_LISTS = ("domains", "districts")
_COOKIE = "exports"


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /exports, and where files are asked for."""
    engine, now = office.reader.engine, office.settings.now

    def ask(kind: str, of: str) -> Any:
        """A job for the queue, and the page that says how far it is."""
        try:
            key, is_new = jobs.enqueue(
                engine, kind, of, grant=current_identity().grant, language=office.language(), actor=_actor(new=True),
                at=now(),
            )  # fmt: skip
        except DabiaoError as error:
            return listed(error)
        if is_new:
            office.queue.send(key)
        return flask.redirect(flask.url_for("export", key=key), 303)

    def find(key: int) -> Job:
        """One's own job; anybody else's does not exist."""
        jobs.look(engine, now())
        with office.reading() as connection:
            found = jobs.fetch_job(connection, key, _actor())
        if found is None or found.kind not in KINDS:
            flask.abort(404)
        return found

    def page(job: Job, error: DabiaoError | None = None) -> flask.Response:
        shown = error or (job.message if job.state is State.FAILED else None)
        return office.page(
            "export.html", status=409 if error else 200, error=shown, job=job, kind=KINDS[job.kind],
            text=how_far(office, job), is_there=is_there(job), days=KEPT.days,
        )  # fmt: skip

    def listed(error: DabiaoError | None = None) -> flask.Response:
        jobs.look(engine, now())
        with office.reading() as connection:
            found = [job for job in jobs.fetch_jobs(connection, _actor()) if job.kind in KINDS]
        lines = [(job, KINDS[job.kind], how_far(office, job), is_there(job)) for job in found]
        return office.page("exports.html", status=409 if error else 200, error=error, lines=lines, days=KEPT.days)

    def is_there(job: Job) -> bool:
        return job.state is State.DONE and now() - job.changed_at < KEPT and office.queue.path(job).is_file()

    @server.post("/bulletin/export")
    @office.limit(EXPORTS)
    def export_bulletin() -> Any:
        kind = flask.request.form.get("kind", "")
        if kind not in BULLETIN:
            flask.abort(404)
        try:
            request = _bulletin_of_form()
        except DabiaoError as error:
            return listed(error)
        return ask(kind, request.to_json())

    @server.get("/download/page.pdf")
    @office.limit(EXPORTS)
    def download_page() -> Any:
        path, query = flask.request.args.get("path", "/"), flask.request.query_string.decode("ascii", "ignore")
        state = parse_state(path, query)
        if state.page == "missing":
            flask.abort(404)
        return ask(PAGE, storable(state.href()))

    @server.get("/exports")
    def exports() -> Any:
        return listed()

    @server.get(f"/exports/{KEY}")
    def export(key: int) -> Any:
        return page(find(key))

    @server.get(f"/exports/{KEY}/state")
    def export_state(key: int) -> Any:
        job = find(key)
        return flask.jsonify(
            open=job.is_open, state=job.state, done=job.done, steps=job.steps, text=how_far(office, job)
        )

    @server.post(f"/exports/{KEY}/cancel")
    @office.limit(EXPORTS)
    def cancel_export(key: int) -> Any:
        jobs.cancel(engine, find(key).key, now())
        return flask.redirect(flask.url_for("export", key=key), 303)

    @server.post(f"/exports/{KEY}/again")
    @office.limit(EXPORTS)
    def export_again(key: int) -> Any:
        job = find(key)
        if not job.is_open:
            try:
                jobs.restart(engine, key, grant=current_identity().grant, language=office.language(), at=now())
            except DabiaoError as error:
                return page(job, error)
            office.queue.send(key)
        return flask.redirect(flask.url_for("export", key=key), 303)

    @server.get(f"/exports/{KEY}/file")
    @office.limit(EXPORTS)
    def export_file(key: int) -> Any:
        job = find(key)
        if not is_there(job):
            return flask.redirect(flask.url_for("export", key=key), 303)
        if not office.guard.scope().covers(job.grant.scope(office.catalog)):
            return page(job, jobs.NOT_ALLOWED)
        content = office.queue.path(job).read_bytes()
        by = office.by()
        with office.writing() as connection:  # what cannot be written down is not given
            append(connection, by.event(Action.EXPORT, f"{job.kind}.{KINDS[job.kind].suffix}", of=job.of[:400]), by.at)
        return binary(content, KINDS[job.kind].mimetype, job.file_name or "dabiao")


def how_far(office: Office, job: Job) -> str:
    """A job's state in words, with its count."""
    _ = office.display._
    if job.state is State.RUNNING and job.steps:
        return _("正在生成，第 {done} 步，共 {steps} 步").format(done=min(job.done + 1, job.steps), steps=job.steps)
    words = {
        State.WAITING: _("排队中"), State.RUNNING: _("正在生成"), State.DONE: _("已完成|file"),
        State.FAILED: _("没有做成"),
        State.CANCELLED: _("已取消"),
    }  # fmt: skip
    return words[job.state]


def _actor(*, new: bool = False) -> str:
    """Whose jobs these are: an account's, a token's, or those of one browser nobody signed in with."""
    identity = current_identity()
    if identity.is_signed_in:
        return identity.actor
    if new and _COOKIE not in flask.session:
        flask.session[_COOKIE] = secrets.token_hex(16)
    return f"{VISITOR}{flask.session.get(_COOKIE, '')}"


def _bulletin_of_form() -> BulletinRequest:
    form = flask.request.form
    values: dict[str, Any] = {name: storable(text) for name, text in form.items()}
    return request_of(values | {name: [storable(x) for x in form.getlist(name)] for name in _LISTS})
