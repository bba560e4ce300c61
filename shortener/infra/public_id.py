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


@cache
def _shuffled(kind: str, remainder: int) -> tuple[str, str, str]:
    """What every number of a `remainder` (of a hundred) has in common: the first letter, the digits, and letters that
    fill up what is short."""
    ids: Any = _alphabet(kind)
    letters: str = ids._alphabet  # noqa: SLF001
    first = letters[remainder % len(letters)]
    return first, hashids._reorder(letters, (first + ids._salt + letters)[: len(letters)]), ids._guards  # noqa: SLF001


def encode(kind: str, number: int) -> str:
    """The public ID of row `number` of `kind`. What hashids says of one number, in a fifth of its time: a list of
    links is hundreds of them."""
    remainder = number % 100
    text, digits, guards = _shuffled(kind, remainder)
    rest, base, written = number, len(digits), ""
    while rest or not written:
        rest, at = divmod(rest, base)
        written = digits[at] + written
    text += written
    if len(text) < LEAST_LENGTH:
        text = guards[(remainder + ord(text[0])) % len(guards)] + text
    if len(text) < LEAST_LENGTH:
        text += guards[(remainder + ord(text[2])) % len(guards)]
    return f"{kind}_{text}" if len(text) >= LEAST_LENGTH else f"{kind}_{_alphabet(kind).encode(number)}"


def decode(kind: str, public_id: str) -> int | None:
    """The row number behind `public_id`, or None when it is not an ID of this `kind`."""
    prefix, _, letters = public_id.partition("_")
    numbers: tuple[int, ...] = _alphabet(kind).decode(letters) if prefix == kind else ()
    return numbers[0] if len(numbers) == 1 and numbers[0] < 2**63 else None
