"""What the click tables need now and then. Twice is harmless, and a run that is missed loses nothing."""

from datetime import date, timedelta

from psycopg import Connection

from shortener.clicks import filtered
from shortener.clicks.partitions import drop_partitions, ensure_partitions, sort_partitions
from shortener.clicks.visitors import KEPT_DAYS, Salts

BATCH_DAYS = 14  # a batch older than this cannot arrive again, unless its spool lay on a disk that was away so long


def tidy(connection: Connection, today: date, retention: int) -> None:
    """Make partitions ahead, and put those that are over in order; forget the salts, visitors and batch IDs that have
    done their work, and raw clicks older than `retention` days, with what filters have found of them. `connection` is
    in autocommit mode."""
    Salts(connection).destroy_old(today)
    forget_visitors(connection, today)
    forget_batches(connection, today)
    ensure_partitions(connection, today)
    drop_partitions(connection, today - timedelta(retention))
    filtered.forget(connection, today, today - timedelta(retention))
    sort_partitions(connection, today)


def forget_visitors(connection: Connection, today: date) -> int:
    """Delete who was seen on days whose salt is gone: they are counted, and nobody can be added to those days."""
    return connection.execute("DELETE FROM clicks_visitor WHERE day < %s", [today - timedelta(KEPT_DAYS)]).rowcount


def forget_batches(connection: Connection, today: date) -> int:
    """Delete the IDs of batches that cannot arrive again."""
    return connection.execute(
        "DELETE FROM clicks_batch WHERE received_at < %s", [today - timedelta(BATCH_DAYS)]
    ).rowcount
