"""The dimensions in memory, and which rules hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, update

from tests.conftest import Open
from warehouse import tables as t
from warehouse.catalog import Catalog, fetch_catalog
from warehouse.engine import writing
from warehouse.measures.status import DEFAULT_AMBER


def read(engine: Engine) -> Catalog:
    with engine.connect() as connection:
        return fetch_catalog(connection)


def test_an_empty_database_has_an_empty_catalog(engine: Engine) -> None:
    catalog = read(engine)
    assert not catalog.districts and not catalog.indicators
    assert (catalog.rules.version, catalog.rules.lines, catalog.is_demo) == ("none", {}, False)


def test_names_come_in_the_language_asked_for(reference: Engine) -> None:
    catalog = read(reference)
    district = catalog.district_by_code["320404"]
    assert (district.name("zh"), district.name("en")) == ("钟楼区", "Zhonglou District")
    [coverage] = catalog.indicators_by_code["care_station_coverage"]
    assert coverage.counted("zh") == "个站" and coverage.counted("en") == "stations"
    assert coverage.definition("zh") != coverage.definition("en")


def test_districts_know_those_above_and_below(reference: Engine) -> None:
    catalog = read(reference)
    zhonglou, changzhou = catalog.district_by_code["320404"], catalog.district_by_code["320400"]
    assert [d.code for d in catalog.ancestors(zhonglou)] == ["320400", "320000"]
    assert [d.code for d in catalog.children(changzhou)] == ["320404", "320413"]
    assert list(catalog.districts.values()) == sorted(catalog.districts.values(), key=lambda d: d.sort_order)


def test_definitions_hold_within_their_dates(reference: Engine) -> None:
    with writing(reference) as connection:
        row = dict(connection.execute(t.dim_indicator.select().limit(1)).mappings().one())
        of_it = t.dim_indicator.c.indicator_key == row.pop("indicator_key")
        connection.execute(update(t.dim_indicator).where(of_it).values(valid_to=date(2018, 12, 31)))
        connection.execute(insert(t.dim_indicator).values(**row | {"valid_from": date(2019, 1, 1)}))
    old, new = read(reference).indicators_by_code[row["indicator_code"]]
    assert old.holds_on(date(1990, 1, 1)) and old.holds_on(date(2018, 12, 31)) and not old.holds_on(date(2019, 1, 1))
    assert new.holds_on(date(2019, 1, 1)) and not new.holds_on(date(2018, 12, 31))


@pytest.mark.parametrize(
    ("rules", "amber"),
    [
        ([], DEFAULT_AMBER),
        ([("1", None, None, "0.7")], Decimal("0.7")),
        ([("1", None, None, "0.7"), ("1", "elderly", None, "0.6")], Decimal("0.6")),
        ([("1", "elderly", None, "0.6"), ("1", None, "nursing_beds", "0.5")], Decimal("0.5")),
        ([("1", None, "nursing_beds", "0.5"), ("1", "elderly", "nursing_beds", "0.4")], Decimal("0.4")),
        ([("1", "children", None, "0.6"), ("1", None, "orphans", "0.5")], DEFAULT_AMBER),
        ([("1", None, None, "0.7"), ("2", None, None, "0.6")], Decimal("0.6")),
        ([("2026.9", None, None, "0.7"), ("2026.10", None, None, "0.6")], Decimal("0.6")),
    ],
)
def test_the_most_specific_rule_of_the_newest_version_decides(
    open_copy: Open, reference_file: Path, rules: list[tuple[str, str | None, str | None, str]], amber: Decimal
) -> None:
    engine = open_copy(reference_file)
    names = ("rule_version", "domain_code", "indicator_code", "amber_share")
    with writing(engine) as connection:
        connection.execute(delete(t.dim_rule))
        for *codes, share in rules:
            connection.execute(insert(t.dim_rule).values(dict(zip(names, (*codes, Decimal(share)), strict=True))))
    catalog = read(engine)
    [nursing_beds] = catalog.indicators_by_code["nursing_beds"]
    assert catalog.rules.amber(nursing_beds) == amber
    if rules:
        assert catalog.rules.version == max(rules, key=lambda rule: tuple(map(int, rule[0].split("."))))[0]


def test_each_value_of_a_rule_is_looked_up_on_its_own(open_copy: Open, reference_file: Path) -> None:
    engine = open_copy(reference_file)
    lines = [
        {"amber_share": Decimal("0.7"), "s1_share": Decimal("0.45"), "weight": None},
        {"domain_code": "elderly", "amber_share": Decimal("0.6"), "weight": Decimal(2)},
        {"indicator_code": "nursing_beds", "weight": Decimal(0)},
        {"domain_code": "elderly", "indicator_code": "nursing_beds", "s1_share": Decimal("0.3")},
    ]
    with writing(engine) as connection:
        for line in lines:
            connection.execute(insert(t.dim_rule).values({"rule_version": "2026.2", **line}))
    catalog = read(engine)

    def set_for(code: str) -> tuple[Decimal | None, ...]:
        [indicator] = catalog.indicators_by_code[code]
        return catalog.rules.amber(indicator), catalog.rules.s1_share(indicator), catalog.rules.weight(indicator)

    assert set_for("nursing_beds") == (Decimal("0.6"), Decimal("0.3"), 0), "a weight of 0 is a weight"
    assert set_for("care_station_coverage") == (Decimal("0.6"), Decimal("0.45"), 2)
    assert set_for("orphans") == (Decimal("0.7"), Decimal("0.45"), None)
    [orphans] = catalog.indicators_by_code["orphans"]
    assert [catalog.rules_of(version).amber(orphans) for version in ("2026.1", "2026.2", "gone")] == [
        Decimal("0.80"), Decimal("0.7"), Decimal("0.7"),
    ]  # fmt: skip


def test_one_demo_source_makes_it_a_demo(reference: Engine) -> None:
    assert not read(reference).is_demo
    with writing(reference) as connection:
        connection.execute(insert(t.dim_source).values(source_code="d", kind="demo", title="演示"))
    assert read(reference).is_demo
