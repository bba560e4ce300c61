"""Jobs whose worker died."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext

from shortener.clicks.tasks import tidy
from shortener.infra.tasks import ATTEMPTS, take_up_stalled

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id"


def begun(*, silent=None, attempts=0):
    """A job that a worker has begun: one that is gone, or was heard of so many seconds ago."""
    number = tidy.defer(timestamp=0)
    with connection.cursor() as cursor:
        worker = None
        if silent is not None:
            cursor.execute(WORKER, [silent])
            [worker] = cursor.fetchone()
        change = "UPDATE procrastinate_jobs SET (status, worker_id, attempts, queueing_lock) = ('doing', %s, %s, NULL) WHERE id = %s"
        cursor.execute(change, [worker, attempts, number])
    return number


def look_after():
    async_to_sync(take_up_stalled.func)(JobContext(app=app, job=None, start_timestamp=0, abort_reason=lambda: None), 0)


def states():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs")
        return dict(cursor.fetchall())


@pytest.fixture(autouse=True)
def nothing_waits(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def test_jobs_of_dead_workers_wait_again():
    gone, silent, busy = begun(), begun(silent=90), begun(silent=5)
    look_after()
    assert states() == {gone: "todo", silent: "todo", busy: "doing"}


def test_a_job_that_takes_every_worker_along_is_given_up():
    number = begun(attempts=ATTEMPTS - 1)
    look_after()
    assert states() == {number: "failed"}


def test_one_whose_successor_waits_already_is_dropped():
    number = begun()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET queueing_lock = 'clicks.tidy' WHERE id = %s", [number])
    successor = tidy.defer(timestamp=1)
    look_after()
    assert states() == {successor: "todo"}


def test_it_is_done_every_minute():
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic["infra.take_up_stalled"] == "* * * * *"
