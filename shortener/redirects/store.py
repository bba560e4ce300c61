"""Compiles plans from PostgreSQL. Plain SQL: the redirect path never loads the ORM, and the writers that publish a
plan read it by the same query as the processes that look one up."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from shortener.redirects.plan import UNKNOWN, Gone, RedirectPlan, cache_key

LOAD_PLANS = """
SELECT wanted.domain_id, wanted.slug, link.id, link.version, link.status, link.destination,
    coalesce(extract(epoch FROM link.active_from), 0)::float8,
    coalesce(extract(epoch FROM link.active_until), 0)::float8,
    coalesce(link.click_limit, 0), link.archived_at IS NOT NULL, link.deleted_at IS NOT NULL,
    coalesce(use.used, 0)
FROM unnest(%s::bigint[], %s::text[]) AS wanted (domain_id, slug)
JOIN links_link AS link USING (domain_id, slug)
LEFT JOIN links_linkuse AS use ON use.link_id = link.id
"""
LOAD_DOMAINS = "SELECT host, id, is_default FROM links_domain"
# One row update grants one redirect, and a row count of 0 says that none is left; no lock is taken then.
GRANT_USE = """
INSERT INTO links_linkuse AS use (link_id, used) SELECT %(link)s, 1 FROM links_link WHERE id = %(link)s
ON CONFLICT (link_id) DO UPDATE SET used = use.used + 1 WHERE use.used < %(limit)s
"""

NOTES_OF = """
SELECT id FROM links_publication
JOIN unnest(%s::bigint[], %s::text[]) AS wanted (domain_id, slug) USING (domain_id, slug)
"""
NOTES_DUE = """
SELECT id, domain_id, slug FROM links_publication WHERE since < now() - make_interval(secs => %s) ORDER BY id LIMIT %s
"""
REMOVE_NOTES = "DELETE FROM links_publication WHERE id = ANY(%s::bigint[])"


class Cursor(Protocol):
    """What Django's cursors and psycopg's have in common."""

    def execute(self, query: Any, params: Any = None) -> Any: ...
    def fetchall(self) -> list[Any]: ...


def load_plans(cursor: Cursor, keys: Sequence[bytes]) -> dict[bytes, RedirectPlan]:
    """The plans of `keys` (see `cache_key`); `UNKNOWN` for those that no link has."""
    cursor.execute(LOAD_PLANS, _columns(keys))
    found = {cache_key(row[0], row[1]): _compile(row) for row in cursor.fetchall()}
    return {key: found.get(key, UNKNOWN) for key in keys}


def notes_of(cursor: Cursor, keys: Sequence[bytes]) -> list[int]:
    """The IDs of notes that `keys` are to be published. Read before the plans: a note that comes later is of a change
    that these plans need not contain."""
    cursor.execute(NOTES_OF, _columns(keys))
    return [number for (number,) in cursor.fetchall()]


def notes_due(cursor: Cursor, seconds: float, most: int) -> dict[int, bytes]:
    """At most `most` notes that are older than `seconds`: keys by the note's ID."""
    cursor.execute(NOTES_DUE, (seconds, most))
    return {number: cache_key(domain, slug) for number, domain, slug in cursor.fetchall()}


def remove_notes(cursor: Cursor, numbers: Sequence[int]) -> None:
    """What the notes of these IDs asked for is done."""
    cursor.execute(REMOVE_NOTES, (list(numbers),))


def load_domains(cursor: Cursor) -> dict[str, int]:
    """Domain IDs by host; the default domain's stands under its host and under the empty string."""
    cursor.execute(LOAD_DOMAINS)
    return domain_map(cursor.fetchall())


def domain_map(rows: Iterable[tuple[str, int, bool]]) -> dict[str, int]:
    """Rows of (host, ID, is default) as `load_domains` returns them."""
    domains: dict[str, int] = {}
    for host, number, is_default in rows:
        domains[host] = number
        if is_default:
            domains[""] = number
    return domains


def _columns(keys: Sequence[bytes]) -> tuple[list[int], list[str]]:
    pairs = [key.decode().split("/", 1) for key in keys]
    return [int(domain) for domain, _ in pairs], [slug for _, slug in pairs]


def _compile(row: Sequence[Any]) -> RedirectPlan:
    _, _, number, version, status, destination, start, end, limit, archived, deleted, used = row
    gone: Gone = ""
    if deleted:
        gone = "deleted"
    elif archived:
        gone = "archived"
    elif limit and used >= limit:
        gone = "exhausted"
    return RedirectPlan(
        link_id=number,
        version=version,
        status=status,
        location="" if gone == "deleted" else destination,
        active_from=start,
        active_until=end,
        click_limit=limit,
        gone=gone,
    )
