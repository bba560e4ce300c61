"""Writes a chunk of click batches to PostgreSQL: raw clicks, rollups and batch IDs, all or nothing.

Sums are made in memory first, so that a chunk costs one statement a table, however hot its links are. Rows are sorted
by key: two transactions that meet always wait in the same order, and cannot lock each other up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg import Connection

from shortener.clicks.enrich import EnrichedClick
from shortener.clicks.facts import NOTHING_KNOWN, LinkFacts
from shortener.clicks.models import Dimension, Kind, Scope

Key = tuple[Any, ...]
LINK = Scope.LINK.value

# Held together by whoever writes clicks, alone by whoever takes some away (`erase`).
WRITING_LOCK = 0x5C10
COPY_COLUMNS = (
    "clicked_at, batch_id, position, link_id, domain_id, workspace_id, kind, visitor, referrer, source, country, "
    "region, city, browser, os, device, language, utm_source, utm_medium, utm_campaign, utm_term, utm_content, "
    "destination, channel"
)
COPY_CLICKS = f"COPY clicks_click ({COPY_COLUMNS}) FROM STDIN (FORMAT BINARY)"
COPY_TYPES = [
    "timestamptz", "uuid", "int2", "int8", "int8", "int8", "int2", "bytea", "text", "text",
    "varchar", *["text"] * 5, "varchar", *["text"] * 7,
]  # fmt: skip
KEEP_BATCHES = """
INSERT INTO clicks_batch (id, clicks) SELECT * FROM unnest(%s::uuid[], %s::int[]) ON CONFLICT DO NOTHING RETURNING id
"""
KEEP_VISITORS = """
INSERT INTO clicks_visitor (day, link_id, visitor) SELECT * FROM unnest(%s::date[], %s::bigint[], %s::bytea[])
ON CONFLICT DO NOTHING RETURNING link_id, day, visitor
"""


@dataclass(slots=True)
class Counts:
    """Clicks by kind."""

    clicks: int = 0
    bots: int = 0
    others: int = 0
    visitors: int = 0
    last: datetime | None = None

    def add(self, click: EnrichedClick) -> None:
        """Count `click`."""
        if click.kind is Kind.HUMAN:
            self.clicks += 1
        elif click.kind is Kind.BOT:
            self.bots += 1
        else:
            self.others += 1
        if self.last is None or click.at > self.last:
            self.last = click.at

    def add_all(self, others: "Counts") -> None:
        """Count what `others` has counted."""
        self.clicks += others.clicks
        self.bots += others.bots
        self.others += others.others
        self.visitors += others.visitors
        if others.last is not None and (self.last is None or others.last > self.last):
            self.last = others.last


@dataclass
class Sums:
    """What a chunk adds to each rollup, by key. Keys begin with scope and ID. Clicks are added to their links; then
    `fold_values` and, once visitors are counted too, `fold_counts` add the links up to all that they belong to."""

    totals: defaultdict[int, Counts] = field(default_factory=lambda: defaultdict(Counts))
    quarters: defaultdict[Key, Counts] = field(default_factory=lambda: defaultdict(Counts))
    days: defaultdict[Key, Counts] = field(default_factory=lambda: defaultdict(Counts))
    values: Counter[Key] = field(default_factory=Counter)
    facts: dict[int, LinkFacts] = field(default_factory=dict)
    visitors: dict[Key, datetime] = field(default_factory=dict)  # when first seen, by (day, link, hash)
    seen: defaultdict[Key, Counter[tuple[int, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )  # by link, day

    def add(self, click: EnrichedClick) -> None:
        """Count `click` for its link: once, by the quarter of an hour; folding does the rest."""
        link, at = click.link_id, click.at
        day = at.date()
        if click.facts is not NOTHING_KNOWN:
            self.facts[link] = click.facts
        self.quarters[LINK, link, quarter_of(at)].add(click)
        if click.kind is not Kind.HUMAN:
            return
        if click.visitor is not None:
            key = (day, link, click.visitor)
            first = self.visitors.get(key)
            if first is None or at < first:
                self.visitors[key] = at
        counted = self.seen[link, day]
        for value in dimensions_of(click):
            if value[1]:
                counted[value] += 1

    def add_visitor(self, link: int, day: date, first_seen: datetime) -> None:
        """Count somebody who had not been seen on `day`."""
        self.quarters[LINK, link, quarter_of(first_seen)].visitors += 1

    def fold_counts(self) -> None:
        """Add quarters up to days and totals, and links to domains, workspaces and the site. What is no link (orphans)
        belongs to nothing."""
        self._fold_quarters()
        for counted in (self.quarters, self.days):
            for (_, link, when), counts in list(counted.items()):
                for scope in self._scopes(link):
                    counted[*scope, when].add_all(counts)
        for (of, link, day), counts in list(self.days.items()):
            if of == LINK and counts.clicks:
                for scope in self._scopes(link):
                    self.values[*scope, Dimension.LINK.value, day, str(link)] += counts.clicks

    def _fold_quarters(self) -> None:
        for (_, link, at), counts in self.quarters.items():
            self.days[LINK, link, at.date()].add_all(counts)
            self.totals[link].add_all(counts)

    def fold_values(self) -> None:
        """The same for the values of dimensions, which know nothing of visitors."""
        for (link, day), counted in self.seen.items():
            scopes = ((LINK, link), *self._scopes(link))
            for (dimension, value), clicks in counted.items():
                for scope, number in scopes:
                    self.values[scope, number, dimension, day, value] += clicks

    def _scopes(self, link: int) -> Iterable[tuple[int, int]]:
        facts = self.facts.get(link)
        if facts is None:
            return ()
        return (
            (Scope.DOMAIN.value, facts.domain_id),
            (Scope.WORKSPACE.value, facts.workspace_id),
            (Scope.SITE.value, 0),
        )


def quarter_of(moment: datetime) -> datetime:
    """When the quarter of an hour of `moment` begins."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


PLAIN_DIMENSIONS = (
    Dimension.REFERRER, Dimension.SOURCE, Dimension.COUNTRY, Dimension.REGION, Dimension.CITY, Dimension.BROWSER,
    Dimension.OS, Dimension.DEVICE, Dimension.LANGUAGE, Dimension.DESTINATION, Dimension.CHANNEL,
    Dimension.UTM_SOURCE, Dimension.UTM_MEDIUM, Dimension.UTM_CAMPAIGN, Dimension.UTM_TERM, Dimension.UTM_CONTENT,
)  # fmt: skip
_NUMBERS = tuple(dimension.value for dimension in PLAIN_DIMENSIONS)


def dimensions_of(click: EnrichedClick) -> Iterator[tuple[int, str]]:
    """The values that `click` is broken down by; the empty one is unknown."""
    place, agent = click.place, click.agent
    values = (
        click.referrer, click.source, place.country, located(place.region, place.country),
        located(place.city, place.country), agent.browser, agent.os, agent.device, click.language,
        click.destination, click.channel, *click.utm,
    )  # fmt: skip
    return zip(_NUMBERS, values, strict=True)


def located(name: str, country: str) -> str:
    """A region or city as people tell it from its namesakes: `Frankfurt, DE`."""
    return f"{name}, {country}" if name and country else name


def sums_of(clicks: Iterable[EnrichedClick]) -> Sums:
    """What `clicks` add to the rollups, but for visitors, whom only the database can tell from those seen before."""
    sums = Sums()
    for click in clicks:
        sums.add(click)
    sums.fold_values()
    return sums


def write_chunk(
    connection: Connection, batches: Mapping[UUID, Sequence[EnrichedClick]], slot: int, sums: Sums | None = None
) -> list[UUID]:
    """Write `batches` in one transaction, except those that are in already; the IDs of those that were written.

    `slot` tells this writer's rollup rows from those of writers at work at the same time. `sums`: of all `batches`, if
    they are known already; used up.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITING_LOCK])
        ids = sorted(batches)
        rows = connection.execute(KEEP_BATCHES, [ids, [len(batches[i]) for i in ids]]).fetchall()
        new = sorted(row[0] for row in rows)
        if new:
            _copy(connection, {i: batches[i] for i in new})
            if sums is None or len(new) < len(batches):
                sums = sums_of(click for i in new for click in batches[i])
            _add_up(connection, sums, slot)
    return new


def _copy(connection: Connection, batches: Mapping[UUID, Sequence[EnrichedClick]]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY_CLICKS.encode()) as copy:
        copy.set_types(COPY_TYPES)
        for batch, clicks in batches.items():
            for position, click in enumerate(clicks):
                place, agent, facts = click.place, click.agent, click.facts
                copy.write_row((
                    click.at, batch, position, click.link_id, facts.domain_id, facts.workspace_id, int(click.kind),
                    click.visitor, click.referrer, click.source, place.country, place.region, place.city,
                    agent.browser, agent.os, agent.device, click.language, *click.utm, click.destination,
                    click.channel,
                ))  # fmt: skip


def _add_up(connection: Connection, sums: Sums, slot: int) -> None:
    _count_visitors(connection, sums)
    sums.fold_counts()
    _upsert_counts(connection, "clicks_quarterclicks", "at", "timestamptz", sums.quarters, slot)
    _upsert_counts(connection, "clicks_dailyclicks", "day", "date", sums.days, slot)
    _upsert_values(connection, sums.values, slot)
    _upsert_totals(connection, sums.totals, slot)


def _count_visitors(connection: Connection, sums: Sums) -> None:
    """Add those visitors that had not been seen on their day."""
    if not sums.visitors:
        return
    days, links, visitors = zip(*sorted(sums.visitors), strict=True)
    columns = [_array(days), _array(links), _array_of_bytes(visitors)]
    for link, day, visitor in connection.execute(KEEP_VISITORS, columns).fetchall():
        sums.add_visitor(link, day, sums.visitors[day, link, bytes(visitor)])


def _upsert_counts(
    connection: Connection, table: str, when: str, when_type: str, sums: Mapping[Key, Counts], slot: int
) -> None:
    keys = sorted(sums)
    counts = [sums[key] for key in keys]
    connection.execute(  # every name comes from the literals in this module
        f"""
        INSERT INTO {table} AS held (slot, scope, scope_id, {when}, clicks, bots, others, visitors)
        SELECT %s, * FROM unnest(%s::smallint[], %s::bigint[], %s::{when_type}[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
        ON CONFLICT (scope, scope_id, {when}, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks,
            bots = held.bots + excluded.bots, others = held.others + excluded.others,
            visitors = held.visitors + excluded.visitors
        """.encode(),  # noqa: S608
        [
            slot,
            *(_array(column) for column in zip(*keys, strict=True)),
            *(_array(getattr(count, name) for count in counts) for name in ("clicks", "bots", "others", "visitors")),
        ],
    )


def _upsert_values(connection: Connection, values: Mapping[Key, int], slot: int) -> None:
    if not values:
        return
    keys = sorted(values)
    *numbers, texts = zip(*keys, strict=True)
    connection.execute(
        """
        INSERT INTO clicks_dimensionclicks AS held (slot, scope, scope_id, dimension, day, value, clicks)
        SELECT %s, * FROM unnest(
            %s::smallint[], %s::bigint[], %s::smallint[], %s::date[], %s::text[], %s::bigint[])
        ON CONFLICT (scope, scope_id, dimension, day, value, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks
        """,
        [slot, *map(_array, numbers), _array_of_texts(texts), _array([values[key] for key in keys])],
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
            _array(links),
            *(
                _array(getattr(count, name) for count in counts)
                for name in ("clicks", "bots", "others", "visitors", "last")
            ),
        ],
    )


def _array(items: Iterable[Any]) -> str:
    """A PostgreSQL array literal of numbers, dates or moments: many times faster than adapting tens of thousands of
    them one by one."""
    return "{" + ",".join(map(str, items)) + "}"


def _array_of_bytes(items: Iterable[bytes]) -> str:
    return "{" + ",".join([f'"\\\\x{item.hex()}"' for item in items]) + "}"


def _array_of_texts(items: Iterable[str]) -> str:
    """The same of texts, which are quoted."""
    return "{" + ",".join(map(_quoted, items)) + "}"


@lru_cache(maxsize=50_000)
def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
