"""What a click needs to know of its link: whose it is, and the campaign that its destination names.

Plain SQL and a small memory: the worker asks once in a while for each link, not once for each click.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from psycopg import Connection

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
VALUE_LIMIT = 200  # characters of a campaign parameter
NO_UTM = ("",) * len(UTM)
KEPT_SECONDS = 30.0  # after which an edit of the link is seen
MOST_KEPT = 50_000

LOAD = """
SELECT id, domain_id, workspace_id, destination, coalesce(utm, '{}'::jsonb)
FROM links_link WHERE id = ANY(%s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """IDs are 0 for what is no link, or is gone altogether. `utm`: values in the order of `UTM`."""

    domain_id: int = 0
    workspace_id: int = 0
    utm: tuple[str, ...] = NO_UTM


NOTHING_KNOWN = LinkFacts()


class LinkBook:
    """Facts of links by ID."""

    def __init__(self) -> None:
        self._facts: dict[int, LinkFacts] = {}
        self._begun = monotonic()

    def load(self, connection: Connection, link_ids: Iterable[int]) -> None:
        """Look up those of `link_ids` that are not known."""
        if monotonic() - self._begun > KEPT_SECONDS or len(self._facts) > MOST_KEPT:
            self._facts, self._begun = {}, monotonic()
        missing = [number for number in set(link_ids) if number > 0 and number not in self._facts]
        if not missing:
            return
        self._facts.update(dict.fromkeys(missing, NOTHING_KNOWN))
        for number, domain, workspace, destination, utm in connection.execute(LOAD, [missing]).fetchall():
            self._facts[number] = LinkFacts(domain, workspace, _campaign(destination, utm))

    def of(self, link_id: int) -> LinkFacts:
        """What is known of a link that was loaded."""
        return self._facts.get(link_id, NOTHING_KNOWN)


def utm_of(query: str) -> tuple[str, ...]:
    """The campaign parameters of a query string, in the order of `UTM`; the first value of each counts."""
    if "utm_" not in query:
        return NO_UTM
    try:
        found = dict(reversed(parse_qsl(query, max_num_fields=100)))
    except ValueError:
        return NO_UTM
    return tuple(found.get(name, "").replace("\x00", "")[:VALUE_LIMIT] for name in UTM)


def _campaign(destination: str, utm: dict[str, Any]) -> tuple[str, ...]:
    """A link's own: what its destination says already goes before what is appended (`redirects.forwarding`)."""
    named = utm_of(urlsplit(destination).query) if "utm_" in destination else NO_UTM
    return tuple(value or str(utm.get(name, ""))[:VALUE_LIMIT] for name, value in zip(UTM, named, strict=True))
