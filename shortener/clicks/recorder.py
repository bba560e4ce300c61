"""Puts the clicks of a web process where they survive it, before their redirects are answered.

Group commit: the events of one turn of the event loop, and of the time the batch before them takes, travel in one
batch and share one wait. When Redis does not take a batch within the time limit, it goes to the spool on disk and the
answers go out; the spool is sent later. Redis may then have taken the batch all the same: its ID makes it count once.
"""

import asyncio
import logging
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from random import randrange
from time import monotonic
from typing import Any

import redis
import redis.asyncio

from shortener.clicks.event import BATCH_LIMIT, encode_batch
from shortener.clicks.spool import Segment, Spool
from shortener.clicks.streams import FIELD, stream_names
from shortener.infra.cancelling import cancel

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds for which Redis is left alone after it has failed
SWEEP = 1.0  # seconds between looks at the spool
AT_ONCE = 100  # records of a spool in one round trip
SEND_TIMEOUT = 5.0  # seconds for that round trip


@dataclass
class RecorderCounts:
    """What became of the clicks of a process, since it began."""

    recorded: int = 0  # safe: in Redis or in the spool
    spooled: int = 0  # those of them that took the way over the disk
    lost: int = 0


class Recorder:
    """Records events of one event loop. `client`: Redis; `time_limit`: seconds; `streams`: how many there are."""

    def __init__(self, client: redis.asyncio.Redis, spool: Spool, time_limit: float, streams: int = 1) -> None:
        self._client, self._spool, self._time_limit = client, spool, time_limit
        self.counts = RecorderCounts()
        names = stream_names(streams)
        start = randrange(streams)  # noqa: S311  only spreads the processes over the streams
        self._streams = cycle(names[start:] + names[:start])
        self._loop = asyncio.get_running_loop()
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="spool")  # one thread: appends and sends stay in order
        self._events: list[tuple[Any, ...]] = []
        self._calls: list[Callable[[], None]] = []
        self._waiter: asyncio.Future[None] = self._loop.create_future()
        self._commit: asyncio.Task[None] | None = None
        self._paused_until = 0.0
        self._sweeper = self._loop.create_task(self._sweep())

    def record(self, event: tuple[Any, ...]) -> "asyncio.Future[None]":
        """Note `event` (fields of `ClickEvent`). The future is done when it is safe: send the answer then."""
        self._events.append(event)
        if self._commit is None:
            self._commit = self._loop.create_task(self._commit_all())
        return self._waiter

    def record_then(self, event: tuple[Any, ...], call: Callable[[], None]) -> None:
        """Note `event`, and `call` when it is safe. Costs less than waiting for a future."""
        self._calls.append(call)
        self.record(event)

    async def close(self) -> None:
        """Commit what is waiting, and try to send what is spooled. Closing twice is harmless."""
        if self._sweeper.done():
            return
        await cancel(self._sweeper)
        if self._commit is not None:
            await self._commit
        await self._send_spools()
        await self._loop.run_in_executor(self._disk, self._spool.close)
        self._disk.shutdown(wait=False)

    async def _commit_all(self) -> None:
        while self._events:
            events, self._events = self._events, []
            calls, self._calls = self._calls, []
            waiter, self._waiter = self._waiter, self._loop.create_future()
            try:
                for start in range(0, len(events), BATCH_LIMIT):
                    await self._keep_or_lose(events[start : start + BATCH_LIMIT])
            finally:
                if not waiter.done():
                    waiter.set_result(None)
                for call in calls:
                    call()
        self._commit = None

    async def _keep_or_lose(self, events: list[tuple[Any, ...]]) -> None:
        try:
            in_redis = await self._keep(encode_batch(events))
        except Exception:
            # Neither Redis nor the disk takes clicks. The visitors still get where they want to go.
            logger.exception("%d clicks are lost: neither Redis nor the spool takes them", len(events))
            self.counts.lost += len(events)
        else:
            self.counts.recorded += len(events)
            self.counts.spooled += 0 if in_redis else len(events)

    async def _keep(self, payload: bytes) -> bool:
        """Make `payload` safe: True in Redis, False in the spool."""
        if monotonic() >= self._paused_until:
            try:
                async with asyncio.timeout(self._time_limit):
                    await self._client.execute_command("XADD", next(self._streams), "*", FIELD, payload)  # type: ignore[no-untyped-call]
                return True
            except (redis.RedisError, OSError, TimeoutError) as error:
                self._paused_until = monotonic() + PAUSE
                logger.warning("Redis does not take clicks (%r); they go to the spool", error)
        await self._loop.run_in_executor(self._disk, self._spool.append, payload)
        return False

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            await self._send_spools()

    async def _send_spools(self) -> None:
        """Send this process's spool, and those of processes that are gone, to Redis; what fails stays on disk."""
        if monotonic() < self._paused_until:
            return
        try:
            await self._send_segments(self._spool.own())
            await self._send_segments(self._spool.adopted())
        except (redis.RedisError, OSError, TimeoutError) as error:
            logger.warning("spooled clicks could not be sent yet: %r", error)

    async def _send_segments(self, segments: Generator[Segment]) -> None:
        """Send one segment after the other: no more than one is in memory."""
        try:
            while found := await self._loop.run_in_executor(self._disk, next, segments, None):
                path, records = found
                await self._send(records)
                logger.info("sent %d batches of clicks that %s held", len(records), path.parent.name)
        finally:
            await self._loop.run_in_executor(self._disk, segments.close)

    async def _send(self, records: list[bytes]) -> None:
        for start in range(0, len(records), AT_ONCE):
            pipeline = self._client.pipeline(transaction=False)
            for payload in records[start : start + AT_ONCE]:
                pipeline.execute_command("XADD", next(self._streams), "*", FIELD, payload)
            async with asyncio.timeout(SEND_TIMEOUT):
                await pipeline.execute()
