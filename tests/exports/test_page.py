"""The page of the bulletin, and the command: the same text as the files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dashboard import cli
from dashboard.exports.bulletin import make_bulletin
from dashboard.exports.model import no_steps
from dashboard.exports.request import request_of
from dashboard.exports.word import make_docx
from tests.dashboard.html import Node, leaked_words, parse
from tests.dashboard.http import Browser
from tests.dashboard.support import Site
from tests.exports.support import opened, texts

LINK = "/bulletin?period=2025-S2&since=2000-01-01&domains=elderly&domains=children&office=某局&number=12号"


def page(browser: Browser, link: str, status: int = 200) -> Node:
    response = browser.get(link)
    assert response.status_code == status
    tree = parse(response.get_data(as_text=True))
    assert not leaked_words(tree)
    return tree


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_preview_says_what_the_word_file_says(browser: Browser, demo: Site, language: str) -> None:
    article = page(browser, f"{LINK}&lang={language}").one("article")
    asked = {"period": "2025-S2", "since": "2000-01-01", "domains": ["elderly", "children"], "office": "某局",
             "number": "12号"}  # fmt: skip
    with demo.read("/", language) as reading:
        # whoever has not signed in is not told of action items
        public = Site(demo.database, names_people=False)
        with public.read("/", language) as theirs:
            word = make_docx(make_bulletin(theirs, request_of(asked)), reading, no_steps)
        public.close()
    read = "".join(article.text.split())
    for text in filter(None, texts(word)):
        assert "".join(text.split()) in read, text
    tables = [[cell.text for row in table.rows for cell in row.cells] for table in opened(word).tables[:2]]
    shown = [[cell.text for cell in table.all() if cell.tag in ("th", "td")] for table in article.all("table")[:2]]
    assert [["".join(x.split()) for x in table] for table in tables] == [
        ["".join(x.split()) for x in table] for table in shown
    ]
    assert ("督办" in read) is False


def test_its_forms_carry_everything_chosen(browser: Browser) -> None:
    tree = page(browser, LINK)
    choose, take = tree.one("form", action="/bulletin"), tree.one("form", action="/bulletin/export")
    assert [x["value"] for x in choose.all("option") if "selected" in x.attributes] == ["2025-S2"]
    assert {x["value"] for x in choose.all("input") if "checked" in x.attributes} == {"elderly", "children"}
    sent = [(x["name"], x["value"]) for x in take.all("input") if x["name"] != "csrf_token"]
    assert sorted(sent) == sorted([
        ("period", "2025-S2"), ("domains", "elderly"), ("domains", "children"), ("since", "2000-01-01"),
        ("office", "某局"), ("number", "12号"),
    ])  # fmt: skip
    assert [x["value"] for x in take.all("button", name="kind")] == ["docx", "pdf", "pptx", "xlsx"]


def test_what_makes_no_sense_is_said(browser: Browser) -> None:
    tree = page(browser, "/bulletin?period=soon", 400)
    assert "通报的半年度看不懂" in tree.one("p", css="wrong").text
    assert tree.one("article").text


def test_nothing_chosen_that_exists(browser: Browser) -> None:
    assert "没有目标" in page(browser, "/bulletin?districts=123456&domains=none").one("article").text


@pytest.fixture
def run(own: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs ``python -m dashboard bulletin``; gives its exit code and what it said."""

    def run_command(*arguments: object) -> tuple[int, str]:
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{own.database}")
        monkeypatch.setattr(sys, "argv", ["dashboard", "bulletin", *map(str, arguments)])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as exit_:
            code = exit_.code or 0
        said = capsys.readouterr()
        return code, said.out + said.err

    return run_command


def test_the_command_writes_a_file(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "b.docx"
    code, said = run("-o", file, "--period", "2020-S1", "--district", "320404", "--office", "某局", "--json")
    assert code == 0 and json.loads(said) == {"file": str(file), "bytes": file.stat().st_size}
    assert texts(file.read_bytes())[:2] == ["某局", "关于钟楼区2020年上半年\n民政工作目标完成情况的通报"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "b.txt"), "docx"), (("-o", "b.docx", "--kind", "odt"), "docx"),
        (("-o", "b.docx", "--period", "x"), "半年度"),
        (("-o", "b.docx", "--district", "1"), "1"), (("-o", "b.docx", "--domain", "x"), "x"),
        (("-o", "b.docx", "--lang", "fr"), "zh"), (("-o", "/no/such/folder/b.docx",), "folder"),
    ],
)  # fmt: skip
def test_a_slip_is_a_message_and_no_file(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = run(*arguments)
    assert code == 2 and said in text and "Traceback" not in text
    assert not list(tmp_path.iterdir())
