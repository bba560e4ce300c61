"""Rate limits, counted in Redis for all processes together, or by each process for itself while Redis is away."""

import logging
from functools import cache

import redis
from limits import parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from shortener.infra.stores import redis_client

logger = logging.getLogger(__name__)


class RateLimit:
    """`name`: what is limited; `rate`: as `10/15 minutes`."""

    def __init__(self, name: str, rate: str) -> None:
        self._name, self._rate = name, parse(rate)

    def allows(self, *who: object) -> bool:
        """Count one more of `who`; whether that is still within the limit."""
        identifiers = (self._name, *map(str, who))
        try:
            return _shared().hit(self._rate, *identifiers)
        except (redis.RedisError, OSError) as error:
            logger.warning("rate limits are counted by each process for itself: %s", error)
            return _own().hit(self._rate, *identifiers)


@cache
def _shared() -> SlidingWindowCounterRateLimiter:
    pool = redis_client().connection_pool
    return SlidingWindowCounterRateLimiter(RedisStorage("redis://", connection_pool=pool))  # the pool knows the address


@cache
def _own() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())
