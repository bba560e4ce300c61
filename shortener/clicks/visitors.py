"""Counting people without knowing them: a hash under a salt that changes every day and is then destroyed.

Within a day the same visitor gives the same hash; after it, nobody can tell which address a hash came from, nor that
two days had the same visitor. Days are UTC.
"""

import hashlib
import secrets
from datetime import date, timedelta

from psycopg import Connection

KEPT_DAYS = 1  # a salt outlives its day this long, for clicks that come late


def visitor_hash(salt: bytes, address: str, user_agent: str) -> bytes:
    """16 bytes (BLAKE2b keyed with `salt`) for a visitor of one day."""
    return hashlib.blake2b(f"{address}\n{user_agent}".encode(), key=salt, digest_size=16).digest()


class Salts:
    """The days' salts, shared by all workers through PostgreSQL. `today` makes one; an older day's is only read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[date, bytes | None] = {}

    def of(self, day: date, today: date) -> bytes | None:
        """The salt of `day`; None when the day is too long ago (or lies in the future by a wrong clock)."""
        if day not in self._known:
            self._known = {kept: salt for kept, salt in self._known.items() if kept >= today - timedelta(KEPT_DAYS)}
            self._known[day] = self._make(day) if self._may_be_made(day, today) else None
        return self._known[day]

    def destroy_old(self, today: date) -> int:
        """Delete the salts of days that are over; how many there were."""
        self._known = {day: salt for day, salt in self._known.items() if day >= today - timedelta(KEPT_DAYS)}
        return self._connection.execute(
            "DELETE FROM clicks_dailysalt WHERE day < %s", [today - timedelta(KEPT_DAYS)]
        ).rowcount

    def _may_be_made(self, day: date, today: date) -> bool:
        return today - timedelta(KEPT_DAYS) <= day <= today + timedelta(1)

    def _make(self, day: date) -> bytes:
        # The update that changes nothing makes RETURNING give the row of whoever was first.
        row = self._connection.execute(
            "INSERT INTO clicks_dailysalt (day, salt) VALUES (%s, %s) "
            "ON CONFLICT (day) DO UPDATE SET day = excluded.day RETURNING salt",
            [day, secrets.token_bytes(32)],
        ).fetchone()
        assert row is not None  # noqa: S101  RETURNING of an upsert has a row
        return bytes(row[0])
