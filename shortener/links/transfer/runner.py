"""Carries out an import. Each chunk of rows is written in one transaction with the number of rows that are done, so
that an import that was interrupted anywhere goes on exactly where it stopped."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import ApiKey
from shortener.infra.errors import Conflict
from shortener.infra.stores import autonomous_connection
from shortener.links.errors import LinkError
from shortener.links.models import ImportJob
from shortener.links.transfer import jobs, mapping, packing
from shortener.links.transfer.errors import TransferError
from shortener.links.transfer.fetching import fetch
from shortener.links.transfer.files import SURPLUS
from shortener.links.transfer.queries import id_of
from shortener.links.transfer.rows import Reader, Row
from shortener.links.transfer.seen import Seen, seen_names
from shortener.links.transfer.writers import Outcome, RowProblem, decide, write

logger = logging.getLogger(__name__)

CHUNK = 500  # rows
MOST_PROBLEMS = 1000  # of each outcome that are kept with the import
LOCK = 0x494D50  # first half of the advisory lock's key

State = ImportJob.State
Progress = Callable[[ImportJob], None]


class Stopped(Exception):
    """The import was cancelled, or somebody else goes on with it."""


def run(job_id: int, progress: Progress = lambda job: None, *, allow_private: bool | None = None) -> ImportJob | None:
    """Carry out the import until it is over, or cancelled; what became of it. None when it does not run, or another
    process is at it. Its own mistakes end in its state; errors of the database are raised, and it can be run again."""
    with _alone(job_id) as is_ours:
        job = ImportJob.objects.defer("rows").select_related("workspace", "author").filter(pk=job_id).first()
        if not is_ours or job is None or job.state != State.RUNNING:
            return None
        language = (job.author.language if job.author else "") or job.options.get("language", settings.LANGUAGE_CODE)
        with translation.override(language):
            try:
                _carry_out(job, progress, settings.IMPORT_PRIVATE_HOSTS if allow_private is None else allow_private)
            except Stopped:
                pass
            except (TransferError, Conflict) as error:
                _fail(job, str(error))
            except OperationalError:
                raise
            except Exception:
                logger.exception("the import %s failed", id_of(job))
                _fail(job, _("This is our mistake. What was imported stays; try to go on later."))
        job.refresh_from_db(fields=["state", "finished_at", "options"])
        return job


def _carry_out(job: ImportJob, progress: Progress, allow_private: bool) -> None:
    if "fetch" in job.options:
        _fetch(job, allow_private)
    if "url" not in job.options.get("mapping", {}):
        columns = ", ".join(job.options.get("columns", ()))
        raise TransferError(_("No column looks like the destination. There are: %(columns)s.") % {"columns": columns})
    by = _actor(job)
    options = job.options
    reader = Reader(job.workspace, by, domain=options["domain"], tags=options["tags"], hashing=not job.is_dry_run)
    with ExitStack() as stack:
        seen = None
        if job.is_dry_run:
            seen = stack.enter_context(seen_names())
            if job.done:  # it has forgotten what it had seen
                _restart(job)
        for chunk in packing.chunks(job.pk, start=job.done, size=CHUNK):
            with transaction.atomic():
                outcome = _do(job, reader, chunk, by, seen)
                _note(job, len(chunk), outcome)
            progress(job)
    _finish(job, by)


def _fetch(job: ImportJob, allow_private: bool) -> None:
    wanted = job.options["fetch"]
    packed = packing.pack(fetch(job.source, wanted["url"], jobs.secret_of(job), allow_private=allow_private))
    # The key has done its work.
    job.options = {name: value for name, value in job.options.items() if name != "fetch"}
    job.options |= {"columns": packed.columns, "mapping": mapping.guess(packed.columns), "from": wanted["url"]}
    job.total = packed.total
    with transaction.atomic():
        running = ImportJob.objects.filter(pk=job.pk, state=State.RUNNING)
        if not running.update(total=job.total, options=job.options):
            raise Stopped
        packing.keep(job.pk, packed)


def _do(job: ImportJob, reader: Reader, records: Sequence[Mapping[str, Any]], by: Actor, seen: Seen | None) -> Outcome:
    """Write a chunk, or find out what would become of it."""
    rows: list[Row] = []
    wrong: list[RowProblem] = []
    for order, record in enumerate(records, start=job.done + 1):
        number = packing.place_of(record, order)
        try:
            if SURPLUS in record:
                raise LinkError({"row": [_("There are more cells than columns.")]})
            rows.append(reader.read(number, mapping.applied(record, job.options["mapping"])))
        except LinkError as error:
            wrong += [
                RowProblem(number, field, message) for field, messages in error.errors.items() for message in messages
            ]
    taken = job.options["taken"]
    if seen:
        outcome, _links = decide(job.workspace, rows, taken=taken, seen=seen)
    else:
        outcome = write(job.workspace, rows, by=by, taken=taken)
    outcome.problems = sorted([*wrong, *outcome.problems], key=lambda problem: problem.row)
    return outcome


def _note(job: ImportJob, looked_at: int, outcome: Outcome) -> None:
    """Keep how far `job` is, unless it was cancelled or somebody else has done this chunk: then the chunk is undone."""
    before = job.done
    job.done += looked_at
    job.created += outcome.created
    job.skipped += outcome.rows_that("skipped")
    job.failed += outcome.rows_that("failed")
    job.errors = _kept(job.errors, outcome.problems)
    changed = ImportJob.objects.filter(pk=job.pk, done=before, state=State.RUNNING).update(
        done=job.done, created=job.created, skipped=job.skipped, failed=job.failed, errors=job.errors
    )
    if not changed:
        raise Stopped


def _kept(before: list[Any], problems: Sequence[RowProblem]) -> list[Any]:
    """The first problems of each outcome."""
    room = {name: MOST_PROBLEMS - sum(entry["outcome"] == name for entry in before) for name in ("skipped", "failed")}
    kept = list(before)
    for problem in problems:
        if room[problem.outcome] > 0:
            room[problem.outcome] -= 1
            kept.append({
                "row": problem.row, "field": problem.field, "message": problem.message[:500],
                "outcome": problem.outcome,
            })  # fmt: skip
    return kept


def _restart(job: ImportJob) -> None:
    job.done = job.created = job.skipped = job.failed = 0
    job.errors = []
    fresh = {"done": 0, "created": 0, "skipped": 0, "failed": 0, "errors": []}
    if not ImportJob.objects.filter(pk=job.pk, state=State.RUNNING).update(**fresh):
        raise Stopped


def _finish(job: ImportJob, by: Actor) -> None:
    with transaction.atomic():
        over: dict[str, Any] = {"state": State.DONE, "finished_at": timezone.now()}
        if not job.is_dry_run:
            over["rows"] = b""  # they have done their work
        if not ImportJob.objects.filter(pk=job.pk, state=State.RUNNING).update(**over):
            raise Stopped
        counts = {name: (None, getattr(job, name)) for name in ("created", "skipped", "failed")}
        audit.record(
            by, "import.tried" if job.is_dry_run else "import.finished", workspace=job.workspace, target_id=id_of(job),
            target_name=f"{job.source}, {job.total} rows", changes=counts,
        )  # fmt: skip


def _fail(job: ImportJob, message: str) -> None:
    options = {**job.options, "message": message}
    ImportJob.objects.filter(pk=job.pk, state=State.RUNNING).update(
        state=State.FAILED, finished_at=timezone.now(), options=options
    )


def _actor(job: ImportJob) -> Actor:
    key = job.options.get("api_key")
    return Actor(Via.IMPORT, job.author, ApiKey.objects.filter(pk=key).first() if key else None)


@contextmanager
def _alone(job_id: int) -> Iterator[bool]:
    """Whether no other process is at this import; as long as the context lasts, none will be. A process that dies gives
    the lock back."""
    key = [LOCK, job_id % 2**31]
    with autonomous_connection() as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", key).fetchone()
        try:
            yield bool(row and row[0])
        finally:  # at once: the end of a connection is noticed by its server a moment later, when somebody may go on
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock(%s, %s)", key)
