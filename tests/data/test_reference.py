"""The reviewed reference files: codes, names, units and districts that fit together."""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from etl.pipeline import DATA
from etl.reading.records import read_text_rows

REFERENCE = DATA / "reference"
FACT_FILES = sorted([*(DATA / "targets").glob("*.csv"), *(DATA / "actuals").glob("*.csv")])

DISTRICTS = read_text_rows(REFERENCE / "districts.csv")
INDICATORS = read_text_rows(REFERENCE / "indicators.csv")
UNITS = read_text_rows(REFERENCE / "units.csv")
BREAKDOWNS = read_text_rows(REFERENCE / "breakdowns.csv")
DOMAINS = read_text_rows(REFERENCE / "domains.csv")
SOURCES = read_text_rows(DATA / "sources.csv")
FACTS = [row for path in FACT_FILES for row in read_text_rows(path)]

ADDITIVITY = {
    "flow": "additive",
    "stock": "semi_additive",
    "ratio": "ratio",
    "rate_standard": "none",
    "milestone": "none",
}


def repeated(words: list[str]) -> list[str]:
    """Words that stand there more than once."""
    return [word for word, count in Counter(words).items() if count > 1]


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.csv")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_is_plain_utf_8_without_stray_spaces(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert not text.startswith("\ufeff") and "\r" not in text and text.endswith("\n")
    for row in csv.reader(text.splitlines(), strict=True):
        assert row == [cell.strip() for cell in row]


@pytest.mark.parametrize(
    ("rows", "code"),
    [(DISTRICTS, "district_code"), (INDICATORS, "indicator_code"), (UNITS, "unit_code"),
     (BREAKDOWNS, "breakdown_code"), (DOMAINS, "domain_code"), (SOURCES, "source_code")],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_codes_are_unique_and_spelled_alike(rows: list[dict[str, str]], code: str) -> None:
    codes = [row[code] for row in rows]
    assert repeated(codes) == []
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]*", word) for word in codes)


@pytest.mark.parametrize("name", ["name_zh", "name_en", "definition_zh", "definition_en"])
def test_no_two_indicators_are_told_apart_by_code_alone(name: str) -> None:
    assert repeated([row[name] for row in INDICATORS]) == []
    assert all(row[name] for row in INDICATORS)


def test_names_that_imports_understand_mean_one_thing() -> None:
    for rows in (DISTRICTS, INDICATORS, UNITS, BREAKDOWNS):
        assert repeated([row["name_zh"] for row in rows]) == []
    names = {
        "district": (DISTRICTS, "district_code"), "indicator": (INDICATORS, "indicator_code"),
        "unit": (UNITS, "unit_code"), "breakdown": (BREAKDOWNS, "breakdown_code"),
    }  # fmt: skip
    aliases = read_text_rows(REFERENCE / "aliases.csv")
    assert repeated([f"{row['kind']} {row['alias']}" for row in aliases]) == []
    for row in aliases:
        rows, code = names[row["kind"]]
        assert row["code"] in {other[code] for other in rows}, row
        assert row["alias"] not in {other["name_zh"] for other in rows}, row


def test_district_codes_follow_gb_t_2260() -> None:
    by_code = {row["district_code"]: row for row in DISTRICTS}
    for code, row in by_code.items():
        assert re.fullmatch(r"[1-8]\d{5}", code)
        level = "province" if code.endswith("0000") else "city" if code.endswith("00") else "district"
        assert row["level"] == level
        if level == "province":
            assert row["parent_code"] == ""
        else:
            parent = by_code[row["parent_code"]]
            digits = 2 if parent["level"] == "province" else 4
            assert code[:digits] == parent["district_code"][:digits]
            assert parent["district_code"] < code
        assert row["sort_order"] == code


def test_an_indicator_is_complete_and_consistent() -> None:
    units = {row["unit_code"]: row for row in UNITS}
    domains = {row["domain_code"] for row in DOMAINS}
    for row in INDICATORS:
        where, unit = row["indicator_code"], units[row["unit_code"]]
        assert row["domain_code"] in domains, where
        assert row["additivity"] == ADDITIVITY[row["measure_type"]], where
        assert (row["measure_type"] == "milestone") == (row["unit_code"] == "done"), where
        if row["measure_type"] == "milestone":
            assert (row["direction"], row["value_min"], row["value_max"]) == ("higher", "0", "1"), where
        if row["measure_type"] == "ratio":
            assert unit["is_whole"] == "no", where
        else:
            assert not row["counted_zh"] and not row["counted_en"], where
            assert row["value_min"] == "0", where
        assert bool(row["counted_zh"]) == bool(row["counted_en"]), where


def test_units_convert_and_are_named() -> None:
    for row in UNITS:
        assert Decimal(row["factor"]) > 0
        assert row["name_zh"], "an English name may be empty: 9 of 个 is just 9"
        assert row["is_whole"] in ("yes", "no")
        assert row["is_whole"] == "no" or row["factor"] == "1", "万个 can be 1.5"


def test_sources_say_what_they_are_and_which_text_was_read() -> None:
    for row in SOURCES:
        assert row["kind"] == "document" and row["title"] and row["publisher"]
        assert re.fullmatch(r"[0-9a-f]{64}", row["sha256"])
    assert repeated([row["sha256"] for row in SOURCES]) == []


def test_nothing_is_registered_that_nothing_uses() -> None:
    for rows, code in ((INDICATORS, "indicator_code"), (BREAKDOWNS, "breakdown_code"), (SOURCES, "source_code")):
        assert {row[code] for row in rows} == {fact[code] for fact in FACTS}
    above = {row["parent_code"] for row in DISTRICTS}
    assert {row["district_code"] for row in DISTRICTS} - above == {fact["district_code"] for fact in FACTS}
    used = {row["unit_code"] for row in (*INDICATORS, *FACTS)}
    assert used <= {row["unit_code"] for row in UNITS}
