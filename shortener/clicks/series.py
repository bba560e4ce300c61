"""Counts by interval. They come from days (UTC) where intervals are made of those, and from quarters of an hour where
they are not, so that they are exact in every time zone; with filters from the raw clicks."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, time
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
# Weeks and months of another zone: days that lie within one of them, and quarters of those in which one begins.
FROM_BOTH = """
SELECT {key}, sum(clicks), sum(visitors), sum(bots), sum(others) FROM (
    SELECT day::timestamp AT TIME ZONE 'UTC' AS at, clicks, visitors, bots, others FROM clicks_dailyclicks
    WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(first)s AND day < %(behind)s
        AND day <> ALL(%(split)s::date[])
    UNION ALL
    SELECT quarters.* FROM unnest(%(split)s::date[]) AS split (day) CROSS JOIN LATERAL (
        SELECT at, clicks, visitors, bots, others FROM clicks_quarterclicks
        WHERE scope = %(scope)s AND scope_id = %(id)s
            AND at >= greatest(%(start)s, split.day::timestamp AT TIME ZONE 'UTC')
            AND at < least(%(end)s, (split.day + 1)::timestamp AT TIME ZONE 'UTC')
        OFFSET 0  -- day by day along the key: of all quarters together most are for nothing
    ) AS quarters
) AS counted GROUP BY 1
"""
# A visitor counts where first seen on a day, as in the rollups.
FROM_CLICKS = """
SELECT {key}, is_now, count(*) FILTER (WHERE kind = 0),
    count(*) FILTER (WHERE kind = 0 AND visitor IS NOT NULL AND nth = 1), count(*) FILTER (WHERE kind = 1),
    count(*) FILTER (WHERE kind > 1)
FROM (
    SELECT clicked_at AS at, is_now, kind, visitor, row_number() OVER (
        PARTITION BY is_now, link_id, kind, visitor, (clicked_at AT TIME ZONE 'UTC')::date ORDER BY clicked_at) AS nth
    FROM clicks_click AS click CROSS JOIN LATERAL (SELECT clicked_at >= %(now)s) AS placed (is_now)
    WHERE {scope} = %(id)s AND clicked_at >= %(start)s AND clicked_at < %(end)s AND {filters}
) AS counted GROUP BY 1, 2
"""
HOUR_KEY = "date_trunc('hour', counted.at, %(zone)s)"
DATE_KEY = "date_trunc(%(interval)s, counted.at AT TIME ZONE %(zone)s)::date"


def counted(subject: Subject, period: Period) -> Counted:
    """The clicks of `subject` in `period`."""
    values = _values(subject, period)
    first, behind = (moment.astimezone(UTC).date() for moment in (period.start, period.end))
    if period.is_utc_days:
        query = FROM_DAYS
        values |= {"start": first, "end": behind}
    elif period.interval in ("week", "month"):
        query = FROM_BOTH
        values |= {"first": first, "behind": behind, "split": _split_days(period)}
    else:
        query = FROM_QUARTERS
    query = query.format(key=_key(period))
    return _in_intervals(period, {row[0]: row[1:] for row in rows_of(query, values)})


def counted_with(
    subject: Subject, period: Period, filters: Filters, *, compare: bool
) -> tuple[Counted, Counted | None]:
    """Those that have the values of `filters`; with `compare`, also those of the period before, which are looked for at
    the same time."""
    condition, more = filter_sql(filters)
    values = _values(subject, period) | more | {"now": period.start}
    if compare:
        values["start"] = period.previous.start
    rows = rows_of(FROM_CLICKS.format(key=_key(period), scope=SCOPE_COLUMNS[subject.scope], filters=condition), values)
    now, before = ({row[0]: row[2:] for row in rows if row[1] is is_now} for is_now in (True, False))
    return _in_intervals(period, now), _in_intervals(period.previous, before) if compare else None


def _split_days(period: Period) -> list[date]:
    """Days (UTC) in which the period or one of its intervals begins or ends, later than with the day."""
    moments = [period.start, period.end, *(period.begins(key) for key in period.intervals())]
    return sorted({at.date() for moment in moments if (at := moment.astimezone(UTC)).time() != time(0)})


def _values(subject: Subject, period: Period) -> dict[str, Any]:
    return {
        "scope": subject.scope.value, "id": subject.scope_id, "start": period.start, "end": period.end,
        "interval": period.interval, "zone": period.zone.key,
    }  # fmt: skip


def _key(period: Period) -> str:
    return HOUR_KEY if period.interval == "hour" else DATE_KEY


def _in_intervals(period: Period, rows: Mapping[Any, Sequence[Any]]) -> Counted:
    found = {key: tuple(map(int, counts)) for key, counts in rows.items()}
    series = [Point(period.begins(key), *found.get(key, ())) for key in period.intervals()]
    return Counted(Totals(*(sum(counts) for counts in zip(*found.values(), strict=True))), series)
