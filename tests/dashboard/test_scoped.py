"""A reader of a limited scope: no page shows another district's name, code or number, whatever is asked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dashboard.access.sessions import NOBODY
from dashboard.components.shell import layout
from dashboard.downloads import TABLES, to_csv
from dashboard.i18n import LANGUAGES
from dashboard.pages.district import scorecard_file
from dashboard.state import parse_state
from tests.dashboard.conftest import OpenSite
from tests.dashboard.support import ALL, MODULES, Site
from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.scope import Scope

SCOPES = {
    "own-zhonglou": Scope(districts=frozenset({"320404"})),
    "own-city": Scope(districts=frozenset({"320400", "320413"})),
    "own-two": Scope(districts=frozenset({"310107", "371324"})),
    "own-nothing": Scope(districts=frozenset()),
    "own-elderly": Scope(domains=frozenset({"elderly"})),
    "demo-one": Scope(districts=frozenset({"990101"})),
    "demo-city": Scope(districts=frozenset({"990200", "990201", "990203"})),
    "demo-one-domain": Scope(districts=frozenset({"990102"}), domains=frozenset({"assistance"})),
}


def links(site: Site) -> list[str]:
    """Pages and filters, among them those of other districts."""
    codes = site.codes
    districts, indicators = codes["district"], codes["known_indicator"]
    found = ["/", "/changes", "/indicators", "/districts", "/data", "/completeness", "/methodology", "/nothing"]
    found += [f"/districts/{code}" for code in districts]
    found += [f"/indicators/{code}" for code in indicators[:: 1 + len(indicators) // 25]]
    found += [f"/?district={code}" for code in districts]
    found += [f"/districts/{districts[-1]}?peers={','.join(districts)}", f"/?status=met&period={codes['period'][-1]}"]
    found += [f"/districts/{code}?peers={','.join(codes['known_district'])}" for code in codes["known_district"][:4]]
    return found


def hidden_words(catalog: Catalog, scope: Scope) -> list[str]:
    """Names and codes of districts, and names of indicators, that the reader must not meet.

    The name of a district above one's own may stand in the publisher of one's own report.
    """
    seen = [d for d in catalog.districts.values() if scope.sees_district(d.code)]
    above = {a.code for d in seen for a in catalog.ancestors(d)}
    words: list[str] = []
    for d in catalog.districts.values():
        if not scope.sees_district(d.code) and d.code not in above:
            words += [d.name_zh, d.name_en, d.code]
    shown = {
        name for i in catalog.indicators.values() if scope.sees_domain(i.domain_code) for name in (i.name_zh, i.name_en)
    }
    for i in catalog.indicators.values():
        if not scope.sees_domain(i.domain_code):
            words += [n for n in (i.name_zh, i.name_en) if not any(n in name for name in shown)]
    return words


@pytest.fixture(params=SCOPES)
def limited(request: pytest.FixtureRequest) -> tuple[Site, Scope]:
    """A site and a scope."""
    site: Site = request.getfixturevalue(request.param.partition("-")[0])
    return site, SCOPES[request.param]


def test_no_page_names_what_lies_outside(limited: tuple[Site, Scope]) -> None:
    site, scope = limited
    with site.read() as reading:
        words = hidden_words(reading.catalog, scope)
    pattern = re.compile("|".join(map(re.escape, words)) or r"(?!)")
    for number, link in enumerate(links(site)):
        asked = {link.partition("?")[0].rpartition("/")[2], *re.findall(r"\w+", link.partition("?")[2])}
        text = site.build(link, LANGUAGES[number % 5 == 4], scope).check().everything
        found = {match[0] for match in pattern.finditer(text)} - asked
        assert not found, f"{link}: {found}"


def test_the_frame_offers_only_what_may_be_seen(limited: tuple[Site, Scope]) -> None:
    site, scope = limited
    with site.read("/", "zh", scope) as reading:
        text = json.dumps(
            layout(reading, {}, NOBODY).to_plotly_json(), ensure_ascii=False, default=lambda x: x.to_plotly_json()
        )
        for word in hidden_words(reading.catalog, scope):
            assert word not in text


def test_a_page_of_a_hidden_district_is_that_of_one_that_does_not_exist(limited: tuple[Site, Scope]) -> None:
    site, scope = limited
    for code in site.codes["district"]:
        head = site.build(f"/districts/{code}", scope=scope)["district-head"]
        assert (head.one("h1").text == "没有这个地区") is (not scope.sees_district(code))
        if not scope.sees_district(code):
            unknown = site.build("/districts/zzz", scope=scope)["district-head"].text
            assert head.text == unknown.replace("zzz", code)


def test_every_link_to_a_district_is_one_the_reader_may_follow(limited: tuple[Site, Scope]) -> None:
    site, scope = limited
    for link in [x for x in links(site) if "peers" not in x]:
        for target in site.build(link, scope=scope).links:
            path, _, query = target.partition("?")
            state = parse_state(path, query)
            if state.page == "district" and state.code and state.code not in link:
                assert scope.sees_district(state.code), f"{link} → {target}"


def test_no_drawer_opens_on_a_hidden_row(limited: tuple[Site, Scope]) -> None:
    site, scope = limited
    rows = site.rows
    with site.read() as reading:
        domains = {code: found[0].domain_code for code, found in reading.catalog.indicators_by_code.items()}
    for row in rows[:: 1 + len(rows) // 150]:
        may = scope.sees_district(row["district_code"]) and scope.sees_domain(domains[row["indicator_code"]])
        due = row["due_period_code"] or "-"
        key = ".".join((row["district_code"], row["indicator_code"], row["breakdown_code"], row["period_code"], due))
        tree = site.build(f"/?why={quote(key)}", scope=scope, page="why")["why"]
        assert bool(tree.all(css="verdict")) is may


def test_no_download_holds_a_hidden_row(limited: tuple[Site, Scope]) -> None:
    site, scope = limited
    district, indicator = site.codes["known_district"][-1], site.codes["known_indicator"][0]
    for link in ("/", f"/districts/{district}", f"/indicators/{indicator}", "/?period=2025-S2"):
        with site.read(link, "zh", scope) as reading:
            for columns, rows in TABLES.values():
                found = list(rows(reading))
                assert all(scope.sees_district(row["district_code"]) for row in found)
                to_csv(columns, found)
            assert (scorecard_file(reading) is None) is (reading.district(reading.state.code) is None)


HIDDEN_VALUES = {
    t.fact_progress: {"actual": "77777.5", "target": "66666.5", "status": "breached", "attainment": "5", "gap": "1"},
    t.fact_progress_history: {"actual": "77777.5", "target": "66666.5", "status": "breached"},
    t.fact_actual: {"value": "77777.5", "note": "秘密", "locator": "秘密", "numerator": "5", "denominator": "7"},
    t.fact_target: {"value": "66666.5", "note": "秘密", "locator": "秘密"},
}


@pytest.mark.parametrize("name", ["demo-one", "demo-city"])
def test_what_is_hidden_makes_no_difference_to_any_page(open_site: OpenSite, demo: Site, name: str) -> None:
    """The strictest form: with every hidden figure replaced, all that the reader gets stays the same."""
    scope, other = SCOPES[name], open_site(demo.database)
    with demo.read() as reading:
        catalog = reading.catalog
        inside = [d.key for d in catalog.districts.values() if scope.sees_district(d.code)]
    with other.reader.engine.begin() as connection:
        for table, values in HIDDEN_VALUES.items():
            texts = ", ".join(f"{column} = '{value}'" for column, value in values.items())
            keys = ", ".join(map(str, inside))
            connection.exec_driver_sql(f"UPDATE {table.name} SET {texts} WHERE district_key NOT IN ({keys})")
    assert other.build("/").everything != demo.build("/").everything
    for link in links(demo):
        assert other.build(link, scope=scope).everything == demo.build(link, scope=scope).everything, link


@settings(max_examples=25, phases=(Phase.explicit, Phase.generate))
@given(st.data())
def test_a_page_of_any_scope_shows_nothing_else(demo: Site, data: st.DataObject) -> None:
    districts = data.draw(st.frozensets(st.sampled_from(demo.codes["district"]), max_size=4), label="districts")
    scope = Scope(districts=districts)
    link = data.draw(st.sampled_from(links(demo)), label="link")
    text = demo.build(link, "zh", scope).check().everything
    with demo.read() as reading:
        words = hidden_words(reading.catalog, scope)
    assert not [word for word in words if word in text and word not in link]


def test_an_unlimited_scope_is_the_default_and_hides_nothing(demo: Site, loaded_file: Path) -> None:
    assert loaded_file.is_file()
    assert demo.build("/", scope=ALL).everything == demo.build("/").everything
    assert set(MODULES) >= {"overview", "why"}
