"""Text that a search looks for, as a condition that PostgreSQL's index of trigrams answers soon.

The index has for each three letters a list of the links that have them, and goes through the lists of all letters of
the text. Those of what nearly every link has (`https`, one's own host) are long and narrow nothing: a page of a million
links took 33 ms for that alone. So the index is asked without them, and what it finds is held against the whole text.
"""

import re
from collections.abc import Sequence

from django.db import connection
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Cast, StrIndex, Upper
from django.db.models.lookups import GreaterThan

from shortener.infra.briefly import Briefly

COLUMNS = ("slug", "destination", "title")
SAMPLE_SECONDS = 300.0  # for which a process remembers samples; they change once ANALYZE has run
LEAST_SAMPLE = 20  # texts
# Out of a hundred values that ANALYZE has drawn, evenly spread in their order.
SAMPLES = """
SELECT tablename, histogram_bounds::text::text[] FROM pg_stats
WHERE schemaname = current_schema() AND tablename = ANY(%s) AND attname = 'upper' AND histogram_bounds IS NOT NULL
"""
WORD = re.compile(r"[^\W_]+")


def containing(text: str) -> Q:
    """Links whose slug, destination or title contains `text`, in any case."""
    found = Q()
    for column in COLUMNS:
        found |= _within(column, text)
    return found


def telling(text: str, sample: Sequence[str]) -> list[str]:
    """`text` without the words that at least half of `sample` (in capitals) has: what is left of it, in parts. The
    whole `text` where nothing is, and where any of the sample has all parts: then each word may count."""
    if len(sample) < LEAST_SAMPLE:
        return [text]
    parts, begun = [], 0
    for word in WORD.finditer(text):
        said = word[0].upper()
        if 2 * sum(said in value for value in sample) >= len(sample):
            parts.append(text[begun : word.start()])
            begun = word.end()
    parts = [part for part in [*parts, text[begun:]] if WORD.search(part)]
    rest = [part.upper() for part in parts]
    is_rare = rest and not any(all(part in value for part in rest) for value in sample)
    return parts if is_rare else [text]


def _within(column: str, text: str) -> Q:
    parts = telling(text, _samples.get().get(f"link_{column}_trgm", ()))
    if parts == [text]:
        return Q(**{f"{column}__icontains": text})
    found = Q()
    for part in parts:
        found &= Q(**{f"{column}__icontains": part})
    # No operator of the index, so that it is left to the rows.
    whole = StrIndex(Upper(Cast(F(column), TextField())), Upper(Value(text)))
    return found & Q(GreaterThan(whole, 0))


def _load() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(SAMPLES, [[f"link_{column}_trgm" for column in COLUMNS]])
        return dict(cursor.fetchall())


_samples = Briefly(_load, lambda: SAMPLE_SECONDS)
