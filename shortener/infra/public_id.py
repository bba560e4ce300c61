"""Opaque public IDs: a kind's prefix and a shuffled number, as `link_x8Kd9aQ2`.

Hashids hides nothing from somebody determined; it keeps row numbers out of URLs, no more.
"""

from functools import cache, lru_cache
from typing import Any

import hashids
from django.conf import settings
from hashids import Hashids

LEAST_LENGTH = 8  # characters behind the prefix

# Nearly all of the time that hashids takes goes into shuffling alphabets, and of those there are but a few dozen for
# each salt: a pure function of two texts, remembered.
hashids._reorder = lru_cache(maxsize=4096)(hashids._reorder)  # noqa: SLF001


@cache
def _alphabet(kind: str) -> Hashids:
    # The kind stands first: hashids reads no more of a salt than its alphabet has letters.
    return Hashids(salt=f"{kind}:{settings.HASHIDS_SALT}", min_length=LEAST_LENGTH)


def encode(kind: str, number: int) -> str:
    """The public ID of row `number` of `kind`."""
    return f"{kind}_{hashed(_alphabet(kind), number)}"


def hashed(ids: Hashids, number: int) -> str:
    """What `ids.encode(number)` says, in less than half its time: a list of links is hundreds of them, and a thousand
    links made at once are thousands."""
    remainder = number % 100
    text, digits, guards, left, right = _shuffled(ids, remainder)
    rest, base, written = number, len(digits), ""
    while rest or not written:
        rest, at = divmod(rest, base)
        written = digits[at] + written
    text += written
    least: int = ids._min_length  # noqa: SLF001
    if len(text) < least:
        text = guards[(remainder + ord(text[0])) % len(guards)] + text
    if len(text) < least:
        text += guards[(remainder + ord(text[2])) % len(guards)]
    if len(text) < least:
        skipped = (len(text) + base - least) // 2
        if skipped < 0:  # longer than the alphabet
            return str(ids.encode(number))
        text = f"{left}{text}{right}"[skipped : skipped + least]
    return text


@cache
def _shuffled(ids: Any, remainder: int) -> tuple[str, str, str, str, str]:
    """What every number of a `remainder` (of a hundred) has in common: the first letter, the digits, one letter of
    which fills up what is short, and what stands around what is shorter still."""
    letters: str = ids._alphabet  # noqa: SLF001
    first = letters[remainder % len(letters)]
    digits: str = hashids._reorder(letters, (first + ids._salt + letters)[: len(letters)])  # noqa: SLF001
    around: str = hashids._reorder(digits, digits)  # noqa: SLF001
    half = len(around) // 2
    return first, digits, ids._guards, around[half:], around[:half]  # noqa: SLF001


def decode(kind: str, public_id: str) -> int | None:
    """The row number behind `public_id`, or None when it is not an ID of this `kind`."""
    prefix, _, letters = public_id.partition("_")
    numbers: tuple[int, ...] = _alphabet(kind).decode(letters) if prefix == kind else ()
    return numbers[0] if len(numbers) == 1 and numbers[0] < 2**63 else None
