"""Hands out link IDs: Redis counts, PostgreSQL guarantees that no number is ever handed out twice.

PostgreSQL reserves blocks of numbers (`IdBlock`, one UPDATE each, committed on a connection of its own), and Redis
counts inside the block that was reserved last. A block belongs to one *life* of one Redis server (its run ID and
replication ID), which the counting script compares each time. So a server that was flushed, restarted from an older
dump or replaced by a replica that lags has no block of its own life: a fresh one is reserved, and the rest of the old
one is never used. While Redis is away, each process counts inside a small block of its own.
"""

import os
import threading
from dataclasses import dataclass, field
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from shortener.infra.stores import autonomous_connection

BLOCK_SIZE = 10_000  # numbers that Redis counts through before the next reservation
LOCAL_BLOCK_SIZE = 100  # the same for one process while Redis is away
AHEAD = 50  # numbers that a process fetches together when it is asked for single ones
KEY = "ids:{link}"

# The life of this server: changes with every start and every promotion.
_LIFE = """
local life = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
    .. string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
"""
# KEYS[1] block; ARGV[1] how many → {life} or {life, first, count}
TAKE = (
    _LIFE
    + """
local block = redis.call('HMGET', KEYS[1], 'life', 'next', 'stop')
if block[1] ~= life then return {life} end
local count = math.min(tonumber(ARGV[1]), tonumber(block[3]) - tonumber(block[2]))
if count <= 0 then return {life} end
redis.call('HINCRBY', KEYS[1], 'next', count)
return {life, tonumber(block[2]), count}
"""
)
# KEYS[1] block; ARGV life, start, stop → 1 when the block was put in place. One that is in use stays, and so does one
# that starts later than the offer (an offer that was delayed must not bring back numbers that are gone).
OFFER = (
    _LIFE
    + """
if life ~= ARGV[1] then return 0 end
local block = redis.call('HMGET', KEYS[1], 'life', 'next', 'stop')
if block[1] == life and (tonumber(block[2]) < tonumber(block[3]) or tonumber(block[3]) > tonumber(ARGV[2])) then
    return 0
end
redis.call('HSET', KEYS[1], 'life', life, 'next', ARGV[2], 'stop', ARGV[3])
return 1
"""
)


@dataclass
class _LocalBlock:
    """Numbers that only this process hands out."""

    numbers: range = range(0)
    process: int = 0  # a forked child must not go on with its parent's numbers
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, count: int) -> list[int]:
        with self.lock:
            if self.process != os.getpid():
                self.numbers, self.process = range(0), os.getpid()
            taken, self.numbers = self.numbers[:count], self.numbers[count:]
        return list(taken)

    def keep(self, numbers: range) -> None:
        with self.lock:
            if self.process != os.getpid() or not self.numbers:
                self.numbers, self.process = numbers, os.getpid()


_local = _LocalBlock()


@dataclass
class _Ahead:
    """Numbers that this process has been given and not used yet. Those left at its end are nobody's."""

    numbers: list[int] = field(default_factory=list)
    process: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, count: int) -> list[int]:
        """`count` of them, fetched if there are too few."""
        with self.lock:
            if self.process != os.getpid():
                self.numbers, self.process = [], os.getpid()
            if len(self.numbers) < count:
                self.numbers += allocate(AHEAD)
            taken, self.numbers = self.numbers[:count], self.numbers[count:]
        return taken


_ahead = _Ahead()


def take(count: int = 1) -> list[int]:
    """The same as `allocate`, without a round trip for each of many small requests."""
    return allocate(count) if count > AHEAD else _ahead.take(count)


def allocate(count: int = 1) -> list[int]:
    """`count` numbers that nobody has had and nobody else will have. Raises Django's database errors only."""
    numbers: list[int] = []
    while len(numbers) < count:
        missing = count - len(numbers)
        try:
            numbers += _take_from_redis(missing)
        except redis.RedisError:
            numbers += _local.take(missing) or _reserve_local(missing)
    return numbers


def _take_from_redis(count: int) -> list[int]:
    """Up to `count` numbers of the shared block; none when this call has had to put a new block in place."""
    life, *taken = _counter().eval(TAKE, 1, KEY, count)
    if taken:
        first, granted = taken
        return list(range(first, first + granted))
    block = reserve_block(max(BLOCK_SIZE, count))
    if not _counter().eval(OFFER, 1, KEY, life, block.start, block.stop):
        _local.keep(block)  # somebody else's block is in place: this one serves when Redis is away
    return []


def _reserve_local(count: int) -> list[int]:
    block = reserve_block(max(LOCAL_BLOCK_SIZE, count))
    _local.keep(block[count:])
    return list(block[:count])


def reserve_block(size: int) -> range:
    """`size` numbers taken out of PostgreSQL for good, above every link that exists (an older backup may have been
    restored)."""
    with autonomous_connection() as reserving:
        row = reserving.execute(
            """
            INSERT INTO links_idblock AS block (name, next_start)
            VALUES ('link', (SELECT coalesce(max(id), 0) + 1 FROM links_link) + %(size)s)
            ON CONFLICT (name) DO UPDATE SET next_start = %(size)s
                + greatest(block.next_start, (SELECT coalesce(max(id), 0) + 1 FROM links_link))
            RETURNING next_start
            """,
            {"size": size},
        ).fetchone()
    assert row is not None  # noqa: S101  RETURNING of an upsert has a row
    return range(row[0] - size, row[0])


@cache
def _counter() -> redis.Redis:
    """A client that never repeats a command by itself: an offer made twice could bring back used numbers."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )
