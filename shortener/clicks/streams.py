"""The Redis streams that batches of clicks wait in, and the consumer group that reads them.

There is one, or a setting's number of them, so that the masters of a Redis Cluster share the load: the braces in a name
choose the slot. An entry leaves its stream when it has been acknowledged, and for no other reason.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import time
from typing import Any

import redis

STREAM = "clicks"
FIELD = b"b"
GROUP = "ingest"
MOST_STREAMS = 64

Entry = tuple[bytes, dict[bytes, bytes]]


def stream_names(count: int) -> list[str]:
    """The names of `count` streams."""
    return [STREAM, *(f"{STREAM}:{{{number}}}" for number in range(1, count))]


@dataclass(frozen=True)
class Chunk:
    """Entries of one stream."""

    stream: str
    entries: list[Entry]


class StreamReader:
    """Reads all streams as the consumer `name` of the group, each in its turn."""

    def __init__(self, client: redis.Redis, name: str, count: int) -> None:
        self._redis, self._name, self._count = client, name, count
        self._streams: list[str] = []
        self._owed: dict[
            str, bytes
        ] = {}  # streams that may hold entries which this consumer was given before, after ID

    def open(self) -> None:
        """Make the group where it is missing; what was read and not acknowledged is read again. Streams of a time when
        there were more of them are read as well."""
        own = stream_names(self._count)
        others = [name for name in stream_names(MOST_STREAMS)[self._count :] if self._redis.exists(name)]
        self._streams = own + others
        self._owed = dict.fromkeys(self._streams, b"0")
        for name in self._streams:
            with suppress(redis.ResponseError):  # BUSYGROUP: it is there
                self._redis.xgroup_create(name, GROUP, id="0", mkstream=True)

    def read(self, most: int, *, abandoned_ms: int, wait_ms: int | None) -> Chunk | None:
        """Up to `most` entries: such as were read before `open` and never acknowledged, or were given to another
        consumer `abandoned_ms` ago, or new ones, waiting for them up to `wait_ms` (None: not at all)."""
        for number in range(len(self._streams)):
            stream = self._streams[number]
            if entries := self._at_hand(stream, most, abandoned_ms):
                self._streams = [*self._streams[number + 1 :], *self._streams[: number + 1]]  # the others' turn
                return Chunk(stream, entries)
        if wait_ms is None:
            return None
        self._streams = [*self._streams[1:], self._streams[0]]
        stream = self._streams[-1]
        entries = self._new(stream, most, max(1, wait_ms // len(self._streams)))
        return Chunk(stream, entries) if entries else None

    def acknowledge(self, chunk: Chunk) -> None:
        """These entries are written: they leave the stream."""
        numbers = [number for number, _ in chunk.entries]
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.xack(chunk.stream, GROUP, *numbers)
        pipeline.xdel(chunk.stream, *numbers)
        pipeline.execute()

    def leave(self) -> None:
        """Take this consumer out of the group, if it owes nothing."""
        for stream in self._streams:
            with suppress(redis.RedisError):
                consumers: Any = self._redis.xinfo_consumers(stream, GROUP)
                if any(c["name"] == self._name.encode() and c["pending"] == 0 for c in consumers):
                    self._redis.xgroup_delconsumer(stream, GROUP, self._name)

    def _at_hand(self, stream: str, most: int, abandoned_ms: int) -> list[Entry]:
        return self._own(stream, most) or self._abandoned(stream, most, abandoned_ms) or self._new(stream, most, None)

    def _own(self, stream: str, most: int) -> list[Entry]:
        """What this consumer owes since a store failed it: nobody else would be given it for a while."""
        while (after := self._owed.get(stream)) is not None:
            entries = self._given(stream, most, after.decode(), None)
            if not entries:
                del self._owed[stream]
                break
            self._owed[stream] = entries[-1][0]
            if there := [entry for entry in entries if entry[1]]:  # the others have been trimmed away
                return there
        return []

    def _abandoned(self, stream: str, most: int, after_ms: int) -> list[Entry]:
        claimed: Any = self._redis.xautoclaim(stream, GROUP, self._name, after_ms, count=most)
        return [entry for entry in claimed[1] if entry[1] is not None]

    def _new(self, stream: str, most: int, wait_ms: int | None) -> list[Entry]:
        return self._given(stream, most, ">", wait_ms)

    def _given(self, stream: str, most: int, after: str, wait_ms: int | None) -> list[Entry]:
        found: Any = self._redis.xreadgroup(GROUP, self._name, {stream: after}, count=most, block=wait_ms)
        if isinstance(found, dict):  # RESP3
            found = list(found.items())
        return _flat(found[0][1]) if found else []


def waiting(client: redis.Redis, streams: Sequence[str]) -> tuple[int, float]:
    """How many batches wait in `streams`, and for how many seconds the oldest has."""
    pipeline = client.pipeline(transaction=False)
    for name in streams:
        pipeline.xlen(name)
        pipeline.xrange(name, count=1)
    answers: list[Any] = pipeline.execute()
    oldest = [int(entries[0][0].partition(b"-")[0]) / 1000 for entries in answers[1::2] if entries]
    return sum(answers[0::2]), max(0.0, time() - min(oldest)) if oldest else 0.0


def _flat(entries: Any) -> list[Entry]:
    # redis-py nests a stream's entries once more under RESP3.
    return entries[0] if entries and isinstance(entries[0], list) else entries
