"""One row of cases → what the measures make of it: input columns in, output columns out, all text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from warehouse.measures.attainment import attainment, gap, progress_from_baseline
from warehouse.measures.computed import Computed, NotComputable, Reason
from warehouse.measures.forecast import Forecast, forecast
from warehouse.measures.pace import Pace, pace, pace_ratio
from warehouse.measures.period import Period, parse_period
from warehouse.measures.quantity import format_decimal, parse_decimal, round_honestly
from warehouse.measures.rollup import Part, Spread, increments, over_districts, spread, year_to_date
from warehouse.measures.score import Judged, rank, score
from warehouse.measures.series import Commitment, Series, judge
from warehouse.measures.shortfall import Share, shortfall
from warehouse.measures.status import DEFAULT_AMBER, Status, is_overdue
from warehouse.measures.target import Baseline, Comparator, Direction, MeasureType, Target, is_met, is_stretch

Row = Mapping[str, str]
Outputs = dict[str, str]

ABSENT = "—"
PLACES = 12
"""Decimals of an endless quotient in the cases, the same as in the mart; shorter values are exact."""


def evaluate_attainment(row: Row) -> Outputs:
    """完成率, progress from baseline and gap of one actual against one target."""
    actual, target = parse_decimal(row["actual"]), _target(row)
    return {
        "attainment": _text(attainment(actual, target)),
        "progress": _text(progress_from_baseline(actual, target)),
        "gap": _text(gap(actual, target)),
        "met": _yes(is_met(actual, target)),
        "stretch": _yes(is_stretch(actual, target)),
    }


def evaluate_pace(row: Row) -> Outputs:
    """序时进度 of a target at a period, what it rests on, and the pace ratio."""
    target, at, history = _target(row), parse_period(row["period"]), _history(row)
    expected = pace(target, at, history, _decimal(row["s1_share"]))
    reached = _reached(target, at, history)
    ratio = reached if isinstance(reached, NotComputable) else pace_ratio(reached, target, expected)
    return {
        "expected_share": _text(expected.expected_share if isinstance(expected, Pace) else expected),
        "basis": expected.basis.value if isinstance(expected, Pace) else "",
        "pace_ratio": _text(ratio),
    }


def evaluate_status(row: Row) -> Outputs:
    """亮灯 and everything shown beside it, judged as the mart judges it."""
    at, target = parse_period(row["period"]), _target(row) if row["due"] else None
    series = Series(
        actuals=_history(row),
        commitments=[] if target is None else [Commitment(1, target)],
        amber=_decimal(row["amber"]) or DEFAULT_AMBER,
        s1_share=_decimal(row["s1_share"]),
    )
    seen = next(one for one in judge(series) if one.period == at)
    overdue = ""
    if row["today"] and target is not None:
        due_on = date.fromisoformat(row["due_on"]) if row["due_on"] else None
        overdue = _yes(is_overdue(seen.light, target.due, due_on, date.fromisoformat(row["today"])))
    return {
        "status": seen.light.value,
        "attainment": _text(seen.attainment),
        "gap": _text(seen.gap),
        "pace_ratio": _text(seen.pace_ratio),
        "forecast": _text(seen.forecast.value if isinstance(seen.forecast, Forecast) else seen.forecast),
        "stretch": _yes(seen.is_stretch),
        "overdue": overdue,
    }


def evaluate_forecast(row: Row) -> Outputs:
    """预测 of the value at the due period, its 80 % interval, and what both rest on."""
    target, at, history = _target(row), parse_period(row["period"]), _history(row)
    reached = _reached(target, at, history)
    pooled = [value for value in _list(row["pooled"]) if value is not None]
    s1_share = _decimal(row["s1_share"])
    outlook = (
        reached if isinstance(reached, NotComputable) else forecast(reached, target, at, history, pooled, s1_share)
    )
    if isinstance(outlook, NotComputable):
        empty = dict.fromkeys(("basis", "low", "high", "interval_basis", "support"), "")
        return {"forecast": _text(outlook), **empty}
    return {
        "forecast": _text(outlook.value),
        "basis": str(outlook.basis),
        "low": _text(outlook.low),
        "high": _text(outlook.high),
        "interval_basis": outlook.interval_basis.value if outlook.interval_basis else "",
        "support": str(outlook.support),
    }


def evaluate_rollup(row: Row) -> Outputs:
    """汇总: a total over districts with its coverage, or the last value over periods."""
    outputs = dict.fromkeys(("total", "coverage", "low", "middle", "high", "year_to_date", "increment"), "")
    if row["values"]:
        outputs |= _over_districts(row)
    if row["history"]:
        history, at = _history(row), parse_period(row["period"])
        outputs["year_to_date"] = _text(year_to_date(history, parse_period(row["first"]), at))
        outputs["increment"] = _text(increments(history).get(at, NotComputable(Reason.PARTS_MISSING)))
    return outputs


def evaluate_score(row: Row) -> Outputs:
    """考核得分 of a district from its targets: weights, attainments and lights in the same order."""
    columns = (_list(row["weights"]), _list(row["attainments"]), _entries(row["statuses"]))
    judged = [
        Judged(weight or Decimal(0), reached, Status(light)) for weight, reached, light in zip(*columns, strict=True)
    ]
    result = score(judged)
    return {"score": _text(result.value), "targets": str(result.targets), "reported": str(result.reported)}


def evaluate_rank(row: Row) -> Outputs:
    """名次 of districts; one that reported nothing has none and moves nobody."""
    values = {name: value for name, value in _named(row["values"]).items() if value is not None}
    ranks = rank(values, lower_is_better=row["better"] == Direction.LOWER)
    if isinstance(ranks, NotComputable):
        return {"ranks": _text(ranks)}
    return {"ranks": ";".join(f"{name}:{place}" for name, place in ranks.items())}


def evaluate_shortfall(row: Row) -> Outputs:
    """还差多少: what is missing until the target is reached."""
    numerator, denominator = _decimal(row["numerator"]), _decimal(row["denominator"])
    share = None if numerator is None or denominator is None else Share(numerator, denominator)
    missing = shortfall(
        parse_decimal(row["actual"]),
        _target(row),
        is_whole=row["whole"] == "yes",
        share=share,
        unit_factor=_decimal(row["unit_factor"]) or Decimal(1),
    )
    return {"shortfall": _text(missing)}


def evaluate_display(row: Row) -> Outputs:
    """The honestly rounded value, and the same as the screen writes it."""
    value = parse_decimal(row["value"])
    edges = [edge for edge in _list(row["boundaries"]) if edge is not None]
    if not row["places"]:
        return {"rounded": f"{value:f}", "shown": format_decimal(value)}
    places = int(row["places"])
    return {
        "rounded": f"{round_honestly(value, places, edges):f}",
        "shown": format_decimal(value, places, edges),
    }


def evaluate_period(row: Row) -> Outputs:
    """半年度 of a text, with its first and last day; a text that names none is refused."""
    try:
        period = parse_period(row["text"])
    except ValueError:
        return {"period": f"{ABSENT}not_a_period", "start_on": "", "end_on": ""}
    return {"period": period.code, "start_on": period.start_on.isoformat(), "end_on": period.end_on.isoformat()}


def _over_districts(row: Row) -> Outputs:
    measure_type, values = MeasureType(row["measure_type"]), _list(row["values"])
    unknown: Sequence[None] = [None] * len(values)
    above, below = _list(row["numerators"]) or unknown, _list(row["denominators"]) or unknown
    parts = [Part(*numbers) for numbers in zip(values, above, below, strict=True)]
    result = over_districts(measure_type, parts, _decimal(row["unit_factor"]) or Decimal(1))
    outputs = {"total": _text(result.value), "coverage": f"{result.covered}/{result.expected}"}
    if measure_type is MeasureType.RATE_STANDARD:
        range_ = spread([value for value in values if value is not None])
        if isinstance(range_, Spread):
            outputs |= {"low": _text(range_.low), "middle": _text(range_.middle), "high": _text(range_.high)}
        else:
            outputs |= dict.fromkeys(("low", "middle", "high"), _text(range_))
    return outputs


def _reached(target: Target, at: Period, history: Mapping[Period, Decimal]) -> Computed:
    """The actual a target is judged by: over all its years for a flow, the value itself otherwise."""
    if target.measure_type is MeasureType.FLOW:
        return year_to_date(history, target.first, at)
    return history.get(at, NotComputable(Reason.NO_ACTUAL))


def _target(row: Row) -> Target:
    """The target of a row; where a rule knows no time, the periods are any."""
    baseline = _decimal(row.get("baseline", ""))
    baseline_period = parse_period(row.get("baseline_period") or "2019-S2")
    return Target(
        measure_type=MeasureType(row["measure_type"]),
        direction=Direction(row["direction"]),
        comparator=Comparator(row["comparator"]) if row["comparator"] else None,
        value=_decimal(row["target"]),
        first=parse_period(row.get("first") or "2020-S1"),
        due=parse_period(row.get("due") or "2020-S2"),
        value_high=_decimal(row.get("target_high", "")),
        baseline=None if baseline is None else Baseline(baseline, baseline_period),
        s1_value=_decimal(row.get("s1_value", "")),
    )


def _history(row: Row) -> dict[Period, Decimal]:
    """Earlier values and, where the row has one, the actual of its own period."""
    known = {parse_period(name): value for name, value in _named(row["history"]).items() if value is not None}
    actual = _decimal(row.get("actual", ""))
    return known if actual is None else {**known, parse_period(row["period"]): actual}


def _named(text: str) -> dict[str, Decimal | None]:
    pairs = (entry.split(":", 1) for entry in _entries(text))
    return {name: _decimal(value) for name, value in pairs}


def _list(text: str) -> list[Decimal | None]:
    return [_decimal(entry) for entry in _entries(text)]


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(";")] if text else []


def _decimal(text: str) -> Decimal | None:
    return None if text in ("", ABSENT) else parse_decimal(text)


def _text(computed: Computed | None) -> str:
    if computed is None:
        return ""
    if isinstance(computed, NotComputable):
        return f"{ABSENT}{computed.reason.value}"
    return format_decimal(computed, PLACES, (Decimal(0), Decimal(1))).replace(",", "")


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
