"""What writers and web processes agree on in Redis: keys, channels, and how a plan is put there."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from shortener.redirects.plan import RedirectPlan, pack, redis_key

LINKS_CHANNEL = b"links-changed"  # messages: cache keys, with spaces between them
DOMAINS_CHANNEL = b"domains-changed"  # messages: nothing
SITES_KEY = b"sites:1"  # MessagePack: a list of `sites.Site`; the number is that of its format
UNKNOWN_SECONDS = 60  # how long Redis remembers that a slug is unknown

SCRIPT_KEYS = 100  # plans that one script writes at most, for everybody else waits until it ends

# KEYS: of plans; ARGV for each: packed plan, milliseconds; then channel and message, if there is something to announce.
# The version is the first 16 characters of a plan. Only a newer one, or the same to prolong it, replaces what is there:
# a reader that was slow cannot put an old plan over a new one.
SET_IF_NEWER = """
for number, key in ipairs(KEYS) do
    local plan, held = ARGV[2 * number - 1], redis.call('GETRANGE', key, 0, 15)
    if held == '' or held <= string.sub(plan, 1, 16) then
        redis.call('SET', key, plan, 'PX', ARGV[2 * number])
    end
end
if ARGV[2 * #KEYS + 1] then redis.call('PUBLISH', ARGV[2 * #KEYS + 1], ARGV[2 * #KEYS + 2]) end
"""


def set_if_newer(
    plans: Mapping[bytes, RedirectPlan], link_seconds: int, *, announce: bool = False
) -> Iterator[tuple[str, int, *tuple[Any, ...]]]:
    """Arguments of as many EVALs as it takes to keep `plans` for `link_seconds`, or for a moment where they say that
    there is no link. `announce`: each tells of its own, by one message."""
    waiting = iter(plans)
    while keys := list(islice(waiting, SCRIPT_KEYS)):
        values: list[Any] = []
        for key in keys:
            seconds = link_seconds if plans[key].link_id else UNKNOWN_SECONDS
            values += (pack(plans[key]), seconds * 1000)
        if announce:
            values += (LINKS_CHANNEL, b" ".join(keys))
        yield SET_IF_NEWER, len(keys), *map(redis_key, keys), *values


def announced(message: bytes) -> list[bytes]:
    """The keys in a message on `LINKS_CHANNEL`."""
    return message.split(b" ")
