"""大屏: devices come in by their token and stay until it is revoked; screens show a scope and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from dashboard.access.roles import Grant, Role
from dashboard.screens.devices import COOKIE
from tests.access.conftest import Open
from tests.access.support import FOREIGN, HERE, SCREEN_FORM, Place, Visitor, words, wrong
from warehouse.access_tables import web_session


def device(place: Place, name: str = "hall") -> Visitor:
    """A browser that has opened the address with the token."""
    visitor = place.visitor()
    response = visitor.get(f"/screen/hall?token={place.world.tokens[name]}")
    assert response.status_code == 303 and response.headers["Location"] == "/screen/hall"
    return visitor


def cookie(visitor: Visitor) -> str:
    found = visitor.client.get_cookie(COOKIE, path="/screen")
    return found.value if found else ""


def put(visitor: Visitor, value: str) -> None:
    visitor.client.set_cookie(COOKIE, value, path="/screen")


def state(visitor: Visitor, name: str = "hall") -> Any:
    response = visitor.get(f"/screen/{name}/state")
    assert response.status_code == 200, response.status_code
    return json.loads(response.get_data())


def sessions(place: Place) -> list[Any]:
    with place.engine.connect() as connection:
        return list(connection.execute(select(web_session).where(web_session.c.token_key.is_not(None))))


def test_a_token_in_the_address_becomes_a_cookie_of_screens_alone(place: Place) -> None:
    visitor = place.visitor()
    before = len(place.entries())
    response = visitor.get(f"/screen/hall?token={place.world.tokens['hall']}&lang=zh")
    assert response.headers["Location"] == "/screen/hall", "nothing of the query goes on"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    (made,) = [x for x in response.headers.getlist("Set-Cookie") if x.startswith(COOKIE)]
    assert "HttpOnly" in made and "Path=/screen" in made and "SameSite=Lax" in made
    assert place.said(before) == [("token:hall", "login", "hall")]
    assert visitor.get("/screen/hall").status_code == 200
    assert visitor.get("/").status_code == 303, "on any other path nobody sees the cookie"
    put_everywhere = place.visitor(Cookie=f"{COOKIE}={cookie(visitor)}")
    for link in ("/", "/data", "/download/facts.csv", "/admin/users", "/account", "/_dash-layout"):
        assert put_everywhere.get(link).status_code in (303, 401), link
    assert put_everywhere.ask("/").status_code in (400, 401, 403)
    assert not any(secret in str(place.entries()) for secret in place.world.secrets)


def test_over_https_the_cookie_is_secure(open_place: Open) -> None:
    place = open_place(url="https://dabiao.example.gov.cn", hosts=("dabiao.example.gov.cn",))
    response = place.visitor().get(
        f"/screen/hall?token={place.world.tokens['hall']}", base_url="https://dabiao.example.gov.cn"
    )
    (made,) = [x for x in response.headers.getlist("Set-Cookie") if "dabiao-screen" in x]
    assert made.startswith("__Secure-dabiao-screen=") and "Secure;" in made


@pytest.mark.parametrize("token", ["wrong", "", "\x00", "x" * 500, "reader"])
def test_another_token_is_refused_without_a_login_form(place: Place, token: str) -> None:
    response = place.visitor().get("/screen/hall", query_string={"token": place.world.tokens.get(token, token)})
    text = response.get_data(as_text=True)
    assert response.status_code == 401 and "设备未授权" in text and "<form" not in text and "/login" not in text
    assert place.said()[-1] == ("public", "login_failed", "?")


@pytest.mark.parametrize("token", ["late", "gone"])
def test_a_token_that_is_over_stops_the_screen(place: Place, token: str) -> None:
    place.now.move(days=2)
    response = place.visitor().get(f"/screen/hall?token={place.world.tokens[token]}")
    assert response.status_code == 410 and "此屏已停用" in response.get_data(as_text=True)


def test_a_token_opens_the_screens_that_name_it(place: Place) -> None:
    visitor = device(place)
    for link in ("/screen/attic", "/screen/attic/state", "/screen/attic/view/1-situation"):
        assert visitor.get(link).status_code == 401
    assert visitor.get("/screen/nowhere/state").status_code == 410
    assert place.visitor().get(f"/screen/attic?token={place.world.tokens['hall']}").status_code == 401


def test_a_device_sees_its_scope(place: Place) -> None:
    mine, everything = device(place), place.signed_in("boss")
    text = mine.get("/screen/hall").get_data(as_text=True)
    assert "1 个地区共" in text and "17 个地区共" in everything.get("/screen/hall").get_data(as_text=True)
    assert state(mine)["version"] != state(everything)["version"]
    assert (
        place.signed_in("viewer").get("/screen/hall/state").get_data()
        != everything.get("/screen/hall/state").get_data()
    )
    assert FOREIGN not in json.dumps(state(mine))


def test_a_revoked_device_is_stopped_at_its_next_question_and_so_is_one_whose_screen_is_gone(place: Place) -> None:
    visitor, boss = device(place), place.signed_in("boss")
    assert state(visitor)["views"]
    boss.submit("/admin/tokens/revoke", {"name": "hall"})
    for link in ("/screen/hall/state", "/screen/hall/view/1-situation"):
        response = visitor.get(link)
        assert response.status_code == 410 and response.get_json() == {"stopped": True}
    page = visitor.get("/screen/hall")
    assert page.status_code == 410 and "此屏已停用" in page.get_data(as_text=True)
    assert "<form" not in page.get_data(as_text=True)


def test_a_revoked_device_is_no_public_visitor(open_place: Open) -> None:
    place = open_place(public=Grant(Role.PUBLIC))
    visitor, boss = device(place), place.signed_in("boss")
    boss.submit("/admin/tokens/revoke", {"name": "hall"})
    assert visitor.get("/screen/hall/state").status_code == 410
    assert place.visitor().get("/screen/hall/state").status_code == 200


def test_deleting_a_screen_revokes_its_devices(place: Place) -> None:
    visitor, boss = device(place), place.signed_in("boss")
    assert boss.submit("/admin/screens/hall/delete").status_code == 303
    assert visitor.get("/screen/hall/state").get_json() == {"stopped": True}
    assert ("user:boss", "token_revoked", "hall") in place.said()
    assert place.said()[-1] == ("user:boss", "screen_deleted", "hall")


def test_a_session_that_was_ended_begins_again_by_the_token(place: Place) -> None:
    visitor, boss = device(place), place.signed_in("boss")
    (session,) = sessions(place)
    boss.submit(f"/admin/sessions/{session.session_key}/end")
    before = cookie(visitor)
    assert state(visitor)["views"], "at once, with nobody there"
    assert cookie(visitor) != before and len([s for s in sessions(place) if s.ended_at is None]) == 1
    assert state(visitor)["views"] and len(sessions(place)) == 2, "and once"


@pytest.mark.parametrize("value", ["", ".", "x", "x.y", "..", "x.dabiao_nothing", "." + "x" * 3000])
def test_a_cookie_nobody_gave_is_nobody(place: Place, value: str) -> None:
    visitor = place.visitor()
    put(visitor, value)
    assert visitor.get("/screen/hall/state").get_json() == {"unauthorised": True}


def test_a_token_of_a_program_is_no_device(place: Place) -> None:
    visitor = place.visitor()
    put(visitor, f"x.{place.world.tokens['reader']}")
    assert visitor.get("/screen/hall/state").get_json() == {"unauthorised": True}
    assert sessions(place) == []


def test_opening_the_address_again_makes_no_second_session(place: Place) -> None:
    visitor = device(place)
    visitor.get(f"/screen/hall?token={place.world.tokens['hall']}")
    assert state(visitor)["views"] and len(sessions(place)) == 1


def test_a_device_is_seen_to_the_minute_and_listed(place: Place) -> None:
    visitor, boss = device(place), place.signed_in("boss")
    place.now.move(minutes=5)
    state(visitor)
    (session,) = sessions(place)
    assert session.last_seen_at == place.now()
    text = boss.get("/admin/screens").get_data(as_text=True)
    assert "大厅" in text and boss.place.now().astimezone().tzinfo is not None and "Werkzeug" in text


def test_a_screen_left_open_keeps_no_person_signed_in(place: Place) -> None:
    viewer = place.signed_in("viewer")
    for _ in range(7):
        place.now.move(minutes=10)
        viewer.get("/screen/hall/state")
    assert viewer.get("/screen/hall/state").status_code == 401
    assert viewer.get("/").status_code == 303


def test_news_are_small_and_not_sent_twice(place: Place) -> None:
    visitor = device(place)
    first = visitor.get("/screen/hall/state")
    assert len(first.get_data()) < 1024
    again = visitor.get("/screen/hall/state", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.get_data() == b""
    place.now.move(minutes=1)
    assert visitor.get("/screen/hall/state", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    for view, digest, _dwell in state(visitor)["views"]:
        found = visitor.get(f"/screen/hall/view/{view}?v={digest}")
        assert found.headers["Dabiao-View"] == digest and found.headers["Cache-Control"] == "no-store"
        assert found.get_data(as_text=True).startswith("<svg")


def test_a_changed_definition_is_news(place: Place) -> None:
    visitor, boss = device(place), place.signed_in("boss")
    before = state(visitor)
    assert boss.submit("/admin/screens/hall", {**SCREEN_FORM, "theme": "light", "dwell": ["30"]}).status_code == 303
    after = state(visitor)
    assert after["version"] != before["version"] and after["views"][0][2] == 30
    assert place.said()[-1] == ("user:boss", "screen_changed", "hall")


def test_only_the_preview_may_be_framed_and_only_by_us(place: Place) -> None:
    boss = place.signed_in("boss")
    framed = boss.get("/admin/screens/hall/preview")
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in framed.headers["Content-Security-Policy"]
    for link in ("/screen/hall", "/admin/screens/hall", "/admin/screens"):
        response = boss.get(link)
        assert response.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def editor(place: Place) -> Visitor:
    return place.signed_in("boss")


def kinds(visitor: Visitor) -> list[str]:
    rows = words(visitor.get("/admin/screens/hall")).all("select", name="kind")
    return [next(o["value"] for o in row.all("option") if "selected" in o.attributes) for row in rows]


LINES: dict[str, Any] = SCREEN_FORM | {
    "kind": ["situation", "worst", "changes"],
    "dwell": ["5", "6", "7"],
    "begins": ["00:00"] * 3,
    "ends": ["00:00"] * 3,
    "period": [""] * 3,
    "district": [""] * 3,
    "domain": [""] * 3,
    "weekdays-0": ["0"],
    "weekdays-1": ["1"],
    "weekdays-2": ["2"],
}


@pytest.mark.parametrize(
    ("act", "wanted"),
    [
        ("", ["situation", "worst", "changes"]),
        ("up-1", ["worst", "situation", "changes"]),
        ("down-1", ["situation", "changes", "worst"]),
        ("remove-0", ["worst", "changes"]),
        ("up-0", ["situation", "worst", "changes"]),
        ("down-2", ["situation", "worst", "changes"]),
        ("remove-9", ["situation", "worst", "changes"]),
        ("x", ["situation", "worst", "changes"]),
        ("up-x", ["situation", "worst", "changes"]),
        ("add", ["situation", "worst", "changes", "situation"]),
    ],
)
def test_the_playlist_is_ordered_by_its_buttons(place: Place, act: str, wanted: list[str]) -> None:
    boss = editor(place)
    assert boss.submit("/admin/screens/hall", {**LINES, "act": act}).status_code == 303
    assert kinds(boss) == wanted


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("width", "1", "宽"),
        ("height", "x", "高"),
        ("distance", "0", "观看距离"),
        ("diagonal", "", "对角线"),
        ("pitch", "2", "对角线"),
        ("distance", "90", "一块屏放不下"),
        ("columns", "24", "一块屏放不下"),
        ("poll", "5", "查新间隔"),
        ("reload", "25:00", "定时重载"),
        ("theme", "red", "主题"),
        ("title", "", "标题"),
        ("dwell", ["4"], "停留"),
        ("kind", ["carousel"], "画面"),
        ("begins", ["9"], "开始"),
        ("period", ["去年"], "半年度"),
        ("district", ["123456"], "没有地区"),
        ("domain", ["nothing"], "没有业务领域"),
        ("weekdays-0", [], "至少选一天"),
        ("kind", [], "轮播"),
    ],
)
def test_a_definition_that_cannot_stand_is_told_and_kept_in_the_form(
    place: Place, field: str, value: Any, said: str
) -> None:
    boss = editor(place)
    response = boss.submit("/admin/screens/hall", {**SCREEN_FORM, "title": "新标题", field: value})
    assert response.status_code == 400 and said in wrong(response)
    assert field == "title" or "新标题" in response.get_data(as_text=True)
    assert "新标题" not in boss.get("/admin/screens").get_data(as_text=True), "nothing was saved"
    if field not in ("theme", "kind", "title"):
        assert boss.submit("/admin/screens/hall/preview", {**SCREEN_FORM, field: value}).status_code in (200, 400)


def test_a_screen_is_added_copied_and_its_device_made_there(place: Place) -> None:
    boss = editor(place)
    assert boss.submit("/admin/screens", {"name": "new-one", "title": "新屏", "size": "7680x2160"}).status_code == 303
    assert boss.submit("/admin/screens", {"name": "new-one", "title": "新屏", "size": "1920x1080"}).status_code == 400
    for odd in ("", "A", "a b", "-a", "a" * 65, "大屏", "../x"):
        assert boss.submit("/admin/screens", {"name": odd, "title": "新屏", "size": "1920x1080"}).status_code == 400
    assert boss.submit("/admin/screens/new-one/copy", {"name": "other"}).status_code == 303
    response = boss.submit(
        "/admin/screens/other/devices", {"device": "二楼", "days": "7", "district": next(iter(HERE))}
    )
    url = words(response).one("code").text
    assert "/screen/other?token=dabiao_" in url and response.headers["Cache-Control"] == "no-store"
    visitor = place.visitor()
    assert visitor.get(url[url.index("/screen") :]).status_code == 303
    assert state(visitor, "other")["views"] and visitor.get("/screen/new-one/state").status_code == 401
    assert url.partition("token=")[2] not in boss.get("/admin/screens/other").get_data(as_text=True)
    assert boss.submit("/admin/screens/other/devices", {"device": "二楼", "days": "7"}).status_code == 400
