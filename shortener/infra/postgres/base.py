"""Django's PostgreSQL backend, but for two things. At the start of a request it finds out that its connection is gone
by a look at the socket, where Django asks the server: a closed one has something to read (its end), an idle one has
not. And its connections notice a server that hangs (`watching.py`)."""

import select
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus

from shortener.infra.postgres.watching import WatchedConnection

# psycopg, as Django uses it, but for the class of connections.
_driver = SimpleNamespace(**{**vars(psycopg), "connect": WatchedConnection.connect})


class DatabaseWrapper(base.DatabaseWrapper):
    """As `django.db.backends.postgresql`."""

    Database: Any = _driver

    def is_usable(self) -> bool:
        """Whether the connection is there, without a round trip."""
        connection: Any = self.connection
        if connection is None or connection.closed or connection.pgconn.status != ConnStatus.OK:
            return False
        watched = select.poll()
        watched.register(connection.pgconn.socket, select.POLLIN)
        return not watched.poll(0)
