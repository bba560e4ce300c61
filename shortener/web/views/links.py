"""The list of somebody's links, and the form that adds one."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from shortener.accounts.services import personal_workspace
from shortener.links.domains import domains_for
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.models import Link
from shortener.links.queries import get_link, links_of, search
from shortener.links.services import create_link
from shortener.web.access import SignedInRequest
from shortener.web.forms import CreateForm
from shortener.web.paging import page_of
from shortener.web.shown import ShownLink, shown, shown_all


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: SignedInRequest) -> HttpResponse:
    """Newest first, searched by `q` and `tag`; a POST adds a link and comes back here to show it."""
    if request.method != "POST":
        return _page(request, CreateForm(domains=_hosts(request)))
    form = CreateForm(request.POST, domains=_hosts(request))
    link = _create(request, form)
    if link is None:
        return _page(request, form)
    return redirect(reverse("web:links", query={"created": link.public_id}))


def _create(request: SignedInRequest, form: CreateForm) -> Link | None:
    """The new link; None when something was wrong, which `form` then says."""
    if not form.is_valid():
        return None
    workspace = personal_workspace(request.user)
    try:
        return create_link(workspace=workspace, author=request.user, via=Link.Via.FORM, **form.cleaned_data)
    except LinkError as error:
        form.take(error)
        return None


def _hosts(request: SignedInRequest) -> list[str]:
    return [domain.host for domain in domains_for(personal_workspace(request.user))]


def _page(request: SignedInRequest, form: CreateForm) -> HttpResponse:
    asked = request.GET
    text, tag = asked.get("q", ""), asked.get("tag", "")
    everything = links_of(request.user)
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
