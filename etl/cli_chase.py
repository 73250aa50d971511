"""``python -m etl chase``: what districts still owe for a half-year, for people, as CSV or as JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from warehouse.catalog import Catalog, fetch_catalog
from warehouse.console import out, print_rows, say
from warehouse.engine import check_schema, open_engine
from warehouse.errors import DabiaoError
from warehouse.measures.arrival import BEIJING, MOST_RETURN_DAYS, RETURN_DAYS, deadline
from warehouse.measures.period import Period, parse_period
from warehouse.queries.chase import CHASE_COLUMNS, chase_rows, chased_period
from warehouse.queries.expected import fetch_expected, fetch_expected_periods
from warehouse.scope import Scope

_SHOWN = (
    "district_code", "district_zh", "indicator_code", "indicator_zh", "breakdown_code", "period_code", "unit_code",
    "target", "last_value", "last_period_code", "deadline", "days_overdue", "state", "blank_reason",
)  # fmt: skip


def chase_command(
    period: Annotated[
        str | None, typer.Option(help="半年度，如 2020-S1；不写则为最近应报的一期 / half-year, else the last one")
    ] = None,
    district: Annotated[
        str | None, typer.Option(help="地区代码，含下级 / code of a district, those below it included")
    ] = None,
    days: Annotated[
        int,
        typer.Option(
            min=0, max=MOST_RETURN_DAYS, envvar="DABIAO_RETURN_DAYS",
            help="期限：半年度结束后几天 / days after the half-year",
        ),
    ] = RETURN_DAYS,
    as_csv: Annotated[bool, typer.Option("--csv", help="输出 CSV / print CSV")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出一个 JSON 文档 / print one JSON document")] = False,
) -> None:  # fmt: skip
    """催报清单：某半年度应报而未报的 / what is expected for a half-year and did not come"""
    engine, scope, today = open_engine(), Scope.everything(), today_in_beijing()
    try:
        check_schema(engine)
        with engine.connect() as connection:
            catalog = fetch_catalog(connection)
            within = None if district is None else _within(catalog, district)
            at = _period(period) or chased_period(fetch_expected_periods(scope, connection, catalog), today)
            expected = fetch_expected(scope, connection, catalog, None, at)
        chosen = [e for e in expected if within is None or e.district_key in within]
        rows = list(chase_rows(catalog, chosen, today, days))
    finally:
        engine.dispose()
    if not as_csv and not as_json:
        explained, day = sum(row["blank_reason"] is not None for row in rows), deadline(at, days).isoformat()
        missing = len(rows) - explained
        out.print(
            say(
                f"{at.code}：应报 {len(chosen)} 项，未报 {missing} 项，已说明 {explained} 项，报送期限 {day}。",
                f"{at.code}: {len(chosen)} expected, {missing} missing, {explained} explained, deadline {day}.",
            )
        )
        if not rows:
            return
    print_rows(rows, CHASE_COLUMNS, as_csv, as_json, _SHOWN)


def today_in_beijing() -> date:
    """The day it is for the bureaus."""
    return datetime.now(BEIJING).date()


def _within(catalog: Catalog, code: str) -> frozenset[int]:
    """A district and everything below it. Errors: DabiaoError for one there is not."""
    if code not in catalog.district_by_code:
        raise DabiaoError(f"没有这个地区：{code}。", f"There is no district {code}.")
    return frozenset(
        d.key
        for d in catalog.districts.values()
        if d.code == code or code in {above.code for above in catalog.ancestors(d)}
    )


def _period(text: str | None) -> Period | None:
    """A half-year as written. Errors: DabiaoError."""
    if text is None:
        return None
    try:
        return parse_period(text)
    except ValueError:
        raise DabiaoError(
            f"看不懂的半年度：{text}。请写成 2020-S1。", f"Not a half-year: {text}. Write 2020-S1."
        ) from None
