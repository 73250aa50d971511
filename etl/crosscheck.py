"""Cross-checks: what no single row can tell. Repetitions, sums that do not add up, figures far from their history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from operator import itemgetter
from typing import Any

from etl.amount import Amount, NotAnAmount, parse_amount
from etl.conform import GRAINS, Conformed, Origin, finding_of, grain_of, refusal_of
from etl.findings import Finding
from etl.sheets import cell_name
from etl.table import SumCell, Table
from etl.validate import Problem
from warehouse.catalog import Catalog, Indicator
from warehouse.measures.computed import EXACT, divide
from warehouse.measures.period import from_key
from warehouse.measures.quantity import format_decimal
from warehouse.measures.target import MeasureType

Series = tuple[int, int, int]
History = Mapping[Series, Sequence[tuple[int, Decimal]]]
"""By indicator, district and breakdown: period key and value in the indicator's unit, oldest first."""

_FAR, _FAR_POINTS, _FAR_FROM_NOTHING, _MOST_NAMED = 5, 30, 100, 5
_SAYS = itemgetter("indicator_key", "district_key", "breakdown_key", "period_key", "value", "unit_code")
_SAID_ALIKE = ("comparator", "value", "value_high", "qualifier", "due_on", "numerator", "denominator")
_ADD_UP = (MeasureType.FLOW, MeasureType.STOCK)


def cross_check(parts: Sequence[Conformed], kind: str, catalog: Catalog, history: History) -> Conformed:
    """All records of one kind in a file, judged together: one Conformed, its findings in the order of the file."""
    whole = _together(parts, kind)
    bad: dict[int, list[Problem]] = {}
    grains = list(map(GRAINS[kind], whole.rows))
    _find_repetitions(whole, grains, catalog, bad)
    _find_wrong_sums(whole, catalog, bad)
    _find_wrong_breakdowns(whole, catalog, bad)
    if kind == "actual":
        _find_wrong_parts(whole, bad)
    cautions = list(_far_from_history(whole, grains, catalog, history, bad)) if kind == "actual" else []
    return _without(whole, bad, cautions)


def _together(parts: Sequence[Conformed], kind: str) -> Conformed:
    mine = [part for part in parts if part.kind == kind]
    return Conformed(
        kind,
        tuple(row for part in mine for row in part.rows),
        tuple(origin for part in mine for origin in part.origins),
        tuple(refused for part in mine for refused in part.refused),
        tuple(blank for part in mine for blank in part.blanks),
    )


def _without(
    whole: Conformed, bad: Mapping[int, Sequence[Problem]], cautions: Sequence[tuple[Origin, Finding]]
) -> Conformed:
    """The rows that stand; all others refused."""
    if not bad:
        return replace(whole, cautions=tuple(cautions))
    kept = [number for number in range(len(whole.rows)) if number not in bad]
    return replace(
        whole,
        rows=tuple(whole.rows[n] for n in kept),
        origins=tuple(whole.origins[n] for n in kept),
        refused=whole.refused + tuple(refusal_of(whole.origins[n], problems) for n, problems in bad.items()),
        cautions=tuple(cautions),
    )


# repetitions


def _find_repetitions(
    whole: Conformed, grains: Sequence[tuple[Any, ...]], catalog: Catalog, bad: dict[int, list[Problem]]
) -> None:
    """The same fact twice: said alike, the first stands; said otherwise, none does."""
    if len(set(grains)) == len(grains):
        return
    first: dict[tuple[Any, ...], int] = {}
    again: dict[int, list[int]] = {}
    for number, grain in enumerate(grains):
        earlier = first.setdefault(grain, number)
        if earlier != number:
            again.setdefault(earlier, [earlier]).append(number)
    for numbers in again.values():
        said = {_saying(whole.rows[n], catalog) for n in numbers}
        for number in numbers if len(said) > 1 else numbers[1:]:
            others = (n for n in numbers if n != number) if len(said) > 1 else numbers[:1]
            named = list(islice(others, _MOST_NAMED))
            zh = "、".join(f"{_place(whole.origins[n], 'zh')}（{_figure(whole.rows[n])}）" for n in named)
            en = ", ".join(f"{_place(whole.origins[n], 'en')} ({_figure(whole.rows[n])})" for n in named)
            reason = "conflicting_rows" if len(said) > 1 else "duplicate_row"
            bad.setdefault(number, []).append(Problem(reason, None, f"另见{zh}。", f"See {en}."))


def _saying(row: Mapping[str, Any], catalog: Catalog) -> tuple[Any, ...]:
    """What a row says, whatever unit it says it in."""
    indicator = catalog.indicators[row["indicator_key"]]
    values = {
        name: catalog.in_its_unit(indicator, row[name], row["unit_code"])
        if name in ("value", "value_high") and row[name] is not None
        else row[name]
        for name in _SAID_ALIKE
        if name in row
    }
    return tuple(values.items())


def _place(origin: Origin, language: str) -> str:
    table, record = origin
    sheet, number = table.sheet.name, table.rows[record] + 1
    cell = table.cell("value", record) or ""
    if language == "en":
        return f"{sheet + ' ' if sheet else ''}row {number}{' ' + cell if cell else ''}"
    return f"{'“' + sheet + '”' if sheet else ''}第 {number} 行{' ' + cell if cell else ''}"


def _figure(row: Mapping[str, Any]) -> str:
    value = "" if row["value"] is None else format_decimal(row["value"])
    high = row.get("value_high")
    return (
        f"{row.get('comparator') or ''} {value}{'–' + format_decimal(high) if high is not None else ''}".strip() or "—"
    )


# sums


def _find_wrong_sums(whole: Conformed, catalog: Catalog, bad: dict[int, list[Problem]]) -> None:
    """合计 in the file against the figures it is the sum of; shares and standards are not added."""
    tables = {id(table): table for table, _ in whole.origins if table.sums}
    if not tables:
        return
    numbers = {(id(table), record): n for n, (table, record) in enumerate(whole.origins)}
    unread = {(id(refused.origin.table), refused.origin.record) for refused in whole.refused}
    for key, table in tables.items():
        for cell in table.sums:
            said = _amount(cell.text)
            if said is None:
                continue
            sums: list[tuple[Decimal, list[int]]] = []
            for part in cell.parts:
                if any((key, record) in unread for record in part):
                    sums = []
                    break
                found = [numbers[key, record] for record in part if (key, record) in numbers]
                alike = _alike(whole, found, table, cell, catalog)
                if alike:
                    sums.append((sum((whole.rows[n]["value"] for n in alike), Decimal(0)), alike))
                elif found and part is cell.parts[0]:
                    break  # of persons and households together, which is no sum of the rows below either
            if sums and all(total != said for total, _ in sums):
                total, alike = max(sums, key=lambda found: len(found[1]))
                problem = _sum_problem(cell.row_no, cell.column, table, said, total)
                for n in alike:
                    bad.setdefault(n, []).append(problem)


def _alike(whole: Conformed, numbers: Sequence[int], table: Table, cell: SumCell, catalog: Catalog) -> list[int]:
    """The records that can be added: of one indicator that adds up, half-year and unit, as the sum's row says."""
    found = []
    wanted = {
        name: table.sheet.cell(cell.row_no, column)
        for name, column in table.places.items()
        if name in ("indicator_code", "indicator_name", "breakdown_code", "period_code")
    }
    for n in numbers:
        record = whole.origins[n].record
        said_alike = all(
            not text
            or not table.text(name, record)
            or text == table.text(name, record)
            or text in ("合计", "总计", "小计")
            for name, text in wanted.items()
        )
        if said_alike and whole.rows[n]["value"] is not None:
            found.append(n)
    keys = {tuple(v for k, v in _added_over(whole.kind, whole.rows[n])) for n in found}
    if len(keys) != 1 or not found:
        return []
    row = whole.rows[found[0]]
    indicator = catalog.indicators[row["indicator_key"]]
    return found if indicator.measure_type in _ADD_UP else []


def _added_over(kind: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What must be the same of figures that are added over districts."""
    grain = grain_of(kind, row)
    yield from (("indicator", grain[0]), ("breakdown", grain[2]), ("period", grain[3]))
    yield from (("unit", row["unit_code"]), ("comparator", row.get("comparator")))


def _sum_problem(row: int, column: int, table: Table, said: Decimal, total: Decimal) -> Problem:
    place = cell_name(row, column)
    sheet = table.sheet.name
    return Problem(
        "sum_mismatch", "value",
        f"{sheet + '!' if sheet else ''}{place} 写的合计是 {said:f}，各项相加是 {total:f}，差 {said - total:f}。",
        f"{sheet + '!' if sheet else ''}{place} says {said:f}, its parts make {total:f}: {said - total:f} apart.",
    )  # fmt: skip


def _amount(text: str) -> Decimal | None:
    try:
        found = parse_amount(text)
    except NotAnAmount:
        return None
    return found.value if isinstance(found, Amount) and found.unit in (None, "%") and found.qualifier is None else None


def _find_wrong_breakdowns(whole: Conformed, catalog: Catalog, bad: dict[int, list[Problem]]) -> None:
    """总计 against 城市 and 农村 of the same district and half-year, where all three are here."""
    codes = {
        code: catalog.breakdown_by_code[code].key
        for code in ("total", "urban", "rural")
        if code in catalog.breakdown_by_code
    }
    if len(codes) < 3:
        return
    found: dict[tuple[Any, ...], dict[int, int]] = {}
    parted = {(r["indicator_key"], r["district_key"]) for r in whole.rows if r["breakdown_key"] == codes["urban"]}
    for n, row in enumerate(whole.rows if parted else ()):
        if (row["indicator_key"], row["district_key"]) not in parted:
            continue
        if row["breakdown_key"] in codes.values() and row["value"] is not None and row.get("comparator") in (None, "="):
            grain = grain_of(whole.kind, row)
            found.setdefault((grain[0], grain[1], grain[3]), {})[row["breakdown_key"]] = n
    for (indicator_key, *_), mine in found.items():
        indicator = catalog.indicators[indicator_key]
        if len(mine) < 3 or indicator.measure_type not in _ADD_UP:
            continue
        values = {
            key: catalog.in_its_unit(indicator, whole.rows[n]["value"], whole.rows[n]["unit_code"])
            for key, n in mine.items()
        }
        total, parts = values[codes["total"]], values[codes["urban"]] + values[codes["rural"]]
        if total == parts or any(whole.rows[n].get("qualifier") for n in mine.values()):
            continue
        problem = Problem(
            "sum_mismatch", "value",
            f"总计 {total:f}，城市与农村相加是 {parts:f}，差 {total - parts:f}。",
            f"The total is {total:f}, town and country add up to {parts:f}: {total - parts:f} apart.",
        )  # fmt: skip
        for n in mine.values():
            bad.setdefault(n, []).append(problem)


def _find_wrong_parts(whole: Conformed, bad: dict[int, list[Problem]]) -> None:
    """A share against its numerator and denominator, to the last digit it is given in."""
    for n, row in enumerate(whole.rows):
        if row["numerator"] is None or row["qualifier"] is not None:
            continue
        share = divide(row["numerator"], row["denominator"])
        if row["unit_code"] == "percent":
            share = EXACT.multiply(share, Decimal(100))
        last = Decimal(1).scaleb(int(row["value"].as_tuple().exponent))
        if abs(share - row["value"]) >= last:
            shown = share.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
            problem = Problem("parts_mismatch", "value", f"分子除以分母是 {shown:f}。", f"The parts make {shown:f}.")
            bad.setdefault(n, []).append(problem)


# history


def _far_from_history(
    whole: Conformed,
    grains: Sequence[tuple[Any, ...]],
    catalog: Catalog,
    history: History,
    bad: Mapping[int, Any],
) -> Iterator[tuple[Origin, Finding]]:
    """Cautions: a figure some times larger or smaller than ever before, or a flow that falls within its year."""
    said_of: defaultdict[Series, dict[int, Decimal]] = defaultdict(dict)
    units = {key: indicator.unit_code for key, indicator in catalog.indicators.items()}
    for n, (key, district, breakdown, period, value, unit) in enumerate(map(_SAYS, whole.rows)):
        if n not in bad:
            if unit != units[key]:
                value = catalog.in_its_unit(catalog.indicators[key], value, unit)
            said_of[key, district, breakdown][period] = value
    found: dict[tuple[int, ...], list[Problem]] = {}
    for series, said in said_of.items():
        past = dict(history.get(series, ()))
        odd = _oddities(past | said, catalog.indicators[series[0]]) if len(said) + len(past) > 1 else ()
        for period, problem in odd:
            if period in said and past.get(period) != said[period]:
                found.setdefault((*series, period), []).append(problem)
    numbers = {grain: n for n, grain in enumerate(grains) if grain in found and n not in bad} if found else {}
    for grain, problems in found.items():
        for problem in problems:
            origin = whole.origins[numbers[grain]]
            yield origin, _caution(origin, problem)


def _oddities(known: Mapping[int, Decimal], indicator: Indicator) -> Iterator[tuple[int, Problem]]:
    """Of a series' values by period key, those to be looked at; only the largest and the smallest can be far."""
    is_flow = indicator.measure_type is MeasureType.FLOW
    for key, value in known.items() if is_flow else ():
        earlier = known.get(key - 1) if key % 10 == 2 else None
        if earlier is not None and value < earlier:
            zh = f"上半年是 {format_decimal(earlier)}，到年底是 {format_decimal(value)}。"
            en = f"By mid-year it was {format_decimal(earlier)}, by the end of the year {format_decimal(value)}."
            yield key, Problem("falls_within_year", "value", zh, en)
    for half in (1, 2) if is_flow else (0,):
        alike = {key: value for key, value in known.items() if key % 10 == half} if half else known
        ordered = sorted(alike.values())
        for value, next_one in ((ordered[0], ordered[1]), (ordered[-1], ordered[-2])) if len(ordered) > 1 else ():
            if _is_far(value, next_one, indicator):
                key = next(key for key, other in alike.items() if other == value)  # no other is as far
                others = sorted((other, known[other]) for other in alike if other != key)[-_MOST_NAMED:]
                words = "、".join(f"{from_key(other).code} {format_decimal(v)}" for other, v in others)
                yield key, Problem("far_from_history", "value", f"历史：{words}。", f"History: {words}.")


def _is_far(value: Decimal, next_one: Decimal, indicator: Indicator) -> bool:
    """Five times as much or as little as the next one; of shares, thirty points; from or to nothing, a hundred."""
    if indicator.unit_code == "percent":
        return abs(value - next_one) > _FAR_POINTS
    if value == 0 or next_one == 0:
        return abs(value - next_one) >= _FAR_FROM_NOTHING
    larger, smaller = max(abs(value), abs(next_one)), min(abs(value), abs(next_one))
    return larger > _FAR * smaller


def _caution(origin: Origin, problem: Problem) -> Finding:
    return finding_of(*origin, problem, with_raw=False)
