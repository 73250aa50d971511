"""为什么是这个灯？ The drawer behind every number: formula, thresholds, source, locator, batch."""

from __future__ import annotations

from typing import Any

from dashboard.components.items import decide_href, item_views
from dashboard.components.render import render
from dashboard.components.rows import Item, fact_value
from dashboard.display import Display, Text
from dashboard.explain import steps, verdict
from dashboard.passages import CONTEXT, Passage, find_passage
from dashboard.reading import Reading
from warehouse.measures.period import from_key
from warehouse.queries.facts import sees_whole_source
from warehouse.queries.lineage import Fact, Lineage, fetch_lineage

NAME = "why"
LEAVES = (("why", "html"),)


def build(reading: Reading) -> tuple[Any, ...]:
    """The drawer's content for the row named in the URL. Nothing is asked while it is closed."""
    key, as_of = reading.state.why, reading.state.as_of
    lineage = None if key is None else fetch_lineage(reading.scope, reading.connection, reading.catalog, key, as_of)
    if lineage is None:
        return (render("why.html", reading.display, lineage=None),)
    d, row = reading.display, lineage.row
    indicator = reading.catalog.indicators[row.indicator_key]
    shown = Item(d, reading.state, row)
    return (
        render(
            "why.html",
            d,
            lineage=lineage,
            names_people=reading.names_people,
            district=shown.district,
            district_href=shown.district_href,
            indicator_href=shown.indicator_href,
            methodology_href=reading.state.to("methodology"),
            verdict=verdict(row, indicator, d),
            steps=steps(lineage, d),
            amber=d.ratio(reading.catalog.rules_of(row.rule_version).amber(indicator)),
            since=d.period(from_key(row.since_period_key)) if row.since_period_key else None,
            facts=_facts(reading, lineage),
            items=item_views(reading, [x for x in reading.items([row.district_key]) if x.place == row.place]),
            decide_href=decide_href(d, row) if reading.may_decide else None,
        ),
    )


FactView = tuple[str, Fact | None, Text, Passage | None, list[tuple[Text, str]]]


def _facts(reading: Reading, lineage: Lineage) -> list[FactView]:
    _, d = reading.display._, reading.display
    due = d.period(lineage.row.due) if lineage.row.due else ""
    title = _("目标（{due}到期）").format(due=due) if due else _("目标")
    parts = ((_("完成值"), lineage.actual, lineage.earlier_actuals, "no_actual"),)
    targets = ((title, lineage.target, lineage.earlier_targets, "no_target"),)
    return [
        (
            name,
            fact,
            fact_value(d, fact, reason),
            find_passage(reading.sources_folder, fact, _context(reading, fact)) if fact else None,
            [(fact_value(d, old, reason), _when(d, old)) for old in earlier],
        )
        for name, fact, earlier, reason in (*parts, *targets)
    ]


def _context(reading: Reading, fact: Fact) -> int:
    """How much of the words around a number: none where the document also speaks of what is hidden."""
    is_whole = sees_whole_source(reading.scope, reading.connection, reading.catalog, fact.source.key)
    return CONTEXT if is_whole else 0


def _when(d: Display, fact: Fact) -> str:
    until = d.moment(fact.superseded_at) if fact.superseded_at else ""
    return f"{d.moment(fact.recorded_at)} – {until}"
