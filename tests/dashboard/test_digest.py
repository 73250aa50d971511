"""周报: a mail that stands alone, says what the pages say, and is right where there is nothing to say."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from dashboard import cli, digest, outlook, returns
from dashboard.digest import mail_html, mail_text, make_digest
from dashboard.pages.district_parts import fetch_scorecard
from tests.dashboard.conftest import OpenSite
from tests.dashboard.html import leaked_words, parse
from tests.dashboard.support import Site
from tests.etl.conftest import Said
from tests.squares import write_squares
from warehouse.engine import writing
from warehouse.measures.arrival import Arrival, deadline
from warehouse.room_tables import action_event, action_item
from warehouse.scope import Scope

BASE = "https://dabiao.example.gov.cn"
TITLES = ("现状", "变化及原因", "滞后在前", "30 天内到期", "未填报的和期限", "督办事项")
Run = Callable[..., Said]


def made(
    site: Site, code: str, since: date | None = None, language: str = "zh", base: str | None = BASE
) -> tuple[str, str]:
    """The mail of a district and its plain text."""
    with site.read(f"/districts/{code}", language, Scope(frozenset({code}))) as reading:
        found = make_digest(reading, reading.catalog.district_by_code[code], since)
        return mail_html(reading, found, base), mail_text(reading, found, base)


def part(text: str, title: str) -> str:
    """A section of the plain text."""
    return text.partition(f"== {title} ==\n")[2].partition("\n\n")[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_mail_stands_alone(site: Site, language: str) -> None:
    for code in site.codes["known_district"]:
        html, text = made(site, code, date(2025, 1, 1), language)
        assert len(html.encode()) < 100_000
        tree = parse(html)
        assert not (tree.all("script") or tree.all("img") or tree.all("link") or tree.all("style") or tree.all("form"))
        assert not re.search(r"url\(|@import|\son\w+=", html)
        assert {a["href"].startswith(BASE + "/") for a in tree.all("a")} == {True}
        assert len(tree.all("h1")) == 1 and len(tree.all("h2")) == 6
        assert not leaked_words(tree)
        assert not re.search(r"\b(None|nan|NaN)\b", text)
        for node in tree.all("h2"):
            assert f"== {node.text} ==" in text
        assert "\x1b" not in text and "<" not in text.replace("<=", "")


def test_without_an_address_there_is_no_link(demo: Site) -> None:
    html, text = made(demo, "990101", base=None)
    assert not parse(html).all("a") and "http" not in html + text


def test_it_says_what_the_page_says(demo: Site) -> None:
    for code in ("990101", "990102", "990203"):
        text = made(demo, code)[1]
        page = demo.build(f"/districts/{code}")
        assert page["district-head"].one("p", "lead").text in part(text, "现状")
        assert f"考核得分 {page['district-head'].one('p', 'facts-line').one('b').text}" in part(text, "现状")
        behind = [line for line in part(text, "滞后在前").splitlines() if line.startswith("  ")]
        shown = page["district-now"].all("section")[0]
        total = int(shown.one("h2").text.rpartition(" ")[2])
        assert len(behind) == min(total, digest.MOST_LINES)
        assert f"有 {total} 项目标" in text if total else "没有滞后" in text
        for li, line in zip(shown.all("li"), behind, strict=False):
            assert li.one("b").text in line


def test_what_changed_is_said_with_why(demo: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    since = date(2025, 7, 31)
    text = made(demo, "990102", since)[1]
    page = demo.build(f"/changes?district=990102&since={since}")
    found = re.search(r"有 (\d+) 项变化", page["changes-summary"].one("p", "lead").text)
    assert found and found[0] in part(text, "变化及原因")
    lines = part(text, "变化及原因").splitlines()
    named = [line for line in lines[1:] if not line.startswith("  ")]
    assert len(named) == min(int(found[1]), digest.MOST_LINES) and any("批次" in line for line in lines)
    monkeypatch.setattr(digest, "MOST_LINES", 3)
    assert f"另有 {int(found[1]) - 3} 项，请到网页上看。" in part(made(demo, "990102", since)[1], "变化及原因")
    assert "没有变化" in part(made(demo, "990102", date(2026, 1, 31))[1], "变化及原因")


def test_what_falls_due_within_thirty_days_and_nothing_else(open_site: OpenSite, demo_file: Path) -> None:
    site = open_site(demo_file, today=date(2025, 12, 10))
    for code in ("990101", "990102"):
        with site.read(f"/districts/{code}") as reading:
            card = fetch_scorecard(reading, reading.catalog.district_by_code[code])
            rows = [r for g in card.targeted for line in g.lines for r in (line.row, *line.others)]
            due = [day for day in outlook.due_days(rows) if date(2025, 12, 10) <= day.day <= date(2026, 1, 9)]
        text = part(made(site, code)[1], "30 天内到期")
        count = sum(len(day.rows) for day in due)
        assert (f"有 {count} 项" if count else "没有还要达到") in text.splitlines()[0]
        days = {int(n) for n in re.findall(r"还有 (\d+) 天", text)}
        assert all(0 <= n <= 30 for n in days)
    assert "30 天内没有还要达到的目标到期" in made(open_site(demo_file, today=date(2025, 3, 1)), "990102")[1]


def test_what_is_missing_comes_with_its_deadline(demo: Site) -> None:
    late = part(made(demo, "990203")[1], "未填报的和期限")
    with demo.read("/districts/990203") as reading:
        owed = outlook.owed(reading, reading.catalog.district_by_code["990203"])
    for one in owed:
        assert f"应报 {one.expected} 项，还缺 {len(one.missing)} 项" in late
        assert one.deadline == deadline(one.period) and one.came < one.expected
        assert f"{one.deadline.year}年{one.deadline.month}月{one.deadline.day}日" in late
    assert late.splitlines()[0] == f"有 {sum(x.deadline < demo.today for x in owed)} 个半年度已过期限还没有报齐。"


def _item(site: Site, due: date, what: str, kind: str = "") -> None:
    """A decision beside a number of 990101."""
    with site.read("/districts/990101") as reading:
        card = fetch_scorecard(reading, reading.catalog.district_by_code["990101"])
        row = card.targeted[0].lines[0].row
    at = site.reader.settings.now()
    number = {name: getattr(row, name) for name in row._fields[:4]} | {"due_period_key": row.due_period_key}
    said = {"what": what, "office": "区民政局", "due_on": due, "created_by": "user:li", "created_at": at}
    with writing(site.reader.engine) as connection:
        key = connection.execute(insert(action_item).values(**number, **said)).inserted_primary_key[0]
        if kind:
            event = {"item_key": key, "kind": kind, "note": "办完了", "written_by": "user:li", "written_at": at}
            connection.execute(insert(action_event).values(event))


def test_open_action_items_are_named_and_overdue_ones_said(open_site: OpenSite, demo_file: Path) -> None:
    site = open_site(demo_file)
    assert "没有未办结的督办事项。" in made(site, "990101")[1]
    _item(site, date(2026, 1, 20), "<b>补齐台账</b>")
    _item(site, date(2026, 3, 1), "月底前完成改造")
    _item(site, date(2026, 1, 2), "早就办完了", "done")
    html, text = made(site, "990101")
    section = part(text, "督办事项")
    assert section.startswith("有 2 件没有办结。其中 1 件已经逾期。")
    assert "2026年1月20日前办结，已逾期 12 天" in section and "2026年3月1日前办结，还有 28 天" in section
    assert section.index("补齐台账") < section.index("月底前完成改造") and "责任单位：区民政局" in section
    assert "早就办完了" not in html
    assert "<b>补齐" not in html and "&lt;b&gt;补齐" in html
    assert "没有未办结的督办事项。" in made(site, "990102")[1], "another district's"
    assert "2 open. 1 of them overdue." in made(site, "990101", language="en")[1]


def test_a_district_without_anything_gets_a_quiet_mail(own: Site) -> None:
    text = made(own, "320400")[1]
    assert [title for title in TITLES if f"== {title} ==" in text] == [*TITLES]
    assert "没有适用的目标。" in text and "近期没有要填报的数据。" in text and "没有变化" in text


def test_one_is_not_many_in_english(demo: Site) -> None:
    for code in demo.codes["known_district"]:
        text = made(demo, code, date(2025, 1, 1), "en")[1]
        assert not re.search(r"(?<![\d,.])1 (targets|changes|days|half-years|reported,)\b", text)
        assert "(s)" not in text


@pytest.fixture
def run(demo_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command as ``python -m dashboard`` does."""
    for name in ("DABIAO_BIND", "DABIAO_URL", "DABIAO_PUBLIC", "DABIAO_BOUNDARIES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{demo_file}")
    monkeypatch.setenv("DABIAO_BOUNDARIES", str(tmp_path / "boundaries"))

    def run_command(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["dashboard", *map(str, arguments)])
        capsys.readouterr()
        code: Any = 0
        try:
            cli.main()
        except SystemExit as exit_:
            code = exit_.code or 0
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return run_command


def test_the_command_writes_html_and_text_for_one_or_all(
    run: Run, tmp_path: Path, demo: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tmp_path / "mail" / "one.html"
    said = run("digest", "--district", "990101", "-o", one, "--since", "2025-06-30")
    assert said.code == 0 and "DABIAO_URL" in said.out
    assert one.read_text(encoding="utf-8").startswith("<!DOCTYPE html>") and one.with_suffix(".txt").is_file()
    monkeypatch.setenv("DABIAO_URL", "http://127.0.0.1:8050")
    said = run("digest", "-o", tmp_path / "all", "--lang", "en", "--json")
    document = json.loads(said.out)
    assert said.code == 0 and {x["district_code"] for x in document["digests"]} == {*demo.codes["known_district"]}
    for line in document["digests"]:
        html = Path(line["html"]).read_text(encoding="utf-8")
        assert len(html.encode()) == line["bytes"] < 100_000 and 'lang="en"' in html
        assert "http://127.0.0.1:8050/districts/" in html


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--district", "777777", "-o", "x.html"), "777777"), (("-o", "x.html"), "文件夹"),
        (("--since", "gestern", "-o", "x"), "gestern"), (("--since", "2999-01-01", "-o", "x"), "还没有到"),
        (("--lang", "fr", "-o", "x"), "zh"), (("--district", "990101", "-o", "/dev/null/x.html"), "无法写入"),
    ],
)  # fmt: skip
def test_what_the_command_cannot_do_it_says(
    run: Run, arguments: tuple[str, ...], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("digest", *arguments)
    assert said.code == 2 and why in said.err and not list(tmp_path.glob("x*"))


def test_boundaries_are_checked_on_the_command_line(run: Run, tmp_path: Path, demo: Site) -> None:
    folder = tmp_path / "boundaries"
    assert run("boundaries").code == 2
    write_squares(folder, ("990101", "990102", "777777", "100000_JD"))
    said = run("boundaries")
    assert said.code == 0 and "2 个地区有边界" in said.out and "777777" in said.out and "100000_JD" in said.out
    document = json.loads(run("boundaries", "--json").out)
    assert [x["district_code"] for x in document["joined"]] == ["990101", "990102"]
    assert document["unknown"] == [{"district_code": "777777"}]
    assert document["skipped"] == [{"file": "squares.geojson", "feature": 4, "district_code": "100000_JD"}]
    assert len(document["without"]) == len(demo.codes["district"]) - 2
    (folder / "b.json").write_text('{"type": "Topology"}')
    said = run("boundaries", "--json")
    assert said.code == 2 and "TopoJSON" in said.out + said.err


def test_what_is_missing_of_the_half_year_shown_is_told_however_long_ago_it_was(own: Site) -> None:
    told = 0
    with own.read() as reading:
        for district in reading.leaves:
            latest = reading.latest_reports.get(district.key)
            missing = 0 if latest is None else returns.count(reading, latest, district)[Arrival.MISSING]
            owed = {x.period: len(x.missing) for x in outlook.owed(reading, district)}
            assert owed.get(latest, 0) == missing  # type: ignore[arg-type]
            assert list(owed) == sorted(owed)
            told += missing
    assert told
