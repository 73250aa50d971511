"""Decimals come back digit for digit, instants come back as the same instant in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, func, insert, literal, select
from sqlalchemy.exc import StatementError

from warehouse.types import ExactDecimal, UtcDateTime

things = Table(
    "things",
    MetaData(),
    Column("key", Integer, primary_key=True),
    Column("value", ExactDecimal),
    Column("at", UtcDateTime),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """A database in memory with one table."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        things.create(connection)
        yield connection
    engine.dispose()


def _kept(connection: Connection, name: str, value: object) -> Any:
    with connection.begin_nested() as inner:
        connection.execute(insert(things).values({name: value}))
        found = connection.execute(select(things.c[name])).scalar_one()
        inner.rollback()
    return found


@given(
    value=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
    | st.decimals(-1, 1, places=20)
)
@example(value=Decimal("114.4907"))
@example(value=Decimal("0.1"))
@example(value=Decimal("12345678901234567890.123456789012345678901234567890"))
@example(value=Decimal("1E+20"))
@example(value=Decimal("1E-30"))
@example(value=Decimal("80.00"))
@example(value=Decimal("-0.0"))
def test_a_decimal_survives_digit_for_digit(connection: Connection, value: Decimal) -> None:
    found = _kept(connection, "value", value)
    assert isinstance(found, Decimal)
    assert found == value
    assert f"{found:f}" == f"{value:f}", "trailing zeros, too: 80.00 was written 80.00"


def test_no_decimal_is_none(connection: Connection) -> None:
    assert _kept(connection, "value", None) is None


def test_a_decimal_is_never_a_float_on_the_way(connection: Connection) -> None:
    connection.execute(insert(things).values(key=1, value=Decimal("114.4907")))
    assert connection.exec_driver_sql("select typeof(value) from things").scalar_one() == "text"
    assert connection.execute(select(things.c.key).where(things.c.value == Decimal("114.4907"))).scalar_one() == 1
    connection.rollback()


@given(
    at=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
    hours=st.integers(-12, 14),
)
def test_an_instant_stays_the_instant_and_comes_back_in_utc(connection: Connection, at: datetime, hours: int) -> None:
    local = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    found = _kept(connection, "at", local)
    assert found == local
    assert found.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(connection: Connection) -> None:
    with pytest.raises(StatementError, match="an instant needs a time zone"):
        _kept(connection, "at", datetime(2026, 1, 1))
    connection.rollback()


def test_instants_compare_as_instants(connection: Connection) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    peking = noon.astimezone(timezone(timedelta(hours=8)))
    connection.execute(insert(things).values(at=noon))
    found = select(func.count()).where(things.c.at == peking, things.c.at <= literal(peking, UtcDateTime))
    assert connection.execute(found).scalar_one() == 1
    connection.rollback()
