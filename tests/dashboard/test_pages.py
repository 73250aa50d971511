"""Every page as a function of its link: whatever is asked, whole HTML, live links, and no word of a program."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode

import plotly.graph_objects as go
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dashboard.downloads import TABLES
from dashboard.i18n import LANGUAGES
from dashboard.pages import PAGES, why
from dashboard.state import ViewState, parse_state
from etl import pipeline
from tests.dashboard.conftest import OpenSite
from tests.dashboard.html import parse
from tests.dashboard.support import ALL, Built, Site
from warehouse.measures.status import Status
from warehouse.queries.rules import RuleLine
from warehouse.scope import Scope

LISTS = ("/", "/changes", "/indicators", "/districts", "/data", "/completeness", "/methodology", "/no/such/page")
ODD = ("zzz", "%", "' OR 1=1 --", "<script>alert(1)</script>", "床\u0000位", "🏠" * 40, "../../etc/passwd", "None", "-")
DAYS = ("2000-01-01", "2025-12-31", "2026-01-01", "2199-01-01", "0001-01-01", "9999-12-30")
HASH = re.compile(r"#[a-z_0-9-]+")


def check_links(site: Site, built: Built) -> None:
    """Every link leads to a page that exists, or to a file that does, and says no more than it must."""
    with site.read() as reading:
        for link in built.links:
            if HASH.fullmatch(link):
                assert any(tree.all(id=link[1:]) for tree in built.trees.values()), link
                continue
            assert link.isascii()
            path, _, query = link.partition("?")
            if path.startswith("/download/"):
                assert path.removeprefix("/download/").rpartition(".")[0] in TABLES
                asked = {name: values[0] for name, values in parse_qs(query).items()}
                path = asked.pop("path", "/")
                query = urlencode(asked, quote_via=quote, safe=".,")
                link = f"{path}?{query}".rstrip("?")
            if digest := re.fullmatch(r"/districts/(\w+)/digest", path):
                assert reading.district(digest[1]), link
                continue
            state = parse_state(path, query)
            assert state.href(why=state.why, sheet=state.sheet) == link
            assert state.page != "missing", link
            if state.page == "indicator" and built.state.page != "indicator":
                assert reading.versions(state.code), link
            if state.page == "district" and built.state.page != "district":
                assert reading.district(state.code), link


def queries(site: Site) -> list[str]:
    """Each filter with each of its values, and some it cannot have."""
    codes = site.codes
    each = {
        "period": [*codes["period"], "1901-S1", "2998-S2"],
        "district": [*codes["district"], "zzz"],
        "domain": [*codes["domain"], "zzz"],
        "status": [light.value for light in Status],
        "breakdown": codes["breakdown"][:4],
        "asof": DAYS,
        "since": DAYS,
        "sheet": ("2", "9999"),
        "q": ("低保", "a", *ODD),
    }
    return ["", *(f"{name}={quote(value)}" for name, values in each.items() for value in values)]


@pytest.mark.parametrize("page", LISTS)
def test_every_list_with_every_filter(site: Site, page: str) -> None:
    for number, query in enumerate(queries(site) if page != "/methodology" else [""]):
        language = LANGUAGES[number % 2] if query else "zh"
        built = site.build(f"{page}?{query}", language).check()
        assert built.text.strip()
        check_links(site, built)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["indicator", "district"])
def test_every_indicator_and_district(site: Site, kind: str, language: str) -> None:
    known = site.codes[f"known_{kind}"]
    for code in known if language == "zh" else known[::3]:
        built = site.build(f"/{kind}s/{code}", language).check()
        assert built.state.page == kind
        assert len(built[f"{kind}-head"].one("h1").text) > 1
        check_links(site, built)


def test_indicators_and_districts_nobody_reports_on_have_a_page_too(own: Site) -> None:
    for kind in ("indicator", "district"):
        for code in sorted({*own.codes[kind]} - {*own.codes[f"known_{kind}"]}):
            built = own.build(f"/{kind}s/{code}").check()
            assert len(built.text) > 20
            check_links(own, built)


def test_every_figure_is_one_that_plotly_knows(demo: Site) -> None:
    found = 0
    for link in ("/", *(f"/indicators/{code}" for code in demo.codes["known_indicator"])):
        for figure in demo.build(link).figures.values():
            go.Figure(**figure)
            found += 1
    assert found > 20


def test_a_figure_has_the_height_its_place_is_given(site: Site) -> None:
    built = site.build(f"/indicators/{site.codes['known_indicator'][0]}")
    for name, figure in built.figures.items():
        assert built.leaves[name, "style"] == {"height": f"{figure['layout']['height']}px"}
    empty = site.build("/indicators/zzz")
    assert empty.leaves["indicator-trend", "style"] == {"display": "none"}


def views(site: Site) -> st.SearchStrategy[ViewState]:
    """Any page with any mixture of filters."""
    codes = site.codes

    def some(values: list[str]) -> st.SearchStrategy[str | None]:
        return st.none() | st.sampled_from([*values, "zzz"])

    return st.builds(
        lambda page, code, period, **rest: ViewState(
            page=page,
            code=code if page in ("indicator", "district") else None,
            period=parse_state("/", f"period={period}").period,
            **rest,
        ),
        page=st.sampled_from(["overview", "indicators", "districts", "data", "chase", "indicator", "district"]),
        code=st.sampled_from(codes["known_indicator"] + codes["known_district"] + codes["district"]),
        period=some(codes["period"]),
        district=some(codes["district"]),
        domain=some(codes["domain"]),
        status=st.none() | st.sampled_from(Status),
        q=st.sampled_from(("", "", "低保", "数", "a")),
        breakdown=some(codes["breakdown"]),
        peers=st.lists(st.sampled_from([*codes["known_district"], "zzz"]), max_size=6, unique=True).map(tuple),
        sheet=st.sampled_from((1, 1, 2, 5)),
        asof=st.none() | st.sampled_from([date(2025, 12, 31) + timedelta(days=n) for n in (-900, -200, 0, 1, 400)]),
    )


@settings(max_examples=40, phases=(Phase.explicit, Phase.generate))
@given(st.data(), st.sampled_from(LANGUAGES))
def test_any_mixture_of_filters(site: Site, data: st.DataObject, language: str) -> None:
    state = data.draw(views(site))
    built = site.build(state.href(sheet=state.sheet), language).check()
    assert built.text.strip()
    check_links(site, built)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drawer_of_every_row_can_be_opened(site: Site, language: str) -> None:
    rows = site.rows
    step = 1 + len(rows) // 250
    for row in rows[:: step if language == "zh" else 5 * step]:
        due = row["due_period_code"] or "-"
        key = f"{row['district_code']}.{row['indicator_code']}.{row['breakdown_code']}.{row['period_code']}.{due}"
        built = site.build(f"/?why={key}", language, page="why").check()
        assert built["why"].all(css="verdict"), key
        check_links(site, built)


@pytest.mark.parametrize(
    "key", ["a.b.c.2020-S1.-", "320404.dibao_standard.total.1950-S1.-", "320404.zzz.total.2020-S1.-", "nonsense", ""]
)
def test_the_drawer_of_a_row_that_is_not_there_says_so(own: Site, key: str) -> None:
    assert own.build(f"/?why={key}", page="why")["why"].text == "没有这一行，或者它已经变了。"


@pytest.mark.parametrize(
    ("link", "title"),
    [("/indicators/zzz", "没有这个指标"), ("/districts/zzz", "没有这个地区"), ("/districts/000000", "没有这个地区")],
)
def test_an_unknown_code_gets_the_designed_answer(site: Site, link: str, title: str) -> None:
    built = site.build(link).check()
    head = next(iter(built.trees.values()))
    assert head.one("h1").text == title
    assert link.rpartition("/")[2] in head.text
    assert [a["href"] for a in head.all("a")] == ["/", "/indicators", "/districts"]
    assert [tree.text for tree in list(built.trees.values())[1:]] == [""] * (len(built.trees) - 1)


@pytest.mark.parametrize("code", ODD)
def test_an_odd_code_is_shown_as_text(own: Site, code: str) -> None:
    for kind in ("indicators", "districts"):
        built = own.build(f"/{kind}/{quote(code, safe='')}")
        head = next(iter(built.trees.values()))
        assert not head.all("script")
        assert code in head.raw


def test_a_search_is_shown_nowhere_unescaped(site: Site) -> None:
    for page in LISTS:
        for tree in site.build(f"{page}?q={quote('<img src=x onerror=alert(1)>')}").trees.values():
            assert not tree.all("img")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_when_filters_leave_nothing(site: Site, language: str) -> None:
    for page in ("/", "/indicators", "/districts"):
        built = site.build(f"{page}?q=zzzz", language).check()
        assert any(link == page for link in built.links), "a way to clear the filters"


def test_the_drawer_has_a_way_on_from_every_number(site: Site) -> None:
    """At most two clicks from a coloured cell to formula, rule version, source, locator and batch."""
    for link in [x for x in site.build("/").links if "why=" in x][:40]:
        path, _, query = link.partition("?")
        state = parse_state(path, query)
        assert state.why is not None
        text = site.build(link, page="why")["why"].text
        assert "规则版本" in text
        if "来源" in text:
            assert "批次" in text


def test_every_page_is_registered_with_leaves_that_exist_once() -> None:
    leaves = [leaf for module in (*PAGES.values(), why) for leaf in module.LEAVES]
    assert len(leaves) == len(set(leaves))
    for name, module in PAGES.items():
        assert name == module.NAME
        assert module.skeleton(str)
        assert str(module.__doc__).strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_methodology_shows_every_rule_with_cases_and_every_light(own: Site, language: str) -> None:
    tree = own.build("/methodology", language)["methodology-body"]
    assert len(tree.one("dl").all("dt")) == len(Status)
    for section in tree.all("section")[1:]:
        assert section.all("details")
        assert all(len(line) > 1 for line in section.rows())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_methodology_states_every_rule_in_force(open_site: OpenSite, loaded_file: Path, language: str) -> None:
    site, zh = open_site(loaded_file), language == "zh"

    def in_force(scope: Scope = ALL) -> list[list[str]]:
        return site.build("/methodology", language, scope=scope)["methodology-body"].all("section")[0].rows()

    everything = ["全部领域", "全部指标"] if zh else ["All domains", "All indicators"]
    assert in_force() == [[*everything, "0.8", "50%", "目标自带的权重" if zh else "the target's own"]]
    lines = [
        RuleLine(amber_share=Decimal("0.85"), s1_share=Decimal("0.45")),
        RuleLine("elderly", weight=Decimal(2)),
        RuleLine(None, "orphans", s1_share=Decimal("0.4")),
    ]
    engine = site.reader.engine
    pipeline.change_rules(engine, lines, seal=pipeline.preview_rules(engine, lines).seal, reason="…")
    [general, orphans, elderly] = in_force()
    assert general[2:4] == ["0.85", "45%"]
    assert (elderly[0], elderly[4]) == ("养老服务" if zh else "Elderly care", "2")
    assert (orphans[1], orphans[3]) == ("孤儿人数" if zh else "Orphans", "40%")
    assert "同更一般的规则" in elderly[2] if zh else "less specific" in elderly[2]
    assert in_force(Scope(domains=frozenset({"safety"}))) == [general]


def test_the_html_checker_finds_what_it_should() -> None:
    for broken in ("<p><b></p>", "<p>", "</p>", '<p id="a" id="b"></p>'):
        with pytest.raises(AssertionError):
            parse(broken)
