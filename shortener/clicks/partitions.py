"""Daily partitions of the raw clicks, made ahead of time. A click of a day without one goes to the default partition,
so none is ever refused."""

from datetime import date, timedelta

from psycopg import Connection, errors, sql

DAYS_AHEAD = 3


def ensure_partitions(connection: Connection, today: date) -> list[str]:
    """Make the partitions of yesterday, today and the next days where they are missing; the names of new ones.

    A day whose clicks already lie in the default partition stays there.
    """
    days = [today + timedelta(offset) for offset in range(-1, DAYS_AHEAD + 1)]
    return [name for day in days if (name := _ensure(connection, day))]


def partition_name(day: date) -> str:
    """The table of `day` (UTC)."""
    return f"clicks_click_{day:%Y%m%d}"


def _ensure(connection: Connection, day: date) -> str | None:
    name = partition_name(day)
    if connection.execute("SELECT to_regclass(%s)", [name]).fetchone() != (None,):
        return None
    try:
        connection.execute(
            sql.SQL("CREATE TABLE {} PARTITION OF clicks_click FOR VALUES FROM ({}) TO ({})").format(
                sql.Identifier(name),
                sql.Literal(f"{day} 00:00:00+00"),
                sql.Literal(f"{day + timedelta(1)} 00:00:00+00"),
            )
        )
    except (errors.DuplicateTable, errors.CheckViolation):
        return None  # another worker was faster, or the default partition has clicks of that day
    return name
