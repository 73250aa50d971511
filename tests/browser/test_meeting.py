"""In the room: a meeting run with the keyboard alone, in step with the speaker's window, and what became of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from dashboard.access import accounts
from dashboard.access.accounts import By
from dashboard.access.passwords import hash_password
from dashboard.access.roles import Grant, Role
from tests.browser.conftest import Serve, Server, Visit
from tests.browser.test_access import PASSWORD, sign_in
from tests.browser.test_accessibility import AXE, RUN
from tests.browser.visitor import Visitor
from warehouse.access_tables import account
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine, writing

WHAT = "每周调度一次，月底前补齐缺口"
SIZES = ((1920, 1080), (1024, 768), (1440, 900))
FITS = """() => [...document.querySelectorAll('.slide')].flatMap((slide) => {
  const hidden = slide.hidden;
  slide.hidden = false;
  const foot = slide.querySelector('footer').getBoundingClientRect();
  const body = slide.querySelector('.body');
  const low = Math.max(...[...body.querySelectorAll('*')].map((e) => e.getBoundingClientRect().bottom));
  const wide = [...slide.querySelectorAll('*')].some((e) => e.getBoundingClientRect().right > innerWidth + 1);
  const small = [...slide.querySelectorAll('h2, p, td, th, dd, dt, li, span, a, b')].filter((e) => e.offsetParent
    && e.textContent.trim() && !e.closest('.code, .sr-only')
    && parseFloat(getComputedStyle(e).fontSize) < innerHeight * .0219);
  slide.hidden = hidden;
  const found = [];
  if (low > foot.top + 2) found.push(slide.id + ' runs into its foot');
  if (wide) found.push(slide.id + ' is too wide');
  if (small.length) found.push(slide.id + ' is too small: ' + small[0].textContent.trim());
  return found;
})"""

LONG = """() => document.querySelectorAll(
  '.lines th .clip, .names .clip, .items .second, .hung .clip, .hung .second'
).forEach((e) => {
  e.textContent = (e.textContent.trim() + '（含城乡社区、农村互助等各类公益性设施）').repeat(3);
})"""


@pytest.fixture(scope="module")
def guarded(serve: Serve, demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The synthetic province with a head of bureau, and an editor of one district."""
    template = tmp_path_factory.mktemp("room") / "dabiao.db"
    template.write_bytes(demo_file.read_bytes())
    engine = open_engine(f"sqlite:///{template}")
    by = By("shell:tests", "", datetime.now(UTC))
    with writing(engine) as connection:
        catalog = fetch_catalog(connection)
        accounts.add_account(connection, by, catalog, "head", "局长", Grant(Role.HEAD), False)
        everywhere = frozenset({"990000"})
        accounts.add_account(connection, by, catalog, "editor", "填报员", Grant(Role.EDITOR, everywhere), False)
        ready = {"password_hash": hash_password(PASSWORD), "must_change": False}
        connection.execute(update(account).values(ready))
    engine.dispose()
    return serve(template, DABIAO_IDLE_MINUTES="60")


def enter(visit: Visit, server: Server, name: str = "head", width: int = 1920, height: int = 1080) -> Visitor:
    """Somebody signed in."""
    visitor = visit(server, width, height)
    visitor.page.goto(f"{server.url}/login?next=/meeting")
    sign_in(visitor.page, name)
    expect(visitor.page.get_by_role("heading", name="会议", exact=True)).to_be_visible()
    return visitor


def open_meeting(page: Page, title: str) -> None:
    """Enter a meeting in the form, with the keyboard."""
    page.get_by_label("会议名称").focus()
    page.keyboard.type(title)
    page.keyboard.press("Enter")
    expect(page.locator(".slide:visible")).to_have_count(1)


def shown(page: Page) -> str:
    """The topic on the wall."""
    return str(page.locator(".slide:visible").get_attribute("id"))


def go_to_a_red_number(page: Page) -> str:
    """Arrow to the first slide of a number."""
    total = page.locator(".slide").count()
    for _ in range(total):
        if page.locator(".slide:visible[data-row]").count():
            return shown(page)
        before = shown(page)
        page.keyboard.press("ArrowRight")
        expect(page.locator(".slide:visible")).not_to_have_id(before)
    raise AssertionError("no number is red")


def decide(page: Page, what: str) -> None:
    """D, what is to be done, and Enter on the button, without a mouse."""
    page.keyboard.press("d")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type(what)
    expect(page.get_by_label("责任单位")).to_have_value(re.compile(".+民政局$"))
    button = page.get_by_role("dialog").get_by_role("button", name="登记")
    for _ in range(8):
        page.keyboard.press("Tab")
        if button.evaluate("e => e === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_decision_from_its_slide_to_the_next_meeting_by_keyboard_alone(visit: Visit, guarded: Server) -> None:
    page = enter(visit, guarded).page
    open_meeting(page, "第一次调度会")
    topic = go_to_a_red_number(page)
    decide(page, WHAT)
    expect(page.locator("#toast")).to_have_text("已登记督办事项。")
    assert shown(page) == topic and page.url.endswith(f"#{topic}"), "the meeting goes on where it was"
    expect(page.locator(".slide:visible .hung")).to_contain_text(WHAT)
    page.keyboard.press("End")
    expect(page.locator(".slide:visible")).to_contain_text(WHAT)
    page.reload()
    assert shown(page) == "closing", "reloading keeps the place"
    page.go_back()
    expect(page.locator(".slide:visible")).to_have_id(topic)

    district = topic.removeprefix("red-").partition(".")[0]
    page.goto(f"{guarded.url}/districts/{district}")
    expect(page.locator("#district-items")).to_contain_text(WHAT)
    expect(page.locator("#district-scorecard .item-count")).to_have_count(1)

    page.goto(f"{guarded.url}/meeting")
    open_meeting(page, "第二次调度会")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".slide:visible")).to_have_id("decided")
    expect(page.locator(".slide:visible")).to_contain_text(WHAT)
    page.locator(".slide:visible").get_by_role("link", name=WHAT).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/actions/*")
    page.get_by_text("办结", exact=True).first.focus()
    page.locator("summary", has_text="办结").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1 .item-done")).to_have_text("已办结")
    expect(page.locator(".said")).to_have_text("已办结。")


def test_an_empty_decision_is_refused_in_the_form_and_escape_leaves_it(visit: Visit, guarded: Server) -> None:
    page = enter(visit, guarded).page
    page.goto(f"{guarded.url}/meeting/now")
    page.keyboard.press("d")
    expect(page.locator("#toast")).to_contain_text("没有单个的数")
    go_to_a_red_number(page)
    topic = shown(page)
    page.keyboard.press("d")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert shown(page) == topic
    page.keyboard.press("Escape")
    page.wait_for_url("**/meeting")


def test_other_filters_keep_the_place_or_the_nearest_and_say_so(visit: Visit, guarded: Server) -> None:
    page = enter(visit, guarded).page
    page.goto(f"{guarded.url}/meeting/now")
    topic = go_to_a_red_number(page)
    district = topic.removeprefix("red-").partition(".")[0]
    page.locator("#filters select[name=district]").select_option(district)
    page.wait_for_function("district => location.search.includes(district)", arg=district)
    expect(page.locator("body")).not_to_have_class("busy")
    assert shown(page) == topic
    other = page.evaluate(
        """d => [...document.querySelectorAll('[name=district] option')].map(o => o.value)
            .filter(v => v && v !== d && !v.endsWith('00')).pop()""",
        district,
    )
    page.locator("#filters select[name=district]").select_option(other)
    expect(page.locator("#toast")).to_contain_text("这个范围里没有")
    assert shown(page) != topic
    page.go_back()
    page.wait_for_function("district => location.search.includes(district)", arg=district)
    expect(page.locator(f"[id='{topic}']")).to_have_count(1)


def test_the_speakers_window_goes_in_step_and_keeps_notes(visit: Visit, guarded: Server) -> None:
    visitor = enter(visit, guarded)
    page = visitor.page
    open_meeting(page, "讲稿会")
    page.keyboard.press("ArrowRight")
    second = shown(page)
    name = page.evaluate("document.body.dataset.meeting")
    speaker = visitor.watch(visitor.context.new_page())
    speaker.goto(f"{guarded.url}/meeting/{name}/presenter")
    title = page.locator(".slide:visible h2").inner_text()
    expect(speaker.locator(".pane.current h2")).to_have_text(title)
    speaker.get_by_role("textbox", name="讲稿").focus()
    speaker.keyboard.type("先讲缺口")
    expect(speaker.locator("#saved")).to_have_text("已保存")
    speaker.get_by_role("textbox", name="讲稿").blur()
    speaker.keyboard.press("ArrowRight")
    expect(page.locator(".slide:visible")).not_to_have_id(second)
    expect(speaker.get_by_role("textbox", name="讲稿")).to_have_value("")
    page.keyboard.press("ArrowLeft")
    expect(speaker.get_by_role("textbox", name="讲稿")).to_have_value("先讲缺口")
    page.locator("#filters select[name=domain]").select_option("elderly")
    speaker.wait_for_function("() => location.search.includes('elderly')")
    expect(speaker.locator("#filters select[name=domain]")).to_have_value("elderly")
    speaker.reload()
    expect(speaker.locator(".pane.current h2")).to_have_text(page.locator(".slide:visible h2").inner_text())


def test_a_link_and_a_code_lead_to_the_same_slide(visit: Visit, guarded: Server) -> None:
    page = enter(visit, guarded).page
    page.goto(f"{guarded.url}/meeting/now?domain=elderly")
    topic = go_to_a_red_number(page)
    page.keyboard.press("q")
    image = page.locator(".slide:visible .code img")
    expect(image).to_be_visible()
    page.wait_for_function("() => document.querySelector('.slide:not([hidden]) .code img').naturalWidth > 100")
    link = page.locator(".slide:visible .code p").inner_text()
    page.goto(link)
    expect(page.locator(".slide:visible")).to_have_id(topic)
    assert "domain=elderly" in page.url
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="按键")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_slide_fits_a_projector_and_can_be_read_from_the_end_of_the_room(
    visit: Visit, guarded: Server, width: int, height: int
) -> None:
    page = enter(visit, guarded, width=width, height=height).page
    page.goto(f"{guarded.url}/meeting/now?since=2025-06-01")
    expect(page.locator(".slide:visible")).to_have_count(1)
    assert page.evaluate(FITS) == []
    page.evaluate(LONG)
    assert page.evaluate(FITS) == [], "names three times as long"
    page.context.add_cookies([{"name": "dabiao-language", "value": "en", "url": guarded.url}])
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate(FITS) == []
    page.goto(f"{guarded.url}/meeting/now?domain=elderly")
    assert page.evaluate(FITS) == [], "units are long in English"
    for tool in page.locator("#bar .tools > *").all():
        box = tool.bounding_box()
        assert box is None or box["x"] + box["width"] <= width + 1, "the bar fits, too"


def test_axe_finds_nothing_in_meetings_and_action_items(visit: Visit, guarded: Server) -> None:
    visitor = enter(visit, guarded, width=1440, height=900)
    page = visitor.page
    open_meeting(page, "无障碍会")
    go_to_a_red_number(page)
    decide(page, "检查无障碍")
    name = page.evaluate("document.body.dataset.meeting")
    row = page.locator(".slide:visible").get_attribute("data-row")
    links = (
        "/meeting", "/actions?state=all", "/actions/1", f"/actions/new?row={row}", "/actions/reminders",
        f"/meeting/{name}", f"/meeting/{name}#closing", f"/meeting/{name}{page.evaluate('location.hash')}",
        f"/meeting/{name}/presenter",
    )  # fmt: skip
    found = {}
    for link in links:
        page.goto("about:blank")
        page.goto(guarded.url + link)
        page.evaluate(f"() => {{{AXE.read_text(encoding='utf-8')}}}")
        found[link] = page.evaluate(RUN)
    assert {link: violations for link, violations in found.items() if violations} == {}


def test_an_editor_reports_and_cannot_decide(visit: Visit, guarded: Server) -> None:
    head = enter(visit, guarded).page
    open_meeting(head, "交办会")
    go_to_a_red_number(head)
    decide(head, "请区里反馈")
    head.keyboard.press("End")
    link = head.locator(".slide:visible").get_by_role("link", name="请区里反馈").first.get_attribute("href")
    page = enter(visit, guarded, "editor").page
    expect(page.get_by_label("会议名称")).to_have_count(0)
    page.goto(guarded.url + str(link))
    expect(page.locator("summary")).to_have_text(["反馈"])
    page.get_by_label("进展").focus()
    page.keyboard.type("已完成八成")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1 .item-awaits")).to_have_text("待核")
    expect(page.locator(".history")).to_contain_text("已完成八成")
