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
from shortener.clicks.filtered import Held
from shortener.clicks.filters import SCOPE_COLUMNS, rows_of, within
from shortener.clicks.models import Dimension
from shortener.clicks.periods import utc_midnight

MOST = 100  # links that are looked for like this
READ = 50  # of each day, besides twice as many as are looked for

LINK = Dimension.LINK.value
# Of values that were `seen` (with the least of the list that each was read in), those that may be among the first, and
# whether nothing that was `unseen` can be.
CHOSEN = """
bounds AS MATERIALIZED (
    SELECT value, sum(seen.clicks) AS at_least, sum(seen.clicks - least) + (SELECT clicks FROM unseen) AS at_most
    FROM seen GROUP BY value
),
enough AS (
    SELECT coalesce(min(at_least), 0) AS clicks, count(*) AS links
    FROM (SELECT at_least FROM bounds ORDER BY at_least DESC LIMIT %(top)s) AS best
),
chosen AS MATERIALIZED (SELECT value FROM bounds, enough WHERE at_most >= enough.clicks)
""".strip()
IS_KNOWN = "SELECT unseen.clicks = 0 OR enough.links = %(top)s AND unseen.clicks < enough.clicks FROM unseen, enough"
TOP = f"""
WITH lists AS MATERIALIZED (
    SELECT day, slot FROM clicks_dailyclicks
    WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(first)s AND day < %(behind)s AND clicks > 0
),
edges AS MATERIALIZED (
    SELECT click.link_id::text AS value, count(*) AS clicks FROM clicks_click AS click
    WHERE {{scope}} = %(id)s AND click.kind = 0 AND ({{spans}}) GROUP BY 1
),
seen AS MATERIALIZED (
    SELECT day, slot, value, clicks,
        CASE WHEN count(*) OVER list = %(read)s THEN min(clicks) OVER list ELSE 0 END AS least
    FROM lists CROSS JOIN LATERAL (
        SELECT value, clicks FROM clicks_dimensionclicks AS held
        WHERE scope = %(scope)s AND scope_id = %(id)s AND dimension = {LINK} AND held.day = lists.day
            AND held.slot = lists.slot ORDER BY clicks DESC LIMIT %(read)s
    ) AS first WINDOW list AS (PARTITION BY day, slot)
    UNION ALL SELECT NULL, NULL, value, clicks, 0 FROM edges
),
unseen AS MATERIALIZED (  -- the most that a link can have which was read in no list
    SELECT coalesce(sum(least), 0) AS clicks FROM (SELECT DISTINCT day, slot, least FROM seen) AS ends
),
{CHOSEN}
SELECT value, sum(clicks)::bigint AS clicks,
    ({IS_KNOWN})
FROM (
    SELECT value, clicks FROM seen JOIN chosen USING (value)
    UNION ALL
    SELECT value, held.clicks FROM (
        SELECT day, slot, value FROM chosen CROSS JOIN lists EXCEPT SELECT day, slot, value FROM seen
    ) AS missing JOIN clicks_dimensionclicks AS held USING (day, slot, value)
    WHERE scope = %(scope)s AND scope_id = %(id)s AND dimension = {LINK}
) AS counted GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(top)s
"""  # noqa: S608  the number above

TOP_FILTERED = f"""
WITH lists AS MATERIALIZED (
    SELECT day, least, names, clicks FROM clicks_filteredvalues
    WHERE filter_id = %(filter)s AND dimension = {LINK} AND day = ANY(%(days)s::date[])
),
edges AS MATERIALIZED (
    SELECT click.link_id::text AS value, count(*) AS clicks FROM clicks_click AS click
    WHERE {{scope}} = %(id)s AND click.kind = 0 AND ({{spans}}) AND {{filters}} GROUP BY 1
),
seen AS MATERIALIZED (
    SELECT day, value, part.clicks, least FROM lists
    CROSS JOIN LATERAL unnest(names, lists.clicks) AS part (value, clicks)
    UNION ALL SELECT NULL, value, clicks, 0 FROM edges
),
unseen AS MATERIALIZED (SELECT coalesce(sum(least), 0) AS clicks FROM lists),
{CHOSEN}
SELECT value, sum(clicks)::bigint, array_agg(day), (SELECT array_agg(day) FROM lists WHERE least > 0),
    ({IS_KNOWN})
FROM seen JOIN chosen USING (value) GROUP BY value
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
    values = {**more, **moments, "id": subject.scope_id, "top": top, "filter": held.number, "days": list(held.valued)}
    rows = rows_of(TOP_FILTERED.format(spans=spans, **names), values)
    if any(not is_known for *_, is_known in rows):
        return None
    missing = [(int(link), day) for link, _, days, short, _ in rows for day in sorted(set(short or ()) - set(days))]
    if len(missing) > MOST_MISSING:
        return None
    clicks = {link: count for link, count, *_ in rows}
    if missing:
        found = {
            **more, "id": subject.scope_id, "links": [link for link, _day in missing],
            "starts": [utc_midnight(day) for _link, day in missing],
            "ends": [utc_midnight(day + timedelta(1)) for _link, day in missing],
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
    values: Mapping[str, Any] = {
        "scope": subject.scope.value, "id": subject.scope_id, "first": days[0], "behind": days[1], "top": top,
        "read": READ + 2 * top, **moments,
    }  # fmt: skip
    query = TOP.format(scope=SCOPE_COLUMNS[subject.scope], spans=spans)
    rows = rows_of(query, values)
    if any(not is_known for _value, _clicks, is_known in rows):
        return None
    return [Slice(value, clicks) for value, clicks, _is_known in rows]
