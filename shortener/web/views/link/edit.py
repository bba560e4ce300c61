"""Changing a link, putting it aside."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shortener.links.models import Link
from shortener.links.services import update_link
from shortener.web.access import SignedInRequest, actor_of, link_or_404, may
from shortener.web.edit_form import EditForm
from shortener.web.views.link.head import head
from shortener.web.views.saving import save


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The form; a POST saves what was changed, or fills in a campaign from a template (`do=template`)."""
    link = link_or_404(request, link_id, "links:write")
    if request.method != "POST":
        return _page(request, link, EditForm.of(link))
    if request.POST.get("do") == "template":
        return _page(request, link, EditForm.of(link, request.POST).filled_in(), bare=True)
    form, changes = save(request, link, EditForm)
    if changes is None:
        return _page(request, form.link, form)
    messages.success(request, _("Saved.") if changes else _("Nothing was changed."))
    return redirect("web:link-edit", link.public_id)


@may("links:read")
@require_POST
def archive(request: SignedInRequest, link_id: str) -> HttpResponse:
    """Put a link aside (`archived=1`), or bring it back (`archived=0`)."""
    link = link_or_404(request, link_id, "links:write")
    archived = request.POST.get("archived") == "1"
    update_link(link, changes={"archived": archived}, by=actor_of(request))
    messages.success(request, _("Archived: visitors see a page that says so.") if archived else _("Brought back."))
    return redirect("web:link-edit", link.public_id)


def _page(request: SignedInRequest, link: Link, form: EditForm, *, bare: bool = False) -> HttpResponse:
    """`bare`: nothing was to be saved, so nothing is wrong yet."""
    status = 409 if form.conflicts else 422 if not bare and form.errors else 200
    return render(request, "web/edit.html", {**head(request, link, "edit"), "form": form}, status=status)
