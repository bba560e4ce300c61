"""Connections that find out when PostgreSQL hangs.

A server that is gone closes its connections. One that hangs (stopped, its disk or the network away) closes nothing, and
its own time limits do not help, for it is the one to keep them. So whoever has waited for a while knocks: a server that
is only busy answers a new connection at once. Who finds that nobody answers gives up, and for a moment nobody of this
process tries to connect, so that requests do not queue up behind each other's waiting.

Web processes switch it on (`config/asgi.py`); jobs and commands, which nobody waits for, wait until it is back.
"""

import errno
import logging
import os
from collections.abc import Generator
from time import monotonic
from typing import Any, Self

import psycopg
from psycopg.errors import ConnectionTimeout, OperationalError

logger = logging.getLogger(__name__)

PATIENCE = 2.0  # seconds without a word from the server, until somebody knocks
REFUSED = 2.0  # seconds in which nobody connects, after nobody has answered
QUEUE_IS_FULL = os.strerror(errno.EAGAIN)  # of a Unix socket at which a stopped server accepts nobody any more


class Watch:
    """What this process knows of the server."""

    def __init__(self) -> None:
        self.is_on = False
        self._away_until = 0.0  # monotonic seconds

    def is_away(self) -> bool:
        """Whether the server did not answer just now."""
        return monotonic() < self._away_until

    def look_at(self, error: OperationalError) -> bool:
        """Whether a connection failed with `error` because nobody answers."""
        is_away = isinstance(error, ConnectionTimeout) or QUEUE_IS_FULL in str(error)
        if is_away and not self.is_away():
            logger.warning("PostgreSQL does not answer")
        if is_away:
            self._away_until = monotonic() + REFUSED
        return is_away


watch = Watch()


class WatchedConnection(psycopg.Connection[Any]):
    """As psycopg's. While the watch is on, no question waits for a server that hangs much longer than PATIENCE and
    `connect_timeout` (seconds) together; then it raises `OperationalError`, and the connection is closed."""

    wanted: dict[str, Any]  # how the server is reached

    @classmethod
    def connect(cls, *args: Any, **words: Any) -> Self:
        """As psycopg's. Raises `OperationalError` at once while the server is known not to answer."""
        if watch.is_on and watch.is_away():
            raise ConnectionTimeout("PostgreSQL did not answer just now")
        try:
            connection = super().connect(*args, **words)
        except OperationalError as error:
            watch.look_at(error)
            raise
        connection.wanted = words
        return connection

    def wait(self, gen: Any, *args: Any, **words: Any) -> Any:
        """As psycopg's, which every question comes through."""
        return super().wait(self._watched(gen) if watch.is_on else gen, *args, **words)

    def _watched(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """The same conversation. psycopg says every tenth of a second that nothing has come (0)."""
        knocks_at = 0.0
        try:
            waits_for = next(gen)
            while True:
                ready = yield waits_for
                if ready:
                    knocks_at = 0.0
                elif not knocks_at:
                    knocks_at = monotonic() + PATIENCE
                elif monotonic() > knocks_at:
                    self._knock()
                    knocks_at = monotonic() + PATIENCE
                waits_for = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _knock(self) -> None:
        if not watch.is_away():
            try:
                psycopg.connect(**self.wanted).close()
            except OperationalError as error:
                if not watch.look_at(error):
                    return  # whatever it says, it is there
            else:
                return
        self.close()
        raise OperationalError("PostgreSQL does not answer")
