"""The rules behind the numbers, each with its sentences, its cases and the code that decides them.

The methodology page shows this registry and the tests run it, so that what is explained, what is
tested and what is computed are one thing.
"""

from __future__ import annotations

import csv
from importlib.resources import files

from warehouse.methodology.evaluate import ABSENT
from warehouse.methodology.rules import RULES, Rule

__all__ = ["ABSENT", "RULES", "Rule", "read_cases"]


def read_cases(rule: Rule) -> list[dict[str, str]]:
    """The cases (算例) of a rule, in the order of its file; empty cells are empty texts.

    Columns: ``case``, ``zh``, ``en``, the inputs, then the expected outputs, which are those that
    ``rule.evaluate`` returns. ``—`` stands for what is not known or not reported, ``—reason`` for a
    result that is not computable, ``;`` between entries of a list.
    """
    path = files("warehouse.measures").joinpath("cases", rule.cases_file)
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines(), strict=True))
