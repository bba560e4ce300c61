"""Django's PostgreSQL backend, but for how it finds out at the start of a request that its connection is gone: by a
look at the socket, where Django asks the server. A closed one has something to read (its end), an idle one has not."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """As `django.db.backends.postgresql`."""

    def is_usable(self) -> bool:
        """Whether the connection is there, without a round trip."""
        connection: Any = self.connection
        if connection is None or connection.closed or connection.pgconn.status != ConnStatus.OK:
            return False
        watched = select.poll()
        watched.register(connection.pgconn.socket, select.POLLIN)
        return not watched.poll(0)
