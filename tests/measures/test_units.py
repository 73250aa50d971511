"""What neither a case nor a law says: refusals, edges, and which row comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal, DivisionByZero, localcontext

import pytest

from warehouse.measures.attainment import gap
from warehouse.measures.computed import NotComputable, Reason, divide, reason_or_none, total, value_or_none
from warehouse.measures.forecast import Forecast, share_interval, within
from warehouse.measures.pace import own_s1_share, s1_shares
from warehouse.measures.period import Period, from_key, parse_period, span
from warehouse.measures.quantity import Unit, convert, format_decimal, parse_decimal, round_honestly
from warehouse.measures.rollup import increments
from warehouse.measures.series import Commitment, Judgement, Series, applicable, is_current, judge
from warehouse.measures.shortfall import Share, shortfall
from warehouse.measures.status import DEFAULT_AMBER, OFF_TRACK, Status, is_overdue, status
from warehouse.measures.target import Comparator, Direction, MeasureType, Sense, Target
from warehouse.measures.trend import theil_sen

D = Decimal
S1, S2, NEXT_S1, NEXT_S2 = Period(2020, 1), Period(2020, 2), Period(2021, 1), Period(2021, 2)
LEVEL = Target(MeasureType.RATIO, Direction.HIGHER, Comparator.AT_LEAST, D(80), S1, S2)
FLOW = replace(LEVEL, measure_type=MeasureType.FLOW, value=D(600))
DONE = Target(MeasureType.MILESTONE, Direction.HIGHER, None, None, S1, S2)
CEILING = replace(FLOW, direction=Direction.LOWER, comparator=Comparator.AT_MOST, value=D(10))


# --- Values that are not there -----------------------------------------------------------------


def test_what_is_not_computable_is_no_value_and_gives_its_reason() -> None:
    absent = NotComputable(Reason.NO_ACTUAL)
    assert not absent
    assert value_or_none(absent) is None
    assert reason_or_none(absent) is Reason.NO_ACTUAL
    assert value_or_none(D(0)) == 0
    assert reason_or_none(D(0)) is None


def test_division_by_zero_is_an_error_and_never_nan() -> None:
    with pytest.raises(DivisionByZero):
        divide(D(1), D(0))


def test_a_sum_of_nothing_is_0() -> None:
    assert total([]) == 0


# --- Numbers and units -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("85.25", "85.25"),
        ("+3", "3"),
        ("-0.5", "-0.5"),
        ("－１２．５", "-12.5"),
        (" 1,234,567.8 ", "1234567.8"),
        ("007", "7"),
        ("114.4907", "114.4907"),
    ],
)
def test_a_plain_decimal_is_read_as_written(text: str, value: str) -> None:
    assert parse_decimal(text) == D(value)


@pytest.mark.parametrize(
    "text",
    ["", " ", "—", "80%", "1e3", "NaN", "Infinity", "12,34", "1,2345", "1.2.3", ".5", "5.", "八十", "1 000", "0x1F"],
)
def test_anything_else_is_not_a_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        parse_decimal(text)


def test_units_convert_within_their_quantity_only() -> None:
    yuan, ten_thousand = Unit("cny", "money", D(1)), Unit("cny_10k", "money", D(10000))
    assert convert(D("114.4907"), ten_thousand, yuan) == D("1144907")
    assert convert(D("114.4907"), yuan, yuan) == D("114.4907")
    with pytest.raises(ValueError, match="cny is not convertible to person"):
        convert(D(1), yuan, Unit("person", "person", D(1), is_whole=True))


def test_a_reported_zero_keeps_its_sign_and_digits_but_a_computed_one_does_not() -> None:
    assert format_decimal(D("0.00")) == "0.00"
    assert format_decimal(D("-0.00"), 1) == "0"
    assert format_decimal(D("1E+3"), 1) == "1,000"


def test_rounding_holds_for_figures_of_more_than_28_digits() -> None:
    with localcontext() as context:
        context.prec = 5
        assert round_honestly(D("12345678901234567890.555"), 2) == D("12345678901234567890.56")
        assert format_decimal(D("1E+30"), 2) == "1" + ",000" * 10


def test_more_places_are_added_only_as_far_as_the_boundary_needs() -> None:
    assert round_honestly(divide(D(2), D(3)), 2, [D("0.6667")]) == D("0.66667")
    assert round_honestly(divide(D(2), D(3)), 2, [D("0.6666")]) == D("0.67")
    assert round_honestly(D("79.9996"), 0, [D(80)]) == D("79.9996")


# --- Half-years --------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "semester"), [(2020, 0), (2020, 3), (1899, 2), (3000, 1)])
def test_what_is_no_half_year_is_refused(year: int, semester: int) -> None:
    with pytest.raises(ValueError, match="not a half-year"):
        Period(year, semester)
    with pytest.raises(ValueError, match="not a half-year"):
        from_key(year * 10 + semester)


def test_a_half_year_knows_its_days_and_neighbours() -> None:
    assert (S1.start_on, S1.end_on) == (date(2020, 1, 1), date(2020, 6, 30))
    assert (S2.start_on, S2.end_on) == (date(2020, 7, 1), date(2020, 12, 31))
    assert (S1.previous, S2.next) == (Period(2019, 2), NEXT_S1)
    assert list(span(S1, NEXT_S1)) == [S1, S2, NEXT_S1]
    assert list(span(NEXT_S1, S1)) == []


def test_a_refused_text_is_named() -> None:
    with pytest.raises(ValueError, match="'2020年6月'"):
        parse_period("2020年6月")


# --- Targets -----------------------------------------------------------------------------------

FLOOR, CEIL, BAND, EXACT = Sense.FLOOR, Sense.CEILING, Sense.BAND, Sense.EXACT


@pytest.mark.parametrize(
    ("comparator", "higher", "lower", "none"),
    [
        (Comparator.AT_LEAST, FLOOR, FLOOR, FLOOR),
        (Comparator.AT_MOST, CEIL, CEIL, CEIL),
        (Comparator.ALL, FLOOR, FLOOR, FLOOR),
        (Comparator.EQUAL, FLOOR, CEIL, EXACT),
        (Comparator.RANGE, FLOOR, CEIL, BAND),
    ],
)
def test_comparator_and_direction_make_the_sense(
    comparator: Comparator, higher: Sense, lower: Sense, none: Sense
) -> None:
    target = replace(LEVEL, comparator=comparator, value_high=D(90) if comparator is Comparator.RANGE else None)
    assert replace(target, direction=Direction.HIGHER).sense is higher
    assert replace(target, direction=Direction.LOWER).sense is lower
    assert replace(target, direction=Direction.NONE).sense is none


def test_a_target_within_a_year_is_not_multi_year() -> None:
    assert not LEVEL.is_multi_year
    assert replace(LEVEL, first=Period(2019, 2)).is_multi_year


def test_the_gap_of_an_exact_value_keeps_every_digit() -> None:
    exact = replace(LEVEL, direction=Direction.NONE, comparator=Comparator.EQUAL)
    third = divide(D(1), D(3))
    assert gap(D(80) + third, exact) == D(80) - (D(80) + third)
    assert gap(third, exact) == gap(third, LEVEL)


# --- Shares and trends -------------------------------------------------------------------------


def test_shares_are_of_complete_earlier_years_oldest_first() -> None:
    history = {Period(2018, 2): D(10), Period(2018, 1): D(4), Period(2017, 1): D(3), Period(2017, 2): D(10), S1: D(1)}
    assert s1_shares(history, 2020) == (D("0.3"), D("0.4"))
    assert own_s1_share(history, 2020) is None


def test_the_interval_is_the_textbook_one() -> None:
    # n = 3, mean 0.5, s = 0.05 · √3, so s · √(1 + 1/3) = 0.1; t(0.90, 2) = 1.886
    low, high = share_interval([D("0.45"), D("0.45"), D("0.60")])
    assert (round(low, 20), round(high, 20)) == (D("0.3114"), D("0.6886"))


def test_beyond_thirty_degrees_the_interval_takes_the_normal_quantile() -> None:
    # sixteen pairs of 0.4 and 0.6: n = 32, s² = 0.32 / 31, s² · (1 + 1/32) = 0.33 / 31
    low, high = share_interval([D("0.4"), D("0.6")] * 16)
    assert round(high - D("0.5"), 12) == round(D("1.282") * (D("0.33") / 31).sqrt(), 12)
    assert low + high == 1
    # thirty-one of them: t(0.90, 30) is the last in the table
    low, high = share_interval([D("0.4"), D("0.6")] * 15 + [D("0.5")])
    assert round(high - D("0.5"), 12) == round(D("1.310") * (D("0.3") / 30 * D(32) / 31).sqrt(), 12)


def test_theil_sen_does_not_depend_on_the_surrounding_context() -> None:
    values = {Period(2018, 2): D(10), Period(2019, 1): D(12), Period(2019, 2): D(13), S1: D(17)}
    exact = theil_sen(values, S2)
    with localcontext() as context:
        context.prec = 3
        assert theil_sen(values, S2) == exact


def test_an_increment_needs_the_first_half() -> None:
    assert increments({S1: D(40), S2: D(100), NEXT_S2: D(90)}) == {S1: D(40), S2: D(60)}


# --- Shortfall ---------------------------------------------------------------------------------


def test_a_share_of_nobody_that_is_short_has_no_count() -> None:
    missing = shortfall(D(0), LEVEL, is_whole=True, share=Share(D(0), D(0)), unit_factor=D("0.01"))
    assert reason_or_none(missing) is Reason.NOT_COUNTABLE


# --- Status ------------------------------------------------------------------------------------


def test_without_a_target_it_is_monitored_whatever_is_reported() -> None:
    nothing = NotComputable(Reason.NO_TARGET)
    assert status(None, None, S1, nothing) is Status.MONITOR
    assert status(D(1), None, S1, nothing) is Status.MONITOR


def test_amber_is_080_and_off_track_is_worst_first() -> None:
    assert D("0.80") == DEFAULT_AMBER
    assert OFF_TRACK == (Status.BREACHED, Status.MISSED, Status.BEHIND, Status.SLIPPING)


def test_only_what_is_unreported_is_overdue() -> None:
    late = date(2030, 1, 1)
    assert [light for light in Status if is_overdue(light, S2, None, late)] == [Status.UNREPORTED]
    assert not is_overdue(Status.UNREPORTED, S2, date(2020, 9, 18), date(2020, 9, 18))
    assert is_overdue(Status.UNREPORTED, S2, date(2020, 9, 18), date(2020, 9, 19))


# --- Series ------------------------------------------------------------------------------------


def rows_of(actuals: dict[Period, Decimal], *commitments: Commitment) -> list[Judgement]:
    return judge(Series(actuals, commitments))


def test_the_nearest_due_comes_first_then_what_binds_then_the_key() -> None:
    plan = Commitment(1, replace(LEVEL, due=NEXT_S2))
    expected, other, binding = Commitment(2, LEVEL), Commitment(3, LEVEL), Commitment(4, LEVEL, is_binding=True)
    assert applicable([plan, other, expected, binding], S1, True) == [binding, expected, other, plan]
    rows = [row for row in rows_of({S1: D(70)}, plan, expected, binding) if row.period == S1]
    assert [(row.commitment, row.is_primary) for row in rows] == [(binding, True), (expected, False), (plan, False)]


def test_a_level_is_judged_by_its_last_due_target_once_that_is_past() -> None:
    older, newer = Commitment(1, replace(LEVEL, first=S1, due=S1)), Commitment(2, LEVEL)
    assert applicable([older, newer], NEXT_S1, True) == [newer]
    assert applicable([older, newer], NEXT_S1, False) == []
    assert applicable([Commitment(1, FLOW)], NEXT_S1, True) == []


def test_a_series_without_targets_is_monitored_where_it_reports() -> None:
    rows = rows_of({S1: D(1), NEXT_S1: D(2)})
    assert [(row.period, row.light, row.is_primary) for row in rows] == [
        (S1, Status.MONITOR, True),
        (NEXT_S1, Status.MONITOR, True),
    ]
    assert rows[0].forecast == NotComputable(Reason.NO_TARGET)


def test_an_unbroken_run_off_track_remembers_its_beginning() -> None:
    years = Commitment(1, replace(FLOW, value=D(800), first=S1, due=NEXT_S2))
    rows = rows_of({S1: D(100), S2: D(300), NEXT_S1: D(50), NEXT_S2: D(500)}, years)
    assert [(row.light, row.since, row.previous_light) for row in rows] == [
        (Status.BEHIND, S1, None),
        (Status.BEHIND, S1, Status.BEHIND),
        (Status.BEHIND, S1, Status.BEHIND),
        (Status.MET, None, Status.BEHIND),
    ]


def test_a_half_year_not_reported_breaks_the_run() -> None:
    levels = Commitment(1, replace(LEVEL, due=S1)), Commitment(2, replace(LEVEL, first=S2, due=S2))
    rows = rows_of({S1: D(70), NEXT_S1: D(70)}, *levels)
    assert [(row.period, row.light, row.since) for row in rows] == [
        (S1, Status.MISSED, S1),
        (S2, Status.UNREPORTED, None),
        (NEXT_S1, Status.MISSED, NEXT_S1),
    ]


def test_a_milestone_done_early_counts_only_while_its_target_runs() -> None:
    rows = rows_of({Period(2018, 1): D(1)}, Commitment(1, DONE))
    assert [(row.period, row.light) for row in rows] == [
        (Period(2018, 1), Status.MONITOR),
        (S1, Status.MET),
        (S2, Status.MET),
    ]


def test_a_milestone_done_late_is_judged_as_reported() -> None:
    rows = rows_of({NEXT_S1: D(1)}, Commitment(1, DONE))
    assert [(row.period, row.light) for row in rows] == [
        (S1, Status.UNREPORTED),
        (S2, Status.UNREPORTED),
        (NEXT_S1, Status.MET),
    ]


def test_pooled_shares_of_the_year_bound_the_forecast() -> None:
    shares = [D(text) for text in "0.44 0.46 0.50 0.52 0.58".split()]
    series = Series({S1: D(200)}, [Commitment(1, FLOW)], pooled_shares={2020: shares, 2021: []})
    outlook = judge(series)[0].forecast
    assert isinstance(outlook, Forecast)
    assert outlook.support == 5
    assert judge(replace(series, pooled_shares={2021: shares}))[0].forecast == Forecast(D(400), "default_half")


def test_a_breach_stays_in_the_run_of_what_is_off_track() -> None:
    rows = rows_of({S1: D(11), S2: D(12)}, Commitment(1, CEILING))
    assert [(row.light, row.since) for row in rows] == [(Status.BREACHED, S1), (Status.BREACHED, S1)]


def test_the_first_and_the_last_half_year_there_is_have_no_neighbour_and_need_none() -> None:
    first, last = Period(1900, 1), Period(2999, 2)
    assert [row.light for row in rows_of({first: D(1), last: D(2)})] == [Status.MONITOR, Status.MONITOR]
    rows = rows_of({last: D(1)}, Commitment(1, replace(DONE, first=last, due=last)))
    assert [row.light for row in rows] == [Status.MET]


def test_current_is_the_latest_report_and_the_due_row_of_later_promises() -> None:
    later = Commitment(2, replace(FLOW, first=NEXT_S1, due=NEXT_S2))
    rows = rows_of({S1: D(300)}, Commitment(1, FLOW), later)

    def current(latest: Period | None) -> list[Period]:
        return [row.period for row in rows if is_current(row, latest)]

    assert current(S1) == [S1, NEXT_S2]
    assert current(S2) == [S2, NEXT_S2]
    assert current(NEXT_S1) == [NEXT_S1]
    assert current(None) == [S2, NEXT_S2]
    assert not is_current(rows_of({S1: D(1)})[0], S2)


def test_a_forecast_keeps_within_what_can_be_true() -> None:
    outlook = Forecast(Decimal(104), "theil_sen", Decimal(-2), Decimal(120))
    kept = within(outlook, Decimal(0), Decimal(100))
    assert isinstance(kept, Forecast)
    assert (kept.value, kept.low, kept.high) == (100, 0, 100)
    assert within(outlook, None, None) == outlook
    assert within(Forecast(Decimal(50), "linear"), Decimal(0), Decimal(100)) == Forecast(Decimal(50), "linear")
    absent = NotComputable(Reason.DUE_REACHED)
    assert within(absent, Decimal(0), Decimal(100)) is absent
