"""A row of the list, changed where it stands."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from shortener.links.errors import LinkError
from shortener.links.models import Link
from shortener.links.queries import links_in, pick
from shortener.links.services import update_link
from shortener.web.access import SignedInRequest, actor_of, link_or_404, may
from shortener.web.forms import RowForm
from shortener.web.shown import shown_all


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def row(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The row; with `edit`, its form; a POST saves, and answers with the one or, when something is wrong, the other."""
    link = link_or_404(request, link_id, "links:write")
    if request.method != "POST":
        return _form(request, link, RowForm.of(link)) if "edit" in request.GET else _row(request, link)
    form = RowForm.of(link, request.POST)
    if form.is_valid() and _saved(request, link, form):
        return _row(request, pick(links_in(link.workspace), link_id))
    return _form(request, link, form)


def _saved(request: SignedInRequest, link: Link, form: RowForm) -> bool:
    """Whether the changes were accepted; if not, `form` says why."""
    try:
        update_link(link, changes=form.changes(), by=actor_of(request))
    except LinkError as error:
        form.take(error)
        return False
    return True


def _row(request: SignedInRequest, link: Link) -> HttpResponse:
    [item] = shown_all([link], days=30)
    return render(request, "web/_row.html", {"item": item, "may_write": True})


def _form(request: SignedInRequest, link: Link, form: RowForm) -> HttpResponse:
    # 200 for mistakes too: a browser writes other statuses to its console as its own errors.
    return render(request, "web/_row_form.html", {"link": link, "form": form})
