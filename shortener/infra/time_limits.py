"""How long a question to PostgreSQL may take, where people can ask for more than can be answered soon."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import errors


@contextmanager
def time_limit(milliseconds: int, too_long: Exception, *, alone: bool = False) -> Iterator[None]:
    """Each statement of the block ends after so many `milliseconds`, and the block by raising `too_long`. `alone`: by
    one process, where calling others to help takes longer than the answer, whatever the planner believes."""
    # Outside of a transaction a statement is one by itself, and whoever is inside one may go on with it.
    apart = transaction.atomic() if connection.in_atomic_block else nullcontext()
    settings = f"SET LOCAL statement_timeout = {milliseconds:d}"
    if alone:
        settings += "; SET LOCAL max_parallel_workers_per_gather = 0"
    try:
        with apart, connection.execute_wrapper(_with_settings(settings)):
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise too_long from error
        raise


def _with_settings(settings: str) -> Callable[..., Any]:
    """Sends `settings` along with each statement: one round trip, in one transaction, with which they end."""

    def run(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if many:
            return execute(sql, params, many, context)
        result = execute(f"{settings}; {sql}", params, many, context)
        while context["cursor"].nextset():  # past the answers to SET
            pass
        return result

    return run
