"""A click on its way from the redirect to PostgreSQL, and the batches it travels in.

The redirect path notes bytes as they came in; what they mean is found out later, by the ingest worker. The order of the
fields is the wire format (MessagePack arrays): new ones go to the end, with a default.
"""

from typing import Annotated, Any

import msgspec
from uuid_utils import uuid7

HEADER_LIMIT = 512  # bytes kept of a header
QUERY_LIMIT = 2_000  # bytes kept of a query string
BATCH_LIMIT = 5_000  # events in a batch
POSITIONS = 32_767  # events of a batch that PostgreSQL can number
Number = Annotated[int, msgspec.Meta(ge=-(2**63) + 1, le=2**63 - 1)]


def orphans_of(domain_id: int) -> int:
    """What stands for a link's ID in visits of a domain that no link was there for."""
    return -domain_id


class ClickEvent(msgspec.Struct, array_like=True, gc=False):
    """What was seen of one answered redirect. The redirect path writes the same as a plain tuple, which is cheaper."""

    link_id: Number  # or `orphans_of` a domain
    at_ms: int  # Unix milliseconds
    method: str
    peer: str  # address of the connection's other end: the visitor or a proxy
    user_agent: bytes | None = None
    referrer: bytes | None = None
    language: bytes | None = None  # Accept-Language
    forwarded_for: bytes | None = None  # kept only where proxies are trusted
    country: bytes | None = None  # the same: the configured country header
    purpose: bytes | None = None  # Sec-Purpose or Purpose: a prefetch says so
    do_not_track: bytes | None = None
    global_privacy_control: bytes | None = None
    query: bytes | None = None
    destination: str | None = None  # where a rule of the link led; None: to the link's own destination


class Batch(msgspec.Struct, array_like=True):
    """Events that were answered together. `id` (UUIDv7) is what makes them count once."""

    id: bytes
    events: Annotated[list[ClickEvent], msgspec.Meta(max_length=POSITIONS)]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Batch).decode


def encode_batch(events: list[tuple[Any, ...]]) -> bytes:
    """A new batch of `events` (tuples in the order of `ClickEvent`), serialised."""
    return _encode((uuid7().bytes, events))


def decode_batch(payload: bytes) -> Batch:
    """The reverse. Raises `msgspec.DecodeError` or `msgspec.ValidationError`."""
    return _decode(payload)
