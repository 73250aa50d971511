"""The values of a bulletin: those of the overview, the districts' pages and the mart, each once."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.exports.bulletin import make_bulletin
from dashboard.exports.model import Bulletin
from dashboard.exports.request import BulletinRequest, parse_request, request_of
from dashboard.pages.district_parts import fetch_scorecard
from dashboard.tally import tallies, together
from tests.dashboard.support import ALL, Site
from warehouse.errors import DabiaoError
from warehouse.measures.period import Period
from warehouse.measures.score import rank
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.scope import Scope

PERIODS = ("", "2020-S1", "2018-S2", "2020-S2", "2025-S1", "2025-S2", "2017-S1")


def made(site: Site, scope: Scope = ALL, **asked: Any) -> Bulletin:
    with site.read("/", scope=scope) as reading:
        return make_bulletin(reading, request_of(asked))


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("asked", [{}, {"domains": ["elderly"]}, {"districts": ["990100", "320400"]}])
def test_it_counts_what_the_overview_counts(site: Site, period: str, asked: dict[str, list[str]]) -> None:
    b = made(site, period=period, **asked)
    query = f"/?period={b.period.code}" + "".join(f"&{name[:-1]}={codes[0]}" for name, codes in asked.items())
    if "districts" in asked:
        b = made(site, period=b.period.code, districts=asked["districts"][:1])
    with site.read(query) as reading:
        tally = together(tallies(reading, reading.lights).values())
        assert b.tally == tally
        assert [d.code for d in b.districts] == [d.code for d in reading.shown_districts]
    assert (b.coverage.expected, b.coverage.reported) == (tally.targets, tally.reported)


@pytest.mark.parametrize("period", PERIODS)
def test_every_row_stands_in_one_place(site: Site, period: str) -> None:
    b = made(site, period=period)
    silent = [row for s in b.unreported for row in s.rows]
    monitored = [row for row in b.rows if row.light is Status.MONITOR]
    parts = [*b.achieved, *b.on_track, *b.behind, *b.in_progress, *silent, *monitored]
    assert Counter(parts) == Counter(b.rows)
    assert Counter(c for s in b.sections for x in s.lines for c in x.cells if c is not None) == Counter(b.rows)
    assert together(s.tally for s in b.sections) == b.tally
    assert together(s.tally for s in b.standings) == b.tally
    assert sum(s.overdue for s in b.unreported) == b.tally.overdue
    known = {
        (r["district_code"], r["indicator_code"], r["breakdown_code"], str(r["status"]))
        for r in site.rows
        if r["is_primary"] and r["period_code"] == b.period.code
    }
    with site.read() as reading:
        c = reading.catalog
        shown = {
            (c.districts[r.district_key].code, c.indicators[r.indicator_key].code,
             c.breakdowns[r.breakdown_key].code, r.status)
            for r in b.rows
        }  # fmt: skip
        leaves = {d.code for d in reading.leaves}
    assert shown == {row for row in known if row[0] in leaves}


def test_the_worst_comes_first(demo: Site) -> None:
    behind = made(demo, period="2025-S1").behind
    order = [(OFF_TRACK.index(r.light), r.pace_ratio if r.pace_ratio is not None else r.attainment) for r in behind]
    assert len({light for light, _ in order}) > 1
    for (light, measure), (other, lower) in pairwise(order):
        assert light < other or (light == other and (measure is None or lower is None or measure <= lower))


@pytest.mark.parametrize("period", ["2020-S1", "2025-S2", "2025-S1"])
def test_scores_are_those_of_the_districts_pages(site: Site, period: str) -> None:
    b = made(site, period=period)
    with site.read(f"/?period={period}") as reading:
        for standing in b.standings:
            assert standing.score == fetch_scorecard(reading, standing.district).score
    values = {s.district.code: s.value for s in b.standings if s.score.reported and s.value is not None}
    expected = rank(values)
    assert {s.district.code: s.rank for s in b.standings if s.rank} == (expected if len(values) > 1 else {})
    assert all(s.is_tied == (sum(o.rank == s.rank for o in b.standings) > 1) for s in b.standings if s.rank)


def test_without_a_half_year_it_is_the_one_most_reported_last(demo: Site, own: Site) -> None:
    for site in (demo, own):
        with site.read() as reading:
            last = Counter(p for d in reading.leaves if (p := reading.latest_reports.get(d.key)))
            assert last[made(site).period] == max(last.values())
    with own.read() as reading:  # five districts reported three half-years last: one of them answers targets
        assert len(last) == len(reading.leaves) - list(reading.latest_reports.values()).count(None) == 3
    assert made(own).period == Period(2020, 1)
    assert made(own).coverage.reported == 5


def test_a_district_that_reported_nothing_is_not_ranked(own: Site) -> None:
    b = made(own, period="2020-S1")
    wholly = {s.district.code for s in b.unreported if s.is_wholly}
    assert wholly == {"310107"}
    assert all(s.rank is None for s in b.standings), "only one reported on targets"
    assert (b.coverage.districts, b.coverage.districts_targeted, b.coverage.districts_reported) == (5, 2, 1)


def test_nothing_beyond_the_scope(demo: Site) -> None:
    scope = Scope(frozenset({"990101"}), frozenset({"elderly"}))
    b = made(demo, scope, period="2025-S2", since="2020-01-01", districts=["990102", "990100"])
    assert b.districts == () and b.rows == () and not b.changes
    b = made(demo, scope, period="2025-S2", since="2020-01-01")
    assert [d.code for d in b.districts] == ["990101"] and [d.code for d in b.domains] == ["elderly"]
    with demo.read() as reading:
        keys = {i.key for i in reading.catalog.indicators.values() if i.domain_code == "elderly"}
    assert b.rows and {r.indicator_key for r in b.rows} <= keys
    assert all(s.rank is None for s in b.standings)


def test_changes_are_those_since_a_day(demo: Site) -> None:
    assert made(demo, period="2025-S2").changes is None
    b = made(demo, period="2025-S2", since="2000-01-01")
    assert b.changes is not None and {c.row.place for c in b.changes} == {r.place for r in b.rows}
    assert made(demo, period="2025-S2", since="2026-12-31").changes == ()


def test_as_of_a_day_before_anything_came(own: Site) -> None:
    b = made(own, asof="2019-01-01")
    assert b.rows == () and b.cutoff.loaded_on is None and b.today == date(2019, 1, 1)


CODES = st.lists(st.text("0123456789abc_", min_size=1, max_size=12), max_size=4, unique=True).map(tuple)
DAYS = st.none() | st.dates(date(1900, 1, 1), date(2999, 1, 1))
PLAIN = st.text("通报 abc〔2026〕12号&<>\"'", max_size=40).map(lambda text: " ".join(text.split()))


@given(st.builds(
    BulletinRequest, period=st.none() | st.builds(Period, st.integers(1901, 2998), st.sampled_from([1, 2])),
    domains=CODES, districts=CODES, since=DAYS, asof=DAYS, title=PLAIN, office=PLAIN, number=PLAIN,
))  # fmt: skip
def test_a_request_survives_its_text(request: BulletinRequest) -> None:
    assert parse_request(request.to_json()) == request


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"period": "soon"}', '{"period": 7}', '{"period": "2999-S2"}', '{"since": "2020-13-01"}',
     '{"domains": "elderly"}', '{"districts": [1]}', '{"asof": "9999-12-31"}', '{"title": 3}'],
)  # fmt: skip
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(DabiaoError, match="看不懂"):
        parse_request(text)


def test_a_title_is_one_clean_line() -> None:
    assert request_of({"title": " 一\n份\x00 \u2028通报 ", "unknown": "x"}).title == "一 份 通报"
