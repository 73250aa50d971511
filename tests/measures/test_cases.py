"""Every case of every rule, as the methodology page shows it, holds."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from warehouse.measures.computed import Reason
from warehouse.measures.forecast import IntervalBasis
from warehouse.measures.pace import ShareBasis
from warehouse.measures.status import Status
from warehouse.methodology import RULES, Rule, read_cases

TEXTS = ("case", "zh", "en")
ROWS = [(rule, row) for rule in RULES for row in read_cases(rule)]

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


class Watched(dict[str, str]):
    """A row that remembers which of its columns were asked for."""

    def __init__(self, row: dict[str, str]) -> None:
        super().__init__(row)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name, default=""):  # type: ignore[no-untyped-def]
        if name in self:
            self.asked.add(name)
        return super().get(name, default)


@pytest.mark.parametrize(("rule", "row"), ROWS, ids=[f"{rule.code}-{row['case']}" for rule, row in ROWS])
def test_case(rule: Rule, row: dict[str, str]) -> None:
    found = rule.evaluate(row)
    assert found == {name: row[name] for name in found}


@every_rule
def test_columns_are_texts_then_inputs_then_outputs(rule: Rule) -> None:
    rows = [Watched(row) for row in read_cases(rule)]
    outputs = [tuple(rule.evaluate(row)) for row in rows]
    asked = set().union(*(row.asked for row in rows))
    assert len(set(outputs)) == 1, "every case has the same outputs"
    columns = tuple(rows[0])
    assert columns[:3] == TEXTS
    assert columns[-len(outputs[0]) :] == outputs[0]
    assert set(columns[3 : -len(outputs[0])]) == asked, "every input is used, and nothing else is asked for"


@every_rule
def test_cases_are_named_once_and_said_in_both_languages(rule: Rule) -> None:
    rows = read_cases(rule)
    for column in TEXTS:
        texts = [row[column] for row in rows]
        assert len(set(texts)) == len(texts), column
    for row in rows:
        assert re.fullmatch(r"[a-z_]+", row["case"])
        assert re.fullmatch(r"[^\x00-\x1f,;:?!()]*[一-鿿][^\x00-\x1f,;:?!()]*。", row["zh"]), row["zh"]
        assert re.fullmatch(r"[A-Z0-9][^一-鿿，。；：？！（）]*[.]", row["en"]), row["en"]


@every_rule
def test_rule_is_said_in_two_to_six_sentences_of_each_language(rule: Rule) -> None:
    assert rule.title("zh") == rule.title_zh
    assert rule.title("en") == rule.title_en
    assert re.fullmatch(r"([^,;:?!()]+?。){2,6}", rule.formula("zh"))
    sentences = re.split(r"(?<=[.])\s+(?=[A-Z])", rule.formula("en"))
    assert 2 <= len(sentences) <= 6
    assert all(sentence.endswith(".") for sentence in sentences)
    assert not re.search(r"[一-鿿，。；：（）]", rule.formula("en"))


def test_every_file_of_cases_belongs_to_a_rule() -> None:
    names = [rule.cases_file for rule in RULES]
    assert sorted(names) == sorted(path.name for path in files("warehouse.measures").joinpath("cases").iterdir())
    assert [rule.code for rule in RULES] == [name.removesuffix(".csv") for name in names]


def test_every_light_and_basis_and_reason_has_a_case() -> None:
    found = {value for rule, row in ROWS for value in rule.evaluate(row).values()}
    assert set(Status) <= found
    assert set(ShareBasis) <= found
    assert set(IntervalBasis) <= found
    assert {f"—{reason}" for reason in Reason} <= found


def test_the_worked_examples_are_cases_of_status() -> None:
    lights = {row["case"]: row["status"] for rule, row in ROWS if rule.code == "status"}
    assert {case: light for case, light in lights.items() if case.startswith("example_")} == {
        "example_coverage": "met",
        "example_beds": "met",
        "example_community": "unreported",
        "example_flow": "slipping",
        "example_infections": "on_track",
        "example_one_infection": "breached",
    }
