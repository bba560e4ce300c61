"""The job worker outlives its database."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shortener.infra.embedded.layout import layout_for
from tests.servers import wait_until
from tests.up import Up

pytestmark = pytest.mark.processes
DEFER = "from shortener.clicks.tasks import tidy; tidy.defer(timestamp=0)"


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir)
    yield up
    up.clean_up()


def jobs_left(up: Up) -> int:
    """Jobs that are not done yet, and those that failed."""
    with psycopg.connect(layout_for(up.directory / "data").database_url) as connection:
        return connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'").fetchone()[0]


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
