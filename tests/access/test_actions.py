"""督办事项 over HTTP: what is entered stands, all is written down, and nobody sees another's."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.access.support import ABOVE, FOREIGN, OWN, Place, Visitor, words, wrong
from warehouse.room_tables import action_event, action_item, meeting_note

NUMBER = f"{OWN}.demo_homes_adapted.total.2025-S2.2025-S2"
ITEM = {"row": NUMBER, "what": "加快改造", "office": "区民政局", "due_on": "2026-03-02"}


@pytest.fixture
def head(place: Place) -> Visitor:
    """Who decides."""
    return place.signed_in("head")


def enter(visitor: Visitor, **changes: str) -> str:
    """An item; the link to it."""
    response = visitor.submit("/actions", {**ITEM, **changes})
    assert response.status_code == 303, wrong(response)
    return response.headers["Location"]


def counts(place: Place) -> tuple[int, int]:
    """Items and events."""
    with place.engine.connect() as connection:
        return tuple(  # type: ignore[return-value]
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (action_item, action_event)
        )


def states(visitor: Visitor, link: str) -> list[str]:
    """The marks beside an item's title."""
    return [x.text for x in words(visitor.get(link)).one("h1").all("span", "state")]


def test_the_form_proposes_the_bureau_and_a_day_a_month_away(head: Visitor) -> None:
    page = words(head.get(f"/actions/new?row={NUMBER}"))
    assert page.one("input", id="office")["value"].endswith("民政局")
    assert page.one("input", id="due_on")["value"] == "2026-02-27", "a Friday, a month after 1 February"
    assert page.one("textarea", id="what").text == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"what": " "}, "要做什么"), ({"office": ""}, "责任单位"), ({"due_on": ""}, "办结期限"),
        ({"due_on": "2026-01-31"}, "不早于今天"), ({"due_on": "tomorrow"}, "办结期限"),
        ({"due_on": "3000-01-01"}, "办结期限"),
    ],
)  # fmt: skip
def test_what_is_not_complete_is_not_entered_and_nothing_typed_is_lost(
    place: Place, head: Visitor, changes: dict[str, str], said: str
) -> None:
    response = head.submit("/actions", {**ITEM, **changes})
    assert response.status_code == 400 and said in wrong(response)
    kept = {**ITEM, **changes}
    assert words(response).one("input", id="office")["value"] == kept["office"]
    assert counts(place) == (0, 0)


def test_an_item_goes_from_entered_to_reported_returned_extended_and_done(place: Place, head: Visitor) -> None:
    link, before = enter(head), len(place.entries())
    editor = place.signed_in("editor")
    assert states(editor, link) == ["办理中"]
    steps: list[tuple[Visitor, str, dict[str, str], list[str]]] = [
        (editor, "answer", {"note": "完成八成"}, ["办理中", "待核"]),
        (head, "decide", {"kind": "returned", "note": "没有附清单"}, ["退回"]),
        (head, "decide", {"kind": "extended", "note": "雨季停工", "due_on": "2026-04-01"}, ["延期"]),
        (editor, "answer", {"note": "全部完成"}, ["延期", "待核"]),
        (head, "decide", {"kind": "done"}, ["已办结"]),
    ]
    for visitor, act, fields, now in steps:
        response = visitor.submit(f"{link}/{act}", fields)
        assert response.status_code == 303, wrong(response)
        assert states(head, link) == now
    assert [entry.action for entry in place.entries()[before:] if entry.action.startswith("item")] == [
        "item_changed"
    ] * 5
    history = words(head.get(link)).one("ol", "history").text
    assert all(fields["note"] in history for _, _, fields, _ in steps if "note" in fields)
    assert "原定 2026年3月2日" in words(head.get(link)).text
    place.check_log()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": "extended", "note": "", "due_on": "2026-04-01"}, 400), ({"kind": "extended", "note": "因"}, 400),
        ({"kind": "extended", "note": "因", "due_on": "2026-03-02"}, 400), ({"kind": "returned"}, 400),
        ({"kind": "withdrawn"}, 400), ({"kind": "opened", "note": "x"}, 400), ({"kind": "reported", "note": "x"}, 400),
        ({"kind": ""}, 400), ({}, 400),
    ],
)  # fmt: skip
def test_what_lacks_its_reason_or_day_is_refused(
    place: Place, head: Visitor, fields: dict[str, str], status: int
) -> None:
    link, before = enter(head), counts(place)
    assert head.submit(f"{link}/decide", fields).status_code == status
    assert counts(place) == before and states(head, link) == ["办理中"]


def test_what_somebody_else_has_ended_meanwhile_cannot_be_decided_again(place: Place, head: Visitor) -> None:
    link = enter(head)
    assert place.signed_in("steward").submit(f"{link}/decide", {"kind": "withdrawn", "note": "重复"}).status_code == 303
    response = head.submit(f"{link}/decide", {"kind": "done"})
    assert response.status_code == 409 and "状态已经变了" in wrong(response)
    assert place.signed_in("editor").submit(f"{link}/answer", {"note": "x"}).status_code == 409


def test_the_very_same_is_not_entered_twice(place: Place, head: Visitor) -> None:
    enter(head)
    response = head.submit("/actions", ITEM)
    assert response.status_code == 400 and "同样" in wrong(response)
    assert counts(place) == (1, 1)
    enter(head, what="另一件事")


def test_who_does_not_see_the_district_sees_no_item_of_it(place: Place, head: Visitor) -> None:
    own, foreign = enter(head), enter(head, row=NUMBER.replace(OWN, FOREIGN), what="外区事项")
    for name in ("viewer", "editor"):
        visitor = place.signed_in(name)
        assert visitor.get(own).status_code == 200 and visitor.get(foreign).status_code == 404
        for link in (
            "/actions?state=all",
            f"/actions?district={FOREIGN}&state=all",
            "/meeting/now",
            f"/actions?district={ABOVE}",
        ):
            assert "外区事项" not in visitor.get(link).get_data(as_text=True), link
        assert "外区事项" not in visitor.leaves(f"/districts/{OWN}")
    assert "加快改造" in place.signed_in("viewer").leaves(f"/districts/{OWN}")
    assert place.signed_in("elder").get(own).status_code in (200, 404)
    for anybody, status in ((place.screen(), 401), (place.bearer("reader"), 404)):
        assert anybody.get(own).status_code == status
        assert "加快改造" not in anybody.get("/meeting/now").get_data(as_text=True)


def test_a_new_item_is_on_the_pages_at_once(place: Place, head: Visitor) -> None:
    viewer = place.signed_in("viewer")
    why = f"/?why={NUMBER}"
    assert "加快改造" not in viewer.leaves(f"/districts/{OWN}") + viewer.leaves(why, page="why")
    enter(head)
    assert "加快改造" in viewer.leaves(f"/districts/{OWN}")
    assert "加快改造" in viewer.leaves(why, page="why")
    assert "/actions/new" in head.leaves(why, page="why") and "/actions/new" not in viewer.leaves(why, page="why")


def test_only_a_path_of_this_server_is_gone_back_to(head: Visitor) -> None:
    back = "/meeting/now?district=990101#red-990101.demo_homes_adapted.total"
    assert head.submit("/actions", {**ITEM, "back": back}).headers["Location"] == back
    elsewhere = head.submit("/actions", {**ITEM, "what": "二", "back": "https://example.org/"})
    assert elsewhere.headers["Location"] == "/"


def test_the_list_is_what_its_filters_say(place: Place, head: Visitor) -> None:
    first, second = enter(head), enter(head, what="第二件", due_on="2026-02-02")
    head.submit(f"{first}/decide", {"kind": "done"})

    def listed(query: str) -> list[str]:
        return [x["href"] for cell in words(head.get(f"/actions?{query}")).all("th", "what") for x in cell.all("a")]

    assert listed("") == [second]
    assert listed("state=done") == [first]
    assert sorted(listed("state=all")) == sorted([first, second])
    assert listed("state=all&overdue=1") == [] == listed("state=awaits")
    assert listed(f"district={FOREIGN}&state=all") == []
    assert listed("state=nonsense") == [second]


def test_reminders_are_taken_along_as_tables_that_run_nothing(place: Place, head: Visitor) -> None:
    enter(head, what="=1+1", office="@evil", due_on="2026-02-02")
    text = head.get("/actions/reminders.csv").get_data(as_text=True)
    assert "'@evil" in text and "=1+1（" in text
    content = head.get("/actions/reminders.xlsx").get_data()
    sheets = zipfile.ZipFile(io.BytesIO(content))
    assert not any(b"<f>" in sheets.read(name) for name in sheets.namelist())
    assert place.said()[-2:] == [("user:head", "export", "reminders.csv"), ("user:head", "export", "reminders.xlsx")]


def note_of(place: Place) -> list[Any]:
    """Every note."""
    with place.engine.connect() as connection:
        return list(connection.execute(select(meeting_note.c.topic, meeting_note.c.body)))


def test_a_note_takes_the_place_of_the_one_before_and_is_the_speakers_alone(place: Place, head: Visitor) -> None:
    link = head.submit("/meeting", {"title": "调度会", "held_on": "2026-02-01"}).headers["Location"]
    for body in ("先讲总体", "再讲缺口"):
        assert head.submit(f"{link}/notes", {"topic": "opening", "body": body}).status_code == 204
    assert note_of(place) == [("opening", "再讲缺口")]
    assert "再讲缺口" in head.get(f"{link}/presenter").get_data(as_text=True)
    assert "再讲缺口" not in place.signed_in("viewer").get(link).get_data(as_text=True)
    assert head.submit(f"{link}/notes", {"topic": "x" * 300, "body": "y"}).status_code == 400
    assert head.submit(f"{link}/notes", {"topic": "opening", "body": "y" * 5000}).status_code == 400


@pytest.mark.parametrize("fields", [{"title": "", "held_on": "2026-02-01"}, {"title": "会", "held_on": ""}, {}])
def test_a_meeting_has_a_day_and_a_name(head: Visitor, fields: dict[str, str]) -> None:
    assert head.submit("/meeting", fields).status_code == 400


def test_a_short_link_and_a_code_carry_the_filters(head: Visitor) -> None:
    found = head.get(f"/m/now/red-{OWN}.demo_homes_adapted.total?district={OWN}&x=1").headers["Location"]
    assert found == f"/meeting/now?district={OWN}#red-{OWN}.demo_homes_adapted.total"
    code = head.get(f"/meeting/now/qr.svg?topic=opening&district={OWN}")
    assert code.mimetype == "image/svg+xml" and code.get_data().startswith(b"<?xml")
    assert head.get(f"/meeting/now/qr.svg?topic=opening&district={'9' * 4000}").status_code == 404
