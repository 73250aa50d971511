"""会议: the agenda says what the data say, at every moment of a history; slides keep their keys and stay short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings

from dashboard.access.accounts import By
from dashboard.components.render import row_key
from dashboard.display import Display
from dashboard.meeting import agenda as agendas
from dashboard.meeting import ledger
from dashboard.meeting.agenda import RED, REST, WORST, Agenda, make_agenda
from dashboard.meeting.slides import LINES, MOST_SHEETS, SECTIONS, Slide, make_slides, sheets
from dashboard.reading import Reading
from dashboard.tally import LIGHTS
from tests.dashboard.conftest import OpenSite
from tests.dashboard.html import leaked_words, parse
from tests.dashboard.support import TODAY, Site
from tests.histories import CORRECTED_TWICE_AND_UNDONE, WITHDRAWN_AND_UNDONE, Step, open_history, plans
from warehouse.actions import EventKind
from warehouse.engine import writing
from warehouse.measures.arrival import Arrival
from warehouse.measures.status import Status
from warehouse.queries.changes import Move
from warehouse.queries.expected import fetch_expected
from warehouse.queries.mart import Place, ProgressRow, Selection, fetch_rows
from warehouse.queries.meetings import Meeting, fetch_meeting
from warehouse.scope import Scope

ALL = Scope.everything()
BY = By("user:head", "", datetime(2026, 1, 20, 2, tzinfo=UTC))
_number = count()


def agenda_of(reading: Reading, meeting: Meeting | None = None) -> Agenda:
    """The agenda, with what must be true of every one."""
    agenda = make_agenda(reading, meeting)
    slides = make_slides(reading, agenda)
    keys = [slide.key for slide in slides]
    assert len(set(keys)) == len(keys)
    assert [s for s in SECTIONS if s in {x.section for x in slides}] == list(dict.fromkeys(x.section for x in slides))
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", key) for key in keys), "a key stands in links as it is"
    assert all(slide.title for slide in slides)
    return agenda


def rows_of(reading: Reading, **more: Any) -> list[ProgressRow]:
    """Rows the filters select, straight from the mart."""
    found = fetch_rows(reading.scope, reading.connection, reading.catalog, reading.selection.only(**more))
    assert isinstance(found, list)
    return found


# --- Every number of an agenda is one of the mart's ------------------------------------------------


@pytest.mark.parametrize(
    "link", ["/", "/?period=2025-S1", "/?district=990100", "/?domain=elderly", "/?district=990299"]
)
def test_what_is_red_is_told_worst_first_and_all_of_it_is_counted(demo: Site, link: str) -> None:
    with demo.read(link) as reading:
        agenda = agenda_of(reading)
        red = [row for row in rows_of(reading) if row.light in RED]
        assert agenda.red_total == len(red)
        told = [x.row for x in agenda.red] + list(agenda.rest)
        assert {(r.place, r.period_key) for r in told} <= {(r.place, r.period_key) for r in red}
        assert len(told) == min(len(red), WORST + REST)
        assert len(agenda.red) == min(len(red), WORST)
        order = [RED.index(row.light) for row in told]
        assert order == sorted(order)
        for light in RED:
            paces = [row.pace_ratio for row in told if row.light is light]
            known = [pace for pace in paces if pace is not None]
            assert known == sorted(known)
        for x in agenda.red:
            assert x.series[-1].period_key == x.row.period_key
            assert [r.period_key for r in x.series] == sorted(r.period_key for r in x.series)
            assert {(r.district_key, r.breakdown_key) for r in x.series} == {(x.row.district_key, x.row.breakdown_key)}


def test_counts_of_lights_are_those_of_the_overview(site: Site) -> None:
    with site.read() as reading:
        tally = agenda_of(reading).tally
        rows = rows_of(reading)
        assert {light: tally.count(light) for light in LIGHTS} == {
            light: sum(row.light is light for row in rows) for light in LIGHTS
        }


def test_who_has_not_reported_is_everybody_who_owes_something(site: Site) -> None:
    with site.read() as reading:
        due = agenda_of(reading).returns
        expected = fetch_expected(ALL, reading.connection, reading.catalog, None, due.period)
        missing = [e for e in expected if e.arrival(reading.return_days) is Arrival.MISSING]
        assert due.expected == len(expected)
        assert sum(len(s.missing) for s in due.silent) == len(missing)
        counts = [len(s.missing) for s in due.silent]
        assert counts == sorted(counts, reverse=True) and 0 not in counts


@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))
@given(plan=plans)
@example(plan=WITHDRAWN_AND_UNDONE)
@example(plan=CORRECTED_TWICE_AND_UNDONE)
def test_at_every_step_of_a_history_the_changes_are_all_there(
    reference_file: Path, tmp_path: Path, plan: list[Step]
) -> None:
    with open_history(reference_file, tmp_path / str(next(_number))) as history:
        start = history.clock.now.date()
        for step in plan:
            history.take(step)
        today = history.clock.now.date() + timedelta(days=1)
        site = Site(history.folder / "dabiao.db", today=today)
        then = rows_at(site, start)
        with site.read(f"/?since={start.isoformat()}") as reading:
            agenda = agenda_of(reading)
            told = {
                (entry.change.place, period.key)
                for _move, entries in agenda.changes
                for entry in entries
                for period in entry.periods
            }
            now = lights(rows_of(reading))
            moved = {key for key in now if key in then and then[key] != now[key]}
            assert moved <= told, "a light that moved is told of"
            for move, entries in agenda.changes:
                assert {entry.change.move for entry in entries} == {move}
            red = [row for row in rows_of(reading) if row.light in RED]
            assert agenda.red_total == len(red)
        site.close()


def lights(rows: list[ProgressRow]) -> dict[tuple[Place, int], Status]:
    """By series and half-year."""
    return {(row.place, row.period_key): row.light for row in rows}


def rows_at(site: Site, day: date) -> dict[tuple[Place, int], Status]:
    """The lights as they were at the end of a day."""
    with site.read(f"/?asof={day.isoformat()}") as reading:
        selection = Selection(as_of=reading.state.as_of)
        return lights(fetch_rows(ALL, reading.connection, reading.catalog, selection))


# --- What was decided, and where it stands on the agenda ---------------------------------------------


@pytest.fixture
def room(open_site: OpenSite, demo_file: Path) -> Iterator[Site]:
    """A synthetic province of one's own."""
    return open_site(demo_file, today=TODAY)  # type: ignore[return-value]


def decide(site: Site, row: ProgressRow, meeting: int | None = None, what: str = "加快改造", by: By = BY) -> int:
    """An item on a number."""
    with writing(site.reader.engine) as connection:
        catalog = site.reader.catalog()
        key = row_key(Display(catalog, "zh"), row)
        decision = ledger.Decision(row.place, key, what, "区民政局", by.at.date() + timedelta(days=30), meeting)
        return ledger.add_item(connection, catalog, by, decision, by.at.date())


def meet(site: Site, day: date, title: str = "调度会") -> Meeting:
    """A meeting."""
    with writing(site.reader.engine) as connection:
        found = fetch_meeting(connection, ledger.add_meeting(connection, BY, day, title))
    assert found is not None
    return found


def close(site: Site, item: int, at: datetime) -> None:
    """办结"""
    with writing(site.reader.engine) as connection:
        by = replace(BY, at=at)
        ledger.add_event(connection, site.reader.catalog(), by, item, EventKind.DONE, "", None, today=at.date())


def test_a_decision_is_on_its_meeting_then_on_the_next_until_it_has_been_told_to_be_done(room: Site) -> None:
    first, second, third = (meet(room, date(2026, 1, day)) for day in (20, 25, 30))
    with room.read() as reading:
        row = agendas.red_rows(reading)[0]
    item = decide(room, row, first.key)
    close(room, item, datetime(2026, 1, 27, 2, tzinfo=UTC))

    def where(meeting: Meeting | None, link: str = "/") -> list[str]:
        with room.read(link) as reading:
            agenda = agenda_of(reading, meeting)
            places = {"decided": agenda.decided, "today": agenda.today}
            return [name for name, items in places.items() if item in {x.key for x in items}]

    assert where(first, "/?asof=2026-01-20") == ["today"]
    assert where(second, "/?asof=2026-01-25") == ["decided"], "open still"
    assert where(third, "/?asof=2026-01-30") == ["decided"], "done since the last meeting"
    assert where(None) == [], "done before the last meeting"
    with room.read("/?asof=2026-01-25") as reading:
        [found] = [x for x in agenda_of(reading, second).decided if x.key == item]
    assert found.is_open, "what is written later does not exist"


def test_the_number_carries_its_items_and_only_the_numbers_of_the_filter_are_told(room: Site) -> None:
    with room.read() as reading:
        row = agendas.red_rows(reading)[0]
        code = reading.catalog.districts[row.district_key].code
        other = next(d.code for d in reading.leaves if d.key != row.district_key)
    item = decide(room, row)
    with room.read(f"/?district={code}") as reading:
        agenda = agenda_of(reading)
        assert [x.key for red in agenda.red if red.row.place == row.place for x in red.items] == [item]
        assert [x.key for x in agenda.decided] == [item]
    with room.read(f"/?district={other}") as reading:
        assert agenda_of(reading).decided == ()


def test_without_a_meeting_what_was_decided_today_closes_it(room: Site) -> None:
    with room.read() as reading:
        rows = agendas.red_rows(reading)[:2]
    before = decide(room, rows[0])
    today = decide(room, rows[1], by=replace(BY, at=datetime(2026, 2, 1, 3, tzinfo=UTC)))
    with room.read() as reading:
        agenda = agenda_of(reading)
    assert ([x.key for x in agenda.decided], [x.key for x in agenda.today]) == ([before], [today])


def test_who_is_not_told_who_did_what_is_told_of_no_decision(open_site: OpenSite, demo_file: Path) -> None:
    site = open_site(demo_file, names_people=False)
    meet(site, date(2026, 1, 20))
    with site.read() as reading:
        row = agendas.red_rows(reading)[0]
    decide(site, row)
    with site.read() as reading:
        agenda = agenda_of(reading)
    assert (agenda.decided, agenda.today, agenda.last) == ((), (), None)
    assert all(not red.items for red in agenda.red)


def test_the_last_meeting_is_compared_with_unless_another_day_is_chosen(room: Site) -> None:
    meet(room, date(2026, 1, 10))
    last = meet(room, date(2026, 1, 20))
    same_day = meet(room, date(2026, 1, 20), "碰头会")
    with room.read() as reading:
        assert agenda_of(reading).since == date(2026, 1, 20)
        assert agenda_of(reading, same_day).last == last
        assert agenda_of(reading, last).since == date(2026, 1, 10)
    with room.read("/?since=2025-12-01") as reading:
        assert agenda_of(reading).since == date(2025, 12, 1)


# --- Slides ---------------------------------------------------------------------------------------------


def test_the_key_of_a_number_is_the_same_in_every_half_year_and_filter(demo: Site) -> None:
    def keys(link: str) -> dict[str, str]:
        with demo.read(link) as reading:
            slides = make_slides(reading, make_agenda(reading, None))
            return {slide.row.rsplit(".", 2)[0]: slide.key for slide in slides if slide.row}

    everywhere, before, here = keys("/"), keys("/?period=2025-S1"), keys("/?district=990101")
    assert everywhere and before and here
    for series, key in (everywhere | before | here).items():
        assert key == f"red-{series}"


@pytest.mark.parametrize("values", [0, 1, LINES, LINES + 1, LINES * MOST_SHEETS, LINES * MOST_SHEETS + 9])
def test_a_table_is_cut_into_slides_of_few_lines(values: int) -> None:
    found = list(sheets(range(values)))
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert len(found) <= MOST_SHEETS
    assert all(0 < len(lines) <= LINES for _, lines in found)
    assert [x for _, lines in found for x in lines] == list(range(min(values, LINES * MOST_SHEETS)))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "link", ["/", "/?district=990299", "/?domain=funeral", "/?since=2020-01-01", "/?period=2023-S1"]
)
def test_every_slide_is_whole_html_without_a_word_of_a_program(room: Site, language: str, link: str) -> None:
    with room.read() as reading:
        for row in agendas.red_rows(reading)[:7]:
            decide(room, row)
    with room.read(link, language) as reading:
        for slide in make_slides(reading, make_agenda(reading, None)):
            tree = parse(html_of(slide, reading))
            assert not leaked_words(tree), slide.key
            years = re.findall(r"(?<!\d)(20\d\d)\d", slide.title.replace(",", ""))
            assert not years or slide.section != "changed", "a year and a count stand apart"
            assert len(tree.all("tr")) <= LINES + 1, slide.key


def html_of(slide: Slide, reading: Reading) -> str:
    """The body of a slide."""
    from dashboard.access.roles import Right
    from dashboard.components.render import render

    return render(
        slide.template, reading.display, v=slide.values, state=reading.state, lights=LIGHTS, may=lambda _right: True,
        Right=Right,
    )  # fmt: skip


def test_worse_is_told_before_better_and_what_moved_further_first(demo: Site) -> None:
    with demo.read("/?since=2025-06-01") as reading:
        agenda = agenda_of(reading)
    order = [move for move, _ in agenda.changes]
    assert order == sorted(order, key=list(agendas.changes_parts.ORDER).index)
    assert set(order) <= set(Move)
    for _move, entries in agenda.changes:
        sizes = [agendas._size(entry.change) for entry in entries]
        assert sizes == sorted(sizes, reverse=True)


def test_the_decision_just_taken_is_on_its_slide(room: Site) -> None:
    with room.read() as reading:
        row = agendas.red_rows(reading)[0]
    taken = [decide(room, row, what=f"第{n}件") for n in range(3)]
    with room.read() as reading:
        slide = next(s for s in make_slides(reading, make_agenda(reading, None)) if s.key.startswith("red-"))
    assert [view.item.key for view in slide.values["views"]] == taken[:0:-1] and slide.values["others"] == 1
