"""Jobs about jobs (Procrastinate: kept in PostgreSQL, run by any number of workers)."""

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

STALLED = 60.0  # seconds without a sign of life, after which a worker counts as dead; it gives one every ten
ATTEMPTS = 5  # a job that takes its worker along each time is given up
logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="infra.take_up_stalled", queueing_lock="infra.take_up_stalled", pass_context=True)
async def take_up_stalled(context: JobContext, timestamp: int) -> None:
    """Have done what workers had begun when they died: a job is left in `doing` then, and nobody else would look at it.
    Every job can be done again: it finds what is left to do, or holds a lock while it is at it."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        await _take_up(manager, job)


async def _take_up(manager: JobManager, job: Job) -> None:
    if job.attempts + 1 >= ATTEMPTS:
        logger.error("job %s (%s) is given up: %d workers died over it", job.id, job.task_name, ATTEMPTS)
        await manager.finish_job(job, Status.FAILED, delete_job=False)
        return
    try:
        await manager.retry_job(job)
        logger.warning("job %s (%s) begins again: its worker is gone", job.id, job.task_name)
    except UniqueViolation:  # the next one of its kind waits already
        await manager.finish_job(job, Status.ABORTED, delete_job=True)
