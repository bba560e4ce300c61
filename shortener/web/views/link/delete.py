"""Deleting a link, and taking that back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shortener.accounts.policy import role_in
from shortener.infra.errors import Conflict
from shortener.links.errors import LinkNotFound
from shortener.links.history import tombstone_of
from shortener.links.models import Link
from shortener.links.queries import short_url
from shortener.links.services import delete_link, restore_link
from shortener.web.access import SignedInRequest, actor_of, check_role, link_or_404, may
from shortener.web.shown import shown


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, link_id: str) -> HttpResponse:
    """Ask first; a POST deletes, and leads to where it can be undone."""
    link = link_or_404(request, link_id, "links:write")
    if request.method != "POST":
        return render(request, "web/delete.html", {"item": shown(link)})
    delete_link(link, by=actor_of(request))
    return redirect("web:link-deleted", link.public_id)


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def deleted(request: SignedInRequest, link_id: str) -> HttpResponse:
    """A link that was deleted; a POST brings it back with all that it had."""
    link = _tombstone_or_404(request, link_id)
    if request.method == "POST":
        try:
            restored = restore_link(link.workspace, link_id, by=actor_of(request))
        except Conflict as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(link)s is back.") % {"link": short_url(restored)})
            return redirect("web:link", link_id)
    return render(request, "web/link_deleted.html", {"link": link, "short_url": short_url(link)})


def _tombstone_or_404(request: SignedInRequest, link_id: str) -> Link:
    """The deleted link of this ID, if the visitor may bring it back; 404 and 403 as for links that are there."""
    try:
        link = tombstone_of(request.user, link_id)
    except LinkNotFound as error:
        raise Http404 from error
    check_role(role_in(request.user, link.workspace), "links:write")
    return link
