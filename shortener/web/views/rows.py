"""A row of the list, changed where it stands."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from shortener.links.models import Link
from shortener.links.queries import links_in, pick
from shortener.web.access import SignedInRequest, link_or_404, may
from shortener.web.edit_form import RowForm
from shortener.web.shown import shown_all
from shortener.web.views.saving import save


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def row(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The row; with `edit`, its form; a POST saves, and answers with the one or, when something is wrong, the other."""
    link = link_or_404(request, link_id, "links:write")
    if request.method != "POST":
        return _form(request, RowForm.of(link)) if "edit" in request.GET else _row(request, link)
    form, changes = save(request, link, RowForm)
    return _form(request, form) if changes is None else _row(request, pick(links_in(link.workspace), link_id))


def _row(request: SignedInRequest, link: Link) -> HttpResponse:
    [item] = shown_all([link], days=30)
    return render(request, "web/_row.html", {"item": item, "may_write": True})


def _form(request: SignedInRequest, form: RowForm) -> HttpResponse:
    # 200 for mistakes and conflicts too: a browser writes other statuses to its console as its own errors.
    return render(request, "web/_row_form.html", {"link": form.link, "form": form})
