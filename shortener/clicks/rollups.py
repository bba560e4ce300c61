"""Writes a chunk of click batches to PostgreSQL: raw clicks, rollups and batch IDs, all or nothing.

Sums are made in memory first, so that a chunk costs one statement a table, however hot its links are. Rows are sorted
by key: two transactions that meet always wait in the same order, and cannot lock each other up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from shortener.clicks.enrich import EnrichedClick
from shortener.clicks.models import Dimension, Kind

Key = tuple[Any, ...]

COPY_CLICKS = """
COPY clicks_click (clicked_at, batch_id, position, link_id, kind, visitor, referrer, country, region, city,
    browser, os, device, language) FROM STDIN (FORMAT BINARY)
"""
COPY_TYPES = ["timestamptz", "uuid", "int2", "int8", "int2", "bytea", "text", "varchar", *["text"] * 5, "varchar"]
KEEP_BATCHES = """
INSERT INTO clicks_batch (id, clicks) SELECT * FROM unnest(%s::uuid[], %s::int[]) ON CONFLICT DO NOTHING RETURNING id
"""
KEEP_VISITORS = """
INSERT INTO clicks_visitor (day, link_id, visitor) SELECT * FROM unnest(%s::date[], %s::bigint[], %s::bytea[])
ON CONFLICT DO NOTHING RETURNING link_id, day
"""


@dataclass
class Counts:
    """Clicks by kind."""

    clicks: int = 0
    bots: int = 0
    others: int = 0
    visitors: int = 0
    last: datetime | None = None

    def add(self, click: EnrichedClick) -> None:
        """Count `click`."""
        if click.kind == Kind.HUMAN:
            self.clicks += 1
        elif click.kind == Kind.BOT:
            self.bots += 1
        else:
            self.others += 1
        self.last = max(self.last, click.at) if self.last else click.at


@dataclass
class Sums:
    """What a chunk adds to each rollup, by key."""

    totals: defaultdict[int, Counts] = field(default_factory=lambda: defaultdict(Counts))
    hours: defaultdict[Key, Counts] = field(default_factory=lambda: defaultdict(Counts))
    days: defaultdict[Key, Counts] = field(default_factory=lambda: defaultdict(Counts))
    values: Counter[Key] = field(default_factory=Counter)
    visitors: set[tuple[date, int, bytes]] = field(default_factory=set)

    def add(self, click: EnrichedClick) -> None:
        """Count `click` in every rollup."""
        link, day = click.link_id, click.at.date()
        self.totals[link].add(click)
        self.hours[link, click.at.replace(minute=0, second=0, microsecond=0)].add(click)
        self.days[link, day].add(click)
        if click.kind != Kind.HUMAN:
            return
        if click.visitor is not None:
            self.visitors.add((day, link, click.visitor))
        for dimension, value in dimensions_of(click):
            self.values[link, int(dimension), day, value] += 1


def dimensions_of(click: EnrichedClick) -> Iterable[tuple[Dimension, str]]:
    """The values that `click` is broken down by."""
    return (
        (Dimension.REFERRER, click.referrer),
        (Dimension.COUNTRY, click.place.country),
        (Dimension.BROWSER, click.agent.browser),
        (Dimension.OS, click.agent.os),
        (Dimension.DEVICE, click.agent.device),
        (Dimension.LANGUAGE, click.language),
    )


def write_chunk(connection: Connection, batches: Mapping[UUID, Sequence[EnrichedClick]], slot: int) -> int:
    """Write `batches` in one transaction, except those that are in already; the number of clicks written.

    `slot` tells this writer's rollup rows from those of writers at work at the same time.
    """
    with connection.transaction():
        ids = sorted(batches)
        rows = connection.execute(KEEP_BATCHES, [ids, [len(batches[i]) for i in ids]]).fetchall()
        new = sorted(row[0] for row in rows)
        if new:
            _copy(connection, {i: batches[i] for i in new})
            _add_up(connection, (click for i in new for click in batches[i]), slot)
    return sum(len(batches[i]) for i in new)


def _copy(connection: Connection, batches: Mapping[UUID, Sequence[EnrichedClick]]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY_CLICKS) as copy:
        copy.set_types(COPY_TYPES)
        for batch, clicks in batches.items():
            for position, click in enumerate(clicks):
                place, agent = click.place, click.agent
                copy.write_row((
                    click.at, batch, position, click.link_id, int(click.kind), click.visitor, click.referrer,
                    place.country, place.region, place.city, agent.browser, agent.os, agent.device, click.language,
                ))  # fmt: skip


def _add_up(connection: Connection, clicks: Iterable[EnrichedClick], slot: int) -> None:
    sums = Sums()
    for click in clicks:
        sums.add(click)
    _count_visitors(connection, sums)
    _upsert_counts(connection, "clicks_hourlyclicks", {"link_id": "bigint", "hour": "timestamptz"}, sums.hours, slot)
    _upsert_counts(
        connection, "clicks_dailyclicks", {"link_id": "bigint", "day": "date"}, sums.days, slot, visitors=True
    )
    _upsert_values(connection, sums.values, slot)
    _upsert_totals(connection, sums.totals, slot)


def _count_visitors(connection: Connection, sums: Sums) -> None:
    """Add those visitors that had not been seen on their day."""
    if not sums.visitors:
        return
    columns = list(zip(*sorted(sums.visitors), strict=True))
    for link, day in connection.execute(KEEP_VISITORS, [list(column) for column in columns]).fetchall():
        sums.days[link, day].visitors += 1
        sums.totals[link].visitors += 1


def _upsert_counts(
    connection: Connection,
    table: str,
    key_types: Mapping[str, str],
    sums: Mapping[Key, Counts],
    slot: int,
    *,
    visitors: bool = False,
) -> None:
    names = ["clicks", "bots", "others"] + (["visitors"] if visitors else [])
    keys = sorted(sums)
    columns = [list(column) for column in zip(*keys, strict=True)]
    columns += [[getattr(sums[key], name) for key in keys] for name in names]
    types = [*key_types.values(), *("bigint" for _ in names)]
    arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
    adds = ", ".join(f"{name} = held.{name} + excluded.{name}" for name in names)
    connection.execute(  # every name comes from the literals in this module
        f"INSERT INTO {table} AS held ({', '.join([*key_types, *names])}, slot) "  # noqa: S608
        f"SELECT *, {int(slot)} FROM unnest({arrays}) "
        f"ON CONFLICT ({', '.join(key_types)}, slot) DO UPDATE SET {adds}".encode(),
        columns,
    )


def _upsert_values(connection: Connection, values: Mapping[Key, int], slot: int) -> None:
    if not values:
        return
    keys = sorted(values)
    columns = [list(column) for column in zip(*keys, strict=True)]
    connection.execute(
        """
        INSERT INTO clicks_dimensionclicks AS held (slot, link_id, dimension, day, value, clicks)
        SELECT %s, * FROM unnest(%s::bigint[], %s::smallint[], %s::date[], %s::text[], %s::bigint[])
        ON CONFLICT (link_id, dimension, day, value, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks
        """,
        [slot, *columns, [values[key] for key in keys]],
    )


def _upsert_totals(connection: Connection, totals: Mapping[int, Counts], slot: int) -> None:
    links = sorted(totals)
    counts = [totals[link] for link in links]
    connection.execute(
        """
        INSERT INTO clicks_linktotal AS held (slot, link_id, clicks, bots, others, visitors, last_clicked_at)
        SELECT %s, * FROM unnest(
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[])
        ON CONFLICT (link_id, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks,
            bots = held.bots + excluded.bots, others = held.others + excluded.others,
            visitors = held.visitors + excluded.visitors,
            last_clicked_at = greatest(held.last_clicked_at, excluded.last_clicked_at)
        """,
        [
            slot,
            links,
            *([getattr(count, name) for count in counts] for name in ("clicks", "bots", "others", "visitors", "last")),
        ],
    )
