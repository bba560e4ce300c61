"""Publishes what writers could not: Redis was away, or the writer died between its commit and the publication. And
removes the notes of what they could, all of half a second by one statement."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from shortener.redirects import store
from shortener.redirects.plan import RedirectPlan
from shortener.redirects.tiers import PostgresTier, RedisTier, StoresUnavailable

logger = logging.getLogger(__name__)

EVERY = 0.5  # seconds between two looks; shorter than the next, so that nobody takes what is settled for late
OLDER_THAN = 1.0  # seconds that a writer has to publish its change by itself
AT_ONCE = 500  # links in one round


class Settled:
    """Notes whose changes are published, on their way from the threads of writers to whoever removes them."""

    def __init__(self) -> None:
        self.removers = 0  # in this process
        self._numbers: deque[int] = deque()

    def leave(self, numbers: Iterable[int]) -> bool:
        """Have notes removed; False where nobody does, so that the caller has to."""
        if self.removers:
            self._numbers.extend(numbers)
        return self.removers > 0

    def take(self) -> list[int]:
        """The notes to be removed now."""
        return [self._numbers.popleft() for _ in range(len(self._numbers))]


settled = Settled()


class Republisher:
    """Looks for notes that are still there. Any number of processes may: publishing twice changes nothing."""

    def __init__(self, redis: RedisTier, postgres: PostgresTier) -> None:
        self._redis, self._postgres = redis, postgres

    async def run(self) -> None:
        """Sweep until cancelled."""
        settled.removers += 1
        try:
            while True:
                await asyncio.sleep(EVERY)
                await self._remove_settled()
                if not self._redis.is_paused:
                    await self._sweep_all()
        finally:
            settled.removers -= 1
            await self._remove_settled()

    async def sweep(self) -> bool:
        """Publish the oldest notes; whether there may be more. Raises `StoresUnavailable`."""
        notes, plans = await self._postgres.run(_due)
        if not notes or not await self._redis.publish(plans):
            return False
        await self._postgres.run(lambda cursor: store.remove_notes(cursor, notes))
        logger.info("published %d changes that were late", len(notes))
        return len(notes) == AT_ONCE

    async def _remove_settled(self) -> None:
        """Those that cannot be removed now are found again, and published once more."""
        if numbers := settled.take():
            with suppress(StoresUnavailable):
                await self._postgres.run(lambda cursor: store.remove_notes(cursor, numbers))

    async def _sweep_all(self) -> None:
        try:
            while await self.sweep():
                pass
        except StoresUnavailable as error:
            logger.debug("late changes cannot be read: %s", error)


def _due(cursor: store.Cursor) -> tuple[list[int], dict[bytes, RedirectPlan]]:
    notes = store.notes_due(cursor, OLDER_THAN, AT_ONCE)
    return list(notes), store.load_plans(cursor, list(set(notes.values()))) if notes else {}
