"""What happened in the workspace, and who did it."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from shortener.accounts.models import AuditEvent
from shortener.accounts.queries import audit_trail
from shortener.infra import csv_files
from shortener.links.models import Folder
from shortener.web.access import SignedInRequest, may
from shortener.web.history_words import shown_event
from shortener.web.settings_forms import AuditForm

PAGE = 50  # events
AREAS = (
    ("link", _("Links")), ("report", _("Reports")), ("folder", _("Folders")),
    ("tag", _("Tags")), ("template", _("Templates")),
    ("import", _("Imports")), ("domain", _("Domains")), ("webhook", _("Webhooks")), ("key", _("API keys")),
    ("member", _("Members")), ("invitation", _("Invitations")), ("workspace", _("Workspace")),
)  # fmt: skip
COLUMNS = ("at", "actor", "impersonator", "api_key", "via", "action", "target_id", "target", "changes")


@may("audit:read")
@require_GET
def trail(request: SignedInRequest) -> HttpResponse:
    """Newest first, as the filters say; `before` is the number that the page before ended with."""
    form = AuditForm(request.GET, actions=AREAS)
    events = _found(request, form)
    if (before := request.GET.get("before", "")).isdecimal() and len(before) < 19:
        events = events.filter(pk__lt=int(before))
    page = list(events[: PAGE + 1])
    query = request.GET.copy()
    query.pop("before", None)
    folders = dict(Folder.objects.filter(workspace=request.workspace).values_list("pk", "name"))
    context = {
        "form": form, "events": [shown_event(event, folders) for event in page[:PAGE]],
        "older": page[PAGE - 1].pk if len(page) > PAGE else None,
        "query": query.urlencode(), "is_filtered": any(query.values()),
    }  # fmt: skip
    return render(request, "web/settings/audit.html", context)


@may("audit:read")
@require_GET
def as_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """All of what the filters find, as a file."""
    events = _found(request, AuditForm(request.GET, actions=AREAS))
    response = StreamingHttpResponse(_lines(events), content_type=csv_files.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="audit-{timezone.now():%Y-%m-%d}.csv"'
    return response


def _found(request: SignedInRequest, form: AuditForm) -> QuerySet[AuditEvent]:
    asked = form.cleaned_data if form.is_valid() else {}
    since, until = asked.get("since"), asked.get("until")
    return audit_trail(
        request.workspace,
        action=asked.get("action", ""), actor=asked.get("actor", ""), target=asked.get("target", ""),
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


def _lines(events: QuerySet[AuditEvent]) -> Iterator[bytes]:
    yield csv_files.as_csv([COLUMNS])
    for event in events.iterator(chunk_size=500):
        yield csv_files.as_csv([_row(event)])


def _row(event: AuditEvent) -> list[Any]:
    return [
        event.at.isoformat(), event.actor_name, event.impersonator.email if event.impersonator else "",
        event.api_key.name if event.api_key else "", event.via, event.action, event.target_id, event.target_name,
        "; ".join(f"{name}: {old} → {new}" for name, (old, new) in event.changes.items()),
    ]  # fmt: skip
