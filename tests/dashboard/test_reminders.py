"""提醒: which rung an item stands on, and what each office is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.access.accounts import By
from dashboard.components.items import bureau, proposed_day
from dashboard.components.render import row_key
from dashboard.display import Display
from dashboard.meeting import agenda as agendas
from dashboard.meeting import ledger
from dashboard.meeting.reminders import Message, Reminder, Rung, ladder, message_text, rung_of
from tests.dashboard.conftest import OpenSite
from tests.dashboard.made_up import CATALOG, DISTRICTS
from tests.dashboard.support import Site
from warehouse.actions import EventKind
from warehouse.engine import writing
from warehouse.measures.arrival import Arrival
from warehouse.measures.status import Status
from warehouse.queries.mart import ProgressRow, Selection, fetch_rows

NOW = datetime(2026, 2, 1, 2, tzinfo=UTC)
TODAY = NOW.date()
BY = By("user:head", "", NOW)


def day(days: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("is_open", "due", "light", "rung"),
    [
        (True, -1, Status.MET, "red"), (True, -1, Status.BEHIND, "red"), (True, -300, None, "red"),
        (True, 0, Status.MET, "blue"), (True, 7, Status.MET, "blue"), (True, 7, None, "blue"),
        (True, 8, Status.MET, None), (True, 8, None, None), (True, 8, Status.UNREPORTED, None),
        (True, 8, Status.BEHIND, "yellow"), (True, 8, Status.SLIPPING, "yellow"), (True, 8, Status.MISSED, "yellow"),
        (True, 8, Status.BREACHED, "yellow"), (True, 3, Status.BEHIND, "yellow"), (True, 0, Status.SLIPPING, "yellow"),
        (True, 8, Status.IN_PROGRESS, None), (True, 8, Status.ON_TRACK, None), (True, 8, Status.MONITOR, None),
        (False, -1, Status.BEHIND, None), (False, 0, Status.MET, None), (False, 8, Status.BEHIND, None),
    ],
)  # fmt: skip
def test_an_item_stands_on_its_most_urgent_rung(
    is_open: bool, due: int, light: Status | None, rung: str | None
) -> None:
    assert rung_of(is_open, day(due), light, TODAY, 7) == rung


def test_how_long_before_is_a_matter_of_the_setting() -> None:
    assert rung_of(True, day(8), None, TODAY, 8) is Rung.BLUE
    assert rung_of(True, day(1), None, TODAY, 0) is None
    assert rung_of(True, day(0), None, TODAY, 0) is Rung.BLUE


@pytest.mark.parametrize(
    ("meeting", "due"),
    [
        (date(2026, 1, 20), date(2026, 2, 20)), (date(2026, 1, 31), date(2026, 2, 27)),
        (date(2026, 11, 30), date(2026, 12, 30)), (date(2025, 12, 31), date(2026, 1, 30)),
        (date(2024, 1, 31), date(2024, 2, 29)), (date(2026, 2, 1), date(2026, 2, 27)),
    ],
)  # fmt: skip
def test_a_month_from_the_meeting_is_proposed_but_no_weekend(meeting: date, due: date) -> None:
    assert proposed_day(meeting) == due
    assert due.weekday() < 5


def test_what_is_sent_names_each_rung_once_and_numbers_what_is_on_it() -> None:
    district = DISTRICTS[0]
    reminders = [
        Reminder(rung, "甲区民政局", district, text, TODAY, "/actions/1")
        for rung, text in ((Rung.RED, "甲。"), (Rung.RED, "乙。"), (Rung.REPORT, "丙。"))
    ]
    assert message_text(Display(CATALOG, "zh"), "甲区民政局", reminders) == (
        "甲区民政局：\n【红：已逾期】2 项\n1. 甲。\n2. 乙。\n【催报：逾期未报】1 项\n1. 丙。"
    )


@pytest.fixture
def room(open_site: OpenSite, demo_file: object) -> Site:
    """A synthetic province of one's own."""
    return open_site(demo_file, today=TODAY)  # type: ignore[arg-type]


def decide(site: Site, row: ProgressRow, office: str, due: int, what: str = "加快改造") -> int:
    """An item entered some days ago."""
    past = replace(BY, at=NOW - timedelta(days=20))
    with writing(site.reader.engine) as connection:
        catalog = site.reader.catalog()
        decision = ledger.Decision(row.place, row_key(Display(catalog, "zh"), row), what, office, day(due))
        return ledger.add_item(connection, catalog, past, decision, past.at.date())


def sent(site: Site, language: str = "zh") -> list[Message]:
    """The list, as it is on the day."""
    with site.read("/", language) as reading:
        return ladder(reading, 7)


def test_each_office_gets_one_message_with_everything_and_nothing_twice(room: Site) -> None:
    with room.read() as reading:
        red = agendas.red_rows(reading)[:3]
        good = fetch_rows(
            reading.scope, reading.connection, reading.catalog, Selection(statuses=frozenset({Status.MET}))
        )
        names = {row.district_key: bureau(reading.catalog.districts[row.district_key], "zh") for row in red}
    late = decide(room, red[0], names[red[0].district_key], -3)
    slow = decide(room, red[1], "市残联", 40)
    soon = decide(room, good[0], "市残联", 5)
    calm = decide(room, good[1], "市残联", 40)
    done = decide(room, red[2], "市残联", -3)
    with writing(room.reader.engine) as connection:
        ledger.add_event(connection, room.reader.catalog(), BY, done, EventKind.DONE, "", None, today=TODAY)
    messages = sent(room)
    offices = [message.office for message in messages]
    assert len(set(offices)) == len(offices)
    rungs = [list(Rung).index(m.rung) for m in messages]
    assert rungs == sorted(rungs) and len(set(rungs)) > 2, "the most urgent first"
    told = [(m.office, r.rung, r.href) for m in messages for r in m.reminders if r.rung is not Rung.REPORT]
    assert sorted(told) == sorted([
        (names[red[0].district_key], Rung.RED, f"/actions/{late}"), ("市残联", Rung.YELLOW, f"/actions/{slow}"),
        ("市残联", Rung.BLUE, f"/actions/{soon}"),
    ])  # fmt: skip
    assert f"/actions/{calm}" not in {href for _, _, href in told}
    for message in messages:
        assert all(message.text.count(r.text) == 1 for r in message.reminders)
        assert message.text.startswith(f"{message.office}：")
        assert [r.rung for r in message.reminders] == sorted((r.rung for r in message.reminders), key=list(Rung).index)


def test_an_office_is_one_in_every_language(room: Site) -> None:
    with room.read() as reading:
        red = agendas.red_rows(reading)[0]
        name = bureau(reading.catalog.districts[red.district_key], "zh")
        missing = {bureau(s.district, "zh") for s in agendas.make_agenda(reading, None).returns.silent}
    decide(room, red, name, -3)
    offices = {language: {m.office for m in sent(room, language)} for language in ("zh", "en")}
    assert len(offices["zh"]) == len(offices["en"]) == len(missing | {name})


def test_what_was_not_reported_by_its_deadline_is_a_kind_of_its_own(room: Site) -> None:
    with room.read() as reading:
        due = agendas.make_agenda(reading, None).returns
        assert due.deadline < TODAY
        owed = {bureau(s.district, "zh"): len(s.missing) for s in due.silent}
    reports = {m.office: r for m in sent(room) for r in m.reminders if r.rung is Rung.REPORT}
    assert reports.keys() == owed.keys()
    for office, number in owed.items():
        assert f"还有 {number} 项数据未报" in reports[office].text
    assert all(e.arrival(15) is Arrival.MISSING for s in due.silent for e in s.missing)


def test_before_the_deadline_nobody_is_reminded_of_returns(open_site: OpenSite, demo_file: object) -> None:
    site = open_site(demo_file, today=date(2026, 1, 3))  # type: ignore[arg-type]
    assert [r for m in sent(site) for r in m.reminders if r.rung is Rung.REPORT] == []


def test_the_sentence_of_an_item_has_its_number_its_day_and_no_more_than_one_full_stop_at_a_time(room: Site) -> None:
    with room.read() as reading:
        row = agendas.red_rows(reading)[0]
    decide(room, row, "市残联", -3, "加快改造。")
    [text] = [r.text for m in sent(room) if m.office == "市残联" for r in m.reminders]
    assert "加快改造（" in text and "2026年1月29日前办结，已逾期 3 天。" in text and "。。" not in text
    [english] = [r.text for m in sent(room, "en") if m.office == "市残联" for r in m.reminders]
    assert "3 days" in english
