"""Laws that hold for every value, not only for the cases."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import combinations
from statistics import median

from hypothesis import assume, given
from hypothesis import strategies as st

from warehouse.measures.attainment import attainment, gap, progress_from_baseline
from warehouse.measures.computed import EXACT, Computed, NotComputable, divide, total, value_or_none
from warehouse.measures.forecast import Forecast, forecast
from warehouse.measures.pace import HALF, Pace, ShareBasis, flow_share, pace, pace_ratio
from warehouse.measures.period import Period, from_date, from_index, from_key, parse_period, span
from warehouse.measures.quantity import Unit, convert, format_decimal, parse_decimal, round_honestly
from warehouse.measures.rollup import Part, increments, over_districts, spread, year_to_date
from warehouse.measures.score import Judged, rank, score
from warehouse.measures.series import Commitment, Judgement, Series, is_current, judge
from warehouse.measures.shortfall import Share, shortfall
from warehouse.measures.status import OFF_TRACK, Status, status
from warehouse.measures.target import Baseline, Comparator, Direction, MeasureType, Sense, Target, is_met, is_stretch
from warehouse.measures.trend import theil_sen, trend_lines

S1, S2 = Period(2020, 1), Period(2020, 2)


def numbers(low: int = -1000, high: int = 1000, places: int = 4) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places)


periods = st.integers(2010 * 2, 2030 * 2).map(from_index)


@st.composite
def targets(draw: st.DrawFn) -> Target:
    """Any target the loader lets through, around 2020."""
    measure_type = draw(st.sampled_from(MeasureType))
    direction = draw(st.sampled_from(Direction))
    first = draw(st.integers(2019 * 2, 2020 * 2 + 1).map(from_index))
    due = from_index(first.index + draw(st.integers(0, 5)))
    if measure_type is MeasureType.MILESTONE:
        return Target(measure_type, direction, None, None, first, due)
    comparator = draw(st.sampled_from(Comparator))
    value = draw(numbers())
    high = value + draw(numbers(0, 100)) if comparator is Comparator.RANGE else None
    baseline = draw(st.none() | st.builds(Baseline, numbers(), st.just(first.previous) | st.just(due)))
    s1_value = draw(st.none() | numbers())
    return Target(measure_type, direction, comparator, value, first, due, high, baseline, s1_value)


@st.composite
def serieses(draw: st.DrawFn) -> Series:
    """One to three targets of one indicator, with actuals reported or not."""
    model = draw(targets())
    others = draw(st.lists(targets(), max_size=2))
    commitments = [
        Commitment(key, replace(one, measure_type=model.measure_type), draw(st.booleans()))
        for key, one in enumerate([model, *others])
        if (one.value is None) == (model.value is None)
    ]
    values = st.sampled_from([Decimal(0), Decimal(1)]) if model.value is None else numbers()
    actuals = draw(st.dictionaries(st.integers(2016 * 2, 2023 * 2 + 1).map(from_index), values, max_size=12))
    return Series(actuals, commitments)


def floor(value: Decimal, **changes: object) -> Target:
    return replace(Target(MeasureType.FLOW, Direction.HIGHER, Comparator.AT_LEAST, value, S1, S2), **changes)


# --- The light never depends on how a number is written or shown -------------------------------


@given(targets(), numbers(), st.integers(0, 6))
def test_a_displayed_figure_passes_the_tests_of_the_exact_one(target: Target, actual: Decimal, places: int) -> None:
    shown = round_honestly(actual, places, target.boundaries)
    assert is_met(shown, target) == is_met(actual, target)
    assert is_stretch(shown, target) == is_stretch(actual, target)
    assert is_met(parse_decimal(format_decimal(actual, places, target.boundaries)), target) == is_met(actual, target)


@given(targets(), numbers(), periods, numbers(-2, 3, 9), numbers(0, 1, 2), st.integers(0, 6))
def test_no_light_changes_with_the_precision_of_display(
    target: Target, actual: Decimal, at: Period, ratio: Decimal, amber: Decimal, places: int
) -> None:
    exact = status(actual, target, at, ratio, amber)
    shown = round_honestly(actual, places, target.boundaries)
    shown_ratio = round_honestly(ratio, places, (amber, Decimal(1)))
    assert status(shown, target, at, shown_ratio, amber) is exact


@given(serieses())
def test_trailing_zeros_change_no_light(series: Series) -> None:
    padded = {period: value.quantize(Decimal("1e-12")) for period, value in series.actuals.items()}
    assert [row.light for row in judge(replace(series, actuals=padded))] == [row.light for row in judge(series)]


@given(numbers(-200, 200, 6), st.integers(0, 7), st.lists(numbers(-200, 200, 3), max_size=3))
def test_round_honestly_never_crosses_a_boundary(value: Decimal, places: int, edges: list[Decimal]) -> None:
    rounded = round_honestly(value, places, edges)
    for edge in edges:
        assert (rounded > edge, rounded == edge) == (value > edge, value == edge)
    assert abs(rounded - value) <= Decimal("0.5").scaleb(-places)


@given(numbers(-(10**12), 10**12, 6), st.integers(0, 7))
def test_without_boundaries_rounding_is_plain(value: Decimal, places: int) -> None:
    assert round_honestly(value, places) == value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@given(numbers(-(10**15), 10**15, 6), st.none() | st.integers(0, 7))
def test_a_displayed_figure_reads_back_as_itself(value: Decimal, places: int | None) -> None:
    text = format_decimal(value, places)
    assert parse_decimal(text) == (value if places is None else round_honestly(value, places))
    assert places is None or not (value == 0 and "-" in text)


# --- Attainment, gap, progress -----------------------------------------------------------------


@given(targets(), numbers(), numbers())
def test_attainment_never_falls_where_the_actual_gets_better(target: Target, one: Decimal, other: Decimal) -> None:
    assume(target.sense not in (Sense.BAND, Sense.EXACT))
    worse, better = sorted((one, other), reverse=target.sense is Sense.CEILING)
    before, after = attainment(worse, target), attainment(better, target)
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        assert before <= after


@given(targets(), numbers())
def test_attainment_and_gap_agree_with_the_test(target: Target, actual: Decimal) -> None:
    reached, distance = attainment(actual, target), gap(actual, target)
    if isinstance(reached, Decimal):
        assert (reached >= 1) == is_met(actual, target)
    if isinstance(distance, Decimal):
        assert (distance >= 0) == is_met(actual, target)
    assert not is_stretch(actual, target) or is_met(actual, target)


@given(targets(), numbers())
def test_progress_is_0_at_the_baseline_and_1_at_the_target(target: Target, actual: Decimal) -> None:
    if target.baseline is None or isinstance(progress_from_baseline(actual, target), NotComputable):
        return
    assert progress_from_baseline(target.baseline.value, target) == 0
    assert progress_from_baseline(target.threshold, target) == 1


# --- Pace and status ---------------------------------------------------------------------------


@given(st.integers(1, 400), st.integers(0, 400), st.integers(2, 8), st.data())
def test_a_pace_ratio_is_compared_as_a_fraction(goal: int, actual: int, length: int, data: st.DataObject) -> None:
    target = floor(Decimal(goal), due=from_index(S1.index + length))
    at = from_index(S1.index + data.draw(st.integers(0, length)))
    ratio = pace_ratio(Decimal(actual), target, pace(target, at, {}))
    assert isinstance(ratio, Decimal)
    exact = Fraction(actual, goal) / Fraction(at.index - S1.index + 1, length + 1)
    assert (ratio >= 1) == (exact >= 1)
    assert (ratio >= Decimal("0.8")) == (exact >= Fraction(4, 5))


@given(targets(), periods, st.dictionaries(periods, numbers(0, 100)))
def test_an_expected_share_lies_within_the_whole(target: Target, at: Period, history: dict[Period, Decimal]) -> None:
    expected = pace(replace(target, s1_value=None), at, history)
    if isinstance(expected, Pace):
        assert 0 < expected.expected_share <= 1
        assert at < target.due or expected.expected_share == 1


shares = st.decimals(Decimal("0.01"), Decimal("0.99"), places=2)


@given(targets(), periods, st.dictionaries(periods, numbers(0, 100)), shares)
def test_a_set_share_stands_in_for_the_half_and_for_nothing_else(
    target: Target, at: Period, history: dict[Period, Decimal], set_share: Decimal
) -> None:
    plain, ruled = pace(target, at, history), pace(target, at, history, set_share)
    if isinstance(plain, Pace) and plain.basis is ShareBasis.DEFAULT_HALF:
        assert (plain.expected_share, ruled) == (HALF, Pace(set_share, ShareBasis.SET_SHARE))
    else:
        assert ruled == plain


@given(serieses(), shares)
def test_a_set_share_moves_only_what_rested_on_the_half(series: Series, set_share: Decimal) -> None:
    for plain, ruled in zip(judge(series), judge(replace(series, s1_share=set_share)), strict=True):
        outlook, other = plain.forecast, ruled.forecast
        if isinstance(outlook, Forecast) and outlook.basis == ShareBasis.DEFAULT_HALF:
            assert isinstance(other, Forecast) and other.basis == ShareBasis.SET_SHARE
            assert (other.low, other.high, other.support) == (outlook.low, outlook.high, outlook.support)
        else:
            assert other == outlook
        if not (isinstance(plain.expected, Pace) and plain.expected.basis is ShareBasis.DEFAULT_HALF):
            assert (ruled.pace_ratio, ruled.light) == (plain.pace_ratio, plain.light)
        assert (ruled.attainment, ruled.gap) == (plain.attainment, plain.gap)


@given(serieses(), shares, shares)
def test_an_amber_line_only_parts_slipping_from_behind(series: Series, one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    for milder, stricter in zip(judge(replace(series, amber=low)), judge(replace(series, amber=high)), strict=True):
        if milder.light is not stricter.light:
            assert (milder.light, stricter.light) == (Status.SLIPPING, Status.BEHIND)
            assert isinstance(milder.pace_ratio, Decimal) and low <= milder.pace_ratio < high


@given(serieses())
def test_the_laws_of_the_lights(series: Series) -> None:
    for row in judge(series):
        target = row.commitment.target if row.commitment else None
        assert (row.light is Status.MONITOR) == (target is None)
        if target is None:
            assert row.period in series.actuals
            continue
        flow_ceiling = target.measure_type is MeasureType.FLOW and target.sense is Sense.CEILING
        assert (row.light is Status.UNREPORTED) == isinstance(row.actual, NotComputable)
        if isinstance(row.actual, NotComputable):
            assert all(isinstance(one, NotComputable) for one in (row.attainment, row.gap, row.pace_ratio))
            continue
        met, is_due = is_met(row.actual, target), row.period >= target.due
        assert row.light is not Status.MET or met
        assert row.light is Status.MET or not (met and is_due)
        assert (row.light is Status.BREACHED) == (flow_ceiling and not met)
        assert (row.light is Status.MISSED) == (is_due and not met and not flow_ceiling)
        if row.light in (Status.SLIPPING, Status.BEHIND):
            assert isinstance(row.pace_ratio, Decimal)
            assert row.pace_ratio < 1
            assert (row.pace_ratio >= series.amber) == (row.light is Status.SLIPPING)
        if row.light is Status.IN_PROGRESS:
            assert isinstance(row.pace_ratio, NotComputable)
        if row.light is Status.ON_TRACK and not flow_ceiling:
            assert isinstance(row.pace_ratio, Decimal)
            assert row.pace_ratio >= 1


@given(serieses())
def test_every_half_year_is_judged_once_by_each_target_and_shows_one_first(series: Series) -> None:
    rows = judge(series)
    grains = [(row.period, row.commitment.key if row.commitment else None) for row in rows]
    assert len(set(grains)) == len(grains)
    by_period: dict[Period, list[Judgement]] = {}
    for row in rows:
        by_period.setdefault(row.period, []).append(row)
    wanted = set(series.actuals)
    for commitment in series.commitments:
        wanted.update(span(commitment.target.first, commitment.target.due))
    assert set(by_period) == wanted
    for at, here in by_period.items():
        assert [row.is_primary for row in here] == [True] + [False] * (len(here) - 1)
        dues = [row.commitment.target.due for row in here if row.commitment]
        assert dues == sorted(dues)
        before = {row.commitment.key: row.light for row in by_period.get(at.previous, ()) if row.commitment}
        for row in here:
            assert row.previous_light == (before.get(row.commitment.key) if row.commitment else None)
        assert (here[0].since is not None) == (here[0].light in OFF_TRACK)
        for earlier in span(here[0].since or at, at):
            assert earlier == at or by_period[earlier][0].light in OFF_TRACK


@given(serieses(), st.none() | periods)
def test_current_rows_are_of_the_latest_report_or_of_later_dues(series: Series, latest: Period | None) -> None:
    for row in judge(series):
        if is_current(row, latest):
            assert row.period == latest or (row.commitment is not None and row.period == row.commitment.target.due)


# --- Forecast ----------------------------------------------------------------------------------


@given(
    st.lists(numbers(1, 99, 0), min_size=3, max_size=6),
    numbers(-1000, 1000),
)
def test_an_interval_from_own_years_holds_its_forecast(shares: list[Decimal], actual: Decimal) -> None:
    history: dict[Period, Decimal] = {}
    for year, share in enumerate(shares, 2020 - len(shares)):
        history |= {Period(year, 1): share, Period(year, 2): Decimal(100)}
    outlook = forecast(actual, floor(Decimal(600)), S1, history)
    assert isinstance(outlook, Forecast)
    assert outlook.value == divide(actual, flow_share(floor(Decimal(600)), S1, history).expected_share)
    if outlook.low is not None and outlook.high is not None:
        assert outlook.low <= outlook.value <= outlook.high


@given(
    st.lists(st.integers(2012 * 2, 2025 * 2), min_size=5, max_size=12, unique=True),
    st.integers(-50, 50),
    st.integers(-500, 500),
    st.data(),
)
def test_theil_sen_ignores_one_outlier_among_many_on_a_line(
    indexes: list[int], slope: int, intercept: int, data: st.DataObject
) -> None:
    values = {from_index(i): Decimal(intercept + slope * i) for i in indexes}
    values[from_index(data.draw(st.sampled_from(indexes)))] = data.draw(numbers(-(10**6), 10**6))
    at = data.draw(periods)
    assert theil_sen(values, at) == intercept + slope * at.index


@given(st.dictionaries(periods, numbers(-3, 3, 1) | numbers(-3, 3, 0), min_size=2, max_size=9))
def test_the_trend_up_to_a_half_year_knows_nothing_later(values: dict[Period, Decimal]) -> None:
    for at, line in trend_lines(values).items():
        known = sorted((Decimal(period.index), value) for period, value in values.items() if period <= at)
        with localcontext(EXACT):
            slope = median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(known, 2))
            intercept = median(y - slope * x for x, y in known)
        assert (str(line.slope), str(line.intercept)) == (str(slope), str(intercept))


# --- Adding up ---------------------------------------------------------------------------------

parts = st.builds(Part, numbers(0, 100), numbers(0, 100), numbers(0, 100)) | st.builds(Part, numbers(0, 100))
silent = st.just(Part(None))


@given(st.sampled_from(MeasureType), st.lists(parts | silent, max_size=6), st.data())
def test_a_district_without_data_moves_no_total(
    measure_type: MeasureType, known: list[Part], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(known)))
    before = over_districts(measure_type, known)
    after = over_districts(measure_type, [*known[:place], Part(None), *known[place:]])
    assert after == replace(before, expected=before.expected + 1)
    assert before.covered == sum(part.value is not None for part in known)


@given(st.dictionaries(st.integers(), numbers()), st.booleans())
def test_a_district_without_data_moves_no_rank_and_ranks_count_who_is_better(
    values: dict[int, Decimal], lower_is_better: bool
) -> None:
    ranks = rank(values, lower_is_better=lower_is_better)
    if len(values) < 2:
        assert isinstance(ranks, NotComputable)
        return
    assert isinstance(ranks, dict)
    for key, value in values.items():
        better = [one for one in values.values() if (one < value if lower_is_better else one > value)]
        assert ranks[key] == 1 + len(better)


judged = st.builds(Judged, numbers(1, 9), st.none() | numbers(-2, 3), st.sampled_from(Status))


@given(st.lists(judged, max_size=8))
def test_a_score_lies_between_0_and_1_and_unreported_only_lowers_it(items: list[Judged]) -> None:
    result = score(items)
    assert result.targets == len(items)
    assert isinstance(result.value, Decimal) == bool(items)
    if isinstance(result.value, Decimal):
        assert 0 <= result.value <= 1
        worse = score([*items, Judged(Decimal(1), None, Status.UNREPORTED)])
        assert isinstance(worse.value, Decimal)
        assert worse.value <= result.value
        assert worse.reported == result.reported


@given(st.lists(judged, max_size=8), judged)
def test_a_target_of_weight_0_moves_no_score(items: list[Judged], other: Judged) -> None:
    assert score([*items, replace(other, weight=Decimal(0))]).value == score(items).value


@given(st.dictionaries(st.sampled_from("甲乙丙丁"), st.lists(judged, max_size=4)))
def test_a_district_without_targets_moves_no_score(districts: dict[str, list[Judged]]) -> None:
    before = {name: score(items).value for name, items in districts.items()}
    after = {name: score(items).value for name, items in {**districts, "戊": []}.items()}
    assert {name: after[name] for name in before} == before
    assert isinstance(after["戊"], NotComputable)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 100)), min_size=1, max_size=6))
def test_a_ratio_of_districts_lies_among_theirs(pairs: list[tuple[int, int]]) -> None:
    known = [Part(divide(Decimal(n), Decimal(d)), Decimal(n), Decimal(d)) for n, d in pairs]
    result = over_districts(MeasureType.RATIO, known).value
    assert isinstance(result, Decimal)
    values = [part.value for part in known if part.value is not None]
    assert min(values) <= result <= max(values)


@given(st.lists(numbers(), min_size=1, max_size=6))
def test_half_the_districts_lie_on_each_side_of_the_median(values: list[Decimal]) -> None:
    found = spread(values)
    assert not isinstance(found, NotComputable)
    assert (found.low, found.high) == (min(values), max(values))
    assert sum(value <= found.middle for value in values) * 2 >= len(values)
    assert sum(value >= found.middle for value in values) * 2 >= len(values)


@given(st.lists(numbers(-(10**9), 10**9), max_size=8), st.randoms(use_true_random=False))
def test_a_sum_is_exact_in_any_order_and_any_context(values: list[Decimal], random: object) -> None:
    shuffled = sorted(values)
    with localcontext() as context:
        context.prec = 3
        found = total(shuffled)
    assert Fraction(found) == sum(map(Fraction, values), Fraction(0))


@given(numbers(), numbers(), numbers())
def test_year_to_date_is_never_the_sum_of_the_halves(first: Decimal, whole: Decimal, other: Decimal) -> None:
    history = {S1: first, S2: whole}
    assert year_to_date(history, S1, S2) == whole
    assert year_to_date({**history, S1: other}, S1, S2) == whole, "the first half does not enter"
    assert increments(history) == {S1: first, S2: whole - first}


@given(st.dictionaries(st.integers(2018 * 2, 2021 * 2 + 1).map(from_index), numbers()), st.data())
def test_years_add_up_to_their_last_values(history: dict[Period, Decimal], data: st.DataObject) -> None:
    first = data.draw(st.integers(2018 * 2, 2021 * 2 + 1).map(from_index))
    at = data.draw(st.integers(first.index, 2021 * 2 + 1).map(from_index))
    needed = [Period(year, 2) for year in range(first.year, at.year)] + [at]
    found: Computed = year_to_date(history, first, at)
    if all(period in history for period in needed):
        assert found == sum(history[period] for period in needed)
    else:
        assert isinstance(found, NotComputable)


# --- Shortfall against brute force -------------------------------------------------------------


@given(
    st.integers(0, 60),
    st.integers(1, 60),
    numbers(0, 100, 2),
    st.sampled_from([(Direction.HIGHER, Comparator.AT_LEAST), (Direction.LOWER, Comparator.AT_MOST)]),
)
def test_a_shortfall_of_a_share_is_the_first_number_that_does(
    numerator: int, denominator: int, percent: Decimal, way: tuple[Direction, Comparator]
) -> None:
    direction, comparator = way
    target = floor(percent, measure_type=MeasureType.RATIO, direction=direction, comparator=comparator)
    sign = 1 if direction is Direction.HIGHER else -1
    goal = Fraction(percent) / 100
    count = 0
    while (Fraction(numerator + sign * count, denominator) - goal) * sign < 0:
        count += 1
    factor = Decimal("0.01")
    actual = divide(divide(Decimal(numerator), Decimal(denominator)), factor)
    share = Share(Decimal(numerator), Decimal(denominator))
    assert shortfall(actual, target, is_whole=True, share=share, unit_factor=factor) == count


@given(targets(), numbers(-60, 60, 2), st.booleans())
def test_a_shortfall_of_a_count_is_the_first_number_that_does(target: Target, actual: Decimal, is_whole: bool) -> None:
    assume(target.measure_type is not MeasureType.RATIO and target.sense in (Sense.FLOOR, Sense.CEILING))
    assume(abs(target.threshold) <= 60)
    missing = shortfall(actual, target, is_whole=is_whole)
    sign = 1 if target.sense is Sense.FLOOR else -1
    assert isinstance(missing, Decimal)
    assert is_met(actual + sign * missing, target)
    if is_whole:
        count = 0
        while not is_met(actual + sign * count, target):
            count += 1
        assert missing == count
    else:
        assert missing == 0 or actual + sign * missing == target.threshold


# --- Periods and units -------------------------------------------------------------------------


@given(st.integers(1900 * 2, 2999 * 2 + 1).map(from_index))
def test_a_period_reads_back_from_every_way_to_write_it(period: Period) -> None:
    assert parse_period(period.code) == period
    assert from_index(period.index) == period
    assert from_key(period.key) == period
    assert from_date(period.start_on) == from_date(period.end_on) == period
    assert parse_period(f" {period.year} 年{'上下'[period.semester - 1]}半年") == period
    assert parse_period(f"{period.year}h{period.semester}") == period


@given(periods, periods)
def test_periods_are_ordered_in_time(one: Period, other: Period) -> None:
    assert (one < other) == (one.index < other.index) == (one.end_on < other.start_on)
    assert (one < other) == (one.key < other.key)
    assert one.next.previous == one
    assert len(list(span(one, other))) == max(0, other.index - one.index + 1)


@given(st.text(max_size=12))
def test_a_text_is_a_period_or_refused_by_name(text: str) -> None:
    try:
        period = parse_period(text)
    except ValueError as error:
        assert str(error).startswith("not a half-year: ")
    else:
        assert str(period.year) in str([int(c) if c.isdecimal() else c for c in text]).replace(", ", "")


@given(numbers(-(10**9), 10**9), st.integers(-6, 8), st.integers(-6, 8))
def test_converting_there_and_back_changes_nothing(value: Decimal, one: int, other: int) -> None:
    source = Unit("source", "money", Decimal(1).scaleb(one))
    target = Unit("target", "money", Decimal(1).scaleb(other))
    assert convert(convert(value, source, target), target, source) == value


@given(numbers(-(10**9), 10**9), st.integers(1, 99), st.integers(1, 99))
def test_converting_by_any_factor_and_back_is_true_to_fifty_digits(value: Decimal, one: int, other: int) -> None:
    source, target = Unit("source", "money", Decimal(one)), Unit("target", "money", Decimal(other))
    back = convert(convert(value, source, target), target, source)
    assert abs(back - value) <= abs(value) * Decimal("1e-50")


@given(targets(), numbers())
def test_units_change_neither_light_nor_attainment(target: Target, actual: Decimal) -> None:
    assume(target.value is not None and target.baseline is None and target.s1_value is None)
    assert target.value is not None
    scaled = replace(
        target,
        value=target.value * 10000,
        value_high=None if target.value_high is None else target.value_high * 10000,
    )
    assert is_met(actual * 10000, scaled) == is_met(actual, target)
    assert value_or_none(attainment(actual * 10000, scaled)) == value_or_none(attainment(actual, target))
