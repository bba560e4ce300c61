"""What a visitor of a short link meets, compiled once from the link's row.

A plan is immutable and knows nothing of Django: it is kept, serialised, in Redis and, parsed, in every web process.
"""

from typing import Any, Literal

import msgspec

# Part of every key in Redis. Raise it when the fields change: readers of another format then see a miss.
FORMAT = 4
VERSION_DIGITS = 16  # hexadecimal, in front of the serialised plan, so that a script can compare versions as text

Gone = Literal["", "archived", "deleted", "disabled", "exhausted"]


Forward = Literal["", "merge", "override"]


class Rule(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another destination for visitors of whom all `conditions` hold."""

    conditions: tuple[tuple[Any, ...], ...]  # each: a name in `rules.TESTS`, then its arguments
    targets: tuple[tuple[int, str], ...]  # (weight, location): one, or a split


class Details(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What most links do not have. Times are Unix seconds, 0 where there is none."""

    active_from: float = 0
    active_until: float = 0
    click_limit: int = 0  # 0: none
    gone: Gone = ""
    ended: str = ""  # where visitors are sent once the link has expired or is used up; empty: a page says so
    forward: Forward = ""  # the visitor's query parameters: left behind, added, or put in place of ours
    paths: bool = False  # whether what stands behind the slug is appended to the location
    rules: tuple[Rule, ...] = ()
    lock: str = ""  # what a visitor's unlocking must be for; empty: there is no password
    notice: bool = False  # a page comes first that says where the link leads
    apps: tuple[str, ...] = ()  # systems (`ios`, `android`) on which a page opens an app first
    card: bool = False  # there is a page of its own for crawlers that draw previews

    @property
    def is_routed(self) -> bool:
        """Whether the location depends on the visitor."""
        return bool(self.forward or self.paths or self.rules)

    @property
    def is_plain(self) -> bool:
        """Whether every visitor gets the same redirect, with nothing to ask or to count before."""
        return not (self.click_limit or self.is_routed or self.lock or self.notice or self.card or self.apps)


NO_DETAILS = Details()


class RedirectPlan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One link as the redirect path sees it. Small, because every web process holds a hundred thousand of them."""

    link_id: int  # 0: there is no such link
    version: int
    status: int
    location: str
    extra: Details | None = None

    @property
    def more(self) -> Details:
        """What else there is to know."""
        return self.extra or NO_DETAILS


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
