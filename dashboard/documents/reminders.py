"""提醒清单: a message for each office that is to be reminded, to be copied or taken along as a table."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

import flask
import xlsxwriter

from dashboard.access.limits import EXPORTS
from dashboard.display import Display
from dashboard.documents.office import Office
from dashboard.downloads import XLSX, attachment, to_csv
from dashboard.meeting.reminders import WORDS, Message, Rung, ladder
from dashboard.state import parse_state

COLUMNS = ("office", "district_code", "district_zh", "kind", "text", "due_on")
_WIDTHS = (24, 12, 16, 18, 90, 14)
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def install(server: flask.Flask, office: Office) -> None:
    """Routes /actions/reminders, .csv and .xlsx."""

    def found() -> tuple[list[Message], Display]:
        query = flask.request.query_string.decode("ascii", "ignore")
        with office.read(parse_state("/", query)) as reading:
            return ladder(reading, office.settings.remind_days), reading.display

    @server.get("/actions/reminders")
    def reminders() -> Any:
        messages, _display = found()
        counts = Counter(reminder.rung for message in messages for reminder in message.reminders)
        return office.page(
            "reminders.html", letters=messages, counts=counts, rungs=WORDS, days=office.settings.remind_days
        )

    @server.get("/actions/reminders.<any(csv, xlsx):kind>")
    @office.limit(EXPORTS)
    def download_reminders(kind: str) -> Any:
        messages, display = found()
        name = f"dabiao-reminders.{kind}"
        if kind == "csv":
            response = attachment(to_csv(COLUMNS, _rows(messages, display)), "text/csv; charset=utf-8", name)
        else:
            response = attachment(_workbook(messages, display, office), XLSX, name)
        office.note_export(f"reminders.{kind}")
        return response


def _rows(messages: list[Message], d: Display) -> Iterator[dict[str, Any]]:
    for message in messages:
        for r in message.reminders:
            values = (
                message.office,
                r.district.code,
                r.district.name(d.language),
                d._(WORDS[r.rung]),
                r.text,
                r.due_on,
            )
            yield dict(zip(COLUMNS, values, strict=True))


def _workbook(messages: list[Message], d: Display, office: Office) -> bytes:
    """One sheet with a line for each reminder, and one with the text for each office."""
    _, out = d._, io.BytesIO()
    lines = [tuple(row.values()) for row in _rows(messages, d)]
    texts = [(message.office, message.text) for message in messages]
    heads = (_("责任单位"), _("地区代码"), _("地区|one"), _("类别|reminder"), _("内容"), _("期限"))
    colours = {d._(WORDS[Rung.RED]): "#f6d9d9", d._(WORDS[Rung.YELLOW]): "#fdf0c4", d._(WORDS[Rung.BLUE]): "#e8f0f9"}
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        book.set_properties({"title": _("提醒清单"), "created": datetime.combine(office.settings.today(), time())})
        head = book.add_format({"bold": True, "bottom": 1})
        plain = {"quote_prefix": True, "text_wrap": True, "valign": "top"}
        formats = {word: book.add_format({**plain, "bg_color": colour}) for word, colour in colours.items()}
        other = book.add_format(plain)
        sheet = book.add_worksheet(_("提醒清单"))
        for column, (title, width) in enumerate(zip(heads, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, head)
        for row, line in enumerate(lines, start=1):
            for column, value in enumerate(line):
                shown = d.day(value) if column == len(COLUMNS) - 1 else str(value)
                sheet.write_string(row, column, shown, formats.get(line[3], other) if column == 3 else other)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(lines)), len(COLUMNS) - 1)
        sheet = book.add_worksheet(_("按单位"))
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 110)
        for row, line in enumerate([(_("责任单位"), _("内容")), *texts]):
            for column, value in enumerate(line):
                sheet.write_string(row, column, value, other if row else head)
        sheet.freeze_panes(1, 0)
    return out.getvalue()
