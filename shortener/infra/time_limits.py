"""How long a question to PostgreSQL may take, where people can ask for more than can be answered soon."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg import errors


@contextmanager
def time_limit(milliseconds: int, too_long: Exception) -> Iterator[None]:
    """Each statement of the block ends after so many `milliseconds`, and the block by raising `too_long`."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise too_long from error
        raise
