"""Files made in the background, over HTTP: whose they are, with which rights they are made and given."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from dashboard.access.accounts import change_account, disable_account
from dashboard.access.roles import Grant, Role
from dashboard.access.tokens import revoke_token
from dashboard.exports import jobs, kinds
from dashboard.exports.model import Step
from dashboard.exports.queue import Queue
from dashboard.reading import Reader, Reading
from tests.access.conftest import Open
from tests.access.support import FOREIGN, HERE, OWN, SHELL, Place, Visitor
from warehouse.catalog import fetch_catalog
from warehouse.errors import DabiaoError
from warehouse.room_tables import export_job

Make = Callable[[Reading, str, Step], tuple[str, bytes]]


def seen(reading: Reading, of: str, step: Step) -> tuple[str, bytes]:
    """A file that says what its maker might see."""
    step(0, 1)
    said = {"districts": reading.scope.key, "language": reading.display.language, "people": reading.names_people}
    step(1, 1)
    return "看到的", json.dumps(said | {"of": of}).encode()


@pytest.fixture
def make_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Make], None]:
    """Lets a kind be made by a function."""

    def change(make: Make) -> None:
        for known in (kinds.KINDS, kinds.BULLETIN):
            monkeypatch.setitem(known, "xlsx", replace(kinds.BULLETIN["xlsx"], make=make))

    change(seen)
    return change


@pytest.fixture
def site(open_place: Open, make_by: object) -> Place:
    """A site that makes files at once."""
    place: Place = open_place(makes_at_once=True)
    return place


def ask(visitor: Visitor, page: str = "/account", **fields: str) -> str:
    """Ask for a workbook; the address of its page."""
    data = {"kind": "xlsx", **fields}
    if "Authorization" in visitor.headers:
        response = visitor.open("/bulletin/export", "POST", data=data)
    else:
        response = visitor.submit("/bulletin/export", data, page)
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.headers["Location"]


def test_a_file_from_the_question_to_the_download(site: Place) -> None:
    viewer = site.signed_in("viewer")
    link = ask(viewer, period="2025-S2", title="=1+1")
    page = viewer.get(link).get_data(as_text=True)
    assert f'href="{link}/file"' in page and "看到的.xlsx" in page
    assert viewer.get(f"{link}/state").get_json()["state"] == "done"
    before = len(site.entries())
    response = viewer.get(f"{link}/file")
    assert response.mimetype == kinds.KINDS["xlsx"].mimetype
    assert "filename*=UTF-8''%E7%9C%8B%E5%88%B0%E7%9A%84.xlsx" in response.headers["Content-Disposition"]
    assert "attachment" in response.headers["Content-Disposition"] and "no-store" in response.headers["Cache-Control"]
    said = json.loads(response.get_data())
    assert (said["districts"], said["people"]) == (f"{OWN}|*", True)
    assert json.loads(said["of"])["title"] == "=1+1"
    [entry] = site.entries()[before:]
    assert (entry.actor, entry.action, entry.subject) == ("user:viewer", "export", "xlsx.xlsx")
    assert "2025-S2" in entry.detail
    listed = viewer.get("/exports").get_data(as_text=True)
    assert f'href="{link}/file"' in listed
    [file] = [x for x in (site.file.parent / "exports").iterdir() if x.suffix == ".xlsx"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    site.check_log()


def test_anothers_file_does_not_exist_not_for_an_administrator_either(site: Place) -> None:
    link = ask(site.signed_in("viewer"))
    for other in (site.signed_in("boss"), site.signed_in("everywhere"), site.bearer("reader")):
        token = "" if "Authorization" in other.headers else other.form_token("/account")
        for path in ("", "/state", "/file"):
            assert other.get(f"{link}{path}").status_code == 404
        for path in ("/cancel", "/again"):
            assert other.open(f"{link}{path}", "POST", data={"csrf_token": token}).status_code == 404
        assert link not in other.get("/exports").get_data(as_text=True)


def test_visitors_nobody_knows_have_each_their_own(open_place: Open, make_by: object) -> None:
    place = open_place(makes_at_once=True, public=Grant(Role.PUBLIC, HERE))
    one, other = place.visitor(), place.visitor()
    link = ask(one, "/login")
    assert json.loads(one.get(f"{link}/file").get_data())["people"] is False
    assert other.get(link).status_code == 404
    assert ask(other, "/login") != link
    assert [e.actor for e in place.entries() if e.action == "export"] == ["public"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_is_made_in_the_language_of_who_asks(site: Place, language: str) -> None:
    viewer = site.signed_in("viewer")
    viewer.get(f"/exports?lang={language}")
    link = ask(viewer)
    assert json.loads(viewer.get(f"{link}/file").get_data())["language"] == language


# --- Rights are asked for again when it is made, and when it is fetched ------------------------------


def held(place: Place) -> tuple[Queue, Reader]:
    """The queue of a site, to be worked through by hand."""
    reader: Reader = place.app.server.extensions["dabiao"]
    return Queue(reader), reader


def waiting(place: Place, actor: str, grant: Grant) -> int:
    return jobs.enqueue(place.engine, "xlsx", "{}", grant=grant, language="zh", actor=actor, at=place.now())[0]


def state_of(place: Place, key: int) -> jobs.Job:
    with place.engine.connect() as connection:
        found = jobs.fetch_job(connection, key)
    assert found is not None
    return found


def test_it_is_made_of_what_one_may_see_then(site: Place) -> None:
    queue, _reader = held(site)
    key = waiting(site, "user:everywhere", Grant(Role.VIEWER))
    narrow = Grant(Role.VIEWER, frozenset({FOREIGN}), frozenset({"elderly"}))
    site.write(lambda c: change_account(c, SHELL, fetch_catalog(c), "everywhere", narrow))
    queue.make(key)
    job = state_of(site, key)
    assert (job.state, job.grant.districts) == ("done", narrow.districts)
    assert json.loads(queue.path(job).read_bytes())["districts"] == f"{FOREIGN}|elderly"


@pytest.mark.parametrize("who", ["closed", "revoked", "late", "unknown", "nobody any more", "first"])
def test_it_is_not_made_for_who_may_not_any_more(site: Place, who: str) -> None:
    queue, _reader = held(site)
    actor = {
        "closed": "user:viewer", "revoked": "token:reader", "late": "token:late", "unknown": "user:no.such",
        "nobody any more": "public:x", "first": "user:first",
    }[who]  # fmt: skip
    key = waiting(site, actor, Grant(Role.VIEWER))
    if who == "closed":
        site.write(lambda c: disable_account(c, SHELL, "viewer"))
    if who == "revoked":
        site.write(lambda c: revoke_token(c, SHELL, "reader"))
    queue.make(key)
    job = state_of(site, key)
    assert (job.state, job.message and job.message.zh) == ("failed", jobs.NOT_ALLOWED.zh)
    assert not queue.path(job).exists()


def test_what_one_may_see_no_more_is_not_given(site: Place) -> None:
    visitor = site.signed_in("everywhere")
    link = ask(visitor)
    assert visitor.get(f"{link}/file").status_code == 200
    wide = Grant(Role.VIEWER, frozenset({OWN}))
    site.write(lambda c: change_account(c, SHELL, fetch_catalog(c), "everywhere", wide))
    visitor = site.signed_in("everywhere")
    response = visitor.get(f"{link}/file")
    assert response.status_code == 409 and "可见范围" in response.get_data(as_text=True)
    before = len(site.entries())
    assert visitor.submit(f"{link}/again").status_code == 303
    assert json.loads(visitor.get(f"{link}/file").get_data())["districts"] == f"{OWN}|*"
    assert len(site.entries()) == before + 1


# --- What goes wrong ----------------------------------------------------------------------------------


def test_what_goes_wrong_is_said_with_a_remedy_and_can_be_started_again(
    site: Place, make_by: Callable[[Make], None]
) -> None:
    def fail(reading: Reading, of: str, step: Step) -> tuple[str, bytes]:
        raise ZeroDivisionError("dabiao_secret")

    def refuse(reading: Reading, of: str, step: Step) -> tuple[str, bytes]:
        raise DabiaoError("太大", "too large")

    make_by(fail)
    viewer = site.signed_in("viewer")
    link = ask(viewer)
    page = viewer.get(link).get_data(as_text=True)
    assert jobs.FAILED.zh in page and "dabiao_secret" not in page and f'action="{link}/again"' in page
    make_by(refuse)
    viewer.submit(f"{link}/again")
    assert "太大" in viewer.get(link).get_data(as_text=True)
    assert "too large" in viewer.get(f"{link}?lang=en").get_data(as_text=True)
    make_by(seen)
    viewer.submit(f"{link}/again")
    assert viewer.get(f"{link}/file").status_code == 200


def test_a_job_cancelled_while_it_is_made_leaves_nothing(site: Place, make_by: Callable[[Make], None]) -> None:
    """Two threads, as a worker and a reader are two processes."""
    begun, cancelled = threading.Event(), threading.Event()
    went_on: list[str] = []

    def slow(reading: Reading, of: str, step: Step) -> tuple[str, bytes]:
        step(1, 3)
        begun.set()
        assert cancelled.wait(30)
        step(3, 3)
        went_on.append(of)
        return "x", b"x"

    make_by(slow)
    queue, _reader = held(site)
    viewer = site.signed_in("viewer")
    key = waiting(site, "user:viewer", Grant(Role.VIEWER, HERE))
    worker = threading.Thread(target=queue.make, args=(key,))
    worker.start()
    assert begun.wait(30)
    told = viewer.get(f"/exports/{key}/state").get_json()
    assert (told["state"], told["done"], told["steps"], told["open"]) == ("running", 1, 3, True)
    assert "第 2 步，共 3 步" in told["text"]
    page = viewer.get(f"/exports/{key}").get_data(as_text=True)
    assert 'http-equiv="refresh"' in page and 'max="3"' in page and "exports.js" in page
    assert viewer.submit(f"/exports/{key}/cancel").status_code == 303
    cancelled.set()
    worker.join(30)
    assert not worker.is_alive() and went_on == []
    assert state_of(site, key).state == "cancelled" and not queue.path(state_of(site, key)).exists()
    page = viewer.get(f"/exports/{key}").get_data(as_text=True)
    assert "已取消" in page and "refresh" not in page


def test_a_third_file_has_to_wait(open_place: Open, make_by: object) -> None:
    place = open_place()  # nobody makes them
    viewer = place.signed_in("viewer")
    links = {ask(viewer, title="a"), ask(viewer, title="b"), ask(viewer, title="a")}
    assert len(links) == 2, "the same again is the same"
    response = viewer.submit("/bulletin/export", {"kind": "xlsx", "title": "c"})
    assert response.status_code == 409 and "已有 2 个文件" in response.get_data(as_text=True)
    assert viewer.get("/download/page.pdf?path=/data").status_code == 409
    ask(place.signed_in("head"), title="c")


def test_a_job_nobody_makes_is_failed_after_a_minute(open_place: Open, make_by: object) -> None:
    place = open_place()
    viewer = place.signed_in("viewer")
    link = ask(viewer)
    assert viewer.get(f"{link}/state").get_json()["open"] is True
    place.now.move(minutes=2)
    assert viewer.get(f"{link}/state").get_json()["state"] == "failed"
    page = viewer.get(link).get_data(as_text=True)
    assert "python -m dashboard work" in page and "重新生成" in page


def test_files_go_after_a_day_and_can_be_made_again(site: Place) -> None:
    queue, _reader = held(site)
    viewer = site.signed_in("viewer")
    link = ask(viewer)
    [file] = queue.path(state_of(site, 1)).parent.glob("1.xlsx")
    (file.parent / "99.pdf").write_bytes(b"of a job there is no more")
    queue.sweep()
    assert file.exists() and not (file.parent / "99.pdf").exists()
    site.now.move(hours=25)
    viewer = site.signed_in("viewer")
    assert viewer.get(f"{link}/file").status_code == 303, "too old, swept or not"
    queue.sweep()
    assert not file.exists()
    assert "已过保留期" in viewer.get(link).get_data(as_text=True)
    viewer.submit(f"{link}/again")
    assert viewer.get(f"{link}/file").status_code == 200


@pytest.mark.parametrize(("fields", "status"), [
    ({"kind": "page"}, 404), ({"kind": "exe"}, 404), ({"kind": ""}, 404), ({"period": "2025-S9"}, 409),
    ({"since": "yesterday"}, 409),
])  # fmt: skip
def test_forms_that_make_no_sense(site: Place, fields: dict[str, str], status: int) -> None:
    viewer = site.signed_in("viewer")
    assert viewer.submit("/bulletin/export", {"kind": "xlsx", **fields}).status_code == status
    with site.engine.connect() as connection:
        assert connection.execute(select(export_job)).all() == []


def test_letters_no_database_takes_are_left_out(site: Place) -> None:
    viewer = site.signed_in("viewer")
    link = ask(viewer, title="a\x00b\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    assert viewer.get(f"{link}/file").status_code == 200
