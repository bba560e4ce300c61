"""Publishes what writers could not: Redis was away, or the writer died between its commit and the publication."""

import asyncio
import logging

from shortener.redirects import store
from shortener.redirects.plan import RedirectPlan
from shortener.redirects.tiers import PostgresTier, RedisTier, StoresUnavailable

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two looks
OLDER_THAN = 1.0  # seconds that a writer has to publish its change by itself
AT_ONCE = 500  # links in one round


class Republisher:
    """Looks for notes that are still there. Any number of processes may: publishing twice changes nothing."""

    def __init__(self, redis: RedisTier, postgres: PostgresTier) -> None:
        self._redis, self._postgres = redis, postgres

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            if not self._redis.is_paused:
                await self._sweep_all()

    async def sweep(self) -> bool:
        """Publish the oldest notes; whether there may be more. Raises `StoresUnavailable`."""
        notes, plans = await self._postgres.run(_due)
        if not notes or not await self._redis.publish(plans):
            return False
        await self._postgres.run(lambda cursor: store.remove_notes(cursor, notes))
        logger.info("published %d changes that were late", len(notes))
        return len(notes) == AT_ONCE

    async def _sweep_all(self) -> None:
        try:
            while await self.sweep():
                pass
        except StoresUnavailable as error:
            logger.debug("late changes cannot be read: %s", error)


def _due(cursor: store.Cursor) -> tuple[list[int], dict[bytes, RedirectPlan]]:
    notes = store.notes_due(cursor, OLDER_THAN, AT_ONCE)
    return list(notes), store.load_plans(cursor, list(set(notes.values()))) if notes else {}
