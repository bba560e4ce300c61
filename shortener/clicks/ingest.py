"""From the Redis streams to PostgreSQL, each batch exactly once.

A worker reads entries as a member of a consumer group, writes what they hold in one transaction that also keeps the
batches' IDs, and only then acknowledges and deletes them. Whatever is interrupted is delivered again, to this worker
or, after a while, to another; a batch whose ID is kept already is skipped. So a crash at any point changes nothing.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import psycopg
import redis
from django.conf import settings

from shortener.clicks.enrich import EnrichedClick
from shortener.clicks.live import announce
from shortener.clicks.preparing import Prepared, Preparer
from shortener.clicks.rollups import write_chunk
from shortener.clicks.streams import FIELD, Entry, StreamReader

logger = logging.getLogger(__name__)

WAIT_MS = 500  # longest wait for new entries; also how soon a stop is noticed
ABANDONED_MS = 10_000  # an entry delivered this long ago and not acknowledged is taken over
RETRY = 1.0  # seconds to wait after a store has failed
SLOTS = 64  # ingest processes that can work at the same time
SLOT_LOCKS = 0x5C0F  # namespace of the advisory locks that hand out slots

_numbers = count(1)  # of the workers of this process


@dataclass
class IngestCounts:
    """What a worker has done since it began."""

    clicks: int = 0
    set_aside: int = 0


class Ingest:
    """One worker. `connect` gives PostgreSQL connections in autocommit mode."""

    def __init__(self, client: redis.Redis, connect: Callable[[], psycopg.Connection]) -> None:
        self._redis, self._connect = client, connect
        name = f"{socket.gethostname()}-{os.getpid()}-{next(_numbers)}"  # nobody else's: it reads again what it owes
        self._reader = StreamReader(client, name, settings.CLICK_STREAMS)
        self._preparer = Preparer(self._reader, connect)
        self._stopping = threading.Event()
        self._postgres: psycopg.Connection | None = None
        self._slot = 0
        self.counts = IngestCounts()

    def stop(self) -> None:
        """Finish what has been read, then return from `run`."""
        self._stopping.set()

    def run(self, after_step: Callable[[], None] = lambda: None) -> None:
        """Work until `stop`. A store that fails is waited for."""
        while not self._stopping.is_set():
            try:
                self._reader.open()
                self._work(after_step)
            except (redis.RedisError, psycopg.OperationalError, OSError) as error:
                logger.warning("clicks wait: %s", _one_line(error))
                self._disconnect()
                self._stopping.wait(RETRY)
        self._reader.leave()
        self._disconnect()

    def step(self, wait_ms: int | None = WAIT_MS) -> int:
        """Write the next chunk, waiting up to `wait_ms` for one (None: not at all); the number of stream entries."""
        prepared = self._prepare(wait_ms)
        return self._finish(prepared) if prepared else 0

    def drain(self) -> None:
        """Write all that is in the streams now."""
        self._reader.open()
        while self.step(wait_ms=None):
            pass

    def _work(self, after_step: Callable[[], None]) -> None:
        """Prepare a chunk while the one before it is written. When writing fails, what was prepared meanwhile is
        delivered again, like the chunk itself."""
        with ThreadPoolExecutor(1, thread_name_prefix="prepare") as ahead:
            coming: Future[Prepared | None] | None = ahead.submit(self._prepare, WAIT_MS)
            while coming is not None:
                prepared = coming.result()
                coming = None if self._stopping.is_set() else ahead.submit(self._prepare, WAIT_MS)
                if prepared is not None:
                    self._finish(prepared)
                after_step()

    def _prepare(self, wait_ms: int | None) -> Prepared | None:
        return self._preparer.next(abandoned_ms=ABANDONED_MS, wait_ms=wait_ms)

    def _finish(self, prepared: Prepared) -> int:
        """Write a chunk and take it out of its stream; the number of entries."""
        written = self._write(prepared)
        self._reader.acknowledge(prepared.chunk)
        announce(self._redis, written)
        return len(prepared.chunk.entries)

    def _write(self, prepared: Prepared) -> list[EnrichedClick]:
        """Write what was prepared; the clicks that are new."""
        for entry, error in prepared.senseless:
            self._set_aside(prepared.chunk.stream, entry, error)
        clicks = prepared.clicks
        if not clicks:
            return []
        try:
            new = write_chunk(self._connection, clicks, self._slot, prepared.sums)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            logger.error("a chunk is refused (%s): its batches are written one by one", _one_line(error))
            new = self._write_each(prepared.chunk.stream, clicks, prepared.entries)
        written = [click for number in new for click in clicks[number]]
        self.counts.clicks += len(written)
        return written

    def _write_each(
        self, stream: str, clicks: Mapping[UUID, list[EnrichedClick]], entries: Mapping[UUID, Entry]
    ) -> list[UUID]:
        """Write batches that PostgreSQL does not take together; one that it does not take alone is set aside."""
        new: list[UUID] = []
        for number, batch in clicks.items():
            try:
                new += write_chunk(self._connection, {number: batch}, self._slot)
            except psycopg.OperationalError:
                raise
            except psycopg.Error as error:
                self._set_aside(stream, entries[number], error)
        return new

    def _set_aside(self, stream: str, entry: Entry, error: Exception) -> None:
        """Keep an entry that cannot be written, with the reason, out of the way of the others."""
        number, fields = f"{stream}/{entry[0].decode()}", entry[1]
        logger.error("stream entry %s cannot be written (%r); it is kept in clicks_deadbatch", number, error)
        self.counts.set_aside += 1
        self._connection.execute(
            "INSERT INTO clicks_deadbatch (stream_id, payload, reason) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [number, fields.get(FIELD, b""), repr(error)],
        )

    # --- PostgreSQL ----------------------------------------------------------------------------------------------

    @property
    def _connection(self) -> psycopg.Connection:
        if self._postgres is None or self._postgres.closed:
            self._postgres = self._connect()
            self._slot = _take_slot(self._postgres)
        return self._postgres

    def _disconnect(self) -> None:
        self._preparer.disconnect()
        if self._postgres is not None:
            self._postgres.close()
            self._postgres = None


def _take_slot(connection: psycopg.Connection) -> int:
    """The first slot that no other connection holds; held until the connection ends."""
    for slot in range(SLOTS):
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [SLOT_LOCKS, slot]).fetchone()
        if row and row[0]:
            return slot
    raise psycopg.OperationalError(f"more than {SLOTS} ingest workers")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or repr(error)
