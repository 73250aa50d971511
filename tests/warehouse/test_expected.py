"""What is expected of a half-year, and what came: small cases made by hand, loaded as people load them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from etl import pipeline
from tests.conftest import Clock
from tests.etl.support import ACTUAL_HEADER, TARGET_HEADER, write_csv
from warehouse import tables as t
from warehouse.catalog import fetch_catalog
from warehouse.engine import writing
from warehouse.measures.arrival import Arrival
from warehouse.measures.period import Period, parse_period
from warehouse.queries.chase import CHASE_COLUMNS, chase_rows, chased_period
from warehouse.queries.expected import Expected, count_arrivals, fetch_expected, fetch_expected_periods
from warehouse.scope import Scope

ALL = Scope.everything()
HERE = "320404"
S1, S2 = Period(2020, 1), Period(2020, 2)
IN_TIME, LATE, MUCH_LATER = "2020-07-10", "2020-07-20", "2021-07-02"
TARGET = f"{HERE},orphans,total,2020-S2,2020-S1,<=,30,person"


class House:
    """A database to which files come on days."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder, self.files = engine, folder, 0

    def _load(self, day: str, header: str, rows: tuple[str, ...]) -> int:
        self.files += 1
        path = write_csv(self.folder / f"{self.files}.csv", header, rows)
        clock = Clock(datetime.fromisoformat(day).replace(tzinfo=UTC))
        [result] = pipeline.load(self.engine, [path], clock=clock)
        assert not result.refusals
        assert result.batch_key is not None
        return result.batch_key

    def targets(self, *rows: str, day: str = "2020-01-10") -> int:
        """Load targets on a day."""
        return self._load(day, TARGET_HEADER, rows)

    def reports(self, *figures: str, day: str = IN_TIME, code: str = "orphans", unit: str = "person") -> int:
        """Load actuals of one indicator, as period=value, on a day."""
        rows = (f"{HERE},{code},total,{period},{value},{unit}" for period, value in (f.split("=") for f in figures))
        return self._load(day, ACTUAL_HEADER, tuple(rows))

    def undo(self, batch: int, day: str = "2022-01-01") -> None:
        """Take a batch back on a day."""
        pipeline.undo(self.engine, batch, clock=Clock(datetime.fromisoformat(day).replace(tzinfo=UTC)))

    def blank(self, reason: str, day: str = IN_TIME, period: Period = S1) -> int:
        """A return that leaves orphans blank with a reason, on a day."""
        at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        with writing(self.engine) as connection:
            catalog = fetch_catalog(connection)
            values = {
                "file_name": f"blank-{day}", "sha256": "0", "loaded_by": "tests", "loaded_at": at, "rows_in": 0,
                "rows_accepted": 0, "rows_rejected": 0, "facts_added": 0, "facts_corrected": 0, "facts_withdrawn": 0,
                "state": "published",
            }  # fmt: skip
            key = connection.execute(insert(t.load_batch).values(values)).inserted_primary_key
            assert key is not None
            connection.execute(
                insert(t.blank_reason).values(
                    indicator_key=catalog.indicators_by_code["orphans"][-1].key,
                    district_key=catalog.district_by_code[HERE].key,
                    breakdown_key=catalog.breakdown_by_code["total"].key,
                    period_key=period.key, reason=reason, batch_key=key[0], recorded_at=at,
                )
            )  # fmt: skip
        return int(key[0])

    def expected(
        self, period: Period | str | None = S1, as_of: str | None = None, scope: Scope = ALL
    ) -> list[Expected]:
        """What is expected for a half-year."""
        at = parse_period(period) if isinstance(period, str) else period
        moment = None if as_of is None else datetime.fromisoformat(as_of).replace(tzinfo=UTC)
        with self.engine.connect() as connection:
            catalog = fetch_catalog(connection)
            found = fetch_expected(scope, connection, catalog, None, at, moment)
            if at is not None:
                counts = count_arrivals(scope, connection, catalog, at, as_of=moment)
                assert sum(sum(c.values()) for c in counts.values()) == len(found)
                for district, of in counts.items():
                    for state in Arrival:
                        assert of[state] == sum(e.arrival() is state for e in found if e.district_key == district)
        return found

    def one(self, period: Period | str = S1, as_of: str | None = None) -> Expected:
        """The only figure expected."""
        [found] = self.expected(period, as_of)
        return found


@pytest.fixture
def house(reference: Engine, tmp_path: Path) -> House:
    """The project's dimensions, and no fact."""
    return House(reference, tmp_path)


def test_what_has_a_running_target_is_expected_from_its_first_to_its_due_half_year(house: House) -> None:
    house.targets(TARGET)
    for period in (S1, S2):
        e = house.one(period)
        assert (e.by_target, e.by_history, e.target, e.comparator) == (True, False, Decimal(30), "<=")
        assert (e.due_period_key, e.actual_key, e.last, e.last_period_key) == (S2.key, None, None, None)
        assert e.arrival() is Arrival.MISSING
    assert house.expected("2019-S2") == house.expected("2021-S1") == []


def test_of_two_targets_the_one_due_first_is_named_and_the_figure_counts_once(house: House) -> None:
    house.targets(f"{HERE},orphans,total,2022-S2,2020-S1,<=,10,person", TARGET)
    assert house.one(S1).target == 30
    assert house.one("2021-S1").target == 10


def test_what_was_reported_a_year_before_is_expected_again(house: House) -> None:
    house.reports("2019-S1=20", day="2019-07-01")
    e = house.one(S1)
    assert (e.by_target, e.by_history, e.target_key) == (False, True, None)
    assert (e.last, e.last_period_key) == (Decimal(20), 20191)
    assert house.expected("2019-S1") == house.expected(S2) == house.expected("2021-S1") == []


def test_what_is_only_reported_yearly_is_not_chased_in_a_first_half(house: House) -> None:
    house.reports("2018-S2=20", "2019-S2=20", day="2020-01-10")
    assert house.expected(S1) == []
    assert house.one(S2).by_history
    house.targets(TARGET)
    assert house.expected(S1) == []
    assert house.one(S2).by_target


def test_one_whole_year_is_no_habit_and_a_target_due_in_a_first_half_is_expected_then(house: House) -> None:
    house.reports("2019-S2=20", day="2020-01-10")
    house.targets(TARGET)
    assert house.one(S1).by_target
    house.reports("2018-S2=20", day="2020-01-11")
    assert house.expected(S1) == []
    house.targets(f"{HERE},orphans,total,2020-S1,2020-S1,<=,30,person", day="2020-01-12")
    assert house.one(S1).by_target


def test_a_milestone_is_expected_when_it_is_due_and_done_once_has_come(house: House) -> None:
    house.targets(f"{HERE},care_guidance_centre_open,total,2020-S2,2019-S1,,1,done")
    assert house.expected("2019-S2") == house.expected(S1) == []
    assert house.one(S2).arrival() is Arrival.MISSING
    house.reports("2019-S2=1", day="2020-01-14", code="care_guidance_centre_open", unit="done")
    e = house.one(S2)
    assert (e.arrival(), e.came_on) == (Arrival.ON_TIME, date(2020, 1, 14))
    assert house.expected("2021-S2") == [], "done is not done again"


@pytest.mark.parametrize(
    ("day", "what"),
    [(IN_TIME, Arrival.ON_TIME), (LATE, Arrival.LATE), (MUCH_LATER, Arrival.BACKFILLED)],
)
def test_it_came_in_time_late_or_as_history(house: House, day: str, what: Arrival) -> None:
    house.targets(TARGET)
    batch = house.reports("2020-S1=20", day=day)
    e = house.one(S1)
    assert (e.arrival(), e.first_batch_key, e.revisions) == (what, batch, 0)
    assert e.first_at is not None and e.first_at.date().isoformat() == day == str(e.came_on)


def test_what_was_published_in_time_came_in_time_whenever_it_was_loaded(house: House) -> None:
    house.targets(TARGET)
    house.reports("2020-S1=20", day=MUCH_LATER)
    with writing(house.engine) as connection:
        key = connection.execute(select(t.fact_actual.c.source_key)).scalar_one()
        of = update(t.dim_source).where(t.dim_source.c.source_key == key)
        connection.execute(of.values(published_on=date(2020, 7, 12)))
    e = house.one(S1)
    assert (e.arrival(), e.came_on, str(e.first_at)[:10]) == (Arrival.ON_TIME, date(2020, 7, 12), MUCH_LATER)
    assert e.arrival(days=5) is Arrival.LATE


def test_a_correction_does_not_make_it_late(house: House) -> None:
    house.targets(TARGET)
    first = house.reports("2020-S1=20", day=IN_TIME)
    for value, day in (("21", LATE), ("22", "2020-08-01")):
        house.reports(f"2020-S1={value}", day=day)
    e = house.one(S1)
    assert (e.arrival(), e.first_batch_key, e.revisions) == (Arrival.ON_TIME, first, 2)


def test_an_undone_batch_brought_nothing(house: House) -> None:
    house.targets(TARGET)
    first = house.reports("2020-S1=20", day=IN_TIME)
    second = house.reports("2020-S1=21", day=LATE)
    house.undo(first)
    e = house.one(S1)
    assert (e.arrival(), e.first_batch_key, e.revisions) == (Arrival.LATE, second, 0)
    house.undo(second)
    e = house.one(S1)
    assert (e.arrival(), e.first_at, e.first_batch_key, e.actual_key, e.came_on) == (Arrival.MISSING, *(None,) * 4)
    assert house.one(S1, "2021-01-01").arrival() is Arrival.ON_TIME, "as it was known before they were undone"


def test_a_blank_may_be_explained_until_the_figure_comes(house: House) -> None:
    house.targets(TARGET)
    house.blank("尚未统计")
    e = house.one(S1)
    assert (e.arrival(), e.blank_reason) == (Arrival.EXPLAINED, "尚未统计")
    assert house.one(S2).arrival() is Arrival.MISSING
    batch = house.reports("2020-S1=20", day=LATE)
    e = house.one(S1)
    assert (e.arrival(), e.blank_reason) == (Arrival.LATE, None)
    house.undo(batch)
    assert house.one(S1).blank_reason == "尚未统计"


def test_the_last_reason_counts_and_that_of_an_undone_batch_does_not(house: House) -> None:
    house.targets(TARGET)
    house.blank("尚未统计", "2020-07-10")
    last = house.blank("机构合并", "2020-07-12")
    assert house.one(S1).blank_reason == "机构合并"
    assert house.one(S1, "2020-07-11").blank_reason == "尚未统计"
    house.undo(last, "2020-07-14")
    assert house.one(S1).blank_reason == "尚未统计"
    assert house.one(S1, "2020-07-13").blank_reason == "机构合并"


def test_a_staged_batch_explains_nothing(house: House) -> None:
    house.targets(TARGET)
    batch = house.blank("尚未统计")
    with writing(house.engine) as connection:
        connection.execute(update(t.load_batch).where(t.load_batch.c.batch_key == batch).values(state="staged"))
    assert house.one(S1).blank_reason is None


def test_as_known_at_a_moment(house: House) -> None:
    house.reports("2019-S1=19", day="2019-07-01")
    house.targets(TARGET)
    house.reports("2020-S1=20", day=LATE)
    assert house.expected(S1, "2019-06-30") == []
    before, then, now = (house.one(S1, day) for day in ("2019-07-02", "2020-07-19", None))
    assert (before.by_target, before.by_history, before.last) == (False, True, Decimal(19))
    assert (then.by_target, then.arrival(), now.arrival()) == (True, Arrival.MISSING, Arrival.LATE)


def test_the_last_value_is_in_the_unit_of_the_indicator(house: House) -> None:
    house.reports("2018-S1=2", "2019-S1=3", day="2020-01-01", code="temporary_relief_paid", unit="cny")
    e = house.one(S1)
    assert (e.last, e.last_period_key) == (Decimal("0.0003"), 20191)


def test_a_new_definition_of_the_same_indicator_is_expected(house: House) -> None:
    house.reports("2019-S1=19", "2020-S1=20", day=IN_TIME)
    with writing(house.engine) as connection:
        i = t.dim_indicator
        old = dict(connection.execute(select(i).where(i.c.indicator_code == "orphans")).mappings().one())
        of_old = update(i).where(i.c.indicator_key == old.pop("indicator_key"))
        connection.execute(of_old.values(valid_to=date(2020, 12, 31)))
        new = connection.execute(insert(i).values(old | {"valid_from": date(2021, 1, 1)})).inserted_primary_key
    assert new is not None
    assert house.one("2021-S1").indicator_key == new[0] != house.one(S1).indicator_key
    with writing(house.engine) as connection:
        connection.execute(update(i).where(i.c.indicator_key == new[0]).values(valid_to=date(2021, 5, 1)))
    assert house.expected("2021-S1") == [], "no definition holds any more"


def test_a_district_that_was_merged_away_owes_nothing(house: House) -> None:
    house.reports("2019-S1=19", day="2019-07-01")
    house.targets(TARGET)
    with writing(house.engine) as connection:
        of = update(t.dim_district).where(t.dim_district.c.district_code == HERE)
        connection.execute(of.values(valid_to=date(2020, 6, 30)))
    assert len(house.expected(S1)) == 1
    assert house.expected(S2) == []


def test_of_all_half_years_and_within_a_scope(house: House) -> None:
    house.targets(TARGET, "320413,orphans,total,2020-S2,2020-S2,<=,5,person")
    house.reports("2020-S1=20")
    found = house.expected(None)
    assert [e.period.code for e in found] == ["2020-S1", "2020-S2", "2020-S2", "2021-S1"]
    assert house.expected(None, scope=Scope(districts=frozenset())) == []
    assert house.expected(None, scope=Scope(domains=frozenset({"safety"}))) == []
    assert len(house.expected(None, scope=Scope(districts=frozenset({"320413"})))) == 1
    with house.engine.connect() as connection:
        catalog = fetch_catalog(connection)
        other = catalog.district_by_code["320413"].key
        assert [e.district_key for e in fetch_expected(ALL, connection, catalog, other, S2)] == [other]
        periods = fetch_expected_periods(ALL, connection, catalog)
    assert periods == [Period(2021, 1), S2, S1]
    assert chased_period(periods, date(2020, 12, 31)) == S1
    assert chased_period(periods, date(2030, 1, 1)) == Period(2021, 1)
    assert chased_period([], date(2020, 8, 1)) == S1


def test_the_list_to_chase_as_rows(house: House) -> None:
    house.targets(TARGET)
    house.reports("2019-S1=19", day="2019-07-01")
    with house.engine.connect() as connection:
        catalog = fetch_catalog(connection)
    [row] = chase_rows(catalog, house.expected(S1), date(2020, 7, 18))
    assert tuple(row) == CHASE_COLUMNS
    assert (row["district_code"], row["indicator_code"], row["breakdown_code"], row["period_code"]) == (
        HERE, "orphans", "total", "2020-S1",
    )  # fmt: skip
    assert (row["target"], row["last_value"], row["last_period_code"]) == (Decimal(30), Decimal(19), "2019-S1")
    assert (row["deadline"], row["days_overdue"], row["state"]) == (date(2020, 7, 15), 3, "missing")
    [early] = chase_rows(catalog, house.expected(S1), date(2020, 7, 10), days=20)
    assert (early["deadline"], early["days_overdue"]) == (date(2020, 7, 20), -10)
    house.blank("尚未统计")
    [row] = chase_rows(catalog, house.expected(S1), date(2020, 7, 18))
    assert (row["state"], row["blank_reason"]) == ("explained", "尚未统计")
    house.reports("2020-S1=20", day=LATE)
    assert list(chase_rows(catalog, house.expected(S1), date(2020, 7, 18))) == []
    [row] = chase_rows(catalog, house.expected(S1), date(2020, 7, 18), states=frozenset(Arrival))
    assert (row["state"], row["came_on"], row["days_overdue"]) == ("late", date(2020, 7, 20), None)
