"""Imports, and all links as a file."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from django.http import StreamingHttpResponse
from ninja import File, Form, Query, Router, Schema, UploadedFile
from ninja.responses import Status
from pydantic import Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails, files
from shortener.api.examples import example
from shortener.api.paging import Next, PageQuery, Sorting, page_of
from shortener.api.reading import Unreadable, read_json
from shortener.api.schemas import Body, Utc
from shortener.clicks.stats import totals_of
from shortener.infra.uploads import LARGE_FILE, MEBIBYTE
from shortener.links.errors import LinkError
from shortener.links.models import ImportJob
from shortener.links.queries import links_in, search
from shortener.links.reach import reached_by
from shortener.links.transfer import jobs
from shortener.links.transfer.export import CONTENT_TYPES, export
from shortener.links.transfer.queries import id_of, jobs_in, message_of, pick_job

router = Router(tags=["Import and export"])

SORTING = Sorting({"created_at": "created_at"}, default="-created_at")
EXPORTED: dict[str, Any] = {
    "domain": "go.example.org", "url": "https://example.com/page", "tags": ["spring"], "folder": "", "clicks": 42,
    "clicks_used": 0, "utm": {}, "has_password": False, "slug": "spring", "title": "Spring", "status": 302,
    "created_at": "2027-01-01T09:00:00Z",
}  # fmt: skip
UPLOAD: dict[str, Any] = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "example": {
                    "file": "url,slug\r\nhttps://example.com/page,spring\r\n", "taken": "skip", "dry_run": True,
                }
            }
        }
    }
}  # fmt: skip
FILES = files(
    {
        CONTENT_TYPES[
            "csv"
        ]: "domain,url,tags,slug,title\r\ngo.example.org,https://example.com/page,spring,spring,Spring\r\n",
        CONTENT_TYPES["json"]: [EXPORTED],
        CONTENT_TYPES["ndjson"]: json.dumps(EXPORTED) + "\n",
    }
)

Kind = Literal["", "csv", "json", "yourls", "shlink", "kutt", "bitly"]
Taken = Annotated[
    Literal["skip", "rename", "fail"], Field(description="What becomes of rows whose name is taken", examples=["skip"])
]
Domain = Annotated[str, Field(description="Where all links go; otherwise where their rows say", max_length=255)]
DryRun = Annotated[bool, Field(description="Write nothing, and report the same")]
Later = Annotated[bool, Field(description="Do not begin before `run` says so")]


class UploadForm(Schema):
    """How rows become links. Lists and objects are JSON, for a form has only texts."""

    source: Annotated[Kind, Field(description="What the file is; found out unless given")] = ""
    mapping: Annotated[
        str,
        Field(
            description="Columns by field, as JSON; those that are left out are guessed", examples=['{"url": "Target"}']
        ),
    ] = ""
    taken: Taken = "skip"
    domain: Domain = ""
    tags: Annotated[str, Field(description="For all links, as a JSON list", examples=['["old"]'])] = ""
    dry_run: DryRun = False
    later: Later = False


class FetchBody(Body):
    """Another shortener that is asked for its links, and how they become ours."""

    model_config = example(
        {"source": "shlink", "url": "https://s.example.org", "key": "c6f9e0b2a7d14835", "tags": ["old"]}
    )

    source: Literal["shlink", "kutt", "yourls"]
    url: Annotated[str, Field(description="Its address", examples=["https://s.example.org"], max_length=2000)]
    key: Annotated[str, Field(description="A key of its API; forgotten once it was asked", max_length=500)]
    taken: Taken = "skip"
    domain: Domain = ""
    tags: Annotated[list[str], Field(description="For all links", max_length=20)] = []
    dry_run: DryRun = False


class RunBody(Body):
    """How to begin."""

    dry_run: DryRun = False


class RowProblemOut(Schema):
    """Why a row is no link. Rows count from 1, without a header."""

    row: int
    field: str
    message: str
    outcome: Literal["failed", "skipped"]


class ImportOut(Schema):
    """An import. `done` of `total` rows were looked at; `total` is 0 as long as another shortener is asked."""

    model_config = example(
        {
            "id": "import_x8Kd9aQ2", "source": "csv", "state": "done", "is_dry_run": False, "total": 3, "done": 3,
            "created": 2, "skipped": 0, "failed": 1, "message": "", "columns": ["Target", "Name"],
            "mapping": {"url": "Target", "slug": "Name"}, "created_at": "2027-01-01T09:00:00Z",
            "finished_at": "2027-01-01T09:00:02Z",
            "errors": [{"row": 2, "field": "url", "message": "Give an address.", "outcome": "failed"}],
        }
    )  # fmt: skip

    id: str
    source: str
    state: Annotated[str, Field(description=f"One of {', '.join(ImportJob.State.values)}")]
    is_dry_run: bool
    total: int
    done: int
    created: int
    skipped: int
    failed: int
    message: Annotated[str, Field(description="Why it stopped")]
    columns: list[str]
    mapping: dict[str, str]
    created_at: Utc
    finished_at: Utc | None
    errors: Annotated[list[RowProblemOut], Field(description="The first thousand of each outcome")]

    @classmethod
    def of(cls, job: ImportJob) -> Self:
        """`job` as the API shows it."""
        finished: datetime | None = job.finished_at
        return cls(
            id=id_of(job), source=job.source, state=job.state, is_dry_run=job.is_dry_run, total=job.total,
            done=job.done, created=job.created, skipped=job.skipped, failed=job.failed, message=message_of(job),
            columns=job.options.get("columns", []), mapping=job.options.get("mapping", {}), created_at=job.created_at,
            finished_at=finished, errors=[RowProblemOut(**entry) for entry in job.errors],
        )  # fmt: skip


class ImportPage(Schema):
    """Imports, newest first, without their errors."""

    data: list[ImportOut]
    next: Next


class LinkExportQuery(Schema):
    """Which links, and how they are written."""

    format: Annotated[Literal["csv", "json", "ndjson"], Field(description="Kind of file")] = "csv"
    q: Annotated[str, Field(description="Text in slug, destination or title", max_length=200, examples=["page"])] = ""
    tag: Annotated[str, Field(description="With this tag", max_length=50, examples=["spring"])] = ""


@router.post(
    "/imports", response={202: ImportOut}, operation_id="startImport", summary="Import a file", openapi_extra=UPLOAD
)
@needs_scope("imports:write", "bulk")
@fails("imports_running")
def upload(request: ApiRequest, form: Form[UploadForm], file: File[UploadedFile]) -> Status[ImportOut]:
    """Import links from a file (CSV, JSON, NDJSON, or YOURLS' SQL dump), at most 250 MB and 1,000,000 rows. It goes on
    in the background: ask for the import to see how far it is."""
    if file.file is None or (file.size or 0) > LARGE_FILE:
        raise LinkError({"file": [f"A file has at most {LARGE_FILE // MEBIBYTE} MB. Import it in parts."]})
    options = jobs.Options(
        mapping=_json("mapping", form.mapping, dict) or {}, taken=form.taken, domain=form.domain,
        tags=_json("tags", form.tags, list) or (),
    )  # fmt: skip
    by = actor_of(request)
    job = jobs.prepare(
        request.auth.workspace, file.file, name=file.name or "", kind=form.source, options=options, by=by
    )
    if not form.later:
        job = jobs.start(job, dry_run=form.dry_run, by=by)
    return Status(202, ImportOut.of(job))


@router.post(
    "/imports/fetch", response={202: ImportOut}, operation_id="fetchImport", summary="Import from another shortener"
)
@needs_scope("imports:write", "bulk")
@fails("imports_running")
def fetch(request: ApiRequest, body: FetchBody) -> Status[ImportOut]:
    """Import links straight from Shlink, Kutt or YOURLS, with names, dates, titles, tags, limits and clicks."""
    by = actor_of(request)
    options = jobs.Options(taken=body.taken, domain=body.domain, tags=body.tags)
    job = jobs.prepare_fetch(request.auth.workspace, body.source, body.url, body.key, options=options, by=by)
    return Status(202, ImportOut.of(jobs.start(job, dry_run=body.dry_run, by=by)))


@router.get("/imports", response={200: ImportPage}, operation_id="listImports", summary="List imports")
@needs_scope("imports:read")
def list_(request: ApiRequest, query: Annotated[PageQuery, Query()]) -> ImportPage:
    """List the imports of the last 30 days, newest first."""
    page = page_of(request, jobs_in(request.auth.workspace, request.auth), query, SORTING)
    for job in page.rows:
        job.errors = []
    return ImportPage(data=[ImportOut.of(job) for job in page.rows], next=page.next)


@router.get("/imports/{import_id}", response={200: ImportOut}, operation_id="getImport", summary="Get an import")
@needs_scope("imports:read")
def get(request: ApiRequest, import_id: str) -> ImportOut:
    """How far an import is, and what is wrong with its rows."""
    return ImportOut.of(pick_job(request.auth.workspace, import_id, request.auth))


@router.post(
    "/imports/{import_id}/run", response={202: ImportOut}, operation_id="runImport", summary="Begin with an import"
)
@needs_scope("imports:write", "bulk")
@fails("import_state", "imports_running")
def run(request: ApiRequest, import_id: str, body: RunBody) -> Status[ImportOut]:
    """Begin with an import that was kept for later, or that was tried by a dry run."""
    job = pick_job(request.auth.workspace, import_id, request.auth)
    return Status(202, ImportOut.of(jobs.start(job, dry_run=body.dry_run, by=actor_of(request))))


@router.post(
    "/imports/{import_id}/cancel", response={200: ImportOut}, operation_id="cancelImport", summary="Cancel an import"
)
@needs_scope("imports:write", "bulk")
@fails("import_state")
def cancel(request: ApiRequest, import_id: str) -> ImportOut:
    """Stop an import. What it has made stays."""
    return ImportOut.of(jobs.cancel(pick_job(request.auth.workspace, import_id, request.auth), by=actor_of(request)))


@router.post(
    "/imports/{import_id}/resume", response={202: ImportOut}, operation_id="resumeImport", summary="Resume an import"
)
@needs_scope("imports:write", "bulk")
@fails("import_state", "imports_running")
def resume(request: ApiRequest, import_id: str) -> Status[ImportOut]:
    """Go on with an import that was cancelled or has failed, exactly where it stopped."""
    job = jobs.resume(pick_job(request.auth.workspace, import_id, request.auth), by=actor_of(request))
    return Status(202, ImportOut.of(job))


@router.get("/export", operation_id="exportLinks", summary="Export links", openapi_extra=FILES)
@needs_scope("links:read", "bulk")
def export_(request: ApiRequest, query: Annotated[LinkExportQuery, Query()]) -> StreamingHttpResponse:
    """All links as a file, oldest first, with all that an import needs to make them again; passwords are left out."""
    links = search(reached_by(request.auth, links_in(request.auth.workspace)), query.q, query.tag)
    return StreamingHttpResponse(
        export(links, query.format, totals_of),
        content_type=CONTENT_TYPES[query.format],
        headers={"Content-Disposition": f'attachment; filename="links.{query.format}"'},
    )


def _json(field: str, text: str, kind: type) -> Any:
    """What `text` says as JSON; None for nothing. Raises `LinkError`, and `Unreadable` for NUL characters in it."""
    if not text:
        return None
    try:
        found = read_json(text.encode())
    except Unreadable as error:
        if error.code == "invalid_fields":
            raise Unreadable(error.code, "This contains a NUL character.", f"/{field}") from error
        found = None
    entries = found if isinstance(found, list) else list(found.values()) if isinstance(found, dict) else [None]
    if not isinstance(found, kind) or not all(isinstance(entry, str) for entry in entries):
        words = "an object of texts" if kind is dict else "a list of texts"
        raise LinkError({field: [f"Give {words}, as JSON."]})
    return found
