"""The second and third tier, Redis and PostgreSQL, as the event loop sees them. Neither ever blocks it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, TypeVar

import msgspec
import redis
import redis.asyncio
from psycopg import Cursor, Error
from psycopg_pool import ConnectionPool, PoolTimeout

from shortener.redirects import store
from shortener.redirects.plan import RedirectPlan, redis_key, unpack
from shortener.redirects.shared import SITES_KEY, set_if_newer
from shortener.redirects.sites import Site

logger = logging.getLogger(__name__)

REDIS_TIMEOUT = 0.25  # seconds for one round trip, beyond which the next tier is asked
REDIS_PAUSE = 1.0  # seconds for which Redis is left alone after it has failed
CLAIM_MS = 500  # how long one process may take to look a link up before another does too
POSTGRES_CONNECTIONS = 4  # per web process; lookups beyond that wait and are answered together
POSTGRES_TIMEOUT = 2.0  # seconds to wait for a connection

Result = TypeVar("Result")


class StoresUnavailable(Exception):
    """Neither Redis nor PostgreSQL could say where a link leads."""


class RedisTier:
    """Plans in Redis, kept there for `link_seconds`. A failure is a miss, and for a moment nothing more is asked."""

    def __init__(self, client: redis.asyncio.Redis, link_seconds: int) -> None:
        self._client, self._link_seconds = client, link_seconds
        self._paused_until = 0.0

    @property
    def is_paused(self) -> bool:
        """Whether Redis has failed a moment ago."""
        return monotonic() < self._paused_until

    async def get(self, keys: Sequence[bytes]) -> dict[bytes, RedirectPlan]:
        """The plans that Redis has of `keys`, by one MGET."""
        packed = await self._ask(lambda: self._client.mget([redis_key(key) for key in keys])) or ()
        return {key: unpack(value) for key, value in zip(keys, packed, strict=False) if value is not None}

    async def put(self, plans: Mapping[bytes, RedirectPlan]) -> None:
        """Write `plans`, except over newer ones."""
        pipeline = self._client.pipeline(transaction=False)
        for arguments in set_if_newer(plans, self._link_seconds):
            pipeline.eval(*arguments)
        await self._ask(pipeline.execute)

    async def publish(self, plans: Mapping[bytes, RedirectPlan]) -> bool:
        """Write `plans` as `put` does and announce them; whether Redis has taken all of it."""
        pipeline = self._client.pipeline(transaction=False)
        for arguments in set_if_newer(plans, self._link_seconds, announce=True):
            pipeline.eval(*arguments)
        return await self._ask(pipeline.execute) is not None

    async def claim(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of `keys` that this process is to look up for all of them; all, when Redis does not answer."""
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.set(b"loading:" + redis_key(key), b"1", nx=True, px=CLAIM_MS)
        taken = await self._ask(pipeline.execute)
        return set(keys) if taken is None else {key for key, mine in zip(keys, taken, strict=True) if mine}

    async def sites(self) -> list[Site] | None:
        """The table of domains, if Redis has it."""
        kept = await self._ask(lambda: self._client.get(SITES_KEY))
        return msgspec.msgpack.decode(kept, type=list[Site]) if kept else None

    async def _ask(self, command: Callable[[], Any]) -> Any:
        if self.is_paused:
            return None
        try:
            async with asyncio.timeout(REDIS_TIMEOUT):
                return await command()
        except (redis.RedisError, OSError, TimeoutError) as error:
            logger.warning("Redis does not answer (%r); asking PostgreSQL for %.0f s", error, REDIS_PAUSE)
            self._paused_until = monotonic() + REDIS_PAUSE
            return None


class PostgresTier:
    """Plans from PostgreSQL, in threads. Raises `StoresUnavailable` when it does not answer."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._threads = ThreadPoolExecutor(POSTGRES_CONNECTIONS, thread_name_prefix="plans")
        self._pool = ConnectionPool(
            kwargs={**parameters, "autocommit": True},
            min_size=0,
            max_size=POSTGRES_CONNECTIONS,
            timeout=POSTGRES_TIMEOUT,
            check=ConnectionPool.check_connection,  # one that a restart has cut is replaced before it is used
            open=False,
        )
        self._pool.open(wait=False)

    async def get(self, keys: Sequence[bytes]) -> dict[bytes, RedirectPlan]:
        """The plan of each of `keys`, `UNKNOWN` where no link has it."""
        return await self.run(lambda cursor: store.load_plans(cursor, keys))

    async def sites(self) -> list[Site]:
        """The table of domains."""
        return await self.run(store.load_sites)

    async def grant_use(self, link_id: int, limit: int) -> bool:
        """Count one redirect of `link_id` against its `limit`; False when there is none left."""
        return await self.run(
            lambda cursor: cursor.execute(store.GRANT_USE, {"link": link_id, "limit": limit}).rowcount > 0
        )

    async def close(self) -> None:
        """Give the connections back."""
        await asyncio.get_running_loop().run_in_executor(None, self._pool.close)
        self._threads.shutdown(wait=False)

    async def run(self, work: Callable[[Cursor[Any]], Result]) -> Result:
        """What `work` returns for a cursor, in a thread."""

        def in_thread() -> Result:
            with self._pool.connection() as connection, connection.cursor() as cursor:
                return work(cursor)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, in_thread)
        except (Error, PoolTimeout) as error:
            raise StoresUnavailable(str(error)) from error
