"""Django's PostgreSQL backend, but for three things. At the start of a request it finds out that its connection is gone
by a look at the socket, where Django asks the server: a closed one has something to read (its end), an idle one has
not. Its connections notice a server that hangs (`watching.py`). And a statement that is sent very often may be planned
once for each connection."""

import select
from types import SimpleNamespace
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg.pq import ConnStatus

from shortener.infra.postgres.watching import WatchedConnection

PREPARE_AFTER = 5  # times on a connection
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

    def preparing_cursor(self) -> CursorWrapper:
        """See below."""
        if not settings.PREPARED_STATEMENTS:
            return self.cursor()
        this: Any = self  # the rest is what `cursor` does
        this.close_if_health_check_failed()
        this.ensure_connection()
        this.connection.prepare_threshold = PREPARE_AFTER
        this.validate_thread_sharing()
        with this.wrap_database_errors:
            cursor = psycopg.Cursor(this.connection)
        wrapped: CursorWrapper = this.make_debug_cursor(cursor) if this.queries_logged else this.make_cursor(cursor)
        return wrapped


def preparing_cursor() -> CursorWrapper:
    """A cursor of Django's connection that has PostgreSQL plan a statement once, after it has been executed for a few
    times: for statements that take as long to plan as to execute. The server binds the values, so it has to be told
    their types (`%s::json`)."""
    wrapper: Any = connection
    cursor: CursorWrapper = wrapper.preparing_cursor()
    return cursor
