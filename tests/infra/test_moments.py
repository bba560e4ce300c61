"""Moments as programs write them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shortener.infra.moments import DayOrMoment, Rfc3339


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-01-01T00:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01T01:30:00+01:30", datetime(2027, 1, 1, tzinfo=UTC)),
        ("1371-01-16T14:29:14-17:35", datetime(1371, 1, 17, 8, 4, 14, tzinfo=UTC)),  # no zone of PostgreSQL's
    ],
)
def test_a_moment_is_the_same_in_utc(written: str, meant: datetime) -> None:
    read = TypeAdapter(Rfc3339).validate_python(written)
    assert (read, read.tzinfo) == (meant, UTC)


@pytest.mark.parametrize(
    "written",
    ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2027-01-01T00:00:00", "1800000000", 0, "soon"],
)
def test_other_texts_and_numbers_are_no_moments(written: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Rfc3339).validate_python(written)


@pytest.mark.parametrize("written", ["2027-01-01", "2027-01-01T00:00:00Z"])
def test_a_day_may_stand_for_a_moment(written: str) -> None:
    assert str(TypeAdapter(DayOrMoment).validate_python(written)).startswith("2027-01-01")


@pytest.mark.parametrize("written", [20270101, "20270101", 1.5])
def test_a_number_is_no_day(written: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(DayOrMoment).validate_python(written)
