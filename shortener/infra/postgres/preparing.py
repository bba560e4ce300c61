"""Statements that take PostgreSQL as long to plan as to execute, planned once for each connection."""

from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

PREPARE_AFTER = 5  # times on a connection


def preparing_cursor() -> CursorWrapper:
    """A cursor of Django's connection that has PostgreSQL plan a statement once, after it has been executed for a few
    times. The server binds the values, where Django's own cursors write them into the statement: so it has to be told
    their types (`%s::json`)."""
    wrapper: Any = connection
    cursor: CursorWrapper = wrapper.cursor()
    if settings.PREPARED_STATEMENTS:
        wrapper.connection.prepare_threshold = PREPARE_AFTER
        cursor.cursor = psycopg.Cursor(wrapper.connection)
    return cursor
