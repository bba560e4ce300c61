"""Text that a search looks for, as a condition that PostgreSQL's index of trigrams answers soon.

A link's texts are in it as one: for each link there is one thing to add, and for each search one to look into. The
index has for each three letters a list of the links that have them, and goes through the lists of all letters of the
text. Those of what nearly every link has (`https`, one's own host) are long and narrow nothing: a page of a million
links took 33 ms for that alone. So the index is asked without them, and what it finds is held against the whole text.
"""

import re
from collections.abc import Sequence

from django.db import connection
from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import StrIndex, Upper
from django.db.models.lookups import GreaterThan, IContains

from shortener.infra.briefly import Briefly

# With a character between them that is never looked for, so that nothing is found across two.
BETWEEN = 31  # the separator of units, ASCII
TEXTS = Func(
    "slug", "destination", "title",
    template="(%(expressions)s)", arg_joiner=f" || chr({BETWEEN}) || ", output_field=TextField(),
)  # fmt: skip
INDEX = "link_trigrams"
SAMPLE_SECONDS = 300.0  # for which a process remembers samples; they change once ANALYZE has run
LEAST_SAMPLE = 20  # texts
# Out of a hundred values that ANALYZE has drawn, evenly spread in their order.
SAMPLE = """
SELECT unnest(histogram_bounds::text::text[]) FROM pg_stats WHERE schemaname = current_schema() AND tablename = %s
"""
WORD = re.compile(r"[^\W_]+")


def containing(text: str) -> Q:
    """Links whose slug, destination or title contains `text`, in any case."""
    if chr(BETWEEN) in text:
        return Q(pk__in=())
    parts = telling(text, _sample.get())
    if parts == [text]:
        return Q(IContains(TEXTS, text))
    found = Q()
    for part in parts:
        found &= Q(IContains(TEXTS, part))
    # No operator of the index, so that it is left to the rows.
    return found & Q(GreaterThan(StrIndex(Upper(TEXTS), Upper(Value(text))), 0))


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


def _load() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE, [INDEX])
        return [text for (text,) in cursor.fetchall()]


_sample = Briefly(_load, lambda: SAMPLE_SECONDS)
