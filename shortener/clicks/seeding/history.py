"""Made-up clicks, written straight into the partitions and the rollups: ten million in a few minutes.

PostgreSQL draws the clicks of a day, each as one of some thousand made-up visitors at a moment of the day; the rollups
are then added up from what was drawn, in the same transaction, so that they agree with the raw clicks to the last one.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import sin
from typing import Any
from uuid import uuid4

from psycopg import Connection, sql

from shortener.clicks.filters import COLUMNS as VALUES
from shortener.clicks.models import Dimension
from shortener.clicks.partitions import ensure_partition
from shortener.clicks.ranking import ALL as RANK_ALL
from shortener.clicks.rollups import WRITING_LOCK
from shortener.clicks.seeding.people import COLUMNS, TEXTS, Hours, people
from shortener.clicks.visitors import KEPT_DAYS

SLOT = -2  # of rollup rows that were made up; writers have theirs from 0 on
SEEDING_LOCK = 0x5C11  # one at a time: they would wait for each other's rows
PEOPLE = 4_000  # different visitors; each stands for many
VISITORS_PER_CLICK = 0.8

TABLES = f"""
CREATE TEMP TABLE people (number serial, kind smallint, tracked boolean, shift int,
    {", ".join(f"{name} text" for name in TEXTS)});
CREATE TEMP TABLE seeded (n int, at timestamptz, link_id bigint, person int, kind smallint, tracked boolean,
    visitor int, is_new boolean)
"""
COPY_PEOPLE = f"COPY people ({', '.join(COLUMNS)}) FROM STDIN"
DRAW = """
INSERT INTO seeded
SELECT n, at, link_id, number, kind, tracked, visitor,
    kind = 0 AND tracked AND row_number() OVER (PARTITION BY link_id, visitor ORDER BY at) = 1
FROM (
    SELECT drawn.*, number, kind, tracked, %(midnight)s::timestamptz
        + interval '1 ms' * ((ms - CASE WHEN %(is_over)s THEN shift ELSE 0 END + 172800000) %% 86400000) AS at
    FROM (
        SELECT n, floor(random() * %(visitors)s)::int AS visitor,
            (%(links)s::bigint[])[floor(power(%(link_count)s + 1, random()))::int] AS link_id,
            (%(quarters)s::int[])[1 + floor(%(quarter_count)s * random())::int] * 900000
                + floor(random() * 900000)::int AS ms
        FROM generate_series(1, %(clicks)s) AS n
    ) AS drawn JOIN people ON number = 1 + visitor %% %(people)s
) AS placed
"""
VISITOR = "decode(md5(concat(%(run)s::text, %(day)s::date, visitor)), 'hex')"
KEEP_CLICKS = f"""
INSERT INTO clicks_click (clicked_at, batch_id, position, link_id, domain_id, workspace_id, kind, visitor,
    {", ".join(TEXTS)})
SELECT at, md5(concat(%(run)s::text, %(day)s::date, n / 1000))::uuid, n %% 1000, link_id, domain_id, workspace_id,
    people.kind, CASE WHEN people.tracked THEN {VISITOR} END, {", ".join(f"people.{name}" for name in TEXTS)}
FROM seeded JOIN people ON people.number = person JOIN links_link AS link ON link.id = link_id ORDER BY at
"""  # noqa: S608  the names above
KEEP_VISITORS = f"""
INSERT INTO clicks_visitor (day, link_id, visitor) SELECT %(day)s, link_id, {VISITOR} FROM seeded WHERE is_new
"""  # noqa: S608  the names above
SCOPES = """
links_link AS link ON link.id = link_id
CROSS JOIN LATERAL (VALUES (0, link.id), (1, link.domain_id), (2, link.workspace_id), (3, 0)) AS upper (scope, id)
"""
COUNTED = """
count(*) FILTER (WHERE kind = 0) AS clicks, count(*) FILTER (WHERE kind = 1) AS bots,
count(*) FILTER (WHERE kind > 1) AS others, count(*) FILTER (WHERE is_new) AS visitors
"""
KEEP_COUNTS = """
INSERT INTO {table} AS held (slot, scope, scope_id, {when}, clicks, bots, others, visitors)
SELECT %(slot)s, upper.scope, upper.id, counted.at, sum(clicks), sum(bots), sum(others), sum(visitors)
FROM (SELECT link_id, {key} AS at, {counted} FROM seeded GROUP BY 1, 2) AS counted JOIN {scopes} GROUP BY 2, 3, 4
ON CONFLICT (scope, scope_id, {when}, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks,
    bots = held.bots + excluded.bots, others = held.others + excluded.others,
    visitors = held.visitors + excluded.visitors
"""
KEEP_TOTALS = f"""
INSERT INTO clicks_linktotal AS held (slot, link_id, clicks, bots, others, visitors, last_clicked_at)
SELECT %(slot)s, link_id, {COUNTED}, max(at) FROM seeded GROUP BY 2
ON CONFLICT (link_id, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks,
    bots = held.bots + excluded.bots, others = held.others + excluded.others,
    visitors = held.visitors + excluded.visitors,
    last_clicked_at = greatest(held.last_clicked_at, excluded.last_clicked_at)
"""  # noqa: S608  the names above
_PARTS = ", ".join(f"({d.value}, {column})" for d, column in VALUES.items() if d != Dimension.LINK)
KEEP_VALUES = f"""
INSERT INTO clicks_dimensionclicks AS held (slot, scope, scope_id, dimension, day, value, clicks)
WITH by_person AS (SELECT link_id, person, count(*) AS clicks FROM seeded WHERE kind = 0 GROUP BY 1, 2),
counted AS (
    SELECT 0 AS scope, link_id AS id, person, clicks FROM by_person
    UNION ALL
    SELECT upper.scope, upper.id, person, sum(clicks)
    FROM by_person JOIN {SCOPES} WHERE upper.scope > 0 GROUP BY 1, 2, 3
)
SELECT %(slot)s, counted.scope, counted.id, part.dimension, %(day)s::date, part.value, sum(clicks)
FROM counted JOIN people AS click ON click.number = person
CROSS JOIN LATERAL (VALUES {_PARTS}) AS part (dimension, value) WHERE part.value <> '' GROUP BY 2, 3, 4, 6
UNION ALL
SELECT %(slot)s, upper.scope, upper.id, {Dimension.LINK.value}, %(day)s::date, link_id::text, sum(clicks)
FROM by_person JOIN {SCOPES} WHERE upper.scope > 0 GROUP BY 2, 3, 6
ON CONFLICT (scope, scope_id, dimension, day, value, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks
"""  # noqa: S608  the names above
STATEMENTS = (
    KEEP_CLICKS,
    KEEP_COUNTS.format(
        table="clicks_quarterclicks", when="at", key="date_bin('15 min', at, 'epoch')", counted=COUNTED, scopes=SCOPES
    ),
    KEEP_COUNTS.format(table="clicks_dailyclicks", when="day", key="%(day)s::date", counted=COUNTED, scopes=SCOPES),
    KEEP_TOTALS,
    KEEP_VALUES,
)
WRITTEN = (
    "clicks_click", "clicks_quarterclicks", "clicks_dailyclicks", "clicks_dimensionclicks", "clicks_linktotal",
    "clicks_visitor", "clicks_ranking",
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """What is made up: `clicks` of the `links` (IDs) over `days`, the last of which is today as far as it has gone at
    `now`. The n-th link gets the n-th part of what the first one gets (Zipf). The same `seed` draws the same."""

    links: Sequence[int]
    clicks: int
    days: int
    now: datetime
    seed: int = 1


def write_history(connection: Connection, history: History, progress: Callable[[int], None] = lambda _: None) -> None:
    """Add `history` to what is there. `progress` is told how many clicks of a day are in. `connection` is in autocommit
    mode; a day is a transaction."""
    chance = random.Random(history.seed)  # noqa: S311  nothing secret
    with _tables(connection, chance):
        connection.execute("SELECT setseed(%s)", [chance.random()])
        run = uuid4().hex  # in place of a salt: nobody who comes later is one of these visitors
        for day, clicks in clicks_by_day(history, chance):
            ensure_partition(connection, day)
            _write_day(connection, history, day, clicks, run)
            progress(clicks)
    connection.execute(RANK_ALL.encode())
    for table in WRITTEN:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def clicks_by_day(history: History, chance: random.Random) -> list[tuple[date, int]]:
    """How many clicks fall on which day: fewer at weekends, more and more over time, and never quite as expected."""
    today = history.now.astimezone(UTC).date()
    days = [today - timedelta(age) for age in reversed(range(history.days))]
    weights = [_likely(day, number / len(days), chance) for number, day in enumerate(days)]
    weights[-1] *= _quarters_over(history.now) / 96
    if not any(weights):  # today alone, in its first quarter of an hour
        return []
    counts = [int(history.clicks * weight / sum(weights)) for weight in weights]
    counts[max(range(len(counts)), key=counts.__getitem__)] += history.clicks - sum(counts)
    return [(day, clicks) for day, clicks in zip(days, counts, strict=True) if clicks]


def _likely(day: date, age: float, chance: random.Random) -> float:
    weekend = 0.55 if day.weekday() >= 5 else 1.0
    burst = 2.2 if chance.random() < 0.03 else 1.0
    return weekend * burst * (0.7 + 0.6 * age) * (1 + 0.15 * sin(age * 9)) * chance.uniform(0.85, 1.15)


def _quarters_over(now: datetime) -> int:
    at = now.astimezone(UTC)
    return (at.hour * 60 + at.minute) // 15


@contextmanager
def _tables(connection: Connection, chance: random.Random) -> Iterator[None]:
    """The temporary tables, and nobody else who makes up clicks."""
    connection.execute("SELECT pg_advisory_lock(%s)", [SEEDING_LOCK])
    try:
        connection.execute(TABLES.encode())
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY people ({', '.join(COLUMNS)}) FROM STDIN".encode()) as copy,
        ):
            for person in people(PEOPLE, chance):
                copy.write_row(person)
        connection.execute("ANALYZE people")
        yield
    finally:
        connection.execute("DROP TABLE IF EXISTS people, seeded")
        connection.execute("SELECT pg_advisory_unlock(%s)", [SEEDING_LOCK])


def _write_day(connection: Connection, history: History, day: date, clicks: int, run: str) -> None:
    today = history.now.astimezone(UTC).date()
    quarters = Hours().quarters(96 if day < today else _quarters_over(history.now))
    values: dict[str, Any] = {
        "slot": SLOT, "run": run, "day": day, "midnight": datetime.combine(day, time(0), UTC), "is_over": day < today,
        "visitors": max(1, int(clicks * VISITORS_PER_CLICK)), "links": list(history.links), "clicks": clicks,
        "link_count": len(history.links), "quarters": quarters, "quarter_count": len(quarters), "people": PEOPLE,
    }  # fmt: skip
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITING_LOCK])
        connection.execute("TRUNCATE seeded")
        connection.execute(DRAW.encode(), values)
        connection.execute("ANALYZE seeded")
        for statement in STATEMENTS:
            connection.execute(statement.encode(), values)
        if day >= today - timedelta(KEPT_DAYS):
            connection.execute(KEEP_VISITORS.encode(), values)
