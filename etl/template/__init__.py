"""Workbooks to fill in (填报表): a line for each figure a district is expected to report, the rest protected.

Under the headings people read stands a row of the documented column names, and codes stand beside each line,
so that the workbook, filled in and returned, is a tidy table that loads without a question.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from etl.template.form import draw
from etl.template.lines import lines_of
from warehouse.catalog import Catalog
from warehouse.errors import DabiaoError
from warehouse.measures.arrival import RETURN_DAYS, deadline
from warehouse.measures.period import Period
from warehouse.queries.expected import fetch_expected
from warehouse.scope import Scope

__all__ = ["fill_in_workbook"]


def fill_in_workbook(
    connection: Connection,
    catalog: Catalog,
    scope: Scope,
    district_code: str,
    period: Period,
    language: str,
    now: datetime,
    days: int = RETURN_DAYS,
) -> bytes:
    """The .xlsx in which a district reports a half-year, due so many days after it; ``language`` is zh or en.

    Errors: DabiaoError for a district that is not known, or not within the scope.
    """
    district = catalog.district_by_code.get(district_code)
    if district is None or not scope.sees_district(district_code):
        raise DabiaoError(
            f"没有地区 {district_code}，或无权查看。请检查地区代码。",
            f"There is no district {district_code}, or it is not yours to see. Check the code.",
        )
    expected = fetch_expected(scope, connection, catalog, district.key, period)
    lines = lines_of(expected, catalog, language)
    return draw(lines, district, period, deadline(period, days), language, now)
