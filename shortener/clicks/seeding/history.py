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

from shortener.clicks.partitions import SORT_AFTER, ensure_partition, note_order
from shortener.clicks.ranking import ALL as RANK_ALL
from shortener.clicks.rollups import WRITING_LOCK
from shortener.clicks.seeding.people import COLUMNS, Hours, people
from shortener.clicks.seeding.statements import (
    DRAW,
    DROP,
    KEEP_VISITORS,
    OF_A_DAY,
    OF_SOME_DAYS,
    PLACES,
    SUMMED,
    TABLES,
    TRAITS,
)
from shortener.clicks.visitors import KEPT_DAYS

SLOT = -2  # of rollup rows that were made up; writers have theirs from 0 on
SEEDING_LOCK = 0x5C11  # one at a time: they would wait for each other's rows
PEOPLE = 4_000  # different visitors; each stands for many
VISITORS_PER_CLICK = 0.8
DAYS_AT_ONCE = 20  # in one transaction

WRITTEN = (*SUMMED, "clicks_click", "clicks_visitor", "clicks_ranking")


@dataclass(frozen=True)
class History:
    """What is made up: `clicks` of the `links` (IDs) over `days`, the last of which is today as far as it has gone at
    `now`. The n-th link gets the n-th part of what the first one gets (Zipf). The same `seed` draws the same."""

    links: Sequence[int]
    clicks: int
    days: int
    now: datetime
    seed: int = 1


def write_history(
    connection: Connection,
    history: History,
    progress: Callable[[int], None] = lambda _: None,
    *,
    at_once: int = DAYS_AT_ONCE,
) -> None:
    """Add `history` to what is there. `progress` is told how many clicks of a day are drawn. `connection` is in
    autocommit mode; `at_once` days are a transaction: the more, the faster, and the longer do others wait who move
    clicks or take some away."""
    chance = random.Random(history.seed)  # noqa: S311  nothing secret
    with _tables(connection, history, chance):
        connection.execute("SELECT setseed(%s)", [chance.random()])
        run = uuid4().hex  # in place of a salt: nobody who comes later is one of these visitors
        days = clicks_by_day(history, chance)
        for start in range(0, len(days), at_once):
            _write_days(connection, history, days[start : start + at_once], run, progress)
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
def _tables(connection: Connection, history: History, chance: random.Random) -> Iterator[None]:
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
        connection.execute(TRAITS.encode())
        connection.execute(PLACES.encode(), {"links": list(history.links)})
        connection.execute("ANALYZE people, places")
        yield
    finally:
        connection.execute(DROP.encode())
        connection.execute("SELECT pg_advisory_unlock(%s)", [SEEDING_LOCK])


def _write_days(
    connection: Connection,
    history: History,
    days: Sequence[tuple[date, int]],
    run: str,
    progress: Callable[[int], None],
) -> None:
    today = history.now.astimezone(UTC).date()
    new = [day for day, _clicks in days if ensure_partition(connection, day)]
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITING_LOCK])
        for day, clicks in days:
            _write_day(connection, history, day, clicks, run)
            progress(clicks)
        for statement in OF_SOME_DAYS:
            connection.execute(statement.encode())
        for day in new:
            if day <= today - timedelta(SORT_AFTER):
                note_order(connection, day)


def _write_day(connection: Connection, history: History, day: date, clicks: int, run: str) -> None:
    today = history.now.astimezone(UTC).date()
    quarters = Hours().quarters(96 if day < today else _quarters_over(history.now))
    values: dict[str, Any] = {
        "slot": SLOT, "run": run, "day": day, "midnight": datetime.combine(day, time(0), UTC), "is_over": day < today,
        "visitors": max(1, int(clicks * VISITORS_PER_CLICK)), "clicks": clicks, "link_count": len(history.links),
        "quarters": quarters, "quarter_count": len(quarters), "people": PEOPLE,
    }  # fmt: skip
    connection.execute("TRUNCATE seeded")
    connection.execute(DRAW.encode(), values)
    connection.execute("ANALYZE seeded")
    for statement in OF_A_DAY:
        connection.execute(statement.encode(), values)
    if day >= today - timedelta(KEPT_DAYS):
        connection.execute(KEEP_VISITORS.encode(), values)
