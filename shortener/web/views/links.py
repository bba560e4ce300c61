"""The list of somebody's links, and the form that adds one."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shortener.accounts.policy import role_allows
from shortener.links.domains import domains_for
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.models import Link
from shortener.links.queries import get_link, links_in, search
from shortener.links.services import create_link
from shortener.web.access import SignedInRequest, actor_of, may
from shortener.web.forms import NewLinkForm
from shortener.web.paging import page_of
from shortener.web.shown import ShownLink, shown, shown_all


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: SignedInRequest) -> HttpResponse:
    """Newest first, searched by `q` and `tag`; a POST adds a link and comes back here to show it."""
    if request.method != "POST":
        return _page(request, NewLinkForm(domains=_hosts(request)))
    if not role_allows(request.role, "links:write"):
        raise PermissionDenied(_("Your role in this workspace does not allow that."))
    form = NewLinkForm(request.POST, domains=_hosts(request))
    link = _create(request, form)
    if link is None:
        return _page(request, form)
    return redirect(reverse("web:links", query={"created": link.public_id}))


def _create(request: SignedInRequest, form: NewLinkForm) -> Link | None:
    """The new link; None when something was wrong, which `form` then says."""
    if not form.is_valid():
        return None
    try:
        return create_link(workspace=request.workspace, by=actor_of(request), **form.wanted())
    except LinkError as error:
        form.take(error)
        return None


def _hosts(request: SignedInRequest) -> list[str]:
    return [domain.host for domain in domains_for(request.workspace)]


def _page(request: SignedInRequest, form: NewLinkForm) -> HttpResponse:
    asked = request.GET
    text, tag = asked.get("q", ""), asked.get("tag", "")
    everything = links_in(request.workspace)
    found = search(everything, text, tag)
    page = page_of(found, everything, after=asked.get("after", ""), before=asked.get("before", ""))
    context = {
        "form": form,
        "created": _created(request),
        "rows": shown_all(page.links),
        "page": page,
        "text": text,
        "tag": tag,
    }
    return render(request, "web/links.html", context, status=422 if form.errors else 200)


def _created(request: SignedInRequest) -> ShownLink | None:
    """The link that has just been made."""
    try:
        return shown(get_link(request.user, request.GET.get("created", "")))
    except LinkNotFound:
        return None
