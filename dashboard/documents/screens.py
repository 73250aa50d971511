"""大屏: adding, changing and previewing screens, and the devices that show them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import flask

from dashboard.access.limits import CHANGES
from dashboard.access.roles import ALL, Grant, Role
from dashboard.access.tokens import DEFAULT_DAYS, MOST_DAYS
from dashboard.documents.office import Office, field
from dashboard.figures.boundaries import read_boundaries
from dashboard.screens import store
from dashboard.screens.definition import FIELDS as NAMES
from dashboard.screens.definition import (
    KINDS,
    MOST_ENTRIES,
    THEMES,
    WEEKDAYS,
    Definition,
    Kind,
    ScreenError,
    read_definition,
)
from dashboard.screens.doors import render
from dashboard.screens.playlist import Gallery
from dashboard.screens.store import Screen
from warehouse.errors import DabiaoError
from warehouse.scope import Scope

SIZES = (
    (1920, 1080, "16:9"),
    (3840, 2160, "16:9 · 4K"),
    (7680, 2160, "32:9"),
    (5760, 1920, "3:1"),
    (1080, 1920, "9:16"),
)
_LINE = ("kind", "dwell", "begins", "ends", "period", "district", "domain")
_NEW = {"kind": "situation", "dwell": 15, "begins": "00:00", "ends": "00:00", "weekdays": list(range(7))}
_SCREEN = "/admin/screens/<string(maxlength=64):name>"


def install(server: flask.Flask, office: Office) -> None:
    """Routes below /admin/screens."""

    def kinds_of(screen: Screen) -> dict[Kind, str]:
        """A map is offered where there are boundaries, and where a screen has one already."""
        has_map = read_boundaries(office.settings.boundaries_folder) is not None
        has_map |= any(entry.kind is Kind.MAP for entry in screen.definition.playlist)
        return {kind: name for kind, name in KINDS.items() if has_map or kind is not Kind.MAP}

    gallery = Gallery(office.reader, entries=8)

    def find(name: str) -> Screen:
        with office.reading() as connection:
            found = store.fetch_screen(connection, name)
        if found is None:
            flask.abort(404)
        return found

    def list_page(status: int = 200, error: DabiaoError | None = None) -> Any:
        with office.reading() as connection:
            known = store.fetch_screens(connection)
            devices = store.fetch_devices(connection, office.settings.now())
        return office.page(
            "screens.html", status=status, error=error, screens=known, devices=devices, now=office.settings.now(),
            form=flask.request.form, sizes=SIZES,
        )  # fmt: skip

    def edit_page(
        screen: Screen,
        values: dict[str, Any] | None = None,
        *,
        status: int = 200,
        error: DabiaoError | None = None,
        url: str = "",
    ) -> Any:
        """The editor, with what was sent where it was refused."""
        with office.reading() as connection:
            devices = [d for d in store.fetch_devices(connection, office.settings.now()) if screen.name in d.screens]
        return office.page(
            "screen_edit.html", status=status, error=error, wrong=getattr(error, "field", ""), screen=screen,
            values=values or {"title": screen.title, **screen.definition.values()}, fields=NAMES,
            kinds=kinds_of(screen),
            themes=THEMES, weekdays=WEEKDAYS, sizes=SIZES, devices=devices, url=url, tree=office.tree(),
            domains=list(office.catalog.domains.values()), now=office.settings.now(), default_days=DEFAULT_DAYS,
            most_days=MOST_DAYS, form=flask.request.form,
        )  # fmt: skip

    @server.get("/admin/screens")
    def screens() -> Any:
        return list_page()

    @server.post("/admin/screens", endpoint="add_screen")
    @office.limit(CHANGES)
    def add() -> Any:
        name, size = field("name", 80), field("size", 20).partition("x")
        try:
            values = Definition().values() | {"width": size[0] or 1920, "height": size[2] or 1080}
            with office.writing() as connection:
                store.add_screen(connection, office.by(), name, field("title", 80), read_definition(values))
        except DabiaoError as error:
            return list_page(400, error)
        return office.done(office.display._("大屏已添加。"), "edit_screen", name=name)

    @server.get(_SCREEN, endpoint="edit_screen")
    def edit(name: str) -> Any:
        return edit_page(find(name))

    @server.post(_SCREEN, endpoint="change_screen")
    @office.limit(CHANGES)
    def change(name: str) -> Any:
        screen, values = find(name), _values()
        try:
            with office.writing() as connection:
                store.change_screen(
                    connection, office.by(), office.catalog, name, values["title"], read_definition(values)
                )
        except DabiaoError as error:
            return edit_page(screen, values, status=400, error=error)
        return office.done(office.display._("已保存。屏上半分钟内更新。"), "edit_screen", name=name)

    @server.post(f"{_SCREEN}/copy", endpoint="copy_screen")
    @office.limit(CHANGES)
    def copy(name: str) -> Any:
        screen, other = find(name), field("name", 80)
        try:
            with office.writing() as connection:
                own = replace(screen.definition, devices=())
                store.add_screen(connection, office.by(), other, screen.title, own)
        except DabiaoError as error:
            return edit_page(screen, status=400, error=error)
        return office.done(office.display._("大屏已复制，设备不随之复制。"), "edit_screen", name=other)

    @server.post(f"{_SCREEN}/delete", endpoint="delete_screen")
    @office.limit(CHANGES)
    def remove(name: str) -> Any:
        find(name)
        try:
            with office.writing() as connection:
                store.delete_screen(connection, office.by(), name)
        except DabiaoError as error:
            return list_page(400, error)
        return office.done(office.display._("大屏已删除，它的设备令牌已撤销。"), "screens")

    @server.post(f"{_SCREEN}/devices", endpoint="add_device")
    @office.limit(CHANGES)
    def add_device(name: str) -> Any:
        screen, days, token = find(name), field("days", 8), field("device")
        districts = None if (chosen := field("district", 12)) in ("", ALL) else frozenset({chosen})
        try:
            with office.writing() as connection:
                secret = store.add_device(
                    connection, office.by(), office.catalog, name, token, Grant(Role.SCREEN, districts),
                    int(days) if days.isascii() and days.isdigit() else 0,
                )  # fmt: skip
        except DabiaoError as error:
            return edit_page(screen, status=400, error=error)
        base = office.settings.url or flask.request.host_url.rstrip("/")
        return edit_page(find(name), url=f"{base}/screen/{name}?token={secret}")

    @server.route(f"{_SCREEN}/preview", methods=["GET", "POST"], endpoint="preview_screen")
    def preview(name: str) -> Any:
        screen = find(name)
        if flask.request.method == "POST":
            values = _values()
            try:
                screen = replace(screen, title=values["title"], definition=read_definition(values))
            except ScreenError as error:
                return office.page("screen_wrong.html", status=400, error=error)
        _made_from, pictures = gallery.pictures(screen, Scope.everything())
        shown = [p for p in pictures if p.entry is not None] or list(pictures)
        return render(office, screen, shown, shown)


def _values() -> dict[str, Any]:
    """What the form says, its lines moved, added and left out as its buttons ask."""
    form = flask.request.form
    names = (
        "title", "width", "height", "distance", "diagonal", "pitch", "theme", "language", "columns", "rows", "bezel",
        "poll", "reload",
    )  # fmt: skip
    lines: list[dict[str, Any]] = []
    for n in range(min(len(form.getlist("kind")), MOST_ENTRIES)):
        columns = {name: form.getlist(name) for name in _LINE}
        line: dict[str, Any] = {
            name: found[n].strip()[:40] if n < len(found) else "" for name, found in columns.items()
        }
        lines.append(line | {"weekdays": [int(day) for day in form.getlist(f"weekdays-{n}") if day in set("0123456")]})
    act, _, at = form.get("act", "").partition("-")
    n = int(at) if at.isascii() and at.isdigit() and len(at) < 4 else -1
    if act == "add":
        lines.append(dict(_NEW))
    elif act == "remove" and 0 <= n < len(lines):
        del lines[n]
    elif act in ("up", "down"):
        other = n + (1 if act == "down" else -1)
        if 0 <= n < len(lines) and 0 <= other < len(lines):
            lines[n], lines[other] = lines[other], lines[n]
    return {name: field(name, 80) for name in names} | {"playlist": lines}
