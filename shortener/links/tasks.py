"""Jobs of links (Procrastinate: kept in PostgreSQL, run by any number of workers)."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from shortener.links import workspaces
from shortener.links.models import ImportJob
from shortener.links.transfer import runner

KEPT = timedelta(days=30)  # for which an import can be looked at


@app.task(name="links.run_import", retry=3)
def run_import(job_id: int) -> None:
    """Carry out an import, or go on with it. Nothing happens while another worker is at it."""
    runner.run(job_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="links.resume_imports", queueing_lock="links.resume_imports")
def resume_imports(timestamp: int) -> None:
    """Go on with imports whose worker died: somebody else may well be at them, and then nothing happens."""
    for job_id in ImportJob.objects.filter(state=ImportJob.State.RUNNING).values_list("pk", flat=True):
        run_import.configure(queueing_lock=f"links.run_import.{job_id}").defer(job_id=job_id)


@app.task(name="links.bury_late", retry=3)
def bury_late(workspace_id: int) -> None:
    """A minute after a workspace was closed: what came in meanwhile goes the way of its other links."""
    workspaces.bury_late(workspace_id)


@app.periodic(cron="27 4 * * *")
@app.task(name="links.tidy_imports", queueing_lock="links.tidy_imports")
def tidy_imports(timestamp: int) -> None:
    """Forget old imports. Their links stay, of course."""
    ImportJob.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(state=ImportJob.State.RUNNING).delete()
