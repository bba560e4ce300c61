"""What PostgreSQL is told to draw clicks and to add them up. Sums of some days are gathered in temporary tables, which
have no index, and then go to the rollups in the order of their keys: a page of an index is written once for all of
those days, not once for each row."""

from shortener.clicks.filters import COLUMNS as VALUES
from shortener.clicks.models import Dimension
from shortener.clicks.seeding.people import TEXTS

SUMMED = ("clicks_quarterclicks", "clicks_dailyclicks", "clicks_dimensionclicks", "clicks_linktotal")
TABLES = f"""
CREATE TEMP TABLE people (number serial, kind smallint, tracked boolean, shift int,
    {", ".join(f"{name} text" for name in TEXTS)});
CREATE TEMP TABLE places (rank int, link_id bigint, domain_id bigint, workspace_id bigint);
CREATE TEMP TABLE seeded (n int, at timestamptz, link_id bigint, domain_id bigint, workspace_id bigint, person int,
    kind smallint, tracked boolean, visitor int, is_new boolean);
{"".join(f"CREATE TEMP TABLE new_{table} (LIKE {table});" for table in SUMMED)}
"""
DROP = f"""
DROP TABLE IF EXISTS people, places, traits, seeded, {", ".join(f"new_{table}" for table in SUMMED)}
"""
_PARTS = ", ".join(f"({d.value}, {column})" for d, column in VALUES.items() if d != Dimension.LINK)
# The values of each visitor, numbered: numbers are added up faster than texts.
TRAITS = f"""
CREATE TEMP TABLE traits AS
SELECT number AS person, dimension, value, dense_rank() OVER (ORDER BY dimension, value)::int AS trait
FROM people AS click CROSS JOIN LATERAL (VALUES {_PARTS}) AS part (dimension, value) WHERE value <> '';
ANALYZE traits
"""  # noqa: S608  the names above
PLACES = """
INSERT INTO places SELECT rank, link.id, link.domain_id, link.workspace_id
FROM unnest(%(links)s::bigint[]) WITH ORDINALITY AS drawn (id, rank) JOIN links_link AS link USING (id)
"""
DRAW = """
INSERT INTO seeded
SELECT n, at, link_id, domain_id, workspace_id, number, kind, tracked, visitor,
    kind = 0 AND tracked AND row_number() OVER (PARTITION BY link_id, visitor ORDER BY at) = 1
FROM (
    SELECT drawn.*, link_id, domain_id, workspace_id, number, kind, tracked, %(midnight)s::timestamptz
        + interval '1 ms' * ((ms - CASE WHEN %(is_over)s THEN shift ELSE 0 END + 172800000) %% 86400000) AS at
    FROM (
        SELECT n, floor(random() * %(visitors)s)::int AS visitor,
            floor(power(%(link_count)s + 1, random()))::int AS rank,
            (%(quarters)s::int[])[1 + floor(%(quarter_count)s * random())::int] * 900000
                + floor(random() * 900000)::int AS ms
        FROM generate_series(1, %(clicks)s) AS n
    ) AS drawn JOIN people ON number = 1 + visitor %% %(people)s JOIN places USING (rank)
) AS placed
"""
VISITOR = "decode(md5(concat(%(run)s::text, %(day)s::date, visitor)), 'hex')"
# In the order in which housekeeping puts them once the day is over.
KEEP_CLICKS = f"""
INSERT INTO clicks_click (clicked_at, batch_id, position, link_id, domain_id, workspace_id, kind, visitor,
    {", ".join(TEXTS)})
SELECT at, md5(concat(%(run)s::text, %(day)s::date, n / 1000))::uuid, n %% 1000, link_id, domain_id, workspace_id,
    people.kind, CASE WHEN people.tracked THEN {VISITOR} END, {", ".join(f"people.{name}" for name in TEXTS)}
FROM seeded JOIN people ON people.number = person ORDER BY workspace_id, link_id, at
"""  # noqa: S608  the names above
KEEP_VISITORS = f"""
INSERT INTO clicks_visitor (day, link_id, visitor) SELECT %(day)s, link_id, {VISITOR} FROM seeded WHERE is_new
"""  # noqa: S608  the names above
_UPPER = "CROSS JOIN LATERAL (VALUES (0, link_id), (1, domain_id), (2, workspace_id), (3, 0)) AS upper (scope, id)"
_COUNTED = """
count(*) FILTER (WHERE kind = 0) AS clicks, count(*) FILTER (WHERE kind = 1) AS bots,
count(*) FILTER (WHERE kind > 1) AS others, count(*) FILTER (WHERE is_new) AS visitors
"""
_ADD_COUNTS = """
INSERT INTO new_{table} (slot, scope, scope_id, {when}, clicks, bots, others, visitors)
SELECT %(slot)s, upper.scope, upper.id, at, sum(clicks), sum(bots), sum(others), sum(visitors)
FROM (
    SELECT link_id, domain_id, workspace_id, {key} AS at, {counted} FROM seeded GROUP BY 1, 2, 3, 4
) AS counted {upper} GROUP BY 2, 3, 4
"""
_ADD_TOTALS = f"""
INSERT INTO new_clicks_linktotal (slot, link_id, clicks, bots, others, visitors, last_clicked_at)
SELECT %(slot)s, link_id, {_COUNTED}, max(at) FROM seeded GROUP BY 2
"""  # noqa: S608  the names above
_ADD_VALUES = f"""
INSERT INTO new_clicks_dimensionclicks (slot, scope, scope_id, dimension, day, value, clicks)
WITH by_person AS MATERIALIZED (
    SELECT link_id, domain_id, workspace_id, person, count(*) AS clicks FROM seeded WHERE kind = 0 GROUP BY 1, 2, 3, 4
), by_scope AS (
    SELECT upper.scope, upper.id, person, sum(clicks) AS clicks FROM by_person {_UPPER} GROUP BY 1, 2, 3
), by_trait AS (
    SELECT scope, id, trait, sum(clicks) AS clicks FROM by_scope JOIN traits USING (person) GROUP BY 1, 2, 3
)
SELECT %(slot)s, scope, id, dimension, %(day)s::date, value, clicks
FROM by_trait JOIN (SELECT DISTINCT trait, dimension, value FROM traits) AS named USING (trait)
UNION ALL
SELECT %(slot)s, upper.scope, upper.id, {Dimension.LINK.value}, %(day)s::date, link_id::text, sum(clicks)
FROM by_person {_UPPER} WHERE upper.scope > 0 GROUP BY 2, 3, 6
"""  # noqa: S608  the names above
OF_A_DAY = (
    KEEP_CLICKS,
    _ADD_COUNTS.format(
        table="clicks_quarterclicks", when="at", key="date_bin('15 min', at, 'epoch')", counted=_COUNTED, upper=_UPPER
    ),
    _ADD_COUNTS.format(table="clicks_dailyclicks", when="day", key="%(day)s::date", counted=_COUNTED, upper=_UPPER),
    _ADD_TOTALS,
    _ADD_VALUES,
)
_MORE = """
clicks = held.clicks + excluded.clicks, bots = held.bots + excluded.bots, others = held.others + excluded.others,
visitors = held.visitors + excluded.visitors
"""
_KEEP_COUNTS = """
INSERT INTO {table} AS held (slot, scope, scope_id, {when}, clicks, bots, others, visitors)
SELECT slot, scope, scope_id, {when}, clicks, bots, others, visitors FROM new_{table} ORDER BY scope, scope_id, {when}
ON CONFLICT (scope, scope_id, {when}, slot) DO UPDATE SET {more}
"""
_KEEP_TOTALS = f"""
INSERT INTO clicks_linktotal AS held (slot, link_id, clicks, bots, others, visitors, last_clicked_at)
SELECT slot, link_id, sum(clicks), sum(bots), sum(others), sum(visitors), max(last_clicked_at)
FROM new_clicks_linktotal GROUP BY slot, link_id ORDER BY link_id
ON CONFLICT (link_id, slot) DO UPDATE SET {_MORE},
    last_clicked_at = greatest(held.last_clicked_at, excluded.last_clicked_at)
"""  # noqa: S608  the names above
_KEEP_VALUES = """
INSERT INTO clicks_dimensionclicks AS held (slot, scope, scope_id, dimension, day, value, clicks)
SELECT slot, scope, scope_id, dimension, day, value, clicks FROM new_clicks_dimensionclicks
ORDER BY scope, scope_id, dimension, day
ON CONFLICT (scope, scope_id, dimension, day, value, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks
"""
OF_SOME_DAYS = (
    _KEEP_COUNTS.format(table="clicks_quarterclicks", when="at", more=_MORE),
    _KEEP_COUNTS.format(table="clicks_dailyclicks", when="day", more=_MORE),
    _KEEP_TOTALS,
    _KEEP_VALUES,
    f"TRUNCATE {', '.join(f'new_{table}' for table in SUMMED)}",
)
