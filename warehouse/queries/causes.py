"""Why a row of the mart reads otherwise: the figure, the target, the rules, other figures, or the program.

A figure or target is the cause where another version of it stands behind the row; the rules where those
for the indicator differ. What is left follows from other figures of the series, from other districts
(whose shares are pooled), or from the district's report of another half-year.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, func, select

from warehouse import tables as t
from warehouse.catalog import Catalog
from warehouse.measures.forecast import IntervalBasis
from warehouse.measures.pace import ShareBasis
from warehouse.measures.status import Status
from warehouse.queries.facts import stands
from warehouse.queries.lineage import Fact, fact_of
from warehouse.queries.mart import Place, ProgressRow


class Cause(StrEnum):
    """What a change comes from."""

    TARGET = "target"
    DATA = "data"
    RULE = "rule"
    HISTORY = "history"
    """Other figures: earlier half-years of the series, or the shares of other districts."""
    PERIOD = "period"
    """The district reports another half-year, which is now the one that tells where it stands."""
    RECOMPUTED = "recomputed"
    """Neither facts nor rules: a definition or the program."""


class Act(StrEnum):
    """What was done to a figure or target."""

    NEW = "new"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"
    """A batch was taken back, and with it a figure it brought, or a withdrawal."""


class Version(NamedTuple):
    """A row of the mart as it read from one moment to another."""

    row: ProgressRow
    is_current: bool
    """Whether it tells where its district stands at its own latest report."""
    recorded_at: datetime
    superseded_at: datetime | None


Pair = tuple[Version | None, Version | None]
"""A row before and after; at least one is there."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause of a change, with what was done, by whom and when, as far as it is known."""

    cause: Cause
    act: Act | None = None
    old: Fact | None = None
    new: Fact | None = None
    """The figure or target before and after."""
    batch_key: int | None = None
    file_name: str | None = None
    who: str | None = None
    at: datetime | None = None
    rule_version: str | None = None
    text: str | None = None
    """Why the rules were changed, in the words of who changed them."""


class _Facts(NamedTuple):
    """One fact table: versions that stand behind the rows of any pair, and which of them stood then and stand now."""

    cause: Cause
    key_name: str
    by_key: Mapping[int, Fact]
    stood: frozenset[int]
    stand: frozenset[int]
    ended: Mapping[int, datetime]
    """When those ceased to stand that nothing newer took the place of."""


class _Batches(NamedTuple):
    """Batches by the moment they came in, and by the moment they were taken back."""

    loaded: Mapping[datetime, Any]
    undone: Mapping[datetime, Any]


def explain(
    connection: Connection, catalog: Catalog, pairs: Sequence[Pair], since: datetime, until: datetime | None
) -> list[tuple[Reason, ...]]:
    """The reasons of each pair; at least one."""
    kinds = [
        _facts(connection, catalog, pairs, table, cause, since, until)
        for table, cause in ((t.fact_target, Cause.TARGET), (t.fact_actual, Cause.DATA))
    ]
    rows = connection.execute(_BATCHES).all()
    batches = _Batches({row.loaded_at: row for row in rows}, {row.undone_at: row for row in rows if row.undone_at})
    rules = {row.rule_version: row for row in connection.execute(select(t.rule_change))}
    found: list[list[Reason]] = []
    of_series: dict[Place, Reason] = {}
    for pair in pairs:
        reasons = [reason for facts in kinds if (reason := _of_fact(facts, pair, since, batches)) is not None]
        for reason in reasons:
            place, known = _row(pair).place, of_series.get(_row(pair).place)
            if known is None or (reason.at or since) > (known.at or since):
                of_series[place] = reason
        if _rules_matter(catalog, pair, is_only_cause=not reasons):
            reasons.append(_of_rules(rules, pair))
        found.append(reasons)
    for pair, reasons in zip(pairs, found, strict=True):
        if not reasons or (_same_keys(pair) and _figure(pair[0]) != _figure(pair[1])):
            reasons.append(_of_others(pair, of_series.get(_row(pair).place), has_reason=bool(reasons)))
    return [tuple(reasons) for reasons in found]


_BATCHES = select(
    t.load_batch.c.batch_key, t.load_batch.c.file_name, t.load_batch.c.loaded_by, t.load_batch.c.loaded_at,
    t.load_batch.c.undone_by, t.load_batch.c.undone_at,
)  # fmt: skip


def _facts(
    connection: Connection,
    catalog: Catalog,
    pairs: Sequence[Pair],
    table: Table,
    cause: Cause,
    since: datetime,
    until: datetime | None,
) -> _Facts:
    name = "target_key" if cause is Cause.TARGET else "actual_key"
    moved: set[int] = set()
    come: set[int] = set()
    gone: set[int] = set()
    for before, after in pairs:
        was, now = _key(before, name), _key(after, name)
        if was != now:
            moved |= {was, now}
            come |= {now} if before is None else set()
            gone |= {was} if after is None else set()
    by_key = {}
    b = t.load_batch.c
    for keys in _chunks(moved - {0}):
        query = select(table, b.file_name, b.loaded_by).join(t.load_batch, b.batch_key == table.c.batch_key)
        for row in connection.execute(query.where(table.c[name].in_(keys))).mappings():
            by_key[row[name]] = fact_of(catalog, row, name)
    known_then = {key for key in come - {0} if by_key[key].recorded_at <= since}
    fresh = {key for key, fact in by_key.items() if fact.recorded_at > since}
    ended = {_key(before, name) for before, after in pairs if _key(after, name) not in fresh} & moved - {0}
    return _Facts(
        cause,
        name,
        by_key,
        _standing(connection, table, name, known_then, since),
        _standing(connection, table, name, gone - {0}, until),
        _ended(connection, name, ended, since, until),
    )


def _ended(
    connection: Connection, name: str, keys: set[int], since: datetime, until: datetime | None
) -> dict[int, datetime]:
    """Until when the mart rested on facts, in between; their own stamps may have been taken back by an undo since."""
    h = t.fact_progress_history.c
    within = [h.superseded_at > since] if until is None else [h.superseded_at > since, h.superseded_at <= until]
    found: dict[int, datetime] = {}
    for part in _chunks(keys):
        query = select(h[name], func.max(h.superseded_at)).where(h[name].in_(part), *within).group_by(h[name])
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def _standing(
    connection: Connection, table: Table, name: str, keys: set[int], moment: datetime | None
) -> frozenset[int]:
    """Which facts stand at a moment, or now."""
    found: set[int] = set()
    for part in _chunks(keys):
        found |= set(
            connection.execute(select(table.c[name]).where(table.c[name].in_(part), stands(table, moment))).scalars()
        )
    return frozenset(found)


def _of_fact(facts: _Facts, pair: Pair, since: datetime, batches: _Batches) -> Reason | None:
    """What was done to the figure or target behind a row; None where it is the same as before."""
    before, after = pair
    was, now = _key(before, facts.key_name), _key(after, facts.key_name)
    if was == now or (before is None and now in facts.stood) or (after is None and was in facts.stand):
        return None
    old, new = facts.by_key.get(was), facts.by_key.get(now)
    if new is not None and new.recorded_at > since:
        act = Act.NEW if old is None else Act.CORRECTED
        return Reason(facts.cause, act, old, new, new.batch_key, new.file_name, new.loaded_by, new.recorded_at)
    moment = facts.ended.get(was) or _moment(pair)
    batch = batches.undone.get(moment)
    if batch is not None:
        return Reason(facts.cause, Act.UNDONE, old, new, batch.batch_key, batch.file_name, batch.undone_by, moment)
    act, batch = Act.UNDONE if new is not None else Act.WITHDRAWN, batches.loaded.get(moment)
    if batch is None:
        return Reason(facts.cause, act, old, new, at=moment)
    return Reason(facts.cause, act, old, new, batch.batch_key, batch.file_name, batch.loaded_by, moment)


def _rules_matter(catalog: Catalog, pair: Pair, *, is_only_cause: bool) -> bool:
    """Whether other rules moved a row with a target; beside another figure or target, whether they decide its light."""
    before, after = pair
    if before is None or after is None or before.row.rule_version == after.row.rule_version:
        return False
    if before.row.target_key is None or after.row.target_key is None:
        return False
    indicator = catalog.indicators[after.row.indicator_key]
    was, now = (catalog.rules_of(version.row.rule_version) for version in (before, after))
    amber_differs = was.amber(indicator) != now.amber(indicator)
    share_differs = was.s1_share(indicator) != now.s1_share(indicator)
    if is_only_cause:
        differs = amber_differs or share_differs or was.weight(indicator) != now.weight(indicator)
        return differs and any(getattr(before.row, name) != getattr(after.row, name) for name in _BY_RULES)
    return (amber_differs and after.row.light in _BY_AMBER) or (share_differs and after.row.share_basis in _BY_SHARE)


_BY_RULES = (
    "status", "weight", "expected_share", "share_basis", "pace_ratio", "forecast", "forecast_low", "forecast_high",
    "forecast_basis", "previous_status", "since_period_key",
)  # fmt: skip
"""What rules may change."""
_BY_AMBER = (Status.SLIPPING, Status.BEHIND)
_BY_SHARE = (ShareBasis.SET_SHARE, ShareBasis.DEFAULT_HALF)
_POOLED = ("forecast_low", "forecast_high", "forecast_support", "interval_basis")


def _of_rules(rules: Mapping[str, Any], pair: Pair) -> Reason:
    version = _row(pair).rule_version
    made = rules.get(version)
    if made is None:  # a line of data/reference/rules.csv
        return Reason(Cause.RULE, at=pair[1].recorded_at if pair[1] else None, rule_version=version)
    return Reason(Cause.RULE, who=made.made_by, at=made.made_at, rule_version=version, text=made.reason)


def _of_others(pair: Pair, of_series: Reason | None, *, has_reason: bool) -> Reason:
    """Why a row moved with the same facts and rules behind it."""
    before, after = pair
    at = _moment(pair)
    differ = [
        name
        for name in ProgressRow._fields
        if before is not None and after is not None and getattr(before.row, name) != getattr(after.row, name)
    ]
    shown = [name for name in differ if name != "rule_version"]
    if not shown and before is not None and after is not None:
        return Reason(Cause.PERIOD, at=at)
    if of_series is not None:
        cause = of_series
        return Reason(Cause.HISTORY, cause.act, None, None, cause.batch_key, cause.file_name, cause.who, cause.at)
    if set(shown) <= set(_POOLED):
        pooled = IntervalBasis.POOLED_DISTRICTS
        if any(version is not None and version.row.interval_basis == pooled for version in pair):
            return Reason(Cause.HISTORY, at=at)
    return Reason(Cause.HISTORY if has_reason else Cause.RECOMPUTED, at=at)


def _row(pair: Pair) -> ProgressRow:
    version = pair[1] or pair[0]
    assert version is not None
    return version.row


def _key(version: Version | None, name: str) -> int:
    """The fact behind a version, 0 for none."""
    return 0 if version is None else getattr(version.row, name) or 0


def _figure(version: Version | None) -> Any:
    return None if version is None else version.row.actual


def _same_keys(pair: Pair) -> bool:
    return _key(pair[0], "actual_key") == _key(pair[1], "actual_key")


def _moment(pair: Pair) -> datetime:
    """Since when a row reads as it does, or until when it was there."""
    before, after = pair
    moment = after.recorded_at if after is not None else before.superseded_at if before is not None else None
    assert moment is not None
    return moment


def _chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), 400):
        yield ordered[start : start + 400]
