"""The way of a file in a real browser: sent up, seen with its marks, put right, published, seen as a light, undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, expect
from sqlalchemy import update

from dashboard.access import accounts
from dashboard.access.accounts import By
from dashboard.access.passwords import hash_password
from dashboard.access.roles import Grant, Role
from tests.browser.conftest import Serve, Server, Visit
from tests.browser.test_accessibility import AXE, RUN
from tests.browser.visitor import Visitor
from warehouse.access_tables import account
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine, writing

PASSWORD = "violet tractor melon 42 sky"
OWN = "990101"
PEOPLE = {
    "steward": Grant(Role.STEWARD),
    "second": Grant(Role.STEWARD),
    "editor": Grant(Role.EDITOR, frozenset({OWN})),
}
DISTRICT = f"/districts/{OWN}?period=2025-S2"
ROW = "tr:has-text('适老化改造户数')"
HEADER = "district_code,indicator_code,period_code,value,unit_code"
MET = f"{OWN},demo_homes_adapted,2025-S2,335,household"
"""326 of 330 was 未达标; this is 已达标."""
BAD = f"{OWN},没有的指标,2025-S2,1,household"

Enter = Callable[..., Visitor]


@pytest.fixture(scope="module")
def template(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic province with people who send files in."""
    path = tmp_path_factory.mktemp("desk") / "dabiao.db"
    path.write_bytes(demo_file.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    by = By("shell:tests", "", datetime.now(UTC))
    with writing(engine) as connection:
        catalog = fetch_catalog(connection)
        for name, grant in PEOPLE.items():
            accounts.add_account(connection, by, catalog, name, name, grant, False)
        connection.execute(update(account).values(password_hash=hash_password(PASSWORD), must_change=False))
    engine.dispose()
    return path


@pytest.fixture
def enter(visit: Visit) -> Enter:
    """A visitor signed in, on the page of files."""

    def sign_in(server: Server, username: str, **options: Any) -> Visitor:
        visitor = visit(server, **options)
        page = visitor.page
        page.goto(f"{server.url}/login?next=/data/uploads")
        page.locator("input[name=username]").fill(username)
        page.locator("input[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        visitor.expect_link("/data/uploads")
        return visitor

    return sign_in


def file_of(*lines: str, header: str = HEADER, name: str = "下半年.csv") -> FilePayload:
    """A file to choose; by its content, for a browser without a locale does not find Chinese names on the disk."""
    return {"name": name, "mimeType": "text/csv", "buffer": "\n".join((header, *lines)).encode("utf-8-sig")}


def light(visitor: Visitor) -> str:
    """The word of the light on the district's page."""
    visitor.open(DISTRICT)
    return visitor.page.locator(f"#district-scorecard {ROW} .light .word").first.inner_text()


def axe(visitor: Visitor) -> list[Any]:
    visitor.evaluate(f"() => {{{AXE.read_text(encoding='utf-8')}}}")
    found: list[Any] = visitor.evaluate(RUN)
    return found


def check_page(visitor: Visitor) -> None:
    """Nothing axe objects to, and nothing but tables scrolls sideways."""
    assert axe(visitor) == []
    assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1440, 390])
def test_from_the_file_to_the_light_and_back(enter: Enter, serve: Serve, template: Path, width: int) -> None:
    server = serve(template, DABIAO_IDLE_MINUTES="60")
    steward = enter(server, "steward", width=width)
    page = steward.page
    before = light(steward)
    assert before == "未达标"
    page.get_by_role("link", name="填报", exact=True).click()
    check_page(steward)

    page.get_by_label("目标清单或填报表").set_input_files(file_of(MET, BAD))
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("下半年.csv")
    expect(page.locator(".verdict-line")).to_contain_text("1 个数可以入库；1 处被拒收")
    expect(page.locator("#findings")).to_contain_text("没有的指标")
    expect(page.locator(".mark-refused").first).to_contain_text("拒收")
    expect(page.locator("#changed")).to_contain_text("326户")
    expect(page.locator("#lights tbody tr")).to_contain_text(["未达标"])
    button = page.get_by_role("button", name="入库 1 个数")
    box = button.bounding_box()
    assert box is not None and box["y"] + box["height"] < 844, "what can be done is seen without scrolling"
    check_page(steward)
    assert light(steward) == before, "looking changes nothing"

    page.go_back()
    button.click()
    steward.expect_link(r"/data/batches/\d+")
    batch = steward.link
    expect(page.get_by_role("heading", level=1)).to_contain_text("已入库")
    check_page(steward)
    assert light(steward) == "已达标"

    page.goto(server.url + batch)
    page.get_by_role("link", name="撤销入库").click()
    steward.expect_link(f"{batch}/undo")
    expect(page.locator("main")).to_contain_text("326户")
    check_page(steward)
    page.get_by_role("button", name="确认撤销").click()
    steward.expect_link(batch)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已撤销")
    assert light(steward) == before


def test_with_two_people_and_the_keyboard_alone(enter: Enter, serve: Serve, template: Path) -> None:
    server = serve(template, DABIAO_APPROVAL="two", DABIAO_IDLE_MINUTES="60")
    editor = enter(server, "editor")
    press_on(editor, "目标清单或填报表")
    with editor.page.expect_file_chooser() as chooser:
        editor.page.keyboard.press("Space")
    chooser.value.set_files(file_of(MET))
    press_on(editor, "上传并检查", "Enter")
    editor.expect_link(r"/data/uploads/\d+")
    press_on(editor, "提交审核 1 个数", "Enter")
    editor.expect_link(r"/data/batches/\d+")
    expect(editor.page.get_by_role("heading", level=1)).to_contain_text("待审核")
    check_page(editor)
    batch = editor.link

    editor.open(DISTRICT)
    note = editor.page.locator(".pending-note")
    expect(note).to_contain_text("有 1 个待审核的数")
    note.get_by_role("link", name="查看").focus()
    editor.page.keyboard.press("Enter")
    editor.expect_link(batch)

    second = enter(server, "second")
    assert light(second) == "未达标", "what waits does not count"
    second.page.goto(f"{server.url}/data/uploads")
    press_on(second, "下半年.csv", "Enter")
    second.expect_link(batch)
    press_on(second, "审核并入库", "Enter")
    expect(second.page.get_by_role("heading", level=1)).to_contain_text("已入库")
    assert light(second) == "已达标"
    assert second.page.locator(".pending-note").count() == 0
    second.page.goto(server.url + batch)
    press_on(second, "撤销入库", "Enter")
    second.expect_link(f"{batch}/undo")
    press_on(second, "确认撤销批次", "Enter")
    second.expect_link(batch)
    assert light(second) == "未达标"


def test_how_a_file_is_read_is_put_right(enter: Enter, serve: Serve, template: Path) -> None:
    """A file that says neither where nor when: stated once, it can be published. In English, on a phone."""
    server = serve(template, DABIAO_IDLE_MINUTES="60")
    steward = enter(server, "steward", width=390, height=844, language="en")
    page = steward.page
    file = file_of("demo_homes_adapted,335", header="indicator_code,value", name="return.csv")
    page.get_by_label("Targets or a return").set_input_files(file)
    page.get_by_role("button", name="Send up and check").click()
    steward.expect_link(r"/data/uploads/\d+")
    assert page.get_by_role("button", name="Publish").count() == 0
    check_page(steward)
    page.get_by_label("District", exact=True).select_option(OWN)
    page.get_by_label("Half-year", exact=True).fill("2025-S2")
    page.get_by_label("Unit", exact=True).select_option("household")
    page.get_by_role("button", name="Check again").click()
    expect(page.locator(".said")).to_contain_text("Checked again")
    expect(page.get_by_role("button", name="Publish 1 figure")).to_be_visible()
    check_page(steward)
    page.get_by_role("button", name="Drop this file").click()
    steward.expect_link("/data/uploads")
    expect(page.locator("main")).to_contain_text("No file was sent up so far.")


def test_a_column_taken_for_the_wrong_thing_is_put_right_and_remembered(
    enter: Enter, serve: Serve, template: Path, tmp_path: Path
) -> None:
    server = serve(template, DABIAO_IDLE_MINUTES="60", DABIAO_LAYOUTS=str(tmp_path))
    steward = enter(server, "steward")
    page = steward.page
    file = file_of(f"{OWN},demo_homes_adapted,2025年下半年,300,335", header="地区,指标,时间,完成值,核定")
    send_up(steward, file, "示范区民政局")
    expect(page.locator("#changed")).to_contain_text("300户")
    page.locator("select[name='use-0-3']").select_option("ignored")
    page.locator("select[name='use-0-4']").select_option("actual")
    page.get_by_label("的这个版式").check()
    page.get_by_role("button", name="重新检查").click()
    expect(page.locator("#changed")).to_contain_text("335户")
    expect(page.locator("#changed")).not_to_contain_text("300户")
    check_page(steward)
    [kept] = tmp_path.iterdir()
    assert "核定" in kept.read_text(encoding="utf-8")

    page.goto(f"{server.url}/data/uploads")
    again = file_of(f"{OWN},demo_homes_adapted,2025年下半年,300,336", header="地区,指标,时间,完成值,核定")
    send_up(steward, again, "示范区民政局")
    expect(page.locator("#changed")).to_contain_text("336户")
    page.get_by_role("button", name="入库 1 个数").click()
    steward.expect_link(r"/data/batches/\d+")
    assert light(steward) == "已达标"


def send_up(visitor: Visitor, file: FilePayload, sender: str) -> None:
    """Send a file up for a sender."""
    visitor.page.get_by_label("目标清单或填报表").set_input_files(file)
    visitor.page.get_by_label("发送单位").fill(sender)
    visitor.page.get_by_role("button", name="上传并检查").click()
    visitor.expect_link(r"/data/uploads/\d+")


def test_a_file_that_is_too_large_is_answered_and_not_cut_off(enter: Enter, serve: Serve, template: Path) -> None:
    server = serve(template, DABIAO_MAX_FILE_MB="1", DABIAO_IDLE_MINUTES="60")
    steward = enter(server, "steward")
    steward.expected = ["413"]
    large: FilePayload = {"name": "large.csv", "mimeType": "text/csv", "buffer": b"x,y\n" * (5 << 20)}
    steward.page.get_by_label("目标清单或填报表").set_input_files(large)
    steward.page.get_by_role("button", name="上传并检查").click()
    expect(steward.page.locator("body")).to_contain_text("最多 1 MB")


def press_on(visitor: Visitor, name: str, key: str = "") -> None:
    """Go on with Tab until something of this name has the focus, which is seen; then press a key."""
    for _ in range(120):
        visitor.page.keyboard.press("Tab")
        if name in visitor.evaluate(
            "() => { const e = document.activeElement; if (!e.matches('a, button, input, summary')) return ''; "
            "return (e.innerText || '') + [...(e.labels || [])].map((l) => l.innerText).join(); }"
        ):
            break
    else:
        pytest.fail(f"no {name} is reached with the keyboard")
    assert visitor.evaluate("() => getComputedStyle(document.activeElement).outlineStyle !== 'none'")
    if key:
        visitor.page.keyboard.press(key)
