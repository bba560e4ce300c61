"""From the Redis stream to PostgreSQL, each batch exactly once.

A worker reads entries as a member of a consumer group, writes what they hold in one transaction that also keeps the
batches' IDs, and only then acknowledges and deletes them. Whatever is interrupted is delivered again, to this worker
or, after a while, to another; a batch whose ID is kept already is skipped. So a crash at any point changes nothing.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import redis

from shortener.clicks.enrich import EnrichedClick, Enricher
from shortener.clicks.event import decode_batch
from shortener.clicks.housekeeping import start_day
from shortener.clicks.recorder import FIELD, STREAM
from shortener.clicks.rollups import write_chunk
from shortener.clicks.visitors import Salts

logger = logging.getLogger(__name__)

GROUP = "ingest"
ENTRIES = 200  # stream entries in one transaction
WAIT_MS = 500  # longest wait for new entries; also how soon a stop is noticed
ABANDONED_MS = 10_000  # an entry delivered this long ago and not acknowledged is taken over
RETRY = 1.0  # seconds to wait after a store has failed
SLOTS = 64  # ingest processes that can work at the same time
SLOT_LOCKS = 0x5C0F  # namespace of the advisory locks that hand out slots

Entry = tuple[bytes, dict[bytes, bytes]]


class Ingest:
    """One worker. `connect` gives PostgreSQL connections in autocommit mode."""

    def __init__(self, client: redis.Redis, connect: Callable[[], psycopg.Connection]) -> None:
        self._redis, self._connect = client, connect
        self._name = f"{socket.gethostname()}-{os.getpid()}"
        self._stopping = threading.Event()
        self._postgres: psycopg.Connection | None = None
        self._slot = 0
        self._today: date | None = None

    def stop(self) -> None:
        """Finish the chunk at hand, then return from `run`."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`. A store that fails is waited for."""
        while not self._stopping.is_set():
            try:
                self._ensure_group()
                while not self._stopping.is_set():
                    self.step()
            except (redis.RedisError, psycopg.OperationalError, OSError) as error:
                logger.warning("clicks wait: %s", _one_line(error))
                self._disconnect()
                self._stopping.wait(RETRY)
        self._leave()

    def step(self, wait_ms: int | None = WAIT_MS) -> int:
        """Write the next chunk, waiting up to `wait_ms` for one (None: not at all); the number of stream entries."""
        self._start_day()
        entries = self._abandoned() or self._new(wait_ms)
        if entries:
            self._write(entries)
            self._acknowledge([entry_id for entry_id, _ in entries])
        return len(entries)

    def drain(self) -> None:
        """Write all that is in the stream now."""
        self._ensure_group()
        while self.step(wait_ms=None):
            pass

    def _write(self, entries: Iterable[Entry]) -> int:
        enricher = Enricher(self._salt_of)
        batches: dict[UUID, list[EnrichedClick]] = {}
        for entry_id, fields in entries:
            try:
                batch = decode_batch(fields[FIELD])
                batches[UUID(bytes=batch.id)] = [enricher.enrich(event) for event in batch.events]
            except (KeyError, ValueError, OverflowError, msgspec.MsgspecError) as error:
                self._set_aside(entry_id, fields, error)
        return write_chunk(self._connection, batches, self._slot) if batches else 0

    def _set_aside(self, entry_id: bytes, fields: dict[bytes, bytes], error: Exception) -> None:
        """Keep an entry that makes no sense, with the reason, out of the way of the others."""
        logger.error("stream entry %s cannot be read (%r); it is kept in clicks_deadbatch", entry_id.decode(), error)
        self._connection.execute(
            "INSERT INTO clicks_deadbatch (stream_id, payload, reason) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [entry_id.decode(), fields.get(FIELD, b""), repr(error)],
        )

    # --- Redis ---------------------------------------------------------------------------------------------------

    def _ensure_group(self) -> None:
        with suppress(redis.ResponseError):  # BUSYGROUP: it is there
            self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)

    def _abandoned(self) -> list[Entry]:
        """Entries that some worker was given and never acknowledged."""
        claimed: Any = self._redis.xautoclaim(STREAM, GROUP, self._name, ABANDONED_MS, count=ENTRIES)
        return [entry for entry in claimed[1] if entry[1] is not None]

    def _new(self, wait_ms: int | None) -> list[Entry]:
        found: Any = self._redis.xreadgroup(GROUP, self._name, {STREAM: ">"}, count=ENTRIES, block=wait_ms)
        if isinstance(found, dict):  # RESP3
            found = list(found.items())
        return _flat(found[0][1]) if found else []

    def _acknowledge(self, entry_ids: list[bytes]) -> None:
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.xack(STREAM, GROUP, *entry_ids)
        pipeline.xdel(STREAM, *entry_ids)
        pipeline.execute()

    def _leave(self) -> None:
        """Take this worker out of the group, unless entries are still assigned to it."""
        with suppress(redis.RedisError):
            consumers: Any = self._redis.xinfo_consumers(STREAM, GROUP)
            if any(c["name"] == self._name.encode() and c["pending"] == 0 for c in consumers):
                self._redis.xgroup_delconsumer(STREAM, GROUP, self._name)
        self._disconnect()

    # --- PostgreSQL ----------------------------------------------------------------------------------------------

    @property
    def _connection(self) -> psycopg.Connection:
        if self._postgres is None or self._postgres.closed:
            self._postgres = self._connect()
            self._slot = _take_slot(self._postgres)
            self._salts = Salts(self._postgres)
        return self._postgres

    def _disconnect(self) -> None:
        if self._postgres is not None:
            self._postgres.close()
            self._postgres = None

    def _salt_of(self, day: date) -> bytes | None:
        _ = self._connection
        return self._salts.of(day, datetime.now(UTC).date())

    def _start_day(self) -> None:
        """Once a day and at the start, do what the tables need."""
        today = datetime.now(UTC).date()
        if self._today != today:
            start_day(self._connection, self._salts, today)
            self._today = today


def _take_slot(connection: psycopg.Connection) -> int:
    """The first slot that no other connection holds; held until the connection ends."""
    for slot in range(SLOTS):
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [SLOT_LOCKS, slot]).fetchone()
        if row and row[0]:
            return slot
    raise psycopg.OperationalError(f"more than {SLOTS} ingest workers")


def _flat(entries: Any) -> list[Entry]:
    # redis-py nests a stream's entries once more under RESP3.
    return entries[0] if entries and isinstance(entries[0], list) else entries


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or repr(error)
