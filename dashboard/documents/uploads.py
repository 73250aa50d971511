"""填报: files sent in. What is in them is seen before anything is written, put right, and handed over."""

from __future__ import annotations

from typing import Any

import flask

from dashboard.access.guard import current_identity
from dashboard.access.limits import CHANGES, EXPORTS
from dashboard.access.roles import Right
from dashboard.documents.desk import STATES, XLSX, Desk, answers_of
from dashboard.documents.office import Office, field
from dashboard.downloads import binary
from dashboard.dry_run import DryRun, Head, heads_of
from dashboard.layout_form import FURTHER, GIVEN, STATED, USUAL, VALUES, read_answers, read_stated, use_of
from etl import staging
from etl.layout import LEFT_OUT, Answers
from etl.marked import marked_workbook
from etl.sheets import column_letter
from etl.template import fill_in_workbook
from warehouse.errors import DabiaoError
from warehouse.measures.period import Period, from_index, parse_period
from warehouse.queries.uploads import UploadLine, fetch_uploads

SHEET, PERIODS = 50, 8
KEY = "<int(max=2147483647):key>"
ACCEPT = ".xlsx,.xls,.ods,.csv"
LONGEST_NAME = 150


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /data/uploads, and the workbook to fill in."""
    desk = Desk(office)

    def who() -> dict[str, Any]:
        return {"who": current_identity().actor, "clock": office.settings.now}

    def listing(error: DabiaoError | None = None) -> flask.Response:
        before, senders = flask.request.args.get("before", ""), office.guard.senders()
        with office.reading() as connection:
            lines = fetch_uploads(senders, connection, SHEET + 1, int(before) if _is_key(before) else None)
        return office.page(
            "uploads.html", status=200 if error is None else 400, error=error, lines=lines[:SHEET], states=STATES,
            older=lines[SHEET - 1].key if len(lines) > SHEET else None, accept=ACCEPT, form=flask.request.form,
            chosen={key: flask.request.form.get(f"stated-{key}", "") for key in STATED},
            megabytes=office.settings.file_megabytes, again="/data/uploads?" if error else "",
            **_choices(office),
        )  # fmt: skip

    def shown(line: UploadLine, error: DabiaoError | None = None, status: int = 400) -> flask.Response:
        run, heads, unreadable = _look(desk, line)
        wrong = error or unreadable
        return office.page(
            "upload.html", status=200 if error is None else status, error=wrong, line=line, run=run, heads=heads,
            stated=answers_of(line).stated, one_is_enough=desk.one_is_enough, left_out=LEFT_OUT, use_of=use_of,
            usual=USUAL, further=FURTHER, given=GIVEN, values=VALUES, column_letter=column_letter,
            may_change=line.is_open and current_identity().may(Right.UPLOAD),
            again=f"/data/uploads/{line.key}?" if error else "",
            **desk.words(), **_choices(office),
        )  # fmt: skip

    @server.teardown_request
    def close_files(_error: BaseException | None) -> None:
        flask.request.close()

    @server.get("/data/uploads")
    def uploads() -> Any:
        return listing()

    @server.post("/data/uploads")
    @office.limit(CHANGES)
    def send_up() -> Any:
        sent = flask.request.files.get("file")
        try:
            if sent is None or not sent.filename:
                raise DabiaoError("请先选择一个文件。", "Choose a file first.")
            stated = read_stated(flask.request.form, office.catalog, office.guard.scope())
            key = staging.receive(
                office.reader.engine, _plain_name(sent.filename), sent.read(), sender=field("sender", 100) or None,
                answers=Answers(stated), **who(),
            )  # fmt: skip
        except DabiaoError as error:
            return listing(error)
        return flask.redirect(flask.url_for("upload", key=key), 303)

    @server.get(f"/data/uploads/{KEY}")
    def upload(key: int) -> Any:
        line = desk.find(key)
        if not line.is_open:
            return flask.redirect(flask.url_for("batch", key=line.batch_key), 303)
        return shown(line)

    @server.post(f"/data/uploads/{KEY}")
    @office.limit(CHANGES)
    def answer_upload(key: int) -> Any:
        line, scope = desk.find(key), office.guard.scope()
        try:
            answers = read_answers(flask.request.form, _look(desk, line)[1], answers_of(line), office.catalog, scope)
            staging.answer(office.reader.engine, key, answers, **who())
            if "remember" in flask.request.form and line.sender:
                desk.remember(desk.find(key), line.sender)
        except DabiaoError as error:
            return shown(line, error)
        return office.done(office.display._("已按改过的读法重新检查。"), "upload", key=key)

    @server.post(f"/data/uploads/{KEY}/stage")
    @office.limit(CHANGES)
    def stage_upload(key: int) -> Any:
        desk.find(key)
        _, scope, engine = office.display._, office.guard.scope(), office.reader.engine
        try:
            batch = staging.stage(engine, key, seal=field("seal"), scope=scope, **who())
            if not desk.one_is_enough:
                return office.done(
                    _("已提交，等待另一人审核。") if office.settings.two_people else _("已提交，等待审核。"),
                    "batch",
                    key=batch,
                )
            staging.approve(engine, batch, two_people=False, scope=scope, **who())
        except DabiaoError as error:
            line = desk.find(key)
            if line.is_open:
                return shown(line, error, 409)
            return office.done(error.text(office.display.language), "batch", key=line.batch_key)
        return office.done(_("已入库。"), "batch", key=batch)

    @server.post(f"/data/uploads/{KEY}/discard")
    @office.limit(CHANGES)
    def discard_upload(key: int) -> Any:
        line = desk.find(key)
        try:
            staging.drop(office.reader.engine, key, **who())
        except DabiaoError as error:
            return shown(line, error, 409)
        return office.done(office.display._("已放弃“{name}”，什么都没有写入。").format(name=line.file_name), "uploads")

    @server.get(f"/data/uploads/{KEY}/marked.xlsx")
    @office.limit(EXPORTS)
    def download_marked(key: int) -> Any:
        line, scope = desk.find(key), office.guard.scope()
        found = staging.look(office.reader.engine, key, scope=scope, clock=office.settings.now).result
        content = marked_workbook(desk.book(line), found.findings, found.fates, office.display.language)
        name = f"{line.file_name.rpartition('.')[0] or line.file_name}-marked.xlsx"
        office.note_export(name)
        return binary(content, XLSX, name)

    @server.get(f"/data/uploads/{KEY}/file")
    @office.limit(EXPORTS)
    def download_upload(key: int) -> Any:
        line = desk.find(key)
        _, content = staging.content(office.reader.engine, key)
        office.note_export(line.file_name)
        return binary(content, "application/octet-stream", line.file_name)

    @server.get("/data/template.xlsx")
    @office.limit(EXPORTS)
    def download_template() -> Any:
        args, code = flask.request.args, flask.request.args.get("district", "")
        try:
            period = parse_period(args.get("period", ""))
            with office.reading() as connection:
                content = fill_in_workbook(
                    connection, office.catalog, office.guard.scope(), code, period, office.display.language,
                    office.settings.now(), office.settings.return_days,
                )  # fmt: skip
        except (ValueError, DabiaoError):  # no half-year; no district, or not one's own
            flask.abort(404)
        name = f"{code}-{period.code}.xlsx"
        office.note_export(name)
        return binary(content, XLSX, name)


def _look(desk: Desk, line: UploadLine) -> tuple[DryRun | None, tuple[Head, ...], DabiaoError | None]:
    """The dry run and the sheets; of a file that cannot be read as it stands, the sheets and why."""
    try:
        run = desk.look(line)
    except DabiaoError as error:
        return None, heads_of(desk.book(line), answers_of(line).layouts), error
    return run, run.heads, None


def _choices(office: Office) -> dict[str, Any]:
    """What can be stated of a file: districts of one's own, half-years, units."""
    scope, today = office.guard.scope(), office.settings.today()
    newest = Period(today.year, 2)
    return {
        "tree": [(depth, x) for depth, x in office.tree() if scope.sees_district(x.code)],
        "units": office.catalog.units,
        "periods": [from_index(newest.index - n) for n in range(PERIODS)],
    }


def _plain_name(name: str) -> str:
    """What the browser calls the file, without the folders some send along."""
    plain = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable())
    return plain[-LONGEST_NAME:] or "file"


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
