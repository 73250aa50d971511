"""Rules with a brake: what other rules would change is seen first, and only what was seen takes effect.

A version is a complete set of lines and is never changed again; the history of the mart keeps the
rows that were judged by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from etl.judging import judge_series
from etl.load import SeriesKey
from etl.publish import (
    Difference,
    chunks,
    differences,
    grain_of,
    latest_reports,
    remember,
    series_of,
    write_difference,
)
from etl.rule_lines import LONGEST_TEXT, as_rules, check_lines, seal_of, tidy
from etl.series_facts import Row, fetch_series_facts
from warehouse import tables as t
from warehouse.catalog import Catalog, fetch_catalog, release
from warehouse.errors import RuleRefused, RulesMoved
from warehouse.measures.arrival import BEIJING
from warehouse.measures.pace import ShareBasis
from warehouse.measures.period import from_key
from warehouse.measures.status import Status, late
from warehouse.queries.batches import fetch_data_version
from warehouse.queries.lineage import RowKey
from warehouse.queries.mart import Place
from warehouse.queries.rules import RuleLine

_MARGIN = 1e-6
"""Stored pace ratios are rounded to twelve places, and compared here as floats."""
_HALVES = (ShareBasis.DEFAULT_HALF, ShareBasis.SET_SHARE)
_MOVING = ("pace_ratio", "forecast")
_SEEN = (
    "indicator_key", "district_key", "breakdown_key", "period_key", "target_key", "due_period_key", "is_primary",
    "is_current", "status", "weight", *_MOVING,
)  # fmt: skip
_P = t.fact_progress.c


@dataclass(frozen=True, slots=True)
class LightChange:
    """A row of the mart whose light would change."""

    key: RowKey
    place: Place
    before: Status
    after: Status
    is_primary: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What other rules would change; nothing has been written."""

    version: str
    """What the new version would be called."""
    in_force: str
    """The version it would take the place of."""
    data_version: str
    changes: tuple[LightChange, ...]
    """By district, indicator, breakdown, half-year and due half-year."""
    others: int
    """Rows whose weight, pace ratio or forecast would change, but not their light."""
    seal: str
    """What ``change`` demands: it stands for these lines on these data."""

    @property
    def counts(self) -> Counter[tuple[Status, Status]]:
        """How many rows would go from one light to another."""
        return Counter((change.before, change.after) for change in self.changes)


class Changed(NamedTuple):
    """What came into force, in place of what, and how many lights changed by it."""

    version: str
    previous: str
    lights: int


class _Effects(NamedTuple):
    """What a new set of rules reaches."""

    crossed: list[Row]
    """Rows that only the amber line moved across, with the columns ``_SEEN`` and their new light."""
    again: set[SeriesKey]
    """Series whose lights, pace or forecasts, or what these rest on, only judging again can tell."""
    weights: Mapping[Decimal | None, list[int]]
    """New weight (None: the target's own) → indicators whose weight changes; nothing is judged for them."""

    @property
    def series(self) -> set[SeriesKey]:
        """Every series of which some row would read otherwise, but for weight and version."""
        return self.again.union(_series_key(row) for row in self.crossed)


def preview(connection: Connection, lines: Sequence[RuleLine], at: datetime) -> Preview:
    """Every light that would change under these rules. Errors: RuleRefused."""
    data_version = fetch_data_version(connection)  # first: what comes in meanwhile makes the seal void
    before = fetch_catalog(connection)
    proposed = check_lines(before, lines)
    after = replace(before, rules=as_rules(_next_version(before, at), proposed))
    effects = _effects(connection, before, after)
    changes: list[LightChange] = []
    others = _count_weights(connection, effects)
    for old, new in _foreseen(connection, after, effects):
        same_weight = old["weight"] == new["weight"]
        if old["status"] != new["status"]:
            changes.append(light_change(after, old, new["status"]))
            others -= not same_weight
        else:
            others += same_weight and any(old[name] != new[name] for name in _MOVING)
    return Preview(
        version=after.rules.version,
        in_force=before.rules.version,
        data_version=data_version,
        changes=tuple(sorted(changes, key=in_order)),
        others=others,
        seal=seal_of(data_version, before.rules.version, proposed),
    )


def change(
    connection: Connection, lines: Sequence[RuleLine], seal: str, reason: str, who: str, at: datetime
) -> Changed:
    """Bring previewed rules into force in the caller's transaction.

    Series whose lights, pace or forecasts can change are judged again; every other row is copied to
    the history and stamped anew, so that the mart is what a rebuild would make it.
    Errors: RuleRefused; RulesMoved where data or rules are not those of the preview.
    """
    before = fetch_catalog(connection)
    proposed, why = check_lines(before, lines), _reason(reason)
    if seal != seal_of(fetch_data_version(connection), before.rules.version, proposed):
        raise RulesMoved
    version = _next_version(before, at)
    after = replace(before, rules=as_rules(version, proposed))
    effects = _effects(connection, before, after)
    lights = 0
    for difference in differences(connection, after, effects.series, latest_reports(connection)):
        lights += sum(old["status"] != new["status"] for old, new in _pairs(difference))
        write_difference(connection, difference, at)
    _restamp(connection, version, effects.weights, at)
    connection.execute(insert(t.dim_rule), [{"rule_version": version, **asdict(line)} for line in proposed])
    connection.execute(
        insert(t.rule_change).values(
            rule_version=version, previous_version=before.rules.version, made_by=who, made_at=at, reason=why,
            lights_changed=lights,
        )
    )  # fmt: skip
    return Changed(version, before.rules.version, lights)


def _reason(text: str) -> str:
    reason = tidy(text)
    if reason is None:
        raise RuleRefused("请写明更改规则的理由。", "Please say why the rules are changed.")
    if len(reason) > LONGEST_TEXT:
        raise RuleRefused(f"理由最多 {LONGEST_TEXT} 字。", f"The reason has at most {LONGEST_TEXT} characters.")
    return reason


def _next_version(catalog: Catalog, at: datetime) -> str:
    """The number after the highest, or the first of a year that has begun in Beijing: 2026.1 → 2026.2, 2027.1."""
    year, (newest, number) = at.astimezone(BEIJING).year, (*release(catalog.rules.version), 0, 0)[:2]
    return f"{year}.1" if year > newest else f"{newest}.{number + 1}"


def _effects(connection: Connection, before: Catalog, after: Catalog) -> _Effects:
    """By the rows of the mart as they are.

    The amber line parts slipping from behind, so only pace ratios between the old line and the new
    cross it. A set share moves only rows that rest on the half or on another set share, and rows of
    their series that follow them; pooled intervals rest on facts alone, so no sibling moves.
    """
    ambers: dict[tuple[Decimal, Decimal], list[int]] = {}
    weights: dict[Decimal | None, list[int]] = {}
    shares: list[int] = []
    was, now = before.rules, after.rules
    for key, indicator in before.indicators.items():
        if was.amber(indicator) != now.amber(indicator):
            ambers.setdefault((was.amber(indicator), now.amber(indicator)), []).append(key)
        if was.s1_share(indicator) != now.s1_share(indicator):
            shares.append(key)
        if was.weight(indicator) != now.weight(indicator):
            weights.setdefault(now.weight(indicator), []).append(key)
    on_a_half = or_(_P.share_basis.in_(_HALVES), _P.forecast_basis.in_(_HALVES))
    again = {
        key
        for keys in chunks(shares, 400)
        for key in series_of(connection, t.fact_progress, _P.indicator_key.in_(keys), on_a_half)
    }
    crossed: list[Row] = []
    own_weights = set(weights.get(None, ()))
    for (old_line, line), indicators in ambers.items():
        for row in _between(connection, indicators, old_line, line):
            # on the line the exact ratio may lie on either side; and a target's own weight is not in the mart
            if row["pace_ratio"] == line or row["indicator_key"] in own_weights:
                again.add(_series_key(row))
            elif late(row["pace_ratio"], line) != row["status"]:
                crossed.append({**row, "new_status": late(row["pace_ratio"], line).value})
    return _Effects([row for row in crossed if _series_key(row) not in again], again, weights)


def _between(connection: Connection, indicators: list[int], one: Decimal, other: Decimal) -> Iterator[Row]:
    """Late rows whose pace ratio may lie between two amber lines, or on one."""
    low, high = float(min(one, other)) - _MARGIN, float(max(one, other)) + _MARGIN
    late_rows = and_(_P.status.in_((Status.SLIPPING, Status.BEHIND)), _P.sort_pace.between(low, high))
    for keys in chunks(indicators, 400):
        query = select(*(_P[name] for name in _SEEN)).where(_P.indicator_key.in_(keys), late_rows)
        yield from (dict(row) for row in connection.execute(query).mappings())


def _foreseen(connection: Connection, after: Catalog, effects: _Effects) -> Iterator[tuple[Row, Row]]:
    """Rows as they are and as they would be: status, weight, pace ratio, forecast. Intervals are left out."""
    for row in effects.crossed:
        set_weight = after.rules.weight(after.indicators[row["indicator_key"]])
        yield row, {"status": row["new_status"], "weight": row["weight"] if set_weight is None else set_weight}
    by_indicator: dict[int, set[SeriesKey]] = {}
    for key in effects.again:
        by_indicator.setdefault(key[0], set()).add(key)
    for indicator, series in sorted(by_indicator.items()):
        districts = sorted({key[1] for key in series})
        facts = fetch_series_facts(connection, after, ((indicator, district) for district in districts))
        old: dict[tuple[Any, ...], Row] = {}
        for keys in chunks(districts, 400):
            here = and_(_P.indicator_key == indicator, _P.district_key.in_(keys))
            query = select(*(_P[name] for name in _SEEN)).where(here)
            old |= {grain_of(row): dict(row) for row in connection.execute(query).mappings()}
        for key in series & facts.keys():
            for new in judge_series(after, key, facts[key], {}, None):
                if grain_of(new) in old:
                    yield old[grain_of(new)], new


def _count_weights(connection: Connection, effects: _Effects) -> int:
    """How many rows of the mart would have another weight."""
    own, rows = t.fact_target.c.weight, 0
    for weight, indicators in effects.weights.items():
        for keys in chunks(indicators, 400):
            query = (
                select(_P.weight, own, func.count())
                .join_from(t.fact_progress, t.fact_target, t.fact_target.c.target_key == _P.target_key)
                .where(_P.indicator_key.in_(keys))
                .group_by(_P.weight, own)
            )
            for now, targets_own, count in connection.execute(query):
                rows += count if now != (targets_own if weight is None else weight) else 0
    return rows


def _restamp(connection: Connection, version: str, weights: Mapping[Decimal | None, list[int]], at: datetime) -> None:
    """Rows not judged again: the former ones to the history, the same with the new version and weight in the mart."""
    others = _P.rule_version != version
    remember(connection, others, at)
    own = select(t.fact_target.c.weight).where(t.fact_target.c.target_key == _P.target_key).scalar_subquery()
    for weight, indicators in weights.items():
        for keys in chunks(indicators, 400):
            of_targets = and_(others, _P.target_key.is_not(None), _P.indicator_key.in_(keys))
            value = own if weight is None else weight
            connection.execute(update(t.fact_progress).where(of_targets).values(weight=value))
    connection.execute(update(t.fact_progress).where(others).values(rule_version=version, recorded_at=at))


def _pairs(difference: Difference) -> Iterator[tuple[Row, Row]]:
    """Rows as they are and as they would be; rules make no row come or go."""
    old = {grain_of(row): row for row in difference.stale}
    return ((old[grain_of(row)], row) for row in difference.fresh if grain_of(row) in old)


def _series_key(row: Row) -> SeriesKey:
    return row["indicator_key"], row["district_key"], row["breakdown_key"]


def light_change(catalog: Catalog, row: Row, light: str) -> LightChange:
    """A row of the mart as it is, with the light it would have."""
    return LightChange(
        key=RowKey(
            catalog.districts[row["district_key"]].code,
            catalog.indicators[row["indicator_key"]].code,
            catalog.breakdowns[row["breakdown_key"]].code,
            from_key(row["period_key"]),
            from_key(row["due_period_key"]),
        ),
        place=Place(*_series_key(row)),
        before=Status(row["status"]),
        after=Status(light),
        is_primary=row["is_primary"],
        is_current=row["is_current"],
    )


def in_order(change: LightChange) -> tuple[str, str, str, int, int]:
    """To sort by: district, indicator, breakdown, half-year and due half-year."""
    key = change.key
    return (
        key.district_code, key.indicator_code, key.breakdown_code, key.period.index, key.due.index if key.due else 0,
    )  # fmt: skip
