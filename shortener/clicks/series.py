"""Counts by interval. They come from days (UTC) where intervals are made of those, and from quarters of an hour where
they are not, so that they are exact in every time zone; with filters from what is kept of days (`filtered`), and from
the raw clicks of the others."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from shortener.clicks.figures import COUNTED, Counted, Filters, Point, Span, Subject, Totals
from shortener.clicks.filtered import IS_HELD, QUARTERS, Held, without
from shortener.clicks.filters import SCOPE_COLUMNS, filter_sql, rows_of, within
from shortener.clicks.periods import Period, utc_midnight

FROM_DAYS = """
SELECT date_trunc(%(interval)s, day)::date, sum(clicks), sum(visitors), sum(bots), sum(others) FROM clicks_dailyclicks
WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(start)s AND day < %(end)s GROUP BY 1
"""
FROM_QUARTERS = """
SELECT {key}, sum(clicks), sum(visitors), sum(bots), sum(others) FROM clicks_quarterclicks AS counted
WHERE scope = %(scope)s AND scope_id = %(id)s AND at >= %(start)s AND at < %(end)s GROUP BY 1
"""
# Days, weeks and months of another zone begin within days of UTC. Of each such day, all but its longest piece is read
# by the quarter, and taken away from where the longest piece lies, to which the whole day is added.
FROM_PIECES = """
SELECT {key}, coalesce(sum(sign * clicks), 0), coalesce(sum(sign * visitors), 0), coalesce(sum(sign * bots), 0),
    coalesce(sum(sign * others), 0)
FROM (
    SELECT whole.at, 1 AS sign, clicks, visitors, bots, others
    FROM unnest(%(days)s::date[], %(places)s::timestamptz[]) AS whole (day, at) JOIN clicks_dailyclicks AS held
        ON held.scope = %(scope)s AND held.scope_id = %(id)s AND held.day = whole.day
    UNION ALL
    SELECT place.at, place.sign, clicks, visitors, bots, others
    FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[], %(into)s::timestamptz[], %(out_of)s::timestamptz[])
        AS piece (first, behind, added_at, left_at)
    CROSS JOIN LATERAL (
        SELECT sum(clicks) AS clicks, sum(visitors) AS visitors, sum(bots) AS bots, sum(others) AS others
        FROM clicks_quarterclicks
        WHERE scope = %(scope)s AND scope_id = %(id)s AND at >= piece.first AND at < piece.behind
    ) AS quarters
    CROSS JOIN LATERAL (VALUES (piece.added_at, 1), (piece.left_at, -1)) AS place (at, sign) WHERE place.at IS NOT NULL
) AS counted GROUP BY 1
"""
FROM_CLICKS = """
SELECT {key}, at >= %(now)s, coalesce(sum(clicks), 0), coalesce(sum(visitors), 0), coalesce(sum(bots), 0),
    coalesce(sum(others), 0)
FROM (
    SELECT at, clicks, visitors, bots, others FROM ({quarters}) AS found
    UNION ALL
    {held}
) AS counted WHERE at >= %(start)s AND at < %(end)s GROUP BY 1, 2
"""
# The n-th of the counts that are kept of a day is what its first n quarters have; there is none for no quarter.
_BETWEEN = ", ".join(f"{name}[behind] - coalesce({name}[first], 0)" for name in COUNTED)
HELD = f"""
SELECT piece.day::timestamp AT TIME ZONE 'UTC' + piece.first * interval '15 min', {_BETWEEN}
FROM unnest(%(days)s::date[], %(firsts)s::int[], %(behinds)s::int[]) AS piece (day, first, behind)
JOIN clicks_filteredcounts AS held ON held.day = piece.day AND {IS_HELD}
"""  # noqa: S608  the names above
QUARTER = timedelta(minutes=15)
HOUR_KEY = "date_trunc('hour', counted.at, %(zone)s)"
DATE_KEY = "date_trunc(%(interval)s, counted.at AT TIME ZONE %(zone)s)::date"


def counted(subject: Subject, period: Period) -> Counted:
    """The clicks of `subject` in `period`."""
    values = _values(subject, period)
    if period.is_utc_days:
        query = FROM_DAYS
        values |= {name: getattr(period, name).astimezone(UTC).date() for name in ("start", "end")}
    elif period.interval == "hour":
        query = FROM_QUARTERS
    else:
        query = FROM_PIECES
        values |= _pieces(period)
    query = query.format(key=_key(period))
    return _in_intervals(period, {row[0]: row[1:] for row in rows_of(query, values)})


def counted_with(
    subject: Subject, period: Period, filters: Filters, held: Held, *, compare: bool
) -> tuple[Counted, Counted | None]:
    """Those that have the values of `filters`, of which `held` is known; with `compare`, also those of the period
    before, which are looked for at the same time."""
    condition, more = filter_sql(filters)
    start = period.previous.start if compare else period.start
    days = utc_midnight(start.astimezone(UTC).date()), utc_midnight(period.end.astimezone(UTC).date() + timedelta(1))
    spans, moments = within(without(days, held.counted, held.until))
    values = _values(subject, period) | more | moments | held.values
    values |= {"now": period.start, "start": start}
    values |= _pieces_held([period.previous, period] if compare else [period], held)
    scope = SCOPE_COLUMNS[subject.scope]
    quarters = QUARTERS.format(scope=scope, spans=spans, filters=condition, **held.left_out(condition, scope))
    rows = rows_of(FROM_CLICKS.format(key=_key(period), quarters=quarters, held=HELD), values)
    now, before = ({row[0]: row[2:] for row in rows if row[1] is is_now} for is_now in (True, False))
    return _in_intervals(period, now), _in_intervals(period.previous, before) if compare else None


def _pieces(period: Period) -> dict[str, list[Any]]:
    """The days (UTC) of the period that are read whole, each with a moment in the interval that it is added to; and the
    pieces of days that are read by the quarter, with moments in the intervals to add them to and to take them out of,
    or None. What lies outside the period belongs to none."""
    found: dict[str, list[Any]] = {name: [] for name in ("days", "places", "starts", "ends", "into", "out_of")}
    for midnight, pieces in _cut(period):
        longest = max(pieces, key=lambda piece: piece[1] - piece[0])
        whole = longest[0] if period.start <= longest[0] < period.end else None
        if whole:
            found["days"].append(midnight.date())
            found["places"].append(whole)
        for start, end in pieces:
            into = start if period.start <= start < period.end else None
            if start != whole and (into or whole):
                for name, value in (("starts", start), ("ends", end), ("into", into), ("out_of", whole)):
                    found[name].append(value)
    return found


def _pieces_held(periods: Iterable[Period], held: Held) -> dict[str, list[Any]]:
    """The pieces that intervals of the periods have of days that are `held`, by their quarters."""
    days: list[date] = []
    firsts: list[int] = []
    behinds: list[int] = []
    known = set(held.counted)
    for period in periods:
        for midnight, pieces in _cut(period):
            if (day := midnight.date()) not in known:
                continue
            for start, end in pieces:
                if period.start <= start < period.end:
                    days.append(day)
                    firsts.append(-((midnight - start) // QUARTER))  # the first that begins in it
                    behinds.append(-((midnight - end) // QUARTER))
    return {"days": days, "firsts": firsts, "behinds": behinds}


def _cut(period: Period) -> Iterator[tuple[datetime, list[Span]]]:
    """The days (UTC) that the period lies in: their midnights, and each in pieces, where an interval or the period
    begins or ends."""
    begun = map(period.begins, period.intervals())
    marks = deque(sorted({at.astimezone(UTC) for at in (period.start, period.end, *begun)}))
    midnight = utc_midnight(period.start.astimezone(UTC).date())
    while midnight < period.end:
        after = midnight + timedelta(1)
        cuts = [midnight]
        while marks and marks[0] < after:
            if (at := marks.popleft()) > midnight:
                cuts.append(at)
        yield midnight, list(pairwise([*cuts, after]))
        midnight = after


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
