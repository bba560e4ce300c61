"""Pages of statistics: of one link, and of all links of a workspace."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from shortener.clicks.live import live_header
from shortener.clicks.models import Scope
from shortener.clicks.stats import Subject, first_day
from shortener.links.domains import domain_id_in, hosts_of
from shortener.links.errors import LinkNotFound
from shortener.links.queries import short_url
from shortener.web.access import SignedInRequest, link_or_404, may
from shortener.web.reader import zone_of_reader
from shortener.web.views.link.head import head
from shortener.web.views.stats.asked import BY_NAME, PARAMETERS, Asked
from shortener.web.views.stats.names import FOR_LINK, FOR_MANY
from shortener.web.views.stats.report import Report, read

PUBLIC = "+stats"  # behind a short address: its statistics, for anybody


@may("stats:read")
@require_safe
def of_link(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The statistics of a link."""
    link = link_or_404(request, link_id, "stats:read")
    subject = Subject(Scope.LINK, link.pk)
    report = read(subject, asked_of(request, subject), FOR_LINK, workspace=link.workspace, may_wait=_may_wait(request))
    context = {
        **head(request, link, "stats"),
        "live": reverse("web:link-live", args=[link.public_id]),
        "share": f"{short_url(link)}{PUBLIC}",
        "csv": reverse("web:link-csv", args=[link.public_id]),
        "lists": reverse("web:link-lists", args=[link.public_id]),
        "clicks": reverse("web:link-clicks-csv", args=[link.public_id]),
        "clicks_lines": reverse("web:link-clicks-ndjson", args=[link.public_id]),
        "file_name": link.slug,
    }
    return show(request, "web/link.html", report, context)


@may("stats:read")
@require_safe
def of_workspace(request: SignedInRequest) -> HttpResponse:
    """The statistics of all links of the workspace, or of those of one of its domains (`domain`)."""
    subject = subject_in(request)
    report = read(
        subject, asked_of(request, subject), FOR_MANY, workspace=request.workspace, may_wait=_may_wait(request)
    )
    context = {
        "live": reverse("web:live"),
        "csv": reverse("web:stats-csv"),
        "lists": reverse("web:stats-lists"),
        "clicks": reverse("web:clicks-csv"),
        "clicks_lines": reverse("web:clicks-ndjson"),
        "hosts": list(hosts_of(request.workspace).values()),
        "workspace": request.workspace,
        "file_name": request.workspace.slug,
    }
    return show(request, "web/stats.html", report, context)


@may("clicks:read")
@require_safe
def live_of_link(request: SignedInRequest, link_id: str) -> HttpResponse:
    """Its clicks as they come in: server-sent events. Where nothing takes the header up (`LiveStreams`), the status
    tells browsers not to ask again."""
    link = link_or_404(request, link_id, "clicks:read")
    return HttpResponse(status=204, headers=live_header(link.workspace_id, link.pk))


@may("clicks:read")
@require_safe
def live_of_workspace(request: SignedInRequest) -> HttpResponse:
    """The same of all links of the workspace."""
    return HttpResponse(status=204, headers=live_header(request.workspace.pk))


def _may_wait(request: HttpRequest) -> bool:
    """Unless the page, which is there now, asks for what takes long."""
    return "count" not in request.GET


def subject_in(request: SignedInRequest) -> Subject:
    """The workspace that somebody works in, or the domain of it that they ask for; else the page for 404."""
    if not (host := request.GET.get("domain", "")):
        return Subject(Scope.WORKSPACE, request.workspace.pk)
    try:
        return Subject(Scope.DOMAIN, domain_id_in(request.workspace, host.replace("\x00", "")))
    except LinkNotFound as error:
        raise Http404 from error


def asked_of(request: HttpRequest, subject: Subject, parameters: Sequence[str] = PARAMETERS) -> Asked:
    """What `request` asks of `subject`, in the zone of whoever asks: that of the account, or else the browser's."""
    first = first_day(subject) if request.GET.get("range") == "all" else None
    return Asked.of(request.GET, zone_of_reader(request).key, first, parameters)


def show(request: HttpRequest, template: str, report: Report, context: dict[str, Any]) -> HttpResponse:
    """The page; for htmx only the part that changes. Moments are written in the zone that was asked for."""
    asked = report.asked
    context |= {
        "report": report,
        "query": asked.query(),
        "page_query": asked.query(**dict.fromkeys(("domain", "show", "more", *BY_NAME))),
        "custom_pairs": asked.pairs("range", "start", "end", "interval"),
        "zone_pairs": asked.pairs("zone"),
        "domain_pairs": asked.pairs("domain", "link"),
        "domain": asked.text("domain"),
        "follows_browser": not (asked.text("zone") or getattr(request.user, "time_zone", "")),
    }
    htmx = HtmxDetails(request)
    is_part = bool(htmx) and not htmx.history_restore_request
    with timezone.override(asked.zone):
        response = render(request, "web/_stats.html" if is_part else template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
