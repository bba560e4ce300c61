"""Reading imports."""

from django.db.models import QuerySet

from shortener.accounts.models import ApiKey, Workspace
from shortener.infra import public_id
from shortener.links.errors import LinkNotFound
from shortener.links.models import ImportJob
from shortener.links.reach import is_limited, lineage

KIND = "import"


def jobs_in(workspace: Workspace, key: ApiKey | None = None) -> QuerySet[ImportJob]:
    """Imports into `workspace`, newest first, without their rows. A `key` that does not reach all links sees those
    alone that were begun with it."""
    jobs = ImportJob.objects.filter(workspace=workspace).defer("rows").order_by("-created_at", "-id")
    return jobs.filter(options__api_key__in=lineage(key)) if key is not None and is_limited(key) else jobs


def pick_job(workspace: Workspace, import_id: str, key: ApiKey | None = None) -> ImportJob:
    """The import with this public ID. Raises `LinkNotFound` for a missing and a forbidden one alike."""
    number = public_id.decode(KIND, import_id)
    job = jobs_in(workspace, key).filter(pk=number).first() if number is not None else None
    if job is None:
        raise LinkNotFound(import_id)
    return job


def id_of(job: ImportJob) -> str:
    """The ID that pages and API show."""
    return public_id.encode(KIND, job.pk)


def message_of(job: ImportJob) -> str:
    """Why it stopped, for people; empty when nothing stopped it."""
    return str(job.options.get("message", ""))
