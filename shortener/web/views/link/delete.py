"""Deleting a link."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shortener.links.queries import short_url
from shortener.links.services import delete_link
from shortener.web.access import SignedInRequest, actor_of, link_or_404, may
from shortener.web.shown import shown


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, link_id: str) -> HttpResponse:
    """Ask first; a POST deletes."""
    link = link_or_404(request, link_id, "links:write")
    if request.method != "POST":
        return render(request, "web/delete.html", {"item": shown(link)})
    delete_link(link, by=actor_of(request))
    messages.success(request, _("Deleted %(link)s.") % {"link": short_url(link)})
    return redirect("web:links")
