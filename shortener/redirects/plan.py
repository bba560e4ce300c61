"""What a visitor of a short link meets, compiled once from the link's row.

A plan is immutable and knows nothing of Django: it is kept, serialised, in Redis and, parsed, in every web process.
"""

from typing import Literal

import msgspec

# Part of every key in Redis. Raise it when the fields change: readers of another format then see a miss.
FORMAT = 1
VERSION_DIGITS = 16  # hexadecimal, in front of the serialised plan, so that a script can compare versions as text

Gone = Literal["", "archived", "deleted", "exhausted"]


class RedirectPlan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One link as the redirect path sees it. Times are Unix seconds, 0 where there is none."""

    link_id: int  # 0: there is no such link
    version: int
    status: int
    location: str
    active_from: float = 0
    active_until: float = 0
    click_limit: int = 0  # 0: none
    gone: Gone = ""


UNKNOWN = RedirectPlan(link_id=0, version=0, status=404, location="")

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(RedirectPlan).decode


def pack(plan: RedirectPlan) -> bytes:
    """`plan` as Redis keeps it: its version in fixed-width hexadecimal, then MessagePack."""
    return b"%016x" % plan.version + _encode(plan)


def unpack(packed: bytes) -> RedirectPlan:
    """The reverse of `pack`. Raises `msgspec.DecodeError` for anything else."""
    return _decode(packed[VERSION_DIGITS:])


def cache_key(domain_id: int, slug: str) -> bytes:
    """What names a short link in every tier and in announcements: `DOMAIN/SLUG`."""
    return b"%d/%s" % (domain_id, slug.encode())


def redis_key(key: bytes) -> bytes:
    """Where Redis keeps the plan of `key`; the braces keep it on one shard of a cluster."""
    return b"plan:%d:{%s}" % (FORMAT, key)
