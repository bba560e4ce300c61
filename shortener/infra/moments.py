"""Moments as programs write them: RFC 3339, and not the numbers that pydantic takes for seconds since 1970. They are
texts in JSON, so models that are strict about types take them too."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Strict


def _written(value: Any) -> Any:
    """`value`, unless it is a number or a text that is one."""
    if isinstance(value, date | None):
        return value
    try:
        float(value)
    except (TypeError, ValueError):
        return value
    raise ValueError("Write it as 2027-01-01T00:00:00Z, not as a number")


def _in_utc(moment: datetime) -> datetime:
    """PostgreSQL knows no zone that is 16 hours or more away; RFC 3339 has them up to 23:59."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("Give a moment of the years 1 to 9999, in UTC") from error


Rfc3339 = Annotated[AwareDatetime, Strict(False), BeforeValidator(_written), AfterValidator(_in_utc)]
DayOrMoment = Annotated[date | datetime, BeforeValidator(_written)]
