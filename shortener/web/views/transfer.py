"""Importing links, step by step, and exporting them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from shortener.clicks.stats import totals_of
from shortener.infra import csv_files
from shortener.infra.errors import Conflict
from shortener.links.domains import domains_for
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.models import ImportJob
from shortener.links.transfer import jobs, packing
from shortener.links.transfer.export import CONTENT_TYPES, export
from shortener.links.transfer.mapping import FIELDS
from shortener.links.transfer.queries import id_of, jobs_in, message_of, pick_job
from shortener.web.access import SignedInRequest, actor_of, may
from shortener.web.filters import NAMES, is_narrowed, matching
from shortener.web.transfer_forms import ExportForm, FetchForm, OptionsForm, UploadForm

RECENT = 10  # imports listed
PREVIEW = 3  # rows shown of each column
SHOWN = 25  # problems on the page; the file has them all
State = ImportJob.State


@may("imports:write")
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedInRequest) -> HttpResponse:
    """A file, or another shortener; a POST begins with one of them (`do`: upload, fetch)."""
    upload, fetch = UploadForm(prefix="file"), FetchForm(prefix="site")
    if request.method == "POST":
        job: ImportJob | None
        if request.POST.get("do") == "fetch":
            fetch = FetchForm(request.POST, prefix="site")
            job = _fetched(request, fetch)
        else:
            upload = UploadForm(request.POST, request.FILES, prefix="file")
            job = _uploaded(request, upload)
        if job is not None:
            return redirect("web:import-job", id_of(job))
    recent = [{"job": job, "id": id_of(job)} for job in jobs_in(request.workspace)[:RECENT]]
    wrong = bool(upload.errors or fetch.errors)
    context = {"upload": upload, "fetch": fetch, "recent": recent}
    return render(request, "web/import.html", context, status=422 if wrong else 200)


@may("imports:write")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: SignedInRequest, import_id: str) -> HttpResponse:
    """An import: its columns, how far it is, what became of it. A POST goes on (`do`: try, import, cancel, resume)."""
    job = _job_or_404(request, import_id)
    if request.method == "POST":
        return _acted(request, job)
    form = None
    if _is_open(job) and (job.state == State.READY or "columns" in request.GET):
        form = _options_form(job)
    return _page(request, job, form)


@may("imports:write")
@require_safe
def problems(request: SignedInRequest, import_id: str) -> HttpResponse:
    """The rows that were not imported, with the reasons, as a file."""
    job = _job_or_404(request, import_id)
    names = ("row", "outcome", "field", "message")
    lines = csv_files.as_csv([names, *([entry[name] for name in names] for entry in job.errors)])
    disposition = f'attachment; filename="{id_of(job)}.csv"'
    return HttpResponse(lines, csv_files.CONTENT_TYPE, headers={"Content-Disposition": disposition})


@may("links:read")
@require_safe
def export_page(request: SignedInRequest) -> HttpResponse:
    """What to export, and how: all links, or those that the address asks for as the list does."""
    return _export_page(request, ExportForm(initial={"tag": request.GET.get("tag", "")}))


@may("links:read")
@require_safe
def export_file(request: SignedInRequest) -> HttpResponseBase:
    """The links as a file."""
    form = ExportForm(request.GET)
    if not form.is_valid():
        return _export_page(request, form)
    kind = form.cleaned_data["format"]
    return StreamingHttpResponse(
        export(matching(request.workspace, request.GET), kind, totals_of),
        content_type=CONTENT_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="links.{kind}"'},
    )


def _export_page(request: SignedInRequest, form: ExportForm) -> HttpResponse:
    asked = {name: value for name in NAMES if name not in form.fields and (value := request.GET.get(name, ""))}
    count = matching(request.workspace, request.GET).count()
    context = {"form": form, "count": count, "asked": asked, "narrowed": is_narrowed(request.GET)}
    return render(request, "web/export.html", context, status=422 if form.errors else 200)


def _uploaded(request: SignedInRequest, form: UploadForm) -> ImportJob | None:
    """An import of the file; None when something was wrong, which `form` then says."""
    if not form.is_valid():
        return None
    file = form.cleaned_data["file"]
    try:
        return jobs.prepare(
            request.workspace, file.file, name=file.name, kind=form.cleaned_data["source"], by=actor_of(request)
        )
    except LinkError as error:
        form.take(error)
        return None


def _fetched(request: SignedInRequest, form: FetchForm) -> ImportJob | None:
    """The same from another shortener; it is tried at once."""
    if not form.is_valid():
        return None
    by, wanted = actor_of(request), form.cleaned_data
    try:
        job = jobs.prepare_fetch(request.workspace, wanted["source"], wanted["url"], wanted["key"], by=by)
        return jobs.start(job, dry_run=True, by=by)
    except LinkError as error:
        form.take(error)
    except Conflict as error:
        form.add_error(None, str(error))
    return None


def _acted(request: SignedInRequest, job: ImportJob) -> HttpResponse:
    """Do what the pressed button says."""
    wish = request.POST.get("do", "")
    try:
        if wish in {"try", "import"}:
            if "taken" in request.POST:
                form = _options_form(job, request.POST)
                if not form.is_valid():
                    return _page(request, job, form)
                try:
                    job = jobs.choose(job, form.options(), by=actor_of(request))
                except LinkError as error:
                    form.take(error)
                    return _page(request, job, form)
            jobs.start(job, dry_run=wish == "try", by=actor_of(request))
        elif wish in COMMANDS:
            COMMANDS[wish](job, by=actor_of(request))
    except Conflict as error:
        messages.error(request, str(error))
    return redirect("web:import-job", id_of(job))


COMMANDS: dict[str, Callable[..., ImportJob]] = {"cancel": jobs.cancel, "resume": jobs.resume}


def _is_open(job: ImportJob) -> bool:
    """Whether it may still be said what its columns are."""
    return job.state != State.RUNNING and bool(job.options.get("columns")) and (job.is_dry_run or not job.done)


def _options_form(job: ImportJob, data: Any = None) -> OptionsForm:
    hosts = domains_for(job.workspace).values_list("host", flat=True)
    return OptionsForm(data, columns=job.options.get("columns", []), kept=job.options, hosts=hosts)


def _page(request: HttpRequest, job: ImportJob, form: OptionsForm | None) -> HttpResponse:
    """The whole page, or for htmx the part that changes."""
    partial = bool(getattr(request, "htmx", False))
    context = {
        "job": job,
        "id": id_of(job),
        "message": message_of(job),
        "form": form,
        "columns": _columns(job, form) if form else [],
        "problems": [{**entry, "label": FIELDS.get(entry["field"], entry["field"])} for entry in job.errors[:SHOWN]],
        "more": max(0, len(job.errors) - SHOWN),
        "left": job.total - job.done,
        "is_open": _is_open(job),
    }
    template = "web/_import_state.html" if partial else "web/import_one.html"
    response = render(request, template, context, status=422 if form and form.errors else 200)
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


def _columns(job: ImportJob, form: OptionsForm) -> list[dict[str, Any]]:
    """Each column with its first values, and the field that says what it is."""
    sample = next(packing.chunks(job.pk, start=0, size=PREVIEW), [])
    return [
        {"name": column, "field": field, "values": [_short(row.get(column, "")) for row in sample]}
        for column, field in form.columns()
    ]


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _job_or_404(request: SignedInRequest, import_id: str) -> ImportJob:
    try:
        return pick_job(request.workspace, import_id)
    except LinkNotFound as error:
        raise Http404(_("There is no such import.")) from error
