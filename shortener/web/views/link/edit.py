"""Changing, archiving and deleting a link."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shortener.links.errors import LinkError
from shortener.links.models import Link
from shortener.links.queries import short_url
from shortener.links.services import delete_link, update_link
from shortener.web.access import SignedInRequest, actor_of, link_or_404, may
from shortener.web.forms import EditForm
from shortener.web.shown import shown
from shortener.web.views.link.head import head


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The form; a POST saves what was changed."""
    link = link_or_404(request, link_id, "links:write")
    form = EditForm.of(link, request.POST if request.method == "POST" else None)
    if form.is_valid() and _saved(request, link, form):
        messages.success(request, _("Saved."))
        return redirect("web:link", link.public_id)
    return render(
        request, "web/edit.html", {**head(request, link, "edit"), "form": form}, status=422 if form.errors else 200
    )


@may("links:read")
@require_POST
def archive(request: SignedInRequest, link_id: str) -> HttpResponse:
    """Put a link aside (`archived=1`), or bring it back (`archived=0`)."""
    link = link_or_404(request, link_id, "links:write")
    archived = request.POST.get("archived") == "1"
    update_link(link, changes={"archived": archived}, by=actor_of(request))
    messages.success(request, _("Archived: visitors see a page that says so.") if archived else _("Brought back."))
    return redirect("web:link", link.public_id)


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


def _saved(request: SignedInRequest, link: Link, form: EditForm) -> bool:
    """Whether the changes were accepted; if not, `form` says why."""
    try:
        update_link(link, changes=form.changes(), by=actor_of(request))
    except LinkError as error:
        form.take(error)
        return False
    return True
