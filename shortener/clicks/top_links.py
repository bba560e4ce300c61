"""The most followed links of a workspace, a domain or the site, without adding up all of them.

A workspace may have a hundred thousand links, each with a row a day. But the links of a day can be read from the most
followed one down (an index), and what has not been read of a day has no more clicks than the last one that was. So the
first links of each day are read; whichever of them may be among the most followed of the whole time is counted exactly;
and what was never read cannot be among them, or else nothing is known, and all have to be added up after all
(R. Fagin, A. Lotem and M. Naor: Optimal aggregation algorithms for middleware, 2003).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from shortener.clicks.figures import Slice, Span, Subject
from shortener.clicks.filtered import IS_HELD, LISTED, Held
from shortener.clicks.filters import SCOPE_COLUMNS, rows_of, within
from shortener.clicks.models import Dimension
from shortener.clicks.periods import utc_midnight

MOST = 100  # links that are looked for like this
READ = 50  # of each day, besides twice as many as are looked for
FIRST_READ = 5_000  # of all days together, and three times as many as are looked for of each: most often that is enough

LINK = Dimension.LINK.value
# A list of the clicks that days do not hold, which is read to its end.
EDGES = """
SELECT array_agg(link_id::text), array_agg(clicks), 0, count(*)::int, NULL, 0 FROM (
    SELECT click.link_id, count(*) AS clicks FROM clicks_click AS click
    WHERE {scope} = %(id)s AND click.kind = 0 AND ({spans}) AND {filters} GROUP BY 1
) AS counted
""".strip()
# Each of the `lists` is read down to `read`, and what is not has `cut` clicks in it at most. Of all values that were
# `seen`, those are chosen that may be among the first.
CHOSEN = """
unseen AS MATERIALIZED (SELECT coalesce(sum(cut), 0) AS clicks FROM lists),
bounds AS MATERIALIZED (
    SELECT value, sum(seen.clicks) AS at_least, sum(seen.clicks - cut) + (SELECT clicks FROM unseen) AS at_most
    FROM lists CROSS JOIN LATERAL unnest(names[:read], lists.clicks[:read]) AS seen (value, clicks) GROUP BY value
),
enough AS (
    SELECT coalesce(min(at_least), 0) AS clicks, count(*) AS links
    FROM (SELECT at_least FROM bounds ORDER BY at_least DESC LIMIT %(top)s) AS best
),
chosen AS MATERIALIZED (SELECT value FROM bounds, enough WHERE at_most >= enough.clicks)
""".strip()
# Whether nothing that was not seen can be among the first.
IS_KNOWN = "SELECT unseen.clicks = 0 OR enough.links = %(top)s AND unseen.clicks < enough.clicks FROM unseen, enough"
TOP = f"""
WITH lists AS MATERIALIZED (
    SELECT names, read.clicks, cut, %(read)s::int AS read, day, slot FROM clicks_dailyclicks AS daily
    CROSS JOIN LATERAL (
        SELECT array_agg(value) AS names, array_agg(clicks) AS clicks,
            CASE WHEN count(*) = %(read)s THEN min(clicks) ELSE 0 END AS cut
        FROM (
            SELECT value, clicks FROM clicks_dimensionclicks AS held
            WHERE scope = %(scope)s AND scope_id = %(id)s AND dimension = {LINK} AND held.day = daily.day
                AND held.slot = daily.slot ORDER BY clicks DESC LIMIT %(read)s
        ) AS most
    ) AS read
    WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(first)s AND day < %(behind)s AND daily.clicks > 0
    UNION ALL
    {EDGES}
),
{CHOSEN}
SELECT value, sum(CASE WHEN place > 0 THEN lists.clicks[place] WHEN cut > 0 THEN (
        SELECT held.clicks FROM clicks_dimensionclicks AS held
        WHERE scope = %(scope)s AND scope_id = %(id)s AND dimension = {LINK} AND held.day = lists.day
            AND held.slot = lists.slot AND held.value = chosen.value
    ) END)::bigint AS clicks, ({IS_KNOWN})
FROM chosen CROSS JOIN lists CROSS JOIN LATERAL array_position(names, value) AS place
GROUP BY value ORDER BY 2 DESC, 1 LIMIT %(top)s
"""  # noqa: S608  the number above

TOP_FILTERED = f"""
WITH lists AS MATERIALIZED (
    SELECT names[:] AS names, clicks[:] AS clicks,  -- unpacked here, not at each look
        CASE WHEN cardinality(names) > %(read)s THEN clicks[%(read)s] ELSE least END AS cut, %(read)s::int AS read,
        day, least
    FROM clicks_filteredvalues AS held WHERE {IS_HELD} AND day = ANY(%(days)s::date[]) AND dimension = {LINK}
    UNION ALL
    {EDGES}
),
{CHOSEN}
SELECT value, coalesce(sum(lists.clicks[place]), 0)::bigint,
    array_agg(day) FILTER (WHERE place IS NULL AND least > 0), ({IS_KNOWN})
FROM chosen CROSS JOIN lists CROSS JOIN LATERAL array_position(names, value) AS place
GROUP BY value
"""  # noqa: S608  the number above
MISSING = """
SELECT place.link_id::text, sum(counted.clicks)::bigint
FROM unnest(%(links)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS place (link_id, start, behind)
CROSS JOIN LATERAL (
    SELECT count(*) AS clicks FROM clicks_click AS click
    WHERE {scope} = %(id)s AND click.kind = 0 AND click.link_id = place.link_id
        AND click.clicked_at >= place.start AND click.clicked_at < place.behind AND {filters}
) AS counted GROUP BY 1
"""
MOST_MISSING = 500  # days on which a link has to be counted that was not among the first


def top_filtered_links(
    subject: Subject, held: Held, edges: Sequence[Span], filters: tuple[str, Mapping[str, Any]], top: int
) -> list[Slice] | None:
    """The same with filters (a condition and its values), of whose days `held` is known."""
    spans, moments = within(edges)
    condition, more = filters
    names = {"scope": SCOPE_COLUMNS[subject.scope], "filters": condition}
    values = {**more, **moments, **held.values, "id": subject.scope_id, "top": top, "days": list(held.valued)}
    rows = _read(TOP_FILTERED.format(spans=spans, **names), values, len(held.valued), LISTED)
    if rows is None:
        return None
    missing = [(int(link), day) for link, _clicks, days in rows for day in sorted(days or ())]
    if len(missing) > MOST_MISSING:
        return None
    clicks = {link: count for link, count, _days in rows}
    if missing:
        found = {
            **more, "id": subject.scope_id, "links": [link for link, _day in missing],
            "starts": [utc_midnight(day) for _link, day in missing],
            "ends": [min(utc_midnight(day + timedelta(1)), held.until) for _link, day in missing],
        }  # fmt: skip
        for link, count in rows_of(MISSING.format(**names), found):
            clicks[link] += count
    best = sorted(clicks.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Slice(link, count) for link, count in best[:top]]


def top_links(subject: Subject, days: tuple[date, date], edges: Sequence[Span], top: int) -> list[Slice] | None:
    """The `top` most followed links of `subject` on the `days` (UTC) from the first up to, without, the second, and in
    the spans of time `edges` beside them; None when that cannot be known in this way."""
    if top > MOST:
        return None
    spans, moments = within(edges)
    first, behind = days
    values: Mapping[str, Any] = {
        "scope": subject.scope.value, "id": subject.scope_id, "first": first, "behind": behind, "top": top, **moments,
    }  # fmt: skip
    query = TOP.format(scope=SCOPE_COLUMNS[subject.scope], spans=spans, filters="true")
    rows = _read(query, values, (behind - first).days, READ + 2 * top)
    return None if rows is None else [Slice(value, clicks) for value, clicks in rows]


def depths(days: int, top: int, most: int) -> Sequence[int]:
    """How many links are read of each of so many `days` when the first `top` are looked for: not `most` of them at once
    where that would be many."""
    few = max(3 * top, FIRST_READ // max(days, 1))
    return (few, most) if few < most else (most,)


def _read(query: str, values: Mapping[str, Any], days: int, most: int) -> list[tuple[Any, ...]] | None:
    """What `query` finds by reading at most so many links of each day, without its last column, which says whether that
    is known; None if it is not."""
    for read in depths(days, values["top"], most):
        rows = rows_of(query, {**values, "read": read})
        if all(is_known for *_, is_known in rows):
            return [row[:-1] for row in rows]
    return None
