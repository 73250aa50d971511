"""The English catalogue: complete, nothing left over, and fit to be filled in."""

from __future__ import annotations

import ast
import re
import string
import sys

import pytest

from dashboard.i18n import translator
from tools import messages

CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    return {str(m.id): str(m.string) for m in messages.read_catalog() if m.id}


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_nothing_is_missing_and_nothing_unused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["messages"])
    assert messages.main() == 0
    assert capsys.readouterr().out == ""


def test_every_text_in_the_code_is_found_by_the_tool() -> None:
    """The tool reads names and strings, so it is blind to a text inside an f-string or under another name."""
    known, marked = messages.used_texts(), dict[str, str]()
    for path in sorted(messages.DASHBOARD.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                function, text = node.func, node.args[0].value
                name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "translator()")
                if name in ("_", "N_", "translator()") and isinstance(text, str):
                    marked[text] = f"{path.name}:{node.lineno}"
    assert len(marked) > 200
    assert {text: where for text, where in marked.items() if text not in known} == {}


def test_english_keeps_the_placeholders(english: dict[str, str]) -> None:
    assert {text: word for text, word in english.items() if placeholders(text) != placeholders(word)} == {}


def test_english_has_no_chinese_character(english: dict[str, str]) -> None:
    assert {text: word for text, word in english.items() if CJK.search(word)} == {}


def test_every_plural_finds_its_number(english: dict[str, str]) -> None:
    translate = translator("en")
    counted = [text for text, word in english.items() if "(s)" in word]
    assert counted
    for text in counted:
        one, two = (translate(text).format(**dict.fromkeys(placeholders(text), n)) for n in (1, 2))
        assert "(s)" not in one + two
        assert one.replace("1", "2") != two


def test_a_plural_is_taken_from_the_number_before_it() -> None:
    text = translator("en")("{when}，{districts} 个地区共 {targets} 项目标：{lights}。")
    said = text.format(when="H1 2020", districts=1, targets=0, lights="none")
    assert said == "H1 2020: 0 targets in 1 district – none."


def test_the_sense_of_a_text_is_never_shown(english: dict[str, str]) -> None:
    chinese, translate = translator("zh"), translator("en")
    senses = [text for text in english if "|" in text]
    assert senses
    for text in senses:
        assert chinese(text) == text.partition("|")[0]
        assert "|" not in translate(text)
    assert translate("没有译文|sense") == "没有译文"
