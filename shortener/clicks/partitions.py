"""Daily partitions of the raw clicks, made ahead of time, put in order when the day is over, dropped after the
retention. A click of a day without one goes to the default partition, so none is ever refused; it is moved once its day
has one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from psycopg import Connection, errors, sql

from shortener.clicks.rollups import WRITING_LOCK

DAYS_AHEAD = 3
DAYS_AT_ONCE = 40  # days moved out of the default partition in one run
LOCK_TIMEOUT = "5s"  # a long export must not hold up everybody behind us: the next run tries again
PREFIX = "clicks_click_"
SORTED = "in order of links"  # the comment of a partition that is
SORT_AFTER = 2  # days: later, hardly a click comes in that has waited somewhere
SORTED_AT_ONCE = 5  # partitions in one run


def ensure_partitions(connection: Connection, today: date) -> list[str]:
    """Make the partitions of yesterday, today and the next days where they are missing, and of earlier days whose
    clicks had to go to the default partition, which are moved; the names of new ones. `connection` is in autocommit
    mode."""
    days = {today + timedelta(offset) for offset in range(-1, DAYS_AHEAD + 1)}
    days.update(_days_in_default(connection, today + timedelta(DAYS_AHEAD)))
    return [name for day in sorted(days) if (name := ensure_partition(connection, day))]


def ensure_partition(connection: Connection, day: date) -> str | None:
    """Make the partition of `day`, with what the default one has of it, if there is none; its name if it is new."""
    name = partition_name(day)
    if connection.execute("SELECT to_regclass(%s)", [name]).fetchone() != (None,):
        return None
    try:
        with _changing(connection):
            _make(connection, name, day)
    except errors.DuplicateTable:
        return None  # another process was faster
    return name


def sort_partitions(connection: Connection, today: date, most: int = SORTED_AT_ONCE) -> list[str]:
    """Write partitions of days that are over anew, up to `most` of them, the newest first, so that the clicks of a
    workspace, and in it those of a link, lie side by side: what filters ask of a busy link's clicks then reads tens of
    pages a day, not all of them. Writers wait meanwhile; readers do not, until the old one is exchanged for the new
    one. The names of those that were written. `connection` is in autocommit mode."""
    rows = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'clicks_click'::regclass "
        "AND obj_description(inhrelid, 'pg_class') IS DISTINCT FROM %s ORDER BY 1 DESC",
        [SORTED],
    ).fetchall()
    over = [(name, day) for (name,) in rows if (day := _day_of(name)) and day <= today - timedelta(SORT_AFTER)]
    done: list[str] = []
    for name, day in over[:most]:
        try:
            with _changing(connection):
                _sort(connection, name, day)
        except errors.LockNotAvailable:
            break  # somebody reads for long: another time
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(name)))
        done.append(name)
    return done


def drop_partitions(connection: Connection, before: date) -> list[str]:
    """Delete the raw clicks of days before `before`; the names of partitions that are gone."""
    names = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'clicks_click'::regclass ORDER BY 1"
    ).fetchall()
    old = [name for (name,) in names if (day := _day_of(name)) and day < before]
    for name in old:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'".encode())
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
    connection.execute("DELETE FROM clicks_click_default WHERE clicked_at < %s", [_midnight(before)])
    return old


def partition_name(day: date) -> str:
    """The table of `day` (UTC)."""
    return f"{PREFIX}{day:%Y%m%d}"


def note_order(connection: Connection, day: date) -> None:
    """Say of the partition of `day`, whose clicks were written in that order and which is over, that it is sorted."""
    table = sql.Identifier(partition_name(day))
    connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(table, sql.Literal(SORTED)))


def _day_of(name: str) -> date | None:
    try:
        return datetime.strptime(name.removeprefix(PREFIX), "%Y%m%d").date()  # noqa: DTZ007  a date alone
    except ValueError:
        return None  # the default partition


@contextmanager
def _changing(connection: Connection) -> Iterator[None]:
    """A transaction in which nobody writes: a click could slip into the wrong partition behind our back."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [WRITING_LOCK])
        connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'".encode())
        yield


def _days_in_default(connection: Connection, last: date) -> list[date]:
    rows = connection.execute(
        "SELECT DISTINCT (clicked_at AT TIME ZONE 'UTC')::date AS day FROM clicks_click_default "
        "WHERE clicked_at < %s ORDER BY day DESC LIMIT %s",
        [_midnight(last + timedelta(1)), DAYS_AT_ONCE],
    )
    return [day for (day,) in rows.fetchall()]


def _sort(connection: Connection, name: str, day: date) -> None:
    """Put a copy of the partition `name`, in order, in its place."""
    old, new = sql.Identifier(name), sql.Identifier(f"{name}_new")
    start, end = _bounds(day)
    for statement in (
        "CREATE TABLE {new} (LIKE clicks_click INCLUDING ALL)",
        "INSERT INTO {new} SELECT * FROM {old} ORDER BY workspace_id, link_id, clicked_at",
        "ALTER TABLE clicks_click DETACH PARTITION {old}",
        "DROP TABLE {old}",
        "ALTER TABLE {new} RENAME TO {old}",
        "ALTER TABLE clicks_click ATTACH PARTITION {old} FOR VALUES FROM ({start}) TO ({end})",
        "COMMENT ON TABLE {old} IS {comment}",
    ):
        values = {"new": new, "old": old, "start": start, "end": end, "comment": sql.Literal(SORTED)}
        connection.execute(sql.SQL(statement).format(**values))


def _make(connection: Connection, name: str, day: date) -> None:
    table, (start, end) = sql.Identifier(name), _bounds(day)
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE clicks_click INCLUDING ALL)").format(table))
    connection.execute(
        sql.SQL(
            "WITH moved AS (DELETE FROM clicks_click_default WHERE clicked_at >= {} AND clicked_at < {} RETURNING *) "
            "INSERT INTO {} SELECT * FROM moved"
        ).format(start, end, table)
    )
    connection.execute(
        sql.SQL("ALTER TABLE clicks_click ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(table, start, end)
    )


def _bounds(day: date) -> tuple[sql.Literal, sql.Literal]:
    return sql.Literal(_midnight(day)), sql.Literal(_midnight(day + timedelta(1)))


def _midnight(day: date) -> str:
    return f"{day} 00:00:00+00"
