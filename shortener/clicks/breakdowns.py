"""The most frequent values of dimensions. They come from days (UTC), and from the raw clicks of the hours by which a
day elsewhere begins earlier or later; with filters from the raw clicks alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings

from shortener.clicks.figures import Filters, Slice, Span, Subject
from shortener.clicks.filtered import IS_HELD, Held, without
from shortener.clicks.filters import SCOPE_COLUMNS, filter_sql, grouped_columns, rows_of, within
from shortener.clicks.models import Dimension, Scope
from shortener.clicks.periods import Period, utc_midnight
from shortener.clicks.top_links import top_filtered_links, top_links

EDGE_LIMIT = 5_000  # raw clicks that a breakdown may look at for the sake of a time zone
ALL = 0  # in place of a dimension: all clicks that the others break down
IN_DAYS = f"""
SELECT dimension, value, clicks FROM clicks_dimensionclicks
WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(first)s AND day < %(behind)s
    AND dimension = ANY(%(by)s::smallint[])
UNION ALL
SELECT {ALL}, '', clicks FROM clicks_dailyclicks
WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(first)s AND day < %(behind)s
"""  # noqa: S608  the number above
# All values of a dimension, and what has none, are all clicks: but for links, of which only the most followed are kept.
IN_HELD = f"""
SELECT dimension, part.value, part.clicks FROM clicks_filteredvalues AS held
CROSS JOIN LATERAL unnest(names, held.clicks) AS part (value, clicks)
WHERE {IS_HELD} AND day = ANY(%(days)s::date[]) AND dimension = ANY(%(by)s::smallint[])
UNION ALL
SELECT {ALL}, '', part.clicks FROM clicks_filteredvalues AS held CROSS JOIN LATERAL unnest(held.clicks) AS part (clicks)
WHERE {IS_HELD} AND day = ANY(%(days)s::date[]) AND dimension = %(complete)s
"""  # noqa: S608  the names above
IN_CLICKS = """
SELECT CASE GROUPING({names}) {numbers} ELSE 0 END, coalesce({names}, ''), count(*)
FROM (
    SELECT {columns} FROM clicks_click AS click
    WHERE {scope} = %(id)s AND click.kind = 0 AND ({spans}) AND {filters}
) AS picked GROUP BY GROUPING SETS ({names}, ())
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


def breakdown(
    subject: Subject, period: Period, filters: Filters | None, held: Held, top: int, by: Sequence[Dimension]
) -> tuple[dict[str, list[Slice]], bool]:
    """The `top` values of each of the dimensions `by`, by its label; and whether they are those of whole days. `held`
    is known of `filters`."""
    if filters:
        return _filtered(subject, period, filters, held, top, by), False
    first, behind, edges = _days_and_edges(subject, period)
    until = min(utc_midnight(behind), datetime.now(UTC))
    is_rounded = not edges and (utc_midnight(first) < period.start or period.end < until)
    links = None
    if Dimension.LINK in by and subject.scope != Scope.LINK:
        links = top_links(subject, (first, behind), edges, top)
    others = by if links is None else [dimension for dimension in by if dimension != Dimension.LINK]
    days = {"first": first, "behind": behind}
    found = _of_clicks(subject, edges, "true", days, top, others, IN_DAYS) if others else {}
    if links is not None:
        found[Dimension.LINK.label] = links
    return {label: found[label] for dimension in by if (label := dimension.label) in found}, is_rounded


def _filtered(
    subject: Subject, period: Period, filters: Filters, held: Held, top: int, by: Sequence[Dimension]
) -> dict[str, list[Slice]]:
    condition, more = filter_sql(filters)
    span = (period.start, period.end)
    edges = without(span, held.valued, held.until)
    found: dict[str, list[Slice]] = {}
    others = list(by)
    if held.valued and Dimension.LINK in by and subject.scope != Scope.LINK:
        others.remove(Dimension.LINK)
        links = top_filtered_links(subject, held, edges, (condition, more), top)
        if links is None:
            found = _of_clicks(subject, [span], condition, more, top, [Dimension.LINK])
        else:
            found = {Dimension.LINK.label: links}
    if others:
        days = {**more, **held.values, "days": list(held.valued)}
        found |= _of_clicks(subject, edges, condition, days, top, others, *([IN_HELD] if held.valued else ()))
    return {label: found[label] for dimension in by if (label := dimension.label) in found}


def _of_clicks(
    subject: Subject, spans: Sequence[Span], condition: str, more: Mapping[str, Any], top: int,
    by: Sequence[Dimension], *parts: str,
) -> dict[str, list[Slice]]:  # fmt: skip
    """From the raw clicks of `spans`, and what the queries `parts` find besides."""
    values: dict[str, Any] = {"scope": subject.scope.value, "id": subject.scope_id, "top": top, **more}
    values["by"] = [dimension.value for dimension in by]
    values["complete"] = next((dimension.value for dimension in by if dimension != Dimension.LINK), ALL)
    counted = list(parts)
    if spans:
        condition_of_time, moments = within(spans)
        counted.append(
            IN_CLICKS.format(
                scope=SCOPE_COLUMNS[subject.scope], spans=condition_of_time, filters=condition, **grouped_columns(by)
            )
        )
        values |= moments
    return _slices(rows_of(MOST_FREQUENT.format(counted=" UNION ALL ".join(counted)), values), subject, top, by)


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
    if (at_start := period.start) > utc_midnight(first):
        edges.append((at_start, min(utc_midnight(first + timedelta(1)), period.end)))
    if period.end > utc_midnight(behind):
        if period.end > now:  # nothing has happened in the rest of the day
            behind += timedelta(1)
        elif period.start <= utc_midnight(behind):
            edges.append((utc_midnight(behind), period.end))
    if not edges:
        return first, behind, []
    oldest = utc_midnight(now.date() - timedelta(settings.CLICK_RETENTION_DAYS))
    if edges[0][0] < oldest or _edge_clicks(subject, edges) > EDGE_LIMIT:
        last = (period.end - timedelta(microseconds=1)).astimezone(UTC).date()
        return first, last + timedelta(1), []
    return (first + timedelta(1) if at_start > utc_midnight(first) else first), behind, edges


def _edge_clicks(subject: Subject, edges: list[Span]) -> int:
    values = {"scope": subject.scope.value, "id": subject.scope_id} | within([*edges, edges[-1]][:2])[1]
    [(clicks,)] = rows_of(EDGE_CLICKS, values)
    return int(clicks)
