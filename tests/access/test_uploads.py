"""Files sent in, over HTTP: looked at, put right, handed over, approved by another, undone. And by whom not."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from etl import pipeline, staging
from etl.reasons import REASONS
from tests.access.conftest import Open
from tests.access.support import FOREIGN, OWN, Place, Visitor, words, wrong
from tests.access.test_markup import EVIL
from tests.dashboard.html import Node
from warehouse import tables as t
from warehouse.catalog import fetch_catalog
from warehouse.scope import Scope

HEADER = "district_code,indicator_code,period_code,value,unit_code"
MET = f"{OWN},demo_homes_adapted,2025-S2,335,household"
"""It was 326 of 330: 未达标; this makes it 已达标."""
BAD = f"{OWN},no_such_indicator,2025-S2,1,household"
ELSEWHERE = f"{FOREIGN},demo_homes_adapted,2025-S2,1,household"


def csv(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *lines)).encode("utf-8-sig")


@pytest.fixture
def place(open_place: Open) -> Place:
    """A site of its own: what is known of data is kept by the version of the data, and these tests write."""
    return open_place()


def send(visitor: Visitor, content: bytes, name: str = "上半年.csv", **fields: str) -> TestResponse:
    """The form of /data/uploads, as a browser sends it."""
    return post(visitor, "/data/uploads", content, name, fields | {"csrf_token": visitor.form_token("/account")})


def post(visitor: Visitor, link: str, content: bytes, name: str, fields: dict[str, str]) -> TestResponse:
    """A form with a file, written out: the client of the tests leaves large ones open."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    parts.append(f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n')
    body = "".join(parts).encode() + content + b"\r\n--x--\r\n"
    return visitor.open(link, "POST", data=body, content_type="multipart/form-data; boundary=x")


def sent(visitor: Visitor, content: bytes, name: str = "上半年.csv", **fields: str) -> str:
    """The page it leads to."""
    response = send(visitor, content, name, **fields)
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.headers["Location"]


def seal(page: Node) -> str:
    return str(page.one("input", name="seal")["value"])


def tally(page: Node) -> dict[str, int]:
    """Numbers by what they count."""
    found = (re.fullmatch(r"([\d,]+) (.*)", item.text) for item in page.one("ul", "tally").all("li"))
    return {match[2]: int(match[1].replace(",", "")) for match in found if match}


def hand_over(visitor: Visitor, link: str) -> TestResponse:
    """Press the button of the dry run's page."""
    return visitor.submit(f"{link}/stage", {"seal": seal(words(visitor.get(link)))})


def light(place: Place) -> str:
    """How the indicator of these files stands in the district."""
    p = t.fact_progress.c
    with place.engine.connect() as connection:
        catalog = fetch_catalog(connection)
        query = select(p.status).where(
            p.district_key == catalog.district_by_code[OWN].key, p.period_key == 20252, p.is_primary,
            p.indicator_key == catalog.indicators_by_code["demo_homes_adapted"][-1].key,
            p.breakdown_key == catalog.breakdown_by_code["total"].key,
        )  # fmt: skip
        return str(connection.execute(query).scalar_one())


# --- The journey -----------------------------------------------------------------------------------


def test_one_person_sends_up_sees_publishes_and_undoes(place: Place) -> None:
    steward = place.signed_in("steward")
    before = light(place)
    link = sent(steward, csv(MET, BAD), sender="岚麓区民政局")
    page = words(steward.get(link))
    counts = tally(page)
    assert (counts["个数"], counts["更正"], counts["拒收"]) == (2, 1, 1)
    assert "no_such_indicator" in page.one("section", id="findings").text
    assert "326户" in page.one("section", id="changed").text and "335户" in page.one("section", id="changed").text
    assert "已达标" in page.one("section", id="lights").text
    assert light(place) == before, "nothing is written by looking"

    response = hand_over(steward, link)
    batch = response.headers["Location"]
    assert response.status_code == 303 and batch.startswith("/data/batches/")
    page = words(steward.get(batch))
    assert "已入库" in page.one("h1").text and "335户" in page.one("section", id="facts").text
    assert light(place) == "met" != before
    assert steward.get(link).headers["Location"] == batch, "what is published is looked at as a batch"

    undo = words(steward.get(f"{batch}/undo"))
    assert "326户" in undo.text and light(place) == "met"
    assert steward.submit(f"{batch}/undo").status_code == 303
    assert light(place) == before
    assert "已撤销" in words(steward.get(batch)).one("h1").text
    assert wrong(steward.submit(f"{batch}/undo")), "once is enough"
    actions = [action for _actor, action, _subject in place.said()]
    assert actions[-5:] == ["upload", "stage", "approve", "login", "undo"] or {
        "upload",
        "stage",
        "approve",
        "undo",
    } <= set(actions)


def test_with_two_people_nobody_approves_what_he_handed_over(open_place: Open) -> None:
    place = open_place(two_people=True)
    steward, boss = place.signed_in("steward"), place.signed_in("boss")
    before = light(place)
    batch = hand_over(steward, sent(steward, csv(MET))).headers["Location"]
    page = words(steward.get(batch))
    assert "待审核" in page.one("h1").text and not page.all("form", action=f"{batch}/approve")
    assert page.all("span", "pending"), "every figure is marked"
    refused = steward.submit(f"{batch}/approve")
    assert refused.status_code == 409 and "另一位" in wrong(refused) and light(place) == before
    assert boss.submit(f"{batch}/approve").status_code == 303
    assert light(place) == "met"


def test_an_editor_hands_over_and_a_steward_approves_or_sends_back(place: Place) -> None:
    editor, steward = place.signed_in("editor"), place.signed_in("steward")
    link = sent(editor, csv(MET, ELSEWHERE))
    page = words(editor.get(link))
    assert tally(page)["拒收"] == 1 and REASONS["not_in_scope"].zh in page.one("section", id="findings").text
    batch = hand_over(editor, link).headers["Location"]
    assert editor.submit(f"{batch}/approve").status_code == 404
    assert steward.submit(f"{batch}/discard").status_code == 303
    assert "已退回" in words(editor.get(batch)).one("h1").text
    again = hand_over(editor, link).headers["Location"]
    assert again != batch, "put right, it can be handed over again"
    assert steward.submit(f"{again}/approve").status_code == 303
    assert light(place) == "met"


def test_what_is_not_in_the_file_is_stated_once(place: Place) -> None:
    steward = place.signed_in("steward")
    content = csv("demo_homes_adapted,335", header="indicator_code,value")
    stated = {"stated-district_code": OWN, "stated-period_code": "2025年下半年", "stated-unit_code": "household"}
    assert tally(words(steward.get(sent(steward, content, **stated))))["更正"] == 1
    link = sent(steward, content)
    assert steward.get(link).status_code == 200
    assert steward.submit(link, stated).status_code == 303
    page = words(steward.get(link))
    assert tally(page)["更正"] == 1
    chosen = [x for x in page.one("select", id="stated-district_code").all("option") if "selected" in x.attributes]
    assert [x["value"] for x in chosen] == [OWN]
    response = steward.submit(link, stated | {"stated-period_code": "去年"})
    assert response.status_code == 400 and "去年" in wrong(response)


def test_what_moved_since_is_not_published(place: Place) -> None:
    steward = place.signed_in("steward")
    link = sent(steward, csv(MET))
    old = seal(words(steward.get(link)))
    place.now.move(minutes=1)
    other = sent(steward, csv(MET.replace("335", "336")), "other.csv")
    assert hand_over(steward, other).status_code == 303
    response = steward.submit(f"{link}/stage", {"seal": old})
    assert response.status_code == 409 and "重新" in wrong(response)
    page = words(response)
    assert "336户" in page.one("section", id="changed").text, "the page shows what it would change now"
    assert steward.submit(f"{link}/stage", {"seal": seal(page)}).status_code == 303


def test_a_file_without_news_has_no_button(place: Place) -> None:
    steward = place.signed_in("steward")
    hand_over(steward, sent(steward, csv(MET)))
    link = sent(steward, csv(MET))
    page = words(steward.get(link))
    assert not page.all("input", name="seal") and tally(page)["没有变化"] == 1
    assert steward.submit(f"{link}/discard").status_code == 303
    assert steward.get(link).status_code == 404


# --- What waits is said where it shows --------------------------------------------------------------


def test_what_waits_is_said_on_its_pages_to_those_who_may_know(place: Place) -> None:
    editor, steward = place.signed_in("editor"), place.signed_in("steward")
    pages = (f"/districts/{OWN}", "/indicators/demo_homes_adapted")
    for link in pages:
        assert "pending-note" not in editor.leaves(link)
    batch = hand_over(editor, sent(editor, csv(MET))).headers["Location"]
    for link in pages:
        for name in ("editor", "steward", "head"):
            assert f"{batch}" in place.signed_in(name).leaves(link), (name, link)
        for name in ("viewer", "everywhere"):
            assert "pending-note" not in place.signed_in(name).leaves(link)
    assert "pending-note" not in steward.leaves(f"/districts/{FOREIGN}")
    assert "pending-note" not in editor.leaves(f"/districts/{OWN}?asof=2025-12-31")
    assert "待审核" in steward.leaves("/data")
    steward.submit(f"{batch}/approve")
    for link in pages:
        assert "pending-note" not in editor.leaves(link)


def test_of_what_somebody_who_sees_more_sent_nothing_is_said(open_place: Open) -> None:
    place = open_place(two_people=True)
    editor, steward = place.signed_in("editor"), place.signed_in("steward")
    link = sent(steward, csv(MET, ELSEWHERE))
    batch = hand_over(steward, link).headers["Location"]
    assert "pending-note" not in editor.leaves(f"/districts/{OWN}")
    for hidden in (link, batch, f"{link}/file", f"{link}/marked.xlsx"):
        assert editor.get(hidden).status_code == 404
    for visitor, names in ((editor, 0), (steward, 1)):
        page = words(visitor.get("/data/uploads"))
        assert len(page.all("th", "file-name")) == names


def test_a_limited_steward_may_not_undo_what_reaches_beyond_his_own(place: Place) -> None:
    boss = place.signed_in("boss")
    batch = hand_over(boss, sent(boss, csv(MET, ELSEWHERE))).headers["Location"]
    fields = {"display_name": "x", "role": "steward", "all_districts": "", "districts": [OWN], "all_domains": "*"}
    assert boss.submit("/admin/users/steward", fields).status_code == 303
    steward = place.signed_in("steward")
    for link in (batch, f"{batch}/undo"):
        assert steward.get(link).status_code == 404
    assert steward.submit(f"{batch}/undo").status_code == 404
    assert light(place) == "met"


# --- Files -----------------------------------------------------------------------------------------


def test_the_file_comes_back_as_sent_and_marked(place: Place) -> None:
    steward = place.signed_in("steward")
    content = csv(MET, BAD)
    link = sent(steward, content, "上半年 完成.csv")
    response = steward.get(f"{link}/file")
    assert response.get_data() == content
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment") and "%E4%B8%8A" in disposition
    assert response.headers["X-Content-Type-Options"] == "nosniff" and response.headers["Cache-Control"] == "no-store"
    assert response.mimetype == "application/octet-stream"
    marked = openpyxl.load_workbook(io.BytesIO(steward.get(f"{link}/marked.xlsx").get_data()))
    assert marked.sheetnames
    assert [(a, s) for _who, a, s in place.said()[-2:]] == [
        ("export", "上半年 完成.csv"), ("export", "上半年 完成-marked.xlsx"),
    ]  # fmt: skip


def test_the_form_to_fill_in_is_for_ones_own_districts(place: Place) -> None:
    editor = place.signed_in("editor")
    response = editor.get(f"/data/template.xlsx?district={OWN}&period=2025-S2")
    assert openpyxl.load_workbook(io.BytesIO(response.get_data())).sheetnames
    for query in (f"district={FOREIGN}&period=2025-S2", f"district={OWN}&period=x", "", "district=x&period=2025-S2"):
        assert editor.get(f"/data/template.xlsx?{query}").status_code == 404


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "empty.csv"), (b"PK\x03\x04 cut", "cut.xlsx"), (b"\x89PNG\r\n", "picture.xlsx"), (b"%PDF-1.7", "a.pdf")],
)
def test_what_cannot_be_read_is_said_on_the_form_and_not_kept(place: Place, content: bytes, name: str) -> None:
    steward = place.signed_in("steward")
    response = send(steward, content, name, sender="某局")
    page = words(response)
    assert response.status_code == 400 and wrong(response)
    assert page.one("input", id="sender")["value"] == "某局", "what was filled in stays"
    assert not words(steward.get("/data/uploads")).all("th", "file-name")


def test_without_a_file_the_form_asks_for_one(place: Place) -> None:
    steward = place.signed_in("steward")
    assert "选择" in wrong(steward.submit("/data/uploads", {"sender": "x"}))
    assert "Choose" in wrong(steward.submit("/data/uploads?lang=en", {"sender": "x"}))


def test_a_file_over_the_limit_is_refused_in_the_readers_language(open_place: Open) -> None:
    place = open_place(file_megabytes=1)
    steward = place.signed_in("steward")
    assert send(steward, csv(MET, *[BAD] * 15_000)).status_code == 303
    response = send(steward, b"x" * (2 << 20))
    assert response.status_code == 413 and "最多 1 MB" in response.get_data(as_text=True)
    steward.get("/account?lang=en")
    assert "at most 1 MB" in send(steward, b"x" * (2 << 20)).get_data(as_text=True)


def test_only_this_form_may_be_large(place: Place) -> None:
    steward = place.signed_in("steward")
    link = sent(steward, csv(MET, *[f"{BAD}{n}" for n in range(30_000)]))
    fields = {"csrf_token": steward.form_token("/account")}
    assert post(steward, link, b"x" * (2 << 20), "x.csv", fields).status_code == 413


def test_a_form_of_another_site_sends_nothing_up(place: Place) -> None:
    steward = place.signed_in("steward")
    assert post(steward, "/data/uploads", csv(MET), "a.csv", {"csrf_token": "wrong"}).status_code == 403
    assert not words(steward.get("/data/uploads")).all("th", "file-name")


def test_so_many_a_minute_and_no_more(place: Place) -> None:
    steward = place.signed_in("steward")
    token = steward.form_token("/data/uploads")
    answers = [steward.open("/data/uploads", "POST", data={"csrf_token": token}).status_code for _ in range(31)]
    assert answers == [400] * 30 + [429]


# --- Texts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        EVIL.replace("/", "∕") + ".csv",
        "../../etc/passwd.csv",
        "C:\\x\\上半年.csv",
        "a\r\nSet-Cookie: b=c.csv",
        "\u202ea.csv",
    ],
)  # fmt: skip
def test_a_name_is_shown_and_is_never_a_path_nor_a_header(place: Place, name: str) -> None:
    """Names, values and senders are somebody's; they are shown as they stand."""
    steward = place.signed_in("steward")
    content = csv(MET, BAD.replace("no_such_indicator", '"' + EVIL.replace('"', '""').replace("\n", " ") + '"'))
    key = staging.receive(place.engine, name, content, who="user:steward", sender=EVIL, clock=place.now)
    link = f"/data/uploads/{key}"
    batch = None
    for page in (link, "/data/uploads"):
        check(words(steward.get(page)))
    disposition = steward.get(f"{link}/file").headers["Content-Disposition"]
    assert not re.search(r"[\r\n/\\]|\.\.", disposition.replace('\\"', ""))
    batch = hand_over(steward, link).headers["Location"]
    for page in (batch, f"{batch}/undo", "/data/uploads"):
        check(words(steward.get(page)))


def check(tree: Node) -> None:
    assert not [node.tag for node in tree.walk() if node.tag.startswith("xss") or node.tag in ("script", "img")]
    assert not [name for node in tree.walk() for name in node.attributes if name.startswith("on")]


def test_sixty_thousand_rows_are_shown_in_part(place: Place) -> None:
    """The page is of a size a browser can show, whatever the file's."""
    steward = place.signed_in("steward")
    lines = [f"{OWN},no_such_{n % 7},2025-S2,1,household" for n in range(3000)]
    page = steward.get(sent(steward, csv(MET, *lines))).get_data(as_text=True)
    assert len(page) < 300_000 and "另有 2,988 条" in page


def test_a_batch_that_was_not_sent_up_is_shown_all_the_same(place: Place) -> None:
    boss = place.signed_in("boss")
    page = words(boss.get("/data/batches/1"))
    assert "demo/plan-2023.xlsx" in page.one("h1").text and page.one("section", id="facts")
    assert boss.get("/data/batches/1/undo").status_code == 200
    pipeline.undo(place.engine, 15, who="user:boss", clock=place.now)
    assert boss.get("/data/batches/15/undo").status_code == 404
    assert Scope.everything().covers(Scope(frozenset())) and not Scope(frozenset()).covers(Scope.everything())
