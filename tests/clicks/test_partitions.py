import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from psycopg import errors

from shortener.clicks.partitions import drop_partitions, ensure_partitions, partition_name, sort_partitions
from shortener.clicks.rollups import WRITING_LOCK
from shortener.infra.stores import autonomous_connection
from tests.servers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2031, 5, 1)  # far from the days other tests use


@pytest.fixture
def postgres(stores):
    with autonomous_connection() as connection:
        yield connection
        connection.execute("TRUNCATE clicks_click")
        for offset in range(-60, 10):
            connection.execute(f"DROP TABLE IF EXISTS {partition_name(DAY + timedelta(offset))}")


def test_days_ahead_are_made_once(postgres):
    assert ensure_partitions(postgres, DAY) == [
        "clicks_click_20310430", "clicks_click_20310501", "clicks_click_20310502", "clicks_click_20310503",
        "clicks_click_20310504",
    ]  # fmt: skip
    assert ensure_partitions(postgres, DAY) == []
    assert ensure_partitions(postgres, DAY + timedelta(1)) == ["clicks_click_20310505"]


def test_clicks_in_the_default_partition_are_moved(postgres):
    postgres.execute(
        "INSERT INTO clicks_click (clicked_at, batch_id, position, link_id, kind) "
        "VALUES (%s, gen_random_uuid(), 0, 1, 0)",
        [DAY],
    )
    assert partition_name(DAY) in ensure_partitions(postgres, DAY)
    assert postgres.execute("SELECT tableoid::regclass::text FROM clicks_click").fetchall() == [(partition_name(DAY),)]


def test_a_run_that_was_missed_is_made_up_for(postgres):
    """Days that are over, with clicks that had to go to the default partition."""
    for age in (5, 30):
        add(postgres, DAY - timedelta(age))
    names = ensure_partitions(postgres, DAY)
    assert {partition_name(DAY - timedelta(5)), partition_name(DAY - timedelta(30))} <= set(names)
    assert postgres.execute("SELECT count(*) FROM clicks_click_default").fetchone() == (0,)
    assert postgres.execute("SELECT count(*) FROM clicks_click").fetchone() == (2,)


def test_a_click_from_the_far_future_stays_where_it_is(postgres):
    add(postgres, DAY + timedelta(100))
    ensure_partitions(postgres, DAY)
    assert postgres.execute("SELECT count(*) FROM clicks_click_default").fetchone() == (1,)


def test_partitions_are_dropped_after_the_retention(postgres):
    ensure_partitions(postgres, DAY)
    add(postgres, DAY)
    add(postgres, DAY - timedelta(1))
    add(postgres, DAY - timedelta(50))  # in the default partition
    assert partition_name(DAY - timedelta(1)) in drop_partitions(postgres, DAY)
    assert postgres.execute("SELECT count(*) FROM clicks_click").fetchone() == (1,)
    assert drop_partitions(postgres, DAY) == []


def test_nobody_writes_while_clicks_are_moved(postgres):
    """A click that came in between could not be attached any more: writers wait."""
    add(postgres, DAY)
    with autonomous_connection() as writer:
        writer.execute("BEGIN")
        writer.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITING_LOCK])
        postgres.execute("SET lock_timeout = '50ms'")
        with pytest.raises(errors.LockNotAvailable):
            ensure_partitions(postgres, DAY)
        writer.execute("COMMIT")
    assert partition_name(DAY) in ensure_partitions(postgres, DAY)


def add(postgres, at, link=1):
    postgres.execute(
        "INSERT INTO clicks_click (clicked_at, batch_id, position, link_id, kind) "
        "VALUES (%s, gen_random_uuid(), 0, %s, 0)",
        [at, link],
    )


def test_clicks_keep_coming_while_days_are_made_and_moved(postgres):
    """Four writers, and a tidy run that makes their day in the middle of it: every click is in its place, once."""
    done = threading.Event()

    def write(_):
        written = 0
        with autonomous_connection() as writer:
            while not (done.is_set() and written > 50):
                with writer.transaction():
                    writer.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITING_LOCK])
                    add(writer, DAY)
                    add(writer, DAY - timedelta(1))
                written += 2
        return written

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, number) for number in range(4)]
        wait_until(lambda: postgres.execute("SELECT count(*) > 40 FROM clicks_click_default").fetchone() == (True,))
        assert partition_name(DAY) in ensure_partitions(postgres, DAY)
        done.set()
        written = sum(writer.result() for writer in writers)
    tables = dict(postgres.execute("SELECT tableoid::regclass::text, count(*) FROM clicks_click GROUP BY 1").fetchall())
    assert set(tables) == {partition_name(DAY), partition_name(DAY - timedelta(1))}
    assert sum(tables.values()) == written


def test_two_tidy_runs_at_once_make_each_day_once(postgres):
    for age in range(10):
        add(postgres, DAY - timedelta(age))

    def tidy(_):
        with autonomous_connection() as connection:
            return ensure_partitions(connection, DAY)

    with ThreadPoolExecutor(3) as pool:
        made = [name for names in pool.map(tidy, range(3)) for name in names]
    assert len(made) == len(set(made)) == 13
    assert postgres.execute("SELECT count(*) FROM clicks_click_default").fetchone() == (0,)


def test_a_day_that_is_over_is_put_in_order_once(postgres):
    ensure_partitions(postgres, DAY)
    yesterday, today = (partition_name(DAY + timedelta(ago)) for ago in (-1, 0))
    for link, hour in ((2, 3), (1, 9), (2, 1), (1, 4)):
        add(postgres, datetime(2031, 4, 30, hour, tzinfo=UTC), link)
    before = postgres.execute("SELECT * FROM clicks_click ORDER BY 1, 2, 3").fetchall()
    assert yesterday in sort_partitions(postgres, DAY + timedelta(1), most=1_000)  # and what other tests have left
    assert sort_partitions(postgres, DAY + timedelta(1)) == []
    assert postgres.execute("SELECT * FROM clicks_click ORDER BY 1, 2, 3").fetchall() == before
    lie = postgres.execute(
        f"SELECT link_id, extract(hour FROM clicked_at AT TIME ZONE 'UTC')::int FROM {yesterday} ORDER BY ctid"
    )
    assert lie.fetchall() == [(1, 4), (1, 9), (2, 1), (2, 3)]
    add(postgres, DAY - timedelta(1))  # one that comes late
    add(postgres, DAY)
    counted = postgres.execute("SELECT tableoid::regclass::text, count(*) FROM clicks_click GROUP BY 1 ORDER BY 1")
    assert counted.fetchall() == [(yesterday, 5), (today, 1)]


def test_those_that_are_in_order_have_all_indexes(postgres):
    def indexes(name):
        rows = postgres.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [name]).fetchall()
        return sorted(text.partition(" USING ")[2] for (text,) in rows)

    ensure_partitions(postgres, DAY)
    sort_partitions(postgres, DAY + timedelta(1))
    assert indexes(partition_name(DAY - timedelta(1))) == indexes(partition_name(DAY))
    assert partition_name(DAY - timedelta(1)) in drop_partitions(postgres, DAY)
    sort_partitions(postgres, DAY + timedelta(2))
    assert indexes(partition_name(DAY)) == indexes(partition_name(DAY + timedelta(1)))
