"""The URL is the state: what is read from it, and what is written into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.state import MAX_PEERS, MAX_SEARCH, PAGES, ViewState, format_row_key, parse_row_key, parse_state
from warehouse.measures.period import Period
from warehouse.measures.status import Status
from warehouse.queries.lineage import RowKey

S1, S2 = Period(2020, 1), Period(2020, 2)
KEY = RowKey("320404", "homes_adapted", "total", S1, S2)

periods = st.builds(Period, st.integers(1901, 2998), st.sampled_from((1, 2)))
codes = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(lambda text: text == text.strip())
parts = codes.filter(lambda text: "." not in text)
states = st.builds(
    ViewState,
    page=st.sampled_from(["overview", "changes", "indicators", "districts", "data", "methodology"]),
    period=st.none() | periods,
    district=st.none() | codes,
    domain=st.none() | codes,
    status=st.none() | st.sampled_from(Status),
    q=st.text(st.characters(codec="utf-8"), max_size=MAX_SEARCH).map(str.strip),
    breakdown=st.none() | codes,
    peers=st.lists(codes.filter(lambda text: "," not in text), max_size=MAX_PEERS, unique=True).map(tuple),
    sheet=st.integers(1, 9999),
    asof=st.none() | st.dates(max_value=date(9999, 12, 30)),
    since=st.none() | st.dates(max_value=date(9999, 12, 30)),
    why=st.none() | st.builds(RowKey, parts, parts, parts, periods, st.none() | periods),
)
details = st.builds(
    lambda state, page, code: replace(state, page=page, code=code),
    states,
    st.sampled_from(["indicator", "district"]),
    codes,
)


def read(link: str) -> ViewState:
    """The state of a link."""
    path, _, query = link.partition("?")
    return parse_state(path, f"?{query}")


def whole(state: ViewState) -> str:
    """The link with everything in it."""
    return state.href(why=state.why, sheet=state.sheet)


@given(states | details)
def test_a_link_opens_the_view_it_was_made_from(state: ViewState) -> None:
    link = whole(state)
    assert read(link) == state
    assert link.startswith("/")
    assert not link.startswith("//")
    assert link.isascii()
    assert not set(link) & set(" \"'<>\\^`{|}")


@given(st.text(max_size=30), st.text(max_size=80))
def test_any_text_at_all_is_a_state_and_its_link_leads_back_to_it(path: str, search: str) -> None:
    state = parse_state(path, search)
    if state.page != "missing":
        assert read(whole(state)) == state


@given(
    st.dictionaries(
        st.sampled_from(
            ["period", "district", "domain", "status", "q", "breakdown", "peers", "sheet", "asof", "why", "x"]
        ),
        st.text("0123456789-S.,年上半 +%&=abc", max_size=30),
    )
)
def test_any_query_at_all_is_read_and_written_the_same(query: dict[str, str]) -> None:
    state = parse_state("/", "&".join(f"{name}={text}" for name, text in query.items()))
    assert read(whole(state)) == state


def test_the_plain_address_is_the_overview_without_a_filter() -> None:
    for path in ("/", "", "//"):
        assert parse_state(path, "") == ViewState()
    assert ViewState().href() == "/"


@pytest.mark.parametrize(
    ("path", "page", "code"),
    [
        ("/indicators", "indicators", None),
        ("/indicators/", "indicators", None),
        ("/indicators/beds", "indicator", "beds"),
        ("/indicators/%E5%BA%8A", "indicator", "床"),
        ("/districts/320404", "district", "320404"),
        ("/data", "data", None),
        ("/completeness", "chase", None),
        ("/methodology/", "methodology", None),
        ("/data/x", "missing", None),
        ("/completeness/x", "missing", None),
        ("/methodology/x", "missing", None),
        ("/indicators/a/b", "missing", None),
        ("/Indicators", "missing", None),
        ("/overview", "overview", None),
        ("/overview/x", "missing", None),
        ("/indicators/a%2Fb", "indicator", "a/b"),
        ("/../etc/passwd", "missing", None),
        ("/constructor", "missing", None),
    ],
)
def test_a_path_is_a_page_or_missing(path: str, page: str, code: str | None) -> None:
    state = parse_state(path, "")
    assert (state.page, state.code) == (page, code)


def test_a_code_with_a_slash_stays_one_part_of_the_path() -> None:
    assert ViewState(page="indicator", code="a/b?c#d").href() == "/indicators/a%2Fb%3Fc%23d"


def test_unknown_keys_are_ignored_and_the_last_of_two_counts() -> None:
    state = parse_state("/", "?utm_source=x&period=2020-S1&page=data&code=1&as_of=2&period=2020-S2&lang=en")
    assert state == ViewState(period=S2)


@pytest.mark.parametrize(
    "query",
    [
        "period=", "period=2020-S3", "period=yesterday", "period=1899-S2", "period=99999999999999999999",
        "period=1900-S1", "period=2999-S2", "period=2020-S1%00", "status=green", "status=MET", "status=__class__",
        "sheet=0", "sheet=-1", "sheet=1.5", "sheet=10000", "sheet=²", "sheet=x", "asof=2020-02-30", "asof=today",
        "asof=9999-12-31", "why=a.b.c", "why=a.b.c.d.e", "why=a.b.c.2020-S1.x", "why=a.b.c.-.2020-S1", "why=.....",
        "q=%20%20", "peers=,,,", "district=", "domain=%20", "breakdown=",
    ],
)  # fmt: skip
def test_values_that_mean_nothing_are_dropped(query: str) -> None:
    assert parse_state("/", query) == ViewState()


@pytest.mark.parametrize("text", ["2020-S1", "2020H1", "2020上半年", "2020年1-6月"])
def test_a_period_may_be_spelt_as_people_do(text: str) -> None:
    state = parse_state("/", f"period={text}")
    assert state.period == S1
    assert state.href() == "/?period=2020-S1"


def test_a_search_is_cut_and_peers_are_few_and_different() -> None:
    assert parse_state("/", "q=" + "长" * 100).q == "长" * MAX_SEARCH
    assert parse_state("/", "peers=a,b,a, c ,,d,e,f,g,h").peers == ("a", "b", "c", "d", "e", "f")


def test_as_of_means_the_end_of_the_day_in_beijing() -> None:
    assert parse_state("/", "asof=2020-06-30").as_of == datetime(2020, 6, 30, 15, 59, 59, 999_999, tzinfo=UTC)
    assert ViewState().as_of is None
    for edge in ("0001-01-01", "9999-12-30"):
        assert parse_state("/", f"asof={edge}").as_of is not None


def test_a_filter_keeps_the_others_but_starts_at_the_first_sheet_with_the_drawer_closed() -> None:
    state = ViewState(period=S1, q="床", sheet=3, why=KEY, peers=("a",))
    assert read(state.href(domain="elderly")) == ViewState(period=S1, q="床", domain="elderly", peers=("a",))
    assert read(state.href(sheet=2)).sheet == 2
    assert read(state.href(why=KEY)).why == KEY


def test_another_page_keeps_only_what_means_the_same_there() -> None:
    state = ViewState(period=S1, asof=date(2026, 1, 1), q="床", district="1", status=Status.MET, sheet=3, why=KEY)
    assert read(state.to("district", "320404")) == ViewState(
        page="district", code="320404", period=S1, asof=date(2026, 1, 1)
    )
    assert state.to("overview", period=None, asof=None) == "/"


def test_every_page_has_its_address() -> None:
    assert {read(ViewState(page=page).href()).page for page in PAGES.values()} == set(PAGES.values())


@given(parts, parts, parts, periods, st.none() | periods)
def test_a_row_key_is_read_back(district: str, indicator: str, breakdown: str, at: Period, due: Period | None) -> None:
    key = RowKey(district, indicator, breakdown, at, due)
    assert parse_row_key(format_row_key(key)) == key


def test_a_row_key_reads_well() -> None:
    assert format_row_key(KEY) == "320404.homes_adapted.total.2020-S1.2020-S2"
    assert format_row_key(replace(KEY, due=None)) == "320404.homes_adapted.total.2020-S1.-"
