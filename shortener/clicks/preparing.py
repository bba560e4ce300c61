"""The first half of an ingest worker's work: from stream entries to clicks that are ready to be written.

It has a connection of its own, so that the next chunk is prepared while PostgreSQL still writes the one before.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain
from uuid import UUID

import msgspec
import psycopg

from shortener.clicks.enrich import EnrichedClick, Enricher
from shortener.clicks.event import Batch, decode_batch
from shortener.clicks.facts import LinkBook
from shortener.clicks.rollups import Sums, sums_of
from shortener.clicks.streams import FIELD, Chunk, Entry, StreamReader
from shortener.clicks.visitors import Salts

CLICKS = 20_000  # in one transaction, about: large enough that hot rows are written once for many clicks
MOST_ENTRIES = 800  # stream entries in one
FIRST_ENTRIES = 50  # before it is known how many clicks an entry holds


@dataclass
class Prepared:
    """A chunk: clicks by the IDs of their batches, what they add to the rollups, and entries that make no sense, with
    the reasons."""

    chunk: Chunk
    sums: Sums = field(default_factory=Sums)
    clicks: dict[UUID, list[EnrichedClick]] = field(default_factory=dict)
    entries: dict[UUID, Entry] = field(default_factory=dict)
    senseless: list[tuple[Entry, Exception]] = field(default_factory=list)


class Preparer:
    """Reads chunks and makes clicks of them. `connect` gives PostgreSQL connections in autocommit mode."""

    def __init__(self, reader: StreamReader, connect: Callable[[], psycopg.Connection]) -> None:
        self._reader, self._connect = reader, connect
        self._postgres: psycopg.Connection | None = None
        self._salts_by_day: dict[date, bytes | None] = {}  # of the chunk at hand
        self._book = LinkBook()
        self._enricher = Enricher(self._salt_of, self._book)
        self._entries = FIRST_ENTRIES

    def next(self, *, abandoned_ms: int, wait_ms: int | None) -> Prepared | None:
        """The next chunk, waited for up to `wait_ms` (None: not at all). Raises `redis.RedisError` and
        `psycopg.OperationalError`; what was read then is delivered again."""
        chunk = self._reader.read(self._entries, abandoned_ms=abandoned_ms, wait_ms=wait_ms)
        if chunk is None:
            return None
        prepared = Prepared(chunk)
        batches = self._decoded(prepared)
        self._salts_by_day = {}
        self._book.load(self._connection, {event.link_id for _, batch in batches for event in batch.events})
        for entry, batch in batches:
            try:
                number = UUID(bytes=batch.id)
                prepared.clicks[number] = [self._enricher.enrich(event) for event in batch.events]
                prepared.entries[number] = entry
            except (ValueError, OverflowError, OSError) as error:  # an ID or a time that cannot be one
                prepared.senseless.append((entry, error))
        prepared.sums = sums_of(chain.from_iterable(prepared.clicks.values()))
        self._suit(chunk, sum(map(len, prepared.clicks.values())))
        return prepared

    def disconnect(self) -> None:
        """Give the connection back."""
        if self._postgres is not None:
            self._postgres.close()
            self._postgres = None

    def _decoded(self, prepared: Prepared) -> list[tuple[Entry, Batch]]:
        batches = []
        for entry in prepared.chunk.entries:
            try:
                batches.append((entry, decode_batch(entry[1][FIELD])))
            except (KeyError, ValueError, msgspec.MsgspecError) as error:
                prepared.senseless.append((entry, error))
        return batches

    def _suit(self, chunk: Chunk, clicks: int) -> None:
        """Read as many entries the next time as hold about `CLICKS`."""
        if clicks:
            self._entries = max(1, min(MOST_ENTRIES, CLICKS * len(chunk.entries) // clicks))

    @property
    def _connection(self) -> psycopg.Connection:
        if self._postgres is None or self._postgres.closed:
            self._postgres = self._connect()
            self._salts = Salts(self._postgres)
        return self._postgres

    def _salt_of(self, day: date) -> bytes | None:
        if day not in self._salts_by_day:
            _ = self._connection
            self._salts_by_day[day] = self._salts.of(day, datetime.now(UTC).date())
        return self._salts_by_day[day]
