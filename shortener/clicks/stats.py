"""Statistics. A page costs the same for ten clicks and for ten million: it is read from the rollups.

Series and totals come from quarters of an hour, so that they are exact in every time zone; breakdowns come from days
(UTC), and from the raw clicks of the hours by which a day elsewhere begins earlier or later. Filters need the clicks
themselves: they reach back as far as those are kept, and have a time limit.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Sum
from psycopg import errors

from shortener.clicks.models import DailyClicks, Dimension, LinkTotal, Scope
from shortener.clicks.periods import Period, last_days

TOP = 10  # values shown of each dimension
EDGE_LIMIT = 5_000  # raw clicks that a breakdown may look at for the sake of a time zone
FILTER_TIMEOUT = 10_000  # milliseconds for a query over raw clicks
COUNTED = ("clicks", "visitors", "bots", "others")
_SUMS = {f"sum_{name}": Sum(name) for name in COUNTED}  # over the slots of the writers

Filters = Mapping[Dimension, Collection[str]]


class StatsTooWide(Exception):
    """Filters over so many clicks take too long: ask for a shorter time."""


class Subject(NamedTuple):
    """Whose clicks: those of one link, or of all links of a domain, a workspace or the site (ID 0)."""

    scope: Scope
    scope_id: int


@dataclass(frozen=True)
class Totals:
    """Clicks of people, unique visitors (summed over days), bots, and other requests (prefetches, HEAD)."""

    clicks: int = 0
    visitors: int = 0
    bots: int = 0
    others: int = 0


@dataclass(frozen=True)
class Point:
    """One interval of a series. `start` is in the zone of the period; the first may begin before the period does, and
    has no more than what lies within it."""

    start: datetime
    clicks: int = 0
    visitors: int = 0
    bots: int = 0
    others: int = 0

    @property
    def day(self) -> date:
        """The day on which it begins."""
        return self.start.date()


@dataclass(frozen=True)
class Slice:
    """One value of a dimension; the empty value is "unknown"."""

    value: str
    clicks: int


@dataclass(frozen=True)
class Counted:
    """Totals, and the series that they are the sum of."""

    totals: Totals
    series: list[Point]


@dataclass(frozen=True)
class Stats(Counted):
    """Everything about a subject in a period. `dimensions`: the most frequent values, by the dimension's label;
    `is_rounded`: they are those of whole days (UTC), for there was too much to look at, or it is kept no more."""

    period: Period
    dimensions: dict[str, list[Slice]] = field(default_factory=dict)
    is_rounded: bool = False
    previous: Counted | None = None


def stats(
    subject: Subject,
    period: Period,
    *,
    filters: Filters | None = None,
    compare: bool = False,
    top: int = TOP,
    by: Sequence[Dimension] = tuple(Dimension),
) -> Stats:
    """Statistics of `subject` in `period`, of the clicks that have one of the values that `filters` names for each of
    its dimensions; with `compare`, also the counts of the period before. `by`: the dimensions that they are broken
    down by. Raises `StatsTooWide`."""
    with _time_limit(filters):
        counted = _counted(subject, period, filters)
        dimensions, is_rounded = _breakdown(subject, period, filters, top, by) if by else ({}, False)
        return Stats(
            counted.totals,
            counted.series,
            period,
            dimensions,
            is_rounded,
            _counted(subject, period.previous, filters) if compare else None,
        )


def link_stats(link_id: int, *, days: int = 30, now: datetime | None = None) -> Stats:
    """Statistics of a link in the last `days` days (UTC), today included."""
    return stats(Subject(Scope.LINK, link_id), last_days(days, now=now))


def first_day(subject: Subject) -> date | None:
    """The day (UTC) of its first click of any kind; None when there is none."""
    days = DailyClicks.objects.filter(scope=subject.scope, scope_id=subject.scope_id)
    return days.order_by("day").values_list("day", flat=True).first()


def month_clicks(subject: Subject, now: datetime | None = None) -> int:
    """People's clicks on `subject` since the first of this month (UTC)."""
    first = (now or datetime.now(UTC)).date().replace(day=1)
    found = DailyClicks.objects.filter(scope=subject.scope, scope_id=subject.scope_id, day__gte=first)
    return int(found.aggregate(clicks=Sum("clicks"))["clicks"] or 0)


def busiest(scope: Scope, since: date, top: int = TOP) -> list[tuple[int, int]]:
    """The IDs in `scope` with the most of people's clicks from the day `since` (UTC) on, and how many."""
    found = DailyClicks.objects.filter(scope=scope, day__gte=since).values("scope_id").annotate(sum=Sum("clicks"))
    return [(row["scope_id"], int(row["sum"])) for row in found.filter(sum__gt=0).order_by("-sum", "scope_id")[:top]]


def totals_of(link_ids: Iterable[int]) -> dict[int, Totals]:
    """All-time totals by link ID, in one query; zeros for links that were never followed."""
    ids = list(link_ids)
    rows = LinkTotal.objects.filter(link_id__in=ids).values("link_id").annotate(**_SUMS)
    found = {row["link_id"]: _totals(row) for row in rows}
    return {number: found.get(number, Totals()) for number in ids}


def clicks_since(subject: Subject, day: date) -> int:
    """Clicks of people from `day` (UTC) on."""
    rows = DailyClicks.objects.filter(scope=subject.scope, scope_id=subject.scope_id, day__gte=day)
    return rows.aggregate(sum=Sum("clicks"))["sum"] or 0


def sparklines(link_ids: Iterable[int], days: int = 30, *, now: datetime | None = None) -> dict[int, list[int]]:
    """People's clicks of each of the last `days` days (UTC), today last, by link ID, in one query."""
    ids = list(link_ids)
    today = (now or datetime.now(UTC)).astimezone(UTC).date()
    first = today - timedelta(days - 1)
    lines = {number: [0] * days for number in ids}
    found = DailyClicks.objects.filter(scope=Scope.LINK, scope_id__in=ids, day__gte=first, day__lte=today)
    for number, day, clicks in found.values_list("scope_id", "day", "clicks"):
        lines[number][(day - first).days] += clicks  # of each writer's slot
    return lines


def _totals(row: Mapping[str, Any]) -> Totals:
    return Totals(*(row[f"sum_{name}"] for name in COUNTED))


# --- Series ----------------------------------------------------------------------------------------------------------

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


def _counted(subject: Subject, period: Period, filters: Filters | None) -> Counted:
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
        condition, more = _filter_sql(filters)
        query = FROM_CLICKS.format(key=key, scope=SCOPE_COLUMNS[subject.scope], filters=condition)
        values |= more
    elif period.is_utc_days:
        query = FROM_DAYS
        values |= {"start": period.start.astimezone(UTC).date(), "end": period.end.astimezone(UTC).date()}
    else:
        query = FROM_QUARTERS.format(key=key)
    found = {row[0]: tuple(map(int, row[1:])) for row in _rows(query, values)}
    series = [Point(period.begins(key), *found.get(key, ())) for key in period.intervals()]
    return Counted(Totals(*(sum(counts) for counts in zip(*found.values(), strict=True))), series)


# --- Breakdowns ------------------------------------------------------------------------------------------------------

SCOPE_COLUMNS = {
    Scope.LINK: "click.link_id",
    Scope.DOMAIN: "click.domain_id",
    Scope.WORKSPACE: "click.workspace_id",
    Scope.SITE: "(0 * click.kind)",  # always the ID of the site
}
LOCATED = "CASE WHEN {0} <> '' AND click.country <> '' THEN {0} || ', ' || click.country ELSE {0} END"
COLUMNS = {
    Dimension.REFERRER: "click.referrer",
    Dimension.COUNTRY: "click.country",
    Dimension.BROWSER: "click.browser",
    Dimension.OS: "click.os",
    Dimension.DEVICE: "click.device",
    Dimension.LANGUAGE: "click.language",
    Dimension.SOURCE: "click.source",
    Dimension.REGION: LOCATED.format("click.region"),
    Dimension.CITY: LOCATED.format("click.city"),
    Dimension.UTM_SOURCE: "click.utm_source",
    Dimension.UTM_MEDIUM: "click.utm_medium",
    Dimension.UTM_CAMPAIGN: "click.utm_campaign",
    Dimension.UTM_TERM: "click.utm_term",
    Dimension.UTM_CONTENT: "click.utm_content",
    Dimension.DESTINATION: "click.destination",
    Dimension.CHANNEL: "click.channel",
    Dimension.LINK: "click.link_id::text",
}
ALL = 0  # in place of a dimension: all clicks that the others break down
IN_DAYS = f"""
SELECT dimension, value, clicks FROM clicks_dimensionclicks
WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(first)s AND day < %(behind)s
    AND dimension = ANY(%(by)s::smallint[])
UNION ALL
SELECT {ALL}, '', clicks FROM clicks_dailyclicks
WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(first)s AND day < %(behind)s
"""  # noqa: S608  the number above
IN_CLICKS = """
SELECT CASE GROUPING({names}) {numbers} ELSE 0 END, coalesce({names}, ''), count(*)
FROM (
    SELECT {columns} FROM clicks_click AS click
    WHERE {scope} = %(id)s AND click.kind = 0 AND ({spans}) AND {filters}
) AS picked GROUP BY GROUPING SETS ({sets}, ())
"""
MOST_FREQUENT = """
WITH counted (dimension, value, clicks) AS ({counted}),
summed AS (
    SELECT dimension, value, sum(clicks) AS clicks FROM counted WHERE value <> '' OR dimension = 0 GROUP BY 1, 2
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY dimension ORDER BY clicks DESC, value) AS place,
        sum(clicks) OVER (PARTITION BY dimension) AS known
    FROM summed WHERE clicks > 0
)
SELECT dimension, value, clicks, known FROM ranked WHERE place <= %(top)s ORDER BY dimension, place
"""
EDGE_CLICKS = """
SELECT coalesce(sum(clicks), 0) FROM clicks_quarterclicks
WHERE scope = %(scope)s AND scope_id = %(id)s AND (at >= %(from0)s AND at < %(to0)s OR at >= %(from1)s AND at < %(to1)s)
"""
Span = tuple[datetime, datetime]


def _breakdown(
    subject: Subject, period: Period, filters: Filters | None, top: int, by: Sequence[Dimension]
) -> tuple[dict[str, list[Slice]], bool]:
    values: dict[str, Any] = {"scope": subject.scope.value, "id": subject.scope_id, "top": top}
    values["by"] = [dimension.value for dimension in by]
    parts: list[str] = []
    edges: list[Span] = [(period.start, period.end)]
    is_rounded = False
    condition, more = _filter_sql(filters or {})
    if not filters:
        first, behind, edges = _days_and_edges(subject, period)
        until = min(_midnight(behind), datetime.now(UTC))
        is_rounded = not edges and (_midnight(first) < period.start or period.end < until)
        parts, more = [IN_DAYS], {"first": first, "behind": behind}
    if edges:
        spans = " OR ".join(
            f"click.clicked_at >= %(from{n})s AND click.clicked_at < %(to{n})s" for n in range(len(edges))
        )
        parts.append(_in_clicks(by, scope=SCOPE_COLUMNS[subject.scope], spans=spans, filters=condition))
        values |= _named(edges)
    rows = _rows(MOST_FREQUENT.format(counted=" UNION ALL ".join(parts)), values | more)
    return _slices(rows, subject, top, by), is_rounded


def _in_clicks(by: Sequence[Dimension], **parts: str) -> str:
    """All dimensions in one pass: of the columns, each grouping set leaves one that is not null, and one set none."""
    masks = {2 ** len(by) - 1 - 2**place: dimension.value for place, dimension in enumerate(reversed(by))}
    return IN_CLICKS.format(
        names=", ".join(f"v{dimension.value}" for dimension in by),
        numbers=" ".join(f"WHEN {mask} THEN {number}" for mask, number in masks.items()),
        columns=", ".join(f"{COLUMNS[dimension]} AS v{dimension.value}" for dimension in by),
        sets=", ".join(f"(v{dimension.value})" for dimension in by),
        **parts,
    )


def _slices(
    rows: Iterable[Sequence[Any]], subject: Subject, top: int, by: Sequence[Dimension]
) -> dict[str, list[Slice]]:
    every = 0
    known: dict[int, int] = {}
    found: dict[int, list[Slice]] = {}
    for dimension, value, clicks, known_clicks in rows:
        if dimension == ALL:
            every = int(clicks)
            continue
        known[dimension] = int(known_clicks)
        found.setdefault(dimension, []).append(Slice(value, int(clicks)))
    slices = {}
    for dimension in by:
        if dimension == Dimension.LINK and subject.scope == Scope.LINK:
            continue
        parts = found.get(dimension, [])
        if (unknown := every - known.get(dimension, 0)) > 0:
            parts = sorted([*parts, Slice("", unknown)], key=lambda part: -part.clicks)[:top]
        slices[dimension.label] = parts
    return slices


def _days_and_edges(subject: Subject, period: Period) -> tuple[date, date, list[Span]]:
    """Days (UTC) from the first up to the last (excluded), and what the period has beside them at both ends. Where
    that is too much to look at, or its clicks are not kept any more, the days are taken whole."""
    now = datetime.now(UTC)
    first, behind = period.start.astimezone(UTC).date(), period.end.astimezone(UTC).date()
    edges: list[Span] = []
    if (at_start := period.start) > _midnight(first):
        edges.append((at_start, min(_midnight(first + timedelta(1)), period.end)))
    if period.end > _midnight(behind):
        if period.end > now:  # nothing has happened in the rest of the day
            behind += timedelta(1)
        elif period.start <= _midnight(behind):
            edges.append((_midnight(behind), period.end))
    if not edges:
        return first, behind, []
    oldest = _midnight(now.date() - timedelta(settings.CLICK_RETENTION_DAYS))
    if edges[0][0] < oldest or _edge_clicks(subject, edges) > EDGE_LIMIT:
        last = (period.end - timedelta(microseconds=1)).astimezone(UTC).date()
        return first, last + timedelta(1), []
    return (first + timedelta(1) if at_start > _midnight(first) else first), behind, edges


def _edge_clicks(subject: Subject, edges: list[Span]) -> int:
    values = {"scope": subject.scope.value, "id": subject.scope_id} | _named([*edges, edges[-1]][:2])
    [(clicks,)] = _rows(EDGE_CLICKS, values)
    return int(clicks)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _named(spans: Sequence[Span]) -> dict[str, datetime]:
    return {
        f"{name}{n}": moment for n, span in enumerate(spans) for name, moment in zip(("from", "to"), span, strict=True)
    }


# --- Filters ---------------------------------------------------------------------------------------------------------


def _filter_sql(filters: Filters) -> tuple[str, dict[str, Any]]:
    """A condition on `click`, and the values in it."""
    conditions = ["true"]
    values: dict[str, Any] = {}
    for dimension, wanted in filters.items():
        name = f"filter{dimension.value}"
        if dimension == Dimension.LINK:
            conditions.append(f"click.link_id = ANY(%({name})s::bigint[])")
            values[name] = [int(value) for value in wanted]
        else:
            conditions.append(f"{COLUMNS[dimension]} = ANY(%({name})s::text[])")
            values[name] = sorted(wanted)
    return " AND ".join(conditions), values


@contextmanager
def _time_limit(filters: Filters | None) -> Iterator[None]:
    """Ends what filters ask of the raw clicks after a while, as `StatsTooWide`."""
    if not filters:
        yield
        return
    try:
        with transaction.atomic():
            _rows("SELECT set_config('statement_timeout', %(limit)s, true)", {"limit": str(FILTER_TIMEOUT)})
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise StatsTooWide from error
        raise


def _rows(query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
