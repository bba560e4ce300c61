"""Rate limits, counted in Redis for all processes together, or by each process for itself while Redis is away.

A window slides in twelve steps: what was spent in the last twelve whole steps and the one under way counts. So no
window of that length ever holds more than its quota, however the requests are spread and whichever process they reach,
and a budget costs a dozen small numbers, not one for each request. One script looks at all budgets of a request and
spends from all of them or from none: one round trip.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from threading import Lock
from time import monotonic, time

import redis
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from shortener.infra.stores import RedisScript

logger = logging.getLogger(__name__)

STEPS = 12  # of a window
AWAY_SECONDS = 1.0  # for which Redis is left alone after it failed
# ARGV: the cost, the steps, then quota and window (ms) of each key. Returns for each key: what is left (below 0: by how
# much the cost is too much), and the milliseconds until as much is there again, or until anything comes back.
SPEND = """
local cost, steps = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer, refused = {}, false
for i, key in ipairs(KEYS) do
    local quota, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
    local step = window / steps
    local first = math.floor(now / step) - steps
    local spent, slots, stored = 0, {}, redis.call('HGETALL', key)
    for j = 1, #stored, 2 do
        local slot = tonumber(stored[j])
        if slot < first then
            redis.call('HDEL', key, stored[j])
        else
            spent = spent + stored[j + 1]
            slots[#slots + 1] = {slot, tonumber(stored[j + 1])}
        end
    end
    local left = quota - spent - cost
    table.sort(slots, function (a, b) return a[1] < b[1] end)
    local back, wait = left, window
    for _, slot in ipairs(slots) do
        back, wait = back + slot[2], (slot[1] + steps + 1) * step - now
        if back >= 0 then break end
    end
    if left < 0 then refused = true end
    answer[#answer + 1] = left
    answer[#answer + 1] = math.ceil(wait)
end
if cost > 0 and not refused then
    for i, key in ipairs(KEYS) do
        local step = ARGV[2 * i + 2] / steps
        redis.call('HINCRBY', key, string.format('%d', math.floor(now / step)), cost)
        redis.call('PEXPIRE', key, string.format('%d', ARGV[2 * i + 2] + step))
    end
end
return answer
"""


@dataclass(frozen=True)
class Budget:
    """What somebody may spend. `name`: of the policy, as clients see it; `rate`: as `600/minute`; `who`: whose it is.
    Budgets that are spent from together share `group`, which keeps them on one shard of a cluster."""

    name: str
    rate: str
    who: str
    group: str = ""

    @cached_property
    def item(self) -> RateLimitItem:
        """The rate, parsed."""
        return _parsed(self.rate)

    @cached_property
    def key(self) -> str:
        """Where Redis keeps it; another window is counted apart."""
        return f"rate:{{{self.group or self.who}}}:{self.name}:{self.who}:{self.item.get_expiry()}"


@dataclass(frozen=True)
class Standing:
    """How a budget stands. `remaining`: what is left; `reset`: seconds until some, or for a refused request enough,
    is there again; `is_spent`: there was too little."""

    budget: Budget
    remaining: int
    reset: int
    is_spent: bool

    @property
    def quota(self) -> int:
        """What the whole budget is."""
        return self.budget.item.amount

    @property
    def window(self) -> int:
        """For how many seconds it has to last."""
        return self.budget.item.get_expiry()


def spend(budgets: Sequence[Budget], cost: int = 1) -> list[Standing]:
    """Spend `cost` from all `budgets`, or, when one of them has too little, from none; a cost of 0 only looks. Returns
    how they stand, in their order."""
    if not budgets:
        return []
    if monotonic() >= _away.until:
        try:
            return _shared(budgets, cost)
        except (redis.RedisError, OSError) as error:
            _away.until = monotonic() + AWAY_SECONDS
            logger.warning("rate limits are counted by each process for itself: %s", error)
    return _own(budgets, cost)


class RateLimit:
    """`name`: what is limited; `rate`: as `10/15 minutes`."""

    def __init__(self, name: str, rate: str) -> None:
        self._name, self._rate = name, rate

    def allows(self, *who: object) -> bool:
        """Count one more of `who`; whether that is still within the limit."""
        [standing] = spend([Budget(self._name, self._rate, "/".join(map(str, who)))])
        return not standing.is_spent


class _Away:
    until = 0.0  # monotonic seconds


_away = _Away()
_lock = Lock()
_spend = RedisScript(SPEND)  # where the answer gets lost, it may spend twice: never more than the quota


def _shared(budgets: Sequence[Budget], cost: int) -> list[Standing]:
    arguments = [cost, STEPS]
    for budget in budgets:
        arguments += [budget.item.amount, budget.item.get_expiry() * 1000]
    answer = _spend([budget.key for budget in budgets], arguments)
    pairs = zip(answer[::2], answer[1::2], strict=True)
    stand = [(budget, left, -(-wait // 1000)) for budget, (left, wait) in zip(budgets, pairs, strict=True)]
    refused = any(left < 0 for _, left, _ in stand)
    # What a refused request did not spend is still there.
    return [
        Standing(budget, max(0, left + cost) if refused else left, max(1, wait), left < 0)
        for budget, left, wait in stand
    ]


def _own(budgets: Sequence[Budget], cost: int) -> list[Standing]:
    """The same in this process alone, by windows that do not slide: coarse, but bounded, and it passes."""
    with _lock:
        limiter = _memory()
        enough = [limiter.test(budget.item, budget.key, cost=max(cost, 1)) or not cost for budget in budgets]
        if cost and all(enough):
            for budget in budgets:
                limiter.hit(budget.item, budget.key, cost=cost)
        return [_own_standing(budget, not is_enough) for budget, is_enough in zip(budgets, enough, strict=True)]


def _own_standing(budget: Budget, is_spent: bool) -> Standing:
    end, remaining = _memory().get_window_stats(budget.item, budget.key)
    wait = math.ceil(end - time())
    return Standing(budget, remaining, wait if wait > 0 else budget.item.get_expiry(), is_spent)


@cache
def _memory() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())


@lru_cache(maxsize=200)
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)
