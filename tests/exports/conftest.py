"""The two sites of the dashboard's tests, an app to ask over HTTP, and a site of names a spreadsheet might run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.conftest import Open
from tests.dashboard.conftest import app as app
from tests.dashboard.conftest import browser as browser
from tests.dashboard.conftest import demo as demo
from tests.dashboard.conftest import make_app as make_app
from tests.dashboard.conftest import own as own
from tests.dashboard.conftest import site as site
from tests.dashboard.support import Site
from tests.exports.reading_of import EVIL
from warehouse import tables as t
from warehouse.engine import writing


@pytest.fixture
def evil(open_copy: Open, demo_file: Path) -> Iterator[Site]:
    """The synthetic province with names nobody would give."""
    engine = open_copy(demo_file)
    with writing(engine) as connection:
        for table, key in ((t.dim_district, "district_key"), (t.dim_indicator, "indicator_key")):
            for number, name in enumerate(EVIL, start=1):
                values = {"name_zh": f"{name}{number}", "name_en": f"{name}{number}"}
                connection.execute(update(table).where(table.c[key] == number).values(values))
    site = Site(Path(str(engine.url.database)))
    yield site
    site.close()
