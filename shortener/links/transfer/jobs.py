"""Writes to imports: prepare one, start it, cancel it, go on with it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.infra.errors import Conflict
from shortener.links.drafts import Lookups
from shortener.links.errors import FieldErrors, LinkError
from shortener.links.fields import checked_tags
from shortener.links.models import ImportJob
from shortener.links.transfer import files, mapping, packing
from shortener.links.transfer.errors import TransferError
from shortener.links.transfer.fetching import PAGERS, checked_url
from shortener.links.transfer.packing import Packed, pack
from shortener.links.transfer.queries import id_of
from shortener.links.transfer.writers import TAKEN

State = ImportJob.State
AT_ONCE = 3  # imports of a workspace that are under way
COUNTS = ("done", "created", "skipped", "failed")


@dataclass(frozen=True)
class Options:
    """How rows become links. `mapping`: columns by field ("": none), guessed for fields that it does not name; `taken`:
    what becomes of a row whose name is taken (`skip`, `rename`, `fail`); `domain`: where all links go; `tags`: for all
    of them."""

    mapping: Mapping[str, Any] = field(default_factory=dict)
    taken: str = "skip"
    domain: str = ""
    tags: Sequence[str] = field(default_factory=list)


def prepare(
    workspace: Workspace,
    stream: IO[bytes],
    *,
    name: str = "",
    kind: str = "",
    options: Options | None = None,
    by: Actor,
) -> ImportJob:
    """An import of the file `stream`, ready to be started. Raises `LinkError` for what is wrong with it."""
    options = options or Options()
    errors = FieldErrors()
    plain = _checked(workspace, options, by, errors)
    errors.raise_if_any()
    try:
        source = files.open_source(stream, name, kind)
        packed = pack(source.records)
    except TransferError as error:
        raise LinkError({"file": [str(error)]}) from error
    return _create(workspace, source.kind, packed, {**plain, **_columns(packed.columns, options)}, by)


def prepare_fetch(
    workspace: Workspace, source: str, url: str, key: str, *, options: Options | None = None, by: Actor
) -> ImportJob:
    """An import from another shortener, ready to be started; it is asked once it runs. Its key is kept encrypted, and
    no longer than that takes. Raises `LinkError`."""
    errors = FieldErrors()
    plain = _checked(workspace, options or Options(), by, errors)
    if source not in PAGERS:
        errors.add("source", _("Choose one of: %(sources)s.") % {"sources": ", ".join(PAGERS)})
    try:
        url = checked_url(url)
    except TransferError as error:
        errors.add("url", str(error))
    if not key or len(key) > 500 or not key.isprintable() or not key.isascii():
        errors.add("key", _("Give the key of its API."))
    errors.raise_if_any()
    wanted = {"url": url, "key": _cipher().encrypt(key.encode()).decode()}
    return _create(workspace, source, Packed(b"", 0, [], []), {**plain, "fetch": wanted}, by)


def choose(job: ImportJob, options: Options, *, by: Actor) -> ImportJob:
    """Change how the rows of `job`, which does not run, become links. Raises `LinkError`, `Conflict`."""
    errors = FieldErrors()
    plain = _checked(job.workspace, options, by, errors)
    errors.raise_if_any()
    plain |= _columns(job.options.get("columns", []), options)
    with transaction.atomic():
        current = _locked(job, {State.READY, State.FAILED, State.CANCELLED}, or_tried=True)
        if current.done and not current.is_dry_run:
            raise Conflict("import_state", _("A part of it is imported already: it goes on as it began."))
        current.options = {**current.options, **plain}
        current.save(update_fields=["options"])
    return current


def start(job: ImportJob, *, dry_run: bool, by: Actor, defer: bool = True) -> ImportJob:
    """Begin with `job`; with `dry_run` nothing is written, and the same is reported. Raises `Conflict`."""
    with transaction.atomic():
        _make_room(job.workspace)
        current = _locked(job, {State.READY}, or_tried=True)
        current.is_dry_run, current.state, current.errors, current.finished_at = dry_run, State.RUNNING, [], None
        for name in COUNTS:
            setattr(current, name, 0)
        current.options = {
            **current.options, "message": "", "api_key": by.api_key.pk if by.api_key else None,
            "language": get_language(),
        }  # fmt: skip
        current.author = by.user
        current.save()
        audit.record(by, "import.started", **_target(current), changes={"dry_run": (None, dry_run)})
        if defer:
            _defer(current)
    return current


def cancel(job: ImportJob, *, by: Actor) -> ImportJob:
    """Stop `job` after the rows that are being written now; what is imported stays. Raises `Conflict`."""
    with transaction.atomic():
        current = _locked(job, {State.READY, State.RUNNING})
        current.state, current.finished_at = State.CANCELLED, timezone.now()
        current.save(update_fields=["state", "finished_at"])
        audit.record(by, "import.cancelled", **_target(current))
    return current


def resume(job: ImportJob, *, by: Actor, defer: bool = True) -> ImportJob:
    """Go on with `job`, which was cancelled or has failed, behind the last row looked at. Raises `Conflict`."""
    with transaction.atomic():
        _make_room(job.workspace)
        current = _locked(job, {State.CANCELLED, State.FAILED})
        current.state, current.finished_at = State.RUNNING, None
        current.options = {**current.options, "message": ""}
        current.save(update_fields=["state", "finished_at", "options"])
        audit.record(by, "import.resumed", **_target(current))
        if defer:
            _defer(current)
    return current


def secret_of(job: ImportJob) -> str:
    """The key of the other shortener. Raises `TransferError` when it cannot be read any more."""
    try:
        return _cipher().decrypt(job.options["fetch"]["key"].encode()).decode()
    except (InvalidToken, KeyError) as error:
        raise TransferError(_("The key is gone: SECRET_KEY has changed. Begin again.")) from error


def _checked(workspace: Workspace, options: Options, by: Actor, errors: FieldErrors) -> dict[str, Any]:
    if options.taken not in TAKEN:
        errors.add("taken", _("Choose one of: %(choices)s.") % {"choices": ", ".join(TAKEN)})
    if options.domain:
        Lookups(workspace, by).domain(options.domain[:255], errors)
    tags = checked_tags(options.tags, errors)
    return {"taken": options.taken, "domain": options.domain, "tags": tags}


def _columns(columns: Sequence[str], options: Options) -> dict[str, Any]:
    """The mapping, guessed, and checked where it is given. A mere guess without a destination is kept: people may say
    which column it is."""
    guessed = mapping.guess(column for column in columns if column not in options.mapping.values())
    chosen = mapping.checked({**guessed, **options.mapping}, columns) if options.mapping else guessed
    return {"columns": list(columns), "mapping": chosen}


def _create(workspace: Workspace, source: str, packed: Packed, options: dict[str, Any], by: Actor) -> ImportJob:
    options["api_key"] = by.api_key.pk if by.api_key else None
    with transaction.atomic():
        job = ImportJob.objects.create(
            workspace=workspace, author=by.user, source=source, total=packed.total, options=options
        )
        packing.keep(job.pk, packed)
        audit.record(by, "import.prepared", **_target(job), changes={"rows": (None, packed.total)})
    return job


def _locked(job: ImportJob, states: set[ImportJob.State], *, or_tried: bool = False) -> ImportJob:
    """The import as it is now, in one of `states`; with `or_tried` also after a dry run that is over."""
    current = ImportJob.objects.select_for_update(of=("self",)).defer("rows").select_related("workspace").get(pk=job.pk)
    tried = or_tried and current.is_dry_run and current.state != State.RUNNING
    if current.state not in states and not tried:
        label = State(current.state).label.lower()
        raise Conflict("import_state", _("This cannot be done now: the import is %(state)s.") % {"state": label})
    return current


def _make_room(workspace: Workspace) -> None:
    # Two starts at once see each other. No more is held than that: an import that finishes notes it in the workspace.
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    running = ImportJob.objects.filter(workspace=workspace, state=State.RUNNING).count()
    if running >= AT_ONCE:
        raise Conflict("imports_running", _("%(count)d imports are under way: wait for one.") % {"count": running})


def _target(job: ImportJob) -> dict[str, Any]:
    return {"workspace": job.workspace, "target_id": id_of(job), "target_name": f"{job.source}, {job.total} rows"}


def _defer(job: ImportJob) -> None:
    from shortener.links.tasks import run_import

    run_import.defer(job_id=job.pk)


def _cipher() -> Fernet:
    digest = salted_hmac("shortener.links.transfer", "key", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))
