"""大屏 without a browser: type from distance, hours, cells off the seams, and what views say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.reading import Reader
from dashboard.screens.definition import Definition, Entry, Hours, Kind, ScreenError, parse_definition, read_definition
from dashboard.screens.drawing import Card, Sheet, draw
from dashboard.screens.geometry import grid, panels, seams, width_of, wrap
from dashboard.screens.playlist import Gallery, on_now
from dashboard.screens.store import Screen
from dashboard.screens.views import sheets
from dashboard.settings import BEIJING, Settings
from tests.dashboard.support import ALL, TODAY, Site
from tests.squares import squares
from warehouse.measures.status import Status

EVERY_KIND = tuple(Entry(kind) for kind in Kind)
SIZES = {
    "16:9": Definition(playlist=EVERY_KIND),
    "4K": Definition(width=3840, height=2160, diagonal=Decimal(86), distance=Decimal(6), playlist=EVERY_KIND),
    "32:9": Definition(
        width=7680,
        height=2160,
        diagonal=Decimal(220),
        distance=Decimal(8),
        columns=4,
        rows=2,
        bezel=12,
        playlist=EVERY_KIND,
    ),
    "3:1": Definition(
        width=5760,
        height=1920,
        diagonal=Decimal(200),
        distance=Decimal(8),
        columns=3,
        bezel=8,
        language="en",
        playlist=EVERY_KIND,
    ),
    "portrait": Definition(width=1080, height=1920, diagonal=Decimal(43), distance=Decimal(3), playlist=EVERY_KIND),
    "far": Definition(distance=Decimal(10), playlist=EVERY_KIND),
}


@pytest.mark.parametrize(
    ("distance", "diagonal", "pitch", "width", "height", "needed"),
    [
        ("10", "55", None, 1920, 1080, 63.1),
        ("6", "55", None, 1920, 1080, 37.9),
        ("3", "55", None, 1920, 1080, 19.0),
        ("10", None, "0.634", 1920, 1080, 63.1),
        ("5", None, "2.5", 1920, 1080, 8.0),
        ("10", None, "1.25", 3840, 1080, 32.0),
        ("6", "86", None, 3840, 2160, 48.5),
        ("3", "43", None, 1080, 1920, 24.3),
    ],
)
def test_the_smallest_text_is_a_250th_of_the_distance(
    distance: str, diagonal: str | None, pitch: str | None, width: int, height: int, needed: float
) -> None:
    d = Definition(
        width=width,
        height=height,
        distance=Decimal(distance),
        diagonal=Decimal(diagonal) if diagonal else None,
        pitch=Decimal(pitch) if pitch else None,
    )
    assert d.needed_text == pytest.approx(needed, abs=0.01)
    assert d.needed_text * d.pixel >= float(distance) * 1000 / 250 - 1e-6
    assert d.text >= d.needed_text


def test_a_definition_survives_json() -> None:
    for found in SIZES.values():
        hours = Hours(time(22), time(6), frozenset({0, 4}))
        given_ = replace(found, devices=("a",), playlist=(Entry(Kind.WORST, 30, hours, None, "990101", "elderly"),))
        assert parse_definition(given_.to_json()) == given_


@pytest.mark.parametrize(
    ("begins", "ends", "days", "at", "on"),
    [
        ("08:00", "18:00", "0", "2026-02-02T08:00", True),
        ("08:00", "18:00", "0", "2026-02-02T18:00", False),
        ("08:00", "18:00", "0", "2026-02-03T09:00", False),
        ("00:00", "00:00", "0123456", "2026-02-02T00:00", True),
        ("22:00", "06:00", "0", "2026-02-02T23:00", True),
        ("22:00", "06:00", "0", "2026-02-03T05:59", True),
        ("22:00", "06:00", "0", "2026-02-03T06:00", False),
        ("22:00", "06:00", "0", "2026-02-02T05:00", False),
        ("22:00", "06:00", "6", "2026-02-02T05:00", True),
        ("08:00", "08:00", "0", "2026-02-03T07:59", True),
    ],
)
def test_hours_may_cross_midnight_and_belong_to_the_day_they_began(
    begins: str, ends: str, days: str, at: str, on: bool
) -> None:
    hours = Hours(time.fromisoformat(begins), time.fromisoformat(ends), frozenset(map(int, days)))
    moment = datetime.fromisoformat(at).replace(tzinfo=BEIJING)
    assert hours.hold_at(moment.astimezone(UTC)) is on


def texts(svg: str) -> list[tuple[float, float, float, str, str]]:
    """(x, y, size, anchor, text) of every text of a picture."""
    pattern = r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)" font-size="([\d.]+)"(?: text-anchor="(\w+)")?>([^<]*)<'
    return [
        (float(x), float(y), float(s), anchor or "start", text) for x, y, s, anchor, text in re.findall(pattern, svg)
    ]


def check(svg: str, d: Definition) -> None:
    """No text below the smallest size, none across a seam or the edge, as far as the estimate of widths goes."""
    xs, ys = seams(d)
    found = texts(svg)
    assert found
    for x, y, size, anchor, text in found:
        assert size >= d.text - 0.06, (size, text)
        width = width_of(text.rstrip("，。；：、！？）》”%")) * size
        left, right = (x - width, x) if anchor == "end" else (x, x + width)
        assert left >= 0 and right <= d.width + size, text
        assert y - size * 0.8 >= 0 and y + 0.2 * size <= d.height, text
        assert not any(left < seam - d.bezel / 2 < right or left < seam + d.bezel / 2 < right for seam in xs), text
        assert not any(y - 0.8 * size < seam < y + 0.2 * size for seam in ys), text


@pytest.mark.parametrize("name", SIZES)
def test_every_view_of_every_size_says_something_and_keeps_off_the_seams(site: Site, name: str) -> None:
    d = SIZES[name]
    with site.read(language=d.language) as reading:
        seen = 0
        for entry in d.playlist:
            for key, sheet in sheets(reading, entry):
                drawn = draw(sheet, d)
                for svg in drawn:
                    check(svg, d)
                    assert not re.search(r"(?<!\w)(?:NaN|nan|None|undefined|Infinity)(?!\w)", svg), key
                seen += len(drawn)
                if sheet.cards:
                    assert all(card.until for card in sheet.cards), "every tile says up to when it knows"
        assert seen >= len(d.playlist)


words = st.text(st.sampled_from("区县低保标准目标值0123456789.%， abcXYZ（）·"), max_size=40)


@given(
    st.sampled_from(list(SIZES)),
    st.lists(st.tuples(words, words, words, words), min_size=1, max_size=14),
    words,
)
def test_any_words_stay_within_their_panel(name: str, cards: list[tuple[str, ...]], title: str) -> None:
    d = SIZES[name]
    made = tuple(
        Card(
            word=a, name=b, value=c or "—", light=Status.BEHIND, place=e, notes=(a, b), until="数据截至 2025年12月31日"
        )
        for a, b, c, e in cards
    )
    for svg in draw(Sheet(title or "题", "2020年上半年", title, made, foot=title), d):
        check(svg, d)


@given(st.integers(1, 40), st.sampled_from(list(SIZES)))
def test_cells_lie_in_panels_apart_from_each_other(count: int, name: str) -> None:
    d = SIZES[name]
    rooms = [panel for row in panels(d) for panel in row]
    found = grid(rooms, count, (11 * d.text, 9 * d.text), d.text)
    assert 1 <= found.per_view <= len(found.cells)
    for n, a in enumerate(found.cells):
        assert (
            sum(
                r.x <= a.x + 0.01
                and a.x + a.w <= r.x + r.w + 0.01
                and r.y <= a.y + 0.01
                and a.y + a.h <= r.y + r.h + 0.01
                for r in rooms
            )
            == 1
        )
        for b in found.cells[n + 1 :]:
            assert (
                a.x + a.w <= b.x + 0.01 or b.x + b.w <= a.x + 0.01 or a.y + a.h <= b.y + 0.01 or b.y + b.h <= a.y + 0.01
            )


@given(words, st.floats(2, 30), st.integers(1, 4))
def test_wrapped_text_is_the_text_or_says_that_it_is_cut(text: str, width: float, lines: int) -> None:
    found = wrap(text, width, lines)
    assert len(found) <= lines
    joined = "".join(found).replace(" ", "")
    assert joined == text.replace(" ", "") or "…" in joined
    assert all(width_of(line.rstrip("，。；：、！？）》”%")) <= width + 1 for line in found)


def test_counts_of_the_situation_are_those_of_the_overview(demo: Site) -> None:
    with demo.read() as reading:
        ((_, sheet),) = sheets(reading, Entry(Kind.SITUATION))
        shown = {card.word: int(card.value.replace(",", "")) for card in sheet.cards}
        rows = (
            [row for row in demo.rows if row["is_current"] and row["is_primary"]]
            if "is_current" in demo.rows[0]
            else []
        )
        by_light = reading.lights.by_district
        wanted: dict[str, int] = {}
        for (_, light), count in by_light.items():
            if light is not Status.MONITOR:
                wanted[reading.display.status(light)] = wanted.get(reading.display.status(light), 0) + count
        assert shown == wanted and (not rows or sum(shown.values()) <= len(rows))


def test_a_tile_is_amber_from_the_day_after_an_update_was_due(demo: Site) -> None:
    def overdue(day: Any) -> set[str]:
        with demo.read() as reading:
            entry = Entry(Kind.DISTRICTS, district="990101")
            ((_, sheet),) = sheets(replace(reading, today=day), entry)
            return {card.overdue for card in sheet.cards}

    assert overdue(TODAY.replace(month=7, day=15)) == {""}
    assert overdue(TODAY.replace(month=7, day=16)) == {"2026年7月15日应更新"}


def test_filters_of_a_part_hold_for_its_views(demo: Site) -> None:
    with demo.read() as reading:
        (one,) = sheets(reading, Entry(Kind.DISTRICTS, district="990101"))
        assert one[0] == "district-990101"
        (only,) = sheets(reading, Entry(Kind.DOMAINS, domain="elderly"))
        assert only[0] == "domain-elderly"
        ((_, nothing),) = sheets(reading, Entry(Kind.SITUATION, district="000000"))
        assert nothing.cards == () and "没有数据" in nothing.lead


@pytest.fixture
def gallery(demo_file: Path) -> Any:
    reader = Reader(Settings(database_url=f"sqlite:///{demo_file}", today=lambda: TODAY))
    yield Gallery(reader)
    reader.engine.dispose()


def test_pictures_are_drawn_once_and_those_on_now_follow_their_hours(gallery: Gallery) -> None:
    day = Hours(time(8), time(18))
    d = Definition(playlist=(Entry(Kind.SITUATION, hours=day), Entry(Kind.WORST, hours=day)))
    screen = Screen("hall", "大厅", d, "x", datetime(2026, 1, 1, tzinfo=UTC))
    first, again = gallery.pictures(screen, ALL), gallery.pictures(screen, ALL)
    assert first[0] == again[0] and first[1] is again[1]
    noon, night = (datetime(2026, 2, 2, hour, tzinfo=BEIJING) for hour in (12, 23))
    assert [p.id for p in on_now(first[1], d, noon)] == ["1-situation", "2-worst-1", "2-worst-2"]
    assert [p.id for p in on_now(first[1], d, night)] == ["rest"]
    other = replace(screen, definition=replace(d, theme="light", devices=("x",)))
    assert gallery.pictures(other, ALL)[0] != first[0]
    assert gallery.pictures(replace(screen, definition=replace(d, devices=("x",))), ALL)[0] == first[0]


def test_errors_name_their_field() -> None:
    values = json.loads(Definition().to_json())
    for field, value in (("width", 1), ("distance", "x"), ("theme", ""), ("reload", "x")):
        with pytest.raises(ScreenError) as found:
            read_definition(values | {field: value})
        assert found.value.field == field and found.value.text("en") != found.value.text("zh")


def test_a_map_is_drawn_from_the_owners_boundaries_and_nothing_without(demo: Site, tmp_path: Path) -> None:
    with demo.read() as reading:
        codes = [d.code for d in reading.shown_districts]
        assert list(sheets(reading, Entry(Kind.MAP))) == []
    (tmp_path / "b.geojson").write_text(json.dumps(squares(codes)), encoding="utf-8")
    with replace(demo, boundaries=tmp_path).read() as reading:
        [(name, sheet)] = sheets(reading, Entry(Kind.MAP))
        names = [d.name_zh for d in reading.shown_districts]
    for definition in (SIZES["16:9"], SIZES["portrait"], replace(SIZES["4K"], theme="light")):
        [svg] = draw(sheet, definition)
        assert name == "map" and "district-map" in svg and "<a " not in svg and "style=" not in svg
        sizes = [float(found) for found in re.findall(r'font-size="([0-9.]+)"', svg)]
        assert min(sizes) >= round(definition.text, 1) * 0.99
        assert all(f">{district}<" in svg for district in names)


@pytest.mark.parametrize("name", SIZES)
def test_a_map_has_room_and_keeps_its_words_off_the_seams(demo: Site, tmp_path: Path, name: str) -> None:
    with demo.read() as reading:
        codes = [d.code for d in reading.shown_districts]
    (tmp_path / "b.geojson").write_text(json.dumps(squares(codes)), encoding="utf-8")
    d = SIZES[name]
    with replace(demo, boundaries=tmp_path).read(language=d.language) as reading:
        [(_, sheet)] = sheets(reading, Entry(Kind.MAP))
    [svg] = draw(sheet, d)
    inner = svg.partition('<svg x="')[2]
    x, y, width, height = (float(n) for n in re.findall(r"[\d.]+", inner)[:4])
    assert width * height >= d.width * d.height / 6 and min(width, height) >= 10 * d.text
    assert (len(texts(svg)) > 6) == (name != "far"), "the worst numbers beside it, where there is room"
    words = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle"[^>]*>([^<]*)<', inner)
    assert words or name == "far"
    for left, top, word in words:
        half = width_of(word) * d.text * 0.45
        middle, low = x + float(left) + 2, y + float(top) + 2
        assert not any(middle - half < seam < middle + half for seam in seams(d)[0]), word
        assert not any(low - d.text * 0.7 < seam < low for seam in seams(d)[1]), word


def test_a_title_is_whole_and_a_sum_says_that_some_are_late(demo: Site) -> None:
    d = Definition(distance=Decimal(10), language="en", playlist=(Entry(Kind.CHANGES), Entry(Kind.SITUATION)))
    with demo.read(language="en") as reading:
        for entry in d.playlist:
            for _, sheet in sheets(replace(reading, today=TODAY.replace(year=2027)), entry):
                said = [text for *_, text in texts(str(draw(sheet, d)[0]))]
                assert sheet.title in said
                assert not [text for text in said if "due" in text and text.endswith("…")]
    with demo.read() as reading:
        found = [x.overdue for _, s in sheets(replace(reading, today=TODAY.replace(year=2027)), d.playlist[1])
                 for x in s.cards]  # fmt: skip
        mixed = len({reading.latest_reports.get(x.key) for x in reading.shown_districts}) > 1
    assert all(text.startswith("有地区") == mixed for text in found) and found
