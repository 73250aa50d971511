"""Texts that would be markup: in the data, in names, in what is asked. They are shown, and never become anything."""

from __future__ import annotations

import json
import re
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from dashboard.pages import PAGES, why
from tests.access.conftest import Open
from tests.access.support import PEOPLE, Place, Visitor, World, copy
from tests.dashboard.html import Node, parse
from warehouse.audit import Action, Event, append

EVIL = (
    """"'><xss-evil onclick="evil()" data-evil="1">x</xss-evil><script>evil()</script><img src=x onerror=evil()>"""
    """<a href="javascript:evil()">y</a></textarea></title></svg><![CDATA[<!--{{3333*3333}}{%if 1%}{0}{x}%s%(y)s\\"""
)
SHORT = """"'><xss-n onclick=evil() data-evil>{{3333*3333}}{0}"""
CODE = """9"'><xss-c onclick=evil()>&{0}/../?a=b#c"""
COLUMNS = {
    "dim_district": ("name_zh", "name_en"), "dim_domain": ("name_zh", "name_en"), "dim_unit": ("name_zh", "name_en"),
    "dim_breakdown": ("name_zh", "name_en"), "dim_rule": ("note_zh", "note_en"),
    "load_batch": ("file_name", "loaded_by"),
    "dim_indicator": ("name_zh", "name_en", "definition_zh", "definition_en", "counted_zh", "counted_en"),
    "dim_source": ("title", "publisher", "document_no", "note"), "fact_target": ("note", "locator"),
    "fact_actual": ("note", "locator"), "account": ("display_name", "created_by"),
    "access_token": ("name", "created_by", "last_address"),
}  # fmt: skip
WHY = "demo_homes_adapted.total.2025-S2.2025-S2"
LINKS = (
    "/", "/?period=2025-S1", "/?status=met", "/?district=990100", "/indicators", "/indicators/demo_homes_adapted",
    "/indicators/demo_homes_adapted?district=990101",
    "/indicators/demo_dibao_standard", "/indicators/demo_child_policy",
    "/indicators/demo_care_station_share?period=2024-S2", "/districts", "/districts/990101",
    "/districts/990100", "/districts/990000", "/districts/990101?peers=990102,990103", "/changes", "/data",
    "/completeness?period=2025-S2", "/methodology",
    "/nothing", f"/?why=990101.{WHY}",
    f"/districts/{quote(CODE, safe='')}", f"/districts/{quote(EVIL, safe='')}", f"/indicators/{quote(CODE, safe='')}",
    f"/indicators/{quote(EVIL, safe='')}",
    f"/?q={quote(EVIL)}&district={quote(EVIL)}&domain={quote(EVIL)}", f"/?district={quote(CODE, safe='')}",
    f"/?why={quote(CODE, safe='')}.{WHY}",
)  # fmt: skip


@pytest.fixture(scope="module")
def evil(world: World, make_place: Open, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A site in whose database every text that people write is markup."""
    file: Path = copy(world, tmp_path_factory.mktemp("evil"))
    with sqlite3.connect(file) as connection:
        for table, columns in COLUMNS.items():
            for column in columns:
                connection.execute(f"update {table} set {column} = ? || rowid", (EVIL,))
        batch = connection.execute("select max(batch_key) from load_batch").fetchone()[0]
        names = [row[1] for row in connection.execute("pragma table_info(quarantine_row)")]
        values = dict.fromkeys(names, EVIL) | {
            "quarantine_key": 9,
            "batch_key": batch,
            "row_no": 7,
            "raw": json.dumps({"a": EVIL}),
        }
        marks = ", ".join("?" * len(names))
        connection.execute(
            f"insert into quarantine_row ({', '.join(names)}) values ({marks})", [values[name] for name in names]
        )
        connection.execute(
            "insert into blank_reason (indicator_key, district_key, breakdown_key, period_key, reason, locator, "
            "batch_key, recorded_at) select indicator_key, district_key, breakdown_key, period_key, ?, ?, ?, "
            "recorded_at from fact_progress where is_primary and status = 'unreported' and period_key = 20252",
            (EVIL, EVIL, batch),
        )
        connection.execute("update dim_district set district_code = ? where district_code = '990109'", (CODE,))
        connection.execute(
            "update dim_indicator set indicator_code = ? where indicator_code = 'demo_eco_burials'", (CODE,)
        )
    connection.close()
    place = make_place(world, file)
    place.write(
        lambda c: [append(c, Event(EVIL, Action.LOGIN, EVIL, EVIL, {EVIL: EVIL}), place.now()) for _ in range(3)]
    )
    yield place
    place.close()


@pytest.fixture(scope="module")
def boss(evil: Place) -> Visitor:
    """An administrator, with a browser that calls itself something."""
    visitor = evil.visitor(User_Agent=SHORT)
    assert visitor.sign_in("boss").status_code == 303
    return visitor


def check(tree: Node, where: str, *, is_document: bool = False) -> None:
    """No element and no attribute came from a text."""
    for node in tree.walk():
        assert not node.tag.startswith("xss"), f"{where}: <{node.tag}>"
        assert is_document or node.tag not in (
            "script",
            "img",
            "iframe",
            "title",
            "textarea",
            "style",
            "link",
            "base",
        ), where
        for name, value in node.attributes.items():
            assert not name.startswith(("on", "data-evil")) and re.fullmatch(r"[a-zA-Z-]+", name), f"{where}: {name}"
            if name in ("href", "src", "action", "formaction", "xlink:href"):
                assert re.match(r"[/?#]", value or "") and not (value or "").startswith("//"), f"{where}: {value}"
    assert "11108889" not in tree.raw, where


def strings(value: Any) -> Iterator[str]:
    """Every text of a figure, keys left out."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


def check_figure(figure: dict[str, Any], where: str) -> None:
    """Plotly takes <b>, <a href> and the like in its texts for markup: nothing but our own line breaks may be there."""
    for part in [*figure["data"], figure["layout"]]:
        for text in strings({name: value for name, value in part.items() if name != "meta"}):
            rest = text.replace("<br>", "").replace("<extra></extra>", "")
            assert "<" not in rest and ">" not in rest, f"{where}: {text}"
            assert not re.search(r"&(?!amp;|lt;|gt;)", rest), f"{where}: {text}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_texts_in_the_data_are_shown_and_nothing_else(evil: Place, boss: Visitor, language: str) -> None:
    shown: set[str] = set()
    for link in LINKS:
        for page in ("", "why") if "why=" in link else ("",):
            response = boss.ask(link, language, page)
            assert response.status_code == 200, link
            answer = json.loads(response.get_data())
            assert "sideUpdate" not in answer, f"{link} failed"
            for name, props in answer["response"].items():
                where = f"{link} {name}"
                if "html" in props:
                    tree = parse(props["html"])
                    check(tree, where)
                    if "<xss-evil onclick" in tree.raw:
                        shown.add(name)
                if props.get("figure", {}).get("data"):
                    check_figure(props["figure"], where)
                    if "&lt;xss-evil onclick" in json.dumps(props["figure"]):
                        shown.add(name)
    silent = {
        leaf for page in (*PAGES.values(), why) for leaf, prop in page.LEAVES if prop in ("html", "figure")
    } - shown
    nameless = {
        "missing-body",
        "overview-changes",
        "overview-summary",
        "chase-summary",
        "district-sums",
        "methodology-body",
    }
    assert silent <= nameless, "these were to show such a text"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_frame_and_the_documents_show_them_too(evil: Place, boss: Visitor, language: str) -> None:
    boss.get(f"/login?lang={language}")

    def walk(part: Any) -> Iterator[dict[str, Any]]:
        if isinstance(part, dict):
            yield part
        for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from walk(inner)

    parts = list(walk(boss.get("/_dash-layout").get_json()))
    assert "<xss-evil" in json.dumps(parts)
    for part in parts:
        if "html" in part:
            check(parse(part["html"]), "frame")
        for name in ("href", "src"):
            assert re.match(r"[/?#]", str(part.get(name, "/")))
        assert not part.keys() & {"dangerously_allow_html", "dangerouslySetInnerHTML", "srcDoc"}

    odd = quote(EVIL, safe="")
    links = [
        "/bulletin",
        "/account",
        "/admin/users",
        "/admin/users/viewer",
        "/admin/tokens",
        "/admin/audit",
        "/admin/rules",
        f"/account?{odd}={odd}",
    ]
    links += [f"/admin/audit?actor={odd}&action={odd}&subject={odd}&since={odd}&until={odd}&before={odd}",
    f"/nothing?{odd}", f"/{odd}", f"/bulletin?title={odd}&office={odd}&number={odd}&districts={odd}&domains={odd}",
              f"/admin/audit?subject={quote(EVIL[:100], safe='')}", f"/admin/users/{odd}", f"/download/{odd}.csv",
              f"/assets/{odd}"]  # fmt: skip
    for link in links:
        tree = parse(boss.get(link).get_data(as_text=True))
        check(tree, link, is_document=True)
        if link in links[:7]:
            assert "<xss-" in tree.raw, f"{link} was to show one"
            assert tree.all("script") == tree.all("img") == []
    assert SHORT[:25] in parse(boss.get("/account").get_data(as_text=True)).raw
    boss.get("/login?lang=zh")


def test_what_is_typed_comes_back_as_text(evil: Place, boss: Visitor) -> None:
    for text in (SHORT, EVIL):
        nobody = evil.visitor()
        answers = [
            nobody.sign_in(text, text, next=text), nobody.show_token(text),
            nobody.get("/login", query_string={"next": text, text: text}),
            boss.submit("/account/password", {"old": text, "new": text, "again": text}),
            boss.submit("/admin/users", {"username": text, "display_name": text}),
            boss.submit("/admin/users",
            {"username": "x", "display_name": text, "role": text, "districts": [text], "domains": [text]}),
            boss.submit("/admin/users",
            {"username": "xx", "display_name": text, "role": "viewer", "districts": [text], "all_domains": "*"}),
            boss.submit("/admin/users/viewer",
            {"display_name": text, "role": "viewer", "districts": [text], "domains": [text]}),
            boss.submit("/admin/tokens",
            {"name": text, "days": text, "role": "viewer", "all_districts": "*", "all_domains": "*"}),
            boss.submit("/admin/tokens/revoke", {"name": text}),
            boss.submit("/admin/rules/preview",
            dict.fromkeys(("scope", "amber_share", "s1_share", "weight", "note_zh", "note_en"), text)),
            boss.submit("/admin/rules/preview",
            {"scope": "/", "amber_share": "0.8", "s1_share": "", "weight": "", "note_zh": text, "note_en": text}),
            boss.submit("/admin/rules",
            {"scope": "/", "amber_share": "0.8", "s1_share": "", "weight": "", "reason": text, "seal": text}),
        ]  # fmt: skip
        for n, response in enumerate(answers):
            assert response.status_code < 500
            check(parse(response.get_data(as_text=True)), f"{n}", is_document=True)
            assert "evil()" not in str(response.headers)


def test_the_picture_of_a_scorecard_has_only_what_is_drawn(evil: Place, boss: Visitor) -> None:
    for lang in ("zh", "en"):
        response = boss.get(f"/download/scorecard.svg?path=/districts/990101&lang={lang}")
        root = ET.fromstring(response.get_data())
        assert {node.tag.rpartition("}")[2] for node in root.iter()} == {"svg", "rect", "text"}
        assert not [name for node in root.iter() for name in node.attrib if name.startswith("on") or "href" in name]
        assert "<xss-evil" in "".join(root.itertext()) or "xss" in "".join(root.itertext())
    boss.get("/login?lang=zh")


def test_a_name_one_may_give_oneself_is_a_text_everywhere(place: Place) -> None:
    """Names that the forms take: they need no hand in the database."""
    boss = place.signed_in("boss")
    name = "<b onclick=evil()>&amp;{{3333*3333}}{0}</b>"
    fields = {"display_name": name, "role": "viewer", "all_districts": "*", "all_domains": "*"}
    assert boss.submit("/admin/users/viewer", fields).status_code == 303
    visitor = place.signed_in("viewer")
    for who, links in ((boss, ("/admin/users", "/admin/users/viewer", "/admin/audit")), (visitor, ("/account",))):
        for link in links:
            tree = parse(who.get(link).get_data(as_text=True))
            check(tree, link, is_document=True)
            assert name in tree.raw or link == "/admin/audit"
    assert name in json.dumps(visitor.get("/_dash-layout").get_json(), ensure_ascii=False)
    assert len(PEOPLE) > 5
