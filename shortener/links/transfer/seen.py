"""The names that a dry run has met: kept by PostgreSQL, so that memory does not grow with the file."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from shortener.infra.stores import autonomous_connection

Key = tuple[int, str]  # domain ID, slug
TABLE = "CREATE TEMPORARY TABLE seen (domain bigint, slug text, PRIMARY KEY (domain, slug)) ON COMMIT DROP"


class Seen:
    """Names that rows of this file have taken, and how many links there would be."""

    def __init__(self, connection: Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self.links = 0

    def add(self, names: Iterable[Key]) -> set[Key]:
        """Remember `names`; those that were there already."""
        listed = sorted(names)
        arrays = [[domain for domain, _ in listed], [slug for _, slug in listed]]
        new = self._connection.execute(
            "INSERT INTO seen SELECT * FROM unnest(%s::bigint[], %s::text[]) ON CONFLICT DO NOTHING RETURNING *", arrays
        ).fetchall()
        return set(listed) - {(domain, slug) for domain, slug in new}


@contextmanager
def seen_names() -> Iterator[Seen]:
    """An empty `Seen`, on a connection of its own."""
    with autonomous_connection() as connection, connection.transaction():
        connection.execute(TABLE)
        yield Seen(connection)
