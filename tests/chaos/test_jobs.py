"""The job worker outlives its database."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shortener.infra.embedded.layout import layout_for
from tests.servers import wait_until
from tests.up import Up

pytestmark = pytest.mark.processes
LOOK_AFTER = "from shortener.infra.tasks import take_up_stalled; take_up_stalled.defer(timestamp=0)"
DEFER = "from shortener.clicks.tasks import tidy; tidy.defer(timestamp=0)"


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir)
    yield up
    up.clean_up()


def connect(up: Up) -> psycopg.Connection:
    return psycopg.connect(layout_for(up.directory / "data").database_url)


def jobs_left(up: Up, states: str = "todo, doing, failed") -> int:
    """Jobs that are not done yet, and those that failed."""
    counted = "SELECT count(*) FROM procrastinate_jobs WHERE status::text = ANY(string_to_array(%s, ', '))"
    with connect(up) as connection:
        return connection.execute(counted, [states]).fetchone()[0]


def test_jobs_are_done_after_postgresql_was_killed(up):
    up.start()
    up.manage("shell", "-c", DEFER)
    wait_until(lambda: jobs_left(up) == 0, what="the first job")
    up.children("/bin/postgres -D")[0].kill()
    wait_until(lambda: not up.is_ready(), what="the failure")
    wait_until(up.is_ready, seconds=60, what="the return of the site")
    up.manage("shell", "-c", DEFER)
    wait_until(lambda: jobs_left(up) == 0, seconds=60, what="the job after it")
    assert "Traceback" not in up.output
    assert up.stop() == 0


def test_a_job_whose_worker_was_killed_is_done_by_the_next_one(up):
    up.start()
    wait_until(lambda: jobs_left(up) == 0, what="the jobs of the start")
    with connect(up) as holder:
        holder.execute("LOCK TABLE clicks_dailysalt")  # the job waits for it
        up.manage("shell", "-c", DEFER)
        wait_until(lambda: jobs_left(up, "doing") == 1, what="the beginning of the job")
        [worker] = up.children("manage.py jobs")
        worker.kill()
        wait_until(lambda: [p for p in up.children("manage.py jobs") if p != worker], what="the next worker")
    with connect(up) as connection:  # in place of a minute's wait
        connection.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '2 minutes'")
    assert jobs_left(up, "doing") == 1
    up.manage("shell", "-c", LOOK_AFTER)
    wait_until(lambda: jobs_left(up) == 0, seconds=60, what="the end of the job")
    assert up.stop() == 0
