"""Counts by interval. They come from days (UTC) where the period is made of those, else from quarters of an hour, so
that they are exact in every time zone; with filters from the raw clicks."""

from datetime import UTC
from typing import Any

from shortener.clicks.figures import Counted, Filters, Point, Subject, Totals
from shortener.clicks.filters import SCOPE_COLUMNS, filter_sql, rows_of
from shortener.clicks.periods import Period

FROM_DAYS = """
SELECT date_trunc(%(interval)s, day)::date, sum(clicks), sum(visitors), sum(bots), sum(others) FROM clicks_dailyclicks
WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(start)s AND day < %(end)s GROUP BY 1
"""
FROM_QUARTERS = """
SELECT {key}, sum(clicks), sum(visitors), sum(bots), sum(others) FROM clicks_quarterclicks AS counted
WHERE scope = %(scope)s AND scope_id = %(id)s AND at >= %(start)s AND at < %(end)s GROUP BY 1
"""
# A visitor counts where first seen on a day, as in the rollups.
FROM_CLICKS = """
SELECT {key}, count(*) FILTER (WHERE kind = 0), count(*) FILTER (WHERE kind = 0 AND visitor IS NOT NULL AND nth = 1),
    count(*) FILTER (WHERE kind = 1), count(*) FILTER (WHERE kind > 1)
FROM (
    SELECT clicked_at AS at, kind, visitor, row_number() OVER (
        PARTITION BY link_id, kind, visitor, (clicked_at AT TIME ZONE 'UTC')::date ORDER BY clicked_at) AS nth
    FROM clicks_click AS click
    WHERE {scope} = %(id)s AND clicked_at >= %(start)s AND clicked_at < %(end)s AND {filters}
) AS counted GROUP BY 1
"""
HOUR_KEY = "date_trunc('hour', counted.at, %(zone)s)"
DATE_KEY = "date_trunc(%(interval)s, counted.at AT TIME ZONE %(zone)s)::date"


def counted(subject: Subject, period: Period, filters: Filters | None) -> Counted:
    """The clicks of `subject` in `period` that have the values of `filters`."""
    values: dict[str, Any] = {
        "scope": subject.scope.value,
        "id": subject.scope_id,
        "start": period.start,
        "end": period.end,
        "interval": period.interval,
        "zone": period.zone.key,
    }
    key = HOUR_KEY if period.interval == "hour" else DATE_KEY
    if filters:
        condition, more = filter_sql(filters)
        query = FROM_CLICKS.format(key=key, scope=SCOPE_COLUMNS[subject.scope], filters=condition)
        values |= more
    elif period.is_utc_days:
        query = FROM_DAYS
        values |= {"start": period.start.astimezone(UTC).date(), "end": period.end.astimezone(UTC).date()}
    else:
        query = FROM_QUARTERS.format(key=key)
    found = {row[0]: tuple(map(int, row[1:])) for row in rows_of(query, values)}
    series = [Point(period.begins(key), *found.get(key, ())) for key in period.intervals()]
    return Counted(Totals(*(sum(counts) for counts in zip(*found.values(), strict=True))), series)
