"""How long a question to PostgreSQL may take, where people can ask for more than can be answered soon."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import errors


@contextmanager
def time_limit(milliseconds: int, too_long: Exception) -> Iterator[None]:
    """Each statement of the block ends after so many `milliseconds`, and the block by raising `too_long`."""
    # Outside of a transaction a statement is one by itself, and whoever is inside one may go on with it.
    apart = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with apart, connection.execute_wrapper(_limited_to(milliseconds)):
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise too_long from error
        raise


def _limited_to(milliseconds: int) -> Callable[..., Any]:
    """Sends the limit along with each statement: one round trip, in one transaction, with which the limit ends."""

    def run(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if many:
            return execute(sql, params, many, context)
        result = execute(f"SET LOCAL statement_timeout = {milliseconds:d}; {sql}", params, many, context)
        context["cursor"].nextset()  # past the answer to SET
        return result

    return run
