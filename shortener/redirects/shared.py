"""What writers and web processes agree on in Redis: keys, channels, and how a plan is put there."""

from shortener.redirects.plan import RedirectPlan, pack, redis_key

LINKS_CHANNEL = b"links-changed"  # messages: cache keys
DOMAINS_CHANNEL = b"domains-changed"  # messages: nothing
SITES_KEY = b"sites:1"  # MessagePack: a list of `sites.Site`; the number is that of its format
UNKNOWN_SECONDS = 60  # how long Redis remembers that a slug is unknown

# KEYS[1]; ARGV packed plan, milliseconds. The version is the first 16 characters of both. Only a newer plan, or the
# same to prolong it, replaces what is there: a reader that was slow cannot put an old plan over a new one.
SET_IF_NEWER = """
local held = redis.call('GETRANGE', KEYS[1], 0, 15)
if held ~= '' and held > string.sub(ARGV[1], 1, 16) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""


def set_if_newer(key: bytes, plan: RedirectPlan, link_seconds: int) -> tuple[str, int, bytes, bytes, int]:
    """Arguments of EVAL that keep `plan` for `link_seconds`, or for a moment when it says there is no link."""
    seconds = link_seconds if plan.link_id else UNKNOWN_SECONDS
    return SET_IF_NEWER, 1, redis_key(key), pack(plan), seconds * 1000
