"""Statistics of a link for anybody, where its owner wants that: no filters, no single clicks, nothing small enough to
point to a person."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_POST, require_safe

from shortener.clicks.models import Scope
from shortener.clicks.stats import Subject
from shortener.links.errors import LinkNotFound
from shortener.links.queries import public_stats_at
from shortener.links.services import update_link
from shortener.web.access import SignedInRequest, actor_of, link_or_404, may
from shortener.web.views.stats import pages
from shortener.web.views.stats.asked import UNFILTERED, Asked
from shortener.web.views.stats.names import FOR_ANYBODY
from shortener.web.views.stats.report import read

FRESH_SECONDS = 60  # for which the same numbers are shown


@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The page, under the link's own domain."""
    try:
        link = public_stats_at(request.get_host(), slug)
    except LinkNotFound as error:
        raise Http404 from error
    subject = Subject(Scope.LINK, link.pk)
    report = read(
        subject,
        pages.asked_of(request, subject, UNFILTERED),
        FOR_ANYBODY,
        workspace=link.workspace,
        may_filter=False,
        fresh_seconds=FRESH_SECONDS,
    )
    response = pages.show(request, "visit/stats.html", report, {"link": link})
    response.headers["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


@may("links:read")
@require_POST
def publish(request: SignedInRequest, link_id: str) -> HttpResponse:
    """Let anybody see the statistics of a link (`public=1`), or nobody else any more (`public=0`)."""
    link = link_or_404(request, link_id, "links:write")
    update_link(link, changes={"public_stats": request.POST.get("public") == "1"}, by=actor_of(request))
    return redirect(reverse("web:link", args=[link.public_id]) + Asked.of(request.GET).query())
