"""From a cache key to an entry: process memory, then Redis, then PostgreSQL.

Lookups that miss the first tier within one turn of the event loop travel together in one MGET and one query, and any
number of requests for one slug wait for a single lookup.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from time import time
from typing import Any

from shortener.clicks.event import orphans_of
from shortener.redirects.answers import Answer, Pages, max_age_of, redirect
from shortener.redirects.cache import Entry, PlanCache
from shortener.redirects.plan import RedirectPlan
from shortener.redirects.routing import Router
from shortener.redirects.sites import Site, Sites
from shortener.redirects.tiers import PostgresTier, RedisTier, StoresUnavailable

logger = logging.getLogger(__name__)

UNSURE_SECONDS = 1.0  # lifetime of every entry while announcements of changes may be missed
CLAIM_PATIENCE = 0.03  # seconds for another process to look up what both miss
AT_ONCE = 500  # keys in one MGET and one query


Waiting = tuple[bytes, "asyncio.Future[Entry]"]


@dataclass(frozen=True)
class ResolverOptions:
    """Settings of the resolver. Times are in seconds."""

    entry: float
    permanent_max_age: int
    count_orphans: bool = True


@dataclass
class LookupCounts:
    """Which tier answered lookups of links that were not in the memory of the process."""

    redis: int = 0
    postgres: int = 0


class Resolver:
    """Finds entries and keeps them in `cache`. Belongs to one event loop."""

    def __init__(
        self, cache: PlanCache, redis: RedisTier, postgres: PostgresTier, pages: Pages, options: ResolverOptions
    ) -> None:
        self._cache, self._redis, self._postgres = cache, redis, postgres
        self._pages, self._options = pages, options
        self._under_way: dict[bytes, asyncio.Future[Entry]] = {}
        self._wanted: list[Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.sites = Sites()
        self.counts = LookupCounts()
        self.hears_changes = False  # whether announcements of changes reach this process

    async def resolve(self, key: bytes) -> Entry:
        """The entry of `key`. Raises `StoresUnavailable` when nobody can tell, not even an old entry."""
        future = self._under_way.get(key)
        if future is None:
            future = self._under_way[key] = asyncio.get_running_loop().create_future()
            if not self._wanted:
                self._start(self._look_up())
            self._wanted.append((key, future))
        return await asyncio.shield(future)

    def forget(self, key: bytes) -> None:
        """A change of `key` was announced: drop what is held, and let a lookup under way answer those who wait for
        it, but not be kept (it may have read the older plan)."""
        self._cache.drop(key)
        self._under_way.pop(key, None)

    def distrust_everything(self) -> None:
        """Announcements may have been missed: look everything up again, sooner from now on if they still are."""
        self._cache.distrust()
        self._under_way.clear()

    async def load_sites(self) -> list[Site]:
        """The table of domains. Raises `StoresUnavailable`."""
        try:
            return await self._postgres.sites()
        except StoresUnavailable:
            if (sites := await self._redis.sites()) is not None:
                return sites
            raise

    def entry(self, key: bytes, plan: RedirectPlan, now: float) -> Entry:
        """What `plan` answers at `now`, and until when at the latest."""
        site = self.sites.of(key)
        answer, until = self._answer(plan, site, now)
        is_open = answer is None
        expires = now + self._lifetime
        # What depends on the visitor has to be asked for each time.
        max_age = 0 if plan.more.rules else max_age_of(plan.status, self._options.permanent_max_age)
        return Entry(
            plan,
            answer,
            min(expires, until) if until else expires,
            counts_for=plan.link_id if is_open else self._orphans(plan, site),
            is_open=is_open,
            max_age=max_age,
            router=Router(plan, max_age) if is_open and plan.more.is_routed else None,
        )

    def exhausted(self, key: bytes, plan: RedirectPlan, now: float) -> Entry:
        """What the link of `plan` answers once its click limit is used up."""
        answer = self._ended(plan, self.sites.of(key), "exhausted")
        return Entry(plan, answer, now + self._options.entry, counts_for=0, is_open=False)

    @property
    def _lifetime(self) -> float:
        return self._options.entry if self.hears_changes else UNSURE_SECONDS

    def _orphans(self, plan: RedirectPlan, site: Site | None) -> int:
        """What visits of a slug without a link are counted for."""
        return orphans_of(site.domain_id) if site and plan.link_id == 0 and self._options.count_orphans else 0

    def _answer(self, plan: RedirectPlan, site: Site | None, now: float) -> tuple[Answer | None, float]:
        """The answer at `now`, None for the link's redirect, and the time it changes by itself (0: never)."""
        more = plan.more
        if plan.link_id == 0:
            elsewhere = site.not_found if site else ""
            return redirect(302, elsewhere, 0) if elsewhere else self._pages.not_found, 0
        if more.gone == "exhausted":
            return self._ended(plan, site, more.gone), 0
        if more.gone:
            return self._pages.gone[more.gone], 0
        if more.active_until and now >= more.active_until:
            return self._ended(plan, site, "expired"), 0
        if now < more.active_from:
            return self._pages.not_yet, more.active_from
        return None, more.active_until

    def _ended(self, plan: RedirectPlan, site: Site | None, reason: str) -> Answer:
        elsewhere = plan.more.ended or (site.ended if site else "")
        return redirect(302, elsewhere, 0) if elsewhere else self._pages.gone[reason]

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)  # runs at the next turn: what misses until then joins it
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look_up(self) -> None:
        waiting, self._wanted = self._wanted[:AT_ONCE], self._wanted[AT_ONCE:]
        if self._wanted:
            self._start(self._look_up())
        try:
            plans = await self._find([key for key, _ in waiting])
        except StoresUnavailable as error:
            logger.error("No store answers: %s", error)
            self._answer_from_the_past(waiting, error)
            return
        except Exception as error:
            self._answer_from_the_past(waiting, error)
            raise
        now = time()
        for key, future in waiting:
            entry = self.entry(key, plans[key], now)
            if self._is_current(key, future):
                self._cache.put(key, entry)
            future.set_result(entry)

    async def _find(self, keys: list[bytes]) -> dict[bytes, RedirectPlan]:
        plans = await self._from_redis(keys)
        self.counts.redis += len(plans)
        missing = [key for key in keys if key not in plans]
        if busy := [key for key in missing if self._cache.get_stale(key)]:
            plans.update(await self._from_another_process(busy))
            missing = [key for key in missing if key not in plans]
        if missing:
            self.counts.postgres += len(missing)
            found = await self._postgres.get(missing)
            plans.update(found)
            self._start(self._redis.put(found))
        return plans

    async def _from_redis(self, keys: list[bytes]) -> dict[bytes, RedirectPlan]:
        """What Redis has, except where it is behind what this process has held (it may have been set back)."""
        return {key: plan for key, plan in (await self._redis.get(keys)).items() if not self._is_behind(key, plan)}

    def _is_behind(self, key: bytes, plan: RedirectPlan) -> bool:
        held = self._cache.get_stale(key)
        return held is not None and plan.version < held.plan.version

    async def _from_another_process(self, busy: list[bytes]) -> dict[bytes, RedirectPlan]:
        """`busy` links were followed here a moment ago, so elsewhere too, and every process misses them now. The one
        that claims a link looks it up; the others find it in Redis soon after, or else look by themselves."""
        mine = await self._redis.claim(busy)
        others = [key for key in busy if key not in mine]
        if not others:
            return {}
        await asyncio.sleep(CLAIM_PATIENCE)
        return await self._from_redis(others)

    def _answer_from_the_past(self, waiting: Iterable[Waiting], error: Exception) -> None:
        now = time()
        for key, future in waiting:
            is_current = self._is_current(key, future)
            old = self._cache.get_stale(key)
            if old is None:
                future.set_exception(StoresUnavailable(str(error)))
                future.exception()  # retrieved here, in case every waiter has gone
                continue
            entry = self.entry(key, old.plan, now)
            entry.expires = now + UNSURE_SECONDS
            if is_current:
                self._cache.put(key, entry)
            future.set_result(entry)

    def _is_current(self, key: bytes, future: "asyncio.Future[Entry]") -> bool:
        """Whether nothing was announced since the lookup behind `future` began; it is taken off the list."""
        if self._under_way.get(key) is not future:
            return False
        del self._under_way[key]
        return True
